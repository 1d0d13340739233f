"""The ceiling: how well planted places can be told by one who knows the mechanism.

The oracle knows every parameter of the generator: which records a hold moves and by how much, how
ordinary rates differ between places (learned from worlds of other seeds from which the control was
left out), and what sort of town is likely. It does not know this world's draws: not who is held,
nor how deeply or since when, nor any place's ordinary rates. Its score of a place is the log of the
Bayes factor between the hypotheses of a hold and none, under a Poisson model with log-normal
ordinary rates, by Laplace's method.

    python -m bench.discrepancy_worlds_2.oracle --world D --seed 1

Limits: a hold's beginning and end are averaged over in D and E, so a cleverer oracle exists; the
figure is a little below the true ceiling.
Cost: 10 to 50 CPU seconds a world.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from bench.discrepancy_worlds.geography import Floats, Ints, Land, around, make_land, neighbours
from bench.discrepancy_worlds.lookalikes import write_down
from bench.discrepancy_worlds_2 import division_d, rent_f, sanctuary_e
from bench.discrepancy_worlds_2.innocent import market
from bench.discrepancy_worlds_2.write import OFFSET, make

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.discrepancy_worlds.ground import Scene, World

BUILD: dict[str, Callable[..., Scene]] = {
    "D": division_d.build_division,
    "E": sanctuary_e.build_sanctuary,
    "F": rent_f.build_rent,
}
LESSONS = (9001, 9002)  # seeds of the worlds without control from which ordinary rates are learned
BLOCKS = {"D": 4, "E": 4, "F": 6}
LEVELS = (0.5, 0.65, 0.8, 0.95)  # the depth of a hold while it lasts
# The share of the records' months in which a hold begins and ends, with how often that is so.
SPANS = {
    "D": ((0.0, 1.0, 0.56), (0.15, 1.0, 0.15), (0.4, 1.0, 0.14), (0.0, 0.75, 0.15)),
    "E": ((0.0, 1.0, 0.62), (0.2, 1.0, 0.13), (0.5, 1.0, 0.13), (0.0, 0.7, 0.12)),
}
RING = sanctuary_e.EVENT
CHUNK = 400
STEPS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is added up for each place: rows are records by block of months, then of the ring."""

    counts: Floats  # (rows, places)
    exposure: Floats  # (rows, places): residents times months sent
    traits: Floats  # (rows, places, traits): what ordinary rates are predicted from


def fold(world: World, cube: Floats, blocks: int) -> Floats:
    """Sums of the months that were sent, by record and block, and of the ring around."""
    sent = np.where(world.sent, cube, 0.0)
    parts = np.array_split(np.arange(sent.shape[2]), blocks)
    own = np.concatenate([sent[:, :, part].sum(axis=2) for part in parts])
    if not any(record.name == "asylum_claims" for record in world.records):
        return np.asarray(own, np.float64)
    events = [row for row, record in enumerate(world.records) if record.name in RING]
    at = [block * len(world.records) + row for block in range(blocks) for row in events]
    ring = np.stack([around(world.land, own[row]) * degree(world.land) for row in at])
    return np.concatenate([own, ring])


def degree(land: Land) -> Floats:
    """How many neighbours each place has."""
    return np.array([len(near) for near in neighbours(land)], np.float64)


def look(world: World, blocks: int) -> Seen:
    """The world as the oracle sees it."""
    land = world.land
    counts = fold(world, world.counts.astype(np.float64), blocks)
    residents = np.broadcast_to(land.census[None, :, None].astype(float), world.counts.shape)
    exposure = fold(world, residents, blocks)
    gap = ((land.spot[:, None, :] - land.spot[None, :, :]) ** 2).sum(axis=2)
    near = np.argsort(gap, axis=1)[:, 1:25]
    size = np.log(land.census / 14_000)
    fixed = [np.ones(land.size), size, size**2, *map(np.asarray, kinds(land))]
    traits = np.zeros((len(counts), land.size, len(fixed) + 3))
    for row in range(len(counts)):
        total = np.log((counts[row].sum() + 1) / exposure[row].sum())
        local = [
            level(counts[row][near].sum(axis=1), exposure[row][near].sum(axis=1), total),
            group(counts[row], exposure[row], land.states, total),
            group(counts[row], exposure[row], land.office, total),
        ]
        traits[row] = np.stack([*fixed, *local], axis=1)
    return Seen(counts=counts, exposure=exposure, traits=traits)


def kinds(land: Land) -> list[Floats]:
    """Kinds of place that anybody can see on a map."""
    seat = land.office == np.arange(land.size)
    return [np.asarray(x, np.float64) for x in (land.corridor, land.border, land.coast, seat)]


