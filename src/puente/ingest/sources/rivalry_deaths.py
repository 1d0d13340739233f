"""Deaths presumed to come from rivalry between criminal groups, December 2006 to December 2010.

Source: Presidencia de la República, Base de datos de fallecimientos ocurridos por presunta
rivalidad delincuencial (January 2011), as compiled by municipality and month.
Limits: the federal security cabinet judged each death by its scene; no court found it so. The
series was not continued in this form. A zero says that the file holds none there and then.

All deaths of a place and month are a count. What they were (executions, aggressions, shootouts) are
indicators of the same month, kept only where there was a death: three more panels of zeros would
say nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.archives import compression_of, plain_file
from puente.ingest.counting import FULL, CountRows, Met
from puente.ingest.reading import Layout, Table, read_table
from puente.ingest.source import (
    Batch,
    Handed,
    LoadContext,
    Reject,
    SourceFile,
    SourceInfo,
    date_in_name,
    files_below,
)
from puente.model.dates import parse_date
from puente.model.places import place_code
from puente.model.values import parse_count

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INFO = SourceInfo(
    name="rivalry_deaths",
    title="Fallecimientos por presunta rivalidad delincuencial, 2006-2010",
    agency="Presidencia de la República",
    country="mx",
    record_class="fact",
    reliability="B",
    credibility="3",
    marking="TLP:CLEAR",
    stage=2,
    url="https://www.gob.mx/presidencia",
    licence="public information; compilation: cite Diego Valle-Jones",
    cadence="once",
    legal_basis="Ley Federal de Transparencia y Acceso a la Información Pública Gubernamental",
    obtained="judged by federal security agencies from the scene of each death; presumed only",
)
RECORD = "muertes_por_rivalidad"
PARTS = {"Executions": "ejecuciones", "Aggressions": "agresiones", "Shootouts": "enfrentamientos"}
"""Columns whose sum is `Total`, and the measures that they become."""

_NONE = {"", "NA", "998", "999"}
"""Municipality not specified; the file writes NA."""


@dataclass(frozen=True, slots=True)
class RivalryDeaths:
    """Reads the table of municipalities by month, packed or not."""

    info: SourceInfo = INFO

    def find(self, root: Path) -> list[SourceFile]:
        """Return the tables at or below `root`; the last year in a name is its date."""
        found = [
            SourceFile(path=path, source=INFO.name, published=date_in_name(path.name))
            for path in files_below(root, "*rivalry_deaths*.csv", "*rivalry_deaths*.csv.*")
        ]
        return sorted(found, key=lambda file: (file.published, str(file.path)))

    def read(self, file: SourceFile, context: LoadContext) -> Iterator[Handed]:
        """Yield `counts` of all deaths, and `indicators` of what they were where the file says.

        Raises: InvalidData: not the table, or a damaged archive.
        """
        with plain_file(context, compression_of(file.path)):
            header = ("StateCode", "MunCode", "Date", "Total")
            table = read_table(context, Layout(header=header, encodings=("utf-8", "cp1252")))
            reader = _Reader(table, context)
            for item in table.rows:
                if isinstance(item, Reject):
                    yield item
                    continue
                line, cells = item
                try:
                    reader.row(cells)
                except InvalidData as error:
                    yield Reject(line=line, reason=error.reason, raw=",".join(cells)[:500])
                if len(reader.rows) >= FULL:
                    yield reader.rows.batch()
            yield reader.rows.batch()
            yield Batch(table="indicators", rows=reader.kinds)
            reader.state()


@dataclass(slots=True)
class _Reader:
    """Turns rows into counts; remembers what was said of each place and month."""

    table: Table
    context: LoadContext
    rows: CountRows = field(default_factory=CountRows)
    met: Met = field(init=False)
    keys: list[int] = field(init=False)
    parts: list[tuple[str, int]] = field(init=False)
    kinds: list[dict[str, object]] = field(default_factory=list)
    seen: dict[tuple[str, str], list[int | None]] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    _months: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        header = self.table.header
        self.met = Met(self.context)
        self.keys = [header.index(name) for name in ("StateCode", "MunCode", "Date")]
        columns = {"Total": RECORD, **PARTS}
        self.parts = [(columns[name], header.index(name)) for name in columns if name in header]

    def row(self, cells: list[str]) -> None:
        """Add the counts of one row.

        Raises: InvalidData: no place, month or count, or figures against an earlier row's.
        """
        state, municipality, day = (cells[at].strip() for at in self.keys)
        place = _place(state, municipality)
        month = self._month(day)
        values = [_count(record, cells[at]) for record, at in self.parts]
        held = self.seen.get((place, month))
        if held is not None:
            if held != values:
                raise InvalidData("another row gives other figures for the place and month")
            self.context.fact("rows said twice")
            return
        self.seen[place, month] = values
        total, *parts = (value or 0 for value in values)
        if len(parts) == len(PARTS) and total != sum(parts):
            self.context.fact("rows whose total does not add up")
        if place.endswith("999"):
            self.context.fact("rows without a municipality")
        self.met.place(place)
        self.rows.add(place, month, RECORD, values[0])
        for (name, _at), value in zip(self.parts, values, strict=True):
            self.totals[name] = self.totals.get(name, 0) + (value or 0)
        if any(values):
            self._add_kinds(place, month, values)

    def _add_kinds(self, place: str, month: str, values: list[int | None]) -> None:
        for (name, _at), value in zip(self.parts[1:], values[1:], strict=True):
            self.kinds.append(
                {
                    "place": place,
                    "period": month,
                    "record": RECORD,
                    "measure": name,
                    "value": None if value is None else float(value),
                    "low": None,
                    "high": None,
                    "unit": "deaths",
                }
            )

    def state(self) -> None:
        """Add the sums, places and months to the facts."""
        for name, total in self.totals.items():
            self.context.fact(name, total)
        self.met.state()

    def _month(self, text: str) -> str:
        month = self._months.get(text)
        if month is None:
            day = parse_date(text)
            if day.precision not in {"month", "day"}:
                raise InvalidData("not a month of a year")
            month = self._months[text] = day.iso[:7]
            self.met.months.add(month)
        return month


def _place(state: str, municipality: str) -> str:
    code = "999" if municipality in _NONE else municipality.zfill(3)
    return place_code(f"{state.zfill(2)}{code}")


def _count(record: str, text: str) -> int | None:
    try:
        return parse_count(text)
    except InvalidData as error:
        raise InvalidData(f"{record}: {error.reason}: {text[:40]!r}") from None


SOURCES = (RivalryDeaths(),)
