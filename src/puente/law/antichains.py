"""Smallest sets that bring something about: unions, combinations, and what makes one of them idle.

An antichain is a family of sets of which none holds another. Every explanation in this room is
one: the smallest sets of items that carry a whole, the smallest sets of elements it still wants.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from puente.law.elements import AnyOf, Element, Node, Unless, leaves, walk
from puente.law.evidence import Side

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T", str, tuple[str, Side])

OTHER = {Side.PRO: Side.CON, Side.CON: Side.PRO}


@dataclass(frozen=True, slots=True)
class Antichain(Generic[T]):
    """The smallest sets, smallest first.

    Attributes:
        sets: the sets; none holds another. No set at all: it cannot be brought about. One empty
            set: it stands already.
        cut: True where sets were left out because they were too many.

    Source: Berge, "Hypergraphs" (1989), minimal transversals by products.
    """

    sets: tuple[frozenset[T], ...] = ()
    cut: bool = False


def smallest(sets: Iterable[frozenset[T]], most: int, *, cut: bool = False) -> Antichain[T]:
    """Return the smallest sets among `sets`, without those that hold another.

    Args:
        most: 1..; how many to keep.
        cut: whether sets were left out before.

    Source: Berge (1989).
    Cost: the number of sets times `most`.
    """
    by_size: dict[int, set[frozenset[T]]] = defaultdict(set)
    for one in sets:
        by_size[len(one)].add(one)
    kept: list[frozenset[T]] = []
    for size in sorted(by_size):
        lesser = list(kept)  # of two sets of one size neither holds the other
        for one in sorted(by_size[size], key=sorted):
            if any(other <= one for other in lesser):
                continue
            if len(kept) == most:
                return Antichain(tuple(kept), cut=True)
            kept.append(one)
    # Where there is no way at all, or nothing is wanted, nothing that was left out can matter.
    return Antichain(tuple(kept), cut=cut and bool(kept) and frozenset() not in kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways(Generic[T]):
    """The recursion over a tree that finds the smallest ways to bring one of its sides about.

    Attributes:
        leaf: the smallest ways to bring about a side of one element.
        most: 1..; how many ways to keep at each node.

    Source: de Kleer, "An assumption-based TMS" (1986): labels as minimal environments. The
        recursion follows the tree, so it never tries all subsets.
    Cost: at each node at most the square of `most` unions for each of its members.
    Limits: where an element stands twice in a tree and sets were cut, a set may hold one that was
        cut away; `sound` mends that. Where none stands twice, the sets kept are the smallest ones.
    """

    leaf: Callable[[Element, Side], Antichain[T]]
    most: int

    def to(self, node: Node, side: Side) -> Antichain[T]:
        """Return the smallest ways to bring about `side` of `node`."""
        if isinstance(node, Element):
            return self.leaf(node, side)
        if isinstance(node, Unless):
            parts = [self.to(node.main, side), self.to(node.exception, OTHER[side])]
            return self._every(parts) if side is Side.PRO else self._any(parts)
        parts = [self.to(child, side) for child in node.nodes]
        # What needs any of its members is countered only through every one of them.
        needs_every = isinstance(node, AnyOf) is (side is Side.CON)
        return self._every(parts) if needs_every else self._any(parts)

    def _any(self, parts: Iterable[Antichain[T]]) -> Antichain[T]:
        listed = list(parts)
        found = [one for part in listed for one in part.sets]
        return smallest(found, self.most, cut=any(part.cut for part in listed))

    def _every(self, parts: Iterable[Antichain[T]]) -> Antichain[T]:
        whole: Antichain[T] = Antichain((frozenset(),))
        for part in parts:
            pairs = (one | other for one in whole.sets for other in part.sets)
            whole = smallest(pairs, self.most, cut=whole.cut or part.cut)
        return whole


def stands_twice(tree: Node) -> bool:
    """Return True if an element stands at two places of a tree.

    Source: the instrument and its readings.
    """
    places = [node for node in walk(tree) if isinstance(node, Element)]
    return len(places) > len(leaves(tree))


def sound(found: Antichain[T], holds: Callable[[frozenset[T]], bool], most: int) -> Antichain[T]:
    """Return the antichain with each set made minimal.

    Needed only where sets were cut and an element stands twice.

    Args:
        holds: whether a set brings it about.

    Source: Puente's convention: what is shown is minimal, also where not all is shown.
    Cost: one test for each member of each set.
    """
    lean: list[frozenset[T]] = []
    for one in found.sets:
        for member in sorted(one):
            if holds(one - {member}):
                one -= {member}
        lean.append(one)
    return smallest(lean, most, cut=True)
