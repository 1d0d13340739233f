"""Decisions on alerts: by one person with reasons, by a second who is another, undone by a later.

A decision is a memory: it stands as long as what it rests on stands (`puente.screen.grounds`),
whichever list is delivered meanwhile. It never changes an entry of a list, nor a record.

Source: OFAC, A Framework for OFAC Compliance Commitments (2019), on internal controls; Wolfsberg
    Group, Guidance on Sanctions Screening (2019), on alert handling and the second look; 31 CFR
    501.601 (what is decided is kept).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import Conflict, InvalidData, NotAllowed
from puente.i18n import N_
from puente.i18n import gettext as _
from puente.screen.grounds import OUTCOMES, SPLIT, UNCLEAR, Change, changes_since, read_grounds

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from puente.guard.chains import Entry
    from puente.screen.grounds import Grounds
    from puente.screen.journal import Draft, Thread

DECISION, SECOND, REOPENED = "decision", "second", "reopened"
"""Kinds of entries in the thread of an alert."""

OPEN, WAITING, DECIDED, AGAIN, ENDED = "open", "waiting", "decided", "again", "ended"
STATES: Mapping[str, str] = {
    AGAIN: N_("open again"),
    OPEN: N_("open"),
    WAITING: N_("waits for a second person"),
    DECIDED: N_("decided"),
    ENDED: N_("no longer raised"),
}
"""How an alert may stand, with its label; the most pressing first."""

TWO_PERSONS = "an-alert-is-decided-by-two-persons"
"""The rule that refuses whoever would be their own second person."""

MOST_WRITTEN = 5_000
"""Characters of one person's reasons."""
LEAST_WRITTEN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """What the second person said.

    Attributes:
        agrees: False sends the alert back to the queue.

    Source: see the module.
    """

    number: int
    agrees: bool
    reasons: str
    by: str
    agency: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One decision on an alert, and what became of it.

    Attributes:
        number: of its entry in the thread.
        outcome: one of `OUTCOMES`.
        grounds: what there was to see.
        rests_on: the parts of it that it rests on.
        method, where: the matcher's version, and what raised the alert.
        settles: other threads whose decisions it takes the place of.
        second: the second person's word; None while it waits, or where none is needed.
        reopened: by whom, when and why it was opened again by hand; None where it was not.

    Source: see the module.
    """

    thread: str
    number: int
    outcome: str
    reasons: str
    grounds: Grounds
    rests_on: tuple[str, ...]
    method: str
    where: str
    settles: tuple[str, ...]
    by: str
    agency: str
    at: str
    second: Second | None = None
    reopened: tuple[str, str, str] | None = None

    @property
    def stands(self) -> bool:
        """Return True if two persons agree on it and nobody has opened it again."""
        return self.reopened is None and self.second is not None and self.second.agrees

    @property
    def waits(self) -> bool:
        """Return True if it waits for the second person."""
        return self.outcome != UNCLEAR and self.second is None and self.reopened is None

    def as_json(self) -> dict[str, object]:
        """Return it as JSON."""
        second = self.second
        return {
            "number": self.number,
            "outcome": self.outcome,
            "reasons": self.reasons,
            "rests_on": list(self.rests_on),
            "fingerprint": self.grounds.fingerprint,
            "method": self.method,
            "where": self.where,
            "by": self.by,
            "agency": self.agency,
            "at": self.at,
            "second": second
            and {"agrees": second.agrees, "reasons": second.reasons, "by": second.by,
                 "agency": second.agency, "at": second.at},
            "reopened": self.reopened
            and dict(zip(("by", "at", "reasons"), self.reopened, strict=True)),
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an alert stands.

    Attributes:
        state: one of `STATES`.
        decision: the one that stands, or waits, or that the alert was opened again from.
        changes: what is other than when that was decided.
        history: every decision, oldest first.

    Source: see the module.
    """

    state: str
    decision: Decided | None = None
    changes: tuple[Change, ...] = ()
    history: tuple[Decided, ...] = ()


def decisions(thread: Thread) -> tuple[Decided, ...]:
    """Return the decisions in a thread, oldest first.

    Source: see the module.
    """
    seconds: dict[int, Second] = {}
    reopened: dict[int, tuple[str, str, str]] = {}
    for entry in thread.of(SECOND, REOPENED):
        on = entry.body["decision"]
        if entry.kind == SECOND:
            seconds[on] = _second(entry)
        else:
            reopened[on] = (entry.by, entry.at, entry.body["reasons"])
    return tuple(
        Decided(
            thread=thread.id,
            number=entry.number,
            outcome=entry.body["outcome"],
            reasons=entry.body["reasons"],
            grounds=read_grounds(entry.body["grounds"]),
            rests_on=tuple(entry.body["rests_on"]),
            method=entry.body["method"],
            where=entry.body["where"],
            settles=tuple(entry.body["settles"]),
            by=entry.by,
            agency=entry.agency,
            at=entry.at,
            second=seconds.get(entry.number),
            reopened=reopened.get(entry.number),
        )
        for entry in thread.of(DECISION)
    )


