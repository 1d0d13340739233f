"""Any files linked by a profile that says what their columns are."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.resolve.link import KINDS, METHOD
from puente.resolve.matching import connect, link_table
from puente.resolve.measure import measure
from puente.resolve.other_fields import add_others
from puente.resolve.profile_files import read_files, shown_rejects
from puente.resolve.profile_spec import read_profile
from puente.resolve.spec import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import duckdb

    from puente.resolve.measure import Quality
    from puente.resolve.profile_spec import Profile
    from puente.settings import Settings

ENGINES = ("duckdb", "spark")
JOIN_FROM = 1.0
"""Log2 odds from which two records of files are joined: two to one. Files are linked for counting
and clean-up, where a missed pair costs about what a wrong one does; see `link.LINK_FROM`."""

_AMONG = {"dedupe": "a.file = b.file", "between": "a.file <> b.file", "both": "true"}
_MEASURED = {"dedupe": "within", "between": "between", "both": "all"}
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveReport:
    """What linking files by a profile found.

    Attributes:
        kind: schema of the records.
        counts: records, pairs, links, clusters and what was kept apart.
        rejected: rows that could not be read; the first of them stand in `rejects`.
        quality: against the truth, where the profile names one.
        model: weights and how they were come by.
    """

    kind: str
    counts: dict[str, int]
    rejected: int
    rejects: list[dict[str, object]] = field(default_factory=list)
    quality: Quality | None = None
    model: dict[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Return what `puente resolve --json` prints."""
        found: dict[str, object] = {"kind": self.kind, **self.counts, "rejected": self.rejected}
        if self.rejects:
            found["rejects"] = self.rejects
        if self.quality is not None:
            found |= {
                "precision": round(self.quality.precision, 4),
                "recall": round(self.quality.recall, 4),
                "f1": round(self.quality.f1, 4),
                "blocking_recall": round(self.quality.blocking_recall, 4),
                "true_pairs": self.quality.true_pairs,
            }
        return {**found, "model": self.model}


def resolve_files(
    files: Sequence[Path], profile: Path, out: Path, *, engine: str = "duckdb",
    settings: Settings, progress: Callable[[int, int], None],
) -> ResolveReport:  # fmt: skip
    """Link the records of CSV or Parquet files and write `unique_id`, `cluster_id` to `out`.

    `cluster_id` is the smallest id in the cluster. Where an id stands in several files, both
    columns carry the file's number after it (`17 #0`), and a third, `file`, names the file.

    Args:
        files: one or more; a profile that links `between` needs two.
        profile: YAML, see `puente.resolve.profile_spec`.
        out: Parquet file to write; its folder must exist.
        engine: `duckdb`.

    Raises: InvalidData: a profile, file or engine that cannot be used; names file and line.
    """
    if engine not in ENGINES:
        raise InvalidData(_("unknown engine {engine!r}").format(engine=engine))
    if engine != "duckdb":
        raise InvalidData(_("the Spark engine is not part of this version; use --engine duckdb"))
    told = read_profile(profile)
    if not files:
        raise InvalidData(_("no file to link"))
    if told.link == "between" and len(files) < 2:
        raise InvalidData(_("link: between needs two files or more"), file=profile)
    if not out.parent.is_dir():
        raise InvalidData(_("there is no such folder"), file=out.parent)
    con = connect(settings)
    try:
        return _resolve(con, files, told, out, settings.max_file_mb, progress)
    finally:
        con.close()


def _resolve(
    con: duckdb.DuckDBPyConnection, files: Sequence[Path], profile: Profile, out: Path,
    max_file_mb: int, progress: Callable[[int, int], None],
) -> ResolveReport:  # fmt: skip
    progress(0, 3)
    rejects = read_files(con, files, profile, max_file_mb)
    progress(1, 3)
    kind = _standardise(con, profile)
    # Links within one file need no look at the file of each pair.
    among = "true" if len(files) == 1 else _AMONG[profile.link]
    result = link_table(con, "records", kind, least=JOIN_FROM, among=among)
    progress(2, 3)
    quality = None
    if profile.truth or profile.truth_regex:
        con.execute(
            "CREATE OR REPLACE TEMP TABLE truths AS SELECT r.rid, w.truth, w.file FROM records r"
            " JOIN raw w USING (entity_id)"
        )
        quality = measure(con, "truths", "homes", _MEASURED[profile.link])
    _write(con, files, out)
    progress(3, 3)
    _LOG.info("resolved", extra={"kind": profile.schema, **result.counts})
    return ResolveReport(
        kind=profile.schema, counts=result.counts, rejected=len(rejects),
        rejects=shown_rejects(rejects), quality=quality,
        model={"method": METHOD, "link_from": JOIN_FROM, **result.model},
    )  # fmt: skip


def _standardise(con: duckdb.DuckDBPyConnection, profile: Profile) -> Kind:
    """Create `records` and return the kind that its columns are compared by."""
    if profile.kind in KINDS:
        kind, standardise = KINDS[profile.kind]
        standardise(con, "raw", "records")
    else:
        kind = Kind(name=profile.schema, fields=(), keys=(), training=(), certain="")
        con.execute(
            "CREATE OR REPLACE TABLE records AS SELECT (row_number() OVER (ORDER BY entity_id) - 1)"
            "::INTEGER AS rid, entity_id FROM raw ORDER BY rid"
        )
    extra = ["file", *(f"x{place}" for place in range(len(profile.other)))]
    con.execute(
        f"CREATE OR REPLACE TABLE records AS SELECT r.*, {', '.join('w.' + c for c in extra)}"
        " FROM records r JOIN raw w USING (entity_id) ORDER BY r.rid"
    )
    return add_others(con, kind, profile.other) if profile.other else kind


def _write(con: duckdb.DuckDBPyConnection, files: Sequence[Path], out: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    met = con.execute("SELECT count(DISTINCT unique_id) < count(*) FROM raw").fetchone()
    column = "entity_id" if met and met[0] else "unique_id"
    table = con.execute(
        f"SELECT w.{column} AS unique_id, k.{column} AS cluster_id, w.file AS number"
        " FROM records r JOIN raw w USING (entity_id) JOIN homes h ON h.rid = r.rid"
        " JOIN records c ON c.rid = h.home JOIN raw k ON k.entity_id = c.entity_id"
        " ORDER BY w.file, w.entity_id"
    ).to_arrow_table()
    numbers = table["number"].to_pylist()
    shown = table.drop_columns(["number"])
    if len(files) > 1:
        names = pa.array([files[number].name for number in numbers], pa.string())
        shown = shown.append_column("file", names)
    part = out.with_name(out.name + ".part")
    pq.write_table(shown, part, compression="zstd")
    part.replace(out)
