"""A build holds every load, merged the same way whatever their order; readers never see half."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from puente.errors import Conflict, InvalidData, NotFound
from puente.model.entity import Statement
from puente.store.builds import read_cells, read_origin
from puente.store.cells import Cell
from puente.store.lake import Lake
from puente.store.tables import BUILD_TABLES

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from datetime import datetime

    from puente.store.lake import LoadInfo, Origin


def built(lake: Lake) -> dict[str, list[dict[str, object]]]:
    """Build; return all rows of all tables."""
    with lake.begin_build() as build:
        snapshot = build.publish()
    return {name: pq.read_table(snapshot.file(name)).to_pylist() for name in snapshot.names()}


def test_a_claim_stands_once_with_when_it_was_first_and_last_published(
    lake: Lake, make_origin: Callable[..., Origin], give: Callable[..., LoadInfo]
) -> None:
    give(lake, make_origin(published="2025-01-01", content="1"), [("p1", "ANA"), ("p1", "ANITA")])
    give(lake, make_origin(published="2026-01-01", content="2"), [("p1", "ANA"), ("p2", "LUIS")])
    rows = {row["value"]: row for row in built(lake)["statements"]}
    assert len(rows) == 3
    seen = {v: (r["first_seen"], r["last_seen"], r["current"]) for v, r in rows.items()}
    assert seen == {
        "ANA": ("2025-01-01", "2026-01-01", True),
        "ANITA": ("2025-01-01", "2025-01-01", False),  # withdrawn by the later delivery
        "LUIS": ("2026-01-01", "2026-01-01", True),
    }


def test_a_delivery_replaces_only_earlier_ones_of_its_own_part(
    lake: Lake, make_origin: Callable[..., Origin], give: Callable[..., LoadInfo]
) -> None:
    give(lake, make_origin(published="2024-05-03", content="1", part="sdn"), [("p1", "ANA")])
    give(lake, make_origin(published="2025-12", content="2", part="alt"), [("p1", "ANITA")])
    assert all(row["current"] for row in built(lake)["statements"])


def test_a_name_that_is_delisted_on_the_day_it_was_listed_does_not_stand(
    new_lake: Callable[[], Lake], make_origin: Callable[..., Origin], give: Callable[..., LoadInfo]
) -> None:
    """The list, corrected within the day, and corrected back: the last delivery alone stands."""
    listed, delisted = [("p1", "ANA"), ("p2", "EVA")], [("p2", "EVA")]
    deliveries = [
        (make_origin(content="a", nth=1), listed),
        (make_origin(content="b", nth=2), delisted),
        (make_origin(content="a", nth=3), listed),
    ]

    def standing(chosen: list[Any]) -> list[str]:
        lake = new_lake()
        for origin, claims in chosen:
            month = {"place": "01001", "month": "2026-01", "record": "r", "count": len(claims)}
            give(lake, origin, claims, counts=[month])
        tables = built(lake)
        (count,) = [row["count"] for row in tables["counts"] if row["current"]]
        names = sorted(row["value"] for row in tables["statements"] if row["current"])
        assert count == len(names)
        return names

    for some in (deliveries[:2], deliveries[1::-1]):
        assert standing(some) == ["EVA"]
    for all_of_them in itertools.permutations(deliveries):
        assert standing(list(all_of_them)) == ["ANA", "EVA"]


def test_a_revised_figure_replaces_the_old_one_and_leaves_the_others_standing(
    lake: Lake, make_origin: Callable[..., Origin], give: Callable[..., LoadInfo]
) -> None:
    def count(month: str, number: int) -> dict[str, object]:
        return {"place": "01001", "month": month, "record": "homicidio_doloso", "count": number}

    give(
        lake,
        make_origin(published="2025-01", content="1"),
        counts=[count("2024-11", 5), count("2024-12", 2)],
    )
    give(
        lake,
        make_origin(published="2025-02", content="2"),
        counts=[count("2024-12", 4), count("2025-01", 1)],
    )
    rows = [(r["month"], r["count"], r["current"]) for r in built(lake)["counts"]]
    assert sorted(rows) == [
        ("2024-11", 5, True),
        ("2024-12", 2, False),
        ("2024-12", 4, True),
        ("2025-01", 1, True),
    ]


def test_of_two_copies_of_a_claim_in_one_delivery_the_stricter_marking_stays(
    new_lake: Callable[[], Lake],
    make_origin: Callable[..., Origin],
    make_claim: Callable[..., Statement],
) -> None:
    markings = ["TLP:GREEN", "TLP:AMBER//REL MX US", "TLP:AMBER//REL MX", "TLP:AMBER"]
    for order in itertools.permutations(markings):
        lake = new_lake()
        with lake.begin_load(make_origin()) as writer:
            for number, marking in enumerate(order):
                writer.statement(make_claim("p1", "ANA", marking=marking, row=number))
            writer.publish(rows=4, loaded=4, rejected=0)
        (row,) = built(lake)["statements"]
        assert row["marking"] == "TLP:AMBER//REL MX"


def test_every_build_has_every_table_even_where_nothing_was_loaded(lake: Lake) -> None:
    tables = built(lake)
    assert set(tables) == {*BUILD_TABLES, "cells"}
    assert all(rows == [] for rows in tables.values())
    snapshot = lake.current()
    for name, schema in BUILD_TABLES.items():
        assert pq.read_schema(snapshot.file(name)).names == schema.names


def test_the_cells_list_what_each_table_holds(
    lake: Lake, make_origin: Callable[..., Origin], give: Callable[..., LoadInfo]
) -> None:
    give(lake, make_origin("a"), [("a-1", "ANA")])
    give(lake, make_origin("b", marking="TLP:RED"), [("b-1", "LUIS"), ("b-2", "EVA")])
    with lake.begin_build() as build:
        snapshot = build.publish()
    cell_a = Cell(source="a", record_class="fact", marking="TLP:CLEAR", agency="AGENCY")
    cell_b = Cell(source="b", record_class="fact", marking="TLP:RED", agency="AGENCY")
    cells = read_cells(snapshot.file("cells"))
    assert cells == {"statements": (cell_a, cell_b), "loads": (cell_a, cell_b)}


deliveries = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]),
        st.sampled_from(["", "x"]),
        st.sampled_from(["2024", "2025-03", "2025-03-01", "2026-01-01"]),
        st.sampled_from([None, 1, 2, 10]),
        st.lists(
            st.tuples(st.sampled_from(["p1", "p2"]), st.sampled_from(["ANA", "LUIS", "EVA"])),
            max_size=4,
        ),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(deliveries, st.randoms(use_true_random=False))
def test_merging_is_free_of_the_order_of_loading(
    new_lake: Callable[[], Lake],
    make_origin: Callable[..., Origin],
    give: Callable[..., LoadInfo],
    given_deliveries: Any,
    order: random.Random,
) -> None:
    given_origins = [
        (make_origin(source, published, content=str(number), part=part, nth=nth), claims)
        for number, (source, part, published, nth, claims) in enumerate(given_deliveries)
    ]
    tables = []
    for _ in range(2):
        order.shuffle(given_origins)
        lake = new_lake()
        for origin, claims in given_origins:
            give(
                lake,
                origin,
                claims,
                counts=[
                    {"place": entity, "month": "2026-01", "record": value, "count": 1}
                    for entity, value in claims
                ],
            )
        tables.append(built(lake))
    assert tables[0] == tables[1]


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(deliveries)
def test_merging_says_what_the_definition_says(
    new_lake: Callable[[], Lake],
    make_origin: Callable[..., Origin],
    give: Callable[..., LoadInfo],
    deliveries: Any,
) -> None:
    """Recomputed from the definition, in plain Python."""
    lake = new_lake()
    held: dict[str, list[tuple[str, str, str, int | None]]] = {}
    newest: dict[tuple[str, str], tuple[str, int]] = {}
    for number, (source, part, published, nth, claims) in enumerate(deliveries):
        origin = make_origin(source, published, content=str(number), part=part, nth=nth)
        give(lake, origin, claims)
        newest[source, part] = max(newest.get((source, part), ("", 1)), (published, nth or 1))
        for entity, value in claims:
            key = Statement.id.fget(_bare(source, entity, value))
            held.setdefault(key, []).append((source, part, published, nth))
    expected = {
        key: (
            min(p for _, _, p, _ in rows),
            max(p for _, _, p, _ in rows),
            # What says no number stands beside the last of its day.
            any(
                p == newest[s, part][0] and nth in {None, newest[s, part][1]}
                for s, part, p, nth in rows
            ),
        )
        for key, rows in held.items()
    }
    rows = built(lake)["statements"]
    assert {r["id"]: (r["first_seen"], r["last_seen"], r["current"]) for r in rows} == expected
    assert len(rows) == len(expected)


def _bare(source: str, entity: str, value: str) -> Statement:
    text = dict.fromkeys(Statement.__dataclass_fields__, "")
    return Statement(
        **{**text, "source": source, "entity_id": entity, "prop": "name", "value": value}
    )


def test_building_again_on_the_same_loads_writes_the_same_bytes(
    lake: Lake, make_origin: Callable[..., Origin], give: Callable[..., LoadInfo]
) -> None:
    give(lake, make_origin(), [("p1", "ANA"), ("p2", "LUIS")])
    digests = []
    for _ in range(2):
        with lake.begin_build() as build:
            snapshot = build.publish()
        files = snapshot.manifest()["files"]
        digests.append({name: entry["sha256"] for name, entry in files.items()})
    assert digests[0] == digests[1]


def test_a_build_may_stand_on_chosen_loads_alone(
    lake: Lake, make_origin: Callable[..., Origin], give: Callable[..., LoadInfo]
) -> None:
    first = give(lake, make_origin("a"), [("a-1", "ANA")])
    give(lake, make_origin("b"), [("b-1", "EVA")])
    with lake.begin_build(loads=[first.load]) as build:
        assert {cell.source for cell in build.cells} == {"a"}
    with pytest.raises(NotFound):
        lake.begin_build(loads=["0" * 16])


def test_an_artefact_carries_the_strictest_marking_of_what_it_was_made_from(
    lake: Lake, make_origin: Callable[..., Origin], give: Callable[..., LoadInfo]
) -> None:
    give(lake, make_origin("a", marking="TLP:GREEN"), [("a-1", "ANA")])
    give(lake, make_origin("b", marking="TLP:RED"), [("b-1", "EVA")])
    table = pa.table({"x": [1]})
    with lake.begin_build() as build:
        from_a = [cell for cell in build.cells if cell.source == "a"]
        build.write("from_all", table)
        build.write("from_a", table, cells=from_a)
        build.write("raised", table, "TLP:AMBER", cells=from_a)
        build.write("not_lowered", table, "TLP:CLEAR", cells=from_a)
        for bad in ("statements", "cells", "../up", "Big", ""):
            with pytest.raises(InvalidData):
                build.write(bad, table)
        with pytest.raises(InvalidData, match="nothing was loaded"):
            build.write(
                "y",
                table,
                cells=[Cell(source="z", record_class="fact", marking="TLP:CLEAR", agency="")],
            )
        snapshot = build.publish()
    markings = {
        name: read_origin(snapshot.file(name))[0]
        for name in ("from_all", "from_a", "raised", "not_lowered")
    }
    assert markings == {
        "from_all": "TLP:RED",
        "from_a": "TLP:GREEN",
        "raised": "TLP:AMBER",
        "not_lowered": "TLP:GREEN",
    }


def test_a_build_that_fails_leaves_the_previous_one_current(
    lake: Lake, make_origin: Callable[..., Origin], give: Callable[..., LoadInfo]
) -> None:
    give(lake, make_origin(), [("p1", "ANA")])
    built(lake)
    before = lake.current()
    with pytest.raises(ZeroDivisionError), lake.begin_build():
        raise ZeroDivisionError
    assert lake.current() == before
    assert [path.name for path in (lake.root / "builds").iterdir()] == [before.id]


def test_a_reader_keeps_its_snapshot_while_a_new_build_is_published(
    lake: Lake, make_origin: Callable[..., Origin], give: Callable[..., LoadInfo]
) -> None:
    give(lake, make_origin(), [("p1", "ANA")])
    built(lake)
    old = lake.current()
    give(lake, make_origin(published="2026-02-01", content="2"), [("p1", "ANITA")])
    built(lake)
    assert lake.current() != old
    assert [row["value"] for row in pq.read_table(old.file("statements")).to_pylist()] == ["ANA"]
    assert lake.snapshot(old.id) == old


def test_three_builds_are_kept_and_the_current_one_is_always_among_them(lake: Lake) -> None:
    made = []
    for _ in range(5):
        with lake.begin_build() as build:
            made.append(build.publish().id)
    assert lake.place.standing("builds") == [f"builds/{build}" for build in made[-3:]]
    assert lake.current().id == made[-1]


def test_a_second_writer_is_told_who_is_writing(
    lake: Lake, make_origin: Callable[..., Origin]
) -> None:
    other = Lake(lake.root)
    with lake.begin_build() as build:
        with pytest.raises(Conflict, match="process"):
            other.begin_build()
        with pytest.raises(Conflict, match="process"):
            other.begin_load(make_origin())
        build.publish()
    other.begin_build().close()


def test_a_pointer_to_nothing_is_reported_not_guessed(new_lake: Callable[[], Lake]) -> None:
    lake = new_lake()
    (lake.root / "CURRENT").write_text("20260101T000000000000-abc\n")
    with pytest.raises(InvalidData, match="CURRENT"):
        lake.current()
    for name in ("", "..", "../../etc", "x"):
        with pytest.raises(NotFound):
            lake.snapshot(name)


def test_what_else_lies_among_the_builds_keeps_nobody_from_building(
    new_lake: Callable[[], Lake],
) -> None:
    lake = new_lake()
    for name in ("notes.txt", "99999999T999999999999-abcdef01"):
        (lake.root / "builds" / name).write_text("mine")
    assert built(lake)["statements"] == []


def test_a_build_that_cannot_even_begin_lets_the_next_writer_in(
    new_lake: Callable[[], Lake],
) -> None:
    lake = new_lake()

    def stopped() -> datetime:
        raise ZeroDivisionError

    clock, lake.clock = lake.clock, stopped
    with pytest.raises(ZeroDivisionError):
        lake.begin_build()
    assert not lake.lock.held
    lake.clock = clock
    assert built(Lake(lake.root))["statements"] == []


def test_a_build_is_published_though_an_older_one_cannot_be_removed(
    new_lake: Callable[[], Lake], caplog: pytest.LogCaptureFixture
) -> None:
    """Else whoever made it would report a failure, and make it again."""
    lake = new_lake()
    for _ in range(3):
        built(lake)
    oldest = lake.root / lake.place.standing("builds")[0] / "manifest.json"
    with lake.begin_build() as build:
        oldest.unlink()
        oldest.mkdir()
        made = build.publish()
    assert lake.current() == made
    assert "older builds were not removed" in caplog.text
    assert not lake.lock.held
