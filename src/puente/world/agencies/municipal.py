"""One municipality's police: whom they bring before the magistrate, as JSON lines.

The whole name stands in one field, surnames last; the nickname is asked for and the CURP seldom.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.world.chance import poisson
from puente.world.mistakes import Habits, misread_code, write_down
from puente.world.names import name_book
from puente.world.sheets import Row, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from random import Random

    from puente.world.people import Person
    from puente.world.scene import Scene

REMANDS = Sheet(
    name="ssm_remisiones_2025-12-31", agency="ssm", form="jsonl",
    columns=("folio", "fecha", "motivo", "persona.nombre_completo", "persona.apodo",
             "persona.sexo", "persona.fecha_nacimiento", "persona.curp", "persona.telefono",
             "persona.domicilio", "persona.clave_municipio", "vehiculo.placa", "oficial"),
    id_column="folio", date_column="fecha", bad_date="2024-02-31",
)  # fmt: skip
HABITS = Habits(
    mishear=0.04, slip=0.025, shorten=0.04, short_form=0.02, drop_second=0.15, drop_maternal=0.09,
    swap=0.015, no_birth=0.15, year_only=0.06, day_month=0.02, year_off=0.05, no_curp=0.8,
    no_phone=0.55, no_sex=0.01, no_address=0.25, elsewhere=0.05,
)  # fmt: skip
REMANDS_PER_PERSON = 0.08
LOCALS = 0.55
_REASONS = ("alterar el orden", "falta administrativa", "conducir en estado de ebriedad",
            "robo a comercio", "riña", "portación de arma blanca", "posesión simple")  # fmt: skip
_NICKNAMES = ("El Güero", "El Flaco", "La Güera", "El Chino", "El Gordo", "La Flaca", "El Negro",
              "El Tuercas", "El Zurdo", "La Chata", "El Peluca", "El Mudo", "El Pollo")  # fmt: skip


class MunicipalPolice:
    """Writes remands, month by month."""

    sheets = (REMANDS,)

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        state = min(p.state for p in scene.country.places)
        self._home = scene.country.largest_in(state)
        self._remanded = 0

    def month(self, month: int) -> Iterator[Row]:
        """Yield the rows of month 0 to 35, in the order of their days."""
        scene = self._scene
        rng = scene.chance("ssm", month)
        count = poisson(rng, scene.population.size * REMANDS_PER_PERSON / 36)
        for day in sorted(scene.day(rng, month) for _n in range(count)):
            local = rng.random() < LOCALS
            who = scene.resident(rng, self._home.number, day) if local else scene.suspect(rng, day)
            yield self._remand(rng, day, who)

    def _remand(self, rng: Random, day: date, person: Person) -> Row:
        scene = self._scene
        self._remanded += 1
        folio = f"R{self._remanded:06d}"
        mention = write_down(person, HABITS, rng)
        whole = " ".join(filter(None, (mention.given, mention.paternal, mention.maternal)))
        car = scene.car(person) if rng.random() < 0.2 else None
        plate = misread_code(car.plate, rng, 0.06) if car else ""
        cells = (
            folio, day.isoformat(), rng.choice(_REASONS), whole, self._nickname(rng, person),
            {"H": "HOMBRE", "M": "MUJER", "": ""}[mention.sex], mention.birth, mention.curp,
            mention.phone, mention.address, scene.home(person, rng, HABITS.elsewhere).code,
            plate, f"OF-{rng.randrange(100, 480)}",
        )  # fmt: skip
        seen = ((f"ssm-veh-{folio}", car.key),) if car else ()
        return Row(
            sheet=REMANDS.name, cells=cells, people=((f"ssm-rem-{folio}", person.number),),
            vehicles=seen,
        )  # fmt: skip

    @staticmethod
    def _nickname(rng: Random, person: Person) -> str:
        draw = rng.random()
        if draw < 0.12:
            return rng.choice(_NICKNAMES)
        forms = name_book().short_forms.get(person.given.split()[0])
        return forms[0] if forms and draw < 0.3 else ""
