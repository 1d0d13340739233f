"""The head of a stranger's file, and how it is written: encoding, delimiter, sheet, title lines."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.guess_values import TESTS
from puente.ingest.guess_words import heading
from puente.ingest.reading import check_file, check_twice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from puente.ingest.source import Limits

ROWS = 3_000
"""Rows from the head of a file that are looked at; a few hundred from further on are added."""

FURTHER = 3
"""Places further on in a file where some rows more are looked at."""

HIGHEST_HEADER = 25
"""Lines among which the header is looked for."""

DELIMITERS = (",", ";", "\t", "|", "^", "~")
SPANISH = {**dict.fromkeys("áéíóúñüÁÉÍÓÚÑÜ", 1.0), **dict.fromkeys("¿¡°ªº«»–—’“”´", 0.4)}
"""How much a character speaks for the encoding in which it stands where bytes are not ASCII."""
UTF8 = 0.95
"""Share of bytes beyond ASCII that are UTF-8 from which a file is; the rest are damaged lines."""

_BYTES = 1 << 20
_ASCII = bytes(range(0x80))
_ODD = re.compile(r"[^\x00-\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The head of a file.

    Attributes:
        header: its columns; made-up names where it has none.
        rows: cells of its first rows, and of some further on.
        layout: what a mapping's `file` says of it, without the pattern.
        titles: what stands before the header.
        notes: what a user should know of how it was read.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    layout: dict[str, object]
    titles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def cells(self, at: int) -> list[str]:
        """Return the values of one column."""
        return [row[at] for row in self.rows]


@contextmanager
def _plain(path: Path, limits: Limits) -> Iterator[tuple[Path, str]]:
    """Give the file unpacked, and the compression it had; a workbook is left as it is."""
    from puente.ingest.archives import compression_of, unpacked

    packed = compression_of(path)
    if path.suffix.lower() in {".xlsx", ".xlsm"}:
        packed = ""
    with unpacked(path, packed, limits) if packed else nullcontext(path) as plain:
        yield plain, packed


def read_sample(path: Path, limits: Limits) -> Sample:
    """Return the head of a CSV, XLSX or Parquet file and how it is written.

    Raises: InvalidData: no such file, another kind, no table in it, or a column that stands twice.
    """
    with _plain(path, limits) as (plain, packed):
        try:
            sample = _sample(plain, path.suffix.lower(), limits)
        except InvalidData as error:
            if error.file in {None, plain}:
                raise InvalidData(error.reason, file=path, line=error.line) from None
            raise
    if packed:
        sample.layout["compression"] = packed
    return sample


def _sample(path: Path, suffix: str, limits: Limits) -> Sample:
    with path.open("rb") as handle:
        start = handle.read(4)
    if start == b"PAR1":
        return _parquet(path, limits)
    if suffix in {".xlsx", ".xlsm"} or start == b"PK\x03\x04":
        return _workbook(path, limits)
    return _delimited(path, limits)


# --- delimited text ----------------------------------------------------------------------------


def _delimited(path: Path, limits: Limits) -> Sample:
    check_file(path, limits.max_file_mb)
    share = _utf8_share(path)
    encoding = "utf-8" if share >= UTF8 else _old_encoding(path)
    texts = _texts(path, encoding)
    delimiter, quoted = _written(texts[0])
    rows = [cells for text in texts for cells in _parsed(text, delimiter, quoted=quoted)]
    layout: dict[str, object] = {"encoding": encoding, "delimiter": delimiter}
    if not quoted:
        layout["quoted"] = False
    sample = _with_header(rows, layout, path)
    if encoding == "utf-8" and share < 1:
        note = _("some of its lines are not UTF-8: they will be rejected")
        sample = replace(sample, notes=(*sample.notes, note))
    return sample


def _utf8_share(path: Path) -> float:
    """Return how many of a file's bytes beyond ASCII are UTF-8, as a share; 1 where it has none."""
    decoder = codecs.getincrementaldecoder("utf-8")("ignore")
    odd = kept = 0
    with path.open("rb") as handle:
        while chunk := handle.read(_BYTES):
            odd += len(chunk.translate(None, _ASCII))
            kept += len(decoder.decode(chunk).encode().translate(None, _ASCII))
    kept += len(decoder.decode(b"", final=True).encode().translate(None, _ASCII))
    return kept / odd if odd else 1.0


