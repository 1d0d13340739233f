"""Neighbours and autocorrelation: equal to the field, and honest where nothing is known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puente.errors import InvalidData
from puente.ingest.sources.polygons import Arcs
from puente.places.stats.areas import read_adjacency, read_values
from puente.places.stats.arrays import Draws
from puente.places.stats.discovery import benjamini_hochberg, discoveries
from puente.places.stats.lee import lee, local_lee
from puente.places.stats.local import ISLAND, getis_ord, local_bivariate, local_moran
from puente.places.stats.moran import bivariate_moran, moran
from puente.places.stats.weights import Weights, from_links, nearest, queen

if TYPE_CHECKING:
    from pathlib import Path

N = np.arange(36)
Y = ((N * 37) % 17 + (N // 6) * 2.0).astype(float)
X = (N * 11) % 13 + N / 6.0
SEEN = [0, 7, 20, 35]


def lattice(side: int = 6) -> Weights:
    """A board whose squares touch by side or corner."""
    pairs = [
        (a * side + b, c * side + d)
        for a in range(side)
        for b in range(side)
        for c in range(side)
        for d in range(side)
        if max(abs(a - c), abs(b - d)) == 1
    ]
    begin, end = zip(*pairs, strict=True)
    return from_links([f"{n:02d}" for n in range(side * side)], begin, end)


def draws(permutations: int = 999, seed: int = 1, groups: object = None) -> Draws:
    rng = np.random.default_rng(seed)
    return Draws(permutations=permutations, rng=rng, groups=groups)  # type: ignore[arg-type]


def test_statistics_equal_those_of_esda_2_9() -> None:
    """Another figure than the field's would make every comparison with published work wrong."""
    board = lattice()
    local = local_moran(board, Y, draws(9999))
    expected = [2.94345847270065, 1.18817915564209, 0.15028788710832, 0.01974023596758]
    np.testing.assert_allclose(local.statistic[SEEN], expected, atol=1e-12)
    np.testing.assert_allclose(local.p_one_sided[SEEN], [0.0004, 0.0003, 0.1085, 0.278], atol=0.02)
    assert [local.quadrant[n] for n in SEEN] == ["LL", "LL", "HH", "HH"]
    assert moran(board, Y, draws()).statistic == pytest.approx(0.525753474970938, abs=1e-12)
    both = bivariate_moran(board, X, Y, draws())
    assert both.statistic == pytest.approx(0.2989333641373446, abs=1e-12)
    found = local_bivariate(board, X, Y, draws()).statistic[SEEN]
    np.testing.assert_allclose(found, [2.96639187, -1.02479174, 0.55785563, 0.36411565], atol=1e-8)
    star = getis_ord(board, Y, draws()).statistic[SEEN]
    np.testing.assert_allclose(star, [0.00659341, 0.01318681, 0.03296703, 0.03131868], atol=1e-8)
    plain = getis_ord(board, Y, draws(), star=False).statistic[SEEN]
    np.testing.assert_allclose(plain, [0.00879121, 0.01336303, 0.03409091, 0.0331825], atol=1e-8)
    assert lee(board, X, Y, draws()).statistic == pytest.approx(0.20681754155408608, abs=1e-10)


def test_the_lookup_gives_the_p_of_permuting_area_by_area() -> None:
    """The fast way must be the same test: an area never stands among its own neighbours."""
    board = lattice()
    fast = local_moran(board, Y, draws(9999))
    slow = local_moran(board, Y, draws(9999, seed=2, groups=["all"] * 36))
    np.testing.assert_allclose(fast.p_greater, slow.p_greater, atol=0.02)
    np.testing.assert_allclose(fast.p_less, slow.p_less, atol=0.02)
    pairs = local_lee(board, X, Y, draws(9999)), local_lee(board, X, Y, draws(9999, 3, ["a"] * 36))
    np.testing.assert_allclose(pairs[0].p_two_sided, pairs[1].p_two_sided, atol=0.04)


def test_values_that_tie_count_as_extreme() -> None:
    """Seven cells in ten are zero: a zero among zeros is no finding, whatever the rounding."""
    values = np.zeros(36)
    values[[0, 35]] = 0.1, 0.3
    found = local_moran(lattice(), values, draws(999))
    assert (found.p_greater[14], found.p_two_sided[14]) == (1.0, 1.0)
    assert 0.5 < found.p_less[14] < 0.7  # how often all eight neighbours are zero
    assert found.p_two_sided[0] > 0.3  # an outlier among zeros, where nearly all are zero


def test_within_groups_values_stay_in_their_state() -> None:
    """Between two states of different level, permuting anywhere finds the border, not clusters."""
    state = np.array(["a"] * 18 + ["b"] * 18)
    values = np.where(state == "a", 0.0, 10.0) + np.random.default_rng(4).normal(size=36)
    anywhere = local_moran(lattice(), values, draws(999)).p_two_sided
    within = local_moran(lattice(), values, draws(999, groups=state)).p_two_sided
    assert (anywhere < 0.05).sum() > 15
    assert (within < 0.05).sum() <= 6