def level(counts: Floats, exposure: Floats, total: float) -> Floats:
    """Log of a local rate, drawn towards the country's when there is little to go on."""
    usual = exposure * np.exp(total)
    return np.asarray(np.log((counts + 2) / (usual + 2)), np.float64)


def group(counts: Floats, exposure: Floats, of: Ints, total: float) -> Floats:
    """The level of each place's group without the place itself."""
    sums = np.zeros((2, int(of.max()) + 1))
    np.add.at(sums[0], of, counts)
    np.add.at(sums[1], of, exposure)
    return level(sums[0, of] - counts, sums[1, of] - exposure, total)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordinary:
    """Ordinary rates: how they follow from traits, and how they stray from that together."""

    weights: Floats  # (rows, traits)
    spread: Floats  # (rows, rows): covariance of log rates


def learn(name: str) -> Ordinary:
    """Ordinary rates from worlds of other seeds without control, whose true rates are known."""
    blocks = BLOCKS[name]
    rates, traits, shock = [], [], np.zeros(1)
    for seed in LESSONS:
        scene = BUILD[name](make_land(OFFSET + seed), OFFSET + seed, held=False)
        world = write_down(scene)
        seen = look(world, blocks)
        rate = fold(world, scene.crime * np.minimum(scene.recorded, 1), blocks)
        with np.errstate(divide="ignore", invalid="ignore"):
            rates.append(np.log(rate / seen.exposure))
        traits.append(seen.traits)
        scatter = np.array([[[record.scatter]] for record in world.records])
        full = np.broadcast_to(scatter, world.counts.shape)
        months = fold(world, np.ones(world.counts.shape), blocks)
        shock = (fold(world, full, blocks) / np.maximum(months, 1) ** 2).mean(axis=1)
    y, x = np.concatenate(rates, axis=1), np.concatenate(traits, axis=1)
    good = np.isfinite(y)
    weights = np.stack(
        [np.linalg.lstsq(x[row][good[row]], y[row][good[row]])[0] for row in range(len(y))]
    )
    stray = np.where(good, y - np.einsum("rpt,rt->rp", x, weights), 0)
    return Ordinary(weights=weights, spread=np.cov(stray) + np.diag(shock))


def shifts(name: str, seen: Seen, seed: int) -> list[tuple[float, Floats]]:
    """Each hypothesis of a hold: the log of its weight, and the log shift of each row.

    The shift is (rows, 1), or (rows, places) where it depends on the place.
    """
    if name == "F":
        return [
            (0.0, rent(price, ceiling))
            for price in market_prices(seed)
            for ceiling in (0.55, 0.7, 0.95)
        ]
    found = []
    for begin, end, weight in SPANS[name]:
        for most in LEVELS:
            depths = most * covered(begin, end, BLOCKS[name])
            if name == "E":
                found.append((np.log(weight), sanctuary(seen, depths)))
            else:
                found += [(np.log(weight), division(adds, depths)) for adds in division_d.TASKS]
    return found


def covered(begin: float, end: float, blocks: int) -> Floats:
    """The share of each block of months that lies between two points, given as shares of all."""
    edges = np.arange(blocks + 1) / blocks
    inside = np.minimum(edges[1:], end) - np.maximum(edges[:-1], begin)
    return np.asarray(np.clip(inside * blocks, 0, 1), np.float64)


def division(adds: dict[str, float], depths: Floats) -> Floats:
    """World D: one task, at a depth for each block of months."""
    factor = [
        (1 + adds.get(name, 0) * depth)
        * (1 + division_d.EVERYWHERE.get(name, 0) * depth)
        * (1 - division_d.SILENCE.get(name, 0) * depth)
        for depth in depths.tolist()
        for name in division_d.NAMES
    ]
    return np.log(factor)[:, None]


def sanctuary(seen: Seen, depths: Floats) -> Floats:
    """World E: a home town at a depth for each block of months, and what it leaves around."""
    world = sanctuary_e
    own = [
        (1 + world.PERSON.get(name, 0) * depth)
        * (1 - world.SETTLED.get(name, 0) * depth)
        * (1 - (world.CALM * depth if name in world.EVENT else 0))
        for depth in depths.tolist()
        for name in world.NAMES
    ]
    plain = np.broadcast_to(np.log(own)[:, None], (len(own), seen.counts.shape[1]))
    at = [
        block * len(world.NAMES) + row
        for block in range(len(depths))
        for row, name in enumerate(world.NAMES)
        if name in RING
    ]
    share = seen.exposure[at] / np.maximum(seen.exposure[len(own) :], 1)
    sent = world.EXPORTED * np.repeat(depths, len(RING))[:, None] * share
    return np.concatenate([plain, np.log1p(sent)])


