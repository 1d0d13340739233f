"""Reference pages written from the code: commands, settings, mappings. Run by `make docs`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from puente.i18n import use_language


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandPage:
    """What one command says of itself."""

    path: str
    summary: str
    example: str
    parameters: tuple[tuple[str, str], ...]


def command_pages() -> list[CommandPage]:
    """Return a page for every command, in the order of its name."""
    import typer.main

    from puente.cli.app import build_app

    with use_language("en"):
        root = typer.main.get_command(build_app())
        return sorted(_walk(root, "puente"), key=lambda page: page.path)


def _walk(command: Any, path: str) -> list[CommandPage]:  # noqa: ANN401 - the library's own types
    inner = getattr(command, "commands", None)
    if inner:
        return [page for name, child in inner.items() for page in _walk(child, f"{path} {name}")]
    parameters = []
    for parameter in command.params:
        names = parameter.opts if parameter.opts[0].startswith("-") else [parameter.name.upper()]
        text = getattr(parameter, "help", None) or ""
        parameters.append((", ".join([*names, *parameter.secondary_opts]), text))
    return [
        CommandPage(
            path=path,
            summary=command.help or "",
            example=command.epilog or "",
            parameters=tuple(parameters),
        )
    ]


def commands_page() -> str:
    """Return `docs/commands.md`."""
    lines = ["# Commands", "", "Written by `make docs` from the commands themselves.", ""]
    lines += ["Exit codes: 0 done, 1 findings or a failed check, 2 bad usage, 3 bad input,"]
    lines += ["4 refused by policy.", ""]
    for page in command_pages():
        lines += [f"## `{page.path}`", "", page.summary.strip(), "", f"{page.example.strip()}", ""]
        lines += ["| option | what it is |", "|---|---|"]
        lines += [f"| `{names}` | {text} |" for names, text in page.parameters]
        lines.append("")
    return "\n".join(lines)


def settings_page() -> str:
    """Return `docs/settings.md`."""
    from puente.settings import settings_table

    with use_language("en"):
        rows = settings_table()
    lines = ["# Settings", "", "Written by `make docs` from the settings themselves.", ""]
    lines += ["Read in this order, later wins: default, `puente.toml` in the workspace,"]
    lines += ["environment, command line.", ""]
    lines += ["| key in puente.toml | environment | default | what it is |", "|---|---|---|---|"]
    lines += [f"| `{r.name}` | `{r.env}` | `{r.default}` | {r.help} |" for r in rows]
    return "\n".join(lines) + "\n"


def mappings_page() -> str:
    """Return `docs/mappings.md`: what the mapping engine says of its own YAML."""
    import inspect

    from puente.ingest import mapping

    text = inspect.cleandoc(mapping.__doc__ or "")
    return f"# Mappings\n\nWritten by `make docs` from the mapping engine itself.\n\n{text}\n"


def main() -> None:
    """Write the pages into the folder named on the command line."""
    folder = Path(sys.argv[1])
    (folder / "commands.md").write_text(commands_page(), encoding="utf-8")
    (folder / "settings.md").write_text(settings_page(), encoding="utf-8")
    (folder / "mappings.md").write_text(mappings_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
