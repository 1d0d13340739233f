"""FollowTheMoney entities, one JSON object a line, with other entities nested in them or not.

Source: FollowTheMoney (`followthemoney/proxy.py`, `to_dict`); OpenSanctions bulk data
(`entities.ftm.json`, `targets.nested.json`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.json_values import Broken, json_lines
from puente.ingest.reading import check_file
from puente.ingest.source import LoadContext, Reject, iso_day
from puente.ingest.sources.exchange import Bearing, checked_id
from puente.ingest.sources.ftm_values import from_datasets, teller
from puente.model.provenance import Marking
from puente.model.schema import common_schema, get_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from puente.ingest.source import Handed
    from puente.ingest.sources.exchange import Teller
    from puente.model.schema import Schema

DEEPEST = 20
"""Entities nested in one another; the publishers' own nest three or four deep."""

REPEATED = {"idNumber": "curpCode", "taxNumber": "rfcCode"}
"""Properties under which Puente's own export repeats a Mexican identifier for other tools."""


def read_entities(context: LoadContext) -> Iterator[Handed]:
    """Yield what the entities of the context's file say; a line that is none is rejected.

    Raises: InvalidData: an empty file or one too large, or a manifest that gives no marking.
    """
    path, limits = context.file.path, context.limits
    check_file(path, limits.max_file_mb)
    reader = _Reader(context)
    for number, item, raw in json_lines(path, limits.max_line_bytes):
        context.row()
        try:
            yield from reader.line(number, item)
        except InvalidData as error:
            yield Reject(line=number, reason=error.reason, raw=raw)


def delivered_marking(context: LoadContext) -> str:
    """Return the marking of the entities: the source's, or the stricter one of the delivery.

    Puente's exports have a `manifest.json` beside them that says under which marking they left.
    """
    marking = context.info.marking
    manifest = context.file.siblings.get("manifest")
    if manifest is None:
        return marking
    try:
        told = json.loads(manifest.read_text(encoding="utf-8"))["marking"]
        return str(Marking.parse(marking).join(Marking.parse(told)))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, InvalidData):
        message = "the manifest beside the file does not say under which marking it left"
        raise InvalidData(message, file=manifest) from None


@dataclass(slots=True)
class _Reader:
    """Turns lines into statements; knows of what kind each entity has been so far."""

    context: LoadContext
    kinds: dict[str, str] = field(default_factory=dict)
    bearing: Bearing = field(init=False)

    def __post_init__(self) -> None:
        marking = delivered_marking(self.context)
        self.bearing = replace(Bearing.of(self.context), marking=marking)

    def line(self, number: int, entity: object) -> Iterator[Handed]:
        """Yield the statements of one line.

        Raises: InvalidData: not an entity, of no known kind, or of another kind than before.
        """
        if isinstance(entity, Broken):
            raise InvalidData(entity.reason)
        if not isinstance(entity, dict):
            raise InvalidData("not a JSON object")
        told = teller(self.context, number, self.bearing)
        self._entity(told, entity, DEEPEST)
        if not told.held:
            raise InvalidData("the entity states nothing")
        yield from told.held

    def _entity(self, told: Teller, data: Mapping[str, object], depth: int) -> str:
        entity_id = checked_id(data.get("id"))
        schema = self._kind(entity_id, data)
        properties = data.get("properties")
        if not isinstance(properties, dict):
            raise InvalidData("the entity has no properties")
        outer, already = (told.bearing, told.origin), len(told.held)
        bearing, told.origin = from_datasets(self.bearing, data.get("datasets"))
        told.bearing = replace(bearing, date=iso_day(data.get("first_seen")))
        try:
            for prop, values in sorted(_without_repeats(schema, properties).items()):
                for value in values:
                    if isinstance(value, dict):
                        self._nested(told, (entity_id, schema, prop), value, depth)
                    else:
                        told.tell(entity_id, schema, prop, _text(value))
        except InvalidData:
            del told.held[already:]
            raise
        finally:
            told.bearing, told.origin = outer
        self.kinds[entity_id] = schema.name
        return entity_id

    def _kind(self, entity_id: str, data: Mapping[str, object]) -> Schema:
        own = data.get("puente_schema")
        schema = get_schema(str(own or data.get("schema", "")))
        before = self.kinds.get(entity_id)
        if before is not None:
            common_schema(before, schema.name)
        return schema

    def _nested(
        self,
        told: Teller,
        place: tuple[str, Schema, str],
        value: Mapping[str, object],
        depth: int,
    ) -> None:
        """Read an entity that stands where another's id could, or under a reverse property."""
        entity_id, schema, prop = place
        try:
            if depth <= 0:
                raise InvalidData("entities nested too deep")
            inner = self._entity(told, value, depth - 1)
        except InvalidData as error:
            self.context.fact("nested entities that could not be read: kept as notes")
            name = str(value.get("id", ""))[:200]
            told.note(entity_id, schema, f"{prop}: {name} ({error.reason})", name)
            return
        if prop in schema.props:
            told.tell(entity_id, schema, prop, inner)
        else:
            self._joined(told, entity_id, inner, value)

    def _joined(
        self, told: Teller, entity_id: str, inner: str, value: Mapping[str, object]
    ) -> None:
        """Join a nested relation to the entity that it stands in, where it does not name it."""
        schema = get_schema(self.kinds[inner])
        given = value.get("properties")
        named = given if isinstance(given, dict) else {}
        ends = [prop.name for prop in schema.props.values() if prop.type == "entity"]
        if any(entity_id in _ids(named.get(end)) for end in ends):
            return
        lacking = [end for end in ends if not named.get(end)]
        if len(lacking) == 1:
            told.tell(inner, schema, lacking[0], entity_id)
        else:
            self.context.fact("nested entities that do not say how they belong together")


def _ids(values: object) -> list[object]:
    held = values if isinstance(values, list) else [values]
    return [value.get("id") if isinstance(value, dict) else value for value in held]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _without_repeats(schema: Schema, properties: Mapping[str, object]) -> dict[str, list[object]]:
    """Return the lists of values, without what Puente's export repeats for other tools' sake."""
    lists = {
        str(prop): list(values) if isinstance(values, list) else [values]
        for prop, values in properties.items()
    }
    for repeated, own in REPEATED.items():
        if own in lists and repeated in lists:
            lists[repeated] = [value for value in lists[repeated] if value not in lists[own]]
    if schema.own and "involved" in lists:
        elsewhere = [
            value
            for prop, values in lists.items()
            if prop != "involved" and prop in schema.props and schema.props[prop].type == "entity"
            for value in values
        ]
        lists["involved"] = [value for value in lists["involved"] if value not in elsewhere]
    return lists
