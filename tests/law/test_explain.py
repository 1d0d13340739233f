"""An explanation that missed a way, or named an idle item, would send an analyst the wrong way."""

from __future__ import annotations

import random
from itertools import chain, combinations
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import given, settings
from law_trees import element, evidence, item, random_tree, record_of, trees

from puente.law.antichains import OTHER
from puente.law.branching import raising_sets
from puente.law.elements import All, AnyOf, Node, Unless, leaves
from puente.law.evidence import Evidence, Side
from puente.law.explain import MOST, explain, missing_sets, polarities, sufficient_sets
from puente.law.record import OnRecord, evaluate
from puente.law.standards import Weight
from puente.law.status import NOT_ASSESSED, SUPPORTED, Status, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")


def minimal(members: Iterable[T], holds: Callable[[frozenset[T]], bool]) -> set[frozenset[T]]:
    """Return by trying all subsets the smallest sets for which something holds."""
    listed = sorted(members)  # type: ignore[type-var]
    subsets = chain.from_iterable(combinations(listed, n) for n in range(len(listed) + 1))
    found: set[frozenset[T]] = set()
    for one in map(frozenset, subsets):
        if not any(other <= one for other in found) and holds(one):
            found.add(one)
    return found


def whole(tree: Node, record: dict[str, OnRecord]) -> Status:
    return evaluate(tree, {name: on.status() for name, on in record.items()})


def side_of(status: Status, side: Side) -> bool:
    return (status.pro if side is Side.PRO else status.con) is True


@settings(max_examples=150, deadline=None)
@given(trees(), evidence())
def test_the_smallest_sets_of_items_are_those_found_by_trying_all(
    tree: Node, items: list[Evidence]
) -> None:
    record = record_of(tree, items)
    used = [i for on in record.values() for i in on.items]
    for side in Side:

        def holds(ids: frozenset[str], side: Side = side) -> bool:
            return side_of(whole(tree, record_of(tree, [i for i in used if i.id in ids])), side)

        found = sufficient_sets(tree, record, side, most=1000)
        assert not found.cut
        assert set(found.sets) == minimal([i.id for i in used], holds)


@settings(max_examples=150, deadline=None)
@given(trees(), evidence(most=6))
def test_the_smallest_sets_of_missing_elements_are_those_found_by_trying_all(
    tree: Node, items: list[Evidence]
) -> None:
    statuses = {name: on.status() for name, on in record_of(tree, items).items()}
    now = evaluate(tree, statuses)
    for side in Side:

        def holds(needs: frozenset[tuple[str, Side]], side: Side = side) -> bool:
            raised = dict(statuses)
            for name, wanted in needs:
                old = raised[name]
                pro = True if wanted is Side.PRO else old.pro
                con = True if wanted is Side.CON else old.con
                raised[name] = Status(pro=pro, con=con)
            return side_of(evaluate(tree, raised), side)

        found = missing_sets(tree, statuses, side, most=1000)
        if side_of(now, side):
            assert found.sets == ()
            continue
        every = [(e.id, wanted) for e in leaves(tree) for wanted in Side]
        assert set(found.sets) == minimal(every, holds)


@settings(max_examples=150, deadline=None)
@given(trees(), evidence())
def test_what_bears_the_load_is_what_takes_a_side_away_when_it_is_removed(
    tree: Node, items: list[Evidence]
) -> None:
    record = record_of(tree, items)
    before = whole(tree, record)
    why = explain(tree, record, frozenset())
    used = [i for on in record.values() for i in on.items]
    for attribute, found in (("id", why.bearing_items), ("group", why.bearing_groups)):
        expected = set()
        for name in {getattr(i, attribute) for i in used}:
            rest = [i for i in used if getattr(i, attribute) != name]
            after = whole(tree, record_of(tree, rest))
            expected |= {(name, s) for s in Side if side_of(before, s) and not side_of(after, s)}
        assert {(one.name, one.side) for one in found} == expected


@settings(max_examples=150, deadline=None)
@given(trees(), evidence(most=6))
def test_the_elements_that_lift_a_whole_are_those_found_by_trying_all(
    tree: Node, items: list[Evidence]
) -> None:
    """An element is lifted where it speaks for the whole, and in an exception against it."""
    statuses = {name: on.status() for name, on in record_of(tree, items).items()}
    sides = polarities(tree)
    if any((name, OTHER[side]) in sides for name, side in sides):
        return  # such an element stands on both sides of the rule: lifting it has two meanings

    def holds(names: frozenset[str]) -> bool:
        raised = dict(statuses)
        for name, side in sides:
            if name in names:
                raised[name] = Status(pro=side is Side.PRO, con=side is Side.CON)
        return evaluate(tree, raised) == SUPPORTED

    found = raising_sets(tree, statuses, (2, 2))
    assert set(found.sets) == minimal([e.id for e in leaves(tree)], holds)


