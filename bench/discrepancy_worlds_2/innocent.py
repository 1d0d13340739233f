"""Innocent things that look like the second set's mechanisms; every world has all of them.

None reads or writes `control`, and none knows which places are held.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from bench.discrepancy_worlds.geography import Floats, Ints, Land, smooth, stream
from bench.discrepancy_worlds.ground import COMPLAINTS, Scene

# A trade that a town may ply honestly, and the one record that it swells.
TRADES = (
    "federal_seizures",
    "traced_firearms",
    "insured_vehicle_thefts",
    "missing_persons",
    "graves_found",
    "listed_addresses",
    "cargo_claims",
    "fuel_taps",
    "asylum_claims",
    "school_leavers",
)
GOODS = 4
PRODUCERS = 0.24  # share of places that live by one good


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """Who produces what, and what it fetches."""

    good: Ints  # (places,): the good a place lives by, or -1
    price: Floats  # (goods, months): log price against its usual level


def add_innocent(scene: Scene) -> None:
    """All of them."""
    honest_trades(scene)
    dumping_grounds(scene)
    portals(scene)
    booms(scene)


def honest_trades(scene: Scene) -> None:
    """One place in sixteen has much of one hard record for a reason of its own.

    A gun shop on the border, a scrap yard, a bus depot, a forensic institute, a port.
    """
    rng = scene.rng("honest trades")
    present = [name for name in TRADES if len(scene.rows(name))]
    for place in rng.choice(scene.land.size, scene.land.size // 16, replace=False):
        name = present[int(rng.integers(len(present)))]
        factor = rng.uniform(1.6, 3.5)
        for row in scene.rows(name):
            scene.crime[row, place] *= factor


def dumping_grounds(scene: Scene) -> None:
    """Wasteland next to cities, where the city's dead are found, and its stolen vehicles."""
    rng = scene.rng("dumping grounds")
    land = scene.land
    cities = np.flatnonzero(land.census > 150_000)
    for city in rng.choice(cities, min(len(cities), max(1, land.size // 60)), replace=False):
        gap = ((land.spot - land.spot[city]) ** 2).sum(axis=1)
        near = np.argsort(gap)[1:7]
        place = int(near[np.argmin(land.census[near])])
        for name, factor in (("deaths_homicide", 2.2), ("graves_found", 3.0)):
            for row in scene.rows(name):
                scene.crime[row, place] *= factor


def portals(scene: Scene) -> None:
    """Four states move complaints to a portal, which counts them where its servers stand.

    Villages without a line stop complaining, a part of the rest is counted in the capital.
    """
    rng = scene.rng("portals")
    land = scene.land
    for state in rng.choice(np.unique(land.states), 4):
        inside = np.flatnonzero(land.states == state)
        capital = int(inside[np.argmax(land.census[inside])])
        rest = inside[inside != capital]
        lost = rng.uniform(0.2, 0.45)
        start = int(rng.integers(-12, len(scene.months) - 8))
        begun = np.clip((np.arange(len(scene.months)) - start) / 6, 0, 1)
        share = lost * begun * (1.1 - land.urban[rest, None])
        move_records(scene, scene.rows(*COMPLAINTS), rest, capital, (share, 0.6))


def move_records(
    scene: Scene, rows: Ints, places: Ints, seat: int, moved: tuple[Floats, float]
) -> None:
    """Takes a share of the records of some places away and files a part of it at a seat.

    Args:
        scene: the world in the making.
        rows: record types.
        places: whose records they are.
        seat: where the filed part is counted.
        moved: the share taken, (places, months), and the part of it that is filed.
    """
    share, filed = moved
    for row in rows:
        written = scene.crime[row, places] * scene.recorded[row, places] * share
        scene.recorded[row, places] *= 1 - share
        scene.crime[row, seat] += filed * written.sum(axis=0) / scene.recorded[row, seat]


def market(land: Land, seed: int, months: int) -> Market:
    """Four goods, each with its own country, and their prices: slow, with a season.

    Cost: about 0.01 CPU seconds.
    """
    rng = stream(seed, "market")
    fit = np.stack([smooth(land.spot, 0.09, rng) for _good in range(GOODS)])
    fit += rng.normal(0, 0.5, fit.shape) - 0.8 * land.urban
    best = fit.max(axis=0)
    good = np.where(best >= np.quantile(best, 1 - PRODUCERS), fit.argmax(axis=0), -1)
    price = np.zeros((GOODS, months))
    month = np.arange(months)
    for number in range(GOODS):
        length, start = rng.uniform(24, 44), rng.random()
        wave = 0.40 * np.sin(2 * np.pi * (month / length + start))
        season = 0.10 * np.sin(2 * np.pi * (month / 12 + rng.random()))
        walk = np.cumsum(rng.normal(0, 0.04, months))
        price[number] = wave + season + walk - walk.mean()
    return Market(good=np.asarray(good, np.int64), price=price)


def booms(scene: Scene) -> None:
    """Where a good is dear hands come to pick it: more people, more of everything, many strangers.

    Strangers complain less than residents, and lorries full of a dear good are worth stopping.
    """
    rng = scene.rng("booms")
    trade = market(scene.land, scene.seed, len(scene.months))
    places = np.flatnonzero(trade.good >= 0)
    dear = np.maximum(trade.price[trade.good[places]], 0) * rng.uniform(0.3, 1, (len(places), 1))
    scene.crime[:, places] *= 1 + 0.7 * dear
    for row in scene.rows("cargo_claims"):
        scene.crime[row, places] *= 1 + 0.9 * dear
    for row in scene.rows(*COMPLAINTS, "tip_line"):
        scene.recorded[row, places] /= 1 + 0.4 * dear
