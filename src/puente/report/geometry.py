"""Polygons for a picture: projected, cut into shared borders, simplified, written as SVG paths.

Neighbours share their border exactly: each border is simplified once and used by both sides, so
no gap or overlap appears however coarse the picture is.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from puente.errors import InvalidData

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

UNITS = 10
"""Path coordinates are whole numbers of a tenth of a CSS pixel."""

_MIN_AREA = UNITS * UNITS
_MIN_SHAPE = _MIN_AREA // 4
_MARKER = 12  # half the height, in units, of the mark that stands for an area too small to see

Point = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """Areas ready to draw, in units of 1/10 px.

    Attributes:
        width, height: size of the drawing in CSS pixels.
        paths: `d` attribute of each area, by its id.
        borders: `d` of the lines between areas of different groups.
        coast: `d` of the lines that only one area has.
        marked: ids of areas too small to see (islands below pixel size, inland areas below a
            quarter of one), drawn as a small diamond instead.
    """

    width: float
    height: float
    paths: Mapping[str, str]
    borders: str
    coast: str
    marked: tuple[str, ...]


def draw_shapes(
    areas: Iterable[tuple[str, str]], *, width: float, tolerance: float = 0.35, group: int = 2
) -> Shapes:
    """Return `areas` as SVG paths, `width` pixels wide.

    Args:
        areas: id and GeoJSON geometry (Polygon or MultiPolygon, degrees WGS 84) of each.
        width: width of the drawing, in CSS pixels.
        tolerance: how far a drawn line may lie from the true one, in CSS pixels.
        group: areas whose ids share their first `group` characters are of one group (a state);
            0 draws no lines between groups.

    Raises: InvalidData: no area, or a geometry that is not a polygon in degrees.

    Source: Snyder, Map Projections: A Working Manual, USGS PP 1395 (1987), p. 107 (Lambert
        conformal conic); Douglas and Peucker (1973) for the simplification.

    Cost: linear in the number of points, n log n within one border.
    """
    ids, rings = _read(areas)
    points, lengths = _flatten(rings)
    xy, height = _fit(_project(points), width)
    quantised, starts = _quantise(xy, lengths)
    arcs, uses = _cut(quantised, starts, round(tolerance * UNITS * 10) / 10)
    owner = [ring[0] for ring in rings]
    between, alone = _sides(arcs, uses, [place[:group] for place in owner])
    outlines: dict[str, list[tuple[float, list[Point], bool]]] = {identity: [] for identity in ids}
    for place, use in zip(owner, uses, strict=True):
        ring = _join(arcs, use)
        island = all((arc if arc >= 0 else ~arc) in alone for arc in use)
        outlines[place].append((abs(_area(ring)), ring, island))
    paths: dict[str, str] = {}
    marked: list[str] = []
    for place, found in outlines.items():
        kept = [ring for size, ring, _island in found if size >= _MIN_AREA]
        if not kept:
            size, ring, island = max(found, key=lambda entry: entry[0])
            seen = size >= _MIN_SHAPE and not island
            kept = [ring if seen else _marker(ring)]
            marked += [] if seen else [place]
        paths[place] = "".join(_path(ring, closed=True) for ring in kept)
    borders, coast = (
        "".join(_path(arcs[i], closed=False) for i in sorted(which) if len(arcs[i]) > 1)
        for which in (between, alone)
    )
    return Shapes(
        width=width, height=height, paths=paths, borders=borders, coast=coast, marked=tuple(marked)
    )


def _read(areas: Iterable[tuple[str, str]]) -> tuple[list[str], list[tuple[str, list[Any]]]]:
    ids: list[str] = []
    rings: list[tuple[str, list[Any]]] = []
    for place, text in areas:
        try:
            geometry = json.loads(text)
            coordinates = geometry["coordinates"]
            polygons = {"Polygon": [coordinates], "MultiPolygon": coordinates}[geometry["type"]]
            found = [(place, ring[:-1]) for polygon in polygons for ring in polygon]
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidData(f"area {place!r} has no polygon: {error}") from None
        if not found or any(len(ring) < 3 for _place, ring in found):  # a triangle
            raise InvalidData(f"area {place!r} has a ring of fewer than three corners")
        ids.append(place)
        rings.extend(found)
    if not ids:
        raise InvalidData("no area to draw")
    return ids, rings


def _flatten(rings: Sequence[tuple[str, list[Any]]]) -> tuple[Floats, Ints]:
    import numpy as np

    lengths = np.fromiter((len(ring) for _place, ring in rings), dtype=np.int64)
    try:
        flat = [(point[0], point[1]) for point in chain.from_iterable(r for _place, r in rings)]
        points = np.array(flat, dtype=np.float64).reshape(-1, 2)
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise InvalidData(f"a corner that is no pair of numbers: {error}") from None
    bad = ~(np.abs(points[:, 0]) <= 180.0) | ~(np.abs(points[:, 1]) < 90.0)
    if bad.any():
        ring = int(np.searchsorted(np.cumsum(lengths), int(np.argmax(bad)), side="right"))
        raise InvalidData(f"area {rings[ring][0]!r} has a corner outside the globe")
    return points, lengths


def _project(points: Floats) -> Floats:
    """Return x to the east and y to the north, of a conic that fits the data (sphere, radius 1)."""
    import numpy as np

    lon, lat = np.radians(points[:, 0]), np.radians(points[:, 1])
    low, high = float(lat.min()), float(lat.max())
    middle = (float(lon.min()) + float(lon.max())) / 2
    # One sixth in from each edge: 17.5 and 29.7 degrees for Mexico, where INEGI uses 17.5 and 29.5.
    first, second = low + (high - low) / 6, high - (high - low) / 6
    cone = math.sin(first)
    if second - first > 1e-9:  # the two parallels are one below this
        cone = math.log(math.cos(first) / math.cos(second)) / math.log(
            math.tan(math.pi / 4 + second / 2) / math.tan(math.pi / 4 + first / 2)
        )
    if abs(cone) < 0.05:  # astride the equator the cone is a cylinder
        flat = np.column_stack([(lon - middle) * math.cos((low + high) / 2), lat])
        return np.asarray(flat)
    scale = math.cos(first) * math.tan(math.pi / 4 + first / 2) ** cone / cone
    radius = scale / np.tan(math.pi / 4 + lat / 2) ** cone
    angle = cone * (lon - middle)
    return np.column_stack([radius * np.sin(angle), -radius * np.cos(angle)])


def _fit(xy: Floats, width: float) -> tuple[Floats, float]:
    """Return the points in pixels, y downwards, with a margin of two pixels; and the height."""
    margin = 2.0
    low, high = xy.min(axis=0), xy.max(axis=0)
    span = max(float(high[0] - low[0]), 1e-9)
    scale = (width - 2 * margin) / span
    out = (xy - low) * scale
    height = float(out[:, 1].max())
    out[:, 1] = height - out[:, 1]
    return out + margin, height + 2 * margin


def _quantise(xy: Floats, lengths: Ints) -> tuple[Ints, Ints]:
    """Return whole-unit points without repeats in a row, and where each ring starts (and the end).

    A ring that shrinks to fewer than three points keeps what is left of it.
    """
    import numpy as np

    grid = np.rint(xy * UNITS).astype(np.int64)
    ring = np.repeat(np.arange(len(lengths)), lengths)
    ends = np.cumsum(lengths)
    before = np.arange(len(grid)) - 1
    before[ends - lengths] = ends - 1
    keep = (grid != grid[before]).any(axis=1)
    # A ring that is one point all round would lose every point.
    keep[(ends - lengths)[~np.logical_or.reduceat(keep, ends - lengths)]] = True
    counts = np.bincount(ring[keep], minlength=len(lengths))
    return grid[keep], np.concatenate([[0], np.cumsum(counts)])


def _cut(grid: Ints, starts: Ints, tolerance: float) -> tuple[list[list[Point]], list[list[int]]]:
    """Return every border once, simplified; and each ring as the borders it runs along.

    A use of border `i` forwards is `i`, backwards `~i`. A point is a corner where borders part:
    where rings that pass it come from, or go on to, different neighbours.
    """
    import numpy as np

    code = grid[:, 0] * (1 << 24) + grid[:, 1]
    _unique, vertex = np.unique(code, return_inverse=True)
    index = np.arange(len(grid))
    before, after = index - 1, index + 1
    before[starts[:-1]] = starts[1:] - 1
    after[starts[1:] - 1] = starts[:-1]
    sides = np.sort(np.column_stack([vertex[before], vertex[after]]), axis=1)
    pair = sides[:, 0] * (int(vertex.max()) + 1) + sides[:, 1]
    lowest = np.full(int(vertex.max()) + 1, np.iinfo(np.int64).max)
    highest = np.full(int(vertex.max()) + 1, -1)
    np.minimum.at(lowest, vertex, pair)
    np.maximum.at(highest, vertex, pair)
    corner = (lowest != highest)[vertex]
    arcs: list[list[Point]] = []
    known: dict[tuple[int, int, int], int] = {}
    uses: list[list[int]] = []
    names = vertex.tolist()
    places = list(map(tuple, grid.tolist()))
    for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        corners = (np.flatnonzero(corner[start:end]) + start).tolist()
        if not corners:  # an island, or an enclave: begin where both sides of it would begin
            corners = [min(range(start, end), key=names.__getitem__)]
        use: list[int] = []
        for here, there in zip(corners, corners[1:] + corners[:1], strict=True):
            run = (
                list(range(here, there + 1))
                if here < there
                else [*range(here, end), *range(start, there + 1)]
            )
            use.append(_intern(run, names, places, known, (arcs, tolerance)))
        uses.append(use)
    return arcs, uses


def _intern(
    run: list[int],
    names: list[int],
    places: list[tuple[int, ...]],
    known: dict[tuple[int, int, int], int],
    out: tuple[list[list[Point]], float],
) -> int:
    """Return the use of the border along `run`, after simplifying it if it is new."""
    arcs, tolerance = out
    backwards = (names[run[0]], names[run[1]]) > (names[run[-1]], names[run[-2]])
    if backwards:
        run.reverse()
    key = (names[run[0]], names[run[1]], names[run[-1]])
    found = known.get(key)
    if found is None:
        found = known[key] = len(arcs)
        arcs.append(simplify([(places[i][0], places[i][1]) for i in run], tolerance))
    return ~found if backwards else found


def simplify(line: list[Point], tolerance: float) -> list[Point]:
    """Return the points of `line` that keep it within `tolerance` of where it was.

    Both ends stay. A closed line keeps the point farthest from its start too.

    Source: Douglas and Peucker, Cartographica 10(2), 1973.
    """
    if len(line) <= 2:  # nothing between the ends
        return line
    keep = [False] * len(line)
    keep[0] = keep[-1] = True
    stack = [(0, len(line) - 1)]
    limit = tolerance * tolerance
    while stack:
        first, last = stack.pop()
        (ax, ay), (bx, by) = line[first], line[last]
        dx, dy = bx - ax, by - ay
        length = dx * dx + dy * dy
        worst, at = limit, 0
        for i in range(first + 1, last):
            px, py = float(line[i][0] - ax), float(line[i][1] - ay)
            if length:
                t = min(1.0, max(0.0, (px * dx + py * dy) / length))
                px, py = px - t * dx, py - t * dy
            away = px * px + py * py
            if away > worst:
                worst, at = away, i
        if at:
            keep[at] = True
            stack += [(first, at), (at, last)]
    return [point for point, kept in zip(line, keep, strict=True) if kept]


def _join(arcs: list[list[Point]], use: list[int]) -> list[Point]:
    ring: list[Point] = []
    for arc in use:
        ring.extend(arcs[arc][:-1] if arc >= 0 else arcs[~arc][:0:-1])
    return ring


def _area(ring: list[Point]) -> float:
    return (
        sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True))
        / 2
    )


def _marker(ring: list[Point]) -> list[Point]:
    x = round(sum(point[0] for point in ring) / len(ring))
    y = round(sum(point[1] for point in ring) / len(ring))
    return [(x, y - _MARKER), (x + _MARKER, y), (x, y + _MARKER), (x - _MARKER, y)]


def _path(line: list[Point], *, closed: bool) -> str:
    x, y = line[0]
    parts = [f"M{x} {y}l"]
    first = True
    for next_x, next_y in line[1:]:
        dx, dy = next_x - x, next_y - y
        parts.append(f"{dx}" if first or dx < 0 else f" {dx}")
        parts.append(f"{dy}" if dy < 0 else f" {dy}")
        x, y, first = next_x, next_y, False
    return "".join(parts) + ("z" if closed else "")


def _sides(
    arcs: list[list[Point]], uses: list[list[int]], groups: list[str]
) -> tuple[set[int], set[int]]:
    """Return the borders between two groups, and those that one ring alone has."""
    sides: list[list[str]] = [[] for _arc in arcs]
    for group, use in zip(groups, uses, strict=True):
        for arc in use:
            sides[arc if arc >= 0 else ~arc].append(group)
    between = {i for i, side in enumerate(sides) if len(set(side)) > 1}
    return between, {i for i, side in enumerate(sides) if len(side) == 1}
