"""How much of each entity is, in the end, the listed persons' own: a test beside OFAC's.

A listed person who owns 30 percent of a company that owns 60 percent of another has 18 percent of
it. Through whole networks, circles included, that is (I - A)^-1 applied to what the listed persons
hold directly. **It is not the 50 percent rule**, and blocks nothing: under OFAC FAQ 401 a chain of
50 and 50 percent blocks its end (25 percent here), while 49 percent of a holding company blocks
nothing behind it, whatever that adds up to. Where the two differ a person should know.

Source: Leontief inverse of shareholdings, as in Brioschi, Buzzacchi and Colombo, "Risk capital
    financing and the separation of ownership and control in business groups", Journal of Banking
    and Finance 13 (1989) 747-772. OFAC FAQ 401 for what it is not.
Limits: floating point, good to `ACCURACY`; where circles hold all but a few millionths of
    themselves that cannot be had, and nothing is said (from 0 to 1). Circles that own each other
    whole and that no listed person reaches are nobody's here. The most of an unknown share is
    taken owner by owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph
from scipy.sparse import linalg as sparse_linalg

from puente.graph.ownership_fixpoint import reached_from
from puente.graph.ownership_shares import APART_KINDS, TIE_KINDS

if TYPE_CHECKING:
    from puente.graph.ownership_shares import Integers, Shares

ACCURACY = 1e-9
"""Share, 0 to 1, to which the figures are good."""
LARGE = 2_000
"""Entities in one circle from which it is solved by iteration: factors fill up with the square."""
MOST_ROUNDS = 50
"""Rounds in which unknown shares are dealt out anew; in practice 2 to 5."""
MOST_STEPS = 2_000
"""Steps of one iteration; it takes 20 to 200 where it ends at all."""
MOST_FILL = 5
"""Times the size of a circle that the factors that help its iteration may take."""
LEAST_LOSS = 2**-49
"""Share that every circle is taken to lose where one loses none that a float can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookThrough:
    """Shares of economic interest, 0 to 1, by node number; 1 for the listed themselves.

    Attributes:
        low, high: at least and at most, over unknown shares and classes of shares.
        settled: bool, good to `ACCURACY`; where not, `low` is 0 and `high` 1.

    Source: see the module.
    """

    low: Integers
    high: Integers
    settled: Integers


def look_through(shares: Shares, listed: Integers) -> LookThrough:
    """Return what share of each entity is the listed persons' through all chains together.

    Args:
        listed: bool by node number.

    Source: see the module.
    Cost: of the holdings within reach of the listed; 13 s for 1 M entities and 5 M holdings of
        which nearly all are one circle.
    """
    system = _System.of(shares, listed)
    low, settled = _least(system)
    high = low
    exact = shares.kind is None and not len(shares.class_of)
    if not exact or not np.array_equal(shares.low, shares.high):
        high, also = _greatest(system, low)
        high, settled = np.maximum(low, high), settled & also
    if not settled.all():
        # What is not known of one is not known of anything that it may hold.
        behind = reached_from(system.owner, system.entity[system.slot], ~settled) & ~listed
        low, high, settled = np.where(behind, 0.0, low), np.where(behind, 1.0, high), ~behind
    return LookThrough(low=low, high=high, settled=settled)