def many_ways(count: int) -> tuple[Node, list[Evidence]]:
    nodes = tuple(AnyOf(nodes=(element(f"a{n}"), element(f"b{n}"))) for n in range(count))
    items = [item(f"i-{side}{n}", f"{side}{n}") for n in range(count) for side in "ab"]
    return All(nodes=nodes), items


def test_too_many_ways_are_cut_and_it_is_said_so() -> None:
    tree, items = many_ways(6)
    found = sufficient_sets(tree, record_of(tree, items), Side.PRO)
    assert found.cut
    assert len(found.sets) == MOST
    assert all(len(one) == 6 for one in found.sets)


def test_fewer_ways_than_the_bound_are_all_there() -> None:
    tree, items = many_ways(5)
    found = sufficient_sets(tree, record_of(tree, items), Side.PRO)
    assert (len(found.sets), found.cut) == (32, False)


@pytest.mark.parametrize("seed", range(15))
def test_what_is_shown_of_too_many_is_minimal_also_where_elements_stand_twice(seed: int) -> None:
    rng = random.Random(seed)
    tree = All(nodes=tuple(random_tree(rng, 12, names=14) for _n in range(3)))
    items = [
        item(f"i{e.id}-{n}", e.id, "pro" if n % 2 else "con")
        for e in leaves(tree)
        for n in range(4)
    ]
    record = record_of(tree, items)
    for side in Side:
        found = sufficient_sets(tree, record, side, most=20)
        for one in found.sets:
            assert side_of(whole(tree, record_of(tree, [i for i in items if i.id in one])), side)
            for name in one:
                rest = [i for i in items if i.id in one - {name}]
                assert not side_of(whole(tree, record_of(tree, rest)), side)


def test_hundreds_of_items_on_a_wide_tree_are_explained() -> None:
    rng = random.Random(7)
    tree = random_tree(rng, 60)
    items = [
        item(f"i{n}-{e.id}", e.id, rng.choice(["pro", "con"]), rng.choice(["B2", "C3", "D4"]))
        for e in leaves(tree)
        for n in range(8)
    ]
    why = explain(tree, record_of(tree, items), frozenset())
    assert any(found.sets for found in why.sufficient.values())


def test_counter_evidence_is_open_until_it_is_answered_and_an_exception_turns_the_sides() -> None:
    tree = Unless(main=element("rule"), exception=element("exception"))
    items = [
        item("con-on-rule", "rule", "con"),
        item("pro-on-rule", "rule"),
        item("pro-on-exception", "exception"),
        item("con-on-exception", "exception", "con"),
    ]
    record = record_of(tree, items)
    why = explain(tree, record, frozenset())
    assert why.unanswered == ("con-on-rule", "pro-on-exception")
    assert explain(tree, record, frozenset({"con-on-rule"})).unanswered == ("pro-on-exception",)


def test_a_source_that_backs_several_elements_bears_their_load_alone() -> None:
    tree = All(nodes=(element("one"), element("two")))
    items = [
        item("a", "one", group="daily"),
        item("b", "one", group="daily"),
        item("c", "two", group="daily"),
        item("d", "two", group="court"),
    ]
    why = explain(tree, record_of(tree, items), frozenset())
    assert why.bearing_items == ()
    assert [one.name for one in why.bearing_groups] == ["daily"]


def test_what_is_missing_says_what_evidence_would_be_enough() -> None:
    tree = element("one", "preponderance")
    record = record_of(tree, [item("a", "one")])
    why = explain(tree, record, frozenset())
    assert set(why.missing[Side.PRO].sets) == {frozenset({("one", Side.PRO)})}
    [way] = why.wanting["one", Side.PRO]
    assert way.groups == {Weight.FAIR: 1}


def test_a_standing_side_has_nothing_missing_and_a_missing_one_nothing_that_carries() -> None:
    tree = element("one")
    why = explain(tree, record_of(tree, [item("a", "one")]), frozenset())
    assert why.missing[Side.PRO].sets == ()
    assert why.sufficient[Side.CON].sets == ()


def test_of_an_element_from_memory_no_item_carries_anything() -> None:
    on = OnRecord(element=element("one", memory=True), filed=(item("a", "one"),), feeds=False)
    assert on.status() == NOT_ASSESSED
    why = explain(on.element, {"one": on}, frozenset())
    assert why.sufficient[Side.PRO].sets == ()
    assert evaluate(on.element, {"one": on.status()}).word is Word.NOT_ASSESSED
