"""One item of a YAML mapping: an entity or a row of a table, as the YAML says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.mapping_forms import check_prop, check_slot
from puente.ingest.mapping_values import Part, Value, moment_of, parts_of, value_of, when_of
from puente.model.schema import Schema, get_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENTITY_KEYS = frozenset({"key", "schema", "id", "when", "each", "standing", "minor", "props"})
NON_SUSPECT = "non_suspect"
NUMBER = "#"
"""The column that holds the number of an element in its list."""

EVENT_KINDS = frozenset(
    {"plate_read", "emergency_call", "phone_call", "payment", "parcel", "press_note"}
)
"""What an event may be. Source: the `events` table of the lake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """The keys that an item of a table may have and must have."""

    may: frozenset[str]
    must: frozenset[str]


_SHAPES: Mapping[str, _Shape] = {
    "incidents": _Shape(
        may=frozenset({"id", "date", "place", "category", "violent", "entity"}),
        must=frozenset({"id", "date", "place", "category"}),
    ),
    "counts": _Shape(
        may=frozenset({"place", "month", "record", "count", "records"}),
        must=frozenset({"place", "month"}),
    ),
    "events": _Shape(
        may=frozenset({"id", "kind", "at", "place", "from", "to", "category", "amount", "unit"})
        | {"latitude", "longitude", "authority"},
        must=frozenset({"id", "kind", "at"}),
    ),
    "suspicion": _Shape(
        may=frozenset({"of", "basis", "crime", "assessed_by", "assessed_on", "review_by"}),
        must=frozenset({"of", "basis", "crime", "assessed_on"}),
    ),
}


def as_list(raw: object) -> list[str]:
    """Return a text or a list of texts as a list of texts."""
    if raw is None:
        return []
    return [str(item) for item in raw] if isinstance(raw, list) else [str(raw)]


