"""Innocent things that look like control: every world has them, the worlds without control too.

Each takes a scene and changes what happens, what is written down, or what is sent. None reads or
writes `control`, and none knows which places are controlled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from bench.discrepancy_worlds.ground import COMPLAINTS, Scene, World, close_scene, draw

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.discrepancy_worlds.geography import Flags, Floats, Ints


def add_lookalikes(scene: Scene) -> None:
    """All of them."""
    massacres(scene)
    bypass_roads(scene)
    checkpoints(scene)
    new_offices(scene)
    closed_offices(scene)
    tourists(scene)
    hospitals(scene)
    careless_coding(scene)
    honest_fronts(scene)
    emptying_villages(scene)
    orderly_villages(scene)


def write_down(scene: Scene, desk: Callable[[Scene, Ints], None] | None = None) -> World:
    """The finished world: counts drawn from the scene, then whatever desks do to counts.

    Args:
        scene: with everything that changes what happens and what is recorded.
        desk: what a mechanism does to counts already drawn (misfiling, delay), in place.
    """
    silent_sources(scene)
    late_registration(scene)
    counts = draw(scene)
    post_in_batches(scene, counts)
    if desk is not None:
        desk(scene, counts)
    return close_scene(scene, counts)


def ramp(scene: Scene, start: int, length: int = 4) -> Floats:
    """0 before a month, 1 some months after it."""
    return np.clip((np.arange(len(scene.months)) - start) / length, 0, 1)


def massacres(scene: Scene) -> None:
    """One month of many deaths in one place in fifty, and nothing before or after."""
    rng = scene.rng("massacres")
    for place in rng.choice(scene.land.size, scene.land.size // 50, replace=False):
        month = int(rng.integers(len(scene.months)))
        for row in scene.rows("deaths_homicide"):
            scene.crime[row, place, month] += 4 + rng.exponential(9)
        for row in scene.rows("missing_persons", "graves_found"):
            scene.crime[row, place, month] += rng.exponential(1.5)


def bypass_roads(scene: Scene) -> None:
    """New motorways: freight, thefts of insured lorries, and more to seize along the way."""
    rng = scene.rng("bypass")
    for route in scene.land.routes[:3]:
        length = max(1, len(route) // 2)
        first = int(rng.integers(0, len(route) - length + 1))
        along = route[first : first + length]
        opened = ramp(scene, int(rng.integers(-20, len(scene.months) - 12)))
        for name, factor in (
            ("federal_seizures", 3.0),
            ("insured_vehicle_thefts", 1.7),
            ("traced_firearms", 1.5),
            ("deaths_accident", 1.3),
        ):
            for row in scene.rows(name):
                scene.crime[row, along] *= 1 + (factor - 1) * opened


def checkpoints(scene: Scene) -> None:
    """Garrisons and weighing stations: federal forces find more where they stand."""
    rng = scene.rng("checkpoints")
    places = rng.choice(scene.land.size, scene.land.size // 40, replace=False)
    found = rng.uniform(2, 5, len(places))[:, None]
    for row in scene.rows("federal_seizures"):
        scene.crime[row, places] *= found
    for row in scene.rows("traced_firearms"):
        scene.crime[row, places] *= 1 + (found - 1) / 3


def new_offices(scene: Scene) -> None:
    """A new prosecutor's office doubles the complaints of its district; a new head, of a state."""
    rng = scene.rng("new offices")
    seats = np.unique(scene.land.office)
    rows = scene.rows(*COMPLAINTS)
    for seat in rng.choice(seats, len(seats) // 14, replace=False):
        near = scene.land.office == seat
        change(scene, rows, near, 1 + rng.uniform(0.6, 1.3), rng)
    for state in rng.choice(32, 3, replace=False):
        change(scene, rows, scene.land.states == state, rng.uniform(1.2, 1.5), rng)


def closed_offices(scene: Scene) -> None:
    """A saved office: its district must travel further, and complains of everything less."""
    rng = scene.rng("closed offices")
    seats = np.unique(scene.land.office)
    rows = scene.rows(*COMPLAINTS)
    for seat in rng.choice(seats, len(seats) // 30, replace=False):
        change(scene, rows, scene.land.office == seat, rng.uniform(0.4, 0.7), rng)


def change(
    scene: Scene, rows: Ints, places: Flags, factor: float, rng: np.random.Generator
) -> None:
    """From some month on, the recorded share of some records in some places changes."""
    step = 1 + (factor - 1) * ramp(scene, int(rng.integers(2, len(scene.months) - 6)))
    for row in rows:
        scene.recorded[row, places] = np.minimum(scene.recorded[row, places] * step, 0.9)


def tourists(scene: Scene) -> None:
    """Guests suffer crime, are in no census, and mostly fly home without complaining."""
    rng = scene.rng("tourists")
    places = np.flatnonzero(scene.land.tourist)
    guests = rng.uniform(1.5, 4, len(places))[:, None]
    months = np.arange(len(scene.months))
    season = 1 + 0.3 * np.cos(2 * np.pi * months / 12)
    total = 1 + (guests - 1) * season
    scene.crime[:, places] *= total
    for row in scene.rows(*COMPLAINTS):
        scene.recorded[row, places] *= (1 + 0.5 * (total - 1)) / total


def hospitals(scene: Scene) -> None:
    """Deaths are registered where the wounded die: the hospital town gains, its district loses."""
    rng = scene.rng("hospitals")
    land = scene.land
    seats = np.unique(land.office)
    for seat in rng.choice(seats, len(seats) // 5, replace=False):
        around = np.flatnonzero((land.office == seat) & (np.arange(land.size) != seat))
        carried = rng.uniform(0.15, 0.45)
        for row in scene.rows("deaths_homicide", "deaths_accident"):
            scene.crime[row, seat] += carried * scene.crime[row, around].sum(axis=0)
            scene.crime[row, around] *= 1 - carried


def careless_coding(scene: Scene) -> None:
    """Three states whose doctors leave the intent of a violent death open, for want of training."""
    rng = scene.rng("careless coding")
    for state in rng.choice(32, 3, replace=False):
        inside = np.flatnonzero(scene.land.states == state)
        lost = rng.uniform(0.2, 0.45)
        for row in scene.rows("deaths_homicide"):
            moved = lost * scene.crime[row, inside]
            scene.crime[row, inside] -= moved
            for other in scene.rows("deaths_accident"):
                scene.crime[other, inside] += moved


def honest_fronts(scene: Scene) -> None:
    """Places with a lawyer's office where hundreds of firms share one address."""
    rng = scene.rng("fronts")
    places = rng.choice(scene.land.size, scene.land.size // 60, replace=False)
    for row in scene.rows("listed_addresses"):
        scene.crime[row, places] *= rng.uniform(2, 8, len(places))[:, None]


def emptying_villages(scene: Scene) -> None:
    """Villages that work and live in the north: the census counts people who are not there."""
    rng = scene.rng("emptying")
    chance = 0.16 * (1 - scene.land.urban)
    places = np.flatnonzero(rng.random(scene.land.size) < chance)
    there = rng.uniform(0.35, 0.85, len(places))[:, None]
    scene.crime[:, places] *= there


def orderly_villages(scene: Scene) -> None:
    """Seven stretches of country where neighbours keep watch and little of anything happens."""
    rng = scene.rng("orderly")
    land = scene.land
    for centre in rng.choice(land.size, 7, replace=False):
        gap = ((land.spot - land.spot[centre]) ** 2).sum(axis=1)
        near = np.argsort(gap)[: land.size // 70]
        rural = near[land.urban[near] < 0.4]
        scene.crime[:, rural] *= rng.uniform(0.35, 0.8, len(rural))[:, None]


def silent_sources(scene: Scene) -> None:
    """No rows: places no insurer covers, states whose line is down, spells of sending nothing."""
    rng = scene.rng("silent sources")
    land, months = scene.land, len(scene.months)
    uninsured = rng.random(land.size) < 0.25 * np.exp(-land.census / 8000)
    scene.sent[np.ix_(scene.of_source("insurers"), np.flatnonzero(uninsured))] = False
    sources = sorted({record.source for record in scene.records})
    for source in sources:
        rows = scene.of_source(source)
        for place in rng.choice(land.size, land.size // 22, replace=False):
            spell(scene, rows, np.array([place]), int(rng.integers(2, 12)), rng)
    for source in rng.choice(sources, 4):
        inside = np.flatnonzero(land.states == rng.integers(32))
        spell(scene, scene.of_source(str(source)), inside, int(rng.integers(3, months // 4)), rng)


def spell(scene: Scene, rows: Ints, places: Ints, length: int, rng: np.random.Generator) -> None:
    """A stretch of months in which some records of some places are not sent."""
    start = int(rng.integers(0, len(scene.months) - length + 1))
    scene.sent[np.ix_(rows, places, np.arange(start, start + length))] = False


def late_registration(scene: Scene) -> None:
    """The last months are not complete: registries fill up, each state at its own pace."""
    rng = scene.rng("late registration")
    behind = np.arange(len(scene.months))[::-1] + 1.0
    for source in ("civil_registry", "search_commission"):
        pace = rng.uniform(0.3, 2.2, 32)[scene.land.states]
        complete = 1 - np.exp(-behind[None, :] / pace[:, None])
        scene.recorded[scene.of_source(source)] *= complete


def post_in_batches(scene: Scene, counts: Ints) -> None:
    """Overworked offices that type up two or three months at once: zeros, then all of it."""
    rng = scene.rng("batches")
    seats = np.unique(scene.land.office)
    rows = scene.rows(*COMPLAINTS)
    for seat in rng.choice(seats, len(seats) // 16, replace=False):
        places = np.flatnonzero(scene.land.office == seat)
        every = int(rng.integers(2, 4))
        start = int(rng.integers(0, len(scene.months) // 2))
        end = int(rng.integers(start + 6, len(scene.months)))
        for month in range(start, end):
            if (month - start) % every == every - 1:
                continue
            now = np.ix_(rows, places, np.array([month]))
            counts[np.ix_(rows, places, np.array([month + 1]))] += counts[now]
            counts[now] = 0
