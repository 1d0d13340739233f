"""A rule without its place in the law cannot be checked by the person whom it meets."""

from __future__ import annotations

import re
from datetime import date
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest
import yaml

from puente.errors import InvalidData
from puente.law.elements import Element, find, leaves, walk
from puente.law.instrument import instruments, read_instrument
from puente.law.matrix import listed_organisations, weigh
from puente.law.readings import branches
from puente.law.references import MEMORY
from puente.law.roles import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from puente.law.instrument import Instrument

FOLDER = files("puente.law").joinpath("instruments")
FILES = {e.name: e.read_text(encoding="utf-8") for e in FOLDER.iterdir()}
EVERY = sorted(instruments())
MOST_QUOTED_WORDS = 15
QUOTED = re.compile(r"\"([^\"]+)\"|«([^»]+)»")


def elements(instrument: Instrument) -> list[Element]:
    roots = [instrument.elements, *instrument.elements_in_waiting]
    return [leaf for root in roots if root is not None for leaf in leaves(root)]


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for child in value.values():
            yield from strings(child)
    elif isinstance(value, list):
        for child in value:
            yield from strings(child)


def both_languages(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if set(value) == {"en", "es"}:
            yield value["en"], value["es"]
        for key, child in value.items():
            if key != "proponent":  # often the name of a case or a paper
                yield from both_languages(child)
    elif isinstance(value, list):
        for child in value:
            yield from both_languages(child)


@pytest.mark.parametrize("name", EVERY)
def test_every_element_says_where_it_stands_and_how_sure_its_drafter_is(name: str) -> None:
    for element in elements(instruments()[name]):
        citation = element.citation
        assert citation.reference.title, element.id
        assert citation.pinpoint or citation.reference.pinpoint, element.id
        assert citation.confidence, element.id
        assert citation.confidence != MEMORY or citation.to_check, element.id


@pytest.mark.parametrize("name", EVERY)
def test_every_text_is_there_in_both_languages_and_is_not_the_other_one_copied(name: str) -> None:
    for english, spanish in both_languages(yaml.safe_load(FILES[f"{name}.yaml"])):
        assert english.strip()
        assert spanish.strip()
        if len(english.split()) > 4 and " v. " not in english:
            assert english != spanish, english


@pytest.mark.parametrize("name", EVERY)
def test_statutes_are_quoted_in_a_few_words_only(name: str) -> None:
    for text in strings(yaml.safe_load(FILES[f"{name}.yaml"])):
        for quoted in QUOTED.findall(text):
            words = "".join(quoted).split()
            assert len(words) <= MOST_QUOTED_WORDS, " ".join(words)


@pytest.mark.parametrize("name", EVERY)
def test_designations_are_of_organisations_and_hold_nothing_of_a_person(name: str) -> None:
    told = yaml.safe_load(FILES[f"{name}.yaml"]).get("designations") or []
    for one in told:
        assert set(one) <= {
            "organisation", "aliases", "effective", "published", "ended",
            "ref", "pinpoint", "confidence", "to_check", "checked_against", "checked_on",
        }  # fmt: skip
    assert not re.search(r"\b(DOB|POB|passport|born on|CURP|nacid[oa] el)\b", FILES[f"{name}.yaml"])


def test_the_instruments_that_the_paper_and_its_successors_turn_on_are_there() -> None:
    wanted = {
        "us-8usc1189", "us-8usc1182-a3b", "us-22usc2656f", "us-28cfr085", "us-18usc2339a",
        "us-18usc2333", "us-eo14059", "us-eo13581", "us-eo13224", "us-21usc2313a", "us-21usc960a",
        "us-31usc5318a", "us-eo14157", "mx-lgsnsp-2025", "mx-lsniimsp-2025", "mx-lic-115",
        "mx-lgpdppso-2025",
    }  # fmt: skip
    assert wanted <= set(EVERY)


def the_fto_answers(**changed: Answer) -> dict[str, Answer]:
    """A group that seizes people and shoots for profit and power, whose motive is not political."""
    tree = instruments()["us-8usc1189"]
    answers = {element.id: Answer.YES for element in elements(tree)}
    answers |= {"political_motive": Answer.NO, "gain_alone": Answer.NO, "gain_mixed": Answer.YES}
    return answers | changed


def test_under_the_papers_reading_motive_bars_a_designation_and_under_the_other_it_does_not() -> (
    None
):
    by_motive: dict[str, set[Answer]] = {}
    for branch in branches(instruments()["us-8usc1189"]):
        result = weigh(branch.tree, the_fto_answers())
        motive = next(option.id for option in branch.options if option.question == "motive")
        by_motive.setdefault(motive, set()).add(result.answer)
        if motive == "paper":
            assert result.elements == ("political_motive",)
    assert by_motive == {"paper": {Answer.NO}, "disjunctive": {Answer.YES}}


def test_the_motive_that_the_paper_requires_is_required_at_b_and_is_the_word_of_2656f() -> None:
    fto = instruments()["us-8usc1189"]
    question = next(one for one in fto.readings if one.id == "motive")
    assert [option.id for option in question.options] == ["paper", "disjunctive"]
    (effect,) = question.options[0].effects
    assert (effect.kind, effect.node, effect.with_node) == (
        "require",
        "activity",
        "political_motive",
    )
    assert not question.options[1].effects
    assert fto.elements is not None
    motive = find(fto.elements, "political_motive")
    assert isinstance(motive, Element)
    assert motive.cite == "22 USC 2656f(d)(2)"
    activity = find(fto.elements, "activity")
    assert activity is not None
    assert {"terrorist_activity", "terrorism"} <= {node.id for node in walk(activity)}


def test_personal_gain_takes_only_the_use_of_arms_out_and_only_as_the_reading_has_it() -> None:
    names = {leaf.id: Answer.NO for leaf in elements(instruments()["us-8usc1182-a3b"])}
    arms = names | {
        "unlawful": Answer.YES, "arms": Answer.YES, "intent_to_endanger": Answer.YES,
        "gain_mixed": Answer.YES,
    }  # fmt: skip
    seizing = arms | {"arms": Answer.NO, "seizing_to_compel": Answer.YES, "gain_alone": Answer.YES}
    by_reading = {b.id: b.tree for b in branches(instruments()["us-8usc1182-a3b"])}
    assert weigh(by_reading["gain=sole"], arms).answer is Answer.YES
    assert weigh(by_reading["gain=mixed"], arms).answer is Answer.NO
    assert {weigh(tree, seizing).answer for tree in by_reading.values()} == {Answer.YES}


def test_the_designation_has_its_notices_its_review_and_its_petitions() -> None:
    steps = {step.id: step for step in instruments()["us-8usc1189"].procedure}
    clocks = {name: (s.clock.amount, s.clock.unit) for name, s in steps.items() if s.clock}
    assert clocks["congress"] == (7, "days")
    assert clocks["publication"] == (7, "days")
    assert clocks["judicial_review"] == (30, "days")
    assert clocks["petition"] == (2, "years")
    assert clocks["determination"] == (180, "days")
    assert clocks["five_years"] == (5, "years")
    assert {"effect", "freezing", "record", "grounds"} <= set(steps)
    assert steps["five_years"].citation.confidence == MEMORY


def test_no_cartel_is_designated_the_day_before_and_eight_organizations_are_on_the_day() -> None:
    def on(day: date) -> tuple[str, ...]:
        return listed_organisations(instruments(), "us-8usc1189", day)

    assert on(date(2025, 2, 19)) == ()
    assert len(on(date(2025, 2, 20))) == 8
    assert "Clan del Golfo" not in on(date(2025, 12, 16))
    assert "Clan del Golfo" in on(date(2025, 12, 17))


def test_a_designation_from_memory_is_shown_and_never_counted() -> None:
    named = {one.organisation: one for one in instruments()["us-8usc1189"].designations}
    assert not named["Viv Ansanm"].citation.feeds
    assert "Viv Ansanm" not in listed_organisations(
        instruments(), "us-8usc1189", date(2026, 11, 24)
    )


def test_an_interpretive_aid_fills_no_element() -> None:
    assert instruments()["us-28cfr085"].authority == "persuasive_only"
    text = FILES["us-8usc1189.yaml"].replace("use: us-22usc2656f", "use: us-28cfr085")
    with pytest.raises(InvalidData, match="persuasive only"):
        read_instrument(text, "x.yaml", instruments())


def test_the_blocked_list_shows_its_flips_and_leaves_the_last_one_open() -> None:
    uif = instruments()["mx-lic-115"]
    assert len(uif.timeline) >= 7
    assert uif.timeline[-1].citation.confidence == "contested"
    assert {branch.id for branch in branches(uif)} == {
        "request=express", "request=any", "request=none",
    }  # fmt: skip


def test_taamneh_and_the_gun_makers_stand_in_the_order_of_their_days() -> None:
    days = [event.when.iso for event in instruments()["us-18usc2333"].timeline]
    assert days == ["2016-09-28", "2023-05-18", "2025-06-05"]


def test_who_is_within_an_organization_is_asked_where_support_and_suits_turn_on_it() -> None:
    for name in ("us-18usc2333", "us-18usc2339b"):
        assert "membership" in {question.id for question in instruments()[name].readings}, name
