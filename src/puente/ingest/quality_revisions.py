"""What a later delivery changed in an earlier one of the same source.

Source: Ehling and Körner (eds.), Eurostat handbook on data quality assessment (2007), revision
analysis. The lake keeps the earlier figures, `current` being false.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from puente.i18n import N_
from puente.ingest.counting import NATION
from puente.ingest.quality_course import LEAST_PROFILE, swap_finding, swaps_between
from puente.ingest.quality_findings import Finding, month_text
from puente.ingest.quality_series import merged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from puente.ingest.quality_cells import Figures

WARN = 0.05
"""Share by which a year's total of a record must change for a warning.

SESNSP's monthly corrections of the years before the last stay below 2 percent of a crime's total.
"""

GRAVE = 0.25
"""Share by which it must change for a fault: one of the two deliveries is wrong."""

STATE_FACTOR, STATE_LEAST = 2.0, 1000
"""The same within one state: factor, and cases a year. States do correct whole years of a crime."""

LEAST = 200
"""Cases a year that a record must have."""

_PAIRS = """
CREATE OR REPLACE TEMP TABLE revised AS
SELECT c.source, c.place, c.record, c.m, o.n AS before, c.n AS after, o.load AS before_load, c.load
FROM cell c JOIN held o ON NOT o.current AND o.source = c.source AND o.place = c.place
  AND o.record = c.record AND o.m = c.m"""

_YEARS = """
SELECT source::VARCHAR AS source, m // 12 AS year, count(*) AS cells,
  count(*) FILTER (before <> after) AS changed,
  count(*) FILTER (before IS NOT NULL AND after IS NULL) AS withdrawn,
  sum(abs(after - before))::DOUBLE AS moved,
  sum(before) FILTER (after IS NOT NULL)::DOUBLE AS before,
  sum(after) FILTER (before IS NOT NULL)::DOUBLE AS after,
  arg_max({'place': place::VARCHAR, 'record': record::VARCHAR, 'm': m, 'before': before,
    'after': after}, abs(after - before)) AS largest, max(load::VARCHAR) AS load
FROM revised GROUP BY ALL HAVING changed > 0 OR withdrawn > 0 ORDER BY ALL"""

_RECORDS = """
SELECT source::VARCHAR AS source, m // 12 AS year, {area} AS place,
  split_part(record::VARCHAR, '.', 1) AS crime,
  sum(before)::DOUBLE AS before, sum(after)::DOUBLE AS after, max(load::VARCHAR) AS load
FROM revised WHERE before IS NOT NULL AND after IS NOT NULL AND place <> '00000'
GROUP BY ALL
HAVING greatest(sum(before), sum(after)) >= {least}
  AND abs(sum(after) - sum(before)) > {warn} * sum(before)
ORDER BY ALL"""


def revisions(figures: Figures) -> Iterator[Finding]:
    """Yield for each year how many figures were changed and the largest change; then what moved."""
    if not figures.rows("SELECT 1 AS n FROM held WHERE NOT current LIMIT 1"):
        return
    figures.engine.execute(_PAIRS)
    for row in figures.rows(_YEARS):
        yield from _of_year(row)
    moved = [
        _of_record(row)
        for area in ("'00000'", "left(place::VARCHAR, 2) || '000'")
        for row in figures.rows(_RECORDS.format(area=area, least=LEAST, warn=WARN))
    ]
    for source in sorted({finding.source for finding in moved}):
        yield from merged((f for f in moved if f.source == source), NATION, lone="")
    yield from _swapped(figures)


def _of_record(row: dict[str, object]) -> Finding:
    before, after = float(str(row["before"])), float(str(row["after"]))
    change = abs(after - before) / max(before, 1.0)
    factor = max(before, after) / max(min(before, after), 1.0)
    state = factor >= STATE_FACTOR and max(before, after) >= STATE_LEAST
    grave = change > GRAVE if row["place"] == NATION else state
    return Finding(
        source=str(row["source"]),
        check="revision",
        severity="fault" if grave else "warning",
        text=N_("{after} cases in the year; the delivery before said {before}."),
        values={"after": int(after), "before": int(before)},
        place=str(row["place"]),
        record=str(row["crime"]),
        period=str(row["year"]),
        figure=after,
        expected=before,
        unit="cases",
        load=str(row["load"]),
    )


def _of_year(row: dict[str, object]) -> Iterator[Finding]:
    largest = row["largest"]
    values: dict[str, object] = {name: row[name] for name in ("cells", "changed")}
    values["moved"] = int(float(str(row["moved"] or 0)))
    where = ""
    if isinstance(largest, dict) and largest.get("m") is not None:
        where = f"{largest['place']} {month_text(largest['m'])} {largest['record']}"
        values |= {"from": largest["before"], "to": largest["after"], "where": where}
        text = N_(
            "{changed} of {cells} figures were changed, by {moved} cases in all; the most in "
            "{where}: from {from} to {to}."
        )
        yield Finding(
            source=str(row["source"]),
            check="revision",
            severity="note",
            text=text,
            values=values,
            period=str(row["year"]),
            figure=float(str(row["after"])),
            expected=float(str(row["before"])),
            unit="cases",
            rows=where,
            load=str(row["load"]),
        )
    if row["withdrawn"]:
        yield Finding(
            source=str(row["source"]),
            check="revision",
            severity="warning",
            text=N_("Figures of the delivery before that are not reported any more: {n}."),
            values={"n": row["withdrawn"]},
            period=str(row["year"]),
            figure=float(str(row["withdrawn"])),
            expected=0.0,
            unit="figures",
            load=str(row["load"]),
        )


_PROFILE = """
SELECT source::VARCHAR AS source, left(place::VARCHAR, 2) || '000' AS place,
  record::VARCHAR AS record, m // 12 AS year, sum(before)::DOUBLE AS before,
  sum(after)::DOUBLE AS after
FROM revised WHERE before IS NOT NULL AND after IS NOT NULL AND place <> '00000'
GROUP BY ALL ORDER BY ALL"""


def _swapped(figures: Figures) -> Iterator[Finding]:
    """Yield pairs of states that stand under each other's name in the later delivery."""
    groups: dict[tuple[str, int], list[dict[str, object]]] = {}
    for row in figures.rows(_PROFILE):
        groups.setdefault((row["source"], row["year"]), []).append(row)
    for (source, year), rows in groups.items():
        places = sorted({str(row["place"]) for row in rows})
        records = sorted({str(row["record"]) for row in rows})
        if len(records) < LEAST_PROFILE or len(places) < 3:
            continue
        before, after = (np.zeros((len(places), len(records))) for _side in range(2))
        for row in rows:
            at = places.index(str(row["place"])), records.index(str(row["record"]))
            before[at], after[at] = float(str(row["before"])), float(str(row["after"]))
        for a, b, own, other in swaps_between(np.log1p(before), np.log1p(after)):
            yield swap_finding(source, (places[a], places[b]), str(year), (own, other))
