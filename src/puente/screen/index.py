"""The index of a list: which names hold which words, and how telling each word is.

Source: Spärck Jones, A statistical interpretation of term specificity (1972), for the weights;
    Salton and McGill (1983) for ranking by shared weight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from puente.resolve.names.words import given_names, surnames, trade_words
from puente.screen.entry import ListEntry, form_words, kind_of, name_words
from puente.screen.similar import Likenesses

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = np.ndarray[Any, Any]
FORM_WEIGHT = 0.3
"""Weight of a legal form: about a twentieth of a rare surname's."""
BACKGROUND, COMMON_SHARE, RARE_SHARE = 2_000, 0.004, 1e-5
"""Names that stand for everyone not on the list, and what share of them bear a common and a rare
word: on a list of fifty, that one Maria stands there does not make Maria telling.

Source: INEGI and INE name frequencies: the hundredth commonest surname of Mexico is borne by about
4 in 1,000.
"""
MOST_WORDS = 12
"""Words of a name that are compared; the most telling ones of a longer name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameIndex:
    """A list's names as arrays. All but the words are numbers, so that they can be memory-mapped.

    Attributes:
        words: the vocabulary, sorted.
        weight: float32 by word: how telling it is, ln(1 + 1 / share of names that hold it).
        entity: int32 by name: which entry bears it.
        place: int32 by name: which of the entry's names it is; weak ones after the strong.
        weak: bool by name.
        kind: int8 by name, as `kind_of` gives it.
        lists: names of the lists, sorted.
        list: int16 by name, place of its list in `lists`.
        start: int64, one more than names: words `start[n]` to `start[n + 1]` of `word` are n's.
        word: int32 word numbers.
        total: float32 by name: sum of its words' weights.
        holders_start, holder: the same turned round: which names hold a word.

    Source: see the module.
    """

    words: tuple[str, ...]
    weight: Array
    entity: Array
    place: Array
    weak: Array
    kind: Array
    lists: tuple[str, ...]
    list: Array
    start: Array
    word: Array
    total: Array
    holders_start: Array
    holder: Array

    @classmethod
    def of(cls, entries: Sequence[ListEntry]) -> NameIndex:
        """Return the index of all names of `entries`; names alike once folded are held once.

        Source: see the module.
        Cost: about 1.5 CPU-s for 24,000 names.
        """
        rows: list[tuple[int, int, bool, int, tuple[str, ...]]] = []
        for number, entry in enumerate(entries):
            seen: set[frozenset[str]] = set()
            kind = kind_of(entry.schema)
            for place, name in enumerate((*entry.names, *entry.weak_names)):
                found = name_words(name, kind)
                if found and frozenset(found) not in seen:
                    seen.add(frozenset(found))
                    rows.append((number, place, place >= len(entry.names), kind, found))
        # Legal forms are known words without holders: a damaged one is not taken for a rare name.
        words = tuple(sorted({text for row in rows for text in row[4]} | form_words()))
        numbers = {text: n for n, text in enumerate(words)}
        held = np.bincount(
            [numbers[text] for row in rows for text in row[4]] or [0], minlength=len(words)
        )
        common = np.array([is_common(text) for text in words])
        weight = _weight(held, common, len(rows))
        weight[[numbers[text] for text in form_words()]] = FORM_WEIGHT
        lists = tuple(sorted({entry.list for entry in entries}))
        kept = [_telling([numbers[text] for text in row[4]], weight) for row in rows]
        start = np.concatenate(([0], np.cumsum([len(k) for k in kept]))).astype(np.int64)
        word = np.array([n for k in kept for n in k], np.int32)
        name_of = np.repeat(np.arange(len(rows)), np.diff(start))
        order = np.argsort(word, kind="stable")
        total = np.bincount(name_of, weight[word], minlength=len(rows)).astype(np.float32)
        return cls(
            words=words,
            weight=weight,
            entity=np.array([r[0] for r in rows], np.int32),
            place=np.array([r[1] for r in rows], np.int32),
            weak=np.array([r[2] for r in rows], bool),
            kind=np.array([r[3] for r in rows], np.int8),
            lists=lists,
            list=np.array([lists.index(entries[r[0]].list) for r in rows], np.int16),
            start=start,
            word=word,
            total=total,
            holders_start=np.concatenate(
                ([0], np.cumsum(np.bincount(word, minlength=len(words))))
            ).astype(np.int64),
            holder=name_of[order].astype(np.int32),
        )

    def likenesses(self) -> Likenesses:
        """Return the likenesses of any word to this index's words.

        Source: see `puente.screen.similar`.
        """
        return Likenesses.of(self.words)

    def unseen(self, word: str) -> float:
        """Return the weight of a word that the list does not hold.

        Source: see `BACKGROUND`.
        """
        none = np.zeros(1, np.int64)
        return float(_weight(none, np.array([is_common(word)]), len(self.entity))[0])


def is_common(word: str) -> bool:
    """Return True for a given name, surname or trade word that very many people or firms bear.

    Source: the word lists of `puente.resolve.names`.
    """
    return word in given_names() or word in surnames() or word in trade_words()


def _weight(held: Array, common: Array, names: int) -> Array:
    share = np.where(common, COMMON_SHARE, RARE_SHARE)
    frequency = (held + BACKGROUND * share) / (names + BACKGROUND)
    weight: Array = np.log1p(1 / frequency).astype(np.float32)
    return weight


def _telling(numbers: list[int], weight: Array) -> list[int]:
    if len(numbers) <= MOST_WORDS:
        return numbers
    telling = sorted(numbers, key=lambda n: -float(weight[n]))[:MOST_WORDS]
    return sorted(telling, key=numbers.index)
