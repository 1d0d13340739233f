"""Dates as records write them: with a precision, a *circa*, or as a range."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

from puente.errors import InvalidData

_ENGLISH = "january february march april may june july august september october november december"
_SPANISH = (
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
)
MONTHS: dict[str, int] = {"setiembre": 9, "set": 9, "sept": 9}
"""Month names, English and Spanish, whole and as three letters, to 1..12."""
for _names in (_ENGLISH, _SPANISH):
    for _number, _name in enumerate(_names.split(), start=1):
        MONTHS[_name] = MONTHS[_name[:3]] = _number

FIRST_YEAR, LAST_YEAR = 1000, 2999
"""Years outside these are taken for damage, not for dates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialDate:
    """A day, month, year or span of time; the first and the last day that it can be.

    Attributes:
        start: first possible day.
        end: last possible day, not before `start`.
        circa: True where the record says *about*.
        text: the text it was read from; no part of equality.
    """

    start: date
    end: date
    circa: bool = False
    text: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise InvalidData("the end of the date comes before its start")

    @property
    def precision(self) -> str:
        """Return `day`, `month`, `year` or `range`."""
        start, end = self.start, self.end
        if start == end:
            return "day"
        if start == date(start.year, 1, 1) and end == date(start.year, 12, 31):
            return "year"
        if (
            (start.year, start.month) == (end.year, end.month)
            and start.day == 1
            and (end == _last_day(end.year, end.month))
        ):
            return "month"
        return "range"

    @property
    def iso(self) -> str:
        """Return the ISO 8601 form: `1938-11-04`, `1938-11`, `1938`, or a span `1971/1973`.

        A *circa* is not in it: it stays in the original text and in `circa`.
        """
        precision = self.precision
        if precision != "range":
            return self.start.isoformat()[: {"day": 10, "month": 7, "year": 4}[precision]]
        start, end = self.start, self.end
        size = 10
        if start.day == 1 and end == _last_day(end.year, end.month):
            size = 4 if start.month == 1 and end.month == 12 else 7
        return f"{start.isoformat()[:size]}/{end.isoformat()[:size]}"

    def overlaps(self, other: PartialDate, slack_years: int = 0) -> bool:
        """Return True if both can be the same day.

        Args:
            slack_years: 0..; years by which a *circa* on either side is widened each way.
        """
        (start, end), (other_start, other_end) = (
            _widened(d, slack_years if d.circa else 0) for d in (self, other)
        )
        return start <= other_end and other_start <= end


def _widened(day: PartialDate, years: int) -> tuple[date, date]:
    spread = timedelta(days=366 * years)
    if not years:
        return day.start, day.end
    return max(date.min + spread, day.start) - spread, min(date.max - spread, day.end) + spread


