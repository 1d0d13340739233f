"""Who holds how much of what: tables and files of holdings, each checked before it is used."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from puente.errors import InvalidData
from puente.graph.delimited import lines_of_rows, read_columns
from puente.graph.ownership_kinds import KINDS, kind_of
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

PERCENT = pa.decimal128(18, 15)
"""A percentage as nearly all files write it. Up to 100 it fits 64 bits, so sums are fast."""
FINE_PERCENT = pa.decimal128(33, 30)
"""A percentage with more decimals, as binary fractions written out have; slower, as exact."""

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
"""The columns of a table of holdings. Null percent: not known. Dates: see `Holding`."""
EXTRA = ("kind", "share_class", "how")
"""Text columns that a table may have besides: see `Holding`. Missing ones are all ""."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One interest of one party in another.

    Attributes:
        owner, asset: entity ids.
        percent: percent of the asset held, 0 to 100; None where it is not known. With
            `percent_max`, the least it can be.
        percent_max: the most it can be; None where `percent` is exact or nothing is known.
        date_from, date_to: first and last day of the holding, ISO; where the day is not known a
            month, a year or a span (`2019/2021`); "" where open.
        kind: one of `puente.graph.ownership_kinds.KINDS`; "" for shares.
        share_class: class of shares that `percent` is a percentage of, e.g. `votes`; "" if all.
        how: the source's own word for the interest, e.g. `boardMember`.

    Source: FollowTheMoney `Ownership` (owner, asset, percentage); OFAC, Revised Guidance on
        Entities Owned by Persons Whose Property Is Blocked (13 August 2014).
    """

    owner: str
    asset: str
    percent: Decimal | None
    percent_max: Decimal | None = None
    date_from: str = ""
    date_to: str = ""
    kind: str = ""
    share_class: str = ""
    how: str = ""


def holdings_table(holdings: Iterable[Holding]) -> pa.Table:
    """Return `holdings` as the table that `puente.graph.ownership.blocked` takes.

    Raises: InvalidData: a percentage of more than 30 decimals, or of 1,000 and more.
    Source: see `Holding`.
    """
    held = list(holdings)
    columns: dict[str, pa.Array] = {}
    for name in (*SCHEMA.names, *EXTRA):
        values = [getattr(h, name) for h in held]
        columns[name] = _percents(values) if name in _PERCENTS else pa.array(values, pa.string())
    return pa.table(columns)


_PERCENTS = ("percent", "percent_max")


def _percents(values: Sequence[Decimal | None]) -> pa.Array:
    for kind in (PERCENT, FINE_PERCENT):
        try:
            return pa.array(values, kind)
        except pa.ArrowInvalid:
            continue
    raise InvalidData(_("a percentage that is no number from 0 to 100"))


def read_holdings(path: Path) -> pa.Table:
    """Return the holdings of a CSV file `owner,asset,percent[,percent_max,from,to,kind,class]`.

    An empty percent is "not known"; the file is refused whole rather than answered in part, since
    a legal answer on part of the holdings would be wrong without saying so.

    Raises: InvalidData: with file, line and reason: a malformed file, an empty id, a percentage
        that is no number from 0 to 100 with at most 30 decimals, a maximum below the minimum, a
        date that is none, an end before the start, an unknown kind.
    Source: see `Holding`.
    """
    optional = ("percent_max", "from", "to", "kind", "class")
    raw = read_columns(path, ("owner", "asset", "percent"), optional)

    def refuse(row: int, reason: str) -> InvalidData:
        return InvalidData(reason, file=path, line=lines_of_rows(path, [row])[row])

    for name in ("owner", "asset"):
        row = _first(pc.equal(raw[name], ""))
        if row is not None:
            raise refuse(row, _("no {column}").format(column=name))
    columns = {"owner": raw["owner"], "asset": raw["asset"]}
    for name in _PERCENTS:
        columns[name], row = _as_percent(raw[name])
        if row is not None:
            reason = _("{column} is no number from 0 to 100 with a decimal point: {value}")
            value = raw[name][row].as_py()[:40]
            raise refuse(row, reason.format(column=name, value=repr(value)))
    columns["date_from"], columns["date_to"] = raw["from"], raw["to"]
    columns["share_class"] = raw["class"]
    written = {word: _kind(word) for word in pc.unique(raw["kind"]).to_pylist()}
    for word, kind in written.items():
        if isinstance(kind, InvalidData):
            raise refuse(pc.index(raw["kind"], word).as_py(), kind.reason)
    columns["kind"] = _replaced(raw["kind"], {w: str(kind) for w, kind in written.items()})
    columns["how"] = raw["kind"]
    table = pa.table(columns)
    for row, reason in _faults(table):
        raise refuse(row, reason)
    return table


def _kind(word: str) -> str | InvalidData:
    try:
        return kind_of(word)
    except InvalidData as error:
        return error


def _replaced(column: pa.ChunkedArray, by: dict[str, str]) -> pa.Array:
    words, kinds = pa.array(list(by), pa.string()), pa.array(list(by.values()), pa.string())
    return pc.take(kinds, pc.index_in(column, words)).combine_chunks()


def _as_percent(text: pa.ChunkedArray) -> tuple[pa.ChunkedArray, int | None]:
    """Return the percentages, or the row of the first that is none."""
    filled = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
    for kind in (PERCENT, FINE_PERCENT):
        try:
            return pc.cast(filled, kind), None
        except pa.ArrowInvalid:
            continue
    for row, value in enumerate(filled.to_pylist()):
        try:
            pc.cast(pa.array([value], pa.string()), FINE_PERCENT)
        except pa.ArrowInvalid:
            return filled, row
    return filled, None


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


def _first(mask: pa.ChunkedArray) -> int | None:
    found = pc.index(mask, pa.scalar(value=True)).as_py()
    return None if found < 0 else int(found)


_ISO = re.compile(r"[0-9]{4}(?:-[0-9]{2}){0,2}\Z")


def _faults(table: pa.Table) -> Iterator[tuple[int, str]]:
    """Give the first row and reason of each kind of fault in a table of holdings."""
    low, high = table["percent"], table["percent_max"]
    begin, end = table["date_from"], table["date_to"]
    checks = [
        (_outside(low), _("the percentage is outside 0 to 100")),
        (_outside(high), _("the greatest percentage is outside 0 to 100")),
        (pc.less(high, low), _("the greatest percentage is below the least")),
        (pa.array(~by_text(begin, _is_date)), _("the start is no ISO date")),
        (pa.array(~by_text(end, _is_date)), _("the end is no ISO date")),
    ]
    if pc.any(pc.not_equal(end, "")).as_py():
        checks.append((reversed_dates(begin, end), _("the holding ends before it begins")))
    if "kind" in table.column_names:
        known = pc.is_in(table["kind"], pa.array(KINDS, pa.string()))
        checks.append((pc.invert(known), _("the holding is of an unknown kind")))
    for mask, reason in checks:
        row = _first(pc.fill_null(mask, fill_value=False))
        if row is not None:
            yield row, reason


def _outside(column: pa.ChunkedArray) -> pa.ChunkedArray:
    zero, hundred = (pa.scalar(Decimal(n), column.type) for n in (0, 100))
    return pc.or_(pc.less(column, zero), pc.greater(column, hundred))


def _is_date(text: str) -> bool:
    """Return True for an ISO day, month or year, two of them, or no text; 30 February is none."""
    if not text:
        return True
    first, last = span_of(text)
    if not _ISO.match(first) or not _ISO.match(last) or last + "~" < first:
        return False
    try:
        for part in (first, last):
            date.fromisoformat(part + "-01-01"[len(part) - 4 :])
    except ValueError:
        return False
    return True


def span_of(text: str) -> tuple[str, str]:
    """Return between which two dates one lies: itself twice, unless it is written as a span.

    Source: ISO 8601-1, 5.5: an interval is written `start/end`.
    """
    first, slash, last = text.partition("/")
    return first, last if slash else first


def reversed_dates(begin: pa.ChunkedArray, end: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return, per row, whether a holding ends before it begins, however its dates are read.

    Source: not a rule: "~" sorts behind all that a partial date leaves open.
    """
    late = pc.binary_join_element_wise(pc.replace_substring_regex(end, ".*/", ""), "~", "")
    early = pc.replace_substring_regex(begin, "/.*", "")
    return pc.and_(pc.not_equal(end, ""), pc.less(late, early))


def by_text(column: pa.ChunkedArray, test: Callable[[str], bool]) -> np.ndarray[Any, Any]:
    """Return what `test` says of each text of a column, asked once for each distinct one.

    Source: not a rule: registers of a million rows know a few thousand dates.
    """
    coded = column.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    told = np.array([test(text) for text in coded.dictionary.to_pylist()], bool)
    passed: np.ndarray[Any, Any] = told[coded.indices.to_numpy()]
    return passed
