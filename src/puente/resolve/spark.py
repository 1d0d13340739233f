"""One kind of records linked by Apache Spark with a model that was trained beforehand.

Spark moves the data: records go out, blocks are counted and split over the cluster, pairs meet.
What a record or a pair says by itself is reckoned in its tasks by Puente's own expressions (see
`spark_rows`). Splink's Spark backend adds the weights up. Nothing hangs on the order of rows, on
how they are parted or on chance: the pairs and weights are those of one machine.

Source: Splink 5, `SparkAPI`, `register_blocked_pairs_for_predict`; Apache Spark, `mapInArrow`.
Limits: without a folder that all machines see, rows pass through the driver's memory.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING, Any

from puente.errors import SourceFailed
from puente.i18n import gettext as _
from puente.resolve.blocking import KeyReport
from puente.resolve.spark_rows import (
    KEY_BITS,
    Reckon,
    Standardise,
    as_function,
    level_reckoner,
    posts_sql,
    sieve_reckoner,
    weigh,
)
from puente.resolve.spark_session import spark_session
from puente.resolve.training import splink_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import duckdb
    import pyarrow as pa
    from pyspark.sql import DataFrame, Row, SparkSession
    from splink import SparkAPI

    from puente.resolve.scoring import Shares
    from puente.resolve.spark_session import SparkAt
    from puente.resolve.spec import Key
    from puente.resolve.terms import Terms
    from puente.resolve.training import Model

_ROWS_A_TASK = 25_000
_BATCH = 20_000
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What Spark is asked to do.

    Attributes:
        spark: where the master is.
        model: trained, with the keys and caps to use.
        shares: fitted with it.
        least: log2 odds against chance alone below which a pair is left out.
        among: condition over `a` and `b` that pairs must meet.
        build: makes table `records` of table `raw` in a database, each row by itself.
        pairs: also bring back every pair that was compared, as table `pairs`.
    """

    spark: SparkAt
    model: Model
    shares: Shares
    least: float
    build: Callable[[duckdb.DuckDBPyConnection], None]
    among: str = "true"
    pairs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came back beside the tables.

    Attributes:
        pairs: how many were compared.
        keys: what each key found.
    """

    pairs: int
    keys: list[KeyReport] = field(default_factory=list)


def score_on_spark(con: duckdb.DuckDBPyConnection, job: Job) -> Found:
    """Create `scored` (`l`, `r`, `weight`) and `identities` of the raw rows in table `all_rows`.

    Args:
        con: holds `all_rows`, with `number` (0..n-1 by `entity_id`), and `records` as `job.build`
            makes it of some of the rows, which tells the columns.

    Raises:
        NotFound: Spark, Java or the master.
        SourceFailed: the job failed; there are never fewer pairs than there should be.
    """
    kind = job.model.kind
    row = con.execute("SELECT count(*) FROM all_rows").fetchone()
    total = int(row[0]) if row else 0
    described = con.execute("SELECT * FROM records LIMIT 0").to_arrow_table().schema
    posts = posts_sql(con, kind.keys, total)
    work = Standardise(
        build=job.build, terms=job.model.terms, posts=posts, columns=tuple(described.names)
    )
    conf = {
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(_BATCH),
        "spark.sql.shuffle.partitions": str(max(4, ceil(total / _ROWS_A_TASK))),
    }
    with spark_session(job.spark.master, "puente resolve", conf) as session:
        run = Run(session, con, job, described, len(posts))
        records = run.records(work)
        if records != total:
            raise SourceFailed(_("Spark lost records; nothing was written"))
        keys = run.blocks()
        pairs = run.compare()
        run.score()
    _LOG.info("scored on spark", extra={"records": total, "pairs": pairs})
    return Found(pairs=pairs, keys=keys)


class Run:
    """One job: each step leaves behind the views that the next one reads."""

    def __init__(
        self, session: SparkSession, con: duckdb.DuckDBPyConnection, job: Job,
        described: pa.Schema, rungs: int,
    ) -> None:  # fmt: skip
        self._session, self._con, self._job = session, con, job
        self._described, self._rungs = described, rungs

    def records(self, work: Standardise) -> int:
        """Bring the rows to one form and return how many there are; leaves `records`."""
        import pyarrow as pa
        from pyspark.sql.pandas.types import from_arrow_schema

        posts = [(f"posts_{rung}", pa.list_(pa.int64())) for rung in range(self._rungs)]
        schema = pa.schema([*self._described, *posts])
        made = self._handed("all_rows").mapInArrow(work, from_arrow_schema(schema))
        if "sole" in self._described.names:
            made = _with_sole(made)
        made = made.persist()
        made.createOrReplaceTempView("records")
        return int(made.count())

    def blocks(self) -> list[KeyReport]:
        """Find the pairs that the keys join, block by block up their ladders; leaves `found`."""
        keys = self._job.model.kind.keys
        caps = f"element_at(array({', '.join(str(key.cap) for key in keys)}), b.key + 1)"
        sql = self._session.sql
        parts: list[DataFrame] = []
        told: dict[tuple[int, int], Row] = {}
        for rung in range(self._rungs):
            # Only records of blocks that were too large below climb to the next expression.
            climbs = "LEFT SEMI JOIN rest USING (rid, key)" if rung else ""
            sql(
                f"SELECT rid, key, h FROM (SELECT rid, h, INT(h & {(1 << KEY_BITS) - 1}) AS key"
                f" FROM (SELECT rid, explode(posts_{rung}) AS h FROM records)) {climbs}"
            ).createOrReplaceTempView("posts")
            sql(
                "SELECT h, key, count(*) AS n FROM posts GROUP BY h, key HAVING count(*) > 1"
            ).persist().createOrReplaceTempView("blocks")
            counted = sql(
                f"SELECT key, sum(IF(n <= {caps}, n * (n - 1) div 2, 0)) AS pairs,"
                f" count_if(n > {caps}) AS heavy, sum(IF(n > {caps}, n, 0)) AS held,"
                f" max(IF(n > {caps}, n, 0)) AS largest"
                " FROM blocks b GROUP BY key"
            ).collect()
            for row in counted:
                told[(int(row["key"]), rung)] = row
            parts.append(sql(_LIGHT.format(caps=caps)))
            if not any(row["heavy"] for row in counted):
                break
            sql(
                "SELECT DISTINCT p.rid, p.key FROM posts p JOIN blocks b ON p.h = b.h"
                f" WHERE b.n > {caps}"
            ).createOrReplaceTempView("rest")
        found = parts[0]
        for more in parts[1:]:
            found = found.unionAll(more)
        found.createOrReplaceTempView("found")
        return [_report(number, key, told) for number, key in enumerate(keys)]

    def compare(self) -> int:
        """Keep of the pairs found those not out of the question; leaves `pairs`, returns how many.

        The condition is reckoned by DuckDB in each task.
        """
        job = self._job
        sieve = job.model.kind.sieve
        if job.among != "true":
            sieve = f"({sieve}) AND ({job.among})"
        union = "SELECT DISTINCT l, r FROM found"
        if sieve == "true":
            kept = self._session.sql(union)
        else:
            reckon = sieve_reckoner(sieve, self._described.names)
            self._function("puente_sieve", reckon, "boolean")
            sides = ", ".join(f"{each[-1]}.`{each[:-2]}`" for each in reckon.columns)
            kept = self._session.sql(
                f"SELECT f.l, f.r FROM ({union}) f JOIN records a ON a.rid = f.l"
                f" JOIN records b ON b.rid = f.r WHERE puente_sieve({sides})"
            )
        kept = kept.persist()
        kept.createOrReplaceTempView("pairs")
        if job.pairs:
            self._bring(kept, "pairs")
        return int(kept.count())

    def score(self) -> None:
        """Weigh the pairs; leaves the database's `scored` and `identities`."""
        job = self._job
        weighed = self.levels().mapInArrow(
            weigh(job.model, job.shares), "l int, r int, weight double"
        )
        self._bring(weighed, "scored")
        held = [each.column for each in job.model.kind.identifiers]
        self._bring(self._session.table("records").select("rid", "entity_id", *held), "identities")

    def levels(self) -> DataFrame:
        """Return the pairs with Splink's weight `w` and the level `g_<field>` of each field."""
        from splink import Linker

        job = self._job
        kind = job.model.kind
        held = [each.column for each in kind.identifiers]
        terms = job.model.terms
        shown = [f"tf_{name[3:]} AS share_{name[3:]}" if name[:3] == "tf_" else f"`{name}`"
                 for name in self._described.names]  # fmt: skip
        self._session.sql(f"SELECT {', '.join(shown)} FROM records").createOrReplaceTempView(
            "compared"
        )
        api = _spark_api(self._session)
        linker = Linker(
            api.register("compared"), self._settings(held), log_level=None, validate_settings=False
        )
        tables = linker.table_management
        for column in terms:
            self._session.createDataFrame(_shares(terms[column], column)).createOrReplaceTempView(
                f"shares_{column}"
            )
            tables.register_term_frequency_lookup(
                api.register(f"shares_{column}"), f"share_{column}"
            )
        blocked = "SELECT l AS join_key_l, r AS join_key_r, '0' AS match_key FROM pairs"
        self._session.sql(blocked).createOrReplaceTempView("blocked")
        tables.register_blocked_pairs_for_predict(api.register("blocked"))
        scored = linker.inference.predict(threshold_match_weight=job.least, warning_mode="never")
        levels = "".join(f", gamma_{each.name} AS g_{each.name}" for each in kind.fields)
        sides = "".join(f", {column}_{side}" for column in held for side in "lr")
        return self._session.sql(
            f"SELECT rid_l AS l, rid_r AS r, match_weight AS w{levels}{sides}"
            f" FROM {scored.physical_name}"
        )

    def _settings(self, held: Sequence[str]) -> dict[str, object]:
        """Return the model as Splink's settings, its conditions told by DuckDB's functions."""
        model = self._job.model
        settings: dict[str, Any] = splink_settings(model, retain=False)
        settings["retain_matching_columns"] = True  # Splink gives the levels with them only
        settings["additional_columns_to_retain"] = list(held)
        for each, comparison in zip(model.kind.fields, settings["comparisons"], strict=True):
            reckon = level_reckoner(each, self._described.names)
            name = f"puente_level_{each.name}"
            self._function(name, reckon, "int")
            call = f"{name}({', '.join(f'`{column}`' for column in reckon.columns)})"
            last = len(each.levels) - 1
            nothing, *levels = comparison["comparison_levels"]
            nothing["sql_condition"] = f"{call} = -1"
            for place, level in enumerate(levels):
                if place < last:
                    level["sql_condition"] = f"{call} = {last - place}"
                if "tf_adjustment_column" in level:
                    level["tf_adjustment_column"] = f"share_{level['tf_adjustment_column']}"
        return settings

    def _function(self, name: str, reckon: Reckon, result: str) -> None:
        from pyspark.sql.functions import arrow_udf  # type: ignore[attr-defined]  # named late

        self._session.udf.register(name, arrow_udf(as_function(reckon), result))

    def _handed(self, table: str) -> DataFrame:
        shared = self._job.spark.shared
        if shared is None:
            return self._session.createDataFrame(self._con.table(table).to_arrow_table())
        folder = shared / table
        self._con.execute(
            f"COPY {table} TO '{folder}' (FORMAT parquet, PER_THREAD_OUTPUT, OVERWRITE)"
        )
        return self._session.read.parquet(str(folder))

    def _bring(self, rows: DataFrame, table: str) -> None:
        shared = self._job.spark.shared
        if shared is None:
            self._con.register("brought", rows.toArrow())
            source = "brought"
        else:
            folder = shared / table
            rows.write.mode("overwrite").parquet(str(folder))
            source = f"read_parquet('{folder}/*.parquet')"
        self._con.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM {source} ORDER BY ALL")


