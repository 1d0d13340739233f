"""What a column of records may be: by its header, by its values, and how it is compared if nothing.

Values are judged by shares of tests that `puente.ingest.guess_values` shares with the loading of
strangers' files; given names and surnames by the word lists of `resolve.names`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from puente.i18n import gettext as _
from puente.ingest.guess_columns import UNKNOWN_ROLE
from puente.ingest.guess_words import words_of
from puente.resolve.names.fold import tokens
from puente.resolve.names.words import given_names, surnames
from puente.resolve.profile_values import iso_of, number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from puente.ingest.guess_columns import Column
    from puente.ingest.guess_values import Profile as Values
    from puente.resolve.profile_spec import Sort

_ROLE_OF_FIELD: Mapping[str, str] = {
    "name": "name", "given": "given_name", "paternal": "paternal_surname",
    "surnames": "paternal_surname", "maternal": "maternal_surname", "birth_date": "birth_date",
    "sex": "sex", "curp": "curp", "rfc": "rfc", "phone": "phone", "email": "email",
    "address": "address", "street": "street", "postcode": "postcode", "birth_place": "birth_place",
    "occupation": "occupation", "plate": "plate", "vin": "vin", "make": "make", "model": "model",
    "model_year": "year", "color": "color", "serial": "serial_number", "caliber": "caliber",
    "weapon_type": "weapon_type", "firm_name": "company_name", "legal_form": "legal_form",
    "colonia": "neighbourhood", "city": "city", "municipality": "city", "state": "state",
    "home_municipality": "city", "home_state": "state",
}  # fmt: skip
"""Fields of `puente.ingest.guess_columns` and the role that each is."""

_BY_WORDS: tuple[tuple[str, frozenset[str]], ...] = (
    ("importer", frozenset({"importer", "importador", "importadora"})),
    ("postcode", frozenset({"postcode", "zip", "postal", "zipcode", "cp"})),
    ("neighbourhood", frozenset({"colonia", "neighborhood", "neighbourhood"})),
    ("birth_date", frozenset({"dob", "birthdate", "birthday", "nacimiento", "birth"})),
    ("occupation", frozenset({"occupation", "ocupacion", "profession", "profesion"})),
    ("city", frozenset({"city", "ciudad", "town", "municipio"})),
)
"""Words of a header that tell a role where the values' look says nothing against it."""

BY_VALUES_ALONE = 0.6
"""How sure a role is at most that no header tells."""
_LEAST = 0.6
_BY_TEST: tuple[tuple[str, str, float], ...] = (
    ("curp", "curp", _LEAST), ("email", "email", 0.7), ("vin", "vin", 0.7), ("rfc", "rfc", 0.8),
    ("phone", "phone", 0.8), ("company_name", "firm", 0.3), ("sex", "sex", 0.95),
)  # fmt: skip
_NUMBERED = frozenset({"id", "folio", "numero", "clave", "codigo", "number", "code", "registro"})
"""Words of headers of numbers that name and do not measure."""
_PLATE = re.compile(
    r"(?=.*\d.*\d)(?=.*[A-Z].*[A-Z])[A-Z0-9]{2,4}[- ]?[A-Z0-9]{2,4}([- ]?[A-Z0-9]{1,2})?"
)
_AMOUNT = re.compile(
    r"((MXN|USD|US|M\.?N\.?)?\s?[$€]?\s?)?[-+−(]?\d[\d.,'\s]*\)?\s*[A-Za-z%$€]{0,5}\.?"
)
_YEARS_APART = 25
"""Dates of birth lie this far apart at least, in nine of ten values; dates of events seldom do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByValue:
    """What a column may be: a role or "", how sure, 0..1, and why."""

    role: str
    sure: float
    why: str


def role_of(column: Column, one: Values) -> ByValue | None:
    """Return what a column's header says it is, where its values do not speak against it."""
    role = _ROLE_OF_FIELD.get(column.field, "")
    if role and column.role in {"", "vehicle", "weapon", UNKNOWN_ROLE}:
        # A word that no one knows (`Domicilio fiscal`): likely, and any plain one comes before it.
        sure = column.sure * (0.8 if column.role == UNKNOWN_ROLE else 1.0)
        return ByValue(role=role, sure=sure, why="; ".join(column.why))
    said = set(words_of(one.column))
    for role, known in _BY_WORDS:
        if said & known and not (role == "birth_date" and _dates(one) < _LEAST):
            why = _("the header says: {words}").format(words=" ".join(sorted(said & known)))
            return ByValue(role=role, sure=0.7, why=why)
    return None


def role_by_values(one: Values) -> ByValue:
    """Return what a column's values alone show it to be; no role where they show nothing sure."""
    if one.filled < 5:
        return ByValue(role="", sure=0.0, why="")
    for role, test, least in _BY_TEST:
        share = one.share(test)
        if share >= least and (role != "sex" or 2 <= len(one.values) <= 6):
            return _seen(role, share)
    if _born(one):
        return _seen("birth_date", _dates(one))
    plates = _share(one, lambda text: bool(_PLATE.fullmatch(text.upper())) and len(text) >= 5)
    if plates >= 0.9 and one.distinct_share > 0.3 and one.width < 1.5:
        return _seen("plate", plates)
    return _names(one)