@dataclass(frozen=True, slots=True, kw_only=True)
class _System:
    """The holdings as shares of 1, in rows sorted by slot.

    Attributes:
        entity: entity by slot; first: whether entities have several slots, of which one counts.
    """

    owner: Integers
    slot: Integers
    low: Integers
    high: Integers
    apart: Integers
    entity: Integers
    several: bool
    listed: Integers

    @classmethod
    def of(cls, shares: Shares, listed: Integers) -> _System:
        held = shares.high > 0
        if shares.kind is not None:
            held &= ~TIE_KINDS[shares.kind]
        held &= ~listed[shares.entity[shares.asset]]
        rows = np.flatnonzero(held)
        rows = rows[np.argsort(shares.asset[rows], kind="stable")]
        kind = None if shares.kind is None else shares.kind[rows]
        low, high = (
            (units[rows].astype(np.float64)) / shares.whole for units in (shares.low, shares.high)
        )
        slot = shares.asset[rows]
        # Rounded shares may add up to a little above the whole; a whole is all there is.
        total = np.bincount(slot, low, minlength=len(shares.total_low))
        low = low / np.maximum(total, 1.0)[slot]
        return cls(
            owner=shares.owner[rows],
            slot=slot,
            low=low,
            high=np.maximum(low, high),
            apart=np.zeros(len(rows), bool) if kind is None else APART_KINDS[kind],
            entity=shares.entity,
            several=len(shares.class_of) > 0,
            listed=listed,
        )

    def slot_shares(self, weight: Integers, of_owner: Integers) -> Integers:
        """Return what the listed have of each slot, given what they have of the owners."""
        return np.bincount(self.slot, weight * of_owner[self.owner], minlength=len(self.entity))

    def solved(
        self, weight: Integers, active: Integers | None, near: Integers
    ) -> tuple[Integers, Integers]:
        """Return the listed persons' share by entity for given weights and classes that count.

        And, by entity, whether it is good to `ACCURACY`.
        """
        rows = weight > 0 if active is None else (weight > 0) & active[self.slot]
        owner, asset = self.owner[rows], self.entity[self.slot[rows]]
        return _solve(owner, asset, weight[rows], (self.listed, near))

    def chosen(self, by_slot: Integers, *, greatest: bool) -> Integers | None:
        """Return which slot of each entity counts, True by slot; None where each has one."""
        if not self.several:
            return None
        size = len(self.listed)
        active = np.ones(len(self.entity), bool)
        classes = np.arange(size, len(self.entity))
        active[classes] = False
        key = -by_slot[classes] if greatest else by_slot[classes]
        order = np.lexsort((classes, np.round(key, 12), self.entity[classes]))
        best = classes[order]
        active[best[np.unique(self.entity[best], return_index=True)[1]]] = True
        return active


def _least(system: _System) -> tuple[Integers, Integers]:
    """Return the share at least: each share at its least, the class that gives least."""
    first = system.chosen(np.zeros(len(system.entity)), greatest=False)
    low, settled = system.solved(system.low, first, np.zeros(len(system.listed)))
    for _round in range(MOST_ROUNDS if system.several else 0):
        by_slot = system.slot_shares(system.low, low)
        less, fine = system.solved(system.low, system.chosen(by_slot, greatest=False), low)
        settled &= fine
        if np.max(low - less, initial=0.0) <= ACCURACY:
            break
        low = np.minimum(low, less)
    return low, settled


def _greatest(system: _System, low: Integers) -> tuple[Integers, Integers]:
    """Return the share at most: unknown shares go to the owners of whom the listed have most."""
    high, settled = low, np.ones(len(low), bool)
    is_open = np.bincount(system.slot[system.high > system.low], minlength=len(system.entity)) > 0
    order = np.flatnonzero(is_open[system.slot])
    for _round in range(MOST_ROUNDS):
        weight, order = _dealt(system, high, order)
        active = system.chosen(system.slot_shares(weight, high), greatest=True)
        more, fine = system.solved(weight, active, high)
        settled &= fine
        if np.max(more - high, initial=0.0) <= ACCURACY:
            break
        high = np.maximum(high, more)
    return high, settled


def _dealt(system: _System, share: Integers, order: Integers) -> tuple[Integers, Integers]:
    """Return each holding at the most that is left for it, best owners first, and that order.

    What stands apart may be the same shares under another name, so it can take their place.

    Args:
        order: rows of slots that leave something open, in the order of the round before.
    """
    size = len(system.entity)
    beside = np.bincount(system.slot[system.apart], minlength=size)[system.slot] > 0
    base = np.where(beside, 0.0, system.low)
    room = 1.0 - np.bincount(system.slot, base, minlength=size)
    # Ties keep the order of the round before, or two circles could be dealt to in turn for ever.
    best = np.round(-share[system.owner[order]], 12)
    order = order[np.lexsort((best, system.slot[order]))]
    more = (system.high - base)[order]
    before = np.cumsum(more) - more
    slots = system.slot[order]
    starts = np.flatnonzero(np.concatenate(([True], slots[1:] != slots[:-1]))[: len(slots)])
    lengths = np.diff(np.append(starts, len(slots)))
    before -= np.repeat(before[starts], lengths)
    weight = base
    weight[order] += np.clip(room[slots] - before, 0.0, more)
    return weight, order


