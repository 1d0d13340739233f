"""Comma-separated files in and out, read whole into Arrow; a bad one is named with its line."""

from __future__ import annotations

import csv
import os
from collections import Counter
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.model.cells import PROTECTED, safe_cell

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    import pyarrow as pa

LONGEST_LINE = 1_000_000
"""Bytes. A longer line is no row of such a file but a binary or a broken one."""


def read_columns(path: Path, required: Sequence[str], optional: Sequence[str] = ()) -> pa.Table:
    """Return the named columns of a UTF-8 CSV file as text, in the order asked for.

    Values are trimmed, and what `safe_cell` put before a text is taken off; a missing optional
    column is all "". Other columns are left out.

    Args:
        path: file with one header line; a byte order mark may stand before it.

    Raises: InvalidData: no such file, empty, not UTF-8, NUL bytes, no or a doubled header, a
        required column missing, or a row with another number of cells; names file and line.
    Cost: about 0.2 s per million short rows.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    names = _header(path, required)
    _refuse_binary(path)
    bad: list[tuple[int | None, int]] = []

    def refuse(row: arrow_csv.InvalidRow) -> str:
        # An empty line counts as one cell; editors leave them at the end of a file.
        if row.text.strip():
            bad.append((row.number, row.actual_columns))
        return "skip"

    wanted = [name for name in (*required, *optional) if name in names]
    try:
        table = arrow_csv.read_csv(
            path,
            read_options=arrow_csv.ReadOptions(
                use_threads=False, skip_rows=1, column_names=names, block_size=1 << 23
            ),
            parse_options=arrow_csv.ParseOptions(invalid_row_handler=refuse),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted, pa.string()),
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            return pa.table({name: pa.array([], pa.string()) for name in (*required, *optional)})
        raise _located(path, error) from error
    if bad:
        line, cells = bad[0]
        raise InvalidData(
            _("{cells} cells where the header has {columns}").format(
                cells=cells, columns=len(names)
            ),
            file=path,
            line=line,
        )
    columns = {name: _plain(table[name]) for name in wanted}
    for name in optional:
        if name not in columns:
            columns[name] = pa.repeat(pa.scalar("", pa.string()), table.num_rows)
    return pa.table({name: columns[name] for name in (*required, *optional)})


def lines_of_rows(path: Path, rows: Collection[int]) -> dict[int, int]:
    """Return, for each data row (0-based) asked for, the line (1-based) on which it ends."""
    wanted, seen = set(rows), -1
    found: dict[int, int] = {}
    with path.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.reader(handle)
        next(reader, None)
        for cells in reader:
            if len(found) == len(wanted):
                break
            seen += any(cell.strip() for cell in cells)
            if seen in wanted and seen not in found:
                found[seen] = reader.line_num
    return found


def read_ids(path: Path) -> tuple[str, ...]:
    """Return the distinct ids of the `id` column of a CSV file, sorted.

    Raises: InvalidData: see `read_columns`; or an empty id, with its line.
    """
    ids = read_columns(path, ("id",))["id"].to_pylist()
    if "" in ids:
        row = ids.index("")
        raise InvalidData(_("no id"), file=path, line=lines_of_rows(path, [row])[row])
    return tuple(sorted(set(ids)))


def write_table(table: pa.Table, path: Path) -> None:
    """Write `table` as CSV: UTF-8, one header line, LF. The file appears whole or not at all.

    A text that a spreadsheet would run as a formula is protected; `read_columns` gives it back.
    """
    part = path.with_name(f".{path.name}.part")
    with part.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(table.column_names)
        for batch in table.to_batches(max_chunksize=50_000):
            columns = [_safe(column.to_pylist()) for column in batch.columns]
            writer.writerows(zip(*columns, strict=True))
        handle.flush()
        os.fsync(handle.fileno())
    part.replace(path)


def _plain(column: pa.ChunkedArray) -> pa.Array:
    import pyarrow.compute as pc

    trimmed = pc.utf8_trim_whitespace(column).combine_chunks()
    if not pc.any(pc.starts_with(trimmed, "'")).as_py():
        return trimmed
    return pc.replace_substring_regex(trimmed, PROTECTED, r"\1")


def _safe(values: list[object]) -> list[object]:
    return [safe_cell(value) if isinstance(value, str) else value for value in values]


def _header(path: Path, required: Sequence[str]) -> list[str]:
    if not path.is_file():
        raise InvalidData(_("no such file"), file=path)
    with path.open("rb") as handle:
        first = handle.readline(LONGEST_LINE)
    try:
        text = first.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidData(_("not UTF-8 text"), file=path, line=1) from error
    if not text.strip():
        raise InvalidData(_("no header line"), file=path, line=1)
    names = [cell.strip() for cell in next(csv.reader([text]))]
    double = [name for name, times in Counter(names).items() if times > 1]
    if double:
        raise InvalidData(
            _("the header names {column} twice").format(column=double[0]), file=path, line=1
        )
    missing = [name for name in required if name not in names]
    if missing:
        raise InvalidData(
            _("no column {missing}; the header is: {header}").format(
                missing=", ".join(missing), header=", ".join(names)[:200]
            ),
            file=path,
            line=1,
        )
    return names


def _refuse_binary(path: Path) -> None:
    line, run = 1, 0
    with path.open("rb") as handle:
        while block := handle.read(1 << 22):
            if b"\0" in block:
                line += block.count(b"\n", 0, block.index(b"\0"))
                raise InvalidData(_("a NUL byte: not a text file"), file=path, line=line)
            head, end, tail = block.partition(b"\n")
            run += len(head)
            if run > LONGEST_LINE:
                raise InvalidData(_("a line longer than a megabyte"), file=path, line=line)
            if end:
                line += 1 + tail.count(b"\n")
                run = len(tail) - tail.rfind(b"\n") - 1


def _located(path: Path, error: Exception) -> InvalidData:
    """Return the error of Arrow's reader with the line it does not name."""
    with path.open("rb") as handle:
        for number, raw in enumerate(handle, 1):
            try:
                raw.decode("utf-8")
            except UnicodeDecodeError:
                return InvalidData(_("not UTF-8 text"), file=path, line=number)
    reason = str(error).splitlines()[0]
    return InvalidData(_("not a table: {reason}").format(reason=reason), file=path)
