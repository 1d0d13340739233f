"""People and families, each a function of the seed and a number; none is kept in memory.

Numbers run through the places one after another, so that "somebody from this place" is a draw
between two numbers. Twelve numbers make a block of one, two or three families: parents, children
who bear the father's and the mother's first surname, and people who live alone.

    Source: Código Civil Federal, art. 58: a child bears the first surname of either parent.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from puente.world import identity
from puente.world.chance import chance, key_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

    from puente.world.names import NameBook

BLOCK = 12
US_SHARE = 0.06
"""Share of the people who live north of the line and bear one surname."""
NAMESAKES = 0.015
"""Share of people who bear another person's whole name and were born in the same year."""
LOCAL_SURNAMES = 0.22
"""Share of surnames that come from the dozen that a place is full of."""

Slot = tuple[int, str]
_SHAPES: tuple[tuple[tuple[Slot, ...], float], ...] = (
    # family number and part: f father, m mother, c child, s single
    (((0, "f"), (0, "m"), (0, "c"), (0, "c"), (0, "c"), (1, "f"), (1, "m"), (1, "c"), (1, "c"),
      (2, "s"), (3, "s"), (4, "s")), 0.40),
    (((0, "f"), (0, "m"), (0, "c"), (0, "c"), (0, "c"), (0, "c"), (1, "m"), (1, "c"),
      (2, "s"), (3, "s"), (4, "f"), (4, "m")), 0.30),
    (((0, "f"), (0, "m"), (0, "c"), (1, "s"), (2, "s"), (3, "s"), (4, "s"), (5, "s"), (6, "s"),
      (7, "s"), (8, "s"), (9, "s")), 0.30),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person as they are, before any agency writes them down.

    Attributes:
        number: which person; the truth calls them `p` and this number.
        given: given names, in the order of the birth certificate.
        paternal, maternal: surnames; `maternal` is "" for people north of the line.
        sex: `H` (hombre) or `M` (mujer), as the CURP writes it.
        birth: day of birth.
        place: number of the place of residence, -1 north of the line.
        household: number of the household.
        part: part in the family: f, m, c, s.
        husband: first surname of a married woman's husband, else "".
        phone, old_phone: ten digits now and earlier; equal for those who never changed.
        address: street and number of the household.
    """

    number: int
    given: str
    paternal: str
    maternal: str
    sex: str
    birth: date
    place: int
    household: int
    part: str
    husband: str
    phone: str
    old_phone: str
    address: str

    @property
    def is_mexican(self) -> bool:
        """Return True if the person lives south of the line."""
        return self.place >= 0

    def adult_on(self, day: date) -> bool:
        """Return True if the person is 18 or older on `day`."""
        birth = self.birth
        return (day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))) >= 18

    def curp(self) -> str:
        """Return the person's CURP, or "" if they were not registered in Mexico."""
        if not self.is_mexican and not self.maternal:
            return ""
        turn = (self.number * 7919) % 10
        mark = str(turn) if self.birth.year < 2000 else "ABCDEFGHIJ"[turn]
        names = (self.given, self.paternal, self.maternal)
        return identity.curp(names, self.birth, self.sex, mark)

    def rfc(self) -> str:
        """Return the person's RFC, or "" if they do not pay tax in Mexico."""
        if not self.is_mexican:
            return ""
        return identity.rfc_person((self.given, self.paternal, self.maternal), self.birth)


class Population:
    """All people of the world by number.

    Args:
        seed: of the world.
        size: number of people.
        shares: how many of the people live in each place, in proportion; one weight a place.
        book: the names.
    """

    def __init__(self, seed: int, size: int, shares: Sequence[int], book: NameBook) -> None:
        self.size = size
        self.mexicans = size - round(size * US_SHARE)
        self._seed = seed
        self._book = book
        total, running = sum(shares), 0
        self._starts = []
        for share in shares:
            self._starts.append(running * self.mexicans // total)
            running += share
        self._planted: Mapping[int, Person] = {}
        self._locals: dict[int, list[str]] = {}
        self._keys = {topic: key_of(seed, topic) for topic in ("person", "block", "household")}
        self._rng = chance(seed, "people")

    def plant(self, people: Mapping[int, Person]) -> None:
        """Put `people` in place of whoever their numbers stand for."""
        self._planted = people

    def place_of(self, number: int) -> int:
        """Return the number of the place where a person lives, -1 north of the line."""
        return bisect_right(self._starts, number) - 1 if number < self.mexicans else -1

    def somebody_in(self, place: int, rng: Random) -> int:
        """Return the number of a person who lives in `place`, or near it if nobody does."""
        start = self._starts[place]
        last = len(self._starts) - 1
        end = self._starts[place + 1] if place < last else self.mexicans
        return min(start + int(rng.random() * max(1, end - start)), self.mexicans - 1)

    def somebody(self, rng: Random) -> int:
        """Return the number of any person south of the line."""
        return int(rng.random() * self.mexicans)

    def northerner(self, rng: Random) -> int:
        """Return the number of a person north of the line."""
        return self.mexicans + int(rng.random() * (self.size - self.mexicans))

    def person(self, number: int) -> Person:
        """Return the person with that number, 0 to `size` - 1.

        Cost: some 30 microseconds: two generators are seeded and a dozen draws made.
        """
        if number in self._planted:
            return self._planted[number]
        person = self._plain(number)
        rng = self._seeded("person", number)
        if rng.random() >= NAMESAKES:
            return person
        other = self._plain((number + rng.randrange(13, 5_000)) % self.mexicans)
        born = date(other.birth.year, 1 + rng.randrange(12), 1 + rng.randrange(28))
        if born == other.birth:
            born = born.replace(day=born.day % 28 + 1)
        return replace(
            person, given=other.given, paternal=other.paternal, maternal=other.maternal,
            sex=other.sex, birth=born, husband="",
        )  # fmt: skip

    @property
    def rare_surnames(self) -> tuple[str, ...]:
        """Return the surnames that exist in this world only."""
        return self._book.rare

    def given_name(self, rng: Random, sex: str) -> str:
        """Return given names for a man (`H`) or woman (`M`) south of the line."""
        return self._book.given(rng, sex)

    def household_of(self, number: int) -> list[int]:
        """Return the numbers of everyone who lives in a person's household, theirs included."""
        block = number - number % BLOCK
        shape = self._shape(block // BLOCK)
        family = shape[number % BLOCK][0]
        numbers = [block + slot for slot, (kin, _part) in enumerate(shape) if kin == family]
        return [n for n in numbers if n < self.size]

    def _seeded(self, topic: str, number: int) -> Random:
        # One generator, sown anew for each thing: making a new one costs twice as much.
        self._rng.seed(self._keys[topic] | number)
        return self._rng

    def _shape(self, block: int) -> tuple[Slot, ...]:
        draw = self._seeded("block", block).random()
        for shape, share in _SHAPES:
            draw -= share
            if draw < 0:
                return shape
        return _SHAPES[-1][0]

    def _plain(self, number: int) -> Person:
        block, slot = divmod(number, BLOCK)
        place = self.place_of(number)
        family, part = self._shape(block)[slot]
        household = block * BLOCK + family
        lines = self._family_surnames(household, place)
        rng = self._seeded("person", number)
        rng.random()  # the draw that decides on namesakes
        sex = {"f": "H", "m": "M"}.get(part) or ("H" if rng.random() < 0.55 else "M")
        given, paternal, maternal = self._named(rng, place, (sex, part), lines)
        birth = _birth(rng, part, base=lines.base_year)
        mobile = identity.mexican_phone if place >= 0 else identity.us_phone
        own = mobile(rng) if rng.random() < 0.72 else lines.phone
        old = mobile(rng) if rng.random() < 0.25 else own
        return Person(
            number=number, given=given, paternal=paternal, maternal=maternal, sex=sex, birth=birth,
            place=place, household=household, part=part,
            husband=lines.father[0] if part == "m" else "", phone=own, old_phone=old,
            address=lines.address,
        )  # fmt: skip

    def _named(
        self, rng: Random, place: int, who: tuple[str, str], lines: _Family
    ) -> tuple[str, str, str]:
        sex, part = who
        if lines.english:
            given, surname = self._book.english(rng, sex)
            return given, (lines.english if part != "m" else surname), ""
        given = self._book.given(rng, sex)
        if part == "c":
            paternal, maternal = lines.father[0], lines.mother[0]
            if sex == "H" and rng.random() < 0.08:
                given = lines.father_given
        elif part == "s":
            paternal, maternal = lines.single
        else:
            paternal, maternal = lines.father if part == "f" else lines.mother
            given = lines.father_given if part == "f" else given
        return given, paternal, (maternal if place >= 0 else "")

    def _family_surnames(self, household: int, place: int) -> _Family:
        book, near = self._book, self._local(place)
        rng = self._seeded("household", household)

        def surname() -> str:
            if near and rng.random() < LOCAL_SURNAMES:
                return near[int(rng.random() * len(near))]
            return book.surname(rng)

        pairs = [(surname(), surname()) for _line in range(3)]
        is_english = place < 0 and rng.random() < 0.6
        return _Family(
            father=pairs[0], mother=pairs[1], single=pairs[2],
            english=book.english(rng, "H")[1] if is_english else "",
            father_given=book.given(rng, "H"), base_year=1938 + int(rng.random() * 50),
            phone=(identity.mexican_phone if place >= 0 else identity.us_phone)(rng),
            address=street_address(rng, english=place < 0),
        )  # fmt: skip

    def _local(self, place: int) -> list[str]:
        if place < 0:
            return []
        if place not in self._locals:
            rng = chance(self._seed, "local", place)
            self._locals[place] = [self._book.surname(rng) for _n in range(12)]
        return self._locals[place]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Family:
    father: tuple[str, str]
    mother: tuple[str, str]
    single: tuple[str, str]
    english: str  # surname of a family with English names, else ""
    father_given: str
    base_year: int
    phone: str
    address: str


def _birth(rng: Random, part: str, *, base: int) -> date:
    """Return a birthday: parents near the family's base year, children 19 to 40 years later."""
    if part == "s":
        year = 1945 + int(rng.random() * 60)
    elif part == "c":
        year = min(2022, base + 19 + int(rng.random() * 21))
    else:
        year = base + int(rng.random() * 7) - 3
    return date(year, 1 + int(rng.random() * 12), 1 + int(rng.random() * 28))


_STREETS = (
    "Hidalgo", "Juárez", "Morelos", "5 de Mayo", "Independencia", "Reforma", "Allende", "Zaragoza",
    "Niños Héroes", "Francisco Villa", "Emiliano Zapata", "Benito Juárez", "Las Flores", "Olmo",
    "Fresno", "Nogal", "Río Lerma", "Río Nazas", "Constitución", "Insurgentes", "Guerrero",
    "Matamoros", "Aldama", "Abasolo", "16 de Septiembre", "20 de Noviembre", "Del Sol",
    "De la Luna", "Jacarandas", "Bugambilias", "Pino Suárez", "Venustiano Carranza", "Mina",
)  # fmt: skip
_QUARTERS = (
    "Centro", "San Isidro", "Las Palmas", "Loma Bonita", "El Mirador", "La Esperanza", "Jardines",
    "Del Valle", "Santa Cruz", "El Progreso", "Obrera", "Las Torres", "La Huerta", "El Rosario",
)  # fmt: skip
_US_STREETS = (
    "Main St", "Oak Ave", "Cedar Ln", "Elm St", "Mesquite Dr", "Ranch Rd", "Sunset Blvd",
    "Pecan St",
    "Loop 12", "Canyon Way", "Mission Rd", "Palo Verde Dr", "Border Ave", "Cactus Ct",
)  # fmt: skip


def street_address(rng: Random, *, english: bool = False) -> str:
    """Return a street, number and quarter as people of either country give them."""
    if english:
        return f"{100 + rng.randrange(9900)} {rng.choice(_US_STREETS)}"
    street, quarter = rng.choice(_STREETS), rng.choice(_QUARTERS)
    return f"{street} {1 + rng.randrange(2999)}, Col. {quarter}"
