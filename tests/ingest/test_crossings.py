"""Border crossings: each port, month and means once, and northbound only, which is said."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from puente.errors import InvalidData
from puente.ingest.sources.bts_crossings import INFO as BTS_INFO
from puente.ingest.sources.bts_crossings import SOURCES as BTS
from puente.ingest.sources.cbp_crossings import INFO as CBP_INFO
from puente.ingest.sources.cbp_crossings import SOURCES as CBP

if TYPE_CHECKING:
    from pathlib import Path

    from puente.ingest.load import Loading
    from puente.ingest.source import SourceFile

    from .conftest import Read

BTS_HEADER = "Port Name,State,Port Code,Border,Date,Measure,Value"
CBP_HEADER = "ID,Year,Month,Region,POE,Crossing,Modes,Northbound Crossing"
EL_PASO = "Texas,2402,US-Mexico Border"


def bts(tmp_path: Path, *rows: str, places: str = "Location") -> SourceFile:
    path = tmp_path / "bts_border_crossing_1996_2019.csv.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        text = "\n".join([f"{BTS_HEADER},{places}", *rows]) + "\n"
        archive.writestr("Border_Crossing_Entry_Data.csv", text)
    (file,) = BTS[0].find(tmp_path)
    assert file.published == "2019"
    return file


def cbp(tmp_path: Path, *rows: str, coordinates: object = None) -> SourceFile:
    path = tmp_path / "monthly_crossings_2008_2025.csv"
    path.write_text("\n".join([CBP_HEADER, *rows]) + "\n", encoding="utf-8")
    if coordinates is not None:
        (tmp_path / "crossings_coordinates.json").write_text(json.dumps(coordinates))
    (file,) = CBP[0].find(tmp_path)
    return file


def test_the_packed_table_of_both_borders_is_read(tmp_path: Path, read: type[Read]) -> None:
    file = bts(
        tmp_path,
        f"El Paso,{EL_PASO},03/01/2019 12:00:00 AM,Truck Containers Full,1234,POINT (-106.45 31.7)",
        "Van Buren,Maine,108,US-Canada Border,12/01/1996 12:00:00 AM,Buses,,",
    )
    found = read(BTS[0], file)
    first, second = found.tables["crossings"]
    assert first == {
        "port": "2402",
        "port_name": "El Paso",
        "state": "Texas",
        "border": "US-Mexico Border",
        "month": "2019-03",
        "measure": "truck_containers_full",
        "count": 1234,
        "latitude": 31.7,
        "longitude": -106.45,
    }
    assert (second["port"], second["month"], second["count"]) == ("0108", "1996-12", None)
    assert second["latitude"] is None
    assert found.facts["rows of truck_containers_full (Truck Containers Full)"] == 1
    assert found.facts["months 1996-12 to 2019-03"] == 2
    assert found.facts["ports on the US-Canada Border"] == 1
    assert "locations of ports not understood" not in found.facts


def test_later_editions_write_months_and_places_otherwise(tmp_path: Path, read: type[Read]) -> None:
    row = f"El Paso,{EL_PASO},Jan 2024,Trucks,7,31.7,-106.45,POINT (-106.45 31.7)"
    found = read(BTS[0], bts(tmp_path, row, places="Latitude,Longitude,Point"))
    (crossing,) = found.tables["crossings"]
    assert (crossing["month"], crossing["latitude"], crossing["longitude"]) == (
        "2024-01", 31.7, -106.45,
    )  # fmt: skip


def test_a_crossing_said_twice_counts_once_and_a_contradiction_is_rejected(
    tmp_path: Path, read: type[Read]
) -> None:
    row = f"El Paso,{EL_PASO},03/01/2019 12:00:00 AM,Trucks,7,"
    found = read(BTS[0], bts(tmp_path, row, row, row.replace(",7,", ",8,")))
    assert len(found.tables["crossings"]) == 1
    assert found.facts["rows said twice"] == 1
    assert [(r.line, r.reason) for r in found.rejects] == [
        (4, "another row gives 7 for the port, month and measure")
    ]
    assert found.rows == 3


def test_rows_without_port_month_means_or_count_are_rejected(
    tmp_path: Path, read: type[Read]
) -> None:
    good = f"El Paso,{EL_PASO},03/01/2019 12:00:00 AM,Trucks,7,nowhere"
    bad = [
        good.replace(old, new)
        for old, new in (
            ("2402", "24x2"), ("03/01/2019 12:00:00 AM", "2019"), ("Trucks", "-"), (",7,", ",-7,"),
        )
    ]  # fmt: skip
    found = read(BTS[0], bts(tmp_path, good, *bad))
    assert [reject.line for reject in found.rejects] == [3, 4, 5, 6]
    assert found.facts["locations of ports not understood"] == 1


SPOT = {"crossing_name": "A", "lat": 31.0, "lon": -106.0, "address": "1 X St, El Paso, TX 79901"}
ROW = "2008-01-RAIL-Railcars,2008,1,El Paso,El Paso,Railroad Bridges,Railcars,10"


def test_a_crossing_gets_its_place_from_the_file_beside_it(
    tmp_path: Path, read: type[Read]
) -> None:
    spots = [
        {**SPOT, "data_crossing_name": "Railroad Bridges"},
        {**SPOT, "data_crossing_name": "Railroad Bridges", "lat": 32.0},
        {**SPOT, "lat": "x"},
    ]
    other = "2008-1-FOOT-Pedestrians,2008,1,El Paso,El Paso,Footbridge,Pedestrians/ Bicyclists,0"
    file = cbp(tmp_path, ROW, other, coordinates=spots)
    assert set(file.siblings) == {"coordinates"}
    found = read(CBP[0], file)
    first, second = found.tables["crossings"]
    assert (first["port"], first["state"], first["border"]) == ("RAIL", "Texas", "US-Mexico Border")
    assert (first["latitude"], first["longitude"]) == (31.5, -106.0)
    assert (second["measure"], second["count"]) == ("pedestrians_bicyclists", 0)
    assert (second["state"], second["latitude"]) == ("", None)
    assert found.facts["crossings of several bridges, put between them"] == 1
    assert found.facts["places of crossings not understood"] == 1
    assert found.facts["no place for the crossing Footbridge"] == 1


def test_an_id_that_contradicts_its_row_is_rejected(tmp_path: Path, read: type[Read]) -> None:
    rows = (ROW, ROW.replace(",2008,1,", ",2008,2,"), ROW.replace("Railroad", "Other"), "x" + ROW)
    found = read(CBP[0], cbp(tmp_path, *rows))
    assert [reject.line for reject in found.rejects] == [3, 4, 5]
    assert found.tables["crossings"][0]["latitude"] is None


def test_places_that_are_no_json_stop_the_load_by_name(tmp_path: Path, read: type[Read]) -> None:
    file = cbp(tmp_path, ROW, coordinates={})
    for content, reason in (("{}", "no list of records"), ("[", "not JSON")):
        (tmp_path / "crossings_coordinates.json").write_text(content)
        with pytest.raises(InvalidData, match=f"crossings_coordinates.json.*{reason}"):
            read(CBP[0], file)


def test_a_place_with_a_number_without_end_is_no_place(tmp_path: Path, read: type[Read]) -> None:
    file = cbp(tmp_path, ROW, coordinates=[{**SPOT, "lat": "LAT"}])
    beside = tmp_path / "crossings_coordinates.json"
    beside.write_text(beside.read_text().replace('"LAT"', "9" * 5_000))
    found = read(CBP[0], file)
    assert found.tables["crossings"][0]["latitude"] is None
    assert found.facts["places of crossings not understood"] == 1


def test_a_user_is_told_that_nobody_counts_what_leaves() -> None:
    assert "northbound only" in CBP_INFO.title
    assert "entries into the United States only" in BTS_INFO.title


def test_every_published_row_of_cbp_is_loaded(puente_data: Path, loading: Loading) -> None:
    (file,) = CBP[0].find(puente_data / "ports")
    report = loading.load(CBP[0], file)
    assert (report.rows, report.rejected) == (34_090, 0)
    assert report.facts["months 2008-01 to 2025-12"] == 216
    assert report.facts["ports on the US-Mexico Border"] == 33
    assert not [fact for fact in report.facts if fact.startswith("no place")]


def test_every_published_row_of_bts_is_loaded(puente_data: Path, loading: Loading) -> None:
    (file,) = BTS[0].find(puente_data / "ports")
    report = loading.load(BTS[0], file)
    assert (report.rows, report.rejected) == (346_733, 0)
    assert report.facts["months 1996-01 to 2019-03"] == 279
    assert sum(n for fact, n in report.facts.items() if fact.startswith("ports on")) == 117
