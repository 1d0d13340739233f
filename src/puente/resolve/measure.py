"""How good a linking is where the truth is known: pairs claimed, pairs true, pairs both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Pairwise quality of clusters, 0..1.

    Attributes:
        precision: share of the claimed pairs that are true.
        recall: share of the true pairs that are claimed.
        blocking_recall: share of the true pairs that were compared at all.
        true_pairs: how many there are.
    """

    precision: float
    recall: float
    blocking_recall: float
    true_pairs: int

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall."""
        whole = self.precision + self.recall
        return 2 * self.precision * self.recall / whole if whole else 0.0


def measure(con: duckdb.DuckDBPyConnection, truth: str, homes: str, among: str) -> Quality:
    """Return the quality of clusters.

    Args:
        truth: table `rid`, `truth`, `file`; records without a truth are left out.
        homes: table `rid`, `home`. The pairs compared are in table `pairs` (`l`, `r`).
        among: `within` a file, `between` files, or `all` pairs.
    """
    con.execute(
        "CREATE OR REPLACE TEMP TABLE judged AS SELECT t.rid, t.truth AS real, t.file, h.home"
        f" FROM {truth} t JOIN {homes} h USING (rid) WHERE t.truth IS NOT NULL"
    )
    true, claimed, both = (_pairs(con, by, among) for by in ("real", "home", "real, home"))
    files = {"within": " AND a.file = b.file", "between": " AND a.file <> b.file"}.get(among, "")
    row = con.execute(
        "SELECT count(*) FROM pairs p JOIN judged a ON a.rid = p.l JOIN judged b ON b.rid = p.r"
        f" WHERE a.real = b.real{files}"
    ).fetchone()
    return Quality(
        precision=both / claimed if claimed else 1.0,
        recall=both / true if true else 1.0,
        blocking_recall=(int(row[0]) if row else 0) / true if true else 1.0,
        true_pairs=true,
    )


def _pairs(con: duckdb.DuckDBPyConnection, by: str, among: str) -> int:
    """Return the pairs of records that agree on `by`, of those that may be linked."""

    def count(group: str) -> int:
        row = con.execute(
            "SELECT coalesce(sum(n * (n - 1) // 2), 0)::BIGINT FROM"
            f" (SELECT count(*)::BIGINT AS n FROM judged GROUP BY {group})"
        ).fetchone()
        return int(row[0]) if row else 0

    inside = count(f"{by}, file")
    if among == "within":
        return inside
    return count(by) - (inside if among == "between" else 0)
