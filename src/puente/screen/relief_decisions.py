"""Decisions and register items that rest on a listing which has ended: each is to get a notice.

Source: as `puente.screen.relief`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.screen.alerts import ALERT, read_cells
from puente.screen.journal import read_threads
from puente.screen.register import register_cell
from puente.screen.register_forms import ITEMS, PROPERTY, REJECTED
from puente.screen.relief import DECISION, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from puente.guard.gate import Guard
    from puente.screen.journal import Thread
    from puente.screen.relief import ListingChange
    from puente.screen.relief_findings import Earlier
    from puente.store.cells import Cell


def decided_on(guard: Guard) -> Earlier:
    """Return what finds the decisions on alerts and the register's items on entries that ended.

    Source: see the module.
    """

    def find(changes: tuple[ListingChange, ...]) -> Iterable[Finding]:
        by_entry: dict[str, list[ListingChange]] = {}
        for change in changes:
            by_entry.setdefault(change.entity_id, []).append(change)
        threads = read_threads(
            guard.audit.engine,
            guard.audit.sealer,
            kinds=(ALERT, PROPERTY, REJECTED),
            entries=tuple(by_entry),
        )
        for thread in threads.values():
            for change in by_entry[thread.entry]:
                yield from _findings(thread, change)

    return find


def _findings(thread: Thread, change: ListingChange) -> Iterator[Finding]:
    cells: tuple[Cell, ...] = ()
    said: dict[str, object] = {"what": thread.kind}
    if thread.kind in ITEMS:
        cells = (register_cell(thread.agency),)
        said |= {"day": thread.entries[0].body["fields"]["day"]} if thread.entries else {}
    else:
        made = thread.of("decision")
        if made:
            cells = read_cells(made[-1].body["cells"])
            said |= {
                "outcome": made[-1].body["outcome"],
                "at": made[-1].at,
                "about": thread.subject,
            }
    # One that was altered has no cells that could be trusted: its notice is the auditors'.
    yield Finding(
        change=change.id,
        kind=DECISION,
        subject=thread.id,
        ref=f"customers:{thread.book}" if thread.book else thread.kind,
        said=said,
        cells=() if thread.altered else cells,
    )
