"""SESNSP's tables: a blank is no zero, a row is kept or rejected whole, methods stay apart."""

from __future__ import annotations

import csv
import io
import random
import subprocess
import sys
import zipfile
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puente.errors import InvalidData
from puente.ingest.source import Batch, LoadContext, Reject, find_all
from puente.ingest.sources.municipal_feed import SOURCES as FEED
from puente.ingest.sources.sesnsp_cells import STEADY
from puente.ingest.sources.sesnsp_federal import SOURCES as FEDERAL
from puente.ingest.sources.sesnsp_layout import delivered_on, record_of
from puente.ingest.sources.sesnsp_lethal import SOURCES as LETHAL
from puente.ingest.sources.sesnsp_months import CHUNK_ROWS
from puente.ingest.sources.sesnsp_municipal import SOURCES as MUNICIPAL
from puente.ingest.sources.sesnsp_state import SOURCES as STATE
from puente.model.places import STATE_NAMES, Gazetteer

from .conftest import NOW, Read

if TYPE_CHECKING:
    from pathlib import Path

    from puente.ingest.load import Loading
    from puente.ingest.source import Source, SourceFile

MONTHS = (
    "Enero", "Febrero", "Marzo", "Abril", "Mayo", "Junio",
    "Julio", "Agosto", "Septiembre", "Octubre", "Noviembre", "Diciembre",
)  # fmt: skip
CRIME = ("Bien jurídico afectado", "Tipo de delito", "Subtipo de delito", "Modalidad")
STATE_HEAD = ("Año", "Clave_Ent", "Entidad", *CRIME, *MONTHS)
MUNICIPAL_HEAD = ("Año", "Clave_Ent", "Entidad", "Cve. Municipio", "Municipio", *CRIME, *MONTHS)
VICTIMS_HEAD = ("Año", "Clave_Ent", "Entidad", *CRIME, "Sexo", "Rango de edad", *MONTHS)
GUN = ("La vida", "Homicidio", "Homicidio doloso", "Con arma de fuego")
KNIFE = (*GUN[:3], "Con arma blanca")
EXTORTION = ("El patrimonio", "Extorsión", "Extorsión", "Extorsión")
SONORA = ("26", "Sonora")
CAJEME = ("26018", "Cajeme")
PLACES = Gazetteer([{"place": "26018", "name": "Cajeme"}, {"place": "26030", "name": "Hermosillo"}])
SOURCES: tuple[Any, ...] = (*STATE, *MUNICIPAL, *FEDERAL, *FEED)

Rows = list[tuple[object, ...]]


def table(path: Path, head: tuple[str, ...], rows: Rows, encoding: str = "latin-1") -> Path:
    with path.open("w", encoding=encoding, newline="") as handle:
        csv.writer(handle).writerows([head, *rows])
    return path


def one(root: Path) -> tuple[Source, SourceFile]:
    """Return the one file below a folder and the source that knows it."""
    (file,), _ = find_all(root, SOURCES)
    return next(s for s in SOURCES if s.info.name == file.source), file


def state(tmp_path: Path, *rows: tuple[object, ...], name: str = "IDEFC_NM_nov24.csv") -> Any:
    return one(table(tmp_path / name, STATE_HEAD, list(rows)))


def municipal(tmp_path: Path, *rows: tuple[object, ...], name: str = "IDM_NM_nov24.csv") -> Any:
    return one(table(tmp_path / name, MUNICIPAL_HEAD, list(rows)))


def counts(found: Read) -> dict[tuple[object, ...], object]:
    rows = found.tables.get("counts", [])
    held = {(r["place"], r["month"], r["record"]): r["count"] for r in rows}
    assert len(held) == len(rows), "one cell twice"
    return held


# --- what a cell says ---------------------------------------------------------------------------


def test_a_december_that_is_blank_is_missing_and_not_zero(tmp_path: Path, read: type[Read]) -> None:
    found = read(*state(tmp_path, (2024, *SONORA, *GUN, *[0] * 11, "")))
    held = counts(found)
    assert held["26000", "2024-11", "homicidio_doloso.con_arma_de_fuego"] == 0
    assert held["26000", "2024-12", "homicidio_doloso.con_arma_de_fuego"] is None
    assert (found.facts["cells not reported"], found.facts["last month"]) == (1, 202411)


