"""The map of municipalities or states: what is known of each, and where nothing is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import format_number, ngettext
from puente.i18n import gettext as _
from puente.report.geometry import UNITS, Shapes, draw_shapes
from puente.report.palette import get_theme
from puente.report.pictures_map_classes import FEW, NO_DATA, ZERO, paint
from puente.report.pictures_map_legend import ground, legend_parts, patterns
from puente.report.svg import Pen, Picture, Table, document, escape, number, tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyarrow as pa

    from puente.report.pictures_map_classes import MapLegend, Painted

_FEW_STATES = 3
"""States that alone make the picture: a city's figures are lost on the map of a country."""

_MOST_BYTES = 380_000
_COARSEST = 2.0
"""A picture of a whole country stays below 400 kB; no line is drawn off by more pixels than 2."""


def map_svg(
    areas: pa.Table | Iterable[Mapping[str, object]],
    values: Mapping[str, float | None],
    *,
    title: str,
    legend: MapLegend,
    level: str = "municipality",
    width: int = 960,
) -> str:
    """Return the map as SVG; see `map_picture`."""
    return map_picture(areas, values, title=title, legend=legend, level=level, width=width).svg


def map_picture(
    areas: pa.Table | Iterable[Mapping[str, object]],
    values: Mapping[str, float | None],
    *,
    title: str,
    legend: MapLegend,
    level: str = "municipality",
    width: int = 960,
) -> Picture:
    """Return a map whose areas are coloured by value.

    A place that `values` does not name, or gives None, is hatched: not reported is not zero.
    Zero has a colour of its own, outside the scale.

    Args:
        areas: rows of `place`, `geometry` (GeoJSON text) and `level`.
        values: value of each place, >= 0.
        title: what the map shows.
        legend: what the colours mean.
        level: which rows of `areas` to draw.
        width: CSS pixels.

    Raises: InvalidData: no area of that level, bad geometry, a value below zero or no number.

    Where at most three states report, and no more than a quarter of all, they alone are drawn, and
    the legend says so.

    Limits: a map draws large empty municipalities large; read it with its table.
    """
    chosen, left_out = _near(_chosen(areas, level), values, legend)
    shapes = _shapes(chosen, level, width, legend)
    if left_out and shapes.height > width:
        shapes = _shapes(chosen, level, round(width * width / shapes.height), legend)
    legend = replace(legend, states_left_out=left_out)
    painted = paint(shapes, values, legend)
    pen = Pen(theme=get_theme(legend.theme))
    top = 34.0
    below, extra = legend_parts(pen, painted, legend, (top + shapes.height, float(width)))
    parts = [
        patterns(pen),
        pen.text(0, 17, title, size=15, bold=True),
        _areas(pen, shapes, painted, values, legend, top),
        *below,
    ]
    alt = _describe(painted, values, legend)
    size = (float(width), top + shapes.height + extra)
    return Picture(
        svg=document(parts, size=size, title=title, alt=alt, theme=legend.theme),
        title=title,
        alt=alt,
        width=size[0],
        height=size[1],
        table=map_table(values, legend=legend, places=list(shapes.paths)),
    )


def map_table(
    values: Mapping[str, float | None], *, legend: MapLegend, places: list[str] | None = None
) -> Table:
    """Return the map's data as headings and rows: highest value first, then what has no value."""
    named = list(values) if places is None else places

    def order(place: str) -> tuple[int, float, str]:
        value = values.get(place)
        if place in legend.suppressed:
            return (1, 0.0, place)
        return (2, 0.0, place) if value is None else (0, -value, place)

    rows = []
    for place in sorted(named, key=order):
        value = values.get(place)
        if place in legend.suppressed:
            shown = legend.suppressed_text or _("too few cases")
        else:
            shown = _("not reported") if value is None else format_number(value, legend.digits)
        rows.append([place, legend.names.get(place, ""), shown])
    return [_("Code"), _("Place"), legend.label], rows


def _chosen(areas: pa.Table | Iterable[Mapping[str, object]], level: str) -> list[tuple[str, str]]:
    rows = areas.to_pylist() if hasattr(areas, "to_pylist") else areas
    found = {
        str(row["place"]): str(row["geometry"]) for row in rows if row.get("level", level) == level
    }
    if not found:
        raise InvalidData(f"no area of level {level!r} to draw")
    return sorted(found.items())


def _near(
    chosen: list[tuple[str, str]], values: Mapping[str, float | None], legend: MapLegend
) -> tuple[list[tuple[str, str]], int]:
    """Return the areas of the states that report, and how many other states there are.

    All are drawn where more than a few states report: a country is then the picture.
    """
    said = {place for place, value in values.items() if value is not None} | legend.suppressed
    states = {place[:2] for place, _shape in chosen}
    telling = states & {place[:2] for place in said}
    if not telling or len(telling) > min(_FEW_STATES, len(states) / 4):
        return chosen, 0
    near = [(place, shape) for place, shape in chosen if place[:2] in telling]
    return near, len(states) - len(telling)


