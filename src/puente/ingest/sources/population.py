"""Population of the municipalities by year: CONAPO's reconstruction and projection, 1990-2040."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.reading import Layout, read_table
from puente.ingest.source import (
    Batch,
    Handed,
    LoadContext,
    Reject,
    SourceFile,
    SourceInfo,
    files_below,
)
from puente.model.places import STATE_NAMES, place_code
from puente.model.values import parse_count

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INFO = SourceInfo(
    name="population",
    title="Reconstrucción y proyecciones de la población de los municipios de México",
    agency="CONAPO",
    country="mx",
    record_class="fact",
    reliability="A",
    credibility="2",
    marking="TLP:CLEAR",
    stage=0,
    url="https://www.gob.mx/conapo",
    licence="Libre Uso MX",
    cadence="after each census",
    legal_basis="Ley General de Población, art. 5",
    obtained="projected from censuses, births, deaths and migration",
)
_KEYS = ("CVE", "Entidad", "Municipio")


@dataclass(frozen=True, slots=True)
class Population:
    """Reads the table of municipalities by years. It bears no date of its own."""

    info: SourceInfo = INFO

    def find(self, root: Path) -> list[SourceFile]:
        """Return the tables at or below `root`."""
        return [
            SourceFile(path=path, source=INFO.name, published="")
            for path in files_below(root, "municipal_population*.csv")
        ]

    def read(self, file: SourceFile, context: LoadContext) -> Iterator[Handed]:
        """Yield `population` by place and year, and the places.

        Raises: InvalidData: not the table, or no year among its columns.
        """
        table = read_table(context, Layout(header=_KEYS, encodings=("utf-8", "cp1252")))
        years = [(at, int(name)) for at, name in enumerate(table.header) if name.isdigit()]
        if not years:
            raise InvalidData(_("no column is a year"), file=file.path, line=1)
        code_at, state_at, name_at = (table.index(column) for column in _KEYS)
        population: list[dict[str, object]] = []
        places: list[dict[str, object]] = []
        for item in table.rows:
            if isinstance(item, Reject):
                yield item
                continue
            line, cells = item
            try:
                code = place_code(cells[code_at])
                counts = [(year, parse_count(cells[at])) for at, year in years]
            except InvalidData as error:
                yield Reject(line=line, reason=error.reason, raw=",".join(cells)[:500])
                continue
            population += (
                {"place": code, "year": year, "population": count}
                for year, count in counts
                if count is not None
            )
            places.append(place_row(code, (cells[name_at], cells[state_at]), "conapo"))
        context.fact("municipalities", len(places))
        yield Batch(table="population", rows=population)
        yield Batch(table="places", rows=places)


def place_row(
    code: str,
    names: tuple[str, str],
    crosswalk: str,
    latitude: float | None = None,
    longitude: float | None = None,
) -> dict[str, object]:
    """Return a row of the `places` table that holds at any time.

    Args:
        names: the municipality's, and its state's, which counts where the state is none of the 32.
    """
    name, state = (" ".join(text.split()) for text in names)
    return {
        "place": code,
        "name": name,
        "state": code[:2],
        "state_name": STATE_NAMES.get(code[:2], state),
        "valid_from": "",
        "valid_to": "",
        "latitude": latitude,
        "longitude": longitude,
        "crosswalk": crosswalk,
    }


SOURCES = (Population(),)
