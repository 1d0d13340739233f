"""The picture of nearness: how many entities stand how many steps from a listed one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.i18n import format_number, ngettext
from puente.i18n import gettext as _
from puente.report.palette import get_theme
from puente.report.svg import Pen, Picture, Table, document, tag, text_width

if TYPE_CHECKING:
    from collections.abc import Mapping


def steps_svg(steps: Mapping[int, int], *, unreached: int | None = None, width: int = 720) -> str:
    """Return the number of entities by steps as SVG; see `steps_picture`."""
    return steps_picture(steps, unreached=unreached, width=width).svg


def steps_picture(
    steps: Mapping[int, int],
    *,
    unreached: int | None = None,
    width: int = 720,
    theme: str = "light",
) -> Picture:
    """Return how many entities stand so many steps from the nearest listed one.

    Args:
        steps: number of entities by steps; 0 are the listed ones themselves.
        unreached: number of entities that no path reaches, if it is to be shown.
        width: CSS pixels.
        theme: `light` or `dark`.
    """
    pen = Pen(theme=get_theme(theme))
    title = _("Entities by steps from the nearest listed one")
    rows = [(_steps_label(count), number) for count, number in sorted(steps.items())]
    if unreached is not None:
        rows.append((_("not reached"), unreached))
    left = 20 + max([text_width(label, 11) for label, _n in rows], default=60.0)
    most = max([number for _label, number in rows], default=0) or 1
    room = width - left - 90
    parts = [pen.text(0, 17, title, size=15, bold=True)]
    y = 34.0
    for i, (label, count) in enumerate(rows):
        role = "listed" if i == 0 and 0 in steps else "seq-4"
        if unreached is not None and i == len(rows) - 1:
            role = "line"
        long = max(room * count / most, 1.5 if count else 0.0)
        parts.append(pen.text(left - 10, y + 13, label, anchor="end"))
        bar = {"x": left, "y": y, "width": long, "height": 18, "rx": 2}
        parts.append(tag("rect", {**bar, **pen.fill(role)}))
        parts.append(pen.text(left + long + 6, y + 13, format_number(count, 0), bold=True))
        y += 26
    alt = "; ".join(f"{label}: {format_number(count, 0)}" for label, count in rows) + "."
    size = (float(width), y + 6)
    return Picture(
        svg=document(parts, size=size, title=title, alt=alt, theme=theme),
        title=title,
        alt=alt,
        width=size[0],
        height=size[1],
        table=steps_table(steps, unreached=unreached),
    )


def steps_table(steps: Mapping[int, int], *, unreached: int | None = None) -> Table:
    """Return the number of entities by steps as headings and rows."""
    rows = [[_steps_label(n), format_number(count, 0)] for n, count in sorted(steps.items())]
    if unreached is not None:
        rows.append([_("not reached"), format_number(unreached, 0)])
    return [_("Steps"), _("Entities")], rows


def _steps_label(steps: int) -> str:
    if steps == 0:
        return _("listed")
    return ngettext("{n} step", "{n} steps", steps).format(n=steps)
