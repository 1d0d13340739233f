"""Case files in the ledger: filed in versions, read under their marking, searched contrary first.

A case has one record class, one instrument and one holder for good, and the strictest marking that
any version of it had: what people wrote under an earlier version stays under its limits.

Limits: neither tips nor criminal intelligence can be filed: a case file has no clock of review and
purge (28 CFR 23.20(h)).
"""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import select

from puente.casework.docket import (
    SEARCH,
    VERSION,
    Docket,
    Draft,
    Writer,
    digest_of,
    logged_in,
    read_docket,
    read_text,
)
from puente.casework.held import (
    CaseHead,
    HeldCase,
    Search,
    check_element,
    head_of,
    search_of,
    written,
)
from puente.casework.tables import CASES, MOST_ID
from puente.errors import Conflict, InvalidData, NotFound
from puente.guard.chains import Fault, missing_from
from puente.guard.policy import refusal
from puente.i18n import gettext as _
from puente.law.assess import assess
from puente.law.casefile import read_case
from puente.law.instrument import get_instrument
from puente.model.provenance import RecordClass, strictest
from puente.store.cells import Cell
from puente.store.ledger import reading

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from puente.guard.actors import Actor, Purpose
    from puente.guard.gate import Guard
    from puente.guard.policy import Decision
    from puente.law.evidence import CaseFile, Side

CLASSES: tuple[str, ...] = (
    RecordClass.FACT.value,
    RecordClass.COURT.value,
    RecordClass.SANCTIONS.value,
    RecordClass.PUBLIC_LIST.value,
)
"""Record classes that a case file may have."""

_log = logging.getLogger(__name__)

_OPENEST = Cell(source="case", record_class="public_list", marking="TLP:CLEAR", agency="")


