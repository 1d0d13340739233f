"""The entries of OFAC's lists: who is listed, under which programme, and what the remarks say."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.reading import Layout, read_table
from puente.ingest.source import Claims, Handed, LoadContext, Reject, Row, each_row
from puente.ingest.sources.ofac_parts import (
    ENCODINGS,
    ENTRIES,
    entries_of,
    number_of,
    schema_of,
    value_of,
)
from puente.ingest.sources.ofac_remarks import (
    REMARK_LENGTH,
    Remark,
    parse_piece,
    parse_remarks,
    split_remarks,
)
from puente.model.countries import country_code
from puente.model.ids import PARSERS
from puente.model.text import fold
from puente.model.values import format_number, parse_name, parse_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from puente.ingest.source import Claim

_COMMENTS = Layout(columns=2, encodings=ENCODINGS)
KINDS = {"Person": "individuals", "Vessel": "vessels", "Airplane": "aircraft"}
"""Kind of entry to the fact that counts it; any other is one of the organisations."""


def read_entries(context: LoadContext) -> Iterator[Handed]:
    """Yield the entries of a list: twelve columns without a header, `-0-` for nothing.

    Raises: InvalidData: not a list of entries.
    Cost: two passes over the rows, the first for the names that "Linked To" may mean.
    """
    rows = list(read_table(context, ENTRIES).rows)
    names = Names.of(context, rows)
    entries = _Entries(context, names)
    yield from each_row(rows, entries.claims)
    entries.report()


@dataclass(slots=True, kw_only=True)
class Names:
    """The list's own names, by which a link finds its other end.

    Attributes:
        primary: folded names of entries to their numbers.
        aliases: folded strong and weak aliases to numbers.
    """

    primary: dict[str, set[str]] = field(default_factory=dict)
    aliases: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, context: LoadContext, rows: Sequence[Row | Reject]) -> Names:
        """Return the names of the rows, and of the aliases of the same delivery."""
        names = cls()
        for item in rows:
            if isinstance(item, Reject):
                continue
            number, name, remark = item[1][0].strip(), item[1][1], item[1][11]
            names.primary.setdefault(fold(name), set()).add(number)
            if "k.a. '" in remark:
                for found in parse_remarks(remark, "Organization"):
                    if found.prop in {"weakAlias", "previousName"}:
                        names.aliases.setdefault(fold(found.value), set()).add(number)
        path = context.file.siblings.get("aliases")
        if path is not None:
            for number, cells in entries_of(context, path):
                names.aliases.setdefault(fold(cells[3]), set()).add(number)
        return names

    def find(self, name: str) -> tuple[str, str]:
        """Return the number that a name means, and how: `name`, `alias`, `ambiguous`, `none`.

        Limits: names are compared folded, never by likeness: a link is a published fact, and a
        guess at its other end would put somebody beside a person whom no one has named.
        """
        key = fold(name)
        for how, table in (("name", self.primary), ("alias", self.aliases)):
            numbers = table.get(key)
            if numbers:
                return (next(iter(numbers)), how) if len(numbers) == 1 else ("", "ambiguous")
        return "", "none"


@dataclass(slots=True)
class _Entries:
    """Turns rows into claims, and counts what the list is known for."""

    context: LoadContext
    names: Names
    seen: dict[str, int] = field(default_factory=dict)
    comments: frozenset[str] = field(init=False)
    pieces: int = 0
    understood: int = 0

    def __post_init__(self) -> None:
        path = self.context.file.siblings.get("comments")
        self.comments = frozenset(_comments_of(self.context)) if path is not None else frozenset()

    def claims(self, line: int, cells: list[str]) -> list[Claim]:
        """Return the claims of one entry.

        Raises: InvalidData: no number or no name.
        """
        number = number_of(cells[0])
        name = parse_name(cells[1])
        schema = schema_of(cells[2], name)
        entity = self._entity_id(number)
        claims = Claims(line).about(entity, schema)
        claims.add("name", name, cells[1])
        if schema == "Person":
            add_name_parts(claims, name)
        if entity != f"ofac-{number}":
            claims.add("notes", f"OFAC gave the number {number} to two entries", number)
        programs = _programs(cells[3])
        for program in programs:
            claims.add("program", program, cells[3])
            self.context.fact(f"program {program}")
        if value_of(cells[4]):
            claims.add("position" if schema == "Person" else "notes", value_of(cells[4]), cells[4])
        if schema == "Vessel":
            self._add_vessel(claims, cells)
        self._add_remarks(claims, cells[11], number, programs)
        self.context.fact(KINDS.get(schema, "organisations"))
        return claims.held

    def report(self) -> None:
        """Add the counts to the facts."""
        self.context.fact("remark pieces", self.pieces)
        self.context.fact("remark pieces understood", self.understood)
        twice = sum(count - 1 for count in self.seen.values())
        self.context.fact("entries", sum(self.seen.values()))
        if twice:
            self.context.fact("numbers given twice", twice)

    def _entity_id(self, number: str) -> str:
        """Return the entry's id; a second entry under one number is another thing."""
        count = self.seen[number] = self.seen.get(number, 0) + 1
        return f"ofac-{number}" if count == 1 else f"ofac-{number}-{count}"

    def _add_vessel(self, claims: Claims, cells: list[str]) -> None:
        for prop, cell in (("callSign", cells[5]), ("type", cells[6])):
            if value_of(cell):
                claims.add(prop, value_of(cell), cell)
        for prop, cell in (("tonnage", cells[7]), ("grossRegisteredTonnage", cells[8])):
            if text := value_of(cell):
                try:
                    claims.add(prop, format_number(parse_number(text)), cell)
                except InvalidData:
                    claims.add("notes", f"{prop}: {text}", cell)
        if text := value_of(cells[9]):
            try:
                claims.add("flag", country_code(text), cells[9])
            except InvalidData:
                claims.add("notes", f"flag: {text}", cells[9])
        if text := value_of(cells[10]):
            number, _ = self.names.find(text)
            if number:
                claims.add("owner", f"ofac-{number}", cells[10])
            else:
                claims.add("notes", f"owner: {text}", cells[10])

    def _add_remarks(self, claims: Claims, cell: str, number: str, programs: list[str]) -> None:
        text = "" if cell.strip() == "-0-" else cell.strip()
        if not text:
            return
        for fact, mark in (
            ("rows with Linked To", "Linked To"),
            ("rows with C.U.R.P.", "C.U.R.P."),
            ("rows with R.F.C.", "R.F.C."),
        ):
            if mark in text:
                self.context.fact(fact)
        pieces = split_remarks(text)
        cut = number in self.comments or len(cell) >= REMARK_LENGTH
        remarks: list[Remark] = []
        for piece in pieces[: len(pieces) - cut]:
            remarks += parse_piece(piece, claims.schema)
            self.understood += remarks[-1].understood
        if cut:
            self.context.fact("remarks cut")
            # The comments file of the delivery holds the piece whole; without it half is kept.
            if number not in self.comments:
                remarks.append(Remark("note", "", pieces[-1], pieces[-1], understood=False))
        self.pieces += len(pieces)
        add_remarks(claims, remarks, self.names, self.context, programs)


