"""Pictures of a ladder of association: ladder, lags and leads, sensitivity, Moran scatter.

Each has its table. What differs in kind differs in shape as well as in colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from puente.graph.delimited import write_table
from puente.i18n import format_number
from puente.i18n import gettext as _
from puente.report.association_words import role_text, verdict_text
from puente.report.palette import get_theme
from puente.report.svg import Pen, Picture, document, tag

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from puente.report.association_words import Figures

_LEFT, _RIGHT, _TOP, _LOW = 60.0, 24.0, 56.0, 50.0
_NAMES = 230.0
"""Room for the names of estimates, CSS pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axes:
    """A frame with both scales, from the left and lower end."""

    x_ends: tuple[float, float]
    y_ends: tuple[float, float]
    width: float
    height: float
    left: float = _LEFT

    def x(self, value: float) -> float:
        low, high = self.x_ends
        return self.left + (value - low) / (high - low) * (self.width - self.left - _RIGHT)

    def y(self, value: float) -> float:
        low, high = self.y_ends
        return self.height - _LOW - (value - low) / (high - low) * (self.height - _LOW - _TOP)


def ladder_picture(found: Figures, *, width: int = 720, theme: str = "light") -> Picture:
    """Return how the estimate moves from rung to rung, with 95 percent intervals.

    Args:
        found: as `associate.as_json`.
        width: CSS pixels.
        theme: `light` or `dark`.

    Source: Simonsohn, Simmons and Nelson, Nature Human Behaviour 4 (2020) 1208-1214 (all
        specifications in one picture).
    """
    rows = _estimates(found)
    bottom = _TOP + 26.0 * len(rows)
    size = (float(width), bottom + _LOW)
    ends = _padded([one[key] for _name, _kind, one in rows for key in ("low", "high")])
    axes = _Axes(x_ends=ends, y_ends=(0, 1), width=size[0], height=size[1], left=_NAMES)
    pen = Pen(theme=get_theme(theme))
    title = _("The ladder: elasticity of the outcome, of the control, and the difference")
    parts = [*_heading(pen, title, verdict_text(found)), *_x_axis(pen, axes, bottom)]
    for at, (name, kind, one) in enumerate(rows):
        y = _TOP + 26 * at + 13
        parts += [pen.text(0, y + 4, name), *_interval(pen, axes, y, kind, one)]
    parts.append(pen.text(axes.x(ends[0]), size[1] - 10, _("95 % intervals"), role="muted"))
    table = [[name, *_cells(one)] for name, _kind, one in rows]
    headers = [_("Estimate of"), _("Estimate"), _("SE"), _("Low"), _("High"), "p"]
    return _picture(parts, size, title, verdict_text(found), (headers, table), theme)


def shifts_picture(found: Figures, *, width: int = 720, theme: str = "light") -> Picture | None:
    """Return the elasticity of each lag and lead with its interval; None where not available.

    Args:
        found, width, theme: as `ladder_picture`.

    Source: Granger, Econometrica 37 (1969) 424-438.
    """
    figures = _figures(found, "shifts")
    if figures is None:
        return None
    terms = {int(shift): one for shift, one in figures["terms"].items()}
    size = (float(width), 320.0)
    ends = _padded([one[key] for one in terms.values() for key in ("low", "high")])
    axes = _Axes(
        x_ends=(min(terms) - 0.5, max(terms) + 0.5), y_ends=ends, width=size[0], height=size[1]
    )
    pen = Pen(theme=get_theme(theme))
    title = _("Lags and leads: months by which the exposure comes before the outcome")
    reading = figures["order"]["reading"]
    said = _("What stands out: {reading}").format(reading=_(reading))
    parts = [*_heading(pen, title, said), *_y_axis(pen, axes)]
    for shift, one in sorted(terms.items()):
        x = axes.x(shift)
        line = {"x1": x, "x2": x, "y1": axes.y(one["low"]), "y2": axes.y(one["high"])}
        kind = "outcome" if shift >= 0 else "control"
        parts.append(tag("line", {**line, **pen.stroke("strong-line", 1.5)}))
        parts.append(_mark(pen, kind, x, axes.y(one["estimate"])))
        parts.append(pen.text(x, size[1] - 32, format_number(shift), anchor="middle"))
    below = _("circles: lags and the same month; squares: leads")
    parts.append(pen.text(axes.left, size[1] - 10, below, role="muted"))
    table = [[format_number(shift), *_cells(one)] for shift, one in sorted(terms.items())]
    headers = [_("Months before"), _("Estimate"), _("SE"), _("Low"), _("High"), "p"]
    return _picture(parts, size, title, said, (headers, table), theme)


