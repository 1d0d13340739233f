"""The arithmetic of the 50 percent rule in words, owner by owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from puente.graph.ownership_fixpoint import HALF_OF
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from puente.graph.ownership_fixpoint import Integers, Reach
    from puente.graph.ownership_holdings import Shares


def reasons(shares: Shares, listed: Integers, found: Reach) -> pa.Array:
    """Return, per entity, the lines of its arithmetic; entities untouched by blocking have none.

    One line per owner that is or may be blocked, by id, then one for the sum; in the current
    language.

    Source: OFAC FAQ 399 and 401, whose examples add up the same way.
    Cost: about 4 s per million holdings of blocked owners.
    """
    lines: list[list[str]] = [[] for _node in range(len(shares.ids))]
    names = shares.ids.to_pylist()
    for node in np.flatnonzero(listed).tolist():
        lines[node].append(_("on a property-blocking list itself"))
    rows = np.flatnonzero(found.possible[shares.owner] & (shares.high > 0))
    for row in rows[np.lexsort((shares.owner[rows], shares.asset[rows]))].tolist():
        owner, asset = int(shares.owner[row]), int(shares.asset[row])
        lines[asset].append(
            _owner_line(
                shares, row, names[owner], listed=bool(listed[owner]), sure=bool(found.sure[owner])
            )
        )
    for node in np.unique(shares.asset[rows]).tolist():
        lines[node].append(_sum_line(shares, found, node))
    return pa.array(lines, pa.list_(pa.string()))


def _owner_line(shares: Shares, row: int, owner: str, *, listed: bool, sure: bool) -> str:
    if listed:
        why = _("listed")
    elif sure:
        why = _("blocked by the 50 percent rule")
    else:
        why = _("possibly blocked")
    share = _span(shares, shares.low[row], shares.high[row])
    return _("{owner} ({why}) holds {share}").format(owner=owner, why=why, share=share)


def _sum_line(shares: Shares, found: Reach, node: int) -> str:
    total = _span(shares, found.low[node], found.high[node])
    half = shares.whole // HALF_OF
    if found.low[node] >= half:
        return _("together {total}: at least 50 %, blocked").format(total=total)
    if found.high[node] >= half:
        return _("together {total}: may reach 50 %, possibly blocked").format(total=total)
    return _("together {total}: below 50 %, not blocked by ownership").format(total=total)


def _span(shares: Shares, low: int, high: int) -> str:
    least, most = shares.percent(low), shares.percent(high)
    if least == most:
        return f"{least} %"
    return _("{least} % to {most} %").format(least=least, most=most)
