"""Where records that are hard to suppress exceed what complaints lead one to expect.

The question is one of records, not of people or control: which places have more of what a victim or
a local office cannot withhold (death registry, federal seizures, insured thefts) than their
complaints, their population and their state's habit of complaining lead one to expect. It ranks
places for review. It never states a probability that somebody controls a place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.places.discrepancy_due import totals
from puente.places.discrepancy_model import Joint, fit, told_by
from puente.places.discrepancy_readings import Readings, Score, evidence, read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.places.discrepancy_due import Due
    from puente.places.discrepancy_read import Inputs
    from puente.places.stats.arrays import Flags, Floats, Ints

LEVEL = 0.9
"""Of every interval."""

EVIDENT = float(np.log(10))
"""Value of `evidence` from which on there is evidence beyond population and recording:
unseen places are ten times likelier, which Jeffreys calls strong."""

SURE = 0.9
"""Weight of the reading "quiet on paper" above which a place is a candidate for a flag. It is not
the probability of anything: the notes' prototype was right in 34 to 61 percent at this mark."""

STABLE = 0.5
"""Share of the top tenth that must stay there without any one hard source."""

_DRAWS = 400
_FIRST_ROUNDS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """What was found: n places, J records, S hard sources.

    Attributes:
        due: totals and coverage.
        expected: n, hard records to expect given complaints and population.
        low, high: n, 90 percent interval of the number to expect.
        observed: n, hard records counted.
        by_record: n x J, hard records to expect, each; NaN for complaints.
        excess, excess_sd: n, how far the place is moved towards "quiet on paper".
        rank, rank_low, rank_high: 1 the largest excess; 0 where no hard record is reported.
        without: rank of each place without one hard source, by source.
        kept: share of the top tenth that stays there without that source.
        readings: rival readings.
        candidate: n flags: would be flagged, were flags allowed.
        log_ratio: whether hard records and complaints part ways together, see `evidence`.
        independent: hard sources told apart; `outside` of them not law enforcement.

    Source: see `discrepancy`.
    """

    due: Due
    expected: Floats
    low: Floats
    high: Floats
    observed: Floats
    by_record: Floats
    excess: Floats
    excess_sd: Floats
    rank: Ints
    rank_low: Ints
    rank_high: Ints
    without: Mapping[str, Ints]
    kept: Mapping[str, float]
    readings: Readings
    candidate: Flags
    log_ratio: float
    independent: int
    outside: int

    @property
    def enough_sources(self) -> bool:
        """Two independent hard sources, one of them outside law enforcement."""
        return self.independent >= 2 and self.outside >= 1

    @property
    def stable(self) -> bool:
        """Unseen places bear the ranks out, and the top tenth hangs on no single hard source."""
        kept = self.independent >= 2 and min(self.kept.values()) >= STABLE
        return kept and self.log_ratio >= EVIDENT

    @property
    def evident(self) -> bool:
        """There is evidence beyond population and recording, from sources that are independent."""
        return self.enough_sources and self.stable


