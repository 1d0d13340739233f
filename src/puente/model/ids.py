"""Identifiers of people, firms, accounts and vehicles: normalised, checked, and never dropped.

What a record calls a CURP or an RFC is kept whatever its state. `complete` says whether it has
all its characters, `valid` whether they obey the public rule, `note` what is wrong. Two records
that share a complete and valid identifier speak of one thing; a mere part of one is a clue.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from puente.errors import InvalidData

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """One identifier as a record gives it.

    Attributes:
        kind: `curp`, `rfc`, `clabe`, `vin`, `lei`, `imo` or `plate`.
        value: upper case, without spaces, hyphens and points.
        complete: all its characters are there.
        valid: complete, well formed, and its check digit fits where the rule has one.
        original: the text it was read from.
        note: what is wrong or worth knowing, in English; "" if nothing.
    """

    kind: str
    value: str
    complete: bool
    valid: bool
    original: str
    note: str = ""


_PUNCTUATION = re.compile(r"[\s.\-‐-―/_]+")


def compact(text: str) -> str:
    """Return `text` in upper case without spaces, hyphens, points, slashes and underscores.

    Raises: InvalidData: nothing is left, or a control character stands in it.
    """
    if text.isascii() and text.isalnum():
        return text.upper()
    value, before = _PUNCTUATION.sub("", text).upper(), ""
    while not value.isascii() and value != before:
        # Composing may bring forth a space, and taking it out something to compose.
        before = value
        value = _PUNCTUATION.sub("", unicodedata.normalize("NFKC", value)).upper()
    if not value:
        raise InvalidData("the identifier is empty")
    if not value.isprintable() and any(unicodedata.category(c) == "Cc" for c in value):
        raise InvalidData("a control character stands in the identifier")
    return value


def _result(kind: str, text: str, value: str, note: str, *, complete: bool = True) -> Identifier:
    valid = complete and not note
    return Identifier(
        kind=kind, value=value, complete=complete, valid=valid, original=text, note=note
    )


def _weighted(text: str, size: int, values: Mapping[str, int], weight: int) -> int:
    """Return the sum of the characters' values by falling weights.

    Raises: InvalidData: another length, or a character that has no value.
    """
    if len(text) != size:
        raise InvalidData(f"{size} characters are needed")
    total = 0
    try:
        for character in text:
            total += values[character] * weight
            weight -= 1
    except KeyError:
        raise InvalidData("a character stands in the identifier that none has") from None
    return total


# --- Mexico: CURP ------------------------------------------------------------------------------

_STATE_LETTERS = (
    "AS BC BS CC CL CM CS CH DF DG GT GR HG JC MC MN MS NT NL OC PL QT QR SP SL SR TC TS TL VZ"
    " YN ZS"
)
CURP_STATES: Mapping[str, str] = {
    letters: f"{number:02d}" for number, letters in enumerate(_STATE_LETTERS.split(), start=1)
}
"""State letters of a CURP to INEGI state codes; `NE` (born abroad) is not among them."""

_CURP = re.compile(r"[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{2}[B-DF-HJ-NP-TV-Z]{3}[0-9A-Z]\d")
_CURP_VALUES = {c: n for n, c in enumerate("0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ")}


def parse_curp(text: str) -> Identifier:
    """Return the CURP (population registry code, 18 characters) that `text` writes.

    Raises: InvalidData: empty, or with a control character.
    Source: SEGOB, Instructivo normativo para la asignación de la CURP (DOF 18 October 2021).
    """
    value = compact(text)
    if len(value) != 18:
        note = f"a CURP has 18 characters, this has {len(value)}"
        return _result("curp", text, value, note, complete=False)
    if not _CURP.fullmatch(value):
        return _result("curp", text, value, "not of the form of a CURP")
    if curp_birth_date(value) is None:
        return _result("curp", text, value, "the date in the CURP is impossible")
    if value[11:13] not in CURP_STATES and value[11:13] != "NE":
        return _result("curp", text, value, "the state in the CURP is unknown")
    if curp_check_digit(value) != value[17]:
        return _result("curp", text, value, "the check digit of the CURP does not fit")
    return _result("curp", text, value, "")


def curp_check_digit(value: str) -> str:
    """Return the check digit that the first 17 characters of a CURP call for.

    Raises: InvalidData: a character that no CURP has, or fewer than 17.
    Source: SEGOB, Instructivo normativo (2021), annex on the verification digit.
    """
    return str(-_weighted(value[:17], 17, _CURP_VALUES, 18) % 10)


def curp_birth_date(value: str) -> date | None:
    """Return the birth date in a CURP, None where it is impossible.

    The century is in the 17th character: a digit until 1999, a letter from 2000 on.
    """
    if len(value) < 17 or not value[4:10].isdigit():
        return None
    century = 1900 if value[16].isdigit() else 2000
    return _day(century + int(value[4:6]), value[6:8], value[8:10])


def _day(year: int, month: str, day: str) -> date | None:
    try:
        return date(year, int(month), int(day))
    except ValueError:
        return None


# --- Mexico: RFC -------------------------------------------------------------------------------

_RFC = re.compile(r"([A-ZÑ&]{3,4})(\d{6})([A-Z\d]{2}[A\d])")
_RFC_STEM = re.compile(r"[A-ZÑ&]{3,4}\d{6}[A-Z\d]{0,2}")
_RFC_VALUES = {c: n for n, c in enumerate("0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ")}
GENERIC_RFCS = frozenset({"XAXX010101000", "XEXX010101000"})
"""RFCs that name no one: the public at large, and foreigners without one.

