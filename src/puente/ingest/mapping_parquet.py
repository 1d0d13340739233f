"""Parquet files read as text, in batches, without loss."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.reading import Table, check_columns, check_size, check_twice
from puente.ingest.reading_lines import RAW
from puente.ingest.source import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa
    import pyarrow.parquet as pq

    from puente.ingest.source import LoadContext, Row

_BATCH = 10_000
_EXACT = 2.0**53
_FRACTION = re.compile(r"\.(\d*?)0+(?=$|[Z+-])|\.(?=$|[Z+-])")
_OFFSET = re.compile(r"([+-]\d\d)(\d\d)$")


def open_parquet(path: Path, columns: Sequence[str], context: LoadContext) -> Table:
    """Return the columns asked for of a Parquet file, as text; each row is counted on the context.

    The line of a row is its number. Text is as `column_text` writes it.

    Args:
        path: the file.
        columns: those that are needed; spaces in a column's name count as one.
        context: where rows are counted, and its limits.

    Raises: InvalidData: no such file or no Parquet, too large, a column that is missing, stands
        twice or holds bytes or lists; a damaged page, on a later row.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    check_size(path, context.limits.max_file_mb)
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(error) from None
    schema = file.schema_arrow
    header = tuple(" ".join(name.split()) for name in schema.names)
    check_twice(header, path, None)
    check_columns(columns, header)
    names = [schema.names[header.index(column)] for column in columns]
    for name in names:
        _check_type(name, schema.field(name).type)
    # A page may unpack to anything; what the file says of itself is all there is to go by.
    groups = (file.metadata.row_group(number) for number in range(file.num_row_groups))
    if sum(group.total_byte_size for group in groups) > context.limits.max_file_mb * 1024 * 1024:
        message = _("the file is larger than {limit} MB").format(limit=context.limits.max_file_mb)
        raise InvalidData(message)
    return Table(header=tuple(columns), rows=_rows(file, names, context))


def _rows(
    file: pq.ParquetFile, columns: Sequence[str], context: LoadContext
) -> Iterator[Row | Reject]:
    import pyarrow as pa

    line = 0
    try:
        for batch in file.iter_batches(_BATCH, columns=list(columns), use_threads=False):
            texts = [column_text(batch.column(name)) for name in columns]
            nul = any("\0" in text for column in texts for text in column)
            for cells in zip(*texts, strict=True):
                line += 1
                context.rows += 1
                if nul and any("\0" in text for text in cells):
                    raw = ",".join(cells)[:RAW].replace("\0", "\\0")
                    yield Reject(line=line, reason="a NUL stands in the row", raw=raw)
                    continue
                yield line, list(cells)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _damaged(error) from None


def column_text(column: pa.Array) -> list[str]:
    """Return a column as text: null and NaN empty, the rest exact.

    `5`, `0.25`, `1.10` (a decimal keeps its digits), `true`, `2025-03-01`,
    `2025-03-01T14:05:09.5-06:00`. A whole number that a float no longer holds exactly (from 2^53)
    keeps its exponent, since text that looks whole would hide that digits are gone.
    """
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.dictionary_decode(), kind.value_type
    texts = ["" if text is None else text for text in column.cast(pa.string()).to_pylist()]
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return [
            _plain(text) if "e" in text or "E" in text or text == "nan" else text for text in texts
        ]
    if pa.types.is_timestamp(kind):
        return [_moment(text) for text in texts]
    if pa.types.is_time(kind):
        return [_FRACTION.sub(_kept, text) for text in texts]
    return texts


def _plain(text: str) -> str:
    if text == "nan":
        return ""
    number = Decimal(text)
    return text if abs(number) >= _EXACT else format(number, "f")


def _moment(text: str) -> str:
    if not text:
        return ""
    day, _space, time = text.partition(" ")
    return f"{day}T" + _OFFSET.sub(r"\1:\2", _FRACTION.sub(_kept, time))


def _kept(match: re.Match[str]) -> str:
    return f".{match[1]}" if match[1] else ""


def _check_type(column: str, kind: pa.DataType) -> None:
    import pyarrow as pa

    held = kind.value_type if pa.types.is_dictionary(kind) else kind
    binary = pa.types.is_binary(held) or pa.types.is_large_binary(held)
    odd = binary or pa.types.is_fixed_size_binary(held) or pa.types.is_duration(held)
    if odd or pa.types.is_nested(held) or pa.types.is_interval(held):
        message = _("column {name!r} holds {kind}, which is no text, number or date")
        raise InvalidData(message.format(name=column, kind=kind))


def _damaged(error: Exception) -> InvalidData:
    reason = " ".join(str(error).split())[:120]
    return InvalidData(_("not a Parquet file, or a damaged one: {reason}").format(reason=reason))
