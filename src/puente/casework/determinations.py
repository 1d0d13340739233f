"""What people determine of an element under a reading: signed, superseded, never edited.

A determination stands beside the machine's status and never enters it. Whoever disagrees writes a
dissent: a determination of equal standing, with the same fields, that answers another. The node
signs each when it is made; the memo calls it signed once a second person has signed it too.

The contrary side comes first: who holds that an element is met must be able to point to a search
for what speaks against it, logged since the present version of the case file; who holds that it is
not met, to a search for what speaks for it.

Source: 5 USC 557(c) as the model of stated findings and reasons; Intelligence Community Directive
203 (2015), analytic tradecraft standards, for differing views beside the majority's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.casework.docket import DETERMINATION, SIGNATURE, Docket, Draft
from puente.casework.held import HeldCase, head_of, searches, written
from puente.errors import Conflict, InvalidData, NotAllowed
from puente.i18n import N_
from puente.i18n import gettext as _
from puente.law.elements import leaves
from puente.law.evidence import Side

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from puente.casework.cases import CaseDesk
    from puente.guard.chains import Entry
    from puente.law.assess import Assessment, BranchResult

MET, NOT_MET, CONTESTED, CANNOT_SAY = "met", "not_met", "contested", "cannot_say"
STATUSES: Mapping[str, str] = {
    MET: N_("met"),
    NOT_MET: N_("not met"),
    CONTESTED: N_("contested"),
    CANNOT_SAY: N_("cannot say"),
}
"""What a person may determine, with its label."""

CONTRARY: Mapping[str, Side] = {
    MET: Side.CON,
    NOT_MET: Side.PRO,
    CONTESTED: Side.CON,
    CANNOT_SAY: Side.CON,
}
"""The side that must have been searched before."""

CONTRARY_FIRST = "contrary-side-first"
TWO_PERSONS = "two-persons-sign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a person is about to determine.

    Attributes:
        element: id of an element that the reading asks for.
        reading: id of a branch, e.g. `motive=paper+gain=sole`.
        status: one of `STATUSES`.
        dissent_of: number of the determination that it answers; None for one that answers none.
        as_of_law: day whose law applies.
        as_of_facts: day of the facts; the case's own if None.
    """

    element: str
    reading: str
    status: str
    reasons: str
    as_of_law: date
    as_of_facts: date | None = None
    dissent_of: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondSignature:
    """A second person's signature under a determination."""

    by: str
    agency: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Determination:
    """What a person determined.

    Attributes:
        number: of its entry; by it others answer, sign and supersede it.
        case_version, case_fingerprint: the case file that it is over.
        instrument_fingerprint: the instrument that it is under.
        machine_element, machine_whole: what the machine had for the element and for the whole.
        dissent_of: number of the determination that it answers; None for one that answers none.
        supersedes: numbers of those that it takes the place of.
        superseded_by: number of the one that took its place; None while it stands.
        digest, signature: SHA-256 of what the node signed, and its Ed25519 signature.
    """

    number: int
    case_version: int
    case_fingerprint: str
    instrument_fingerprint: str
    as_of_law: str
    as_of_facts: str
    element: str
    reading: str
    status: str
    reasons: str
    machine_element: str
    machine_whole: str
    dissent_of: int | None
    supersedes: tuple[int, ...]
    superseded_by: int | None
    by: str
    agency: str
    at: str
    digest: str
    signature: str
    signatures: tuple[SecondSignature, ...]

    @property
    def is_standing(self) -> bool:
        """Return True while no other has taken its place."""
        return self.superseded_by is None

    @property
    def is_signed(self) -> bool:
        """Return True if a second person has signed."""
        return bool(self.signatures)

    def as_json(self) -> dict[str, object]:
        """Return it as JSON; a dissent has the same keys as any other."""
        return {
            "number": self.number,
            "element": self.element,
            "reading": self.reading,
            "status": self.status,
            "reasons": self.reasons,
            "machine": {"element": self.machine_element, "whole": self.machine_whole},
            "dissent_of": self.dissent_of,
            "supersedes": list(self.supersedes),
            "superseded_by": self.superseded_by,
            "case_version": self.case_version,
            "case_fingerprint": self.case_fingerprint,
            "instrument_fingerprint": self.instrument_fingerprint,
            "as_of_law": self.as_of_law,
            "as_of_facts": self.as_of_facts,
            "by": self.by,
            "agency": self.agency,
            "at": self.at,
            "sha256": self.digest,
            "signature": self.signature,
            "signed": self.is_signed,
            "second_signatures": [
                {"by": one.by, "agency": one.agency, "at": one.at} for one in self.signatures
            ],
        }


