"""Poisson regression with fixed effects of places and times (PPML), errors clustered.

The estimator needs no Poisson law, only that the mean is right; the spread is taken from the
clusters. Effects are projected out in each round of weighted least squares.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.places.stats.arrays import Flags, Floats, Ints, codes, vector
from puente.places.stats.estimate import Estimate
from puente.places.stats.separation import refuse_unidentified, separated_rows
from puente.places.stats.within import Within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

_ROUNDS = 200
_TIGHT = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What goes into a model: n rows.

    Attributes:
        outcome: n counts (any numbers from 0 up), not NaN.
        terms: n numbers under each name; their coefficients are estimated.
        effects: one or two label arrays (e.g. place, month) with an intercept for each label.
        clusters: n labels; rows of one label may lean on each other. Usually the place.
        offset: n numbers added to the log mean as they are (e.g. log population), or None.

    Source: see `fepois`.
    """

    outcome: npt.ArrayLike
    terms: Mapping[str, npt.ArrayLike]
    effects: Sequence[npt.ArrayLike]
    clusters: npt.ArrayLike
    offset: npt.ArrayLike | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoissonFit:
    """A fitted model with k terms.

    Attributes:
        names: of the terms.
        estimates: k coefficients.
        covariance: k x k, clustered, small-sample factor included.
        information: k x k, the weighted cross-product of the terms less their effects.
        scores: one row per cluster of `cluster_labels`, k columns: sums of term x residual.
        cluster_labels: sorted.
        n: rows used.
        parameters: K of the factor: terms, and levels of effects not nested in the clusters.
        separated: rows left out because some effect fits their zero perfectly.
        kept: which rows of the design were used.
        mean: fitted mean of each row used.
        deviance: of the fit.
        rounds: of weighted least squares.

    Source: see `fepois`.
    """

    names: tuple[str, ...]
    estimates: Floats
    covariance: Floats
    information: Floats
    scores: Floats
    cluster_labels: tuple[object, ...]
    n: int
    parameters: int
    separated: int
    kept: Flags
    mean: Floats
    deviance: float
    rounds: int

    @property
    def groups(self) -> int:
        """The number of clusters."""
        return len(self.cluster_labels)

    def term(self, name: str) -> Estimate:
        """Return the coefficient of a term, by the normal law, as is the habit for such models.

        Raises: InvalidData: no such term.
        Source: Santos Silva and Tenreyro (2006).
        Limits: with fewer than 50 clusters its p is too small: quote `contrast.wild_p` beside it.
        """
        if name not in self.names:
            raise InvalidData(_("the model has no term {name}").format(name=name))
        at = self.names.index(name)
        se = float(np.sqrt(self.covariance[at, at]))
        return Estimate(estimate=float(self.estimates[at]), se=se, df=float("inf"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """The rows used, in order of the first effect."""

    outcome: Floats
    terms: Floats
    offset: Floats
    first: Ints
    second: Ints | None
    cluster: Ints
    order: Ints


def fepois(design: Design) -> PoissonFit:
    """Return the coefficients of a Poisson model with one or two sets of effects.

    E(outcome) = exp(offset + terms x coefficients + effect of place + effect of time). Rows that an
    effect fits perfectly with a zero say nothing about the coefficients and are left out, counted.

    Args:
        design: n rows; see `Design`.

    Raises: InvalidData: arrays of different length, a missing or negative outcome, fewer than two
        clusters, a term that the effects or other terms explain whole, a term that varies only
        where the outcome is 0, or a fit that does not settle.
    Source: Santos Silva and Tenreyro, Review of Economics and Statistics 88 (2006) 641-658;
        Correia, Guimaraes and Zylkin, Stata Journal 20 (2020) 95-115 (algorithm, separation);
        Cameron and Miller (2015) (clusters; the factor G/(G-1) (N-1)/(N-K)).
    Limits: effects stand for what does not change within a place, and for what is common to all
        places in a month; no more. With fewer than 50 clusters, or few large ones, errors are too
        small: see `contrast.wild_p`.
    Cost: 0.4 CPU-s for 294,000 rows (2,469 places x 119 months) and two terms.
    """
    rows, kept, labels, names = _prepared(design)
    within = Within(rows.first, rows.second)
    whole = _("{term} is explained whole by the effects or by other terms")
    refuse_unidentified(rows.terms, within, names, whole)
    some = rows.outcome > 0
    above = Within(
        _dense(rows.first[some]), None if rows.second is None else _dense(rows.second[some])
    )
    open_end = _("{term} varies only where the outcome is 0: its coefficient may be infinite")
    refuse_unidentified(rows.terms[some], above, names, open_end)
    estimates, projected, mean, rounds = _iterate(rows, within)
    information = projected.T @ (projected * mean[:, None])
    scores = np.zeros((len(labels), len(names)))
    np.add.at(scores, rows.cluster, projected * (rows.outcome - mean)[:, None])
    parameters = len(names) + _free_levels(rows)
    fitted = np.empty(len(mean))
    fitted[rows.order] = mean
    return PoissonFit(
        names=names,
        estimates=estimates,
        covariance=clustered(scores, information, len(mean), parameters),
        information=information,
        scores=scores,
        cluster_labels=labels,
        n=len(mean),
        parameters=parameters,
        separated=int((~kept).sum()),
        kept=kept,
        mean=fitted,
        deviance=_deviance(rows.outcome, mean),
        rounds=rounds,
    )


def added_scores(design: Design, column: npt.ArrayLike) -> Floats:
    """Return what each cluster adds to the slope of a column that the model leaves out.

    The column less effects and terms (weighted by the fitted means), times the residuals, summed
    by cluster in sorted order: the score of its coefficient where that is held at 0.

    Args:
        design: n rows; may have no terms.
        column: n finite numbers.

    Raises: InvalidData: as `fepois`; or effects and terms explain the column whole.
    Source: Rao, Mathematical Proceedings of the Cambridge Philosophical Society 44 (1948) 50-57.
    Cost: as `fepois`.
    """
    rows, kept, labels, names = _prepared(design)
    extra = vector(column, len(kept), _("column"))[kept][rows.order]
    within = Within(rows.first, rows.second)
    both = np.column_stack((extra, rows.terms))
    whole = _("{term} is explained whole by the effects or by other terms")
    refuse_unidentified(both, within, (_("column"), *names), whole)
    _estimates, _terms, mean, _rounds = _iterate(rows, within)
    left = within.out_of(both, mean)
    target, terms = left[:, 0], left[:, 1:]
    weighted = terms * mean[:, None]
    target = target - terms @ np.linalg.solve(weighted.T @ terms, weighted.T @ target)
    found: Floats = np.zeros(len(labels))
    np.add.at(found, rows.cluster, target * (rows.outcome - mean))
    return found


def clustered(scores: Floats, information: Floats, n: int, parameters: int) -> Floats:
    """Return the covariance of coefficients from the sums of their scores by cluster.

    Args:
        scores: G x k.
        information: k x k.
        n, parameters: rows, and K of the small-sample factor.

    Raises: InvalidData: no more rows than parameters.
    Source: Liang and Zeger, Biometrika 73 (1986) 13-22; the factor G/(G-1) (N-1)/(N-K), Cameron and
        Miller (2015), section II.
    """
    if n <= parameters:
        raise InvalidData(_("there are no more rows than parameters"))
    groups = len(scores)
    bread = np.linalg.inv(information)
    factor = groups / (groups - 1) * (n - 1) / (n - parameters)
    found: Floats = factor * bread @ (scores.T @ scores) @ bread
    return found


def _prepared(design: Design) -> tuple[_Rows, Flags, tuple[object, ...], tuple[str, ...]]:
    """Return the rows in order, which were kept, the labels of the clusters and of the terms."""
    n = len(np.asarray(design.outcome))
    outcome = vector(design.outcome, n, _("outcome"))
    if not n or outcome.min() < 0:
        raise InvalidData(_("the outcome has no rows or a count below 0"))
    if len(design.effects) not in (1, 2):
        raise InvalidData(_("one or two sets of effects are needed"))
    names = tuple(design.terms)
    terms = np.column_stack(
        [vector(design.terms[name], n, name) for name in names] or [np.empty((n, 0))]
    )
    offset = np.zeros(n) if design.offset is None else vector(design.offset, n, _("offset"))
    effects = [codes(one, n, _("effects")) for one in design.effects]
    cluster = np.asarray(design.clusters)
    if cluster.shape != (n,):
        raise InvalidData(_("a cluster is needed for each row"))
    second = effects[1] if len(effects) == 2 else None
    kept = ~separated_rows(outcome, effects[0], second)
    labels, number = np.unique(cluster[kept], return_inverse=True)
    if len(labels) < 2:
        raise InvalidData(_("fewer than two clusters have a count above 0"))
    order = np.argsort(effects[0][kept], kind="stable")
    rows = _Rows(
        outcome=outcome[kept][order],
        terms=terms[kept][order],
        offset=offset[kept][order],
        first=_dense(effects[0][kept][order]),
        second=None if second is None else _dense(second[kept][order]),
        cluster=number[order],
        order=order,
    )
    return rows, kept, tuple(labels.tolist()), names


def _dense(numbers: Ints) -> Ints:
    """Return codes numbered anew from 0, without gaps, in the same order."""
    return np.unique(numbers, return_inverse=True)[1].astype(np.int64)


def _iterate(rows: _Rows, within: Within) -> tuple[Floats, Floats, Floats, int]:
    """Return coefficients, terms less effects, fitted means, and the rounds it took."""
    mean = (rows.outcome + rows.outcome.mean()) / 2
    level = np.log(mean)
    # The start lies nearer to the counts than any model may: the first step is taken whole.
    deviance = float("inf")
    for number in range(1, _ROUNDS + 1):
        working = level - rows.offset + (rows.outcome - mean) / mean
        left = within.out_of(np.column_stack((working, rows.terms)), mean)
        target, terms = left[:, 0], left[:, 1:]
        weighted = terms * mean[:, None]
        estimates = np.linalg.solve(weighted.T @ terms, weighted.T @ target)
        aim = working - (target - terms @ estimates) + rows.offset
        level, mean, fresh = _towards(rows.outcome, level, aim, deviance)
        settled = abs(deviance - fresh) <= _TIGHT * max(fresh, 0.1)
        deviance = fresh
        if settled:
            return estimates, terms, mean, number
    raise InvalidData(_("the Poisson model does not settle"))


def _towards(
    outcome: Floats, level: Floats, aim: Floats, deviance: float
) -> tuple[Floats, Floats, float]:
    """Return the next level, mean and deviance: the full step, halved until it is no worse."""
    share = 1.0
    while True:
        moved = level + share * (aim - level)
        mean = np.exp(np.clip(moved, -60, 60))
        fresh = _deviance(outcome, mean)
        if fresh <= deviance * (1 + 1e-9) or share < 1e-3:
            return moved, mean, fresh
        share /= 2


def _deviance(outcome: Floats, mean: Floats) -> float:
    some = outcome > 0
    logs = np.zeros_like(outcome)
    logs[some] = outcome[some] * np.log(outcome[some] / mean[some])
    return float(2 * (logs - (outcome - mean)).sum())


def _free_levels(rows: _Rows) -> int:
    """Return how many levels of effects count as parameters: those not nested in the clusters.

    One level stands for all: the intercept, which nested effects hold too.
    """
    count = 1
    for effect in (rows.first, rows.second):
        if effect is None:
            continue
        pairs = np.unique(effect * (int(rows.cluster.max()) + 1) + rows.cluster)
        levels = int(effect.max()) + 1
        if len(pairs) > levels:
            count += levels - 1
    return count
