"""Other ways to read the words of a name: joined and parted.

Source: classes particle and punctuation of sanctions-screening-benchmark 0.1.0; joined and
    parted surnames as Mexican registers hold them (DELACRUZ, DE LA CRUZ).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Holds = Callable[[str], bool]

LEAST_PART = 2
"""Letters of the shortest word that is looked for inside a longer one."""
LEAST_PARTED = 4
MOST_READINGS = 4


def readings(words: tuple[str, ...], holds: Holds) -> list[tuple[str, ...]]:
    """Return `words` and at most three other readings of them that the list's words suggest.

    Two or three neighbours whose letters together are one word of the list are joined, first where
    one of them is no word of it; a word that the list does not hold but that is made of two or
    three of its words is parted.

    Args:
        holds: tells whether a folded word is one of the list's.

    Source: see the module.
    """
    found = [words]
    for other in (
        _joined(words, holds, strict=True),
        _joined(words, holds, strict=False),
        _parted(words, holds),
    ):
        if other not in found:
            found.append(other)
    return found[:MOST_READINGS]


def _joined(words: tuple[str, ...], holds: Holds, *, strict: bool) -> tuple[str, ...]:
    """Return `words` with neighbours joined; `strict` only where one alone is unknown."""
    out: list[str] = []
    at = 0
    while at < len(words):
        size = 1
        for wide in (3, 2):
            parts = words[at : at + wide]
            whole = "".join(parts)
            fits = len(parts) == wide and len(whole) > 3 and holds(whole)
            if fits and not (strict and all(holds(part) for part in parts)):
                size = wide
                break
        out.append("".join(words[at : at + size]))
        at += size
    return tuple(dict.fromkeys(out))


def _parted(words: tuple[str, ...], holds: Holds) -> tuple[str, ...]:
    out: list[str] = []
    for word in words:
        parts: tuple[str, ...] | None = None
        if len(word) >= LEAST_PARTED and word.isalpha() and not holds(word):
            parts = _split(word, holds, 3)
        out.extend(parts or (word,))
    return tuple(dict.fromkeys(out))


def _split(word: str, holds: Holds, parts: int) -> tuple[str, ...] | None:
    """Return the fewest, then most even, words of the list that `word` is made of; else None."""
    for at in sorted(
        range(LEAST_PART, len(word) - LEAST_PART + 1), key=lambda n: abs(2 * n - len(word))
    ):
        if holds(word[:at]) and holds(word[at:]):
            return word[:at], word[at:]
    if parts > 2:
        for at in range(LEAST_PART, len(word) - 2 * LEAST_PART + 1):
            if holds(word[:at]):
                rest = _split(word[at:], holds, parts - 1)
                if rest:
                    return (word[:at], *rest)
    return None
