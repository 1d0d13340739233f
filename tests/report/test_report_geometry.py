"""Shapes stay true, neighbours share their border, classes say what the map does."""

from __future__ import annotations

import json
import math
import re
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puente.errors import InvalidData
from puente.report.classes import class_breaks, class_of
from puente.report.geometry import UNITS, draw_shapes, simplify

if TYPE_CHECKING:
    from collections.abc import Callable

    from puente.report.classes import Method

Point = tuple[int, int]
points = st.tuples(st.integers(0, 400), st.integers(0, 400))


def corners(path: str) -> set[Point]:
    """Return the corners of a path that this house writes: M x y l dx dy ... z, repeated."""
    found: set[Point] = set()
    for part in path.split("M")[1:]:
        head, _, tail = part.rstrip("z").partition("l")
        x, y = map(int, head.split())
        found.add((x, y))
        numbers = list(map(int, re.findall(r"-?\d+", tail)))
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            found.add((x, y))
    return found


def away(point: Point, line: list[Point]) -> float:
    best = math.inf
    for (ax, ay), (bx, by) in pairwise(line):
        dx, dy = bx - ax, by - ay
        length = dx * dx + dy * dy
        t = 0.0 if not length else ((point[0] - ax) * dx + (point[1] - ay) * dy) / length
        t = min(1.0, max(0.0, t))
        best = min(best, math.hypot(point[0] - ax - t * dx, point[1] - ay - t * dy))
    return best


@given(st.lists(points, min_size=2, max_size=60), st.floats(0.5, 40))
def test_no_point_of_a_border_is_farther_from_what_is_drawn_than_was_promised(
    line: list[Point], tolerance: float
) -> None:
    drawn = simplify(line, tolerance)
    assert drawn[0] == line[0]
    assert drawn[-1] == line[-1]
    assert all(away(point, drawn) <= tolerance + 1e-6 for point in line)


def wavy(left: float, right: float) -> str:
    """A square whose shared side, at longitude 0, has many corners."""
    shared = [[0.05 * math.sin(i), 20 + i / 40] for i in range(81)]
    if left < 0:
        ring = [[left, 20.0], *shared, [left, 22.0], [left, 20.0]]
    else:
        ring = [*shared, [right, 22.0], [right, 20.0], shared[0]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


def test_neighbours_share_every_corner_of_their_border_however_coarse() -> None:
    shapes = draw_shapes([("01001", wavy(-1, 0)), ("02001", wavy(0, 1))], width=300, tolerance=2)
    one, other = corners(shapes.paths["01001"]), corners(shapes.paths["02001"])
    shared = corners(shapes.borders)
    assert len(shared) > 2
    assert shared <= one
    assert shared <= other


def test_only_lines_between_states_are_drawn_as_state_borders(
    make_square: Callable[..., str],
) -> None:
    inside = [("01001", make_square(0, 20)), ("01002", make_square(1, 20))]
    assert draw_shapes(inside, width=200).borders == ""
    assert draw_shapes([*inside, ("02001", make_square(0, 19))], width=200).borders


def test_an_island_below_pixel_size_is_still_there_to_be_seen(
    make_square: Callable[..., str],
) -> None:
    shapes = draw_shapes(
        [("01001", make_square(0, 20)), ("01002", make_square(3, 20, 0.001))], width=300
    )
    assert shapes.marked == ("01002",)
    drawn = corners(shapes.paths["01002"])
    assert max(x for x, _y in drawn) - min(x for x, _y in drawn) >= 2 * UNITS


def test_the_shape_of_the_land_is_kept_by_the_projection(make_square: Callable[..., str]) -> None:
    """A degree of longitude at 32 degrees north is 0.85 of one of latitude."""
    shapes = draw_shapes([("a", make_square(-100, 31, 2.0))], width=400)
    assert shapes.width / shapes.height == pytest.approx(math.cos(math.radians(32)), rel=0.02)


@pytest.mark.parametrize("latitude", [-1.0, 0.0, -33.0])
def test_places_at_the_equator_and_in_the_south_are_drawn_north_up(
    latitude: float, make_square: Callable[..., str]
) -> None:
    shapes = draw_shapes(
        [("n", make_square(0, latitude + 1)), ("s", make_square(0, latitude))], width=100
    )
    north, south = corners(shapes.paths["n"]), corners(shapes.paths["s"])
    assert min(y for _x, y in north) < min(y for _x, y in south)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "null",
        '{"type":"Point","coordinates":[1,2]}',
        '{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,0]]]}',
        '{"type":"Polygon","coordinates":[[[0,0],[1,"x"],[1,1],[0,0]]]}',
        '{"type":"Polygon","coordinates":[[[0,0],[999,0],[1,1],[0,0]]]}',
        '{"type":"Polygon","coordinates":[[[0,0],[NaN,0],[1,1],[0,0]]]}',
    ],
)
def test_a_geometry_that_is_none_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidData):
        draw_shapes([("01001", text)], width=100)


def test_no_area_at_all_is_refused() -> None:
    with pytest.raises(InvalidData, match="no area"):
        draw_shapes([], width=100)


rates = st.lists(st.floats(0.05, 900, allow_nan=False), min_size=1, max_size=40)


@given(rates, st.integers(1, 5), st.sampled_from(["quantile", "fisher"]), st.integers(0, 2))
def test_every_value_lies_within_the_bounds_that_its_class_states(
    values: list[float], classes: int, method: Method, digits: int
) -> None:
    bounds = class_breaks(values, classes=classes, method=method, digits=digits)
    assert len(bounds) <= classes
    assert list(bounds) == sorted(set(bounds))
    for value in values:
        found = class_of(value, bounds)
        assert value <= bounds[found] + 1e-6
        assert found == 0 or value > bounds[found - 1] - 1e-6


def spread(values: list[float], cuts: tuple[int, ...]) -> float:
    total = 0.0
    for start, end in zip((0, *cuts), (*cuts, len(values)), strict=True):
        part = values[start:end]
        mean = sum(part) / len(part)
        total += sum((value - mean) ** 2 for value in part)
    return total


@given(st.lists(st.integers(1, 500), min_size=4, max_size=11, unique=True), st.integers(2, 4))
def test_no_other_breaks_part_the_values_better_than_fishers(
    numbers: list[int], classes: int
) -> None:
    values = sorted(map(float, numbers))
    bounds = class_breaks(values, classes=classes, method="fisher", digits=0)
    cuts = tuple(sum(value <= bound for value in values) for bound in bounds[:-1])
    best = min(spread(values, c) for c in combinations(range(1, len(values)), len(cuts)))
    assert spread(values, cuts) == pytest.approx(best)


@pytest.mark.parametrize("values", [[], [0.0], [-1.0], [float("nan")], [float("inf")]])
def test_classes_of_nothing_or_of_no_rate_are_refused(values: list[float]) -> None:
    with pytest.raises(InvalidData):
        class_breaks(values, classes=5, method="quantile", digits=1)
