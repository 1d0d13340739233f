"""What tells one firm from another is neither its trade nor its legal form."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puente.resolve.names import company_core

PARTS: list[tuple[str, str, str, str]] = [
    ("TRANSPORTES EL GÜERO DEL NTE., S.A. DE C.V.", "GUERO NORTE", "TRANSPORTES", "SA DE CV"),
    ("Transportes el Guero del Norte SA de CV", "GUERO NORTE", "TRANSPORTES", "SA DE CV"),
    ("CAJA X S A DE C V", "CAJA X", "", "SA DE CV"),
    ("AUTOTRANSPORTES LA REINA S. DE R.L. DE C.V.", "REINA", "AUTOTRANSPORTES", "S DE RL DE CV"),
    ("Grupo Fertilizantes, S.P.R. de R.L.", "FERTILIZANTES", "GRUPO", "SPR DE RL"),
    ("NUJOMA SOCIEDAD CIVIL", "NUJOMA", "", "SC"),
    ("INMOBILIARIA ACUARIO S.A.P.I. DE C.V.", "ACUARIO", "INMOBILIARIA", "SAPI DE CV"),
    ("Tienda Los Pinos A.C.", "PINOS", "TIENDA", "AC"),
    ("Delta Trading Company, LLC", "DELTA", "TRADING", "LLC"),
    ("ACME, Inc.", "ACME", "", "INC"),
    ("COMERCIALIZADORA Y SERVICIOS S.A. DE C.V.", "COMERCIALIZADORA SERVICIOS",
     "COMERCIALIZADORA SERVICIOS", "SA DE CV"),
    ("Financiera Luz, S.A. de C.V., SOFOM, E.N.R.", "LUZ", "FINANCIERA", "SA DE CV"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "core", "trade", "form"), PARTS)
def test_a_firms_name_comes_apart(text: str, core: str, trade: str, form: str) -> None:
    name = company_core(text)
    assert " ".join(name.core) == core
    assert " ".join(name.generic) == trade
    assert name.legal_form == form


def test_a_legal_form_written_otherwise_is_the_same_firm() -> None:
    written = ("Aceros Delfín, S.A. de C.V.", "ACEROS DELFIN SA DE CV", "ACEROS DELFIN S A DE C V")
    assert len({company_core(text) for text in written}) == 1


def test_a_name_that_is_nothing_but_a_form_is_not_lost() -> None:
    assert company_core("S.A. de C.V.").core


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_text_breaks_the_reading_of_a_firms_name(text: str) -> None:
    name = company_core(text)
    assert all(name.core)