def _old_encoding(path: Path) -> str:
    """Return the encoding from before UTF-8 in which the head of a file makes most Spanish."""
    with path.open("rb") as handle:
        data = handle.read(4 * _BYTES)
    odd = bytes(sorted(byte for byte in data if byte > 0x7F))
    best, most = "cp1252", -1.0
    for encoding in ("cp1252", "cp850", "mac_roman"):
        letters = odd.decode(encoding, "replace")
        share = sum(SPANISH.get(c, 0.0) for c in letters) / max(len(letters), 1)
        if share > most + 0.05:
            best, most = encoding, share
    # Five bytes mean nothing in Windows' code page and something in Latin-1.
    return "latin-1" if best == "cp1252" and set(data) & {0x81, 0x8D, 0x8F, 0x90, 0x9D} else best


def _texts(path: Path, encoding: str) -> list[str]:
    """Return the head of a file, and pieces from further on that begin and end with a line."""
    size = path.stat().st_size
    with path.open("rb") as handle:
        texts = [_whole_lines(handle.read(_BYTES), size > _BYTES, encoding)]
        for number in range(1, FURTHER + 1) if size > 2 * _BYTES else ():
            handle.seek(size * number // (FURTHER + 1))
            handle.readline()
            texts.append(_whole_lines(handle.read(1 << 16), True, encoding))
    texts[0] = texts[0].removeprefix("\ufeff")
    return texts


def _whole_lines(data: bytes, more: bool, encoding: str) -> str:  # noqa: FBT001
    whole = data[: data.rfind(b"\n") + 1] if more and b"\n" in data else data
    return whole.decode(encoding, "replace")


def _written(text: str) -> tuple[str, bool]:
    """Return the delimiter that parts the lines most evenly, and whether quotes are quotes."""
    lines = text.splitlines()[:400]
    scores: dict[tuple[str, bool], float] = {}
    for delimiter in DELIMITERS:
        if not any(delimiter in line for line in lines):
            continue
        even = {quoted: _evenness(lines, delimiter, quoted=quoted) for quoted in (True, False)}
        # A quote that parts nothing always gives more columns; it is a letter only where lines
        # come out more alike without it.
        quoted = even[True][0] + 0.05 >= even[False][0]
        share, width = even[quoted]
        if width > 1:
            scores[delimiter, quoted] = share * (1 - 1 / width)
    if not scores:
        raise InvalidData(_("no delimiter parts its lines into columns"))
    return max(scores, key=lambda key: scores[key])


def _evenness(lines: list[str], delimiter: str, *, quoted: bool) -> tuple[float, int]:
    """Return the share of lines that have the commonest number of columns, and that number."""
    widths = Counter(len(row) for row in _parsed("\n".join(lines), delimiter, quoted=quoted))
    if not widths:
        return 0.0, 1
    width, count = widths.most_common(1)[0]
    return count / widths.total(), width


def _parsed(text: str, delimiter: str, *, quoted: bool) -> list[list[str]]:
    lines = text.splitlines(keepends=True)
    rows: list[list[str]] = []
    reader = (
        csv.reader(lines, delimiter=delimiter)
        if quoted
        else csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    )
    while True:
        try:
            rows.append(next(reader))
        except StopIteration:
            return [row for row in rows if any(cell.strip() for cell in row)]
        except csv.Error:
            continue


# --- workbooks and Parquet ---------------------------------------------------------------------


def _workbook(path: Path, limits: Limits) -> Sample:
    from puente.ingest.workbook import open_workbook

    best: Sample | None = None
    with open_workbook(path, limits) as book:
        for sheet in book.sheets:
            rows = _thinned(book.texts(sheet))
            try:
                sample = _with_header(rows, {"format": "xlsx", "sheet": sheet}, path)
            except InvalidData:
                if len(book.sheets) == 1:
                    raise
                continue
            if best is None or _known(sample) > _known(best):
                best = sample
    if best is None:
        raise InvalidData(_("no sheet holds a table with a header"), file=path)
    return best


def _known(sample: Sample) -> tuple[int, int]:
    return sum(1 for name in sample.header if heading(name).fields), len(sample.rows)


def _thinned(rows: Iterable[list[str]]) -> list[list[str]]:
    """Return the first rows that are not empty, and every fiftieth after them."""
    kept: list[list[str]] = []
    for number, row in enumerate(rows):
        if any(cell.strip() for cell in row) and (len(kept) < ROWS or number % 50 == 0):
            kept.append(row)
    return kept


def _parquet(path: Path, limits: Limits) -> Sample:
    from datetime import date

    import pyarrow as pa
    import pyarrow.parquet as pq

    from puente.ingest.mapping_parquet import open_parquet
    from puente.ingest.source import LoadContext, Reject, SourceFile, SourceInfo

    try:
        names = pq.read_schema(path).names
    except (pa.ArrowException, OSError) as error:
        message = _("not a Parquet file, or a damaged one: {reason}")
        raise InvalidData(message.format(reason=str(error)[:120]), file=path) from None
    columns, odd = [], []
    info = SourceInfo(name="guess", title="", agency="", country="", record_class="fact")
    context = LoadContext(
        info=info,
        file=SourceFile(path=path, source="guess", published=""),
        today=date.min,
        limits=limits,
    )
    for name in names:
        try:
            open_parquet(path, [name], context)
        except InvalidData:
            odd.append(name)
        else:
            columns.append(" ".join(name.split()))
    table = open_parquet(path, columns, context)
    rows = []
    for item in table.rows:
        if not isinstance(item, Reject):
            rows.append(tuple(item[1]))
        if len(rows) >= ROWS:
            break
    left_out = _("columns that hold no text, number or date: {names}")
    notes = (left_out.format(names=", ".join(odd)),) if odd else ()
    return Sample(
        header=tuple(columns), rows=tuple(rows), layout={"format": "parquet"}, notes=notes
    )


# --- the header --------------------------------------------------------------------------------


def _with_header(rows: list[list[str]], layout: dict[str, object], path: Path) -> Sample:
    width = _width(rows)
    if width < 2:
        raise InvalidData(_("no table is found in it"), file=path)
    at = _header_at(rows, width)
    notes: list[str] = []
    if at is None:
        header = [f"column_{number}" for number in range(1, width + 1)]
        layout["columns"] = header
        notes.append(_("it has no header line: the columns are numbered"))
        body, titles = rows, []
    else:
        header = [" ".join(cell.split()) for cell in rows[at]]
        body, titles = rows[at + 1 :], rows[:at]
        check_twice(header, path, None)
        if at:
            layout["title_lines"] = at
        if "" in header:
            notes.append(_("columns without a name in the header are left out"))
    size = len(header)
    fitting = [_fitted(row, size) for row in body if _fits(row, size)]
    if not fitting:
        raise InvalidData(_("no row stands below the header"), file=path)
    return Sample(
        header=tuple(header),
        rows=tuple(fitting[: ROWS + 1_000]),
        layout=layout,
        titles=tuple(" ".join(filter(None, row)) for row in titles),
        notes=tuple(notes),
    )


def _fits(row: Sequence[str], size: int) -> bool:
    return len(row) == size or (len(row) > size and not any(c.strip() for c in row[size:]))


def _fitted(row: Sequence[str], size: int) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in row[:size])


