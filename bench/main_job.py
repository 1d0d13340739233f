"""The main job on a made-up world, scored against its planted truth. Prints one JSON object.

    python bench/main_job.py [--people 20000] [--seed 7]

Made-up data: the figures say how the job does on this world, not on real records.
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
from typing import Any

import pyarrow.parquet as pq

UNDECIDED = "which of them was not decided"
"""What the answer says, in English, of a firm with a shareholder whom nobody could tell apart."""


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def pairs(sizes: Counter[object]) -> int:
    return sum(n * (n - 1) // 2 for n in sizes.values())


def linked(
    truth: list[dict[str, str]], column: str, cluster_of: dict[str, str]
) -> dict[str, float]:
    """Return pairwise precision, recall and F1 of the clusters over the records of truth."""
    held = [(row[column], cluster_of[row["entity_id"]]) for row in truth]
    true = pairs(Counter(who for who, _cluster in held))
    said = pairs(Counter(cluster for _who, cluster in held))
    both = pairs(Counter(held))
    precision, recall = both / max(said, 1), both / max(true, 1)
    return {
        "records": len(held),
        "true_pairs": true,
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / max(precision + recall, 1e-9), 4),
    }


def score(world: Path, build: Path) -> dict[str, object]:
    """Return how a published build of `world` compares with what was planted in it."""
    truth = world / "truth"
    clusters = pq.read_table(build / "clusters.parquet").to_pylist()
    cluster_of = {row["entity_id"]: row["cluster_id"] for row in clusters}
    found_steps = {
        row["cluster_id"]: row["steps"]
        for row in pq.read_table(build / "steps.parquet").to_pylist()
    }
    answers = {
        row["entity"]: row
        for row in pq.read_table(build / "ownership.parquet").to_pylist()
        if found_steps.get(row["entity"]) != 0
    }
    return {
        "people": linked(rows(truth / "people.csv"), "person", cluster_of),
        "companies": linked(rows(truth / "companies.csv"), "firm", cluster_of),
        "vehicles": linked(rows(truth / "vehicles.csv"), "vehicle", cluster_of),
        "steps": steps_reached(rows(truth / "network.csv"), cluster_of, found_steps),
        "blocked": blocked_set(rows(truth / "blocked.csv"), cluster_of, answers),
    }


def steps_reached(
    planted: list[dict[str, str]], cluster_of: dict[str, str], found: dict[str, int]
) -> dict[str, object]:
    """Return, by planted step, how many planted nodes were reached, and how many exactly there."""
    nodes: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in planted:
        nodes[row["node"]].append(row)
    table: dict[str, Counter[str]] = defaultdict(Counter)
    innocent: Counter[str] = Counter()
    for held in nodes.values():
        got = [
            found[cluster_of[r["entity_id"]]] for r in held if cluster_of[r["entity_id"]] in found
        ]
        first = held[0]
        if first["innocent"] == "true":
            innocent[first["role"] + (" reached" if got else " not reached")] += 1
            continue
        row = table[first["steps"]]
        row["planted"] += 1
        row["reached"] += bool(got)
        row["exact"] += bool(got) and min(got) == int(first["steps"])
        row["nearer"] += bool(got) and min(got) < int(first["steps"])
    return {"by_step": {k: dict(table[k]) for k in sorted(table)}, "innocent": dict(innocent)}


def blocked_set(
    planted: list[dict[str, str]], cluster_of: dict[str, str], answers: dict[str, dict[str, Any]]
) -> dict[str, object]:
    """Return where the 50 percent rule's answer differs from the planted one, firm by firm.

    Listed persons and firms are blocked by the list itself and stand on neither side. `left_open`
    are firms that are blocked in truth and possibly so on the records, where the answer says that
    a record fits a blocked person and another alike, or names an owner of which that is so.
    `undecided` are those among them that hold such a record themselves.
    """
    want = {cluster_of[row["entity_id"]]: row["status"] for row in planted}
    said = {entity: row["status"] for entity, row in answers.items()}
    wrong = {
        firm: f"{status}, said {said.get(firm, 'nothing')}"
        for firm, status in want.items()
        if said.get(firm, "not") != status
    }
    maybe = {f for f in wrong if (want[f], said.get(f)) == ("blocked", "possibly")}
    undecided = {firm for firm in maybe if UNDECIDED in answers[firm]["because"]}
    left_open: set[str] = set()
    fresh = undecided
    while fresh:
        left_open |= fresh
        named = {f"{owner} (possibly blocked)" for owner in left_open}
        fresh = {
            firm
            for firm in maybe - left_open
            if any(owner in answers[firm]["because"] for owner in named)
        }
    extra = [entity for entity, status in said.items() if status != "not" and entity not in want]
    return {
        "planted": dict(Counter(want.values())),
        "equal": not wrong and not extra,
        "undecided": sorted(undecided),
        "left_open": sorted(left_open),
        "wrong": {firm: told for firm, told in wrong.items() if firm not in left_open},
        "not_planted": extra,
    }


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--people", type=int, default=20_000)
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--world", type=Path)
    options.add_argument("--workspace", type=Path)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        world = asked.world or Path(folder) / "world"
        workspace = asked.workspace or Path(folder) / "workspace"
        puente = [str(Path(sys.executable).with_name("puente"))]
        if asked.world is None:
            size = ["--people", str(asked.people), "--seed", str(asked.seed)]
            subprocess.run(
                [*puente, "world", "--out", str(world), *size, "--json"],
                check=True,
                capture_output=True,
            )
        summary = {}
        if asked.workspace is None:
            command = ["build", "--data", str(world), "--workspace", str(workspace), "--json"]
            done = subprocess.run([*puente, *command], check=True, capture_output=True, text=True)
            summary = json.loads(done.stdout)
        name = (workspace / "lake" / "CURRENT").read_text().strip()
        found = score(world, workspace / "lake" / "builds" / name)
        cost = {key: summary.get(key) for key in ("seconds", "cpu_seconds", "peak_mb")}
        print(json.dumps({**found, "cost": cost}, indent=1))


if __name__ == "__main__":
    main()