class CaseDesk:
    """One person's access to the case files, for one purpose. Every look and deed is logged."""

    def __init__(self, guard: Guard, actor: Actor, purpose: Purpose) -> None:
        self.guard = guard
        self.actor = actor
        self.purpose = purpose
        self.writer = Writer(guard=guard, actor=actor, purpose=purpose)

    def add(
        self, text: str, origin: str, *, record_class: str = "", marking: str = "TLP:CLEAR"
    ) -> HeldCase:
        """File a case, or the next version of one; the same content again changes nothing.

        Args:
            text: the YAML.
            origin: what to call it in errors.
            record_class: one of `CLASSES`, and that of the case for good; "" is `fact` for a new
                case and what it is for another.
            marking: the least strict that the case may have; its items may make it stricter.

        Raises:
            InvalidData: no case file, or one that does not fit its instrument.
            NotAllowed: the policy refuses it.
            Conflict: the case stands under another class or instrument.
        """
        if record_class not in ("", *CLASSES):
            message = _("a case file cannot be of class {name}; one of {known}")
            raise InvalidData(message.format(name=record_class, known=", ".join(CLASSES)))
        file = read_case(text, origin)
        if len(file.id) > MOST_ID:
            raise InvalidData(f"'id' is longer than {MOST_ID} characters", file=origin)
        # An element that its instrument does not have is refused before anything is kept.
        assess(get_instrument(file.instrument), file, file.as_of_facts)
        limits = strictest([marking, *(item.marking for item in file.evidence)])
        body = _version_body(file, text, limits)
        self._may_at_all("write_case", file.id)
        if not self._has(file.id):
            chosen = record_class or CLASSES[0]
            cell = Cell(
                source=f"case:{file.id}",
                record_class=chosen,
                marking=limits,
                agency=self.actor.agency,
            )
            self._decide("write_case", cell, file.id)
            body |= {"version": 1, "record_class": chosen}
            self.writer.begin(file.id, Draft(kind=VERSION, body=body, text=text))
            return self.open(file.id)
        held = self.open(file.id, "write_case")
        joined = strictest([held.head.marking, limits])
        _check_kept(held.head, record_class, file.instrument)
        self._decide("write_case", replace(held.head.cell, marking=joined), file.id)
        if (held.file.fingerprint, held.head.marking) == (file.fingerprint, joined):
            return held

        def make(docket: Docket) -> Draft:
            head = head_of(docket)
            more = {"version": head.version + 1, "record_class": head.record_class}
            return Draft(kind=VERSION, body={**body, **more}, text=text)

        self.writer.append(file.id, "write_case", make)
        return self.open(file.id)

    def heads(self) -> tuple[CaseHead, ...]:
        """Return the cases that this person may read, by id; one look in the log.

        A case whose marking is not known (`head_of`) is in nobody's list: it is not told who may
        see it, and it must not close the list to those who have others.

        Raises: NotAllowed: this person may read none, whatever there is.
        """
        self._may_at_all("read_case")
        engine, sealer = self.guard.audit.engine, self.guard.audit.sealer
        with reading(engine) as connection:
            ids = connection.execute(select(CASES.c.id).order_by(CASES.c.id)).scalars().all()
            dockets = [read_docket(connection, name, sealer) for name in ids]
        heads = [_head_if_known(docket) for docket in dockets if docket is not None]
        found = [head for head in heads if head is not None]
        if len(found) < len(heads):
            count = len(heads) - len(found)
            _log.warning("cases left out, their dockets were altered count=%d", count)
        policy = self.guard.policy
        answers = policy.decide_cells(
            self.actor, self.purpose, "read_case", [head.cell for head in found]
        )
        seen = tuple(head for head in found if answers[head.cell].allowed)
        self._log("read_case", self._claim("read_case"), [head.id for head in seen])
        return seen

    def open(self, case: str, action: str = "read_case") -> HeldCase:
        """Return a case; one look in the log, and for another action than reading one more.

        Raises:
            NotAllowed: the policy refuses the action, to this person or for this case.
            NotFound: there is no such case that this person may see.
            InvalidData: its present file was altered.

        Cost: one scan of the log (`puente.guard.chains.logged_entries`).
        """
        self._may_at_all("read_case", case)
        logged = logged_in(self.guard, case)
        engine, sealer = self.guard.audit.engine, self.guard.audit.sealer
        with reading(engine) as connection:
            docket = read_docket(connection, case, sealer)
            texts = {} if docket is None else self._texts(connection, docket)
        if docket is None:
            self._log("read_case", self._claim("read_case"), [case])
            raise _unseen(case)
        head = head_of(docket)
        decision = self.guard.policy.decide(self.actor, self.purpose, "read_case", head.cell)
        self._log("read_case", decision, [case])
        if not decision.allowed:
            raise _unseen(case)
        if action != "read_case":
            self._decide(action, head.cell, case)
        broken = tuple(
            Fault(kind="file", number=entry.number)
            for entry in docket.of(VERSION)
            if digest_of(texts.get(entry.body["version"], "")) != entry.body["sha256"]
        )
        if any(fault.number == docket.of(VERSION)[-1].number for fault in broken):
            raise InvalidData(f"{case}: {broken[-1]}")
        origin = _("case {case}, version {version}").format(case=case, version=head.version)
        return HeldCase(
            head=head,
            file=_read(texts[head.version], origin),
            docket=docket,
            faults=(*docket.faults, *broken, *missing_from(docket.entries, logged)),
        )

    def search(self, case: str, element: str, side: Side, what: str) -> Search:
        """Log that somebody looked for what speaks on one side of an element.

        Args:
            what: where was looked, and what was found, in words.

        Raises: as `open`; InvalidData: no such element, or nothing is said.
        """
        held = self.open(case, "write_case")
        said = written(what, _("what was searched"))
        check_element(held, element)

        def make(docket: Docket) -> Draft:
            body = {
                "element": element,
                "side": side.value,
                "what": said,
                "case_version": head_of(docket).version,
            }
            return Draft(kind=SEARCH, body=body)

        return search_of(self.writer.append(case, "write_case", make))

    @staticmethod
    def _texts(connection: Connection, docket: Docket) -> dict[int, str]:
        versions = [entry.body["version"] for entry in docket.of(VERSION)]
        texts = {number: read_text(connection, docket.case, number) for number in versions}
        return {number: text for number, text in texts.items() if text is not None}

    def _has(self, case: str) -> bool:
        with reading(self.guard.audit.engine) as connection:
            query = select(CASES.c.id).where(CASES.c.id == case)
            return connection.execute(query).scalar() is not None

    def _may_at_all(self, action: str, case: str = "") -> None:
        """Refuse whoever may do this to no case, so that a refusal tells of none."""
        decision = self._claim(action)
        if not decision.allowed:
            self._log(action, decision, [case] if case else [])
            raise refusal(decision, self.actor, self.purpose, action)

    def _claim(self, action: str) -> Decision:
        return self.guard.policy.decide(self.actor, self.purpose, action, _OPENEST)

    def _decide(self, action: str, cell: Cell, case: str) -> None:
        decision = self.guard.policy.decide(self.actor, self.purpose, action, cell)
        self._log(action, decision, [case])
        if not decision.allowed:
            raise refusal(decision, self.actor, self.purpose, action)

    def _log(self, action: str, decision: Decision, cases: Iterable[str]) -> None:
        ids = [f"case:{case}" for case in cases]
        self.guard.audit.record(self.actor, self.purpose, action, ids=ids, decision=decision)
        self.guard.audit.flush()


def _head_if_known(docket: Docket) -> CaseHead | None:
    try:
        return head_of(docket)
    except InvalidData:
        return None


@lru_cache(maxsize=16)
def _read(text: str, origin: str) -> CaseFile:
    """Return a case file; the same text, some 0.1 s a time, is read once."""
    return read_case(text, origin)


def _version_body(file: CaseFile, text: str, marking: str) -> dict[str, object]:
    return {
        "title": {"en": file.title.en, "es": file.title.es},
        "organisation": file.organisation.name,
        "instrument": file.instrument,
        "fingerprint": file.fingerprint,
        "sha256": digest_of(text),
        "marking": marking,
    }


def _check_kept(head: CaseHead, record_class: str, instrument: str) -> None:
    asked = record_class or head.record_class
    for one, other in ((head.record_class, asked), (head.instrument, instrument)):
        if one != other:
            message = _("case {case} stands under {one}, not {other}; file a new case")
            raise Conflict(message.format(case=head.id, one=one, other=other))


def _unseen(case: str) -> NotFound:
    return NotFound(_("there is no case {case} that you may see").format(case=case), case=case)
