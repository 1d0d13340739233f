"""Homicides in the death registry: municipality of death by month of registration, a file a year.

The tables are spreadsheet exports. A municipality without a homicide in the year is left out and a
month without one is blank; the totals of each state and of the nation show that both are zero, so
zeros they become. The month is that of registration: a death of December may stand in March.

Source: INEGI, Estadísticas de mortalidad, defunciones por homicidio (deaths certified as homicide,
ICD-9 E960-E969 until 1997, ICD-10 X85-Y09 since).
Limits: places are where the death occurred, as registered; a body found elsewhere is counted there.
Municipalities founded later are not told apart from quiet ones but by their number.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.counting import NATION, CountRows, Met
from puente.ingest.reading import check_file, choose_encoding
from puente.ingest.source import (
    Handed,
    LoadContext,
    Reject,
    Row,
    SourceFile,
    SourceInfo,
    files_below,
)
from puente.model.dates import MONTHS
from puente.model.places import STATE_NAMES
from puente.model.text import fold
from puente.model.values import parse_count

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INFO = SourceInfo(
    name="inegi_homicide",
    title="Defunciones por homicidio, por municipio de ocurrencia y mes de registro",
    agency="INEGI",
    country="mx",
    record_class="fact",
    reliability="A",
    credibility="2",
    marking="TLP:CLEAR",
    stage=2,
    url="https://www.inegi.org.mx/programas/edr/",
    licence="Términos de libre uso de la información del INEGI",
    cadence="yearly",
    legal_basis="Ley del Sistema Nacional de Información Estadística y Geográfica",
    obtained="death certificates from the civil registry and medical examiners, coded by INEGI",
)
RECORD = "defunciones_por_homicidio"

_TITLE = "defunciones por homicidio"
_QUERY = "consulta de"
"""Every table that INEGI's query tool writes says so above its header; other registries do not."""
_ASKED = "por ent y mun de ocurrencia segun mes de registro"
_YEAR = re.compile(r"registro\D{0,4}((?:19|20)\d\d)\b")
_ENCODINGS = ("utf-8", "cp1252", "latin-1")
_TITLE_LINES = 15
_NOTE = re.compile(r"(?:fuente|nota|notas|elaboracion|ultima actualizacion)\b")


@dataclass(frozen=True, slots=True)
class Homicides:
    """Reads the yearly tables, which it knows by their title and not by their name."""

    info: SourceInfo = INFO

    def find(self, root: Path) -> list[SourceFile]:
        """Return the tables at or below `root`, by year."""
        found = [
            SourceFile(path=path, source=INFO.name, published=_year(start))
            for path in files_below(root, "*.csv")
            if _TITLE in (start := _start(path)) and _QUERY in start
        ]
        return sorted(found, key=lambda file: (file.published, str(file.path)))

    def read(self, file: SourceFile, context: LoadContext) -> Iterator[Handed]:
        """Yield `counts` of municipalities, `SS999`, states (`SS000`) and the nation (`00000`).

        Raises: InvalidData: not the table, or another table of the registry (by residence, by
            month of death...).
        """
        check_file(file.path, context.limits.max_file_mb)
        lines = _lines(file.path, context.limits.max_line_bytes)
        reader = _Reader(context, _header(lines, file.path))
        for item in lines:
            if isinstance(item, Reject):
                context.row()
                yield item
                continue
            line, cells = item
            if not any(cell.strip() for cell in cells) or _is_note(cells):
                continue
            context.row()
            try:
                reader.row(cells)
            except InvalidData as error:
                yield Reject(line=line, reason=error.reason, raw=",".join(cells)[:500])
        reader.close()
        yield reader.rows.batch()


def _start(path: Path) -> str:
    try:
        with path.open("rb") as handle:
            return fold(handle.read(600).decode("latin-1"))
    except OSError:
        return ""


def _year(text: str) -> str:
    match = _YEAR.search(text)
    return match[1] if match else ""


def _is_note(cells: list[str]) -> bool:
    first, *rest = cells
    return not any(cell.strip() for cell in rest) and bool(_NOTE.match(fold(first)))


def _lines(path: Path, max_bytes: int) -> Iterator[Row | Reject]:
    """Yield the lines in cells; in these exports a row is one line.

    The header has one cell more than the rows below it, so they are not held to its width.

    Raises: InvalidData: a line is too long to be one.
    """
    with path.open(encoding=choose_encoding(path, _ENCODINGS), newline="") as handle:
        number = 0
        while text := handle.readline(max_bytes + 1):
            number += 1
            if len(text) > max_bytes:
                message = _("the line is longer than {limit} bytes").format(limit=max_bytes)
                raise InvalidData(message, file=path, line=number)
            try:
                yield number, next(csv.reader([text], strict=True))
            except csv.Error as error:
                yield Reject(line=number, reason=f"not delimited text: {error}", raw=text[:500])


@dataclass(frozen=True, slots=True)
class _Header:
    """The year of a table, the month of each column, and the column of totals (-1: none)."""

    year: str
    months: dict[int, str]
    total: int


def _header(lines: Iterator[Row | Reject], path: Path) -> _Header:
    """Return the header; leave `lines` at the first row.

    Raises: InvalidData: another table, or none.
    """
    titles = ""
    for item in lines:
        line, cells = (item.line, [item.raw]) if isinstance(item, Reject) else item
        months = {at: MONTHS[name] for at, c in enumerate(cells) if (name := fold(c)) in MONTHS}
        if len(months) == 12:
            year = _year(titles)
            if _TITLE not in titles or _ASKED not in titles or not year:
                message = _("not the table of homicides by place of death and month registered")
                raise InvalidData(message, file=path)
            names = [fold(cell) for cell in cells]
            return _Header(
                year,
                {at: f"{year}-{month:02d}" for at, month in months.items()},
                names.index("total") if "total" in names else -1,
            )
        titles += " " + fold(" ".join(cells))
        if line > _TITLE_LINES:
            break
    raise InvalidData(_("no header names the twelve months"), file=path)


