"""A status that hid one side, or was sure too early, would mislead whoever decides on it."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from puente.law.status import (
    CONTESTED,
    FIVE,
    NOT_ASSESSED,
    REBUTTED,
    SUPPORTED,
    UNSUPPORTED,
    Status,
    Word,
    join,
    meet,
    negate,
    unless,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FOUR = FIVE[:4]
NINE = [Status(pro=pro, con=con) for pro in (True, False, None) for con in (True, False, None)]


def test_de_morgan_holds_for_all_values() -> None:
    for left, right in product(NINE, repeat=2):
        assert negate(meet((left, right))) == join((negate(left), negate(right)))
        assert negate(join((left, right))) == meet((negate(left), negate(right)))


def test_order_and_grouping_of_the_parts_never_matter() -> None:
    for combine in (meet, join):
        for a, b, c in product(NINE, repeat=3):
            whole = combine((a, b, c))
            assert whole == combine((c, a, b)) == combine((combine((a, b)), c))


def test_saying_it_twice_adds_nothing() -> None:
    for one in NINE:
        assert meet((one, one)) == join((one, one)) == negate(negate(one)) == one


def test_a_contested_part_makes_a_sound_whole_contested_and_a_rebutted_whole_stays_rebutted() -> (
    None
):
    assert meet((SUPPORTED, CONTESTED)) == CONTESTED
    assert meet((REBUTTED, CONTESTED)) == REBUTTED
    assert join((SUPPORTED, CONTESTED)) == SUPPORTED
    assert join((REBUTTED, CONTESTED)) == CONTESTED


def test_of_two_alternatives_one_without_support_and_one_contested_the_whole_is_supported() -> None:
    """What counters an ANY must counter each of its members; here it counters one."""
    assert join((UNSUPPORTED, CONTESTED)) == SUPPORTED
    assert meet((UNSUPPORTED, CONTESTED)) == REBUTTED


def test_a_rule_with_an_exception_stands_only_where_the_exception_is_countered() -> None:
    assert unless(SUPPORTED, REBUTTED) == SUPPORTED
    assert unless(SUPPORTED, SUPPORTED) == REBUTTED
    assert unless(SUPPORTED, UNSUPPORTED) == UNSUPPORTED
    assert unless(SUPPORTED, NOT_ASSESSED).word is Word.NOT_ASSESSED


@pytest.mark.parametrize("combine", [meet, join])
def test_a_whole_is_not_assessed_only_while_an_unassessed_part_could_change_it(
    combine: Callable[[Iterable[Status]], Status],
) -> None:
    for parts in product(FIVE, repeat=3):
        completions = product(*(FOUR if part is NOT_ASSESSED else (part,) for part in parts))
        possible = {combine(filled) for filled in completions}
        whole = combine(parts)
        if len(possible) == 1:
            assert whole == possible.pop()
        else:
            assert whole.word is Word.NOT_ASSESSED


def test_nothing_to_show_is_shown_and_no_alternative_is_none() -> None:
    assert meet(()) == SUPPORTED
    assert join(()) == REBUTTED


def test_each_value_says_that_it_speaks_of_this_record_only() -> None:
    assert [status.text for status in FOUR] == [
        "not supported on this record",
        "supported on this record",
        "rebutted on this record",
        "contested on this record",
    ]
