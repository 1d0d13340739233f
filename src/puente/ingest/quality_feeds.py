"""Checks of what is no count by place and month: single records, survey figures, crossings.

Source: see `quality_silence` and `quality_series`; INEGI, ENVIPE, notes on precision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.i18n import N_
from puente.ingest.quality_findings import Finding, span_text
from puente.ingest.quality_series import Block, block_of, breaks, gaps, merged, spikes
from puente.ingest.quality_values import EARLIEST, SINCE

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator

    from puente.guard.view import View
    from puente.ingest.quality_cells import Figures

_SINGLE = """
SELECT source, agency, record, left(day, 7) AS month, count(*) AS n, min(day) AS first,
  max(day) AS last, count(*) FILTER (day > $today) AS ahead
FROM (
  SELECT source, agency, category AS record, date AS day FROM incidents WHERE current
  UNION ALL SELECT source, agency, kind AS record, "at" AS day FROM events WHERE current)
WHERE length(day) >= 7 GROUP BY ALL"""
_CROSSED = """
SELECT source, port || ' ' || port_name AS place, measure AS record, month,
  sum(count)::DOUBLE AS n FROM crossings WHERE current GROUP BY ALL"""
_FEED = """
CREATE TABLE feed AS
SELECT source, place, crime, left(month, 4)::INTEGER * 12 + month[6:7]::INTEGER - 1 AS m,
  sum(n)::DOUBLE AS n, count(n) AS told
FROM (SELECT source, agency AS place, record AS crime, month, n FROM single
  UNION ALL SELECT source, place, '' AS crime, month, n FROM crossed)
WHERE regexp_full_match(month, '\\d{4}-\\d\\d') AND month <= $month GROUP BY ALL"""
"""Without months to come: one date of 2205 would have every agency silent until then."""

_PASSED = """
CREATE TABLE passed AS
SELECT source, record, left(month, 4)::INTEGER * 12 + month[6:7]::INTEGER - 1 AS m,
  sum(n)::DOUBLE AS n
FROM crossed WHERE regexp_full_match(month, '\\d{4}-\\d\\d') GROUP BY ALL"""


def lay_out_feeds(view: View, figures: Figures, today: datetime.date) -> None:
    """Lay out what is no count by place: `singles`, `passed`, and `feed` of both.

    `singles` are records by agency, `passed` crossings by measure, `feed` both by agency or port.
    """
    engine = figures.engine
    engine.register("single", view.sql(_SINGLE, {"today": f"{today.isoformat()}T99"}))
    engine.register("crossed", view.sql(_CROSSED))
    engine.execute("CREATE TABLE singles AS SELECT * FROM single")
    engine.execute("CREATE TABLE ports AS SELECT DISTINCT source FROM crossed")
    engine.execute(_PASSED)
    engine.execute(_FEED, {"month": today.isoformat()[:7]})
    engine.unregister("single")
    engine.unregister("crossed")


def dates(figures: Figures) -> Iterator[Finding]:
    """Yield single records dated in the future, before any register, or before their agency."""
    query = (
        "SELECT source, agency, sum(ahead)::BIGINT AS ahead, max(last) AS last,"
        " min(first) AS first, sum(n)::BIGINT AS n FROM singles GROUP BY ALL ORDER BY ALL"
    )
    for row in figures.rows(query):
        if row["ahead"]:
            yield Finding(
                source=row["source"],
                agency=row["agency"],
                check="future",
                severity="fault",
                text=N_("Records dated after today: {n}, the last {last}."),
                values={"n": row["ahead"], "last": row["last"][:10]},
                period=row["last"][:10],
                figure=float(row["ahead"]),
                expected=0.0,
                unit="records",
            )
        since = SINCE.get(row["agency"], EARLIEST)
        if row["first"][:4] < str(since):
            yield Finding(
                source=row["source"],
                agency=row["agency"],
                check="impossible",
                severity="fault" if row["first"][:4] < str(EARLIEST) else "note",
                text=N_("The earliest record is dated {first}, before the agency was set up."),
                values={"first": row["first"][:10]},
                period=row["first"][:10],
                figure=float(row["first"][:4]),
                expected=float(since),
                unit="year",
            )


def crossings(figures: Figures) -> Iterator[Finding]:
    """Yield breaks, months out of line and gaps of the crossings of all ports together."""
    for row in figures.rows("SELECT source FROM ports ORDER BY source"):
        table = figures.table(
            "SELECT 'all ports' AS place, record, m, n FROM passed WHERE source = $source"
            " ORDER BY ALL",
            source=row["source"],
        )
        block = block_of(row["source"], table, whole="all ports", unit="crossings")
        if block is not None:
            yield from _of_block(block)


def _of_block(block: Block) -> Iterator[Finding]:
    for check in (breaks, spikes):
        yield from merged(check(block), block.whole)
    yield from gaps(block)


_OUT = """
SELECT source, record, measure, min(place) AS place, min(period) AS first, max(period) AS last,
  count(*) AS cells, min(value) AS least, max(value) AS most
