"""What commands print: JSON on standard output for machines, tables and progress for people."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from puente.errors import PuenteError

JsonFlag = Annotated[
    bool, typer.Option("--json", help=_("One JSON object on standard output, nothing else."))
]


def add_command(
    group: typer.Typer, name: str, run: Callable[..., None], *, text: str, example: str
) -> None:
    """Add a command with what it does and an example, both in the current language."""
    shown = _("Example: {command}").format(command=example)
    group.command(name, help=text, epilog=shown)(run)


def wants_json() -> bool:
    """Return True if this run was asked for JSON."""
    return "--json" in sys.argv


def print_json(value: Mapping[str, object] | Sequence[Mapping[str, object]]) -> None:
    """Print one JSON object, or a list of them, on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")


def print_error(error: PuenteError) -> None:
    """Print an error once: as JSON where JSON was asked for, else in words on standard error."""
    if wants_json():
        print_json(error.as_json())
        return
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    console.print(f"[bold red]{_('Error')}[/] [dim]({error.code})[/] ", end="")
    console.print(error.message, markup=False)
    rule = error.detail.get("rule")
    if rule:
        console.print(_("Decided by rule: {rule}").format(rule=rule), style="dim", markup=False)


def say(text: str, *, style: str = "") -> None:
    """Print a line for people on standard error, so that standard output stays clean."""
    if wants_json():
        return
    from rich.console import Console

    Console(stderr=True, highlight=False).print(text, style=style or None, markup=False)


def print_table(title: str, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table for people on standard output; the first column is left, numbers right."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from puente.i18n import format_number

    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for index, header in enumerate(headers):
        numeric = bool(rows) and isinstance(rows[0][index], int | float)
        table.add_column(header, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(
            *[Text(format_number(c) if isinstance(c, int | float) else str(c)) for c in row]
        )
    Console(highlight=False).print(table)


def print_rejects(file: object, rejects: Sequence[tuple[int, str]], most: int = 20) -> None:
    """Print the first rejected lines of a file, and how many more there are."""
    for line, reason in rejects[:most]:
        say(_("{file}, line {line}: {reason}").format(file=file, line=line, reason=reason))
    if len(rejects) > most:
        say(_("... and {count} more rejected lines").format(count=len(rejects) - most))


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """Yield a `progress(step, done, total)` that draws one bar per step on standard error.

    Draws nothing where JSON was asked for or nobody watches.
    """
    if wants_json() or not sys.stderr.isatty():
        yield lambda _step, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def progress(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=max(total, 1))
            bars.update(tasks[step], completed=done, total=max(total, 1))

        yield progress
