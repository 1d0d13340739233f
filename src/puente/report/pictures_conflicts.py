"""The picture of a record conflict: what two registers say over time, and where they cannot agree.

Each year (or month) is a step as high as its count. The one register is drawn thick and whole, the
other thin and dashed, so that they are told apart without colour; what lies between them and cannot
be is shaded and hatched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.i18n import format_date, format_number
from puente.i18n import gettext as _
from puente.report.conflict_points import APART, IMPOSSIBLE, Legend, Point, conflict_table, told
from puente.report.palette import get_theme
from puente.report.svg import ID_MARK, Pen, Picture, clip, document, tag, text_width

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_KEY_LINE = 17.0
_LEFT, _RIGHT, _TALL = 54.0, 10.0, 210.0
_LOOKS = (("seq-5", 2.6, ""), ("status-possibly", 1.9, "6 3"))
"""Colour, width and dashes of the left and of the right series."""


def conflict_picture(
    points: Sequence[Point], legend: Legend, *, width: int = 860, theme: str = "light"
) -> Picture:
    """Return two series of counts as steps over time, with what cannot be shaded.

    Args:
        points: in order of time; a year that is not there is left blank.
        legend: see `Legend`.
        width: CSS pixels.
        theme: `light` or `dark`.
    """
    pen = Pen(theme=get_theme(theme))
    key, lines = _key(pen, legend, width)
    frame = _Frame.of(points, legend, (float(width), 46.0 + _KEY_LINE * lines))
    parts = [
        pen.text(0, 17, clip(legend.title, 15, width), size=15, bold=True),
        *key,
        *_grid(pen, frame),
        *_shaded(pen, frame, points, legend),
        *_series(pen, frame, points, legend, left=False),
        *_series(pen, frame, points, legend, left=True),
        *_figures(pen, frame, points, legend),
    ]
    alt = _describe(points, legend)
    size = (float(width), frame.start + _TALL + 30)
    return Picture(
        svg=document(parts, size=size, title=legend.title, alt=alt, theme=theme),
        title=legend.title,
        alt=alt,
        width=size[0],
        height=size[1],
        table=conflict_table(points, legend),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """Where a period and a count lie."""

    at: Mapping[str, int]
    step: float
    top: float
    tick: float
    width: float
    start: float

    @classmethod
    def of(cls, points: Sequence[Point], legend: Legend, size: tuple[float, float]) -> _Frame:
        width, start = size
        periods = _periods(points)
        monthly = len(next(iter(periods), "")) > len("2024")
        counts = [v for p in points for v in (p.left, p.right) if v is not None]
        most = max([*counts, (legend.expected or 0.0) * (1 if monthly else 12)], default=0.0)
        tick = _round_step(max(most, 1.0) / 5)
        return cls(
            at={period: number for number, period in enumerate(periods)},
            step=(width - _LEFT - _RIGHT) / max(1, len(periods)),
            top=tick * max(1, -(-most * 1.06 // tick)),
            tick=tick,
            width=width,
            start=start,
        )

    def x(self, period: str) -> float:
        return _LEFT + self.at[period] * self.step

    def y(self, value: float) -> float:
        return self.start + _TALL * (1 - max(0.0, value) / self.top)

    def month(self, month: str, *, end: bool = False) -> float:
        """Return where a month begins, or ends, also where steps are years."""
        if month in self.at:
            return self.x(month) + (self.step if end else 0.0)
        if month[:4] not in self.at:
            return _LEFT if not end else self.width - _RIGHT
        part = (int(month[5:7]) - (0 if end else 1)) / 12
        return self.x(month[:4]) + self.step * part


def _periods(points: Sequence[Point]) -> list[str]:
    """Return every year or month from first to last: one that nobody tells keeps its place."""
    if not points:
        return []
    first, last = points[0].period, points[-1].period
    if len(first) == len("2024"):
        return [f"{year:04d}" for year in range(int(first), int(last) + 1)]
    begin, end = (int(text[:4]) * 12 + int(text[5:7]) - 1 for text in (first, last))
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(begin, end + 1)]


def _round_step(least: float) -> float:
    scale = 1.0
    while True:
        for factor in (1.0, 2.0, 5.0):
            if factor * scale >= least:
                return factor * scale
        scale *= 10


def _grid(pen: Pen, frame: _Frame) -> list[str]:
    parts = []
    for number in range(round(frame.top / frame.tick) + 1):
        value = number * frame.tick
        y = frame.y(value)
        ends = {"x1": _LEFT, "y1": y, "x2": frame.width - _RIGHT, "y2": y}
        parts.append(tag("line", {**ends, **pen.stroke("strong-line" if not value else "line")}))
        words = format_number(value, 0)
        parts.append(pen.text(_LEFT - 7, y + 4, words, role="muted", anchor="end"))
    every = max(1, round(44 / frame.step)) if frame.step < 44 else 1
    monthly = len(next(iter(frame.at), "")) > len("2024")
    every = max(every, round(70 / frame.step)) if monthly and frame.step < 70 else every
    for period, number in frame.at.items():
        if number % every == 0:
            x = frame.x(period) + frame.step / 2
            words = format_date(period)
            parts.append(
                pen.text(x, frame.start + _TALL + 17, words, role="muted", anchor="middle")
            )
    return parts


def _shaded(pen: Pen, frame: _Frame, points: Sequence[Point], legend: Legend) -> list[str]:
    """Return the time of the conflict as a band, and what lies between the two within it."""
    name = f"{ID_MARK}-hatch"
    line = {"x1": 0.0, "y1": 0.0, "x2": 0.0, "y2": 6.0, **pen.stroke("bad", 1.4)}
    hatch = tag(
        "pattern",
        {
            "id": name, "width": 6, "height": 6, "patternUnits": "userSpaceOnUse",
            "patternTransform": "rotate(45)",
        },
        tag("rect", {"width": 6, "height": 6, **pen.fill("bad-soft")}),
        tag("line", line),
    )  # fmt: skip
    parts = [tag("defs", {}, hatch)]
    if not points:
        return parts
    begin, end = frame.month(legend.first), frame.month(legend.last, end=True)
    band = {"x": begin, "width": end - begin, "y": frame.start, "height": _TALL}
    parts.append(tag("rect", {**band, **pen.fill("warn-soft")}))
    filled = {"fill": f"url(#{name})"}
    if legend.expected is not None:
        monthly = legend.first in frame.at
        y = frame.y(legend.expected * (1 if monthly else 12))
        parts.append(tag("rect", {**band, "y": y, "height": frame.y(0) - y, **filled}))
        role, thick, dash = _LOOKS[1]
        line = {"x1": begin, "y1": y, "x2": end, "y2": y}
        return [*parts, tag("line", {**line, **pen.stroke(role, thick, dash)})]
    for point in points:
        a, b = point.left, point.right
        if a is None or b is None or legend.hides(a) or legend.hides(b):
            continue
        if legend.shades(point.period, a, b):
            high, low = frame.y(max(a, b)), frame.y(min(a, b))
            box = {"x": frame.x(point.period), "width": frame.step, "y": high}
            parts.append(tag("rect", {**box, "height": low - high, **filled}))
    return parts


def _series(
    pen: Pen, frame: _Frame, points: Sequence[Point], legend: Legend, *, left: bool
) -> list[str]:
    """Return one register as steps; where it tells nothing the line is broken."""
    role, thick, dash = _LOOKS[0 if left else 1]
    look = pen.stroke(role, thick, dash)
    parts: list[str] = []
    path: list[str] = []
    before = -2
    for point in points:
        value = point.left if left else point.right
        at = frame.at[point.period]
        x, end = frame.x(point.period), frame.x(point.period) + frame.step
        if value is None or legend.hides(value):
            if value is not None:
                parts.append(_few(pen, frame, (x, end), legend))
            continue
        y = frame.y(value)
        path.append(f"{'L' if at == before + 1 else 'M'}{x:.1f} {y:.1f}H{end:.1f}")
        before = at
    if path:
        parts.append(tag("path", {"d": "".join(path), **look}))
    return parts


def _few(pen: Pen, frame: _Frame, ends: tuple[float, float], legend: Legend) -> str:
    high, low = frame.y(legend.few - 1), frame.y(1)
    box = {"x": ends[0] + 1, "width": max(1.0, ends[1] - ends[0] - 2), "y": high}
    return tag("rect", {**box, "height": max(2.0, low - high), **pen.both("few", "few-dot", 0.8)})


def _figures(pen: Pen, frame: _Frame, points: Sequence[Point], legend: Legend) -> list[str]:
    """Return the two figures of each step of the conflict, where there is room for them."""
    within = [point for point in points if legend.holds(point.period)]
    widest = max((text_width(told(p.left, legend), 11) for p in within), default=0.0)
    if not within or (len(within) > 1 and widest > frame.step):
        return []
    parts = []
    for point in within:
        x = frame.x(point.period) + frame.step / 2
        pair = [(v, r) for v, r in ((point.left, "ink"), (point.right, "muted")) if v is not None]
        pair.sort(key=lambda held: held[0])
        for number, (value, role) in enumerate(pair):
            above = number == len(pair) - 1
            y = frame.y(value) + (-6 if above else 15)
            y = min(y, frame.start + _TALL - 4)
            words = told(value, legend)
            parts.append(
                pen.text(x, y, words, role=role, anchor="middle", bold=role == "ink", halo=True)
            )
    return parts


def _key(pen: Pen, legend: Legend, width: int) -> tuple[list[str], int]:
    """Return the key below the title, and on how many lines it stands."""
    band = pen.both("warn-soft", "strong-line", 0.8)
    samples: list[tuple[str, dict[str, object], bool]] = [
        (words, pen.stroke(*look), False)
        for words, look in zip((legend.left, legend.right), _LOOKS, strict=True)
        if words
    ]
    samples.append((_("the conflict"), band, True))
    if legend.shaded == IMPOSSIBLE:
        samples.append((_("more than can be"), pen.both("bad-soft", "bad", 1.4), True))
    elif legend.shaded == APART:
        samples.append((_("what lies between"), pen.both("bad-soft", "bad", 1.4), True))
    parts, x, line = [], 0.0, 0
    for words, look, square in samples:
        shown = clip(words, 11, width - 40.0)
        wide = 30 + text_width(shown, 11)
        if x and x + wide > width:
            x, line = 0.0, line + 1
        y = 40.0 + line * _KEY_LINE
        if square:
            box = {"x": x + 8, "y": y - 10, "width": 13.0, "height": 13.0}
            parts.append(tag("rect", {**box, **look}))
        else:
            ends = {"x1": x, "y1": y - 4, "x2": x + 24, "y2": y - 4}
            parts.append(tag("line", {**ends, **look}))
        parts.append(pen.text(x + 30, y, shown))
        x += wide + 16
    return parts, line + 1


def _describe(points: Sequence[Point], legend: Legend) -> str:
    """Return the picture in words."""
    within = [point for point in points if legend.holds(point.period)]
    if not within:
        return _("No figure of these months is open to you.")
    shown = "; ".join(
        _("{time}: {left} against {right}").format(
            time=format_date(point.period),
            left=told(point.left, legend),
            right=told(point.right, legend),
        )
        for point in within[:6]
    )
    return _("{left} and {right}. In the conflict: {shown}.").format(
        left=legend.left, right=legend.right or "–", shown=shown
    )
