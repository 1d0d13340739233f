"""One kind of standardised records linked: keys, weights, scores, clusters, reasons."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from math import log2
from typing import TYPE_CHECKING

from puente.resolve.blocking import index_keys, pairs_in, with_room
from puente.resolve.clusters import Judged, cluster
from puente.resolve.judgements import NOT, SAME
from puente.resolve.link_reasons import explained, links_schema, near_schema, with_judged
from puente.resolve.scoring import (
    against_all,
    fit_shares,
    score_pairs,
    shift,
)
from puente.resolve.terms import add_terms
from puente.resolve.training import Model, train

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from puente.resolve.blocking import KeyReport, Posts
    from puente.resolve.clusters import Clustering
    from puente.resolve.judgements import Judgement
    from puente.resolve.saved_model import SavedModel
    from puente.resolve.scoring import Shares
    from puente.resolve.spec import Identifier, Kind
    from puente.settings import Settings

_SLICE = 2_000_000
WORTH_KEEPING = -20.0
"""Pairs of which chance alone makes less than this say nothing about how many relatives there are
and are taken, in clusters, for pairs that no key found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindResult:
    """What linking one kind of records found.

    Attributes:
        name: of the kind.
        homes: cluster id of each entity that shares a cluster with another.
        undecided: entity that stands alone, and the id of a cluster that it fits as well as
            another.
        links: the links table of this kind.
        near: pairs that were compared and are no links, but not out of the question.
        model: weights and how they were come by, JSON-ready.
        counts: records, pairs, links and clusters.
        learnt: the model and the shares in use; None where there was nothing to compare.
    """

    name: str
    homes: dict[str, str]
    links: pa.Table
    near: pa.Table
    model: dict[str, object]
    counts: dict[str, int]
    undecided: tuple[tuple[str, str], ...] = ()
    learnt: tuple[Model, Shares] | None = None


def connect(settings: Settings) -> duckdb.DuckDBPyConnection:
    """Return a database of our own within the memory and threads that may be used."""
    import duckdb

    con = duckdb.connect(":memory:")
    con.execute(f"SET memory_limit = '{settings.memory_limit_mb}MB'")
    con.execute(f"SET threads = {settings.threads}")
    con.execute("SET preserve_insertion_order = true")
    return con


def link_table(
    con: duckdb.DuckDBPyConnection,
    table: str,
    kind: Kind,
    *,
    least: float,
    among: str = "true",
    judgements: Sequence[Judgement] = (),
) -> KindResult:
    """Return the clusters and links of the standardised records in `table`.

    Leaves behind tables `pairs` (`l`, `r`: what was compared), `scored` and
    `homes` (`rid`, `home`: record number of the cluster).

    Args:
        table: records with `rid` 0..n-1 in the order of `entity_id`, and the kind's columns.
        least: weight from which a pair is a link.
        among: condition over `a` and `b` that a pair must meet besides the kind's own.
        judgements: what people judged of pairs of records; no weight overrules it. Those on
            records that are not in `table` are passed over.
    """
    row = con.execute(f"SELECT count(*) FROM {table}").fetchone()
    records = int(row[0]) if row else 0
    if records < 2:
        return _alone(con, table, kind, records)
    sieve = kind.sieve if among == "true" else f"({kind.sieve}) AND ({among})"
    kind = replace(kind, keys=with_room(kind.keys, records))
    found, keys = pairs_in(index_keys(con, table, kind.keys))
    model = train(con, table, kind, records, among)
    if not model.kind.fields:
        return _alone(con, table, kind, records)
    add_terms(con, table, model.terms)
    shares = _score(con, table, found, sieve, model)
    return _linked(con, table, (model, shares, keys), least, judgements)


