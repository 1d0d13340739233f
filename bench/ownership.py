"""The 50 percent rule on 1,000,000 entities and 5,000,000 holdings, with circles and open shares.

Beside it, on the same holdings: a recursive query in DuckDB, and, on a smaller network, the rule as
one would write it with networkx and Decimal. Each must give the same set. Two networks: one where
few are reached (shares cut at random among five owners each) and one where most are (majority
holdings in long chains and circles). Figures are CPU seconds; "load" is from an Arrow table of ids
to arrays, "rule" from arrays to arrays, "answers" from there to the lines of arithmetic.

    python bench/ownership.py [--nodes 1000000] [--edges 5000000] [--small 20000]
"""

from __future__ import annotations

import argparse
import resource
import time
from datetime import date
from decimal import Decimal

import duckdb
import networkx as nx
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from puente.graph.look_through import look_through
from puente.graph.numbering import positions
from puente.graph.ownership_fixpoint import reach, self_supporting
from puente.graph.ownership_holdings import PERCENT, SCHEMA
from puente.graph.ownership_ruling import rule_on
from puente.graph.ownership_shares import shares_on
from puente.graph.ownership_tables import answer_texts

DAY = date(2024, 5, 3)
SEEDS = 500
RECURSIVE = """
WITH RECURSIVE blocked(entity) AS (
  SELECT id FROM seeds
  UNION
  SELECT asset FROM (
    SELECT h.asset, sum(h.least) AS held FROM holdings h
    WHERE h.owner IN (FROM recurring.blocked) GROUP BY h.asset)
  WHERE held >= 50)
SELECT count(*) FROM blocked"""
"""`recurring` holds all rows so far: an aggregate over the newest alone would forget the others."""


def timed(name: str, began: float) -> float:
    spent = time.process_time() - began
    print(f"  {name:46s} {spent:8.2f} CPU-s")
    return spent


