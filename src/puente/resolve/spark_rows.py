"""What Spark's workers do with rows: the same SQL as on one machine, run by DuckDB in each task.

Standard form, keys, levels and weights of a record or a pair hang on that record or pair alone. So
each task runs Puente's own expressions on its share, by Arrow, and no expression has to be said
twice, once for each engine.

Limits: the workers' Python needs the driver's versions of Puente and DuckDB; others are refused,
    for they may read a name or measure a distance in another way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from puente import __version__
from puente.resolve.blocking import BITS
from puente.resolve.scoring import against_all, identified_sql, rival_weight
from puente.resolve.terms import add_terms
from puente.resolve.training import level_sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from puente.resolve.scoring import Shares
    from puente.resolve.spec import Field, Key, Kind
    from puente.resolve.terms import Terms
    from puente.resolve.training import Model

KEY_BITS = 6
"""Low bits of a post that name its key; the rest are a hash of what the record joins by."""

VERSIONS = f"Puente {__version__}, DuckDB {duckdb.__version__}"
_TASK_MB = 600


class WrongVersion(RuntimeError):
    """The worker has other versions than the driver."""


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    """Return this process's database: one thread, since Spark gives a task one core."""
    con = duckdb.connect(":memory:")
    con.execute("SET threads = 1")
    con.execute(f"SET memory_limit = '{_TASK_MB}MB'")
    con.execute("SET preserve_insertion_order = true")
    return con


def _same_versions(driver: str) -> None:
    if driver != VERSIONS:
        raise WrongVersion(f"the driver has {driver}, a worker {VERSIONS}; install the same")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standardise:
    """Raw rows in, standardised records with their posts out.

    Attributes:
        build: makes table `records` of table `raw`, each row by itself.
        terms: column to how common its values are.
        posts: for each rung of the keys' ladders SQL for a record's posts.
        columns: of a record, in order, the posts left out.
        versions: of the driver.
    """

    build: Callable[[duckdb.DuckDBPyConnection], None]
    terms: Mapping[str, Terms]
    posts: tuple[str, ...]
    columns: tuple[str, ...]
    versions: str = VERSIONS

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Give the records of each batch; what Spark's `mapInArrow` calls."""
        _same_versions(self.versions)
        con = _connection()
        shown = ", ".join(f'"{column}"' for column in self.columns)
        posts = "".join(f", {sql} AS posts_{rung}" for rung, sql in enumerate(self.posts))
        for batch in batches:
            if not batch.num_rows:
                continue
            con.register("handed", pa.Table.from_batches([batch]))
            con.execute("CREATE OR REPLACE TABLE raw AS SELECT * FROM handed")
            con.unregister("handed")
            self.build(con)
            # The number of a record is the whole file's, not this batch's.
            con.execute(
                "CREATE OR REPLACE TABLE records AS SELECT r.* REPLACE (w.number AS rid)"
                " FROM records r JOIN raw w USING (entity_id) ORDER BY w.number"
            )
            add_terms(con, "records", self.terms)
            ready = con.execute(f"SELECT {shown}{posts} FROM records ORDER BY rid")
            yield from ready.to_arrow_table().to_batches()


def posts_sql(con: duckdb.DuckDBPyConnection, keys: Sequence[Key], records: int) -> tuple[str, ...]:
    """Return for each rung of the ladders SQL for all that a record of `records` joins by.

    A post is the hash of the value, as short as on one machine, with the key's number in its low
    bits. Two values with one hash only add a pair to be scored.

    Args:
        records: how many there are in all.
    """
    bits = max(BITS, max(records - 1, 0).bit_length() + 1)
    rungs = []
    for rung in range(max(len(key.ladder) for key in keys)):
        lists = []
        for number, key in enumerate(keys):
            if rung >= len(key.ladder):
                continue
            sql = key.ladder[rung]
            described = con.execute(f"DESCRIBE SELECT {sql} AS value FROM records").fetchone()
            many = bool(described) and str((described or ("", ""))[1]).endswith("[]")
            values = f"list_filter({sql if many else f'[{sql}]'}, lambda post: post IS NOT NULL)"
            mark = f"(((hash(post) >> {bits}) << {KEY_BITS}) | {number})::BIGINT"
            lists.append(
                f"coalesce(list_transform(list_distinct({values}), lambda post: {mark}), [])"
            )
        rungs.append(f"flatten([{', '.join(lists)}])")
    return tuple(rungs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckon:
    """One SQL expression over named columns, as a function of Arrow arrays."""

    sql: str
    columns: tuple[str, ...]
    versions: str = VERSIONS

    def __call__(self, *arrays: pa.Array) -> pa.Array:
        """Return the expression's value for each row."""
        _same_versions(self.versions)
        con = _connection()
        con.register("handed", pa.table(dict(zip(self.columns, arrays, strict=True))))
        found = con.execute(f"SELECT {self.sql} AS value FROM handed").to_arrow_table()
        con.unregister("handed")
        return found["value"].combine_chunks()


def as_function(reckon: Reckon) -> Callable[..., pa.Array]:
    """Return it with the signature by which Spark knows what passes in and out."""

    def told(*arrays: pa.Array) -> pa.Array:
        return reckon(*arrays)

    return told


def level_reckoner(field: Field, columns: Sequence[str]) -> Reckon:
    """Return what tells the level of a field that holds; `columns` are those of a record."""
    sql = level_sql(field)
    sides = [f"{column}_{side}" for column in columns for side in "lr"]
    return Reckon(
        sql=f"({sql})::INTEGER", columns=tuple(side for side in sides if _stands(side, sql))
    )


def sieve_reckoner(among: str, columns: Sequence[str]) -> Reckon:
    """Return what tells whether a pair meets a condition over `a` and `b`."""
    used = [(side, column) for column in columns for side in "ab"
            if re.search(rf"\b{side}\.\"?{re.escape(column)}\b", among)]  # fmt: skip
    told = re.sub(r"\b([ab])\.\"?(\w+)\"?", r'"\2_\1"', among)
    return Reckon(
        sql=f"coalesce(({told})::BOOLEAN, false)",
        columns=tuple(f"{column}_{side}" for side, column in used),
    )


def _stands(column: str, sql: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(column)}(?!\w)", sql) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weigh:
    """Pairs with Splink's weight and the levels in, pairs with the weight that counts out.

    In: `l`, `r`, `w`, `g_<field>`, and each identifier's column as `<column>_l`, `<column>_r`.
    """

    sql: str
    versions: str = VERSIONS

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Give `l`, `r`, `weight` of each batch; what Spark's `mapInArrow` calls."""
        _same_versions(self.versions)
        con = _connection()
        for batch in batches:
            con.register("handed", pa.Table.from_batches([batch]))
            found = con.execute(self.sql).to_arrow_table()
            con.unregister("handed")
            yield from found.to_batches()


def weigh(model: Model, shares: Shares) -> Weigh:
    """Return what reckons the weight of pairs by a model."""
    kind: Kind = model.kind
    against = "".join(
        f", {' + '.join(rival_weight(field, place) for field in kind.fields)} AS d_{place}"
        for place in range(len(kind.rivals))
    )
    same = "".join(
        f', coalesce("{each.column}_l" = "{each.column}_r", false) AS same_{place}'
        for place, each in enumerate(kind.identifiers)
    )
    return Weigh(
        sql=f"SELECT l, r, {against_all(model, shares)} AS weight FROM (SELECT l, r, w{against},"
        f" {identified_sql(kind)} AS identified FROM (SELECT *{same} FROM handed))"
    )
