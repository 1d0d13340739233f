"""Brokers, key players and communities: who is named first, and whether that would stand."""

from __future__ import annotations

import csv
import json
import random
from collections import deque
from itertools import combinations, permutations
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from puente.cli.app import build_app
from puente.graph import brokers as brokers_room
from puente.graph import key_players as key_players_room
from puente.graph.brokers import Asked, brokers
from puente.graph.communities import communities
from puente.graph.folded import Folded
from puente.graph.key_players import fragmentation, key_players

if TYPE_CHECKING:
    from pathlib import Path

Pair = tuple[str, str]
pairs = st.lists(
    st.tuples(*[st.sampled_from([f"n{number}" for number in range(8)])] * 2), max_size=16
)


def table(edges: list[Pair], kinds: list[str] | None = None) -> pa.Table:
    return pa.table(
        {
            "source_id": pa.array([left for left, _right in edges], pa.string()),
            "target_id": pa.array([right for _left, right in edges], pa.string()),
            "kind": pa.array(kinds or ["tie"] * len(edges), pa.string()),
        }
    )


def naive_betweenness(edges: list[Pair], *, directed: bool) -> dict[str, float]:
    """Return betweenness by counting shortest ways between every two."""
    ids = sorted({end for edge in edges for end in edge})
    beside: dict[str, set[str]] = {entity: set() for entity in ids}
    for left, right in edges:
        if left != right:
            beside[left].add(right)
            if not directed:
                beside[right].add(left)

    every = {entity: shortest_ways(beside, entity) for entity in ids}
    found = dict.fromkeys(ids, 0.0)
    for start, end, between in permutations(ids, 3):
        (far, count), (onward, ways) = every[start], every[between]
        on_the_way = end in far and between in far and end in onward
        if on_the_way and far[between] + onward[end] == far[end]:
            found[between] += count[between] * ways[end] / count[end]
    return found if directed else {entity: value / 2 for entity, value in found.items()}


def shortest_ways(beside: dict[str, set[str]], start: str) -> tuple[dict[str, int], dict[str, int]]:
    """Return how far each entity is from `start`, and over how many shortest ways."""
    far, count, queue = {start: 0}, {start: 1}, deque([start])
    while queue:
        node = queue.popleft()
        for other in beside[node]:
            if other not in far:
                far[other], count[other] = far[node] + 1, 0
                queue.append(other)
            if far[other] == far[node] + 1:
                count[other] += count[node]
    return far, count


@settings(deadline=None)
@given(edges=pairs, directed=st.booleans())
def test_betweenness_is_what_counting_all_shortest_ways_gives(
    edges: list[Pair], directed: bool
) -> None:
    found = brokers(table(edges), Asked(directed=directed))
    told = dict(zip(found.network.ids.to_pylist(), found.betweenness.tolist(), strict=True))
    assert told == pytest.approx(naive_betweenness(edges, directed=directed), abs=1e-9)


@settings(deadline=None)
@given(edges=pairs, size=st.integers(1, 3))
def test_no_other_set_would_part_the_network_more(edges: list[Pair], size: int) -> None:
    network = Folded.of(table(edges))
    nodes = len(network.ids)
    found = key_players(network, size)
    sets = combinations(range(nodes), max(0, min(size, nodes - 1)))
    assert found.exact
    assert found.fragmentation == pytest.approx(
        max((fragmentation(network, one) for one in sets), default=1.0)
    )
    assert found.fragmentation == pytest.approx(fragmentation(network, found.numbers))


@settings(deadline=None, max_examples=40)
@given(edges=pairs, size=st.integers(1, 3))
def test_where_not_all_sets_are_tried_it_is_said_and_the_set_is_hardly_worse(
    edges: list[Pair], size: int
) -> None:
    network = Folded.of(table([*edges, ("n0", "n1")]))
    best = key_players(network, size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_players_room, "MOST_STEPS", 0)
        found = key_players(network, size)
    assert not found.exact
    assert found.fragmentation >= 0.9 * best.fragmentation


def test_removing_the_one_bridge_parts_all() -> None:
    star = [("hub", f"leaf{number}") for number in range(6)]
    found = brokers(table(star), Asked(players=1))
    assert [found.network.ids[n].as_py() for n in found.key.numbers] == ["hub"]
    assert (found.key.fragmentation, found.key.before) == (1.0, 0.0)


