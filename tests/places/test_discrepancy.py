"""Discrepancy: what it finds when it is there, and what it refuses to say."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from typer.testing import CliRunner

from puente.cli.app import build_app
from puente.errors import InvalidData
from puente.places.discrepancy import discrepancy
from puente.places.discrepancy_due import totals
from puente.places.discrepancy_facts import MethodFact, method_hash
from puente.places.discrepancy_files import SMALLEST, discrepancy_report
from puente.places.discrepancy_read import Inputs, Record, read_inputs
from puente.places.stats.areas import Adjacency
from puente.places.stats.weights import from_links
from puente.report.pictures_discrepancy import calibration, write_pictures

from .discrepancy_made_up import COMPLAINTS, HARD, MadeUp, auc, made_up, records_text

if TYPE_CHECKING:
    from pathlib import Path

    from puente.places.discrepancy_read import DiscrepancyFiles

HARD_NAMES = tuple(name for name, _source, _police in HARD)


def of(world: MadeUp) -> Inputs:
    """The country as read, without the way over files."""
    records = [
        Record(name=name, channel="hard", source=source, law_enforcement=police)
        for name, source, police in HARD
    ]
    records += [
        Record(name=name, channel="suppressible", source="prosecutor", law_enforcement=True)
        for name in COMPLAINTS
    ]
    near = from_links(world.places, [], [])
    return Inputs(
        places=world.places,
        states=world.states,
        people=world.people,
        months=tuple(f"2020-{month:02d}" for month in range(1, 13)),
        records=tuple(records),
        counts=world.counts,
        silent=(),
        adjacency=Adjacency(weights=near, links=0, unknown=()),
    )


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> DiscrepancyFiles:
    return made_up(5).write(tmp_path_factory.mktemp("planted"))


def command(files: DiscrepancyFiles, *more: str) -> object:
    words = ["places", "discrepancy", "--panel", str(files.panel), "--out", str(files.out)]
    words += ["--records", str(files.records), "--population", str(files.population)]
    return CliRunner().invoke(build_app(), [*words, "--adjacency", str(files.adjacency), *more])


def rows(files: DiscrepancyFiles) -> dict[str, dict[str, str]]:
    with files.out.open(encoding="utf-8", newline="") as handle:
        return {row["place"]: row for row in csv.DictReader(handle)}


def test_planted_places_come_first_and_better_than_by_any_single_figure() -> None:
    """On the maker's own small worlds: an upper bound. `bench/discrepancy.py` has the others."""
    for seed in (5, 6):
        world = made_up(seed)
        inputs = of(world)
        found = discrepancy(inputs)
        own = auc(-found.rank, world.planted)
        told = world.counts.sum(axis=1)
        head = told / world.people[:, None]
        rivals = (world.people, head[:, 0], told[:, 0], -head[:, 5:].sum(axis=1))
        assert own > 0.9
        assert own > 0.1 + max(auc(rival, world.planted) for rival in rivals)


def test_where_nothing_is_planted_it_says_so_and_ranks_are_wide() -> None:
    """Culture and odd registers alone must not be told as a finding."""
    for seed in (5, 6, 7):
        found = discrepancy(of(made_up(seed, planted=False)))
        assert not found.evident
        assert not found.stable
        first = found.rank <= 20
        assert (found.rank_high - found.rank_low)[first].mean() > 150


def test_hard_records_dealt_out_anew_are_no_evidence() -> None:
    world = made_up(5)
    rng = np.random.default_rng(1)
    counts = world.counts.copy()
    for record in range(5):
        rate = counts[:, :, record].sum() / world.people.sum() / counts.shape[1]
        lift = rng.permutation(np.exp(rng.normal(0, 0.5, len(world.people))))
        due = (rate * world.people * lift)[:, None]
        counts[:, :, record] = rng.poisson(due, counts[:, :, record].shape)
    assert not discrepancy(of(replace(world, counts=counts))).evident


def test_nine_intervals_in_ten_hold_what_was_counted_where_nothing_is_planted() -> None:
    found = discrepancy(of(made_up(8, planted=False)))
    inside = (found.low <= found.observed) & (found.observed <= found.high)
    assert 0.85 < inside.mean() < 0.96


@pytest.mark.parametrize("written", ["no row", "zero"])
def test_an_agency_that_stops_sending_lowers_coverage_and_raises_no_rank(written: str) -> None:
    """A state whose prosecutor falls silent for half a year is not thereby suspicious."""
    world = made_up(5)
    held = np.flatnonzero(np.array(world.states) == "03")
    counts = world.counts.copy()
    counts[np.ix_(held, range(3, 9), range(5, 10))] = np.nan if written == "no row" else 0
    plain, holed = discrepancy(of(world)), discrepancy(of(replace(world, counts=counts)))
    assert (holed.due.coverage[held, 5:] == 0.5).all()
    assert (plain.due.coverage[held] == 1).all()
    assert abs(float(np.mean(plain.rank[held] - holed.rank[held]))) < 15


