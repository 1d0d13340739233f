"""Two people's names read by roles: kin, exchanged surnames, another or a missing surname.

In Spanish naming the paternal surname stands first. Who bears the same two surnames and another
given name is a brother or sister; who bears them exchanged is another person.

Source: Código Civil Federal (Mexico) art. 58 (paternal, then maternal surname); OFAC FAQ 5 (a hit
    is to be compared part by part before it is called a match).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from puente.i18n import N_
from puente.resolve.names import PersonName, given_roots, parse_person, phonetic, tokens
from puente.resolve.names.words import given_names, roles, surnames
from puente.screen.entry import is_title
from puente.screen.part import (
    AGAINST,
    NOT_GIVEN,
    NOT_LISTED,
    SUPPORTS,
    NameReading,
    Outcome,
    Part,
)
from puente.screen.similar import AGREE, INITIAL, alike, could_be

COMPOUND_FIRST = frozenset(
    {"JOSE", "MARIA", "JUAN", "ANA", "LUIS", "LUZ", "ROSA", "JESUS", "MIGUEL", "CARLOS"}
)
"""Given names that stand before another so often that sharing them alone joins nobody.

Source: INEGI, Estadística de Nacimientos, commonest first of two given names.
"""
NO_PATERNAL_WEIGHT = -0.3
KNOWN_WORDS = 2

GIVEN, PATERNAL, MATERNAL = N_("given name"), N_("paternal surname"), N_("maternal surname")
SWAPPED = N_("surnames exchanged: another person")
PERHAPS_SWAPPED = N_("surnames exchanged, or written last name first")
KIN = N_("same two surnames, another given name: kin")
OTHER_SURNAME = N_("another paternal surname")
NO_PATERNAL = N_("the paternal surname is missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """One of the two names: its text, its roles, its words without particles and titles."""

    text: str
    roles: PersonName
    words: tuple[str, ...]

    @property
    def given(self) -> str:
        return " ".join(self.roles.given)


def read_people(asked: str, listed: str) -> NameReading:
    """Return what two people's names say when read by roles.

    The listed name's surnames are looked for among the words asked, wherever they stand; the roles
    of a damaged or foreign name are a guess, and a guess alone clears nobody.

    Source: see the module.
    """
    left, right = _side(asked), _side(listed)
    known = sum(w in given_names() or w in surnames() for w in {*left.words, *right.words})
    if not known:
        return NameReading(outcome="open", parts=())
    anchors = _anchors(left, right) if right.roles.maternal else None
    if anchors is not None:
        outcome = _anchored(left, right, anchors)
        if outcome != "open":
            return _told(left, right, outcome)
    elif known >= KNOWN_WORDS:
        other = _another_surname(left, right)
        if other is not None:
            return other
    return NameReading(outcome="open", parts=(_given_part(left, right), *_surnames(left, right)))


@lru_cache(maxsize=100_000)
def _side(name: str) -> _Side:
    small = roles().small_words | roles().suffixes
    words = tuple(word for word in tokens(name) if word not in small and not is_title(word))
    return _Side(text=name, roles=parse_person(name), words=words or tokens(name))


def _anchors(left: _Side, right: _Side) -> tuple[int, int] | None:
    """Return where the listed paternal and maternal surname stand among the words asked."""
    father, mother = right.roles.paternal_core.split()[-1:], right.roles.maternal_core.split()[-1:]
    if not father or not mother or alike(father[0], mother[0]) >= AGREE:
        return None
    at_father, at_mother = (_best_place(word, left.words) for word in (father[0], mother[0]))
    if at_father is None or at_mother is None or at_father == at_mother:
        return None
    return at_father, at_mother


def _best_place(word: str, words: tuple[str, ...]) -> int | None:
    scored = [(alike(word, other), -n) for n, other in enumerate(words) if len(other) > 1]
    best, place = max(scored, default=(0.0, 0))
    return -place if best >= AGREE else None


def _anchored(left: _Side, right: _Side, anchors: tuple[int, int]) -> Outcome:
    father, mother = anchors
    rest = [n for n in range(len(left.words)) if n not in anchors]
    swapped = mother < father
    if _other_given([left.words[n] for n in rest], right.roles.given):
        return "other" if swapped else "kin"
    if not swapped or father - mother > 1:
        return "open"
    given_before = any(n < mother for n in rest)
    comma = "," in left.text and not given_before
    # "LOERA GUZMAN JOAQUIN" without a comma may be a name written backwards; so is surely one whose
    # given names stand in the wrong order too.
    backwards = len(rest) > 1 and left.words == right.words[::-1]
    sure = (given_before or comma or not rest) and not backwards
    return "other" if sure else "doubtful"


def _other_given(asked: list[str], listed: tuple[str, ...]) -> bool:
    """Return True if the given names are two people's."""
    if not asked or not listed:
        return False
    shared = [(a, b) for a in asked for b in listed if _same_given(a, b)]
    if not shared:
        return True
    if not all(a in COMPOUND_FIRST and b in COMPOUND_FIRST for a, b in shared):
        return False
    rest_asked = set(asked) - {a for a, _b in shared}
    rest_listed = set(listed) - {b for _a, b in shared}
    return bool(rest_asked) and bool(rest_listed) and all(len(w) > 1 for w in rest_asked)


