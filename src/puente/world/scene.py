"""What every agency sees of the world, and how it draws the people and days of its files."""

from __future__ import annotations

from calendar import monthrange
from collections import deque
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from puente.world.chance import Weighted, chance
from puente.world.crime import FIRST_YEAR, MONTHS
from puente.world.vehicles import Vehicle, car_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

    from puente.world.crime import Hidden
    from puente.world.firms import Register
    from puente.world.geography import Country, Place
    from puente.world.network import Plan
    from puente.world.people import Person, Population

LAST_DAY = date(FIRST_YEAR + (MONTHS - 1) // 12, 12, 31)
"""Day on which all agencies deliver."""
KNOWN_TO_POLICE = 0.25
"""Share of police contacts that fall on one person in ten."""
STOLEN_KEPT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrest:
    """Somebody detained by police who report it to the national register too.

    Attributes:
        number: of the entry that the register gave at once.
        moment: ISO date and time.
        place: number of the place.
        authority: that detained them.
        person: number of the person.
    """

    number: str
    moment: str
    place: int
    authority: str
    person: int


@dataclass(slots=True, kw_only=True)
class Scene:
    """The world as agencies meet it, month by month.

    Attributes:
        seed, country, hidden, population, register, plan: the parts of the world.
        tallies: counts of the current month, by record type and place.
        stolen: cars lately stolen, which turn up elsewhere.
        arrests: detentions of the current month that the national register has yet to write.
        events: passes of vehicles that plate readers note down over all months, about.
        intelligence: whether the intelligence unit sends its sheets.
        closed: whether lines under a judge's order and banks' reports of the unusual are there.
    """

    seed: int
    country: Country
    hidden: Sequence[Hidden]
    population: Population
    register: Register
    plan: Plan
    tallies: Mapping[str, Sequence[int]] = field(default_factory=dict)
    stolen: deque[Vehicle] = field(default_factory=lambda: deque(maxlen=STOLEN_KEPT))
    arrests: list[Arrest] = field(default_factory=list)
    events: int = 0
    intelligence: bool = True
    closed: bool = False
    cities: Weighted = field(init=False)

    def __post_init__(self) -> None:
        places = self.country.places
        self.cities = Weighted([str(p.number) for p in places], [p.population for p in places])

    def chance(self, topic: str, month: int) -> Random:
        """Return the generator of one agency's month."""
        return chance(self.seed, topic, month)

    # --- days ---

    @staticmethod
    def day(rng: Random, month: int) -> date:
        """Return a day in month 0 to 35."""
        year, number = FIRST_YEAR + month // 12, month % 12 + 1
        return date(year, number, 1 + int(rng.random() * monthrange(year, number)[1]))

    # --- people ---

    def adult(self, rng: Random, draw: int, day: date) -> Person:
        """Return the person with that number, or a neighbour: of age on `day`, not planted."""
        size = self.population.size
        for step in range(size):
            number = (draw + step) % size
            if number in self.plan.people:
                continue
            person = self.population.person(number)
            if person.adult_on(day):
                return person
        return self.population.person(int(rng.random() * size))

    def suspect(self, rng: Random, day: date) -> Person:
        """Return somebody whom police come across; some they meet again and again."""
        number = self.population.somebody(rng)
        if rng.random() < KNOWN_TO_POLICE:
            number -= number % 10
        return self.adult(rng, number, day)

    def resident(self, rng: Random, place: int, day: date) -> Person:
        """Return an adult who lives in a place."""
        return self.adult(rng, self.population.somebody_in(place, rng), day)

    def anyone(self, rng: Random, place: int) -> Person:
        """Return somebody of any age who lives in a place, not planted."""
        number = self.population.somebody_in(place, rng)
        while number in self.plan.people:
            number = (number + 1) % self.population.mexicans
        return self.population.person(number)

    def northerner(self, rng: Random, day: date) -> Person:
        """Return an adult who lives north of the line."""
        return self.adult(rng, self.population.northerner(rng), day)

    def car(self, person: Person) -> Vehicle | None:
        """Return a person's car, or None."""
        return car_of(self.seed, person.number, northern=not person.is_mexican)

    # --- places ---

    def place(self, number: int) -> Place:
        """Return the place with that number."""
        return self.country.places[number]

    def some_place(self, rng: Random) -> Place:
        """Return any place, the populous ones more often."""
        return self.country.places[int(self.cities.draw(rng))]

    def home(self, person: Person, rng: Random, elsewhere: float) -> Place:
        """Return where a clerk thinks that a person lives, in a share `elsewhere` another place."""
        if not person.is_mexican or rng.random() < elsewhere:
            return self.some_place(rng)
        return self.country.places[person.place]
