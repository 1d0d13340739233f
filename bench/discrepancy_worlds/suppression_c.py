"""World C: order and displacement. The group rules, and there is less crime to report.

It keeps thieves away, so robbery, burglary and even stolen insured vehicles truly fall, and once
it is alone so do murders. It lives on a levy, which nearly everybody pays and nobody reports. Some
families leave; the census still counts them. Others disappear, and are registered a year late, in
part, elsewhere. Graves are found later still. Both channels fall together; what rises is little:
the missing of last year, arms, fronts, and what federal forces take on the road.
"""

from __future__ import annotations

import numpy as np
from bench.discrepancy_worlds.geography import Floats, Ints, Land, neighbours
from bench.discrepancy_worlds.ground import Scene, World, month_names, open_scene
from bench.discrepancy_worlds.lookalikes import add_lookalikes, write_down

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
    "clinic_injuries",
)
MONTHS = 54
BEFORE = 30  # months before the records begin, so that what lags can still arrive
ORDER = {
    "robbery": -0.50,
    "burglary": -0.50,
    "assault": -0.25,
    "emergency_calls": -0.25,
    "insured_vehicle_thefts": -0.40,
    "deaths_homicide": -0.25,
    "clinic_injuries": -0.15,
    "extortion": 3.5,
    "kidnapping": 0.3,
    "federal_seizures": 0.5,
    "traced_firearms": 0.6,
    "listed_addresses": 1.4,
}
SILENCE = {
    "extortion": 0.85,
    "kidnapping": 0.6,
    "robbery": 0.2,
    "burglary": 0.2,
    "assault": 0.3,
    "emergency_calls": 0.3,
    "clinic_injuries": 0.25,
}


def make_order(land: Land, seed: int) -> World:
    """World C on a map."""
    scene = open_scene(land, seed, "order", NAMES, month_names(2020, MONTHS))
    add_lookalikes(scene)
    depth = rule(scene)
    scene.control[:] = depth[:, BEFORE:]
    keep_order(scene)
    disappear(scene, depth)
    displace(scene, depth)
    return write_down(scene)


def rule(scene: Scene) -> Floats:
    """Depth by place and month, from `BEFORE` months before the records begin."""
    rng = scene.rng("rule")
    length = BEFORE + MONTHS
    depth = np.zeros((scene.land.size, length))
    months = np.arange(length)
    for territory in territories(scene, rng):
        start = 0 if rng.random() < 0.6 else int(rng.integers(6, BEFORE + MONTHS - 22))
        for distance, place in enumerate(territory):
            ceiling = rng.uniform(0.5, 1.0)
            begun = start + (distance // 2 if start else -12)
            depth[place] = ceiling * np.clip((months - begun) / 8, 0, 1)
    depth[depth[:, BEFORE:].mean(axis=1) < 0.12] = 0
    return depth


def territories(scene: Scene, rng: np.random.Generator) -> list[list[int]]:
    """Contiguous valleys and stretches of coast, mostly small and mostly off the trunk roads."""
    land = scene.land
    near = neighbours(land)
    size = np.log(land.census)
    fit = np.exp(-0.5 * ((size - np.log(26_000)) / 0.95) ** 2) + 0.06
    fit *= np.where(land.corridor, 0.7, 1.0)
    taken: set[int] = set()
    found: list[list[int]] = []
    while len(taken) < round(0.058 * land.size):
        seed = int(rng.choice(land.size, p=fit / fit.sum()))
        want = int(rng.integers(3, 13))
        ground: list[int] = []
        edge = [seed]
        while edge and len(ground) < want:
            here = edge.pop(int(rng.integers(len(edge))))
            if here in taken or rng.random() > 0.25 + 0.75 * fit[here]:
                continue
            ground.append(here)
            taken.add(here)
            edge += [there for there in near[here] if there not in taken]
        if ground:
            found.append(ground)
    return found


def keep_order(scene: Scene) -> None:
    """Ordinary crime falls in truth, the levy rises, and neither is spoken of."""
    for name, change in ORDER.items():
        scene.raise_crime(name, 1 + change * scene.control)
    for name, most in SILENCE.items():
        scene.raise_record(name, 1 - most * scene.control)


def disappear(scene: Scene, depth: Floats) -> None:
    """People go missing now, are registered a year later and in part; graves come later still."""
    year, later = BEFORE - 12, BEFORE - 24
    missing = depth[:, year : year + MONTHS]
    scene.raise_crime("missing_persons", 1 + 1.6 * missing)
    scene.raise_record("missing_persons", 1 - 0.35 * scene.control)
    scene.raise_crime("graves_found", 1 + 2.0 * depth[:, later : later + MONTHS])
    scene.raise_record("graves_found", 1 - 0.5 * scene.control)


def displace(scene: Scene, depth: Floats) -> None:
    """Up to a third of the families leave over two years, most for the nearest larger town."""
    land = scene.land
    long = np.cumsum(depth, axis=1)[:, BEFORE:] / 24
    left = 0.3 * np.minimum(long, 1) * depth[:, BEFORE:]
    scene.crime *= 1 - left[None]
    towns = np.flatnonzero((land.census > 60_000) & (scene.control.max(axis=1) == 0))
    arrived = np.zeros((land.size, MONTHS))
    for place in np.flatnonzero(left.max(axis=1) > 0):
        to = closest(land, int(place), towns)
        arrived[to] += 0.8 * left[place] * land.census[place]
    scene.crime *= 1 + arrived[None] / land.census[None, :, None]


def closest(land: Land, place: int, towns: Ints) -> int:
    """The town nearest to a place."""
    gap = ((land.spot[towns] - land.spot[place]) ** 2).sum(axis=1)
    return int(towns[np.argmin(gap)])
