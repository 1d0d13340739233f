"""Five crimes by month in large and violent municipalities, 2011 to 2017, compiled by a website.

The table of homicides holds two lists, which are two registers and no copies of each other: first
the prosecutors' files (SESNSP), then the civil registry's deaths by the month in which they
happened (INEGI), which carry codes and population. They differ in nine cells of ten, and the second
ends where INEGI's deaths ended when the file was made.

Each row says in `tipo` what it counts. In `municipios_big.json` the keys `rvcv` and `rvsv` (vehicle
theft with violence and without) are the wrong way round, as the volumes and the second file show;
the rows' own labels are right and are what is read. Where a row has no label, its key is read.

The prosecutors counted by the format of 1997 then (CIEISP), so the names of these records begin
with `cieisp_`: they are not continued by what is counted since 2015.

Source: diegovalle/new.crimenmexico (MIT), R/src/muncharts.R and R/src/municipios.R, which made the
files.
Limits: only places with many people or much crime. The second file holds no municipality with all
five crimes, so nothing may be added up over crimes.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.json_values import HALVED, is_halved, raw_of, read_json
from puente.ingest.reading import check_file
from puente.ingest.source import (
    Batch,
    Handed,
    LoadContext,
    Reject,
    SourceFile,
    SourceInfo,
    files_below,
    published_on,
)
from puente.model.dates import parse_month
from puente.model.places import place_code
from puente.model.text import fold
from puente.model.values import parse_count

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_INFO = SourceInfo(
    name="municipios_big",
    title="Five crimes in large and violent municipalities, 2011-2016 (compiled)",
    agency="SESNSP",
    country="mx",
    record_class="fact",
    reliability="C",
    credibility="3",
    marking="TLP:CLEAR",
    stage=2,
    url="https://github.com/diegovalle/new.crimenmexico",
    licence="MIT",
    cadence="once",
    legal_basis="open data, compiled by a third party",
    obtained="files that prosecutors opened (CIEISP); death certificates",
)
_LABELS = {
    "Intentional Homicide": "cieisp_homicidio_doloso",
    "Extortion": "cieisp_extorsion",
    "Kidnapping": "cieisp_secuestro",
    "Car Robbery with Violence": "cieisp_robo_de_vehiculo_con_violencia",
    "Car Robbery without Violence": "cieisp_robo_de_vehiculo_sin_violencia",
}
_KEYS = dict(zip(("hd", "ext", "sec", "rvcv", "rvsv"), _LABELS.values(), strict=True))
DEATHS = "defunciones_por_homicidio_ocurrencia"
"""Homicides of the civil registry, by the month in which people died and not that of entry."""

_CUT = 21
"""Letters of a municipality's name that the compiler kept."""

