"""A value is read as the record meant it, or refused; it is never guessed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puente.errors import InvalidData
from puente.model.countries import country_code, country_in, country_name
from puente.model.dates import PartialDate, parse_date, parse_month
from puente.model.schema import PROPERTY_TYPES
from puente.model.values import (
    Money,
    clean_text,
    fold,
    format_number,
    parse_count,
    parse_email,
    parse_gender,
    parse_money,
    parse_name,
    parse_number,
    parse_phone,
    parse_url,
    parse_value,
)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("1938-11-04", "1938-11-04"), ("1938-11", "1938-11"), ("1938", "1938"),
        ("04 Nov 1938", "1938-11-04"), ("Nov 1938", "1938-11"), ("circa 1950", "1950"),
        ("1971 to 1973", "1971/1973"), ("circa 1961-1963", "1961/1963"), ("1950s", "1950/1959"),
        ("01 Mar 1969 to 31 May 1969", "1969-03/1969-05"), ("1971-05/1973-02", "1971-05/1973-02"),
        ("4 de noviembre de 1938", "1938-11-04"), ("1º de enero de 2018", "2018-01-01"),
        ("November 4, 1938", "1938-11-04"), ("ene-2018", "2018-01"), ("15-AGO-2019", "2019-08-15"),
        ("2018-06-01T23:59:00", "2018-06-01"), ("20180601", "2018-06-01"), ("06/2018", "2018-06"),
    ],
)  # fmt: skip
def test_dates_keep_the_precision_that_the_record_gives(text: str, iso: str) -> None:
    assert parse_date(text, day_first=True).iso == iso


def test_day_first_and_month_first_are_never_confused() -> None:
    assert parse_date("01/06/2018", day_first=True).iso == "2018-06-01"
    assert parse_date("01/06/2018", day_first=False).iso == "2018-01-06"
    assert parse_date("13/06/2018").iso == "2018-06-13"
    assert parse_date("06/06/2018").iso == "2018-06-06"
    with pytest.raises(InvalidData, match="day first or month first"):
        parse_date("01/06/2018")
    with pytest.raises(InvalidData):
        parse_date("06/13/2018", day_first=True)


@pytest.mark.parametrize(
    "text",
    ["31 Feb 2001", "2001-02-30", "00/01/2001", "1938-13", "04/11/38", "0000", "9999-01-01",
     "", "soon", "Noviembrre 1938", "1973 to 1971", "unknown to 1971"],
)  # fmt: skip
def test_impossible_and_half_dates_are_refused(text: str) -> None:
    with pytest.raises(InvalidData):
        parse_date(text, day_first=True)


def test_a_date_about_a_year_meets_its_neighbours_only_where_asked() -> None:
    about, next_year = parse_date("circa 1950"), parse_date("1951")
    assert about.circa
    assert not about.overlaps(next_year)
    assert about.overlaps(next_year, slack_years=1)
    assert not parse_date("1950").overlaps(next_year, slack_years=5)
    assert parse_date("1971 to 1973").overlaps(parse_date("04 Nov 1972"))


days = st.dates(min_value=date(1000, 1, 1), max_value=date(2999, 12, 31))


@given(days, days, st.sampled_from(["day", "month", "year", "range"]))
def test_a_written_date_reads_back_the_same(one: date, other: date, kind: str) -> None:
    if kind == "range":
        start, end = sorted((one, other))
        written = PartialDate(start=start, end=end)
    else:
        written = parse_date(one.isoformat()[: {"day": 10, "month": 7, "year": 4}[kind]])
    assert parse_date(written.iso) == written


@given(st.text(max_size=40), st.sampled_from([True, False, None]))
def test_no_text_breaks_the_date_reader(text: str, day_first: bool | None) -> None:
    try:
        found = parse_date(text, day_first=day_first)
    except InvalidData:
        return
    assert found.start <= found.end
    assert parse_date(found.iso).iso == found.iso


def test_months_are_read_by_number_and_by_name_in_both_languages() -> None:
    assert parse_month("2024", "Enero") == parse_month("2024", "january") == "2024-01"
    assert parse_month("2024.0", "12") == "2024-12"
    with pytest.raises(InvalidData):
        parse_month("2024", "0")


def test_numbers_with_thousands_and_needless_decimals_are_read_exactly() -> None:
    assert format_number(parse_number("4.0")) == "4"
    assert parse_number("1,234,567.50") == Decimal("1234567.50")
    for text in ("1,5", "1.234,5", "12,34", "٣", "1e3", "NaN", "", "--4"):
        with pytest.raises(InvalidData):
            parse_number(text)


def test_a_blank_count_is_not_a_zero() -> None:
    assert parse_count(" ") is None
    assert parse_count("0.0") == 0
    assert parse_count("1,204") == 1204
    for text in ("-1", "4.5", "n/a"):
        with pytest.raises(InvalidData):
            parse_count(text)


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=4, min_value=-(10**15), max_value=10**15
    )
)
def test_a_written_number_reads_back_the_same(number: Decimal) -> None:
    assert parse_number(format_number(number)) == number


def test_money_without_a_currency_is_refused_since_both_countries_write_a_dollar_sign() -> None:
    assert parse_money("$1,200.50", currency="MXN") == Money(
        amount=Decimal("1200.50"), currency="MXN"
    )
    assert str(parse_money("US$ 5")) == "5 USD"
    assert str(parse_money("1200 pesos")) == "1200 MXN"
    assert str(parse_money("MXN 10.00")) == "10.00 MXN"
    for text in ("$1,200.50", "USD 5 MXN", "5 quatloos", "USD"):
        with pytest.raises(InvalidData):
            parse_money(text)


def test_names_are_kept_as_published() -> None:
    assert parse_name("  PEÑA   NIETO,  José ") == "PEÑA NIETO, José"
    assert parse_name("Jose\u0301") == "José"
    for text in ("", " . ", "A\x00B", "A\x07B"):
        with pytest.raises(InvalidData):
            parse_name(text)


def test_m_alone_is_no_gender_since_it_means_both() -> None:
    assert parse_gender("Mujer") == parse_gender("F") == "female"
    assert parse_gender("H") == parse_gender("MASCULINO") == "male"
    with pytest.raises(InvalidData):
        parse_gender("M")


@pytest.mark.parametrize(
    ("text", "country", "value"),
    [
        ("667 712 3456", "mx", "+526677123456"), ("(619) 555-0100", "us", "+16195550100"),
        ("667 712 3456", "", "6677123456"), ("+52 1 667 712 3456", "", "+526677123456"),
        ("01 667 712 3456", "", "+526677123456"), ("044 667 712 3456", "", "+526677123456"),
        ("1-619-555-0100 ext. 12", "", "+16195550100"), ("0097282851500", "", "+97282851500"),
    ],
)  # fmt: skip
def test_phones_of_both_countries_come_to_one_form(text: str, country: str, value: str) -> None:
    assert parse_phone(text, country) == value


def test_what_is_no_phone_mail_or_address_on_the_web_is_refused() -> None:
    for text in ("12345", "call me", "1234567890123456"):
        with pytest.raises(InvalidData):
            parse_phone(text)
    assert parse_email("mailto:A.B@Example.ORG") == "A.B@example.org"
    assert parse_url("WWW.Example.org/Path") == "http://www.example.org/Path"
    for parse, text in (
        (parse_email, "a@b"),
        (parse_email, "Email:a@b.org"),
        (parse_url, "ftp://x.org"),
        (parse_url, "nothing"),
    ):
        with pytest.raises(InvalidData):
            parse(text)


def test_countries_are_read_as_ofac_and_mexican_agencies_write_them() -> None:
    names = {
        "Korea, North": "kp",
        "Burma": "mm",
        "Palestinian": "ps",
        "The Gambia": "gm",
        "Congo, Democratic Republic of the": "cd",
        "México": "mx",
        "MEXICO": "mx",
        "MEX": "mx",
        "E.U.A.": "us",
        "Estados Unidos de América": "us",
        "Mexicana": "mx",
        "Hong Kong": "hk",
        "Côte d'Ivoire": "ci",
        "Kosovo": "xk",
        "URSS": "suhh",
    }
    assert {name: country_code(name) for name in names} == names
    assert country_name("kp") == "North Korea"
    assert country_in("Culiacan, Sinaloa, Mexico") == "mx"
    assert country_in("Pyongyang, Korea, North") == "kp"
    assert country_in("Culiacan, Sinaloa") == ""
    with pytest.raises(InvalidData):
        country_code("Ruritania")


@given(st.text(max_size=60), st.sampled_from(sorted(PROPERTY_TYPES)))
def test_every_type_reads_or_refuses_any_text_and_reads_its_own_value_again(
    text: str, kind: str
) -> None:
    try:
        value = parse_value(kind, text, country="mx", day_first=True)
    except InvalidData:
        return
    assert value
    assert parse_value(kind, value, country="mx", day_first=True) == value


@given(st.text(max_size=60))
def test_folding_is_stable_and_blind_to_case_and_space(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(f"  {text} ") == fold(text)


@given(st.text(max_size=60))
def test_clean_text_is_stable(text: str) -> None:
    try:
        clean = clean_text(text)
    except InvalidData:
        return
    assert clean_text(clean) == clean
