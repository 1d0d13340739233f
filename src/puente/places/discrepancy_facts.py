"""What is known of the method itself: how often its would-be flags were right on unseen worlds."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LEAST_PRECISION = 0.7
"""Share of flags right on unseen worlds below which no place is flagged."""

LEAST_MARGIN = 0.10
"""Area under the curve by which the ranks must beat the best single figure to be called better."""

FACT_FILE = "discrepancy_method.json"
_PARTS = ("_due", "_model", "_readings", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodFact:
    """A measurement of the method.

    Attributes:
        method: hash of the code that was measured, see `method_hash`.
        worlds: hash of the code that made the worlds.
        precision: share of would-be flags that were right, 0 to 1, over all worlds.
        flags: would-be flags that this share is of.
        auc: area under the curve of the ranks, mean over the worlds with something planted.
        population_auc: that of population.
        baseline_auc: that of the best of population, homicides and complaints in each world.

    Source: `bench/discrepancy.py`, which measures and stores it.
    """

    method: str
    worlds: str
    precision: float
    flags: int
    auc: float
    population_auc: float
    baseline_auc: float

    @property
    def beats_baselines(self) -> bool:
        """Measured on this very code, and by .10 better than the best single figure."""
        return self.method == method_hash() and self.auc >= self.baseline_auc + LEAST_MARGIN

    @property
    def allows_flags(self) -> bool:
        """Measured on this very code, and right often enough."""
        return self.method == method_hash() and self.precision >= LEAST_PRECISION


def method_hash() -> str:
    """Return the SHA-256 of the code that scores and ranks, in hex.

    Source: FIPS 180-4.
    """
    found = sha256()
    for part in _PARTS:
        found.update(files("puente.places").joinpath(f"discrepancy{part}.py").read_bytes())
    return found.hexdigest()


def method_fact() -> MethodFact | None:
    """Return the stored measurement; None where none is stored.

    Source: see `MethodFact`.
    """
    held = files("puente.places").joinpath(FACT_FILE)
    if not held.is_file():
        return None
    return MethodFact(**json.loads(held.read_text(encoding="utf-8")))


def store_fact(fact: MethodFact, folder: Path) -> None:
    """Write a measurement into the folder of the package.

    Source: see `MethodFact`.
    """
    text = json.dumps(asdict(fact), indent=2, sort_keys=True) + "\n"
    (folder / FACT_FILE).write_text(text, encoding="utf-8")
