"""Commands on holdings and on steps in a network: own, network steps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from puente.cli import network_patterns, network_structure
from puente.cli.asked import day
from puente.cli.edges_asked import (
    AsOf,
    Directed,
    EdgesFile,
    Kinds,
    Least,
    chosen,
    rows_json,
    tell_rows,
)
from puente.cli.output import JsonFlag, add_command, print_json, say
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from puente.graph.ownership_files import OwnFiles, OwnReport


def declare(app: typer.Typer) -> None:
    """Add this module's commands to the command line."""
    group = typer.Typer(help=_("Networks from edge files."), no_args_is_help=True)
    add_command(
        app,
        "own",
        own,
        text=_("Apply OFAC's 50 percent rule: blocked, possibly or not, with the arithmetic."),
        example="puente own --holdings H.csv --blocked B.csv --out R.csv",
    )
    add_command(
        group,
        "steps",
        steps,
        text=_("Write the fewest steps from the seeds to everything that can be reached."),
        example="puente network steps --edges E.csv --seeds S.csv --out R.csv",
    )
    network_structure.declare(group)
    network_patterns.declare(group)
    app.add_typer(group, name="network")


def own(
    holdings: Annotated[
        Path, typer.Option(help=_("CSV: owner,asset,percent[,percent_max,from,to,kind,class]."))
    ],
    blocked: Annotated[
        Path, typer.Option(help=_("CSV: id[,list,from,to] of each blocked person."))
    ],
    out: Annotated[Path, typer.Option(help=_("CSV to write: entity,status,low,high,because."))],
    as_of: Annotated[str, typer.Option(help=_("Day of the holdings, YYYY-MM-DD; today."))] = "",
    also_list: Annotated[
        list[str] | None,
        typer.Option(
            help=_("Count owners on this list too, though it blocks nothing; repeatable.")
        ),
    ] = None,
    explain: Annotated[
        list[str] | None, typer.Option(help=_("Print why, step by step, for this id; repeatable."))
    ] = None,
    derivation: Annotated[
        Path | None, typer.Option(help=_("JSON lines to write: why, for all that is touched."))
    ] = None,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente own`."""
    from puente.graph.ownership_files import OwnFiles, own_report

    files = OwnFiles(holdings=holdings, seeds=blocked, out=out, derivation=derivation)
    report = own_report(files, as_of=day(as_of), also=also_list or (), explain=explain or ())
    if json_output:
        print_json(_own_json(files, report))
    else:
        _show_own(files, report)


def _own_json(files: OwnFiles, report: OwnReport) -> dict[str, object]:
    from puente.graph.ownership_printed import printed

    return {
        "out": str(files.out),
        **report.counts,
        "controlled": report.controlled,
        "contradicted": report.contradicted,
        "repeated": report.repeated,
        "notices": list(report.notices),
        "derivation": str(files.derivation) if files.derivation else None,
        "explained": [{**one.as_json(), "text": printed(one)} for one in report.derivations],
    }


def _show_own(files: OwnFiles, report: OwnReport) -> None:
    from puente.graph.ownership_printed import printed

    counted = ", ".join(f"{status} {number}" for status, number in report.counts.items())
    say(_("Written to {file}: {counts}").format(file=files.out, counts=counted))
    if report.controlled:
        text = _("{count} more are controlled or linked otherwise, which blocks nothing by itself")
        say(text.format(count=report.controlled))
    for notice in report.notices:
        say(notice)
    for one in report.derivations:
        for line in printed(one):
            say(line)


def steps(
    edges: EdgesFile,
    seeds: Annotated[Path, typer.Option(help=_("CSV: id of each seed."))],
    out: Annotated[Path, typer.Option(help=_("CSV to write: id,steps,seed_id,via,kind."))],
    directed: Directed = False,
    at_most: Annotated[
        int | None, typer.Option(min=0, help=_("Leave out what is further away."))
    ] = None,
    as_of: AsOf = "",
    kind: Kinds = None,
    least: Least = None,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente network steps`."""
    from puente.graph.steps import StepsFiles, steps_files

    files = StepsFiles(edges=edges, seeds=seeds, out=out)
    done = steps_files(files, chosen(as_of, kind, least), directed=directed, at_most=at_most)
    if json_output:
        print_json(
            {
                "out": str(out),
                "edges": done.edges,
                "self_loops": done.self_loops,
                "seeds": done.seeds,
                "reached": done.reached,
                **rows_json(done.rejects, done.left_out),
            }
        )
        return
    tell_rows(edges, done.rejects, done.left_out)
    say(
        _("Written to {file}: {reached} reached from {seeds} seeds over {edges} edges").format(
            file=out, reached=done.reached, seeds=done.seeds, edges=done.edges
        )
    )
