"""Words that may be one word: each query word joined to the words of a list, with a likeness.

Source: Winkler, String Comparator Metrics and Enhanced Decision Rules (1990), for Jaro-Winkler;
    Damerau (1964) for edits with transpositions (optimal string alignment).
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from puente.resolve.names import expand_given, expand_surname, given_roots, phonetic
from puente.screen.respell import misread

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Array = np.ndarray[Any, Any]

LEAST_LIKENESS = 0.82
"""Jaro-Winkler below which two words are two words.

Source: measured on the SDN list of 31 January 2022: with it the right entry is among the 30 best
names for 99.6 percent of 1,000 damaged names (bench/screening.py); the rest are mostly initials.
"""
SAME_SOUND, SAME_SKELETON, OTHER_FORM, MISREAD = 0.93, 0.94, 0.92, 0.90
"""Likeness of words that sound alike in Spanish, that differ by vowels left out, of a given name's
or surname's other form (CHUY, JESUS; HDEZ, HERNANDEZ), and of what a scanner confuses."""
SHORT_SKELETON = 0.88
"""The same for three letters left: LRA may be LARA, LIRA, LAURA or LOERA."""
JARO_DISCOUNT = 0.06
"""Jaro-Winkler forgives much at the end of a word; edits tell typing errors from other names."""
AGREE = 0.80
"""Likeness from which two words may be one name."""
INITIAL = 0.80
"""Likeness of an initial and a word that it begins."""
LAST_LETTER = "\U0010ffff"
VOWELS = "AEIOU"
_NO_VOWELS = str.maketrans("", "", VOWELS)
BLOCK = 64
CACHED = 60_000
"""Words whose likenesses are kept; at about 1 kB each."""


def _masks(words: Sequence[str]) -> tuple[Array, Array]:
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


def skeletons(word: str) -> tuple[str, ...]:
    """Return the word without its inner vowels and without all but the first letter's.

    LOERA gives LRA and LR; GUZMAN gives GZMN. A word that stays as it is gives nothing.

    Source: the vowel_drop class of sanctions-screening-benchmark 0.1.0; consular short forms.
    """
    if len(word) < 4:
        return ()
    bare = "".join(c for c in word[1:] if c not in VOWELS)
    kept = word[-1] if word[-1] in VOWELS else ""
    found = (word[0] + bare + kept, word[0] + bare)
    return tuple(dict.fromkeys(f for f in found if f != word and len(f) > 2))


def _needed() -> Array:
    """Return the least count of common letters for the least likeness.

    Indexed by the common beginning (0 to 4 letters), then by both lengths (to 31): the Jaro
    likeness is at most (m/a + m/b + 1)/3, and Winkler adds 0.1 of the rest per letter begun alike.
    """
    begun = np.arange(5)[:, None, None] / 10
    jaro = (LEAST_LIKENESS - begun) / (1 - begun)
    a, b = np.arange(32)[None, :, None], np.arange(32)[None, None, :]
    need = np.ceil((3 * jaro - 1) * a * b / np.maximum(a + b, 1) - 1e-9)
    table: Array = np.clip(need, 1, 255).astype(np.uint8)
    return table


