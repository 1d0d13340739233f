"""World E: sanctuary. The group lives here and works next door.

Its home towns are kept calm: it does its killing, its burying and its trafficking over the
municipal line, where the dead are found and the loads are seized. What follows the person and not
the event comes home all the same: who is missing is counted where they lived, a stolen vehicle
where its policy was written, an asylum claim where its claimant fled from, a traced gun where its
holder lives. Neighbours settle quarrels before the group. The few who complain travel to do it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from bench.discrepancy_worlds.geography import Flags, Floats, Ints, Land, neighbours
from bench.discrepancy_worlds.lookalikes import write_down
from bench.discrepancy_worlds_2.innocent import move_records
from bench.discrepancy_worlds_2.records import open_country

if TYPE_CHECKING:
    from bench.discrepancy_worlds.ground import Scene, World

NAMES = (
    "deaths_homicide",
    "federal_seizures",
    "traced_firearms",
    "insured_vehicle_thefts",
    "missing_persons",
    "graves_found",
    "asylum_claims",
    "extortion",
    "robbery",
    "kidnapping",
    "assault",
    "burglary",
    "clinic_injuries",
    "tip_line",
)
MONTHS = 52
PLANTED = 0.058
PERSON = {
    "missing_persons": 1.5,
    "asylum_claims": 1.6,
    "insured_vehicle_thefts": 0.8,
    "traced_firearms": 0.8,
    "kidnapping": 0.5,
    "extortion": 1.2,
}
# What the event leaves behind: taken from the home town, and done in the towns around it.
EVENT = ("deaths_homicide", "federal_seizures", "graves_found")
CALM = 0.35  # share of the home town's own events that fully held no longer happen there
EXPORTED = 0.9  # events done elsewhere for each that a town of that size would have had
SETTLED = {
    "extortion": 0.88,
    "kidnapping": 0.78,
    "robbery": 0.68,
    "assault": 0.50,
    "burglary": 0.50,
    "clinic_injuries": 0.30,
    "tip_line": 0.45,
}
TRAVELS = 0.15  # share of what was not told at home that is told in another town


def build_sanctuary(land: Land, seed: int, *, held: bool = True) -> Scene:
    """World E before anything is drawn; without its control if not `held`."""
    scene = open_country(land, seed, "sanctuary", NAMES, 2016, MONTHS)
    if held:
        homes = settle_in(scene)
        export(scene, homes)
        follow_people(scene)
        tell_elsewhere(scene, homes)
    return scene


def make_sanctuary(land: Land, seed: int) -> World:
    """World E on a map."""
    return write_down(build_sanctuary(land, seed))


def settle_in(scene: Scene) -> Ints:
    """Sets the depth of control; returns the home towns. Few of them touch one another."""
    rng = scene.rng("settle")
    land = scene.land
    near = neighbours(land)
    weight = appeal(land)
    homes: list[int] = []
    while len(homes) < round(PLANTED * land.size):
        town = int(rng.choice(land.size, p=weight / weight.sum()))
        homes.append(town)
        weight[town] = 0
        weight[near[town]] *= 0.25
        scene.control[town] = stay(rng)
    return np.array(homes, np.int64)


def appeal(land: Land) -> Floats:
    """Where a group makes its home: a town near a state line, off the road, with hills behind."""
    size = np.log(land.census)
    small = np.exp(-0.5 * ((size - np.log(19_000)) / 0.95) ** 2) + 0.04
    line = np.where(at_state_line(land), 1.8, 1.0)
    return np.asarray(small * line * np.where(land.corridor, 0.6, 1.0), np.float64)


def at_state_line(land: Land) -> Flags:
    """Whether a place touches one of another state."""
    apart = land.states[land.pairs[:, 0]] != land.states[land.pairs[:, 1]]
    at = np.zeros(land.size, bool)
    at[land.pairs[apart].ravel()] = True
    return at


def stay(rng: np.random.Generator) -> Floats:
    """The hold on one town by month: mostly older than the records; a few end with an arrest."""
    months = np.arange(MONTHS)
    start = -36 if rng.random() < 0.7 else int(rng.integers(4, MONTHS - 24))
    end = int(rng.integers(max(22, start + 18), MONTHS)) if rng.random() < 0.12 else MONTHS
    ceiling = rng.uniform(0.5, 1.0)
    grown = np.clip((months - start) / 12, 0, 1)
    return np.asarray(ceiling * grown * (months < end), np.float64)


def export(scene: Scene, homes: Ints) -> None:
    """The home town's own events stop; others, of its doing, are found in the towns around it.

    After an arrest the peace breaks: a year of killing at home over who comes next.
    """
    land = scene.land
    near = neighbours(land)
    rows = scene.rows(*EVENT)
    usual = scene.crime[rows].copy()
    for town in homes.tolist():
        held = scene.control[town]
        around = [there for there in near[town] if not scene.control[there].any()]
        scene.crime[rows, town] *= 1 - CALM * held
        if around:
            sent = EXPORTED * held * usual[:, town]
            weight = 1 / np.sqrt(land.census[around])
            weight /= weight.sum()
            for there, part in zip(around, weight.tolist(), strict=True):
                scene.crime[rows, there] += part * sent
    was = np.maximum.accumulate(scene.control, axis=1)
    freed = (was > 0) & (scene.control == 0)
    since = np.cumsum(freed, axis=1)
    scene.raise_crime("deaths_homicide", np.where(freed & (since <= 12), 2.0, 1.0))


def follow_people(scene: Scene) -> None:
    """More of what is counted by where people live, and fewer of them who tell."""
    for name, more in PERSON.items():
        scene.raise_crime(name, 1 + more * scene.control)


def tell_elsewhere(scene: Scene, homes: Ints) -> None:
    """What is not told at home is mostly not told; a part is told in the largest town within reach.

    It is counted there.
    """
    land = scene.land
    for town in homes.tolist():
        gap = ((land.spot - land.spot[town]) ** 2).sum(axis=1)
        reach = np.argsort(gap)[1:40]
        reach = reach[~scene.control[reach].any(axis=1)]
        seat = int(reach[np.argmax(land.census[reach])])
        for name, most in SETTLED.items():
            share = most * scene.control[[town]]
            filed = 0.0 if name == "clinic_injuries" else TRAVELS
            move_records(scene, scene.rows(name), np.array([town]), seat, (share, filed))
