"""The shares that stand on a day as arrays: exact scaled integers, doubt as intervals."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from puente.graph.numbering import number
from puente.graph.ownership_holdings import FINE_PERCENT, PERCENT, by_text, check_holdings, span_of
from puente.graph.ownership_kinds import APART, CONTROL, KINDS, SAME, SPOUSE, TIES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

Integers = np.ndarray[Any, Any]

ROUNDING_ALLOWED = Decimal("0.5")
"""Percentage points above 100 that published, rounded shares of one asset may add up to."""

APART_KINDS = np.array([kind in APART for kind in KINDS])
TIE_KINDS = np.array([kind in TIES for kind in KINDS])
"""Which of `KINDS` are `APART`, and which are `TIES`, by position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """The holdings of one day as arrays, ready for the fixpoint.

    A **slot** is what shares of 100 percent are of: an entity, or one class of its shares. The
    first `len(ids)` slots are the entities; further ones are classes, where an entity has several.

    Attributes:
        ids: entity id by node number, sorted.
        owner, asset: int32 node and slot numbers, one pair per holding.
        low, high: share held at least and at most, in units of `10 ** -scale` percent; int64, or
            Python integers where sums could pass 64 bits.
        kind: int8, position in `KINDS`, per holding; None where all are shares.
        total_low: per slot, what is surely held of it by anyone, same units.
        scale: decimal places of the unit.
        class_of: entity by class slot (slot number less `len(ids)`).
        class_names: what each class slot is called.
        row: row of the table that a holding comes from; None where all stand in their order.
        contradicted: entities whose recorded shares exceed 100 percent.
        repeated: entities with a holding that is recorded several times alike.

    Source: OFAC guidance of 13 August 2014 counts shares in percent "in the aggregate"; integers
        keep a sum of exactly 50 exact. It does not say which class of shares counts.
    """

    ids: pa.StringArray
    owner: Integers
    asset: Integers
    low: Integers
    high: Integers
    kind: Integers | None
    total_low: Integers
    scale: int
    class_of: Integers
    class_names: tuple[str, ...]
    row: Integers | None
    contradicted: Integers
    repeated: Integers

    @property
    def whole(self) -> int:
        """Return 100 percent in units."""
        return int(100 * 10**self.scale)

    @property
    def entity(self) -> Integers:
        """Return the entity by slot number."""
        return np.concatenate((np.arange(len(self.ids)), self.class_of))

    def percent(self, units: int) -> Decimal:
        """Return `units` as percent, without trailing zeros."""
        return plain(Decimal(int(units)).scaleb(-self.scale))


def plain(value: Decimal) -> Decimal:
    """Return a decimal without trailing zeros and without an exponent, exact to the last place.

    Source: not a rule: how percentages are written.
    """
    text = f"{value:f}"
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)


def shares_on(table: pa.Table, seeds: Iterable[str], *, as_of: date) -> Shares:
    """Return the shares that stand on `as_of`, over all entities of the table and all seeds.

    A holding counts in full where it surely stands on that day. Where only the precision of its
    dates leaves that open (it began in "2020", asked for May 2020) it counts 0 at least and its
    share at most. An unknown share counts 0 at least; at most what the others surely leave. Of rows
    that are alike in everything one counts, the others possibly; where the shares recorded of one
    slot exceed 100 percent by more than rounding (0.5), none of them counts for sure.

    Raises: InvalidData: a row that cannot be.
    Source: OFAC guidance of 13 August 2014; the intervals are Puente's reading of unknown shares.
    """
    check_holdings(table)
    sure, maybe = standing(table, as_of)
    ids, (owner, asset) = number([table["owner"], table["asset"]], seeds)
    kind = _kinds(table)
    low, high, scale = _bounds(table, sure, kind)
    keep = maybe if kind is None else maybe & (kind != KINDS.index(CONTROL))
    row = None if keep.all() else np.flatnonzero(keep)
    if row is not None:
        owner, asset, low, high = owner[row], asset[row], low[row], high[row]
        kind = None if kind is None else kind[row]
    draft = _Draft(owner=owner, asset=asset, low=low, high=high, kind=kind, row=row)
    draft = _both_ways(draft, 100 * 10**scale)
    class_of, names = _classes(draft, table, ids)
    repeated = _doubt_repeats(draft, table)
    return _capped(draft, ids, scale, (class_of, names, repeated))


