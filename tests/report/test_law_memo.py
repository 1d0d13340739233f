"""The memo: both languages, no verdict, dissent at equal size, and nothing without a search."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from puente.casework.cases import CaseDesk
from puente.casework.determinations import Finding, cosign, determine
from puente.errors import Conflict, InvalidData, NotAllowed
from puente.guard.actors import Actor, Purpose
from puente.i18n import use_language
from puente.law.evidence import Side
from puente.report.document import Beside, Bullets, Callout, Card, Document, Grid, Paragraph
from puente.report.document_html import render_html
from puente.report.document_pdf import render_pdf
from puente.report.law_memo import NEEDS_SEARCH, MemoAsked, build_memo, memo_facts, write_memo
from puente.report.law_memo_words import node_text
from puente.settings import Settings
from puente.store.ledger import writing
from puente.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from puente.report.law_memo_words import MemoFacts

CASE = (Path(__file__).resolve().parents[2] / "docs/examples/case-fto.yaml").read_text("utf-8")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONG = "The trade figures point the other way. " * 12


def asked(language: str = "en", **other: Any) -> MemoAsked:
    given = MemoAsked(
        case="example-fto",
        language=language,
        as_of_law=date(2025, 2, 20),
        as_of_facts=None,
        now=NOW,
    )
    return replace(given, **other)


def desk(node: Workspace, name: str, role: str = "analyst") -> CaseDesk:
    purpose = {"analyst": "investigation", "policy_staff": "oversight"}[role]
    actor = Actor(name=name, roles=frozenset({role}), country="MX", agency="FGR")
    return CaseDesk(node.guard, actor, Purpose(name=purpose, case="example-fto"))


def fill(node: Workspace) -> None:
    """File the case; one determines, another signs, a third dissents."""
    ana = desk(node, "ana")
    ana.add(CASE, "case.yaml")
    ana.search("example-fto", "threat", Side.CON, "trade reports of two years")
    given = Finding(
        element="threat",
        reading="motive=paper+gain=sole",
        status="met",
        reasons="Nationals were held.",
        as_of_law=date(2025, 2, 20),
    )
    made = determine(ana, "example-fto", given)
    cosign(desk(node, "luis"), "example-fto", made.number)
    dissent = replace(given, status="contested", reasons=LONG, dissent_of=made.number)
    determine(desk(node, "eva"), "example-fto", dissent)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    settings = Settings(workspace=tmp_path_factory.mktemp("memo") / "ws")
    with Workspace.open(settings, clock=lambda: NOW) as opened:
        fill(opened)
        yield opened


@pytest.fixture(scope="module")
def facts(node: Workspace) -> MemoFacts:
    return memo_facts(desk(node, "ana"), asked())


@pytest.fixture(scope="module")
def english(node: Workspace, facts: MemoFacts) -> Document:
    return build_memo(desk(node, "ana"), facts, "en", NOW)


@pytest.fixture(scope="module")
def spanish(node: Workspace, facts: MemoFacts) -> Document:
    return build_memo(desk(node, "ana"), facts, "es", NOW)


def words(document: Document, key: str = "") -> str:
    """Return all that a section says, or the whole memo."""
    said: list[str] = []
    for section in document.sections:
        if key and section.key != key:
            continue
        said.append(section.title)
        for block in section.blocks:
            if isinstance(block, Paragraph):
                said.append(block.text)
            elif isinstance(block, Callout):
                said += [block.title, block.text]
            elif isinstance(block, Bullets):
                said += block.items
            elif isinstance(block, Grid):
                said += [block.caption, *block.headers, *sum(block.rows, ()), block.note]
            elif isinstance(block, Beside):
                said.append(block.caption)
                for card in block.cards:
                    said += [card.title, card.text, *sum(card.facts, ())]
    return "\n".join(said).replace("\u200b", "")


def views(document: Document) -> list[Beside]:
    held = next(section for section in document.sections if section.key == "determinations")
    return [block for block in held.blocks if isinstance(block, Beside)]


def test_the_memo_is_refused_while_nobody_has_searched_the_contrary_side(tmp_path: Path) -> None:
    with Workspace.open(Settings(workspace=tmp_path / "ws"), clock=lambda: NOW) as opened:
        ana = desk(opened, "ana")
        ana.add(CASE, "case.yaml")
        ana.search("example-fto", "threat", Side.PRO, "the side that suits")
        with pytest.raises(NotAllowed, match="the contrary side") as refused:
            write_memo(ana, asked(), tmp_path / "memo.pdf")
        assert refused.value.rule == NEEDS_SEARCH
        row = opened.audit.newest(1)[0]
        assert (row.action, row.allowed, row.rule) == ("export_case", False, NEEDS_SEARCH)
        assert not (tmp_path / "memo.pdf").exists()


def test_the_memo_is_refused_where_the_docket_was_altered(tmp_path: Path) -> None:
    with Workspace.open(Settings(workspace=tmp_path / "ws"), clock=lambda: NOW) as opened:
        fill(opened)
        with writing(opened.ledger) as connection:
            connection.execute(
                text("UPDATE case_entry SET content = replace(content, 'held', 'hold')")
            )
        with pytest.raises(Conflict, match="altered"):
            write_memo(desk(opened, "ana"), asked(), tmp_path / "memo.pdf")


def test_it_gives_each_reading_its_result_and_names_the_pivot(english: Document) -> None:
    question = words(english, "question")
    assert question.count("supported on this record") == 2
    assert question.count("rebutted on this record") == 2
    pivot = words(english, "pivot")
    assert "The violence was politically motivated [22 USC 2656f(d)(2)]" in pivot
    assert "Terrorist activity in the sense of 8 USC 1182(a)(3)(B)(iii)" in pivot
    table = words(english, "table")
    assert all(f"({element})" in table for element in ("political_motive", "threat", "activity"))
    assert "against" in words(english, "change")
    assert "e01, e02, e03, e17" in words(english, "load")
    assert "e05" in words(english, "unanswered")


def test_a_group_without_a_name_is_told_by_what_its_elements_ask_for(facts: MemoFacts) -> None:
    """Else who reads the memo meets bare ids where the law's words belong."""
    threat, activity = (node_text(facts.run, name) for name in ("threat", "activity"))
    assert "threat" not in {threat, activity}
    assert node_text(facts.run, "threat+activity") == f"{threat} + {activity}"


