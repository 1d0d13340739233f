"""Who is near an entity: links with their evidence, the way from a listed one, holdings, events."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from puente.model.schema import all_schemata
from puente.web.reads.claims import captions
from puente.web.reads.entity import read_list

if TYPE_CHECKING:
    import pyarrow as pa

    from puente.guard.view import View

MOST_NEIGHBOURS = 200
"""Links shown on one page; the page says how many there are in all."""

MOST_EVIDENCE = 12
"""Statements opened below one link; the page says how many there are in all."""

MOST_EVENTS = 100
_MOST_STEPS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One statement that bears a link out."""

    id: str
    prop: str
    schema: str
    value: str
    source: str
    row: str
    agency: str
    reliability: str
    credibility: str
    first_seen: str
    last_seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """One link and who stands at its other end.

    Attributes:
        outward: True where the link runs from this entity to the other (owner to asset).
        directed: whether the two ends differ in role.
        non_suspect: True where the link exists only by a victim's or witness's role: it is no step.
        evidence: up to `MOST_EVIDENCE` statements; `statements` is how many there are.
    """

    id: str
    caption: str
    schema: str
    listed: bool
    standing: str
    kind: str
    strength: str
    outward: bool
    directed: bool
    date_from: str
    date_to: str
    percent: float | None
    percent_max: float | None
    sources: tuple[str, ...]
    statements: int
    non_suspect: bool
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pier:
    """One entity on the way from a listed one, and the link that leads on from it.

    Attributes:
        kind, strength, sources, evidence: of the link to the next pier; empty on the last one.
    """

    id: str
    caption: str
    schema: str
    listed: bool
    kind: str
    strength: str
    sources: tuple[str, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What the 50 percent rule says: shares in percent held by blocked owners, with arithmetic.

    Attributes:
        because: the arithmetic, line by line; it names owners by their cluster id.
        owners: name of each owner that the lines name.
    """

    status: str
    low: float
    high: float
    because: tuple[str, ...]
    owners: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event whose record names this entity, with the role that it names it in."""

    id: str
    schema: str
    date: str
    role: str
    text: str
    place: str
    source: str
    row: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """All that surrounds one entity.

    Attributes:
        total: how many links there are, shown or not.
        steps: links from a listed entity; None where none was reached.
        way: from the listed entity to this one; empty where there is none.
        total_events: how many events there are, shown or not.
    """

    neighbours: tuple[Neighbour, ...]
    total: int
    steps: int | None
    way: tuple[Pier, ...]
    holding: Holding | None
    events: tuple[Happening, ...]
    total_events: int


_NEIGHBOURS = """
WITH mine AS (
  SELECT *, target_id AS other, true AS outward FROM edges WHERE source_id = $id
  UNION ALL
  SELECT *, source_id AS other, false AS outward FROM edges
  WHERE target_id = $id AND source_id <> $id)
SELECT m.other AS id, coalesce(n.caption, m.other) AS caption, coalesce(n.schema, '') AS schema,
  coalesce(n.listed, false) AS listed, coalesce(n.standing, '') AS standing, m.kind, m.strength,
  m.outward, m.date_from, m.date_to, m.percent, m.percent_max, m.sources, m.statement_ids,
  {non_suspect} AS non_suspect, count(*) OVER () AS total
FROM mine m LEFT JOIN nodes n ON n.cluster_id = m.other
ORDER BY listed DESC, CASE m.strength WHEN 'confirmed' THEN 0 WHEN 'probable' THEN 1 ELSE 2 END,
  m.kind, caption, m.other, m.date_from
LIMIT $most"""


def read_near(view: View, cluster: str, records: tuple[str, ...]) -> Near:
    """Return what surrounds an entity.

    Args:
        cluster: its cluster id.
        records: ids of its source records, by which events name it.

    Cost: a scan of `edges`, and one of the statements that name an entity.
    """
    query = _NEIGHBOURS.format(non_suspect="coalesce(m.non_suspect, false)")
    rows = view.sql(query, {"id": cluster, "most": MOST_NEIGHBOURS}).to_pylist()
    way = _way(view, cluster)
    around_here = {cluster, *(row["id"] for row in rows), *(step["id"] for step in way)}
    naming = _naming(view, around_here)
    wanted = [row["statement_ids"] for row in rows] + [step["statement_ids"] for step in way]
    evidence = _evidence(view, wanted, naming)
    own = {cluster, *records}
    events = _events(view, [row for row in naming if row["named"] in own])
    total = rows[0]["total"] if rows else 0
    return Near(
        neighbours=tuple(_neighbour(row, evidence) for row in rows),
        total=total,
        steps=len(way) - 1 if way else None,
        way=tuple(_pier(step, evidence) for step in way),
        holding=_holding(view, cluster),
        events=tuple(events[:MOST_EVENTS]),
        total_events=len(events),
    )


def around(view: View, cluster: str) -> tuple[pa.Table, pa.Table]:
    """Return the rows of `nodes` and `edges` within two steps of an entity, for its picture."""
    first = view.sql(
        "SELECT target_id AS id FROM edges WHERE source_id = $id"
        " UNION SELECT source_id FROM edges WHERE target_id = $id",
        {"id": cluster},
    )
    edges = view.sql(
        "SELECT source_id, target_id, kind, strength, date_from, date_to, percent, percent_max,"
        " sources FROM edges WHERE source_id IN (SELECT unnest($ids))"
        " OR target_id IN (SELECT unnest($ids))",
        {"ids": sorted({cluster, *first["id"].to_pylist()})},
    )
    ids = {cluster, *edges["source_id"].to_pylist(), *edges["target_id"].to_pylist()}
    nodes = view.sql(
        "SELECT cluster_id, caption, schema, listed, standing, sources FROM nodes"
        " WHERE cluster_id IN (SELECT unnest($ids))",
        {"ids": sorted(ids)},
    )
    return nodes, edges


_NAMING = """
WITH here AS (
  SELECT entity_id FROM clusters WHERE cluster_id IN (SELECT unnest($ids)))
SELECT DISTINCT s.value AS named, s.entity_id AS record, s.schema, s.prop FROM statements s
WHERE s.prop IN (SELECT unnest($props)) AND s.value IN (SELECT entity_id FROM here)
UNION ALL SELECT entity_id, entity_id, '', '' FROM here
"""


def _naming(view: View, clusters: set[str]) -> list[dict[str, Any]]:
    """Return the records of `clusters`, and every record that names one of them, and in what role.

    What bears a link out stands in these records alone, and a record's statements lie together:
    to go by record spares a scan of every statement's id.
    """
    props = {
        name
        for schema in all_schemata().values()
        for name, prop in schema.props.items()
        if prop.type == "entity"
    }
    rows: list[dict[str, Any]] = view.sql(
        _NAMING, {"ids": sorted(clusters), "props": sorted(props)}
    ).to_pylist()
    return rows


def _way(view: View, cluster: str) -> list[dict[str, Any]]:
    """Return the way from the listed entity to this one; each row with the link that leads on."""
    found: list[dict[str, Any]] = []
    at = cluster
    while at and len(found) <= _MOST_STEPS:
        rows = view.sql(
            "SELECT s.cluster_id AS id, s.via, s.kind, n.caption, n.schema, n.listed"
            " FROM steps s LEFT JOIN nodes n USING (cluster_id) WHERE s.cluster_id = $id"
            " ORDER BY s.steps LIMIT 1",
            {"id": at},
        ).to_pylist()
        if not rows:
            break
        found.insert(0, rows[0])
        at = rows[0]["via"] or ""
    for step, after in pairwise(found):
        step["link"] = after["kind"]
        edges = view.sql(
            "SELECT strength, sources, statement_ids FROM edges WHERE kind = $kind AND"
            " ((source_id = $a AND target_id = $b) OR (source_id = $b AND target_id = $a))"
            " ORDER BY CASE strength WHEN 'confirmed' THEN 0 WHEN 'probable' THEN 1 ELSE 2 END"
            " LIMIT 1",
            {"kind": after["kind"], "a": step["id"], "b": after["id"]},
        ).to_pylist()
        step |= edges[0] if edges else {}
    for step in found:
        step.setdefault("statement_ids", [])
    return found


def _evidence(
    view: View, wanted: list[list[str]], naming: list[dict[str, Any]]
) -> dict[str, Evidence]:
    ids = sorted({i for held in wanted for i in (held or ())[:MOST_EVIDENCE]})
    if not ids:
        return {}
    rows = view.sql(
        "SELECT id, prop, schema, value, source, row, agency, reliability, credibility,"
        " first_seen, last_seen FROM statements WHERE entity_id IN (SELECT unnest($records))"
        " AND id IN (SELECT unnest($ids))",
        {"ids": ids, "records": sorted({row["record"] for row in naming})},
    ).to_pylist()
    return {row["id"]: Evidence(**row) for row in rows}


def _shown(ids: list[str], evidence: dict[str, Evidence]) -> tuple[Evidence, ...]:
    held = [evidence[i] for i in ids[:MOST_EVIDENCE] if i in evidence]
    return tuple(sorted(held, key=lambda e: (e.source, e.row, e.prop)))


def _neighbour(row: dict[str, Any], evidence: dict[str, Evidence]) -> Neighbour:
    schema = all_schemata().get(row["kind"])
    directed = row["kind"] == "LinkedTo" or (schema is not None and schema.directed)
    ids = row.pop("statement_ids") or []
    row.pop("total")
    held: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in row.items()}
    return Neighbour(
        **held, directed=directed and not (schema is not None and schema.is_a("Event")),
        statements=len(ids), evidence=_shown(ids, evidence),
    )  # fmt: skip


