"""Beside every figure: as of when, from whom, covering what, and what was found wrong with it."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from puente.ingest.quality import check_quality
from puente.ingest.quality_findings import CHECKS
from puente.report.pictures_coverage import MonthCover, all_months, coverage_picture
from puente.store.lake import Origin
from puente.web.pages_sources import holds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from fastapi import FastAPI

    from puente.workspace import Workspace

FEED = "municipal_feed"
MONTHS = tuple(f"2025-{month:02d}" for month in range(1, 13))


def words_of(html: str) -> str:
    body = re.sub(r"<(script|style)[^>]*>.*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def feed_rows() -> list[dict[str, Any]]:
    """Return made-up counts with a figure below zero, and a December of nothing but zeros."""
    rows = [
        {"place": place, "month": month, "record": record,
         "count": 0 if month == "2025-12" else 60 + 7 * int(place[-1]) + int(month[5:])}
        for place in ("99001", "99002", "99003")
        for record in ("robo", "<b>lesiones</b>")
        for month in MONTHS
    ]  # fmt: skip
    rows[2]["count"] = -5
    return rows


@pytest.fixture(scope="module")
def checked(madeup: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The made-up workspace with one more source, and its figures checked."""
    made: Workspace = madeup.make_workspace(tmp_path_factory.mktemp("quality") / "ws")
    origin = Origin(
        source=FEED, path="in/feed.csv", sha256=sha256(b"feed").hexdigest(), published="2025-11",
        agency="NOBODY", marking="TLP:CLEAR", record_class="fact",
    )  # fmt: skip
    with made.lake.begin_load(origin) as writer:
        writer.rows("counts", feed_rows())
        writer.publish(rows=72, loaded=72, rejected=0)
    with made.lake.begin_build() as build:
        madeup._derive(made, build)
        view = made.system_view(build_path=build.path)
        known = [source.info for source in made.known_sources()]
        table = check_quality(view, known, today=madeup.NOW.date())
        build.write("quality", table, cells=view.lineage)
        build.publish()
    yield made
    made.close()


@pytest.fixture(scope="module")
def checked_app(checked: Workspace) -> FastAPI:
    from puente.web.app import create_app

    return create_app(checked)


@pytest.fixture
def reader(checked_app: FastAPI, new_browser: Callable[..., Any]) -> Callable[..., Any]:
    def opened(user: str = "ana", purpose: str = "investigation") -> Any:
        return new_browser(checked_app).sign_in(user, purpose, "C-1")

    return opened


def test_a_source_lists_its_findings_with_figure_against_what_was_expected(
    reader: Callable[..., Any],
) -> None:
    html = reader().get(f"/sources/{FEED}").text
    text = words_of(html)
    assert re.search(r"fault impossible value .*Counts below zero: 1, the least -5", text)
    assert re.search(r"fault months to come .*Nothing but zeros at the end", text)
    assert "-5" in text
    assert "feed.csv" in text
    assert "<b>lesiones" not in html
    assert html.count('class="glyph"') >= 2, "severity is told by shape as well as by colour"


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_of_a_source_is_well_formed_with_findings_on_it(
    reader: Callable[..., Any], language: str
) -> None:
    html = reader().get(f"/sources/{FEED}", headers={"accept-language": language}).text
    assert len(re.findall(r"<table", html)) == len(re.findall(r"<caption", html))
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert " style=" not in html
    for found in re.finditer(r'<(?:input|select)(?![^>]*type="hidden")[^>]*>', html):
        identity = re.search(r'\sid="([^"]+)"', found[0])
        assert identity
        assert f'for="{identity[1]}"' in html


def test_findings_are_narrowed_by_severity_and_check_and_nothing_else_is_taken(
    reader: Callable[..., Any],
) -> None:
    browser = reader()
    text = words_of(browser.get(f"/sources/{FEED}?severity=fault&check=future").text)
    assert "1 finding" in text
    assert "Counts below zero" not in text
    assert browser.get(f"/sources/{FEED}?severity=dreadful").status_code == 422
    assert browser.get(f"/sources/{FEED}?page=0").status_code == 422


def test_the_months_that_a_source_tells_are_drawn_and_told_as_a_table(
    reader: Callable[..., Any],
) -> None:
    text = words_of(reader().get(f"/sources/{FEED}").text)
    assert "12 of 12 months from Jan 2025 to Dec 2025 are told" in text
    assert re.search(
        r"Year Told Told in part Not told Figures Faults Warnings 2025 12 0 0 72", text
    )


def test_the_list_of_sources_says_as_of_when_how_late_what_is_covered_and_found(
    reader: Callable[..., Any],
) -> None:
    text = words_of(reader().get("/sources").text)
    assert "published once" in text
    assert "Jan 2025 – Dec 2025" in text
    assert re.search(r"\d+ faults", text)


