"""The picture of the sources: which time each covers, how fresh it is, what it rejected."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import format_date, format_number, ngettext
from puente.i18n import gettext as _
from puente.report.palette import get_theme
from puente.report.svg import Pen, Picture, Table, clip, document, tag, text_width

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROW = 34.0
"""Height of one source's row, CSS pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCoverage:
    """What one source brought, and for which time.

    Attributes:
        name: name of the source, e.g. `ofac_sdn`.
        agency: who holds the records.
        grade: Admiralty grade, e.g. `A1`; "" where its records bear several.
        first, last: earliest and latest date that its records bear, ISO; "" if none do.
        published: date of the newest delivery, ISO.
        deliveries: publication dates of all deliveries.
        rows, loaded, rejected: rows read, taken in, kept as rejects.
        marking: strictest handling marking of its records.
    """

    name: str
    agency: str
    grade: str
    first: str
    last: str
    published: str
    deliveries: tuple[str, ...]
    rows: int
    loaded: int
    rejected: int
    marking: str


def sources_svg(
    sources: Sequence[SourceCoverage], *, today: datetime.date, width: int = 960
) -> str:
    """Return the sources and their coverage as SVG; see `sources_picture`."""
    return sources_picture(sources, today=today, width=width).svg


def sources_picture(
    sources: Sequence[SourceCoverage],
    *,
    today: datetime.date,
    width: int = 960,
    theme: str = "light",
) -> Picture:
    """Return one line per source: which time it covers, when it was published, rows and rejects.

    Args:
        sources: what each source brought.
        today: the day freshness is measured from.
        width: CSS pixels.
        theme: `light` or `dark`.

    Raises: InvalidData: a date that is no ISO date.

    Limits: a bar from first to last date says nothing of gaps between; a date in a record may be
        wrong. Bars that begin before the axis does are cut there, with an arrow.
    """
    pen = Pen(theme=get_theme(theme))
    title = _("Sources and the time they cover")
    top = 40.0
    left, right = (200.0, 250.0) if width > 800 else (170.0, 200.0)
    scale = _Time.of(sources, today, left, float(width) - left - right)
    bottom = top + _ROW * max(1, len(sources))
    parts = [
        pen.text(0, 17, title, size=15, bold=True),
        *scale.axis(pen, top, bottom),
        *_source_rows(pen, sources, scale, (top, float(width), right), today),
        *_today_line(pen, scale.x(today), top, bottom),
        *_key(pen, bottom + 34),
    ]
    alt = _describe(sources)
    size = (float(width), bottom + 46)
    return Picture(
        svg=document(parts, size=size, title=title, alt=alt, theme=theme),
        title=title,
        alt=alt,
        width=size[0],
        height=size[1],
        table=sources_table(sources, today=today),
    )


def sources_table(sources: Sequence[SourceCoverage], *, today: datetime.date) -> Table:
    """Return the sources as headings and rows."""
    headers = [
        _("Source"),
        _("Agency"),
        _("Grade"),
        _("Marking"),
        _("Published"),
        _("Dates in its records"),
        _("Rows"),
        _("Loaded"),
        _("Rejected"),
    ]
    rows = [
        [
            s.name,
            s.agency,
            s.grade,
            s.marking,
            _published(s, today),
            _span(s),
            *(format_number(count, 0) for count in (s.rows, s.loaded, s.rejected)),
        ]
        for s in sources
    ]
    return headers, rows


def age_text(source: SourceCoverage, today: datetime.date) -> str:
    """Return how old the newest delivery is, in days, months or years."""
    published = _date(source.published)
    if published is None:
        return _("date unknown")
    days = (today - published).days
    if days < 0:
        return _("dated after today")
    if days < 62:  # two months
        return ngettext("{n} day old", "{n} days old", days).format(n=days)
    if days < 730:  # two years
        months = round(days / 30.44)
        return ngettext("{n} month old", "{n} months old", months).format(n=months)
    years = days // 365
    return ngettext("{n} year old", "{n} years old", years).format(n=years)


def _published(source: SourceCoverage, today: datetime.date) -> str:
    published = format_date(source.published)
    return f"{published} · {age_text(source, today)}" if published else age_text(source, today)


def _span(source: SourceCoverage) -> str:
    if not source.first:
        return _("no dates")
    return f"{source.first} – {source.last}" if source.first != source.last else source.first


