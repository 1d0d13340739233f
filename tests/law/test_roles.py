"""A role that leaves a fact out would be read as innocent of it, or guilty, without a word."""

from __future__ import annotations

from importlib.resources import files

import pytest

from puente.errors import InvalidData, NotFound
from puente.law.elements import leaves
from puente.law.instrument import instruments
from puente.law.references import MEMORY
from puente.law.roles import FACILITATOR, INNOCENT, Answer, read_roles, role_book

TEXT = files("puente.law").joinpath("roles.yaml").read_text(encoding="utf-8")
# Facts that only draft amendments ask for.
FOR_DRAFTS = {"serves_network", "knows_network", "defence_or_care"}

SMALL = """\
references:
  paper: {title: "made up", pinpoint: "made up"}
facts:
  serves:
    text: {en: "serves", es: "sirve"}
  listed:
    text: {en: "listed", es: "listada"}
    listed_by: us-8usc1189
roles:
  - id: lawyer
    kind: facilitator
    name: {en: "Lawyer", es: "Abogado"}
    text: {en: "a lawyer", es: "un abogado"}
    facts:
      serves:
        value: yes
        because: {en: "made up", es: "inventado"}
"""


def test_eight_facilitators_and_nine_whom_the_law_should_leave_alone() -> None:
    kinds = [role.kind for role in role_book().roles]
    assert (kinds.count(FACILITATOR), kinds.count(INNOCENT)) == (8, 9)


def test_every_role_answers_every_fact_that_the_date_does_not_decide() -> None:
    asked = {fact.id for fact in role_book().facts.values() if not fact.listed_by}
    for role in role_book().roles:
        assert set(role.facts) == asked, role.id


def test_the_facts_of_the_instruments_and_the_facts_of_the_roles_are_the_same() -> None:
    used: set[str] = set()
    for instrument in instruments().values():
        for root in (instrument.elements, *instrument.elements_in_waiting):
            used |= {leaf.fact for leaf in leaves(root)} if root is not None else set()
    assert used - {""} <= set(role_book().facts)
    assert set(role_book().facts) - used == FOR_DRAFTS


def test_every_answer_gives_its_reason_in_both_languages() -> None:
    for role in role_book().roles:
        for name, stated in role.facts.items():
            assert stated.because.en.strip(), (role.id, name)
            assert stated.because.es.strip() != stated.because.en.strip(), (role.id, name)


def test_what_the_law_says_of_a_role_is_cited_and_memory_says_what_to_check() -> None:
    lawyer = role_book().role("defence_lawyer").facts
    assert lawyer["defence_or_care"].citation is not None
    assert lawyer["defence_or_care"].citation.cite == "86 FR 26661"
    cited = [s.citation for role in role_book().roles for s in role.facts.values() if s.citation]
    assert all(one.to_check for one in cited if one.confidence == MEMORY)


def test_a_fact_that_the_date_decides_names_an_instrument_with_designations() -> None:
    for fact in role_book().facts.values():
        if fact.listed_by:
            assert instruments()[fact.listed_by].designations, fact.id


def test_every_column_is_a_tree_that_binds() -> None:
    assert len(role_book().authorities) == 7
    for authority in role_book().authorities:
        assert instruments()[authority.instrument].elements is not None
        assert instruments()[authority.instrument].authority == "binding"


def test_a_role_that_nobody_wrote_is_said_to_be_missing() -> None:
    with pytest.raises(NotFound):
        role_book().role("kingpin")


def test_yes_and_no_are_read_as_words_though_yaml_takes_them_for_true_and_false() -> None:
    assert read_roles(SMALL, "r.yaml").role("lawyer").facts["serves"].value is Answer.YES


BROKEN = {
    "value: yes": ("value: maybe", 16, "yes, no or depends"),
    "      serves:\n": ("      helps:\n", 15, "no fact of the vocabulary"),
    "      serves:": ("      listed:", 15, "decided by the date"),
    "facts:\n  serves:": (
        "facts:\n  other:\n    text: {en: a, es: b}\n  serves:",
        16,
        "not answered",
    ),
    "kind: facilitator": ("kind: suspect", 11, "none of facilitator, innocent"),
    'es: "un abogado"': ('es: ""', 13, "'es'"),
    "    listed_by: us-8usc1189": (
        "    listed_by: us-8usc1189\n    unless_stated: {value: no, because: {en: a, es: b}}",
        8,
        "stated by nobody",
    ),
}


@pytest.mark.parametrize("old", BROKEN)
def test_a_broken_file_of_roles_is_refused_with_file_line_and_reason(old: str) -> None:
    new, line, reason = BROKEN[old]
    assert SMALL.count(old) >= 1
    with pytest.raises(InvalidData, match=reason) as caught:
        read_roles(SMALL.replace(old, new, 1), "r.yaml")
    assert caught.value.file == "r.yaml"
    assert caught.value.line == line


def test_a_role_stands_once() -> None:
    twice = SMALL + SMALL[SMALL.index("  - id: lawyer") :]
    with pytest.raises(InvalidData, match="stands twice"):
        read_roles(twice, "r.yaml")
    assert TEXT.count("- id: lawyer\n") == 1
