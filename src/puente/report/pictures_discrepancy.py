"""Pictures of a discrepancy run: a place's card, the top ranks with intervals, and calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from puente.i18n import format_number, format_percent
from puente.i18n import gettext as _
from puente.report.palette import get_theme
from puente.report.svg import Pen, Picture, clip, document, tag

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from puente.places.discrepancy_files import DiscrepancyReport, PlaceLine, SourceLine

_ROW = 24.0
_TOP, _CARDS = 40, 10


def place_card(line: PlaceLine, *, width: int = 760, theme: str = "light") -> Picture:
    """Return the card of a place: a row for each source with expected, observed and coverage.

    Hard records stand against the number to expect given complaints; complaints against the number
    due at the whole map's rate. A count that is suppressed has no mark.

    Args:
        line: the place.
        width: CSS pixels.
        theme: `light` or `dark`.
    """
    pen = Pen(theme=get_theme(theme))
    title = _("Records of {place}").format(place=line.place)
    left, right = 190.0, 130.0
    span = width - left - right
    most = max([1.0, *(max(s.expected, s.observed or 0) for s in line.sources)])
    parts = [pen.text(0, 17, title, size=15, bold=True)]
    y = 40.0
    for channel, words in (
        ("hard", _("Hard to suppress")),
        ("suppressible", _("Complaints")),
    ):
        rows = [source for source in line.sources if source.channel == channel]
        parts.append(pen.text(0, y + 12, words, bold=True))
        y += _ROW
        for source in rows:
            parts += _card_row(pen, source, (y, left, span, most))
            y += _ROW
    parts += _card_key(pen, (left, y + 14), width)
    y += 40
    for text in line.reason.split("; "):
        parts.append(pen.text(0, y, clip(text, 11, width), role="muted"))
        y += 16
    alt = _card_words(line)
    size = (float(width), y + 4)
    return Picture(
        svg=document(parts, size=size, title=title, alt=alt, theme=theme),
        title=title,
        alt=alt,
        width=size[0],
        height=size[1],
        table=(
            [
                _("Source"), _("Channel"), _("Expected"), _("Observed"), _("Coverage"),
                _("Rank without it"),
            ],
            [_cells(source) for source in line.sources],
        ),
    )  # fmt: skip


def caterpillar(
    lines: Sequence[PlaceLine], verdict: str, *, width: int = 760, theme: str = "light"
) -> Picture:
    """Return the first places by rank, each with the 90 percent interval of its rank.

    Args:
        lines: of every place, by rank; places without rank are left out.
        verdict: of the run; it stands above the picture, for ranks are read with it or not at all.
        width: CSS pixels.
        theme: `light` or `dark`.
    """
    pen = Pen(theme=get_theme(theme))
    title = _("Places by rank, with the 90 % interval of the rank")
    ranked = [line for line in lines if line.rank]
    shown = ranked[:_TOP]
    left, y = 90.0, 36.0
    span = width - left - 20
    last = float(max(1, len(ranked)))
    parts = [pen.text(0, 17, title, size=15, bold=True)]
    for text in verdict.split("; "):
        parts.append(pen.text(0, y, clip(text, 11, width), role="warn"))
        y += 16
    y += 12
    for line in shown:
        ends = [left + span * (value or 0) / last for value in (line.rank_low, line.rank_high)]
        at = left + span * (line.rank or 0) / last
        parts.append(pen.text(left - 8, y + 4, line.place, anchor="end"))
        bar = {"x1": ends[0], "x2": ends[1], "y1": y, "y2": y}
        parts.append(tag("line", {**bar, **pen.stroke("seq-3", 3.0)}))
        parts.append(tag("circle", {"cx": at, "cy": y, "r": 3.5, **pen.both("ink", "paper")}))
        y += 15
    parts.append(pen.text(left, y + 14, "1", role="muted"))
    end = format_number(len(ranked), 0)
    parts.append(pen.text(left + span, y + 14, end, role="muted", anchor="end"))
    wide = [(line.rank_high or 0) - (line.rank_low or 0) for line in shown]
    alt = _(
        "{verdict}. Of {all} places the first {count} are shown; the interval of a rank spans"
        " {width} places on average."
    ).format(
        verdict=verdict,
        all=end,
        count=len(shown),
        width=format_number(sum(wide) / max(1, len(wide)), 0),
    )  # fmt: skip
    rows = [[str(one.rank), one.place, str(one.rank_low), str(one.rank_high)] for one in shown]
    heads = [_("Rank"), _("Place"), _("Rank from"), _("Rank to")]
    size = (float(width), y + 24)
    return Picture(
        svg=document(parts, size=size, title=title, alt=alt, theme=theme),
        title=title,
        alt=alt,
        width=size[0],
        height=size[1],
        table=(heads, rows),
    )


def calibration(
    points: Sequence[tuple[float, float]], *, width: int = 420, theme: str = "light"
) -> Picture:
    """Return how often intervals held what was counted, against how often they should.

    Args:
        points: stated share and share found, each 0 to 1.
        width: CSS pixels.
        theme: `light` or `dark`.
    """
    pen = Pen(theme=get_theme(theme))
    title = _("Intervals: stated and found")
    left, top, span = 50.0, 34.0, width - 70.0
    frame = {"x": left, "y": top, "width": span, "height": span}
    parts = [
        pen.text(0, 17, title, size=15, bold=True),
        tag("rect", {**frame, **pen.both("paper", "line")}),
    ]
    even = {"x1": left, "y1": top + span, "x2": left + span, "y2": top}
    parts.append(tag("line", {**even, **pen.stroke("strong-line", 1.0, "4 3")}))
    for stated, found in points:
        spot = {"cx": left + span * stated, "cy": top + span * (1 - found), "r": 4.0}
        parts.append(tag("circle", {**spot, **pen.both("seq-4", "paper")}))
    parts.append(pen.text(left + span / 2, top + span + 26, _("stated"), anchor="middle"))
    parts.append(pen.text(left - 8, top + 10, _("found"), anchor="end"))
    worst = max((abs(stated - found) for stated, found in points), default=0.0)
    alt = _("Stated and found shares differ by at most {gap}.").format(gap=format_percent(worst))
    rows = [[format_percent(stated), format_percent(found)] for stated, found in points]
    size = (float(width), top + span + 36)
    return Picture(
        svg=document(parts, size=size, title=title, alt=alt, theme=theme),
        title=title,
        alt=alt,
        width=size[0],
        height=size[1],
        table=([_("Stated"), _("Found")], rows),
    )


def write_pictures(report: DiscrepancyReport, folder: Path) -> tuple[Path, ...]:
    """Write the ranks and the cards of the first places as SVG files, and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {"ranks": caterpillar(report.places, report.verdict)}
    for line in report.places[:_CARDS]:
        if line.rank:
            pictures[f"card-{line.rank:02d}"] = place_card(line)
    written = []
    for name, picture in pictures.items():
        path = folder / f"{name}.svg"
        path.write_text(picture.svg, encoding="utf-8")
        written.append(path)
    return tuple(written)


