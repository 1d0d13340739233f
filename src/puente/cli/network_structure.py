"""Commands on a network as a whole: network paths, brokers, communities."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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
from puente.cli.output import JsonFlag, add_command, print_json, print_table, progress_bars, say
from puente.i18n import format_number
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from puente.graph.brokers import BrokersReport
    from puente.graph.paths import FoundPath, PathsReport

_SHOWN = 15

Seed = Annotated[int, typer.Option(help=_("The same seed gives the same answer."))]


class DrawnBy(StrEnum):
    """What is drawn to see what missing edges could change."""

    EDGE = "edge"
    KIND = "kind"


def declare(group: typer.Typer) -> None:
    """Add this module's commands to the group `network`."""
    add_command(
        group,
        "paths",
        paths,
        text=_("Print the best paths between two entities, those of the best evidence first."),
        example="puente network paths --edges E.csv --from A --to B",
    )
    add_command(
        group,
        "brokers",
        brokers,
        text=_("Print who stands between others, and without whom the network falls apart."),
        example="puente network brokers --edges E.csv --k 3 --resamples 200",
    )
    add_command(
        group,
        "communities",
        communities,
        text=_("Write who belongs to which community, by modularity (Leiden)."),
        example="puente network communities --edges E.csv --out C.csv",
    )


