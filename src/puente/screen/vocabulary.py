"""The words of a list and what resembles them: numbers only, so that they can be memory-mapped.

Of each word a signature of its letters and its length are kept; a word asked for is compared with
those alone whose signature leaves room for the least likeness. What sounds alike, lost its vowels
or is another form of a name is found by a key.

Source: Winkler (1990) and Damerau (1964), as `puente.screen.similar`; Bayardo, Ma and Srikant
    (2007), Scaling Up All Pairs Similarity Search, for bounds before comparing.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from puente.screen.similar import (
    LEAST_LIKENESS,
    as_beginning,
    by_edits,
    keys_asked,
    keys_of,
    words_asked,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Array = np.ndarray[Any, Any]
Near = tuple[Array, Array]
"""Numbers of words (int32, rising) and how like they are (float32, 0..1)."""

BLOCK = 64
PIECE = 32_768
"""Signatures compared at once: what a core's own cache holds."""
CACHED_NEIGHBOURS = 8_000_000
"""Neighbours of words that are kept from one question to the next; 8 bytes each."""
LAST_LETTER = "\U0010ffff"
LONGEST = 31
ARRAYS = ("masks", "left", "lengths", "keys", "key_start", "key_word")


def key_number(key: str) -> int:
    """Return the 64-bit number that stands for a key.

    Source: RFC 7693 (BLAKE2).
    Limits: among 10 million keys, two share a number with a chance of 3 in a million.
    """
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "little")


def _masks(words: Sequence[str]) -> Near:
    """Return, per word, a 64-bit signature of its letters and how many it leaves out.

    Two bits a letter (first and second occurrence), one a digit. Letters that two words have in
    common are at most the common bits plus the lesser of what the two signatures leave out.
    """
    masks = np.zeros(len(words), np.uint64)
    left = np.zeros(len(words), np.uint8)
    for number, word in enumerate(words):
        bits = 0
        for char in word:
            code = ord(char)
            if 65 <= code <= 90:
                bit = 1 << (code - 65)
                bits |= bit << 26 if bits & bit else bit
            elif 48 <= code <= 57:
                bits |= 1 << (52 + code - 48)
            else:
                bits |= 1 << (code % 52)
        masks[number] = bits
        left[number] = min(255, len(word) - bits.bit_count())
    return masks, left


def _needed() -> Array:
    """Return the least count of common letters for the least likeness.

    Indexed by the common beginning (0 to 4 letters), then by both lengths (to 31): the Jaro
    likeness is at most (m/a + m/b + 1)/3, and Winkler adds 0.1 of the rest per letter begun alike.
    """
    begun = np.arange(5)[:, None, None] / 10
    jaro = (LEAST_LIKENESS - begun) / (1 - begun)
    a, b = np.arange(LONGEST + 1)[None, :, None], np.arange(LONGEST + 1)[None, None, :]
    need = np.ceil((3 * jaro - 1) * a * b / np.maximum(a + b, 1) - 1e-9)
    table: Array = np.clip(need, 1, 255).astype(np.uint8)
    return table


NEEDED = _needed()