FROM indicators WHERE current AND value IS NOT NULL AND ({where}) GROUP BY ALL ORDER BY ALL"""


def indicators(view: View, today: datetime.date) -> Iterator[Finding]:
    """Yield survey figures that cannot be: shares outside 0 to 100, bounds that miss their value,
    periods to come; and places that a year lacks.
    """
    wrong = (
        ("unit IN ('percent', '%', 'pct') AND (value < 0 OR value > 100)", "fault",
         N_("Shares outside 0 to 100 percent: {cells}, from {least} to {most}.")),
        ("value < 0 AND unit NOT IN ('percent', '%', 'pct')", "fault",
         N_("Figures below zero: {cells}, the least {least}.")),
        ("low > value OR value > high", "fault",
         N_("Figures outside their own bounds: {cells}.")),
        (f"left(period, 4) > '{today.year}'", "fault",
         N_("Figures of years to come: {cells}, up to {last}.")),
    )  # fmt: skip
    for where, severity, text in wrong:
        for row in view.sql(_OUT.format(where=where)).to_pylist():
            yield Finding(
                source=row["source"],
                check="impossible",
                severity=severity,
                text=text,
                values={
                    "cells": row["cells"],
                    "least": float(row["least"]),
                    "most": float(row["most"]),
                    "last": row["last"],
                },
                place=row["place"] if row["cells"] == 1 else "",
                record=f"{row['record']}, {row['measure']}",
                period=row["first"]
                if row["first"] == row["last"]
                else f"{row['first']}/{row['last']}",
                figure=float(row["least"]),
                unit="figures",
            )
    yield from _thin_years(view)


_THIN = """
WITH each AS (
  SELECT source, period, count(DISTINCT place) AS places, count(value) AS told, count(*) AS cells
  FROM indicators WHERE current AND length(period) = 4 GROUP BY ALL)
SELECT source, period, places, told, cells, max(places) OVER (PARTITION BY source) AS most
FROM each ORDER BY source, period"""


def _thin_years(view: View) -> Iterator[Finding]:
    for row in view.sql(_THIN).to_pylist():
        if row["places"] < row["most"]:
            yield Finding(
                source=row["source"],
                check="places_absent",
                severity="warning" if row["places"] < 0.9 * row["most"] else "note",
                text=N_("{places} of {most} places have a figure of the year."),
                values={"places": row["places"], "most": row["most"]},
                period=row["period"],
                figure=float(row["places"]),
                expected=float(row["most"]),
                unit="places",
            )
        if row["told"] < 0.9 * row["cells"]:
            yield Finding(
                source=row["source"],
                check="cells_absent",
                severity="note",
                text=N_("{blank} of {cells} figures are written and blank: not reported."),
                values={"blank": row["cells"] - row["told"], "cells": row["cells"]},
                period=row["period"],
                figure=float(row["told"]),
                expected=float(row["cells"]),
                unit="figures",
            )


def feed_gaps(figures: Figures) -> Iterator[Finding]:
    """Yield months inside the span of a feed of single records in which it sent nothing at all.

    A feed has begun once it sent as many as in a usual month: a lone date of 1925 is no beginning.
    """
    query = """
      WITH sent AS (SELECT source, m, sum(n) AS n FROM feed
          WHERE source NOT IN (SELECT source FROM ports) GROUP BY ALL),
        pairs AS (
          SELECT source, m, lead(m) OVER w AS next, sum(n) OVER w AS before
          FROM sent WINDOW w AS (PARTITION BY source ORDER BY m)),
        usual AS (SELECT source, sum(n) / count(DISTINCT m) AS n FROM feed GROUP BY source)
      SELECT p.source, p.m + 1 AS first, p.next - 1 AS last, u.n AS usual
      FROM pairs p JOIN usual u USING (source)
      WHERE p.next - p.m > 1 AND u.n >= 20 AND p.before >= u.n ORDER BY ALL"""
    for row in figures.rows(query):
        months = row["last"] - row["first"] + 1
        yield Finding(
            source=row["source"],
            check="months_absent",
            severity="warning",
            text=N_("Months in between without a single record: {n}; {usual} in a usual month."),
            values={"n": months, "usual": round(row["usual"])},
            period=span_text(row["first"], row["last"]),
            figure=0.0,
            expected=round(row["usual"] * months, 1),
            unit="records",
        )
