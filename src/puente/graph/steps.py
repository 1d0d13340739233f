"""How many steps from the seeds: the shortest way to each entity that can be reached.

A step goes from one entity to another over one edge. A barred entity (a victim, witness, minor or
relative who is on record only as such) neither seeds, nor is passed through, nor ends a way; an
edge that exists only because of such a role is no step either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from puente.graph.delimited import read_ids, write_table
from puente.graph.edge_files import ALL_EDGES, STRENGTHS, Choice, read_edges
from puente.graph.numbering import number, positions

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from puente.guard.view import View

Integers = np.ndarray[Any, Any]
UNREACHED = -1
APART = ("Rivalry",)
"""Kinds of edges that set two entities against each other: shown, but no step from a listed one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Edges as arrays, both ways where undirected, sorted by the entity they leave.

    Attributes:
        ids: entity id by node number, sorted.
        start: int64, one more than nodes; arcs `start[n]` to `start[n + 1]` leave node n.
        source, target: int32 node numbers by arc.
        rank: int32 by arc; lower is told first: strength, then name of the kind.
        kind: int32 by arc, a number in `kinds`.
        kinds: names of the edge kinds, sorted.
        row: int32 by arc, the row of the edges table that the arc is.
    """

    ids: pa.StringArray
    start: Integers
    source: Integers
    target: Integers
    rank: Integers
    kind: Integers
    kinds: tuple[str, ...]
    row: Integers

    @classmethod
    def of(cls, edges: pa.Table, also: Collection[str] = (), *, directed: bool = False) -> Network:
        """Return the network of an edges table; self-loops and non-suspect edges are left out.

        Args:
            edges: columns source_id, target_id, kind, and optionally strength and non_suspect.
            also: ids to hold even where no edge names them.

        Cost: 3 CPU-s for 1 M entities and 5 M edges.
        """
        ids, (left, right) = number([edges["source_id"], edges["target_id"]], also)
        kinds, kind = _kinds(edges["kind"])
        rank = _strength(edges) * np.int32(len(kinds) + 1) + kind
        rows = np.flatnonzero(_usable(edges, left, right)).astype(np.int32)
        if len(rows) < len(left):
            left, right, rank = left[rows], right[rows], rank[rows]
        if not directed:
            left, right = np.concatenate((left, right)), np.concatenate((right, left))
            rank, rows = np.concatenate((rank, rank)), np.concatenate((rows, rows))
        # Node and arc number in one word: sorting words is several times faster than argsort.
        order = np.sort((left.astype(np.int64) << 32) | np.arange(len(left))) & 0xFFFFFFFF
        counts = np.bincount(left, minlength=len(ids))
        rank = rank[order]
        return cls(
            ids=ids,
            start=np.concatenate(([0], np.cumsum(counts))),
            source=np.repeat(np.arange(len(ids), dtype=np.int32), counts),
            target=right[order],
            rank=rank,
            kind=rank % np.int32(len(kinds) + 1),
            kinds=kinds,
            row=rows[order],
        )

    def reversed(self) -> Network:
        """Return the network with every arc turned round."""
        order = np.argsort(self.target, kind="stable")
        counts = np.bincount(self.target, minlength=len(self.ids))
        return Network(
            ids=self.ids,
            start=np.concatenate(([0], np.cumsum(counts))),
            source=self.target[order],
            target=self.source[order],
            rank=self.rank[order],
            kind=self.kind[order],
            kinds=self.kinds,
            row=self.row[order],
        )

    def without(self, barred: Integers) -> Network:
        """Return the network with every arc from or to the nodes `barred` cut."""
        if not len(barred):
            return self
        shut = np.zeros(len(self.ids), bool)
        shut[barred] = True
        kept = np.flatnonzero(~(shut[self.source] | shut[self.target]))
        source = self.source[kept]
        start = np.concatenate(([0], np.cumsum(np.bincount(source, minlength=len(self.ids)))))
        return Network(
            ids=self.ids,
            start=start,
            source=source,
            target=self.target[kept],
            rank=self.rank[kept],
            kind=self.kind[kept],
            kinds=self.kinds,
            row=self.row[kept],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """The outcome by node number: int32 steps (-1: not reached), seed, via and kind (-1: none)."""

    steps: Integers
    seed: Integers
    via: Integers
    kind: Integers


@dataclass(frozen=True, slots=True, kw_only=True)
class StepsFiles:
    """The files that `steps_files` reads and writes.

    Attributes:
        edges: CSV `source,target,kind[,strength,from,to]`.
        seeds: CSV `id`.
        out: CSV `id,steps,seed_id,via,kind` to write.
    """

    edges: Path
    seeds: Path
    out: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class StepsReport:
    """What `steps_files` read and found.

    Attributes:
        edges, self_loops: rows used, and those of them that join an entity to itself (no step).
        left_out: rows that were not asked for.
        rejects: line and reason of each row left out.
        seeds, reached: seeds asked for, and entities reached with them.
    """

    edges: int
    self_loops: int
    rejects: tuple[tuple[int, str], ...]
    seeds: int
    reached: int
    left_out: int = 0


def steps(
    edges: pa.Table,
    seeds: Collection[str],
    *,
    directed: bool = False,
    barred: frozenset[str] = frozenset(),
    at_most: int | None = None,
) -> pa.Table:
    """Return every entity that can be reached from `seeds`, with the fewest steps to it.

    Seeds themselves are 0 steps away. Of several shortest ways, the one told ends in the strongest
    edge, then the first kind by name, then comes from the smallest id: the same rows in any order
    give the same answer.

    Args:
        edges: columns source_id, target_id, kind, and optionally strength (confirmed, probable,
            possible) and non_suspect (bool; true rows are no steps).
        seeds: ids; one that no edge names is reached all the same, alone.
        directed: follow edges from source to target only.
        barred: ids that neither seed, nor are passed, nor end a way.
        at_most: leave out what is further away.

    Returns: id, steps (int32), seed_id, via (the entity before; "" for a seed), kind (of the last
        edge; "" for a seed), ordered by steps, then id.
    """
    network = Network.of(edges, seeds, directed=directed)
    found = reach(network, positions(network.ids, seeds), positions(network.ids, barred))
    return _table(network, found, at_most)


def steps_from_listed(view: View) -> pa.Table:
    """Return the `steps` artefact: steps from every entity on a property-blocking list.

    Seeds are current entries of such lists alone; who is on record only as a non-suspect is barred;
    a rivalry is no step.
    """
    apart = ", ".join(f"'{kind}'" for kind in APART)
    edges = view.sql(
        "SELECT source_id, target_id, kind, strength, non_suspect FROM edges"
        f" WHERE kind NOT IN ({apart})"
    )
    nodes = view.sql(
        "SELECT cluster_id, blocked_list, standing = 'non_suspect' AS barred FROM nodes"
        " WHERE blocked_list OR standing = 'non_suspect'"
    )
    seeds = nodes.filter(nodes["blocked_list"])["cluster_id"].to_pylist()
    barred = nodes.filter(nodes["barred"])["cluster_id"].to_pylist()
    table = steps(edges, seeds, barred=frozenset(barred))
    return table.rename_columns(["cluster_id", *table.column_names[1:]])


def steps_files(
    files: StepsFiles,
    choice: Choice = ALL_EDGES,
    *,
    directed: bool = False,
    at_most: int | None = None,
) -> StepsReport:
    """Write the steps from the seeds of a file over the edges of a file, reachable entities only.

    Raises: InvalidData: a file that is no such table; names file and line.
    """
    read = read_edges(files.edges, choice)
    asked = read_ids(files.seeds)
    found = steps(read.edges, asked, directed=directed, at_most=at_most)
    write_table(found, files.out)
    return StepsReport(
        edges=read.edges.num_rows,
        self_loops=read.self_loops,
        rejects=read.rejects,
        seeds=len(asked),
        reached=found.num_rows,
        left_out=read.left_out,
    )


def reach(network: Network, seeds: Integers, barred: Integers) -> Reached:
    """Return steps, seed, via and kind by node number.

    Args:
        seeds, barred: node numbers.

    Cost: linear; under 1 CPU-s for 1 M nodes, 5 M undirected edges and 500 seeds.
    """
    network = network.without(barred)
    seeds = np.setdiff1d(seeds, barred)
    distance = _distances(network, seeds)
    via, kind = _parents(network, distance)
    seed = _roots(via, seeds, len(network.ids))
    return Reached(steps=distance, seed=seed, via=via, kind=kind)


def _distances(network: Network, seeds: Integers) -> Integers:
    """Return the steps to each node: a breadth-first search from one node joined to all seeds."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import breadth_first_order

    nodes = len(network.ids)
    distance = np.full(nodes, UNREACHED, np.int32)
    if not len(seeds):
        return distance
    start = np.append(network.start, len(network.target) + len(seeds))
    target = np.concatenate((network.target, seeds.astype(np.int32)))
    graph = csr_matrix((nodes + 1, nodes + 1))
    graph.indptr, graph.indices = start.astype(np.int32), target
    graph.data = np.ones(len(target))
    order, before = breadth_first_order(graph, nodes, directed=True, return_predecessors=True)
    # Pointer jumping: each pass doubles how far back a node has counted its ancestors.
    up = before.astype(np.int64)
    up[nodes] = nodes
    up[up < 0] = nodes
    hops = np.zeros(nodes + 1, np.int32)
    hops[order] = 1
    hops[nodes] = 0
    while True:
        further = hops[up]
        if not further[order].any():
            break
        hops += further
        up = up[up]
    reached = order[order < nodes]
    distance[reached] = hops[reached] - 1
    return distance


