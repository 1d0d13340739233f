"""What changed in the lists between two days: added, removed, and every value old and new.

`puente.screen.lists_compare` finds it.

Source: OFAC Sanctions List Service, change files (add, remove, modify); Wolfsberg Group, Guidance
    on Sanctions Screening (2019), on list management.
Limits: see `puente.screen.standing`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.i18n import N_
from puente.i18n import gettext as _
from puente.model.schema import all_schemata
from puente.screen.lists_programs import authorities_of, authority_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.screen.standing import Delivery

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
WHAT: Mapping[str, str] = {ADDED: N_("added"), REMOVED: N_("removed"), CHANGED: N_("changed")}
"""What may become of an entry, with its label."""

KINDS: Mapping[str, str] = {
    "program": N_("program"),
    "name": N_("name"),
    "alias": N_("alias"),
    "birth": N_("birth"),
    "identifier": N_("identifier"),
    "country": N_("country"),
    "address": N_("address"),
    "link": N_("link"),
    "listing": N_("listing"),
    "list": N_("list"),
    "other": N_("other"),
}
"""Kinds of changes, with their labels; in the order in which they are told."""

_KIND_OF = {
    "name": "name", "alias": "alias", "weakAlias": "alias", "previousName": "alias",
    "program": "program", "birthDate": "birth", "birthPlace": "birth", "birthCountry": "birth",
    "nationality": "country", "citizenship": "country", "country": "country",
    "jurisdiction": "country", "flag": "country", "mainCountry": "country", "address": "address",
    "link": "link", "list": "list", "wallet": "identifier", "curpCode": "identifier",
    "rfcCode": "identifier", "passportNumber": "identifier", "idNumber": "identifier",
    "taxNumber": "identifier", "registrationNumber": "identifier", "imoNumber": "identifier",
    "socialSecurityNumber": "identifier", "mmsi": "identifier", "callSign": "identifier",
    "serialNumber": "identifier", "leiCode": "identifier", "vin": "identifier",
    "status": "listing",
}  # fmt: skip


_OWN_LABELS = {"link": N_("Link"), "wallet": N_("Wallet"), "list": N_("List")}


def kind_of_change(prop: str) -> str:
    """Return the kind in `KINDS` under which a change of a property is told.

    Source: the trade's usage; FollowTheMoney property names.
    """
    return "listing" if prop.startswith("listing: ") else _KIND_OF.get(prop, "other")


def prop_label(schema: str, prop: str) -> str:
    """Return the words for a property of an entry, in the current language.

    Source: FollowTheMoney labels.
    """
    head, _colon, rest = prop.partition(": ")
    if rest:
        return f"{_(KINDS[head])}: {prop_label('Sanction', rest).lower()}"
    if prop in _OWN_LABELS:
        return _(_OWN_LABELS[prop])
    known = all_schemata().get(schema)
    held = known.props.get(prop) if known is not None else None
    return _(held.label) if held is not None else prop


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One property of an entry, before and after.

    Attributes:
        prop: property, as in `puente.screen.standing.Listed`; `list` for the lists that name it.
        old, new: all values before and after, sorted.

    Source: see the module.
    """

    prop: str
    old: tuple[str, ...]
    new: tuple[str, ...]

    @property
    def kind(self) -> str:
        """Return the kind in `KINDS`."""
        return kind_of_change(self.prop)

    @property
    def gone(self) -> tuple[str, ...]:
        """Return the values that are no longer there."""
        return tuple(value for value in self.old if value not in self.new)

    @property
    def come(self) -> tuple[str, ...]:
        """Return the values that were not there before."""
        return tuple(value for value in self.new if value not in self.old)

    @property
    def shown(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return old and new as a reader is shown them: all tags, of any other set what differs."""
        return (self.old, self.new) if self.kind == "program" else (self.gone, self.come)

    @property
    def under_one_law(self) -> bool | None:
        """Return True if only tags changed and not the law behind them; None if it is not known."""
        before, after = authorities_of(self.old), authorities_of(self.new)
        return None if before is None or after is None else before == after

    def as_json(self) -> dict[str, object]:
        """Return the change as JSON; of a program also the law before and after, apart."""
        held: dict[str, object] = {
            "kind": self.kind,
            "property": self.prop,
            "old": list(self.old),
            "new": list(self.new),
            "gone": list(self.gone),
            "come": list(self.come),
        }
        if self.kind == "program":
            held["authority_old"] = [authority_of(tag).cite or None for tag in self.old]
            held["authority_new"] = [authority_of(tag).cite or None for tag in self.new]
            held["under_one_law"] = self.under_one_law
        return held


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDelta:
    """What became of one entry.

    Attributes:
        what: added, removed or changed.
        name, schema, tags, lists: as they stood after; of a removed one, before.
        changes: for a changed entry, by kind and property.
        alias_only: True where no list of entries as new as its aliases is here: it is newer than
            the list, and what else it says is not known.

    Source: see the module.
    """

    entity_id: str
    what: str
    name: str
    schema: str
    tags: tuple[str, ...]
    lists: tuple[str, ...]
    changes: tuple[Change, ...] = ()
    alias_only: bool = False

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of its changes, each once."""
        held = {change.kind for change in self.changes}
        return tuple(kind for kind in KINDS if kind in held)

    def fits(self, *, kind: str = "", program: str = "") -> bool:
        """Return True if this is what was asked for.

        Args:
            kind: what became of it, or a kind of change; "" is any.
            program: a tag that it bears, or bore before; "" is any.
        """
        tags = {*self.tags, *(t for c in self.changes if c.kind == "program" for t in c.old)}
        return (not program or program in tags) and (
            not kind or kind == self.what or kind in self.kinds
        )

    def as_json(self) -> dict[str, object]:
        """Return it as JSON."""
        return {
            "entity_id": self.entity_id,
            "what": self.what,
            "name": self.name,
            "schema": self.schema,
            "lists": list(self.lists),
            "programs": list(self.tags),
            **({"alias_only": True} if self.alias_only else {}),
            "changes": [change.as_json() for change in self.changes],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What became of the entries under one tag; each entry is counted in each of its tags.

    Attributes:
        before, after: entries that bore the tag.
        added, removed: of these, entries that are new, and that are gone.
        gained, lost: entries that stood on both days and were given, or lost, the tag.

    Source: see the module.
    """

    tag: str
    before: int = 0
    after: int = 0
    added: int = 0
    removed: int = 0
    gained: int = 0
    lost: int = 0

    def as_json(self) -> dict[str, object]:
        """Return it as JSON, the law behind the tag apart."""
        law = authority_of(self.tag)
        return {
            "program": self.tag,
            "authority": law.cite or None,
            "before": self.before,
            "after": self.after,
            "added": self.added,
            "removed": self.removed,
            "gained": self.gained,
            "lost": self.lost,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """What changed between two days.

    Attributes:
        before, after: deliveries that each side rests on.
        entries: what became of each entry that did not stay as it was, by id.
        flows: by tag, those with most entries first.
        stood: entries that stood on both days.
        not_compared: source and property that one of the two sides does not speak of.

    Source: see the module.
    """

    before: tuple[Delivery, ...]
    after: tuple[Delivery, ...]
    entries: tuple[EntryDelta, ...]
    flows: tuple[Flow, ...]
    stood: int
    not_compared: tuple[tuple[str, str], ...] = ()
    orphans: int = 0

    def of(self, what: str) -> tuple[EntryDelta, ...]:
        """Return the entries that were added, removed or changed."""
        return tuple(entry for entry in self.entries if entry.what == what)

    @property
    def counts(self) -> dict[str, int]:
        """Return how many entries were added, removed and changed, and changed in which kind."""
        held = Counter(entry.what for entry in self.entries)
        kinds = Counter(kind for entry in self.entries for kind in entry.kinds)
        return {
            "stood_on_both": self.stood,
            **{what: held[what] for what in WHAT},
            "alias_only": sum(entry.alias_only for entry in self.entries),
            "address_only": self.orphans,
            **{f"{kind}_changed": kinds[kind] for kind in KINDS},
        }

    def moves(self) -> tuple[tuple[tuple[str, ...], tuple[str, ...], int], ...]:
        """Return tags before, tags after and how many entries went so, most first."""
        held = Counter(
            (change.old, change.new)
            for entry in self.entries
            for change in entry.changes
            if change.kind == "program"
        )
        return tuple((old, new, n) for (old, new), n in sorted(held.items(), key=_most_first))


def _most_first(item: tuple[tuple[tuple[str, ...], ...], int]) -> tuple[int, object]:
    return -item[1], item[0]
