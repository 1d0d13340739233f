"""Names against names, many at once: the best candidates of each, their words paired, a score.

The score of a name is the weight of the words that pair up, each by how like they are, as a share
of all the weight that stands on both sides; a word of the question that finds no partner costs more
than one of the list that the question leaves out, since people leave names out oftener than they
add them. Where each side has a word that the other lacks, they are hardly one name.

Source: Cohen, Ravikumar and Fienberg (2003), A Comparison of String Distance Metrics for
    Name-Matching Tasks, for soft TF-IDF.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from puente.resolve.names.words import roles
from puente.screen.candidates import Words, choose
from puente.screen.index import FORM_WEIGHT, MOST_WORDS
from puente.screen.similar import INITIAL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from puente.screen.index import NameIndex
    from puente.screen.vocabulary import Likenesses

Array = np.ndarray[Any, Any]
CHUNK = 256
INITIAL_WEIGHT = 2.0
ENOUGH = 6.5
"""Weight that must have paired up for a full score: a first name alone (about 5) names nobody, a
rare surname alone (about 10) does."""
LEFT_OVER_ASKED, LEFT_OVER_LISTED = 0.62, 0.30
"""Share of its weight that a word without a partner costs, asked and listed."""
CONFLICT = 2.0
"""What words without a partner on both sides cost, as a share of the lighter side's weight.

Source: measured on the half of 826 labelled pairs that was looked at and on damaged names of the
SDN list of 31 January 2022 (bench/names_pairs.py, bench/screening.py).
"""
IN_FIRM, LAST, BEFORE = 1, 2, 3
SHORT_WEIGHT, SMALL_WEIGHT = 5.0, 1.0
"""Weight in a person's name of a word that is also a legal form (MIN, SE, AS), and of a particle at
most: DE LA CRUZ is CRUZ in the next register."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One name asked for, as words; several may stand for one question.

    Attributes:
        question: number of the question.
        words: folded words, at most `MOST_WORDS`.
        kind: as `kind_of` gives it; -1 matches any.
        not_lists: lists whose names take no part.

    Source: see the module.
    """

    question: int
    words: tuple[str, ...]
    kind: int
    not_lists: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Names asked for beside names listed, with their score.

    Attributes:
        asked: int32, place in the sequence of `Asked`.
        name: int32, number of the listed name.
        score: float32, 0..1.
        reach: float32 by name asked for: see `puente.screen.candidates.Chosen`.

    Source: see the module.
    """

    asked: Array
    name: Array
    score: Array
    reach: Array


def rank(index: NameIndex, likenesses: Likenesses, asked: Sequence[Asked], *, weak: bool) -> Pairs:
    """Return the best listed names of each name asked for, scored, grouped by name asked.

    Args:
        weak: whether weak aliases take part.

    Source: see the module.
    Cost: about 0.3 ms a name against 24,000 listed names.
    """
    parts = []
    usable = np.ones(len(index.entity), bool) if weak else ~index.weak
    for start in range(0, len(asked), CHUNK):
        part = _rank_chunk(index, likenesses, asked[start : start + CHUNK], usable)
        parts.append((part[0] + start, *part[1:]))
    if not parts:
        none, never = np.zeros(0, np.int32), np.zeros(0, np.float32)
        return Pairs(asked=none, name=none, score=never, reach=never)
    found = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return Pairs(asked=found[0], name=found[1], score=found[2], reach=found[3])


def _rank_chunk(
    index: NameIndex, likenesses: Likenesses, asked: Sequence[Asked], usable: Array
) -> tuple[Array, Array, Array, Array]:
    words, held = words_of(index, likenesses, asked)
    chosen = choose(index, held, fits(index, asked, usable))
    row, name = chosen.row, chosen.name
    score = _paired(index, (held.grid[row], held.weight), held.near, name, words)
    return row, name, score, chosen.reach


