"""Who holds how much of what, on a day: shares as exact scaled integers, doubt as intervals."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from puente.errors import InvalidData
from puente.graph.delimited import lines_of_rows, read_columns
from puente.graph.numbering import number
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

DECIMALS = 15
"""Decimal places of a percentage that are kept exactly; more are refused, not rounded."""
PERCENT = pa.decimal128(18, DECIMALS)
ROUNDING_ALLOWED = Decimal("0.5")
"""Percentage points above 100 that published, rounded shares of one asset may add up to."""

SCHEMA = pa.schema(
    [
        ("owner", pa.string()),
        ("asset", pa.string()),
        ("percent", PERCENT),
        ("percent_max", PERCENT),
        ("date_from", pa.string()),
        ("date_to", pa.string()),
    ]
)
"""The columns of a table of holdings. Null percent: not known. Dates: ISO, may be partial or ""."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One share of one owner in one asset.

    Attributes:
        owner, asset: entity ids.
        percent: percent of the asset held, 0 to 100; None where it is not known. With
            `percent_max`, the least it can be.
        percent_max: the most it can be; None where `percent` is exact or nothing is known.
        date_from, date_to: first and last day of the holding, ISO, year or month precision
            allowed; "" where open.

    Source: FollowTheMoney `Ownership` (owner, asset, percentage); OFAC, Revised Guidance on
        Entities Owned by Persons Whose Property Is Blocked (13 August 2014).
    """

    owner: str
    asset: str
    percent: Decimal | None
    percent_max: Decimal | None = None
    date_from: str = ""
    date_to: str = ""


def holdings_table(holdings: Iterable[Holding]) -> pa.Table:
    """Return `holdings` as the table that `puente.graph.ownership.blocked` takes.

    Source: see `Holding`.
    """
    rows = [
        {
            "owner": h.owner,
            "asset": h.asset,
            "percent": h.percent,
            "percent_max": h.percent_max,
            "date_from": h.date_from,
            "date_to": h.date_to,
        }
        for h in holdings
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def read_holdings(path: Path) -> pa.Table:
    """Return the holdings of a CSV file `owner,asset,percent[,percent_max,from,to]`.

    An empty percent is "not known"; the file is refused whole rather than answered in part, since
    a legal answer on part of the holdings would be wrong without saying so.

    Raises: InvalidData: with file, line and reason: a malformed file, an empty id, a percentage
        that is no number from 0 to 100 with at most 15 decimals, a maximum below the minimum, a
        date that is none, an end before the start.
    Source: see `Holding`.
    """
    raw = read_columns(path, ("owner", "asset", "percent"), ("percent_max", "from", "to"))

    def refuse(row: int, reason: str) -> InvalidData:
        return InvalidData(reason, file=path, line=lines_of_rows(path, [row])[row])

    for name in ("owner", "asset"):
        row = _first(pc.equal(raw[name], ""))
        if row is not None:
            raise refuse(row, _("no {column}").format(column=name))
    columns = {"owner": raw["owner"], "asset": raw["asset"]}
    for name in ("percent", "percent_max"):
        try:
            columns[name] = _as_percent(raw[name])
        except pa.ArrowInvalid as error:
            row = _first_unreadable(raw[name])
            reason = _("{column} is no number from 0 to 100 with a decimal point: {value}")
            value = raw[name][row].as_py()[:40]
            raise refuse(row, reason.format(column=name, value=repr(value))) from error
    columns["date_from"], columns["date_to"] = raw["from"], raw["to"]
    table = pa.table(columns).cast(SCHEMA)
    for row, reason in _faults(table):
        raise refuse(row, reason)
    return table


def check_holdings(table: pa.Table) -> None:
    """Pass if each row of a table of holdings is one that can be.

    Raises: InvalidData: naming the owner, the asset and the reason.
    Source: see `Holding`.
    """
    for row, reason in _faults(table):
        owner, asset = table["owner"][row].as_py(), table["asset"][row].as_py()
        raise InvalidData(
            _("holding of {owner} in {asset}: {reason}").format(
                owner=owner, asset=asset, reason=reason
            )
        )


def _as_percent(text: pa.ChunkedArray) -> pa.ChunkedArray:
    filled = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
    return pc.cast(filled, PERCENT)


def _first_unreadable(text: pa.ChunkedArray) -> int:
    for row, value in enumerate(text.to_pylist()):
        try:
            _as_percent(pa.chunked_array([pa.array([value], pa.string())]))
        except pa.ArrowInvalid:
            return row
    return 0


def _first(mask: pa.ChunkedArray) -> int | None:
    found = pc.index(mask, pa.scalar(value=True)).as_py()
    return None if found < 0 else int(found)


_ISO = r"^(?:\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?)?$"


def _faults(table: pa.Table) -> Iterable[tuple[int, str]]:
    """Give the first row and reason of each kind of fault in a table of holdings."""
    hundred, zero = pa.scalar(Decimal(100), PERCENT), pa.scalar(Decimal(0), PERCENT)
    low, high = table["percent"], table["percent_max"]
    begin, end = table["date_from"], table["date_to"]
    outside = [pc.or_(pc.less(c, zero), pc.greater(c, hundred)) for c in (low, high)]
    checks = (
        (outside[0], _("the percentage is outside 0 to 100")),
        (outside[1], _("the greatest percentage is outside 0 to 100")),
        (pc.less(high, low), _("the greatest percentage is below the least")),
        (pc.invert(pc.match_substring_regex(begin, _ISO)), _("the start is no ISO date")),
        (pc.invert(pc.match_substring_regex(end, _ISO)), _("the end is no ISO date")),
        (
            pc.and_(
                pc.not_equal(end, ""), pc.less(pc.binary_join_element_wise(end, "~", ""), begin)
            ),
            _("the holding ends before it begins"),
        ),
    )
    for mask, reason in checks:
        row = _first(pc.fill_null(mask, fill_value=False))
        if row is not None:
            yield row, reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """The holdings of one day as arrays, ready for the fixpoint.

    Attributes:
        ids: entity id by node number, sorted.
        owner, asset: int32 node numbers, one pair per holding.
        low, high: share held at least and at most, in units of `10 ** -scale` percent; int64, or
            Python integers where sums could pass 64 bits.
        total_low: per node, what is surely held of it by anyone, same units.
        scale: decimal places of the unit.

    Source: OFAC guidance of 13 August 2014 counts shares in percent "in the aggregate"; integers
        keep a sum of exactly 50 exact.
    """

    ids: pa.StringArray
    owner: np.ndarray[Any, np.dtype[np.int32]]
    asset: np.ndarray[Any, np.dtype[np.int32]]
    low: np.ndarray[Any, Any]
    high: np.ndarray[Any, Any]
    total_low: np.ndarray[Any, Any]
    scale: int

    @property
    def whole(self) -> int:
        """Return 100 percent in units."""
        return int(100 * 10**self.scale)

    def percent(self, units: int) -> Decimal:
        """Return `units` as percent, without trailing zeros."""
        value = Decimal(int(units)).scaleb(-self.scale)
        return value.quantize(Decimal(1)) if value == value.to_integral() else value.normalize()


def shares_on(table: pa.Table, seeds: Iterable[str], *, as_of: date) -> Shares:
    """Return the shares that stand on `as_of`, over all entities of the table and all seeds.

    A holding counts in full where it surely stands on that day. Where only the precision of its
    dates leaves that open (it began in "2020", asked for May 2020) it counts 0 at least and its
    share at most. An unknown share counts 0 at least; at most what the others surely leave.

    Raises: InvalidData: a row that cannot be; or the shares surely held of one asset exceed 100
        percent by more than rounding (0.5): names the asset.
    Source: OFAC guidance of 13 August 2014; the intervals are Puente's reading of unknown shares.
    """
    check_holdings(table)
    sure, maybe = _standing(table, as_of.isoformat())
    ids, (owner, asset) = number([table["owner"], table["asset"]], seeds)
    low, known = _units(table["percent"])
    top, topped = _units(table["percent_max"])
    high = np.where(topped, top, np.where(known, low, 100 * 10**DECIMALS))
    low = np.where(sure, low, 0)
    owner, asset, low, high = owner[maybe], asset[maybe], low[maybe], high[maybe]
    low, high, scale = _rescaled(low, high, asset)
    return _capped(ids, owner, asset, (low, high), scale)


def _standing(table: pa.Table, day: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return, per row, whether the holding surely stands on `day` and whether it may."""
    begin, end = table["date_from"], table["date_to"]
    late = pc.binary_join_element_wise(begin, "~", "")
    open_end = pc.equal(end, "")
    # An ISO prefix sorts before all its days, and with "~" behind it after all of them.
    begun_maybe = pc.less_equal(begin, day)
    full = pc.or_(pc.equal(pc.utf8_length(begin), 10), pc.equal(begin, ""))
    begun_surely = pc.and_(begun_maybe, pc.or_(full, pc.less(late, day)))
    end_late = pc.binary_join_element_wise(end, "~", "")
    stands_maybe = pc.or_(open_end, pc.greater_equal(end_late, day))
    stands_surely = pc.or_(open_end, pc.greater_equal(end, day))
    sure = pc.and_(begun_surely, stands_surely).to_numpy()
    maybe = pc.and_(begun_maybe, stands_maybe).to_numpy()
    return sure, maybe


