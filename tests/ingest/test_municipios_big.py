"""The compiled files: labels before keys, two registers kept apart, nothing folded that differs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from puente.errors import InvalidData
from puente.ingest.sources.municipios_big import DEATHS, SOURCES
from puente.model.places import Gazetteer

from .conftest import Read

if TYPE_CHECKING:
    from pathlib import Path

PLACES = Gazetteer(
    [
        {"place": "02004", "name": "Tijuana"},
        {"place": "15020", "name": "Coacalco de Berriozábal"},
        {"place": "20318", "name": "San Pedro Mixtepec"},
        {"place": "21010", "name": "San Salvador el Verde Grande"},
        {"place": "21011", "name": "San Salvador el Verde Chico"},
    ]
)
HOMICIDE, WITHOUT = "Intentional Homicide", "Car Robbery without Violence"


def row(count: object, tipo: str | None = HOMICIDE, **more: object) -> dict[str, object]:
    held = {"date": "2011-01-01", "tipo": tipo, "name": "TIJUANA, BC", "count": count, "rate": 1}
    return {key: value for key, value in {**held, **more}.items() if value is not ...}


def told(tmp_path: Path, tables: object, places: Gazetteer = PLACES) -> Read:
    path = tmp_path / "municipios_big.json"
    path.write_text(json.dumps(tables), encoding="utf-8")
    (file,) = SOURCES[0].find(tmp_path)
    return Read(SOURCES[0], file, places)


def counts(found: Read) -> dict[tuple[str, str, str], int | None]:
    rows: list[Any] = found.tables["counts"]
    held = {(r["place"], r["month"], r["record"]): r["count"] for r in rows}
    assert len(held) == len(rows), "one cell twice"
    return held


def test_the_label_of_a_row_is_read_where_its_key_says_another_thing(tmp_path: Path) -> None:
    found = told(tmp_path, {"rvcv": [row(9, WITHOUT)], "rvsv": [row(3, ..., date="2011-02-01")]})
    assert counts(found) == {
        ("02004", "2011-01", "cieisp_robo_de_vehiculo_sin_violencia"): 9,
        ("02004", "2011-02", "cieisp_robo_de_vehiculo_sin_violencia"): 3,
    }
    assert found.facts[f"rows of rvcv whose label says {WITHOUT}"] == 1
    assert found.facts["rows without a label"] == 1


def test_the_second_list_of_homicides_is_the_civil_registry_and_no_copy(tmp_path: Path) -> None:
    files = [row(51), row(40, date="2011-02-01"), row(7, date="2015-01-01")]
    codes = {"state_code": 2, "mun_code": 4, "population": 1}
    deaths = [row(65, **codes), row(40, date="2011-02-01"), row(None, date="2015-01-01")]
    found = told(tmp_path, {"hd": [files, deaths]})
    held = counts(found)
    assert held["02004", "2011-01", "cieisp_homicidio_doloso"] == 51
    assert held["02004", "2011-01", DEATHS] == 65
    assert held["02004", "2015-01", DEATHS] is None
    rows: list[Any] = found.tables["counts"]
    assert {r["agency"] for r in rows if r["record"] == DEATHS} == {"INEGI"}
    assert found.facts["months of homicide that they count differently"] == 1
    assert (found.rows, found.rejects) == (6, [])


def test_a_register_that_is_given_twice_is_folded_where_it_agrees_and_rejected_where_not(
    tmp_path: Path,
) -> None:
    first = [row(n, date=f"2011-{n:02d}-01") for n in range(1, 10)]
    second = [*first[:8], row(99, date="2011-09-01")]
    found = told(tmp_path, {"hd": [first, second]})
    assert found.facts["rows given twice, folded"] == 8
    assert [r.line for r in found.rejects] == [18]
    assert "counts 9 there, this one 99" in found.rejects[0].reason
    assert len(counts(found)) == 9


def test_a_name_that_was_cut_finds_its_municipality_only_where_one_alone_begins_so(
    tmp_path: Path,
) -> None:
    found = told(
        tmp_path,
        {
            "ext": [
                row(1, "Extortion", name="COACALCO DE BERRIOZAB, MEX"),
                row(1, "Extortion", name="SAN SALVADOR EL VERDE, PUE"),
                row(1, "Extortion", name="SAN PEDRO, OAX"),
            ]
        },
    )
    assert {place for place, _, _ in counts(found)} == {"15020"}
    assert [r.line for r in found.rejects] == [2, 3]
    assert found.facts["without a code: SAN PEDRO, OAX"] == 1


def test_a_row_that_cannot_be_read_is_rejected_by_its_number(tmp_path: Path) -> None:
    bad = [
        row(1, "Arson"), row(-1), row(1.5), row(True), row("n/a"), row(1, date="soon"),
        row(1, date="2011-13-01"), row(1, name="TIJUANA"), row(1, state_code="2", mun_code=4), [],
    ]  # fmt: skip
    found = told(tmp_path, {"hd": [row(1), *bad, row(2.0, date="2011-02-01")]})
    assert [r.line for r in found.rejects] == list(range(2, 12))
    assert sorted(counts(found).values(), key=str) == [1, 2]


def test_without_any_table_of_places_each_row_says_so(tmp_path: Path) -> None:
    found = told(tmp_path, {"sec": [row(1, "Kidnapping")]}, Gazetteer())
    assert "load a table of places first" in found.rejects[0].reason


def test_a_number_without_end_and_half_a_character_cost_their_rows_alone(tmp_path: Path) -> None:
    path = tmp_path / "municipios_big.json"
    endless = json.dumps(row("COUNT")).replace('"COUNT"', "9" * 5_000)
    halved = json.dumps(row(4, date="2011-03-01", note="\ud800"))
    path.write_text(f'{{"hd": [{json.dumps(row(3))}, {endless}, {halved}]}}', encoding="utf-8")
    found = Read(SOURCES[0], SOURCES[0].find(tmp_path)[0], PLACES)
    assert [r.line for r in found.rejects] == [2, 3]
    assert "half of a character" in found.rejects[1].reason
    assert all(r.raw.encode() for r in found.rejects)
    assert list(counts(found).values()) == [3]


def test_a_month_that_is_a_list_is_rejected_in_either_register(tmp_path: Path) -> None:
    found = told(tmp_path, {"hd": [[row(51), row(1, date=[])], [row(65), row(2, date={})]]})
    assert [r.reason[:11] for r in found.rejects] == ["not a month"] * 2
    assert len(counts(found)) == 2


@pytest.mark.parametrize("text", ["{", "[]", '{"other": []}', '{"hd": 3}', "\x00"])
def test_what_is_not_that_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "municipios_big.json").write_text(text)
    (file,) = SOURCES[0].find(tmp_path)
    with pytest.raises(InvalidData):
        Read(SOURCES[0], file, PLACES)


@pytest.fixture(scope="module")
def real(puente_data: Path) -> dict[str, Read]:
    from puente.ingest.sources.crosswalks import SOURCES as CROSSWALKS
    from puente.ingest.sources.population import SOURCES as POPULATION

    rows: list[Any] = []
    for source in (*POPULATION, *CROSSWALKS):
        for file in source.find(puente_data / "places"):
            rows += Read(source, file).tables.get("places", [])
    places = Gazetteer(rows)
    return {
        source.info.name: Read(source, source.find(puente_data / "sesnsp")[0], places)
        for source in SOURCES
    }


def test_both_files_are_read_whole_and_each_of_their_municipalities_is_found(
    real: dict[str, Read],
) -> None:
    big, second = real["municipios_big"], real["municipios_big2"]
    assert (big.rows, big.rejects, second.rows, second.rejects) == (27524, [], 24900, [])
    assert (big.facts["municipalities joined"], big.facts["last month"]) == (71, 201607)
    assert (second.facts["municipalities joined"], second.facts["last month"]) == (174, 201711)
    assert big.facts["municipalities with all five crimes"] == 71
    assert second.facts["municipalities with all five crimes"] == 0


def test_the_labels_of_the_first_file_agree_with_the_second_and_its_keys_do_not(
    real: dict[str, Read],
) -> None:
    big, second = (counts(real[name]) for name in ("municipios_big", "municipios_big2"))
    for crime in ("con_violencia", "sin_violencia"):
        name = f"cieisp_robo_de_vehiculo_{crime}"
        shared = [key for key in big if key[2] == name and key in second]
        assert len(shared) > 1000
        assert sum(big[key] == second[key] for key in shared) / len(shared) > 0.94


def test_the_second_list_of_homicides_follows_inegi_and_not_the_prosecutors(
    real: dict[str, Read],
) -> None:
    facts = real["municipios_big"].facts
    both = facts["months of homicide in both registers"]
    assert both == 3359
    assert facts["months of homicide that they count differently"] / both > 0.85
    held = counts(real["municipios_big"])
    juarez = {
        record: sum(held["08037", f"2011-{m:02d}", record] or 0 for m in range(1, 13))
        for record in (DEATHS, "cieisp_homicidio_doloso")
    }
    # INEGI registered 2,282 homicides of Juárez in 2011, most of them of that year.
    assert abs(juarez[DEATHS] - 2282) < 0.05 * 2282
    assert juarez["cieisp_homicidio_doloso"] < 0.9 * juarez[DEATHS]
    assert {m for (_, m, r), v in held.items() if r == DEATHS and v is not None} == {
        f"{year}-{month:02d}" for year in range(2011, 2015) for month in range(1, 13)
    }
