"""The law on its pages: every claim bears its mark, and every look is on record."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from puente.law.instrument import instruments
from puente.law.references import CONFIDENCES
from puente.law.status import Word
from puente.web import words_law
from puente.web.reads.law import changes_of, citations, common_changes, parse_day

if TYPE_CHECKING:
    from collections.abc import Callable

    from puente.workspace import Workspace


def words_of(html: str) -> str:
    body = re.sub(r"<(script|style)[^>]*>.*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


@pytest.mark.parametrize("name", sorted(instruments()))
def test_every_instrument_can_be_read_and_names_every_reference(
    signed_in: Callable[..., Any], name: str
) -> None:
    answer = signed_in().get(f"/law/{name}")
    assert answer.status_code == 200
    text = words_of(answer.text).replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&")
    for reference in instruments()[name].references.values():
        assert " ".join(reference.pinpoint.split()) in text


@pytest.mark.parametrize("name", sorted(instruments()))
def test_what_stands_from_memory_says_what_to_look_up(
    signed_in: Callable[..., Any], name: str
) -> None:
    """Else a reader would rely on a claim that nobody has looked up."""
    text = signed_in().get(f"/law/{name}").text
    unsure = [c for c in citations(instruments()[name]) if c.confidence == "memory"]
    assert text.count("from memory, to check") >= len(unsure)
    plain = words_of(text).replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&")
    for citation in unsure:
        assert str(citation.to_check) in plain


@pytest.mark.parametrize("path", ["/law", "/law/us-kingpin", "/law/matrix", "/law/penalty"])
def test_whoever_is_signed_in_may_read_the_law_and_nobody_else(
    signed_in: Callable[..., Any], browser: Any, path: str
) -> None:
    for user, purpose in (
        ("ana", "investigation"), ("carla", "compliance"), ("cruz", "crime_analysis"),
        ("audi", "audit"), ("juan", "oversight"),
    ):  # fmt: skip
        answer = signed_in(user, purpose).get(path)
        assert answer.status_code == 200
        assert 'href="/law"' in answer.text
    assert browser.get(path).headers["location"] == "/sign-in"


def test_an_auditor_still_lands_on_the_log(signed_in: Callable[..., Any]) -> None:
    html = signed_in("audi", "audit").get("/law").text
    assert re.search(r'class="brand" href="/audit"', html)


def test_each_look_at_the_law_is_on_record_and_what_was_searched_is_sealed(
    signed_in: Callable[..., Any], workspace: Workspace
) -> None:
    signed_in().get("/law/us-kingpin?date=2019-12-19")
    signed_in().get("/law?q=obscure+words")
    workspace.audit.flush()
    rows = workspace.audit.newest(2)
    assert [row.ids for row in rows] == [("law:list",), ("law:us-kingpin",)]
    assert {row.action for row in rows} == {"look"}
    assert all(row.allowed for row in rows)
    assert "obscure" not in repr(rows)


def test_the_list_finds_an_organisation_and_says_how_each_stood(
    signed_in: Callable[..., Any],
) -> None:
    text = words_of(signed_in().get("/law?q=cartel+sinaloa&date=2019-12-31").text)
    assert "us-8usc1189" in text
    assert "us-ieepa" not in text
    text = words_of(signed_in().get("/law?date=1990-01-01").text)
    assert "not yet in force" in text


def test_the_reader_marks_what_came_after_the_day(signed_in: Callable[..., Any]) -> None:
    """Else a page of 2019 would show the designations of 2025 as if they stood."""
    before = words_of(signed_in().get("/law/us-8usc1189?date=2019-12-31").text)
    after = words_of(signed_in().get("/law/us-8usc1189?date=2025-02-20").text)
    sinaloa = r"Sinaloa Cartel (\w+ ?\w*) Feb 20, 2025"
    assert re.search(sinaloa, before).group(1) == "not yet"  # type: ignore[union-attr]
    assert re.search(sinaloa, after).group(1) == "designated"  # type: ignore[union-attr]
    assert "after the day asked" in before
    assert "Does (a)(1)(B) ask for a political motive" in before


def test_a_day_before_the_file_tells_who_was_designated_says_so(
    signed_in: Callable[..., Any],
) -> None:
    """Else an empty list of 2004 would read as if nobody had been designated."""
    silent = "Who was designated before April 30, 2009 is not in the data."
    assert silent in words_of(signed_in().get("/law/us-kingpin?date=2004-06-01").text)
    assert silent not in words_of(signed_in().get("/law/us-kingpin?date=2009-04-30").text)


def test_the_stale_figure_is_struck_through_with_its_reason(signed_in: Callable[..., Any]) -> None:
    for path in ("/law/us-kingpin?date=2019-12-19", "/law/penalty?date=2019-12-19"):
        html = signed_in().get(path).text
        assert re.search(r"<s[^>]*>\$1,075,000</s>", html)
        text = words_of(html)
        assert "quoted out of date" in text
        assert "It was the maximum up to 31 July 2016" in text
        assert "$1,503,470" in text


def test_a_value_whose_day_is_not_known_or_that_stands_from_memory_is_not_given(
    signed_in: Callable[..., Any],
) -> None:
    text = words_of(signed_in().get("/law/penalty?name=kingpin-civil&date=2004-01-01").text)
    assert "not given" in text
    assert "2003, day not known" in text
    assert "from memory, to check" in text


def test_a_penalty_takes_twice_the_transaction_and_names_its_day(
    signed_in: Callable[..., Any],
) -> None:
    path = "/law/penalty?name=ieepa-civil&date=2025-06-01&transaction=1,000,000"
    assert "$2,000,000" in words_of(signed_in().get(path).text)


@pytest.mark.parametrize("amount", ["250,5", "250.000,50", "1,0,0", "1e3", "1_000"])
def test_an_amount_that_may_be_read_two_ways_is_not_worked_with(
    signed_in: Callable[..., Any], amount: str
) -> None:
    """A decimal comma taken for one of thousands makes ten or a thousand times another maximum."""
    path = f"/law/penalty?name=ieepa-civil&date=2025-06-01&transaction={amount}"
    text = words_of(signed_in().get(path).text)
    assert "is no amount of dollars" in text
    assert "by the value of" not in text


@pytest.mark.parametrize(
    "query",
    ["date=2019-02-30", "date=x", "date=0001-01-01", "transaction=-5", "transaction=1e99",
     "transaction=NaN", "date=2019-01-01&violation=2020-01-01", "name=nobody"],
)  # fmt: skip
def test_what_cannot_be_worked_out_is_said_and_is_no_fault(
    signed_in: Callable[..., Any], query: str
) -> None:
    answer = signed_in().get(f"/law/penalty?{query}")
    assert answer.status_code in {200, 404, 422}
    assert "fault of ours" not in answer.text


@pytest.mark.parametrize(
    "path",
    ["/law/nothing", "/law/us-kingpin?date=31.12.2019", "/law/matrix?cell=a:b",
     "/law/matrix?example=x", "/law/assess?example=../../etc/passwd", "/law/matrix?day=zzz",
     "/law/%3Cscript%3E"],
)  # fmt: skip
def test_a_wrong_address_is_refused_in_plain_words(
    signed_in: Callable[..., Any], path: str
) -> None:
    answer = signed_in().get(path)
    assert answer.status_code in {404, 422}
    assert "<script>" not in answer.text.replace("<script type", "")


def test_the_matrix_has_every_cell_with_a_citation_and_the_innocents_below(
    signed_in: Callable[..., Any],
) -> None:
    html = signed_in().get("/law/matrix?date=2019-12-31&cell=lawyer:eo14059").text
    cells = re.findall(r'class="cites">([^<]*)<', html)
    assert len(cells) == 7 * (8 + 9)
    assert all(text.strip() for text in cells)
    assert html.index('id="facilitator"') < html.index('id="innocent"')
    text = words_of(html)
    assert "not in force" in text
    assert "its words, if it stood:" in text


def test_a_draft_shows_who_becomes_reachable_and_what_keeps_the_innocent_out(
    signed_in: Callable[..., Any],
) -> None:
    text = words_of(signed_in().get("/law/matrix?example=amend-kingpin-facilitators").text)
    reached = text[text.index("Facilitators who become reachable") :]
    assert "Lawyer who forms companies" in reached
    assert "Without it these fall in:" in reached


def test_days_of_change_hold_the_start_every_value_and_today() -> None:
    kingpin = instruments()["us-kingpin"]
    days = [change.day for change in changes_of(kingpin, date(2026, 11, 24))]
    assert days == sorted(set(days))
    assert kingpin.in_force.start in days
    assert date(2019, 6, 14) in days
    assert days[-1] == date(2026, 11, 24)


@pytest.mark.parametrize("name", sorted(instruments()))
def test_the_slider_stops_at_every_day_on_which_a_designation_comes_or_goes(name: str) -> None:
    """Where only its month is known, it stands from the last day of that."""
    instrument = instruments()[name]
    stops = {change.day for change in changes_of(instrument, date(2026, 11, 24))}
    for one in instrument.designations:
        turns = [one.effective.start, one.effective.end, *([one.ended.start] if one.ended else [])]
        for day in turns:
            before = words_law.designation_state(one, day - timedelta(days=1))
            if before != words_law.designation_state(one, day):
                assert day in stops


def test_the_slider_of_many_stops_where_one_of_them_ends() -> None:
    order = instruments()["us-eo13581"]
    ended = replace(order, in_force=replace(order.in_force, end=date(2020, 5, 31)))
    stops = {change.day: change.what for change in common_changes([ended], date(2026, 11, 24))}
    assert stops[date(2020, 6, 1)] == (order.short,), "the first day on which it does not stand"


def test_a_month_stands_for_its_last_day() -> None:
    assert parse_day("2019-12", date(2000, 1, 1)) == date(2019, 12, 31)
    assert parse_day(" ", date(2000, 1, 1)) == date(2000, 1, 1)


def test_every_mark_and_status_has_its_word_meaning_and_shape() -> None:
    marks = [words_law.confidence_mark(name) for name in CONFIDENCES]
    marks += [words_law.status_mark(word) for word in Word]
    marks += words_law.reach_marks()
    assert all(mark.word and mark.meaning and mark.glyph for mark in marks)
    for group in (marks[:4], marks[4:9], marks[9:]):
        assert len({mark.glyph for mark in group}) == len(group)


def test_every_code_of_the_instruments_has_its_word() -> None:
    for one in instruments().values():
        assert one.kind in words_law.KINDS
        assert one.jurisdiction in words_law.JURISDICTIONS
        for parameter in one.parameters:
            assert parameter.unit in words_law.UNITS
        for step in one.procedure:
            if step.clock:
                assert words_law.clock_text(step.clock, one)
