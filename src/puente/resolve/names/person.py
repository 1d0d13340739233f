"""A person's name taken apart into the roles that Spanish naming gives its words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from puente.resolve.names.fold import fold, tokens
from puente.resolve.names.words import (
    expand_given,
    expand_surname,
    given_names,
    roles,
    surnames,
)

Order = Literal["parts", "surnames_first", "given_first"]

_ASIDE = re.compile(
    "[\"“”«»(\\[][^\"“”«»()\\[\\]]*[\"“”«»)\\]]|(?<!\\w)['‘’][^'‘’]{2,}['‘’](?!\\w)"
)
_COMMAS = str.maketrans("，،、", ",,,")
_CROSSES = re.compile("X+")
_WIDOW = ("VIUDA", "VDA", "VD", "V")
_SAME_SUFFIX = {"JUNIOR": "JR", "HIJO": "JR"}
_WED = ("DE", "VIUDA")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonName:
    """A person's name by roles, folded and with short forms written out.

    Attributes:
        given: words of the given name without particles: `("MARIA", "CARMEN")`.
        paternal: first surname, with its particles: `DE LA CRUZ`; "" if none is known.
        maternal: second surname; "" if none is known.
        married: surname of a husband after DE or VIUDA DE; "" if none.
        suffix: generation, such as `JR`; "" if none.
        order: how the roles were told apart.
    """

    given: tuple[str, ...]
    paternal: str
    maternal: str
    married: str = ""
    suffix: str = ""
    order: Order

    @property
    def first(self) -> str:
        """Return the first word of the given name, or ""."""
        return self.given[0] if self.given else ""

    @property
    def paternal_core(self) -> str:
        """Return the first surname without particles: `CRUZ` for `DE LA CRUZ`."""
        return surname_core(self.paternal)

    @property
    def maternal_core(self) -> str:
        """Return the second surname without particles."""
        return surname_core(self.maternal)


def surname_core(surname: str) -> str:
    """Return a folded surname without the small words that come and go between records."""
    words = surname.split()
    return " ".join(word for word in words if word not in roles().small_words) or surname


def parse_person(
    text: str = "", *, given: str = "", paternal: str = "", maternal: str = "", surname: str = ""
) -> PersonName:
    """Return the roles of a name given as one text, as parts, or as parts and one surname field.

    Reads `SURNAMES, Given`, given-first and surname-first order (told apart by which words are
    known given names and which surnames; given-first where neither tells), joined particles,
    devotions (`MARIA DEL CARMEN`), compound surnames (`PONCE DE LEON`), written short forms
    (`MA. GPE. HDEZ.`), titles before and generations after. Nicknames in quotes or brackets are
    left out.

    Args:
        text: the whole name; read only if no part is given.
        given, paternal, maternal: the parts, where a source tells them apart.
        surname: one field that may hold both surnames.

    Limits: roles of a name outside Spanish naming are a guess: the last word is the surname.
    """
    if given or paternal or maternal or surname:
        return _from_parts(given, paternal, maternal, surname)
    plain = _ASIDE.sub(" ", text).translate(_COMMAS)
    head, comma, tail = (plain if fold(plain) else text).partition(",")
    words = _clean(tokens(head))
    rest, suffix = _strip_suffixes(_clean(tokens(tail)), keep=0)
    if comma and words and rest:
        words, own = _strip_suffixes(words)
        return _from_comma(words, rest, suffix or own)
    words, own = _strip_suffixes(words or rest, keep=2)
    return _from_words(words, suffix or own)


def given_part(text: str) -> tuple[str, ...]:
    """Return the words of a given-name field, short forms written out, particles left out."""
    return _given(_strip_suffixes(_clean(tokens(text)))[0])


def surname_part(text: str) -> tuple[str, str, str]:
    """Return paternal, maternal and husband's surname of a field that may hold them all."""
    return _split_surnames(_units(_strip_suffixes(_clean(tokens(text)))[0]))


def first_surname_part(text: str) -> str:
    """Return the first surname of a field that holds it alone."""
    return _join(_units(_strip_suffixes(_clean(tokens(text)))[0]))


def second_surname_part(text: str) -> tuple[str, str]:
    """Return the second and the husband's surname of a field for the second surname."""
    units = _units(_strip_suffixes(_clean(tokens(text)))[0])
    if units and (units[-1][0] == "VIUDA" or (len(units) > 1 and units[-1][0] == "DE")):
        return _join(units[:-1]), _husband(units[-1])
    return _join(units), ""


def _from_parts(given: str, paternal: str, maternal: str, surname: str) -> PersonName:
    mother, married = second_surname_part(maternal)
    if mother or married:
        father = first_surname_part(paternal or surname)
    else:
        father, mother, married = surname_part(paternal or surname)
    words, suffix = _strip_suffixes(_clean(tokens(given)))
    for text in (paternal or surname, maternal):
        suffix = _strip_suffixes(_clean(tokens(text)))[1] or suffix
    return PersonName(
        given=_given(words),
        paternal=father,
        maternal=mother,
        married=married,
        suffix=suffix,
        order="parts",
    )


def _strip_suffixes(words: list[str], keep: int = 1) -> tuple[list[str], str]:
    """Return the words without generations and degrees at the end, and the one nearest the name."""
    suffix = ""
    while len(words) > keep and words[-1] in roles().suffixes:
        suffix = _SAME_SUFFIX.get(words[-1], words[-1])
        words = words[:-1]
    return words, suffix


