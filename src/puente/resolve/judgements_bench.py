"""The bench: where one person judges pairs of records, for one purpose, under the policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import Conflict, InvalidData, NotAllowed, NotFound
from puente.guard.policy import refusal
from puente.i18n import gettext as _
from puente.resolve.judgements import (
    JUDGEMENT,
    OUTCOMES,
    SECOND,
    UNDONE,
    in_order,
    said,
)
from puente.resolve.judgements_kept import Hand, Pair, read_pairs
from puente.resolve.records import SCHEMATA
from puente.store.cells import Cell

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from puente.guard.actors import Actor, Purpose
    from puente.guard.gate import Guard
    from puente.guard.view import View

JUDGE, ALONE, SECOND_EYE = "judge_link", "judge_link_alone", "second_link"
"""Deeds that the policy is asked about."""

TWO_PERSONS = "a-link-is-judged-by-two-persons"
"""The rule that refuses whoever would be their own second person."""

_RECORDS = """
SELECT entity_id, source, record_class, marking, agency, schema
FROM statements WHERE entity_id IN (SELECT unnest(?)) GROUP BY ALL ORDER BY ALL"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Judging as one person may, for one purpose; every deed is decided and logged.

    Attributes:
        view: of the current build: whoever judges two records may see them.
    """

    guard: Guard
    actor: Actor
    purpose: Purpose
    view: View

    def judge(self, one: str, other: str, outcome: str, reasons: str) -> Pair:
        """Judge a pair of records; it stands at once, or waits for a second person.

        Args:
            one, other: record keys, in any order.
            outcome: one of `puente.resolve.judgements.OUTCOMES`.

        Raises:
            NotAllowed: the policy refuses it.
            NotFound: there is no such record that this person may see.
            InvalidData: no reasons, no such outcome, or records of different kinds.
            Conflict: it contradicts what stands; the chain is shown.
        """
        if outcome not in OUTCOMES:
            raise InvalidData(
                _("no outcome {name!r}; one of {known}").format(
                    name=outcome, known=", ".join(OUTCOMES)
                )
            )
        left, right = in_order(one, other)
        cells = self._cells(left, right)
        self._require(JUDGE, cells, (left, right))
        body = {
            "outcome": outcome,
            "reasons": said(reasons),
            "needs_second": not self._permits(ALONE, cells),
            "build": self.view.snapshot.id,
        }
        self._hand.add((left, right), JUDGE, lambda _pair: (JUDGEMENT, body))
        return self.pair(left, right)

    def judge_many(
        self, pairs: Iterable[tuple[str, str]], outcome: str, reasons: str
    ) -> tuple[Pair, ...]:
        """Judge several pairs alike, for one reason; the first that is refused ends it."""
        return tuple(self.judge(one, other, outcome, reasons) for one, other in pairs)

    def second(self, one: str, other: str, *, agrees: bool, reasons: str) -> Pair:
        """Agree, as the second person, with the judgement that waits, or do not.

        Raises: as `judge`; NotAllowed also: the person gave the judgement. Conflict: none waits.
        """
        left, right = in_order(one, other)
        self._require(SECOND_EYE, self._cells(left, right), (left, right))
        why, me = said(reasons), self.actor.name

        def make(pair: Pair) -> tuple[str, Mapping[str, object]]:
            waiting = pair.waiting
            if waiting is None:
                raise Conflict(_("no judgement of this pair waits for a second person"))
            if waiting.by == me:
                raise NotAllowed(
                    _("this link is judged by two persons: the second is another one"),
                    rule=TWO_PERSONS,
                )
            return SECOND, {"judgement": waiting.number, "agrees": agrees, "reasons": why}

        self._hand.add((left, right), SECOND_EYE, make)
        return self.pair(left, right)

    def undo(self, one: str, other: str, reasons: str) -> Pair:
        """Undo the last judgement of a pair; the one before it stands again.

        Raises: as `judge`; Conflict also: there is none, or the one before contradicts now.
        """
        left, right = in_order(one, other)
        self._require(JUDGE, self._cells(left, right), (left, right))
        why = said(reasons)

        def make(pair: Pair) -> tuple[str, Mapping[str, object]]:
            last = pair.waiting or pair.standing
            if last is None:
                raise Conflict(_("nothing is judged of this pair"))
            return UNDONE, {"judgement": last.number, "reasons": why}

        self._hand.add((left, right), JUDGE, make)
        return self.pair(left, right)

    def pair(self, one: str, other: str) -> Pair:
        """Return a judged pair.

        Raises: NotFound: nothing was judged of it.
        """
        left, right = in_order(one, other)
        for pair in self.pairs([left]):
            if (pair.left, pair.right) == (left, right):
                return pair
        raise NotFound(_("nothing is judged of this pair"))

    def pairs(self, records: Collection[str] | None = None) -> tuple[Pair, ...]:
        """Return the judged pairs of which this person may see both records; one look in the log.

        Args:
            records: only pairs of which one record is among these; None is all.
        """
        audit = self.guard.audit
        held = read_pairs(audit.engine, audit.sealer, records)
        seen = self._seen({key for pair in held for key in (pair.left, pair.right)})
        found = tuple(pair for pair in held if pair.left in seen and pair.right in seen)
        ids = {key for pair in found for key in (pair.left, pair.right)}
        self.view.record("look", sorted(ids))
        return found

    def require_pair(self, one: str, other: str) -> None:
        """Pass if this person may judge a pair of records. Raises: as `judge`."""
        left, right = in_order(one, other)
        self._require(JUDGE, self._cells(left, right), (left, right))

    def require_house(self) -> None:
        """Pass if this person may judge anything at all. Raises: NotAllowed: they may not."""
        anything = Cell(source="", record_class="public_list", marking="TLP:CLEAR", agency="")
        self._require(JUDGE, [anything], ())

    @property
    def _hand(self) -> Hand:
        return Hand(guard=self.guard, actor=self.actor, purpose=self.purpose)

    def _seen(self, records: Collection[str]) -> frozenset[str]:
        if not records:
            return frozenset()
        query = "SELECT DISTINCT entity_id FROM statements WHERE entity_id IN (SELECT unnest(?))"
        return frozenset(self.view.sql(query, (sorted(records),))["entity_id"].to_pylist())

    def _cells(self, left: str, right: str) -> tuple[Cell, ...]:
        """Return the cells of two records of one kind that this person may see."""
        rows = self.view.sql(_RECORDS, ([left, right],)).to_pylist()
        kinds: dict[str, set[str]] = {}
        cells = set()
        for row in rows:
            schema = row.pop("schema")
            held = kinds.setdefault(row.pop("entity_id"), set())
            held |= {kind for kind, schemata in SCHEMATA.items() if schema in schemata}
            cells.add(Cell(**row))
        for key in (left, right):
            if key not in kinds:
                raise NotFound(
                    _("there is no record of {entity!r} that you may see").format(entity=key),
                    entity=key,
                )
        if not kinds[left] & kinds[right]:
            raise InvalidData(_("the two records are of different kinds of thing"))
        return tuple(sorted(cells))

    def _permits(self, deed: str, cells: Iterable[Cell]) -> bool:
        answers = self.guard.policy.decide_cells(self.actor, self.purpose, deed, cells)
        return all(answer.allowed for answer in answers.values())

    def _require(self, deed: str, cells: Iterable[Cell], ids: Iterable[str]) -> None:
        answers = self.guard.policy.decide_cells(self.actor, self.purpose, deed, cells)
        refused = [answer for answer in answers.values() if not answer.allowed]
        if refused:
            audit = self.guard.audit
            audit.record(self.actor, self.purpose, deed, ids=ids, decision=refused[0])
            audit.flush()
            raise refusal(refused[0], self.actor, self.purpose, deed)