def _same_given(left: str, right: str) -> bool:
    """Return True if two words may be one given name.

    Two known names that are not forms of each other and sound apart are two (MARIO, MARIA), though
    a letter's difference would pass for a slip in an unknown word.
    """
    if left == right or given_roots(left) & given_roots(right):
        return True
    if 1 in (len(left), len(right)):
        return alike(left, right) >= INITIAL
    if left in given_names() and right in given_names():
        return phonetic(left) == phonetic(right)
    return could_be(left, right) or left in right or right in left


def _another_surname(left: _Side, right: _Side) -> NameReading | None:
    """Return `other` where each paternal surname stands nowhere in the other name, or a note."""
    mine, theirs = left.roles.paternal_core, right.roles.paternal_core
    lost = bool(theirs) and not _among(theirs, left.words)
    strange = bool(mine) and not _among(mine, right.words)
    if lost and strange and left.roles.maternal and right.roles.maternal:
        part = Part(part=PATERNAL, asked=mine, listed=theirs, effect=OTHER_SURNAME)
        return NameReading(outcome="other", parts=(_given_part(left, right), part))
    if lost and mine and not strange and _agree(mine, right.roles.maternal_core):
        part = Part(
            part=PATERNAL, asked="", listed=theirs, effect=NO_PATERNAL, weight=NO_PATERNAL_WEIGHT
        )
        return NameReading(outcome="open", parts=(_given_part(left, right), part))
    return None


def _told(left: _Side, right: _Side, outcome: Outcome) -> NameReading:
    """Return the reading of names whose surnames both stand on both sides."""
    if outcome == "kin":
        kin = Part(part=GIVEN, asked=left.given, listed=right.given, effect=KIN)
        return NameReading(outcome=outcome, parts=(*_surnames(left, right), kin))
    effect = PERHAPS_SWAPPED if outcome == "doubtful" else SWAPPED
    return NameReading(
        outcome=outcome,
        parts=(
            _given_part(left, right),
            Part(
                part=PATERNAL, asked=left.roles.paternal, listed=right.roles.paternal, effect=effect
            ),
            Part(
                part=MATERNAL, asked=left.roles.maternal, listed=right.roles.maternal, effect=effect
            ),
        ),
    )


def _given_part(left: _Side, right: _Side) -> Part:
    effect = AGAINST
    if not left.given:
        effect = NOT_GIVEN
    elif not right.given:
        effect = NOT_LISTED
    elif any(_same_given(a, b) for a in left.roles.given for b in right.roles.given):
        effect = SUPPORTS
    return Part(part=GIVEN, asked=left.given, listed=right.given, effect=effect)


def _surnames(left: _Side, right: _Side) -> tuple[Part, ...]:
    parts = []
    for part, mine, theirs in (
        (PATERNAL, left.roles.paternal, right.roles.paternal),
        (MATERNAL, left.roles.maternal, right.roles.maternal),
    ):
        if not mine and not theirs:
            continue
        effect = SUPPORTS if _agree(mine, theirs) else AGAINST
        if not mine or not theirs:
            effect = NOT_LISTED if mine else NOT_GIVEN
        parts.append(Part(part=part, asked=mine, listed=theirs, effect=effect))
    return tuple(parts)


def _agree(left: str, right: str) -> bool:
    """Return True if two surnames may be one, written in one word or by their last words."""
    if not left or not right:
        return False
    if alike(left.replace(" ", ""), right.replace(" ", "")) >= AGREE:
        return True
    return alike(left.split()[-1], right.split()[-1]) >= AGREE


def _among(surname: str, words: tuple[str, ...]) -> bool:
    """Return True if every word of a surname may stand somewhere among `words`, however damaged."""
    joined = "".join(words)
    return all(
        part in joined or any(could_be(part, word) for word in words) for part in surname.split()
    )
