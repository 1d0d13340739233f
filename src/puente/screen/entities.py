"""Every linked entity of a build against every entry of its lists.

Source: OFAC, A Framework for OFAC Compliance Commitments (2019), on screening customers and
    counterparties; CFF art. 69-B for the tax authority's list.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa

from puente.i18n import use_language
from puente.model.schema import all_schemata
from puente.screen.entry import Query
from puente.screen.index_files import INDEXES, opened, prune
from puente.screen.lists import (
    COUNTRIES,
    NAMES,
    OTHER_IDS,
    PUBLIC_LISTS,
    entries_from_view,
)
from puente.screen.match import CUTOFF, Screener

if TYPE_CHECKING:
    from collections.abc import Callable

    from puente.guard.view import View
    from puente.settings import Settings

AT_ONCE = 2_000
"""Entities asked about at once; memory grows with it, speed hardly."""

SCHEMA = pa.schema(
    [
        ("entity_id", pa.string()),
        ("listed_id", pa.string()),
        ("list", pa.string()),
        ("score", pa.float64()),
        ("name", pa.string()),
        ("verdict", pa.string()),
        ("programs", pa.list_(pa.string())),
        ("why", pa.string()),
    ]
)
"""The columns of the `hits` artefact."""

_CLUSTERS = """
SELECT c.cluster_id, any_value(c.kind) AS kind, s.prop,
  list(DISTINCT s.value ORDER BY s.value) AS held,
  list(DISTINCT s.entity_id ORDER BY s.entity_id) FILTER ({listed}) AS entries,
  list(DISTINCT s.source ORDER BY s.source) FILTER ({listed}) AS lists
FROM statements s JOIN clusters c USING (entity_id)
WHERE s.current AND s.prop IN ({props}) AND c.kind IN ({kinds})
GROUP BY c.cluster_id, s.prop ORDER BY c.cluster_id, s.prop"""


def screen_entities(
    view: View,
    *,
    settings: Settings | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pa.Table:
    """Return the `hits` artefact: same, possible and kin, by entity, then best first.

    An entity is not compared with its own entries, nor with others of a list that holds it: the
    list's publisher has told them apart. `why` is JSON in English, whose texts translate.

    Args:
        settings: of the node, in whose workspace the index is left for whoever asks next; what
            was indexed of earlier builds is removed from it. None keeps nothing.
        progress: told how many entities are done, of how many.

    Source: see the module.
    Cost: about 0.5 ms an entity against 25,000 names.
    """
    entries = entries_from_view(view)
    if settings is None:
        screener = Screener(entries)
    else:
        index = opened(entries, settings.workspace / INDEXES)
        # A purge or a removal from a list must not live on in an index.
        prune(settings.workspace / INDEXES, [index.key])
        screener = Screener(index)
    queries = queries_from_view(view)
    rows: list[dict[str, object]] = []
    for start in range(0, len(queries), AT_ONCE):
        part = queries[start : start + AT_ONCE]
        with use_language("en"):
            found = screener.match(part, cutoff=CUTOFF, weak=True)
        for query, hits in zip(part, found, strict=True):
            rows += [
                {
                    "entity_id": query.id,
                    "listed_id": hit.entity_id,
                    "list": hit.list,
                    "score": hit.score,
                    "name": hit.name,
                    "verdict": hit.verdict,
                    "programs": list(hit.programs),
                    "why": json.dumps([dict(p) for p in hit.why], ensure_ascii=False),
                }
                for hit in hits
                if hit.verdict != "not"
            ]
        if progress is not None:
            progress(min(start + AT_ONCE, len(queries)), len(queries))
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def queries_from_view(view: View) -> list[Query]:
    """Return one question per linked person, organisation, ship and aircraft that has a name.

    Source: FollowTheMoney property names.
    """
    kinds = [
        s.name
        for s in all_schemata().values()
        if s.is_a("LegalEntity") or s.is_a("Vessel") or s.is_a("Airplane")
    ]
    props = (*NAMES, "weakAlias", *COUNTRIES, *OTHER_IDS, "birthDate", "gender", "curpCode",
             "rfcCode")  # fmt: skip
    listed = f"s.record_class = 'sanctions' OR s.source IN ({_quoted(PUBLIC_LISTS)})"
    table = view.sql(_CLUSTERS.format(listed=listed, props=_quoted(props), kinds=_quoted(kinds)))
    held: dict[str, dict[str, list[str]]] = {}
    kind_of: dict[str, str] = {}
    own: dict[str, tuple[set[str], set[str]]] = {}
    for row in table.to_pylist():
        cluster = row["cluster_id"]
        held.setdefault(cluster, {})[row["prop"]] = row["held"]
        kind_of[cluster] = row["kind"]
        entries, lists = own.setdefault(cluster, (set(), set()))
        entries.update(row["entries"] or ())
        lists.update(row["lists"] or ())
    return [
        _query(cluster, kind_of[cluster], values, own[cluster])
        for cluster, values in held.items()
        if any(prop in values for prop in (*NAMES, "weakAlias"))
    ]


def _query(
    cluster: str, kind: str, values: dict[str, list[str]], own: tuple[set[str], set[str]]
) -> Query:
    def of(*props: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value for prop in props for value in values.get(prop, ())))

    return Query(
        id=cluster,
        names=of(*NAMES, "weakAlias"),
        schema=kind,
        birth_dates=of("birthDate"),
        countries=of(*COUNTRIES),
        genders=of("gender"),
        curps=of("curpCode"),
        rfcs=of("rfcCode"),
        other_ids=of(*OTHER_IDS),
        not_ids=frozenset(own[0]),
        not_lists=frozenset(own[1]),
    )


def _quoted(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
