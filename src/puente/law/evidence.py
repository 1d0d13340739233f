"""A case file: what is on record about one organisation, graded, and what analysts hold of it.

Source: Admiralty grading, NATO AJP-2.1 and STANAG 2511 (grade and credibility); 28 CFR 23.20 for
    a record that names its source; the sides and the independence groups are Puente's conventions
    (docs/decisions/0009).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from puente.law.standards import weight

if TYPE_CHECKING:
    from datetime import date

    from puente.law.standards import Weight
    from puente.law.status import Word
    from puente.law.texts import Text
    from puente.model.dates import PartialDate
    from puente.model.provenance import Credibility, Reliability


class Side(StrEnum):
    """For an element, or against it.

    Source: Gordon, Prakken and Walton, "The Carneades model of argument and burden of proof"
        (2007): arguments pro and con a statement.
    """

    PRO = "pro"
    CON = "con"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where an item can be found again: who published it, where in it, and the copy's digest.

    Source: 28 CFR 23.20 and PROV-DM: what is held names what it was derived from.
    """

    source: str
    locator: str
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One item that speaks for or against one element.

    Attributes:
        group: its independence group. Items that go back to one origin share a group, and the
            group counts once, at its best item.
        date: the day from which the item was to be had; where only a month or a year is known, it
            counts from the last day of it.
        answers: items of the other side on this element that this one answers.
        to_check: what to look up, for an item put down from memory; such an item is shown and
            never counted. "" for all others.
        line: where it stands in its file; no part of equality.

    Source: NATO AJP-2.1 (grade, credibility); the rest is Puente's own format.
    """

    id: str
    element: str
    side: Side
    grade: Reliability
    credibility: Credibility
    group: str
    date: PartialDate
    marking: str
    provenance: Provenance
    text: Text
    analyst: str
    rationale: str
    answers: tuple[str, ...] = ()
    to_check: str = ""
    line: int = field(default=1, compare=False)

    @property
    def weight(self) -> Weight:
        """Return what it can carry, by the worse of its two grades."""
        return weight(self.grade, self.credibility)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConSearch:
    """One search for what speaks against an element: what was looked through, by whom, when.

    Source: Puente's convention (docs/decisions/0009): an element against which nobody has searched
        is shown so, since silence after no search says nothing.
    """

    element: str
    what: str
    by: str
    date: date
    line: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dissent:
    """The view of an analyst who does not agree with a determination.

    Source: Intelligence Community Directive 203 (2015), analytic tradecraft: differing views are
        shown.
    """

    analyst: str
    status: Word
    reasons: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Characterisation:
    """What an analyst holds of an element, with reasons and dissents.

    It stands beside the machine's status and never enters it.

    Attributes:
        answers: items of evidence that the reasons answer.

    Source: 5 USC 557(c) as the model of stated findings and reasons; Puente's own format.
    """

    element: str
    analyst: str
    status: Word
    reasons: str
    dissents: tuple[Dissent, ...] = ()
    answers: tuple[str, ...] = ()
    line: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Whom the case is about: an organisation, never a person.

    Source: FollowTheMoney (`schema`).
    """

    name: str
    schema: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """A case file as it was read.

    Attributes:
        instrument: id of the instrument under which the organisation is looked at.
        as_of_facts: items that were to be had later are left out, unless another day is asked for.
        fingerprint: SHA-256 of the content. The order of the file, its comments and its layout do
            not change it.
        origin: the file, for errors; no part of equality.

    Source: Puente's own format (docs/decisions/0009).
    """

    id: str
    title: Text
    instrument: str
    organisation: Organisation
    as_of_facts: date
    evidence: tuple[Evidence, ...]
    con_searches: tuple[ConSearch, ...]
    characterisations: tuple[Characterisation, ...]
    fingerprint: str
    origin: str = field(default="", compare=False)
