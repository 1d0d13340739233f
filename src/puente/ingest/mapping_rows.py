"""A YAML mapping checked against the vocabulary and compiled for the columns of one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.mapping_emit import Row, Setting, compile_prop, text_getter
from puente.ingest.mapping_tables import compile_counts, compile_incidents
from puente.ingest.mapping_values import (
    Part,
    Value,
    compile_id,
    compile_test,
    parts_of,
    value_of,
    when_of,
)
from puente.model.schema import Schema, get_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from puente.ingest.mapping_emit import Emit
    from puente.ingest.mapping_tables import Maker
    from puente.ingest.source import Claim, LoadContext

_ENTITY_KEYS = frozenset({"key", "schema", "id", "when", "standing", "props"})
_INCIDENT_KEYS = frozenset({"id", "date", "place", "category", "violent", "entity", "when"})
_COUNT_KEYS = frozenset({"place", "month", "record", "count", "records", "when"})
STANDINGS = frozenset({"non_suspect"})


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
class EntitySpec:
    """One entity of a mapping, as the YAML says it."""

    key: str
    schema: Schema
    id_parts: tuple[Part, ...]
    when: Mapping[str, tuple[str, ...]]
    standing: str
    props: tuple[tuple[str, Value], ...]


class Spec:
    """The parts of a mapping that speak of rows."""

    def __init__(self, raw: Mapping[str, object]) -> None:
        self.entities = [_entity(item) for item in _items(raw, "entities")]
        self.entities += [_entity(item) for item in _items(raw, "edges")]
        self.incidents = [
            _values(item, _INCIDENT_KEYS, "incidents") for item in _items(raw, "incidents")
        ]
        self.counts = [_values(item, _COUNT_KEYS, "counts") for item in _items(raw, "counts")]
        self.date = value_of(raw["date"], "date") if "date" in raw else None

    def check(self) -> None:
        """Check what does not depend on a file.

        Raises: InvalidData: keys named twice or not at all, nothing mapped, a fault in a table.
        """
        keys = [entity.key for entity in self.entities]
        if not (keys or self.counts or self.incidents):
            raise InvalidData("the mapping maps nothing")
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise InvalidData(f"entity keys {twice} stand twice")
        for entity in self.entities:
            for prop, value in entity.props:
                if value.entity and value.entity not in keys:
                    raise InvalidData(f"{entity.key}.{prop}: there is no entity {value.entity!r}")
        for item in self.incidents:
            _need(item, {"id", "date", "place", "category"}, "incidents")
            target = item.get("entity")
            if target is not None and target.fixed not in keys:
                raise InvalidData(f"incidents: there is no entity {target.fixed!r}")
        for item in self.counts:
            wide = any(name.startswith("records.") for name in item)
            _need(item, {"place", "month"} | (set() if wide else {"record", "count"}), "counts")

    def columns(self) -> set[str]:
        """Return every column that the mapping names."""
        found: set[str] = set()
        for entity in self.entities:
            found |= {part.column for part in entity.id_parts if part.column} | set(entity.when)
            for _, value in entity.props:
                found |= value.columns()
        for item in (*self.incidents, *self.counts):
            for value in item.values():
                found |= value.columns()
        return found | (self.date.columns() if self.date else set())


def _items(raw: Mapping[str, object], name: str) -> list[dict[str, object]]:
    items = raw.get(name) or []
    return [mapping_of(item, name) for item in (items if isinstance(items, list) else [items])]


def _need(item: Mapping[str, Value], names: set[str], where: str) -> None:
    lacking = names - set(item)
    if lacking:
        raise InvalidData(f"{where}: missing {sorted(lacking)}")


def _entity(raw: dict[str, object]) -> EntitySpec:
    key = str(raw.get("key", ""))
    unknown = set(raw) - _ENTITY_KEYS
    if unknown or not key or not raw.get("id") or not raw.get("schema"):
        raise InvalidData(f"entity {key!r} needs key, schema and id; unknown {sorted(unknown)}")
    schema = get_schema(str(raw["schema"]))
    standing = str(raw.get("standing", ""))
    if standing and standing not in STANDINGS:
        raise InvalidData(f"{key}: standing is one of {sorted(STANDINGS)}")
    props: list[tuple[str, Value]] = []
    for name, item in mapping_of(raw.get("props") or {}, f"{key}: props").items():
        if name not in schema.props:
            raise InvalidData(f"{key}: a {schema.name} has no property {name!r}")
        for one in item if isinstance(item, list) else [item]:
            value = value_of(one, f"{key}.{name}")
            _check_form(schema.props[name].type, value, f"{key}.{name}")
            props.append((name, value))
    parts = parts_of(str(raw["id"]))
    if not any(part.column for part in parts):
        raise InvalidData(f"{key}: its id names no column, so all rows would be one thing")
    ends = {schema.source_prop, schema.target_prop} - {""}
    if ends - {name for name, _ in props}:
        raise InvalidData(f"{key}: a {schema.name} needs {sorted(ends)}")
    return EntitySpec(
        key=key,
        schema=schema,
        id_parts=parts,
        when=when_of(raw.get("when"), key),
        standing=standing,
        props=tuple(props),
    )


def _check_form(kind: str, value: Value, where: str) -> None:
    if (kind == "entity") != (value.form in {"entity", "ref"}):
        raise InvalidData(f"{where}: an entity is named with entity: or ref:, other values not")
    if value.form == "place" and kind != "place":
        raise InvalidData(f"{where}: state and municipality are for a property of type place")


def _values(raw: dict[str, object], allowed: frozenset[str], where: str) -> dict[str, Value]:
    unknown = set(raw) - allowed
    if unknown:
        raise InvalidData(f"{where}: unknown keys {sorted(unknown)}")
    found: dict[str, Value] = {}
    for name, item in raw.items():
        if name == "when":
            found["when"] = Value(form="value", when=when_of(item, where))
        elif name == "records":
            for record, column in mapping_of(item, f"{where}: records").items():
                found[f"records.{record}"] = value_of({"column": column}, where)
        else:
            found[name] = value_of(item, f"{where}.{name}")
    return found


# --- compiled ----------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class _Made:
    """One entity compiled for the columns of a file."""

    key: str
    schema: str
    get_id: Callable[[list[str]], str]
    test: Callable[[list[str]], bool] | None
    emits: list[Emit]
    needs: tuple[str, ...]
    standing: str


@dataclass(slots=True, kw_only=True)
class Plan:
    """A mapping compiled for the columns of one file."""

    entities: list[_Made]
    incidents: list[Maker]
    counts: list[Maker]
    get_date: Callable[[list[str]], str] | None
    empty: frozenset[str]

    def apply(
        self, line: int, cells: list[str]
    ) -> tuple[list[Claim], list[dict[str, object]], list[dict[str, object]]]:
        """Return the claims, incidents and counts of one row.

        Raises: InvalidData: a value that does not parse or an id that is not there.
        """
        if self.empty:
            cells = ["" if (s := cell.strip()) in self.empty else s for cell in cells]
        else:
            cells = [cell.strip() for cell in cells]
        row = Row(line=line, date=self.get_date(cells) if self.get_date else "")
        for entity in self.entities:
            if entity.test is None or entity.test(cells):
                found = entity.get_id(cells)
                if not found:
                    raise InvalidData(f"{entity.key}: a column of its id is empty")
                row.made[entity.key] = found
        for entity in self.entities:
            if entity.key in row.made and all(need in row.made for need in entity.needs):
                row.entity_id = row.made[entity.key]
                for emit in entity.emits:
                    emit(cells, row)
                if entity.standing:
                    row.about(row.entity_id, entity.schema).add("standing", entity.standing, "")
        incidents = [made for make in self.incidents for made in make(cells, row)]
        counts = [made for make in self.counts for made in make(cells, row)]
        return row.held, incidents, counts


def compile_plan(raw: Mapping[str, object], header: tuple[str, ...], context: LoadContext) -> Plan:
    """Return the plan by which the rows of a file with this header are read.

    Raises: InvalidData: the mapping is at fault.
    """
    spec = Spec(raw)
    index = {name: at for at, name in reversed(list(enumerate(header)))}
    file = mapping_of(raw.get("file"), "file")
    day_first = file.get("day_first")
    setting = Setting(
        index=index,
        context=context,
        day_first=day_first if isinstance(day_first, bool) else None,
    )
    return Plan(
        entities=[_made(entity, setting) for entity in spec.entities],
        incidents=[compile_incidents(item, setting) for item in spec.incidents],
        counts=[compile_counts(item, setting) for item in spec.counts],
        get_date=text_getter(spec.date, "date", setting) if spec.date else None,
        empty=frozenset(as_list(file.get("empty"))),
    )


def _made(entity: EntitySpec, setting: Setting) -> _Made:
    ends = {entity.schema.source_prop, entity.schema.target_prop} - {""}
    return _Made(
        key=entity.key,
        schema=entity.schema.name,
        get_id=compile_id(entity.id_parts, setting.index),
        test=compile_test(entity.when, setting.index),
        emits=[compile_prop(entity.schema, prop, value, setting) for prop, value in entity.props],
        needs=tuple(value.entity for prop, value in entity.props if prop in ends and value.entity),
        standing=entity.standing,
    )