def _parents(network: Network, distance: Integers) -> tuple[Integers, Integers]:
    """Return, per node, the node before it on the way that is told, and the kind of that edge."""
    nodes = len(network.ids)
    via = np.full(nodes, UNREACHED, np.int32)
    kind = np.full(nodes, UNREACHED, np.int32)
    ahead = distance[network.target]
    arcs = np.flatnonzero((ahead > 0) & (distance[network.source] == ahead - 1))
    target = network.target[arcs]
    best = np.full(nodes, np.iinfo(np.int64).max)
    # Rank and arc number in one word; arcs are sorted by source, so ties go to the smallest id.
    word = (network.rank[arcs].astype(np.int64) << 32) | np.arange(len(arcs))
    np.minimum.at(best, target, word)
    found = np.flatnonzero(best < np.iinfo(np.int64).max)
    chosen = arcs[best[found] & 0xFFFFFFFF]
    via[found] = network.source[chosen]
    kind[found] = network.kind[chosen]
    return via, kind


def _roots(via: Integers, seeds: Integers, nodes: int) -> Integers:
    """Return the seed at the start of each node's way, by pointer jumping."""
    up = np.where(via >= 0, via, np.arange(nodes, dtype=via.dtype))
    while True:
        further = up[up]
        if np.array_equal(further, up):
            break
        up = further
    reached = via >= 0
    reached[seeds] = True
    return np.where(reached, up, UNREACHED)


