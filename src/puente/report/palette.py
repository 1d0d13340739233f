"""Colours and type of every picture, page and report, in light and dark.

A colour is known by its *role* (`ink`, `seq-3`, `kind-person`), never by its value, so that a
picture drawn for paper turns dark when a page embeds it: the page's style sheet (`css`) sets the
same roles. Rates run from light to dark in one hue, without red: red says danger before the
reader has read the number. Colours of links and of the named kinds stay apart (CIE76 distance of 30
and more) for red-blind and green-blind eyes, and what differs in kind differs in shape too
(WCAG 2.2, success criterion 1.4.1).

Source: Machado, Oliveira and Fernandes, IEEE TVCG 15 (2009), for how such eyes see a colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData

if TYPE_CHECKING:
    from collections.abc import Mapping

SEQUENCE = 5
"""Number of steps of the sequential scale: more cannot be told apart in a map."""

FONT_STACK = (
    "'Source Sans 3','Source Sans Pro',system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',"
    "'DejaVu Sans',sans-serif"
)
"""Font families of pages and pictures: what the reader's machine has; nothing is fetched."""

TYPE_SCALE: Mapping[str, float] = {
    "note": 11.0,
    "small": 12.5,
    "body": 15.0,
    "lead": 17.5,
    "h3": 17.5,
    "h2": 21.0,
    "h1": 29.0,
}
"""Font sizes of pages in CSS pixels. Pictures use `note`, `small` and, for titles, `body`."""

SPACING = (4, 8, 12, 16, 24, 32, 48)
"""Distances of pages in CSS pixels."""

DASHES: Mapping[str, str] = {"confirmed": "", "probable": "7 4", "possible": "1.5 3.5"}
"""Line of a link by its strength: solid, dashed, dotted, as charts of the field draw them."""

LINK_FAMILIES: Mapping[str, str] = {
    "Ownership": "ownership",
    "Vehicle": "ownership",
    "Vessel": "ownership",
    "Airplane": "ownership",
    "BankAccount": "ownership",
    "CryptoWallet": "ownership",
    "Directorship": "control",
    "Employment": "control",
    "Membership": "control",
    "Representation": "control",
    "Family": "personal",
    "Associate": "personal",
    "LinkedTo": "listed",
    "UnknownLink": "listed",
}
"""Family of a link by its kind; every other kind is `other` (met in an event, shares a detail).

A link of the kind of a thing (a vehicle, an account) joins it with who owns or holds it.
"""

KIND_FAMILIES: Mapping[str, str] = {
    "Person": "person",
    "Organization": "organization",
    "Company": "organization",
    "PublicBody": "organization",
    "LegalEntity": "organization",
    "Vehicle": "vehicle",
    "Vessel": "vehicle",
    "Airplane": "vehicle",
    "Address": "address",
    "BankAccount": "account",
    "CryptoWallet": "account",
}
"""Family of an entity by its schema; events are `event`, anything else `other`."""

