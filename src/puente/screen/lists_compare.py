"""The lists of two days compared.

Only what both days can speak of is compared. A file that one of the two lacks (aliases that were
delivered later) would show as thousands of changes that nobody made; it is named instead.

Source: as `puente.screen.deltas`.
Limits: see `puente.screen.standing`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from puente.model.text import fold
from puente.screen.deltas import ADDED, CHANGED, KINDS, REMOVED, Change, Delta, EntryDelta, Flow
from puente.store.changes import CHANGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from puente.screen.standing import Listed, ListsOn


def compare(before: ListsOn, after: ListsOn) -> Delta:
    """Return what changed from one day's lists to another's.

    Source: see the module.
    Cost: about 0.7 CPU-s for 15,000 entries.
    """
    scope = _Scope.of(before, after)
    found: list[EntryDelta] = []
    stood = 0
    for entity in sorted({*before.entries, *after.entries}):
        old, new = before.entries.get(entity), after.entries.get(entity)
        was, is_now = scope.standing(old), scope.standing(new)
        if old is not None and new is not None and was and is_now:
            stood += 1
            changes = scope.changes(old, new)
            if changes:
                found.append(_told(new, CHANGED, changes))
        elif new is not None and is_now:
            found.append(_told(new, ADDED))
        elif old is not None and was:
            found.append(_told(old, REMOVED))
    return Delta(
        before=before.deliveries,
        after=after.deliveries,
        entries=tuple(found),
        flows=_flows(scope, before, after),
        stood=stood,
        not_compared=tuple(sorted(scope.left_out)),
        orphans=after.orphans,
    )


def _told(entry: Listed, what: str, changes: tuple[Change, ...] = ()) -> EntryDelta:
    return EntryDelta(
        entity_id=entry.entity_id,
        what=what,
        name=entry.name,
        schema=entry.schema,
        tags=entry.tags,
        lists=entry.lists,
        changes=changes,
        alias_only=not entry.lists,
    )


@dataclass(slots=True, kw_only=True)
class _Scope:
    """What both sides can speak of.

    Attributes:
        shared: sources delivered on both sides.
        recast: agencies whose lists came in another format, in which other files say the same.
        spoken: by side, agency and property, the sources that say it.
        named: by folded name or alias the one entry of either side that bears it.
        left_out: source and property that were not compared.
    """

    shared: frozenset[str]
    agency: Mapping[str, str]
    recast: frozenset[str]
    spoken: tuple[Mapping[tuple[str, str], frozenset[str]], ...]
    named: Mapping[str, str]
    left_out: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, before: ListsOn, after: ListsOn) -> _Scope:
        sides = (before, after)
        sources = [{d.source for d in side.deliveries} for side in sides]
        shared = frozenset(sources[0] & sources[1])
        agency = {d.source: d.agency for side in sides for d in side.deliveries}
        formats: dict[str, list[set[str]]] = {}
        for place, side in enumerate(sides):
            for delivery in side.deliveries:
                if delivery.source in shared and not delivery.part.startswith(CHANGES):
                    held = formats.setdefault(delivery.source, [set(), set()])
                    held[place].add(delivery.format)
        recast = frozenset(agency[s] for s, (old, new) in formats.items() if old != new)
        spoken = tuple(_spoken(side, agency) for side in sides)
        return cls(shared=shared, agency=agency, recast=recast, spoken=spoken, named=_named(sides))

    def standing(self, entry: Listed | None) -> bool:
        """Return True if a source of both sides names the entry."""
        if entry is None:
            return False
        return bool(self.shared & ({*entry.lists} or {source for _p, source in entry.said}))

    def changes(self, old: Listed, new: Listed) -> tuple[Change, ...]:
        found = []
        if old.lists != new.lists and self.shared.issuperset({*old.lists, *new.lists}):
            found.append(Change(prop="list", old=old.lists, new=new.lists))
        for prop in dict.fromkeys(prop for entry in (old, new) for prop, _by in entry.said):
            was, is_now = self._values(old, prop), self._values(new, prop)
            if was != is_now:
                found.append(Change(prop=prop, old=was, new=is_now))
        order = list(KINDS)
        return tuple(sorted(found, key=lambda change: (order.index(change.kind), change.prop)))

    def _values(self, entry: Listed, prop: str) -> tuple[str, ...]:
        return tuple(
            sorted({
                value
                for (name, source), held in entry.said.items()
                if name == prop and self._compared(prop, source)
                for value in (held if prop != "link" else map(self._end, held))
            })
        )  # fmt: skip

    def _end(self, link: str) -> str:
        """Return a link with the id of the entry it names, where either side's names tell it.

        A link is given as text where its delivery came without the aliases that explain it.
        """
        role, _colon, name = link.partition(": ")
        return f"{role}: {self.named.get(fold(name), name)}"

    def _compared(self, prop: str, source: str) -> bool:
        agency = self.agency.get(source, "")
        if agency in self.recast:
            both = all(side.get((agency, prop)) for side in self.spoken)
        else:
            both = source in self.shared
        if not both:
            self.left_out.add((source, prop))
        return both


def _named(sides: Iterable[ListsOn]) -> Mapping[str, str]:
    found: dict[str, set[str]] = {}
    aliases: dict[str, set[str]] = {}
    for side in sides:
        for entity, entry in side.entries.items():
            for name in entry.values("name"):
                found.setdefault(fold(name), set()).add(entity)
            for name in entry.values("alias", "weakAlias", "previousName"):
                aliases.setdefault(fold(name), set()).add(entity)
    return {name: next(iter(ids)) for name, ids in {**aliases, **found}.items() if len(ids) == 1}


def _spoken(side: ListsOn, agency: Mapping[str, str]) -> Mapping[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for entry in side.entries.values():
        for prop, source in entry.said:
            found.setdefault((agency.get(source, ""), prop), set()).add(source)
    return {key: frozenset(sources) for key, sources in found.items()}


def _flows(scope: _Scope, before: ListsOn, after: ListsOn) -> tuple[Flow, ...]:
    counts: dict[str, Counter[str]] = {}

    def count(tags: Iterable[str], what: str) -> None:
        for tag in tags:
            counts.setdefault(tag, Counter())[what] += 1

    for entity in {*before.entries, *after.entries}:
        old, new = before.entries.get(entity), after.entries.get(entity)
        was = set(old.tags) if old is not None and scope.standing(old) else None
        is_now = set(new.tags) if new is not None and scope.standing(new) else None
        count(was or (), "before")
        count(is_now or (), "after")
        if was is None:
            count(is_now or (), ADDED)
        elif is_now is None:
            count(was, REMOVED)
        else:
            count(is_now - was, "gained")
            count(was - is_now, "lost")
    flows = [Flow(tag=tag, **held) for tag, held in counts.items()]
    return tuple(sorted(flows, key=lambda flow: (-flow.before - flow.after, flow.tag)))