def words_of(
    index: NameIndex, likenesses: Likenesses, asked: Sequence[Asked]
) -> tuple[list[str], Words]:
    """Return the distinct words asked for, and them with their weights and likenesses.

    Source: see the module.
    """
    # A word may tell little of a firm and something of a person, so it may stand here twice.
    keys = list(dict.fromkeys((w, _stand(a, w)) for a in asked for w in a.words))
    place = {key: n for n, key in enumerate(keys)}
    words = [word for word, _stand in keys]
    like = likenesses.to(words)
    near = [like[word] for word in words]
    weight = _weights(index, likenesses, words, near)
    stand = np.array([stands for _word, stands in keys], np.int8)
    person = _in_a_person(words, weight, last=stand == LAST)
    weight = np.append(np.where(stand == IN_FIRM, weight, person), np.float32(0))
    # One width for all: a name's sums must not depend on who is asked for beside it.
    grid = np.full((len(asked), MOST_WORDS), len(words), np.int32)
    for number, one in enumerate(asked):
        grid[number, : len(one.words)] = [place[w, _stand(one, w)] for w in one.words]
    return words, Words(grid=grid, weight=weight, near=near)


def _stand(one: Asked, word: str) -> int:
    """Return where a word stands: in a firm's name, last in another's, or before others."""
    if one.kind == 1:
        return IN_FIRM
    return LAST if word == one.words[-1] else BEFORE


def _in_a_person(words: Sequence[str], weight: Array, *, last: Array | None = None) -> Array:
    """Return the weights of words in the name of a person or thing, given those in a firm's.

    Args:
        last: bool by word: it stands last, where no particle does (Tara DAS).
    """
    small = np.array([word in roles().small_words for word in words], bool)
    if last is not None:
        small &= ~last
    found = np.where(weight <= FORM_WEIGHT, np.float32(SHORT_WEIGHT), weight)
    least: Array = np.where(small, np.minimum(found, np.float32(SMALL_WEIGHT)), found)
    return least


def _weights(
    index: NameIndex,
    likenesses: Likenesses,
    words: Sequence[str],
    rows: Sequence[tuple[Array, Array]],
) -> Array:
    """Return how telling each word asked for is: as the listed word that it most resembles."""
    found = np.empty(len(words), np.float32)
    for number, (word, (numbers, like)) in enumerate(zip(words, rows, strict=True)):
        own = likenesses.number(word)
        if own >= 0:
            found[number] = index.weight[own]
        elif len(word) == 1:
            # An initial is never telling, whatever the list happens to hold.
            found[number] = INITIAL_WEIGHT
        elif len(numbers):
            best = like >= like.max() - 1e-6
            found[number] = min(index.weight[numbers[best]].min(), index.unseen(word))
        else:
            found[number] = index.unseen(word)
    return found


def fits(
    index: NameIndex, asked: Sequence[Asked], usable: Array
) -> Callable[[Array, Array], Array]:
    """Return what tells which listed names may answer which rows: kind, list, weak or strong.

    Args:
        usable: bool by listed name.

    Source: see the module.
    """
    kinds = np.array([a.kind for a in asked], np.int8)
    barred = np.array([[name in a.not_lists for name in index.lists] for a in asked], bool)
    any_barred, all_usable = barred.any(), bool(usable.all())

    def answers(row: Array, name: Array) -> Array:
        same_kind = (kinds[row] < 0) | (index.kind[name] < 0) | (kinds[row] == index.kind[name])
        found: Array = same_kind if all_usable else usable[name] & same_kind
        return found & ~barred[row, index.list[name]] if any_barred else found

    return answers


