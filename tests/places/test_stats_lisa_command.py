"""`puente places lisa`: files in, a file out, and what could not be said."""

from __future__ import annotations

import csv
import json
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from puente.cli.app import build_app

if TYPE_CHECKING:
    from pathlib import Path


def run(folder: Path, *more: str) -> object:
    words = ["places", "lisa", "--values", str(folder / "v.csv")]
    words += ["--adjacency", str(folder / "a.csv"), "--out", str(folder / "o.csv"), *more]
    return CliRunner().invoke(build_app(), words)


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "o.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    ids = [f"0{n:03d}" for n in range(40)]
    values = [f"{one},{number // 20 * 5 + number % 3}" for number, one in enumerate(ids)]
    values[7] = f"{ids[7]},"
    pairs = [f"{a},{b}" for a, b in pairwise(ids[:-1])]
    (tmp_path / "v.csv").write_text("id,value\n" + "\n".join(values) + "\n")
    (tmp_path / "a.csv").write_text("source,target\n" + "\n".join(pairs) + "\n0000,77777\n")
    return tmp_path


def test_every_area_comes_back_and_what_is_not_known_says_so(files: Path) -> None:
    done = run(files, "--permutations", "199", "--seed", "4", "--json")
    assert done.exit_code == 0, done.output  # type: ignore[attr-defined]
    told = json.loads(done.stdout)  # type: ignore[attr-defined]
    assert (told["areas"], told["no_data"], told["islands"]) == (40, 1, 1)
    assert told["unknown"] == ["77777"]
    written = rows(files)
    assert [row["id"] for row in written] == [f"0{n:03d}" for n in range(40)]
    assert list(written[0])[:4] == ["id", "i", "p", "quadrant"]
    assert (written[7]["quadrant"], written[7]["i"], written[7]["p"]) == ("no data", "", "")
    assert (written[39]["quadrant"], written[39]["q"]) == ("island", "")
    for row in written:
        if row["p"]:
            assert float(row["p_two_sided"]) == pytest.approx(min(1, 2 * float(row["p"])))


def test_the_same_seed_writes_the_same_bytes(files: Path) -> None:
    run(files, "--permutations", "99", "--seed", "4")
    first = (files / "o.csv").read_bytes()
    run(files, "--permutations", "99", "--seed", "4")
    assert (files / "o.csv").read_bytes() == first


def test_bad_files_end_with_their_name_and_line_and_no_output(files: Path) -> None:
    (files / "v.csv").write_text("id,value\n0000,1\n0001,many\n")
    done = run(files, "--json")
    assert done.exit_code == 3  # type: ignore[attr-defined]
    assert "line 3" in done.output  # type: ignore[attr-defined]
    assert not (files / "o.csv").exists()
    (files / "v.csv").write_text("id,value\n0000,1\n0001,2\n0002,4\n")
    (files / "a.csv").write_text("foo,bar\n0000,0001\n")
    assert run(files).exit_code == 3  # type: ignore[attr-defined]
