"""One kind of standardised records linked: keys, weights, scores, clusters, reasons."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING

from puente.i18n import N_
from puente.resolve.blocking import find_pairs
from puente.resolve.clusters import Judged, cluster
from puente.resolve.judgements import NOT, SAME
from puente.resolve.scoring import CERTAIN, score_pairs
from puente.resolve.training import train

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from puente.resolve.blocking import KeyReport
    from puente.resolve.clusters import Clustering
    from puente.resolve.judgements import Judgement
    from puente.resolve.scoring import Shares
    from puente.resolve.spec import Identifier, Kind
    from puente.resolve.training import Model
    from puente.settings import Settings

_BEFORE = N_("before anything is compared")
_RIVALS = N_("other reasons to agree: relatives, namesakes, sister firms")
_IDENTIFIED = N_("an equal valid identifier")
_JUDGED = N_("judged the same by a person")

IDENTIFIED = 12.0
"""Least weight of a pair with an equal valid identifier that nothing contradicts."""

NEAR = -6.0
"""Log2 odds from which a pair that is no link is kept for review: one in 64 would be a true one."""

_WORTH_KEEPING = -20.0
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
    """

    name: str
    homes: dict[str, str]
    links: pa.Table
    near: pa.Table
    model: dict[str, object]
    counts: dict[str, int]
    undecided: tuple[tuple[str, str], ...] = ()


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

    Leaves behind tables `pairs` (`l`, `r`, `keys`: what was found worth comparing), `scored` and
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
    keys = find_pairs(con, table, kind.keys, "pairs", sieve)
    model = train(con, table, kind, records, among)
    if not model.kind.fields:
        return _alone(con, table, kind, records)
    shares = score_pairs(con, table, "pairs", model, _WORTH_KEEPING, "scored")
    _mark_identified(con, table, model.kind)
    rows = con.execute(f"SELECT entity_id FROM {table} ORDER BY rid").fetchall()
    names = [row[0] for row in rows]
    judged = _judged(names, judgements)
    clustering = _cluster(con, table, kind.identifiers, least, judged)
    links = _explained(con, table, model, shares, f"h.home = k.home AND weight >= {least}")
    near = _explained(con, table, model, shares, f"h.home <> k.home AND weight >= {NEAR}")
    if judged.same:
        links = with_judged(
            links, [(names[one], names[other]) for one, other in judged.same], kind.name
        )
    homes = {
        name: names[label] for name, label in zip(names, clustering.labels.tolist(), strict=True)
    }
    sizes = Counter(homes.values())
    counts = {
        "records": records,
        **_counted(con, links, sizes),
        "kept_apart_by_identifier": clustering.conflicts,
        "weak_bridges": clustering.bridges,
        "undecided": len({record for record, _label in clustering.undecided}),
    }
    return KindResult(
        name=kind.name,
        homes={name: home for name, home in homes.items() if sizes[home] > 1},
        links=links,
        near=near.select(near_schema().names),
        model=_describe(model, shares, keys, counts),
        counts=counts,
        undecided=tuple((names[record], names[label]) for record, label in clustering.undecided),
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
    con.execute("CREATE OR REPLACE TABLE pairs (l INTEGER, r INTEGER, keys BIGINT)")
    counts = {"records": records, "pairs": 0, "links": 0, "clusters": records}
    model: dict[str, object] = {**counts, "trained": False, "notes": []}
    return KindResult(
        name=kind.name, homes={}, links=_links_schema().empty_table(),
        near=near_schema().empty_table(), model=model, counts=counts,
    )  # fmt: skip


def _mark_identified(con: duckdb.DuckDBPyConnection, table: str, kind: Kind) -> None:
    """Add `identified` to `scored`: an equal valid identifier that the other fields do not deny."""
    names = {field.name for field in kind.fields}
    tests = []
    for identifier in kind.identifiers:
        denials = [f"(g_{name} = 0)::INT" for name in identifier.unless if name in names]
        copied = f" AND {' + '.join(denials)} < 2" if denials else ""
        tests.append(f"(a.{identifier.column} = b.{identifier.column}{copied})")
    told = " OR ".join(f"coalesce({test}, false)" for test in tests) or "false"
    con.execute(
        f"CREATE OR REPLACE TABLE scored AS SELECT s.* REPLACE (CASE WHEN {told}"
        f" THEN greatest(weight, {IDENTIFIED}) ELSE weight END AS weight), {told} AS identified"
        f" FROM scored s JOIN {table} a ON a.rid = s.l JOIN {table} b ON b.rid = s.r"
        " ORDER BY s.l, s.r"
    )


def _judged(names: Sequence[str], judgements: Sequence[Judgement]) -> Judged:
    """Return what was judged of pairs of these records, by their numbers."""
    wanted = {key for one in judgements for key in (one.left, one.right)}
    number = {name: place for place, name in enumerate(names) if name in wanted}
    pairs: dict[str, list[tuple[int, int]]] = {SAME: [], NOT: []}
    for one in judgements:
        if one.left in number and one.right in number and one.outcome in pairs:
            pairs[one.outcome].append((number[one.left], number[one.right]))
    return Judged(same=tuple(pairs[SAME]), apart=tuple(pairs[NOT]))


def _cluster(
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


def _links_schema() -> pa.Schema:
    import pyarrow as pa

    texts = [(name, pa.string()) for name in ("left_id", "right_id", "kind")]
    numbers = [(name, pa.float64()) for name in ("probability", "weight")]
    return pa.schema([*texts, *numbers, ("reason", pa.string()), ("why", pa.string())])


def _explained(
    con: duckdb.DuckDBPyConnection, table: str, model: Model, shares: Shares, which: str
) -> pa.Table:
    """Return scored pairs as links, each with what speaks for it and against it.

    Args:
        which: condition over `weight` and the two records' clusters, `h.home` and `k.home`.
    """
    prior = round(log2(shares.prior / (1 - shares.prior)), 4)
    start = _entry("'prior'", "''", "''", f"'{_BEFORE}'", str(prior))
    entries = [start]
    for field in model.kind.fields:
        last = len(field.levels) - 1
        labels = " ".join(
            f"WHEN {last - place} THEN '{_quoted(level.label)}'"
            for place, level in enumerate(field.levels)
        )
        entry = _entry(
            f"'{field.name}'", f'a."{field.show}"::VARCHAR', f'b."{field.show}"::VARCHAR',
            f"CASE g_{field.name} {labels} END", f"w_{field.name}",
        )  # fmt: skip
        entries.append(f"CASE WHEN g_{field.name} >= 0 THEN {entry} END")
    rest = "round(weight - chance, 4)"
    rival = _entry("'rivals'", "''", "''", f"'{_RIVALS}'", rest)
    if model.kind.rivals:
        entries.append(f"CASE WHEN NOT identified THEN {rival} END")
    identified = _entry("'identifier'", "''", "''", f"'{_IDENTIFIED}'", rest)
    entries.append(f"CASE WHEN identified THEN {identified} END")
    return (
        con.execute(
            "SELECT a.entity_id AS left_id, b.entity_id AS right_id,"
            f" '{model.kind.name}' AS kind,"
            " round(1 / (1 + pow(2, -weight)), 6) AS probability, weight,"
            " CASE WHEN identified THEN 'identifier' ELSE 'model' END AS reason,"
            f" to_json(list_filter([{', '.join(entries)}], lambda e: e IS NOT NULL))::VARCHAR"
            " AS why"
            f" FROM scored s JOIN {table} a ON a.rid = s.l JOIN {table} b ON b.rid = s.r"
            " JOIN homes h ON h.rid = s.l JOIN homes k ON k.rid = s.r"
            f" WHERE {which} ORDER BY left_id, right_id"
        )
        .to_arrow_table()
        .cast(_links_schema())
    )


def with_judged(links: pa.Table, pairs: Sequence[tuple[str, str]], kind: str) -> pa.Table:
    """Return the links with those that people judged, in the place of what was reckoned of them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = [pc.binary_join_element_wise(links[n], links[m], "\x1f")
           for n, m in (("left_id", "right_id"), ("right_id", "left_id"))]  # fmt: skip
    told = pa.array([f"{left}\x1f{right}" for left, right in pairs], pa.string())
    known = pc.or_(pc.is_in(ids[0], value_set=told), pc.is_in(ids[1], value_set=told))
    why = [{"field": "judgement", "left": "", "right": "", "level": _JUDGED, "weight": CERTAIN}]
    rows = [
        {"left_id": left, "right_id": right, "kind": kind, "probability": 1.0, "weight": CERTAIN,
         "reason": "judgement", "why": json.dumps(why)}
        for left, right in sorted({(min(pair), max(pair)) for pair in pairs})
    ]  # fmt: skip
    judged = pa.Table.from_pylist(rows, schema=_links_schema())
    found = pa.concat_tables([links.filter(pc.invert(known)), judged])
    return found.sort_by([("left_id", "ascending"), ("right_id", "ascending")])


def near_schema() -> pa.Schema:
    """Return the columns of `near`: the two records, their kind, weight (log2 odds), and why."""
    import pyarrow as pa

    texts = [(name, pa.string()) for name in ("left_id", "right_id", "kind")]
    return pa.schema([*texts, ("weight", pa.float64()), ("why", pa.string())])


def _entry(field: str, left: str, right: str, level: str, weight: str) -> str:
    return (
        f"{{'field': {field}, 'left': {left}, 'right': {right}, 'level': {level},"
        f" 'weight': ({weight})::DOUBLE}}"
    )


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _describe(
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
            }
            for key in keys
        ],
        "notes": list(model.notes),
    }
