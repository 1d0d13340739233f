"""Countries without control, in which every flag is a false alarm. Three kinds.

In `null-reform` states change how complaints are taken and counted. In `null-frontier` settlers,
trade and federal money come to the edges of the country and the hard records with them. In
`null-drive` a commission and a task force work through one region after the next and find what
lay there for years. The channel that is not named knows nothing of it.
"""

from __future__ import annotations

import numpy as np
from bench.discrepancy_worlds.geography import Land, smooth
from bench.discrepancy_worlds.ground import COMPLAINTS, Scene, World
from bench.discrepancy_worlds.lookalikes import ramp, write_down
from bench.discrepancy_worlds_2 import division_d
from bench.discrepancy_worlds_2.innocent import move_records
from bench.discrepancy_worlds_2.records import open_country

MONTHS = 48


def empty(land: Land, seed: int, label: str) -> Scene:
    """World D's records with every innocent thing, and no control."""
    return open_country(land, seed, label, division_d.NAMES, 2018, MONTHS)


def make_null_reform(land: Land, seed: int) -> World:
    """Every second state reforms: portals, mergers of offices, stricter or laxer intake."""
    scene = empty(land, seed, "null reform")
    rng = scene.rng("reform")
    rows = scene.rows(*COMPLAINTS, "emergency_calls")
    for state in rng.permutation(32)[:16]:
        inside = np.flatnonzero(land.states == state)
        if len(inside) < 2:
            continue
        seat = int(inside[np.argmax(land.census[inside])])
        begun = ramp(scene, int(rng.integers(-6, MONTHS - 10)), 8)
        stricter = rng.normal(0, 0.35)
        for row in rows:
            factor = np.exp(stricter * begun)
            scene.recorded[row, inside] = np.minimum(scene.recorded[row, inside] * factor, 0.9)
        rest = inside[inside != seat]
        share = rng.uniform(0.1, 0.7) * begun * rng.beta(2, 2, (len(rest), 1))
        move_records(scene, rows, rest, seat, (share, rng.uniform(0.2, 0.9)))
    return write_down(scene)


def make_null_frontier(land: Land, seed: int) -> World:
    """Border, coast and two settled regions fill up with people that the census never saw."""
    scene = empty(land, seed, "null frontier")
    rng = scene.rng("frontier")
    edge = 0.7 * (land.border | land.coast) * rng.uniform(0.2, 1, land.size)
    settled = np.maximum(edge, np.exp(-((smooth(land.spot, 0.07, rng) - 1.9) ** 2)))
    grown = settled[:, None] * (0.5 + 0.5 * ramp(scene, int(rng.integers(0, 18)), 24))
    for name, more in (
        ("federal_seizures", 1.0),
        ("traced_firearms", 0.9),
        ("insured_vehicle_thefts", 0.8),
        ("listed_addresses", 0.7),
        ("missing_persons", 0.6),
        ("deaths_homicide", 0.5),
        ("graves_found", 0.4),
    ):
        scene.raise_crime(name, np.exp(more * grown))
    for row in scene.rows(*COMPLAINTS):
        scene.crime[row] *= np.exp(0.2 * grown)
    return write_down(scene)


def make_null_drive(land: Land, seed: int) -> World:
    """A search commission and a task force go from region to region, a year and a half in each."""
    scene = empty(land, seed, "null drive")
    rng = scene.rng("drive")
    for number in range(9):
        centre = int(rng.integers(land.size))
        gap = ((land.spot - land.spot[centre]) ** 2).sum(axis=1)
        near = np.argsort(gap)[: land.size // 30]
        start = int(rng.integers(-8, MONTHS - 12))
        on = ramp(scene, start, 2) * (1 - ramp(scene, start + 18, 3))
        zeal = rng.uniform(0.4, 1.6, (len(near), 1))
        found = (
            ("graves_found", "missing_persons")
            if number % 2
            else ("federal_seizures", "traced_firearms")
        )
        for row in scene.rows(*found):
            scene.crime[row, near] *= 1 + 1.8 * zeal * on
    return write_down(scene)
