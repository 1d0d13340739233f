"""Commands about files and records: sources, export."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from puente.cli.asked import (
    CaseOption,
    PurposeOption,
    UserOption,
    WorkspaceOption,
    has_workspace,
    open_workspace,
    signed_in_view,
)
from puente.cli.output import JsonFlag, add_command, print_json, print_table, say
from puente.i18n import gettext as _
from puente.settings import DEFAULT_WORKSPACE

if TYPE_CHECKING:
    from puente.ingest.quality_standing import Standing
    from puente.ingest.source import SourceInfo
    from puente.workspace import SourceStatus, Workspace


def declare(app: typer.Typer) -> None:
    """Add this module's commands to the command line."""
    add_command(
        app,
        "sources",
        sources,
        text=_("Say which sources there are, how fresh each is, and how many rows were rejected."),
        example="puente sources --workspace WS",
    )
    add_command(
        app,
        "export",
        export,
        text=_("Write what a signed-in person may take out, with its marking and who took it."),
        example="puente export ftm --out DIR --user ana --purpose investigation --case C-1",
    )


def sources(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente sources`."""
    from puente.ingest.sources import all_sources

    today = datetime.now(UTC).date()
    held, known, standing = {}, all_sources(), {}
    if has_workspace(workspace):
        opened = open_workspace(workspace)
        held = {status.source: status for status in opened.sources()}
        known = opened.known_sources()
        standing = _standings_of(opened, today)
    rows = [
        _source_row(source.info, held.get(source.info.name), standing.get(source.info.name), today)
        for source in known
    ]
    if json_output:
        print_json({"sources": rows})
    else:
        _show_sources(rows)


def _show_sources(rows: list[dict[str, Any]]) -> None:
    from puente.ingest.quality_standing import pace_label

    print_table(
        _("Sources"),
        [_("source"), _("agency"), _("grade"), _("as of"), _("days old"), _("pace"), _("covers"),
         _("months"), _("places"), _("faults"), _("warnings"), _("notes"), _("rows"),
         _("rejected")],
        [
            [r["name"], r["agency"], r["grade"], r["published"] or "-", _or_dash(r["age_days"]),
             pace_label(str(r["pace"])) if r["deliveries"] else "-",
             f"{r['first']} - {r['last']}" if r["first"] else "-", r["months"], r["places"],
             *(_or_dash(r["findings"].get(name))
               for name in ("fault", "warning", "note")),
             r["rows"], r["rejected"]]
            for r in rows
        ],
    )  # fmt: skip


def _source_row(
    info: SourceInfo, status: SourceStatus | None, standing: Standing | None, today: date
) -> dict[str, object]:
    """Return what is told of one source; of one that is loaded and not built yet, its dates."""
    from puente.ingest.freshness import age_days, lateness

    # A copy's own time says nothing of its age.
    dated = status.published if status and status.dated else ""
    return {
        "name": info.name,
        "title": info.title,
        "agency": info.agency,
        "record_class": info.record_class,
        "grade": info.reliability + info.credibility,
        "marking": info.marking,
        "deliveries": status.deliveries if status else 0,
        "published": status.published if status else "",
        "age_days": age_days(dated, today) if status else None,
        "pace": lateness(info.cadence, dated, today) if status else "",
        "cadence": info.cadence,
        "first": standing.first if standing else "",
        "last": standing.last if standing else "",
        "months": standing.months if standing else 0,
        "places": standing.places if standing else 0,
        "findings": _tally(standing),
        "rows": status.rows if status else 0,
        "rejected": status.rejected if status else 0,
    }


def _standings_of(workspace: Workspace, today: date) -> dict[str, Standing]:
    """Return how each source stands in the current build: counts and dates, no contents."""
    from puente.ingest.quality_standing import QUALITY, read_standings

    if workspace.lake.current() is None:
        return {}
    with workspace.system_view() as view:
        findings = None
        if view.has(QUALITY):
            findings = view.sql(f"SELECT source, severity FROM {QUALITY}").to_pylist()
        known = [source.info for source in workspace.known_sources()]
        standings = read_standings(view, known, today=today, findings=findings)
    return {item.source: item for item in standings}


def _tally(standing: Standing | None) -> dict[str, int]:
    if standing is None or standing.fault is None:
        return {}
    return {
        "fault": standing.fault,
        "warning": standing.warning or 0,
        "note": standing.note or 0,
    }


def _or_dash(value: object) -> object:
    return "-" if value is None else value


def export(
    form: Annotated[
        str, typer.Argument(help=_("ftm, statements, csv, xlsx, graphml, gexf, anx or stix."))
    ],
    out: Annotated[Path, typer.Option(help=_("Folder to write."))],
    ids: Annotated[
        list[str] | None, typer.Option("--id", help=_("Only these entities; repeatable."))
    ] = None,
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente export`."""
    from puente.report.formats import export as write

    with open_workspace(workspace) as opened:
        view = signed_in_view(opened, user=user, purpose=purpose, case=case, action="export")
        done = write(view, form, out, now=datetime.now(UTC), ids=ids)
    if json_output:
        print_json(
            {
                "files": [str(path) for path in done.files],
                "rows": dict(done.rows),
                "marking": done.marking,
            }
        )
        return
    for path in done.files:
        say(_("Written: {file}").format(file=path))
    say(_("Marking: {marking}").format(marking=done.marking))
