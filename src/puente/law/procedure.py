"""What an instrument asks to be done and by when; what it defines; what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.law.references import CITED_KEYS, Citation, read_citation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from puente.law.fields import Fields
    from puente.law.parameters import Parameter
    from puente.law.references import Reference
    from puente.law.texts import Text
    from puente.model.dates import PartialDate

CALENDAR, BUSINESS = "calendar", "business"
DUE, OPENS = "due", "opens"
NEXT, STANDS, NOT_SAID = "next", "stands", "not_said"
UNITS = ("days", "months", "years")
COUNTRIES = ("US", "MX")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedDay:
    """What happens where the last day is no business day.

    Attributes:
        rule: `next` business day, the day `stands`, or the law has `not_said`.
        citation: where it stands; None where the law has not said.

    Source: the instrument's `procedure`.
    """

    rule: str = NOT_SAID
    citation: Citation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """How a time limit is counted.

    Attributes:
        amount: number of `unit`s; None where `years_from` or `each_year` says it.
        unit: `days`, `months` or `years`.
        kind: `calendar` or `business` days.
        calendar: `US` or `MX`: whose days are closed.
        after: the event from which it runs; the day of the event is not counted.
        before: the event up to which it runs back; None where it runs on.
        role: `due`, the last day; or `opens`, the first day on which a step may be taken.
        years_from: id of the parameter of the same instrument that holds the years; "" if none.
        each_year: month and day that come round each year; None if none.
        as_of: for `each_year`, month and day as of which is reported; None if none.
        closed_day: what happens where the last day is closed.

    Source: the instrument's `procedure`.
    """

    after: Text
    kind: str = CALENDAR
    calendar: str = "US"
    amount: int | None = None
    unit: str = "days"
    is_backwards: bool = False
    role: str = DUE
    years_from: str = ""
    each_year: tuple[int, int] | None = None
    as_of: tuple[int, int] | None = None
    closed_day: ClosedDay = ClosedDay()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to be done.

    Attributes:
        id: its name in the instrument.
        short: its name on the command line, e.g. `ofac-blocking-report`; "" where it has none.
        clock: its time limit; None where it has none.

    Source: the instrument's `procedure`.
    """

    id: str
    text: Text
    citation: Citation
    short: str = ""
    clock: Clock | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What the instrument means by a word.

    Source: the instrument's `definitions`.
    """

    term: Text
    text: Text
    citation: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a reader should know of the instrument.

    Source: the instrument's `notes`.
    """

    text: Text
    citation: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class Designation:
    """An organisation that was designated; never a person.

    Attributes:
        ended: day from which it no longer is; None where it still is.

    Source: the instrument's `designations`.
    """

    organisation: str
    effective: PartialDate
    citation: Citation
    aliases: tuple[str, ...] = ()
    published: PartialDate | None = None
    ended: PartialDate | None = None

    def stands_on(self, day: date) -> bool:
        """Return True if it stood on a day.

        Where only a month or a year is known, it begins on the last day of it and ends before the
        first: no day is claimed on which it may not have stood.
        """
        return self.effective.end <= day and (self.ended is None or day < self.ended.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A decision or an amendment, and what it changed.

    Source: the instrument's `timeline`.
    """

    when: PartialDate
    text: Text
    citation: Citation


def read_definitions(fields: Fields, refs: Mapping[str, Reference]) -> tuple[Definition, ...]:
    """Return what an instrument defines.

    Source: Puente's own format.
    """
    return tuple(
        Definition(term=one.text("term"), text=one.text("text"), citation=read_citation(one, refs))
        for one in fields.each("definitions", ("term", "text", *CITED_KEYS))
    )


def read_notes(fields: Fields, refs: Mapping[str, Reference]) -> tuple[Note, ...]:
    """Return the notes on an instrument.

    Source: Puente's own format.
    """
    return tuple(
        Note(text=one.text("text"), citation=read_citation(one, refs))
        for one in fields.each("notes", ("text", *CITED_KEYS))
    )


def read_designations(fields: Fields, refs: Mapping[str, Reference]) -> tuple[Designation, ...]:
    """Return the organisations designated under an instrument.

    Source: Puente's own format.
    """
    keys = ("organisation", "aliases", "effective", "published", "ended", *CITED_KEYS)
    return tuple(
        Designation(
            organisation=one.string("organisation"),
            aliases=one.strings("aliases"),
            effective=one.when("effective"),
            published=one.when("published") if one.has("published") else None,
            ended=one.when("ended") if one.has("ended") else None,
            citation=read_citation(one, refs),
        )
        for one in fields.each("designations", keys)
    )


def read_timeline(fields: Fields, refs: Mapping[str, Reference]) -> tuple[Event, ...]:
    """Return what became of an instrument, oldest first.

    Source: Puente's own format.

    Raises: InvalidData: out of order.
    """
    found: list[Event] = []
    for one in fields.each("timeline", ("date", "text", *CITED_KEYS)):
        event = Event(
            when=one.when("date"), text=one.text("text"), citation=read_citation(one, refs)
        )
        if found and found[-1].when.start > event.when.start:
            raise one.wrong("date", f"out of order: {event.when.iso} after {found[-1].when.iso}")
        found.append(event)
    return tuple(found)


def read_procedure(
    fields: Fields, refs: Mapping[str, Reference], parameters: Sequence[Parameter]
) -> tuple[Step, ...]:
    """Return what an instrument asks to be done.

    Source: Puente's own format.

    Raises: InvalidData: a step that stands twice, or a clock that cannot be counted.
    """
    years = {parameter.id for parameter in parameters if parameter.unit == "years"}
    found: list[Step] = []
    for one in fields.each("procedure", ("id", "short", "text", "clock", *CITED_KEYS)):
        name = one.id("id")
        if any(step.id == name for step in found):
            raise one.wrong("id", f"the step {name!r} stands twice")
        step = Step(
            id=name,
            short=one.id("short") if one.has("short") else "",
            text=one.text("text"),
            citation=read_citation(one, refs),
            clock=_clock(one, refs, years) if one.has("clock") else None,
        )
        found.append(step)
    return tuple(found)


_AMOUNTS = (*UNITS, "years_from", "each_year")
_CLOCK_KEYS = (*_AMOUNTS, "kind", "calendar", "after", "before", "role", "as_of", "closed_day")


def _clock(step: Fields, refs: Mapping[str, Reference], years: set[str]) -> Clock:
    one = step.child("clock", _CLOCK_KEYS)
    named = [key for key in _AMOUNTS if one.has(key)]
    if len(named) != 1:
        raise one.wrong("", f"a clock has one of {', '.join(_AMOUNTS)}")
    unit = named[0]
    if one.has("after") == one.has("before"):
        raise one.wrong("", "a clock runs after an event or before one")
    kind = one.choice("kind", (CALENDAR, BUSINESS), CALENDAR)
    if kind == BUSINESS and unit != "days":
        raise one.wrong("kind", "only days can be business days")
    amount = one.whole(unit) if unit in UNITS else None
    if amount is not None and not 0 < amount <= 36_600:
        raise one.wrong(unit, f"{amount} is no time limit")
    if unit == "years_from" and one.string("years_from") not in years:
        raise one.wrong("years_from", "names no parameter in years of this instrument")
    after = one.maybe_text("after") or one.maybe_text("before")
    if after is None:
        raise one.wrong("after", "'after' is empty")
    return Clock(
        after=after,
        kind=kind,
        calendar=one.choice("calendar", COUNTRIES, "US"),
        amount=amount,
        unit=unit if unit in UNITS else "years",
        is_backwards=one.has("before"),
        role=one.choice("role", (DUE, OPENS), DUE),
        years_from=one.string("years_from", ""),
        each_year=_month_day(one, "each_year"),
        as_of=_month_day(one, "as_of"),
        closed_day=_closed_day(one, refs),
    )


def _month_day(fields: Fields, key: str) -> tuple[int, int] | None:
    if not fields.has(key):
        return None
    month, _, day = fields.string(key).partition("-")
    if (
        not (month.isdecimal() and day.isdecimal())
        or not 1 <= int(month) <= 12
        or not 1 <= int(day) <= 28 + (int(month) != 2) * 2 + (int(month) in _LONG)
    ):
        raise fields.wrong(key, f"{key!r} must be a month and a day in quotes, e.g. '09-30'")
    return int(month), int(day)


_LONG = frozenset({1, 3, 5, 7, 8, 10, 12})


def _closed_day(fields: Fields, refs: Mapping[str, Reference]) -> ClosedDay:
    if not fields.has("closed_day"):
        return ClosedDay()
    one = fields.child("closed_day", ("rule", *CITED_KEYS))
    rule = one.choice("rule", (NEXT, STANDS, NOT_SAID))
    return ClosedDay(rule=rule, citation=read_citation(one, refs) if one.has("ref") else None)
