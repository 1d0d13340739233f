"""Sources, their deliveries, and every row that was rejected, with the reason."""

# ruff: noqa: TC001, TC002 - FastAPI reads these annotations when the app is made

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote, urlencode

from fastapi import Depends, Request
from fastapi.responses import Response

from puente.i18n import current_language, format_number, ngettext
from puente.i18n import gettext as _
from puente.ingest.quality_findings import check_label, severity_label, unit_label
from puente.ingest.quality_standing import QUALITY
from puente.report.pictures_coverage import MonthCover, all_months, coverage_picture
from puente.web.desk import AtDesk, CurrentVisit, Desk, Visit
from puente.web.reads.quality import page_of, read_months
from puente.web.reads.sources import SourceState, find_source, read_rejects, read_sources
from puente.web.rendering import show_date, show_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI

    from puente.report.pictures import Picture

_STRIP_WIDTH = 860


@dataclass(slots=True, kw_only=True)
class FindingsForm:
    """The fields of the form that chooses the findings."""

    severity: str = ""
    check: str = ""
    page: int = 1


def declare(app: FastAPI) -> None:
    """Add this module's pages to the app."""
    app.get("/sources", include_in_schema=False)(show_sources)
    app.get("/sources/{name}", include_in_schema=False)(show_source)
    app.get("/rejects", include_in_schema=False)(show_rejects)


def show_sources(request: Request, desk: AtDesk, visit: CurrentVisit) -> Response:
    """Every source that is open to the reader: freshness, coverage, findings, rows, rejects."""
    built = _built_at(visit)
    return desk.page(
        request,
        "sources.html",
        sources=source_states(desk, visit),
        standings={item.source: item for item in desk.standings(visit.view)},
        asof=desk.as_of(visit.view),
        built=show_time(built),
    )


def show_source(
    request: Request,
    desk: AtDesk,
    visit: CurrentVisit,
    name: str,
    form: Annotated[FindingsForm, Depends()],
) -> Response:
    """One source: what it covers, what was found in its figures, its deliveries."""
    view = visit.view
    source = find_source(source_states(desk, visit), name)
    findings = desk.findings(view)
    if findings:
        view.record("look", ids=(f"artefact:{QUALITY}",))
    found = page_of(view, findings, name, severity=form.severity, check=form.check, page=form.page)
    standing = next(item for item in desk.standings(view) if item.source == name)

    def page_link(number: int) -> str:
        asked = {"severity": form.severity, "check": form.check, "page": number}
        return f"/sources/{quote(name)}?{urlencode(asked)}#findings"

    return desk.page(
        request,
        "source.html",
        source=source,
        figures=_figures(source),
        fact_rows=_fact_rows,
        standing=standing,
        found=found,
        strip=_strip(desk, visit, name, findings or ()),
        severity=form.severity,
        check=form.check,
        severity_options=[
            ("", _("all severities")),
            *((key, f"{severity_label(key)} ({n})") for key, n in found.severities),
        ],
        check_options=[
            ("", _("all checks")),
            *((key, f"{check_label(key)} ({n})") for key, n in found.checks),
        ],
        page_link=page_link,
        show_span=_show_span,
        show_figure=_show_figure,
        unit_label=unit_label,
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


def _strip(
    desk: Desk, visit: Visit, name: str, findings: Sequence[dict[str, object]]
) -> Picture | None:
    """Return the picture of the months that a source tells; None where it has no dated figures."""
    view = visit.view
    key = ("coverage", view.snapshot.id, view.cells, view.may(QUALITY), current_language(), name)

    def draw() -> Picture | None:
        told = read_months(view, name)
        periods = all_months(told)
        if not periods:
            return None
        marks = {
            severity: [
                str(row["period"]).split("/")
                for row in findings
                if row["source"] == name
                and row["severity"] == severity
                and row["period"]
                # What is asked of one place alone would dot every month of a large source.
                and (severity == "fault" or row["place"] in {"", "00000"})
            ]
            for severity in ("fault", "warning")
        }
        months = [
            MonthCover(
                period=period,
                cells=told.get(period, (0, 0))[0],
                told=told.get(period, (0, 0))[1],
                faults=sum(holds(span, period) for span in marks["fault"]),
                warnings=sum(holds(span, period) for span in marks["warning"]),
            )
            for period in periods
        ]
        return coverage_picture(months, source=name, width=_STRIP_WIDTH)

    return desk.picture(key, draw)


def holds(span: list[str], period: str) -> bool:
    """Return True if a time (a year, month or day, or from and to) falls in a month or year."""
    first, last = span[0], span[-1]
    return first[: len(period)] <= period and period[: len(last)] <= last


def _show_span(period: str) -> str:
    return " – ".join(show_date(part) for part in period.split("/")) if period else "–"


def _show_figure(figure: float | None) -> str:
    if figure is None:
        return "–"
    return format_number(figure, 0 if figure == int(figure) or abs(figure) >= 100 else 2)


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
