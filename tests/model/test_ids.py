"""Identifiers are checked by their public rules, and kept whatever their state.

Specimens: CURPs that RENAPO prints on its own instructions, RFCs of the SAT's test persons,
a VIN of 49 CFR 565's worked example, LEIs of GLEIF and of ISO 17442's example.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puente.errors import InvalidData
from puente.model.ids import (
    PARSERS,
    curp_birth_date,
    curp_check_digit,
    parse_clabe,
    parse_curp,
    parse_imo,
    parse_lei,
    parse_plate,
    parse_rfc,
    parse_vin,
    rfc_check_digit,
    rfc_dates,
    vin_check_digit,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from puente.model.ids import Identifier

VALID = [
    (parse_curp, "SABC560626MDFLRN01"), (parse_curp, "hegg-560427-mvzrrl-04"),
    (parse_rfc, "EKU9003173C9"), (parse_rfc, "CACX 760510 1P8"), (parse_rfc, "MISC491214B86"),
    (parse_clabe, "0321 8000 0118 3597 19"), (parse_vin, "1M8GDM9AXKP042788"),
    (parse_lei, "5493001KJTIIGC8Y1R12"), (parse_lei, "254900OPPU84GM83MG36"),
    (parse_imo, "IMO 9074729"),
]  # fmt: skip


@pytest.mark.parametrize(("parse", "text"), VALID, ids=lambda v: v if isinstance(v, str) else "")
def test_public_specimens_are_valid(parse: Callable[..., Identifier], text: str) -> None:
    found = parse(text)
    assert found.complete
    assert found.valid, found.note
    assert found.original == text
    assert parse(found.value).value == found.value


@pytest.mark.parametrize(("parse", "text"), VALID, ids=lambda v: v if isinstance(v, str) else "")
def test_one_wrong_digit_is_noticed_and_the_number_is_kept(
    parse: Callable[..., Identifier], text: str
) -> None:
    value = parse(text).value
    wrong = value[:-1] + ("1" if value[-1] != "1" else "2")
    found = parse(wrong)
    assert not found.valid
    assert found.value == wrong
    assert "fit" in found.note


def test_incomplete_codes_are_kept_and_marked() -> None:
    for text, value in (("AUAM-530929", "AUAM530929"), ("DIB 771110", "DIB771110")):
        found = parse_rfc(text)
        assert (found.value, found.complete, found.valid) == (value, False, False)
        assert "homoclave" in found.note
    assert not parse_curp("AIMM67125HCHRRG06").complete
    assert not parse_vin("1M8GDM9AXKP04****").complete
    assert not parse_plate("ABC-1?3").complete


def test_masked_and_generic_rfcs_name_no_one() -> None:
    assert parse_rfc("XXXXXXXXXXXX").note == "the RFC is masked"
    for generic in ("XAXX010101000", "XEXX010101000"):
        assert parse_rfc(generic).complete
        assert not parse_rfc(generic).valid


def test_the_century_of_a_curp_stands_in_its_17th_character() -> None:
    assert curp_birth_date("SABC560626MDFLRN01") == date(1956, 6, 26)
    assert curp_birth_date("SABC060626MDFLRNA") == date(2006, 6, 26)
    assert rfc_dates("EKU9003173C9") == (date(1990, 3, 17), date(2090, 3, 17))
    assert rfc_dates("EKU9013173C9") == ()


def test_impossible_dates_and_unknown_states_make_a_curp_invalid() -> None:
    for stem, word in (("SABC561326MDFLRN0", "date"), ("SABC560626MZZLRN0", "state")):
        assert word in parse_curp(stem + curp_check_digit(stem)).note


def test_a_vin_from_outside_north_america_needs_no_check_digit() -> None:
    abroad = parse_vin("WVWZZZ1JZ3W386752")
    assert abroad.valid
    assert "outside North America" in abroad.note
    assert not parse_vin("1M8GDM9A0KP042788").valid
    assert not parse_vin("1M8GDM9AXKPO42788").valid  # a letter O is in no VIN
    assert vin_check_digit("11111111111111111") == "1"


def test_plates_of_both_countries_come_to_their_letters_and_digits() -> None:
    assert parse_plate("abc-123-d", "mx").value == "ABC123D"
    assert parse_plate("ABC-12-34", "mx").valid
    assert not parse_plate("A1", "mx").valid
    assert parse_plate("7ABC123", "us").valid


@given(st.text(max_size=30), st.sampled_from([*PARSERS.values(), parse_plate, parse_clabe]))
def test_no_text_breaks_a_parser_and_its_value_reads_back(
    text: str, parse: Callable[..., Identifier]
) -> None:
    try:
        found = parse(text)
    except InvalidData:
        return
    assert found.value
    assert not (found.valid and not found.complete)
    assert parse(found.value).value == found.value


@given(
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZÑ&", min_size=3, max_size=4),
    st.dates(min_value=date(1950, 1, 1), max_value=date(2049, 12, 31)),
    st.text("123456789AB", min_size=2, max_size=2),
)
def test_a_built_rfc_is_valid_and_only_its_own_check_digit_is(
    letters: str, day: date, homoclave: str
) -> None:
    stem = f"{letters}{day:%y%m%d}{homoclave}"
    right = rfc_check_digit(stem + "0")
    assert parse_rfc(stem + right).valid
    assert sum(parse_rfc(stem + digit).valid for digit in "0123456789A") == 1
