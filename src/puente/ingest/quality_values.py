"""Figures that cannot be, or hardly: below zero, above the people there, to come, repeated.

Source: UK Statistics Authority, Quality Assurance of Administrative Data (2015), checks on values.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from puente.i18n import N_
from puente.ingest.freshness import last_day
from puente.ingest.quality_findings import Finding, month_text, span_text

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator

    from puente.ingest.quality_cells import Figures

SINCE: dict[str, int] = {
    "SESNSP": 1997,
    "INEGI": 1983,
    "FGR": 2019,
    "OFAC": 1950,
    "CBP": 2003,
    "BTS": 1992,
    "CNB": 2018,
}
"""Year in which an agency was set up. Records dated before are a note: an agency takes over those
of its forerunners.

Source: the laws and decrees that set them up (DOF, U.S. Statutes at Large).
"""

EARLIEST = 1893
"""Year before which no series of any source begins: the first Mexican statistics of deaths."""

STEADY = 100
"""Cases a month from which a month of none at all was not counted; by chance once in e^100."""

_IMPOSSIBLE = """
SELECT source::VARCHAR AS source, record::VARCHAR AS record, any_value(place::VARCHAR) AS place,
  min(m) AS first, max(m) AS last, min(n) AS least, count(*) AS cells,
  any_value(load::VARCHAR) AS load
FROM cell WHERE n < 0 GROUP BY ALL ORDER BY ALL"""

_CROWDED = """
WITH newest AS (SELECT place, arg_max(people, year) AS people FROM people GROUP BY place),
  most AS (
    SELECT source, record, place, arg_max(m, n) AS m, max(n) AS n, any_value(load) AS load
    FROM cell WHERE n > 100 AND level = 'municipality' GROUP BY ALL)
SELECT source::VARCHAR AS source, record::VARCHAR AS record, most.place::VARCHAR AS place, m, n,
  people, load::VARCHAR AS load
