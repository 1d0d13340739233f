"""The rows under a record conflict: what both registers say of its place, month by month.

Source: see `conflicts`.
Limits: figures are summed from the same current deliveries as the finding; what an older delivery
    said is in the history of each count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from puente.ingest.quality_findings import month_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from puente.guard.view import View

SCHEMA = pa.schema(
    [
        ("month", pa.string()),
        ("figure_a", pa.float64()),
        ("load_a", pa.string()),
        ("figure_b", pa.float64()),
        ("load_b", pa.string()),
    ]
)
"""Columns of `rows_under`: a month, and what either side says; null where it says nothing."""

ONE_SERIES = frozenset({"silent_years", "repeated"})
"""Kinds of which one register alone has figures: the other side is what was to be expected."""

# Levels and parts are told apart as `quality_cells` does: a state's own row goes before the sum of
# its municipalities, and a whole crime before its parts.
_SIDE = """
WITH given AS (
    SELECT month, record, count, load, split_part(record, '.', 1) AS crime,
      right(place, 3) = '000' AS of_state
    FROM counts WHERE current AND source = $source
      AND (len($crimes) = 0 OR list_contains($crimes, split_part(record, '.', 1)))
      AND CASE WHEN $below
        THEN place NOT IN ($place, '00000') AND ($state = '00' OR left(place, 2) = $state)
        ELSE place = $place END
    QUALIFY row_number() OVER (PARTITION BY place, record, month ORDER BY load DESC) = 1),
  marked AS (
    SELECT *, bool_or(record = crime) OVER (PARTITION BY crime, of_state) AS has_whole,
      bool_or(of_state) OVER () AS has_state
    FROM given)
SELECT month, CASE WHEN count(*) = count(count) THEN sum(count)::DOUBLE END AS n,
  string_agg(DISTINCT load, ' ' ORDER BY load) AS loads
FROM marked WHERE (NOT has_whole OR record = crime) AND has_state = of_state
GROUP BY month ORDER BY month"""


def rows_under(view: View, conflict: Mapping[str, Any], *, every: bool = False) -> pa.Table:
    """Return what both sides of a conflict say, a row for each month; see `SCHEMA`.

    Args:
        conflict: a row of the `conflicts` artefact.
        every: every month that either side tells of the place, not those of the conflict alone.

    Source: see `conflicts`.
    Limits: a part of a crime that one delivery tells and another leaves out is not filled in.
    Cost: a pass over the counts of two sources.
    """
    sides = {"a": _told(view, conflict, "a")}
    one = conflict["kind"] in ONE_SERIES
    sides["b"] = {} if one else _told(view, conflict, "b")
    first, last = ("", "9") if every else (_from(conflict), conflict["last"])
    months = sorted(m for m in sides["a"].keys() | sides["b"].keys() if first <= m <= last)
    rows = []
    for month in months:
        row: dict[str, object] = {"month": month}
        for letter, held in sides.items():
            row[f"figure_{letter}"], row[f"load_{letter}"] = held.get(month, (None, None))
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _from(conflict: Mapping[str, Any]) -> str:
    """Return the first month of a conflict; a shift is seen against the year before."""
    first = str(conflict["first"])
    if conflict["kind"] != "reclassified":
        return first
    return month_text(int(first[:4]) * 12 + int(first[5:7]) - 13)


def _told(
    view: View, conflict: Mapping[str, Any], letter: str
) -> dict[str, tuple[float | None, str]]:
    """Return by month what a side adds up: the place's own rows, else those of its parts."""
    if conflict["kind"] == "sum":
        return _ask(view, conflict, letter, below=letter == "a")
    own = _ask(view, conflict, letter, below=False)
    if own or conflict["level"] == "municipality":
        return own
    return _ask(view, conflict, letter, below=True)


def _ask(
    view: View, conflict: Mapping[str, Any], letter: str, *, below: bool
) -> dict[str, tuple[float | None, str]]:
    asked = {
        "source": conflict[f"source_{letter}"],
        "crimes": [part for part in str(conflict[f"records_{letter}"]).split("+") if part],
        "place": conflict["place"],
        "state": str(conflict["place"])[:2],
        "below": below,
    }
    rows = view.sql(_SIDE, asked).to_pylist()
    return {row["month"]: (row["n"], row["loads"]) for row in rows}
