"""Lee's L: how two maps go together in place and around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.places.stats.arrays import Draws, varying
from puente.places.stats.local import Local, local_result, quadrants
from puente.places.stats.moran import Global, summary
from puente.places.stats.permute import relabellings
from puente.places.stats.reference import tails_by_area

if TYPE_CHECKING:
    import numpy.typing as npt

    from puente.places.stats.weights import Weights


def lee(weights: Weights, x: npt.ArrayLike, y: npt.ArrayLike, draws: Draws) -> Global:
    """Return Lee's L: zx'V'V zy / 1'V'V 1, V the row-standardised weights, z standardised values.

    Args:
        weights: of n areas.
        x, y: n finite numbers each, not all the same.
        draws: relabellings of the places; x and y of one place move together.

    Raises: InvalidData: bad values, or no area has a neighbour.
    Source: Lee, Journal of Geographical Systems 3 (2001) 369-385, eq. 18.
    Limits: the p says whether the joint pattern is more clustered than the same pairs scattered at
        random; it is no test of whether x and y are related (see `spectral`).
    Cost: 0.1 CPU-s for 2,469 areas and 999 draws.
    """
    one, other = varying(x, weights.n, "x"), varying(y, weights.n, "y")
    standard = weights.row_standardised()
    reach = np.asarray(standard.sum(axis=1)).ravel()
    total = float(reach @ reach)
    if total == 0:
        raise InvalidData(_("no area has a neighbour"))
    scale = weights.n / (total * np.sqrt(float(one @ one) * float(other @ other)))
    observed = float(scale * ((standard @ one) @ (standard @ other)))
    parts = [
        ((standard @ one[block].T) * (standard @ other[block].T)).sum(axis=0)
        for block in relabellings(weights.n, draws)
    ]
    return summary(observed, scale * np.concatenate(parts))


def local_lee(weights: Weights, x: npt.ArrayLike, y: npt.ArrayLike, draws: Draws) -> Local:
    """Return Lee's L of each area: mean of the neighbours' zx times that of their zy.

    The quadrant names the neighbours' `x`, then their `y`, each against the mean of the map.

    Args:
        weights: of n areas; row-standardised here, the area itself left out.
        x, y: n finite numbers each, not all the same.
        draws: how to permute the pairs of the other areas.

    Raises: InvalidData: bad values, or permutations below 1.
    Source: Lee (2001), eq. 22.
    Limits: as `local_moran`.
    Cost: 0.1 CPU-s for 2,469 areas and 9,999 permutations.
    """
    one, other = varying(x, weights.n, "x"), varying(y, weights.n, "y")
    scale = weights.n / np.sqrt(float(one @ one) * float(other @ other))
    near_x, near_y = weights.lag(one), weights.lag(other)
    found = tails_by_area(weights, (one, other), draws)
    return local_result(scale * near_x * near_y, found, quadrants(near_x, near_y))
