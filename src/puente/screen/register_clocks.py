"""What is due on the register, by when, and what is late.

Source: 31 CFR 501.603(b)(1)(i) (10 business days), (2) (30 September as of 30 June), 501.604(c)
    (10 business days), 501.601 (records); 22 CFR 42.81(e) (reconsideration of a visa).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import N_
from puente.law.clocks import deadline, named_clock
from puente.screen.register_forms import BLOCKED, LICENCE, PROPERTY, REFERRAL, REJECTED
from puente.screen.register_items import HELD, MADE, MISTAKE, ON_FILE, RELEASED, item_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from puente.law.clocks import Deadline
    from puente.screen.journal import Thread
    from puente.screen.register_items import Item

BLOCKING, ANNUAL, REJECT, KEEP, EXPIRY, RECONSIDER = (
    "ofac-blocking-report", "ofac-annual-report", "ofac-reject-report",
    "ofac-unblocking-records", "licence-expiry", "us-visa-reconsideration",
)  # fmt: skip
CLOCKS: Mapping[str, str] = {
    BLOCKING: N_("report of blocked property"),
    ANNUAL: N_("annual report of blocked property"),
    REJECT: N_("report of a rejected transaction"),
    KEEP: N_("records are kept until"),
    EXPIRY: N_("the licence ends"),
    RECONSIDER: N_("reconsideration of the visa may be asked for"),
}
"""Time limits that run on items, with their labels."""

OVERDUE, DUE, RUNS, LATE, FILED = "overdue", "due", "runs", "late", "filed"
STATES: Mapping[str, str] = {
    OVERDUE: N_("overdue"),
    DUE: N_("due"),
    RUNS: N_("runs"),
    LATE: N_("filed late"),
    FILED: N_("filed in time"),
}
"""How a time limit may stand, with its label."""

_REPORT = {BLOCKING: "blocking", ANNUAL: "annual", REJECT: "reject"}
_JUNE_30 = (6, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One time limit on one item.

    Attributes:
        clock: one of `CLOCKS`.
        year: of an annual report; "" of all else.
        deadline: how the day was counted.
        last: the last day on which it is in time: an open one, where the law does not say what a
            closed day does.
        filed: day of filing; "" where nothing was filed, or nothing is to be.
        state: one of `STATES`.

    Source: see the module.
    """

    item: str
    clock: str
    year: str
    deadline: Deadline
    filed: str
    state: str

    @property
    def last(self) -> date:
        """Return the last day on which it is in time."""
        return self.deadline.safe or self.deadline.due

    def as_json(self) -> dict[str, object]:
        """Return it as JSON."""
        return {
            "item": self.item,
            "clock": self.clock,
            "year": self.year or None,
            "state": self.state,
            "last": self.last.isoformat(),
            "filed": self.filed or None,
            "deadline": self.deadline.as_json(),
        }


def dues(threads: Iterable[Thread], today: date) -> tuple[Due, ...]:
    """Return every time limit on the items of the register, overdue first, then by day.

    Source: see the module.
    """
    found = [due for thread in threads for due in _dues(thread, today)]
    order = list(STATES)
    return tuple(sorted(found, key=lambda d: (order.index(d.state), d.last, d.item, d.clock)))


def held_on(threads: Iterable[Thread], day: date) -> tuple[Item, ...]:
    """Return the blocked property with a tie to the United States that was held at the end of a
    day: what an annual report as of that day is made of.

    Source: 31 CFR 501.603(b)(2).
    """
    items = (item_of(thread, day) for thread in threads if thread.kind == PROPERTY)
    return tuple(
        item
        for item in items
        if item is not None and item.to_report and item.measure == BLOCKED and item.standing == HELD
    )


def _dues(thread: Thread, today: date) -> Iterator[Due]:
    item = item_of(thread, today)
    if item is None or item.standing == MISTAKE:
        return
    if item.kind == PROPERTY:
        if item.to_report:
            yield _due(item, BLOCKING, date.fromisoformat(item.day), today)
            yield from _annual(thread, item, today)
        if item.standing == RELEASED:
            yield _due(item, KEEP, date.fromisoformat(item.released), today)
    elif item.kind == REJECTED and item.to_report and item.standing == MADE:
        yield _due(item, REJECT, date.fromisoformat(item.day), today)
    elif item.kind == LICENCE and item.expires and item.standing == ON_FILE:
        yield _expiry(item)
    elif item.kind == REFERRAL:
        for entry in thread.of("answered"):
            held = entry.body["fields"]
            if held["result"] == "refused":
                yield _due(item, RECONSIDER, date.fromisoformat(held["day"]), today)


def _annual(thread: Thread, item: Item, today: date) -> Iterator[Due]:
    """Yield the annual reports of every 30 June on which it was held, so far."""
    first = date.fromisoformat(item.day).year
    for year in range(first, today.year + 1):
        day = date(year, *_JUNE_30)
        if day <= today and held_on([thread], day):
            yield _due(item, ANNUAL, day + timedelta(days=1), today, str(year))


def _due(item: Item, clock: str, start: date, today: date, year: str = "") -> Due:
    instrument, step = named_clock(clock)
    if step.clock is None:
        raise InvalidData(f"{clock} has no clock")
    years = instrument.parameter(step.clock.years_from) if step.clock.years_from else None
    ends = deadline(step.clock, start, years)
    filed = item.reports.get((_REPORT.get(clock, ""), year), "")
    last = (ends.safe or ends.due).isoformat()
    if clock not in _REPORT:
        state = RUNS
    elif filed:
        state = FILED if filed <= last else LATE
    else:
        state = OVERDUE if today.isoformat() > last else DUE
    return Due(item=item.id, clock=clock, year=year, deadline=ends, filed=filed, state=state)


def _expiry(item: Item) -> Due:
    from puente.law.clocks import Deadline

    day = date.fromisoformat(item.expires)
    ends = Deadline(start=date.fromisoformat(item.day), due=day, role="due")
    return Due(item=item.id, clock=EXPIRY, year="", deadline=ends, filed="", state=RUNS)


def overdue(found: Sequence[Due]) -> tuple[Due, ...]:
    """Return those that are overdue.

    Source: see the module.
    """
    return tuple(due for due in found if due.state == OVERDUE)
