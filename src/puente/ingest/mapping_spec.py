"""A YAML mapping as a whole: its items read, and checked against one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.mapping_forms import check_slot
from puente.ingest.mapping_items import (
    NON_SUSPECT,
    NUMBER,
    EntitySpec,
    RowSpec,
    entity_of,
    mapping_of,
    row_of,
)
from puente.ingest.mapping_values import value_of
from puente.model.provenance import RecordClass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NESTED = frozenset({"json", "jsonl"})
"""Formats whose rows may hold lists."""


class Spec:
    """The parts of a mapping that speak of rows."""

    def __init__(self, raw: Mapping[str, object]) -> None:
        self.record_class = str(raw.get("record_class", ""))
        self.nested = mapping_of(raw.get("file"), "file").get("format", "csv") in NESTED
        self.entities = [entity_of(item) for item in _items(raw, "entities")]
        self.entities += [entity_of(item) for item in _items(raw, "edges")]
        self.incidents = [row_of(item, "incidents") for item in _items(raw, "incidents")]
        self.counts = [row_of(item, "counts") for item in _items(raw, "counts")]
        self.events = [row_of(item, "events") for item in _items(raw, "events")]
        self.suspicions = [row_of(item, "suspicion") for item in _items(raw, "suspicion")]
        self.date = value_of(raw["date"], "date") if "date" in raw else None
        if self.date is not None:
            check_slot("date", self.date)

    @property
    def rows(self) -> list[RowSpec]:
        """Return what makes rows of other tables than statements."""
        return [*self.incidents, *self.counts, *self.events]

    @property
    def lists(self) -> tuple[str, ...]:
        """Return the lists that anything is made for each object of, outer ones first."""
        named = {item.each for item in self.entities} | {item.each for item in self.rows}
        return tuple(sorted(named - {""}))

    def check(self) -> None:
        """Check what does not depend on a file.

        Raises: InvalidData: keys named twice or not at all, nothing mapped, a fault in a table, a
            list in a file that has none, a suspicion that is missing.
        """
        keys = {entity.key: entity for entity in self.entities}
        if not (keys or self.rows):
            raise InvalidData("the mapping maps nothing")
        twice = sorted({key for key in keys if [e.key for e in self.entities].count(key) > 1})
        if twice:
            raise InvalidData(f"entity keys {twice} stand twice")
        for entity in self.entities:
            for prop, value in entity.props:
                if value.entity:
                    _reach(keys, value.entity, entity.each, f"{entity.key}.{prop}")
            if entity.minor and not (entity.minor.age or entity.minor.date or self.date):
                raise InvalidData(f"{entity.key}: minor needs date: or the mapping does")
        for item in self.rows:
            for name, target in item.entities().items():
                _reach(keys, target, item.each, f"{item.table}.{name}")
        self._check_lists()
        self._check_suspicions(keys)

    def _check_lists(self) -> None:
        lists = self.lists
        if lists and not self.nested:
            raise InvalidData("each: only JSON has lists within a row")
        if not self.nested:
            return
        for where, each, columns in self._scopes():
            if NUMBER in columns and not each:
                raise InvalidData(f"{where}: {{#}} numbers the objects of a list and needs each:")
            for column in sorted(columns):
                for name in lists:
                    inside = column.startswith(f"{name}.") or column == name
                    if inside and not _within(each, name):
                        raise InvalidData(
                            f"{where}: {column!r} stands in a list; give each: {name}"
                        )
        for item in self.rows:
            if not item.each:
                continue
            names = {part.column for part in item.values["id"].parts}
            if not any(name == NUMBER or name.startswith(f"{item.each}.") for name in names):
                message = "its id names nothing of the list, so all objects would be one; use {#}"
                raise InvalidData(f"{item.table}: {message}")

    def _scopes(self) -> Iterable[tuple[str, str, set[str]]]:
        for entity in self.entities:
            yield entity.key, entity.each, entity.columns()
        for item in self.rows:
            yield item.table, item.each, item.columns()
        each = {entity.key: entity.each for entity in self.entities}
        for item in self.suspicions:
            yield "suspicion", each.get(_of(item), ""), item.columns()
        yield "date", "", self.date.columns() if self.date else set()

    def _check_suspicions(self, keys: Mapping[str, EntitySpec]) -> None:
        intelligence = self.record_class == RecordClass.CRIMINAL_INTELLIGENCE.value
        if self.suspicions and not intelligence:
            raise InvalidData("suspicion: only for record_class criminal_intelligence")
        subjects = [_of(item) for item in self.suspicions]
        for key in subjects:
            if key not in keys:
                raise InvalidData(f"suspicion.of: there is no entity {key!r}")
            if not keys[key].schema.is_a("LegalEntity") or subjects.count(key) > 1:
                raise InvalidData(f"suspicion: one, of a person or an organisation, not {key!r}")
        # 28 CFR 23.20(a): criminal intelligence on an individual or organisation may be kept only
        # where there is reasonable suspicion of involvement in criminal conduct.
        for entity in self.entities if intelligence else ():
            subject = entity.schema.is_a("LegalEntity") and entity.standing != NON_SUSPECT
            if subject and entity.key not in subjects:
                raise InvalidData(
                    f"{entity.key}: criminal intelligence on a person or an organisation needs a"
                    " suspicion (28 CFR 23.20(a)), or standing: non_suspect"
                )

    def columns(self) -> set[str]:
        """Return every column that the mapping names."""
        found: set[str] = set().union(*(columns for _, _, columns in self._scopes()))
        return found - {NUMBER} if self.nested else found


def _of(item: RowSpec) -> str:
    return str(item.values["of"].fixed) if "of" in item.values else ""


def _within(each: str, outer: str) -> bool:
    """Return True if what is made for `each` lies in the list `outer`, or is its object."""
    return each == outer or each.startswith(f"{outer}.")


def _reach(keys: Mapping[str, EntitySpec], target: str, each: str, where: str) -> None:
    if target not in keys:
        raise InvalidData(f"{where}: there is no entity {target!r}")
    if keys[target].each and not _within(each, keys[target].each):
        raise InvalidData(
            f"{where}: {target!r} is made for each of {keys[target].each} and cannot be pointed at"
            " from outside that list"
        )


def _items(raw: Mapping[str, object], name: str) -> list[dict[str, object]]:
    items = raw.get(name) or []
    return [mapping_of(item, name) for item in (items if isinstance(items, list) else [items])]