def sensitivity_picture(
    found: Figures, *, width: int = 720, theme: str = "light"
) -> Picture | None:
    """Return what is left of each estimate as recording grows more unequal; None: not available.

    Args:
        found, width, theme: as `ladder_picture`.

    Source: VanderWeele and Ding, Annals of Internal Medicine 167 (2017) 268-274.
    """
    figures = _figures(found, "reporting")
    if figures is None:
        return None
    curves = {name: figures[name]["curve"] for name in ("within", "difference") if name in figures}
    points = [point for curve in curves.values() for point in curve]
    size = (float(width), 320.0)
    axes = _Axes(
        x_ends=_padded([x for x, _y in points]),
        y_ends=_padded([y for _x, y in points]),
        width=size[0],
        height=size[1],
    )
    pen = Pen(theme=get_theme(theme))
    title = _("What unequal recording would leave of it")
    said = " ".join(
        _("{role}: gone at a slope of {slope}.").format(
            role=role_text(name), slope=format_number(figures[name]["slope"], 3)
        )
        for name in curves
    )
    parts = [*_heading(pen, title, said), *_y_axis(pen, axes)]
    for name, curve in curves.items():
        dash = "" if name == "within" else "7 4"
        role = "for" if name == "within" else "against"
        path = " ".join(f"{axes.x(x):.1f},{axes.y(y):.1f}" for x, y in curve)
        parts.append(tag("polyline", {"points": path, **pen.stroke(role, 2.0, dash)}))
        x, y = curve[0]
        parts.append(pen.text(axes.x(x) + 6, axes.y(y) - 6, role_text(name), halo=True))
    for at in (0.0, max(x for x, _y in points)):
        shown = format_number(at, 2)
        parts.append(pen.text(axes.x(at), size[1] - 32, shown, anchor="middle"))
    below = _("how fast recording grows with the exposure (log scale)")
    parts.append(pen.text(axes.left, size[1] - 10, below, role="muted"))
    table = [
        [role_text(name), format_number(x, 3), format_number(y, 3)]
        for name, curve in curves.items()
        for x, y in curve
    ]
    headers = [_("Estimate of"), _("Slope of recording"), _("What is left")]
    return _picture(parts, size, title, said, (headers, table), theme)


def scatter_picture(found: Figures, *, width: int = 560, theme: str = "light") -> Picture | None:
    """Return each place's exposure against its neighbours' outcome; None where not available.

    Both are ranks, in standard deviations from the middle.

    Args:
        found, width, theme: as `ladder_picture`.

    Source: Anselin, The Moran scatterplot (1996).
    """
    figures = _figures(found, "lee")
    if figures is None or not figures["scatter"]:
        return None
    places = figures["scatter"]
    size = (float(width), float(width) * 0.8)
    axes = _Axes(
        x_ends=_padded([x for _place, x, _y in places]),
        y_ends=_padded([y for _place, _x, y in places]),
        width=size[0],
        height=size[1],
    )
    pen = Pen(theme=get_theme(theme))
    title = _("Exposure of each place, outcome of its neighbours")
    said = _("{count} places; Lee's L {value}.").format(
        count=format_number(len(places)), value=format_number(figures["L"], 3)
    )
    parts = [*_heading(pen, title, said), *_y_axis(pen, axes)]
    middle = {"x1": axes.x(0), "x2": axes.x(0), "y1": _TOP, "y2": size[1] - _LOW}
    parts.append(tag("line", {**middle, **pen.stroke("line")}))
    for _place, x, y in places:
        dot = {"cx": axes.x(x), "cy": axes.y(y), "r": 2.5, "fill-opacity": 0.6}
        parts.append(tag("circle", {**dot, **pen.fill("seq-4")}))
    top = sorted(places, key=lambda one: (-abs(one[1] * one[2]), one[0]))[:5]
    parts += [pen.text(axes.x(x) + 4, axes.y(y) - 4, str(p), halo=True) for p, x, y in top]
    below = _("across: own exposure; up: neighbours' outcome (ranks, standardised)")
    parts.append(pen.text(axes.left, size[1] - 10, below, role="muted"))
    table = [[str(p), format_number(x, 2), format_number(y, 2)] for p, x, y in places]
    headers = [_("Place"), _("Own exposure"), _("Neighbours' outcome")]
    return _picture(parts, size, title, said, (headers, table), theme)


PICTURES: Mapping[str, Callable[[Figures], Picture | None]] = {
    "ladder": ladder_picture,
    "shifts": shifts_picture,
    "sensitivity": sensitivity_picture,
    "scatter": scatter_picture,
}
"""Every picture by the name of its file."""


