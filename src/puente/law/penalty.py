"""The maximum penalty on a day, which rule picks the day, and what is still quoted out of date."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from puente.errors import InvalidData, NotFound
from puente.i18n import format_date, format_number
from puente.i18n import gettext as _
from puente.law.instrument import instruments
from puente.law.parameters import ASSESSMENT, Parameter, Stale, Value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from puente.law.instrument import Instrument
    from puente.law.texts import Text

DOLLARS = "USD"
MOST_DOLLARS = Decimal(10) ** 15
"""No transaction is larger; a number with a long exponent is no amount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalty:
    """The most that the law allows, or why it cannot be said.

    Attributes:
        instrument, parameter: where the figure stands.
        text: what it is the maximum of.
        unit: unit of `maximum`: `USD`, `years`, `text`.
        maximum: the figure; None where none is known, or it stands only from memory.
        value: the dated value that `maximum` rests on, or would rest on; None where there is none.
        day: the day whose value applies.
        otherwise: the value before, where it is not known on which day of the year `value` began.
        rule: which day's value applies, and where the law says so.
        notes: what a reader must know.
        stale: figures that are still quoted though they no longer applied on the day asked for.

    Source: the instrument's parameter; 28 USC 2461 note for civil maxima.
    """

    instrument: str
    parameter: str
    text: Text
    unit: str
    maximum: Decimal | Text | None
    value: Value | None
    day: date
    otherwise: Value | None = None
    rule: str = ""
    notes: tuple[str, ...] = ()
    stale: tuple[Stale, ...] = ()

    @property
    def is_day_known(self) -> bool:
        """Return True if the day from which the value applies is known."""
        return self.value is None or self.value.effective.precision == "day"

    def as_json(self) -> dict[str, object]:
        """Return the answer as JSON, texts in the current language."""
        value = self.value
        citation = value.citation if value else None
        return {
            "maximum": plain(self.maximum),
            "currency": DOLLARS if self.unit == DOLLARS else None,
            "unit": self.unit,
            "effective": value.effective.iso if value else None,
            "effective_day": "known" if self.is_day_known else "unknown",
            "reference": f"{citation.cite}: {citation.reference.title}" if citation else None,
            "address": citation.reference.address if citation else None,
            "confidence": citation.confidence if citation else None,
            "to_check": str(citation.to_check) if citation and citation.to_check else None,
            "worked_from": str(citation.worked_from) if citation and citation.worked_from else None,
            "otherwise": _value_json(self.otherwise) if self.otherwise else None,
            "rule": self.rule,
            "note": " ".join(self.notes),
            "stale": [stale_json(item) for item in self.stale],
            "text": str(self.text),
            "instrument": self.instrument,
            "parameter": self.parameter,
            "applies_on": self.day.isoformat(),
        }


def penalty(
    instrument: Instrument,
    parameter: str,
    assessed: date,
    violation: date | None = None,
    transaction: Decimal | None = None,
) -> Penalty:
    """Return the maximum penalty for a violation.

    Args:
        instrument: the instrument.
        parameter: id of the maximum in it.
        assessed: the day on which the penalty is assessed (civil) or asked about.
        violation: the day of the violation; None where it is not known.
        transaction: amount of the transaction in US dollars, 0 or more; None where there is none.

    Source: Pub. L. 114-74 s. 701 (28 USC 2461 note): a civil maximum is the one on the day of
        assessment, for violations after 2 November 2015; else the one on the day of the violation.

    Raises:
        InvalidData: a violation after its assessment, or a negative amount.
        NotFound: no such parameter.

    Limits: a maximum, not what is likely; a figure that stands from memory is not given.
    """
    found = instrument.parameter(parameter)
    if violation is not None and violation > assessed:
        raise InvalidData(_("the violation comes after the day of assessment"))
    if transaction is not None and (transaction.is_nan() or not 0 <= transaction <= MOST_DOLLARS):
        raise InvalidData(_("the transaction must be an amount of 0 or more"))
    answer = _Answer(instrument, found, *_day_that_applies(found, assessed, violation))
    answer.pick()
    answer.double(transaction)
    rule = found.rule
    if rule is not None and not rule.citation.feeds:
        memory = _("The rule itself stands from memory: {what}.")
        answer.notes.append(memory.format(what=rule.citation.to_check))
    return Penalty(
        instrument=instrument.id,
        parameter=found.id,
        text=found.text,
        unit=found.unit,
        maximum=answer.maximum,
        value=answer.value,
        day=answer.day,
        otherwise=answer.otherwise,
        rule=f"{rule.text} ({rule.citation.cite})" if rule else "",
        notes=tuple(answer.notes),
        stale=tuple(s for s in found.stale if s.from_day is None or s.from_day <= assessed),
    )


