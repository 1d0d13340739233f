"""The command on record conflicts: places conflicts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
from puente.i18n import gettext as _
from puente.settings import DEFAULT_WORKSPACE

if TYPE_CHECKING:
    import pyarrow as pa


def declare(group: typer.Typer) -> None:
    """Add the command to its group."""
    add_command(
        group,
        "conflicts",
        conflicts,
        text=_("Say where registers cannot both be right, each with its figures and deliveries."),
        example="puente places conflicts --user ana --out C.csv",
    )


def conflicts(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    user: UserOption = "",
    purpose: PurposeOption = "crime_analysis",
    case: CaseOption = "",
    kind: Annotated[str, typer.Option(help=_("Only conflicts of this kind."))] = "",
    place: Annotated[str, typer.Option(help=_("Only of this code, or state (2 digits)."))] = "",
    out: Annotated[Path | None, typer.Option(help=_("CSV to write as well."))] = None,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente places conflicts`."""
    from puente.errors import InvalidData
    from puente.places.conflicts import open_conflicts
    from puente.places.conflicts_laws import KINDS

    if kind and kind not in KINDS:
        known = ", ".join(KINDS)
        raise InvalidData(_("no such kind: {kind}; one of {known}").format(kind=kind, known=known))
    with (
        open_workspace(workspace) as node,
        signed_in_view(node, user=user, purpose=purpose, case=case) as view,
    ):
        table = open_conflicts(view)
    rows = [
        row
        for row in table.to_pylist()
        if (not kind or row["kind"] == kind) and (not place or row["place"].startswith(place))
    ]
    if out is not None:
        _write(table, rows, out)
    if json_output:
        print_json({"conflicts": [_told(row) for row in rows]})
    else:
        _show(rows)


def _write(table: pa.Table, rows: list[dict[str, Any]], out: Path) -> None:
    from pyarrow import Table, csv

    csv.write_csv(Table.from_pylist(rows, schema=table.schema), out)
    say(_("Written to {file}").format(file=out))


def _told(row: dict[str, Any]) -> dict[str, Any]:
    from puente.places.conflicts_found import explanations, say

    told = {**row, "text": say(row["text"]), "explanations": explanations(row["kind"])}
    for name in ("records", "deliveries", "published"):
        for side in ("a", "b"):
            mark = "+" if name == "records" else " "
            told[f"{name}_{side}"] = [part for part in row[f"{name}_{side}"].split(mark) if part]
    return told


def _show(rows: list[dict[str, Any]]) -> None:
    from puente.places.conflicts_found import certainty_label, explanations, kind_label
    from puente.places.conflicts_found import say as words

    print_table(
        _("Record conflicts"),
        [_("Certainty"), _("Kind"), _("Place"), _("From"), _("Until"), _("Figures")],
        [
            [
                certainty_label(row["certainty"]),
                kind_label(row["kind"]),
                row["place"],
                row["first"],
                row["last"],
                words(row["text"]),
            ]
            for row in rows
        ],
    )
    for kind in dict.fromkeys(row["kind"] for row in rows):
        say(_("What may explain it innocently ({kind}):").format(kind=kind_label(kind)))
        for reason in explanations(kind):
            say(f"  {reason}")
    say(_("A conflict says that figures cannot both be right; not which is wrong, nor why."))
