"""What the numbers in OFAC's advanced format mean: kinds, locations, papers and listings.

Source: OFAC, SDN Advanced Sanctions Data Model XML Explanatory Notes (2015), and the schema
    ADVANCED_XML.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from puente.ingest.markup import Node
from puente.ingest.sources.ofac_xml import address_of, span_iso
from puente.model.countries import NOT_A_COUNTRY
from puente.model.text import fold

if TYPE_CHECKING:
    from puente.ingest.source import LoadContext

TABLES = ("ReferenceValueSets", "Location", "IDRegDocument", "SanctionsEntry")
"""The records that hold them."""

_LONGEST = 4
"""Digits of a part of a date."""


@dataclass(slots=True, kw_only=True)
class Place:
    """A location: its address in the three parts of the legacy list, and in another script."""

    address: tuple[str, str, str] = ("", "", "")
    other_script: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A paper: its kind, its text in the words of the legacy list, and what else is said of it."""

    kind: str
    text: str
    note: str
    node: Node


@dataclass(slots=True, kw_only=True)
class Listing:
    """What the list says of a party: its lists, programmes, and the rest by property."""

    node: Node
    lists: list[str] = field(default_factory=list)
    programs: list[str] = field(default_factory=list)
    listing: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Tables:
    """Reference values, locations, papers and listings, by number.

    Papers and listings are taken out as parties ask for them: what is left belongs to none.
    """

    context: LoadContext
    references: dict[tuple[str, str], Node] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    papers: dict[str, list[Paper]] = field(default_factory=dict)
    listings: dict[str, list[Listing]] = field(default_factory=dict)

    def take(self, node: Node) -> None:
        """Take in one record of a table."""
        if node.name == "ReferenceValueSets":
            for values in node.children:
                for value in values.children:
                    self.references[value.name, value.get("ID")] = value
        elif node.name == "Location":
            self.places[node.get("ID")] = self._place(node)
        elif node.name == "IDRegDocument":
            self.papers.setdefault(node.get("IdentityID"), []).append(self._paper(node))
        else:
            self.listings.setdefault(node.get("ProfileID"), []).append(self._listing(node))

    def meaning(self, kind: str, number: str) -> str:
        """Return what a number of a kind of reference value means; "" for no number.

        A number that the file does not explain is kept as `FeatureType 999`, and counted.
        """
        if not number:
            return ""
        found = self.references.get((kind, number))
        if found is not None:
            return found.value()
        self.context.fact("references to nothing")
        return f"{kind} {number}"

    def left_over(self) -> list[Node]:
        """Return the papers and listings that no party has, in the order of the file."""
        nodes = [paper.node for held in self.papers.values() for paper in held]
        nodes += [listing.node for held in self.listings.values() for listing in held]
        return sorted(nodes, key=lambda node: node.line)

    def country(self, number: str) -> str:
        """Return the name of a country, "" where the list says that it knows none."""
        found = self.references.get(("Country", number))
        name = (found.value() or found.get("ISO2")) if found else self.meaning("Country", number)
        return "" if fold(name) in NOT_A_COUNTRY else name

    def _place(self, node: Node) -> Place:
        parts: dict[str, str] = {}
        others: list[str] = []
        for part in node.every("LocationPart"):
            kind = self.meaning("LocPartType", part.get("LocPartTypeID"))
            values = [v for v in part.every("LocationPartValue") if v.value("Value")]
            values.sort(key=lambda value: value.get("Primary") != "true")
            if values:
                parts[kind.upper()] = values[0].value("Value")
                others += [value.value("Value") for value in values[1:]]
        country = next(
            (c for n in node.every("LocationCountry") if (c := self.country(n.get("CountryID")))),
            "",
        )
        for area in node.every("LocationAreaCode"):
            code = self.references.get(("AreaCode", area.get("AreaCodeID")))
            named = code.get("Description") if code else ""
            country = country or ("" if fold(named) in NOT_A_COUNTRY else named)
        return Place(address=address_of(parts, country), other_script=", ".join(others))

    def _paper(self, node: Node) -> Paper:
        kind = self.meaning("IDRegDocType", node.get("IDRegDocTypeID"))
        number = node.get("IssuedBy-CountryID")
        if not number and (issued_by := node.first("IssuedBy")):
            number = issued_by.get("CountryID")
        country = self.country(number)
        text = [kind, node.value("IDRegistrationNo"), f"({country})" if country else ""]
        for date in node.every("DocumentDate"):
            named = self.meaning("IDRegDocDateType", date.get("IDRegDocDateTypeID")).lower()
            word = "expires" if "expir" in named else "issued"
            iso = period_of(date.first("DatePeriod"))[0]
            text.append(f"{word} {iso}" if iso else "")
        written = " ".join(part for part in text if part)
        rest = [t for p in ("IssuingAuthority", "Comment") if (t := node.value(p)) not in written]
        return Paper(kind=kind, text=written, note=", ".join(rest), node=_brief(node))

    def _listing(self, node: Node) -> Listing:
        found = Listing(node=_brief(node))
        if name := self.meaning("List", node.get("ListID")):
            found.lists.append(name)
        for event in node.every("EntryEvent"):
            kind = self.meaning("EntryEventType", event.get("EntryEventTypeID"))
            day = event.first("Date")
            iso = span_iso(_point(day), _point(day))
            # An event of another kind than the listing must not date it.
            dates = fold(kind) in {"", "created"} or kind.startswith("EntryEventType ")
            if iso:
                found.listing.append(
                    ("listingDate", iso) if dates else ("summary", f"{kind}: {iso}")
                )
            for prop, text in (
                ("reason", self.meaning("LegalBasis", event.get("LegalBasisID"))),
                ("summary", event.value("Comment")),
            ):
                if text:
                    found.listing.append((prop, text))
        for measure in node.every("SanctionsMeasure"):
            kind = self.meaning("SanctionsType", measure.get("SanctionsTypeID"))
            comment = measure.value("Comment")
            if comment and (fold(kind) == "program" or not kind or "SanctionsType " in kind):
                found.programs.append(comment)
            elif kind or comment:
                found.listing.append(("summary", ": ".join(t for t in (kind, comment) if t)))
        return found


def _brief(node: Node) -> Node:
    return Node(node.name, node.line, node.attributes)


def _point(node: Node | None) -> str:
    """Return the ISO form of a day, month or year; "" where there is none."""
    parts = [node.value(part) if node else "" for part in ("Year", "Month", "Day")]
    year, month, day = (
        int(part) if part.isdecimal() and len(part) <= _LONGEST else None for part in parts
    )
    if year is None:
        return ""
    text = f"{year:04d}"
    if month is not None:
        text += f"-{month:02d}" + ("" if day is None else f"-{day:02d}")
    return text


def period_of(node: Node | None) -> tuple[str, bool]:
    """Return the ISO form of a period, and whether the list calls it approximate."""
    if node is None:
        return "", False
    corners = [_point(node.first(*path)) for path in (
        ("Start", "From"), ("Start", "To"), ("End", "From"), ("End", "To"),
    )]  # fmt: skip
    first = next((corner for corner in corners if corner), "")
    last = next((corner for corner in reversed(corners) if corner), "")
    about = any(
        corner.get("Approximate") == "true"
        for name in ("Start", "End")
        for corner in node.every(name)
    )
    return span_iso(first, last), about
