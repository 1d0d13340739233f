"""The one hidden network: who is in it, who is near it and innocent, and what joins them.

Around the listed persons stand an inner circle, lieutenants, launderers, front men and outer
associates, and the firms they hold through others. Every tie that makes the network leaves a trace
in some agency's file: a joint detention, a common case, a phone, address or vehicle that two people
use, a holding, an office. Steps are counted over those ties, not handed out.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from puente.world.chance import chance
from puente.world.crime import MONTHS
from puente.world.network_firms import plan_firms
from puente.world.network_traces import Sighting, Tie, trace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

    from puente.world.firms import Firm, Register
    from puente.world.people import Person, Population

Node = tuple[str, int]
"""`("p", person number)` or `("f", firm number)`."""

GUILTY_ROLES = ("boss", "money_man", "inner", "lieutenant", "launderer", "front", "outer",
                "associate")  # fmt: skip
INNOCENT_ROLES = ("lawyer", "carrier", "extortion_victim", "relative", "namesake")
_HEADS = {"boss": 8, "money_man": 4, "inner": 20, "lieutenant": 34, "launderer": 10, "front": 28,
          "outer": 26, "associate": 18, "lawyer": 3, "carrier": 5,
          "extortion_victim": 8, "relative": 8, "namesake": 16}  # fmt: skip
_SUPERIORS = {
    "inner": ("boss", "money_man"), "lieutenant": ("inner",), "launderer": ("money_man", "inner"),
    "outer": ("lieutenant", "front"), "associate": ("outer",),
}  # fmt: skip
NO_STEP = frozenset({"defence", "complaint", "kin"})
"""Ties to people on record as defence lawyer, victim or relative: no step leads to them."""
FULL_SIZE = 6_000
"""People from which on the network has its full size; smaller worlds have a smaller one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The network and everything planted about it.

    Attributes:
        people: planted persons by number, innocent ones included.
        firms: planted firms by number.
        roles: role of each person and firm: a guilty or innocent role, `front_firm`,
            `listed_firm`.
        listed: persons and firms on the sanctions list.
        ties: what joins two of them, with its kind.
        sightings: rows that agencies have to write so that the ties can be found.
        steps: least number of ties from a listed person or firm, for all who are tied.
    """

    people: Mapping[int, Person]
    firms: Mapping[int, Firm]
    roles: Mapping[Node, str]
    listed: tuple[Node, ...]
    ties: tuple[Tie, ...]
    sightings: tuple[Sighting, ...]
    steps: Mapping[Node, int]

    def members(self, *roles: str) -> list[int]:
        """Return the numbers of the persons with one of `roles`, in the order planned."""
        return [n for (kind, n), role in self.roles.items() if kind == "p" and role in roles]

    def due(self, sheet: str, month: int) -> list[Sighting]:
        """Return what has to be written on a sheet in month 0 to 35."""
        return [s for s in self.sightings if s.sheet == sheet and s.month == month]

    def is_innocent(self, node: Node) -> bool:
        """Return True if the person or firm is near the network and no part of it."""
        return self.roles[node] in INNOCENT_ROLES


def plan_network(seed: int, population: Population, register: Register) -> Plan:
    """Return the hidden network of a world, and plant its people and firms.

    Args:
        seed: of the world.
        population, register: from which people and firms are taken; both are changed, so that
            the planted ones stand in them from now on.
    """
    rng = chance(seed, "network")
    share = min(1.0, population.size / FULL_SIZE)
    heads = {role: max(2, round(count * share)) for role, count in _HEADS.items()}
    people = _cast(rng, population, heads)
    roles: dict[Node, str] = {("p", p.number): role for role, cast in people.items() for p in cast}
    by_number = {p.number: p for cast in people.values() for p in cast}
    population.plant(by_number)
    numbers = {role: [p.number for p in cast] for role, cast in people.items()}
    firms, firm_roles = plan_firms(seed, register, numbers)
    register.plant(firms, frozenset(by_number))
    roles.update({("f", number): role for number, role in firm_roles.items()})
    listed = tuple(
        node for node, role in roles.items() if role in {"boss", "money_man", "listed_firm"}
    )
    ties = [*_chain_of_command(rng, numbers), *_paper(firms), *_bystanders(rng, numbers, firms)]
    return Plan(
        people=by_number, firms=firms, roles=roles, listed=listed, ties=tuple(ties),
        sightings=tuple(trace(seed, ties, by_number, firms)), steps=count_steps(listed, ties),
    )  # fmt: skip


def count_steps(seeds: Sequence[Node], ties: Sequence[Tie]) -> dict[Node, int]:
    """Return the least number of ties from any seed, for every node that has one."""
    beside: dict[Node, list[Node]] = {}
    for tie in (t for t in ties if t.kind not in NO_STEP):
        beside.setdefault(tie.one, []).append(tie.other)
        beside.setdefault(tie.other, []).append(tie.one)
    steps = dict.fromkeys(seeds, 0)
    queue = deque(seeds)
    while queue:
        node = queue.popleft()
        for near in beside.get(node, ()):
            if near not in steps:
                steps[near] = steps[node] + 1
                queue.append(near)
    return steps


# --- who ---------------------------------------------------------------------------------------


def _cast(rng: Random, population: Population, heads: Mapping[str, int]) -> dict[str, list[Person]]:
    """Return the people of each role: adults, no two of one block."""
    adult_since = date(2023, 1, 1)
    taken: set[int] = set()

    def somebody() -> Person:
        while True:
            number = population.somebody(rng)
            person = population.person(number)
            if number // 12 not in taken and person.adult_on(adult_since):
                taken.add(number // 12)
                return person

    cast = {
        role: [somebody() for _n in range(count)]
        for role, count in heads.items()
        if role not in {"relative", "namesake"}
    }
    for role in ("boss", "money_man"):
        cast[role] = [_unmistakable(p, rng, population) for p in cast[role]]
    heads_of_all = cast["boss"] + cast["money_man"]
    cast["relative"] = [
        _sibling(heads_of_all[n % len(heads_of_all)], somebody(), rng, population)
        for n in range(heads["relative"])
    ]
    cast["namesake"] = [
        _namesake(heads_of_all[n % len(heads_of_all)], somebody()) for n in range(heads["namesake"])
    ]
    return cast


def _unmistakable(person: Person, rng: Random, population: Population) -> Person:
    """Return a person with a made-up maternal surname: no real listed person is called so."""
    return replace(
        person, maternal=rng.choice(population.rare_surnames), husband="",
        sex="H" if rng.random() < 0.85 else person.sex,
        given=population.given_name(rng, "H") if person.sex == "M" else person.given,
    )  # fmt: skip


def _sibling(head: Person, person: Person, rng: Random, population: Population) -> Person:
    """Return a brother or sister of a listed person: both surnames, the address, another life."""
    return replace(
        person, given=population.given_name(rng, person.sex), paternal=head.paternal,
        maternal=head.maternal, place=head.place, address=head.address, husband="",
    )  # fmt: skip


def _namesake(head: Person, person: Person) -> Person:
    """Return somebody else with a listed person's whole name."""
    return replace(
        person, given=head.given, paternal=head.paternal, maternal=head.maternal, sex=head.sex,
        husband="",
    )  # fmt: skip


