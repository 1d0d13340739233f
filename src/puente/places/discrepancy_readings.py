"""Rival readings of a place: quiet on paper, or one of the innocent explanations.

Each reading is a direction in which the log rates of a place are moved. What "quiet on paper" looks
like is learned from the places themselves: too many hard records, and complaints changed in
whatever way goes with that. The innocent readings compete for the same places: one register that
counts more than the others, people who do not go to the police, plain crime in every record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from puente.places.discrepancy_model import Joint
    from puente.places.stats.arrays import Flags, Floats, Ints

QUIET, FEW_COMPLAINTS, MORE_OF_ALL = "quiet on paper", "few complaints", "more of every record"
"""Names of readings that no register gives its name to."""

ROUNDS = 20
_HARD_SHIFT, _COMPLAINT_SHIFT, _CULTURE_SHIFT = 0.7, -0.28, -0.8
_ANCHOR, _RIVAL_ANCHOR = 5.0, 100.0  # as many places as the first guess of a direction weighs
_LEAST_HARD = 0.1  # log rate by which each hard record is raised at least
_SHARES = (0.002, 0.1)
_PRIOR = 4.0  # certainty of the prior that a place is not moved at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What the places were read as.

    Attributes:
        names: of the readings, `QUIET` first.
        directions: readings x J, log rates.
        shares: of the places, by reading.
        weight: n x (1 + readings), relative weight of "nothing unusual" and of each reading; for
            comparing readings within one place, never to be shown as a probability.

    Source: see `read`.
    """

    names: tuple[str, ...]
    directions: Floats
    shares: Floats
    weight: Floats

    @property
    def leading(self) -> Ints:
        """Number of the innocent reading that leads in each place; 0 for nothing unusual."""
        innocent = self.weight.copy()
        innocent[:, 1] = -1.0
        return np.asarray(innocent.argmax(axis=1), np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How far each place is moved along a direction, as the counts say it: n places.

    Attributes:
        pull: n x J, precision x (posterior mean - centre).
        certainty: n x J x J, covariance of `pull` if nothing is unusual.

    Source: the score of a normal mean; Rao, Linear Statistical Inference (2nd ed. 1973), 6e.
    """

    pull: Floats
    certainty: Floats

    @classmethod
    def of(cls, joint: Joint, effect: Floats | None = None, cover: Floats | None = None) -> Score:
        """Return the score of the fitted law, or of log rates told by some records alone.

        Source: see the class.
        """
        precision = joint.precision
        moved = (joint.effect if effect is None else effect) - joint.centre
        spare = joint.cover if cover is None else cover
        return cls(pull=moved @ precision, certainty=precision - precision @ spare @ precision)

    def along(self, direction: Floats) -> tuple[Floats, Floats]:
        """Return the score along a direction and its variance if nothing is unusual.

        Source: see the class.
        """
        certain = np.einsum("j,njk,k->n", direction, self.certainty, direction)
        return self.pull @ direction, np.maximum(certain, 0.0)

    def size(self, direction: Floats) -> tuple[Floats, Floats]:
        """Return how far each place is moved (1: the direction whole), mean and deviation.

        Source: a normal prior around 0 of certainty 4, so that a place with few records stays
            near 0.
        """
        score, certain = self.along(direction)
        return score / (certain + _PRIOR), 1 / np.sqrt(certain + _PRIOR)


def read(
    score: Score,
    hard: Flags,
    names: Sequence[str],
    *,
    among: Flags | None = None,
    complaints: bool = True,
) -> Readings:
    """Return the readings of the places, learned by expectation and maximisation.

    Args:
        score: of n places and J records.
        hard: J flags: hard to suppress; the others are complaints.
        names: of the records.
        among: n flags, the places to learn from; None for all.
        complaints: whether the first reading may move complaints; if not, it is one more innocent
            reading: hard records that are high for a reason of their own.

    Source: McLachlan and Peel, Finite Mixture Models (2000), ch. 3; directions are anchored as by
        a normal prior, so that a reading cannot wander off to what it is not.
    Limits: a decoy that raises several hard registers and lowers complaints alike cannot be told
        from what is looked for.
    Cost: 0.3 CPU-s for 2,469 places and 10 records.
    """
    known = np.ones(len(score.pull), bool) if among is None else among
    titles, start = _starts(hard, names)
    if not complaints:
        start[0, ~hard] = 0.0
    anchor = np.full(len(start), _RIVAL_ANCHOR)
    anchor[0] = _ANCHOR
    scale = np.diag(np.diag(score.certainty[known].mean(axis=0)))
    directions, shares = start.copy(), np.full(len(start), 0.03)
    for _round in range(ROUNDS):
        weight = _weights(score, directions, shares)
        taken = weight[known, 1:]
        for number in range(len(start)):
            held = anchor[number] * scale
            bend = np.tensordot(taken[:, number], score.certainty[known], axes=1) + held
            wanted = taken[:, number] @ score.pull[known] + held @ start[number]
            free = np.flatnonzero(hard) if number == 0 and not complaints else slice(None)
            directions[number, free] = np.linalg.solve(bend[free][:, free], wanted[free])
        directions[0, hard] = np.maximum(directions[0, hard], _LEAST_HARD)
        shares = np.clip(taken.mean(axis=0), *_SHARES)
    weight = _weights(score, directions, shares)
    return Readings(names=titles, directions=directions, shares=shares, weight=weight)


def evidence(score: Score, hard: Flags, names: Sequence[str], states: Ints) -> float:
    """Return how much likelier places are, unseen, if some are quiet on paper: a log ratio.

    A reporting culture lowers complaints anywhere; a freight corridor raises hard records anywhere.
    Only what does both in the same place, beyond how they go together everywhere, is evidence. Both
    sides are learned in half of the states and tried in the other half, and back: the reading
    "quiet on paper" against innocent readings, among them one that raises hard records in whatever
    way and leaves complaints alone. Below 0 the innocent readings tell unseen places better.

    Args:
        states: n numbers.

    Source: Geisser and Eddy, JASA 74 (1979) 153-160 (predictive sample reuse); Kass and Raftery,
        JASA 90 (1995) 773-795, for what a ratio is worth.
    Limits: no p. On 36 made-up maps with nothing planted it stayed below 1.1 (log 3); it is silent
        where complaints are kept at a normal level (copied, not suppressed).
    """
    gain = 0.0
    for half in (0, 1):
        tried = np.isin(states, np.unique(states)[half::2])
        if not tried.any() or tried.all():
            return 0.0
        quiet = read(score, hard, names, among=~tried)
        innocent = read(score, hard, names, among=~tried, complaints=False)
        gain += float((_likelihood(score, quiet) - _likelihood(score, innocent))[tried].sum())
    return gain


def _starts(hard: Flags, names: Sequence[str]) -> tuple[tuple[str, ...], Floats]:
    kinds = len(hard)
    rows = [np.where(hard, _HARD_SHIFT, _COMPLAINT_SHIFT)]
    titles = [QUIET]
    for number in np.flatnonzero(hard).tolist():
        rows.append(np.eye(kinds)[number])
        titles.append(names[number])
    rows += [np.where(hard, 0.0, _CULTURE_SHIFT), np.full(kinds, _HARD_SHIFT)]
    titles += [FEW_COMPLAINTS, MORE_OF_ALL]
    return tuple(titles), np.array(rows)


def _ways(score: Score, directions: Floats, shares: Floats) -> Floats:
    ways = np.zeros((len(score.pull), len(directions) + 1))
    ways[:, 0] = np.log(max(1 - shares.sum(), 1e-3))
    for number, direction in enumerate(directions):
        along, certain = score.along(direction)
        ways[:, number + 1] = along - certain / 2 + np.log(shares[number])
    return ways


def _likelihood(score: Score, readings: Readings) -> Floats:
    found: Floats = np.logaddexp.reduce(_ways(score, readings.directions, readings.shares), axis=1)
    return found


def _weights(score: Score, directions: Floats, shares: Floats) -> Floats:
    ways = _ways(score, directions, shares)
    odds = np.exp(ways - ways.max(axis=1, keepdims=True))
    found: Floats = odds / odds.sum(axis=1, keepdims=True)
    return found
