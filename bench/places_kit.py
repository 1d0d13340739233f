"""The spatial statistics kit: times, and how often its tests are wrong.

Times are CPU seconds of the first call in a process, on a made-up map of as many areas as Mexico
has municipalities. Errors of tests are counted over `--runs` made-up maps or panels.

    OMP_NUM_THREADS=1 python bench/places_kit.py [--runs 1000] [--only times|size|power|panel|car]
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from scipy.optimize import brentq
from scipy.sparse.linalg import splu

from puente.places.stats.arrays import Draws
from puente.places.stats.car import Smoothing, smooth
from puente.places.stats.fepois import Design, fepois
from puente.places.stats.lee import lee
from puente.places.stats.local import local_moran
from puente.places.stats.spectral import moran_basis, spectral_test
from puente.places.stats.weights import nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from puente.places.stats.weights import Weights

AREAS = 2469


def timed(name: str, run: Callable[[], object]) -> object:
    began = time.process_time()
    found = run()
    print(f"{name:52s} {time.process_time() - began:7.3f} CPU-s", flush=True)
    return found


def made_up_map(rng: np.random.Generator) -> Weights:
    """Areas of very unequal size, as municipalities are: dense in places, each with 6 links."""
    towns = rng.normal((-99, 19), (3, 2), (40, 2))
    points = towns[rng.integers(0, 40, AREAS)] + rng.normal(0, rng.choice((0.2, 1.5), (AREAS, 1)))
    near = nearest([f"{n:05d}" for n in range(AREAS)], points.clip(-120, 30), 6)
    links = sp.csr_array(((near.links + near.links.T) > 0).astype(np.float64))
    return type(near)(ids=near.ids, links=links)


class Fields:
    """Independent smooth maps with a wanted Moran's I, from a simultaneous autoregression."""

    def __init__(self, weights: Weights, rng: np.random.Generator) -> None:
        self.standard = sp.csc_matrix(weights.row_standardised())
        self.n, self.rng = weights.n, rng

    def drawn(self, lean: float, count: int, rng: np.random.Generator) -> np.ndarray:
        noise = rng.normal(size=(self.n, count))
        if lean == 0:
            return noise
        return splu(sp.eye_array(self.n, format="csc") - lean * self.standard).solve(noise)

    def moran(self, fields: np.ndarray) -> float:
        centred = fields - fields.mean(axis=0)
        own = (centred * centred).sum(axis=0)
        return float(((centred * (self.standard @ centred)).sum(axis=0) / own).mean())

    def lean_for(self, wanted: float) -> float:
        if wanted == 0:
            return 0.0

        def gap(lean: float) -> float:
            return self.moran(self.drawn(lean, 20, np.random.default_rng(5))) - wanted

        return float(brentq(gap, 0.01, 0.9999, xtol=1e-4))


def bench_times(weights: Weights) -> None:
    rng = np.random.default_rng(1)
    x, y = (Fields(weights, rng).drawn(0.8, 1, rng).ravel() for _map in range(2))
    draws = Draws(permutations=9999, rng=rng)
    timed("local Moran, 9,999 permutations", lambda: local_moran(weights, y, draws))
    crimes = Fields(weights, rng).drawn(0.8, 20, rng).T
    timed("the same for 20 crimes", lambda: [local_moran(weights, one, draws) for one in crimes])
    few = Draws(permutations=999, rng=rng)
    timed("Lee's L, 999 permutations", lambda: lee(weights, x, y, few))
    months = 119
    level = rng.normal(-0.5, 1.5, AREAS)[:, None] + rng.normal(0, 0.3, months)
    theft = rng.normal(size=level.shape)
    made = rng.poisson(np.exp(level + 0.2 * theft) * rng.gamma(2, 0.5, level.shape))
    place, month = np.indices(level.shape)
    design = Design(
        outcome=made.ravel(),
        terms={"theft": theft.ravel(), "other": rng.normal(size=theft.size)},
        effects=(place.ravel(), month.ravel()),
        clusters=place.ravel(),
    )
    timed("two-way FE Poisson, 293,811 rows, 2 terms", lambda: fepois(design))
    due = rng.gamma(0.8, 12, AREAS) + 0.2
    seen = rng.poisson(due * np.exp(0.4 * y / y.std()))
    asked = Smoothing(rng=rng)
    timed("Leroux CAR, 1,000 draws", lambda: smooth(weights, seen, due, asked))


