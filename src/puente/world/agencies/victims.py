"""Victims that a state's prosecutors count: a row a place, year, crime, sex and age, months across.

A case file has one victim or several, so the victims of a month are as many as its case files or
more, and nobody who reads one table for the other gets it right. Nobody is named. Minors have rows
of their own; every combination has a row, zeros written, so that sums over them are whole.

Source: SESNSP, Instrumento para el Registro, Clasificación y Reporte de los Delitos y las Víctimas
CNSP/38/15 (columns of the victims' tables, IDVFC); the counts are made up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.model.text import slug
from puente.world.agencies.prosecutors import states_served
from puente.world.crime import FIRST_YEAR
from puente.world.sheets import Row, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from puente.world.geography import Place
    from puente.world.scene import Scene

MONTH_NAMES = ("Enero", "Febrero", "Marzo", "Abril", "Mayo", "Junio", "Julio", "Agosto",
               "Septiembre", "Octubre", "Noviembre", "Diciembre")  # fmt: skip
VICTIMS = Sheet(
    name="fge_altamar_victimas_2025-12-31", agency="fge_altamar", encoding="latin-1",
    columns=("Año", "Clave_Ent", "Entidad", "Cve. Municipio", "Municipio",
             "Bien jurídico afectado", "Tipo de delito", "Subtipo de delito", "Sexo",
             "Rango de edad", *MONTH_NAMES),
    id_column="Cve. Municipio", date_column="Año", bad_date="20X4",
)  # fmt: skip
CRIMES = (
    ("homicidio_doloso", "La vida y la Integridad corporal", "Homicidio", "Homicidio doloso"),
    ("lesiones_dolosas", "La vida y la Integridad corporal", "Lesiones", "Lesiones dolosas"),
    ("secuestro", "Libertad personal", "Secuestro", "Secuestro"),
)
"""Crimes of which every person harmed is counted: name in the tallies, then as the table says."""
MORE_THAN_ONE = 0.09
"""Share of case files with more than one victim."""
FURTHER = 0.3
"""Chance that after the second there is another, and so on."""
FEMALE, MINOR = 0.22, 0.06
_SEXES, _AGES = ("Hombre", "Mujer"), ("Adultos (18 y más)", "Menores de edad (0-17)")
_GROUPS = tuple((sex, age) for sex in _SEXES for age in _AGES)
RECORDS = tuple(
    f"victimas_{slug(names[2])}.{slug(sex)}.{slug(age)}"
    for _crime, *names in CRIMES for sex, age in _GROUPS
)  # fmt: skip
"""Names of the counts that a mapping makes of the table."""


class VictimCounts:
    """Counts each month and writes a year's rows when the year is over."""

    sheets = (VICTIMS,)

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        state = states_served(scene)[0]
        self._places = [place for place in scene.country.places if place.state == state]
        self._year: dict[tuple[int, str], list[list[int]]] = {}

    def month(self, month: int) -> Iterator[Row]:
        """Yield nothing until December, and then the rows of the year."""
        rng = self._scene.chance("victims", month)
        for crime, *_names in CRIMES:
            counts = self._scene.tallies[crime]
            for place in self._places:
                months = self._year.setdefault((place.number, crime), [[0] * 12 for _g in _GROUPS])
                for _case in range(counts[place.number]):
                    for _victim in range(_victims(rng)):
                        months[_group(rng)][month % 12] += 1
        if month % 12 == 11:
            for place in self._places:
                yield from self._rows(place, FIRST_YEAR + month // 12)
            self._year = {}

    def _rows(self, place: Place, year: int) -> Iterator[Row]:
        for crime, *names in CRIMES:
            for group, months in zip(_GROUPS, self._year[place.number, crime], strict=True):
                cells = (str(year), place.state, place.state_name, place.code, place.name, *names,
                         *group, *(str(count) for count in months))  # fmt: skip
                yield Row(sheet=VICTIMS.name, cells=cells)


def _victims(rng: Random) -> int:
    count, more = 1, MORE_THAN_ONE
    while rng.random() < more:
        count, more = count + 1, FURTHER
    return count


def _group(rng: Random) -> int:
    return 2 * (rng.random() < FEMALE) + (rng.random() < MINOR)
