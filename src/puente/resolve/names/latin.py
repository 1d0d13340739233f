"""Names in other scripts, written in Latin letters as lists and passports write them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_KOREAN_FIRST = str.maketrans("GDB", "KTP")
_NOT_LETTER = re.compile(r"[^A-Z0-9]+")
_SIGNS = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")


def in_latin(word: str) -> tuple[str, ...]:
    """Return a folded word in Latin letters: one word, or one a sign of Han and Hangul.

    Cyrillic, Greek, Armenian, Georgian and Indic letters go by their sounds; Arabic and Hebrew give
    the letters that are written, mostly consonants (`MHMD`); Han gives Mandarin syllables, Hangul
    syllables as North and South Korean passports write them (`KIM JONG UN`).

    Args:
        word: one word as `fold` gives it; one in Latin letters is returned as it is.

    Source: the tables of anyascii (ISC licence); McCune-Reischauer for Hangul.
    Limits: foreign names spelled by sound in Han (OBAMA as AO BA MA) stay unlike; Han names are
        read in Mandarin, whatever their bearer speaks.
    """
    return (word,) if word.isascii() else _spelled(word)


def by_signs(text: str) -> bool:
    """Return True if a name holds Han, Kana or Hangul, whose Latin reading many names share."""
    return not text.isascii() and _SIGNS.search(text) is not None


@lru_cache(maxsize=100_000)
def _spelled(word: str) -> tuple[str, ...]:
    from anyascii import anyascii

    script = unicodedata.name(word[0], "").partition(" ")[0]
    composed = unicodedata.normalize("NFC", word)
    pieces = list(composed) if script in {"CJK", "HANGUL"} else [composed]
    found = [_NOT_LETTER.sub("", anyascii(piece).upper()) for piece in pieces]
    if script == "HANGUL":
        found = [_korean(syllable) for syllable in found]
    return tuple(piece for piece in found if piece) or (word,)


def _korean(syllable: str) -> str:
    """Return a syllable of the Revised Romanization as names of Koreans are mostly written."""
    if syllable == "I":
        return "RI"
    plain = syllable.replace("EO", "O").replace("EU", "U")
    return plain[:1].translate(_KOREAN_FIRST) + plain[1:]
