"""The items of the register as they stood on a day: what was blocked, worth what, until when.

An item is what its entries up to that day say. What needs a second person counts once that person
has agreed; an entry that was a mistake never counted. Blocked, seized and forfeited property is
counted apart, an amount is never added to one of another currency, and nothing without a value
counts as worth nothing.

Source: 31 CFR 501.603(b)(1)(ii), (2); 598.301 (blocked); 18 USC 981 (seized, forfeited).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from puente.i18n import N_
from puente.screen.register_forms import (
    BLOCKED,
    FAMILY,
    FORMS,
    LICENCE,
    NO_NEXUS,
    PROPERTY,
    REFERRAL,
    REJECTED,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from puente.guard.chains import Entry
    from puente.screen.journal import Thread

CONFIRMED = "confirmed"
"""Kind of the entry by which a second person agrees, or does not."""

HELD, RELEASED, MISTAKE, PENDING, ON_FILE, AHEAD, EXPIRED, MADE, REFUSED = (
    "held", "released", "mistake", "pending", "on_file", "ahead", "expired", "made", "refused",
)  # fmt: skip
STANDINGS: Mapping[str, str] = {
    PENDING: N_("waits for a second person"),
    HELD: N_("held"),
    ON_FILE: N_("in force"),
    MADE: N_("on record"),
    AHEAD: N_("not yet in force"),
    EXPIRED: N_("expired"),
    RELEASED: N_("unblocked"),
    REFUSED: N_("the second person did not agree"),
    MISTAKE: N_("withdrawn as a mistake"),
}
"""How an item may stand, with its label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item as it stood on a day.

    Attributes:
        kind: one of `puente.screen.register_forms.ITEMS`.
        standing: one of `STANDINGS`.
        said: the fields of the entry that opened it.
        measure: of property: blocked, seized or forfeited, by then.
        value, currency: the last known by then, less what was unblocked; None where not known.
        released: day on which all of it was unblocked; "" where it was not.
        expires: last day of a licence; "" where it has none.
        reports: day of filing by report, and year of an annual one.
        entries: all of them, oldest first, whatever the day.
        waiting: numbers of the entries that wait for a second person.
        refused: numbers of those that a second person did not agree to.

    Source: see the module.
    """

    id: str
    kind: str
    standing: str
    agency: str
    by: str
    said: Mapping[str, str]
    measure: str
    value: Decimal | None
    currency: str
    released: str
    expires: str
    reports: Mapping[tuple[str, str], str]
    entries: tuple[Entry, ...]
    waiting: tuple[int, ...]
    refused: tuple[int, ...]

    @property
    def day(self) -> str:
        """Return the day from which it counts, ISO."""
        return self.said["day"]

    @property
    def programs(self) -> tuple[str, ...]:
        """Return its program tags."""
        return tuple(t for t in self.said.get("programs", "").split("; ") if t)

    @property
    def to_report(self) -> bool:
        """Return True if a report to OFAC may be due on it: blocked there, or rejected there."""
        tied = self.said.get("nexus", NO_NEXUS) != NO_NEXUS
        blocked = self.kind == PROPERTY and self.said["measure"] == BLOCKED
        return tied and (blocked or self.kind == REJECTED)

    @property
    def title(self) -> str:
        """Return what a list shows of it: of a relative, never the name."""
        if self.kind == REFERRAL:
            return "" if self.said["ground"] == FAMILY else self.said["name"]
        if self.kind == LICENCE:
            return f"{self.said['issuer']} {self.said['number']}"
        return self.said["description"]

    @property
    def who(self) -> str:
        """Return whose it is, or for whom."""
        if self.kind == REJECTED:
            return f"{self.said['payer']} / {self.said['payee']}"
        return self.said.get("owner", "")

    def brief(self) -> dict[str, object]:
        """Return what a list tells of it, as JSON."""
        return {
            "id": self.id,
            "kind": self.kind,
            "day": self.day,
            "standing": self.standing,
            "title": self.title or None,
            "who": self.who or None,
            "entity_id": self.said.get("entry"),
            "programs": list(self.programs),
            "measure": self.measure or None,
            "value": None if self.value is None else f"{self.value:f}",
            "currency": self.currency or None,
            "released": self.released or None,
            "expires": self.expires or None,
            "waiting": list(self.waiting),
        }

    def as_json(self) -> dict[str, object]:
        """Return all of it as JSON."""
        return {
            **self.brief(),
            "reports": [
                {"report": report, "year": year or None, "day": day}
                for (report, year), day in self.reports.items()
            ],
            "said": dict(self.said),
            "agency": self.agency,
            "entries": [
                {"number": e.number, "kind": e.kind, "at": e.at, "by": e.by,
                 **{name: held for name, held in e.body.items() if name != "about"}}
                for e in self.entries
            ],
        }  # fmt: skip


def item_of(thread: Thread, as_of: date) -> Item | None:
    """Return an item as it stood on a day; None where it was not there yet, or was altered since.

    Source: see the module.
    """
    if thread.altered:
        return None
    opening = thread.entries[0]
    said: Mapping[str, str] = opening.body["fields"]
    day = as_of.isoformat()
    if said["day"] > day and thread.kind != LICENCE:
        return None
    agreed = {e.body["on"]: e.body["agrees"] for e in thread.of(CONFIRMED)}
    later = [e for e in thread.entries[1:] if e.kind != CONFIRMED]
    needs = [e for e in thread.entries if e.kind != CONFIRMED and FORMS[e.kind].second]
    waiting = tuple(e.number for e in needs if e.number not in agreed)
    refused = tuple(e.number for e in needs if agreed.get(e.number) is False)
    out = {*waiting, *refused}
    counts = [
        e for e in later
        if e.number not in out and e.body["fields"].get("day", "") <= day
    ]  # fmt: skip
    told = _told(thread.kind, said, counts)
    return Item(
        id=thread.id,
        kind=thread.kind,
        standing=_standing(thread, opening, out, refused, told, day),
        agency=thread.agency,
        by=opening.by,
        said=said,
        entries=thread.entries,
        waiting=waiting,
        refused=refused,
        **told,
    )


def _told(kind: str, said: Mapping[str, str], entries: Iterable[Entry]) -> dict[str, Any]:
    """Return what the entries up to a day make of an item, in the order of their days."""
    measure = said.get("measure", "") if kind == PROPERTY else ""
    value = Decimal(said["value"]) if "value" in said else None
    currency, released = said.get("currency", ""), ""
    reports: dict[tuple[str, str], str] = {}
    for entry in sorted(entries, key=lambda e: (e.body["fields"].get("day", ""), e.number)):
        held: Mapping[str, str] = entry.body["fields"]
        if entry.kind == "valued":
            value, currency = Decimal(held["value"]), held["currency"]
        elif entry.kind == "measured":
            measure = held["measure"]
        elif entry.kind == "released" and "value" not in held:
            released = held["day"]
        elif entry.kind == "released" and value is not None:
            value -= Decimal(held["value"])
        elif entry.kind == "reported":
            reports.setdefault((held["report"], held.get("year", "")), held["day"])
    return {
        "measure": measure,
        "value": value,
        "currency": currency,
        "released": released,
        "expires": said.get("expires", ""),
        "reports": reports,
    }


def _standing(
    thread: Thread,
    opening: Entry,
    out: set[int],
    refused: tuple[int, ...],
    told: Mapping[str, Any],
    day: str,
) -> str:
    if any(e.kind == "withdrawn" and e.number not in out for e in thread.entries):
        return MISTAKE
    if opening.number in out:
        return REFUSED if opening.number in refused else PENDING
    if thread.kind == LICENCE:
        if opening.body["fields"]["day"] > day:
            return AHEAD
        return EXPIRED if told["expires"] and told["expires"] < day else ON_FILE
    if thread.kind == PROPERTY:
        return RELEASED if told["released"] else HELD
    return MADE


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What is held under one program, in one state, in one currency.

    Attributes:
        program: tag as published; "" where an item names none. An item under two programs counts
            under each, so that totals by program do not add up to all that is held.
        measure: blocked, seized or forfeited.
        currency: "" of the items whose value is not known.
        items: how many.
        value: together, in that currency; None where not known.

    Source: see the module.
    """

    program: str
    measure: str
    currency: str
    items: int
    value: Decimal | None


def totals(items: Iterable[Item], *, by_program: bool = True) -> tuple[Total, ...]:
    """Return what is held, by program, state and currency.

    Args:
        by_program: False counts each item once, whatever its programs.

    Source: see the module.
    """
    held: dict[tuple[str, str, str], tuple[int, Decimal | None]] = {}
    for item in items:
        if item.kind != PROPERTY or item.standing != HELD:
            continue
        for program in (item.programs or ("",)) if by_program else ("",):
            key = (program, item.measure, item.currency if item.value is not None else "")
            count, value = held.get(key, (0, None))
            if item.value is not None:
                value = (value or Decimal(0)) + item.value
            held[key] = (count + 1, value)
    return tuple(
        Total(program=p, measure=m, currency=c, items=count, value=value)
        for (p, m, c), (count, value) in sorted(held.items())
    )
