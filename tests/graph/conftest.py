"""Small made-up records as a View would hand them over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pytest

from puente.model.entity import STATEMENT_FIELDS, Statement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class TablesView:
    """Answers `.sql` over tables held in memory, as `puente.guard.view.View` does over a build."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._db = duckdb.connect()
        for name, table in tables.items():
            self._db.register(name, table)

    def sql(self, query: str, params: object = None) -> pa.Table:
        return self._db.execute(query, params).to_arrow_table()


def claims(
    entity: str,
    schema: str,
    *,
    source: str = "register",
    grade: str = "B2",
    **props: str | list[str],
) -> list[Statement]:
    """Return one statement per value given."""
    return [
        Statement(
            entity_id=entity,
            schema=schema,
            prop=prop,
            value=value,
            original=value,
            source=source,
            row="made_up.csv:1",
            agency=source.upper(),
            date="",
            first_seen="2024-01-01",
            last_seen="2024-01-01",
            reliability=grade[0],
            credibility=grade[1],
            marking="TLP:CLEAR",
            record_class="fact",
        )
        for prop, values in props.items()
        for value in ([values] if isinstance(values, str) else values)
    ]


def records(
    statements: list[Statement],
    clusters: Mapping[str, str] | None = None,
    withdrawn: frozenset[str] = frozenset(),
) -> TablesView:
    """Return a view of statements; entities in no given cluster stand alone."""
    ids = sorted({s.entity_id for s in statements})
    joined = dict(clusters or {})
    table = {name: [getattr(s, name) for s in statements] for name in STATEMENT_FIELDS}
    schema = {s.entity_id: s.schema for s in statements}
    return TablesView(
        {
            "statements": pa.table(
                {
                    "id": [s.id for s in statements],
                    **table,
                    "load": ["x"] * len(statements),
                    "current": [s.entity_id not in withdrawn for s in statements],
                }
            ),
            "clusters": pa.table(
                {
                    "entity_id": ids,
                    "cluster_id": [joined.get(i, i) for i in ids],
                    "kind": [schema[i] for i in ids],
                }
            ),
        }
    )


@pytest.fixture
def claim() -> Callable[..., list[Statement]]:
    return claims


@pytest.fixture
def view_of() -> Callable[..., TablesView]:
    return records


@pytest.fixture
def view_of_tables() -> type[TablesView]:
    return TablesView
