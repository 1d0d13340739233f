"""The names of a list worth comparing word by word with each name asked for.

They are ranked by the weight of the words that they share with it, each by how like the two words
are, as a share of all the weight on both sides. On a large list a question's commonest words find
no names by themselves, as long as they hold so little of its weight that a name with nothing else
in common scores below any floor; they count all the same in the names that the others find.

Source: Salton and McGill (1983) for ranking by shared weight; Turtle and Flood (1995), Query
    Evaluation: Strategies and Optimizations, for leaving out terms that cannot decide (MaxScore).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from puente.screen.index import NameIndex
    from puente.screen.vocabulary import Near

Array = np.ndarray[Any, Any]

CANDIDATES = 30
"""Names of the list whose words are paired with a question's; see `puente.screen.similar`."""
LARGE = 100_000
"""Names of a list from which common words find no names by themselves."""
COMMON_HOLD = 0.17
"""Share of a question's weight that such words hold at most.

Words of that share alone, all paired, score 0.17 / (0.17 + 0.62 * 0.83) = 0.248 (`align._greedy`):
less than the least likeness at which an entry is looked at, `puente.screen.match.KIN_FLOOR`.
Whoever asks with a lower cutoff is told of the lower likenesses on smaller lists only.
"""
SLACK = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of several names asked for.

    Attributes:
        grid: int32 by name asked and place: which of the words; one past the last where there is
            none.
        weight: float32 by word, with a 0 at the end: how telling it is.
        near: by word, the words of the list like it.

    Source: see the module.
    """

    grid: Array
    weight: Array
    near: Sequence[Near]

    @property
    def total(self) -> Array:
        """Return by name asked the weight of all its words."""
        found: Array = self.weight[self.grid].sum(axis=1)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The candidates of several names asked for, grouped by name asked.

    Attributes:
        row, name: number of the name asked and of the listed one.
        value: share of weight in common, 0..1.
        reach: float32 by name asked: the least value with which a listed name would be one of its
            candidates; 0 where there is room for any.

    Source: see the module.
    """

    row: Array
    name: Array
    value: Array
    reach: Array


def choose(index: NameIndex, words: Words, fits: Callable[[Array, Array], Array]) -> Chosen:
    """Return the `CANDIDATES` listed names of most value for each name asked for; ties go to the
    lower number.

    Args:
        fits: tells which listed names may answer which rows.

    Source: see the module.
    Cost: 0.03 ms a name asked for against 24,000 names, 1 ms against a million.
    """
    grid = words.grid
    finding = _finding(words) if len(index.entity) >= LARGE else None
    shared = _asked(index, words, grid if finding is None else finding) @ index.holders()
    row = np.repeat(np.arange(len(grid)), np.diff(shared.indptr))
    name = shared.indices
    size = words.total[row] + index.total[name]
    value = np.where(fits(row, name), shared.data / size, np.float32(0))
    if finding is None:
        return _best(row, name, value, len(grid))
    left_out = np.where(finding == grid, len(words.weight) - 1, grid)
    row, name, value = _contenders(index, words, left_out, (row, name, value))
    return _best(row, name, value, len(grid))


def values(index: NameIndex, words: Words, fits: Callable[[Array, Array], Array]) -> Chosen:
    """Return every listed name that has a word in common with a name asked for, with its value.

    Source: see the module.
    """
    shared = _asked(index, words, words.grid) @ index.holders()
    row = np.repeat(np.arange(len(words.grid)), np.diff(shared.indptr))
    name = shared.indices
    kept = np.flatnonzero(fits(row, name))
    row, name = row[kept], name[kept]
    value = shared.data[kept] / (words.total[row] + index.total[name])
    return Chosen(row=row, name=name, value=value, reach=np.zeros(len(words.grid), np.float32))


def _asked(index: NameIndex, words: Words, grid: Array) -> csr_matrix:
    """Return by name asked and listed word what the word adds to the value of a name.

    A listed word that is like two of the words asked for stands twice in its row.
    """
    sizes = np.array([*(len(numbers) for numbers, _like in words.near), 0])
    numbers = np.concatenate([*(n for n, _l in words.near), np.zeros(0, np.int32)])
    likes = np.concatenate([*(like for _n, like in words.near), np.zeros(0, np.float32)])
    worth = likes**3 * index.weight[numbers]
    flat = grid.ravel()
    count = sizes[flat]
    ends = np.cumsum(count)
    first = np.cumsum(sizes) - sizes
    at = np.arange(ends[-1] if len(ends) else 0) + np.repeat(first[flat] - ends + count, count)
    bounds = np.concatenate(([0], ends[grid.shape[1] - 1 :: grid.shape[1]])).astype(np.int32)
    return csr_matrix((worth[at], numbers[at], bounds), shape=(len(grid), len(index.words)))


