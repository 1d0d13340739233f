"""What a map says of each area: its class of the scale, zero, too few to say, or not reported."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.report.classes import Method, class_breaks, class_of
from puente.report.palette import SEQUENCE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.report.geometry import Shapes

ZERO, FEW, NO_DATA = "zero", "few", "nodata"
"""What an area shows that has no rate: none counted, too few to say, nothing reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapLegend:
    """What the colours of a map mean, and how they are chosen.

    Attributes:
        label: what is mapped, with unit and period, e.g. `Homicides per 100,000 people, 2023`.
        method: `quantile` or `fisher` (see `classes.class_breaks`); the legend says which.
        classes: how many colours, 1 to 5.
        digits: decimals shown.
        suppressed: places whose value may not or cannot be shown (too few cases), dotted.
        suppressed_text: what the dots mean.
        names: name of each place, for tooltips and the table; a place without one shows its code.
        note: one line below: source and what the reader must know.
        bounds: upper end of each class, ascending, where they are given and not found from the
            values (two maps that are to be compared, or a share with ends of its own); what is
            above the last falls into it.
        bounds_text: how they came about.
        states_left_out: states that report nothing and are not drawn; the map sets it.
        theme: `light` or `dark`.
    """

    label: str
    method: Method = "quantile"
    classes: int = SEQUENCE
    digits: int = 1
    suppressed: frozenset[str] = frozenset()
    suppressed_text: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    bounds: tuple[float, ...] = ()
    bounds_text: str = ""
    states_left_out: int = 0
    theme: str = "light"


@dataclass(frozen=True, slots=True, kw_only=True)
class Painted:
    """Which class each drawn place is in, and the bounds of the classes."""

    classes: Mapping[str, str]
    bounds: tuple[float, ...]
    counts: Mapping[str, int]


def paint(shapes: Shapes, values: Mapping[str, float | None], legend: MapLegend) -> Painted:
    """Return which class each drawn place is in.

    Raises: InvalidData: a value below zero or no number, or a number of classes there is not.
    """
    for place, value in values.items():
        if value is not None and not (math.isfinite(value) and value >= 0):
            raise InvalidData(f"place {place!r} has the value {value}: no rate or count")
    if not 1 <= legend.classes <= SEQUENCE:
        raise InvalidData(f"a map has 1 to {SEQUENCE} classes, not {legend.classes}")
    known: list[float] = []
    for place in shapes.paths:
        value = values.get(place)
        if value and place not in legend.suppressed:
            known.append(value)
    bounds = legend.bounds
    if known and not bounds:
        bounds = class_breaks(
            known, classes=legend.classes, method=legend.method, digits=legend.digits
        )
    steps = scale_steps(len(bounds))
    classes: dict[str, str] = {}
    for place in shapes.paths:
        value = values.get(place)
        if place in legend.suppressed:
            classes[place] = FEW
        elif value is None:
            classes[place] = NO_DATA
        elif value == 0:
            classes[place] = ZERO
        else:
            classes[place] = f"seq-{steps[class_of(value, bounds)]}"
    return Painted(classes=classes, bounds=bounds, counts=Counter(classes.values()))


def scale_steps(count: int) -> list[int]:
    """Return which colours of the scale `count` classes use: spread from light end to dark end."""
    if count == 1:
        return [(SEQUENCE + 1) // 2]
    return [1 + round(i * (SEQUENCE - 1) / (count - 1)) for i in range(count)]
