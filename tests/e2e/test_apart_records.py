"""Criminal intelligence leaves no trace in what is shared, and opens to whom the law opens it.

Two nodes are built from one made-up world, one of them with an intelligence unit's sheets beside
the rest. Whoever may not read the sheets must find the two alike, to the byte.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import re
import shutil
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from puente import pipeline
from puente.errors import NotAllowed, NotFound
from puente.guard.actors import Actor, Purpose
from puente.model.provenance import APART
from puente.report.formats import export
from puente.settings import Settings
from puente.store.builds import read_origin
from puente.store.tables import BUILD_TABLES
from puente.web.reads.apart import read_apart, stands_apart
from puente.web.reads.entity import cluster_of, read_facts
from puente.web.reads.openness import openers_of, read_openings
from puente.web.reads.search import Query, search
from puente.web.reads.summary import read_summary
from puente.workspace import Workspace
from puente.world.make import Extras, make_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from puente.guard.view import View

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
PEOPLE, SEED = 600, 3
SHEET = "cenapi_fichas"
ANALYST = Actor(name="ana", roles=frozenset({"analyst"}), country="MX", agency="CENAPI")
CASE = Purpose(name="investigation", case="C-1")
OTHERS = (
    (ANALYST, Purpose(name="investigation")),
    (replace(ANALYST, country="US"), CASE),
    (Actor(name="carla", roles=frozenset({"compliance"}), country="MX"), Purpose(name="screening")),
    (
        Actor(name="cruz", roles=frozenset({"crime_analyst"}), country="MX"),
        Purpose(name="crime_analysis"),
    ),
)
"""Whoever may not read the sheets: no case, another country, another role."""


class Clock:
    """A clock that is set by hand."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A built node, the files that it was built from, and its clock."""

    workspace: Workspace
    world: Path
    told: dict[str, object]
    clock: Clock

    @property
    def current(self) -> Path:
        snapshot = self.workspace.lake.current()
        assert snapshot is not None
        return snapshot.path

    def reader(self, day: datetime = NOW, action: str = "") -> View:
        """Return the View of an analyst with a case, on some day."""
        self.clock.now = day
        return self.workspace.view(ANALYST, CASE, action=action)


def build(folder: Path, world: Path) -> Node:
    clock = Clock()
    workspace = Workspace.open(Settings(workspace=folder / "ws"), clock=clock)
    told = pipeline.run(
        pipeline.Build(
            workspace=workspace, data=world, now=NOW, report_progress=lambda *_said: None
        )
    )
    return Node(workspace=workspace, world=world, told=told, clock=clock)


@pytest.fixture(scope="module")
def with_sheets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("with")
    make_world(folder / "world", people=PEOPLE, seed=SEED, extras=Extras(events=100))
    node = build(folder, folder / "world")
    yield node
    node.workspace.close()


