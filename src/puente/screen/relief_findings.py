"""What a new build no longer finds listed, and what the build before it found on that strength.

Source: as `puente.screen.relief`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from puente.screen.lists import PUBLIC_LISTS
from puente.screen.relief import (
    CLEARED,
    EXPORT,
    HIT,
    HOLDING,
    LINK,
    LISTING,
    REMOVED,
    REPORT,
    RETURNED,
    STEP,
    Finding,
    ListingChange,
    changes_of,
    keep,
)
from puente.store.changes import CHANGES as CHANGES_PART
from puente.store.changes import REMOVAL

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from puente.guard.audit import AuditLog
    from puente.guard.gate import Guard
    from puente.guard.view import View

_log = logging.getLogger(__name__)

Earlier = Callable[[tuple[ListingChange, ...]], Iterable[Finding]]
"""Gives the findings of a room (decisions, case files) that rested on listings that have ended."""

CLEARED_STATUSES = frozenset({"Desvirtuado", "Sentencia Favorable"})
"""What the tax authority's list calls a firm that disproved the presumption, or won in court.

Source: art. 69-B CFF, fourth and following paragraphs.
"""

_EVERYTHING = 1_000_000
_PUBLIC = ", ".join(f"'{name}'" for name in PUBLIC_LISTS)
_LISTS = f"(record_class = 'sanctions' OR source IN ({_PUBLIC}))"


def notify(
    guard: Guard, before: View, after: View, now: datetime, *, others: Sequence[Earlier] = ()
) -> int:
    """Keep what a new build no longer finds listed; return how many notices that gave.

    Args:
        before: the pipeline's View of the build that stands.
        after: its View of the one that will.
        now: with time zone.
        others: what else was decided or written on the strength of listings, by room.

    Source: see the module.
    """
    engine = guard.audit.engine
    ended = [*removals(before, after), *clearances(before, after)]
    back = returns(after, changes_of(engine))
    if not ended and not back:
        return 0
    built = [*in_build(guard, before, ended)]
    for earlier in others:
        built += earlier(tuple(ended))
    logged = tuple(in_log(guard.audit, before, ended, built))
    written = keep(engine, [*ended, *back], [*built, *logged], build=after.snapshot.id, now=now)
    after.record("relief", ids=sorted({change.entity_id for change in (*ended, *back)}))
    _log.info("relief changes=%d notices=%d", len(ended) + len(back), written)
    return written


def removals(before: View, after: View) -> tuple[ListingChange, ...]:
    """Return the listings that stand in one build and no longer in the next, by entry.

    An entry that is gone without a newer delivery of its list, or a change that ends its listing,
    was not removed by its publisher (a file was read otherwise, or purged): it is counted in the
    log, and no notice is given.

    Source: see the module.
    """
    held, left = _listed(before), _listed(after)
    gone = sorted(held.keys() - left.keys())
    if not gone:
        return ()
    ids = sorted({entity for entity, _source in gone})
    named, newest, stated = _named(after, ids), _newest(after), _stated(after, ids)
    lists: dict[str, list[str]] = {}
    for entity, source in sorted(left):
        lists.setdefault(entity, []).append(source)
    found, unexplained = [], 0
    for entity, source in gone:
        last, newer = named.get((entity, source), ""), newest.get(source, "")
        day = stated.get((entity, source), "")
        if day < last:  # what this change ended came back since
            day = newer if newer > last else ""
        if not last or not day:
            unexplained += 1
            continue
        found.append(
            ListingChange(
                entity_id=entity,
                list=source,
                what=REMOVED,
                day=day,
                last_listed=last,
                said={
                    "programs": held[entity, source],
                    **({"still_on": lists[entity]} if entity in lists else {}),
                },
            )
        )
    if unexplained:
        _log.warning("entries gone without a newer delivery count=%d", unexplained)
    return tuple(found)


def clearances(before: View, after: View) -> tuple[ListingChange, ...]:
    """Return the firms of the tax authority's list that were presumed or held guilty and are not.

    Source: art. 69-B CFF; see `CLEARED_STATUSES`.
    """
    was, is_now = _statuses(before), _statuses(after)
    newest = _newest(after)
    found = []
    for entity, statuses in sorted(is_now.items()):
        old = was.get(entity)
        if old and old - CLEARED_STATUSES and not statuses - CLEARED_STATUSES:
            found.append(
                ListingChange(
                    entity_id=entity,
                    list=PUBLIC_LISTS[0],
                    what=CLEARED,
                    day=newest.get(PUBLIC_LISTS[0], ""),
                    last_listed=_newest(before).get(PUBLIC_LISTS[0], ""),
                    said={"status": sorted(old), "status_now": sorted(statuses)},
                )
            )
    return tuple(found)


def returns(after: View, known: Sequence[ListingChange]) -> tuple[ListingChange, ...]:
    """Return the listings that had ended and stand again; a presumption also, or a guilt.

    Source: see the module.
    """
    last = {(change.entity_id, change.list): change for change in known}
    ended = {key: change for key, change in last.items() if change.what != RETURNED}
    if not ended:
        return ()
    held, statuses = _listed(after), _statuses(after)
    named = _named(after, sorted({entity for entity, _source in ended}))
    found = []
    for (entity, source), change in sorted(ended.items()):
        if (entity, source) not in held:
            continue
        said = {"programs": held[entity, source]}
        if change.what == CLEARED:
            said = {"status": sorted(statuses.get(entity, ()))}
            if CLEARED_STATUSES.issuperset(said["status"]):
                continue
        found.append(
            ListingChange(
                entity_id=entity,
                list=source,
                what=RETURNED,
                day=max(named[entity, source], change.day),
                last_listed=change.last_listed,
                said=said,
            )
        )
    return tuple(found)


def in_build(guard: Guard, view: View, ended: Collection[ListingChange]) -> Iterator[Finding]:
    """Yield what a build found on the strength of listings that have ended.

    Source: see the module.
    """
    if not ended:
        return
    by_entry: dict[str, list[ListingChange]] = {}
    for change in ended:
        by_entry.setdefault(change.entity_id, []).append(change)
    rows = view.sql(
        "SELECT entity_id, cluster_id FROM clusters WHERE entity_id IN (SELECT unnest(?))",
        (sorted(by_entry),),
    ).to_pylist()
    by_cluster: dict[str, list[ListingChange]] = {}
    for row in rows:
        by_cluster.setdefault(row["cluster_id"], []).extend(by_entry[row["entity_id"]])
    ref = f"build:{view.snapshot.id}"
    for cluster, changes in by_cluster.items():
        for change in changes:
            yield Finding(
                change=change.id,
                kind=LISTING,
                subject=cluster,
                ref=ref,
                said={"list": change.list, **change.said},
                cells=guard.origin(view.snapshot, "nodes"),
            )
    for artefact, kind, (subject, cause), read in _FOUND:
        if not view.has(artefact):
            continue
        causes = by_entry if artefact == "hits" else by_cluster
        for row in read(view, sorted(causes)):
            for change in causes[row[cause]]:
                yield Finding(
                    change=change.id,
                    kind=kind,
                    subject=row[subject],
                    ref=ref,
                    said={name: value for name, value in row.items() if name != subject},
                    cells=guard.origin(view.snapshot, artefact),
                )


def in_log(
    audit: AuditLog, before: View, ended: Collection[ListingChange], findings: Sequence[Finding]
) -> Iterator[Finding]:
    """Yield the exports and reports that held an entry, or something found on its strength.

    An export of everything held every entry that was loaded by then.

    Source: 28 CFR 23.20(g), (h): who received what is on record, and is told.
    """
    since = _known_since(before, [change.entity_id for change in ended])
    subjects: dict[str, set[str]] = {change.id: {change.entity_id} for change in ended}
    for finding in findings:
        if finding.change in subjects:
            subjects[finding.change].add(finding.subject)
    for action, kind in (("export", EXPORT), ("report", REPORT)):
        page = audit.find({"action": action}, count=_EVERYTHING)
        for seq, row in page.rows:
            if row is None or not row.allowed:
                continue
            everything = action == "export" and not row.ids
            for change in ended:
                named = sorted(subjects[change.id].intersection(row.ids))
                loaded = since.get(change.entity_id)
                held = loaded is not None and datetime.fromisoformat(row.at) >= loaded
                if named or (everything and held):
                    said = {"at": row.at, "everything": everything, "named": named}
                    yield Finding(
                        change=change.id,
                        kind=kind,
                        subject=f"audit:{seq}",
                        ref=row.purpose,
                        said=said,
                    )


# --- reading -------------------------------------------------------------------------------------


def _listed(view: View) -> dict[tuple[str, str], list[str]]:
    """Return the program tags of every entry that stands, by entry and list."""
    rows = view.sql(
        "SELECT entity_id, source, list_sort(list(DISTINCT value) FILTER (prop = 'program'))"
        f" AS programs FROM statements WHERE current AND {_LISTS} AND prop IN ('name', 'program')"
        " AND schema <> 'Sanction' GROUP BY ALL HAVING bool_or(prop = 'name')"
    )
    return {(r["entity_id"], r["source"]): r["programs"] or [] for r in rows.to_pylist()}


def _statuses(view: View) -> dict[str, set[str]]:
    rows = view.sql(
        "SELECT entity_id, list(DISTINCT value) AS held FROM statements"
        f" WHERE current AND source IN ({_PUBLIC}) AND prop = 'status' GROUP BY entity_id"
    )
    return {row["entity_id"]: set(row["held"]) for row in rows.to_pylist()}


def _named(view: View, ids: list[str]) -> dict[tuple[str, str], str]:
    """Return the day of the last delivery that names an entry, by entry and list."""
    rows = view.sql(
        "SELECT entity_id, source, max(last_seen) AS day FROM statements"
        f" WHERE {_LISTS} AND prop = 'name' AND entity_id IN (SELECT unnest(?)) GROUP BY ALL",
        (ids,),
    )
    return {(row["entity_id"], row["source"]): row["day"] for row in rows.to_pylist()}


def _newest(view: View) -> dict[str, str]:
    """Return the day of the newest whole delivery of each list."""
    rows = view.sql(
        f"SELECT source, max(published) AS day FROM loads WHERE {_LISTS}"
        f" AND NOT starts_with(part, '{CHANGES_PART}') GROUP BY source"
    )
    return {row["source"]: row["day"] for row in rows.to_pylist()}


def _stated(view: View, ids: list[str]) -> dict[tuple[str, str], str]:
    """Return the day on which a file of changes says that a listing ended, by entry and list."""
    rows = view.sql(
        "SELECT e.value AS entity_id, s.source, max(s.last_seen) AS day FROM statements s"
        " JOIN statements e ON e.entity_id = s.entity_id AND e.prop = 'entity'"
        " WHERE s.prop = ? AND s.value = ? AND e.value IN (SELECT unnest(?)) GROUP BY ALL",
        (*REMOVAL, ids),
    )
    return {(row["entity_id"], row["source"]): row["day"] for row in rows.to_pylist()}


def _known_since(view: View, ids: Sequence[str]) -> dict[str, datetime]:
    """Return when an entry's list was first loaded here, by entry, to the second."""
    rows = view.sql(
        "SELECT s.entity_id, min(l.loaded_at) AS at FROM (SELECT entity_id, source,"
        f" min(first_seen) AS first FROM statements WHERE {_LISTS}"
        " AND entity_id IN (SELECT unnest(?)) GROUP BY ALL) s"
        " JOIN loads l ON l.source = s.source AND l.published >= s.first GROUP BY s.entity_id",
        (sorted(set(ids)),),
    )
    # The log keeps thousandths and a load millionths: within one second neither comes first.
    return {
        row["entity_id"]: datetime.fromisoformat(row["at"]).replace(microsecond=0)
        for row in rows.to_pylist()
    }


