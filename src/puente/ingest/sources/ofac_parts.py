"""The addresses and the strong aliases of OFAC's lists, and what both need of the entries."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.reading import Layout, read_table
from puente.ingest.source import Claims, Handed, LoadContext, Reject, each_row
from puente.model.countries import NOT_A_COUNTRY, country_code
from puente.model.text import clean_text, fold
from puente.model.values import parse_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from puente.ingest.source import Claim

# OFAC's own files are ASCII; compilers re-save them.
ENCODINGS = ("utf-8", "cp1252", "latin-1")
ENTRIES = Layout(columns=12, encodings=ENCODINGS)
_ADDRESSES = Layout(columns=6, encodings=ENCODINGS)
_ALIASES = Layout(columns=5, encodings=ENCODINGS)

NULL = "-0-"
"""What the legacy files write where there is nothing."""

SCHEMATA = {"individual": "Person", "vessel": "Vessel", "aircraft": "Airplane"}
"""SDN type to kind of entity; any other is an organisation."""

_LEGAL_FORM = re.compile(
    r"^(?:ooo|oao|zao|pao|ojsc|jsc|llc|pjsc|limited liability company|joint stock company) "
    r"|\b(?:ltd|limited|llc|l l c|inc|incorporated|corp|corporation|company|co|gmbh|srl|s r l|ltda"
    r"|limitada|plc|pjsc|jsc|ojsc|cjsc|oao|ooo|zao|pao|sarl|s a r l|sas|s a s|fze|fzc|fzco|bv|b v"
    r"|nv|n v|ag|spa|s p a|llp|lp|l p|s a|sa|de c v|de cv|de r l|de rl|sdn bhd|pte|pvt|kk|a s|oy"
    r"|ab|s r o|doo|d o o|e u|s en c|s c s|c a|e i r l|eirl|cia|joint stock company|holdings?"
    r"|enterprises?|trading|cooperativa|s c)(?: \w{1,3})?$"
)


def schema_of(kind: str, name: str) -> str:
    """Return the kind of an entry; one whose name ends in a legal form is a company."""
    known = SCHEMATA.get(kind.strip().lower())
    if known:
        return known
    return "Company" if _LEGAL_FORM.search(fold(name)) else "Organization"


def value_of(cell: str) -> str:
    """Return a cell's text, "" where it says nothing."""
    text = clean_text(cell)
    return "" if text == NULL else text


def number_of(cell: str) -> str:
    """Return the number of an entry.

    Raises: InvalidData: it is none.
    """
    number = cell.strip()
    if not (number.isascii() and number.isdigit() and len(number) <= 9):
        raise InvalidData(f"the entry's number is none: {number[:20]!r}")
    return str(int(number))