def test_thousands_spaces_and_decimals_of_zero_are_read(tmp_path: Path, read: type[Read]) -> None:
    cells = ("1,119", " 7 ", "4.0", "", "  ", "0", *[1] * 6)
    held = counts(read(*state(tmp_path, (2020, *SONORA, *EXTORTION, *cells))))
    assert [held["26000", f"2020-0{m}", "extorsion"] for m in range(1, 7)] == [
        1119, 7, 4, None, None, 0,
    ]  # fmt: skip


def test_a_row_that_cannot_be_read_is_rejected_whole_by_its_line(
    tmp_path: Path, read: type[Read]
) -> None:
    good = (*SONORA, *GUN, *range(12))
    bad: Rows = [
        ("MMXX", *good),
        (2020, "", *good[1:]),
        (2020, "33", *good[1:]),
        (2020, "25", *good[1:]),
        (2020, *SONORA, *GUN[:2], "", "", *range(12)),
        (2020, *good[:-1], "-1"),
        (2020, *good[:-1], "4.5"),
        (2020, *good[:-2], "n.d.", "1"),
        (2020, *good[:-1], "1000000001"),
        (2021, *good),
    ]
    found = read(*state(tmp_path, (2021, *good), *bad, (2022, *good)))
    assert [r.line for r in found.rejects] == list(range(3, 13))
    for reject, words in zip(
        found.rejects,
        ("not a year: 'MMXX'", "no state: ''", "no state: '33'", "state 25 is not 'Sonora'",
         "no crime is named", "diciembre:", "diciembre:", "noviembre:",
         "more than a month can", "stand on an earlier row"),
        strict=True,
    ):  # fmt: skip
        assert words in reject.reason
    assert found.rows == 12
    assert {month[:4] for _, month, _ in counts(found)} == {"2021", "2022"}


def test_a_file_that_ends_in_the_middle_of_a_row_loses_that_row_alone(
    tmp_path: Path, read: type[Read]
) -> None:
    rows: Rows = [(2020 + n, *SONORA, *EXTORTION, *range(12)) for n in range(2)]
    path = table(tmp_path / "IDEFC_NM_dic21.csv", STATE_HEAD, rows)
    path.write_bytes(path.read_bytes()[:-9])
    found = read(*one(tmp_path))
    assert "the file ends in the middle" in found.rejects[0].reason
    assert len(counts(found)) == 12


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8", "utf-8-sig"])
def test_every_encoding_that_sesnsp_has_used_gives_the_same_counts(
    tmp_path: Path, read: type[Read], encoding: str
) -> None:
    crime = ("El patrimonio", "Robo", "Robo a transeúnte en vía pública", "Con violencia")
    rows: Rows = [(2020, "16", "Michoacán de Ocampo", *crime, *range(12))]
    table(tmp_path / "x.csv", STATE_HEAD, rows, encoding)
    held = counts(read(*one(tmp_path)))
    assert held["16000", "2020-12", "robo_a_transeunte_en_via_publica.con_violencia"] == 11


# --- what a record is called --------------------------------------------------------------------


def test_a_record_is_the_crime_and_after_dots_what_breaks_it_down() -> None:
    assert record_of(GUN[2:]) == "homicidio_doloso.con_arma_de_fuego"
    assert record_of(EXTORTION[2:]) == "extorsion"
    assert record_of(("Feminicidio", "No especificado", "Mujer", "Adultos (18 y más)"), "v_") == (
        "v_feminicidio.no_especificado.mujer.adultos_18_y_mas"
    )
    with pytest.raises(InvalidData):
        record_of(("Homicidio doloso", " - "))


def test_one_crime_under_two_headings_is_neither_added_up_nor_lost_without_a_word(
    tmp_path: Path, read: type[Read]
) -> None:
    other = ("Otro bien", "Otro tipo", *GUN[2:])
    found = read(
        *state(tmp_path, (2020, *SONORA, *GUN, *[1] * 12), (2020, *SONORA, *other, *[9] * 12))
    )
    assert set(counts(found).values()) == {1}
    assert [r.line for r in found.rejects] == [3]


