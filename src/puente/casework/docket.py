"""The docket of a case: what was filed, searched, determined and signed, entry by entry.

A docket is a chain of signed entries (`puente.guard.chains`); the text of a case file is kept
beside the entry that tells of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from puente.casework.tables import CASES, ENTRIES, TEXTS
from puente.errors import Conflict, NotAllowed, NotFound
from puente.guard.chains import Entry, Fault, Form, Scribe, logged_entries, read_entries
from puente.i18n import N_
from puente.i18n import gettext as _
from puente.store.ledger import writing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection

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

_FORM = Form(name="case docket", of="case")


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
    rows = connection.execute(query).all()
    entries, faults = read_entries(_FORM, case, rows, sealer)
    if count != (rows[-1].number if rows else 0):
        faults = (*faults, Fault(kind="count", number=count))
    return Docket(case=case, entries=entries, faults=faults, filed=filed)


def read_text(connection: Connection, case: str, version: int) -> str | None:
    """Return the YAML of a version; None where there is none."""
    query = select(TEXTS.c.text).where(TEXTS.c.case_id == case, TEXTS.c.version == version)
    return connection.execute(query).scalar()


def digest_of(text: str) -> str:
    """Return the SHA-256 of a text, hexadecimal."""
    return sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer(Scribe):
    """Adds entries to dockets."""

    form = _FORM

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
        self.log(case, entry, DEED)
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
        self.log(case, entry, DEED)
        return entry

    def _insert(
        self, connection: Connection, case: str, before: tuple[Entry, ...], draft: Draft
    ) -> Entry:
        entry = self.sign(case, before, draft.kind, draft.body)
        row = {"number": entry.number, "content": entry.content}
        signature = bytes.fromhex(entry.signature)
        connection.execute(insert(ENTRIES).values(case_id=case, signature=signature, **row))
        if draft.text is not None:
            row = {"case_id": case, "version": draft.body["version"], "text": draft.text}
            connection.execute(insert(TEXTS).values(row))
        return entry


def logged_in(guard: Guard, case: str) -> frozenset[tuple[int, str]]:
    """Return number and digest of the entries of a case that the audit log tells of."""
    return logged_entries(guard, _FORM, case, DEED)
