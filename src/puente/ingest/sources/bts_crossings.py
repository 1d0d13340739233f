"""Entries into the United States by land port, month and means, both borders, since 1996.

Source: US Bureau of Transportation Statistics, Border Crossing/Entry Data, from counts of CBP.
Limits: northbound (from Mexico) and southbound (from Canada) entries only: what leaves the United
States is not counted. Since 2016 the file leaves out most rows of a zero, so a row that is not
there is not known. Empty and full containers are counted apart from the trucks that carry them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.archives import compression_of, plain_file
from puente.ingest.counting import FULL
from puente.ingest.reading import Layout, Table, read_table
from puente.ingest.source import (
    Handed,
    LoadContext,
    Reject,
    SourceFile,
    SourceInfo,
    date_in_name,
    files_below,
)
from puente.ingest.sources.crossing_rows import CrossingRows, measure_of
from puente.model.dates import parse_date
from puente.model.values import parse_count

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INFO = SourceInfo(
    name="bts_crossings",
    title="Border Crossing/Entry Data: entries into the United States only",
    agency="BTS",
    country="us",
    record_class="fact",
    reliability="A",
    credibility="2",
    marking="TLP:CLEAR",
    stage=2,
    url="https://data.bts.gov/Research-and-Statistics/Border-Crossing-Entry-Data/keg4-3bc2",
    licence="US public domain",
    cadence="monthly",
    legal_basis="49 USC 6302 (Bureau of Transportation Statistics)",
    obtained="counted by US Customs and Border Protection at entry",
)
_KEYS = ("Port Name", "State", "Port Code", "Border", "Date", "Measure", "Value")
_PATTERNS = ("bts_border_crossing*.csv", "border_crossing_entry_data*.csv")
_POINT = re.compile(r"POINT\s*\((-?\d+(?:\.\d+)?)\s+(-?\d+(?:\.\d+)?)\)")

Point = tuple[float | None, float | None]
"""Latitude and longitude, degrees, WGS 84."""


@dataclass(frozen=True, slots=True)
class BtsCrossings:
    """Reads the table, packed or not, with its points in one column or in two."""

    info: SourceInfo = INFO

    def find(self, root: Path) -> list[SourceFile]:
        """Return the tables at or below `root`; the last year in a name is its date."""
        patterns = [f"{pattern}{tail}" for pattern in _PATTERNS for tail in ("", ".*")]
        found = [
            SourceFile(path=path, source=INFO.name, published=date_in_name(path.name))
            for path in files_below(root, *patterns)
        ]
        return sorted(found, key=lambda file: (file.published, str(file.path)))

    def read(self, file: SourceFile, context: LoadContext) -> Iterator[Handed]:
        """Yield `crossings`.

        Raises: InvalidData: not the table, or a damaged archive.
        """
        with plain_file(context, compression_of(file.path)):
            table = read_table(context, Layout(header=_KEYS, encodings=("utf-8", "cp1252")))
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
                if len(reader.rows.held) >= FULL:
                    yield reader.rows.batch()
            yield reader.rows.batch()
            reader.rows.state(reader.measures)


@dataclass(slots=True)
class _Reader:
    """Turns rows into crossings; what columns repeat is parsed once."""

    table: Table
    context: LoadContext
    rows: CrossingRows = field(init=False)
    measures: dict[str, str] = field(default_factory=dict)
    _keys: tuple[int, ...] = field(init=False)
    _point_at: tuple[int, ...] = field(init=False)
    _slugs: dict[str, str] = field(default_factory=dict)
    _months: dict[str, str] = field(default_factory=dict)
    _ports: dict[str, str] = field(default_factory=dict)
    _points: dict[str, Point] = field(default_factory=dict)

    def __post_init__(self) -> None:
        header = self.table.header
        self.rows = CrossingRows(self.context)
        self._keys = tuple(header.index(name) for name in _KEYS)
        pair = [name for name in ("Latitude", "Longitude") if name in header]
        names = pair if len(pair) == 2 else [n for n in ("Location", "Point") if n in header][:1]
        self._point_at = tuple(header.index(name) for name in names)

    def row(self, cells: list[str]) -> None:
        """Add the crossing of one row.

        Raises: InvalidData: no port, month, measure or count.
        """
        name, state, code, border, day, measure, value = (cells[at].strip() for at in self._keys)
        port = self._ports.get(code) or self._port(code)
        month = self._months.get(day) or self._month(day)
        key = self._slugs.get(measure) or self._measure(measure)
        written = ",".join([cells[at] for at in self._point_at])
        point = self._points.get(written) or self._point(written)
        try:
            count = parse_count(value)
        except InvalidData as error:
            raise InvalidData(f"{error.reason}: {value[:40]!r}") from None
        self.rows.add((port, name, state, border, month, key, count, *point))

    def _port(self, code: str) -> str:
        if not code.isascii() or not code.isdigit() or len(code) > 4:
            raise InvalidData("not a port code: up to four digits")
        # Schedule D codes have four digits; the file is a spreadsheet's and drops leading zeros.
        return self._ports.setdefault(code, code.zfill(4))

    def _month(self, day: str) -> str:
        date = parse_date(day, day_first=False)
        if date.precision not in {"day", "month"}:
            raise InvalidData("not a month of a year")
        return self._months.setdefault(day, date.iso[:7])

    def _measure(self, measure: str) -> str:
        key = measure_of(measure)
        self.measures.setdefault(key, measure)
        return self._slugs.setdefault(measure, key)

    def _point(self, written: str) -> Point:
        point: Point = (None, None)
        if not written.strip(", "):
            return self._points.setdefault(written, point)
        try:
            if len(self._point_at) == 2:
                latitude, longitude = (float(part) for part in written.split(","))
                point = latitude, longitude
            elif match := _POINT.fullmatch(written.strip()):
                point = float(match[2]), float(match[1])
        except ValueError:
            point = (None, None)
        if point[0] is None or not (abs(point[0]) <= 90 and abs(point[1] or 0) <= 180):
            self.context.fact("locations of ports not understood")
            point = (None, None)
        return self._points.setdefault(written, point)


SOURCES = (BtsCrossings(),)
