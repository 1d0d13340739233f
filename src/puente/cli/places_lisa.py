"""The command `places lisa`: which areas stand among neighbours like them, or unlike them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from puente.cli.output import JsonFlag, add_command, print_json, print_table, say
from puente.i18n import format_number
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from puente.places.stats.lisa_files import LisaReport


def declare(group: typer.Typer) -> None:
    """Add this module's command to the group `places`."""
    add_command(
        group,
        "lisa",
        lisa,
        text=_("Write local Moran's I of each area: clusters of high or low values, and outliers."),
        example=(
            "puente places lisa --values V.csv --adjacency A.csv --permutations 9999 --seed 1"
            " --out O.csv"
        ),
    )


def lisa(
    values: Annotated[Path, typer.Option(help=_("CSV: id,value; an empty value is no data."))],
    adjacency: Annotated[
        Path, typer.Option(help=_("CSV of neighbours, a pair a row: id,neighbour[,weight]."))
    ],
    out: Annotated[Path, typer.Option(help=_("CSV to write: id,i,p,quadrant,p_two_sided,q."))],
    permutations: Annotated[int, typer.Option(min=99, help=_("Random relabellings."))] = 9999,
    seed: Annotated[int, typer.Option(min=0, help=_("The same seed gives the same file."))] = 0,
    directed: Annotated[
        bool, typer.Option("--directed", help=_("A pair holds one way only."))
    ] = False,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente places lisa`."""
    from puente.places.stats.lisa_files import LisaFiles, lisa_report

    files = LisaFiles(values=values, adjacency=adjacency, out=out, directed=directed)
    report = lisa_report(files, permutations=permutations, seed=seed)
    if json_output:
        print_json({"out": str(out), **asdict(report)})
    else:
        _show(out, report)


def _show(out: Path, report: LisaReport) -> None:
    say(_("Written to {file}: {count} areas").format(file=out, count=report.areas))
    names = {
        "HH": _("high among high"),
        "LL": _("low among low"),
        "HL": _("high among low"),
        "LH": _("low among high"),
    }
    rows = [(quadrant, text, report.called[quadrant]) for quadrant, text in names.items()]
    title = _("Areas that stand out (5 in 100 by chance)")
    print_table(title, (_("quadrant"), _("what it is"), _("areas")), rows)
    text = _("Moran's I of the whole map {i}, two-sided p {p}")
    say(text.format(i=format_number(report.moran_i, 3), p=format_number(report.moran_p, 4)))
    say(_("Column p is one-sided, as esda and GeoDa print it; p_two_sided is twice that."))
    if report.islands:
        say(_("{count} areas have no neighbour").format(count=report.islands))
    if report.no_data:
        say(
            _("{count} areas have no value and are nobody's neighbour").format(count=report.no_data)
        )
    if report.unknown:
        text = _("{count} areas of the neighbours' file have no row among the values")
        say(text.format(count=len(report.unknown)))
