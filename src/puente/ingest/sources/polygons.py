"""Outlines of municipalities and states, from TopoJSON (INEGI geometry)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, cast

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.json_values import read_json
from puente.ingest.reading import check_file
from puente.ingest.source import (
    Batch,
    Handed,
    LoadContext,
    Reject,
    SourceFile,
    SourceInfo,
    files_below,
)
from puente.model.places import place_code

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INFO = SourceInfo(
    name="polygons",
    title="Marco Geoestadístico: municipios y estados",
    agency="INEGI",
    country="mx",
    record_class="fact",
    reliability="A",
    credibility="2",
    marking="TLP:CLEAR",
    stage=0,
    url="https://www.inegi.org.mx/temas/mg/",
    licence="BSD-3 compilation",
    cadence="yearly",
    legal_basis="Ley del Sistema Nacional de Información Estadística y Geográfica",
    obtained="drawn by INEGI; simplified by a third party",
)
_DIGITS = 6  # a millionth of a degree is 11 cm, far below the tables' own resolution

Point = tuple[float, float]
Ring = list[Point]


class Arcs:
    """The shared lines of a topology, decoded once.

    Raises: InvalidData: an arc that is no list of points.
    Source: The TopoJSON Format Specification 1.0, sections 2.1.2 to 2.1.4.
    """

    def __init__(self, topology: dict[str, object]) -> None:
        transform = topology.get("transform")
        try:
            raw = cast("list[list[list[float]]]", topology["arcs"])
            if transform is None:
                self._arcs: list[Ring] = [[(p[0], p[1]) for p in arc] for arc in raw]
            else:
                (kx, ky), (dx, dy) = (
                    cast("dict[str, list[float]]", transform)[key] for key in ("scale", "translate")
                )
                self._arcs = [_delta(arc, (kx, ky), (dx, dy)) for arc in raw]
        except (KeyError, TypeError, ValueError, IndexError, OverflowError):
            raise InvalidData(_("the arcs of the topology cannot be read")) from None

    def ring(self, indexes: list[int]) -> Ring:
        """Return the closed ring that arcs make; a negative index is an arc read backwards.

        Raises: InvalidData: no such arc, fewer than four points, a ring that is not closed, or a
            point that is no number.
        """
        points: Ring = []
        for index in indexes:
            at = ~index if index < 0 else index
            if not isinstance(index, int) or not at < len(self._arcs):
                raise InvalidData("a ring names an arc that is not there")
            arc = self._arcs[at]
            line = arc[::-1] if index < 0 else arc
            # Where two arcs meet, both hold the point.
            points += line[1:] if points else line
        if len(points) < 4 or points[0] != points[-1]:
            raise InvalidData("a ring is not closed")
        if not all(isfinite(x) and isfinite(y) for x, y in points):
            raise InvalidData("a point of the ring is nowhere")
        return points


def _delta(arc: list[list[float]], scale: Point, shift: Point) -> Ring:
    x = y = 0.0
    points: Ring = []
    for step in arc:
        x += step[0]
        y += step[1]
        points.append(
            (round(x * scale[0] + shift[0], _DIGITS), round(y * scale[1] + shift[1], _DIGITS))
        )
    return points


def geometry_of(geometry: dict[str, object], arcs: Arcs) -> str:
    """Return a TopoJSON polygon or multipolygon as the text of a GeoJSON geometry.

    Raises: InvalidData: another type, or a ring that cannot be made.
    """
    kind, indexes = geometry.get("type"), geometry.get("arcs")
    if not isinstance(indexes, list):
        raise InvalidData("the shape has no outline")
    coordinates: object
    try:
        if kind == "Polygon":
            coordinates = [arcs.ring(ring) for ring in indexes]
        elif kind == "MultiPolygon":
            coordinates = [[arcs.ring(ring) for ring in polygon] for polygon in indexes]
        else:
            raise InvalidData(f"the shape is a {kind}, no polygon")
    except TypeError:
        raise InvalidData("the outline of the shape is no list of arcs") from None
    return json.dumps({"type": kind, "coordinates": coordinates}, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Polygons:
    """Reads the outlines; the property `id` of each is its INEGI code."""

    info: SourceInfo = INFO

    def find(self, root: Path) -> list[SourceFile]:
        """Return the TopoJSON files of municipalities and of states at or below `root`."""
        return [
            SourceFile(path=path, source=INFO.name, published="", part=level)
            for pattern, level in (
                ("mxmunicipio*.topojson", "municipality"),
                ("mxstate*.topojson", "state"),
            )
            for path in files_below(root, pattern)
        ]

    def read(self, file: SourceFile, context: LoadContext) -> Iterator[Handed]:
        """Yield `areas`.

        Raises: InvalidData: not a topology of polygons.
        """
        check_file(file.path, context.limits.max_file_mb)
        topology = cast("dict[str, object]", read_json(file.path))
        try:
            shapes, arcs = _shapes(topology), Arcs(topology)
        except InvalidData as error:
            raise InvalidData(error.message, file=file.path) from None
        areas: list[dict[str, object]] = []
        for number, shape in enumerate(shapes, start=1):
            context.row()
            try:
                code = _code(shape, file.part)
                areas.append(
                    {"place": code, "geometry": geometry_of(shape, arcs), "level": file.part}
                )
            except InvalidData as error:
                raw = json.dumps(shape.get("properties"))[:500]
                yield Reject(line=number, reason=error.reason, raw=raw)
        context.fact("polygons", len(areas))
        yield Batch(table="areas", rows=areas)


def _shapes(topology: object) -> list[dict[str, object]]:
    if not isinstance(topology, dict) or topology.get("type") != "Topology":
        raise InvalidData(_("not a TopoJSON topology"))
    objects = topology.get("objects")
    if not isinstance(objects, dict):
        raise InvalidData(_("the topology holds no objects"))
    shapes: list[dict[str, object]] = []
    for item in objects.values():
        inner = item.get("geometries", [item]) if isinstance(item, dict) else []
        shapes += [s for s in inner if isinstance(s, dict)] if isinstance(inner, list) else []
    if not shapes:
        raise InvalidData(_("the topology holds no shape"))
    return shapes


def _code(shape: dict[str, object], level: str) -> str:
    properties = shape.get("properties")
    named = properties.get("id") if isinstance(properties, dict) else shape.get("id")
    text = str(named if named is not None else shape.get("id", ""))
    return place_code(f"{text.zfill(2)}000" if level == "state" else text.zfill(5))


SOURCES = (Polygons(),)
