"""Commands about files and records: sources, resolve, export."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

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
from puente.cli.output import JsonFlag, add_command, print_json, print_table, progress_bars, say
from puente.i18n import gettext as _


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
        "resolve",
        resolve,
        text=_("Link the records of files by a profile; measure against truth if given."),
        example="puente resolve A.csv --profile P.yaml --out C.parquet",
    )
    add_command(
        app,
        "export",
        export,
        text=_("Write what a signed-in person may take out, with its marking and who took it."),
        example="puente export ftm --out DIR --user ana --purpose investigation --case C-1",
    )


def sources(
    workspace: WorkspaceOption = Path("workspace/main"),
    json_output: JsonFlag = False,
) -> None:
    """Run `puente sources`."""
    from puente.ingest.freshness import age_days, lateness
    from puente.ingest.sources import all_sources

    today = datetime.now(UTC).date()
    held, known, dated = {}, all_sources(), {}
    if has_workspace(workspace):
        opened = open_workspace(workspace)
        held = {status.source: status for status in opened.sources()}
        # The newest delivery of a source last: a copy's own time says nothing of its age.
        loads = sorted(opened.lake.loads(), key=lambda load: (load.published, load.dated))
        dated = {load.source: load.published if load.dated else "" for load in loads}
        known = opened.known_sources()
    rows = []
    for source in known:
        info, status = source.info, held.get(source.info.name)
        newest = dated.get(info.name, "")
        rows.append(
            {
                "name": info.name,
                "title": info.title,
                "agency": info.agency,
                "record_class": info.record_class,
                "grade": info.reliability + info.credibility,
                "marking": info.marking,
                "deliveries": status.deliveries if status else 0,
                "published": status.published if status else "",
                "age_days": age_days(newest, today) if status else None,
                "pace": lateness(info.cadence, newest, today) if status else "",
                "cadence": info.cadence,
                "rows": status.rows if status else 0,
                "rejected": status.rejected if status else 0,
            }
        )
    if json_output:
        print_json({"sources": rows})
    else:
        _show_sources(rows)


def _show_sources(rows: list[dict[str, object]]) -> None:
    print_table(
        _("Sources"),
        [_("source"), _("agency"), _("class"), _("grade"), _("newest"), _("days old"), _("pace"),
         _("rows"), _("rejected")],
        [
            [r["name"], r["agency"], r["record_class"], r["grade"], r["published"] or "-",
             "-" if r["age_days"] is None else r["age_days"], _pace(str(r["pace"])),
             r["rows"], r["rejected"]]
            for r in rows
        ],
    )  # fmt: skip


def _pace(name: str) -> str:
    """Return how a source keeps its cadence, in words."""
    words = {
        "late": _("late"),
        "in time": _("in time"),
        "once": _("published once"),
        "unknown": _("no pace known"),
    }
    return words.get(name, "-")


def resolve(
    files: Annotated[list[Path], typer.Argument(help=_("CSV or Parquet files."))],
    profile: Annotated[Path, typer.Option(help=_("YAML: kind, id and what each column is."))],
    out: Annotated[Path, typer.Option(help=_("Parquet to write: unique_id, cluster_id."))],
    engine: Annotated[str, typer.Option(help=_("duckdb (spark follows)."))] = "duckdb",
    json_output: JsonFlag = False,
) -> None:
    """Run `puente resolve`."""
    from puente.resolve.profile import resolve_files
    from puente.settings import load_settings

    with progress_bars() as progress:
        report = resolve_files(
            files,
            profile,
            out,
            engine=engine,
            settings=load_settings(),
            progress=lambda done, total: progress(_("Link the records"), done, total),
        )
    if json_output:
        print_json(report.as_json())
        return
    rows = [[key, value] for key, value in report.as_json().items() if not isinstance(value, dict)]
    print_table(_("Linked"), ["", ""], [[key, str(value)] for key, value in rows])


def export(
    form: Annotated[str, typer.Argument(help=_("ftm, statements, csv or graphml."))],
    out: Annotated[Path, typer.Option(help=_("Folder to write."))],
    ids: Annotated[
        list[str] | None, typer.Option("--id", help=_("Only these entities; repeatable."))
    ] = None,
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = Path("workspace/main"),
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
