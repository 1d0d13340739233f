"""Chains of signed entries: what people decided, added to and never changed.

An entry is canonical JSON that bears the node's Ed25519 signature, its own number and the SHA-256
of the entry before it, so that an entry that was altered, moved, put in or taken out is found. The
audit log holds the digest of each, so that a chain cut short at its end is found too. Each room
keeps its chains in tables of its own; what an entry is, is here.

Source: RFC 8032 (Ed25519).
Limits: whoever holds the node's key can write a chain anew; the log's heads, kept elsewhere, then
    tell the two apart.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from puente.guard.policy import Decision
from puente.guard.seal import canonical_json
from puente.i18n import N_
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from puente.guard.actors import Actor, Purpose
    from puente.guard.gate import Guard
    from puente.guard.seal import Sealer

_VERSION = 1

FAULTS: Mapping[str, str] = {
    "altered": N_(
        "entry {number} was altered, moved or put in: it bears no signature of this node"
    ),
    "chain": N_("entry {number} does not follow the one before it"),
    "count": N_("the chain says that it has {number} entries and has another number"),
    "file": N_("the case file of entry {number} was altered or is gone"),
    "gone": N_("the audit log tells of entry {number} as it does not stand here"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with a chain, and at which entry.

    Attributes:
        kind: one of `FAULTS`.
    """

    kind: str
    number: int

    def __str__(self) -> str:
        return _(FAULTS[self.kind]).format(number=self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry whose signature holds.

    Attributes:
        number: from 1, without gaps.
        kind: what it is; its body's keys are of its kind.
        at: ISO time, UTC.
        by, agency: who made it.
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
class Form:
    """What tells the entries of one sort of chain from all else that the node signs.

    Attributes:
        name: of the sort, signed with every entry.
        of: the key under which an entry names its chain.
    """

    name: str
    of: str


class Row(Protocol):
    """One kept entry."""

    number: int
    content: str
    signature: bytes


def read_entries(
    form: Form, chain: str, rows: Iterable[Row], sealer: Sealer
) -> tuple[tuple[Entry, ...], tuple[Fault, ...]]:
    """Return the entries of a chain whose signature holds, and what is wrong with the others.

    Args:
        rows: as kept, by number.

    Cost: one signature, about 0.1 ms, for each entry.
    """
    entries: list[Entry] = []
    faults: list[Fault] = []
    previous, expected = "", 1
    for row in rows:
        entry, before = _entry(form, chain, row, sealer)
        if entry is None:
            faults.append(Fault(kind="altered", number=row.number))
        else:
            entries.append(entry)
            if row.number != expected or before != previous:
                faults.append(Fault(kind="chain", number=row.number))
        previous, expected = sha256(row.content.encode()).hexdigest(), row.number + 1
    return tuple(entries), tuple(faults)


def _entry(form: Form, chain: str, row: Row, sealer: Sealer) -> tuple[Entry | None, str]:
    """Return an entry and the digest of the one before it; None where it is not what was signed."""
    if not sealer.signed(row.content.encode(), row.signature):
        return None, ""
    held: dict[str, Any] = json.loads(row.content)
    # The node signs heads of its log and backups too, which are of no chain.
    names = (held.get("puente"), held.get(form.of), held.get("number"))
    if names != (form.name, chain, row.number):
        return None, ""
    entry = Entry(
        number=row.number,
        kind=held["kind"],
        at=held["at"],
        by=held["by"],
        agency=held["agency"],
        body=held["body"],
        content=row.content,
        signature=row.signature.hex(),
    )
    return entry, held["previous"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scribe:
    """Signs entries of one sort for one person and purpose; each leaves its digest in the log."""

    form: ClassVar[Form]
    guard: Guard
    actor: Actor
    purpose: Purpose

    def sign(
        self, chain: str, before: Sequence[Entry], kind: str, body: Mapping[str, object]
    ) -> Entry:
        """Return the entry that follows those of a chain, signed; to be kept in its table."""
        audit = self.guard.audit
        number = len(before) + 1
        at = audit.clock().astimezone(UTC).isoformat(timespec="seconds")
        content = canonical_json(
            {
                "puente": self.form.name,
                "v": _VERSION,
                self.form.of: chain,
                "number": number,
                "previous": before[-1].digest if before else "",
                "kind": kind,
                "at": at,
                "by": self.actor.name,
                "agency": self.actor.agency,
                "key": audit.sealer.public_key.hex(),
                "body": body,
            }
        )
        text = content.decode("ascii")
        return Entry(
            number=number,
            kind=kind,
            at=at,
            by=self.actor.name,
            agency=self.actor.agency,
            body=json.loads(text)["body"],
            content=text,
            signature=audit.sealer.sign(content).hex(),
        )

    def log(self, chain: str, entry: Entry, deed: str) -> None:
        """Write into the log that an entry was made."""
        ids = (f"{self.form.of}:{chain}", f"entry:{entry.number}", f"sha256:{entry.digest}")
        self.guard.audit.record(self.actor, self.purpose, deed, ids=ids)
        self.guard.audit.flush()

    def log_refusal(self, chain: str, deed: str, rule: str) -> None:
        """Write into the log that a rule of the house refused a deed that the policy allows."""
        decision = Decision(allowed=False, rules=(rule,), policy_hash=self.guard.policy.hash)
        ids = (f"{self.form.of}:{chain}",)
        self.guard.audit.record(self.actor, self.purpose, deed, ids=ids, decision=decision)
        self.guard.audit.flush()


_MOST_LOGGED = 1_000_000


def logged_entries(guard: Guard, form: Form, chain: str, deed: str) -> frozenset[tuple[int, str]]:
    """Return number and digest of the entries of a chain that the audit log tells of.

    To be asked before the chain is read: an entry is logged after it was made, so that what is
    logged by now must stand in a chain that is read from now on.

    Cost: one scan of the log, about 0.5 s for a million rows.
    """
    named = f"{form.of}:{chain}"
    page = guard.audit.find({"action": deed, "ids": named}, count=_MOST_LOGGED)
    rows = [row.ids for _seq, row in page.rows if row is not None and len(row.ids) == 3]
    return frozenset(
        (int(number.removeprefix("entry:")), digest.removeprefix("sha256:"))
        for _chain, number, digest in rows
    )


def missing_from(entries: Iterable[Entry], logged: frozenset[tuple[int, str]]) -> tuple[Fault, ...]:
    """Return what the log tells of entries (`logged_entries`) that a chain does not hold so."""
    held = {(entry.number, entry.digest) for entry in entries}
    return tuple(Fault(kind="gone", number=number) for number, _digest in sorted(logged - held))