def _programs(cell: str) -> list[str]:
    """Return the programmes of an entry as published: `SDGT] [IFSR` are two."""
    text = value_of(cell).strip("[]")
    return [part.strip(" []") for part in text.split("] [") if part.strip(" []")]


def add_name_parts(claims: Claims, name: str) -> None:
    """Add surnames and given names: OFAC writes `SURNAMES, Given names`."""
    surnames, _, given = name.partition(", ")
    if given:
        claims.add("lastName", surnames, name)
        claims.add("firstName", given, name)


def add_remarks(
    claims: Claims,
    remarks: Sequence[Remark],
    names: Names,
    context: LoadContext,
    programs: Sequence[str],
) -> None:
    """Add what remarks say of the entity at hand; links and wallets are entities of their own."""
    entity, schema = claims.entity_id, claims.schema
    number = entity.removeprefix("ofac-")
    listing: list[Remark] = []
    for remark in remarks:
        if remark.kind == "prop":
            claims.add(remark.prop, remark.value, remark.text)
            if remark.prop in PARSERS:
                _count_identifier(remark, context)
        elif remark.kind == "link":
            _add_link(claims, remark, names.find(remark.value), context)
            claims.about(entity, schema)
        elif remark.kind == "wallet":
            _add_wallet(claims, remark)
            claims.about(entity, schema)
            context.fact("crypto addresses")
        elif remark.kind == "sanction":
            listing.append(remark)
        else:
            claims.add("notes", remark.value, remark.text)
    if listing:
        claims.about(f"ofac-sanction-{number}", "Sanction")
        claims.add("entity", entity, "")
        claims.add("authority", "OFAC", "")
        for program in programs:
            claims.add("program", program, "")
        for remark in listing:
            claims.add(remark.prop, remark.value, remark.text)
        claims.about(entity, schema)


