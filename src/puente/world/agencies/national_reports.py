"""Police reports on the national form (Informe Policial Homologado), by two forces, as JSON.

The form has sections (first responder, how it was learned, place, deed) and annexes: A detentions,
B use of force, C vehicles inspected, D weapons and objects secured, E interviews, F handing over of
the place. A section holds lists, so a report is one record with as many people as it names. The
state police send a document with a list of reports, days first, municipalities by name; the
National Guard sends a report a line, ISO times, municipalities by code, whole names. Officers are
numbers of units, the narrative is left out, and each detention is told to the national register.

Source: Lineamientos para el llenado, entrega, recepción, registro, resguardo y consulta del Informe
Policial Homologado (DOF 21-02-2020): sections and annexes; the keys of the JSON are made up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from puente.world.agencies.arms import some_weapon
from puente.world.agencies.federal import turned
from puente.world.agencies.prosecutors import states_served
from puente.world.chance import Weighted, poisson
from puente.world.mistakes import Habits, capitals, misread_code, write_down
from puente.world.scene import Arrest
from puente.world.sheets import Row, Sheet, Spoil

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from random import Random

    from puente.world.agencies.arms import Weapon
    from puente.world.geography import Place
    from puente.world.mistakes import Mention
    from puente.world.people import Person
    from puente.world.scene import Scene
    from puente.world.vehicles import Vehicle

TOLD_THE_REGISTER = 0.96
"""Share of detentions that the police tell the national register, as they must at once."""
_OFFENCES = (("robo_a_transeunte", True), ("robo_de_vehiculo", True), ("narcomenudeo", False),
             ("portacion_de_arma", False), ("lesiones", True), ("extorsion", False),
             ("robo_a_negocio", True))  # fmt: skip
_HEARD = ("Llamada 911", "Denuncia directa", "Flagrancia", "Orden de autoridad")
_FORCE = ("Presencia", "Persuasión verbal", "Control físico", "Arma menos letal", "Arma de fuego")
_OBJECTS = (("METANFETAMINA", "GRAMO", 40), ("MARIHUANA", "GRAMO", 300), ("CARTUCHO", "PIEZA", 20),
            ("EFECTIVO MXN", "PESO", 5_000), ("TELEFONO", "PIEZA", 2))  # fmt: skip
_ROLES = ("VICTIMA", "VICTIMA", "DENUNCIANTE", "TESTIGO")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """Somebody whom a report names, as it writes them down."""

    person: Person
    mention: Mention
    role: str = ""
    entry: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one report says.

    Attributes:
        number: of the report.
        day, clock, place: when and where; clock as `HH:MM`.
        offence, violent: what is thought to have happened.
        unit, heard: who answered, and how they came to know.
        held, asked: people detained (with the entry of the register) and interviewed (with role).
        vehicles: each with the plate and VIN as written.
        weapons, goods: things secured; goods with amount and unit.
        force: index of the level of force, -1 none.
        handed_to: office that took the place over, "" where nobody had to.
    """

    number: str
    day: date
    clock: str
    place: Place
    offence: str
    violent: bool
    unit: str
    heard: str
    held: tuple[Spoken, ...]
    asked: tuple[Spoken, ...]
    vehicles: tuple[tuple[Vehicle, str, str], ...]
    weapons: tuple[Weapon, ...]
    goods: tuple[tuple[str, int, str], ...]
    force: int
    handed_to: str