def test_a_quiet_small_place_keeps_its_zeros() -> None:
    world = made_up(5)
    small = int(world.people.argmin())
    counts = world.counts.copy()
    counts[small] = 0
    due = totals(of(replace(world, counts=counts)))
    assert due.coverage[small].min() == 1
    assert due.silenced[small].sum() == 0


def test_the_command_writes_the_contract_and_the_same_bytes_twice(
    planted: DiscrepancyFiles, tmp_path: Path
) -> None:
    result = command(planted, "--json", "--pictures", str(tmp_path / "pictures"))
    assert result.exit_code == 0, result.output  # type: ignore[attr-defined]
    told = json.loads(result.stdout)  # type: ignore[attr-defined]
    first = planted.out.read_bytes()
    assert first.splitlines()[0] == b"place,expected,observed,low,high,rank,flag,reason"
    assert all(len(place) == 5 for place in rows(planted))
    assert len(told["places"]) == 576
    assert {line["source"] for line in told["places"][0]["sources"]} >= {"registry", "prosecutor"}
    assert told["places"][0]["rank"] == 1
    command(planted)
    assert planted.out.read_bytes() == first
    assert (tmp_path / "pictures" / "ranks.svg").read_text().startswith("<svg")
    assert (tmp_path / "pictures" / "card-01.svg").is_file()


def test_no_flag_without_a_measurement_of_this_very_code(planted: DiscrepancyFiles) -> None:
    report = discrepancy_report(planted)
    fine = MethodFact(
        method=method_hash(), worlds="w", precision=0.9, flags=50, auc=0.9, population_auc=0.6,
        baseline_auc=0.7,
    )  # fmt: skip
    assert fine.allows_flags
    assert fine.beats_baselines
    assert not replace(fine, method="other code").allows_flags
    assert not replace(fine, precision=0.69).allows_flags
    assert not replace(fine, auc=0.75).beats_baselines
    assert report.flags == sum(line.flag != "" for line in report.places)
    assert report.flags == 0 or report.flags_allowed


def test_police_records_alone_are_no_evidence_and_are_never_flagged(tmp_path: Path) -> None:
    """Two hard sources, both of law enforcement: what they say together is still one voice."""
    hard = [(f"{name}", "a" if at < 3 else "b", True) for at, name in enumerate(HARD_NAMES)]
    files = made_up(5).write(tmp_path, records=records_text(tuple(hard)))
    report = discrepancy_report(files)
    assert not report.evident
    assert report.flags == 0
    assert "no evidence beyond population" in report.verdict


def test_small_counts_are_not_written_nor_to_be_had_by_subtraction(
    planted: DiscrepancyFiles,
) -> None:
    report = discrepancy_report(planted)
    for line in report.places:
        shown = [line.observed, *(source.observed for source in line.sources)]
        assert all(value is None or value == 0 or value >= SMALLEST for value in shown)
        hard = [source.observed for source in line.sources if source.channel == "hard"]
        if line.observed is not None and hard.count(None) == 1:
            rest = sum(value or 0 for value in hard)
            assert rest == 0


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("P.csv", "place,month,record,count\n", "place,month,record\n", "count"),
        ("P.csv", "2020-03", "2020-13", "2020|month"),
        ("P.csv", ",extortion,", ",unheard,", "unheard"),
        ("R.yaml", "channel: hard", "channel: soft", "channel"),
        ("R.yaml", "law_enforcement: false", "law_enforcement: perhaps", "law_enforcement"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, file: str, old: str, new: str, words: str) -> None:
    files = made_up(5, side=12).write(tmp_path)
    path = tmp_path / file
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(InvalidData, match=words):
        read_inputs(files)


def test_a_row_twice_and_a_place_unknown_are_named_with_their_line(tmp_path: Path) -> None:
    files = made_up(5, side=12).write(tmp_path)
    whole = files.panel.read_text("utf-8")
    lines = whole.splitlines()
    files.panel.write_text(whole + lines[1] + "\n", "utf-8")
    with pytest.raises(InvalidData, match="twice") as caught:
        read_inputs(files)
    assert caught.value.detail["line"] == len(lines) + 1
    files.panel.write_text(whole + "99999,2020-01,extortion,1\n", "utf-8")
    with pytest.raises(InvalidData, match="population"):
        read_inputs(files)


def test_no_hard_record_is_refused_and_not_guessed(tmp_path: Path) -> None:
    files = made_up(5, side=12).write(tmp_path)
    text = files.records.read_text("utf-8").replace("channel: hard", "channel: suppressible")
    files.records.write_text(text, "utf-8")
    with pytest.raises(InvalidData, match="hard"):
        discrepancy(read_inputs(files))


def test_nothing_that_is_written_names_control_a_group_or_a_probability(
    planted: DiscrepancyFiles, tmp_path: Path
) -> None:
    report = discrepancy_report(planted)
    pictures = write_pictures(report, tmp_path)
    words = planted.out.read_text("utf-8") + "".join(p.read_text("utf-8") for p in pictures)
    for never in ("controlled", "cartel", "probability", "families", "resident"):
        assert never not in words


def test_calibration_shows_its_worst_gap() -> None:
    picture = calibration([(0.5, 0.52), (0.9, 0.8)])
    assert "10" in picture.alt
    assert len(picture.table[1]) == 2
