"""A standard that a stricter one did not imply, or that rumour could meet, would be no standard."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puente.law import elements
from puente.law.standards import (
    ORDER,
    PATTERNS,
    STANDARD_TEXT,
    Standard,
    Weight,
    meets,
    shortfalls,
    weight,
)
from puente.model.provenance import Credibility, Reliability

if TYPE_CHECKING:
    import random

GROUPS = st.lists(st.sampled_from(list(Weight)), max_size=6)


@settings(deadline=None)
@given(GROUPS)
def test_what_meets_a_standard_meets_every_laxer_one(groups: list[Weight]) -> None:
    for laxer, stricter in pairwise(ORDER):
        if meets(stricter, groups):
            assert meets(laxer, groups), (laxer, stricter)


@pytest.mark.parametrize(("laxer", "stricter"), list(pairwise(ORDER)))
def test_each_step_is_a_step(laxer: Standard, stricter: Standard) -> None:
    assert any(not meets(stricter, pattern) for pattern in PATTERNS[laxer])


@settings(deadline=None)
@given(GROUPS, st.sampled_from(list(Weight)), st.sampled_from(ORDER))
def test_a_further_group_or_a_better_item_never_undoes_it(
    groups: list[Weight], further: Weight, standard: Standard
) -> None:
    if meets(standard, groups):
        assert meets(standard, [*groups, further])
        for place, have in enumerate(groups):
            assert meets(standard, [*groups[:place], max(have, further), *groups[place + 1 :]])


@settings(deadline=None)
@given(GROUPS, st.randoms(use_true_random=False), st.sampled_from(ORDER))
def test_the_order_of_the_groups_does_not_count(
    groups: list[Weight], rng: random.Random, standard: Standard
) -> None:
    shuffled = list(groups)
    rng.shuffle(shuffled)
    assert meets(standard, groups) == meets(standard, shuffled)


@pytest.mark.parametrize("standard", ORDER)
def test_no_heap_of_unreliable_or_improbable_items_meets_anything(standard: Standard) -> None:
    bad = [
        weight(grade, credibility)
        for grade in Reliability
        for credibility in Credibility
        if grade.value in "EF" or credibility.value in "56"
    ]
    assert set(bad) == {Weight.NONE}
    assert not meets(standard, bad * 100)


@settings(deadline=None)
@given(GROUPS, GROUPS, st.sampled_from(ORDER))
def test_such_items_add_nothing_to_others(
    groups: list[Weight], others: list[Weight], standard: Standard
) -> None:
    noise = [Weight.NONE for _other in others]
    assert meets(standard, groups) == meets(standard, groups + noise)


def test_the_worse_of_the_two_grades_decides() -> None:
    table = {
        f"{grade.value}{credibility.value}": weight(grade, credibility)
        for grade in Reliability
        for credibility in Credibility
    }
    assert table["A1"] is Weight.FIRM
    assert table["A2"] is table["B1"] is table["B2"] is Weight.STRONG
    assert table["A3"] is table["C1"] is table["C3"] is Weight.FAIR
    assert table["A4"] is table["D1"] is table["D4"] is Weight.WEAK
    assert table["A6"] is table["F1"] is table["B5"] is Weight.NONE


def test_substantial_support_is_less_than_a_preponderance() -> None:
    """Steadman v. SEC sets them apart; a reader who met them turned round would miss findings."""
    one_strong = [Weight.STRONG]
    assert meets(Standard.SUBSTANTIAL_SUPPORT, one_strong)
    assert not meets(Standard.PREPONDERANCE, one_strong)


@settings(deadline=None)
@given(GROUPS, st.sampled_from(ORDER))
def test_what_is_said_to_be_wanting_is_enough_and_no_more_than_that(
    groups: list[Weight], standard: Standard
) -> None:
    ways = shortfalls(standard, groups)
    assert bool(ways) is not meets(standard, groups)
    for way in ways:
        further = [least for least, count in way.groups.items() for _n in range(count)]
        assert meets(standard, groups + further)
        for place in range(len(further)):
            assert not meets(standard, groups + further[:place] + further[place + 1 :])


def test_what_is_wanting_is_said_in_words() -> None:
    said = [way.text for way in shortfalls(Standard.PREPONDERANCE, [Weight.STRONG])]
    assert said == ["1 further independent group(s), fair (C3 or better)"]


def test_every_standard_that_an_instrument_may_set_has_its_rule_and_its_name() -> None:
    assert set(elements.STANDARDS) == set(ORDER) == set(PATTERNS) == set(STANDARD_TEXT)
