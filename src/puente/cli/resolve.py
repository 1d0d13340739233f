"""The command `resolve`: files linked by a profile, or by one that is guessed and confirmed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from puente.cli.output import (
    JsonFlag,
    add_command,
    print_json,
    print_table,
    progress_bars,
    say,
    wants_json,
)
from puente.errors import InvalidData
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from puente.resolve.profile import ResolveReport
    from puente.resolve.profile_guess import GuessedProfile


def declare(app: typer.Typer) -> None:
    """Add this module's command to the command line."""
    add_command(
        app,
        "resolve",
        resolve,
        text=_(
            "Link the records of files by a profile; measure against truth if given. Without a"
            " profile, guess one and show it."
        ),
        example="puente resolve A.csv --profile P.yaml --out C.parquet",
    )


def resolve(
    files: Annotated[list[Path], typer.Argument(help=_("CSV, TSV, XLSX or Parquet files."))],
    profile: Annotated[
        Path | None,
        typer.Option(
            help=_("YAML: kind, id and what each column is. With --guess: where to write it.")
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help=_("Parquet to write: unique_id, cluster_id."))
    ] = None,
    guess: Annotated[
        bool, typer.Option("--guess", help=_("Write a guessed profile to read and correct."))
    ] = False,
    engine: Annotated[str, typer.Option(help=_("duckdb, or spark with --master."))] = "duckdb",
    master: Annotated[str, typer.Option(help=_("Spark master, e.g. spark://host:7077."))] = "",
    shared: Annotated[
        Path | None,
        typer.Option(help=_("Folder that all of Spark's machines see, for large runs.")),
    ] = None,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente resolve`."""
    if engine not in {"duckdb", "spark"}:
        raise typer.BadParameter(_("engine is duckdb or spark"))
    if (engine == "spark") != bool(master) or (shared and not master):
        raise typer.BadParameter(_("--engine spark and --master go together"))
    if guess:
        _keep_guess(files, profile or _home_of(files[0]), json_output=json_output)
        return
    if out is None:
        raise typer.BadParameter(_("--out names the Parquet file to write"))
    if profile is None:
        profile = _confirmed(files)
    _tell(_linked(files, profile, out, master, shared), json_output=json_output)


def _linked(
    files: Sequence[Path], profile: Path, out: Path, master: str, shared: Path | None
) -> ResolveReport:
    from puente.resolve.profile import resolve_files
    from puente.resolve.spark_session import SparkAt
    from puente.settings import load_settings

    with progress_bars() as progress:
        return resolve_files(
            files,
            profile,
            out,
            spark=SparkAt(master=master, shared=shared) if master else None,
            settings=load_settings(),
            progress=lambda done, total: progress(_("Link the records"), done, total),
        )


def _tell(report: ResolveReport, *, json_output: bool) -> None:
    if json_output:
        print_json(report.as_json())
        return
    rows = [[key, value] for key, value in report.as_json().items() if not isinstance(value, dict)]
    print_table(_("Linked"), ["", ""], [[key, str(value)] for key, value in rows])
    for column, count in report.unread.items():
        say(_("{n} values of {column} could not be read; they say nothing.").format(
            n=count, column=column))  # fmt: skip


def _guessed(files: Sequence[Path]) -> GuessedProfile:
    from puente.ingest.source import Limits
    from puente.resolve.profile_guess import guess_profile
    from puente.settings import load_settings

    return guess_profile(files, Limits(max_file_mb=load_settings().max_file_mb))


def _home_of(file: Path) -> Path:
    return file.with_name(f"{file.stem}.profile.yaml")


def _keep_guess(files: Sequence[Path], home: Path, *, json_output: bool) -> None:
    found = _guessed(files)
    _write(found, home)
    if json_output:
        print_json({"profile": str(home), "guess": found.as_json()})
        return
    say(found.as_yaml())
    say(_("Written: {file}").format(file=home))
    say(_("Read it, correct it, then: puente resolve ... --profile {file}").format(file=home))


def _write(found: GuessedProfile, home: Path) -> None:
    """Write a guess where nothing stands: what a person corrected is never overwritten."""
    try:
        with home.open("x", encoding="utf-8") as handle:
            handle.write(found.as_yaml())
    except FileExistsError:
        raise InvalidData(
            _("it is there already; name another with --profile"), file=home
        ) from None
    except OSError as error:
        raise InvalidData(error.strerror or _("cannot be written"), file=home) from None


def _confirmed(files: Sequence[Path]) -> Path:
    """Return where the guess was written that a person at a terminal said yes to.

    Raises: typer.BadParameter: nobody can be asked.
    """
    home = _home_of(files[0])
    if wants_json() or not sys.stdin.isatty():
        raise typer.BadParameter(
            _("no --profile, and nobody to confirm a guess: --guess writes one to {file}").format(
                file=home
            )
        )
    found = _guessed(files)
    say(found.as_yaml())
    answer = typer.prompt(_("Link them so? y (yes), n (no, keep it to edit)"), err=True)
    _write(found, home)
    say(_("Written: {file}").format(file=home))
    if not answer.strip().lower().startswith(("y", "s")):
        raise typer.Exit(0)
    return home
