"""The federal prosecutor (FGR): a register of detentions, and one of things secured.

Both are made up; their columns follow what the national detention register and FGR's yearly
tables hold. Capitals without accents; days first; municipalities by name in one file, by code in
the other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from puente.world.chance import poisson
from puente.world.mistakes import Habits, capitals, misread_code, write_down
from puente.world.sheets import Row, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from random import Random

    from puente.world.mistakes import Mention
    from puente.world.network_traces import Sighting
    from puente.world.people import Person
    from puente.world.scene import Scene
    from puente.world.vehicles import Vehicle

DETENTIONS = Sheet(
    name="fgr_detenciones_2025-12-31", agency="fgr", encoding="utf-8", delimiter=",",
    columns=("REGISTRO", "FOLIO_EVENTO", "FECHA_DETENCION", "ENTIDAD", "MUNICIPIO", "DELITO",
             "NOMBRE", "PRIMER_APELLIDO", "SEGUNDO_APELLIDO", "SEXO", "FECHA_NACIMIENTO", "CURP",
             "RESIDENCIA", "DOMICILIO", "TELEFONO", "PLACA", "NIV", "CEDULA_DEFENSOR", "DEFENSOR"),
    id_column="REGISTRO", date_column="FECHA_DETENCION",
)  # fmt: skip
SEIZURES = Sheet(
    name="fgr_aseguramientos_2025-12-31", agency="fgr", encoding="latin-1", delimiter=";",
    columns=("FOLIO", "FECHA", "CVE_MUNICIPIO", "TIPO_DE_BIEN", "CANTIDAD", "UNIDAD",
             "ID_RELACIONADO", "NOMBRE_RELACIONADO", "FECHA_NAC_RELACIONADO", "RFC_EMPRESA",
             "RAZON_SOCIAL", "PLACA", "NIV"),
    id_column="FOLIO", date_column="FECHA",
)  # fmt: skip

HABITS = Habits(
    mishear=0.03, slip=0.02, shorten=0.02, short_form=0.01, drop_second=0.09, drop_maternal=0.05,
    swap=0.012, no_birth=0.12, day_month=0.025, year_off=0.04, no_curp=0.62, part_curp=0.05,
    no_phone=0.6, no_sex=0.01, wrong_sex=0.008, no_address=0.35,
)  # fmt: skip
SEIZURE_HABITS = replace(HABITS, drop_second=0.12, drop_maternal=0.10, no_birth=0.35)

DETAINED_PER_PERSON = 0.13
"""Federal detentions a person of the world over the 36 months."""
_OFFENCES = (
    "CONTRA LA SALUD", "PORTACION DE ARMA DE FUEGO", "DELINCUENCIA ORGANIZADA", "LAVADO DE DINERO",
    "TRAFICO DE PERSONAS", "ROBO DE HIDROCARBUROS", "POSESION DE CARTUCHOS", "CONTRABANDO",
)  # fmt: skip
_GOODS = (
    ("METANFETAMINA", "KG", 40), ("FENTANILO", "KG", 3), ("COCAINA", "KG", 60),
    ("MARIHUANA", "KG", 300), ("ARMA LARGA", "PIEZA", 5), ("ARMA CORTA", "PIEZA", 4),
    ("CARTUCHOS", "PIEZA", 900), ("NUMERARIO MXN", "PESO", 400_000),
    ("NUMERARIO USD", "DOLAR", 60_000), ("HIDROCARBURO", "LITRO", 8_000),
    ("PRECURSOR QUIMICO", "LITRO", 1_500),
)  # fmt: skip


class FederalProsecutor:
    """Writes detentions and things secured, month by month."""

    sheets = (DETENTIONS, SEIZURES)

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._registered = self._events = self._secured = 0

    def month(self, month: int) -> Iterator[Row]:
        """Yield the rows of month 0 to 35, in the order of their days."""
        yield from self._detentions(month)
        yield from self._seizures(month)

    # --- detentions ---

    def _detentions(self, month: int) -> Iterator[Row]:
        scene = self._scene
        rng = scene.chance("fgr detentions", month)
        count = poisson(rng, scene.population.size * DETAINED_PER_PERSON / 36 / 1.35)
        planned = scene.plan.due("detention", month)
        days = [(scene.day(rng, month), None) for _n in range(count)]
        due = [(scene.day(rng, month), sighting) for sighting in planned]
        for day, sighting in sorted([*days, *due], key=lambda item: item[0]):
            yield from self._detention(rng, day, sighting)

    def _detention(self, rng: Random, day: date, sighting: Sighting | None) -> Iterator[Row]:
        scene = self._scene
        if sighting is None:
            several = rng.random()
            number = 1 if several < 0.78 else 2 if several < 0.93 else 3
            people = [scene.suspect(rng, day) for _n in range(number)]
        else:
            people = [scene.population.person(n) for n in sighting.people]
        self._events += 1
        event = f"{self._events:06d}"
        where = scene.some_place(rng)
        vehicle = self._vehicle(rng, people[0], sighting)
        shown = self._shown(rng, vehicle)
        seen = ((f"fgr-veh-{event}", vehicle.key),) if vehicle else ()
        defence: tuple[tuple[str, int], ...] = ()
        lawyer = ("", "")
        if sighting and sighting.lawyer >= 0:
            defender = scene.plan.people[sighting.lawyer]
            lawyer = (_licence(defender.number), capitals(_whole(defender)))
            defence = ((f"fgr-def-{lawyer[0]}", defender.number),)
        for person in {p.number: p for p in people}.values():
            self._registered += 1
            mention = write_down(person, HABITS, rng)
            registered = f"{self._registered:06d}"
            cells = (
                registered, event, f"{day:%d/%m/%Y}", capitals(where.state_name),
                capitals(where.name), rng.choice(_OFFENCES), *_names(mention), mention.sex,
                turned(mention.birth), mention.curp, self._residence(person, rng),
                capitals(mention.address), spaced(mention.phone), *shown, *lawyer,
            )  # fmt: skip
            yield Row(
                sheet=DETENTIONS.name, cells=cells, vehicles=seen,
                people=((f"fgr-det-{registered}", person.number),),
                officials=defence,
            )  # fmt: skip
            seen = ()

    def _vehicle(self, rng: Random, person: Person, sighting: Sighting | None) -> Vehicle | None:
        if sighting is not None:
            return sighting.vehicle
        draw = rng.random()
        if draw < 0.08 and self._scene.stolen:
            return rng.choice(self._scene.stolen)
        return self._scene.car(person) if draw < 0.3 else None

    @staticmethod
    def _shown(rng: Random, vehicle: Vehicle | None) -> tuple[str, str]:
        if vehicle is None:
            return "", ""
        code = misread_code(vehicle.vin, rng, 0.06)
        return misread_code(vehicle.plate, rng, 0.05), code

    def _residence(self, person: Person, rng: Random) -> str:
        return self._scene.home(person, rng, HABITS.elsewhere).code

    # --- things secured ---

    def _seizures(self, month: int) -> Iterator[Row]:
        scene = self._scene
        rng = scene.chance("fgr seizures", month)
        counts = scene.tallies["aseguramientos_federales"]
        events = [
            (scene.day(rng, month), place) for place, n in enumerate(counts) for _n in range(n)
        ]
        for day, place in sorted(events):
            yield self._seizure(rng, day, place)

    def _seizure(self, rng: Random, day: date, place: int) -> Row:
        scene = self._scene
        self._secured += 1
        folio = f"{self._secured:06d}"
        kind, unit, typical = _GOODS[int(rng.random() * len(_GOODS))]
        amount = max(1, round(rng.lognormvariate(0, 1) * typical))
        holder, firm_cells = ("", "", ""), ("", "")
        known: tuple[tuple[str, int], ...] = ()
        firms: tuple[tuple[str, int], ...] = ()
        if rng.random() < 0.35:
            person = scene.suspect(rng, day)
            mention = write_down(person, SEIZURE_HABITS, rng)
            whole = " ".join(filter(None, _names(mention)))
            holder = (folio, whole, turned(mention.birth))
            known = ((f"fgr-rel-{folio}", person.number),)
        elif rng.random() < 0.08:
            firm = scene.register.firm(rng.randrange(scene.register.size))
            rfc = firm.rfc() if rng.random() < 0.5 else ""
            firm_cells = (rfc, capitals(firm.whole_name))
            firms = ((f"fgr-emp-{folio}", firm.number),)
        vehicle = rng.choice(scene.stolen) if scene.stolen and rng.random() < 0.1 else None
        cells = (
            folio, f"{day:%d/%m/%Y}", scene.place(place).code, kind, str(amount), unit, *holder,
            *firm_cells, *self._shown(rng, vehicle),
        )  # fmt: skip
        seen = ((f"fgr-aveh-{folio}", vehicle.key),) if vehicle else ()
        return Row(sheet=SEIZURES.name, cells=cells, people=known, firms=firms, vehicles=seen)


def _names(mention: Mention) -> tuple[str, str, str]:
    return capitals(mention.given), capitals(mention.paternal), capitals(mention.maternal)


def _whole(person: Person) -> str:
    return " ".join(filter(None, (person.given, person.paternal, person.maternal)))


def _licence(number: int) -> str:
    """Return a lawyer's licence number (cédula profesional)."""
    return f"{9_000_000 + number:07d}"


def turned(birth: str) -> str:
    """Return an ISO date day first, `31/12/1980`; a bare year as it is."""
    return f"{birth[8:]}/{birth[5:7]}/{birth[:4]}" if len(birth) == 10 else birth


def spaced(phone: str) -> str:
    """Return ten digits as they are dictated: `201 234 5678`."""
    return f"{phone[:3]} {phone[3:6]} {phone[6:]}" if phone else ""
