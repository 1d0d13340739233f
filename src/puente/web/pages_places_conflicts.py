"""Where registers cannot both be right: the list by kind, and one conflict with its rows."""

# ruff: noqa: TC001, TC002 - FastAPI reads these annotations when the app is made

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.responses import Response

from puente.i18n import current_language, format_number
from puente.i18n import gettext as _
from puente.places.conflicts import ARTEFACT
from puente.places.conflicts_rows import rows_under
from puente.places.coverage import SMALLEST_CELL
from puente.report.conflict_points import APART, IMPOSSIBLE, NOTHING, Legend, points_of
from puente.report.pictures_conflicts import conflict_picture
from puente.web.desk import AtDesk, Desk, SharedVisit, Visit
from puente.web.reads.conflicts import (
    ConflictShown,
    SideShown,
    find_conflict,
    page_of,
    read_conflicts,
    read_months,
)
from puente.web.reads.scope import refusal_of
from puente.web.rendering import show_date
from puente.web.words import record_label

if TYPE_CHECKING:
    from fastapi import FastAPI

    from puente.errors import NotAllowed
    from puente.report.pictures import Picture

_WIDTH = 860
_AT_MOST = frozenset({"part_above_whole", "files_above_victims"})
_ALIKE = frozenset({"files_against_deaths", "two_tables", "sum", "silent_years"})
"""Kinds of which the one must not exceed the other, and of which the two must agree."""


@dataclass(slots=True, kw_only=True)
class ConflictsForm:
    """The fields of the form that chooses the conflicts."""

    kind: str = ""
    state: str = ""
    page: int = 1


def declare(app: FastAPI) -> None:
    """Add this module's pages to the app."""
    app.get("/places/conflicts", include_in_schema=False)(show_conflicts)
    app.get("/places/conflicts/{key}", include_in_schema=False)(show_conflict)


def show_conflicts(
    request: Request, desk: AtDesk, visit: SharedVisit, form: Annotated[ConflictsForm, Depends()]
) -> Response:
    """Every conflict that is open to the reader, by kind and state."""
    refused = _refused(request, visit)
    held = _conflicts(desk, visit)
    found = page_of(visit.view, held, kind=form.kind, state=form.state, page=form.page)

    def link(kind: str = "", number: int = 1) -> str:
        asked = {"kind": kind, "state": form.state, "page": number}
        return f"/places/conflicts?{urlencode({k: v for k, v in asked.items() if v and v != 1})}"

    return desk.page(
        request,
        "places_conflicts.html",
        found=found,
        form=form,
        refused=refused,
        partial=not visit.view.may(ARTEFACT),
        asof=desk.as_of(visit.view, _sources(held)),
        link=link,
        kind_options=[
            ("", _("all kinds")),
            *((key, f"{words} ({format_number(n)})") for key, words, n in found.kinds),
        ],
        state_options=[
            ("", _("all states")),
            *((code, f"{name} ({format_number(n)})") for code, name, n in found.states),
        ],
        side_text=side_text,
        show_figure=show_figure,
        few_text=_few_text(),
        smallest=SMALLEST_CELL,
    )


def show_conflict(request: Request, desk: AtDesk, visit: SharedVisit, key: str) -> Response:
    """One conflict: both registers, the picture, what may explain it, and the months under it."""
    _refused(request, visit)
    conflict = find_conflict(visit.view, _conflicts(desk, visit), key)
    return desk.page(
        request,
        "places_conflict.html",
        conflict=conflict,
        months=read_months(visit.view, conflict),
        picture=_picture(desk, visit, conflict),
        asof=desk.as_of(visit.view, {conflict.left.source, conflict.right.source}),
        side_text=side_text,
        show_figure=show_figure,
        few_text=_few_text(),
        smallest=SMALLEST_CELL,
    )


def _refused(request: Request, visit: Visit) -> NotAllowed | None:
    """Return why the build's conflicts are closed to a reader; None if they are not.

    Raises: NotAllowed: nothing by place is open to them.
    """
    refused = refusal_of(visit.view, ARTEFACT) or refusal_of(visit.view, "panel")
    if refused is not None and not request.state.banner.opens("/places"):
        raise refused
    return refused


def _conflicts(desk: Desk, visit: Visit) -> tuple[dict[str, Any], ...]:
    """Return the conflicts open to a reader: found once for all who may see the same."""
    view = visit.view
    key = ("conflicts", view.snapshot.id, view.cells, view.may(ARTEFACT))
    held = desk.picture(key, lambda: read_conflicts(view))
    if held:
        view.record("look", ids=(f"artefact:{ARTEFACT}",))
    return held


def _sources(rows: tuple[dict[str, Any], ...]) -> set[str]:
    return {row[name] for row in rows for name in ("source_a", "source_b")}


def _few_text() -> str:
    return _("1 to {most}").format(most=SMALLEST_CELL - 1)


def show_figure(figure: float | None, digits: int = 0) -> str:
    """Return a figure as the reader writes it; a dash where there is none."""
    if figure is None:
        return "–"
    return format_number(figure, digits if figure != int(figure) else 0)


def side_text(side: SideShown) -> str:
    """Return what a register adds up, in words."""
    if not side.records:
        return _("all counts together")
    return " + ".join(record_label(record) for record in side.records)


def _picture(desk: Desk, visit: Visit, conflict: ConflictShown) -> Picture | None:
    """Return the picture of a conflict; None where the reader has no figure of its time."""
    view = visit.view
    key = ("conflict", view.snapshot.id, view.cells, current_language(), conflict.key)

    def draw() -> Picture | None:
        rows = rows_under(view, conflict.row, every=True).to_pylist()
        points = points_of(rows, conflict.first, conflict.last)
        if not points:
            return None
        legend = Legend(
            title=_title(conflict),
            left=f"{side_text(conflict.left)} ({conflict.left.source})",
            right=_right(conflict),
            first=conflict.first,
            last=conflict.last,
            shaded=_shaded(conflict.kind),
            expected=_expected(conflict),
            few=SMALLEST_CELL if conflict.level == "municipality" else 1,
            few_text=_few_text(),
        )
        return conflict_picture(points, legend, width=_WIDTH)

    return desk.picture(key, draw)


def _title(conflict: ConflictShown) -> str:
    place = conflict.place_name or conflict.place
    return (
        f"{place}: {conflict.kind_text}, {show_date(conflict.first)} – {show_date(conflict.last)}"
    )


def _right(conflict: ConflictShown) -> str:
    if conflict.kind == "silent_years":
        return _("expected at the least")
    if conflict.kind == "repeated":
        return ""
    return f"{side_text(conflict.right)} ({conflict.right.source})"


def _shaded(kind: str) -> str:
    return IMPOSSIBLE if kind in _AT_MOST else APART if kind in _ALIKE else NOTHING


def _expected(conflict: ConflictShown) -> float | None:
    """Return the cases a month that a silence should have had, over the months that it lasts."""
    if conflict.kind != "silent_years" or not conflict.right.figure:
        return None
    told = json.loads(conflict.row["text"])["values"]
    return float(conflict.right.figure) / int(told["months"])
