"""The queue of alerts: those of the build's own entities, and those of customer files.

An alert is one that was asked about, and one listed entry it may be. Its state is worked out each
time from what there is to see now and what was decided, so that it can never be out of date.

Source: Wolfsberg Group, Guidance on Sanctions Screening (2019), on alert handling.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from puente.errors import Conflict, NotFound
from puente.guard.policy import refusal
from puente.i18n import gettext as _
from puente.screen.alerts import (
    ALERT,
    RECORDS,
    Alert,
    Matter,
    alert_of_customer,
    alert_of_decision,
    alert_of_row,
)
from puente.screen.decisions import (
    STATES,
    check_undecided,
    draft_decision,
    draft_reopening,
    draft_second,
    standing,
)
from puente.screen.journal import Head, Pen, check_whole, read_threads
from puente.screen.match import METHOD
from puente.screen.tables import ALERTS
from puente.store.cells import Cell
from puente.store.ledger import reading

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from puente.guard.actors import Actor, Purpose
    from puente.guard.gate import Guard
    from puente.guard.view import View
    from puente.screen.grounds import Grounds
    from puente.screen.journal import Thread

JUDGE, SECOND_EYE = "judge_alert", "second_alert"
"""Deeds that the policy is asked about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDesk:
    """The queue as one person may see it for one purpose; every deed is decided and logged.

    Attributes:
        view: of the current build; None where there is none that this person may see.

    Source: see the module.
    """

    guard: Guard
    actor: Actor
    purpose: Purpose
    view: View | None

    @property
    def pen(self) -> Pen:
        """Return what this person's entries are made with."""
        return Pen(guard=self.guard, actor=self.actor, purpose=self.purpose)

    def matters(self, *, entries: Collection[str] | None = None) -> tuple[Matter, ...]:
        """Return every alert that this person may see, the most pressing first; no look is logged.

        Args:
            entries: only those on these listed entries; None is all.

        Raises: NotAllowed: this person may see none, whatever there is.
        Cost: one signature, about 0.1 ms, a decision; 10 us an alert.
        """
        self._may(JUDGE)
        engine, sealer = self.guard.audit.engine, self.guard.audit.sealer
        threads = read_threads(engine, sealer, kinds=(ALERT,), entries=entries)
        raised = [*self._in_build(entries), *self._of_customers(entries)]
        seen = self._seen(raised)
        by_key = self._by_key(threads.values())
        found = [
            Matter(alert=self._named(a, by_key), standing=standing(held, _now(a)), threads=held)
            for a in seen
            for held in [by_key.pop((a.book, a.subject, a.entry), ())]
        ]
        found += self._ended(by_key)
        order = list(STATES)
        verdicts = ("same", "possible")
        return tuple(
            sorted(
                found,
                key=lambda m: (
                    order.index(m.state),
                    verdicts.index(m.alert.grounds.verdict)
                    if m.alert.grounds.verdict in verdicts
                    else len(verdicts),
                    -m.alert.score,
                    m.alert.id,
                ),
            )
        )

    def matter(self, name: str) -> Matter:
        """Return one alert; one look in the log.

        Raises: NotFound: there is none that this person may see.
        """
        for held in self.matters():
            if name in {held.alert.id, *(thread.id for thread in held.threads)}:
                self.log("look", [held.alert])
                return held
        raise NotFound(_("there is no alert {name} that you may see").format(name=name))

    def decide(
        self,
        name: str,
        outcome: str,
        reasons: str,
        *,
        rests_on: Collection[str] = (),
        seen: str = "",
    ) -> Matter:
        """Decide on an alert; it then waits for a second person, unless it cannot be told yet.

        Args:
            rests_on: parts that the decision rests on; none is all of them.
            seen: fingerprint of what the person looked at; "" where nothing was shown before.

        Raises:
            NotAllowed: the policy refuses it.
            Conflict: a decision stands or waits, or what the person saw has changed.
            InvalidData: no reasons, no such outcome.
        """
        held = self._judged(name, JUDGE, seen)
        grounds = held.alert.grounds
        where = {"method": METHOD, "where": held.alert.raised, "list": held.alert.list,
                 "name": held.alert.name, "listed_name": held.alert.listed_name,
                 "schema": held.alert.schema, "score": str(held.alert.score),
                 "cells": [list(astuple(cell)) for cell in held.alert.cells],
                 "settles": [t.id for t in held.threads if t.id != held.alert.id]}  # fmt: skip
        draft = draft_decision(outcome, reasons, grounds, rests_on, where)
        check_undecided(held.standing)
        if not held.threads:
            head = Head(
                kind=ALERT,
                id=held.alert.id,
                book=held.alert.book,
                subject=held.alert.subject,
                entry=held.alert.entry,
            )
            self.pen.begin(head, JUDGE, draft)
            return self.matter(held.alert.id)

        def make(thread: Thread) -> tuple[str, Mapping[str, object]]:
            others = tuple(t for t in held.threads if t.id != thread.id)
            check_undecided(standing((*others, thread), grounds))
            return draft

        self.pen.append(held.alert.id, JUDGE, make)
        return self.matter(held.alert.id)

    def second(self, name: str, reasons: str, *, agrees: bool, seen: str = "") -> Matter:
        """Agree with a decision as its second person, or send the alert back.

        Raises: as `decide`; NotAllowed also: the person made the decision.
        """
        held = self._judged(name, SECOND_EYE, seen)
        decision = held.standing.decision
        if agrees and decision is not None and any(c.reopens for c in held.standing.changes):
            raise Conflict(_("what the decision stands on has changed; it is to be decided anew"))
        thread = decision.thread if decision else held.alert.id
        me = self.actor.name
        self.pen.append(
            thread, SECOND_EYE, lambda t: draft_second(t, me, agrees=agrees, reasons=reasons)
        )
        return self.matter(held.alert.id)

    def reopen(self, name: str, reasons: str) -> Matter:
        """Open a decided alert again; what was decided stays on record.

        Raises: as `decide`; Conflict: no decision stands.
        """
        held = self._judged(name, JUDGE, "")
        decision = held.standing.decision
        thread = decision.thread if decision else held.alert.id
        if decision is None:
            raise Conflict(_("no decision stands here"))
        self.pen.append(thread, JUDGE, lambda found: draft_reopening(found, reasons))
        return self.matter(held.alert.id)

    def log(self, action: str, alerts: Iterable[Alert]) -> None:
        """Write one look at alerts into the log."""
        ids = [name for alert in alerts for name in (f"alert:{alert.id}", alert.entry)]
        decision = self.guard.policy.decide(self.actor, self.purpose, "claim")
        self.guard.audit.record(
            self.actor, self.purpose, action, ids=list(dict.fromkeys(ids)), decision=decision
        )
        self.guard.audit.flush()

    # --- what there is ---------------------------------------------------------------------------

    def _may(self, action: str) -> None:
        """Refuse whoever may do this to no alert, so that a refusal tells of none."""
        open_to_all = Cell(source="", record_class="sanctions", marking="TLP:CLEAR", agency="")
        decision = self.guard.policy.decide(self.actor, self.purpose, action, open_to_all)
        if not decision.allowed:
            self.guard.audit.record(self.actor, self.purpose, action, decision=decision)
            self.guard.audit.flush()
            raise refusal(decision, self.actor, self.purpose, action)

    def _judged(self, name: str, action: str, seen: str) -> Matter:
        held = self.matter(name)
        for thread in held.threads:
            check_whole(thread)
        policy = self.guard.policy
        answers = policy.decide_cells(self.actor, self.purpose, action, held.alert.cells)
        refused = [answer for answer in answers.values() if not answer.allowed]
        decision = (refused or [*answers.values()])[0]
        self.guard.audit.record(
            self.actor, self.purpose, action, ids=(f"alert:{held.alert.id}",), decision=decision
        )
        self.guard.audit.flush()
        if refused:
            raise refusal(decision, self.actor, self.purpose, action)
        if seen and seen != held.alert.grounds.fingerprint:
            raise Conflict(_("what there is to see has changed meanwhile; look at it again"))
        return held

    def _in_build(self, entries: Collection[str] | None) -> Iterable[Alert]:
        view = self.view
        if view is None or not all(view.may(name) for name in ("hits", "nodes", "clusters")):
            return ()
        where, given = "", {}
        if entries is not None:
            where, given = " AND h.listed_id IN (SELECT unnest($entries))", {"entries": [*entries]}
        rows = view.sql(
            "SELECT h.*, n.caption, n.schema FROM hits h"
            " LEFT JOIN nodes n ON n.cluster_id = h.entity_id"
            f" WHERE h.verdict IN ('same', 'possible'){where} ORDER BY h.entity_id, h.listed_id",
            given,
        ).to_pylist()
        snapshot = view.snapshot
        cells = self.guard.origin(snapshot, "hits")
        return [alert_of_row(row, cells, f"build:{snapshot.id}") for row in rows]

    def _of_customers(self, entries: Collection[str] | None) -> Iterable[Alert]:
        query = select(ALERTS).order_by(ALERTS.c.id)
        if entries is not None:
            query = query.where(ALERTS.c.entry.in_(sorted(entries)))
        with reading(self.guard.audit.engine) as connection:
            rows = connection.execute(query).mappings().all()
        return [alert_of_customer(dict(row)) for row in rows]

    def _seen(self, alerts: Sequence[Alert]) -> list[Alert]:
        """Return the alerts that this person may look at."""
        cells = {cell for alert in alerts for cell in alert.cells if alert.book}
        answers = self.guard.policy.decide_cells(self.actor, self.purpose, "look", cells)
        return [a for a in alerts if not a.book or all(answers[c].allowed for c in a.cells)]

    def _by_key(self, threads: Iterable[Thread]) -> dict[tuple[str, str, str], tuple[Thread, ...]]:
        """Return threads by what they are about today: entities are joined as more is known."""
        held = list(threads)
        subjects = sorted({t.subject for t in held if t.book == RECORDS})
        now: dict[str, str] = {}
        if subjects and self.view is not None and self.view.may("clusters"):
            # An id that still stands for a cluster is that one's, wherever its record went.
            rows = self.view.sql(
                "SELECT entity_id AS id, cluster_id FROM clusters"
                " WHERE entity_id IN (SELECT unnest($ids)) UNION ALL"
                " SELECT cluster_id, cluster_id FROM clusters"
                " WHERE cluster_id IN (SELECT unnest($ids))",
                {"ids": subjects},
            ).to_pylist()
            for row in rows:
                if row["id"] not in now or row["id"] == row["cluster_id"]:
                    now[row["id"]] = row["cluster_id"]
        found: dict[tuple[str, str, str], tuple[Thread, ...]] = {}
        for thread in held:
            subject = thread.subject if thread.book else now.get(thread.subject, thread.subject)
            key = (thread.book, subject, thread.entry)
            found[key] = (*found.get(key, ()), thread)
        return found

    @staticmethod
    def _named(alert: Alert, by_key: Mapping[tuple[str, str, str], tuple[Thread, ...]]) -> Alert:
        held = by_key.get((alert.book, alert.subject, alert.entry), ())
        return replace(alert, id=held[0].id) if held else alert

    def _ended(self, by_key: Mapping[tuple[str, str, str], tuple[Thread, ...]]) -> Iterable[Matter]:
        """Yield decisions whose alert is raised no longer: what was decided is remembered."""
        gone = f"build:{self.view.snapshot.id}" if self.view else ""
        for threads in by_key.values():
            if threads[0].book == RECORDS and self.view is None:
                continue
            alert = alert_of_decision(threads, gone)
            answers = self.guard.policy.decide_cells(self.actor, self.purpose, "look", alert.cells)
            if all(answer.allowed for answer in answers.values()):
                yield Matter(alert=alert, standing=standing(threads, None), threads=threads)


def _now(alert: Alert) -> Grounds | None:
    return None if alert.gone else alert.grounds
