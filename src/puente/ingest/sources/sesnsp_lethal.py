"""Files on homicide and femicide by municipality and month, as prosecutors report them.

They are files and not victims: the sums over municipalities are those of the state table of crimes
(2,049 and 2,051 intentional homicides in January 2024), and victims are a tenth more.

A crime of which a file as long as that of the country has nothing but zeros was not filled in: the
other crimes against life are 1,070 a month of 2024 by the state table, and none by this one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.counting import FULL, CountRows
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
from puente.model.dates import parse_month
from puente.model.values import parse_count

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INFO = SourceInfo(
    name="sesnsp_lethal",
    title="Violencia letal municipal: homicidio y feminicidio por mes",
    agency="SESNSP",
    country="mx",
    record_class="fact",
    reliability="B",
    credibility="3",
    marking="TLP:CLEAR",
    stage=2,
    url="https://www.gob.mx/sesnsp/acciones-y-programas/datos-abiertos-de-incidencia-delictiva",
    licence="Libre Uso MX",
    cadence="monthly, on the 20th",
    legal_basis="Ley General del Sistema Nacional de Seguridad Pública; CNSP/38/15",
    obtained="files that prosecutors opened, as each state sends them",
    reading="2",
)
RECORDS: dict[str, str] = {
    "Homicidio doloso": "homicidio_doloso",
    "Homicidio culposo": "homicidio_culposo",
    "Feminicidio": "feminicidio",
    "Otros delitos que atentan contra la vida y la integridad corporal": "otros_delitos_vida",
}
"""Columns of the file and the record types that they become; `Total` is only checked."""

_KEYS = ("Entidad", "Municipio", "Año", "Mes")

LONG = 1_000
"""Rows past which a column of zeros alone is one that was not filled in, and no crime's absence.

Source: chosen below one month of all 2,478 municipalities, and above the 570 of the largest state.
"""


@dataclass(frozen=True, slots=True)
class Lethal:
    """Reads the table of municipalities by month; it names them and gives no codes."""

    info: SourceInfo = INFO

    def find(self, root: Path) -> list[SourceFile]:
        """Return the tables at or below `root`; the last month in a table is its date."""
        found = [
            SourceFile(path=path, source=INFO.name, published=_last_month(path))
            for path in files_below(root, "municipal_lethal_violence*.csv")
        ]
        return sorted(found, key=lambda file: (file.published, str(file.path)))

    def read(self, file: SourceFile, context: LoadContext) -> Iterator[Handed]:  # noqa: ARG002
        """Yield `counts`. A municipality without a code is rejected, each row of it.

        Raises: InvalidData: not the table.
        """
        header = (*_KEYS, *list(RECORDS)[:3])
        table = read_table(context, Layout(header=header, encodings=("utf-8", "cp1252")))
        reader = _Reader(table, context)
        for item in table.rows:
            if isinstance(item, Reject):
                yield item
                continue
            line, cells = item
            try:
                reader.take(cells)
            except InvalidData as error:
                yield Reject(line=line, reason=error.reason, raw=",".join(cells)[:500])
            if len(reader.counts) >= FULL:
                yield reader.counts.batch()
        reader.finish()
        yield reader.counts.batch()


def _last_month(path: Path) -> str:
    """Return the month in the file's last row; else the year in its name."""
    with path.open("rb") as handle:
        handle.seek(max(0, path.stat().st_size - 2000))
        tail = handle.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
    cells = [cell.strip(' "\r') for cell in tail.split(",")]
    for year, month in pairwise(cells):
        try:
            return parse_month(year, month)
        except InvalidData:
            continue
    return date_in_name(path.stem)


