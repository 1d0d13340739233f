"""Call records that operators hand over on a federal judge's order: who called whom, no contents.

An order names a line and a term; without its number the records may not be used. The lines are
those of people in the network and of some who are in other cases. Each calls the others of its own
case, a front firm, home, a pizzeria, now and then a defence lawyer: the prosecutor marks lawyers'
lines and lines at home, since neither may be turned against anybody.

Source: Constitución Política, art. 16 (only federal judges; never what is said to the defender);
Código Nacional de Procedimientos Penales, art. 303 (data that operators keep, on a judge's order);
Ley Federal de Telecomunicaciones y Radiodifusión, art. 190, fractions II and III (what is kept);
layout made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.world import identity
from puente.world.chance import Weighted
from puente.world.crime import FIRST_YEAR, MONTHS
from puente.world.network import FULL_SIZE, GUILTY_ROLES
from puente.world.scene import LAST_DAY
from puente.world.sheets import Row, Sheet, Spoil

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from puente.world.scene import Scene

CALLS = Sheet(
    name="fgr_registros_llamadas_2025-12-31", agency="fgr", encoding="cp1252", delimiter=";",
    columns=("FOLIO", "ORDEN_JUDICIAL", "JUZGADO", "FECHA", "HORA", "LINEA_ORIGEN",
             "CALIDAD_ORIGEN", "LINEA_DESTINO", "CALIDAD_DESTINO", "TIPO", "DURACION_SEG",
             "CVE_MUN_CELDA"),
    id_column="FOLIO", date_column="FECHA",
    spoils=(
        Spoil(after=30, fault="no judge's order", column="ORDEN_JUDICIAL"),
        Spoil(after=60, fault="no judge's order", column="ORDEN_JUDICIAL"),
        Spoil(after=75, fault="unknown standing", column="CALIDAD_DESTINO", text="SIN DATO"),
    ),
)  # fmt: skip
ORDERS, OTHER_ORDERS = 14, 6
"""Lines of the network under an order, and of others, in a world of full size."""
TERM = 3
"""Months that an order covers."""
CALLS_A_MONTH = 22
OBJECT, THIRD, DEFENDER, FAMILY = "OBJETO", "TERCERO", "DEFENSOR", "FAMILIAR"
_COURTS = ("CJF-CONTROL-01", "CJF-CONTROL-02", "CJF-CONTROL-05")
_KINDS = Weighted(("VOZ", "SMS", "DATOS"), (0.7, 0.2, 0.1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A judge's order on a line.

    Attributes:
        number: of the order.
        court: that gave it.
        first: month of the first call, 0 to 35.
        line: ten digits.
        place: number of the place where the line is mostly used.
        called: lines that it calls, each with its standing, those called often first.
    """

    number: str
    court: str
    first: int
    line: str
    place: int
    called: tuple[tuple[str, str], ...]


