"""The map: three hundred places on a grid in an empty sea, or the polygons of a given file.

State numbers begin at 91, which no statistical office uses, and the grid lies in the Pacific, so
that nobody can take a made-up place for a real one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.world.chance import chance

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

COLUMNS, ROWS = 20, 15
STATES = ("Altamar", "Cerro Pardo", "Mezcalán", "Tierra Honda")
FIRST_STATE = 91
WEST, SOUTH, CELL = -131.0, 16.0, 0.5
"""South-west corner of the grid and side of a cell, in degrees."""
INHABITANTS_PER_PERSON = 75
"""Inhabitants of the places for each person of the world: most people are in no file at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One municipality.

    Attributes:
        number: 0, 1, 2...; order of `Country.places`.
        code: five digits, state and municipality, as the statistical office writes them.
        name, state_name: as published.
        longitude, latitude: of its middle, degrees.
        population: inhabitants in the first year.
    """

    number: int
    code: str
    name: str
    state_name: str
    longitude: float
    latitude: float
    population: int

    @property
    def state(self) -> str:
        """Return the two digits of the state."""
        return self.code[:2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """All places, and their outlines as TopoJSON objects ready to be written."""

    places: tuple[Place, ...]
    municipalities: dict[str, Any]
    states: dict[str, Any]

    def largest_in(self, state: str) -> Place:
        """Return the most populous place of a state."""
        return max((p for p in self.places if p.state == state), key=lambda p: p.population)


def make_country(seed: int, people: int, areas: Path | None = None) -> Country:
    """Return the map of the world.

    Args:
        seed: of the world.
        people: number of people; the population of the places follows it.
        areas: TopoJSON of municipalities whose `id` has five digits, or None for the grid.

    Raises: InvalidData: `areas` is no such file.
    """
    if areas is None:
        spots = [
            (f"{FIRST_STATE + column // 5}{1 + column % 5 * ROWS + row:03d}",
             WEST + (column + 0.5) * CELL, SOUTH + (row + 0.5) * CELL)
            for column in range(COLUMNS) for row in range(ROWS)
        ]  # fmt: skip
        municipalities, states = _grid(chance(seed, "outlines"))
    else:
        municipalities, spots = _given(areas)
        states = {}
    spots.sort()
    names = _place_names(chance(seed, "place names"), len(spots))
    sizes = _populations(chance(seed, "populations"), len(spots), people)
    places = tuple(
        Place(
            number=number, code=code, name=names[number], state_name=_state_name(code[:2]),
            longitude=round(x, 5), latitude=round(y, 5), population=sizes[number],
        )
        for number, (code, x, y) in enumerate(spots)
    )  # fmt: skip
    return Country(places=places, municipalities=municipalities, states=states)


def _state_name(code: str) -> str:
    known = dict(enumerate(STATES, start=FIRST_STATE))
    return known.get(int(code), f"Estado {code}")


def _populations(rng: Random, count: int, people: int) -> list[int]:
    """Return inhabitants a place: lognormal, a few cities and many villages."""
    raw = [rng.lognormvariate(0, 1.15) for _n in range(count)]
    scale = people * INHABITANTS_PER_PERSON / sum(raw)
    return [max(150, round(size * scale)) for size in raw]


_FIRST = ("San", "Santa", "Villa", "Valle de", "Puerto", "Rancho", "Real de", "Paso del", "Agua",
          "Loma", "Cañada", "Nuevo", "Mesa de", "Llano", "El", "Las", "Los", "Pueblo")  # fmt: skip
_ROOTS = ("Tolv", "Corad", "Mizt", "Zarap", "Quelam", "Ocal", "Varun", "Texol", "Brum", "Caltz",
          "Xamil", "Nopan", "Huitl", "Izam", "Jaral", "Almor", "Tepun", "Coyam", "Zempal", "Orvel",
          "Guaz", "Lerap", "Pitzal", "Achon", "Yurem", "Tlazal", "Mochit", "Sahuat")  # fmt: skip
_TAILS = ("án", "ingo", "epec", "ito", "ales", "ora", "uco", "tlán", "ona", "illo", "eza", "amba",
          "aro", "uapa", "enes", "ique")  # fmt: skip


def _place_names(rng: Random, count: int) -> list[str]:
    """Return `count` different names put together from parts."""
    found: dict[str, None] = {}
    while len(found) < count:
        word = rng.choice(_ROOTS) + rng.choice(_TAILS)
        found[f"{rng.choice(_FIRST)} {word}" if rng.random() < 0.55 else word] = None
    return list(found)


# --- outlines ----------------------------------------------------------------------------------

_STEPS = 10_000
"""Whole numbers along the longer side of the grid: TopoJSON stores quantised coordinates."""


def _grid(rng: Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the outlines of municipalities and states; neighbours share their borders exactly."""
    unit = _STEPS // COLUMNS
    corner = {}
    for x in range(COLUMNS + 1):
        for y in range(ROWS + 1):
            wobble = unit // 5
            corner[x, y] = (
                x * unit + (rng.randint(-wobble, wobble) if 0 < x < COLUMNS else 0),
                y * unit + (rng.randint(-wobble, wobble) if 0 < y < ROWS else 0),
            )
    arcs: list[list[list[int]]] = []
    across: dict[tuple[int, int], int] = {}
    up: dict[tuple[int, int], int] = {}
    for (x, y), start in corner.items():
        for ends, beyond in ((across, (x + 1, y)), (up, (x, y + 1))):
            if beyond in corner:
                ends[x, y] = len(arcs)
                arcs.append(_border(rng, start, corner[beyond]))
    municipalities, states = [], []
    for x in range(COLUMNS):
        for y in range(ROWS):
            ring = [across[x, y], up[x + 1, y], ~across[x, y + 1], ~up[x, y]]
            code = f"{FIRST_STATE + x // 5}{1 + x % 5 * ROWS + y:03d}"
            municipalities.append(_polygon(code, ring))
    for number in range(len(STATES)):
        west, east = number * 5, number * 5 + 5
        ring = [across[x, 0] for x in range(west, east)]
        ring += [up[east, y] for y in range(ROWS)]
        ring += [~across[x, ROWS] for x in range(east - 1, west - 1, -1)]
        ring += [~up[west, y] for y in range(ROWS - 1, -1, -1)]
        states.append(_polygon(str(FIRST_STATE + number), ring))
    return _topology("municipios", municipalities, arcs), _topology("state", states, arcs)


