"""A line of time with what happened on it, drawn as the report's pictures are."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.i18n import format_date, ngettext
from puente.i18n import gettext as _
from puente.report.palette import get_theme
from puente.report.svg import Pen, Picture, clip, document, tag, text_width

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTH = 960.0
_MARGIN = 20.0
_LANES = 5
_LANE = 20.0
_WIDEST = 220.0
_SIZE = 11.0

Days = tuple[datetime.date, datetime.date]
"""First and last day that a date of year, month or day precision may mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something with a date: ISO text of year, month or day precision, a kind, a label."""

    date: str
    kind: str
    label: str


def timeline_picture(moments: Sequence[Moment], *, title: str) -> Picture | None:
    """Return the picture of `moments`, or None where none has a date that can be read.

    A date of year or month precision is drawn as the span that it may mean, not as a day. What
    finds no room for its words keeps its mark; the table has every one.
    """
    placed = sorted(
        ((span, m) for m in moments if (span := day_span(m.date)) is not None),
        key=lambda item: (item[0], item[1].label),
    )
    if not placed:
        return None
    pen = Pen(theme=get_theme("light"))
    first = min(span[0] for span, _m in placed).year
    last = max(span[1] for span, _m in placed).year
    axis = _Axis.of(first, last)
    words = _lanes([(m, axis.x(span[0]), axis.x(span[1])) for span, m in placed])
    base = 12 + _LANE * max(1, 1 + max((word.lane for word in words), default=0))
    parts = _years(pen, axis, base)
    for word in words:
        parts.extend(_mark(pen, word, base))
    alt = ngettext(
        "{n} dated event from {first} to {last}.",
        "{n} dated events from {first} to {last}.",
        len(placed),
    ).format(n=len(placed), first=first, last=last)
    size = (_WIDTH, base + 28)
    return Picture(
        svg=document(parts, size=size, title=title, alt=alt, theme="light"),
        title=title, alt=alt, width=size[0], height=size[1],
        table=([_("Date"), _("Kind"), _("What")],
               [[format_date(m.date), m.kind, m.label] for _s, m in placed]),
    )  # fmt: skip


def day_span(text: str) -> Days | None:
    """Return the first and last day that an ISO date may mean, or None if it is no date."""
    try:
        parts = [int(part) for part in text[:10].split("-")]
        if len(parts) == 1:
            return datetime.date(parts[0], 1, 1), datetime.date(parts[0], 12, 31)
        if len(parts) == 2:
            first = datetime.date(parts[0], parts[1], 1)
            after = first + datetime.timedelta(days=31)
            return first, after - datetime.timedelta(days=after.day)
        day = datetime.date(parts[0], parts[1], parts[2])
    except (ValueError, TypeError, OverflowError):
        return None
    return day, day


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    """Whole years, from the margin to the margin."""

    first: int
    last: int
    origin: int
    scale: float

    @classmethod
    def of(cls, first: int, last: int) -> _Axis:
        origin = datetime.date(first, 1, 1).toordinal()
        days = datetime.date(last, 12, 31).toordinal() - origin + 1
        return cls(first=first, last=last, origin=origin, scale=(_WIDTH - 2 * _MARGIN) / days)

    def x(self, day: datetime.date) -> float:
        return _MARGIN + (day.toordinal() - self.origin) * self.scale


def _years(pen: Pen, axis: _Axis, base: float) -> list[str]:
    line = f"M{_MARGIN:.0f} {base:.0f}H{_WIDTH - _MARGIN:.0f}"
    parts = [tag("path", {"d": line, **pen.stroke("strong-line")})]
    count = axis.last - axis.first + 1
    step = next(n for n in (1, 2, 5, 10, 20, 50, 100, 1000) if count / n <= 12)
    for year in range(axis.first, axis.last + 1):
        if year % step == 0 or count == 1:
            at = axis.x(datetime.date(year, 1, 1))
            parts.append(tag("path", {"d": f"M{at:.1f} {base:.0f}v6", **pen.stroke("strong-line")}))
            parts.append(pen.text(at + 3, base + 20, str(year), role="muted"))
    return parts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    """What is said of a moment: `lane` counts up from the axis; -1 where there is no room."""

    text: str
    start: float
    end: float
    left: float
    lane: int


def _lanes(moments: Sequence[tuple[Moment, float, float]]) -> list[_Word]:
    """Return the words of each moment, on the lowest lane that is free there."""
    free = [0.0] * _LANES
    found = []
    for moment, start, end in moments:
        whole = f"{moment.kind}: {moment.label}" if moment.label else moment.kind
        text = clip(whole, _SIZE, _WIDEST)
        wide = text_width(text, _SIZE) + 14
        left = min((start + end) / 2, _WIDTH - wide)
        lane = next((n for n, taken in enumerate(free) if taken <= left), -1)
        if lane >= 0:
            free[lane] = left + wide
        found.append(_Word(text=text, start=start, end=end, left=left, lane=lane))
    return found


def _mark(pen: Pen, word: _Word, base: float) -> list[str]:
    at = (word.start + word.end) / 2
    parts = []
    if word.end - word.start > 1:
        bar = {"x": word.start, "y": base - 3, "width": word.end - word.start, "height": 6, "rx": 2}
        parts.append(tag("rect", {**bar, **pen.fill("seq-2")}))
    if word.lane >= 0:
        top = base - (word.lane + 1) * _LANE
        stem = f"M{at:.1f} {base:.0f}V{top + 2:.1f}"
        parts.append(tag("path", {"d": stem, **pen.stroke("line")}))
        parts.append(pen.text(word.left + 4, top + 8, word.text, halo=True))
    dot = {"cx": at, "cy": base, "r": 4.0, **pen.both("accent", "paper", 1.5)}
    return [*parts, tag("circle", dot)]