def determinations(docket: Docket) -> tuple[Determination, ...]:
    """Return what was determined, oldest first, also what no longer stands."""
    entries = docket.of(DETERMINATION)
    gone = {old: entry.number for entry in entries for old in entry.body["supersedes"]}
    signed: dict[int, list[SecondSignature]] = {}
    digests = {entry.number: entry.digest for entry in entries}
    for entry in docket.of(SIGNATURE):
        number = entry.body["determination"]
        if digests.get(number) == entry.body["sha256"]:
            one = SecondSignature(by=entry.by, agency=entry.agency, at=entry.at)
            signed.setdefault(number, []).append(one)
    return tuple(
        _determination(entry, gone.get(entry.number), tuple(signed.get(entry.number, ())))
        for entry in entries
    )


def _determination(
    entry: Entry, superseded_by: int | None, signatures: tuple[SecondSignature, ...]
) -> Determination:
    body = entry.body
    return Determination(
        number=entry.number,
        case_version=body["case_version"],
        case_fingerprint=body["case_fingerprint"],
        instrument_fingerprint=body["instrument_fingerprint"],
        as_of_law=body["as_of_law"],
        as_of_facts=body["as_of_facts"],
        element=body["element"],
        reading=body["reading"],
        status=body["status"],
        reasons=body["reasons"],
        machine_element=body["machine"]["element"],
        machine_whole=body["machine"]["whole"],
        dissent_of=body["dissent_of"],
        supersedes=tuple(body["supersedes"]),
        superseded_by=superseded_by,
        by=entry.by,
        agency=entry.agency,
        at=entry.at,
        digest=entry.digest,
        signature=entry.signature,
        signatures=signatures,
    )


def determine(desk: CaseDesk, case: str, finding: Finding) -> Determination:
    """Add a person's determination, or a dissent, to a case.

    What the same person held of the same element under the same reading is superseded by it. What
    another person holds over the present case file is not: it is signed, or answered by a dissent.

    Raises:
        NotAllowed: the policy refuses it, or the contrary side has not been searched.
        InvalidData: no such element, reading or status, or no reasons.
        Conflict: another person's determination stands, or what is answered does not.
        NotFound: there is no such case that this person may see.
    """
    held = desk.open(case, "determine")
    if finding.status not in STATUSES:
        message = _("unknown status {status!r}; one of {known}")
        raise InvalidData(message.format(status=finding.status, known=", ".join(STATUSES)))
    reasons = written(finding.reasons, _("the reasons"))
    run = held.assess(finding.as_of_law, finding.as_of_facts)
    result = _result(run, finding)
    body: dict[str, object] = {
        "case_version": held.head.version,
        "case_fingerprint": held.file.fingerprint,
        "instrument": run.instrument.id,
        "instrument_fingerprint": run.instrument_fingerprint,
        "as_of_law": run.as_of_law.isoformat(),
        "as_of_facts": run.as_of_facts.isoformat(),
        "element": finding.element,
        "reading": finding.reading,
        "status": finding.status,
        "reasons": reasons,
        "machine": {
            "element": run.record[finding.element].status().word.value,
            "whole": result.status.word.value,
        },
        "dissent_of": finding.dissent_of,
    }

    def make(docket: Docket) -> Draft:
        _check_version(docket, held)
        _check_searched(docket, finding)
        supersedes = _superseded(docket, finding, desk.actor.name, run.instrument_fingerprint)
        return Draft(kind=DETERMINATION, body={**body, "supersedes": supersedes})

    return _determination(desk.writer.append(case, "determine", make), None, ())


