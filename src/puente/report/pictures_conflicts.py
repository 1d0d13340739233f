"""The picture of a record conflict: what two registers say over time, and where they cannot agree.

Each year (or month) is a step as high as its count. The one register is drawn thick and whole, the
other thin and dashed, so that they are told apart without colour; what lies between them within the
conflict is shaded and hatched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.i18n import format_date, format_number
from puente.i18n import gettext as _
from puente.report.palette import get_theme
from puente.report.svg import ID_MARK, Pen, Picture, Table, clip, document, tag, text_width

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

MOST_MONTHS = 36
"""Months up to which each is drawn; beyond, years are."""

_TOP, _LEFT, _RIGHT, _TALL = 58.0, 54.0, 10.0, 210.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One year or month of both registers.

    Attributes:
        period: ISO year or month.
        left, right: cases; None where the register does not tell them.
        months: added up; where both registers tell some of the same months, those alone.
    """

    period: str
    left: float | None
    right: float | None
    months: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Legend:
    """The words and bounds of the picture.

    Attributes:
        title: what is shown.
        left, right: names of the two series.
        first, last: ISO months of the conflict.
        between: shade what lies between the two within the conflict; else mark its time alone.
        few: counts from 1 to below it are drawn and told as such; 1 shows every count.
        few_text: what to call them.
    """

    title: str
    left: str
    right: str
    first: str
    last: str
    between: bool = True
    few: int = 1
    few_text: str = ""

    def hides(self, value: float | None) -> bool:
        """Return True if a count is too small to be shown."""
        return value is not None and 0 < value < self.few

    def holds(self, period: str) -> bool:
        """Return True if a year or month falls in the conflict."""
        return self.first[: len(period)] <= period <= self.last[: len(period)]


def points_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Point, ...]:
    """Return the steps to draw: months where there are few of them, else years.

    Args:
        rows: `month`, `figure_a`, `figure_b`, by month.
    """
    held = [(str(r["month"]), r["figure_a"], r["figure_b"]) for r in rows]
    if len(held) <= MOST_MONTHS:
        return tuple(Point(period=month, left=a, right=b) for month, a, b in held)
    years: dict[str, list[tuple[float | None, float | None]]] = {}
    for month, a, b in held:
        years.setdefault(month[:4], []).append((a, b))
    return tuple(_year(year, told) for year, told in years.items())


def _year(year: str, told: Sequence[tuple[float | None, float | None]]) -> Point:
    """Return a year over the months that both tell; who tells few of the other's is left blank."""
    left = [a for a, _b in told if a is not None]
    right = [b for _a, b in told if b is not None]
    shared = [(a, b) for a, b in told if a is not None and b is not None]
    if shared and 2 * len(shared) >= max(len(left), len(right)):
        left, right = [a for a, _b in shared], [b for _a, b in shared]
    elif len(left) < len(right):
        left = []
    else:
        right = []
    return Point(
        period=year,
        left=sum(left) if left else None,
        right=sum(right) if right else None,
        months=max(len(left), len(right)),
    )


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
    frame = _Frame.of(points, width)
    parts = [
        pen.text(0, 17, clip(legend.title, 15, width), size=15, bold=True),
        *_key(pen, legend, width),
        *_grid(pen, frame),
        *_shaded(pen, frame, points, legend),
        *_series(pen, frame, points, legend, left=False),
        *_series(pen, frame, points, legend, left=True),
        *_figures(pen, frame, points, legend),
    ]
    alt = _describe(points, legend)
    size = (float(width), _TOP + _TALL + 30)
    return Picture(
        svg=document(parts, size=size, title=legend.title, alt=alt, theme=theme),
        title=legend.title,
        alt=alt,
        width=size[0],
        height=size[1],
        table=conflict_table(points, legend),
    )


def conflict_table(points: Sequence[Point], legend: Legend) -> Table:
    """Return the steps as headings and rows."""
    headers = [_("Time"), legend.left, legend.right, _("Months compared"), _("In the conflict")]
    rows = [
        [
            format_date(point.period),
            _told(point.left, legend),
            _told(point.right, legend),
            format_number(point.months, 0),
            _("yes") if legend.holds(point.period) else "",
        ]
        for point in points
    ]
    return headers, rows


