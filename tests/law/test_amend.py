"""A law that is widened by a word can take the innocent with it: the draft is tried first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from puente.cli.app import build_app
from puente.errors import InvalidData
from puente.law.amend import amend, read_amendment
from puente.law.elements import find, leaves
from puente.law.instrument import instruments
from puente.law.reach import ReachChange, compare_reach

EXAMPLE = Path(__file__).resolve().parents[2] / "docs/examples/amend-kingpin-facilitators.yaml"
TEXT = EXAMPLE.read_text(encoding="utf-8")

HEAD = """\
id: draft
title: {en: "draft", es: "proyecto"}
target: us-kingpin
from: 2027-01-01
reasons: {en: "made up", es: "inventado"}
references:
  bill: {title: "made-up bill", pinpoint: "made-up bill, s. 1"}
operations:
"""
ELEMENT = """{id: ID, text: {en: "a", es: "b"}, ref: bill, kind: fact, burden_on: government,
      standard: preponderance, confidence: contested, fact: serves_network}"""
WHY = '\n    why: {en: "made up", es: "inventado"}\n'


def change_of(text: str) -> ReachChange:
    draft = read_amendment(text, "draft.yaml")
    before = instruments()[draft.target]
    return compare_reach(before, amend(before, draft), instruments())


def named(shifts: object) -> set[str]:
    return {shift.role.id for shift in shifts}  # type: ignore[attr-defined]


def test_the_example_reaches_those_a_few_steps_away_and_takes_no_innocent() -> None:
    change = change_of(TEXT)
    assert {"lawyer", "accountant", "notary", "exchange_house"} == named(change.becomes_reachable)
    assert change.falls_in == ()
    assert change.no_longer == ()
    for shift in change.becomes_reachable:
        assert {element.id for element in shift.because} >= {"serves_network", "knows_network"}
        assert all(element.cite for element in shift.because)


def test_it_says_who_would_fall_in_without_the_knowledge_and_without_the_exception() -> None:
    guards = {one.element.id: named(one.falls_in) for one in change_of(TEXT).safeguards}
    assert {"bank_teller", "unwitting_carrier"} <= guards["knows_network"]
    assert {"defence_lawyer", "ngo_medic"} <= guards["defence_or_care"]


def test_dropping_knowledge_in_a_second_step_takes_the_teller_and_names_the_element() -> None:
    dropped = TEXT + '  - drop: knows_network\n    why: {en: "made up", es: "inventado"}\n'
    change = change_of(dropped)
    assert {"bank_teller", "unwitting_carrier"} <= named(change.falls_in)
    teller = next(shift for shift in change.falls_in if shift.role.id == "bank_teller")
    assert "serves_network" in {element.id for element in teller.because}
    assert (teller.before.if_in_force, teller.after.if_in_force) == ("missing", "reached")


def test_the_instrument_itself_stays_as_it_is() -> None:
    before = instruments()["us-kingpin"]
    tree, notes = before.elements, before.notes
    after = amend(before, read_amendment(TEXT, "draft.yaml"))
    assert before.elements is tree
    assert before.notes is notes
    assert instruments()["us-kingpin"] is before
    assert after.id == "us-kingpin+kingpin-facilitators"
    assert after.elements is not None
    assert find(after.elements, "knows_network") is not None
    assert tree is not None
    assert find(tree, "knows_network") is None
    assert not after.is_in_force(before.in_force.start)


def test_a_draft_that_changes_no_reach_says_nothing_changes() -> None:
    change = change_of(
        HEAD + "  - change: supports\n    with: {standard: preponderance, ref: bill,"
        " confidence: contested}" + WHY
    )
    assert (change.becomes_reachable, change.falls_in, change.no_longer) == ((), (), ())


def test_a_draft_can_also_let_go() -> None:
    change = change_of(
        HEAD
        + "  - add: "
        + ELEMENT.replace("ID", "extra").replace("serves_network", "criminal_organisation")
        + "\n    to: tier_two"
        + WHY
    )
    assert "front_owner" in named(change.no_longer)
    assert change.falls_in == ()
    one = next(shift for shift in change.no_longer if shift.role.id == "front_owner")
    assert [element.id for element in one.because] == ["extra"]


def test_another_fact_for_an_element_is_named_as_the_one_that_did_it() -> None:
    change = change_of(
        HEAD + "  - change: supports\n    with: {fact: serves_network, ref: bill,"
        " confidence: contested}" + WHY
    )
    assert "lawyer" in named(change.becomes_reachable)
    assert "bank_teller" in named(change.falls_in)
    for shift in change.falls_in:
        assert [element.id for element in shift.because] == ["supports"]


def test_words_that_a_draft_changes_carry_the_drafts_own_citation() -> None:
    text = (
        HEAD + '  - change: supports\n    with: {text: {en: "x", es: "y"}, ref: bill,'
        " confidence: contested}" + WHY
    )
    after = amend(instruments()["us-kingpin"], read_amendment(text, "draft.yaml"))
    assert after.elements is not None
    changed = next(leaf for leaf in leaves(after.elements) if leaf.id == "supports")
    assert changed.cite == "made-up bill, s. 1"
    assert changed.instrument == "draft"


OPERATION = "  - drop: supports" + WHY
NEW = "  - add: " + ELEMENT.replace("ID", "extra") + "\n    to: tier_two" + WHY
MALFORMED = {
    "unknown key": (HEAD + "  - drop: supports\n    because: x" + WHY, 10, "unknown key 'because'"),
    "no operation": (HEAD.replace("operations:", "operations: []"), 8, "changes something"),
    "two at once": (HEAD + "  - drop: supports\n    change: supports" + WHY, 9, "is one of"),
    "no reason given": (HEAD + "  - drop: supports\n", 9, "'why' is missing"),
    "one language": (HEAD + '  - drop: supports\n    why: {en: "x"}\n', 10, "'es' is missing"),
    "no such node": (HEAD + "  - drop: nowhere" + WHY, 9, "no node 'nowhere'"),
    "id taken": (HEAD + NEW.replace("extra", "supports"), 9, "'supports' is taken"),
    "nothing left": (HEAD + "  - drop: designation" + WHY, 9, "nothing is left"),
    "no day": (HEAD.replace("2027-01-01", "soon") + OPERATION, 4, "must be a day"),
    "before the act": (HEAD.replace("2027", "1990") + OPERATION, 1, "before us-kingpin itself"),
    "no target": (HEAD.replace("target: us-kingpin\n", "") + OPERATION, 1, "'target' is missing"),
    "unknown ref": (HEAD + NEW.replace("ref: bill", "ref: act"), 9, "none of the references"),
    "drop takes no to": (HEAD + "  - drop: supports\n    to: tiers" + WHY, 10, "takes no 'to'"),
    "changes nothing": (
        HEAD + "  - change: supports\n    with: {ref: bill, confidence: contested}" + WHY,
        10,
        "changes nothing",
    ),
    "changes a group": (
        HEAD + "  - change: tiers\n    with: {fact: x, ref: bill, confidence: contested}" + WHY,
        9,
        "is a group",
    ),
    "borrows": (HEAD + "  - add: {use: us-visa}\n    to: tier_two" + WHY, 9, "writes its elements"),
    "memory unmarked": (
        HEAD + NEW.replace("confidence: contested", "confidence: memory"),
        10,
        "needs to_check",
    ),
    "no YAML": (HEAD + "  - [", 9, "not YAML"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_draft_is_refused_with_file_line_and_reason(case: str) -> None:
    text, line, reason = MALFORMED[case]
    with pytest.raises(InvalidData, match=reason) as caught:
        change_of(text) if "us-kingpin" in text else read_amendment(text, "draft.yaml")
    assert caught.value.file == "draft.yaml"
    assert caught.value.line == line


def test_a_draft_for_another_instrument_or_for_one_that_does_not_bind_is_refused() -> None:
    draft = read_amendment(TEXT, "draft.yaml")
    with pytest.raises(InvalidData, match="not 'us-visa'"):
        amend(instruments()["us-visa"], draft)
    aid = read_amendment(HEAD.replace("us-kingpin", "us-28cfr085") + OPERATION, "draft.yaml")
    with pytest.raises(InvalidData, match="no elements that bind"):
        amend(instruments()["us-28cfr085"], aid)


def test_a_draft_that_takes_what_a_rival_reading_acts_on_is_refused() -> None:
    text = HEAD.replace("us-kingpin", "us-18usc2339b") + "  - drop: provides_support" + WHY
    with pytest.raises(InvalidData, match="no longer fits"):
        amend(instruments()["us-18usc2339b"], read_amendment(text, "draft.yaml"))


def test_a_fact_that_no_role_answers_is_refused_and_not_read_as_no() -> None:
    text = HEAD + NEW.replace("serves_network", "has_a_beard")
    with pytest.raises(InvalidData, match="has_a_beard"):
        change_of(text)


def test_the_command_prints_who_falls_in_and_as_json(tmp_path: Path) -> None:
    shown = CliRunner().invoke(build_app(), ["law", "amend", str(EXAMPLE)])
    assert shown.exit_code == 0, shown.output
    assert "Bank teller" in shown.output
    broken = tmp_path / "draft.yaml"
    broken.write_bytes(b"\xff\xfe")
    assert CliRunner().invoke(build_app(), ["law", "amend", str(broken)]).exit_code == 3
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(HEAD + "  - drop: nowhere" + WHY, encoding="utf-8")
    refused = CliRunner().invoke(build_app(), ["law", "amend", str(wrong)])
    assert refused.exit_code == 3
    told = CliRunner().invoke(build_app(), ["law", "amend", str(EXAMPLE), "--json"])
    value = json.loads(told.stdout)
    assert value["falls_in"] == []
    assert {guard["element"]["id"] for guard in value["if_dropped"]} >= {"knows_network"}
