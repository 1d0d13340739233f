"""Two outcomes against one another, and tests that hold with few clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.places.stats.arrays import at_least
from puente.places.stats.estimate import Estimate
from puente.places.stats.fepois import Design, PoissonFit, added_scores
from puente.places.stats.permute import TIE

if TYPE_CHECKING:
    import numpy.typing as npt

    from puente.places.stats.arrays import Floats, Ints

FEW_CLUSTERS = 50
"""Below this, errors from clusters are too small and the wild bootstrap is the test to quote.

Source: Cameron and Miller (2015), section VI.A.
"""


_EXHAUSTIVE = 30
_CHUNK = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wild:
    """The outcome of a wild cluster bootstrap.

    Attributes:
        p: two-sided.
        draws: sign patterns compared; all there are where they are no more than asked for.
        clusters: that carry weight in the test.

    Source: see `wild_p`.
    """

    p: float
    draws: int
    clusters: int


def difference(first: PoissonFit, second: PoissonFit, term: str) -> Estimate:
    """Return the coefficient of `term` in the first model less that in the second.

    The same as one model of both outcomes stacked, with every term and effect apart for each: the
    two coefficients may lean on each other through common clusters.

    Args:
        first, second: fits with clusters of the same kind (e.g. states).
        term: a term of both.

    Raises: InvalidData: no such term, or no cluster in common.
    Source: Weesie, Stata Technical Bulletin 52 (1999) sg121 (seemingly unrelated estimation);
        Lipsitch, Tchetgen Tchetgen and Cohen, Epidemiology 21 (2010) 383-388 (negative controls).
    Limits: with fewer than 50 clusters quote `wild_difference_p` beside it.
    """
    labels = sorted(set(first.cluster_labels) | set(second.cluster_labels), key=repr)
    if not set(first.cluster_labels) & set(second.cluster_labels):
        raise InvalidData(_("the two models have no cluster in common"))
    estimate = first.term(term).estimate - second.term(term).estimate
    at = {label: number for number, label in enumerate(labels)}
    influence = np.zeros(len(labels))
    for fit, sign in ((first, 1.0), (second, -1.0)):
        own = np.linalg.solve(fit.information, fit.scores.T)[fit.names.index(term)]
        influence[[at[label] for label in fit.cluster_labels]] += sign * own
    rows, groups = first.n + second.n, len(labels)
    parameters = first.parameters + second.parameters
    factor = groups / (groups - 1) * (rows - 1) / (rows - parameters)
    se = float(np.sqrt(factor * (influence @ influence)))
    return Estimate(estimate=estimate, se=se, df=float("inf"))


def wild_p(
    design: Design, term: str, *, draws: int = 9999, rng: np.random.Generator, value: float = 0.0
) -> Wild:
    """Return the p of "the coefficient of `term` is `value`" by the wild cluster bootstrap.

    The model is fitted with the coefficient held at `value`; what each cluster then adds to the
    slope is given random signs. Where all clusters lean one way, few patterns come up to it.

    Args:
        design: as `fepois`.
        term: a term of it.
        draws: sign patterns, 99 or more.
        rng: where they come from.
        value: on the scale of the coefficient.

    Raises: InvalidData: as `fepois`; no such term; fewer than 99 draws.
    Source: Kline and Santos, Journal of Econometric Methods 1 (2012) 23-41 (score bootstrap with
        the null imposed); Cameron, Gelbach and Miller, Review of Economics and Statistics 90
        (2008) 414-427 (few clusters, signs).
    Limits: below about 6 clusters no p below .05 can come out. Clusters of very unequal size leave
        it unsure.
    Cost: one fit, and draws x clusters.
    """
    if term not in design.terms:
        raise InvalidData(_("the model has no term {name}").format(name=term))
    held = np.asarray(design.terms[term], np.float64)
    before = 0.0 if design.offset is None else np.asarray(design.offset, np.float64)
    null = Design(
        outcome=design.outcome,
        terms={name: column for name, column in design.terms.items() if name != term},
        effects=design.effects,
        clusters=design.clusters,
        offset=before + value * held,
    )
    return _signs(added_scores(null, held), draws, rng)


def wild_difference_p(
    first: Design, second: Design, term: str, *, draws: int = 9999, rng: np.random.Generator
) -> Wild:
    """Return the p of "`term` has one and the same coefficient in both models", by wild bootstrap.

    Args:
        first, second: designs with clusters of the same kind; terms of the same names may differ.
        term: of both.
        draws, rng: as `wild_p`.

    Raises: InvalidData: as `wild_p`; designs with another number of effects.
    Source: as `wild_p`; the hypothesis is that of `difference`.
    Limits: as `wild_p`.
    Cost: two fits of both outcomes' rows together.
    """
    if term not in first.terms or term not in second.terms:
        raise InvalidData(_("the model has no term {name}").format(name=term))
    stacked = _stacked(first, second, term)
    # Along "one up, the other down": the first model's part of the term. What a common coefficient
    # could take of it is projected out with the terms of the model.
    part = np.array(stacked.terms[term], np.float64)
    part[len(np.asarray(first.outcome)) :] = 0.0
    return _signs(added_scores(stacked, part), draws, rng)


def _stacked(first: Design, second: Design, term: str) -> Design:
    """Return one design of both, in which `term` has one coefficient and all else has two."""
    if len(first.effects) != len(second.effects):
        raise InvalidData(_("the two models have another number of effects"))
    rows = [len(np.asarray(design.outcome)) for design in (first, second)]
    model = np.repeat((0, 1), rows)
    terms: dict[str, Floats] = {}
    for number, design in enumerate((first, second)):
        for name, column in design.terms.items():
            key = term if name == term else f"{name} [{number}]"
            whole = terms.setdefault(key, np.zeros(sum(rows)))
            whole[model == number] = np.asarray(column, np.float64)
    effects = [
        _pair_codes(model, np.concatenate([np.asarray(one), np.asarray(other)]))
        for one, other in zip(first.effects, second.effects, strict=True)
    ]
    offset = np.zeros(sum(rows))
    for number, design in enumerate((first, second)):
        if design.offset is not None:
            offset[model == number] = np.asarray(design.offset, np.float64)
    return Design(
        outcome=np.concatenate([np.asarray(first.outcome), np.asarray(second.outcome)]),
        terms=terms,
        effects=effects,
        clusters=np.concatenate([np.asarray(first.clusters), np.asarray(second.clusters)]),
        offset=offset,
    )


def _pair_codes(model: npt.NDArray[np.int64], labels: npt.NDArray[np.generic]) -> Ints:
    _levels, number = np.unique(labels, return_inverse=True)
    found: Ints = number.astype(np.int64) * 2 + model
    return found


def _signs(scores: Floats, draws: int, rng: np.random.Generator) -> Wild:
    """Return where the sum of `scores` (one a cluster) stands among sums with other signs."""
    at_least(draws, 99, "draws")
    some = scores[scores != 0]
    observed = abs(float(some.sum()))
    floor = observed - TIE * float(np.abs(some).sum())
    if len(some) < _EXHAUSTIVE and 2 ** len(some) <= draws:
        patterns = np.arange(2 ** len(some))[:, None] >> np.arange(len(some))
        sums = np.abs((1.0 - 2.0 * (patterns & 1)) @ some)
        return Wild(p=float((sums >= floor).mean()), draws=len(sums), clusters=len(some))
    extreme = 0
    for start in range(0, draws, _CHUNK):
        size = (min(_CHUNK, draws - start), len(some))
        extreme += int((np.abs((1.0 - 2.0 * rng.integers(0, 2, size)) @ some) >= floor).sum())
    return Wild(p=(extreme + 1) / (draws + 1), draws=draws, clusters=len(some))
