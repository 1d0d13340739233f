"""Settings: the stronger place wins, and what is wrong is said with its place."""

from __future__ import annotations

import logging
from dataclasses import FrozenInstanceError, fields
from typing import TYPE_CHECKING

import pytest
import typer

from puente.cli.app import build_app
from puente.cli.asked import settings_at
from puente.errors import InvalidData
from puente.i18n import use_language
from puente.settings import DEFAULT_WORKSPACE, Settings, load_settings, settings_table

if TYPE_CHECKING:
    from pathlib import Path


def test_arguments_beat_the_environment_which_beats_the_file_which_beats_the_default(
    tmp_path: Path,
) -> None:
    (tmp_path / "puente.toml").write_text("port = 1\nthreads = 3\nlanguage = 'es'\n")
    environ = {"PUENTE_PORT": "2", "PUENTE_THREADS": "4"}
    settings = load_settings(tmp_path, environ=environ, port=5)
    assert (settings.port, settings.threads, settings.language) == (5, 4, "es")
    assert settings.host == Settings().host
    assert settings.workspace == tmp_path


def test_the_workspace_may_be_named_by_the_environment(tmp_path: Path) -> None:
    (tmp_path / "puente.toml").write_text("port = 9\n")
    settings = load_settings(environ={"PUENTE_WORKSPACE": str(tmp_path)})
    assert (settings.workspace, settings.port) == (tmp_path, 9)
    assert load_settings(tmp_path / "other", environ={"PUENTE_WORKSPACE": "x"}).port == 8321


def test_an_argument_that_was_not_given_counts_as_absent(tmp_path: Path) -> None:
    assert load_settings(tmp_path, environ={"PUENTE_PORT": "2"}, port=None).port == 2


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("\nprot = 1\n", r"puente\.toml, line 2: unknown setting 'prot'"),
        ("workspace = 'x'\n", r"puente\.toml, line 1: unknown setting 'workspace'"),
        ("threads = 2\nport = 70000\n", r"puente\.toml, line 2: port: 70000"),
        ("port = '80'\n", "port: '80' is no whole number"),
        ("port = true\n", "port: True"),
        ("port = 1.5\n", "port"),
        ("language = 'fr'\n", "language: 'fr' is none of en, es"),
        ("log_level = 3\n", "log_level: 3 is no text"),
        ("port =\n", r"puente\.toml: is no TOML"),
    ],
)
def test_a_bad_line_of_the_file_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "puente.toml").write_text(text)
    with pytest.raises(InvalidData, match=complaint):
        load_settings(tmp_path, environ={})


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "puente.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidData, match=r"puente\.toml"):
        load_settings(tmp_path, environ={})


@pytest.mark.parametrize("value", ["", "x", "1e3", "99999999", "-1", "--1", "²"])
def test_a_bad_environment_variable_is_named(tmp_path: Path, value: str) -> None:
    with pytest.raises(InvalidData, match="PUENTE_PORT"):
        load_settings(tmp_path, environ={"PUENTE_PORT": value})


def test_bad_arguments_are_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="no setting 'prot'"):
        load_settings(tmp_path, environ={}, prot=1)
    with pytest.raises(InvalidData, match="argument port"):
        load_settings(tmp_path, environ={}, port="80")
    with pytest.raises(InvalidData):
        Settings(threads=0)


def test_settings_cannot_be_changed_after_they_were_read() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().port = 1  # type: ignore[misc]


def test_every_setting_is_documented_in_both_languages() -> None:
    table = settings_table()
    assert [row.name for row in table] == [field.name for field in fields(Settings)]
    assert all(row.help and row.env == f"PUENTE_{row.name.upper()}" for row in table)
    with use_language("es"):
        assert len(settings_table()) == len(table)


def test_every_command_falls_back_on_the_workspace_that_the_settings_name() -> None:
    """Two defaults would be two nodes: what one command wrote another would not find."""
    command = typer.main.get_command(build_app())
    found: list[Path] = []
    groups = [command]
    while groups:
        group = groups.pop()
        groups += list(getattr(group, "commands", {}).values())
        found += [item.default for item in group.params if "--workspace" in item.opts]
    assert len(found) > 10
    named = {str(path) for path in found} - {"workspace/demo"}
    assert named == {str(DEFAULT_WORKSPACE)} == {str(Settings().workspace)}


@pytest.mark.parametrize(
    ("told", "verbose", "level"),
    [
        ("error", False, logging.ERROR),
        ("warning", True, logging.INFO),
        ("debug", False, logging.DEBUG),
        ("debug", True, logging.DEBUG),
        ("info", False, logging.INFO),
    ],
)
def test_as_much_is_logged_as_the_settings_say_and_with_verbose_no_less(
    tmp_path: Path, told: str, verbose: bool, level: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "puente.toml").write_text(f"log_level = '{told}'\n")
    monkeypatch.setattr(logging.getLogger(), "level", logging.INFO if verbose else logging.WARNING)
    monkeypatch.delenv("PUENTE_LOG_LEVEL", raising=False)
    settings_at(tmp_path)
    assert logging.getLogger("puente.store").getEffectiveLevel() == level
    assert logging.getLogger("httpx").getEffectiveLevel() >= logging.INFO