def _card_row(pen: Pen, source: SourceLine, place: tuple[float, float, float, float]) -> list[str]:
    y, left, span, most = place

    def across(value: float) -> float:
        # Square roots: one large source would press all others against the edge.
        return left + span * float(np.sqrt(value / most))

    rail = {"x1": left, "x2": left + span, "y1": y + 8, "y2": y + 8}
    parts = [
        pen.text(left - 10, y + 12, clip(source.source, 11, left - 14), anchor="end"),
        tag("line", {**rail, **pen.stroke("line")}),
    ]
    tick = {"x": across(source.expected) - 1.5, "y": y, "width": 3.0, "height": 16.0}
    parts.append(tag("rect", {**tick, **pen.fill("strong-line")}))
    if source.observed is not None:
        spot = {"cx": across(source.observed), "cy": y + 8, "r": 4.5}
        parts.append(tag("circle", {**spot, **pen.both("seq-4", "paper")}))
    box = {"x": left + span + 16, "y": y + 3, "height": 10.0}
    parts.append(tag("rect", {**box, "width": 60.0, **pen.both("paper", "line")}))
    parts.append(tag("rect", {**box, "width": 60.0 * source.coverage, **pen.fill("seq-2")}))
    parts.append(pen.text(left + span + 82, y + 12, format_percent(source.coverage)))
    return parts


def _card_key(pen: Pen, at: tuple[float, float], width: int) -> list[str]:
    x, y = at
    return [
        tag("rect", {"x": x, "y": y - 12, "width": 3.0, "height": 14.0, **pen.fill("strong-line")}),
        pen.text(x + 9, y, _("expected")),
        tag("circle", {"cx": x + 110, "cy": y - 5, "r": 4.5, **pen.both("seq-4", "paper")}),
        pen.text(x + 120, y, _("observed")),
        pen.text(x + 230, y, _("square-root scale"), role="muted"),
        pen.text(width - 114, y, _("months told"), role="muted"),
    ]


def _cells(source: SourceLine) -> list[str]:
    hidden = source.observed is None
    return [
        source.source,
        _("hard to suppress") if source.channel == "hard" else _("complaints"),
        format_number(source.expected, 1),
        _("not shown") if hidden else format_number(source.observed or 0, 0),
        format_percent(source.coverage),
        str(source.rank_without or ""),
    ]


def _card_words(line: PlaceLine) -> str:
    observed = _("a number not shown") if line.observed is None else str(line.observed)
    return _(
        "{observed} hard records were counted where {low} to {high} are to be expected. {reason}."
    ).format(
        observed=observed,
        low=format_number(line.low, 0),
        high=format_number(line.high, 0),
        reason=line.reason,
    )
