"""Charts: sources and what they cover, steps from listed entities, why two records were linked."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import format_date, format_number, format_percent, ngettext
from puente.i18n import gettext as _
from puente.report.palette import get_theme
from puente.report.svg import Pen, Picture, Table, clip, document, tag, text_width

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


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
    row, top = 34.0, 40.0
    left, right = (200.0, 250.0) if width > 800 else (170.0, 200.0)
    wide = float(width) - left - right
    scale = _Time.of(sources, today, left, wide)
    bottom = top + row * max(1, len(sources))
    parts = [pen.text(0, 17, title, size=15, bold=True), *scale.axis(pen, top, bottom)]
    for i, source in enumerate(sources):
        y = top + row * i
        if i:
            parts.append(
                tag(
                    "line",
                    {"x1": 0, "y1": y, "x2": float(width), "y2": y, **pen.stroke("line", 0.6)},
                )
            )
        parts += _source_row(pen, source, scale, (y, float(width) - right + 16), today)
    x_today = scale.x(today)
    parts.append(
        tag(
            "line",
            {
                "x1": x_today,
                "y1": top - 6,
                "x2": x_today,
                "y2": bottom,
                **pen.stroke("accent", 1.2),
            },
        )
    )
    parts.append(pen.text(x_today, top - 10, _("today"), role="accent", anchor="middle"))
    y = bottom + 34
    bar = {"x": 0, "y": y - 9, "width": 26, "height": 9, "rx": 2, **pen.fill("seq-3")}
    parts.append(tag("rect", bar))
    legend = _("dates in its records")
    parts.append(pen.text(32, y, legend))
    x = 32 + text_width(legend, 11) + 24
    parts += [_diamond(pen, x, y - 4), pen.text(x + 10, y, _("published (each delivery)"))]
    table = sources_table(sources, today=today)
    rejected, rows = sum(s.rejected for s in sources), sum(s.rows for s in sources)
    alt = _("{n} sources with {rows} rows, {rejected} of them rejected. {parts}").format(
        n=len(sources),
        rows=format_number(rows, 0),
        rejected=format_number(rejected, 0),
        parts=" ".join(f"{s.name}: {_span(s)}." for s in sources),
    )
    size = (float(width), y + 12)
    return Picture(
        svg=document(parts, size=size, title=title, alt=alt, theme=theme),
        title=title,
        alt=alt,
        width=size[0],
        height=size[1],
        table=table,
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


def steps_svg(steps: Mapping[int, int], *, unreached: int | None = None, width: int = 720) -> str:
    """Return the number of entities by steps as SVG; see `steps_picture`."""
    return steps_picture(steps, unreached=unreached, width=width).svg


def steps_picture(
    steps: Mapping[int, int],
    *,
    unreached: int | None = None,
    width: int = 720,
    theme: str = "light",
) -> Picture:
    """Return how many entities stand so many steps from the nearest listed one.

    Args:
        steps: number of entities by steps; 0 are the listed ones themselves.
        unreached: number of entities that no path reaches, if it is to be shown.
        width: CSS pixels.
        theme: `light` or `dark`.
    """
    pen = Pen(theme=get_theme(theme))
    title = _("Entities by steps from the nearest listed one")
    rows = [(_steps_label(count), number) for count, number in sorted(steps.items())]
    if unreached is not None:
        rows.append((_("not reached"), unreached))
    left = 20 + max([text_width(label, 11) for label, _n in rows], default=60.0)
    most = max([number for _label, number in rows], default=0) or 1
    room = width - left - 90
    parts = [pen.text(0, 17, title, size=15, bold=True)]
    y = 34.0
    for i, (label, count) in enumerate(rows):
        role = "listed" if i == 0 and 0 in steps else "seq-4"
        if unreached is not None and i == len(rows) - 1:
            role = "line"
        long = max(room * count / most, 1.5 if count else 0.0)
        parts.append(pen.text(left - 10, y + 13, label, anchor="end"))
        bar = {"x": left, "y": y, "width": long, "height": 18, "rx": 2}
        parts.append(tag("rect", {**bar, **pen.fill(role)}))
        parts.append(pen.text(left + long + 6, y + 13, format_number(count, 0), bold=True))
        y += 26
    alt = "; ".join(f"{label}: {format_number(count, 0)}" for label, count in rows) + "."
    size = (float(width), y + 6)
    return Picture(
        svg=document(parts, size=size, title=title, alt=alt, theme=theme),
        title=title,
        alt=alt,
        width=size[0],
        height=size[1],
        table=steps_table(steps, unreached=unreached),
    )


def steps_table(steps: Mapping[int, int], *, unreached: int | None = None) -> Table:
    """Return the number of entities by steps as headings and rows."""
    rows = [[_steps_label(n), format_number(count, 0)] for n, count in sorted(steps.items())]
    if unreached is not None:
        rows.append([_("not reached"), format_number(unreached, 0)])
    return [_("Steps"), _("Entities")], rows


def _steps_label(steps: int) -> str:
    if steps == 0:
        return _("listed")
    return ngettext("{n} step", "{n} steps", steps).format(n=steps)


def waterfall_svg(why: str | Sequence[Mapping[str, object]], *, width: int = 720) -> str:
    """Return why two records were linked as SVG; see `waterfall_picture`."""
    return waterfall_picture(why, width=width).svg


def waterfall_picture(
    why: str | Sequence[Mapping[str, object]], *, width: int = 720, theme: str = "light"
) -> Picture:
    """Return how each field moved the match weight, from the start to the sum.

    Args:
        why: `why` of a row of `links` (its JSON text, or the list): `field`, `left`, `right`,
            `level`, `weight` (log2 of the Bayes factor) each; a field `prior` is the start.
        width: CSS pixels.
        theme: `light` or `dark`.

    Raises: InvalidData: `why` is no such list.

    Source: Fellegi and Sunter, JASA 64 (1969), for the weights and their sum.
    """
    steps = _reasons(why)
    pen = Pen(theme=get_theme(theme))
    title = _("Why the two records were linked")
    total = sum(weight for _step, weight in steps)
    running, low, high = 0.0, 0.0, max(0.0, total)
    for _step, weight in steps:
        running += weight
        low, high = min(low, running), max(high, running)
    left, right = 330.0, 60.0
    unit = (width - left - right) / ((high - low) or 1.0)

    def x(weight: float) -> float:
        return left + (weight - low) * unit

    parts = [pen.text(0, 17, title, size=15, bold=True)]
    y, running = 34.0, 0.0
    for step, weight in steps:
        ends = sorted((running, running + weight))
        role = "for" if weight >= 0 else "against"
        parts.append(pen.text(0, y + 12, clip(_text(step, "field"), 12, 110), size=12, bold=True))
        values = " | ".join(v for v in (_text(step, "left"), _text(step, "right")) if v)
        parts.append(pen.text(116, y + 6, clip(values, 11, 204)))
        parts.append(pen.text(116, y + 19, clip(_text(step, "level"), 11, 204), role="muted"))
        bar = {
            "x": x(ends[0]),
            "y": y,
            "width": max(1.5, (ends[1] - ends[0]) * unit),
            "height": 16,
            "rx": 2,
        }
        parts.append(tag("rect", {**bar, **pen.fill(role)}))
        shown = f"{'+' if weight >= 0 else '−'}{format_number(abs(weight), 1)}"
        parts.append(pen.text(x(ends[1]) + 5, y + 12, shown, bold=True))
        running += weight
        y += 34
    parts.append(
        tag("line", {"x1": x(0), "y1": 28, "x2": x(0), "y2": y, **pen.stroke("strong-line", 1.0)})
    )
    # 2^60 to 1 is certainty enough for a float and for a reader.
    probability = 1 / (1 + 2.0 ** -max(-60.0, min(60.0, total)))
    said = _("Match weight {weight}: probability {probability}.").format(
        weight=format_number(total, 1), probability=format_percent(probability, 2)
    )
    parts.append(pen.text(0, y + 14, said, size=12, bold=True))
    size = (float(width), y + 26)
    table = _waterfall_rows(steps)
    alt = said + " " + "; ".join(f"{row[0]} {row[4]}" for row in table[1]) + "."
    return Picture(
        svg=document(parts, size=size, title=title, alt=alt, theme=theme),
        title=title,
        alt=alt,
        width=size[0],
        height=size[1],
        table=table,
    )


def waterfall_table(why: str | Sequence[Mapping[str, object]]) -> Table:
    """Return the fields and their weights as headings and rows."""
    return _waterfall_rows(_reasons(why))


def _waterfall_rows(steps: Sequence[tuple[Mapping[str, object], float]]) -> Table:
    headers = [_("Field"), _("One record"), _("Other record"), _("Agreement"), _("Weight")]
    return headers, [
        [
            _text(s, "field"),
            _text(s, "left"),
            _text(s, "right"),
            _text(s, "level"),
            format_number(weight, 2),
        ]
        for s, weight in steps
    ]


def _reasons(
    why: str | Sequence[Mapping[str, object]],
) -> list[tuple[Mapping[str, object], float]]:
    try:
        found = json.loads(why) if isinstance(why, str) else why
        return [(step, float(str(step["weight"]))) for step in found]
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidData(f"no list of reasons with weights: {error}") from None


def _text(step: Mapping[str, object], key: str) -> str:
    value = step.get(key)
    return "" if value is None else str(value)
