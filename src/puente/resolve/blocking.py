"""Pairs worth comparing, found by many keys, each with a ladder from coarse to fine.

A block that stays small under a coarse key is taken as it is; one that is too large is split by the
next, finer expression. What is too large even under the finest is left out and reported, so that no
common name makes the work grow with the square of its bearers.

A post is one number: the hash of what a record joins by above, the record's number below. A sorted
array of posts is at once the way to find pairs and the index that new records are looked up in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb
    import numpy as np
    from numpy.typing import NDArray

    from puente.resolve.spec import Key

    Posts = NDArray[np.uint64]
    Numbers = NDArray[np.int64]

BITS = 24
"""Bits of a post that hold the record's number where there are no more records than fit."""

_SMALL_FILE = 25_000
_MOST_ROOM = 5.0
_GATHER = 12_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyReport:
    """What one key found.

    Attributes:
        name: of the key.
        pairs: pairs found by it, those that other keys found too included.
        left_out: blocks too large even under the finest expression.
        records_left_out: records in them; one that is in several counts in each.
        cap: records that a block could hold.
        largest: records of the largest block that was left out, 0 if none was.
    """

    name: str
    pairs: int
    left_out: int
    records_left_out: int
    cap: int
    largest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """What the records of a key join by under one expression of its ladder.

    Attributes:
        posts: ascending, each once.
        heavy: hashes of the blocks that are too large, ascending.
        counts: records in each of them.
    """

    posts: Posts
    heavy: Posts
    counts: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyIndex:
    """The posts of every key over the records of a table.

    Attributes:
        keys: with the caps in use.
        rungs: for each key those of its ladder that were needed.
        bits: of a post that hold the record's number.
        records: how many there are.
    """

    keys: tuple[Key, ...]
    rungs: tuple[tuple[Rung, ...], ...]
    bits: int
    records: int


def with_room(keys: Sequence[Key], records: int) -> tuple[Key, ...]:
    """Return the keys with larger caps for a small file: there comparing more costs little."""
    room = min(_MOST_ROOM, max(1.0, sqrt(_SMALL_FILE / max(records, 1))))
    return tuple(replace(key, cap=round(key.cap * room)) for key in keys)


def index_keys(con: duckdb.DuckDBPyConnection, table: str, keys: Sequence[Key]) -> KeyIndex:
    """Return the posts of every key over the records of `table`, and which blocks are too large.

    Args:
        table: standardised records with `rid`.
        keys: with the caps that are to be used.

    Cost: linear in the records but for the sort.
    """
    row = con.execute(f"SELECT count(*), coalesce(max(rid), 0) FROM {table}").fetchone() or (0, 0)
    bits = max(BITS, int(row[1]).bit_length() + 1)
    return KeyIndex(
        keys=tuple(keys), rungs=tuple(_climb(con, table, key, bits) for key in keys),
        bits=bits, records=int(row[0]),
    )  # fmt: skip


def pairs_in(index: KeyIndex) -> tuple[Posts, list[KeyReport]]:
    """Return each pair of records that a key joins, once, ascending, and what each key found.

    A pair is one number: the smaller record number times 2**32, and the larger.

    Cost: at most `cap` / 2 pairs a record for each key.
    """
    import numpy as np

    found: list[Posts] = [np.empty(0, dtype=np.uint64)]
    held, reports = 0, []
    for key, rungs in zip(index.keys, index.rungs, strict=True):
        count = 0
        for rung in rungs:
            for pairs in _joined(rung.posts, index.bits, key.cap):
                count += len(pairs)
                held += len(pairs)
                found.append(pairs)
                if held > _GATHER:
                    found, held = [_each_once(found)], 0
        reports.append(_report(key, rungs[-1], count))
    return _each_once(found), reports


def _report(key: Key, last: Rung, pairs: int) -> KeyReport:
    return KeyReport(
        name=key.name, pairs=pairs, left_out=len(last.heavy), cap=key.cap,
        records_left_out=int(last.counts.sum()), largest=int(last.counts.max(initial=0)),
    )  # fmt: skip


def _climb(con: duckdb.DuckDBPyConnection, table: str, key: Key, bits: int) -> tuple[Rung, ...]:
    """Return the rungs of one key: those too heavy for one are posted under the next."""
    import numpy as np
    import pyarrow as pa

    rungs: list[Rung] = []
    source = table
    for step, expression in enumerate(key.ladder):
        posts = post(con, source, expression, bits)
        starts, counts = blocks_of(posts, bits)
        large = counts > key.cap
        heavy = posts[starts[large]] >> np.uint64(bits)
        rungs.append(Rung(posts=posts, heavy=heavy, counts=counts[large]))
        if not len(heavy) or step + 1 == len(key.ladder):
            break
        inside = np.repeat(large, counts)
        rest = np.unique(posts[inside] & np.uint64((1 << bits) - 1)).astype(np.int32)
        con.register("made", pa.table({"rid": rest}))
        con.execute("CREATE OR REPLACE TEMP TABLE heavier AS SELECT rid FROM made")
        con.unregister("made")
        source = f"(SELECT * FROM {table} SEMI JOIN heavier USING (rid))"
    return tuple(rungs)


def post(con: duckdb.DuckDBPyConnection, source: str, expression: str, bits: int) -> Posts:
    """Return the posts of the records of `source` under an expression, ascending, each once.

    Two values with one hash only add a pair to be scored.
    """
    import numpy as np

    kind = con.execute(f"SELECT typeof({expression}) FROM {source} LIMIT 1").fetchone()
    item = f"unnest({expression})" if kind and str(kind[0]).endswith("[]") else expression
    got = con.execute(
        f"SELECT rid, hash(item) AS h FROM (SELECT rid, {item} AS item FROM {source})"
        " WHERE item IS NOT NULL"
    ).fetchnumpy()
    shift = np.uint64(bits)
    posts: Posts = got["h"].astype(np.uint64)
    posts >>= shift
    posts <<= shift
    posts |= got["rid"].astype(np.uint64)
    posts.sort()
    fresh = np.ones(len(posts), dtype=bool)
    np.not_equal(posts[1:], posts[:-1], out=fresh[1:])
    return posts if fresh.all() else posts[fresh]


def blocks_of(posts: Posts, bits: int) -> tuple[Numbers, Numbers]:
    """Return where each block of the posts begins, and how many records it holds."""
    import numpy as np

    hashes = posts >> np.uint64(bits)
    first = np.ones(len(posts), dtype=bool)
    np.not_equal(hashes[1:], hashes[:-1], out=first[1:])
    starts = np.flatnonzero(first)
    return starts, np.diff(starts, append=len(posts))


def _joined(posts: Posts, bits: int, cap: int) -> list[Posts]:
    """Return the pairs within the blocks of 2 to `cap` records, block size by block size."""
    import numpy as np

    starts, counts = blocks_of(posts, bits)
    found = []
    for size in np.unique(counts[(counts > 1) & (counts <= cap)]).tolist():
        one, other = np.triu_indices(size, 1)
        begin = starts[counts == size]
        # Within a block posts ascend by record number.
        members = posts[begin[:, None] + np.arange(size)] & np.uint64((1 << bits) - 1)
        found.append(((members[:, one] << np.uint64(32)) | members[:, other]).ravel())
    return found


def _each_once(parts: Sequence[Posts]) -> Posts:
    import numpy as np

    whole: Posts = np.concatenate(parts)
    whole.sort()
    fresh = np.ones(len(whole), dtype=bool)
    np.not_equal(whole[1:], whole[:-1], out=fresh[1:])
    return whole[fresh]
