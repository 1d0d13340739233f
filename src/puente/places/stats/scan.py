"""Kulldorff's scan: the circle of places, or the stretch of months there, with most excess."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.places.stats.arrays import Floats, Ints, at_least, share

if TYPE_CHECKING:
    import numpy.typing as npt


_CHUNK = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What to look for.

    Attributes:
        rng: where the simulated maps come from.
        simulations: 99 or more; 999 for a figure that is published.
        most: share of all expected cases that a cluster may hold, 0 to 1.
        longest: share of all periods that a cluster may last, 0 to 1; space-time only.

    Source: Kulldorff, Communications in Statistics: Theory and Methods 26 (1997) 1481-1496.
    """

    rng: np.random.Generator
    simulations: int = 999
    most: float = 0.5
    longest: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A cluster.

    Attributes:
        places: positions of its areas, nearest to the centre first.
        first, last: periods, from 0 (0 and 0 without time).
        count, expected: cases in it, and those expected.
        relative_risk: rate inside over rate outside; infinite where all cases lie inside.
        likelihood_ratio: log of it.
        p: share of simulated maps whose best cluster is at least as striking.

    Source: Kulldorff (1997).
    """

    places: tuple[int, ...]
    first: int
    last: int
    count: int
    expected: float
    relative_risk: float
    likelihood_ratio: float
    p: float


def scan(
    lon_lat: npt.ArrayLike, counts: npt.ArrayLike, expected: npt.ArrayLike, asked: Scan
) -> tuple[Found, ...]:
    """Return clusters of more cases than expected, the most striking first, none overlapping.

    Args:
        lon_lat: n x 2 degrees, a point for each area.
        counts: n cases; expected: n numbers above 0, in proportion to the cases due by chance.
        asked: limits and simulations.

    Raises: InvalidData: arrays that do not fit, fewer than 99 simulations, no case.
    Source: Kulldorff (1997), circles around each area.
    Limits: circles; a long cluster along a road is cut into pieces. The p of second and later
        clusters is on the safe side. The map must be whole: what was not reported counts as none.
    Cost: n^2 log n, and simulations x n^2 x most: 12 CPU-s for 2,469 areas, 999 simulations and
        clusters of at most a tenth; about 50 for a half.
    """
    cases = np.asarray(counts, np.float64)
    base = np.asarray(expected, np.float64)
    if cases.ndim != 1:
        raise InvalidData(_("a case count is needed for each area"))
    return space_time_scan(lon_lat, cases[:, None], base[:, None], asked)


def space_time_scan(
    lon_lat: npt.ArrayLike, counts: npt.ArrayLike, expected: npt.ArrayLike, asked: Scan
) -> tuple[Found, ...]:
    """Return clusters in space and time, the most striking first, no two sharing an area.

    Args:
        lon_lat: n x 2 degrees.
        counts, expected: n x periods, as `scan`.
        asked: limits and simulations.

    Raises: InvalidData: as `scan`.
    Source: Kulldorff, Athas, Feuer, Miller and Key, American Journal of Public Health 88 (1998)
        1377-1380.
    Limits: as `scan`; a change of method in the records is a cluster too.
    Cost: simulations x n x circles x periods^2 / 2 x longest: keep to some hundred areas.
    """
    cases, base = np.asarray(counts, np.float64), np.asarray(expected, np.float64)
    _check(lon_lat, cases, base, asked)
    total = int(cases.sum())
    base = base * (total / base.sum())
    rings = _rings(np.asarray(lon_lat, np.float64), base.sum(axis=1), asked.most * total)
    windows = _windows(cases.shape[1], asked.longest)
    logs = _logs(total)
    seen = cases.astype(np.int64)[None]
    found = [(*_gain(seen, base, ring, windows, logs), ring) for ring in rings]
    best = np.zeros(asked.simulations)
    chances = (base / total).ravel()
    for start in range(0, asked.simulations, _CHUNK):
        size = min(_CHUNK, asked.simulations - start)
        made = asked.rng.multinomial(total, chances, size).reshape(size, *base.shape)
        top = best[start : start + size]
        for ring in rings:
            gain = _gain(made, base, ring, windows, logs)[0]
            np.maximum(top, gain.reshape(size, -1).max(axis=1), out=top)
    return _told(found, windows, (cases, base), best)


def _check(lon_lat: npt.ArrayLike, cases: Floats, base: Floats, asked: Scan) -> None:
    at_least(asked.simulations, 99, "simulations")
    for value, name in ((asked.most, "most"), (asked.longest, "longest")):
        if value != 1:
            share(value, name)
    if cases.ndim != 2 or cases.shape != base.shape or np.shape(lon_lat) != (len(cases), 2):
        raise InvalidData(_("points, cases and expected cases do not fit each other"))
    if not (np.isfinite(cases) & (cases >= 0) & (cases == np.floor(cases))).all():
        raise InvalidData(_("a case count is missing, below 0 or not whole"))
    if not (np.isfinite(base) & (base > 0)).all():
        raise InvalidData(_("an expected count is not above 0"))
    if not cases.sum():
        raise InvalidData(_("there is no case"))


def _rings(lon_lat: Floats, base: Floats, most: float) -> list[Ints]:
    """Return, for each area, the areas by distance until they expect more than `most` cases."""
    lon, lat = np.radians(lon_lat).T
    xyz = np.column_stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)))
    rings = []
    for point in xyz:
        order = np.argsort(np.round(((xyz - point) ** 2).sum(axis=1), 14), kind="stable")
        reach = int(np.searchsorted(np.cumsum(base[order]), most, "right"))
        rings.append(order[: max(1, min(reach, len(order) - 1))])
    return rings


def _windows(periods: int, longest: float) -> list[tuple[int, int]]:
    """Return first and last period of each window."""
    most = max(1, int(periods * longest))
    return [(a, b) for a in range(periods) for b in range(a, min(periods, a + most))]


def _logs(total: int) -> Floats:
    """Return c log c for each count c up to the total: looking up is cheaper than a logarithm."""
    number = np.arange(total + 1, dtype=np.float64)
    return number * np.log(np.maximum(number, 1))


def _gain(
    cases: Ints, base: Floats, ring: Ints, windows: list[tuple[int, int]], logs: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return log likelihood ratio, count and expected of each circle and window around a centre.

    Args:
        cases: maps x n x periods.

    Returns: maps x circles x windows for ratio and count; circles x windows for expected.
    """
    first = np.array([a for a, _b in windows])
    after = np.array([b + 1 for _a, b in windows])
    inside = _spans(np.cumsum(cases[:, ring], axis=1), first, after)
    due: Floats = _spans(np.cumsum(base[ring], axis=0)[None], first, after)[0]
    total = len(logs) - 1
    rest = np.maximum(total - due, 1e-9)
    gain = logs[inside] - inside * np.log(due)
    gain += logs[total - inside] - (total - inside) * np.log(rest)
    # c log(c/E) + (C-c) log((C-c)/(C-E)), for more than expected only.
    return np.where(inside > due, gain, 0.0), inside.astype(np.float64), due


