"""Chance that can be told again: every draw hangs on the seed and on what it is drawn for."""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Sequence


def key_of(seed: int, topic: str, number: int = 0) -> int:
    """Return the number that seeds the draws for `number` under `topic`; distinct for each.

    Args:
        seed: of the world, 0 or more.
        topic: what is drawn, e.g. `person`.
        number: which one, 0 or more.
    """
    return (seed << 96) | (crc32(topic.encode()) << 64) | number


def chance(seed: int, topic: str, number: int = 0) -> Random:
    """Return a generator for `number` under `topic`, the same in every run and on every machine."""
    return Random(key_of(seed, topic, number))  # noqa: S311 - a made-up world, not a secret


class Weighted:
    """Things drawn in proportion to their weights, in logarithmic time."""

    __slots__ = ("_bounds", "_total", "things")

    def __init__(self, things: Sequence[str], weights: Sequence[float]) -> None:
        self.things = tuple(things)
        self._bounds = list(accumulate(weights))
        self._total = self._bounds[-1]

    def draw(self, rng: Random) -> str:
        """Return one of the things."""
        return self.things[bisect_right(self._bounds, rng.random() * self._total)]


def poisson(rng: Random, mean: float) -> int:
    """Return a count with the given mean, 0 or more.

    Limits: above a mean of 30 a rounded normal stands in, which no month of one place reaches
    except in the largest.
    """
    if mean > 30:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        count += 1
        product *= rng.random()
    return count


def uneven(rng: Random, mean: float, spread: float) -> int:
    """Return a count that clumps as crime does: negative binomial, variance mean + spread * mean².

    Args:
        mean: 0 or more.
        spread: above 0; 0.1 is mild, 1 is strong.
    """
    if mean <= 0:
        return 0
    shape = 1 / spread
    return poisson(rng, rng.gammavariate(shape, mean / shape))
