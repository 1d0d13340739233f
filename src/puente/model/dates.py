"""Dates as records write them: with a precision, a *circa*, as a range, or with a time of day."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
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
    number = int(name) if re.fullmatch(r"[0-9]{1,2}", name) else MONTHS.get(name, 0)
    digits = year.strip().removesuffix(".0")
    if not (digits.isascii() and digits.isdigit() and len(digits) == 4 and 1 <= number <= 12):
        raise InvalidData("not a month of a year")
    return f"{digits}-{number:02d}"


# --- with a time of day ------------------------------------------------------------------------

_DAY_AND_CLOCK = re.compile(
    r"(.*\d)(?:T|,? (?:(?:a las?|at|-) )?)(\d.*)", re.IGNORECASE | re.DOTALL
)
_CLOCK = re.compile(
    r"(?:(\d{1,2})(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,9})|:(\d{3}))?)?)?"
    r"|(\d{1,2})(\d\d)|(\d\d)(\d\d)(\d\d)(?:[.,](\d{1,9}))?)"
    r" ?(?:([ap])\.? ?m\b\.?)? ?(?:(h(?:rs?|oras?|s)?)\b\.?)?"
    r" ?(Z|(?:UTC|GMT)?(?:[+-]\d\d(?::?\d\d)?)?)",
    re.IGNORECASE,
)
_TIME_EPOCH = re.compile(r"^(?:1899-12-3[01]|1900-01-0[01])[T ]")
"""The day that spreadsheets and databases put before a bare time of day."""


def parse_datetime(text: str, time: str = "", *, day_first: bool | None = None) -> str:
    """Return the moment that `text` writes as ISO 8601: `2025-03-01T14:05:09`, or its day alone.

    The day is any that `parse_date` reads. The time of day is `14:05`, `14:05:09.5`, `2:05 p. m.`,
    `2 PM`, `14:05 hrs.`, `1405` or `140509`; `24:00` is midnight of the next day. Seconds that are
    not written are 00. An offset (`Z`, `-06:00`, `-0600`, `UTC`) is kept; without one the time is
    local to the place.

    Args:
        text: the day, with or without its time.
        time: the time of day where it stands apart; "" where it does not or is not known.
        day_first: how `01/06/2018` is read, as by `parse_date`.

    Raises: InvalidData: no exact day, no such time of day, a zone by its letters (`CST` is two
        zones), or a time on its own beside a day that has another.
    """
    if not time and len(text) == 19 and text[4] == text[7] == "-" and text[10] in "T ":
        # Nine in ten are written so, and events come by the million.
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            pass
        else:
            if FIRST_YEAR <= moment.year <= LAST_YEAR:
                return moment.isoformat()
    if time.strip():
        clock = _TIME_EPOCH.sub("", time.strip()) if len(time) > 15 else time
        return _joined(_day_beside(text, day_first=day_first), clock)
    written = " ".join(text.split())
    if match := _DAY_AND_CLOCK.fullmatch(written):
        try:
            day = _day(match[1].rstrip(","), day_first=day_first)
        except InvalidData:
            # `1 mar 2025` ends in a number too.
            return _day(written, day_first=day_first)
        return _joined(day, match[2])
    return _day(written, day_first=day_first)


@lru_cache(maxsize=100_000)
def _day_beside(text: str, *, day_first: bool | None) -> str:
    """Return the day of a text beside which a time stands; exports put midnight after it."""
    day = parse_datetime(text, day_first=day_first)
    if day[10:] not in {"", "T00:00:00"}:
        raise InvalidData("the day has a time of its own beside the time")
    return day[:10]


@lru_cache(maxsize=100_000)
def _day(text: str, *, day_first: bool | None) -> str:
    found = parse_date(text, day_first=day_first)
    # `parse_date` leaves a time of day out; here none may be left out.
    if found.precision != "day" or found.circa or ":" in text:
        raise InvalidData("not an exact day")
    return found.iso


def _joined(day: str, time: str) -> str:
    clock, days = _clock(time)
    if days:
        day = (date.fromisoformat(day) + timedelta(days=days)).isoformat()
        if int(day[:4]) > LAST_YEAR:
            raise InvalidData("the year is out of range")
    return f"{day}T{clock}"


@lru_cache(maxsize=200_000)
def _clock(text: str) -> tuple[str, int]:
    """Return a time of day with its offset in ISO form, and the days to add (1 for 24:00)."""
    written = " ".join(text.split())
    match = _CLOCK.fullmatch(written) if written.isascii() and len(written) <= 40 else None
    if not match:
        raise InvalidData("not a time of day")
    hour, minute, second = (match[1] or match[6] or match[8], match[2] or match[7] or match[9],
                            match[3] or match[10])  # fmt: skip
    half, mark = (match[12] or "").lower(), match[13]
    if minute is None and not (half or mark):
        raise InvalidData("not a time of day")
    hours = _hours(int(hour), half)
    fraction = (match[4] or match[5] or match[11] or "").rstrip("0")
    if hours > 24 or int(minute or 0) > 59 or int(second or 0) > 59:
        raise InvalidData("there is no such time of day")
    days = int(hours == 24)
    if days and (int(minute or 0) or int(second or 0) or fraction):
        raise InvalidData("there is no such time of day")
    clock = f"{hours % 24:02d}:{int(minute or 0):02d}:{int(second or 0):02d}"
    return clock + (f".{fraction}" if fraction else "") + _offset(match[14] or ""), days


def _hours(hour: int, half: str) -> int:
    if not half:
        return hour
    # `13:05 p. m.` and `00:05 a. m.` are written too and can mean but one time.
    if hour > 23 or (half == "a" and hour > 12) or (half == "p" and hour == 0):
        raise InvalidData("there is no such time of day")
    if hour == 12:
        return 0 if half == "a" else 12
    return hour + 12 if half == "p" and hour < 12 else hour


def _offset(text: str) -> str:
    zone = text.upper().removeprefix("UTC").removeprefix("GMT")
    if not text:
        return ""
    if zone in {"", "Z"}:
        return "+00:00"
    hours, minutes = int(zone[1:3]), int(zone[3:].lstrip(":") or 0)
    if hours > 14 or minutes > 59:
        raise InvalidData("there is no such offset from UTC")
    return f"{zone[0] if hours or minutes else '+'}{hours:02d}:{minutes:02d}"
