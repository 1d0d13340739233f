"""What the commands on a network of a file ask for alike: the file, and which of its edges."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from puente.cli.asked import day
from puente.cli.output import print_rejects, say
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from puente.graph.edge_files import Choice


class Strength(StrEnum):
    """How sure an edge is."""

    CONFIRMED = "confirmed"
    PROBABLE = "probable"
    POSSIBLE = "possible"


EdgesFile = Annotated[Path, typer.Option(help=_("CSV: source,target,kind[,strength,from,to]."))]
Directed = Annotated[
    bool, typer.Option("--directed", help=_("Follow edges from source to target only."))
]
AsOf = Annotated[
    str, typer.Option("--as-of", help=_("Only edges that may stand on this day, YYYY-MM-DD."))
]
Kinds = Annotated[
    list[str] | None, typer.Option("--kind", help=_("Only edges of this kind; repeatable."))
]
Least = Annotated[Strength | None, typer.Option(help=_("Only edges at least so sure."))]


def chosen(as_of: str, kinds: Sequence[str] | None, least: Strength | None) -> Choice:
    """Return which edges are looked at.

    Raises: InvalidData: the day is none.
    """
    from puente.graph.edge_files import Choice

    return Choice(
        as_of=day(as_of).isoformat() if as_of else "",
        kinds=frozenset(kinds or ()),
        least=least.value if least else "",
    )


def tell_rows(file: Path, rejects: Sequence[tuple[int, str]], left_out: int) -> None:
    """Print which rows cannot be used, and how many were not asked for."""
    print_rejects(file, rejects)
    if left_out:
        say(_("{count} edges are left out: they were not asked for").format(count=left_out))


def rows_json(rejects: Sequence[tuple[int, str]], left_out: int) -> dict[str, object]:
    """Return the rows that were not used, for JSON."""
    told = [{"line": line, "reason": reason} for line, reason in rejects]
    return {"left_out": left_out, "rejects": told}
