"""A change whose cause is named wrongly sends the lawyers to the facts, the police to the law."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from law_trees import case, item

from puente.errors import InvalidData
from puente.law.assess import assess
from puente.law.compare import Cause, Comparison, compare
from puente.law.instrument import Instrument, read_instrument, read_instruments
from puente.law.runs import run_json
from puente.law.status import Word
from puente.law.stored import Run, read_run

if TYPE_CHECKING:
    from puente.law.evidence import CaseFile, Evidence

DAY = date(2019, 1, 1)
LAW = """\
id: us-made-up
title: {en: Made up, es: Inventado}
short: MU
jurisdiction: US
kind: statute
authority: binding
in_force: {from: 2010-01-01}
references:
  code: {title: made up, pinpoint: 1 MADE UP 1, accessed: 2026-11-24}
elements:
  id: rule
  all:
    - {id: act, text: {en: a, es: a}, ref: code, kind: fact, burden_on: government,
       standard: reasonable_grounds, confidence: verified}
    - {id: motive, text: {en: b, es: b}, ref: code, kind: fact, burden_on: government,
       standard: reasonable_grounds, confidence: verified}
readings:
  - question: width
    text: {en: q, es: q}
    options:
      - {id: narrow, text: {en: n, es: n}, proponent: {en: p, es: p}, ref: code,
         confidence: contested}
      - {id: wide, text: {en: w, es: w}, proponent: {en: p, es: p}, ref: code,
         confidence: contested, effect: [{drop: motive}]}
