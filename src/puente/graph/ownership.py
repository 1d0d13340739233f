"""The 50 percent rule: who is blocked because blocked persons own half of it, in the aggregate.

Source: OFAC, Revised Guidance on Entities Owned by Persons Whose Property and Interests in
    Property Are Blocked (13 August 2014); OFAC FAQ 398 to 402.
Limits: ownership, not control (FAQ 398): directors, signatories, voting agreements, spouses,
    trusts and nominees are no part of the sum. What was blocked once stays blocked until it is
    licensed or released (FAQ 402): ask for the day of the dealing, not only for today.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from puente.graph.delimited import read_ids, write_table
from puente.graph.ownership_fixpoint import reach
from puente.graph.ownership_holdings import (
    PERCENT,
    ROUNDING_ALLOWED,
    SCHEMA,
    Shares,
    holdings_table,
    read_holdings,
    shares_on,
)
from puente.graph.ownership_reasons import reasons
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date
    from pathlib import Path

    from puente.graph.ownership_fixpoint import Integers
    from puente.guard.view import View

__all__ = [
    "OwnershipResult",
    "blocked",
    "blocked_in",
    "holdings_table",
    "own_files",
    "ownership_table",
    "read_holdings",
]

Status = Literal["blocked", "possibly", "not"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipResult:
    """What the 50 percent rule says of one entity on one day.

    Attributes:
        entity: its id.
        status: `blocked` if listed, or surely owned 50 percent or more by blocked persons;
            `possibly` if unknown shares or dates leave room for it; else `not`.
        low, high: percent held by blocked owners, at least and at most, 0 to 100.
        listed: True where the entity is itself one of the seeds.
        because: the arithmetic, one line per owner and one for the sum, in the current language.

    Source: OFAC guidance of 13 August 2014; FAQ 399 (aggregate), 401 (indirect).
    """

    entity: str
    status: Status
    low: Decimal
    high: Decimal
    listed: bool
    because: tuple[str, ...]


def blocked(
    holdings: pa.Table, seeds: Collection[str], *, as_of: date
) -> tuple[OwnershipResult, ...]:
    """Return what the 50 percent rule says of every entity in `holdings` and every seed, by id.

    Shares of all blocked persons add up, whatever their program; the whole stake of a blocked
    entity counts, none of an entity that is not blocked. Cycles end: each entity is blocked once.

    Args:
        holdings: columns of `puente.graph.ownership_holdings.SCHEMA`.
        seeds: ids of persons on property-blocking lists; no other list belongs here.
        as_of: day of the holdings.

    Raises: InvalidData: a holding that cannot be, or one asset held above 100.5 percent.
    Source: OFAC guidance of 13 August 2014; FAQ 398 to 401.
    Limits: look-through shares (25 percent of a company that owns all of another) are another
        test and do not block: FAQ 401.
    """
    table = ownership_table(holdings, seeds, as_of=as_of)
    seeded = set(seeds)
    return tuple(
        OwnershipResult(
            entity=row["entity"],
            status=row["status"],
            low=_plain(row["low"]),
            high=_plain(row["high"]),
            listed=row["entity"] in seeded,
            because=tuple(row["because"]),
        )
        for row in table.to_pylist()
    )


def ownership_table(holdings: pa.Table, seeds: Collection[str], *, as_of: date) -> pa.Table:
    """Return the answers of `blocked` as a table: entity, status, low, high, because (a list).

    Low and high are exact decimals. For a million entities this is the form to use.

    Raises: InvalidData: see `blocked`.
    Source: see `blocked`.
    """
    shares = shares_on(holdings, seeds, as_of=as_of)
    listed = _is_in(shares.ids, seeds)
    found = reach(shares, listed)
    kinds = np.where(found.sure, 0, np.where(found.possible, 1, 2)).astype(np.int8)
    status = pa.DictionaryArray.from_arrays(
        pa.array(kinds), pa.array(["blocked", "possibly", "not"])
    )
    return pa.table(
        {
            "entity": shares.ids,
            "status": status.dictionary_decode(),
            "low": _decimals(found.low, shares),
            "high": _decimals(found.high, shares),
            "because": reasons(shares, listed, found),
        }
    )


def own_files(holdings: Path, seeds: Path, out: Path, *, as_of: date) -> dict[str, int]:
    """Write what the rule says of every entity in a holdings file; return how many of each status.

    Args:
        holdings: CSV `owner,asset,percent[,percent_max,from,to]`.
        seeds: CSV `id`: blocked persons, from property-blocking lists only.
        out: CSV `entity,status,low,high,because` to write; shares in percent.

    Raises: InvalidData: see `read_holdings`, `read_ids` and `blocked`.
    Source: see `blocked`.
    """
    table = ownership_table(read_holdings(holdings), read_ids(seeds), as_of=as_of)
    plain = {
        "entity": table["entity"],
        "status": table["status"],
        "low": pa.array([str(_plain(v)) for v in table["low"].to_pylist()]),
        "high": pa.array([str(_plain(v)) for v in table["high"].to_pylist()]),
        "because": pc.binary_join(table["because"], "; "),
    }
    write_table(pa.table(plain), out)
    counts = table["status"].value_counts().to_pylist()
    found = {row["values"]: int(row["counts"]) for row in counts}
    return {status: found.get(status, 0) for status in ("blocked", "possibly", "not")}


_HOLDINGS_ON = """
WITH exact AS (
  -- Three times 16.67 and once 49.99 must be 100: no binary fractions from here on.
  SELECT * REPLACE (percent::DECIMAL(18, 6) AS percent, percent_max::DECIMAL(18, 6) AS percent_max)
  FROM edges WHERE kind = 'Ownership'),
