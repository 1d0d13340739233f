"""The vehicles that pass plate readers again and again, and the plates that two of them bear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from puente.world.agencies.plate_corridors import EVENING, MORNING, PORTS, Numbers, Trips, uniform
from puente.world.network import GUILTY_ROLES
from puente.world.vehicles import car_of, truck_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from puente.world.agencies.plate_corridors import Corridor
    from puente.world.scene import Scene
    from puente.world.vehicles import Vehicle

VEHICLES_PER_PERSON = 0.12
LEAST, MOST = 200, 6_000
READS_PER_VEHICLE = 4_000
"""Reads of one vehicle over all months, at most: more would be more trips than days."""
CARS, NORTHERN = 0.75, 0.2
"""Share of cars among the vehicles, and of US ones among the cars; the rest are trucks."""
ACROSS = 0.4
"""Share of Mexican vehicles that live on a border corridor."""
TWINS = 6
OFTEN = 8.0
"""How much more often the network's vehicles and the twins pass than others."""
TWIN_TRIPS = 0.5
"""Share of the true vehicle's trips at which its twin is under way too."""
TWIN_START = 20 * 60
"""Seconds between their starts, at most."""
_THROUGH = 3_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """A plate that a second vehicle bears.

    Attributes:
        vehicle: number of the true one in the fleet.
        corridor: where the other one drives.
        month: from which on, 0 to 35.
    """

    vehicle: int
    corridor: int
    month: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Vehicles by number: no plate twice.

    Attributes:
        vehicles: the vehicles.
        home: number of each one's corridor.
        weight: how often each passes, beside the others.
        twins: plates that two bear.
    """

    vehicles: tuple[Vehicle, ...]
    home: Numbers
    weight: Numbers
    twins: tuple[Twin, ...]

    def trips(
        self, rng: Random, corridors: Sequence[Corridor], month: int, days: int, reads: float
    ) -> Trips:
        """Return the trips of some days of a month, about as many as give `reads` reads."""
        per_trip = np.array([corridor.reads for corridor in corridors])[self.home]
        for twin in self.twins:
            per_trip[twin.vehicle] += TWIN_TRIPS * corridors[twin.corridor].reads
        share = self._shares(per_trip, reads / (2 * days))
        slot, plate = np.nonzero(uniform(rng, 2 * days, len(self.vehicles)) < share)
        day, way = slot // 2, slot % 2
        first, last = (np.where(way == 0, MORNING[n], EVENING[n]) for n in (0, 1))
        clock = first + (last - first) * uniform(rng, len(slot))
        where = self.home[plate]
        parts = [(plate, where, day * 86_400 + clock.astype(np.int64), way)]
        for twin in self.twins:
            own = np.flatnonzero((plate == twin.vehicle) & (month >= twin.month))
            own = own[uniform(rng, len(own)) < TWIN_TRIPS]
            later = ((uniform(rng, len(own)) * 2 - 1) * TWIN_START).astype(np.int64)
            other = np.full(len(own), twin.corridor)
            parts.append((plate[own], other, parts[0][2][own] + later, way[own]))
        columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
        return Trips(plate=columns[0], corridor=columns[1], start=columns[2], way=columns[3])

    def _shares(self, per_trip: Numbers, reads: float) -> Numbers:
        """Return in which share of half-days each vehicle is under way, so as to give `reads`."""
        rate = reads / float((self.weight * per_trip).sum())
        # Who passes often is soon under way always, and no more than that: the others make up.
        for _again in range(5):
            share = np.minimum(rate * self.weight, 1)
            rate *= max(1.0, reads / max(1e-9, float((share * per_trip).sum())))
        return np.minimum(rate * self.weight, 1)


def make_fleet(scene: Scene, corridors: Sequence[Corridor]) -> Fleet:
    """Return the regular vehicles of a world: the network's, people's, firms'.

    Cost: linear in the number of vehicles, which does not grow past what the reads need.
    """
    rng = scene.chance("fleet", 0)
    usual = min(MOST, round(scene.population.size * VEHICLES_PER_PERSON))
    size = max(LEAST, usual, scene.events // READS_PER_VEHICLE)
    found: dict[str, tuple[Vehicle, int, float]] = {}
    for vehicle, northern, weight in _candidates(scene, rng, size):
        if len(found) >= size:
            break
        across = northern or weight > 1 or rng.random() < ACROSS
        inland = len(corridors) - len(PORTS)
        home = rng.randrange(len(PORTS)) if across else len(PORTS) + rng.randrange(inland)
        found.setdefault(vehicle.plate, (vehicle, home, weight))
    vehicles, homes, weights = (list(column) for column in zip(*found.values(), strict=True))
    plain = [n for n, w in enumerate(weights) if w == 1 and homes[n] >= len(PORTS)]
    twins = []
    for number in rng.sample(plain, min(TWINS, len(plain))):
        own = corridors[homes[number]]
        farthest = max(range(len(corridors)), key=lambda n: own.apart_km(corridors[n]))
        twins.append(Twin(vehicle=number, corridor=farthest, month=rng.randrange(6)))
        weights[number] = OFTEN
    return Fleet(
        vehicles=tuple(vehicles), home=np.array(homes), weight=np.array(weights),
        twins=tuple(twins),
    )  # fmt: skip


def _candidates(scene: Scene, rng: Random, size: int) -> Iterator[tuple[Vehicle, bool, float]]:
    """Yield vehicles, whether northern, and how often they pass: the network's own first."""
    plan, population = scene.plan, scene.population
    for sighting in plan.sightings:
        if sighting.vehicle is not None:
            yield sighting.vehicle, False, OFTEN
    for number in plan.members(*GUILTY_ROLES):
        person = population.person(number)
        car = scene.car(person)
        if car is not None:
            yield car, not person.is_mexican, OFTEN
    cars = round(min(size, population.size * VEHICLES_PER_PERSON) * CARS / 0.6)
    for _n in range(cars):
        northern = rng.random() < NORTHERN
        number = population.northerner(rng) if northern else population.somebody(rng)
        own = car_of(scene.seed, number, northern=northern)
        if own is not None and number not in plan.people:
            yield own, northern, 1.0
    for number in range(size):
        firm = rng.randrange(scene.register.size) if number < scene.register.size // 2 else -1
        yield truck_of(scene.seed, firm if firm >= 0 else _THROUGH + number), False, 1.0
