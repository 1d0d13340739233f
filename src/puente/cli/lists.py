"""The commands of the lists: screen, and the group `lists`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from puente.cli import lists_relief, lists_time
from puente.cli.asked import day
from puente.cli.output import JsonFlag, add_command, print_json, progress_bars, say
from puente.errors import InvalidData
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from puente.screen.batch import BatchReport, Options


def declare(app: typer.Typer) -> None:
    """Add this module's commands to the command line."""
    add_command(
        app,
        "screen",
        screen,
        text=_("Compare names with listed ones: verdict, score, reasons. Judges nobody."),
        example="puente screen --list sdn.csv --queries names.csv --out hits.jsonl",
    )
    group = typer.Typer(
        help=_("Lists over time: what changed, what stood when, and what is owed to the removed."),
        no_args_is_help=True,
    )
    lists_time.declare(group)
    lists_relief.declare(group)
    app.add_typer(group, name="lists")


def screen(
    lists: Annotated[
        list[Path], typer.Option("--list", help=_("A list file, or a folder; repeatable."))
    ],
    queries: Annotated[
        Path,
        typer.Option(help=_("CSV, XLSX or Parquet: id,name[,schema,birth_date,country,curp,rfc].")),
    ],
    out: Annotated[
        Path,
        typer.Option(
            help=_("JSON lines to write, an answer a question; .csv, .xlsx: a row a hit.")
        ),
    ],
    cutoff: Annotated[
        float | None, typer.Option(help=_("Score, 0 to 1, from which a hit is an alert."))
    ] = None,
    top: Annotated[int | None, typer.Option(min=1, help=_("Hits a question, at most."))] = None,
    as_of: Annotated[str, typer.Option(help=_("Day of the lists, YYYY-MM-DD; newest."))] = "",
    weak: Annotated[
        bool, typer.Option("--weak", help=_("Also look at what the list calls weak aliases."))
    ] = False,
    index: Annotated[
        Path | None, typer.Option(help=_("Folder in which the index is kept for the next time."))
    ] = None,
    engine: Annotated[str, typer.Option(help=_("process, or spark with --master."))] = "process",
    master: Annotated[
        str, typer.Option(help=_("Address of the Spark master, spark://HOST:PORT."))
    ] = "",
    json_output: JsonFlag = False,
) -> None:
    """Run `puente screen`."""
    from puente.screen.batch import Options

    _check_engine(engine, master)
    default = Options()
    options = Options(
        cutoff=default.cutoff if cutoff is None else cutoff,
        top=default.top if top is None else top,
        weak=weak,
        as_of=day(as_of) if as_of else None,
        index=index,
        master=master,
    )
    report = _screened(lists, queries, out, options)
    if json_output:
        print_json(_as_json(out, report))
    else:
        _show(report)


def _screened(lists: list[Path], queries: Path, out: Path, options: Options) -> BatchReport:
    from puente.screen.batch import screen_files

    if not queries.is_file():
        raise InvalidData(_("no such file"), file=queries)
    total = _lines(queries)
    title = _("Screen against the lists")
    with progress_bars() as progress:
        return screen_files(
            lists, queries, out, options,
            progress=lambda done: progress(title, done, max(done, total)),
        )  # fmt: skip


def _check_engine(engine: str, master: str) -> None:
    if engine not in {"process", "spark"}:
        raise typer.BadParameter(_("the engine is process or spark"))
    if (engine == "spark") != bool(master):
        raise typer.BadParameter(_("--engine spark and --master URL go together"))


def _lines(queries: Path) -> int:
    """Return about how many questions a file holds, for the progress bar; 0 where it is packed."""
    if queries.suffix.casefold() in {".xlsx", ".xlsm", ".parquet"}:
        return 0
    with queries.open("rb") as handle:
        return max(sum(block.count(b"\n") for block in iter(lambda: handle.read(1 << 20), b"")), 1)


def _as_json(out: Path, report: BatchReport) -> dict[str, object]:
    return {
        "out": str(out),
        "asked": report.asked,
        "alerts": report.alerts,
        "rejected": report.rejected,
        "noted": report.noted,
        "entries": report.entries,
        "lists": [str(path) for path in report.list_files],
        "list_rejects": report.list_rejects,
        "rejects": str(report.rejects) if report.rejects else None,
    }


def _show(report: BatchReport) -> None:
    say(
        _("{asked} questions against {entries} entries: {alerts} with an alert").format(
            asked=report.asked, entries=report.entries, alerts=report.alerts
        )
    )
    if report.rejects:
        say(
            _("{count} lines are no question; see {file}").format(
                count=report.rejected, file=report.rejects
            )
        )
    if report.list_rejects:
        say(_("{count} rows of the lists could not be read").format(count=report.list_rejects))
