"""Deliveries that are made up, and lakes to put them into."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from puente.model.entity import Statement
from puente.settings import Settings
from puente.store.lake import Lake, Origin, open_lake
from puente.store.ledger import version_folders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from sqlalchemy import Engine, MetaData

    from puente.store.lake import LoadInfo

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def origin(
    source: str = "list",
    published: str = "2026-01-01",
    *,
    content: str = "a",
    part: str = "",
    marking: str = "TLP:CLEAR",
    nth: int | None = None,
) -> Origin:
    """Return what a file is of; with `nth`, in the folder of the nth delivery of its day."""
    day = published if nth in {None, 1} else f"{published}_{nth}"
    return Origin(
        source=source,
        part=part,
        path=f"{source}.csv" if nth is None else f"files/{source}/{day}/{source}.csv",
        sha256=sha256(content.encode()).hexdigest(),
        published=published,
        agency="AGENCY",
        marking=marking,
        record_class="fact",
    )


def claim(
    entity: str,
    value: str,
    *,
    source: str = "list",
    published: str = "2026-01-01",
    marking: str = "TLP:CLEAR",
    row: int = 1,
) -> Statement:
    return Statement(
        entity_id=entity,
        schema="Person",
        prop="name",
        value=value,
        original=value.upper(),
        source=source,
        row=f"{source}.csv:{row}",
        agency="AGENCY",
        date="",
        first_seen=published,
        last_seen=published,
        reliability="A",
        credibility="2",
        marking=marking,
        record_class="fact",
    )


def deliver(
    lake: Lake,
    given: Origin,
    claims: Iterable[tuple[str, str]] = (),
    **tables: list[dict[str, object]],
) -> LoadInfo:
    """Load claims (entity, value) and table rows as one delivery."""
    held = list(claims)
    with lake.begin_load(given) as writer:
        for number, (entity, value) in enumerate(held, start=1):
            writer.statement(
                claim(
                    entity,
                    value,
                    source=given.source,
                    published=given.published,
                    marking=given.marking,
                    row=number,
                )
            )
        for table, rows in tables.items():
            writer.rows(table, rows)
        count = len(held) + sum(map(len, tables.values()))
        return writer.publish(rows=count, loaded=count, rejected=0)


@pytest.fixture
def objects_lake(tmp_path: Path, object_store: Any) -> Callable[..., Lake]:
    """Return lakes in an object store: of one bucket, each with copies of its own."""
    bucket = object_store.new_bucket()
    made: list[Lake] = []

    def make(*, endpoint: str = "", folder: str = "", **settings: Any) -> Lake:
        chosen = Settings(
            workspace=tmp_path / (folder or f"node-{len(made)}"),
            lake_url=f"s3://{bucket}/of/a/node",
            lake_endpoint=endpoint or object_store.endpoint,
            lake_region="us-east-1",
            **settings,
        )
        made.append(open_lake(chosen, no_ledger, clock=lambda: NOW))
        return made[-1]

    return make


def no_ledger() -> Engine:
    raise AssertionError("no ledger is needed here")


@pytest.fixture(params=["folder", "objects"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    """A lake in a folder, then one in an object store."""
    if request.param == "folder":
        return Lake(tmp_path / "lake", clock=lambda: NOW)
    made: Lake = request.getfixturevalue("objects_lake")()
    return made


@pytest.fixture
def new_lake(tmp_path: Path) -> Callable[[], Lake]:
    """Return lakes of their own, one after the other."""
    made: list[Lake] = []

    def make() -> Lake:
        made.append(Lake(tmp_path / f"lake-{len(made)}", clock=lambda: NOW))
        return made[-1]

    return make


@pytest.fixture
def make_origin() -> Callable[..., Origin]:
    return origin


@pytest.fixture
def make_claim() -> Callable[..., Statement]:
    return claim


@pytest.fixture
def give() -> Callable[..., LoadInfo]:
    return deliver


@pytest.fixture
def room_tables() -> list[MetaData]:
    """The tables that the code of every room with migrations says it has."""
    found: list[MetaData] = []
    for folder in version_folders():
        room = folder.parents[1]
        for path in sorted(room.glob("*tables.py")):
            module = importlib.import_module(f"puente.{room.name}.{path.stem}")
            if hasattr(module, "METADATA"):
                found.append(module.METADATA)
    return found
