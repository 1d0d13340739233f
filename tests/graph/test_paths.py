"""The best paths by evidence: what an investigator may show as the way from one to the other."""

from __future__ import annotations

import json
import random
from itertools import pairwise
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from puente.cli.app import build_app
from puente.errors import NotFound
from puente.graph.paths import Ways, best_paths, paths_in_file

if TYPE_CHECKING:
    from pathlib import Path

COST = {"confirmed": 1, "probable": 2, "possible": 4, "": 4}
Edge = tuple[str, str, str]


def table(edges: list[Edge]) -> pa.Table:
    return pa.table(
        {
            "source_id": pa.array([e[0] for e in edges], pa.string()),
            "target_id": pa.array([e[1] for e in edges], pa.string()),
            "kind": pa.array(["tie"] * len(edges), pa.string()),
            "strength": pa.array([e[2] for e in edges], pa.string()),
        }
    )


def naive(edges: list[Edge], ways: Ways) -> list[tuple[int, int, tuple[str, ...]]]:
    """Return cost, length and ids of every path from n0 to n1, best first, by trying all."""
    beside: dict[str, dict[str, int]] = {}
    for left, right, strength in edges:
        both = [(left, right)] if ways.directed else [(left, right), (right, left)]
        for one, other in both:
            if one != other:
                held = beside.setdefault(one, {})
                held[other] = min(held.get(other, 9), COST[strength])
    found = []

    def go(way: tuple[str, ...], cost: int) -> None:
        if way[-1] == "n1":
            found.append((cost, len(way), way))
        elif len(way) <= ways.at_most:
            for other, step in beside.get(way[-1], {}).items():
                if other not in way:
                    go((*way, other), cost + step)

    go(("n0",), 0)
    return sorted(found)[: ways.most]


edge_lists = st.lists(
    st.tuples(
        st.sampled_from([f"n{number}" for number in range(8)]),
        st.sampled_from([f"n{number}" for number in range(8)]),
        st.sampled_from(list(COST)),
    ),
    max_size=20,
)


@settings(deadline=None)
@given(edges=edge_lists, directed=st.booleans(), most=st.integers(1, 6), steps=st.integers(1, 6))
def test_no_better_path_is_left_out(
    edges: list[Edge], directed: bool, most: int, steps: int
) -> None:
    edges = [*edges, ("n0", "n9", "possible"), ("n8", "n1", "possible")]
    ways = Ways(most=most, at_most=steps, directed=directed)
    found = best_paths(table(edges), "n0", "n1", ways)
    assert [(p.cost, len(p.nodes), p.nodes) for p in found] == naive(edges, ways)


@settings(deadline=None)
@given(edges=edge_lists, seed=st.integers(0, 99))
def test_the_order_of_the_rows_changes_nothing(edges: list[Edge], seed: int) -> None:
    edges = [*edges, ("n0", "n2", "possible"), ("n2", "n1", "possible")]
    other = edges.copy()
    random.Random(seed).shuffle(other)

    def told(rows: list[Edge]) -> list[tuple[object, ...]]:
        return [(p.nodes, p.strength, p.cost) for p in best_paths(table(rows), "n0", "n1", Ways())]

    assert told(edges) == told(other)


def test_a_confirmed_way_round_is_told_before_one_possible_link() -> None:
    edges = [("n0", "n1", "possible"), ("n0", "a", "confirmed"), ("a", "n1", "confirmed")]
    first, second = best_paths(table(edges), "n0", "n1", Ways())
    assert (first.nodes, first.strength) == (("n0", "a", "n1"), "confirmed")
    assert (second.nodes, second.strength) == (("n0", "n1"), "possible")


def test_a_path_is_as_strong_as_its_weakest_edge() -> None:
    edges = [("n0", "a", "confirmed"), ("a", "n1", "probable")]
    (found,) = best_paths(table(edges), "n0", "n1", Ways())
    assert found.strength == "probable"


def test_no_path_passes_a_victim() -> None:
    edges = [("n0", "victim", "confirmed"), ("victim", "n1", "confirmed")]
    assert not best_paths(table(edges), "n0", "n1", Ways(barred=frozenset({"victim"})))


def write(path: Path, *rows: str) -> Path:
    path.write_text("source,target,kind,strength,from,to\n" + "\n".join(rows) + "\n")
    return path


def test_a_hub_is_not_passed_and_that_is_said(tmp_path: Path) -> None:
    rows = [f"bank,c{number},Account,confirmed,," for number in range(20)]
    file = write(
        tmp_path / "e.csv", "a,bank,Account,confirmed,,", "bank,b,Account,confirmed,,", *rows
    )
    report = paths_in_file(file, "a", "b", Ways(hub=10))
    assert (report.paths, report.hubs) == ((), ("bank",))
    assert len(paths_in_file(file, "a", "b", Ways()).paths) == 1


def test_money_cannot_be_passed_on_before_it_came(tmp_path: Path) -> None:
    file = write(
        tmp_path / "e.csv",
        "a,m,Payment,confirmed,2021-05-01,2021-05-01",
        "m,b,Payment,confirmed,2020-01-01,2020-12",
        "a,n,Payment,possible,2019,2019",
        "n,b,Payment,possible,2019-06-01,2019-06-01",
    )
    found = paths_in_file(file, "a", "b", Ways(in_time_order=True)).paths
    assert [path.nodes for path in found] == [("a", "n", "b")]
    assert len(paths_in_file(file, "a", "b", Ways()).paths) == 2


def test_an_edge_that_stands_on_carries_what_came_later(tmp_path: Path) -> None:
    file = write(
        tmp_path / "e.csv",
        "a,m,Payment,confirmed,2021-05-01,2021-05-01",
        "m,b,Ownership,confirmed,2015-01-01,",
    )
    assert len(paths_in_file(file, "a", "b", Ways(in_time_order=True)).paths) == 1


def test_parallel_edges_are_one_step_with_all_their_kinds(tmp_path: Path) -> None:
    file = write(
        tmp_path / "e.csv",
        "a,b,Family,possible,,",
        "b,a,Ownership,confirmed,2020,2021",
        "a,b,Associate,probable,,",
    )
    (found,) = paths_in_file(file, "a", "b", Ways()).paths
    (edge,) = found.edges
    assert edge.kinds == ("Ownership", "Associate", "Family")
    assert (edge.source, edge.target, edge.date_from) == ("b", "a", "2020")


def test_who_is_in_no_edge_is_named(tmp_path: Path) -> None:
    file = write(tmp_path / "e.csv", "a,b,Family,possible,,", "c,c,Family,,,")
    with pytest.raises(NotFound, match="zz"):
        paths_in_file(file, "a", "zz", Ways())
    assert paths_in_file(file, "a", "c", Ways()).paths == ()
    assert paths_in_file(file, "a", "a", Ways()).paths == ()


def test_the_command_prints_what_the_contract_says(tmp_path: Path) -> None:
    file = write(
        tmp_path / "e.csv", "a,b,Family,probable,,", "b,c,Ownership,confirmed,,", ",x,y,,,"
    )
    asked = ["network", "paths", "--edges", str(file), "--from", "a", "--to", "c", "--json"]
    (path,) = json.loads(CliRunner().invoke(build_app(), asked).stdout)
    assert (path["nodes"], path["strength"]) == (["a", "b", "c"], "probable")
    for edge, ends in zip(path["edges"], pairwise(path["nodes"]), strict=True):
        assert {edge["source"], edge["target"]} == set(ends)
