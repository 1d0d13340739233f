"""In a real browser: accessible in both languages and themes, by keyboard, under the policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Faults = Callable[[Any], list[str]]

pytestmark = pytest.mark.browser
LOCALES = {"en": "en-US", "es": "es-MX"}

PAGES = ("/", "/search", "/search?q=quiroz", "/search?q=zzyzx", "/entities/fgr-det-77",
         "/entities/fgr-det-80", "/entities/fgr-def-9", "/entities/reg-emp-2",
         "/entities/reg-emp-3", "/sources", "/sources/ofac_sdn", "/rejects", "/places", "/design",
         "/purpose", "/lists", "/lists/entries/ofac-9001", "/alerts", "/register", "/links",
         "/places/conflicts", "/network", "/network/paths", "/nothing-here")  # fmt: skip
OTHERS = (
    ("audi", "audit", "/audit"), ("audi", "audit", "/audit?user=ana"),
    ("audi", "audit", "/audit?case=none"), ("audi", "audit", "/search"),
    ("juan", "oversight", "/"), ("juan", "oversight", "/search"), ("juan", "oversight", "/places"),
    ("juan", "oversight", "/entities/rpc-emp-1"),
)  # fmt: skip
"""Pages as others than an analyst see them: the log, and what is left where much is closed."""


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_has_an_accessibility_fault(
    faults: Faults, watched: Callable[..., Any], path: str, language: str, theme: str
) -> None:
    # axe is put into the page, which the policy forbids to everyone else.
    seen = watched(bypass_csp=True, locale=LOCALES[language], color_scheme=theme)
    seen.open(path)
    assert seen.page.evaluate("document.documentElement.lang") == language
    assert not faults(seen.page), "\n".join(faults(seen.page))


@pytest.mark.parametrize(("user", "purpose", "path"), OTHERS)
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_of_another_role_has_an_accessibility_fault(
    faults: Faults,
    watched: Callable[..., Any],
    user: str,
    purpose: str,
    path: str,
    language: str,
    theme: str,
) -> None:
    seen = watched(user, purpose, bypass_csp=True, locale=LOCALES[language], color_scheme=theme)
    seen.open(path)
    assert seen.page.evaluate("document.documentElement.lang") == language
    assert not faults(seen.page), "\n".join(faults(seen.page))


@pytest.mark.parametrize(("user", "purpose", "path"), OTHERS)
def test_no_page_of_another_role_scrolls_sideways_or_breaks_the_policy(
    watched: Callable[..., Any], user: str, purpose: str, path: str
) -> None:
    seen = watched(user, purpose, viewport={"width": 320, "height": 640})
    seen.wrong.clear()
    seen.open(path)
    seen.page.wait_for_load_state("networkidle")
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert [wrong for wrong in seen.wrong if "403" not in wrong] == []


def test_an_auditor_lands_on_the_log_and_has_it_verified_with_one_press(
    watched: Callable[..., Any],
) -> None:
    seen = watched("audi", "audit", viewport={"width": 1280, "height": 900})
    seen.open("/")
    assert seen.page.url.endswith("/audit")
    seen.page.click(".log-seal button")
    seen.page.wait_for_url("**/audit/verify")
    assert seen.page.locator(".notice-title").inner_text().startswith("The log holds")
    assert seen.wrong == []


def test_to_narrow_the_log_works_by_keyboard(watched: Callable[..., Any]) -> None:
    seen = watched("audi", "audit", viewport={"width": 1280, "height": 900})
    seen.open("/audit")
    seen.page.focus("#log-user")
    seen.page.keyboard.type("ana")
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_url("**user=ana**")
    named = seen.page.locator(".log td:nth-child(3) a").all_inner_texts()
    assert set(named) == {"ana"}


@pytest.mark.parametrize("path", ["/sign-in"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_way_in_has_no_accessibility_fault(
    faults: Faults, chromium: Any, address: str, path: str, language: str
) -> None:
    context = chromium.new_context(bypass_csp=True, locale=LOCALES[language])
    page = context.new_page()
    page.goto(address + path)
    assert faults(page) == []
    context.close()


@pytest.mark.parametrize("path", [path for path in PAGES if path != "/nothing-here"])
def test_no_page_breaks_the_policy_asks_another_host_or_fails_in_its_script(
    watched: Callable[..., Any], path: str
) -> None:
    seen = watched()
    seen.wrong.clear()
    seen.open(path)
    seen.page.wait_for_load_state("networkidle")
    assert seen.wrong == []


@pytest.mark.parametrize("path", PAGES)
def test_at_four_times_zoom_a_page_scrolls_one_way_only(
    watched: Callable[..., Any], path: str
) -> None:
    """1280 px at 400 percent are 320 px (WCAG 2.2, success criterion 1.4.10)."""
    seen = watched(viewport={"width": 320, "height": 640})
    seen.open(path)
    wide = seen.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 320


def test_from_search_to_an_entity_by_keyboard_alone(watched: Callable[..., Any]) -> None:
    seen = watched(viewport={"width": 1280, "height": 900})
    page = seen.page
    seen.open("/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "quick"
    page.keyboard.type("quiroz")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=quiroz")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.textContent") == "QUIROZ LARA, Benigno"
    page.keyboard.press("Enter")
    page.wait_for_url("**/entities/ofac-9002")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_what_has_the_focus_can_be_seen(watched: Callable[..., Any]) -> None:
    seen = watched(viewport={"width": 1280, "height": 900})
    seen.open("/search")
    for _step in range(12):
        seen.page.keyboard.press("Tab")
        width = seen.page.evaluate(
            "parseFloat(getComputedStyle(document.activeElement).outlineWidth)"
        )
        assert width >= 2


def test_one_key_shortcuts_can_be_switched_off(watched: Callable[..., Any]) -> None:
    seen = watched(viewport={"width": 1000, "height": 900})
    page = seen.page
    seen.open("/")
    page.keyboard.press("?")
    assert page.evaluate("document.querySelector('#keys').open")
    page.click("#keys button[name=keys]")
    page.wait_for_load_state()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") != "quick"


def test_the_theme_changes_at_once_and_is_kept(watched: Callable[..., Any]) -> None:
    seen = watched(viewport={"width": 1100, "height": 900}, color_scheme="light")
    page = seen.page
    seen.open("/")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    with page.expect_response("**/preferences"):
        page.click("button[name=theme]")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert light != dark
    seen.open("/search")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    assert seen.wrong == []


def test_every_page_works_without_scripts(watched: Callable[..., Any]) -> None:
    seen = watched(java_script_enabled=False)
    page = seen.page
    seen.open("/search")
    page.fill("#q", "1M8GDM9AXKP042788")
    page.click(".search-form button")
    page.click(".result a")
    assert page.url.endswith("/entities/ssp-veh-3")
    page.click(".preferences button[name=language]")
    assert page.locator("html").get_attribute("lang") == "es"
    assert page.url.endswith("/entities/ssp-veh-3")
    page.click(".preferences button[name=theme]")
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_a_name_that_is_markup_runs_nothing(watched: Callable[..., Any]) -> None:
    seen = watched()
    said: list[str] = []
    seen.page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    for path in ("/entities/reg-emp-3", "/search?q=hijos", "/rejects"):
        seen.open(path)
        seen.page.wait_for_load_state("networkidle")
    assert said == []


def test_print_is_light_and_shows_who_printed_it_what_for(watched: Callable[..., Any]) -> None:
    seen = watched(color_scheme="dark", viewport={"width": 900, "height": 900})
    page = seen.page
    seen.open("/entities/fgr-det-77")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator(".ribbon").is_visible()
    assert page.locator(".marking-strip").first.is_visible()
    assert not page.locator(".masthead").is_visible()
    ink = page.evaluate("getComputedStyle(document.querySelector('h1')).color")
    assert ink == "rgb(27, 36, 48)"
