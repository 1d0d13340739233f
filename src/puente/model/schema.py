"""The vocabulary: what kinds of thing there are and which properties each may have.

Read once from `schemata/*.yaml`. Names are FollowTheMoney's, so that its tools read what Puente
writes; a kind of Puente's own (marked `own: true`) stands only where FollowTheMoney has none.

Source: FollowTheMoney data model (names of schemata and properties).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from puente.errors import InvalidData

PROPERTY_TYPES = frozenset(
    {"name", "text", "date", "country", "identifier", "gender", "number", "money", "url", "phone"}
    | {"email", "address", "topic", "place", "entity"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One property of a schema: its name, its type, and for an edge's ends the range."""

    name: str
    type: str
    label: str
    range: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """One kind of thing.

    Attributes:
        name: FollowTheMoney name, e.g. `Person`.
        label: English label (a gettext msgid).
        extends: names of the parents.
        ancestors: own name and all ancestors' names.
        props: own and inherited properties by name.
        caption: properties that may serve as the name to show, best first.
        featured: properties to show first.
        source_prop, target_prop: for an edge, the properties that hold its two ends; else "".
        directed: for an edge, whether its two ends differ in role.
        own: True where FollowTheMoney has no such kind.
    """

    name: str
    label: str
    extends: tuple[str, ...]
    ancestors: frozenset[str]
    props: dict[str, Property]
    caption: tuple[str, ...]
    featured: tuple[str, ...]
    source_prop: str = ""
    target_prop: str = ""
    directed: bool = True
    own: bool = False

    @property
    def is_edge(self) -> bool:
        """Return True if things of this kind join two other things."""
        return bool(self.source_prop)

    def is_a(self, name: str) -> bool:
        """Return True if this kind is `name` or one of its children."""
        return name in self.ancestors


def get_schema(name: str) -> Schema:
    """Return the schema called `name`.

    Raises: InvalidData: there is none.
    """
    try:
        return all_schemata()[name]
    except KeyError:
        raise InvalidData(f"unknown schema {name!r}") from None


def common_schema(left: str, right: str) -> str:
    """Return the more specific of two schemata that one thing can have at once.

    Raises: InvalidData: neither is an ancestor of the other and no known kind is both.
    """
    if left == right or right in get_schema(left).ancestors:
        return left
    if left in get_schema(right).ancestors:
        return right
    both = [s.name for s in all_schemata().values() if s.is_a(left) and s.is_a(right)]
    if both:
        return min(both, key=lambda name: (len(get_schema(name).ancestors), name))
    raise InvalidData(f"nothing can be a {left} and a {right} at once")


@cache
def all_schemata() -> dict[str, Schema]:
    """Return every schema by name.

    Raises: InvalidData: a YAML file with an unknown key, parent, type or edge property.
    """
    raw: dict[str, dict[str, object]] = {}
    for entry in sorted(files("puente.model").joinpath("schemata").iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".yaml"):
            raw.update(yaml.safe_load(entry.read_text(encoding="utf-8")))
    built: dict[str, Schema] = {}
    for name in raw:
        _build(name, raw, built)
    return built


_KEYS = frozenset({"label", "extends", "props", "caption", "featured", "edge", "own"})


def _build(name: str, raw: dict[str, dict[str, object]], built: dict[str, Schema]) -> Schema:
    if name in built:
        return built[name]
    if name not in raw:
        raise InvalidData(f"schema {name!r} is named as a parent but not defined")
    spec = raw[name]
    unknown = set(spec) - _KEYS
    if unknown:
        raise InvalidData(f"schema {name!r} has unknown keys {sorted(unknown)}")
    parents = [_build(str(parent), raw, built) for parent in _list(spec.get("extends"))]
    props: dict[str, Property] = {}
    for parent in parents:
        props.update(parent.props)
    own_props = spec.get("props") or {}
    if not isinstance(own_props, dict):
        raise InvalidData(f"schema {name!r}: props must be a mapping")
    for prop, value in own_props.items():
        props[str(prop)] = _property(name, str(prop), value)
    edge = spec.get("edge") or next(
        (
            {"source": p.source_prop, "target": p.target_prop, "directed": p.directed}
            for p in parents
            if p.is_edge
        ),
        {},
    )
    if not isinstance(edge, dict):
        raise InvalidData(f"schema {name!r}: edge must be a mapping")
    for end in ("source", "target"):
        if edge and edge.get(end) not in props:
            raise InvalidData(f"schema {name!r}: edge {end} {edge.get(end)!r} is no property")
    inherited = next((p for p in parents if p.caption), None)
    schema = Schema(
        name=name,
        label=str(spec.get("label", name)),
        extends=tuple(p.name for p in parents),
        ancestors=frozenset({name}).union(*(p.ancestors for p in parents)),
        props=props,
        caption=tuple(_list(spec.get("caption"))) or (inherited.caption if inherited else ()),
        featured=tuple(_list(spec.get("featured")))
        or tuple(f for p in parents for f in p.featured),
        source_prop=str(edge.get("source", "")),
        target_prop=str(edge.get("target", "")),
        directed=bool(edge.get("directed", True)),
        own=bool(spec.get("own", False)),
    )
    built[name] = schema
    return schema


def _property(schema: str, name: str, value: object) -> Property:
    spec = {"type": value} if isinstance(value, str) else value
    if not isinstance(spec, dict) or spec.get("type") not in PROPERTY_TYPES:
        raise InvalidData(f"schema {schema!r}: property {name!r} has no known type")
    return Property(
        name=name,
        type=str(spec["type"]),
        label=str(spec.get("label", name)),
        range=str(spec.get("range", "")),
    )


def _list(value: object) -> list[str]:
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]
