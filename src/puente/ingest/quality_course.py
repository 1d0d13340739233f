"""The course of series: years whose months lie beside their place, places under other names.

Source: cross-correlation at a lag, e.g. Box, Jenkins and Reinsel, Time Series Analysis (2008), ch.
12; nearest neighbours, both ways, as in record linkage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from puente.i18n import N_
from puente.ingest.quality_findings import Finding
from puente.ingest.quality_series import MANY, mean, median

if TYPE_CHECKING:
    from collections.abc import Iterator

    from puente.ingest.quality_series import Block, Numbers

LEAST_SEASON = 5
"""Years from which a season is known well enough to say that one of them lies beside it."""


def shifted(block: Block) -> Iterator[Finding]:
    """Yield the years whose course over the months fits the other years' only when moved.

    The course is how each record of the whole changes from month to month. February, with its 28
    days, and December stand in it as marks.

    Limits: by one or two months; five years at the least, and several records.
    """
    if block.whole not in block.places:
        return
    first, by_year = block.years()
    course = by_year[block.places.index(block.whole)]
    course = course[mean(course.reshape(len(course), -1), 1)[:, 0] >= MANY / 12]
    if not len(course) or course.shape[1] < LEAST_SEASON:
        return
    level = mean(course, 2)
    # The log of a count varies as one over its root: large records say most of the course.
    shape = np.log((course + 0.5) / (level + 0.5)) * np.sqrt(level.mean(axis=1, keepdims=True))
    for year in range(shape.shape[1]):
        usual = median(np.delete(shape, year, axis=1), 1)
        fits = {lag: fit(shape[:, year], usual, lag) for lag in (0, -1, 1, -2, 2)}
        best = max(fits, key=lambda lag: fits[lag])
        clear = max(LEAST_FIT, 4 / np.sqrt(np.isfinite(shape[:, year]).sum() + 1))
        if fits[best] > clear and fits[best] - fits[0] > clear:
            yield Finding(
                source=block.source,
                check="shifted",
                severity="fault",
                text=N_(
                    "The course of the year fits the other years' better when moved (by {lag} in "
                    "months; likeness {best}) than as it stands ({own})."
                ),
                values={"lag": best, "best": fits[best], "own": fits[0]},
                place=block.whole,
                period=str(first + year),
                figure=fits[0],
                expected=fits[best],
                unit="correlation",
            )


LEAST_FIT = 0.25
"""Correlation of monthly changes that a moved year must reach, and by which it must gain.

Of the state file's ten years none gains by being moved; moved by a month, eight are found (not 2016
and 2020, whose course is like no other year's).
"""


def fit(own: Numbers, usual: Numbers, lag: int) -> float:
    """Return how alike the changes from month to month are, `own` being moved by `lag`."""
    a, b = np.diff(own, axis=1), np.diff(usual, axis=1)
    if lag > 0:
        a, b = a[:, lag:], b[:, :-lag]
    elif lag < 0:
        a, b = a[:, :lag], b[:, -lag:]
    both = np.isfinite(a) & np.isfinite(b)
    if both.sum() < 6:
        return 0.0
    x, y = a[both], b[both]
    scale = float(np.sqrt((x**2).sum() * (y**2).sum()))
    return float((x * y).sum() / scale) if scale else 0.0


LEAST_PROFILE = 6
"""Records that a place must be known by; with fewer, places resemble each other by chance."""

SWAP = 0.5
"""How much nearer two places' figures must be to each other's past than to their own."""


def swapped(block: Block) -> Iterator[Finding]:
    """Yield pairs of places that from one year to the next take each other's figures.

    Each year of a place is a row of logarithms, one for each record; two places are swapped where
    each one's row lies nearest to the other's of the year before, both clearly.
    """
    first, by_year = block.years()
    kept = [n for n, place in enumerate(block.places) if place != block.whole]
    if len(kept) < 3 or len(block.records) < LEAST_PROFILE:
        return
    counts = by_year[kept]
    for year in range(1, counts.shape[2]):
        both = np.isfinite(counts[:, :, year]) & np.isfinite(counts[:, :, year - 1])
        if not both.any():
            continue
        now = np.log1p(np.where(both, counts[:, :, year], 0).sum(axis=2))
        before = np.log1p(np.where(both, counts[:, :, year - 1], 0).sum(axis=2))
        for a, b, own, other in swaps_between(before, now):
            places = (block.places[kept[a]], block.places[kept[b]])
            yield swap_finding(block.source, places, str(first + year), (own, other))


def swaps_between(before: Numbers, now: Numbers) -> Iterator[tuple[int, int, float, float]]:
    """Yield pairs of rows of `now` that lie near each other's row of `before`, and how near.

    Args:
        before, now: shape (places, records), logarithms.

    Returns: two rows, the mean distance to their own past, and to each other's.
    """
    distance = np.abs(now[:, None, :] - before[None, :, :]).mean(axis=2)
    nearest = distance.argmin(axis=1)
    for a in range(len(now)):
        b = int(nearest[a])
        if b <= a or int(nearest[b]) != a:
            continue
        own = float(distance[a, a] + distance[b, b]) / 2
        other = float(distance[a, b] + distance[b, a]) / 2
        if other < SWAP * own and own > np.log(1.2):
            yield a, b, own, other


def swap_finding(
    source: str, places: tuple[str, str], period: str, distances: tuple[float, float]
) -> Finding:
    """Return the finding that two places stand under each other's name."""
    own, other = distances
    return Finding(
        source=source,
        check="swapped",
        severity="fault",
        text=N_(
            "The figures of {a} and {b} fit each other's past and not their own: they lie "
            "{own} percent off their own and {other} percent off the other's."
        ),
        values={
            "a": places[0],
            "b": places[1],
            "own": round(100 * float(np.expm1(own))),
            "other": round(100 * float(np.expm1(other))),
        },
        place=places[0],
        period=period,
        figure=own,
        expected=other,
        unit="mean log ratio",
    )