_LIGHT = """
SELECT p.l, p.r FROM (
    SELECT explode(flatten(transform(rids, (one, place) ->
        transform(slice(rids, place + 2, size(rids)),
            two -> struct(least(one, two) AS l, greatest(one, two) AS r))))) AS p
    FROM (SELECT collect_list(p.rid) AS rids FROM posts p JOIN blocks b ON p.h = b.h
        WHERE b.n <= {caps} GROUP BY b.h)
)"""


def _shares(terms: Terms, column: str) -> pa.Table:
    """Return Splink's table of term frequencies for values that are frequencies already.

    By value it would be as long as the vocabulary and joined to every record over the network.
    """
    import pyarrow as pa

    shares = pa.array(sorted({*terms.shares.values(), terms.rest}), pa.float64())
    return pa.table({f"share_{column}": shares, f"tf_share_{column}": shares})


def _report(number: int, key: Key, told: Mapping[tuple[int, int], Row]) -> KeyReport:
    rungs = [told[number, rung] for rung in range(len(key.ladder)) if (number, rung) in told]
    # What is too large under the last expression is left out; below it, it climbs.
    last = told.get((number, len(key.ladder) - 1))
    return KeyReport(
        name=key.name, pairs=sum(int(row["pairs"]) for row in rungs), cap=key.cap,
        left_out=int(last["heavy"]) if last else 0,
        records_left_out=int(last["held"]) if last else 0,
        largest=int(last["largest"]) if last else 0,
    )  # fmt: skip


