"""The picture of a source's coverage: which months it tells, and where findings stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.i18n import format_date, format_number, format_percent
from puente.i18n import gettext as _
from puente.report.palette import get_theme
from puente.report.svg import Pen, Picture, Table, document, tag, text_width

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ROW, _CELL = 20.0, 15.0
_HALF = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCover:
    """One month of a source.

    Attributes:
        period: ISO month, or year.
        cells, told: figures that stand there, and those of them that say something.
        faults: findings on a time that falls in that month, or holds it.
        warnings: the same, where they are about the whole source.
    """

    period: str
    cells: int
    told: int
    faults: int = 0
    warnings: int = 0


def coverage_picture(
    months: Sequence[MonthCover], *, source: str, width: int = 960, theme: str = "light"
) -> Picture:
    """Return a row for each year and a square for each month: told, told in part, or absent.

    A source of years has one row of squares. A square that nothing is told of is hollow; one that
    is told in part is half as high. A triangle marks faults, a dot warnings.

    Args:
        months: every month (or year) from first to last, in order.
        source: its name.
        width: CSS pixels.
        theme: `light` or `dark`.
    """
    pen = Pen(theme=get_theme(theme))
    title = _("Months that {source} tells").format(source=source)
    most = max((month.cells for month in months), default=0)
    yearly = all(len(month.period) == len("2024") for month in months)
    rows: dict[str, list[MonthCover]] = {}
    for month in months:
        rows.setdefault("" if yearly else month.period[:4], []).append(month)
    columns = 2 if len(rows) > 8 and width > 700 else 1
    per = -(-len(rows) // columns)
    parts = [pen.text(0, 17, title, size=15, bold=True)]
    for number, (year, held) in enumerate(rows.items()):
        x = (number // per) * width / columns
        y = 34.0 + (number % per) * _ROW
        parts.append(pen.text(x, y + 12, year, role="muted"))
        for at, month in enumerate(held):
            column = at if yearly else int(month.period[5:7]) - 1
            parts += _square(pen, month, most, (x + (0 if yearly else 44) + column * 22, y))
    bottom = 34.0 + per * _ROW
    parts += _key(pen, bottom + 18)
    alt = _describe(months)
    size = (float(width), bottom + 30)
    return Picture(
        svg=document(parts, size=size, title=title, alt=alt, theme=theme),
        title=title,
        alt=alt,
        width=size[0],
        height=size[1],
        table=coverage_table(months),
    )


def coverage_table(months: Sequence[MonthCover]) -> Table:
    """Return for each year the months told, told in part and absent, as headings and rows."""
    most = max((month.cells for month in months), default=0)
    years: dict[str, list[MonthCover]] = {}
    for month in months:
        years.setdefault(month.period[:4], []).append(month)
    rows = []
    for year, held in years.items():
        states = [_state(month, most) for month in held]
        figures = sum(month.told for month in held)
        rows.append(
            [
                year,
                *(format_number(states.count(name), 0) for name in ("whole", "part", "none")),
                format_number(figures, 0),
                format_number(sum(month.faults for month in held), 0),
                format_number(sum(month.warnings for month in held), 0),
            ]
        )
    headers = [
        _("Year"), _("Told"), _("Told in part"), _("Not told"), _("Figures"), _("Faults"),
        _("Warnings"),
    ]  # fmt: skip
    return headers, rows


def all_months(told: Mapping[str, tuple[int, int]]) -> list[str]:
    """Return every month from the first to the last that is told; years where it tells years."""
    periods = sorted(period for period in told if period[:4].isdecimal())
    months = [period for period in periods if len(period) == len("2024-01")]
    if not months:
        return [period for period in periods if len(period) == len("2024")]
    first, last = (int(text[:4]) * 12 + int(text[5:7]) - 1 for text in (months[0], months[-1]))
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(first, last + 1)]


def _state(month: MonthCover, most: int) -> str:
    if not month.told:
        return "none"
    return "whole" if month.told >= 0.98 * most else "part"


def _square(pen: Pen, month: MonthCover, most: int, at: tuple[float, float]) -> list[str]:
    x, y = at
    state = _state(month, most)
    frame = {"x": x, "y": y, "width": _CELL, "height": _CELL, "rx": 2}
    parts = [tag("rect", {**frame, **pen.both("paper", "line", 1.0)})]
    if state != "none":
        high = _CELL if state == "whole" else _CELL * _HALF
        bar = {"x": x, "y": y + _CELL - high, "width": _CELL, "height": high, "rx": 2}
        parts.append(tag("rect", {**bar, **pen.fill("seq-3")}))
    if month.faults:
        points = f"{x + 7.5:.1f},{y + 2:.1f} {x + 13:.1f},{y + 13:.1f} {x + 2:.1f},{y + 13:.1f}"
        parts.append(tag("polygon", {"points": points, **pen.both("warn", "paper", 1.0)}))
    elif month.warnings:
        dot = {"cx": x + 7.5, "cy": y + 7.5, "r": 2.6}
        parts.append(tag("circle", {**dot, **pen.both("paper", "ink", 1.2)}))
    return parts


def _key(pen: Pen, y: float) -> list[str]:
    samples = (
        (MonthCover(period="", cells=1, told=1), _("told")),
        (MonthCover(period="", cells=1, told=0), _("not told")),
        (MonthCover(period="", cells=1, told=1, faults=1), _("fault")),
        (MonthCover(period="", cells=1, told=1, warnings=1), _("warning")),
    )
    x, parts = 0.0, []
    for month, words in samples:
        parts += _square(pen, month, 1, (x, y - 12))
        parts.append(pen.text(x + 21, y, words))
        x += 21 + text_width(words, 11) + 22
    return parts


def _describe(months: Sequence[MonthCover]) -> str:
    """Return the picture in words."""
    if not months:
        return _("No month is told.")
    told = sum(1 for month in months if month.told)
    return _(
        "{told} of {all} months from {first} to {last} are told ({share}); {faults} bear a fault."
    ).format(
        told=format_number(told, 0),
        all=format_number(len(months), 0),
        first=format_date(months[0].period),
        last=format_date(months[-1].period),
        share=format_percent(told / len(months)),
        faults=format_number(sum(1 for month in months if month.faults), 0),
    )