def _paired(
    index: NameIndex,
    asked: tuple[Array, Array],
    rows: Sequence[tuple[Array, Array]],
    name: Array,
    words: Sequence[str],
) -> Array:
    """Return the score of each pair: words paired greedily, the likest and most telling first."""
    grid, weight = asked
    if not len(name):
        return np.zeros(0, np.float32)
    held, listed = _listed_grid(index, name)
    like = _table_of_likeness(index, rows, words, listed)
    score = np.empty(len(name), np.float32)
    of_firms = np.append(index.weight[listed], np.float32(0))
    in_people = _in_a_person([index.words[n] for n in listed.tolist()], index.weight[listed])
    of_people = np.append(in_people, np.float32(0))
    sizes = np.maximum((grid < len(words)).sum(axis=1), (held < len(listed)).sum(axis=1))
    # Short names are most; a narrow table for them halves the work.
    for least, most in ((0, 4), (5, MOST_WORDS)):
        some = np.flatnonzero((sizes >= least) & (sizes <= most))
        if not len(some):
            continue
        left, right = grid[some][:, :most], held[some][:, :most]
        firm = (index.kind[name[some]] == 1)[:, None]
        weight_right = np.where(firm, of_firms[right], of_people[right])
        score[some] = _greedy(like[left[:, :, None], right[:, None, :]], weight[left], weight_right)
    return score


def _listed_grid(index: NameIndex, name: Array) -> tuple[Array, Array]:
    """Return the words of each listed name as places in `listed`, padded, and `listed`."""
    count = (index.start[name + 1] - index.start[name]).astype(np.int64)
    column = np.arange(MOST_WORDS)
    inside = column[None, :] < count[:, None]
    at = np.where(inside, index.start[name][:, None] + column[None, :], 0)
    numbers = index.word[at]
    listed, held = np.unique(numbers, return_inverse=True)
    return np.where(inside, held.reshape(numbers.shape), len(listed)), listed


def _table_of_likeness(
    index: NameIndex,
    rows: Sequence[tuple[Array, Array]],
    words: Sequence[str],
    listed: Array,
) -> Array:
    """Return likeness by (word asked, listed word), with a row and a column of 0 at the end."""
    table = np.zeros((len(words) + 1, len(listed) + 1), np.float32)
    column = np.full(len(index.words), len(listed), np.int32)
    column[listed] = np.arange(len(listed))
    for number, (numbers, like) in enumerate(rows):
        table[number, column[numbers]] = like
    left = np.array([word[0] for word in words])
    right = np.array([index.words[n][0] for n in listed.tolist()])
    for number, word in enumerate(words):
        if len(word) == 1:
            own = (right == word) * np.float32(INITIAL)
            table[number, :-1] = np.maximum(table[number, :-1], own)
    for number, found in enumerate(listed.tolist()):
        if len(index.words[found]) == 1:
            own = (left == index.words[found]) * np.float32(INITIAL)
            table[:-1, number] = np.maximum(table[:-1, number], own)
    table[:, -1] = 0
    return table


def _greedy(like: Array, left: Array, right: Array) -> Array:
    """Return scores for a stack of tables (pair, word asked, word listed) and their weights."""
    pairs, asked, listed = like.shape
    both = (left[:, :, None] + right[:, None, :]) / 2
    value = (_worth(like) * both).reshape(pairs, -1)
    rows = np.arange(pairs)
    matched = np.zeros(pairs, np.float32)
    weight = np.zeros(pairs, np.float32)
    free_left, free_right = left.copy(), right.copy()
    cube = value.reshape(pairs, asked, listed)
    for _round in range(min(asked, listed)):
        best = value.argmax(axis=1)
        worth = value[rows, best]
        if not (worth > 0).any():
            break
        i, j = best // listed, best % listed
        taken = worth > 0
        matched += worth
        weight += np.where(taken, both[rows, i, j], 0)
        free_left[rows[taken], i[taken]] = 0
        free_right[rows[taken], j[taken]] = 0
        cube[rows[taken], i[taken], :] = 0
        cube[rows[taken], :, j[taken]] = 0
    over_left, over_right = free_left.sum(axis=1), free_right.sum(axis=1)
    rest = LEFT_OVER_ASKED * over_left + LEFT_OVER_LISTED * over_right
    rest += CONFLICT * np.minimum(over_left, over_right)
    score: Array = matched / np.maximum(weight + rest, 1e-9)
    return score * np.minimum(1, matched / ENOUGH)


def _worth(like: Array) -> Array:
    """Return what a likeness is worth: 1 stays 1, .85 is worth .7, the least next to nothing."""
    worth: Array = np.where(like > 0, np.clip(1 - (1 - like) * 2.0, 0.05, 1), 0)
    return worth
