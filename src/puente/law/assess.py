"""What a case file supports under an instrument, by reading: the table, and why.

The result says what is supported *on this record under that reading*. It says of nobody that he did
anything, gives no number, puts nothing in an order of merit, and leaves every characterisation and
policy judgment to a person, whose determination stands beside it.

Source: the instrument for what must be shown and how strongly; docs/decisions/0009 for Puente's
    conventions on evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.law.branching import Pivot, pivots
from puente.law.elements import Element, leaves, walk
from puente.law.evidence import Side
from puente.law.explain import Explanation, explain
from puente.law.fingerprints import fingerprint
from puente.law.instrument import PERSUASIVE, Instrument, instruments
from puente.law.readings import branches
from puente.law.record import OnRecord, SetAside, evaluate, put_on_record
from puente.model.provenance import strictest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from puente.law.evidence import CaseFile, Characterisation, ConSearch, Evidence
    from puente.law.procedure import Designation
    from puente.law.readings import Branch
    from puente.law.status import Status

JUDGED_BY_PEOPLE = frozenset({"characterisation", "policy_judgment"})
"""Kinds of element that need a human determination beside the machine's status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchResult:
    """What one reading makes of the record.

    Attributes:
        status: of the whole.
        nodes: the status of every node that has an id, by its id.

    Source: docs/decisions/0009.
    """

    branch: Branch
    status: Status
    nodes: Mapping[str, Status]
    explanation: Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgment:
    """An element that a person must determine, and what analysts have determined.

    Source: 8 USC 1189(a)(1), (d)(2) as the model: findings that a named officer makes.
    """

    element: Element
    determinations: tuple[Characterisation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """One run: which law, which facts, which readings, and what follows.

    Attributes:
        as_of_law: day whose law applies.
        as_of_facts: day on which an item must have been to be had.
        instrument_fingerprint: SHA-256 of the instrument as read.
        in_force: whether the instrument applied on `as_of_law`; if not, there are no branches.
        marking: the strictest marking of the case's items.
        record: what is on record on each element by its id, asked for or not.
        results: one for each combination of readings.
        left_out: ids of the branches that rest on a reading put down from memory.
        con_not_searched: elements with evidence for which no search for con is logged.
        judgments: the elements that a person must determine.
        designations: what the instrument's list of designations says of an organisation of this
            name on `as_of_law`. It is shown and feeds nothing.

    Source: docs/decisions/0009.
    """

    instrument: Instrument
    instrument_fingerprint: str
    case: CaseFile
    as_of_law: date
    as_of_facts: date
    in_force: bool
    marking: str
    record: Mapping[str, OnRecord]
    set_aside: SetAside
    results: tuple[BranchResult, ...]
    left_out: tuple[str, ...]
    pivots: tuple[Pivot, ...]
    con_not_searched: tuple[str, ...]
    judgments: tuple[Judgment, ...]
    designations: tuple[Designation, ...]

    @property
    def idle_questions(self) -> tuple[str, ...]:
        """Return the open questions whose answer changes no result on this record."""
        turning = {pivot.question for pivot in self.pivots}
        asked = [option.question for r in self.results[:1] for option in r.branch.options]
        return tuple(question for question in asked if question not in turning)


def assess(
    instrument: Instrument,
    case: CaseFile,
    as_of_law: date,
    as_of_facts: date | None = None,
    library: Mapping[str, Instrument] | None = None,
) -> Assessment:
    """Return what a case file supports under an instrument, under each combination of readings.

    Args:
        as_of_law: the day whose law applies.
        as_of_facts: the day on which an item must have been to be had; the case's own if None.
        library: the instruments whose trees may stand in this one; the shipped ones if None.

    Source: the instrument; docs/decisions/0009.

    Raises: InvalidData: the case is under another instrument; the instrument only persuades or asks
        for nothing; an item, a search or a determination on what is no element of it.

    Cost: see `explain`, once for each branch.
    """
    _check(instrument, case)
    facts = as_of_facts or case.as_of_facts
    known = instruments() if library is None else library
    lapsed = frozenset(
        name for name in instrument.uses if name in known and not known[name].is_in_force(as_of_law)
    )
    applies = instrument.is_in_force(as_of_law)
    every = branches(instrument) if applies else []
    used = [b for b in every if all(option.citation.feeds for option in b.options)]
    elements = _elements(instrument)
    asked = frozenset(element.id for branch in used for element in leaves(branch.tree))
    record, aside = put_on_record(elements, asked, case, facts, lapsed)
    statuses = {name: on.status() for name, on in record.items()}
    return Assessment(
        instrument=instrument,
        instrument_fingerprint=fingerprint(instrument),
        case=case,
        as_of_law=as_of_law,
        as_of_facts=facts,
        in_force=applies,
        marking=strictest(item.marking for item in case.evidence),
        record=record,
        set_aside=aside,
        results=_results(used, record, _answered(case, record)),
        left_out=tuple(branch.id for branch in every if branch not in used),
        pivots=pivots(used, statuses),
        con_not_searched=tuple(e.id for e in elements if _unsearched(record[e.id])),
        judgments=_judgments([e for e in elements if e.id in asked], case),
        designations=_designations(instrument, case, as_of_law),
    )


def _check(instrument: Instrument, case: CaseFile) -> None:
    if case.instrument != instrument.id:
        message = _("the case is under {asked}, not under {given}").format(
            asked=case.instrument, given=instrument.id
        )
        raise InvalidData(message, file=case.origin)
    if instrument.authority == PERSUASIVE:
        message = _("{instrument} is persuasive only: it fills no element")
        raise InvalidData(message.format(instrument=instrument.id), file=case.origin)
    if instrument.elements is None:
        message = _("{instrument} asks for no elements: there is nothing to assess")
        raise InvalidData(message.format(instrument=instrument.id), file=case.origin)
    elements = {element.id for element in _elements(instrument)}
    filed: list[Evidence | ConSearch | Characterisation] = [*case.evidence]
    filed += [*case.con_searches, *case.characterisations]
    for item in filed:
        if item.element not in elements:
            message = _("{name!r} is no element of {instrument}").format(
                name=item.element, instrument=instrument.id
            )
            raise InvalidData(message, file=case.origin, line=item.line)


def _elements(instrument: Instrument) -> list[Element]:
    """Return every element of an instrument, also those in waiting, in the order of their ids."""
    trees = [tree for tree in (instrument.elements, *instrument.elements_in_waiting) if tree]
    found = {element.id: element for tree in trees for element in leaves(tree)}
    return [found[name] for name in sorted(found)]


def _results(
    used: Sequence[Branch], record: Mapping[str, OnRecord], answered: frozenset[str]
) -> tuple[BranchResult, ...]:
    statuses = {name: on.status() for name, on in record.items()}
    found: list[BranchResult] = []
    for branch in used:
        asked = {element.id: record[element.id] for element in leaves(branch.tree)}
        nodes = {n.id: evaluate(n, statuses) for n in walk(branch.tree) if n.id}
        found.append(
            BranchResult(
                branch=branch,
                status=evaluate(branch.tree, statuses),
                nodes=nodes,
                explanation=explain(branch.tree, asked, answered),
            )
        )
    return tuple(found)


def _answered(case: CaseFile, record: Mapping[str, OnRecord]) -> frozenset[str]:
    """Return the items that an item on the record, or a determination, answers."""
    standing = {item.id for on in record.values() for item in on.items}
    by_items = {name for item in case.evidence if item.id in standing for name in item.answers}
    return frozenset(by_items.union(*(held.answers for held in case.characterisations)))


def _unsearched(on: OnRecord) -> bool:
    return bool(on.on(Side.PRO)) and not on.searched


def _judgments(asked: Sequence[Element], case: CaseFile) -> tuple[Judgment, ...]:
    return tuple(
        Judgment(
            element=element,
            determinations=tuple(
                sorted(
                    (held for held in case.characterisations if held.element == element.id),
                    key=lambda held: held.analyst,
                )
            ),
        )
        for element in asked
        if element.kind in JUDGED_BY_PEOPLE
    )


def _designations(
    instrument: Instrument, case: CaseFile, as_of_law: date
) -> tuple[Designation, ...]:
    name = case.organisation.name.casefold()
    return tuple(
        one
        for one in instrument.designations
        if name in {other.casefold() for other in (one.organisation, *one.aliases)}
        and one.stands_on(as_of_law)
    )
