"""Steps from seeds: fewest, told the same way each time, never through the barred."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puente.errors import InvalidData
from puente.graph.edge_files import Choice
from puente.graph.steps import StepsFiles, steps, steps_files, steps_from_listed

if TYPE_CHECKING:
    from pathlib import Path


def edges(*rows: tuple[str, ...], **more: list[object]) -> pa.Table:
    names = ("source_id", "target_id", "kind", "strength")
    columns = {
        n: pa.array([r[i] for r in rows], pa.string())
        for i, n in enumerate(names)
        if all(len(r) > i for r in rows)
    }
    return pa.table({**columns, **more})


def distances(table: pa.Table) -> dict[str, int]:
    return dict(zip(table["id"].to_pylist(), table["steps"].to_pylist(), strict=True))


def test_steps_count_the_fewest_edges_from_the_nearest_seed() -> None:
    found = steps(
        edges(("a", "b", "K"), ("b", "c", "K"), ("c", "d", "K"), ("x", "d", "K")), ["a", "x"]
    )
    assert distances(found) == {"a": 0, "x": 0, "b": 1, "d": 1, "c": 2}
    told = {r["id"]: (r["seed_id"], r["via"], r["kind"]) for r in found.to_pylist()}
    assert told == {
        "a": ("a", "", ""),
        "x": ("x", "", ""),
        "b": ("a", "a", "K"),
        "d": ("x", "x", "K"),
        "c": ("a", "b", "K"),
    }


def test_who_cannot_be_reached_is_not_in_the_answer() -> None:
    assert distances(steps(edges(("a", "b", "K"), ("y", "z", "K")), ["a"])) == {"a": 0, "b": 1}


def test_a_seed_without_any_edge_is_reached_alone() -> None:
    assert distances(steps(edges(("a", "b", "K")), ["nobody"])) == {"nobody": 0}


def test_directed_steps_follow_the_arrow_only() -> None:
    table = edges(("a", "b", "K"), ("c", "b", "K"))
    assert distances(steps(table, ["a"], directed=True)) == {"a": 0, "b": 1}
    assert distances(steps(table, ["b"], directed=True)) == {"b": 0}


def test_a_victim_seeds_no_step_passes_none_and_ends_none() -> None:
    table = edges(("a", "victim", "K"), ("victim", "c", "K"), ("c", "d", "K"))
    assert distances(steps(table, ["a"], barred=frozenset({"victim"}))) == {"a": 0}
    assert distances(steps(table, ["victim"], barred=frozenset({"victim"}))) == {}
    assert distances(steps(table, ["d"], barred=frozenset({"victim"}))) == {"d": 0, "c": 1}


def test_an_edge_that_exists_only_through_a_victims_record_is_no_step() -> None:
    table = edges(("a", "b", "Incident"), ("a", "c", "K"), non_suspect=[True, False])
    assert distances(steps(table, ["a"])) == {"a": 0, "c": 1}


def test_of_two_ways_as_short_the_one_with_the_stronger_edge_is_told() -> None:
    table = edges(("a", "z", "K", "possible"), ("b", "z", "L", "confirmed"))
    row = steps(table, ["a", "b"]).to_pylist()[-1]
    assert (row["seed_id"], row["via"], row["kind"]) == ("b", "b", "L")


def test_self_loops_and_parallel_edges_change_nothing() -> None:
    table = edges(("a", "a", "K"), ("a", "b", "M"), ("a", "b", "L"), ("b", "a", "L"))
    found = steps(table, ["a"])
    assert distances(found) == {"a": 0, "b": 1}
    assert found["kind"].to_pylist() == ["", "L"]


def test_no_edges_and_no_seeds_give_an_empty_answer() -> None:
    empty = edges(("a", "b", "K")).slice(0, 0)
    assert steps(empty, []).num_rows == 0
    assert steps(edges(("a", "b", "K")), []).num_rows == 0


def test_far_entities_can_be_left_out() -> None:
    table = edges(("a", "b", "K"), ("b", "c", "K"))
    assert distances(steps(table, ["a"], at_most=1)) == {"a": 0, "b": 1}


def test_a_chain_of_a_hundred_thousand_steps_ends() -> None:
    names = [f"n{i:06}" for i in range(100_000)]
    table = pa.table({"source_id": names[:-1], "target_id": names[1:], "kind": ["K"] * 99_999})
    assert distances(steps(table, ["n000000"]))["n099999"] == 99_999


def queue_reference(table: pa.Table, seeds: list[str], barred: set[str]) -> dict[str, int]:
    near: dict[str, set[str]] = {}
    for left, right in zip(
        table["source_id"].to_pylist(), table["target_id"].to_pylist(), strict=True
    ):
        near.setdefault(left, set()).add(right)
        near.setdefault(right, set()).add(left)
    found = {s: 0 for s in seeds if s not in barred}
    waiting = deque(found)
    while waiting:
        node = waiting.popleft()
        for other in near.get(node, ()):
            if other not in found and other not in barred:
                found[other] = found[node] + 1
                waiting.append(other)
    return found


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(0, 60))
def test_any_network_agrees_with_a_plain_queue_in_any_row_order(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    ends = rng.integers(0, 30, (count, 2)).astype(str)
    strengths = rng.choice(["confirmed", "probable", "possible"], count)
    rows = [(a, b, f"K{rng.integers(3)}", s) for (a, b), s in zip(ends, strengths, strict=True)]
    table = edges(*rows) if rows else edges(("a", "b", "K", "possible")).slice(0, 0)
    seeds = [str(i) for i in rng.integers(0, 30, 3)]
    barred = {str(i) for i in rng.integers(0, 30, 4)}
    found = steps(table, seeds, barred=frozenset(barred))
    assert distances(found) == queue_reference(table, seeds, barred)
    by_id = {r["id"]: r for r in found.to_pylist()}
    joined = {frozenset(pair) for pair in ends.tolist()}
    for row in found.to_pylist():
        if row["steps"]:
            before = by_id[row["via"]]
            assert before["steps"] == row["steps"] - 1
            assert before["seed_id"] == row["seed_id"]
            assert frozenset((row["id"], row["via"])) in joined
    if count:
        shuffled = table.take(pa.array(rng.permutation(count)))
        assert steps(shuffled, seeds[::-1], barred=frozenset(barred)).equals(found)


def test_listed_entities_of_blocking_lists_alone_are_seeds(view_of_tables: type) -> None:
    view = view_of_tables(
        {
            "edges": edges(
                ("ofac", "a", "K", "confirmed"),
                ("sat", "b", "K", "confirmed"),
                ("a", "victim", "K", "confirmed"),
                non_suspect=[False] * 3,
            ),
            "nodes": pa.table(
                {
                    "cluster_id": ["ofac", "sat", "victim", "a", "b"],
                    "blocked_list": [True, False, False, False, False],
                    "standing": ["", "", "non_suspect", "", ""],
                }
            ),
        }
    )
    table = steps_from_listed(view)
    assert table.column_names == ["cluster_id", "steps", "seed_id", "via", "kind"]
    assert table["cluster_id"].to_pylist() == ["ofac", "a"]


# --- files -------------------------------------------------------------------------------------


def files(folder: Path, edge_text: str, seed_text: str = "id\na\n") -> StepsFiles:
    (folder / "e.csv").write_text(edge_text, encoding="utf-8")
    (folder / "s.csv").write_text(seed_text, encoding="utf-8")
    return StepsFiles(edges=folder / "e.csv", seeds=folder / "s.csv", out=folder / "r.csv")


def test_steps_of_files_are_written_as_id_and_steps(tmp_path: Path) -> None:
    paths = files(tmp_path, "source,target,kind\na,b,K\nb,c,K\n\n")
    report = steps_files(paths)
    assert paths.out.read_text() == "id,steps,seed_id,via,kind\na,0,a,,\nb,1,a,a,K\nc,2,a,b,K\n"
    assert (report.edges, report.seeds, report.reached, report.rejects) == (2, 1, 3, ())


def test_rows_without_an_end_or_against_the_calendar_are_kept_as_rejects(tmp_path: Path) -> None:
    text = (
        "source,target,kind,from,to\na,b,K,2020,2019\n,b,K,,\nb,,K,,\n\n"
        "b,c,K,yesterday,\na,a,K,,\na,c,K,,\n"
    )
    report = steps_files(files(tmp_path, text))
    assert [line for line, _reason in report.rejects] == [2, 3, 4, 6]
    assert (report.edges, report.self_loops, report.reached) == (2, 1, 2)


@pytest.mark.parametrize(
    ("raw", "line", "reason"),
    [
        (b"", 1, "no header"),
        (b"source;target;kind\na;b;K\n", 1, "no column"),
        (b"source,target,kind,kind\na,b,K,K\n", 1, "twice"),
        (b"source,target,kind\na,b,K\na,b\n", 3, "2 cells"),
        (b"source,target,kind\na,b,K\nc\x00,b,K\n", 3, "NUL"),
        (b"source,target,kind\na,b,K\nPe\xf1a,b,K\n", 3, "UTF-8"),
        (b"source,target,kind\na,b," + b"K" * 5_000_000 + b"\n", 2, "megabyte"),
    ],
    ids=["empty", "delimiter", "double header", "short row", "nul", "latin-1", "long line"],
)
def test_a_broken_file_is_named_with_its_line(
    tmp_path: Path, raw: bytes, line: int, reason: str
) -> None:
    paths = files(tmp_path, "")
    paths.edges.write_bytes(raw)
    with pytest.raises(InvalidData, match=reason) as caught:
        steps_files(paths)
    assert caught.value.line == line
    assert caught.value.file == paths.edges
    assert not paths.out.exists()


def test_a_byte_order_mark_and_quoted_names_are_read(tmp_path: Path) -> None:
    paths = files(tmp_path, '\ufeffsource,target,kind\n"a, b",b,K\n', '\ufeffid\n"a, b"\n')
    assert steps_files(paths).reached == 2
    assert '"a, b",0,"a, b"' in paths.out.read_text(encoding="utf-8")


def test_an_empty_seed_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidData) as caught:
        steps_files(files(tmp_path, "source,target,kind\na,b,K\n", "id,note\na,x\n,y\n"))
    assert caught.value.line == 3


def test_a_network_of_a_day_leaves_out_what_did_not_stand_then(tmp_path: Path) -> None:
    paths = files(
        tmp_path,
        "source,target,kind,strength,from,to\na,b,K,confirmed,2019,2019\n"
        "a,c,K,possible,2020-05-01,\na,d,L,confirmed,,2018-12-31\na,e,L,,,\n",
    )

    def reached(choice: Choice) -> str:
        report = steps_files(paths, choice)
        assert report.edges + report.left_out == 4, "no edge goes without being counted"
        rows = paths.out.read_text().splitlines()[2:]
        return "".join(row[0] for row in rows)

    assert reached(Choice(as_of="2019-12-31")) == "be", "2019 is any day of that year"
    assert reached(Choice(as_of="2018-12-31")) == "de"
    assert reached(Choice(as_of="2021-01-01")) == "ce"
    assert reached(Choice(kinds=frozenset({"L"}))) == "de"
    assert reached(Choice(least="probable")) == "bd", "an edge that states nothing is not sure"
