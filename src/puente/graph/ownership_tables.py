"""The answers of the 50 percent rule as tables, for a million entities at once."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from puente.graph.ownership_reasons import percent_texts, reasons
from puente.graph.ownership_ruling import STATUSES

if TYPE_CHECKING:
    from puente.graph.ownership_ruling import Ruling
    from puente.graph.ownership_shares import Integers, Shares


def ownership_table(ruling: Ruling) -> pa.Table:
    """Return the answers as a table by id: entity, status, low, high, because (a list).

    Low and high are exact decimals, in percent.

    Source: OFAC guidance of 13 August 2014; FAQ 398 to 401.
    """
    shares, found = ruling.shares, ruling.found
    return pa.table(
        {
            "entity": shares.ids,
            "status": _status(ruling),
            "low": _decimals(found.low, shares),
            "high": _decimals(found.high, shares),
            "because": reasons(ruling),
        }
    )


def answer_texts(ruling: Ruling) -> pa.Table:
    """Return the answers as text: entity, status, low, high, because (joined by semicolons).

    Source: see `ownership_table`.
    """
    shares, found = ruling.shares, ruling.found
    return pa.table(
        {
            "entity": shares.ids,
            "status": _status(ruling),
            "low": percent_texts(shares, found.low),
            "high": percent_texts(shares, found.high),
            "because": pc.binary_join(reasons(ruling), "; "),
        }
    )


def counts_of(ruling: Ruling) -> dict[str, int]:
    """Return how many entities are of each status, in the order of `STATUSES`.

    Source: see `ownership_table`.
    """
    counts = np.bincount(ruling.status, minlength=len(STATUSES)).tolist()
    return dict(zip(STATUSES, counts, strict=True))


def _status(ruling: Ruling) -> pa.Array:
    return pa.array(STATUSES).take(pa.array(ruling.status))


def _decimals(units: Integers, shares: Shares) -> pa.Array:
    """Return units as exact percent; a sum just above 100 by rounding is shown as it is."""
    wide = pa.decimal128(38, shares.scale)
    if units.dtype == object:
        return pa.array([Decimal(int(u)).scaleb(-shares.scale) for u in units], wide)
    words = np.zeros(2 * len(units), np.int64)
    words[::2] = units
    return pa.Array.from_buffers(wide, len(units), [None, pa.py_buffer(words)])
