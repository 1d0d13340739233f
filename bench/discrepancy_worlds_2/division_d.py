"""World D: division of labour. A firm spread over many towns, each with one task.

No town shows everything: one takes delivery, one hides the guns, one strips the cars, one buries,
one keeps the books, one does the killing. The towns of a firm need not touch; they lie within an
hour or two of a hub. What they share is that nobody complains: in each of them the firm's people
see who walks into the office. A ranking that averages the hard records sees little in any of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from bench.discrepancy_worlds.lookalikes import write_down
from bench.discrepancy_worlds_2.records import open_country

if TYPE_CHECKING:
    from bench.discrepancy_worlds.geography import Floats, Land
    from bench.discrepancy_worlds.ground import Scene, World

NAMES = (
    "deaths_homicide",
    "federal_seizures",
    "traced_firearms",
    "insured_vehicle_thefts",
    "missing_persons",
    "graves_found",
    "listed_addresses",
    "extortion",
    "robbery",
    "kidnapping",
    "assault",
    "burglary",
    "emergency_calls",
    "homicide_files",
)
MONTHS = 44
PLANTED = 0.062
# What a task adds at full depth, in multiples of the ordinary rate.
TASKS: tuple[dict[str, float], ...] = (
    {"federal_seizures": 3.0, "traced_firearms": 1.0},
    {"traced_firearms": 3.0, "federal_seizures": 0.8},
    {"insured_vehicle_thefts": 2.0, "listed_addresses": 0.8},
    {"graves_found": 3.0, "missing_persons": 2.4},
    {"listed_addresses": 3.0, "insured_vehicle_thefts": 0.8},
    {"deaths_homicide": 1.8, "missing_persons": 1.5},
)
EVERYWHERE = {"extortion": 1.0, "kidnapping": 0.4, "missing_persons": 0.4}
SILENCE = {
    "extortion": 0.90,
    "kidnapping": 0.82,
    "robbery": 0.72,
    "assault": 0.62,
    "burglary": 0.55,
    "emergency_calls": 0.55,
    "homicide_files": 0.35,
}


def build_division(land: Land, seed: int, *, held: bool = True) -> Scene:
    """World D before anything is drawn; without its control if not `held`."""
    scene = open_country(land, seed, "division", NAMES, 2018, MONTHS)
    if held:
        task = hire(scene)
        work(scene, task)
    return scene


def make_division(land: Land, seed: int) -> World:
    """World D on a map."""
    return write_down(build_division(land, seed))


def hire(scene: Scene) -> Floats:
    """Sets the depth of control; returns each town's weight on each task, (tasks, places)."""
    rng = scene.rng("hire")
    land = scene.land
    task = np.zeros((len(TASKS), land.size))
    fit = fits(land)
    free = np.ones(land.size, bool)
    want, taken = round(PLANTED * land.size), 0
    while taken < want:
        hub = int(rng.choice(land.size, p=hubs(land)))
        gap = np.sqrt(((land.spot - land.spot[hub]) ** 2).sum(axis=1))
        start = -24 if rng.random() < 0.7 else int(rng.integers(2, MONTHS - 22))
        end = int(rng.integers(max(22, start + 14), MONTHS)) if rng.random() < 0.15 else MONTHS
        for number in range(min(int(rng.integers(6, 13)), want - taken)):
            first = number % len(TASKS)
            weight = fit[first] * free * np.exp(-((gap / 0.10) ** 2))
            town = int(rng.choice(land.size, p=weight / weight.sum()))
            free[town] = False
            task[first, town] = 1
            if rng.random() < 0.3:
                task[int(rng.integers(len(TASKS))), town] = 1
            scene.control[town] = depth(start + int(rng.integers(0, 4)), end, rng)
            taken += 1
    return task


def hubs(land: Land) -> Floats:
    """Where a firm has its hub: cities, and towns on a trunk road."""
    weight = land.census**0.5 * np.where(land.corridor, 2.0, 1.0)
    return np.asarray(weight / weight.sum(), np.float64)


def fits(land: Land) -> Floats:
    """How well each place suits each task, (tasks, places)."""
    size = np.log(land.census)
    small = np.exp(-0.5 * ((size - np.log(20_000)) / 0.9) ** 2) + 0.03
    through = np.where(land.corridor | land.border | land.coast, 3.0, 1.0)
    return np.stack(
        [
            small * through,
            small * np.where(land.border, 3.0, 1.0),
            small * np.where(land.corridor, 2.0, 1.0),
            small * (1.2 - land.urban),
            small * (0.4 + land.urban),
            small,
        ]
    )


def depth(start: int, end: int, rng: np.random.Generator) -> Floats:
    """The hold on one town by month: quick to come, and quick to go when the firm is broken."""
    months = np.arange(MONTHS)
    ceiling = rng.uniform(0.6, 1.0)
    return np.asarray(
        ceiling * np.clip((months - start) / 5, 0, 1) * np.exp(-np.maximum(months - end, 0) / 3),
        np.float64,
    )


def work(scene: Scene, task: Floats) -> None:
    """Each town's task swells its own records; all of them fall silent."""
    for number, adds in enumerate(TASKS):
        for name, more in adds.items():
            scene.raise_crime(name, 1 + more * task[number][:, None] * scene.control)
    for name, more in EVERYWHERE.items():
        scene.raise_crime(name, 1 + more * scene.control)
    for name, most in SILENCE.items():
        scene.raise_record(name, 1 - most * scene.control)