def mapping_of(raw: object, where: str) -> dict[str, object]:
    """Return `raw` as a mapping with text keys.

    Raises: InvalidData: it is none.
    """
    if not isinstance(raw, dict):
        raise InvalidData(f"{where} must be a mapping")
    return {str(key): value for key, value in raw.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Minor:
    """The columns by which a person is found to be under 18; "" where there is none.

    Attributes:
        born: date of birth.
        age: age in years on the day of the record.
        date: day of the record, where it is not the row's date.
    """

    born: str = ""
    age: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitySpec:
    """One entity of a mapping, as the YAML says it.

    Attributes:
        key, schema, id_parts, when, props: what it is.
        each: the list of which every object makes one; "" where the row makes one.
        standing: `non_suspect` where it always is that.
        role: the column that tells who is, with its map; None where none does.
        minor: how a minor is known; None where the file does not tell.
    """

    key: str
    schema: Schema
    id_parts: tuple[Part, ...]
    when: Mapping[str, tuple[str, ...]]
    each: str
    standing: str
    role: Value | None
    minor: Minor | None
    props: tuple[tuple[str, Value], ...]

    def columns(self) -> set[str]:
        """Return every column that the entity names."""
        found = {part.column for part in self.id_parts} | set(self.when)
        for value in (*(value for _, value in self.props), *([self.role] if self.role else [])):
            found |= value.columns()
        if self.minor:
            found |= {self.minor.born, self.minor.age, self.minor.date}
        return found - {""}


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSpec:
    """A row of another table, as the YAML says it: an incident, a count, an event, a suspicion."""

    table: str
    values: Mapping[str, Value]
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    each: str = ""

    def columns(self) -> set[str]:
        """Return every column that the row names."""
        return set(self.when).union(*(value.columns() for value in self.values.values()))

    def entities(self) -> dict[str, str]:
        """Return the key of every entity that the row points at, by what points there."""
        found = {
            name: str(self.values[name].fixed) for name in ("entity", "of") if name in self.values
        }
        for name in ("from", "to"):
            if name in self.values and self.values[name].form == "entity":
                found[name] = self.values[name].entity
        return found


# --- entities ----------------------------------------------------------------------------------


def entity_of(raw: Mapping[str, object]) -> EntitySpec:
    """Return the entity or edge that a piece of YAML describes.

    Raises: InvalidData: an unknown key, schema or property; what is missing.
    """
    key = str(raw.get("key", ""))
    unknown = set(raw) - _ENTITY_KEYS
    if unknown or not key or not raw.get("id") or not raw.get("schema"):
        raise InvalidData(f"entity {key!r} needs key, schema and id; unknown {sorted(unknown)}")
    schema = get_schema(str(raw["schema"]))
    parts = parts_of(str(raw["id"]))
    if not any(part.column for part in parts):
        raise InvalidData(f"{key}: its id names no column, so all rows would be one thing")
    props = _props(raw, key, schema)
    ends = {schema.source_prop, schema.target_prop} - {""}
    if ends - {name for name, _ in props}:
        raise InvalidData(f"{key}: a {schema.name} needs {sorted(ends)}")
    standing, role = _standing(raw.get("standing", ""), key)
    return EntitySpec(
        key=key,
        schema=schema,
        id_parts=parts,
        when=when_of(raw.get("when"), key),
        each=_list_name(raw.get("each", ""), key),
        standing=standing,
        role=role,
        minor=_minor(raw["minor"], key, schema) if "minor" in raw else None,
        props=tuple(props),
    )


def _props(raw: Mapping[str, object], key: str, schema: Schema) -> list[tuple[str, Value]]:
    props: list[tuple[str, Value]] = []
    for name, item in mapping_of(raw.get("props") or {}, f"{key}: props").items():
        if name not in schema.props:
            raise InvalidData(f"{key}: a {schema.name} has no property {name!r}")
        for one in item if isinstance(item, list) else [item]:
            value = value_of(one, f"{key}.{name}")
            check_prop(schema, name, value, f"{key}.{name}")
            props.append((name, value))
    return props


def _standing(raw: object, key: str) -> tuple[str, Value | None]:
    if not isinstance(raw, dict):
        standing = str(raw)
        if standing not in {"", NON_SUSPECT}:
            raise InvalidData(f"{key}: standing is one of {[NON_SUSPECT]}")
        return standing, None
    value = value_of(raw, f"{key}.standing")
    if value.form != "text" or not value.mapped or set(raw) - {"column", "template", "map"}:
        raise InvalidData(f"{key}.standing: a column and a map of its texts")
    if set(value.mapped.values()) - {"", NON_SUSPECT}:
        raise InvalidData(f'{key}.standing: the map gives {NON_SUSPECT} or ""')
    return "", value


def _minor(raw: object, key: str, schema: Schema) -> Minor:
    given = mapping_of(raw, f"{key}.minor")
    if set(given) - {"born", "age", "date"} or not ({"born", "age"} & set(given)):
        raise InvalidData(f"{key}.minor: the columns born: or age:, and date:")
    if not schema.is_a("Person"):
        raise InvalidData(f"{key}.minor: a {schema.name} has no age")
    return Minor(**{name: str(column) for name, column in given.items()})


def _list_name(raw: object, where: str) -> str:
    name = raw if isinstance(raw, str) else "."
    if name and "" in name.split("."):
        raise InvalidData(f"{where}: each names a list, such as annexes.people")
    return name


# --- rows of other tables ----------------------------------------------------------------------


def row_of(raw: Mapping[str, object], table: str) -> RowSpec:
    """Return the row of a table that a piece of YAML describes.

    Args:
        raw: the YAML.
        table: `incidents`, `counts`, `events` or `suspicion`.

    Raises: InvalidData: an unknown key, what is missing, a value that cannot be.
    """
    shape = _SHAPES[table]
    free = set() if table == "suspicion" else {"when"} if table == "counts" else {"when", "each"}
    unknown = set(raw) - shape.may - free
    if unknown:
        raise InvalidData(f"{table}: unknown keys {sorted(unknown)}")
    values: dict[str, Value] = {}
    for name, item in raw.items():
        where = f"{table}.{name}"
        if name in free:
            continue
        if name == "records":
            for record, column in mapping_of(item, where).items():
                values[f"records.{record}"] = value_of({"column": column}, where)
        else:
            values[name] = moment_of(item, where) if name == "at" else value_of(item, where)
            check_slot(where, values[name])
    wide = any(name.startswith("records.") for name in values)
    lacking = shape.must - set(values)
    if table == "counts" and (not wide or {"record", "count"} & set(values)):
        lacking |= {"record", "count"} - set(values)
    if lacking:
        raise InvalidData(f"{table}: missing {sorted(lacking)}")
    found = RowSpec(
        table=table,
        values=values,
        when=when_of(raw.get("when"), table),
        each=_list_name(raw.get("each", ""), table),
    )
    if table == "events":
        _check_event(found)
    return found


def _check_event(item: RowSpec) -> None:
    if ("latitude" in item.values) != ("longitude" in item.values):
        raise InvalidData("events: latitude and longitude stand together")
    kind = item.values["kind"]
    kinds = {str(kind.fixed)} if kind.form == "value" else set(map(str, kind.mapped.values()))
    if not kinds or kinds - EVENT_KINDS:
        raise InvalidData(
            f"events.kind: one of {sorted(EVENT_KINDS)}, or a column with a map to them"
        )
