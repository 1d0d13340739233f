"""Lags and leads of a panel, by the calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.places.stats.arrays import codes
from puente.places.stats.fepois import Design

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from puente.places.stats.arrays import Floats


def month_number(month: str) -> int:
    """Return a month `YYYY-MM` as a number that grows by 1 a month.

    Raises: InvalidData: it is none.
    Source: ISO 8601, 4.1.2.3 (reduced accuracy).
    """
    year, dash, rest = month.partition("-")
    if dash and year.isdecimal() and rest.isdecimal() and 1 <= int(rest) <= 12:
        return int(year) * 12 + int(rest) - 1
    raise InvalidData(_("{month} is no month YYYY-MM").format(month=month))


def shifted(
    values: npt.ArrayLike, place: npt.ArrayLike, month: npt.ArrayLike, shifts: Iterable[int]
) -> dict[int, Floats]:
    """Return, for each shift, the value of the same place that many months before.

    Args:
        values: n numbers, NaN where not known.
        place: n labels.
        month: n whole numbers that grow by 1 a month (see `month_number`).
        shifts: months back: 2 is a lag of two, -1 a lead of one.

    Returns: n numbers for each shift; NaN where that month is not in the panel or not known. A gap
        in the months is never bridged.
    Raises: InvalidData: arrays of different length, or a place with one month twice.
    Source: none of its own.
    """
    given = np.asarray(values, np.float64)
    where = codes(place, len(given), "place")
    when = np.asarray(month, np.int64)
    if when.shape != given.shape:
        raise InvalidData(_("a month is needed for each value"))
    wanted = list(shifts)
    if not len(given):
        return {shift: given.copy() for shift in wanted}
    room = max((abs(shift) for shift in wanted), default=0)
    span = int(when.max() - when.min()) + 1 + 2 * room
    key = where * span + (when - when.min() + room)
    order = np.argsort(key)
    ordered = key[order]
    if (ordered[1:] == ordered[:-1]).any():
        raise InvalidData(_("a place has the same month twice"))
    result = {}
    for shift in wanted:
        sought = key - shift
        at = np.searchsorted(ordered, sought).clip(max=len(ordered) - 1)
        there = ordered[at] == sought
        result[shift] = np.where(there, given[order[at]], np.nan)
    return result


def complete(design: Design) -> Design:
    """Return the design without the rows in which anything is missing (NaN).

    Raises: InvalidData: no row is whole.
    Source: none of its own.
    Limits: lags and leads cost the first and last months of each place.
    """
    outcome = np.asarray(design.outcome, np.float64)
    terms = {name: np.asarray(term, np.float64) for name, term in design.terms.items()}
    offset = None if design.offset is None else np.asarray(design.offset, np.float64)
    whole = np.isfinite(outcome)
    for column in (*terms.values(), *(() if offset is None else (offset,))):
        whole &= np.isfinite(column)
    if not whole.any():
        raise InvalidData(_("no row of the model is whole"))
    return Design(
        outcome=outcome[whole],
        terms={name: term[whole] for name, term in terms.items()},
        effects=[np.asarray(effect)[whole] for effect in design.effects],
        clusters=np.asarray(design.clusters)[whole],
        offset=None if offset is None else offset[whole],
    )
