"""What one register says that can hardly be: deaths moved to another name, years without a case.

Source: México Evalúa, Índice de confiabilidad de la estadística criminal (ICEC), and Valle-Jones,
    Sinaloa discrepancy (2012): shifts between intentional and negligent homicide, and improbable
    events, are the two signs that are looked for.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from puente.i18n import N_
from puente.places.conflicts_found import Conflict, Side, discoveries
from puente.places.conflicts_laws import LEVEL
from puente.places.conflicts_pairs import chance_above

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from puente.ingest.quality_cells import Figures

MOVES: tuple[tuple[str, str], ...] = (
    ("homicidio_doloso", "homicidio_culposo"),
    ("rnid_homicidio_doloso", "rnid_homicidio_culposo"),
)
"""Crimes of which the second may hold what the first lost: intentional and negligent homicide."""

MIRROR = 2.0
"""Factor between what one record lost and the other gained within which they mirror each other."""

HINTS = 0.05
"""Share of false findings that is put up with among hints, which only say where to ask."""

MONTHS = 6
"""Months that must be told in a year and in the one before, the same ones, to compare the two."""

_YEARS = """
WITH wide AS (
    SELECT source, place, level, m, sum(n) FILTER (crime::VARCHAR = '{one}') AS one,
      sum(n) FILTER (crime::VARCHAR = '{other}') AS other
    FROM counted WHERE told = cells AND crime::VARCHAR IN ('{one}', '{other}')
    GROUP BY ALL HAVING one IS NOT NULL AND other IS NOT NULL)
