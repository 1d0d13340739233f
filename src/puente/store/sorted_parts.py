"""Sorted parts of one table merged into one sorted table, a few thousand rows at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


class _Part:
    """One sorted file, of which some rows are held."""

    def __init__(self, path: Path, key: str, rows: int) -> None:
        file = pq.ParquetFile(path)
        self._key = key
        self._batches = file.iter_batches(rows, use_threads=False)
        self.held = file.schema_arrow.empty_table()
        self.done = False
        self.fill()

    @property
    def last(self) -> str:
        """Return the key of the last row that is held."""
        return str(self.held[self._key][-1].as_py())

    def fill(self) -> None:
        """Hold some rows more, or be done."""
        batch = next(self._batches, None)
        self.done = batch is None
        if batch is not None:
            more = pa.Table.from_batches([batch])
            self.held = pa.concat_tables([self.held, more]) if len(self.held) else more

    def before(self, key: str) -> pa.Table:
        """Return the rows whose key comes before another, and let go of them."""
        count = pc.sum(pc.less(self.held[self._key], key)).as_py() or 0
        taken, self.held = self.held.slice(0, count), self.held.slice(count)
        return taken


def merged(paths: Sequence[Path], order: Sequence[str], rows: int) -> Iterator[pa.Table]:
    """Yield the rows of sorted files in their order, in tables of `rows` rows (the last: fewer).

    Args:
        paths: Parquet files of one schema, each sorted by `order`, without nulls in the first
            column of it, which is text.
        order: columns that no two rows have alike.
        rows: of a table.

    Cost: memory holds some `rows` rows of each file, and all that have one first column alike.
    """
    parts = [_Part(path, order[0], rows) for path in paths]
    left = parts[0].held.slice(0, 0)
    for table in _in_order(parts, order):
        left = pa.concat_tables([left, table])
        while len(left) > rows:
            yield left.slice(0, rows)
            left = left.slice(rows)
    yield left


def _in_order(parts: list[_Part], order: Sequence[str]) -> Iterator[pa.Table]:
    keys = [(column, "ascending") for column in order]
    while going := [part for part in parts if not part.done]:
        # What comes after may still hold rows of the smallest last key, and of none before it.
        bound = min(part.last for part in going)
        taken = [table for part in parts if len(table := part.before(bound))]
        if taken:
            yield pa.concat_tables(taken).sort_by(keys)
        for part in going:
            if not len(part.held) or part.last == bound:
                part.fill()
    rest = pa.concat_tables([part.held for part in parts])
    if len(rest):
        yield rest.sort_by(keys)
