"""The command `places smooth`: rates of small places with intervals and exceedance."""

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
from puente.i18n import format_number
from puente.i18n import gettext as _
from puente.settings import DEFAULT_WORKSPACE

if TYPE_CHECKING:
    from puente.places.smooth_files import Question, Smoothed

_SHOWN = 10


def declare(group: typer.Typer) -> None:
    """Add this module's command to the group `places`."""
    add_command(
        group,
        "smooth",
        smooth,
        text=_("Write rates by place, smoothed by their neighbours', with intervals."),
        example=(
            "puente places smooth --user ana --record homicidio_doloso --from 2024-01"
            " --to 2024-12 --out O.csv --map M.svg"
        ),
    )


def smooth(
    out: Annotated[Path, typer.Option(help=_("CSV to write: id,place,count,expected,…"))],
    panel: Annotated[
        Path | None, typer.Option(help=_("CSV place,month,record,count, instead of a workspace."))
    ] = None,
    population: Annotated[
        Path | None, typer.Option(help=_("With --panel: CSV place,population[,year]."))
    ] = None,
    adjacency: Annotated[
        Path | None, typer.Option(help=_("With --panel: CSV of neighbours, a pair a row."))
    ] = None,
    record: Annotated[str, typer.Option(help=_("Crime, or part of one."))] = "",
    first: Annotated[str, typer.Option("--from", help=_("First month, YYYY-MM."))] = "",
    last: Annotated[str, typer.Option("--to", help=_("Last month, YYYY-MM."))] = "",
    source: Annotated[
        list[str] | None, typer.Option(help=_("Register to keep to; may be repeated."))
    ] = None,
    map_file: Annotated[
        Path | None, typer.Option("--map", help=_("Maps to draw as well: .svg or .png."))
    ] = None,
    draws: Annotated[int, typer.Option(min=100, help=_("From the posterior."))] = 1000,
    seed: Annotated[int, typer.Option(min=0, help=_("The same seed gives the same file."))] = 0,
    threshold: Annotated[
        float, typer.Option(help=_("Relative risk whose exceedance is reported."))
    ] = 1.5,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    user: UserOption = "",
    purpose: PurposeOption = "crime_analysis",
    case: CaseOption = "",
    json_output: JsonFlag = False,
) -> None:
    """Run `puente places smooth`."""
    from puente.graph.delimited import write_table
    from puente.places.smooth_files import Question, smooth_files, smooth_view

    files = _files(panel, population, adjacency, map_file)
    asked = Question(
        record=record, first=first, last=last, sources=tuple(source or ()), draws=draws, seed=seed,
        threshold=threshold,
    )  # fmt: skip
    if files is not None:
        found = smooth_files(*files, asked)
    else:
        who = {"user": user, "purpose": purpose, "case": case, "action": "export"}
        with open_workspace(workspace) as node, signed_in_view(node, **who) as view:
            found = smooth_view(view, asked)
            view.record("export", ids=("rates",), file=out.name, record=record)
    write_table(found.table, out)
    if map_file is not None:
        _draw(found, map_file)
    print_json(_told(found, out, asked)) if json_output else _show(found, out)


def _files(
    panel: Path | None, population: Path | None, adjacency: Path | None, map_file: Path | None
) -> tuple[Path, Path, Path] | None:
    """Return the files to read instead of a workspace; None to read one.

    Raises: InvalidData: they do not go together.
    """
    from puente.errors import InvalidData

    if map_file is not None and map_file.suffix.lower() not in {".svg", ".png"}:
        raise InvalidData(_("a map is written as .svg or .png"), file=map_file)
    if panel is None:
        return None
    if population is None or adjacency is None:
        raise InvalidData(_("--panel needs --population and --adjacency"))
    if map_file is not None:
        raise InvalidData(_("a map needs outlines, which a workspace has and a panel has not"))
    return panel, population, adjacency


def _draw(found: Smoothed, path: Path) -> None:
    from puente.errors import InvalidData
    from puente.places.coverage import SMALLEST_CELL
    from puente.report.pictures_png import png_of
    from puente.report.pictures_smooth import RatesShown, rate_maps, side_by_side

    if not found.areas:
        raise InvalidData(_("the workspace holds no outlines of these places"))
    shown = RatesShown(
        title=found.record, rates=found.rates, table=found.table, areas=found.areas,
        names=found.names, few=_("1 to {most}").format(most=SMALLEST_CELL - 1),
        note=_("Source: {source}").format(source=found.source),
    )  # fmt: skip
    maps = rate_maps(shown)
    picture = side_by_side(list(maps.values()), found.record)
    if path.suffix.lower() == ".png":
        path.write_bytes(png_of(picture))
    else:
        path.write_text(picture.svg, encoding="utf-8")


def _told(found: Smoothed, out: Path, asked: Question) -> dict[str, object]:
    rates = found.rates
    return {
        "out": str(out),
        "record": found.record,
        "first": rates.first,
        "last": rates.last,
        "places": len(rates.places),
        "left_out": list(rates.left_out),
        "islands": list(rates.islands),
        "overall_per_100k": rates.overall,
        "spread": rates.smoothed.spread,
        "lean": rates.smoothed.lean,
        "level": rates.smoothed.level,
        "threshold": rates.smoothed.threshold,
        "seed": asked.seed,
        "draws": asked.draws,
        "source": found.source,
    }


def _show(found: Smoothed, out: Path) -> None:
    rates = found.rates
    say(_("Written to {file}: {count} places").format(file=out, count=len(rates.places)))
    rows = sorted(found.table.to_pylist(), key=lambda row: (-row["rate_per_100k"], row["id"]))
    print_table(
        _("Highest smoothed rates, {first} – {last}").format(first=rates.first, last=rates.last),
        [_("Code"), _("Place"), _("Rate"), _("Low"), _("High"), _("Raw"), _("Ranks")],
        [
            [
                row["id"],
                row["place"],
                *(format_number(row[name], 1) for name in ("rate_per_100k", "low", "high")),
                "–" if row["crude_per_100k"] is None else format_number(row["crude_per_100k"], 1),
                f"{row['rank_low']} – {row['rank_high']}",
            ]
            for row in rows[:_SHOWN]
        ],
    )
    text = _("The whole map has {rate} recorded cases per 100,000 people in the period.")
    say(text.format(rate=format_number(rates.overall, 1)))
    if rates.left_out:
        text = _("{count} places without a known population are left out: {codes}")
        say(text.format(count=len(rates.left_out), codes=", ".join(rates.left_out[:20])))
    say(_("What was not recorded is not smoothed into being. Source: {source}").format(
        source=found.source
    ))  # fmt: skip
