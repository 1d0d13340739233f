"""The files that agencies send: their layouts, and what a row of one says."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

DAMAGED = (40, 90, 140)
"""After which rows of a sheet of records a damaged copy of the row is planted."""
FAULTS = ("no id", "impossible date", "cut short")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoil:
    """A damage of its own kind that is planted in a sheet once.

    Attributes:
        after: row after which it is due; it waits for the first row that can bear it.
        fault: what the truth calls it.
        column: that is spoiled; in a record of JSON the path to it, through the first element of
            each list.
        text: what stands there then.
    """

    after: int
    fault: str
    column: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The layout of one file.

    Attributes:
        name: of the file, without its ending.
        agency: folder in which the file lies.
        columns: as the header writes them; dots nest in a file of JSON lines. None for whole
            records of JSON.
        form: `csv`, `jsonl`, `json` (one list under `records`) or `xlsx`.
        encoding, delimiter: of a delimited text.
        records: key of the list in a file of JSON; of a workbook the name of the sheet.
        dated: columns of a workbook whose cells are dates and times, not text.
        id_column, date_column: columns that a damaged row spoils; "" where none is planted.
        bad_date: an impossible date in the layout's own order.
        spoils: damage beside that.
    """

    name: str
    agency: str
    columns: tuple[str, ...] = ()
    form: str = "csv"
    encoding: str = "utf-8"
    delimiter: str = ","
    records: str = ""
    dated: tuple[str, ...] = ()
    id_column: str = ""
    date_column: str = ""
    bad_date: str = "31/02/2024"
    spoils: tuple[Spoil, ...] = ()

    @property
    def file_name(self) -> str:
        """Return the file's name with its ending."""
        return f"{self.name}.{self.form}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row that an agency writes, and what in truth it speaks of.

    Attributes:
        sheet: name of the sheet.
        cells: one text a column.
        record: in place of cells, a whole record of JSON with lists in it.
        people: entity ids that a mapping makes of the row, with the person's number.
        subjects: the same for those whom criminal intelligence speaks of: nothing joins them.
        officials: the same for people whom an office number names, in many rows alike.
        firms: the same with a firm's number.
        dealers: the same for firms that a licence names, in many rows alike.
        vehicles: the same with a vehicle's key.
    """

    sheet: str
    cells: tuple[str, ...] = ()
    record: Mapping[str, Any] = field(default_factory=dict)
    people: tuple[tuple[str, int], ...] = ()
    subjects: tuple[tuple[str, int], ...] = ()
    officials: tuple[tuple[str, int], ...] = ()
    firms: tuple[tuple[str, int], ...] = ()
    dealers: tuple[tuple[str, int], ...] = ()
    vehicles: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Rows of a delimited text, ready as they stand in the file: millions cost little so.

    Attributes:
        sheet: name of the sheet.
        text: the lines, each with its end.
        count: how many.
        vehicles: entity ids that a mapping makes of them and that are new in the sheet, each with
            the vehicle's key and the number of its line among these, from 0.
    """

    sheet: str
    text: str
    count: int
    vehicles: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A damaged row that was planted: it has to be rejected."""

    file: str
    line: int
    fault: str


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
