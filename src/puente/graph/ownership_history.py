"""Since when the 50 percent rule no longer blocks: holdings that have ended by the day asked for.

Source: OFAC FAQ 402: below 50 percent an entity is no longer blocked by the rule, but property that
    was blocked while it was stays blocked; a divestment must be outside US jurisdiction.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from puente.graph.ownership_fixpoint import reach
from puente.graph.ownership_holdings import span_of
from puente.graph.ownership_kinds import OWNS
from puente.graph.ownership_shares import shares_on
from puente.model.dates import parse_date

if TYPE_CHECKING:
    from collections.abc import Collection

    from puente.graph.ownership_ruling import Ruling


def last_blocked(ruling: Ruling) -> dict[str, date]:
    """Return the last day before `as_of` on which each entity was surely blocked, if not now.

    The seeds are those of `ruling`: persons listed on `as_of`. Blocking ends on the last day of
    some holding, so only those days are looked at.

    Source: OFAC FAQ 402.
    Limits: who was listed then and is no longer is no seed; ask with the list of that day.
    Cost: one application of the rule per day on which a holding ended that may ever have counted,
        to the holdings of what may ever have been blocked.
    """
    ids = ruling.shares.ids
    seeds = ids.filter(pa.array(ruling.listed))
    now = set(ids.filter(pa.array(ruling.found.sure)).to_pylist())
    table = ruling.table
    if not pc.any(pc.not_equal(table["date_to"], "")).as_py():
        return {}
    ever = _ever(table, seeds.to_pylist(), ruling.as_of)
    table = table.filter(pc.is_in(table["asset"], ever))
    ends = pc.unique(table["date_to"].filter(pc.is_in(table["owner"], ever))).to_pylist()
    last_days = {_last_sure_day(end) for end in ends if end}
    until: dict[str, date] = {}
    for last in sorted((day for day in last_days if day < ruling.as_of), reverse=True):
        shares = shares_on(table, seeds.to_pylist(), as_of=last)
        listed = pc.is_in(shares.ids, seeds).to_numpy(zero_copy_only=False)
        sure = reach(shares, listed).sure
        for name in shares.ids.filter(pa.array(sure)).to_pylist():
            if name not in now:
                until.setdefault(name, last)
    return until


def _ever(table: pa.Table, seeds: Collection[str], as_of: date) -> pa.Array:
    """Return the seeds and all that could have been blocked on any day: whose holdings of known
    size come to one half, whenever they stood.
    """
    known = pc.is_valid(table["percent"])
    if "kind" in table.column_names:
        known = pc.and_(known, pc.equal(table["kind"], OWNS))
    shares = table.filter(known)
    most, rows = shares["percent"], shares.num_rows
    always = pa.repeat("", rows)
    columns = {
        "owner": shares["owner"], "asset": shares["asset"], "percent": pa.nulls(rows, most.type),
        "percent_max": most, "date_from": always, "date_to": always,
    }  # fmt: skip
    if "share_class" in table.column_names:
        columns["share_class"] = shares["share_class"]
    on = shares_on(pa.table(columns), seeds, as_of=as_of)
    listed = pc.is_in(on.ids, pa.array(sorted(seeds), pa.string())).to_numpy(zero_copy_only=False)
    return on.ids.filter(pa.array(reach(on, listed).passing))


def _last_sure_day(end: str) -> date:
    """Return the last day on which a holding that ended then surely stood."""
    first = span_of(end)[0]
    day = parse_date(first).start
    return day if len(first) == len("2024-05-03") else day - timedelta(days=1)
