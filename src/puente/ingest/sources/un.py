"""The United Nations Security Council's consolidated list: people and entities of all committees.

Source: UN Security Council Consolidated List, XML (sc-sanctions.xsd); the resolutions of each
    committee say what a listing asks of a state.
Limits: no list of the 50 percent rule, which is OFAC's. A committee's own extract has the same
    layout and would stand for the whole list: load the consolidated file only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.markup import peek, read_records
from puente.ingest.source import (
    Claims,
    Handed,
    LoadContext,
    Reject,
    SourceFile,
    SourceInfo,
    files_below,
    iso_day,
    published_on,
)
from puente.ingest.sources.ofac_parts import schema_of
from puente.ingest.sources.un_text import (
    day_of,
    kind_of_paper,
    names_in,
    names_in_note,
    number_in,
    read_birth,
    un_country,
    without_acronym,
)
from puente.model.countries import NOT_A_COUNTRY
from puente.model.dates import parse_date
from puente.model.schema import get_schema
from puente.model.text import fold
from puente.model.values import parse_gender, parse_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from puente.ingest.markup import Node
    from puente.ingest.source import Claim

INFO = SourceInfo(
    name="un_consolidated",
    title="United Nations Security Council Consolidated List",
    agency="UN",
    country="un",
    record_class="sanctions",
    reliability="A",
    credibility="2",
    marking="TLP:CLEAR",
    stage=1,
    url="https://scsanctions.un.org/resources/xml/en/consolidated.xml",
    licence="United Nations, terms of use of its site",
    cadence="as the committees decide",
)

_ROOT = "CONSOLIDATED_LIST"
_NAME_PARTS = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
_PLACE_PARTS = ("STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE", "COUNTRY")
_QUALITIES = {"good": "alias", "low": "weakAlias", "a k a": "alias", "f k a": "previousName"}
_PAPERS = {
    "passportNumber": "passports",
    "idNumber": "identity numbers",
    "taxNumber": "tax numbers",
    "socialSecurityNumber": "social security numbers",
}
_FORMERLY = ("previously listed as", "formerly listed as")


@dataclass(frozen=True, slots=True)
class UnConsolidated:
    """Reads the consolidated list."""

    info: SourceInfo = INFO

    def find(self, root: Path) -> list[SourceFile]:
        """Return the lists at or below `root`, by what they hold, oldest first.

        The day is the list's own `dateGenerated`. A file that only bears the list's name is
        found too: reading it says what is wrong with it.
        """
        found: list[SourceFile] = []
        for path in files_below(root, "*.xml"):
            head = peek(path, ())
            if head is None and not path.name.lower().startswith("consolidated"):
                continue
            if head is not None and head.root.name != _ROOT:
                continue
            generated = head.root.get("dateGenerated") if head else ""
            published = iso_day(generated) or published_on(path)
            found.append(SourceFile(path=path, source=INFO.name, published=published))
        return sorted(found, key=lambda file: (file.published, str(file.path)))

    def read(self, file: SourceFile, context: LoadContext) -> Iterator[Handed]:
        """Yield the entries, one row each.

        Raises: InvalidData: not the list, or XML that cannot be read to its end.
        """
        head = peek(file.path, ())
        if head is not None and head.root.name != _ROOT:
            message = _("this is no list of the UN: its root is <{name}>")
            raise InvalidData(message.format(name=head.root.name), file=file.path)
        reader = _Reader(context)
        for node in read_records(file.path, ("INDIVIDUAL", "ENTITY"), context.limits):
            context.row()
            try:
                yield reader.claims(node)
            except InvalidData as error:
                yield Reject(line=node.line, reason=error.reason, raw=node.outline())


@dataclass(slots=True)
class _Reader:
    """Turns entries into claims, and counts what the list is known for."""

    context: LoadContext
    seen: set[str] = field(default_factory=set)

    def claims(self, node: Node) -> list[Claim]:
        """Return the claims of one entry.

        Raises: InvalidData: no number or no name.
        """
        number = node.value("DATAID")
        if not (number.isascii() and number.isdigit() and len(number) <= 12):
            raise InvalidData(f"the entry's number is none: {number[:20]!r}")
        name = parse_name(" ".join(node.value(part) for part in _NAME_PARTS))
        person = node.name == "INDIVIDUAL"
        entity = f"un-{number}"
        schema = "Person" if person else schema_of("", name)
        claims = Claims(node.line).about(entity, schema)
        claims.add("name", name)
        self.context.fact("people" if person else "entities")
        if entity in self.seen:
            self.context.fact("numbers given twice")
        self.seen.add(entity)
        self._names(claims, node, name)
        self._person(claims, node)
        for paper in (*node.every("INDIVIDUAL_DOCUMENT"), *node.every("ENTITY_DOCUMENT")):
            self._paper(claims, paper)
        for address in (*node.every("INDIVIDUAL_ADDRESS"), *node.every("ENTITY_ADDRESS")):
            self._address(claims, address)
        self._notes(claims, node)
        self._listing(claims, node, number)
        return claims.held

    # --- names ---------------------------------------------------------------------------------

    def _names(self, claims: Claims, node: Node, own: str) -> None:
        for name in names_in(own):
            if name != own:
                claims.add("alias", name, own)
            if claims.schema != "Person":
                short, acronym = without_acronym(name)
                for prop, text in (("alias", short), ("weakAlias", acronym)):
                    if text:
                        claims.add(prop, text, own)
        for text in node.values("NAME_ORIGINAL_SCRIPT"):
            for name in names_in(text):
                claims.add("alias", name, text)
                self.context.fact("names in the original script")
        for alias in (*node.every("INDIVIDUAL_ALIAS"), *node.every("ENTITY_ALIAS")):
            if alias.value("ALIAS_NAME"):
                self._alias(claims, alias)

    def _alias(self, claims: Claims, alias: Node) -> None:
        text, quality, note = (alias.value(p) for p in ("ALIAS_NAME", "QUALITY", "NOTE"))
        prop = _QUALITIES.get(fold(quality), "alias")
        # What the list calls weak stays weak, whatever else it says of it.
        if prop == "alias" and note.lower().startswith(_FORMERLY):
            prop = "previousName"
        self.context.fact(f"aliases {quality.lower() or 'without quality'}")
        names = names_in(text)
        if not names:
            claims.add("notes", f"alias: {text}", text)
        for name in names:
            claims.add(prop, name, text)
        for name in names_in_note(note):
            claims.add(prop, name, note)
        if note and note.lower() not in _FORMERLY:
            claims.add("notes", f"{text}: {note}", note)
        if claims.schema == "Person":
            self._alias_birth(claims, alias, text)

    def _alias_birth(self, claims: Claims, alias: Node, name: str) -> None:
        """Add the birth that goes with an alias, as on a false passport."""
        if written := alias.value("DATE_OF_BIRTH"):
            self._birth(claims, {"DATE": written}, f" (as {name})")
        place = ", ".join(alias.values("CITY_OF_BIRTH") + alias.values("COUNTRY_OF_BIRTH"))
        if place:
            claims.add("birthPlace", place, f"{place} (as {name})")
            self._country(claims, "birthCountry", alias.value("COUNTRY_OF_BIRTH"))

    # --- people --------------------------------------------------------------------------------

    def _person(self, claims: Claims, node: Node) -> None:
        if claims.schema != "Person":
            return
        for prop, *path in (("title", "TITLE", "VALUE"), ("position", "DESIGNATION", "VALUE")):
            for text in node.values(*path):
                claims.add(prop, text)
        for text in node.values("NATIONALITY", "VALUE"):
            self._country(claims, "nationality", text)
        for text in node.values("GENDER"):
            try:
                claims.add("gender", parse_gender(text), text)
            except InvalidData:
                claims.add("notes", f"gender: {text}", text)
        for birth in node.every("INDIVIDUAL_DATE_OF_BIRTH"):
            self._birth(claims, {part.name: part.value() for part in birth.children})
        for place in node.every("INDIVIDUAL_PLACE_OF_BIRTH"):
            if written := ", ".join(_parts_of(place)):
                claims.add("birthPlace", written)
            self._country(claims, "birthCountry", place.value("COUNTRY"))
            if note := place.value("NOTE"):
                claims.add("notes", f"place of birth: {note}", note)

    def _birth(self, claims: Claims, parts: dict[str, str], about: str = "") -> None:
        birth = read_birth(parts)
        if birth.iso:
            claims.add("birthDate", birth.iso, birth.text + about)
            self.context.fact(f"dates of birth {birth.kind}".rstrip())
        elif birth.text:
            self.context.fact("dates of birth not understood")
        if birth.note and fold(birth.note) != "approximately":
            claims.add("notes", f"date of birth: {birth.text}", birth.note)

    def _country(self, claims: Claims, prop: str, text: str) -> None:
        if not text or fold(text) in NOT_A_COUNTRY or fold(text) == "na":
            return
        try:
            claims.add(prop, un_country(text), text)
        except InvalidData:
            self.context.fact("countries not understood")
            claims.add("notes", f"{prop}: {text}", text)

    # --- papers, addresses, notes --------------------------------------------------------------

    def _paper(self, claims: Claims, paper: Node) -> None:
        first, second, written, note = (
            paper.value(part)
            for part in ("TYPE_OF_DOCUMENT", "TYPE_OF_DOCUMENT2", "NUMBER", "NOTE")
        )
        text = _paper_text(paper)
        # Where the number has no field of its own it stands in the kind or in the note.
        sentence, number = written, number_in(written)
        for sentence in (second, note) if not number else ():
            if sum(c.isdigit() for c in sentence) >= 3 and (number := number_in(sentence)):
                break
        if not number:
            if text:
                self.context.fact("documents without a number")
                claims.add("notes", text)
            return
        prop = kind_of_paper(second, sentence, first)
        if prop == "idNumber" and kind_of_paper(note) != "passportNumber":
            prop = kind_of_paper(note)
        held = get_schema(claims.schema).props
        claims.add(prop if prop in held else "idNumber", number, text)
        self.context.fact(_PAPERS[prop])
        if note:
            claims.add("notes", text)

    def _address(self, claims: Claims, address: Node) -> None:
        parts = _parts_of(address)
        country = address.value("COUNTRY")
        if parts and parts != [country]:
            claims.add("address", ", ".join(parts), " | ".join(parts))
            self.context.fact("addresses")
        self._country(claims, "country", country)
        if note := address.value("NOTE"):
            claims.add("notes", ": ".join((", ".join(parts) or "address", note)), note)

    def _notes(self, claims: Claims, node: Node) -> None:
        for name in ("COMMENTS1", "COMMENTS2", "COMMENTS3"):
            for text in node.values(name):
                claims.add("notes", text)
                self.context.fact("entries with an INTERPOL notice", int("INTERPOL" in text))
                self.context.fact("entries with a photo", int("photo" in text.lower()))
        for label, name in (("sort key", "SORT_KEY"), ("UN reference", "REFERENCE_NUMBER")):
            for text in node.values(name):
                claims.add("notes", f"{label} {text}", text)

    def _listing(self, claims: Claims, node: Node, number: str) -> None:
        entity, schema = claims.entity_id, claims.schema
        programs = node.values("UN_LIST_TYPE")
        for program in programs:
            claims.add("program", program)
            self.context.fact(f"program {program}")
        claims.about(f"un-sanction-{number}", "Sanction")
        claims.add("entity", entity, "")
        claims.add("authority", "UN Security Council", "")
        for program in programs:
            claims.add("program", program)
        for reference in node.values("REFERENCE_NUMBER"):
            claims.add("recordId", reference)
        self._days(claims, "listingDate", node.values("LISTED_ON"))
        self._days(claims, "date", node.values("LAST_DAY_UPDATED", "VALUE"))
        for label, *path in (
            ("submitted by", "SUBMITTED_BY"),
            ("submitted on", "SUBMITTED_ON"),
            ("list", "LIST_TYPE", "VALUE"),
        ):
            for text in node.values(*path):
                claims.add("summary", f"{label}: {text}", text)
        claims.about(entity, schema)

    def _days(self, claims: Claims, prop: str, texts: list[str]) -> None:
        for text in texts:
            try:
                claims.add(prop, parse_date(day_of(text)).iso, text)
            except InvalidData:
                self.context.fact("dates not understood")
                claims.add("summary", f"{prop}: {text}", text)


def _parts_of(place: Node) -> list[str]:
    return [text for part in _PLACE_PARTS if (text := place.value(part))]


def _paper_text(paper: Node) -> str:
    """Return all that the list says of a paper, in one line."""
    where = paper.value("ISSUING_COUNTRY") or paper.value("COUNTRY_OF_ISSUE")
    day, city = day_of(paper.value("DATE_OF_ISSUE")), paper.value("CITY_OF_ISSUE")
    pieces = (
        paper.value("TYPE_OF_DOCUMENT2") or paper.value("TYPE_OF_DOCUMENT"),
        paper.value("NUMBER"),
        f"({where})" if where else "",
        f"issued {day}" if day else "",
        f"in {city}" if city else "",
        paper.value("NOTE"),
    )
    return " ".join(piece for piece in pieces if piece)


SOURCES = (UnConsolidated(),)
