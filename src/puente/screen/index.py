"""The index of a list: which names hold which words, and how telling each word is.

Source: Spärck Jones, A statistical interpretation of term specificity (1972), for the weights;
    Salton and McGill (1983) for ranking by shared weight.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix

from puente.resolve.names.words import given_names, surnames, trade_words
from puente.screen.entry import ListEntry, form_words, kind_of, name_words
from puente.screen.vocabulary import Likenesses

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
        start: int32, one more than names: words `start[n]` to `start[n + 1]` of `word` are n's.
        word: int32 word numbers.
        total: float32 by name: sum of its words' weights.
        holders_start, holder: int32, the same turned round: which names hold a word.
        resembling: the likenesses of any word to this index's.
        counted: names that the weights were counted over; more or fewer stand here once a delta
            has been applied to the list.

    Source: see the module.
    """

    words: Sequence[str]
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
    resembling: Likenesses
    counted: int
    _holders: dict[str, csr_matrix] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, entries: Sequence[ListEntry], base: NameIndex | None = None) -> NameIndex:
        """Return the index of all names of `entries`; names alike once folded are held once.

        Args:
            base: an index whose words keep their weights, so that a list that changed a little
                moves no other score; None counts anew.

        Source: see the module.
        Cost: about 0.4 CPU-s for 24,000 names.
        """
        rows = _name_rows(entries)
        known = base.words if base is not None else ()
        # Legal forms are known words without holders: a damaged one is not taken for a rare name.
        words = tuple(sorted({text for row in rows for text in row[4]} | form_words() | {*known}))
        numbers = {text: n for n, text in enumerate(words)}
        weight = _weights_of(words, numbers, rows, base)
        lists = tuple(sorted({entry.list for entry in entries}))
        list_number = {name: n for n, name in enumerate(lists)}
        kept = [_telling([numbers[text] for text in row[4]], weight) for row in rows]
        start = np.concatenate(([0], np.cumsum([len(k) for k in kept]))).astype(np.int32)
        word = np.array([n for k in kept for n in k], np.int32)
        name_of = np.repeat(np.arange(len(rows)), np.diff(start))
        total = np.bincount(name_of, weight[word], minlength=len(rows)).astype(np.float32)
        return cls(
            words=words,
            weight=weight,
            entity=np.array([r[0] for r in rows], np.int32),
            place=np.array([r[1] for r in rows], np.int32),
            weak=np.array([r[2] for r in rows], bool),
            kind=np.array([r[3] for r in rows], np.int8),
            lists=lists,
            list=np.array([list_number[entries[r[0]].list] for r in rows], np.int16),
            start=start,
            word=word,
            total=total,
            **_turned(word, start, len(words)),
            resembling=Likenesses.of(words),
            counted=len(rows) if base is None else base.counted,
        )

    def likenesses(self) -> Likenesses:
        """Return the likenesses of any word to this index's words.

        Source: see `puente.screen.vocabulary`.
        """
        return self.resembling

    def holders(self) -> csr_matrix:
        """Return which names hold which words, as a matrix of ones by word and name.

        Source: see the module.
        """
        known = self._holders.get("held")
        if known is None:
            ones = np.ones(len(self.holder), np.float32)
            shape = (len(self.words), len(self.entity))
            known = csr_matrix((ones, self.holder, self.holders_start), shape=shape, copy=False)
            self._holders["held"] = known
        return known

    def part(self, names: Array) -> NameIndex:
        """Return an index of some names, by number, rising, with the same words and weights.

        Source: see the module.
        """
        sizes = np.diff(self.start)[names]
        start = np.concatenate(([0], np.cumsum(sizes))).astype(np.int32)
        at = np.arange(start[-1]) + np.repeat(self.start[names] - start[:-1], sizes)
        word = self.word[at]
        own = {name: getattr(self, name)[names] for name in _BY_NAME}
        return replace(
            self,
            **own,
            start=start,
            word=word,
            _holders={},
            **_turned(word, start, len(self.words)),
        )

    def unseen(self, word: str) -> float:
        """Return the weight of a word that the list does not hold.

        Source: see `BACKGROUND`.
        """
        none = np.zeros(1, np.int64)
        return float(_weight(none, np.array([is_common(word)]), self.counted)[0])


_BY_NAME = ("entity", "place", "weak", "kind", "list", "total")


def _turned(word: Array, start: Array, words: int) -> dict[str, Any]:
    """Return which names hold which word, given which words each name holds."""
    name_of = np.repeat(np.arange(len(start) - 1), np.diff(start))
    held = np.cumsum(np.bincount(word, minlength=words))
    return {
        "holders_start": np.concatenate(([0], held)).astype(np.int32),
        "holder": name_of[np.argsort(word, kind="stable")].astype(np.int32),
    }


def _name_rows(entries: Sequence[ListEntry]) -> list[tuple[int, int, bool, int, tuple[str, ...]]]:
    """Return entry, place, whether weak, kind and words of every name."""
    rows = []
    for number, entry in enumerate(entries):
        seen: set[frozenset[str]] = set()
        kind = kind_of(entry.schema)
        for place, name in enumerate((*entry.names, *entry.weak_names)):
            found = name_words(name, kind)
            if found and frozenset(found) not in seen:
                seen.add(frozenset(found))
                rows.append((number, place, place >= len(entry.names), kind, found))
    return rows


def _weights_of(
    words: Sequence[str],
    numbers: dict[str, int],
    rows: Sequence[tuple[int, int, bool, int, tuple[str, ...]]],
    base: NameIndex | None,
) -> Array:
    """Return the weight of every word; those of `base` keep theirs."""
    held = np.bincount(
        [numbers[text] for row in rows for text in row[4]] or [0], minlength=len(words)
    )
    common = np.array([is_common(text) for text in words])
    weight = _weight(held, common, len(rows) if base is None else base.counted)
    weight[[numbers[text] for text in form_words()]] = FORM_WEIGHT
    if base is not None:
        weight[[numbers[text] for text in base.words]] = base.weight
    return weight


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
