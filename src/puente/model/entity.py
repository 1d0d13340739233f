"""Statement, one sourced claim; and Entity, what a set of statements says of one thing."""

from __future__ import annotations

from dataclasses import dataclass, fields
from hashlib import blake2b
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.model.schema import common_schema, get_schema

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One claim that one record of one source makes about one thing.

    Attributes:
        entity_id: id of the thing within its source, e.g. `ofac-10438`.
        schema: FollowTheMoney schema name, e.g. `Person`.
        prop: property name of that schema, e.g. `birthDate`.
        value: the value, normalised (ISO date, upper-case identifier, name as published).
        original: the value as the publisher wrote it.
        source: name of the source, e.g. `ofac_sdn`.
        row: where in the source it stands, e.g. `sdn.csv:123` (file name, 1-based line).
        agency: who holds the record, e.g. `OFAC`.
        date: ISO date (year, month or day precision) that the record itself bears; "" if none.
        first_seen: publication date of the earliest delivery that held the claim.
        last_seen: publication date of the latest delivery that held the claim.
        reliability: Admiralty grade of the source, `A` to `F`.
        credibility: Admiralty grade of the item, `1` to `6`.
        marking: handling marking, e.g. `TLP:CLEAR`.
        record_class: one of `puente.model.provenance.RecordClass`.

    Source: FollowTheMoney `Statement` (names); STANAG 2511 (grades); FIRST TLP 2.0 (marking).
    """

    entity_id: str
    schema: str
    prop: str
    value: str
    original: str
    source: str
    row: str
    agency: str
    date: str
    first_seen: str
    last_seen: str
    reliability: str
    credibility: str
    marking: str
    record_class: str

    @property
    def id(self) -> str:
        """Return the identity of the claim, the same in every delivery that repeats it."""
        key = "\x1f".join((self.source, self.entity_id, self.prop, self.value))
        return blake2b(key.encode(), digest_size=12).hexdigest()


STATEMENT_FIELDS: tuple[str, ...] = tuple(field.name for field in fields(Statement))
"""Column order of the lake's `statements` table (`id` comes first there)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """What a set of statements says of one thing. Holds every statement; loses none.

    Attributes:
        id: canonical id (a cluster id once linked, else the source's own id).
        schema: the most specific schema that all statements fit.
        statements: all statements, ordered by property, value, source.
    """

    id: str
    schema: str
    statements: tuple[Statement, ...]

    @classmethod
    def merge(cls, entity_id: str, statements: Iterable[Statement]) -> Entity:
        """Return one entity that holds every one of `statements`, whatever their order.

        Raises: InvalidData: no statement, or schemas that no one thing can have.
        """
        held = sorted(
            set(statements), key=lambda s: (s.prop, s.value, s.source, s.entity_id, s.first_seen)
        )
        if not held:
            raise InvalidData(f"entity {entity_id!r} has no statement")
        schema = held[0].schema
        for statement in held:
            schema = common_schema(schema, statement.schema)
        return cls(id=entity_id, schema=schema, statements=tuple(held))

    def values(self, *props: str) -> tuple[str, ...]:
        """Return the distinct values of `props`, in the order asked for, most-claimed first."""
        found: dict[str, int] = {}
        for prop in props:
            for statement in self.statements:
                if statement.prop == prop:
                    found[statement.value] = found.get(statement.value, 0) + 1
        return tuple(sorted(found, key=lambda value: -found[value]))

    def first(self, *props: str) -> str:
        """Return the most-claimed value of `props`, or "" if there is none."""
        found = self.values(*props)
        return found[0] if found else ""

    @property
    def caption(self) -> str:
        """Return the name to show: the first filled caption property, else the id."""
        for prop in get_schema(self.schema).caption:
            value = self.first(prop)
            if value:
                return value
        return self.id

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the names of the sources that speak of this entity, sorted."""
        return tuple(sorted({statement.source for statement in self.statements}))

    def to_ftm(self) -> dict[str, object]:
        """Return the FollowTheMoney JSON of this entity (own schema kinds keep their names)."""
        props: dict[str, list[str]] = {}
        for statement in self.statements:
            values = props.setdefault(statement.prop, [])
            if statement.value not in values:
                values.append(statement.value)
        return {
            "id": self.id,
            "caption": self.caption,
            "schema": self.schema,
            "properties": props,
            "datasets": list(self.sources),
            "first_seen": min((s.first_seen for s in self.statements), default=""),
            "last_seen": max((s.last_seen for s in self.statements), default=""),
        }