Source: SAT, Anexo 20, Guía de llenado del CFDI.
"""


def parse_rfc(text: str) -> Identifier:
    """Return the RFC (tax number: 13 characters for a person, 12 for a firm) that `text` writes.

    One without its last three characters (homoclave) is kept and marked incomplete: 39 of the
    R.F.C.s of the May 2024 SDN list are so. A masked (`XXXXXXXXXXXX`) or generic one is not valid.

    Raises: InvalidData: empty, or with a control character.
    Source: SAT, Anexo 20 and the RFC check-digit algorithm; Código Fiscal de la Federación art. 27.
    """
    value = compact(text)
    match = _RFC.fullmatch(value)
    if not match:
        if set(value) <= {"X", "*", "#"}:
            return _result("rfc", text, value, "the RFC is masked", complete=False)
        if _RFC_STEM.fullmatch(value):
            note = f"the RFC has {len(value)} characters: the homoclave is missing"
            return _result("rfc", text, value, note, complete=False)
        return _result("rfc", text, value, "not of the form of an RFC")
    if value in GENERIC_RFCS:
        return _result("rfc", text, value, "a generic RFC names no one")
    if not rfc_dates(value):
        return _result("rfc", text, value, "the date in the RFC is impossible")
    if rfc_check_digit(value) != value[-1]:
        return _result("rfc", text, value, "the check digit of the RFC does not fit")
    return _result("rfc", text, value, "")


def rfc_check_digit(value: str) -> str:
    """Return the check digit (0..9 or A) that an RFC's other characters call for.

    Raises: InvalidData: not 12 or 13 characters of the RFC's alphabet.
    Source: SAT, algorithm of the dígito verificador del RFC (modulus 11).
    """
    if len(value) not in {12, 13}:
        raise InvalidData("an RFC has 12 or 13 characters")
    rest = _weighted(value.rjust(13)[:12], 12, _RFC_VALUES, 13) % 11
    return "0" if rest == 0 else "A" if rest == 1 else str(11 - rest)


def rfc_dates(value: str) -> tuple[date, ...]:
    """Return the dates that an RFC's six digits can mean, one for each century, oldest first."""
    match = _RFC_STEM.match(value)
    if not match:
        return ()
    start = 4 if value[3:4] not in "0123456789" else 3
    digits = value[start : start + 6]
    days = (_day(century + int(digits[:2]), digits[2:4], digits[4:]) for century in (1900, 2000))
    return tuple(day for day in days if day)


# --- accounts and firms ------------------------------------------------------------------------


def parse_clabe(text: str) -> Identifier:
    """Return the CLABE (Mexican bank account, 18 digits) that `text` writes.

    Raises: InvalidData: empty, or with a control character.
    Source: Banco de México, Circular 3/2012; Asociación de Bancos de México, CLABE standard.
    """
    value = compact(text)
    if not (value.isascii() and value.isdigit()) or len(value) > 18:
        return _result("clabe", text, value, "a CLABE has 18 digits")
    if len(value) < 18:
        note = f"a CLABE has 18 digits, this has {len(value)}"
        return _result("clabe", text, value, note, complete=False)
    total = sum(int(d) * (3, 7, 1)[i % 3] % 10 for i, d in enumerate(value[:17]))
    note = "" if str(-total % 10) == value[17] else "the check digit of the CLABE does not fit"
    return _result("clabe", text, value, note)


def parse_lei(text: str) -> Identifier:
    """Return the Legal Entity Identifier (20 characters) that `text` writes.

    Raises: InvalidData: empty, or with a control character.
    Source: ISO 17442-1:2020; check digits ISO/IEC 7064, MOD 97-10.
    """
    value = compact(text)
    if not re.fullmatch(r"[A-Z0-9]+", value) or len(value) > 20:
        return _result("lei", text, value, "not of the form of an LEI")
    if len(value) < 20:
        note = f"an LEI has 20 characters, this has {len(value)}"
        return _result("lei", text, value, note, complete=False)
    number = int("".join(str(int(c, 36)) for c in value))
    note = "" if number % 97 == 1 else "the check digits of the LEI do not fit"
    return _result("lei", text, value, note)


