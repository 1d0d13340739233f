"""What each page shows, and that every claim on it says where it comes from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

PAGES = (
    "/", "/search", "/search?q=evaristo", "/entities/fgr-det-77", "/entities/fgr-det-80",
    "/entities/fgr-def-9", "/entities/reg-emp-1", "/sources", "/sources/ofac_sdn", "/rejects",
    "/places", "/places/conflicts", "/network", "/network/paths?left=reg-socio-5&right=reg-emp-2",
    "/design", "/purpose",
)  # fmt: skip
LAW = (
    "/law", "/law?q=sinaloa&date=2019-12-31", "/law?q=zzyzx", "/law/us-8usc1189?date=2019-12-31",
    "/law/us-kingpin?date=2003-06-01", "/law/mx-lic-115", "/law/us-28cfr085",
    "/law/penalty?date=2019-12-19", "/law/penalty?name=fto-criminal&date=1990-01-01",
    "/law/assess", "/law/assess?example=case-fto&law=2019-12&other=2025-02-20",
    "/law/matrix?date=2025-02-20&cell=lawyer:kingpin",
    "/law/matrix?example=amend-kingpin-facilitators",
)  # fmt: skip
VERDICTS = re.compile(r"\b(guilty|culpable|score|puntaje|ranking)\b", re.IGNORECASE)


def words_of(html: str) -> str:
    body = re.sub(r"<(script|style)[^>]*>.*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


@pytest.mark.parametrize("path", PAGES + LAW)
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_page_has_one_heading_a_language_landmarks_and_no_inline_code(
    signed_in: Callable[..., Any], path: str, language: str
) -> None:
    answer = signed_in().get(path, headers={"accept-language": language})
    assert answer.status_code == 200
    html = answer.text
    assert f'<html lang="{language}"' in html
    assert len(re.findall(r"<h1[ >]", html)) == 1
    assert html.count("<main ") == 1
    assert 'href="#main"' in html
    assert " style=" not in html
    assert not re.search(r"<script(?![^>]* src=)", html)
    assert not re.search(r"\son[a-z]+=", html)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', html)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_who_looks_what_for_and_under_which_marking(
    signed_in: Callable[..., Any], path: str
) -> None:
    text = words_of(signed_in().get(path).text)
    assert re.search(r"User ana Purpose \w+ Case C-1", text)
    assert "Every look is recorded" in text
    if path != "/purpose":
        assert "TLP:AMBER+STRICT" in text
        assert "2026-10-05 12:00" in text


@pytest.mark.parametrize("path", PAGES + LAW)
def test_every_table_has_a_caption_and_every_field_a_label(
    signed_in: Callable[..., Any], path: str
) -> None:
    html = signed_in().get(path).text
    assert len(re.findall(r"<table", html)) == len(re.findall(r"<caption", html))
    for found in re.finditer(r'<(?:input|select|textarea)(?![^>]*type="hidden")[^>]*>', html):
        identity = re.search(r'\sid="([^"]+)"', found[0])
        assert identity, found[0]
        assert f'for="{identity[1]}"' in html
    for found in re.finditer(r"<svg[^>]*>", html):
        assert 'aria-hidden="true"' in found[0] or 'role="img"' in found[0]


@pytest.mark.parametrize("path", PAGES + LAW)
def test_no_two_elements_of_a_page_share_an_id(signed_in: Callable[..., Any], path: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', signed_in().get(path).text)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", LAW)
def test_no_page_of_the_law_gives_a_verdict_or_a_score(
    signed_in: Callable[..., Any], path: str
) -> None:
    text = words_of(signed_in().get(path).text)
    found = VERDICTS.findall(text.replace("It gives no verdicts", ""))
    assert not found


def test_a_claim_shows_source_row_agency_grade_and_what_was_written(
    signed_in: Callable[..., Any],
) -> None:
    text = words_of(signed_in().get("/entities/fgr-det-77").text)
    claims = text[text.index("Date of birth") :]
    assert claims.startswith(
        "Date of birth Mar 19, 1974 as written: 19/03/1974 fgr_detenidos fgr_detenidos.csv:12"
    )
    other = claims[claims.index("ofac_sdn ofac_sdn.csv:41") :]
    assert re.match(r"ofac_sdn ofac_sdn.csv:41 · OFAC · Oct 1, 2026 A 1 grade A1: ", other)
    assert other.index("as written: 19 Mar 1974") < other.index("Nationality")
    assert "source completely reliable; item confirmed by other sources" in text


def test_every_claim_is_on_the_page_the_first_of_each_value_open(
    signed_in: Callable[..., Any],
) -> None:
    html = signed_in().get("/entities/fgr-det-77").text
    held = signed_in().get("/api/entities/fgr-det-77").json()["facts"]
    claims = [c for prop in held["properties"] for value in prop["values"] for c in value["claims"]]
    section = html[html.index('id="facts"') : html.index('id="linked"')]
    assert len(re.findall(r'class="origin"', section)) == len(claims) == held["statements"]
    values = sum(len(prop["values"]) for prop in held["properties"])
    assert len(re.findall(r"<tr [^>]*>\s*(?:<th [^>]*rowgroup|<td)", section)) == values


def test_what_all_claims_share_is_told_once(signed_in: Callable[..., Any]) -> None:
    html = signed_in("carla", "compliance").get("/entities/ofac-9002").text
    section = words_of(html[html.index('id="facts"') : html.index('id="named"')])
    assert "For every line here: OFAC A 1" in section
    assert section.count("TLP:CLEAR") == 1
    whole = words_of(signed_in().get("/entities/fgr-det-77").text)
    assert "For every line here" not in whole
    assert "fact · TLP:AMBER" in whole


def test_why_linked_shows_each_record_and_each_weight(signed_in: Callable[..., Any]) -> None:
    html = signed_in().get("/entities/fgr-det-77").text
    text = words_of(html)
    for record in ("fgr-det-77", "ofac-9001", "reg-socio-5"):
        assert record in text
    assert "same words, one spelled alike" in text
    assert html.count('class="picture"') >= 3


def test_a_hit_says_that_nobody_has_judged_it(signed_in: Callable[..., Any]) -> None:
    text = words_of(signed_in().get("/entities/fgr-det-80").text)
    assert "possible match, not judged" in text
    assert "Resembles a list entry; nobody has judged it" in text
    assert "ILLICIT-DRUGS-EO14059" in text
    assert "birth date 1991-07-02 1980 speaks against" in text


def test_who_is_near_gives_the_way_its_evidence_and_the_arithmetic(
    signed_in: Callable[..., Any],
) -> None:
    text = words_of(signed_in().get("/entities/reg-emp-2").text)
    assert "2 steps from a listed entity" in text
    way = text[text.index("The shortest way") : text.index("Recorded links")]
    assert way.index("Evaristo") < way.index("Transportes") < way.index("Bodegas")
    assert "registro_empresas.csv:91" in way
    assert re.search(r"in the aggregate: 90 %", text)


def test_a_defender_is_shown_as_no_suspect_and_seeds_nothing(
    signed_in: Callable[..., Any],
) -> None:
    text = words_of(signed_in().get("/entities/fgr-def-9").text)
    assert "Not a suspect" in text
    assert "no way passes through them" in text
    assert "steps from a listed entity" not in text
    assert "by a role that suspects nobody: no step" in text


def test_an_event_stands_on_the_page_of_whom_it_names(signed_in: Callable[..., Any]) -> None:
    text = words_of(signed_in().get("/entities/fgr-det-77").text)
    assert "May 11, 2024 Detention Detained contra la salud Valle Inventado" in text


def test_a_record_leads_to_the_entity_that_it_belongs_to(
    signed_in: Callable[..., Any],
) -> None:
    answer = signed_in().get("/entities/ofac-9001")
    assert answer.headers["location"] == "/entities/fgr-det-77"


def test_sources_add_up_and_each_rejected_row_is_there_with_its_reason(
    signed_in: Callable[..., Any], madeup: ModuleType
) -> None:
    text = words_of(signed_in().get("/sources/fgr_detenidos").text)
    assert "5 = 3 loaded + 2 rejected" in text
    html = signed_in().get("/rejects").text
    for rows in madeup.REJECTS.values():
        for line, reason, _raw in rows:
            assert f":{line}<" in html
            assert reason.split("'")[0].replace("<", "&lt;").replace(">", "&gt;") in html
    narrowed = words_of(signed_in().get("/rejects?source=ssp_vehiculos").text)
    assert "1 row" in narrowed


def test_a_place_that_missed_a_month_has_no_rate_and_zero_is_not_silence(
    signed_in: Callable[..., Any],
) -> None:
    text = words_of(signed_in().get("/places?record=homicidio_doloso&span=12").text)
    assert "Puente Alto 99002 Estado Inventado not every month 64,000 – 8 months / 9" in text
    text = words_of(signed_in().get("/places?record=feminicidio&span=1&month=2026-05").text)
    assert "Puente Alto 99002 Estado Inventado 0 64,000 – 1 month / 1" in text


def test_a_small_count_is_not_shown(signed_in: Callable[..., Any]) -> None:
    text = words_of(signed_in().get("/places?record=homicidio_doloso&span=1&month=2026-01").text)
    assert "Valle Inventado 99001 Estado Inventado 1 to 4 120,000 –" in text


def test_places_say_what_they_cannot_show(signed_in: Callable[..., Any]) -> None:
    text = words_of(signed_in().get("/places").text)
    assert "says of no group that it controls a place" in text
    assert "level of municipalities or above" in text


def test_the_language_theme_and_keys_that_were_chosen_are_kept(browser: Any) -> None:
    for field, value, mark in (
        ("language", "es", '<html lang="es"'), ("theme", "dark", 'data-theme="dark"'),
        ("keys", "off", 'data-keys="off"'),
    ):  # fmt: skip
        answer = browser.submit("/preferences", {field: value, "back": "/sign-in"})
        assert answer.headers["location"] == "/sign-in"
        assert mark in browser.get("/sign-in").text


def test_a_page_of_a_stranger_to_the_network_still_shows_what_is_open(
    signed_in: Callable[..., Any],
) -> None:
    text = words_of(signed_in("carla", "compliance").get("/entities/ofac-9002").text)
    assert "QUIROZ LARA, Benigno" in text
    assert "This record only" in text
    assert "No rule permits this no-rule-permits" in text
    assert "on a list" in text


def test_a_reader_without_the_network_sees_which_open_records_name_a_record(
    signed_in: Callable[..., Any],
) -> None:
    """A register that says who holds a firm says so to a journalist too."""
    browser = signed_in("juan", "oversight")
    html = browser.get("/entities/rpc-emp-1").text
    text = words_of(html)
    assert "nothing here was linked, compared or judged" in text
    named = text[text.index("Open records that name it") :]
    assert named.startswith("Open records that name it 2 records")
    assert re.search(
        r"Ownership Asset Owner: Fulgencio Inventado Luna Percent held: 40 · From: Jan 2, 2020 "
        r"rpc_sociedades rpc_sociedades.csv:3",
        named,
    )
    assert "Link Object Subject: Nicanor Inventado Sol not a suspect Role: Notario" in named
    assert 'href="/entities/rpc-soc-1"' in html
    held = browser.get("/api/entities/rpc-soc-1").json()["mentions"]
    assert held["total"] == 1
    assert held["shown"][0]["parties"][0]["id"] == "rpc-emp-1"


def test_no_closed_record_is_told_to_name_an_open_one(signed_in: Callable[..., Any]) -> None:
    browser = signed_in("juan", "oversight")
    text = words_of(browser.get("/entities/ofac-9001").text)
    assert "No record open to you names this one." in text
    assert signed_in().get("/api/entities/fgr-det-77").json()["mentions"]["total"] == 0


def test_the_summary_tells_each_reader_what_is_open_and_by_which_rule(
    signed_in: Callable[..., Any],
) -> None:
    text = words_of(signed_in("juan", "oversight").get("/").text)
    table = text[text.index("What is open to you, and why") :]
    assert "sanctions list TLP:CLEAR only 1 source Journalists see lists" in table
    assert "fact TLP:CLEAR only 2 sources Registers and statistics" in table
    assert "court record closed – No rule permits this no-rule-permits Open to others:" in table
    assert "ssp_vehiculos" not in text
    text = words_of(signed_in("ana", "investigation", "").get("/").text)
    table = text[text.index("What is open to you, and why") :]
    assert "fact up to TLP:AMBER+STRICT" in table
    assert re.search(r"tip closed – .*Criminal intelligence and tips are open to analysts", table)


def test_a_reader_to_whom_the_merged_picture_is_closed_still_has_figures_to_follow(
    signed_in: Callable[..., Any],
) -> None:
    html = signed_in("juan", "oversight").get("/").text
    assert "The merged picture is closed to you" in html
    assert '<a href="/search?kind=Person">' in html
    assert '<a href="/search?source=ofac_sdn">' in html


def test_figures_by_place_are_made_from_the_open_sources_alone(
    signed_in: Callable[..., Any],
) -> None:
    analyst = signed_in().get("/places?record=robo_vehiculo&span=1").text
    assert "From the sources open to you" not in analyst
    browser = signed_in("juan", "oversight")
    text = words_of(browser.get("/places?record=homicidio_doloso&span=12").text)
    assert "From the sources open to you" in text
    assert "Puente Alto 99002 Estado Inventado not every month 64,000 – 8 months / 9" in text
    assert "Source: sesnsp" in text
    closed = browser.get("/places?record=robo_vehiculo")
    assert closed.status_code == 422
    assert "robo_vehiculo" not in browser.get("/places").text


def test_one_readers_own_figures_are_a_look_of_theirs(
    signed_in: Callable[..., Any], workspace: Any
) -> None:
    signed_in("juan", "oversight").get("/places")
    before = workspace.audit.size()
    signed_in("juan", "oversight").get("/places")
    looks = [row for row in workspace.audit.rows(before, 99) if row.action == "look"]
    assert {row.actor for row in looks} == {"juan"}
    told = [workspace.audit.unseal(row.seq) or {} for row in looks]
    assert any("FROM panel" in str(seen.get("query", "")) for seen in told)
