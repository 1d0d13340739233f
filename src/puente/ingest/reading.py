"""Delimited text read safely: bounded memory, true line numbers, every bad row kept.

A file as a whole that is not what its source says (another encoding, another delimiter, another
header, a web page saved under the file's name) raises `InvalidData`. One bad row in a good file
becomes a `Reject` and the rows after it are read on.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import N_
from puente.i18n import gettext as _
from puente.ingest.reading_lines import RAW, Lines
from puente.ingest.reading_records import Records
from puente.ingest.source import LoadContext, Reject, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a delimited file is written.

    Attributes:
        columns: number of columns of a file without a header; 0 where there is a header.
        header: columns that the header must name; more are allowed.
        encodings: tried in this order; the first that reads the whole file holds.
        delimiter: one character.
        title_lines: lines that may stand before the header; the header is the first line that
            names every column of `header`.
        quoted: False where a quote is a letter like any other.
    """

    columns: int = 0
    header: tuple[str, ...] = ()
    encodings: tuple[str, ...] = ("utf-8",)
    delimiter: str = ","
    title_lines: int = 0
    quoted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """An open table: its header and its rows, read as they are asked for."""

    header: tuple[str, ...]
    rows: Iterator[Row | Reject]

    def index(self, column: str) -> int:
        """Return the position of a column.

        Raises: InvalidData: there is none.
        """
        try:
            return self.header.index(column)
        except ValueError:
            raise InvalidData(_("no column {names}").format(names=repr(column))) from None


def read_table(context: LoadContext, layout: Layout, path: Path | None = None) -> Table:
    """Return the rows of the context's file; each row read is counted on the context.

    A row with another number of columns, a NUL, bytes that are not of the encoding, a quote that
    is never closed, or a line longer than allowed is handed over as a `Reject`. Empty lines and a
    lone Control-Z (the end mark of DOS, which OFAC still writes) are no rows.

    Args:
        context: the file, its limits, and where rows are counted.
        layout: how the file is written.
        path: what to read in the file's stead, where that is an archive that has been unpacked.

    Raises: InvalidData: no file, an empty one, one too large, in another encoding, with another
        delimiter or header, or a header that names a column twice.
    Cost: one pass; two where several encodings are allowed. Memory holds a few lines.
    """
    opened = open_text(context, layout, path)
    return Table(header=opened.header, rows=read_rows(opened, context))


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenText:
    """A delimited file of which the header has been read.

    Attributes:
        layout: how it is written.
        header: its columns; none where it has no header.
        width: number of its columns.
        records: what follows the header.
    """

    layout: Layout
    header: tuple[str, ...]
    width: int
    records: Records

    def probe(self) -> list[Row | Reject]:
        """Return the first records, up to the first good one.

        Raises: InvalidData: a file without a header of which none has its shape.
        """
        found: list[Row | Reject] = []
        while len(found) < _PROBE and (item := self.records.next(self.width)) is not None:
            found.append(item)
            if not isinstance(item, Reject):
                break
        if self.layout.columns and all(isinstance(item, Reject) for item in found):
            first = found[0] if found else None
            reason = first.reason if isinstance(first, Reject) else _("it holds none")
            message = _("no row of the file can be read: {reason}").format(reason=reason)
            raise InvalidData(message, file=self.records.lines.path, line=1)
        return found


def open_text(context: LoadContext, layout: Layout, path: Path | None = None) -> OpenText:
    """Return the context's file, opened behind its header.

    Args, Raises: as `read_table`.
    """
    path = path or context.file.path
    check_file(path, context.limits.max_file_mb)
    lines = Lines(path, choose_encoding(path, layout.encodings), context.limits.max_line_bytes)
    records = Records(lines, layout.delimiter, quoted=layout.quoted)
    header = _header(lambda: records.next(0), layout, path) if not layout.columns else ()
    width = layout.columns or len(header)
    return OpenText(layout=layout, header=header, width=width, records=records)


def table_of(rows: Iterable[Row], layout: Layout, context: LoadContext) -> Table:
    """Return the table that rows of parted cells make, such as a sheet's; rows are counted.

    Empty rows are none. A row may be shorter than the header, and longer where what is over is
    empty.

    Args:
        rows: the rows with their numbers, from the first on.
        layout: its `columns`, `header` and `title_lines`.
        context: where rows are counted.

    Raises: InvalidData: no row names the header's columns, or one names a column twice.
    """
    filled = ((line, cells) for line, cells in rows if any(cell.strip() for cell in cells))
    header: tuple[str, ...] = ()
    if not layout.columns:
        header = _header(lambda: next(filled, None), layout, context.file.path)
    return Table(header=header, rows=_fitted(filled, layout.columns or len(header), context))


def _fitted(rows: Iterable[Row], width: int, context: LoadContext) -> Iterator[Row | Reject]:
    for line, cells in rows:
        context.rows += 1
        if len(cells) == width:
            yield line, cells
        elif any(cell.strip() for cell in cells[width:]):
            reason = f"{len(cells)} columns instead of {width}"
            yield Reject(line=line, reason=reason, raw=",".join(cells)[:RAW])
        else:
            yield line, [*cells[:width], *[""] * (width - len(cells))]


