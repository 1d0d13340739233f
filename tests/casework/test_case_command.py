"""`puente case`: from the filed case to the memo, by two people who sign in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from puente.cli.app import build_app
from puente.settings import Settings
from puente.store.ledger import open_ledger, writing
from puente.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

PASSWORD = "a made-up password"
READING = "motive=paper+gain=sole"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "ws"
    with Workspace.open(Settings(workspace=folder)) as opened:
        for name in ("ana", "luis", "eva"):
            opened.users.add(name, PASSWORD, roles=("analyst",), country="MX", agency="FGR")
        opened.users.add("jo", PASSWORD, roles=("journalist",), country="MX", agency="")
    return folder


@pytest.fixture
def run(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("PUENTE_PASSWORD", PASSWORD)
    monkeypatch.setenv("PUENTE_WORKSPACE", str(workspace))
    app = build_app()

    def ran(*words: object, user: str = "ana", purpose: str = "investigation") -> Result:
        given = ["case", *map(str, words), "--user", user, "--purpose", purpose]
        return CliRunner().invoke(app, given)

    return ran


@pytest.fixture
def case_file(tmp_path: Path, case_text: str) -> Path:
    path = tmp_path / "case.yaml"
    path.write_text(case_text, encoding="utf-8")
    return path


def told(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_the_way_from_a_filed_case_to_its_memo(
    run: Callable[..., Result], case_file: Path, tmp_path: Path, workspace: Path
) -> None:
    out = tmp_path / "memo.pdf"
    determine = ("determine", "example-fto", "--element", "threat", "--reading", READING)
    why = ("--as-of", "2025-02-20", "--json", "--reasons")
    assert told(run("add", case_file, "--json"))["version"] == 1
    assert [one["id"] for one in told(run("list", "--json"))["cases"]] == ["example-fto"]
    for refused in (
        run(*determine, "--status", "met", *why, "Held."),
        run("memo", "example-fto", "--out", out),
        run("show", "example-fto", user="jo", purpose="oversight"),
    ):
        assert refused.exit_code == 4
    assert not out.exists()
    searched = run("search", "example-fto", "--element", "threat", "--side", "con",
                   "--what", "trade reports", "--json")  # fmt: skip
    assert told(searched)["side"] == "con"
    made = told(run(*determine, "--status", "met", *why, "Held."))
    answer = run(*determine, "--status", "contested", "--dissent-of", made["number"], *why,
                 "Two people only.", user="luis")  # fmt: skip
    assert told(answer)["dissent_of"] == made["number"]
    assert run("cosign", "example-fto", made["number"]).exit_code == 4
    assert told(run("cosign", "example-fto", made["number"], "--json", user="eva"))["signed"]
    shown = told(run("show", "example-fto", "--verify", "--as-of", "2025-02", "--json"))
    assert shown["verified"] is True
    assert [one["status"] for one in shown["determinations"]] == ["met", "contested"]
    assert shown["run"]["as_of_law"] == "2025-02-28"
    written = run("memo", "example-fto", "--out", out, "--language", "es", "--json")
    assert told(written)["marking"] == "TLP:GREEN"
    assert out.read_bytes().startswith(b"%PDF-1.7")
    for words in (("show", "example-fto"), ("list",)):
        assert "example-fto" in run(*words).output
    engine = open_ledger(Settings(workspace=workspace))
    with writing(engine) as connection:
        spoilt = "UPDATE case_entry SET content = replace(content, 'Held.', 'Hold.')"
        connection.execute(text(spoilt))
    engine.dispose()
    broken = run("show", "example-fto", "--verify", "--json")
    assert broken.exit_code == 1
    assert json.loads(broken.stdout)["faults"]
    assert run("memo", "example-fto", "--out", out).exit_code == 1


def test_what_is_wrong_with_a_file_is_said_with_its_line(
    run: Callable[..., Result], case_file: Path, case_text: str
) -> None:
    case_file.write_text(case_text.replace("side: pro", "side: left", 1), encoding="utf-8")
    bad = run("add", case_file)
    assert bad.exit_code == 3
    assert "case.yaml, line" in bad.output.replace("\n", "")
    case_file.write_bytes(b"\xff\xfe")
    assert run("add", case_file).exit_code == 3
    assert run("show", "no-such-case").exit_code == 3
    assert run("search", "x", "--element", "y", "--what", "z", "--side", "left").exit_code == 2
