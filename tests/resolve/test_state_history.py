"""Cluster ids stay, are never given to others, and what they were can be told for any day."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puente.resolve.history import Moment, Past, carry

Groups = dict[str, str]
"""Record to the smallest record of its group."""


def grouped(*groups: str) -> Groups:
    """Return the groups, told as words of one-letter records."""
    return {record: min(group) for group in groups for record in group}


class Builds:
    """Builds one after the other, each carried over from the last."""

    def __init__(self) -> None:
        self.past: Past | None = None
        self.day = datetime(2026, 1, 1, tzinfo=UTC)
        self.seen: list[dict[str, str]] = []

    def build(self, groups: Groups, *, order: random.Random | None = None) -> dict[str, str]:
        records = sorted(groups)
        if order:
            order.shuffle(records)
        self.day += timedelta(days=1)
        found = carry(
            self.past,
            pa.array(records, pa.string()),
            pa.array([groups[record] for record in records], pa.string()),
            Moment(build=f"b{len(self.seen)}", at=self.day),
        )
        ids = dict(zip(records, found.ids.to_pylist(), strict=True))
        clusters = pa.table({"entity_id": pa.array(records, pa.string()), "cluster_id": found.ids})
        self.past = Past(clusters=clusters, history=found.history)
        self.seen.append(ids)
        return ids

    def rows(self) -> list[dict[str, Any]]:
        assert self.past is not None
        found: list[dict[str, Any]] = self.past.history.to_pylist()
        return found

    def records_of(self, name: str, build: int) -> list[str]:
        """What the history says that an id was in a build."""
        for row in self.rows():
            if row["cluster_id"] == name and int(row["build"][1:]) > build:
                return [*row["before"]]
        return sorted(record for record, held in self.seen[-1].items() if held == name)


def test_a_cluster_that_takes_in_new_records_keeps_its_id_though_their_keys_are_smaller() -> None:
    builds = Builds()
    builds.build(grouped("mn", "x"))
    assert builds.build(grouped("amn", "bx")) == {
        "a": "m", "m": "m", "n": "m", "b": "x", "x": "x",
    }  # fmt: skip


def test_a_merger_leaves_the_id_of_the_larger_cluster_and_says_where_the_other_went() -> None:
    builds = Builds()
    builds.build(grouped("ab", "xyz"))
    assert set(builds.build(grouped("abxyz")).values()) == {"x"}
    told = {row["cluster_id"]: (row["what"], row["went_to"]) for row in builds.rows()}
    assert told["a"] == ("merged", ["x"])


def test_of_two_clusters_of_one_size_the_smaller_record_key_leaves_its_id() -> None:
    builds = Builds()
    builds.build(grouped("cd", "ab"))
    assert set(builds.build(grouped("abcd")).values()) == {"a"}


def test_an_id_that_is_a_records_key_never_names_a_cluster_without_that_record() -> None:
    builds = Builds()
    builds.build(grouped("abcd"))
    assert builds.build(grouped("a", "bcd")) == {"a": "a", "b": "b", "c": "b", "d": "b"}


def test_what_splits_off_takes_no_id_that_was_ever_another_clusters() -> None:
    builds = Builds()
    builds.build(grouped("a", "b", "c", "d"))
    builds.build(grouped("abcd"))
    ids = builds.build(grouped("ab", "cd"))
    assert ids == {"a": "a", "b": "a", "c": "c~2", "d": "c~2"}
    assert builds.build(grouped("abcd"))["d"] == "a"
    assert builds.build(grouped("a", "b", "c", "d")) == {r: r for r in "abcd"}, "as it once stood"


def test_a_record_that_vanishes_and_comes_back_has_its_id_again() -> None:
    builds = Builds()
    builds.build(grouped("a", "bc"))
    builds.build(grouped("bc"))
    assert builds.build(grouped("a", "bc"))["a"] == "a"


def test_a_record_that_comes_back_takes_its_key_from_whoever_bore_it_meanwhile() -> None:
    builds = Builds()
    builds.build(grouped("abc"))
    assert builds.build(grouped("bc")) == {"b": "a", "c": "a"}
    ids = builds.build(grouped("a", "bc"))
    assert ids["b"] != "a"
    assert ids["b"] == ids["c"] != ids["a"]


def test_a_build_in_which_nothing_changes_adds_nothing_to_the_history() -> None:
    builds = Builds()
    builds.build(grouped("ab", "c"))
    before = len(builds.rows())
    builds.build(grouped("ab", "c"))
    assert len(builds.rows()) == before


def random_partition(rng: random.Random, records: list[str]) -> Groups:
    groups: dict[int, list[str]] = {}
    for record in records:
        groups.setdefault(rng.randrange(max(1, len(records) // 2 + 1)), []).append(record)
    return {record: min(group) for group in groups.values() for record in group}


def check_ids(groups: Groups, ids: dict[str, str]) -> None:
    sets: dict[str, set[str]] = {}
    for record, name in ids.items():
        sets.setdefault(name, set()).add(record)
    wanted: dict[str, set[str]] = {}
    for record, group in groups.items():
        wanted.setdefault(group, set()).add(record)
    assert sorted(map(sorted, sets.values())) == sorted(map(sorted, wanted.values()))
    for name, held in sets.items():
        assert name not in ids or name in held, "an id names a cluster without its record"


@settings(max_examples=70, deadline=None)
@given(st.integers(0, 100_000))
def test_whatever_happens_ids_keep_the_rule_and_the_history_tells_every_build(seed: int) -> None:
    rng = random.Random(seed)
    builds, every = Builds(), list("abcdefgh")
    said: list[dict[str, list[str]]] = []
    for _turn in range(7):
        records = sorted(rng.sample(every, rng.randint(1, len(every))))
        groups = random_partition(rng, records)
        ids = builds.build(groups, order=rng)
        check_ids(groups, ids)
        held: dict[str, list[str]] = {}
        for record in sorted(ids):
            held.setdefault(ids[record], []).append(record)
        said.append(held)
    names = {name for held in said for name in held}
    for number, held in enumerate(said):
        for name in names:
            assert builds.records_of(name, number) == held.get(name, []), (name, number)


@settings(max_examples=70, deadline=None)
@given(st.integers(0, 100_000))
def test_going_back_to_the_groups_before_brings_every_id_back(seed: int) -> None:
    rng = random.Random(seed)
    builds, records = Builds(), list("abcdefghij")
    stack: list[tuple[Groups, dict[str, str]]] = []
    groups = random_partition(rng, records)
    stack.append((groups, builds.build(groups)))
    for _turn in range(8):
        if len(stack) > 1 and rng.random() < 0.5:
            stack.pop()
            groups, ids = stack[-1]
            assert builds.build(groups, order=rng) == ids, "undone, but not as it stood"
        else:
            groups = random_partition(rng, records)
            stack.append((groups, builds.build(groups)))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000))
def test_the_order_of_the_records_changes_no_id(seed: int) -> None:
    rng = random.Random(seed)
    one, other = Builds(), Builds()
    for _turn in range(4):
        groups = random_partition(rng, sorted(rng.sample("abcdefgh", 6)))
        assert one.build(groups) == other.build(groups, order=rng)


@pytest.mark.parametrize("groups", [grouped("ab"), {}])
def test_the_first_build_begins_the_history(groups: Groups) -> None:
    builds = Builds()
    builds.build(groups)
    assert [row["what"] for row in builds.rows()] == ["founded"]
