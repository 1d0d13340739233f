"""A figure lands in the place that the record means, or is reported as lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puente.errors import InvalidData
from puente.model.places import STATE_NAMES, Gazetteer, place_code, state_code

ROWS = [
    {"place": "20208", "name": "San Juan Mixtepec", "crosswalk": "a"},
    {"place": "20209", "name": "San Juan Mixtepec", "crosswalk": "a"},
    {"place": "20318", "name": "San Pedro Mixtepec", "crosswalk": "a"},
    {"place": "20319", "name": "San Pedro Mixtepec", "crosswalk": "a"},
    {"place": "20043", "name": "Juchitán de Zaragoza", "crosswalk": "a"},
    {"place": "20043", "name": "HEROICA CIUDAD DE JUCHITAN DE ZARAGOZA", "crosswalk": "b"},
    {"place": "25019", "name": "EL DORADO", "crosswalk": "b", "valid_from": "2021-01"},
    {"place": "25006", "name": "Culiacán", "crosswalk": "a", "latitude": 24.8, "longitude": -107.4},
    {"place": "15057", "name": "Naucalpan de Juárez", "crosswalk": "a"},
    {"place": "25999", "name": "No especificado", "crosswalk": "b"},
]


def test_the_32_states_are_found_by_every_form_in_use() -> None:
    assert len(STATE_NAMES) == 32
    forms = {
        "Coahuila de Zaragoza": "05",
        "Edo. Méx.": "15",
        "Estado de México": "15",
        "México": "15",
        "EDOMEX": "15",
        "D.F.": "09",
        "Distrito Federal": "09",
        "CDMX": "09",
        "Michoacán de Ocampo": "16",
        "Q. Roo": "23",
        "MX-SIN": "25",
        "Veracruz de Ignacio de la Llave": "30",
        "N.L.": "19",
        "9": "09",
        "09": "09",
        "SLP": "24",
        "Querétaro de Arteaga": "22",
        "": "",
        "Texas": "",
        "33": "",
    }
    assert {form: state_code(form) for form in forms} == forms


def test_codes_keep_the_zeros_that_spreadsheets_lose() -> None:
    assert place_code("1001") == place_code(" 01 001 ") == place_code("1001.0") == "01001"
    for text in ("33001", "00001", "1", "abc", "", "010011"):
        with pytest.raises(InvalidData):
            place_code(text)


def test_twins_of_oaxaca_are_told_apart_by_their_district_or_not_at_all() -> None:
    found = Gazetteer(ROWS)
    for name, code in (
        ("San Juan Mixtepec Distrito 08", "20208"),
        ("San Juan Mixtepec -Dto. 26 -", "20209"),
        ("San Pedro Mixtepec Distrito 22", "20318"),
        ("SAN PEDRO MIXTEPEC DTO 26", "20319"),
    ):
        assert found.by_name("Oaxaca", name).code == code
    assert found.by_name("Oaxaca", "San Juan Mixtepec").how == "ambiguous"
    assert found.by_name("Oaxaca", "San Juan Mixtepec").code == ""


def test_spelling_is_bridged_and_likeness_is_not() -> None:
    found = Gazetteer(ROWS)
    assert found.by_name("sinaloa", "CULIACAN").code == "25006"
    assert found.by_name("Sinaloa", "Eldorado").how == "spacing"
    assert found.by_name("Oaxaca", "Cd. de Juchitán de Zaragoza").code == "20043"
    assert found.by_name("Edo. Méx.", "Naucalpan de Juarez").code == "15057"
    assert found.by_name("Sinaloa", "Culiacan Rosales").how == "none"
    assert found.by_name("Durango", "Culiacán").how == "none"
    assert found.by_name("Texas", "El Paso").how == "state"


def test_what_is_not_specified_has_a_code_of_its_own() -> None:
    found = Gazetteer(ROWS)
    for name in ("No Especificado", "OTROS MUNICIPIOS", "", "Sin especificar"):
        assert found.by_name("Sinaloa", name).code == "25999"
    assert "25999" not in found


def test_a_code_holds_only_within_its_time() -> None:
    found = Gazetteer(ROWS)
    assert found.by_code("25019", on="2020-12-31") is None
    assert found.by_name("Sinaloa", "El Dorado", on="2020").code == ""
    for day in ("2021", "2021-01", "2021-01-05", "2024-06"):
        assert found.by_name("Sinaloa", "El Dorado", on=day).code == "25019"
    assert found.by_code("25019") is not None
    assert "25019" not in found.codes(on="2019")


def test_states_of_a_made_up_world_are_found_by_the_names_in_its_rows() -> None:
    rows = [{"place": "91001", "name": "Villa Almorora", "state_name": "Altamar"}]
    found = Gazetteer(rows)
    assert found.by_name("ALTAMAR", "villa almorora").code == "91001"
    assert found.by_name("Altamar", "No especificado").code == "91999"
    assert found.state_code("Sinaloa") == "25"
    assert Gazetteer().by_name("Altamar", "Villa Almorora").how == "state"


def test_the_better_spelling_is_shown() -> None:
    place = Gazetteer(ROWS).by_code("20043")
    assert place is not None
    assert place.name == "Juchitán de Zaragoza"
    assert place.state_name == "Oaxaca"


@given(st.permutations(ROWS))
def test_the_order_of_the_rows_changes_nothing(rows: list[dict[str, object]]) -> None:
    one, other = Gazetteer(ROWS), Gazetteer(rows)
    for row in ROWS:
        code, name = str(row["place"]), str(row["name"])
        assert one.by_name(code[:2], name) == other.by_name(code[:2], name)
        assert one.by_code(code) == other.by_code(code)
