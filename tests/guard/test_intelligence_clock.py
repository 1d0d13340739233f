"""Criminal intelligence: nothing is made from it, and nobody reads it when its time is up."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from puente.errors import InvalidData, NotAllowed
from puente.guard.actors import Actor, Purpose
from puente.model.entity import Statement
from puente.model.provenance import APART
from puente.report.formats import export
from puente.settings import Settings
from puente.store.lake import Origin
from puente.web.reads.apart import find_apart, touches_apart
from puente.web.reads.search import Query, search
from puente.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from puente.guard.view import View

ANALYST = Actor(name="ana", roles=frozenset({"analyst"}), country="MX")
CASE = Purpose(name="investigation", case="C-1")
DAY = date(2026, 3, 1)
SHEETS = Origin(
    source="sheets", path="sheets.csv", sha256="0" * 64, published="2026-01-01", agency="UNIT",
    marking="TLP:AMBER", record_class="criminal_intelligence",
)  # fmt: skip


class Clock:
    """A clock that is set by hand."""

    day = DAY

    def __call__(self) -> datetime:
        return datetime(self.day.year, self.day.month, self.day.day, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing that a row says, by a sheet's line."""

    entity: str
    prop: str
    value: str
    line: int = 1
    schema: str = "Person"


def person(name: str, line: int = 1, *, review_by: str = "2026-06-01") -> list[Told]:
    """Return a subject with the suspicion it rests on."""
    held = f"{name}-suspicion"
    return [
        Told(entity=name, prop="name", value=f"NAME OF {name}", line=line),
        Told(entity=held, schema="Suspicion", prop="subject", value=name, line=line),
        Told(entity=held, schema="Suspicion", prop="basis", value="facts", line=line),
        Told(entity=held, schema="Suspicion", prop="reviewBy", value=review_by, line=line),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node to which deliveries are given by hand."""

    workspace: Workspace
    clock: Clock

    def deliver(self, told: Iterable[Told], origin: Origin = SHEETS, **tables: object) -> None:
        said = list(told)
        content = repr((origin.source, origin.published, said)).encode()
        origin = replace(origin, sha256=sha256(content).hexdigest())
        with self.workspace.lake.begin_load(origin) as writer:
            writer.statements(_statement(item, origin) for item in said)
            for table, rows in tables.items():
                writer.rows(table, rows)  # type: ignore[arg-type]
            writer.reject(90, "suspicion: basis is empty", "A PERSON WITHOUT GROUNDS")
            writer.publish(rows=len(said) + 1, loaded=len(said), rejected=1)

    def build(self, ids: Iterable[str] = ()) -> None:
        with self.workspace.lake.begin_build() as build:
            held = list(ids)
            columns = {"entity_id": held, "cluster_id": held, "kind": ["Person"] * len(held)}
            shared = [cell for cell in build.cells if cell.record_class not in APART]
            table = pa.table({name: pa.array(v, pa.string()) for name, v in columns.items()})
            build.write("clusters", table, cells=shared)
            build.publish()

    def view(self, day: date = DAY, action: str = "") -> View:
        self.clock.day = day
        return self.workspace.view(ANALYST, CASE, action=action)

    def ids(self, day: date = DAY) -> set[str]:
        rows = self.view(day).sql("SELECT DISTINCT entity_id FROM statements")
        return set(rows["entity_id"].to_pylist())


def _statement(told: Told, origin: Origin) -> Statement:
    return Statement(
        entity_id=told.entity, schema=told.schema, prop=told.prop, value=told.value,
        original=told.value, source=origin.source, row=f"{origin.path}:{told.line}",
        agency=origin.agency, date="", first_seen=origin.published, last_seen=origin.published,
        reliability="B", credibility="3", marking=origin.marking,
        record_class=origin.record_class,
    )  # fmt: skip


def event(from_id: str, to_id: str = "") -> dict[str, object]:
    return {
        "event_id": f"{from_id}>{to_id}", "kind": "phone_call", "at": "2026-01-01", "place": "",
        "from_id": from_id, "to_id": to_id, "category": "", "amount": None, "unit": "",
        "latitude": None, "longitude": None, "authority": "",
    }  # fmt: skip


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    clock = Clock()
    with Workspace.open(Settings(workspace=tmp_path / "ws"), clock=clock) as workspace:
        yield Node(workspace=workspace, clock=clock)


# --- nothing is made from it ---------------------------------------------------------------------


def test_the_store_takes_no_artefact_that_was_made_from_intelligence(node: Node) -> None:
    """Also where a step to come forgets to say what it read, or reads past the View."""
    node.deliver(person("one"))
    node.deliver([Told(entity="a", prop="name", value="A")],
                 replace(SHEETS, source="facts", record_class="fact"))  # fmt: skip
    table = pa.table({"x": [1]})
    with node.workspace.lake.begin_build() as build:
        for cells in (None, build.cells, [c for c in build.cells if c.record_class in APART]):
            with pytest.raises(InvalidData, match="nothing shared"):
                build.write("made", table, cells=cells)
        view = node.workspace.system_view(build.path)
        assert view.sql("SELECT DISTINCT source FROM statements")["source"].to_pylist() == ["facts"]
        build.write("made", table, cells=view.lineage)
        build.publish()
    assert node.view().may("made")


def test_a_build_of_intelligence_alone_is_refused_by_the_rule(node: Node) -> None:
    node.deliver(person("one"))
    with node.workspace.lake.begin_build() as build, pytest.raises(NotAllowed) as refused:
        node.workspace.system_view(build.path)
    assert refused.value.rule == "intelligence-enters-nothing-that-is-shared"


def test_one_thing_of_two_classes_is_whole_to_the_one_and_only_public_to_the_other(
    node: Node,
) -> None:
    """An id that a sheet shares with a register gives nobody the sheet's claims."""
    node.deliver([Told(entity="one", prop="name", value="IN THE REGISTER")],
                 replace(SHEETS, source="facts", record_class="fact"))  # fmt: skip
    node.deliver(person("one"))
    node.build(["one"])
    assert node.view().entity("one").sources == ("facts", "sheets")
    other = node.workspace.view(ANALYST, Purpose(name="investigation"))
    assert other.entity("one").sources == ("facts",)
    assert other.may("clusters")


def test_the_shared_part_of_a_view_shows_no_sheet_and_all_the_rest(node: Node) -> None:
    public = replace(SHEETS, source="facts", record_class="fact", marking="TLP:GREEN")
    node.deliver([Told(entity="one", prop="name", value="IN THE REGISTER")], public)
    node.deliver(person("one"), replace(SHEETS, marking="TLP:AMBER+STRICT"))
    node.build(["one"])
    view = node.view()
    shared = view.shared()
    assert (view.marking, shared.marking) == ("TLP:AMBER+STRICT", "TLP:GREEN")
    assert shared.entity("one").sources == ("facts",)
    assert shared.artefact("clusters") == view.artefact("clusters")
    classes = [shared.sql(f"SELECT DISTINCT record_class AS c FROM {table}")["c"].to_pylist()
               for table in ("statements", "loads", "rejects", "cells")]  # fmt: skip
    assert classes == [["fact"]] * 4
    assert touches_apart(view, "one"), "its page is as strict as the sheet"
    assert shared.shared() is shared


@pytest.mark.parametrize(
    "said",
    [
        Told(entity="tie", schema="UnknownLink", prop="subject", value="shared"),
        Told(entity="shared", prop="name", value="ANOTHER NAME"),
        Told(entity="car", schema="Vehicle", prop="registrationNumber", value="AAA111"),
    ],
)
def test_a_page_that_meets_a_sheet_in_any_way_is_as_strict_as_it(node: Node, said: Told) -> None:
    """It is of the entity, names it, or is named by it."""
    public = replace(SHEETS, source="facts", record_class="fact")
    node.deliver([Told(entity="shared", prop="name", value="A"),
                  Told(entity="shared", prop="summary", value="car"),
                  Told(entity="other", prop="name", value="AAA111")], public)  # fmt: skip
    node.deliver([*person("one"), said])
    node.build(["shared", "other"])
    view = node.view()
    assert touches_apart(view, "shared")
    assert not touches_apart(view, "other")
    assert not touches_apart(view.shared(), "shared")


# --- the clock -----------------------------------------------------------------------------------


def test_with_a_subject_goes_all_that_its_record_says_and_what_names_it(node: Node) -> None:
    over = "2026-02-28"
    node.deliver(
        [
            *person("gone", 1, review_by=over),
            Told(entity="car", schema="Vehicle", prop="registrationNumber", value="AAA111", line=1),
            *person("here", 2),
            Told(entity="tie", schema="UnknownLink", prop="subject", value="here", line=2),
            Told(entity="tie", schema="UnknownLink", prop="object", value="gone", line=2),
        ],
        events=[event("gone"), event("here", "gone"), event("here"), event("", "")],
        incidents=[
            {"incident_id": name, "date": "2026-01-01", "place": "01001", "category": "x",
             "violent": None, "entity_id": name} for name in ("gone", "here", "")
        ],
    )  # fmt: skip
    node.build()
    assert node.ids() == {"here", "here-suspicion", "tie"}
    view = node.view()
    assert "gone" not in view.sql("SELECT value FROM statements")["value"].to_pylist()
    events = view.sql("SELECT event_id FROM events")["event_id"].to_pylist()
    assert sorted(events) == [">", "here>"]
    incidents = view.sql("SELECT entity_id FROM incidents")["entity_id"].to_pylist()
    assert sorted(incidents) == ["", "here"]


def test_a_record_of_several_subjects_loses_the_one_whose_time_is_up(node: Node) -> None:
    told = [*person("gone", 1, review_by="2026-02-01"), *person("here", 1)]
    node.deliver([*told, Told(entity="car", schema="Vehicle", prop="make", value="X", line=1)])
    node.build()
    assert node.ids() == {"here", "here-suspicion", "car"}


def test_a_review_prolongs_an_entry_and_a_source_that_takes_it_back_ends_it(node: Node) -> None:
    node.deliver([*person("one", review_by="2026-02-01"), *person("two", 2)])
    node.build()
    assert node.ids() == {"two", "two-suspicion"}
    node.deliver(person("one", review_by="2026-05-01"), replace(SHEETS, published="2026-02-01"))
    node.build()
    assert node.ids() == {"one", "one-suspicion"}, "the second sheet was taken back"
    assert node.ids(date(2026, 5, 2)) == set()


def car(name: str, line: int) -> Told:
    """Return what a sheet says besides its subject."""
    return Told(entity=name, schema="Vehicle", prop="registrationNumber", value=name, line=line)


def test_what_was_taken_back_is_not_read_because_another_subject_took_its_line(node: Node) -> None:
    """A file comes again under its name, one sheet shorter: all lines of it hold other people."""
    node.deliver([*person("gone", 1), car("car", 1), *person("here", 2)])
    node.deliver(person("here", 1), replace(SHEETS, published="2026-02-01"))
    node.build()
    assert node.ids() == {"here", "here-suspicion"}


def test_what_an_earlier_delivery_said_besides_goes_with_its_subject(node: Node) -> None:
    """Its line of today names another car; the car of last year must not outlive both."""
    over = "2026-02-15"
    sheets = (
        [*person("gone", 2, review_by=over), car("old", 2), *person("here", 1)],
        [*person("gone", 1, review_by=over), car("new", 1), *person("here", 2)],
    )
    node.deliver(sheets[0])
    node.deliver(sheets[1], replace(SHEETS, published="2026-02-01"))
    node.build()
    assert node.ids(date(2026, 2, 15)) >= {"gone", "new", "here"}
    assert node.ids(date(2026, 2, 16)) == {"here", "here-suspicion"}


def test_a_subject_of_two_suspicions_stands_as_long_as_one_of_them_does(node: Node) -> None:
    """As in an export of statements that is read back: each claim has a line of its own."""
    first, second = person("one", 1, review_by="2026-02-01"), person("one", 2)[1:]
    told = [*first, *(replace(item, entity="one-again") for item in second)]
    node.deliver(replace(item, line=line) for line, item in enumerate(told, 1))
    node.build()
    assert node.ids() == {"one", "one-again"}
    assert node.ids(date(2026, 6, 2)) == set()


def test_what_a_source_says_of_no_suspects_has_no_clock_to_run_out(node: Node) -> None:
    origin = replace(SHEETS, source="relatives")
    node.deliver([Told(entity="kin", prop="name", value="OLD"),
                  Told(entity="kin", prop="standing", value="non_suspect")], origin)  # fmt: skip
    node.deliver([Told(entity="kin", prop="standing", value="non_suspect")],
                 replace(origin, published="2026-02-01"))  # fmt: skip
    node.deliver(person("one"))
    node.build()
    assert node.ids() == {"kin", "one", "one-suspicion"}
    rows = node.view().sql("SELECT value FROM statements WHERE entity_id = 'kin' ORDER BY 1")
    assert rows["value"].to_pylist() == ["OLD", "non_suspect"]


def test_other_classes_know_no_such_clock(node: Node) -> None:
    tips = replace(SHEETS, source="tips", record_class="tip")
    node.deliver(person("one", review_by="2020-01-01"), tips)
    node.deliver(person("two", review_by="2020-01-01"))
    node.build()
    assert node.ids() == {"one", "one-suspicion"}
    raws = node.view().sql("SELECT source, raw FROM rejects ORDER BY source").to_pylist()
    assert raws == [
        {"source": "sheets", "raw": ""},
        {"source": "tips", "raw": "A PERSON WITHOUT GROUNDS"},
    ]


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(reviews=st.lists(st.dates(date(2025, 1, 1), date(2028, 1, 1)), min_size=1, max_size=6),
       day=st.dates(date(2025, 1, 1), date(2028, 6, 1)))  # fmt: skip
def test_on_any_day_exactly_the_entries_are_read_whose_review_is_not_past(
    tmp_path_factory: pytest.TempPathFactory, reviews: list[date], day: date
) -> None:
    clock = Clock()
    folder = tmp_path_factory.mktemp("any") / "ws"
    with Workspace.open(Settings(workspace=folder), clock=clock) as workspace:
        held = Node(workspace=workspace, clock=clock)
        subjects = {f"p{n}": review for n, review in enumerate(reviews)}
        told = [person(name, n, review_by=review.isoformat())
                for n, (name, review) in enumerate(subjects.items())]  # fmt: skip
        held.deliver(item for each in told for item in each)
        held.build()
        standing = {name for name, review in subjects.items() if review >= day}
        assert held.ids(day) == standing | {f"{name}-suspicion" for name in standing}


# --- it is found ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["Sean O'Brien", "SEAN OBRIEN", "o’brien sean", "Łukasz Łoś", "A&B010203AB1", "a&b-010203-ab1"],
)
def test_a_sheet_is_found_by_the_very_words_and_signs_that_it_writes(node: Node, text: str) -> None:
    """A firm's RFC may hold an ampersand, a name an apostrophe or a letter of another country."""
    told = [("sean", "name", "SEAN O'BRIEN"), ("luk", "name", "ŁUKASZ ŁOŚ")]
    told += [("firm", "name", "A & B"), ("firm", "rfcCode", "A&B010203AB1")]
    said = [Told(entity=entity, prop=prop, value=value) for entity, prop, value in told]
    node.deliver([*said, *person("one", 2)])
    node.deliver(said, replace(SHEETS, source="facts", record_class="fact"))
    node.build()
    wanted = {"s": "sean", "o": "sean", "ł": "luk", "a": "firm"}[text[0].lower()]
    view = node.view()
    assert [record.id for record in find_apart(view, text).shown] == [wanted]
    if wanted != "luk":
        assert [result.id for result in search(view, Query(text=text)).results] == [wanted]


# --- it leaves under its marking -----------------------------------------------------------------


def test_a_sheet_that_may_leave_leaves_with_its_suspicion_and_its_marking(
    node: Node, tmp_path: Path
) -> None:
    public = replace(SHEETS, source="facts", record_class="fact", marking="TLP:CLEAR")
    node.deliver([Told(entity="a", prop="name", value="A")], public)
    node.deliver([*person("one"), *person("two", 2, review_by="2026-02-01")])
    node.build(["a"])
    view = node.view(action="export")
    written = export(view, "ftm", tmp_path / "one", now=node.clock(), ids=["one"])
    assert written.marking == "TLP:AMBER"
    lines = (tmp_path / "one" / "entities.ftm.json").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["id"] for line in lines} == {"one", "one-suspicion"}
    export(view, "statements", tmp_path / "all", now=node.clock())
    text = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "all").glob("*.csv"))
    assert "NAME OF one" in text
    assert "NAME OF two" not in text
    alone = export(view, "ftm", tmp_path / "a", now=node.clock(), ids=["a"])
    assert alone.marking == "TLP:CLEAR", "who takes out a public record takes nothing of a sheet"
