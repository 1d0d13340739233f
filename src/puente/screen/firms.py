"""Two firms' names read side by side: siblings differ in a distinctive word or a number.

Source: Ley General de Sociedades Mercantiles arts. 27, 59, 88 (a firm's name must differ from every
    other's); watchman's cascade-name-pairs, whose hard negatives are sibling firms.
"""

from __future__ import annotations

from functools import lru_cache

from puente.i18n import N_
from puente.resolve.names import CompanyName, company_core
from puente.resolve.names.words import roles
from puente.screen.part import AGAINST, SUPPORTS, NameReading, Part
from puente.screen.similar import could_be

DISTINCTIVE, NUMBER, FORM = N_("distinctive words"), N_("numbers"), N_("legal form")
SIBLING_FIRM = N_("another distinctive word: another firm")
ONE_SIDED = N_("a distinctive word on one side only")
ONE_SIDED_NUMBER = N_("a number on one side only")
ONE_SIDED_WEIGHT, ONE_SIDED_NUMBER_WEIGHT = -0.4, -1.5


@lru_cache(maxsize=100_000)
def _firm(name: str) -> CompanyName:
    return company_core(name)


def read_firms(asked: str, listed: str) -> NameReading:
    """Return what two firms' names say.

    Each with a distinctive word that the other lacks: another firm. One only: possible, with less
    weight. The legal form explains and rules nothing out, since registers write it carelessly.

    Source: see the module.
    """
    left, right = _firm(asked), _firm(listed)
    mine = _lacking(left.core, (*right.core, *right.generic))
    theirs = _lacking(right.core, (*left.core, *left.generic))
    if mine and theirs:
        numbers = all(any(_is_number(word) for word in side) for side in (mine, theirs))
        part = Part(
            part=NUMBER if numbers else DISTINCTIVE,
            asked=" ".join(mine),
            listed=" ".join(theirs),
            effect=SIBLING_FIRM,
        )
        return NameReading(outcome="other", parts=(part,))
    effect, weight = SUPPORTS, 0.0
    if any(_is_number(word) for word in (*mine, *theirs)):
        effect, weight = ONE_SIDED_NUMBER, ONE_SIDED_NUMBER_WEIGHT
    elif mine or theirs:
        effect, weight = ONE_SIDED, ONE_SIDED_WEIGHT
    parts = [
        Part(
            part=DISTINCTIVE,
            asked=" ".join(left.core),
            listed=" ".join(right.core),
            effect=effect,
            weight=weight,
        )
    ]
    if left.legal_form and right.legal_form:
        effect = SUPPORTS if left.legal_form == right.legal_form else AGAINST
        parts.append(Part(part=FORM, asked=left.legal_form, listed=right.legal_form, effect=effect))
    return NameReading(outcome="open", parts=tuple(parts))


def _is_number(word: str) -> bool:
    return word.isdigit() or word in roles().numerals


def _lacking(words: tuple[str, ...], others: tuple[str, ...]) -> list[str]:
    """Return the words that stand nowhere among `others`, damaged or joined; numbers whole."""
    joined = "".join(others)

    def stands(word: str) -> bool:
        if any(char.isdigit() for char in word) or word in roles().numerals:
            return word in others
        if len(word) > 3 and (word in joined or any(len(o) > 2 and o in word for o in others)):
            return True
        return any(could_be(word, other) for other in others)

    return [word for word in words if not stands(word)]
