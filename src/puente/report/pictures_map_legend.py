"""The legend of a map: its colours and patterns, what each means, and on how many areas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.i18n import format_number, ngettext
from puente.i18n import gettext as _
from puente.report.geometry import UNITS
from puente.report.pictures_map_classes import FEW, NO_DATA, ZERO, scale_steps
from puente.report.svg import ID_MARK, Pen, tag, text_width

if TYPE_CHECKING:
    from puente.report.pictures_map_classes import MapLegend, Painted


def patterns(pen: Pen) -> str:
    """Return the hatch of "not reported" and the dots of "too few", as pattern definitions.

    Each stands twice: in pixels for the legend, and in tenths (`-map`) for the scaled paths.
    """
    made = []
    for suffix, scale in (("", ""), ("-map", f" scale({UNITS})")):
        hatch = {
            "id": f"{ID_MARK}-nodata{suffix}",
            "width": 4,
            "height": 4,
            "patternUnits": "userSpaceOnUse",
            "patternTransform": f"rotate(45){scale}",
        }
        made.append(
            tag(
                "pattern",
                hatch,
                tag("rect", {"width": 4, "height": 4, **pen.fill("nodata")}),
                tag("rect", {"width": 1.0, "height": 4, **pen.fill("nodata-line")}),
            )
        )
        dots = {
            "id": f"{ID_MARK}-few{suffix}",
            "width": 4,
            "height": 4,
            "patternUnits": "userSpaceOnUse",
            "patternTransform": scale.strip() or None,
        }
        made.append(
            tag(
                "pattern",
                dots,
                tag("rect", {"width": 4, "height": 4, **pen.fill("few")}),
                tag("circle", {"cx": 1.5, "cy": 1.5, "r": 0.75, **pen.fill("few-dot")}),
            )
        )
    return tag("defs", {}, *made)


def ground(pen: Pen, name: str, suffix: str = "") -> dict[str, object]:
    """Return how a class is filled: a colour of the scale, or a pattern."""
    if name in {NO_DATA, FEW}:
        return {"class": f"area-{name}", "fill": f"url(#{ID_MARK}-{name}{suffix})"}
    paint = pen.fill(name)
    return {**paint, "class": f"area-{name} {paint['class']}"}


def _entries(painted: Painted, legend: MapLegend) -> list[tuple[str, str, int]]:
    """Return the legend's entries: class, text, number of areas."""
    entries: list[tuple[str, str, int]] = []
    digits = legend.digits
    if painted.counts.get(ZERO):
        entries.append((ZERO, _("none recorded"), painted.counts[ZERO]))
    low = 10.0**-digits
    for bound, step in zip(painted.bounds, scale_steps(len(painted.bounds)), strict=True):
        name = f"seq-{step}"
        if painted.counts.get(name):
            text = f"{format_number(low, digits)} – {format_number(bound, digits)}"
            if bound <= low:
                text = format_number(bound, digits)
            if legend.bounds and step == 1:
                text = f"≤ {format_number(bound, digits)}"
            elif legend.bounds and bound == painted.bounds[-1]:
                text = f"> {format_number(low - 10.0**-digits, digits)}"
            entries.append((name, text, painted.counts[name]))
        low = bound + 10.0**-digits
    if painted.counts.get(FEW):
        entries.append((FEW, legend.suppressed_text or _("too few cases"), painted.counts[FEW]))
    if painted.counts.get(NO_DATA):
        entries.append((NO_DATA, _("not reported"), painted.counts[NO_DATA]))
    return entries


def legend_parts(
    pen: Pen, painted: Painted, legend: MapLegend, at: tuple[float, float]
) -> tuple[list[str], float]:
    """Return the legend below the map, wrapped to its width, and how high it is."""
    top, width = at
    y = top + 22
    how = {
        "quantile": _("Classes of about equal numbers of areas; how many areas in brackets."),
        "fisher": _("Classes part where the values part (Fisher); how many areas in brackets."),
    }[legend.method]
    parts = [pen.text(0, y, legend.label, size=12, bold=True)]
    if legend.bounds:
        how = legend.bounds_text
    if painted.bounds and how:
        y += 15
        parts.append(pen.text(0, y, how, role="muted"))
    x, y = 0.0, y + 10
    for name, text, count in _entries(painted, legend):
        shown = f"{text} ({format_number(count, 0)})"
        need = 26 + text_width(shown, 11) + 16
        if x and x + need > width:
            x, y = 0.0, y + 22
        box = {"x": x, "y": y, "width": 20, "height": 13}
        outline = {"stroke": pen.theme.color("strong-line"), "stroke-width": 0.6}
        parts.append(tag("rect", {**box, **ground(pen, name), **outline}))
        parts.append(pen.text(x + 26, y + 10.5, shown))
        x += need
    y += 32
    if legend.states_left_out:
        left_out = ngettext(
            "{n} other state reports nothing and is not drawn.",
            "{n} other states report nothing and are not drawn.",
            legend.states_left_out,
        )
        parts.append(pen.text(0, y, left_out.format(n=legend.states_left_out), role="muted"))
        y += 14
    if legend.note:
        parts.append(pen.text(0, y, legend.note, role="muted"))
        y += 14
    return parts, y - top
