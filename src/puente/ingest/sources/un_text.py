"""What the United Nations' list writes as running text: names in one field, numbers in a sentence.

Source: UN Security Council Consolidated List, XML (the layout of sc-sanctions.xsd).
Limits: read by what the list is seen to do; a text that no rule fits is kept whole.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from puente.errors import InvalidData
from puente.model.countries import country_code
from puente.model.dates import parse_date
from puente.model.text import fold

_SPLIT = re.compile(r"\s*;\s*|\s+[a-z]\)\s+")
_IN_BRACKETS = re.compile(r"(.*?)\s*[(（]([^()（）]*)[)）]\s*,?")
_ABOUT_A_NAME = re.compile(
    r"(?:combat|birth|maiden|war) name|nom de guerre|previously listed as|formerly listed as",
    re.IGNORECASE,
)
_SCRIPT_WORDS = re.compile(
    r".*?\b(?:original script|in [a-z]+(?: script)?)\s*:\s*", re.IGNORECASE | re.DOTALL
)
_PERSON_AFTER_NAME = re.compile(r",\s+born\b.*$", re.DOTALL)
_QUOTES = "\"'“”‘’«»"


def script_of(text: str) -> str:
    """Return the script of the first letter of a text, e.g. `LATIN`; "" where there is none."""
    letter = next((c for c in text if c.isalpha()), "")
    return unicodedata.name(letter, "").partition(" ")[0] if letter else ""


def names_in(text: str) -> list[str]:
    """Return the names that one field holds: `A; B`, or a name with another script in brackets.

    The list writes several spellings in one alias, and a name compared whole with such a text
    would not be found.
    """
    names: list[str] = []
    for piece in _bracketed(" ".join(text.split())):
        for name in _SPLIT.split(_PERSON_AFTER_NAME.sub("", piece)):
            bare = name.strip(" ,;").removeprefix(")").strip()
            if len(bare) > 2 and bare[0] in _QUOTES and bare[-1] in _QUOTES:
                bare = bare[1:-1].strip()
            if any(map(str.isalnum, bare)) and bare not in names:
                names.append(bare)
    return names


def _bracketed(text: str) -> tuple[str, ...]:
    match = _IN_BRACKETS.fullmatch(text)
    if not match:
        return (text,)
    before, inside = match[1], _SCRIPT_WORDS.sub("", match[2])
    if _ABOUT_A_NAME.fullmatch(inside.strip()):
        return (before,)
    if inside and before and script_of(inside) != script_of(before):
        return before, inside
    return (text,)


def names_in_note(note: str) -> list[str]:
    """Return the names that a note beside an alias holds: in another script, or a list of them."""
    named = _SCRIPT_WORDS.match(note)
    if named:
        rest = note[named.end() :]
        return names_in(rest) if script_of(rest) not in {"", "LATIN"} else []
    return names_in(note) if ";" in note and not re.search(r"[\d:()]", note) else []


_ACRONYM = re.compile(r"(.+?)\s*\(([A-Za-z][A-Za-z0-9-]{1,9})\)(.*)")


def without_acronym(name: str) -> tuple[str, str]:
    """Return a body's name without the acronym in brackets, and that; "" twice where it has none.

    `AL-HARAMAIN FOUNDATION (PAKISTAN)` has none: an acronym's letters stand in the name, in order.
    """
    match = _ACRONYM.fullmatch(name)
    if not match:
        return "", ""
    letters = iter(fold(match[1]))
    if not all(letter in letters for letter in fold(match[2]) if letter != " "):
        return "", ""
    return " ".join((match[1] + match[3]).split()), match[2]


# --- papers ------------------------------------------------------------------------------------

_KINDS = (
    (re.compile(r"social security|\bssn\b"), "socialSecurityNumber"),
    (re.compile(r"fiscal code|\btax\b|\bnif\b|\brfc\b"), "taxNumber"),
    (re.compile(r"passport|passeport|pasaporte|laissez"), "passportNumber"),
)
_END_OF_NUMBER = re.compile(
    r"\b(?:issued|expir\w*|exp\.|under|made out|valid|born|dated|for|on)\b.*",
    re.IGNORECASE | re.DOTALL,
)


def kind_of_paper(*texts: str) -> str:
    """Return the property of a paper of a kind: passport, tax, social security, else identity."""
    for text in texts:
        for pattern, prop in _KINDS:
            if pattern.search(fold(text)):
                return prop
    return "idNumber"


def number_in(text: str) -> str:
    """Return the number that a text writes, alone or in a sentence; "" where it has none.

    `Afghan passport number SE 012820` is SE 012820, `381110042 (Expired 25 Jan. 2016)` the first.
    """
    plain = " ".join(re.sub(r"\([^()]*\)", " ", text).split())
    if not any(c.islower() for c in plain):
        return plain.strip(" ,.;:").upper()
    words = [word.strip(",;:") for word in _END_OF_NUMBER.sub("", plain).split()]
    with_digits = [i for i, word in enumerate(words) if any(c.isdigit() for c in word)]
    if not with_digits:
        return ""
    first, last = with_digits[0], with_digits[-1]
    before = words[first - 1] if first else ""
    if before and before.isupper() and len(before.strip("-")) <= 3 and not before.endswith("."):
        first -= 1
    return " ".join(words[first : last + 1]).upper()


# --- countries and dates -----------------------------------------------------------------------

_UN_NAMES = {
    "united republic of tanzania": "tz",
    "china hong kong special administrative region": "hk",
    "china macao special administrative region": "mo",
    "former soviet union": "suhh",
    "former yugoslavia": "yucs",
    "islamic republic of iran": "ir",
    "kingdom of the netherlands": "nl",
    "netherlands kingdom of the": "nl",
}
"""Names that the United Nations write and `puente.model.countries` does not know."""


def un_country(text: str) -> str:
    """Return the code of a country as the United Nations name it.

    Raises: InvalidData: no country is called so.
    """
    return _UN_NAMES.get(fold(text)) or country_code(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Birth:
    """What one date of birth of the list says.

    Attributes:
        iso: the date, day, month, year or span; "" where none is understood.
        text: as published, in one line.
        kind: `exact`, `approximate`, `between`, or "" where the list gives none.
        note: the note beside it, "" where the date itself was read from it.
    """

    iso: str
    text: str
    kind: str
    note: str


_TYPES = {"EXACT": "exact", "APPROXIMATELY": "approximate", "BETWEEN": "between"}


def read_birth(parts: dict[str, str]) -> Birth:
    """Return what a date of birth says.

    Args:
        parts: `TYPE_OF_DATE`, `DATE`, `YEAR`, `FROM_YEAR`, `TO_YEAR`, `NOTE` as published.
    """
    date, year, note = (parts.get(key, "") for key in ("DATE", "YEAR", "NOTE"))
    start, end = parts.get("FROM_YEAR", ""), parts.get("TO_YEAR", "")
    kind = _TYPES.get(parts.get("TYPE_OF_DATE", "").upper(), "")
    written = day_of(date) or (f"{start} to {end}" if start and end else year or start or end)
    text = " ".join(filter(None, ("circa" if kind == "approximate" else "", written, note)))
    candidates = [(f"{note} {year}", "")] if year and note and not date else []
    if written:
        candidates.append((written, note))
    elif "hijri" not in note.lower():
        # A day of the Islamic calendar looks like one of ours six centuries ago.
        candidates.append((note, ""))
    for candidate, rest in candidates:
        try:
            iso = parse_date(candidate).iso
        except InvalidData:
            continue
        return Birth(iso=iso, text=text, kind=kind, note=rest)
    return Birth(iso="", text=text, kind=kind, note=note)


def day_of(text: str) -> str:
    """Return a date without the zone that some files put behind it: `2015-06-01-04:00`."""
    match = re.match(r"\d{4}-\d\d-\d\d", text)
    return match[0] if match else text
