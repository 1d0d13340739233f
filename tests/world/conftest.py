"""One small made-up world, written once, read once through the shipped mappings."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from puente.ingest.load import LoadReport, load_folder
from puente.store.lake import Lake
from puente.world.make import Extras, WorldSummary, make_world

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PEOPLE, SEED = 6_000, 11
"""The smallest world whose network has its full size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeWorld:
    """A world on disk."""

    folder: Path
    summary: WorldSummary

    def truth(self, name: str) -> list[dict[str, str]]:
        """Return the rows of a table of the truth."""
        with (self.folder / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
            return list(csv.DictReader(handle))


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedWorld:
    """A world as the loader read it."""

    reports: list[LoadReport]
    table: Callable[[str], list[dict[str, object]]]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> MadeWorld:
    folder = tmp_path_factory.mktemp("made") / "world"
    made = make_world(folder, people=PEOPLE, seed=SEED, extras=Extras(closed=True))
    return MadeWorld(folder=folder, summary=made)


@pytest.fixture(scope="session")
def loaded(world: MadeWorld, tmp_path_factory: pytest.TempPathFactory) -> LoadedWorld:
    lake = Lake(tmp_path_factory.mktemp("lake"))
    reports, _unknown = load_folder(world.folder, lake, now=datetime(2026, 1, 1, tzinfo=UTC))
    held: dict[str, list[dict[str, object]]] = {}

    def table(name: str) -> list[dict[str, object]]:
        if name not in held:
            paths = sorted(load.folder / f"{name}.parquet" for load in lake.loads())
            held[name] = pa.concat_tables(
                [pq.read_table(path) for path in paths if path.is_file()]
            ).to_pylist()
        return held[name]

    return LoadedWorld(reports=reports, table=table)