def _told(value: float | None, legend: Legend) -> str:
    if value is None:
        return "–"
    return legend.few_text if legend.hides(value) else format_number(round(value, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """Where a period and a count lie."""

    at: Mapping[str, int]
    step: float
    top: float
    tick: float
    width: float

    @classmethod
    def of(cls, points: Sequence[Point], width: int) -> _Frame:
        periods = _periods(points)
        most = max((v for p in points for v in (p.left, p.right) if v is not None), default=0.0)
        tick = _round_step(max(most, 1.0) / 4)
        top = tick * max(1, -(-most * 1.06 // tick))
        return cls(
            at={period: number for number, period in enumerate(periods)},
            step=(width - _LEFT - _RIGHT) / max(1, len(periods)),
            top=top,
            tick=tick,
            width=float(width),
        )

    def x(self, period: str) -> float:
        return _LEFT + self.at[period] * self.step

    def y(self, value: float) -> float:
        return _TOP + _TALL * (1 - value / self.top)


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
            parts.append(pen.text(x, _TOP + _TALL + 17, words, role="muted", anchor="middle"))
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
    for point in points:
        if not legend.holds(point.period):
            continue
        box = {"x": frame.x(point.period), "width": frame.step}
        band = {**box, "y": _TOP, "height": _TALL, **pen.fill("warn-soft")}
        parts.append(tag("rect", band))
        a, b = point.left, point.right
        if not legend.between or a is None or b is None or legend.hides(a) or legend.hides(b):
            continue
        high, low = frame.y(max(a, b)), frame.y(min(a, b))
        parts.append(tag("rect", {**box, "y": high, "height": low - high, "fill": f"url(#{name})"}))
    return parts


def _series(
    pen: Pen, frame: _Frame, points: Sequence[Point], legend: Legend, *, left: bool
) -> list[str]:
    """Return one register as steps; where it tells nothing the line is broken."""
    look = pen.stroke("seq-5", 2.6) if left else pen.stroke("status-possibly", 1.9, "6 3")
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
    told = [point for point in points if legend.holds(point.period)]
    widest = max((text_width(_told(p.left, legend), 11) for p in told), default=0.0)
    if not told or (len(told) > 1 and widest > frame.step):
        return []
    parts = []
    for point in told:
        x = frame.x(point.period) + frame.step / 2
        pair = [(v, r) for v, r in ((point.left, "ink"), (point.right, "muted")) if v is not None]
        pair.sort(key=lambda held: held[0])
        for number, (value, role) in enumerate(pair):
            above = number == len(pair) - 1
            y = frame.y(value) + (-6 if above else 15)
            y = min(y, _TOP + _TALL - 4)
            words = _told(value, legend)
            parts.append(
                pen.text(x, y, words, role=role, anchor="middle", bold=role == "ink", halo=True)
            )
    return parts


def _key(pen: Pen, legend: Legend, width: int) -> list[str]:
    y, x = 40.0, 0.0
    each = width / 2 - 60
    parts = []
    for words, look in (
        (legend.left, pen.stroke("seq-5", 2.6)),
        (legend.right, pen.stroke("status-possibly", 1.9, "6 3")),
    ):
        if not words:
            continue
        line = {"x1": x, "y1": y - 4, "x2": x + 24, "y2": y - 4}
        parts.append(tag("line", {**line, **look}))
        shown = clip(words, 11, each - 40)
        parts.append(pen.text(x + 30, y, shown))
        x += 30 + text_width(shown, 11) + 20
    box = {"x": x, "y": y - 11, "width": 14.0, "height": 14.0}
    parts.append(tag("rect", {**box, **pen.both("warn-soft", "strong-line", 0.8)}))
    parts.append(pen.text(x + 20, y, _("the conflict")))
    return parts


def _describe(points: Sequence[Point], legend: Legend) -> str:
    """Return the picture in words."""
    told = [point for point in points if legend.holds(point.period)]
    if not told:
        return _("No figure of these months is open to you.")
    shown = "; ".join(
        _("{time}: {left} against {right}").format(
            time=format_date(point.period),
            left=_told(point.left, legend),
            right=_told(point.right, legend),
        )
        for point in told[:6]
    )
    return _("{left} and {right}. In the conflict: {shown}.").format(
        left=legend.left, right=legend.right or "–", shown=shown
    )