def holdings(nodes: int, count: int, rng: np.random.Generator, *, majority: bool) -> pa.Table:
    """Return holdings with circles; one share in twenty is not known, one in ten is dated."""
    degree = max(1, count // nodes)
    owners = rng.integers(0, nodes, count)
    assets = np.repeat(np.arange(nodes), degree)[:count]
    if majority:
        parts = rng.dirichlet(np.r_[8.0, np.ones(degree - 1)], nodes).ravel()[:count]
        # Groups of companies: most majority owners stand above in a pyramid, some in a circle.
        first = np.arange(0, count, degree)
        above = assets[first] // 5
        owners[first] = np.where(rng.random(len(first)) < 0.9, above, owners[first])
    else:
        parts = rng.dirichlet(np.ones(degree), nodes).ravel()[:count]
    cents = np.floor(parts * 10_000).astype(np.int64)
    names = pa.array([f"e{n:07d}" for n in range(nodes)])
    percent = pa.array(cents / 100).cast(pa.decimal128(20, 2)).cast(PERCENT)
    unknown = pa.array(rng.random(count) < 0.05)
    since = pa.array(np.where(rng.random(count) < 0.1, "2020-03-01", ""))
    columns = {
        "owner": names.take(pa.array(owners)),
        "asset": names.take(pa.array(assets)),
        "percent": pc.if_else(unknown, pa.scalar(None, PERCENT), percent),
        "percent_max": pa.nulls(count, PERCENT),
        "date_from": since,
        "date_to": pa.repeat(pa.scalar(""), count),
    }
    return pa.table(columns).cast(SCHEMA)


def in_duckdb(table: pa.Table, seeds: list[str]) -> tuple[int, float]:
    with duckdb.connect() as engine:
        engine.execute("SET threads = 1")
        engine.register("told", table)
        engine.register("named", pa.table({"id": seeds}))
        engine.execute(
            "CREATE TABLE holdings AS SELECT owner, asset, coalesce(percent, 0)::DECIMAL(18, 6)"
            " AS least FROM told"
        )
        engine.execute("CREATE TABLE seeds AS SELECT * FROM named")
        began = time.process_time()
        (found,) = engine.execute(RECURSIVE).fetchone() or (0,)
        return int(found), timed("DuckDB, recursive query (surely only)", began)


def in_networkx(table: pa.Table, seeds: list[str]) -> tuple[set[str], float]:
    graph = nx.MultiDiGraph()
    columns = (table[name].to_pylist() for name in ("owner", "asset", "percent"))
    for owner, asset, percent in zip(*columns, strict=True):
        graph.add_edge(owner, asset, percent=percent or Decimal(0))
    began = time.process_time()
    inside = set(seeds)
    while True:
        more = {
            node
            for node in graph
            if node not in inside
            and sum(d["percent"] for o, _a, d in graph.in_edges(node, data=True) if o in inside)
            >= 50
        }
        if not more:
            break
        inside |= more
    return inside, timed("networkx and Decimal (surely only)", began)


def bench(nodes: int, count: int, rng: np.random.Generator, *, majority: bool) -> None:
    table = holdings(nodes, count, rng, majority=majority)
    among = nodes // 200 if majority else nodes
    seeds = sorted(f"e{n:07d}" for n in rng.choice(among, SEEDS, replace=False))
    began = time.process_time()
    shares = shares_on(table, seeds, as_of=DAY)
    timed("puente: load", began)
    listed = np.zeros(len(shares.ids), bool)
    listed[positions(shares.ids, seeds)] = True
    began = time.process_time()
    found = reach(shares, listed)
    ours = timed("puente: the rule, surely and possibly", began)
    began = time.process_time()
    circular = self_supporting(shares, listed, found.sure)
    timed("puente: what the greatest fixpoint would add", began)
    began = time.process_time()
    through = look_through(shares, listed)
    timed("puente: look-through", began)
    ruling = rule_on(table, seeds, as_of=DAY)
    began = time.process_time()
    answers = answer_texts(ruling)
    timed("puente: answers, with the arithmetic in words", began)
    settled = bool(through.settled.all())
    differ = (found.sure & (through.high < 0.5)) | (~found.possible & (through.low >= 0.5))
    print(
        f"  blocked {int(found.sure.sum())}, possibly {int((found.possible & ~found.sure).sum())},"
        f" circles alone {int(circular.sum())}, look-through settled: {settled} and differs"
        f" for {int(differ.sum())}; {answers.num_rows} answers"
    )
    count, theirs = in_duckdb(table, seeds)
    print(f"  DuckDB : puente = {theirs / ours:.1f}; as many: {count == int(found.sure.sum())}")


def bench_small(nodes: int, rng: np.random.Generator) -> None:
    table = holdings(nodes, 5 * nodes, rng, majority=True)
    seeds = sorted(f"e{n:07d}" for n in rng.choice(nodes, SEEDS, replace=False))
    shares = shares_on(table, seeds, as_of=DAY)
    listed = np.zeros(len(shares.ids), bool)
    listed[positions(shares.ids, seeds)] = True
    began = time.process_time()
    for _time in range(20):
        found = reach(shares, listed)
    ours = (time.process_time() - began) / 20
    print(f"  {'puente: the rule, surely and possibly':46s} {ours:8.4f} CPU-s")
    theirs, spent = in_networkx(table, seeds)
    same = theirs == set(shares.ids.filter(pa.array(found.sure)).to_pylist())
    print(f"  networkx : puente = {spent / ours:.0f}; same set: {same}")


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("--nodes", type=int, default=1_000_000)
    ask.add_argument("--edges", type=int, default=5_000_000)
    ask.add_argument("--small", type=int, default=20_000)
    chosen = ask.parse_args()
    for majority in (False, True):
        kind = "most by a majority owner" if majority else "shares cut at random"
        print(f"{chosen.nodes} entities, {chosen.edges} holdings, {kind}")
        bench(chosen.nodes, chosen.edges, np.random.default_rng(2), majority=majority)
    print(f"{chosen.small} entities, most by a majority owner")
    bench_small(chosen.small, np.random.default_rng(3))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak {peak:.0f} MB, the others included")


if __name__ == "__main__":
    main()
