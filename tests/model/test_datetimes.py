"""A call's moment decides who called whom first; a wrong hour or day makes another story."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puente.errors import InvalidData
from puente.model.dates import parse_datetime

DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 30))
CLOCKS = st.times().map(lambda t: t.replace(microsecond=0))
SPANISH = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"


@pytest.mark.parametrize(
    ("text", "day_first", "moment"),
    [
        ("2025-03-01T14:05:09", None, "2025-03-01T14:05:09"),
        ("2025-03-01 14:05", None, "2025-03-01T14:05:00"),
        ("20250301T140509Z", None, "2025-03-01T14:05:09+00:00"),
        ("01/03/2025 14:05", True, "2025-03-01T14:05:00"),
        ("03/01/2025 2:05:09 PM", False, "2025-03-01T14:05:09"),
        ("1 de marzo de 2025 a las 14:05 horas", None, "2025-03-01T14:05:00"),
        ("1 mar 2025, 2:05 p. m.", None, "2025-03-01T14:05:00"),
        ("2025-03-01 12:05 a.\u202fm.", None, "2025-03-01T00:05:00"),
        ("March 1, 2025 2 PM", None, "2025-03-01T14:00:00"),
        ("2025-03-01 1405", None, "2025-03-01T14:05:00"),
        ("2025-03-01 905", None, "2025-03-01T09:05:00"),
        ("2025-12-31 24:00", None, "2026-01-01T00:00:00"),
        ("2025-03-01T14:05:09.500-0600", None, "2025-03-01T14:05:09.5-06:00"),
        ("2025-03-01 14:05 UTC", None, "2025-03-01T14:05:00+00:00"),
        ("1 mar 2025", None, "2025-03-01"),
        ("March 1, 2025", None, "2025-03-01"),
    ],
)
def test_a_moment_is_read_as_both_countries_write_it(
    text: str, day_first: bool | None, moment: str
) -> None:
    assert parse_datetime(text, day_first=day_first) == moment


@pytest.mark.parametrize(
    "text",
    ["", "2025-03", "circa 2025-03-01 14:05", "2025-02-30 10:00", "2025-03-01 25:00",
     "2025-03-01 14:60", "2025-03-01 13:05 a. m.", "2025-03-01 0:05 p. m.", "2025-03-01 14",
     "2025-03-01 14:05 CST", "2025-03-01 14:05 06:00", "2025-03-01 14:05 garbage",
     "2025-03-01 24:01", "2025-03-01T14:05+15:00", "03/01/2025 14:05",
     "2025-03-01 10:00 to 2025-03-01 11:00", "14:05", "2025-W10-1T10:00:00"],
)  # fmt: skip
def test_what_is_no_exact_moment_is_refused_and_not_guessed(text: str) -> None:
    with pytest.raises(InvalidData):
        parse_datetime(text)


@pytest.mark.parametrize(
    ("day", "clock", "moment"),
    [
        ("01/03/2025", "14:05", "2025-03-01T14:05:00"),
        ("01/03/2025", "0805", "2025-03-01T08:05:00"),
        ("01/03/2025", " ", "2025-03-01"),
        ("2025-03-01 00:00:00", "1899-12-30 14:05:00", "2025-03-01T14:05:00"),
        ("2025-03-01T00:00:00", "1900-01-01T2:05 p. m.", "2025-03-01T14:05:00"),
    ],
)
def test_a_time_that_stands_apart_joins_its_day(day: str, clock: str, moment: str) -> None:
    assert parse_datetime(day, clock, day_first=True) == moment


def test_two_times_for_one_event_are_refused() -> None:
    with pytest.raises(InvalidData, match="a time of its own"):
        parse_datetime("2025-03-01 10:00", "14:05")


@given(DAYS, CLOCKS)
def test_every_way_to_write_a_moment_means_the_same(day: date, clock: time) -> None:
    half = "a. m." if clock.hour < 12 else "p. m."
    twelve = f"{(clock.hour - 1) % 12 + 1}:{clock:%M:%S} {half}"
    month = SPANISH.split()[day.month - 1]
    expected = f"{day.isoformat()}T{clock.isoformat()}"
    for text in (
        expected,
        f"{day.isoformat()} {clock:%H%M%S}",
        f"{day:%d/%m/%Y} {clock.isoformat()}",
        f"{day:%Y%m%d}T{clock:%H%M%S}",
        f"{day.day} de {month} de {day.year}, {clock.isoformat()} hrs.",
        f"{day:%d/%m/%Y} {twelve}",
        f"{day:%d/%m/%Y}  {twelve.upper().replace(' ', '').replace('.', '')}",
    ):
        assert parse_datetime(text, day_first=True) == expected
        assert parse_datetime(f" {text} ".replace(" ", "\u00a0 "), day_first=True) == expected
    for apart in (clock.isoformat(), f"{clock:%H%M%S}", twelve, f"1899-12-30 {clock.isoformat()}"):
        assert parse_datetime(f"{day:%d/%m/%Y}", apart, day_first=True) == expected


@given(st.datetimes(datetime(1900, 1, 1), datetime(2099, 12, 30)), st.integers(-14 * 4, 14 * 4))  # noqa: DTZ001
def test_an_offset_is_kept_and_means_the_same_instant(moment: datetime, quarters: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=15 * quarters)))
    found = parse_datetime(aware.isoformat())
    assert datetime.fromisoformat(found) == aware
    assert parse_datetime(found) == found
    assert datetime.fromisoformat(parse_datetime(f"{moment.isoformat()}Z")).tzinfo == UTC


@given(st.text(max_size=30), st.text(max_size=12), st.sampled_from([None, True, False]))
def test_any_text_is_a_moment_or_refused(text: str, clock: str, day_first: bool | None) -> None:
    try:
        found = parse_datetime(text, clock, day_first=day_first)
    except InvalidData:
        return
    assert parse_datetime(found) == found
