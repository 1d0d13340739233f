"""Layouts that nobody has described, made at random: most columns are read, none is read wrongly.

The headers of `PUBLISHED` are those of files that agencies publish; only their meaning is written
here. Values are made up.
"""

from __future__ import annotations

import csv
import random
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from puente.ingest.guess import Guess, Told, guess_mapping
from puente.ingest.mapping import parse_mapping
from puente.ingest.source import Batch, Limits, LoadContext, Reject

from .strange_files import KINDS, PLACES, ROWS, VALUES, Row, gazetteer, strange

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TOLD = Told(agency="SSP", legal_basis="a made-up law", obtained="made up")
SEEDS = range(6)
ASIDE = {"odd", "narrative"}
"""Columns of which nothing may be made: codes that nobody knows, and free text about people."""

SURE = {"record_id", "event_date", "birth_date", "cvegeo", "municipality", "state", "curp", "plate"}
"""Numbers, days and places: here a column more that is missed or mistaken is one too many."""


def read(path: Path, told: Told = TOLD) -> Guess:
    return guess_mapping(path, told, gazetteer(), Limits())


def rows_of(found: Guess, path: Path) -> tuple[LoadContext, list[Any]]:
    assert found.source is not None, found.lacking
    (file,) = found.source.find(path)
    context = LoadContext(
        info=found.source.info, file=file, today=date(2026, 3, 1), gazetteer=gazetteer()
    )
    return context, list(found.source.read(file, context))


def fits(taken: str, meaning: str) -> bool:
    """Return True if a column is taken for what it means, and for no one else's."""
    field, _, role = taken.partition(" (")
    meant, _, whose = meaning.partition(" (")
    return field == meant and (not whose or role == whose or meaning == "rfc (firm)")


