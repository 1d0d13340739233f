"""Who was told of somebody who has been taken off a list since: the log knows.

Source: 28 CFR 23.20(g) (a record of who received what), 23.20(h) (recipients are told of changes).
Limits: a search that showed a name among others is in the log with its words sealed, not with the
    names found; and nobody's memory is. What left the house in a file may have gone further.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from puente.screen.relief import EXPORT, REPORT, RETURNED, notices
from puente.screen.relief_tables import CHANGES, NOTICES
from puente.store.ledger import reading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from puente.guard.actors import Actor, Purpose
    from puente.guard.gate import Guard

LOOKS = ("look", "export", "report")
"""Deeds by which somebody came to know."""

_EVERY = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Somebody who was told, in one way and for one purpose.

    Attributes:
        who: account name.
        agency: as the account says; "" where none is known.
        action: `look`, `export` or `report`.
        first, last: when, ISO, UTC.
        times: how often.
        rows: numbers of the log's rows.
        whole: True where an export of everything held it.

    Source: see the module.
    """

    who: str
    agency: str
    purpose: str
    case: str
    action: str
    first: str
    last: str
    times: int
    rows: tuple[int, ...]
    whole: bool

    def as_json(self) -> dict[str, object]:
        """Return it as JSON."""
        return {
            "who": self.who,
            "agency": self.agency,
            "purpose": self.purpose,
            "case": self.case,
            "action": self.action,
            "first": self.first,
            "last": self.last,
            "times": self.times,
            "rows": list(self.rows),
            "everything": self.whole,
        }


def told_of(
    guard: Guard, actor: Actor, purpose: Purpose, entry: str, agencies: Mapping[str, str]
) -> tuple[Told, ...]:
    """Return who looked at, exported or reported an entry, or what was found on its strength.

    What was done after a removal was known here, and before the listing came back, is left out: it
    carried the notice.

    Args:
        entry: id of the entry.
        agencies: agency by account name.

    Raises: NotAllowed: only auditors read the log.
    Source: see the module.
    Cost: one scan of the log for each id.
    """
    guard.require(actor, purpose, "read_audit", ids=(entry,))
    held = notices(guard, actor, purpose, entry=entry)
    rows = {}
    for name in sorted({*_subjects(guard, entry), entry}):
        page = guard.audit.find({"ids": name}, count=_EVERY)
        held_by = ((seq, row) for seq, row in page.rows if row is not None)
        rows.update({s: r for s, r in held_by if r.allowed and r.action in LOOKS})
    in_files = {
        int(n.finding.subject.removeprefix("audit:")): bool(n.finding.said.get("everything"))
        for n in held
        if n.finding.kind in {EXPORT, REPORT}
    }
    for seq in in_files.keys() - rows.keys():
        found = guard.audit.rows(seq, 1)
        rows.update({row.seq: row for row in found})
    as_listed = _as_listed(guard, entry)
    grouped: dict[tuple[str, ...], list[int]] = {}
    for seq, row in rows.items():
        if "pipeline" not in row.roles and as_listed(row.at):
            grouped.setdefault((row.actor, row.purpose, row.case, row.action), []).append(seq)
    return tuple(
        Told(
            who=key[0],
            agency=agencies.get(key[0], ""),
            purpose=key[1],
            case=key[2],
            action=key[3],
            first=min(rows[seq].at for seq in seqs),
            last=max(rows[seq].at for seq in seqs),
            times=len(seqs),
            rows=tuple(sorted(seqs)),
            whole=any(in_files.get(seq, False) for seq in seqs),
        )
        for key, seqs in sorted(grouped.items())
    )


def _subjects(guard: Guard, entry: str) -> set[str]:
    """Return the entities that findings on the entry's strength were about."""
    subjects = (
        select(NOTICES.c.subject)
        .join(CHANGES, CHANGES.c.id == NOTICES.c.change)
        .where(CHANGES.c.entity_id == entry, NOTICES.c.kind.notin_([EXPORT, REPORT]))
    )
    with reading(guard.audit.engine) as connection:
        return set(connection.execute(subjects).scalars())


def _as_listed(guard: Guard, entry: str) -> Callable[[str], bool]:
    """Return what tells whether an entry, or one of its listings, bore no notice at a time.

    A time is as the log writes it: ISO, UTC. Changes count from when they were known here.
    """
    changes = (
        select(CHANGES.c.list, CHANGES.c.what, CHANGES.c.at)
        .where(CHANGES.c.entity_id == entry)
        .order_by(CHANGES.c.at, CHANGES.c.day, CHANGES.c.id)
    )
    listings: dict[str, list[tuple[str, bool]]] = {}
    with reading(guard.audit.engine) as connection:
        for listing, what, at in connection.execute(changes):
            listings.setdefault(listing, []).append((at, what == RETURNED))

    def answer(time: str) -> bool:
        stood = ([stands for at, stands in held if at <= time] for held in listings.values())
        return not listings or any(not known or known[-1] for known in stood)

    return answer
