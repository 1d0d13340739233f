"""Which records speak of one person, firm or vehicle, and why."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.model.schema import common_schema
from puente.resolve.company_kind import COMPANY
from puente.resolve.matching import KindResult, connect, link_table
from puente.resolve.person_kind import PERSON
from puente.resolve.records import read_kinds, read_records
from puente.resolve.spec import METHOD
from puente.resolve.standard import (
    standardise_companies,
    standardise_people,
    standardise_vehicles,
)
from puente.resolve.vehicle_kind import VEHICLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import duckdb
    import pyarrow as pa

    from puente.resolve.judgements import Judgement
    from puente.resolve.records import Reader
    from puente.resolve.spec import Kind
    from puente.settings import Settings

    Standardise = Callable[[duckdb.DuckDBPyConnection, str, str], None]

LINK_FROM = 2.0
"""Log2 odds from which a pair is a link: four to one, relatives and namesakes counted.

Groups must reach it on the average of all pairs between them. On the made-up world of 69,000
people, 101,115 records, 99.8 % of the pairs that clusters claim are true, and 95.0 % of the true
pairs are claimed.
A wrong merger taints a person; a missed one is still met in screening and in the network.
"""

KINDS: Mapping[str, tuple[Kind, Standardise]] = {
    "Person": (PERSON, standardise_people),
    "Company": (COMPANY, standardise_companies),
    "Vehicle": (VEHICLE, standardise_vehicles),
}
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkResult:
    """What linking found.

    Attributes:
        clusters: `entity_id`, `cluster_id` (smallest entity id in it), `kind` (schema of the
            cluster); one row for every entity, sorted by entity id.
        links: `left_id`, `right_id`, `kind`, `probability`, `weight` (log2 odds), `reason`
            (`identifier`, `model` or `judgement`), `why` (JSON list of field, left, right, level,
            weight, whose weights add up to `weight`); sorted by ids.
        undecided: `entity_id`, `cluster_id`; a record that fits two clusters alike, which other
            records show to be two things, is left with neither: one row for each of them.
        near: `left_id`, `right_id`, `kind`, `weight`, `why`: pairs that were compared and are no
            links, but not out of the question; sorted by ids. Reviews draw from it.
        model: what was learnt and how, JSON-ready: for each kind its weights, prior, keys, what
            was left out and what stayed as stated.
    """

    clusters: pa.Table
    links: pa.Table
    undecided: pa.Table
    near: pa.Table
    model: dict[str, object]


def link(
    view: Reader,
    *,
    settings: Settings,
    progress: Callable[[int, int], None],
    judgements: Sequence[Judgement] = (),
) -> LinkResult:
    """Return the clusters of all entities of a View, and the links that make them.

    People, firms and vehicles are linked among themselves; entities of other kinds stay alone. The
    result depends on what the records say and on nothing else: not on their order.

    Args:
        view: permitted rows; its `statements` are read.
        settings: memory and threads that may be used.
        progress: told how many of the kinds are done.
        judgements: what people judged of pairs of records; nothing overrules it.
    """
    import pyarrow as pa

    kinds = read_kinds(view)
    con = connect(settings)
    results: list[KindResult] = []
    try:
        for done, (name, (kind, standardise)) in enumerate(KINDS.items()):
            progress(done, len(KINDS))
            con.register("raw_rows", read_records(view, name))
            standardise(con, "raw_rows", "records")
            con.unregister("raw_rows")
            results.append(link_table(con, "records", kind, least=LINK_FROM, judgements=judgements))
            _LOG.info("linked", extra={"kind": name, **results[-1].counts})
        progress(len(KINDS), len(KINDS))
    finally:
        con.close()
    homes: dict[str, str] = {}
    for result in results:
        homes.update(result.homes)
    links = pa.concat_tables([result.links for result in results])
    pairs = sorted(pair for result in results for pair in result.undecided)
    return LinkResult(
        clusters=_clusters(kinds, homes),
        links=links.sort_by([("left_id", "ascending"), ("right_id", "ascending")]),
        undecided=pa.table(
            {
                "entity_id": pa.array([record for record, _cluster in pairs], pa.string()),
                "cluster_id": pa.array([found for _record, found in pairs], pa.string()),
            }
        ),
        near=pa.concat_tables([result.near for result in results]).sort_by(
            [("left_id", "ascending"), ("right_id", "ascending")]
        ),
        model={"method": METHOD, "link_from": LINK_FROM, **{r.name: r.model for r in results}},
    )


def _clusters(kinds: pa.Table, homes: Mapping[str, str]) -> pa.Table:
    """Return the clusters table: every entity, its cluster, the schema that fits all members."""
    import pyarrow as pa

    entities = kinds["entity_id"].to_pylist()
    schemata = kinds["schemata"].to_pylist()
    ids = [homes.get(entity, entity) for entity in entities]
    told: dict[str, set[str]] = {}
    for cluster_id, names in zip(ids, schemata, strict=True):
        told.setdefault(cluster_id, set()).update(names.split())
    schema = {cluster_id: _common(cluster_id, names) for cluster_id, names in told.items()}
    return pa.table(
        {
            "entity_id": pa.array(entities, pa.string()),
            "cluster_id": pa.array(ids, pa.string()),
            "kind": pa.array([schema[cluster_id] for cluster_id in ids], pa.string()),
        }
    )


def _common(cluster_id: str, names: set[str]) -> str:
    first, *rest = sorted(names)
    for name in rest:
        try:
            first = common_schema(first, name)
        except InvalidData:
            raise InvalidData(
                _("the records of {entity!r} call it a {one} and a {other}").format(
                    entity=cluster_id, one=first, other=name
                )
            ) from None
    return first
