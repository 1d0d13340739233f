"""Notes of newspapers: what a note says is kept, and never whom it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from puente.errors import InvalidData
from puente.ingest.sources.press_monitor import INFO, SOURCES
from puente.model.places import Gazetteer

if TYPE_CHECKING:
    from pathlib import Path

    from puente.ingest.load import Loading
    from puente.ingest.source import SourceFile

    from .conftest import Read

(SOURCE,) = SOURCES
OLD = "event_date,published,cvegeo,groups,alliance,rival,homicides,wounded,arrests,trafficking"
NEW = (
    "fecha_de_publicacion,CVEGEO,grupo1,grupo2,alianza1,rival1,homic_total,cuerpos_localizados,"
    "heridos_total,ataque1,politica_de_seguridad"
)


def notes(tmp_path: Path, header: str, *rows: str) -> SourceFile:
    path = tmp_path / "press_monitor_2023_q1.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return SOURCE.find(tmp_path)[0]


def test_a_note_is_one_event_with_the_group_as_it_is_named(
    tmp_path: Path, read: type[Read]
) -> None:
    file = notes(tmp_path, OLD, "2022-06-02,2022-06-06,25006,Los Salazar; Gente Nueva,,,1.0,2,0,")
    found = read(SOURCE, file, Gazetteer([{"place": "25006", "name": "Culiacán"}]))
    (event,) = found.tables["events"]
    assert event["kind"] == "press_note"
    assert (event["at"], event["place"]) == ("2022-06-02", "25006")
    assert event["category"] == "Los Salazar; Gente Nueva"
    assert (event["amount"], event["unit"]) == (1.0, "homicides")
    assert (event["from_id"], event["to_id"]) == ("", "")
    assert found.facts["wounded"] == 2
    assert found.facts["municipalities joined"] == 1


def test_the_later_layout_says_the_same_in_other_columns(tmp_path: Path, read: type[Read]) -> None:
    rows = (
        "2023-01-01,32010,Grupo A, Grupo B,Grupo C,na,2,1,0,riña,0",
        "2023-01-02,,sin especificar,,,,,0,0,riña,0",
    )
    found = read(SOURCE, notes(tmp_path, NEW, *rows))
    first, second = found.tables["events"]
    assert first["category"] == "Grupo A; Grupo B"
    assert (second["place"], second["amount"]) == ("", None)
    assert found.facts["notes that name a group"] == 1
    assert found.facts["notes that name a group, in 1,000"] == 500
    assert found.facts["notes of a group that is not specified"] == 1
    assert found.facts["notes that name alliances"] == 1
    assert "notes that name rivals" not in found.facts
    assert found.facts["notes dated by their publication"] == 2
    assert found.facts["bodies found"] == 1


def test_a_person_in_another_column_enters_neither_events_nor_rejects(
    tmp_path: Path, read: type[Read]
) -> None:
    header = OLD + ",victima"
    rows = (
        "2022-06-02,,25006,,,,1,0,0,,Nombre Inventado",
        "2022-06-02,,ltipán,,,,1,0,0,,Nombre Inventado",
        "2022-06-02,,25006,,,,1,0,0,,Nombre Inventado,de más",
    )
    found = read(SOURCE, notes(tmp_path, header, *rows))
    assert [reject.line for reject in found.rejects] == [3, 4]
    assert found.rows == 3
    assert "Inventado" not in repr((found.tables, found.rejects, found.facts))


def test_notes_that_read_alike_are_each_kept_and_have_the_same_ids_again(
    tmp_path: Path, read: type[Read]
) -> None:
    row = "2022-06-02,2022-06-06,25006,,,,1,0,0,"
    file = notes(tmp_path, OLD, row, row)
    ids = [event["event_id"] for event in read(SOURCE, file).tables["events"]]
    assert len(set(ids)) == 2
    later = notes(tmp_path, OLD, "2022-06-01,2022-06-06,25006,,,,1,0,0,", row, row)
    assert {event["event_id"] for event in read(SOURCE, later).tables["events"]} > set(ids)


def test_a_table_without_dates_or_groups_is_no_press_monitor(
    tmp_path: Path, read: type[Read]
) -> None:
    for header in ("cvegeo,groups", "published,cvegeo"):
        with pytest.raises(InvalidData, match="not a press monitor"):
            read(SOURCE, notes(tmp_path, header, "25006,X"))


def test_a_user_is_told_that_silence_is_not_absence() -> None:
    assert "silence is not absence" in INFO.title


def test_the_published_notes_name_a_group_in_2_to_4_of_100(
    puente_data: Path, loading: Loading
) -> None:
    reports = [loading.load(SOURCE, file) for file in SOURCE.find(puente_data / "cartel")]
    assert [report.rows for report in reports] == [12_979, 5_163]
    assert [report.rejected for report in reports] == [0, 1]
    named = [
        report.facts["notes that name a group"]
        + report.facts.get("notes of a group that is not specified", 0)
        for report in reports
    ]
    assert named == [359, 221]
