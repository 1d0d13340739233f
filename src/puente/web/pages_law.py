"""The law's pages: the list of instruments, one instrument on a day, and the penalty calculator."""

# ruff: noqa: TC001, TC002 - FastAPI reads these annotations when the app is made

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request
from fastapi.responses import Response

from puente.errors import InvalidData
from puente.i18n import current_language, format_date
from puente.i18n import gettext as _
from puente.law.clocks import Deadline, deadline
from puente.law.instrument import Instrument, get_instrument, instruments
from puente.law.parameters import Parameter
from puente.law.penalty import Penalty, named_penalties, penalty, penalty_names
from puente.model.values import parse_number
from puente.report.law_memo_law import silence_text
from puente.report.pictures_law import values_picture, when_text
from puente.report.pictures_law_tree import tree_picture
from puente.web import words_law
from puente.web.law_visit import CurrentLawVisit, LawVisit
from puente.web.reads.law import (
    Change,
    changes_of,
    list_instruments,
    parse_day,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from fastapi import FastAPI

    from puente.report.svg import Picture

_WIDTH = 860


@dataclass(slots=True, kw_only=True)
class ListForm:
    """The fields of the form that chooses instruments."""

    q: str = ""
    jurisdiction: str = ""
    kind: str = ""
    date: str = ""


@dataclass(slots=True, kw_only=True)
class DayForm:
    """The fields that choose a day: one of a list, or any."""

    date: str = ""
    day: str = ""

    @property
    def chosen(self) -> str:
        """Return the day asked for: any day written outweighs the one of the list."""
        return self.day or self.date


@dataclass(slots=True, kw_only=True)
class InstrumentForm(DayForm):
    """The fields that choose how an instrument is shown: also the day that clocks run from."""

    start: str = ""


@dataclass(slots=True, kw_only=True)
class PenaltyForm:
    """The fields of the penalty calculator."""

    name: str = ""
    date: str = ""
    violation: str = ""
    transaction: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slide:
    """The days of a slider, and where it stands.

    Attributes:
        day: the day shown, which may stand between two of `days`.
        place: number, from 0, of the last of `days` that is not after it.
    """

    days: tuple[Change, ...]
    day: date
    place: int

    @property
    def is_between(self) -> bool:
        """Return True if the day shown is none of the days listed."""
        return all(change.day != self.day for change in self.days)


def declare(app: FastAPI) -> None:
    """Add this module's pages to the app."""
    app.get("/law", include_in_schema=False)(show_list)
    app.get("/law/penalty", include_in_schema=False)(show_penalty)
    app.get("/law/{id}", include_in_schema=False)(show_instrument)


def show_list(
    request: Request, visit: CurrentLawVisit, form: Annotated[ListForm, Depends()]
) -> Response:
    """Every instrument, by country and kind, as it stands on a day."""
    day = parse_day(form.date, visit.today)
    visit.look("list", **({"query": form.q} if form.q.strip() else {}))
    listed = list_instruments(day, query=form.q, jurisdiction=form.jurisdiction, kind=form.kind)
    groups = [
        (word, [one for one in listed if one.instrument.jurisdiction == code])
        for code, word in words_law.JURISDICTIONS.items()
    ]
    return visit.desk.page(
        request,
        "law.html",
        form=form,
        day=day,
        day_text=format_date(day),
        total=len(instruments()),
        shown=len(listed),
        groups=[(_(word), held) for word, held in groups if held],
        jurisdiction_options=[("", _("both countries")), *_options(words_law.JURISDICTIONS)],
        kind_options=[("", _("every kind")), *_options(words_law.KINDS)],
        marks=words_law.confidence_marks(),
    )


def show_instrument(
    request: Request,
    visit: CurrentLawVisit,
    id: str,  # noqa: A002 - the name in the path
    form: Annotated[InstrumentForm, Depends()],
) -> Response:
    """One instrument as it stands on a day."""
    instrument = get_instrument(id)
    day = parse_day(form.chosen, visit.today)
    visit.look(instrument.id)
    slide = slide_at(changes_of(instrument, visit.today), day)
    start = parse_day(form.start, day)
    return visit.desk.page(
        request,
        "law_instrument.html",
        it=instrument,
        day=day,
        day_text=format_date(day),
        state=words_law.state_of(instrument, day),
        slide=slide,
        start=start,
        tree=_tree_picture(visit, instrument),
        lapsed=[
            instruments()[name]
            for name in sorted(instrument.uses)
            if not instruments()[name].is_in_force(day)
        ],
        used=[instruments()[name] for name in sorted(instrument.uses)],
        figures=[(one, _values(visit, one, day)) for one in instrument.parameters],
        deadlines=_deadlines(instrument, start),
        marks=words_law.confidence_marks(),
        sections=_sections(instrument),
        when_text=when_text,
        silence=silence_text(instrument, day),
    )


def show_penalty(
    request: Request, visit: CurrentLawVisit, form: Annotated[PenaltyForm, Depends()]
) -> Response:
    """The maximum penalty on a day, with the chain of values that it stands in."""
    names = penalty_names()
    name = form.name or ("kingpin-civil" if "kingpin-civil" in names else next(iter(names)))
    assessed = parse_day(form.date, visit.today)
    fault = ""
    answers: tuple[tuple[Instrument, Parameter, Penalty], ...] = ()
    visit.look(f"penalty:{name}" if name in names else "penalty")
    try:
        answers = penalties(form, name, assessed)
    except InvalidData as error:
        fault = error.message
    return visit.desk.page(
        request,
        "law_penalty.html",
        form=form,
        chosen=name,
        assessed=assessed,
        fault=fault,
        answers=[
            (instrument, parameter, answer, _values(visit, parameter, answer.day))
            for instrument, parameter, answer in answers
        ],
        name_options=[
            (key, f"{held[0][0].short}: {held[0][1].text}") for key, held in names.items()
        ],
        when_text=when_text,
    )


def penalties(
    form: PenaltyForm, name: str, assessed: date
) -> tuple[tuple[Instrument, Parameter, Penalty], ...]:
    """Return what each of the maxima that a name stands for comes to.

    Raises:
        InvalidData: a day or an amount that is none, or a violation after its assessment.
        NotFound: no such name.
    """
    violation = parse_day(form.violation, assessed) if form.violation.strip() else None
    amount = parse_amount(form.transaction)
    return tuple(
        (instrument, parameter, penalty(instrument, parameter.id, assessed, violation, amount))
        for instrument, parameter in named_penalties(name)
    )


def parse_amount(text: str) -> Decimal | None:
    """Return an amount of dollars; None where the field is empty. The comma parts thousands.

    Raises: InvalidData: it is none, or a comma stands where it parts no thousands.
    """
    written = text.strip().removeprefix("$")
    if not written:
        return None
    try:
        amount = parse_number(written)
    except InvalidData:
        amount = Decimal(-1)
    if not 0 <= amount < Decimal(10) ** 15:
        message = _("{value!r} is no amount of dollars such as 250000.50")
        raise InvalidData(message.format(value=text.strip()[:40]))
    return amount


def slide_at(days: Sequence[Change], day: date) -> Slide:
    """Return a slider that stands at a day."""
    begun = [place for place, change in enumerate(days) if change.day <= day]
    return Slide(days=tuple(days), day=day, place=begun[-1] if begun else 0)


def _options(table: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(code, _(word)) for code, word in table.items()]


def _values(visit: LawVisit, parameter: Parameter, day: date) -> Picture | None:
    """Return the picture of a figure that has changed at least once; a single one is no chain."""
    if len(parameter.values) < 2:
        return None
    key = ("law-values", parameter.id, parameter.text.en, day, current_language())
    unit = words_law.law_word(words_law.UNITS, parameter.unit)
    return visit.desk.picture(
        key, lambda: values_picture(parameter, day, unit_text=unit, heading=False, width=_WIDTH)
    )


def _tree_picture(visit: LawVisit, instrument: Instrument) -> Picture | None:
    if instrument.elements is None:
        return None
    tree = instrument.elements
    key = ("law-tree", instrument.id, current_language())
    title = _("What {instrument} asks for").format(instrument=instrument.short)
    return visit.desk.picture(key, lambda: tree_picture(tree, title=title, width=_WIDTH))


def _deadlines(instrument: Instrument, start: date) -> dict[str, Deadline]:
    """Return when each time limit ends that runs from a day; those that cannot be told are out."""
    found: dict[str, Deadline] = {}
    for step in instrument.procedure:
        if step.clock is None:
            continue
        years = instrument.parameter(step.clock.years_from) if step.clock.years_from else None
        try:
            found[step.id] = deadline(step.clock, start, years)
        except InvalidData:
            continue  # no length is known for that day; the page shows the rule alone
    return found


def _sections(instrument: Instrument) -> list[tuple[str, str, int | None]]:
    held: list[tuple[str, str, int | None]] = []
    if instrument.elements is not None:
        held.append(("elements", _("What must be shown"), None))
    for name, word, items in (
        ("readings", _("Rival readings"), instrument.readings),
        ("parameters", _("Dated figures"), instrument.parameters),
        ("procedure", _("Procedure"), instrument.procedure),
        ("designations", _("Designations"), instrument.designations),
        ("timeline", _("What became of it"), instrument.timeline),
        ("notes", _("Definitions and notes"), (*instrument.definitions, *instrument.notes)),
        ("references", _("References"), tuple(instrument.references)),
    ):
        if items:
            held.append((name, word, len(items)))
    return held
