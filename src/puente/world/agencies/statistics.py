"""What is counted by place and month: the prosecutors' compilation, and four counts beside it.

A blank is "not reported": each publisher leaves some months out, and one place in a hundred says
nothing for half a year. Zeros are written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.world.chance import chance
from puente.world.crime import FIRST_YEAR, MONTHS, RECORD_TYPES
from puente.world.sheets import Row, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from puente.world.scene import Scene

MONTH_NAMES = ("Enero", "Febrero", "Marzo", "Abril", "Mayo", "Junio", "Julio", "Agosto",
               "Septiembre", "Octubre", "Noviembre", "Diciembre")  # fmt: skip
_BLANK = 0.004
_SILENT = 0.01
SILENT_MONTHS = 6


def _counted(publisher: str) -> tuple[str, ...]:
    return tuple(kind.name for kind in RECORD_TYPES if kind.publisher == publisher)


def _sheet(
    name: str, publisher: str, *, encoding: str = "utf-8", delimiter: str = ","
) -> tuple[str, Sheet]:
    columns = ("CVE_GEO", "ENTIDAD", "MUNICIPIO", "ANIO", "MES", *_counted(publisher))
    sheet = Sheet(
        name=f"{name}_2025-12-31", agency="estadistica", columns=columns, encoding=encoding,
        delimiter=delimiter,
    )  # fmt: skip
    return publisher, sheet


SHEETS = dict(
    (
        _sheet("incidencia_municipal", "prosecutors", encoding="latin-1"),
        _sheet("registro_civil_defunciones", "registry"),
        _sheet("comision_busqueda_desaparecidos", "search"),
        _sheet("aseguradoras_robo_vehiculo", "insurers", delimiter=";"),
        _sheet("ductos_tomas_clandestinas", "pipelines"),
    )
)


class Statistics:
    """Writes one row a place and month for each publisher."""

    sheets = tuple(SHEETS.values())

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        rng = chance(scene.seed, "silent places")
        self.silent = {
            (publisher, place.number): rng.randrange(MONTHS - SILENT_MONTHS)
            for publisher in SHEETS for place in scene.country.places if rng.random() < _SILENT
        }  # fmt: skip

    def month(self, month: int) -> Iterator[Row]:
        """Yield the counts of month 0 to 35, publisher by publisher."""
        for publisher, sheet in SHEETS.items():
            rng = self._scene.chance(f"blank {publisher}", month)
            kinds = _counted(publisher)
            for place in self._scene.country.places:
                counts = [str(self._scene.tallies[kind][place.number]) for kind in kinds]
                start = self.silent.get((publisher, place.number), MONTHS)
                if start <= month < start + SILENT_MONTHS or rng.random() < _BLANK:
                    counts = [""] * len(kinds)
                year, name = FIRST_YEAR + month // 12, MONTH_NAMES[month % 12]
                yield Row(
                    sheet=sheet.name,
                    cells=(place.code, place.state_name, place.name, str(year), name, *counts),
                )
