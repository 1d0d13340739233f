"""A made-up country: 32 states and 2,469 municipalities with neighbours, towns, roads and offices.

The map is drawn anew from every seed. It is a band of land from north-west to south-east that
narrows to an isthmus, as crowded in its middle as it is empty in its north. Only plain arithmetic
on float64 is used on the way to the neighbours, so that one seed gives one map everywhere.
"""

from __future__ import annotations

import heapq
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

PLACES = 2469
STATES = 32
STEP = 0.003  # side of a raster cell, in units of the map's height
WIDTH, HEIGHT = 1.6, 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Land:
    """The map. Arrays have one element per place unless said otherwise."""

    codes: tuple[str, ...]
    states: Ints
    spot: Floats  # (places, 2): x to the east, y to the north
    census: Ints  # residents at the last count
    urban: Floats  # 0 rural .. 1 urban
    coast: Flags
    border: Flags
    tourist: Flags
    routes: tuple[Ints, ...]  # places along each trunk road, in order
    corridor: Flags
    pairs: Ints  # (pairs, 2): neighbours, each pair once
    office: Ints  # the place where the local complaints office sits
    election: Ints  # month of the state's three-year cycle in which a town hall changes hands

    @property
    def size(self) -> int:
        """How many places there are."""
        return len(self.codes)


def stream(seed: int, label: str) -> np.random.Generator:
    """A random stream of its own for each step, so that one step never shifts another."""
    return np.random.default_rng([seed, zlib.crc32(label.encode())])


def make_land(seed: int, places: int = PLACES) -> Land:
    """The country of a seed.

    Args:
        seed: any whole number from 0.
        places: how many municipalities; at least 64.
    """
    rng = stream(seed, "land")
    cells, top = outline(rng)
    spot = settle(cells, places, rng)
    owner = nearest(cells, spot)
    pairs, coast, border = borders(cells, owner, top, places)
    states = carve_states(spot, rng)
    order = np.lexsort((spot[:, 0], states))
    rank = np.argsort(order)
    spot, states, coast, border = spot[order], states[order], coast[order], border[order]
    pairs = np.unique(np.sort(rank[pairs], axis=1), axis=0)
    census = populate(spot, rng)
    urban = 1 / (1 + np.exp(-(np.log(census / 6e4) / 0.8 + rng.normal(0, 0.5, places))))
    routes = trunk_roads(spot, pairs, census, coast, border, rng)
    corridor = np.zeros(places, bool)
    corridor[np.concatenate(routes)] = True
    return Land(
        codes=number_places(states),
        states=states,
        spot=spot,
        census=census,
        urban=urban,
        coast=coast,
        border=border,
        tourist=pick_tourist(coast, census, rng),
        routes=routes,
        corridor=corridor,
        pairs=pairs,
        office=seat_offices(states, spot, census, rng),
        election=rng.integers(0, 36, STATES)[states],
    )


def outline(rng: np.random.Generator) -> tuple[Ints, Flags]:
    """Raster cells that are land, as (column, row), and which of them lie on the land border."""
    columns = int(WIDTH / STEP)
    x = (np.arange(columns) + 0.5) * STEP
    bend = sum(
        rng.normal(0, 0.018 / k) * np.sin(np.pi * k * x / WIDTH + rng.random()) for k in (2, 4, 7)
    )
    middle = 0.80 - 0.38 * x + bend
    half = 0.19 - 0.13 * np.exp(-(((x - 1.25) / 0.12) ** 2)) - 0.05 * (x > 1.45)
    half = half + sum(rng.normal(0, 0.012 / k) * np.sin(k * 9 * x + rng.random()) for k in (1, 2))
    y = (np.arange(int(HEIGHT / STEP)) + 0.5) * STEP
    land = np.abs(y[None, :] - middle[:, None]) < np.maximum(half, 0.03)[:, None]
    cells = np.argwhere(land)
    upper = land & ~np.roll(land, -1, axis=1)
    top = upper[cells[:, 0], cells[:, 1]] & (cells[:, 0] * STEP < 0.8)
    return cells, top


def middles(cells: Ints) -> Floats:
    """The middle of each raster cell on the map."""
    return np.asarray((cells + 0.5) * STEP, np.float64)


