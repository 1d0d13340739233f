"""Files written as publishers write and break them, and a lake to load them into."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from puente.ingest.load import Loading
from puente.ingest.source import LoadContext, Reject, SourceFile, SourceInfo
from puente.model.places import Gazetteer
from puente.store.lake import Lake

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from puente.ingest.source import Claim, Source

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
INFO = SourceInfo(
    name="made_up", title="Made up", agency="NOBODY", country="mx", record_class="fact"
)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake", clock=lambda: NOW)


@pytest.fixture
def loading(lake: Lake) -> Loading:
    return Loading(lake=lake, now=NOW)


@pytest.fixture
def context_of() -> Callable[..., LoadContext]:
    """Make the context in which a file is read, with small limits."""

    def make(path: Path, info: SourceInfo = INFO, **more: object) -> LoadContext:
        file = SourceFile(path=path, source=info.name, published="2026-01-01")
        return LoadContext(info=info, file=file, today=date(2026, 3, 1), **more)  # type: ignore[arg-type]

    return make


class Read:
    """What a source said of one file."""

    def __init__(
        self, source: Source, file: SourceFile, gazetteer: Gazetteer | None = None
    ) -> None:
        self.context = LoadContext(
            info=source.info, file=file, today=date(2026, 3, 1), gazetteer=gazetteer or Gazetteer()
        )
        self.claims: list[Claim] = []
        self.rejects: list[Reject] = []
        self.tables: dict[str, list[dict[str, object]]] = {}
        for item in source.read(file, self.context):
            if isinstance(item, list):
                self.claims += item
            elif isinstance(item, Reject):
                self.rejects.append(item)
            else:
                rows = item.rows if isinstance(item.rows, list) else item.rows.to_pylist()  # type: ignore[union-attr]
                self.tables.setdefault(item.table, []).extend(rows)  # type: ignore[union-attr]
        self.facts = self.context.facts
        self.rows = self.context.rows

    def of(self, entity: str) -> dict[str, list[str]]:
        """Return the values that are claimed of an entity, by property."""
        found: dict[str, list[str]] = {}
        for entity_id, _schema, prop, value, *_rest in self.claims:
            if entity_id == entity:
                found.setdefault(prop, []).append(value)
        return found

    def schema(self, entity: str) -> set[str]:
        return {claim[1] for claim in self.claims if claim[0] == entity}


@pytest.fixture
def read() -> type[Read]:
    return Read