def discrepancy(inputs: Inputs, *, seed: int = 0) -> Discrepancy:
    """Return each place's hard records against what its complaints lead one to expect.

    Args:
        inputs: n places, M months, J records.
        seed: of the draws behind the intervals.

    Raises: InvalidData: no hard record or no complaint among those reported.
    Source: Aitchison and Ho (1989) for counts around a joint normal law; Stoner, Economou and
        Drummond, JASA 114 (2019) 1481-1492, for why the level of reporting is not identified by
        counts alone: only differences within a state are read here, and no level is claimed.
    Limits: ranks are for review. What raises several hard registers and lowers complaints at once
        for an innocent reason ranks as high. No rank says that a place is safe. Figures of states
        that record by different rules, and of before and after 2026, are not comparable.
    Cost: 3 CPU-s for 2,469 places, 36 months, 10 records.
    """
    hard = inputs.hard
    if not hard.any() or hard.all():
        raise InvalidData(_("both hard and suppressible records are needed, with rows"))
    due = totals(inputs)
    joint = _fitted(inputs, due, hard)
    score = Score.of(joint)
    names = [record.name for record in inputs.records]
    readings = read(score, hard, names)
    direction = readings.directions[0]
    excess, spread = score.size(direction)
    known = np.asarray((due.due[:, hard] > 0).any(axis=1), bool)
    streams = np.random.default_rng(seed).spawn(2)
    rank, ends = _ranks(excess, spread, known, streams[0])
    expected, by_record, interval = _expected(due, joint, hard, streams[1])
    leave = _leave_out(inputs, due, joint, direction)
    without = {source: _rank_of(one, known) for source, one in leave.items()}
    top = max(1, int(known.sum()) // 10)
    kept = {
        source: float(((one <= top) & (rank <= top) & known).sum() / top)
        for source, one in without.items()
    }
    firm = np.all([one > 0 for one in leave.values()], axis=0)
    sources = {record.source: record.law_enforcement for record in inputs.records if
               record.channel == "hard"}  # fmt: skip
    return Discrepancy(
        due=due,
        expected=expected,
        low=interval[0],
        high=interval[1],
        observed=due.counts[:, hard].sum(axis=1),
        by_record=by_record,
        excess=excess,
        excess_sd=spread,
        rank=rank,
        rank_low=ends[0],
        rank_high=ends[1],
        without=without,
        kept=kept,
        readings=readings,
        candidate=known & (readings.weight[:, 1] > SURE) & (excess > 1.645 * spread) & firm,
        log_ratio=evidence(score, hard, names, inputs.state_numbers),
        independent=len(sources),
        outside=sum(not police for police in sources.values()),
    )


def _fitted(inputs: Inputs, due: Due, hard: Flags) -> Joint:
    """Fit twice: the second time the state's level of complaints is among what is expected.

    States differ in how they record, so that a place is read against its own state.
    """
    size = np.log(inputs.people)
    size = (size - size.mean()) / max(float(size.std()), 1e-9)
    base = np.column_stack([np.ones(len(size)), size, size**2 - 1])
    first = fit(due.counts, due.due, base, _FIRST_ROUNDS)
    moved = (first.effect - first.centre)[:, ~hard].mean(axis=1)
    states = inputs.state_numbers
    level = np.bincount(states, moved) / np.bincount(states)
    return fit(due.counts, due.due, np.column_stack([base, level[states]]))


def _expected(
    due: Due, joint: Joint, hard: Flags, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    effect, cover = told_by(due.counts, due.due, joint, np.flatnonzero(~hard))
    places = np.flatnonzero(hard)
    half = np.diagonal(cover, axis1=1, axis2=2)[:, places] / 2
    each = np.full(due.due.shape, np.nan)
    each[:, places] = due.due[:, places] * np.exp(effect[:, places] + half)
    root: Floats = np.linalg.cholesky(np.asarray(cover[:, places][:, :, places], np.float64))
    drawn = np.empty((_DRAWS, len(cover)))
    for number in range(_DRAWS):
        noise = np.einsum("njk,nk->nj", root, rng.standard_normal((len(cover), len(places))))
        mean = due.due[:, places] * np.exp(np.minimum(effect[:, places] + noise, 20.0))
        drawn[number] = rng.poisson(mean).sum(axis=1)
    ends = np.quantile(drawn, ((1 - LEVEL) / 2, (1 + LEVEL) / 2), axis=0)
    return np.nansum(each, axis=1), each, ends


def _leave_out(inputs: Inputs, due: Due, joint: Joint, direction: Floats) -> dict[str, Floats]:
    found = {}
    hard = {record.source for record in inputs.records if record.channel == "hard"}
    for source in sorted(hard):
        gone = [r.channel == "hard" and r.source == source for r in inputs.records]
        kept = np.flatnonzero(~np.array(gone))
        if not inputs.hard[kept].any():
            found[source] = np.zeros(len(inputs.places))
            continue
        effect, cover = told_by(due.counts, due.due, joint, kept)
        found[source] = Score.of(joint, effect, cover).size(direction)[0]
    return found


def _rank_of(excess: Floats, known: Flags) -> Ints:
    order = np.argsort(-np.where(known, excess, -np.inf), kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    return np.where(known, rank, 0)


def _ranks(
    excess: Floats, spread: Floats, known: Flags, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    drawn = excess + spread * rng.standard_normal((_DRAWS, len(excess)))
    drawn[:, ~known] = -np.inf
    order = np.argsort(-drawn, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, len(excess) + 1)[None, :], axis=1)
    ends = np.quantile(ranks, ((1 - LEVEL) / 2, (1 + LEVEL) / 2), axis=0, method="nearest")
    rank = _rank_of(excess, known)
    ends = np.stack((np.minimum(ends[0], rank), np.maximum(ends[1], rank)))
    return rank, np.where(known, ends, 0).astype(np.int64)
