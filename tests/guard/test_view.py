"""A View shows the permitted rows, all of them and nothing else, and leaves a trace."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from puente.errors import InvalidData, NotAllowed, NotFound
from puente.guard.actors import PURPOSES, ROLES, Actor, Purpose
from puente.guard.history import policy_text
from puente.guard.view import View
from puente.model.provenance import APART
from puente.store.tables import BUILD_TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from puente.store.cells import Cell
    from puente.workspace import Workspace

ANALYST = Actor(name="ana", roles=frozenset({"analyst"}), country="US", agency="FGR")
CASE = Purpose(name="investigation", case="C-1")
NO_CASE = Purpose(name="investigation")


def sources(view: View, table: str = "statements") -> set[str]:
    rows = view.sql(f"SELECT DISTINCT source FROM {table}")
    return set(rows.column("source").to_pylist())


def shared(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    return tuple(cell for cell in cells if cell.record_class not in APART)


def test_an_analyst_with_a_case_sees_everything(node: Workspace, cells: tuple[Cell, ...]) -> None:
    view = node.view(ANALYST, CASE)
    for table in BUILD_TABLES:
        if table not in ("population", "places", "areas", "incidents"):
            assert sources(view, table) == {cell.source for cell in cells}
    assert len(view.artefact("clusters")) == len(shared(cells))
    assert view.cells == set(cells)


def test_a_journalist_sees_the_clear_list_and_is_refused_what_was_made_of_more(
    node: Workspace,
) -> None:
    who = Actor(name="jo", roles=frozenset({"journalist"}), country="MX")
    view = node.view(who, Purpose(name="oversight"))
    assert sources(view) == sources(view, "rejects") == sources(view, "loads") == {"ofac"}
    assert view.artefact("from_list").to_pylist() == [{"x": 1}]
    assert view.artefact("from_nothing").to_pylist() == [{"x": 1}]
    for read in (
        lambda: view.artefact("clusters"),
        lambda: view.sql("SELECT * FROM clusters"),
        lambda: view.sql("SELECT (SELECT count(*) FROM clusters)"),
    ):
        with pytest.raises(NotAllowed, match="Journalist") as refused:
            read()
        assert refused.value.rule == "no-rule-permits"
        assert refused.value.decision is not None
    assert view.has("clusters")
    assert not view.may("clusters")


@pytest.mark.parametrize(
    ("role", "purpose", "rule"),
    [
        ("auditor", "audit", "no-rule-permits"),
        ("administrator", "build", "no-rule-permits"),
        ("analyst", "compliance", "purpose-belongs-to-the-role"),
        ("journalist", "investigation", "purpose-belongs-to-the-role"),
    ],
)
def test_a_refusal_is_clear_and_stands_in_the_log(
    node: Workspace, role: str, purpose: str, rule: str
) -> None:
    who = Actor(name=f"{role}-refused", roles=frozenset({role}), country="MX")
    with pytest.raises(NotAllowed) as refused:
        node.view(who, Purpose(name=purpose))
    assert refused.value.rule == rule
    assert ROLES[role] in refused.value.message
    assert PURPOSES[purpose] in refused.value.message
    (row,) = [row for row in node.audit.newest(5) if row.actor == who.name][:1]
    assert (row.allowed, row.rule) == (False, rule)


def test_a_view_cannot_be_made_without_the_policy(node: Workspace) -> None:
    view = node.view(ANALYST, CASE)
    with pytest.raises(NotAllowed) as refused:
        View(object(), node.lake, node.guard, (ANALYST, CASE), view.snapshot, view._scope)
    assert refused.value.rule == "a-view-has-an-actor-and-a-purpose"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_parquet('{file}')",
        "SELECT * FROM '{file}'",
        'SELECT * FROM "{file}"',
        "SELECT * FROM parquet_scan(['{file}'])",
        "SELECT (SELECT max(value) FROM '{file}')",
        "WITH x AS (SELECT * FROM '{file}') SELECT * FROM x",
        'WITH "{file}" AS (SELECT 1) SELECT * FROM "{file}"',
        "SELECT * FROM statements WHERE id IN (SELECT id FROM '{file}')",
        "SELECT * FROM statements UNION ALL BY NAME SELECT * FROM '{file}'",
        "SELECT * FROM guard.permitted",
        "SELECT * FROM memory.guard.permitted",
        "SELECT * FROM query('SELECT 1')",
        "SELECT * FROM query_table('statements')",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM duckdb_views()",
        "SELECT * FROM information_schema.tables",
        "SUMMARIZE statements",
        "DESCRIBE statements",
        "COPY statements TO '{file}.copy'",
        "CREATE TABLE x AS SELECT 1",
        "CREATE OR REPLACE VIEW statements AS SELECT 1",
        "DROP VIEW statements",
        "DELETE FROM guard.permitted",
        "INSERT INTO guard.permitted VALUES ('tips', 'tip', 'TLP:AMBER+STRICT', 'FGR')",
        "SET threads = 64",
        "RESET lock_configuration",
        "ATTACH '{file}.db'",
        "INSTALL httpfs",
        "PRAGMA database_list",
        "SELECT 1; SELECT 2",
        "EXPLAIN SELECT 1",
        "",
    ],
)
def test_no_query_reaches_past_the_permitted_rows(node: Workspace, query: str) -> None:
    who = Actor(name="jo", roles=frozenset({"journalist"}))
    view = node.view(who, Purpose(name="oversight"))
    view.sql("SELECT count(*) FROM statements")
    file = view.snapshot.file("statements")
    with pytest.raises(NotAllowed) as refused:
        view.sql(query.format(file=file))
    assert refused.value.rule == "a-view-only-reads"
    assert sources(view) == {"ofac"}


def test_system_catalogues_and_unknown_tables_are_not_found(node: Workspace) -> None:
    view = node.view(ANALYST, CASE)
    for name in ("duckdb_tables", "sqlite_master", "pg_class", "nodes"):
        with pytest.raises(NotFound, match=name):
            view.sql(f"SELECT * FROM {name}")
    with pytest.raises(NotFound):
        view.artefact("../../key")
    for bad in ("SELEC 1", "SELECT no_such FROM statements", "SELECT * FROM statements LIMIT ?"):
        with pytest.raises(InvalidData):
            view.sql(bad)


def test_queries_may_be_as_rich_as_sql_is(node: Workspace) -> None:
    view = node.view(ANALYST, CASE)
    table = view.sql(
        "WITH own AS (SELECT source, count(*) AS n FROM statements WHERE prop = $prop GROUP BY 1),"
        " deep AS (SELECT * FROM own JOIN counts ON record = own.source)"
        " SELECT deep.source, n, row_number() OVER (ORDER BY deep.source) AS place,"
        " (SELECT max(month) FROM counts) AS month FROM deep, unnest([1]) AS t(x)"
        " WHERE deep.source IN (SELECT unnest($sources)) ORDER BY 1",
        {"prop": "name", "sources": ["ofac", "tips"]},
    )
    assert isinstance(table, pa.Table)
    assert table.to_pylist() == [
        {"source": "ofac", "n": 1, "place": 1, "month": "2026-01"},
        {"source": "tips", "n": 1, "place": 2, "month": "2026-01"},
    ]
    assert view.sql("SELECT ? + ?", [1, 2])[0].to_pylist() == [3]


def test_an_entity_is_merged_over_its_cluster_by_whichever_id_it_is_asked_for(
    node: Workspace,
) -> None:
    view = node.view(ANALYST, CASE)
    for asked in ("ofac-1", "tips-1"):
        entity = view.entity(asked)
        assert entity.id == "tips-1"
        assert entity.sources == ("ofac", "tips")
    assert view.entity("cases-1").id == "cases-1"
    found = view.entities(["ofac-1", "cases-1", "nobody", "ofac-1"])
    assert {asked: entity.id for asked, entity in found.items()} == {
        "ofac-1": "tips-1",
        "cases-1": "cases-1",
    }
    assert view.entities([]) == {}


def test_whoever_may_not_see_a_record_learns_nothing_of_it(node: Workspace) -> None:
    """Not its name, nor that it was linked, nor that it is there."""
    view = node.view(ANALYST, NO_CASE)
    assert view.entity("ofac-1").id == "ofac-1"
    assert view.entity("ofac-1").sources == ("ofac",)
    messages = []
    for hidden in ("cases-1", "tips-1", "nobody-1"):
        with pytest.raises(NotFound) as missing:
            view.entity(hidden)
        messages.append(missing.value.message.replace(hidden, "X"))
    assert len(set(messages)) == 1
    assert view.entities(["cases-1", "tips-1"]) == {}


def test_every_read_is_one_row_of_the_log(node: Workspace) -> None:
    who = Actor(name="counted", roles=frozenset({"analyst"}), country="US", agency="FGR")
    with node.view(who, CASE) as view:
        view.sql("SELECT ? AS secret_name", ["JUAN"])
        view.entity("ofac-1")
        view.entities(["ofac-1", "tips-1"])
        view.artefact("clusters")
        view.record("export", ids=["ofac-1"], format="csv")
        with pytest.raises(NotFound):
            view.entity("nobody")
    rows = [row for row in node.audit.rows(0, 10_000) if row.actor == "counted"]
    assert [(row.action, row.ids) for row in rows] == [
        ("look", ()),
        ("look", ("ofac-1",)),
        ("look", ("ofac-1", "tips-1")),
        ("look", ("artefact:clusters",)),
        ("export", ("ofac-1",)),
        ("look", ("nobody",)),
    ]
    assert all((row.purpose, row.case) == ("investigation", "C-1") for row in rows)
    sealed = node.audit.unseal(rows[0].seq)
    assert sealed == {"query": "SELECT ? AS secret_name", "params": ["JUAN"]}
    assert node.audit.unseal(rows[4].seq) == {"format": "csv"}
    assert node.audit.verify().ok


def test_an_export_holds_only_what_may_leave(node: Workspace) -> None:
    view = node.view(ANALYST, CASE, action="export")
    assert sources(view) == {"ofac", "sat69b", "court", "arrests", "counts", "seizures"}
    with pytest.raises(NotAllowed) as refused:
        view.artefact("clusters")
    assert refused.value.rule == "strict-and-red-do-not-leave"


def test_a_view_tells_what_it_has_read(node: Workspace, cells: tuple[Cell, ...]) -> None:
    view = node.system_view()
    assert view.lineage == ()
    view.sql("SELECT * FROM population")
    view.artefact("from_list")
    assert {cell.source for cell in view.lineage} == {"ofac"}
    view.sql("SELECT 1 FROM statements LIMIT 0")
    assert view.lineage == tuple(sorted(shared(cells)))
    assert view.marking == "TLP:AMBER+STRICT//REL US"


def test_claims_that_were_withdrawn_are_shown_only_as_history(
    empty_node: Workspace,
    claim: Callable[..., Any],
    load: Callable[..., None],
    cells: tuple[Cell, ...],
) -> None:
    cell = cells[0]
    load(
        empty_node,
        cell,
        [
            claim(cell, "p1", "name", "OLD"),
            claim(cell, "p2", "name", "GONE"),
            claim(cell, "p1", "notes", "x"),
        ],
        "2025-01-01",
    )
    load(empty_node, cell, [claim(cell, "p1", "name", "NEW")], "2026-01-01")
    with empty_node.lake.begin_build() as build:
        build.publish()
    view = empty_node.view(ANALYST, NO_CASE)
    assert view.entity("p1").values("name") == ("NEW",)
    assert set(view.entity("p1", history=True).values("name")) == {"NEW", "OLD"}
    assert view.entity("p2").values("name") == ("GONE",), "a delisted person can be looked up"


def test_a_view_keeps_its_build_and_says_so_when_that_is_removed(
    empty_node: Workspace,
    claim: Callable[..., Any],
    load: Callable[..., None],
    cells: tuple[Cell, ...],
) -> None:
    load(empty_node, cells[0], [claim(cells[0], "p1", "name", "FIRST")])
    with empty_node.lake.begin_build() as build:
        build.publish()
    view = empty_node.view(ANALYST, NO_CASE)
    later = [claim(cells[0], "p1", "name", "SECOND"), claim(cells[0], "p1", "alias", "OTHER")]
    load(empty_node, cells[0], later, "2026-02-01")
    for _ in range(2):
        with empty_node.lake.begin_build() as build:
            build.publish()
    assert view.entity("p1").caption == "FIRST"
    assert empty_node.view(ANALYST, NO_CASE).entity("p1").caption == "SECOND"
    with empty_node.lake.begin_build(keep=1) as build:
        build.publish()
    with pytest.raises(NotFound, match="replaced by later ones"):
        view.entity("p1")


def test_threads_may_share_what_stands_open(node: Workspace) -> None:
    people = [
        (ANALYST, CASE, 8),
        (ANALYST, NO_CASE, 6),
        (Actor(name="jo", roles=frozenset({"journalist"})), Purpose(name="oversight"), 1),
    ]
    wrong: list[object] = []

    def read(who: Actor, purpose: Purpose, count: int) -> None:
        for _ in range(15):
            view = node.view(who, purpose)
            names = view.entity("ofac-1").values("name")
            if len(sources(view)) != count or "NAME IN ofac" not in names:
                wrong.append((who, count))

    threads = [threading.Thread(target=read, args=person) for person in people * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


actors = st.builds(
    Actor,
    name=st.just("anyone"),
    roles=st.frozensets(st.sampled_from(sorted(ROLES)), min_size=1, max_size=2),
    country=st.sampled_from(["MX", "US", ""]),
    agency=st.sampled_from(["FGR", "CBP", ""]),
)
purposes = st.builds(
    Purpose, name=st.sampled_from(sorted(PURPOSES)), case=st.sampled_from(["", "C-1"])
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(actors, purposes, st.sampled_from(["look", "export"]))
def test_a_view_yields_exactly_the_rows_whose_cell_the_policy_permits(
    node: Workspace, cells: tuple[Cell, ...], who: Actor, purpose: Purpose, action: str
) -> None:
    if purpose.name == "build" and "pipeline" in who.roles:
        return
    claim = node.policy.decide(who, purpose, "claim")
    permitted = {
        cell.source
        for cell in cells
        if claim.allowed and node.policy.decide(who, purpose, action, cell).allowed
    }
    if not permitted:
        with pytest.raises(NotAllowed):
            node.view(who, purpose, action=action)
        return
    view = node.view(who, purpose, action=action)
    for table in ("statements", "counts", "rejects", "loads", "cells"):
        assert sources(view, table) == permitted
    assert view.may("clusters") == (permitted >= {cell.source for cell in shared(cells)})
    assert set(view.entities([f"{cell.source}-1" for cell in cells])) == {
        f"{source}-1" for source in permitted
    }


def test_the_log_is_read_by_auditors_and_that_is_a_look_too(node: Workspace) -> None:
    auditor = Actor(name="auditor", roles=frozenset({"auditor"}))
    node.guard.require(auditor, Purpose(name="audit"), "read_audit", ids=("audit:0+5",))
    assert [row.seq for row in node.audit.rows(0, 5)] == list(range(5))
    (last,) = node.audit.newest(1)
    assert (last.actor, last.action, last.rule) == (
        "auditor",
        "read_audit",
        "auditor-reads-the-log",
    )
    with pytest.raises(NotAllowed):
        node.guard.require(ANALYST, CASE, "read_audit")
    assert node.audit.newest(1)[0].allowed is False


def test_the_rules_behind_a_past_decision_can_be_read(node: Workspace) -> None:
    node.view(ANALYST, CASE).sql("SELECT 1")
    node.audit.flush()
    row = node.audit.newest(1)[0]
    rules = policy_text(node.ledger, row.policy)
    assert all(f'@id("{rule}")' in rules for rule in row.rule.split("+"))
    with pytest.raises(NotFound):
        policy_text(node.ledger, "0" * 64)
