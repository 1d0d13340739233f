"""Three maps of one count: its raw rates, the same smoothed, and where the risk is surely high.

The first two have the same classes, so that what smoothing changes is seen and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from puente.i18n import format_date, format_number
from puente.i18n import gettext as _
from puente.report.classes import class_breaks
from puente.report.palette import SEQUENCE
from puente.report.pictures_map import map_picture
from puente.report.pictures_map_classes import MapLegend
from puente.report.pictures_rates import RateLine
from puente.report.svg import Picture, document, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from puente.places.smooth import Rates

CERTAIN = (0.05, 0.2, 0.8, 0.95, 1.0)
"""Ends of the classes of exceedance: surely not, hardly, open, likely, nearly sure.

Source: Richardson and others, Environmental Health Perspectives 112 (2004) 1016-1025 (0.8 as the
level from which a raised risk is believed).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RatesShown:
    """What the maps of rates are drawn from.

    Attributes:
        title: name of the count.
        rates: see `places.smooth.Rates`.
        table: see `places.smooth.rates_table`.
        areas: code and GeoJSON outline of each place.
        names: of the places.
        few: what to call a count too small to be shown.
        note: one line below: sources and snapshot.
        level: of the places.
    """

    title: str
    rates: Rates
    table: pa.Table
    areas: Sequence[tuple[str, str]]
    names: Mapping[str, str] = field(default_factory=dict)
    few: str = ""
    note: str = ""
    level: str = "municipality"


def rate_maps(shown: RatesShown, *, width: int = 640) -> dict[str, Picture]:
    """Return the maps by name: `raw`, `smoothed`, `exceedance`.

    Source: Olsen, Martuzzi and Elliott, BMJ 313 (1996) 863-866 (raw beside smoothed).
    """
    rows = shown.table.to_pylist()
    areas = [
        {"place": place, "geometry": geometry, "level": shown.level}
        for place, geometry in shown.areas
    ]
    hidden = frozenset(row["id"] for row in rows if row["status"] == "suppressed")
    raw = {row["id"]: row["crude_per_100k"] for row in rows if row["id"] not in hidden}
    smooth = {row["id"]: row["rate_per_100k"] for row in rows}
    # A share is drawn even where it is 0: that is no "none recorded".
    sure = {row["id"]: max(row["exceedance"], 1e-4) for row in rows}
    bounds = class_breaks(
        [value for value in smooth.values() if value > 0],
        classes=SEQUENCE,
        method="quantile",
        digits=1,
    )
    span = f"{format_date(shown.rates.first)} – {format_date(shown.rates.last)}"
    per = _("per 100,000 people, {span}").format(span=span)
    same = _("The same classes on both maps, of about equal numbers of smoothed rates.")
    base = MapLegend(label="", names=shown.names, note=shown.note)
    alike = replace(base, bounds=bounds, bounds_text=same)
    chance = _("Chance that the risk is above {times} times that of the whole map").format(
        times=format_number(shown.rates.smoothed.threshold, 1)
    )
    drawn = (
        ("raw", raw, _("{record}: raw rates"),
         replace(alike, label=_("Recorded cases {per}").format(per=per), suppressed=hidden,
                 suppressed_text=shown.few)),
        ("smoothed", smooth, _("{record}: smoothed rates"),
         replace(alike, label=_("Smoothed rate {per}").format(per=per))),
        ("exceedance", sure, _("{record}: where the risk is surely high"),
         replace(base, label=chance, bounds=CERTAIN, digits=2)),
    )  # fmt: skip
    return {
        name: map_picture(
            areas,
            values,
            title=title.format(record=shown.title),
            legend=legend,
            level=shown.level,
            width=width,
        )
        for name, values, title, legend in drawn
    }


def rate_lines(table: pa.Table, names: Mapping[str, str]) -> list[RateLine]:
    """Return the rows of a table of rates as lines of a caterpillar."""
    return [
        RateLine(
            place=row["id"],
            name=names.get(row["id"], row["place"]),
            rate=row["rate_per_100k"],
            low=row["low"],
            high=row["high"],
            crude=row["crude_per_100k"],
            exceedance=row["exceedance"],
            rank_low=row["rank_low"],
            rank_high=row["rank_high"],
        )
        for row in table.to_pylist()
        if np.isfinite(row["rate_per_100k"])
    ]


def side_by_side(pictures: Sequence[Picture], title: str) -> Picture:
    """Return pictures beside each other as one, for a file; the tables one below the other."""
    gap = 24.0
    wide = sum(picture.width for picture in pictures) + gap * (len(pictures) - 1)
    high = max(picture.height for picture in pictures)
    x, parts = 0.0, []
    for picture in pictures:
        parts.append(f'<g transform="translate({number(x)} 0)">{picture.svg}</g>')
        x += picture.width + gap
    alt = " ".join(picture.alt for picture in pictures)
    return Picture(
        svg=document(parts, size=(wide, high), title=title, alt=alt, theme="light"),
        title=title,
        alt=alt,
        width=wide,
        height=high,
        table=pictures[0].table,
    )
