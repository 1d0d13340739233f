"""Brokers: who stands on the ways between others, and how sure that is where edges are missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from puente.graph.edge_files import ALL_EDGES, Choice, read_edges
from puente.graph.folded import Folded
from puente.graph.key_players import KeyPlayers, key_players

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa

Numbers = np.ndarray[Any, np.dtype[np.float64]]

MOST_LOOKS = 2_000_000_000
"""Entities times edges up to which betweenness is exact; beyond, it is estimated from pivots."""

PIVOTS = 64
LEVEL = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of a network.

    Attributes:
        players: size of the set of key players.
        directed: betweenness along edges from source to target only. Key players take no account
            of directions.
        resamples: networks drawn with replacement, to see what missing edges could change.
        by: what is drawn: `edge` (each pair of entities), `kind` (all edges of a kind at once).
        seed: of the draws and the pivots.
    """

    players: int = 3
    directed: bool = False
    resamples: int = 0
    by: str = "edge"
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Brokers:
    """What was found, by node number of `network`.

    Attributes:
        betweenness: shortest paths between others that pass the entity, shared among equal ones;
            not normalised; undirected pairs count once.
        pivots: None where it is exact, else the entities from which it was estimated.
        key: the key players.
        low, high: of betweenness over the resamples, the middle `LEVEL`; None without resamples.
        held: share of the resamples with the entity among the key players; None without.
    """

    network: Folded
    betweenness: Numbers
    pivots: int | None
    key: KeyPlayers
    low: Numbers | None = None
    high: Numbers | None = None
    held: Numbers | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokersReport:
    """What `brokers_in_file` read and found: rows used, self-loops among them, rows not used."""

    brokers: Brokers
    edges: int
    self_loops: int
    rejects: tuple[tuple[int, str], ...]
    left_out: int


def _unseen(_done: int, _all: int) -> None:
    """Tell nobody how far the work is."""


def brokers(
    edges: pa.Table, asked: Asked, progress: Callable[[int, int], None] = _unseen
) -> Brokers:
    """Return betweenness and key players of an edges table (source_id, target_id, kind).

    Parallel edges count once and self-loops not at all.

    Limits: who is on many ways in a file is who the file's makers looked at; see `held` and the
        interval, and never read the order as guilt.
    Source: L. C. Freeman, A set of measures of centrality based on betweenness, Sociometry 40
        (1977) 35-41; for the estimate U. Brandes and C. Pich, Centrality estimation in large
        networks, Int. J. of Bifurcation and Chaos 17 (2007) 2303-2318.
    Cost: entities times edges; beyond `MOST_LOOKS`, `PIVOTS` times the edges.
    """
    network = Folded.of(edges, directed=asked.directed)
    rng = np.random.default_rng(asked.seed)
    between, pivots = _betweenness(network, rng)
    found = Brokers(
        network=network,
        betweenness=between,
        pivots=pivots,
        key=key_players(network, asked.players),
    )
    if not asked.resamples or not len(network.pairs):
        return found
    return _resampled(found, edges, asked, rng, progress)


def brokers_in_file(
    path: Path,
    asked: Asked,
    choice: Choice = ALL_EDGES,
    progress: Callable[[int, int], None] = _unseen,
) -> BrokersReport:
    """Return the brokers of a CSV file `source,target,kind[,strength,from,to]`.

    Raises: InvalidData: the file is no such table; names file and line.
    """
    read = read_edges(path, choice)
    return BrokersReport(
        brokers=brokers(read.edges, asked, progress),
        edges=read.edges.num_rows,
        self_loops=read.self_loops,
        rejects=read.rejects,
        left_out=read.left_out,
    )


def _betweenness(network: Folded, rng: np.random.Generator) -> tuple[Numbers, int | None]:
    nodes = len(network.ids)
    graph = network.graph()
    if nodes * len(network.pairs) <= MOST_LOOKS:
        return np.array(graph.betweenness(directed=network.directed), np.float64), None
    pivots = np.sort(rng.choice(nodes, min(PIVOTS, nodes), replace=False))
    found = np.array(
        graph.betweenness(directed=network.directed, sources=pivots.tolist()), np.float64
    )
    return found * (nodes / len(pivots)), len(pivots)


def _resampled(
    found: Brokers,
    edges: pa.Table,
    asked: Asked,
    rng: np.random.Generator,
    progress: Callable[[int, int], None],
) -> Brokers:
    network = found.network
    groups = _groups(network, edges, asked.by)
    between = np.empty((asked.resamples, len(network.ids)))
    held = np.zeros(len(network.ids))
    for turn in range(asked.resamples):
        drawn = np.unique(rng.integers(0, len(groups), len(groups)))
        part = network.with_pairs(np.unique(np.concatenate([groups[n] for n in drawn])))
        between[turn] = _betweenness(part, rng)[0]
        held[list(key_players(part, asked.players).numbers)] += 1
        progress(turn + 1, asked.resamples)
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(between, (tail, 1 - tail), axis=0)
    return Brokers(
        network=network,
        betweenness=found.betweenness,
        pivots=found.pivots,
        key=found.key,
        low=low,
        high=high,
        held=held / asked.resamples,
    )


def _groups(network: Folded, edges: pa.Table, by: str) -> list[Numbers]:
    """Return the pairs that are drawn together."""
    if by == "edge":
        return list(np.arange(len(network.pairs)).reshape(-1, 1))
    kinds = edges["kind"].combine_chunks().dictionary_encode().indices.to_numpy()
    real = network.rows >= 0
    return [np.unique(network.rows[real & (kinds == kind)]) for kind in np.unique(kinds[real])]