def test_an_estimate_from_pivots_is_said_to_be_one_and_is_near() -> None:
    rng = random.Random(5)
    edges = [(f"n{rng.randrange(90)}", f"n{rng.randrange(90)}") for _edge in range(240)]
    exact = brokers(table(edges), Asked())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(brokers_room, "MOST_LOOKS", 0)
        found = brokers(table(edges), Asked())
    assert found.pivots == brokers_room.PIVOTS
    total, real = found.betweenness.sum(), exact.betweenness.sum()
    assert total == pytest.approx(real, rel=0.15)


def test_what_hangs_on_one_edge_is_shown_to_be_unsure() -> None:
    left = [("a", f"l{number}") for number in range(4)]
    right = [("b", f"r{number}") for number in range(4)]
    edges = [*left, *right, ("a", "b")]
    found = brokers(table(edges), Asked(players=1, resamples=60, seed=3))
    ids = found.network.ids.to_pylist()
    assert found.low is not None
    assert found.held is not None
    assert found.low[ids.index("a")] < found.betweenness[ids.index("a")] / 2
    assert 0.2 < found.held[ids.index("a")] < 0.8, "a and b are alike; neither is the one"


def test_edges_of_one_kind_are_missing_together() -> None:
    edges = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")]
    kinds = ["Phone", "Phone", "Phone", "Family"]
    found = brokers(table(edges, kinds), Asked(players=1, resamples=40, by="kind"))
    ids = found.network.ids.to_pylist()
    assert found.low is not None
    assert found.low[ids.index("b")] == 0.0, "without telephone records b stands between none"


@settings(deadline=None)
@given(edges=pairs, seed=st.integers(0, 20))
def test_communities_are_the_same_in_any_order_of_rows(edges: list[Pair], seed: int) -> None:
    other = edges.copy()
    random.Random(seed).shuffle(other)
    assert communities(table(edges)).table.equals(communities(table(other)).table)


def test_two_cliques_with_one_bridge_are_two_communities() -> None:
    one = list(combinations([f"a{number}" for number in range(5)], 2))
    two = list(combinations([f"b{number}" for number in range(4)], 2))
    found = communities(table([*one, *two, ("a0", "b0")]))
    told = dict(zip(*found.table.to_pydict().values(), strict=True))
    assert {told[f"a{n}"] for n in range(5)} == {1}, "the larger is number 1"
    assert {told[f"b{n}"] for n in range(4)} == {2}
    assert found.sizes == [5, 4]


def caviar(data: Path, folder: Path) -> Path:
    """Write the Caviar matrix as edges; return the file."""
    with (data / "networks" / "morselli_caviar.csv").open(encoding="utf-8-sig") as handle:
        rows = list(csv.reader(handle))
    edges = [
        f"{row[0]},{other},call"
        for row in rows[1:]
        for other, value in zip(rows[0][1:], row[1:], strict=True)
        if value not in ("", "0")
    ]
    file = folder / "caviar.csv"
    file.write_text("source,target,kind\n" + "\n".join(edges) + "\n")
    return file


def test_the_caviar_network_by_the_command(puente_data: Path, tmp_path: Path) -> None:
    # The study counts 110 people and 295 directed ties; node 1 stands between most of them.
    file = caviar(puente_data, tmp_path)
    asked = ["network", "brokers", "--edges", str(file), "--k", "3", "--json"]
    told = json.loads(CliRunner().invoke(build_app(), asked).stdout)
    assert (len(told["betweenness"]), told["edges"]) == (110, 295)
    assert max(told["betweenness"], key=told["betweenness"].get) == "1"
    assert told["key_players"] == ["1", "12", "87"]
    assert told["fragmentation"] == pytest.approx(0.6547346, abs=1e-6)
    assert told["key_players_exact"]


def test_the_command_writes_communities(tmp_path: Path) -> None:
    file = tmp_path / "e.csv"
    file.write_text("source,target,kind\na,b,x\nb,c,x\na,c,x\nd,e,x\n,z,x\n")
    out = tmp_path / "c.csv"
    asked = ["network", "communities", "--edges", str(file), "--out", str(out), "--json"]
    told = json.loads(CliRunner().invoke(build_app(), asked).stdout)
    assert out.read_text().splitlines() == ["id,community", "a,1", "b,1", "c,1", "d,2", "e,2"]
    assert (told["communities"], told["sizes"], told["rejects"][0]["line"]) == (2, [3, 2], 6)
