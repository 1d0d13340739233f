"""The verdict on one entry: same, possible, kin or not, with what speaks for and against it.

Source: OFAC FAQ 5 (assessing a name match); Fellegi and Sunter (1969).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from puente.i18n import N_
from puente.i18n import gettext as _
from puente.screen.calibration import METHOD, moved, probability_of
from puente.screen.entry import kind_of
from puente.screen.evidence import decides_same
from puente.screen.firms import read_firms
from puente.screen.part import DECIDES, NameReading, Part
from puente.screen.people import read_people

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.screen.entry import ListEntry

Verdict = Literal["same", "possible", "kin", "not"]
ORDER: dict[str, int] = {"same": 0, "possible": 1, "kin": 2, "not": 3}
"""Order in which hits are told."""

SAME_NAME = 0.80
"""Name score that a birth date to the day must back to make `same`."""
NAMED = 0.60
"""Name score from which agreeing particulars lift it; below it the names are two."""
BARELY_NAMED = 0.40
"""Name score that a shared identifier of a person must have beside it to make `same`."""
RULED_OUT = -2.0
"""Log-odds of all particulars together from which the answer is `not`, whatever the name."""
ROLES_SHARE = 0.01
"""What is left of a score where the roles of the names tell kin or another one: of 900 such
answers in the measurement of `puente.screen.calibration` three were the damaged name asked for."""
DOUBTED = -1.0
"""Log-odds of one particular that keeps a match from being called `same`."""
NAME, WEAK_NAME, ALIKE = N_("name"), N_("weak alias"), N_("alike")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One entry that a question may mean.

    Attributes:
        entity_id, list, programs: of the entry.
        name: the name of it that fits best, as published.
        score: 0..1, probability that it is the one asked for, name and particulars together; see
            `puente.screen.calibration` for what it presumes.
        likeness: 0..1, of the names alone.
        verdict: `same`, `possible`, `kin` or `not`.
        why: what was compared; each with part, asked, listed and effect, in the current language;
            the name with its likeness, 0..1, and what moves the score with its weight in log-odds.
        method: version of the method.
        ofac_score: 0..1, what OFAC's own search would about say; see `puente.screen.ofac_parity`.

    Source: OFAC FAQ 5.
    """

    entity_id: str
    list: str
    name: str
    score: float
    verdict: Verdict
    programs: tuple[str, ...]
    why: tuple[Mapping[str, str], ...]
    likeness: float = 0.0
    method: str = METHOD
    ofac_score: float = 0.0

    def as_json(self) -> dict[str, object]:
        """Return the hit as `puente screen` writes it.

        Source: see the class.
        """
        return {
            "entity_id": self.entity_id,
            "score": self.score,
            "name": self.name,
            "list": self.list,
            "programs": list(self.programs),
            "verdict": self.verdict,
            "why": [dict(part) for part in self.why],
            "likeness": self.likeness,
            "ofac_score": self.ofac_score,
            "method": self.method,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How like one name asked and one name listed are.

    Attributes:
        score: 0..1.
        asked: the name asked for.
        read: the same as it was read: parted, or without a stump; see
            `puente.resolve.names.damaged.ways_to_read`.
        place: which of the entry's names; weak ones are counted after the strong.

    Source: see `puente.screen.align`.
    """

    score: float
    asked: str
    read: str
    place: int


def judge(entry: ListEntry, likeness: Likeness, particulars: tuple[Part, ...]) -> Hit:
    """Return the hit that one name of one entry makes, with its verdict and reasons.

    Args:
        particulars: what `puente.screen.evidence` says of the question and the entry.

    Source: see the module.
    """
    listed = (*entry.names, *entry.weak_names)[likeness.place]
    reading = _read_whole_first(entry, likeness, listed)
    parts = (*reading.parts, *particulars)
    why = [
        {
            "part": _(WEAK_NAME if likeness.place >= len(entry.names) else NAME),
            "asked": likeness.asked,
            "listed": listed,
            "effect": _(ALIKE),
            "likeness": f"{likeness.score:.2f}",
        }
    ]
    why += [_told(part) for part in parts]
    verdict = _verdict(likeness.score, reading, particulars, person=kind_of(entry.schema) == 0)
    score = moved(probability_of(likeness.score), _weight(likeness.score, parts))
    if reading.outcome in {"kin", "other"} and verdict in {"kin", "not"}:
        score *= ROLES_SHARE
    return Hit(
        entity_id=entry.entity_id,
        list=entry.list,
        name=listed,
        score=round(score, 4),
        verdict=verdict,
        programs=entry.programs,
        why=tuple(why),
        likeness=round(likeness.score, 4),
    )


def _told(part: Part) -> dict[str, str]:
    told = {"part": _(part.part), "asked": part.asked, "listed": part.listed}
    told["effect"] = _(part.effect)
    if part.weight:
        told["weight"] = f"{part.weight:+.1f}"
    return told


def _weight(score: float, parts: tuple[Part, ...]) -> float:
    """Return the log-odds of all parts; what merely agrees does not make a name of a likeness."""
    if score >= NAMED or any(part.effect == DECIDES for part in parts):
        return sum(part.weight for part in parts)
    return sum(min(part.weight, 0.0) for part in parts)


def _read_whole_first(entry: ListEntry, likeness: Likeness, listed: str) -> NameReading:
    """Return the reading of the name; where all of it tells two people apart, a part does not join
    them. A firm's stump is no distinctive word.
    """
    if likeness.read != likeness.asked and kind_of(entry.schema) == 0:
        whole = _read(entry, likeness.asked, listed)
        if whole.outcome != "open":
            return whole
    return _read(entry, likeness.read, listed)


def _read(entry: ListEntry, asked: str, listed: str) -> NameReading:
    kind = kind_of(entry.schema)
    if kind == 0:
        return read_people(asked, listed)
    if kind == 1:
        return read_firms(asked, listed)
    return NameReading(outcome="open", parts=())


def _verdict(
    score: float, reading: NameReading, particulars: tuple[Part, ...], *, person: bool
) -> Verdict:
    if any(part.effect == DECIDES for part in particulars):
        named = score >= BARELY_NAMED and reading.outcome in {"open", "doubtful"}
        return "same" if named or not person else "possible"
    backed = decides_same(particulars)
    if reading.outcome == "kin":
        return "possible" if backed else "kin"
    if reading.outcome == "other":
        return "not"
    if sum(part.weight for part in particulars) <= RULED_OUT:
        return "not"
    doubted = any(part.weight <= DOUBTED for part in (*particulars, *reading.parts))
    if backed and score >= SAME_NAME and reading.outcome == "open" and not doubted:
        return "same"
    return "possible"
