"""The second set by name, seed and variant, and the hash of everything that makes it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from bench.discrepancy_worlds.geography import PLACES, Land, make_land
from bench.discrepancy_worlds.write import VARIANTS
from bench.discrepancy_worlds_2.division_d import make_division
from bench.discrepancy_worlds_2.nulls import (
    make_null_drive,
    make_null_frontier,
    make_null_reform,
)
from bench.discrepancy_worlds_2.rent_f import make_rent
from bench.discrepancy_worlds_2.sanctuary_e import make_sanctuary

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.discrepancy_worlds.ground import World

HERE = Path(__file__).parent
EARLIER = HERE.parent / "discrepancy_worlds"
TAKEN_OVER = ("geography.py", "ground.py", "holes.py", "lookalikes.py", "write.py")
WORLDS: dict[str, Callable[[Land, int], World]] = {
    "D": make_division,
    "E": make_sanctuary,
    "F": make_rent,
    "null-reform": make_null_reform,
    "null-frontier": make_null_frontier,
    "null-drive": make_null_drive,
}
OFFSET = 1_000_000  # so that seed 1 is not the earlier set's seed 1, whose maps are known


def make(world: str, seed: int, variant: str = "plain", places: int = PLACES) -> World:
    """A world by name, seed and variant.

    Args:
        world: a key of `WORLDS`.
        seed: any whole number from 0; the same seed gives the same map in every world.
        variant: `plain`, `hole` or `placebo`, as in the earlier set.
        places: how many municipalities; at least 64.
    """
    own = OFFSET + seed
    return VARIANTS[variant](WORLDS[world](make_land(own, places), own), own)


def source_hash() -> str:
    """The sha256 of the generator: its source files and those it takes over from the earlier set.

    Names and contents, sorted by name; `oracle.py` is left out, for it makes no world.
    """
    own = [path for path in HERE.glob("*.py") if path.name != "oracle.py"]
    taken = [EARLIER / name for name in TAKEN_OVER]
    digest = hashlib.sha256()
    for path in sorted([*own, *taken]):
        name = f"{path.parent.name}/{path.name}"
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