def link_saved(
    con: duckdb.DuckDBPyConnection, table: str, kind: Kind, saved: SavedModel, *,
    among: str = "true", judgements: Sequence[Judgement] = (),
) -> KindResult:  # fmt: skip
    """Return the clusters and links of `table` under a saved model; nothing is learnt.

    What a pair weighs hangs on its two records and on the model alone, whatever else is in `table`.
    Leaves behind what `link_table` does, and takes what it takes.

    Raises: InvalidData: the model was trained for other fields, levels or keys.
    Limits: which blocks are too large is counted on `table` itself, under the model's caps.
    """
    row = con.execute(f"SELECT count(*) FROM {table}").fetchone()
    model = Model(
        kind=saved.on(kind), prior=saved.prior, trained=saved.trained, records=saved.records,
        notes=saved.notes, terms=saved.terms,
    )  # fmt: skip
    if not row or row[0] < 2:
        return _alone(con, table, kind, int(row[0]) if row else 0)
    sieve = kind.sieve if among == "true" else f"({kind.sieve}) AND ({among})"
    found, keys = pairs_in(index_keys(con, table, model.kind.keys))
    add_terms(con, table, model.terms)
    _score(con, table, found, sieve, model, saved.shares)
    return _linked(con, table, (model, saved.shares, keys), saved.least, judgements)


def _linked(
    con: duckdb.DuckDBPyConnection, table: str, known: tuple[Model, Shares, list[KeyReport]],
    least: float, judgements: Sequence[Judgement],
) -> KindResult:  # fmt: skip
    """Return what the pairs in `scored` come to."""
    model, shares, keys = known
    kind = model.kind
    rows = con.execute(f"SELECT entity_id FROM {table} ORDER BY rid").fetchall()
    names = [row[0] for row in rows]
    judged = _judged(names, judgements)
    clustering = cluster_scored(con, table, kind.identifiers, least, judged)
    links, near = explained(con, table, model, shares, least)
    if judged.same:
        links = with_judged(
            links, [(names[one], names[other]) for one, other in judged.same], kind.name
        )
    homes = {
        name: names[label] for name, label in zip(names, clustering.labels.tolist(), strict=True)
    }
    sizes = Counter(homes.values())
    counts = {
        "records": len(names),
        **_counted(con, links, sizes),
        "kept_apart_by_identifier": clustering.conflicts,
        "weak_bridges": clustering.bridges,
        "undecided": len({record for record, _label in clustering.undecided}),
    }
    return KindResult(
        name=kind.name,
        homes={name: home for name, home in homes.items() if sizes[home] > 1},
        links=links,
        near=near,
        model=describe(model, shares, keys, counts),
        counts=counts,
        undecided=tuple((names[record], names[label]) for record, label in clustering.undecided),
        learnt=(model, shares),
    )


def _counted(
    con: duckdb.DuckDBPyConnection, links: pa.Table, sizes: Counter[str]
) -> dict[str, int]:
    found = con.execute("SELECT count(*) FROM pairs").fetchone()
    return {
        "pairs": int(found[0]) if found else 0,
        "links": links.num_rows,
        "clusters": len(sizes),
        "largest": max(sizes.values()),
    }


