"""A build in which one file is hostile: strict by default, and told where it is left out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from make_hostile import hostile_files
from small_files import Seed, seeds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PEOPLE = 500


def puente(*words: object) -> subprocess.CompletedProcess[str]:
    """Run the command; whatever it meets, it says so in words."""
    done = subprocess.run(
        [sys.executable, "-m", "puente.cli.app", *map(str, words)],
        capture_output=True, text=True, timeout=120, check=False, env={**os.environ, "LANG": "C"},
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert "Traceback" not in said, said[-2000:]
    assert "unexpected failure" not in said, said[-2000:]
    return done


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a made-up world in `data` and its build in `ws`."""
    folder = tmp_path_factory.mktemp("hostile-build")
    assert puente("world", "--out", folder / "data", "--people", PEOPLE).returncode == 0
    done = puente("build", "--data", folder / "data", "--workspace", folder / "ws")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def hostile(built: Path) -> Iterator[Path]:
    """The same, with one list that is a web page."""
    path = built / "data" / "ofac" / "2026-01-31" / "sdn.csv"
    path.parent.mkdir()
    path.write_text("<html><body>503</body></html>", encoding="utf-8")
    yield path
    shutil.rmtree(path.parent)


def test_a_build_with_a_bad_file_is_refused_by_name_and_says_how_to_go_on(
    built: Path, hostile: Path
) -> None:
    before = (built / "ws" / "lake" / "CURRENT").read_text(encoding="utf-8")
    done = puente("build", "--data", built / "data", "--workspace", built / "ws", "--json")
    assert done.returncode == 3
    message = json.loads(done.stdout)["error"]["message"]
    assert str(hostile) in message
    assert "web page" in message
    assert "--skip-bad-files" in message
    assert (built / "ws" / "lake" / "CURRENT").read_text(encoding="utf-8") == before
    assert puente("sources", "--workspace", built / "ws").returncode == 0


def test_a_bad_file_that_is_left_out_is_told_everywhere(built: Path, hostile: Path) -> None:
    done = puente(
        "build", "--data", built / "data", "--workspace", built / "ws", "--skip-bad-files"
    )
    assert done.returncode == 0, done.stderr
    assert "Left out: files that cannot be read" in done.stdout
    name = (built / "ws" / "lake" / "CURRENT").read_text(encoding="utf-8").strip()
    folder = built / "ws" / "lake" / "builds" / name
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    failed = [source for source in summary["sources"] if source["error"]]
    assert [source["path"] for source in failed] == [str(hostile)]
    assert "web page" in failed[0]["error"]
    assert failed[0]["rows"] == failed[0]["loaded"] == 0
    assert summary["listed"] > 0, "the good list beside it is not loaded"
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Files that were left out" in page
    assert "this is a web page" in page


def test_a_folder_of_bad_files_alone_is_no_build(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "sdn.csv").write_text("<html></html>", encoding="utf-8")
    done = puente(
        "build", "--data", tmp_path / "data", "--workspace", tmp_path / "ws", "--skip-bad-files"
    )
    assert done.returncode == 3
    assert "no file could be read" in " ".join(done.stderr.split())


@pytest.mark.deep
def test_twenty_hostile_files_are_answered_by_the_command_itself(built: Path) -> None:
    files = list(hostile_files(seeds(built / "data"), 4, every=5))
    for number, hostile in enumerate(files[:: len(files) // 20][:20]):
        folder = built / f"one-{number}"
        folder.mkdir()
        (folder / hostile.name).write_bytes(hostile.data)
        done = puente("build", "--data", folder, "--workspace", folder / "ws", "--json")
        assert done.returncode in {0, 3}, f"{hostile.damage}: {done.stderr}"


def test_a_name_that_is_markup_or_a_shell_s_is_shown_as_it_is(tmp_path: Path) -> None:
    mean = Seed(name="[bold red]\nsdn $(id).csv", data=b"", kind="csv").name
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / mean).write_bytes(b"x")
    done = puente("ingest", "ofac_sdn", tmp_path / "data" / mean, "--workspace", tmp_path / "ws")
    assert done.returncode == 3
    assert "[bold red]" in done.stderr.replace("\n", "")  # broken lines at the screen's edge
