"""A federal intelligence unit's sheets on subjects: each with the facts, the crime and a clock.

A subject may stand here only where facts give reasonable suspicion of a definable crime; the sheet
names them, says who assessed it and when it has to be looked at again, at the latest after five
years. Associates are named in the text of the sheet and are no subjects of their own.

Source: 28 CFR 23.20(a), (c), (h); layout made up.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from puente.world.agencies.federal import turned
from puente.world.chance import poisson
from puente.world.crime import MONTHS
from puente.world.mistakes import Habits, capitals, write_down
from puente.world.network import GUILTY_ROLES
from puente.world.sheets import Row, Sheet, Spoil

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from puente.world.people import Person
    from puente.world.scene import Scene

SHEETS = Sheet(
    name="cenapi_fichas_2025-12-31", agency="cenapi", encoding="cp1252", delimiter=";",
    columns=("FICHA", "FECHA_EVALUACION", "UNIDAD", "NOMBRE", "PRIMER_APELLIDO",
             "SEGUNDO_APELLIDO", "ALIAS", "SEXO", "FECHA_NACIMIENTO", "CURP", "TELEFONO",
             "CVE_MUN", "DELITO", "HECHOS", "ASOCIADOS", "REVISAR_ANTES_DE"),
    id_column="FICHA", date_column="FECHA_EVALUACION",
    spoils=(
        Spoil(after=12, fault="no basis", column="HECHOS"),
        Spoil(after=18, fault="no crime", column="DELITO"),
        Spoil(after=24, fault="review too late", column="REVISAR_ANTES_DE", text="31/12/2045"),
    ),
)  # fmt: skip
HABITS = Habits(
    mishear=0.02, slip=0.015, shorten=0.01, short_form=0.01, drop_second=0.10, drop_maternal=0.06,
    no_birth=0.2, year_only=0.1, no_curp=0.55, no_phone=0.5, no_sex=0.02, no_address=1.0,
    elsewhere=0.1,
)  # fmt: skip
SUBJECTS_PER_PERSON = 0.006
OF_THE_NETWORK = 0.55
"""Share of the guilty of the hidden network on whom a sheet is written."""
_CRIMES = ("DELINCUENCIA ORGANIZADA", "CONTRA LA SALUD", "LAVADO DE DINERO", "TRAFICO DE ARMAS",
           "EXTORSION", "ROBO DE HIDROCARBUROS")  # fmt: skip
_FACTS = (
    "Vigilancia fija: tres reuniones en bodega asegurada; coincide placa con reporte previo",
    "Declaración ministerial de dos detenidos lo ubica como encargado de pagos",
    "Tres depósitos fraccionados el mismo día en cuentas de una empresa sin actividad",
    "Huella en empaque asegurado; confirmada por servicios periciales",
    "Denuncias coincidentes de dos comerciantes; llamadas desde el mismo número",
)  # fmt: skip
_UNITS = ("U-03", "U-07", "U-11")
_ALIASES = ("EL NUEVE", "LA PRIMA", "EL CONTADOR", "EL TUERCAS", "DON BETO")


class IntelligenceUnit:
    """Writes sheets on subjects, month by month."""

    sheets = (SHEETS,)

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._written = 0
        self._due: dict[int, list[int]] = {}
        rng = scene.chance("cenapi network", 0)
        for number in scene.plan.members(*GUILTY_ROLES):
            if rng.random() < OF_THE_NETWORK:
                self._due.setdefault(rng.randrange(MONTHS), []).append(number)

    def month(self, month: int) -> Iterator[Row]:
        """Yield the sheets of month 0 to 35, in the order of their days."""
        scene = self._scene
        rng = scene.chance("cenapi", month)
        count = poisson(rng, scene.population.size * SUBJECTS_PER_PERSON / 36)
        days = [(scene.day(rng, month), number) for number in self._due.get(month, ())]
        days += [(scene.day(rng, month), -1) for _n in range(count)]
        for day, number in sorted(days):
            known = number >= 0
            who = scene.population.person(number) if known else scene.suspect(rng, day)
            yield self._sheet(rng, day, who)

    def _sheet(self, rng: Random, day: date, person: Person) -> Row:
        scene = self._scene
        self._written += 1
        number = f"F{self._written:05d}"
        mention = write_down(person, HABITS, rng)
        others = [scene.suspect(rng, day) for _n in range(int(rng.random() * 3))]
        cells = (
            number, f"{day:%d/%m/%Y}", rng.choice(_UNITS), capitals(mention.given),
            capitals(mention.paternal), capitals(mention.maternal),
            rng.choice(_ALIASES) if rng.random() < 0.2 else "", mention.sex,
            turned(mention.birth), mention.curp, mention.phone,
            scene.home(person, rng, HABITS.elsewhere).code, rng.choice(_CRIMES),
            rng.choice(_FACTS), ", ".join(capitals(f"{o.given} {o.paternal}") for o in others),
            _review(rng, day),
        )  # fmt: skip
        return Row(
            sheet=SHEETS.name, cells=cells, subjects=((f"cenapi-{number}", person.number),)
        )  # fmt: skip


def _review(rng: Random, day: date) -> str:
    """Return the day before which the sheet is to be reviewed; "" leaves it to the law's term."""
    if rng.random() < 0.4:
        return ""
    return f"{date(day.year + 1 + int(rng.random() * 4), day.month, 1):%d/%m/%Y}"