def _last_day(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


_CIRCA = re.compile(
    r"^\s*(circa|ca\.?|c\.|about|approximately|approx\.?|aprox\.?|hacia)\s*", re.IGNORECASE
)
_BETWEEN = re.compile(r"^(?:between|from|entre|desde)\s+", re.IGNORECASE)
_RANGES = (
    re.compile(r"^(\d{4}(?:-\d\d){0,2})/(\d{4}(?:-\d\d){0,2})$"),
    re.compile(r"^(.+?)\s+(?:to|and|y|through|hasta)\s+(.+)$", re.IGNORECASE),
    re.compile(r"^(.+?)\s+[-–]\s+(.+)$"),
)
_YEARS = re.compile(r"^(\d{4})\s*[-–/]\s*(\d{4})$")
_DECADE = re.compile(r"^(\d{3}0)s$")
_ISO = re.compile(r"^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ]\d{1,2}:\d{2}.{0,20})?)?)?$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_SLASHED = re.compile(r"^(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:[T ]\d{1,2}:\d{2}.{0,20})?$")
_MONTH_YEAR = re.compile(r"^(\d{1,2})/(\d{4})$")
_YEAR_FIRST = re.compile(r"^(\d{4})[/.](\d{1,2})[/.](\d{1,2})$")
_WORDS = re.compile(
    r"^(?:(\d{1,2})(?:st|nd|rd|th|º|o)?[\s./-]+)?(?:de\s+)?([a-z]{3,10})\.?[\s./,-]+(?:del?\s+)?(\d{4})$"
)
_US_WORDS = re.compile(r"^([a-z]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?\s*,\s*(\d{4})$")


@lru_cache(maxsize=100_000)
def parse_date(text: str, *, day_first: bool | None = None) -> PartialDate:
    """Return the date that `text` writes, with its precision.

    Reads ISO (`1938-11-04`, `1938-11`, `1938`), `04 Nov 1938`, `Nov 1938`, `4 de noviembre de
    1938`, `November 4, 1938`, `01/06/2018`, `circa 1950`, `1971 to 1973`, `1950s`; a time of day
    after a date is left out.

    Args:
        day_first: how `01/06/2018` is read: True day first, False month first, None only where
            both readings agree or one is impossible.

    Raises: InvalidData: not a date, an impossible one, a two-digit year, or one that could be
        read both ways while `day_first` is None.
    """
    written = " ".join(text.split())
    if not written or len(written) > 80:
        raise InvalidData("not a date")
    rest = _CIRCA.sub("", written)
    circa = rest != written
    start, end = _span(rest.rstrip("."), day_first=day_first)
    return PartialDate(start=start, end=end, circa=circa, text=text)


def _span(text: str, *, day_first: bool | None) -> tuple[date, date]:
    if years := _YEARS.match(text):
        return _pair(years[1], years[2], day_first=day_first)
    if decade := _DECADE.match(text):
        return _pair(decade[1], str(int(decade[1]) + 9), day_first=day_first)
    if single := _single(text, day_first=day_first):
        return single
    text = _BETWEEN.sub("", text)
    for pattern in _RANGES:
        if match := pattern.match(text):
            return _pair(match[1], match[2], day_first=day_first)
    raise InvalidData("not a date")


def _pair(first: str, last: str, *, day_first: bool | None) -> tuple[date, date]:
    start = _single(_CIRCA.sub("", first), day_first=day_first)
    end = _single(_CIRCA.sub("", last), day_first=day_first)
    if not start or not end:
        raise InvalidData("not a date")
    return start[0], end[1]


def _single(text: str, *, day_first: bool | None) -> tuple[date, date] | None:
    if match := _ISO.match(text) or _COMPACT.match(text) or _YEAR_FIRST.match(text):
        return _days(match[1], match[2], match[3])
    if match := _SLASHED.match(text):
        return _slashed(match[1], match[3], match[4], day_first=day_first)
    if match := _MONTH_YEAR.match(text):
        return _days(match[2], match[1], None)
    lowered = text.lower()
    if match := _WORDS.match(lowered):
        return _days(match[3], _month(match[2]), match[1])
    if match := _US_WORDS.match(lowered):
        return _days(match[3], _month(match[1]), match[2])
    return None


def _month(name: str) -> str:
    if name not in MONTHS:
        raise InvalidData("not a month")
    return str(MONTHS[name])


def _slashed(first: str, second: str, year: str, *, day_first: bool | None) -> tuple[date, date]:
    if day_first is None:
        if int(first) <= 12 and int(second) <= 12 and int(first) != int(second):
            raise InvalidData("the date can be read day first or month first")
        day_first = int(second) <= 12
    day, month = (first, second) if day_first else (second, first)
    return _days(year, month, day)


def _days(year: str, month: str | None, day: str | None) -> tuple[date, date]:
    number = int(year)
    if not FIRST_YEAR <= number <= LAST_YEAR:
        raise InvalidData("the year is out of range")
    if month is None:
        return date(number, 1, 1), date(number, 12, 31)
    if not 1 <= int(month) <= 12:
        raise InvalidData("there is no such month")
    if day is None:
        return date(number, int(month), 1), _last_day(number, int(month))
    try:
        single = date(number, int(month), int(day))
    except ValueError:
        raise InvalidData("there is no such day") from None
    return single, single


def parse_month(year: str, month: str) -> str:
    """Return `YYYY-MM` from a year and a month, a number or a name in either language.

    Raises: InvalidData: neither.
    """
    name = month.strip().lower().rstrip(".")
    number = int(name) if name.isascii() and name.isdigit() else MONTHS.get(name, 0)
    digits = year.strip().removesuffix(".0")
    if not (digits.isascii() and digits.isdigit() and len(digits) == 4 and 1 <= number <= 12):
        raise InvalidData("not a month of a year")
    return f"{digits}-{number:02d}"
