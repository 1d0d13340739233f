"""An engine that averaged readings, counted a rumour twice or hid the pivot would mislead."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from law_trees import GRADES, NAMES, case, evidence, item, record_of, text, trees

from puente.errors import InvalidData
from puente.law.assess import Assessment, assess
from puente.law.casefile import read_case
from puente.law.elements import All, AnyOf, Element, Node, Unless, find
from puente.law.evidence import Characterisation, ConSearch, Dissent, Evidence, Side
from puente.law.instrument import Instrument, get_instrument, read_instrument
from puente.law.record import evaluate
from puente.law.runs import run_json
from puente.law.sentences import pivot_sentence, set_aside_sentences
from puente.law.status import Status, Word, negate

EXAMPLE = Path(__file__).resolve().parents[2] / "docs/examples/case-fto.yaml"
PAPER_DAY, STATE_DAY = date(2019, 12, 31), date(2025, 2, 20)
PAPER, TEXT = "motive=paper", "motive=disjunctive"


def example(as_of: date, facts: date | None = None) -> Assessment:
    found = read_case(EXAMPLE.read_text(encoding="utf-8"), EXAMPLE.name)
    return assess(get_instrument("us-8usc1189"), found, as_of, facts)


def words(run: Assessment, reading: str) -> set[Word]:
    return {r.status.word for r in run.results if reading in r.branch.id.split("+")}


# --- the four cells ----------------------------------------------------------------------------


@pytest.mark.parametrize("as_of", [PAPER_DAY, STATE_DAY])
def test_under_the_papers_reading_it_is_not_supported_and_under_the_text_it_is(
    as_of: date,
) -> None:
    run = example(as_of)
    assert words(run, PAPER) == {Word.REBUTTED}
    assert words(run, TEXT) == {Word.SUPPORTED}


def test_with_the_facts_fixed_the_date_alone_changes_nothing() -> None:
    before, after = example(PAPER_DAY), example(STATE_DAY)
    for one, other in zip(before.results, after.results, strict=True):
        assert one.nodes == other.nodes
        assert one.explanation == other.explanation
    assert before.pivots == after.pivots


@pytest.mark.parametrize("as_of", [PAPER_DAY, STATE_DAY])
def test_the_pivot_is_motive_in_element_b_and_the_limb_that_carries_it_is_named(
    as_of: date,
) -> None:
    run = example(as_of)
    [pivot] = run.pivots
    assert pivot.question == "motive"
    assert pivot.options == ("disjunctive", "paper")
    assert pivot.sets == (("political_motive",),)
    assert pivot.within == "activity"
    assert pivot.carried_by == ("terrorist_activity",)
    sentence = pivot_sentence(run, pivot)
    assert "8 USC 1189(a)(1)(B)" in sentence
    assert "8 USC 1182(a)(3)(B)(iii)" in sentence


def test_a_question_that_changes_no_result_here_is_said_to_change_none() -> None:
    assert example(STATE_DAY).idle_questions == ("gain",)


def test_where_only_weapons_are_on_record_the_gain_clause_becomes_a_pivot_too() -> None:
    found = read_case(EXAMPLE.read_text(encoding="utf-8"), EXAMPLE.name)
    kept = [i for i in found.evidence if i.element not in {"seizing_to_compel", "gain_alone"}]
    kept.append(item("gain", "gain_alone", "con", group="made-up"))
    run = assess(get_instrument("us-8usc1189"), replace(found, evidence=tuple(kept)), STATE_DAY)
    assert {pivot.question for pivot in run.pivots} == {"motive", "gain"}
    [gain] = [pivot for pivot in run.pivots if pivot.question == "gain"]
    assert gain.within == "arms_limb"
    assert "gain_mixed" in gain.elements


def test_a_later_item_is_left_out_and_said_to_be_and_counts_once_its_day_has_come() -> None:
    run = example(STATE_DAY)
    assert run.set_aside.later == ("e20",)
    assert any("1 item" in line and "e20" in line for line in set_aside_sentences(run))
    later = example(STATE_DAY, STATE_DAY)
    assert later.set_aside.later == ()
    assert words(later, PAPER) == {Word.CONTESTED}


def test_an_item_whose_day_is_not_known_counts_from_the_last_day_it_can_be() -> None:
    assert "e10" in example(STATE_DAY, date(2018, 5, 30)).set_aside.later
    assert "e10" not in example(STATE_DAY, date(2018, 5, 31)).set_aside.later


# --- the laws ----------------------------------------------------------------------------------


def whole(tree: Node, items: list[Evidence]) -> Status:
    return evaluate(tree, {name: on.status() for name, on in record_of(tree, items).items()})


@settings(deadline=None)
@given(trees(), evidence(), st.sampled_from(NAMES), st.sampled_from(GRADES))
def test_further_support_can_only_turn_support_on(
    tree: Node, items: list[Evidence], name: str, grade: str
) -> None:
    """Under an exception support speaks against the whole, so these trees are asked without one."""
    plain = without_exceptions(tree)
    before = whole(plain, items)
    for group in ("g0", "g9"):
        after = whole(plain, [*items, item("further", name, "pro", grade, group)])
        assert after.con == before.con
        assert after.pro or not before.pro


@settings(deadline=None)
@given(trees(), evidence(), evidence(most=3, prefix="j"))
def test_on_an_element_no_item_ever_takes_a_side_away(
    tree: Node, items: list[Evidence], further: list[Evidence]
) -> None:
    before, after = record_of(tree, items), record_of(tree, items + further)
    for name, on in before.items():
        old, new = on.status(), after[name].status()
        assert new.pro or not old.pro
        assert new.con or not old.con


@settings(deadline=None)
@given(trees(), evidence(most=10))
def test_a_group_counts_once_however_often_it_is_repeated(
    tree: Node, items: list[Evidence]
) -> None:
    echoes = [replace(i, id=f"{i.id}-{n}") for i in items for n in range(3)]
    assert whole(tree, items + echoes) == whole(tree, items)


@settings(deadline=None)
@given(trees(), evidence())
def test_the_sides_are_alike(tree: Node, items: list[Evidence]) -> None:
    """Everything turned round, items and connectives, turns the result round and nothing else."""
    turned = [replace(i, side=Side.CON if i.side is Side.PRO else Side.PRO) for i in items]
    assert whole(dual(tree), turned) == negate(whole(tree, items))


@settings(deadline=None)
@given(trees(), evidence(), st.integers())
def test_the_order_of_items_and_of_members_does_not_count(
    tree: Node, items: list[Evidence], seed: int
) -> None:
    shuffled = list(items)
    random.Random(seed).shuffle(shuffled)
    assert whole(turned_round(tree), shuffled) == whole(tree, items)


def without_exceptions(tree: Node) -> Node:
    if isinstance(tree, Element):
        return tree
    if isinstance(tree, Unless):
        return without_exceptions(tree.main)
    return replace(tree, nodes=tuple(without_exceptions(child) for child in tree.nodes))


def dual(tree: Node) -> Node:
    """Return the tree that asks for the contrary when every side is turned round."""
    if isinstance(tree, Element):
        return tree
    if isinstance(tree, Unless):
        # not (main and not exception), each already turned: main or not exception
        return AnyOf(nodes=(dual(tree.main), denial(dual(tree.exception))))
    kind = AnyOf if isinstance(tree, All) else All
    return kind(nodes=tuple(dual(child) for child in tree.nodes))


def denial(tree: Node) -> Node:
    """Return what is supported where `tree` is rebutted: a rule of nothing, and its exception."""
    return Unless(main=All(nodes=()), exception=tree)


def turned_round(tree: Node) -> Node:
    if isinstance(tree, Element):
        return tree
    if isinstance(tree, Unless):
        return Unless(main=turned_round(tree.main), exception=turned_round(tree.exception))
    return replace(tree, nodes=tuple(turned_round(child) for child in reversed(tree.nodes)))


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(20)))
def test_a_run_on_a_shuffled_case_is_the_same_run(order: list[int]) -> None:
    found = read_case(EXAMPLE.read_text(encoding="utf-8"), EXAMPLE.name)
    shuffled = replace(found, evidence=tuple(found.evidence[n] for n in order))
    instrument = get_instrument("us-8usc1189")
    assert run_json(assess(instrument, shuffled, STATE_DAY)) == run_json(
        assess(instrument, found, STATE_DAY)
    )


# --- what never feeds --------------------------------------------------------------------------

INSTRUMENT = """\
id: us-made-up
title: {en: Made up, es: Inventado}
short: MU
jurisdiction: US
kind: statute
authority: AUTHORITY
in_force: {from: 2010-01-01, to: 2020-12-31}
references:
  code: {title: made up, pinpoint: 1 MADE UP 1, accessed: 2026-11-24}
