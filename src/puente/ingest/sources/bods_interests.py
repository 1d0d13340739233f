"""Interests that one party has in another: shares as holdings, the rest as what it is.

Source: Open Ownership, BODS 0.4 `relationship-record.json` and codelists (interestType,
unspecifiedReason); OFAC FAQ 398 (the 50 percent rule speaks of ownership, not of control).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.sources.bods_record import inner, object_of, objects_of, text_of
from puente.model.schema import get_schema
from puente.model.values import format_number, parse_decimal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.ingest.sources.bods_file import Survey
    from puente.ingest.sources.bods_record import Record
    from puente.ingest.sources.exchange import Teller
    from puente.model.schema import Schema

OWNING = frozenset({"shareholding"})
DIRECTING = frozenset({"boardMember", "boardChair", "seniorManagingOfficial"})
_OLD_NAMES = {
    "influenceOrControl": "otherInfluenceOrControl",
    "rightsToSurplusAssets": "rightsToSurplusAssetsOnDissolution",
}
NOT_STATED = "unknownInterest"

REASONS = frozenset(
    {"noBeneficialOwners", "subjectUnableToConfirmOrIdentifyBeneficialOwner", "unknown"}
    | {"interestedPartyHasNotProvidedInformation", "subjectExemptFromDisclosure"}
    | {"interestedPartyExemptFromDisclosure", "informationUnknownToPublisher"}
)
"""Why a register names nobody, by its codelist; each is counted apart."""

_ENDS = {
    "Ownership": ("owner", "asset"),
    "Directorship": ("director", "organization"),
    "UnknownLink": ("subject", "object"),
}

LEAST = Decimal("0.000001")
"""What is taken off a share that must stay below a bound: the least that holdings are kept to.
Less than 50 percent is not 50 percent, and the rule turns on that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One end of a relationship: an id and the number it is named by, or why none is given."""

    id: str = ""
    key: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share in percent: at least, at most (None where exact or not known), and in words."""

    low: Decimal | None = None
    high: Decimal | None = None
    words: str = ""


def tell_relationship(told: Teller, record: Record, survey: Survey) -> None:
    """Tell each interest of a relationship as a record of its own.

    Raises: InvalidData: neither end is given, or a share that cannot be.
    """
    subject = _party(told, record, survey, "subject")
    holder = _party(told, record, survey, "interestedParty")
    if not (subject.id or holder.id):
        raise InvalidData("the relationship names neither of its ends")
    closed = survey.closed_on(record)
    if closed is not None:
        told.context.fact("relationship records closed")
    elif not holder.id and survey.described(subject.key):
        nobody = f"holder of an interest not named: {holder.reason}"
        told.note(subject.id, get_schema("LegalEntity"), nobody, holder.reason)
    seen: dict[str, int] = {}
    for interest in objects_of(record.details.get("interests")) or [{}]:
        kind = interest_type(interest)
        seen[kind] = seen.get(kind, 0) + 1
        number = f"-{seen[kind]}" if seen[kind] > 1 else ""
        base = survey.id_of(record.key, record.publisher)
        _interest(told, (f"{base}-{kind}{number}", kind), (holder, subject), interest)
        about = (f"{base}-{kind}{number}", get_schema(_schema(kind)))
        told.tell(*about, "recordId", record.statement)
        if record.details.get("isComponent") is True:
            _say(told, about, "isComponent: true")
        if closed is not None and not text_of(interest.get("endDate")):
            told.tell(*about, "endDate", closed)
            told.tell(*about, "status", "closed")


def interest_type(interest: Mapping[str, object]) -> str:
    """Return the kind of an interest by the newest codelist; `unknownInterest` where not stated."""
    written = text_of(interest.get("type"))
    camel = re.sub(r"-([a-z])", lambda match: match[1].upper(), written)
    return _OLD_NAMES.get(camel, camel) or NOT_STATED


def _schema(kind: str) -> str:
    if kind in OWNING:
        return "Ownership"
    return "Directorship" if kind in DIRECTING else "UnknownLink"