def _border(rng: Random, start: tuple[int, int], end: tuple[int, int]) -> list[list[int]]:
    """Return a border line with one bend, as TopoJSON deltas."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    bend = rng.uniform(-0.08, 0.08)
    middle = (dx // 2 - round(dy * bend), dy // 2 + round(dx * bend))
    return [list(start), list(middle), [dx - middle[0], dy - middle[1]]]


def _polygon(code: str, ring: list[int]) -> dict[str, Any]:
    return {"type": "Polygon", "arcs": [ring], "properties": {"id": code}}


def _topology(
    name: str, shapes: list[dict[str, Any]], arcs: list[list[list[int]]]
) -> dict[str, Any]:
    degrees = COLUMNS * CELL / _STEPS
    return {
        "type": "Topology",
        "objects": {name: {"type": "GeometryCollection", "geometries": shapes}},
        "arcs": arcs,
        "transform": {"scale": [degrees, degrees], "translate": [WEST, SOUTH]},
        "bbox": [WEST, SOUTH, WEST + COLUMNS * CELL, SOUTH + ROWS * CELL],
    }


def _given(path: Path) -> tuple[dict[str, Any], list[tuple[str, float, float]]]:
    """Return a given TopoJSON and the code and middle of each of its areas."""
    try:
        topology = json.loads(path.read_text(encoding="utf-8"))
        transform = topology.get("transform") or {"scale": [1, 1], "translate": [0, 0]}
        lines = [_decoded(arc, transform) for arc in topology["arcs"]]
        spots = [
            _spot(shape, lines)
            for collection in topology["objects"].values()
            for shape in collection["geometries"]
        ]
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise InvalidData(_("not a TopoJSON file of municipalities"), file=path) from error
    if not spots or any(len(code) != 5 or not code.isdigit() for code, _x, _y in spots):
        raise InvalidData(_("every area needs an id of five digits"), file=path)
    return topology, spots


def _decoded(arc: list[list[int]], transform: dict[str, list[float]]) -> list[tuple[float, float]]:
    (sx, sy), (tx, ty) = transform["scale"], transform["translate"]
    x = y = 0
    points = []
    for dx, dy in arc:
        x, y = x + dx, y + dy
        points.append((x * sx + tx, y * sy + ty))
    return points


def _spot(
    shape: dict[str, Any], lines: list[list[tuple[float, float]]]
) -> tuple[str, float, float]:
    code = str((shape.get("properties") or shape)["id"])
    parts = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
    rings = [ring for part in parts for ring in part]
    points = [p for ring in rings for arc in ring for p in lines[arc if arc >= 0 else ~arc]]
    count = len(points)
    return code, sum(x for x, _y in points) / count, sum(y for _x, y in points) / count