def test_columns_of_any_layout_are_read_rightly_or_left_alone(tmp_path: Path) -> None:
    right = missed = wrong = 0
    faults: list[str] = []
    for kind in KINDS:
        for seed in SEEDS:
            made = strange(tmp_path, kind, seed)
            found = read(made.path)
            assert found.shape.kind == made.kind, f"{kind} {seed}: {found.shape}"
            assert found.lacking == (), f"{kind} {seed}"
            taken = {column.name: column for column in found.columns}
            for header, meaning in made.meaning.items():
                column = taken[" ".join(header.split())]
                if meaning in ASIDE:
                    assert not column.used_for, f"{kind} {seed}: {header}"
                elif fits(column.field, meaning):
                    right += 1
                elif not column.field:
                    missed += 1
                    faults.append(f"{kind} {seed}: {header} missed")
                else:
                    wrong += 1
                    faults.append(f"{kind} {seed}: {header} is {meaning}, not {column.field}")
    total = right + missed + wrong
    assert total > 600
    assert right / total >= 0.95, faults[:20]
    assert wrong / total <= 0.01, faults[:20]
    assert not [fault for fault in faults if any(f" {name}" in fault for name in SURE)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_row_loads_with_its_day_and_its_place(tmp_path: Path, kind: str) -> None:
    for seed in SEEDS:
        made = strange(tmp_path, kind, seed)
        found = read(made.path)
        if made.day_first is not None:
            assert found.order.day_first is made.day_first
        context, items = rows_of(found, made.path)
        rejects = [item.reason for item in items if isinstance(item, Reject)]
        assert (context.rows, rejects) == (ROWS, []), f"{kind} {seed}"
        incidents = [
            row for item in items if isinstance(item, Batch) and item.table == "incidents"
            for row in item.rows
        ]  # fmt: skip
        if made.kind in {"incident", "theft", "seizure", "weapons"}:
            assert len(incidents) == ROWS
            codes = {code for code, _state, _name in PLACES}
            assert {row["place"] for row in incidents} <= codes


def test_the_same_file_gives_the_same_mapping(tmp_path: Path) -> None:
    made = strange(tmp_path, "case with people", 3)
    assert read(made.path).text == read(made.path).text


# -- headers as agencies publish them ---------------------------------------------------------

PUBLISHED: dict[str, tuple[str, Sequence[tuple[str, str, str]]]] = {
    # header, made-up values, what it is ("" is left alone)
    "case files of a city": ("incident", (
        ("anio_inicio", "year", ""), ("fecha_inicio", "iso", "start_date"),
        ("anio_hecho", "year", "year"), ("fecha_hecho", "iso", "event_date"),
        ("hora_hecho", "time", "time"), ("delito", "category", "category"),
        ("categoria_delito", "odd", ""), ("fiscalia", "odd", ""),
        ("alcaldia_hecho", "one state", "municipality"), ("latitud", "latitude", "latitude"),
        ("longitud", "longitude", "longitude"))),
    "crimes of a United States city": ("incident", (
        ("Case Number", "record_id", "record_id"), ("Date", "us time", "event_date"),
        ("Primary Type", "category", "category"), ("Arrest", "bool", ""), ("Beat", "digit", ""),
        ("Updated On", "us time", ""), ("Latitude", "latitude", "latitude"),
        ("Longitude", "longitude", "longitude"))),
    "detentions of a national register": ("detention", (
        ("No.", "number", "record_line"), ("Folio RND", "record_id", "record_id"),
        ("Fecha y hora de la detención", "event_date", "event_date"), ("Entidad", "state", "state"),
        ("Municipio", "municipality", "municipality"),
        ("Motivo de la detención", "category", "category"),
        ("Nombre(s) de la persona detenida", "given", "given (detained)"),
        ("Primer apellido de la persona detenida", "paternal", "paternal (detained)"),
        ("Sexo de la persona detenida", "sex", "sex (detained)"),
        ("Nombre del agente aprehensor", "name", "officer (officer)"))),
    "a municipal police's daily report": ("detention", (
        ("FECHA", "event_date", "event_date"), ("TURNO", "odd", ""),
        ("FOLIO C4", "record_id", "record_id"), ("HORA", "time", "time"),
        ("COLONIA", "colonia", "colonia"), ("MUNICIPIO", "one state", "municipality"),
        ("INFRACTOR", "name", "name (detained)"), ("EDAD", "age", "age (detained)"),
        ("FALTA ADMINISTRATIVA", "category", "category"),
        ("OFICIAL A CARGO", "name", "officer (officer)"))),
    "stolen and recovered vehicles": ("theft", (
        ("PLACAS", "plate", "plate"), ("SERIE", "vin", "vin"), ("MARCA", "make", "make"),
        ("MODELO", "model_year", "model_year"), ("FECHA_ROBO", "event_date", "event_date"),
        ("FECHA_RECUPERACION", "event_date", ""), ("ESTADO_ROBO", "state", "state"),
        ("MUNICIPIO_ROBO", "municipality", "municipality"),
        ("AVERIGUACION_PREVIA", "record_id", "record_id"))),
    "missing people": ("people", (
        ("Folio único de búsqueda", "record_id", "record_id"),
        ("Nombre de la persona desaparecida", "given", "given (victim)"),
        ("Primer apellido", "paternal", "paternal (victim)"),
        ("Segundo apellido", "paternal", "maternal (victim)"), ("Sexo", "sex", "sex (victim)"),
        ("Entidad de desaparición", "state", "state"),
        ("Municipio de desaparición", "municipality", "municipality"))),
    "payments": ("payment", (
        ("Fecha de la operación", "event_date", "event_date"), ("Monto MXN", "money", "amount"),
        ("Nombre del ordenante", "name", "name (payer)"),
        ("Cuenta ordenante", "clabe", "account_from (payer)"),
        ("Nombre beneficiario", "name", "name (payee)"),
        ("Cuenta beneficiario", "clabe", "account_to (payee)"),
        ("Clave de rastreo", "record_id", "some_id"))),
    "calls of a telephone company": ("phone_call", (
        ("NUMERO A", "phone", "number_from"), ("NUMERO B", "phone", "number_to"),
        ("FECHA", "event_date", "event_date"), ("HORA", "time", "time"),
        ("DURACION (SEG)", "digit", "duration"))),
}  # fmt: skip

MORE = {
    "year": lambda _r: "2023",
    "iso": lambda r: f"2023-{r.rng.randint(1, 12):02d}-{r.rng.randint(1, 28):02d}",
    "us time": lambda r: f"{r.rng.randint(1, 12):02d}/{r.rng.randint(1, 28):02d}/2023 01:05:00 PM",
    "bool": lambda r: r.one("true", "false"),
    "digit": lambda r: str(r.rng.randint(5, 900)),
    "number": lambda r: str(r.number + 1),
    "one state": lambda r: PLACES[8 + r.number % 8][2],
    "money": lambda r: f"${r.rng.randint(1, 9)},{r.digits(3)}.50",
    "clabe": lambda r: r.digits(18),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_headers_that_agencies_publish_are_understood(tmp_path: Path, name: str) -> None:
    kind, columns = PUBLISHED[name]
    rng, path = random.Random(name), tmp_path / "file.csv"
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow([header for header, _values, _meaning in columns])
        for number in range(120):
            row = Row(number=number, rng=rng, place=rng.choice(PLACES), form="{d:02d}/{m:02d}/{y}")
            writer.writerow([{**VALUES, **MORE}[values](row) for _h, values, _m in columns])
    found = read(path)
    assert (found.shape.kind, found.lacking) == (kind, ())
    taken = {column.name: column for column in found.columns}
    for header, _values, meaning in columns:
        if meaning:
            assert taken[header].field == meaning, header
        assert meaning or not taken[header].used_for, header
    context, items = rows_of(found, path)
    assert context.rows == 120
    assert not [item for item in items if isinstance(item, Reject)]


# -- what a guess must never do ---------------------------------------------------------------


def table(path: Path, header: str, *rows: str) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_a_witness_is_no_suspect_whatever_the_column_is_called(tmp_path: Path) -> None:
    roles = ("SUBJECT", "WITNESS", "VICTIM")
    path = table(
        tmp_path / "people.csv", "id,first name,last name,x",
        *(f"P-{n},Ana,Ruiz {'ABC'[n % 3]},{roles[n % 3]}" for n in range(30)),
    )  # fmt: skip
    (person,) = read(path).source.spec["entities"]  # type: ignore[union-attr,misc]
    assert person["standing"]["map"] == {
        "SUBJECT": "",
        "VICTIM": "non_suspect",
        "WITNESS": "non_suspect",
    }


def test_names_of_which_nothing_says_whose_they_are_are_not_loaded(tmp_path: Path) -> None:
    path = table(
        tmp_path / "hechos.csv", "folio,fecha,cve_mun,delito,nombre",
        *(f"E{n},{1 + n % 28:02d}/03/2024,91001,Robo,Ana Ruiz {'ABC'[n % 3]}" for n in range(40)),
    )  # fmt: skip
    found = read(path)
    assert [item["schema"] for item in found.source.spec["entities"]] == ["Incident"]  # type: ignore[union-attr,attr-defined]
    assert any("victims or of suspects" in note for note in found.notes)


def test_a_row_number_is_no_firms_number(tmp_path: Path) -> None:
    path = table(
        tmp_path / "socios.csv", "No,razon social,nombre del socio,porcentaje",
        *(f"{n},Sol {'ABCD'[n % 4]} SA de CV,Ana Ruiz {n % 9},50" for n in range(1, 41)),
    )  # fmt: skip
    found = read(path)
    assert found.source is None or "{No" not in found.text


def test_shares_from_nought_to_one_and_years_of_two_digits_are_left_alone(tmp_path: Path) -> None:
    path = table(
        tmp_path / "socios.csv", "folio,razon social,nombre del socio,porcentaje,fecha de alta",
        *(f"N-{n},Sol {'ABCD'[n % 4]} SA de CV,Ana Ruiz,0.{n % 9}5,01/02/{n % 9 + 10}"
          for n in range(40)),
    )  # fmt: skip
    found = read(path)
    assert {"porcentaje", "fecha de alta"} <= set(found.unmapped)


def test_figures_of_one_place_and_month_are_told_apart_or_not_loaded(tmp_path: Path) -> None:
    rows = [
        f"2024,{m},91001,Robo,{kind},{m}"
        for m in range(1, 13) for kind in ("Con violencia", "Sin violencia")
    ]  # fmt: skip
    path = table(tmp_path / "cifras.csv", "año,mes,cve_mun,delito,modalidad,total", *rows)
    (item,) = read(path).source.spec["counts"]  # type: ignore[union-attr,misc]
    assert item["record"] == "{delito|slug}.{modalidad|slug}"
    alike = [row.replace("Con", "Sin") for row in rows]
    alike = [row[:-1] + str(at % 10) for at, row in enumerate(alike)]
    path = table(tmp_path / "alike.csv", "año,mes,cve_mun,delito,modalidad,total", *alike)
    assert read(path).source is None


def test_a_total_is_not_counted_beside_its_parts(tmp_path: Path) -> None:
    rows = [f"2024,{m},91001,{m},{m + 1},{2 * m + 1}" for m in range(1, 13)]
    path = table(tmp_path / "cifras.csv", "año,mes,cve_mun,homicidio,secuestro,total", *rows)
    (item,) = read(path).source.spec["counts"]  # type: ignore[union-attr,misc]
    assert sorted(item["records"]) == ["homicidio", "secuestro"]


def test_a_state_that_no_column_names_is_found_only_where_it_is_clear(tmp_path: Path) -> None:
    def made(state: str) -> Path:
        names = [name for code, _state, name in PLACES if code.startswith(state)]
        return table(
            tmp_path / "hechos.csv", "folio,fecha,municipio,delito",
            *(f"E{n},{1 + n % 28:02d}/03/2024,{names[n % len(names)]},Robo" for n in range(60)),
        )  # fmt: skip

    found = read(made("92"))
    (item,) = found.source.spec["incidents"]  # type: ignore[union-attr,misc]
    assert item["place"] == {"state": {"value": "Cerro Pardo"}, "municipality": "municipio"}
    # Two states have municipalities of these names: nothing tells which one is meant.
    found = read(made("91"))
    assert "incidents" not in found.source.spec  # type: ignore[union-attr]
    assert any("--state" in note for note in found.notes)
    told = Told(agency="SSP", legal_basis="x", obtained="x", state="Altamar")
    (item,) = read(made("91"), told).source.spec["incidents"]  # type: ignore[union-attr,misc]
    assert item["place"]["state"] == {"value": "Altamar"}


def test_criminal_intelligence_is_never_guessed(tmp_path: Path) -> None:
    made = strange(tmp_path, "people", 1)
    told = Told(
        agency="X", legal_basis="x", obtained="x", record_class="criminal_intelligence"
    )  # fmt: skip
    found = read(made.path, told)
    assert found.source is None
    assert any("28 CFR 23.20" in text for text in found.lacking)


# -- what the mapping language gained for it --------------------------------------------------

HEAD = """
name: made_up
title: Made up
agency: NOBODY
country: mx
record_class: fact
legal_basis: a made-up law
obtained: made up
file: {pattern: "*.csv"}
"""


def counted(tmp_path: Path, mapping: str, header: str, *rows: str) -> list[dict[str, Any]]:
    path = table(tmp_path / "x.csv", header, *rows)
    source = parse_mapping(HEAD + mapping, "x.yaml")
    (file,) = source.find(path)
    context = LoadContext(
        info=source.info, file=file, today=date(2026, 3, 1), gazetteer=gazetteer()
    )
    return [
        dict(row)
        for item in source.read(file, context)
        if isinstance(item, Batch)
        for row in item.rows
    ]


def test_codes_lose_no_zero_and_amounts_no_digit(tmp_path: Path) -> None:
    mapping = """
counts:
  place: "{ent|pad2}{mun|pad3}"
  month: "{anio}-01"
  record: "{delito|slug}"
  count: "{casos|amount}"
"""
    (row,) = counted(
        tmp_path, mapping, "ent;mun;anio;delito;casos".replace(";", ","),
        '9,7,2024,Robo a Casa-Habitación,"$1,204 casos"',
    )  # fmt: skip
    assert row == {
        "place": "09007",
        "month": "2024-01",
        "record": "robo_a_casa_habitacion",
        "count": 1204,
    }


def test_a_state_alone_and_a_state_of_the_whole_file_are_places(tmp_path: Path) -> None:
    mapping = """
counts:
  - {place: {state: ent}, month: "{anio}-01", record: {value: a}, count: {column: n}}
  - place: {state: {value: Altamar}, municipality: mun}
    month: "{anio}-01"
    record: {value: b}
    count: {column: n}
"""
    rows = counted(tmp_path, mapping, "ent,mun,anio,n", "Cerro Pardo,Coradales,2024,4")
    assert {(row["record"], row["place"]) for row in rows} == {("a", "92000"), ("b", "91002")}
