"""A US port's inspections of southbound vehicles: English headers, months first, no accents.

Last names are what the officer takes them to be: both surnames, the paternal one alone, or, as
often happens with Spanish names, the maternal one with the paternal as middle name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.world.chance import poisson
from puente.world.mistakes import Habits, Mention, ascii_capitals, misread_code, write_down
from puente.world.sheets import Row, Sheet
from puente.world.vehicles import COLOURS_EN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from random import Random

    from puente.world.network_traces import Sighting
    from puente.world.people import Person
    from puente.world.scene import Scene
    from puente.world.vehicles import Vehicle

INSPECTIONS = Sheet(
    name="cbp_outbound_inspections_2025-12-31", agency="cbp",
    columns=("Inspection ID", "Date", "Port", "Direction", "Last Name", "First Name", "DOB", "Sex",
             "Citizenship", "License Plate", "Plate State", "VIN", "Make", "Model", "Color",
             "Registered Owner", "Outcome", "Currency USD"),
    id_column="Inspection ID", date_column="Date", bad_date="02/31/2024",
)  # fmt: skip
HABITS = Habits(
    mishear=0.03, slip=0.02, shorten=0.0, short_form=0.0, drop_second=0.12, drop_maternal=0.09,
    swap=0.01, maternal_last=0.05, join=0.62, drop_particles=0.35, no_birth=0.01, day_month=0.04,
    year_off=0.02, no_curp=1.0, no_phone=1.0, no_sex=0.0, wrong_sex=0.01, cut=0.01,
)  # fmt: skip
INSPECTED_PER_PERSON = 0.17
NORTHERNERS = 0.4
_PORTS = ("PORT CALDER", "ARROYO SECO", "LAGUNA BRIDGE")
_OUTCOMES = (("NO ACTION", 0.90), ("REFERRED", 0.06), ("CURRENCY SEIZED", 0.02),
             ("WEAPONS SEIZED", 0.012), ("STOLEN VEHICLE", 0.008))  # fmt: skip


class CustomsPort:
    """Writes southbound inspections, month by month."""

    sheets = (INSPECTIONS,)

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._inspected = 0

    def month(self, month: int) -> Iterator[Row]:
        """Yield the rows of month 0 to 35, in the order of their days."""
        scene = self._scene
        rng = scene.chance("cbp", month)
        count = poisson(rng, scene.population.size * INSPECTED_PER_PERSON / 36)
        days: list[tuple[date, Sighting | None]] = [
            (scene.day(rng, month), None) for _n in range(count)
        ]
        days += [(scene.day(rng, month), s) for s in scene.plan.due("inspection", month)]
        for day, sighting in sorted(days, key=lambda item: item[0]):
            yield self._inspection(rng, day, sighting)

    def _inspection(self, rng: Random, day: date, sighting: Sighting | None) -> Row:
        scene = self._scene
        person, vehicle, firm = self._met(rng, day, sighting)
        self._inspected += 1
        number = f"OB{self._inspected:06d}"
        mention = write_down(person, HABITS, rng)
        outcome = _outcome(rng)
        money = rng.randrange(10, 400) * 1000 if outcome == "CURRENCY SEIZED" else 0
        owner = scene.register.firm(firm) if firm >= 0 else None
        cells = (
            number, f"{day:%m/%d/%Y}", rng.choice(_PORTS), "SOUTHBOUND", *english_names(mention),
            turned(mention.birth), {"H": "M", "M": "F", "": ""}[mention.sex],
            "USA" if not person.is_mexican else "MEX", *self._vehicle(rng, vehicle, sighting),
            ascii_capitals(owner.whole_name) if owner else "", outcome, str(money or ""),
        )  # fmt: skip
        return Row(
            sheet=INSPECTIONS.name, cells=cells, people=((f"cbp-{number}", person.number),),
            firms=((f"cbp-own-{number}", firm),) if owner else (),
            vehicles=((f"cbp-veh-{number}", vehicle.key),) if vehicle else (),
        )  # fmt: skip

    def _met(
        self, rng: Random, day: date, sighting: Sighting | None
    ) -> tuple[Person, Vehicle | None, int]:
        """Return who drives what, and the number of the firm that owns it, -1 none."""
        scene = self._scene
        if sighting:
            return scene.population.person(sighting.people[0]), sighting.vehicle, sighting.owner
        north = rng.random() < NORTHERNERS
        person = scene.northerner(rng, day) if north else scene.suspect(rng, day)
        vehicle = scene.car(person)
        if vehicle is None and scene.stolen and rng.random() < 0.1:
            vehicle = rng.choice(scene.stolen)
        return person, vehicle, -1

    @staticmethod
    def _vehicle(
        rng: Random, vehicle: Vehicle | None, sighting: Sighting | None
    ) -> tuple[str, ...]:
        if vehicle is None:
            return ("",) * 6
        # A planted vehicle is read as it is: the tie hangs on it.
        often = 0.0 if sighting else 0.04
        code = misread_code(vehicle.vin, rng, often) if sighting or rng.random() < 0.85 else ""
        plate = misread_code(vehicle.plate, rng, often)
        return (plate, "MX" if "-" in plate else "US", code, vehicle.make.upper(),
                vehicle.model.upper(), COLOURS_EN[vehicle.colour].upper())  # fmt: skip


def english_names(mention: Mention) -> tuple[str, str]:
    """Return last and first name as an English-language system holds them."""
    last = " ".join(filter(None, (mention.paternal, mention.maternal)))
    return ascii_capitals(last), ascii_capitals(mention.given)


def turned(birth: str) -> str:
    """Return an ISO date month first, `12/31/1980`; a bare year as it is."""
    return f"{birth[5:7]}/{birth[8:]}/{birth[:4]}" if len(birth) == 10 else birth


def _outcome(rng: Random) -> str:
    draw = rng.random()
    for outcome, share in _OUTCOMES:
        draw -= share
        if draw < 0:
            return outcome
    return _OUTCOMES[0][0]