def settle(cells: Ints, places: int, rng: np.random.Generator) -> Floats:
    """Where the head towns stand: dense in the middle of the country, thin in the north."""
    x = cells[:, 0] * STEP
    weight = (
        0.12 + 1.5 * np.exp(-(((x - 0.95) / 0.22) ** 2)) + 0.5 * np.exp(-(((x - 1.4) / 0.1) ** 2))
    )
    weight *= np.exp(0.5 * smooth(middles(cells), 0.08, rng))
    chosen = rng.choice(len(cells), places, replace=False, p=weight / weight.sum())
    return middles(cells[chosen])


def nearest(cells: Ints, spot: Floats) -> Ints:
    """The head town that each raster cell belongs to, strip by strip of the map."""
    owner = np.zeros(len(cells), np.int64)
    at = middles(cells)
    strip = cells[:, 0] // 12
    for number in np.unique(strip):
        inside = np.flatnonzero(strip == number)
        left, right = at[inside, 0].min() - 0.13, at[inside, 0].max() + 0.13
        near = np.flatnonzero((spot[:, 0] > left) & (spot[:, 0] < right))
        if len(near) == 0:
            near = np.arange(len(spot))
        gap = (at[inside, 0, None] - spot[near, 0]) ** 2 + (
            at[inside, 1, None] - spot[near, 1]
        ) ** 2
        owner[inside] = near[np.argmin(gap, axis=1)]
    return owner


def borders(cells: Ints, owner: Ints, top: Flags, places: int) -> tuple[Ints, Flags, Flags]:
    """Pairs of places that share a side, and which places touch the sea or the land border."""
    grid = np.full((int(WIDTH / STEP) + 2, int(HEIGHT / STEP) + 2), -1, np.int64)
    grid[cells[:, 0] + 1, cells[:, 1] + 1] = owner
    sides = [
        np.stack([grid[:-1].ravel(), grid[1:].ravel()], axis=1),
        np.stack([grid[:, :-1].ravel(), grid[:, 1:].ravel()], axis=1),
    ]
    both = np.sort(np.concatenate(sides), axis=1)
    both = np.unique(both[both[:, 0] != both[:, 1]], axis=0)
    border = np.zeros(places, bool)
    border[owner[top]] = True
    coast = np.zeros(places, bool)
    coast[both[both[:, 0] < 0][:, 1]] = True
    return both[both[:, 0] >= 0], coast & ~border, border


def carve_states(spot: Floats, rng: np.random.Generator) -> Ints:
    """The state of each place: capitals lie apart, so crowded states have hundreds of places."""
    seats = [int(rng.integers(len(spot)))]
    gap = np.full(len(spot), np.inf)
    for _number in range(STATES - 1):
        gap = np.minimum(gap, ((spot - spot[seats[-1]]) ** 2).sum(axis=1))
        seats.append(int(rng.choice(len(spot), p=gap / gap.sum())))
    pull = rng.uniform(0.75, 1.25, STATES)
    distance = ((spot[:, None, :] - spot[None, seats, :]) ** 2).sum(axis=2) * pull
    return np.asarray(np.argmin(distance, axis=1), np.int64)


def number_places(states: Ints) -> tuple[str, ...]:
    """Codes of five digits, the state's two first, as a statistics office writes them."""
    codes: list[str] = []
    count = dict.fromkeys(range(STATES), 0)
    for state in states.tolist():
        count[state] += 1
        codes.append(f"{state + 1:02d}{count[state]:03d}")
    return tuple(codes)