# --- vehicles ----------------------------------------------------------------------------------

_VIN_VALUES = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True),
    **{str(d): str(d) for d in range(10)},
)
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def parse_vin(text: str) -> Identifier:
    """Return the vehicle identification number (17 characters) that `text` writes.

    The check digit in place 9 is compulsory in North America only (first character 1 to 5);
    elsewhere a digit that does not fit is noted and the number stays valid.

    Raises: InvalidData: empty, or with a control character.
    Source: 49 CFR 565.15; NOM-001-SSP-2008 (NIV); ISO 3779.
    """
    value = compact(text)
    if re.fullmatch(r"[A-HJ-NPR-Z0-9*?]{1,17}", value) and (
        len(value) < 17 or set(value) & {"*", "?"}
    ):
        return _result("vin", text, value, "a part of a VIN only", complete=False)
    if not re.fullmatch(r"[A-HJ-NPR-Z0-9]{17}", value):
        return _result("vin", text, value, "not of the form of a VIN")
    if vin_check_digit(value) == value[8]:
        return _result("vin", text, value, "")
    if value[0] in "12345":
        return _result("vin", text, value, "the check digit of the VIN does not fit")
    note = "the check digit does not fit; outside North America none is compulsory"
    return Identifier(kind="vin", value=value, complete=True, valid=True, original=text, note=note)


def vin_check_digit(value: str) -> str:
    """Return the check digit (0..9 or X) that a VIN's other characters call for.

    Raises: InvalidData: not 17 characters of the VIN's alphabet.
    Source: 49 CFR 565.15(c)(4).
    """
    if len(value) != 17 or any(c not in _VIN_VALUES for c in value):
        raise InvalidData("not a VIN")
    total = sum(int(_VIN_VALUES[c]) * weight for c, weight in zip(value, _VIN_WEIGHTS, strict=True))
    return "X" if total % 11 == 10 else str(total % 11)


def parse_imo(text: str) -> Identifier:
    """Return the IMO number of a ship (7 digits, with or without `IMO` before it).

    Raises: InvalidData: empty, or with a control character.
    Source: IMO Resolution A.1117(30), IMO Ship Identification Number Scheme.
    """
    value = compact(text).removeprefix("IMO")
    if not re.fullmatch(r"\d{7}", value):
        return _result("imo", text, value or compact(text), "an IMO number has 7 digits")
    total = sum(int(d) * (7 - i) for i, d in enumerate(value[:6]))
    note = "" if str(total % 10) == value[6] else "the check digit of the IMO number does not fit"
    return _result("imo", text, value, note)


_MX_PLATES = re.compile(
    r"[A-Z]{3}\d{3}[A-Z]"  # car since 2016: AAA-000-A
    r"|[A-Z]{3}\d{3,4}"  # car before: AAA-00-00; older AAA-000
    r"|[A-Z]\d{2}[A-Z]{3}"  # Mexico City car: A00-AAA
    r"|[A-Z]{2}\d{4}[A-Z]|[A-Z]{2}\d{5}"  # truck: AA-0000-A; before AA-00000
    r"|\d{3}[A-Z]{3}|\d{3}[A-Z]{2}\d|\d{2}[A-Z]{2}\d[A-Z]"  # older and federal service
    r"|[A-Z]\d{5}[A-Z]|[A-Z]\d{4,5}|\d{2}[A-Z]\d{2}[A-Z]|[A-Z]{1,2}\d{2}[A-Z]{1,2}\d?"
)


def parse_plate(text: str, country: str = "") -> Identifier:
    """Return the number plate that `text` writes, as its letters and digits alone.

    A plate that a witness saw in part (`ABC-1?3`, `ABC*`) is kept and marked incomplete.

    Args:
        country: `mx` or `us` where known; "" takes either country's form.

    Raises: InvalidData: empty, or with a control character.
    Source: NOM-001-SCT-2-2016 (Mexico); United States plates differ by state, 1 to 8 characters.
    Limits: a plate names a registration, not a vehicle for ever: compare within dates.
    """
    value = compact(text)
    if set(value) & {"*", "?"}:
        return _result("plate", text, value, "a part of a plate only", complete=False)
    if not re.fullmatch(r"[A-Z0-9]{1,8}", value):
        return _result("plate", text, value, "not of the form of a plate")
    if country == "mx" and not _MX_PLATES.fullmatch(value):
        return _result("plate", text, value, "not of the form of a Mexican plate")
    return _result("plate", text, value, "")


PARSERS: Mapping[str, Callable[[str], Identifier]] = {
    "curpCode": parse_curp,
    "rfcCode": parse_rfc,
    "leiCode": parse_lei,
    "vin": parse_vin,
    "imoNumber": parse_imo,
}
"""Properties of the vocabulary whose values are identifiers with a rule of their own."""
