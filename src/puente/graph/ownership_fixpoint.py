"""The arithmetic of the 50 percent rule: the least set of blocked entities it closes on.

**Least, not greatest.** Companies that hold each other past one half would block themselves if all
were taken as blocked to begin with; under the guidance blocked persons must own, so the set grows
from them alone. `self_supporting` tells what the other reading would add.

Source: OFAC guidance of 13 August 2014; FAQ 399 (aggregate), 401 (indirect).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from puente.graph.ownership_shares import APART_KINDS, TIE_KINDS, Integers, added

if TYPE_CHECKING:
    from puente.graph.ownership_shares import Shares

HALF_OF = 2
"""The rule bites at one half: "50 percent or greater", so exactly 50 is enough."""
FEW = 48
"""Below this many new nodes a round runs node by node: numpy's fixed cost per round would rule a
long chain of holdings otherwise (measured: 1 M companies in one chain, 30 s against 6 s)."""
NEVER = np.iinfo(np.int32).max
"""The round of an entity that is never reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far blocking reaches over the holdings of one day, as arrays by node number.

    Attributes:
        sure: bool, blocked whatever the unknown shares are.
        possible: bool, blocked under some value of the unknown shares; holds all of `sure`.
        passing: bool, its holdings may count: `possible`, or tied to one that is.
        low, high: units (see `Shares`) held by blocked owners, at least and at most; of an entity
            with several classes of shares, in the class where it is least and most.
        slot_low, slot_high: the same by slot.
        sure_round, passing_round: int32, when the entity was reached: 0 the listed ones, `NEVER`
            those not reached. Only owners of an earlier round are needed to show why.

    Source: OFAC FAQ 401: a chain passes only through entities that are themselves blocked.
    """

    sure: Integers
    possible: Integers
    passing: Integers
    low: Integers
    high: Integers
    slot_low: Integers
    slot_high: Integers
    sure_round: Integers
    passing_round: Integers


def reach(shares: Shares, listed: Integers) -> Reach:
    """Return the least set of blocked entities that the rule closes on, surely and possibly.

    Args:
        listed: bool by node number; the seeds.

    Source: OFAC FAQ 399 and 401, as an aggregate fixpoint.
    Cost: linear in the holdings of blocked owners; 0.2 to 0.6 s for 1 M entities and 5 M holdings.
    """
    sides = _Sides.of(shares)
    sure_round = _close(sides, shares, listed, at_most=False)
    sure = sure_round != NEVER
    exact = shares.kind is None and bool(np.array_equal(shares.low, shares.high))
    slot_low = _held(shares, sure, shares.low)
    if exact:
        low, high = _by_entity(shares, slot_low, slot_low)
        possible = sure | (high >= shares.whole // HALF_OF)
        if np.array_equal(possible, sure):
            return Reach(
                sure=sure, possible=sure, passing=sure, low=low, high=high, slot_low=slot_low,
                slot_high=slot_low, sure_round=sure_round, passing_round=sure_round,
            )  # fmt: skip
    passing_round = _close(sides, shares, listed, at_most=True)
    passing = passing_round != NEVER
    slot_high = _most_held(shares, passing)
    low, high = _by_entity(shares, slot_low, slot_high)
    return Reach(
        sure=sure, possible=sure | (high >= shares.whole // HALF_OF), passing=passing, low=low,
        high=high, slot_low=slot_low, slot_high=slot_high, sure_round=sure_round,
        passing_round=passing_round,
    )  # fmt: skip


def self_supporting(shares: Shares, listed: Integers, sure: Integers) -> Integers:
    """Return which entities past one half only if they are taken as blocked beforehand.

    They own each other to one half or more together with what blocked persons own, who own some of
    them. The rule does not block them; who reads it as a greatest fixpoint would.

    Args:
        sure: bool by node number; `Reach.sure`.

    Source: OFAC FAQ 401 passes ownership through entities that blocked persons own; nothing in it
        starts from the entities themselves.
    Cost: linear in the holdings.
    """
    half = shares.whole // HALF_OF
    entity = shares.entity
    sides = _Sides.of(shares)
    held = added(shares.asset, shares.low, len(entity))
    inside = np.ones(len(shares.ids), bool)
    # Of an entity with several classes its own slot holds nothing; the classes speak for it.
    below = held < half
    below[shares.class_of] = False
    new = np.unique(entity[np.flatnonzero(below)])
    new = new[~listed[new]]
    while len(new):
        inside[new] = False
        slots = _taken(sides, new, held)
        short = np.unique(entity[slots[held[slots] < half]])
        new = short[inside[short] & ~listed[short]]
    circular = inside & ~sure
    if circular.any():
        rows = shares.low > 0
        circular &= reached_from(shares.owner[rows], entity[shares.asset[rows]], listed)
    return circular


def _taken(sides: _Sides, nodes: Integers, held: Integers) -> Integers:
    """Take the holdings of `nodes` off what is held of each slot; return the slots."""
    if len(nodes) >= FEW:
        rows = _rows_of(sides, nodes)
        rows = rows[sides.low[rows] > 0]
        np.subtract.at(held, sides.asset[rows], sides.low[rows])
        slots: Integers = sides.asset[rows]
        return slots
    touched = []
    for node in nodes.tolist():
        for row in range(sides.start[node], sides.start[node + 1]):
            if sides.low[row] > 0:
                held[sides.asset[row]] -= sides.low[row]
                touched.append(sides.asset[row])
    return np.array(touched, np.int64)


def reached_from(owner: Integers, asset: Integers, seeds: Integers) -> Integers:
    """Return the seeds and every entity that some chain of the holdings given joins to one.

    Args:
        owner, asset: node numbers, one pair per holding.
        seeds: bool by node number.

    Source: not a rule: what is within reach at all, whatever the shares.
    """
    size, first = len(seeds), np.flatnonzero(seeds)
    ends = np.concatenate((owner, np.full(len(first), size))), np.concatenate((asset, first))
    graph = sparse.csr_array((np.ones(len(ends[0]), np.int8), ends), shape=(size + 1, size + 1))
    found = csgraph.breadth_first_order(graph, size, return_predecessors=False)
    seen = np.zeros(size + 1, bool)
    seen[found] = True
    return seen[:size]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    """The holdings sorted by owner: rows `start[n]` to `start[n + 1]` of the arrays are n's."""

    start: Integers
    asset: Integers
    low: Integers
    high: Integers
    apart: Integers | None

    @classmethod
    def of(cls, shares: Shares) -> _Sides:
        rows = len(shares.owner)
        # Owner and row number in one word: sorting words is several times faster than argsort.
        key = np.sort((shares.owner.astype(np.int64) << 32) | np.arange(rows))
        order = key & 0xFFFFFFFF
        counts = np.bincount(shares.owner, minlength=len(shares.ids))
        start = np.concatenate(([0], np.cumsum(counts)))
        return cls(
            start=start,
            asset=shares.asset[order],
            low=shares.low[order],
            high=shares.high[order],
            apart=None if shares.kind is None else APART_KINDS[shares.kind[order]],
        )


