"""Relief: whoever is taken off a list is taken off what was found by it, and who knows is told.

When a build no longer finds an entry that the build before it found, the ledger keeps the removal,
and a notice for every earlier finding, decision and dossier that rested on it. Nothing earlier is
altered: it carries the notice wherever it is shown.

Source: 31 CFR 501.807 (removal); 28 CFR 23.20(h) (recipients of what proved wrong are told); art.
    69-B CFF (a presumption that was disproved, or undone in court).
Limits: what was found outside this workspace, or told by word of mouth, gets no notice here.
"""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from puente.i18n import N_
from puente.screen.relief_tables import CHANGES, NOTICES
from puente.store.cells import CELL_COLUMNS, Cell
from puente.store.ledger import reading, writing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from puente.guard.actors import Actor, Purpose
    from puente.guard.gate import Guard

REMOVED, CLEARED, RETURNED = "removed", "cleared", "returned"
WHAT: Mapping[str, str] = {
    REMOVED: N_("taken off the list"),
    CLEARED: N_("cleared: the presumption was disproved or undone in court"),
    RETURNED: N_("on the list again"),
}
"""What may become of a listing, with its label."""

LISTING, HIT, LINK, STEP, HOLDING, EXPORT, REPORT = (
    "listing", "hit", "link", "step", "holding", "export", "report",
)  # fmt: skip
DECISION, CASE = "decision", "case"
FINDINGS: Mapping[str, str] = {
    LISTING: N_("was shown as listed"),
    HIT: N_("resembled the entry"),
    LINK: N_("was shown as linked to the entry"),
    STEP: N_("was counted in steps from the entry"),
    HOLDING: N_("was held to be owned by the listed"),
    EXPORT: N_("was in an export"),
    REPORT: N_("was in a report"),
    DECISION: N_("was decided on the entry"),
    CASE: N_("is named in a case file"),
}
"""Kinds of findings that a notice may stand on, with their labels."""

