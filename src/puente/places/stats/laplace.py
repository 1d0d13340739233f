"""The posterior of Poisson counts on a map of leaning effects, as a mixture of normal laws."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from scipy.linalg import cho_solve_banded, cholesky_banded, lapack
from scipy.optimize import minimize
from scipy.sparse.csgraph import reverse_cuthill_mckee

from puente.errors import InvalidData
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable

    from puente.places.stats.arrays import Floats, Ints
    from puente.places.stats.weights import Weights

PRIOR_RATE = -np.log(0.01)
"""Rate of the exponential prior of the spread: one chance in a hundred above 1.

Source: Simpson and others, Statistical Science 32 (2017) 1-28, section 3.3.
"""

GRID = tuple((a, b) for a in np.linspace(-2.4, 2.4, 7) for b in (-1.8, -0.6, 0.6, 1.8))
"""Where the two parameters are looked at, in standard deviations along their own axes: 28 points.

Source: Rue, Martino and Chopin (2009), section 3.1.
"""

_NEWTON = 60
_REACH = ((-5.0, 2.0), (-6.0, 7.0))  # of log spread, of logit lean


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The normal approximation at one spread and lean, areas in the order of the band.

    Attributes:
        log_posterior: of the pair, up to a constant.
        spread, lean: of the effects.
        level, effect: at the mode.
        factor: banded Cholesky factor of the effects' precision, lower.
        pull: what one unit of level takes from each effect.
        certainty: precision of the level.

    Source: Rue, Martino and Chopin (2009), section 3.
    """

    log_posterior: float
    spread: float
    lean: float
    level: float
    effect: Floats
    factor: Floats
    pull: Floats
    certainty: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Counts on a map, ordered so that neighbours stand close together.

    Attributes:
        order: area of each position.
        laplacian: csr, in order.
        band: its lower band, bandwidth + 1 x n.
        counts, expected: in order; both 0 where not reported.

    Source: George and Liu, Computer Solution of Large Sparse Positive Definite Systems (1981).
    """

    order: Ints
    laplacian: sp.csr_array
    band: Floats
    counts: Floats
    expected: Floats

    @classmethod
    def of(cls, weights: Weights, counts: Floats, expected: Floats) -> Field:
        """Return the field of counts (NaN: not reported) on a map.

        Source: see the class.
        """
        links = sp.csr_matrix(weights.symmetric())
        order = np.asarray(reverse_cuthill_mckee(links, symmetric_mode=True), np.int64)
        links = sp.csr_array(links[order][:, order])
        degree = np.asarray(links.sum(axis=1)).ravel()
        laplacian = sp.csr_array(sp.diags_array(degree) - links)
        lower = sp.tril(laplacian).tocoo()
        band = np.zeros((int((lower.row - lower.col).max(initial=0)) + 1, weights.n))
        band[lower.row - lower.col, lower.col] = lower.data
        seen = np.isfinite(counts)
        return cls(
            order=order,
            laplacian=laplacian,
            band=band,
            counts=np.where(seen, counts, 0.0)[order],
            expected=np.where(seen, expected, 0.0)[order],
        )

    def start(self) -> tuple[float, Floats]:
        """Return a level and effects to begin from.

        Source: none of its own.
        """
        level = float(np.log(self.counts.sum() / self.expected.sum()))
        return level, np.zeros(len(self.order))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """The posterior: points with their weights, which sum to 1.

    Source: Rue, Martino and Chopin (2009), section 3.
    """

    field: Field
    points: tuple[Point, ...]
    weights: Floats

    @property
    def spread(self) -> float:
        """The posterior mean of the spread."""
        return float(self.weights @ [point.spread for point in self.points])

    @property
    def lean(self) -> float:
        """The posterior mean of the lean."""
        return float(self.weights @ [point.lean for point in self.points])

    def draw(self, draws: int, rng: np.random.Generator) -> Floats:
        """Return draws of the log relative risk, draws x n, areas in their own order.

        Each point gets its share of the draws, what is left over at random.

        Source: Rue, Fast sampling of Gaussian Markov random fields, JRSS B 63 (2001) 325-338.
        """
        whole = np.floor(self.weights * draws).astype(np.int64)
        rest = self.weights * draws - whole
        short = draws - int(whole.sum())
        if short:
            more = rng.choice(len(whole), short, replace=False, p=rest / rest.sum())
            whole[more] += 1
        parts = []
        n = len(self.field.order)
        for point, number in zip(self.points, whole, strict=True):
            if number:
                noise = rng.standard_normal((n, number))
                moved, fault = lapack.dtbtrs(point.factor, noise, uplo="L", trans="T")
                if fault:
                    raise InvalidData(_("the smoothed map cannot be computed"))
                shift = rng.standard_normal(number) / np.sqrt(point.certainty)
                effect = point.effect[:, None] + moved - point.pull[:, None] * shift
                parts.append(point.level + shift + effect)
        found = np.empty((draws, n))
        found[:, self.field.order] = np.concatenate(parts, axis=1).T
        return found


def explore(field: Field) -> Mixture:
    """Return the posterior of a field: the mode of spread and lean is sought, then the grid laid.

    Raises: InvalidData: the fit does not settle.
    Source: Rue, Martino and Chopin (2009), section 3.1.
    Limits: normal by approximation at each point: in areas with counts near 0 a little too even.
    Cost: some 70 fits of n x bandwidth^2 each.
    """
    held = [field.start()]

    def cost(at: Floats) -> float:
        inside = [np.clip(value, *ends) for value, ends in zip(at, _REACH, strict=True)]
        point = fit(field, inside[0], inside[1], held[0])
        held[0] = (point.level, point.effect)
        # Beyond the reach the cost climbs, so that the search turns back.
        return -point.log_posterior + 10 * float(((at - np.array(inside)) ** 2).sum())

    simplex = np.array([[-0.7, 1.0], [-0.2, 1.0], [-0.7, 2.0]])
    options = {"initial_simplex": simplex, "xatol": 0.03, "fatol": 0.02, "maxfev": 120}
    mode = minimize(cost, simplex[0], method="Nelder-Mead", options=options).x
    axes = _axes(cost, mode)
    points = []
    for place in GRID:
        at = mode + axes @ np.array(place)
        inside = [np.clip(value, *ends) for value, ends in zip(at, _REACH, strict=True)]
        points.append(fit(field, inside[0], inside[1], held[0]))
    logs = np.array([point.log_posterior for point in points])
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    kept = [number for number, weight in enumerate(weights) if weight > 1e-5]
    share = weights[kept] / weights[kept].sum()
    return Mixture(field=field, points=tuple(points[k] for k in kept), weights=share)


def _axes(cost: Callable[[Floats], float], mode: Floats) -> Floats:
    """Return the axes of the posterior at its mode, one standard deviation long, as columns."""
    step = 0.15
    one, other = np.array([step, 0.0]), np.array([0.0, 2 * step])
    middle = cost(mode)
    curve = np.empty((2, 2))
    for at, move in ((0, one), (1, other)):
        size = move[at]
        curve[at, at] = (cost(mode + move) - 2 * middle + cost(mode - move)) / size**2
    mixed = cost(mode + one + other) - cost(mode + one - other)
    mixed += cost(mode - one - other) - cost(mode - one + other)
    curve[0, 1] = curve[1, 0] = mixed / (4 * one[0] * other[1])
    values, vectors = np.linalg.eigh(curve)
    # A flat or upturned side (the lean at its end): as wide as a standard deviation of 1.5 at most.
    found: Floats = vectors / np.sqrt(np.maximum(values, 1 / 1.5**2))
    return found


def fit(field: Field, log_spread: float, logit_lean: float, start: tuple[float, Floats]) -> Point:
    """Return the normal approximation at one spread and lean.

    Args:
        field: the counts.
        log_spread: log of the standard deviation of the effects.
        logit_lean: logit of Leroux's rho.
        start: level and effects to begin from.

    Raises: InvalidData: Newton's method does not settle.
    Source: Tierney and Kadane, JASA 81 (1986) 82-86; Leroux, Lei and Breslow (2000).
    """
    spread, lean = float(np.exp(log_spread)), float(1 / (1 + np.exp(-logit_lean)))
    band = field.band * (lean / spread**2)
    band[0] += (1 - lean) / spread**2
    half_log_det = float(np.log(cholesky_banded(band, lower=True)[0]).sum())
    pull_in = partial(_pull, field, lean, spread)
    level, effect = start
    level, effect = _climb(field, band, pull_in, (level, effect))
    mean = field.expected * np.exp(level + effect)
    factor = _factor(band, mean)
    pull = cho_solve_banded((factor, True), mean)
    certainty = float(mean.sum() - mean @ pull)
    log_posterior = (
        float(field.counts @ (level + effect) - mean.sum())
        - 0.5 * float(effect @ pull_in(effect))
        + half_log_det
        - float(np.log(factor[0]).sum())
        - 0.5 * np.log(certainty)
        + log_spread
        - PRIOR_RATE * spread
        + np.log(lean)
        + np.log1p(-lean)
    )
    return Point(
        log_posterior=float(log_posterior),
        spread=spread,
        lean=lean,
        level=level,
        effect=effect,
        factor=factor,
        pull=pull,
        certainty=certainty,
    )


def _pull(field: Field, lean: float, spread: float, effect: Floats) -> Floats:
    """Return the precision of the prior times the effects."""
    pulled = lean * (field.laplacian @ effect) + (1 - lean) * effect
    return np.asarray(pulled / spread**2)


def _factor(band: Floats, mean: Floats) -> Floats:
    full = band.copy()
    full[0] += mean
    found: Floats = cholesky_banded(full, lower=True, overwrite_ab=True)
    return found


def _climb(
    field: Field, band: Floats, pull_in: Callable[[Floats], Floats], start: tuple[float, Floats]
) -> tuple[float, Floats]:
    """Return level and effects at the mode, by Newton's method with steps that only climb."""
    level, effect = start

    def height(level: float, effect: Floats) -> float:
        both = level + effect
        fit = field.counts @ both - (field.expected * np.exp(np.clip(both, -60, 60))).sum()
        return float(fit - 0.5 * (effect @ pull_in(effect)))

    now = height(level, effect)
    for _round in range(_NEWTON):
        mean = field.expected * np.exp(level + effect)
        factor = _factor(band, mean)
        slopes = np.column_stack((field.counts - mean - pull_in(effect), mean))
        ahead, pull = cho_solve_banded((factor, True), slopes).T
        up = float((field.counts - mean).sum() - mean @ ahead) / float(mean.sum() - mean @ pull)
        step, length = ahead - pull * up, 1.0
        while True:
            aim = level + length * up, effect + length * step
            then = height(*aim)
            if then >= now - 1e-9 * abs(now) or length < 1e-4:
                break
            length /= 2
        (level, effect), gain, now = aim, then - now, then
        if gain < 1e-6:
            return level, effect
    raise InvalidData(_("the smoothed map does not settle"))
