"""One entity, what is joined to it, and the claims behind both, as FollowTheMoney tells them.

An id is that of a record of a source (`ofac-21644`), the same for every key and build, or of a
cluster, where the merging is open to the key.

Source: yente 5, `/entities`; OpenSanctions' API, `/statements`; FollowTheMoney for the names of
    links seen from their ends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from puente.errors import InvalidData, NotFound
from puente.i18n import gettext as _
from puente.model.dates import parse_date
from puente.model.schema import all_schemata, get_schema
from puente.report.formats_ftm import ftm_entity, ftm_prop, ftm_schema
from puente.report.selection import entity_props
from puente.web.yente_lists import finished

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from puente.guard.view import View

LIMIT, LIMIT_MOST = 50, 500
OFFSET_MOST = 1_000_000
NESTED = 50
"""Links of one kind that are told inside an entity; `/adjacent` pages through them all."""

REVERSE: Mapping[tuple[str, str], str] = {
    ("Ownership", "owner"): "ownershipOwner",
    ("Ownership", "asset"): "ownershipAsset",
    ("Directorship", "director"): "directorshipDirector",
    ("Directorship", "organization"): "directorshipOrganization",
    ("Membership", "member"): "membershipMember",
    ("Membership", "organization"): "membershipOrganization",
    ("Employment", "employee"): "employers",
    ("Employment", "employer"): "employees",
    ("Representation", "agent"): "agencyClient",
    ("Representation", "client"): "agentRepresentation",
    ("Family", "person"): "familyPerson",
    ("Family", "relative"): "familyRelative",
    ("Associate", "person"): "associates",
    ("Associate", "associate"): "associations",
    ("UnknownLink", "subject"): "unknownLinkTo",
    ("UnknownLink", "object"): "unknownLinkFrom",
    ("Sanction", "entity"): "sanctions",
    ("Payment", "payer"): "paymentPayer",
    ("Payment", "beneficiary"): "paymentBeneficiary",
    ("Debt", "debtor"): "debtDebtor",
    ("Debt", "creditor"): "debtCreditor",
    ("Occupancy", "holder"): "positionOccupancies",
    ("Occupancy", "post"): "occupancies",
    ("Event", "involved"): "eventsInvolved",
}
"""What a link is called at the end that a property names. Source: FollowTheMoney, `reverse`."""

SORTS = ("canonical_id", "entity_id", "prop", "value", "dataset", "first_seen", "last_seen")

Row = dict[str, Any]

_WITH_CLUSTERS = """
SELECT s.*, coalesce(c.cluster_id, s.entity_id) AS cluster_id, '' AS target
FROM statements s LEFT JOIN clusters c USING (entity_id)
WHERE s.current AND s.entity_id IN (
  SELECT unnest($ids)
  UNION SELECT entity_id FROM clusters WHERE cluster_id IN (SELECT unnest($ids)))
