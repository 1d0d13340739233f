"""Many tests at once: the false discovery rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.places.stats.arrays import Flags, Floats, share

if TYPE_CHECKING:
    import numpy.typing as npt


def benjamini_hochberg(p: npt.ArrayLike) -> Floats:
    """Return q for each p: the least false discovery rate at which it would be called.

    Args:
        p: probabilities, 0 to 1, any shape; NaN where nothing was tested, which stays NaN and does
            not count among the tests.

    Raises: InvalidData: a p outside 0 to 1.
    Source: Benjamini and Hochberg, JRSS B 57 (1995) 289-300; Benjamini and Yekutieli, Annals of
        Statistics 29 (2001) 1165-1188 (positive dependence).
    Limits: give two-sided p. Tests that lean against each other may need `n` harmonic more.
    """
    given = np.asarray(p, np.float64)
    tested = np.isfinite(given)
    values = given[tested]
    if len(values) and (values.min() < 0 or values.max() > 1):
        raise InvalidData(_("a probability lies outside 0 to 1"))
    order = np.argsort(-values, kind="stable")
    rank = np.arange(len(values), 0, -1)
    least = np.minimum.accumulate(values[order] * len(values) / rank)
    result = np.full(given.shape, np.nan)
    found = np.empty(len(values))
    found[order] = np.minimum(least, 1.0)
    result[tested] = found
    return result


def discoveries(p: npt.ArrayLike, level: float = 0.05) -> Flags:
    """Return which tests are called when at most `level` of those called should be false.

    Raises: InvalidData: a p outside 0 to 1, or a level that is no share.
    Source: as `benjamini_hochberg`.
    """
    share(level, "level")
    called: Flags = benjamini_hochberg(p) <= level
    return called