@dataclass(slots=True, kw_only=True)
class Likenesses:
    """Likenesses of any word to the words of one vocabulary; remembers what it was asked.

    Attributes:
        words: the vocabulary, sorted; a word's number is its place.
        masks, left, lengths: uint64, uint8, uint8 by word: see `_masks`; lengths to 31.
        keys: uint64, rising: numbers of the keys of `keys_of`.
        key_start: int32, one more than keys: words `key_start[k]` to `key_start[k + 1]` of
            `key_word` have key k.
        key_word: int32 word numbers.

    Source: see the module.
    """

    words: Sequence[str]
    masks: Array
    left: Array
    lengths: Array
    keys: Array
    key_start: Array
    key_word: Array
    _needed_by_length: dict[int, Array] = field(default_factory=dict)
    _kept: dict[str, Near] = field(default_factory=dict)
    _neighbours: int = 0
    _texts: Array | None = None

    @classmethod
    def of(cls, words: Sequence[str]) -> Likenesses:
        """Return the likenesses to the sorted, distinct `words`.

        Source: see the module.
        Cost: 0.3 CPU-s for 20,000 words.
        """
        masks, left = _masks(words)
        pairs = [(key_number(k), n) for n, word in enumerate(words) for k in keys_of(word)]
        numbers = np.array([pair[0] for pair in pairs], np.uint64)
        order = np.argsort(numbers, kind="stable")
        keys, start = np.unique(numbers[order], return_index=True)
        return cls(
            words=words,
            masks=masks,
            left=left,
            lengths=np.array([min(LONGEST, len(w)) for w in words], np.uint8),
            keys=keys,
            key_start=np.append(start, len(pairs)).astype(np.int32),
            key_word=np.array([pair[1] for pair in pairs], np.int32)[order],
        )

    @classmethod
    def from_arrays(cls, words: Sequence[str], arrays: Mapping[str, Array]) -> Likenesses:
        """Return the likenesses that `arrays`, named as in `ARRAYS`, hold.

        Source: see the module.
        """
        held: dict[str, Any] = {name: arrays[name] for name in ARRAYS}
        return cls(words=words, **held)

    def holds(self, word: str) -> bool:
        """Return True if `word` is of the vocabulary.

        Source: see the module.
        """
        return self.number(word) >= 0

    def number(self, word: str) -> int:
        """Return the number of `word` in the vocabulary, or -1.

        Source: see the module.
        """
        at = bisect_left(self.words, word)
        return at if at < len(self.words) and self.words[at] == word else -1

    def to(self, asked: Iterable[str]) -> dict[str, Near]:
        """Return, per word asked, the numbers of the vocabulary's words like it and how like.

        Likeness is 0..1 (float32), 1 for the word itself; numbers rise.

        Source: see the module.
        """
        kept = self._kept
        found = {word: kept[word] for word in asked if word in kept}
        new = [word for word in dict.fromkeys(asked) if word not in found]
        for start in range(0, len(new), BLOCK):
            found |= self._learn(new[start : start + BLOCK])
        learned = sum(len(found[word][0]) for word in new)
        if self._neighbours + learned > CACHED_NEIGHBOURS:
            # Another thread may be reading the old one: it is left alone.
            self._kept, self._neighbours = {}, 0
        self._kept.update((word, found[word]) for word in new)
        self._neighbours += learned
        return found

    def _learn(self, words: Sequence[str]) -> dict[str, Near]:
        pairs = self._alike_by_letters(words)
        numbers = np.concatenate(pairs) if pairs else np.zeros(0, np.int64)
        owner = np.repeat(np.arange(len(words)), [len(found) for found in pairs])
        asked = np.array(words, object)
        if self._texts is None:
            self._texts = np.array(self.words, object)
        jaro = cpdist(
            asked[owner].tolist(),
            self._texts[numbers].tolist(),
            scorer=JaroWinkler.similarity,
            dtype=np.float32,
            score_cutoff=LEAST_LIKENESS - 1e-4,
        )
        near = np.flatnonzero(jaro >= LEAST_LIKENESS)
        owner, numbers = owner[near], numbers[near]
        mine, theirs = asked[owner].tolist(), self._texts[numbers].tolist()
        edits = cpdist(mine, theirs, scorer=OSA.distance, dtype=np.int32)
        size = np.fromiter(map(max, map(len, mine), map(len, theirs)), np.int32, len(mine))
        likeness = by_edits(edits, size)
        kept = np.flatnonzero(likeness > 0)
        by_rule = self._alike_by_rule(words)
        return _joined(words, (owner[kept], numbers[kept], likeness[kept]), by_rule)

    def _alike_by_letters(self, words: Sequence[str]) -> list[Array]:
        """Return, per word, the numbers of all whose Jaro-Winkler may reach the least likeness."""
        masks, left = _masks(words)
        size = len(self.masks)
        common = np.empty(size, np.uint8)
        both = np.empty(min(PIECE, size), np.uint64)
        found = []
        for number, word in enumerate(words):
            if len(word) == 1 or not size:
                found.append(np.zeros(0, np.int64))
                continue
            for start in range(0, size, PIECE):
                piece = slice(start, min(start + PIECE, size))
                width = piece.stop - start
                np.bitwise_and(self.masks[piece], masks[number], out=both[:width])
                np.bitwise_count(both[:width], out=common[piece])
            if left[number]:
                # Rare: a letter that stands in the word three times.
                common += np.minimum(self.left, left[number])
            found.append(self._enough(word, common))
        return found

    def _enough(self, word: str, common: Array) -> Array:
        """Return which words share enough letters with `word`, given how many they share."""
        length = min(LONGEST, len(word))
        needed = self._needed_by_length.get(length)
        if needed is None:
            needed = self._needed_by_length[length] = NEEDED[0, length][self.lengths]
        enough = common >= needed
        low, high = 0, len(self.words)
        for begun in range(1, min(4, len(word)) + 1):
            # The words are sorted, so those that begin alike stand together.
            start = word[:begun]
            low = bisect_left(self.words, start, low, high)
            high = bisect_left(self.words, start + LAST_LETTER, low, high)
            enough[low:high] = common[low:high] >= NEEDED[begun, length][self.lengths[low:high]]
        found: Array = np.flatnonzero(enough)
        return found

    def _alike_by_rule(self, words: Sequence[str]) -> list[tuple[int, int, float]]:
        """Return (place in `words`, number, likeness) of what the rules find."""
        found: list[tuple[int, int, float]] = []
        asked: list[int] = []
        owners: list[tuple[int, float]] = []
        for place, word in enumerate(words):
            keys = keys_asked(word)
            asked += [key_number(key) for key, _likeness in keys]
            owners += [(place, likeness) for _key, likeness in keys]
            for other, likeness in words_asked(word):
                number = self.number(other)
                if number >= 0:
                    found.append((place, number, likeness))
            begun = as_beginning(word)
            if begun:
                low = bisect_left(self.words, word)
                high = bisect_left(self.words, word + LAST_LETTER, low)
                found += [(place, number, begun) for number in range(low, high)]
        if not len(self.keys):
            return found
        numbers = np.array(asked, np.uint64)
        at = np.minimum(np.searchsorted(self.keys, numbers), len(self.keys) - 1)
        for hit in np.flatnonzero(self.keys[at] == numbers).tolist():
            place, likeness = owners[hit]
            start, stop = self.key_start[at[hit]], self.key_start[at[hit] + 1]
            found += [(place, number, likeness) for number in self.key_word[start:stop].tolist()]
        return found


def _joined(
    words: Sequence[str],
    by_letters: tuple[Array, Array, Array],
    by_rule: list[tuple[int, int, float]],
) -> dict[str, Near]:
    """Return the neighbours of each word; of several likenesses the greatest."""
    owner = np.concatenate((by_letters[0], np.array([r[0] for r in by_rule], np.int64)))
    number = np.concatenate((by_letters[1], np.array([r[1] for r in by_rule], np.int64)))
    like = np.concatenate((by_letters[2], np.array([r[2] for r in by_rule], np.float32)))
    order = np.lexsort((-like, number, owner))
    owner, number, like = owner[order], number[order], like[order]
    first = np.ones(len(owner), bool)
    first[1:] = (owner[1:] != owner[:-1]) | (number[1:] != number[:-1])
    owner, number, like = owner[first], number[first].astype(np.int32), like[first]
    bounds = np.searchsorted(owner, np.arange(len(words) + 1)).tolist()
    return {
        word: (number[bounds[n] : bounds[n + 1]].copy(), like[bounds[n] : bounds[n + 1]].copy())
        for n, word in enumerate(words)
    }
