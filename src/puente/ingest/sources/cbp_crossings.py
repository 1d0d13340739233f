"""Crossings into the United States at each bridge and ferry of the Texas border, by month.

Source: US Customs and Border Protection, counts by crossing, as published for Texas with a table of
the crossings' places beside them.
Limits: northbound only: what goes to Mexico is not counted here. Vehicles and people, not what they
carry. Two railway bridges of El Paso are counted as one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.counting import FULL
from puente.ingest.json_values import read_json
from puente.ingest.reading import Layout, Table, check_file, read_table
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
from puente.model.dates import parse_month
from puente.model.text import fold
from puente.model.values import parse_count

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INFO = SourceInfo(
    name="cbp_crossings",
    title="Monthly border crossings by bridge, Texas: northbound only",
    agency="CBP",
    country="us",
    record_class="fact",
    reliability="A",
    credibility="2",
    marking="TLP:CLEAR",
    stage=2,
    url="https://www.cbp.gov/newsroom/stats",
    licence="US public domain",
    cadence="monthly",
    legal_basis="19 USC 1433 and 1459 (report of arrival)",
    obtained="counted by US Customs and Border Protection at entry",
)
BORDER = "US-Mexico Border"
"""As the Bureau of Transportation Statistics writes it; the file holds no other."""

_COLUMNS = ("ID", "Year", "Month", "Crossing", "Modes", "Northbound Crossing")
_TEXAS = re.compile(r",\s*(?:TX|Texas)\b")
_ID = re.compile(r"(\d{4})-(\d{1,2})-([^-]+)-.+")


@dataclass(frozen=True, slots=True)
class CbpCrossings:
    """Reads the table of crossings by month; their places come from the file beside it."""

    info: SourceInfo = INFO

    def find(self, root: Path) -> list[SourceFile]:
        """Return the tables at or below `root`; the last year in a name is its date."""
        places = {path.parent: path for path in files_below(root, "crossings_coordinates*.json")}
        found = []
        for path in files_below(root, "monthly_crossings*.csv"):
            beside = places.get(path.parent) or path.parent / "crossings_coordinates.json"
            siblings = {"coordinates": beside} if beside.is_file() else {}
            found.append(
                SourceFile(
                    path=path,
                    source=INFO.name,
                    published=date_in_name(path.stem),
                    siblings=siblings,
                )
            )
        return sorted(found, key=lambda file: (file.published, str(file.path)))

    def read(self, file: SourceFile, context: LoadContext) -> Iterator[Handed]:
        """Yield `crossings`.

        Raises: InvalidData: not the table, or a table of places that cannot be read.
        """
        beside = file.siblings.get("coordinates")
        spots = _spots(beside, context) if beside else {}
        table = read_table(context, Layout(header=_COLUMNS, encodings=("utf-8", "cp1252")))
        reader = _Reader(table, context, spots)
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
        reader.state()


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a crossing is; the state is "" where its address names none."""

    latitude: float | None = None
    longitude: float | None = None
    state: str = ""


_NOWHERE = _Spot()


def _spots(path: Path, context: LoadContext) -> dict[str, _Spot]:
    """Return the places by the crossing's folded name; several points of one are averaged."""
    check_file(path, context.limits.max_file_mb)
    rows = read_json(path)
    if not isinstance(rows, list):
        message = _("the JSON holds no list of records where one is expected")
        raise InvalidData(message, file=path)
    points: dict[str, list[tuple[float, float, str]]] = {}
    for row in rows:
        spot = _point(row) if isinstance(row, dict) else None
        if spot is None:
            context.fact("places of crossings not understood")
            continue
        name = fold(str(row.get("data_crossing_name") or row.get("crossing_name") or ""))
        points.setdefault(name, []).append(spot)
    context.fact("places of crossings", sum(len(spots) for spots in points.values()))
    for spots in points.values():
        if len(spots) > 1:
            context.fact("crossings of several bridges, put between them")
    return {
        name: _Spot(
            round(sum(spot[0] for spot in spots) / len(spots), 6),
            round(sum(spot[1] for spot in spots) / len(spots), 6),
            spots[0][2],
        )
        for name, spots in points.items()
    }


def _point(row: dict[str, object]) -> tuple[float, float, str] | None:
    latitude, longitude = row.get("lat"), row.get("lon")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        return None
    state = "Texas" if _TEXAS.search(str(row.get("address", ""))) else ""
    return float(latitude), float(longitude), state


@dataclass(slots=True)
class _Reader:
    """Turns rows into crossings."""

    table: Table
    context: LoadContext
    spots: dict[str, _Spot]
    rows: CrossingRows = field(init=False)
    measures: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    _at: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = CrossingRows(self.context)
        self._at = tuple(self.table.index(name) for name in _COLUMNS)

    def row(self, cells: list[str]) -> None:
        """Add the crossing of one row.

        Raises: InvalidData: no crossing, month, means or count, or an id that says otherwise.
        """
        number, year, month_name, name, mode, value = (cells[at].strip() for at in self._at)
        month = parse_month(year, month_name)
        port = _port(number, month)
        if self.names.setdefault(port, name) != name:
            raise InvalidData(f"the code {port} stands for another crossing in an earlier row")
        measure = measure_of(mode)
        self.measures.setdefault(measure, mode)
        try:
            count = parse_count(value)
        except InvalidData as error:
            raise InvalidData(f"{error.reason}: {value[:40]!r}") from None
        spot = self.spots.get(fold(name), _NOWHERE)
        place = (spot.latitude, spot.longitude)
        self.rows.add((port, name, spot.state, BORDER, month, measure, count, *place))

    def state(self) -> None:
        """Add measures, crossings and months to the facts, each crossing without a place too."""
        self.rows.state(self.measures)
        for name in sorted(set(self.names.values())):
            if fold(name) not in self.spots:
                self.context.fact(f"no place for the crossing {name}")


def _port(number: str, month: str) -> str:
    match = _ID.fullmatch(number)
    if not match:
        raise InvalidData("the id is not year-month-crossing-means")
    if f"{match[1]}-{match[2].zfill(2)}" != month:
        raise InvalidData("the id and the columns name different months")
    return match[3]


SOURCES = (CbpCrossings(),)