FROM most JOIN newest ON newest.place = most.place::VARCHAR WHERE people > 0 AND n > people / 10
ORDER BY ALL"""

_UNDATED = """
SELECT source::VARCHAR AS source, load::VARCHAR AS load, count(*) AS cells
FROM held WHERE m IS NULL GROUP BY ALL ORDER BY ALL"""


def impossible(figures: Figures) -> Iterator[Finding]:
    """Yield counts below zero, counts above a tenth of the people there, and months that are none.

    A tenth of the people a month: no crime or death is ten times as common as all crime recorded
    in the worst month of the worst municipality.
    """
    for row in figures.rows(_IMPOSSIBLE):
        yield Finding(
            source=row["source"],
            check="impossible",
            severity="fault",
            text=N_("Counts below zero: {cells}, the least {least}."),
            values={"cells": row["cells"], "least": row["least"]},
            place=row["place"],
            record=row["record"],
            period=span_text(row["first"], row["last"]),
            figure=float(row["least"]),
            expected=0.0,
            unit="cases",
            load=row["load"],
        )
    for row in figures.rows(_CROWDED):
        grave = row["n"] > row["people"]
        yield Finding(
            source=row["source"],
            check="impossible",
            severity="fault" if grave else "warning",
            text=N_("{n} cases in a month where {people} people live."),
            values={"n": row["n"], "people": row["people"]},
            place=row["place"],
            record=row["record"],
            period=month_text(row["m"]),
            figure=float(row["n"]),
            expected=row["people"] / 10,
            unit="cases",
            load=row["load"],
        )
    for row in figures.rows(_UNDATED):
        yield Finding(
            source=row["source"],
            check="impossible",
            severity="fault",
            text=N_("Figures whose month is none: {cells}."),
            values={"cells": row["cells"]},
            figure=float(row["cells"]),
            expected=0.0,
            unit="figures",
            load=row["load"],
        )


_LATE = """
SELECT source::VARCHAR AS source, m, count(*) AS cells, count(n) AS told, sum(n)::DOUBLE AS cases
FROM cell GROUP BY ALL HAVING told > 0 ORDER BY ALL"""


def months_to_come(figures: Figures, today: datetime.date) -> Iterator[Finding]:
    """Yield months told before they were over, and ends of nothing but zeros.

    A delivery cannot hold a month after the day of its publication. Zeros in months to come are a
    publisher's filling (December of a year that is not over): they would say that there was no
    crime in the country.
    """
    by_source: dict[str, list[dict[str, float]]] = {}
    for row in figures.rows(_LATE):
        by_source.setdefault(row["source"], []).append(row)
    for source, rows in by_source.items():
        published = last_day(figures.newest.get(source, "")) or today
        limit = min(published, today)
        edge = limit.year * 12 + limit.month - 1
        counted = [row for row in rows if row["cases"]]
        last = max((int(row["m"]) for row in counted), default=-1)
        usual = sum(row["cases"] for row in counted) / max(1, len(counted))
        zeros = [int(row["m"]) for row in rows if int(row["m"]) > last]
        if zeros and usual >= STEADY:
            yield _filled(source, zeros, usual)
        ahead = [int(row["m"]) for row in counted if int(row["m"]) > edge]
        if ahead:
            yield _ahead(source, ahead, sum(row["cases"] for row in counted if row["m"] > edge))
        first = min((int(row["m"]) for row in rows), default=edge)
        if first < EARLIEST * 12:
            yield _too_early(source, first)


def _filled(source: str, months: list[int], usual: float) -> Finding:
    return Finding(
        source=source,
        check="future",
        severity="fault",
        text=N_(
            "Nothing but zeros at the end, after {usual} cases a month: not counted rather than "
            "none. Months: {n}."
        ),
        values={"n": len(months), "usual": round(usual)},
        period=span_text(min(months), max(months)),
        figure=0.0,
        expected=round(usual * len(months), 1),
        unit="cases",
    )


def _ahead(source: str, months: list[int], cases: float) -> Finding:
    return Finding(
        source=source,
        check="future",
        severity="fault",
        text=N_("{cases} cases in months after the delivery was published."),
        values={"cases": int(cases)},
        period=span_text(min(months), max(months)),
        figure=cases,
        expected=0.0,
        unit="cases",
    )


def _too_early(source: str, first: int) -> Finding:
    return Finding(
        source=source,
        check="impossible",
        severity="fault",
        text=N_("The series begins in {first}, before there was such a register."),
        values={"first": month_text(first)},
        period=month_text(first),
        figure=float(first // 12),
        expected=float(EARLIEST),
        unit="year",
    )


_CODES = """
SELECT p.source::VARCHAR AS source, count(DISTINCT p.place) AS places,
  list(DISTINCT p.place::VARCHAR ORDER BY p.place::VARCHAR) AS names, sum(p.n) AS cases,
  any_value(a.n) AS total
FROM placed p JOIN (
  SELECT source, sum(n) AS n FROM placed WHERE level = 'municipality' GROUP BY source) a
  USING (source)
WHERE p.level = 'municipality' AND p.place::VARCHAR NOT IN (SELECT place FROM town)
  AND EXISTS (SELECT 1 FROM town)
GROUP BY p.source ORDER BY p.source"""


def codes(figures: Figures) -> Iterator[Finding]:
    """Yield the municipality codes that stand in no table of places."""
    for row in figures.rows(_CODES):
        share = (row["cases"] or 0) / (row["total"] or 1)
        yield Finding(
            source=row["source"],
            check="codes",
            severity="fault" if share > 0.05 else "warning" if share > 0.001 else "note",
            text=N_("Codes that stand in no table of places: {n}; {cases} cases bear them."),
            values={"n": row["places"], "cases": int(row["cases"] or 0)},
            figure=float(row["places"]),
            expected=0.0,
            unit="places",
            rows="; ".join(row["names"]),
        )


_CONSTANT = """
SELECT source::VARCHAR AS source, record::VARCHAR AS record, min(n) AS n, count(n) AS cells,
  min(m) AS first, max(m) AS last
