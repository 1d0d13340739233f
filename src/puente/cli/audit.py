"""Commands of the audit log: verify, prove, purges."""

from __future__ import annotations

from typing import Annotated

import typer

from puente.cli.asked import WorkspaceOption, open_workspace
from puente.cli.output import JsonFlag, add_command, print_json, print_table
from puente.i18n import gettext as _
from puente.settings import DEFAULT_WORKSPACE


def declare(app: typer.Typer) -> None:
    """Add this module's commands to the command line."""
    group = typer.Typer(help=_("The log of every look."), no_args_is_help=True)
    add_command(
        group,
        "verify",
        verify,
        text=_("Recompute the whole log; say whether a row was changed, removed or inserted."),
        example="puente audit verify --workspace WS",
    )
    add_command(
        group,
        "prove",
        prove,
        text=_("Print the proof that a row stands in the log whose head is signed (JSON)."),
        example="puente audit prove 42 --workspace WS",
    )
    add_command(
        group,
        "purges",
        purges,
        text=_("Print which values were purged, for `puente restore --purges` (JSON lines)."),
        example="puente audit purges --workspace WS > purges.jsonl",
    )
    app.add_typer(group, name="audit")


def verify(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente audit verify`."""
    report = open_workspace(workspace).audit.verify()
    if json_output:
        print_json(report.as_json())
    else:
        print_table(
            _("Audit log"),
            ["", ""],
            [
                [key, "-" if value is None else str(value)]
                for key, value in report.as_json().items()
            ],
        )
    if not report.ok:
        raise typer.Exit(1)


def purges(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
) -> None:
    """Run `puente audit purges`."""
    from puente.guard.purges import purged_rows

    for item in purged_rows(open_workspace(workspace).ledger):
        print_json(item.as_json())


def prove(
    row: Annotated[int, typer.Argument(min=0, help=_("Number of the row in the log."))],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
) -> None:
    """Run `puente audit prove`."""
    print_json(open_workspace(workspace).audit.prove(row))
