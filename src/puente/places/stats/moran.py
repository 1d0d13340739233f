"""Moran's I of a map, and of one map against the neighbours of another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.places.stats.arrays import Draws, Floats, varying
from puente.places.stats.permute import relabellings, tails_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from puente.places.stats.weights import Weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Global:
    """One statistic of a whole map.

    Attributes:
        statistic: as defined by the function that gave it.
        mean, sd: of the relabellings.
        p_two_sided: twice the smaller tail, at most 1.
        p_greater, p_less: the tails, ties included.
        permutations: how many relabellings.

    Source: Anselin (1995), section 3.
    """

    statistic: float
    mean: float
    sd: float
    p_two_sided: float
    p_greater: float
    p_less: float
    permutations: int


def moran(weights: Weights, values: npt.ArrayLike, draws: Draws) -> Global:
    """Return Moran's I of `values` on row-standardised weights.

    I = n / S0 x z'Wz / z'z with z the values less their mean and S0 the sum of all weights.

    Args:
        weights: of n areas.
        values: n finite numbers, not all the same.
        draws: relabellings of the whole map (within groups, if given).

    Raises: InvalidData: bad values, or no area has a neighbour.
    Source: Moran, Biometrika 37 (1950) 17-23; Cliff and Ord, Spatial Processes (1981), ch. 1-2.
    Limits: assumes equal spread everywhere; rates on small populations vary more and make clusters
        by themselves (smooth them first).
    Cost: 0.05 CPU-s for 2,469 areas and 999 draws.
    """
    centred = varying(values, weights.n, "values")
    return _moran(weights, centred, centred, draws, together=True)


def bivariate_moran(weights: Weights, x: npt.ArrayLike, y: npt.ArrayLike, draws: Draws) -> Global:
    """Return how `x` goes with the neighbours' `y`: n / S0 x zx'W zy / sqrt(zx'zx zy'zy).

    Args:
        weights: of n areas.
        x, y: n finite numbers each, not all the same.
        draws: relabellings of `y`; `x` stays.

    Raises: InvalidData: as `moran`.
    Source: Wartenberg, Geographical Analysis 17 (1985) 263-283; Anselin, Syabri and Smirnov (2002).
    Limits: leaves out how the two go together in place; look at `lee` beside it. The p treats the
        two maps as scattered: with two smooth maps it is far too small (see `spectral`).
    Cost: as `moran`.
    """
    one = varying(x, weights.n, "x")
    other = varying(y, weights.n, "y")
    return _moran(weights, one, other, draws, together=False)


def summary(observed: float, simulated: Floats) -> Global:
    """Return a statistic with the place that it takes among simulated ones.

    Source: Davison and Hinkley (1997), section 4.2.
    """
    found = tails_of(observed, simulated)
    return Global(
        statistic=observed,
        mean=float(simulated.mean()),
        sd=float(simulated.std(ddof=1)) if len(simulated) > 1 else 0.0,
        p_two_sided=float(found.two_sided),
        p_greater=float(found.greater),
        p_less=float(found.less),
        permutations=len(simulated),
    )


def _moran(weights: Weights, x: Floats, y: Floats, draws: Draws, *, together: bool) -> Global:
    standard = weights.row_standardised()
    total = float(standard.sum())
    if total == 0:
        raise InvalidData(_("no area has a neighbour"))
    scale = weights.n / (total * np.sqrt((x @ x) * (y @ y)))
    observed = float(scale * (x @ (standard @ y)))
    parts = []
    for block in relabellings(weights.n, draws):
        moved = y[block].T
        still = moved if together else x[:, None]
        parts.append((still * (standard @ moved)).sum(axis=0))
    return summary(observed, scale * np.concatenate(parts))
