"""Who stands behind: patterns with what speaks for and against them, and paths between two."""

# ruff: noqa: TC001, TC002 - FastAPI reads these annotations when the app is made

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.responses import Response

from puente.graph.paths import Ways
from puente.graph.patterns.find import find_patterns, reaching
from puente.i18n import format_number
from puente.i18n import gettext as _
from puente.law.matrix import REACH_WORDS
from puente.web.desk import AtDesk, Desk, SharedVisit, Visit
from puente.web.reads.network import (
    cluster_named,
    names_of,
    page_of,
    path_finder,
    steps_of,
)
from puente.web.reads.scope import refusal_of

if TYPE_CHECKING:
    from fastapi import FastAPI

    from puente.graph.paths import PathFinder
    from puente.graph.patterns.find import Patterns
    from puente.graph.patterns.finding import Pattern
    from puente.law.matrix import Cell

NEEDED = ("edges", "nodes", "steps", "ownership", "clusters")
"""Artefacts that the patterns are found in."""

PATHS = 10
HUB = 200
"""Entities with more edges than this are ends of a path, but not passed."""


@dataclass(slots=True, kw_only=True)
class PatternsForm:
    """The fields of the form that chooses findings."""

    pattern: str = ""
    subject: str = ""
    page: int = 1


@dataclass(slots=True, kw_only=True)
class PathForm:
    """The fields of the form that asks for paths."""

    left: str = ""
    right: str = ""
    order: str = ""


def declare(app: FastAPI) -> None:
    """Add this module's pages to the app."""
    app.get("/network", include_in_schema=False)(show_patterns)
    app.get("/network/paths", include_in_schema=False)(show_paths)


def show_patterns(
    request: Request, desk: AtDesk, visit: SharedVisit, form: Annotated[PatternsForm, Depends()]
) -> Response:
    """Every pattern found around the designated persons, by its name."""
    _refuse(visit)
    found = _patterns(desk, visit)
    page = page_of(found, pattern=form.pattern, subject=form.subject, page=form.page)
    shown = [one.subject.id for group in page.groups for one in group.findings]
    visit.view.record("look", ids=shown)

    def link(pattern: str = "", number: int = 1) -> str:
        asked = {"pattern": pattern, "subject": form.subject, "page": number}
        return f"/network?{urlencode({k: v for k, v in asked.items() if v and v != 1})}"

    return desk.page(
        request,
        "network.html",
        page=page,
        form=form,
        link=link,
        laws={group.pattern.id: _laws(group.pattern) for group in page.groups},
        reach_words=REACH_WORDS,
        options=[
            ("", _("all patterns")),
            *((key, f"{name} ({format_number(count)})") for key, name, count in page.kinds),
        ],
    )


def show_paths(
    request: Request, desk: AtDesk, visit: SharedVisit, form: Annotated[PathForm, Depends()]
) -> Response:
    """The best paths between two entities, each edge with its kind, strength and dates."""
    _refuse(visit)
    paths: list[tuple[str, tuple[object, ...]]] = []
    hubs: tuple[str, ...] = ()
    names: dict[str, str] = {}
    if form.left and form.right:
        left, right = (cluster_named(visit.view, one.strip()) for one in (form.left, form.right))
        finder = _finder(desk, visit, in_time_order=form.order == "time")
        found, hubs = finder.paths(left, right)
        everyone = {node for path in found for node in path.nodes} | {left, right}
        names = names_of(visit.view, [*everyone, *hubs])
        visit.view.record("look", ids=sorted(everyone))
        paths = [(path.strength, steps_of(path, names)) for path in found]
    return desk.page(
        request,
        "network_paths.html",
        form=form,
        asked=bool(form.left and form.right),
        paths=paths,
        hubs=[names.get(hub, hub) for hub in hubs[:20]],
        hub=HUB,
        options=[("", _("any order")), ("time", _("in the order of time"))],
    )


def _refuse(visit: Visit) -> None:
    """Raise NotAllowed, with its rule, where the network is closed to the reader."""
    for name in NEEDED:
        refused = refusal_of(visit.view, name)
        if refused is not None:
            raise refused


def _patterns(desk: Desk, visit: Visit) -> Patterns:
    view = visit.view
    key = ("patterns", view.snapshot.id, view.cells)
    return desk.picture(key, lambda: find_patterns(view))


def _finder(desk: Desk, visit: Visit, *, in_time_order: bool) -> PathFinder:
    view = visit.view
    ways = Ways(most=PATHS, in_time_order=in_time_order, hub=HUB)
    key = ("paths", view.snapshot.id, view.cells, in_time_order)
    return desk.picture(key, lambda: path_finder(view, ways))


def _laws(pattern: Pattern) -> tuple[Cell, ...]:
    return reaching(pattern, datetime.now(UTC).date())
