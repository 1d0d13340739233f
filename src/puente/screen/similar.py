"""Words that may be one word, and how like they are; `vocabulary` finds them in a list.

Source: Damerau (1964) for edits with transpositions (optimal string alignment); Winkler, String
    Comparator Metrics and Enhanced Decision Rules (1990), for what is worth counting edits of.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from rapidfuzz.distance import OSA, JaroWinkler

from puente.resolve.names import expand_given, expand_surname, given_roots, phonetic, tongues
from puente.resolve.names.damaged import (
    consonants,
    misread,
    skeletons,
    unvowelled,
    without_article,
    without_vowels,
)

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

LEAST_LIKENESS = 0.82
"""Jaro-Winkler below which edits are not counted: two words are two words.

Source: measured on the SDN list of 31 January 2022: with it the right entry is among the 30 best
names for 99.6 percent of 1,000 damaged names (bench/screening.py); the rest are mostly initials.
"""
ONE_EDIT, MORE_EDITS, LEAST_BY_EDITS = 0.84, 0.03, 0.60
"""Least likeness of words of four letters and more that are one edit apart; what each further edit
takes beyond its share of the letters; likeness below which edits make two words.

Source: four in five typing errors are one edit (Damerau 1964); RONALDO and RONALDINHO, CASTRO and
CASTILLO are three, and Jaro-Winkler, which forgives what stands at the end, calls them one.
"""
SAME_SOUND = (0.0, 0.80, 0.82, 0.88, 0.93)
"""Likeness of words that sound alike in Spanish, by the letters of the sound: HILL and IL say
little by it."""
OTHER_FORM, MISREAD, OTHER_TONGUE = 0.92, 0.90, 0.93
"""Likeness of a given name's or surname's other form (CHUY, JESUS; HDEZ, HERNANDEZ), of what a
scanner confuses, and of one name in two tongues."""
SHORT_TONGUE = 0.87
"""The same for up to four letters: half of China's syllables are another's old spelling."""
SKELETONS = (0.0, 0.0, 0.84, 0.88, 0.94)
"""Likeness of a word and what vowels left out leave of it, by the letters left: LRA may be LARA,
LIRA, LAURA or LOERA."""
UNVOWELLED = (0.0, 0.0, 0.70, 0.83, 0.88)
"""Likeness of words alike in their consonants alone, one of them from Arabic letters, by the
consonants."""
BEGINNING = (0.0, 0.0, 0.0, 0.70, 0.74, 0.80, 0.84, 0.86)
"""Likeness of a beginning and the whole word, by the letters asked for: a form's column was full.
"""
AGREE = 0.80
"""Likeness from which two words may be one name."""
INITIAL = 0.80
"""Likeness of an initial and a word that it begins."""
SAME_CONSONANTS, ENOUGH_CONSONANTS = 0.81, 4
"""Likeness of words that have all their consonants alike, and how many there must be: some vowels
were left out or are others."""
LONGEST = 63
"""Letters of the longest word whose edits are counted to the letter."""
SOUND, SKELETON, FORM, CONSONANTS, BARE = "s", "v", "f", "c", "b"
"""First letters of the keys under which words are found."""


@lru_cache(maxsize=200_000)
def sound(word: str) -> str:
    """Return how a word sounds in Spanish; KH, from other scripts, is a J.

    Source: see `puente.resolve.names.phonetic`.
    """
    return phonetic(word.replace("KH", "J"))


@lru_cache(maxsize=200_000)
def other_forms(word: str) -> frozenset[str]:
    """Return the other words that a name's word may stand for.

    Source: the name lists of `puente.resolve.names`.
    """
    if len(word) < 2 or not word.isascii():
        return frozenset()
    found = {*given_roots(word), expand_given(word), expand_surname(word), *without_article(word)}
    return frozenset(found - {word})


def keys_of(word: str) -> list[str]:
    """Return the keys under which a word of a list is found besides its letters.

    Source: see the module.
    """
    found = [SOUND + sound(word), CONSONANTS + consonants(word)]
    found += [SKELETON + bare for bare in skeletons(word)]
    found += [FORM + form for form in sorted(other_forms(word))]
    bare = without_vowels(word)
    return [*found, BARE + bare] if len(bare) >= ENOUGH_CONSONANTS else found


def keys_asked(word: str) -> list[tuple[str, float]]:
    """Return the keys under which words like `word` are found, each with the likeness.

    Source: see the module.
    """
    heard = sound(word)
    found = [(SOUND + heard, _by_length(SAME_SOUND, heard)), (SKELETON + word, _of_skeleton(word))]
    found += [(FORM + form, OTHER_FORM) for form in {word, *other_forms(word)}]
    bare = without_vowels(word)
    if len(bare) >= ENOUGH_CONSONANTS:
        found.append((BARE + bare, SAME_CONSONANTS))
    written = unvowelled(word)
    if written:
        found.append((CONSONANTS + written, _by_length(UNVOWELLED, written)))
    return found


def words_asked(word: str) -> list[tuple[str, float]]:
    """Return whole words that `word` may stand for, itself first, each with the likeness.

    Source: see the module.
    """
    return [
        (word, 1.0),
        *((form, OTHER_FORM) for form in other_forms(word)),
        *((other, _of_tongue(word)) for other in tongues(word)),
        *((other, MISREAD) for other in misread(word)),
    ]


def as_beginning(word: str) -> float:
    """Return how like a word is to any longer one that it begins; 0 if it is too short to tell.

    Source: see `BEGINNING`.
    """
    return _by_length(BEGINNING, word)


def by_edits(edits: Array, size: Array) -> Array:
    """Return likenesses, float32, of pairs of words so many edits apart.

    Args:
        edits: counts of edits.
        size: letters of the longer word.

    Source: see `ONE_EDIT`.
    """
    found: Array = _edit_table()[np.minimum(edits, LONGEST), np.minimum(size, LONGEST)]
    return found


@cache
def _edit_table() -> Array:
    sizes = range(LONGEST + 1)
    return np.array([[_likeness_by_edits(e, n) for n in sizes] for e in sizes], np.float32)


def _likeness_by_edits(edits: int, size: int) -> float:
    share = 1 - edits / max(size, 1)
    if edits == 1 and size >= 4:
        share = max(share, ONE_EDIT)
    found = share - MORE_EDITS * max(edits - 1, 0)
    return found if found >= LEAST_BY_EDITS else 0.0


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
    found = 0.0
    if JaroWinkler.similarity(left, right) >= LEAST_LIKENESS:
        found = _likeness_by_edits(OSA.distance(left, right), max(len(left), len(right)))
    if found >= SAME_SOUND[-1]:
        return found
    bare = without_vowels(left)
    rules = (
        (_by_length(SAME_SOUND, sound(left)), sound(left) == sound(right)),
        (_of_tongue(left), right in tongues(left)),
        (OTHER_FORM, bool({left, *other_forms(left)} & {right, *other_forms(right)})),
        (_of_skeleton(left), left in _skeletons(right)),
        (_of_skeleton(right), right in _skeletons(left)),
        (SAME_CONSONANTS, len(bare) >= ENOUGH_CONSONANTS and bare == without_vowels(right)),
        (as_beginning(left), right.startswith(left)),
    )
    found = max(found, *(likeness for likeness, holds in rules if holds), 0.0)
    if found < MISREAD and abs(len(left) - len(right)) <= 1 and right in misread(left):
        found = MISREAD
    written = unvowelled(left) if found < UNVOWELLED[-1] else ""
    if written and written == consonants(right):
        found = max(found, _by_length(UNVOWELLED, written))
    return found


@lru_cache(maxsize=100_000)
def _skeletons(word: str) -> tuple[str, ...]:
    return skeletons(word)


@lru_cache(maxsize=300_000)
def could_be(left: str, right: str) -> bool:
    """Return True if one word may be the other, damaged: alike, one edit or only vowels apart.

    Source: see the module; one edit is what four in five typing errors are (Damerau 1964).
    """
    if alike(left, right) >= AGREE or OSA.distance(left, right, score_cutoff=1) <= 1:
        return True
    bare = without_vowels(left)
    return len(bare) > 1 and bare == without_vowels(right)


def _of_skeleton(word: str) -> float:
    return _by_length(SKELETONS, word)


def _of_tongue(word: str) -> float:
    return OTHER_TONGUE if len(word) > 4 else SHORT_TONGUE


def _by_length(steps: tuple[float, ...], word: str) -> float:
    return steps[min(len(word), len(steps) - 1)]
