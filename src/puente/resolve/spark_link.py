"""The files of a profile linked by Spark: model and clusters made here, pairs weighed there.

The model is learnt on one machine, on all records or on a sample of them; which records are in the
sample hangs on their ids alone. A file that is not larger than the sample gives the pairs, weights
and clusters that one machine gives.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from puente.resolve.blocking import index_keys, pairs_in, with_room
from puente.resolve.clusters import Judged
from puente.resolve.matching import (
    WORTH_KEEPING,
    cluster_scored,
    compare,
    describe,
    link_table,
)
from puente.resolve.scoring import fit_shares
from puente.resolve.spark import Job, score_on_spark
from puente.resolve.terms import add_terms
from puente.resolve.training import Model, train

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from puente.resolve.saved_model import SavedModel
    from puente.resolve.scoring import Shares
    from puente.resolve.spark import Found
    from puente.resolve.spark_session import SparkAt
    from puente.resolve.spec import Kind

SAMPLE = 1_000_000
"""Records that the model is learnt on: of a hundred million one true pair in a hundred is then
among them, some ten thousand, and training asks for some hundreds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be linked, and how.

    Attributes:
        rows: makes table `records` of table `raw` in a database, each row by itself; runs in
            Spark's workers too.
        kind: makes table `records` of table `raw` and returns the kind that it is compared by.
        least: weight from which a pair is a link.
        among: condition over `a` and `b` that a pair must meet besides the kind's own.
        pairs: leave all pairs that were compared in table `pairs`.
        sample: records that the model is learnt on.
        saved: a model learnt before, to use in the place of learning one; with its caps.
    """

    rows: Callable[[duckdb.DuckDBPyConnection], None]
    kind: Callable[[duckdb.DuckDBPyConnection], Kind]
    least: float
    among: str = "true"
    pairs: bool = False
    sample: int = SAMPLE
    saved: SavedModel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SparkResult:
    """What linking found; the clusters themselves are in table `homes`.

    Attributes:
        model: weights and how they were come by, JSON-ready.
        counts: records, pairs, links and clusters.
    """

    model: dict[str, object]
    counts: dict[str, int]


def link_on_spark(con: duckdb.DuckDBPyConnection, asked: Asked, spark: SparkAt) -> SparkResult:
    """Link the rows of table `raw`, as `matching.link_table` does records; return what came of it.

    Leaves behind `records` (`rid`, `entity_id`), `scored`, `homes`, and `pairs` if asked for.

    Raises:
        NotFound: Spark, Java or the master.
        SourceFailed: the job failed.
        InvalidData: the saved model was learnt for other fields or keys.
    """
    con.execute(
        "CREATE OR REPLACE TABLE all_rows AS SELECT *, (row_number() OVER (ORDER BY entity_id) - 1)"
        "::INTEGER AS number FROM raw ORDER BY number"
    )
    row = con.execute("SELECT count(*) FROM all_rows").fetchone()
    records = int(row[0]) if row else 0
    con.execute(
        "CREATE OR REPLACE TABLE raw AS SELECT * EXCLUDE (number) FROM all_rows"
        f" ORDER BY hash(entity_id), entity_id LIMIT {asked.sample}"
    )
    kind = asked.kind(con)
    learnt = _model(con, kind, asked, records) if records > 1 and kind.keys else None
    if learnt is None:
        # Nothing to compare is said as on one machine.
        _back(con, asked)
        done = link_table(con, "records", kind, least=asked.least, among=asked.among)
        return SparkResult(model=done.model, counts=done.counts)
    model, shares = learnt
    job = Job(
        spark=spark, model=model, shares=shares, build=asked.rows,
        least=WORTH_KEEPING, among=asked.among, pairs=asked.pairs,
    )  # fmt: skip
    found = score_on_spark(con, job)
    con.execute("CREATE OR REPLACE TABLE raw AS SELECT * EXCLUDE (number) FROM all_rows")
    con.execute("DROP TABLE all_rows")
    con.execute("CREATE OR REPLACE TABLE records AS SELECT * FROM identities ORDER BY rid")
    return _clustered(con, job, found, asked.least)


def _back(con: duckdb.DuckDBPyConnection, asked: Asked) -> None:
    con.execute("CREATE OR REPLACE TABLE raw AS SELECT * EXCLUDE (number) FROM all_rows")
    con.execute("DROP TABLE all_rows")
    asked.kind(con)


def _model(
    con: duckdb.DuckDBPyConnection, kind: Kind, asked: Asked, records: int
) -> tuple[Model, Shares] | None:
    """Return the saved model on this kind, or one learnt of the sample with the file's caps."""
    saved = asked.saved
    if saved is not None:
        model = Model(
            kind=saved.on(kind), prior=saved.prior, trained=saved.trained, records=saved.records,
            notes=saved.notes, terms=saved.terms,
        )  # fmt: skip
        return model, saved.shares
    learnt = _learn(con, kind, asked.among)
    if learnt is None:
        return None
    model, shares = learnt
    capped = replace(model.kind, keys=with_room(kind.keys, records))
    return replace(model, kind=capped), shares


def _learn(con: duckdb.DuckDBPyConnection, kind: Kind, among: str) -> tuple[Model, Shares] | None:
    """Return the model that the sample in `records` teaches; None if no two records say a thing."""
    row = con.execute("SELECT count(*) FROM records").fetchone()
    records = int(row[0]) if row else 0
    sieve = kind.sieve if among == "true" else f"({kind.sieve}) AND ({among})"
    found, _reports = pairs_in(index_keys(con, "records", with_room(kind.keys, records)))
    model = train(con, "records", kind, records, among)
    if not model.kind.fields:
        return None
    add_terms(con, "records", model.terms)
    compare(con, "records", found, sieve, model)
    return model, fit_shares(con, "told", model)


def _clustered(con: duckdb.DuckDBPyConnection, job: Job, found: Found, least: float) -> SparkResult:
    """Return what the pairs in `scored` come to; leaves `homes`."""
    clustering = cluster_scored(con, "records", job.model.kind.identifiers, least, Judged())
    links = con.execute(
        "SELECT count(*) FROM scored s JOIN homes h ON h.rid = s.l JOIN homes k ON k.rid = s.r"
        f" WHERE h.home = k.home AND weight >= {least}"
    ).fetchone()
    sizes = con.execute(
        "SELECT count(*), max(n) FROM (SELECT count(*) AS n FROM homes GROUP BY home)"
    ).fetchone() or (0, 0)
    counts = {
        "records": len(clustering.labels),
        "pairs": found.pairs,
        "links": int(links[0]) if links else 0,
        "clusters": int(sizes[0]),
        "largest": int(sizes[1]),
        "kept_apart_by_identifier": clustering.conflicts,
        "weak_bridges": clustering.bridges,
        "undecided": len({record for record, _label in clustering.undecided}),
    }
    return SparkResult(model=describe(job.model, job.shares, found.keys, counts), counts=counts)
