"""The places page: one count over one period, as map and tables, with what it cannot show."""

# ruff: noqa: TC001, TC002 - FastAPI reads these annotations when the app is made

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.responses import Response

from puente.errors import InvalidData
from puente.i18n import current_language, ngettext
from puente.i18n import gettext as _
from puente.places.coverage import SMALLEST_CELL
from puente.report.pictures import MapLegend, Picture, map_picture
from puente.web import pages_places_conflicts
from puente.web.desk import AtDesk, Desk, SharedVisit, Visit
from puente.web.reads.places import PAGE, SPANS, PlacesPage, read_places
from puente.web.reads.scope import refusal_of
from puente.web.rendering import show_date
from puente.web.words import record_label

if TYPE_CHECKING:
    from fastapi import FastAPI

_WIDTH = 760
"""Width of the map, which stands beside a table."""


@dataclass(slots=True, kw_only=True)
class PlacesForm:
    """The fields of the form that chooses the figures."""

    record: str = ""
    month: str = ""
    span: int = 12
    page: int = 1


def declare(app: FastAPI) -> None:
    """Add this module's pages to the app."""
    app.get("/places", include_in_schema=False)(show_places)
    pages_places_conflicts.declare(app)


def show_places(
    request: Request, desk: AtDesk, visit: SharedVisit, form: Annotated[PlacesForm, Depends()]
) -> Response:
    """One count over one period by municipality and state."""
    refused = refusal_of(visit.view, "panel")
    if refused is not None and not request.state.banner.opens("/places"):
        raise refused
    own = desk.panel(visit.view)
    held = read_places(visit.view, record=form.record, month=form.month, span=form.span, own=own)
    pages = max(1, -(-len(held.rows) // PAGE))
    if form.page < 1:
        raise InvalidData(_("pages are counted from 1"))
    page = min(form.page, pages)

    def page_link(number: int) -> str:
        return f"/places?{urlencode({**asdict(form), 'page': number})}"

    return desk.page(
        request,
        "places.html",
        places=held,
        asof=desk.as_of(visit.view, held.sources),
        refused=refused,
        rows=held.rows[(page - 1) * PAGE : page * PAGE],
        first=(page - 1) * PAGE + 1,
        page=page,
        more=page < pages,
        page_link=page_link,
        map=draw_map(desk, visit, held),
        smallest=SMALLEST_CELL,
        place_state=place_state,
        record_options=[(name, record_label(name)) for name in held.records],
        month_options=[(month, show_date(month)) for month in held.months],
        span_options=[(n, ngettext("{n} month", "{n} months", n).format(n=n)) for n in SPANS],
    )


def place_state(state: str) -> str:
    """Return the word for a place without a figure."""
    return {
        "few": _("1 to {most}").format(most=SMALLEST_CELL - 1),
        "partly": _("not every month"),
        "none": _("not reported"),
    }.get(state, "–")


def draw_map(desk: Desk, visit: Visit, held: PlacesPage) -> Picture | None:
    """Return the map of a count, or None where no boundaries are open to this reader."""
    view = visit.view
    key = (
        "map", view.snapshot.id, view.cells, current_language(),
        held.record, held.month, held.span,
    )  # fmt: skip

    def draw() -> Picture | None:
        areas = view.sql(
            "SELECT place, geometry, level FROM areas WHERE level = 'municipality' AND current"
            " ORDER BY place, source"
        )
        if not areas.num_rows or not held.rows:
            return None
        title = record_label(held.record)
        legend = MapLegend(
            label=_("{record} per 100,000 people, {first} – {last}").format(
                record=title, first=show_date(held.first_month), last=show_date(held.month)
            ),
            suppressed=held.suppressed,
            suppressed_text=place_state("few"),
            names=held.names,
            note=_("Source: {sources}. Snapshot {snapshot}.").format(
                sources=", ".join(held.sources), snapshot=view.snapshot.id
            ),
        )
        return map_picture(areas, held.values, title=title, legend=legend, width=_WIDTH)

    return desk.picture(key, draw)