def _count_identifier(remark: Remark, context: LoadContext) -> None:
    found = PARSERS[remark.prop](remark.value)
    if not found.valid:
        context.fact(f"{remark.prop} {'not valid' if found.complete else 'incomplete'}")


def _add_link(
    claims: Claims, remark: Remark, target: tuple[str, str], context: LoadContext
) -> None:
    number, how = target
    linked = remark.prop == "Linked To"
    own = claims.entity_id.removeprefix("ofac-")
    context.fact(
        f"{'links' if linked else 'operators'} found by {how}"
        if number
        else f"{'links' if linked else 'operators'} not found: {how}"
    )
    if not number or number == own:
        claims.add("notes", f"{remark.prop}: {remark.value}", remark.text)
        return
    entity = claims.entity_id
    claims.about(f"ofac-link-{own}-{number}", "UnknownLink")
    claims.add("subject", entity, "")
    claims.add("object", f"ofac-{number}", remark.text)
    claims.add("role", remark.prop, remark.text)


def _add_wallet(claims: Claims, remark: Remark) -> None:
    entity = claims.entity_id
    claims.about(f"ofac-wallet-{remark.prop}-{remark.value}", "CryptoWallet")
    claims.add("publicKey", remark.value, remark.text)
    claims.add("currency", remark.prop, remark.text)
    claims.add("holder", entity, "")


# --- the remarks' overflow ---------------------------------------------------------------------


def _comments_of(context: LoadContext) -> Iterator[str]:
    path = context.file.siblings["comments"]
    aside = replace(context, file=replace(context.file, path=path), facts={}, rows=0)
    for item in read_table(aside, _COMMENTS).rows:
        if not isinstance(item, Reject):
            yield item[1][0].strip()


def read_comments(context: LoadContext) -> Iterator[Handed]:
    """Yield what stands in the overflow of remarks: ent_num and the text after the cut.

    Where the entries of the same delivery are there, the piece that was cut is joined again.
    Alone, the half piece at the start is kept as a note: half a number is no number.

    Raises: InvalidData: not the file of comments.
    """
    siblings = context.file.siblings
    path = siblings.get("entries") or siblings.get("earlier")
    joined = "entries" in siblings
    entries = dict(entries_of(context, path)) if path else {}
    names = Names.of(context, [(0, cells) for cells in entries.values()])

    def convert(line: int, cells: list[str]) -> list[Claim]:
        number = number_of(cells[0])
        entry = entries.get(number)
        schema = schema_of(entry[2], entry[1]) if entry else "Thing"
        pieces = split_remarks(cells[1])
        if entry is None:
            context.fact("orphan rows")
        remarks: list[Remark] = []
        context.fact("remark pieces", len(pieces))
        if joined and entry:
            whole = split_remarks(entry[11] + cells[1])
            pieces = whole[len(split_remarks(entry[11])) - 1 :]
        elif pieces:
            remarks.append(Remark("note", "", pieces[0], pieces[0], understood=False))
            pieces = pieces[1:]
        claims = Claims(line).about(f"ofac-{number}", schema)
        for piece in pieces:
            remarks += parse_piece(piece, schema)
            context.fact("remark pieces understood", int(remarks[-1].understood))
        programs = _programs(entry[3]) if entry else []
        add_remarks(claims, remarks, names, context, programs)
        return claims.held

    yield from each_row(read_table(context, _COMMENTS).rows, convert)
