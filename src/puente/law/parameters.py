"""Figures of law that change with time: maxima, years, days; and those still quoted out of date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.law.references import (
    CITED_KEYS,
    Citation,
    Reference,
    read_citation,
    read_reference,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal

    from puente.law.fields import Fields
    from puente.law.texts import Text
    from puente.model.dates import PartialDate

UNITS = ("USD", "years", "days", "percent", "text")
ASSESSMENT, VIOLATION = "assessment", "violation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Which day's value applies.

    Attributes:
        text: the rule in words.
        citation: where it stands.
        at: `assessment` or `violation`: the day whose value applies.
        violations_after: for `assessment`, the last day of the older rule: for a violation up to it
            the value of the day of the violation applies. None where the rule has no such day.

    Source: the instrument's `parameters`.
    """

    text: Text
    citation: Citation
    at: str = VIOLATION
    violations_after: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One figure from one day on.

    Attributes:
        effective: the day; or the month or year of which the day is not known.
        value: the figure in the parameter's unit, or a text.
        citation: where it stands and how sure the drafter is.
        note: what a reader should know of it.

    Source: OpenFisca parameters (values by date), with a reference and a mark on each.
    """

    effective: PartialDate
    value: Decimal | Text
    citation: Citation
    note: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """A figure that is still quoted though it no longer applies.

    Attributes:
        from_day: first day on which quoting it misleads; None where it always has.

    Source: the instrument's `parameters`.
    """

    value: Decimal | Text
    quoted_by: Text
    reason: Text
    reference: Reference
    from_day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A dated figure of an instrument.

    Attributes:
        id: its name in the instrument.
        short: name on the command line, e.g. `kingpin-civil`; several that one sentence of law sets
            together may share it. "" where it is no penalty.
        unit: one of `UNITS`.
        twice_transaction: True where twice the transaction applies if that is more.
        known_through: last day for which the values are known: a yearly adjustment that is not yet
            made may follow. None where only a change of the law can follow.
        values: by `effective`, oldest first; no two can begin on one day.

    Source: OpenFisca parameters.
    """

    id: str
    text: Text
    unit: str
    values: tuple[Value, ...]
    short: str = ""
    rule: Rule | None = None
    twice_transaction: bool = False
    known_through: date | None = None
    stale: tuple[Stale, ...] = ()

    def value_on(self, day: date) -> Value | None:
        """Return the value of a day; None before the first.

        A value whose day is not known is taken from the first day of its month or year.
        """
        begun = [value for value in self.values if value.effective.start <= day]
        return begun[-1] if begun else None

    def value_before(self, value: Value) -> Value | None:
        """Return the value that `value` replaced; None for the first."""
        place = self.values.index(value)
        return self.values[place - 1] if place else None


_KEYS = (
    "id",
    "short",
    "text",
    "unit",
    "rule",
    "twice_transaction",
    "known_through",
    "values",
    "stale",
)


def read_parameters(fields: Fields, references: Mapping[str, Reference]) -> tuple[Parameter, ...]:
    """Return the dated figures of an instrument.

    Source: Puente's own format.

    Raises: InvalidData: values undated, out of order, two for one day, or not of the unit.
    """
    found: list[Parameter] = []
    for one in fields.each("parameters", _KEYS):
        name, unit = one.id("id"), one.choice("unit", UNITS)
        if any(parameter.id == name for parameter in found):
            raise one.wrong("id", f"the parameter {name!r} stands twice")
        if one.has("short") and not one.has("rule"):
            raise one.wrong("short", "a penalty needs the rule that says which day's value applies")
        twice = one.flag("twice_transaction")
        if twice and unit != "USD":
            raise one.wrong("twice_transaction", "twice the transaction is an amount in USD")
        found.append(
            Parameter(
                id=name,
                short=one.id("short") if one.has("short") else "",
                text=one.text("text"),
                unit=unit,
                rule=_rule(one, references) if one.has("rule") else None,
                twice_transaction=twice,
                known_through=one.maybe_day("known_through"),
                values=_values(one, unit, references),
                stale=_stale(one, unit, references),
            )
        )
    return tuple(found)


def _rule(fields: Fields, references: Mapping[str, Reference]) -> Rule:
    one = fields.child("rule", ("text", "at", "violations_after", *CITED_KEYS))
    at = one.choice("at", (ASSESSMENT, VIOLATION), VIOLATION)
    after = one.maybe_day("violations_after")
    if after and at == VIOLATION:
        raise one.wrong("violations_after", "belongs to a rule at assessment")
    return Rule(
        text=one.text("text"),
        citation=read_citation(one, references),
        at=at,
        violations_after=after,
    )


def _values(fields: Fields, unit: str, references: Mapping[str, Reference]) -> tuple[Value, ...]:
    found: list[Value] = []
    for one in fields.each("values", ("effective", "value", "note", *CITED_KEYS)):
        value = Value(
            effective=one.when("effective"),
            value=_amount(one, unit),
            citation=read_citation(one, references, is_dated_value=True),
            note=one.maybe_text("note"),
        )
        last = found[-1] if found else None
        if last and last.effective == value.effective:
            raise one.wrong("effective", f"two values for {value.effective.iso}")
        if last and last.effective.end >= value.effective.start:
            reason = f"{value.effective.iso} does not come after {last.effective.iso}"
            raise one.wrong("effective", f"values out of order: {reason}")
        found.append(value)
    if not found:
        raise fields.wrong("values", "a parameter needs a dated value")
    return tuple(found)


def _stale(fields: Fields, unit: str, references: Mapping[str, Reference]) -> tuple[Stale, ...]:
    return tuple(
        Stale(
            value=_amount(one, unit),
            quoted_by=one.text("quoted_by"),
            reason=one.text("reason"),
            reference=read_reference(one, references),
            from_day=one.maybe_day("from"),
        )
        for one in fields.each("stale", ("value", "quoted_by", "reason", "ref", "from"))
    )


def _amount(fields: Fields, unit: str) -> Decimal | Text:
    if unit == "text":
        return fields.text("value")
    amount = fields.number("value")
    if unit in {"years", "days"} and amount != amount.to_integral_value():
        raise fields.wrong("value", f"{unit} are whole")
    return amount
