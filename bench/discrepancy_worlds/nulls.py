"""Worlds without control, in which every flag is a false alarm.

Two kinds. In `null-culture` whole regions complain little or much, with sharp and soft borders and
slow change, and the hard records know nothing of it. In `null-freight` hard records rise in belts
around ports and motorways because of trade, and complaints know nothing of that.
"""

from __future__ import annotations

import numpy as np
from bench.discrepancy_worlds import suppression_a
from bench.discrepancy_worlds.geography import Land, smooth
from bench.discrepancy_worlds.ground import Scene, World, month_names, open_scene
from bench.discrepancy_worlds.lookalikes import add_lookalikes, ramp, write_down

MONTHS = 48


def empty_scene(land: Land, seed: int, label: str) -> Scene:
    """A world with every innocent thing in it, and no control."""
    scene = open_scene(land, seed, label, suppression_a.NAMES, month_names(2019, MONTHS))
    add_lookalikes(scene)
    return scene


def make_null_culture(land: Land, seed: int) -> World:
    """No control; strong regions of reporting, some of which change over the years."""
    scene = empty_scene(land, seed, "null culture")
    rng = scene.rng("culture")
    habit = 0.6 * smooth(land.spot, 0.06, rng) - 0.5 * (smooth(land.spot, 0.10, rng) > 1.1)
    change = 0.35 * np.maximum(smooth(land.spot, 0.08, rng), 0)
    fading = change[:, None] * ramp(scene, int(rng.integers(6, 24)), 18)
    for row in scene.side(hard=False):
        scene.recorded[row] *= np.exp(habit[:, None] - fading)
    return write_down(scene)


def make_null_freight(land: Land, seed: int) -> World:
    """No control; trade, and with it everything that is seized, stolen or traced along its way."""
    scene = empty_scene(land, seed, "null freight")
    rng = scene.rng("freight")
    belt = np.exp(-((smooth(land.spot, 0.05, rng) - 2) ** 2))
    trade = np.maximum(belt, 0.8 * land.corridor * rng.uniform(0.3, 1, land.size))
    grown = trade[:, None] * (0.6 + 0.6 * ramp(scene, int(rng.integers(0, 20)), 20))
    for name, more in (
        ("federal_seizures", 1.1),
        ("traced_firearms", 0.8),
        ("insured_vehicle_thefts", 0.9),
        ("listed_addresses", 0.9),
        ("missing_persons", 0.4),
        ("deaths_homicide", 0.4),
    ):
        scene.raise_crime(name, np.exp(more * grown))
    return write_down(scene)