def _table(network: Network, found: Reached, at_most: int | None) -> pa.Table:
    far = len(network.ids) if at_most is None else at_most
    rows = np.flatnonzero((found.steps >= 0) & (found.steps <= far))
    rows = rows[np.argsort(found.steps[rows], kind="stable")]
    names = pa.array([*network.kinds], pa.string())

    def taken(values: pa.Array, at: Integers) -> pa.Array:
        return pc.fill_null(values.take(pa.array(at, mask=at < 0)), "")

    return pa.table(
        {
            "id": network.ids.take(pa.array(rows)),
            "steps": pa.array(found.steps[rows], pa.int32()),
            "seed_id": taken(network.ids, found.seed[rows]),
            "via": taken(network.ids, found.via[rows]),
            "kind": taken(names, found.kind[rows]),
        }
    )


def _usable(edges: pa.Table, left: Integers, right: Integers) -> Integers:
    """Return which rows are steps: those between two, and not there for a non-suspect's role."""
    kept: Integers = left != right
    if "non_suspect" in edges.column_names:
        apart = pc.fill_null(edges["non_suspect"], fill_value=False)
        kept &= ~apart.combine_chunks().to_numpy(zero_copy_only=False)
    return kept


def _kinds(column: pa.ChunkedArray) -> tuple[tuple[str, ...], Integers]:
    """Return the names, sorted, and the number of each row's name among them."""
    if not len(column):
        return (), np.zeros(0, np.int32)
    names = pa.array(sorted(pc.unique(column).to_pylist()), pa.string())
    codes = [pc.index_in(chunk, names).to_numpy() for chunk in column.chunks]
    return tuple(names.to_pylist()), np.concatenate(codes).astype(np.int32, copy=False)


def _strength(edges: pa.Table) -> Integers:
    if "strength" not in edges.column_names:
        return np.zeros(edges.num_rows, np.int32)
    codes = pc.index_in(edges["strength"], pa.array(STRENGTHS))
    numbers = pc.fill_null(codes, len(STRENGTHS)).combine_chunks().to_numpy()
    ranks: Integers = numbers.astype(np.int32)
    return ranks
