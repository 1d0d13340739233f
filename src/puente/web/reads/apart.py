"""Criminal intelligence, read as records of its own: what is shared knows nothing of it.

Nothing here is kept. Each answer is made anew from the rows that the reader's View permits; to whom
it permits none, no question is even asked.

Source: 28 CFR 23.20(a), (e), (h).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from puente.graph.nodes import IDENTIFIER_PROPS, NAME_PROPS
from puente.model.provenance import APART
from puente.resolve.names import fold
from puente.web.reads.claims import captions, record_captions
from puente.web.reads.scope import is_open, relations
from puente.web.reads.search_sql import CODE_OF, FOLD_OF

if TYPE_CHECKING:
    from collections.abc import Collection

    from puente.guard.view import View
    from puente.model.entity import Entity

MOST_FOUND = 25
"""Records shown on one page of a search; the page says how many there are in all."""

SAME_THING = {
    "curpCode": "CURP", "rfcCode": "RFC", "taxNumber": "RFC", "registrationNumber": "number",
    "vin": "VIN", "accountNumber": "account",
}  # fmt: skip
"""Identifiers by which a record may be set beside a shared entity, by what they number."""

_SHORTEST_CODE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ApartRecord:
    """A record of criminal intelligence that a search found, by the value that matched."""

    id: str
    schema: str
    caption: str
    standing: str
    matched: str
    sources: tuple[str, ...]
    review_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApartFound:
    """Records of criminal intelligence that a search found; `total` is how many there are."""

    shown: tuple[ApartRecord, ...] = ()
    total: int = 0


NOT_FOUND = ApartFound()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """Why the record may be kept, and until when.

    Attributes:
        basis, crime: the facts, and what they give reasonable suspicion of.
        assessed_on, review_by: ISO dates.
    """

    id: str
    basis: str
    crime: str
    assessed_by: str
    assessed_on: str
    review_by: str
    source: str
    row: str
    reliability: str
    credibility: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedIdentifier:
    """A shared entity that bears an identifier of the record. Nobody has judged them one."""

    id: str
    caption: str
    prop: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """What stands beside records of criminal intelligence."""

    suspicions: tuple[Suspicion, ...]
    shared: tuple[SharedIdentifier, ...]


def shows_apart(view: View) -> bool:
    """Return True if the reader may see any record that stands apart. No look."""
    return any(cell.record_class in APART for cell in view.cells)


def is_apart(entity: Entity) -> bool:
    """Return True if every claim on a thing is of a class that stands apart."""
    return all(statement.record_class in APART for statement in entity.statements)


def stands_apart(view: View, record: str) -> bool:
    """Return True if the reader may see a record of that id that stands apart."""
    if not shows_apart(view):
        return False
    found = view.sql(
        "SELECT 1 FROM statements WHERE entity_id = $id"
        " AND record_class IN (SELECT unnest($apart)) LIMIT 1",
        {"id": record, "apart": sorted(APART)},
    )
    return len(found) > 0


_TOUCHED = """
WITH own AS ({own}),
around AS (SELECT id FROM own
  UNION SELECT value FROM statements WHERE entity_id IN (SELECT id FROM own))
SELECT 1 FROM statements WHERE record_class IN (SELECT unnest($apart))
  AND (entity_id IN (SELECT id FROM around) OR value IN (SELECT id FROM own)) LIMIT 1"""


def touches_apart(view: View, cluster: str) -> bool:
    """Return True if a record that stands apart is of an entity, names it, or is named by it.

    Cost: one scan of the class; none to whom it is closed.
    """
    if not shows_apart(view):
        return False
    own = "SELECT $id::VARCHAR AS id"
    if is_open(view, "clusters"):
        own += " UNION SELECT entity_id FROM clusters WHERE cluster_id = $id"
    found = view.sql(_TOUCHED.format(own=own), {"id": cluster, "apart": sorted(APART)})
    return len(found) > 0


# Where a name is asked by one word, it must be the whole name: this is no list to leaf through.
_FOUND = f"""
WITH asked AS (SELECT string_split({FOLD_OF.format("$text::VARCHAR")}, ' ') AS said),
told AS (
  SELECT entity_id, schema, prop, value, source,
    string_split({FOLD_OF.format("value")}, ' ') AS words
  FROM statements WHERE current AND record_class IN (SELECT unnest($apart))
    AND schema NOT IN (SELECT unnest($relations))),
matched AS (
  SELECT entity_id, any_value(schema) AS schema, min(value) AS matched FROM told, asked
  WHERE ($code <> '' AND prop IN (SELECT unnest($ids)) AND {CODE_OF.format("value")} = $code)
    OR (prop IN (SELECT unnest($names)) AND list_has_all(words, said)
      AND (len(said) > 1 OR len(words) = 1))
  GROUP BY entity_id),
