"""Homicides of the death registry: every total adds up, and quiet is told apart from unknown."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from puente.errors import InvalidData
from puente.ingest.sources.inegi_homicide import RECORD, SOURCES
from puente.model.places import Gazetteer

if TYPE_CHECKING:
    from pathlib import Path

    from puente.ingest.load import Loading

    from .conftest import Read

(SOURCE,) = SOURCES
MONTHS = (
    "Enero", "Febrero", "Marzo", "Abril", "Mayo", "Junio",
    "Julio", "Agosto", "Septiembre", "Octubre", "Noviembre", "Diciembre",
)  # fmt: skip
TITLES = (
    '"Defunciones por homicidios"\r\n"Año de registro : 1990"\r\n'
    '"Ent y mun de registro : Total"\r\n""\r\n"Consulta de: Defunciones por homicidio \xa0'
    ' Por: Ent y mun de ocurrencia \xa0 Según: Mes de registro"\r\n'
)
END = '\r\n"FUENTE: INEGI. Estadísticas de mortalidad."\r\n'


def line(code: str, name: str, *counts: str) -> str:
    cells = [code, name, *counts, *[""] * (13 - len(counts))]
    return ",".join(f'"{cell}"' for cell in cells) + "\r\n"


HEADER = line("", "", "Total", *MONTHS).rstrip("\r\n") + ',""\r\n'
# The first rows of the table of 1990, cut to two municipalities of two states.
ROWS = (
    line(" ", "Total", "1,301", "1,290", "9", "2"),
    line("=CONCATENAR(0,01) ", "Aguascalientes", "35", "25", "8", "2"),
    line(" 01 001 ", "Aguascalientes", "33", "25", "6", "2"),
    line(" 01 999 ", "No especificado", "2", "", "2"),
    line("=CONCATENAR( ,12) ", "Guerrero", "1,265", "1,264", "1"),
    line(" 12 029 ", "Chilpancingo", "1,265", "1,264", "1"),
    line("=CONCATENAR( ,33) ", "Extranjero", "1", "1"),
    line(" 33 999 ", "Estados Unidos de Norteamérica", "1", "1"),
)


def table(tmp_path: Path, *rows: str, titles: str = TITLES) -> Path:
    path = tmp_path / "1990.csv"
    path.write_bytes((titles + HEADER + "".join(rows or ROWS) + END).encode("cp1252"))
    return path


def counts(found: Read) -> dict[tuple[str, str], int]:
    return {(row["place"], row["month"]): row["count"] for row in found.tables["counts"]}  # type: ignore[misc]


def test_codes_formulas_and_thousands_of_the_spreadsheet_are_read(
    tmp_path: Path, read: type[Read]
) -> None:
    (file,) = SOURCE.find(table(tmp_path).parent)
    assert file.published == "1990"
    found = read(SOURCE, file)
    held = counts(found)
    assert held["12029", "1990-01"] == 1264
    assert held["01000", "1990-02"] == 8
    assert held["01999", "1990-02"] == 2
    assert held["00000", "1990-01"] == 1290
    assert held["01001", "1990-12"] == 0
    assert not any(place[:2] > "32" for place, _month in held)
    assert {row["record"] for row in found.tables["counts"]} == {RECORD}
    assert (found.rows, found.rejects) == (8, [])
    assert found.facts["deaths registered in 1990"] == 1301
    assert found.facts["deaths that occurred abroad"] == 1
    assert found.facts["totals checked"] == 4
    assert not any("do not add up" in fact for fact in found.facts)


PLACES = Gazetteer([{"place": code, "name": code} for code in ("01001", "12001", "12029", "12080")])


def test_a_quiet_municipality_is_zero_and_one_that_may_not_exist_yet_is_not(
    tmp_path: Path, read: type[Read]
) -> None:
    found = read(SOURCE, SOURCE.find(table(tmp_path).parent)[0], PLACES)
    places = {place for place, _month in counts(found)}
    assert "12001" in places
    assert counts(found)["12001", "1990-06"] == 0
    # 12080 has a higher number than any that the table lists: it may have been founded later.
    assert "12080" not in places
    assert found.facts["municipalities without a homicide, filled in as zero"] == 1


def test_no_zero_is_filled_in_where_the_rows_do_not_add_up_to_the_total(
    tmp_path: Path, read: type[Read]
) -> None:
    rows = [row.replace('"1,265","1,264","1"', '"1,265","1,263","2"') for row in ROWS[:5]]
    found = read(SOURCE, SOURCE.find(table(tmp_path, *rows, *ROWS[5:]).parent)[0], PLACES)
    assert found.facts["totals that do not add up: 12000"] == 1
    assert "12001" not in {place for place, _month in counts(found)}


def test_a_row_that_cannot_be_read_is_kept_with_its_line(tmp_path: Path, read: type[Read]) -> None:
    bad = (
        line(" 01 003 ", "Calvillo", "1", "x"),
        line("", "Calvillo", "1", "1"),
        ROWS[2],
        '"corta"\r\n',
        line(" 01 005 ", "Jesús María", "9", "1"),
        '" 01 006 ","Pabellón "de" Arteaga","1"\r\n',
    )
    found = read(SOURCE, SOURCE.find(table(tmp_path, *ROWS, *bad).parent)[0])
    assert [(reject.line, reject.reason) for reject in found.rejects] == [
        (15, "not a number: 'x'"),
        (16, "no code of a state or municipality"),
        (17, "the place has a row already"),
        (18, "1 columns instead of 15"),
        (20, "not delimited text: ',' expected after '\"'"),
    ]
    assert found.rows == 14
    assert found.facts["rows whose months do not add up to their total"] == 1
    assert found.facts["totals that do not add up: 01000"] == 1


def test_another_table_of_the_registry_is_not_taken_for_this_one(
    tmp_path: Path, read: type[Read]
) -> None:
    for old, new in (("Mes de registro", "Mes de ocurrencia"), ("de ocurrencia", "de residencia")):
        path = table(tmp_path, titles=TITLES.replace(old, new))
        with pytest.raises(InvalidData, match="not the table of homicides by place of death"):
            read(SOURCE, SOURCE.find(path.parent)[0])
    (tmp_path / "1991.csv").write_text("a,b\n1,2\n")
    assert [file.path.name for file in SOURCE.find(tmp_path)] == ["1990.csv"]


def test_the_26_published_years_add_up_to_the_last_death(
    puente_data: Path, loading: Loading
) -> None:
    reports = [loading.load(SOURCE, file) for file in SOURCE.find(puente_data / "inegi_homicide")]
    assert [report.published for report in reports] == [str(year) for year in range(1990, 2016)]
    facts: Counter[str] = Counter()
    for report in reports:
        assert report.rejected == 0
        assert not [fact for fact in report.facts if "add up" in fact]
        facts.update(report.facts)
    assert facts["deaths registered in 2007"] == 8867
    assert facts["deaths registered in 2011"] == 27213
    assert facts["deaths that occurred abroad"] > 500
