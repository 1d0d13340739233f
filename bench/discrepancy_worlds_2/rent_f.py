"""World F: rent. The group comes for what the land yields, and stays as long as it is dear.

Four goods, each grown or dug in its own country; their prices rise and fall over years. When a good
is dear the group taxes whoever grows, packs and carries it; the hold deepens, and the producers
and the hands they hire stop complaining. When the price falls it loosens or leaves, and comes back
with the next rise. Lorries, fuel, arms and missing day labourers rise with the price; so do people,
honest money and strangers, in the many producing places that nobody holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from bench.discrepancy_worlds.lookalikes import write_down
from bench.discrepancy_worlds_2.innocent import market
from bench.discrepancy_worlds_2.records import open_country

if TYPE_CHECKING:
    from bench.discrepancy_worlds.geography import Floats, Land
    from bench.discrepancy_worlds.ground import Scene, World

NAMES = (
    "deaths_homicide",
    "federal_seizures",
    "traced_firearms",
    "cargo_claims",
    "missing_persons",
    "fuel_taps",
    "school_leavers",
    "extortion",
    "robbery",
    "kidnapping",
    "burglary",
    "other_complaints",
    "emergency_calls",
)
MONTHS = 60
PLANTED = 0.060
LEVY = {
    "extortion": 2.0,
    "kidnapping": 0.8,
    "cargo_claims": 1.5,
    "fuel_taps": 1.2,
    "missing_persons": 1.3,
    "federal_seizures": 0.6,
    "traced_firearms": 0.9,
    "school_leavers": 0.15,
}
SILENCE = {
    "extortion": 0.90,
    "kidnapping": 0.80,
    "robbery": 0.72,
    "burglary": 0.60,
    "other_complaints": 0.50,
    "emergency_calls": 0.55,
}
WORTH = -0.05  # the log price, against the usual one, at which a middling place is taxed
FIGHT = 2.0  # log murder for each unit by which the hold changed over half a year


def build_rent(land: Land, seed: int, *, held: bool = True) -> Scene:
    """World F before anything is drawn; without its control if not `held`."""
    scene = open_country(land, seed, "rent", NAMES, 2017, MONTHS)
    if held:
        scene.control[:] = hold(scene)
        levy(scene)
    return scene


def make_rent(land: Land, seed: int) -> World:
    """World F on a map."""
    return write_down(build_rent(land, seed))


def hold(scene: Scene) -> Floats:
    """Depth by place and month: as deep as the good is dear, slow to come and slower to go.

    Reached places are drawn from the producing ones, town by town, the small ones first; each has
    its own price at which it is worth the trouble.
    """
    rng = scene.rng("hold")
    land = scene.land
    trade = market(land, scene.seed, MONTHS)
    depth = np.zeros((land.size, MONTHS))
    weight = np.where(trade.good >= 0, appeal(land), 0.0)
    reached = rng.choice(
        land.size, round(PLANTED * land.size), replace=False, p=weight / weight.sum()
    )
    for place in reached.tolist():
        worth = rng.normal(WORTH, 0.2)
        ceiling = rng.uniform(0.55, 1.0)
        wanted = ceiling * worthwhile(trade.price[trade.good[place]], worth)
        level = wanted[0]
        for month in range(MONTHS):
            pace = 0.35 if wanted[month] > level else 0.12
            level += pace * (wanted[month] - level)
            depth[place, month] = level
    depth[depth.mean(axis=1) < 0.12] = 0
    return depth


def worthwhile(price: Floats, worth: float) -> Floats:
    """How much of a full hold a price pays for: none well below its worth, all well above."""
    return np.asarray(1 / (1 + np.exp(-(price - worth) / 0.10)), np.float64)


def appeal(land: Land) -> Floats:
    """Where a levy is easily raised: small towns, with one road and few police."""
    size = np.log(land.census)
    small = np.exp(-0.5 * ((size - np.log(18_000)) / 0.95) ** 2) + 0.05
    return np.asarray(small * np.where(land.corridor, 1.3, 1.0), np.float64)


def levy(scene: Scene) -> None:
    """What the hold does month by month; killing comes with its changes and not with its depth."""
    depth = scene.control
    for name, more in LEVY.items():
        scene.raise_crime(name, 1 + more * depth)
    for name, most in SILENCE.items():
        scene.raise_record(name, 1 - most * depth)
    before = np.concatenate([np.repeat(depth[:, :1], 6, axis=1), depth[:, :-6]], axis=1)
    scene.raise_crime("deaths_homicide", np.exp(FIGHT * np.abs(depth - before)) * (1 - 0.2 * depth))
