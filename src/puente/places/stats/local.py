"""Local statistics: which areas stand among neighbours like them, or unlike them.

Every statistic here sets an area against the sum over its neighbours, so one reference serves all:
the sum over as many other areas drawn at random, the area itself staying where it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.places.stats.arrays import Draws, Floats, varying, vector
from puente.places.stats.reference import tails_by_area

if TYPE_CHECKING:
    import numpy.typing as npt

    from puente.places.stats.permute import Tails
    from puente.places.stats.weights import Weights

QUADRANTS = ("HH", "LH", "LL", "HL")
"""An area's own value (High, Low against the mean), then its neighbours' mean."""

ISLAND = "island"
"""The quadrant of an area without neighbours: nothing can be said of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """A statistic per area, n of each; NaN for islands.

    Attributes:
        statistic: as defined by the function that gave it.
        p_two_sided: twice the smaller tail, at most 1. Use this with `discovery`.
        p_one_sided: the smaller tail, as esda and GeoDa print it; .05 there is 10 percent.
        p_greater, p_less: the tails of the **sum over the neighbours**, ties included.
        quadrant: of `QUADRANTS`, or `ISLAND`.

    Source: Anselin (1995), sections 2 and 3.
    """

    statistic: Floats
    p_two_sided: Floats
    p_one_sided: Floats
    p_greater: Floats
    p_less: Floats
    quadrant: tuple[str, ...]


def local_moran(weights: Weights, values: npt.ArrayLike, draws: Draws) -> Local:
    """Return local Moran's I of each area: (n - 1) / z'z x z_i x mean of the neighbours' z.

    Args:
        weights: of n areas; row-standardised here.
        values: n finite numbers, not all the same.
        draws: how to permute the others, the area itself staying.

    Raises: InvalidData: bad values, or permutations below 1.
    Source: Anselin, Geographical Analysis 27 (1995) 93-115, eq. 11, scaled as in esda and GeoDa.
    Limits: the tests of neighbours lean on each other and there are n of them: control the false
        discovery rate. Rates on small populations should be smoothed first.
    Cost: 0.1 CPU-s for 2,469 areas and 9,999 permutations with equal weights; about 1.5 with
        groups or unequal weights.
    """
    centred = varying(values, weights.n, "values")
    scale = (weights.n - 1) / float(centred @ centred)
    lag = weights.lag(centred)
    found = tails_by_area(weights, (centred,), draws)
    return local_result(scale * centred * lag, found, quadrants(centred, lag))


def local_bivariate(weights: Weights, x: npt.ArrayLike, y: npt.ArrayLike, draws: Draws) -> Local:
    """Return local bivariate Moran: (n - 1) / sqrt(zx'zx zy'zy) x zx_i x mean of neighbours' zy.

    The quadrant names the area's own `x`, then its neighbours' `y`.

    Args:
        weights: of n areas; row-standardised here.
        x, y: n finite numbers each, not all the same.
        draws: how to permute the others' `y`.

    Raises: InvalidData: as `local_moran`.
    Source: Anselin, Syabri and Smirnov, Visualizing multivariate spatial correlation (2002).
    Limits: as `bivariate_moran`: it does not see how x and y go together in the same place.
    Cost: as `local_moran`.
    """
    own = varying(x, weights.n, "x")
    other = varying(y, weights.n, "y")
    scale = (weights.n - 1) / np.sqrt(float(own @ own) * float(other @ other))
    lag = weights.lag(other)
    found = tails_by_area(weights, (other,), draws)
    return local_result(scale * own * lag, found, quadrants(own, lag))


def getis_ord(weights: Weights, values: npt.ArrayLike, draws: Draws, *, star: bool = True) -> Local:
    """Return Getis and Ord's G* (or G) of each area: the share of the total in its neighbourhood.

    G*_i = mean of `values` over i and its neighbours, over the sum of all values; G leaves i out
    above and below. High (hot) is `HH` or `LH` by the area's own value, low (cold) `LL` or `HL`.

    Args:
        weights: of n areas; row-standardised here, with i as one more neighbour for G*.
        values: n finite numbers, none below 0, not all the same.
        draws: how to permute the others.
        star: count the area itself.

    Raises: InvalidData: as `local_moran`, or a value below 0.
    Source: Getis and Ord, Geographical Analysis 24 (1992) 189-206; Ord and Getis, Geographical
        Analysis 27 (1995) 286-306.
    Limits: as `local_moran`. With `star`, the area counts as one neighbour more, of mean weight.
    Cost: as `local_moran`.
    """
    own = vector(values, weights.n, "values")
    if own.min(initial=0.0) < 0:
        raise InvalidData(_("G is not defined for values below 0"))
    centred = varying(own, weights.n, "values")
    standard, islands = weights.row_standardised(), weights.cardinality == 0
    near = np.asarray(standard @ own)
    if star:
        # The area joins its neighbours with the mean of their weights.
        count = np.maximum(weights.cardinality, 1)
        statistic = (near * count + own) / (count + 1) / own.sum()
    else:
        statistic = near / (own.sum() - own)
    statistic[islands] = np.nan
    found = tails_by_area(weights, (centred,), draws)
    return local_result(statistic, found, quadrants(centred, weights.lag(centred)))


def quadrants(own: Floats, lag: Floats) -> tuple[str, ...]:
    """Return the quadrant of each area from its own value and its neighbours', both centred.

    Source: Anselin, The Moran scatterplot (1996). A value at the mean counts as low.
    """
    high, near = own > 0, lag > 0
    return tuple(
        ISLAND if np.isnan(around) else ("H" if up else "L") + ("H" if beside else "L")
        for up, beside, around in zip(high, near, lag, strict=True)
    )


def local_result(statistic: Floats, found: Tails, quadrant: tuple[str, ...]) -> Local:
    """Return a local statistic with its tails; an island has none.

    Source: Anselin (1995), section 3.
    """
    known = np.isfinite(statistic)

    def only(values: Floats) -> Floats:
        return np.where(known, values, np.nan)

    return Local(
        statistic=statistic,
        p_two_sided=only(found.two_sided),
        p_one_sided=only(found.one_sided),
        p_greater=only(found.greater),
        p_less=only(found.less),
        quadrant=quadrant,
    )
