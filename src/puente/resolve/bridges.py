"""Which link holds a cluster together: the links without which it would fall apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Link = tuple[str, str, float]
"""Two record keys and the weight of the link between them, log2 odds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Links that hold two parts of a cluster together: without them it is two.

    Attributes:
        links: one where it is a bridge; several where only all of them together part it.
        weight: of the links together, log2 odds; the less, the weaker the hold.
        smaller, larger: the records on either side.
    """

    links: tuple[Link, ...]
    weight: float
    smaller: tuple[str, ...]
    larger: tuple[str, ...]

    @property
    def is_bridge(self) -> bool:
        """Return True if a single link holds the two parts together."""
        return len(self.links) == 1


def bridges(links: Sequence[Link]) -> tuple[Hold, ...]:
    """Return every single link without which its cluster would fall apart, the weakest first.

    Cost: linear in the links, and in the records of each cluster with a bridge.
    """
    graph, names = _graph(links)
    found = []
    for number in graph.bridges():
        edge = graph.es[number]
        without = graph.copy()
        without.delete_edges([number])
        sides = [without.subcomponent(end) for end in edge.tuple]
        found.append(_hold([links[number]], [[names[v] for v in side] for side in sides]))
    return tuple(sorted(found, key=lambda hold: (hold.weight, hold.links)))


def weakest_hold(links: Sequence[Link]) -> Hold | None:
    """Return what holds one cluster together least: the cut of least weight; None without links.

    A link's hold is its weight above nought: one that barely speaks for the pair holds little.

    Source: Stoer and Wagner, A simple min-cut algorithm, J. ACM 44 (1997).
    """
    if not links:
        return None
    graph, names = _graph(links)
    cut = graph.mincut(capacity=[max(weight, 0.01) for _l, _r, weight in links])
    sides = [[names[vertex] for vertex in side] for side in cut.partition]
    return _hold([links[number] for number in cut.cut], sides)


def holding_path(links: Sequence[Link], left: str, right: str) -> tuple[Link, ...]:
    """Return the links from one record to another whose weakest is as strong as can be.

    () where nothing joins them.

    Source: the path in a maximum spanning tree: Hu, The maximum capacity route problem, Operations
        Research 9 (1961).
    Cost: n log n in the links of the cluster.
    """
    ends = {key for one, other, _weight in links for key in (one, other)}
    if not {left, right} <= ends:
        return ()
    ordered = sorted(links)
    graph, names = _graph(ordered)
    strength = [-weight for _left, _right, weight in ordered]
    kept = sorted(graph.spanning_tree(weights=strength, return_tree=False))
    tree = graph.subgraph_edges(kept, delete_vertices=False)
    one, other = names.index(left), names.index(right)
    if other not in tree.subcomponent(one):
        return ()
    steps = tree.get_shortest_path(one, other, output="epath")
    return tuple(ordered[kept[step]] for step in steps)


def _graph(links: Sequence[Link]):  # type: ignore[no-untyped-def] # noqa: ANN202 - igraph has no types
    import igraph

    names = sorted({key for left, right, _weight in links for key in (left, right)})
    number = {name: place for place, name in enumerate(names)}
    ends = [(number[left], number[right]) for left, right, _weight in links]
    return igraph.Graph(n=len(names), edges=ends), names


def _hold(links: Sequence[Link], sides: Sequence[Sequence[str]]) -> Hold:
    smaller, larger = sorted((tuple(sorted(side)) for side in sides), key=lambda s: (len(s), s))
    return Hold(
        links=tuple(sorted(links)), weight=round(sum(weight for *_ends, weight in links), 4),
        smaller=smaller, larger=larger,
    )  # fmt: skip
