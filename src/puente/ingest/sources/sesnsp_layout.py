"""How SESNSP writes its tables: a row for a place, a year and a crime; a column for each month.

Source: SESNSP, Instrumento para el Registro, Clasificación y Reporte de los Delitos y las Víctimas
CNSP/38/15 (2015 to 2025); Registro Nacional de Incidencia Delictiva, RNID (from January 2026).

One rule names what is counted. The crime comes first; a dot and each thing that breaks it down
follow: `homicidio_doloso.con_arma_de_fuego`. A crime that its table does not break down has no dot:
`extorsion`. So the whole of a crime is the sum of the record of that name and of those that begin
with it and a dot. What is counted in another way has another first word, since series of one name
would be taken for one series: `victimas_` (people, not files), `federal_` (federal crimes), `rnid_`
(the method of 2026).
"""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.archives import open_member
from puente.ingest.source import Limits, SourceFile, date_in_name, files_below, published_on
from puente.model.dates import MONTHS
from puente.model.text import fold, slug

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

METHOD_OF_2026 = 2026
"""First year that is counted by the catalogue of the RNID. It splits, renames and adds crimes
(attempts are no longer counted with the deed), so no series runs across it.

Source: Consejo Nacional de Seguridad Pública, agreement of 2 September 2025.
"""

ENCODINGS = ("utf-8", "latin-1")
"""What SESNSP has published in: Windows-1252 mostly, UTF-8 with a mark since August 2026.

Latin-1 differs from Windows-1252 in signs that no name of a record keeps, and is read faster.
"""

