"""A sanctions list in OFAC's legacy layout: primary names, addresses, strong aliases.

Texts stand in quotes, numbers bare, `-0- ` for nothing; lines end as DOS writes them and a
Control-Z ends the file. Weak aliases, dates of birth, CURP, R.F.C. and "Linked To" stand in the
remarks. Numbers begin at 9,000,001, far above any that OFAC has given.

Source: OFAC, "SDN Data Formats"; layout as of the lists of 2024 and 2025.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.world.mistakes import ascii_capitals
from puente.world.names import name_book
from puente.world.scene import LAST_DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from puente.world.firms import Firm
    from puente.world.people import Person
    from puente.world.scene import Scene

FOLDER = f"ofac/{LAST_DAY.isoformat()}"
FIRST_NUMBER = 9_000_001
PROGRAMS = ("SDNTK", "ILLICIT-DRUGS-EO14059", "SDNTK] [ILLICIT-DRUGS-EO14059")
BYSTANDING_LISTED = 40
"""Listed people who appear in no agency's file on purpose: they are there to be mistaken for."""
_NICKNAMES = ("EL TORDO", "LA SOMBRA", "EL NUEVE", "EL CASCABEL", "CHANATE", "EL BRUJO",
              "DON CHUY", "EL PERNO", "LA MAESTRA", "EL VIENTO", "TITO", "EL ARQUI")  # fmt: skip
_ORGANISATION = "ORGANIZACION BRUMA ALTA"
Line = tuple[str | int | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the list: its lines in the three files, and what in truth it is.

    Attributes:
        number: ent_num.
        primary: cells of sdn.csv.
        addresses, aliases: lines of add.csv and alt.csv.
        node: `("p", person)`, `("f", firm)` or None for the organisation.
    """

    number: int
    primary: Line
    addresses: tuple[Line, ...]
    aliases: tuple[Line, ...]
    node: tuple[str, int] | None


class ListWriter:
    """Draws up the list from the plan, and some people who are nothing to the network."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._rng = scene.chance("listed", 0)
        self._address = self._alias = 0

    def entries(self) -> Iterator[Entry]:
        """Yield all entries in the order of their numbers."""
        plan, number = self._scene.plan, FIRST_NUMBER
        yield self._organisation(number)
        for kind, which in plan.listed:
            number += 1
            yield (
                self._firm(number, plan.firms[which]) if kind == "f"
                else self._person(number, plan.people[which])
            )  # fmt: skip
        for which in self._others():
            number += 1
            yield self._person(number, self._scene.population.person(which), linked=False)

    def _others(self) -> list[int]:
        size = self._scene.population.size
        count = min(BYSTANDING_LISTED, size // 100)
        rare = frozenset(self._scene.population.rare_surnames)
        found: dict[int, None] = {}
        while len(found) < count:
            who = self._scene.population.somebody(self._rng)
            person = self._scene.adult(self._rng, who, LAST_DAY)
            if person.maternal in rare:
                found[person.number] = None
        return list(found)

    def _organisation(self, number: int) -> Entry:
        remarks = "Target Type Criminal Organization."
        primary = (number, _ORGANISATION, None, PROGRAMS[1], *[None] * 7, remarks)
        aliases = (self._alias_line(number, "BRUMA ALTA DRUG TRAFFICKING ORGANIZATION"),)
        return Entry(number=number, primary=primary, addresses=(), aliases=aliases, node=None)

    def _person(self, number: int, person: Person, *, linked: bool = True) -> Entry:
        rng = self._rng
        born = f"{person.birth:%d %b %Y}" if rng.random() < 0.85 else str(person.birth.year)
        remarks = [f"DOB {born}"]
        if rng.random() < 0.15:
            other = person.birth.replace(year=person.birth.year + 1, day=1)
            remarks.append(f"alt. DOB {other:%d %b %Y}")
        home = self._scene.place(max(person.place, 0))
        remarks.append(f"POB {ascii_name(home.name)}, {ascii_name(home.state_name)}, Mexico")
        remarks += ["nationality Mexico", f"Gender {'Male' if person.sex == 'H' else 'Female'}"]
        if rng.random() < 0.55:
            remarks.append(f"C.U.R.P. {person.curp()} (Mexico)")
        if rng.random() < 0.35:
            remarks.append(f"R.F.C. {person.rfc()} (Mexico)")
        if rng.random() < 0.4:
            remarks.append(f"a.k.a. '{rng.choice(_NICKNAMES)}'")
        if linked:
            remarks.append(f"Linked To: {_ORGANISATION}")
        primary = (number, sdn_name(person), "individual", self._program(), *[None] * 7,
                   "; ".join(remarks) + ".")  # fmt: skip
        addresses = (self._address_line(number, person.address, home.name, home.state_name),)
        return Entry(
            number=number, primary=primary, addresses=addresses if rng.random() < 0.7 else (),
            aliases=tuple(self._aliases(number, person)), node=("p", person.number),
        )  # fmt: skip

    def _firm(self, number: int, firm: Firm) -> Entry:
        rng, plan = self._rng, self._scene.plan
        home = self._scene.place(firm.place)
        owner = next((h.owner for h in firm.holdings if not h.is_firm), -1)
        remarks = [f"Organization Established Date {firm.founded:%d %b %Y}"]
        if rng.random() < 0.8:
            rfc = firm.rfc()
            remarks.append(f"R.F.C. {rfc[:3]}-{rfc[3:9]}-{rfc[9:]} (Mexico)")
        if owner in plan.people:
            remarks.append(f"Linked To: {sdn_name(plan.people[owner])}")
        primary = (number, ascii_capitals(firm.whole_name), None, self._program(), *[None] * 7,
                   "; ".join(remarks) + ".")  # fmt: skip
        return Entry(
            number=number, primary=primary,
            addresses=(self._address_line(number, firm.address, home.name, home.state_name),),
            aliases=(self._alias_line(number, ascii_capitals(firm.name)),),
            node=("f", firm.number),
        )  # fmt: skip

    def _program(self) -> str:
        return PROGRAMS[int(self._rng.random() * len(PROGRAMS))]

    def _aliases(self, number: int, person: Person) -> Iterator[Line]:
        rng = self._rng
        words = person.given.split()
        if len(words) > 1 and rng.random() < 0.6:
            yield self._alias_line(number, f"{_upper(person.paternal)}, {ascii_name(words[0])}")
        forms = name_book().short_forms.get(words[0])
        if forms and rng.random() < 0.3:
            name = f"{_upper(person.paternal)} {_upper(person.maternal)}".strip()
            yield self._alias_line(number, f"{name}, {ascii_name(forms[0])}")

    def _alias_line(self, number: int, name: str) -> Line:
        self._alias += 1
        return (number, FIRST_NUMBER + self._alias, "aka", name, None)

    def _address_line(self, number: int, street: str, city: str, state: str) -> Line:
        self._address += 1
        return (number, FIRST_NUMBER + self._address, ascii_name(street),
                f"{ascii_name(city)}, {ascii_name(state)}", "Mexico", None)  # fmt: skip


def sdn_name(person: Person) -> str:
    """Return a name as the list writes it: `HERNANDEZ TOLARAN, Juan Carlos`."""
    surnames = " ".join(filter(None, (_upper(person.paternal), _upper(person.maternal))))
    return f"{surnames}, {ascii_name(person.given)}"


def _upper(text: str) -> str:
    return ascii_capitals(text)


def ascii_name(text: str) -> str:
    """Return a name with capitals as they are and no letter outside ASCII."""
    plain = ascii_capitals(text)
    return "".join(p if c.isupper() else p.lower() for c, p in zip(text, plain, strict=True))
