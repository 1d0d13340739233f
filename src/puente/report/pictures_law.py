"""The picture of a dated figure of law: a step for each value, and a marker for the day asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from puente.i18n import format_date, format_number
from puente.i18n import gettext as _
from puente.law.references import (
    ARITHMETIC,
    CONFIDENCE_WORDS,
    CONTESTED,
    MEMORY,
    VERIFIED,
)
from puente.report.palette import get_theme
from puente.report.svg import Pen, Picture, Table, clip, document, tag, text_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from puente.law.parameters import Parameter, Stale, Value

_TOP, _PLOT, _BOTTOM = 62.0, 190.0, 70.0
_SIZE = 11.0
_HEADING = 26.0
_MARKS = (VERIFIED, ARITHMETIC, CONTESTED, MEMORY)


def values_picture(
    parameter: Parameter,
    day: date,
    *,
    unit_text: str = "",
    heading: bool = True,
    width: int = 860,
    theme: str = "light",
) -> Picture | None:
    """Return the values of a figure over time, or None where they are words.

    A value that stands from memory is drawn hollow and dashed. A value of which the day is not
    known has its month or year as a band. Figures still quoted out of date are dotted lines.

    Args:
        parameter: the figure.
        day: where the marker stands.
        unit_text: the unit in words, for the title.
        heading: whether the title is drawn; a page may have it above.
        width: CSS pixels.
        theme: `light` or `dark`.
    """
    values = [v for v in parameter.values if isinstance(v.value, Decimal)]
    if not values:
        return None
    pen = Pen(theme=get_theme(theme))
    title = f"{parameter.text}, {unit_text}" if unit_text else str(parameter.text)
    frame = _Frame.of(parameter, values, day, float(width))
    parts = [pen.text(0, 17, clip(title, 15, width), size=15, bold=True)] if heading else []
    parts += _axes(pen, frame)
    for one in frame.stale:
        parts += _stale_line(pen, frame, one)
    parts += _steps(pen, frame, values)
    parts += _marker(pen, frame, parameter.value_on(day))
    parts += _key(pen, frame, values)
    alt = _describe(parameter, values, day)
    cut = 0.0 if heading else _HEADING
    parts = parts if heading else [tag("g", {"transform": f"translate(0 -{_HEADING})"}, *parts)]
    size = (float(width), _TOP + _PLOT + _BOTTOM - cut)
    return Picture(
        svg=document(parts, size=size, title=title, alt=alt, theme=theme),
        title=title, alt=alt, width=size[0], height=size[1],
        table=values_table(parameter, day),
    )  # fmt: skip


def values_table(parameter: Parameter, day: date) -> Table:
    """Return the values of a figure as headings and rows, stale ones last."""
    current = parameter.value_on(day)
    rows = [
        [
            when_text(value),
            _amount(value.value),
            _(CONFIDENCE_WORDS[value.citation.confidence]),
            value.citation.cite,
            _("on the day asked") if value is current else "",
        ]
        for value in parameter.values
    ]
    rows += [
        [
            format_date(one.from_day) if one.from_day else "–",
            _amount(one.value), _("quoted out of date"), one.reference.pinpoint, str(one.reason),
        ]
        for one in parameter.stale
    ]  # fmt: skip
    return [_("From"), _("Value"), _("Mark"), _("Reference"), _("Note")], rows


def when_text(value: Value) -> str:
    """Return from when a value applies; a day that is not known is said so."""
    iso = value.effective.iso
    if value.effective.precision == "day":
        return format_date(iso)
    return _("{period}, day not known").format(period=format_date(iso))


def _figure(held: Value | Stale) -> float:
    """Return a figure as a number; those in words have been left out before."""
    return float(held.value) if isinstance(held.value, Decimal) else 0.0


def _amount(value: object) -> str:
    return format_number(value) if isinstance(value, Decimal) else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """Where days and values stand on the paper."""

    width: float
    left: float
    right: float
    first: date
    last: date
    top_value: float
    day: date
    end: date | None
    stale: tuple[Stale, ...] = field(default=())

    @classmethod
    def of(cls, parameter: Parameter, values: Sequence[Value], day: date, width: float) -> _Frame:
        stale = tuple(s for s in parameter.stale if isinstance(s.value, Decimal))
        figures = [_figure(one) for one in values] + [_figure(one) for one in stale]
        days = [v.effective.start for v in values] + [day]
        first, last = min(days), max(days)
        if parameter.known_through:
            last = max(last, parameter.known_through)
        room = max((last - first).days // 40, 90)
        top = _round_up(max(figures))
        left = max(text_width(_short(mark), _SIZE) for mark in _ticks(top)) + 14
        return cls(
            width=width,
            left=left,
            right=width - 16,
            first=_shifted(first, -room),
            last=_shifted(last, room),
            top_value=top,
            day=day,
            end=parameter.known_through,
            stale=stale,
        )

    def x(self, day: date) -> float:
        span = (self.last - self.first).days or 1
        return self.left + (day - self.first).days / span * (self.right - self.left)

    def y(self, value: float) -> float:
        return _TOP + _PLOT * (1 - value / self.top_value)


def _shifted(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return day


def _round_up(value: float) -> float:
    """Return the next figure above that four even ticks divide well."""
    if value <= 0:
        return 1.0
    step = 1.0
    while step * 10 <= value:
        step *= 10
    return next(step * n for n in (1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10, 12) if step * n >= value)


def _ticks(top: float) -> list[float]:
    return [top * n / 4 for n in range(5)]


def _short(value: float) -> str:
    if value >= 1_000_000:
        return _("{n} million").format(n=format_number(round(value / 1_000_000, 2)))
    return format_number(round(value, 2))


def _axes(pen: Pen, frame: _Frame) -> list[str]:
    parts: list[str] = []
    for value in _ticks(frame.top_value):
        y = frame.y(value)
        line = f"M{frame.left:.1f} {y:.1f}H{frame.right:.1f}"
        parts.append(tag("path", {"d": line, **pen.stroke("line")}))
        parts.append(pen.text(frame.left - 8, y + 4, _short(value), anchor="end", role="muted"))
    years = frame.last.year - frame.first.year + 1
    step = next(n for n in (1, 2, 5, 10, 20, 50, 100) if years / n <= 14)
    base = _TOP + _PLOT
    for year in range(frame.first.year, frame.last.year + 1):
        start = date(year, 1, 1)
        if year % step == 0 and start >= frame.first:
            x = frame.x(start)
            parts.append(tag("path", {"d": f"M{x:.1f} {base}v5", **pen.stroke("strong-line")}))
            if x < frame.right - 20:
                parts.append(pen.text(x, base + 18, str(year), anchor="middle", role="muted"))
    base_line = f"M{frame.left:.1f} {base}H{frame.right:.1f}"
    return [*parts, tag("path", {"d": base_line, **pen.stroke("strong-line")})]


def _steps(pen: Pen, frame: _Frame, values: Sequence[Value]) -> list[str]:
    parts: list[str] = []
    end = frame.x(min(frame.last, frame.end) if frame.end else frame.last)
    for place, value in enumerate(values):
        y, x = frame.y(_figure(value)), frame.x(value.effective.start)
        later = values[place + 1 :]
        until = frame.x(later[0].effective.start) if later else max(x, end)
        if value.effective.precision != "day":
            band = {"x": x, "y": _TOP, "width": max(frame.x(value.effective.end) - x, 3.0),
                    "height": _PLOT}  # fmt: skip
            parts.append(tag("rect", {**band, **pen.fill("warn-soft"), "fill-opacity": 0.6}))
        dash = "5 4" if value.citation.confidence in {MEMORY, CONTESTED} else ""
        line = f"M{x:.1f} {y:.1f}H{until:.1f}"
        if later:
            line += f"V{frame.y(_figure(later[0])):.1f}"
        parts.append(tag("path", {"d": line, **pen.stroke("accent", 2.0, dash)}))
    for value in values:
        at = frame.x(value.effective.start), frame.y(_figure(value))
        parts.append(confidence_shape(pen, value.citation.confidence, *at))
    return parts


def confidence_shape(pen: Pen, confidence: str, x: float, y: float) -> str:
    """Return the mark of a figure: a dot, half a dot, a struck ring or a hollow triangle."""
    if confidence == VERIFIED:
        return tag("circle", {"cx": x, "cy": y, "r": 4.0, **pen.both("accent", "paper", 1.2)})
    if confidence == ARITHMETIC:
        half = f"M{x:.1f} {y - 4.5:.1f}a4.5 4.5 0 0 1 0 9z"
        return tag(
            "circle", {"cx": x, "cy": y, "r": 4.5, **pen.both("paper", "accent", 1.4)}
        ) + tag("path", {"d": half, **pen.fill("accent")})
    if confidence == CONTESTED:
        bar = f"M{x - 3:.1f} {y + 3:.1f}l6 -6"
        ring = tag("circle", {"cx": x, "cy": y, "r": 4.5, **pen.both("paper", "warn", 1.4)})
        return ring + tag("path", {"d": bar, **pen.stroke("warn", 1.4)})
    points = f"{x:.1f},{y - 5:.1f} {x + 5:.1f},{y + 4:.1f} {x - 5:.1f},{y + 4:.1f}"
    return tag("polygon", {"points": points, **pen.both("paper", "warn", 1.4)})


def _stale_line(pen: Pen, frame: _Frame, stale: Stale) -> list[str]:
    """Return a figure quoted out of date as a dotted line, its number struck through."""
    y = frame.y(_figure(stale))
    start = frame.x(max(stale.from_day, frame.first)) if stale.from_day else frame.left
    text = _amount(stale.value)
    x = frame.right - text_width(text, _SIZE) - 4
    line = f"M{start:.1f} {y:.1f}H{frame.right:.1f}"
    strike = f"M{x - 2:.1f} {y + 12:.1f}h{text_width(text, _SIZE) + 4:.1f}"
    words = _("quoted out of date:")
    return [
        tag("path", {"d": line, **pen.stroke("warn", 1.6, "1.5 3.5")}),
        pen.text(x - 6, y + 16, words, role="warn", anchor="end", halo=True),
        pen.text(x, y + 16, text, role="warn", bold=True, halo=True),
        tag("path", {"d": strike, **pen.stroke("warn", 1.4)}),
    ]


def _marker(pen: Pen, frame: _Frame, current: Value | None) -> list[str]:
    x = frame.x(frame.day)
    day = format_date(frame.day)
    if current is None:
        words = _("{day}: no value known").format(day=day)
    elif not current.citation.feeds:
        words = _("{day}: {value}, from memory: not given").format(
            day=day, value=_amount(current.value)
        )
    else:
        words = f"{day}: {_amount(current.value)}"
    wide = text_width(words, 12.5) + 14
    left = min(max(x - wide / 2, frame.left), frame.width - wide)
    parts = [
        tag("path", {"d": f"M{x:.1f} 50V{_TOP + _PLOT:.1f}", **pen.stroke("ink", 1.4)}),
        tag("rect", {"x": left, "y": 28.0, "width": wide, "height": 22.0, "rx": 3,
                     **pen.both("accent-soft", "accent", 1.0)}),
        pen.text(left + 7, 43.5, words, size=12.5, bold=True),
    ]  # fmt: skip
    if current is not None and isinstance(current.value, Decimal):
        at = {"cx": x, "cy": frame.y(_figure(current)), "r": 6.5}
        parts.append(tag("circle", {**at, **pen.stroke("ink", 1.6)}))
    return parts


def _key(pen: Pen, frame: _Frame, values: Sequence[Value]) -> list[str]:
    y = _TOP + _PLOT + 46
    held = {value.citation.confidence for value in values}
    x, parts = frame.left, []
    for confidence in (name for name in _MARKS if name in held):
        words = _(CONFIDENCE_WORDS[confidence])
        parts.append(confidence_shape(pen, confidence, x + 5, y - 4))
        parts.append(pen.text(x + 15, y, words, role="muted"))
        x += 15 + text_width(words, _SIZE) + 18
    if any(value.effective.precision != "day" for value in values):
        box = {"x": x, "y": y - 10, "width": 10.0, "height": 12.0}
        parts.append(tag("rect", {**box, **pen.both("warn-soft", "warn", 0.8)}))
        parts.append(pen.text(x + 15, y, _("day not known"), role="muted"))
    return parts


def _describe(parameter: Parameter, values: Sequence[Value], day: date) -> str:
    current = parameter.value_on(day)
    first, last = values[0], values[-1]
    text = _("{count} values from {first} ({low}) to {last} ({high}).").format(
        count=len(values), first=when_text(first), low=_amount(first.value),
        last=when_text(last), high=_amount(last.value),
    )  # fmt: skip
    if current is None:
        said = _("No value is known for {day}.").format(day=format_date(day))
    else:
        said = _("On {day}: {value}, {mark}.").format(
            day=format_date(day), value=_amount(current.value),
            mark=_(CONFIDENCE_WORDS[current.citation.confidence]),
        )  # fmt: skip
    return f"{text} {said}"
