"""What is wrong with a file is found from the file, its history and its sisters, and told why."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import settings as how_often
from hypothesis import strategies as st

from puente.ingest.quality import check_quality
from puente.ingest.quality_catalogue import catalogue, lacking
from puente.ingest.quality_findings import CHECKS, SCHEMA, SEVERITIES, check_label, say
from puente.ingest.source import LoadContext, SourceFile, SourceInfo
from puente.ingest.sources import get_source
from puente.model.places import Gazetteer
from puente.settings import Settings
from puente.store.lake import Origin
from puente.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TODAY = NOW.date()
INFO = SourceInfo(
    name="made_up", title="Made up", agency="NOBODY", country="mx", record_class="fact",
    cadence="monthly",
)  # fmt: skip
Rows = list[dict[str, Any]]
Table = pa.Table


class Node:
    """A node that is loaded with tables as they are, and checked."""

    def __init__(self, folder: Path) -> None:
        self.workspace = Workspace.open(Settings(workspace=folder), clock=lambda: NOW)
        self.known: dict[str, SourceInfo] = {}

    def load(
        self, tables: dict[str, Table | Rows], *, info: SourceInfo = INFO,
        published: str = "2025-01", facts: dict[str, int] | None = None, rejects: int = 0,
        dated: bool = True,
    ) -> Node:  # fmt: skip
        key = f"{info.name}{published}{len(self.known)}{tables.keys()}"
        origin = Origin(
            source=info.name, path=f"in/{info.name}_{published}.csv",
            sha256=sha256(key.encode()).hexdigest(), published=published, agency=info.agency,
            marking=info.marking, record_class=info.record_class, dated=dated,
        )  # fmt: skip
        self.known[info.name] = info
        with self.workspace.lake.begin_load(origin) as writer:
            for name, table in tables.items():
                if isinstance(table, list):
                    writer.rows(name, table)
                    continue
                for batch in table.to_batches():
                    writer.rows(name, batch)
            for line in range(rejects):
                writer.reject(line + 2, "no such place", "x", file=f"{info.name}.csv")
            writer.publish(rows=100, loaded=100 - rejects, rejected=rejects, facts=facts)
        return self

    def findings(self, *, today: date = TODAY) -> Rows:
        with self.workspace.lake.begin_build() as build:
            view = self.workspace.system_view(build_path=build.path)
            table = check_quality(view, self.known.values(), today=today)
            self.lineage = view.lineage
        assert table.schema.equals(SCHEMA)
        return table.to_pylist()


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path / "ws")


def counts_of(name: str, path: Path, published: str, gazetteer: Gazetteer | None = None) -> Table:
    """Return what a source says a file counts, as columns."""
    source = get_source(name)
    file = SourceFile(path=path, source=name, published=published)
    context = LoadContext(
        info=source.info, file=file, today=NOW.date(), gazetteer=gazetteer or Gazetteer()
    )
    batches = [
        item.rows if isinstance(item.rows, pa.RecordBatch)  # type: ignore[union-attr]
        else pa.RecordBatch.from_pylist(item.rows)  # type: ignore[union-attr]
        for item in source.read(file, context)
        if getattr(item, "table", "") == "counts"
    ]  # fmt: skip
    schema = pa.schema(
        [("place", pa.string()), ("month", pa.string()), ("record", pa.string()),
         ("count", pa.int64())]
    )  # fmt: skip
    return pa.concat_tables(
        pa.Table.from_batches([batch]).select(schema.names).cast(schema) for batch in batches
    )


@pytest.fixture(scope="module")
def state(puente_data: Path) -> Table:
    """The official state file of 2015 to November 2024."""
    path = puente_data / "sesnsp" / "state_all_crimes_2015_2024.csv"
    return counts_of("sesnsp_state", path, "2024-11")


STATE = SourceInfo(
    name="state_file", title="State file", agency="SESNSP", country="mx", record_class="fact",
    reliability="B", credibility="3", cadence="monthly, on the 20th",
)  # fmt: skip


def changed(table: Table, where: pa.Array, new: Callable[[Table], pa.Array]) -> Table:
    """Return the table with other counts where `where` holds."""
    return table.set_column(3, "count", pc.if_else(where, new(table), table["count"]))


def of(findings: Rows, check: str, **wanted: str) -> Rows:
    return [
        finding for finding in findings
        if finding["check"] == check
        and all(finding[key].startswith(value) for key, value in wanted.items())
    ]  # fmt: skip


@pytest.fixture(scope="module")
def clean(state: Table, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """What is found in the state file as it is."""
    return Node(tmp_path_factory.mktemp("clean") / "ws").load(
        {"counts": state}, info=STATE, published="2024-11"
    ).findings()  # fmt: skip


def year(table: Table, text: str) -> pa.Array:
    return pc.starts_with(table["month"], text)


def crime(table: Table, text: str) -> pa.Array:
    return pc.starts_with(table["record"], text)


def renamed(table: Table, where: pa.Array, column: str, new: Callable[[str], str]) -> Table:
    """Return the table with other texts in one column where `where` holds."""
    inside, rest = table.filter(where), table.filter(pc.invert(where))
    texts = pa.array([new(text) for text in inside[column].to_pylist()])
    at = inside.schema.get_field_index(column)
    return pa.concat_tables([rest, inside.set_column(at, column, texts)])


def break_state_file(table: Table) -> Table:
    """Return the state file with one defect of each kind, each in a year or a crime of its own."""
    rng = np.random.default_rng(7)
    half = pc.and_(crime(table, "robo_de_vehiculo_automotor."), year(table, "2019"))
    table = changed(table, half, lambda t: pc.divide(t["count"], 2))
    gone = pc.or_(crime(table, "narcomenudeo"), crime(table, "homicidio_doloso.con_arma_blanca"))
    table = table.filter(pc.invert(gone))
    some = pa.array(rng.random(table.num_rows) < 0.5)
    table = table.filter(pc.invert(pc.and_(crime(table, "fraude"), some)))
    zeros = pa.array([0] * table.num_rows, pa.int64())
    table = changed(table, year(table, "2015"), lambda _t: zeros)
    quiet = pc.and_(pc.equal(table["place"], "09000"), year(table, "2023"))
    table = changed(table, pc.and_(quiet, crime(table, "amenazas")), lambda _t: zeros)
    ten = pc.and_(crime(table, "extorsion"), pc.equal(table["month"], "2021-04"))
    table = changed(table, ten, lambda t: pc.multiply(t["count"], 10))
    may = table.filter(pc.equal(table["month"], "2022-05"))
    twin = may.set_column(1, "month", pa.array(["2022-06"] * may.num_rows))
    table = pa.concat_tables([table.filter(pc.not_equal(table["month"], "2022-06")), twin])
    table = renamed(
        table, year(table, "2017"), "month", lambda text: f"2017-{int(text[5:]) % 12 + 1:02d}"
    )
    other = {"19000": "21000", "21000": "19000"}
    return renamed(table, year(table, "2020"), "place", lambda text: other.get(text, text))


@pytest.fixture(scope="module")
def broken(state: Table, clean: Rows, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """What is found in the state file with its defects, and not in the one as it is."""
    known = {json.dumps(finding, sort_keys=True) for finding in clean}
    node = Node(tmp_path_factory.mktemp("broken") / "ws")
    node.load({"counts": break_state_file(state)}, info=STATE, published="2024-11")
    return [f for f in node.findings() if json.dumps(f, sort_keys=True) not in known]


def test_the_official_file_as_it_is_raises_one_fault_and_it_is_a_hole_that_everyone_knows(
    clean: Rows,
) -> None:
    faults = [finding for finding in clean if finding["severity"] == "fault"]
    assert [(f["check"], f["place"], f["period"]) for f in faults] == [
        ("spike", "20000", "2016-10")
    ], "Oaxaca's October of 2016 was never sent; nothing else of this file may be called a fault"
    blank = of(clean, "months_blank")
    assert [(f["severity"], f["period"]) for f in blank] == [("note", "2024-12")]
    assert "missing, not zero" in say(blank[0]["text"])
    assert not of(clean, "future")


def test_half_of_a_crime_lost_for_a_year_is_a_break_of_that_crime_in_that_year(
    broken: Rows,
) -> None:
    found = of(broken, "break", place="00000", record="robo_de_vehiculo")
    assert [(f["period"], f["severity"]) for f in found] == [("2019", "fault")]
    assert found[0]["figure"] / found[0]["expected"] == pytest.approx(0.5, abs=0.1)


def test_a_crime_that_is_dropped_is_missed_by_the_catalogue(broken: Rows) -> None:
    found = of(broken, "records_absent")
    assert {f["rows"]: f["severity"] for f in found} == {
        "narcomenudeo": "fault",
        "homicidio_doloso.con_arma_blanca": "fault",
    }


def test_half_of_the_rows_of_a_crime_that_are_dropped_leave_fewer_figures(broken: Rows) -> None:
    found = of(broken, "cells_absent", record="fraude")
    assert [f["severity"] for f in found] == ["fault"]


def test_a_year_of_zeros_is_told_once_for_all_crimes(broken: Rows) -> None:
    found = [f for f in of(broken, "break", place="00000") if f["record"] == ""]
    assert [(f["period"], f["severity"], f["figure"]) for f in found] == [("2015", "fault", 0.0)]


def test_a_state_that_falls_silent_on_a_crime_for_a_year_is_told(broken: Rows) -> None:
    found = of(broken, "silence", place="09000", record="amenazas")
    assert [f["period"] for f in found] == ["2023-01/2023-12"]
    assert found[0]["expected"] > 1000


def test_a_month_that_stands_there_twice_is_named_with_its_twin(broken: Rows) -> None:
    found = of(broken, "repeated", place="00000")
    assert [(f["period"], f["severity"]) for f in found] == [("2022-06", "fault")]
    assert "2022-05" in say(found[0]["text"])


def test_a_month_that_is_ten_times_too_large_is_told(broken: Rows) -> None:
    found = of(broken, "spike", place="00000", record="extorsion")
    assert [(f["period"], f["severity"]) for f in found] == [("2021-04", "fault")]


def test_a_year_moved_by_a_month_is_told_by_its_course(broken: Rows) -> None:
    found = of(broken, "shifted")
    assert [(f["period"], f["severity"]) for f in found] == [("2017", "fault")]


def test_two_states_that_take_each_others_figures_are_both_named(broken: Rows) -> None:
    found = of(broken, "swapped")
    assert {f["period"] for f in found} == {"2020", "2021"}, "in that year, and back in the next"
    assert {f["place"] for f in found} == {"19000"}
    assert "21000" in say(found[0]["text"])


# --- against an earlier delivery, and against a sister -----------------------------------------


@pytest.fixture(scope="module")
def revised(state: Table, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """What is found where a delivery of 2019 and 2020 is followed by one with defects."""
    two = state.filter(pc.or_(year(state, "2019"), year(state, "2020")))
    half = pc.and_(crime(two, "robo_de_vehiculo_automotor."), year(two, "2020"))
    later = changed(two, half, lambda t: pc.divide(t["count"], 2))
    ten = pc.and_(pc.equal(later["place"], "14000"), crime(later, "lesiones_dolosas"))
    later = changed(later, ten, lambda t: pc.multiply(t["count"], 10))
    other = {"19000": "21000", "21000": "19000"}
    later = renamed(later, year(later, "2019"), "place", lambda text: other.get(text, text))
    gone = pc.and_(crime(later, "extorsion"), pc.equal(later["month"], "2020-03"))
    later = changed(later, gone, lambda t: pa.array([None] * t.num_rows, pa.int64()))
    later = later.filter(pc.invert(crime(later, "incesto")))
    node = Node(tmp_path_factory.mktemp("revised") / "ws")
    node.load({"counts": two}, info=STATE, published="2021-01")
    node.load({"counts": later}, info=STATE, published="2021-02")
    return node.findings()


def test_a_year_that_a_later_delivery_halves_is_a_fault_with_both_figures(revised: Rows) -> None:
    found = of(revised, "revision", place="00000", record="robo_de_vehiculo", period="2020")
    assert [f["severity"] for f in found] == ["fault"]
    assert found[0]["figure"] / found[0]["expected"] == pytest.approx(0.5, abs=0.01)


def test_a_states_year_that_a_later_delivery_makes_ten_times_larger_is_a_fault(
    revised: Rows,
) -> None:
    found = of(revised, "revision", place="14000")
    assert {f["period"] for f in found if f["severity"] == "fault"} == {"2019", "2020"}


def test_two_states_swapped_by_a_later_delivery_are_named(revised: Rows) -> None:
    found = of(revised, "swapped", period="2019")
    assert {f["place"] for f in found} == {"19000"}


def test_figures_that_a_later_delivery_withdraws_and_records_it_drops_are_told(
    revised: Rows,
) -> None:
    texts = [say(f["text"]) for f in of(revised, "revision", period="2020")]
    assert any(t.endswith("not reported any more: 32.") for t in texts)
    dropped = of(revised, "records_absent", record="incesto")
    assert [f["severity"] for f in dropped] == ["fault"]


def test_each_year_says_how_many_figures_were_changed_and_where_the_most(revised: Rows) -> None:
    notes = [f for f in of(revised, "revision") if f["severity"] == "note"]
    assert {f["period"] for f in notes} == {"2019", "2020"}
    assert all("figures were changed" in say(f["text"]) for f in notes)


@pytest.fixture(scope="module")
def feed(puente_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """What is found in the defective feed of 2025, with the official state file beside it."""
    node = Node(tmp_path_factory.mktemp("feed") / "ws")
    folder = puente_data / "sesnsp"
    table = counts_of("municipal_feed", folder / "municipal_2025_defective_feed.csv", "2025-11")
    info = get_source("municipal_feed").info
    node.load({"counts": table}, info=info, published="2025-11")
    state = counts_of("sesnsp_state", folder / "state_all_crimes_2015_2024.csv", "2024-11")
    recent = state.filter(pc.or_(year(state, "2023"), year(state, "2024")))
    node.load({"counts": recent}, info=get_source("sesnsp_state").info, published="2024-11")
    return [f for f in node.findings() if f["source"] == "municipal_feed"]


def test_the_defective_feed_has_lost_half_of_its_robberies(feed: Rows) -> None:
    found = of(feed, "sister", record="robo")
    assert [(f["severity"], f["place"]) for f in found] == [("fault", "00000")]
    assert 0.4 < found[0]["figure"] / found[0]["expected"] < 0.6


def test_the_defective_feed_has_no_vehicle_theft(feed: Rows) -> None:
    found = of(feed, "records_absent", record="robo_de_vehiculo_automotor")
    assert [f["severity"] for f in found] == ["warning"]
    assert "No record tells this crime" in say(found[0]["text"])


def test_the_defective_feed_says_that_there_was_no_crime_in_december(feed: Rows) -> None:
    found = of(feed, "future")
    assert [(f["severity"], f["period"]) for f in found] == [("fault", "2025-12")]


def test_the_defective_feed_lacks_types_that_a_whole_table_has(feed: Rows) -> None:
    faults = {f["record"] for f in of(feed, "records_absent") if f["severity"] == "fault"}
    assert {"lesiones", "fraude", "violencia_familiar", "narcomenudeo", "amenazas"} <= faults


def test_a_source_that_is_shifted_against_its_sister_is_told(state: Table, node: Node) -> None:
    years = pc.or_(year(state, "2018"), year(state, "2019"))
    part = state.filter(years)
    moved = {f"{y}-{m:02d}": f"{y + m // 12}-{m % 12 + 1:02d}"
             for y in (2018, 2019) for m in range(1, 13)}  # fmt: skip
    late = renamed(part, years.filter(years), "month", lambda text: moved[text])
    doubted = replace(STATE, name="copy", reliability="E")
    node.load({"counts": part}, info=STATE, published="2020-01")
    node.load({"counts": late}, info=doubted, published="2020-02")
    found = of(node.findings(), "shifted", source="copy")
    assert [f["severity"] for f in found] == ["fault"]


# --- what cannot be, and what is missing, in small made-up tables ---------------------------------

PLACES = ("01001", "01002", "01003", "02001", "02002")
MONTHS = tuple(f"{y}-{m:02d}" for y in (2021, 2022, 2023, 2024) for m in range(1, 13))


def small(seed: int, *, mean: float = 40.0, records: tuple[str, ...] = ("a", "b", "c")) -> Rows:
    """Return made-up counts: places and months with steady means and chance."""
    rng = np.random.default_rng(seed)
    return [
        {"place": place, "month": month, "record": record,
         "count": int(rng.poisson(mean * (1 + number)))}
        for number, place in enumerate(PLACES)
        for record in records
        for month in MONTHS
    ]  # fmt: skip


def towns(*, people: int = 50_000) -> dict[str, Table | Rows]:
    return {
        "places": [
            {"place": place, "name": f"Town {place}", "state": place[:2], "state_name": "Made up",
             "valid_from": "2000-01-01", "valid_to": "", "latitude": None, "longitude": None,
             "crosswalk": "made up"} for place in PLACES
        ],
        "population": [{"place": place, "year": 2024, "population": people} for place in PLACES],
    }  # fmt: skip


GAZETTEER = SourceInfo(
    name="gazetteer", title="Gazetteer", agency="INEGI", country="mx", record_class="fact",
    stage=0,
)  # fmt: skip


@given(seed=st.integers(0, 10_000))
@how_often(max_examples=4, deadline=None)
def test_figures_that_only_chance_moves_raise_neither_fault_nor_warning(
    seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    node = Node(tmp_path_factory.mktemp("chance") / "ws")
    node.load(towns(), info=GAZETTEER, published="2026-02-01")
    node.load({"counts": small(seed)}, published="2026-01")
    assert [f for f in node.findings() if f["severity"] != "note"] == []


def test_a_month_with_the_figures_of_another_in_other_places_does_not_repeat_it(node: Node) -> None:
    rows = [r for r in small(3) if r["month"] < "2022-03"]
    first = {(r["place"], r["record"]): r["count"] for r in rows if r["month"] == "2022-01"}
    turned = dict(zip(first, [*list(first.values())[1:], next(iter(first.values()))], strict=True))
    for row in rows:
        if row["month"] == "2022-02":
            row["count"] = turned[row["place"], row["record"]]
    node.load(towns(), info=GAZETTEER, published="2026-02-01")
    node.load({"counts": rows}, published="2022-02")
    assert of(node.findings(), "repeated") == []


def test_the_same_build_finds_the_same_in_the_same_order(node: Node) -> None:
    rows = small(1)
    rows[3]["count"] = -4
    node.load({"counts": rows})
    assert node.findings() == node.findings()


def change(rows: Rows, new: Callable[[dict[str, Any]], object], **where: str) -> Rows:
    for row in rows:
        if all(row[key].startswith(value) for key, value in where.items()):
            row["count"] = new(row)
    return rows


DEFECTS: list[tuple[str, Rows, dict[str, str]]] = [
        ("impossible", change(small(2), lambda _r: -3, place="01002", month="2022-03", record="b"),
         {"place": "01002", "record": "b", "severity": "fault"}),
        ("impossible", change(small(2), lambda _r: 60_000, place="01002", month="2022-03"),
         {"place": "01002", "period": "2022-03", "severity": "fault"}),
        ("silence", change(small(2), lambda _r: 0, place="02", month="2023"),
         {"place": "02000", "period": "2023-01/2023-12", "severity": "fault"}),
        ("silence", change(small(2), lambda _r: 0, place="02002", month="2024"),
         {"place": "02002", "period": "2024-01/2024-12", "severity": "warning"}),
        ("repeated", change(small(2), lambda _r: 57, place="01002", month="2023", record="c"),
         {"place": "01002", "record": "c", "period": "2023-01/2023-12"}),
        ("constant", change(small(2), lambda _r: 0, record="c"), {"record": "c"}),
        ("heaping", change(small(2), lambda r: 5 * round(r["count"] / 5)), {"severity": "note"}),
        ("future", change(small(2), lambda _r: 0, month="2024-12"),
         {"period": "2024-12", "severity": "fault"}),
        ("months_blank", change(small(2), lambda _r: None, month="2024-12"),
         {"period": "2024-12", "severity": "note"}),
        ("months_absent", [r for r in small(2) if r["month"] != "2022-07"],
         {"period": "2022-07", "severity": "fault"}),
        ("places_absent", [r for r in small(2) if r["place"] != "01003"],
         {"place": "", "severity": "warning"}),
        ("places_absent", [r for r in small(2) if not (
            r["place"].startswith("02") and r["month"].startswith("2023-0"))],
         {"place": "02000", "period": "2023-01/2023-09", "severity": "fault"}),
        ("codes", [{**r, "place": "01777"} if r["place"] == "01003" else r for r in small(2)],
         {"rows": "01777", "severity": "fault"}),
    ]  # fmt: skip
"""A check, figures with a defect that it should name, and how."""


@pytest.fixture(scope="module")
def defects(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """What is found in all of them, each a source of its own."""
    node = Node(tmp_path_factory.mktemp("defects") / "ws")
    node.load(towns(), info=GAZETTEER)
    for number, (_check, rows, _wanted) in enumerate(DEFECTS):
        node.load({"counts": rows}, info=replace(INFO, name=f"case_{number}"))
    return node.findings()


@pytest.mark.parametrize("number", range(len(DEFECTS)), ids=lambda n: f"{n}-{DEFECTS[n][0]}")
def test_each_defect_is_named_by_its_check(defects: Rows, number: int) -> None:
    check, _rows, wanted = DEFECTS[number]
    found = [f for f in of(defects, check) if f["source"] == f"case_{number}"]
    assert any(all(f[key] == value for key, value in wanted.items()) for f in found), found
    for finding in found:
        assert finding["agency"] == "NOBODY"
        assert "{" not in say(finding["text"])


@pytest.mark.parametrize(
    ("where", "wanted"),
    [({"place": "02"}, ("02000", "", "")), ({"record": "b"}, ("", "b", "")),
     ({"month": "2022"}, ("", "", "2022"))],
)  # fmt: skip
def test_counts_that_were_multiplied_by_ten_are_told_once_wherever_they_stand(
    node: Node, where: dict[str, str], wanted: tuple[str, str, str]
) -> None:
    node.load({"counts": change(small(9), lambda row: 10 * row["count"], **where)})
    found = of(node.findings(), "heaping", severity="fault")
    assert [(f["place"], f["record"], f["period"]) for f in found] == [wanted]


def test_a_state_whose_cases_a_head_are_anothers_is_told(state: Table, node: Node) -> None:
    people = {"06": 700_000, "15": 17_000_000}
    node.load({"population": [
        {"place": f"{n:02d}001", "year": 2022, "population": people.get(f"{n:02d}", 3_000_000)}
        for n in range(1, 33)
    ]}, info=GAZETTEER)  # fmt: skip
    recent = state.filter(year(state, "2022"))
    other = {"06000": "15000", "15000": "06000"}
    swap = renamed(recent, year(recent, "2022"), "place", lambda text: other.get(text, text))
    node.load({"counts": swap}, info=STATE, published="2023-01")
    found = of(node.findings(), "impossible")
    assert {"06000", "15000"} <= {f["place"] for f in found}


def test_a_state_that_is_never_named_is_a_fault_of_its_own(node: Node) -> None:
    node.load(towns(), info=GAZETTEER)
    node.load({"counts": [row for row in small(9) if row["place"] < "02"]})
    found = of(node.findings(), "places_absent", severity="fault")
    assert [f["place"] for f in found] == ["02000"]


def test_cases_told_before_their_month_is_over_are_a_fault(node: Node) -> None:
    node.load({"counts": small(3)}, published="2024-10-05")
    found = of(node.findings(), "future")
    assert [(f["period"], f["severity"]) for f in found] == [("2024-11/2024-12", "fault")]


def test_parts_that_do_not_add_up_to_their_state_or_their_crime_are_told(node: Node) -> None:
    rows = small(4, records=("x.one", "x.two"))
    sums: Counter[tuple[str, str]] = Counter()
    for row in rows:
        sums[row["place"][:2] + "000", row["month"]] += row["count"]
    states = [
        {"place": place, "month": month, "record": "x", "count": count * (2 if place < "02" else 1)}
        for (place, month), count in sums.items()
    ]
    node.load({"counts": [*rows, *states]})
    found = of(node.findings(), "sum")
    assert {(f["place"], f["severity"]) for f in found} == {("01000", "fault")}
    assert {f["period"] for f in found} == {"2021", "2022", "2023", "2024"}


def test_shares_above_a_hundred_and_bounds_that_miss_their_value_are_impossible(
    node: Node,
) -> None:
    figure = {"place": "01000", "period": "2023", "record": "cifra_negra", "measure": "share",
              "value": 93.0, "low": 90.0, "high": 95.0, "unit": "percent"}  # fmt: skip
    node.load({"indicators": [
        figure,
        {**figure, "place": "02000", "value": 193.0, "high": 200.0},
        {**figure, "place": "03000", "low": 94.0},
        {**figure, "place": "04000", "period": "2031"},
    ]})  # fmt: skip
    texts = [say(f["text"]) for f in of(node.findings(), "impossible")]
    assert any("outside 0 to 100 percent: 1" in text for text in texts)
    assert any("outside their own bounds: 1" in text for text in texts)
    assert any("years to come" in text for text in texts)


def test_bounds_of_a_figure_that_was_mended_since_and_a_blank_of_a_year_to_come_are_no_fault(
    node: Node,
) -> None:
    figure = {"place": "01000", "period": "2023", "record": "cifra_negra", "measure": "share",
              "value": 99.0, "low": 90.0, "high": 95.0, "unit": "percent"}  # fmt: skip
    node.load({"indicators": [figure]}, published="2024-09")
    blank = {**figure, "place": "02000", "period": "2031", "value": None, "low": None, "high": None}
    node.load({"indicators": [{**figure, "value": 93.0}, blank]}, published="2025-09")
    assert of(node.findings(), "impossible") == []


def reports_of(last: dict[str, str]) -> Rows:
    """Return some twenty made-up reports a month of each agency, up to its last month."""
    return [
        {"incident_id": f"{agency}{month}{n}", "date": f"{month}-{n % 28 + 1:02d}",
         "place": "01001", "category": "robo", "violent": None, "entity_id": "",
         "agency": agency}
        for agency in sorted(last)
        for month in MONTHS
        for n in range(20 + len(month) % 3)
        if month <= last[agency]
    ]  # fmt: skip


@pytest.mark.parametrize(("slip", "told"), [("2205-03-01", 1), ("1925-03-01", 0)])
def test_one_mistyped_year_makes_no_silence_and_no_gap_of_a_century(
    node: Node, slip: str, told: int
) -> None:
    reports = reports_of({"NORTH": "2024-12", "SOUTH": "2024-12"})
    reports[0]["date"] = slip
    node.load({"incidents": reports}, published="2025-01-05")
    found = [f for f in node.findings(today=date(2025, 1, 10)) if f["severity"] != "note"]
    assert [(f["check"], f["period"]) for f in found] == [("future", slip)] * told


def test_a_feed_that_pauses_for_months_has_a_gap(node: Node) -> None:
    reports = [r for r in reports_of({"NORTH": "2024-12"}) if r["date"][:7] not in MONTHS[20:22]]
    node.load({"incidents": reports}, published="2025-01-05")
    found = of(node.findings(), "months_absent")
    assert [f["period"] for f in found] == [f"{MONTHS[20]}/{MONTHS[21]}"]


def test_an_agency_that_stops_sending_records_is_told_by_its_name(node: Node) -> None:
    reports = reports_of({"NORTH": "2024-12", "SOUTH": "2024-06"})
    reports[0]["date"] = "2031-01-01"
    node.load({"incidents": reports}, published="2025-01-05")
    findings = node.findings()
    found = of(findings, "silence")
    assert [(f["agency"], f["period"]) for f in found] == [("SOUTH", "2024-07/2024-12")]
    assert [(f["severity"], f["agency"]) for f in of(findings, "future")] == [("fault", "NORTH")]


def test_a_file_of_which_many_rows_were_rejected_says_why_and_where(node: Node) -> None:
    node.load({"counts": small(5)}, rejects=12, facts={"orphans": 3, "municipalities": 5})
    findings = node.findings()
    found = of(findings, "rejects")
    assert [(f["severity"], f["figure"]) for f in found] == [("fault", 12.0)]
    assert "no such place" in say(found[0]["text"])
    assert found[0]["rows"].endswith(":2")
    assert [f["severity"] for f in of(findings, "reading")] == ["warning"]


def test_a_source_that_has_fallen_behind_is_late(node: Node) -> None:
    node.load({"counts": small(6)}, published="2025-01")
    assert [f["severity"] for f in of(node.findings(), "late")] == ["warning"]
    assert of(node.findings(today=date(2025, 2, 20)), "late") == []


def test_a_delivery_dated_by_its_copy_alone_is_not_called_late(node: Node) -> None:
    """Its page says that no pace is known, since a copy's time says nothing of its age."""
    node.load({"counts": small(6)}, published="2025-01-05", dated=False)
    assert of(node.findings(), "late") == []