def _spans(running: npt.NDArray[Any], first: Ints, after: Ints) -> npt.NDArray[Any]:
    """Return sums over windows of the last axis."""
    zero = np.zeros((*running.shape[:-1], 1), running.dtype)
    total = np.concatenate((zero, np.cumsum(running, axis=-1)), axis=-1)
    found: npt.NDArray[Any] = total[..., after] - total[..., first]
    return found


def _told(
    found: list[tuple[Floats, Floats, Floats, Ints]],
    windows: list[tuple[int, int]],
    whole: tuple[Floats, Floats],
    best: Floats,
) -> tuple[Found, ...]:
    """Return the clusters that share no area, most striking first, down to no gain."""
    cases, _base = whole
    total = float(cases.sum())
    tops = []
    for gain, inside, due, ring in found:
        for window in range(len(windows)):
            circle = int(gain[0, :, window].argmax())
            if gain[0, circle, window] > 0:
                key = float(gain[0, circle, window])
                count, expected = int(inside[0, circle, window]), float(due[circle, window])
                tops.append((key, window, ring[: circle + 1], count, expected))
    tops.sort(key=lambda one: (-one[0], len(one[2]), int(one[2][0]), one[1]))
    taken: set[int] = set()
    told = []
    for ratio, window, ring, count, expected in tops:
        places = tuple(int(place) for place in ring)
        if taken & set(places):
            continue
        taken |= set(places)
        outside = (total - count) / max(total - expected, 1e-9)
        first, last = windows[window]
        told.append(
            Found(
                places=places,
                first=first,
                last=last,
                count=count,
                expected=expected,
                relative_risk=(count / expected) / outside if outside else float("inf"),
                likelihood_ratio=ratio,
                p=float(((best >= ratio - 1e-9).sum() + 1) / (len(best) + 1)),
            )
        )
    return tuple(told)
