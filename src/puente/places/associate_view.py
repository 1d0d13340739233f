"""A question put to the panel of municipalities of a workspace, through a View."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.places.associate_data import (
    Records,
    crime_named,
    months_between,
    spread_over,
    with_checks,
)
from puente.places.stats.weights import queen

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from puente.guard.view import View
    from puente.places.associate_spec import Spec
    from puente.places.stats.arrays import Floats
    from puente.places.stats.weights import Weights

_NAMES = "SELECT DISTINCT record FROM panel WHERE level = 'municipality' ORDER BY record"
_CELLS = """
SELECT place, month, record, count, population, sources[1] AS source FROM panel
WHERE level = 'municipality' AND record IN ($exposure, $outcome, $control)
  AND ($first = '' OR month >= $first) AND ($last = '' OR month <= $last)
ORDER BY place, month, record
"""
# Whole crimes only: their parts are in them already. A basket of one register: two that count the
# same deeds would count them twice.
_BASKET = """
SELECT place, month, sum(count)::DOUBLE AS count FROM panel
WHERE level = 'municipality' AND count IS NOT NULL AND NOT contains(record, '.')
  AND month BETWEEN $first AND $last AND list_contains(sources, $source)
  AND record NOT IN ($exposure, $outcome, $control)
  AND (len($basket) = 0 OR list_contains($basket, record))
GROUP BY place, month
"""
_AREAS = """
SELECT place, any_value(geometry) AS geometry FROM areas
WHERE level = 'municipality' AND current GROUP BY place ORDER BY place
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grid:
    """Rows and columns of the tables that are laid out."""

    places: tuple[str, ...]
    months: tuple[str, ...]

    def laid(self, table: pa.Table, column: str) -> Floats:
        found = np.full((len(self.places), len(self.months)), np.nan)
        row = {place: at for at, place in enumerate(self.places)}
        when = {month: at for at, month in enumerate(self.months)}
        columns = (table[name].to_pylist() for name in ("place", "month", column))
        for place, month, value in zip(*columns, strict=True):
            if place in row and value is not None:
                found[row[place], when[month]] = value
        return found


def read_view(view: View, spec: Spec) -> Records:
    """Return the records of a question from the panel, with neighbours from the outlines.

    Raises: InvalidData: no record of a name, or nothing in common; NotAllowed: the panel is closed
        to the reader.
    Source: as `build_panel`.
    Cost: 5 CPU-s for 2,469 municipalities and 84 months.
    """
    names = view.sql(_NAMES)["record"].to_pylist()
    asked = {"exposure": spec.exposure, "outcome": spec.outcome, "control": spec.control}
    crimes = {role: crime_named(name, names) if name else "" for role, name in asked.items()}
    chosen = [crime for crime in crimes.values() if crime]
    if len(set(chosen)) < len(chosen):
        raise InvalidData(_("exposure, outcome and control must be three records"))
    cells = view.sql(_CELLS, {**crimes, "first": spec.first, "last": spec.last})
    if not cells.num_rows:
        raise InvalidData(_("the panel has nothing of these records in this period"))
    months = cells["month"].to_pylist()
    grid = _Grid(
        places=tuple(sorted(set(cells["place"].to_pylist()))),
        months=months_between(min(months), max(months)),
    )
    counts, sources = {}, set()
    for role, crime in crimes.items():
        if crime:
            own = _of(cells, crime)
            counts[role] = grid.laid(own, "count")
            sources |= set(own["source"].to_pylist())
    counts |= _basket(view, spec, crimes, grid)
    weights, why = _outlines(view, grid.places)
    records = Records(
        places=grid.places,
        months=grid.months,
        states=tuple(place[:2] for place in grid.places),
        counts=counts,
        people=grid.laid(cells, "population"),
        weights=weights,
        no_weights=why,
        source=", ".join(sorted(sources)),
    )
    return with_checks(records, spec)


def _of(cells: pa.Table, crime: str) -> pa.Table:
    import pyarrow.compute as pc

    return cells.filter(pc.equal(cells["record"], crime))


def _basket(view: View, spec: Spec, crimes: dict[str, str], grid: _Grid) -> dict[str, Floats]:
    """Return all other crimes of the outcome's register, where any is reported."""
    names = view.sql(_NAMES)["record"].to_pylist()
    basket = [crime_named(name, names) for name in spec.recording]
    source = view.sql(
        "SELECT sources[1] AS source FROM panel WHERE level = 'municipality' AND record = $outcome"
        " GROUP BY ALL ORDER BY count(*) DESC, source LIMIT 1",
        {"outcome": crimes["outcome"]},
    )["source"].to_pylist()
    given = {
        **crimes,
        "first": grid.months[0],
        "last": grid.months[-1],
        "source": source[0] if source else "",
        "basket": basket,
    }
    found = view.sql(_BASKET, given)
    return {"recording": grid.laid(found, "count")} if found.num_rows else {}


def _outlines(view: View, places: Sequence[str]) -> tuple[Weights | None, str]:
    """Return who is whose neighbour among the places; a place without outline has none."""
    table = view.sql(_AREAS)
    wanted = set(places)
    areas = [
        (place, geometry)
        for place, geometry in zip(
            table["place"].to_pylist(), table["geometry"].to_pylist(), strict=True
        )
        if place in wanted
    ]
    if not areas:
        return None, _("the workspace holds no outlines of these places")
    return spread_over(queen(areas), places), ""
