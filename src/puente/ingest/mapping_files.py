"""The file of a mapped source opened by its format: its columns, and its rows one by one."""

from __future__ import annotations

import codecs
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, cast

from puente.errors import InvalidData
from puente.ingest.json_values import Broken, json_lines, raw_of
from puente.ingest.mapping_items import NUMBER, as_list
from puente.ingest.mapping_json import objects_in
from puente.ingest.mapping_nested import Flattener, Nested
from puente.ingest.mapping_parquet import open_parquet
from puente.ingest.mapping_spec import NESTED
from puente.ingest.reading import (
    Layout,
    check_columns,
    check_file,
    choose_encoding,
    open_text,
    read_rows,
    table_of,
)
from puente.ingest.source import LoadContext, Reject, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from puente.ingest.bulk_blocks import Block

    Record = Row | Nested | Reject | Block

FORMATS = ("csv", "json", "jsonl", "xlsx", "parquet")
_EVERY = frozenset({"pattern", "format", "compression", "day_first", "header", "empty"})
_TEXT = frozenset({"encoding"})
_KEYS: Mapping[str, frozenset[str]] = {
    "csv": _EVERY | _TEXT | {"delimiter", "title_lines", "columns", "quoted"},
    "json": _EVERY | _TEXT | {"records"},
    "jsonl": _EVERY | _TEXT,
    "xlsx": _EVERY | {"sheet", "title_lines", "columns"},
    "parquet": _EVERY,
}


def check_layout(layout: Mapping[str, object]) -> None:
    """Check what a mapping says of its file.

    Raises: InvalidData: no pattern; a format, a compression or a key that is not known, or that
        a file of the format does not have.
    """
    from puente.ingest.archives import COMPRESSIONS

    form = str(layout.get("format", "csv"))
    if form not in FORMATS:
        raise InvalidData(f"file: the format is one of {', '.join(FORMATS)}")
    unknown = set(layout) - _KEYS[form]
    if unknown or "pattern" not in layout:
        message = f"file: needs a pattern; unknown keys {sorted(unknown)} for {form}"
        raise InvalidData(message)
    if str(layout.get("compression", "gz")) not in COMPRESSIONS:
        raise InvalidData(f"file: the compression is one of {', '.join(COMPRESSIONS)}")
    for encoding in as_list(layout.get("encoding")):
        try:
            codecs.lookup(encoding)
        except LookupError:
            raise InvalidData(f"file: unknown encoding {encoding!r}") from None
    if len(str(layout.get("delimiter", ","))) != 1:
        raise InvalidData("file: the delimiter is one character")
    lines = layout.get("title_lines", 0)
    if not isinstance(lines, int) or isinstance(lines, bool) or lines < 0:
        raise InvalidData("file: title_lines is a number of lines")
    for name in ("quoted", "day_first"):
        if not isinstance(layout.get(name, True), bool):
            raise InvalidData(f"file: {name} is true or false")


@contextmanager
def open_records(
    context: LoadContext,
    layout: Mapping[str, object],
    columns: Sequence[str],
    lists: Sequence[str],
    *,
    block: int = 0,
) -> Iterator[tuple[tuple[str, ...], Iterator[Record]]]:
    """Give the columns and the rows of the context's file; each row read is counted on it.

    Args:
        context: the file and its limits.
        layout: the mapping's `file`.
        columns: those that must be there, beside its `header`.
        lists: lists of a JSON record of which every object is a row within the row.
        block: bytes of delimited text that are handed over together; 0: row by row.

    Raises: InvalidData: the file as a whole is not what the layout says (here or on a later row).
    """
    from puente.ingest.archives import unpacked

    path = context.file.path
    packed = str(layout.get("compression", ""))
    form = str(layout.get("format", "csv"))
    needed = sorted(set(columns) | set(as_list(layout.get("header"))))
    with unpacked(path, packed, context.limits) if packed else nullcontext(path) as plain:
        try:
            if form in NESTED:
                held = [*needed, NUMBER] if lists else needed
                flattener = Flattener(held, lists)
                yield tuple(held), _json_rows(plain, layout, context, flattener)
                _check_seen(flattener, as_list(layout.get("header")), context)
            elif form == "parquet":
                table = open_parquet(plain, needed, context)
                yield table.header, table.rows
            else:
                yield _table(plain, needed, layout, context, block=block)
        except InvalidData as error:
            # What a user has is the archive, not the copy that it was unpacked to.
            if error.file in {None, plain}:
                raise InvalidData(error.reason, file=path, line=error.line) from None
            raise


# --- tables ------------------------------------------------------------------------------------


def _table(
    path: Path,
    needed: Sequence[str],
    layout: Mapping[str, object],
    context: LoadContext,
    *,
    block: int,
) -> tuple[tuple[str, ...], Iterator[Record]]:
    named = tuple(as_list(layout.get("columns")))
    how = Layout(
        columns=len(named),
        header=() if named else tuple(needed),
        encodings=tuple(as_list(layout.get("encoding", "utf-8"))),
        delimiter=str(layout.get("delimiter", ",")),
        title_lines=cast("int", layout.get("title_lines", 0)),
        quoted=bool(layout.get("quoted", True)),
    )
    if layout.get("format", "csv") == "xlsx":
        from puente.ingest.workbook import read_sheet

        cells = read_sheet(path, str(layout.get("sheet", "")), context.limits)
        table = table_of(enumerate(cells, start=1), how, context)
        header = named or table.header
        check_columns(needed, header)
        return header, table.rows
    opened = open_text(context, how, path)
    header = named or opened.header
    check_columns(needed, header)
    if block and opened.width > 1:
        from puente.ingest.bulk_blocks import fits, read_blocks

        if fits(how):
            return header, read_blocks(opened, sorted(map(header.index, needed)), context, block)
    return header, read_rows(opened, context)


# --- JSON --------------------------------------------------------------------------------------


def _json_rows(
    path: Path, layout: Mapping[str, object], context: LoadContext, flattener: Flattener
) -> Iterator[Record]:
    most = context.limits.max_line_bytes
    check_file(path, context.limits.max_file_mb)
    encoding = choose_encoding(path, as_list(layout.get("encoding", "utf-8")))
    if layout.get("format") == "jsonl":
        for number, item, _raw in json_lines(path, most, encoding):
            yield _json_row(number, item, context, flattener)
        return
    steps = [step for step in str(layout.get("records", "")).split(".") if step]
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding) as handle:
        for number, item in enumerate(objects_in(handle, path, steps, most), start=1):
            yield _json_row(number, item, context, flattener)


def _check_seen(flattener: Flattener, header: Sequence[str], context: LoadContext) -> None:
    """Count the columns that no record had: JSON has no header that a misspelt one would miss."""
    unseen = flattener.unseen() if context.rows else []
    lacking = [column for column in header if column in unseen]
    check_columns(lacking, ())
    for column in unseen:
        context.fact(f"column in no record: {column}")


def _json_row(number: int, item: object, context: LoadContext, flattener: Flattener) -> Record:
    context.rows += 1
    if isinstance(item, Broken):
        return Reject(line=number, reason=item.reason, raw=item.raw)
    try:
        if not isinstance(item, dict):
            raise InvalidData("not a JSON object")
        nested = flattener.row(number, item)
        return nested if nested.elements else (number, nested.cells)
    except InvalidData as error:
        return Reject(line=number, reason=error.reason, raw=raw_of(item))