def write_pictures(found: Figures, folder: Path) -> list[Path]:
    """Write each picture as SVG and its table as CSV; return the files, in order.

    Args:
        found: as `associate.as_json`.
        folder: made where it is not there.
    """
    import pyarrow as pa

    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, draw in PICTURES.items():
        picture = draw(found)
        if picture is None:
            continue
        path = folder / f"{name}.svg"
        path.write_text(picture.svg, encoding="utf-8")
        headers, rows = picture.table
        columns = list(zip(*rows, strict=True)) or [()] * len(headers)
        table = pa.table(
            {
                head: pa.array(column, pa.string())
                for head, column in zip(headers, columns, strict=True)
            }
        )
        write_table(table, path.with_suffix(".csv"))
        written += [path, path.with_suffix(".csv")]
    return written


def _figures(found: Figures, name: str) -> Figures | None:
    rung = next(one for one in found["rungs"] if one["rung"] == name)
    return rung["figures"] if rung["available"] else None


def _estimates(found: Figures) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Return name, kind (outcome, control, difference) and estimate of each row of the ladder."""
    rows = [
        (_("outcome, within places"), "outcome", found["within"]),
        (_("negative control"), "control", found["control"]),
        (_("difference"), "difference", found["difference"]),
    ]
    partial = _figures(found, "partial") or {}
    rows += [
        (_("outcome, given recording"), "outcome", partial.get("within")),
        (_("difference, given recording"), "difference", partial.get("difference")),
    ]
    near = _figures(found, "neighbours") or {}
    rows += [
        (_("outcome, given neighbours' exposure"), "outcome", near.get("own")),
        (_("neighbours' exposure"), "outcome", near.get("neighbours")),
    ]
    return [(name, kind, one) for name, kind, one in rows if one is not None]


def _picture(
    parts: Sequence[str],
    size: tuple[float, float],
    title: str,
    alt: str,
    table: tuple[list[str], list[list[str]]],
    theme: str,
) -> Picture:
    svg = document(parts, size=size, title=title, alt=alt, theme=theme)
    return Picture(svg=svg, title=title, alt=alt, width=size[0], height=size[1], table=table)


def _heading(pen: Pen, title: str, said: str) -> list[str]:
    return [
        pen.text(0, 17, title, size=15, bold=True),
        pen.text(0, 36, said, size=12, role="muted"),
    ]


def _x_axis(pen: Pen, axes: _Axes, bottom: float) -> list[str]:
    zero = {"x1": axes.x(0), "x2": axes.x(0), "y1": _TOP - 6, "y2": bottom}
    marks = [tag("line", {**zero, **pen.stroke("strong-line")})]
    return marks + [
        pen.text(axes.x(at), bottom + 16, format_number(at, 2), anchor="middle")
        for at in (axes.x_ends[0], 0.0, axes.x_ends[1])
    ]


def _y_axis(pen: Pen, axes: _Axes) -> list[str]:
    zero = {"x1": axes.left, "x2": axes.width - _RIGHT, "y1": axes.y(0), "y2": axes.y(0)}
    marks = [tag("line", {**zero, **pen.stroke("strong-line")})]
    for at in (axes.y_ends[0], 0.0, axes.y_ends[1]):
        shown = format_number(at, 2)
        marks.append(pen.text(axes.left - 8, axes.y(at) + 4, shown, anchor="end"))
    return marks


def _interval(pen: Pen, axes: _Axes, y: float, kind: str, one: Mapping[str, Any]) -> list[str]:
    line = {"x1": axes.x(one["low"]), "x2": axes.x(one["high"]), "y1": y, "y2": y}
    return [
        tag("line", {**line, **pen.stroke("strong-line", 1.5)}),
        _mark(pen, kind, axes.x(one["estimate"]), y),
    ]


def _mark(pen: Pen, kind: str, x: float, y: float) -> str:
    """Return a circle for the outcome, a square for the control, a diamond for the difference."""
    if kind == "outcome":
        return tag("circle", {"cx": x, "cy": y, "r": 5, **pen.fill("for")})
    if kind == "control":
        return tag(
            "rect", {"x": x - 5, "y": y - 5, "width": 10, "height": 10, **pen.fill("against")}
        )
    corners = f"{x:.1f},{y - 7:.1f} {x + 7:.1f},{y:.1f} {x:.1f},{y + 7:.1f} {x - 7:.1f},{y:.1f}"
    return tag("polygon", {"points": corners, **pen.fill("accent")})


def _padded(values: Sequence[float]) -> tuple[float, float]:
    """Return the ends of a scale that holds all values and zero, a little wider."""
    low, high = min(0.0, *values), max(0.0, *values)
    room = 0.08 * (high - low) or 1.0
    return low - room, high + room


def _cells(one: Mapping[str, Any]) -> list[str]:
    return [format_number(one[key], 3) for key in ("estimate", "se", "low", "high", "p")]
