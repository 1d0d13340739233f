"""How an entry of OFAC's XML formats becomes claims, whichever of them it came in.

Features and papers are put into the words of the legacy Remarks column and read by its rules, so
that one fact is one statement whichever format it came in: the number of an entry (`FixedRef`,
`entity id`) is the legacy `ent_num`, and a list in one format follows on from it in another.

Source: OFAC, Sanctions List Service: ADVANCED_XML, ENHANCED_XML and DeltaFile schemas.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.source import Claims
from puente.ingest.sources.ofac_entries import KINDS, Names, add_name_parts, add_remarks
from puente.ingest.sources.ofac_files import CONS, SDN, sources_of
from puente.ingest.sources.ofac_parts import add_address, number_of, schema_of
from puente.ingest.sources.ofac_remarks import Remark, parse_piece
from puente.model.dates import PartialDate, parse_date
from puente.model.schema import get_schema
from puente.model.text import fold
from puente.model.values import format_number, parse_name, parse_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.ingest.source import Claim, LoadContext


@dataclass(slots=True, kw_only=True)
class Entry:
    """One entry, whatever the format.

    Attributes:
        line: on which it begins.
        number: `ent_num`.
        kind: `Individual`, `Entity`, `Vessel`, `Aircraft`; "" where it does not say.
        names: property and name, in order.
        titles: of a person.
        features: kind and value as published; see `piece_of`.
        pieces: kind, and text in the words of the legacy Remarks column.
        addresses: street; city with state and postcode; country.
        notes: what has no property.
        programs, lists: as published.
        listing: property of the listing and value: dates, legal authorities, measures.
        partial: True where it states a change, and need not bear a name.
    """

    line: int
    number: str
    kind: str = ""
    names: list[tuple[str, str]] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    features: list[tuple[str, str]] = field(default_factory=list)
    pieces: list[tuple[str, str]] = field(default_factory=list)
    addresses: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    programs: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    listing: list[tuple[str, str]] = field(default_factory=list)
    partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """What one entry is to another, as published.

    Attributes:
        line: on which it begins.
        kind: `Owned or Controlled By`, ...
        source, target: numbers of the entries.
        details: property of the relation and value.
    """

    line: int
    kind: str
    source: str
    target: str
    details: tuple[tuple[str, str], ...] = ()


def name_prop(kind: str, *, primary: bool, weak: bool) -> str:
    """Return the property of a name of a kind: what OFAC calls weak stays weak, whatever it is.

    Source: OFAC FAQ 122 (weak aliases).
    """
    if primary:
        return "name"
    if weak:
        return "weakAlias"
    return "previousName" if fold(kind) == "f k a" else "alias"


_STREET = ("ADDRESS1", "ADDRESS2", "ADDRESS3")


def address_of(parts: Mapping[str, str], country: str) -> tuple[str, str, str]:
    """Return an address as the legacy list has it: street; city with state and postcode; country.

    Args:
        parts: by the name of their kind, in upper case.
        country: its name; "" takes the region that the parts name.
    """
    street = ", ".join(parts[key] for key in _STREET if parts.get(key))
    region = " ".join(parts[key] for key in ("STATE/PROVINCE", "POSTAL CODE") if parts.get(key))
    city = ", ".join(text for text in (parts.get("CITY", ""), region) if text)
    return street, city, country or parts.get("REGION", "") or parts.get("UNKNOWN", "")


def span_iso(first: str, last: str) -> str:
    """Return the ISO form of the time between two dates; "" where there is none.

    Args:
        first, last: ISO dates of any precision, or "".
    """
    try:
        start, end = parse_date((first or last)[:10]), parse_date((last or first)[:10])
        return PartialDate(start=start.start, end=end.end).iso
    except InvalidData:
        return ""


_WORDS = {
    "birthdate": "DOB",
    "place of birth": "POB",
    "nationality country": "nationality",
    "nationality": "nationality",
    "citizenship country": "citizen",
    "citizenship": "citizen",
    "call sign": "Vessel Call Sign",
    "vessel type": "Vessel Type",
}
"""Kinds of feature that the legacy Remarks column calls by other words, folded."""

_NUMBERS = {
    "vessel tonnage": "tonnage",
    "tonnage": "tonnage",
    "vessel gross registered tonnage": "grossRegisteredTonnage",
    "gross registered tonnage": "grossRegisteredTonnage",
}
_OF_A_PERSON = {"birthdate", "place of birth", "gender", "nationality country", "title"}


def piece_of(kind: str, value: str) -> str:
    """Return a feature in the words of the legacy Remarks column."""
    return f"{_WORDS.get(fold(kind), kind)} {value}".strip()


class Entries:
    """Turns entries and their relations into claims, and counts what the list is known for."""

    def __init__(self, context: LoadContext) -> None:
        self._context = context
        self._seen: dict[str, int] = {}
        self._kinds: dict[str, str] = {}

    def claims(self, entry: Entry) -> list[Claim]:
        """Return the claims of one entry.

        Raises: InvalidData: no number or name, or an entry of OFAC's other list.
        """
        context = self._context
        number = number_of(entry.number)
        self._check_list(entry)
        names = _named(entry)
        if not names and not entry.partial:
            raise InvalidData("no name")
        name = names[0][1] if names else ""
        schema = _schema_of(entry, name)
        claims = Claims(entry.line).about(self._entity_id(number, schema), schema)
        for prop, other in names:
            claims.add(prop, other)
            context.fact(f"names: {prop}")
        if schema == "Person" and names and names[0][0] == "name":
            add_name_parts(claims, name)
        for program in entry.programs:
            claims.add("program", program)
            context.fact(f"program {program}")
        for title in entry.titles:
            claims.add("position" if schema == "Person" else "notes", title)
        for address in entry.addresses:
            add_address(claims, address, " | ".join(address), context)
        for note in entry.notes:
            claims.add("notes", note)
        self._add_details(claims, entry)
        if not entry.partial:
            context.fact(KINDS.get(schema, "organisations"))
            context.fact("entries")
        return claims.held

    def _check_list(self, entry: Entry) -> None:
        own = self._context.info.name
        if entry.lists and own not in sources_of(entry.lists):
            lists = ", ".join(entry.lists)
            other = CONS if own == SDN else SDN
            raise InvalidData(f"on no list of {own} but on {lists}: load the file as {other}")

    def _entity_id(self, number: str, schema: str) -> str:
        """Return the entry's id; a second entry under one number is another thing."""
        count = self._seen[number] = self._seen.get(number, 0) + 1
        self._kinds.setdefault(number, schema)
        if count == 1:
            return f"ofac-{number}"
        self._context.fact("numbers given twice")
        return f"ofac-{number}-{count}"

    def _add_details(self, claims: Claims, entry: Entry) -> None:
        remarks: list[Remark] = []
        pieces = [*entry.pieces]
        for kind, value in entry.features:
            prop = _NUMBERS.get(fold(kind), "")
            if prop and prop in get_schema(claims.schema).props:
                remarks.append(_number(prop, value))
            else:
                pieces.append((kind, piece_of(kind, value)))
        for kind, text in pieces:
            found = parse_piece(text, claims.schema)
            remarks += found
            self._context.fact("features and papers")
            self._context.fact("features and papers understood", int(found[-1].understood))
            if not found[-1].understood:
                self._context.fact(f"not understood: {kind}")
        remarks += [Remark("sanction", prop, value, value) for prop, value in entry.listing]
        # No name is looked up: the format states its relations by number.
        add_remarks(claims, remarks, Names(), self._context, entry.programs)

    def relation(self, relation: Relation) -> list[Claim]:
        """Return the claims of a relation, under the kind of edge that its ends can have."""
        source, target = number_of(relation.source), number_of(relation.target)
        self._context.fact(f"relation {relation.kind}")
        if source == target:
            return []
        if target not in self._kinds:
            self._context.fact("relations to entries that the file does not hold")
        kind, from_prop, to_prop = self._edge(relation.kind, source, target)
        name = "link" if kind == "UnknownLink" else kind.lower()
        claims = Claims(relation.line).about(f"ofac-{name}-{source}-{target}", kind)
        claims.add(from_prop, f"ofac-{source}", "")
        claims.add(to_prop, f"ofac-{target}", "")
        claims.add("role", relation.kind)
        for prop, value in relation.details:
            claims.add(prop, value)
        return claims.held

    def _edge(self, kind: str, source: str, target: str) -> tuple[str, str, str]:
        schema, from_prop, to_prop = _EDGES.get(fold(kind), _LINK)
        props = get_schema(schema).props
        for number, prop in ((source, from_prop), (target, to_prop)):
            held = self._kinds.get(number, "")
            # What is no part of the file is not known to be unfit.
            unfit = held and held != "Thing" and not get_schema(held).is_a(props[prop].range)
            if unfit or (prop == "asset" and held == "Person"):
                return _LINK
        return schema, from_prop, to_prop


