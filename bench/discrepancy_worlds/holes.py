"""Variants of a finished world: a source that stops sending, and hard records that mean nothing.

`hole`: in 100 places, drawn by lot, one source sends nothing for six months. A ranking must not
take the missing rows for zeros. `placebo`: the hard records of each place are those of another
place of its state and about its size, so that whatever still agrees with the truth cannot come
from the gap between the two channels.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from bench.discrepancy_worlds.geography import stream

if TYPE_CHECKING:
    from bench.discrepancy_worlds.ground import World

HOLES = 100
LENGTH = 6
BLOCK = 8  # places of one state and similar size among which hard records change hands


def with_holes(world: World, seed: int) -> World:
    """The world with `HOLES` places in each of which one source is silent for `LENGTH` months."""
    rng = stream(seed, "holes")
    sent = world.sent.copy()
    sources = sorted({record.source for record in world.records})
    holes = []
    for place in sorted(rng.choice(world.land.size, HOLES, replace=False).tolist()):
        source = sources[int(rng.integers(len(sources)))]
        start = int(rng.integers(0, len(world.months) - LENGTH + 1))
        for row, record in enumerate(world.records):
            if record.source == source:
                sent[row, place, start : start + LENGTH] = False
        first, last = world.months[start], world.months[start + LENGTH - 1]
        holes.append((world.land.codes[place], source, first, last))
    return replace(world, sent=sent, holes=tuple(holes))


def with_placebo(world: World, seed: int) -> World:
    """The world with its hard records, counts and gaps alike, shuffled within states."""
    rng = stream(seed, "placebo")
    giver = np.arange(world.land.size)
    for state in np.unique(world.land.states):
        inside = np.flatnonzero(world.land.states == state)
        ranked = inside[np.argsort(world.land.census[inside], kind="stable")]
        for start in range(0, len(ranked), BLOCK):
            block = ranked[start : start + BLOCK]
            giver[block] = rng.permutation(block)
    counts, sent = world.counts.copy(), world.sent.copy()
    rows = [row for row, record in enumerate(world.records) if record.hard]
    counts[rows] = world.counts[rows][:, giver]
    sent[rows] = world.sent[rows][:, giver]
    return replace(world, counts=counts, sent=sent)
