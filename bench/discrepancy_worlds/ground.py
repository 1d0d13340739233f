"""What happens in each place and how much of it anyone writes down, before any control.

Two quantities are kept apart throughout. `crime` is what happens; `recorded` is the share of it
that the record in question receives. For complaints that share is small (victim surveys put it
below one in ten) and depends on habit, distance and trust; for the hard records it is near one.
A mechanism may touch either, and the data shows only counts drawn from their product.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from bench.discrepancy_worlds.geography import Flags, Floats, Ints, Land, smooth, stream

EVERYONE = 1e5


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One type of record: who keeps it, and what makes it rise."""

    name: str
    source: str
    law_enforcement: bool
    hard: bool
    yearly: float  # events per 100,000 residents a year in a middling place, written down or not
    share: float  # of them that are written down in a middling place
    violence: float = 0.0  # how the log rate answers to violence,
    disorder: float = 0.0  # to ordinary crime,
    urban: float = 0.0  # to a big town,
    route: float = 0.0  # and to lying on a trunk road
    scatter: float = 0.3  # variance of the monthly shock to the rate


def hard(
    name: str, source: str, yearly: float, *, federal: bool = False, **answers: float
) -> Record:
    """A record that nobody in the municipality can keep from being made."""
    return Record(
        name=name,
        source=source,
        law_enforcement=federal,
        hard=True,
        yearly=yearly,
        share=0.95,
        **answers,
    )


def told(name: str, source: str, yearly: float, share: float, **answers: float) -> Record:
    """A record that exists only when a person goes and tells, and an official writes it down."""
    police = source != "health_ministry"
    return Record(
        name=name,
        source=source,
        law_enforcement=police,
        hard=False,
        yearly=yearly,
        share=share,
        **answers,
    )


RECORDS = {
    record.name: record
    for record in (
        hard(
            "deaths_homicide", "civil_registry", 22, violence=1.0, urban=0.1, route=0.1, scatter=0.4
        ),
        hard(
            "deaths_accident",
            "civil_registry",
            34,
            disorder=0.1,
            urban=-0.2,
            route=0.25,
            scatter=0.1,
        ),
        hard(
            "federal_seizures",
            "federal_forces",
            9,
            federal=True,
            violence=0.4,
            route=0.8,
            scatter=1.0,
        ),
        hard(
            "traced_firearms",
            "federal_tracing",
            12,
            federal=True,
            violence=0.7,
            route=0.4,
            scatter=0.9,
        ),
        hard(
            "insured_vehicle_thefts",
            "insurers",
            40,
            disorder=0.6,
            urban=0.7,
            route=0.4,
            scatter=0.4,
        ),
        hard("missing_persons", "search_commission", 11, violence=0.7, urban=0.1, scatter=0.5),
        hard("graves_found", "search_commission", 1.3, violence=0.9, scatter=2.5),
        hard("listed_addresses", "tax_authority", 4, violence=0.1, urban=0.6, scatter=1.0),
        told("extortion", "state_prosecutor", 260, 0.03, violence=0.35, disorder=0.3, urban=0.3),
        told("robbery", "state_prosecutor", 1500, 0.09, violence=0.1, disorder=0.8, urban=0.9),
        told("kidnapping", "state_prosecutor", 5, 0.25, violence=0.8, route=0.2, scatter=0.8),
        told("assault", "state_prosecutor", 800, 0.15, violence=0.3, disorder=0.5, scatter=0.2),
        told("burglary", "state_prosecutor", 420, 0.11, disorder=0.8, urban=0.4, scatter=0.2),
        told(
            "other_complaints",
            "state_prosecutor",
            1300,
            0.10,
            violence=0.2,
            disorder=0.4,
            scatter=0.2,
        ),
        told(
            "emergency_calls", "emergency_line", 1600, 0.28, violence=0.3, disorder=0.6, scatter=0.3
        ),
        told(
            "clinic_injuries", "health_ministry", 180, 0.5, violence=0.4, disorder=0.4, scatter=0.3
        ),
    )
}

COMPLAINTS = ("extortion", "robbery", "kidnapping", "assault", "burglary", "other_complaints")


