"""What a violation cost at most on a day: a wrong year's figure would be quoted in a report."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from puente.errors import InvalidData, NotFound
from puente.i18n import use_language
from puente.law.instrument import get_instrument, instruments
from puente.law.penalty import Penalty, named_penalties, penalty, penalty_names
from puente.law.references import ARITHMETIC, MEMORY
from puente.law.texts import Text


def ask(name: str, day: str, violation: str = "", transaction: str = "", part: int = 0) -> Penalty:
    instrument, parameter = named_penalties(name)[part]
    return penalty(
        instrument,
        parameter.id,
        date.fromisoformat(day),
        date.fromisoformat(violation) if violation else None,
        Decimal(transaction) if transaction else None,
    )


KINGPIN = [
    ("1999-12-03", 1_000_000),
    ("2002-12-31", 1_000_000),
    ("2013-05-09", 1_075_000),
    ("2016-07-31", 1_075_000),
    ("2016-08-01", 1_414_020),
    ("2017-01-14", 1_414_020),
    ("2017-01-15", 1_437_153),
    ("2017-02-01", 1_437_153),
    ("2018-03-18", 1_437_153),
    ("2018-03-19", 1_466_485),
    ("2019-06-13", 1_466_485),
    ("2019-06-14", 1_503_470),
    ("2019-12-19", 1_503_470),
    ("2020-04-08", 1_503_470),
    ("2020-04-10", 1_529_991),
    ("2021-03-17", 1_548_075),
    ("2022-02-08", 1_548_075),
    ("2022-12-01", 1_644_396),
    ("2023-01-14", 1_771_754),
    ("2024-06-01", 1_829_177),
    ("2025-01-15", 1_876_699),
    ("2026-01-20", 1_876_699),
    ("2026-06-01", 1_876_699),
]
IEEPA = [
    ("2008-01-01", 250_000),
    ("2016-08-01", 284_582),
    ("2017-06-01", 289_238),
    ("2018-12-31", 295_141),
    ("2019-12-19", 302_584),
    ("2020-12-31", 307_922),
    ("2021-12-31", 311_562),
    ("2022-12-31", 330_947),
    ("2023-12-31", 356_579),
    ("2024-06-01", 368_136),
    ("2025-06-01", 377_700),
    ("2026-06-01", 377_700),
]
AEDPA = [
    ("1996-04-24", 50_000),
    ("2016-07-15", 55_000),
    ("2016-12-31", 75_122),
    ("2017-06-01", 76_351),
    ("2018-12-31", 77_909),
    ("2019-12-19", 79_874),
    ("2020-12-31", 81_283),
    ("2021-12-31", 82_244),
    ("2022-12-31", 87_361),
    ("2023-12-31", 94_127),
    ("2024-06-01", 97_178),
    ("2026-06-01", 99_703),
]
CHAINS = (("kingpin-civil", KINGPIN), ("ieepa-civil", IEEPA), ("aedpa-civil", AEDPA))


@pytest.mark.parametrize(
    ("name", "day", "amount"),
    [
        (name, *row)
        for name, rows in (
            ("kingpin-civil", KINGPIN),
            ("ieepa-civil", IEEPA),
            ("aedpa-civil", AEDPA),
        )
        for row in rows
    ],
)
def test_the_maximum_is_the_one_of_the_day(name: str, day: str, amount: int) -> None:
    found = ask(name, day)
    assert found.maximum == amount
    assert found.value is not None
    assert found.value.citation.feeds
    answer = found.as_json()
    assert (answer["maximum"], answer["currency"]) == (amount, "USD")
    assert answer["reference"]


def test_a_violation_up_to_2_november_2015_is_judged_by_the_maximum_of_its_own_day() -> None:
    day = "2024-06-01"
    assert ask("kingpin-civil", day, violation="2015-11-03").maximum == 1_829_177
    earlier = ask("kingpin-civil", day, violation="2015-11-02")
    assert earlier.maximum == 1_075_000
    assert earlier.day == date(2015, 11, 2)


def test_a_higher_maximum_reaches_back_to_violations_before_it_but_after_2015() -> None:
    assert ask("kingpin-civil", "2023-06-01", violation="2016-01-01").maximum == 1_771_754


@pytest.mark.parametrize("day", ["2016-08-01", "2019-12-19", "2026-06-01", "2027-06-01"])
def test_the_figure_that_is_still_quoted_is_shown_as_out_of_date_with_the_reason(day: str) -> None:
    (stale,) = ask("kingpin-civil", day).as_json()["stale"]  # type: ignore[misc]
    assert stale["value"] == 1_075_000
    assert "5021" in stale["quoted_by"]
    assert "1,503,470" in stale["reason"]


def test_before_august_2016_the_quoted_figure_was_right_and_is_not_called_stale() -> None:
    assert ask("kingpin-civil", "2016-07-31").stale == ()


def test_a_value_from_memory_is_not_given_but_what_to_look_up_is() -> None:
    found = ask("kingpin-civil", "2005-06-01")
    assert found.maximum is None
    answer = found.as_json()
    assert (answer["maximum"], answer["confidence"]) == (None, MEMORY)
    assert "598.701" in str(answer["to_check"])
    assert "1,075,000" not in str(answer["otherwise"])


def test_no_value_from_memory_is_given_under_any_name_on_any_day() -> None:
    for name, parts in penalty_names().items():
        for part, (_instrument, parameter) in enumerate(parts):
            for value in parameter.values:
                found = ask(name, value.effective.end.isoformat(), part=part)
                assert (found.maximum is None) == (not value.citation.feeds)
                before = found.as_json()["otherwise"]
                if isinstance(before, dict) and before["confidence"] == MEMORY:
                    assert before["maximum"] is None


def test_where_the_day_in_the_year_is_not_known_the_answer_says_so_and_names_the_other() -> None:
    found = ask("ieepa-civil", "2007-03-01")
    answer = found.as_json()
    assert (answer["maximum"], answer["effective"]) == (250_000, "2007")
    assert answer["effective_day"] == "unknown"
    assert answer["otherwise"]["effective"] == "2006"  # type: ignore[index]
    later = ask("ieepa-civil", "2010-03-01").as_json()
    assert (later["maximum"], later["otherwise"]) == (250_000, None)
    assert ask("kingpin-civil", "2019-12-19").as_json()["effective_day"] == "known"


def test_beyond_the_last_known_adjustment_no_maximum_is_guessed() -> None:
    found = ask("kingpin-civil", "2027-01-01")
    assert found.maximum is None
    assert found.otherwise is not None
    assert found.otherwise.value == 1_876_699
    assert "2026" in " ".join(found.notes)


def test_before_the_law_there_is_no_maximum() -> None:
    found = ask("kingpin-civil", "1999-12-02")
    assert (found.maximum, found.value) == (None, None)


def test_the_year_without_an_adjustment_keeps_the_figure_and_says_why() -> None:
    found = ask("kingpin-civil", "2026-06-01")
    assert found.value is not None
    assert found.value.citation.confidence == ARITHMETIC
    assert "M-26-11" in found.value.citation.cite
    assert "No adjustment" in " ".join(found.notes)
    january = ask("kingpin-civil", "2026-01-20").value
    assert january is not None
    assert january.citation.confidence == ARITHMETIC


def test_a_figure_that_was_worked_out_does_not_become_verified_by_being_carried_on() -> None:
    carried = 0
    for instrument in instruments().values():
        for parameter in instrument.parameters:
            for before, value in pairwise(parameter.values):
                if before.citation.confidence == ARITHMETIC and before.value == value.value:
                    carried += 1
                    assert value.citation.confidence == ARITHMETIC, parameter.short
                    assert value.citation.worked_from is not None
    assert carried == 3


def test_the_greater_of_the_amount_and_twice_the_transaction_is_taken() -> None:
    day = "2024-06-01"
    assert ask("ieepa-civil", day, transaction="184068").maximum == 368_136
    assert ask("ieepa-civil", day, transaction="184068.01").maximum == Decimal("368136.02")
    assert ask("ieepa-civil", day, transaction="500000").maximum == 1_000_000
    assert ask("ieepa-civil", day, transaction="0").maximum == 368_136
    assert ask("aedpa-civil", day, transaction="60000").maximum == 120_000
    assert "twice the transaction" in " ".join(ask("ieepa-civil", day).notes)


def test_the_kingpin_maximum_does_not_grow_with_the_transaction_and_says_so() -> None:
    found = ask("kingpin-civil", "2024-06-01", transaction="9000000")
    assert found.maximum == 1_829_177
    assert "does not depend" in " ".join(found.notes)


def test_from_memory_not_even_twice_the_transaction_is_given_as_the_maximum() -> None:
    found = ask("aedpa-civil", "2010-01-01", transaction="1000000")
    assert found.maximum is None
    assert "2,000,000" in " ".join(found.notes)


@pytest.mark.parametrize("transaction", ["-1", "NaN", "sNaN", "Infinity", "1e999999999"])
def test_a_transaction_that_is_no_amount_is_refused(transaction: str) -> None:
    with pytest.raises(InvalidData):
        ask("ieepa-civil", "2024-06-01", transaction=transaction)


def test_a_violation_after_its_assessment_is_refused() -> None:
    with pytest.raises(InvalidData, match="after the day of assessment"):
        ask("kingpin-civil", "2024-06-01", violation="2024-06-02")


def test_the_crimes_of_the_kingpin_act_are_three() -> None:
    day = "2019-12-19"
    assert ask("kingpin-criminal-individual", day).maximum == 10
    assert ask("kingpin-criminal-officer", day).maximum == 30
    assert ask("kingpin-criminal-officer", day, part=1).maximum == 5_000_000
    assert ask("kingpin-criminal-entity", day).maximum == 10_000_000
    assert ask("kingpin-criminal-officer", day).as_json()["currency"] is None


def test_material_support_before_june_2015_is_not_punished_by_the_later_maximum() -> None:
    assert ask("fto-criminal", "2019-12-19").maximum == 20
    assert ask("fto-criminal", "2019-12-19", violation="2015-06-02").maximum == 20
    assert ask("fto-criminal", "2019-12-19", violation="2015-06-01").maximum == 15
    assert ask("fto-criminal", "2019-12-19", violation="2000-01-01").maximum == 10
    assert ask("fto-criminal", "2019-12-19", violation="2010-01-01").maximum is None


def test_life_for_a_death_is_a_text_in_the_language_of_the_reader() -> None:
    found = ask("fto-criminal", "2019-12-19", part=1)
    assert isinstance(found.maximum, Text)
    with use_language("es"):
        assert "cadena perpetua" in str(found.as_json()["maximum"])


def test_an_instrument_that_has_ended_gives_no_maximum_after_its_end() -> None:
    kingpin = get_instrument("us-kingpin")
    ended = replace(kingpin, in_force=replace(kingpin.in_force, end=date(2020, 1, 1)))
    assert penalty(ended, "civil_maximum", date(2020, 1, 2)).maximum is None
    assert penalty(ended, "civil_maximum", date(2020, 1, 1)).maximum == 1_503_470


def test_an_unknown_name_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(NotFound, match="kingpin-civil"):
        named_penalties("kingpin")
    ((instrument, parameter),) = named_penalties("us-kingpin/civil_maximum")
    assert (instrument.id, parameter.short) == ("us-kingpin", "kingpin-civil")