SELECT a.source::VARCHAR AS source, a.place, a.level, (a.m // 12)::INTEGER AS year,
  min(a.m) AS first, max(a.m) AS last, count(*) AS months,
  sum(b.one)::BIGINT AS one_before, sum(a.one)::BIGINT AS one_after,
  sum(b.other)::BIGINT AS other_before, sum(a.other)::BIGINT AS other_after
FROM wide a JOIN wide b ON b.source = a.source AND b.place = a.place AND b.level = a.level
  AND b.m = a.m - 12
GROUP BY ALL HAVING count(*) >= {months} ORDER BY ALL"""


def reclassified(figures: Figures) -> Iterator[Conflict]:
    """Yield years in which negligent homicide rose by about what intentional homicide fell.

    Both changes must be beyond chance, and mirror each other. How often the opposite happens
    (negligent falls as intentional rises, by the same rule) is told beside each: true ups and downs
    make the one as often as the other.

    Source: see the module.
    Limits: two true changes in one year look the same. A hint, never more.
    """
    for one, other in MOVES:
        families: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in figures.rows(_YEARS.format(one=one, other=other, months=MONTHS)):
            families.setdefault((row["source"], row["level"]), []).append(row)
        for years in families.values():
            moved = _moved(years, "one", "other")
            opposite = len(_moved(years, "other", "one"))
            for row, p, q in moved:
                yield _reclassified(row, (one, other), (p, q, len(years)), (len(moved), opposite))


def _moved(years: list[dict[str, Any]], falls: str, rises: str) -> list[tuple[Any, float, float]]:
    """Return the years in which one fell and the other rose alike, with p and q of the weaker."""
    kept, chances = [], []
    for row in years:
        fall = row[f"{falls}_before"] - row[f"{falls}_after"]
        rise = row[f"{rises}_after"] - row[f"{rises}_before"]
        if fall <= 0 or rise <= 0 or not 1 / MIRROR <= rise / fall <= MIRROR:
            continue
        kept.append(row)
        chances.append(
            max(
                chance_above(row[f"{falls}_before"], row[f"{falls}_after"], 1.0),
                chance_above(row[f"{rises}_after"], row[f"{rises}_before"], 1.0),
            )
        )
    q = discoveries(np.array(chances), len(years))
    return [(row, p, float(c)) for row, p, c in zip(kept, chances, q, strict=True) if c <= HINTS]


def _reclassified(
    row: dict[str, Any],
    crimes: tuple[str, str],
    chances: tuple[float, float, int],
    seen: tuple[int, int],
) -> Conflict:
    p, q, looks = chances
    fell = row["one_after"] - row["one_before"]
    rose = row["other_after"] - row["other_before"]
    return Conflict(
        kind="reclassified",
        certainty="hint",
        level=row["level"],
        place=row["place"],
        first=row["first"],
        last=row["last"],
        left=Side(source=row["source"], records=crimes[:1], figure=fell),
        right=Side(source=row["source"], records=crimes[1:], figure=rose),
        usual=None,
        p=p,
        q=q,
        looks=looks,
        text=N_(
            "Intentional homicides went from {one_before} to {one_after}, negligent ones from "
            "{other_before} to {other_after}, over the same {months} months. Such years: {seen}; "
            "years the other way round: {opposite}."
        ),
        values={
            **{name: row[name] for name in (
                "one_before", "one_after", "other_before", "other_after", "months")},
            "seen": seen[0],
            "opposite": seen[1],
        },
    )  # fmt: skip


LARGE = 50_000
"""People from which a municipality is called large: there, at the rates of the quietest tenth of
such municipalities, some crimes are expected every year."""

SILENT = 24
"""Months told as zero, one after the other, from which a silence is looked at."""

QUIET = 0.1
"""Share of large municipalities whose rate is taken for what is expected at the least."""

SEVERAL = 20
"""Large municipalities with a case from which a least rate can be known."""

_SILENT = """
WITH pop AS (SELECT place, year, people FROM people WHERE people > 0),
  told AS (
    SELECT source, place::VARCHAR AS place, crime::VARCHAR AS crime, m, n FROM placed
    WHERE level = 'municipality' AND told = cells
      AND place::VARCHAR IN (SELECT place FROM pop WHERE people >= {large})),
  whole AS (
    SELECT source, place, '' AS crime, m, sum(n) AS n FROM told
    GROUP BY source, place, m HAVING count(*) > 1),
  every AS (FROM told UNION ALL BY NAME FROM whole),
  marked AS (
    SELECT *, sum((n > 0)::INTEGER) OVER (PARTITION BY source, place, crime ORDER BY m) AS run
    FROM every),
  silent AS (
    SELECT source, place, crime, min(m) AS first, max(m) AS last, count(*) AS months
    FROM marked WHERE n = 0 GROUP BY source, place, crime, run HAVING count(*) >= {silent}),
  rated AS (
    SELECT e.source, e.crime, e.place, sum(e.n) AS n, count(*) AS months,
      sum(e.n) / sum(p.people) AS rate
    FROM every e JOIN pop p ON p.place = e.place AND p.year = e.m // 12
    WHERE p.people >= {large} GROUP BY ALL),
  least AS (
    SELECT source, crime, quantile_cont(rate, {quiet}) FILTER (n > 0) AS rate,
      count(*) FILTER (n > 0) AS places, sum(months) // {silent} AS looks
    FROM rated GROUP BY ALL)
SELECT s.source::VARCHAR AS source, s.crime, s.place, s.first, s.last, s.months,
  avg(p.people)::BIGINT AS people, l.rate AS rate, l.looks::BIGINT AS looks
FROM silent s JOIN least l ON l.source = s.source AND l.crime = s.crime
JOIN pop p ON p.place = s.place AND p.year BETWEEN s.first // 12 AND s.last // 12
WHERE l.places >= {several}
GROUP BY ALL HAVING avg(p.people) >= {large} ORDER BY ALL"""


def silent_years(figures: Figures) -> Iterator[Conflict]:
    """Yield two years and more without a case in a large municipality that tells zeros.

    What is expected at the least is the rate of the quietest tenth of the large municipalities that
    have any case, of the same crime in the same register; the chance is that of no case at that
    rate. All crimes of a register together are one more record (`""`).

    Source: see the module.
    Limits: what is not told at all is coverage and no silence. A place that is quieter than nine in
    ten by nature may be told; that is why it stands with its figures.
    """
    families: dict[tuple[str, str], list[dict[str, Any]]] = {}
    query = _SILENT.format(large=LARGE, silent=SILENT, quiet=QUIET, several=SEVERAL)
    for row in figures.rows(query):
        families.setdefault((row["source"], row["crime"]), []).append(row)
    for runs in families.values():
        expected = [row["rate"] * row["people"] * row["months"] for row in runs]
        p = np.array([math.exp(-usual) for usual in expected])
        looks = max(len(runs), int(runs[0]["looks"]))
        for row, chance, q, usual in zip(runs, p, discoveries(p, looks), expected, strict=True):
            if q <= LEVEL:
                yield _silence(row, (float(chance), float(q), looks), usual)


def _silence(row: dict[str, Any], chances: tuple[float, float, int], expected: float) -> Conflict:
    p, q, looks = chances
    records = (row["crime"],) if row["crime"] else ()
    return Conflict(
        kind="silent_years",
        certainty="improbable",
        level="municipality",
        place=row["place"],
        first=row["first"],
        last=row["last"],
        left=Side(source=row["source"], records=records, figure=0),
        right=Side(source=row["source"], records=records, figure=round(expected, 1)),
        p=p,
        q=q,
        looks=looks,
        text=N_(
            "No case in {months} months among {people} people; at the rate of the quietest tenth "
            "of such municipalities there would be {expected}."
        ),
        values={
            "months": row["months"],
            "people": row["people"],
            "expected": round(expected, 1),
        },
    )
