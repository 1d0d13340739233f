"""World A: fear. People stop complaining as a group's hold deepens, one town after the next.

Nobody falsifies anything. A hold starts in a few towns, is carried along trunk roads and to
neighbours, deepens over a year or two, and now and then breaks. With it people lose the will to
complain: first of extortion and kidnapping, least of what an insurer wants a paper for. What the
group does itself (extortion, abduction, arms, stolen vehicles, fronts) goes up. Murder rises while
the town is contested and falls back once it is held.
"""

from __future__ import annotations

import numpy as np
from bench.discrepancy_worlds.geography import Floats, Land, around, neighbours
from bench.discrepancy_worlds.ground import Scene, World, month_names, open_scene
from bench.discrepancy_worlds.lookalikes import add_lookalikes, write_down

NAMES = (
    "deaths_homicide",
    "federal_seizures",
    "traced_firearms",
    "insured_vehicle_thefts",
    "missing_persons",
    "listed_addresses",
    "extortion",
    "robbery",
    "kidnapping",
    "assault",
    "burglary",
    "emergency_calls",
    "clinic_injuries",
)
MONTHS = 48
SILENCE = {
    "extortion": 0.90,
    "kidnapping": 0.80,
    "robbery": 0.62,
    "assault": 0.55,
    "burglary": 0.45,
    "emergency_calls": 0.45,
    "clinic_injuries": 0.30,
}
TRADE = {
    "extortion": 2.0,
    "kidnapping": 0.8,
    "missing_persons": 1.0,
    "listed_addresses": 0.8,
    "traced_firearms": 0.5,
    "insured_vehicle_thefts": 0.5,
    "federal_seizures": 0.4,
}


def make_fear(land: Land, seed: int) -> World:
    """World A on a map."""
    scene = open_scene(land, seed, "fear", NAMES, month_names(2019, MONTHS))
    add_lookalikes(scene)
    scene.control[:] = spread(scene)
    silence(scene)
    return write_down(scene)


def spread(scene: Scene) -> Floats:
    """The depth of the hold by place and month: reached when, how deeply, and who gets free."""
    rng = scene.rng("spread")
    reached = contagion(scene, rng)
    depth = np.zeros((scene.land.size, MONTHS))
    months = np.arange(MONTHS)
    for place, start in reached.items():
        ceiling = rng.uniform(0.5, 1.0)
        slow = rng.uniform(2, 5)
        grown = ceiling / (1 + np.exp(-(months - start - 2 * slow) / slow))
        grown[months < start] = 0
        if rng.random() < 0.15:
            broken = int(rng.integers(MONTHS // 2, MONTHS))
            grown *= np.exp(-np.maximum(months - broken, 0) / 6)
        depth[place] = grown
    depth[depth.mean(axis=1) < 0.12] = 0
    return depth


def contagion(scene: Scene, rng: np.random.Generator) -> dict[int, int]:
    """The places that are reached, with the month (below zero: before the records begin)."""
    land = scene.land
    near = neighbours(land)
    pull = appeal(scene) * np.where(land.corridor, 3.0, 1.0)
    want = round(0.062 * land.size)
    starts = rng.choice(land.size, max(3, land.size // 190), replace=False, p=pull / pull.sum())
    reached = {int(place): -48 for place in starts}
    edge = sorted({there for here in reached for there in near[here]} - set(reached))
    while len(reached) < want:
        weight = pull[edge]
        leap = rng.random() < 0.15
        step = (
            rng.choice(land.size, p=pull / pull.sum())
            if leap
            else rng.choice(edge, p=weight / weight.sum())
        )
        if int(step) in reached:
            continue
        reached[int(step)] = round(-48 + 76 * (len(reached) / want) ** 1.2)
        edge = sorted((set(edge) | set(near[int(step)])) - set(reached))
    return reached


def appeal(scene: Scene) -> Floats:
    """Where a hold takes root: mostly towns of ten to fifty thousand with few police, and calm."""
    size = np.log(scene.land.census)
    small = np.exp(-0.5 * ((size - np.log(22_000)) / 0.85) ** 2)
    return np.asarray((small + 0.06) * np.exp(-0.35 * scene.violence), np.float64)


def silence(scene: Scene) -> None:
    """What the hold does to what happens and to what people dare to report.

    Neighbours who are not held have heard enough to complain a little less as well.
    """
    depth = scene.control
    heard = np.stack([around(scene.land, month) for month in depth.T], axis=1)
    fear = np.maximum(depth, 0.35 * heard)
    for name, most in SILENCE.items():
        scene.raise_record(name, 1 - most * fear)
    for name, more in TRADE.items():
        scene.raise_crime(name, 1 + more * depth)
    scene.raise_crime("deaths_homicide", np.exp(2.2 * depth * (1 - depth) - 0.15 * depth))
