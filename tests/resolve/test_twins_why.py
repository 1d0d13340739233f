"""Twins are findings with both rows and other explanations; any pair's weight is told in steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from puente.errors import InvalidData, NotFound
from puente.resolve.bridges import holding_path
from puente.resolve.link import link
from puente.resolve.twins import FAST, NUMBERS, TRAITS, ZONE, find_twins
from puente.resolve.waterfall import explain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from puente.resolve.bridges import Link
    from puente.settings import Settings


class Tables:
    """Answers `.sql` over tables held in memory, as a View does over a build."""

    def __init__(self, **tables: pa.Table) -> None:
        self._db = duckdb.connect()
        self._names = set(tables)
        for name, table in tables.items():
            self._db.register(name, table)

    def sql(self, query: str, params: object = None) -> pa.Table:
        return self._db.execute(query, params).to_arrow_table()

    def may(self, name: str) -> bool:
        return name in self._names

    def record(self, action: str, ids: Sequence[str] = ()) -> None:
        """Keep no log: there is nothing to guard here."""


def statements(*claims: tuple[str, str, str, str]) -> pa.Table:
    names = ("entity_id", "schema", "prop", "value")
    rows = [dict(zip(names, claim, strict=True)) for claim in claims]
    return pa.Table.from_pylist([{**row, "source": "s", "current": True} for row in rows])


def vehicle(key: str, plate: str, **props: str) -> list[tuple[str, str, str, str]]:
    told = {"registrationNumber": plate, **props}
    return [(key, "Vehicle", prop, value) for prop, value in told.items()]


def read(number: int, key: str, at: str, where: tuple[float, float], source: str) -> dict[str, Any]:
    return {
        "event_id": f"e{number}", "kind": "plate_read", "at": at, "place": "", "from_id": key,
        "category": "camera", "amount": 95.0, "unit": "", "latitude": where[0],
        "longitude": where[1], "source": source, "current": True,
    }  # fmt: skip


PLACES = pa.table({"place": ["02004"], "latitude": [32.5], "longitude": [-117.0]})
TIJUANA, MONTERREY = (32.53, -117.03), (25.67, -100.31)


def seen(*reads: dict[str, Any], **marks: str) -> Tables:
    claims = [claim for key, plate in marks.items() for claim in vehicle(key, plate)]
    return Tables(
        statements=statements(*claims), events=pa.Table.from_pylist(list(reads)), places=PLACES
    )


def test_a_plate_in_two_far_places_within_minutes_is_a_finding_with_both_rows() -> None:
    view = seen(
        read(1, "a", "2025-03-01T08:00:00", TIJUANA, "mx"),
        read(2, "b", "2025-03-01T08:20:00", MONTERREY, "us"),
        a="ABC-123-D", b="ABC123D",
    )  # fmt: skip
    (found,) = find_twins(view)  # type: ignore[arg-type]
    assert (found.kind, found.mark) == (FAST, "ABC123D")
    assert found.km == pytest.approx(1750, abs=60)
    assert [row.record for row in found.rows] == ["a", "b"]
    assert len(found.explanations) == 3
    assert ZONE not in found.explanations


def test_a_day_on_the_road_is_no_finding_and_nor_is_a_day_without_a_time() -> None:
    view = seen(
        read(1, "a", "2025-03-01T08:00:00", TIJUANA, "mx"),
        read(2, "a", "2025-03-02T08:20:00", MONTERREY, "mx"),
        read(3, "a", "2025-03-02", TIJUANA, "mx"),
        a="ABC-123-D",
    )
    assert find_twins(view) == ()  # type: ignore[arg-type]


def test_an_hour_between_two_countries_clocks_is_named_as_an_explanation() -> None:
    view = seen(
        read(1, "a", "2025-03-01T08:00:00", TIJUANA, "mx"),
        read(2, "a", "2025-03-01T08:05:00", (32.7, -114.6), "us"),
        a="ABC-123-D",
    )
    (found,) = find_twins(view)  # type: ignore[arg-type]
    assert ZONE in found.explanations


def test_a_plate_on_two_makes_is_a_finding_and_one_make_written_two_ways_is_none() -> None:
    claims = [
        *vehicle("a", "XYZ-111", make="Nissan", color="blanco"),
        *vehicle("b", "XYZ111", make="Ford", color="white"),
        *vehicle("c", "QRS-222", make="Volkswagen", color="gris"),
        *vehicle("d", "QRS-222", make="VOLKSWAGEN AG", color="silver"),
        *vehicle("e", "TUV-333", vin="1M8GDM9AXKP042788"),
        *vehicle("f", "TUV-333", vin="1FTFW1ET5DFC10312"),
        ("f", "Vehicle", "standing", "non_suspect"),
    ]
    found = find_twins(Tables(statements=statements(*claims)))  # type: ignore[arg-type]
    assert [(one.kind, one.mark) for one in found] == [(NUMBERS, "TUV333"), (TRAITS, "XYZ111")]
    assert [one.non_suspect for one in found] == [True, False]


def people() -> pa.Table:
    claims = []
    for number in range(4):
        for side in "ab":
            key = f"{side}{number}"
            name = ("Trejo", "Salas", "Zavala", "Quiroz")[number]
            claims += [
                (key, "Person", "firstName", "Hugo"), (key, "Person", "fatherName", name),
                (key, "Person", "motherName", ("Lara", "Paz", "Rubio", "Soto")[number]),
                (key, "Person", "birthDate", f"195{number}-12-30"),
            ]  # fmt: skip
    return statements(*claims)


def test_the_steps_of_any_pair_add_up_to_the_weight_that_linking_gave(settings: Settings) -> None:
    view = Tables(statements=people())
    linked = link(view, settings=settings, progress=lambda _d, _t: None)
    whole = Tables(statements=people(), clusters=linked.clusters, links=linked.links)
    row = linked.links.to_pylist()[0]
    found = explain(whole, linked.model, row["left_id"], row["right_id"], settings)  # type: ignore[arg-type]
    assert found.weight == pytest.approx(row["weight"], abs=0.01)
    assert found.steps[-1].total == pytest.approx(found.weight, abs=0.01)
    assert found.linked
    assert sum(step.weight for step in found.steps) == pytest.approx(found.weight, abs=0.01)
    apart = explain(whole, linked.model, "a0", "b1", settings)  # type: ignore[arg-type]
    assert apart.weight < found.weight
    assert not apart.one_cluster
    paternal = next(step for step in apart.steps if step.field == "paternal")
    assert paternal.m is not None
    assert paternal.weight < 0


def test_a_pair_that_is_none_is_refused(settings: Settings) -> None:
    view = Tables(statements=people())
    for ends, fault in ((("a0", "a0"), InvalidData), (("a0", "nobody"), NotFound)):
        with pytest.raises(fault):
            explain(view, {}, *ends, settings)  # type: ignore[arg-type]


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(-5, 30)), min_size=1,
        max_size=15, unique_by=lambda edge: (min(edge[:2]), max(edge[:2])),
    )
)  # fmt: skip
def test_the_way_that_holds_two_records_together_has_the_strongest_weakest_link(
    edges: list[tuple[int, int, int]],
) -> None:
    links: list[Link] = [(str(a), str(b), float(w)) for a, b, w in edges if a != b]
    for left, right in {(link_[0], other[1]) for link_ in links for other in links}:
        if left == right:
            continue
        path = holding_path(links, left, right)
        ways = [min(way) for way in _ways(links, left, right)]
        assert min((weight for *_e, weight in path), default=None) == max(ways, default=None)


def _ways(
    links: Sequence[Link], at: str, goal: str, used: frozenset[str] = frozenset()
) -> list[list[float]]:
    """Return the weights along every simple way: naive, for comparison."""
    if at == goal:
        return [[]] if not used else [[float("inf")]]
    found = []
    for one, two, weight in links:
        nexts = {one: two, two: one}
        if at in nexts and nexts[at] not in used:
            found += [[weight, *rest] for rest in _ways(links, nexts[at], goal, used | {at})]
    return found