def _day_that_applies(
    parameter: Parameter, assessed: date, violation: date | None
) -> tuple[date, list[str]]:
    """Return the day whose value applies, and what was taken for granted."""
    rule = parameter.rule
    if rule is None or rule.at != ASSESSMENT:
        if violation is None:
            return assessed, [_("The date is taken as the day of the violation.")]
        return violation, []
    last = rule.violations_after
    if last is None or (violation is not None and violation > last):
        return assessed, []
    if violation is not None:
        return violation, [_("The maximum of the day of the violation applies.")]
    if assessed <= last:
        return assessed, [_("The date is taken as the day of the violation.")]
    note = _("For a violation after {day}; for an earlier one the maximum of its own day applies.")
    return assessed, [note.format(day=format_date(last))]


@dataclass(slots=True)
class _Answer:
    """What is found out step by step."""

    instrument: Instrument
    parameter: Parameter
    day: date
    notes: list[str]
    maximum: Decimal | Text | None = None
    value: Value | None = None
    otherwise: Value | None = field(default=None)

    def pick(self) -> None:
        """Find the value of the day, and say why if it cannot be given."""
        parameter, day = self.parameter, self.day
        value = parameter.value_on(day)
        if value is None or not self.instrument.is_in_force(day):
            self.notes.append(_("No value is known for {day}.").format(day=format_date(day)))
            return
        if parameter.known_through is not None and day > parameter.known_through:
            self.otherwise = value
            known = _("Values are known through {day}; a later adjustment is not in the data.")
            self.notes.append(known.format(day=format_date(parameter.known_through)))
            return
        self.value = value
        if value.note is not None:
            self.notes.append(str(value.note))
        if not value.citation.feeds:
            memory = _("The value on that day stands only from memory and is not given. Look up: ")
            self.notes.append(memory + str(value.citation.to_check))
            return
        self.maximum = value.value
        if value.effective.precision != "day" and day <= value.effective.end:
            self.otherwise = parameter.value_before(value)
            unknown = _("The day in {period} from which it applies is not known.")
            self.notes.append(unknown.format(period=value.effective.iso))

    def double(self, transaction: Decimal | None) -> None:
        """Take twice the transaction where the law says so and that is more."""
        if not self.parameter.twice_transaction:
            if transaction is not None:
                self.notes.append(_("This maximum does not depend on the transaction."))
            return
        if self.value is None:
            return
        if transaction is None:
            self.notes.append(_("Or twice the transaction, where that is more."))
            return
        doubled = 2 * transaction
        if not isinstance(self.maximum, Decimal):
            least = _("It is at least twice the transaction: {amount}.")
            self.notes.append(least.format(amount=format_number(doubled)))
        elif doubled > self.maximum:
            self.maximum = doubled
            self.notes.append(_("Twice the transaction is more than the fixed amount."))


def named_penalties(name: str) -> tuple[tuple[Instrument, Parameter], ...]:
    """Return the maxima that a short name stands for, the main one first.

    Args:
        name: e.g. `kingpin-civil`; or `INSTRUMENT/PARAMETER`.

    Source: the `short` names of the shipped instruments' parameters.

    Raises: NotFound: there is none; the message names those that there are.
    """
    known = penalty_names()
    if name in known:
        return known[name]
    instrument, _slash, parameter = name.partition("/")
    if parameter and instrument in instruments():
        owner = instruments()[instrument]
        return ((owner, owner.parameter(parameter)),)
    message = _("no penalty {name!r}; there are: {names}")
    raise NotFound(message.format(name=name, names=", ".join(known)))


def penalty_names() -> Mapping[str, tuple[tuple[Instrument, Parameter], ...]]:
    """Return the maxima of the shipped instruments by short name, in order of the name.

    Source: the `short` names of the shipped instruments' parameters.
    """
    found: dict[str, list[tuple[Instrument, Parameter]]] = {}
    for instrument in instruments().values():
        for parameter in instrument.parameters:
            if parameter.short:
                found.setdefault(parameter.short, []).append((instrument, parameter))
    return {name: tuple(found[name]) for name in sorted(found)}


def plain(amount: Decimal | Text | None) -> object:
    """Return a figure as JSON writes it: whole where it is whole, a text in the current language.

    Source: RFC 8259, numbers.
    """
    if isinstance(amount, Decimal):
        return int(amount) if amount == amount.to_integral_value() else float(amount)
    return None if amount is None else str(amount)


def _value_json(value: Value) -> dict[str, object]:
    citation = value.citation
    return {
        "maximum": plain(value.value) if citation.feeds else None,
        "effective": value.effective.iso,
        "confidence": citation.confidence,
        "to_check": str(citation.to_check) if citation.to_check else None,
    }


def stale_json(stale: Stale) -> dict[str, object]:
    """Return a figure that is quoted out of date, who quotes it and why it no longer applies.

    Source: the instrument's `stale` figures.
    """
    return {
        "value": plain(stale.value),
        "quoted_by": str(stale.quoted_by),
        "reason": str(stale.reason),
        "reference": stale.reference.pinpoint,
    }
