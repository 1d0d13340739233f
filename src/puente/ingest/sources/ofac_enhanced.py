"""OFAC's lists in the enhanced format: one element an entry, with all that is said of it inside.

Source: OFAC, Sanctions List Service, schema ENHANCED_XML.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.markup import read_records
from puente.ingest.source import Handed, LoadContext, Reject
from puente.ingest.sources.ofac_files import sources_of
from puente.ingest.sources.ofac_remarks import split_remarks
from puente.ingest.sources.ofac_xml import (
    Entries,
    Entry,
    Relation,
    address_of,
    name_prop,
    span_iso,
)
from puente.model.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from puente.ingest.markup import Node

_DATES = ("fromDateBegin", "fromDateEnd", "toDateBegin", "toDateEnd")
_KNOWN = frozenset({
    "generalInfo", "sanctionsLists", "sanctionsPrograms", "sanctionsTypes", "legalAuthorities",
    "names", "addresses", "features", "identityDocuments", "relationships",
})  # fmt: skip


def read_enhanced(context: LoadContext) -> Iterator[Handed]:
    """Yield the entries of a list, one row each, then their relations.

    Raises: InvalidData: XML that cannot be read to its end.
    Cost: one pass; memory holds the reference values and the relations.
    """
    entries = Entries(context)
    values: dict[str, str] = {}
    relations: list[Relation] = []
    for node in read_records(context.file.path, ("referenceValue", "entity"), context.limits):
        if node.name == "referenceValue":
            values[node.get("refId")] = node.value("value")
            continue
        context.row()
        try:
            claims = entries.claims(entry_of(node, values, context))
        except InvalidData as error:
            yield Reject(line=node.line, reason=error.reason, raw=node.outline())
            continue
        relations += relations_of(node)
        yield claims
    yield from related(entries, relations, context)


def entry_of(node: Node, values: dict[str, str], context: LoadContext) -> Entry:
    """Return the entry that an element is.

    Args:
        node: `entity`.
        values: reference values by number, for features that name no text.
        context: whose source says which of the lists' dates count.
    """
    kind = node.value("generalInfo", "entityType")
    entry = Entry(line=node.line, number=node.get("id"), kind=kind)
    for info in node.every("generalInfo"):
        _add_info(entry, info)
    for name in node.every("names", "name"):
        _add_name(entry, name, context)
    for address in node.every("addresses", "address"):
        _add_address(entry, address)
    for feature in node.every("features", "feature"):
        _add_feature(entry, feature, values)
    for paper in node.every("identityDocuments", "identityDocument"):
        _add_paper(entry, paper)
    entry.programs += dict.fromkeys(node.values("sanctionsPrograms", "sanctionsProgram"))
    for listed in node.every("sanctionsLists", "sanctionsList"):
        entry.lists.append(listed.value())
        day = span_iso(listed.get("datePublished"), "")
        if day and context.info.name in sources_of([listed.value()]):
            entry.listing.append(("listingDate", day))
    for prop, *path in (
        ("reason", "legalAuthorities", "legalAuthority"),
        ("summary", "sanctionsTypes", "sanctionsType"),
        ("summary", "sanctionsLists", "sanctionsList"),
    ):
        entry.listing += [(prop, text) for text in node.values(*path)]
    for child in node.children:
        if child.name not in _KNOWN:
            context.fact(f"not understood: <{child.name}>")
            entry.notes.append(child.outline())
    return entry


def relations_of(node: Node) -> list[Relation]:
    """Return what an entry is to others, as its element says."""
    found: list[Relation] = []
    for held in node.every("relationships", "relationship"):
        target = held.first("relatedEntity")
        details = [("summary", text) for text in held.values("comments")]
        if fold(held.value("quality")) not in {"", "unknown"}:
            details.append(("summary", held.value("quality")))
        start, _slash, end = _span(held.first("dateRange")).partition("/")
        details += [(prop, day) for prop, day in (("startDate", start), ("endDate", end)) if day]
        found.append(
            Relation(
                line=held.line,
                kind=held.value("type") or "relation",
                source=node.get("id"),
                target=target.get("entityId") if target else "",
                details=tuple(details),
            )
        )
    return found


def related(entries: Entries, relations: list[Relation], context: LoadContext) -> Iterator[Handed]:
    """Yield the claims of relations; one that names no entry is a row of its own, rejected."""
    for relation in relations:
        try:
            yield entries.relation(relation)
        except InvalidData as error:
            context.row()
            reason = f"relation {relation.kind!r}: {error.reason}"
            yield Reject(
                line=relation.line, reason=reason, raw=f"{relation.source} {relation.kind}"
            )


def _add_info(entry: Entry, info: Node) -> None:
    entry.titles += info.values("title")
    for remark in info.values("remarks"):
        entry.pieces += [("remarks", piece) for piece in split_remarks(remark)]
    for name in ("livingStatus", "isUsCitizen", "isUsPerson"):
        entry.notes += [f"{name}: {text}" for text in info.values(name)]


def _add_name(entry: Entry, name: Node, context: LoadContext) -> None:
    primary = name.value("isPrimary") == "true"
    weak = name.value("isLowQuality") == "true"
    translations = list(name.every("translations", "translation"))
    translations.sort(key=lambda node: node.value("isPrimary") != "true")
    for order, translation in enumerate(translations):
        given, family = (
            translation.value(part) for part in ("formattedFirstName", "formattedLastName")
        )
        text = (
            translation.value("formattedFullName")
            or ", ".join(part for part in (family, given) if part)
            or " ".join(translation.values("nameParts", "namePart", "value"))
        )
        if not text:
            continue
        own = primary and not order
        entry.names.append((name_prop(name.value("aliasType"), primary=own, weak=weak), text))
        if order:
            context.fact("names in another script")


def _add_address(entry: Entry, address: Node) -> None:
    country = address.value("country") or address.value("translations", "country")
    translations = list(address.every("translations", "translation"))
    translations.sort(key=lambda node: node.value("isPrimary") != "true")
    for order, translation in enumerate(translations or [address]):
        parts: dict[str, str] = {}
        for part in translation.every("addressParts", "addressPart"):
            parts[part.value("type").upper()] = part.value("value")
        written = address_of(parts, country)
        if order:
            text = ", ".join(part for part in written[:2] if part)
            entry.notes.append(f"address in another script: {text}")
        elif any(written):
            entry.addresses.append(written)


def _add_feature(entry: Entry, feature: Node, values: dict[str, str]) -> None:
    kind = feature.value("type") or "feature"
    text = feature.value("value") or values.get(feature.value("valueRefId"), "")
    if not text:
        date = feature.first("valueDate")
        span = _span(date)
        about = date is not None and date.value("isApproximate") == "true"
        text = f"circa {span}" if span and about else span
    if fold(kind) == "title" and text:
        entry.titles.append(text)
    elif text:
        entry.features.append((kind, text))
    else:
        entry.notes.append(f"{kind}: {feature.outline()}")
    entry.notes += [f"{kind}: {comment}" for comment in feature.values("comments")]


def _add_paper(entry: Entry, paper: Node) -> None:
    kind = paper.value("type")
    country = paper.value("issuingCountry")
    issued, expires = _span(paper.first("issueDate")), _span(paper.first("expirationDate"))
    text = " ".join(
        part
        for part in (
            kind,
            paper.value("documentNumber"),
            f"({country})" if country else "",
            f"issued {issued}" if issued else "",
            f"expires {expires}" if expires else "",
        )
        if part
    )
    entry.pieces.append((kind, text))
    for name in ("issuingAuthority", "issuingLocation", "comments"):
        entry.notes += [f"{text}: {more}" for more in paper.values(name)]


def _span(node: Node | None) -> str:
    """Return the ISO form of a period of dates; "" where there is none."""
    dates = [node.value(name) for name in _DATES] if node else []
    held = [date for date in dates if date]
    return span_iso(held[0], held[-1]) if held else ""
