"""Cars of people and trucks of firms, each a function of the seed and its owner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.world import identity
from puente.world.chance import chance

if TYPE_CHECKING:
    from random import Random

OWN_A_CAR = 0.6
"""Share of adults with a car."""
_MODELS = (
    ("Nissan", "Versa"), ("Nissan", "Tsuru"), ("Chevrolet", "Aveo"), ("Volkswagen", "Jetta"),
    ("Toyota", "Hilux"), ("Ford", "F-150"), ("Honda", "CR-V"), ("Toyota", "Corolla"),
    ("Chevrolet", "Silverado"), ("Nissan", "NP300"), ("Mazda", "3"), ("Kia", "Rio"),
    ("Dodge", "Ram 1500"), ("Jeep", "Grand Cherokee"), ("Hyundai", "Accent"), ("Seat", "Ibiza"),
)  # fmt: skip
_TRUCKS = (("Kenworth", "T680"), ("Freightliner", "Cascadia"), ("International", "LT"),
           ("Isuzu", "ELF 400"), ("Hino", "300"))  # fmt: skip
COLOURS = ("blanco", "gris", "negro", "rojo", "azul", "plata", "verde", "arena")
COLOURS_EN = dict(zip(COLOURS, ("white", "gray", "black", "red", "blue", "silver", "green", "tan"),
                      strict=True))  # fmt: skip
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """One vehicle. The truth calls it by `key`: `v` and its owner's number, or `t` and a firm's."""

    key: str
    plate: str
    vin: str
    make: str
    model: str
    year: int
    colour: str


def car_of(seed: int, owner: int, *, northern: bool = False) -> Vehicle | None:
    """Return a person's car, or None if they own none."""
    rng = chance(seed, "car", owner)
    if rng.random() >= OWN_A_CAR:
        return None
    return _vehicle(rng, f"v{owner}", _MODELS, _us_plate(rng) if northern else _plate(rng))


def truck_of(seed: int, firm: int) -> Vehicle:
    """Return a firm's truck."""
    rng = chance(seed, "truck", firm)
    return _vehicle(rng, f"t{firm}", _TRUCKS, _truck_plate(rng))


def _vehicle(rng: Random, key: str, models: tuple[tuple[str, str], ...], plate: str) -> Vehicle:
    make, model = models[int(rng.random() * rng.random() * len(models))]
    year = 2025 - int(rng.random() * 20)
    return Vehicle(
        key=key, plate=plate, vin=identity.vin(rng, year), make=make, model=model, year=year,
        colour=rng.choice(COLOURS),
    )  # fmt: skip


def _letters(rng: Random, count: int) -> str:
    return "".join(rng.choice(_LETTERS) for _n in range(count))


def _plate(rng: Random) -> str:
    """Return a plate in the layout of Mexican private cars."""
    return f"{_letters(rng, 3)}-{rng.randrange(1000):03d}-{_letters(rng, 1)}"


def _truck_plate(rng: Random) -> str:
    """Return a plate in the layout of Mexican federal freight."""
    return f"{rng.randrange(100):02d}-{_letters(rng, 2)}-{rng.randrange(10)}{_letters(rng, 1)}"


def _us_plate(rng: Random) -> str:
    return f"{_letters(rng, 3)}{rng.randrange(10_000):04d}"
