"""Steps from 500 seeds, best paths and communities on 1,000,000 entities and 5,000,000 edges.

Beside them igraph on the same graph and seeds (distances from a node joined to all seeds, the
fastest way it offers). Figures are CPU seconds; "load" is from an Arrow table of ids to arrays,
"steps" from arrays to arrays. For the 50 percent rule see `ownership.py`.

    python bench/graph.py [--nodes 1000000] [--edges 5000000] [--communities]
"""

from __future__ import annotations

import argparse
import resource
import time

import igraph
import numpy as np
import pyarrow as pa

from puente.graph.communities import communities
from puente.graph.numbering import positions
from puente.graph.paths import PathFinder, Ways
from puente.graph.steps import Network
from puente.graph.steps import reach as steps_reach

NONE = np.zeros(0, np.int32)


def timed(name: str, began: float) -> float:
    spent = time.process_time() - began
    print(f"{name:42s} {spent:8.2f} CPU-s")
    return spent


def edges(nodes: int, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Ends drawn with a heavy tail, as in registers: few hubs, many with one or two edges."""
    weight = rng.pareto(1.8, nodes) + 0.2
    steps = np.cumsum(weight) / weight.sum()
    ends = [np.minimum(np.searchsorted(steps, rng.random(count)), nodes - 1) for _side in range(2)]
    return ends[0], ends[1]


def bench_steps(nodes: int, count: int, rng: np.random.Generator) -> None:
    left, right = edges(nodes, count, rng)
    names = pa.array([f"e{n:07d}" for n in range(nodes)])
    kinds = pa.array([f"Kind{n}" for n in range(8)])
    table = pa.table(
        {
            "source_id": names.take(pa.array(left)),
            "target_id": names.take(pa.array(right)),
            "kind": kinds.take(pa.array(rng.integers(0, 8, count))),
        }
    )
    seeds = rng.choice(nodes, 500, replace=False)
    seed_ids = [f"e{n:07d}" for n in seeds]
    began = time.process_time()
    network = Network.of(table, seed_ids)
    timed("puente: load", began)
    began = time.process_time()
    found = steps_reach(network, positions(network.ids, seed_ids), NONE)
    timed("puente: steps, seed, via, kind (first call)", began)
    began = time.process_time()
    steps_reach(network, positions(network.ids, seed_ids), NONE)
    ours = timed("puente: steps, seed, via, kind", began)
    began = time.process_time()
    steps_reach(network, positions(network.ids, seed_ids), np.arange(0, len(network.ids), 50))
    timed("puente: the same with 2 % barred", began)
    began = time.process_time()
    graph = igraph.Graph(n=nodes + 1, edges=np.column_stack((left, right)))
    graph.add_edges([(nodes, int(seed)) for seed in seeds])
    timed("igraph: load", began)
    began = time.process_time()
    theirs = np.array(graph.distances(source=nodes)[0]) - 1
    spent = timed("igraph: distances", began)
    mine = {name: int(n) for name, n in zip(network.ids.to_pylist(), found.steps, strict=True)}
    same = all(
        mine.get(f"e{n:07d}", -1) == (-1 if np.isinf(d) else d)
        for n, d in enumerate(theirs[:nodes])
    )
    print(
        f"igraph : puente = {spent / ours:.1f}; same steps for every entity: {same};"
        f" {int((found.steps >= 0).sum())} reached"
    )


def bench_paths(nodes: int, count: int, rng: np.random.Generator) -> None:
    """Ten best paths of at most six steps between entities drawn at random."""
    left, right = edges(nodes, count, rng)
    names = pa.array([f"e{n:07d}" for n in range(nodes)])
    strengths = pa.array(["confirmed", "probable", "possible"])
    table = pa.table(
        {
            "source_id": names.take(pa.array(left)),
            "target_id": names.take(pa.array(right)),
            "kind": pa.repeat("Kind", count),
            "strength": strengths.take(pa.array(rng.integers(0, 3, count))),
        }
    )
    began = time.process_time()
    finder = PathFinder(table, Ways())
    timed("puente: load for paths", began)
    spent = []
    joined = np.intersect1d(left, right)
    for one, other in rng.choice(joined, (60, 2)):
        began = time.process_time()
        finder.paths(f"e{one:07d}", f"e{other:07d}")
        spent.append(1000 * (time.process_time() - began))
    low, middle, high = np.quantile(spent, (0.5, 0.9, 1.0))
    print(f"ten best paths, CPU-ms: half {low:.0f}, nine of ten {middle:.0f}, worst {high:.0f}")


def bench_communities(nodes: int, count: int, rng: np.random.Generator) -> None:
    """Leiden by Puente and by igraph alone, two passes each."""
    left, right = edges(nodes, count, rng)
    names = pa.array([f"e{n:07d}" for n in range(nodes)])
    table = pa.table(
        {"source_id": names.take(pa.array(left)), "target_id": names.take(pa.array(right))}
    )
    began = time.process_time()
    found = communities(table)
    ours = timed("puente: communities, from an Arrow table", began)
    began = time.process_time()
    graph = igraph.Graph(n=nodes, edges=np.column_stack((left, right))).simplify()
    theirs = graph.community_leiden(objective_function="modularity", n_iterations=2)
    spent = timed("igraph: communities, from numbers", began)
    print(
        f"igraph : puente = {spent / ours:.2f}; modularity {found.modularity:.4f} and"
        f" {graph.modularity(theirs.membership):.4f}"
    )


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("--nodes", type=int, default=1_000_000)
    ask.add_argument("--edges", type=int, default=5_000_000)
    ask.add_argument("--communities", action="store_true", help="takes minutes")
    chosen = ask.parse_args()
    bench_steps(chosen.nodes, chosen.edges, np.random.default_rng(1))
    bench_paths(chosen.nodes, chosen.edges, np.random.default_rng(2))
    if chosen.communities:
        bench_communities(chosen.nodes, chosen.edges, np.random.default_rng(3))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak {peak:.0f} MB, igraph included")


if __name__ == "__main__":
    main()
