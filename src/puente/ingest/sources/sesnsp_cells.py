"""Cells of a table as columns of numbers: what a month counts, and which months were counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from puente.errors import InvalidData
from puente.model.values import parse_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Flags = NDArray[np.bool_]

STEADY = 100
"""Cases a month from which a month of none at all is taken for one that was not counted.

Were such a month counted, none would come about by chance once in e^100.
"""

LARGEST = 10**9
"""Cases that no month of a place can have: a slip or damage, and sums would overflow."""

_LATEST = 2100 * 12
_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Cells of a table, one entry each: numbers of place and record, month, count.

    Attributes:
        month: year times 12 plus the month, January being 0.
        count: 0 where `blank`.
        blank: True where nothing was reported.
    """

    place: Whole
    record: Whole
    month: Whole
    count: Whole
    blank: Flags

    def __len__(self) -> int:
        return len(self.month)

    def where(self, kept: Flags) -> Cells:
        """Return the cells that are flagged."""
        return Cells(
            place=self.place[kept],
            record=self.record[kept],
            month=self.month[kept],
            count=self.count[kept],
            blank=self.blank[kept],
        )


def joined(parts: Sequence[Cells]) -> Cells:
    """Return several parts, at least one, as one."""
    return Cells(
        place=np.concatenate([part.place for part in parts]),
        record=np.concatenate([part.record for part in parts]),
        month=np.concatenate([part.month for part in parts]),
        count=np.concatenate([part.count for part in parts]),
        blank=np.concatenate([part.blank for part in parts]),
    )


def month_text(month: int) -> str:
    """Return a month's number as `YYYY-MM`."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Counts read from several columns: an array for each, a count for each row.

    Attributes:
        count, blank: shape (columns, rows); `count` is 0 where `blank`.
        bad: rows with a cell that is no count: the column's place among the columns, and why.
    """

    count: Whole
    blank: Flags
    bad: dict[int, tuple[int, str]]


def read_counts(columns: Sequence[Sequence[str]]) -> Grid:
    """Return the counts that columns of text write; see `puente.model.values.parse_count`.

    More than `LARGEST` is bad too.

    Cost: some 30 nanoseconds a cell of plain digits or none, a hundred times that for any other.
    """
    texts = pa.array(list(chain.from_iterable(columns)), pa.string())
    plain = pc.and_(
        pc.ascii_is_decimal(texts), pc.less_equal(pc.binary_length(texts), pa.scalar(_DIGITS))
    )
    empty = pc.equal(texts, pa.scalar(""))
    numbers = pc.if_else(plain, texts, pa.scalar(None, pa.string())).cast(pa.int64())
    count: Whole = numbers.fill_null(0).to_numpy(zero_copy_only=False).copy()
    blank: Flags = np.asarray(empty).astype(np.bool_)
    rows = len(columns[0])
    bad: dict[int, tuple[int, str]] = {}
    for at in np.flatnonzero(~(blank | np.asarray(plain).astype(np.bool_))).tolist():
        text = columns[at // rows][at % rows]
        try:
            value = parse_count(text)
            if value is not None and value > LARGEST:
                raise InvalidData("more than a month can count")
        except InvalidData as error:
            bad.setdefault(at % rows, (at // rows, f"{error.reason}: {text[:40]!r}"))
            continue
        count[at], blank[at] = value or 0, value is None
    shape = (len(columns), rows)
    return Grid(count=count.reshape(shape), blank=blank.reshape(shape), bad=bad)


@dataclass(slots=True)
class Covered:
    """What a table covers: for each month its cells, those reported, and the cases."""

    cells: Whole = field(default_factory=lambda: np.zeros(_LATEST, np.int64))
    reported: Whole = field(default_factory=lambda: np.zeros(_LATEST, np.int64))
    cases: Whole = field(default_factory=lambda: np.zeros(_LATEST, np.int64))

    def add(self, cells: Cells) -> None:
        """Count some cells."""
        told = ~cells.blank
        self.cells += np.bincount(cells.month, minlength=_LATEST)
        self.reported += np.bincount(cells.month[told], minlength=_LATEST)
        np.add.at(self.cases, cells.month[told], cells.count[told])

    def per_month(self) -> float:
        """Return the mean number of cases of the months that have any; 0 where none has."""
        months = int(np.count_nonzero(self.cases))
        return float(self.cases.sum()) / months if months else 0.0

    def facts(self) -> dict[str, int]:
        """Return what is covered as facts; months are written YYYYMM."""
        months = np.flatnonzero(self.reported)
        found = {
            "cells": int(self.cells.sum()),
            "cells not reported": int(self.cells.sum() - self.reported.sum()),
            "cases": int(self.cases.sum()),
            "months reported": len(months),
            "months not reported": int(np.count_nonzero(self.cells)) - len(months),
            "months without a case": int(np.count_nonzero(self.cases[months] == 0)),
        }
        if len(months):
            found["first month"] = int(month_text(int(months[0])).replace("-", ""))
            found["last month"] = int(month_text(int(months[-1])).replace("-", ""))
        return found


@dataclass(slots=True)
class Unsettled:
    """Holds back zeros that stand after the last month in which anything was counted.

    SESNSP leaves the months to come blank in most files and has filled them with zeros in some
    (RNID, August 2026). Such zeros would say that there was no crime in the country.

    Attributes:
        last: latest month so far that counts a case.
    """

    last: int = -1
    _held: list[Cells] = field(default_factory=list)

    def pass_on(self, cells: Cells) -> Cells:
        """Return the cells that are settled by now."""
        counted = cells.month[cells.count > 0]
        latest = int(counted.max()) if len(counted) else -1
        if latest > self.last:
            self.last = latest
            cells = joined([*self._held, cells])
            self._held = []
        late = (cells.month > self.last) & ~cells.blank
        if not late.any():
            return cells
        self._held.append(cells.where(late))
        return cells.where(~late)

    def rest(self, per_month: float) -> Cells | None:
        """Return what is held back: not reported in a table that counts `STEADY` a month or more.

        Args:
            per_month: mean number of cases of the table's months.
        """
        if not self._held:
            return None
        held = joined(self._held)
        self._held = []
        if per_month < STEADY:
            return held
        return Cells(
            place=held.place,
            record=held.record,
            month=held.month,
            count=held.count,
            blank=np.ones(len(held), np.bool_),
        )