@dataclass(slots=True)
class _Reader:
    """Turns rows into counts, and remembers which municipalities were found."""

    table: Table
    context: LoadContext
    columns: list[tuple[str, int]] = field(init=False)
    keys: list[int] = field(init=False)
    total_at: int = field(init=False)
    found: dict[tuple[str, str, str], str] = field(default_factory=dict)
    lost: set[tuple[str, str]] = field(default_factory=set)
    unspecified: dict[tuple[str, str, str], int | None] = field(default_factory=dict)
    counts: CountRows = field(default_factory=CountRows)
    rows: int = 0
    silent: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """Places and months of zeros, by each record of which no row has given more so far."""

    def __post_init__(self) -> None:
        header = self.table.header
        self.columns = [(RECORDS[name], header.index(name)) for name in RECORDS if name in header]
        self.silent = {record: [] for record, _at in self.columns}
        self.keys = [header.index(name) for name in _KEYS]
        self.total_at = header.index("Total") if "Total" in header else -1

    def take(self, cells: list[str]) -> None:
        """Add the counts of one row.

        Raises: InvalidData: a municipality without a code, no month, or what is no count.
        """
        state, municipality, year, month_name = (cells[at].strip() for at in self.keys)
        month = parse_month(year, month_name)
        values = [(record, _count(record, cells[at])) for record, at in self.columns]
        self.rows += 1
        for record, value in values:
            if value:
                self._add_zeros(self.silent.pop(record, []), record)
        place = self._place(state, municipality, month)
        self._check_total(cells, values)
        if place.endswith("999"):
            self._add_unspecified(place, month, values)
            return
        for record, value in values:
            if value == 0 and record in self.silent:
                self.silent[record].append((place, month))
            else:
                self.counts.add(place, month, record, value)

    def finish(self) -> None:
        """Add what only the whole file tells; and to the facts, what is known of the places."""
        unfilled = self.silent if self.rows > LONG else {}
        zeros = Counter({record: len(cells) for record, cells in unfilled.items()})
        for (place, month, record), value in self.unspecified.items():
            zeros[record] += int(value == 0 and record in unfilled)
            self.counts.add(place, month, record, None if record in unfilled else value)
        for record, cells in self.silent.items():
            self._add_zeros(cells, record, None if record in unfilled else 0)
            if zeros[record]:
                fact = f"zeros of {record}, which is zero in every row: taken as not reported"
                self.context.fact(fact, zeros[record])
        self._count_places()

    def _add_zeros(self, cells: list[tuple[str, str]], record: str, count: int | None = 0) -> None:
        for place, month in cells:
            self.counts.add(place, month, record, count)

    def _add_unspecified(
        self, place: str, month: str, values: list[tuple[str, int | None]]
    ) -> None:
        """Add a row that names no municipality to the figure of its state and month.

        Two rows may both mean "not specified"; their sum is not known where one of them is not.
        """
        self.context.fact("rows without a municipality")
        for record, value in values:
            key = (place, month, record)
            held = self.unspecified.get(key, 0)
            self.unspecified[key] = None if value is None or held is None else value + held

    def _count_places(self) -> None:
        joined = {code for code in self.found.values() if code and not code.endswith("999")}
        self.context.fact("municipalities joined", len(joined))
        self.context.fact("municipalities without a code", len(self.lost))
        for state, municipality in sorted(self.lost):
            self.context.fact(f"without a code: {municipality}, {state}")

    def _check_total(self, cells: list[str], values: list[tuple[str, int | None]]) -> None:
        if self.total_at < 0:
            return
        total = _count("Total", cells[self.total_at])
        if total is not None and total != sum(value or 0 for _, value in values):
            self.context.fact("rows whose total does not add up")

    def _place(self, state: str, municipality: str, month: str) -> str:
        key = (state, municipality, month)
        code = self.found.get(key)
        if code is None:
            gazetteer = self.context.gazetteer
            match = gazetteer.by_name(state, municipality, on=month)
            if not match.code:
                match = gazetteer.by_name(state, municipality)
            code = self.found[key] = match.code
            if not code:
                self.lost.add((state, municipality))
        if not code:
            if not len(self.context.gazetteer):
                raise InvalidData("no municipality is known yet: load a table of places first")
            raise InvalidData(f"no municipality code for {municipality!r} in {state!r}")
        return code


def _count(record: str, text: str) -> int | None:
    try:
        return parse_count(text)
    except InvalidData as error:
        raise InvalidData(f"{record}: {error.reason}: {text[:40]!r}") from None


SOURCES = (Lethal(),)
