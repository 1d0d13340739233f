"""A broken file is refused or its bad rows are kept with line and reason; nothing is swallowed."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from puente.errors import InvalidData
from puente.ingest.reading import Layout, read_table
from puente.ingest.reading_records import LONGEST_RECORD_LINES
from puente.ingest.source import Limits, LoadContext, Reject

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Make = Callable[..., LoadContext]

TWO = Layout(columns=2)
NAMED = Layout(header=("id", "name"))


def rows_of(
    context: LoadContext, layout: Layout
) -> tuple[list[tuple[int, list[str]]], list[Reject]]:
    items = list(read_table(context, layout).rows)
    rejects = [item for item in items if isinstance(item, Reject)]
    rows = [item for item in items if not isinstance(item, Reject)]
    assert context.rows == len(items), "every row read is counted, good or bad"
    return rows, rejects


def write(tmp_path: Path, content: bytes | str) -> Path:
    path = tmp_path / "file.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_lines_are_numbered_as_an_editor_numbers_them(tmp_path: Path, context_of: Make) -> None:
    path = write(tmp_path, 'id,name\r\n1,"two\r\nlines, ""quoted"""\r\n\r\n2,x\r\n')
    rows, rejects = rows_of(context_of(path), NAMED)
    assert rows == [(2, ["1", 'two\r\nlines, "quoted"']), (5, ["2", "x"])]
    assert not rejects


def test_a_row_of_another_width_is_kept_as_a_reject(tmp_path: Path, context_of: Make) -> None:
    rows, rejects = rows_of(context_of(write(tmp_path, "id,name\n1,a\n2\n3,c,d\n4,e\n")), NAMED)
    assert [cells[0] for _, cells in rows] == ["1", "4"]
    assert [(r.line, r.reason) for r in rejects] == [
        (3, "1 columns instead of 2"),
        (4, "3 columns instead of 2"),
    ]
    assert rejects[1].raw == "3,c,d\n"


def test_half_a_download_shows_in_its_last_row(tmp_path: Path, context_of: Make) -> None:
    _, rejects = rows_of(context_of(write(tmp_path, "id,name\n1,a\n2")), NAMED)
    assert rejects[0].line == 3
    assert "ends in the middle of the row" in rejects[0].reason


def test_an_unclosed_quote_costs_its_own_line_only(tmp_path: Path, context_of: Make) -> None:
    text = 'id,name\n1,a\n2,"open\n3,c\n4,d\n'
    rows, rejects = rows_of(context_of(write(tmp_path, text)), NAMED)
    assert [cells[0] for _, cells in rows] == ["1", "3", "4"]
    assert [(r.line, r.raw) for r in rejects] == [(3, '2,"open\n')]
    assert "never closed" in rejects[0].reason


def test_a_quote_opened_early_and_closed_by_a_later_row_costs_its_own_line_only(
    tmp_path: Path, context_of: Make
) -> None:
    text = 'id,name\n1,"open\n2,"b"\n3,c\n'
    rows, rejects = rows_of(context_of(write(tmp_path, text)), NAMED)
    assert [cells[0] for _, cells in rows] == ["2", "3"]
    assert [r.line for r in rejects] == [2]


def test_an_unclosed_quote_in_a_long_file_does_not_swallow_it(
    tmp_path: Path, context_of: Make
) -> None:
    many = 3 * LONGEST_RECORD_LINES
    body = "".join(f"{n},x\n" for n in range(many))
    rows, rejects = rows_of(context_of(write(tmp_path, f'id,name\na,"open\n{body}')), NAMED)
    assert len(rows) == many
    assert [r.line for r in rejects] == [2]


def test_nul_bytes_reject_their_row(tmp_path: Path, context_of: Make) -> None:
    rows, rejects = rows_of(context_of(write(tmp_path, b"id,name\n1,a\x00b\n2,c\n")), NAMED)
    assert [cells[0] for _, cells in rows] == ["2"]
    assert (rejects[0].line, rejects[0].reason) == (2, "a NUL byte stands in the row")


def test_a_line_in_another_encoding_is_rejected_where_only_one_is_allowed(
    tmp_path: Path, context_of: Make
) -> None:
    rows, rejects = rows_of(context_of(write(tmp_path, b"id,name\n1,Pe\xf1a\n2,c\n")), NAMED)
    assert [cells[0] for _, cells in rows] == ["2"]
    assert rejects[0].line == 2
    assert "not utf-8" in rejects[0].reason


def test_latin_1_is_read_only_where_the_source_may_send_it(
    tmp_path: Path, context_of: Make
) -> None:
    layout = Layout(header=("id", "name"), encodings=("utf-8", "cp1252", "latin-1"))
    for content, name in (
        (b"1,Pe\xf1a", "Peña"),
        ("1,Peña".encode(), "Peña"),
        (b"1,\x93Pe\xf1a\x94", "“Peña”"),
        (b"1,\x81\xf1", "\x81ñ"),
    ):
        rows, _ = rows_of(context_of(write(tmp_path, b"id,name\n" + content + b"\n")), layout)
        assert rows == [(2, ["1", name])]


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path, context_of: Make) -> None:
    rows, _ = rows_of(context_of(write(tmp_path, b"\xef\xbb\xbfid,name\n1,a\n")), NAMED)
    assert rows == [(2, ["1", "a"])]