@dataclass(slots=True)
class _Reader:
    """Turns rows into counts and holds them against the totals above them."""

    context: LoadContext
    header: _Header
    rows: CountRows = field(default_factory=CountRows)
    met: Met = field(init=False)
    months: list[str] = field(init=False)
    given: dict[str, list[int]] = field(default_factory=dict)
    sums: dict[str, list[int]] = field(default_factory=dict)
    held: dict[str, list[int]] = field(default_factory=dict)
    abroad: str = ""

    def __post_init__(self) -> None:
        self.met = Met(self.context)
        self.months = list(self.header.months.values())
        self.met.months.update(self.months)

    def row(self, cells: list[str]) -> None:
        """Add the counts of one row.

        Raises: InvalidData: no place, no count, or a place that had its row already.
        """
        columns = self.header.months
        if len(cells) <= max(columns):
            raise InvalidData(f"{len(cells)} columns instead of {max(columns) + 1}")
        place = _place(cells[0], cells[1])
        counts = [_count(cells[at]) for at in columns]
        total = cells[self.header.total] if self.header.total >= 0 else ""
        if place in self.held:
            raise InvalidData("the place has a row already")
        self.held[place] = counts
        if total.strip() and _count(total) != sum(counts):
            self.context.fact("rows whose months do not add up to their total")
        if place == NATION:
            self.given[NATION] = counts
        elif place.endswith("000"):
            self._state(place, counts)
        else:
            self._municipality(place, cells[1], counts)

    def close(self) -> None:
        """Add zeros for quiet municipalities, check every total, and state the facts."""
        context = self.context
        wrong = {place for place in self.given if self.given[place] != self.sums.get(place)}
        for place in sorted(wrong):
            context.fact(f"totals that do not add up: {place}")
        context.fact("totals checked", len(self.given))
        nation = self.given.get(NATION)
        if nation:
            self._add(NATION, nation)
            context.fact(f"deaths registered in {self.header.year}", sum(nation))
        else:
            context.fact("no total of the nation")
        filled = self._fill(wrong)
        context.fact("municipalities without a homicide, filled in as zero", filled)
        self.met.state()

    def _state(self, place: str, counts: list[int]) -> None:
        self.given[place] = counts
        self._sum(NATION, counts)
        self.abroad = "" if place[:2] in STATE_NAMES else place
        if self.abroad:
            self.context.fact("deaths that occurred abroad", sum(counts))
        else:
            self._add(place, counts)

    def _municipality(self, place: str, name: str, counts: list[int]) -> None:
        if place[:2] in STATE_NAMES:
            self._sum(f"{place[:2]}000", counts)
            self._add(place, counts)
            self.met.place(place, name.strip())
        else:
            # Countries have no place in Mexico; their deaths stand in the nation's total.
            self._sum(self.abroad or f"{place[:2]}000", counts)
            self.context.fact(f"deaths that occurred abroad: {name.strip()}", sum(counts))

    def _add(self, place: str, counts: list[int]) -> None:
        for month, count in zip(self.months, counts, strict=True):
            self.rows.add(place, month, RECORD, count)

    def _sum(self, parent: str, counts: list[int]) -> None:
        held = self.sums.get(parent)
        self.sums[parent] = [a + b for a, b in zip(held, counts, strict=True)] if held else counts

    def _fill(self, wrong: set[str]) -> int:
        """Add zeros for known municipalities that the table leaves out; return how many.

        Only in a state whose rows add up to its total, and only up to the highest number that the
        table lists there: numbers are given in the order of founding, so one above it may have
        been founded later.
        """
        filled = 0
        highest: dict[str, str] = {}
        for place in self.met.places:
            highest[place[:2]] = max(place, highest.get(place[:2], ""))
        none = [0] * len(self.months)
        for place in self.context.gazetteer.codes(on=self.header.year):
            state = place[:2]
            whole = f"{state}000" in self.given and f"{state}000" not in wrong
            if whole and place not in self.held and place < highest.get(state, ""):
                self._add(place, none)
                filled += 1
        return filled


def _place(code: str, name: str) -> str:
    """Return the place of a row: its code is text, a number or a formula (`=CONCATENAR(0,01)`)."""
    groups: list[str] = re.findall(r"\d+", code)
    if not groups and fold(name) in {"total", "total nacional", "estados unidos mexicanos"}:
        return NATION
    if code.strip().startswith("="):
        groups = ["".join(groups)[-2:]]
    if len(groups) == 2 and len(groups[1]) <= 3:
        return f"{groups[0].zfill(2)}{groups[1].zfill(3)}"
    if len(groups) == 1 and len(groups[0]) <= 2:
        return f"{groups[0].zfill(2)}000"
    if len(groups) == 1 and len(groups[0]) <= 5:
        return groups[0].zfill(5)
    raise InvalidData("no code of a state or municipality")


def _count(text: str) -> int:
    try:
        return parse_count(text) or 0
    except InvalidData as error:
        raise InvalidData(f"{error.reason}: {text[:40]!r}") from None


SOURCES = (Homicides(),)
