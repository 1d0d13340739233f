"""Why a whole stands as it does under one reading: what carries it, what it lacks, what it needs.

Source: de Kleer, "An assumption-based TMS" (1986) (minimal environments); Reiter, "A theory of
    diagnosis from first principles" (1987) (minimal sets that mend); what is counted is in
    docs/decisions/0009.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

from puente.law.antichains import OTHER, Antichain, T, Ways, smallest, sound, stands_twice
from puente.law.elements import Element, Node, Unless, children, leaves
from puente.law.evidence import Side
from puente.law.record import OnRecord, evaluate
from puente.law.standards import PATTERNS, Shortfall, Weight, meets, shortfalls
from puente.law.status import Bit, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from puente.law.standards import Pattern, Standard

MOST = 50
"""How many smallest sets of one kind are shown; beyond, the explanation says so."""

_STEPS = (1, 4, 16)
"""How much more is kept within, in turn, where cutting left fewer sets than are shown."""

Need = tuple[str, Side]
"""An element and the side of it that evidence would have to bring about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadBearing:
    """What takes a side of the whole away when it falls.

    Attributes:
        name: the id of an item, or of an independence group with all its items.
        side: the side of the whole that falls with it.

    Source: Puente's convention: a source that recants takes all its items along.
    """

    name: str
    side: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why the whole stands as it does under one reading.

    Attributes:
        sufficient: for each side of the whole, the smallest sets of items that carry it alone.
        missing: for each side of the whole that is not reached, the smallest sets of elements that
            evidence would have to bring about, each with the side of it: an exception is overcome
            on its con side.
        wanting: for each of these, the further groups of evidence that its standard takes.
        bearing_items, bearing_groups: what takes a side of the whole away when it falls alone.
        unanswered: items that speak against the whole and that no item and no determination
            answers.

    Source: docs/decisions/0009.
    """

    sufficient: Mapping[Side, Antichain[str]]
    missing: Mapping[Side, Antichain[Need]]
    wanting: Mapping[Need, tuple[Shortfall, ...]]
    bearing_items: tuple[LoadBearing, ...]
    bearing_groups: tuple[LoadBearing, ...]
    unanswered: tuple[str, ...]


def explain(tree: Node, record: Mapping[str, OnRecord], answered: frozenset[str]) -> Explanation:
    """Return why a tree stands as it does on a record.

    Args:
        record: what is on record on each element of the tree, by its id.
        answered: ids of items that an item or a determination answers.

    Source: de Kleer (1986); Reiter (1987).
    Cost: of the sets, at most the square of `MOST` unions at each node, whatever the number of
        items; of what bears the load, one evaluation for each element and each group.
    """
    statuses = {name: on.status() for name, on in record.items()}
    whole = evaluate(tree, statuses)
    missing = {side: missing_sets(tree, statuses, side) for side in Side}
    needs = {need for found in missing.values() for one in found.sets for need in one}
    return Explanation(
        sufficient={side: sufficient_sets(tree, record, side) for side in Side},
        missing=missing,
        wanting={need: _wanting(record[need[0]], need[1]) for need in sorted(needs)},
        bearing_items=_bearing_items(tree, record, whole),
        bearing_groups=_bearing_groups(tree, record, whole),
        unanswered=_unanswered(tree, record, answered),
    )


def _smallest_ways(
    tree: Node,
    side: Side,
    leaf: Callable[[int], Callable[[Element, Side], Antichain[T]]],
    holds: Callable[[frozenset[T]], bool],
    most: int,
) -> Antichain[T]:
    """Return the `most` smallest ways to bring about a side of a tree.

    Args:
        leaf: gives, for how many ways are kept within, the ways to bring about an element.
        holds: whether a set brings it about.
    """
    found: Antichain[T] = Antichain()
    for step in _STEPS:
        kept = (most + 1) * step
        found = Ways(leaf=leaf(kept), most=kept).to(tree, side)
        if not (found.cut and stands_twice(tree)):
            return smallest(found.sets, most, cut=found.cut)
        found = sound(found, holds, most)
        if len(found.sets) == most:
            break
    return found


# --- what carries it ---------------------------------------------------------------------------


def sufficient_sets(
    tree: Node, record: Mapping[str, OnRecord], side: Side, most: int = MOST
) -> Antichain[str]:
    """Return the smallest sets of items each of which brings about a side of the whole alone.

    Args:
        most: 1..; how many to return; where there are more, the smallest, and `cut` is set.

    Returns: no set where that side is not reached.

    Source: de Kleer (1986): minimal environments of a node.
    Cost: see `explain`.
    """

    def holds(items: frozenset[str]) -> bool:
        statuses = {name: _status_of(on, items) for name, on in record.items()}
        return _bit(evaluate(tree, statuses), side) is True

    return _smallest_ways(tree, side, lambda kept: _item_leaf(record, kept), holds, most)


def _status_of(on: OnRecord, items: frozenset[str]) -> Status:
    kept = tuple(item for item in on.items if item.id in items)
    return OnRecord(element=on.element, filed=kept, searched=True, feeds=on.feeds).status()


def _item_leaf(
    record: Mapping[str, OnRecord], most: int
) -> Callable[[Element, Side], Antichain[str]]:
    """Return what gives the smallest sets of items that meet an element's standard on one side."""

    def leaf(element: Element, side: Side) -> Antichain[str]:
        on = record[element.id]
        if not on.is_assessed or not meets(on.standard, on.groups(side).values()):
            return Antichain()
        groups: dict[Weight, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for item in on.on(side):
            groups[item.weight][item.group].append(item.id)
        by_weight = {w: sorted(named.items()) for w, named in groups.items() if w}
        found: list[frozenset[str]] = []
        for pattern in _exact_patterns(on.standard, sorted(by_weight, reverse=True)):
            for chosen in _choices(by_weight, pattern, frozenset(), 0):
                if len(found) == most:
                    return Antichain(tuple(found), cut=True)
                found.append(frozenset(chosen))
        return Antichain(tuple(found))

    return leaf


def _exact_patterns(standard: Standard, weights: Sequence[Weight]) -> list[Pattern]:
    """Return the combinations of weights that just meet the standard, shortest first.

    Among items of one weight each is as good as another, so the few combinations of weights are
    tried instead of the many of items.
    """
    longest = max(len(pattern) for pattern in PATTERNS[standard])
    return [
        combination
        for size in range(1, longest + 1)
        for combination in combinations_with_replacement(weights, size)
        if meets(standard, combination)
        and not any(
            meets(standard, combination[:place] + combination[place + 1 :]) for place in range(size)
        )
    ]


def _choices(
    by_weight: Mapping[Weight, Sequence[tuple[str, Sequence[str]]]],
    pattern: Pattern,
    taken: frozenset[str],
    start: int,
) -> Iterator[tuple[str, ...]]:
    """Yield each way to fill exact weights with items of different groups, each way once."""
    if not pattern:
        yield ()
        return
    first, rest = pattern[0], pattern[1:]
    for place, (group, items) in enumerate(by_weight[first]):
        if place < start or group in taken:
            continue
        # Places of one weight are filled in the order of the groups: no pair comes twice.
        after = place + 1 if rest and rest[0] is first else 0
        for item in items:
            for others in _choices(by_weight, rest, taken | {group}, after):
                yield (item, *others)


# --- what it wants -----------------------------------------------------------------------------


def missing_sets(
    tree: Node, statuses: Mapping[str, Status], side: Side, most: int = MOST
) -> Antichain[Need]:
    """Return the smallest sets of elements whose evidence would bring about a side of the whole.

    Args:
        statuses: of each element by its id.
        most: 1..; how many to return.

    Returns: no set where that side is reached already.

    Source: Reiter (1987), minimal diagnoses, here of what is not reached.
    Cost: see `explain`.
    """
    if _bit(evaluate(tree, statuses), side) is True:
        return Antichain()

    def leaf(element: Element, wanted: Side) -> Antichain[Need]:
        status = statuses.get(element.id)
        there = status is not None and _bit(status, wanted) is True
        return Antichain((frozenset() if there else frozenset({(element.id, wanted)}),))

    def holds(needs: frozenset[Need]) -> bool:
        raised = dict(statuses)
        for name, wanted in needs:
            raised[name] = _with(raised.get(name), wanted, bit=True)
        return _bit(evaluate(tree, raised), side) is True

    return _smallest_ways(tree, side, lambda _kept: leaf, holds, most)


def _wanting(on: OnRecord, side: Side) -> tuple[Shortfall, ...]:
    return shortfalls(on.standard, on.groups(side).values())


# --- what it rests on --------------------------------------------------------------------------


def _bearing_items(
    tree: Node, record: Mapping[str, OnRecord], whole: Status
) -> tuple[LoadBearing, ...]:
    statuses = {name: on.status() for name, on in record.items()}
    found: list[LoadBearing] = []
    for name in sorted(record):
        on = record[name]
        for side in Side:
            if _bit(statuses[name], side) is not True:
                continue
            critical = [
                item.id
                for item in on.on(side)
                if not meets(on.standard, on.groups(side, without=item.id).values())
            ]
            if not critical:
                continue
            lowered = {**statuses, name: _with(statuses[name], side, bit=False)}
            fallen = _fallen(whole, evaluate(tree, lowered))
            found += [LoadBearing(name=item, side=lost) for item in critical for lost in fallen]
    return tuple(sorted(found, key=lambda one: (one.side, one.name)))


def _bearing_groups(
    tree: Node, record: Mapping[str, OnRecord], whole: Status
) -> tuple[LoadBearing, ...]:
    before = {name: on.status() for name, on in record.items()}
    where: dict[str, set[str]] = defaultdict(set)
    for name, on in record.items():
        for item in on.items:
            where[item.group].add(name)
    found: list[LoadBearing] = []
    for group in sorted(where):
        statuses = dict(before)
        for name in where[group]:
            on = record[name]
            kept = frozenset(item.id for item in on.items if item.group != group)
            statuses[name] = _status_of(on, kept)
        fallen = _fallen(whole, evaluate(tree, statuses))
        found += [LoadBearing(name=group, side=lost) for lost in fallen]
    return tuple(sorted(found, key=lambda one: (one.side, one.name)))


def _fallen(before: Status, after: Status) -> list[Side]:
    return [side for side in Side if _bit(before, side) is True and _bit(after, side) is not True]


# --- what nobody has answered ------------------------------------------------------------------


def polarities(tree: Node, *, turned: bool = False) -> frozenset[Need]:
    """Return for each element of a tree the side of it that speaks for the whole.

    An element of an exception speaks for the whole by what stands against it.

    Source: docs/decisions/0009 (UNLESS is a meet with the negation of the exception).
    """
    if isinstance(tree, Element):
        return frozenset({(tree.id, Side.CON if turned else Side.PRO)})
    if isinstance(tree, Unless):
        return polarities(tree.main, turned=turned) | polarities(tree.exception, turned=not turned)
    return frozenset().union(*(polarities(child, turned=turned) for child in children(tree)))


def _unanswered(
    tree: Node, record: Mapping[str, OnRecord], answered: frozenset[str]
) -> tuple[str, ...]:
    against = {(name, OTHER[side]) for name, side in polarities(tree)}
    items = (item for element in leaves(tree) for item in record[element.id].items)
    open_ids = (i.id for i in items if (i.element, i.side) in against and i.id not in answered)
    return tuple(sorted(open_ids))


def _bit(status: Status, side: Side) -> Bit:
    return status.pro if side is Side.PRO else status.con


def _with(status: Status | None, side: Side, *, bit: bool) -> Status:
    pro, con = (status.pro, status.con) if status else (None, None)
    return Status(pro=bit, con=con) if side is Side.PRO else Status(pro=pro, con=bit)
