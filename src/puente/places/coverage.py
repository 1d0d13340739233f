"""What the records cover: which months and places a source reports, and where it is silent.

Source: SESNSP publishes each month what each prosecutor's office has sent; what was not sent is
    not zero. UK Statistics Authority, Code of Practice for Statistics, Q1 (suitable data sources).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.places.panel import reported_cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from puente.guard.view import View

SMALLEST_CELL = 5
"""The least count of people that a person-derived table may show.

Source: FCSM, Statistical Policy Working Paper 22 (2005), threshold rule, whose examples use 5.
"""

_COVERAGE = """
WITH {cells},
  monthly AS (
    SELECT source, record, month, count(*) AS cells, count(count) AS reported,
      count(*) FILTER (count = 0) AS zeros
    FROM cells GROUP BY ALL),
  placed AS (
    SELECT source, record, count(DISTINCT place) AS places,
      count(DISTINCT place) FILTER (count IS NOT NULL) AS places_reporting
    FROM cells GROUP BY ALL)
SELECT m.source, m.record, min(m.month) AS first_month, max(m.month) AS last_month,
  count(*) AS months, any_value(p.places) AS places,
  any_value(p.places_reporting) AS places_reporting, sum(m.cells)::BIGINT AS cells,
  sum(m.reported)::BIGINT AS reported, sum(m.zeros)::BIGINT AS zeros,
  (sum(m.cells) - sum(m.reported))::BIGINT AS missing,
  coalesce(list(m.month ORDER BY m.month) FILTER (m.reported = 0), []) AS gaps,
  coalesce(list(m.month ORDER BY m.month)
    FILTER (m.reported > 0 AND m.reported < {thin} * p.places), []) AS thin_months
FROM monthly m JOIN placed p USING (source, record)
GROUP BY m.source, m.record ORDER BY m.source, m.record"""

THIN = 0.8
"""Share of its places below which a month's delivery is called thin (it is still used).

Source: chosen so that the whole state that drops out of a national file (1 of 32 states holds up
to 23 percent of the municipalities, Oaxaca) is seen.
"""


def coverage(view: View) -> pa.Table:
    """Return what each source covers of each record, ordered by source and record.

    Columns: source, record, first_month, last_month, months, places, places_reporting, cells
    (places x months), reported, zeros, missing (cells not reported), gaps (months in which nothing
    at all was reported), thin_months (months in which fewer than four places in five reported).

    Source: SESNSP, notes to the monthly publication; see the module.
    """
    return view.sql(_COVERAGE.format(cells=reported_cells(), thin=THIN))


def cells_to_suppress(
    counts: Sequence[int | None], groups: Sequence[str] | None = None, *, k: int = SMALLEST_CELL
) -> list[bool]:
    """Return which cells of a table counted from persons must not be shown.

    A cell is hidden if it counts at least one and fewer than `k` people. Where the sum of a group
    is shown beside its cells and the hidden cells of the group add up to fewer than `k` people or
    are but one, the smallest shown cell above zero is hidden too, or else subtraction would give
    them away.

    Args:
        counts: people per cell; None where nothing is known.
        groups: for each cell, the group whose total is shown too (e.g. its state); None if no
            totals are shown.
        k: the least count that may be shown, 2 or more.

    Raises: InvalidData: `k` below 2, a negative count, or groups of another length.
    Source: FCSM, Statistical Policy Working Paper 22 (2005), ch. II.D (threshold rule,
        complementary suppression).
    Limits: for tables made by Puente from records of people. Official counts published by place are
        public as they stand and are not suppressed. One table: two tables over the same people may
        still be subtracted from each other.
    """
    if k < 2:
        raise InvalidData(_("the smallest cell shown must count at least 2 people"))
    if any(count is not None and count < 0 for count in counts):
        raise InvalidData(_("a count of people is negative"))
    if groups is not None and len(groups) != len(counts):
        raise InvalidData(_("as many groups as cells are needed"))
    hidden = [count is not None and 0 < count < k for count in counts]
    if groups is None:
        return hidden
    members: dict[str, list[int]] = {}
    for cell, group in enumerate(groups):
        members.setdefault(group, []).append(cell)
    for cells in members.values():
        _hide_complements(counts, cells, hidden, k)
    return hidden


def _hide_complements(
    counts: Sequence[int | None], cells: list[int], hidden: list[bool], k: int
) -> None:
    """Hide further cells of one group until its hidden cells cannot be told from the total."""
    while True:
        held = [c for c in cells if hidden[c]]
        if not held:
            return
        total = sum(counts[c] or 0 for c in held)
        shown = [c for c in cells if not hidden[c] and (counts[c] or 0) > 0]
        if (len(held) > 1 and total >= k) or not shown:
            return
        hidden[min(shown, key=lambda c: (counts[c] or 0, c))] = True
