"""What people suffered and what of it was reported: INEGI's victim survey, by state and by crime.

Each autumn's survey asks of the year before, and that year is the period of its figures. Numbers
are estimates of crimes; shares are percent of the crimes estimated (`denuncia_pct`,
`cifra_negra_pct`) or of the crimes reported (`carpeta_iniciada_pct`). *Cifra negra* is what was not
reported, or reported without an investigation being opened.

How sure a figure is, the workbooks say by colour: `<measure>_cv` holds the bounds of its
coefficient of variation, of which INEGI calls 30 percent and more of low precision.

Source: INEGI, Encuesta Nacional de Victimización y Percepción sobre Seguridad Pública (ENVIPE),
tabulados básicos, III. Denuncia del delito.
Limits: households, people of 18 and over; no crime against firms, no homicide. By state all crimes
together, and the three with the highest cifra negra; by crime the whole country. From 2025 on
threats are asked for in other words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.counting import NATION
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
from puente.ingest.sources.envipe_tables import (
    ESTIMATED,
    Measure,
    Table,
    classes_of,
    figure,
    find_table,
    is_asked,
    title_of,
)
from puente.model.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from puente.ingest.workbook import Cell

INFO = SourceInfo(
    name="envipe",
    title="Encuesta Nacional de Victimización y Percepción sobre Seguridad Pública (ENVIPE)",
    agency="INEGI",
    country="mx",
    record_class="fact",
    reliability="A",
    credibility="2",
    marking="TLP:CLEAR",
    stage=2,
    url="https://www.inegi.org.mx/programas/envipe/",
    licence="Términos de libre uso de la información del INEGI",
    cadence="yearly, in September",
    legal_basis="Ley del Sistema Nacional de Información Estadística y Geográfica",
    obtained="told by a sample of people of 18 and over, at home; estimates with sampling error",
)
ALL = "all"

_NATION = {"estados unidos mexicanos", "nacional", "total nacional", "total", "mexico nacional"}
_CRIME = re.compile(
    r"robo|asalto|fraude|extorsion|amenaza|lesion|delito|secuestro|vandalismo|agresion"
    r"|hostigamiento|violacion|violencia|acoso|dano|clonacion|carterismo"
)
_SAME_CRIME = {
    "robo_o_asalto_en_la_calle_o_transporte_publico": "robo_o_asalto_en_calle_o_transporte_publico"
}
_NOT_SHOWN = {"", "nd", "na", "ns", "n d", "n a", "n s", "no aplica", "no disponible"}
_NOT_ESTIMATES = re.compile(r"_(?:cv|ee|ic|li|ls|me|cve)$")
_LOW_PRECISION = 30.0


@dataclass(frozen=True, slots=True)
class Envipe:
    """Reads the workbooks of chapter III; what a sheet holds is told by its headers."""

    info: SourceInfo = INFO

    def find(self, root: Path) -> list[SourceFile]:
        """Return the workbooks of estimates at or below `root`, by edition.

        Workbooks of coefficients or standard errors (`_cv`, `_ee`...) have the same tables with
        other figures and are left alone.
        """
        found = [
            SourceFile(path=path, source=INFO.name, published=date_in_name(path.stem))
            for path in files_below(root, "*denuncia_delito*.xlsx", "*envipe*.xlsx")
            if not _NOT_ESTIMATES.search(path.stem.lower())
        ]
        return sorted(found, key=lambda file: (file.published, str(file.path)))

    def read(self, file: SourceFile, context: LoadContext) -> Iterator[Handed]:
        """Yield `indicators`; every sheet that is not loaded is a fact, by its title.

        Raises: InvalidData: not a workbook, or none of its sheets is a table that is looked for.
        """
        from puente.ingest.workbook import open_workbook

        reader = _Reader(context)
        with open_workbook(file.path, context.limits) as book:
            for sheet in book.sheets:
                cells = list(book.cells(sheet))
                table = _asked(sheet, cells, context)
                if table is not None:
                    fills = book.fills(sheet)
                    yield from reader.table(sheet, table, _Precision(table, cells, fills))
        if not reader.loaded:
            message = _("no sheet is a table of reported crimes by state or by type of crime")
            raise InvalidData(message, file=file.path)
        yield Batch(table="indicators", rows=reader.rows)
        reader.state()


def _asked(sheet: str, cells: Sequence[Sequence[Cell]], context: LoadContext) -> Table | None:
    table = find_table(cells)
    if table is None:
        title = f"{sheet.strip()} {title_of(cells)}"
        context.fact(f"sheet without a table by state or crime: {title}"[:160])
        return None
    if not is_asked(table):
        context.fact(f"table not loaded: {sheet.strip()} {table.title}"[:160])
        return None
    return table


class _Precision:
    """How sure the figures of one table are, by their cells' colours."""

    def __init__(
        self, table: Table, cells: Sequence[Sequence[Cell]], fills: Mapping[tuple[int, int], str]
    ) -> None:
        self._fills = fills
        self._classes = classes_of(table, cells, fills)

    def of(self, line: int, at: int, cell: Cell) -> tuple[float, float | None] | None:
        """Return the bounds of the coefficient of variation, None where it has none.

        A star marks a figure of no case or of all cases, which has no variation.
        """
        if isinstance(cell, str) and "*" in cell:
            return None
        return self._classes.get(self._fills.get((line - 1, at), ""))


