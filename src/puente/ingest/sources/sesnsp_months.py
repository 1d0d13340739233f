"""SESNSP's tables with a column for each month, read by the thousand rows into counts.

A blank cell is a month that was not reported: it is kept as such and never as zero. A row is
loaded or rejected whole, by its line.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from puente.ingest.archives import compression_of, plain_file
from puente.ingest.reading import Layout, read_table
from puente.ingest.source import Batch, Reject
from puente.ingest.sources.sesnsp_cells import (
    Cells,
    Covered,
    Unsettled,
    joined,
    month_text,
    read_counts,
)
from puente.ingest.sources.sesnsp_keys import ABROAD, Keys, is_loose
from puente.ingest.sources.sesnsp_layout import ENCODINGS, columns_of, find_wide

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from puente.ingest.source import Handed, LoadContext, Row, SourceFile, SourceInfo
    from puente.ingest.sources.sesnsp_keys import Found
    from puente.ingest.sources.sesnsp_layout import WideLayout

CHUNK_ROWS = 4_000
"""Rows that are turned at once; their cells make one write of the lake."""

NAMED = 50
"""Municipalities without a row in the gazetteer that are named one by one."""

_SPANISH = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class WideSource:
    """A source whose files are all in one layout, and are known by it and not by their name."""

    info: SourceInfo
    layout: WideLayout

    def find(self, root: Path) -> list[SourceFile]:
        """Return the files at or below `root` in this layout, oldest delivery first."""
        return find_wide(root, self.layout, self.info.name)

    def read(self, file: SourceFile, context: LoadContext) -> Iterator[Handed]:  # noqa: ARG002
        """Yield `counts`.

        Raises: InvalidData: not a table of this layout.
        """
        yield from read_wide(context, self.layout)


def read_wide(context: LoadContext, layout: WideLayout) -> Iterator[Handed]:
    """Yield the `counts` of a table and its rejects; state what it covers.

    Of two rows of one year, place and crime the second is rejected, whatever it says. Rows that
    name no one municipality are added up to the figure of `SS999`, given once at the end.

    Raises: InvalidData: not a table of that layout, or a damaged archive.
    Cost: one pass. Memory holds some thousand rows, a number for each row read, and the cells that
        `Unsettled` holds back.
    """
    with plain_file(context, compression_of(context.file.path)):
        table = read_table(context, Layout(encodings=ENCODINGS))
        columns = columns_of(table.header, layout, context.file.path)
        reader = WideReader(keys=Keys(layout=layout, columns=columns, context=context))
        rows: list[Row] = []
        for item in table.rows:
            if isinstance(item, Reject):
                yield item
                continue
            rows.append(item)
            if len(rows) == CHUNK_ROWS:
                yield from reader.take(rows)
                rows = []
        if rows:
            yield from reader.take(rows)
        yield from reader.rest()
        reader.state_facts()


@dataclass(slots=True, kw_only=True)
class WideReader:
    """Turns rows into counts, and counts what the table covers.

    Attributes:
        rows_at: rows by the number of their place.
    """

    keys: Keys
    rows_at: Counter[int] = field(default_factory=Counter)
    unsettled: Unsettled = field(default_factory=Unsettled)
    covered: Covered = field(default_factory=Covered)
    _loose: list[Cells] = field(default_factory=list)
    _is_loose: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))

    def take(self, rows: Sequence[Row]) -> Iterator[Handed]:
        """Yield the rejects among some rows, then the counts of the rest."""
        texts = list(zip(*(cells for _, cells in rows), strict=True))
        grid = read_counts([texts[at] for at in self.keys.columns.months])
        reasons = {at: f"{_SPANISH[month]}: {why}" for at, (month, why) in grid.bad.items()}
        found = self.keys.read(texts)
        for column in reversed(found):
            reasons |= _refused(column)
        year, place, crime = (_numbers(column) for column in found)
        kept = np.ones(len(rows), np.bool_)
        kept[list(reasons)] = False
        good = np.flatnonzero(kept)
        for at in self.keys.repeated(year[good], place[good], crime[good]):
            reasons[int(good[at])] = "this year, place and crime stand on an earlier row"
            kept[good[at]] = False
        for at in sorted(reasons):
            line, row = rows[at]
            yield Reject(line=line, reason=reasons[at], raw=",".join(row)[:500])
        rows_at = np.bincount(place[kept])
        self.rows_at.update({n: int(rows_at[n]) for n in np.flatnonzero(rows_at).tolist()})
        count, blank = grid.count[:, kept], grid.blank[:, kept]
        self._check_totals(texts, kept, count.sum(axis=0))
        cells = Cells(
            place=np.tile(place[kept], len(count)),
            record=np.tile(crime[kept], len(count)),
            month=(year[kept][None, :] * 12 + np.arange(len(count))[:, None]).ravel(),
            count=count.ravel(),
            blank=blank.ravel(),
        )
        if self.keys.layout.settle and len(cells):
            cells = self.unsettled.pass_on(cells)
        yield from self._hand_over(cells)

    def rest(self) -> Iterator[Handed]:
        """Yield what was held back to the end."""
        held = self.unsettled.rest(self.covered.per_month())
        if held is not None:
            if held.blank.any():
                self.keys.context.fact("zeros of months to come, not reported", len(held))
            yield from self._hand_over(held)
        if self._loose:
            yield from self._loose_counts()

    def state_facts(self) -> None:
        """State what the table covers."""
        context, keys = self.keys.context, self.keys
        rows_at = {keys.places.texts[number]: rows for number, rows in self.rows_at.items()}
        context.fact("crimes", len(keys.crimes.texts))
        for key, number in self.covered.facts().items():
            context.fact(key, number)
        if ABROAD in rows_at:
            context.fact("rows abroad", rows_at.pop(ABROAD))
        if not keys.layout.municipality:
            context.fact("states", len(rows_at))
            return
        placed = {code for code in rows_at if not is_loose(code)}
        unplaced = sum(rows for code, rows in rows_at.items() if is_loose(code))
        context.fact("rows without a municipality", unplaced)
        context.fact("municipalities", len(placed))
        context.fact("municipalities joined", len(placed - set(keys.lost)))
        context.fact("municipalities not in the gazetteer", len(keys.lost))
        if len(keys.lost) <= NAMED:
            for code, name in sorted(keys.lost.items()):
                context.fact(f"not in the gazetteer: {code} {name}")

    def _check_totals(
        self, texts: Sequence[Sequence[str]], kept: NDArray[np.bool_], sums: NDArray[np.int64]
    ) -> None:
        if self.keys.columns.total < 0:
            return
        totals = read_counts([texts[self.keys.columns.total]])
        wrong = (totals.count[0][kept] != sums) & ~totals.blank[0][kept]
        self.keys.context.fact("rows whose total does not add up", int(np.count_nonzero(wrong)))

    def _hand_over(self, cells: Cells) -> Iterator[Batch]:
        if not len(cells):
            return
        self.covered.add(cells)
        if self.keys.layout.municipality:
            places = self.keys.places.texts
            if len(places) > len(self._is_loose):
                self._is_loose = np.array([is_loose(code) for code in places])
            loose = self._is_loose[cells.place]
            if loose.any():
                self._loose.append(cells.where(loose))
                cells = cells.where(~loose)
        if len(cells):
            yield self._batch(cells, self.keys.places.texts)

    def _batch(self, cells: Cells, places: Sequence[str]) -> Batch:
        first = int(cells.month.min())
        months = [month_text(month) for month in range(first, int(cells.month.max()) + 1)]
        columns = {
            "place": _texts(cells.place, places),
            "month": _texts(cells.month - first, months),
            "record": _texts(cells.record, self.keys.crimes.texts),
            "count": pa.array(cells.count, pa.int64(), mask=cells.blank),
        }
        # One array each here costs the lake a fifth of what filling them in row by row does.
        info = self.keys.context.info
        fixed = ("agency", info.agency), ("marking", info.marking)
        for name, text in (*fixed, ("source", info.name), ("record_class", info.record_class)):
            columns[name] = pa.repeat(pa.scalar(text, pa.string()), len(cells))
        return Batch(table="counts", rows=pa.RecordBatch.from_pydict(columns))

    def _loose_counts(self) -> Iterator[Batch]:
        """Yield one figure for each state, month and crime of what names no one municipality.

        SESNSP gives it in two rows, "not specified" and "other municipalities", whose codes changed
        places in 2026.
        """
        cells = joined(self._loose)
        self._loose = []
        states = np.array([int(code[:2]) for code in self.keys.places.texts])
        given = {
            "place": states[cells.place],
            "month": cells.month,
            "record": cells.record,
            "count": pa.array(cells.count, mask=cells.blank),
        }
        table = pa.table(given).group_by(["place", "month", "record"], use_threads=False)
        # A sum that lacks a part would pass for fewer crimes: it is then not known at all.
        added = table.aggregate([("count", "sum", pc.ScalarAggregateOptions(skip_nulls=False))])
        place, month, record = (added[name].to_numpy() for name in ("place", "month", "record"))
        total = added["count_sum"]
        yield self._batch(
            Cells(
                place=place,
                record=record,
                month=month,
                count=total.fill_null(0).to_numpy(),
                blank=total.is_null().to_numpy(),
            ),
            [f"{state:02d}999" for state in range(100)],
        )


def _refused(column: Sequence[Found]) -> dict[int, str]:
    if str not in set(map(type, column)):
        return {}
    return {at: value for at, value in enumerate(column) if isinstance(value, str)}


def _numbers(column: Sequence[Found]) -> NDArray[np.int64]:
    if str in set(map(type, column)):
        column = [0 if isinstance(value, str) else value for value in column]
    return np.array(column, np.int64)


def _texts(numbers: NDArray[np.int64], texts: Sequence[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(
        pa.array(numbers.astype(np.int32)), pa.array(texts, pa.string())
    )
