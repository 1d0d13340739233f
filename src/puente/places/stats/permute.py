"""Random relabellings of areas, and what share of them is as extreme as what was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from puente.places.stats.arrays import Draws, Floats, Ints, at_least, codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

TIE = 1e-11
"""Two statistics closer than this, relative to their scale, are equal: sums of the same numbers in
another order differ in the last digits, and counts of crimes tie often."""

_CHUNK = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Tails:
    """Shares of relabellings as extreme as what was seen, each (extreme + 1) / (draws + 1).

    Attributes:
        greater: at least as large, ties included.
        less: at most as large, ties included.

    Source: Davison and Hinkley, Bootstrap Methods and their Application (1997), section 4.2.
    """

    greater: Floats
    less: Floats

    @property
    def one_sided(self) -> Floats:
        """The smaller tail, as esda and GeoDa print it.

        The side was chosen after looking, so that .05 here is a test at 10 percent. Where a sum is
        the least there can be (only zeros around), esda 2.9 leaves ties out and prints the smallest
        p; here ties count, and such a place is no finding.
        """
        return np.minimum(self.greater, self.less)

    @property
    def two_sided(self) -> Floats:
        """Twice the smaller tail, at most 1."""
        return np.minimum(1.0, 2.0 * self.one_sided)


def tails(at_or_above: npt.ArrayLike, at_or_below: npt.ArrayLike, permutations: int) -> Tails:
    """Return the shares that counts of relabellings amount to.

    Source: Davison and Hinkley (1997), section 4.2.
    """
    return Tails(
        greater=(np.asarray(at_or_above, np.float64) + 1) / (permutations + 1),
        less=(np.asarray(at_or_below, np.float64) + 1) / (permutations + 1),
    )


def tails_of(observed: float, simulated: Floats) -> Tails:
    """Return the shares of `simulated` (one value a draw) that are as extreme as `observed`.

    Source: Davison and Hinkley (1997), section 4.2.
    """
    slack = TIE * max(abs(observed), float(np.abs(simulated).max(initial=0.0)), 1e-300)
    return tails(
        np.array((simulated >= observed - slack).sum()),
        np.array((simulated <= observed + slack).sum()),
        len(simulated),
    )


def relabellings(n: int, draws: Draws) -> Iterator[Ints]:
    """Yield whole relabellings in blocks: each row of a block is the numbers 0 to n - 1, shuffled.

    With groups, a number only takes a place of its own group.

    Source: Anselin (1995), section 3.
    """
    at_least(draws.permutations, 1, "permutations")
    group = np.zeros(n, np.int64) if draws.groups is None else codes(draws.groups, n, "groups")
    members = [np.flatnonzero(group == g) for g in range(group.max(initial=0) + 1)]
    for start in range(0, draws.permutations, _CHUNK):
        block = np.empty((min(_CHUNK, draws.permutations - start), n), np.int64)
        for own in members:
            block[:, own] = draws.rng.permuted(np.tile(own, (len(block), 1)), axis=1)
        yield block


def samples(n: int, width: int, rows: int, rng: np.random.Generator) -> Ints:
    """Return `rows` rows of `width` different numbers below `n`, each row in random order.

    Source: sampling without replacement by rejection: a row with a number twice is drawn again.
    Cost: linear in the table; where `width` nears `n`, n times the number of rows.
    """
    if width * width > n:
        block = np.arange(n)
        starts = range(0, rows, _CHUNK)
        return np.concatenate(
            [
                rng.permuted(np.tile(block, (min(_CHUNK, rows - at), 1)), axis=1)[:, :width]
                for at in starts
            ]
        )
    table = rng.integers(0, n, (rows, width))
    again = np.arange(rows)
    while len(again):
        ordered = np.sort(table[again], axis=1)
        again = again[(ordered[:, 1:] == ordered[:, :-1]).any(axis=1)]
        table[again] = rng.integers(0, n, (len(again), width))
    return table
