"""The report says what was found, for whom, how sure, and is safe to hand on."""

from __future__ import annotations

import datetime
import itertools
import re
import shutil
import subprocess
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from puente.errors import InvalidData
from puente.report.document import Document, Grid, Paragraph, Section, handling
from puente.report.document_html import render_html, style_source
from puente.report.document_pdf import render_pdf
from puente.report.summary_places import read_places
from puente.report.summary_report import build_document, write_report
from puente.report.summary_sections import reasons_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa

    from puente.guard.view import View
    from puente.report.summary_report import ReportFiles
    from puente.workspace import Workspace

BANNER = "TLP:AMBER//REL MX US"


class Page(HTMLParser):
    """Gathers tags, attributes and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture
def written(
    open_for: Callable[..., View],
    summary: dict[str, object],
    now: datetime.datetime,
    tmp_path: Path,
) -> ReportFiles:
    return write_report(open_for(), summary, tmp_path, language="en", now=now)


@pytest.fixture
def page(written: ReportFiles) -> Page:
    return Page(written.html.read_text(encoding="utf-8"))


@pytest.fixture
def english(
    open_for: Callable[..., View], summary: dict[str, object], now: datetime.datetime
) -> Document:
    return build_document(open_for(), summary, language="en", now=now)


def test_the_page_runs_no_script_and_fetches_nothing(page: Page) -> None:
    names = {tag for tag, _attrs in page.tags}
    assert not names & {"script", "iframe", "object", "embed", "link", "img", "base", "form"}
    for _tag, attrs in page.tags:
        assert not any(name.startswith("on") for name in attrs)
        assert (attrs.get("href") or "#").startswith("#")
        assert "style" not in attrs


def test_the_page_allows_its_own_style_sheet_by_hash_and_nothing_else(page: Page) -> None:
    policies = [
        attrs["content"] or ""
        for tag, attrs in page.tags
        if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
    ]
    assert len(policies) == 1
    assert "default-src 'none'" in policies[0]
    assert style_source() in policies[0]
    assert "unsafe" not in policies[0]


def test_the_worst_names_stand_on_the_page_as_text(page: Page, nasty: tuple[str, ...]) -> None:
    told = " ".join(page.text)
    assert nasty[1] in told
    assert "<script>alert(1)</script>" not in {tag for tag, _attrs in page.tags}


def test_the_page_says_its_language_marking_purpose_and_what_it_is_not(page: Page) -> None:
    told = " ".join(page.text)
    assert ("html", {"lang": "en"}) in page.tags
    for part in (
        BANNER,
        "Investigation · case C-1 · a test",
        "ana (Analyst)",
        "Not a finding of guilt",
        "June 1, 2024",
        "SHA-256",
    ):
        assert part in told, part
    assert told.count(BANNER) >= 2


def test_headings_do_not_jump_a_level(page: Page) -> None:
    levels = [int(tag[1]) for tag, _attrs in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))


def test_every_id_on_the_page_stands_once(page: Page) -> None:
    ids = [attrs["id"] for _tag, attrs in page.tags if attrs.get("id")]
    assert len(ids) == len(set(ids))


def test_the_same_snapshot_and_clock_give_the_same_bytes(
    open_for: Callable[..., View],
    summary: dict[str, object],
    now: datetime.datetime,
    tmp_path: Path,
    written: ReportFiles,
) -> None:
    other = tmp_path / "again"
    other.mkdir()
    again = write_report(open_for(), summary, other, language="en", now=now)
    assert again.pdf.read_bytes() == written.pdf.read_bytes()
    assert again.html.read_bytes() == written.html.read_bytes()
    later = build_document(open_for(), summary, language="en", now=now + datetime.timedelta(days=1))
    assert render_pdf(later) != written.pdf.read_bytes()


def test_the_pdf_is_tagged_for_screen_readers(written: ReportFiles) -> None:
    content = written.pdf.read_bytes()
    assert content.startswith(b"%PDF-1.7")
    assert b"pdfuaid" in content
    for mark in (b"/StructTreeRoot", b"/MarkInfo", b"/Lang"):
        assert mark in content


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not installed")
def test_every_page_of_the_pdf_has_its_marking_and_its_number(written: ReportFiles) -> None:
    done = subprocess.run(
        ["pdftotext", "-layout", written.pdf, "-"], capture_output=True, text=True, check=True
    )
    pages = done.stdout.split("\f")[:-1]
    assert len(pages) >= 5
    for number, text in enumerate(pages, start=1):
        assert text.count(BANNER) >= 2
        assert f"Page {number} of {len(pages)}" in text
        assert "not a finding of guilt" in text


def test_figures_of_the_report_are_those_of_the_records(english: Document) -> None:
    told = str(english)
    for part in (
        "12 entities in the records are 11 different",
        "2 of 32 rows (6.25%) could not be read",
        "Joaquín Guzmán Loera (listed) holds 60 %; together 60 %: at least 50 %, blocked",
        "no date <2023-02-30>",
    ):
        assert part in told, part


def grids(document: Document, key: str) -> list[Grid]:
    section = next(section for section in document.sections if section.key == key)
    return [block for block in section.blocks if isinstance(block, Grid)]


def test_places_rank_only_rates_that_chance_cannot_turn_over(english: Document) -> None:
    """Alfa has 48 cases of 50,000 people; Gama has 2, which say nothing; Delta reported half."""
    (ranked,) = grids(english, "places")
    assert [row[1] for row in ranked.rows] == ["Alfa, Norte", "Épsilon, Sur"]
    assert ranked.rows[0][-1] == "96.0"
    section = next(s for s in english.sections if s.key == "places")
    said = str(section)
    assert "1 places that reported only some of the twelve months, and 12" in said
    assert "1 to 4 cases: no rate" in said


class Tables:
    """Answers `.sql` over tables held in memory, as a View does over a build."""

    def __init__(self) -> None:
        self.db = duckdb.connect()
        self.db.execute(
            "CREATE TABLE panel AS SELECT place, '2026-' || lpad(m::VARCHAR, 2, '0') AS month,"
            " record, n::BIGINT AS count, 1000::BIGINT AS population, ['s'] AS sources, level"
            " FROM range(1, 13) AS months(m), (VALUES ('01001', 'theft', 2, 'municipality'),"
            " ('01999', 'theft', 1, 'unplaced'), ('01000', 'theft', 3, 'state'),"
            " ('00999', 'abroad', 90, 'unplaced'), ('01000', 'fraud', 90, 'state'),"
            " ('00000', 'fraud', 90, 'nation')) AS cells(place, record, n, level)"
        )
        for table, columns in (
            ("areas", ("place", "geometry", "level", "source")),
            ("places", ("place", "name", "state_name", "valid_from", "valid_to")),
        ):
            self.db.execute(f"CREATE TABLE {table} ({', '.join(c + ' VARCHAR' for c in columns)})")

    def sql(self, query: str, params: object = None) -> pa.Table:
        return self.db.execute(query, params).to_arrow_table()


def test_the_report_rates_what_municipalities_have_and_no_count_of_states_or_of_nowhere() -> None:
    view: Any = Tables()
    facts = read_places(view)
    assert facts is not None
    assert (facts.record, facts.first, facts.last) == ("theft", "2026-01", "2026-12")
    assert (dict(facts.cases), facts.elsewhere) == ({"01001": 24}, 12)
    view.db.execute("DELETE FROM panel WHERE level = 'municipality'")
    assert read_places(view) is None


def test_alerts_carry_reasons_verdict_and_marking_and_are_not_called_judged(
    english: Document,
) -> None:
    verdicts, alerts = grids(english, "screening")
    assert verdicts.rows == (("ofac_sdn", "1", "1", "0", "1"),)
    assert [row[4] for row in alerts.rows] == ["same", "possible, not judged"]
    assert all(row[-1] == BANNER for row in alerts.rows)
    assert alerts.rows[0][5] == "name: a / b (all tokens)"


def test_whoever_is_listed_is_counted_apart_from_whoever_is_owned(english: Document) -> None:
    section = next(section for section in english.sections if section.key == "ownership")
    assert "('1', 'on a list themselves', '')" in str(section)
    assert "('1', 'blocked by ownership', '')" in str(section)


def test_making_the_report_stands_in_the_log(written: ReportFiles, workspace: Workspace) -> None:
    workspace.audit.flush()
    newest = workspace.audit.newest(5)
    assert any(row.action == "report" and row.actor == "ana" for row in newest)
    assert written.marking == BANNER


def test_spanish_is_spoken_where_it_is_asked_for(
    open_for: Callable[..., View], summary: dict[str, object], now: datetime.datetime
) -> None:
    spanish = build_document(open_for(), summary, language="es", now=now)
    assert spanish.language == "es"
    assert '<html lang="es">' in render_html(spanish)
    assert "1 de junio de 2024" in str(spanish.about)


def test_a_clock_without_a_time_zone_is_refused(
    open_for: Callable[..., View], summary: dict[str, object]
) -> None:
    with pytest.raises(InvalidData, match="time zone"):
        build_document(open_for(), summary, language="en", now=datetime.datetime(2024, 6, 1))  # noqa: DTZ001


def test_a_build_of_nothing_gives_a_report_that_says_so(
    empty_view: View, now: datetime.datetime, tmp_path: Path
) -> None:
    """The report is made within the build, before it is published, whatever was loaded."""
    written = write_report(empty_view, {}, tmp_path, language="en", now=now)
    told = " ".join(Page(written.html.read_text(encoding="utf-8")).text)
    for part in (
        "No hit on any list.",
        "No entity on a property-blocking list was found.",
        "No place was counted in any source.",
        "0 of 0 rows",
    ):
        assert part in told, part
    assert written.marking == "TLP:CLEAR"


def bare(*texts: str) -> Document:
    return Document(
        title=texts[0],
        subtitle=texts[0],
        language="en",
        marking="TLP:RED",
        about=(("About", texts[0]),),
        made="2024-06-01T12:00:00+00:00",
        closing=texts[0],
        sections=(
            Section(
                key="s",
                title=texts[0],
                blocks=(
                    Paragraph(text=texts[0]),
                    Grid(headers=("A",), rows=tuple((text,) for text in texts), caption=texts[0]),
                ),
            ),
        ),
        labels={"contents": "C", "as_table": "T", "top": "U", "page": "{page}/{pages}"},
    )


def test_no_text_can_break_the_typesetting_or_the_page(nasty: tuple[str, ...]) -> None:
    for text in (*nasty, "#{ panic() }", '#read("/etc/passwd")', "\\u{202e}", "$", "\uffff"):
        assert render_pdf(bare(text, "", *nasty)).startswith(b"%PDF")
        assert "<script" not in render_html(bare(text, "", *nasty))


def test_the_banner_binds_in_both_languages_and_in_the_colours_of_the_protocol() -> None:
    banner, colour = handling("TLP:RED//REL MX US")
    assert banner.startswith("TLP:RED//REL MX US")
    assert colour == "#FF2B2B"
    with pytest.raises(InvalidData):
        handling("SECRET")


def test_reasons_of_either_shape_are_read() -> None:
    screened = [
        {"part": "date of birth", "asked": "1957", "listed": "1957", "effect": "same"},
        {"part": "name", "asked": "ANA", "listed": "Ana R", "effect": "alike"},
    ]
    assert reasons_text(screened, ("Ana", "ana r")) == "date of birth: 1957 (same); name (alike)"
    assert reasons_text('["one", {"level": "two"}]') == "one; two"
    assert reasons_text(None) == ""
