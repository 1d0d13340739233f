"""A case as it is held: its head, its present file, its docket, and what reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.casework.docket import SEARCH, VERSION, Docket
from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.law.assess import assess
from puente.law.evidence import Side
from puente.law.instrument import get_instrument
from puente.model.provenance import strictest
from puente.store.cells import Cell

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from puente.guard.chains import Entry, Fault
    from puente.law.assess import Assessment
    from puente.law.evidence import CaseFile

MOST_WRITTEN = 20_000
"""Characters that a person may write in one entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A search for what speaks on one side of an element, as a signed-in person logged it.

    Attributes:
        number: of its entry.
        side: the side that was searched for.
        version: the version of the case file that stood then.
    """

    number: int
    element: str
    side: Side
    what: str
    version: int
    by: str
    agency: str
    at: str

    def as_json(self) -> dict[str, object]:
        """Return the search as JSON."""
        return {
            "number": self.number,
            "element": self.element,
            "side": self.side.value,
            "what": self.what,
            "case_version": self.version,
            "by": self.by,
            "agency": self.agency,
            "at": self.at,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseHead:
    """What a list shows of a case.

    Attributes:
        version: the present one, from 1.
        title, organisation: of the present version; the title by language.
        fingerprint: SHA-256 of the present version's content.
        marking: the strictest that any version had.
        agency: who filed it first.
        at: when the present version was filed, ISO, UTC.
    """

    id: str
    version: int
    title: Mapping[str, str]
    organisation: str
    instrument: str
    fingerprint: str
    marking: str
    record_class: str
    agency: str
    at: str

    @property
    def cell(self) -> Cell:
        """Return what the policy decides on."""
        return Cell(
            source=f"case:{self.id}",
            record_class=self.record_class,
            marking=self.marking,
            agency=self.agency,
        )

    def as_json(self) -> dict[str, object]:
        """Return the head as JSON."""
        return {
            "id": self.id,
            "version": self.version,
            "title": dict(self.title),
            "organisation": self.organisation,
            "instrument": self.instrument,
            "fingerprint": self.fingerprint,
            "marking": self.marking,
            "record_class": self.record_class,
            "agency": self.agency,
            "at": self.at,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCase:
    """A case that was opened.

    Attributes:
        file: its present version.
        docket: its entries.
        faults: all that is wrong with it; empty where it stands as it was signed.
    """

    head: CaseHead
    file: CaseFile
    docket: Docket
    faults: tuple[Fault, ...]

    @property
    def searches(self) -> tuple[Search, ...]:
        """Return the searches that were logged, oldest first."""
        return searches(self.docket)

    def assess(self, as_of_law: date, as_of_facts: date | None = None) -> Assessment:
        """Return what the present version supports under its instrument."""
        return assess(get_instrument(self.file.instrument), self.file, as_of_law, as_of_facts)


def searches(docket: Docket) -> tuple[Search, ...]:
    """Return the searches of a docket, oldest first."""
    return tuple(search_of(entry) for entry in docket.of(SEARCH))


def search_of(entry: Entry) -> Search:
    """Return the search that an entry logs."""
    return Search(
        number=entry.number,
        element=entry.body["element"],
        side=Side(entry.body["side"]),
        what=entry.body["what"],
        version=entry.body["case_version"],
        by=entry.by,
        agency=entry.agency,
        at=entry.at,
    )


def head_of(docket: Docket) -> CaseHead:
    """Return the head of a case, by its docket.

    Raises: InvalidData: an entry of the docket was altered that may have been a case file, so
        that its marking is not known.
    """
    versions = docket.of(VERSION)
    numbers = [entry.body["version"] for entry in versions]
    named = (entry.body.get("case_version", 0) for entry in docket.entries)
    last_known = max(1, docket.filed, *numbers, *named)
    if numbers != list(range(1, last_known + 1)):
        raise InvalidData(_("the docket of case {case} was altered").format(case=docket.case))
    first, last = versions[0], versions[-1]
    return CaseHead(
        id=docket.case,
        version=last.body["version"],
        title=last.body["title"],
        organisation=last.body["organisation"],
        instrument=last.body["instrument"],
        fingerprint=last.body["fingerprint"],
        marking=strictest(entry.body["marking"] for entry in versions),
        record_class=first.body["record_class"],
        agency=first.agency,
        at=last.at,
    )


def written(text: str, what: str) -> str:
    """Return what a person wrote.

    Raises: InvalidData: nothing, or too much.
    """
    said = text.strip()
    if not said:
        raise InvalidData(_("say {what}: it is empty").format(what=what))
    if len(said) > MOST_WRITTEN:
        message = _("{what} is longer than {most} characters")
        raise InvalidData(message.format(what=what, most=MOST_WRITTEN))
    return said


def check_element(held: HeldCase, element: str) -> None:
    """Check that the case's instrument has an element of that name.

    Raises: InvalidData: it has not.
    """
    run = held.assess(held.file.as_of_facts)
    if element not in run.record:
        message = _("{name!r} is no element of {instrument}; one of {known}")
        raise InvalidData(
            message.format(
                name=element, instrument=held.file.instrument, known=", ".join(run.record)
            )
        )