def _solve(
    owner: Integers, asset: Integers, weight: Integers, start: tuple[Integers, Integers]
) -> tuple[Integers, Integers]:
    """Return the least share of each entity that satisfies share = held by listed + A share.

    And, by entity, whether it is good to `ACCURACY`.

    Args:
        start: who is listed, bool by node number; shares near the answer, to begin from.
    """
    listed, near = start
    share, settled = listed.astype(np.float64), np.ones(len(listed), bool)
    nodes = np.flatnonzero(reached_from(owner, asset, listed) & ~listed)
    if not len(nodes):
        return share, settled
    given = np.bincount(asset, weight * share[owner], minlength=len(listed))
    at = np.full(len(listed), -1, np.int64)
    at[nodes] = np.arange(len(nodes))
    rows = np.flatnonzero((at[owner] >= 0) & (at[asset] >= 0))
    weight, ends = weight[rows], (at[asset[rows]], at[owner[rows]])
    shape = len(nodes), len(nodes)
    graph = sparse.csr_array((weight, ends), shape=shape)
    _count, label = csgraph.connected_components(graph, directed=True, connection="strong")
    # From assets to owners, a search in depth finishes with owners first, and so do its circles.
    order = np.argsort(label, kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    graph = sparse.csr_array((weight, (place[ends[0]], place[ends[1]])), shape=shape)
    nodes = nodes[order]
    found, settled[nodes] = _by_parts(graph, label[order], given[nodes], near[nodes])
    share[nodes] = np.clip(found, 0.0, 1.0)
    return share, settled


def _by_parts(
    graph: sparse.csr_array, label: Integers, given: Integers, near: Integers
) -> tuple[Integers, Integers]:
    """Return the shares, circle by circle where one is large, else all of a stretch at once."""
    large = np.bincount(label)[label] > LARGE
    cuts = np.flatnonzero((large[1:] != large[:-1]) | (large[1:] & (label[1:] != label[:-1]))) + 1
    found, settled = np.zeros(len(label)), np.ones(len(label), bool)
    for start, end in zip([0, *cuts.tolist()], [*cuts.tolist(), len(label)], strict=True):
        rows = graph[start:end]
        here = sparse.eye_array(end - start, format="csr") - rows[:, start:end]
        right = given[start:end] + rows @ found
        found[start:end], settled[start:end] = (
            _iterated(here, right, near[start:end]) if large[start] else _factored(here, right)
        )
    return found, settled


def _factored(system: sparse.csr_array, given: Integers) -> tuple[Integers, Integers]:
    ones = np.ones(len(given))
    for more in (0.0, LEAST_LOSS):
        try:
            factors = sparse_linalg.splu(
                (system + more * sparse.eye_array(len(given))).tocsc(),
                permc_spec="NATURAL",
                diag_pivot_thresh=0.0,
                options={"SymmetricMode": True},
            )
        except RuntimeError:
            continue  # Singular: beside 1, what leaves some circle is less than a float holds.
        found = factors.solve(given)
        return found, _good(system, given, found, factors.solve(ones))
    return 0 * ones, ones < 1


def _iterated(
    system: sparse.csr_array, given: Integers, near: Integers
) -> tuple[Integers, Integers]:
    ones = np.ones(len(given))
    settled = ones < 1
    for helped in (None, _nearly_inverse):
        limits = {"maxiter": MOST_STEPS, "M": helped(system) if helped else None}
        # What breaks down on the way shows in the result, which is checked.
        with np.errstate(over="ignore", invalid="ignore"):
            found, failed = sparse_linalg.bicgstab(
                system, given, x0=near, rtol=0.0, atol=ACCURACY * 1e-2, **limits
            )
            spread, unknown = sparse_linalg.bicgstab(system, ones, rtol=0.01, atol=0.0, **limits)
            if not failed and not unknown:
                settled = _good(system, given, found, spread)
        if settled.all():
            break
    return np.nan_to_num(found), settled


def _nearly_inverse(system: sparse.csr_array) -> sparse_linalg.LinearOperator | None:
    """Return what rings need, along which plain steps pass a share on by one owner at a time."""
    try:
        factors = sparse_linalg.spilu(system.tocsc(), fill_factor=MOST_FILL)
    except RuntimeError:
        return None
    return sparse_linalg.LinearOperator(system.shape, factors.solve)


def _good(system: sparse.csr_array, given: Integers, found: Integers, spread: Integers) -> Integers:
    """Return which shares are good to `ACCURACY`.

    Args:
        spread: row sums of the inverse. As that has no negative part, they times the greatest
            residual bound the error.
    """
    residual = np.abs(system @ found - given).max() + 2 * np.finfo(np.float64).eps
    good: Integers = np.abs(spread) * residual <= ACCURACY
    return good
