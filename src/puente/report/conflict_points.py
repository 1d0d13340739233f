"""What the picture of a record conflict shows: the steps of two registers, and words beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.i18n import format_date, format_number
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from puente.report.svg import Table

MOST_MONTHS = 36
"""Months up to which each is drawn; beyond, years are."""

AROUND = 6
"""Years that are drawn before a conflict and after it."""

IMPOSSIBLE, APART, NOTHING = "above", "apart", ""
"""What is shaded: left above right at any time, what lies between within the conflict, nothing."""


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
        shaded: one of `IMPOSSIBLE`, `APART`, `NOTHING`.
        expected: cases a month that were to be expected at the least, within the conflict; it
            takes the place of the right series.
        few: counts from 1 to below it are drawn and told as such; 1 shows every count.
        few_text: what to call them.
    """

    title: str
    left: str
    right: str
    first: str
    last: str
    shaded: str = APART
    expected: float | None = None
    few: int = 1
    few_text: str = ""

    def hides(self, value: float | None) -> bool:
        """Return True if a count is too small to be shown."""
        return value is not None and 0 < value < self.few

    def shades(self, period: str, left: float, right: float) -> bool:
        """Return True if what lies between two figures of a period is shaded."""
        if self.shaded == IMPOSSIBLE:
            return left > right
        return self.shaded == APART and self.holds(period)

    def holds(self, period: str) -> bool:
        """Return True if a year or month falls in the conflict."""
        return self.first[: len(period)] <= period <= self.last[: len(period)]


def points_of(rows: Iterable[Mapping[str, Any]], first: str, last: str) -> tuple[Point, ...]:
    """Return the steps to draw: months where there are few of them, else the years around.

    Args:
        rows: `month`, `figure_a`, `figure_b`, by month.
        first, last: ISO months of the conflict.
    """
    held = [(str(r["month"]), r["figure_a"], r["figure_b"]) for r in rows]
    if len(held) <= MOST_MONTHS:
        return tuple(Point(period=month, left=a, right=b) for month, a, b in held)
    begin, end = int(first[:4]) - AROUND, int(last[:4]) + AROUND
    years: dict[str, list[tuple[float | None, float | None]]] = {}
    for month, a, b in held:
        if begin <= int(month[:4]) <= end:
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


def conflict_table(points: Sequence[Point], legend: Legend) -> Table:
    """Return the steps as headings and rows."""
    headers = [_("Time"), legend.left, legend.right, _("Months compared"), _("In the conflict")]
    rows = [
        [
            format_date(point.period),
            told(point.left, legend),
            told(point.right, legend),
            format_number(point.months, 0),
            _("yes") if legend.holds(point.period) else "",
        ]
        for point in points
    ]
    return headers, rows


def told(value: float | None, legend: Legend) -> str:
    """Return a count as the reader writes it; words where it is none or too small."""
    if value is None:
        return "–"
    return legend.few_text if legend.hides(value) else format_number(round(value, 1))