def test_victims_are_no_files_and_bear_sex_and_age(tmp_path: Path, read: type[Read]) -> None:
    rows: Rows = [
        (2020, *SONORA, *GUN, sex, age, *range(12))
        for sex in ("Hombre", "Mujer")
        for age in ("Menores de edad (0-17)", "Adultos (18 y más)")
    ]
    path = table(tmp_path / "IDVFC_NM_dic20.csv", VICTIMS_HEAD, rows)
    source, file = one(path)
    assert (source.info.name, file.published) == ("sesnsp_victims", "2020-12")
    records = {record for _, _, record in counts(read(source, file))}
    assert "victimas_homicidio_doloso.con_arma_de_fuego.mujer.menores_de_edad_0_17" in records
    assert len(records) == 4


# --- the method of 2026 -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "row", "source", "record"),
    [
        (STATE_HEAD, (*SONORA, *GUN), "sesnsp_state_2026", "rnid_homicidio_doloso"),
        (MUNICIPAL_HEAD, (*SONORA, *CAJEME, *GUN), "sesnsp_municipal_2026", "rnid_homicidio"),
        (VICTIMS_HEAD, (*SONORA, *GUN, "Mujer", "x"), "sesnsp_victims_2026", "rnid_victimas_hom"),
        (
            (*MUNICIPAL_HEAD[:9], "Sexo", "Rango de edad", *MONTHS),
            (*SONORA, *CAJEME, *GUN, "Mujer", "30 a 60 años"),
            "sesnsp_municipal_victims_2026",
            "rnid_victimas_hom",
        ),
    ],
)
def test_what_is_counted_by_the_method_of_2026_is_another_source_and_other_records(
    tmp_path: Path, read: type[Read], head: Any, row: Any, source: str, record: str
) -> None:
    table(tmp_path / "datos.csv", head, [(2026, *row, *[3] * 12)])
    known, file = one(tmp_path)
    assert known.info.name == source
    assert all(name.startswith(record) for _, _, name in counts(read(known, file)))


def test_rows_of_the_other_method_are_rejected_and_never_joined(
    tmp_path: Path, read: type[Read]
) -> None:
    row = (*SONORA, *GUN, *[3] * 12)
    found = read(*state(tmp_path, (2025, *row), (2026, *row)))
    assert ["counted by the method of 2026" in r.reason for r in found.rejects] == [True]
    found = read(*state(tmp_path, (2026, *row), (2025, *row), name="IDEFC_NM_nov24.csv"))
    assert found.context.info.name == "sesnsp_state_2026"
    assert [r.line for r in found.rejects] == [3]


def national(year: int, months: int, filling: str, each: int = 4) -> Rows:
    """Return a row for each state and crime: `each` cases a month, then the filling."""
    cells = [*[each] * months, *[filling] * (12 - months)]
    return [
        (year, str(int(code)), name, *crime, *cells)
        for code, name in STATE_NAMES.items()
        for crime in (GUN, KNIFE, EXTORTION)
    ]


def test_zeros_that_fill_the_months_to_come_are_not_reported(
    tmp_path: Path, read: type[Read]
) -> None:
    rows = [*national(2026, 8, "0")]
    found = read(*state(tmp_path, *rows, name="RNID-Delitos_Estatal-2026-ago2026.csv"))
    held = counts(found)
    assert {held[place, "2026-08", name] for place, _, name in held} == {4}
    assert {held[place, "2026-09", name] for place, _, name in held} == {None}
    assert found.facts["zeros of months to come, not reported"] == 4 * 96
    assert found.facts["last month"] == 202608


def test_a_zero_of_a_month_that_was_counted_stays_a_zero(tmp_path: Path, read: type[Read]) -> None:
    rows = national(2024, 12, "")
    rows[5] = (*rows[5][:-12], *[4] * 3, *[0] * 9)
    rows.append((2023, *rows[0][1:-12], *[4] * 2, *[0] * 10))
    held = counts(read(*state(tmp_path, *rows)))
    assert None not in held.values()
    assert list(held.values()).count(0) == 19


