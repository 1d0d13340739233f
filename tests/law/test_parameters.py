"""Dated figures: the value of a day, and the chains that carry one year's figure to the next."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puente.law.instrument import get_instrument, instruments
from puente.law.parameters import Parameter, Value
from puente.law.references import ARITHMETIC, VERIFIED, Citation, Reference
from puente.law.texts import Text
from puente.model.dates import PartialDate

CITED = Citation(reference=Reference(key="k", title="made up", pinpoint="1 MU 1"))
WORDS = Text(en="most", es="tope")


def value(start: date, end: date, amount: int) -> Value:
    return Value(effective=PartialDate(start=start, end=end), value=Decimal(amount), citation=CITED)


def made_up(*values: Value) -> Parameter:
    return Parameter(id="most", text=WORDS, unit="USD", values=values)


def chain(name: str) -> dict[int, int]:
    """The civil maxima of an instrument by the year of their rule, from 2017 to 2025."""
    return {
        item.effective.start.year: int(str(item.value))
        for item in get_instrument(name).parameter("civil_maximum").values
        if 2017 <= item.effective.start.year <= 2025
    }


def next_year(amount: int, multiplier: Decimal) -> int:
    return int((amount * multiplier).quantize(Decimal(1), ROUND_HALF_UP))


def multipliers() -> dict[int, Decimal]:
    """The five-decimal multipliers that take each Kingpin maximum to the next: one fits each."""
    kingpin = chain("us-kingpin")
    found: dict[int, Decimal] = {}
    for year in range(2018, 2026):
        fits = [
            Decimal(n) / 100_000
            for n in range(100_000, 115_000)
            if next_year(kingpin[year - 1], Decimal(n) / 100_000) == kingpin[year]
        ]
        assert len(fits) == 1, year
        found[year] = fits[0]
    return found


MULTIPLIERS = multipliers()


def test_the_multipliers_are_those_that_the_budget_office_published() -> None:
    """M-18-03 and M-19-04 were read: 1.02041 and 1.02522."""
    assert MULTIPLIERS[2018] == Decimal("1.02041")
    assert MULTIPLIERS[2019] == Decimal("1.02522")
    assert MULTIPLIERS[2025] == Decimal("1.02598")


@pytest.mark.parametrize("name", ["us-kingpin", "us-ieepa", "us-18usc2339b"])
def test_one_set_of_multipliers_gives_every_year_of_every_chain_to_the_dollar(name: str) -> None:
    held = chain(name)
    assert sorted(held) == list(range(2017, 2026))
    carried = held[2017]
    for year in range(2018, 2026):
        carried = next_year(carried, MULTIPLIERS[year])
        assert carried == held[year], year


@pytest.mark.parametrize("name", ["us-kingpin", "us-ieepa", "us-18usc2339b"])
def test_each_chain_leads_back_from_its_verified_figure_in_one_way_only(name: str) -> None:
    """The multipliers are above 1, so no two figures are carried to the same one."""
    held = chain(name)
    for year in range(2025, 2017, -1):
        before = [
            amount
            for amount in range(held[year] * 85 // 100, held[year])
            if next_year(amount, MULTIPLIERS[year]) == held[year]
        ]
        assert before == [held[year - 1]], year


def test_what_is_worked_out_says_from_what_and_the_rest_was_seen() -> None:
    worked = 0
    for name in ("us-kingpin", "us-ieepa", "us-18usc2339b"):
        for item in get_instrument(name).parameter("civil_maximum").values:
            if item.effective.start.year < 2016:
                continue
            assert item.citation.confidence in {VERIFIED, ARITHMETIC}
            if item.citation.confidence == ARITHMETIC:
                worked += 1
                assert item.citation.worked_from is not None
                assert "1.0" in item.citation.worked_from.en
    assert worked == 7


def test_every_shipped_figure_has_its_day_and_its_source_in_order() -> None:
    for instrument in instruments().values():
        for parameter in instrument.parameters:
            days = [item.effective.start for item in parameter.values]
            assert days == sorted(set(days)), (instrument.id, parameter.id)
            if parameter.short:
                assert parameter.rule is not None, (instrument.id, parameter.id)


def test_the_value_of_a_day_begins_on_its_day_and_there_is_none_before_the_first() -> None:
    first, second = date(2001, 1, 1), date(2002, 6, 1)
    parameter = made_up(value(first, first, 1), value(second, second, 2))
    assert parameter.value_on(first - timedelta(days=1)) is None
    for day, wanted in ((first, 1), (second - timedelta(days=1), 1), (second, 2)):
        found = parameter.value_on(day)
        assert found is not None
        assert found.value == wanted


def test_a_year_without_its_day_gives_its_value_and_names_the_one_before() -> None:
    day = date(2001, 1, 1)
    parameter = made_up(value(day, day, 1), value(date(2003, 1, 1), date(2003, 12, 31), 2))
    found = parameter.value_on(date(2003, 2, 1))
    assert found is not None
    assert found.value == 2
    assert parameter.value_before(found) == parameter.values[0]
    assert parameter.value_before(parameter.values[0]) is None


@given(
    starts=st.lists(st.dates(date(1990, 1, 1), date(2030, 1, 1)), min_size=1, unique=True),
    day=st.dates(date(1985, 1, 1), date(2035, 1, 1)),
)
def test_the_value_of_a_day_is_the_last_that_had_begun(starts: list[date], day: date) -> None:
    ordered = sorted(starts)
    parameter = made_up(*(value(start, start, n) for n, start in enumerate(ordered)))
    begun = [n for n, start in enumerate(ordered) if start <= day]
    found = parameter.value_on(day)
    assert (None if found is None else found.value) == (begun[-1] if begun else None)