def market_prices(seed: int) -> Floats:
    """The prices of the four goods; the oracle is not told who produces what."""
    return market(make_land(OFFSET + seed), OFFSET + seed, rent_f.MONTHS).price


def rent(price: Floats, ceiling: float) -> Floats:
    """World F: a producer of one good, by block of months."""
    wanted = ceiling * rent_f.worthwhile(price, rent_f.WORTH)
    depth, held = np.zeros(len(price)), float(wanted[0])
    for month, want in enumerate(wanted.tolist()):
        held += (0.35 if want > held else 0.12) * (want - held)
        depth[month] = held
    before = np.concatenate([np.repeat(depth[:1], 6), depth[:-6]])
    fight = np.exp(rent_f.FIGHT * np.abs(depth - before)) * (1 - 0.2 * depth)
    rows = []
    for part in np.array_split(np.arange(len(price)), BLOCKS["F"]):
        for name in rent_f.NAMES:
            factor = (1 + rent_f.LEVY.get(name, 0) * depth[part]) * (
                1 - rent_f.SILENCE.get(name, 0) * depth[part]
            )
            if name == "deaths_homicide":
                factor = fight[part]
            rows.append(np.log(factor.mean()))
    return np.array(rows)[:, None]


def prior(name: str, land: Land) -> Floats:
    """How likely a place is to be held before any record is read, as a log without a constant."""
    if name == "D":
        return np.asarray(np.log(division_d.fits(land).mean(axis=0)), np.float64)
    return np.asarray(np.log({"E": sanctuary_e, "F": rent_f}[name].appeal(land)), np.float64)


def evidence(counts: Floats, usual: Floats, spread: Floats) -> Floats:
    """Log marginal likelihood by place, up to what does not depend on the hypothesis.

    Args:
        counts: (rows, places).
        usual: expected counts at the middle of the log-normal, (rows, places).
        spread: covariance of the log rates, (rows, rows).
    """
    out = np.zeros(counts.shape[1])
    eye = np.eye(len(spread))
    for start in range(0, counts.shape[1], CHUNK):
        n, e = counts[:, start : start + CHUNK].T, usual[:, start : start + CHUNK].T
        stray, pull = np.zeros(n.shape), np.zeros(n.shape)
        for _step in range(STEPS):
            rate = e * np.exp(np.clip(stray, -8, 8))
            root = np.sqrt(rate)
            push = rate * stray + n - rate
            inner = eye + root[:, :, None] * spread * root[:, None, :]
            solved = np.linalg.solve(inner, (root * (push @ spread))[:, :, None])[:, :, 0]
            pull = push - root * solved
            stray = stray + np.clip(pull @ spread - stray, -1.5, 1.5)
        rate = e * np.exp(stray)
        root = np.sqrt(rate)
        inner = eye + root[:, :, None] * spread * root[:, None, :]
        fit = (n * (np.log(np.maximum(e, 1e-12)) + stray) - rate).sum(axis=1)
        out[start : start + CHUNK] = (
            fit - 0.5 * (pull * stray).sum(axis=1) - 0.5 * np.linalg.slogdet(inner)[1]
        )
    return out


def score(name: str, seed: int) -> tuple[Floats, World]:
    """The oracle's score of each place, and the world."""
    world = make(name, seed)
    seen, ordinary = look(world, BLOCKS[name]), learn(name)
    usual = seen.exposure * np.exp(np.einsum("rpt,rt->rp", seen.traits, ordinary.weights))
    none = evidence(seen.counts, usual, ordinary.spread)
    some = [
        weight + evidence(seen.counts, usual * np.exp(shift), ordinary.spread)
        for weight, shift in shifts(name, seen, seed)
    ]
    return np.logaddexp.reduce(some) - none + prior(name, world.land), world


def area(values: Floats, planted: Floats) -> float:
    """How often a planted place has more of it than another, ties counted half."""
    held = planted > 0
    rest = np.sort(values[~held])
    below = np.searchsorted(rest, values[held], "left")
    upto = np.searchsorted(rest, values[held], "right")
    return float((below + upto).mean() / 2 / len(rest))


def main() -> None:
    """Prints the oracle's area under the curve, and its hits among as many as are planted."""
    parser = argparse.ArgumentParser(prog="python -m bench.discrepancy_worlds_2.oracle")
    parser.add_argument("--world", choices=sorted(BUILD), required=True)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    values, world = score(asked.world, asked.seed)
    first = np.argsort(-values)[:100]
    print(
        f"world {asked.world} seed {asked.seed}: oracle AUC {area(values, world.control):.3f}, "
        f"planted among its first hundred {int((world.control[first] > 0).sum())}"
    )


if __name__ == "__main__":
    main()
