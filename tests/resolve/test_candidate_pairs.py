"""Pairs are found by many keys; a common name does not make the work explode, nor go unreported."""

from __future__ import annotations

import duckdb

from puente.resolve.blocking import KeyReport, index_keys, pairs_in, with_room
from puente.resolve.spec import Key


def table(rows: list[tuple[str | None, str | None]]) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("CREATE TABLE t (rid INTEGER, a VARCHAR, b VARCHAR)")
    con.executemany("INSERT INTO t VALUES (?, ?, ?)", [(n, *row) for n, row in enumerate(rows)])
    return con


def find(
    con: duckdb.DuckDBPyConnection, keys: list[Key], records: int = 25_000
) -> tuple[list[tuple[int, int]], list[KeyReport]]:
    """Return the pairs as they come, and the reports; caps as in a file of so many records."""
    found, reports = pairs_in(index_keys(con, "t", with_room(keys, records)))
    return [(int(pair) >> 32, int(pair) & (2**32 - 1)) for pair in found], reports


def test_each_pair_is_found_once_however_many_keys_find_it() -> None:
    con = table([("x", "y"), ("x", "y"), ("x", "z")])
    found, reports = find(con, [Key(name="a", ladder=("a",)), Key(name="b", ladder=("b",))])
    assert found == [(0, 1), (0, 2), (1, 2)]
    assert [report.pairs for report in reports] == [3, 1]


def test_a_value_that_a_record_lists_twice_is_no_pair_with_itself() -> None:
    con = table([("x", "x"), ("x", "y")])
    assert find(con, [Key(name="either", ladder=("[a, b]",))])[0] == [(0, 1)]


def test_nobody_is_paired_for_what_is_not_known() -> None:
    con = table([(None, "y"), (None, "y")])
    assert find(con, [Key(name="a", ladder=("a",))])[0] == []


def test_a_block_too_large_is_split_by_the_next_finer_key() -> None:
    con = table([("x", str(n % 5)) for n in range(30)])
    found, reports = find(con, [Key(name="a", ladder=("a", "a || b"), cap=8)])
    assert reports[0].left_out == 0
    assert set(found) == {
        (one, other) for one in range(30) for other in range(one + 1, 30) if one % 5 == other % 5
    }


def test_what_no_key_can_split_is_left_out_and_reported() -> None:
    con = table([("x", "y")] * 2000)
    found, reports = find(con, [Key(name="a", ladder=("a",), cap=10)])
    assert found == []
    report = reports[0]
    assert (report.left_out, report.records_left_out, report.largest) == (1, 2000, 2000)


def test_a_list_joins_by_each_of_its_items() -> None:
    con = table([("x", "y"), ("y", "z"), ("q", "z")])
    assert find(con, [Key(name="either", ladder=("[a, b]",))])[0] == [(0, 1), (1, 2)]