def _units(column: pa.ChunkedArray) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return a percentage column as int64 units of 10**-15 percent, and where it is filled."""
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], PERCENT)
    filled = pc.is_valid(array).to_numpy(zero_copy_only=False)
    if not len(array):
        return np.zeros(0, np.int64), filled
    # A decimal128 is 16 bytes, little-endian; up to 100 percent fits the low eight.
    words = np.frombuffer(array.buffers()[1], np.int64)
    start = 2 * array.offset
    return np.where(filled, words[start : start + 2 * len(array) : 2], 0), filled


def _rescaled(
    low: np.ndarray[Any, Any], high: np.ndarray[Any, Any], asset: np.ndarray[Any, Any]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], int]:
    """Return the shares in the coarsest unit that holds them all exactly, and its scale."""
    scale = DECIMALS
    for places in (0, 2, 4, 8, 12):
        step = 10 ** (DECIMALS - places)
        if not (low % step).any() and not (high % step).any():
            scale, low, high = places, low // step, high // step
            break
    most = int(np.bincount(asset).max()) if len(asset) else 0
    if most * 100 * 10**scale >= 2**62:
        low, high = low.astype(object), high.astype(object)
    return low, high, scale


def _capped(
    ids: pa.StringArray,
    owner: np.ndarray[Any, Any],
    asset: np.ndarray[Any, Any],
    bounds: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]],
    scale: int,
) -> Shares:
    """Return the shares with each upper bound cut to what the others surely leave."""
    low, high = bounds
    total = np.zeros(len(ids), low.dtype)
    np.add.at(total, asset, low)
    whole = 100 * 10**scale
    over = np.flatnonzero(total > whole + int(ROUNDING_ALLOWED * 10**scale))
    if len(over):
        worst = Shares(
            ids=ids, owner=owner, asset=asset, low=low, high=high, total_low=total, scale=scale
        )
        raise InvalidData(
            _("the shares held of {asset} add up to {percent} percent").format(
                asset=ids[int(over[0])].as_py(), percent=worst.percent(total[over[0]])
            )
        )
    left = whole - (total[asset] - low)
    high = np.maximum(low, np.minimum(high, left))
    return Shares(
        ids=ids, owner=owner, asset=asset, low=low, high=high, total_low=total, scale=scale
    )
