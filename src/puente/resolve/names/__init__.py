"""The one home of Spanish and other name knowledge. Pure: text in, text and roles out."""

from __future__ import annotations

from puente.resolve.names.company import CompanyName, company_core
from puente.resolve.names.fold import fold, tokens
from puente.resolve.names.latin import by_signs, in_latin
from puente.resolve.names.person import PersonName, parse_person
from puente.resolve.names.phonetic import phonetic
from puente.resolve.names.words import expand_given, expand_surname, given_roots, tongues

__all__ = [
    "CompanyName",
    "PersonName",
    "by_signs",
    "company_core",
    "expand_given",
    "expand_surname",
    "fold",
    "given_roots",
    "in_latin",
    "parse_person",
    "phonetic",
    "tokens",
    "tongues",
]
