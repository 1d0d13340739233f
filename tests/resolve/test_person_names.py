"""The roles that Spanish naming gives to words, in whatever order a register writes them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puente.resolve.names import given_roots, parse_person

ROLES: list[tuple[str, str, str, str]] = [
    ("GUZMAN LOERA, Joaquin", "JOAQUIN", "GUZMAN", "LOERA"),
    ("Joaquín Guzmán Loera", "JOAQUIN", "GUZMAN", "LOERA"),
    ("Joaquín 'El Chapo' Guzmán Loera", "JOAQUIN", "GUZMAN", "LOERA"),
    ('Ismael "El Mayo" Zambada García', "ISMAEL", "ZAMBADA", "GARCIA"),
    ("ZAMBADA GARCIA, Ismael (a.k.a. EL MAYO)", "ISMAEL", "ZAMBADA", "GARCIA"),
    ("GARCÍA LÓPEZ JOSÉ LUIS", "JOSE LUIS", "GARCIA", "LOPEZ"),
    ("José Luis García López", "JOSE LUIS", "GARCIA", "LOPEZ"),
    ("José Luis García", "JOSE LUIS", "GARCIA", ""),
    ("Juan García López", "JUAN", "GARCIA", "LOPEZ"),
    ("María de la Luz García Hernández", "MARIA LUZ", "GARCIA", "HERNANDEZ"),
    ("Ma. del Carmen Hdez. Glez.", "MARIA CARMEN", "HERNANDEZ", "GONZALEZ"),
    ("Juan de Dios Pérez Cruz", "JUAN DIOS", "PEREZ", "CRUZ"),
    ("Juan de la Cruz", "JUAN", "DE LA CRUZ", ""),
    ("DE LA MADRID HURTADO, Miguel", "MIGUEL", "DE LA MADRID", "HURTADO"),
    ("CRUZ, Juan de la", "JUAN", "DE LA CRUZ", ""),
    ("Jorge Ponce de León Montes de Oca", "JORGE", "PONCE DE LEON", "MONTES DE OCA"),
    ("José Ortega y Gasset", "JOSE", "ORTEGA", "GASSET"),
    ("Lic. Enrique Peña Nieto", "ENRIQUE", "PENA", "NIETO"),
    ("C. Pedro Páramo", "PEDRO", "PARAMO", ""),
    ("Ana María Guadalupe López", "ANA MARIA GUADALUPE", "LOPEZ", ""),
    ("Juan Martín Santos", "JUAN MARTIN", "SANTOS", ""),
    ("Pedro Santiago López", "PEDRO", "SANTIAGO", "LOPEZ"),
    ("PEREZ CRUZ MARIA", "MARIA", "PEREZ", "CRUZ"),
    ("Fco. Javier Mtz. Rdz.", "FRANCISCO JAVIER", "MARTINEZ", "RODRIGUEZ"),
    ("Ludwig van der Berg", "LUDWIG", "VAN DER BERG", ""),
    ("O'Connor, Mary", "MARY", "OCONNOR", ""),
    ("Chuy García", "CHUY", "GARCIA", ""),
    ("Madonna", "", "MADONNA", ""),
    ("Martín", "MARTIN", "", ""),
    ("", "", "", ""),
]


@pytest.mark.parametrize(("text", "own", "paternal", "maternal"), ROLES)
def test_the_roles_of_a_whole_name_are_told(
    text: str, own: str, paternal: str, maternal: str
) -> None:
    name = parse_person(text)
    assert (" ".join(name.given), name.paternal, name.maternal) == (own, paternal, maternal)


def test_surnames_first_and_given_first_are_one_name() -> None:
    orders = {"surnames_first", "given_first"}
    read = [parse_person(t) for t in ("LOPEZ GARCIA, José Luis", "José Luis López García")]
    assert {name.order for name in read} == orders
    assert len({(name.given, name.paternal, name.maternal) for name in read}) == 1


def test_a_husbands_surname_is_neither_surname() -> None:
    for text in ("María Elena Sánchez Pérez de López", "Sánchez Pérez Vda. de López, María Elena"):
        name = parse_person(text)
        assert (name.paternal, name.maternal, name.married) == ("SANCHEZ", "PEREZ", "LOPEZ")


def test_a_generation_is_kept_and_is_no_surname() -> None:
    name = parse_person("KINAHAN JUNIOR, Christopher Vincent")
    assert (name.paternal, name.suffix) == ("KINAHAN", "JR")
    assert parse_person("John Smith Jr.").suffix == "JR"


@pytest.mark.parametrize("nobody", ["XX", "X X X", "DESCONOCIDO", "ND"])
def test_what_clerks_write_for_not_known_is_nobody(nobody: str) -> None:
    name = parse_person(given=nobody, paternal=nobody, maternal=nobody)
    assert (name.given, name.paternal, name.maternal) == ((), "", "")


def test_one_surname_field_may_hold_both() -> None:
    name = parse_person(given="Juan", paternal="García López")
    assert (name.paternal, name.maternal) == ("GARCIA", "LOPEZ")
    joined = parse_person(given="Juan", paternal="De la Cruz", maternal="Gtz.")
    assert (joined.paternal, joined.maternal) == ("DE LA CRUZ", "GUTIERREZ")


def test_particles_come_and_go_without_making_another_surname() -> None:
    assert parse_person("Ana de la Torre Gil").paternal_core == "TORRE"
    assert parse_person("Ana Torre Gil").paternal_core == "TORRE"


@pytest.mark.parametrize(
    ("everyday", "formal"),
    [
        ("CHUY", "JESUS"), ("LUPE", "GUADALUPE"), ("PEPE", "JOSE"), ("PANCHO", "FRANCISCO"),
        ("NACHO", "IGNACIO"), ("MEMO", "GUILLERMO"), ("BETO", "ALBERTO"), ("BETO", "ROBERTO"),
        ("TOÑO".replace("Ñ", "N"), "ANTONIO"), ("LALO", "EDUARDO"), ("JUANITO", "JUAN"),
        ("CARLITOS", "CARLOS"), ("MIKE", "MIGUEL"), ("BILL", "GUILLERMO"), ("GPE", "GUADALUPE"),
        ("KIKE", "ENRIQUE"), ("CHAVA", "SALVADOR"), ("CONCHITA", "CONCEPCION"),
    ],
)  # fmt: skip
def test_everyday_forms_lead_to_the_names_they_stand_for(everyday: str, formal: str) -> None:
    assert formal in given_roots(everyday)


def test_different_names_share_no_root() -> None:
    for one, other in (("JESUS", "JOSE"), ("MARIA", "MARTHA"), ("LUIS", "LUCIO"), ("ANA", "ALMA")):
        assert not given_roots(one) & given_roots(other)


@given(st.text(max_size=60))
@settings(max_examples=400, deadline=None)
def test_no_text_breaks_the_reading_of_a_name(text: str) -> None:
    name = parse_person(text)
    assert all(name.given)
    parse_person(given=text, paternal=text, maternal=text)
    parse_person(surname=text)


@given(st.permutations(["GARCIA", "HERNANDEZ"]), st.sampled_from(["JUAN", "ROSA", "IGNACIO"]))
def test_exchanging_the_surnames_exchanges_the_roles(pair: list[str], own: str) -> None:
    name = parse_person(f"{own} {pair[0]} {pair[1]}")
    assert (name.paternal, name.maternal) == (pair[0], pair[1])
