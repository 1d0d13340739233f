"""Sources, their deliveries, and every row that was rejected, with the reason."""

# ruff: noqa: TC001, TC002 - FastAPI reads these annotations when the app is made

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response

from puente.i18n import format_number, ngettext
from puente.i18n import gettext as _
from puente.web.desk import AtDesk, CurrentVisit, Desk, Visit
from puente.web.reads.sources import SourceState, find_source, read_rejects, read_sources
from puente.web.rendering import show_time

if TYPE_CHECKING:
    from fastapi import FastAPI


def declare(app: FastAPI) -> None:
    """Add this module's pages to the app."""
    app.get("/sources", include_in_schema=False)(show_sources)
    app.get("/sources/{name}", include_in_schema=False)(show_source)
    app.get("/rejects", include_in_schema=False)(show_rejects)


def show_sources(request: Request, desk: AtDesk, visit: CurrentVisit) -> Response:
    """Every source that is open to the reader: freshness, grades, rows, rejects."""
    built = _built_at(visit)
    return desk.page(
        request, "sources.html", sources=source_states(desk, visit), built=show_time(built)
    )


def show_source(request: Request, desk: AtDesk, visit: CurrentVisit, name: str) -> Response:
    """One source with its deliveries and what was counted while they were loaded."""
    source = find_source(source_states(desk, visit), name)
    return desk.page(
        request, "source.html", source=source, figures=_figures(source), fact_rows=_fact_rows
    )


def show_rejects(
    request: Request,
    desk: AtDesk,
    visit: CurrentVisit,
    source: str = "",
    reason: str = "",
    page: int = 1,
) -> Response:
    """Rejected rows by source and reason."""
    rejects = read_rejects(visit.view, source=source, reason=reason, page=page)

    def page_link(number: int) -> str:
        return f"/rejects?{urlencode({'source': source, 'reason': reason, 'page': number})}"

    names = [state.name for state in source_states(desk, visit)]
    reasons = [(r.reason, f"{r.reason} ({format_number(r.count)})") for r in rejects.reasons]
    return desk.page(
        request,
        "rejects.html",
        rejects=rejects,
        source=source,
        reason=reason,
        source_options=[("", _("all sources")), *((name, name) for name in names)],
        reason_options=[("", _("all reasons")), *dict(reasons).items()],
        page_link=page_link,
    )


def source_states(desk: Desk, visit: Visit) -> tuple[SourceState, ...]:
    """Return the state of every source that is open to the reader."""
    return read_sources(visit.view, desk.known_sources, built_at=_built_at(visit))


def _built_at(visit: Visit) -> str:
    return str(visit.view.snapshot.manifest().get("made_at", ""))


def _figures(source: SourceState) -> list[dict[str, str]]:
    kept = ngettext("{n} delivery", "{n} deliveries", len(source.deliveries))
    rejects = f"/rejects?{urlencode({'source': source.name})}" if source.rejected else ""
    held = (
        (source.rows, _("rows read"), kept.format(n=len(source.deliveries)), ""),
        (source.loaded, _("loaded"), _("hold at least one claim or count"), ""),
        (source.rejected, _("rejected"), _("kept, with the reason"), rejects),
    )
    return [
        {"figure": format_number(count), "name": name, "of": of, "href": href}
        for count, name, of, href in held
    ]


def _fact_rows(facts: dict[str, object]) -> list[list[str]]:
    """Return the figures of a load as rows; a figure of figures is told part by part."""
    rows = []
    for name, value in facts.items():
        parts = value.items() if isinstance(value, dict) else [("", value)]
        for part, held in parts:
            shown = format_number(held) if isinstance(held, int | float) else str(held)
            rows.append([f"{name}: {part}" if part else name, shown])
    return rows
