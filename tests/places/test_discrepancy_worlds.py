"""The made-up worlds on which a discrepancy ranking is judged: fair, fixed and not given away."""

from __future__ import annotations

import csv
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # `bench` is run from the repository and not installed

from bench.discrepancy_worlds.write import HERE, make, source_hash, write  # noqa: E402

if TYPE_CHECKING:
    from bench.discrepancy_worlds.ground import World

FIGHTS = ("A", "B", "C")
NULLS = ("null-culture", "null-freight")
FEW = 300  # places in a world whose files are written


@cache
def world(name: str, variant: str = "plain") -> World:
    return make(name, 1, variant)


def seen(name: str) -> np.ndarray:
    """Counts by record and place, over the months that were sent."""
    made = world(name)
    return np.where(made.sent, made.counts, 0).sum(axis=2)


def area(values: np.ndarray, planted: np.ndarray) -> float:
    """How often a planted place has more of it than another, ties counted half."""
    rest = np.sort(values[~planted])
    below = np.searchsorted(rest, values[planted], "left")
    upto = np.searchsorted(rest, values[planted], "right")
    return float((below + upto).mean() / 2 / len(rest))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_the_code_is_the_code_that_was_fixed_before_the_first_score() -> None:
    assert (HERE / "HASH").read_text(encoding="ascii").strip() == source_hash()


@pytest.mark.parametrize("name", FIGHTS)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    name: str, tmp_path: Path
) -> None:
    for folder, seed in (("one", 5), ("two", 5), ("three", 6)):
        write(make(name, seed, "hole", FEW), tmp_path / folder)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) == 6
    for file in files:
        first = (tmp_path / "one" / file).read_bytes()
        assert first == (tmp_path / "two" / file).read_bytes()
        if file != "records.yaml":
            assert first != (tmp_path / "three" / file).read_bytes()


@pytest.mark.parametrize("name", FIGHTS)
def test_planted_places_exist_and_are_few_and_mostly_small(name: str) -> None:
    made = world(name)
    planted = made.control > 0
    assert made.land.size == 2469
    assert len(set(made.land.states.tolist())) == 32
    assert 0.04 <= planted.mean() <= 0.08
    assert made.control[planted].min() >= 0.1
    assert made.control.max() <= 1
    assert np.median(made.land.census[planted]) < 25_000
    assert made.land.census[planted].max() > 100_000


@pytest.mark.parametrize("name", FIGHTS)
def test_no_trivial_column_gives_the_planted_places_away(name: str) -> None:
    made, counts = world(name), seen(name)
    planted, people = made.control > 0, made.land.census
    by_name = {record.name: counts[row] for row, record in enumerate(made.records)}
    complaints = sum(
        counts[row]
        for row, record in enumerate(made.records)
        if record.source == "state_prosecutor"
    )
    trivial = {
        "population": people,
        "homicide rate": by_name["deaths_homicide"] / people,
        "complaints": complaints,
        "missing rows": (~made.sent).sum(axis=(0, 2)),
    }
    for column, values in trivial.items():
        assert 0.30 <= area(np.asarray(values), planted) <= 0.75, column
    for record, count in by_name.items():
        assert 0.2 <= area(count / people, planted) <= 0.8, record


@pytest.mark.parametrize("name", FIGHTS)
def test_there_is_something_to_find_in_each_world(name: str) -> None:
    """Control must leave a trace, or a score would measure luck.

    The trace is a proportion: in world C what the group does falls too, with the people who left,
    but less than the ordinary crime that it keeps down.
    """
    made, counts = world(name), seen(name)
    planted = made.control > 0
    trade = {"missing_persons", "traced_firearms", "listed_addresses"}
    ordinary = {"robbery", "assault"}
    more = counts[[record.name in trade for record in made.records]].sum(axis=0)
    less = counts[[record.name in ordinary for record in made.records]].sum(axis=0)
    assert area((more + 1) / (less + 1), planted) > 0.6


@pytest.mark.parametrize("name", [*FIGHTS, *NULLS])
def test_the_records_are_of_many_sources_and_not_all_of_the_police(name: str) -> None:
    records = world(name).records
    assert 10 <= len(records) <= 14
    assert 5 <= sum(record.hard for record in records) <= 7
    assert len({record.source for record in records}) >= 5
    outside = {record.source for record in records if not record.law_enforcement}
    assert len(outside) >= 2
    assert 36 <= len(world(name).months) <= 60


def test_files_have_the_columns_the_command_reads(tmp_path: Path) -> None:
    made = make("B", 2, "hole", FEW)
    write(made, tmp_path)
    panel = rows(tmp_path / "panel.csv")
    assert list(panel[0]) == ["place", "month", "record", "count"]
    assert len(panel) == made.sent.sum()
    assert sum(int(row["count"]) for row in panel) == made.counts[made.sent].sum()
    assert any(row["count"] == "0" for row in panel)
    declared = yaml.safe_load((tmp_path / "records.yaml").read_text(encoding="utf-8"))
    assert set(declared) == {row["record"] for row in panel}
    for record in declared.values():
        assert set(record) == {"channel", "source", "law_enforcement"}
        assert record["channel"] in {"hard", "suppressible"}
        assert isinstance(record["law_enforcement"], bool)
    people = rows(tmp_path / "population.csv")
    codes = {row["place"] for row in people}
    assert list(people[0]) == ["place", "state", "population"]
    assert len(codes) == FEW
    assert all(len(code) == 5 for code in codes)
    assert any(code.startswith("0") for code in codes)
    pairs = {(row["place"], row["neighbour"]) for row in rows(tmp_path / "adjacency.csv")}
    assert {place for place, _other in pairs} == codes
    assert all((two, one) in pairs and one != two for one, two in pairs)
    planted = rows(tmp_path / "planted.csv")
    assert {row["place"] for row in planted} < codes
    assert all(0 < float(row["control"]) <= 1 for row in planted)


@pytest.mark.parametrize("name", NULLS)
def test_a_world_without_control_has_no_planted_place(name: str, tmp_path: Path) -> None:
    assert not world(name).control.any()
    write(make(name, 3, places=FEW), tmp_path)
    assert rows(tmp_path / "planted.csv") == []


def test_a_hole_is_missing_rows_of_one_source_and_nothing_else_changes() -> None:
    plain, holed = world("A"), world("A", "hole")
    assert len(holed.holes) == 100
    assert np.array_equal(plain.counts, holed.counts)
    lost = plain.sent & ~holed.sent
    assert not (holed.sent & ~plain.sent).any()
    assert lost.any(axis=(0, 2)).sum() <= 100
    at = {code: place for place, code in enumerate(holed.land.codes)}
    for code, source, first, last in holed.holes:
        months = slice(holed.months.index(first), holed.months.index(last) + 1)
        of_source = [row for row, record in enumerate(holed.records) if record.source == source]
        assert months.stop - months.start == 6
        assert not holed.sent[of_source, at[code], months].any()


def test_a_placebo_keeps_each_states_hard_records_and_moves_them_between_its_places() -> None:
    plain, placebo = world("A"), world("A", "placebo")
    hard = np.array([record.hard for record in plain.records])
    assert np.array_equal(plain.counts[~hard], placebo.counts[~hard])
    moved = (plain.counts[hard] != placebo.counts[hard]).any(axis=(0, 2))
    assert moved.mean() > 0.7
    for state in range(32):
        inside = plain.land.states == state
        before = plain.counts[hard][:, inside].sum(axis=(1, 2))
        assert np.array_equal(before, placebo.counts[hard][:, inside].sum(axis=(1, 2)))
