"""A US investigative agency (HSI): the people of its case files, subjects and bystanders apart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from puente.world.agencies.border import english_names, turned
from puente.world.chance import poisson
from puente.world.mistakes import Habits, ascii_capitals, write_down
from puente.world.names import name_book
from puente.world.sheets import Row, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from random import Random

    from puente.world.network_traces import Sighting
    from puente.world.people import Person
    from puente.world.scene import Scene

SUBJECTS = Sheet(
    name="hsi_case_subjects_2025-12-31", agency="hsi", encoding="cp1252", delimiter="\t",
    columns=("Subject ID", "Case Number", "Opened", "Role", "Last Name", "First Name", "Alias",
             "DOB", "Gender", "Nationality", "Phone", "Address", "City", "State", "Country",
             "Occupation"),
    id_column="Subject ID", date_column="Opened", bad_date="02/31/2024",
)  # fmt: skip
HABITS = Habits(
    mishear=0.03, slip=0.02, shorten=0.0, short_form=0.02, drop_second=0.12, drop_maternal=0.09,
    swap=0.01, maternal_last=0.06, join=0.60, drop_particles=0.30, no_birth=0.10, year_only=0.06,
    day_month=0.03, year_off=0.04, no_curp=1.0, no_phone=0.35, no_sex=0.02, wrong_sex=0.008,
    no_address=0.3, other_phone=0.4,
)  # fmt: skip
SUBJECTS_PER_PERSON = 0.09
NORTHERNERS = 0.4
BYSTANDERS = ("WITNESS", "VICTIM", "RELATIVE")
_US_CITIES = (("Port Calder", "TX"), ("Arroyo Seco", "AZ"), ("Laguna Bridge", "TX"),
              ("Mesa Verde Springs", "CA"))  # fmt: skip
_WORK = ("TRUCK DRIVER", "SELF EMPLOYED", "UNKNOWN", "CONSTRUCTION", "CAR SALES", "RESTAURANT",
         "IMPORT/EXPORT", "")  # fmt: skip


class Investigators:
    """Writes the people of case files, month by month."""

    sheets = (SUBJECTS,)

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._cases = self._subjects = 0

    def month(self, month: int) -> Iterator[Row]:
        """Yield the rows of month 0 to 35, in the order of the days on which cases opened."""
        scene = self._scene
        rng = scene.chance("hsi", month)
        count = poisson(rng, scene.population.size * SUBJECTS_PER_PERSON / 36 / 1.7)
        days: list[tuple[date, Sighting | None]] = [
            (scene.day(rng, month), None) for _n in range(count)
        ]
        days += [(scene.day(rng, month), s) for s in scene.plan.due("case", month)]
        for day, sighting in sorted(days, key=lambda item: item[0]):
            yield from self._case(rng, day, sighting)

    def _case(self, rng: Random, day: date, sighting: Sighting | None) -> Iterator[Row]:
        scene = self._scene
        self._cases += 1
        case = f"{day.year}-{self._cases:05d}"
        if sighting:
            roles = ["SUBJECT"] * (len(sighting.people) - 1) + [sighting.role]
            numbers = dict(zip(sighting.people, roles, strict=True))
            people = [(scene.population.person(n), role) for n, role in numbers.items()]
        else:
            people = [
                (self._somebody(rng, day), "SUBJECT" if n == 0 or rng.random() < 0.7
                 else rng.choice(BYSTANDERS))
                for n in range(1 + int(rng.random() * rng.random() * 4))
            ]  # fmt: skip
            people = list({p.number: (p, role) for p, role in people}.values())
        for person, role in people:
            yield self._subject(rng, (case, day, role), person, sighting)

    def _somebody(self, rng: Random, day: date) -> Person:
        scene = self._scene
        north = rng.random() < NORTHERNERS
        return scene.northerner(rng, day) if north else scene.suspect(rng, day)

    def _subject(
        self, rng: Random, entry: tuple[str, date, str], person: Person, sighting: Sighting | None
    ) -> Row:
        case, day, role = entry
        self._subjects += 1
        number = f"{self._subjects:06d}"
        mention = write_down(person, HABITS, rng)
        if sighting and (sighting.phone or sighting.address):
            mention = replace(
                mention, phone=sighting.phone or mention.phone,
                address=sighting.address or mention.address,
            )  # fmt: skip
        cells = (
            number, case, f"{day:%m/%d/%Y}", role, *english_names(mention),
            self._alias(rng, person), turned(mention.birth),
            {"H": "MALE", "M": "FEMALE", "": ""}[mention.sex],
            "UNITED STATES" if not person.is_mexican else "MEXICO",
            _dialled(mention.phone, person), ascii_capitals(mention.address),
            *self._city(rng, person), rng.choice(_WORK),
        )  # fmt: skip
        return Row(sheet=SUBJECTS.name, cells=cells, people=((f"hsi-{number}", person.number),))

    def _city(self, rng: Random, person: Person) -> tuple[str, str, str]:
        if not person.is_mexican:
            return (*_US_CITIES[person.number % len(_US_CITIES)], "USA")
        home = self._scene.home(person, rng, HABITS.elsewhere)
        return ascii_capitals(home.name), ascii_capitals(home.state_name), "MEX"

    @staticmethod
    def _alias(rng: Random, person: Person) -> str:
        if rng.random() >= 0.15:
            return ""
        forms = name_book().short_forms.get(person.given.split()[0])
        return ascii_capitals(forms[0]) if forms else ""


def _dialled(phone: str, person: Person) -> str:
    """Return a telephone number with its country's code, as a US agency dials it."""
    if not phone:
        return ""
    if person.is_mexican:
        return f"+52 {phone[:3]} {phone[3:6]} {phone[6:]}"
    return f"({phone[:3]}) {phone[3:6]}-{phone[6:]}"