def _width(rows: Sequence[Sequence[str]]) -> int:
    """Return the width that most rows have, empty cells at their ends not counted for titles."""
    widths = Counter(len(row) for row in rows[:1_000])
    return widths.most_common(1)[0][0] if widths else 0


def _header_at(rows: Sequence[Sequence[str]], width: int) -> int | None:
    """Return which row is the header, None where the first row is data already."""
    best, most = None, 0.0
    for at, row in enumerate(rows[:HIGHEST_HEADER]):
        filled = [cell for cell in row if cell.strip()]
        if len(filled) < max(2, 0.6 * min(width, len(row))) or len(row) != width:
            continue
        labels = sum(1 for cell in filled if _is_label(cell)) / len(filled)
        known = sum(1 for cell in filled if heading(cell).fields) / len(filled)
        score = labels + known - 0.01 * at
        if labels >= 0.8 and 2 * len(set(filled)) > len(filled) and score > most + 0.2:
            best, most = at, score
    if best is None:
        return None
    known = most - 1 > 0.15
    below = [row for row in rows[best + 1 : best + 200] if len(row) == width]
    # Where no word of it is known, a header is told by what stands below it and not in it.
    return best if known or _differs(rows[best], below) else None


def _is_label(cell: str) -> bool:
    text = cell.strip()
    if len(text) > 70 or not TESTS["letters"](text):
        return text.startswith("%")
    return not any(TESTS[test](text) for test in ("day", "curp", "email", "vin", "percent_sign"))


def _differs(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    for at, cell in enumerate(row):
        column = [other[at] for other in below if other[at].strip()]
        numbers = sum(1 for value in column if _ODD.sub("", value).strip()[:1].isdigit())
        if column and numbers / len(column) > 0.8 and not cell.strip()[:1].isdigit():
            return True
    return False
