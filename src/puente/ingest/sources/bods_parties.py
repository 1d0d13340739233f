"""Entities and people of a register of beneficial owners.

Source: Open Ownership, BODS 0.4 `entity-record.json`, `person-record.json` and their codelists
(entityType, personType, nameType); identifier schemes by org-id.guide, those of people by BODS
("{ISO 3166-1 alpha-3}-{PASSPORT|TAXID|IDCARD}").
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from puente.ingest.sources.bods_record import inner, object_of, objects_of, text_of, texts_of
from puente.model.schema import get_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.ingest.sources.bods_file import Survey
    from puente.ingest.sources.bods_record import Record
    from puente.ingest.sources.exchange import Teller
    from puente.model.schema import Schema

ENTITY_TYPES = {
    "registeredEntity": "Company",
    "legalEntity": "Organization",
    "arrangement": "Organization",
    "state": "PublicBody",
    "stateBody": "PublicBody",
}
"""Kinds of entity to schemata; an anonymous or unknown one is a `LegalEntity`."""

NAMES = {"birth": "previousName", "former": "previousName"}
MAIN_NAMES = frozenset({"legal", "individual", ""})
_SCHEMES = {"MX-RFC": "rfcCode", "MX-CURP": "curpCode", "XI-LEI": "leiCode", "LEI": "leiCode"}
_PERSON_SCHEMES = {
    "PASSPORT": "passportNumber",
    "TAXID": "taxNumber",
    "IDCARD": "idNumber",
}


def tell_entity(told: Teller, record: Record, survey: Survey) -> None:
    """Tell what a statement says of an entity."""
    details = record.details
    kind = details.get("entityType")
    named = text_of(inner(kind, "type")) or text_of(kind)
    schema = get_schema(ENTITY_TYPES.get(named, "LegalEntity"))
    about = (survey.id_of(record.key, record.publisher), schema)
    _tell(told, about, "name", details.get("name"))
    for name in texts_of(details.get("alternateNames")):
        _tell(told, about, "alias", name)
    _tell(told, about, "legalForm", inner(kind, "subtype"))
    _note(told, about, inner(kind, "details"))
    if schema.name == "LegalEntity":
        _note(told, about, f"kind of entity: {named or 'not stated'}")
    _unspecified(told, about, details.get("unspecifiedEntityDetails"))
    place = details.get("jurisdiction") or details.get("incorporatedInJurisdiction")
    _country(told, about, "jurisdiction", place)
    _tell(told, about, "incorporationDate", details.get("foundingDate"))
    _tell(told, about, "dissolutionDate", details.get("dissolutionDate"))
    for listing in objects_of(inner(details.get("publicListing"), "securitiesListings")):
        parts = (listing.get("stockExchangeName"), inner(listing, "security", "ticker"))
        _note(told, about, " ".join(["listed on an exchange:", *map(text_of, parts)]))
    _shared(told, about, record, survey)


def tell_person(told: Teller, record: Record, survey: Survey) -> None:
    """Tell what a statement says of a person, or of someone whom the register does not name."""
    details = record.details
    about = (survey.id_of(record.key, record.publisher), get_schema("Person"))
    for name in objects_of(details.get("names")):
        _name(told, about, name)
    kind = text_of(details.get("personType"))
    if kind and kind != "knownPerson":
        _note(told, about, f"kind of person: {kind}")
    _unspecified(told, about, details.get("unspecifiedPersonDetails"))
    for country in objects_of(details.get("nationalities")):
        _country(told, about, "nationality", country)
    _tell(told, about, "birthDate", details.get("birthDate"))
    _tell(told, about, "deathDate", details.get("deathDate"))
    birth = object_of(details.get("placeOfBirth"))
    _tell(told, about, "birthPlace", birth.get("address"))
    _country(told, about, "birthCountry", birth.get("country"))
    exposed = text_of(inner(details, "politicalExposure", "status")) == "isPep"
    if exposed or details.get("hasPepStatus") is True:
        _tell(told, about, "topics", "role.pep")
    for reason in objects_of(inner(details, "politicalExposure", "details")):
        _note(told, about, reason.get("reason"))
    _shared(told, about, record, survey)


About = tuple[str, "Schema"]
"""An entity's id and its kind."""


def _shared(told: Teller, about: About, record: Record, survey: Survey) -> None:
    for identifier in objects_of(record.details.get("identifiers")):
        _identifier(told, about, identifier)
    for address in objects_of(record.details.get("addresses")):
        country = address.get("country")
        parts = (
            address.get("address"),
            address.get("postCode"),
            inner(country, "name") or inner(country, "code") or country,
        )
        _tell(told, about, "address", ", ".join(filter(None, map(text_of, parts))))
    _tell(told, about, "sourceUrl", record.details.get("uri"))
    _tell(told, about, "sourceUrl", record.source_url)
    closed = survey.closed_on(record)
    if closed is not None:
        told.context.fact(f"{record.kind} records closed")
        _tell(told, about, "status", "closed")
        _note(told, about, f"the register closed the record: {closed or 'no date'}")


def _name(told: Teller, about: About, name: Mapping[str, object]) -> None:
    given, family = text_of(name.get("givenName")), text_of(name.get("familyName"))
    full = text_of(name.get("fullName")) or " ".join(filter(None, (given, family)))
    kind = text_of(name.get("type"))
    if kind in MAIN_NAMES:
        _tell(told, about, "name", full)
        _tell(told, about, "firstName", given)
        _tell(told, about, "lastName", family)
        patronymic = text_of(name.get("patronymicName"))
        _note(told, about, f"patronymic: {patronymic}" if patronymic else "")
    else:
        _tell(told, about, NAMES.get(kind, "alias"), full)


def _identifier(told: Teller, about: About, identifier: Mapping[str, object]) -> None:
    number = text_of(identifier.get("id"))
    scheme = text_of(identifier.get("scheme")) or text_of(identifier.get("schemeName"))
    person = about[1].name == "Person"
    prop = _SCHEMES.get(scheme, "idNumber" if person else "registrationNumber")
    match = re.fullmatch(r"[A-Z]{3}-([A-Z]+)", scheme)
    if person and match:
        prop = _PERSON_SCHEMES.get(match[1], prop)
    _tell(told, about, prop, number, f"{scheme}: {number}" if scheme else number)


def _country(told: Teller, about: About, prop: str, country: object) -> None:
    """Tell a country by its code; of a part of one (`US-DE`) the country, with a note."""
    code = text_of(inner(country, "code")) or (country if isinstance(country, str) else "")
    name = text_of(inner(country, "name"))
    whole, _, part = code.partition("-")
    _tell(told, about, prop, whole or name, code or name)
    if part:
        _note(told, about, f"{prop}: {code} {name}".strip())


def _unspecified(told: Teller, about: About, reason: object) -> None:
    given = object_of(reason)
    parts = (text_of(given.get("reason")), text_of(given.get("description")))
    if any(parts):
        told.context.fact("entities and people that are not named, with the reason")
        _note(told, about, "not named: " + ": ".join(filter(None, parts)))


def _tell(
    told: Teller, about: About, prop: str, value: object, original: str | None = None
) -> None:
    told.tell(*about, prop, text_of(value), original)


def _note(told: Teller, about: About, value: object) -> None:
    text = text_of(value)
    if text:
        told.note(*about, text, text)
