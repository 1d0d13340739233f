"""The 50 percent rule: who is blocked because blocked persons own half of it, in the aggregate.

Source: OFAC, Revised Guidance on Entities Owned by Persons Whose Property and Interests in
    Property Are Blocked (13 August 2014); OFAC FAQ 398 to 402.
Limits: ownership, not control (FAQ 398): directors, signatories and votes are told beside the sum
    and never in it. Trusts, nominees and spouses leave a case open. What was blocked once stays
    blocked until it is licensed or released (FAQ 402): `ownership_history` tells since when not.
    How much of an entity is a listed person's in the end is another test: `look_through`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from puente.graph.ownership_controllers import controllers_of
from puente.graph.ownership_holdings import holdings_table, read_holdings
from puente.graph.ownership_lake import blocked_in
from puente.graph.ownership_ruling import rule_on
from puente.graph.ownership_shares import plain
from puente.graph.ownership_tables import ownership_table

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date
    from decimal import Decimal

    import pyarrow as pa

    from puente.graph.ownership_controllers import Controller

__all__ = [
    "OwnershipResult",
    "blocked",
    "blocked_in",
    "holdings_table",
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
            `possibly` if unknown shares, dates or the kind of interest leave room for it; else
            `not`.
        low, high: percent held by blocked owners, at least and at most, 0 to 100.
        listed: True where the entity is itself one of the seeds.
        because: the arithmetic, one line per owner and one for the sum, in the current language.
        controlled_by: who controls it by other means; never a reason for `status`.

    Source: OFAC guidance of 13 August 2014; FAQ 399 (aggregate), 401 (indirect).
    """

    entity: str
    status: Status
    low: Decimal
    high: Decimal
    listed: bool
    because: tuple[str, ...]
    controlled_by: tuple[Controller, ...] = ()


def blocked(
    holdings: pa.Table, seeds: Collection[str], *, as_of: date
) -> tuple[OwnershipResult, ...]:
    """Return what the 50 percent rule says of every entity in `holdings` and every seed, by id.

    Shares of all blocked persons add up, whatever their program; the whole stake of a blocked
    entity counts, none of an entity that is not blocked. Cycles end: each entity is blocked once.

    Args:
        holdings: columns of `puente.graph.ownership_holdings.SCHEMA`, and of `EXTRA` if need be.
        seeds: ids of persons on property-blocking lists; no other list belongs here.
        as_of: day of the holdings.

    Raises: InvalidData: a holding that cannot be.
    Source: OFAC guidance of 13 August 2014; FAQ 398 to 401.
    Limits: look-through shares (25 percent of a company that owns all of another) are another
        test and do not block: FAQ 401.
    """
    ruling = rule_on(holdings, seeds, as_of=as_of)
    controllers = controllers_of(ruling)
    return tuple(
        OwnershipResult(
            entity=row["entity"],
            status=row["status"],
            low=plain(row["low"]),
            high=plain(row["high"]),
            listed=bool(ruling.listed[node]),
            because=tuple(row["because"]),
            controlled_by=controllers.get(node, ()),
        )
        for node, row in enumerate(ownership_table(ruling).to_pylist())
    )