def cosign(desk: CaseDesk, case: str, number: int) -> Determination:
    """Put a second person's signature under a determination or a dissent.

    Raises:
        NotAllowed: the policy refuses it, or the person made it or signed it already.
        Conflict: it no longer stands, is over an earlier case file, or the person holds otherwise.
        InvalidData: there is no such determination.
        NotFound: there is no such case that this person may see.
    """
    held = desk.open(case, "sign")
    me = desk.actor.name

    def make(docket: Docket) -> Draft:
        every = determinations(docket)
        one = _numbered(every, number)
        if me in {one.by, *(signature.by for signature in one.signatures)}:
            raise NotAllowed(
                _("a determination is signed by a second, different person"), rule=TWO_PERSONS
            )
        _check_standing(one)
        _check_version(docket, held)
        if one.case_version != held.head.version:
            message = _("determination {number} is over an earlier version of the case file")
            raise Conflict(message.format(number=number))
        if any(other.by == me and _rivals(other, one) for other in every):
            message = _("{name} holds a determination of their own on {element} under {reading}")
            raise Conflict(message.format(name=me, element=one.element, reading=one.reading))
        return Draft(kind=SIGNATURE, body={"determination": number, "sha256": one.digest})

    desk.writer.append(case, "sign", make)
    return _numbered(determinations(desk.open(case).docket), number)


def _result(run: Assessment, finding: Finding) -> BranchResult:
    if not run.in_force:
        message = _("{instrument} was not in force on {day}")
        raise InvalidData(
            message.format(instrument=run.instrument.id, day=run.as_of_law.isoformat())
        )
    known = {result.branch.id: result for result in run.results}
    if finding.reading not in known:
        message = _("{name!r} is no reading of {instrument}; one of {known}")
        raise InvalidData(
            message.format(
                name=finding.reading, instrument=run.instrument.id, known=", ".join(known)
            )
        )
    result = known[finding.reading]
    asked = [element.id for element in leaves(result.branch.tree)]
    if finding.element not in asked:
        message = _("{name!r} is no element under {reading}; one of {known}")
        raise InvalidData(
            message.format(name=finding.element, reading=finding.reading, known=", ".join(asked))
        )
    return result


def _check_version(docket: Docket, held: HeldCase) -> None:
    if head_of(docket).version != held.head.version:
        message = _("case {case} was given a new version meanwhile; look at it first")
        raise Conflict(message.format(case=docket.case))


def _check_searched(docket: Docket, finding: Finding) -> None:
    side = CONTRARY[finding.status]
    version = head_of(docket).version
    wanted = (finding.element, side, version)
    if any((one.element, one.side, one.version) == wanted for one in searches(docket)):
        return
    message = _(
        "nobody has logged a search for what speaks {contrary} since version {version} of the"
        " case file; the contrary side comes first: puente case search {case} --element"
        " {element} --side {word} --what TEXT"
    )
    contrary = _("against {element}") if side is Side.CON else _("for {element}")
    raise NotAllowed(
        message.format(
            contrary=contrary.format(element=finding.element),
            element=finding.element,
            version=version,
            case=docket.case,
            word=side.value,
        ),
        rule=CONTRARY_FIRST,
    )


def _superseded(docket: Docket, finding: Finding, me: str, instrument: str) -> list[int]:
    """Return the numbers that a new determination takes the place of."""
    every = determinations(docket)
    rivals = [
        one
        for one in every
        if one.is_standing and (one.element, one.reading) == (finding.element, finding.reading)
    ]
    gone = [one.number for one in rivals if one.by == me]
    if finding.dissent_of is not None:
        answered = _numbered(every, finding.dissent_of)
        _check_standing(answered)
        if answered not in rivals:
            message = _("determination {number} is on another element or reading")
            raise Conflict(message.format(number=answered.number))
        if answered.by == me or any(one.by == me and one.dissent_of is None for one in rivals):
            message = _("one's own determination is superseded, not answered by a dissent")
            raise Conflict(message)
        return gone
    version = head_of(docket).version
    for one in rivals:
        if one.by == me or one.dissent_of is not None:
            continue
        if (one.case_version, one.instrument_fingerprint) == (version, instrument):
            message = _(
                "{name} has determined {element} under {reading} already ({number}): sign it, or"
                " answer it with --dissent-of {number}"
            )
            raise Conflict(
                message.format(
                    name=one.by, element=one.element, reading=one.reading, number=one.number
                )
            )
        gone.append(one.number)
    return sorted(gone)


def _rivals(one: Determination, other: Determination) -> bool:
    return one.is_standing and (one.element, one.reading) == (other.element, other.reading)


def _numbered(every: tuple[Determination, ...], number: int) -> Determination:
    for one in every:
        if one.number == number:
            return one
    raise InvalidData(_("the case has no determination {number}").format(number=number))


def _check_standing(one: Determination) -> None:
    if not one.is_standing:
        message = _("determination {number} was superseded by {later}")
        raise Conflict(message.format(number=one.number, later=one.superseded_by))
