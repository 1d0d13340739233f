"""Which open records name a record, where the network is closed to its reader.

Nothing is derived here: no linking, no steps, no strength. A public register that says who holds
a firm says so to a journalist too, one record at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from puente.model.schema import all_schemata, get_schema
from puente.web.reads.claims import record_captions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.guard.view import View

MOST_MENTIONS = 200
"""Records shown on one page; the page says how many there are in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Someone or something that a record names, with the property that names it.

    Attributes:
        standing: `non_suspect`, or "".
    """

    prop: str
    id: str
    caption: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One record that names the record asked about.

    Attributes:
        id, schema: of the record that names it.
        role: property by which it does.
        parties: whom else it names.
        details: what else it says: property, type of the property, value.
    """

    id: str
    schema: str
    role: str
    parties: tuple[Party, ...]
    details: tuple[tuple[str, str, str], ...]
    source: str
    row: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """The records that name a record; `total` is how many there are, shown or not."""

    shown: tuple[Mention, ...]
    total: int


NOT_ASKED = Mentions(shown=(), total=0)
"""For a reader to whom the network is open: it says more."""

_NAMING = """
WITH naming AS (
  SELECT entity_id, min(prop) AS role FROM statements
  WHERE current AND value = $id AND prop IN (SELECT unnest($props)) GROUP BY entity_id),
counted AS (
  SELECT *, count(*) OVER () AS total FROM naming ORDER BY entity_id LIMIT $most)
SELECT c.entity_id AS id, c.role, c.total, s.schema, s.prop, s.value, s.source, s.row
FROM counted c JOIN statements s USING (entity_id) WHERE s.current
ORDER BY s.schema, id, s.prop, s.value"""


def read_mentions(view: View, record: str) -> Mentions:
    """Return the open records that name a record, by kind and id.

    Cost: one scan of the statements that name something.
    """
    pointing = {
        prop.name
        for schema in all_schemata().values()
        for prop in schema.props.values()
        if prop.type == "entity"
    }
    rows: list[dict[str, Any]] = view.sql(
        _NAMING, {"id": record, "props": sorted(pointing), "most": MOST_MENTIONS}
    ).to_pylist()
    named = sorted({row["value"] for row in rows if row["prop"] in pointing} - {record})
    captions = record_captions(view, named)
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row["id"], []).append(row)
    return Mentions(
        shown=tuple(_mention(held, record, pointing, captions) for held in grouped.values()),
        total=rows[0]["total"] if rows else 0,
    )


def _mention(
    rows: list[dict[str, Any]],
    record: str,
    pointing: set[str],
    captions: Mapping[str, tuple[str, str]],
) -> Mention:
    first = rows[0]
    kinds = get_schema(first["schema"]).props
    parties = []
    for row in rows:
        if row["prop"] in pointing and row["value"] != record:
            caption, standing = captions.get(row["value"], (row["value"], ""))
            parties.append(
                Party(prop=row["prop"], id=row["value"], caption=caption, standing=standing)
            )
    return Mention(
        id=first["id"],
        schema=first["schema"],
        role=first["role"],
        parties=tuple(parties),
        details=tuple(
            (r["prop"], kinds[r["prop"]].type if r["prop"] in kinds else "text", r["value"])
            for r in rows
            if r["prop"] not in pointing
        ),
        source=first["source"],
        row=first["row"],
    )
