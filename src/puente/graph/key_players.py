"""Key players: the few without whom a network falls apart most.

Fragmentation is Borgatti's F of what is left when they are removed: the share of pairs of entities
that no path joins any more, 1 - sum of s(s - 1) over n(n - 1), with s the sizes of the components
and n the entities that are left.

Source: S. P. Borgatti, Identifying sets of key players in a social network, Computational &
Mathematical Organization Theory 12 (2006) 21-34.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from puente.graph.folded import Folded

MOST_STEPS = 20_000_000
"""Up to so many looks at an edge every set is tried; beyond, sets are improved one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPlayers:
    """The set found.

    Attributes:
        numbers: node numbers, sorted.
        fragmentation: F without them, 0 to 1; `before`: F of the whole network.
        exact: True if no other set of that size does better.
    """

    numbers: tuple[int, ...]
    fragmentation: float
    before: float
    exact: bool


def key_players(network: Folded, size: int) -> KeyPlayers:
    """Return the `size` entities whose removal leaves the greatest fragmentation.

    Every set is tried where that is at most `MOST_STEPS` looks; else the best found from three
    beginnings (one by one, the most joined, those with most pairs beside them) by exchanging one
    for another as long as that helps. Of equal sets the one of the smallest numbers is told.

    Args:
        size: 1 to one less than the entities; more is cut to that.
    Cost: one look at every edge for each set of `size` - 1, or for each exchange tried.
    """
    maze = _Pieces.of(network)
    nodes = len(maze.beside)
    size = max(0, min(size, nodes - 1))
    before = _share(maze.joined(()), nodes)
    if size == 0:
        return KeyPlayers(numbers=(), fragmentation=before, before=before, exact=True)
    exact = comb(nodes, size - 1) * (nodes + 2 * len(network.pairs)) <= MOST_STEPS
    if exact:
        sets = (maze.best_with(others) for others in combinations(range(nodes), size - 1))
        joined, numbers = min(sets)
    else:
        joined, numbers = min(_improved(maze, first) for first in _beginnings(maze, size))
    return KeyPlayers(
        numbers=numbers,
        fragmentation=_share(joined, nodes - size),
        before=before,
        exact=exact,
    )


def fragmentation(network: Folded, without: Iterable[int] = ()) -> float:
    """Return Borgatti's F, 0 to 1, of what is left when the nodes `without` are removed."""
    gone = tuple(sorted(set(without)))
    maze = _Pieces.of(network)
    return _share(maze.joined(gone), len(maze.beside) - len(gone))


def _share(joined: int, nodes: int) -> float:
    return 1.0 - joined / (nodes * (nodes - 1)) if nodes > 1 else 1.0


def _beginnings(maze: _Pieces, size: int) -> list[tuple[int, ...]]:
    chosen: tuple[int, ...] = ()
    for _step in range(size):
        chosen = maze.best_with(chosen)[1]
    by_degree = sorted(range(len(maze.beside)), key=lambda node: (-len(maze.beside[node]), node))
    alone = maze.joined_without_each(())
    by_cut = sorted(range(len(alone)), key=lambda node: (alone[node], node))
    return [chosen, tuple(sorted(by_degree[:size])), tuple(sorted(by_cut[:size]))]


def _improved(maze: _Pieces, numbers: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    """Exchange one for another as long as that leaves fewer joined."""
    best = (maze.joined(numbers), numbers)
    while True:
        held = best[1]
        tried = min(maze.best_with(tuple(n for n in held if n != out)) for out in held)
        if tried >= best:
            return best
        best = tried


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pieces:
    """Who is beside whom, and how many stay joined when some are removed.

    "Joined" counts ordered pairs of entities with a path between them.
    """

    beside: tuple[Sequence[int], ...]

    @classmethod
    def of(cls, network: Folded) -> _Pieces:
        nodes = len(network.ids)
        ends = np.concatenate((network.pairs, network.pairs[:, ::-1]))
        order = np.argsort(ends[:, 0], kind="stable")
        start = np.concatenate(([0], np.cumsum(np.bincount(ends[:, 0], minlength=nodes))))
        target = ends[order, 1].tolist()
        return cls(beside=tuple(target[start[n] : start[n + 1]] for n in range(nodes)))

    def joined(self, gone: tuple[int, ...]) -> int:
        """Return how many pairs stay joined without the nodes `gone`."""
        seen = [False] * len(self.beside)
        for node in gone:
            seen[node] = True
        total = 0
        for root in range(len(seen)):
            if seen[root]:
                continue
            seen[root] = True
            waiting, size = [root], 0
            while waiting:
                size += 1
                for other in self.beside[waiting.pop()]:
                    if not seen[other]:
                        seen[other] = True
                        waiting.append(other)
            total += size * (size - 1)
        return total

    def best_with(self, others: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
        """Return the pairs that stay joined, and the set, for the best one beside `others`."""
        joined = self.joined_without_each(others)
        for node in others:
            joined[node] = 1 << 62
        best = min(range(len(joined)), key=joined.__getitem__)
        return joined[best], tuple(sorted((*others, best)))

    def joined_without_each(self, gone: tuple[int, ...]) -> list[int]:
        """Return, for each node, how many pairs stay joined without it and the nodes `gone`.

        One depth-first search tells it for all: removing a node parts from the rest just those
        of its subtrees that reach nothing above it.
        """
        nodes = len(self.beside)
        number = [0] * nodes
        for node in gone:
            number[node] = -1
        apart, cut = [0] * nodes, [0] * nodes
        size, low = [1] * nodes, [0] * nodes
        component = [0] * nodes
        sizes: list[int] = []
        counter = 0
        for root in range(nodes):
            if number[root]:
                continue
            counter += 1
            number[root] = low[root] = counter
            component[root] = len(sizes)
            way = [(root, -1, iter(self.beside[root]))]
            while way:
                node, above, others = way[-1]
                for other in others:
                    if not number[other]:
                        counter += 1
                        number[other] = low[other] = counter
                        component[other] = len(sizes)
                        way.append((other, node, iter(self.beside[other])))
                        break
                    if other != above and 0 < number[other] < low[node]:
                        low[node] = number[other]
                else:
                    way.pop()
                    if above >= 0:
                        size[above] += size[node]
                        low[above] = min(low[above], low[node])
                        if low[node] >= number[above]:
                            apart[above] += size[node] * (size[node] - 1)
                            cut[above] += size[node]
            sizes.append(size[root])
        whole = sum(s * (s - 1) for s in sizes)
        joined = []
        for node in range(nodes):
            if number[node] < 0:
                joined.append(whole)
                continue
            held = sizes[component[node]]
            rest = held - 1 - cut[node]
            joined.append(whole - held * (held - 1) + apart[node] + rest * (rest - 1))
        return joined