def _hits(view: View, ids: list[str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = view.sql(
        "SELECT entity_id, listed_id, list, verdict, score FROM hits"
        " WHERE listed_id IN (SELECT unnest(?)) AND verdict <> 'not' ORDER BY ALL",
        (ids,),
    ).to_pylist()
    return rows


def _links(view: View, clusters: list[str]) -> list[dict[str, Any]]:
    """Return what the network joins to the clusters: the neighbour, and by which kinds of link."""
    rows: list[dict[str, Any]] = view.sql(
        "SELECT a.neighbour, a.entry, string_agg(DISTINCT a.kind, ', ' ORDER BY a.kind) AS kind"
        " FROM (SELECT target_id AS neighbour, source_id AS entry, kind FROM edges"
        " WHERE source_id IN (SELECT unnest($ids)) UNION ALL SELECT source_id, target_id, kind"
        " FROM edges WHERE target_id IN (SELECT unnest($ids))) a GROUP BY ALL ORDER BY ALL",
        {"ids": clusters},
    ).to_pylist()
    return rows


def _steps(view: View, clusters: list[str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = view.sql(
        "SELECT cluster_id, steps, seed_id, via FROM steps"
        " WHERE seed_id IN (SELECT unnest(?)) AND steps > 0 ORDER BY ALL",
        (clusters,),
    ).to_pylist()
    return rows


def _holdings(view: View, clusters: list[str]) -> list[dict[str, Any]]:
    """Return what the 50 percent rule said of whatever the clusters own, near or far."""
    rows: list[dict[str, Any]] = view.sql(
        "WITH RECURSIVE below(owner, entity) AS ("
        " SELECT source_id, target_id FROM edges"
        " WHERE kind = 'Ownership' AND source_id IN (SELECT unnest(?))"
        " UNION SELECT b.owner, e.target_id FROM below b JOIN edges e"
        " ON e.source_id = b.entity AND e.kind = 'Ownership')"
        " SELECT o.entity, b.owner, o.status FROM below b JOIN ownership o USING (entity)"
        " WHERE o.status <> 'not' AND o.entity <> b.owner ORDER BY ALL",
        (clusters,),
    ).to_pylist()
    return rows


_FOUND: tuple[
    tuple[str, str, tuple[str, str], Callable[[View, list[str]], list[dict[str, Any]]]], ...
] = (
    ("hits", HIT, ("entity_id", "listed_id"), _hits),
    ("edges", LINK, ("neighbour", "entry"), _links),
    ("steps", STEP, ("cluster_id", "seed_id"), _steps),
    ("ownership", HOLDING, ("entity", "owner"), _holdings),
)
"""Artefact, kind of finding, columns of whom it is about and on whose listing, and its reader."""
