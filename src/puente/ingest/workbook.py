"""Spreadsheets (.xlsx, .xlsm) read safely: bounded, typed cells, nothing dropped without a word.

The workbook is first unpacked into a measured copy, and the reader opens that copy only. On the
way, cells that show an error (`#N/A`, `#DIV/0!`) become cells with that text, since the reader
would hand them over as empty, and an empty cell means "not reported".

Source: ECMA-376 Part 1, 18.3.1.4 (cell) and 18.18.11 (cell types); Excel specifications and
limits (1,048,576 rows by 16,384 columns; 32,767 characters in a cell; 15 digits).
"""

from __future__ import annotations

import math
import re
import tempfile
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.archives import cap_of, compression_of, copy_member, open_zip

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from python_calamine import CalamineWorkbook

    from puente.ingest.source import Limits

Cell = str | int | float | bool | date | datetime | time | timedelta
"""What a cell holds. Empty is ""; a formula is the value that was last computed for it."""

MAX_CELLS = 20_000_000
"""Cells that the rectangle of a sheet may span: a full sheet of 19 columns. One stray cell in the
last corner would have the reader ask for 400 GB."""

EXACT = 10**15
"""Whole numbers from here on are not exact in a spreadsheet, which keeps 15 digits."""


@dataclass(frozen=True, slots=True)
class Workbook:
    """An open workbook. Use `open_workbook`."""

    path: Path
    _copy: Path
    _book: CalamineWorkbook

    @property
    def sheets(self) -> tuple[str, ...]:
        """Return the names of the sheets that hold cells, hidden ones too, in the book's order."""
        from python_calamine import SheetTypeEnum

        kind = SheetTypeEnum.WorkSheet
        return tuple(sheet.name for sheet in self._book.sheets_metadata if sheet.typ == kind)

    def cells(self, sheet: str = "") -> Iterator[list[Cell]]:
        """Yield the rows of a sheet from its row 1, each as long as the widest.

        Args:
            sheet: its name, as written or but for case and spaces around it; "" is the first.

        Raises: InvalidData: no such sheet, or one that is damaged.
        """
        name = self._named(sheet)
        with _faults(self.path):
            held = self._book.get_sheet_by_name(name)
            start = held.start
            if start is None:
                return
            rows = held.iter_rows()
        # The reader gives empty rows above the first cell, yet no empty columns left of it.
        margin: list[Cell] = [""] * start[1]
        for row in self._whole(rows):
            yield [*margin, *row] if margin else row

    def texts(self, sheet: str = "") -> Iterator[list[str]]:
        """Yield the rows of a sheet as text, by the rules of `cell_text`. Args, Raises: `cells`."""
        for row in self.cells(sheet):
            yield [cell if isinstance(cell, str) else cell_text(cell) for cell in row]

    def fills(self, sheet: str = "") -> Mapping[tuple[int, int], str]:
        """Return the colour of every cell of a sheet that is filled with one, `FFEA00`.

        Some tables say by colour how sure a figure is. Keys are row and column from 0, as `cells`
        gives them; colours of the theme (white and black, mostly) are left out.

        Raises: InvalidData: no such sheet, or its styles are damaged.
        Cost: 2 microseconds a cell.
        """
        from puente.ingest.workbook_fills import fills_of

        return fills_of(self._copy, self._named(sheet), self.path)

    def _whole(self, rows: Iterator[list[Cell]]) -> Iterator[list[Cell]]:
        number = 0
        while True:
            number += 1
            try:
                yield next(rows)
            except StopIteration:
                return
            except OverflowError:
                message = _("a span of time in the row is too long to be one")
                raise InvalidData(message, file=self.path, line=number) from None

    def _named(self, sheet: str) -> str:
        names = self.sheets
        if not names:
            raise InvalidData(_("the workbook holds no sheet with cells"), file=self.path)
        if not sheet:
            return names[0]
        if sheet in names:
            return sheet
        alike = [name for name in names if name.strip().casefold() == sheet.strip().casefold()]
        if len(alike) == 1:
            return alike[0]
        message = _("no sheet is called {name!r}; there are {names}").format(
            name=sheet, names=", ".join(names[:20])
        )
        raise InvalidData(message, file=self.path)


@contextmanager
def open_workbook(path: Path, limits: Limits) -> Iterator[Workbook]:
    """Give an open workbook.

    Args:
        path: an .xlsx or .xlsm file.
        limits: `max_file_mb` bounds the packed and the unpacked size.

    Raises: InvalidData: another kind of file, an encrypted or damaged one, one that unpacks past
        its bounds, or a sheet whose rectangle spans more than `MAX_CELLS`.
    Limits: one sheet is in memory at a time, 32 bytes a cell of its rectangle and its text. A file
        made to repeat a long text in every cell can still ask for more; load files of
        strangers under a limit of the system's own. A negative date, which a spreadsheet shows as
        `####`, is read as midnight.
    Cost: unpacks the workbook once to a temporary file that only its owner can read.
    """
    from python_calamine import load_workbook

    if compression_of(path) != "zip":
        raise InvalidData(_not_a_workbook(path), file=path)
    with tempfile.TemporaryDirectory(prefix="puente-") as folder:
        copy = Path(folder) / "book.xlsx"
        _copy(path, copy, limits)
        with _faults(path):
            book = load_workbook(copy)
        try:
            yield Workbook(path, copy, book)
        finally:
            book.close()


