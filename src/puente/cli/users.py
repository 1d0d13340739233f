"""Commands about people and the machine: user add, doctor."""

from __future__ import annotations

import importlib.metadata
import os
import secrets
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from puente.cli.asked import WorkspaceOption, open_workspace
from puente.cli.output import JsonFlag, add_command, print_json, print_table, say
from puente.i18n import gettext as _
from puente.settings import DEFAULT_WORKSPACE

if TYPE_CHECKING:
    from puente.workspace import Workspace

# Two of some, for what one decides a second person confirms.
DEMO_ROLES = {
    "analyst": ("analyst",),
    "analyst2": ("analyst",),
    "compliance": ("compliance",),
    "compliance2": ("compliance",),
    "crime": ("crime_analyst",),
    "auditor": ("auditor",),
    "journalist": ("journalist",),
}


def declare(app: typer.Typer) -> None:
    """Add this module's commands to the command line."""
    people = typer.Typer(help=_("Accounts of this workspace."), no_args_is_help=True)
    add_command(
        people,
        "add",
        add_user,
        text=_("Add an account; its password comes from a prompt, or from PUENTE_PASSWORD."),
        example="puente user add ana --role analyst",
    )
    add_command(
        app,
        "doctor",
        doctor,
        text=_("Check this machine: Python, libraries, memory, disk, browser, Java."),
        example="puente doctor",
    )
    app.add_typer(people, name="user")


def add_user(
    name: Annotated[str, typer.Argument(help=_("Account name."))],
    role: Annotated[list[str], typer.Option("--role", help=_("May be given more than once."))],
    country: Annotated[str, typer.Option(help=_("Country of the agency: MX or US."))] = "MX",
    agency: Annotated[str, typer.Option(help=_("Agency of the person."))] = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
) -> None:
    """Run `puente user add ana`."""
    opened = open_workspace(workspace, create=True)
    password = os.environ.get("PUENTE_PASSWORD") or typer.prompt(
        _("Password"), hide_input=True, confirmation_prompt=True
    )
    opened.users.add(name, password, roles=tuple(role), country=country, agency=agency)
    say(_("Account {name} added").format(name=name))


def make_demo_accounts(workspace: Workspace) -> list[dict[str, object]]:
    """Return accounts, one per role of the demonstration, each with a random password."""
    accounts: list[dict[str, object]] = []
    for name, roles in DEMO_ROLES.items():
        password = secrets.token_urlsafe(9)
        workspace.users.add(name, password, roles=roles, country="MX", agency="")
        accounts.append({"user": name, "password": password, "roles": list(roles)})
    return accounts


def doctor(json_output: JsonFlag = False) -> None:
    """Run `puente doctor`."""
    checks = list(_checks())
    failed = any(check["state"] == "missing" for check in checks)
    if json_output:
        print_json({"ok": not failed, "checks": checks})
    else:
        print_table(
            _("This machine"),
            [_("what"), _("state"), _("found")],
            [[check["what"], check["state"], check["found"]] for check in checks],
        )
    if failed:
        raise typer.Exit(1)


def _checks() -> list[dict[str, str]]:
    found = [
        _check("python", ".".join(map(str, sys.version_info[:3])), sys.version_info >= (3, 11))
    ]
    for name in ("duckdb", "pyarrow", "splink", "cedarpy", "typst", "fastapi", "rapidfuzz"):
        try:
            found.append(_check(name, importlib.metadata.version(name), ok=True))
        except importlib.metadata.PackageNotFoundError:
            found.append(_check(name, "", ok=False))
    free_gb = shutil.disk_usage(Path.cwd()).free / 1e9
    found.append(_check(_("free disk"), f"{free_gb:.0f} GB", free_gb > 2))
    if hasattr(os, "sysconf"):
        memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
        found.append(_check(_("memory"), f"{memory_gb:.0f} GB", memory_gb > 3))
    for name, wanted in (("java", _("for Spark")), ("chromium", _("for browser tests"))):
        path = shutil.which(name) or ""
        state = "ok" if path else "optional"
        found.append({"what": f"{name} ({wanted})", "state": state, "found": path or "-"})
    return found


def _check(what: str, found: str, ok: bool) -> dict[str, str]:
    return {"what": what, "state": "ok" if ok else "missing", "found": found or "-"}
