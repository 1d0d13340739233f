"""Rates of small places over a period, raw and smoothed, with intervals and exceedance.

Source: Leroux, Lei and Breslow (2000); see `stats.car`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.places.associate_data import spread_over
from puente.places.coverage import SMALLEST_CELL, cells_to_suppress
from puente.places.stats.car import smooth
from puente.places.stats.charts import rate_interval
from puente.places.stats.weights import Weights, from_links, queen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from puente.guard.view import View
    from puente.places.cube import Cube
    from puente.places.stats.arrays import Floats
    from puente.places.stats.car import Smoothed, Smoothing

LEAST_PLACES = 10
"""Below so many places with a count no map is smoothed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Rates of n places over one period, raw and smoothed.

    Attributes:
        places: codes, n; those of which nobody knows the people are in `left_out`.
        counts: cases in the months that were reported; NaN where none was.
        expected: cases at the rate of the whole map in those months (in all of them where none
            was reported).
        crude, crude_low, crude_high: cases in the period per 100,000 people, with the exact 90
            percent interval of a Poisson count; NaN unless every month was reported.
        rate, low, high: the same, smoothed, for the whole period.
        months: reported, of `of_months`.
        people: mean of the period.
        overall: cases in the period per 100,000 people of the whole map.
        first, last: months.
        smoothed: see `stats.car.Smoothed`.

    Source: see `smooth_cube`.
    """

    places: tuple[str, ...]
    counts: Floats
    expected: Floats
    crude: Floats
    crude_low: Floats
    crude_high: Floats
    rate: Floats
    low: Floats
    high: Floats
    months: tuple[int, ...]
    of_months: int
    people: Floats
    overall: float
    first: str
    last: str
    left_out: tuple[str, ...]
    islands: tuple[str, ...]
    smoothed: Smoothed


def smooth_cube(cube: Cube, weights: Weights, asked: Smoothing) -> Rates:
    """Return the rates of the first record of a cube over all its months.

    A place that reported some months only is smoothed from those, against the people of those
    months; one that reported none is told from its neighbours alone.

    Args:
        cube: one level; its months are the period.
        weights: neighbours among its places, in their order (`neighbours`).
        asked: draws, level, threshold.

    Raises: InvalidData: fewer than `LEAST_PLACES` places have a count and people, or no case.
    Source: see the module; Garwood, Biometrika 28 (1936) for the raw intervals.
    Limits: what was not recorded is not smoothed into being; a lone true peak is pulled towards its
        neighbours. A smoothed rate is an estimate of the recorded rate, not of crime.
    Cost: 2 CPU-s for 2,469 places and 1,000 draws.
    """
    counts, people = cube.counts[:, :, 0], cube.people
    known = np.asarray(np.isfinite(people) & (people > 0)).all(axis=1)
    if int((known & np.isfinite(counts).any(axis=1)).sum()) < LEAST_PLACES:
        text = _("fewer than {least} places have counts and a population")
        raise InvalidData(text.format(least=LEAST_PLACES))
    counts, people = counts[known], people[known]
    told = np.isfinite(counts)
    total = np.where(told, counts, 0).sum(axis=1)
    exposure = np.where(told, people, 0).sum(axis=1)
    each_month = float(total.sum() / exposure.sum())
    months = told.sum(axis=1)
    seen = np.where(months > 0, total, np.nan)
    expected = each_month * np.where(months > 0, exposure, people.sum(axis=1))
    if not each_month > 0:
        raise InvalidData(_("no case was counted in this period"))
    near = weights.without(np.logical_not(known))
    found = smooth(near, seen, expected, asked)
    length = counts.shape[1]
    mean = people.mean(axis=1)
    scale = each_month * length * 100_000
    whole = months == length
    bounds = rate_interval(np.where(whole, total, 0), mean / 100_000, level=asked.level)
    places = np.asarray(cube.places)
    return Rates(
        places=tuple(places[known].tolist()),
        counts=seen,
        expected=expected,
        crude=np.where(whole, total / mean * 100_000, np.nan),
        crude_low=np.where(whole, bounds[0], np.nan),
        crude_high=np.where(whole, bounds[1], np.nan),
        rate=found.relative_risk * scale,
        low=found.low * scale,
        high=found.high * scale,
        months=tuple(months.tolist()),
        of_months=length,
        people=mean,
        overall=scale,
        first=cube.months[0],
        last=cube.months[-1],
        left_out=tuple(places[~known].tolist()),
        islands=near.islands,
        smoothed=found,
    )


def rates_table(
    rates: Rates, names: Mapping[str, str] | None = None, *, published: bool = False
) -> pa.Table:
    """Return rates as a table, by place.

    Columns: id (code), place (name), count (null where nothing was reported, or where it may not be
    shown), expected, rate_per_100k, low, high (smoothed, for the period), exceedance (probability
    that the risk is above the threshold), rank_low, rank_high (1 is the highest), crude_per_100k,
    months, of_months, status (`count`, `zero`, `missing`, `suppressed`).

    Args:
        rates: see `smooth_cube`.
        names: of the places.
        published: the counts are published openly and stay as published; otherwise counts below
            `coverage.SMALLEST_CELL` are hidden, and what would give them away.

    Source: FCSM, Statistical Policy Working Paper 22 (2005), for what is hidden.
    """
    import pyarrow as pa

    counts = [None if np.isnan(count) else int(count) for count in rates.counts]
    hidden = [False] * len(counts)
    if not published:
        # The rate of the whole map is printed, so the total is known.
        hidden = cells_to_suppress(counts, ["all"] * len(counts), k=SMALLEST_CELL)
    status = [
        "missing" if count is None else "suppressed" if hide else "count" if count else "zero"
        for count, hide in zip(counts, hidden, strict=True)
    ]
    shown = [None if hide else count for count, hide in zip(counts, hidden, strict=True)]
    crude = [
        None if hide or np.isnan(value) else float(value)
        for value, hide in zip(rates.crude, hidden, strict=True)
    ]
    named = names or {}
    found = rates.smoothed
    return pa.table(
        {
            "id": pa.array(rates.places, pa.string()),
            "place": pa.array([named.get(code, "") for code in rates.places], pa.string()),
            "count": pa.array(shown, pa.int64()),
            "expected": pa.array(rates.expected, pa.float64()),
            "rate_per_100k": pa.array(rates.rate, pa.float64()),
            "low": pa.array(rates.low, pa.float64()),
            "high": pa.array(rates.high, pa.float64()),
            "exceedance": pa.array(found.exceedance, pa.float64()),
            "rank_low": pa.array(found.rank_low, pa.int64()),
            "rank_high": pa.array(found.rank_high, pa.int64()),
            "crude_per_100k": pa.array(crude, pa.float64()),
            "months": pa.array(rates.months, pa.int64()),
            "of_months": pa.array([rates.of_months] * len(counts), pa.int64()),
            "status": pa.array(status, pa.string()),
        }
    )


_AREAS = """
SELECT place, any_value(geometry) AS geometry FROM areas
WHERE level = $level AND current GROUP BY place ORDER BY place
"""


def outlines(view: View, level: str = "municipality") -> list[tuple[str, str]]:
    """Return code and GeoJSON outline of every place of a level that a View shows.

    Source: INEGI, Marco Geoestadístico.
    """
    table = view.sql(_AREAS, {"level": level})
    columns = (table[name].to_pylist() for name in ("place", "geometry"))
    return [(str(place), str(geometry)) for place, geometry in zip(*columns, strict=True)]


def neighbours(areas: Sequence[tuple[str, str]], places: Sequence[str]) -> Weights:
    """Return who adjoins whom among the places; one without an outline adjoins nobody.

    Raises: InvalidData: a geometry that is none; SourceFailed: shapely is not installed.
    Source: as `weights.queen`.
    """
    wanted = set(places)
    held = [area for area in areas if area[0] in wanted]
    if not held:
        return from_links(places, [], [])
    return spread_over(queen(held), places)
