"""What a case file has on each element at a date, and the status that follows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.law.elements import AnyOf, Element, Unless
from puente.law.evidence import Side
from puente.law.standards import Standard, Weight, meets
from puente.law.status import NOT_ASSESSED, Status, join, meet, unless

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from puente.law.elements import Node
    from puente.law.evidence import CaseFile, Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class OnRecord:
    """What is on record on one element: the items that count, and whether con was searched for.

    Attributes:
        filed: the items to be had on that day and not put down from memory, in the order of their
            ids. They count where the element's text may be relied on.
        searched: whether a search for what speaks against it has been logged.
        feeds: whether its text may be relied on: not from memory, and law on that day.

    Source: docs/decisions/0009: what counts, and when an element is assessed.
    """

    element: Element
    filed: tuple[Evidence, ...] = ()
    searched: bool = False
    feeds: bool = True

    @property
    def items(self) -> tuple[Evidence, ...]:
        """Return the items that count."""
        return self.filed if self.feeds else ()

    @property
    def standard(self) -> Standard:
        """Return the standard that both sides must meet."""
        return Standard(self.element.standard)

    @property
    def is_assessed(self) -> bool:
        """Return True if anyone has looked, and the element's own text may be relied on."""
        return self.feeds and bool(self.filed or self.searched)

    def on(self, side: Side) -> tuple[Evidence, ...]:
        """Return the items of one side."""
        return tuple(item for item in self.items if item.side is side)

    def groups(self, side: Side, *, without: str = "") -> dict[str, Weight]:
        """Return the weight of the best item of each independence group of one side.

        Args:
            without: the id of an item to leave out.
        """
        return best_of_groups(item for item in self.on(side) if item.id != without)

    def status(self) -> Status:
        """Return the element's status: each side by itself, against the element's standard.

        Source: docs/decisions/0009. Adding an item for one side can turn that side on and never
            off, and never touches the other.
        """
        if not self.is_assessed:
            return NOT_ASSESSED
        pro, con = (meets(self.standard, self.groups(side).values()) for side in Side)
        return Status(pro=pro, con=con)


def best_of_groups(items: Iterable[Evidence]) -> dict[str, Weight]:
    """Return the weight of the best item of each independence group.

    Source: docs/decisions/0009: a group counts once, at its best item.
    """
    best: dict[str, Weight] = {}
    for item in items:
        best[item.group] = max(best.get(item.group, Weight.NONE), item.weight)
    return best


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """The items that were not counted, and why: ids, in order.

    Attributes:
        later: not to be had yet on the day of the facts.
        memory: put down from memory.
        unchecked: filed under an element whose own text stands from memory.
        lapsed: filed under an element of an instrument that was not in force.
        unused: filed under an element that no reading asks for, so that it bears on nothing.

    Source: docs/decisions/0009.
    """

    later: tuple[str, ...] = ()
    memory: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    lapsed: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()


def put_on_record(
    elements: Sequence[Element],
    asked: frozenset[str],
    case: CaseFile,
    as_of_facts: date,
    lapsed: frozenset[str] = frozenset(),
) -> tuple[dict[str, OnRecord], SetAside]:
    """Return what is on record on each element by its id, and what was set aside.

    Args:
        elements: every element of the instrument, also those in waiting.
        asked: ids of those that a branch asks for.
        as_of_facts: the day on which an item must have been to be had.
        lapsed: ids of instruments that were not in force on the day of the law.

    Source: docs/decisions/0009.
    """
    unfit = {e.id: _unfit(e, lapsed) for e in elements}
    filed: dict[str, list[Evidence]] = defaultdict(list)
    aside: dict[str, list[str]] = defaultdict(list)
    for item in sorted(case.evidence, key=lambda item: item.id):
        why = _why_not(item, as_of_facts)
        if not why:
            filed[item.element].append(item)
        why = why or unfit[item.element]
        if why:
            aside[why].append(item.id)
        elif item.element not in asked:
            aside["unused"].append(item.id)
    searched = {search.element for search in case.con_searches if search.date <= as_of_facts}
    record = {
        element.id: OnRecord(
            element=element,
            filed=tuple(filed[element.id]),
            searched=element.id in searched,
            feeds=not unfit[element.id],
        )
        for element in elements
    }
    return record, SetAside(**{why: tuple(ids) for why, ids in aside.items()})


def _unfit(element: Element, lapsed: frozenset[str]) -> str:
    """Return why nothing filed under an element may count; "" where it may."""
    if not element.citation.feeds:
        return "unchecked"
    return "lapsed" if element.instrument in lapsed else ""


def _why_not(item: Evidence, as_of_facts: date) -> str:
    if item.date.end > as_of_facts:
        return "later"
    return "memory" if item.to_check else ""


def evaluate(node: Node, statuses: Mapping[str, Status]) -> Status:
    """Return the status of a tree.

    Args:
        statuses: of each element by its id; one that is left out is not assessed.

    Source: Belnap (1977) for the four values; Kleene (1952) s. 64 on each side. Both sides are
        monotone in the elements' sides, so the whole is not assessed exactly while some status of
        the unassessed elements could still change it, also where an element stands twice.
    Cost: one visit to each node.
    """
    if isinstance(node, Element):
        return statuses.get(node.id, NOT_ASSESSED)
    if isinstance(node, Unless):
        return unless(evaluate(node.main, statuses), evaluate(node.exception, statuses))
    parts = [evaluate(child, statuses) for child in node.nodes]
    return join(parts) if isinstance(node, AnyOf) else meet(parts)