def test_a_few_zeros_at_the_end_of_a_small_table_are_none_and_not_missing(
    tmp_path: Path, read: type[Read]
) -> None:
    held = counts(read(*state(tmp_path, (2020, *SONORA, *EXTORTION, *[2] * 9, *[0] * 3))))
    assert held["26000", "2020-12", "extorsion"] == 0


# --- municipalities -----------------------------------------------------------------------------


def test_codes_keep_their_zeros_and_say_which_the_gazetteer_lacks(
    tmp_path: Path, read: type[Read]
) -> None:
    found = read(
        *municipal(
            tmp_path,
            (2020, *SONORA, *CAJEME, *GUN, *range(12)),
            (2020, *SONORA, "30", "Hermosillo", *GUN, *range(12)),
            (2020, "1", "Aguascalientes", "1001", "Aguascalientes", *GUN, *range(12)),
            (2020, *SONORA, "1001", "Aguascalientes", *GUN, *range(12)),
            (2020, *SONORA, "26000", "Sonora", *GUN, *range(12)),
            (2020, *SONORA, "", "Cajeme", *KNIFE, *range(12)),
        ),
        PLACES,
    )
    assert {place for place, _, _ in counts(found)} == {"26018", "26030", "01001"}
    assert found.facts["municipalities joined"] == 2
    assert found.facts["not in the gazetteer: 01001 Aguascalientes, Aguascalientes"] == 1
    assert [r.reason for r in found.rejects] == [
        "the municipality 1001 is not of state 26",
        "the code 26000 is a whole state's and not a municipality's",
        "no municipality code: ''",
    ]


def test_what_names_no_municipality_is_one_figure_of_its_state(
    tmp_path: Path, read: type[Read]
) -> None:
    found = read(
        *municipal(
            tmp_path,
            (2020, *SONORA, "26998", "Otros Municipios", *GUN, 5, "", *[0] * 10),
            (2020, *SONORA, *CAJEME, *GUN, *[1] * 12),
            (2020, *SONORA, "26999", "No Especificado", *GUN, 2, "", "", *[0] * 9),
            (2020, *SONORA, "26999", "No Especificado", *GUN, *[7] * 12),
        ),
        PLACES,
    )
    held = counts(found)
    name = "homicidio_doloso.con_arma_de_fuego"
    assert [held["26999", f"2020-0{m}", name] for m in (1, 2, 3, 4)] == [7, None, None, 0]
    assert not any(place == "26998" for place, _, _ in held)
    assert [r.line for r in found.rejects] == [5]
    assert (found.facts["rows without a municipality"], found.facts["municipalities"]) == (2, 1)


def test_a_packed_delivery_is_read_and_errors_name_the_archive(
    tmp_path: Path, read: type[Read]
) -> None:
    rows: Rows = [(2026, *SONORA, *CAJEME, *GUN, *range(12)), (2026, *SONORA, *CAJEME, "x")]
    plain = table(tmp_path / "x.txt", MUNICIPAL_HEAD, rows)
    path = tmp_path / "RNID-Delitos_Municipal-2026-ago2026.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(plain, "RNID-Delitos_Municipal-2026-ago2026.csv")
    source, file = one(tmp_path)
    assert (source.info.name, file.published) == ("sesnsp_municipal_2026", "2026-08")
    found = read(source, file, PLACES)
    assert (len(counts(found)), [r.line for r in found.rejects]) == (12, [3])
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(InvalidData, match=r"ago2026\.zip"):
        read(source, file, PLACES)
    assert source.find(tmp_path) == []


# --- any table ----------------------------------------------------------------------------------

CELL = st.one_of(st.none(), st.integers(0, 5000), st.just(0), st.just(10**9))


def written(value: int | None) -> str:
    return "" if value is None else f"{value:,}" if value % 3 else str(value)


