"""How common the values of a column are: a rare surname says more than a common one.

Counted once, on the records that a model is trained on, and kept with it: what a pair weighs must
not hang on which other records came with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from puente.resolve.spec import Kind

SMALLEST = 2e-5
"""Least share that a value is taken to have: rarer ones are told apart by nothing but luck."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How common the values of one column are.

    Attributes:
        shares: value to its share of the filled records, 0..1; values that two records or more
            bear and whose share is above `rest`.
        rest: share that every other value is taken to have.
    """

    shares: Mapping[str, float]
    rest: float


def term_columns(kind: Kind) -> list[str]:
    """Return the columns whose commonness scales a weight, each once."""
    return list(dict.fromkeys(lv.tf for each in kind.fields for lv in each.levels if lv.tf))


def count_terms(con: duckdb.DuckDBPyConnection, table: str, kind: Kind) -> dict[str, Terms]:
    """Return how common the values of each such column are in `table`."""
    found = {}
    for column in term_columns(kind):
        row = con.execute(f'SELECT count("{column}") FROM {table}').fetchone()
        filled = max(int(row[0]) if row else 0, 1)
        rest = max(SMALLEST, 1 / filled)
        common = con.execute(
            f'SELECT "{column}"::VARCHAR, count(*) FROM {table} WHERE "{column}" IS NOT NULL'
            f" GROUP BY 1 HAVING count(*) > {max(1.0, rest * filled)} ORDER BY 1"
        ).fetchall()
        shares = {value: count / filled for value, count in common}
        found[column] = Terms(shares=shares, rest=min(rest, 1.0))
    return found


def add_terms(con: duckdb.DuckDBPyConnection, table: str, terms: Mapping[str, Terms]) -> None:
    """Give `table` a column `tf_<column>` for each of `terms`: how common the record's value is.

    Splink reads columns of these names in the place of counting itself.
    """
    import pyarrow as pa

    shown, joins = [f"{table}.*"], []
    for place, (column, told) in enumerate(sorted(terms.items())):
        values = pa.table(
            {
                "value": pa.array(list(told.shares), pa.string()),
                "share": pa.array(list(told.shares.values()), pa.float64()),
            }
        )
        con.register("made", values)
        con.execute(f"CREATE OR REPLACE TEMP TABLE terms_{place} AS SELECT * FROM made")
        con.unregister("made")
        shown.append(
            f'CASE WHEN {table}."{column}" IS NOT NULL'
            f' THEN coalesce(t{place}.share, {told.rest!r}) END AS "tf_{column}"'
        )
        joins.append(
            f'LEFT JOIN terms_{place} t{place} ON {table}."{column}"::VARCHAR = t{place}.value'
        )
    con.execute(
        f"CREATE OR REPLACE TABLE {table} AS SELECT {', '.join(shown)} FROM {table}"
        f" {' '.join(joins)} ORDER BY rid"
    )
