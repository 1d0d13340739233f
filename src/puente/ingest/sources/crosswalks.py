"""Tables of municipality codes and names. No one of them knows every name in use.

Of the 2,478 municipalities that the lethal-violence file names, the three tables before the last
know 99.9 % with the rules of `puente.model.places`; the last knows the three founded since.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.reading import Layout, read_table
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
from puente.ingest.sources.population import place_row
from puente.model.places import place_code
from puente.model.values import parse_decimal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _info(name: str, title: str, licence: str) -> SourceInfo:
    return SourceInfo(
        name=name,
        title=title,
        agency="INEGI",
        country="mx",
        record_class="fact",
        reliability="A",
        credibility="2",
        marking="TLP:CLEAR",
        stage=0,
        url="https://www.inegi.org.mx/app/ageeml/",
        licence=licence,
        cadence="monthly",
        legal_basis="Ley del Sistema Nacional de Información Estadística y Geográfica",
        obtained="kept by INEGI from the decrees that found and rename municipalities",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Crosswalk:
    """One table of codes and names.

    Attributes:
        pattern: of its file's name.
        code: the columns that make the code, one or two.
        name: the column of the name.
        state: the column of the state's name, if any.
        point: the columns of latitude and longitude, if any.
        encodings: in which it may be written.
    """

    info: SourceInfo
    pattern: str
    code: tuple[str, ...]
    name: str
    state: str = ""
    point: tuple[str, str] | None = None
    encodings: tuple[str, ...] = ("utf-8", "latin-1")

    def find(self, root: Path) -> list[SourceFile]:
        """Return the tables at or below `root`, oldest first."""
        found = [
            SourceFile(path=path, source=self.info.name, published=date_in_name(path.stem))
            for path in files_below(root, self.pattern)
        ]
        return sorted(found, key=lambda file: (file.published, str(file.path)))

    def read(self, file: SourceFile, context: LoadContext) -> Iterator[Handed]:
        """Yield the places. The codes 998 and 999 stand for no municipality and are counted apart.

        Raises: InvalidData: not the table.
        """
        columns = (*self.code, self.name, *(self.point or ()))
        table = read_table(context, Layout(header=columns, encodings=self.encodings))
        code_at = [table.index(column) for column in self.code]
        name_at = table.index(self.name)
        state_at = table.header.index(self.state) if self.state in table.header else -1
        point_at = [table.index(column) for column in self.point or ()]
        crosswalk = file.path.stem
        places: list[dict[str, object]] = []
        for item in table.rows:
            if isinstance(item, Reject):
                yield item
                continue
            line, cells = item
            try:
                code = _code([cells[at] for at in code_at])
                point = [float(parse_decimal(cells[at])) for at in point_at]
            except InvalidData as error:
                yield Reject(line=line, reason=error.reason, raw=",".join(cells)[:500])
                continue
            if code[2:] in {"998", "999"}:
                context.fact("codes for no municipality")
            else:
                names = (cells[name_at], cells[state_at] if state_at >= 0 else "")
                places.append(place_row(code, names, crosswalk, *point))
        context.fact("municipalities", len(places))
        yield Batch(table="places", rows=places)


def _code(cells: list[str]) -> str:
    if len(cells) == 1:
        return place_code(cells[0])
    state, municipality = (cell.strip() for cell in cells)
    return place_code(f"{state.zfill(2)}{municipality.zfill(3)}")


SOURCES = (
    Crosswalk(
        info=_info("places_2020", "Municipios y sus atributos, Censo 2020", "BSD-3 compilation"),
        pattern="df_mxmunicipio_*.csv",
        code=("region",),
        name="municipio_name",
        state="state_name",
        point=("lat", "long"),
    ),
    Crosswalk(
        info=_info("places_names", "Catálogo de municipios", "MIT compilation"),
        pattern="municipality_names.csv",
        code=("cve_geo",),
        name="nombre_municipio",
        state="nombre_estado",
    ),
    Crosswalk(
        info=_info("places_names_alt", "Catálogo de municipios del SESNSP", "MIT compilation"),
        pattern="municipality_names_alt.csv",
        code=("state_code", "mun_code"),
        name="MUNICIPIO",
    ),
)
