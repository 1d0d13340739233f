"""Balls around two entities: who can lie on a way between them that costs at most so much.

What an edge costs is told by its strength: a confirmed edge counts 1, a probable one 2, a possible
one 4, so that one possible link weighs as much as four confirmed ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from puente.graph.steps import Network

Integers = np.ndarray[Any, Any]

COSTS = (1, 2, 4, 4)
"""By strength: confirmed, probable, possible, not stated."""

FAR = np.int32(1 << 20)
"""A cost that no way has."""


def arc_costs(network: Network) -> Integers:
    """Return the cost of every arc, int8."""
    strength = network.rank // (len(network.kinds) + 1)
    costs: Integers = np.array(COSTS, np.int8)[strength]
    return costs


def arcs_of(network: Network, nodes: Integers) -> Integers:
    """Return the numbers of all arcs that leave `nodes`, in the order of the nodes."""
    begin, end = network.start[nodes], network.start[nodes + 1]
    count = end - begin
    before = np.concatenate(([0], np.cumsum(count)))
    arcs: Integers = np.arange(before[-1]) + np.repeat(begin - before[:-1], count)
    return arcs


class Ball:
    """What is reached from one node, by rising cost; it grows when asked to.

    Attributes:
        cost: int32 by node; what reaching it costs, exact up to `radius`.
        radius: up to which all is known.
        spent: nothing more can be reached.
    """

    def __init__(self, network: Network, costs: Integers, root: int, shut: Integers) -> None:
        """Begin with the node `root`; nodes marked in `shut` are reached, but not gone through."""
        self._network, self._costs, self._shut = network, costs, shut
        self.cost = np.full(len(network.ids), FAR, np.int32)
        self.cost[root] = 0
        self._place = np.zeros(len(network.ids), np.int32)
        self._waiting = {0: [np.array([root])]}
        self._settled: list[Integers] = []
        self._root = root
        self.radius = -1
        self.grow()

    @property
    def spent(self) -> bool:
        """True if all that can be reached is known."""
        return not self._waiting

    @property
    def edge(self) -> int:
        """How many nodes the next growth looks at, at the most."""
        return sum(len(part) for part in self._waiting.get(self.radius + 1, ()))

    @property
    def nodes(self) -> Integers:
        """Numbers of the nodes within the radius, by rising cost."""
        return np.concatenate(self._settled) if self._settled else np.zeros(0, np.int64)

    def least(self, nodes: Integers) -> Integers:
        """Return what each of `nodes` costs at the least, int32; exact within the radius."""
        beyond = FAR if self.spent else np.int32(self.radius + 1)
        costs: Integers = np.where(self.cost[nodes] <= self.radius, self.cost[nodes], beyond)
        return costs

    def grow(self) -> None:
        """Make the radius one larger."""
        self.radius += 1
        parts = self._waiting.pop(self.radius, None)
        if parts is None:
            return
        found = np.concatenate(parts)
        found = found[self.cost[found] == self.radius]
        # Whoever is named several times is kept once: where the last one to write stands.
        place = np.arange(len(found), dtype=np.int32)
        self._place[found] = place
        found = found[self._place[found] == place]
        self._settled.append(found)
        open_ones = found[~self._shut[found] | (found == self._root)]
        arcs = arcs_of(self._network, open_ones)
        target = self._network.target[arcs]
        new = self.radius + self._costs[arcs].astype(np.int32)
        for step in sorted(set(COSTS)):
            at = target[(new == self.radius + step) & (self.cost[target] > new)]
            if len(at):
                self.cost[at] = self.radius + step
                self._waiting.setdefault(self.radius + step, []).append(at)
