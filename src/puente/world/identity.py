"""Numbers that people, firms and cars carry, built by the published rules, check digits included.

All are made up. Every CURP says "born abroad" (`NE`), the one place of birth in RENAPO's list that
does not claim a made-up person for a real state; area codes and VIN prefixes are ones that no
real telephone or car has.

Source: RENAPO, Instructivo normativo para la asignación de la CURP (DOF 18-10-2021); SAT, Anexo 1
of the RFC rules (homoclave and check digit, as published by IFAI); 49 CFR 565.15 (VIN).
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from puente.model.ids import curp_check_digit, rfc_check_digit, vin_check_digit
from puente.world.shipped import sections

if TYPE_CHECKING:
    from datetime import date
    from random import Random

CURP_STATE = "NE"
PARTICLES = frozenset(
    {"DA", "DAS", "DE", "DEL", "DER", "DI", "DIE", "DD", "EL", "LA", "LAS", "LE", "LES", "LOS"}
    | {"MAC", "MC", "VAN", "VON", "Y"}
)
_COMMON_FIRST = frozenset({"MARIA", "MA", "MA.", "M", "M.", "JOSE", "J", "J."})
_HOMOCLAVE = "123456789ABCDEFGHIJKLMNPQRSTUVWXYZ"
_HOMOCLAVE_VALUE = {" ": "00", "&": "10", "Ñ": "40"} | {str(n): f"{n:02d}" for n in range(10)}
_HOMOCLAVE_VALUE |= {letter: str(11 + n) for n, letter in enumerate("ABCDEFGHI")}
_HOMOCLAVE_VALUE |= {letter: str(21 + n) for n, letter in enumerate("JKLMNOPQR")}
_HOMOCLAVE_VALUE |= {letter: str(32 + n) for n, letter in enumerate("STUVWXYZ")}


@cache
def _rude(register: str) -> frozenset[str]:
    """Return the four-letter words that a register does not let stand."""
    return frozenset(" ".join(sections("rude_words.txt")[register]).split())


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    """Return `text` in capitals without accents, Ñ kept: as Mexican registers write names."""
    kept = text.upper().replace("Ñ", "\0")
    kept = "".join(c for c in unicodedata.normalize("NFD", kept) if not unicodedata.combining(c))
    return kept.replace("\0", "Ñ")


@lru_cache(maxsize=20_000)
def _core(surname: str) -> str:
    """Return a surname without its particles: DE LA CRUZ is filed under CRUZ."""
    words = [word for word in plain(surname).split() if word not in PARTICLES]
    return "".join(words[:1]) or plain(surname).replace(" ", "")


@lru_cache(maxsize=20_000)
def _first(given: str) -> str:
    """Return the given name that counts: the second where the first is only María or José."""
    words = [word for word in plain(given).split() if word not in PARTICLES]
    if len(words) > 1 and words[0] in _COMMON_FIRST:
        words = words[1:]
    return words[0] if words else "X"


def _inner(word: str, letters: str) -> str:
    found = next((c for c in word[1:] if c in letters), "X")
    return "X" if found == "Ñ" else found


def _initials(paternal: str, maternal: str, given: str) -> str:
    first = "X" if paternal[:1] == "Ñ" else paternal[:1]
    second = ("X" if maternal[:1] == "Ñ" else maternal[:1]) or "X"
    third = "X" if given[:1] == "Ñ" else given[:1]
    return first + _inner(paternal, "AEIOU") + second + third


def curp(names: tuple[str, str, str], birth: date, sex: str, turn: str = "") -> str:
    """Return the CURP of a person.

    Args:
        names: given names, paternal surname, maternal surname ("" if none).
        birth: day of birth.
        sex: `H` or `M`.
        turn: the 17th character, which tells namesakes apart: `0`-`9` for births before 2000,
            `A`-`Z` after; "" is the first of either.
    """
    given, paternal, maternal = _first(names[0]), _core(names[1]), _core(names[2])
    initials = _initials(paternal, maternal, given)
    if initials in _rude("curp"):
        initials = initials[0] + "X" + initials[2:]
    consonants = "BCDFGHJKLMNÑPQRSTVWXYZ"
    inner = "".join(_inner(word, consonants) for word in (paternal, maternal, given))
    turn = turn or ("0" if birth.year < 2000 else "A")
    stem = f"{initials}{birth:%y%m%d}{sex}{CURP_STATE}{inner}{turn}"
    return stem + curp_check_digit(stem)


def rfc_person(names: tuple[str, str, str], birth: date) -> str:
    """Return the RFC of a person: 4 letters, birth date, homoclave of 3."""
    given, paternal, maternal = _first(names[0]), _core(names[1]), _core(names[2])
    if not maternal:
        initials = (paternal[:2] + given[:2]).ljust(4, "X")
    elif len(paternal) <= 2:
        initials = (paternal[:1] + maternal[:1] + given[:2]).ljust(4, "X")
    else:
        initials = _initials(paternal, maternal, given)
    initials = initials.replace("Ñ", "X")
    if initials in _rude("rfc"):
        initials = initials[:3] + "X"
    whole = plain(" ".join(part for part in (names[1], names[2], names[0]) if part))
    return _with_check(f"{initials}{birth:%y%m%d}{_homoclave(whole)}")


def rfc_firm(name: str, founded: date) -> str:
    """Return the RFC of a firm: 3 letters, day of incorporation, homoclave of 3."""
    base = plain(name.partition(",")[0])
    words = [word for word in base.split() if word not in PARTICLES and word[0].isalnum()]
    letters = "".join(word[0] for word in words[:3])
    if len(letters) < 3 and words:
        letters = (letters[:-1] + words[-1])[:3]
    letters = letters.replace("Ñ", "X").ljust(3, "X")
    return _with_check(f"{letters}{founded:%y%m%d}{_homoclave(base)}")


def _homoclave(name: str) -> str:
    digits = "0" + "".join(_HOMOCLAVE_VALUE.get(c, "00") for c in name)
    total = sum(int(a + b) * int(b) for a, b in pairwise(digits))
    quotient, remainder = divmod(total % 1000, 34)
    return _HOMOCLAVE[quotient] + _HOMOCLAVE[remainder]


def _with_check(stem: str) -> str:
    return stem + rfc_check_digit(f"{stem}0")


_VIN_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
_VIN_YEARS = "ABCDEFGHJKLMNPRSTVWXY123456789"


def vin(rng: Random, year: int) -> str:
    """Return a vehicle identification number with its check digit; no maker has the prefix.

    Args:
        year: of the model, 1980 or later.
    """
    middle = "".join(rng.choice(_VIN_LETTERS) for _place in range(5))
    tail = f"{_VIN_YEARS[(year - 1980) % 30]}{rng.choice('ABCDEFGH')}{rng.randrange(10**6):06d}"
    stem = "3X9" + middle + "0" + tail
    return stem[:8] + vin_check_digit(stem) + stem[9:]


def mexican_phone(rng: Random) -> str:
    """Return ten digits under an area code (20x) that the Mexican numbering plan does not use."""
    return f"20{rng.randrange(10)}{rng.randrange(10**7):07d}"


def us_phone(rng: Random) -> str:
    """Return ten digits under an area code (N9X) that the North American plan keeps in reserve."""
    area = f"{rng.randrange(2, 10)}9{rng.randrange(10)}"
    return f"{area}{rng.randrange(200, 1000)}{rng.randrange(10**4):04d}"