clocks AS (
  SELECT s.value AS entity_id, max(r.value) AS review_by
  FROM statements s JOIN statements r USING (source, entity_id)
  WHERE s.current AND r.current AND s.schema = 'Suspicion' AND s.prop = 'subject'
    AND r.prop = 'reviewBy' GROUP BY 1)
SELECT m.entity_id AS id, m.schema, m.matched, coalesce(c.review_by, '') AS review_by,
  list_sort(list(DISTINCT t.source)) AS sources, count(*) OVER () AS total
FROM matched m JOIN told t USING (entity_id) LEFT JOIN clocks c USING (entity_id)
GROUP BY ALL ORDER BY m.matched, id LIMIT $most"""


def find_apart(view: View, text: str) -> ApartFound:
    """Return the records of criminal intelligence that bear a name or identifier.

    Args:
        text: a whole name, or two of its words or more; or a whole identifier.

    Cost: one scan of the class; none to whom it is closed.
    """
    if not fold(text) or not shows_apart(view):
        return NOT_FOUND
    code = "".join(char for char in text.upper() if char.isalnum())
    is_code = len(code) >= _SHORTEST_CODE and any(char.isdigit() for char in code)
    rows: list[dict[str, Any]] = view.sql(
        _FOUND,
        {
            "apart": sorted(APART), "relations": list(relations()), "text": text,
            "code": code if is_code else "", "ids": list(IDENTIFIER_PROPS),
            "names": list(NAME_PROPS), "most": MOST_FOUND,
        },
    ).to_pylist()  # fmt: skip
    named = record_captions(view, [row["id"] for row in rows])
    total = rows[0].pop("total") if rows else 0
    for row in rows:
        row.pop("total", None)
        row["caption"], row["standing"] = named.get(row["id"], (row["id"], ""))
        row["sources"] = tuple(row["sources"])
    return ApartFound(shown=tuple(ApartRecord(**row) for row in rows), total=total)


_SUSPICIONS = """
SELECT entity_id AS id, source, min("row") AS row, min(reliability) AS reliability,
  min(credibility) AS credibility, {columns}
FROM statements WHERE current AND schema = 'Suspicion' AND (source, entity_id) IN (
  SELECT (source, entity_id) FROM statements
  WHERE current AND schema = 'Suspicion' AND prop = 'subject'
    AND value IN (SELECT unnest($ids)))
GROUP BY entity_id, source ORDER BY review_by DESC, id, source"""

_COLUMNS = {"basis": "basis", "crime": "crime", "assessed_by": "assessedBy",
            "assessed_on": "assessedOn", "review_by": "reviewBy"}  # fmt: skip

_SHARED = f"""
WITH kinds AS (SELECT unnest($props) AS prop, unnest($kinds) AS kind),
mine AS (
  SELECT DISTINCT k.kind, {CODE_OF.format("s.value")} AS code, s.schema = 'Vehicle' AS vehicle
  FROM statements s JOIN kinds k USING (prop)
  WHERE s.current AND s.entity_id IN (SELECT unnest($ids))
    AND s.record_class IN (SELECT unnest($apart)))
SELECT DISTINCT s.entity_id AS id, s.prop, s.value
FROM statements s JOIN kinds k USING (prop)
JOIN mine m ON m.kind = k.kind AND m.code = {CODE_OF.format("s.value")}
  AND m.vehicle = (s.schema = 'Vehicle')
WHERE s.current AND s.entity_id NOT IN (SELECT unnest($ids))
  AND s.record_class NOT IN (SELECT unnest($apart))
ORDER BY s.prop, s.value, id"""


def read_apart(view: View, records: Collection[str]) -> Apart:
    """Return the suspicions that records rest on, and who shares an identifier with them.

    Limits: a shared CURP or plate can be a slip, a twin plate or a borrowed name; it joins nothing.
    Cost: one scan of the identifiers of all statements.
    """
    columns = ", ".join(
        f"coalesce(max(value) FILTER (prop = '{prop}'), '') AS {name}"
        for name, prop in _COLUMNS.items()
    )
    told = view.sql(_SUSPICIONS.format(columns=columns), {"ids": sorted(records)}).to_pylist()
    rows = view.sql(
        _SHARED,
        {"ids": sorted(records), "props": list(SAME_THING), "kinds": list(SAME_THING.values()),
         "apart": sorted(APART)},
    ).to_pylist()  # fmt: skip
    named = captions(view, sorted({row["id"] for row in rows}))
    shared: dict[tuple[str, str, str], SharedIdentifier] = {}
    for row in rows:
        cluster, caption = named.get(row["id"], (row["id"], row["id"]))
        held = SharedIdentifier(id=cluster, caption=caption, prop=row["prop"], value=row["value"])
        shared.setdefault((cluster, held.prop, held.value), held)
    return Apart(suspicions=tuple(Suspicion(**row) for row in told), shared=tuple(shared.values()))