@dataclass(slots=True, kw_only=True)
class Likenesses:
    """Likenesses of any word to the words of one vocabulary; remembers what it was asked.

    Attributes:
        words: the vocabulary, sorted; a word's number is its place.

    Source: see the module.
    """

    words: Sequence[str]
    _masks: Array
    _left: Array
    _lengths: Array
    _needed: Array
    _needed_by_length: dict[int, Array]
    _by_sound: dict[str, list[int]]
    _by_skeleton: dict[str, list[int]]
    _by_form: dict[str, list[int]]
    _numbers: dict[str, int]
    _kept: dict[str, tuple[Array, Array]]

    @classmethod
    def of(cls, words: Sequence[str]) -> Likenesses:
        """Return the likenesses to the sorted, distinct `words`.

        Source: see the module.
        Cost: 0.5 CPU-s for 30,000 words.
        """
        masks, left = _masks(words)
        by_sound: dict[str, list[int]] = {}
        by_skeleton: dict[str, list[int]] = {}
        by_form: dict[str, list[int]] = {}
        for number, word in enumerate(words):
            by_sound.setdefault(_sound(word), []).append(number)
            for bare in skeletons(word):
                by_skeleton.setdefault(bare, []).append(number)
            for form in _forms(word):
                by_form.setdefault(form, []).append(number)
        return cls(
            words=words,
            _masks=masks,
            _left=left,
            _lengths=np.array([min(31, len(w)) for w in words], np.uint8),
            _needed=_needed(),
            _needed_by_length={},
            _by_sound=by_sound,
            _by_skeleton=by_skeleton,
            _by_form=by_form,
            _numbers={word: number for number, word in enumerate(words)},
            _kept={},
        )

    def holds(self, word: str) -> bool:
        """Return True if `word` is of the vocabulary.

        Source: see the module.
        """
        return word in self._numbers

    def number(self, word: str) -> int:
        """Return the number of `word` in the vocabulary, or -1."""
        return self._numbers.get(word, -1)

    def to(self, asked: Iterable[str]) -> dict[str, tuple[Array, Array]]:
        """Return, per word asked, the numbers of the vocabulary's words like it and how like.

        Likeness is 0..1 (float32), 1 for the word itself; numbers rise.
        """
        asked = list(dict.fromkeys(asked))
        new = [word for word in asked if word not in self._kept]
        if len(self._kept) + len(new) > CACHED:
            self._kept.clear()
            new = asked
        for start in range(0, len(new), BLOCK):
            self._learn(new[start : start + BLOCK])
        return {word: self._kept[word] for word in asked}

    def _learn(self, words: Sequence[str]) -> None:
        pairs = [self._alike_by_letters(word) for word in words]
        counts = [len(found) for found in pairs]
        numbers = np.concatenate(pairs) if pairs else np.zeros(0, np.int64)
        left = [word for word, count in zip(words, counts, strict=True) for _n in range(count)]
        right = [self.words[n] for n in numbers.tolist()]
        likeness = cpdist(left, right, scorer=JaroWinkler.similarity, dtype=np.float32)
        near = np.flatnonzero(likeness >= LEAST_LIKENESS)
        edits = cpdist(
            [left[n] for n in near.tolist()],
            [right[n] for n in near.tolist()],
            scorer=OSA.normalized_similarity,
            dtype=np.float32,
        )
        jaro, likeness = likeness[near], np.zeros_like(likeness)
        likeness[near] = np.maximum(edits, jaro - JARO_DISCOUNT)
        stop = 0
        for word, count in zip(words, counts, strict=True):
            start, stop = stop, stop + count
            kept = likeness[start:stop] > 0
            found = dict(
                zip(
                    numbers[start:stop][kept].tolist(),
                    likeness[start:stop][kept].tolist(),
                    strict=True,
                )
            )
            self._alike_by_rule(word, found)
            order = sorted(found)
            self._kept[word] = (
                np.array(order, np.int32),
                np.array([found[n] for n in order], np.float32),
            )

    def _alike_by_letters(self, word: str) -> Array:
        """Return the numbers of all words whose Jaro-Winkler may reach the least likeness."""
        if len(word) == 1 or not len(self._masks):
            return np.zeros(0, np.int64)
        masks, left = _masks([word])
        common = np.bitwise_count(self._masks & masks[0])
        common = common + np.minimum(self._left, left[0])
        length = min(31, len(word))
        if length not in self._needed_by_length:
            self._needed_by_length[length] = self._needed[0, length][self._lengths]
        needed = self._needed_by_length[length].copy()
        low, high = 0, len(self.words)
        for begun in range(1, min(4, len(word)) + 1):
            # The words are sorted, so those that begin alike stand together.
            start = word[:begun]
            low = bisect_left(self.words, start, low, high)
            high = bisect_left(self.words, start + LAST_LETTER, low, high)
            needed[low:high] = self._needed[begun, length][self._lengths[low:high]]
        found: Array = np.flatnonzero(common >= needed)
        return found

    def _alike_by_rule(self, word: str, found: dict[int, float]) -> None:
        own = self._numbers.get(word)
        rules = (
            (self._by_sound.get(_sound(word), ()), SAME_SOUND),
            (self._by_skeleton.get(word, ()), SAME_SKELETON if len(word) > 3 else SHORT_SKELETON),
        )
        for numbers, likeness in rules:
            for number in numbers:
                found[number] = max(found.get(number, 0.0), likeness)
        for form in {word, *_forms(word)}:
            for number in self._by_form.get(form, ()):
                found[number] = max(found.get(number, 0.0), OTHER_FORM)
            number = self._numbers.get(form, -1)
            if number >= 0:
                found[number] = max(found.get(number, 0.0), OTHER_FORM)
        for other in misread(word):
            number = self._numbers.get(other, -1)
            if number >= 0:
                found[number] = max(found.get(number, 0.0), MISREAD)
        if own is not None:
            found[own] = 1.0


@lru_cache(maxsize=200_000)
def _sound(word: str) -> str:
    return phonetic(word)


@lru_cache(maxsize=200_000)
def _forms(word: str) -> frozenset[str]:
    """Return the other words that a name's word may stand for."""
    if len(word) < 2 or not word.isascii():
        return frozenset()
    return frozenset({*given_roots(word), expand_given(word), expand_surname(word)} - {word})


@lru_cache(maxsize=300_000)
def alike(left: str, right: str) -> float:
    """Return how like two folded words are, 0..1, by the rules that `Likenesses` goes by.

    Source: see the module.
    """
    if left == right:
        return 1.0
    if not left or not right:
        return 0.0
    if 1 in (len(left), len(right)):
        return INITIAL if left[0] == right[0] else 0.0
    jaro = JaroWinkler.similarity(left, right)
    found = 0.0
    if jaro >= LEAST_LIKENESS:
        found = max(OSA.normalized_similarity(left, right), jaro - JARO_DISCOUNT)
    if found >= SAME_SOUND:
        return float(found)
    bare = left in skeletons(right) or right in skeletons(left)
    rules = (
        (SAME_SOUND, _sound(left) == _sound(right)),
        (OTHER_FORM, bool({left, *_forms(left)} & {right, *_forms(right)})),
        (MISREAD, right in misread(left)),
        (SAME_SKELETON if min(len(left), len(right)) > 3 else SHORT_SKELETON, bare),
    )
    return float(max([found, *(likeness for likeness, holds in rules if holds)]))


@lru_cache(maxsize=300_000)
def could_be(left: str, right: str) -> bool:
    """Return True if one word may be the other, damaged: alike, one edit or only vowels apart.

    Source: see the module; one edit is what four in five typing errors are (Damerau 1964).
    """
    if alike(left, right) >= AGREE or OSA.distance(left, right, score_cutoff=1) <= 1:
        return True
    bare = _consonants(left)
    return len(bare) > 1 and bare == _consonants(right)


def _consonants(word: str) -> str:
    return word.translate(_NO_VOWELS)
