"""The docket of a case: what was filed, searched, determined and signed, entry by entry.

An entry is added and never changed. It is canonical JSON that bears the node's Ed25519 signature,
its own number and the SHA-256 of the entry before it, so that an entry that was altered, moved, put
in or taken out is found. The audit log holds the digest of each, so that a docket cut short at its
end is found too.

Limits: whoever holds the node's key can write a docket anew; the log's heads, kept elsewhere, then
tell the two apart.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from puente.casework.tables import CASES, ENTRIES, TEXTS
from puente.errors import Conflict, NotAllowed, NotFound
from puente.guard.policy import Decision
from puente.guard.seal import canonical_json
from puente.i18n import N_
from puente.i18n import gettext as _
from puente.store.ledger import writing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection

    from puente.guard.actors import Actor, Purpose
    from puente.guard.gate import Guard
    from puente.guard.seal import Sealer

VERSION, SEARCH, DETERMINATION, SIGNATURE = "version", "search", "determination", "signature"
KINDS: Mapping[str, str] = {
    VERSION: N_("case file"),
    SEARCH: N_("search"),
    DETERMINATION: N_("determination"),
    SIGNATURE: N_("second signature"),
}
"""What an entry may be, with its label."""

DEED = "case_entry"
"""What the audit log calls an entry that was made."""

_FORMAT = "case docket"
_FORMAT_VERSION = 1
_MOST_LOGGED = 1_000_000

FAULTS: Mapping[str, str] = {
    "altered": N_(
        "entry {number} was altered, moved or put in: it bears no signature of this node"
    ),
    "chain": N_("entry {number} does not follow the one before it"),
    "count": N_("the docket says that it has {number} entries and has another number"),
    "file": N_("the case file of entry {number} was altered or is gone"),
    "gone": N_("the audit log tells of entry {number} as it does not stand here"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with a docket, and at which entry."""

    kind: str
    number: int

    def __str__(self) -> str:
        return _(FAULTS[self.kind]).format(number=self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry whose signature holds.

    Attributes:
        number: from 1, without gaps.
        kind: one of `KINDS`.
        at: ISO time, UTC.
        by, agency: who made it.
        body: what it says; its keys are of its kind.
        content: the signed text.
        signature: the node's, hexadecimal.
    """

    number: int
    kind: str
    at: str
    by: str
    agency: str
    body: Mapping[str, Any]
    content: str
    signature: str

    @property
    def digest(self) -> str:
        """Return the SHA-256 of what was signed, hexadecimal."""
        return sha256(self.content.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Docket:
    """A case's entries, oldest first: those whose signature holds, and what is wrong.

    Attributes:
        filed: number of the last version whose text is kept, whatever its entry says.
    """

    case: str
    entries: tuple[Entry, ...]
    faults: tuple[Fault, ...]
    filed: int

    def of(self, kind: str) -> tuple[Entry, ...]:
        """Return the entries of one kind."""
        return tuple(entry for entry in self.entries if entry.kind == kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry to be made.

    Attributes:
        text: for a version, the YAML to be kept beside it.
    """

    kind: str
    body: Mapping[str, object]
    text: str | None = None


def read_docket(connection: Connection, case: str, sealer: Sealer) -> Docket | None:
    """Return the docket of a case, every signature checked; None where there is no such case.

    Cost: one signature, about 0.1 ms, for each entry.
    """
    count = connection.execute(select(CASES.c.entries).where(CASES.c.id == case)).scalar()
    if count is None:
        return None
    last = select(func.max(TEXTS.c.version)).where(TEXTS.c.case_id == case)
    filed = connection.execute(last).scalar() or 0
    query = select(ENTRIES).where(ENTRIES.c.case_id == case).order_by(ENTRIES.c.number)
    entries: list[Entry] = []
    faults: list[Fault] = []
    previous, expected = "", 1
    for row in connection.execute(query):
        entry, before = _entry(case, row.number, row.content, row.signature, sealer)
        if entry is None:
            faults.append(Fault(kind="altered", number=row.number))
        else:
            entries.append(entry)
            if row.number != expected or before != previous:
                faults.append(Fault(kind="chain", number=row.number))
        previous, expected = sha256(row.content.encode()).hexdigest(), row.number + 1
    if count != expected - 1:
        faults.append(Fault(kind="count", number=count))
    return Docket(case=case, entries=tuple(entries), faults=tuple(faults), filed=filed)


def _entry(
    case: str, number: int, content: str, signature: bytes, sealer: Sealer
) -> tuple[Entry | None, str]:
    """Return an entry and the digest of the one before it; None where it is not what was signed."""
    if not sealer.signed(content.encode(), signature):
        return None, ""
    held: dict[str, Any] = json.loads(content)
    # The node signs heads of its log and backups too, which are of no case.
    if (held.get("puente"), held.get("case"), held.get("number")) != (_FORMAT, case, number):
        return None, ""
    entry = Entry(
        number=number,
        kind=held["kind"],
        at=held["at"],
        by=held["by"],
        agency=held["agency"],
        body=held["body"],
        content=content,
        signature=signature.hex(),
    )
    return entry, held["previous"]


def read_text(connection: Connection, case: str, version: int) -> str | None:
    """Return the YAML of a version; None where there is none."""
    query = select(TEXTS.c.text).where(TEXTS.c.case_id == case, TEXTS.c.version == version)
    return connection.execute(query).scalar()


def digest_of(text: str) -> str:
    """Return the SHA-256 of a text, hexadecimal."""
    return sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Adds entries for one person, for one purpose; every one leaves its digest in the log."""

    guard: Guard
    actor: Actor
    purpose: Purpose

    def begin(self, case: str, draft: Draft) -> Entry:
        """Open the docket of a new case with its first entry.

        Raises: Conflict: there is one of that name.
        """
        try:
            with writing(self.guard.audit.engine) as connection:
                connection.execute(insert(CASES).values(id=case, entries=1))
                entry = self._insert(connection, case, (), draft)
        except IntegrityError:
            raise Conflict(_("there is a case {case} already").format(case=case)) from None
        self._log(case, entry)
        return entry

    def append(self, case: str, action: str, make: Callable[[Docket], Draft]) -> Entry:
        """Add an entry to the docket of a case, as it stands at that moment.

        Args:
            case: its id.
            action: what the log calls the deed, should `make` refuse it.
            make: is handed the docket, which nobody else can add to meanwhile; gives the entry.

        Raises:
            NotAllowed: `make` refuses; the refusal stands in the log.
            Conflict: the docket was altered.
            NotFound: there is no such case.
        """
        try:
            with writing(self.guard.audit.engine) as connection:
                lock = update(CASES).where(CASES.c.id == case)
                connection.execute(lock.values(entries=CASES.c.entries + 0))
                docket = read_docket(connection, case, self.guard.audit.sealer)
                if docket is None:
                    raise NotFound(_("there is no case {case}").format(case=case))
                if docket.faults:
                    raise Conflict(
                        _("the docket of case {case} was altered: {fault}").format(
                            case=case, fault=docket.faults[0]
                        )
                    )
                draft = make(docket)
                connection.execute(lock.values(entries=CASES.c.entries + 1))
                entry = self._insert(connection, case, docket.entries, draft)
        except NotAllowed as refused:
            self.log_refusal(case, action, refused.rule)
            raise
        self._log(case, entry)
        return entry

    def _insert(
        self, connection: Connection, case: str, before: tuple[Entry, ...], draft: Draft
    ) -> Entry:
        audit = self.guard.audit
        number = len(before) + 1
        at = audit.clock().astimezone(UTC).isoformat(timespec="seconds")
        content = canonical_json(
            {
                "puente": _FORMAT,
                "v": _FORMAT_VERSION,
                "case": case,
                "number": number,
                "previous": before[-1].digest if before else "",
                "kind": draft.kind,
                "at": at,
                "by": self.actor.name,
                "agency": self.actor.agency,
                "key": audit.sealer.public_key.hex(),
                "body": draft.body,
            }
        )
        signature = audit.sealer.sign(content)
        text = content.decode("ascii")
        connection.execute(
            insert(ENTRIES).values(case_id=case, number=number, content=text, signature=signature)
        )
        if draft.text is not None:
            row = {"case_id": case, "version": draft.body["version"], "text": draft.text}
            connection.execute(insert(TEXTS).values(row))
        return Entry(
            number=number,
            kind=draft.kind,
            at=at,
            by=self.actor.name,
            agency=self.actor.agency,
            body=json.loads(text)["body"],
            content=text,
            signature=signature.hex(),
        )

    def _log(self, case: str, entry: Entry) -> None:
        ids = (f"case:{case}", f"entry:{entry.number}", f"sha256:{entry.digest}")
        self.guard.audit.record(self.actor, self.purpose, DEED, ids=ids)
        self.guard.audit.flush()

    def log_refusal(self, case: str, action: str, rule: str) -> None:
        """Write into the log that a rule of the house refused a deed that the policy allows."""
        decision = Decision(allowed=False, rules=(rule,), policy_hash=self.guard.policy.hash)
        ids = (f"case:{case}",)
        self.guard.audit.record(self.actor, self.purpose, action, ids=ids, decision=decision)
        self.guard.audit.flush()


def logged_entries(guard: Guard, case: str) -> frozenset[tuple[int, str]]:
    """Return number and digest of the entries that the audit log tells of.

    To be asked before the docket is read: an entry is logged after it was made, so that what is
    logged by now must stand in a docket that is read from now on.

    Cost: one scan of the log, about 0.5 s for a million rows.
    """
    page = guard.audit.find({"action": DEED, "ids": f"case:{case}"}, count=_MOST_LOGGED)
    rows = [row.ids for _seq, row in page.rows if row is not None and len(row.ids) == 3]
    return frozenset(
        (int(number.removeprefix("entry:")), digest.removeprefix("sha256:"))
        for _case, number, digest in rows
    )


def missing_from(docket: Docket, logged: frozenset[tuple[int, str]]) -> tuple[Fault, ...]:
    """Return what the log tells of entries (`logged_entries`) that the docket does not hold so."""
    held = {(entry.number, entry.digest) for entry in docket.entries}
    return tuple(Fault(kind="gone", number=number) for number, _digest in sorted(logged - held))
