"""What pages read is whole: no link without its evidence, no claim lost, no date made sharper."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from puente.guard.actors import Actor, Purpose
from puente.web.reads.claims import read_properties
from puente.web.reads.near import MOST_EVIDENCE, read_near
from puente.web.reads.places import read_places
from puente.web.timeline import Moment, day_span, timeline_picture

if TYPE_CHECKING:
    from types import ModuleType

    import pyarrow as pa

    from puente.guard.view import View
    from puente.workspace import Workspace


@pytest.fixture(scope="module")
def view(workspace: Workspace) -> View:
    ana = Actor(name="ana", roles=frozenset({"analyst"}), country="MX")
    return workspace.view(ana, Purpose(name="investigation", case="C-1"))


def clusters(view: View) -> list[str]:
    return [
        str(name) for name in view.sql("SELECT cluster_id FROM nodes")["cluster_id"].to_pylist()
    ]


def test_every_link_and_every_step_opens_its_statements(view: View) -> None:
    seen = 0
    for cluster in clusters(view):
        near = read_near(view, cluster, ())
        for other in near.neighbours:
            assert len(other.evidence) == min(other.statements, MOST_EVIDENCE)
            seen += 1
        for pier in near.way[:-1]:
            assert pier.evidence
            assert pier.strength
    assert seen == 10  # five links, told from both of their ends


def test_the_way_runs_from_the_listed_entity_to_this_one(view: View) -> None:
    way = read_near(view, "reg-emp-2", ()).way
    assert [pier.id for pier in way] == ["fgr-det-77", "reg-emp-1", "reg-emp-2"]
    assert [pier.kind for pier in way] == ["Ownership", "Ownership", ""]
    assert way[0].listed


def test_no_claim_of_an_entity_is_left_out(view: View) -> None:
    for cluster in clusters(view):
        entity = view.entity(cluster, history=True)
        held = [c.id for p in read_properties(view, entity) for v in p.values for c in v.claims]
        assert sorted(held) == sorted(s.id for s in entity.statements)


def test_the_value_that_most_records_claim_comes_first(view: View) -> None:
    entity = view.entity("fgr-det-77")
    born = next(p for p in read_properties(view, entity) if p.name == "birthDate")
    assert [(v.value, len(v.claims)) for v in born.values] == [("1974-03-19", 2), ("1974", 1)]


def test_places_add_up_to_their_state(view: View, madeup: ModuleType) -> None:
    held = read_places(view, record="homicidio_doloso")
    published = sum(
        row["count"] or 0 for row in madeup.counts() if row["record"] == "homicidio_doloso"
    )
    assert [region.count for region in held.regions] == [published]
    assert held.regions[0].places == 3


class Panel:
    """Answers `.sql` over a panel held in memory, as a View does over a build."""

    def __init__(self, *cells: tuple[str, str, int, str]) -> None:
        self._db = duckdb.connect()
        self._db.execute(
            "CREATE TABLE panel (place VARCHAR, month VARCHAR, record VARCHAR, count BIGINT,"
            " population BIGINT, state VARCHAR, reported BOOLEAN, sources VARCHAR[], level VARCHAR)"
        )
        for place, record, count, level in cells:
            self._db.execute(
                "INSERT INTO panel VALUES (?, '2026-01', ?, ?, 90, left(?, 2), true, ['s'], ?)",
                (place, record, count, place, level),
            )
        self._db.execute(
            "CREATE TABLE places AS SELECT '' AS place, '' AS name, '' AS state_name,"
            " '' AS valid_from, '' AS valid_to WHERE false"
        )

    def sql(self, query: str, params: object = None) -> pa.Table:
        return self._db.execute(query, params).to_arrow_table()


def test_a_count_that_no_municipality_has_is_not_offered_for_a_map_of_municipalities() -> None:
    view: Any = Panel(
        ("01001", "theft", 7, "municipality"), ("01999", "theft", 5, "unplaced"),
        ("01000", "theft", 12, "state"), ("00000", "theft", 12, "nation"),
        ("00999", "abroad", 3, "unplaced"), ("01998", "unsaid", 3, "unplaced"),
        ("01000", "by_state", 3, "state"),
    )  # fmt: skip
    held = read_places(view, record="theft", span=1)
    assert held.records == ("theft",)
    assert [(row.place, row.count) for row in held.rows] == [("01001", 7)]


def test_a_map_shows_no_value_for_who_did_not_report_or_has_too_few(view: View) -> None:
    held = read_places(view, record="homicidio_doloso", month="2026-01", span=1)
    assert held.suppressed == {"99001", "99002", "99003"}
    assert held.values["99001"] is None
    held = read_places(view, record="homicidio_doloso", month="2026-02", span=1)
    assert held.values["99002"] is None
    assert "99002" not in held.suppressed


@given(st.dates(min_value=datetime.date(1000, 1, 1)))
def test_a_date_is_never_read_as_sharper_than_it_is(day: datetime.date) -> None:
    assert day_span(day.isoformat()) == (day, day)
    first, last = day_span(day.isoformat()[:4]) or (day, day)
    assert (first.month, first.day, last.month, last.day) == (1, 1, 12, 31)
    month = day_span(day.isoformat()[:7])
    if (day.year, day.month) != (9999, 12):
        assert month is not None
        assert month[0].day == 1
        assert month[0] <= day <= month[1]
        assert (month[1] + datetime.timedelta(days=1)).day == 1


@given(st.text(max_size=12))
def test_what_is_no_date_is_left_off_the_line_of_time(text: str) -> None:
    picture = timeline_picture([Moment(date=text, kind="k", label="l")], title="t")
    assert (picture is None) == (day_span(text) is None)