_DATE = re.compile(rb'"date" ?: ?"(\d{4}-\d\d)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """Reads one of the two files, each a source of its own: their places and times differ."""

    info: SourceInfo
    name: re.Pattern[str]

    def find(self, root: Path) -> list[SourceFile]:
        """Return the files at or below `root`; the last month in a file is its date."""
        return [
            SourceFile(path=path, source=self.info.name, published=_last_month(path))
            for path in files_below(root, "municipios_big*.json")
            if self.name.match(path.stem.lower())
        ]

    def read(self, file: SourceFile, context: LoadContext) -> Iterator[Handed]:
        """Yield `counts`. The line of a reject is the number of its row in the file.

        Raises: InvalidData: not that file.
        """
        reader = _Reader(context)
        for row in _rows(file.path, context.limits.max_file_mb):
            context.row()
            try:
                reader.take(row)
            except InvalidData as error:
                yield Reject(line=row.number, reason=error.reason, raw=raw_of(row.held))
        yield Batch(table="counts", rows=reader.counts())
        reader.state_facts()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One row: where it stands, under which key, and of which register it is."""

    number: int
    key: str
    deaths: bool
    held: object

    def cell(self, name: str) -> object:
        if not isinstance(self.held, dict):
            raise InvalidData("the row is no object")
        return self.held.get(name)


def _last_month(path: Path) -> str:
    found = _DATE.findall(path.read_bytes())
    return max(found).decode() if found else published_on(path)


def _rows(path: Path, max_file_mb: int) -> Iterator[_Row]:
    """Yield the rows of every table, those with codes first: their names find the others' codes.

    Raises: InvalidData: not such a file.
    """
    check_file(path, max_file_mb)
    tables = read_json(path)
    if not isinstance(tables, dict) or not _KEYS.keys() & tables.keys():
        names = ", ".join(repr(key) for key in _KEYS)
        raise InvalidData(_("no column {names}").format(names=names), file=path)
    rows: list[_Row] = []
    for key, table in tables.items():
        if not isinstance(table, list):
            raise InvalidData(_("no column {names}").format(names=repr(key)), file=path)
        lists = table if table and all(isinstance(item, list) for item in table) else [table]
        other = len(lists) == 2 and not _copies(*lists)
        for place, held in enumerate(lists):
            for item in held:
                deaths = other and place == 1
                rows.append(_Row(number=len(rows) + 1, key=key, deaths=deaths, held=item))
    return iter(sorted(rows, key=lambda row: not row.deaths))


def _copies(first: list[object], second: list[object]) -> bool:
    """Return True if two lists of one table mostly give the same counts: one register, twice."""
    given = [
        {
            (str(r.get("date")), str(r.get("name"))): r.get("count")
            for r in rows
            if isinstance(r, dict)
        }
        for rows in (first, second)
    ]
    pairs = [(count, given[1].get(key)) for key, count in given[0].items() if count is not None]
    known = [(left, right) for left, right in pairs if right is not None]
    return 2 * sum(int(left == right) for left, right in known) > len(known)


@dataclass(slots=True)
class _Reader:
    """Turns rows into counts, and remembers which municipalities were found."""

    context: LoadContext
    found: dict[tuple[str, str, str], int | None] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    crimes: dict[str, set[str]] = field(default_factory=dict)
    facts: Counter[str] = field(default_factory=Counter)
    cut: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def take(self, row: _Row) -> None:
        """Keep the count of one row.

        Raises: InvalidData: no month, crime, count or municipality; a second count of one cell;
            half of a character.
        """
        if is_halved((row.key, row.held)):
            raise InvalidData(HALVED)
        month = _month(row.cell("date"))
        record = DEATHS if row.deaths else self._record(row)
        count = _count(row.cell("count"))
        place = self._place(row)
        key = (place, month, record)
        if key not in self.found:
            self.found[key] = count
            self.crimes.setdefault(place, set()).add(record)
        elif self.found[key] == count:
            self.facts["rows given twice, folded"] += 1
        else:
            raise InvalidData(f"another row counts {self.found[key]} there, this one {count}")

    def counts(self) -> list[dict[str, object]]:
        """Return the counts of all rows."""
        return [
            {
                "place": place,
                "month": month,
                "record": record,
                "count": count,
                "agency": "INEGI" if record == DEATHS else self.context.info.agency,
            }
            for (place, month, record), count in self.found.items()
        ]

    def state_facts(self) -> None:
        """State what the file covers, and what is odd in it."""
        months = sorted({month for _, month, _ in self.found})
        lost = sorted(name for name, code in self.places.items() if not code)
        crimes = [records - {DEATHS} for records in self.crimes.values()]
        both = self._both()
        self.facts.update(f"cells of {record}" for _place, _month, record in self.found)
        self.facts.update({
            "cells not reported": sum(count is None for count in self.found.values()),
            "municipalities joined": len(crimes),
            "municipalities without a code": len(lost),
            "municipalities with all five crimes": sum(len(c) == len(_LABELS) for c in crimes),
            "months of homicide in both registers": len(both),
            "months of homicide that they count differently": sum(a != b for a, b in both),
        })  # fmt: skip
        if months:
            self.facts["first month"] = int(months[0].replace("-", ""))
            self.facts["last month"] = int(months[-1].replace("-", ""))
        for name in lost:
            self.facts[f"without a code: {name}"] = 1
        for fact, number in self.facts.items():
            self.context.fact(fact, number)

    def _both(self) -> list[tuple[int, int]]:
        """Return the counts of both registers where both gave one."""
        pairs = []
        for (place, month, record), count in self.found.items():
            deaths = self.found.get((place, month, DEATHS))
            if record == _KEYS["hd"] and count is not None and deaths is not None:
                pairs.append((count, deaths))
        return pairs

    def _record(self, row: _Row) -> str:
        label = row.cell("tipo")
        if label is None:
            self.facts["rows without a label"] += 1
            if row.key in _KEYS:
                return _KEYS[row.key]
        record = _LABELS.get(str(label))
        if record is None:
            raise InvalidData(f"not one of the five crimes: {str(label or row.key)[:60]!r}")
        if _KEYS.get(row.key) != record:
            self.facts[f"rows of {row.key} whose label says {label}"] += 1
        return record

    def _place(self, row: _Row) -> str:
        name = row.cell("name")
        if not isinstance(name, str) or ", " not in name:
            raise InvalidData("no municipality and state are named")
        code = _coded(row)
        if not self.places.get(name):
            self.places[name] = code or self._named(name)
        elif code and code != self.places[name]:
            raise InvalidData(f"{name!r} has the code {self.places[name]} on another row")
        if not self.places[name]:
            if not len(self.context.gazetteer):
                raise InvalidData("no municipality is known yet: load a table of places first")
            raise InvalidData(f"no municipality code for {name!r}")
        return self.places[name]

    def _named(self, name: str) -> str:
        municipality, _comma, state = name.rpartition(", ")
        gazetteer = self.context.gazetteer
        match = gazetteer.by_name(state, municipality)
        if match.code or len(municipality) < _CUT:
            return "" if match.how == "unspecified" else match.code
        if not self.cut:
            for code in gazetteer.codes():
                place = gazetteer.by_code(code)
                if place:
                    self.cut.setdefault(code[:2], []).append((fold(place.name), code))
        held = self.cut.get(gazetteer.state_code(state), [])
        codes = [code for whole, code in held if whole.startswith(fold(municipality))]
        return codes[0] if len(codes) == 1 else ""


def _coded(row: _Row) -> str:
    """Return the code that a row gives its municipality, "" where it gives none.

    Raises: InvalidData: what it gives is no code.
    """
    state, number = row.cell("state_code"), row.cell("mun_code")
    if state is None and number is None:
        return ""
    if type(state) is not int or type(number) is not int:
        raise InvalidData("not a municipality code: two digits of state and three")
    return place_code(f"{state:02d}{number:03d}")


def _month(value: object) -> str:
    parts = value.split("-") if isinstance(value, str) else []
    if len(parts) not in {2, 3}:
        raise InvalidData(f"not a month: {str(value)[:40]!r}")
    return parse_month(parts[0], parts[1])


def _count(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise InvalidData(f"not a count: {str(value)[:40]!r}")
    return parse_count(str(value))


SOURCES = (
    Compiled(info=_INFO, name=re.compile(r"municipios_big(?!2)")),
    Compiled(
        info=replace(
            _INFO,
            name="municipios_big2",
            title="Five crimes in large and violent municipalities, 2011-2017 (compiled, second)",
        ),
        name=re.compile(r"municipios_big2"),
    ),
)