def _date(text: str) -> datetime.date | None:
    """Return the first day that a full or partial ISO date may mean."""
    if not text:
        return None
    try:
        return datetime.date.fromisoformat((text[:10] + "-01-01")[:10])
    except ValueError:
        raise InvalidData(f"{text!r} is no ISO date") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Time:
    """A time axis in whole years."""

    first: datetime.date
    last: datetime.date
    left: float
    wide: float

    @classmethod
    def of(
        cls, sources: Sequence[SourceCoverage], today: datetime.date, left: float, wide: float
    ) -> _Time:
        dates = [
            date
            for s in sources
            for text in (s.first, s.last, s.published, *s.deliveries)
            if (date := _date(text)) is not None
        ]
        # One record with a birth date of 1900 must not squeeze everything else to a hair.
        floor = today.year - 40
        first = min([max(date.year, floor) for date in dates] + [today.year - 1])
        last = max([date.year for date in dates] + [today.year]) + 1
        last = min(last, today.year + 25)
        return cls(
            first=datetime.date(first, 1, 1), last=datetime.date(last, 1, 1), left=left, wide=wide
        )

    def x(self, date: datetime.date) -> float:
        part = (date - self.first).days / (self.last - self.first).days
        return self.left + self.wide * min(1.0, max(0.0, part))

    def axis(self, pen: Pen, top: float, bottom: float) -> list[str]:
        years = self.last.year - self.first.year
        room = self.wide / 42  # a year and the space beside it
        step = next(n for n in (1, 2, 5, 10, 20, 50) if years / n <= room or n == 50)
        parts = []
        for year in range(-(-self.first.year // step) * step, self.last.year + 1, step):
            x = self.x(datetime.date(year, 1, 1))
            parts.append(
                tag("line", {"x1": x, "y1": top, "x2": x, "y2": bottom, **pen.stroke("line", 0.8)})
            )
            parts.append(pen.text(x, bottom + 14, str(year), role="muted", anchor="middle"))
        return parts


def _source_rows(
    pen: Pen,
    sources: Sequence[SourceCoverage],
    time: _Time,
    at: tuple[float, float, float],
    today: datetime.date,
) -> list[str]:
    """Return the sources' rows from the top on, parted by lines across the whole width."""
    top, width, right = at
    parts = []
    for i, source in enumerate(sources):
        y = top + _ROW * i
        if i:
            line = {"x1": 0, "y1": y, "x2": width, "y2": y, **pen.stroke("line", 0.6)}
            parts.append(tag("line", line))
        parts += _source_row(pen, source, time, (y, width - right + 16), today)
    return parts


def _today_line(pen: Pen, x: float, top: float, bottom: float) -> list[str]:
    line = {"x1": x, "y1": top - 6, "x2": x, "y2": bottom, **pen.stroke("accent", 1.2)}
    return [
        tag("line", line),
        pen.text(x, top - 10, _("today"), role="accent", anchor="middle"),
    ]


def _key(pen: Pen, y: float) -> list[str]:
    """Return what a bar and a diamond mean, in one line."""
    bar = {"x": 0, "y": y - 9, "width": 26, "height": 9, "rx": 2, **pen.fill("seq-3")}
    dates = _("dates in its records")
    x = 32 + text_width(dates, 11) + 24
    return [
        tag("rect", bar),
        pen.text(32, y, dates),
        _diamond(pen, x, y - 4),
        pen.text(x + 10, y, _("published (each delivery)")),
    ]


def _describe(sources: Sequence[SourceCoverage]) -> str:
    """Return the picture in words: rows and rejects in all, and each source's dates."""
    rejected, rows = sum(s.rejected for s in sources), sum(s.rows for s in sources)
    return _("{n} sources with {rows} rows, {rejected} of them rejected. {parts}").format(
        n=len(sources),
        rows=format_number(rows, 0),
        rejected=format_number(rejected, 0),
        parts=" ".join(f"{s.name}: {_span(s)}." for s in sources),
    )


def _diamond(pen: Pen, x: float, y: float) -> str:
    points = f"{x:.1f},{y - 5:.1f} {x + 5:.1f},{y:.1f} {x:.1f},{y + 5:.1f} {x - 5:.1f},{y:.1f}"
    return tag("polygon", {"points": points, **pen.both("ink", "paper", 1.0)})


def _source_row(
    pen: Pen, source: SourceCoverage, time: _Time, at: tuple[float, float], today: datetime.date
) -> list[str]:
    y, right = at
    about = " · ".join(part for part in (source.agency, source.grade) if part)
    parts = [
        pen.text(0, y + 15, clip(source.name, 12, time.left - 14), size=12, bold=True),
        pen.text(0, y + 28, clip(about, 11, time.left - 14), role="muted"),
    ]
    first, last = _date(source.first), _date(source.last)
    if first is not None and last is not None:
        x1, x2 = time.x(first), max(time.x(last), time.x(first) + 2)
        bar = {"x": x1, "y": y + 12, "width": x2 - x1, "height": 10, "rx": 2}
        parts.append(tag("rect", {**bar, **pen.fill("seq-3")}))
        if first < time.first:
            arrow = f"{x1:.1f},{y + 9:.1f} {x1 - 7:.1f},{y + 17:.1f} {x1:.1f},{y + 25:.1f}"
            parts.append(tag("polygon", {"points": arrow, **pen.fill("seq-3")}))
    for delivery in sorted(set(source.deliveries) | {source.published}):
        day = _date(delivery)
        if day is not None:
            parts.append(_diamond(pen, time.x(day), y + 17))
    rows = ngettext("{n} row", "{n} rows", source.rows).format(n=format_number(source.rows, 0))
    rejected = _("{n} rejected").format(n=format_number(source.rejected, 0))
    parts.append(pen.text(right, y + 15, rows, bold=True))
    parts.append(
        pen.text(
            right + text_width(rows, 11) + 10,
            y + 15,
            rejected,
            role="warn" if source.rejected else "muted",
        )
    )
    parts.append(pen.text(right, y + 28, _published(source, today), role="muted"))
    return parts
