"""What each tie of the network leaves in the files: the rows that agencies have to write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.world import identity
from puente.world.chance import chance
from puente.world.crime import MONTHS
from puente.world.people import street_address
from puente.world.vehicles import Vehicle, car_of, truck_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from random import Random

    from puente.world.firms import Firm
    from puente.world.people import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """Something that joins two persons or firms.

    Attributes:
        one, other: `("p", number)` or `("f", number)`.
        kind: detention, case, phone, address, vehicle, ownership, directorship; near innocents
            defence, truck, complaint, kin.
        month: when it shows, 0 to 35; 0 for what stands in a register.
    """

    one: tuple[str, int]
    other: tuple[str, int]
    kind: str
    month: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One entry that an agency has to write.

    Attributes:
        sheet: `detention`, `case`, `inspection` or `complaint`.
        month: 0 to 35.
        people: who appears in it together, by number.
        role: for a case `SUBJECT` or `RELATIVE` of the last of `people`; for a complaint the first
            of `people` is the victim and the second the suspect.
        phone, address: to be written exactly so; "" leaves it to the clerk.
        vehicle: that they use, or None.
        owner: number of the firm that the vehicle is registered to, -1 none.
        lawyer: number of the defence lawyer, -1 none.
    """

    sheet: str
    month: int
    people: tuple[int, ...]
    role: str = "SUBJECT"
    phone: str = ""
    address: str = ""
    vehicle: Vehicle | None = None
    owner: int = -1
    lawyer: int = -1


def trace(
    seed: int, ties: Sequence[Tie], people: Mapping[int, Person], firms: Mapping[int, Firm]
) -> Iterator[Sighting]:
    """Yield the entries that make every tie findable, and some that show one person alone."""
    rng = chance(seed, "traces")
    for tie in ties:
        pair = (tie.one[1], tie.other[1])
        if tie.kind in {"detention", "case"}:
            yield Sighting(sheet=tie.kind, month=tie.month, people=pair)
        elif tie.kind in {"phone", "address", "vehicle"}:
            yield from _shared(rng, tie, pair, seed)
        elif tie.kind == "defence":
            yield Sighting(sheet="detention", month=tie.month, people=pair[:1], lawyer=pair[1])
        elif tie.kind == "truck":
            truck = truck_of(seed, firms[pair[0]].number)
            yield Sighting(
                sheet="inspection", month=tie.month, people=pair[1:], vehicle=truck, owner=pair[0]
            )
        elif tie.kind == "complaint":
            yield Sighting(sheet="complaint", month=tie.month, people=(pair[1], pair[0]))
        elif tie.kind == "kin":
            yield Sighting(sheet="case", month=tie.month, people=pair, role="RELATIVE")
    for number in people:
        for _time in range(1 + rng.randrange(3)):
            yield _alone(rng, number, seed)


def _shared(rng: Random, tie: Tie, pair: tuple[int, int], seed: int) -> Iterator[Sighting]:
    """Yield two entries, months apart, in which both people use the same thing."""
    later = min(MONTHS - 1, tie.month + rng.randrange(1, 6))
    if tie.kind == "vehicle":
        vehicle = car_of(seed, pair[0]) or truck_of(seed, 10**6 + pair[0])
        for month, number in zip((tie.month, later), pair, strict=True):
            yield Sighting(sheet="inspection", month=month, people=(number,), vehicle=vehicle)
        return
    phone = identity.mexican_phone(rng) if tie.kind == "phone" else ""
    address = street_address(rng) if tie.kind == "address" else ""
    for month, number in zip((tie.month, later), pair, strict=True):
        yield Sighting(sheet="case", month=month, people=(number,), phone=phone, address=address)


def _alone(rng: Random, number: int, seed: int) -> Sighting:
    """Return an entry that joins its person to nobody."""
    sheet = rng.choice(("detention", "inspection", "case", "complaint"))
    month = rng.randrange(MONTHS)
    if sheet == "inspection":
        return Sighting(sheet=sheet, month=month, people=(number,), vehicle=car_of(seed, number))
    return Sighting(sheet=sheet, month=month, people=(number,))
