"""Look-through shares: the listed persons' own in the end, whatever circles lie between."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import permutations, product
from typing import Any

import numpy as np
import pytest

from puente.graph.look_through import LARGE, look_through
from puente.graph.numbering import positions
from puente.graph.ownership import blocked, holdings_table
from puente.graph.ownership_holdings import Holding
from puente.graph.ownership_shares import Shares, shares_on

DAY = date(2024, 5, 3)


def holding(owner: str, asset: str, percent: object = None, **more: Any) -> Holding:
    exact = None if percent is None else Decimal(str(percent))
    return Holding(owner=owner, asset=asset, percent=exact, **more)


def shares(holdings: list[Holding], *seeds: str) -> tuple[Shares, np.ndarray[Any, Any]]:
    found = shares_on(holdings_table(holdings), seeds, as_of=DAY)
    listed = np.zeros(len(found.ids), bool)
    listed[positions(found.ids, seeds)] = True
    return found, listed


def looked(holdings: list[Holding], *seeds: str) -> dict[str, tuple[float, float]]:
    found = look_through(*shares(holdings, *seeds))
    assert found.settled.all()
    names = shares(holdings, *seeds)[0].ids.to_pylist()
    pairs = zip(found.low.tolist(), found.high.tolist(), strict=True)
    return dict(zip(names, pairs, strict=True))


def dense(found: Shares, listed: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the shares as a textbook does: one matrix, inverted."""
    size = len(found.ids)
    matrix = np.zeros((size, size))
    np.add.at(matrix, (found.asset, found.owner), found.low / found.whole)
    matrix[listed] = 0
    return np.linalg.solve(np.eye(size) - matrix, listed.astype(float))


def test_a_blocked_company_may_be_a_quarter_the_listed_persons_and_a_free_one_more_than_half() -> (
    None
):
    """Either test taken for the other would block the wrong firm."""
    chain = [holding("X", "A", 50), holding("A", "B", 50)]
    assert looked(chain, "X")["B"] == (0.25, 0.25)
    spread = [holding("X", "A", 49), holding("A", "B", 49), holding("X", "B", 30)]
    assert looked(spread, "X")["B"][0] == pytest.approx(0.5401)
    status = {r.entity: r.status for r in blocked(holdings_table([*chain]), ["X"], as_of=DAY)}
    assert status["B"] == "blocked"
    status = {r.entity: r.status for r in blocked(holdings_table(spread), ["X"], as_of=DAY)}
    assert status["B"] == "not"


def test_shares_that_companies_hold_in_each_other_belong_to_those_outside_the_circle() -> None:
    circle = [holding("X", "A", 40), holding("B", "A", 60), holding("A", "B", 100)]
    found = looked(circle, "X")
    assert found["A"] == pytest.approx((1.0, 1.0))
    assert found["B"] == pytest.approx((1.0, 1.0))


def test_a_circle_that_nobody_outside_owns_is_nobodys() -> None:
    found = looked([holding("A", "B", 100), holding("B", "A", 100), holding("X", "C", 1)], "X")
    assert (found["A"], found["B"]) == ((0, 0), (0, 0))


def circles(rng: np.random.Generator, nodes: int) -> list[Holding]:
    holdings = []
    for asset in range(nodes):
        left = 10_000
        for owner in rng.choice(nodes, size=rng.integers(0, 5), replace=False):
            part = int(rng.integers(0, left + 1))
            left -= part
            holdings.append(holding(f"n{owner:04}", f"n{asset:04}", Decimal(part) / 100))
    return holdings


def test_random_circles_agree_with_the_inverse_of_one_matrix() -> None:
    rng = np.random.default_rng(9)
    for _network in range(200):
        found, listed = shares(circles(rng, nodes=25), "n0000", "n0001")
        got = look_through(found, listed)
        assert np.allclose(got.low, dense(found, listed), atol=1e-8)
        assert np.array_equal(got.low, got.high)


def test_a_circle_too_large_for_factors_agrees_too() -> None:
    rng = np.random.default_rng(10)
    nodes = LARGE + 200
    ring = [holding(f"n{i:04}", f"n{(i + 1) % nodes:04}", 45) for i in range(nodes)]
    across = [
        holding(f"n{int(rng.integers(nodes)):04}", f"n{i:04}", int(rng.integers(1, 50)))
        for i in range(nodes)
    ]
    found, listed = shares([*ring, *across], "n0000", "n0700")
    got = look_through(found, listed)
    assert got.settled.all()
    assert np.allclose(got.low, dense(found, listed), atol=1e-8)


def test_a_chain_of_fifty_thousand_companies_ends() -> None:
    chain = [holding(f"c{i:05}", f"c{i + 1:05}", 100) for i in range(50_000)]
    found = looked(chain, "c00000")
    assert found["c50000"] == (1.0, 1.0)


def test_the_bounds_over_unknown_shares_are_reached_and_never_passed() -> None:
    """Every way to deal the open shares out is tried; the most of them is what is said."""
    rng = np.random.default_rng(11)
    open_ones = 0
    for _network in range(14):
        holdings = []
        for asset in range(4):
            left = 100
            for owner in rng.choice(5, size=rng.integers(0, 4), replace=False):
                least = int(rng.integers(0, left // 2 + 1))
                left -= least
                exact = rng.random() < 0.5
                most = least if exact else min(100, least + int(rng.integers(0, 60)))
                holdings.append(holding(f"n{owner}", f"n{asset}", least, percent_max=Decimal(most)))
        said = looked([*holdings, holding("n4", "z", 1)], "n4")
        best = dict.fromkeys(said, 0.0)
        by_asset: dict[str, list[Holding]] = {}
        for h in holdings:
            by_asset.setdefault(h.asset, []).append(h)
        for orders in product(*(list(permutations(rows)) for rows in by_asset.values())):
            settled = [h for order in orders for h in dealt(order)]
            for name, (low, high) in looked([*settled, holding("n4", "z", 1)], "n4").items():
                assert said[name][0] - 1e-9 <= low <= high <= said[name][1] + 1e-9
                best[name] = max(best[name], high)
        for name, high in best.items():
            assert high == pytest.approx(said[name][1], abs=1e-8)
        open_ones += any(low < high for low, high in said.values())
    assert open_ones > 4


def dealt(order: tuple[Holding, ...]) -> list[Holding]:
    """Return the holdings of one asset with what is open given to the first that can take it."""
    left = Decimal(100) - sum((h.percent or Decimal(0) for h in order), Decimal(0))
    settled = []
    for h in order:
        least = h.percent or Decimal(0)
        more = min(left, (h.percent_max or least) - least)
        left -= more
        settled.append(holding(h.owner, h.asset, least + more))
    return settled


def test_the_class_of_shares_that_gives_least_and_most_sets_the_bounds() -> None:
    found = looked(
        [
            holding("X", "A", 80, share_class="votes"), holding("X", "A", 30, share_class="value"),
            holding("A", "B", 50),
        ],
        "X",
    )  # fmt: skip
    assert found["A"] == pytest.approx((0.3, 0.8))
    assert found["B"] == pytest.approx((0.15, 0.4))
