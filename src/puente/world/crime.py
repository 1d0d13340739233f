"""What goes on in the places, and what of it is written down.

Each place has a hidden intensity of organised crime, a reporting culture, and, in a few, somebody
who keeps people from complaining. Records that hang on a complaint (extortion, assault) fall where
people do not complain; records that do not (deaths in the civil registry, insured cars, taps on
fuel pipes) do not fall. Which is which, and where somebody controls, stands only in the truth.

Source: the two channels follow Stoner, Economou and Drummond (2019) on under-reported counts; base
rates are of the order of what SESNSP and INEGI publish for Mexico, and are choices.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.world.chance import chance, uneven

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from puente.world.geography import Country

MONTHS = 36
FIRST_YEAR = 2023


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordType:
    """One kind of record that is counted by place and month.

    Attributes:
        name: as the files write it.
        publisher: sheet that carries the count.
        hard: True where it does not hang on a complaint to local police.
        law_enforcement: True where police or prosecutors make the record.
        rate: records a year per 100,000 inhabitants in an average place.
        intensity: how far the hidden intensity raises it, log scale.
        muted: how far control lowers it, log scale; 0 for hard records.
        culture: how far the reporting culture moves it, log scale.
        mobility: how far traffic and wealth move it, log scale: a field unrelated to crime.
    """

    name: str
    publisher: str
    hard: bool
    law_enforcement: bool
    rate: float
    intensity: float
    muted: float
    culture: float
    mobility: float


def _kind(
    name: str, publisher: str, rate: float, effects: tuple[float, float, float, float]
) -> RecordType:
    intensity, muted, culture, mobility = effects
    return RecordType(
        name=name, publisher=publisher, hard=publisher != "prosecutors",
        law_enforcement=publisher in {"prosecutors", "federal", "army"}, rate=rate,
        intensity=intensity, muted=muted, culture=culture, mobility=mobility,
    )  # fmt: skip


RECORD_TYPES: tuple[RecordType, ...] = (
    _kind("homicidio_doloso", "prosecutors", 22, (0.60, 0.35, 0.10, 0.0)),
    _kind("homicidio_culposo", "prosecutors", 12, (0.0, 0.0, 0.10, 0.35)),
    _kind("secuestro", "prosecutors", 3, (0.60, 1.2, 0.35, 0.0)),
    _kind("extorsion", "prosecutors", 18, (0.50, 1.4, 0.40, 0.0)),
    _kind("lesiones_dolosas", "prosecutors", 120, (0.30, 1.0, 0.35, 0.0)),
    _kind("robo_casa_habitacion", "prosecutors", 55, (0.25, 1.0, 0.35, 0.10)),
    _kind("robo_vehiculo", "prosecutors", 90, (0.20, 0.8, 0.20, 0.35)),
    _kind("fraude", "prosecutors", 60, (0.0, 0.0, 0.40, 0.25)),
    _kind("defunciones_por_homicidio", "registry", 25, (0.60, 0.0, 0.0, 0.0)),
    _kind("personas_desaparecidas", "search", 14, (0.60, 0.0, 0.0, 0.0)),
    _kind("robo_vehiculo_asegurado", "insurers", 40, (0.20, 0.0, 0.0, 0.35)),
    _kind("tomas_clandestinas", "pipelines", 12, (0.55, 0.0, 0.0, 0.0)),
    _kind("aseguramientos_federales", "federal", 22, (0.60, 0.0, 0.0, 0.0)),
    _kind("armas_recuperadas", "army", 14, (0.60, 0.0, 0.0, 0.0)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """What is true of a place and stands in no file.

    Attributes:
        intensity, culture, mobility: standard normal in the large; the first three fields that
            records load on.
        control_from: month number from which somebody keeps people from complaining; -1 never.
    """

    intensity: float
    culture: float
    mobility: float
    control_from: int

    def controlled_in(self, month: int) -> bool:
        """Return True if complaints are kept down in that month (0 to 35)."""
        return 0 <= self.control_from <= month


CONTROLLED = 0.08
"""Share of places under hidden control."""


def hide(seed: int, country: Country) -> tuple[Hidden, ...]:
    """Return what is true of each place, in the order of the places.

    Control is drawn among places whatever their recorded crime; it comes with a high intensity, so
    a controlled place is quiet on paper and not in truth. Innocent quiet places are made by the
    reporting culture and by low intensity, and are the more numerous.
    """
    fields = [_smooth(seed, name, country) for name in ("intensity", "culture", "mobility")]
    rng = chance(seed, "control")
    found = []
    for intensity, culture, mobility in zip(*fields, strict=True):
        controlled = rng.random() < CONTROLLED
        start = 0 if rng.random() < 0.7 else rng.randrange(6, 19)
        found.append(
            Hidden(
                intensity=max(intensity, 0.0) + 0.9 if controlled else intensity, culture=culture,
                mobility=mobility, control_from=start if controlled else -1,
            )
        )  # fmt: skip
    return tuple(found)


def _smooth(seed: int, name: str, country: Country) -> list[float]:
    """Return a field that neighbours share in part: bumps on the map plus noise of each place."""
    rng = chance(seed, f"field {name}")
    spots = [(p.longitude, p.latitude) for p in country.places]
    width = max(x for x, _y in spots) - min(x for x, _y in spots)
    bumps = [(*rng.choice(spots), rng.gauss(0, 1)) for _n in range(40)]
    reach = max(width, 1e-6) * 0.12
    values = [
        sum(w * math.exp(-((x - a) ** 2 + (y - b) ** 2) / (2 * reach**2)) for a, b, w in bumps)
        + rng.gauss(0, 0.6)
        for x, y in spots
    ]
    mean = sum(values) / len(values)
    deviation = math.sqrt(sum((v - mean) ** 2 for v in values) / len(values)) or 1.0
    return [(v - mean) / deviation for v in values]


def expected(kind: RecordType, place_population: int, hidden: Hidden, month: int) -> float:
    """Return the mean count of a record type in one place and month."""
    log = kind.intensity * hidden.intensity + kind.culture * hidden.culture
    log += kind.mobility * hidden.mobility + 0.08 * math.sin(2 * math.pi * month / 12)
    if hidden.controlled_in(month):
        log -= kind.muted
    return place_population * kind.rate / 1_200_000 * math.exp(log)


class Tallies:
    """The counts of one month after another, by record type and place."""

    def __init__(self, seed: int, country: Country, hidden: Sequence[Hidden]) -> None:
        self._seed = seed
        self._country = country
        self._hidden = hidden

    def month(self, month: int) -> dict[str, list[int]]:
        """Return, per record type, the count of each place in month 0 to 35."""
        rng = chance(self._seed, "tallies", month)
        growth = 1 + 0.012 * month / 12
        return {
            kind.name: [
                self._count(rng, kind, (place.population * growth, hidden), month)
                for place, hidden in zip(self._country.places, self._hidden, strict=True)
            ]
            for kind in RECORD_TYPES
        }

    @staticmethod
    def _count(rng: Random, kind: RecordType, where: tuple[float, Hidden], month: int) -> int:
        population, hidden = where
        return uneven(rng, expected(kind, round(population), hidden, month), 0.15)
