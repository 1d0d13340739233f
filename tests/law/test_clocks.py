"""Time limits: a report that is a day late is a violation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puente.errors import InvalidData, NotFound
from puente.law.clocks import Deadline, clock_names, deadline, named_clock
from puente.law.holidays import closed_because, holidays
from puente.law.procedure import BUSINESS, NEXT, OPENS, STANDS, Clock, ClosedDay
from puente.law.texts import Text

EVENT = Text(en="the event", es="el hecho")
CALENDAR_3 = Clock(after=EVENT, amount=3)
BUSINESS_10 = Clock(after=EVENT, amount=10, kind=BUSINESS)


def due(name: str, start: str) -> Deadline:
    instrument, step = named_clock(name)
    assert step.clock is not None
    years = instrument.parameter(step.clock.years_from) if step.clock.years_from else None
    return deadline(step.clock, date.fromisoformat(start), years)


# Federal holidays as the Office of Personnel Management lists them.
US_2021 = "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31"
US_2023 = "01-02 01-16 02-20 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25"
US_2026 = "01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25"
MX_2005 = "01-01 02-05 03-21 05-01 09-16 11-20 12-25"
MX_2006 = "01-01 02-06 03-21 05-01 09-16 11-20 12-01 12-25"
MX_2007 = "01-01 02-05 03-19 05-01 09-16 11-19 12-25"
MX_2018 = "01-01 02-05 03-19 05-01 09-16 11-19 12-01 12-25"
MX_2024 = "01-01 02-05 03-18 05-01 09-16 10-01 11-18 12-25"
MX_2026 = "01-01 02-02 03-16 05-01 09-16 11-16 12-25"


@pytest.mark.parametrize(
    ("country", "year", "days"),
    [
        ("US", 2021, US_2021),
        ("US", 2023, US_2023),
        ("US", 2026, US_2026),
        ("MX", 2005, MX_2005),
        ("MX", 2006, MX_2006),
        ("MX", 2007, MX_2007),
        ("MX", 2018, MX_2018),
        ("MX", 2024, MX_2024),
        ("MX", 2026, MX_2026),
    ],
)
def test_the_closed_days_of_a_year_are_those_of_the_law(country: str, year: int, days: str) -> None:
    found = sorted(day.strftime("%m-%d") for day in holidays(country, year))
    assert found == days.split()


def test_holidays_begin_with_the_law_that_made_them() -> None:
    def names(year: int) -> set[str]:
        return {item.name.en for item in holidays("US", year).values()}

    juneteenth, king = "Juneteenth National Independence Day", "Birthday of Martin Luther King, Jr."
    assert juneteenth not in names(2020)
    assert juneteenth in names(2021)
    assert king not in names(1985)
    assert king in names(1986)
    assert date(1977, 10, 24) in holidays("US", 1977)
    assert date(1978, 11, 10) in holidays("US", 1978)


def test_the_change_of_the_executive_moved_from_december_to_october() -> None:
    assert date(2018, 12, 1) in holidays("MX", 2018)
    assert date(2024, 10, 1) in holidays("MX", 2024)
    assert date(2024, 12, 1) not in holidays("MX", 2024)
    assert date(2030, 10, 1) in holidays("MX", 2030)


def test_every_closed_day_names_its_law() -> None:
    for country in ("US", "MX"):
        for year in (1971, 2006, 2026):
            assert all(item.law for item in holidays(country, year).values())
    with pytest.raises(InvalidData):
        holidays("CA", 2026)
    with pytest.raises(InvalidData):
        holidays("US", 1970)


def test_ten_business_days_pass_over_the_observed_holiday_and_the_weekends() -> None:
    found = due("ofac-blocking-report", "2026-06-30")
    assert found.due == date(2026, 7, 15)
    skipped = [day for day, _why in found.skipped]
    assert skipped == [date(2026, 7, day) for day in (3, 4, 5, 11, 12)]
    assert "6103(b)(1)" in found.skipped[0][1]


@pytest.mark.parametrize(
    ("start", "wanted"),
    [("2026-07-02", "2026-07-17"), ("2026-07-03", "2026-07-17"), ("2026-12-24", "2027-01-11")],
)
def test_a_rejection_is_reported_in_ten_business_days_from_any_day(start: str, wanted: str) -> None:
    assert due("ofac-reject-report", start).due == date.fromisoformat(wanted)


def test_the_yearly_report_is_due_by_30_september_as_of_30_june() -> None:
    found = due("ofac-annual-report", "2026-07-01")
    assert (found.due, found.as_of) == (date(2026, 9, 30), date(2026, 6, 30))
    assert due("ofac-annual-report", "2026-09-30").due == date(2026, 9, 30)
    assert due("ofac-annual-report", "2026-10-01").due == date(2027, 9, 30)


def test_a_due_day_on_a_saturday_stays_and_the_open_day_before_is_called_safe() -> None:
    found = due("ofac-annual-report", "2028-07-01")
    assert (found.due, found.safe) == (date(2028, 9, 30), date(2028, 9, 29))
    assert "not in the data" in " ".join(found.notes)


def test_records_are_kept_ten_years_where_their_five_had_not_ended_when_the_rule_changed() -> None:
    assert due("ofac-records", "2025-03-12").due == date(2035, 3, 12)
    assert due("ofac-records", "2021-06-01").due == date(2031, 6, 1)
    assert due("ofac-records", "2020-03-12").due == date(2030, 3, 12)
    assert due("ofac-records", "2020-03-11").due == date(2025, 3, 11)
    assert due("ofac-records", "2019-06-01").due == date(2024, 6, 1)
    with pytest.raises(InvalidData, match="length of the period"):
        due("ofac-records", "1990-01-01")


def test_the_contact_report_is_due_in_three_calendar_days() -> None:
    assert due("mx-contact-report", "2026-09-10").due == date(2026, 9, 13)
    found = due("mx-contact-report", "2026-09-13")
    assert (found.due, found.safe) == (date(2026, 9, 16), date(2026, 9, 15))
    assert "V" in " ".join(found.notes)


def test_what_the_law_says_of_a_closed_day_decides() -> None:
    start = date(2026, 7, 1)  # a Wednesday; the third day after is Saturday, 4 July
    assert deadline(CALENDAR_3, start).safe == date(2026, 7, 2)
    moved = deadline(replace(CALENDAR_3, closed_day=ClosedDay(rule=NEXT)), start)
    assert (moved.due, moved.safe) == (date(2026, 7, 6), None)
    stands = deadline(replace(CALENDAR_3, closed_day=ClosedDay(rule=STANDS)), start)
    assert (stands.due, stands.safe) == (date(2026, 7, 4), None)
    opens = deadline(replace(CALENDAR_3, role=OPENS), start)
    assert (opens.due, opens.safe, opens.role) == (date(2026, 7, 4), None, OPENS)


def test_the_last_day_of_a_month_that_is_too_short_is_taken() -> None:
    year = Clock(after=EVENT, amount=1, unit="years")
    month = Clock(after=EVENT, amount=1, unit="months")
    assert deadline(year, date(2024, 2, 29)).due == date(2025, 2, 28)
    assert deadline(month, date(2026, 1, 31)).due == date(2026, 2, 28)
    assert deadline(month, date(2026, 12, 31)).due == date(2027, 1, 31)


def test_a_limit_before_an_event_is_counted_back() -> None:
    back = Clock(after=EVENT, amount=7, is_backwards=True)
    assert deadline(back, date(2025, 2, 20)).due == date(2025, 2, 13)
    business = replace(back, kind=BUSINESS)
    assert deadline(business, date(2025, 2, 20)).due == date(2025, 2, 10)
    saturday = deadline(replace(back, closed_day=ClosedDay(rule=NEXT)), date(2025, 2, 22))
    assert (saturday.due, saturday.safe) == (date(2025, 2, 15), date(2025, 2, 14))


@pytest.mark.parametrize("start", [date.max, date(2400, 12, 31), date.min, date(1970, 12, 1)])
def test_a_day_outside_the_calendar_is_refused_and_never_guessed(start: date) -> None:
    with pytest.raises(InvalidData):
        deadline(BUSINESS_10, start)


@given(
    start=st.dates(date(1971, 6, 1), date(2399, 1, 1)),
    days=st.integers(1, 60),
    country=st.sampled_from(["US", "MX"]),
)
def test_between_start_and_due_lie_as_many_open_days_as_the_law_gives(
    start: date, days: int, country: str
) -> None:
    clock = Clock(after=EVENT, amount=days, kind=BUSINESS, calendar=country)
    found = deadline(clock, start)
    span = [start + timedelta(days=n) for n in range(1, (found.due - start).days + 1)]
    opened = [day for day in span if not closed_because(day, country)]
    assert (len(opened), opened[-1]) == (days, found.due)
    assert [day for day, _why in found.skipped] == [day for day in span if day not in opened]


@given(
    start=st.dates(date(1971, 6, 1), date(2399, 1, 1)), days=st.integers(1, 40), later=st.booleans()
)
def test_a_later_start_never_ends_earlier(start: date, days: int, later: bool) -> None:
    clock = Clock(after=EVENT, amount=days, kind=BUSINESS if later else "calendar")
    assert deadline(clock, start).due <= deadline(clock, start + timedelta(days=1)).due


def test_every_shipped_time_limit_can_be_counted_and_an_unknown_one_names_them() -> None:
    for name in clock_names():
        assert due(name, "2026-06-30").start == date(2026, 6, 30)
    with pytest.raises(NotFound, match="ofac-blocking-report"):
        named_clock("nothing")
    assert named_clock("us-31cfr501/blocking_report")[1].short == "ofac-blocking-report"
