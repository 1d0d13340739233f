"""A stranger's file is read for what it is; what is not sure is left alone and named."""

from __future__ import annotations

import csv
import json
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from puente.errors import InvalidData
from puente.ingest.guess import Told, guess_mapping, masked, pattern_of, source_name
from puente.ingest.load import load_file
from puente.ingest.source import Limits
from puente.model.places import Gazetteer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from puente.store.lake import Lake

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOLD = Told(agency="SSP", legal_basis="made up", obtained="made up")
PLACES = (("Altamar", "Jaraluco", "91001"), ("Altamar", "Coradales", "91021"),
          ("Cerro Pardo", "Yuremingo", "92012"),
          ("Tierra Honda", "San Varunona", "94067"))  # fmt: skip
GIVEN = ("María Elena", "José Luis", "Ana Laura", "Pedro", "Hugo", "Rosa Isela")
SURNAMES = ("Zavala", "Quiroz", "Trejo", "Uribe", "Varela", "Olvera", "Ponce", "Robles")
CRIMES = ("Robo a casa habitación", "Lesiones dolosas", "Homicidio doloso", "Extorsión")


def gazetteer() -> Gazetteer:
    return Gazetteer(
        {
            "place": code, "name": name, "state": code[:2], "state_name": state, "valid_from": "",
            "valid_to": "", "latitude": None, "longitude": None, "crosswalk": "made_up",
        }
        for state, name, code in PLACES
    )  # fmt: skip


def day(rng: random.Random, form: str) -> str:
    year, month, date = 2024, rng.randint(1, 12), rng.randint(1, 28)
    return form.format(y=year, m=month, d=date)


