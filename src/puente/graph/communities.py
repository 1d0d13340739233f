"""Communities: groups within which entities are joined more than chance would join them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from puente.graph.delimited import write_table
from puente.graph.edge_files import ALL_EDGES, Choice, read_edges
from puente.graph.folded import Folded

if TYPE_CHECKING:
    from pathlib import Path

Integers = np.ndarray[Any, Any]

FEW_PAIRS = 200_000
"""Up to so many pairs the method runs until nothing improves; beyond, `PASSES` times."""

PASSES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Communities:
    """Who belongs where.

    Attributes:
        table: id, community (int32, 1 is the largest; of equal size that with the smallest id),
            ordered by id.
        modularity: of this division, -0.5 to 1.
        settled: True if the method ran until nothing improved.
    """

    table: pa.Table
    modularity: float
    settled: bool

    @property
    def sizes(self) -> list[int]:
        """How many belong to each community, largest first."""
        counts: list[int] = np.bincount(self.table["community"].to_numpy())[1:].tolist()
        return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunitiesReport:
    """What `communities_in_file` read and found: rows used, and those not used."""

    communities: Communities
    edges: int
    rejects: tuple[tuple[int, str], ...]
    left_out: int


def communities(edges: pa.Table, *, seed: int = 0, resolution: float = 1.0) -> Communities:
    """Return the communities of an edges table (source_id, target_id), by modularity.

    Directions, strengths and parallel edges are left out of account. The same edges in any order
    and the same seed give the same answer.

    Args:
        resolution: above 1 more and smaller communities, below 1 fewer and larger ones.

    Limits: a division is one of many that are nearly as good; another seed shows how firm it is.
    Source: V. A. Traag, L. Waltman and N. J. van Eck, From Louvain to Leiden, Scientific Reports
        9 (2019) 5233.
    """
    import igraph

    network = Folded.of(edges)
    settled = len(network.pairs) <= FEW_PAIRS
    igraph.set_random_number_generator(random.Random(seed))  # noqa: S311 (no secret)
    try:
        found = network.graph().community_leiden(
            objective_function="modularity",
            resolution=resolution,
            n_iterations=-1 if settled else PASSES,
        )
    finally:
        igraph.set_random_number_generator(random)
    numbers = _by_size(np.array(found.membership, np.int64))
    table = pa.table({"id": network.ids, "community": pa.array(numbers, pa.int32())})
    return Communities(table=table, modularity=float(found.modularity or 0.0), settled=settled)


def communities_in_file(
    path: Path,
    out: Path,
    choice: Choice = ALL_EDGES,
    *,
    seed: int = 0,
    resolution: float = 1.0,
) -> CommunitiesReport:
    """Write `id,community` for the edges of a CSV file `source,target,kind[,strength,from,to]`.

    Raises: InvalidData: the file is no such table; names file and line.
    """
    read = read_edges(path, choice)
    found = communities(read.edges, seed=seed, resolution=resolution)
    write_table(found.table, out)
    return CommunitiesReport(
        communities=found,
        edges=read.edges.num_rows,
        rejects=read.rejects,
        left_out=read.left_out,
    )


def _by_size(membership: Integers) -> Integers:
    """Return the communities numbered from 1, the largest first."""
    if not len(membership):
        return membership
    sizes = np.bincount(membership)
    first = np.full(len(sizes), len(membership))
    np.minimum.at(first, membership, np.arange(len(membership)))
    order = np.lexsort((first, -sizes))
    rank = np.empty(len(sizes), np.int64)
    rank[order] = np.arange(1, len(sizes) + 1)
    numbers: Integers = rank[membership]
    return numbers
