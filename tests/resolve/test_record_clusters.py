"""Links become clusters without chaining two people together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puente.resolve.clusters import cluster

Pairs = list[tuple[int, int, float]]


def clusters_of(records: int, pairs: Pairs, identities: list[list[int]] | None = None) -> list[int]:
    left, right, weight = (np.array([p[i] for p in pairs]) for i in range(3))
    named = [np.array(one) for one in identities or [[-1] * records]]
    found = cluster(
        left.astype(np.int64), right.astype(np.int64), weight.astype(np.float64), named, 1.0
    )
    return list(found.labels)


def test_links_join_and_the_smallest_number_names_the_cluster() -> None:
    assert clusters_of(4, [(2, 3, 9.0), (1, 2, 9.0), (1, 3, 9.0)]) == [0, 1, 1, 1]


def test_a_pair_below_the_threshold_is_no_link() -> None:
    assert clusters_of(2, [(0, 1, 0.5)]) == [0, 1]


def test_two_identities_are_never_one_however_strong_the_link() -> None:
    assert clusters_of(2, [(0, 1, 50.0)], [[7, 8]]) == [0, 1]


def test_a_record_between_two_identities_goes_where_it_fits_best() -> None:
    pairs = [(0, 1, 6.0), (1, 2, 9.0), (0, 2, 4.0)]
    assert clusters_of(3, pairs, [[5, -1, 6]]) == [0, 1, 1]


def test_an_identity_deep_in_a_chain_is_respected_too() -> None:
    pairs = [(0, 1, 9.0), (1, 2, 8.0), (2, 3, 7.0), (0, 2, 8.0), (1, 3, 7.0), (0, 3, 9.0)]
    found = clusters_of(4, pairs, [[5, -1, -1, 6]])
    assert found[0] != found[3]


def test_a_thin_record_that_fits_two_people_does_not_make_them_one() -> None:
    # 0 and 1 are one person, 3 and 4 another; 2 is a name without a date and links to all.
    people = [(0, 1, 15.0), (3, 4, 15.0)]
    against = [(0, 3, -9.0), (0, 4, -9.0), (1, 3, -9.0), (1, 4, -9.0)]
    thin = [(0, 2, 3.0), (1, 2, 3.0), (2, 3, 2.5), (2, 4, 2.5)]
    found = clusters_of(5, people + against + thin)
    assert found[0] == found[1]
    assert found[3] == found[4] != found[0]
    # Half a bit is a toss of a coin, and by it the law would fall on the one or the other.
    assert found[2] == 2


def test_a_thin_record_stays_with_the_person_it_fits_clearly_better() -> None:
    people = [(0, 1, 15.0), (3, 4, 15.0)]
    against = [(0, 3, -9.0), (0, 4, -9.0), (1, 3, -9.0), (1, 4, -9.0)]
    thin = [(0, 2, 6.0), (1, 2, 6.0), (2, 3, 2.5), (2, 4, 2.5)]
    found = clusters_of(5, people + against + thin)
    assert found[0] == found[1] == found[2]


def test_a_record_left_open_names_every_group_that_it_fits() -> None:
    pairs = [(0, 1, 15.0), (3, 4, 15.0), (0, 3, -9.0), (0, 4, -9.0), (1, 3, -9.0), (1, 4, -9.0)]
    pairs += [(0, 2, 3.0), (1, 2, 3.0), (2, 3, 2.5), (2, 4, 2.5)]
    left, right, weight = (np.array(column) for column in zip(*pairs, strict=True))
    found = cluster(left, right, weight.astype(float), [np.full(5, -1)], 2.0)
    assert found.undecided == ((2, 0), (2, 3))


def test_a_pair_that_was_never_compared_counts_against_a_merger() -> None:
    chain = [(0, 1, 2.0), (1, 2, 2.0), (2, 3, 2.0)]
    assert len(set(clusters_of(4, chain))) > 1


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, Pairs, list[list[int]]]:
    records = draw(st.integers(2, 9))
    every = [(a, b) for a in range(records) for b in range(a + 1, records)]
    chosen = draw(st.lists(st.sampled_from(every), unique=True, min_size=1))
    weights = draw(st.lists(st.integers(-9, 15), min_size=len(chosen), max_size=len(chosen)))
    names = draw(st.lists(st.integers(-1, 2), min_size=records, max_size=records))
    pairs = [(a, b, float(w)) for (a, b), w in zip(chosen, weights, strict=True)]
    return records, pairs, [names]


@given(graphs(), st.randoms())
@settings(max_examples=300, deadline=None)
def test_clusters_depend_on_no_order_and_hold_one_identity(
    graph: tuple[int, Pairs, list[list[int]]], rng: object
) -> None:
    records, pairs, identities = graph
    found = clusters_of(records, pairs, identities)
    shuffled = list(pairs)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert clusters_of(records, shuffled, identities) == found
    for label in set(found):
        members = [n for n in range(records) if found[n] == label]
        assert label == min(members)
        assert len({identities[0][n] for n in members} - {-1}) <= 1


def test_ten_thousand_records_of_one_thing_are_one_cluster() -> None:
    pairs = [(0, n, 9.0) for n in range(1, 400)]
    whole = pairs + [(a, b, 9.0) for a in range(1, 400) for b in range(a + 1, 400)]
    assert set(clusters_of(400, whole)) == {0}


@pytest.mark.parametrize("records", [1, 3])
def test_records_without_a_pair_stay_alone(records: int) -> None:
    assert clusters_of(records, []) == list(range(records))


def test_a_thin_record_that_fits_two_identities_alike_is_left_with_neither() -> None:
    """A shareholder's row with a name alone must not fall on the listed man or on his namesake."""
    people = [(0, 1, 15.0), (3, 4, 15.0)]
    thin = [(0, 2, 3.0), (1, 2, 3.0), (2, 3, 2.5), (2, 4, 2.5)]
    assert clusters_of(5, people + thin, [[5, 5, -1, 6, 6]]) == [0, 0, 2, 3, 3]


def test_a_thin_record_that_clearly_fits_one_identity_goes_there() -> None:
    people = [(0, 1, 15.0), (3, 4, 15.0)]
    thin = [(0, 2, 9.0), (1, 2, 9.0), (2, 3, 2.5), (2, 4, 2.5)]
    assert clusters_of(5, people + thin, [[5, 5, -1, 6, 6]]) == [0, 0, 0, 3, 3]
