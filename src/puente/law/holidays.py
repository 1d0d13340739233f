"""Days on which public offices are closed, each with the law that closes them.

Why not a library: both calendars are fixed days and Mondays, no Easter; every day here must name
its paragraph; and a calendar that changes with a release would change old answers.
"""

from __future__ import annotations

from calendar import MONDAY, SATURDAY, SUNDAY, THURSDAY
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.law.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FIRST_YEAR, LAST_YEAR = 1971, 2400
"""The Uniform Monday Holiday Act applies from 1971 (Pub. L. 90-363)."""

_JUNETEENTH = 2021  # Pub. L. 117-17, approved 17 June 2021
_KING = 1986  # Pub. L. 98-144
_VETERANS_BACK = 1978  # Pub. L. 94-97: from the fourth Monday of October back to 11 November
_MONDAYS, _JUAREZ_MONDAY = 2006, 2007  # DOF 17 January 2006, second transitory article
_OCTOBER = 2024  # DOF 30 September 2024, in force on 1 October 2024


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """A day on which offices are closed.

    Attributes:
        day: the day on which they are closed.
        name: what it is for.
        law: the paragraph that closes them.
        falls_on: the holiday itself, where another day is taken for it; else `day`.

    Source: 5 USC 6103; Ley Federal del Trabajo, art. 74.
    """

    day: date
    name: Text
    law: str
    falls_on: date


@cache
def holidays(country: str, year: int) -> Mapping[date, Holiday]:
    """Return the closed days of a year, Saturdays and Sundays apart.

    Args:
        country: `US` or `MX`.
        year: 1971..2400.

    Source: US: 5 USC 6103(a); for a holiday on a Saturday the Friday before, 6103(b)(1), on a
        Sunday the Monday after, Executive Order 11582 s. 3. Mexico: Ley Federal del Trabajo,
        art. 74, with the reforms of DOF 17 January 2006 and 30 September 2024.

    Raises: InvalidData: another country or year.

    Limits: US: federal holidays; Inauguration Day (6103(c), Washington only), days off by
        executive order and state holidays are not among them. Mexico: banks close on more days (a
        circular of the CNBV each year), and federal offices on the days of the Ley Federal de
        Procedimiento Administrativo, art. 28; election days are Sundays.
    """
    if country not in {"US", "MX"}:
        raise InvalidData(_("no calendar of {country!r}; US or MX").format(country=country))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        span = _("holidays are known from {first} to {last}")
        raise InvalidData(span.format(first=FIRST_YEAR, last=LAST_YEAR))
    if country == "MX":
        found = list(_mexican(year))
    else:
        # A New Year's Day on a Saturday closes offices on the last day of the year before.
        found = [item for each in (year, year + 1) for item in _american(each)]
    return {item.day: item for item in found if item.day.year == year}


def closed_because(day: date, country: str) -> str:
    """Return why offices are closed on a day, in the current language; "" where they are open.

    Source: 5 USC 6103; Ley Federal del Trabajo, art. 74.
    """
    holiday = holidays(country, day.year).get(day)
    if holiday is not None:
        return f"{holiday.name} ({holiday.law})"
    if day.weekday() == SATURDAY:
        return _("Saturday")
    return _("Sunday") if day.weekday() == SUNDAY else ""


def _american(year: int) -> Iterator[Holiday]:
    veterans = date(year, 11, 11) if year >= _VETERANS_BACK else _nth(year, 10, MONDAY, 4)
    listed = [
        (date(year, 1, 1), "New Year's Day", "Año Nuevo"),
        (_nth(year, 2, MONDAY, 3), "Washington's Birthday", "Natalicio de Washington"),
        (_last(year, 5, MONDAY), "Memorial Day", "Día de los Caídos"),
        (date(year, 7, 4), "Independence Day", "Día de la Independencia (EE. UU.)"),
        (_nth(year, 9, MONDAY, 1), "Labor Day", "Día del Trabajo (EE. UU.)"),
        (_nth(year, 10, MONDAY, 2), "Columbus Day", "Día de Colón"),
        (veterans, "Veterans Day", "Día de los Veteranos"),
        (_nth(year, 11, THURSDAY, 4), "Thanksgiving Day", "Día de Acción de Gracias"),
        (date(year, 12, 25), "Christmas Day", "Navidad"),
    ]
    if year >= _KING:
        king = ("Birthday of Martin Luther King, Jr.", "Natalicio de Martin Luther King, Jr.")
        listed.append((_nth(year, 1, MONDAY, 3), *king))
    if year >= _JUNETEENTH:
        listed.append((date(year, 6, 19), "Juneteenth National Independence Day", "Juneteenth"))
    for falls_on, en, es in listed:
        day, law = falls_on, "5 USC 6103(a)"
        if falls_on.weekday() == SATURDAY:
            day, law = falls_on - timedelta(days=1), "5 USC 6103(b)(1)"
        elif falls_on.weekday() == SUNDAY:
            day, law = falls_on + timedelta(days=1), "Executive Order 11582, s. 3"
        yield Holiday(day=day, name=Text(en=en, es=es), law=law, falls_on=falls_on)


def _mexican(year: int) -> Iterator[Holiday]:
    mondays, juarez = year >= _MONDAYS, year >= _JUAREZ_MONDAY
    listed = [
        (date(year, 1, 1), "I", "New Year's Day", "Año Nuevo"),
        (
            _nth(year, 2, MONDAY, 1) if mondays else date(year, 2, 5),
            "II",
            "Constitution Day",
            "Día de la Constitución",
        ),
        (
            _nth(year, 3, MONDAY, 3) if juarez else date(year, 3, 21),
            "III",
            "Birthday of Benito Juárez",
            "Natalicio de Benito Juárez",
        ),
        (date(year, 5, 1), "IV", "Labour Day", "Día del Trabajo"),
        (date(year, 9, 16), "V", "Independence Day (Mexico)", "Día de la Independencia"),
        (
            _nth(year, 11, MONDAY, 3) if mondays else date(year, 11, 20),
            "VI",
            "Revolution Day",
            "Día de la Revolución",
        ),
        (date(year, 12, 25), "VIII", "Christmas Day", "Navidad"),
    ]
    if year % 6 == 2024 % 6:
        month = 10 if year >= _OCTOBER else 12
        words = ("Change of the federal executive", "Transmisión del Poder Ejecutivo Federal")
        listed.append((date(year, month, 1), "VII", *words))
    for day, part, en, es in listed:
        law = f"Ley Federal del Trabajo, art. 74, {part}"
        yield Holiday(day=day, name=Text(en=en, es=es), law=law, falls_on=day)


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _last(year: int, month: int, weekday: int) -> date:
    last = date(year, month + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)
