"""Parts against wholes, and two sources that count the same thing against each other.

Source: Ehling and Körner (eds.), Eurostat handbook on data quality assessment (2007), coherence:
mirror figures; SESNSP publishes one count by municipality and by state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from puente.i18n import N_
from puente.ingest.counting import NATION
from puente.ingest.quality_course import (
    LEAST_FIT,
    LEAST_PROFILE,
    fit,
    swap_finding,
    swaps_between,
)
from puente.ingest.quality_findings import Finding, span_text
from puente.ingest.quality_series import Block, block_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from puente.ingest.quality_cells import Figures

BAND = (0.8, 1.25)
"""Ratio of two sources over the same months within which they count one thing.

State file and municipal lethal violence lie at 0.999 to 1.04 in 2024; the defective feed of 2025 at
1.00 to 1.02 of the latter, and at 0.47 of the year before for robbery.
"""

FAULT_BAND = (0.6, 1 / 0.6)
"""Ratio beyond which one of the two has lost, or doubled, a good part."""

BESIDE_BAND = (0.67, 1.5)
"""The same where two sources share no month, and a year is held against the nearest one."""

LEAST = 500
"""Cases that are compared; in a state `LEAST_STATE`."""

LEAST_STATE = 100
STATE_BAND = (0.5, 2.0)

_WHOLES = """
WITH parts AS (
  SELECT source, place, crime, m // 12 AS year, sum(n) AS n FROM by_state WHERE NOT own
  GROUP BY ALL),
  wholes AS (
  SELECT source, place, crime, m // 12 AS year, sum(n) AS n FROM by_state WHERE own GROUP BY ALL),
  states AS (
  SELECT source, '00000' AS place, crime, m // 12 AS year, sum(n) AS n FROM area
  WHERE place <> '00000' GROUP BY ALL),
  nation AS (
  SELECT source, place::VARCHAR AS place, crime, m // 12 AS year, sum(n) AS n FROM placed
  WHERE level = 'nation' GROUP BY ALL)
SELECT w.source::VARCHAR AS source, w.place, w.crime::VARCHAR AS record, w.year, p.n AS parts,
  w.n AS whole
FROM (FROM wholes UNION ALL FROM nation) w
JOIN (FROM parts UNION ALL FROM states) p USING (source, place, crime, year)
WHERE w.n IS NOT NULL AND p.n IS NOT NULL AND w.n <> p.n ORDER BY ALL"""

_SUBTYPES = """
WITH parts AS (
  SELECT source, place, crime, m, sum(n) AS n FROM cell WHERE contains(record::VARCHAR, '.')
  GROUP BY ALL),
  wholes AS (
  SELECT source, place, crime, m, sum(n) AS n FROM cell WHERE NOT contains(record::VARCHAR, '.')
  GROUP BY ALL)
SELECT w.source::VARCHAR AS source, w.crime::VARCHAR AS record, '' AS place, w.m // 12 AS year,
  sum(p.n)::DOUBLE AS parts, sum(w.n)::DOUBLE AS whole
FROM wholes w JOIN parts p USING (source, place, crime, m)
WHERE w.n IS NOT NULL AND p.n IS NOT NULL GROUP BY ALL HAVING parts <> whole ORDER BY ALL"""


def sums(figures: Figures) -> Iterator[Finding]:
    """Yield where municipalities do not add up to their state, states to the nation, or parts of a
    crime to the crime, in one source and one year.
    """
    for query in (_WHOLES, _SUBTYPES):
        for row in figures.rows(query):
            share = abs(row["parts"] - row["whole"]) / max(row["whole"], 1.0)
            yield Finding(
                source=row["source"],
                check="sum",
                severity="fault" if share > 0.05 and row["whole"] >= LEAST_STATE
                else "warning" if share > 0.01 else "note",
                text=N_("The parts add up to {parts}; the whole says {whole}."),
                values={"parts": int(row["parts"]), "whole": int(row["whole"])},
                place=row["place"],
                record=row["record"],
                period=str(row["year"]),
                figure=row["parts"],
                expected=row["whole"],
                unit="cases",
            )  # fmt: skip


_TOGETHER = """
SELECT a.source::VARCHAR AS one, b.source::VARCHAR AS other, a.name, a.place,
  min(a.m) AS first, max(a.m) AS last, count(*) AS months, sum(a.n)::DOUBLE AS one_n,
  sum(b.n)::DOUBLE AS other_n
FROM named a JOIN named b ON a.source < b.source AND a.name = b.name AND a.place = b.place
  AND a.m = b.m AND NOT (a.added AND b.added)
GROUP BY ALL ORDER BY ALL"""

_BESIDE = """
WITH spans AS (
  SELECT source, name, min(m) AS first, max(m) AS last, bool_and(added) AS added FROM named
  WHERE place = '00000' GROUP BY ALL),
  pairs AS (
  SELECT a.source AS one, b.source AS other, a.name FROM spans a JOIN spans b
  ON a.name = b.name AND a.first > b.last AND NOT (a.added AND b.added)),
  held AS (
  SELECT p.one, p.other, a.name, a.place, a.m // 12 AS year, (a.m - b.m) // 12 AS years,
    min(a.m) AS first, max(a.m) AS last, count(*) AS months, sum(a.n) AS one_n, sum(b.n) AS other_n
  FROM pairs p JOIN named a ON a.source = p.one AND a.name = p.name
  JOIN named b ON b.source = p.other AND b.name = p.name AND b.place = a.place
    AND (a.m - b.m) IN (12, 24)
  GROUP BY ALL)
SELECT one::VARCHAR AS one, other::VARCHAR AS other, name, place, year, first, last, months,
  one_n::DOUBLE AS one_n, other_n::DOUBLE AS other_n
FROM held QUALIFY row_number() OVER (
  PARTITION BY one, other, name, place, year ORDER BY months DESC, years) = 1
ORDER BY ALL"""


def sisters(figures: Figures) -> Iterator[Finding]:
    """Yield where two sources of the country differ on what both count.

    Over the same months where they share some, else against the nearest of the two years before.
    The finding is put down to the source of the worse grade, or to both.
    """
    for query, beside in ((_TOGETHER, False), (_BESIDE, True)):
        pairs: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in figures.rows(query):
            pairs.setdefault((row["one"], row["other"]), []).append(row)
        for (one, other), rows in pairs.items():
            for pair in figures.doubted(one, other):
                yield from _compared(figures, pair, rows, beside=beside)


def _compared(
    figures: Figures, pair: tuple[str, str], rows: list[dict[str, Any]], *, beside: bool
) -> Iterator[Finding]:
    if pair[0] != rows[0]["one"]:
        rows = [{**row, "one_n": row["other_n"], "other_n": row["one_n"]} for row in rows]
    off = set()
    for row in rows:
        if row["place"] == NATION and _outside(row, BESIDE_BAND if beside else BAND, LEAST):
            off.add(row["name"])
            states = [
                other["place"] for other in rows
                if other["name"] == row["name"] and other["place"] != NATION
                and _outside(other, STATE_BAND, LEAST_STATE)
            ]  # fmt: skip
            yield _differ(pair, row, states, beside=beside)
    for row in rows:
        if (
            row["place"] != NATION
            and row["name"] not in off
            and not beside
            and _outside(row, STATE_BAND, LEAST_STATE)
        ):
            yield _differ(pair, row, [], beside=beside)
    yield from _swapped(pair, rows)
    if not beside:
        yield from _moved(figures, pair)


def _outside(row: dict[str, Any], band: tuple[float, float], least: int) -> bool:
    if max(row["one_n"], row["other_n"]) < least:
        return False
    ratio = row["one_n"] / max(row["other_n"], 1.0)
    return not band[0] <= ratio <= band[1]


def _differ(
    pair: tuple[str, str], row: dict[str, Any], states: list[str], *, beside: bool
) -> Finding:
    ratio = row["one_n"] / max(row["other_n"], 1.0)
    whole = row["place"] == NATION
    grave = whole and not FAULT_BAND[0] <= ratio <= FAULT_BAND[1]
    return Finding(
        source=pair[0],
        check="sister",
        severity="fault" if grave else "warning",
        text=N_(
            "{own} cases, against {want} in {other} over the same months of a year before: "
            "{share} percent. {states} states are off by half or more."
        )
        if beside
        else N_(
            "{own} cases, against {want} in {other} over the same months: {share} percent. "
            "{states} states are off by half or more."
        ),
        values={
            "own": int(row["one_n"]),
            "want": int(row["other_n"]),
            "other": pair[1],
            "share": round(100 * ratio),
            "states": len(states),
        },
        place=row["place"],
        record=row["name"],
        period=span_text(row["first"], row["last"]),
        figure=row["one_n"],
        expected=row["other_n"],
        unit="cases",
        rows="; ".join(states),
    )


def _swapped(pair: tuple[str, str], rows: list[dict[str, Any]]) -> Iterator[Finding]:
    rows = [row for row in rows if row["place"] != NATION]
    places = sorted({row["place"] for row in rows})
    names = sorted({row["name"] for row in rows})
    if len(names) < LEAST_PROFILE or len(places) < 3:
        return
    one, other = (np.zeros((len(places), len(names))) for _side in range(2))
    for row in rows:
        at = places.index(row["place"]), names.index(row["name"])
        one[at] += row["one_n"]
        other[at] += row["other_n"]
    for a, b, own, crossed in swaps_between(np.log1p(other), np.log1p(one)):
        period = span_text(min(row["first"] for row in rows), max(row["last"] for row in rows))
        yield swap_finding(pair[0], (places[a], places[b]), period, (own, crossed))


_MONTHS = """
SELECT name AS record, place, m, n FROM named WHERE source::VARCHAR = $source AND m BETWEEN $first
  AND $last AND name IN (SELECT name FROM named WHERE source::VARCHAR = $other)"""
_SHARED = """
SELECT greatest(a.first, b.first) AS first, least(a.last, b.last) AS last
FROM span a, span b WHERE a.source::VARCHAR = $one AND b.source::VARCHAR = $other"""


def _moved(figures: Figures, pair: tuple[str, str]) -> Iterator[Finding]:
    """Yield that a source's months fit the other's only when moved by a month or two."""
    shared = figures.rows(_SHARED, one=pair[0], other=pair[1])[0]
    if shared["last"] - shared["first"] < 8:
        return
    blocks: list[Block] = []
    for source, other in (pair, pair[::-1]):
        table = figures.table(
            _MONTHS, source=source, other=other, first=shared["first"], last=shared["last"]
        )
        block = block_of(source, table)
        if block is None:
            return
        blocks.append(block)
    own, want = blocks
    if (own.places, own.records, own.counts.shape) != (
        want.places,
        want.records,
        want.counts.shape,
    ):
        return
    shape = [np.log(b.counts.reshape(-1, b.months) + 0.5) for b in blocks]
    fits = {lag: fit(shape[0], shape[1], lag) for lag in (0, -1, 1, -2, 2)}
    best = max(fits, key=lambda lag: fits[lag])
    if fits[best] > LEAST_FIT and fits[best] - fits[0] > LEAST_FIT:
        yield Finding(
            source=pair[0],
            check="shifted",
            severity="fault",
            text=N_(
                "The months fit those of {other} better when moved (by {lag} in months; likeness "
                "{best}) than as they stand ({own})."
            ),
            values={"other": pair[1], "lag": best, "best": fits[best], "own": fits[0]},
            place=NATION,
            period=span_text(shared["first"], shared["last"]),
            figure=fits[0],
            expected=fits[best],
            unit="correlation",
        )
