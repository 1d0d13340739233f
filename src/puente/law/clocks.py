"""Time limits: which day is the last, what was counted, and what happens on a closed day."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from puente.errors import InvalidData, NotFound
from puente.i18n import format_date
from puente.i18n import gettext as _
from puente.law.holidays import closed_because
from puente.law.instrument import instruments
from puente.law.procedure import BUSINESS, NEXT, NOT_SAID, OPENS, Clock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.law.instrument import Instrument
    from puente.law.parameters import Parameter
    from puente.law.procedure import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The day on which a time limit ends, or a window opens.

    Attributes:
        start: the day of the event.
        due: the last day; for a window, the first.
        role: `due` or `opens`.
        skipped: the days that were not counted, or moved over, and why.
        safe: the last open day on or before `due`, where the law does not say what a closed day
            does; None where no question arises.
        as_of: the day as of which is reported, for a yearly report; else None.
        notes: what a reader must know.

    Source: the clock of the instrument's step.
    """

    start: date
    due: date
    role: str
    skipped: tuple[tuple[date, str], ...] = ()
    safe: date | None = None
    as_of: date | None = None
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return the answer as JSON, texts in the current language."""
        return {
            "from": self.start.isoformat(),
            "due": self.due.isoformat(),
            "role": self.role,
            "safe": self.safe.isoformat() if self.safe else None,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "skipped": [{"day": day.isoformat(), "why": why} for day, why in self.skipped],
            "note": " ".join(self.notes),
        }


def deadline(clock: Clock, start: date, years: Parameter | None = None) -> Deadline:
    """Return the day on which a time limit ends.

    The day of the event is not counted. A limit in business days passes over Saturdays, Sundays
    and the holidays of the clock's country.

    Args:
        clock: how the limit is counted.
        start: the day of the event; for a limit that comes round each year, the day from which the
            next one is sought.
        years: for a clock with `years_from`, the parameter that holds the years.

    Source: 5 USC 6103; Ley Federal del Trabajo, art. 74; the clock's own reference.

    Raises: InvalidData: a day outside the calendar.

    Limits: holidays as in `holidays`; a court or an agency may add closed days of its own.
    """
    try:
        return _deadline(clock, start, years)
    except (OverflowError, ValueError):
        raise InvalidData(_("the time limit ends outside the calendar")) from None


def _deadline(clock: Clock, start: date, years: Parameter | None) -> Deadline:
    notes: list[str] = []
    skipped: list[tuple[date, str]] = []
    as_of: date | None = None
    if clock.each_year is not None:
        due = _next_in_year(start, clock.each_year)
        as_of = _last_in_year(due, clock.as_of) if clock.as_of else None
    elif clock.kind == BUSINESS:
        due = _count_business(clock, start, skipped)
    elif clock.years_from:
        due = _run_years(start, years, notes)
    else:
        due = _shift(clock, start)
    if clock.role == OPENS or clock.kind == BUSINESS or not closed_because(due, clock.calendar):
        safe = None
    elif clock.closed_day.rule == NEXT and not clock.is_backwards:
        due, safe = _next_open(due, clock.calendar, skipped), None
        cited = clock.closed_day.citation
        moved = _("The last day was closed, so the next business day counts ({where}).")
        notes.append(moved.format(where=cited.cite if cited else "-"))
    elif clock.closed_day.rule in {NEXT, NOT_SAID}:
        why = closed_because(due, clock.calendar)
        safe = due
        while closed_because(safe, clock.calendar):
            safe -= timedelta(days=1)
        unsaid = _("The last day is closed: {why}. The rule for that is not in the data: {day}.")
        notes.append(unsaid.format(why=why, day=_("act by {day}").format(day=format_date(safe))))
    else:
        safe = None
        notes.append(_("The last day is closed, and stands."))
    return Deadline(
        start=start,
        due=due,
        role=clock.role,
        skipped=tuple(skipped),
        safe=safe,
        as_of=as_of,
        notes=tuple(notes),
    )


def _count_business(clock: Clock, start: date, skipped: list[tuple[date, str]]) -> date:
    step = timedelta(days=-1 if clock.is_backwards else 1)
    day, left = start, clock.amount or 0
    while left:
        day += step
        why = closed_because(day, clock.calendar)
        if why:
            skipped.append((day, why))
        else:
            left -= 1
    return day


def _next_open(day: date, country: str, skipped: list[tuple[date, str]]) -> date:
    while why := closed_because(day, country):
        skipped.append((day, why))
        day += timedelta(days=1)
    return day


def _shift(clock: Clock, start: date) -> date:
    amount = -(clock.amount or 0) if clock.is_backwards else (clock.amount or 0)
    if clock.unit == "days":
        return start + timedelta(days=amount)
    return _add_months(start, amount * (12 if clock.unit == "years" else 1))


def _add_months(start: date, months: int) -> date:
    """Return the day of the same number; the last of the month where there is none."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def _run_years(start: date, years: Parameter | None, notes: list[str]) -> date:
    """Return the end of a period whose length may grow while it runs."""
    value = years.value_on(start) if years else None
    if years is None or value is None:
        raise InvalidData(_("no length of the period is known for that day"))
    due = start
    for each in years.values[years.values.index(value) :]:
        if each is not value and each.effective.start > due:
            break
        if each is not value:
            grown = _("Since {day} the period is {years} years; it had not ended by then.")
            day = format_date(each.effective.iso)
            notes.append(grown.format(day=day, years=each.value))
        due = _add_months(start, int(str(each.value)) * 12)
    return due


def _next_in_year(start: date, month_day: tuple[int, int]) -> date:
    this = date(start.year, *month_day)
    return this if this >= start else date(start.year + 1, *month_day)


def _last_in_year(day: date, month_day: tuple[int, int]) -> date:
    this = date(day.year, *month_day)
    return this if this <= day else date(day.year - 1, *month_day)


def named_clock(name: str) -> tuple[Instrument, Step]:
    """Return the step with a time limit that a name stands for.

    Args:
        name: its short name, e.g. `ofac-blocking-report`; or `INSTRUMENT/STEP`.

    Source: the `procedure` of the shipped instruments.

    Raises: NotFound: there is none; the message names those that there are.
    """
    known = clock_names()
    for instrument, step in known.values():
        if name == f"{instrument.id}/{step.id}":
            return instrument, step
    if name in known:
        return known[name]
    message = _("no time limit {name!r}; there are: {names}")
    raise NotFound(message.format(name=name, names=", ".join(known)))


def clock_names() -> Mapping[str, tuple[Instrument, Step]]:
    """Return the steps with a time limit by name, in order of the name.

    Source: the `procedure` of the shipped instruments.
    """
    found: dict[str, tuple[Instrument, Step]] = {}
    for instrument in instruments().values():
        for step in instrument.procedure:
            if step.clock is not None:
                found[step.short or f"{instrument.id}/{step.id}"] = (instrument, step)
    return {name: found[name] for name in sorted(found)}
