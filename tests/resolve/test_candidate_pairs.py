"""Pairs are found by many keys; a common name does not make the work explode, nor go unreported."""

from __future__ import annotations

import duckdb

from puente.resolve.blocking import find_pairs
from puente.resolve.spec import Key


def table(rows: list[tuple[str | None, str | None]]) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("CREATE TABLE t (rid INTEGER, a VARCHAR, b VARCHAR)")
    con.executemany("INSERT INTO t VALUES (?, ?, ?)", [(n, *row) for n, row in enumerate(rows)])
    return con


def pairs(con: duckdb.DuckDBPyConnection) -> set[tuple[int, int]]:
    return {(row[0], row[1]) for row in con.execute("SELECT l, r FROM p").fetchall()}


def test_each_pair_is_found_once_with_every_key_that_found_it() -> None:
    con = table([("x", "y"), ("x", "y"), ("x", "z")])
    find_pairs(con, "t", [Key(name="a", ladder=("a",)), Key(name="b", ladder=("b",))], "p")
    found = con.execute("SELECT l, r, keys FROM p ORDER BY l, r").fetchall()
    assert found == [(0, 1, 3), (0, 2, 1), (1, 2, 1)]


def test_nobody_is_paired_for_what_is_not_known() -> None:
    con = table([(None, "y"), (None, "y")])
    find_pairs(con, "t", [Key(name="a", ladder=("a",))], "p")
    assert pairs(con) == set()


def test_a_block_too_large_is_split_by_the_next_finer_key() -> None:
    con = table([("x", str(n % 5)) for n in range(30)])
    report = find_pairs(con, "t", [Key(name="a", ladder=("a", "a || b"), cap=2)], "p")[0]
    assert report.left_out == 0
    assert pairs(con) == {
        (one, other) for one in range(30) for other in range(one + 1, 30) if one % 5 == other % 5
    }


def test_what_no_key_can_split_is_left_out_and_reported() -> None:
    con = table([("x", "y")] * 2000)
    report = find_pairs(con, "t", [Key(name="a", ladder=("a",), cap=10)], "p")[0]
    assert pairs(con) == set()
    assert (report.left_out, report.records_left_out) == (1, 2000)


def test_a_list_joins_by_each_of_its_items() -> None:
    con = table([("x", "y"), ("y", "z"), ("q", "z")])
    find_pairs(con, "t", [Key(name="either", ladder=("[a, b]",))], "p")
    assert pairs(con) == {(0, 1), (1, 2)}


def test_a_sieve_keeps_only_the_pairs_that_meet_it() -> None:
    con = table([("x", "1"), ("x", "2"), ("x", "1")])
    find_pairs(con, "t", [Key(name="a", ladder=("a",))], "p", "a.b <> b.b")
    assert pairs(con) == {(0, 1), (1, 2)}
