"""No derivation lowers a marking, whatever is joined with what in which order."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from puente.guard.actors import Actor, Purpose
from puente.guard.policy import Policy
from puente.model.provenance import TLP_ORDER, Marking, strictest
from puente.store.cells import Cell

POLICY = Policy.packaged()

markings = st.builds(
    Marking,
    tlp=st.sampled_from(TLP_ORDER),
    releasable_to=st.none() | st.frozensets(st.sampled_from(["MX", "US", "CA"])),
)


@given(markings, markings, markings)
def test_joining_is_free_of_order_and_grouping(a: Marking, b: Marking, c: Marking) -> None:
    assert a.join(b) == b.join(a)
    assert a.join(b).join(c) == a.join(b.join(c))
    assert a.join(a) == a


@given(markings, markings)
def test_what_is_joined_is_as_strict_as_both(a: Marking, b: Marking) -> None:
    assert a.join(b).covers(a)
    assert a.join(b).covers(b)
    assert a.covers(a)


@given(markings, markings)
def test_two_markings_that_cover_each_other_are_one(a: Marking, b: Marking) -> None:
    assert (a.covers(b) and b.covers(a)) == (a == b)


@given(st.lists(markings, min_size=1), st.randoms(use_true_random=False))
def test_no_sequence_of_derivations_lowers_a_marking(several: list[Marking], order: object) -> None:
    order.shuffle(several)  # type: ignore[attr-defined]
    steps = [Marking.parse(strictest(map(str, several[: n + 1]))) for n in range(len(several))]
    for before, after in pairwise(steps):
        assert after.covers(before)
    assert all(steps[-1].covers(one) for one in several)


@given(markings)
def test_a_marking_is_read_as_it_is_written(marking: Marking) -> None:
    assert Marking.parse(str(marking)) == marking


@given(markings, markings, st.sampled_from(["MX", "US", "CA", ""]), st.sampled_from(["A", "B"]))
def test_whoever_may_see_what_was_derived_may_see_what_it_came_from(
    a: Marking, b: Marking, country: str, agency: str
) -> None:
    """The rule for artefacts: the join is refused to all to whom a part is refused."""
    who = Actor(name="x", roles=frozenset({"analyst"}), country=country, agency=agency)

    def sees(marking: Marking) -> bool:
        held = Cell(source="s", record_class="fact", marking=str(marking), agency="A")
        return POLICY.decide(who, Purpose(name="investigation"), "look", held).allowed

    if sees(a.join(b)):
        assert sees(a)
        assert sees(b)
