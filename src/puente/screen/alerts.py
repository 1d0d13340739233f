"""An alert: one who was asked about, and the listed entry that it may be; and how it stands.

Source: Wolfsberg Group, Guidance on Sanctions Screening (2019), on alerts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from puente.screen.grounds import Grounds, grounds_of, read_grounds
from puente.store.cells import CELL_COLUMNS, Cell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.screen.decisions import Standing
    from puente.screen.journal import Thread

ALERT = "alert"
"""Kind of the threads of decisions on alerts."""
RECORDS = ""
"""The book of the alerts of the build's own entities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One who was asked about, and the listed entry that it may be.

    Attributes:
        id: stands for book, subject and entry; a link to it stays good.
        book: name of the customer file; "" of the build's own entities.
        subject: id of the entity, or the customer's own id.
        name, schema: of the subject; "" where not known.
        entry, list, listed_name: of the listed one; the name that fits best.
        score: 0..1.
        grounds: what it rests on.
        cells: what it was made from: whoever may see these may see it.
        raised: the build, or the time at which it was last raised.
        gone: when it was last found to be raised no longer; "" where it is.

    Source: see the module.
    """

    id: str
    book: str
    subject: str
    name: str
    schema: str
    entry: str
    list: str
    listed_name: str
    score: float
    grounds: Grounds
    cells: tuple[Cell, ...]
    raised: str
    gone: str = ""

    def as_json(self) -> dict[str, object]:
        """Return it as JSON."""
        return {
            "id": self.id,
            "book": self.book or None,
            "subject": self.subject,
            "name": self.name,
            "schema": self.schema,
            "entity_id": self.entry,
            "list": self.list,
            "listed_name": self.listed_name,
            "score": self.score,
            "verdict": self.grounds.verdict,
            "programs": list(self.grounds.programs),
            "parts": self.grounds.as_json()["parts"],
            "fingerprint": self.grounds.fingerprint,
            "raised": self.raised,
            "gone": self.gone or None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """An alert with how it stands.

    Attributes:
        threads: what was decided on it; more than one where entities were joined since.

    Source: see the module.
    """

    alert: Alert
    standing: Standing
    threads: tuple[Thread, ...] = ()

    @property
    def state(self) -> str:
        """Return its state, one of `puente.screen.decisions.STATES`."""
        return self.standing.state

    def as_json(self) -> dict[str, object]:
        """Return it as JSON."""
        held = self.standing
        return {
            **self.alert.as_json(),
            "state": held.state,
            "decision": held.decision and held.decision.as_json(),
            "changes": [change.as_json() for change in held.changes],
            "history": [decided.as_json() for decided in held.history],
        }


def alert_id(book: str, subject: str, entry: str) -> str:
    """Return the id of an alert.

    Source: see the module.
    """
    return f"A-{sha256(json.dumps([book, subject, entry]).encode()).hexdigest()[:16]}"


def customers_cell(book: str, agency: str) -> Cell:
    """Return what the policy decides on for the customers of a file: they stay with their agency.

    Source: see `what-an-agency-keeps-stays-with-it` in the policy.
    """
    return Cell(source=f"customers:{book}", record_class="fact", marking="TLP:AMBER", agency=agency)


def alert_of_row(row: Mapping[str, Any], cells: tuple[Cell, ...], raised: str) -> Alert:
    """Return the alert of a row of `hits`, joined with its node.

    Source: see the module.
    """
    why = json.loads(row["why"]) if row["why"] else []
    return Alert(
        id=alert_id(RECORDS, row["entity_id"], row["listed_id"]),
        book=RECORDS,
        subject=row["entity_id"],
        name=row["caption"] or row["entity_id"],
        schema=row["schema"] or "",
        entry=row["listed_id"],
        list=row["list"],
        listed_name=row["name"],
        score=row["score"],
        grounds=grounds_of(row["verdict"], why, row["programs"] or ()),
        cells=cells,
        raised=raised,
    )


def alert_of_customer(row: Mapping[str, Any]) -> Alert:
    """Return the alert of a row of `screen_alert`.

    Source: see the module.
    """
    held = json.loads(row["content"])
    return Alert(
        id=row["id"],
        book=row["book"],
        subject=row["subject"],
        name=held["name"],
        schema=held["schema"],
        entry=row["entry"],
        list=held["list"],
        listed_name=held["listed_name"],
        score=held["score"],
        grounds=read_grounds(held["grounds"]),
        cells=(customers_cell(row["book"], row["agency"]),),
        raised=row["seen"],
        gone=row["gone"],
    )


def alert_of_decision(threads: tuple[Thread, ...], gone: str) -> Alert:
    """Return the alert of a decision whose alert is raised no longer, as it was then.

    Source: see the module.
    """
    last = max((e for t in threads for e in t.of("decision")), key=lambda e: (e.at, e.number))
    thread, body = threads[0], last.body
    return Alert(
        id=thread.id,
        book=thread.book,
        subject=thread.subject,
        name=body["name"],
        schema=body["schema"],
        entry=thread.entry,
        list=body["list"],
        listed_name=body["listed_name"],
        score=float(body["score"]),
        grounds=read_grounds(body["grounds"]),
        cells=read_cells(body["cells"]),
        raised=body["where"],
        gone=gone,
    )


def read_cells(rows: list[list[str]]) -> tuple[Cell, ...]:
    """Return the cells that a decision keeps.

    Source: 28 CFR 23.20(e): who may see what it was made from may see it.
    """
    return tuple(Cell(**dict(zip(CELL_COLUMNS, row, strict=True))) for row in rows)