ORDER BY s.entity_id, s.prop, s.value, s.source, s.id"""

_ALONE = """
SELECT s.*, s.entity_id AS cluster_id, '' AS target FROM statements s
WHERE s.current AND s.entity_id IN (SELECT unnest($ids))
ORDER BY s.entity_id, s.prop, s.value, s.source, s.id"""

_JOINED = """
SELECT DISTINCT entity_id, schema, prop FROM statements
WHERE current AND value IN (SELECT unnest($ids)) AND prop IN (SELECT unnest($props))
ORDER BY entity_id, prop"""


_OF_ONE = "$canonical_id"
_OF_CLUSTER = (
    "SELECT $canonical_id UNION SELECT entity_id FROM clusters WHERE cluster_id = $canonical_id"
)
_PARAMETER = re.compile(r"\$(\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One entity as told.

    Attributes:
        data: its FollowTheMoney JSON.
        records: ids of the records that it is made of.
        own: its own claims that name another entity: property and that one's id.
    """

    data: dict[str, Any]
    records: tuple[str, ...]
    own: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which part of a long answer is told."""

    limit: int = LIMIT
    offset: int = 0

    def of(self, joined: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
        """Return the part of what is joined that is on it."""
        return joined[self.offset : self.offset + self.limit]


def read_entity(view: View, entity_id: str) -> Told:
    """Return the record or the cluster of that id; one look in the log.

    Raises: NotFound: no permitted record is called so.
    """
    found = _read(view, [entity_id])
    if entity_id not in found:
        raise NotFound(
            _("there is no record of {entity!r} that you may see").format(entity=entity_id),
            entity=entity_id,
        )
    return found[entity_id]


def read_adjacent(view: View, told: Told) -> dict[str, list[tuple[str, str]]]:
    """Return the ids of what is joined to an entity, by how; beside each the property that says so.

    The key is the property of the entity itself, or what FollowTheMoney calls the link from there.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for prop, other in told.own:
        found.setdefault(prop, []).append((other, ""))
    values = {"ids": [*told.records, told.data["id"]], "props": sorted(entity_props())}
    for row in view.sql(_JOINED, values).to_pylist():
        name = reverse(row["schema"], row["prop"])
        if name and row["entity_id"] not in told.records:
            found.setdefault(name, []).append((row["entity_id"], row["prop"]))
    return {name: list(dict.fromkeys(found[name])) for name in sorted(found)}


def nested(view: View, joined: Mapping[str, Sequence[tuple[str, str]]]) -> dict[str, list[Row]]:
    """Return what is joined as FollowTheMoney JSON, a link with the entity at its other end inside.

    One that is not open to the reader is left out.
    """
    wanted = [other for held in joined.values() for other, _prop in held]
    links = _read(view, wanted) if wanted else {}
    ends = {value for link in links.values() for _prop, value in link.own} - links.keys()
    beyond = _read(view, sorted(ends)) if ends else {}
    found: dict[str, list[Row]] = {}
    for name, held in joined.items():
        found[name] = [
            _with_end(links[other], prop, beyond | links) for other, prop in held if other in links
        ]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementTerms:
    """Which claims are asked for; "" for any."""

    dataset: str = ""
    entity_id: str = ""
    canonical_id: str = ""
    prop: str = ""
    value: str = ""
    schema: str = ""
    sort: tuple[str, ...] = ("canonical_id", "prop")


def read_statements(view: View, terms: StatementTerms, page: Page) -> tuple[list[Row], int]:
    """Return a page of claims and how many there are in all; one look in the log.

    Raises: InvalidData: nothing to sort by that name.
    """
    order = []
    for text in terms.sort:
        name, _colon, way = text.partition(":")
        if name not in SORTS or way not in {"", "asc", "desc"}:
            raise InvalidData(
                _("cannot sort by {text!r}; one of {known}").format(
                    text=text, known=", ".join(SORTS)
                )
            )
        order.append(f"{name} {'DESC' if way == 'desc' else 'ASC'}")
    merged = view.may("clusters")
    joined = "LEFT JOIN clusters c USING (entity_id)" if merged else ""
    canonical = "coalesce(c.cluster_id, s.entity_id)" if merged else "s.entity_id"
    where, values = _conditions(terms, merged=merged)
    inner = (
        f"SELECT s.*, s.source AS dataset, {canonical} AS canonical_id, count(*) OVER () AS total"
        f" FROM statements s {joined} WHERE {where}"
    )
    rows = view.sql(
        f"SELECT * FROM ({inner}) ORDER BY {', '.join([*order, 'id'])} LIMIT $limit OFFSET $offset",
        {**values, "limit": max(page.limit, 1), "offset": page.offset},
    ).to_pylist()
    total = rows[0]["total"] if rows else 0
    if not rows and page.offset:
        total = view.sql(f"SELECT count(*) AS n FROM ({inner})", values)["n"][0].as_py()
    return [_statement(row) for row in rows[: page.limit]], int(total)


@cache
def reverse(schema: str, prop: str) -> str:
    """Return what a link of kind `schema` is called at the end that `prop` names; "" if nothing."""
    known = ftm_schema(schema)
    named = ftm_prop(schema, prop) or prop
    kinds = sorted(get_schema(known).ancestors, key=lambda n: -len(get_schema(n).ancestors))
    return next((REVERSE[k, named] for k in kinds if (k, named) in REVERSE), "")


