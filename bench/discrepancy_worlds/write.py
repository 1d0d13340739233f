"""A world as the files that `puente places discrepancy` reads, with its truth beside them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from bench.discrepancy_worlds.geography import PLACES, Land, make_land
from bench.discrepancy_worlds.holes import with_holes, with_placebo
from bench.discrepancy_worlds.nulls import make_null_culture, make_null_freight
from bench.discrepancy_worlds.suppression_a import make_fear
from bench.discrepancy_worlds.suppression_b import make_capture
from bench.discrepancy_worlds.suppression_c import make_order

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.discrepancy_worlds.ground import World

HERE = Path(__file__).parent
WORLDS: dict[str, Callable[[Land, int], World]] = {
    "A": make_fear,
    "B": make_capture,
    "C": make_order,
    "null-culture": make_null_culture,
    "null-freight": make_null_freight,
}
VARIANTS: dict[str, Callable[[World, int], World]] = {
    "plain": lambda world, _seed: world,
    "hole": with_holes,
    "placebo": with_placebo,
}


def make(world: str, seed: int, variant: str = "plain", places: int = PLACES) -> World:
    """A world by name, seed and variant.

    Args:
        world: a key of `WORLDS`.
        seed: any whole number from 0; the same seed gives the same map in every world.
        variant: a key of `VARIANTS`.
        places: how many municipalities.
    """
    return VARIANTS[variant](WORLDS[world](make_land(seed, places), seed), seed)


def write(world: World, folder: Path) -> None:
    """Writes `panel.csv`, `records.yaml`, `population.csv`, `adjacency.csv` and `planted.csv`.

    A world with holes also has `holes.csv` (`place,source,from,to`), which is truth like
    `planted.csv`. Adjacency has each pair in both directions.
    """
    folder.mkdir(parents=True, exist_ok=True)
    codes = world.land.codes
    write_panel(world, folder / "panel.csv")
    save(
        folder / "records.yaml", "", [record_line(world, row) for row in range(len(world.records))]
    )
    save(
        folder / "population.csv",
        "place,state,population",
        [
            f"{code},{code[:2]},{people}"
            for code, people in zip(codes, world.land.census.tolist(), strict=True)
        ],
    )
    pairs = world.land.pairs.tolist()
    both = sorted([(one, two) for one, two in pairs] + [(two, one) for one, two in pairs])
    save(
        folder / "adjacency.csv",
        "place,neighbour",
        [f"{codes[one]},{codes[two]}" for one, two in both],
    )
    held = [
        (code, share) for code, share in zip(codes, world.control.tolist(), strict=True) if share
    ]
    save(folder / "planted.csv", "place,control", [f"{code},{share:.4f}" for code, share in held])
    if world.holes:
        save(folder / "holes.csv", "place,source,from,to", [",".join(hole) for hole in world.holes])


def write_panel(world: World, path: Path) -> None:
    """One row for each place, month and record that was sent; a zero is a row."""
    tails = [f",{month},{record.name}," for month in world.months for record in world.records]
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write("place,month,record,count\n")
        for place, code in enumerate(world.land.codes):
            counts = world.counts[:, place].T.ravel().tolist()
            sent = world.sent[:, place].T.ravel().tolist()
            out.write(
                "".join(
                    f"{code}{tail}{count}\n"
                    for tail, count, row in zip(tails, counts, sent, strict=True)
                    if row
                )
            )


def record_line(world: World, row: int) -> str:
    """One record type as a line of YAML."""
    record = world.records[row]
    channel = "hard" if record.hard else "suppressible"
    police = "true" if record.law_enforcement else "false"
    return (
        f"{record.name}: {{channel: {channel}, source: {record.source}, law_enforcement: {police}}}"
    )


def save(path: Path, head: str, lines: list[str]) -> None:
    """A text file of lines, with a head line unless it is empty."""
    every = [head, *lines] if head else lines
    path.write_text("\n".join(every) + "\n", encoding="utf-8", newline="\n")


def source_hash() -> str:
    """The sha256 of the generator: names and contents of its source files, sorted by name."""
    digest = hashlib.sha256()
    for path in sorted(HERE.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