@pytest.fixture(scope="module")
def without(with_sheets: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("without")
    left_out = shutil.ignore_patterns(f"{SHEET}_*")
    shutil.copytree(with_sheets.world, folder / "world", ignore=left_out)
    node = build(folder, folder / "world")
    yield node
    node.workspace.close()


def subjects(node: Node) -> list[dict[str, str]]:
    """Return the subjects that are readable on the day of the build, as their sheets have them."""
    view = node.reader()
    rows = view.sql(
        "SELECT s.value AS id, max(r.value) AS review_by FROM statements s"
        " JOIN statements r USING (source, entity_id)"
        " WHERE s.schema = 'Suspicion' AND s.prop = 'subject' AND r.prop = 'reviewBy'"
        " GROUP BY 1 ORDER BY 1"
    ).to_pylist()
    assert rows
    return [
        {**row, "name": view.entity(row["id"]).caption, "curp": _first(view, row["id"], "curpCode")}
        for row in rows
    ]


def _first(view: View, entity: str, prop: str) -> str:
    return next(iter(view.entity(entity).values(prop)), "")


# --- nothing shared knows of it -------------------------------------------------------------------


def test_what_is_shared_is_the_same_to_the_byte_with_the_sheets_and_without(
    with_sheets: Node, without: Node
) -> None:
    """A row more, a weight moved, a figure changed would tell that there is a record, and whose."""

    def shared(node: Node) -> dict[str, str]:
        own = {f"{name}.parquet" for name in (*BUILD_TABLES, "cells")} | {"manifest.json"}
        # A build's own id and folder tell when and where it was made, and from which code.
        told = (node.current.name, str(node.world), str(node.told["code"]))
        found = {}
        for path in sorted(node.current.iterdir()):
            if path.name not in own:
                content = path.read_bytes()
                if path.name == "cluster_history.parquet":
                    content = str(pq.read_table(path).drop(["build", "at"]).to_pylist()).encode()
                for text in told:
                    content = content.replace(text.encode(), b"")
                found[path.name] = sha256(content).hexdigest()
        return found

    held, other = shared(with_sheets), shared(without)
    assert {"clusters.parquet", "nodes.parquet", "hits.parquet", "edges.parquet", "steps.parquet",
            "ownership.parquet", "panel.parquet", "links.parquet", "summary.json",
            "report.html"} <= held.keys()  # fmt: skip
    # The paper is compressed, with the build's id in it; the page of the same blocks is compared.
    assert all(both.pop("report.pdf") for both in (held, other))
    assert held == other


def test_no_artefact_says_that_it_was_made_from_intelligence(with_sheets: Node) -> None:
    artefacts = [
        path for path in with_sheets.current.glob("*.parquet")
        if path.stem not in {*BUILD_TABLES, "cells"}
    ]  # fmt: skip
    assert artefacts
    for path in artefacts:
        _marking, cells = read_origin(path)
        assert not {cell.record_class for cell in cells} & APART, path.stem


def test_whoever_builds_is_told_of_every_file_and_the_summary_of_none_that_stands_apart(
    with_sheets: Node,
) -> None:
    told = with_sheets.told["sources"]
    assert isinstance(told, list)
    assert SHEET in {source["name"] for source in told}
    summary = (with_sheets.current / "summary.json").read_text(encoding="utf-8")
    assert SHEET not in summary
    report = (with_sheets.current / "report.html").read_text(encoding="utf-8")
    assert SHEET not in report
    again = pipeline.standing_summary(
        pipeline.Build(
            workspace=with_sheets.workspace, data=with_sheets.world, now=NOW,
            report_progress=lambda *_said: None,
        )
    )  # fmt: skip
    assert (again is not None) == (pipeline.fingerprint("en") == with_sheets.told["code"])


@pytest.mark.parametrize(("who", "purpose"), OTHERS)
def test_others_find_the_two_nodes_alike(
    with_sheets: Node, without: Node, who: Actor, purpose: Purpose
) -> None:
    """No count, no id, no facet, no source, no door more: on every page that they can open."""
    hidden = subjects(with_sheets)[:2]

    def seen(node: Node) -> list[object]:
        node.clock.now = NOW
        view = node.workspace.view(who, purpose)
        policy = node.workspace.policy
        found: list[object] = [
            replace(read_summary(view), build="", built_at=""),
            read_openings(policy, view, openers_of(policy)),
            view.marking,
            view.sql("SELECT * EXCLUDE (path, loaded_at) FROM loads ORDER BY ALL").to_pylist(),
            view.sql("SELECT count(*), count(DISTINCT source) FROM rejects").to_pylist(),
        ]
        texts = ["", *(h["name"] for h in hidden), *(h["curp"] for h in hidden), hidden[0]["id"]]
        found += [search(view, Query(text=text)) for text in texts]
        for subject in hidden:
            for asked in (subject["id"], f"{subject['id']}-suspicion"):
                with pytest.raises(NotFound) as missing:
                    read_facts(view, cluster_of(view, asked))
                found.append(missing.value.message)
        return found

    assert seen(with_sheets) == seen(without)


def test_the_pipeline_itself_cannot_read_a_sheet(with_sheets: Node) -> None:
    view = with_sheets.workspace.system_view()
    rows = view.sql("SELECT DISTINCT record_class FROM statements")
    assert not set(rows["record_class"].to_pylist()) & APART


# --- who may read it can --------------------------------------------------------------------------


def test_an_analyst_with_a_case_finds_a_sheet_by_name_and_by_identifier(with_sheets: Node) -> None:
    view = with_sheets.reader()
    held = subjects(with_sheets)
    for subject in held[:5]:
        asked = [subject["name"].lower(), " ".join(reversed(subject["name"].split()))]
        for text in [*asked, *([subject["curp"]] if subject["curp"] else [])]:
            found = search(view, Query(text=text)).apart
            assert subject["id"] in {record.id for record in found.shown}, text
    assert search(view, Query()).apart.total == 0, "nobody leafs through the sheets"
    surname = held[0]["name"].split()[-1]
    assert search(view, Query(text=surname)).apart.total == 0


def test_a_sheet_shows_grade_grounds_clock_and_with_whom_it_shares_a_curp(
    with_sheets: Node,
) -> None:
    view = with_sheets.reader()
    with_curp = [s for s in subjects(with_sheets) if s["curp"]]
    told = {s["id"]: read_apart(view, [s["id"]]) for s in with_curp}
    for subject in with_curp:
        (suspicion,) = told[subject["id"]].suspicions
        assert suspicion.basis
        assert suspicion.crime
        assert suspicion.assessed_on < subject["review_by"] == suspicion.review_by
        assert (suspicion.reliability, suspicion.credibility) == ("B", "3")
        facts = read_facts(view, cluster_of(view, subject["id"]))
        assert (facts.apart, facts.merged, facts.hits, facts.links) == (True, False, (), ())
        bearing = view.sql(
            "SELECT DISTINCT c.cluster_id FROM statements s JOIN clusters c USING (entity_id)"
            " WHERE s.current AND s.prop = 'curpCode' AND s.value = ?",
            [subject["curp"]],
        )
        shared = {item.id for item in told[subject["id"]].shared if item.prop == "curpCode"}
        assert shared == set(bearing["cluster_id"].to_pylist())
    assert any(apart.shared for apart in told.values()), "no sheet meets anybody: a poor test"


def test_a_sheet_is_exported_under_its_marking_to_whom_that_lets_it_out(
    with_sheets: Node, tmp_path: Path
) -> None:
    """The unit marks its sheets TLP:AMBER+STRICT: they do not leave the house."""
    subject = subjects(with_sheets)[0]
    view = with_sheets.reader(action="export")
    with pytest.raises(NotFound):
        export(view, "ftm", tmp_path / "one", now=NOW, ids=[subject["id"]])
    export(view, "statements", tmp_path / "all", now=NOW)
    for path in (tmp_path / "all").iterdir():
        assert subject["id"] not in path.read_text(encoding="utf-8"), path.name


# --- the clock ------------------------------------------------------------------------------------


def test_a_sheet_is_readable_to_the_day_of_its_review_and_not_the_day_after(
    with_sheets: Node,
) -> None:
    """28 CFR 23.20(h). No build, and no new sign-in, is needed for the time to be up."""
    subject = min(subjects(with_sheets), key=lambda held: held["review_by"])
    last = datetime.fromisoformat(subject["review_by"]).replace(hour=23, tzinfo=UTC)
    view = with_sheets.reader(last)
    assert view.entity(subject["id"]).caption == subject["name"]
    assert stands_apart(view, subject["id"])
    with_sheets.clock.now = last + timedelta(hours=2)
    with pytest.raises(NotFound):
        view.entity(subject["id"])
    with pytest.raises(NotFound):
        cluster_of(view, subject["id"])
    for text in filter(None, (subject["name"], subject["curp"])):
        assert subject["id"] not in {r.id for r in search(view, Query(text=text)).apart.shown}
    named = view.sql(
        "SELECT count(*) AS n FROM statements WHERE starts_with(entity_id, ?) OR value = ?",
        [subject["id"], subject["id"]],
    )
    assert named["n"].to_pylist() == [0]


def test_five_years_on_no_sheet_is_left(with_sheets: Node) -> None:
    view = with_sheets.reader(NOW + timedelta(days=5 * 366))
    rows = view.sql("SELECT count(*) AS n FROM statements WHERE record_class = ?", sorted(APART))
    assert rows["n"].to_pylist() == [0]


def test_the_sheets_that_were_over_when_they_came_are_never_shown(with_sheets: Node) -> None:
    (path,) = with_sheets.world.rglob(f"{SHEET}_*.csv")
    with path.open(encoding="cp1252", newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter=";"))
    over = {
        f"cenapi-{row['FICHA']}"
        for row in rows
        if (day := row["REVISAR_ANTES_DE"]) and day[6:] + day[3:5] + day[:2] < f"{NOW:%Y%m%d}"
    }
    assert over
    assert not over & {subject["id"] for subject in subjects(with_sheets)}


