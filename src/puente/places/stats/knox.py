"""Near repeats: whether deeds close in space are close in time more often than chance has it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.places.stats.arrays import Floats, Ints, at_least

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """Upper ends of the bands, rising; a pair belongs to the first band that holds it.

    Attributes:
        km: of distance, above 0. Pairs in the very same place are a band of their own if 0 leads.
        days: of time, whole, 0 or more.

    Source: Johnson and others, Journal of Quantitative Criminology 23 (2007) 201-219.
    """

    km: tuple[float, ...] = (0.0, 0.1, 0.2, 0.3, 0.4)
    days: tuple[int, ...] = (7, 14, 21, 28)


@dataclass(frozen=True, slots=True, kw_only=True)
class Knox:
    """Pairs by band, distance down and time across.

    Attributes:
        observed: pairs.
        expected: mean of the permutations.
        ratio: observed over expected; NaN where none is expected.
        p_greater: share of permutations with at least as many, (extreme + 1) / (draws + 1).
        permutations: draws.

    Source: see `knox`.
    """

    observed: Ints
    expected: Floats
    ratio: Floats
    p_greater: Floats
    permutations: int


def knox(
    points_km: npt.ArrayLike,
    days: npt.ArrayLike,
    bands: Bands,
    *,
    rng: np.random.Generator,
    permutations: int = 999,
) -> Knox:
    """Return the pairs of deeds in each band of distance and time, against permuted times.

    Args:
        points_km: n x 2, kilometres on a plane.
        days: n whole days.
        bands: see `Bands`.
        rng: where the permutations come from.
        permutations: 99 or more.

    Raises: InvalidData: fewer than two deeds, bad points, days or bands, too few permutations.
    Source: Knox, Applied Statistics 13 (1964) 25-29; Ratcliffe and Rengert, Security Journal 21
        (2008) 58-76 (permuted times).
    Limits: addresses rounded to a block or a default point make repeats that are none. Deeds
        without a day must be left out beforehand. Growth that differs by area looks like repeats.
    Cost: permutations x pairs within the widest distance.
    """
    from scipy.spatial import cKDTree

    at_least(permutations, 99, "permutations")
    points, when = np.asarray(points_km, np.float64), np.asarray(days)
    _check(points, when, bands)
    pairs = cKDTree(points).query_pairs(bands.km[-1] * (1 + 1e-12), output_type="ndarray")
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    apart = np.sqrt(((points[pairs[:, 0]] - points[pairs[:, 1]]) ** 2).sum(axis=1))
    near = np.searchsorted(np.array(bands.km) * (1 + 1e-12), apart, "left")
    shape = (len(bands.km), len(bands.days))
    order = when.astype(np.int64)

    def counted(when: Ints) -> Ints:
        gap = np.abs(when[pairs[:, 0]] - when[pairs[:, 1]])
        late = np.searchsorted(bands.days, gap, "left")
        cell = np.where(late < shape[1], near * shape[1] + late, shape[0] * shape[1])
        return np.bincount(cell, minlength=shape[0] * shape[1] + 1)[:-1].reshape(shape)

    observed = counted(order)
    total, above = np.zeros(shape), np.zeros(shape)
    for _draw in range(permutations):
        made = counted(rng.permutation(order))
        total += made
        above += made >= observed
    expected = total / permutations
    ratio = np.divide(observed, expected, out=np.full(shape, np.nan), where=expected > 0)
    return Knox(
        observed=observed,
        expected=expected,
        ratio=ratio,
        p_greater=(above + 1) / (permutations + 1),
        permutations=permutations,
    )


def _check(points: Floats, when: npt.NDArray[np.generic], bands: Bands) -> None:
    if points.ndim != 2 or points.shape[1:] != (2,) or len(points) < 2:
        raise InvalidData(_("at least two deeds with a point each are needed"))
    if not np.isfinite(points).all() or when.shape != (len(points),):
        raise InvalidData(_("a deed has no point or no day"))
    if not np.issubdtype(when.dtype, np.integer):
        raise InvalidData(_("the days are not whole numbers"))
    for ends in (bands.km, bands.days):
        if not ends or any(b <= a for a, b in pairwise(ends)) or ends[0] < 0:
            raise InvalidData(_("the bands must rise from 0 or more"))
