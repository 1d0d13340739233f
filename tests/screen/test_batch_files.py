"""Files of questions and answers: CSV, XLSX, Parquet in; JSON lines, CSV, XLSX out; whole or not.

The names are made up.
"""

from __future__ import annotations

import contextlib
import csv
import json
import random
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import load_workbook
from typer.testing import CliRunner

from puente.cli.app import build_app
from puente.errors import InvalidData
from puente.screen.batch import Options, screen_files

if TYPE_CHECKING:
    from pathlib import Path

SDN = (
    '101,"PEÑA XOCHIHUA, Renato",individual,"SDNTK",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
    "\"DOB 03 Feb 1971; nationality Mexico; a.k.a. 'EL ALACRAN'.\"\n"
    '102,"TRANSPORTES ZULOAGA, S.A. DE C.V.",-0- ,"SDNTK",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n'
)
HEADER = ("id", "name", "schema", "birth_date", "country", "branch")
ROWS = [
    ("1", "Renato Peña Xochihua", "Person", "1971-02-03", "MX", "Norte"),
    ("2", "=Renato Pena", "", "", "", ""),
    ("3", "Nadie Conocido", "", "31/02/1999", "", ""),
    ("", "Sin Numero", "", "", "", ""),
    ("5", "Transportes Zuloaga", "Company", "", "", "Sur"),
]


@pytest.fixture
def sdn(tmp_path: Path) -> Path:
    folder = tmp_path / "ofac" / "2024-05-03"
    folder.mkdir(parents=True)
    (folder / "sdn.csv").write_text(SDN, encoding="latin-1")
    return folder


def questions(path: Path) -> Path:
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle).writerows([HEADER, *ROWS])
    elif path.suffix == ".parquet":
        columns = list(zip(*ROWS, strict=True))
        pq.write_table(pa.table({n: list(c) for n, c in zip(HEADER, columns, strict=True)}), path)
    else:
        with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
            sheet = book.add_worksheet()
            for number, row in enumerate((HEADER, *ROWS)):
                sheet.write_row(number, 0, row)
    return path


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
def test_the_same_questions_have_the_same_answers_in_any_format(
    sdn: Path, tmp_path: Path, kind: str
) -> None:
    out = tmp_path / "r.jsonl"
    report = screen_files([sdn], questions(tmp_path / f"q.{kind}"), out)
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [line["id"] for line in lines] == ["1", "2", "3", "5"]
    assert [line["alert"] for line in lines] == [True, True, False, True]
    assert (report.asked, report.alerts, report.rejected, report.noted) == (4, 3, 1, 1)
    assert report.rejects is not None
    kept = json.loads(report.rejects.read_text("utf-8"))
    assert kept["reason"] == "no id"
    assert kept["line"] == (4 if kind == "parquet" else 5)
    reference = tmp_path / "reference.jsonl"
    screen_files([sdn], questions(tmp_path / "reference.csv"), reference)
    assert out.read_bytes() == reference.read_bytes()


def test_answers_as_a_table_have_a_row_a_hit_and_no_formulas(sdn: Path, tmp_path: Path) -> None:
    asked = questions(tmp_path / "q.csv")
    asked.write_text(asked.read_text("utf-8").replace("\n2,", "\n=2,").replace("\r", ""), "utf-8")
    for name in ("r.csv", "r.xlsx"):
        screen_files([sdn], asked, tmp_path / name)
    with (tmp_path / "r.csv").open(encoding="utf-8", newline="") as handle:
        table = list(csv.DictReader(handle))
    sheet = load_workbook(tmp_path / "r.xlsx").get_sheet_by_index(0).to_python()
    assert [row["id"].lstrip("'") for row in table] == ["1", "=2", "3", "5"]
    assert table[1]["id"] != "=2"
    assert [row[0] for row in sheet] == ["id", "1", "=2", "3", "5"]
    assert table[0]["verdict"] == sheet[1][2] == "same"
    assert float(table[0]["score"]) == sheet[1][3]
    assert table[2]["entity_id"] == ""
    assert "birth_date not read" in table[2]["notes"]
    assert "same day" in table[0]["why"]


@pytest.mark.parametrize("out", ["r.jsonl", "r.csv", "r.xlsx"])
def test_a_file_that_breaks_off_leaves_the_earlier_answers_whole(
    sdn: Path, tmp_path: Path, out: str
) -> None:
    asked, target = questions(tmp_path / "q.parquet"), tmp_path / out
    screen_files([sdn], asked, target)
    before = target.read_bytes()
    raw = asked.read_bytes()
    asked.write_bytes(raw[: len(raw) // 2])
    with pytest.raises(InvalidData):
        screen_files([sdn], asked, target)
    assert target.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir() if "part" in p.name] == []


def test_the_same_answers_give_the_same_sheet(sdn: Path, tmp_path: Path) -> None:
    asked = questions(tmp_path / "q.csv")
    for name in ("1.xlsx", "2.xlsx"):
        screen_files([sdn], asked, tmp_path / name)
    assert (tmp_path / "1.xlsx").read_bytes() == (tmp_path / "2.xlsx").read_bytes()


def test_a_kept_index_changes_no_answer(sdn: Path, tmp_path: Path) -> None:
    asked, folder = questions(tmp_path / "q.csv"), tmp_path / "kept"
    outs = [tmp_path / f"{n}.jsonl" for n in range(3)]
    for out, options in zip(outs, (None, *[Options(index=folder)] * 2), strict=True):
        screen_files([sdn], asked, out, options)
    assert len(list(folder.iterdir())) == 1
    assert len({out.read_bytes() for out in outs}) == 1


@given(st.binary(max_size=200))
@settings(max_examples=30, deadline=None)
def test_any_bytes_are_answered_or_refused_with_a_reason(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "sdn.csv").write_text(SDN, encoding="latin-1")
    for kind in ("csv", "xlsx", "parquet"):
        (folder / f"q.{kind}").write_bytes(b"id,name\n1,A\n" * (raw[:1] > b"\x80") + raw)
        out = folder / f"r.{kind}.jsonl"
        with contextlib.suppress(InvalidData):
            report = screen_files([folder / "sdn.csv"], folder / f"q.{kind}", out)
            assert len(out.read_text("utf-8").splitlines()) == report.asked


def test_order_is_kept_over_blocks(sdn: Path, tmp_path: Path) -> None:
    rng = random.Random(1)
    names = [rng.choice(["Renato Pena", "Nadie", "Zuloaga Transportes"]) for _n in range(2_300)]
    rows = "".join(f"c{n},{name}\n" for n, name in enumerate(names))
    (tmp_path / "q.csv").write_text(f"id,name\n{rows}", encoding="utf-8")
    seen: list[int] = []
    screen_files([sdn], tmp_path / "q.csv", tmp_path / "r.jsonl", progress=seen.append)
    lines = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text("utf-8").splitlines()]
    assert [line["id"] for line in lines] == [f"c{n}" for n in range(2_300)]
    assert seen == [1_000, 2_000, 2_300]


def test_spark_without_a_master_is_bad_usage(sdn: Path, tmp_path: Path) -> None:
    asked = questions(tmp_path / "q.csv")
    common = ["screen", "--list", str(sdn), "--queries", str(asked), "--out", str(tmp_path / "r")]
    for more in (["--engine", "spark"], ["--master", "spark://h:1"], ["--engine", "abacus"]):
        assert CliRunner().invoke(build_app(), [*common, *more]).exit_code == 2
    assert CliRunner().invoke(build_app(), common).exit_code == 0
