"""Claims of a file in one of the field's exchange formats told as statements, none dropped.

- A property that the vocabulary has is parsed by its type. A text of a strict type (date, country,
  gender, number, money, place) or of a name that does not parse is kept as a note and counted, for
  a date that is none must not stand where dates are compared, nor a name without a letter or digit
  where names are. A text of a loose type (identifier, telephone, e-mail, address on the net, text)
  is kept as published.
- A property that the vocabulary lacks goes to the one that says nearly the same, where the format
  names one, with the published property in the original.
- Any other property is kept as a note, `property: value`, and counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.model.entity import Statement
from puente.model.ids import PARSERS, parse_plate
from puente.model.places import place_code
from puente.model.text import clean_text
from puente.model.values import parse_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from puente.ingest.source import LoadContext
    from puente.model.ids import Identifier
    from puente.model.schema import Schema

STRICT = frozenset({"date", "country", "gender", "number", "money", "place"})
"""Types of which a text that does not parse is no value at all."""

PLAIN_NOTES = frozenset({"description", "notes", "summary"})
"""Free text: as a note it needs no name of its property before it."""

MOST_FACTS = 150
"""Names of unknown properties that are counted apart; a file can hold any number of them."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearing:
    """What the statements of one record share: who says so, when, how sure, for whose eyes."""

    agency: str
    date: str
    reliability: str
    credibility: str
    marking: str
    record_class: str

    @classmethod
    def of(cls, context: LoadContext) -> Bearing:
        """Return what the source gives where a record says nothing."""
        info = context.info
        return cls(
            agency=info.agency,
            date="",
            reliability=info.reliability,
            credibility=info.credibility,
            marking=info.marking,
            record_class=info.record_class,
        )


@dataclass(slots=True, kw_only=True)
class Teller:
    """Gathers the statements of one row of a file.

    Attributes:
        context: of the load.
        line: of the row.
        bearing: what its statements share.
        prefix: stands before every id; a file must not speak of records of other sources.
        nearest: properties that the vocabulary lacks, to the one that says nearly the same.
        origin: what is added to the row's place in the file.
        held: the statements.
    """

    context: LoadContext
    line: int
    bearing: Bearing
    prefix: str
    nearest: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""
    held: list[Statement] = field(default_factory=list)

    def tell(
        self, entity_id: str, schema: Schema, prop: str, text: str, original: str | None = None
    ) -> None:
        """Add what `prop: text` says of an entity; nothing that is published is dropped.

        Args:
            entity_id: its published id.
            schema: its kind.
            prop: name of the property as published.
            text: the value as published.
            original: what the first publisher wrote; None for the text itself.
        """
        if not text.strip():
            return
        written = text if original is None else original
        spec = schema.props.get(prop)
        if spec is None:
            self._elsewhere(entity_id, schema, prop, text)
            return
        if spec.type == "entity":
            self.add(entity_id, schema.name, prop, self.prefix + checked_id(text), written)
            return
        try:
            value = self._value(schema, prop, spec.type, text)
        except InvalidData as error:
            self.context.fact(f"{prop} not understood")
            self._note(entity_id, schema, f"{prop}: {text}", text, error)
            return
        self.add(entity_id, schema.name, prop, value, written)

    def add(self, entity_id: str, schema: str, prop: str, value: str, original: str) -> None:
        """Add one statement as it is."""
        file, bearing = self.context.file, self.bearing
        self.held.append(
            Statement(
                entity_id=self.prefix + entity_id,
                schema=schema,
                prop=prop,
                value=value,
                original=original,
                source=self.context.info.name,
                row=f"{file.path.name}:{self.line}{self.origin}",
                agency=bearing.agency,
                date=bearing.date,
                first_seen=file.published,
                last_seen=file.published,
                reliability=bearing.reliability,
                credibility=bearing.credibility,
                marking=bearing.marking,
                record_class=bearing.record_class,
            )
        )

    def note(self, entity_id: str, schema: Schema, text: str, original: str) -> None:
        """Keep a text that has no property of its own, where readers look for such things."""
        self._note(entity_id, schema, text, original, None)

    def _elsewhere(self, entity_id: str, schema: Schema, prop: str, text: str) -> None:
        named = f"{prop}: {text}"
        nearest = self.nearest.get(prop)
        if nearest and nearest in schema.props:
            self.tell(entity_id, schema, nearest, text, named)
            return
        self._count_unknown(schema, prop)
        self._note(entity_id, schema, text if prop in PLAIN_NOTES else named, text, None)

    def _note(
        self, entity_id: str, schema: Schema, text: str, original: str, error: InvalidData | None
    ) -> None:
        prop = "notes" if "notes" in schema.props else "summary"
        try:
            value = clean_text(_CONTROL.sub(" ", text))
        except InvalidData:
            value = ""
        if value:
            self.add(entity_id, schema.name, prop, value, original)
        elif error is not None:
            raise error

    def _count_unknown(self, schema: Schema, prop: str) -> None:
        name = f"no property {schema.name}.{prop[:60]}: kept as a note"
        if name not in self.context.facts and len(self.context.facts) >= MOST_FACTS:
            name = "other properties that the vocabulary lacks: kept as notes"
        self.context.fact(name)

    def _value(self, schema: Schema, prop: str, kind: str, text: str) -> str:
        parse = _identifier_parser(schema, prop)
        if parse is not None:
            found = parse(text)
            if not found.valid:
                state = "not valid" if found.complete else "incomplete"
                self.context.fact(f"{prop} {state}")
            return found.value
        if kind == "place":
            return place_code(text)
        if kind == "number":
            text = text.strip().removesuffix("%")
        try:
            return parse_value(kind, text)
        except InvalidData:
            loose = clean_text(_CONTROL.sub(" ", text))
            if kind in STRICT or kind == "name" or not loose:
                raise
            return loose


def _identifier_parser(schema: Schema, prop: str) -> Callable[[str], Identifier] | None:
    road = schema.is_a("Vehicle") and not (schema.is_a("Vessel") or schema.is_a("Airplane"))
    return parse_plate if prop == "registrationNumber" and road else PARSERS.get(prop)


def checked_id(value: object) -> str:
    """Return an id of an entity.

    Raises: InvalidData: no text, an empty one, one with spaces around it, a control character or
        more than 500 characters.
    """
    if not isinstance(value, str) or not value or value != value.strip():
        raise InvalidData("the entity has no id")
    if len(value) > 500 or _CONTROL.search(value):
        raise InvalidData("the id is no id: a control character or more than 500 characters")
    return value


_DATES = re.compile(r"[-_. ]*(?<!\d)(?:19|20)\d\d[-_]?[01]\d(?:[-_]?[0-3]\d)?(?!\d)[-_. ]*")


def series(path: Path, endings: re.Pattern[str], general: frozenset[str]) -> str:
    """Return what names the series of deliveries that a file belongs to.

    That is its name without dates; where the name says only what form it has (`entities`), the
    folder's name goes before it. Two data sets must not pass for two deliveries of one.

    Args:
        endings: what is cut off the name.
        general: names that say nothing, in lower case.
    """
    name = _DATES.sub("", endings.sub("", path.name))
    if name.lower() not in general:
        return name
    folder = _DATES.sub("", path.absolute().parent.name)
    return "/".join(part for part in (folder, name) if part)