def test_the_findings_carry_the_origin_of_all_that_was_read(node: Node) -> None:
    secret = replace(INFO, name="secret", marking="TLP:RED", record_class="tip")
    apart = replace(INFO, name="apart", record_class="criminal_intelligence")
    node.load({"counts": small(7)})
    node.load({"counts": small(8)}, info=secret)
    node.load({"counts": small(9)}, info=apart)
    node.findings()
    assert {cell.marking for cell in node.lineage} == {"TLP:AMBER", "TLP:RED"}
    assert "criminal_intelligence" not in {cell.record_class for cell in node.lineage}


def test_no_figures_at_all_are_no_findings(node: Node) -> None:
    node.load({"population": [{"place": "01001", "year": 2020, "population": 5}]})
    assert [f for f in node.findings() if f["check"] != "late"] == []


def test_every_check_and_severity_has_words() -> None:
    assert all(check_label(name) != name for name in CHECKS)
    assert SEVERITIES[0] == "fault"


def test_a_table_of_one_kind_of_crime_lacks_nothing() -> None:
    assert lacking(frozenset({"homicidio_doloso", "feminicidio", "homicidio_culposo"})) is None
    whole = frozenset(
        f"{c.name}.{part}" if part else c.name for c in catalogue() for part in (c.parts or ("",))
    )
    held = lacking(whole)
    assert held is not None
    assert (held.types, held.crimes, held.untold, held.parts) == ((), (), (), ())
