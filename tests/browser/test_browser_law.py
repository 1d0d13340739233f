"""The law in a real browser: accessible, by keyboard, at four times zoom, without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Faults = Callable[[Any], list[str]]

pytestmark = pytest.mark.browser
LOCALES = {"en": "en-US", "es": "es-MX"}

PAGES = (
    "/law", "/law?q=zzyzx", "/law/us-8usc1189?date=2019-12-31", "/law/us-kingpin?date=2003-06-01",
    "/law/mx-lic-115", "/law/penalty?date=2019-12-19", "/law/assess",
    "/law/assess?example=case-fto&law=2019-12&other=2025-02-20",
    "/law/matrix?date=2025-02-20&cell=lawyer:kingpin",
    "/law/matrix?example=amend-kingpin-facilitators",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_of_the_law_has_an_accessibility_fault(
    faults: Faults, watched: Callable[..., Any], path: str, language: str, theme: str
) -> None:
    # axe is put into the page, which the policy forbids to everyone else.
    seen = watched(bypass_csp=True, locale=LOCALES[language], color_scheme=theme)
    seen.open(path)
    # What is folded away is looked at too.
    seen.page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    assert seen.page.evaluate("document.documentElement.lang") == language
    found = faults(seen.page)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", PAGES)
def test_at_four_times_zoom_a_page_of_the_law_scrolls_one_way_only(
    watched: Callable[..., Any], path: str
) -> None:
    """1280 px at 400 percent are 320 px (WCAG 2.2, success criterion 1.4.10)."""
    seen = watched(viewport={"width": 320, "height": 640})
    seen.open(path)
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("path", PAGES)
def test_no_page_of_the_law_breaks_the_policy_or_asks_another_host(
    watched: Callable[..., Any], path: str
) -> None:
    seen = watched(viewport={"width": 1280, "height": 900})
    seen.wrong.clear()
    seen.open(path)
    seen.page.wait_for_load_state("networkidle")
    assert seen.wrong == []
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_the_slider_moves_the_day_by_keyboard_and_keeps_the_focus(
    watched: Callable[..., Any],
) -> None:
    seen = watched(viewport={"width": 1280, "height": 900})
    page = seen.page
    seen.open("/law/us-kingpin?date=2019-06-14")
    page.focus("#law-slide")
    before = page.locator("#law-slide-day").inner_text()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**date=2020-04-09**")
    after = page.locator("#law-slide-day").inner_text()
    assert before != after
    assert page.evaluate("document.activeElement.id") == "law-slide"
    assert page.get_attribute("#law-slide", "aria-valuetext") == after
    assert page.locator("#figure-civil_maximum .figure-now").inner_text() == "$1,529,991"


def test_without_scripts_the_day_is_chosen_from_the_list_and_a_case_is_assessed(
    watched: Callable[..., Any],
) -> None:
    seen = watched(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = seen.page
    seen.open("/law/us-kingpin")
    assert not page.locator("#law-slide").is_visible()
    page.select_option("#law-date", "2017-01-15")
    page.click(".slide button")
    assert "date=2017-01-15" in page.url
    assert page.locator("#figure-civil_maximum .figure-now").inner_text() == "$1,437,153"
    page.fill("#law-day", "2016-05-05")
    page.click(".slide button")
    assert page.locator("#figure-civil_maximum .figure-now").inner_text() == "$1,075,000"
    seen.open("/law/assess?example=case-fto&law=2019-12&other=2025-02-20")
    page.click("form[action='/law/assess'] button.button")
    assert page.url.endswith("/law/assess")
    assert page.locator(".whole .badge").all_inner_texts()[:2] == ["rebutted", "rebutted"]


def test_from_a_cell_of_the_matrix_to_its_elements_by_keyboard(
    watched: Callable[..., Any],
) -> None:
    seen = watched(viewport={"width": 1280, "height": 900})
    page = seen.page
    seen.open("/law/matrix?date=2025-02-20")
    page.focus("#facilitator .gap tbody a >> nth=0")
    page.keyboard.press("Enter")
    page.wait_for_url("**cell=**")
    assert page.locator("#cell .items li").count() >= 1


def test_print_shows_the_matrix_whole_and_hides_what_only_a_screen_needs(
    watched: Callable[..., Any],
) -> None:
    seen = watched(color_scheme="dark", viewport={"width": 1000, "height": 900})
    page = seen.page
    seen.open("/law/matrix?date=2025-02-20")
    page.emulate_media(media="print")
    assert not page.locator(".slide").is_visible()
    inside = page.evaluate(
        "[...document.querySelectorAll('.gap')].every(t => t.scrollWidth <= innerWidth)"
    )
    assert inside
    page.emulate_media(media="screen")
