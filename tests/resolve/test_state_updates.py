"""Batches, judgements and undoing, in any order, give the clusters of one run."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puente.resolve.clusters import Judged, cluster
from puente.resolve.history import Moment, Past, carry
from puente.resolve.state import (
    Batch,
    ClusterState,
    Pairs,
    add_batch,
    empty_state,
    judge,
)
from puente.resolve.state_ids import first_ids, updated_ids

LEAST = 2.0
Key = str


@dataclass
class World:
    """Records, the weight of every compared pair, and identifiers; made up by a seed."""

    keys: list[Key]
    weights: dict[tuple[Key, Key], float]
    identity: dict[Key, int]
    same: set[tuple[Key, Key]] = field(default_factory=set)
    apart: set[tuple[Key, Key]] = field(default_factory=set)


def made(seed: int, records: int = 11) -> World:
    rng = random.Random(seed)
    keys = [f"r{number:02d}" for number in range(records)]
    rng.shuffle(keys)
    person = {key: rng.randrange(max(2, records // 3)) for key in keys}
    weights = {}
    for one in keys:
        for other in keys:
            if one < other and rng.random() < 0.45:
                near = 7.0 if person[one] == person[other] else -4.0
                weights[one, other] = round(rng.gauss(near, 5.0), 1)
    identity = {key: rng.choice([-1, -1, -1, person[key]]) for key in keys}
    return World(keys=keys, weights=weights, identity=identity)


def batch_of(state: ClusterState, world: World, keys: list[Key]) -> Batch:
    held = {*state.keys.to_pylist(), *keys}
    mine = [p for p in world.weights if held.issuperset(p) and not set(p).isdisjoint(keys)]
    every = state.numbered(keys)
    known = dict(zip(state.keys.to_pylist(), range(len(state.keys)), strict=True))
    known.update(dict(zip(keys, every.tolist(), strict=True)))
    numbers = np.array([[known[a], known[b]] for a, b in mine], dtype=np.int64).reshape(-1, 2)
    return Batch(
        keys=keys,
        identities=(np.array([world.identity[key] for key in keys], dtype=np.int64),),
        pairs=Pairs(
            left=numbers[:, 0], right=numbers[:, 1],
            weight=np.array([world.weights[pair] for pair in mine]),
        ),
    )  # fmt: skip


def one_run(world: World, keys: list[Key]) -> list[frozenset[Key]]:
    """The naive reference: everything decided at once."""
    held = sorted(keys)
    number = {key: place for place, key in enumerate(held)}
    pairs = sorted(pair for pair in world.weights if pair[0] in number and pair[1] in number)
    ends = np.array([[number[a], number[b]] for a, b in pairs], dtype=np.int64).reshape(-1, 2)
    judged = Judged(
        **{
            name: tuple((number[a], number[b]) for a, b in sorted(told) if {a, b} <= set(held))
            for name, told in (("same", world.same), ("apart", world.apart))
        }
    )
    found = cluster(
        ends[:, 0], ends[:, 1], np.array([world.weights[pair] for pair in pairs]),
        [np.array([world.identity[key] for key in held], dtype=np.int64)], LEAST, judged,
    )  # fmt: skip
    groups: dict[int, set[Key]] = {}
    for key, label in zip(held, found.labels.tolist(), strict=True):
        groups.setdefault(label, set()).add(key)
    return sorted((frozenset(group) for group in groups.values()), key=min)


def two_of(world: World, rng: random.Random) -> tuple[Key, Key]:
    one, other = sorted(rng.sample(world.keys, 2))
    return one, other


def is_one(world: World, one: Key, other: Key) -> bool:
    reached, queue = {one}, [one]
    while queue:
        here = queue.pop()
        for pair in world.same:
            if here in pair:
                there = pair[0] if pair[1] == here else pair[1]
                if there not in reached:
                    reached.add(there)
                    queue.append(there)
    return other in reached


def may_say(world: World, pair: tuple[Key, Key], *, same: bool) -> bool:
    if not same:
        return not is_one(world, *pair)
    world.same.add(pair)
    fits = not any(is_one(world, *other) for other in world.apart)
    world.same.discard(pair)
    return fits


def random_life(seed: int) -> None:
    """Play one random sequence of batches, judgements and undoings against the reference."""
    world, rng = made(seed), random.Random(seed + 1)
    state, left = empty_state(sorts=1, least=LEAST), list(world.keys)
    for _turn in range(6):
        deed = rng.random()
        if left and deed < 0.4:
            size = rng.randint(1, len(left))
            coming, left = left[:size], left[size:]
            state = add_batch(state, batch_of(state, world, coming)).state
        elif deed < 0.5 and len(state.keys):
            again = rng.choice(state.keys.to_pylist())
            for pair in [p for p in world.weights if again in p]:
                world.weights[pair] = round(world.weights[pair] + rng.gauss(0, 4), 1)
            state = add_batch(state, batch_of(state, world, [again])).state
        elif deed < 0.85:
            pair = two_of(world, rng)
            same = rng.random() < 0.5
            told, other = (world.same, world.apart) if same else (world.apart, world.same)
            other.discard(pair)
            if may_say(world, pair, same=same):
                told.add(pair)
            state = judge(state, world.same, world.apart).state
        else:
            for told in (world.same, world.apart):
                if told and rng.random() < 0.6:
                    told.discard(rng.choice(sorted(told)))
            state = judge(state, world.same, world.apart).state
        assert state.clusters() == one_run(world, state.keys.to_pylist()), seed


@pytest.mark.parametrize("part", range(4))
def test_400_random_lives_end_as_the_naive_reference_says(part: int) -> None:
    for seed in range(part * 100, part * 100 + 100):
        random_life(seed)


@pytest.mark.deep
def test_4000_random_lives_end_as_the_naive_reference_says() -> None:
    for seed in range(1000, 5000):
        random_life(seed)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_any_order_of_batches_gives_the_clusters_of_one_run(seed: int, rng: random.Random) -> None:
    world = made(seed)
    keys = list(world.keys)
    rng.shuffle(keys)
    state = empty_state(sorts=1, least=LEAST)
    while keys:
        size = rng.randint(1, len(keys))
        state = add_batch(state, batch_of(state, world, keys[:size])).state
        keys = keys[size:]
    assert state.clusters() == one_run(world, world.keys)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_ids_of_what_a_batch_touched_are_those_of_a_whole_rebuild(
    seed: int, rng: random.Random
) -> None:
    world = made(seed)
    keys = list(world.keys)
    state = empty_state(sorts=1, least=LEAST)
    moment = Moment(build="b", at=datetime(2026, 1, 1, tzinfo=UTC))
    ids = first_ids(state, moment)
    past = Past(
        clusters=pa.table({"entity_id": state.keys, "cluster_id": ids.ids}), history=ids.history
    )
    while keys:
        size = rng.randint(1, len(keys))
        update = add_batch(state, batch_of(state, world, keys[:size]))
        state, keys = update.state, keys[size:]
        ids = updated_ids(ids, update, moment)
        whole = carry(past, state.keys, state.keys.take(pa.array(state.homes)), moment)
        assert ids.ids.to_pylist() == whole.ids.to_pylist()
        assert ids.history.to_pylist() == whole.history.to_pylist()
        past = Past(
            clusters=pa.table({"entity_id": state.keys, "cluster_id": whole.ids}),
            history=whole.history,
        )


def test_a_batch_touches_only_the_groups_that_it_reaches() -> None:
    keys = ["a", "b", "c", "d"]
    world = World(
        keys=keys, weights={("a", "b"): 9.0, ("c", "d"): 9.0, ("a", "e"): 9.0},
        identity=dict.fromkeys([*keys, "e"], -1),
    )  # fmt: skip
    state = empty_state(sorts=1, least=LEAST)
    state = add_batch(state, batch_of(state, world, keys)).state
    update = add_batch(state, batch_of(state, world, ["e"]))
    assert {state.keys[n].as_py() if n < 4 else "e" for n in update.touched.tolist()} == {
        "a", "b", "e",
    }  # fmt: skip


def test_a_judgement_waits_for_records_that_have_not_come_yet() -> None:
    world = World(keys=["a", "b"], weights={}, identity={"a": 1, "b": 2})
    state = judge(empty_state(sorts=1, least=LEAST), [("a", "b")], []).state
    state = add_batch(state, batch_of(state, world, ["b"])).state
    state = add_batch(state, batch_of(state, world, ["a"])).state
    assert state.clusters() == [frozenset({"a", "b"})], "two identifiers do not overrule a person"


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_what_people_judged_holds_whatever_weights_and_identifiers_say(seed: int) -> None:
    world, rng = made(seed), random.Random(seed)
    for _turn in range(6):
        pair = two_of(world, rng)
        same = rng.random() < 0.5
        if pair not in world.same | world.apart and may_say(world, pair, same=same):
            (world.same if same else world.apart).add(pair)
    home = {key: group for group in one_run(world, world.keys) for key in group}
    assert all(home[a] == home[b] for a, b in world.same)
    assert all(home[a] != home[b] for a, b in world.apart)


def test_a_batch_with_a_pair_that_is_not_its_own_is_refused() -> None:
    from puente.errors import InvalidData

    world = World(keys=["a", "b"], weights={("a", "b"): 5.0}, identity={"a": -1, "b": -1})
    state = empty_state(sorts=1, least=LEAST)
    state = add_batch(state, batch_of(state, world, ["a", "b"])).state
    wrong = Pairs(left=np.array([0]), right=np.array([1]), weight=np.array([1.0]))
    with pytest.raises(InvalidData):
        add_batch(state, Batch(keys=["c"], identities=(np.array([-1]),), pairs=wrong))
