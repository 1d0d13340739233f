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
from puente.resolve.names import PersonName, given_roots, parse_person, phonetic, tokens, tongues
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

NO_PATERNAL_WEIGHT, OTHER_GIVEN_WEIGHT = -1.5, -1.2
KNOWN_WORDS = 2

GIVEN, PATERNAL, MATERNAL = N_("given name"), N_("paternal surname"), N_("maternal surname")
SWAPPED = N_("surnames exchanged: another person")
PERHAPS_SWAPPED = N_("surnames exchanged, or written last name first")
KIN = N_("same two surnames, another given name: kin")
OTHER_SURNAME = N_("another paternal surname")
NO_PATERNAL = N_("the paternal surname is missing")
OTHER_GIVEN = N_("another given name")
FATHER_AND_SON = N_("father and son exchanged: another person")


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
    if _father_and_son(left.words, right.words):
        part = Part(part=GIVEN, asked=left.given, listed=right.given, effect=FATHER_AND_SON)
        return NameReading(outcome="other", parts=(part,))
    known = sum(w in given_names() or w in surnames() for w in {*left.words, *right.words})
    if not known:
        return NameReading(outcome="open", parts=())
    if _exchanged_whole(left.roles, right.roles):
        return _told(left, right, "other")
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


def _father_and_son(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    """Return True if each side's man is the other's father: A BIN B beside B BIN A."""
    found = []
    for words in (left, right):
        at = next((n for n, word in enumerate(words) if word in roles().son_of), 0)
        if not 0 < at < len(words) - 1:
            return False
        found.append((words[at - 1], words[at + 1]))
    (son, father), (other_son, other_father) = found
    if alike(son, other_son) >= AGREE or alike(son, father) >= AGREE:
        return False
    return alike(son, other_father) >= AGREE and alike(father, other_son) >= AGREE


def _exchanged_whole(left: PersonName, right: PersonName) -> bool:
    """Return True for surnames exchanged to the letter: SANTOS, DE LOS SANTOS; CORTES, CORTEZ.

    Where they look unlike, only a name written given name first is read so; see `_anchored`.
    """
    if not left.paternal or not left.maternal or left.paternal == left.maternal:
        return False
    # Side by side, for GARCIA DE LEON may be read as one surname or as two.
    if f"{left.maternal} {left.paternal}" != f"{right.paternal} {right.maternal}".strip():
        return False
    if alike(left.paternal_core, left.maternal_core) >= AGREE:
        return True
    return left.order == "given_first" and bool(set(left.given) & set(right.given))


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
    scored = [(alike(word, other), -n) for n, other in enumerate(words) if _whole(word, other)]
    best, place = max(scored, default=(0.0, 0))
    return -place if best >= AGREE else None


def _whole(word: str, other: str) -> bool:
    """Return False for an initial: it stands for too many surnames to say whose place it marks."""
    return min(len(word), len(other)) > 1 or word == other


def _anchored(left: _Side, right: _Side, anchors: tuple[int, int]) -> Outcome:
    father, mother = anchors
    rest = [n for n in range(len(left.words)) if n not in anchors]
    swapped = mother < father
    if _other_given([left.words[n] for n in rest], right.roles.given):
        return "other" if swapped else "kin"
    # MONTES DE OCA is one surname of two words, of which the last was looked for.
    apart = father - mother - (len(right.roles.paternal_core.split()) - 1)
    if not swapped or apart > 1:
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
    if not all(a in roles().compound_first and b in roles().compound_first for a, b in shared):
        return False
    rest_asked = set(asked) - {a for a, _b in shared}
    rest_listed = set(listed) - {b for _a, b in shared}
    return bool(rest_asked) and bool(rest_listed) and all(len(w) > 1 for w in rest_asked)


def _same_given(left: str, right: str) -> bool:
    """Return True if two words may be one given name.

    Two known names that are not forms of each other and sound apart are two (MARIO, MARIA), though
    a letter's difference would pass for a slip in an unknown word.
    """
    if left == right or given_roots(left) & given_roots(right) or right in tongues(left):
        return True
    if 1 in (len(left), len(right)):
        return alike(left, right) >= INITIAL
    if left in given_names() and right in given_names():
        return phonetic(left) == phonetic(right)
    return could_be(left, right) or left in right or right in left


def _another_surname(left: _Side, right: _Side) -> NameReading | None:
    """Return `other` where each paternal surname stands nowhere in the other name, or a note."""
    mine, theirs = left.roles.paternal_core, right.roles.paternal_core
    lost, strange = not _stands(right, left), not _stands(left, right)
    both = left.roles.maternal and right.roles.maternal
    if lost and strange and mine and theirs and both:
        part = Part(part=PATERNAL, asked=mine, listed=theirs, effect=OTHER_SURNAME)
        return NameReading(outcome="other", parts=(_given_part(left, right), part))
    if lost and theirs and mine and not strange and _agree(mine, right.roles.maternal_core):
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
    effect, weight = AGAINST, 0.0
    if not left.given:
        effect = NOT_GIVEN
    elif not right.given:
        effect = NOT_LISTED
    elif _shares_given(left.roles.given, right.roles.given):
        effect = SUPPORTS
    elif _two_given_names(left, right):
        effect, weight = OTHER_GIVEN, OTHER_GIVEN_WEIGHT
    return Part(part=GIVEN, asked=left.given, listed=right.given, effect=effect, weight=weight)


def _shares_given(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    """Return True if two people's given names share one; an initial only in the same place.

    The S of `Mary S` is no Shirley.
    """
    return any(
        _same_given(a, b) and (m == n or min(len(a), len(b)) > 1)
        for m, a in enumerate(left)
        for n, b in enumerate(right)
    )


def _two_given_names(left: _Side, right: _Side) -> bool:
    """Return True if all given names are known ones, and none stands anywhere on the other side."""
    mine, theirs = ([w for w in s.roles.given if len(w) > 1] for s in (left, right))
    if not mine or not theirs or not all(word in given_names() for word in (*mine, *theirs)):
        return False
    whole = [[w for w in side.words if len(w) > 1] for side in (left, right)]
    return not any(_same_given(a, b) for a in mine for b in whole[1]) and not any(
        _same_given(a, b) for a in theirs for b in whole[0]
    )


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


def _stands(owner: _Side, other: _Side) -> bool:
    """Return True if every word of a side's first surname may stand on the other, however damaged.

    A single letter after a particle is a whole surname (DE LA O) and no initial of another.
    """
    joined = "".join(tokens(other.text))
    letters = {_letter_surname(owner), _letter_surname(other)} - {""}
    words = [word for word in other.words if word not in letters]

    def stands(part: str) -> bool:
        if part in letters:
            return part in other.words or owner.roles.paternal.replace(" ", "") in joined
        return part in joined or any(could_be(part, word) for word in words)

    return all(stands(part) for part in owner.roles.paternal_core.split())


def _letter_surname(side: _Side) -> str:
    core = side.roles.paternal_core
    return core if len(core) == 1 and core != side.roles.paternal else ""
