"""The picture of a link: how each field moved the weight for or against it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import format_number, format_percent
from puente.i18n import gettext as _
from puente.report.palette import get_theme
from puente.report.svg import Pen, Picture, Table, clip, document, tag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LEFT, _RIGHT = 330.0, 60.0
"""Room for what was compared, and for the last weight beside its bar, CSS pixels."""


def waterfall_svg(why: str | Sequence[Mapping[str, object]], *, width: int = 720) -> str:
    """Return why two records were linked as SVG; see `waterfall_picture`."""
    return waterfall_picture(why, width=width).svg


def waterfall_picture(
    why: str | Sequence[Mapping[str, object]], *, width: int = 720, theme: str = "light"
) -> Picture:
    """Return how each field moved the match weight, from the start to the sum.

    Args:
        why: `why` of a row of `links` (its JSON text, or the list): `field`, `left`, `right`,
            `level`, `weight` (log2 of the Bayes factor) each; a field `prior` is the start.
        width: CSS pixels.
        theme: `light` or `dark`.

    Raises: InvalidData: `why` is no such list.

    Source: Fellegi and Sunter, JASA 64 (1969), for the weights and their sum.
    """
    steps = _reasons(why)
    pen = Pen(theme=get_theme(theme))
    title = _("Why the two records were linked")
    scale = _Weights.of([weight for _step, weight in steps], float(width))
    parts = [pen.text(0, 17, title, size=15, bold=True)]
    y, total = 34.0, 0.0
    for step, weight in steps:
        parts += [*_reason_text(pen, step, y), *_reason_bar(pen, scale, (total, weight), y)]
        total += weight
        y += 34
    axis = {"x1": scale.x(0), "y1": 28, "x2": scale.x(0), "y2": y}
    parts.append(tag("line", {**axis, **pen.stroke("strong-line", 1.0)}))
    said = _sum_text(total)
    parts.append(pen.text(0, y + 14, said, size=12, bold=True))
    size = (float(width), y + 26)
    table = _waterfall_rows(steps)
    alt = said + " " + "; ".join(f"{row[0]} {row[4]}" for row in table[1]) + "."
    return Picture(
        svg=document(parts, size=size, title=title, alt=alt, theme=theme),
        title=title,
        alt=alt,
        width=size[0],
        height=size[1],
        table=table,
    )


def waterfall_table(why: str | Sequence[Mapping[str, object]]) -> Table:
    """Return the fields and their weights as headings and rows."""
    return _waterfall_rows(_reasons(why))


def _waterfall_rows(steps: Sequence[tuple[Mapping[str, object], float]]) -> Table:
    headers = [_("Field"), _("One record"), _("Other record"), _("Agreement"), _("Weight")]
    return headers, [
        [
            _text(s, "field"),
            _text(s, "left"),
            _text(s, "right"),
            _text(s, "level"),
            format_number(weight, 2),
        ]
        for s, weight in steps
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weights:
    """The axis of weights: wide enough for every running sum, and for none."""

    low: float
    unit: float

    @classmethod
    def of(cls, weights: Sequence[float], width: float) -> _Weights:
        sums = [0.0, *accumulate(weights)]
        low, high = min(sums), max(sums)
        return cls(low=low, unit=(width - _LEFT - _RIGHT) / ((high - low) or 1.0))

    def x(self, weight: float) -> float:
        return _LEFT + (weight - self.low) * self.unit


def _reason_text(pen: Pen, step: Mapping[str, object], y: float) -> list[str]:
    """Return the field, both values and how far they agree, left of the axis."""
    values = " | ".join(v for v in (_text(step, "left"), _text(step, "right")) if v)
    return [
        pen.text(0, y + 12, clip(_text(step, "field"), 12, 110), size=12, bold=True),
        pen.text(116, y + 6, clip(values, 11, 204)),
        pen.text(116, y + 19, clip(_text(step, "level"), 11, 204), role="muted"),
    ]


def _reason_bar(pen: Pen, scale: _Weights, move: tuple[float, float], y: float) -> list[str]:
    """Return the bar from the sum so far to the sum with this weight, and the weight."""
    start, weight = move
    low, high = sorted((start, start + weight))
    long = max(1.5, (high - low) * scale.unit)
    bar = {"x": scale.x(low), "y": y, "width": long, "height": 16, "rx": 2}
    shown = f"{'+' if weight >= 0 else '−'}{format_number(abs(weight), 1)}"
    return [
        tag("rect", {**bar, **pen.fill("for" if weight >= 0 else "against")}),
        pen.text(scale.x(high) + 5, y + 12, shown, bold=True),
    ]


def _sum_text(total: float) -> str:
    # 2^60 to 1 is certainty enough for a float and for a reader.
    probability = 1 / (1 + 2.0 ** -max(-60.0, min(60.0, total)))
    return _("Match weight {weight}: probability {probability}.").format(
        weight=format_number(total, 1), probability=format_percent(probability, 2)
    )


def _reasons(
    why: str | Sequence[Mapping[str, object]],
) -> list[tuple[Mapping[str, object], float]]:
    try:
        found = json.loads(why) if isinstance(why, str) else why
        return [(step, float(str(step["weight"]))) for step in found]
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidData(f"no list of reasons with weights: {error}") from None


def _text(step: Mapping[str, object], key: str) -> str:
    value = step.get(key)
    return "" if value is None else str(value)
