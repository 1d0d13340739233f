"""Cluster ids that stay: who keeps an id when groups of records change, and what became of it.

The rule, the same in whatever order records stand:

1. A group whose records are those of a cluster of the last build keeps that cluster's id.
2. Where the records of clusters that changed are grouped again exactly as they once stood at one
   time, they take the ids of that time. So what a judgement did is undone byte for byte.
3. Else the id goes to the group that holds most of the cluster's records; ties to the smaller
   record key. But an id that is the key of a record stays with that record: whoever follows an old
   link to a listed man must not land on another.
4. A new cluster takes the smallest of its record keys that was never an id; where all were, the
   smallest with `~2`, `~3`... An id is never given to other records, but by rule 2.

What changed is kept with each build, change by change; what never changed costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.resolve.history_changes import AGAIN, Past, Sides, flat
from puente.resolve.history_rows import (
    BORN,
    BROKEN_UP,
    FOUNDED,
    GONE,
    GREW,
    JOINED,
    MERGED,
    PARTED,
    RETURNED,
    SHRANK,
    SPLIT_OFF,
    Log,
    Moment,
    history_schema,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from puente.resolve.history_changes import Change

__all__ = ["Carried", "Moment", "Past", "carry"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """The clusters under their lasting ids.

    Attributes:
        ids: for each record its cluster id.
        history: with what changed added at the end.
        changed: ids that came, went, or changed their records.
    """

    ids: pa.Array
    history: pa.Table
    changed: int


def carry(past: Past | None, records: pa.Array, groups: pa.Array, moment: Moment) -> Carried:
    """Return the id of each record's cluster, and the history with what changed.

    Args:
        past: as the last build left it; None where there is none.
        records: record keys, each once.
        groups: for each record the smallest record key of its group.
        moment: the build that is being made.

    Cost: linear in the records, in columns; what changed is gone through one by one.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if past is None:
        first = Log(moment=moment, number=0, since={})
        first.add("", FOUNDED)
        return Carried(ids=flat(groups), history=first.table(), changed=0)
    sides = Sides(past, flat(records), groups)
    last = pc.max(past.history["number"]).as_py() or 0
    log = Log(moment=moment, number=last + 1, since=sides.last)
    named: dict[int, str] = {}
    for change in sides.changes():
        found = _named(sides, change)
        _tell(sides, change, found, log)
        named.update(found)
    history = pa.concat_tables([past.history.cast(history_schema()), log.table()])
    return Carried(ids=sides.told(named), history=history, changed=len(log.rows))


def _named(sides: Sides, change: Change) -> dict[int, str]:
    """Return the id of each group of a change."""
    again = _as_it_stood(sides, change)
    if again:
        return again
    named: dict[int, str] = {}
    rivals = sorted(
        (-shared, min(key for key in sides.members[group] if key in held), name, group)
        for name in change.ids
        for held in [frozenset(sides.held[name])]
        for group in change.groups
        for shared in [sides.shared[group][name]]
        if shared and sides.may_bear(name, group)
    )
    taken: set[str] = set()
    for _shared, _key, name, group in rivals:
        if group not in named and name not in taken:
            named[group] = name
            taken.add(name)
    for group in change.groups:
        if group not in named:
            named[group] = _new_id(sides, group)
    return named


def _as_it_stood(sides: Sides, change: Change) -> dict[int, str]:
    """Return the ids of the last time at which exactly these groups stood, if they ever did."""
    stood = [sides.stood(group) for group in change.groups]
    if not all(stood):
        return {}
    for time in sorted({until for spans in stood for _since, until, _name in spans}, reverse=True):
        names = [
            name
            for spans in stood
            for since, until, name in spans
            if since <= time <= until
        ]  # fmt: skip
        if not len(set(names)) == len(names) == len(change.groups):
            continue
        free = all(name in change.ids or name in sides.ended for name in names)
        if free and all(map(sides.may_bear, names, change.groups)):
            return dict(zip(change.groups, names, strict=True))
    return {}


def _new_id(sides: Sides, group: int) -> str:
    held = sides.members[group]
    fresh = next((key for key in held if not sides.is_used(key)), "")
    if fresh:
        return fresh
    number = 2
    while sides.is_used(f"{held[0]}{AGAIN}{number}"):
        number += 1
    return f"{held[0]}{AGAIN}{number}"


def _tell(sides: Sides, change: Change, named: Mapping[int, str], log: Log) -> None:
    """Add what became of each id of a change."""
    went: dict[str, set[str]] = {name: set() for name in change.ids}
    for group, name in named.items():
        for old in sides.shared[group]:
            if old:
                went[old].add(name)
    for group, name in named.items():
        before, now = sides.held.get(name, []), sides.members[group]
        if before == now:
            continue
        others = sorted(set(sides.shared[group]) - {"", name})
        left = sorted(went.get(name, set()) - {name})
        if not before:
            what = RETURNED if name in sides.last else SPLIT_OFF if others else BORN
        elif others:
            what = JOINED
        elif left:
            what = PARTED
        else:
            what = GREW if set(now) - set(before) else SHRANK
        log.add(name, what, others, left, before)
    for name in sorted(set(change.ids) - set(named.values())):
        left = sorted(went[name])
        what = GONE if not left else MERGED if len(left) == 1 else BROKEN_UP
        log.add(name, what, (), left, sides.held[name])