def populate(spot: Floats, rng: np.random.Generator) -> Ints:
    """Residents: log-normal around 14,000, with some sixty cities on a heavier tail."""
    size = np.exp(np.log(14_000) + 0.35 * smooth(spot, 0.15, rng) + rng.normal(0, 1.15, len(spot)))
    cities = rng.choice(len(spot), max(1, len(spot) // 40), replace=False)
    size[cities] = np.maximum(size[cities], 1.6e5 * (1 + rng.pareto(1.3, len(cities))))
    return np.asarray(np.clip(size, 250, 2.2e6), np.int64)


def smooth(spot: Floats, length: float, rng: np.random.Generator, waves: int = 48) -> Floats:
    """A field over the map with mean about 0 and spread about 1 that varies over `length`."""
    bend = rng.normal(0, 1 / length, (waves, 2))
    phase = rng.uniform(0, 2 * np.pi, waves)
    total = np.zeros(len(spot))
    for (across, up), start in zip(bend, phase, strict=True):
        total += np.cos(across * spot[:, 0] + up * spot[:, 1] + start)
    return np.asarray((total - total.mean()) / total.std(), np.float64)


def pick_tourist(coast: Flags, census: Ints, rng: np.random.Generator) -> Flags:
    """Towns that sleep many more people than live in them: one in nine of the coast, few inland."""
    chance = np.where(coast, 0.11, 0.008) * (census < 4e5)
    return rng.random(len(coast)) < chance


def seat_offices(states: Ints, spot: Floats, census: Ints, rng: np.random.Generator) -> Ints:
    """The place whose complaints office serves each place: one for about six, in larger towns."""
    office = np.zeros(len(states), np.int64)
    for state in range(STATES):
        inside = np.flatnonzero(states == state)
        want = max(1, round(len(inside) / 6))
        weight = census[inside] ** 0.7
        seats = rng.choice(inside, want, replace=False, p=weight / weight.sum())
        gap = ((spot[inside][:, None, :] - spot[seats][None, :, :]) ** 2).sum(axis=2)
        office[inside] = seats[np.argmin(gap, axis=1)]
    return office


def trunk_roads(
    spot: Floats, pairs: Ints, census: Ints, coast: Flags, border: Flags, rng: np.random.Generator
) -> tuple[Ints, ...]:
    """Eight cheapest roads from southern and coastal ports to crossings on the land border."""
    length = np.sqrt(((spot[pairs[:, 0]] - spot[pairs[:, 1]]) ** 2).sum(axis=1))
    cost = length * rng.uniform(0.6, 1.6, len(pairs)) / np.log10(census[pairs].max(axis=1)) ** 0.7
    links = linked(pairs, cost, len(spot))
    ports = np.flatnonzero(coast & (spot[:, 0] > 0.5))
    if len(ports) == 0:
        ports = np.flatnonzero(coast)
    crossings = np.flatnonzero(border)
    routes = []
    for _number in range(8):
        start, end = int(rng.choice(ports)), int(rng.choice(crossings))
        routes.append(cheapest(links, start, end))
    return tuple(routes)


def linked(pairs: Ints, cost: Floats, places: int) -> list[list[tuple[int, float]]]:
    """For each place its neighbours with the cost of going there."""
    links: list[list[tuple[int, float]]] = [[] for _place in range(places)]
    for (one, two), price in zip(pairs.tolist(), cost.tolist(), strict=True):
        links[one].append((two, price))
        links[two].append((one, price))
    return links


def cheapest(links: list[list[tuple[int, float]]], start: int, end: int) -> Ints:
    """The cheapest road between two places (Dijkstra)."""
    best = {start: 0.0}
    before = {start: start}
    queue = [(0.0, start)]
    while queue:
        spent, here = heapq.heappop(queue)
        if here == end:
            break
        if spent > best[here]:
            continue
        for there, price in links[here]:
            total = spent + price
            if total < best.get(there, np.inf):
                best[there], before[there] = total, here
                heapq.heappush(queue, (total, there))
    road = [end]
    while road[-1] != start:
        road.append(before[road[-1]])
    return np.array(road[::-1])


def around(land: Land, values: Floats) -> Floats:
    """The mean of `values` over each place's neighbours (0 where there is none)."""
    total, count = np.zeros(land.size), np.zeros(land.size)
    for one, two in ((0, 1), (1, 0)):
        np.add.at(total, land.pairs[:, one], values[land.pairs[:, two]])
        np.add.at(count, land.pairs[:, one], 1.0)
    return total / np.maximum(count, 1)


def neighbours(land: Land) -> list[list[int]]:
    """For each place the places that touch it."""
    return [
        [there for there, _cost in near]
        for near in linked(land.pairs, np.ones(len(land.pairs)), land.size)
    ]