def check_columns(needed: Sequence[str], header: Sequence[str]) -> None:
    """Check that a table has the columns that are needed.

    Raises: InvalidData: some are missing.
    """
    lacking = [column for column in needed if column not in header]
    if lacking:
        names = ", ".join(map(repr, lacking))
        raise InvalidData(_("no column {names}").format(names=names))


# --- the file as a whole -----------------------------------------------------------------------

_NOT_TEXT = (
    (b"PK\x03\x04", N_("this is a ZIP archive or spreadsheet, not delimited text")),
    (b"\x1f\x8b", N_("this is a gzip archive, not delimited text")),
    (b"%PDF", N_("this is a PDF, not delimited text")),
    (codecs.BOM_UTF16_LE, N_("the file is UTF-16; save it as UTF-8")),
    (codecs.BOM_UTF16_BE, N_("the file is UTF-16; save it as UTF-8")),
)


def check_size(path: Path, max_file_mb: int) -> int:
    """Return the size of a file in bytes, once it is known to be there and not too large.

    Raises: InvalidData: one of these does not hold.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise InvalidData(error.strerror or _("cannot be read"), file=path) from None
    if size > max_file_mb * 1024 * 1024:
        message = _("the file is larger than {limit} MB").format(limit=max_file_mb)
        raise InvalidData(message, file=path)
    return size


def check_file(path: Path, max_file_mb: int) -> None:
    """Check that a file is there, not empty, not too large, and looks like text.

    Raises: InvalidData: one of these does not hold.
    """
    size = check_size(path, max_file_mb)
    try:
        with path.open("rb") as handle:
            start = handle.read(2048)
    except OSError as error:
        raise InvalidData(error.strerror or _("cannot be read"), file=path) from None
    if not start.strip(b"\xef\xbb\xbf \t\r\n\x1a"):
        if size > len(start):
            raise InvalidData(_("the file begins with 2,048 bytes of nothing"), file=path)
        raise InvalidData(_("the file is empty"), file=path)
    for mark, reason in _NOT_TEXT:
        if start.startswith(mark):
            raise InvalidData(_(reason), file=path)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:15].lower().startswith((b"<!doctype html", b"<html")):
        raise InvalidData(_("this is a web page, not the file that it is named after"), file=path)


def choose_encoding(path: Path, encodings: Sequence[str]) -> str:
    """Return the first of `encodings` that reads the whole file.

    One encoding alone is taken at its word: a line that it cannot read becomes a reject.

    Raises: InvalidData: none of several reads it.
    """
    if len(encodings) == 1:
        return encodings[0]
    for encoding in encodings:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as handle:
                while chunk := handle.read(_CHUNK):
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    message = _("the file is in none of {encodings}").format(encodings=", ".join(encodings))
    raise InvalidData(message, file=path)


# --- header and counting -----------------------------------------------------------------------


def _header(
    next_row: Callable[[], Row | Reject | None], layout: Layout, path: Path
) -> tuple[str, ...]:
    missing: list[str] = list(layout.header)
    first: tuple[str, ...] = ()
    line = 1
    for _line in range(layout.title_lines + 1):
        item = _next_filled(next_row)
        if isinstance(item, Reject):
            reason = _("the header cannot be read: {reason}").format(reason=item.reason)
            raise InvalidData(reason, file=path, line=item.line)
        if item is None:
            break
        line, cells = item
        names = tuple(" ".join(cell.split()) for cell in cells)
        lacking = [name for name in layout.header if name not in names]
        if not lacking:
            check_twice(names, path, line)
            return names
        first = first or names
        if len(lacking) < len(missing):
            missing = lacking
    reason = _("no column {names}").format(names=", ".join(repr(name) for name in missing[:8]))
    if len(first) == 1 and len(layout.header) > 1:
        reason += "; " + _("the first line has one column: is {delimiter!r} the delimiter?").format(
            delimiter=layout.delimiter
        )
    raise InvalidData(reason, file=path, line=line)


def _next_filled(next_row: Callable[[], Row | Reject | None]) -> Row | Reject | None:
    """Return the next row that is no mere line of delimiters, such as stand among titles."""
    while isinstance(item := next_row(), tuple) and not any(cell.strip() for cell in item[1]):
        pass
    return item


def check_twice(names: Sequence[str], path: Path, line: int | None) -> None:
    """Check that a header names no column twice.

    Raises: InvalidData: it does.
    """
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        message = _("the header names {names} twice").format(names=", ".join(twice)[:200])
        raise InvalidData(message, file=path, line=line)


_PROBE = 10


def read_rows(opened: OpenText, context: LoadContext) -> Iterator[Row | Reject]:
    """Yield rows and rejects; each is counted.

    Raises: InvalidData: no row among the first ten of a file without a header has its shape.
    """
    for first in opened.probe():
        context.rows += 1
        yield first
    records, width = opened.records, opened.width
    while (item := records.next(width)) is not None:
        context.rows += 1
        yield item
    if records.end_marks:
        context.fact("Control-Z lines", records.end_marks)
