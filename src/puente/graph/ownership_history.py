"""Since when the 50 percent rule no longer blocks: holdings that have ended by the day asked for.

Source: OFAC FAQ 402: below 50 percent an entity is no longer blocked by the rule, but property that
    was blocked while it was stays blocked; a divestment must be outside US jurisdiction.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from puente.graph.ownership_fixpoint import reach, reached_from
from puente.graph.ownership_shares import shares_on
from puente.model.dates import parse_date

if TYPE_CHECKING:
    from puente.graph.ownership_ruling import Ruling


def last_blocked(ruling: Ruling) -> dict[str, date]:
    """Return the last day before `as_of` on which each entity was surely blocked, if not now.

    The seeds are those of `ruling`: persons listed on `as_of`. Blocking ends on the last day of
    some holding, so only those days are looked at.

    Source: OFAC FAQ 402.
    Limits: who was listed then and is no longer is no seed; ask with the list of that day.
    Cost: one application of the rule, to holdings within reach, per day on which one ended.
    """
    table = _within_reach(ruling)
    day = ruling.as_of.isoformat()
    ends = pc.unique(table["date_to"]).to_pylist()
    last_days = {_last_sure_day(end) for end in ends if end and end + "~" < day}
    seeds = ruling.shares.ids.filter(pa.array(ruling.listed)).to_pylist()
    now = set(ruling.shares.ids.filter(pa.array(ruling.found.sure)).to_pylist())
    until: dict[str, date] = {}
    for last in sorted(last_days, reverse=True):
        shares = shares_on(table, seeds, as_of=last)
        listed = pc.is_in(shares.ids, pa.array(seeds, pa.string())).to_numpy(zero_copy_only=False)
        sure = reach(shares, listed).sure
        for name in shares.ids.filter(pa.array(sure)).to_pylist():
            if name not in now:
                until.setdefault(name, last)
    return until


def _within_reach(ruling: Ruling) -> pa.Table:
    """Return the holdings of what some chain of holdings, of whatever date, joins to a seed."""
    table, ids = ruling.table, ruling.shares.ids
    ended = pc.and_(
        pc.not_equal(table["date_to"], ""), pc.less(table["date_to"], ruling.as_of.isoformat())
    )
    if not pc.any(ended).as_py():
        return table.slice(0, 0)
    owner, asset = (pc.index_in(table[n], ids).to_numpy() for n in ("owner", "asset"))
    seen = reached_from(owner, asset, ruling.listed)
    return table.filter(pa.array(seen[owner] | seen[asset]))


def _last_sure_day(end: str) -> date:
    """Return the last day on which a holding that ended then surely stood."""
    first = parse_date(end).start
    return first if len(end) == len("2024-05-03") else first - timedelta(days=1)