Layout = Callable[[Report], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Force:
    """One police force: its file, its habits, its layout.

    Attributes:
        code: in its records' ids.
        sheet: its file.
        name: as the national register writes it.
        per_person: reports for each person of the world over all months.
        whole_country: whether it works outside the first state.
        habits: of writing people down.
        layout: what a report looks like.
    """

    code: str
    sheet: Sheet
    name: str
    per_person: float
    whole_country: bool
    habits: Habits
    layout: Layout


class ReportingPolice:
    """Writes the reports of one force, month by month."""

    def __init__(self, scene: Scene, force: Force) -> None:
        self._scene = scene
        self._force = force
        self.sheets = (force.sheet,)
        state = states_served(scene)[0]
        places = [p for p in scene.country.places if force.whole_country or p.state == state]
        self._places = Weighted([str(p.number) for p in places], [p.population for p in places])
        self._written = self._detained = 0

    def month(self, month: int) -> Iterator[Row]:
        """Yield the reports of month 0 to 35, in the order of their days."""
        scene, force = self._scene, self._force
        rng = scene.chance(f"iph {force.code}", month)
        count = poisson(rng, scene.population.size * force.per_person / 36)
        for day in sorted(scene.day(rng, month) for _n in range(count)):
            yield self._row(self._report(rng, day))

    def _row(self, report: Report) -> Row:
        code, number = self._force.code, report.number
        for spoken in report.held:
            if spoken.entry:
                self._scene.arrests.append(
                    Arrest(
                        number=spoken.entry, moment=f"{report.day}T{report.clock}",
                        place=report.place.number, authority=self._force.name,
                        person=spoken.person.number,
                    )
                )  # fmt: skip
        named = [("det", report.held), ("ent", report.asked)]
        return Row(
            sheet=self._force.sheet.name,
            record=self._force.layout(report),
            people=tuple(
                (f"{code}-{part}-{number}-{at}", spoken.person.number)
                for part, people in named for at, spoken in enumerate(people, start=1)
            ),
            vehicles=tuple(
                (f"{code}-veh-{number}-{at}", vehicle.key)
                for at, (vehicle, _plate, _vin) in enumerate(report.vehicles, start=1)
            ),
        )  # fmt: skip

    # --- drawing ---

    def _report(self, rng: Random, day: date) -> Report:
        scene, force = self._scene, self._force
        self._written += 1
        place = scene.place(int(self._places.draw(rng)))
        offence, violent = _OFFENCES[int(rng.random() * len(_OFFENCES))]
        held, asked = self._people(rng, day, place)
        armed = offence == "portacion_de_arma" or rng.random() < 0.08
        secured = rng.random()
        return Report(
            number=f"{place.state}{self._written:07d}", day=day,
            clock=f"{int(rng.random() * 24):02d}:{int(rng.random() * 60):02d}", place=place,
            offence=offence, violent=violent, heard=rng.choice(_HEARD),
            unit=f"{force.code.upper()}-{rng.randrange(100, 300)}", held=held, asked=asked,
            vehicles=self._vehicles(rng, held),
            weapons=tuple(some_weapon(rng) for _n in range(1 if armed else 0)),
            goods=tuple(_good(rng) for _n in range(0 if secured < 0.6 else 1 if secured < 0.9
                                                   else 2)),
            force=int(rng.random() * rng.random() * len(_FORCE)) if held else -1,
            handed_to="Fiscalía" if violent and rng.random() < 0.5 else "",
        )  # fmt: skip

    def _people(
        self, rng: Random, day: date, place: Place
    ) -> tuple[tuple[Spoken, ...], tuple[Spoken, ...]]:
        """Return whom a report names: nobody twice."""
        scene, habits = self._scene, self._force.habits
        draw = rng.random()
        detained = 0 if draw < 0.2 else 1 if draw < 0.78 else 2 if draw < 0.93 else 3
        people = {}
        for _n in range(detained):
            near = rng.random() < 0.6
            person = scene.resident(rng, place.number, day) if near else scene.suspect(rng, day)
            people[person.number] = person
        held = tuple(
            Spoken(person=p, mention=write_down(p, habits, rng), entry=self._entry(rng, day))
            for p in people.values()
        )
        asked = []
        for _n in range(int(rng.random() * 2.4)):
            person = scene.anyone(rng, place.number)
            if person.number not in people and person.birth < day:
                people[person.number] = person
                mention = write_down(person, habits, rng)
                asked.append(Spoken(person=person, mention=mention, role=rng.choice(_ROLES)))
        return held, tuple(asked)

    def _entry(self, rng: Random, day: date) -> str:
        self._detained += 1
        if rng.random() >= TOLD_THE_REGISTER:
            return ""
        return f"{self._force.name}-{day:%Y%m}-{self._detained:06d}"

    def _vehicles(
        self, rng: Random, held: tuple[Spoken, ...]
    ) -> tuple[tuple[Vehicle, str, str], ...]:
        scene = self._scene
        found = []
        if rng.random() < 0.08 and scene.stolen:
            found.append(rng.choice(scene.stolen))
        for spoken in held[:1]:
            car = scene.car(spoken.person) if rng.random() < 0.35 else None
            if car is not None and car.key not in {v.key for v in found}:
                found.append(car)
        return tuple(
            (car, misread_code(car.plate, rng, 0.04),
             misread_code(car.vin, rng, 0.05) if rng.random() < 0.7 else "")
            for car in found
        )  # fmt: skip


def _good(rng: Random) -> tuple[str, int, str]:
    kind, unit, typical = _OBJECTS[int(rng.random() * len(_OBJECTS))]
    return kind, max(1, round(rng.lognormvariate(0, 1) * typical)), unit


# --- the state police: sections and annexes by letter -------------------------------------------


def _state_report(report: Report) -> dict[str, Any]:
    """Return a report as the state police write it."""
    day, place = f"{report.day:%d/%m/%Y}", report.place
    return {
        "numero_referencia": report.number,
        "primer_respondiente": {"institucion": "Policía Estatal", "unidad": report.unit},
        "conocimiento": {"medio": report.heard, "fecha": day, "hora": report.clock},
        "lugar": {"entidad": place.state_name, "municipio": place.name,
                  "latitud": round(place.latitude, 4), "longitud": round(place.longitude, 4)},
        "hecho": {"fecha": day, "delito": report.offence, "violencia": report.violent},
        "anexo_a": [_state_detention(spoken, day, report.clock) for spoken in report.held],
        "anexo_b": {"nivel": _FORCE[report.force]} if report.force >= 0 else None,
        "anexo_c": [
            {"placa": plate, "niv": vin or None, "marca": car.make, "submarca": car.model,
             "modelo": car.year, "color": car.colour}
            for car, plate, vin in report.vehicles
        ],
        "anexo_d": {
            "armas": [
                {"clase": w.kind, "marca": w.make, "calibre": w.calibre, "matricula": w.serial}
                for w in report.weapons
            ],
            "objetos": [
                {"tipo": kind, "cantidad": amount, "unidad": unit}
                for kind, amount, unit in report.goods
            ],
        },
        "anexo_e": [
            {"calidad": spoken.role, "persona": _state_person(spoken.mention)}
            for spoken in report.asked
        ],
        "anexo_f": {"recibe": report.handed_to, "fecha": day} if report.handed_to else None,
    }  # fmt: skip


def _state_detention(spoken: Spoken, day: str, clock: str) -> dict[str, Any]:
    return {"rnd": spoken.entry or None, "fecha": day, "hora": clock,
            "persona": _state_person(spoken.mention)}  # fmt: skip


def _state_person(mention: Mention) -> dict[str, Any]:
    return {
        "nombre": capitals(mention.given), "primer_apellido": capitals(mention.paternal),
        "segundo_apellido": capitals(mention.maternal) or None, "sexo": mention.sex or None,
        "fecha_nacimiento": turned(mention.birth) or None, "curp": mention.curp or None,
        "telefono": mention.phone or None, "domicilio": mention.address or None,
    }  # fmt: skip


# --- the National Guard: one report a line ------------------------------------------------------


def _guard_report(report: Report) -> dict[str, Any]:
    """Return a report as the National Guard writes it; what is empty is left out."""
    place = report.place
    annexes: dict[str, Any] = {
        "detenciones": [
            _without_blanks({"registro": spoken.entry, **_guard_person(spoken.mention)})
            for spoken in report.held
        ],
        "usoDeLaFuerza": {"nivel": _FORCE[report.force]} if report.force >= 0 else {},
        "vehiculos": [
            _without_blanks({"placas": plate, "serie": vin, "marca": car.make,
                             "linea": car.model, "anio": str(car.year)})
            for car, plate, vin in report.vehicles
        ],
        "armas": [
            {"tipo": w.kind.title(), "fabricante": w.make, "serie": w.serial, "calibre": w.calibre}
            for w in report.weapons
        ],
        "objetos": [
            {"descripcion": kind.lower(), "cantidad": amount, "medida": unit.lower()}
            for kind, amount, unit in report.goods
        ],
        "entrevistas": [
            _without_blanks({"caracter": spoken.role.title(), **_guard_person(spoken.mention)})
            for spoken in report.asked
        ],
        "entregaDelLugar": {"autoridad": report.handed_to} if report.handed_to else {},
    }  # fmt: skip
    return {
        "folio": report.number, "fechaHora": f"{report.day}T{report.clock}:00",
        "unidad": report.unit, "aviso": report.heard,
        "ubicacion": {"cveMunicipio": place.code, "lat": place.latitude, "lon": place.longitude},
        "hechoProbablementeDelictivo": report.offence.replace("_", " ").capitalize(),
        "anexos": _without_blanks(annexes),
    }  # fmt: skip


def _guard_person(mention: Mention) -> dict[str, str]:
    whole = " ".join(filter(None, (mention.given, mention.paternal, mention.maternal)))
    return {"nombreCompleto": whole, "sexo": {"H": "Hombre", "M": "Mujer", "": ""}[mention.sex],
            "nacimiento": mention.birth, "curp": mention.curp,
            "telefono": mention.phone}  # fmt: skip


def _without_blanks(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if value not in ("", [], {})}


# --- the two forces -----------------------------------------------------------------------------

STATE_POLICE = Force(
    code="ssp", name="SSP", per_person=0.03, whole_country=False, layout=_state_report,
    sheet=Sheet(
        name="ssp_iph_2025-12-31", agency="ssp", form="json", records="informes",
        id_column="numero_referencia", date_column="hecho.fecha",
        spoils=(Spoil(after=60, fault="impossible date in an annex",
                      column="anexo_a.persona.fecha_nacimiento", text="31/02/1980"),),
    ),
    habits=Habits(
        mishear=0.035, slip=0.02, shorten=0.03, short_form=0.015, drop_second=0.13,
        drop_maternal=0.07, swap=0.012, no_birth=0.15, year_only=0.04, year_off=0.04, no_curp=0.72,
        no_phone=0.6, no_sex=0.01, no_address=0.3,
    ),
)  # fmt: skip
NATIONAL_GUARD = Force(
    code="gn", name="GN", per_person=0.02, whole_country=True, layout=_guard_report,
    sheet=Sheet(
        name="gn_iph_2025-12-31", agency="gn", form="jsonl", id_column="folio",
        date_column="fechaHora", bad_date="2024-02-31T10:00:00",
        spoils=(Spoil(after=60, fault="impossible date in an annex",
                      column="anexos.detenciones.nacimiento", text="1980-02-31"),),
    ),
    habits=Habits(
        mishear=0.03, slip=0.02, shorten=0.02, short_form=0.01, drop_second=0.12,
        drop_maternal=0.06, swap=0.012, no_birth=0.12, year_only=0.03, no_curp=0.68, no_phone=0.6,
        no_sex=0.01,
    ),
)  # fmt: skip
FORCES = (STATE_POLICE, NATIONAL_GUARD)