def value(kind: str, rng: random.Random, number: int, place: tuple[str, ...], form: str) -> str:
    """Return a made-up value of a kind."""
    made: dict[str, Callable[[], str]] = {
        "record_id": lambda: f"EXP-{number:05d}",
        "event_date": lambda: day(rng, form),
        "birth_date": lambda: day(rng, form).replace("2024", str(rng.randint(1950, 2004))),
        "time": lambda: f"{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}",
        "state": lambda: place[0],
        "municipality": lambda: place[1],
        "cvegeo": lambda: place[2],
        "category": lambda: CRIMES[number // 16 % 4],
        "given": lambda: rng.choice(GIVEN),
        "paternal": lambda: rng.choice(SURNAMES),
        "maternal": lambda: rng.choice(SURNAMES),
        "sex": lambda: rng.choice(("HOMBRE", "MUJER")),
        "plate": lambda: f"{rng.choice('ABCDEFGH')}{rng.choice('XYZ')}K{rng.randint(100, 999)}A",
        "vin": lambda: "1HGCM82633A" + f"{rng.randint(0, 999999):06d}",
        "make": lambda: rng.choice(("NISSAN", "FORD", "CHEVROLET")),
        "firm_name": lambda: f"{rng.choice(SURNAMES)} y Asociados {number}, S.A. de C.V.",
        "percent": lambda: rng.choice(("50", "25.5", "100", "33.33")),
        "latitude": lambda: f"{19 + rng.random():.5f}",
        "longitude": lambda: f"-{99 + rng.random():.5f}",
        "count": lambda: str(rng.randint(0, 40)),
        "year": lambda: str(2023 + number // 64),
        "month": lambda: ("Enero", "Febrero", "Marzo", "Abril")[number // 4 % 4],
        "camera": lambda: f"CAM-{rng.randint(1, 30):03d}",
    }
    return made[kind]()


INCIDENTS = ("record_id", "event_date", "time", "state", "municipality", "category")
THEFTS = ("record_id", "event_date", "cvegeo", "plate", "vin", "make")
DETAINED = ("record_id", "event_date", "state", "municipality", "given", "paternal", "maternal",
            "birth_date", "sex")  # fmt: skip
COUNTS = ("year", "month", "cvegeo", "category", "count")
HOLDINGS = ("record_id", "firm_name", "given", "paternal", "maternal", "percent")
READS = ("record_id", "event_date", "time", "plate", "camera", "latitude", "longitude")

LAYOUTS: dict[str, tuple[Sequence[str], dict[str, str], str, dict[str, Any]]] = {
    "incidents": (INCIDENTS, {
        "record_id": "Folio", "event_date": "Fecha del hecho", "time": "Hora", "state": "Entidad",
        "municipality": "Municipio", "category": "Delito"}, "incident", {}),
    "incidents in capitals, semicolons, titles": (INCIDENTS, {
        "record_id": "NO_EXPEDIENTE", "event_date": "FECHA_HECHO", "time": "HORA_HECHO",
        "state": "ENTIDAD_FEDERATIVA", "municipality": "NOM_MUN", "category": "TIPO_DELITO"},
        "incident", {"delimiter": ";", "encoding": "cp1252", "titles": 3}),
    "incidents in English, month first": (INCIDENTS, {
        "record_id": "Incident Number", "event_date": "Incident Date", "time": "Incident Time",
        "state": "State", "municipality": "Municipality", "category": "Offense"},
        "incident", {"form": "{m:02d}/{d:02d}/{y}", "day_first": False}),
    "incidents, dates ISO, tabs": (INCIDENTS, {
        "record_id": "id_incidente", "event_date": "fecha_ocurrencia", "time": "hora_ocurrencia",
        "state": "estado", "municipality": "municipio_hecho", "category": "delito"},
        "incident", {"delimiter": "\t", "form": "{y}-{m:02d}-{d:02d}", "day_first": None}),
    "stolen vehicles": (THEFTS, {
        "record_id": "Averiguación", "event_date": "Fecha de robo", "cvegeo": "Cve. Mun.",
        "plate": "Placas", "vin": "No. de serie (NIV)", "make": "Marca"}, "theft", {}),
    "stolen vehicles, old code page": (THEFTS, {
        "record_id": "FOLIO_REPORTE", "event_date": "FECHA_ROBO", "cvegeo": "CVEGEO",
        "plate": "PLACA", "vin": "NIV", "make": "MARCA_VEHICULO"}, "theft",
        {"encoding": "cp1252", "delimiter": "|"}),
    "detentions": (DETAINED, {
        "record_id": "Registro de detención", "event_date": "Fecha de detención", "state": "Estado",
        "municipality": "Municipio", "given": "Nombre del detenido",
        "paternal": "Apellido paterno del detenido", "maternal": "Apellido materno del detenido",
        "birth_date": "Fecha de nacimiento del detenido", "sex": "Sexo del detenido"},
        "detention", {}),
    "counts": (COUNTS, {
        "year": "Año", "month": "Mes", "cvegeo": "Clave municipio", "category": "Delito",
        "count": "Total"}, "counts", {"encoding": "cp1252"}),
    "shareholders": (HOLDINGS, {
        "record_id": "Folio mercantil", "firm_name": "Denominación social",
        "given": "Nombre del socio", "paternal": "Apellido paterno del socio",
        "maternal": "Apellido materno del socio", "percent": "Porcentaje"}, "shareholders", {}),
    "plates read": (READS, {
        "record_id": "id_lectura", "event_date": "fecha", "time": "hora", "plate": "placa",
        "camera": "camara", "latitude": "latitud", "longitude": "longitud"}, "plate_read",
        {"form": "{y}-{m:02d}-{d:02d}", "day_first": None}),
    "plates read in English": (READS, {
        "record_id": "Read ID", "event_date": "Read Date", "time": "Read Time",
        "plate": "License Plate", "camera": "Camera ID", "latitude": "Latitude",
        "longitude": "Longitude"}, "plate_read", {"form": "{m}/{d}/{y}", "day_first": False}),
    "counts in English": (COUNTS, {
        "year": "Year", "month": "Month", "cvegeo": "Municipality Code", "category": "Crime",
        "count": "Count"}, "counts", {"delimiter": ";"}),
}  # fmt: skip
ROWS = 120


def write(folder: Path, layout: str, seed: int = 5) -> Path:
    kinds, headers, _kind, how = LAYOUTS[layout]
    rng = random.Random(f"{layout} {seed}")
    columns = list(kinds)
    rng.shuffle(columns)
    path = folder / f"entrega_{layout.split(',')[0].replace(' ', '_')}_2024-05.csv"
    with path.open("w", encoding=how.get("encoding", "utf-8"), newline="") as handle:
        writer = csv.writer(handle, delimiter=how.get("delimiter", ","))
        for title in range(how.get("titles", 0)):
            writer.writerow([f"Título {title} de la entrega"] + [""] * (len(columns) - 1))
        writer.writerow([headers[kind] for kind in columns])
        for number in range(ROWS):
            # Figures have one row for each place, month and crime.
            place = PLACES[number % 4] if "count" in kinds else rng.choice(PLACES)
            form = how.get("form", "{d:02d}/{m:02d}/{y}")
            writer.writerow([value(kind, rng, number, place, form) for kind in columns])
    return path


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_strangers_layout_is_read_for_what_it_is_and_every_row_loads(
    layout: str, tmp_path: Path, lake: Lake
) -> None:
    kinds, headers, kind, how = LAYOUTS[layout]
    path = write(tmp_path, layout)
    found = guess_mapping(path, TOLD, gazetteer(), Limits())
    assert found.shape.kind == kind, found.shape.why
    assert found.lacking == ()
    assert found.order.day_first == how.get("day_first", True if "date" in str(kinds) else None)
    told = {column.name: column.field.split(" ")[0] for column in found.columns}
    wrong = {headers[k]: told[headers[k]] for k in kinds if told[headers[k]] not in {k, ""}}
    alike = {"record_id": {"some_id", "registration"}, "event_date": {"date", "record_date"}}
    assert {c: f for c, f in wrong.items() if f not in alike.get(_kind_of(headers, c), ())} == {}
    sure = {"event_date", "cvegeo", "municipality", "plate", "vin", "count", "percent"}
    assert [headers[k] for k in kinds if k in sure and not told[headers[k]]] == []
    assert found.source is not None
    report = load_file(found.source, found.source.find(path)[0], lake, now=NOW)
    assert (report.rows, report.rejected) == (ROWS, 0), dict(report.reasons)


def _kind_of(headers: dict[str, str], column: str) -> str:
    return next(kind for kind, header in headers.items() if header == column)


def test_nine_columns_in_ten_are_taken_for_what_they_are(tmp_path: Path) -> None:
    right = total = 0
    for layout, (kinds, headers, _kind, _how) in LAYOUTS.items():
        for seed in range(3):
            found = guess_mapping(write(tmp_path, layout, seed), TOLD, gazetteer(), Limits())
            told = {column.name: column.field.split(" ")[0] for column in found.columns}
            right += sum(told[headers[kind]] == kind for kind in kinds)
            total += len(kinds)
    assert right / total >= 0.9, f"{right} of {total}"


def test_dates_that_can_be_read_both_ways_are_asked_and_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "incidentes.csv"
    rows = [f"E{n},0{1 + n % 9}/0{1 + (n * 5) % 9}/2024,91001,Robo" for n in range(60)]
    path.write_text("folio,fecha,cvegeo,delito\n" + "\n".join(rows) + "\n")
    found = guess_mapping(path, TOLD, gazetteer(), Limits())
    assert found.source is None
    assert "--day-first" in "; ".join(found.lacking)
    asked = Told(agency="SSP", legal_basis="x", obtained="y", day_first=True)
    assert guess_mapping(path, asked, gazetteer(), Limits()).source is not None


def test_what_only_the_holder_knows_is_never_made_up(tmp_path: Path) -> None:
    path = write(tmp_path, "incidents")
    found = guess_mapping(path, Told(), gazetteer(), Limits())
    assert found.source is None
    asked = "; ".join(found.lacking)
    assert all(option in asked for option in ("--agency", "--legal-basis", "--obtained"))


def test_victims_whom_a_file_names_are_no_suspects(tmp_path: Path) -> None:
    path = tmp_path / "incidentes.csv"
    rows = [
        f"E{n},{1 + n % 28:02d}/03/2024,91001,Robo,{GIVEN[n % 6]} {SURNAMES[n % 8]}"
        for n in range(60)
    ]
    path.write_text(
        "folio,fecha,cvegeo,delito,nombre de la víctima\n" + "\n".join(rows), encoding="utf-8"
    )
    found = guess_mapping(path, TOLD, gazetteer(), Limits())
    assert found.source is not None
    people = [item for item in found.source.spec["entities"] if item["schema"] == "Person"]  # type: ignore[attr-defined]
    assert [item["standing"] for item in people] == ["non_suspect"]


def test_no_personal_value_is_shown_unless_asked(tmp_path: Path) -> None:
    found = guess_mapping(write(tmp_path, "detentions"), TOLD, gazetteer(), Limits())
    told = json.dumps(found.as_json()["columns"], ensure_ascii=False)
    assert not any(name in told for name in (*SURNAMES, *GIVEN))
    assert any(name in json.dumps(found.as_json(show=True), ensure_ascii=False) for name in GIVEN)
    assert masked("Ñandú 12-b") == "Aaaaa 99-a"


def test_the_next_delivery_fits_the_pattern_of_the_first(tmp_path: Path) -> None:
    assert pattern_of(tmp_path / "partes_2024-03.csv") == "partes_*.csv"
    assert pattern_of(tmp_path / "a[1].csv") == "a[[]*].csv"
    assert source_name(tmp_path / "Partes de Novedades 2024.csv") == "partes_de_novedades"
    with pytest.raises(InvalidData, match="--source"):
        source_name(tmp_path / "2024-03.csv")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"just a text\nwithout columns\n", "delimiter"),
        (b"%PDF-1.7 nothing", "PDF"),
        (b"folio,fecha,delito,delito\n" + b"1,2024-01-02,robo,robo\n" * 9, "twice"),
        (b"PAR1 and no more", "Parquet"),
        (b"PK\x03\x04 and no more", "damaged"),
    ],
)
def test_what_holds_no_table_is_refused_with_the_files_name(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "something.csv"
    path.write_bytes(content)
    with pytest.raises(InvalidData, match=reason) as refused:
        guess_mapping(path, TOLD, gazetteer(), Limits())
    assert refused.value.file == path
