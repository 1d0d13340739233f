"""Candidates for a batch of the Reconciliation Service API, and values of properties.

Source: Reconciliation Service API 0.2, sections 4 (queries) and 7 (data extension).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.i18n import use_language
from puente.model.schema import all_schemata, get_schema
from puente.screen.match import CUTOFF
from puente.web import yente_match
from puente.web.yente_asked import question
from puente.web.yente_models import MAX_QUERIES, MAX_TEXT, MAX_VALUES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.screen.judge import Hit
    from puente.web.yente_asked import Question
    from puente.web.yente_lists import Shelf

LIMIT, LIMIT_MOST = 5, 50
VALUES_MOST = 50
IDS_MOST = 200

_Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]


class Reference(BaseModel):
    """A value that is an entity itself."""

    id: _Text
    name: _Text = ""


_Value = _Text | bool | int | float | Reference


class PropertyValue(BaseModel):
    """What is known of one property."""

    pid: _Text
    v: _Value | Annotated[list[_Value], Field(max_length=MAX_VALUES)]


class ReconcileQuery(BaseModel):
    """One question of a batch."""

    model_config = ConfigDict(extra="ignore")

    query: _Text = ""
    type: _Text | Annotated[list[_Text], Field(max_length=MAX_VALUES)] | None = None
    limit: Annotated[float, Field(ge=0, allow_inf_nan=False)] = LIMIT
    properties: Annotated[list[PropertyValue], Field(max_length=MAX_VALUES)] = Field(
        default_factory=list
    )
    type_strict: Literal["any", "should", "all"] = "should"


class PropertyWanted(BaseModel):
    """A property whose values are asked for."""

    id: _Text
    settings: dict[str, Any] = Field(default_factory=dict)


class ExtensionQuery(BaseModel):
    """Entities and the properties whose values are asked for."""

    ids: Annotated[list[_Text], Field(max_length=IDS_MOST)]
    properties: Annotated[list[PropertyWanted], Field(max_length=MAX_VALUES)]


Batch: TypeAdapter[dict[str, ReconcileQuery]] = TypeAdapter(
    Annotated[dict[_Text, ReconcileQuery], Field(max_length=MAX_QUERIES)]
)
Extension: TypeAdapter[ExtensionQuery] = TypeAdapter(ExtensionQuery)


def answer(shelf: Shelf, batch: Mapping[str, ReconcileQuery]) -> tuple[dict[str, Any], list[str]]:
    """Return the candidates for each question, and the ids that were answered.

    Raises: InvalidData: a type that there is not.
    """
    told: dict[str, Any] = {}
    ids: dict[str, None] = {}
    for key, one in batch.items():
        types = _types(one)
        schema = types[0] if len(types) == 1 else "Thing"
        asked = question(key, schema, _properties(one))
        hits = _hits(shelf, asked, one, types)
        ids.update(dict.fromkeys(hit.entity_id for hit in hits))
        told[key] = {"result": [_candidate(shelf, hit, hits) for hit in hits]}
    return told, list(ids)


def extend(shelf: Shelf, wanted: ExtensionQuery) -> dict[str, Any]:
    """Return the values of properties of list entries; an id that is no entry has none.

    Raises: InvalidData: a property that there is not.
    """
    labels = property_labels()
    unknown = [one.id for one in wanted.properties if one.id not in labels]
    if unknown:
        raise InvalidData(_("there is no property {name!r}").format(name=unknown[0]))
    rows: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for entity_id in wanted.ids:
        known = entity_id in shelf.entries
        data: Any = shelf.entity(entity_id)["properties"] if known else {}
        rows[entity_id] = {
            one.id: [_value(one.id, text) for text in data.get(one.id, ())[: _most(one)]]
            for one in wanted.properties
        }
    meta = [{"id": one.id, "name": labels[one.id][0]} for one in wanted.properties]
    return {"meta": meta, "rows": rows}


def property_labels() -> dict[str, tuple[str, str]]:
    """Return label and type of every property, by name, in the current language."""
    return {
        prop.name: (_(prop.label), prop.type)
        for schema in all_schemata().values()
        for prop in schema.props.values()
    }


def described(shelf: Shelf, entity_id: str) -> str:
    """Return what tells namesakes apart: list, programs, birth date, countries."""
    entry = shelf.entries[entity_id]
    title = next((facts.title for facts in shelf.lists if facts.name == entry.list), entry.list)
    parts = [title, *entry.programs[:3], *entry.birth_dates[:1], *entry.countries[:2]]
    return " · ".join(parts)


def typed(schema: str) -> dict[str, str]:
    """Return a kind as the interface names a type."""
    return {"id": schema, "name": _(get_schema(schema).label)}


def _types(one: ReconcileQuery) -> tuple[str, ...]:
    types = (one.type,) if isinstance(one.type, str) else tuple(one.type or ())
    for name in types:
        if name not in all_schemata():
            raise InvalidData(_("there is no schema {name!r}").format(name=name))
    return types


def _properties(one: ReconcileQuery) -> dict[str, list[Any]]:
    properties: dict[str, list[Any]] = {"name": [one.query]} if one.query.strip() else {}
    for given in one.properties:
        values = given.v if isinstance(given.v, list) else [given.v]
        held = properties.setdefault(given.pid, [])
        held += [v.name or v.id if isinstance(v, Reference) else v for v in values]
    for name, held in properties.items():
        if len(held) > MAX_VALUES:
            raise InvalidData(_("more than {most} values of {name!r}").format(
                most=MAX_VALUES, name=name[:50]
            ))  # fmt: skip
    return properties


def _hits(shelf: Shelf, asked: Question, one: ReconcileQuery, types: tuple[str, ...]) -> list[Hit]:
    if asked.query is None:
        return []
    limit = min(int(one.limit), LIMIT_MOST)
    with use_language("en"):
        found = shelf.whole.match([asked.query], cutoff=CUTOFF, top=LIMIT_MOST, weak=True)[0]
    if types and one.type_strict != "should":
        agree = all if one.type_strict == "all" else any
        found = [
            hit
            for hit in found
            if agree(get_schema(shelf.entries[hit.entity_id].schema).is_a(t) for t in types)
        ]
    return found[:limit]


def _candidate(shelf: Shelf, hit: Hit, hits: list[Hit]) -> dict[str, Any]:
    alone = sum(other.verdict == "same" for other in hits) == 1
    told = yente_match.explanations(hit.why)
    return {
        "id": hit.entity_id,
        "name": hit.name,
        "description": described(shelf, hit.entity_id),
        "score": round(100 * hit.score, 2),
        "match": hit.verdict == "same" and alone,
        "features": [
            {"id": f"verdict_{hit.verdict}", "value": True},
            *({"id": name, "value": one["score"]} for name, one in told.items()),
        ],
        "type": [typed(shelf.entries[hit.entity_id].schema)],
    }


def _most(one: PropertyWanted) -> int:
    text = str(one.settings.get("limit", VALUES_MOST))
    return min(int(text), VALUES_MOST) if text.isdecimal() and len(text) < 10 else VALUES_MOST


def _value(prop: str, value: object) -> dict[str, Any]:
    kind = property_labels()[prop][1]
    text = str(value)
    if kind == "entity":
        return {"id": text, "name": text}
    if kind == "date" and len(text) == len("2024-05-03"):
        return {"date": f"{text}T00:00:00"}
    if kind in {"number", "money"}:
        try:
            return {"float": float(text)}
        except ValueError:
            return {"str": text}
    return {"str": text}