# --- what joins them ---------------------------------------------------------------------------

_KINDS = ("detention", "detention", "detention", "case", "case", "phone", "phone", "address",
          "vehicle")  # fmt: skip


def _chain_of_command(rng: Random, numbers: Mapping[str, Sequence[int]]) -> list[Tie]:
    """Return ties from everyone to one or two of those above them."""
    ties = []
    for role, above in _SUPERIORS.items():
        superiors = [n for name in above for n in numbers[name]]
        for number in numbers[role]:
            chosen = rng.sample(superiors, 2 if rng.random() < 0.4 else 1)
            ties += [
                Tie(one=("p", superior), other=("p", number), kind=rng.choice(_KINDS),
                    month=rng.randrange(MONTHS))
                for superior in chosen
            ]  # fmt: skip
    return ties


def _paper(firms: Mapping[int, Firm]) -> list[Tie]:
    """Return the ties that the company register shows."""
    ties = []
    for firm in firms.values():
        here: Node = ("f", firm.number)
        for holding in firm.holdings:
            owner: Node = ("f" if holding.is_firm else "p", holding.owner)
            ties.append(Tie(one=owner, other=here, kind="ownership", month=0))
        for officer, _office in firm.officers:
            ties.append(Tie(one=("p", officer), other=here, kind="directorship", month=0))
    return ties


def _bystanders(
    rng: Random, numbers: Mapping[str, Sequence[int]], firms: Mapping[int, Firm]
) -> list[Tie]:
    """Return the ties of those who are near the network through no fault of theirs."""
    ties = []

    def tie(one: Node, other: Node, kind: str) -> None:
        ties.append(Tie(one=one, other=other, kind=kind, month=rng.randrange(MONTHS)))

    arrested = [*numbers["inner"], *numbers["lieutenant"]]
    for number in numbers["lawyer"]:
        for client in rng.sample(arrested, min(5, len(arrested))):
            tie(("p", client), ("p", number), "defence")
    front_firms = sorted(firms)
    for number in numbers["carrier"]:
        tie(("f", rng.choice(front_firms)), ("p", number), "truck")
    for number in numbers["extortion_victim"]:
        tie(("p", rng.choice(arrested)), ("p", number), "complaint")
    heads = [*numbers["boss"], *numbers["money_man"]]
    for at, number in enumerate(numbers["relative"]):
        tie(("p", heads[at % len(heads)]), ("p", number), "kin")
    return ties
