"""What changed between two runs, and why: the law, the facts, or a reading.

Causes are found by trial and not by guess: each branch is worked out again with the law of the one
run on the facts of the other.

Source: docs/decisions/0009; the crossing of law and facts follows intertemporal law (Island of
    Palmas, 2 RIAA 829 (1928)): a fact is judged by the law of its day, and both days are named.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import N_
from puente.i18n import gettext as _
from puente.law.elements import Element, walk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.law.status import Word
    from puente.law.stored import Run, StoredElement


class Cause(StrEnum):
    """What brought a change about.

    Source: docs/decisions/0009.
    """

    LAW = "law"
    FACTS = "facts"
    READING = "reading"
    EITHER = "either"
    TOGETHER = "together"


CAUSE_TEXT: Mapping[Cause, str] = {
    Cause.LAW: N_("the law, on the same facts"),
    Cause.FACTS: N_("the facts, under the same law"),
    Cause.READING: N_("the reading, on the same facts and text"),
    Cause.EITHER: N_("the law or the facts: each alone would have"),
    Cause.TOGETHER: N_("the law and the facts together: neither alone would have"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchChange:
    """A branch that stands in both runs, with another result.

    Attributes:
        elements: the elements of the branch whose status changed, or that came or went.

    Source: docs/decisions/0009.
    """

    branch: str
    before: Word
    after: Word
    cause: Cause
    elements: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementChange:
    """An element whose status or definition changed, or that came or went.

    Attributes:
        before, after: its status; None where the run does not ask for it.
        law: whether what the law says of it changed.
        added, removed, regraded: items by id: filed now, no longer filed, changed.

    Source: docs/decisions/0009.
    """

    element: str
    before: Word | None
    after: Word | None
    law: bool
    added: tuple[str, ...]
    removed: tuple[str, ...]
    regraded: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What changed from one run to another.

    Attributes:
        before, after: the runs.
        changed: what went in that is not the same: `as_of_law`, `as_of_facts`, `instrument`,
            `case`, `in_force`.
        branches: those whose result changed.
        gone, come: branches that stand in one run only.
        designated: what the instrument lists of the organisation now and did not before.

    Source: docs/decisions/0009.
    """

    before: Run
    after: Run
    changed: tuple[str, ...]
    branches: tuple[BranchChange, ...]
    elements: tuple[ElementChange, ...]
    gone: tuple[str, ...]
    come: tuple[str, ...]
    designated: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Return True if no result changed."""
        return not (self.branches or self.gone or self.come)

    def as_json(self) -> dict[str, object]:
        """Return the comparison as JSON."""
        return {
            "same": self.is_same,
            "changed": list(self.changed),
            "before": _day_of(self.before),
            "after": _day_of(self.after),
            "branches": [
                {
                    "id": one.branch,
                    "before": one.before.value,
                    "after": one.after.value,
                    "because": one.cause.value,
                    "elements": list(one.elements),
                }
                for one in self.branches
            ],
            "elements": [
                {
                    "id": one.element,
                    "before": one.before.value if one.before else None,
                    "after": one.after.value if one.after else None,
                    "law": one.law,
                    "added": list(one.added),
                    "removed": list(one.removed),
                    "changed": list(one.regraded),
                }
                for one in self.elements
            ],
            "branches_gone": list(self.gone),
            "branches_come": list(self.come),
            "designated_since": list(self.designated),
        }


def _day_of(run: Run) -> dict[str, str]:
    return {
        "as_of_law": run.as_of_law,
        "as_of_facts": run.as_of_facts,
        "instrument_fingerprint": run.instrument_fingerprint,
        "case_fingerprint": run.case_fingerprint,
    }


def compare(before: Run, after: Run) -> Comparison:
    """Return what changed between two runs of one case under one instrument, and why.

    Source: docs/decisions/0009.

    Raises: InvalidData: the runs are of two cases or of two instruments.
    """
    for kind, one, other in (
        (_("cases"), before.case, after.case),
        (_("instruments"), before.instrument, after.instrument),
    ):
        if one != other:
            message = _("the runs are of two {kind}: {one} and {other}")
            raise InvalidData(message.format(kind=kind, one=one, other=other))
    elements = _element_changes(before, after)
    return Comparison(
        before=before,
        after=after,
        changed=_inputs(before, after),
        branches=_branch_changes(before, after, frozenset(one.element for one in elements)),
        elements=elements,
        gone=tuple(name for name in before.trees if name not in after.trees),
        come=tuple(name for name in after.trees if name not in before.trees),
        designated=tuple(one for one in after.designated if one not in before.designated),
    )


def _inputs(before: Run, after: Run) -> tuple[str, ...]:
    pairs = {
        "as_of_law": (before.as_of_law, after.as_of_law),
        "as_of_facts": (before.as_of_facts, after.as_of_facts),
        "instrument": (before.instrument_fingerprint, after.instrument_fingerprint),
        "case": (before.case_fingerprint, after.case_fingerprint),
        "in_force": (before.in_force, after.in_force),
    }
    return tuple(name for name, (one, other) in pairs.items() if one != other)


def _branch_changes(before: Run, after: Run, changed: frozenset[str]) -> tuple[BranchChange, ...]:
    found: list[BranchChange] = []
    for name in before.trees:
        if name not in after.trees:
            continue
        words = before.status(name, before).word, after.status(name, after).word
        if words[0] is words[1]:
            continue
        asked = {
            node.id
            for tree in (before.trees[name], after.trees[name])
            for node in walk(tree)
            if isinstance(node, Element)
        }
        found.append(
            BranchChange(
                branch=name,
                before=words[0],
                after=words[1],
                cause=_cause(name, before, after),
                elements=tuple(sorted(asked & changed)),
            )
        )
    return tuple(found)


def _cause(name: str, before: Run, after: Run) -> Cause:
    result = after.status(name, after).word
    by_law = after.status(name, before).word is result
    by_facts = before.status(name, after).word is result
    if by_law and by_facts:
        return Cause.EITHER
    if by_facts:
        return Cause.FACTS
    if not by_law:
        return Cause.TOGETHER
    return Cause.READING if _only_read_anew(name, before, after) else Cause.LAW


def _only_read_anew(name: str, before: Run, after: Run) -> bool:
    """Return True if the text stands as it did and only what a reading does to it changed."""
    shared = before.elements.keys() & after.elements.keys()
    return (
        before.base == after.base
        and before.trees[name] != after.trees[name]
        and not any(_law_changed(before.elements[e], after.elements[e]) for e in shared)
    )


def _law_changed(one: StoredElement, other: StoredElement) -> bool:
    return (one.element, one.feeds) != (other.element, other.feeds)


def _element_changes(before: Run, after: Run) -> tuple[ElementChange, ...]:
    found: list[ElementChange] = []
    for name in sorted(before.elements.keys() | after.elements.keys()):
        one, other = before.elements.get(name), after.elements.get(name)
        change = _element_change(name, one, other)
        moved = change.added or change.removed or change.regraded
        if change.before is not change.after or change.law or moved:
            found.append(change)
    return tuple(found)


def _element_change(
    name: str, one: StoredElement | None, other: StoredElement | None
) -> ElementChange:
    old, new = (one.items if one else {}), (other.items if other else {})
    return ElementChange(
        element=name,
        before=one.under(one).word if one else None,
        after=other.under(other).word if other else None,
        law=one is None or other is None or _law_changed(one, other),
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        regraded=tuple(sorted(k for k in old.keys() & new.keys() if old[k] != new[k])),
    )
