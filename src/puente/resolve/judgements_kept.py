"""Judged pairs as the ledger keeps them: chains of signed entries, one for each pair."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from puente.errors import Conflict, NotAllowed
from puente.guard.chains import Fault, Form, Scribe, read_entries
from puente.i18n import gettext as _
from puente.resolve.judgements import (
    NOT,
    SAME,
    UNSURE,
    Given,
    Judgement,
    check_fits,
    given_in,
    in_order,
    pair_id,
    standing_of,
)
from puente.resolve.ledger_tables import ENTRIES, PAIRS, TURN
from puente.store.ledger import reading, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from sqlalchemy import Connection, Engine, Row

    from puente.guard.chains import Entry
    from puente.guard.seal import Sealer

_log = logging.getLogger(__name__)

_FORM = Form(name="judged pair", of="pair")
_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A pair of records and all that was judged of it, oldest first.

    Attributes:
        faults: what is wrong with its entries; nothing is made of a pair with any.
    """

    id: str
    left: str
    right: str
    entries: tuple[Entry, ...]
    given: tuple[Given, ...]
    faults: tuple[Fault, ...] = ()

    @property
    def standing(self) -> Given | None:
        """Return the judgement that stands."""
        return standing_of(self.given)

    @property
    def waiting(self) -> Given | None:
        """Return the last judgement, where it waits for a second person."""
        return self.given[-1] if self.given and self.given[-1].waits else None

    def as_json(self) -> dict[str, object]:
        """Return it as JSON."""
        stands = self.standing
        return {
            "left": self.left,
            "right": self.right,
            "stands": stands.outcome if stands else "",
            "waits": self.waiting is not None,
            "altered": bool(self.faults),
            "judgements": [one.as_json() for one in self.given],
        }


def read_pairs(
    engine: Engine, sealer: Sealer, records: Collection[str] | None = None
) -> tuple[Pair, ...]:
    """Return the judged pairs, by their records, every signature checked.

    Args:
        records: only pairs of which one record is among these; None is all.

    Cost: one signature, about 0.1 ms, for each entry.
    """
    wanted = [None] if records is None else sorted(records)
    found: dict[str, Pair] = {}
    with reading(engine) as connection:
        for at in range(0, len(wanted), _AT_ONCE):
            held, kept = select(PAIRS), select(ENTRIES)
            if records is not None:
                part = wanted[at : at + _AT_ONCE]
                here = PAIRS.c.left_id.in_(part) | PAIRS.c.right_id.in_(part)
                held = held.where(here)
                kept = kept.where(ENTRIES.c.pair.in_(select(PAIRS.c.id).where(here)))
            rows = connection.execute(kept.order_by(ENTRIES.c.pair, ENTRIES.c.number)).all()
            by_pair = {name: list(each) for name, each in groupby(rows, key=lambda row: row.pair)}
            for row in connection.execute(held).all():
                found[row.id] = _pair(row, by_pair.get(row.id, []), sealer)
    return tuple(sorted(found.values(), key=lambda pair: (pair.left, pair.right)))


def standing_judgements(engine: Engine, sealer: Sealer) -> tuple[tuple[Judgement, ...], int]:
    """Return what stands, and how many pairs were left out because their entries were altered."""
    pairs = read_pairs(engine, sealer)
    altered = sum(bool(pair.faults) for pair in pairs)
    if altered:
        _log.warning("judged pairs left out, altered count=%d", altered)
    found = [
        Judgement(left=pair.left, right=pair.right, outcome=pair.standing.outcome)
        for pair in pairs
        if not pair.faults and pair.standing is not None
    ]
    return tuple(one for one in found if one.outcome != UNSURE), altered


def _pair(row: Row[Any], rows: Sequence[Row[Any]], sealer: Sealer) -> Pair:
    left, right = row.left_id, row.right_id
    entries, faults = read_entries(_FORM, row.id, rows, sealer)
    if row.entries != len(rows):
        faults = (*faults, Fault(kind="count", number=row.entries))
    about = {(entry.body["left"], entry.body["right"]) for entry in entries}
    if row.id != pair_id(left, right) or about - {(left, right)}:
        faults = (*faults, Fault(kind="altered", number=1))
    given = () if faults else given_in(entries)
    stands = standing_of(given)
    if not faults and row.stands != (stands.outcome if stands else ""):
        faults = (Fault(kind="altered", number=len(entries)),)
    return Pair(id=row.id, left=left, right=right, entries=entries, given=given, faults=faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand(Scribe):
    """Adds entries to pairs."""

    form = _FORM

    def add(
        self,
        records: tuple[str, str],
        deed: str,
        make: Callable[[Pair], tuple[str, Mapping[str, object]]],
    ) -> Entry:
        """Add an entry to a pair, as it stands at that moment.

        Args:
            records: the two record keys, in any order.
            deed: what the log calls it.
            make: is handed the pair, which nobody else can add to meanwhile; gives the kind and
                body of the entry.

        Raises:
            NotAllowed: `make` refuses; the refusal stands in the log.
            Conflict: the pair was altered, or what would stand contradicts what stands.
        """
        left, right = in_order(*records)
        name = pair_id(left, right)
        try:
            with writing(self.guard.audit.engine) as connection:
                connection.execute(update(TURN).values(taken=TURN.c.taken + 1))
                pair = self._held(connection, name, left, right)
                kind, body = make(pair)
                body = {"left": left, "right": right, **body}
                entry = self.sign(name, pair.entries, kind, body)
                stands = standing_of(given_in((*pair.entries, entry)))
                outcome = stands.outcome if stands else ""
                if stands and outcome in {SAME, NOT} and stands != pair.standing:
                    new = Judgement(left=left, right=right, outcome=outcome)
                    check_fits(_all_standing(connection), new)
                self._keep(connection, entry, name, outcome)
        except NotAllowed as refused:
            self.log_refusal(name, deed, refused.rule)
            raise
        self.log(name, entry, deed)
        return entry

    def _held(self, connection: Connection, name: str, left: str, right: str) -> Pair:
        row = connection.execute(select(PAIRS).where(PAIRS.c.id == name)).one_or_none()
        if row is None:
            values = {"id": name, "left_id": left, "right_id": right, "entries": 0, "stands": ""}
            connection.execute(insert(PAIRS).values(**values))
            return Pair(id=name, left=left, right=right, entries=(), given=())
        query = select(ENTRIES).where(ENTRIES.c.pair == name).order_by(ENTRIES.c.number)
        pair = _pair(row, connection.execute(query).all(), self.guard.audit.sealer)
        if pair.faults:
            raise Conflict(
                _("what was judged of {left} and {right} was altered: {fault}").format(
                    left=left, right=right, fault=pair.faults[0]
                )
            )
        return pair

    def _keep(self, connection: Connection, entry: Entry, name: str, outcome: str) -> None:
        row = {"number": entry.number, "content": entry.content}
        signature = bytes.fromhex(entry.signature)
        connection.execute(insert(ENTRIES).values(pair=name, signature=signature, **row))
        held = update(PAIRS).where(PAIRS.c.id == name)
        connection.execute(held.values(entries=entry.number, stands=outcome))


def _all_standing(connection: Connection) -> list[Judgement]:
    query = select(PAIRS.c.left_id, PAIRS.c.right_id, PAIRS.c.stands).where(PAIRS.c.stands != "")
    rows = connection.execute(query)
    return [Judgement(left=left, right=right, outcome=told) for left, right, told in rows]