CHUNK = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingChange:
    """What became of one listing.

    Attributes:
        list: name of the list.
        what: one of `WHAT`.
        day: ISO day of the delivery that no longer has it, or the day that a change states.
        last_listed: day of the last delivery that had it.
        said: what the list said of it last: its program tags, or its status.

    Source: see the module.
    """

    entity_id: str
    list: str
    what: str
    day: str
    last_listed: str
    said: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Return what tells it from any other."""
        return f"{self.entity_id} {self.list} {self.day} {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that was found, decided or written on the strength of a listing.

    Attributes:
        change: id of the change that touches it.
        kind: one of `FINDINGS`.
        subject: what it was about: an entity's id, `audit:<row>` of an export or report, the id of
            a decision or case.
        ref: where it stands, e.g. the id of the build.
        said: what it said, in plain JSON.
        cells: what it was made from: whoever may see these may see the notice; none: the auditor.

    Source: see the module.
    """

    change: str
    kind: str
    subject: str
    ref: str
    said: Mapping[str, Any]
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice on an earlier finding.

    Attributes:
        change: what became of the listing.
        finding: what it touches.
        at: when the notice was written, ISO, UTC.
        returned: day on which the listing came back since; "" if it did not.

    Source: see the module.
    """

    change: ListingChange
    finding: Finding
    at: str
    returned: str = ""

    def as_json(self) -> dict[str, object]:
        """Return it as JSON."""
        return {
            "entity_id": self.change.entity_id,
            "list": self.change.list,
            "what": self.change.what,
            "day": self.change.day,
            "last_listed": self.change.last_listed,
            "listed_as": dict(self.change.said),
            "returned": self.returned or None,
            "finding": self.finding.kind,
            "subject": self.finding.subject,
            "ref": self.finding.ref,
            "said": dict(self.finding.said),
            "at": self.at,
        }


def keep(
    engine: Engine,
    changes: Sequence[ListingChange],
    findings: Iterable[Finding],
    *,
    build: str,
    now: datetime,
) -> int:
    """Write changes and the notices on findings into the ledger; return how many notices are new.

    The same again changes nothing.

    Args:
        findings: each of one of `changes`, or of one that stands already.
        build: id of the build in which the changes were found.
        now: with time zone.

    Source: see the module.
    """
    # As the log writes its times, so that the two can be put in order.
    at = now.astimezone(UTC).isoformat(timespec="milliseconds")
    with writing(engine) as connection:
        held = _known(connection, CHANGES, [change.id for change in changes])
        rows = [_change_row(change, build, at) for change in changes if change.id not in held]
        _insert(connection, CHANGES, rows)
        by_key = {(f.change, f.kind, f.subject, f.ref): f for f in findings}
        touched = sorted({key[0] for key in by_key})
        standing: set[tuple[str, ...]] = set()
        columns = [NOTICES.c[name] for name in ("change", "kind", "subject", "ref")]
        for part in _parts(touched):
            found = connection.execute(select(*columns).where(NOTICES.c.change.in_(part)))
            standing.update(tuple(row) for row in found)
        fresh = [by_key[key] for key in sorted(by_key) if key not in standing]
        _insert(connection, NOTICES, [_notice_row(finding, at) for finding in fresh])
    return len(fresh)


def changes_of(
    engine: Engine, entities: Collection[str] | None = None
) -> tuple[ListingChange, ...]:
    """Return what became of listings, oldest first; of all entries, or of those named.

    Removals are public: the publisher's list tells them.

    Source: see the module.
    """
    query = select(CHANGES).order_by(CHANGES.c.day, CHANGES.c.id)
    with reading(engine) as connection:
        if entities is None:
            return tuple(_change(dict(row)) for row in connection.execute(query).mappings())
        found: list[ListingChange] = []
        for part in _parts(sorted(entities)):
            rows = connection.execute(query.where(CHANGES.c.entity_id.in_(part)))
            found += [_change(dict(row)) for row in rows.mappings()]
    return tuple(sorted(found, key=lambda change: (change.day, change.id)))


def notices(
    guard: Guard,
    actor: Actor,
    purpose: Purpose,
    *,
    entry: str = "",
    subjects: Collection[str] | None = None,
) -> tuple[Notice, ...]:
    """Return the notices that this person may see; no look is logged, whoever shows them logs it.

    A notice is shown to whoever may look at everything that its finding was made from. One on an
    export or a report, which tells who looked, is shown to auditors.

    Args:
        entry: only those of this entry's removals; "" is all.
        subjects: only those on these subjects; None is all.

    Source: 28 CFR 23.20(e): right to know.
    """
    query = select(NOTICES, CHANGES.c.day).join(CHANGES, CHANGES.c.id == NOTICES.c.change)
    if entry:
        query = query.where(CHANGES.c.entity_id == entry)
    query = query.order_by(CHANGES.c.day, NOTICES.c.change, NOTICES.c.kind, NOTICES.c.subject)
    rows: list[Mapping[str, Any]] = []
    with reading(guard.audit.engine) as connection:
        if subjects is None:
            rows += [dict(row) for row in connection.execute(query).mappings()]
        else:
            for part in _parts(sorted(subjects)):
                found = connection.execute(query.where(NOTICES.c.subject.in_(part)))
                rows += [dict(row) for row in found.mappings()]
    held = [(row, _finding(row)) for row in rows]
    cells = {cell for _row, finding in held for cell in finding.cells}
    answers = guard.policy.decide_cells(actor, purpose, "look", cells)
    audits = guard.policy.decide(actor, purpose, "read_audit").allowed
    told = [
        (row, finding)
        for row, finding in held
        if (all(answers[c].allowed for c in finding.cells) if finding.cells else audits)
    ]
    changes = _by_id(changes_of(guard.audit.engine, {f.change.split(" ")[0] for _r, f in told}))
    return tuple(
        Notice(
            change=changes[finding.change],
            finding=finding,
            at=row["at"],
            returned=_returned(changes[finding.change], changes.values()),
        )
        for row, finding in told
    )


def _by_id(changes: Iterable[ListingChange]) -> dict[str, ListingChange]:
    return {change.id: change for change in changes}


def _returned(change: ListingChange, others: Iterable[ListingChange]) -> str:
    """Return the day on which the same listing came back after a removal; "" if it did not."""
    later = [
        other.day
        for other in others
        if other.what == RETURNED
        and (other.entity_id, other.list) == (change.entity_id, change.list)
        and other.day >= change.day
    ]
    return min(later, default="")


def _known(connection: Connection, table: Any, ids: Sequence[str]) -> set[str]:  # noqa: ANN401
    found: set[str] = set()
    for part in _parts(ids):
        found.update(connection.execute(select(table.c.id).where(table.c.id.in_(part))).scalars())
    return found


def _parts(items: Sequence[str]) -> Iterable[Sequence[str]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))


def _insert(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:  # noqa: ANN401
    for start in range(0, len(rows), CHUNK):
        connection.execute(insert(table), rows[start : start + CHUNK])


def _change_row(change: ListingChange, build: str, at: str) -> dict[str, Any]:
    return {
        "id": change.id,
        "entity_id": change.entity_id,
        "list": change.list,
        "what": change.what,
        "day": change.day,
        "last_listed": change.last_listed,
        "said": _json(dict(change.said)),
        "build": build,
        "at": at,
    }


def _change(row: Mapping[str, Any]) -> ListingChange:
    return ListingChange(
        entity_id=row["entity_id"],
        list=row["list"],
        what=row["what"],
        day=row["day"],
        last_listed=row["last_listed"],
        said=json.loads(row["said"]),
    )


def _notice_row(finding: Finding, at: str) -> dict[str, Any]:
    return {
        "change": finding.change,
        "kind": finding.kind,
        "subject": finding.subject,
        "ref": finding.ref,
        "said": _json(dict(finding.said)),
        "cells": _json([astuple(cell) for cell in finding.cells]),
        "at": at,
    }


def _finding(row: Mapping[str, Any]) -> Finding:
    cells = [Cell(**dict(zip(CELL_COLUMNS, c, strict=True))) for c in json.loads(row["cells"])]
    return Finding(
        change=row["change"],
        kind=row["kind"],
        subject=row["subject"],
        ref=row["ref"],
        said=json.loads(row["said"]),
        cells=tuple(cells),
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
