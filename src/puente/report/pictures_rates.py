"""Rates of places over a period: the highest with their intervals, raw and smoothed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.i18n import format_number, ngettext
from puente.i18n import gettext as _
from puente.report.palette import get_theme
from puente.report.svg import Pen, Picture, clip, document, tag

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROW, _TOP = 19.0, 74.0
_NAMES = 190.0
SHOWN = 40
"""Places that are drawn; all of them stand in the page's table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLine:
    """One place's rate, cases in the period per 100,000 people.

    Attributes:
        place, name: code and name.
        rate, low, high: smoothed, with its interval.
        crude: raw; None where it may not be shown, or not every month was reported.
        exceedance: probability, 0 to 1.
        rank_low, rank_high: interval of the rank, 1 the highest.
    """

    place: str
    name: str
    rate: float
    low: float
    high: float
    crude: float | None
    exceedance: float
    rank_low: int
    rank_high: int


def rates_picture(
    lines: Sequence[RateLine], *, title: str, overall: float, width: int = 760, theme: str = "light"
) -> Picture:
    """Return the places of the highest smoothed rates with their 90 percent intervals.

    A bar is the interval, a disc the smoothed rate, a cross the raw one. The scale is that of
    square roots: the highest would press all others against the edge.

    Args:
        lines: of any order.
        title: what is shown.
        overall: rate of the whole map, drawn as a line.
        width: CSS pixels.
        theme: `light` or `dark`.
    """
    pen = Pen(theme=get_theme(theme))
    shown = sorted(lines, key=lambda line: (-line.rate, line.place))[:SHOWN]
    most = max([overall, *(line.high for line in shown), *(line.crude or 0 for line in shown)])
    span = width - _NAMES - 76

    def across(value: float) -> float:
        return _NAMES + span * math.sqrt(value / most)

    bottom = _TOP + _ROW * len(shown)
    parts = [pen.text(0, 17, title, size=15, bold=True), *_key(pen, overall)]
    line = {"x1": across(overall), "x2": across(overall), "y1": _TOP - 8, "y2": bottom}
    parts.append(tag("line", {**line, **pen.stroke("strong-line", 1.0, "4 3")}))
    for at, one in enumerate(shown):
        y = _TOP + _ROW * at + 8
        parts.append(
            pen.text(_NAMES - 10, y + 4, clip(one.name or one.place, 11, 178), anchor="end")
        )
        bar = {"x1": across(one.low), "x2": across(one.high), "y1": y, "y2": y}
        parts.append(tag("line", {**bar, **pen.stroke("seq-3", 4.0)}))
        if one.crude is not None:
            parts.append(_cross(pen, across(one.crude), y))
        spot = {"cx": across(one.rate), "cy": y, "r": 4.0}
        parts.append(tag("circle", {**spot, **pen.both("seq-5", "paper")}))
        ranks = f"{format_number(one.rank_low, 0)} – {format_number(one.rank_high, 0)}"
        parts.append(pen.text(width, y + 4, ranks, anchor="end", role="muted"))
    for value in (0.0, most / 4, most):
        text = format_number(value, 0 if most >= 20 else 1)
        anchor = "start" if not value else "middle"
        parts.append(pen.text(across(value), bottom + 16, text, anchor=anchor, role="muted"))
    parts.append(pen.text(width, _TOP - 12, _("rank, 90 %"), anchor="end", role="muted"))
    size = (float(width), bottom + 26)
    alt = _words(shown, len(lines), overall)
    return Picture(
        svg=document(parts, size=size, title=title, alt=alt, theme=theme),
        title=title,
        alt=alt,
        width=size[0],
        height=size[1],
        table=(_heads(), [_cells(one) for one in shown]),
    )


def _key(pen: Pen, overall: float) -> list[str]:
    whole = _("whole map: {rate}").format(rate=format_number(overall, 1))
    return [
        tag("line", {"x1": 0, "x2": 26, "y1": 38, "y2": 38, **pen.stroke("seq-3", 4.0)}),
        tag("circle", {"cx": 13, "cy": 38, "r": 4.0, **pen.both("seq-5", "paper")}),
        pen.text(34, 42, _("smoothed, 90 % interval")),
        _cross(pen, 214, 38),
        pen.text(224, 42, _("raw")),
        tag("line", {"x1": 300, "x2": 322, "y1": 38, "y2": 38,
                     **pen.stroke("strong-line", 1.0, "4 3")}),
        pen.text(330, 42, whole),
        pen.text(520, 42, _("square-root scale"), role="muted"),
    ]  # fmt: skip


def _cross(pen: Pen, x: float, y: float) -> str:
    path = f"M{x - 4:.1f} {y - 4:.1f}L{x + 4:.1f} {y + 4:.1f}M{x - 4:.1f} {y + 4:.1f}"
    return tag("path", {"d": f"{path}L{x + 4:.1f} {y - 4:.1f}", **pen.stroke("against", 1.8)})


def _words(shown: Sequence[RateLine], of: int, overall: float) -> str:
    text = ngettext(
        "The {shown} highest of {of} place.", "The {shown} highest of {of} places.", of
    ).format(shown=format_number(len(shown), 0), of=format_number(of, 0))
    best = ", ".join(
        _("{place} {rate} ({low} to {high})").format(
            place=one.name or one.place,
            rate=format_number(one.rate, 1),
            low=format_number(one.low, 1),
            high=format_number(one.high, 1),
        )
        for one in shown[:3]
    )
    whole = _("The whole map has {rate}.").format(rate=format_number(overall, 1))
    return f"{text} {best}. {whole}"


def _heads() -> list[str]:
    return [
        _("Place"), _("Code"), _("Smoothed rate"), _("Low"), _("High"), _("Raw rate"),
        _("Chance of a high risk"), _("Rank from"), _("Rank to"),
    ]  # fmt: skip


def _cells(one: RateLine) -> list[str]:
    return [
        one.name or one.place,
        one.place,
        *(format_number(value, 1) for value in (one.rate, one.low, one.high)),
        _("not shown") if one.crude is None else format_number(one.crude, 1),
        format_number(one.exceedance, 2),
        format_number(one.rank_low, 0),
        format_number(one.rank_high, 0),
    ]