"""
STRICTER = LAW.replace("standard: reasonable_grounds", "standard: clear_and_convincing")
READ_ANEW = LAW.replace(
    "confidence: contested}", "confidence: contested, effect: [{drop: act}]}", 1
)

ACT = [item("act-1", "act", grade="B2"), item("act-2", "act", grade="B2")]
MOTIVE = [item("motive-1", "motive", grade="B2"), item("motive-2", "motive", grade="B2")]


def law(text: str) -> Instrument:
    return read_instrument(text, "us-made-up.yaml", {})


def stored(
    items: list[Evidence], text: str = LAW, day: date = DAY, facts: date | None = None
) -> Run:
    run = assess(law(text), case(items, "us-made-up"), day, facts, library={})
    return read_run(json.dumps(run_json(run)), "run.json")


def change(found: Comparison, branch: str = "width=narrow") -> tuple[Word, Word, Cause]:
    [one] = [one for one in found.branches if one.branch == branch]
    return one.before, one.after, one.cause


def test_the_same_run_twice_and_another_day_of_the_same_law_change_nothing() -> None:
    once = stored(ACT + MOTIVE)
    assert compare(once, once).changed == ()
    later = compare(once, stored(ACT + MOTIVE, day=date(2025, 2, 20)))
    assert later.is_same
    assert later.changed == ("as_of_law",)


def test_new_evidence_is_named_as_the_cause_with_the_items() -> None:
    found = compare(stored(ACT), stored(ACT + MOTIVE))
    assert change(found) == (Word.NOT_ASSESSED, Word.SUPPORTED, Cause.FACTS)
    [motive] = found.elements
    assert (motive.element, motive.added, motive.law) == ("motive", ("motive-1", "motive-2"), False)
    assert found.branches[0].elements == ("motive",)


def test_an_amended_standard_is_named_as_the_cause_on_the_same_facts() -> None:
    few = [ACT[0], *MOTIVE]
    found = compare(stored(few), stored(few, STRICTER))
    assert change(found) == (Word.SUPPORTED, Word.UNSUPPORTED, Cause.LAW)
    assert "instrument" in found.changed


def test_another_reading_of_the_same_text_is_named_as_a_reading() -> None:
    found = compare(stored(MOTIVE), stored(MOTIVE, READ_ANEW))
    assert change(found) == (Word.NOT_ASSESSED, Word.SUPPORTED, Cause.READING)


def graded(grade: str) -> list[Evidence]:
    return [item("act-0", "act", grade=grade), *MOTIVE]


def test_where_the_law_or_the_facts_alone_would_have_done_it_both_are_named() -> None:
    found = compare(stored(graded("B2")), stored(graded("D4"), STRICTER))
    assert change(found) == (Word.SUPPORTED, Word.UNSUPPORTED, Cause.EITHER)


def test_where_neither_alone_would_have_done_it_they_are_named_together() -> None:
    found = compare(stored(graded("D4"), STRICTER), stored(graded("C3")))
    assert change(found) == (Word.UNSUPPORTED, Word.SUPPORTED, Cause.TOGETHER)


UNCHECKED = LAW.replace("confidence: verified}", "confidence: memory, to_check: look}", 1)


@pytest.mark.parametrize("texts", [(UNCHECKED, LAW), (LAW, UNCHECKED)])
def test_an_element_that_was_checked_at_last_changes_the_law_and_not_the_facts(
    texts: tuple[str, str],
) -> None:
    runs = [stored(ACT + MOTIVE, text) for text in texts]
    found = compare(*runs)
    assert change(found)[2] is Cause.LAW
    [act] = found.elements
    assert (act.element, act.law, act.added, act.removed) == ("act", True, (), ())


def test_a_borrowed_law_that_comes_into_force_is_named_as_the_law_on_the_same_facts() -> None:
    lender = LAW.split("readings:")[0].replace("us-made-up", "us-lender")
    files = {
        "us-lender.yaml": lender.replace("2010-01-01", "2015-01-01"),
        "us-made-up.yaml": LAW.split("elements:")[0] + "elements: {use: us-lender}\n",
    }
    library = read_instruments(files)
    runs = [
        read_run(json.dumps(run_json(assess(library["us-made-up"], case(ACT + MOTIVE, "us-made-up"),
                                            day, library=library))), "run.json")
        for day in (date(2014, 12, 31), date(2015, 1, 1))
    ]  # fmt: skip
    found = compare(*runs)
    assert change(found, "as_written") == (Word.NOT_ASSESSED, Word.SUPPORTED, Cause.LAW)


def test_evidence_against_makes_a_supported_reading_contested() -> None:
    found = compare(stored(ACT + MOTIVE), stored([*ACT, *MOTIVE, item("no", "act", "con", "B2")]))
    assert change(found) == (Word.SUPPORTED, Word.CONTESTED, Cause.FACTS)


def test_a_regraded_item_is_told_from_a_new_one() -> None:
    worse = [replace(ACT[0], rationale="seen again"), ACT[1]]
    found = compare(stored(ACT), stored(worse))
    assert found.is_same
    assert found.elements[0].regraded == ("act-1",)


def test_a_law_that_comes_into_force_brings_its_readings() -> None:
    found = compare(stored(ACT, day=date(2009, 1, 1)), stored(ACT))
    assert found.come == ("width=narrow", "width=wide")
    assert "in_force" in found.changed
    assert not found.is_same


def test_moving_the_day_of_the_facts_brings_the_later_items_in() -> None:
    late = [replace(i, date=replace(i.date, start=date(2020, 1, 1), end=date(2020, 1, 1)))
            for i in MOTIVE]  # fmt: skip
    found = compare(stored(ACT + late), stored(ACT + late, facts=date(2020, 1, 1)))
    assert change(found)[2] is Cause.FACTS
    assert found.changed == ("as_of_facts",)


def test_runs_of_two_cases_or_two_instruments_are_not_compared() -> None:
    one = stored(ACT)
    with pytest.raises(InvalidData, match="two cases"):
        compare(one, replace(one, case="another"))
    with pytest.raises(InvalidData, match="two instruments"):
        compare(one, replace(one, instrument="us-other"))


# --- stored runs -------------------------------------------------------------------------------


def written(found: CaseFile | None = None) -> str:
    run = assess(law(LAW), found or case(ACT + MOTIVE, "us-made-up"), DAY, library={})
    return json.dumps(run_json(run))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"status": "supported", "searched"', '"status": "rebutted", "searched"'),
        ('"status": "supported", "statement"', '"status": "contested", "statement"'),
        ('"group-of-act-1": "strong"', '"group-of-act-1": "none"'),
        ('"standard": "reasonable_grounds"', '"standard": "beyond_reasonable_doubt"'),
        ('"tree": {"id": "rule", "all"', '"tree": {"id": "rule", "any"'),
    ],
)
def test_a_stored_run_that_was_changed_by_hand_gives_itself_away(old: str, new: str) -> None:
    text = written(case([ACT[0]], "us-made-up")) if "any" in new else written(
        case([ACT[0], *MOTIVE], "us-made-up")
    )  # fmt: skip
    assert old in text
    with pytest.raises(InvalidData, match="its own record gives"):
        read_run(text.replace(old, new, 1), "run.json")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": "other"}', "[" * 100_000, "nul"])
def test_what_is_no_stored_run_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidData) as caught:
        read_run(text, "run.json")
    assert caught.value.file == "run.json"


WRITTEN = json.loads(written())
JUNK = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=4), st.just([]),
                 st.just({}), st.just([[]]))  # fmt: skip


@settings(deadline=None)
@given(st.data())
def test_a_damaged_run_ends_in_a_sentence_and_never_in_a_trace(data: st.DataObject) -> None:
    value = json.loads(json.dumps(WRITTEN))
    place: object = value
    for _depth in range(data.draw(st.integers(1, 5))):
        if isinstance(place, dict) and place:
            key: object = data.draw(st.sampled_from(sorted(place)))
        elif isinstance(place, list) and place:
            key = data.draw(st.integers(0, len(place) - 1))
        else:
            break
        inner = place[key]  # type: ignore[index]
        if data.draw(st.booleans()) or not isinstance(inner, dict | list) or not inner:
            place[key] = data.draw(JUNK)  # type: ignore[index]
            break
        place = inner
    try:
        run = read_run(json.dumps(value), "run.json")
        compare(run, run)
    except InvalidData as error:
        said = error.message
    else:
        return
    assert said.startswith("run.json")