def test_it_decides_nothing(english: Document, spanish: Document) -> None:
    said = words(english).lower()
    for word in ("guilty", "verdict:", "score", "ranking", "probability"):
        assert word not in said
    assert "weighs no reading against another" in said
    assert "culpable" not in words(spanish).lower()


def test_a_dissent_stands_beside_what_it_answers_with_the_same_fields(english: Document) -> None:
    cards = views(english)[0].cards
    assert [card.title for card in cards] == ["Determination 3", "Dissent 5, answers 3"]
    assert [label for label, _value in cards[0].facts] == [label for label, _v in cards[1].facts]
    held = [dict(card.facts) for card in cards]
    assert [one["Determined"] for one in held] == ["met", "contested"]
    assert {one["The record then"] for one in held} == {"element supported; whole rebutted"}
    assert held[0]["Second signature"].startswith("luis")
    assert "not signed" in held[1]["Second signature"]


def test_what_the_file_tells_of_views_is_not_passed_off_as_signed(english: Document) -> None:
    told = views(english)[-1]
    assert [card.title for card in told.cards] == ["View", "Dissent"]
    assert "Told in the case file; not signed here" in words(english, "determinations")


def test_it_says_where_the_data_do_not_tell_who_was_designated(
    node: Workspace, facts: MemoFacts, english: Document
) -> None:
    """Else "none bears the name" would read as if nobody of that name had been designated."""
    later = replace(facts.run.instrument, designations_known_from=date(2026, 1, 1))
    silent = replace(facts, run=replace(facts.run, instrument=later))
    told = "Who was designated before January 1, 2026 is not in the data."
    assert told in words(build_memo(desk(node, "ana"), silent, "en", NOW), "instrument")
    assert "Who was designated before" not in words(english, "instrument")


def test_what_stands_from_memory_is_marked_with_what_to_check(english: Document) -> None:
    law = words(english, "instrument")
    assert "from memory, to check: People's Mojahedin Org. of Iran" in law
    assert "contested" in words(english, "readings")


def test_each_item_comes_with_grade_group_marking_and_place(english: Document) -> None:
    record = next(section for section in english.sections if section.key == "record")
    grid = next(block for block in record.blocks if isinstance(block, Grid))
    rows = {row[0]: row for row in grid.rows}
    assert len(rows) == CASE.count("\n  - id: e")
    assert rows["e17"][2:6] == ("B2, strong item", "consulate", "2019-02-20", "TLP:GREEN")
    assert "Consular notice (made up), notice of 2019-02-20" in rows["e17"][6]
    assert "not to be had yet" in words(english, "record"), "e20 is shown and not counted"


