"""Does a CURP or RFC fit the person who is said to bear it? Part by part, with the reason.

Both codes are made from names, birth date, and in the CURP sex and state of birth. A part that
disagrees says that the code, the record, or the reading of it is wrong; it never says which.

Source: SEGOB, Instructivo normativo para la asignación de la CURP (DOF 18 October 2021), rules of
composition and annex of unfit words; SAT, Instructivo para la formación de la clave del RFC
(rules 1 to 9, annex IV).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.model.dates import PartialDate, parse_date
from puente.model.ids import (
    CURP_STATES,
    Identifier,
    curp_birth_date,
    parse_curp,
    parse_rfc,
    rfc_dates,
)
from puente.model.places import STATE_NAMES, state_code

if TYPE_CHECKING:
    from datetime import date

AGREES, DISAGREES, UNKNOWN = "agrees", "disagrees", "unknown"

_PARTICLES = frozenset(
    {"DA", "DAS", "DE", "DEL", "DER", "DI", "DIE", "DD", "EL", "LA", "LOS", "LAS", "LE", "LES"}
    | {"MAC", "MC", "VAN", "VON", "Y"}
)
_COMMON_FIRST_NAMES = frozenset({"MARIA", "MA", "M", "JOSE", "J"})

# Four letters that make one of these words are broken with an X: the second letter in a CURP,
# the last in an RFC. The lists differ.
_CURP_WORDS = """
BACA BAKA BUEI BUEY CACA CACO CAGA CAGO CAKA CAKO COGE COGI COJA COJE COJI COJO COLA CULO FALO FETO
GETA GUEI GUEY JETA JOTO KACA KACO KAGA KAGO KAKA KAKO KOGE KOGI KOJA KOJE KOJI KOJO KOLA KULO LILO
LOCA LOCO LOKA LOKO MAME MAMO MEAR MEAS MEON MIAR MION MOCO MOKO MULA MULO NACA NACO PEDA PEDO PENE
PIPI PITO POPO PUTA PUTO QULO RATA ROBA ROBE ROBO RUIN SENO TETA VACA VAGA VAGO VAKA VUEI VUEY WUEI
WUEY
"""
_RFC_WORDS = """
BUEI BUEY CACA CACO CAGA CAGO CAKA CAKO COGE COJA COJE COJI COJO CULO FETO GUEY JOTO KACA KACO KAGA
KAGO KOGE KOJO KAKA KULO LOCA LOCO LOKA LOKO MAME MAMO MEAR MEAS MEON MION MOCO MULA PEDA PEDO PENE
PUTA PUTO QULO RATA RUIN
"""
_UNFIT_CURP = frozenset(_CURP_WORDS.split())
_UNFIT_RFC = frozenset(_RFC_WORDS.split())
_VOWELS = "AEIOU"
_CONSONANTS = "BCDFGHJKLMNÑPQRSTVWXYZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a record says of the person, apart from the code.

    Attributes:
        given: given names; "" if unknown.
        paternal: paternal surname; "" if unknown.
        maternal: maternal surname; "" if the person has none, None if unknown.
        birth_date: any form that `parse_date` reads with the day first; "" if unknown.
        sex: `male`, `female` or `other`; "" if unknown.
        state: state of birth, any form that `state_code` reads, or `NE` for born abroad; "" if
            unknown.
    """

    given: str = ""
    paternal: str = ""
    maternal: str | None = None
    birth_date: str = ""
    sex: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a code against one fact of the record.

    Attributes:
        name: `form`, `paternal`, `maternal`, `given`, `name`, `birth_date`, `sex` or `state`.
        verdict: `agrees`, `disagrees` or `unknown`.
        expected: what the record calls for; "" if unknown.
        found: what the code says.
        why: the rule applied, in English; "" where there is nothing to say.
    """

    name: str
    verdict: str
    expected: str
    found: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consistency:
    """A code against a record: every part with its verdict."""

    identifier: Identifier
    parts: tuple[Part, ...]

    @property
    def agreeing(self) -> tuple[str, ...]:
        """Return the names of the parts that agree."""
        return tuple(part.name for part in self.parts if part.verdict == AGREES)

    @property
    def disagreeing(self) -> tuple[str, ...]:
        """Return the names of the parts that disagree."""
        return tuple(part.name for part in self.parts if part.verdict == DISAGREES)

    @property
    def verdict(self) -> str:
        """Return `disagrees` if any part does, else `agrees` if any does, else `unknown`."""
        if self.disagreeing:
            return DISAGREES
        return AGREES if self.agreeing else UNKNOWN


def check_curp(text: str, known: Known) -> Consistency:
    """Return how a CURP fits what a record says of its bearer.

    Raises: InvalidData: an empty code, or a birth date that is none.
    Source: SEGOB, Instructivo normativo (2021).
    Limits: codes given out before 1996 and to foreigners may break the rules of names.
    """
    found = parse_curp(text)
    if not found.complete or found.note.startswith("not of the form"):
        return Consistency(identifier=found, parts=(_form(found),))
    code = found.value
    surname, second = _word(known.paternal or None), _word(known.maternal)
    given = _given(known.given)
    letters = (
        _first_letters(surname), _inner(surname, _VOWELS), _first_letters(second),
        _first_letters(given),
    )  # fmt: skip
    broken = code[1] == "X" and _spells(letters, _UNFIT_CURP)
    vowel = "X" if broken else letters[1]
    born = curp_birth_date(code)
    parts = (
        _form(found),
        _letters("paternal", code[0] + code[1] + code[13],
                 (letters[0], vowel, _inner(surname, _CONSONANTS)),
                 "an unfit word is broken with X" if broken else ""),
        _letters("maternal", code[2] + code[14], (letters[2], _inner(second, _CONSONANTS)),
                 "without a second surname, X" if known.maternal == "" else ""),
        _letters("given", code[3] + code[15], (letters[3], _inner(given, _CONSONANTS)),
                 _given_rule(known.given)),
        _birth(known.birth_date, code[4:10], (born,) if born else ()),
        _sex(known.sex, code[10]),
        _state(known.state, code[11:13]),
    )  # fmt: skip
    return Consistency(identifier=found, parts=parts)


def check_rfc(text: str, known: Known) -> Consistency:
    """Return how the RFC of a person fits what a record says; without homoclave it is read too.

    A firm's RFC (three letters) is compared by its date only: `birth_date` is then the day of
    incorporation. How its letters come from the name depends on its legal form.

    Raises: InvalidData: an empty code, or a date that is none.
    Source: SAT, Instructivo para la formación de la clave del RFC.
    """
    found = parse_rfc(text)
    code = found.value
    dates = rfc_dates(code)
    if not dates:
        return Consistency(identifier=found, parts=(_form(found),))
    person = code[3:4].isalpha() or code[3:4] == "&"
    size = 4 if person else 3
    parts = [_form(found)]
    if person:
        parts.append(_rfc_name(code[:4], known))
    parts.append(_birth(known.birth_date, code[size : size + 6], dates))
    return Consistency(identifier=found, parts=tuple(parts))


# --- letters of names --------------------------------------------------------------------------


def _capitals(text: str) -> str:
    """Return a name as the registers write it: capitals, no accents, Ñ kept."""
    kept = unicodedata.normalize("NFC", text).upper().replace("Ñ", "\0")
    plain = "".join(c for c in unicodedata.normalize("NFD", kept) if not unicodedata.combining(c))
    return plain.replace("\0", "Ñ")


def _words(text: str) -> list[str]:
    words = re.split(r"[\s,]+", _capitals(text).replace(".", " "))
    return [word for word in words if word and word not in _PARTICLES]


def _word(surname: str | None) -> str | None:
    """Return the word of a surname that counts; "" where the person has none, None if unknown."""
    if surname is None:
        return None
    words = _words(surname)
    # A surname that is all particles ("De la") counts by its first.
    return words[0] if words else next(iter(_capitals(surname).split()), "")


def _given(names: str) -> str | None:
    words = _words(names)
    if len(words) > 1 and words[0] in _COMMON_FIRST_NAMES:
        words = words[1:]
    return words[0] if words else None


def _given_rule(names: str) -> str:
    words = _words(names)
    if len(words) > 1 and words[0] in _COMMON_FIRST_NAMES:
        return f"{words[0]} gives way to the second name"
    return ""


def _first_letters(word: str | None) -> str:
    """Return the letters that may stand for the start of a word; "" if the word is unknown."""
    if word is None:
        return ""
    first = word[:1]
    if first in {"", "Ñ"} or not first.isalpha():
        return "X"
    return "NX" if first == "N" and word.isascii() else first


def _inner(word: str | None, wanted: str) -> str:
    """Return the letters that may stand for the first inner vowel or consonant of a word.

    A mark inside a name (D'AMICO, SAN-ROMAN) is an X by the rule, and skipped by many offices. An N
    may be an Ñ whose tilde an English list has lost; the code then has an X.
    """
    if word is None:
        return ""
    inner = word[1:]
    plain = next((c for c in inner if c in wanted), "X")
    accepted = "X" if plain == "Ñ" else plain
    if (inner[:1] and not inner[0].isalpha()) or (plain == "N" and word.isascii()):
        accepted += "X"
    return accepted


def _spells(letters: tuple[str, ...], unfit: frozenset[str]) -> bool:
    return all(letters) and "".join(choice[0] for choice in letters) in unfit


def _letters(name: str, found: str, accepted: tuple[str, ...], why: str) -> Part:
    if not all(accepted):
        return Part(name=name, verdict=UNKNOWN, expected="", found=found)
    fits = all(letter in choice for letter, choice in zip(found, accepted, strict=True))
    return Part(
        name=name,
        verdict=AGREES if fits else DISAGREES,
        expected="".join(choice[0] for choice in accepted),
        found=found,
        why=why,
    )


def _rfc_name(found: str, known: Known) -> Part:
    surname, second = _word(known.paternal or None), _word(known.maternal)
    given = _given(known.given)
    if not surname or not given:
        return Part(name="name", verdict=UNKNOWN, expected="", found=found)
    accepted: dict[str, str] = {}
    if second:
        vowel = _inner(surname, _VOWELS)[0]
        accepted[surname[0] + vowel + second[0] + given[0]] = ""
        if len(surname) <= 2:
            accepted[(surname[0] + second[0] + given[:2]).ljust(4, "X")] = (
                "a surname of one or two letters gives its first only"
            )
    if not second:
        # With the second surname unknown, only the first two letters can be held against it.
        accepted[(surname[:2] + given[:2]).ljust(4, "X")] = "a single surname gives two letters"
        if second is None and found[:2] == surname[0] + _inner(surname, _VOWELS)[0]:
            return Part(
                name="name",
                verdict=UNKNOWN,
                expected=found[:2],
                found=found,
                why="the second surname is not known",
            )
    for expected, why in accepted.items():
        for form in {expected, expected.replace("Ñ", "X")}:
            broken = form in _UNFIT_RFC and found == form[:3] + "X"
            if found == form or broken:
                why = "an unfit word is broken with X" if broken else why
                return Part(name="name", verdict=AGREES, expected=form, found=found, why=why)
    return Part(name="name", verdict=DISAGREES, expected=next(iter(accepted)), found=found)


# --- form, date, sex, state --------------------------------------------------------------------


def _form(found: Identifier) -> Part:
    verdict = AGREES if found.valid else DISAGREES if found.complete else UNKNOWN
    return Part(name="form", verdict=verdict, expected="", found=found.value, why=found.note)


def _birth(text: str, found: str, dates: tuple[date, ...]) -> Part:
    """Compare a date of the record with those that a code's six digits can mean."""
    shown = " or ".join(day.isoformat() for day in dates) or found
    if not text.strip():
        return Part(name="birth_date", verdict=UNKNOWN, expected="", found=shown)
    known = parse_date(text, day_first=True)
    fits = any(known.overlaps(PartialDate(start=day, end=day)) for day in dates)
    return Part(
        name="birth_date",
        verdict=AGREES if fits else DISAGREES,
        expected=known.iso,
        found=shown,
        why="" if known.precision == "day" else f"the record gives a {known.precision} only",
    )


def _sex(sex: str, letter: str) -> Part:
    said = {"H": "male", "M": "female", "X": "other"}.get(letter, "")
    verdict = UNKNOWN if not sex else AGREES if sex == said else DISAGREES
    return Part(name="sex", verdict=verdict, expected=sex, found=said)


def _state(state: str, letters: str) -> Part:
    said = CURP_STATES.get(letters, "NE")
    found = "born abroad" if said == "NE" else STATE_NAMES[said]
    if not state:
        return Part(name="state", verdict=UNKNOWN, expected="", found=found)
    if state.strip().upper() == "NE":
        code = "NE"
    else:
        code = state_code(state)
        if not code:
            raise InvalidData("no state is called so")
    expected = "born abroad" if code == "NE" else STATE_NAMES[code]
    return Part(
        name="state", verdict=AGREES if code == said else DISAGREES, expected=expected, found=found
    )
