"""Delimited text read by the block: plain rows by column, every other one as ever.

A row is plain where it stands on one line of its own and no reader could part it otherwise: the
right number of delimiters, quotes around whole cells only, no byte that is not of the encoding.
Whatever else there is goes through `Records`, from its first line on, so that what comes of a file
does not depend on where its blocks begin.
"""

from __future__ import annotations

import codecs
import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from puente.ingest.reading_lines import Lines, Spot
from puente.ingest.reading_records import Records

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from puente.ingest.reading import Layout, OpenText
    from puente.ingest.source import LoadContext, Reject, Row

    Numbers = np.ndarray[Any, Any]

ODD_SHARE = 0.05
"""Share of rows that are not plain from which a whole block is read row by row: past it the seeks
cost more than they save."""

_AROUND_ODD, _MANY_ODD = 1 << 14, 1 << 20
"""Bytes that are buffered where one row is read, or many."""
_LONGEST = 100_000
"""Bytes of a plain row; below the longest cell that the csv module takes (131,072)."""
_NEWLINE, _RETURN, _QUOTE = 10, 13, 34
_SINGLE_BYTE = frozenset(
    {"ascii", "cp1252", "iso8859-1", "iso8859-15", "cp1250", "iso8859-2", "cp850", "cp437"}
)


