"""SVG written by hand: small, accessible, the same bytes each time, and right under a strict CSP.

Colours stand as presentation attributes (a page's `style-src 'self'` allows them) and as classes
(`f-ink`, `s-line`) that a page's style sheet may recolour.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape as _escape

from puente.report.palette import FONT_STACK, get_theme

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from puente.report.palette import Theme

Table = tuple[list[str], list[list[str]]]
"""The data behind a picture: column headings, and rows of text."""

# What XML 1.0 cannot carry at all, and what would make a name read as another one on paper:
# controls, lone surrogates, and the marks that turn the reading direction of all that follows.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff"
    "\u202a-\u202e\u2066-\u2069]"
)
_SPACES = re.compile(r"\s+")

ID_MARK = "\ue000"
"""Stands for the picture's own id prefix until `document` knows it (a private-use character)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture with all that stands for it where it cannot be seen.

    Attributes:
        svg: the whole SVG document, without an XML declaration, so that a page may embed it.
        title: what it shows.
        alt: what it says, in two or three sentences.
        width, height: size in CSS pixels.
        table: the same data as headings and rows.
    """

    svg: str
    title: str
    alt: str
    width: float
    height: float
    table: Table


def printable(text: str) -> str:
    """Return `text` for the eye: one line, each unprintable character shown as U+FFFD."""
    return _SPACES.sub(" ", _UNPRINTABLE.sub("\ufffd", text)).strip()


def escape(text: str) -> str:
    """Return printable `text` as XML character data or attribute value."""
    return _escape(printable(text), {'"': "&quot;"})


def number(value: float) -> str:
    """Return a coordinate as short as two decimals allow, e.g. `12.5`."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def tag(name: str, attributes: Mapping[str, object], *children: str) -> str:
    """Return one element. Attributes that are None are left out; `children` are markup already."""
    parts = [name]
    for key, value in attributes.items():
        if value is None:
            continue
        shown = number(value) if isinstance(value, float) else str(value)
        parts.append(f'{key}="{escape(shown)}"')
    head = " ".join(parts)
    return f"<{head}>{''.join(children)}</{name}>" if children else f"<{head}/>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """Draws in the colours of one theme."""

    theme: Theme

    def fill(self, role: str) -> dict[str, object]:
        """Return the attributes of an area painted in the colour of `role`."""
        return {"class": f"f-{role}", "fill": self.theme.color(role)}

    def stroke(self, role: str, width: float = 1.0, dash: str = "") -> dict[str, object]:
        """Return the attributes of a line drawn in the colour of `role`."""
        return {
            "class": f"s-{role}",
            "fill": "none",
            "stroke": self.theme.color(role),
            "stroke-width": width,
            "stroke-dasharray": dash or None,
        }

    def both(self, fill: str, stroke: str, width: float = 1.0) -> dict[str, object]:
        """Return the attributes of an area of role `fill` with an outline of role `stroke`."""
        return {
            "class": f"f-{fill} s-{stroke}",
            "fill": self.theme.color(fill),
            "stroke": self.theme.color(stroke),
            "stroke-width": width,
        }

    def text(self, x: float, y: float, content: str, **style: object) -> str:
        """Return a line of text at `x`, `y` (baseline).

        Args:
            x, y: place in CSS pixels.
            content: the text, escaped here.
            **style: `size` (px, default 11), `role` (default `ink`), `anchor` (start, middle,
                end), `bold` (True), `halo` (True draws an outline in paper colour behind).
        """
        size = style.get("size", 11)
        attributes: dict[str, object] = {
            "x": x,
            "y": y,
            **self.fill(str(style.get("role", "ink"))),
            "font-size": None if size == 11 else size,  # the document's default
            "text-anchor": None if style.get("anchor", "start") == "start" else style["anchor"],
            "font-weight": "600" if style.get("bold") else None,
        }
        if style.get("halo"):
            attributes |= {
                "stroke": self.theme.color("paper"),
                "stroke-width": 3.0,
                "stroke-linejoin": "round",
                "paint-order": "stroke",
            }
            attributes["class"] = f"{attributes['class']} s-paper"
        return tag("text", attributes, escape(content))


def document(
    parts: Sequence[str], *, size: tuple[float, float], title: str, alt: str, theme: str
) -> str:
    """Return a whole SVG picture that a screen reader announces by `title` and `alt`.

    Args:
        parts: markup, drawn in this order.
        size: width and height in CSS pixels.
        title: short name.
        alt: what the picture says.
        theme: `light` or `dark`.
    """
    width, height = size
    # Two pictures in one page must not share ids, and the same picture must keep its own.
    key = "p" + blake2b(f"{title}\x1f{alt}\x1f{width}".encode(), digest_size=4).hexdigest()
    body = "".join(parts).replace(ID_MARK, key)
    pen = Pen(theme=get_theme(theme))
    return tag(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {number(width)} {number(height)}",
            "width": width,
            "height": height,
            "role": "img",
            "aria-labelledby": f"{key}-title {key}-desc",
            "class": "picture",
            "font-family": FONT_STACK,
            "font-size": 11,
        },
        tag("title", {"id": f"{key}-title"}, escape(title) or " "),
        tag("desc", {"id": f"{key}-desc"}, escape(alt) or " "),
        tag("rect", {"width": width, "height": height, **pen.fill("paper")}),
        body,
    )


_NARROW = frozenset("iljtfrI.,:;'|!()[]-")
_WIDE = frozenset("mwMW@%&")


def text_width(text: str, size: float) -> float:
    """Return about how wide a line of text is, in CSS pixels; rather too wide than too narrow.

    Limits: widths of DejaVu Sans, the widest of the fonts named, in three groups of letters.
    """
    total = 0.0
    for letter in text:
        if letter in _NARROW:
            total += 0.36
        elif letter in _WIDE:
            total += 0.95
        elif letter.isupper() or ord(letter) > 0x2E80:  # CJK and beyond are square
            total += 0.70 if ord(letter) <= 0x2E80 else 1.0
        else:
            total += 0.60
    return total * size


def clip(text: str, size: float, width: float) -> str:
    """Return `text` cut to `width` pixels with an ellipsis; the picture's table has it whole."""
    text = printable(text)
    if text_width(text, size) <= width:
        return text
    kept = text
    while kept and text_width(kept + "…", size) > width:
        kept = kept[:-1]
    return kept.rstrip() + "…"
