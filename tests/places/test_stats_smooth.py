"""Smoothed rates, the waves of a map, charts, scans, repeats and hit rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from puente.errors import InvalidData
from puente.places.stats.car import Smoothing, smooth
from puente.places.stats.charts import ecount, funnel, rate_interval
from puente.places.stats.hits import against_last_year, hit_rate
from puente.places.stats.knox import Bands, knox
from puente.places.stats.scan import Scan, scan, space_time_scan
from puente.places.stats.spectral import Basis, moran_basis, spectral_test
from puente.places.stats.weights import Weights, from_links

if TYPE_CHECKING:
    from pathlib import Path


def board(side: int) -> Weights:
    place = np.arange(side * side).reshape(side, side)
    begin = np.concatenate((place[:, :-1].ravel(), place[:-1].ravel()))
    end = np.concatenate((place[:, 1:].ravel(), place[1:].ravel()))
    return from_links([f"{n:04d}" for n in place.ravel()], begin, end)


def asked(seed: int = 1) -> Smoothing:
    return Smoothing(rng=np.random.default_rng(seed))


def planted(side: int, seed: int) -> tuple[Weights, np.ndarray, np.ndarray, np.ndarray]:
    weights = board(side)
    rng = np.random.default_rng(seed)
    links = weights.links.toarray()
    precision = 0.9 * (np.diag(links.sum(axis=1)) - links) + 0.1 * np.eye(weights.n)
    effect = np.linalg.solve(np.linalg.cholesky(precision).T, rng.normal(size=weights.n)) * 0.7
    due = rng.gamma(1, 8, weights.n) + 0.3
    return weights, rng.poisson(due * np.exp(effect)).astype(float), due, np.exp(effect)


def test_nine_intervals_in_ten_hold_the_truth_and_raw_rates_miss_more() -> None:
    inside, closer = [], []
    for seed in range(6):
        weights, seen, due, truth = planted(18, seed)
        found = smooth(weights, seen, due, asked())
        inside.append(((found.low <= truth) & (truth <= found.high)).mean())
        raw = np.log((seen + 0.5) / due)
        closer.append(
            np.sqrt(((np.log(found.relative_risk) - np.log(truth)) ** 2).mean())
            / np.sqrt(((raw - np.log(truth)) ** 2).mean())
        )
    assert 0.86 < np.mean(inside) < 0.94
    assert max(closer) < 0.8


def test_a_silent_area_is_told_from_its_neighbours_with_a_wider_interval() -> None:
    """A month not reported is not a month without deeds."""
    weights, seen, due, _truth = planted(12, 3)
    hidden = seen.copy()
    hidden[40] = np.nan
    told, blind = smooth(weights, seen, due, asked()), smooth(weights, hidden, due, asked())
    assert blind.log_sd[40] > 1.2 * told.log_sd[40]
    zero = smooth(weights, np.where(np.isnan(hidden), 0, hidden), due, asked())
    assert zero.relative_risk[40] < blind.relative_risk[40]


def test_without_any_pattern_everything_is_drawn_to_the_mean_and_ranks_say_so() -> None:
    weights = board(12)
    seen = np.random.default_rng(2).poisson(20.0, 144).astype(float)
    found = smooth(weights, seen, np.full(144, seen.mean()), asked())
    assert found.relative_risk.std() < 0.5 * (seen / seen.mean()).std()
    assert (found.rank_high - found.rank_low).mean() > 60
    assert found.exceedance.max() < 0.05


def test_islands_and_the_same_seed() -> None:
    lone = from_links(["a", "b", "c", "d"], [0, 1], [1, 2])
    one, other = (smooth(lone, [3, 5, 2, 9], [4.0, 4, 4, 4], asked()) for _run in range(2))
    assert (one.low == other.low).all()
    assert one.low[3] < 9 / 4 < one.high[3] * 2
    with pytest.raises(InvalidData, match="all 0"):
        smooth(lone, [0, 0, 0, 0], [1.0, 1, 1, 1], asked())
    with pytest.raises(InvalidData, match="not above 0"):
        smooth(lone, [1, 0, 0, 0], [1.0, 0, 1, 1], asked())


def smooth_maps(weights: Weights, count: int, lean: float, seed: int) -> np.ndarray:
    standard = weights.row_standardised().toarray()
    noise = np.random.default_rng(seed).normal(size=(weights.n, count))
    return np.linalg.solve(np.eye(weights.n) - lean * standard, noise)


def test_smooth_maps_that_have_nothing_to_do_with_each_other_are_seldom_called() -> None:
    """The usual test calls half of them: every pair of maps would be a finding."""
    weights, runs = board(16), 300
    basis, rng = moran_basis(weights), np.random.default_rng(5)
    maps = smooth_maps(weights, 2 * runs, 0.97, 6)
    called = naive = 0
    for one, other in zip(maps[:, :runs].T, maps[:, runs:].T, strict=True):
        found = spectral_test(basis, one, other, rng=rng, draws=399)
        called += found.p_two_sided <= 0.05
        naive += abs(found.r) * np.sqrt(254 / (1 - found.r**2)) > 1.97
    assert naive > 0.35 * runs
    assert 0.015 * runs <= called <= 0.09 * runs


def test_what_two_maps_share_is_found_and_what_a_control_explains_is_not() -> None:
    weights = board(20)
    basis = moran_basis(weights)
    one, other, common = smooth_maps(weights, 3, 0.8, 7).T
    rng = np.random.default_rng(8)
    linked = spectral_test(basis, one, one + other, rng=rng)
    assert linked.p_two_sided < 0.01
    assert 1 < linked.effective_n < 400
    confounded = (one + 3 * common, other + 3 * common)
    assert spectral_test(basis, *confounded, rng=rng).p_two_sided < 0.01
    assert spectral_test(basis, *confounded, controls=[common], rng=rng).p_two_sided > 0.05


def test_stored_waves_are_refused_on_another_map(tmp_path: Path) -> None:
    basis = moran_basis(board(5))
    basis.save(tmp_path / "waves.npz")
    assert (Basis.load(tmp_path / "waves.npz", board(5)).waves == basis.waves).all()
    with pytest.raises(InvalidData, match="another map"):
        Basis.load(tmp_path / "waves.npz", board(6))
    with pytest.raises(InvalidData, match="no stored waves"):
        Basis.load(tmp_path / "none.npz", board(5))


def test_waves_are_orthonormal_and_free_of_the_mean_even_with_islands() -> None:
    lone = from_links(list("abcdef"), [0, 1, 3], [1, 2, 4])
    waves = moran_basis(lone).waves
    np.testing.assert_allclose(waves @ waves.T, np.eye(5), atol=1e-12)
    np.testing.assert_allclose(waves.sum(axis=1), 0, atol=1e-12)


def test_funnel_limits_are_exact_and_overdispersion_is_told() -> None:
    due = np.full(4000, 12.0)
    seen = np.random.default_rng(1).poisson(due)
    calm = funnel(seen, due)
    assert ((calm.ratio < calm.low) | (calm.ratio > calm.high)).mean() < 0.003
    assert 0.6 < calm.dispersion < 1.1  # the winsorised tenth at each end takes some
    wild = funnel(np.random.default_rng(1).poisson(due * np.repeat((0.4, 1.6), 2000)), due)
    assert wild.dispersion > 3
    low, high = rate_interval([0, 10], [1.0, 2.0])
    np.testing.assert_allclose(low, [0, 4.795389 / 2], atol=1e-5)
    np.testing.assert_allclose(high, [3.688879, 18.390356 / 2], atol=1e-5)


def test_a_change_is_judged_by_the_sum_of_both_counts() -> None:
    found = ecount([10, 10, 0], [12, 40, 0])
    assert found.p[0] > 0.6
    assert found.p[1] < 1e-4
    assert (found.p[2], found.z[2]) == (1.0, 0.0)
    assert np.isnan(found.ratio[2])
    np.testing.assert_allclose(found.e, found.p * 3)


def test_a_planted_cluster_is_found_and_a_calm_map_has_none() -> None:
    grid = np.array([(x, y) for x in range(10) for y in range(10)], float)
    rng = np.random.default_rng(2)
    due = np.full(100, 10.0)
    hot = ((grid - 2) ** 2).sum(axis=1) <= 2
    found = scan(grid, rng.poisson(due * np.where(hot, 3, 1)), due, Scan(rng=rng, simulations=199))
    assert found[0].p == 1 / 200
    assert set(np.flatnonzero(hot)) <= set(found[0].places) | {0}
    assert found[0].relative_risk > 2
    seen: set[int] = set()
    for one in found:
        assert not seen & set(one.places)
        seen |= set(one.places)
    calm = scan(grid, rng.poisson(due), due, Scan(rng=rng, simulations=199))
    assert not calm or calm[0].p > 0.05


def test_a_cluster_in_space_and_time_is_dated() -> None:
    grid = np.array([(x, y) for x in range(6) for y in range(6)], float)
    rng = np.random.default_rng(3)
    due = np.full((36, 8), 5.0)
    rate = np.ones((36, 8))
    rate[np.ix_([0, 1, 6, 7], [3, 4])] = 5
    found = space_time_scan(grid, rng.poisson(due * rate), due, Scan(rng=rng, simulations=99))
    assert (found[0].first, found[0].last, found[0].p) == (3, 4, 0.01)
    assert {0, 1, 6, 7} & set(found[0].places)


def test_repeats_are_found_where_they_were_planted_only() -> None:
    rng = np.random.default_rng(4)
    points, days = rng.uniform(0, 10, (400, 2)), rng.integers(0, 365, 400)
    bands = Bands(km=(0.2, 1.0), days=(7, 30))
    calm = knox(points, days, bands, rng=rng, permutations=199)
    assert calm.p_greater.min() > 0.005
    near = points[:80] + rng.normal(0, 0.05, (80, 2)), days[:80] + rng.integers(1, 5, 80)
    both = np.concatenate((points, near[0])), np.concatenate((days, near[1]))
    found = knox(*both, bands, rng=rng, permutations=199)
    assert found.p_greater[0, 0] == 1 / 200
    assert found.ratio[0, 0] > 5
    assert found.observed.sum() >= 80


def test_a_forecast_is_set_beside_last_year() -> None:
    size = np.ones(10)
    last, came = np.arange(10.0), np.array([0, 0, 0, 0, 0, 0, 1, 1, 2, 6.0])
    found = against_last_year(came, came, last, size, area_share=0.1)
    assert (found.forecast.hit_rate, found.last_year.hit_rate, found.gain) == (0.6, 0.6, 0.0)
    assert found.forecast.pai == pytest.approx(6.0)
    assert found.forecast.pei == 1.0
    flat = hit_rate(np.zeros(10), came, size, area_share=0.1)
    assert (flat.pai, flat.area_under) == (pytest.approx(1.0), pytest.approx(0.5))
    with pytest.raises(InvalidData, match="no deed"):
        hit_rate(last, np.zeros(10), size)