def _pier(step: dict[str, Any], evidence: dict[str, Evidence]) -> Pier:
    return Pier(
        id=step["id"], caption=step["caption"] or step["id"], schema=step["schema"] or "",
        listed=bool(step["listed"]), kind=step.get("link", ""),
        strength=step.get("strength", ""), sources=tuple(step.get("sources") or ()),
        evidence=_shown(step["statement_ids"], evidence),
    )  # fmt: skip


def _holding(view: View, cluster: str) -> Holding | None:
    rows = view.sql(
        "SELECT status, low, high, because FROM ownership WHERE entity = $id", {"id": cluster}
    ).to_pylist()
    if not rows:
        return None
    row = rows[0]
    lines = tuple(str(part.get("text", part)) for part in read_list(row["because"]))
    named = captions(view, sorted({line.split(" ")[0] for line in lines}))
    return Holding(
        status=row["status"], low=float(row["low"]), high=float(row["high"]),
        because=lines,
        owners={owner: caption for owner, (_cluster, caption) in named.items()},
    )  # fmt: skip


_EVENTS = """
SELECT s.entity_id AS id, any_value(s.schema) AS schema, any_value(n.role) AS role,
  coalesce(max(s.value) FILTER (s.prop IN ('date', 'startDate')), '') AS date,
  coalesce(max(s.value) FILTER (s.prop IN ('offence', 'category', 'goods', 'outcome')), '')
    AS text,
  coalesce(max(s.value) FILTER (s.prop IN ('location', 'port')),
    max(s.value) FILTER (s.prop = 'place'), '') AS place,
  min(s.source) AS source, min(s.row) AS row
FROM (SELECT unnest($records) AS record, unnest($roles) AS role) n
JOIN statements s ON s.entity_id = n.record
WHERE s.entity_id IN (SELECT unnest($records)) GROUP BY s.entity_id ORDER BY date DESC, id"""


def _events(view: View, naming: list[dict[str, Any]]) -> list[Happening]:
    roles: dict[str, str] = {}
    for row in sorted(naming, key=lambda row: (row["record"], row["prop"])):
        schema = all_schemata().get(row["schema"])
        if schema is not None and schema.is_a("Event"):
            roles.setdefault(row["record"], row["prop"])
    if not roles:
        return []
    rows = view.sql(_EVENTS, {"records": list(roles), "roles": list(roles.values())}).to_pylist()
    return [Happening(**row) for row in rows]


NOTHING_NEAR = Near(
    neighbours=(), total=0, steps=None, way=(), holding=None, events=(), total_events=0
)
"""What surrounds an entity whose network is closed to the reader."""