def read_sheet(path: Path, sheet: str, limits: Limits) -> Iterator[list[str]]:
    """Yield the rows of one sheet as text, from its row 1, each as long as the widest.

    Args:
        path: an .xlsx or .xlsm file.
        sheet: its name; "" is the first.
        limits: `max_file_mb` bounds the packed and the unpacked size.

    Raises: InvalidData: as `open_workbook` and `Workbook.cells`.
    """
    with open_workbook(path, limits) as book:
        yield from book.texts(sheet)


def cell_text(cell: Cell) -> str:
    """Return a cell as the text of a delimited file: `5`, `0.25`, `2025-03-01T14:05:09`, `true`.

    A whole number has no decimal point; a date at midnight is a day; a span of time is hours,
    minutes and seconds. A whole number of more than 15 digits keeps its exponent
    (`1.2345678901234568e+17`): the digits of an identifier that was typed as a number are gone,
    and text that looks whole would hide it. What is no number (NaN) is empty.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return _number(cell)
    if isinstance(cell, timedelta):
        seconds = round(cell.total_seconds())
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
        return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return cell.isoformat()


def _number(value: float) -> str:
    if math.isnan(value):
        return ""
    if abs(value) >= EXACT:
        return repr(float(value))
    if value == int(value):
        return str(int(value))
    return format(Decimal(repr(value)), "f")


# --- the measured copy -------------------------------------------------------------------------

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# A cell's reference, and the rest of its tag where the tag holds no value (a mere style).
_REFERENCE = re.compile(
    rb"""\sr\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']"""
    rb"""((?:\s+[\w:]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*/>)?"""
)
_LONGEST_TEXT = 1 << 23
_ERROR_CELL = re.compile(rb"""(<(?:\w+:)?c\s[^<>]*?\bt\s*=\s*)(["'])e\2""")


def _not_a_workbook(path: Path) -> str:
    with path.open("rb") as handle:
        start = handle.read(8)
    if start == _OLE:
        return _("an old or password-protected workbook; save it as .xlsx without a password")
    if not start:
        return _("the file is empty")
    return _("not a workbook of the .xlsx kind")


def _copy(path: Path, target: Path, limits: Limits) -> None:
    left = cap_of(path, limits)
    with open_zip(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        names = {member.filename.lower() for member in members}
        if "[content_types].xml" not in names or not any(n.endswith("book.xml") for n in names):
            raise InvalidData(_("not a workbook of the .xlsx kind"), file=path)
        if len(names) < len(members):
            raise InvalidData(_("the workbook holds two parts of one name"), file=path)
        try:
            with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True) as out:
                for member in members:
                    chunks = copy_member(archive, member, path, left)
                    with out.open(member.filename, "w", force_zip64=True) as inner:
                        for chunk in _measured(chunks, member.filename, path):
                            inner.write(chunk)
                    left -= out.getinfo(member.filename).file_size
        except OSError as error:
            message = _("it cannot be unpacked: {reason}").format(reason=error.strerror)
            raise InvalidData(message, file=path) from None


def _measured(chunks: Iterable[bytes], part: str, path: Path) -> Iterator[bytes]:
    """Yield the part with error cells made text; refuse a sheet that spans too many cells."""
    span = _Span(part, path)
    held = b""
    for chunk in chunks:
        held += chunk
        # A tag is looked at whole: what follows the last closed one waits for the next chunk.
        cut = held.rfind(b">") + 1
        if not cut and len(held) > _LONGEST_TEXT:
            message = _("{part} holds a text longer than any cell can hold").format(part=part)
            raise InvalidData(message, file=path)
        yield span.seen(held[:cut])
        held = held[cut:]
    yield span.seen(held)


class _Span:
    """The rectangle that the cells of one part need."""

    def __init__(self, part: str, path: Path) -> None:
        self._part = part
        self._path = path
        self._columns: dict[bytes, int] = {}
        self._corner = [0, 0]

    def seen(self, data: bytes) -> bytes:
        """Return `data` with error cells made text, once its cells are counted.

        Raises: InvalidData: the rectangle is too large.
        """
        last_column, last_row = self._corner
        for letters, digits, empty in _REFERENCE.findall(data):
            if empty:
                continue
            column = self._columns.get(letters)
            if column is None:
                column = self._columns[letters] = _column(letters)
                last_column = max(last_column, column)
            row = int(digits)
            if row > last_row:
                last_row = row
        self._corner = [last_column, last_row]
        if last_column * last_row > MAX_CELLS:
            message = _("{part} spans {rows} rows and {columns} columns: a stray cell?").format(
                part=self._part, rows=last_row, columns=last_column
            )
            raise InvalidData(message, file=self._path)
        return _ERROR_CELL.sub(rb"\1\2str\2", data)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    from python_calamine import CalamineError

    try:
        yield
    except (CalamineError, OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:120]
        message = _("the workbook is damaged: {reason}").format(reason=reason)
        raise InvalidData(message, file=path) from None