def bench_size(weights: Weights, runs: int) -> None:
    rng = np.random.default_rng(2)
    basis = timed("waves of the map", lambda: moran_basis(weights))
    fields = Fields(weights, rng)
    for wanted in (0.0, 0.4, 0.8, 0.95):
        maps = fields.drawn(fields.lean_for(wanted), 2 * runs, rng)
        wrong, naive = 0, 0
        for one, other in zip(maps[:, :runs].T, maps[:, runs:].T, strict=True):
            found = spectral_test(basis, one, other, rng=rng)
            wrong += found.p_two_sided <= 0.05
            naive += abs(found.r) * np.sqrt((weights.n - 2) / (1 - found.r**2)) > 1.96
        print(
            f"Moran's I {fields.moran(maps):.2f}: {wrong / runs:.3f} of {runs} independent pairs"
            f" called at .05 (naive {naive / runs:.3f})",
            flush=True,
        )


def bench_power(weights: Weights, runs: int) -> None:
    rng = np.random.default_rng(3)
    basis, fields = moran_basis(weights), Fields(weights, rng)
    maps = fields.drawn(fields.lean_for(0.6), 3 * runs, rng)
    maps = (maps - maps.mean(axis=0)) / maps.std(axis=0)
    found = 0
    for control, one, other in zip(*(part.T for part in np.split(maps, 3, axis=1)), strict=True):
        x = one + 0.5 * control
        y = 0.2 * one + np.sqrt(1 - 0.04) * other + 0.5 * control
        found += spectral_test(basis, x, y, controls=[control], rng=rng).p_two_sided <= 0.05
    print(f"partial r .2 at I .6 found in {found / runs:.3f} of {runs}")


def bench_panel(runs: int) -> None:
    rng = np.random.default_rng(4)
    places, months = 200, 60
    place, month = (one.ravel() for one in np.indices((places, months)))
    wrong = 0
    for _run in range(runs):
        level = rng.normal(1, 1, places)[:, None] + rng.normal(0, 0.3, months)
        lasting = rng.gamma(4, 0.25, (places, months // 6)).repeat(6, axis=1)
        theft = rng.normal(size=(places, months // 6)).repeat(6, axis=1)
        made = rng.poisson(np.exp(level) * lasting)
        design = Design(
            outcome=made.ravel(),
            terms={"theft": theft.ravel()},
            effects=(place, month),
            clusters=place,
        )
        wrong += fepois(design).term("theft").p <= 0.05
    print(f"FE Poisson, {places} clusters: {wrong / runs:.3f} of {runs} null panels called at .05")


def bench_car(weights: Weights, runs: int) -> None:
    held = []
    links = weights.symmetric().toarray()
    laplacian = np.diag(links.sum(axis=1)) - links
    root = np.linalg.cholesky(0.9 * laplacian + 0.1 * np.eye(weights.n)).T
    for run in range(runs):
        rng = np.random.default_rng(run)
        effect = np.linalg.solve(root, rng.normal(size=weights.n)) * rng.uniform(0.6, 0.9)
        due = rng.gamma(0.8, 12, weights.n) + 0.2
        seen = rng.poisson(due * np.exp(effect - 0.1))
        scale = seen.sum() / due.sum()
        found = smooth(weights, seen, due * scale, Smoothing(rng=rng))
        truth = np.exp(effect - 0.1) / scale
        held.append(((found.low <= truth) & (truth <= found.high)).mean())
    print(f"90 % intervals hold {np.mean(held):.3f} of the truth over {runs} panels")


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("--runs", type=int, default=1000)
    ask.add_argument("--only", default="", choices=("times", "size", "power", "panel", "car"))
    asked = ask.parse_args()
    weights = made_up_map(np.random.default_rng(7))
    parts = {
        "times": lambda: bench_times(weights),
        "size": lambda: bench_size(weights, asked.runs),
        "power": lambda: bench_power(weights, asked.runs),
        "panel": lambda: bench_panel(asked.runs),
        "car": lambda: bench_car(weights, min(50, asked.runs)),
    }
    for name, run in parts.items():
        if asked.only in ("", name):
            run()


if __name__ == "__main__":
    main()
