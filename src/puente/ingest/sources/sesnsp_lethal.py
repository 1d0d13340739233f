"""Files on homicide and femicide by municipality and month, as prosecutors report them.

They are files and not victims: the sums over municipalities are those of the state table of crimes
(2,049 and 2,051 intentional homicides in January 2024), and victims are a tenth more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from puente.errors import InvalidData
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
    obtained="victims in the files that prosecutors opened, as each state sends them",
)
RECORDS: dict[str, str] = {
    "Homicidio doloso": "homicidio_doloso",
    "Homicidio culposo": "homicidio_culposo",
    "Feminicidio": "feminicidio",
    "Otros delitos que atentan contra la vida y la integridad corporal": "otros_delitos_vida",
}
"""Columns of the file and the record types that they become; `Total` is only checked."""

_KEYS = ("Entidad", "Municipio", "Año", "Mes")
_BATCH = 50_000


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
        counts: list[dict[str, object]] = []
        for item in table.rows:
            if isinstance(item, Reject):
                yield item
                continue
            line, cells = item
            try:
                counts += reader.counts(cells)
            except InvalidData as error:
                yield Reject(line=line, reason=error.reason, raw=",".join(cells)[:500])
            if len(counts) >= _BATCH:
                yield Batch(table="counts", rows=counts)
                counts = []
        counts += reader.unspecified_counts()
        if counts:
            yield Batch(table="counts", rows=counts)
        reader.count_places()


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

    def __post_init__(self) -> None:
        header = self.table.header
        self.columns = [(RECORDS[name], header.index(name)) for name in RECORDS if name in header]
        self.keys = [header.index(name) for name in _KEYS]
        self.total_at = header.index("Total") if "Total" in header else -1

    def counts(self, cells: list[str]) -> list[dict[str, object]]:
        """Return the counts of one row.

        Raises: InvalidData: a municipality without a code, no month, or what is no count.
        """
        state, municipality, year, month_name = (cells[at].strip() for at in self.keys)
        month = parse_month(year, month_name)
        values = [(record, _count(record, cells[at])) for record, at in self.columns]
        place = self._place(state, municipality, month)
        self._check_total(cells, values)
        if place.endswith("999"):
            # Two rows of a state and month may both mean "not specified"; their sum is one figure.
            self.context.fact("rows without a municipality")
            for record, value in values:
                key = (place, month, record)
                held = self.unspecified.get(key)
                self.unspecified[key] = held if value is None else value + (held or 0)
            return []
        return [
            {"place": place, "month": month, "record": record, "count": value}
            for record, value in values
        ]

    def unspecified_counts(self) -> list[dict[str, object]]:
        """Return the counts of the rows that name no municipality."""
        return [
            {"place": place, "month": month, "record": record, "count": value}
            for (place, month, record), value in self.unspecified.items()
        ]

    def count_places(self) -> None:
        """Add what is known of the places to the facts, each lost one by name."""
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
