"""How often a source should deliver, and whether its newest delivery is late."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import N_
from puente.i18n import gettext as _
from puente.model.dates import parse_date
from puente.model.text import fold

if TYPE_CHECKING:
    import datetime

_DAYS = (
    (re.compile(r"\bhourly\b"), 1),
    (re.compile(r"\bdaily\b"), 1),
    (re.compile(r"\bweekly\b"), 7),
    (re.compile(r"\b(fortnightly|twice a month)\b"), 16),
    (re.compile(r"\bmonthly\b"), 31),
    (re.compile(r"\bquarterly\b"), 92),
    (re.compile(r"\b(half yearly|twice a year)\b"), 184),
    (re.compile(r"\b(yearly|annual|annually)\b"), 366),
    (re.compile(r"\bafter each census\b"), 5 * 366),
)
"""Words of a source's `cadence`, and the longest time between two deliveries, in days.

Source: INEGI counts people every five years.
"""

_ONCE = re.compile(r"\bonce\b")

GRACE = 0.5
"""Share of the interval by which a delivery may be late before it is called so.

Monthly figures of month n come on the 20th of month n+1, so a file dated by its month looks up to
50 days old on the day before the next one.
"""


def interval_days(cadence: str) -> int | None:
    """Return the days between two deliveries by a source's `cadence`; None where it sets no pace.

    `once` sets none, neither do `irregular` or `as designations are made`.
    """
    words = fold(cadence)
    return next((days for pattern, days in _DAYS if pattern.search(words)), None)


def lateness(cadence: str, published: str, today: datetime.date) -> str:
    """Return how a source keeps its pace: `late`, `in time`, `once`, or `unknown`.

    Args:
        cadence: as `SourceInfo` states it.
        published: ISO date of the newest delivery; a month or year counts from its end.
        today: the day of asking.

    Limits: a file dated by its month was published some weeks after it; see `GRACE`.
    """
    if _ONCE.search(fold(cadence)):
        return "once"
    days, age = interval_days(cadence), age_days(published, today)
    if days is None or age is None:
        return "unknown"
    return "late" if age > days * (1 + GRACE) else "in time"


def age_days(published: str, today: datetime.date) -> int | None:
    """Return the days since a delivery; None where its date is unknown.

    A month or a year counts from its last day, but never from one after `today`.
    """
    day = last_day(published)
    if day is None:
        return None
    age = (today - day).days
    return age if len(published) >= 10 else max(0, age)


def last_day(text: str) -> datetime.date | None:
    """Return the last day that an ISO date, month or year may mean; None where it is none."""
    try:
        return parse_date(text).end
    except InvalidData:
        return None


_CADENCES = (
    N_("hourly"), N_("daily"), N_("weekly"), N_("monthly"), N_("monthly, on the 20th"),
    N_("quarterly"), N_("yearly"), N_("yearly, in September"), N_("after each census"),
    N_("irregular"), N_("once"), N_("as designations are made"), N_("as its publisher says"),
    N_("as the committees decide"),
)  # fmt: skip


def cadence_label(cadence: str) -> str:
    """Return how often a source is published, in the words of the reader where known."""
    return _(cadence) if cadence in _CADENCES else cadence