@pytest.mark.parametrize(
    "path", ["/", "/search", "/entities/fgr-det-77", "/places", "/sources", f"/sources/{FEED}"]
)
def test_every_page_with_figures_says_as_of_when_and_how_many_findings(
    reader: Callable[..., Any], path: str
) -> None:
    text = words_of(reader().get(path).text)
    assert "As of" in text or path.startswith("/sources/")
    assert re.search(r"\d+ (faults?|warnings?|notes?)", text) or "none found" in text


def test_the_line_beside_an_entity_speaks_of_its_own_sources_alone(
    reader: Callable[..., Any],
) -> None:
    html = reader().get("/entities/fgr-det-77").text
    line = words_of(re.search(r'<p class="prov as-of">.*?</p>', html, re.DOTALL)[0])  # type: ignore[index]
    assert "As of Aug 31, 2026 to Oct 1, 2026" in line
    assert "0 faults" in line


def test_the_interface_says_the_same(reader: Callable[..., Any]) -> None:
    browser = reader()
    held = browser.get("/api/summary").json()["as_of"]
    assert FEED in held["sources"]
    assert held["fault"] >= 2
    entity = browser.get("/api/entities/fgr-det-77").json()
    assert entity["as_of"]["newest"] == "2026-10-01"
    assert {item["source"] for item in entity["sources"]} == {
        "fgr_detenidos", "ofac_sdn", "registro_empresas",
    }  # fmt: skip
    found = browser.get("/api/search?q=evaristo").json()
    assert found["as_of"]["sources"]
    own = {item["name"]: item["standing"] for item in browser.get("/api/sources").json()}
    assert own[FEED]["first"] == "2025-01"
    page = browser.get(f"/api/sources/{FEED}/findings?severity=fault").json()
    assert page["total"] == len(page["rows"]) == own[FEED]["fault"]
    assert {row["check"] for row in page["rows"]} <= set(CHECKS)
    named = {row["place"]: row["place_name"] for row in page["rows"] if row["place"]}
    assert named["99001"] == "Valle Inventado, Estado Inventado"
    assert browser.get("/api/sources/nobody/findings").status_code == 404


def test_whoever_may_not_see_all_findings_sees_those_of_the_open_sources(
    reader: Callable[..., Any],
) -> None:
    browser = reader("cruz", "crime_analysis")
    answer = browser.get(f"/sources/{FEED}")
    text = words_of(answer.text)
    assert "Counts below zero: 1, the least -5" in text
    assert browser.get("/sources/ssp_vehiculos").status_code == 404
    assert "ssp_vehiculos" not in browser.get("/sources").text


def test_a_build_that_was_never_checked_says_so(signed_in: Callable[..., Any]) -> None:
    text = words_of(signed_in().get("/sources/sesnsp").text)
    assert "The figures of this build were not checked" in text
    assert "figures not checked" in words_of(signed_in().get("/").text)


@pytest.mark.parametrize(
    ("time", "periods"),
    [
        ("2024-05", {"2024", "2024-05"}),
        ("2024-05-03", {"2024", "2024-05"}),
        ("2024", {"2024", "2024-05", "2024-06"}),
        ("2024-05/2024-06", {"2024", "2024-05", "2024-06"}),
        ("2023-11/2024-05", {"2023", "2024", "2024-05"}),
        ("2025-01", set()),
    ],
)
def test_a_finding_is_drawn_in_every_square_that_shares_days_with_it(
    time: str, periods: set[str]
) -> None:
    """Else a fault of a single day, such as a record dated ahead, stands nowhere."""
    squares = ("2023", "2024", "2024-05", "2024-06")
    assert {square for square in squares if holds(time.split("/"), square)} == periods


def test_the_picture_of_coverage_tells_gaps_apart_from_what_is_told() -> None:
    told = {"2020-01": (4, 4), "2020-03": (4, 2), "2020-12": (4, 4)}
    periods = all_months(told)
    assert periods == [f"2020-{month:02d}" for month in range(1, 13)]
    months = [
        MonthCover(period=p, cells=told.get(p, (0, 0))[0], told=told.get(p, (0, 0))[1])
        for p in periods
    ]
    picture = coverage_picture(months, source="made_up")
    assert picture.table[1] == [["2020", "2", "1", "9", "10", "0", "0"]]
    assert "3 of 12 months" in picture.alt
    assert coverage_picture(months, source="made_up").svg == picture.svg
    assert all_months({"2015": (1, 1), "2016": (1, 0)}) == ["2015", "2016"]
    assert coverage_picture([], source="made_up").table[1] == []
