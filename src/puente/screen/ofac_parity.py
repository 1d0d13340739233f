"""What OFAC's own Sanctions List Search would say of two names: a second opinion, not our score.

OFAC compares by Jaro-Winkler and Soundex, the whole text and word by word, and shows the better of
the two as a figure of 100. It reads the name alone.

Source: OFAC FAQ 247 to 251, above all 249 (the two techniques, and that the higher is shown);
    Winkler (1990); Russell's Soundex as the US National Archives state it.
Limits: OFAC publishes the techniques and not the code. What it leaves unsaid follows observation
    by others of the public tool: a whole text is compared where both begin alike, words of two
    letters count for nothing, a word less than half alike counts as nothing. Of 98 figures of the
    public tool that others wrote down (nomenklatura, contrib/ofac2021) 94 percent lie within 5 of
    100 points, 1.8 off on the average; three are 11 or 12 off.
"""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz.distance import Jaro, Prefix

from puente.resolve.names import fold

LEAST_WORD = 0.5
SHORTEST = 3
BOOST, BOOSTED_LETTERS = 0.1, 4
SAME_SOUNDEX = 0.85
"""Least likeness of two words with one Soundex code."""
_CODES = str.maketrans("BFPVCGJKQSXZDTLMNR", "111122222222334556")
_SEPARATED = str.maketrans("AEIOUY", "000000", "HW")


def ofac_score(asked: str, listed: str) -> float:
    """Return the likeness of two names after OFAC's manner, 0..1 in hundredths.

    Source: see the module.
    """
    left, right = fold(asked), fold(listed)
    if not left or not right:
        return 0.0
    whole = _jaro_winkler(left, right) if left[0] == right[0] else 0.0
    return round(max(whole, _by_words(left, right)), 2)


def _by_words(left: str, right: str) -> float:
    words = [word for word in left.split() if len(word) >= SHORTEST] or left.split()
    others = right.split()
    found = [max(_word(word, other) for other in others) for word in words]
    return sum(likeness for likeness in found if likeness >= LEAST_WORD) / len(words)


@lru_cache(maxsize=100_000)
def _word(left: str, right: str) -> float:
    likeness = _jaro_winkler(left, right)
    if likeness < SAME_SOUNDEX and soundex(left) == soundex(right):
        return SAME_SOUNDEX
    return likeness


def _jaro_winkler(left: str, right: str) -> float:
    """Return Jaro-Winkler without a least likeness for what words that begin alike gain."""
    likeness = float(Jaro.similarity(left, right))
    begun = min(BOOSTED_LETTERS, int(Prefix.similarity(left, right)))
    return likeness + begun * BOOST * (1 - likeness)


@lru_cache(maxsize=100_000)
def soundex(word: str) -> str:
    """Return the Soundex code of a folded word: its first letter and three digits.

    Source: US National Archives, The Soundex Indexing System (30 May 2007).
    """
    code, last = "", word[:1].translate(_CODES)
    for digit in word[1:].translate(_SEPARATED).translate(_CODES):
        if digit.isdigit() and digit != last and digit != "0":
            code += digit
        last = digit
    return (word[:1] + code + "000")[:4]
