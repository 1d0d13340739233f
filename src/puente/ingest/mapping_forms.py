"""What may stand where in a mapping: the forms and options that a value of each place takes.

What would do nothing there, or stand for nothing, is refused when the mapping is read: a user who
writes `required: true` must be able to rely on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.model.ids import PARSERS
from puente.model.schema import PROPERTY_TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.ingest.mapping_values import Value
    from puente.model.schema import Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slot:
    """Forms of `Value` that a place takes, and the options of those that are read from columns."""

    forms: frozenset[str]
    options: frozenset[str] = frozenset()


def _slot(forms: str, options: str = "") -> _Slot:
    return _Slot(forms=frozenset(forms.split()), options=frozenset(options.split()))


_ID = _slot("text")
_PLACE = _slot("text value place")
_FREE = _slot("text value", "map required")
_END = _slot("entity ref", "required")
_NUMBER = _slot("text value", "required")
_DAY = _slot("text value", "map day_first")
_GROUND = _slot("text value", "map split")
_SLOTS: Mapping[str, _Slot] = {
    "date": _DAY,
    "incidents.id": _ID,
    "incidents.date": _DAY,
    "incidents.place": _PLACE,
    "incidents.category": _slot("text value", "map"),
    "incidents.violent": _slot("text value", "map"),
    "incidents.entity": _slot("value"),
    "counts.place": _PLACE,
    "counts.month": _slot("text month", "day_first"),
    "counts.record": _slot("text value", "map"),
    "counts.count": _slot("text"),
    "events.id": _ID,
    "events.kind": _FREE,
    "events.at": _slot("text value", "day_first"),
    "events.place": _PLACE,
    **dict.fromkeys(("events.from", "events.to"), _END),
    **dict.fromkeys(("events.category", "events.unit", "events.authority"), _FREE),
    **dict.fromkeys(("events.amount", "events.latitude", "events.longitude"), _NUMBER),
    "suspicion.of": _slot("value"),
    **dict.fromkeys(("suspicion.basis", "suspicion.crime", "suspicion.assessed_by"), _GROUND),
    **dict.fromkeys(("suspicion.assessed_on", "suspicion.review_by"), _DAY),
}
_OF_COLUMNS = frozenset({"text", "entity", "ref"})
_AS_WRITTEN = {
    "text": "a column or a template",
    "value": "value:",
    "entity": "entity:",
    "ref": "ref:",
    "place": "state and municipality",
    "month": "year and month",
}
"""The forms as the YAML writes them."""

_TYPES = PROPERTY_TYPES - {"entity"}


def check_slot(slot: str, value: Value) -> None:
    """Check that a value can stand in a place of a row, and that its options do something there.

    Args:
        slot: `date`, or table and key, such as `incidents.place`.
        value: as the YAML says it.

    Raises: InvalidData: it cannot, or an option does nothing.
    """
    spec = _SLOTS[slot]
    _check_form(spec.forms, value, slot)
    _check_options(spec.options if value.form in _OF_COLUMNS else frozenset(), value, slot)


def check_prop(schema: Schema, prop: str, value: Value, where: str) -> None:
    """Check that a value can be one of a property, and that its options do something.

    Args:
        schema, prop: the property.
        value: as the YAML says it.
        where: what to call it in errors.

    Raises: InvalidData: it cannot, an unknown type, or an option does nothing.
    """
    kind = schema.props[prop].type
    if (kind == "entity") != (value.form in {"entity", "ref"}):
        raise InvalidData(f"{where}: an entity is named with entity: or ref:, other values not")
    if value.form == "place" and kind != "place":
        raise InvalidData(f"{where}: state and municipality are for a property of type place")
    if value.type and value.type not in _TYPES:
        raise InvalidData(f"{where}: unknown type {value.type!r}; one of {sorted(_TYPES)}")
    _check_form(frozenset({"text", "value", "entity", "ref", "place"}), value, where)
    _check_options(_options_of(schema, prop, value), value, where)


def _options_of(schema: Schema, prop: str, value: Value) -> frozenset[str]:
    if value.form != "text":
        return frozenset({"when"})
    kind = value.type or schema.props[prop].type
    if kind == "place":
        return frozenset({"when", "type"})
    if is_identifier(schema, prop) and not value.type:
        return frozenset({"when", "type", "required"})
    dated = {"day_first"} if kind == "date" else set()
    return frozenset({"when", "type", "required", "map", "split"} | dated)


def is_identifier(schema: Schema, prop: str) -> bool:
    """Return True if a property's values are read as numbers with a form of their own."""
    return prop in PARSERS or is_plate(schema, prop)


def is_plate(schema: Schema, prop: str) -> bool:
    """Return True if a property is the number plate of a road vehicle."""
    afloat = schema.is_a("Vessel") or schema.is_a("Airplane")
    return prop == "registrationNumber" and schema.is_a("Vehicle") and not afloat


def _check_form(forms: frozenset[str], value: Value, where: str) -> None:
    if value.form not in forms:
        known = ", ".join(text for form, text in _AS_WRITTEN.items() if form in forms)
        raise InvalidData(f"{where}: {_AS_WRITTEN[value.form]} cannot stand here, but {known}")
    if value.form == "text" and not any(part.column for part in value.parts):
        raise InvalidData(f"{where}: the template names no column")


def _check_options(useful: frozenset[str], value: Value, where: str) -> None:
    idle = value.options() - useful
    if idle:
        raise InvalidData(f"{where}: {sorted(idle)} can do nothing here")