def _shapes(chosen: list[tuple[str, str]], level: str, width: int, legend: MapLegend) -> Shapes:
    """Return the areas drawn as finely as the size of a picture allows."""
    # What stands around a line: the path's markup, and its tooltip.
    around = 13 * len(chosen)
    if legend.names:
        around += sum(30 + len(legend.names.get(place, place).encode()) for place, _text in chosen)
    room = max(_MOST_BYTES - around, _MOST_BYTES / 4)
    tolerance = 0.35
    while True:
        # State lines follow the municipal borders, so they coincide however coarse they are.
        shapes = draw_shapes(
            chosen,
            width=float(width),
            tolerance=tolerance,
            group=2 if level == "municipality" else 0,
        )
        lines = len(shapes.borders) + len(shapes.coast) + sum(map(len, shapes.paths.values()))
        if lines <= room or tolerance >= _COARSEST:
            return shapes
        # The length of the lines falls about as the root of the tolerance.
        tolerance = min(_COARSEST, 1.1 * tolerance * (lines / room) ** 2)


def _areas(
    pen: Pen,
    shapes: Shapes,
    painted: Painted,
    values: Mapping[str, float | None],
    legend: MapLegend,
    top: float,
) -> str:
    groups: dict[str, list[str]] = {}
    for place, shape in shapes.paths.items():
        name = painted.classes[place]
        inner: list[str] = []
        if legend.names:
            value = values.get(place)
            said = legend.names.get(place, place)
            if value is not None and name != FEW:
                said = f"{said} {format_number(value, legend.digits)}"
            inner = [f"<title>{escape(said)}</title>"]
        head = f'<path d="{shape}"'
        groups.setdefault(name, []).append(f"{head}>{inner[0]}</path>" if inner else f"{head}/>")
    # Patterns are drawn in pixels, paths in tenths: the group scales only the paths' numbers.
    scale = f"scale({number(1 / UNITS)})"
    line = pen.theme.color("land-line")
    drawn = []
    for name in sorted(groups):
        shapes_of_class = "".join(groups[name])
        drawn.append(tag("g", ground(pen, name, "-map"), shapes_of_class))
    edges = [
        tag("path", {"d": path, **pen.stroke(role, wide), "stroke-linejoin": "round"})
        for path, role, wide in (
            (shapes.coast, "strong-line", 5.0),
            (shapes.borders, "border", 8.0),
        )
        if path
    ]
    outline = tag(
        "g",
        {"class": "s-land-line", "stroke": line, "stroke-width": 1.6, "stroke-linejoin": "round"},
        *drawn,
    )
    return tag(
        "g",
        {"transform": f"translate(0 {number(top)}) {scale}", "fill-rule": "evenodd"},
        outline,
        *edges,
    )


def _describe(painted: Painted, values: Mapping[str, float | None], legend: MapLegend) -> str:
    """Return the map in words: how many areas of each sort, and the five highest."""
    counts = painted.counts
    total = sum(counts.values())
    shown = sum(count for name, count in counts.items() if name.startswith("seq-"))
    text = [
        ngettext("Map of {total} area.", "Map of {total} areas.", total).format(
            total=format_number(total, 0)
        ),
        f"{legend.label}.",
        _(
            "{shown} with a value, {zero} with none recorded, {few} too few to say, "
            "{nodata} not reported (hatched)."
        ).format(
            shown=format_number(shown, 0),
            zero=format_number(counts.get(ZERO, 0), 0),
            few=format_number(counts.get(FEW, 0), 0),
            nodata=format_number(counts.get(NO_DATA, 0), 0),
        ),
    ]
    ranked: list[tuple[float, str]] = []
    for place, name in painted.classes.items():
        value = values.get(place)
        if name.startswith("seq-") and value is not None:
            ranked.append((-value, place))
    if ranked:
        best = ", ".join(
            f"{legend.names.get(place, place)} {format_number(-value, legend.digits)}"
            for value, place in sorted(ranked)[:5]
        )
        text.append(_("Highest: {places}.").format(places=best))
    unplaced = sum(1 for place, value in values.items() if value and place not in painted.classes)
    if unplaced:
        text.append(
            ngettext(
                "{n} place with a value has no shape on the map.",
                "{n} places with a value have no shape on the map.",
                unplaced,
            ).format(n=format_number(unplaced, 0))
        )
    return " ".join(text)