def entries_of(context: LoadContext, path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the number and the cells of another file of the delivery; its bad rows are skipped.

    They are rejected, with their reasons, where that file itself is loaded.
    """
    aside = replace(context, file=replace(context.file, path=path), facts={}, rows=0)
    layout = ENTRIES if path.name.lower() in {"sdn.csv", "cons_prim.csv"} else _ALIASES
    for item in read_table(aside, layout).rows:
        if isinstance(item, Reject):
            continue
        try:
            yield number_of(item[1][0]), item[1]
        except InvalidData:
            continue


def _schemata(context: LoadContext) -> dict[str, str]:
    """Return the kind of every entry of this delivery, or of the latest before it."""
    siblings = context.file.siblings
    path = siblings.get("entries") or siblings.get("earlier")
    if path is None:
        name = context.info.name.rpartition("_")[0]
        ids = context.known("ofac_sdn" if name == "ofac" else name)
        return {entity.removeprefix("ofac-"): "Thing" for entity in ids}
    found: dict[str, str] = {}
    for number, cells in entries_of(context, path):
        found.setdefault(number, schema_of(cells[2], cells[1]))
    return found


class _Orphans:
    """Counts the rows that speak of entries which no list at hand has."""

    def __init__(self, context: LoadContext) -> None:
        self._context = context
        self._schemata = _schemata(context)
        self._orphans: set[str] = set()
        self._rows = 0

    def schema(self, number: str) -> str:
        """Return the kind of the entry; `Thing` where it is not known."""
        schema = self._schemata.get(number)
        if schema is None:
            self._orphans.add(number)
            self._rows += 1
            return "Thing"
        return schema

    def report(self) -> None:
        """Add the counts to the facts."""
        self._context.fact("orphan rows", self._rows)
        self._context.fact("orphan entries", len(self._orphans))


# --- addresses ---------------------------------------------------------------------------------


def read_addresses(context: LoadContext) -> Iterator[Handed]:
    """Yield the addresses of entries: ent_num, add_num, street, city, country, remarks.

    Raises: InvalidData: not the file of addresses.
    """
    orphans = _Orphans(context)

    def convert(line: int, cells: list[str]) -> list[Claim]:
        number = number_of(cells[0])
        street, city, country, remark = (value_of(cell) for cell in cells[2:6])
        claims = Claims(line).about(f"ofac-{number}", orphans.schema(number))
        add_address(claims, (street, city, country), " | ".join(cells[2:5]), context)
        if remark:
            claims.add("notes", remark)
        return claims.held

    yield from each_row(read_table(context, _ADDRESSES).rows, convert)
    orphans.report()


def add_address(
    claims: Claims, parts: tuple[str, str, str], written: str, context: LoadContext
) -> None:
    """Add an address: its text, its country, and in Mexico its municipality.

    Args:
        claims: about the entry.
        parts: street; city with state and postcode; country.
        written: the address as published.
        context: for the municipalities, and where is counted.
    """
    city, country = parts[1:]
    held = [part for part in parts if part]
    if not held:
        context.fact("addresses without content")
    elif held != [country]:
        claims.add("address", ", ".join(held), written)
    if country:
        _add_country(claims, country, context)
    if city and fold(country) == "mexico":
        _add_place(claims, city, context)


def _add_country(claims: Claims, country: str, context: LoadContext) -> None:
    if fold(country) in NOT_A_COUNTRY or country.startswith("Region:"):
        claims.add("notes", f"country: {country}", country)
        return
    try:
        claims.add("country", country_code(country), country)
    except InvalidData:
        context.fact("countries not understood")
        claims.add("notes", f"country: {country}", country)


def _add_place(claims: Claims, city: str, context: LoadContext) -> None:
    """Add the municipality that bears the city's name; `SS999` where only the state is known.

    The seat of a Mexican municipality nearly always bears its name; a city without one does not.
    """
    town, _, state = re.sub(r"\s*\bC?\.?P?\.?\s*\d{5}\b", "", city).rpartition(",")
    code = context.gazetteer.state_code(state)
    if not code:
        return
    match = context.gazetteer.by_name(state, town) if town else None
    place = match.code if match and match.code else f"{code}999"
    context.fact(
        "Mexican addresses with a municipality"
        if not place.endswith("999")
        else "Mexican addresses with a state only"
    )
    claims.add("place", place, city)


# --- aliases -----------------------------------------------------------------------------------

_ALIAS_PROPS = {"aka": "alias", "nka": "alias", "fka": "previousName"}


def read_aliases(context: LoadContext) -> Iterator[Handed]:
    """Yield the strong aliases of entries: ent_num, alt_num, type, name, remarks.

    Raises: InvalidData: not the file of aliases.
    """
    orphans = _Orphans(context)

    def convert(line: int, cells: list[str]) -> list[Claim]:
        number = number_of(cells[0])
        kind = cells[2].strip().lower()
        if kind not in _ALIAS_PROPS:
            raise InvalidData(f"unknown type of alias {kind[:20]!r}")
        name = parse_name(cells[3])
        claims = Claims(line).about(f"ofac-{number}", orphans.schema(number))
        claims.add(_ALIAS_PROPS[kind], name, cells[3])
        context.fact(f"type {kind}")
        if value_of(cells[4]):
            claims.add("notes", value_of(cells[4]), cells[4])
        return claims.held

    yield from each_row(read_table(context, _ALIASES).rows, convert)
    orphans.report()
