"""Commands of the main job: demo, build, world, serve."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from puente.cli.asked import WorkspaceOption, open_workspace
from puente.cli.output import JsonFlag, add_command, print_json, print_table, progress_bars, say
from puente.errors import InvalidData, NotFound
from puente.i18n import current_language, format_number
from puente.i18n import gettext as _
from puente.settings import DEFAULT_WORKSPACE

if TYPE_CHECKING:
    from collections.abc import Callable

    Progress = Callable[[str, int, int], None]

    from puente.workspace import Workspace

WORLD_PEOPLE = 20_000
WORLD_SEED = 7
WORLD_MARK = "made.json"
FEW_STEPS = 4
"""Steps that the terminal tells apart; beyond them a path says little."""


def declare(app: typer.Typer) -> None:
    """Add this module's commands to the command line."""
    add_command(
        app,
        "demo",
        demo,
        text=_("Build everything from the made-up world, or from real files, and serve the pages."),
        example="puente demo",
    )
    add_command(
        app,
        "build",
        build,
        text=_("Load a folder's files, link, screen, count steps, and publish the result."),
        example="puente build --data DIR --workspace WS",
    )
    add_command(
        app,
        "world",
        world,
        text=_("Write the files of a made-up two-country world, and its truth apart."),
        example="puente world --out DIR --people 20000 --seed 7",
    )
    add_command(
        app,
        "serve",
        serve,
        text=_("Serve the pages of a workspace."),
        example="puente serve --workspace WS",
    )