def paths(
    edges: EdgesFile,
    start: Annotated[str, typer.Option("--from", help=_("Id at the one end."))],
    end: Annotated[str, typer.Option("--to", help=_("Id at the other end."))],
    k: Annotated[int, typer.Option(min=1, max=1000, help=_("Paths to print."))] = 10,
    at_most: Annotated[int, typer.Option(min=1, max=30, help=_("Steps of a path."))] = 6,
    directed: Directed = False,
    in_time_order: Annotated[
        bool,
        typer.Option(
            "--in-time-order",
            help=_("No edge of a path ends before the one before it begins."),
        ),
    ] = False,
    hub: Annotated[
        int | None,
        typer.Option(min=1, help=_("Do not pass through entities with more edges than this.")),
    ] = None,
    as_of: AsOf = "",
    kind: Kinds = None,
    least: Least = None,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente network paths`."""
    from puente.graph.paths import Ways, paths_in_file

    ways = Ways(most=k, at_most=at_most, directed=directed, in_time_order=in_time_order, hub=hub)
    report = paths_in_file(edges, start, end, ways, chosen(as_of, kind, least))
    if json_output:
        print_json([found.as_json() for found in report.paths])
        return
    tell_rows(edges, report.rejects, report.left_out)
    _show_paths(report, at_most)


def _show_paths(report: PathsReport, at_most: int) -> None:
    if not report.paths:
        say(_("No path of at most {steps} steps.").format(steps=at_most))
    for number, found in enumerate(report.paths, 1):
        text = _("{number}. {steps} steps, weakest edge: {strength}")
        said = text.format(
            number=number, steps=len(found.edges), strength=_strength(found.strength)
        )
        typer.echo(said)
        for line in _lines(found):
            typer.echo(f"   {line}")
    if report.hubs:
        text = _("Not passed, because of their many edges: {ids}")
        say(text.format(ids=", ".join(report.hubs[:_SHOWN])))


def _lines(found: FoundPath) -> list[str]:
    lines = []
    for edge, before, after in zip(found.edges, found.nodes, found.nodes[1:], strict=False):
        way = "->" if (edge.source, edge.target) == (before, after) else "<-"
        dates = " ".join(part for part in (edge.date_from, edge.date_to) if part)
        told = ", ".join(part for part in (_strength(edge.strength), dates) if part)
        lines.append(f"{before} {way} {after}  [{' + '.join(edge.kinds)}; {told}]")
    return lines


def _strength(strength: str) -> str:
    texts = {
        "confirmed": _("confirmed"),
        "probable": _("probable"),
        "possible": _("possible"),
    }
    return texts.get(strength, _("not stated"))


def brokers(
    edges: EdgesFile,
    k: Annotated[int, typer.Option(min=1, max=50, help=_("Key players to name."))] = 3,
    directed: Directed = False,
    resamples: Annotated[
        int,
        typer.Option(
            min=0, max=10_000, help=_("Networks drawn anew, to see what missing edges change.")
        ),
    ] = 0,
    by: Annotated[
        DrawnBy, typer.Option(help=_("Draw single edges, or all edges of a kind together."))
    ] = DrawnBy.EDGE,
    seed: Seed = 0,
    as_of: AsOf = "",
    kind: Kinds = None,
    least: Least = None,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente network brokers`."""
    from puente.graph.brokers import Asked, brokers_in_file

    asked = Asked(players=k, directed=directed, resamples=resamples, by=by.value, seed=seed)
    with progress_bars() as bars:
        report = brokers_in_file(
            edges,
            asked,
            chosen(as_of, kind, least),
            lambda done, total: bars(_("networks drawn"), done, total),
        )
    if json_output:
        print_json(_brokers_json(report))
        return
    tell_rows(edges, report.rejects, report.left_out)
    _show_brokers(report)


def _brokers_json(report: BrokersReport) -> dict[str, object]:
    found = report.brokers
    ids = found.network.ids.to_pylist()
    told: dict[str, object] = {
        "betweenness": dict(zip(ids, found.betweenness.tolist(), strict=True)),
        "key_players": [ids[number] for number in found.key.numbers],
        "fragmentation": found.key.fragmentation,
        "fragmentation_before": found.key.before,
        "betweenness_exact": found.pivots is None,
        "pivots": found.pivots,
        "key_players_exact": found.key.exact,
        "edges": report.edges,
        "self_loops": report.self_loops,
        **rows_json(report.rejects, report.left_out),
    }
    if found.low is not None and found.high is not None and found.held is not None:
        bounds = zip(found.low.tolist(), found.high.tolist(), strict=True)
        told["betweenness_interval"] = dict(zip(ids, map(list, bounds), strict=True))
        held = zip(ids, found.held.tolist(), strict=True)
        told["key_in_resamples"] = {entity: share for entity, share in held if share}
    return told


def _show_brokers(report: BrokersReport) -> None:
    found = report.brokers
    ids = found.network.ids.to_pylist()
    order = sorted(range(len(ids)), key=lambda n: (-found.betweenness[n], ids[n]))[:_SHOWN]
    headers = [_("Entity"), _("Betweenness")]
    rows: list[list[object]] = [[ids[n], f"{found.betweenness[n]:.1f}"] for n in order]
    if found.low is not None and found.high is not None and found.held is not None:
        headers += [_("With edges missing"), _("Key player in")]
        for row, n in zip(rows, order, strict=True):
            row.append(f"{found.low[n]:.1f} - {found.high[n]:.1f}")
            row.append(f"{found.held[n]:.0%}")
    print_table(_("Who stands between others"), headers, rows)
    if found.pivots is not None:
        say(_("Estimated from {count} entities.").format(count=found.pivots))
    text = _("Without {ids} a share of {after} of all pairs is parted ({before} with them)")
    said = text.format(
        ids=", ".join(ids[number] for number in found.key.numbers),
        after=format_number(found.key.fragmentation, 4),
        before=format_number(found.key.before, 4),
    )
    say(said)
    if not found.key.exact:
        say(_("Other sets may part a little more: not all were tried."))
    say(
        _("A place in a network is no finding of guilt: it shows whom the file's makers looked at.")
    )


def communities(
    edges: EdgesFile,
    out: Annotated[Path, typer.Option(help=_("CSV to write: id,community."))],
    resolution: Annotated[
        float, typer.Option(min=0.01, max=100, help=_("Above 1: more and smaller communities."))
    ] = 1.0,
    seed: Seed = 0,
    as_of: AsOf = "",
    kind: Kinds = None,
    least: Least = None,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente network communities`."""
    from puente.graph.communities import communities_in_file

    choice = chosen(as_of, kind, least)
    report = communities_in_file(edges, out, choice, seed=seed, resolution=resolution)
    found = report.communities
    if json_output:
        print_json(
            {
                "out": str(out),
                "communities": len(found.sizes),
                "sizes": found.sizes,
                "modularity": found.modularity,
                "settled": found.settled,
                "edges": report.edges,
                **rows_json(report.rejects, report.left_out),
            }
        )
        return
    tell_rows(edges, report.rejects, report.left_out)
    text = _("Written to {file}: {count} communities, the largest of {most}; modularity {value}")
    said = text.format(
        file=out,
        count=len(found.sizes),
        most=max(found.sizes, default=0),
        value=format_number(found.modularity, 3),
    )
    say(said)
