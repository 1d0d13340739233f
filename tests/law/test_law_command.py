"""`puente law`: what a person or a program gets from the instruments."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from puente.cli.app import build_app
from puente.i18n import use_language

if TYPE_CHECKING:
    from collections.abc import Callable

Run = tuple[int, str, str]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    def once(*words: str, language: str = "en") -> Run:
        monkeypatch.setattr(sys, "argv", ["puente", "law", *words])
        monkeypatch.setenv("COLUMNS", "160")
        code = 0
        with use_language(language):
            try:
                build_app()(["law", *words], standalone_mode=True)
            except SystemExit as end:
                code = int(end.code or 0)
        out, err = capfd.readouterr()
        return code, out, err

    return once


def answer(result: Run) -> dict[str, Any]:
    (line,) = result[1].splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_a_penalty_is_one_object_with_the_promised_keys(run: Callable[..., Run]) -> None:
    code, out, err = run("penalty", "kingpin-civil", "--date", "2019-12-19", "--json")
    found = answer((code, out, err))
    assert (code, err) == (0, "")
    assert found["maximum"] == 1_503_470
    promised = {"maximum", "currency", "effective", "reference", "confidence"}
    assert promised | {"note", "otherwise", "stale", "rule"} <= set(found)
    assert found["stale"][0]["value"] == 1_075_000


def test_a_maximum_that_cannot_be_given_ends_with_1_and_says_what_to_look_up(
    run: Callable[..., Run],
) -> None:
    code, out, err = run("penalty", "kingpin-civil", "--date", "2005-06-01", "--json")
    assert code == 1
    assert answer((code, out, err))["maximum"] is None
    code, out, _err = run("penalty", "kingpin-civil", "--date", "2005-06-01")
    assert code == 1
    assert "from memory, to check" in out
    assert "not given" in out


def test_prison_and_fine_of_one_sentence_come_together(run: Callable[..., Run]) -> None:
    found = answer(run("penalty", "kingpin-criminal-officer", "--date", "2019-12-19", "--json"))
    assert (found["maximum"], found["unit"]) == (30, "years")
    assert [part["maximum"] for part in found["also"]] == [5_000_000]


def test_an_amount_is_read_as_people_write_it_and_nonsense_is_refused(
    run: Callable[..., Run],
) -> None:
    words = ("penalty", "ieepa-civil", "--date", "2024-06-01", "--json", "--transaction")
    assert answer(run(*words, "$500,000.00"))["maximum"] == 1_000_000
    assert run(*words, "much")[0] == 3
    assert run(*words, "-5")[0] == 3


def test_unknown_names_and_days_are_bad_input_without_a_trace(run: Callable[..., Run]) -> None:
    for words in (
        ("penalty", "nothing", "--date", "2024-06-01"),
        ("penalty", "kingpin-civil", "--date", "2024-13-01"),
        ("penalty", "kingpin-civil", "--date", "2024-06-01", "--violation", "2025-01-01"),
        ("show", "us-nothing"),
        ("deadline", "nothing", "--from", "2026-06-30"),
        ("deadline", "ofac-blocking-report", "--from", "9999-12-31"),
    ):
        code, out, err = run(*words)
        assert (code, out) == (3, ""), words
        assert "Traceback" not in err


def test_a_deadline_says_its_day_and_what_was_not_counted(run: Callable[..., Run]) -> None:
    found = answer(run("deadline", "ofac-blocking-report", "--from", "2026-06-30", "--json"))
    assert found["due"] == "2026-07-15"
    assert len(found["skipped"]) == 5
    assert found["reference"].startswith("31 CFR 501.603")


def test_a_time_limit_from_memory_is_marked_and_ends_with_1(run: Callable[..., Run]) -> None:
    code, out, _err = run("deadline", "us-visa-reconsideration", "--from", "2026-06-30")
    assert code == 1
    assert "from memory, to check" in out


def test_the_list_names_every_instrument_once(run: Callable[..., Run]) -> None:
    code, out, _err = run("list", "--json")
    ids = [json.loads(line)["id"] for line in out.splitlines()]
    assert code == 0
    assert len(ids) == len(set(ids)) >= 20


def test_an_instrument_is_shown_with_its_tree_its_figures_and_its_marks(
    run: Callable[..., Run],
) -> None:
    code, out, _err = run("show", "us-kingpin")
    assert code == 0
    for words in ("Tier II", "1,876,699 US dollars", "out of date", "from memory, to check"):
        assert words in out, words


def test_a_first_day_from_memory_bears_its_mark(run: Callable[..., Run]) -> None:
    head = run("show", "us-21usc2313a")[1].split("all of:")[0]
    assert "2024" in head
    assert "from memory, to check" in " ".join(head.split())
    assert "from memory" not in run("show", "us-eo14059")[1].split("all of:")[0]


def test_what_came_later_is_not_shown_as_of_an_earlier_day(run: Callable[..., Run]) -> None:
    found = answer(run("show", "us-kingpin", "--date", "2019-12-19", "--json"))
    (civil,) = (item for item in found["parameters"] if item["id"] == "civil_maximum")
    assert [value["value"] for value in civil["values"]] == [1_503_470]
    assert all(event["date"] <= "2019-12-19" for event in found["timeline"])
    assert answer(run("show", "us-eo14059", "--date", "2019-12-19", "--json"))["applies"] is False
    assert "Not in force" in run("show", "us-eo14059", "--date", "2019-12-19")[1]


def test_every_instrument_can_be_shown_in_both_languages(run: Callable[..., Run]) -> None:
    for line in run("list", "--json")[1].splitlines():
        name = json.loads(line)["id"]
        english = answer(run("show", name, "--json"))
        spanish = answer(run("show", name, "--json", language="es"))
        assert english["title"] != spanish["title"], name
        assert [item["reference"] for item in english["notes"]] == [
            item["reference"] for item in spanish["notes"]
        ]
    assert "Ley de Seguridad Nacional" in run("show", "mx-lsn-2020", language="es")[1]