def demo(
    data: Annotated[
        Path | None, typer.Option(help=_("Real files instead of the made-up world."))
    ] = None,
    workspace: WorkspaceOption = Path("workspace/demo"),
    people: Annotated[
        int, typer.Option(min=500, help=_("How many people the made-up world has."))
    ] = WORLD_PEOPLE,
    serve_pages: Annotated[
        bool, typer.Option("--serve/--no-serve", help=_("Serve the pages when built."))
    ] = True,
    port: Annotated[int | None, typer.Option(help=_("Port of the pages."))] = None,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente demo`."""
    workspace = workspace.absolute()
    _lay_aside(workspace)
    opened = open_workspace(workspace, create=True, port=port)
    with progress_bars() as progress:
        folder = data or _made_up_files(opened, people, progress)
        summary = _build(opened, folder, progress)
    accounts = demo_accounts(opened)
    if json_output:
        print_json(summary)
    else:
        show_summary(summary)
        print_table(
            _("Accounts of this demonstration"),
            [_("user"), _("password"), _("may")],
            [[a["user"], a["password"], ", ".join(a["roles"])] for a in accounts],
        )
    if serve_pages:
        _serve(opened)


def build(
    data: Annotated[Path, typer.Option(help=_("Folder with the files to load."))],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    skip_bad_files: Annotated[
        bool,
        typer.Option(
            "--skip-bad-files",
            help=_("Leave files out that cannot be read, and say which; else nothing is built."),
        ),
    ] = False,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente build`."""
    opened = open_workspace(workspace, create=True)
    with progress_bars() as progress:
        summary = _build(opened, data, progress, fresh=True, skip_bad_files=skip_bad_files)
    if json_output:
        print_json(summary)
    else:
        show_summary(summary)


def world(
    out: Annotated[Path, typer.Option(help=_("Folder to write; must be new or empty."))],
    people: Annotated[int, typer.Option(min=500, help=_("How many people."))] = WORLD_PEOPLE,
    seed: Annotated[int, typer.Option(help=_("Same seed, same files."))] = WORLD_SEED,
    areas: Annotated[
        Path | None, typer.Option(help=_("TopoJSON of real municipalities for the places."))
    ] = None,
    reads: Annotated[
        int | None,
        typer.Option(min=0, help=_("Number plates read, about; three a person if unsaid.")),
    ] = None,
    no_intelligence: Annotated[
        bool,
        typer.Option("--no-intelligence", help=_("Without the sheets of an intelligence unit.")),
    ] = False,
    closed: Annotated[
        bool,
        typer.Option(
            "--closed",
            help=_("With lines under a judge's order and banks' tips: it opens to few then."),
        ),
    ] = False,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente world`."""
    from puente.world.make import Extras, make_world

    with progress_bars() as progress:
        made = make_world(
            out,
            people=people,
            seed=seed,
            areas=areas,
            extras=Extras(events=reads, intelligence=not no_intelligence, closed=closed),
            progress=lambda done, total: progress(_("Make up a world"), done, total),
        )
    if json_output:
        print_json(made.as_json())
    else:
        say(_("Made-up world written to {folder}").format(folder=out))


def serve(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    host: Annotated[str | None, typer.Option(help=_("Address to listen on."))] = None,
    port: Annotated[int | None, typer.Option(help=_("Port to listen on."))] = None,
    workers: Annotated[int, typer.Option(help=_("Processes that serve."))] = 1,
) -> None:
    """Run `puente serve`."""
    opened = open_workspace(workspace, host=host, port=port)
    if opened.lake.current() is None:
        raise NotFound(_("nothing has been built in this workspace yet; run `puente build`"))
    _serve(opened, workers=workers)


def show_summary(summary: dict[str, object]) -> None:
    """Print what was built, for people."""
    sources = summary["sources"]
    if not isinstance(sources, list):
        raise InvalidData(_("the summary names no sources"))
    print_table(
        _("Sources"),
        [_("source"), _("published"), _("rows"), _("loaded"), _("rejected")],
        [
            [s["name"], s["published"] or "-", s["rows"], s["loaded"], s["rejected"]]
            for s in sources
            if not s.get("error")
        ],
    )
    _show_left_out([s for s in sources if s.get("error")])
    lines = [
        (_("records"), summary["entities"]),
        (_("entities after linking"), summary["clusters"]),
        (_("listed entities"), summary["listed"]),
        (_("alerts (possible matches, not judged)"), summary["alerts"]),
    ]
    for label, key in ((_("steps from listed"), "steps"), (_("50 percent rule"), "ownership")):
        held = summary[key]
        if isinstance(held, dict):
            text = "  ".join(f"{name}: {format_number(n)}" for name, n in _told(held).items())
            lines.append((label, text or "-"))
    left_out = summary.get("edges_left_out")
    if isinstance(left_out, dict):
        too_large = left_out["events_too_large"] + left_out["contacts_too_common"]
        lines.append((_("events and contacts too common to join anyone"), too_large))
        lines.append((_("relations to something no record describes"), left_out["missing_ends"]))
    print_table(_("What was found"), ["", ""], [[a, _shown(b)] for a, b in lines])
    say(
        _("{seconds} s, {cpu} CPU seconds, {mb} MB at most").format(
            seconds=summary.get("seconds", "?"),
            cpu=summary.get("cpu_seconds", "?"),
            mb=summary.get("peak_mb", "?"),
        ),
        style="dim",
    )


def _show_left_out(sources: list[dict[str, object]]) -> None:
    if sources:
        print_table(
            _("Left out: files that cannot be read"),
            [_("source"), _("file"), _("reason")],
            [[s["name"], s["path"], s["error"]] for s in sources],
        )


def _told(counts: dict[str, int]) -> dict[str, int]:
    """Return the counts for the terminal: what is further than a few steps away as one figure."""
    far = sum(n for key, n in counts.items() if key.isdigit() and int(key) > FEW_STEPS)
    near = {key: n for key, n in counts.items() if not key.isdigit() or int(key) <= FEW_STEPS}
    return {**near, **({_("further"): far} if far else {})}


def _shown(value: object) -> str:
    return format_number(value) if isinstance(value, int) else str(value)


def demo_accounts(workspace: Workspace) -> list[dict[str, list[str] | str]]:
    """Return the accounts of a demonstration, made on its first run, kept in a private file."""
    from puente.cli.users import make_demo_accounts

    kept = workspace.settings.workspace / "demo-accounts.json"
    if not kept.is_file():
        accounts = make_demo_accounts(workspace)
        kept.touch(mode=0o600)
        kept.write_text(json.dumps(accounts, indent=1) + "\n", encoding="utf-8")
    loaded: list[dict[str, list[str] | str]] = json.loads(kept.read_text(encoding="utf-8"))
    return loaded


def _made_up_files(workspace: Workspace, people: int, progress: Progress) -> Path:
    """Return the folder of a made-up world, written once per size, seed and version of it."""
    from puente.world.make import FILES, make_world

    folder = workspace.settings.workspace / f"world-{people}-{WORLD_SEED}"
    if not _is_of_today(folder):
        make_world(
            folder,
            people=people,
            seed=WORLD_SEED,
            progress=lambda done, total: progress(_("Make up a world"), done, total),
        )
        (folder / WORLD_MARK).write_text(json.dumps({"files": FILES}) + "\n", encoding="utf-8")
    return folder


def _is_of_today(world: Path) -> bool:
    """Return True if a made-up world holds the files that this version makes."""
    from puente.world.make import FILES

    mark = world / WORLD_MARK
    return mark.is_file() and json.loads(mark.read_text("utf-8")).get("files") == FILES


def _lay_aside(workspace: Path) -> None:
    """Rename the workspace of a demonstration that an earlier version made; nothing is removed."""
    worlds = sorted(workspace.glob("world-*/"))
    if all(_is_of_today(world) for world in worlds):
        return
    number = 1
    while (aside := workspace.with_name(f"{workspace.name}-before-{number}")).exists():
        number += 1
    workspace.rename(aside)
    say(
        _("The demonstration of an earlier version now lies in {folder}").format(folder=aside),
        style="dim",
    )


def _build(
    workspace: Workspace,
    data: Path,
    progress: Progress,
    *,
    fresh: bool = False,
    skip_bad_files: bool = False,
) -> dict[str, object]:
    from puente import pipeline

    if not data.is_dir():
        raise InvalidData(_("no such folder"), file=data)
    run = pipeline.Build(
        workspace=workspace,
        data=data,
        now=datetime.now(UTC),
        report_progress=progress,
        language=current_language(),
        skip_bad_files=skip_bad_files,
    )
    standing = None if fresh else pipeline.standing_summary(run)
    return standing or pipeline.run(run)


def _serve(workspace: Workspace, *, workers: int = 1) -> None:
    from puente.web.serving import serve as serve_pages

    settings = workspace.settings
    say(
        _("Open http://{host}:{port} (Ctrl-C stops)").format(
            host=settings.host, port=settings.port
        ),
        style="bold",
    )
    serve_pages(workspace, workers=workers)
