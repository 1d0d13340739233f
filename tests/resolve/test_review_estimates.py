"""A stratified sample tells precision and recall, and how sure they are."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from puente.errors import InvalidData
from puente.resolve.bridges import bridges, weakest_hold
from puente.resolve.review import Candidate, draw, kappa, precision, recall, wilson


def population(seed: int) -> tuple[list[Candidate], list[bool]]:
    """Made-up pairs with their truth: links mostly true, near misses seldom."""
    rng = np.random.default_rng(seed)
    found, truth = [], []
    for number in range(6000):
        true = rng.random() < 0.4
        weight = float(rng.normal(9 if true else -2, 4))
        found.append(
            Candidate(left=f"a{number}", right=f"b{number}", weight=weight, linked=weight >= 2)
        )
        truth.append(bool(true))
    return found, truth


def test_estimates_are_unbiased_and_their_intervals_hold_the_truth_nineteen_times_in_twenty() -> (
    None
):
    candidates, truth = population(1)
    is_true = {one.left: told for one, told in zip(candidates, truth, strict=True)}
    linked = [one for one in candidates if one.linked]
    real = {
        "precision": sum(is_true[one.left] for one in linked) / len(linked),
        "recall": sum(is_true[one.left] for one in linked) / sum(truth),
    }
    errors: dict[str, list[float]] = {"precision": [], "recall": []}
    held = {"precision": 0, "recall": 0}
    for seed in range(60):
        sample = draw(candidates, 240, np.random.default_rng(seed))
        outcomes = {
            place: "same" if is_true[one.left] else "not" for place, one in enumerate(sample)
        }
        for name, measure in (("precision", precision), ("recall", recall)):
            found = measure(sample, outcomes)
            assert found is not None
            errors[name].append(found.share - real[name])
            held[name] += found.low <= real[name] <= found.high
    for name in real:
        spread = np.std(errors[name]) / np.sqrt(60)
        assert abs(np.mean(errors[name])) < 3 * spread + 0.002, name
        assert held[name] >= 53, (name, held[name])


def test_the_same_seed_draws_the_same_sample_in_whatever_order_the_pairs_stand() -> None:
    candidates, _truth = population(2)
    one = draw(candidates, 100, np.random.default_rng(3))
    assert one == draw(candidates[::-1], 100, np.random.default_rng(3))
    assert len(one) == len({(d.left, d.right) for d in one}) == 100


def test_a_sample_that_leaves_a_stratum_out_is_refused() -> None:
    with pytest.raises(InvalidData, match="one at least"):
        draw(population(4)[0], 3, np.random.default_rng(1))


def test_wilson_gives_the_published_interval() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263, 15 of 148, 0 of 20.
    for hits, count, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605),
                                   (0, 20, 0.0, 0.1611)):  # fmt: skip
        assert wilson(hits / count, count) == pytest.approx((low, high), abs=5e-5)
    assert norm.ppf(0.975) == pytest.approx(1.959964, abs=1e-6)


def test_kappa_is_the_textbooks() -> None:
    pairs = [("same", "same")] * 20 + [("same", "not")] * 5 + [("not", "same")] * 10
    pairs += [("not", "not")] * 15
    one = {place: pair[0] for place, pair in enumerate(pairs)}
    other = {place: pair[1] for place, pair in enumerate(pairs)}
    assert kappa(one, other) == pytest.approx(0.4)
    assert kappa(one, {}) is None
    assert kappa({1: "same"}, {1: "same"}) == 1.0


def test_pairs_that_cannot_be_told_count_for_neither_side() -> None:
    sample = draw(population(5)[0], 60, np.random.default_rng(1))
    assert precision(sample, dict.fromkeys(range(60), "unsure")) is None


def test_the_link_that_holds_two_groups_together_is_named_with_its_sides() -> None:
    links = [("a", "b", 9.0), ("b", "c", 8.0), ("a", "c", 9.0), ("c", "x", 2.5), ("x", "y", 9.0)]
    weakest, other = bridges(links)
    assert weakest.links == (("c", "x", 2.5),)
    assert (weakest.smaller, weakest.larger) == (("x", "y"), ("a", "b", "c"))
    assert other.links == (("x", "y", 9.0),)


def test_where_no_single_link_holds_a_cluster_the_weakest_cut_does() -> None:
    ring = [("a", "b", 9.0), ("b", "c", 2.0), ("c", "d", 8.0), ("a", "d", 3.0)]
    assert bridges(ring) == ()
    cut = weakest_hold(ring)
    assert cut is not None
    assert (cut.weight, cut.smaller, cut.larger) == (5.0, ("a", "b"), ("c", "d"))
