"""Screening by Spark, on a real master with two workers: the same answers, row for row.

The names are made up.
"""

from __future__ import annotations

import csv
import random
from typing import TYPE_CHECKING

import pytest

from puente.errors import NotFound
from puente.screen.batch import Options, screen_files

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import SparkCluster

GIVEN = ("Renato", "Jesus Alberto", "Maria Guadalupe", "Yusuf", "Olga", "Ramiro", "Zoraida")
SURNAMES = ("Peña", "Xochihua", "Hernandez", "Quiñonez", "Zevallos", "Aranda", "Rashidi", "Ivanova")
QUESTIONS = 300


def made(folder: Path) -> tuple[Path, Path]:
    """Write a list in OFAC's layout and a file of questions."""
    rng = random.Random(5)
    lists = folder / "ofac" / "2024-05-03"
    lists.mkdir(parents=True)
    none = "-0- ," * 7
    names = [
        f"{rng.choice(SURNAMES)} {rng.choice(SURNAMES)}, {rng.choice(GIVEN)}" for _n in range(200)
    ]
    rows = [
        f'{n},"{name}",individual,"SDNTK",{none}"DOB {1950 + n % 40}."\n'
        for n, name in enumerate(names)
    ]
    (lists / "sdn.csv").write_text("".join(rows), encoding="latin-1")
    with (folder / "q.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["id", "name", "schema", "birth_date", "country"])
        for number in range(QUESTIONS):
            name = f"{rng.choice(GIVEN)} {rng.choice(SURNAMES)} {rng.choice(SURNAMES)}"
            at = rng.randrange(2, len(name))
            if number % 3 == 0:
                name = name[:at] + name[at - 1] + name[at:]
            writer.writerow([f"q{number}", name, "", rng.choice(["", "1971", "31/02"]), "MX"])
        writer.writerow(["", "Nobody", "", "", ""])
    return lists, folder / "q.csv"


@pytest.mark.deep
def test_spark_gives_the_same_answers_row_for_row(
    spark_cluster: SparkCluster, tmp_path: Path
) -> None:
    lists, queries = made(tmp_path)
    here, there = tmp_path / "here.jsonl", tmp_path / "there.jsonl"
    mine = screen_files([lists], queries, here, Options(weak=True))
    theirs = screen_files([lists], queries, there, Options(weak=True, master=spark_cluster.address))
    assert mine.asked == theirs.asked == QUESTIONS
    assert mine.alerts == theirs.alerts > 20
    assert mine.noted == theirs.noted > 20
    assert mine.rejected == theirs.rejected == 1
    assert here.read_bytes() == there.read_bytes()


def test_spark_that_is_not_there_is_said_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists, queries = made(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    out = tmp_path / "out.jsonl"
    with pytest.raises(NotFound, match=r"Spark needs (Java 17|the package pyspark)"):
        screen_files([lists], queries, out, Options(master="spark://127.0.0.1:1"))
    assert not list(tmp_path.glob("*out.jsonl*"))
