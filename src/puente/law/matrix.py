"""The gap matrix: which authority reaches which kind of facilitator on a day, and by which element.

A cell is no finding on anybody: it says what the words of an instrument do with a role whose facts
are written down in `law/roles.yaml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from puente.errors import InvalidData, NotFound
from puente.i18n import N_
from puente.i18n import gettext as _
from puente.law.elements import AnyOf, Element, Unless, find, leaves
from puente.law.readings import branches
from puente.law.references import CONFIDENCES
from puente.law.roles import FACILITATOR, Answer, RoleBook, Stated, role_book

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from puente.law.elements import Node
    from puente.law.instrument import Instrument
    from puente.law.roles import Authority, Role


class Reach(StrEnum):
    """What an authority does with a role.

    Source: Kleene's strong three values, and a fourth for an authority that does not stand yet or
        no longer.
    """

    REACHED = "reached"
    MISSING = "missing"
    DEPENDS = "depends"
    NOT_IN_FORCE = "not_in_force"


REACH_WORDS: dict[Reach, str] = {
    Reach.REACHED: N_("reached"),
    Reach.MISSING: N_("missing"),
    Reach.DEPENDS: N_("depends"),
    Reach.NOT_IN_FORCE: N_("not in force"),
}
_REACH = {Answer.YES: Reach.REACHED, Answer.NO: Reach.MISSING, Answer.DEPENDS: Reach.DEPENDS}


class DecidedBy(StrEnum):
    """What decides whether an element holds for a role.

    Source: Puente's own format.
    """

    ROLE = "role"
    DATE = "date"
    MEMORY = "memory"
    JUDGEMENT = "judgement"
    NOBODY = "nobody"


DECIDED_WORDS: dict[DecidedBy, str] = {
    DecidedBy.MEMORY: N_("written down from memory: to check before anything rests on it"),
    DecidedBy.JUDGEMENT: N_("left to the judgement of whoever holds the authority"),
    DecidedBy.NOBODY: N_("no fact of the roles answers it"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One element of a cell: does it hold for the role, and why.

    Attributes:
        answer: whether the element holds.
        decided_by: what decides it.
        stated: the role's answer; None where the role does not decide.
        as_of: the day, where the date decides.
        organisations: those of the data that are listed on that day; the element holds for them.

    Source: the element's citation, and `law/roles.yaml`.
    """

    element: Element
    answer: Answer
    decided_by: DecidedBy
    stated: Stated | None = None
    as_of: date | None = None
    organisations: tuple[str, ...] = ()

    @property
    def confidence(self) -> str:
        """Return the less sure mark of the element and of what the role's answer rests on."""
        rests_on = self.stated.citation if self.stated else None
        marks = [self.element.confidence, *([rests_on.confidence] if rests_on else [])]
        return max(marks, key=CONFIDENCES.index)

    @property
    def because(self) -> str:
        """Return why, in the current language."""
        if self.stated is not None:
            return str(self.stated.because)
        if self.as_of is None:
            return _(DECIDED_WORDS[self.decided_by])
        if not self.organisations:
            silent = _("no organisation in the data is listed on {day}")
            return silent.format(day=self.as_of.isoformat())
        return _("listed on {day}, of the organisations in the data: {names}").format(
            day=self.as_of.isoformat(), names=", ".join(self.organisations)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one authority does with one role on a day.

    Attributes:
        status: what it does.
        if_in_force: what its words would do if it stood; the same as `status` where it stands.
        grounds: the elements that carry the status: those that hold where it is reached, those
            that fail where it is missing, those that are open where it depends.
        judgements: elements that were set aside: they are left to whoever holds the authority.
        by_branch: the status under each combination of rival readings, by the branch's id.
        listed: organisations listed on the day that a ground rests on, of those in the data.

    Source: the citations of its elements.
    """

    role: Role
    authority: str
    instrument: Instrument
    status: Reach
    if_in_force: Reach
    grounds: tuple[Ground, ...]
    judgements: tuple[Element, ...] = ()
    by_branch: Mapping[str, Reach]
    listed: tuple[str, ...] = ()

    @property
    def citations(self) -> tuple[str, ...]:
        """Return the citations of the elements that carry the cell, each once."""
        return tuple(dict.fromkeys(ground.element.cite for ground in self.grounds))

    @property
    def confidence(self) -> str:
        """Return the least sure mark among the grounds that carry the cell."""
        return max((ground.confidence for ground in self.grounds), key=CONFIDENCES.index)

    @property
    def readings_differ(self) -> bool:
        """Return True if rival readings lead to different results."""
        return len(set(self.by_branch.values())) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Roles by authorities on a day.

    Source: the citations of its cells.
    """

    as_of: date
    authorities: tuple[Authority, ...]
    roles: tuple[Role, ...]
    cells: tuple[Cell, ...]

    def cell(self, role: str, authority: str) -> Cell:
        """Return the cell of a role and an authority.

        Raises: NotFound: there is none.
        """
        for cell in self.cells:
            if cell.role.id == role and cell.authority == authority:
                return cell
        raise NotFound(_("no cell {role} by {authority}").format(role=role, authority=authority))


def gap_matrix(
    instruments: Mapping[str, Instrument],
    as_of: date,
    *,
    kinds: Iterable[str] = (FACILITATOR,),
    book: RoleBook | None = None,
) -> Matrix:
    """Return what each authority does with each role on a day.

    Args:
        instruments: instruments by id, those that designations stand in included.
        as_of: the day of the law; the roles' facts are the same on every day.
        kinds: `facilitator`, `innocent`, or both.
        book: roles and columns; the shipped ones if None.

    Source: `law/roles.yaml` and the instruments it names.

    Raises: InvalidData: a column names an instrument or a node that is not there.

    Limits: a role is a made-up place, not a person; an element written down from memory leaves its
        cell open.
    """
    book = book or role_book()
    wanted = set(kinds)
    roles = tuple(role for role in book.roles if role.kind in wanted)
    cells: list[Cell] = []
    for authority in book.authorities:
        instrument = instruments.get(authority.instrument)
        if instrument is None:
            message = f"authority {authority.id!r}: no instrument {authority.instrument!r}"
            raise InvalidData(message)
        question = Question(instruments=instruments, as_of=as_of, book=book)
        cells += [question.cell(role, instrument, authority) for role in roles]
    return Matrix(as_of=as_of, authorities=book.authorities, roles=roles, cells=tuple(cells))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of every cell: on which day, by which roles, with which designations.

    Source: Puente's own format.
    """

    instruments: Mapping[str, Instrument]
    as_of: date
    book: RoleBook

    def cell(self, role: Role, instrument: Instrument, authority: Authority | None = None) -> Cell:
        """Return what an instrument does with a role.

        Args:
            authority: the column, which may name a node; the whole tree if None.

        Raises: InvalidData: the instrument has no elements, or no such node.
        """
        node = authority.node if authority else ""
        results: dict[str, Weighed] = {}
        grounds: dict[str, Ground] = {}
        for branch in branches(instrument):
            tree = find(branch.tree, node) if node else branch.tree
            if tree is None:
                raise InvalidData(f"{instrument.id} has no node {node!r}")
            found = {leaf.id: self.ground(leaf, role) for leaf in leaves(tree)}
            grounds.update(found)
            results[branch.id] = weigh(tree, {name: one.answer for name, one in found.items()})
        if not results:
            raise InvalidData(f"{instrument.id} has no elements")
        answers = {result.answer for result in results.values()}
        answer = answers.pop() if len(answers) == 1 else Answer.DEPENDS
        # A judgement that was set aside carries nothing, unless nothing else is left to name.
        deciding = dict.fromkeys(name for result in results.values() for name in result.elements)
        chosen = tuple(grounds[name] for name in deciding)
        carrying = (
            tuple(one for one in chosen if one.decided_by is not DecidedBy.JUDGEMENT) or chosen
        )
        stands = instrument.is_in_force(self.as_of)
        return Cell(
            role=role,
            authority=authority.id if authority else instrument.id,
            instrument=instrument,
            status=_REACH[answer] if stands else Reach.NOT_IN_FORCE,
            if_in_force=_REACH[answer],
            grounds=carrying,
            judgements=tuple(
                one.element for one in grounds.values() if one.decided_by is DecidedBy.JUDGEMENT
            ),
            by_branch={name: _REACH[result.answer] for name, result in results.items()},
            listed=tuple(dict.fromkeys(name for one in carrying for name in one.organisations)),
        )

    def ground(self, element: Element, role: Role) -> Ground:
        """Return whether an element holds for a role."""
        if not element.citation.feeds:
            return Ground(element=element, answer=Answer.DEPENDS, decided_by=DecidedBy.MEMORY)
        fact = self.book.facts.get(element.fact)
        if fact is None and element.fact:
            message = f"{element.instrument}: {element.fact!r} is no fact of the roles"
            raise InvalidData(message)
        if fact is None and element.kind == "policy_judgment":
            return Ground(element=element, answer=Answer.YES, decided_by=DecidedBy.JUDGEMENT)
        if fact is None:
            return Ground(element=element, answer=Answer.DEPENDS, decided_by=DecidedBy.NOBODY)
        if fact.listed_by:
            names = listed_organisations(self.instruments, fact.listed_by, self.as_of)
            known_from = self.instruments[fact.listed_by].designations_known_from
            # Where the file does not go back so far, its silence is no answer.
            silent = Answer.DEPENDS if known_from and self.as_of < known_from else Answer.NO
            return Ground(
                element=element,
                answer=Answer.YES if names else silent,
                decided_by=DecidedBy.DATE,
                as_of=self.as_of,
                organisations=names,
            )
        stated = role.facts[fact.id]
        return Ground(
            element=element, answer=stated.value, decided_by=DecidedBy.ROLE, stated=stated
        )


def listed_organisations(
    instruments: Mapping[str, Instrument], instrument: str, as_of: date
) -> tuple[str, ...]:
    """Return the organisations designated under an instrument on a day, in the order of its file.

    A designation from memory is left out; one of which only the month is known counts from its
    last day on.

    Source: the instrument's `designations`.

    Raises: InvalidData: there is no such instrument.
    """
    listing = instruments.get(instrument)
    if listing is None:
        raise InvalidData(f"no instrument {instrument!r} to look for designations in")
    return tuple(
        one.organisation
        for one in listing.designations
        if one.citation.feeds and one.stands_on(as_of)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """The answer of a tree, and the elements that decide it.

    Source: Kleene (1952), section 64.
    """

    answer: Answer
    elements: tuple[str, ...]


_NOT = {Answer.YES: Answer.NO, Answer.NO: Answer.YES, Answer.DEPENDS: Answer.DEPENDS}


def weigh(node: Node, answers: Mapping[str, Answer]) -> Weighed:
    """Return a tree's answer in Kleene's strong logic, and the elements that decide it.

    Args:
        node: the tree.
        answers: an answer for each element by id.

    Source: Kleene (1952), section 64: a conjunction is as low as its lowest member, a disjunction
        as high as its highest.
    """
    if isinstance(node, Element):
        return Weighed(answer=answers[node.id], elements=(node.id,))
    if isinstance(node, Unless):
        exception = weigh(node.exception, answers)
        against = Weighed(answer=_NOT[exception.answer], elements=exception.elements)
        return _decided([weigh(node.main, answers), against], (Answer.NO, Answer.DEPENDS))
    parts = [weigh(child, answers) for child in node.nodes]
    if isinstance(node, AnyOf):
        return _decided(parts, (Answer.YES, Answer.DEPENDS))
    return _decided(parts, (Answer.NO, Answer.DEPENDS))


def _decided(parts: list[Weighed], strongest: tuple[Answer, ...]) -> Weighed:
    """Return the first of `strongest` that a part has, with the elements of all parts that do."""
    held = {part.answer for part in parts}
    answer = next((one for one in strongest if one in held), None) or held.pop()
    names = (name for part in parts if part.answer is answer for name in part.elements)
    return Weighed(answer=answer, elements=tuple(dict.fromkeys(names)))
