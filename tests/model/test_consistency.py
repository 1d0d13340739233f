"""A code that is said to be somebody's is held against what the record says of them."""

from __future__ import annotations

import pytest

from puente.errors import InvalidData
from puente.model.consistency import Consistency, Known, check_curp, check_rfc
from puente.model.ids import curp_check_digit, rfc_check_digit

# RENAPO's own specimen.
SALGADO = Known(
    given="Concepción",
    paternal="Salgado",
    maternal="Briseño",
    birth_date="26/06/1956",
    sex="female",
    state="Distrito Federal",
)


def curp(stem: str) -> str:
    return stem + curp_check_digit(stem)


def rfc(stem: str) -> str:
    return stem + rfc_check_digit(stem + "0")


def verdicts(found: Consistency) -> dict[str, str]:
    return {part.name: part.verdict for part in found.parts}


def test_the_specimen_agrees_in_every_part() -> None:
    found = check_curp("SABC560626MDFLRN01", SALGADO)
    assert set(verdicts(found).values()) == {"agrees"}
    assert found.verdict == "agrees"


@pytest.mark.parametrize(
    ("change", "part"),
    [({"birth_date": "1956-06-27"}, "birth_date"), ({"sex": "male"}, "sex"),
     ({"state": "Sinaloa"}, "state"), ({"paternal": "Soto"}, "paternal"),
     ({"maternal": "Cruz"}, "maternal"), ({"given": "Lucía"}, "given")],
)  # fmt: skip
def test_each_wrong_fact_is_named_and_no_other(change: dict[str, str], part: str) -> None:
    from dataclasses import replace

    found = check_curp("SABC560626MDFLRN01", replace(SALGADO, **change))
    assert found.disagreeing == (part,)
    wrong = next(p for p in found.parts if p.name == part)
    assert wrong.expected
    assert wrong.found
    assert wrong.expected != wrong.found


def test_what_the_record_does_not_say_is_unknown_and_not_held_against_anyone() -> None:
    found = check_curp("SABC560626MDFLRN01", Known(birth_date="1956"))
    assert verdicts(found)["paternal"] == verdicts(found)["sex"] == "unknown"
    assert found.agreeing == ("form", "birth_date")
    assert check_curp("SABC56", SALGADO).verdict == "unknown"


def test_maria_and_jose_give_way_to_the_second_name() -> None:
    known = Known(given="María Gloria", paternal="Hernández", maternal="García")
    found = check_curp("HEGG560427MVZRRL04", known)
    assert verdicts(found)["given"] == "agrees"
    assert "MARIA gives way" in next(p.why for p in found.parts if p.name == "given")
    alone = Known(given="María", paternal="Hernández", maternal="García")
    assert verdicts(check_curp(curp("HEGM560427MVZRRR0"), alone))["given"] == "agrees"


def test_particles_are_left_out_of_surnames() -> None:
    known = Known(given="Ana", paternal="de la Cruz", maternal="del Río")
    assert verdicts(check_curp(curp("CURA560427MVZRXN0"), known))["paternal"] == "agrees"
    assert verdicts(check_curp(curp("CURA560427MVZRXN0"), known))["maternal"] == "agrees"


def test_an_enye_is_an_x_also_where_an_english_list_lost_its_tilde() -> None:
    known = Known(given="Jorge", paternal="Licón", maternal="Muñoz")
    lost = Known(given="Jorge", paternal="Licon", maternal="Munoz")
    for one in (known, lost):
        assert verdicts(check_curp("LIMJ740517HCHCXR09", one))["maternal"] == "agrees"


def test_a_person_without_a_second_surname_has_x_in_its_place() -> None:
    known = Known(given="Rosa", paternal="Salas", maternal="")
    assert verdicts(check_curp(curp("SAXR560427MVZLXS0"), known))["maternal"] == "agrees"
    assert verdicts(check_rfc(rfc("SARO560427AB"), known))["name"] == "agrees"


def test_an_unfit_word_is_broken_with_x_by_each_register_in_its_own_way() -> None:
    known = Known(given="Omar", paternal="Pérez", maternal="Durán")
    assert verdicts(check_curp(curp("PXDO560427HVZRRM0"), known))["paternal"] == "agrees"
    assert verdicts(check_rfc(rfc("PEDX560427AB"), known))["name"] == "agrees"


def test_a_short_surname_gives_one_letter_to_an_rfc() -> None:
    known = Known(given="Álvaro", paternal="O", maternal="Lozano")
    assert verdicts(check_rfc(rfc("OLAL401201AB"), known))["name"] == "agrees"


def test_an_rfc_without_homoclave_still_tells_the_date() -> None:
    found = check_rfc(
        "AUAM-530929",
        Known(given="Miguel", paternal="Aguilar", maternal="Amao", birth_date="29 Sep 1953"),
    )
    assert verdicts(found) == {"form": "unknown", "name": "agrees", "birth_date": "agrees"}
    assert check_rfc("AUAM-530929", Known(birth_date="1954")).disagreeing == ("birth_date",)


def test_a_firms_rfc_is_held_against_its_day_of_incorporation_only() -> None:
    found = check_rfc("EKU9003173C9", Known(birth_date="17/03/1990"))
    assert verdicts(found) == {"form": "agrees", "birth_date": "agrees"}


def test_a_person_born_abroad_disagrees_with_a_state() -> None:
    stem = curp("SABC560626MNELRN0")
    assert check_curp(stem, Known(state="Sinaloa")).disagreeing == ("state",)
    assert "state" in check_curp(stem, Known(state="NE")).agreeing
    with pytest.raises(InvalidData):
        check_curp(stem, Known(state="Atlantis"))
