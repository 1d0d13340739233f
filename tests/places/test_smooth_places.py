"""Smoothed rates of places: what is not reported is not zero, and what is few is not shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from typer.testing import CliRunner

from puente.cli.app import build_app
from puente.errors import InvalidData
from puente.places.cube import Cube
from puente.places.smooth import neighbours, rates_table, smooth_cube
from puente.places.stats.car import Smoothing
from puente.places.stats.weights import Weights, from_links
from puente.report.pictures_png import png_of
from puente.report.pictures_rates import rates_picture
from puente.report.pictures_smooth import RatesShown, rate_lines, rate_maps, side_by_side

if TYPE_CHECKING:
    from pathlib import Path

    from puente.places.smooth import Rates

SIDE, MONTHS = 6, 12
PLACES = tuple(f"91{n + 1:03d}" for n in range(SIDE * SIDE))


def grid() -> Weights:
    pairs = [(n, n + 1) for n in range(SIDE * SIDE) if (n + 1) % SIDE]
    pairs += [(n, n + SIDE) for n in range(SIDE * (SIDE - 1))]
    return from_links(PLACES, [a for a, _b in pairs], [b for _a, b in pairs])


def cube(seed: int = 1) -> Cube:
    rng = np.random.default_rng(seed)
    people = np.full((len(PLACES), MONTHS), 20_000.0)
    rate = np.where(np.arange(len(PLACES)) % SIDE < SIDE // 2, 2e-4, 2e-5)
    counts = rng.poisson(people * rate[:, None]).astype(float)
    return Cube(
        places=PLACES, months=tuple(f"2024-{m:02d}" for m in range(1, MONTHS + 1)),
        records=("robo",), counts=counts[:, :, None], people=people,
        states=tuple(place[:2] for place in PLACES),
    )  # fmt: skip


def rates(held: Cube) -> Rates:
    return smooth_cube(held, grid(), Smoothing(rng=np.random.default_rng(0), draws=400))


def squares() -> list[tuple[str, str]]:
    made = []
    for n, place in enumerate(PLACES):
        x, y = -100.0 + n % SIDE, 20.0 + n // SIDE
        ring = [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]]
        made.append((place, json.dumps({"type": "Polygon", "coordinates": [ring]})))
    return made


def test_the_half_with_ten_times_the_rate_is_surely_high_and_the_other_is_not() -> None:
    found = rates(cube())
    high = np.arange(len(PLACES)) % SIDE < SIDE // 2
    # The true risks are 1.8 and 0.18 times that of the whole map, the threshold 1.5.
    assert found.smoothed.exceedance[high].mean() > 0.7
    assert found.smoothed.exceedance[~high].max() < 0.1
    assert (found.low < found.rate).all()
    assert (found.rate < found.high).all()


def test_rates_are_of_the_whole_period_per_100000_people() -> None:
    found = rates(cube())
    assert found.crude == pytest.approx(found.counts / 20_000 * 100_000)
    assert found.overall == pytest.approx(found.counts.sum() / (36 * 20_000) * 100_000)


def test_months_not_reported_are_not_months_without_a_case() -> None:
    held = cube()
    held.counts[0, 6:] = np.nan
    held.counts[1] = np.nan
    found = rates(held)
    rows = rates_table(found).to_pylist()
    assert rows[0]["months"] == 6
    assert rows[0]["crude_per_100k"] is None, "half a year is no rate of the year"
    # Smoothed from the half that was told, not pulled down by the half that was not.
    assert found.rate[0] == pytest.approx(rates(cube()).rate[0], rel=0.35)
    assert (rows[1]["count"], rows[1]["status"]) == (None, "missing")
    width = np.log(found.high / found.low)
    alike = [at for at in range(2, len(PLACES)) if at % SIDE < SIDE // 2]
    assert width[1] > width[0] > np.median(width[alike])


def test_a_place_of_unknown_people_is_left_out_and_told() -> None:
    held = cube()
    held.people[3] = np.nan
    found = rates(held)
    assert found.left_out == (PLACES[3],)
    assert PLACES[3] not in found.places


def test_the_same_seed_gives_the_same_figures() -> None:
    assert rates_table(rates(cube())).equals(rates_table(rates(cube())))


def test_few_cases_are_not_shown_unless_they_are_published() -> None:
    held = cube()
    held.counts[5] = 0
    held.counts[5, 0] = 2
    found = rates(held)
    hidden = rates_table(found).to_pylist()
    assert (hidden[5]["count"], hidden[5]["crude_per_100k"]) == (None, None)
    assert sum(row["status"] == "suppressed" for row in hidden) > 1, "the total is printed"
    assert rates_table(found, published=True).to_pylist()[5]["count"] == 2


def test_too_few_places_are_refused() -> None:
    held = cube()
    held.counts[9:] = np.nan
    with pytest.raises(InvalidData, match="10"):
        rates(held)


def test_places_that_touch_are_neighbours_and_one_without_an_outline_is_an_island() -> None:
    found = neighbours(squares()[:-1], PLACES)
    assert found.islands == (PLACES[-1],)
    assert int(found.cardinality[0]) == 3, "queen: a corner counts"


def test_raw_and_smoothed_maps_have_the_same_classes_and_each_its_table() -> None:
    held = cube()
    held.counts[1] = np.nan
    found = rates(held)
    shown = RatesShown(
        title="Robo", rates=found, table=rates_table(found, published=True), areas=squares(),
        few="1 to 4",
    )  # fmt: skip
    maps = rate_maps(shown)
    assert list(maps) == ["raw", "smoothed", "exceedance"]
    for picture in maps.values():
        assert picture.alt
        assert len(picture.table[1]) == len(PLACES)
    ends = [text for text in maps["smoothed"].svg.split(">") if text.startswith("≤ ")]
    assert ends
    assert ends[0].split(" (")[0] in maps["raw"].svg
    assert "not reported" in maps["raw"].svg
    png = png_of(side_by_side(list(maps.values()), "Robo"))
    assert png.startswith(b"\x89PNG")
    lines = rate_lines(shown.table, {})
    ranks = rates_picture(lines, title="Robo", overall=found.overall)
    assert len(ranks.table[1]) == len(PLACES)
    assert ranks.svg == rates_picture(lines, title="Robo", overall=found.overall).svg


def test_the_command_reads_files_and_gives_the_same_file_for_the_same_seed(
    tmp_path: Path,
) -> None:
    held, near = cube(), grid().links.tocoo()
    rows = ["place,month,record,count"]
    for at, place in enumerate(PLACES):
        rows += [
            f"{place},{month},robo,{int(held.counts[at, m, 0])}"
            for m, month in enumerate(held.months)
        ]
    (tmp_path / "p.csv").write_text("\n".join(rows) + "\n")
    people = "".join(f"{place},20000\n" for place in PLACES)
    (tmp_path / "n.csv").write_text("place,population\n" + people)
    pairs = "".join(f"{PLACES[a]},{PLACES[b]}\n" for a, b in zip(near.row, near.col, strict=True))
    (tmp_path / "a.csv").write_text("id,neighbour\n" + pairs)
    asked = [
        *("places", "smooth", "--panel", str(tmp_path / "p.csv"), "--draws", "200", "--json"),
        *("--population", str(tmp_path / "n.csv"), "--adjacency", str(tmp_path / "a.csv")),
    ]
    runner, app = CliRunner(), build_app()
    for name in ("one", "two"):
        done = runner.invoke(app, [*asked, "--out", str(tmp_path / name)])
        assert done.exit_code == 0, done.output
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    head = (tmp_path / "one").read_text().split("\n")[0]
    assert head.startswith(
        "id,place,count,expected,rate_per_100k,low,high,exceedance,rank_low,rank_high"
    )
    refused = runner.invoke(app, [*asked, "--out", "o.csv", "--map", str(tmp_path / "m.svg")])
    assert refused.exit_code != 0
