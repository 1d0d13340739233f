"""Discrepancy on made-up worlds whose makers had not seen the score: every figure, good or bad.

For each world: area under the curve of the ranks, over all places and within states, against
population, homicides and complaints; whether the run says that there is evidence; would-be flags
and how many of them are right; how often the 90 percent interval holds the hard records of places
where nothing is planted. Then what must not fire: worlds without anything planted, placebo
channels, hard records dealt out anew within each state, and a hole in the coverage.

No label is used in scoring, so an area under the curve over all places is one over states left out.

    OMP_NUM_THREADS=1 python -m bench.discrepancy [--seeds 101 102 103] [--store]
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.stats import rankdata

from puente.places import discrepancy_facts
from puente.places.discrepancy import Discrepancy, discrepancy
from puente.places.discrepancy_facts import MethodFact, method_hash, store_fact
from puente.places.discrepancy_read import DiscrepancyFiles, Inputs, read_inputs

PLANTED = ("A", "B", "C")
NULLS = ("null-culture", "null-freight")


def auc(score: np.ndarray, truth: np.ndarray) -> float:
    hits = int(truth.sum())
    misses = int((~truth).sum())
    if not hits or not misses:
        return float("nan")
    return float((rankdata(score)[truth].sum() - hits * (hits + 1) / 2) / (hits * misses))


def within_states(score: np.ndarray, truth: np.ndarray, states: np.ndarray) -> float:
    """Mean over states, weighted by pairs of a planted place and another one."""
    found, weight = [], []
    for state in np.unique(states):
        held = states == state
        pairs = int(truth[held].sum()) * int((~truth[held]).sum())
        if pairs:
            found.append(auc(score[held], truth[held]))
            weight.append(pairs)
    return float(np.average(found, weights=weight)) if found else float("nan")


def made(world: str, variant: str, seed: int, folder: Path) -> tuple[Inputs, np.ndarray]:
    words = ["--world", world, "--variant", variant, "--seed", str(seed), "--out", str(folder)]
    subprocess.run([sys.executable, "-m", "bench.discrepancy_worlds", *words], check=True,
                   stdout=subprocess.DEVNULL)  # fmt: skip
    names = ("panel.csv", "records.yaml", "population.csv", "adjacency.csv", "out.csv")
    panel, records, population, adjacency, out = (folder / name for name in names)
    inputs = read_inputs(
        DiscrepancyFiles(
            panel=panel, records=records, population=population, adjacency=adjacency, out=out
        )
    )
    planted = folder / "planted.csv"
    held: set[str] = set()
    if planted.is_file():
        with planted.open(encoding="utf-8", newline="") as handle:
            held = {row["place"] for row in csv.DictReader(handle) if float(row["control"]) > 0}
    return inputs, np.array([place in held for place in inputs.places])


def baselines(inputs: Inputs, found: Discrepancy) -> dict[str, np.ndarray]:
    rate = found.due.counts / np.maximum(found.due.due, 1e-9)
    deaths = np.array(["homic" in r.name or "death" in r.name for r in inputs.records])
    told = found.due.counts[:, ~inputs.hard].sum(axis=1)
    base = np.maximum(found.due.due[:, ~inputs.hard].sum(axis=1), 1e-9)
    scores = {"population": inputs.people, "low complaints per head": -told / base,
              "complaints per head": told / base, "complaints": told}  # fmt: skip
    for number in np.flatnonzero(deaths):
        name = inputs.records[number].name
        scores[f"{name} per head"] = rate[:, number]
        scores[name] = found.due.counts[:, number]
    return scores


def dealt(inputs: Inputs, seed: int) -> Inputs:
    """The same world with each hard record's rates dealt out anew within each state."""
    rng = np.random.default_rng(seed)
    counts = inputs.counts.copy()
    for number in np.flatnonzero(inputs.hard):
        for state in np.unique(inputs.state_numbers):
            held = np.flatnonzero(inputs.state_numbers == state)
            other = rng.permutation(held)
            rate = np.nan_to_num(counts[other, :, number]) / inputs.people[other, None]
            fresh = rng.poisson(rate * inputs.people[held, None]).astype(np.float64)
            fresh[np.isnan(counts[other, :, number])] = np.nan
            counts[held, :, number] = fresh
    return replace(inputs, counts=counts)


