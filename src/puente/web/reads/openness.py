"""What the policy opens to a reader, by class of record, and by which rule.

The answers are the policy's own, asked of it class by class; nothing here knows a rule. What the
node holds of a closed class is not told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.guard.actors import PURPOSES, ROLES, Actor, Purpose
from puente.model.provenance import TLP_ORDER, RecordClass
from puente.store.cells import Cell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.guard.policy import Policy
    from puente.guard.view import View

WIDEST = TLP_ORDER[:-1]
"""Markings that a whole role can be given: TLP:RED stays with the agency that holds a record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What one reader may see of one class of record, for one purpose.

    Attributes:
        markings: Traffic Light Protocol labels that are open, loosest first; empty where none is.
        rules: the rules that open them.
        others: the rules that open this class, or more of it, to other readers.
        sources: sources in this build whose records of this class are open.
    """

    record_class: str
    markings: tuple[str, ...]
    rules: tuple[str, ...]
    others: tuple[str, ...]
    sources: int

    @property
    def whole(self) -> bool:
        """Return True if all of it is open that can be open to a whole role."""
        return self.markings == WIDEST


def read_openings(
    policy: Policy, view: View, openers: Mapping[str, frozenset[str]]
) -> tuple[Opening, ...]:
    """Return what is open to the reader of `view`, and after it what is closed.

    Args:
        openers: as `openers_of` returns them for the same policy.
    """
    found = []
    for record_class in RecordClass:
        cells = _cells(record_class)
        answers = policy.decide_cells(view.actor, view.purpose, "look", cells)
        allowed = {cell.marking: answers[cell].rules for cell in cells if answers[cell].allowed}
        rules = {rule for held in allowed.values() for rule in held}
        found.append(
            Opening(
                record_class=record_class,
                markings=tuple(allowed),
                rules=tuple(sorted(rules)),
                others=tuple(sorted(openers[record_class] - rules)),
                sources=len({c.source for c in view.cells if c.record_class == record_class}),
            )
        )
    return tuple(sorted(found, key=lambda opening: not opening.markings))


def openers_of(policy: Policy) -> dict[str, frozenset[str]]:
    """Return the rules that open each class of record to anyone who works with records."""
    found: dict[str, frozenset[str]] = {}
    for record_class in RecordClass:
        cells = _cells(record_class)
        rules: set[str] = set()
        for role in ROLES:
            actor = Actor(name=f"any {role}", roles=frozenset({role}))
            for purpose in PURPOSES:
                for case in ("", "any"):
                    asked = Purpose(name=purpose, case=case)
                    answers = policy.decide_cells(actor, asked, "look", cells)
                    rules.update(*(held.rules for held in answers.values() if held.allowed))
        found[record_class] = frozenset(rules)
    return found


def _cells(record_class: str) -> list[Cell]:
    return [
        Cell(source="", record_class=record_class, marking=marking, agency="")
        for marking in TLP_ORDER
    ]
