"""Deaths from presumed rivalry: 34,612 of them, by municipality and month."""

from __future__ import annotations

import bz2
from typing import TYPE_CHECKING

import pytest

from puente.errors import InvalidData
from puente.ingest.sources.rivalry_deaths import RECORD, SOURCES
from puente.model.places import Gazetteer

if TYPE_CHECKING:
    from pathlib import Path

    from puente.ingest.load import Loading
    from puente.ingest.source import SourceFile

    from .conftest import Read

(SOURCE,) = SOURCES
HEADER = '"id","StateCode","MunCode","Date","Executions","Aggressions","Shootouts","Total"\n'


def packed(tmp_path: Path, *rows: str) -> SourceFile:
    path = tmp_path / "rivalry_deaths_2006_2010.csv.bz2"
    path.write_bytes(bz2.compress((HEADER + "".join(row + "\n" for row in rows)).encode()))
    (file,) = SOURCE.find(tmp_path)
    assert file.published == "2010"
    return file


def test_deaths_are_counted_whole_and_by_what_happened(tmp_path: Path, read: type[Read]) -> None:
    file = packed(
        tmp_path,
        '1001,1,1,"Feb-2007",5,0,4,9', '1001,1,1,"Mar-2007",0,0,0,0',
        'NA,1,NA,"Dec-2010",1,1,0,2',
    )  # fmt: skip
    found = read(SOURCE, file, Gazetteer([{"place": "01001", "name": "Aguascalientes"}]))
    assert [(r["place"], r["month"], r["record"], r["count"]) for r in found.tables["counts"]] == [
        ("01001", "2007-02", RECORD, 9),
        ("01001", "2007-03", RECORD, 0),
        ("01999", "2010-12", RECORD, 2),
    ]
    kinds = {
        (r["place"], r["period"], r["measure"]): r["value"] for r in found.tables["indicators"]
    }
    assert len(kinds) == 6
    assert kinds["01001", "2007-02", "enfrentamientos"] == 4.0
    assert found.facts[RECORD] == 11
    assert found.facts["municipalities joined"] == 1
    assert found.facts["rows without a municipality"] == 1
    assert found.facts["months 2007-02 to 2010-12"] == 3
    assert found.context.file.path == file.path


def test_a_row_said_twice_counts_once_and_one_that_contradicts_is_rejected(
    tmp_path: Path, read: type[Read]
) -> None:
    row = '1001,1,1,"Feb-2007",5,0,4,9'
    found = read(SOURCE, packed(tmp_path, row, row, row.replace("9", "8"), row.replace("4", "3")))
    assert found.facts["rows said twice"] == 1
    assert [reject.line for reject in found.rejects] == [4, 5]
    assert found.facts[RECORD] == 9
    assert found.rows == 4


def test_what_is_no_place_month_or_count_is_rejected(tmp_path: Path, read: type[Read]) -> None:
    rows = (
        '1001,40,1,"Feb-2007",5,0,4,9',
        '1001,1,1,"2007",5,0,4,9',
        '1001,1,1,"Feb-2007",5,0,4,x',
        '1001,1,1,"Mar-2007",5,0,4,8',
    )
    found = read(SOURCE, packed(tmp_path, *rows))
    assert [reject.line for reject in found.rejects] == [2, 3, 4]
    assert found.facts["rows whose total does not add up"] == 1


def test_a_cut_archive_is_refused_by_its_own_name(tmp_path: Path, read: type[Read]) -> None:
    file = packed(tmp_path, *['1001,1,1,"Feb-2007",5,0,4,9'] * 50)
    file.path.write_bytes(file.path.read_bytes()[:-20])
    with pytest.raises(InvalidData, match=r"rivalry_deaths_2006_2010\.csv\.bz2: .*cut off"):
        read(SOURCE, file)
    file.path.write_bytes(bz2.compress(b"a,b\n1,2\n"))
    with pytest.raises(InvalidData, match=r"rivalry_deaths_2006_2010\.csv\.bz2, line 1: no column"):
        read(SOURCE, file)


def test_the_published_base_holds_34612_deaths(puente_data: Path, loading: Loading) -> None:
    (file,) = SOURCE.find(puente_data / "cartel")
    report = loading.load(SOURCE, file)
    assert (report.rows, report.loaded, report.rejected) == (121_226, 121_226, 0)
    assert report.facts[RECORD] == 34_612
    assert report.facts["ejecuciones"] == 30_913
    assert report.facts["months 2006-12 to 2010-12"] == 49