@dataclass(slots=True, kw_only=True)
class Scene:
    """A world in the making. Cubes are (records, places, months)."""

    land: Land
    seed: int
    label: str
    records: tuple[Record, ...]
    months: tuple[str, ...]
    crime: Floats
    recorded: Floats
    sent: Flags  # whether the source reported that place and month at all
    control: Floats  # (places, months): depth of control, 0..1
    violence: Floats  # (places,): standing violence, in spreads from the middle

    def rng(self, step: str) -> np.random.Generator:
        """The random stream of one step of this world."""
        return stream(self.seed, f"{self.label} {step}")

    def rows(self, *names: str) -> Ints:
        """Positions of those of the named records that this world has."""
        return np.array(
            [n for n, record in enumerate(self.records) if record.name in names], np.int64
        )

    def of_source(self, source: str) -> Ints:
        """Positions of the records that a source keeps."""
        return np.array(
            [n for n, record in enumerate(self.records) if record.source == source], np.int64
        )

    def side(self, *, hard: bool) -> Ints:
        """Positions of the hard records, or of the suppressible ones."""
        return np.array(
            [n for n, record in enumerate(self.records) if record.hard is hard], np.int64
        )

    def raise_crime(self, name: str, factor: Floats | float) -> None:
        """More (or less) of one thing happens."""
        for row in self.rows(name):
            self.crime[row] *= factor

    def raise_record(self, name: str, factor: Floats | float) -> None:
        """More (or less) of one thing is written down."""
        for row in self.rows(name):
            self.recorded[row] *= factor


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A finished world: what the sources sent, and the truth about it."""

    land: Land
    records: tuple[Record, ...]
    months: tuple[str, ...]
    counts: Ints
    sent: Flags
    control: Floats  # (places,): share of months times depth
    holes: tuple[tuple[str, str, str, str], ...] = ()  # place, source, first and last month lost


def month_names(first_year: int, months: int) -> tuple[str, ...]:
    """`YYYY-MM` from January of a year."""
    return tuple(f"{first_year + n // 12}-{n % 12 + 1:02d}" for n in range(months))


def open_scene(
    land: Land, seed: int, label: str, names: tuple[str, ...], months: tuple[str, ...]
) -> Scene:
    """The country with its ordinary crime and ordinary habits of reporting."""
    records = tuple(RECORDS[name] for name in names)
    shape = (len(records), land.size, len(months))
    scene = Scene(
        land=land,
        seed=seed,
        label=label,
        records=records,
        months=months,
        crime=np.ones(shape),
        recorded=np.ones(shape),
        sent=np.ones(shape, bool),
        control=np.zeros(shape[1:]),
        violence=np.zeros(land.size),
    )
    set_crime(scene)
    set_recorded(scene)
    return scene


def set_crime(scene: Scene) -> None:
    """Rates from residents, violence, disorder, town size, roads, season and time."""
    land, months = scene.land, len(scene.months)
    rng = scene.rng("crime")
    residents = land.census * np.exp(rng.normal(0, 0.06, land.size))
    growth = rng.normal(0.0008, 0.001, land.size)[:, None] * np.arange(months)
    violence = 0.5 * smooth(land.spot, 0.07, rng) + rng.normal(0, 0.6, land.size)
    disorder = 0.25 * smooth(land.spot, 0.12, rng) + rng.normal(0, 0.4, land.size)
    scene.violence = violence / violence.std()
    waves = violence[:, None] + drift(land.size, months, 0.4, rng)
    ordinary = disorder[:, None] + drift(land.size, months, 0.2, rng)
    town = (land.urban - 0.25)[:, None]
    for row, record in enumerate(scene.records):
        own = rng.normal(0, 0.3, land.size)[:, None] + rng.normal(0, 0.1, 32)[land.states][:, None]
        season = rng.uniform(0, 0.1) * np.sin(2 * np.pi * (np.arange(months) / 12 + rng.random()))
        answer = (
            record.violence * waves
            + record.disorder * ordinary
            + record.urban * 1.6 * town
            + record.route * (land.corridor | land.border)[:, None]
        )
        base = residents[:, None] * record.yearly / 12 / EVERYONE
        scene.crime[row] = base * np.exp(answer + own + season + growth)


def drift(places: int, months: int, spread: float, rng: np.random.Generator) -> Floats:
    """Slow waves over the years, of their own in each place: knots a year apart, joined."""
    knots = rng.normal(0, spread, (places, months // 12 + 2))
    at = np.arange(months) / 12
    left = at.astype(np.int64)
    return knots[:, left] * (1 - at + left) + knots[:, left + 1] * (at - left)


def set_recorded(scene: Scene) -> None:
    """Habits of reporting: of the region, the state, the town, the distance to the office.

    Three patches of the map settle their affairs before their own assemblies and hardly ever
    complain. That is neither fear nor control, and it does not change with time.
    """
    land = scene.land
    rng = scene.rng("reporting")
    habit = (
        0.40 * smooth(land.spot, 0.10, rng)
        + rng.normal(0, 0.22, 32)[land.states]
        + 0.6 * (land.urban - 0.25)
        - 0.2 * (land.office != np.arange(land.size))
        + rng.normal(0, 0.36, land.size)
    )
    for centre in rng.choice(land.size, 3, replace=False):
        gap = ((land.spot - land.spot[centre]) ** 2).sum(axis=1)
        patch = np.argsort(gap)[: land.size // 45]
        habit[patch[land.urban[patch] < 0.5]] -= 1.1
    for row, record in enumerate(scene.records):
        if record.hard:
            local = rng.normal(0, 0.1, land.size)
            scene.recorded[row] = np.minimum(record.share * np.exp(local), 1)[:, None]
            continue
        own = habit + rng.normal(0, 0.15, land.size) + rng.normal(0, 0.1, 32)[land.states]
        odds = record.share / (1 - record.share) * np.exp(own)
        scene.recorded[row] = (odds / (1 + odds))[:, None]


def draw(scene: Scene) -> Ints:
    """Counts: Poisson around a rate that is itself shaken from month to month."""
    rng = scene.rng("draw")
    counts = np.zeros(scene.crime.shape, np.int64)
    for row, record in enumerate(scene.records):
        rate = scene.crime[row] * np.minimum(scene.recorded[row], 1)
        shock = rng.gamma(1 / record.scatter, record.scatter, rate.shape)
        counts[row] = rng.poisson(rate * shock)
    return counts


def close_scene(scene: Scene, counts: Ints) -> World:
    """The finished world with its truth."""
    return World(
        land=scene.land,
        records=scene.records,
        months=scene.months,
        counts=counts,
        sent=scene.sent,
        control=scene.control.mean(axis=1),
    )
