"""A small made-up world, built once through the command line as a user would."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
PUENTE = Path(sys.executable).with_name("puente")
PASSWORD = "a-password-of-the-tests"
PEOPLE = 6_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a command printed and returned."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def run(*words: object, **environment: str) -> Done:
    done = subprocess.run(
        [str(PUENTE), *map(str, words)],
        capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "PUENTE_PASSWORD": PASSWORD, **environment},
    )  # fmt: skip
    assert "Traceback" not in done.stderr + done.stdout, done.stderr[-2000:]
    return Done(code=done.returncode, out=done.stdout, err=done.stderr)


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A built workspace: its folder, the world's files, what the build printed."""

    workspace: Path
    world: Path
    summary: dict[str, Any]

    @property
    def current(self) -> Path:
        name = (self.workspace / "lake" / "CURRENT").read_text(encoding="utf-8").strip()
        return self.workspace / "lake" / "builds" / name


@pytest.fixture(scope="session")
def puente() -> Callable[..., Done]:
    return run


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("main-job")
    made = run("world", "--out", folder / "world", "--people", PEOPLE, "--seed", 11, "--json")
    assert made.code == 0, made.err
    done = run("build", "--data", folder / "world", "--workspace", folder / "workspace", "--json")
    assert done.code == 0, done.err
    for name, role in (("ana", "analyst"), ("jo", "journalist"), ("eva", "auditor")):
        added = run("user", "add", name, "--role", role, "--workspace", folder / "workspace")
        assert added.code == 0, added.err
    return Built(workspace=folder / "workspace", world=folder / "world", summary=done.json)


@pytest.fixture(scope="session")
def scored(built: Built) -> dict[str, Any]:
    """How the build compares with what was planted, by the same code as the benchmark's."""
    spec = importlib.util.spec_from_file_location("main_job", ROOT / "bench" / "main_job.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, Any] = module.score(built.world, built.current)
    return found
