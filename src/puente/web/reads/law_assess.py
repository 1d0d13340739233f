"""What the workbench shows of a case file: both sides, the table by reading, and why.

The contrary side comes first. Nothing is stored: what is shown is worked out from the text sent.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from puente.i18n import N_, format_date
from puente.i18n import gettext as _
from puente.law.antichains import OTHER
from puente.law.assess import Assessment, BranchResult, assess
from puente.law.casefile import read_case
from puente.law.compare import Comparison, compare
from puente.law.elements import Element, Unless, children, leaves, walk
from puente.law.evidence import Side
from puente.law.explain import polarities
from puente.law.instrument import get_instrument
from puente.law.readings import AS_WRITTEN
from puente.law.runs import run_json
from puente.law.stored import read_run
from puente.report.law_memo_words import node_text
from puente.web.reads.law import example

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from puente.law.antichains import Antichain
    from puente.law.branching import Pivot
    from puente.law.elements import Node
    from puente.law.evidence import CaseFile, Evidence
    from puente.law.explain import Need
    from puente.law.status import Status

ORIGIN = N_("case file")
SETS = 5
"""How many smallest sets of what is missing a page shows."""

_ASIDE: Mapping[str, str] = {
    "later": N_("set aside: not to be had yet on the day of the facts"),
    "memory": N_("set aside: put down from memory"),
    "unchecked": N_("set aside: the element's own text stands from memory"),
    "lapsed": N_("set aside: the element's own instrument was not in force"),
    "unused": N_("bears on nothing: no reading asks for the element"),
}
CHANGED: Mapping[str, str] = {
    "as_of_law": N_("the day of the law"),
    "as_of_facts": N_("the day of the facts"),
    "instrument": N_("the instrument's text"),
    "case": N_("the case file"),
    "in_force": N_("whether the instrument applied"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of evidence as it is shown.

    Attributes:
        element: the element that it is filed under.
        in_exception: whether the element stands in an exception, so that against it is for the
            whole.
        aside: why it does not count; "" where it does.
        unanswered: whether it speaks against the whole under a reading and nothing answers it.
    """

    item: Evidence
    element: Element
    in_exception: bool
    aside: str
    unanswered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the table: a node, how deep it stands, and its status by reading.

    Attributes:
        is_exception: whether it stands in an exception, where what supports it speaks against the
            whole.
        statuses: one for each branch; None where the branch does not ask for it.
    """

    node: Node
    depth: int
    is_exception: bool
    statuses: tuple[Status | None, ...]

    @property
    def is_element(self) -> bool:
        """Return True if the node is no group."""
        return isinstance(self.node, Element)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One run, ready to be shown.

    Attributes:
        con, pro: items that speak against the whole and for it.
        rows: the named nodes in the order of the text.
        readings: the name of each branch for people, in the order of `run.results`.
    """

    run: Assessment
    con: tuple[Item, ...]
    pro: tuple[Item, ...]
    rows: tuple[Row, ...]
    readings: tuple[str, ...]


def read_case_text(text: str) -> CaseFile:
    """Return the case file that a text writes; see `read_case` for what it raises."""
    return read_case(text, _(ORIGIN))


@cache
def example_case(name: str) -> CaseFile:
    """Return a shipped example, read once; what is sent is read anew and forgotten.

    Raises: InvalidData: there is none of that name.
    """
    return read_case(example(name), name)


def read_bench(case: CaseFile, as_of_law: date, as_of_facts: date | None) -> Bench:
    """Return a run of a case file, ready to be shown.

    Raises:
        InvalidData: the case does not fit its instrument; with the line.
        NotFound: no such instrument.
    """
    run = assess(get_instrument(case.instrument), case, as_of_law, as_of_facts)
    con, pro = _sides(run)
    return Bench(
        run=run,
        con=con,
        pro=pro,
        rows=_rows(run),
        readings=tuple(reading_name(result) for result in run.results),
    )


def compare_runs(before: Assessment, after: Assessment) -> Comparison:
    """Return what changed between two runs of one case."""
    first, second = (read_run(json.dumps(run_json(run)), _(ORIGIN)) for run in (before, after))
    return compare(first, second)


def reading_name(result: BranchResult) -> str:
    """Return the name of a branch: its answer to each open question."""
    if result.branch.id == AS_WRITTEN:
        return _("the text as written")
    return " · ".join(f"{option.question}: {option.id}" for option in result.branch.options)


