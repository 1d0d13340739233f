"""Commands on networks and holdings: own, network steps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from puente.cli.asked import day
from puente.cli.output import JsonFlag, add_command, print_json, print_rejects, say
from puente.i18n import gettext as _


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
    app.add_typer(group, name="network")


def own(
    holdings: Annotated[
        Path, typer.Option(help=_("CSV: owner,asset,percent[,percent_max,from,to]."))
    ],
    blocked: Annotated[Path, typer.Option(help=_("CSV: id of each blocked person."))],
    out: Annotated[Path, typer.Option(help=_("CSV to write: entity,status,low,high,because."))],
    as_of: Annotated[str, typer.Option(help=_("Day of the holdings, YYYY-MM-DD; today."))] = "",
    json_output: JsonFlag = False,
) -> None:
    """Run `puente own`."""
    from puente.graph.ownership import own_files

    found = own_files(holdings, blocked, out, as_of=day(as_of))
    if json_output:
        print_json({"out": str(out), **found})
    else:
        counted = ", ".join(f"{status} {number}" for status, number in found.items())
        say(_("Written to {file}: {counts}").format(file=out, counts=counted))


def steps(
    edges: Annotated[Path, typer.Option(help=_("CSV: source,target,kind[,strength,from,to]."))],
    seeds: Annotated[Path, typer.Option(help=_("CSV: id of each seed."))],
    out: Annotated[Path, typer.Option(help=_("CSV to write: id,steps,seed_id,via,kind."))],
    directed: Annotated[
        bool, typer.Option("--directed", help=_("Follow edges from source to target only."))
    ] = False,
    at_most: Annotated[
        int | None, typer.Option(min=0, help=_("Leave out what is further away."))
    ] = None,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente network steps`."""
    from puente.graph.steps import steps_files

    done = steps_files(edges, seeds, out, directed=directed, at_most=at_most)
    if json_output:
        print_json(
            {
                "out": str(out),
                "edges": done.edges,
                "self_loops": done.self_loops,
                "seeds": done.seeds,
                "reached": done.reached,
                "rejects": [{"line": n, "reason": why} for n, why in done.rejects],
            }
        )
        return
    print_rejects(edges, done.rejects)
    say(
        _("Written to {file}: {reached} reached from {seeds} seeds over {edges} edges").format(
            file=out, reached=done.reached, seeds=done.seeds, edges=done.edges
        )
    )