def test_it_says_who_searched_where_and_where_nobody_has(english: Document) -> None:
    said = words(english, "searches")
    assert "trade reports of two years" in said
    assert "logged, version 1" in said
    assert "told in the case file" in said
    assert "unlawful, conveyance" in said, "elements against which nobody searched are named"


def test_it_names_all_that_it_was_made_from(english: Document, facts: MemoFacts) -> None:
    said = words(english, "proofs")
    for digest in (
        facts.held.head.fingerprint,
        facts.run.instrument_fingerprint,
        facts.run_digest,
        facts.public_key,
        facts.held.docket.entries[-1].digest,
    ):
        assert digest in said


def test_both_languages_say_the_same_things(english: Document, spanish: Document) -> None:
    assert [section.key for section in english.sections] == [s.key for s in spanish.sections]
    assert "La violencia tuvo motivo político" in words(spanish, "table")
    assert words(english, "proofs").count("\n") == words(spanish, "proofs").count("\n")


def test_the_same_case_and_clock_give_the_same_tagged_bytes(
    node: Workspace, tmp_path: Path
) -> None:
    with use_language("en"):
        one = write_memo(desk(node, "ana"), asked("both"), tmp_path / "one.pdf")
        two = write_memo(desk(node, "ana"), asked("both"), tmp_path / "two.pdf")
    assert one.sha256 == two.sha256
    content = (tmp_path / "one.pdf").read_bytes()
    assert content == (tmp_path / "two.pdf").read_bytes()
    assert content.startswith(b"%PDF-1.7")
    for mark in (b"pdfuaid", b"/StructTreeRoot", b"/Lang"):
        assert mark in content
    row = node.audit.newest(1)[0]
    assert (row.action, row.ids) == ("report", ("case:example-fto", f"sha256:{two.sha256}"))


def test_two_parts_bear_the_strictest_marking_of_both(english: Document, spanish: Document) -> None:
    from puente.report.document_pdf import _data

    strict = replace(spanish, marking="TLP:AMBER")
    assert '"banner": "TLP:AMBER' in _data(english, (strict,))
    assert '"banner": "TLP:GREEN' in _data(english, (spanish,))


def test_under_law_that_is_not_in_force_nothing_is_supported(node: Workspace) -> None:
    ana = desk(node, "ana")
    before = asked(as_of_law=date(1990, 1, 1))
    memo = build_memo(ana, memo_facts(ana, before), "en", NOW)
    assert "was not in force" in words(memo, "question")
    assert "table" not in {section.key for section in memo.sections}
    assert render_pdf(memo).startswith(b"%PDF")


def test_hostile_words_of_people_stay_words(english: Document, nasty: tuple[str, ...]) -> None:
    cards = tuple(Card(title=name, facts=((name, name),), text=name * 3) for name in nasty)
    section = replace(english.sections[0], blocks=(Beside(caption=nasty[1], cards=cards),))
    document = replace(english, sections=(section,))
    assert render_pdf(document).startswith(b"%PDF")
    page = render_html(document)
    assert "<script>alert(1)</script>" not in page
    assert re.search(r"&lt;script&gt;", page)


def test_what_cannot_be_a_memo_is_refused(node: Workspace, facts: MemoFacts) -> None:
    ana = desk(node, "ana")
    with pytest.raises(InvalidData, match="time zone"):
        build_memo(ana, facts, "en", datetime(2026, 3, 1))  # noqa: DTZ001
    with pytest.raises(InvalidData, match="unknown language"):
        write_memo(ana, asked("fr"), Path("none.pdf"))


def test_words_longer_than_a_page_go_on_over_the_next(english: Document) -> None:
    """A row or a view that cannot break is cut at the foot of the page without a word."""
    long = " ".join(f"w{number}" for number in range(4_000))[:20_000]
    cards = tuple(Card(title="x", facts=(("a", "b"),), text=long) for _ in range(2))
    grid = Grid(headers=("a", "b"), rows=(("1", long * 2),), caption="c", wide=((1, 1),))
    for block in (Beside(caption="c", cards=cards), grid):
        section = replace(english.sections[0], blocks=(block,))
        content = render_pdf(replace(english, sections=(section,)))
        assert len(re.findall(rb"/Type\s*/Page\b", content)) >= 5