@dataclass(slots=True, kw_only=True)
class _Draft:
    """The arrays of `Shares` while they are made; each step writes into its own copies."""

    owner: Integers
    asset: Integers
    low: Integers
    high: Integers
    kind: Integers | None
    row: Integers | None

    @property
    def rows(self) -> Integers:
        return np.arange(len(self.owner)) if self.row is None else self.row

    @property
    def apart(self) -> Integers:
        """Return which holdings count outside the 100 percent."""
        return np.zeros(len(self.owner), bool) if self.kind is None else APART_KINDS[self.kind]


def standing(table: pa.Table, as_of: date) -> tuple[Integers, Integers]:
    """Return, per row, whether the holding surely stands on `as_of` and whether it may.

    Source: see `shares_on`.
    """
    day = as_of.isoformat()
    # An ISO prefix sorts before all its days, and with "~" behind it after all of them.
    begun = by_text(table["date_from"], lambda text: not text or _by(text, day))
    begun_maybe = by_text(table["date_from"], lambda text: span_of(text)[0] <= day)
    stands = by_text(table["date_to"], lambda text: not text or span_of(text)[0] >= day)
    stands_maybe = by_text(table["date_to"], lambda text: not text or span_of(text)[1] + "~" >= day)
    return begun & stands, begun_maybe & stands_maybe


def _by(text: str, day: str) -> bool:
    last = span_of(text)[1]
    return last <= day if len(last) == len(day) else last + "~" < day


def _kinds(table: pa.Table) -> Integers | None:
    """Return the kind of each row, or None where all are shares."""
    if "kind" not in table.column_names:
        return None
    codes: Integers = pc.index_in(table["kind"], pa.array(KINDS)).to_numpy().astype(np.int8)
    return codes if codes.any() else None


