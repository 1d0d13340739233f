"""Bulk records are merged load by load, and a table in parts is the table: no memory holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from puente.store import merge_events as merge_module
from puente.store.builds import read_origin
from puente.store.sorted_parts import merged
from puente.store.tables import BUILD_TABLES

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from puente.store.lake import Lake, LoadInfo, Origin

BLANK = {
    "place": "", "from_id": "", "to_id": "", "category": "", "amount": None, "unit": "",
    "latitude": None, "longitude": None, "authority": "",
}  # fmt: skip


def event(name: str, at: str = "2025-03-01") -> dict[str, object]:
    return {"event_id": name, "kind": "plate_read", "at": at, **BLANK}


deliveries = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]),
        st.sampled_from(["2024", "2025-03", "2026-01-01"]),
        st.sampled_from([None, 1, 2]),
        st.lists(st.sampled_from(["e1", "e2", "e3", "e4"]), min_size=1, max_size=5),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(deliveries, st.randoms(use_true_random=False))
def test_an_event_stands_as_its_latest_delivery_has_it_whatever_the_order_of_loading(
    new_lake: Callable[[], Lake],
    make_origin: Callable[..., Origin],
    give: Callable[..., LoadInfo],
    monkeypatch: pytest.MonkeyPatch,
    given_deliveries: Any,
    order: random.Random,
) -> None:
    """Recomputed from the definition in plain Python, with the events asked for in parts."""
    monkeypatch.setattr(merge_module, "PART_ROWS", 2)
    given_origins = [
        (make_origin(source, published, content=str(number), nth=nth), names)
        for number, (source, published, nth, names) in enumerate(given_deliveries)
    ]
    last: dict[tuple[str, str], int] = {}
    for origin, (source, published, nth, _names) in zip(
        [origin for origin, _names in given_origins], given_deliveries, strict=True
    ):
        assert origin.published == published
        last[source, published] = max(last.get((source, published), 1), nth or 1)
    newest: dict[tuple[str, str], tuple[str, int]] = {}
    for source, published, nth, names in given_deliveries:
        when = (published, nth or last[source, published])
        for name in names:
            newest[source, name] = max(newest.get((source, name), ("", 0)), when)
    expected = sorted(
        (source, name, (published, nth or last[source, published]) == newest[source, name])
        for source, published, nth, names in given_deliveries
        for name in names
    )
    contents = []
    for _ in range(2):
        order.shuffle(given_origins)
        lake = new_lake()
        for origin, names in given_origins:
            give(lake, origin, [], events=[event(name) for name in names])
        with lake.begin_build() as build:
            contents.append((build.path / "events.parquet").read_bytes())
            rows = pq.read_table(build.path / "events.parquet").to_pylist()
        found = sorted((r["source"], r["event_id"], r["current"]) for r in rows)
        assert found == expected
    assert contents[0] == contents[1]


def test_the_rows_of_a_load_stay_in_the_order_of_its_file_and_of_the_tables_own_types(
    lake: Lake, make_origin: Callable[..., Origin], give: Callable[..., LoadInfo]
) -> None:
    names = [f"e{number % 7}-{number}" for number in range(500)]
    give(lake, make_origin(), [], events=[event(name) for name in names])
    with lake.begin_build() as build:
        table = pq.read_table(build.path / "events.parquet")
    assert table["event_id"].to_pylist() == names
    assert table.schema.equals(BUILD_TABLES["events"])


rows = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 9)), unique=True, max_size=40)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(rows, min_size=1, max_size=4), st.integers(1, 9))
def test_sorted_parts_make_one_sorted_table(
    tmp_path: Path, parts: list[list[tuple[str, int]]], size: int
) -> None:
    schema = pa.schema([("place", pa.string()), ("part", pa.int64()), ("n", pa.int64())])
    expected, paths = [], []
    for number, part in enumerate(parts):
        held = [{"place": p, "part": number, "n": n} for p, n in sorted(part)]
        expected += held
        paths.append(tmp_path / f"{number}.parquet")
        table = pa.Table.from_pylist(held, schema=schema)
        pq.write_table(table, paths[-1], row_group_size=3)
    order = ("place", "n", "part")
    tables = list(merged(paths, order, size))
    assert all(len(table) == size for table in tables[:-1])
    found = [row for table in tables for row in table.to_pylist()]
    assert found == sorted(expected, key=lambda row: tuple(row[name] for name in order))


def test_an_artefact_written_in_parts_is_what_it_is_written_whole(
    lake: Lake, make_origin: Callable[..., Origin], give: Callable[..., LoadInfo]
) -> None:
    give(lake, make_origin("a", marking="TLP:AMBER"), [("a-1", "ANA")])
    whole = pa.table({"place": ["01", "01", "02"], "n": [1, 2, 1], "who": [["x"], [], None]})
    with lake.begin_build() as build:
        parts = (whole.slice(start, 1) for start in (2, 0, 1))
        build.write_parts("parted", parts, ("place", "n"), lambda: build.cells)
        build.write("whole", whole, cells=build.cells)
        snapshot = build.publish()
    parted = pq.read_table(snapshot.file("parted"))
    assert parted.equals(pq.read_table(snapshot.file("whole")), check_metadata=True)
    assert read_origin(snapshot.file("parted")) == read_origin(snapshot.file("whole"))
    assert not list(snapshot.path.glob(".*"))