TLP_COLOURS: Mapping[str, str] = {
    "TLP:RED": "#FF2B2B",
    "TLP:AMBER+STRICT": "#FFC000",
    "TLP:AMBER": "#FFC000",
    "TLP:GREEN": "#33FF00",
    "TLP:CLEAR": "#FFFFFF",
}
"""Text colour of a handling marking, on black. Source: FIRST, TLP 2.0 (2022), table 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """One set of colours by role, e.g. `theme.color("ink")`."""

    name: str
    roles: Mapping[str, str]

    def color(self, role: str) -> str:
        """Return the colour of `role` as `#RRGGBB`.

        Raises: InvalidData: there is no such role.
        """
        try:
            return self.roles[role]
        except KeyError:
            raise InvalidData(f"unknown colour role {role!r}") from None


LIGHT = Theme(
    name="light",
    roles={
        "paper": "#FFFFFF",
        "surface": "#F6F5F1",
        "raised": "#FFFFFF",
        "ink": "#1B2430",
        "muted": "#566170",
        "line": "#D3D7DC",
        "strong-line": "#8A94A0",
        "accent": "#0B5C73",
        "accent-soft": "#E2EFF2",
        "focus": "#0B5C73",
        "warn": "#8A4B00",
        "warn-soft": "#FBF0DD",
        "bad": "#9B2226",
        "bad-soft": "#FBE9E7",
        "good": "#2C6E49",
        "good-soft": "#E6F2EA",
        "seq-1": "#D8ECE7",
        "seq-2": "#A2D2CE",
        "seq-3": "#5DADB7",
        "seq-4": "#2A7C9C",
        "seq-5": "#16416B",
        "zero": "#F7F4EA",
        "nodata": "#FFFFFF",
        "nodata-line": "#87919D",
        "few": "#F1ECDD",
        "few-dot": "#8C7B4F",
        "land-line": "#FFFFFF",
        "border": "#4A5563",
        "kind-person": "#128EE3",
        "kind-organization": "#B09014",
        "kind-vehicle": "#1CA060",
        "kind-address": "#767D93",
        "kind-account": "#621772",
        "kind-event": "#5D2427",
        "kind-other": "#2F3945",
        "link-ownership": "#6A34D6",
        "link-control": "#369BDC",
        "link-personal": "#760B25",
        "link-listed": "#D9671F",
        "link-other": "#80878A",
        "verdict-same": "#9B2226",
        "verdict-possible": "#C8690A",
        "verdict-kin": "#4D5863",
        "verdict-not": "#8B95A1",
        "status-blocked": "#9B2226",
        "status-possibly": "#C8690A",
        "status-not": "#8B95A1",
        "listed": "#9B2226",
        "for": "#2A7C9C",
        "against": "#C8690A",
        "loaded": "#2A7C9C",
        "rejected": "#C8690A",
    },
)
"""Colours on white paper, and of every PDF."""

DARK = Theme(
    name="dark",
    roles={
        "paper": "#12171D",
        "surface": "#1A2129",
        "raised": "#222B35",
        "ink": "#E8EBEE",
        "muted": "#A6B0BB",
        "line": "#36404B",
        "strong-line": "#707C89",
        "accent": "#6CC3D8",
        "accent-soft": "#16323B",
        "focus": "#8AD6E8",
        "warn": "#F0B860",
        "warn-soft": "#33270F",
        "bad": "#F2938C",
        "bad-soft": "#3A1B1C",
        "good": "#86CFA3",
        "good-soft": "#173124",
        "seq-1": "#21414D",
        "seq-2": "#2B6476",
        "seq-3": "#418F9F",
        "seq-4": "#7FC1C2",
        "seq-5": "#D6F3E5",
        "zero": "#1D232A",
        "nodata": "#12171D",
        "nodata-line": "#5E6A77",
        "few": "#2A2820",
        "few-dot": "#A8986B",
        "land-line": "#12171D",
        "border": "#A6B0BB",
        "kind-person": "#ACD1F5",
        "kind-organization": "#E4C04D",
        "kind-vehicle": "#59ECAE",
        "kind-address": "#6B6F80",
        "kind-account": "#A82EC3",
        "kind-event": "#B64C35",
        "kind-other": "#F4F6F8",
        "link-ownership": "#882FE3",
        "link-control": "#2D8DC1",
        "link-personal": "#CF1C4E",
        "link-listed": "#E5AE43",
        "link-other": "#CDD0D4",
        "verdict-same": "#F2938C",
        "verdict-possible": "#F0A94F",
        "verdict-kin": "#B4BEC8",
        "verdict-not": "#66727F",
        "status-blocked": "#F2938C",
        "status-possibly": "#F0A94F",
        "status-not": "#66727F",
        "listed": "#F2938C",
        "for": "#6CB9D8",
        "against": "#F0A94F",
        "loaded": "#6CB9D8",
        "rejected": "#F0A94F",
    },
)
"""Colours on a dark page."""

THEMES: Mapping[str, Theme] = {"light": LIGHT, "dark": DARK}


def get_theme(name: str) -> Theme:
    """Return the theme called `light` or `dark`.

    Raises: InvalidData: there is no such theme.
    """
    try:
        return THEMES[name]
    except KeyError:
        raise InvalidData(f"unknown theme {name!r}; one of {', '.join(THEMES)}") from None


def kind_role(schema: str) -> str:
    """Return the colour role of an entity of kind `schema`, e.g. `kind-person`."""
    from puente.model.schema import all_schemata

    family = KIND_FAMILIES.get(schema)
    if family is None:
        known = all_schemata().get(schema)
        family = "event" if known is not None and known.is_a("Event") else "other"
    return f"kind-{family}"


def link_role(kind: str) -> str:
    """Return the colour role of a link of kind `kind`, e.g. `link-ownership`."""
    return f"link-{LINK_FAMILIES.get(kind, 'other')}"


def css() -> str:
    """Return the style sheet that gives every role its colour, in light and dark.

    Sets `--c-ROLE` on the root, and the classes `.f-ROLE` (fill) and `.s-ROLE` (stroke) that
    pictures carry, so that a picture embedded in a page follows the page. `data-theme="dark"`
    or `"light"` on the root element overrides what the system prefers; print is always light.
    """
    light = "".join(f"--c-{role}:{value};" for role, value in LIGHT.roles.items())
    dark = "".join(f"--c-{role}:{value};" for role, value in DARK.roles.items())
    classes = "".join(
        f".f-{role}{{fill:var(--c-{role})}}.s-{role}{{stroke:var(--c-{role})}}"
        for role in LIGHT.roles
    )
    return (
        f":root{{color-scheme:light dark;{light}}}\n"
        "@media screen and (prefers-color-scheme:dark)"
        f"{{:root:not([data-theme=light]){{{dark}}}}}\n"
        f"@media screen{{:root[data-theme=dark]{{color-scheme:dark;{dark}}}}}\n"
        ":root[data-theme=light]{color-scheme:light}\n"
        f"{classes}\n"
    )
