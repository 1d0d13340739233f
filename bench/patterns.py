"""The patterns of facilitators on made-up worlds, against what was planted. Prints one JSON object.

    python bench/patterns.py [--people 6000] [--seeds 1-20] [--keep FOLDER]

Facilitators are the planted front men and launderers at two to four steps from a listed person; one
is found if a pattern names it and a path of edges leads to it. Flagged innocents are all others
whom a pattern of persons names and who are no part of the planted network; those of the five
relations (defence, notary, cargo, kin, extortion) are counted apart. Made-up data: the figures say
how the patterns do on these worlds, not on real records.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from puente.graph.patterns.find import find_patterns

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

FACILITATORS = {"front", "launderer"}
GUILTY = {"boss", "money_man", "inner", "lieutenant", "launderer", "front", "outer", "associate"}
FIRMS = {"front_firm", "listed_firm"}
OF_PERSONS = {"front_owner", "hidden_controller", "nominee_across_firms", "enabler"}
TABLES = ("edges", "nodes", "clusters", "ownership", "steps", "statements")


class Reader:
    """The tables of a published build, read as a View hands them over."""

    def __init__(self, build: Path) -> None:
        self._con = duckdb.connect()
        for name in TABLES:
            self._con.execute(
                f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{build}/{name}.parquet')"
            )

    def sql(self, query: str, params: Mapping[str, object] | None = None) -> pa.Table:
        """Return what one SELECT gives."""
        return self._con.execute(query, params).to_arrow_table()


def build_world(seed: int, people: int, folder: Path) -> tuple[Path, Path]:
    """Return the folder of a world and that of its build; they are made if they are not there."""
    world, workspace = folder / f"world{seed}", folder / f"workspace{seed}"
    puente = str(Path(sys.executable).with_name("puente"))
    if not (workspace / "lake" / "CURRENT").is_file():
        size = ["--people", str(people), "--seed", str(seed)]
        for command in (
            ["world", "--out", str(world), *size],
            ["build", "--data", str(world), "--workspace", str(workspace)],
        ):
            subprocess.run([puente, *command, "--json"], check=True, capture_output=True)
    name = (workspace / "lake" / "CURRENT").read_text().strip()
    return world, workspace / "lake" / "builds" / name


def score(seed: int, people: int, folder: Path) -> dict[str, Any]:
    """Return how the patterns did on one world."""
    world, build = build_world(seed, people, folder)
    reader = Reader(build)
    cluster_of = dict(
        reader.sql("SELECT entity_id, cluster_id FROM clusters").to_pandas().itertuples(index=False)
    )
    with (world / "truth" / "network.csv").open(encoding="utf-8", newline="") as handle:
        truth = list(csv.DictReader(handle))
    planted: dict[str, dict[str, str]] = {row["node"]: row for row in truth}
    nodes_of: dict[str, set[str]] = defaultdict(set)
    for row in truth:
        nodes_of[cluster_of[row["entity_id"]]].add(row["node"])
    found = find_patterns(reader)  # type: ignore[arg-type]
    reached: dict[str, set[str]] = defaultdict(set)
    innocent: Counter[str] = Counter()
    flagged: set[str] = set()
    for one in found.findings:
        if one.pattern.id not in OF_PERSONS:
            continue
        subject = one.subjects[0]
        roles = {planted[node]["role"] for node in nodes_of.get(subject, ())}
        if one.path is not None:
            for node in nodes_of.get(subject, ()):
                reached[node].add(one.pattern.id)
        if not roles & (GUILTY | FIRMS) and subject not in flagged:
            flagged.add(subject)
            innocent[next(iter(roles), "nobody planted")] += 1
    wanted = {
        node
        for node, row in planted.items()
        if row["role"] in FACILITATORS and row["steps"] in {"2", "3", "4"}
    }
    return {
        "seed": seed,
        "facilitators": len(wanted),
        "found": sum(node in reached for node in wanted),
        "innocent_flagged": dict(innocent),
        "missed": sorted(planted[node]["role"] for node in wanted if node not in reached),
        "findings": dict(Counter(one.pattern.id for one in found.findings)),
        "without_against": sum(not one.against for one in found.findings),
    }


def main() -> None:
    """Score every seed and print the sums."""
    ask = argparse.ArgumentParser()
    ask.add_argument("--people", type=int, default=6_000)
    ask.add_argument("--seeds", default="1-20")
    ask.add_argument("--keep", type=Path)
    asked = ask.parse_args()
    first, _dash, last = asked.seeds.partition("-")
    with tempfile.TemporaryDirectory(prefix="puente-patterns-") as scratch:
        folder = asked.keep or Path(scratch)
        worlds = [
            score(seed, asked.people, folder) for seed in range(int(first), int(last or first) + 1)
        ]
    all_of = sum(world["facilitators"] for world in worlds)
    found = sum(world["found"] for world in worlds)
    innocent: Counter[str] = Counter()
    for world in worlds:
        innocent.update(world["innocent_flagged"])
    flagged = innocent.total()
    print(
        json.dumps(
            {
                "people_each": asked.people,
                "worlds": worlds,
                "facilitators": all_of,
                "found": found,
                "share_found": round(found / max(all_of, 1), 4),
                "innocent_flagged": dict(innocent),
                "innocent_per_facilitator_found": round(flagged / max(found, 1), 4),
                "facilitators_per_1000": round(1000 * all_of / (asked.people * len(worlds)), 3),
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