FROM cell WHERE n IS NOT NULL GROUP BY ALL
HAVING min(n) = max(n) AND count(n) >= {cells} ORDER BY ALL"""

_CELLS = 100


def constant(figures: Figures) -> Iterator[Finding]:
    """Yield records that say the same of every place in every month: a column without a use."""
    for row in figures.rows(_CONSTANT.format(cells=_CELLS)):
        yield Finding(
            source=row["source"],
            check="constant",
            severity="warning",
            text=N_("All {cells} figures are {n}: the column holds nothing."),
            values={"cells": row["cells"], "n": row["n"]},
            record=row["record"],
            period=span_text(row["first"], row["last"]),
            figure=float(row["n"]),
            unit="cases",
        )


_REPEATS = """
WITH spelled AS (
  SELECT source, {area} AS area, m, bit_xor(hash({letter})) AS spelling,
    count(*) AS cells, sum(n)::DOUBLE AS cases
  FROM cell WHERE n > 0 AND level IN ('municipality', 'state') GROUP BY ALL
  HAVING count(*) >= {cells} AND sum(n) >= {cases})
SELECT source::VARCHAR AS source, area, list(m ORDER BY m) AS months, min(m) AS first,
  max(m) AS last, any_value(cells) AS cells, any_value(cases) AS cases
FROM spelled GROUP BY source, area, spelling HAVING count(*) > 1 ORDER BY ALL"""

# As one text: the hash of several columns is the XOR of theirs, so that a month with the same
# figures in other places would be spelled alike.
_LETTER = "concat_ws('|', place, record, n)"

LEAST_CELLS = 12
"""Figures above zero that a month must have before another like it is told; two such months agree
by chance once in some 2^12 at the least."""

LEAST_CASES = 60


def repeated(figures: Figures) -> Iterator[Finding]:
    """Yield months whose figures are all those of another month: of the whole, or of a state."""
    whole: set[tuple[str, tuple[int, ...]]] = set()
    for area in ("'00000'", "state || '000'"):
        query = _REPEATS.format(area=area, letter=_LETTER, cells=LEAST_CELLS, cases=LEAST_CASES)
        for row in figures.rows(query):
            key = (row["source"], tuple(row["months"]))
            if area != "'00000'" and key in whole:
                continue
            whole.add(key)
            yield Finding(
                source=row["source"],
                check="repeated",
                severity="fault",
                text=N_("{n} months have the same {cells} figures: {months}."),
                values={
                    "n": len(row["months"]),
                    "cells": row["cells"],
                    "months": [month_text(month) for month in row["months"]],
                },
                place=row["area"],
                period=month_text(row["last"]),
                figure=row["cases"],
                unit="cases",
            )


_RUNS = """
WITH big AS (
  SELECT source, place, record, m, n, m - row_number() OVER (
    PARTITION BY source, place, record, n ORDER BY m) AS run
  FROM cell WHERE n >= {least} AND level IN ('municipality', 'state'))
SELECT source::VARCHAR AS source, place::VARCHAR AS place, record::VARCHAR AS record, n,
  min(m) AS first, max(m) AS last, count(*) AS months
FROM big GROUP BY source, place, record, run, n
HAVING count(*) >= 4 ORDER BY ALL"""


def standing_still(figures: Figures) -> Iterator[Finding]:
    """Yield runs of months in which a place tells the same number again and again.

    The chance that a Poisson count equals its mean is 1 / sqrt(2 pi mean) at the most; a run is
    told where chance would make fewer than one in a thousand builds.
    """
    cells = figures.rows("SELECT count(*) AS n FROM cell")[0]["n"] or 1
    for row in figures.rows(_RUNS.format(least=10)):
        same = -0.5 * math.log(2 * math.pi * row["n"])
        if (row["months"] - 1) * same < math.log(0.001 / cells):
            yield Finding(
                source=row["source"],
                check="repeated",
                severity="warning",
                text=N_("The same {n} cases in each of {months} months."),
                values={"n": row["n"], "months": row["months"]},
                place=row["place"],
                record=row["record"],
                period=span_text(row["first"], row["last"]),
                figure=float(row["n"]),
                unit="cases",
            )