def _seen(role: str, share: float) -> ByValue:
    why = _("the values alone: {share} % look like {what}").format(
        share=round(100 * share), what=role
    )
    return ByValue(role=role, sure=min(BY_VALUES_ALONE, share), why=why)


def _names(one: Values) -> ByValue:
    """Return given name, surname or whole name where most words are known as such."""
    given = family = words = rows = 0
    for text, count in one.values.items():
        parts = tokens(text)
        if not parts or any(char.isdigit() for char in text):
            continue
        rows += count
        words += count * len(parts)
        given += count * sum(part in given_names() for part in parts)
        family += count * sum(part in surnames() for part in parts)
    if not words or rows < 0.9 * one.filled or one.share("firm") > 0.1:
        return ByValue(role="", sure=0.0, why="")
    mean, most = words / rows, max(given, family) / words
    if mean >= 2.2 and (given + family) / words >= _LEAST and min(given, family) / words >= 0.2:
        return _seen("name", (given + family) / words)
    if most >= 0.5 and mean < 2.2:
        return _seen("given_name" if given > family else "paternal_surname", most)
    return ByValue(role="", sure=0.0, why="")


_OF_PEOPLE = frozenset({"birth_date", "sex", "rfc", "occupation", "birth_place"})


def kind_of(roles: Mapping[str, str], values: Sequence[Values]) -> str:
    """Return the kind of record that the roles found make, `Thing` where they make none.

    Args:
        roles: column to role.
        values: of every column.
    """
    found = {role for role in roles.values() if role}
    by_name = {one.column: one for one in values}
    firms = any(
        by_name[name].share("firm") >= 0.15
        for name, role in roles.items() if role in {"name", "company_name"}
    )  # fmt: skip
    person = found & {"given_name", "paternal_surname", "maternal_surname", "curp"}
    if "serial_number" in found and found & {"caliber", "weapon_type"}:
        return "Firearm"
    if found & {"vin", "plate"} and not found & {"curp", "given_name"}:
        return "Vehicle"
    if ("company_name" in found and not person) or (firms and not person):
        return "Company"
    if person or ("name" in found and found & _OF_PEOPLE):
        return "Person"
    if "name" in found and _people(by_name, roles):
        return "Person"
    if found & {"address", "street"} and "name" not in found:
        return "Address"
    if "phone" in found and len(found & {"phone", "name", "city"}) == len(found):
        return "Phone"
    return "Thing"


def _people(by_name: Mapping[str, Values], roles: Mapping[str, str]) -> bool:
    """Return True if the names are of people: most of their words are names of people."""
    for name, role in roles.items():
        if role == "name":
            return _names(by_name[name]).role == "name"
    return False


def sort_of(one: Values) -> tuple[Sort, str]:
    """Return how a column without a role is compared, and why."""
    days = _dates(one)
    if days >= 0.8:
        return "date", _("{share} % are dates").format(share=round(100 * days))
    numbers = _share(one, lambda t: number_of(t, comma_decimal=False) is not None and _bare(t))
    coded = _share(one, lambda text: bool(re.fullmatch(r"0\d+|\d{9,}", text)))
    whole = {len(text) for text in one.values if text.isdigit()}
    even = whole and max(whole) >= 5 and len(whole) == 1
    if numbers >= 0.8 and coded < 0.05 and not even and not _NUMBERED & set(words_of(one.column)):
        return "number", _("{share} % are numbers").format(share=round(100 * numbers))
    words = one.share("letters") >= 0.9 and one.share("digit") < 0.2
    if one.width >= 1.3 or (words and len(one.values) > 12):  # fmt: skip
        return "fuzzy", _("texts that may be written in several ways")
    return "exact", _("a code or a word of a short list")


def _bare(text: str) -> bool:
    """Return True for a number with at most a currency or a unit beside it."""
    return bool(_AMOUNT.fullmatch(text.strip()))


def _dates(one: Values) -> float:
    """Return the share of values that are whole dates, read in the order that reads most."""
    return max(_share(one, partial(_whole_date, first)) for first in (True, False))


def _whole_date(day_first: bool, text: str) -> bool:  # noqa: FBT001 - bound by partial
    if re.fullmatch(r"\d{1,5}|\d{9,}", text):
        return False
    return len(iso_of(text, day_first=day_first) or "") == 10


def _born(one: Values) -> bool:
    """Return True if the values are dates spread as births are."""
    if _dates(one) < 0.8:
        return False
    years = sorted(
        int(iso[:4])
        for text, count in one.values.items()
        if (iso := iso_of(text, day_first=True) or iso_of(text, day_first=False))
        for _each in range(min(count, 3))
    )
    if len(years) < 10:
        return False
    low, high = years[len(years) // 20], years[-1 - len(years) // 20]
    return high - low >= _YEARS_APART and low >= 1880


def _share(one: Values, test: Callable[[str], bool]) -> float:
    passed = sum(count for text, count in one.values.items() if test(text))
    return passed / one.filled if one.filled else 0.0
