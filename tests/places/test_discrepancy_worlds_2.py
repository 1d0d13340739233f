"""The second set of made-up worlds: fair, fixed, not given away, and each of its own kind."""

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

from bench.discrepancy_worlds.geography import make_land, neighbours  # noqa: E402
from bench.discrepancy_worlds.write import write  # noqa: E402
from bench.discrepancy_worlds_2 import division_d, oracle, rent_f, sanctuary_e  # noqa: E402
from bench.discrepancy_worlds_2.innocent import market  # noqa: E402
from bench.discrepancy_worlds_2.oracle import area  # noqa: E402
from bench.discrepancy_worlds_2.write import HERE, make, source_hash  # noqa: E402

if TYPE_CHECKING:
    from bench.discrepancy_worlds.ground import World

FIGHTS = ("D", "E", "F")
NULLS = ("null-reform", "null-frontier", "null-drive")
FEW = 300  # places in a world that need not be whole


@cache
def world(name: str, variant: str = "plain") -> World:
    return make(name, 1, variant)


def seen(name: str) -> np.ndarray:
    """Counts by record and place, over the months that were sent."""
    made = world(name)
    return np.where(made.sent, made.counts, 0).sum(axis=2)


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
        write(make(name, seed, "hole", FEW // 3), tmp_path / folder)
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
    assert made.control.max() <= 1
    assert np.median(made.land.census[planted]) < 25_000
    assert made.land.census[planted].max() > 60_000


@pytest.mark.parametrize("name", FIGHTS)
def test_no_trivial_column_gives_the_planted_places_away(name: str) -> None:
    made, counts = world(name), seen(name)
    people = made.land.census
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
        assert 0.30 <= area(np.asarray(values), made.control) <= 0.75, column
    for record, count in by_name.items():
        assert 0.2 <= area(count / people, made.control) <= 0.8, record


@pytest.mark.parametrize("name", FIGHTS)
def test_there_is_something_to_find_in_each_world(name: str) -> None:
    """Control must leave a trace, or a score would measure luck."""
    made, counts = world(name), seen(name)
    hard = np.array([record.hard for record in made.records])
    ratio = (counts[hard].sum(axis=0) + 1) / (counts[~hard].sum(axis=0) + 1)
    assert area(ratio, made.control) > 0.6


@pytest.mark.deep
@pytest.mark.parametrize("name", FIGHTS)
def test_who_knows_the_mechanism_finds_most_planted_places_but_not_all(name: str) -> None:
    values, made = oracle.score(name, 1)
    assert 0.90 < area(values, made.control) < 0.98


@pytest.mark.parametrize("name", [*FIGHTS, *NULLS])
def test_the_records_are_of_many_sources_and_not_all_of_the_police(name: str) -> None:
    made = make(name, 2, places=FEW)
    records = made.records
    assert 10 <= len(records) <= 14
    assert 5 <= sum(record.hard for record in records) <= 7
    assert len({record.source for record in records}) >= 5
    outside = {record.source for record in records if not record.law_enforcement}
    assert len(outside) >= 2
    assert 36 <= len(made.months) <= 60


def test_files_have_the_columns_the_command_reads(tmp_path: Path) -> None:
    made = make("E", 2, "hole", FEW)
    write(made, tmp_path)
    panel = rows(tmp_path / "panel.csv")
    assert list(panel[0]) == ["place", "month", "record", "count"]
    assert len(panel) == made.sent.sum()
    assert sum(int(row["count"]) for row in panel) == made.counts[made.sent].sum()
    declared = yaml.safe_load((tmp_path / "records.yaml").read_text(encoding="utf-8"))
    assert set(declared) == {row["record"] for row in panel}
    for record in declared.values():
        assert set(record) == {"channel", "source", "law_enforcement"}
    codes = {row["place"] for row in rows(tmp_path / "population.csv")}
    assert len(codes) == FEW
    assert {row["place"] for row in rows(tmp_path / "adjacency.csv")} == codes
    planted = rows(tmp_path / "planted.csv")
    assert {row["place"] for row in planted} < codes
    assert all(0 < float(row["control"]) <= 1 for row in planted)


@pytest.mark.parametrize("name", NULLS)
def test_a_world_without_control_has_no_planted_place(name: str, tmp_path: Path) -> None:
    made = make(name, 3, places=FEW)
    assert not made.control.any()
    write(made, tmp_path)
    assert rows(tmp_path / "planted.csv") == []


def test_a_hole_and_a_placebo_change_what_they_say_and_nothing_else() -> None:
    plain, holed, placebo = world("D"), world("D", "hole"), world("D", "placebo")
    assert len(holed.holes) == 100
    assert np.array_equal(plain.counts, holed.counts)
    assert not (holed.sent & ~plain.sent).any()
    assert 0 < (plain.sent & ~holed.sent).any(axis=(0, 2)).sum() <= 100
    hard = np.array([record.hard for record in plain.records])
    assert np.array_equal(plain.counts[~hard], placebo.counts[~hard])
    assert (plain.counts[hard] != placebo.counts[hard]).any(axis=(0, 2)).mean() > 0.7
    for state in range(32):
        inside = plain.land.states == state
        before = plain.counts[hard][:, inside].sum(axis=(1, 2))
        assert np.array_equal(before, placebo.counts[hard][:, inside].sum(axis=(1, 2)))


def test_in_d_a_town_shows_only_its_own_task_and_the_others_are_as_they_would_be() -> None:
    land = make_land(8, FEW)
    held = division_d.build_division(land, 8)
    free = division_d.build_division(land, 8, held=False)
    towns = held.control.any(axis=1)
    assert np.array_equal(held.crime[:, ~towns], free.crime[:, ~towns])
    assert np.array_equal(held.recorded[:, ~towns], free.recorded[:, ~towns])
    hard = held.side(hard=True)
    raised = (held.crime[hard] / free.crime[hard]).max(axis=2)[:, towns] > 1.9
    assert raised.any(axis=1).sum() >= 5, "the firm has many tasks"
    assert np.median(raised.sum(axis=0)) <= 2, "a town has one or two"


def test_in_e_the_dead_are_found_next_door_and_the_missing_are_counted_at_home() -> None:
    land = make_land(8, FEW)
    held = sanctuary_e.build_sanctuary(land, 8)
    free = sanctuary_e.build_sanctuary(land, 8, held=False)
    near = neighbours(land)
    change = held.crime.sum(axis=2) / free.crime.sum(axis=2)
    dead, missing = held.rows("deaths_homicide")[0], held.rows("missing_persons")[0]
    always = np.flatnonzero(held.control.min(axis=1) > 0.3)
    around = sorted({there for here in always for there in near[here]} - set(always.tolist()))
    assert len(always) >= 5
    assert (change[dead, always] < 1).all()
    assert (change[missing, always] > 1.3).all()
    assert (change[dead, around] > 1).mean() > 0.5


def test_in_f_the_hold_rises_and_falls_with_the_price_and_most_producers_are_free() -> None:
    land = make_land(8, FEW)
    held = rent_f.build_rent(land, 8)
    trade = market(land, 8, rent_f.MONTHS)
    towns = np.flatnonzero(held.control.any(axis=1))
    assert (trade.good[towns] >= 0).all()
    assert len(towns) < (trade.good >= 0).sum() / 2
    agree = [
        np.corrcoef(held.control[town], trade.price[trade.good[town]])[0, 1]
        for town in towns
        if np.ptp(held.control[town]) > 0.2
    ]
    assert len(agree) >= 3
    assert np.median(agree) > 0.5