def _from_comma(words: list[str], rest: list[str], suffix: str) -> PersonName:
    while len(rest) > 1 and rest[-1] in roles().small_words:
        words.insert(0, rest.pop())
    father, mother, married = _split_surnames(_units(words))
    return PersonName(
        given=_given(rest),
        paternal=father,
        maternal=mother,
        married=married,
        suffix=suffix,
        order="surnames_first",
    )


def _from_words(words: list[str], suffix: str) -> PersonName:
    units = _units(words)
    order: Order = "given_first"
    if _surnames_lead(units):
        order = "surnames_first"
        cut = _surnames_first(units)
        family, own = units[:cut], units[cut:]
    else:
        cut = _given_first(units)
        own, family = units[:cut], units[cut:]
    father, mother, married = _split_surnames(family)
    return PersonName(
        given=_given([word for unit in own for word in unit]),
        paternal=father,
        maternal=mother,
        married=married,
        suffix=suffix,
        order=order,
    )


def _clean(words: tuple[str, ...]) -> list[str]:
    """Return the words without titles in front and without words that stand for "not known"."""
    if all(word in roles().placeholders for word in words):
        return []
    kept = [word for word in words if not _CROSSES.fullmatch(word)]
    while len(kept) > 1 and kept[0] in roles().titles:
        kept.pop(0)
    return kept


def _units(words: list[str]) -> list[tuple[str, ...]]:
    """Return the words in groups that stay together: a particle with what it holds on to."""
    units: list[tuple[str, ...]] = []
    held: list[str] = []
    for index, word in enumerate(words):
        widow = word in _WIDOW and words[index + 1 : index + 2] == ["DE"] and index > 0
        particle = word in roles().particles and (index > 0 or word not in roles().own_when_first)
        if word == "Y" and not held:
            continue
        if widow:
            held.append("VIUDA")
        elif particle and index + 1 < len(words):
            held.append(word)
        else:
            units.append((*held, word))
            held = []
    if held:
        units.append(tuple(held))
    return _join_compounds(units)


def _join_compounds(units: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    joined: list[tuple[str, ...]] = []
    for unit in units:
        pair = (joined[-1][-1], unit[-1]) if joined else ("", "")
        if len(unit) > 1 and unit[0] in roles().small_words and pair in roles().compound_surnames:
            joined[-1] = (*joined[-1], *unit)
        else:
            joined.append(unit)
    return joined


def _kind(unit: tuple[str, ...]) -> str:
    """Return `g` for a given name, `s` for a surname, `b` for either, `?` for neither known."""
    word = unit[-1]
    if len(unit) > 1 and unit[0] in roles().small_words:
        return "g" if word in roles().devotions else "s"
    if len(word) == 1:
        return "?"
    can_give = expand_given(word) in given_names()
    can_name = expand_surname(word) in surnames() or (word.endswith("EZ") and len(word) > 3)
    if can_give and can_name:
        return "s" if word in roles().surname_leaning else "b"
    return "g" if can_give else "s" if can_name or len(unit) > 1 else "?"


def _surnames_lead(units: list[tuple[str, ...]]) -> bool:
    """Return True if the words tell that surnames come first, as in police and tax registers."""
    kinds = [_kind(unit) for unit in units]
    if len(kinds) < 2:
        return False
    if kinds[0] == "s":
        return kinds[-1] == "g" or (len(kinds) > 2 and kinds[1] == "s" and kinds[-1] == "b")
    return len(kinds) > 2 and kinds[0] in "b?" and kinds[1] == "s" and kinds[-1] == "g"


def _given_first(units: list[tuple[str, ...]]) -> int:
    """Return how many leading units are the given name where it comes first."""
    kinds = [_kind(unit) for unit in units]
    count = len(units)
    if count <= 1:
        return int(count == 1 and kinds[0] in "gb")
    if count == 2:
        return 1
    if count == 3:
        return 2 if kinds[1] in "gb" and units[2][0] != "VIUDA" else 1
    if count == 4:
        if kinds[1] == "s" and kinds[2] == "s":
            return 1
        return 3 if kinds[2] == "g" else 2
    wed = units[-1][0] in _WED and kinds[-2] == "s" and kinds[-3] == "s"
    return count - 3 if wed else count - 2


def _surnames_first(units: list[tuple[str, ...]]) -> int:
    """Return how many leading units are surnames where they come first."""
    kinds = [_kind(unit) for unit in units]
    if len(units) == 2 or (kinds[1] == "g" and kinds[2] in "gb"):
        return 1
    wed = len(units) > 3 and units[2][0] in _WED and kinds[2] == "s"
    return 3 if wed else 2


def _split_surnames(units: list[tuple[str, ...]]) -> tuple[str, str, str]:
    """Return paternal, maternal and husband's surname of the units of a surname block."""
    married = ""
    if len(units) > 1 and _is_married(units):
        married = _husband(units[-1])
        units = units[:-1]
    if not units:
        return "", "", married
    return _join(units[:1]), _join(units[1:]), married


def _husband(unit: tuple[str, ...]) -> str:
    return " ".join(expand_surname(word) for word in unit if word not in ("VIUDA", "DE"))


def _is_married(units: list[tuple[str, ...]]) -> bool:
    last = units[-1]
    if last[0] == "VIUDA":
        return True
    return len(last) > 1 and last[0] == "DE" and (len(units) > 2 or last[-1].endswith("EZ"))


def _join(units: list[tuple[str, ...]]) -> str:
    return " ".join(expand_surname(word) for unit in units for word in unit)


def _given(words: list[str]) -> tuple[str, ...]:
    kept = [expand_given(word) for word in words if word not in roles().small_words]
    return tuple(kept or words)