def _bounds(
    table: pa.Table, sure: Integers, kind: Integers | None
) -> tuple[Integers, Integers, int]:
    """Return the least and the most of each row in the coarsest unit that holds them exactly."""
    places = (0, 2, 4, 8, 12, PERCENT.scale, 20, FINE_PERCENT.scale)
    given = max(table[name].type.scale for name in ("percent", "percent_max"))
    low, known = _units(table["percent"], given)
    top, topped = _units(table["percent_max"], given)
    high = np.where(topped, top, np.where(known, low, 100 * 10**given))
    least = sure if kind is None else sure & ~APART_KINDS[kind]
    low = np.where(least, low, 0)
    if kind is not None:
        high = np.where(TIE_KINDS[kind] | (kind == KINDS.index(SAME)), 100 * 10**given, high)
    for scale in places:
        step = 10 ** (given - scale) if scale < given else 1
        if scale >= given or not ((low % step).any() or (high % step).any()):
            break
    scale = min(scale, given)
    low, high = (low, high) if step == 1 else (low // step, high // step)
    # A sum over all rows is the most that any slot could come to.
    small = 2 * len(low) * 100 * 10**scale < 2**62
    kept = np.int64 if small or _busiest(table) * 100 * 10**scale < 2**62 else object
    return low.astype(kept), high.astype(kept), scale


def _busiest(table: pa.Table) -> int:
    """Return the greatest number of holdings that any asset has, marriages both ways."""
    held = [table["asset"]]
    if "kind" in table.column_names:
        held.append(table["owner"].filter(pc.equal(table["kind"], SPOUSE)))
    counts = [column.value_counts() for column in held]
    return sum(pc.max(pc.struct_field(c, 1)).as_py() if len(c) else 0 for c in counts)


def _units(column: pa.ChunkedArray, scale: int) -> tuple[Integers, Integers]:
    """Return a percentage column in units of 10**-scale percent, and where it is filled."""
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    filled = pc.is_valid(array).to_numpy(zero_copy_only=False)
    if not len(array):
        return np.zeros(0, object if scale > PERCENT.scale else np.int64), filled
    # A decimal128 is 16 bytes, little-endian; up to 100 percent of 15 places fits the low eight.
    words = np.frombuffer(array.buffers()[1], np.int64)[2 * array.offset :][: 2 * len(array)]
    units: Integers = np.where(filled, words[::2], 0)
    if array.type.scale > PERCENT.scale:
        upper = np.where(filled, words[1::2], 0).astype(object)
        units = upper * 2**64 + units.view(np.uint64).astype(object)
    if array.type.scale < scale:
        units = units.astype(object) * 10 ** (scale - array.type.scale)
    return units, filled


def _both_ways(draft: _Draft, whole: int) -> _Draft:
    """Return the holdings with each marriage told from both sides."""
    if draft.kind is None:
        return draft
    wed = np.flatnonzero(draft.kind == KINDS.index(SPOUSE))
    one, other = draft.owner[wed].astype(np.int64), draft.asset[wed].astype(np.int64)
    wed = wed[~np.isin(other << 32 | one, one << 32 | other)]
    if not len(wed):
        return draft
    return _Draft(
        owner=np.concatenate((draft.owner, draft.asset[wed])),
        asset=np.concatenate((draft.asset, draft.owner[wed])),
        low=np.concatenate((draft.low, draft.low[wed])),
        high=np.concatenate((draft.high, np.full_like(draft.high[wed], whole))),
        kind=np.concatenate((draft.kind, draft.kind[wed])),
        row=np.concatenate((draft.rows, draft.rows[wed])),
    )


def _classes(
    draft: _Draft, table: pa.Table, ids: pa.StringArray
) -> tuple[Integers, tuple[str, ...]]:
    """Give each class of an asset with several a slot; return their entities and names."""
    none = np.zeros(0, np.int64), ()
    if "share_class" not in table.column_names:
        return none
    coded = table["share_class"].combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    named = coded.dictionary.to_pylist()
    if not any(named):
        return none
    code = coded.indices.to_numpy()[draft.rows].astype(np.int64)
    if draft.kind is None:
        counted = np.arange(len(code))
    else:
        counted = np.flatnonzero(~TIE_KINDS[draft.kind] & (draft.kind != KINDS.index(SAME)))
    key = draft.asset[counted].astype(np.int64) * len(named) + code[counted]
    pairs = np.unique(key)
    several = np.bincount(pairs // len(named), minlength=len(ids)) > 1
    pairs = pairs[several[pairs // len(named)]]
    if not len(pairs):
        return none
    mine = several[draft.asset[counted]]
    draft.asset = draft.asset.copy()
    draft.asset[counted[mine]] = len(ids) + np.searchsorted(pairs, key[mine])
    return pairs // len(named), tuple(named[pair % len(named)] for pair in pairs.tolist())


def _doubt_repeats(draft: _Draft, table: pa.Table) -> Integers:
    """Make all but one of rows that are alike in everything possible only; return their slots.

    A register joined to itself tells of one holding twice; two equal parcels would differ in their
    dates or their class. Which it is the file does not say.
    """
    key = (draft.owner.astype(np.int64) << 32) | draft.asset
    ordered = np.sort(key)
    double = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(double):
        return np.zeros(0, np.int64)
    at = np.flatnonzero(np.isin(key, double))
    names = [n for n in (*table.column_names,) if n not in {"owner", "asset", "share_class", "how"}]
    rows = table.select(names).take(pa.array(draft.rows[at]))
    rows = rows.append_column("_key", pa.array(key[at])).append_column("_at", pa.array(at))
    groups = rows.group_by([*names, "_key"], use_threads=False).aggregate([("_at", "min")])
    extra = np.setdiff1d(at, groups["_at_min"].to_numpy(), assume_unique=True)
    draft.low = draft.low.copy()
    draft.low[extra] = 0
    if draft.kind is not None:
        extra = extra[~TIE_KINDS[draft.kind[extra]]]
    return np.unique(draft.asset[extra])


def _capped(
    draft: _Draft,
    ids: pa.StringArray,
    scale: int,
    told: tuple[Integers, tuple[str, ...], Integers],
) -> Shares:
    """Return the shares with each upper bound cut to what the others surely leave."""
    class_of, names, repeated = told
    slots = len(ids) + len(class_of)
    low, high = draft.low, draft.high
    total = added(draft.asset, low, slots)
    whole = 100 * 10**scale
    over = total > whole + int(ROUNDING_ALLOWED * 10**scale)
    if over.any():
        low = np.where(over[draft.asset], 0, low)
        total = np.where(over, 0, total)
    left = whole - (total[draft.asset] - low)
    high = np.where(draft.apart, np.minimum(high, whole), np.maximum(low, np.minimum(high, left)))
    entity = np.concatenate((np.arange(len(ids)), class_of))
    return Shares(
        ids=ids, owner=draft.owner, asset=draft.asset, low=low, high=high, kind=draft.kind,
        total_low=total, scale=scale, class_of=class_of, class_names=names, row=draft.row,
        contradicted=np.unique(entity[np.flatnonzero(over)]),
        repeated=np.unique(entity[repeated]),
    )  # fmt: skip


def added(slot: Integers, units: Integers, slots: int) -> Integers:
    """Return the units by slot, added up exactly.

    Source: see `Shares`.
    """
    total = np.zeros(slots, units.dtype)
    np.add.at(total, slot, units)
    return total
