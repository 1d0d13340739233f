"""Whether a file writes the day or the month first, decided on evidence and never by habit."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from puente.i18n import gettext as _
from puente.ingest.guess_columns import DATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from puente.ingest.guess_columns import Column
    from puente.ingest.guess_sample import Sample
    from puente.ingest.guess_table import Table

_SLASHED = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?!\d)")

FEW_ODD = 0.03
"""Share of a column's dates that may speak against the rest before it is taken to be mixed."""

SORTED = 0.98
"""Share of neighbouring rows whose dates do not go back, from which a file is in order of time."""


@dataclass(slots=True)
class Evidence:
    """What one column says of the order; a positive `day_first` speaks for the day."""

    column: str
    slashed: int = 0
    first_over: int = 0
    second_over: int = 0
    curp_day: int = 0
    curp_month: int = 0
    pairs: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def mixed(self) -> bool:
        """Return True if days and months stand both ways in the column."""
        less = min(self.first_over, self.second_over)
        return less > FEW_ODD * max(self.first_over + self.second_over, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DateOrder:
    """How the file's dates are to be read.

    Attributes:
        day_first: True, False, or None where no date needs it or nothing tells.
        why: the evidence, or what is missing.
        open: columns whose dates can be read both ways while nothing tells which.
        mixed: columns in which days and months stand both ways.
    """

    day_first: bool | None
    why: str
    open: tuple[str, ...] = ()
    mixed: tuple[str, ...] = ()


def date_order(table: Table, sample: Sample, *, told: bool | None = None) -> DateOrder:
    """Return how the dates of a file are to be read.

    A number above 12 tells day from month; so do a CURP beside a date of birth, and an order of
    time that only one reading keeps. What one column tells holds for the file.

    Args:
        table: its columns.
        sample: its rows.
        told: what a user says; None where nobody was asked.
    """
    found = [_evidence(column, table, sample) for column in table.columns if column.field in DATES]
    found = [one for one in found if one.slashed]
    mixed = tuple(one.column for one in found if one.mixed)
    clear = [one for one in found if not one.mixed]
    if told is not None:
        return DateOrder(day_first=told, why=_("as you said"), mixed=mixed)
    for one in clear:
        if one.first_over or one.second_over:
            day = one.first_over > one.second_over
            count = max(one.first_over, one.second_over)
            why = _("{count} dates in {column} have a number above 12 in {which} place")
            which = _("the first") if day else _("the second")
            why = why.format(count=count, column=one.column, which=which)
            return DateOrder(day_first=day, why=why, mixed=mixed)
    for one in clear:
        if one.curp_day != one.curp_month:
            why = _("the CURPs agree with the dates in {column}").format(column=one.column)
            return DateOrder(day_first=one.curp_day > one.curp_month, why=why, mixed=mixed)
    for one in clear:
        forward = _in_order(one)
        if forward is not None:
            why = _("only so do the dates in {column} follow one another").format(column=one.column)
            return DateOrder(day_first=forward, why=why, mixed=mixed)
    both = tuple(one.column for one in clear if any(a != b for a, b, _year in one.pairs))
    why = _("nothing tells the day from the month") if both else ""
    return DateOrder(day_first=None, why=why, open=both, mixed=mixed)


def _evidence(column: Column, table: Table, sample: Sample) -> Evidence:
    at = table.columns.index(column)
    curp = table.find("curp", column.role) if column.field == "birth_date" else None
    curp_at = table.columns.index(curp) if curp else -1
    found = Evidence(column=column.name)
    for row in sample.rows:
        match = _SLASHED.match(row[at])
        if not match:
            continue
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        found.slashed += 1
        found.first_over += first > 12 >= second
        found.second_over += second > 12 >= first
        found.pairs.append((first, second, year))
        if curp_at >= 0 and first != second:
            _beside_curp(found, row[curp_at], (first, second))
    return found


def _beside_curp(found: Evidence, curp: str, pair: tuple[int, int]) -> None:
    digits = re.match(r"[A-Za-z]{4}\d{2}(\d{2})(\d{2})", curp)
    if digits:
        month, day = int(digits[1]), int(digits[2])
        found.curp_day += pair == (day, month)
        found.curp_month += pair == (month, day)


def _in_order(one: Evidence) -> bool | None:
    days = [(year, second, first) for first, second, year in one.pairs]
    months = [(year, first, second) for first, second, year in one.pairs]
    if len(set(days)) < 10:
        return None
    by_day, by_month = _sorted_share(days), _sorted_share(months)
    if by_day >= SORTED > by_month:
        return True
    return False if by_month >= SORTED > by_day else None


def _sorted_share(dates: Sequence[tuple[int, int, int]]) -> float:
    steps = list(pairwise(dates))
    up = sum(1 for before, after in steps if before <= after) / max(len(steps), 1)
    down = sum(1 for before, after in steps if before >= after) / max(len(steps), 1)
    return max(up, down)