_LINK = ("UnknownLink", "subject", "object")
_EDGES = {
    "owned or controlled by": ("Ownership", "asset", "owner"),
    "owns controls or operates": ("Ownership", "owner", "asset"),
    "acting for or on behalf of": ("Representation", "agent", "client"),
    "family member of": ("Family", "person", "relative"),
    "associate of": ("Associate", "person", "associate"),
    "leader or official of": ("Directorship", "director", "organization"),
    "principal executive officer": ("Directorship", "director", "organization"),
}
"""Kinds of relation, folded, to an edge and its two ends. OFAC publishes no shares: `Owned or
Controlled By` is a holding of unknown size, whose role says that it may be control alone."""


def _named(entry: Entry) -> list[tuple[str, str]]:
    """Return the names once each, the entry's own first; the first strong one where none is it."""
    read: list[tuple[str, str]] = []
    for prop, text in entry.names:
        try:
            read.append((prop, parse_name(text)))
        except InvalidData:
            entry.notes.append(f"{prop}: {text}")
    held = list(dict.fromkeys(read))
    own = next((item for item in held if item[0] == "name"), None)
    if own is None:
        strong = next((item for item in held if item[0] == "alias"), None)
        if strong is None:
            return held
        held.remove(strong)
        own = ("name", strong[1])
    else:
        held.remove(own)
    others = [("alias" if prop == "name" else prop, name) for prop, name in held]
    return [own, *(item for item in dict.fromkeys(others) if item[1] != own[1])]


def _schema_of(entry: Entry, name: str) -> str:
    kind = entry.kind
    if fold(kind) not in {"individual", "entity", "vessel", "aircraft"}:
        labels = [fold(label) for label, _value in entry.features]
        if any(label in _OF_A_PERSON for label in labels):
            kind = "individual"
        else:
            first = next((label.partition(" ")[0] for label in labels), "")
            kind = first if first in {"vessel", "aircraft"} else ""
        if not kind:
            return "Thing"
    return schema_of(kind, name)


def _number(prop: str, value: str) -> Remark:
    try:
        return Remark("prop", prop, format_number(parse_number(value)), value)
    except InvalidData:
        text = f"{prop}: {value}"
        return Remark("note", "", text, value, understood=False)
