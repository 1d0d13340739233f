"""What of a panel may be printed where Puente itself counted people: small cells are held back.

Source: FCSM, Statistical Policy Working Paper 22 (2005), ch. II.D (threshold rule, complementary
    suppression).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.places.coverage import SMALLEST_CELL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.guard.view import View
    from puente.places.panel_read import Panel

_PUBLISHED = """
SELECT source, split_part(record, '.', 1) AS crime FROM counts WHERE current GROUP BY ALL
HAVING bool_and(marking = 'TLP:CLEAR' AND record_class IN ('fact', 'public_list'))
"""

Cells = dict[str, dict[str, tuple[int, int]]]
"""Row and count by record, by place, of one crime in one state and month."""


def suppressed(panel: Panel, view: View | None = None, k: int = SMALLEST_CELL) -> Panel:
    """Return a panel for output, without the cells that could tell of fewer than `k` people.

    A count from 1 to `k` - 1 is hidden; so is all of that crime, whole and parts, in that place and
    month, and then the place of the state with the fewest, until at least two places are hidden
    that count `k` together: no hidden count can then be worked out from the others with the totals
    of the state. Figures that a register publishes openly (TLP:CLEAR, all of the series) stay as
    published; without a View nothing is known to be published.

    Raises: InvalidData: `k` below 2.
    Source: see the module.
    Limits: one panel with its totals by state and month; two panels over the same people (another
        level, another `as_of`) may still be subtracted from each other. Where a state has but one
        place that reports, its total must not be printed beside it. Not for arithmetic: `cube_of`
        refuses it.
    """
    import pyarrow as pa

    if k < 2:
        raise InvalidData(_("the smallest cell shown must count at least 2 people"))
    table = panel.table
    open_series = published(view) if view is not None else frozenset()
    blocks: dict[tuple[str, ...], Cells] = defaultdict(lambda: defaultdict(dict))
    names = ("place", "month", "record", "count", "source", "state")
    columns = (table[name].to_pylist() for name in names)
    for row, (place, month, record, count, source, state) in enumerate(zip(*columns, strict=True)):
        crime = record.partition(".")[0]
        if count is not None and (source, crime) not in open_series:
            group = "" if place.endswith("000") else state
            blocks[crime, month, source, group][place][record] = (row, count)
    hidden = {row for (crime, *_rest), cells in blocks.items() for row in _hide(crime, cells, k)}
    if not hidden:
        return panel
    keep = pa.array([row not in hidden for row in range(table.num_rows)])
    for name in ("count", "rate_per_100k"):
        at = table.column_names.index(name)
        blank = pa.scalar(None, table.schema.field(name).type)
        table = table.set_column(at, name, _choose(keep, table[name], blank))
    at = table.column_names.index("status")
    table = table.set_column(at, "status", _choose(keep, table["status"], pa.scalar("suppressed")))
    return replace(panel, table=table)


def published(view: View) -> frozenset[tuple[str, str]]:
    """Return the register and crime of the figures that are published openly as they stand.

    Source: FIRST, TLP 2.0 (2022): TLP:CLEAR may be shared with anyone.
    """
    rows = view.sql(_PUBLISHED).to_pylist()
    return frozenset((str(row["source"]), str(row["crime"])) for row in rows)


def _choose(keep: object, column: object, other: object) -> object:
    import pyarrow.compute as pc

    return pc.if_else(keep, column, other)


def _hide(crime: str, cells: Mapping[str, Mapping[str, tuple[int, int]]], k: int) -> list[int]:
    """Return the rows of one crime, state and month that must not be shown.

    A place shows all of a crime and its parts, or nothing. What is printed then tells of the hidden
    places no more than the sum of each part over at least two of them, so that any of their counts
    may lie anywhere from zero to that sum. A whole shown over hidden parts would tie them together:
    a place of zero says that its parts are zero, and lays the other place's parts open.
    """
    size = {place: _whole(crime, records) for place, records in cells.items()}
    held = {
        place
        for place, records in cells.items()
        if any(0 < count < k for _row, count in records.values())
    }
    if not held:
        return []
    others = sorted(cells.keys() - held, key=lambda place: (size[place] == 0, size[place], place))
    for place in others:
        enough = len(held) > 1 and sum(size[one] for one in held) >= k
        if enough or (len(held) > 1 and size[place] == 0):
            break
        held.add(place)
    return [row for place in held for row, _count in cells[place].values()]


def _whole(crime: str, records: Mapping[str, tuple[int, int]]) -> int:
    if crime in records:
        return records[crime][1]
    return sum(count for _row, count in records.values())
