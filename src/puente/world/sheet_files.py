"""The open files of a world: rows written as they come, and damaged ones planted among them."""

from __future__ import annotations

import csv
import json
from abc import ABC, abstractmethod
from copy import deepcopy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.world.sheets import DAMAGED, FAULTS, Fault, Row, Sheet, Spoil, nested

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from puente.world.sheets import Lines

MADE_ON = datetime(2026, 1, 1, tzinfo=UTC)
"""Day that a workbook says it was made on: the same in every run."""
WORKBOOK_ROWS = 1_048_576
"""Rows of a sheet, at most. Source: Excel specifications and limits."""
LINE_END = "\r\n"


class SheetFile(ABC):
    """One open file of rows; a context manager, so that it is closed whatever happens.

    Attributes:
        sheet: its layout.
        path: where it lies, in the agency's folder.
        line: number of the line, row or record written last, as a reader counts them.
        rows: good rows written.
        faults: damaged rows planted.
    """

    def __init__(self, sheet: Sheet, folder: Path) -> None:
        self.sheet = sheet
        self.path = folder / sheet.agency / sheet.file_name
        self.line = self.rows = 0
        self.faults: list[Fault] = []
        self._due = _planned(sheet)

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._open()
        return self

    def __exit__(self, *_error: object) -> None:
        self._close()

    def write(self, row: Row) -> int:
        """Write a row and return its line; plant a damaged copy after some rows."""
        self._put(row)
        line = self.line
        for spoil in [spoil for spoil in self._due if spoil.after <= self.rows]:
            if self._plant(row, spoil):
                self._due.remove(spoil)
                self.faults.append(Fault(file=self.path.name, line=self.line, fault=spoil.fault))
        self.rows += 1
        return line

    def write_lines(self, lines: Lines) -> int:
        """Write ready-made lines and return the number of the first.

        Raises: TypeError: the file is no delimited text.
        """
        raise TypeError(f"{self.path.name} takes no {type(lines).__name__}")

    @abstractmethod
    def _open(self) -> None: ...

    @abstractmethod
    def _close(self) -> None: ...

    @abstractmethod
    def _put(self, row: Row) -> None: ...

    def _plant(self, row: Row, spoil: Spoil) -> bool:
        """Write a damaged copy of a row if it can be damaged so; return whether it was."""
        columns, cells = self.sheet.columns, list(row.cells)
        if spoil.column:
            cells[columns.index(spoil.column)] = spoil.text
        else:
            cells = cells[: len(cells) // 2]
        self._put(Row(sheet=row.sheet, cells=tuple(cells)))
        return True


def _planned(sheet: Sheet) -> list[Spoil]:
    """Return the damage that a sheet is due, in order."""
    due = list(sheet.spoils)
    if sheet.id_column:
        spoiled = ((sheet.id_column, ""), (sheet.date_column, sheet.bad_date), ("", ""))
        due += [
            Spoil(after=after, fault=fault, column=column, text=text)
            for after, fault, (column, text) in zip(DAMAGED, FAULTS, spoiled, strict=True)
            # One record cut short would cut off all that follow it in the document.
            if column or sheet.form != "json"
        ]
    return sorted(due, key=lambda spoil: spoil.after)


class DelimitedFile(SheetFile):
    """A delimited text."""

    def _open(self) -> None:
        self._handle = self.path.open("w", encoding=self.sheet.encoding, newline="")
        self._writer = csv.writer(self._handle, delimiter=self.sheet.delimiter)
        self._put(Row(sheet=self.sheet.name, cells=self.sheet.columns))

    def _close(self) -> None:
        self._handle.close()

    def _put(self, row: Row) -> None:
        self._writer.writerow(row.cells)
        self.line += 1

    def write_lines(self, lines: Lines) -> int:
        """Write ready-made lines and return the number of the first; damage follows the last."""
        first = self.line + 1
        self._handle.write(lines.text)
        self.line += lines.count
        self.rows += lines.count
        due = [spoil for spoil in self._due if spoil.after < self.rows]
        if due:
            last = lines.text.rstrip().rpartition(LINE_END)[2].split(self.sheet.delimiter)
            for spoil in due:
                self._plant(Row(sheet=lines.sheet, cells=tuple(last)), spoil)
                self.faults.append(Fault(file=self.path.name, line=self.line, fault=spoil.fault))
            self._due = self._due[len(due) :]
        return first


class JsonLinesFile(SheetFile):
    """A JSON object a line."""

    def _open(self) -> None:
        self._handle = self.path.open("w", encoding="utf-8", newline="")

    def _close(self) -> None:
        self._handle.close()

    def _put(self, row: Row) -> None:
        self._text(json.dumps(self._record(row), ensure_ascii=False))

    def _text(self, text: str) -> None:
        self._handle.write(text + "\n")
        self.line += 1

    def _record(self, row: Row) -> Mapping[str, Any]:
        return row.record or nested(self.sheet.columns, row.cells)

    def _plant(self, row: Row, spoil: Spoil) -> bool:
        record = deepcopy(dict(self._record(row)))
        if not spoil.column:
            text = json.dumps(record, ensure_ascii=False)
            self._text(text[: len(text) // 2])
            return True
        if not _spoiled(record, spoil.column.split("."), spoil.text):
            return False
        self._put(Row(sheet=row.sheet, record=record))
        return True


class JsonFile(JsonLinesFile):
    """One JSON document with a list of records; a line of a reader is a record of the list."""

    def _open(self) -> None:
        super()._open()
        self._handle.write('{"version": "1.0", "' + self.sheet.records + '": [')

    def _close(self) -> None:
        self._handle.write("\n]}\n")
        super()._close()

    def _text(self, text: str) -> None:
        self._handle.write((",\n" if self.line else "\n") + text)
        self.line += 1


def _spoiled(record: dict[str, Any], path: list[str], text: str) -> bool:
    """Put `text` at the end of `path`, through the first element of lists; False if none is there.

    Args:
        record: is changed.
    """
    *folders, leaf = path
    inner: Any = record
    for folder in folders:
        inner = inner.get(folder)
        if isinstance(inner, list):
            inner = inner[0] if inner else None
        if not isinstance(inner, dict):
            return False
    if not inner.get(leaf):
        return False
    inner[leaf] = text
    return True


class WorkbookFile(SheetFile):
    """A workbook: the rows on the sheet that `records` names, after a sheet of notes."""

    def _open(self) -> None:
        from xlsxwriter import Workbook  # type: ignore[import-untyped]

        # Rows go to the file as they come, not into memory.
        self._book = Workbook(str(self.path), {"constant_memory": True})
        # The format knows no zone, and the writer wants none.
        self._book.set_properties({"created": MADE_ON.replace(tzinfo=None)})
        notes = self._book.add_worksheet("Notas")
        notes.write_string(0, 0, "Corte al 31/12/2025. Los datos están en la hoja siguiente.")
        self._page = self._book.add_worksheet(self.sheet.records)
        self._moment = self._book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        self._put(Row(sheet=self.sheet.name, cells=self.sheet.columns))

    def _close(self) -> None:
        self._book.close()

    def _put(self, row: Row) -> None:
        if self.line >= WORKBOOK_ROWS:
            raise InvalidData(
                _("a workbook holds no more than {rows} rows").format(rows=WORKBOOK_ROWS),
                file=self.path,
            )
        for at, (column, cell) in enumerate(zip(self.sheet.columns, row.cells, strict=False)):
            moment = _moment(cell) if column in self.sheet.dated else None
            if moment is not None:
                self._page.write_datetime(self.line, at, moment, self._moment)
            elif cell:
                self._page.write_string(self.line, at, cell)
        self.line += 1


def _moment(cell: str) -> datetime | None:
    """Return an ISO date and time as such; None for what a clerk may type in its place."""
    try:
        return datetime.fromisoformat(cell)
    except ValueError:
        return None


_FORMS: Mapping[str, type[SheetFile]] = {
    "csv": DelimitedFile,
    "jsonl": JsonLinesFile,
    "json": JsonFile,
    "xlsx": WorkbookFile,
}


def open_sheet(sheet: Sheet, folder: Path) -> SheetFile:
    """Return the file of a sheet below `folder`, to be entered as a context.

    Raises: KeyError: the sheet is of no known form.
    """
    return _FORMS[sheet.form](sheet, folder)