@settings(max_examples=40, deadline=None)
@given(
    cells=st.dictionaries(
        st.tuples(
            st.integers(2015, 2025),
            st.sampled_from(["26018", "26030", "26998"]),
            st.sampled_from([GUN, KNIFE, EXTORTION]),
        ),
        st.lists(CELL, min_size=12, max_size=12),
        max_size=30,
    ),
    seed=st.integers(0, 99),
)
def test_any_table_gives_back_its_cells_whatever_the_order_of_its_rows(
    tmp_path_factory: pytest.TempPathFactory,
    cells: dict[tuple[int, str, tuple[str, ...]], list[int | None]],
    seed: int,
) -> None:
    rows: Rows = [
        (year, *SONORA, place, "x", *crime, *map(written, values))
        for (year, place, crime), values in cells.items()
    ]
    random.Random(seed).shuffle(rows)
    folder = tmp_path_factory.mktemp("any")
    table(folder / "IDM_NM_dic25.csv", MUNICIPAL_HEAD, rows)
    found = Read(MUNICIPAL[0], MUNICIPAL[0].find(folder)[0], PLACES)
    assert found.rejects == []
    expected = {
        (place.replace("998", "999"), f"{year}-{month:02d}", record_of(crime[2:])): value
        for (year, place, crime), values in cells.items()
        for month, value in enumerate(values, start=1)
    }
    cases = Counter({month: 0 for _, month, _ in expected})
    for (_, month, _), value in expected.items():
        cases[month] += value or 0
    counted = sorted(month for month, number in cases.items() if number)
    if counted and cases.total() >= STEADY * len(counted):
        # Zeros after the last month that counts anything are the publisher's filling.
        expected = {key: None if key[1] > counted[-1] else value for key, value in expected.items()}
    assert counts(found) == expected


def test_a_table_longer_than_a_chunk_is_read_as_one(tmp_path: Path, read: type[Read]) -> None:
    rows: Rows = [
        (2015 + n % 7, *SONORA, *CAJEME, "x", "x", f"Delito {n // 7}", "Robo", *[n % 50] * 12)
        for n in range(CHUNK_ROWS + 500)
    ]
    rows[CHUNK_ROWS + 7] = rows[3]
    rows[CHUNK_ROWS + 9] = (*rows[4][:-1], "x")
    found = read(*municipal(tmp_path, *rows), PLACES)
    assert [r.line for r in found.rejects] == [CHUNK_ROWS + 9, CHUNK_ROWS + 11]
    assert len(counts(found)) == (len(rows) - 2) * 12


def test_a_column_too_few_or_twice_is_refused_by_name(tmp_path: Path, read: type[Read]) -> None:
    source, file = state(tmp_path, (2020, *SONORA, *GUN, *range(12)))
    text = file.path.read_text("latin-1")
    for head, words in (
        (text.replace("Modalidad", "Modo"), "no column 'modalidad'"),
        (text.replace("Febrero", "Enero"), "names Enero twice"),
    ):
        file.path.write_text(head, "latin-1")
        assert source.find(tmp_path) == []
        with pytest.raises(InvalidData, match=words):
            read(source, file)


