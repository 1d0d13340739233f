"""Two registers held against each other, year by year: where one exceeds what the other allows.

Chance is that of counts: given the sum of the two, the greater one is binomial (Przyborowski and
Wilenski 1940). A part that exceeds its whole is looked for in runs of years, for a register that
hides deaths does so for more than one.

Source: Przyborowski and Wilenski, Biometrika 31 (1940), 313-323; Benjamini and Hochberg, JRSS B 57
    (1995), 289-300.
Limits: a finding says that the figures cannot both be right as they stand; not which of them is
    wrong, nor why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from puente.i18n import N_
from puente.places.conflicts_found import Conflict, Side, discoveries
from puente.places.conflicts_laws import ALIKE, AT_MOST, LAWS, LEVEL, Law

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from puente.ingest.quality_cells import Figures

DEFICIT = 1.5
"""How far files must lie below what is usual between two registers, beyond chance, to be told.

The middle half of the 32 states of 2015 lies within 1.15 of the median ratio of files to deaths
(.82: files have several victims), so that 1.5 is outside of what states differ by in their habits.
"""

TABLES = 1.1
"""How far two tables of one count must lie apart to be told: files are reclassified later, and in
2024 no state's total moved by a tenth between the two tables of homicides.
"""

COPIES = 0.5
"""Share of months above zero that two tables must have alike to be copies of one count: there a
difference is no chance. Two counts of their own agree in hardly one month of ten.
"""

REGISTERED_LATER = 3
"""Months after a year whose registrations are granted to it. Of INEGI's deaths by homicide fewer
than one in ten is registered later than that."""

LEAST = 10
"""Cases of both sides together from which a year is looked at; below it chance rules everything."""

PLACES = 8
"""Places from which a ratio between two registers can be called usual."""

_SIDE = """
CREATE OR REPLACE TEMP TABLE {name} AS
SELECT source, level, place, m, sum(n) AS n, bool_and(told = cells) AS whole
FROM counted WHERE crime::VARCHAR IN ({crimes}) GROUP BY source, level, place, m
HAVING bool_or(crime::VARCHAR = {first} AND told > 0)"""

_PAIRS = """
-- Where one register tells both, its own two are compared, and not each with another's copy.
SELECT a.level, a.place, a.source::VARCHAR AS source_a, b.source::VARCHAR AS source_b,
  (a.m // 12)::INTEGER AS year, count(*) AS months, min(a.m) AS first, max(a.m) AS last,
  sum(a.n)::BIGINT AS n_a, sum(b.n)::BIGINT AS n_b, bool_and(a.whole) AS whole_a
FROM side_a a JOIN side_b b USING (level, place, m)
WHERE b.whole AND (a.source = b.source OR a.source NOT IN (SELECT source FROM side_b))
GROUP BY a.level, a.place, a.source, b.source, a.m // 12
ORDER BY a.level, a.source, b.source, a.place, year"""

_LATER = """
SELECT sum(n)::BIGINT AS n FROM side_b WHERE source::VARCHAR = $source AND level = $level
  AND place = $place AND m BETWEEN $first AND $last"""


WHOLE = 0.8
"""Share of a state's municipalities that a register must tell of for its sum to be the state's."""

_COUNTED = """
CREATE OR REPLACE TEMP TABLE counted AS
WITH seen AS (
    SELECT DISTINCT source, state, place FROM placed WHERE level = 'municipality'),
  known AS (
    SELECT place FROM town UNION SELECT place::VARCHAR FROM seen),
  size AS (SELECT left(place, 2) AS state, count(*) AS towns FROM known GROUP BY ALL),
  covered AS (
    SELECT source, state || '000' AS place FROM seen JOIN size USING (state)
    GROUP BY source, state HAVING count(*) >= {whole} * any_value(towns)
    UNION SELECT source, place FROM by_state WHERE own)
SELECT source, place, 'state' AS level, crime, m, n, cells, told
FROM area SEMI JOIN covered USING (source, place)
UNION ALL BY NAME
SELECT source, place::VARCHAR AS place, level, crime, m, n, cells, told
FROM placed WHERE level = 'municipality'"""


def lay_counted(figures: Figures) -> None:
    """Add the table `counted`: what each register tells of municipalities and of whole states.

    A choice of places is no state: their sum is left out.

    Source: see the module.
    """
    figures.engine.execute(_COUNTED.format(whole=WHOLE))


def pair_conflicts(figures: Figures) -> Iterator[Conflict]:
    """Yield where a law between two records does not hold, beyond chance.

    Source: see the module.
    Cost: a pass over the records that the laws name; some 0.3 CPU seconds for all of them.
    """
    crimes = figures.rows("SELECT DISTINCT crime::VARCHAR AS crime FROM counted")
    known = {row["crime"] for row in crimes}
    for law in LAWS:
        if law.left[0] not in known or law.right[0] not in known:
            continue
        _lay_side(figures, "side_a", law.left)
        _lay_side(figures, "side_b", law.right)
        families: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
        for row in figures.rows(_PAIRS):
            families.setdefault((row["level"], row["source_a"], row["source_b"]), []).append(row)
        for years in families.values():
            yield from _runs(figures, law, years)
            if law.relation == ALIKE:
                yield from _deficits(law, years)


def _lay_side(figures: Figures, name: str, crimes: tuple[str, ...]) -> None:
    quoted = ", ".join(f"'{crime}'" for crime in crimes)
    figures.engine.execute(_SIDE.format(name=name, crimes=quoted, first=f"'{crimes[0]}'"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """Years of one place, one after the other, in each of which left exceeds right."""

    years: list[dict[str, Any]]
    p: float


def _runs(figures: Figures, law: Law, years: list[dict[str, Any]]) -> Iterator[Conflict]:
    """Yield the years of every run in which left exceeds right beyond chance.

    A run is chosen after looking, so each of a place's stretches of years counts as a look.
    """
    places: dict[str, list[dict[str, Any]]] = {}
    for row in years:
        places.setdefault(row["place"], []).append(row)
    runs: list[_Run] = []
    looks = 0
    for held in places.values():
        looks += len(held) * (len(held) + 1) // 2
        runs += _runs_of(held)
    passed = discoveries(np.array([run.p for run in runs]), looks)
    for run, q in zip(runs, passed, strict=True):
        if q <= LEVEL:
            granted = _granted(figures, run)
            for row in run.years:
                yield _exceeded(law, row, run, (q, looks, granted))


def _runs_of(held: list[dict[str, Any]]) -> Iterator[_Run]:
    run: list[dict[str, Any]] = []
    for row in [*held, None]:
        follows = row is not None and (not run or row["year"] == run[-1]["year"] + 1)
        above = row is not None and row["n_a"] > row["n_b"]
        if run and not (follows and above):
            total = sum(r["n_a"] for r in run), sum(r["n_b"] for r in run)
            yield _Run(years=run, p=float(chance_above(*total, 1.0)))
            run = []
        if row is not None and above:
            run.append(row)


def chance_above(left: int, right: int, ratio: float) -> float:
    """Return the chance of `left` cases or more, if they come at most `ratio` times as often.

    Args:
        left, right: counts, 0 or more.
        ratio: of the two rates under the law, above 0.

    Source: Przyborowski and Wilenski (1940).
    """
    from scipy.stats import binom

    return float(binom.sf(left - 1, left + right, ratio / (1.0 + ratio)))


def _granted(figures: Figures, run: _Run) -> int:
    """Return what the right side has for a run's months and the three after them."""
    row = run.years[0]
    found = figures.rows(
        _LATER, source=row["source_b"], level=row["level"], place=row["place"],
        first=row["first"], last=run.years[-1]["last"] + REGISTERED_LATER,
    )  # fmt: skip
    return int(found[0]["n"] or 0)


def _exceeded(law: Law, row: dict[str, Any], run: _Run, told: tuple[float, int, int]) -> Conflict:
    q, looks, granted = told
    total_a = sum(r["n_a"] for r in run.years)
    total_b = sum(r["n_b"] for r in run.years)
    still = total_a > granted
    text = {
        "part_above_whole": N_(
            "Deaths laid to rivalry: {a}; homicides of any kind: {b}. Years in a row: {years}, "
            "with {total_a} against {total_b}; with the registrations of three more months, "
            "{granted}."
        ),
        "files_against_deaths": N_(
            "Case files of homicide: {a}; deaths certified as homicide: {b}, though each file has "
            "one at the least. Years in a row: {years}, with {total_a} against {total_b}; with "
            "three more months, {granted}."
        ),
        "files_above_victims": N_(
            "Case files: {a}; victims: {b}, though each file of this crime has one at the least. "
            "Years in a row: {years}, with {total_a} against {total_b}."
        ),
    }[law.kind]
    conflict = _conflict(law, row, (run.p, q, looks), text)
    return replace(
        conflict,
        certainty="impossible" if still and law.relation == AT_MOST else "improbable",
        values={
            **conflict.values, "years": len(run.years), "total_a": total_a, "total_b": total_b,
            "granted": granted,
        },
    )  # fmt: skip


def _deficits(law: Law, years: list[dict[str, Any]]) -> Iterator[Conflict]:
    """Yield the years in which left lies far below what is usual between the two registers."""
    looked = [row for row in years if row["whole_a"] and row["n_a"] + row["n_b"] >= LEAST]
    ratios = [row["n_a"] / row["n_b"] for row in looked if row["n_b"]]
    if len({row["place"] for row in looked}) < PLACES or not ratios:
        return
    usual = float(np.median(ratios))
    if usual <= 0:
        return
    bound = usual / DEFICIT
    p = np.array([chance_above(row["n_b"], row["n_a"], 1.0 / bound) for row in looked])
    text = N_(
        "Case files of homicide: {a}; deaths certified as homicide: {b}. That is {share} percent, "
        "where {usual} percent is usual between these two registers."
    )
    for row, chance, q in zip(looked, p, discoveries(p, len(p)), strict=True):
        if q <= LEVEL:
            conflict = _conflict(law, row, (float(chance), float(q), len(p)), text)
            share = round(100 * row["n_a"] / max(row["n_b"], 1))
            yield replace(
                conflict,
                certainty="improbable",
                usual=usual,
                values={**conflict.values, "share": share, "usual": round(100 * usual)},
            )


def _conflict(
    law: Law, row: dict[str, Any], chances: tuple[float | None, float | None, int], text: str
) -> Conflict:
    p, q, looks = chances
    return Conflict(
        kind=law.kind,
        certainty="improbable",
        level=row["level"],
        place=row["place"],
        first=row["first"],
        last=row["last"],
        left=Side(source=row["source_a"], records=law.left, figure=row["n_a"]),
        right=Side(source=row["source_b"], records=law.right, figure=row["n_b"]),
        p=p,
        q=q,
        looks=looks,
        text=text,
        values={"a": row["n_a"], "b": row["n_b"]},
    )


_TABLES = """
WITH shared AS (
    SELECT a.source AS one, b.source AS other, a.crime
    FROM (SELECT DISTINCT source, crime FROM counted) a
    JOIN (SELECT DISTINCT source, crime FROM counted) b
    ON a.crime = b.crime AND a.source < b.source),
  told AS (
    SELECT * FROM counted SEMI JOIN shared USING (crime) WHERE told > 0 AND told = cells)
SELECT a.level, a.place, a.source::VARCHAR AS source_a, b.source::VARCHAR AS source_b,
  count(*) FILTER (a.n = b.n AND a.n > 0)::BIGINT AS alike,
  count(*) FILTER (a.n > 0 OR b.n > 0)::BIGINT AS above_zero, a.crime::VARCHAR AS crime,
  (a.m // 12)::INTEGER AS year, min(a.m) AS first, max(a.m) AS last, count(*) AS months,
  sum(a.n)::BIGINT AS n_a, sum(b.n)::BIGINT AS n_b
FROM shared s JOIN told a ON a.source = s.one AND a.crime = s.crime
JOIN told b ON b.source = s.other AND b.crime = s.crime AND b.level = a.level
  AND b.place = a.place AND b.m = a.m
GROUP BY ALL ORDER BY ALL"""


def table_conflicts(figures: Figures) -> Iterator[Conflict]:
    """Yield the places and years of which two tables of one count say different things.

    `quality_sums.sisters` holds the same tables against each other over the whole country, with a
    wide margin, to judge each file; here each place and year must agree.

    Source: see the module.
    """
    families: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in figures.rows(_TABLES):
        key = (row["source_a"], row["source_b"], row["crime"], row["level"])
        families.setdefault(key, []).append(row)
    for held in families.values():
        looked = [row for row in held if row["n_a"] + row["n_b"] >= LEAST]
        alike = sum(row["alike"] for row in held)
        copies = alike >= COPIES * max(1, sum(row["above_zero"] for row in held))
        yield from _copied(looked) if copies else _counted_twice(looked)


def _copied(looked: list[dict[str, Any]]) -> Iterator[Conflict]:
    """Yield the years in which two copies of one count lie clearly apart; no chance is in it."""
    for row in looked:
        more, fewer = max(row["n_a"], row["n_b"]), min(row["n_a"], row["n_b"])
        if more - fewer >= LEAST and more > TABLES * fewer:
            yield _differ(row, (None, None, len(looked)))


def _counted_twice(looked: list[dict[str, Any]]) -> Iterator[Conflict]:
    """Yield the years in which two counts of their own lie apart beyond chance."""
    p = np.array(
        [
            min(1.0, 2 * chance_above(max(row["n_a"], row["n_b"]), min(row["n_a"], row["n_b"]),
                                      TABLES))
            for row in looked
        ]
    )  # fmt: skip
    for row, chance, q in zip(looked, p, discoveries(p, len(p)), strict=True):
        if q <= LEVEL:
            yield _differ(row, (float(chance), float(q), len(p)))


def _differ(row: dict[str, Any], chances: tuple[float | None, float | None, int]) -> Conflict:
    crimes = (row["crime"],)
    law = Law(kind="two_tables", left=crimes, right=crimes, relation=ALIKE)
    text = N_("{a} cases in one table and {b} in the other, over the same months: {months}.")
    conflict = _conflict(law, {**row, "whole_a": True}, chances, text)
    return replace(conflict, values={**conflict.values, "months": row["months"]})
