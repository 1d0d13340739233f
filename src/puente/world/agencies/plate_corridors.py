"""The roads on which plates are read: devices in a row, and when a vehicle passes each.

Three border corridors run from a US port's approach into the nearest Mexican municipality; up to
six more run through the most populous places. Whoever drives down one passes its devices in order,
at 60 to 110 km/h; at the border there is a wait.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from puente.world.geography import Country, Place

Numbers = np.ndarray[Any, Any]

PORTS = ("PORT CALDER", "ARROYO SECO", "LAGUNA BRIDGE")
INLAND = 6
READ = 0.85
"""Share of passes that a device reads."""
MORNING, EVENING = (5 * 3600, 11 * 3600), (15 * 3600, 20 * 3600)
"""Seconds of the day between which people set out and return."""
_KM_PER_DEGREE = 111.2
_GAP = 0.13
"""Degrees between two devices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One reader.

    Attributes:
        code: what its agency calls it.
        where: code of the municipality, or the port's name north of the line.
        latitude, longitude: degrees.
        american: whether it is a US one.
        ways: what its agency calls the way out and the way back.
    """

    code: str
    where: str
    latitude: float
    longitude: float
    american: bool
    ways: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Corridor:
    """Devices in a row; `first` is the number of the first among all devices of the map."""

    devices: tuple[Device, ...]
    first: int
    km: tuple[float, ...]
    border: int

    @property
    def reads(self) -> float:
        """Return how many reads a trip gives on average."""
        return len(self.devices) * READ

    def apart_km(self, other: Corridor) -> float:
        """Return the distance between the first devices of two corridors."""
        return _km(self.devices[0], other.devices[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Trips:
    """Trips by column: plate's number, corridor's number, second at the first device, way."""

    plate: Numbers
    corridor: Numbers
    start: Numbers
    way: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Passes:
    """Reads by column, in the order of their seconds."""

    plate: Numbers
    device: Numbers
    second: Numbers
    way: Numbers


def uniform(rng: Random, *shape: int) -> Numbers:
    """Return numbers from 0 to below 1, the same on every machine."""
    count = math.prod(shape)
    return (np.frombuffer(rng.randbytes(4 * count), "<u4") / 2.0**32).reshape(shape)


def corridors_of(country: Country) -> tuple[Corridor, ...]:
    """Return the corridors of a map, those across the border first."""
    rows = [*_across(country.places), *_inland(country.places)]
    found: list[Corridor] = []
    first = 0
    for devices, border in rows:
        km = tuple(_km(one, other) for one, other in pairwise(devices))
        found.append(Corridor(devices=tuple(devices), first=first, km=km, border=border))
        first += len(devices)
    return tuple(found)


def _across(places: Sequence[Place]) -> list[tuple[list[Device], int]]:
    north = max(p.latitude for p in places) + 0.25
    west, east = min(p.longitude for p in places), max(p.longitude for p in places)
    rows = []
    for number, port in enumerate(PORTS):
        x = west + (east - west) * (2 * number + 1) / (2 * len(PORTS))
        near = min(places, key=lambda p: (p.longitude - x) ** 2 + (p.latitude - north) ** 2)
        american = [
            _device(f"OB{number + 1}{at}", port, north + _GAP * (3 - at), x, american=True)
            for at in range(3)
        ]
        mexican = [
            _device(f"ARCO-F{number + 1}-{at}", near.code, north - _GAP * (at + 0.5), x)
            for at in range(3)
        ]
        rows.append(([*american, *mexican], len(american) - 1))
    return rows


def _inland(places: Sequence[Place]) -> list[tuple[list[Device], int]]:
    largest = sorted(places, key=lambda p: (-p.population, p.number))[:INLAND]
    return [
        (
            [
                _device(f"ARCO-C{number + 1}-{at}", place.code, place.latitude,
                        place.longitude + _GAP * (at - 1.5))
                for at in range(4)
            ],
            -1,
        )
        for number, place in enumerate(largest)
    ]  # fmt: skip


def _device(
    code: str, where: str, latitude: float, longitude: float, *, american: bool = False
) -> Device:
    across = code.startswith("ARCO-F")
    ways = ("SUR", "NORTE") if across else ("ORIENTE", "PONIENTE")
    return Device(
        code=code, where=where, latitude=latitude, longitude=longitude, american=american,
        ways=("OUTBOUND", "INBOUND") if american else ways,
    )  # fmt: skip


def _km(one: Device, other: Device) -> float:
    middle = math.radians((one.latitude + other.latitude) / 2)
    east = (one.longitude - other.longitude) * math.cos(middle)
    return math.hypot(east, one.latitude - other.latitude) * _KM_PER_DEGREE


def passes(corridors: Sequence[Corridor], trips: Trips, rng: Random) -> Passes:
    """Return who is read where and when on these trips.

    Cost: linear; arrays of one number a trip and device.
    """
    parts: list[tuple[Numbers, ...]] = []
    for number, corridor in enumerate(corridors):
        chosen = np.flatnonzero(trips.corridor == number)
        size, count = len(corridor.devices), len(chosen)
        back = trips.way[chosen] == 1
        seconds = np.array(corridor.km) * 3600 / (60 + 50 * uniform(rng, count, 1))
        if corridor.border >= 0:
            seconds[:, corridor.border] += 120 + 3400 * uniform(rng, count)
        seconds[back] = seconds[back, ::-1]
        times = np.zeros((count, size), np.int64)
        times[:, 1:] = np.cumsum(seconds, axis=1)
        times += trips.start[chosen, None]
        device = np.broadcast_to(corridor.first + np.arange(size), (count, size)).copy()
        device[back] = device[back, ::-1]
        seen = uniform(rng, count, size) < READ
        who = np.broadcast_to(trips.plate[chosen, None], (count, size))
        way = np.broadcast_to(trips.way[chosen, None], (count, size))
        parts.append((who[seen], device[seen], times[seen], way[seen]))
    plate, device, second, way = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((plate, device, second))
    return Passes(plate=plate[order], device=device[order], second=second[order], way=way[order])
