"""The national detention register (Registro Nacional de Detenciones), kept by SSPC, as a workbook.

Police who detain somebody tell the register at once and get a number; so most detentions of the
police reports stand here too, written down by other clerks. Others come from forces that send no
report of their own. Some of the detained are adolescents, marked as such, or wrongly as adults.

Source: Ley Nacional del Registro de Detenciones (DOF 27-05-2019), arts. 17, 18, 23; the layout is
made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.world.agencies.federal import turned
from puente.world.chance import poisson
from puente.world.mistakes import Habits, capitals, write_down
from puente.world.sheets import Row, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from random import Random

    from puente.world.people import Person
    from puente.world.scene import Scene

REGISTER = Sheet(
    name="sspc_rnd_2025-12-31", agency="sspc", form="xlsx", records="Detenciones",
    columns=("NUM_REGISTRO", "FECHA_HORA", "ENTIDAD", "MUNICIPIO", "NOMBRE", "PRIMER_APELLIDO",
             "SEGUNDO_APELLIDO", "SEXO", "FECHA_NACIMIENTO", "GRUPO_EDAD", "CURP", "TELEFONO",
             "MOTIVO", "AUTORIDAD", "A_DISPOSICION_DE"),
    dated=("FECHA_HORA",), id_column="NUM_REGISTRO", date_column="FECHA_HORA",
    bad_date="31/02/2024 10:00",
)  # fmt: skip
HABITS = Habits(
    mishear=0.025, slip=0.02, shorten=0.02, short_form=0.005, drop_second=0.11, drop_maternal=0.06,
    swap=0.01, no_birth=0.12, year_off=0.03, no_curp=0.6, no_phone=0.75, no_sex=0.005,
)  # fmt: skip
OTHERS_PER_PERSON = 0.012
ADOLESCENTS_PER_PERSON = 0.003
ONE_MARKED_WRONGLY_IN = 6
"""Of so many adolescents a clerk marks one as an adult; the date of birth tells."""
_REASONS = ("FLAGRANCIA", "CASO URGENTE", "ORDEN DE APREHENSION", "FALTA ADMINISTRATIVA")
_AUTHORITIES = ("POLICIA MUNICIPAL", "POLICIA DE INVESTIGACION", "SEMAR", "FGR")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    number: str
    moment: str
    place: int
    authority: str
    person: Person
    young: bool = False


class DetentionRegister:
    """Writes the month's entries; the police reports of the month have to come first."""

    sheets = (REGISTER,)

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._entered = self._adolescents = 0

    def month(self, month: int) -> Iterator[Row]:
        """Yield the entries of month 0 to 35, in the order of their moments."""
        scene = self._scene
        rng = scene.chance("rnd", month)
        told, scene.arrests = scene.arrests, []
        entries = [
            _Entry(number=a.number, moment=a.moment, place=a.place, authority=a.authority,
                   person=scene.population.person(a.person))
            for a in told
        ]  # fmt: skip
        size = scene.population.size
        for share, young in ((OTHERS_PER_PERSON, False), (ADOLESCENTS_PER_PERSON, True)):
            for _n in range(poisson(rng, size * share / 36)):
                entry = self._other(rng, scene.day(rng, month), young=young)
                if entry is not None:
                    entries.append(entry)
        for entry in sorted(entries, key=lambda entry: (entry.moment, entry.number)):
            yield self._row(rng, entry)

    def _other(self, rng: Random, day: date, *, young: bool) -> _Entry | None:
        """Return a detention by a force that sends no report; None where no adolescent is near."""
        scene = self._scene
        place = scene.some_place(rng)
        person = self._adolescent(rng, place.number, day) if young else scene.suspect(rng, day)
        if person is None:
            return None
        self._entered += 1
        authority = rng.choice(_AUTHORITIES)
        clock = f"{int(rng.random() * 24):02d}:{int(rng.random() * 60):02d}"
        return _Entry(
            number=f"{authority[:3]}-{day:%Y%m}-9{self._entered:05d}", moment=f"{day}T{clock}",
            place=place.number, authority=authority, person=person, young=young,
        )  # fmt: skip

    def _adolescent(self, rng: Random, place: int, day: date) -> Person | None:
        """Return somebody of 12 to 17 who lives near; the law on adolescents begins at 12."""
        scene = self._scene
        start = scene.population.somebody_in(place, rng)
        for step in range(120):
            number = (start + step) % scene.population.mexicans
            if number not in scene.plan.people:
                person = scene.population.person(number)
                if day.year - 17 <= person.birth.year <= day.year - 13:
                    return person
        return None

    def _row(self, rng: Random, entry: _Entry) -> Row:
        scene, person = self._scene, entry.person
        place = scene.place(entry.place)
        mention = write_down(person, HABITS, rng)
        self._adolescents += entry.young
        marked = entry.young and self._adolescents % ONE_MARKED_WRONGLY_IN != 0
        # A wrongly marked adolescent is told by the date of birth alone.
        birth = person.birth.isoformat() if entry.young and not marked else mention.birth
        cells = (
            entry.number, entry.moment, capitals(place.state_name), capitals(place.name),
            capitals(mention.given), capitals(mention.paternal), capitals(mention.maternal),
            {"H": "HOMBRE", "M": "MUJER", "": ""}[mention.sex], turned(birth),
            "ADOLESCENTE" if marked else "ADULTO", mention.curp, mention.phone,
            rng.choice(_REASONS), entry.authority, "FISCALIA",
        )  # fmt: skip
        return Row(
            sheet=REGISTER.name, cells=cells,
            people=((f"rnd-det-{entry.number}", person.number),),
        )  # fmt: skip
