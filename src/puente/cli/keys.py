"""Commands about keys of programs: key add, key list, key revoke."""

from __future__ import annotations

from typing import Annotated

import typer

from puente.cli.asked import WorkspaceOption, open_workspace
from puente.cli.output import JsonFlag, add_command, print_json, print_table, say
from puente.i18n import N_
from puente.i18n import gettext as _
from puente.settings import DEFAULT_WORKSPACE

DAYS = 365
PER_SECOND = 50


def declare(app: typer.Typer) -> None:
    """Add this module's commands to the command line."""
    keys = typer.Typer(
        help=_("Keys of programs that ask this node over HTTP."), no_args_is_help=True
    )
    add_command(
        keys,
        "add",
        add_key,
        text=_("Make a key for an account and one purpose, and show it: it is not kept."),
        example="puente key add ana --purpose screening --label payments --days 90",
    )
    add_command(
        keys,
        "list",
        list_keys,
        text=_("List the keys, ended ones too; their secrets are nowhere."),
        example="puente key list",
    )
    add_command(
        keys,
        "revoke",
        revoke_key,
        text=_("End a key; within a second it opens nothing more."),
        example="puente key revoke 1f0c9e4d2a7b",
    )
    app.add_typer(keys, name="key")


def add_key(
    user: Annotated[str, typer.Argument(help=_("Account that the key belongs to."))],
    purpose: Annotated[str, typer.Option(help=_("What every look by it is for."))],
    case: Annotated[str, typer.Option(help=_("Case number, where one is needed."))] = "",
    reason: Annotated[str, typer.Option(help=_("Why, in words; kept sealed in the log."))] = "",
    label: Annotated[str, typer.Option(help=_("What will use it."))] = "",
    days: Annotated[int, typer.Option(help=_("Days until it ends."))] = DAYS,
    per_second: Annotated[
        int, typer.Option(help=_("Questions a second that it may ask each process."))
    ] = PER_SECOND,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente key add ana --purpose screening`."""
    from puente.guard.actors import Purpose
    from puente.guard.api_keys import KeyTerms

    opened = open_workspace(workspace)
    terms = KeyTerms(
        purpose=Purpose(name=purpose, case=case, reason=reason),
        label=label,
        days=days,
        per_second=per_second,
    )
    key, token = opened.api_keys.add(user, terms)
    if json_output:
        print_json({**key.as_json(), "token": token})
        return
    say(_("Key {id} of {user} stands until {day}").format(
        id=key.id, user=user, day=key.expires_at[:10]
    ))  # fmt: skip
    say(_("Note it now; it is not shown again:"), style="bold")
    typer.echo(token)


def list_keys(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE, json_output: JsonFlag = False
) -> None:
    """Run `puente key list`."""
    held = open_workspace(workspace).api_keys.all()
    if json_output:
        print_json({"keys": [key.as_json() for key in held]})
        return
    columns = (N_("key"), N_("account"), N_("used by"), N_("purpose"), N_("case"), N_("until"),
               N_("revoked"))  # fmt: skip
    print_table(
        _("Keys"),
        [_(name) for name in columns],
        [
            [k.id, k.actor.name, k.label or "-", k.purpose.name, k.purpose.case or "-",
             k.expires_at[:10], k.revoked_at[:10] or "-"]
            for k in held
        ],
    )  # fmt: skip


def revoke_key(
    key: Annotated[str, typer.Argument(help=_("Id of the key."))],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente key revoke 1f0c9e4d2a7b`."""
    ended = open_workspace(workspace).api_keys.revoke(key)
    if json_output:
        print_json(ended.as_json())
        return
    say(_("Key {id} is revoked").format(id=ended.id))