def _alone(con: duckdb.DuckDBPyConnection, table: str, kind: Kind, records: int) -> KindResult:
    """Return the result where there is nothing to compare: every record by itself."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE homes AS SELECT rid, rid AS home FROM {table}")
    con.execute("CREATE OR REPLACE TABLE pairs (l INTEGER, r INTEGER)")
    counts = {"records": records, "pairs": 0, "links": 0, "clusters": records}
    model: dict[str, object] = {**counts, "trained": False, "notes": []}
    return KindResult(
        name=kind.name, homes={}, links=links_schema().empty_table(),
        near=near_schema().empty_table(), model=model, counts=counts,
    )  # fmt: skip


def _score(
    con: duckdb.DuckDBPyConnection, table: str, found: Posts, sieve: str, model: Model,
    shares: Shares | None = None,
) -> Shares:  # fmt: skip
    """Create `pairs` (what was compared) and `scored`; return the shares given, or those fitted."""
    compare(con, table, found, sieve, model)
    shares = shares or fit_shares(con, "told", model)
    con.execute(
        f"CREATE OR REPLACE TABLE scored AS SELECT l, r, {against_all(model, shares)} AS weight,"
        f" round(w + {shift(model, shares)}, 4) AS chance, identified FROM told"
    )
    con.execute("DROP TABLE told")
    return shares


def compare(
    con: duckdb.DuckDBPyConnection, table: str, found: Posts, sieve: str, model: Model
) -> None:
    """Create `pairs` (`l`, `r`: passed the sieve) and `told` (those that chance hardly explains).

    Pairs are scored in slices: memory does not grow with them.
    """
    import numpy as np
    import pyarrow as pa

    con.execute("CREATE OR REPLACE TABLE pairs (l INTEGER, r INTEGER)")
    for begin in range(0, max(len(found), 1), _SLICE):
        part = found[begin : begin + _SLICE]
        numbers = {
            "l": (part >> np.uint64(32)).astype(np.int32),
            "r": (part & np.uint64(2**32 - 1)).astype(np.int32),
        }
        con.register("slice", pa.table(numbers))
        score_pairs(con, table, "slice", model, sieve, "part")
        con.unregister("slice")
        con.execute("INSERT INTO pairs SELECT l, r FROM part")
        into = "INSERT INTO told" if begin else "CREATE OR REPLACE TABLE told AS"
        con.execute(f"{into} SELECT * FROM part WHERE w >= {WORTH_KEEPING}")
    con.execute("DROP TABLE part")


def _judged(names: Sequence[str], judgements: Sequence[Judgement]) -> Judged:
    """Return what was judged of pairs of these records, by their numbers."""
    wanted = {key for one in judgements for key in (one.left, one.right)}
    number = {name: place for place, name in enumerate(names) if name in wanted}
    pairs: dict[str, list[tuple[int, int]]] = {SAME: [], NOT: []}
    for one in judgements:
        if one.left in number and one.right in number and one.outcome in pairs:
            pairs[one.outcome].append((number[one.left], number[one.right]))
    return Judged(same=tuple(pairs[SAME]), apart=tuple(pairs[NOT]))


def cluster_scored(
    con: duckdb.DuckDBPyConnection,
    table: str,
    identifiers: Sequence[Identifier],
    least: float,
    judged: Judged,
) -> Clustering:
    """Return the clusters and add `home` (record number of the cluster) for each record."""
    import numpy as np
    import pyarrow as pa

    got = con.execute("SELECT l, r, weight FROM scored ORDER BY l, r").fetchnumpy()
    identities = [_identity(con, table, each.column) for each in identifiers]
    if not identities:
        identities = [_identity(con, table, "NULL::VARCHAR")]
    found = cluster(
        got["l"].astype(np.int64), got["r"].astype(np.int64), got["weight"], identities, least,
        judged,
    )  # fmt: skip
    homes = pa.table({"rid": pa.array(np.arange(len(found.labels))), "home": found.labels})
    con.register("made_homes", homes)
    con.execute("CREATE OR REPLACE TEMP TABLE homes AS SELECT * FROM made_homes")
    con.unregister("made_homes")
    return found


def _identity(con: duckdb.DuckDBPyConnection, table: str, column: str) -> NDArray[np.int64]:
    """Return a number for each record's value of a column, -1 where it has none."""
    import numpy as np

    values = con.execute(
        f"SELECT CASE WHEN {column} IS NULL THEN -1 ELSE dense_rank() OVER (ORDER BY {column}) END"
        f" AS number FROM {table} ORDER BY rid"
    ).fetchnumpy()["number"]
    return np.asarray(values, dtype=np.int64)


def describe(
    model: Model, shares: Shares, keys: Sequence[KeyReport], counts: dict[str, int]
) -> dict[str, object]:
    """Return what was learnt and how, for the record and the page that shows it."""
    return {
        **counts,
        "trained": model.trained,
        "prior": shares.prior,
        "rivals": {
            rival.name: round(odds, 4)
            for rival, odds in zip(model.kind.rivals, shares.odds, strict=True)
        },
        "fields": {
            field.name: [
                {
                    "level": level.label,
                    "m": round(level.m, 6),
                    "u": round(level.u, 9),
                    "weight": round(log2(level.m / level.u), 4),
                    "set_by": "rule" if level.fixed else "training" if model.trained else "stated",
                }
                for level in field.levels
            ]
            for field in model.kind.fields
        },
        "keys": [
            {
                "name": key.name,
                "pairs": key.pairs,
                "blocks_left_out": key.left_out,
                "records_in_them": key.records_left_out,
                "cap": key.cap,
                "largest_left_out": key.largest,
            }
            for key in keys
        ],
        "notes": list(model.notes),
    }
