"""Nodes: each linked entity described once, for search, pictures and every later step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.model.schema import all_schemata

if TYPE_CHECKING:
    import pyarrow as pa

    from puente.guard.view import View

NAME_PROPS = ("name", "alias", "weakAlias", "previousName", "full")
IDENTIFIER_PROPS = (
    "curpCode", "rfcCode", "taxNumber", "idNumber", "passportNumber", "registrationNumber", "vin",
    "imoNumber", "serialNumber", "leiCode", "recordId", "publicKey", "accountNumber", "phone",
)  # fmt: skip
SUSPECT_PROPS = ("detained", "suspect")
"""Roles that put a person on a record as a subject, whatever else the person was elsewhere."""

BLOCKING_SOURCES = ("ofac_sdn",)
"""Lists whose entries' property is blocked. Source: 31 CFR 501 appendix A; OFAC SDN list."""

ENTRY_KINDS = ("LegalEntity", "Vehicle")
"""What a list can name. A wallet or an address on an entry is the entry's, not an entry."""

_CAPTIONS = """
claimed AS (
  SELECT c.cluster_id, s.value, p.rank, count(*) AS claims,
    min(CASE WHEN s.entity_id = c.cluster_id THEN 0 ELSE 1 END) AS own
  FROM statements s JOIN clusters c USING (entity_id)
  JOIN caption_props p ON p.schema = c.kind AND p.prop = s.prop
  GROUP BY ALL),
captions AS (
  SELECT cluster_id, first(value ORDER BY rank, claims DESC, own, value) AS caption
  FROM claimed GROUP BY cluster_id)"""

_NODES = f"""
WITH {_CAPTIONS},
suspects AS (
  SELECT DISTINCT c.cluster_id FROM statements s JOIN clusters c ON c.entity_id = s.value
  WHERE s.prop IN (SELECT unnest($suspects))),
described AS (
  SELECT c.cluster_id, any_value(c.kind) AS schema,
    list(DISTINCT s.value ORDER BY s.value) FILTER (s.prop IN (SELECT unnest($names))) AS names,
    list(DISTINCT s.value ORDER BY s.value) FILTER (s.prop IN (SELECT unnest($ids)))
      AS identifiers,
    list(DISTINCT s.value ORDER BY s.value)
      FILTER (s.prop IN ('country', 'nationality', 'jurisdiction')) AS countries,
    list(DISTINCT s.value ORDER BY s.value) FILTER (s.prop = 'program' AND s.current) AS programs,
    list(DISTINCT s.source ORDER BY s.source) AS sources,
    list(DISTINCT s.agency ORDER BY s.agency) AS agencies,
    list(DISTINCT s.value ORDER BY s.value) FILTER (s.prop = 'place') AS places,
    list(DISTINCT s.marking) AS markings,
    count(DISTINCT s.entity_id)::INTEGER AS records,
    count(*)::INTEGER AS statements,
    bool_or(s.current AND s.record_class = 'sanctions' AND c.kind IN (SELECT unnest($entries)))
      AS listed,
    bool_or(s.current AND s.source IN (SELECT unnest($blocking))
      AND c.kind IN (SELECT unnest($entries))) AS blocked_list,
    count(DISTINCT s.entity_id) FILTER (s.prop = 'standing' AND s.value = 'non_suspect')
      AS marked,
    min(s.first_seen) AS first_seen, max(s.last_seen) AS last_seen
  FROM statements s JOIN clusters c USING (entity_id)
  WHERE c.kind IN (SELECT unnest($things)) GROUP BY c.cluster_id)
SELECT d.cluster_id, d.schema, coalesce(k.caption, d.cluster_id) AS caption,
  coalesce(d.names, []) AS names, coalesce(d.identifiers, []) AS identifiers,
  coalesce(d.countries, []) AS countries, coalesce(d.programs, []) AS programs,
  d.sources, d.agencies, coalesce(d.places, []) AS places, d.markings, d.records, d.statements,
  d.listed, d.blocked_list,
  CASE WHEN d.listed OR x.cluster_id IS NOT NULL THEN 'subject'
       WHEN d.marked = d.records THEN 'non_suspect' ELSE '' END AS standing,
  d.first_seen, d.last_seen
FROM described d LEFT JOIN captions k USING (cluster_id) LEFT JOIN suspects x USING (cluster_id)
ORDER BY d.cluster_id"""


def build_nodes(view: View) -> pa.Table:
    """Return the `nodes` artefact: one row per linked thing, ordered by its cluster id.

    Relations (ownership, links, sanctions) are no nodes; `edges` has them.

    A cluster is `non_suspect` where every record enters it only as victim, witness, minor,
    relative or defender: such a node seeds no step, is passed by none and ends none. Where other
    records speak of the same person, the marked ones still make no step (see `edges.non_suspect`).
    """
    import pyarrow as pa

    from puente.model.provenance import strictest
    from puente.resolve.names import fold

    schemata = tuple(all_schemata().values())
    rows = [
        {"schema": schema.name, "prop": prop, "rank": rank}
        for schema in schemata
        for rank, prop in enumerate(schema.caption)
    ]
    table = view.sql(
        _NODES.replace("caption_props p", f"({_values(rows)}) p"),
        {
            "names": list(NAME_PROPS),
            "ids": list(IDENTIFIER_PROPS),
            "suspects": list(SUSPECT_PROPS),
            "blocking": list(BLOCKING_SOURCES),
            "things": sorted(s.name for s in schemata if s.is_a("Thing")),
            "entries": sorted(
                s.name for s in schemata if s.name == "Thing" or any(map(s.is_a, ENTRY_KINDS))
            ),
        },
    )
    folded: dict[str, str] = {}
    folds = []
    for names in table["names"].to_pylist():
        for name in names:
            if name not in folded:
                folded[name] = fold(name)
        folds.append(" | ".join(dict.fromkeys(folded[name] for name in names)))
    joined: dict[tuple[str, ...], str] = {}
    markings = []
    for held in table["markings"].to_pylist():
        key = tuple(sorted(held))
        if key not in joined:
            joined[key] = strictest(key)
        markings.append(joined[key])
    table = table.drop_columns(["markings"])
    table = table.append_column("fold", pa.array(folds, pa.string()))
    return table.append_column("marking", pa.array(markings, pa.string()))


def _values(rows: list[dict[str, object]]) -> str:
    """Return the caption properties as an inline SQL table (names of our own schemata only)."""
    lines = ", ".join(f"('{r['schema']}', '{r['prop']}', {r['rank']})" for r in rows)
    return f"SELECT * FROM (VALUES {lines}) AS t(schema, prop, rank)"
