"""Commands that keep a node safe: backup, restore."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from puente.cli.asked import WorkspaceOption, open_workspace, settings_at
from puente.cli.output import JsonFlag, add_command, print_json, print_table, say
from puente.errors import InvalidData, NotFound
from puente.i18n import gettext as _
from puente.settings import DEFAULT_WORKSPACE

if TYPE_CHECKING:
    from puente.backup import RestoreReport
    from puente.guard.purges import Purged


def declare(app: typer.Typer) -> None:
    """Add this module's commands to the command line."""
    add_command(
        app,
        "backup",
        backup,
        text=_("Write a signed copy of the node's ledger and lake while it goes on working."),
        example="puente backup --workspace WS --to /media/safe/monday",
    )
    add_command(
        app,
        "restore",
        restore,
        text=_("Make a workspace from a backup, whole or not at all; recompute its log."),
        example="puente restore --from /media/safe/monday --workspace NEW --key KEY",
    )


def backup(
    to: Annotated[Path, typer.Option("--to", help=_("Folder to write; new or empty."))],
    without_lake: Annotated[
        bool, typer.Option("--without-lake", help=_("Leave out the loads and builds."))
    ] = False,
    with_key: Annotated[
        bool,
        typer.Option("--with-key", help=_("Put the node's key in; whoever has it opens the log.")),
    ] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente backup`."""
    from puente.backup import make_backup

    with open_workspace(workspace) as opened:
        report = make_backup(
            opened,
            to,
            now=datetime.now(UTC),
            with_lake=not without_lake,
            with_key=with_key,
        )
    if json_output:
        print_json(report.as_json())
        return
    print_table(
        _("Backup in {folder}").format(folder=report.folder),
        [_("what"), _("number")],
        [
            [_("rows of the ledger"), sum(report.tables.values())],
            [_("rows of the log"), report.rows],
            [_("loads"), _number(report.loads)],
            [_("builds"), _number(report.builds)],
            [_("files"), report.files],
            [_("bytes"), report.bytes],
        ],
    )
    if report.linked:
        say(_("{count} files share this disk with the node").format(count=report.linked))
    if not report.key:
        say(
            _(
                "The node's key is not in it. Keep the file `key` of the workspace elsewhere:"
                " without it a restored log can be neither opened nor carried on."
            )
        )


def restore(
    source: Annotated[Path, typer.Option("--from", help=_("Folder of the backup."))],
    key: Annotated[
        Path | None, typer.Option(help=_("The node's key, where the backup is without it."))
    ] = None,
    without_key: Annotated[
        bool,
        typer.Option("--without-key", help=_("Go on without the key; sealed values stay shut.")),
    ] = False,
    purges: Annotated[
        Path | None,
        typer.Option(
            help=_("What was purged since: a list (puente audit purges), or a workspace.")
        ),
    ] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente restore`."""
    from puente.backup import Restore, restore_backup

    report = restore_backup(
        source,
        settings_at(workspace),
        Restore(
            key=key,
            without_key=without_key,
            purges=None if purges is None else _purged_in(purges),
        ),
        clock=lambda: datetime.now(UTC),
    )
    if json_output:
        print_json(report.as_json())
    else:
        _show_restored(report)
    if report.purged is None:
        say(
            _(
                "No list of purges was given: whatever was purged after {day} is back."
                " Destroy it again."
            ).format(day=report.made_at),
            style="bold",
        )
    if report.audit.ok:
        say(_("The log is whole."))
    else:
        say(_("The log is not whole: {finding}").format(finding=report.audit.first))
        raise typer.Exit(1)


def _show_restored(report: RestoreReport) -> None:
    print_table(
        _("Restored into {folder}").format(folder=report.folder),
        [_("what"), _("number")],
        [
            [_("rows of the ledger"), sum(report.tables.values())],
            [_("rows of the log"), report.audit.rows],
            [_("loads"), _number(report.loads)],
            [_("builds"), _number(report.builds)],
            [_("values purged again"), _number(report.purged)],
        ],
    )


def _purged_in(path: Path) -> list[Purged]:
    """Return what the list at `path`, or the log of the workspace there, says was purged.

    Raises: NotFound: the folder holds no ledger, or one in which nothing ever happened. To take
        that for "nothing was purged" would bring back what was.
    """
    from sqlalchemy.exc import DatabaseError

    from puente.guard.purges import purged_rows, read_purges
    from puente.guard.stored_tree import has_rows
    from puente.settings import load_settings
    from puente.store.ledger import FILE_NAME, ledger_engine

    if not path.is_dir():
        return read_purges(path)
    missing = NotFound(
        _("no ledger in {folder}; give the list that `puente audit purges` printed").format(
            folder=path
        )
    )
    # The environment speaks of the new workspace, not of this one.
    settings = load_settings(path, environ={})
    if not settings.ledger_url and not (path / FILE_NAME).is_file():
        raise missing
    ledger = ledger_engine(settings)
    try:
        if not has_rows(ledger):
            raise missing
        return purged_rows(ledger)
    except DatabaseError as error:
        raise InvalidData(
            _("the ledger is damaged: {error}").format(error=error.orig), file=path
        ) from error
    finally:
        ledger.dispose()


def _number(count: int | None) -> str | int:
    return "-" if count is None else count
