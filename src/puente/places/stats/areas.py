"""Areas and their neighbours from CSV files."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from puente.errors import InvalidData
from puente.graph.delimited import lines_of_rows, read_columns
from puente.i18n import gettext as _
from puente.places.stats.weights import Weights, from_links

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from puente.places.stats.arrays import Floats

AREA = ("id", "place", "area", "source", "focal", "from", "id1", "place_a", "a", "i")
"""Headings under which adjacency files name an area; `focal` is libpysal's."""

NEIGHBOUR = (
    *("neighbour", "neighbor", "neighbours", "neighbors", "target", "to", "id2", "place_b"),
    *("b", "j", "adjacent"),
)
"""Headings under which adjacency files name its neighbour, or several with `;`, `|` or blanks."""

MISSING = frozenset({"", "na", "n/a", "nan", "nd", "null", "none"})
"""What stands for a value that is not known, in any case of letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """One value per area as read, in the order of the file; NaN where the file has none.

    Source: RFC 4180 for the file.
    """

    ids: tuple[str, ...]
    values: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjacency:
    """Neighbours as read.

    Attributes:
        weights: among the areas asked for.
        links: rows of the file that link two different areas.
        unknown: ids that the file links and that are not among the areas, sorted; their links are
            left out.

    Source: RFC 4180 for the file.
    """

    weights: Weights
    links: int
    unknown: tuple[str, ...]


def read_values(path: Path, column: str = "value") -> Values:
    """Return the areas of a CSV file `id,value`.

    Args:
        path: of the file. An empty value, or NA, is an area without data.
        column: the heading of the values.

    Raises: InvalidData: no such table, no id, an id twice, or a value that is no finite number;
        names file and line.
    Source: RFC 4180 for the file.
    """
    table = read_columns(path, ("id", column))
    ids = table["id"].to_pylist()
    values = np.full(len(ids), np.nan)
    seen: set[str] = set()
    for row, (area, text) in enumerate(zip(ids, table[column].to_pylist(), strict=True)):
        reason = _("no id") if not area else _("the id stands twice") if area in seen else ""
        seen.add(area)
        if not reason and text.lower() not in MISSING:
            try:
                values[row] = float(text)
            except ValueError:
                reason = _("the value is no number")
            if not reason and not math.isfinite(values[row]):
                reason = _("the value is not finite")
        if reason:
            raise InvalidData(reason, file=path, line=lines_of_rows(path, [row])[row])
    if not ids:
        raise InvalidData(_("no area"), file=path)
    return Values(ids=tuple(ids), values=values)


def read_adjacency(path: Path, ids: Sequence[str], *, directed: bool = False) -> Adjacency:
    """Return the neighbours among `ids` that a CSV file names, one pair a row.

    The columns are an area and its neighbour under any heading of `AREA` and `NEIGHBOUR`, and
    optionally `weight` (above 0). One row may name several neighbours, apart by `;`, `|` or blanks.
    A pair given in one order holds in both unless `directed`.

    Raises: InvalidData: no such table, an end missing, a weight that is none; names file and line.
    Source: libpysal's adjacency list (focal, neighbor, weight), and the GAL habit of one row an
        area.
    """
    pairs, strengths = _pairs(path)
    known = {area: number for number, area in enumerate(ids)}
    begin, end, size, unknown = [], [], [], set()
    for (area, neighbour), strength in zip(pairs, strengths, strict=True):
        one, other = known.get(area), known.get(neighbour)
        if one is None or other is None:
            unknown |= {name for name in (area, neighbour) if name not in known}
        elif strength > 0:
            begin.append(one)
            end.append(other)
            size.append(strength)
    weights = from_links(ids, begin, end, size, directed=directed)
    return Adjacency(
        weights=weights,
        links=sum(area != neighbour for area, neighbour in pairs),
        unknown=tuple(sorted(unknown)),
    )


def _pairs(path: Path) -> tuple[list[tuple[str, str]], list[float]]:
    table = read_columns(path, (), (*AREA, *NEIGHBOUR, "weight"))
    rows = {name: table[name].to_pylist() for name in table.column_names}
    area = next((name for name in AREA if any(rows[name])), "")
    other = next((name for name in NEIGHBOUR if any(rows[name])), "")
    if table.num_rows and not (area and other):
        text = _("no column of an area and of its neighbour, such as id,neighbour")
        raise InvalidData(text, file=path, line=1)
    pairs, strengths = [], []
    for row in range(table.num_rows):
        near, size = rows[other][row], rows["weight"][row]
        reason = "" if rows[area][row] else _("no area")
        try:
            strength = float(size) if size else 1.0
        except ValueError:
            strength = -1.0
        if not (math.isfinite(strength) and strength >= 0):
            reason = _("the weight is no number from 0 up")
        if reason:
            raise InvalidData(reason, file=path, line=lines_of_rows(path, [row])[row])
        # An area without neighbours may stand alone in its row; a weight of 0 is no link.
        for neighbour in re.split(r"[;|\s]+", near) if near else ():
            pairs.append((rows[area][row], neighbour))
            strengths.append(strength)
    return pairs, strengths