def test_control_z_and_empty_lines_are_no_rows(tmp_path: Path, context_of: Make) -> None:
    context = context_of(write(tmp_path, b"1,a\r\n\r\n2,b\r\n\x1a\r\n"))
    rows, rejects = rows_of(context, TWO)
    assert (len(rows), len(rejects), context.facts) == (2, 0, {"Control-Z lines": 1})


def test_titles_before_the_header_are_passed_by(tmp_path: Path, context_of: Make) -> None:
    layout = Layout(header=("id", "name"), title_lines=2)
    text = "Listado,\nal 18 de mayo,\nid,name\n1,a\n"
    rows, _ = rows_of(context_of(write(tmp_path, text)), layout)
    assert rows == [(4, ["1", "a"])]


@pytest.mark.parametrize(
    ("content", "layout", "reason"),
    [
        (b"", TWO, "empty"), (b"\r\n\x1a\r\n", TWO, "empty"), (b"\xef\xbb\xbf", TWO, "empty"),
        (b"id;name\n1;a\n", NAMED, "is ',' the delimiter"),
        (b"1;a\n2;b\n", TWO, "1 columns instead of 2"),
        (b"id,name,id\n1,a,b\n", NAMED, "twice"), (b"x,y\n1,a\n", NAMED, "no column 'id', 'name'"),
        (b"<!DOCTYPE html><html>", NAMED, "web page"), (b"PK\x03\x04rest", NAMED, "ZIP"),
        ("id,name\n1,a\n".encode("utf-16"), NAMED, "UTF-16"), (b"%PDF-1.7", NAMED, "PDF"),
        (b"id,\xff\n1,a\n", NAMED, "header cannot be read"), (b"\x00" * 5000, TWO, "row"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_it_claims_to_be_is_refused(
    tmp_path: Path, context_of: Make, content: bytes, layout: Layout, reason: str
) -> None:
    path = write(tmp_path, content)
    with pytest.raises(InvalidData, match=reason) as caught:
        rows_of(context_of(path), layout)
    assert caught.value.file == path


def test_a_missing_and_an_oversized_file_are_refused(tmp_path: Path, context_of: Make) -> None:
    with pytest.raises(InvalidData):
        rows_of(context_of(tmp_path / "none.csv"), TWO)
    path = write(tmp_path, b"1,a\n" * 300_000)
    with pytest.raises(InvalidData, match="larger than 1 MB"):
        rows_of(context_of(path, limits=Limits(max_file_mb=1)), TWO)


@pytest.mark.parametrize("filler", [b"\x00", b"x"])
def test_a_single_line_of_200_mb_costs_little_memory(
    tmp_path: Path, context_of: Make, filler: bytes
) -> None:
    path = tmp_path / "file.csv"
    with path.open("wb") as handle:
        handle.write(b"1,a\n2,")
        if filler == b"\x00":
            handle.truncate(200_000_000)
            handle.seek(0, 2)
        else:
            for _ in range(200):
                handle.write(filler * 1_000_000)
        handle.write(b"\n3,c\n")
    tracemalloc.start()
    rows, rejects = rows_of(context_of(path), TWO)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [cells[0] for _, cells in rows] == ["1", "3"]
    assert (rejects[0].line, rejects[0].reason) == (2, "the line is longer than 1000000 bytes")
    assert len(rejects[0].raw) <= 500
    assert peak < 20_000_000


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    st.lists(
        st.sampled_from(
            [b'"', b",", b"\n", b"\r\n", b"\r", b"a", b"\xf1", b"\x00", b"\x1a", b'""', b"1,b\n"]
        ),
        max_size=40,
    ).map(b"".join)
)
def test_no_bytes_break_the_reader_and_no_line_vanishes(
    tmp_path: Path, context_of: Make, content: bytes
) -> None:
    context = context_of(write(tmp_path, content))
    try:
        rows, rejects = rows_of(context, TWO)
    except InvalidData:
        return
    lines = [line for line, _ in rows] + [r.line for r in rejects]
    assert len(set(lines)) == len(lines)
    count = content.count(b"\n") + (not content.endswith(b"\n"))
    assert all(1 <= line <= count for line in lines)


cells = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(st.lists(st.tuples(cells.map(lambda c: "k" + c), cells), min_size=1, max_size=8))
def test_what_a_csv_writer_writes_is_read_back(
    tmp_path: Path, context_of: Make, table: list[tuple[str, str]]
) -> None:
    import csv
    import io

    out = io.StringIO(newline="")
    csv.writer(out).writerows(table)
    rows, rejects = rows_of(context_of(write(tmp_path, out.getvalue())), TWO)
    assert [tuple(found) for _, found in rows] == table
    assert not rejects
