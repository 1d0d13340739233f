"""Rates of small areas, smoothed: Leroux's conditional autoregression fitted by nested Laplace.

Counts are Poisson around expected count x relative risk; log relative risk is a level plus an
effect of each area that leans on its neighbours' as much as the counts say. For each pair of spread
and lean on a small grid the effects are normal by Laplace's approximation; the grid is weighted by
how well it fits, and exact draws are taken from the mixture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.places.stats.arrays import at_least, share
from puente.places.stats.laplace import Field, explore

if TYPE_CHECKING:
    import numpy.typing as npt

    from puente.places.stats.arrays import Floats, Ints
    from puente.places.stats.weights import Weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Smoothing:
    """What is asked of a smoothed map.

    Attributes:
        rng: where the draws come from.
        draws: from the posterior, 100 or more.
        level: of the intervals, a share.
        threshold: of the relative risk whose exceedance is reported, above 0.

    Source: see `smooth`.
    """

    rng: np.random.Generator
    draws: int = 1000
    level: float = 0.9
    threshold: float = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Smoothed:
    """A smoothed map, n areas.

    Attributes:
        relative_risk: posterior mean; times the expected count it is the smoothed count.
        log_mean, log_sd: posterior mean and standard deviation of the log relative risk.
        low, high: interval of the relative risk.
        exceedance: probability that the relative risk is above the threshold, 0 to 1.
        rank, rank_low, rank_high: median rank (1 the highest risk) and its interval.
        spread: posterior mean of the standard deviation parameter of the effects.
        lean: posterior mean of Leroux's rho: 0 no leaning on neighbours, 1 as much as can be.
        level, threshold: as asked.

    Source: see `smooth`.
    """

    relative_risk: Floats
    log_mean: Floats
    log_sd: Floats
    low: Floats
    high: Floats
    exceedance: Floats
    rank: Ints
    rank_low: Ints
    rank_high: Ints
    spread: float
    lean: float
    level: float
    threshold: float


def smooth(
    weights: Weights, counts: npt.ArrayLike, expected: npt.ArrayLike, asked: Smoothing
) -> Smoothed:
    """Return relative risks that borrow strength from neighbours, with intervals and ranks.

    Prior: the spread is exponential with one chance in a hundred above 1; lean is uniform on 0 to
    1; the level is flat.

    Args:
        weights: of n areas, made symmetric here. An island leans on nobody.
        counts: n whole numbers from 0 up; NaN where not reported: such an area is told from its
            neighbours alone, and its interval is as wide as that is unsure.
        expected: n numbers above 0: what would be counted at the rate of the whole map, e.g.
            population x total count / total population.
        asked: draws, level, threshold.

    Raises: InvalidData: bad counts or expectations, fewer than 100 draws, no count above 0.
    Source: Leroux, Lei and Breslow (2000) in Statistical Models in Epidemiology; Rue, Martino and
        Chopin, JRSS B 71 (2009) 319-392 (nested Laplace); Simpson and others, Statistical Science
        32 (2017) 1-28 (prior of the spread); Besag, York and Mollie (1991).
    Limits: a lone true peak is pulled towards its neighbours. What was not recorded is not smoothed
        into being. Ranks of small areas are wide: print the interval.
    Cost: 1 CPU-s for 2,469 areas and 1,000 draws.
    """
    at_least(asked.draws, 100, "draws")
    share(asked.level, "level")
    if not asked.threshold > 0:
        raise InvalidData(_("the threshold must be above 0"))
    field = Field.of(weights, *_checked(weights.n, counts, expected))
    mixture = explore(field)
    effects = mixture.draw(asked.draws, asked.rng)
    risk = np.exp(effects)
    ends = ((1 - asked.level) / 2, (1 + asked.level) / 2)
    low, high = np.quantile(risk, ends, axis=0)
    ranks = np.argsort(np.argsort(-risk, axis=1, kind="stable"), axis=1) + 1
    bounds = np.quantile(ranks, (ends[0], 0.5, ends[1]), axis=0, method="nearest")
    return Smoothed(
        relative_risk=risk.mean(axis=0),
        log_mean=effects.mean(axis=0),
        log_sd=effects.std(axis=0, ddof=1),
        low=low,
        high=high,
        exceedance=(risk > asked.threshold).mean(axis=0),
        rank=bounds[1].astype(np.int64),
        rank_low=bounds[0].astype(np.int64),
        rank_high=bounds[2].astype(np.int64),
        spread=mixture.spread,
        lean=mixture.lean,
        level=asked.level,
        threshold=asked.threshold,
    )


def _checked(n: int, counts: npt.ArrayLike, expected: npt.ArrayLike) -> tuple[Floats, Floats]:
    seen, base = np.asarray(counts, np.float64), np.asarray(expected, np.float64)
    if seen.shape != (n,) or base.shape != (n,):
        raise InvalidData(_("a count and an expected count are needed for each area"))
    if not (np.isfinite(base) & (base > 0)).all():
        raise InvalidData(_("an expected count is not above 0"))
    known = seen[np.isfinite(seen)]
    if (seen < 0).any() or np.isinf(seen).any() or not known.sum() > 0:
        raise InvalidData(_("the counts are below 0, infinite, or all 0"))
    return seen, base
