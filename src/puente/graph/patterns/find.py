"""Finds every pattern around designated persons, with a path and the law that could reach it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from puente.errors import NotFound
from puente.graph.paths import PathFinder, Ways
from puente.graph.patterns.companies import (
    ADDRESS_HUB,
    CIRCLE,
    LAYERED,
    PASS_THROUGH,
    SUCCESSOR,
    address_hubs,
    circles,
    layers,
    pass_through_firms,
    successors,
)
from puente.graph.patterns.persons import (
    CONTROLLER,
    ENABLER,
    FRONT_OWNER,
    NOMINEE,
    enablers,
    front_owners,
    hidden_controllers,
    nominees,
)
from puente.graph.patterns.terrain import FURTHEST, Terrain, terrain_in
from puente.i18n import gettext as _
from puente.law.instrument import instruments
from puente.law.matrix import gap_matrix

if TYPE_CHECKING:
    from datetime import date

    from puente.graph.paths import FoundPath
    from puente.graph.patterns.finding import Finding, Pattern
    from puente.guard.view import View
    from puente.law.matrix import Cell

PATTERNS: tuple[Pattern, ...] = (
    FRONT_OWNER, CONTROLLER, NOMINEE, ENABLER, CIRCLE, LAYERED, ADDRESS_HUB, PASS_THROUGH,
    SUCCESSOR,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Patterns:
    """What was found.

    Attributes:
        findings: by subject, then pattern; no order of suspicion.
        terrain: names and edges that they speak of.
    """

    findings: tuple[Finding, ...]
    terrain: Terrain


def find_patterns(view: View, only: str = "") -> Patterns:
    """Return every pattern that the records of this View show.

    Args:
        only: id of one pattern; "" for all.

    Limits: a pattern is a reason to look, made of what registers and police files hold; who is in
        none of them is in none of these. None is a finding of guilt.

    Raises: NotFound: there is no pattern of that name.
    """
    if only and only not in {pattern.id for pattern in PATTERNS}:
        raise NotFound(_("no pattern {name}").format(name=only))
    terrain = terrain_in(view)
    found = [
        *front_owners(terrain),
        *hidden_controllers(terrain),
        *nominees(terrain),
        *enablers(terrain),
        *circles(terrain),
        *layers(terrain),
        *address_hubs(terrain, view),
        *pass_through_firms(terrain, view),
        *successors(terrain, view),
    ]
    found = [one for one in found if only in {"", one.pattern.id}]
    ways = Ways(most=1, at_most=FURTHEST, barred=terrain.barred)
    finder = PathFinder(terrain.edges, ways)
    paths = {one.subjects[0]: _path(finder, terrain, one) for one in found}
    whole = [replace(one, path=paths[one.subjects[0]]) for one in found]
    whole.sort(key=lambda one: (one.subjects, one.pattern.id))
    return Patterns(findings=tuple(whole), terrain=terrain)


def reaching(pattern: Pattern, day: date) -> tuple[Cell, ...]:
    """Return what each authority does with the pattern's role on a day, with what is missing.

    Source: `law/roles.yaml`: of the role, never of a person.
    """
    cells = gap_matrix(instruments(), day).cells
    return tuple(cell for cell in cells if cell.role.id == pattern.role)


def _path(finder: PathFinder, terrain: Terrain, finding: Finding) -> FoundPath | None:
    """Return the best path to the subject from a designated person whom the finding names."""
    heads = [head for head in finding.principals if head in terrain.listed]
    found: list[FoundPath] = []
    for head in heads or sorted(terrain.listed):
        try:
            paths, _hubs = finder.paths(head, finding.subjects[0])
        except NotFound:
            continue
        found += paths
    return min(found, key=lambda path: (path.cost, len(path.nodes), path.nodes), default=None)