@dataclass(slots=True)
class _Reader:
    """Turns tables into indicators; a figure that two tables give is kept once."""

    context: LoadContext
    rows: list[dict[str, object]] = field(default_factory=list)
    loaded: int = 0
    seen: dict[tuple[str, ...], tuple[float | None, ...]] = field(default_factory=dict)
    states: set[str] = field(default_factory=set)
    periods: set[str] = field(default_factory=set)
    low_precision: int = 0
    _above: str = ""

    def table(self, sheet: str, table: Table, precision: _Precision) -> Iterator[Reject]:
        """Add the figures of a table; yield the rows that cannot be read."""
        self.loaded += 1
        for label in table.unknown:
            self.context.fact(f"column not understood: {sheet.strip()} {label}"[:160])
        period = table.period or self._year_before()
        self.periods.add(period)
        self._above = "" if table.by == "both" else NATION
        for line, stub, cells in table.rows:
            self.context.row()
            try:
                place, record = self._subject(table, stub)
                figures = _figures(table.columns, cells)
                self._check(place, period, record, figures)
            except InvalidData as error:
                raw = "; ".join(str(cell) for cell in cells if cell != "")[:500]
                yield Reject(line=line, reason=f"sheet {sheet.strip()}: {error.reason}", raw=raw)
                continue
            for measure, (at, values) in figures.items():
                cv = precision.of(line, at, cells[at])
                self._add((place, period, record, measure.name), measure.unit, values, cv)

    def state(self) -> None:
        """Add to the facts what was loaded: tables, states, periods, and the nation's figures."""
        fact = self.context.fact
        fact("tables loaded", self.loaded)
        fact("states", len(self.states))
        fact("figures", len(self.seen))
        fact("figures of low precision", self.low_precision)
        for period in sorted(self.periods):
            for measure in (ESTIMATED, "cifra_negra"):
                value = self.seen.get((NATION, period, ALL, measure), (None,))[0]
                if value is not None:
                    fact(f"{measure} {period}", round(value))

    def _year_before(self) -> str:
        year = self.context.file.published[:4]
        if not year.isdigit():
            message = _("no year is named in the table or in the file's name")
            raise InvalidData(message, file=self.context.file.path)
        self.context.fact("tables without a year, taken for the year before the survey")
        return str(int(year) - 1)

    def _subject(self, table: Table, stub: str) -> tuple[str, str]:
        """Return the place and the record of a row; remember the state that crimes stand under."""
        name = fold(stub)
        if name in _NATION:
            self._above = NATION
            return NATION, ALL
        if table.by != "crime":
            code = self.context.gazetteer.state_code(stub)
            if code:
                self.states.add(code)
                self._above = f"{code}000"
                return self._above, ALL
            if table.by == "state" or not _CRIME.search(name):
                # Crimes under a state that is not known must not fall to the state before it.
                self._above = ""
                raise InvalidData(f"no state is called {stub[:60]!r}")
        if not name:
            raise InvalidData("the row has no name")
        if not self._above:
            raise InvalidData("the state above the row is not known")
        crime = name.replace(" ", "_")
        return self._above, _SAME_CRIME.get(crime, crime)

    def _check(
        self,
        place: str,
        period: str,
        record: str,
        figures: Mapping[Measure, tuple[int, tuple[float | None, ...]]],
    ) -> None:
        for measure, (_at, values) in figures.items():
            held = self.seen.get((place, period, record, measure.name), values)
            if not all(_same(a, b) for a, b in zip(held, values, strict=True)):
                raise InvalidData(f"another table gives {held[0]} for {measure.name}")

    def _add(
        self,
        key: tuple[str, str, str, str],
        unit: str,
        values: tuple[float | None, ...],
        cv: tuple[float, float | None] | None,
    ) -> None:
        if key in self.seen:
            self.context.fact("figures said twice")
            return
        self.seen[key] = values
        place, period, record, measure = key
        base = {"place": place, "period": period, "record": record}
        value, low, high = values
        self.rows.append(
            {**base, "measure": measure, "value": value, "low": low, "high": high, "unit": unit}
        )
        if value is None:
            self.context.fact("figures not shown")
        elif cv is not None:
            self.low_precision += cv[0] >= _LOW_PRECISION
            self.rows.append(
                {
                    **base,
                    "measure": f"{measure}_cv",
                    "value": None,
                    "low": cv[0],
                    "high": cv[1],
                    "unit": "percent",
                }
            )


def _figures(
    columns: Mapping[int, Measure], cells: Sequence[Cell]
) -> dict[Measure, tuple[int, tuple[float | None, ...]]]:
    """Return the column and the value, low and high of each measure of a row.

    Raises: InvalidData: text where a figure should be, a negative figure, a share above 100.
    """
    found: dict[Measure, tuple[int, tuple[float | None, ...]]] = {}
    bounds: dict[tuple[str, str], float | None] = {}
    for at, measure in columns.items():
        value = _value(cells[at] if at < len(cells) else "", measure)
        if measure.bound:
            bounds[measure.name, measure.bound] = value
        else:
            found[measure] = (at, (value, None, None))
    return {
        measure: (at, (values[0], *(bounds.get((measure.name, b)) for b in ("low", "high"))))
        for measure, (at, values) in found.items()
    }


def _value(cell: Cell, measure: Measure) -> float | None:
    value = figure(cell)
    if value is None:
        if isinstance(cell, str) and fold(cell) in _NOT_SHOWN:
            return None
        raise InvalidData(f"{measure.name}: not a figure: {str(cell)[:40]!r}")
    if value < 0 or (measure.unit == "percent" and value > 100.0001):
        raise InvalidData(f"{measure.name}: {value} cannot be")
    return value


def _same(left: float | None, right: float | None) -> bool:
    if left is None or right is None:
        return left is right
    return abs(left - right) <= 1e-6 * max(1.0, abs(left))


SOURCES = (Envipe(),)
