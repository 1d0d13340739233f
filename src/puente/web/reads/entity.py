"""One entity: what its records claim, why they were linked, and which lists it resembles."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from puente.errors import NotFound
from puente.i18n import gettext as _
from puente.model.provenance import strictest
from puente.model.schema import get_schema
from puente.web.reads.apart import is_apart, stands_apart
from puente.web.reads.claims import Property, read_properties
from puente.web.reads.scope import is_open

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.guard.view import View
    from puente.model.entity import Entity, Statement

LISTS = ("sanctions",)
"""Record classes whose sources list people and firms for what they are held to have done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One source record of the entity."""

    id: str
    schema: str
    caption: str
    sources: tuple[str, ...]
    agency: str
    statements: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What one comparison added to the evidence, in bits (log2 of the Bayes factor)."""

    field: str
    left: str
    right: str
    level: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Why two records were taken for one thing; the weakest links come first."""

    left: str
    right: str
    probability: float
    weight: float
    reason: str
    why: tuple[Weight, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that a list comparison weighed: what, both values, and what it does.

    Attributes:
        likeness: 0 to 1 as text, of names; "" of all else.
    """

    part: str
    asked: str
    listed: str
    effect: str
    likeness: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A list entry that the entity resembles. A hit is a lead, never a finding."""

    listed_id: str
    list: str
    name: str
    score: float
    verdict: str
    programs: tuple[str, ...]
    why: tuple[Reason, ...]
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """An entity's own side: who it is, by whom, and what it resembles.

    Attributes:
        lists: those of its sources that are lists.
        merged: False where only this record is open, and not what was derived from all.
        apart: True where the record is criminal intelligence, which enters nothing derived.
    """

    id: str
    schema: str
    caption: str
    marking: str
    merged: bool
    apart: bool
    listed: bool
    blocked_list: bool
    standing: str
    countries: tuple[str, ...]
    programs: tuple[str, ...]
    sources: tuple[str, ...]
    lists: tuple[str, ...]
    first_seen: str
    last_seen: str
    statements: int
    members: tuple[Member, ...]
    properties: tuple[Property, ...]
    links: tuple[Link, ...]
    hits: tuple[Hit, ...]


def cluster_of(view: View, entity_id: str) -> str:
    """Return the id of the cluster that a record or cluster id belongs to.

    Where clusters are closed to this reader, a record stands for itself; so does one that stands
    apart.

    Raises: NotFound: no such entity.
    """
    if not is_open(view, "clusters"):
        return entity_id
    rows = view.sql(
        "SELECT cluster_id FROM clusters WHERE entity_id = $id OR cluster_id = $id LIMIT 1",
        {"id": entity_id},
    ).to_pylist()
    if not rows and stands_apart(view, entity_id):
        return entity_id
    if not rows:
        raise NotFound(_("there is no entity {id!r} for you here").format(id=entity_id))
    return str(rows[0]["cluster_id"])


def read_facts(view: View, cluster: str) -> Facts:
    """Return the entity's claims, members, links and hits; one look in the audit log.

    Raises: NotFound: no such entity, or none that this reader may see.
    """
    entity = view.entity(cluster, history=True)
    apart = is_apart(entity)
    merged = not apart and is_open(view, "nodes", "clusters", "links", "hits")
    node: dict[str, Any] = {}
    if merged:
        found = view.sql("SELECT * FROM nodes WHERE cluster_id = $id", {"id": cluster})
        node = next(iter(found.to_pylist()), {})
    # A record that stands apart may bear the same id: then the page is as strict as that.
    markings = {statement.marking for statement in entity.statements}
    members = _members(entity)
    properties = read_properties(view, entity)
    return Facts(
        id=cluster,
        schema=entity.schema,
        caption=str(node.get("caption") or entity.caption),
        marking=strictest({str(node.get("marking") or "TLP:CLEAR"), *markings}),
        merged=merged,
        apart=apart,
        listed=bool(node.get("listed")) if merged else _stands_on_list(properties),
        blocked_list=bool(node.get("blocked_list")),
        standing=str(node.get("standing") or ""),
        countries=tuple(node.get("countries") or ()),
        programs=tuple(node.get("programs") or ()),
        sources=entity.sources,
        lists=tuple(sorted({s.source for s in entity.statements if s.record_class in LISTS})),
        first_seen=min(s.first_seen for s in entity.statements),
        last_seen=max(s.last_seen for s in entity.statements),
        statements=len(entity.statements),
        members=members,
        properties=properties,
        links=_links(view, [member.id for member in members]) if merged else (),
        hits=_hits(view, cluster) if merged else (),
    )


def _stands_on_list(properties: tuple[Property, ...]) -> bool:
    """Return True if a list still holds the record, so far as its own claims say."""
    claims = (c for held in properties for value in held.values for c in value.claims)
    return any(claim.current and claim.record_class in LISTS for claim in claims)


def _members(entity: Entity) -> tuple[Member, ...]:
    by_record: dict[str, list[Statement]] = {}
    for statement in entity.statements:
        by_record.setdefault(statement.entity_id, []).append(statement)
    found = []
    for record, held in sorted(by_record.items()):
        names = get_schema(held[0].schema).caption
        caption = next((s.value for prop in names for s in held if s.prop == prop), record)
        found.append(
            Member(
                id=record, schema=held[0].schema, caption=caption,
                sources=tuple(sorted({s.source for s in held})),
                agency=held[0].agency, statements=len(held),
            )
        )  # fmt: skip
    return tuple(found)


def _links(view: View, records: list[str]) -> tuple[Link, ...]:
    if len(records) < 2:
        return ()
    rows = view.sql(
        "SELECT left_id, right_id, probability, weight, reason, why FROM links"
        " WHERE left_id IN (SELECT unnest($ids)) AND right_id IN (SELECT unnest($ids))"
        " ORDER BY weight, left_id, right_id",
        {"ids": records},
    ).to_pylist()
    return tuple(
        Link(
            left=row["left_id"], right=row["right_id"], probability=row["probability"] or 0.0,
            weight=row["weight"] or 0.0, reason=row["reason"],
            why=tuple(
                Weight(
                    field=str(part.get("field", "")), left=_text(part.get("left")),
                    right=_text(part.get("right")), level=str(part.get("level", "")),
                    weight=float(str(part.get("weight") or 0.0)),
                )
                for part in read_list(row["why"])
            ),
        )
        for row in rows
    )  # fmt: skip


def _hits(view: View, cluster: str) -> tuple[Hit, ...]:
    rows = view.sql(
        "SELECT h.*, c.cluster_id AS target FROM hits h"
        " LEFT JOIN clusters c ON c.entity_id = h.listed_id WHERE h.entity_id = $id"
        " ORDER BY CASE verdict WHEN 'same' THEN 0 WHEN 'possible' THEN 1 WHEN 'kin' THEN 2"
        " ELSE 3 END, score DESC, listed_id",
        {"id": cluster},
    ).to_pylist()
    return tuple(
        Hit(
            listed_id=row["listed_id"], list=row["list"], name=row["name"], score=row["score"],
            verdict=row["verdict"], programs=tuple(row["programs"] or ()),
            why=tuple(_reason(part) for part in read_list(row["why"])),
            target=row["target"] or "",
        )
        for row in rows
    )  # fmt: skip


def _reason(part: Mapping[str, object]) -> Reason:
    # The screening room writes its words in English; each is a text that translates.
    return Reason(
        part=_(_text(part.get("part"))),
        asked=_text(part.get("asked")),
        listed=_text(part.get("listed")),
        effect=_(_text(part.get("effect"))),
        likeness=_text(part.get("likeness")),
    )


def read_list(text: str | None) -> list[dict[str, object]]:
    """Return the objects of a JSON list; a list of texts becomes objects with `text`."""
    held = json.loads(text) if text else []
    return [part if isinstance(part, dict) else {"text": part} for part in held]


def _text(value: object) -> str:
    return "" if value is None else str(value)