_HEAD = 8192
_TAIL = 1 << 18
_MONTH_IN_NAME = re.compile(
    rf"(?<![a-z])({'|'.join(sorted(MONTHS, key=len, reverse=True))})[ _]?((?:20)?\d\d)(?!\d)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WideLayout:
    """One of the layouts. Columns are given folded: `ano` for `Año`, `clave ent` for `Clave_Ent`.

    Attributes:
        year, state, state_name: columns; `state` holds the number of the state.
        municipality, municipality_name: columns; "" in a table of states.
        crime: columns that name the crime, the crime first and then what breaks it down.
        absent: columns that only another layout has.
        prefix: first word of every record.
        first_year, last_year: years that are counted by the method of this layout.
        settle: True where a zero in a month after the last one that counts anything is the
            publisher's filling for a month that is still to come.
    """

    year: str = "ano"
    state: str = "clave ent"
    state_name: str = "entidad"
    municipality: str = ""
    municipality_name: str = ""
    crime: tuple[str, ...] = ("subtipo de delito", "modalidad")
    absent: tuple[str, ...] = ()
    prefix: str = ""
    first_year: int = 1990
    last_year: int = METHOD_OF_2026 - 1
    settle: bool = True

    @property
    def places(self) -> tuple[str, ...]:
        """Return the columns that say where."""
        where = (self.state, self.state_name, self.municipality, self.municipality_name)
        return tuple(name for name in where if name)

    def fits(self, head: Head) -> bool:
        """Return True if a file that begins so is written in this layout, by this method."""
        names = set(head.names)
        needed = {self.year, *self.places, *self.crime}
        return (
            needed <= names
            and not names & set(self.absent)
            and {MONTHS[name] for name in names if name in MONTHS} == set(range(1, 13))
            and (not head.year or self.first_year <= head.year <= self.last_year)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the first lines of a file say: its columns, folded, and the year of its first row."""

    names: tuple[str, ...] = ()
    year: int = 0


def head_of(path: Path) -> Head:
    """Return what the first lines of a delimited file say, or of the one file of a ZIP archive.

    Returns: an empty `Head` where it is neither.
    """
    try:
        with open_member(path, "zip", Limits()) if _is_zip(path) else path.open("rb") as handle:
            start = handle.read(_HEAD).removeprefix(codecs.BOM_UTF8)
        rows = list(csv.reader(_text(start).splitlines()[:2], strict=True))
    except (OSError, InvalidData, csv.Error):
        return Head()
    if not rows:
        return Head()
    names = tuple(fold(cell) for cell in rows[0])
    first = dict(zip(names, rows[1], strict=False)) if len(rows) > 1 else {}
    return Head(names=names, year=year_of(first.get("ano", "")) or 0)


def _is_zip(path: Path) -> bool:
    return path.suffix.lower() == ".zip"


def _text(start: bytes) -> str:
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return start.decode("latin-1")


def year_of(text: str) -> int | None:
    """Return the year that a cell writes, None where it writes none."""
    digits = text.strip().removesuffix(".0")
    return int(digits) if len(digits) == 4 and digits.isascii() and digits.isdigit() else None


def find_wide(root: Path, layout: WideLayout, source: str) -> list[SourceFile]:
    """Return the files at or below `root` that are written in a layout, oldest delivery first."""
    found = [
        SourceFile(path=path, source=source, published=delivered_on(path))
        for path in files_below(root, "*.csv", "*.zip")
        if layout.fits(head_of(path))
    ]
    return sorted(found, key=lambda file: (file.published, str(file.path)))


def delivered_on(path: Path) -> str:
    """Return when a file was delivered: a day, month or year; "" where nothing says.

    Its name or its folder's says it best (`2020-10`), since the table of a closed year is revised
    again and again and still ends in the same month; then a month in its name as SESNSP writes it
    (`nov24`, `ago2026`); then the last month that its last rows count.
    """
    for named in (date_in_name(path.stem), date_in_name(path.parent.name)):
        if len(named) > len("2020"):
            return named
    found = _MONTH_IN_NAME.findall(fold(path.stem))
    if found:
        month, year = found[-1]
        return f"20{year[-2:]}-{MONTHS[month]:02d}"
    return ("" if _is_zip(path) else _last_month(path)) or published_on(path)


def _last_month(path: Path) -> str:
    """Return the last month with a case in the last rows of a file; "" where none has any."""
    names = head_of(path).names
    try:
        with path.open("rb") as handle:
            handle.seek(max(0, path.stat().st_size - _TAIL))
            tail = handle.read().decode("latin-1")
    except OSError:
        return ""
    months = [(MONTHS[name], at) for at, name in enumerate(names) if name in MONTHS]
    last = ""
    for line in tail.splitlines()[1:]:
        try:
            cells = next(csv.reader([line], strict=True), [])
        except csv.Error:
            continue
        row = dict(zip(names, cells, strict=False))
        year = year_of(row.get("ano", ""))
        if year is None or len(cells) != len(names):
            continue
        told = [month for month, at in months if cells[at].strip() not in {"", "0", "0.0"}]
        last = max(last, f"{year}-{max(told):02d}" if told else "")
    return last


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where in a row each thing stands.

    Attributes:
        months: January to December.
        total: the year's total, -1 where the table gives none.
    """

    year: int
    places: tuple[int, ...]
    crime: tuple[int, ...]
    months: tuple[int, ...]
    total: int


def columns_of(header: Sequence[str], layout: WideLayout, path: Path) -> Columns:
    """Return where a header puts the columns of a layout.

    Raises: InvalidData: a column is missing or stands twice.
    """
    at: dict[str, int] = {}
    for number, cell in enumerate(header):
        name = fold(cell)
        name = f"month {MONTHS[name]}" if name in MONTHS else name
        if name and name in at:
            message = _("the header names {names} twice").format(names=cell)
            raise InvalidData(message, file=path, line=1)
        at[name] = number
    months = tuple(f"month {number}" for number in range(1, 13))
    missing = [
        name for name in (layout.year, *layout.places, *layout.crime, *months) if name not in at
    ]
    if missing:
        names = ", ".join(repr(name) for name in missing[:8])
        raise InvalidData(_("no column {names}").format(names=names), file=path, line=1)
    return Columns(
        year=at[layout.year],
        places=tuple(at[name] for name in layout.places),
        crime=tuple(at[name] for name in layout.crime),
        months=tuple(at[name] for name in months),
        total=at.get("total", -1),
    )


def record_of(texts: Sequence[str], prefix: str = "") -> str:
    """Return the record's name of a crime and what breaks it down; see the module.

    A part that repeats the crime breaks nothing down: `Extorsión`, `Extorsión` is `extorsion`.

    Raises: InvalidData: the crime or a part of it is blank.
    """
    parts = [slug(text) for text in texts]
    if not all(parts):
        raise InvalidData("no crime is named" if not parts[0] else "a part of the crime is blank")
    return prefix + ".".join([parts[0], *(part for part in parts[1:] if part != parts[0])])