def standing(threads: Sequence[Thread], grounds: Grounds | None) -> Standing:
    """Return how an alert stands.

    Args:
        threads: of what was decided on it. Where the lake has joined two entities since, those of
            both: decisions that differ are for a person to settle.
        grounds: what there is to see now; None where the alert is no longer raised.

    Source: see the module.
    """
    history = sorted((d for t in threads for d in decisions(t)), key=lambda d: (d.at, d.number))
    last = {decided.thread: decided for decided in history}
    newest = history[-1] if history else None
    if grounds is None:
        return Standing(state=ENDED, decision=newest, history=tuple(history))
    if newest is None:
        return Standing(state=OPEN)
    changes = changes_since(newest.grounds, grounds, newest.outcome, newest.rests_on)
    open_to = {d.thread: d for d in last.values() if d.thread not in newest.settles}
    rivals = sorted({d.outcome for d in open_to.values() if d.stands})
    if len(rivals) > 1:
        told = ", ".join(_(OUTCOMES[name]) for name in rivals)
        split = Change(kind=SPLIT, part=SPLIT, before=told, after="", reopens=True)
        changes = (split, *changes)
    if newest.outcome == UNCLEAR:
        state = OPEN
    elif not (newest.stands or newest.waits) or any(change.reopens for change in changes):
        state = AGAIN
    else:
        state = DECIDED if newest.stands else WAITING
    return Standing(state=state, decision=newest, changes=changes, history=tuple(history))


def _second(entry: Entry) -> Second:
    return Second(
        number=entry.number,
        agrees=entry.body["agrees"],
        reasons=entry.body["reasons"],
        by=entry.by,
        agency=entry.agency,
        at=entry.at,
    )


def draft_decision(
    outcome: str,
    reasons: str,
    grounds: Grounds,
    rests_on: Collection[str],
    where: Mapping[str, object],
) -> Draft:
    """Return the entry of a decision.

    Args:
        rests_on: parts it rests on; none is all of them.
        where: what else is kept of the alert: by which method, where it was raised, from what.

    Source: see the module.
    Raises: InvalidData: no such outcome or part, or no reasons.
    """
    if outcome not in OUTCOMES:
        known = ", ".join(OUTCOMES)
        raise InvalidData(
            _("no outcome {name!r}; one of {known}").format(name=outcome, known=known)
        )
    parts = [part.part for part in grounds.parts]
    unknown = sorted(set(rests_on) - set(parts))
    if unknown:
        message = _("{name!r} was not compared; compared were: {known}")
        raise InvalidData(message.format(name=unknown[0], known=", ".join(parts)))
    body = {
        "outcome": outcome,
        "reasons": said(reasons),
        "grounds": grounds.as_json(),
        "rests_on": [part for part in parts if part in rests_on] if rests_on else parts,
        "fingerprint": grounds.fingerprint,
        **where,
    }
    return DECISION, body


def check_undecided(held: Standing) -> None:
    """Pass if a new decision may be made.

    Source: see the module.
    Raises: Conflict: one stands, or waits for the second person.
    """
    if held.state == DECIDED:
        raise Conflict(_("the alert is decided; open it again first, with reasons"))
    if held.state == WAITING:
        raise Conflict(_("a decision waits for its second person"))


def draft_second(thread: Thread, me: str, *, agrees: bool, reasons: str) -> Draft:
    """Return the entry by which the second person agrees, or sends the alert back.

    Source: see the module.

    Raises:
        NotAllowed: the person made the decision, or an earlier one of the same round.
        Conflict: nothing waits.
        InvalidData: no reasons.
    """
    waiting = [decided for decided in decisions(thread) if decided.waits]
    if not waiting:
        raise Conflict(_("no decision waits for a second person"))
    if waiting[-1].by == me:
        raise NotAllowed(
            _("an alert is decided by two persons: the second is another one"), rule=TWO_PERSONS
        )
    body = {
        "decision": waiting[-1].number,
        "sha256": next(e.digest for e in thread.entries if e.number == waiting[-1].number),
        "agrees": agrees,
        "reasons": said(reasons),
    }
    return SECOND, body


def draft_reopening(thread: Thread, reasons: str) -> Draft:
    """Return the entry by which a decision is opened again by hand.

    Source: see the module.
    Raises: Conflict: no decision stands or waits. InvalidData: no reasons.
    """
    made = decisions(thread)
    if not made or not (made[-1].stands or made[-1].waits):
        raise Conflict(_("no decision stands here"))
    return REOPENED, {"decision": made[-1].number, "reasons": said(reasons)}


def said(text: str) -> str:
    """Return reasons as they are kept.

    Source: 31 CFR 501.601 (a full record).
    Raises: InvalidData: none, or too much.
    """
    held = text.strip()
    if len(held) < LEAST_WRITTEN:
        least = _("give your reasons, in {least} characters or more")
        raise InvalidData(least.format(least=LEAST_WRITTEN))
    if len(held) > MOST_WRITTEN:
        raise InvalidData(
            _("the reasons are longer than {most} characters").format(most=MOST_WRITTEN)
        )
    return held
