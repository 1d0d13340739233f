"""What a draft amendment would do, and to whom: facilitators it reaches, innocents who fall in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.law.elements import leaves, replace_node
from puente.law.matrix import Question, Reach
from puente.law.readings import branches
from puente.law.roles import INNOCENT, RoleBook, role_book

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from puente.law.elements import Element, Node
    from puente.law.instrument import Instrument
    from puente.law.matrix import Cell
    from puente.law.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A role with which an instrument does something else after a draft than before.

    Attributes:
        before, after: the cells.
        because: the elements that did it: new or changed ones that carry the cell after, dropped
            or changed ones that carried it before.

    Source: the citations of the two cells.
    """

    role: Role
    before: Cell
    after: Cell
    because: tuple[Element, ...]

    @property
    def is_wider(self) -> bool:
        """Return True if the instrument reaches the role, or may reach it, more than before."""
        return _ORDER.index(self.after.if_in_force) > _ORDER.index(self.before.if_in_force)


_ORDER = (Reach.MISSING, Reach.DEPENDS, Reach.REACHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Safeguard:
    """An element of a draft, and the innocents whom it keeps out.

    Attributes:
        element: the element.
        falls_in: innocents with whom the instrument would do more if the element were dropped.

    Source: the element's citation.
    """

    element: Element
    falls_in: tuple[Shift, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachChange:
    """What a draft does to whom.

    Attributes:
        becomes_reachable: facilitators whom the instrument reaches, or may reach, more than before.
        falls_in: innocents with whom it does more than before.
        no_longer: roles with which it does less than before.
        safeguards: the draft's own elements, with the innocents whom each of them keeps out.

    Source: the citations of the cells.
    """

    becomes_reachable: tuple[Shift, ...]
    falls_in: tuple[Shift, ...]
    no_longer: tuple[Shift, ...]
    safeguards: tuple[Safeguard, ...]


def compare_reach(
    before: Instrument,
    after: Instrument,
    instruments: Mapping[str, Instrument],
    *,
    as_of: date | None = None,
    book: RoleBook | None = None,
) -> ReachChange:
    """Return whom an instrument reaches after a draft and did not before, and by which element.

    Args:
        before: the instrument as it stands.
        after: the instrument as the draft would have it.
        instruments: all instruments by id, for the designations on the day.
        as_of: day of the designations; the draft's first day if None.
        book: the roles; the shipped ones if None.

    Source: Puente's own roles (`law/roles.yaml`) on the two trees.

    Raises: InvalidData: one of the two has no elements, or names a fact that no role answers.

    Limits: the roles are made-up places; who is in them is for a record and a person to say.

    Cost: twice the roles, and once more for each element that the draft brings.
    """
    book = book or role_book()
    question = Question(instruments=instruments, as_of=as_of or after.in_force.start, book=book)
    shifts = _shifts(question, before, after, book.roles)
    wider = [shift for shift in shifts if shift.is_wider]
    return ReachChange(
        becomes_reachable=tuple(one for one in wider if one.role.kind != INNOCENT),
        falls_in=tuple(one for one in wider if one.role.kind == INNOCENT),
        no_longer=tuple(one for one in shifts if not one.is_wider),
        safeguards=_safeguards(question, before, after),
    )


def _shifts(
    question: Question, before: Instrument, after: Instrument, roles: tuple[Role, ...]
) -> list[Shift]:
    old, new = _elements(before), _elements(after)
    differing = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    found: list[Shift] = []
    for role in roles:
        was, now = question.cell(role, before), question.cell(role, after)
        if was.if_in_force is now.if_in_force:
            continue
        carried = {
            ground.element.id: ground.element
            for cell in (now, was)
            for ground in cell.grounds
            if ground.element.id in differing
        }
        # What stood in the way need not have decided the cell: another limb may have left it open.
        gone = {name: old[name] for name in old if name in differing and name not in carried}
        because = carried or gone
        found.append(Shift(role=role, before=was, after=now, because=tuple(because.values())))
    return found


def _elements(instrument: Instrument) -> dict[str, Element]:
    """Return the elements under any reading, by id."""
    return {leaf.id: leaf for branch in branches(instrument) for leaf in leaves(branch.tree)}


def _safeguards(question: Question, before: Instrument, after: Instrument) -> tuple[Safeguard, ...]:
    """Return the elements that a draft brings or changes, with the innocents each keeps out."""
    old = _elements(before)
    innocents = tuple(role for role in question.book.roles if role.kind == INNOCENT)
    found: list[Safeguard] = []
    for name, element in _elements(after).items():
        if old.get(name) == element or after.elements is None:
            continue
        without = _without(after, after.elements, name)
        if without is None:
            continue
        shifts = _shifts(question, after, without, innocents)
        kept_out = tuple(shift for shift in shifts if shift.is_wider)
        if kept_out:
            found.append(Safeguard(element=element, falls_in=kept_out))
    return tuple(found)


def _without(instrument: Instrument, tree: Node, name: str) -> Instrument | None:
    """Return the instrument without one element; None where it cannot stand without it."""
    rest = replace_node(tree, name, None)
    if rest is None or rest == tree:
        return None
    smaller = replace(instrument, elements=rest)
    try:
        branches(smaller)
    except InvalidData:
        return None  # a rival reading acts on the element: it is not the draft's to drop
    return smaller