def _with_sole(records: DataFrame) -> DataFrame:
    """Return firms' records with `sole` told over the whole: a batch sees some bearers only."""
    from pyspark.sql import functions as f

    borne = (
        records.where("whole IS NOT NULL AND form IS NOT NULL")
        .groupBy("whole", "form")
        .agg(f.expr("count(DISTINCT rfc_valid) <= 1").alias("alone"))
    )
    joined = records.join(borne, ["whole", "form"], "left")
    sole = f.coalesce(f.col("alone"), f.lit(False)).alias("sole")
    return joined.select(*[sole if name == "sole" else name for name in records.columns])


def _spark_api(session: SparkSession) -> SparkAPI:
    """Return Splink's Spark backend, without its copies of what lies between its steps.

    Puente asks for one table of it, with few of its columns; kept as a whole before they are
    chosen it would hold both records of every pair. Its jar of similarity functions is not used:
    levels are told by DuckDB's.
    """
    from splink import SparkAPI

    class Plain(SparkAPI):
        """The backend, each step a view."""

        def _break_lineage_and_repartition(self, spark_df: DataFrame, *_names: str) -> DataFrame:
            return spark_df

    api: SparkAPI = Plain(  # type: ignore[no-untyped-call]  # Splink's types are not followed
        spark_session=session, register_udfs_automatically=False
    )
    return api
