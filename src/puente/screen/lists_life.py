"""One entry through time: listed, changed, removed, listed again, by the delivery that says so.

Source: as `puente.screen.standing` and `puente.screen.deltas`.
Limits: what happened between two deliveries is dated by the later one; only a file of changes, or a
    list that states its own day of listing, tells more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from puente.i18n import N_
from puente.screen.deltas import ADDED, REMOVED
from puente.screen.lists import PUBLIC_LISTS, list_deliveries
from puente.screen.lists_compare import compare
from puente.screen.standing import lists_in_files, lists_in_view

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from puente.guard.view import View
    from puente.screen.deltas import EntryDelta
    from puente.screen.standing import Listed, ListsOn

STOOD, LISTED, CHANGED, GONE, RETURNED = "stood", "listed", "changed", "removed", "returned"
EVENTS: Mapping[str, str] = {
    STOOD: N_("already on the list"),
    LISTED: N_("first on the list"),
    CHANGED: N_("changed"),
    GONE: N_("no longer on the list"),
    RETURNED: N_("on the list again"),
}
"""What may happen to an entry, with its label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeEvent:
    """What a delivery says happened to an entry since the one before.

    Attributes:
        day: of the delivery, ISO.
        what: one of `EVENTS`.
        since: day of the delivery before; "" for the first.
        delta: what changed; None where the entry first stands.

    Source: see the module.
    """

    day: str
    what: str
    since: str
    delta: EntryDelta | None = None

    def as_json(self) -> dict[str, object]:
        """Return it as JSON."""
        changes = self.delta.changes if self.delta else ()
        return {
            "day": self.day,
            "what": self.what,
            "since": self.since or None,
            "changes": [change.as_json() for change in changes],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """An entry through all deliveries held.

    Attributes:
        events: oldest first.
        last: as it last stood; None if it never did.
        standing: whether it stands in the newest delivery.
        days: days of the deliveries looked at.

    Source: see the module.
    """

    entity_id: str
    events: tuple[LifeEvent, ...]
    last: Listed | None
    standing: bool
    days: tuple[str, ...]


def life_in_files(paths: Sequence[Path], entity_id: str) -> Life:
    """Return what the deliveries at or below `paths` say of an entry.

    Raises: InvalidData: no list there.
    Source: see the module.
    Cost: one reading of the lists for each day of delivery.
    """
    days = {first_day(file.published) for file in list_deliveries(paths) if file.published}
    return _life(entity_id, days, lambda day: lists_in_files(paths, day))


def life_in_view(view: View, entity_id: str) -> Life:
    """Return what the deliveries among the records of a View say of an entry.

    Source: see the module.
    Limits: see `puente.screen.standing.lists_in_view`.
    """
    days = [first_day(day) for day in list_days(view)]
    return _life(entity_id, days, lambda day: lists_in_view(view, day, entity_id))


def list_days(view: View) -> tuple[str, ...]:
    """Return the days on which a list that the View shows was delivered, oldest first.

    Source: see the module.
    """
    public = ", ".join(f"'{name}'" for name in PUBLIC_LISTS)
    rows = view.sql(
        "SELECT DISTINCT published FROM loads WHERE dated AND published <> ''"
        f" AND (record_class = 'sanctions' OR source IN ({public})) ORDER BY published"
    )
    return tuple(str(day) for day in rows["published"].to_pylist())


def first_day(published: str) -> date:
    """Return the first day that an ISO day, month or year may mean.

    Source: ISO 8601.
    """
    year, month, day = (*published.split("-"), "01", "01")[:3]
    return date(int(year), int(month), int(day))


def _life(entity_id: str, days: Iterable[date], read: Callable[[date], ListsOn]) -> Life:
    events: list[LifeEvent] = []
    before: ListsOn | None = None
    last: Listed | None = None
    since = ""
    ordered = sorted(set(days))
    for day in ordered:
        after = read(day)
        entry = after.entries.get(entity_id)
        last = entry or last
        event = _event(entity_id, before, after, known=bool(events))
        if event is not None:
            what, delta = event
            events.append(LifeEvent(day=day.isoformat(), what=what, since=since, delta=delta))
        before, since = after, day.isoformat()
    return Life(
        entity_id=entity_id,
        events=tuple(events),
        last=last,
        standing=before is not None and entity_id in before.entries,
        days=tuple(day.isoformat() for day in ordered),
    )


def _event(
    entity_id: str, before: ListsOn | None, after: ListsOn, *, known: bool
) -> tuple[str, EntryDelta | None] | None:
    """Return what happened to the entry from one delivery to the next; None if nothing did."""
    stands = entity_id in after.entries
    if before is None:
        return (STOOD, None) if stands else None
    delta = next((e for e in compare(before, after).entries if e.entity_id == entity_id), None)
    if delta is None:
        # Its list came first with this delivery: the one before had none of it to compare with.
        first = stands and entity_id not in before.entries and not known
        return (STOOD, None) if first else None
    if delta.what == ADDED:
        return (RETURNED if known else LISTED), delta
    return (GONE if delta.what == REMOVED else CHANGED), delta