def _finding(words: Words) -> Array:
    """Return the grid without the words that are too common to find a name by themselves."""
    grid = words.grid
    held = words.weight[grid]
    order = np.argsort(held, axis=1, kind="stable")
    lightest_first = np.take_along_axis(held, order, axis=1)
    few = np.cumsum(lightest_first, axis=1) <= COMMON_HOLD * words.total[:, None]
    dropped = np.zeros_like(few)
    np.put_along_axis(dropped, order, few, axis=1)
    none = len(words.weight) - 1
    found: Array = np.where(dropped, none, grid)
    return found


def _contenders(
    index: NameIndex, words: Words, left_out: Array, found: tuple[Array, Array, Array]
) -> tuple[Array, Array, Array]:
    """Return the names that may be among the best once the words left out are counted as well."""
    row, name, value = found
    given = _asked(index, words, left_out)
    given.sum_duplicates()
    bounds = np.searchsorted(row, np.arange(len(left_out) + 1)).tolist()
    # What all words left out can add to a name: their weight, and no more than its other words'.
    most = words.weight[left_out].sum(axis=1)
    total = words.total
    table = np.zeros(len(index.words), np.float32)
    names: list[Array] = []
    values: list[Array] = []
    for one in range(len(left_out)):
        own_name = name[bounds[one] : bounds[one + 1]]
        own = value[bounds[one] : bounds[one + 1]]
        adds = slice(given.indptr[one], given.indptr[one + 1])
        if most[one] and len(own):
            table[given.indices[adds]] = given.data[adds]
            own_name, own = _raised(index, table, (own_name, own), (total[one], most[one]))
            table[given.indices[adds]] = 0
        names.append(own_name)
        values.append(own)
    rows = np.repeat(np.arange(len(left_out)), [len(own) for own in names])
    return rows, np.concatenate(names), np.concatenate(values)


def _raised(
    index: NameIndex, adds: Array, found: tuple[Array, Array], weight: tuple[float, float]
) -> tuple[Array, Array]:
    """Return the contenders of one name asked for with what `adds`, by word, adds to their value.

    Args:
        adds: float32 by word of the list.
        found: names and values so far.
        weight: of the whole name asked for, and of its words left out.
    """
    name, value = found
    total, most = weight
    kept = np.flatnonzero(value > 0)
    if len(kept) > CANDIDATES:
        own = value[kept]
        listed = index.total[name[kept]]
        size = total + listed
        bound = own + np.minimum(most, listed - own * size + SLACK) / size
        least = np.partition(own, len(own) - CANDIDATES)[len(own) - CANDIDATES]
        first = np.flatnonzero(own >= least)
        least = max(least, _least(own[first] + _sums(index, adds, name[kept[first]]) / size[first]))
        kept = kept[bound >= least - SLACK]
    name, value = name[kept], value[kept]
    return name, value + _sums(index, adds, name) / (total + index.total[name])


def _least(value: Array) -> float:
    """Return the `CANDIDATES`-th greatest value."""
    return float(np.partition(value, len(value) - CANDIDATES)[len(value) - CANDIDATES])


def _sums(index: NameIndex, adds: Array, name: Array) -> Array:
    """Return by name the sum of what its words add."""
    start = index.start[name].astype(np.int64)
    count = index.start[name + 1] - start
    ends = np.cumsum(count)
    at = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(start - ends + count, count)
    # Every name has a word.
    sums: Array = np.add.reduceat(adds[index.word[at]], ends - count) if len(ends) else adds[:0]
    return sums


def _best(row: Array, name: Array, value: Array, rows: int) -> Chosen:
    """Return the best `CANDIDATES` of each row; `row` rises."""
    bounds = np.searchsorted(row, np.arange(rows + 1)).tolist()
    reach = np.zeros(rows, np.float32)
    kept: list[Array] = []
    for one in range(rows):
        start, stop = bounds[one], bounds[one + 1]
        own = value[start:stop]
        top = np.flatnonzero(own > 0)
        if len(top) > CANDIDATES:
            own = own[top]
            least = np.partition(own, len(own) - CANDIDATES)[len(own) - CANDIDATES]
            reach[one] = least
            better, level = top[own > least], top[own == least]
            if len(better) + len(level) > CANDIDATES:
                order = np.argsort(name[start:stop][level], kind="stable")
                level = level[order[: CANDIDATES - len(better)]]
            top = np.concatenate((better, level))
        elif len(top) == CANDIDATES:
            reach[one] = own[top].min()
        kept.append(top + start)
    chosen = np.concatenate(kept) if kept else np.zeros(0, np.int64)
    return Chosen(
        row=row[chosen].astype(np.int32),
        name=name[chosen].astype(np.int32),
        value=value[chosen],
        reach=reach,
    )