def _interest(
    told: Teller,
    name: tuple[str, str],
    ends: tuple[Party, Party],
    interest: Mapping[str, object],
) -> None:
    entity_id, kind = name
    schema = get_schema(_schema(kind))
    about = (entity_id, schema)
    for prop, party in zip(_ENDS[schema.name], ends, strict=True):
        if party.id:
            told.add(entity_id, schema.name, prop, told.prefix + party.id, "")
        else:
            _say(told, about, f"{prop} not named: {party.reason}")
    told.tell(*about, "role", kind, text_of(interest.get("type")))
    directness = text_of(interest.get("directOrIndirect") or interest.get("interestLevel"))
    share = share_of(object_of(interest.get("share")))
    if schema.name == "Ownership":
        told.tell(*about, "ownershipType", directness)
        _percent(told, about, share, indirect=directness == "indirect")
    elif directness:
        _say(told, about, f"directOrIndirect: {directness}")
    beneficial = interest.get("beneficialOwnershipOrControl")
    if isinstance(beneficial, bool):
        _say(told, about, f"beneficialOwnershipOrControl: {text_of(beneficial)}")
    _say(told, about, share.words)
    _say(told, about, text_of(interest.get("details")))
    told.tell(*about, "startDate", text_of(interest.get("startDate")))
    told.tell(*about, "endDate", text_of(interest.get("endDate")))


def _percent(told: Teller, about: tuple[str, Schema], share: Share, *, indirect: bool) -> None:
    if share.low is None:
        return
    low, high = share.low, share.high
    if indirect:
        # The chain through which it is held may stand in the file too, and must not count twice.
        low, high = Decimal(0), share.low if share.high is None else share.high
    told.tell(*about, "percentage", format_number(low), share.words)
    if high is not None:
        told.tell(*about, "percentageMax", format_number(high), share.words)


def share_of(share: Mapping[str, object]) -> Share:
    """Return a share as the register states it.

    Raises: InvalidData: not from 0 to 100, not a number, or a least above the most.
    """
    exact = _number(share, "exact")
    if exact is not None:
        return Share(low=exact, words=f"{format_number(exact)} percent")
    low, above = _bound(share, "minimum", "exclusiveMinimum")
    high, below = _bound(share, "maximum", "exclusiveMaximum")
    if low is None and high is None:
        return Share()
    words = []
    if low is not None:
        words.append(f"{'more than' if above else 'at least'} {format_number(low)}")
    if high is not None:
        words.append(f"{'less than' if below else 'at most'} {format_number(high)}")
    least = Decimal(0) if low is None else low
    most = Decimal(100) if high is None else high - (LEAST if below and high else 0)
    if least > most:
        raise InvalidData("the least share is above the most")
    return Share(
        low=least, high=None if least == most else most, words=", ".join(words) + " percent"
    )


def _bound(share: Mapping[str, object], name: str, exclusive: str) -> tuple[Decimal | None, bool]:
    """Return a bound and whether the share stays clear of it.

    Until 0.2 the exclusive form is a flag beside the bound, from 0.3 on a number in its place.
    """
    flag = share.get(exclusive)
    if isinstance(flag, bool) or flag is None:
        return _number(share, name), flag is True
    strict, plain = _number(share, exclusive), _number(share, name)
    return (strict, True) if strict is not None else (plain, False)


def _number(share: Mapping[str, object], name: str) -> Decimal | None:
    text = text_of(share.get(name))
    if not text:
        return None
    try:
        number = parse_decimal(text)
    except InvalidData:
        raise InvalidData(f"share: {name} is no number: {text[:40]!r}") from None
    if not 0 <= number <= 100:
        raise InvalidData(f"share: {name} is not from 0 to 100: {text[:40]!r}")
    return number


def _party(told: Teller, record: Record, survey: Survey, name: str) -> Party:
    """Return one end: who it is, or the register's reason for naming nobody."""
    given = record.details.get(name)
    key = text_of(
        inner(given, "describedByEntityStatement")
        or inner(given, "describedByPersonStatement")
        or given
    )
    if key:
        if not survey.described(key):
            told.context.fact("ends of relationships that the file does not describe")
        return Party(id=survey.id_of(key, record.publisher), key=key)
    unspecified = object_of(inner(given, "unspecified")) or object_of(given)
    parts = (text_of(unspecified.get("reason")), text_of(unspecified.get("description")))
    reason = ": ".join(filter(None, parts)) or "no reason stated"
    known = parts[0] if parts[0] in REASONS else "another reason"
    told.context.fact(f"{name} not named: {known}")
    return Party(reason=reason)


def _say(told: Teller, about: tuple[str, Schema], text: str) -> None:
    if text:
        told.note(*about, text, text)
