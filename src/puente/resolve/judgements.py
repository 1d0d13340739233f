"""Judgements of people on pairs of records: the same, not the same, or unsure.

A judgement is on two record keys, never on clusters: it outlives every training, every delivery
and every rebuild, and no weight and no identifier overrules it. It is superseded by a later one and
undone by name, never deleted. Judgements that contradict each other through others are refused.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from puente.errors import Conflict, InvalidData
from puente.i18n import N_
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from puente.guard.chains import Entry

SAME, NOT, UNSURE = "same", "not", "unsure"
OUTCOMES: Mapping[str, str] = {
    SAME: N_("the same"),
    NOT: N_("not the same"),
    UNSURE: N_("cannot be told"),
}
"""What may be judged of two records, with its label."""

JUDGEMENT, SECOND, UNDONE = "judgement", "second", "undone"
"""Kinds of entries on a pair."""

LEAST_WRITTEN, MOST_WRITTEN = 5, 2_000
"""Characters of one person's reasons."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Judgement:
    """What stands of a pair of records, `left` the smaller key; `outcome` is one of `OUTCOMES`."""

    left: str
    right: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One judgement on a pair, and what became of it.

    Attributes:
        number: of its entry.
        needs_second: whether a second person must agree before it stands.
        second: who agreed (True) or did not; None while nobody said.
        undone: by whom, when and why; None where it was not.
    """

    number: int
    outcome: str
    reasons: str
    by: str
    agency: str
    at: str
    needs_second: bool
    second: tuple[str, bool] | None = None
    undone: tuple[str, str, str] | None = None

    @property
    def stands(self) -> bool:
        """Return True if it counts, unless a later one supersedes it."""
        agreed = self.second is not None and self.second[1]
        return self.undone is None and (agreed or not self.needs_second)

    @property
    def waits(self) -> bool:
        """Return True if it waits for the second person."""
        return self.undone is None and self.needs_second and self.second is None

    @property
    def state(self) -> str:
        """Return how it stands, for a reader."""
        if self.undone is not None:
            return _("undone")
        if self.waits:
            return _("waits for a second person")
        return _("stands, unless a later one does") if self.stands else _("refused")

    def as_json(self) -> dict[str, object]:
        """Return it as JSON."""
        undone = self.undone
        return {
            "outcome": self.outcome,
            "reasons": self.reasons,
            "by": self.by,
            "agency": self.agency,
            "at": self.at,
            "needs_second": self.needs_second,
            "second": self.second and {"by": self.second[0], "agrees": self.second[1]},
            "undone": undone and {"by": undone[0], "at": undone[1], "reasons": undone[2]},
        }


def in_order(one: str, other: str) -> tuple[str, str]:
    """Return the two record keys of a pair, the smaller first.

    Raises: InvalidData: they are one record.
    """
    if one == other:
        raise InvalidData(_("a record is not judged against itself"))
    return (one, other) if one < other else (other, one)


def pair_id(left: str, right: str) -> str:
    """Return the name under which a pair is kept."""
    return sha256("\x1f".join(in_order(left, right)).encode()).hexdigest()


def given_in(entries: Iterable[Entry]) -> tuple[Given, ...]:
    """Return the judgements that the entries of a pair tell of, oldest first."""
    found: dict[int, Given] = {}
    for entry in entries:
        body = entry.body
        if entry.kind == JUDGEMENT:
            found[entry.number] = Given(
                number=entry.number,
                outcome=body["outcome"],
                reasons=body["reasons"],
                by=entry.by,
                agency=entry.agency,
                at=entry.at,
                needs_second=body["needs_second"],
            )
            continue
        on = found[body["judgement"]]
        if entry.kind == SECOND:
            on = replace(on, second=(entry.by, body["agrees"]))
        else:
            on = replace(on, undone=(entry.by, entry.at, body["reasons"]))
        found[on.number] = on
    return tuple(found.values())


def standing_of(given: Iterable[Given]) -> Given | None:
    """Return the last judgement on a pair that stands; None where none does."""
    return next((one for one in reversed(tuple(given)) if one.stands), None)


def check_fits(standing: Iterable[Judgement], new: Judgement) -> None:
    """Pass if a judgement contradicts nothing that stands on other pairs.

    Args:
        standing: what stands; what it says of the same pair is superseded.
        new: what is to stand.

    Raises: Conflict: it does; the message shows the chain, record by record.
    """
    others = [one for one in standing if (one.left, one.right) != (new.left, new.right)]
    near: dict[str, list[str]] = {}
    for one in others:
        if one.outcome == SAME:
            near.setdefault(one.left, []).append(one.right)
            near.setdefault(one.right, []).append(one.left)
    if new.outcome == NOT:
        path = _path(near, new.left).get(new.right)
        if path:
            raise _contradiction(path, new.left, new.right)
    if new.outcome != SAME:
        return
    left, right = _path(near, new.left), _path(near, new.right)
    for one in sorted(others):
        if one.outcome != NOT:
            continue
        for a, b in ((one.left, one.right), (one.right, one.left)):
            if a in left and b in right:
                raise _contradiction([*reversed(left[a]), *right[b]], a, b)


def _path(near: Mapping[str, list[str]], start: str) -> dict[str, list[str]]:
    """Return for each record judged the same, directly or by others, the chain to it."""
    found, queue = {start: [start]}, deque([start])
    while queue:
        one = queue.popleft()
        for other in sorted(near.get(one, ())):
            if other not in found:
                found[other] = [*found[one], other]
                queue.append(other)
    return found


def _contradiction(path: list[str], one: str, other: str) -> Conflict:
    chain = " = ".join(path)
    return Conflict(
        _("contradicts what was judged: {chain}, but {one} ≠ {other}").format(
            chain=chain, one=one, other=other
        )
    )


def told_by(judgements: Iterable[Judgement]) -> str:
    """Return 16 hex digits that tell a set of judgements from any other."""
    lines = sorted(f"{one.left}\x1f{one.right}\x1f{one.outcome}" for one in judgements)
    return sha256("\x1e".join(lines).encode()).hexdigest()[:16]


def said(text: str) -> str:
    """Return reasons as they are kept.

    Raises: InvalidData: none, or too much.
    """
    held = text.strip()
    if len(held) < LEAST_WRITTEN:
        raise InvalidData(
            _("give your reasons, in {least} characters or more").format(least=LEAST_WRITTEN)
        )
    if len(held) > MOST_WRITTEN:
        raise InvalidData(
            _("the reasons are longer than {most} characters").format(most=MOST_WRITTEN)
        )
    return held