def run_day(run: Assessment) -> str:
    """Return the two days of a run in words."""
    return _("law of {law}, facts to {facts}").format(
        law=format_date(run.as_of_law), facts=format_date(run.as_of_facts)
    )


def pivot_words(run: Assessment, pivot: Pivot) -> list[str]:
    """Return what the difference between two readings turns on, in sentences for people."""
    results = {one.branch.id: one.status.text for one in run.results}
    question = next(one for one in run.instrument.readings if one.id == pivot.question)
    better, other = pivot.options
    first = _("Under «{better}» it is {this}; under «{other}» it is {that}.").format(
        better=better, this=results[pivot.pairs[0][0]],
        other=other, that=results[pivot.pairs[0][1]],
    )  # fmt: skip
    lines = [f"{question.text} {first}"]
    for name in pivot.elements:
        on = run.record.get(name)
        if on is not None:
            at_issue = _("At issue: {element} ({cite}), {status}.")
            status = on.status().text
            lines.append(at_issue.format(element=on.element.text, cite=on.element.cite,
                                         status=status))  # fmt: skip
    limbs = [node_text(run, name) for name in pivot.carried_by]
    if limbs:
        carried = _("What carries it under «{better}»: {limbs}.")
        lines.append(carried.format(better=better, limbs="; ".join(limbs)))
    return lines


def wanted_in(found: Antichain[Need]) -> list[Need]:
    """Return each element that the sets shown name, once, in the order in which they name it."""
    return list(dict.fromkeys(need for one in found.sets[:SETS] for need in sorted(one)))


def _sides(run: Assessment) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """Return the items against the whole and those for it, in the order of the elements.

    Against an exception is for the whole. An item on an element that no reading asks for stays on
    the side on which it was filed.
    """
    helps = frozenset(pair for one in run.results for pair in polarities(one.branch.tree))
    harms = frozenset((name, OTHER[side]) for name, side in helps)
    open_items = {name for one in run.results for name in one.explanation.unanswered}
    aside = {
        item: _(words) for key, words in _ASIDE.items() for item in getattr(run.set_aside, key)
    }
    order = {name: place for place, name in enumerate(_order(run))}
    con: list[Item] = []
    pro: list[Item] = []
    for item in sorted(run.case.evidence, key=lambda one: (order[one.element], one.id)):
        pair = (item.element, item.side)
        asked = pair in helps or pair in harms
        against = pair in harms if asked else item.side is Side.CON
        shown = Item(
            item=item,
            element=run.record[item.element].element,
            in_exception=asked and against is (item.side is Side.PRO),
            aside=aside.get(item.id, ""),
            unanswered=item.id in open_items,
        )
        (con if against else pro).append(shown)
    return tuple(con), tuple(pro)


def _order(run: Assessment) -> list[str]:
    """Return the ids of all elements on record, in the order of the text."""
    found = dict.fromkeys(element.id for one in run.results for element in leaves(one.branch.tree))
    return [*found, *(name for name in run.record if name not in found)]


def _rows(run: Assessment) -> tuple[Row, ...]:
    """Return the named nodes of all branches, each once.

    What only a later branch has stands behind the node that it follows there.
    """
    places: list[tuple[Node, int, bool]] = []
    for one in run.results:
        after = 0
        for node, depth, is_exception in _named(one.branch.tree):
            known = next((n for n, held in enumerate(places) if held[0].id == node.id), None)
            if known is None:
                places.insert(after, (node, depth, is_exception))
                known = after
            after = known + 1
    held_in = [{node.id for node in walk(one.branch.tree)} for one in run.results]
    return tuple(
        Row(
            node=node,
            depth=depth,
            is_exception=is_exception,
            statuses=tuple(
                one.nodes[node.id] if node.id in ids else None
                for one, ids in zip(run.results, held_in, strict=True)
            ),
        )
        for node, depth, is_exception in places
    )


def _named(tree: Node) -> list[tuple[Node, int, bool]]:
    """Return the named nodes in the order of the text: how deep, and whether in an exception."""
    found: list[tuple[Node, int, bool]] = []

    def visit(node: Node, depth: int, *, is_exception: bool) -> None:
        if node.id:
            found.append((node, depth, is_exception))
        for place, child in enumerate(children(node)):
            # An exception to an exception speaks for the whole again.
            turned = isinstance(node, Unless) and place == 1
            visit(child, depth + bool(node.id), is_exception=is_exception is not turned)

    visit(tree, 0, is_exception=False)
    return found
