"""Whose time is up: criminal intelligence that is not to be read any more.

An entry may be kept for five years at most without a review, and its suspicion bears the day by
which that is due. From the day after, or once its source has taken the suspicion back, the entry is
not there for any reader: its subject, all that its record says besides, and whatever names it.

Source: 28 CFR 23.20(h) (review, and retention of at most five years without it).
Limits: what is over stays in the files until a purge removes it; it is no longer shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.model.provenance import APART
from puente.store.merge import literal

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

CLASSES = ", ".join(literal(name) for name in sorted(APART))

_TOLD = """
CREATE TEMP TABLE told AS
  SELECT source, load, "row", entity_id, prop, value, current FROM read_parquet({file})
  WHERE record_class IN ({classes}) AND schema = 'Suspicion'"""

# A later review prolongs an entry: of two deliveries that stand, the later day counts.
_CLOCKS = """
CREATE TEMP TABLE clocks AS
  SELECT source, entity_id,
    coalesce(max(value) FILTER (prop = 'reviewBy' AND current), '') < {day} AS over
  FROM told GROUP BY ALL"""

# A subject is over when no suspicion of it is left that stands.
_ENDED_IDS = """
CREATE TABLE guard.ended_ids AS
  SELECT source, entity_id AS id FROM clocks WHERE over
  UNION SELECT source, value FROM told JOIN clocks USING (source, entity_id)
  WHERE prop = 'subject' GROUP BY source, value HAVING bool_and(over OR NOT current)"""

_TIMED_IDS = """
CREATE TABLE guard.timed_ids AS
  SELECT source, entity_id AS id FROM told UNION SELECT source, value FROM told
  WHERE prop = 'subject'"""

# A record of a file may hold several subjects: it is over when the time of none is left. Another
# delivery has other records, even where its file has the same name.
_ENDED_LINES = """
CREATE TABLE guard.ended_lines AS
  SELECT source, load, "row" AS line FROM told JOIN clocks USING (source, entity_id)
  GROUP BY ALL HAVING bool_and(over)"""

_NAMED = {
    "statements": ("entity_id", "value"),
    "incidents": ("entity_id",),
    "events": ("from_id", "to_id"),
}
"""Columns of each table that may name a subject."""

_ON_ENDED_LINE = '(source, load, "row") IN (SELECT (source, load, line) FROM guard.ended_lines)'

# What a sheet said besides and says no more: nothing ties it to a suspicion any longer.
_LEFT_BEHIND = (
    "(NOT current AND source IN (SELECT source FROM guard.timed_ids)"
    " AND (source, entity_id) NOT IN (SELECT (source, id) FROM guard.timed_ids))"
)


def mark_ended(connection: duckdb.DuckDBPyConnection, statements: Path, day: str) -> None:
    """Note in the schema `guard` which entries of criminal intelligence are over.

    Args:
        connection: an engine with a schema `guard`.
        statements: the build's statements.
        day: ISO date on which they are read.

    Cost: one scan of the class and schema of the statements.
    """
    connection.execute(_TOLD.format(file=literal(str(statements)), classes=CLASSES))
    connection.execute(_CLOCKS.format(day=literal(day)))
    connection.execute(_ENDED_IDS)
    connection.execute(_TIMED_IDS)
    connection.execute(_ENDED_LINES)
    connection.execute("DROP TABLE told")
    connection.execute("DROP TABLE clocks")


def standing_rows(table: str) -> str:
    """Return the condition that a row's time is not up; "" where a table names no subject."""
    columns = _NAMED.get(table)
    if columns is None:
        return ""
    over = [f"(source, {name}) IN (SELECT (source, id) FROM guard.ended_ids)" for name in columns]
    if table == "statements":
        over += [_ON_ENDED_LINE, _LEFT_BEHIND]
    return f"NOT (record_class IN ({CLASSES}) AND ({' OR '.join(over)}))"


def shown_columns(table: str) -> str:
    """Return what a reader is shown of a table's rows.

    A row that was refused entry has no suspicion and so no clock: what it said is not shown.
    Source: 28 CFR 23.20(a).
    """
    if table != "rejects":
        return "*"
    return f"* REPLACE (CASE WHEN record_class IN ({CLASSES}) THEN '' ELSE raw END AS raw)"
