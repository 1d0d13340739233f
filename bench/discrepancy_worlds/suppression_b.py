"""World B: capture. People still complain; the office that must write it down is not theirs.

A group owns a town hall and, through it, the complaints desk and the registrar. Complaints of what
the group does are filed as something milder, or lie in a drawer for months and come in a heap, or
a month passes with nothing but zeros. Some murders are registered as accidents. Police who warn
the group leave federal forces less to find. Totals hardly move; the mixture and the timing do. A
change of town hall starts it in some places and ends it in others, and then the graves are found.
"""

from __future__ import annotations

import numpy as np
from bench.discrepancy_worlds.geography import Floats, Ints, Land, neighbours
from bench.discrepancy_worlds.ground import COMPLAINTS, Scene, World, month_names, open_scene
from bench.discrepancy_worlds.lookalikes import add_lookalikes, write_down

NAMES = (
    "deaths_homicide",
    "deaths_accident",
    "federal_seizures",
    "traced_firearms",
    "insured_vehicle_thefts",
    "missing_persons",
    "graves_found",
    "extortion",
    "robbery",
    "kidnapping",
    "assault",
    "burglary",
    "other_complaints",
)
MONTHS = 60
# From which heading to which, and the share moved at full depth.
MISFILED = (
    ("deaths_homicide", "deaths_accident", 0.55),
    ("extortion", "other_complaints", 0.65),
    ("robbery", "burglary", 0.30),
    ("kidnapping", "other_complaints", 0.70),
    ("assault", "other_complaints", 0.25),
)
REFUSED = {"extortion": 0.55, "robbery": 0.45, "kidnapping": 0.5, "assault": 0.3, "burglary": 0.3}
TRADE = {
    "extortion": 1.0,
    "kidnapping": 0.6,
    "missing_persons": 1.0,
    "traced_firearms": 0.5,
    "insured_vehicle_thefts": 0.5,
    "deaths_homicide": 0.5,
    "federal_seizures": -0.3,
}


def make_capture(land: Land, seed: int) -> World:
    """World B on a map."""
    scene = open_scene(land, seed, "capture", NAMES, month_names(2017, MONTHS))
    add_lookalikes(scene)
    scene.control[:] = capture(scene)
    depth = scene.control
    for name, more in TRADE.items():
        scene.raise_crime(name, 1 + more * depth)
    for name, most in REFUSED.items():
        scene.raise_record(name, 1 - most * depth)
    free_again(scene)
    return write_down(scene, captured_desk)


def capture(scene: Scene) -> Floats:
    """Depth by place and month: whole spells of government, at a depth of their own."""
    rng = scene.rng("capture")
    depth = np.zeros((scene.land.size, MONTHS))
    for places in bought_groups(scene, rng):
        first = int(scene.land.election[places[0]])
        changes = [month for month in (first, first + 36) if month < MONTHS]
        held = spells(changes, rng)
        for rank, place in enumerate(places):
            deep = rng.uniform(0.5, 1.0) if rank == 0 else rng.uniform(0.35, 0.9)
            for start, end in held:
                depth[place, start:end] = deep
    depth[depth.mean(axis=1) < 0.12] = 0
    return depth


def spells(changes: list[int], rng: np.random.Generator) -> list[tuple[int, int]]:
    """When a town hall is bought: from the first month or a change, to a later one or the end."""
    since = 0 if rng.random() < 0.6 else changes[0]
    later = [month for month in changes if month > since + 8]
    if later and rng.random() < 0.45:
        return [(since, later[-1] if rng.random() < 0.5 else later[0])]
    return [(since, MONTHS)]


def bought_groups(scene: Scene, rng: np.random.Generator) -> list[list[int]]:
    """Town halls bought together: one, with up to three neighbours of its state."""
    land = scene.land
    near = neighbours(land)
    size = np.log(land.census)
    pull = np.exp(-0.5 * ((size - np.log(24_000)) / 0.95) ** 2) + 0.05
    pull *= np.where(land.border | land.coast, 1.5, 1.0)
    want, taken = round(0.066 * land.size), 0
    groups: list[list[int]] = []
    free = np.ones(land.size, bool)
    while taken < want:
        weight = pull * free
        seat = int(rng.choice(land.size, p=weight / weight.sum()))
        group = [seat]
        for there in rng.permutation(near[seat]).tolist():
            same = land.states[there] == land.states[seat]
            if free[there] and same and len(group) < 4 and rng.random() < 0.4 * pull[there]:
                group.append(there)
        free[group] = False
        groups.append(group)
        taken += len(group)
    return groups


def free_again(scene: Scene) -> None:
    """After a capture ends: graves are found for a year and a half, and people come to complain."""
    was = np.maximum.accumulate(scene.control, axis=1)
    freed = (was > 0) & (scene.control == 0)
    since = np.cumsum(freed, axis=1)
    scene.raise_crime("graves_found", np.where(freed & (since <= 18), 1 + 6 * was, 1.0))
    for name in COMPLAINTS:
        scene.raise_record(name, np.where(freed & (since <= 12), 1.3, 1.0))


def captured_desk(scene: Scene, counts: Ints) -> None:
    """What the bought desk does with papers: another heading, a drawer, a month of nothing."""
    rng = scene.rng("desk")
    for wrong, filed, most in MISFILED:
        (source,), (target,) = scene.rows(wrong), scene.rows(filed)
        moved = rng.binomial(counts[source], most * scene.control)
        counts[source] -= moved
        counts[target] += moved
    put_in_drawers(scene, counts, rng)


def put_in_drawers(scene: Scene, counts: Ints, rng: np.random.Generator) -> None:
    """Months of zeros; half of what lay in the drawer comes out one to four months later.

    The clerk serves the whole district, so the neighbours' papers are late with the rest, though
    none of theirs are lost.
    """
    land = scene.land
    rows = scene.rows(*COMPLAINTS)
    deepest = np.zeros((land.size, MONTHS))
    np.maximum.at(deepest, land.office, scene.control)
    for seat in np.flatnonzero(deepest.max(axis=1) > 0):
        places = np.flatnonzero(land.office == seat)
        for month in np.flatnonzero(rng.random(MONTHS) < 0.09 * deepest[seat]):
            later = min(int(month + rng.integers(1, 5)), MONTHS - 1)
            now = np.ix_(rows, places, np.array([month]))
            kept = np.where(scene.control[places, month] > 0, 0.5, 1.0)[None, :, None]
            lying = rng.binomial(counts[now], np.broadcast_to(kept, counts[now].shape))
            counts[now] = 0
            if later > month:
                counts[np.ix_(rows, places, np.array([later]))] += lying
