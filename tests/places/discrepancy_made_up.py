"""Small made-up countries for the tests of discrepancy, written as the files of the command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from puente.places.discrepancy_read import DiscrepancyFiles

if TYPE_CHECKING:
    from pathlib import Path

HARD = (
    ("registered_deaths", "registry", False),
    ("firearm_deaths", "registry", False),
    ("insured_thefts", "insurers", False),
    ("federal_seizures", "federal", True),
    ("fuel_taps", "pipeline", False),
)
COMPLAINTS = ("extortion", "robbery", "assault", "burglary", "kidnapping")


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUp:
    """A made-up country: counts place x month x record, hard records first; who is planted."""

    places: tuple[str, ...]
    states: tuple[str, ...]
    people: np.ndarray
    counts: np.ndarray
    planted: np.ndarray
    side: int

    def write(self, folder: Path, **changed: object) -> DiscrepancyFiles:
        """Write the four files; `counts` and `records` may be changed."""
        folder.mkdir(parents=True, exist_ok=True)
        counts = changed.get("counts", self.counts)
        names = [name for name, _source, _police in HARD] + list(COMPLAINTS)
        lines = ["place,month,record,count"]
        for (place, month, record), count in np.ndenumerate(counts):
            if np.isfinite(count):
                when = f"{2020 + month // 12}-{month % 12 + 1:02d}"
                lines.append(f"{self.places[place]},{when},{names[record]},{int(count)}")
        (folder / "P.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (folder / "R.yaml").write_text(str(changed.get("records", records_text())), "utf-8")
        rows = zip(self.places, self.states, self.people, strict=True)
        text = "".join(f"{place},{state},{int(size)}\n" for place, state, size in rows)
        (folder / "N.csv").write_text("place,state,population\n" + text, encoding="utf-8")
        grid = np.array(self.places).reshape(self.side, self.side)
        pairs = [*zip(grid[:, :-1].ravel(), grid[:, 1:].ravel(), strict=True)]
        pairs += zip(grid[:-1].ravel(), grid[1:].ravel(), strict=True)
        text = "".join(f"{one},{other}\n" for one, other in pairs)
        (folder / "A.csv").write_text("place,neighbour\n" + text, encoding="utf-8")
        return DiscrepancyFiles(
            panel=folder / "P.csv",
            records=folder / "R.yaml",
            population=folder / "N.csv",
            adjacency=folder / "A.csv",
            out=folder / "O.csv",
        )


def records_text(hard: tuple[tuple[str, str, bool], ...] = HARD) -> str:
    lines = [
        f"{name}: {{channel: hard, source: {source}, law_enforcement: {str(police).lower()}}}"
        for name, source, police in hard
    ]
    lines += [
        f"{name}: {{channel: suppressible, source: prosecutor, law_enforcement: true}}"
        for name in COMPLAINTS
    ]
    return "\n".join(lines) + "\n"


def made_up(seed: int, *, planted: bool = True, side: int = 24, strength: float = 1.0) -> MadeUp:
    """Return a country in which crime and the habit of complaining vary from place to place.

    Planted places have more of every hard record, and some complaints fall away. Elsewhere one
    place in 16 has one odd register, and one in 16 complains less of everything.
    """
    rng = np.random.default_rng(seed)
    n, months = side * side, 12
    row, column = np.divmod(np.arange(n), side)
    states = (row // 6) * (side // 6) + column // 6
    people = np.exp(rng.normal(10.0, 1.2, n)).round() + 500
    crime = rng.normal(0, 0.5, n)
    culture = rng.normal(0, 0.35, n) + rng.normal(0, 0.25, states.max() + 1)[states]
    held = rng.random(n) < 0.08 if planted else np.zeros(n, bool)
    force = np.exp(rng.normal(0, 0.3, n)) * strength * held
    hard = np.log(1.2e-5) + rng.normal(0, 0.6, 5) + np.outer(crime, rng.uniform(0.4, 0.9, 5))
    hard += rng.normal(0, 0.3, (n, 5)) + np.outer(force, rng.uniform(0.5, 1, 5))
    told = np.log(5e-5) + rng.normal(0, 0.6, 5) + np.outer(crime, rng.uniform(0.4, 0.9, 5))
    told += rng.normal(0, 0.3, (n, 5)) + culture[:, None]
    told -= np.outer(force, rng.permutation([1.0, 1.0, 0.8, 0.0, 0.0]))
    hard[rng.random(n) < 1 / 16, 0] += 1.2
    told[rng.random(n) < 1 / 16] -= 0.9
    rate = np.exp(np.hstack([hard, told])) * people[:, None]
    counts = rng.poisson(np.repeat(rate[:, None, :], months, axis=1)).astype(np.float64)
    return MadeUp(
        places=tuple(f"{state + 1:02d}{at:03d}" for at, state in enumerate(states)),
        states=tuple(f"{state + 1:02d}" for state in states),
        people=people,
        counts=counts,
        planted=held,
        side=side,
    )


def auc(score: np.ndarray, truth: np.ndarray) -> float:
    from scipy.stats import rankdata

    ranks, hits = rankdata(score), int(truth.sum())
    return float((ranks[truth].sum() - hits * (hits + 1) / 2) / (hits * (~truth).sum()))
