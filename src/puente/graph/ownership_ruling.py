"""What the 50 percent rule makes of the holdings of one day, before it is put into words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from puente.graph.numbering import positions
from puente.graph.ownership_fixpoint import reach
from puente.graph.ownership_kinds import CONTROL
from puente.graph.ownership_shares import shares_on, standing

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from puente.graph.ownership_fixpoint import Reach
    from puente.graph.ownership_shares import Integers, Shares


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Who controls whom by other means than shares, where a blocked person may be the one.

    Attributes:
        owner, asset: node numbers, one pair per tie, sorted by asset and owner.
        how: the source's own word for it, e.g. `boardMember`.
        sure: bool, whether it surely stands on the day.

    Source: OFAC FAQ 398: control does not block; FAQ 400: no dealing with a blocked person who
        signs for an entity that is not blocked.
    """

    owner: Integers
    asset: Integers
    how: tuple[str, ...]
    sure: Integers


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The rule applied: shares, seeds, how far blocking reaches, and control beside it.

    Attributes:
        table: the holdings that were given.
        as_of: the day.
        listed: bool by node number; the seeds.

    Source: OFAC guidance of 13 August 2014; FAQ 398 to 401.
    """

    table: pa.Table
    as_of: date
    shares: Shares
    listed: Integers
    found: Reach
    control: Control

    @property
    def status(self) -> Integers:
        """Return 0 blocked, 1 possibly, 2 not, by node number."""
        kinds: Integers = np.where(self.found.sure, 0, np.where(self.found.possible, 1, 2))
        return kinds.astype(np.int8)

    def number_of(self, entity: str) -> int | None:
        """Return the node number of an entity, None if neither holdings nor seeds name it."""
        found = positions(self.shares.ids, [entity])
        return int(found[0]) if len(found) else None


STATUSES = ("blocked", "possibly", "not")


def rule_on(holdings: pa.Table, seeds: Collection[str], *, as_of: date) -> Ruling:
    """Return the 50 percent rule applied to `holdings` on one day.

    Args:
        holdings: columns of `puente.graph.ownership_holdings.SCHEMA`, and of `EXTRA` if need be.
        seeds: ids of persons on property-blocking lists; no other list belongs here.

    Raises: InvalidData: a holding that cannot be.
    Source: OFAC guidance of 13 August 2014; FAQ 398 to 401.
    """
    shares = shares_on(holdings, seeds, as_of=as_of)
    listed = np.zeros(len(shares.ids), bool)
    listed[positions(shares.ids, seeds)] = True
    found = reach(shares, listed)
    control = _control(holdings, shares, (listed, found), as_of)
    return Ruling(
        table=holdings, as_of=as_of, shares=shares, listed=listed, found=found, control=control
    )


def _control(
    table: pa.Table, shares: Shares, blocked: tuple[Integers, Reach], as_of: date
) -> Control:
    listed, found = blocked
    none = np.zeros(0, np.int32)
    if "kind" not in table.column_names:
        return Control(owner=none, asset=none, how=(), sure=none)
    ties = table.filter(pc.equal(table["kind"], CONTROL))
    if not ties.num_rows:
        return Control(owner=none, asset=none, how=(), sure=none)
    sure, maybe = standing(ties, as_of)
    owner, asset = (pc.index_in(ties[n], shares.ids).to_numpy() for n in ("owner", "asset"))
    rows = np.flatnonzero(maybe & found.possible[owner] & ~listed[asset])
    how = ties["how"].to_pylist() if "how" in ties.column_names else [""] * ties.num_rows
    # One word once, however often it is recorded; what surely stands comes first.
    once: dict[tuple[int, int, str], bool] = {}
    for row in sorted(rows.tolist(), key=lambda r: (asset[r], owner[r], how[r], not sure[r])):
        once.setdefault((int(asset[row]), int(owner[row]), how[row]), bool(sure[row]))
    return Control(
        owner=np.array([owner for _asset, owner, _how in once], np.int32),
        asset=np.array([asset for asset, _owner, _how in once], np.int32),
        how=tuple(word for _asset, _owner, word in once),
        sure=np.array(list(once.values()), bool),
    )