def is_link(name: str) -> bool:
    """Return True if `name` can be how something is joined to an entity."""
    return name in REVERSE.values() or name in entity_props()


def _conditions(terms: StatementTerms, *, merged: bool) -> tuple[str, dict[str, object]]:
    held: dict[str, str] = {
        "s.source = $dataset": terms.dataset,
        "s.entity_id = $entity_id": terms.entity_id,
        f"s.entity_id IN ({_OF_CLUSTER if merged else _OF_ONE})": terms.canonical_id,
        "s.prop = $prop": terms.prop,
        "s.value = $value": terms.value,
        "s.schema = $schema": terms.schema,
    }
    given = {text: value for text, value in held.items() if value}
    where = " AND ".join(["s.current", *given])
    names = {text: _PARAMETER.search(text)[1] for text in given}  # type: ignore[index]
    return where, {names[text]: value for text, value in given.items()}


def _statement(row: Row) -> Row:
    schema, own = row["schema"], row["prop"]
    spec = get_schema(schema).props.get(own) if schema in all_schemata() else None
    return {
        "id": row["id"],
        "entity_id": row["entity_id"],
        "canonical_id": row["canonical_id"],
        "prop": own,
        "prop_type": spec.type if spec else "text",
        "schema": ftm_schema(schema),
        "value": row["value"],
        "original_value": row["original"] or None,
        "dataset": row["dataset"],
        "lang": None,
        "origin": None,
        "first_seen": _moment(row["first_seen"], last=False),
        "last_seen": _moment(row["last_seen"], last=True),
        "row": row["row"],
        "agency": row["agency"],
        "reliability": row["reliability"],
        "credibility": row["credibility"],
        "marking": row["marking"],
        "record_class": row["record_class"],
    }


def _moment(day: str, *, last: bool) -> str:
    """Return the first or last moment that an ISO date of any precision can mean."""
    try:
        found = parse_date(day)
    except InvalidData:
        # Nothing says when: the span of all that can be.
        return "9999-12-31T00:00:00" if last else "0001-01-01T00:00:00"
    return f"{(found.end if last else found.start).isoformat()}T00:00:00"


def _read(view: View, ids: Sequence[str]) -> dict[str, Told]:
    """Return those of `ids` that permitted records speak of; one look in the log."""
    query = _WITH_CLUSTERS if view.may("clusters") else _ALONE
    rows = view.sql(query, {"ids": list(ids)}).to_pylist()
    held: dict[str, list[Row]] = {}
    for record, group in groupby(rows, key=itemgetter("entity_id")):
        claims = list(group)
        held.setdefault(claims[0]["cluster_id"], []).extend(claims)
        if record != claims[0]["cluster_id"]:
            held.setdefault(record, []).extend(claims)
    return {asked: _told(asked, held[asked]) for asked in ids if asked in held}


def _told(entity_id: str, claims: list[Row]) -> Told:
    data = finished(
        ftm_entity(entity_id, claims),
        {row["record_class"] for row in claims},
        last_change=max(row["first_seen"] for row in claims),
    )
    records = tuple(dict.fromkeys(row["entity_id"] for row in claims))
    others = {*records, *(row["cluster_id"] for row in claims)} - {entity_id}
    data["referents"] = sorted(others)
    own = tuple(
        dict.fromkeys(
            (ftm_prop(row["schema"], row["prop"]) or row["prop"], row["value"])
            for row in claims
            if row["prop"] in entity_props()
        )
    )
    return Told(data=data, records=records, own=own)


def _with_end(link: Told, prop: str, known: Mapping[str, Told]) -> Row:
    """Return a link with the entities at its other ends inside, where they are open."""
    properties = dict(link.data["properties"])
    for name, values in properties.items():
        if name != prop and name in entity_props():
            properties[name] = [known[v].data if v in known else v for v in values]
    return {**link.data, "properties": properties}
