"""The `puente` command: assembles the commands and decides exit codes, the only place that does.

Exit codes: 0 done, 1 findings or a failed check, 2 bad usage, 3 bad input, 4 refused by policy.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from puente import __version__
from puente.cli import (
    alerts,
    audit,
    backup,
    build,
    case,
    clusters,
    fetch,
    ingest,
    keys,
    law,
    lists,
    network,
    places,
    records,
    register,
    resolve,
    users,
)
from puente.cli.output import print_error
from puente.errors import InvalidData, NotAllowed, NotFound, PuenteError
from puente.i18n import gettext as _
from puente.i18n import set_language

EXIT_CODES: dict[type[PuenteError], int] = {InvalidData: 3, NotFound: 3, NotAllowed: 4}
"""Exit code of each kind of error; any other PuenteError is 1."""


class House(TyperGroup):
    """The command group that turns errors into messages and exit codes."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - the signature is the library's
        """Run a command; a PuenteError ends as one message and its exit code."""
        try:
            return super().invoke(ctx)
        except PuenteError as error:
            print_error(error)
            code = next((n for kind, n in EXIT_CODES.items() if isinstance(error, kind)), 1)
            raise typer.Exit(code) from error
        except (BrokenPipeError, KeyboardInterrupt) as stop:
            raise typer.Exit(1) from stop
        except OSError as error:
            print_error(InvalidData(error.strerror or str(error), file=error.filename))
            raise typer.Exit(3) from error
        except MemoryError as error:
            print_error(PuenteError(_("out of memory; raise PUENTE_MEMORY_LIMIT_MB or free some")))
            raise typer.Exit(1) from error
        except typer.Abort:
            raise
        except Exception as error:
            if hasattr(error, "exit_code"):  # the library's own exits and usage errors
                raise
            # The edge: a fault of ours ends as a sentence too. The trace is for whoever mends it.
            logging.getLogger(__name__).info("unexpected failure", exc_info=True)
            what = _("unexpected failure: {kind}: {message} (--verbose shows the trace)")
            print_error(PuenteError(what.format(kind=type(error).__name__, message=error)))
            raise typer.Exit(1) from error


def _language() -> str:
    """Return the language to speak: `--lang`, else PUENTE_LANGUAGE, else the system's."""
    arguments = sys.argv[1:]
    for index, word in enumerate(arguments):
        if word == "--lang" and index + 1 < len(arguments):
            return arguments[index + 1]
        if word.startswith("--lang="):
            return word.partition("=")[2]
    named = os.environ.get("PUENTE_LANGUAGE")
    system = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG")
    return named or ("es" if (system or "").startswith("es") else "en")


# Help texts are looked up while the commands are declared, so the language is set first.
set_language(_language())


def _version(*, asked: bool) -> None:
    if asked:
        typer.echo(f"puente {__version__}")
        raise typer.Exit


def build_app() -> typer.Typer:
    """Return the assembled command line in the current language."""
    app = typer.Typer(
        cls=House,
        name="puente",
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help=_("Join records, find networks, say what the law allows, account for every look."),
        epilog=_("First steps: [bold]puente demo[/bold] builds a made-up world and shows it."),
    )

    @app.callback()
    def _options(
        lang: Annotated[str, typer.Option(help=_("Language: en or es."))] = "",
        version: Annotated[  # noqa: ARG001 - acts in its callback
            bool, typer.Option("--version", callback=lambda v: _version(asked=v), is_eager=True)
        ] = False,
        verbose: Annotated[bool, typer.Option("--verbose", help=_("Log what is done."))] = False,
    ) -> None:
        if lang not in {"", "en", "es"}:
            raise typer.BadParameter(_("the language is en or es"))
        level = logging.INFO if verbose else logging.WARNING
        logging.basicConfig(level=level, stream=sys.stderr, format="%(levelname)s %(message)s")

    rooms = (
        build, fetch, ingest, records, resolve, lists, clusters, alerts, register, network, places,
        law, case, audit, users, keys, backup,
    )  # fmt: skip
    for room in rooms:
        room.declare(app)
    return app


def main() -> None:
    """Run the command line."""
    build_app()()


if __name__ == "__main__":
    main()
