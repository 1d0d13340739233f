"""A gap shown where there is none misleads a legislator; one that is hidden misleads a bank."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from law_trees import NAMES, trees
from typer.testing import CliRunner

from puente.cli.app import build_app
from puente.errors import InvalidData
from puente.i18n import use_language
from puente.law.elements import All, AnyOf, Element, Node, Unless, leaves
from puente.law.instrument import instruments
from puente.law.matrix import DecidedBy, Reach, gap_matrix, weigh
from puente.law.references import MEMORY
from puente.law.roles import FACILITATOR, INNOCENT, Answer, role_book

if TYPE_CHECKING:
    from puente.law.matrix import Matrix

PAPER, TODAY = date(2019, 12, 15), date(2026, 11, 24)
REMOTE = ("lawyer", "accountant", "notary")
BOTH = (FACILITATOR, INNOCENT)


@pytest.fixture(scope="module")
def then() -> Matrix:
    return gap_matrix(instruments(), PAPER, kinds=BOTH)


@pytest.fixture(scope="module")
def now() -> Matrix:
    return gap_matrix(instruments(), TODAY, kinds=BOTH)


@pytest.mark.parametrize("day", [PAPER, date(2021, 12, 15), date(2025, 2, 20), TODAY])
def test_eight_roles_by_seven_authorities_and_no_cell_without_its_citation(day: date) -> None:
    found = gap_matrix(instruments(), day)
    assert len(found.cells) == 56
    for cell in found.cells:
        assert cell.grounds, (cell.role.id, cell.authority)
        assert all(cell.citations)
        for ground in cell.grounds:
            assert ground.element.cite
            assert ground.element.citation.reference.title
            assert ground.because


def test_in_2019_those_a_few_steps_away_are_reached_by_no_authority_of_the_us(
    then: Matrix,
) -> None:
    for role in REMOTE:
        us = {then.cell(role, one.id).status for one in then.authorities if one.id != "uif"}
        assert us == {Reach.MISSING, Reach.NOT_IN_FORCE}
    kingpin = then.cell("lawyer", "kingpin")
    assert kingpin.status is Reach.MISSING
    assert "supports" in {ground.element.id for ground in kingpin.grounds}
    assert "31 CFR 598.314(b)(1)" in kingpin.citations


def test_what_closed_the_gap_is_the_order_of_december_2021_and_support_for_the_trade_itself(
    now: Matrix,
) -> None:
    for role in now.roles:
        if role.kind == FACILITATOR:
            assert now.cell(role.id, "eo14059").status is Reach.REACHED
    carried = {ground.element.id for ground in now.cell("lawyer", "eo14059").grounds}
    assert {"proceeds", "support_activity"} <= carried
    assert now.cell("lawyer", "kingpin").status is Reach.MISSING


def test_an_authority_before_its_first_day_says_so_and_what_its_words_would_do() -> None:
    before = gap_matrix(instruments(), date(2021, 12, 14)).cell("lawyer", "eo14059")
    after = gap_matrix(instruments(), date(2021, 12, 15)).cell("lawyer", "eo14059")
    assert (before.status, before.if_in_force) == (Reach.NOT_IN_FORCE, Reach.REACHED)
    assert after.status is Reach.REACHED
    assert before.instrument.in_force.start == date(2021, 12, 15)


def test_material_support_to_a_cartel_begins_on_the_day_of_the_designations() -> None:
    eve = gap_matrix(instruments(), date(2025, 2, 19)).cell("front_owner", "fto")
    day = gap_matrix(instruments(), date(2025, 2, 20)).cell("front_owner", "fto")
    assert eve.status is Reach.MISSING
    assert [ground.element.id for ground in eve.grounds] == ["to_designated"]
    assert day.status is Reach.REACHED
    assert len(day.listed) == 8
    assert "Cártel de Sinaloa" in day.listed


def test_a_role_is_reached_only_for_organizations_that_are_listed_and_they_are_named(
    then: Matrix,
) -> None:
    cell = then.cell("nominee", "tco")
    assert cell.status is Reach.REACHED
    assert "Los Zetas" in cell.listed
    assert "Cártel de Sinaloa" not in cell.listed


def test_rival_readings_that_disagree_leave_the_cell_open_and_are_named(now: Matrix) -> None:
    cell = now.cell("lawyer", "uif")
    assert cell.status is Reach.DEPENDS
    assert cell.readings_differ
    assert cell.by_branch["request=none"] is Reach.REACHED
    assert cell.by_branch["request=express"] is Reach.DEPENDS
    buyer = now.cell("drug_buyer", "fto").by_branch
    assert buyer["membership=organisation"] is Reach.MISSING


def test_one_who_pays_under_threat_is_within_the_words_since_the_designations(
    then: Matrix, now: Matrix
) -> None:
    assert then.cell("extortion_victim", "fto").status is Reach.MISSING
    assert now.cell("extortion_victim", "fto").status is Reach.REACHED


def test_a_journalist_and_a_child_are_reached_by_nothing(now: Matrix) -> None:
    for role in ("journalist", "minor_relative"):
        assert all(now.cell(role, one.id).status is not Reach.REACHED for one in now.authorities)


def test_the_same_facts_on_two_days_differ_only_by_the_law(then: Matrix, now: Matrix) -> None:
    for old, new in zip(then.cells, now.cells, strict=True):
        for ground in old.grounds:
            twin = next((g for g in new.grounds if g.element == ground.element), ground)
            if ground.decided_by is not DecidedBy.DATE:
                assert twin.answer is ground.answer


def test_an_element_from_memory_leaves_its_cell_open_and_says_so() -> None:
    book = role_book()
    columns = (replace(book.authorities[0], id="narco", instrument="us-21usc960a"),)
    found = gap_matrix(instruments(), TODAY, book=replace(book, authorities=columns))
    cell = found.cell("carrier", "narco")
    assert cell.status is Reach.DEPENDS
    assert cell.confidence == MEMORY
    assert all(ground.decided_by is DecidedBy.MEMORY for ground in cell.grounds)
    assert all(ground.element.citation.to_check for ground in cell.grounds)


def test_a_cell_is_no_surer_than_what_the_roles_answer_rests_on(now: Matrix) -> None:
    cell = now.cell("lawyer", "kingpin")
    resting = [g for g in cell.grounds if g.stated is not None and g.stated.citation is not None]
    assert [ground.element.id for ground in resting] == ["supports"]
    assert resting[0].confidence == MEMORY
    assert cell.confidence == MEMORY
    shown = CliRunner().invoke(build_app(), ["law", "matrix", "--role", "lawyer", "--json"])
    found = {one["authority"]: one for one in json.loads(shown.output)["cells"]}
    assert found["kingpin"]["confidence"] == MEMORY


def test_before_the_day_from_which_a_list_is_known_its_silence_is_no_missing_link() -> None:
    """The Kingpin list began in June 2000; the file names organisations from April 2009 on."""
    silent = gap_matrix(instruments(), date(2005, 1, 1)).cell("front_owner", "kingpin")
    assert silent.status is Reach.DEPENDS
    assert {ground.decided_by for ground in silent.grounds} == {DecidedBy.DATE}
    assert all("in the data" in ground.because for ground in silent.grounds)
    known = gap_matrix(instruments(), date(2009, 4, 30)).cell("front_owner", "kingpin")
    assert known.status is Reach.REACHED
    assert "Los Zetas" in known.listed


def test_a_designation_that_ended_counts_no_longer() -> None:
    fto = instruments()["us-8usc1189"]
    ended = tuple(
        replace(one, ended=replace(one.effective, start=TODAY, end=TODAY))
        for one in fto.designations
    )
    changed = {**instruments(), fto.id: replace(fto, designations=ended)}
    assert gap_matrix(changed, TODAY).cell("carrier", "fto").status is Reach.MISSING


def test_a_column_without_its_instrument_or_node_is_refused() -> None:
    book = role_book()
    for wrong in ({"instrument": "us-nowhere"}, {"node": "nowhere"}):
        columns = (replace(book.authorities[0], **wrong),)  # type: ignore[arg-type]
        with pytest.raises(InvalidData, match="nowhere"):
            gap_matrix(instruments(), TODAY, book=replace(book, authorities=columns))


def test_a_fact_that_no_role_answers_is_an_error_and_no_silent_no() -> None:
    book = role_book()
    facts = MappingProxyType({k: v for k, v in book.facts.items() if k != "foreign_person"})
    with pytest.raises(InvalidData, match="foreign_person"):
        gap_matrix(instruments(), TODAY, book=replace(book, facts=facts))


def test_reasons_follow_the_language_of_the_reader(now: Matrix) -> None:
    ground = now.cell("lawyer", "eo14059").grounds[0]
    with use_language("en"):
        english = ground.because
    with use_language("es"):
        assert ground.because != english


def plain(node: Node, answers: dict[str, bool]) -> bool:
    """The ordinary two-valued meaning of a tree."""
    if isinstance(node, Element):
        return answers[node.id]
    if isinstance(node, Unless):
        return plain(node.main, answers) and not plain(node.exception, answers)
    parts = [plain(child, answers) for child in node.nodes]
    return any(parts) if isinstance(node, AnyOf) else all(parts)


answer_maps = st.fixed_dictionaries({name: st.sampled_from(list(Answer)) for name in NAMES})
TWO = {Answer.YES: (True,), Answer.NO: (False,), Answer.DEPENDS: (True, False)}


@settings(max_examples=150, deadline=None)
@given(trees(), answer_maps)
def test_an_answer_holds_however_the_open_facts_turn_out(
    tree: Node, answers: dict[str, Answer]
) -> None:
    result = weigh(tree, answers)
    turns = product(*(TWO[answers[name]] for name in NAMES))
    outcomes = {plain(tree, dict(zip(NAMES, turn, strict=True))) for turn in turns}
    if result.answer is not Answer.DEPENDS:
        assert outcomes == {result.answer is Answer.YES}


@settings(max_examples=150, deadline=None)
@given(trees(), answer_maps)
def test_the_elements_of_a_cell_carry_it_alone(tree: Node, answers: dict[str, Answer]) -> None:
    result = weigh(tree, answers)
    assert set(result.elements) <= {leaf.id for leaf in leaves(tree)}
    assert result.elements
    if result.answer is Answer.DEPENDS:
        assert all(answers[name] is Answer.DEPENDS for name in result.elements)
        return
    rest_open = {n: a if n in result.elements else Answer.DEPENDS for n, a in answers.items()}
    assert weigh(tree, rest_open).answer is result.answer


@settings(max_examples=100, deadline=None)
@given(st.lists(trees(), min_size=1, max_size=3), answer_maps)
def test_the_matrix_keeps_de_morgans_law(nodes: list[Node], answers: dict[str, Answer]) -> None:
    turned = {Answer.YES: Answer.NO, Answer.NO: Answer.YES, Answer.DEPENDS: Answer.DEPENDS}
    any_of = weigh(AnyOf(nodes=tuple(nodes)), answers).answer
    each_denied = [turned[weigh(node, answers).answer] for node in nodes]
    order = [Answer.NO, Answer.DEPENDS, Answer.YES]
    assert any_of is turned[min(each_denied, key=order.index)]
    assert weigh(All(nodes=tuple(nodes)), answers).answer is min(
        (weigh(node, answers).answer for node in nodes), key=order.index
    )


def test_the_command_prints_the_matrix_and_one_role_with_its_elements() -> None:
    runner = CliRunner()
    shown = runner.invoke(build_app(), ["law", "matrix", "--date", "2019-12-15"])
    assert shown.exit_code == 0, shown.output
    assert "EO 14059" in shown.output
    one = runner.invoke(build_app(), ["law", "matrix", "--role", "lawyer"])
    assert one.exit_code == 0, one.output
    assert "1(a)(ii)" in one.output
    missing = runner.invoke(build_app(), ["law", "matrix", "--role", "kingpin"])
    assert missing.exit_code == 3