def test_an_island_and_an_area_out_of_reach_get_no_figure() -> None:
    board = from_links(["a", "b", "c", "d", "e"], [0, 1, 2], [1, 2, 3])
    assert board.islands == ("e",)
    found = local_moran(board, [1.0, 2, 4, 3, 9], draws())
    assert found.quadrant[4] == ISLAND
    assert np.isnan([found.statistic[4], found.p_two_sided[4], found.p_one_sided[4]]).all()
    assert np.isfinite(found.statistic[:4]).all()
    q = benjamini_hochberg(found.p_two_sided)
    assert np.isnan(q[4])
    assert np.isfinite(q[:4]).all()


def test_missing_or_constant_values_are_refused_and_not_guessed() -> None:
    board = lattice()
    with pytest.raises(InvalidData, match="missing"):
        local_moran(board, [float("nan"), *Y[1:]], draws())
    with pytest.raises(InvalidData, match="same everywhere"):
        moran(board, np.full(36, 3.1), draws())
    with pytest.raises(InvalidData, match="below 0"):
        getis_ord(board, Y - 5, draws())


def test_the_same_seed_gives_the_same_p() -> None:
    one, other = (local_moran(lattice(), Y, draws(seed=9)).p_two_sided for _run in range(2))
    assert (one == other).all()
    assert (one != local_moran(lattice(), Y, draws(seed=10)).p_two_sided).any()


def test_unequal_weights_are_heeded() -> None:
    strong = from_links(list("abcdef"), [0, 0, 1, 3, 4], [1, 2, 2, 4, 5], [9, 1, 1, 1, 1])
    found = local_moran(strong, [5.0, 6, -7, 1, 2, 0], draws())
    centred = np.array([5.0, 6, -7, 1, 2, 0]) - 7 / 6
    lag = (9 * centred[1] + centred[2]) / 10
    assert found.statistic[0] == pytest.approx(5 / (centred @ centred) * centred[0] * lag)
    assert 0 < found.p_two_sided[0] <= 1


def test_squares_that_touch_in_a_corner_are_neighbours_and_a_gap_parts_them() -> None:
    def square(x: float, y: float) -> str:
        ring = [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]]
        return json.dumps({"type": "Polygon", "coordinates": [ring]})

    areas = [("a", square(0, 0)), ("b", square(1, 1)), ("c", square(2.01, 1)), ("d", square(9, 9))]
    assert queen(areas).links.toarray().tolist()[0] == [0, 1, 0, 0]
    assert queen(areas).islands == ("c", "d")
    assert queen(areas, gap_degrees=0.02).islands == ("d",)
    with pytest.raises(InvalidData, match="polygon"):
        queen([("a", json.dumps({"type": "Point", "coordinates": [0, 0]}))])


def test_nearest_neighbours_go_round_the_globe_and_ties_by_position() -> None:
    found = nearest(["a", "b", "c", "d"], [(179.9, 0), (-179.9, 0), (170, 0), (-170, 0)], 1)
    assert found.links.toarray().argmax(axis=1).tolist() == [1, 0, 0, 1]
    same = nearest(list("abcd"), [(0, 0)] * 4, 2)
    assert [row.tolist() for row in np.split(same.links.indices, 4)] == [
        [1, 2],
        [0, 2],
        [0, 1],
        [0, 1],
    ]


def test_municipalities_touch_as_libpysal_counts_them(puente_data: Path) -> None:
    """2,469 municipalities, 14,452 links and no island: queen contiguity of libpysal 4.14."""
    topology = json.loads((puente_data / "places/mxmunicipio.topojson").read_text("utf-8"))
    arcs = Arcs(topology)
    areas = []
    for shape in topology["objects"]["municipios"]["geometries"]:
        parts = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
        rings = [[arcs.ring(ring) for ring in part] for part in parts]
        geometry = json.dumps({"type": "MultiPolygon", "coordinates": rings})
        areas.append((shape["properties"]["id"], geometry))
    found = queen(areas)
    assert (found.n, found.links.nnz, found.islands) == (2469, 14452, ())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_false_discovery_calls_what_the_step_up_rule_calls(p: list[float]) -> None:
    ordered = np.sort(p)
    passed = np.flatnonzero(ordered <= 0.05 * np.arange(1, len(p) + 1) / len(p))
    cut = ordered[passed[-1]] if len(passed) else -1.0
    q = benjamini_hochberg(p)
    assert ((q <= 0.05 + 1e-12) == (np.array(p) <= cut + 1e-15)).all()
    assert (discoveries(p) <= (np.array(p) <= 0.05)).all()


def test_pairs_in_one_order_and_lists_in_a_cell_are_understood(tmp_path: Path) -> None:
    pairs = tmp_path / "a.csv"
    pairs.write_text("focal,neighbor,weight\n01,02,1\n02,03,1\n03,03,1\n03,99,1\n")
    found = read_adjacency(pairs, ["01", "02", "03"])
    assert found.weights.links.toarray().tolist() == [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    assert found.unknown == ("99",)
    lists = tmp_path / "b.csv"
    lists.write_text("id,neighbours\n01,02;03\n02,01\n03,\n")
    listed = read_adjacency(lists, ["01", "02", "03"]).weights
    assert listed.links.toarray().tolist() == [[0, 1, 1], [1, 0, 0], [1, 0, 0]]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id,value\n01,1\n01,2\n", "twice"),
        ("id,value\n01,x\n", "number"),
        ("id,value\n,1\n", "no id"),
    ],
)
def test_a_bad_value_is_named_with_its_line(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "v.csv"
    path.write_text(text)
    with pytest.raises(InvalidData, match=reason) as caught:
        read_values(path)
    assert caught.value.line == text.count("\n")