elements:
  id: rule
  all:
    - {id: sure, text: {en: a, es: a}, ref: code, kind: fact, burden_on: government,
       standard: scintilla, confidence: verified}
    - {id: unsure, text: {en: b, es: b}, ref: code, kind: policy_judgment, burden_on: government,
       standard: scintilla, confidence: memory, to_check: look it up}
readings:
  - question: width
    text: {en: q, es: q}
    options:
      - {id: narrow, text: {en: n, es: n}, proponent: {en: p, es: p}, ref: code,
         confidence: contested}
      - {id: wide, text: {en: w, es: w}, proponent: {en: p, es: p}, ref: code,
         confidence: verified, effect: [{drop: unsure}]}
      - {id: recalled, text: {en: r, es: r}, proponent: {en: p, es: p}, ref: code,
         confidence: memory, to_check: look it up, effect: [{drop: sure}]}
"""


def made_up(authority: str = "binding") -> Instrument:
    return read_instrument(INSTRUMENT.replace("AUTHORITY", authority), "us-made-up.yaml", {})


ON_BOTH = [item("one", "sure"), item("two", "unsure")]


def test_an_element_from_memory_is_filled_by_nothing_and_keeps_the_whole_open() -> None:
    run = assess(made_up(), case(ON_BOTH, "us-made-up"), date(2019, 1, 1))
    results = {r.branch.id: r.status.word for r in run.results}
    assert results == {"width=narrow": Word.NOT_ASSESSED, "width=wide": Word.SUPPORTED}
    assert run.set_aside.unchecked == ("two",)


def test_a_reading_from_memory_is_named_and_left_out() -> None:
    run = assess(made_up(), case(ON_BOTH, "us-made-up"), date(2019, 1, 1))
    assert run.left_out == ("width=recalled",)


def test_an_item_from_memory_is_named_and_counted_nowhere() -> None:
    items = [item("one", "sure"), replace(item("two", "sure"), id="recalled", to_check="look")]
    run = assess(made_up(), case(items[1:], "us-made-up"), date(2019, 1, 1))
    assert run.set_aside.memory == ("recalled",)
    assert run.record["sure"].status().word is Word.NOT_ASSESSED


def test_what_only_persuades_fills_nothing() -> None:
    with pytest.raises(InvalidData, match="persuasive only"):
        assess(made_up("persuasive_only"), case(ON_BOTH, "us-made-up"), date(2019, 1, 1))


def test_before_and_after_its_time_an_instrument_supports_nothing() -> None:
    for day in (date(2009, 12, 31), date(2021, 1, 1)):
        run = assess(made_up(), case(ON_BOTH, "us-made-up"), day)
        assert not run.in_force
        assert run.results == ()


def test_an_element_borrowed_from_an_instrument_out_of_force_is_filled_by_nothing() -> None:
    borrower = read_instrument(
        INSTRUMENT.replace("AUTHORITY", "binding")
        .replace("id: us-made-up", "id: us-borrower")
        .replace(", to: 2020-12-31", "")
        .split("elements:")[0]
        + "elements:\n  use: us-made-up\n",
        "us-borrower.yaml",
        {"us-made-up": made_up()},
    )
    run = assess(
        borrower, case(ON_BOTH, "us-borrower"), date(2022, 1, 1), library={"us-made-up": made_up()}
    )
    assert "one" in run.set_aside.lapsed
    assert {r.status.word for r in run.results} == {Word.NOT_ASSESSED}


def test_nobody_having_looked_is_not_the_same_as_nothing_found() -> None:
    empty = case([], "us-made-up")
    assert assess(made_up(), empty, date(2019, 1, 1)).record["sure"].status().word is (
        Word.NOT_ASSESSED
    )
    search = ConSearch(element="sure", what="registers", by="a", date=date(2018, 1, 1))
    looked = replace(empty, con_searches=(search,))
    run = assess(made_up(), looked, date(2019, 1, 1))
    assert run.record["sure"].status().word is Word.UNSUPPORTED


def test_support_without_a_search_for_the_contrary_is_pointed_out() -> None:
    assert assess(made_up(), case(ON_BOTH, "us-made-up"), date(2019, 1, 1)).con_not_searched == (
        "sure",
    )


# --- people and machine kept apart -------------------------------------------------------------


def test_what_analysts_hold_stands_beside_the_status_and_changes_nothing() -> None:
    held = Characterisation(
        element="sure",
        analyst="a",
        status=Word.REBUTTED,
        reasons="made up",
        dissents=(Dissent(analyst="b", status=Word.SUPPORTED, reasons="made up"),),
    )
    plain = case(ON_BOTH, "us-made-up")
    with_it = replace(plain, characterisations=(held,))
    before, after = (assess(made_up(), c, date(2019, 1, 1)) for c in (plain, with_it))
    assert [r.status for r in before.results] == [r.status for r in after.results]


def test_a_policy_judgment_is_listed_for_a_person_with_every_dissent() -> None:
    run = example(STATE_DAY)
    [threat] = [one for one in run.judgments if one.element.id == "threat"]
    assert threat.determinations[0].dissents[0].analyst == "analyst-2"
    listed = {one.element.id for one in run.judgments}
    assert {"threat", "political_motive", "assassination"} <= listed
    assert "foreign_organization" not in listed


def test_a_designation_is_shown_and_feeds_nothing() -> None:
    found = read_case(EXAMPLE.read_text(encoding="utf-8"), EXAMPLE.name)
    named = replace(found, organisation=replace(found.organisation, name="Sinaloa cartel"))
    instrument = get_instrument("us-8usc1189")
    before, after = (assess(instrument, named, day) for day in (PAPER_DAY, STATE_DAY))
    assert before.designations == ()
    assert [one.effective.iso for one in after.designations] == ["2025-02-20"]
    assert [r.status for r in before.results] == [r.status for r in after.results]


# --- what is refused ---------------------------------------------------------------------------


def test_an_item_on_what_is_no_element_is_refused_with_its_line() -> None:
    broken = EXAMPLE.read_text(encoding="utf-8").replace("element: unlawful", "element: activity")
    found = read_case(broken, "case.yaml")
    with pytest.raises(InvalidData, match="'activity' is no element") as caught:
        assess(get_instrument("us-8usc1189"), found, STATE_DAY)
    assert caught.value.file == "case.yaml"
    assert broken.splitlines()[(caught.value.line or 0) - 1].strip() == "- id: e02"


def test_a_case_is_never_assessed_under_an_instrument_that_it_does_not_name() -> None:
    with pytest.raises(InvalidData, match="under us-8usc1189"):
        assess(made_up(), case([]), STATE_DAY)


def test_the_strictest_marking_of_the_items_is_that_of_the_run() -> None:
    assert example(STATE_DAY).marking == "TLP:GREEN"


def test_every_node_of_the_tree_has_its_status_under_every_reading() -> None:
    run = example(STATE_DAY)
    for result in run.results:
        node = find(result.branch.tree, "terrorist_activity")
        assert node is not None
        assert result.nodes["terrorist_activity"].word is Word.SUPPORTED
        assert result.nodes["terrorism"].word is Word.REBUTTED


def test_texts_are_in_both_languages() -> None:
    assert text("x").in_language("es") == "x"
    stored = run_json(example(STATE_DAY))
    assert stored["case"]["title"]["es"].startswith("Caso inventado")  # type: ignore[index]