# --- deliveries ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("IDM_NM_ago25.csv", "2025-08"),
        ("Municipal-Delitos-2015-2025_jul2026.csv", "2026-07"),
        ("RNID-Delitos_Estatal-2026-sep2026.csv", "2026-09"),
        ("state_all_crimes_to_2020-10_earlier_revision.csv", "2020-10"),
        ("2025-01-20/IDEFC_NM_dic24.csv", "2025-01-20"),
        ("state_all_crimes_2015_2024.csv", "2024-03"),
        ("datos.csv", "2024-03"),
    ],
)
def test_a_delivery_is_dated_by_its_name_or_by_the_last_month_it_counts(
    tmp_path: Path, name: str, published: str
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    table(path, STATE_HEAD, [(2024, *SONORA, *GUN, 1, 0, 5, *[0] * 3, *[""] * 6)])
    assert delivered_on(path) == published


def test_a_revision_is_counted_and_the_older_figure_is_kept(
    tmp_path: Path, loading: Loading
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    old = (2024, *SONORA, *EXTORTION, 5, 6, 7, *[""] * 9)
    new = (2024, *SONORA, *EXTORTION, 5, 9, "", 1, *[""] * 8)
    table(folder / "IDEFC_NM_mar24.csv", STATE_HEAD, [old])
    table(folder / "IDEFC_NM_abr24.csv", STATE_HEAD, [new])
    facts = [loading.load(STATE[0], file).facts for file in STATE[0].find(folder)]
    assert {k: v for k, v in facts[1].items() if k.endswith("2024-03")} == {
        "cells revised since 2024-03": 1,
        "cells first reported since 2024-03": 1,
        "cells withdrawn since 2024-03": 1,
    }
    with loading.lake.begin_build(now=NOW) as build:
        rows = pq.read_table(build.path / "counts.parquet").to_pylist()
    told = {(r["month"], r["count"], r["current"]) for r in rows if r["month"] <= "2024-03"}
    assert told == {
        ("2024-01", 5, False), ("2024-01", 5, True), ("2024-02", 6, False), ("2024-02", 9, True),
        ("2024-03", 7, False), ("2024-03", None, True),
    }  # fmt: skip


# --- the real files -----------------------------------------------------------------------------


@dataclass
class Real:
    """What a source said of a real file; its counts as one table."""

    rows: int
    rejects: list[Reject]
    facts: dict[str, int]
    counts: pa.Table

    def total(self, record: str, **where: str) -> int:
        """Return the cases of a record and its parts, in the cells that are asked for."""
        names = self.counts["record"]
        kept = pc.or_(pc.equal(names, record), pc.starts_with(names, f"{record}."))
        for column, value in where.items():
            kept = pc.and_(kept, pc.equal(self.counts[column], value))
        return pc.sum(self.counts.filter(kept)["count"]).as_py()


@pytest.fixture(scope="module")
def real(puente_data: Path) -> dict[str, Real]:
    files, _ = find_all(puente_data / "sesnsp", SOURCES)
    named = {source.info.name: source for source in SOURCES}
    found = {}
    for file in files:
        source = named[file.source]
        context = LoadContext(info=source.info, file=file, today=NOW.date())
        said = list(source.read(file, context))
        texts = [(column, pa.string()) for column in ("place", "month", "record")]
        schema = pa.schema([*texts, ("count", pa.int64())])
        parts = [
            pa.Table.from_batches([x.rows]).select(schema.names).cast(schema)
            for x in said
            if isinstance(x, Batch)
        ]
        found[file.path.name] = Real(
            rows=context.rows,
            rejects=[x for x in said if isinstance(x, Reject)],
            facts=context.facts,
            counts=pa.concat_tables(parts),
        )
    return found


STATE_FILE = "state_all_crimes_2015_2024.csv"


def plainly(path: Path, encoding: str = "latin-1") -> list[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as handle:
        return list(csv.DictReader(handle))


def test_the_state_file_is_read_whole_and_its_last_december_is_missing(
    real: dict[str, Real], puente_data: Path
) -> None:
    found = real[STATE_FILE]
    assert (found.rows, found.rejects, found.facts["cells not reported"]) == (31360, [], 3136)
    assert (found.facts["first month"], found.facts["last month"]) == (201501, 202411)
    assert (found.facts["states"], found.facts["crimes"]) == (32, 98)
    rows = plainly(puente_data / "sesnsp" / STATE_FILE)
    assert found.facts["cases"] == sum(int(row[m] or 0) for row in rows for m in MONTHS)
    missing = found.counts.filter(pc.is_null(found.counts["count"]))
    assert set(missing["month"].to_pylist()) == {"2024-12"}
    assert len(found.counts) == 12 * len(rows)


def test_vehicle_theft_is_the_sum_of_its_six_parts(
    real: dict[str, Real], puente_data: Path
) -> None:
    found = real[STATE_FILE]
    names = set(found.counts["record"].to_pylist())
    assert sum(name.startswith("robo_de_vehiculo_automotor.") for name in names) == 6
    rows = plainly(puente_data / "sesnsp" / STATE_FILE)
    stolen = [r for r in rows if r["Subtipo de delito"] == "Robo de vehículo automotor"]
    told = sum(int(r["Mayo"]) for r in stolen if r["Año"] == "2023")
    assert found.total("robo_de_vehiculo_automotor", month="2023-05") == told > 10_000


def test_a_revision_of_the_state_file_changed_a_thousand_cells(real: dict[str, Real]) -> None:
    earlier = real["state_all_crimes_to_2020-10_earlier_revision.csv"]
    assert (earlier.rows, earlier.rejects) == (18816, [])
    assert earlier.facts["cells not reported"] == 2 * 3136
    facts = real[STATE_FILE].facts
    assert facts["cells revised since 2020-10"] == 1058
    assert facts["cells first reported since 2020-10"] == 6272
    assert facts["cells withdrawn since 2020-10"] == 0


def test_federal_crimes_keep_what_was_begun_abroad_apart(real: dict[str, Real]) -> None:
    found = real["federal_crimes_2012_2025.csv"]
    assert (found.rows, found.rejects, found.facts["crimes"]) == (13398, [], 30)
    assert (found.facts["rows abroad"], found.facts["states"]) == (406, 32)
    assert (found.facts["last month"], found.facts["cells not reported"]) == (202507, 4950)
    assert found.total("federal_contra_la_salud.comercio", place="01000", month="2012-01") == 13
    assert found.total("federal_otras_leyes_y_codigos", place="00999") > 0


def test_the_defective_table_is_read_as_it_stands_zeros_and_all(real: dict[str, Real]) -> None:
    found = real["municipal_2025_defective_feed.csv"]
    assert (found.rows, found.rejects, found.facts["crimes"]) == (28044, [], 12)
    assert (found.facts["months without a case"], found.facts["last month"]) == (1, 202512)
    assert (found.facts["municipalities"], found.facts["rows without a municipality"]) == (2335, 24)
    assert found.facts["cells not reported"] == 0
    assert found.total("robo", month="2025-12") == 0
    assert found.total("robo", month="2025-06") == 20_583
    assert FEED[0].info.reliability == "E"


def test_the_municipal_homicides_are_files_as_the_state_file_counts_them(
    real: dict[str, Real], puente_data: Path
) -> None:
    """Were they victims, they would be a tenth more."""
    rows = plainly(puente_data / "sesnsp" / "municipal_lethal_violence_2024_2025.csv", "utf-8")
    may = [row for row in rows if (row["Año"], row["Mes"]) == ("2024", "Mayo")]
    municipal = sum(float(row["Homicidio doloso"]) for row in may)
    state = real[STATE_FILE].total("homicidio_doloso", month="2024-05")
    assert abs(municipal - state) < 0.005 * state
    assert "victim" not in LETHAL[0].info.obtained


# --- the size of the whole country --------------------------------------------------------------

BIG = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import resource
from puente.ingest.load import load_file
from puente.ingest.sources.sesnsp_municipal import SOURCES
from puente.store.lake import Lake
root = Path(sys.argv[1])
now = datetime(2026, 3, 1, tzinfo=UTC)
lake = Lake(root / "lake", clock=lambda: now)
(file,) = SOURCES[0].find(root)
report = load_file(SOURCES[0], file, lake, now=now)
print(report.rows, report.rejected, report.facts["cells"], report.facts["cells not reported"],
      resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.deep
def test_ten_years_of_all_municipalities_load_in_bounded_memory(tmp_path: Path) -> None:
    crimes = [
        ("x", "x", f"Delito {n}", "Con violencia" if n % 2 else f"Delito {n}") for n in range(98)
    ]
    rng = random.Random(5)
    lines = [io.StringIO() for _ in crimes]
    for crime, line in zip(crimes, lines, strict=True):
        cells = [int(rng.expovariate(1) ** 3) for _ in range(11)]
        csv.writer(line).writerow([*crime, *cells, ""])
    path = tmp_path / "IDM_NM_nov24.csv"
    with path.open("w", encoding="latin-1", newline="") as handle:
        csv.writer(handle).writerow(MUNICIPAL_HEAD)
        for year in range(2015, 2025):
            for number in range(2478):
                state, code = divmod(number, 78)
                start = (
                    f"{year},{state % 32 + 1},x,{state % 32 + 1}{code + 1:03d},Municipio {number},"
                )
                handle.writelines(start + line.getvalue() for line in lines)
        handle.write("2024,1,x,1001,x,cortada\n")
    said = subprocess.run(
        [sys.executable, "-c", BIG, str(tmp_path)], capture_output=True, text=True, check=True
    ).stdout
    rows, rejected, cells, blank, peak_mb = map(int, said.split())
    assert (rows, rejected) == (2_428_441, 1)
    assert (cells, blank) == (2_428_440 * 12, 2_428_440)
    assert peak_mb <= 1024
