"""Text is legible in both themes: the contrast of every pair of tokens that carries text."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from puente.web.assets import load_assets

THEMES = {
    "light": (":root,[data-theme]{", ':root,\n[data-theme="light"] {'),
    "dark": ('@media screen{[data-theme="dark"]{', '  [data-theme="dark"] {'),
}
GROUNDS = ("bg", "surface", "well", "river-wash", "amber-wash", "brick-wash")
TEXT_PAIRS = [
    *((ink, ground) for ink in ("ink", "ink-soft") for ground in GROUNDS),
    *(("river", ground) for ground in ("bg", "surface", "well", "river-wash")),
    *(("river-strong", ground) for ground in ("bg", "surface", "river-wash")),
    ("on-river", "river"), ("surface", "river-strong"), ("surface", "ink-soft"),
    ("amber", "amber-wash"), ("amber", "surface"), ("brick", "brick-wash"), ("brick", "surface"),
    ("brick", "bg"),
]  # fmt: skip
MAST_PAIRS = [
    *((ink, ground) for ink in ("on-mast", "on-mast-soft") for ground in ("mast", "mast-field")),
    *((f"tlp-{name}", "tlp-ground") for name in ("clear", "green", "amber", "red")),
]
EDGE_PAIRS = [("edge", "surface"), ("edge", "bg"), ("focus", "bg"), ("focus", "surface"),
              ("amber-mark", "surface"), ("brick-mark", "surface"), ("river", "bg"),
              ("for-bar", "surface"), ("against-bar", "surface")]  # fmt: skip


def style() -> str:
    return load_assets()["puente.css"].content.decode()


def declared(css: str, opening: str, *, from_end: bool = False) -> dict[str, str]:
    start = (css.rindex if from_end else css.index)(opening) + len(opening)
    body = css[start : css.index("}", start)]
    return dict(re.findall(r"--([\w-]+):\s*([^;]+)", body))


def tokens(theme: str) -> dict[str, str]:
    css = style()
    palette, own = THEMES[theme]
    held = declared(css, palette)
    held |= declared(css, ":root,\n[data-theme] {")
    held |= declared(css, own)
    held |= declared(css, ":root {\n  /* The masthead")

    def resolved(value: str) -> str:
        named = re.fullmatch(r"var\(--([\w-]+)\)", value.strip())
        return resolved(held[named[1]]) if named else value.strip()

    return {name: resolved(value) for name, value in held.items()}


def luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS + MAST_PAIRS)
def test_text_stands_out_from_its_ground(theme: str, text: str, ground: str) -> None:
    """WCAG 2.2, success criterion 1.4.3: 4.5 to 1."""
    held = tokens(theme)
    assert contrast(held[text], held[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("edge", "ground"), EDGE_PAIRS)
def test_edges_of_fields_marks_and_focus_can_be_seen(theme: str, edge: str, ground: str) -> None:
    """WCAG 2.2, success criteria 1.4.11 and 2.4.13: 3 to 1."""
    held = tokens(theme)
    assert contrast(held[edge], held[ground]) >= 3.0


@pytest.mark.parametrize("theme", THEMES)
def test_the_scale_of_a_map_runs_one_way_in_lightness(theme: str) -> None:
    """Whoever sees no hue still reads the order of the classes."""
    held = tokens(theme)
    steps = [luminance(held[f"c-seq-{n}"]) for n in range(1, 6)]
    assert steps in (sorted(steps), sorted(steps, reverse=True))
    for one, other in pairwise(steps):
        assert max(one, other) + 0.05 >= 1.25 * (min(one, other) + 0.05)


def test_dark_by_choice_and_dark_by_system_are_the_same_dark() -> None:
    css = style()
    chosen = declared(css, '  [data-theme="dark"] {')
    system = declared(css, "  :root:not([data-theme]) {")
    assert chosen == system


def test_no_rule_names_a_colour_that_is_no_token() -> None:
    css = style()
    after_tokens = css[css.index("/* Elements as they are") :]
    printed = after_tokens.replace("#000", "").replace("#fff", "")
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?!\")", printed)


def test_every_token_that_is_used_is_declared() -> None:
    css = style()
    used = set(re.findall(r"var\(--([\w-]+)", css))
    known = set(tokens("light")) | set(tokens("dark"))
    assert used <= known


def test_what_a_page_loads_is_small() -> None:
    import gzip

    assets = load_assets()
    packed = {name: len(gzip.compress(asset.content)) for name, asset in assets.items()}
    assert packed["puente.js"] <= 60_000
    assert sum(packed.values()) <= 40_000


def test_nothing_is_fetched_from_another_host() -> None:
    for name, asset in load_assets().items():
        text = asset.content.decode()
        found = set(re.findall(r"https?://[^\s\"')]+", text)) - {"http://www.w3.org/2000/svg"}
        assert not found, f"{name} names {found}"


def test_motion_stops_for_who_asks_for_it() -> None:
    css = style()
    assert "prefers-reduced-motion: reduce" in css
    moving = [m.start() for m in re.finditer(r"animation: (?!none)|transition: (?!none)", css)]
    assert moving
    for place in moving:
        opened = css.rfind("@media", 0, place)
        assert css.startswith("@media (prefers-reduced-motion: no-preference)", opened)
