"""A reader who sees no red or green, or prints in grey, still reads the picture."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import pytest

from puente.errors import InvalidData
from puente.report.palette import (
    DARK,
    LIGHT,
    SEQUENCE,
    Theme,
    css,
    get_theme,
    kind_role,
    link_role,
)

THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])

# Machado, Oliveira and Fernandes (2009), severity 1.
EYES = {
    "all colours": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "no red": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "no green": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}


def linear(colour: str) -> list[float]:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]


def lab(colour: str, eye: str = "all colours") -> tuple[float, float, float]:
    light = linear(colour)
    seen = [sum(w * c for w, c in zip(row, light, strict=True)) for row in EYES[eye]]
    r, g, b = (min(1.0, max(0.0, part)) for part in seen)
    x = 0.4124 * r + 0.3576 * g + 0.1805 * b
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    z = 0.0193 * r + 0.1192 * g + 0.9505 * b

    def root(t: float) -> float:
        return t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116

    fx, fy, fz = root(x / 0.95047), root(y), root(z / 1.08883)
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def contrast(one: str, other: str) -> float:
    weights = (0.2126, 0.7152, 0.0722)
    low, high = sorted(
        sum(w * c for w, c in zip(weights, linear(colour), strict=True)) for colour in (one, other)
    )
    return (high + 0.05) / (low + 0.05)


@THEMES
def test_a_higher_rate_is_never_lighter_so_grey_print_keeps_the_order(theme: Theme) -> None:
    lightness = [lab(theme.color(f"seq-{step}"))[0] for step in range(1, SEQUENCE + 1)]
    steps = [later - earlier for earlier, later in pairwise(lightness)]
    assert all(abs(step) >= 10 for step in steps)
    assert len({step > 0 for step in steps}) == 1


@THEMES
def test_zero_lies_outside_the_scale_of_rates(theme: Theme) -> None:
    lowest, zero = lab(theme.color("seq-1")), lab(theme.color("zero"))
    assert math.dist(lowest, zero) >= 8


@THEMES
@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("family", ["link-", "kind-"])
def test_links_and_kinds_stay_apart_for_every_eye(theme: Theme, eye: str, family: str) -> None:
    roles = [role for role in theme.roles if role.startswith(family) and role != "kind-other"]
    assert len(roles) >= 5
    for one, other in combinations(roles, 2):
        apart = math.dist(lab(theme.color(one), eye), lab(theme.color(other), eye))
        assert apart >= 30, (one, other)


@THEMES
def test_text_and_lines_can_be_read_on_their_ground(theme: Theme) -> None:
    for text in ("ink", "muted", "accent", "warn", "bad"):
        assert contrast(theme.color(text), theme.color("paper")) >= 4.5, text
        assert contrast(theme.color(text), theme.color("surface")) >= 4.5, text
    drawn = ("kind-", "link-", "verdict-", "status-", "listed", "nodata-line", "border")
    for role in theme.roles:
        if role.startswith(drawn):
            assert contrast(theme.color(role), theme.color("paper")) >= 2.9, role


def test_both_themes_know_the_same_roles() -> None:
    assert set(LIGHT.roles) == set(DARK.roles)


def test_an_unknown_role_or_theme_is_refused() -> None:
    with pytest.raises(InvalidData, match="role"):
        LIGHT.color("no-such-role")
    with pytest.raises(InvalidData, match="theme"):
        get_theme("sepia")


def test_kinds_and_links_fall_into_their_families() -> None:
    assert kind_role("Company") == "kind-organization"
    assert kind_role("Detention") == "kind-event"
    assert kind_role("NoSuchKind") == "kind-other"
    assert link_role("Ownership") == "link-ownership"
    assert link_role("Detention") == "link-other"


def test_the_style_sheet_colours_every_role_in_both_themes() -> None:
    sheet = css()
    for role in LIGHT.roles:
        assert f".f-{role}{{fill:var(--c-{role})}}" in sheet
        assert sheet.count(f"--c-{role}:{DARK.roles[role]};") >= 2
