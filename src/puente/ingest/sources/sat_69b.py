"""Firms that the Mexican tax authority presumes or holds to issue invoices for nothing sold.

Rows of one RFC are one entity: a firm stands there twice when a court undid one procedure and the
authority opened another. Each stage keeps its dates and the number of the official letter.

Source: Código Fiscal de la Federación, art. 69-B; SAT, Listado completo de contribuyentes.
Limits: a tax list, no sanctions list: it blocks no property, and a firm that disproved the
presumption (Desvirtuado) or won in court (Sentencia Favorable) stays on it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.reading import Layout, Table, read_table
from puente.ingest.source import (
    Claims,
    Handed,
    LoadContext,
    SourceFile,
    SourceInfo,
    date_in_name,
    each_row,
    files_below,
    published_on,
)
from puente.model.ids import parse_rfc
from puente.model.text import clean_text, fold, hashed
from puente.model.values import parse_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from puente.ingest.source import Claim
    from puente.model.ids import Identifier

INFO = SourceInfo(
    name="sat_69b",
    title="Listado completo de contribuyentes, art. 69-B CFF",
    agency="SAT",
    country="mx",
    record_class="public_list",
    reliability="A",
    credibility="2",
    marking="TLP:CLEAR",
    stage=1,
    url="http://omawww.sat.gob.mx/cifras_sat/Documents/Listado_Completo_69-B.csv",
    licence="Libre Uso MX",
    cadence="quarterly",
)

STATUSES: dict[str, str] = {
    "presunto": "Presunto",
    "desvirtuado": "Desvirtuado",
    "definitivo": "Definitivo",
    "sentencia favorable": "Sentencia Favorable",
}
"""Folded status to the status as the list writes it."""

_KEYS = ("RFC", "Nombre del Contribuyente", "Situación del contribuyente")
# Four columns a stage: letter and page date at the SAT, letter and date in the DOF.
_STAGES = (
    ("Presunto", "presunción SAT"),
    ("Desvirtuado", "desvirtuaron SAT"),
    ("Definitivo", "definitivos SAT"),
    ("Sentencia Favorable", "sentencia favorable SAT"),
)


@dataclass(frozen=True, slots=True)
class Sat69b:
    """Reads the complete list, with or without its two title lines."""

    info: SourceInfo = INFO

    def find(self, root: Path) -> list[SourceFile]:
        """Return the lists at or below `root`, oldest first: in a folder or named `69b`."""
        found = [
            SourceFile(path=path, source=INFO.name, published=published_on(path))
            for path in files_below(root, "*.csv")
            if re.search(r"69.?b", path.name.lower())
            or (re.search(r"69.?b", path.parent.name.lower()) and date_in_name(path.stem))
        ]
        return sorted(found, key=lambda file: (file.published, str(file.path)))

    def read(self, file: SourceFile, context: LoadContext) -> Iterator[Handed]:  # noqa: ARG002
        """Yield the firms.

        Raises: InvalidData: not the list.
        """
        layout = Layout(header=_KEYS, encodings=("utf-8", "cp1252", "latin-1"), title_lines=4)
        reader = _Reader(read_table(context, layout), context)
        yield from each_row(reader.table.rows, reader.claims)
        context.fact("distinct RFC", len(reader.rfcs))


@dataclass(slots=True)
class _Reader:
    """Turns rows into claims, and counts what the list is known for."""

    table: Table
    context: LoadContext
    rfcs: set[str] = field(default_factory=set)
    masked: dict[str, int] = field(default_factory=dict)
    stages: list[tuple[str, int]] = field(init=False)

    def __post_init__(self) -> None:
        header = self.table.header
        self.stages = []
        for stage, words in _STAGES:
            at = next((i for i, name in enumerate(header) if name.endswith(words)), -1)
            if at < 0 or at + 3 >= len(header):
                message = _("no columns of the stage {stage!r}").format(stage=stage)
                raise InvalidData(message, file=self.context.file.path, line=1)
            self.stages.append((stage, at))

    def claims(self, line: int, cells: list[str]) -> list[Claim]:
        """Return the claims of one row.

        Raises: InvalidData: no RFC or no name.
        """
        rfc_at, name_at, status_at = (self.table.index(name) for name in _KEYS)
        rfc = parse_rfc(cells[rfc_at])
        written = clean_text(cells[name_at])
        name, _, ruling = written.partition("//")
        name = parse_name(name).rstrip(" ,;")
        schema = "Person" if rfc.valid and len(rfc.value) == 13 else "Company"
        claims = Claims(line).about(self._id(rfc, name), schema)
        claims.add("name", name, cells[name_at])
        self._add_rfc(claims, rfc)
        claims.add("country", "mx", "")
        if ruling.strip():
            claims.add("notes", ruling.strip(), cells[name_at])
        self._add_status(claims, cells[status_at], cells)
        for stage, at in self.stages:
            self._add_stage(claims, stage, cells[at : at + 4])
        return claims.held

    def _id(self, rfc: Identifier, name: str) -> str:
        if rfc.note != "the RFC is masked":
            self.rfcs.add(rfc.value)
            return f"sat69b-{rfc.value}"
        # A masked RFC is the same text for many firms, so the row stands for itself.
        key = hashed(name)
        self.masked[key] = self.masked.get(key, 0) + 1
        return f"sat69b-masked-{key}-{self.masked[key]}"

    def _add_rfc(self, claims: Claims, rfc: Identifier) -> None:
        if rfc.note == "the RFC is masked":
            self.context.fact("RFC masked")
            claims.add("notes", "the RFC is masked by the publisher", rfc.original)
            return
        claims.add("rfcCode", rfc.value, rfc.original)
        if not rfc.valid:
            self.context.fact("RFC not valid" if rfc.complete else "RFC incomplete")

    def _add_status(self, claims: Claims, text: str, cells: list[str]) -> None:
        status = STATUSES.get(fold(text), clean_text(text))
        if not status:
            raise InvalidData("no status")
        self.context.fact(f"status {status}")
        at = next((at for stage, at in self.stages if stage == status), None)
        days = [] if at is None else [*_days(cells[at + 3])[0], *_days(cells[at + 1])[0]]
        claims.date = days[0].isoformat() if days else ""
        claims.add("status", status, text)
        claims.date = ""

    def _add_stage(self, claims: Claims, stage: str, cells: list[str]) -> None:
        letter_sat, page, letter_dof, dof = cells
        if not any(cell.strip() for cell in cells):
            return
        parts = [stage]
        first = ""
        for label, letter, written in (("SAT", letter_sat, page), ("DOF", letter_dof, dof)):
            days, understood = _days(written)
            if not understood:
                self.context.fact("dates not understood")
            dates = ", ".join(day.isoformat() for day in days) if understood else written.strip()
            first = first or (min(days).isoformat() if days else "")
            if dates or letter.strip():
                parts.append(f"{label} {dates} ({clean_text(letter)})".replace(" ()", ""))
        claims.date = first
        claims.add("notes", ": ".join((parts[0], "; ".join(parts[1:]))), " | ".join(cells))
        claims.date = ""


_DAY = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})(?!\d)")
_SERIAL = re.compile(r"4\d{4}")
_SERIAL_START = date(1899, 12, 30)  # day 0 of a spreadsheet


def _days(text: str) -> tuple[list[date], bool]:
    """Return the days in a cell, latest written first, and whether all of it was understood.

    A cell may hold two (`13/05/2020 - 25/03/2019`), one with a two-digit year (the list began in
    2014), or the serial number that a spreadsheet left in place of a day.
    """
    written = text.strip()
    if not written:
        return [], True
    if _SERIAL.fullmatch(written):
        return [_SERIAL_START + timedelta(days=int(written))], True
    days: list[date] = []
    for day, month, year in _DAY.findall(written):
        try:
            days.append(date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day)))
        except ValueError:
            return days, False
    return days, bool(days) and not _DAY.sub("", written).strip(" -/.,")


SOURCES = (Sat69b(),)
