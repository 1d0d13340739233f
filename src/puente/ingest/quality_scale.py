"""Figures of another scale, or another place: round numbers, multiples of ten, rates out of line.

Source: preference of digits as a hint of estimates, never more: Edouard and Senthilselvan (1997),
Observer error and birthweight: digit preference in recording; rates as SESNSP publishes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.i18n import N_
from puente.ingest.quality_findings import Finding
from puente.ingest.quality_values import STEADY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from puente.ingest.quality_cells import Figures

_DIGITS = """
SELECT source::VARCHAR AS source, count(*) AS cells, count(*) FILTER (n % 5 = 0) AS round
FROM cell WHERE n >= 20 AND level IN ('municipality', 'state') GROUP BY source
HAVING count(*) >= 500 ORDER BY source"""

ROUND = 0.26
"""Share of counts of 20 and more that end in 0 or 5 from which it is told; 0.2 is chance."""


def heaping(figures: Figures) -> Iterator[Finding]:
    """Yield sources with more round counts than chance gives: a hint that some are estimates."""
    for row in figures.rows(_DIGITS):
        share = row["round"] / row["cells"]
        if share > ROUND:
            yield Finding(
                source=row["source"],
                check="heaping",
                severity="note",
                text=N_("{share} percent of the larger counts end in 0 or 5; chance gives 20."),
                values={"share": round(100 * share)},
                figure=round(100 * share, 1),
                expected=20.0,
                unit="percent",
            )


_TENS = """
SELECT source::VARCHAR AS source, coalesce(state || '000', '') AS place,
  coalesce(record::VARCHAR, '') AS record, coalesce(y::VARCHAR, '') AS year,
  count(*) AS cells, count(*) FILTER (n % 10 = 0) AS tens
FROM (SELECT source, state, record, m // 12 AS y, n FROM cell
  WHERE n > 0 AND level IN ('municipality', 'state'))
GROUP BY GROUPING SETS ((source, state), (source, record), (source, y), (source, record, y),
  (source, state, y))
HAVING count(*) >= {cells} AND count(*) FILTER (n % 10 = 0) >= {share} * count(*) ORDER BY ALL"""


def tens(figures: Figures) -> Iterator[Finding]:
    """Yield states, records and years of which nearly every count is a multiple of ten.

    By chance one count in ten is: that nine in ten of thirty are comes about once in 10^23.
    """
    told: set[tuple[str, tuple[str, ...]]] = set()
    for row in figures.rows(_TENS.format(cells=30, share=0.9)):
        # A part of what was told as a whole (a year of a state, a state of a year) adds nothing.
        source, parts = row["source"], (row["place"], row["record"], row["year"])
        wholes = {tuple("" if n == k else part for n, part in enumerate(parts)) for k in range(3)}
        if any((source, whole) in told for whole in wholes - {parts}):
            continue
        told.add((source, parts))
        yield Finding(
            source=row["source"],
            check="heaping",
            severity="fault",
            text=N_("Of {cells} counts above zero {tens} end in 0, as if multiplied by ten."),
            values={"cells": row["cells"], "tens": row["tens"]},
            place=row["place"],
            record=row["record"],
            period=row["year"],
            figure=round(100 * row["tens"] / row["cells"], 1),
            expected=10.0,
            unit="percent",
        )


_RATES = """
WITH newest AS (SELECT place, arg_max(people, year) AS people FROM people GROUP BY place),
  states AS (
    SELECT left(place, 2) || '000' AS place, sum(people) AS people FROM newest
    WHERE right(place, 3) NOT IN ('000', '999') GROUP BY ALL),
  total AS (
    SELECT a.source, a.place, any_value(s.people) AS people, count(DISTINCT a.crime) AS records,
      sum(a.n) * 12e5 / count(DISTINCT a.m) / any_value(s.people) AS rate, sum(a.n) AS n
    FROM area a JOIN states s ON s.place = a.place JOIN wide USING (source)
    WHERE a.told > 0 GROUP BY a.source, a.place)
SELECT source::VARCHAR AS source, place, records, rate, n,
  median(rate) OVER (PARTITION BY source) AS usual, count(*) OVER (PARTITION BY source) AS states
FROM total WHERE rate > 0 ORDER BY ALL"""

OUT_OF_LINE = 6.0
"""Factor between a state's rate of all cases and the median state's from which it is told.

In the state file of 2015 to 2024 the farthest are 2.2 times above and 4.5 times below; of homicide
alone 4.6 times above. Below is asked only of tables of several crimes, since homicide is rare in
Yucatán. What is truly in few places (deaths of one conflict) is told too.
"""

SEVERAL = 6


def rates(figures: Figures) -> Iterator[Finding]:
    """Yield states whose cases per head lie far off the other states': another's, or times ten."""
    for row in figures.rows(_RATES):
        ratio = row["rate"] / max(row["usual"], 1e-9)
        low = row["records"] >= SEVERAL and ratio < 1 / OUT_OF_LINE
        if row["states"] < 10 or row["n"] < STEADY or not (ratio > OUT_OF_LINE or low):
            continue
        yield Finding(
            source=row["source"],
            check="impossible",
            severity="warning",
            text=N_("{rate} cases a year per 100,000 people, {ratio} times those of the middle "
                    "state: as if the figures were another's, or of another scale."),
            values={"rate": float(round(row["rate"], 1)), "ratio": float(round(ratio, 2))},
            place=row["place"],
            figure=round(row["rate"], 1),
            expected=round(row["usual"], 1),
            unit="per 100,000",
        )  # fmt: skip
