"""The command `places panel`: counts by place, month and record, each with its state."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from puente.cli.asked import (
    CaseOption,
    PurposeOption,
    UserOption,
    WorkspaceOption,
    open_workspace,
    signed_in_view,
)
from puente.cli.output import JsonFlag, add_command, print_json, print_table, say
from puente.i18n import format_number, ngettext
from puente.i18n import gettext as _
from puente.settings import DEFAULT_WORKSPACE

if TYPE_CHECKING:
    from puente.places.panel_read import Panel


def declare(group: typer.Typer) -> None:
    """Add this module's command to the group `places`."""
    add_command(
        group,
        "panel",
        panel,
        text=_("Write counts by place and month: reported, none, not reported or not shown."),
        example=(
            "puente places panel --user ana --record homicidio_doloso --level state --out P.csv"
        ),
    )


def panel(
    out: Annotated[Path, typer.Option(help=_("File to write: .csv, .parquet or .json."))],
    record: Annotated[
        list[str] | None, typer.Option(help=_("Crime, or part of one; may be repeated. All."))
    ] = None,
    level: Annotated[str, typer.Option(help=_("municipality, state or nation."))] = "municipality",
    first: Annotated[str, typer.Option("--from", help=_("First month, YYYY-MM."))] = "",
    last: Annotated[str, typer.Option("--to", help=_("Last month, YYYY-MM."))] = "",
    source: Annotated[
        list[str] | None, typer.Option(help=_("Register to keep to; may be repeated."))
    ] = None,
    as_of: Annotated[str, typer.Option(help=_("Only deliveries out by this day."))] = "",
    boundaries: Annotated[
        str, typer.Option(help=_("Day whose municipalities to count in; later ones are joined."))
    ] = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    user: UserOption = "",
    purpose: PurposeOption = "crime_analysis",
    case: CaseOption = "",
    json_output: JsonFlag = False,
) -> None:
    """Run `puente places panel`."""
    from puente.places.panel_asked import Asked
    from puente.places.panel_files import write_panel
    from puente.places.panel_hidden import suppressed
    from puente.places.panel_read import panel as read_panel

    asked = Asked(
        records=tuple(record or ()), level=level, first=first, last=last,
        sources=tuple(source or ()), as_of=as_of, boundaries=boundaries,
    )  # fmt: skip
    with (
        open_workspace(workspace) as node,
        signed_in_view(node, user=user, purpose=purpose, case=case, action="export") as view,
    ):
        shown = suppressed(read_panel(view, asked), view)
        view.record("export", ids=("panel",), file=out.name, asked=str(asked))
    write_panel(shown, out)
    if json_output:
        print_json({"out": str(out), **_told(shown)})
    else:
        _show(out, shown)


def _told(shown: Panel) -> dict[str, object]:
    table = shown.table
    states = {
        row["status"]: row["status_count"]
        for row in table.group_by("status").aggregate([("status", "count")]).to_pylist()
    }
    return {
        "rows": table.num_rows,
        "places": len(table["place"].unique()),
        "status": {name: states.get(name, 0) for name in _STATES},
        "founded": {code: life.founded for code, life in shown.founded.items()},
        "method_breaks": [list(one) for one in shown.method_breaks],
        "strange": dict(shown.strange),
        "apart": list(shown.apart),
        "source": shown.source,
    }


_STATES = ("count", "zero", "missing", "suppressed")


def _show(out: Path, shown: Panel) -> None:
    told = _told(shown)
    rows = shown.table.num_rows
    text = ngettext("Written to {file}: {n} row", "Written to {file}: {n} rows", rows)
    say(text.format(file=out, n=format_number(rows, 0)))
    names = {
        "count": _("counted"),
        "zero": _("none recorded"),
        "missing": _("not reported"),
        "suppressed": _("not shown"),
    }
    status = told["status"]
    assert isinstance(status, dict)  # noqa: S101 - made above
    cells = [(words, format_number(status[name], 0)) for name, words in names.items()]
    print_table(_("What the cells say"), (_("State"), _("Cells")), cells)
    for month, before, after in shown.method_breaks:
        text = _("From {month} on some are counted by another method ({after}, not {before}).")
        say(text.format(month=month, after=after, before=before))
    if shown.founded:
        text = _("Municipalities founded meanwhile: {places}")
        say(text.format(places=", ".join(f"{c} {x.name}" for c, x in shown.founded.items())))
    for code, why in shown.strange.items():
        say(f"{code}: {_(why)}")
    if shown.apart:
        text = _("Not joined with anyone, for their origin is not established: {codes}")
        say(text.format(codes=", ".join(shown.apart)))
    say(_("Source: {source}").format(source=shown.source))