def describe(
    name: str, inputs: Inputs, found: Discrepancy, planted: np.ndarray
) -> tuple[float, float, float]:
    """Print a run; return the AUC of ranks, of population and of the best baseline."""
    score = -np.where(found.rank > 0, found.rank, len(found.rank) + 1).astype(float)
    inside = (found.low <= found.observed) & (found.observed <= found.high)
    top = found.rank_high[(found.rank > 0) & (found.rank <= 50)]
    low = found.rank_low[(found.rank > 0) & (found.rank <= 50)]
    right = int(planted[found.candidate].sum())
    print(f"{name}: evident {found.evident} (log ratio {found.log_ratio:.2f}, top tenth kept"
          f" {min(found.kept.values()):.2f}), would-be flags {int(found.candidate.sum())} right"
          f" {right}, 90 % intervals hold {inside[~planted].mean():.3f}, first 50 ranks spread over"
          f" {np.mean(top - low):.0f} of {len(score)}")  # fmt: skip
    if planted.any():
        states = inputs.state_numbers
        own = auc(score, planted)
        rivals = {key: auc(value, planted) for key, value in baselines(inputs, found).items()}
        best = max(rivals, key=lambda key: rivals[key])
        print(f"   AUC {own:.3f} (within states {within_states(score, planted, states):.3f}),"
              f" best baseline {best} {rivals[best]:.3f}, margin"
              f" {own - rivals[best]:+.3f}")  # fmt: skip
        print("   " + ", ".join(f"{key} {value:.3f}" for key, value in rivals.items()), flush=True)
        return own, rivals["population"], rivals[best]
    return (float("nan"),) * 3


def hole(plain: Discrepancy, holed: Discrepancy) -> None:
    less = (plain.due.coverage - holed.due.coverage).max(axis=1)
    hit = less > 0.02
    moved = (plain.rank - holed.rank)[hit]
    into = ((holed.rank <= 100) & (plain.rank > 100))[hit]
    if not hit.any():
        print("   hole: no place loses coverage")
        return
    print(f"   hole: {int(hit.sum())} places lose coverage (by {less[hit].mean():.3f} of a record's"
          f" months), their rank moves up by {np.mean(moved):.1f} on average, median"
          f" {np.median(moved):.0f}; newly among the first 100: {int(into.sum())}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102, 103])
    parser.add_argument("--store", action="store_true", help="store the precision of flags")
    asked = parser.parse_args()
    flags, right = 0, 0
    measured = []
    began = time.process_time()
    with tempfile.TemporaryDirectory(prefix="discrepancy-") as temporary:
        folder = Path(temporary)
        for world in (*PLANTED, *NULLS):
            for number, seed in enumerate(asked.seeds):
                inputs, planted = made(world, "plain", seed, folder / "plain")
                found = discrepancy(inputs)
                figures = describe(f"{world} {seed}", inputs, found, planted)
                if world in PLANTED:
                    measured.append(figures)
                if found.evident:
                    flags += int(found.candidate.sum())
                    right += int(planted[found.candidate].sum())
                if number == 0 and world in PLANTED:
                    again = dealt(inputs, seed)
                    describe("   dealt out anew", again, discrepancy(again), planted & False)
                    other, held = made(world, "hole", seed, folder / "hole")
                    holed = discrepancy(other)
                    describe("   with a hole", other, holed, held)
                    hole(found, holed)
                    other, held = made(world, "placebo", seed, folder / "placebo")
                    describe("   placebo channels", other, discrepancy(other), held & False)
    precision = right / flags if flags else 0.0
    means = [float(value) for value in np.mean(measured, axis=0)]
    print("mean AUC {:.3f}, population {:.3f}, best baseline {:.3f}".format(*means))
    print(f"flags that would be given: {flags}, right {precision:.3f};"
          f" {time.process_time() - began:.0f} CPU-s")  # fmt: skip
    if asked.store:
        worlds = (Path(__file__).parent / "discrepancy_worlds" / "HASH").read_text().split()[0]
        fact = MethodFact(
            method=method_hash(),
            worlds=worlds,
            precision=round(precision, 4),
            flags=flags,
            auc=round(means[0], 4),
            population_auc=round(means[1], 4),
            baseline_auc=round(means[2], 4),
        )
        store_fact(fact, Path(discrepancy_facts.__file__).parent)


if __name__ == "__main__":
    main()
