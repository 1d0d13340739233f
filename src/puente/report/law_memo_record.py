"""The memo on the record: the evidence, the table of readings, what carries it, what is wanting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.i18n import N_
from puente.i18n import gettext as _
from puente.law.elements import Element, walk
from puente.law.evidence import Side
from puente.law.sentences import elements_shown, set_aside_sentences
from puente.law.standards import Weight
from puente.report.document import Bullets, Grid, Paragraph, Section
from puente.report.law_memo_words import (
    NOTHING,
    SIDES,
    MemoFacts,
    alike,
    broken,
    listed,
    reading_text,
    short_status,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from puente.law.antichains import Antichain
    from puente.law.assess import BranchResult
    from puente.law.evidence import Evidence
    from puente.law.explain import Explanation, LoadBearing, Need
    from puente.report.document import Block

ABREAST = 5
"""Readings in one table; more are set in tables below each other."""

_WEIGHTS = {
    Weight.NONE: N_("carries nothing"),
    Weight.WEAK: N_("weak item"),
    Weight.FAIR: N_("fair item"),
    Weight.STRONG: N_("strong item"),
    Weight.FIRM: N_("firm item"),
}
_BROUGHT = {Side.PRO: N_("carried"), Side.CON: N_("countered")}

SETS_SHOWN = 8
"""Smallest sets of one kind that are written out."""


def record_section(facts: MemoFacts) -> Section:
    """Return every item of the case file, with grade, group, marking and where it is found."""
    case = facts.run.case
    places = {element.id: n for n, element in enumerate(elements_shown(facts.run))}
    items = sorted(
        case.evidence,
        key=lambda item: (
            places.get(item.element, len(places)),
            item.element,
            item.side is Side.CON,
            item.id,
        ),
    )
    blocks: list[Block] = [
        Paragraph(
            text=_(
                "Each item is graded for its source (A to F) and for itself (1 to 6), and carries"
                " what the worse of the two allows. Items of one origin share a group and count"
                " once, at the best of them."
            )
        ),
        Grid(
            headers=(_("Item"), _("Element and side"), _("Grade"), _("Group"), _("Date"),
                     _("Marking"), _("What it says, and where")),
            rows=tuple(_item_row(item) for item in items),
            caption=_("Items of evidence"),
            wide=((1, 5), (2, 4), (3, 4), (5, 4), (6, 13)),
        ),
    ]  # fmt: skip
    aside = set_aside_sentences(facts.run)
    if aside:
        blocks += [Paragraph(text=_("Not counted:")), Bullets(items=tuple(aside))]
    return Section(key="record", title=_("The record"), blocks=tuple(blocks))


def _item_row(item: Evidence) -> tuple[str, ...]:
    where = [item.provenance.source, item.provenance.locator]
    if item.provenance.sha256:
        where.append(f"SHA-256 {item.provenance.sha256}")
    parts = [
        str(item.text),
        ", ".join(where) + ".",
        _("Filed so by {analyst}: {why}").format(analyst=item.analyst, why=item.rationale),
    ]
    if item.answers:
        parts.append(_("Answers {items}.").format(items=listed(item.answers)))
    if item.to_check:
        parts.append(_("From memory, to check: {what}").format(what=item.to_check))
    return (
        item.id,
        f"{broken(item.element)}, {_(SIDES[item.side])}",
        f"{item.grade.value}{item.credibility.value}, {_(_WEIGHTS[item.weight])}",
        item.group,
        item.date.iso,
        item.marking,
        " ".join(parts),
    )


def table_section(facts: MemoFacts) -> Section:
    """Return the table of elements by readings, and the whole."""
    blocks: list[Block] = [
        Paragraph(
            text=_(
                "What the record supports of each element and of each group of elements, under each"
                " reading. A dash: that reading does not ask for it."
            )
        )
    ]
    results = facts.run.results
    starts = range(0, len(results), ABREAST)
    blocks += [_table(facts, results[start : start + ABREAST]) for start in starts]
    return Section(key="table", title=_("Element by reading"), blocks=tuple(blocks))


def _table(facts: MemoFacts, results: tuple[BranchResult, ...]) -> Grid:
    rows: list[tuple[str, ...]] = []
    for element in elements_shown(facts.run):
        cells = [_cell(result, element.id) for result in results]
        rows.append((f"{element.text} ({broken(element.id)})", *cells))
    for name, text in _groups(facts).items():
        rows.append((_("Together: {text}").format(text=text), *(_cell(r, name) for r in results)))
    rows.append((_("The whole"), *(short_status(result.status.word) for result in results)))
    return Grid(
        headers=(_("Element"), *(facts.short(result) for result in results)),
        rows=tuple(rows),
        caption=_("Status on this record, by reading"),
        wide=((0, 1),),
        note="; ".join(f"{facts.short(r)}: {reading_text(r)}" for r in results),
    )


def _cell(result: BranchResult, name: str) -> str:
    status = result.nodes.get(name)
    return NOTHING if status is None else short_status(status.word)


def _groups(facts: MemoFacts) -> dict[str, str]:
    """Return the groups that have a name and are not the whole, with their texts."""
    found: dict[str, str] = {}
    for result in facts.run.results:
        for node in walk(result.branch.tree):
            if node.id and node is not result.branch.tree and not isinstance(node, Element):
                name = broken(node.id)
                found.setdefault(node.id, f"{node.text} ({name})" if node.text else name)
    return found


def change_section(facts: MemoFacts) -> Section:
    """Return the smallest sets of elements whose evidence would change the whole."""
    blocks: list[Block] = [
        Paragraph(
            text=_(
                "The smallest sets of elements on which further evidence would change the whole;"
                " of a set, all are wanted. Below stands what each would take."
            )
        )
    ]
    for names, result in alike(facts, lambda r: (r.explanation.missing, r.explanation.wanting)):
        why = result.explanation
        rows = [(_(_BROUGHT[side]), line) for side in Side for line in _missing_lines(why, side)]
        if not rows:
            blocks.append(Paragraph(text=_("Under {readings}: nothing.").format(readings=names)))
            continue
        blocks.append(
            Grid(
                headers=(_("The whole would be"), _("if evidence came")),
                rows=tuple(rows),
                caption=_("Under {readings}").format(readings=names),
                wide=((0, 1), (1, 5)),
            )
        )
        blocks.append(Bullets(items=tuple(_taken(why))))
    return Section(key="change", title=_("What would change this"), blocks=tuple(blocks))


def _missing_lines(why: Explanation, side: Side) -> list[str]:
    found = why.missing[side]
    lines = [_needs_text(one) for one in found.sets[:SETS_SHOWN]]
    return lines + _more(found, SETS_SHOWN)


def _needs_text(needs: Iterable[Need]) -> str:
    """Return elements and the side of them that is wanted, e.g. `against threat, violence`."""
    names: dict[Side, list[str]] = {Side.CON: [], Side.PRO: []}
    for name, side in sorted(needs):
        names[side].append(broken(name))
    texts = {Side.CON: _("against {element}"), Side.PRO: _("for {element}")}
    return "; ".join(texts[side].format(element=listed(n)) for side, n in names.items() if n)


def _taken(why: Explanation) -> list[str]:
    """Return what evidence each need takes; needs that take the same are named together."""
    shown = {need for found in why.missing.values() for one in found.sets[:SETS_SHOWN]
             for need in one}  # fmt: skip
    same: dict[str, list[Need]] = {}
    for need in sorted(shown):
        ways = _(", or ").join(way.text for way in why.wanting.get(need, ()))
        same.setdefault(ways or _("a first search or item"), []).append(need)
    return [f"{_needs_text(needs)}: {ways}." for ways, needs in same.items()]


def _more(found: Antichain[Need] | Antichain[str], shown: int) -> list[str]:
    left = len(found.sets) - shown
    if found.cut:
        return [_("in more ways than are counted here; the smallest are named")]
    return [_("in {count} further ways").format(count=left)] if left > 0 else []


def load_section(facts: MemoFacts) -> Section:
    """Return what carries the whole, and what takes it away when it falls."""
    blocks: list[Block] = []
    for names, result in alike(facts, _load):
        why = result.explanation
        lines: list[str] = []
        for side in Side:
            carried = _("Carried by: {items}.") if side is Side.PRO else _("Countered by: {items}.")
            sets = why.sufficient[side]
            lines += [
                carried.format(items=listed(sorted(one))) for one in sets.sets[:SETS_SHOWN]
            ] + _more(sets, SETS_SHOWN)
        lines += _bearing(_("Falls with any one of these items: {names}."), why.bearing_items)
        lines += _bearing(_("Falls with any one of these sources: {names}."), why.bearing_groups)
        blocks += [_under(names), Bullets(items=tuple(lines) or (_("Nothing carries it."),))]
    return Section(key="load", title=_("What it rests on"), blocks=tuple(blocks))


def _load(result: BranchResult) -> object:
    why = result.explanation
    return why.sufficient, why.bearing_items, why.bearing_groups


def _bearing(text: str, items: Iterable[LoadBearing]) -> list[str]:
    names = dict.fromkeys(item.name for item in items)
    return [text.format(names=listed(names))] if names else []


def unanswered_section(facts: MemoFacts) -> Section:
    """Return what speaks against the whole and what nobody has answered."""
    texts = {item.id: item for item in facts.run.case.evidence}
    blocks: list[Block] = []
    for names, result in alike(facts, lambda r: r.explanation.unanswered):
        lines = [
            f"{name} ({texts[name].element}): {texts[name].text}"
            for name in result.explanation.unanswered
        ]
        blocks += [_under(names), Bullets(items=tuple(lines) or (_("None."),))]
    return Section(key="unanswered", title=_("Counter-evidence not answered"), blocks=tuple(blocks))


def _under(names: str) -> Paragraph:
    return Paragraph(text=_("Under {readings}:").format(readings=names))
