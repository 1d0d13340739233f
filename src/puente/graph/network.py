"""Edges: what joins two linked entities, folded with all the statements that say so.

Four things join: a record of a relation (ownership, directorship, family, "Linked To"...), an event
that both took part in, a thing and who owns or holds it, and a telephone, e-mail or address that
two have in common. An edge opens its statements; none is inferred from likeness.

**Strength** comes from the Admiralty grades of the statements that name the two ends:

- `confirmed`: source A or B and item 1 or 2; or `probable` by two agencies independently;
- `probable`: source A to C and item 1 to 3;
- `possible`: the rest. What two merely share is never above `probable` (telephone, e-mail) or
  `possible` (address), since neighbours and clients share them too.

A record that states its own `strength` can lower it, not raise it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.model.schema import all_schemata

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa

    from puente.guard.view import View

MOST_TOGETHER = 25
"""Clusters joined pairwise by one event, telephone or address. More say little about any two of
them (a mass detention, a notary's office, a call centre) and grow with the square."""

BYSTANDERS = frozenset({"victim", "complainant"})
"""Roles in an event under which nobody is a suspect: such an edge is flagged and is no step."""

SHARED = (
    ("phone", "SharedPhone", 1),
    ("email", "SharedEmail", 1),
    ("address", "SharedAddress", 2),
)
"""Property, kind of edge, and the best strength rank that sharing it can give."""

_STANDING = """
  s AS (
    SELECT st.id, st.entity_id, st.schema, st.prop, st.value, st.source, st.agency,
      CASE WHEN st.reliability IN ('A', 'B') AND st.credibility IN ('1', '2') THEN 0
           WHEN st.reliability IN ('A', 'B', 'C') AND st.credibility IN ('1', '2', '3') THEN 1
           ELSE 2 END AS grade
    FROM statements st WHERE st.current),
  marked AS (
    SELECT DISTINCT entity_id FROM s WHERE prop = 'standing' AND value = 'non_suspect')"""

_RELATIONS = """
  relations AS (
    SELECT a.entity_id AS record, a.value AS left_record, b.value AS right_record,
      CASE WHEN k.schema = 'UnknownLink' AND r.role ILIKE 'linked to%' THEN 'LinkedTo'
           WHEN k.schema = 'UnknownLink' AND r.role ILIKE 'rival%' THEN 'Rivalry'
           ELSE k.schema END AS kind,
      k.directed, false AS bystander,
      greatest(a.grade, b.grade, coalesce(r.stated, 0)) AS grade, 0 AS best
    FROM s a
    JOIN ({relation_kinds}) k ON a.schema = k.schema AND a.prop = k.source_prop
    JOIN s b ON b.entity_id = a.entity_id AND b.prop = k.target_prop AND b.source = a.source
    LEFT JOIN (
      SELECT entity_id, max(value) FILTER (prop = 'role') AS role,
        max(CASE value WHEN 'possible' THEN 2 WHEN 'probable' THEN 1 ELSE 0 END)
          FILTER (prop = 'strength') AS stated
      FROM s WHERE prop IN ('role', 'strength') GROUP BY entity_id) r
      ON r.entity_id = a.entity_id)"""

_EVENTS = """
  parts AS (
    SELECT s.entity_id AS record, s.schema AS kind, s.value AS part, c.cluster_id,
      bool_and(k.bystander) AS bystander, max(s.grade) AS grade
    FROM s JOIN ({event_roles}) k ON s.schema = k.schema AND s.prop = k.prop
    LEFT JOIN clusters c ON c.entity_id = s.value
    GROUP BY ALL),
  event_sizes AS (
    SELECT record, count(DISTINCT cluster_id) AS size FROM parts GROUP BY record),
  meetings AS (
    SELECT a.record, a.part AS left_record, b.part AS right_record, a.kind, false AS directed,
      a.bystander OR b.bystander AS bystander, greatest(a.grade, b.grade) AS grade, 0 AS best
    FROM parts a JOIN parts b ON a.record = b.record AND a.part < b.part
    JOIN event_sizes e ON e.record = a.record AND e.size <= {most})"""

_THINGS = """
  held AS (
    SELECT s.entity_id AS record,
      CASE WHEN k.from_value THEN s.value ELSE s.entity_id END AS left_record,
      CASE WHEN k.from_value THEN s.entity_id ELSE s.value END AS right_record,
      k.kind, true AS directed, false AS bystander, s.grade, 0 AS best
    FROM s JOIN ({thing_props}) k ON s.schema = k.schema AND s.prop = k.prop)"""

_SHARED = """
  contacts AS (
    SELECT s.entity_id AS record, c.cluster_id, s.id AS statement, s.source, k.kind, k.best,
      s.grade,
      CASE s.prop
        WHEN 'phone' THEN right(regexp_replace(s.value, '[^0-9]', '', 'g'), 10)
        WHEN 'email' THEN lower(trim(s.value))
        ELSE trim(regexp_replace(upper(strip_accents(s.value)), '[^A-Z0-9]+', ' ', 'g'))
      END AS contact
    FROM s JOIN ({shared_props}) k ON s.prop = k.prop JOIN clusters c USING (entity_id)
    WHERE s.schema IN ({legal_entities})),
  telling AS (
    -- A city is not an address, and a switchboard's first digits are not a telephone.
    SELECT * FROM contacts WHERE CASE kind
      WHEN 'SharedPhone' THEN length(contact) >= 7
      WHEN 'SharedEmail' THEN contact LIKE '%_@_%'
      ELSE regexp_matches(contact, '[0-9]') AND length(contact) >= 12
        AND len(string_split(contact, ' ')) >= 3 END),
  contact_sizes AS (
    SELECT kind, contact, count(DISTINCT cluster_id) AS size FROM telling GROUP BY ALL),
  common AS (
    SELECT a.record || ' ' || b.record AS record, a.record AS left_record,
      b.record AS right_record, a.kind, false AS directed, false AS bystander,
      greatest(a.grade, b.grade) AS grade, a.best, [a.statement, b.statement] AS statements,
      [a.source, b.source] AS origins
    FROM telling a JOIN telling b
      ON a.kind = b.kind AND a.contact = b.contact AND a.cluster_id < b.cluster_id
    JOIN contact_sizes z ON z.kind = a.kind AND z.contact = a.contact
      AND z.size BETWEEN 2 AND {most})"""

_ALL = """
  recorded AS (
    SELECT * FROM relations UNION ALL SELECT * FROM meetings UNION ALL SELECT * FROM held),
  evidence AS (
    -- Of a vehicle or an account only the statement that names its holder speaks for the edge.
    SELECT r.record, list(DISTINCT s.id) AS statements, list(DISTINCT s.source) AS origins,
      list(DISTINCT s.agency) AS agencies,
      min(s.value) FILTER (s.prop IN ('startDate', 'date')) AS date_from,
      max(s.value) FILTER (s.prop = 'endDate') AS date_to,
      max(s.value) FILTER (s.prop = 'date') AS day,
      min(TRY_CAST(s.value AS DOUBLE)) FILTER (s.prop = 'percentage') AS percent,
      max(TRY_CAST(s.value AS DOUBLE)) FILTER (s.prop = 'percentageMax') AS stated_max,
      max(TRY_CAST(s.value AS DOUBLE)) FILTER (s.prop = 'percentage') AS highest
    FROM (SELECT DISTINCT record FROM recorded) r JOIN s ON s.entity_id = r.record
    WHERE s.prop IN ({edge_props}) OR s.schema IN ({edge_schemata})
    GROUP BY r.record),
  joined AS (
    SELECT r.record, left_record, right_record, kind, directed, bystander, grade, best,
      e.statements, e.origins, e.agencies, e.date_from, coalesce(e.date_to, e.day) AS date_to,
      e.percent, greatest(e.stated_max, CASE WHEN e.highest > e.percent THEN e.highest END)
        AS percent_max
    FROM recorded r JOIN evidence e ON e.record = r.record
    UNION ALL
    SELECT record, left_record, right_record, kind, directed, bystander, grade, best,
      statements, origins, [], NULL, NULL, NULL, NULL FROM common),
  placed AS (
    SELECT j.*, l.cluster_id AS left_id, r.cluster_id AS right_id,
      j.bystander OR lm.entity_id IS NOT NULL OR rm.entity_id IS NOT NULL AS non_suspect
    FROM joined j
    LEFT JOIN clusters l ON l.entity_id = j.left_record
    LEFT JOIN clusters r ON r.entity_id = j.right_record
    LEFT JOIN marked lm ON lm.entity_id = j.left_record
    LEFT JOIN marked rm ON rm.entity_id = j.right_record)"""

_FOLDED = """
  turned AS (
    SELECT *, CASE WHEN directed OR left_id < right_id THEN left_id ELSE right_id END AS source_id,
      CASE WHEN directed OR left_id < right_id THEN right_id ELSE left_id END AS target_id,
      -- Holdings of different dates are different holdings; other edges span their dates.
      CASE WHEN kind = 'Ownership' THEN coalesce(date_from, '') || '/' || coalesce(date_to, '')
        ELSE '' END AS span
    FROM placed WHERE left_id IS NOT NULL AND right_id IS NOT NULL AND left_id <> right_id),
  folded AS (
    SELECT source_id, target_id, kind, min(grade) AS grade, max(best) AS best,
      len(list_distinct(flatten(list(agencies) FILTER (grade <= 1)))) AS agencies,
      min(date_from) AS date_from,
      CASE WHEN bool_or(date_to IS NULL) THEN '' ELSE max(date_to) END AS date_to,
      min(percent) AS percent,
      greatest(max(percent_max), CASE WHEN max(percent) > min(percent) THEN max(percent) END)
        AS percent_max,
      list_sort(list_distinct(flatten(list(statements)))) AS statement_ids,
      list_sort(list_distinct(flatten(list(origins)))) AS sources,
      bool_and(non_suspect) AS non_suspect
    FROM turned GROUP BY source_id, target_id, kind, span)
SELECT source_id, target_id, kind,
  ['confirmed', 'probable', 'possible'][1 + greatest(best,
    CASE WHEN grade = 1 AND agencies >= 2 THEN 0 ELSE grade END)] AS strength,
  coalesce(date_from, '') AS date_from, date_to, percent, percent_max, statement_ids, sources,
  non_suspect
FROM folded ORDER BY source_id, target_id, kind, date_from, date_to"""

_FACTS = """
SELECT
  (SELECT count(*) FROM placed WHERE left_id IS NULL OR right_id IS NULL) AS missing_ends,
  (SELECT count(*) FROM placed WHERE left_id = right_id) AS within_one_entity,
  (SELECT count(*) FROM event_sizes WHERE size > {most}) AS events_too_large,
  (SELECT count(*) FROM contact_sizes WHERE size > {most}) AS contacts_too_common"""

FACTS_KEY = b"facts"
"""Key in the table's schema metadata under which `edge_facts` finds what was left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeFacts:
    """What `build_edges` left out, by reason.

    Attributes:
        missing_ends: relations that name an entity no record describes.
        within_one_entity: relations whose two ends are one entity once linked.
        events_too_large, contacts_too_common: events, and telephones, e-mails and addresses, that
            join more than `MOST_TOGETHER` entities; they join none.
    """

    missing_ends: int
    within_one_entity: int
    events_too_large: int
    contacts_too_common: int


def build_edges(view: View) -> pa.Table:
    """Return the `edges` artefact, ordered by its ends, kind and dates.

    Columns: source_id, target_id (cluster ids; the smaller first where undirected), kind (a schema
    name, `LinkedTo`, `Rivalry`, `SharedPhone`, `SharedEmail`, `SharedAddress`), strength,
    date_from, date_to ("" where open or unknown), percent, percent_max (null where unknown),
    statement_ids, sources, non_suspect. What was left out is counted: see `edge_facts`.

    An edge is `non_suspect` if every record behind it names one of its ends only as a victim,
    complainant or otherwise under the non-suspect label: it is shown, but is no step.

    Source: FollowTheMoney edge schemata; STANAG 2511 grades.
    """
    ctes = _ctes()
    table = view.sql(f"WITH {ctes}, {_FOLDED}")
    facts = view.sql(f"WITH {ctes} {_FACTS.format(most=MOST_TOGETHER)}").to_pylist()[0]
    metadata = {**(table.schema.metadata or {}), FACTS_KEY: json.dumps(facts).encode()}
    return table.replace_schema_metadata(metadata)


def edge_facts(edges: pa.Table) -> EdgeFacts:
    """Return what was left out when `edges` was built; all 0 if the table does not say."""
    held = json.loads((edges.schema.metadata or {}).get(FACTS_KEY, b"{}"))
    names = ("missing_ends", "within_one_entity", "events_too_large", "contacts_too_common")
    return EdgeFacts(**{name: int(held.get(name, 0)) for name in names})


def _ctes() -> str:
    schemata = all_schemata().values()
    relations = [s for s in schemata if s.is_edge]
    events = [s for s in schemata if s.is_a("Event")]
    things = [s for s in schemata if not s.is_edge and not s.is_a("Event") and s.is_a("Thing")]
    roles = [
        (s.name, p.name, p.name in BYSTANDERS)
        for s in events
        for p in s.props.values()
        if p.type == "entity" and p.name not in {"addressEntity", "designee"}
    ]
    held = [
        (
            s.name,
            p.name,
            "Address" if p.name == "addressEntity" else s.name,
            p.name != "addressEntity",
        )
        for s in things
        for p in s.props.values()
        if p.type == "entity"
    ]
    named = {
        "relation_kinds": _values(
            [(s.name, s.source_prop, s.target_prop, s.directed) for s in relations],
            "schema, source_prop, target_prop, directed",
        ),
        "event_roles": _values(roles, "schema, prop, bystander"),
        "thing_props": _values(held, "schema, prop, kind, from_value"),
        "shared_props": _values([*SHARED], "prop, kind, best"),
        "legal_entities": _listed(s.name for s in things if s.is_a("LegalEntity")),
        "edge_props": _listed({prop for _schema, prop, _kind, _way in held}),
        "edge_schemata": _listed(s.name for s in (*relations, *events)),
        "most": str(MOST_TOGETHER),
    }
    parts = (_STANDING, _RELATIONS, _EVENTS, _THINGS, _SHARED, _ALL)
    return ",".join(part.format(**named) for part in parts)


def _values(rows: Sequence[tuple[object, ...]], columns: str) -> str:
    """Return rows of our own schema names, flags and numbers as an inline SQL table."""

    def literal(value: object) -> str:
        return str(value).lower() if isinstance(value, bool | int) else f"'{value}'"

    lines = ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
    return f"SELECT * FROM (VALUES {lines}) AS t({columns})"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in sorted(names))
