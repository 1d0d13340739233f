"""What each place counted and what was due there, over the months that it reported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from puente.places.discrepancy_read import Inputs
    from puente.places.stats.arrays import Flags, Floats

IMPROBABLE = 12.0
"""Expected events in a silent stretch above which its zeros are taken as not reported: by chance
such silence comes once in 160,000 stretches (exp -12)."""

SHORTEST = 3
"""Months: a silent stretch of one place below this is left as it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Totals over the months reported: n places, J records.

    Attributes:
        counts: n x J; 0 where nothing is reported.
        due: n x J, at the whole map's rate per person in each month; 0 where not reported.
        coverage: n x J, share of the panel's months that count, 0 to 1.
        silenced: n x J, months with zeros that were taken as not reported.

    Source: see `totals`.
    """

    counts: Floats
    due: Floats
    coverage: Floats
    silenced: Floats


def totals(inputs: Inputs) -> Due:
    """Return counts and what was due, with zeros that cannot be zeros taken as not reported.

    A month in which a source counts nothing in a whole state, and a stretch of months in which it
    counts nothing of any kind in a place, is no zero but a gap where more than `IMPROBABLE` events
    were due: it lowers coverage and moves no rank.

    Source: indirect standardisation, Breslow and Day, Statistical Methods in Cancer Research II
        (IARC 1987), ch. 2.
    Limits: a gap that is filled with plausible small numbers is not seen.
    """
    silent = _silent(inputs)
    counts = np.where(silent, np.nan, inputs.counts)
    told = np.isfinite(counts)
    people = inputs.people[:, None, None] * told
    seen = np.where(told, counts, 0.0)
    base = people.sum(axis=0)
    rate = np.divide(seen.sum(axis=0), base, out=np.zeros_like(base), where=base > 0)
    return Due(
        counts=seen.sum(axis=1),
        due=(people * rate).sum(axis=1),
        coverage=told.mean(axis=1),
        silenced=silent.sum(axis=1).astype(np.float64),
    )


def _silent(inputs: Inputs) -> Flags:
    found = np.zeros(inputs.counts.shape, bool)
    sources = [record.source for record in inputs.records]
    states = inputs.state_numbers
    for source in dict.fromkeys(sources):
        held = np.array([name == source for name in sources])
        part = inputs.counts[:, :, held]
        told = np.asarray(np.isfinite(part).any(axis=2), bool)
        sums = np.where(told, np.nansum(part, axis=2), 0.0)
        months = np.maximum(told.sum(axis=1), 1)
        usual = sums.sum(axis=1) / months
        gone = _silent_states(sums, told, usual, states) | _silent_places(sums, told, usual)
        found[:, :, held] |= gone[:, :, None]
    return found & np.isfinite(inputs.counts)


def _silent_states(sums: Floats, told: Flags, usual: Floats, states: np.ndarray) -> Flags:
    gone = np.zeros(sums.shape, bool)
    for state in np.unique(states):
        rows = np.flatnonzero(states == state)
        expected = (usual[rows, None] * told[rows]).sum(axis=0)
        empty = (sums[rows].sum(axis=0) == 0) & (expected > IMPROBABLE)
        gone[np.ix_(rows, np.flatnonzero(empty))] = True
    return gone & told


def _silent_places(sums: Floats, told: Flags, usual: Floats) -> Flags:
    """Find stretches of zeros, a month not told neither breaking nor lengthening one."""
    n, months = sums.shape
    gone = np.zeros((n, months), bool)
    length = np.zeros(n)
    start = np.zeros(n, np.int64)
    for month in range(months + 1):
        ended = np.ones(n, bool) if month == months else told[:, month] & (sums[:, month] > 0)
        for place in np.flatnonzero(ended & (length >= SHORTEST) & (length * usual > IMPROBABLE)):
            gone[place, start[place] : month] = True
        if month == months:
            break
        quiet = told[:, month] & ~ended
        start = np.where(quiet & (length == 0), month, start)
        length = np.where(ended, 0.0, length + quiet)
    return gone & told
