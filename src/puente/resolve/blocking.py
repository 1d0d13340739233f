"""Pairs worth comparing, found by many keys, each with a ladder from coarse to fine.

A block that stays small under a coarse key is taken as it is; one that is too large is split by the
next, finer expression. What is too large even under the finest is left out and reported, so that no
common name makes the work grow with the square of its bearers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from puente.resolve.spec import Key


_SMALL_FILE = 25_000
_MOST_ROOM = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyReport:
    """What one key found.

    Attributes:
        name: of the key.
        pairs: pairs found by it, those that other keys found too included.
        left_out: blocks too large even under the finest expression.
        records_left_out: records in them.
    """

    name: str
    pairs: int
    left_out: int
    records_left_out: int


def find_pairs(
    con: duckdb.DuckDBPyConnection, table: str, keys: Sequence[Key], out: str, among: str = "true"
) -> list[KeyReport]:
    """Create table `out` (`l`, `r`, `keys`): each pair once, l < r, with a bit for each key.

    Args:
        table: standardised records with `rid`.
        among: condition over `a` and `b` (two rows of `table`) that a pair must meet: that it is
            not out of the question, that its records come from different files.

    Cost: linear in the records; at most `cap` / 2 pairs a record for each key.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE found (l INTEGER, r INTEGER, bit BIGINT)")
    row = con.execute(f"SELECT count(*) FROM {table}").fetchone()
    room = _room(int(row[0]) if row else 0)
    reports = [
        _climb(con, table, replace(key, cap=round(key.cap * room)), bit)
        for bit, key in enumerate(keys)
    ]
    con.execute(
        f"CREATE OR REPLACE TABLE {out} AS SELECT f.l, f.r, f.keys FROM (SELECT l, r, bit_or(bit)"
        f" AS keys FROM found GROUP BY l, r) f JOIN {table} a ON a.rid = f.l"
        f" JOIN {table} b ON b.rid = f.r WHERE {among}"
    )
    con.execute("DROP TABLE found")
    return reports


def _room(records: int) -> float:
    """Return by how much blocks may be larger: in a small file comparing more costs little."""
    return min(_MOST_ROOM, max(1.0, sqrt(_SMALL_FILE / max(records, 1))))


def _climb(con: duckdb.DuckDBPyConnection, table: str, key: Key, bit: int) -> KeyReport:
    """Add the pairs of one key to `found`, block by block up its ladder."""
    pairs, heavy = 0, (0, 0)
    source = table
    for step, expression in enumerate(key.ladder):
        _post(con, source, expression)
        con.execute(
            "CREATE OR REPLACE TEMP TABLE blocks AS SELECT h, count(*) AS n FROM posts"
            " GROUP BY h HAVING n > 1"
        )
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE light AS SELECT rid, h FROM posts SEMI JOIN"
            f" (SELECT h FROM blocks WHERE n <= {key.cap}) USING (h)"
        )
        added = con.execute(
            f"INSERT INTO found SELECT a.rid, b.rid, {1 << bit} FROM light a JOIN light b"
            " ON a.h = b.h AND a.rid < b.rid"
        ).fetchone()
        pairs += int(added[0]) if added else 0
        counted = con.execute(
            f"SELECT count(*), coalesce(sum(n), 0)::BIGINT FROM blocks WHERE n > {key.cap}"
        ).fetchone()
        heavy = counted or (0, 0)
        if not heavy[0] or step + 1 == len(key.ladder):
            break
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE rest{step} AS SELECT * FROM {table} SEMI JOIN (SELECT"
            f" DISTINCT rid FROM posts SEMI JOIN (SELECT h FROM blocks WHERE n > {key.cap})"
            " USING (h)) USING (rid)"
        )
        source = f"rest{step}"
    return KeyReport(
        name=key.name, pairs=pairs, left_out=int(heavy[0]), records_left_out=int(heavy[1])
    )


def _post(con: duckdb.DuckDBPyConnection, source: str, expression: str) -> None:
    """Create `posts`: each record beside the hash of what it joins by, list items one by one.

    Two values with one hash only add a pair to be scored.
    """
    kind = con.execute(f"SELECT typeof({expression}) FROM {source} LIMIT 1").fetchone()
    if kind and str(kind[0]).endswith("[]"):
        rows = f"SELECT DISTINCT rid, unnest({expression}) AS item FROM {source}"
    else:
        rows = f"SELECT rid, {expression} AS item FROM {source}"
    con.execute(
        "CREATE OR REPLACE TEMP TABLE posts AS SELECT rid, hash(item) AS h"
        f" FROM ({rows}) WHERE item IS NOT NULL"
    )