def fits(layout: Layout) -> bool:
    """Return True if files of a layout can be read by the block."""
    names = {codecs.lookup(encoding).name for encoding in layout.encodings}
    plain = layout.delimiter.isascii() and layout.delimiter not in '"\r\n\0'
    return plain and names <= _SINGLE_BYTE | {"utf-8"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Rows that follow one another in a file.

    Attributes:
        columns: the plain rows, as text; each column is named by its position.
        lines: the line of each plain row.
        strays: rows that are not plain and rejects, with the number of plain rows before each.
    """

    columns: pa.Table
    lines: Numbers
    strays: Sequence[tuple[int, Row | Reject]]
    text: bytes
    starts: Numbers
    layout: Layout
    encoding: str

    def row(self, at: int) -> Row:
        """Return a plain row as the csv module reads it."""
        start = int(self.starts[at])
        end = self.text.index(b"\n", start) + 1
        line = self.text[start:end].decode(self.encoding)
        cut = self.layout.delimiter
        if self.layout.quoted:
            return int(self.lines[at]), next(csv.reader([line], delimiter=cut, strict=True))
        cells = next(csv.reader([line], delimiter=cut, quoting=csv.QUOTE_NONE))
        return int(self.lines[at]), cells


def read_blocks(
    opened: OpenText, columns: Sequence[int], context: LoadContext, size: int
) -> Iterator[Row | Reject | Block]:
    """Yield what `read_table` yields, most of it by the block; each row is counted.

    Args:
        opened: the file behind its header, of a layout that `fits`.
        columns: positions of the columns that are needed.
        context: where rows are counted.
        size: bytes of a block.

    Raises: InvalidData: as `read_table`.
    """
    for item in opened.probe():
        context.rows += 1
        yield item
    reader = _Blocks(opened, columns, size)
    for found in reader.read():
        context.rows += len(found.lines) + len(found.strays) if isinstance(found, Block) else 1
        yield found
    if reader.end_marks:
        context.fact("Control-Z lines", reader.end_marks)


class _Blocks:
    """The blocks of one file behind its first rows."""

    def __init__(self, opened: OpenText, columns: Sequence[int], size: int) -> None:
        self.end_marks = opened.records.end_marks
        self._opened = opened
        self._lines = opened.records.lines
        self._columns = columns
        self._size = size
        self._spot = self._lines.spot

    def read(self) -> Iterator[Row | Reject | Block]:
        with self._lines.path.open("rb", buffering=0) as handle:
            while True:
                handle.seek(self._spot.byte)
                data = handle.read(self._size)
                if not data:
                    return
                data = data[: data.rfind(b"\n") + 1]
                checked = _checked(data, self._opened, self._lines) if data else None
                if checked is None or (~checked.plain).mean() > ODD_SHARE:
                    yield from self._row_by_row(len(data))
                else:
                    yield self._block(checked)

    def _row_by_row(self, size: int) -> Iterator[Row | Reject]:
        """Yield the next record and those that begin within `size` bytes."""
        end = self._spot.byte + size
        records = self._records(_MANY_ODD)
        while (item := records.next(self._opened.width)) is not None:
            self._spot = records.lines.spot
            yield item
            if self._spot.byte >= end:
                break
        else:
            self._spot = records.lines.spot
        self.end_marks += records.end_marks

    def _records(self, buffer: int) -> Records:
        lines, layout = self._lines, self._opened.layout
        again = Lines(lines.path, lines.encoding, lines.max_bytes, start=self._spot, buffer=buffer)
        return Records(again, layout.delimiter, quoted=layout.quoted)

    def _block(self, checked: _Checked) -> Block:
        start, plain = self._spot, checked.plain
        strays: list[tuple[int, Row | Reject]] = []
        at, kept, records = 0, 0, None
        for odd in np.flatnonzero(~plain).tolist():
            if odd < at:
                continue
            kept += odd - at
            if records is None or odd > at:
                byte = start.byte + int(checked.starts[odd])
                self._spot = Spot(byte=byte, line=start.line + odd)
                records = self._records(_AROUND_ODD)
            marks = records.end_marks
            item = records.next(self._opened.width)
            self.end_marks += records.end_marks - marks
            if item is not None:
                strays.append((kept, item))
            self._spot = records.lines.spot
            at = self._spot.line - start.line
            # Lines that a record spans, or empty ones before it, are no rows of their own.
            plain[odd:at] = False
        if at < len(plain):
            end = start.byte + len(checked.data)
            self._spot = Spot(byte=end, line=start.line + len(plain))
        return self._parsed(checked, start.line, strays)

    def _parsed(
        self, checked: _Checked, before: int, strays: list[tuple[int, Row | Reject]]
    ) -> Block:
        layout, encoding = self._opened.layout, self._lines.encoding
        return Block(
            columns=_columns(checked.kept(), self._opened, encoding, self._columns),
            lines=np.flatnonzero(checked.plain) + before + 1,
            strays=strays,
            text=checked.data,
            starts=checked.starts[checked.plain],
            layout=layout,
            encoding=encoding,
        )


def _columns(data: bytes, opened: OpenText, encoding: str, columns: Sequence[int]) -> pa.Table:
    names = [str(at) for at in range(opened.width)]
    needed = [str(at) for at in columns]
    if not data:
        return pa.table({name: pa.array([], pa.string()) for name in needed})
    if not data.isascii() and codecs.lookup(encoding).name != "utf-8":
        data = data.decode(encoding).encode()
    return pa_csv.read_csv(
        pa.BufferReader(data),
        pa_csv.ReadOptions(use_threads=False, block_size=len(data) + 1, column_names=names),
        pa_csv.ParseOptions(
            delimiter=opened.layout.delimiter,
            quote_char='"' if opened.layout.quoted else False,
            ignore_empty_lines=False,
        ),
        pa_csv.ConvertOptions(
            include_columns=needed,
            column_types=dict.fromkeys(needed, pa.string()),
            strings_can_be_null=False,
            check_utf8=False,
        ),
    )


# --- which rows are plain ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    """Whole lines of a file: where each begins and ends, and whether it is a plain row."""

    data: bytes
    starts: Numbers
    ends: Numbers
    plain: Numbers

    def kept(self) -> bytes:
        """Return the plain lines one after the other."""
        if self.plain.all():
            return self.data
        edges = np.flatnonzero(np.diff(np.concatenate(([False], self.plain, [False]))))
        runs = zip(self.starts[edges[::2]], self.ends[edges[1::2] - 1], strict=True)
        return b"".join(self.data[start:end] for start, end in runs)

    def drop(self, places: Numbers) -> None:
        """Let the lines in which these bytes stand be no plain rows."""
        self.plain[np.searchsorted(self.ends, places, side="right")] = False


def _checked(data: bytes, opened: OpenText, lines: Lines) -> _Checked:
    raw = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(raw == _NEWLINE) + 1
    starts = np.concatenate(([0], ends[:-1]))
    plain = ends - starts <= min(_LONGEST, lines.max_bytes)
    found = _Checked(data=data, starts=starts, ends=ends, plain=plain)
    if b"\0" in data:
        found.drop(np.flatnonzero(raw == 0))
    if b"\r" in data:
        returns = np.flatnonzero(raw == _RETURN)
        found.drop(returns[raw[returns + 1] != _NEWLINE])
    if not data.isascii():
        _drop_undecodable(found, raw, lines.encoding)
    _drop_other_widths(found, raw, opened)
    return found


def _drop_undecodable(found: _Checked, raw: Numbers, encoding: str) -> None:
    data = found.data
    # The parser would take the mark for one of the file's beginning and leave it out.
    at = data.find(codecs.BOM_UTF8)
    while at >= 0:
        found.drop(np.array([at]))
        at = data.find(codecs.BOM_UTF8, at + 1)
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        high = np.flatnonzero(raw >= 128)
        for line in np.unique(np.searchsorted(found.ends, high, side="right")).tolist():
            try:
                data[found.starts[line] : found.ends[line]].decode(encoding)
            except UnicodeDecodeError:
                found.plain[line] = False


def _drop_other_widths(found: _Checked, raw: Numbers, opened: OpenText) -> None:
    parted = np.flatnonzero(raw == ord(opened.layout.delimiter))
    if opened.layout.quoted and b'"' in found.data:
        parted = parted[~_quoted(found, raw, parted, ord(opened.layout.delimiter))]
    before = np.searchsorted(parted, found.ends)
    counts = np.diff(before, prepend=0)
    found.plain[counts != opened.width - 1] = False


def _quoted(found: _Checked, raw: Numbers, parted: Numbers, delimiter: int) -> Numbers:
    """Return which delimiters stand in quotes; a line where that is not plain is dropped."""
    quotes = np.flatnonzero(raw == _QUOTE)
    line = np.searchsorted(found.ends, quotes, side="right")
    first = np.searchsorted(quotes, found.starts)
    opens = (np.arange(len(quotes)) - first[line]) % 2 == 0
    before, after = raw[quotes - 1], raw[quotes + 1]
    starts = (quotes == found.starts[line]) | (before == delimiter)
    stops = (after == delimiter) | (after == _NEWLINE) | (after == _RETURN)
    found.drop(quotes[np.where(opens, ~starts, ~stops)])
    many = np.diff(np.append(first, len(quotes)))
    found.plain[many % 2 == 1] = False
    inside = np.searchsorted(quotes, parted)
    own = np.searchsorted(found.ends, parted, side="right")
    return np.asarray((inside - first[own]) % 2 == 1)
