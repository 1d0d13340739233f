"""The best paths between two entities, by their evidence.

A path costs what its edges cost (`balls.COSTS`): a confirmed edge 1, a probable one 2, a possible
one 4. The cheapest paths are told first, of equal ones the one of fewer steps, then by the ids on
the way; no entity is passed twice. A path is as strong as its weakest edge. Edges that join the
same two entities are one step: the strongest is told, with the kinds of the others.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from puente.errors import NotFound
from puente.graph.balls import Ball, arc_costs, arcs_of
from puente.graph.edge_files import ALL_EDGES, STRENGTHS, Choice, read_edges
from puente.graph.numbering import positions
from puente.graph.steps import Network
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from puente.graph.balls import Integers

_STEP = 64
"""Weight of one of cost beside that of a step: the cheaper path first, then the shorter one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How paths are looked for.

    Attributes:
        most: paths to return.
        at_most: steps of a path.
        directed: follow edges from source to target only.
        in_time_order: each edge must still stand when, or stand again after, the one before it
            began. An edge without dates may stand at any time.
        hub: entities with more edges than this are ends of a path, but not passed; None passes all.
        barred: ids that are neither passed nor ends.
    """

    most: int = 10
    at_most: int = 6
    directed: bool = False
    in_time_order: bool = False
    hub: int | None = None
    barred: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class PathEdge:
    """One step of a path.

    Attributes:
        source, target: as the edge runs, which may be against the path.
        kinds: of all edges between the two, the one that is told first.
        strength, date_from, date_to: of the edge that is told; "" where not stated.
        row: its number in the edges table.
    """

    source: str
    target: str
    kinds: tuple[str, ...]
    strength: str
    date_from: str
    date_to: str
    row: int

    def as_json(self) -> dict[str, object]:
        """Return the edge for JSON."""
        return {
            "source": self.source,
            "target": self.target,
            "kind": self.kinds[0],
            "kinds": list(self.kinds),
            "strength": self.strength or None,
            "from": self.date_from or None,
            "to": self.date_to or None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPath:
    """A path.

    Attributes:
        nodes: ids from one end to the other.
        edges: one fewer.
        strength: of the weakest edge; "" where one states none.
        cost: the sum of what the edges cost.
    """

    nodes: tuple[str, ...]
    edges: tuple[PathEdge, ...]
    strength: str
    cost: int

    def as_json(self) -> dict[str, object]:
        """Return the path for JSON."""
        return {
            "nodes": list(self.nodes),
            "edges": [edge.as_json() for edge in self.edges],
            "strength": self.strength or None,
            "cost": self.cost,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PathsReport:
    """What `paths_in_file` read and found.

    Attributes:
        paths: best first.
        hubs: ids that were not passed because of their many edges, though a path could have.
        edges, left_out, rejects: rows used; rows not asked for; line and reason of each that
            cannot be used.
    """

    paths: tuple[FoundPath, ...]
    hubs: tuple[str, ...]
    edges: int
    rejects: tuple[tuple[int, str], ...]
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Arcs:
    """Some arcs: the numbers of their ends, their weights and their own numbers."""

    left: Integers
    right: Integers
    weight: Integers
    number: Integers


class PathFinder:
    """Finds paths in one network; made once, asked many times."""

    def __init__(self, edges: pa.Table, ways: Ways) -> None:
        """Hold the arrays of `edges`, as `steps.Network` reads them.

        Args:
            edges: source_id, target_id, kind, and optionally strength, date_from, date_to,
                non_suspect (rows that are true are no steps).

        Cost: 3 CPU-s for 1 M entities and 5 M edges.
        """
        self.network = Network.of(edges, directed=ways.directed)
        self._back = self.network.reversed() if ways.directed else self.network
        self._edges, self._ways = edges, ways
        self._costs = arc_costs(self.network)
        self._back_costs = arc_costs(self._back) if ways.directed else self._costs
        degree = np.diff(self.network.start)
        if ways.directed:
            degree = degree + np.diff(self._back.start)
        self._hub = degree > ways.hub if ways.hub is not None else np.zeros(len(degree), bool)
        self._shut = self._hub.copy()
        self._shut[positions(self.network.ids, ways.barred)] = True

    def paths(self, start: str, end: str) -> tuple[tuple[FoundPath, ...], tuple[str, ...]]:
        """Return the best paths from `start` to `end`, and the hubs that none was let pass.

        Raises: NotFound: one of them is in no edge.
        Cost: under .1 CPU-s between two of 1 M entities with 5 M edges, 10 paths of 6 steps.
        """
        ends = [self._number(start), self._number(end)]
        if ends[0] == ends[1] or {start, end} & self._ways.barred:
            return (), ()
        shut = self._shut.copy()
        fore = Ball(self.network, self._costs, ends[0], shut)
        back = Ball(self._back, self._back_costs, ends[1], shut)
        highest = int(self._costs.max(initial=0)) * self._ways.at_most
        bound = 0
        found: list[tuple[list[int], list[int]]] = []
        near = False
        while bound < highest and len(found) < self._ways.most:
            bound = highest if fore.spent and back.spent else bound + 1
            # Most paths are found before it pays to ask who is near enough at all.
            if bound > 2 * self._ways.at_most and not near:
                near = self._keep_near(ends, shut)
                if not near:
                    break
            while fore.radius + back.radius < bound and not (fore.spent and back.spent):
                first = back.spent or (not fore.spent and fore.edge <= back.edge)
                (fore if first else back).grow()
            if self._meet(fore, back) <= bound:
                found = list(self._within(fore, back, ends, bound))
        hubs = self._hub_ids(fore, back, ends)
        return tuple(self._told(nodes, arcs) for nodes, arcs in found[: self._ways.most]), hubs

    def _number(self, entity: str) -> int:
        ids = self.network.ids
        at = bisect_left(range(len(ids)), entity, key=lambda number: str(ids[number]))
        if at == len(ids) or str(ids[at]) != entity:
            raise NotFound(_("no edge names {id}").format(id=entity))
        return at

    def _keep_near(self, ends: list[int], shut: Integers) -> bool:
        """Shut all that is too many steps from both ends; return True if a path is short enough."""
        ones = np.ones(len(self.network.target), np.int8)
        fore = Ball(self.network, ones, ends[0], shut)
        back = Ball(self._back, ones, ends[1], shut)
        while fore.radius + back.radius < self._ways.at_most and not (fore.spent or back.spent):
            (fore if fore.edge <= back.edge else back).grow()
        if self._meet(fore, back) > self._ways.at_most:
            return False
        near = np.zeros(len(shut), bool)
        near[fore.nodes] = near[back.nodes] = True
        shut |= ~near
        return True

    def _meet(self, fore: Ball, back: Ball) -> int:
        nodes = fore.nodes if len(fore.nodes) < len(back.nodes) else back.nodes
        return int((fore.cost[nodes].astype(np.int64) + back.cost[nodes]).min())

    def _hub_ids(self, fore: Ball, back: Ball, ends: list[int]) -> tuple[str, ...]:
        if not self._hub.any():
            return ()
        near = np.unique(np.concatenate((fore.nodes, back.nodes)))
        shut = near[self._hub[near] & ~np.isin(near, ends)]
        ids: list[str] = self.network.ids.take(pa.array(shut)).to_pylist()
        return tuple(ids)

    def _within(
        self, fore: Ball, back: Ball, ends: list[int], bound: int
    ) -> Iterator[tuple[list[int], list[int]]]:
        """Yield nodes and arcs of the paths that cost at most `bound`, best first."""
        arcs = self._arcs_within(fore, back, ends, bound)
        if not len(arcs):
            return
        source, target = self.network.source[arcs], self.network.target[arcs]
        nodes, local = np.unique(np.concatenate((source, target, ends)), return_inverse=True)
        usable = Arcs(
            left=local[: len(arcs)],
            right=local[len(arcs) : 2 * len(arcs)],
            weight=self._costs[arcs].astype(np.int64) * _STEP + 1,
            number=arcs,
        )
        start, end = (int(number) for number in local[-2:])
        maze = _Maze.of(usable, len(nodes), end, self._ways.at_most)
        dated = self._dates(arcs) if self._ways.in_time_order else {}
        for way, over in maze.walk(start, end, self._ways, bound, dated):
            yield [int(nodes[number]) for number in way], over

    def _arcs_within(self, fore: Ball, back: Ball, ends: list[int], bound: int) -> Integers:
        """Return the arcs that a path of cost `bound` can use."""
        arcs: Integers
        nodes = np.unique(np.concatenate((fore.nodes, back.nodes)))
        gone, togo = fore.least(nodes), back.least(nodes)
        passed = ~self._shut[nodes] | (nodes == ends[0])
        nodes = nodes[(gone + togo <= bound) & passed & (nodes != ends[1])]
        arcs = arcs_of(self.network, nodes)
        source, target = self.network.source[arcs], self.network.target[arcs]
        gone, togo = fore.least(source), back.least(target)
        kept: Integers = (gone + self._costs[arcs] + togo <= bound) & (target != ends[0])
        kept &= ~self._shut[target] | (target == ends[1])
        arcs, source, target = arcs[kept], source[kept], target[kept]
        if self._ways.in_time_order or not len(arcs):
            return arcs
        # Of parallel edges the strongest is the step.
        order = np.lexsort((arcs, self.network.rank[arcs], target, source))
        first = np.ones(len(order), bool)
        first[1:] = (np.diff(source[order]) != 0) | (np.diff(target[order]) != 0)
        best: Integers = arcs[order[first]]
        return best

    def _dates(self, arcs: Integers) -> dict[int, tuple[str, str]]:
        if "date_from" not in self._edges.column_names:
            return {}
        rows = self._edges.select(["date_from", "date_to"]).take(pa.array(self.network.row[arcs]))
        begin = [value or "" for value in rows["date_from"].to_pylist()]
        end = [value or "" for value in rows["date_to"].to_pylist()]
        return dict(zip(arcs.tolist(), zip(begin, end, strict=True), strict=True))

    def _told(self, nodes: list[int], arcs: list[int]) -> FoundPath:
        ids = self.network.ids.take(pa.array(nodes)).to_pylist()
        edges = tuple(self._edge(arc, other) for arc, other in zip(arcs, nodes[1:], strict=True))
        ranks = [STRENGTHS.index(e.strength) if e.strength else len(STRENGTHS) for e in edges]
        weakest = max(ranks)
        return FoundPath(
            nodes=tuple(ids),
            edges=edges,
            strength=STRENGTHS[weakest] if weakest < len(STRENGTHS) else "",
            cost=int(self._costs[arcs].sum()),
        )

    def _edge(self, arc: int, other: int) -> PathEdge:
        network = self.network
        beside = arcs_of(network, np.array([network.source[arc]]))
        beside = beside[network.target[beside] == other]
        kinds = network.kind[beside[np.argsort(network.rank[beside], kind="stable")]]
        first = network.kinds[network.kind[arc]]
        names = dict.fromkeys([first, *(network.kinds[kind] for kind in kinds)])
        row = self._edges.slice(int(network.row[arc]), 1).to_pylist()[0]
        return PathEdge(
            source=row["source_id"],
            target=row["target_id"],
            kinds=tuple(names),
            strength=row.get("strength") or "",
            date_from=row.get("date_from") or "",
            date_to=row.get("date_to") or "",
            row=int(network.row[arc]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maze:
    """The part of the network that paths can use, and from every place in it what is to go.

    Attributes:
        start: arcs `start[n]` to `start[n + 1]` leave node n.
        target, weight, arc: of each arc its end, its weight and its number in the network.
        togo: by steps left and node, the least weight to the end; infinite where it is too far.
    """

    start: Integers
    target: Integers
    weight: Integers
    arc: Integers
    togo: Integers

    @classmethod
    def of(cls, arcs: Arcs, nodes: int, end: int, at_most: int) -> _Maze:
        """Return the maze of some arcs whose ends are numbered from 0 to `nodes`."""
        order = np.argsort(arcs.left, kind="stable")
        left, right, weight = arcs.left[order], arcs.right[order], arcs.weight[order]
        togo = np.full((at_most + 1, nodes), np.inf)
        togo[:, end] = 0
        for left_over in range(1, at_most + 1):
            togo[left_over] = togo[left_over - 1]
            np.minimum.at(togo[left_over], left, weight + togo[left_over - 1][right])
        start = np.concatenate(([0], np.cumsum(np.bincount(left, minlength=nodes))))
        return cls(start=start, target=right, weight=weight, arc=arcs.number[order], togo=togo)

    def walk(
        self, start: int, end: int, ways: Ways, bound: int, dated: Mapping[int, tuple[str, str]]
    ) -> Iterator[tuple[tuple[int, ...], list[int]]]:
        """Yield paths, the cheapest first; of each beginning it is known what it comes to."""
        limit = bound * _STEP + ways.at_most
        waiting: list[tuple[float, tuple[int, ...], tuple[int, ...], int, str]] = []
        waiting.append((self.togo[ways.at_most, start], (start,), (), 0, ""))
        told: set[tuple[int, ...]] = set()
        while waiting and len(told) < ways.most:
            least, way, over, spent, time = heapq.heappop(waiting)
            if least > limit:
                return
            node = way[-1]
            if node == end:
                if way not in told:
                    told.add(way)
                    yield way, list(over)
                continue
            leaving = slice(self.start[node], self.start[node + 1])
            target, weight = self.target[leaving], self.weight[leaving] + spent
            comes_to = weight + self.togo[ways.at_most - len(way)][target]
            for at in np.flatnonzero(comes_to <= limit).tolist():
                other, arc = int(target[at]), int(self.arc[leaving][at])
                begin, until = dated.get(arc, ("", ""))
                moment = max(time, begin)
                if other in way or (until and moment > f"{until}~"):
                    continue
                entry = (float(comes_to[at]), (*way, other), (*over, arc), int(weight[at]), moment)
                heapq.heappush(waiting, entry)


def best_paths(edges: pa.Table, start: str, end: str, ways: Ways) -> tuple[FoundPath, ...]:
    """Return the best paths of an edges table from `start` to `end`; see `PathFinder`."""
    return PathFinder(edges, ways).paths(start, end)[0]


def paths_in_file(
    path: Path, start: str, end: str, ways: Ways, choice: Choice = ALL_EDGES
) -> PathsReport:
    """Return the best paths over the edges of a CSV file `source,target,kind[,strength,from,to]`.

    Raises: InvalidData: the file is no such table. NotFound: an end is in no edge.
    """
    read = read_edges(path, choice)
    found, hubs = PathFinder(read.edges, ways).paths(start, end)
    return PathsReport(
        paths=found,
        hubs=hubs,
        edges=read.edges.num_rows,
        rejects=read.rejects,
        left_out=read.left_out,
    )
