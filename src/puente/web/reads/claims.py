"""What the records of one entity claim: by property, then by value, each claim with its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.model.provenance import APART
from puente.model.schema import all_schemata, get_schema
from puente.web.reads.scope import is_open

if TYPE_CHECKING:
    from collections.abc import Iterable

    from puente.guard.view import View
    from puente.model.entity import Entity, Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One statement, ready to show.

    Attributes:
        record: id of the source record that claims it.
        original: the value as the publisher wrote it.
        current: False where the latest delivery of the source no longer holds the claim.
    """

    id: str
    record: str
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
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value and everyone who claims it; claims that still stand come first.

    Attributes:
        target: cluster id that the value points to; "" where it is no entity.
        target_caption: name of that entity, or of the place whose code the value is.
    """

    value: str
    target: str
    target_caption: str
    claims: tuple[Claim, ...]

    @property
    def current(self) -> bool:
        """Return True if a source still holds the value."""
        return any(claim.current for claim in self.claims)


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """All that is claimed of one property, most-claimed value first."""

    name: str
    type: str
    values: tuple[Value, ...]


def read_properties(view: View, entity: Entity) -> tuple[Property, ...]:
    """Return what is claimed of an entity; none of its statements is left out.

    Properties stand in the order of the schema, those that tell things apart first.
    """
    schema = get_schema(entity.schema)
    kinds = {name: prop.type for name, prop in schema.props.items()}
    first = dict.fromkeys([*schema.caption, *schema.featured, *schema.props])
    order = {name: place for place, name in enumerate(first)}
    withdrawn = _withdrawn(view, {s.entity_id for s in entity.statements})
    targets = _targets(view, entity, kinds)
    grouped: dict[str, dict[str, list[Statement]]] = {}
    for statement in entity.statements:
        grouped.setdefault(statement.prop, {}).setdefault(statement.value, []).append(statement)
    return tuple(
        Property(
            name=name,
            type=kinds.get(name, "text"),
            values=tuple(
                _value(value, grouped[name][value], targets, withdrawn)
                for value in entity.values(name)
            ),
        )
        for name in sorted(grouped, key=lambda prop: (order.get(prop, len(order)), prop))
    )


def captions(view: View, ids: list[str]) -> dict[str, tuple[str, str]]:
    """Return cluster id and caption for each record or cluster id that has one.

    Where clusters are closed to this reader, a record stands for itself.
    """
    if not ids:
        return {}
    if not is_open(view, "clusters", "nodes"):
        named = record_captions(view, ids)
        return {record: (record, caption) for record, (caption, _standing) in named.items()}
    rows = view.sql(
        "SELECT c.entity_id AS id, c.cluster_id, n.caption FROM clusters c"
        " JOIN nodes n USING (cluster_id) WHERE c.entity_id IN (SELECT unnest($ids))",
        {"ids": ids},
    ).to_pylist()
    found = {row["id"]: (row["cluster_id"], row["caption"]) for row in rows}
    # What stands apart is in no cluster: a record of it is named by its own claims.
    alone = [record for record in ids if record not in found]
    if alone and any(cell.record_class in APART for cell in view.cells):
        found |= {r: (r, caption) for r, (caption, _s) in record_captions(view, alone).items()}
    return found


def record_captions(view: View, ids: list[str]) -> dict[str, tuple[str, str]]:
    """Return the name that a record bears, and its standing, for those that are open."""
    if not ids:
        return {}
    shown = [prop for schema in all_schemata().values() for prop in schema.caption]
    named = list(dict.fromkeys(["name", *shown]))
    rows = view.sql(
        "SELECT entity_id AS id, coalesce(first(value ORDER BY list_position($named, prop), value)"
        " FILTER (list_contains($named, prop)), entity_id) AS caption,"
        " CASE WHEN bool_or(prop = 'standing' AND value = 'non_suspect') THEN 'non_suspect'"
        " ELSE '' END AS standing FROM statements"
        " WHERE current AND entity_id IN (SELECT unnest($ids)) GROUP BY entity_id",
        {"ids": ids, "named": named},
    ).to_pylist()
    return {row["id"]: (row["caption"], row["standing"]) for row in rows}


def _targets(view: View, entity: Entity, kinds: dict[str, str]) -> dict[str, tuple[str, str]]:
    def valued(kind: str) -> list[str]:
        return sorted({s.value for s in entity.statements if kinds.get(s.prop) == kind})

    targets = captions(view, valued("entity"))
    codes = valued("place")
    if codes:
        rows = view.sql(
            "SELECT place, first(name || ', ' || state_name ORDER BY valid_to = '' DESC,"
            " valid_from DESC, name) AS name FROM places"
            " WHERE place IN (SELECT unnest($codes)) GROUP BY place",
            {"codes": codes},
        ).to_pylist()
        targets |= {row["place"]: ("", row["name"]) for row in rows}
    return targets


def _withdrawn(view: View, records: Iterable[str]) -> frozenset[str]:
    gone = view.sql(
        "SELECT id FROM statements WHERE entity_id IN (SELECT unnest($ids)) AND NOT current",
        {"ids": sorted(records)},
    )
    return frozenset(gone["id"].to_pylist())


def _value(
    value: str,
    statements: list[Statement],
    targets: dict[str, tuple[str, str]],
    withdrawn: frozenset[str],
) -> Value:
    target, caption = targets.get(value, ("", ""))
    held = sorted(statements, key=lambda s: (s.id in withdrawn, s.source, s.row, s.entity_id))
    return Value(
        value=value,
        target=target,
        target_caption=caption,
        claims=tuple(
            Claim(
                id=s.id, record=s.entity_id, original=s.original, source=s.source, row=s.row,
                agency=s.agency, date=s.date, first_seen=s.first_seen, last_seen=s.last_seen,
                reliability=s.reliability, credibility=s.credibility, marking=s.marking,
                record_class=s.record_class, current=s.id not in withdrawn,
            )
            for s in held
        ),
    )  # fmt: skip