class CallRecords:
    """Writes calls, month by month.

    Attributes:
        hidden: kind, line, why it stands there, and whose it is.
    """

    sheets = (CALLS,)

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.hidden: list[tuple[str, str, str, str]] = []
        self._written = 0
        self._orders = [*self._on_the_network(), *self._on_others()]

    def month(self, month: int) -> Iterator[Row]:
        """Yield the calls of month 0 to 35, in the order of their moments."""
        scene = self._scene
        rng = scene.chance("calls", month)
        found = []
        for order in self._orders:
            if order.first <= month < order.first + TERM:
                for _n in range(CALLS_A_MONTH + int(rng.random() * 10)):
                    clock = 7 * 3600 + int(rng.random() * 16 * 3600)
                    found.append((scene.day(rng, month), clock, order))
        for day, clock, order in sorted(found, key=lambda call: (*call[:2], call[2].number)):
            moment = f"{clock // 3600:02d}:{clock // 60 % 60:02d}:{clock % 60:02d}"
            yield self._call(rng, (f"{day:%d/%m/%Y}", moment), order)

    def _call(self, rng: Random, moment: tuple[str, str], order: Order) -> Row:
        self._written += 1
        at = int(rng.random() * rng.random() * len(order.called))
        ends = [(order.line, OBJECT), order.called[at]]
        if rng.random() < 0.45:
            ends.reverse()
        kind = _KINDS.draw(rng)
        seconds = str(max(1, round(rng.lognormvariate(4, 1)))) if kind == "VOZ" else "0"
        cell = order.place if rng.random() < 0.8 else self._scene.some_place(rng).number
        cells = (
            f"{self._written:07d}", order.number, order.court, *moment, *ends[0], *ends[1], kind,
            seconds, self._scene.place(cell).code,
        )  # fmt: skip
        return Row(sheet=CALLS.name, cells=cells)

    # --- orders ---

    def _on_the_network(self) -> list[Order]:
        """Return orders on lines of the guilty, those with a line of their own for the case first.

        Whoever is called is somebody whom a tie joins to them: a call adds nothing to the network.
        """
        scene = self._scene
        rng = scene.chance("call orders", 0)
        lines = _lines(scene)
        guilty = [n for n in scene.plan.members(*GUILTY_ROLES) if n in lines]
        spare = [n for n in scene.plan.members(*GUILTY_ROLES) if n not in lines]
        count = max(2, round(ORDERS * min(1.0, scene.population.size / FULL_SIZE)))
        chosen = [*rng.sample(guilty, min(count, len(guilty))), *rng.sample(spare, len(spare))]
        found = []
        for at, number in enumerate(chosen[:count]):
            person = scene.population.person(number)
            line = lines.get(number, person.phone)
            own = self._of_the_case(rng, number, lines)
            called = [pair for pair in own + self._of_life(rng, number) if pair[0] != line]
            self.hidden.append(("line", line, "line under an order", f"p{number}"))
            found.append(self._order(rng, at, (line, max(person.place, 0)), called))
        return found

    def _on_others(self) -> list[Order]:
        """Return orders in cases that have nothing to do with the network."""
        scene = self._scene
        rng = scene.chance("call orders", 1)
        count = max(1, round(OTHER_ORDERS * min(1.0, scene.population.size / FULL_SIZE)))
        found = []
        for at in range(count):
            person = scene.suspect(rng, LAST_DAY.replace(year=FIRST_YEAR - 1))
            others = [scene.suspect(rng, LAST_DAY.replace(year=FIRST_YEAR - 1)) for _n in range(5)]
            called = [(other.phone, THIRD) for other in others]
            called += self._of_life(rng, person.number)
            called = [pair for pair in called if pair[0] != person.phone]
            place = max(person.place, 0)
            found.append(self._order(rng, ORDERS + at, (person.phone, place), called))
        return found

    def _order(
        self, rng: Random, at: int, line: tuple[str, int], called: list[tuple[str, str]]
    ) -> Order:
        first = rng.randrange(MONTHS - TERM)
        lines: dict[str, str] = {}
        for number, standing in called:
            lines.setdefault(number, standing)
        return Order(
            number=f"TC-{100 + at:03d}/{FIRST_YEAR + first // 12}", court=rng.choice(_COURTS),
            first=first, line=line[0], place=line[1],
            called=tuple(lines.items()),
        )  # fmt: skip

    def _of_the_case(
        self, rng: Random, number: int, lines: dict[int, str]
    ) -> list[tuple[str, str]]:
        """Return the lines of those whom a tie joins to a person, lawyers marked."""
        scene = self._scene
        found = []
        for tie in scene.plan.ties:
            if ("p", number) not in {tie.one, tie.other} or tie.kind in {"complaint", "kin"}:
                continue
            kind, other = tie.other if tie.one == ("p", number) else tie.one
            role = scene.plan.roles[kind, other]
            if kind == "f":
                line = scene.register.firm(other).phone
            else:
                line = lines.get(other, scene.population.person(other).phone)
            found.append((line, DEFENDER if role == "lawyer" else THIRD))
            known = ("line", line, "a defence lawyer's line", f"p{other}")
            if role == "lawyer" and known not in self.hidden:
                self.hidden.append(known)
        rng.shuffle(found)
        return found

    def _of_life(self, rng: Random, number: int) -> list[tuple[str, str]]:
        """Return the lines that anybody calls: home, food, a taxi, a wrong number."""
        scene = self._scene
        kin = [n for n in scene.population.household_of(number) if n != number]
        home = [(scene.population.person(n).phone, FAMILY) for n in kin[:3]]
        services = [(service_line(scene, rng.randrange(5)), THIRD) for _n in range(2)]
        wrong = [(identity.mexican_phone(rng), THIRD) for _n in range(6)]
        return [*home, *services, *wrong]


def service_line(scene: Scene, number: int) -> str:
    """Return the line of a pizzeria, a taxi rank or the like: always the same for a number."""
    return identity.mexican_phone(scene.chance("service line", number))


def _lines(scene: Scene) -> dict[int, str]:
    """Return the line that a planted person uses for the network alone, where a file shows one."""
    return {
        sighting.people[0]: sighting.phone for sighting in scene.plan.sightings if sighting.phone
    }
