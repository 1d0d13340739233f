"""OFAC's lists in the advanced format: parties, and the tables that they point into.

A party names its addresses, papers, programmes and even the kinds of its features by number. The
first pass over the file reads what the numbers mean, the second the parties, so that neither the
file nor its parties are held in memory.

Source: OFAC, SDN Advanced Sanctions Data Model XML Explanatory Notes (2015), and the schema
    ADVANCED_XML; the United Nations' and the Wolfsberg Group's standard of 2014 under it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.markup import read_records
from puente.ingest.source import Handed, LoadContext, Reject
from puente.ingest.sources.ofac_files import sources_of
from puente.ingest.sources.ofac_tables import TABLES, Tables, period_of
from puente.ingest.sources.ofac_xml import Entries, Entry, Relation, name_prop
from puente.model.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from puente.ingest.markup import Node

_FAMILY = {"last name", "maiden name"}
_BY_CASE = {"patronymic", "matronymic"}
_KIND_OF_PART = {
    "last name": "Individual",
    "first name": "Individual",
    "entity name": "Entity",
    "vessel name": "Vessel",
    "aircraft name": "Aircraft",
}


def read_advanced(context: LoadContext) -> Iterator[Handed]:
    """Yield the parties of a list, one row each, then their relations.

    Papers, listings and relations that no party of the file has are rows of their own, rejected.

    Raises: InvalidData: XML that cannot be read to its end.
    Cost: two passes; memory holds the tables and the relations, not the file.
    """
    path, limits = context.file.path, context.limits
    tables = Tables(context=context)
    for node in read_records(path, TABLES, limits):
        tables.take(node)
    reader = _Parties(context, tables)
    relations: list[Node] = []
    for node in read_records(path, ("DistinctParty", "ProfileRelationship"), limits):
        if node.name == "ProfileRelationship":
            relations.append(node)
            continue
        context.row()
        try:
            yield reader.entries.claims(reader.entry(node))
        except InvalidData as error:
            yield Reject(line=node.line, reason=error.reason, raw=node.outline())
    for node in relations:
        yield from reader.relation(node)
    for node in tables.left_over():
        context.row()
        yield Reject(line=node.line, reason=f"<{node.name}> of no party", raw=node.outline())


class _Parties:
    """Turns parties and their relations into entries of the list."""

    def __init__(self, context: LoadContext, tables: Tables) -> None:
        self.entries = Entries(context)
        self._context = context
        self._tables = tables
        self._numbers: dict[str, str] = {}

    def entry(self, party: Node) -> Entry:
        """Return the entry that a party is.

        Raises: InvalidData: it has no profile.
        """
        profile = party.first("Profile")
        if profile is None:
            raise InvalidData("a party without a profile")
        number = party.get("FixedRef") or profile.get("ID")
        self._numbers[profile.get("ID")] = number
        entry = Entry(line=party.line, number=number, kind=self._kind(profile))
        entry.notes += [text for text in (party.value("Comment"), profile.value("Comment")) if text]
        for identity in profile.every("Identity"):
            self._add_names(entry, identity)
            for paper in self._tables.papers.pop(identity.get("ID"), ()):
                entry.pieces.append((paper.kind, paper.text))
                if paper.note:
                    entry.notes.append(f"{paper.text}: {paper.note}")
        for feature in (*profile.every("Feature"), *party.every("Feature")):
            self._add_feature(entry, feature)
        for listing in self._tables.listings.pop(profile.get("ID"), ()):
            entry.lists += listing.lists
            if listing.lists and self._context.info.name not in sources_of(listing.lists):
                also = ", ".join((*listing.lists, *listing.programs))
                entry.notes.append(f"also on another list of OFAC's: {also}")
                continue
            entry.programs += [p for p in listing.programs if p not in entry.programs]
            entry.listing += [item for item in listing.listing if item not in entry.listing]
        return entry

    def _kind(self, profile: Node) -> str:
        number = profile.get("PartySubTypeID")
        kind = self._tables.meaning("PartySubType", number)
        held = self._tables.references.get(("PartySubType", number))
        if held is not None and fold(kind) in {"", "unknown"}:
            kind = self._tables.meaning("PartyType", held.get("PartyTypeID"))
        return kind

    def _add_names(self, entry: Entry, identity: Node) -> None:
        parts: dict[str, str] = {}
        for group in identity.every("NamePartGroups", "MasterNamePartGroup", "NamePartGroup"):
            parts[group.get("ID")] = self._tables.meaning(
                "NamePartType", group.get("NamePartTypeID")
            )
        for alias in identity.every("Alias"):
            kind = self._tables.meaning("AliasType", alias.get("AliasTypeID"))
            primary = alias.get("Primary") == "true"
            weak = alias.get("LowQuality") == "true"
            for order, name in enumerate(alias.every("DocumentedName")):
                values = [v for v in name.every("DocumentedNamePart", "NamePartValue") if v.value()]
                if not values:
                    continue
                kinds = [fold(parts.get(v.get("NamePartGroupID"), "")) for v in values]
                text = _full_name([v.value() for v in values], kinds)
                own = primary and not order
                prop = name_prop(kind, primary=own, weak=weak)
                entry.names.append((prop, text))
                if not entry.kind or fold(entry.kind) == "unknown":
                    entry.kind = next((_KIND_OF_PART[k] for k in kinds if k in _KIND_OF_PART), "")
                if order:
                    self._context.fact("names in another script")

    def _add_feature(self, entry: Entry, feature: Node) -> None:
        kind = self._tables.meaning("FeatureType", feature.get("FeatureTypeID"))
        for version in list(feature.every("FeatureVersion")) or [feature]:
            if comment := version.value("Comment"):
                entry.notes.append(f"{kind}: {comment}")
            places = [n.get("LocationID") for n in version.every("VersionLocation")]
            for number in places:
                self._add_place(entry, kind, number)
            period = version.first("DatePeriod")
            iso, about = period_of(period)
            if iso:
                entry.features.append((kind, f"circa {iso}" if about else iso))
            elif period is not None and period.children:
                entry.notes.append(f"{kind}: {period.outline()}")
            for detail in version.every("VersionDetail"):
                text = detail.value() or self._tables.meaning(
                    "DetailReference", detail.get("DetailReferenceID")
                )
                if not text:
                    continue
                if fold(kind) == "title":
                    entry.titles.append(text)
                elif iso:
                    entry.notes.append(f"{kind}: {text}")
                else:
                    entry.features.append((kind, text))

    def _add_place(self, entry: Entry, kind: str, number: str) -> None:
        place = self._tables.places.get(number)
        if place is None:
            self._context.fact("references to nothing")
            entry.notes.append(f"{kind}: Location {number}")
        elif fold(kind) == "location":
            if any(place.address):
                entry.addresses.append(place.address)
        else:
            street, city, country = place.address
            held = [text for text in (street, city) if text and fold(kind) == "place of birth"]
            if text := ", ".join([*held, country] if country else held):
                entry.features.append((kind, text))
        if place is not None and place.other_script:
            entry.notes.append(f"{kind} in another script: {place.other_script}")

    def relation(self, node: Node) -> Iterator[Handed]:
        """Yield the claims of a relation; one with an end that is not there is kept as a note."""
        kind = self._tables.meaning("RelationType", node.get("RelationTypeID")) or "relation"
        ends = [node.get("From-ProfileID"), node.get("To-ProfileID")]
        held = [self._numbers.get(end, "") for end in ends]
        details = [("summary", text) for text in node.values("Comment")]
        if node.get("Former") == "true":
            details.append(("status", "former"))
        quality = self._tables.meaning("RelationQuality", node.get("RelationQualityID"))
        if fold(quality) not in {"", "unknown"}:
            details.append(("summary", quality))
        iso = period_of(node.first("DatePeriod"))[0]
        if iso:
            start, _slash, end = iso.partition("/")
            details += [("startDate", start)] + ([("endDate", end)] if end else [])
        missing = ", ".join(end for end, number in zip(ends, held, strict=True) if not number)
        reason = f"relation {kind!r} to a profile that is not there: {missing or 'none named'}"
        if all(held):
            source, target = held
            relation = Relation(
                line=node.line, kind=kind, source=source, target=target, details=tuple(details)
            )
            try:
                yield self.entries.relation(relation)
            except InvalidData as error:
                reason = error.reason
            else:
                return
        self._context.fact("relations to profiles that are not there")
        self._context.row()
        yield Reject(line=node.line, reason=reason, raw=node.outline())


def _full_name(values: list[str], kinds: list[str]) -> str:
    """Return a name as the legacy list writes it: `SURNAMES, Given names`.

    A patronymic is a surname where it is written as one, in capitals (Spanish), else a given name
    (Russian).
    """
    parts: dict[bool, list[str]] = {True: [], False: []}
    for value, kind in zip(values, kinds, strict=True):
        parts[kind in _FAMILY or (kind in _BY_CASE and value.isupper())].append(value)
    if not any(kind in _FAMILY for kind in kinds):
        return " ".join(values)
    return ", ".join(" ".join(part) for part in parts.values() if part)