standing AS (
  SELECT source_id AS owner, target_id AS asset, sources,
    CASE WHEN (date_from = '' OR length(date_from) = 10 OR date_from || '~' < $day)
      AND (date_to = '' OR date_to >= $day) THEN percent ELSE 0 END AS least,
    coalesce(percent_max, percent) AS most
  FROM exact
  WHERE date_from <= $day AND (date_to = '' OR date_to || '~' >= $day)),
told AS (
  SELECT owner, asset, sources, sum(coalesce(least, 0)) AS least, bool_or(most IS NULL) AS unknown,
    CASE WHEN bool_or(most IS NULL) THEN NULL ELSE least(100, sum(most)) END AS most
  FROM standing GROUP BY ALL)
SELECT owner, asset, min(least) FILTER (NOT unknown) AS percent,
  max(most) FILTER (NOT unknown) AS percent_max
FROM told GROUP BY owner, asset ORDER BY owner, asset"""

_FITTING = """
SELECT entity_id AS record, cluster_id AS fits FROM undecided ORDER BY record, fits"""


def blocked_in(view: View, *, as_of: date) -> pa.Table:
    """Return the `ownership` artefact: the rule over the holdings and listed entities of a View.

    Holdings that one source tells apart (two classes of shares) add up; where sources differ on
    one holding it counts from the least to the most that any of them says. Where the shares of one
    asset still exceed 100 percent, each counts from 0 upwards. A record that fits a blocked person
    and another alike (`undecided`) is possibly blocked, and surely where all that it fits are
    listed. Both are said in the first lines of `because`. Entities that nobody blocked holds
    anything of are left out.

    Source: see `blocked`; seeds are entries of property-blocking lists only (31 CFR part 501).
    """
    told = view.sql(_HOLDINGS_ON, {"day": as_of.isoformat()})
    listed = set(
        view.sql("SELECT cluster_id FROM nodes WHERE blocked_list")["cluster_id"].to_pylist()
    )
    doubt = _doubt(view.sql(_FITTING).to_pylist(), listed)
    least, most = (pc.cast(told[n], PERCENT) for n in ("percent", "percent_max"))
    blank = pa.repeat(pa.scalar(""), told.num_rows)
    table, contradicted = _doubted(
        pa.table([told["owner"], told["asset"], least, most, blank, blank], schema=SCHEMA)
    )
    answer = ownership_table(
        pa.concat_tables([table, doubt.holdings]), listed | doubt.surely, as_of=as_of
    )
    open_ones = pa.array(sorted(doubt.possibly), pa.string())
    maybe = answer.filter(
        pc.and_(pc.equal(answer["status"], "possibly"), pc.is_in(answer["entity"], open_ones))
    )["entity"]
    unsure = told.filter(pc.is_in(told["owner"], maybe.combine_chunks()))["asset"].to_pylist()
    not_firms = doubt.possibly - set(told["asset"].to_pylist()) - listed
    touched = pc.or_(pc.not_equal(answer["status"], "not"), pc.greater(answer["high"], 0))
    hidden = pc.is_in(
        answer["entity"], pa.array(sorted(not_firms | doubt.surely - listed), pa.string())
    )
    answer = answer.filter(pc.and_(touched, pc.invert(hidden)))
    over = _("sources contradict each other: the shares held add up to more than 100 percent")
    either = _("a record fits a blocked person and another alike: which of them was not decided")
    notes = ((contradicted, over), (frozenset(unsure), either))
    because = [
        json.dumps([*(note for whom, note in notes if entity in whom), *lines], ensure_ascii=False)
        for entity, lines in zip(
            answer["entity"].to_pylist(), answer["because"].to_pylist(), strict=True
        )
    ]
    return pa.table(
        {
            "entity": answer["entity"],
            "status": answer["status"],
            "low": pc.cast(answer["low"], pa.float64()),
            "high": pc.cast(answer["high"], pa.float64()),
            "because": pa.array(because, pa.string()),
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Doubt:
    """What records that fit two entities alike mean for the rule.

    Attributes:
        holdings: for each such record and what it may be, one "holds 0 to 100 percent": so its own
            holdings count once, and possibly, whoever of them is blocked and by whatever chain.
        possibly: records and entities at the far end of one of these.
        surely: records of which all that they fit are listed.
    """

    holdings: pa.Table
    possibly: frozenset[str]
    surely: frozenset[str]


def _doubt(pairs: list[dict[str, str]], listed: Collection[str]) -> _Doubt:
    fits: dict[str, set[str]] = {}
    for pair in pairs:
        fits.setdefault(pair["record"], set()).add(pair["fits"])
    surely = frozenset(r for r, those in fits.items() if those <= set(listed))
    # A listed entry that fits two people alike makes either of them possibly the listed one. The
    # other way round it says nothing: that a record may be either makes neither of them the other.
    ends = sorted(
        (one, record) if record not in listed else (record, one)
        for record, those in fits.items() if record not in surely for one in those
    )  # fmt: skip
    size = len(ends)
    nothing, whole = (pa.array([Decimal(n)] * size, PERCENT) for n in (0, 100))
    blank = pa.array([""] * size, pa.string())
    owners, assets = (pa.array([end[side] for end in ends], pa.string()) for side in (0, 1))
    table = pa.table([owners, assets, nothing, whole, blank, blank], schema=SCHEMA)
    return _Doubt(
        holdings=table, possibly=frozenset(asset for _owner, asset in ends), surely=surely
    )


def _is_in(ids: pa.StringArray, seeds: Collection[str]) -> Integers:
    seed_array = pa.array(sorted(set(seeds)), pa.string())
    found: Integers = pc.is_in(ids, seed_array).to_numpy(zero_copy_only=False)
    return found


def _decimals(units: Integers, shares: Shares) -> pa.Array:
    """Return units as exact percent; a sum just above 100 by rounding is shown as it is."""
    wide = pa.decimal128(38, shares.scale)
    if units.dtype == object:
        return pa.array([Decimal(int(u)).scaleb(-shares.scale) for u in units], wide)
    words = np.zeros(2 * len(units), np.int64)
    words[::2] = units
    return pa.Array.from_buffers(wide, len(units), [None, pa.py_buffer(words)])


def _plain(value: Decimal) -> Decimal:
    return value.quantize(Decimal(1)) if value == value.to_integral() else value.normalize()


def _doubted(table: pa.Table) -> tuple[pa.Table, frozenset[str]]:
    """Return the table with the shares of over-held assets made intervals from 0, and the assets.

    A file that an investigator hands in is refused instead; here the contradiction lies between
    official sources, and one of them must not stop the whole build.
    """
    sums = table.group_by("asset").aggregate([("percent", "sum")])
    most = pa.scalar(100 + ROUNDING_ALLOWED)
    over = sums.filter(pc.greater(sums["percent_sum"], most))["asset"]
    if not len(over):
        return table, frozenset()
    among = pc.is_in(table["asset"], over.combine_chunks())
    doubted = pc.and_(among, pc.is_valid(table["percent"]))
    least = pc.if_else(doubted, pa.scalar(Decimal(0), PERCENT), table["percent"])
    return table.set_column(2, "percent", least), frozenset(over.to_pylist())
