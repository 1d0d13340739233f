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
    "/places", "/design", "/purpose",
)  # fmt: skip


def words_of(html: str) -> str:
    body = re.sub(r"<(script|style)[^>]*>.*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


@pytest.mark.parametrize("path", PAGES)
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


@pytest.mark.parametrize("path", PAGES)
def test_every_table_has_a_caption_and_every_field_a_label(
    signed_in: Callable[..., Any], path: str
) -> None:
    html = signed_in().get(path).text
    assert len(re.findall(r"<table", html)) == len(re.findall(r"<caption", html))
    for found in re.finditer(r'<(?:input|select)(?![^>]*type="hidden")[^>]*>', html):
        identity = re.search(r'\sid="([^"]+)"', found[0])
        assert identity, found[0]
        assert f'for="{identity[1]}"' in html
    for found in re.finditer(r"<svg[^>]*>", html):
        assert 'aria-hidden="true"' in found[0] or 'role="img"' in found[0]


@pytest.mark.parametrize("path", PAGES)
def test_no_two_elements_of_a_page_share_an_id(signed_in: Callable[..., Any], path: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', signed_in().get(path).text)
    assert len(ids) == len(set(ids))


def test_a_claim_shows_source_row_agency_grade_and_what_was_written(
    signed_in: Callable[..., Any],
) -> None:
    text = words_of(signed_in().get("/entities/fgr-det-77").text)
    claims = text[text.index("Date of birth") :]
    assert claims.startswith("Date of birth Mar 19, 1974 fgr_detenidos fgr_detenidos.csv:12 as")
    assert "ofac_sdn ofac_sdn.csv:41 as written: 19 Mar 1974 OFAC A 1" in claims
    assert "source completely reliable; item confirmed by other sources" in text


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
    assert "facts-for-the-analyst" in text or "no-rule-permits" in text
