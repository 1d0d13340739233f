"""The files that agencies send: their layouts, and rows written as they come."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

DAMAGED = (40, 90, 140)
"""After which rows of a sheet of records a damaged copy of the row is planted."""
FAULTS = ("no id", "impossible date", "cut short")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The layout of one file.

    Attributes:
        name: of the file, without its ending.
        columns: as the header writes them; dots nest in a file of JSON lines.
        agency: folder in which the file lies.
        encoding, delimiter: of the text; a delimiter of "" means JSON lines.
        id_column, date_column: columns that a damaged row spoils; "" where none is planted.
        bad_date: an impossible date in the layout's own order.
    """

    name: str
    columns: tuple[str, ...]
    agency: str
    encoding: str = "utf-8"
    delimiter: str = ","
    id_column: str = ""
    date_column: str = ""
    bad_date: str = "31/02/2024"

    @property
    def file_name(self) -> str:
        """Return the file's name with its ending."""
        return f"{self.name}.{'csv' if self.delimiter else 'jsonl'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row that an agency writes, and what in truth it speaks of.

    Attributes:
        sheet: name of the sheet.
        cells: one text a column.
        people: entity ids that a mapping makes of the row, with the person's number.
        officials: the same for people whom an office number names, in many rows alike.
        firms: the same with a firm's number.
        vehicles: the same with a vehicle's key.
    """

    sheet: str
    cells: tuple[str, ...]
    people: tuple[tuple[str, int], ...] = ()
    officials: tuple[tuple[str, int], ...] = ()
    firms: tuple[tuple[str, int], ...] = ()
    vehicles: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A damaged row that was planted: it has to be rejected."""

    file: str
    line: int
    fault: str


@dataclass(slots=True, kw_only=True)
class SheetWriter:
    """One open file of rows; a context manager, so that it is closed whatever happens.

    Attributes:
        sheet: its layout.
        folder: of the world; the file lies in the agency's folder below it.
        line: number of the line written last.
        rows: good rows written.
        faults: damaged rows planted.
    """

    sheet: Sheet
    folder: Path
    line: int = 0
    rows: int = 0
    faults: list[Fault] = field(default_factory=list)
    _handle: TextIO = field(init=False)
    _writer: Any = field(init=False)

    @property
    def path(self) -> Path:
        """Return the path of the file."""
        return self.folder / self.sheet.agency / self.sheet.file_name

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._handle = self.path.open("w", encoding=self.sheet.encoding, newline="")
        if self.sheet.delimiter:
            self._writer = csv.writer(self._handle, delimiter=self.sheet.delimiter)
            self._put(self.sheet.columns)
        return self

    def __exit__(self, *_error: object) -> None:
        self._handle.close()

    def write(self, cells: Sequence[str]) -> int:
        """Write a row and return its line; plant a damaged copy after some rows."""
        self._put(cells)
        line = self.line
        if self.sheet.id_column and self.rows in DAMAGED:
            self._damage(cells, FAULTS[DAMAGED.index(self.rows)])
        self.rows += 1
        return line

    def _put(self, cells: Sequence[str]) -> None:
        if self.sheet.delimiter:
            self._writer.writerow(cells)
        else:
            self._handle.write(json.dumps(nested(self.sheet.columns, cells), ensure_ascii=False))
            self._handle.write("\n")
        self.line += 1

    def _damage(self, cells: Sequence[str], fault: str) -> None:
        spoiled = list(cells)
        if fault == "no id":
            spoiled[self.sheet.columns.index(self.sheet.id_column)] = ""
        elif fault == "impossible date":
            spoiled[self.sheet.columns.index(self.sheet.date_column)] = self.sheet.bad_date
        elif self.sheet.delimiter:
            spoiled = spoiled[: len(spoiled) // 2]
        else:
            text = json.dumps(nested(self.sheet.columns, cells), ensure_ascii=False)
            self._handle.write(text[: len(text) // 2] + "\n")
            self.line += 1
            self.faults.append(Fault(file=self.path.name, line=self.line, fault=fault))
            return
        self._put(spoiled)
        self.faults.append(Fault(file=self.path.name, line=self.line, fault=fault))


def nested(columns: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    """Return a JSON object of a row; empty cells are left out, dots nest."""
    found: dict[str, Any] = {}
    for column, cell in zip(columns, cells, strict=True):
        if not cell:
            continue
        *folders, leaf = column.split(".")
        inner = found
        for folder in folders:
            inner = inner.setdefault(folder, {})
        inner[leaf] = cell
    return found


def quoted_lines(rows: Iterator[Sequence[str | int | None]]) -> Iterator[str]:
    """Yield rows in OFAC's legacy layout: texts in quotes, numbers bare, `-0- ` for nothing.

    Source: OFAC, "SDN Data Formats" (Specifications for the .CSV, .DEL, .PIP and .FF files).
    """
    for row in rows:
        buffer = io.StringIO()
        cells = ["-0- " if cell is None or cell == "" else _ofac_cell(cell) for cell in row]
        buffer.write(",".join(cells))
        yield buffer.getvalue() + "\r\n"


def _ofac_cell(cell: str | int) -> str:
    if isinstance(cell, int):
        return str(cell)
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'