def test_what_was_refused_entry_is_not_read_from_the_rejects(with_sheets: Node) -> None:
    """A row without grounds may not be kept on a person: the reason stays, the person does not."""
    rows = with_sheets.reader().sql("SELECT * FROM rejects WHERE source = ?", [SHEET]).to_pylist()
    assert {row["raw"] for row in rows} == {""}
    assert all(row["reason"] and row["line"] for row in rows)


# --- the pages ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pages(with_sheets: Node) -> Iterator[Any]:
    """Returns a browser of somebody who states a purpose and, perhaps, a case."""
    from puente.web.app import create_app

    path = Path(__file__).parents[1] / "web" / "conftest.py"
    spec = importlib.util.spec_from_file_location("tests_e2e_browser", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    workspace = with_sheets.workspace
    password = module.load_madeup().PASSWORD
    for name, role in (("ana", "analyst"), ("cruz", "crime_analyst")):
        workspace.users.add(name, password, roles=(role,), country="MX")
    app, held = create_app(workspace), []

    def opened(user: str, purpose: str, case: str) -> Any:
        with_sheets.clock.now = NOW
        held.append(module.Browser(app).sign_in(user, purpose, case))
        return held[-1]

    yield opened
    for each in held:
        each.close()


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


def test_an_analyst_with_a_case_sees_the_sheet_on_its_page_and_in_the_search(
    with_sheets: Node, pages: Any
) -> None:
    subject = subjects(with_sheets)[0]
    ana = pages("ana", "investigation", "C-1")
    found = ana.get("/search", params={"q": subject["name"]})
    assert f"/entities/{subject['id']}" in found.text
    assert "of criminal intelligence" in words(found.text)
    page = ana.get(f"/entities/{subject['id']}")
    assert page.status_code == 200
    text = words(page.text)
    assert "The suspicion it rests on" in text
    assert "This record stands apart" in text
    assert "TLP:AMBER+STRICT" in text
    assert "No list entry resembles it" not in text, "it was never compared"
    answer = json.loads(ana.get(f"/api/entities/{subject['id']}").text)
    assert answer["apart"]["suspicions"][0]["review_by"] == subject["review_by"]
    suspicion = ana.get(f"/entities/{subject['id']}-suspicion")
    assert f"/entities/{subject['id']}" in suspicion.text


def test_a_page_bears_the_marking_of_the_sheets_only_where_it_can_show_one(
    with_sheets: Node, pages: Any
) -> None:
    """Marked too strictly, what every analyst may pass on stays where it is; too loosely, worse."""
    ana = pages("ana", "investigation", "C-1")
    view = with_sheets.reader()
    told = {s["id"]: read_apart(view, [s["id"]]) for s in subjects(with_sheets)}
    meeting = next(item.id for apart in told.values() for item in apart.shared)
    shared = ["/places", "/lists", f"/entities/{meeting}"]
    apart = ["/", "/search", "/sources", "/rejects", *(f"/entities/{sheet}" for sheet in told)]
    sheets, rest = view.marking, view.shared().marking
    assert sheets != rest
    for address in (*shared, *apart):
        page = ana.get(address)
        assert page.status_code == 200, address
        strips = re.findall(r'<p class="marking-strip"><span[^>]*>([^<]*)<', page.text)
        assert set(strips) == {rest if address in shared else sheets}, address
        assert address in apart or not re.search(f"{SHEET}|CENAPI", page.text), address


def test_nobody_else_sees_a_word_of_it_on_any_page(with_sheets: Node, pages: Any) -> None:
    subject = subjects(with_sheets)[0]
    for who in (("ana", "investigation", ""), ("cruz", "crime_analysis", "C-1")):
        browser = pages(*who)
        addresses = ("/", "/search", "/places", "/sources", "/rejects", "/api/summary",
                     "/api/sources", "/api/search")  # fmt: skip
        for address in addresses:
            page = browser.get(address)
            assert page.status_code == 200, address
            assert SHEET not in page.text, address
            assert "CENAPI" not in page.text, address
        hidden = browser.get(f"/entities/{subject['id']}")
        absent = browser.get("/entities/cenapi-F99999")
        assert hidden.status_code == absent.status_code == 404
        assert words(hidden.text).replace(subject["id"], "X") == words(absent.text).replace(
            "cenapi-F99999", "X"
        )


def test_a_node_refuses_a_purpose_that_is_not_the_readers(with_sheets: Node) -> None:
    who = Actor(name="jo", roles=frozenset({"journalist"}), country="MX")
    with pytest.raises(NotAllowed):
        with_sheets.workspace.view(who, CASE)
