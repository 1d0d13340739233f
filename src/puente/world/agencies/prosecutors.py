"""Two state prosecutors' offices: case files (carpetas) and stolen vehicles, in two layouts.

The first (Altamar) writes Latin-1, days first, municipalities by code, in capitals. The second
(Cerro Pardo) writes UTF-8 with accents, ISO dates, municipalities by name, other headers and
another delimiter. What they count by place and month is what the federal compilation publishes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from puente.world.agencies.federal import spaced, turned
from puente.world.crime import RECORD_TYPES
from puente.world.mistakes import Habits, capitals, misread_code, write_down
from puente.world.sheets import Row, Sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from random import Random

    from puente.world.geography import Place
    from puente.world.mistakes import Mention
    from puente.world.network_traces import Sighting
    from puente.world.scene import Scene
    from puente.world.vehicles import Vehicle

CASE_TYPES = tuple(
    kind.name for kind in RECORD_TYPES
    if kind.publisher == "prosecutors" and kind.name != "robo_vehiculo"
)  # fmt: skip
"""Offences that get a case file here; vehicle theft has a register of its own."""
VIOLENT = frozenset({"homicidio_doloso", "secuestro", "lesiones_dolosas"})
NO_VICTIM_NAME = 0.12
SUSPECT_KNOWN = 0.3

_COMMON = {"no_rfc": 1.0, "no_sex": 0.02, "wrong_sex": 0.008, "married": 0.03}


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """One state prosecutor's office: its state, its layouts, its habits.

    Attributes:
        code: in its records' ids: `fge1`, `fge2`.
        rank: 0 or 1: which of the states it serves.
        cases, thefts: layouts.
        victim, suspect: habits of writing each down.
        letters: how it writes names.
        date: how it writes an ISO date.
        place: how it writes a municipality: two cells.
        phone: how it writes a telephone number.
        offence: how it writes an offence.
        violence: what it writes for with and without violence.
    """

    code: str
    rank: int
    cases: Sheet
    thefts: Sheet
    victim: Habits
    suspect: Habits
    letters: Callable[[str], str]
    date: Callable[[str], str]
    place: Callable[[Place], tuple[str, str]]
    phone: Callable[[str], str]
    offence: Callable[[str], str]
    violence: tuple[str, str]


def _as_is(text: str) -> str:
    return text


ALTAMAR = Office(
    code="fge1", rank=0,
    cases=Sheet(
        name="fge_altamar_carpetas_2025-12-31", agency="fge_altamar", encoding="latin-1",
        columns=("NUM_CARPETA", "FECHA_HECHO", "FECHA_INICIO", "CVE_MUN", "COLONIA", "DELITO",
                 "VIOLENCIA", "VICTIMA_NOMBRE", "VICTIMA_PATERNO", "VICTIMA_MATERNO",
                 "VICTIMA_SEXO", "VICTIMA_FECHA_NAC", "VICTIMA_CURP", "VICTIMA_TELEFONO",
                 "IMPUTADO_NOMBRE", "IMPUTADO_PATERNO", "IMPUTADO_MATERNO", "IMPUTADO_SEXO",
                 "IMPUTADO_FECHA_NAC", "IMPUTADO_CURP", "IMPUTADO_TELEFONO"),
        id_column="NUM_CARPETA", date_column="FECHA_HECHO",
    ),
    thefts=Sheet(
        name="fge_altamar_vehiculos_robados_2025-12-31", agency="fge_altamar", encoding="latin-1",
        columns=("FOLIO", "FECHA_ROBO", "CVE_MUN", "VIOLENCIA", "PLACAS", "NIV", "MARCA",
                 "SUBMARCA", "MODELO", "COLOR", "DENUNCIANTE_NOMBRE", "DENUNCIANTE_PATERNO",
                 "DENUNCIANTE_MATERNO", "DENUNCIANTE_SEXO", "DENUNCIANTE_FECHA_NAC",
                 "DENUNCIANTE_CURP", "DENUNCIANTE_TEL"),
        id_column="FOLIO", date_column="FECHA_ROBO",
    ),
    victim=Habits(mishear=0.03, slip=0.025, drop_second=0.09, drop_maternal=0.04, no_birth=0.12,
                  no_curp=0.55, no_phone=0.3, **_COMMON),
    suspect=Habits(mishear=0.04, slip=0.025, short_form=0.03, drop_second=0.15, drop_maternal=0.11,
                   swap=0.02, no_birth=0.28, year_only=0.08, no_curp=0.76, no_phone=0.65,
                   **_COMMON),
    letters=capitals, date=turned, place=lambda p: (p.code, ""), phone=spaced,
    offence=lambda name: capitals(name.replace("_", " ")), violence=("SI", "NO"),
)  # fmt: skip
CERRO_PARDO = Office(
    code="fge2", rank=1,
    cases=Sheet(
        name="fge_cerro_pardo_carpetas_2025-12-31", agency="fge_cerro_pardo", delimiter="|",
        columns=("Carpeta", "Fecha de los hechos", "Fecha de apertura", "Municipio", "Localidad",
                 "Tipo de delito", "Modalidad", "Nombre(s) víctima", "Primer apellido víctima",
                 "Segundo apellido víctima", "Sexo víctima", "Nacimiento víctima", "CURP víctima",
                 "Teléfono víctima", "Nombre(s) imputado", "Primer apellido imputado",
                 "Segundo apellido imputado", "Sexo imputado", "Nacimiento imputado",
                 "CURP imputado", "Teléfono imputado", "Estado"),
        id_column="Carpeta", date_column="Fecha de los hechos", bad_date="2024-02-31",
    ),
    thefts=Sheet(
        name="fge_cerro_pardo_robo_vehicular_2025-12-31", agency="fge_cerro_pardo", delimiter="|",
        columns=("Reporte", "Fecha", "Municipio", "Modalidad", "Placa", "Serie", "Marca", "Línea",
                 "Año modelo", "Color", "Nombre(s)", "Primer apellido", "Segundo apellido", "Sexo",
                 "Nacimiento", "CURP", "Teléfono", "Estado"),
        id_column="Reporte", date_column="Fecha", bad_date="2024-02-31",
    ),
    victim=Habits(mishear=0.025, slip=0.02, drop_second=0.07, drop_maternal=0.03, no_birth=0.08,
                  no_curp=0.38, no_phone=0.4, **_COMMON),
    suspect=Habits(mishear=0.035, slip=0.025, short_form=0.03, drop_second=0.13, drop_maternal=0.10,
                   swap=0.02, no_birth=0.25, year_only=0.06, no_curp=0.66, no_phone=0.6, **_COMMON),
    letters=_as_is, date=_as_is, place=lambda p: (p.name, p.state_name), phone=_as_is,
    offence=lambda name: name.replace("_", " ").capitalize(),
    violence=("Con violencia", "Sin violencia"),
)  # fmt: skip
OFFICES = (ALTAMAR, CERRO_PARDO)


class StateProsecutor:
    """Writes the case files and stolen vehicles of one state."""

    def __init__(self, scene: Scene, office: Office) -> None:
        self._scene = scene
        self._office = office
        self.sheets = (office.cases, office.thefts)
        state = states_served(scene)[office.rank]
        self._places = [p.number for p in scene.country.places if p.state == state]
        self._opened = self._reported = 0

    def month(self, month: int) -> Iterator[Row]:
        """Yield the rows of month 0 to 35, in the order of their days."""
        yield from self._case_files(month)
        yield from self._thefts(month)

    # --- case files ---

    def _case_files(self, month: int) -> Iterator[Row]:
        scene = self._scene
        rng = scene.chance(f"{self._office.code} cases", month)
        # Half of the planted complaints each; they take the place of an extortion that is counted.
        planned = scene.plan.due("complaint", month)[self._office.rank :: 2]
        events = sorted(
            (scene.day(rng, month), place, offence)
            for offence in CASE_TYPES
            for place in self._places
            for _n in range(scene.tallies[offence][place])
        )
        taken = iter(planned)
        for day, place, offence in events:
            sighting = next(taken, None) if offence in {"extorsion", "lesiones_dolosas"} else None
            yield self._case_file(rng, (day, place, offence), sighting)

    def _case_file(
        self, rng: Random, event: tuple[date, int, str], sighting: Sighting | None
    ) -> Row:
        scene, office = self._scene, self._office
        day, where, offence = event
        self._opened += 1
        number = f"{self._opened:06d}"
        known: list[tuple[str, int]] = []
        victim = suspect = None
        if sighting:
            victim = scene.population.person(sighting.people[0])
            if len(sighting.people) > 1:
                suspect = scene.population.person(sighting.people[1])
        elif rng.random() >= NO_VICTIM_NAME:
            victim = scene.anyone(rng, where)
        if not sighting and rng.random() < SUSPECT_KNOWN:
            near = scene.resident(rng, where, day)
            suspect = near if rng.random() < 0.6 else scene.suspect(rng, day)
        cells: list[str] = []
        roles = (("vic", victim, office.victim), ("imp", suspect, office.suspect))
        for who, person, habits in roles:
            if person is None:
                cells += [""] * 7
                continue
            cells += self._person(write_down(person, habits, rng))
            known.append((f"{office.code}-{who}-{number}", person.number))
        place, state = office.place(scene.place(where))
        violent = rng.random() < (0.9 if offence in VIOLENT else 0.3)
        opened = day + timedelta(days=int(rng.random() * rng.random() * 30))
        row = [
            number, office.date(day.isoformat()), office.date(opened.isoformat()), place,
            office.letters(f"Col. {_quarter(rng)}"), office.offence(offence),
            office.violence[0 if violent else 1], *cells,
        ]  # fmt: skip
        if state:
            row.append(state)
        return Row(sheet=office.cases.name, cells=tuple(row), people=tuple(known))

    def _person(self, mention: Mention) -> list[str]:
        office = self._office
        return [
            office.letters(mention.given), office.letters(mention.paternal),
            office.letters(mention.maternal), mention.sex, office.date(mention.birth),
            mention.curp, office.phone(mention.phone),
        ]  # fmt: skip

    # --- stolen vehicles ---

    def _thefts(self, month: int) -> Iterator[Row]:
        scene = self._scene
        rng = scene.chance(f"{self._office.code} thefts", month)
        counts = scene.tallies["robo_vehiculo"]
        events = sorted(
            (scene.day(rng, month), place)
            for place in self._places for _n in range(counts[place])
        )  # fmt: skip
        for day, place in events:
            yield self._theft(rng, day, place)

    def _theft(self, rng: Random, day: date, where: int) -> Row:
        scene, office = self._scene, self._office
        owner = scene.resident(rng, where, day)
        vehicle = scene.car(owner)
        for _try in range(12):
            if vehicle is not None:
                break
            owner = scene.resident(rng, where, day)
            vehicle = scene.car(owner)
        self._reported += 1
        number = f"{self._reported:06d}"
        place, state = office.place(scene.place(where))
        violent = office.violence[0 if rng.random() < 0.35 else 1]
        mention = write_down(owner, replace(office.victim, drop_maternal=0.03), rng)
        row = [number, office.date(day.isoformat()), place, violent, *self._car(rng, vehicle),
               *self._person(mention)]  # fmt: skip
        if state:
            row.append(state)
        seen: tuple[tuple[str, str], ...] = ()
        if vehicle is not None:
            scene.stolen.append(vehicle)
            seen = ((f"{office.code}-veh-{number}", vehicle.key),)
        return Row(
            sheet=office.thefts.name, cells=tuple(row), vehicles=seen,
            people=((f"{office.code}-den-{number}", owner.number),),
        )  # fmt: skip

    def _car(self, rng: Random, vehicle: Vehicle | None) -> list[str]:
        if vehicle is None:
            return [""] * 6
        letters = self._office.letters
        code = misread_code(vehicle.vin, rng, 0.05) if rng.random() > 0.15 else ""
        return [misread_code(vehicle.plate, rng, 0.04), code, letters(vehicle.make),
                letters(vehicle.model), str(vehicle.year), letters(vehicle.colour)]  # fmt: skip


def states_served(scene: Scene) -> tuple[str, str]:
    """Return the two states whose prosecutors send files: the first two by code, "" for none."""
    first, second, *_others = [*sorted({p.state for p in scene.country.places}), ""]
    return first, second


_QUARTERS = ("Centro", "Norte", "Obrera", "Las Palmas", "San Isidro", "Del Valle", "Reforma")


def _quarter(rng: Random) -> str:
    return _QUARTERS[int(rng.random() * len(_QUARTERS))]
