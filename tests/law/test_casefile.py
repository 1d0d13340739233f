"""A case file that is read wrongly, or half, puts words into the mouths of its analysts."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from puente.errors import InvalidData
from puente.law.casefile import read_case

EXAMPLE = Path(__file__).resolve().parents[2] / "docs/examples/case-fto.yaml"

SMALL = """\
id: small
title: {en: Made up, es: Inventado}
instrument: us-8usc1189
organisation: {name: Made up, schema: Organization}
as_of_facts: 2019-12-31
evidence:
  - id: e1
    element: foreign
    side: pro
    grade: B
    credibility: 2
    group: g1
    date: 2018-05
    marking: TLP:CLEAR
    provenance: {source: Paper, locator: page 1}
    text: {en: Made up, es: Inventado}
    analyst: a1
    rationale: made up
  - id: e2
    element: foreign
    side: con
    grade: C
    credibility: 3
    group: g2
    date: 2018-05-02
    marking: TLP:GREEN
    provenance: {source: Other, locator: page 2}
    text: {en: Made up, es: Inventado}
    analyst: a1
    rationale: made up
    answers: [e1]
con_searches:
  - {element: foreign, what: registers, by: a2, date: 2019-01-01}
characterisations:
  - element: foreign
    analyst: a1
    status: supported
    reasons: made up
    answers: [e2]
    dissents:
      - {analyst: a2, status: contested, reasons: made up}
"""


def reason_and_line(text: str) -> tuple[str, int | None]:
    with pytest.raises(InvalidData) as caught:
        read_case(text, "case.yaml")
    assert caught.value.file == "case.yaml"
    return caught.value.reason, caught.value.line


def test_the_example_reads_and_says_that_it_is_made_up() -> None:
    case = read_case(EXAMPLE.read_text(encoding="utf-8"), "case-fto.yaml")
    assert len(case.evidence) == 20
    assert "made up" in case.organisation.name


def test_a_small_case_reads_as_written() -> None:
    case = read_case(SMALL, "case.yaml")
    first, second = case.evidence
    assert (first.grade.value, first.credibility.value, first.group) == ("B", "2", "g1")
    assert first.date.end.isoformat() == "2018-05-31"
    assert second.answers == ("e1",)
    assert case.characterisations[0].dissents[0].analyst == "a2"
    assert first.line == 7


@pytest.mark.parametrize(
    ("old", "new", "reason", "line"),
    [
        ("    group: g1\n", "    group: g1\n    score: 5\n", "unknown key 'score'", 13),
        ("id: small\n", "id: small\nid: small\n", "stand twice", 1),
        ("side: pro", "side: for", "is none of pro, con", 9),
        ("grade: B", "grade: G", "is none of A, B", 10),
        ("credibility: 2", "credibility: 7", "none of 1 to 6", 11),
        ("credibility: 2", "credibility: B", "whole number", 11),
        ("date: 2018-05-02", "date: 2018-02-30", "is no day", 25),
        ("date: 2018-05\n", "date: May 2018\n", "a day, a month or a year", 13),
        ("marking: TLP:GREEN", "marking: SECRET", "unknown marking", 26),
        ("schema: Organization", "schema: Person", "never a person", 4),
        ("schema: Organization", "schema: LegalEntity", "never a person", 4),
        ("schema: Organization", "schema: Cartel", "unknown schema", 4),
        ("  - id: e2", "  - id: e1", "'e1' stands twice", 19),
        ("answers: [e1]", "answers: [e9]", "is no item on 'foreign'", 19),
        ("answers: [e1]", "answers: [e2]", "own side", 19),
        ("answers: [e2]", "answers: [e9]", "is no item on 'foreign'", 35),
        ("{source: Other, locator: page 2}", "{source: PAPER, locator: Page 1}",
         "one document", 19),
        ("locator: page 1}", "locator: page 1, sha256: abc}", "64 hexadecimal", 15),
        ("rationale: made up\n  - id", "to_check: x\n    rationale: y\n  - id",
         "needs `confidence", 18),
        ("    rationale: made up\n  - id", "    confidence: memory\n    rationale: y\n  - id",
         "'to_check' is missing", 7),
        ("status: supported", "status: not_assessed", "is none of", 37),
        ("- {analyst: a2, status", "- {analyst: a1, status", "stands twice", 35),
        ("by: a2, date:", "by: a2, on:", "unknown key", 33),
        ("    text: {en: Made up, es: Inventado}\n    analyst: a1\n    rationale: made up\n  - id",
         "    text: {en: Made up}\n    analyst: a1\n    rationale: y\n  - id",
         "'es' is missing", 16),
        ("    group: g2\n", "", "'group' is missing", 19),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_line(old: str, new: str, reason: str, line: int) -> None:
    assert old in SMALL
    found, where = reason_and_line(SMALL.replace(old, new, 1))
    assert reason in found
    assert where == line


def test_one_digest_under_two_groups_is_one_document() -> None:
    digest = "ab" * 32
    text = SMALL.replace("locator: page 1}", f"locator: page 1, sha256: {digest}}}")
    text = text.replace("locator: page 2}", f"locator: page 2, sha256: {digest.upper()}}}")
    assert "one document" in reason_and_line(text)[0]


def test_layout_comments_and_order_do_not_change_the_fingerprint() -> None:
    value = yaml.safe_load(SMALL)
    value["evidence"].reverse()
    turned = yaml.safe_dump(dict(reversed(value.items())), sort_keys=False)
    once, again = read_case(SMALL, "a"), read_case("# a comment\n" + turned, "b")
    assert once.fingerprint == again.fingerprint


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("grade: B", "grade: C"),
        ("reasons: made up", "reasons: others"),
        ("page 1", "page 3"),
        ("side: con", "side: pro"),
        ("what: registers", "what: papers"),
        ("as_of_facts: 2019-12-31", "as_of_facts: 2019-12-30"),
        ("date: 2018-05-02", "date: 2018-05-03"),
    ],
)
def test_any_change_of_content_changes_the_fingerprint(old: str, new: str) -> None:
    text = SMALL.replace("    answers: [e1]\n", "").replace("    answers: [e2]\n", "")
    assert old in text
    assert read_case(text, "a").fingerprint != read_case(text.replace(old, new, 1), "a").fingerprint


LINES = SMALL.splitlines()


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(LINES) - 1), st.text(max_size=12)), min_size=1, max_size=3
    )
)
def test_a_damaged_file_ends_in_a_sentence_and_never_in_a_trace(
    damage: list[tuple[int, str]],
) -> None:
    lines = list(LINES)
    for place, put in damage:
        half = len(lines[place]) // 2
        lines[place] = lines[place][:half] + put
    try:
        read_case("\n".join(lines), "case.yaml")
    except InvalidData as error:
        said = error.message
    else:
        return
    assert said.startswith("case.yaml")
