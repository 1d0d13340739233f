"""What many commands ask for alike: a workspace, who looks and why, a day."""

from __future__ import annotations

import logging
import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from puente.errors import InvalidData, NotAllowed, NotFound
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from puente.guard.actors import Actor
    from puente.guard.view import View
    from puente.settings import Settings
    from puente.workspace import Workspace

WorkspaceOption = Annotated[
    Path,
    typer.Option(
        "--workspace", envvar="PUENTE_WORKSPACE", help=_("Folder that holds the node's data.")
    ),
]
UserOption = Annotated[
    str, typer.Option("--user", envvar="PUENTE_USER", help=_("Who looks (an account here)."))
]
PurposeOption = Annotated[
    str, typer.Option("--purpose", envvar="PUENTE_PURPOSE", help=_("What the look is for."))
]
CaseOption = Annotated[
    str, typer.Option("--case", envvar="PUENTE_CASE", help=_("Case number, where one is needed."))
]


def open_workspace(
    path: Path, *, create: bool = False, host: str | None = None, port: int | None = None
) -> Workspace:
    """Return the workspace at `path`.

    Raises: NotFound: there is none and `create` is False.
    """
    from puente.workspace import Workspace

    settings = settings_at(path, host=host, port=port)
    if not (create or _stands(settings)):
        raise NotFound(_("no workspace at {folder}").format(folder=path))
    return Workspace.open(settings)


def settings_at(path: Path, *, host: str | None = None, port: int | None = None) -> Settings:
    """Return the settings of the workspace at `path`; from here on as much is logged as they say.

    `--verbose` asks for at least what it asks for without them. Libraries keep their own level:
    some log whole addresses, signatures and all.
    """
    from puente.settings import load_settings

    settings = load_settings(path, host=host, port=port)
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    is_verbose = logging.getLogger().isEnabledFor(logging.INFO)
    logging.getLogger("puente").setLevel(min(level, logging.INFO) if is_verbose else level)
    return settings


def has_workspace(path: Path) -> bool:
    """Return True if there is a workspace at `path`."""
    from puente.settings import load_settings

    return _stands(load_settings(path))


def _stands(settings: Settings) -> bool:
    from puente.workspace import KEY_FILE

    # A node begins with its first account, which the log is told of: a key, but no lake yet.
    held = (settings.workspace / name for name in ("lake", KEY_FILE))
    return bool(settings.lake_url) or any(path.exists() for path in held)


def signed_in(workspace: Workspace, user: str) -> Actor:
    """Return the person who proves who they are.

    The password comes from PUENTE_PASSWORD or a prompt.

    Raises: NotAllowed: wrong name or password.
    """
    if not user:
        raise InvalidData(_("say who looks: --user NAME (or PUENTE_USER)"))
    password = os.environ.get("PUENTE_PASSWORD")
    if password is None:
        if not sys.stdin.isatty():
            raise NotAllowed(_("no password: set PUENTE_PASSWORD"), rule="sign-in")
        password = typer.prompt(_("Password"), hide_input=True, err=True)
    return workspace.users.authenticate(user, password)


def signed_in_view(
    workspace: Workspace, *, user: str, purpose: str, case: str = "", action: str = ""
) -> View:
    """Return the View of a person who proves who they are (`signed_in`).

    Raises: NotAllowed: wrong name or password, or a purpose that the person may not claim.
    """
    from puente.guard.actors import Purpose

    actor = signed_in(workspace, user)
    return workspace.view(actor, Purpose(name=purpose, case=case), action=action)


def last_day(text: str) -> date:
    """Return the day that `text` writes; of a month its last day, of no text today.

    Raises: InvalidData: neither a day nor a month.
    """
    if len(text) == len("2025-02"):
        from puente.model.dates import parse_date

        return parse_date(text).end
    return day(text)


def read_text(path: Path) -> str:
    """Return the text of a file, without a byte order mark.

    Raises: InvalidData: it is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidData(_("not UTF-8 text"), file=path) from None


def day(text: str) -> date:
    """Return the day that `text` writes; today where it is empty.

    Raises: InvalidData: no ISO date.
    """
    if not text:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidData(_("{text!r} is no day; write YYYY-MM-DD").format(text=text)) from None
