"""What a run says, in sentences in the current language: for pages, memos and commands alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.i18n import gettext as _
from puente.i18n import ngettext
from puente.law.elements import Element, find, walk
from puente.law.evidence import Side
from puente.law.readings import AS_WRITTEN
from puente.law.references import CONFIDENCE_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from puente.law.antichains import Antichain
    from puente.law.assess import Assessment, BranchResult
    from puente.law.branching import Pivot
    from puente.law.elements import Node
    from puente.law.explain import Explanation


def statement(result: BranchResult) -> str:
    """Return what may be said of one branch, in the current language.

    Source: docs/decisions/0009: supported on this record under a reading, and no more.
    """
    if result.branch.id == AS_WRITTEN:
        return _("{status}, the text as written").format(status=result.status.text)
    return _("{status} under reading {reading}").format(
        status=result.status.text, reading=result.branch.id
    )


def node_name(run: Assessment, name: str) -> str:
    """Return a node's id with its citation, e.g. `activity [8 USC 1189(a)(1)(B)]`.

    Source: the instrument.
    """
    node = _node(run, name)
    return f"{name} [{node.cite}]" if node is not None and node.cite else name


def _node(run: Assessment, name: str) -> Node | None:
    trees = (result.branch.tree for result in run.results)
    found = next((node for tree in trees if (node := find(tree, name))), None)
    return found or (run.record[name].element if name in run.record else None)


def pivot_sentence(run: Assessment, pivot: Pivot) -> str:
    """Return what the difference between two readings turns on, in one sentence.

    Source: docs/decisions/0009.
    """
    sets = [_joined(run, one) for one in pivot.sets]
    text = _("{question} (question) turns on {elements}").format(
        question=pivot.question, elements=_(", or on ").join(sets)
    )
    if pivot.within:
        text = _("{text} within {node}").format(text=text, node=node_name(run, pivot.within))
    better, other = pivot.options
    if pivot.carried_by:
        limbs = _("{limbs} carries it under the reading {better}, not under {other}")
        carried = limbs.format(limbs=_joined(run, pivot.carried_by), better=better, other=other)
        return f"{text}: {carried}"
    stands = _("{better} and {other} part there").format(better=better, other=other)
    return f"{text}: {stands}"


def _joined(run: Assessment, names: Iterable[str]) -> str:
    return " + ".join(node_name(run, name) for name in names)


def set_aside_sentences(run: Assessment) -> list[str]:
    """Return how many items were not counted and why, one sentence for each reason.

    Source: docs/decisions/0009.
    """
    aside = run.set_aside
    day = run.as_of_facts.isoformat()
    said: list[tuple[tuple[str, ...], str]] = [
        (aside.later, _("not to be had yet on {day}").format(day=day)),
        (aside.memory, _("put down from memory, to check")),
        (aside.unchecked, _("the text of the element stands from memory, to check")),
        (aside.lapsed, _("the element's own instrument was not in force")),
        (aside.unused, _("no reading asks for the element")),
    ]
    return [
        _("{count} set aside ({ids}): {why}").format(
            count=_items(len(ids)), ids=", ".join(ids), why=why
        )
        for ids, why in said
        if ids
    ]


def _items(count: int) -> str:
    return ngettext("{count} item", "{count} items", count).format(count=count)


def explanation_sentences(why: Explanation) -> list[str]:
    """Return why a whole stands as it does, one sentence for each thing to know.

    Source: docs/decisions/0009.
    """
    carried = {
        Side.PRO: _("carried by any one of these sets alone: {sets}"),
        Side.CON: _("countered by any one of these sets alone: {sets}"),
    }
    wanted = {
        Side.PRO: _("would be carried, if evidence came for: {sets}"),
        Side.CON: _("would be countered, if evidence came for: {sets}"),
    }
    lines: list[str] = []
    for side in Side:
        found = why.sufficient[side]
        if found.sets:
            lines.append(carried[side].format(sets=_sets(found, (sorted(s) for s in found.sets))))
        missing = why.missing[side]
        if missing.sets:
            needs = ([need_name(need) for need in sorted(one)] for one in missing.sets)
            lines.append(wanted[side].format(sets=_sets(missing, needs)))
            lines += [_enough(why, need) for need in sorted(missing.sets[0])]
    if why.bearing_items:
        names = ", ".join(one.name for one in why.bearing_items)
        lines.append(_("falls with any one of these items: {names}").format(names=names))
    if why.bearing_groups:
        names = ", ".join(one.name for one in why.bearing_groups)
        lines.append(_("falls with any one of these sources: {names}").format(names=names))
    if why.unanswered:
        names = ", ".join(why.unanswered)
        lines.append(_("against it and not answered: {names}").format(names=names))
    return lines


def _enough(why: Explanation, need: tuple[str, Side]) -> str:
    ways = _(", or ").join(way.text for way in why.wanting[need])
    return _("for {element} it would take {groups}").format(element=need_name(need), groups=ways)


def need_name(need: tuple[str, Side]) -> str:
    """Return an element and the side of it that is wanted.

    Source: docs/decisions/0009.
    """
    return need[0] if need[1] is Side.PRO else _("against {element}").format(element=need[0])


def _sets(found: Antichain[str] | Antichain[tuple[str, Side]], sets: Iterable[list[str]]) -> str:
    text = "; ".join("{" + ", ".join(one) + "}" for one in sets)
    if found.cut:
        more = _("more than {count}, the smallest are named").format(count=len(found.sets))
        return f"{text} ({more})"
    return text


def mark(element: Element) -> str:
    """Return the mark of an element whose text is contested or from memory; "" for others.

    Source: the instrument's own confidence.
    """
    if not element.citation.is_marked:
        return ""
    word = _(CONFIDENCE_WORDS[element.confidence])
    note = element.citation.to_check
    return f"{word}: {note}" if note else word


def elements_shown(run: Assessment) -> list[Element]:
    """Return the elements that any branch asks for, in the order of the text.

    Source: the instrument.
    """
    found: dict[str, Element] = {}
    for result in run.results:
        for node in walk(result.branch.tree):
            if isinstance(node, Element):
                found.setdefault(node.id, node)
    return list(found.values())