class _Sums:
    """What the entities reached so far hold of each slot."""

    def __init__(self, sides: _Sides, shares: Shares, *, at_most: bool) -> None:
        slots = len(shares.total_low)
        self._sides = sides
        self._shares = shares
        self._at_most = at_most
        self._least = np.zeros(slots, sides.low.dtype)
        self._most = np.zeros_like(self._least)
        self._apart = np.zeros_like(self._least)

    def add(self, nodes: Integers) -> Integers:
        """Count the holdings of `nodes`; return the slots that stand at one half or above now."""
        touched = self._singly(nodes) if len(nodes) < FEW else self._at_once(nodes)
        held = self._least[touched]
        if self._at_most:
            total = self._shares.total_low[touched]
            most = _ceiling(self._shares.whole, self._most[touched], held, total)
            held = most + self._apart[touched]
        full: Integers = touched[held >= self._shares.whole // HALF_OF]
        return full

    def _at_once(self, nodes: Integers) -> Integers:
        sides = self._sides
        rows = _rows_of(sides, nodes)
        touched: Integers = sides.asset[rows]
        np.add.at(self._least, touched, sides.low[rows])
        if not self._at_most:
            return touched
        if sides.apart is None:
            np.add.at(self._most, touched, sides.high[rows])
            return touched
        apart = sides.apart[rows]
        for total, those in ((self._most, ~apart), (self._apart, apart)):
            np.add.at(total, touched[those], sides.high[rows[those]])
        return touched

    def _singly(self, nodes: Integers) -> Integers:
        sides = self._sides
        touched = []
        for node in nodes.tolist():
            for row in range(sides.start[node], sides.start[node + 1]):
                slot = sides.asset[row]
                touched.append(slot)
                self._least[slot] += sides.low[row]
                if self._at_most:
                    apart = sides.apart is not None and sides.apart[row]
                    (self._apart if apart else self._most)[slot] += sides.high[row]
        return np.array(touched, dtype=np.int32)


def _close(sides: _Sides, shares: Shares, listed: Integers, *, at_most: bool) -> Integers:
    """Return the round in which each entity is reached, every share at its least or at its most."""
    size = len(shares.ids)
    rounds = np.where(listed, 0, NEVER).astype(np.int32)
    sums = _Sums(sides, shares, at_most=at_most)
    open_classes = np.bincount(shares.class_of, minlength=size)
    filled = np.zeros(len(shares.class_of), bool)
    new, count = np.flatnonzero(listed), 0
    while len(new):
        count += 1
        full = np.unique(sums.add(new))
        if len(filled):
            classes = full[full >= size] - size
            classes = classes[~filled[classes]]
            filled[classes] = True
            np.subtract.at(open_classes, shares.class_of[classes], 1)
            owners = np.unique(shares.class_of[classes])
            # Surely only in every class; possibly in one, for nobody says which class counts.
            reached = owners if at_most else owners[open_classes[owners] == 0]
            full = np.union1d(full[full < size], reached)
        new = full[rounds[full] == NEVER]
        rounds[new] = count
    return rounds


def _rows_of(sides: _Sides, nodes: Integers) -> Integers:
    """Return the rows of all holdings of `nodes`."""
    counts = sides.start[nodes + 1] - sides.start[nodes]
    ends = np.cumsum(counts)
    if not len(ends):
        return ends
    offsets = np.arange(ends[-1]) - np.repeat(ends - counts, counts)
    rows: Integers = np.repeat(sides.start[nodes], counts) + offsets
    return rows


def _ceiling(whole: int, most: Integers, least: Integers, total: Integers) -> Integers:
    """Return the most that the inside can hold: its own bounds, and what outsiders surely leave.

    Shares of one asset add up to 100; so many unknown holders together hold at most the rest.
    """
    left = whole - (total - least)
    ceiling: Integers = np.maximum(least, np.minimum(most, left))
    return ceiling


def _held(shares: Shares, inside: Integers, units: Integers) -> Integers:
    """Return, per slot, the units that the nodes `inside` hold of it."""
    rows = np.flatnonzero(inside[shares.owner])
    return added(shares.asset[rows], units[rows], len(shares.total_low))


def _most_held(shares: Shares, inside: Integers) -> Integers:
    """Return, per slot, the most that `inside` can hold of it; ties hold nothing."""
    least = _held(shares, inside, shares.low)
    if shares.kind is None:
        most = _held(shares, inside, shares.high)
        return _ceiling(shares.whole, most, least, shares.total_low)
    apart = APART_KINDS[shares.kind]
    most = _held(shares, inside, np.where(apart, 0, shares.high))
    beside = _held(shares, inside, np.where(apart & ~TIE_KINDS[shares.kind], shares.high, 0))
    plain = _ceiling(shares.whole, most, least, shares.total_low)
    # Rounded shares may add up to a little above the whole by themselves, and are shown so.
    together: Integers = np.maximum(plain, np.minimum(plain + beside, shares.whole))
    return together


def _by_entity(shares: Shares, least: Integers, most: Integers) -> tuple[Integers, Integers]:
    """Return the least and the most by entity: over its classes, where it has several."""
    size = len(shares.ids)
    low, high = least[:size].copy(), most[:size].copy()
    if len(shares.class_of):
        low[shares.class_of] = shares.whole * 2
        np.minimum.at(low, shares.class_of, least[size:])
        np.maximum.at(high, shares.class_of, most[size:])
    return low, high
