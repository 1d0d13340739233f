"""Charts that analysts read daily: funnel limits, and whether a count differs from the last one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import binom, chi2, poisson

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.places.stats.arrays import Floats, share

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """Limits within which a count lies by chance alone, n areas.

    Attributes:
        ratio: count over expected count.
        low, high: limits of the ratio at the expected count of the area.
        p: two-sided, of so large or small a count, given the expected.
        dispersion: variance of the standardised counts (winsorised); 1 for pure chance.

    Source: see `funnel`.
    """

    ratio: Floats
    low: Floats
    high: Floats
    p: Floats
    dispersion: float


def funnel(counts: npt.ArrayLike, expected: npt.ArrayLike, *, level: float = 0.998) -> Funnel:
    """Return exact Poisson limits around the expected count of each area.

    Args:
        counts: n whole numbers from 0 up.
        expected: n numbers above 0, at the rate of all areas together.
        level: share of areas that chance leaves within the limits; .998 and .95 are the habit.

    Raises: InvalidData: bad counts or expectations, or a level that is no share.
    Source: Spiegelhalter, Statistics in Medicine 24 (2005) 1185-1202, sections 2 and 3.
    Limits: where `dispersion` is well above 1, places differ for reasons other than chance and most
        points outside the limits say only that. Rates of crime are nearly always so.
    """
    share(level, "level")
    seen, base = _counted(counts, expected)
    outside = (1 - level) / 2
    low, high = poisson.ppf(outside, base), poisson.ppf(1 - outside, base)
    below, above = poisson.cdf(seen, base), poisson.sf(seen - 1, base)
    score = 2 * (np.sqrt(seen) - np.sqrt(base))
    ends = np.quantile(score, (0.1, 0.9))
    return Funnel(
        ratio=seen / base,
        low=low / base,
        high=high / base,
        p=np.minimum(1.0, 2 * np.minimum(below, above)),
        dispersion=float((np.clip(score, *ends) ** 2).mean()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A count against the one before, n pairs.

    Attributes:
        z: 2 (sqrt(after) - sqrt(before x exposure)) over its spread; within 3 either way is noise.
        e: expected number of pairs at least as unlike among the n, if all were noise.
        p: exact and two-sided, given the sum of the two counts.
        ratio: after over before, per exposure; NaN where before is 0.

    Source: see `ecount`.
    """

    z: Floats
    e: Floats
    p: Floats
    ratio: Floats


def ecount(before: npt.ArrayLike, after: npt.ArrayLike, *, exposure: float = 1.0) -> Change:
    """Return how unlike two counts of each place are, and how many such chance would give.

    Args:
        before, after: n whole numbers from 0 up, of the same places.
        exposure: length of the second period over that of the first, above 0.

    Raises: InvalidData: counts below 0 or of different number, or no exposure.
    Source: Wheeler, Police Practice and Research 17 (2016) 343-356 (Poisson z); Przyborowski and
        Wilenski, Biometrika 31 (1940) 313-323 (the conditional test); Lin and Koh, Expected false
        positives (E-values).
    Limits: crimes come in series and vary more than Poisson; z then runs high.
    """
    if not exposure > 0:
        raise InvalidData(_("the exposure must be above 0"))
    old, new = (np.asarray(one, np.float64) for one in (before, after))
    if old.shape != new.shape or old.ndim != 1:
        raise InvalidData(_("as many counts after as before are needed"))
    if not (np.isfinite(old) & np.isfinite(new) & (old >= 0) & (new >= 0)).all():
        raise InvalidData(_("a count is missing or below 0"))
    z = 2 * (np.sqrt(new) - np.sqrt(old * exposure)) / np.sqrt(1 + exposure)
    chance = exposure / (1 + exposure)
    total = old + new
    p = 2 * np.minimum(binom.cdf(new, total, chance), binom.sf(new - 1, total, chance))
    p = np.minimum(1.0, p)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(old > 0, new / (old * exposure), np.nan)
    return Change(z=z, e=p * len(p), p=p, ratio=ratio)


def rate_interval(
    counts: npt.ArrayLike, exposure: npt.ArrayLike, *, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Return the exact interval of each Poisson rate, low and high, per unit of exposure.

    Args:
        counts: n whole numbers from 0 up.
        exposure: n numbers above 0 (e.g. people / 100,000).
        level: a share.

    Raises: InvalidData: bad counts or exposures, or a level that is no share.
    Source: Garwood, Biometrika 28 (1936) 437-442.
    """
    share(level, "level")
    seen, base = _counted(counts, exposure)
    outside = (1 - level) / 2
    low = np.where(seen > 0, chi2.ppf(outside, 2 * seen) / 2, 0.0)
    return low / base, chi2.ppf(1 - outside, 2 * (seen + 1)) / 2 / base


def _counted(counts: npt.ArrayLike, expected: npt.ArrayLike) -> tuple[Floats, Floats]:
    seen, base = np.asarray(counts, np.float64), np.asarray(expected, np.float64)
    if seen.shape != base.shape or seen.ndim != 1 or not len(seen):
        raise InvalidData(_("a count and an expected count are needed for each area"))
    if not (np.isfinite(seen) & (seen >= 0)).all():
        raise InvalidData(_("a count is missing or below 0"))
    if not (np.isfinite(base) & (base > 0)).all():
        raise InvalidData(_("an expected count is not above 0"))
    return seen, base
