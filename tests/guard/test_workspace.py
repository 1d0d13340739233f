"""A workspace is a private folder that opens what is asked for, when it is asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from puente.cli.app import build_app
from puente.errors import InvalidData, NotFound
from puente.guard.actors import Actor, Purpose
from puente.settings import Settings
from puente.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from puente.store.cells import Cell


def test_what_is_kept_is_kept_from_other_users_of_the_machine(empty_node: Workspace) -> None:
    empty_node.audit.flush()
    empty_node.lake.begin_build().close()
    folder = empty_node.settings.workspace
    assert folder.stat().st_mode & 0o777 == 0o700
    private = ["key"] if empty_node.settings.ledger_url else ["key", "ledger.sqlite"]
    for name in private:
        assert (folder / name).stat().st_mode & 0o777 == 0o600
    assert (folder / "lake" / "builds").stat().st_mode & 0o077 == 0


def test_opening_makes_nothing_but_the_folder(tmp_path: Path) -> None:
    Workspace.open(Settings(workspace=tmp_path / "ws")).close()
    assert list((tmp_path / "ws").iterdir()) == []


def test_a_place_that_can_hold_no_workspace_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InvalidData, match="file"):
        Workspace.open(Settings(workspace=tmp_path / "file"))


def test_there_is_nothing_to_view_before_the_first_build(empty_node: Workspace) -> None:
    who = Actor(name="ana", roles=frozenset({"analyst"}))
    with pytest.raises(NotFound, match="nothing has been built"):
        empty_node.view(who, Purpose(name="investigation"))
    for folder in (empty_node.lake.root, empty_node.lake.root / "builds" / "none"):
        with pytest.raises(NotFound, match="no build"):
            empty_node.system_view(folder)


def test_a_build_on_nothing_can_be_opened(empty_node: Workspace) -> None:
    with empty_node.lake.begin_build() as build:
        build.publish()
    view = empty_node.view(
        Actor(name="a", roles=frozenset({"analyst"})), Purpose(name="investigation")
    )
    assert view.sql("SELECT count(*) AS n FROM statements").to_pylist() == [{"n": 0}]
    assert view.marking == "TLP:CLEAR"


def test_sources_are_counted_without_a_look_at_contents(
    node: Workspace, cells: tuple[Cell, ...]
) -> None:
    found = node.sources()
    assert [status.source for status in found] == sorted(cell.source for cell in cells)
    assert {(s.deliveries, s.rows, s.loaded, s.rejected) for s in found} == {(1, 4, 3, 1)}


def test_a_relative_folder_holds_as_well(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from puente.settings import Settings;"
        "from puente.workspace import Workspace;"
        "ws = Workspace.open(Settings(workspace=Path('here')));"
        "b = ws.lake.begin_build();"
        "print(len(ws.system_view(b.path).sql('SELECT * FROM counts'))); b.publish();"
        "print(len(ws.system_view().sql('SELECT * FROM counts'))); ws.close()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["0", "0"]


def test_rows_of_the_log_survive_a_program_that_forgets_to_close(
    tmp_path: Path, ledger_url: str
) -> None:
    code = (
        "import sys; from pathlib import Path; from puente.settings import Settings;"
        "from puente.workspace import Workspace; from puente.guard.actors import Actor;"
        "ws = Workspace.open(Settings(workspace=Path(sys.argv[1]), ledger_url=sys.argv[2]));"
        "ws.audit.record(Actor(name='ana', roles={'analyst'}), None, 'signed_in')"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "ws"), ledger_url]
    subprocess.run(command, check=True)
    settings = Settings(workspace=tmp_path / "ws", ledger_url=ledger_url)
    with Workspace.open(settings) as again:
        assert [row.actor for row in again.audit.rows()] == ["ana"]


def test_a_node_that_has_only_its_first_account_is_a_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first commands of docs/running.md: the check of the log follows the first account."""
    monkeypatch.setenv("PUENTE_PASSWORD", "una frase larga")
    app, runner = build_app(), CliRunner()
    at = ["--workspace", str(tmp_path / "WS")]
    refused = runner.invoke(app, ["audit", "verify", *at])
    assert (refused.exit_code, (tmp_path / "WS").exists()) == (3, False)
    added = runner.invoke(app, ["user", "add", "ana", "--role", "administrator", *at])
    assert added.exit_code == 0, added.output
    checked = runner.invoke(app, ["audit", "verify", *at, "--json"])
    assert checked.exit_code == 0, checked.output
    assert json.loads(checked.stdout)["rows"] > 0
