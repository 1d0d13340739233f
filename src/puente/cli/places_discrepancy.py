"""The command `places discrepancy`: more hard records than complaints lead one to expect."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from puente.cli.output import JsonFlag, add_command, print_json, print_table, say
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from puente.places.discrepancy_files import DiscrepancyReport

_TOP = 20


def declare(group: typer.Typer) -> None:
    """Add this module's command to the group `places`."""
    add_command(
        group,
        "discrepancy",
        discrepancy,
        text=_("Rank places by hard records beyond what their complaints lead one to expect."),
        example=(
            "puente places discrepancy --panel P.csv --records R.yaml --population N.csv"
            " --adjacency A.csv --out O.csv"
        ),
    )


def discrepancy(
    panel: Annotated[
        Path, typer.Option(help=_("CSV: place,month,record,count; no row is not reported."))
    ],
    records: Annotated[
        Path, typer.Option(help=_("YAML: each record's channel, source and law_enforcement."))
    ],
    population: Annotated[Path, typer.Option(help=_("CSV: place,state,population."))],
    adjacency: Annotated[Path, typer.Option(help=_("CSV of neighbours: place,neighbour."))],
    out: Annotated[
        Path,
        typer.Option(help=_("CSV to write: place,expected,observed,low,high,rank,flag,reason.")),
    ],
    seed: Annotated[int, typer.Option(min=0, help=_("The same seed gives the same file."))] = 0,
    pictures: Annotated[
        Path | None, typer.Option(help=_("Folder for pictures: ranks, and cards of places."))
    ] = None,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente places discrepancy`."""
    from puente.places.discrepancy_files import discrepancy_report
    from puente.places.discrepancy_read import DiscrepancyFiles

    files = DiscrepancyFiles(
        panel=panel, records=records, population=population, adjacency=adjacency, out=out
    )
    report = discrepancy_report(files, seed=seed)
    drawn = []
    if pictures is not None:
        from puente.report.pictures_discrepancy import write_pictures

        drawn = [str(path) for path in write_pictures(report, pictures)]
    if json_output:
        print_json({"out": str(out), "pictures": drawn, **asdict(report)})
    else:
        _show(out, report)


def _show(out: Path, report: DiscrepancyReport) -> None:
    from puente.places.discrepancy_files import summary

    say(_("Written to {file}").format(file=out))
    say(summary(report))
    say(report.verdict, style="bold")
    say(report.method)
    rows = [
        (line.rank or "", line.place, f"{line.rank_low}-{line.rank_high}", line.expected,
         "" if line.observed is None else line.observed, line.alternative)
        for line in report.places[:_TOP]
    ]  # fmt: skip
    heads = (
        _("rank"), _("place"), _("90 % of ranks"), _("expected"), _("observed"),
        _("alternative explanation"),
    )  # fmt: skip
    print_table(_("Places for review: an excess of records, not a finding"), heads, rows)
    say(
        _(
            "An excess of records says nothing of who controls a place, of a group or of residents,"
            " and no excess does not mean that a place is safe."
        )
    )
