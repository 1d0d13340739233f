"""What a decision on an alert stood on, and what of it has changed since.

A fingerprint would only say *that* something is other; a decision therefore keeps each part that
was compared, and is held against the parts of today. What a person did not rest on may change
without opening the matter again, but nothing new is passed over, nor what now decides.

Source: OFAC FAQ 5 (all particulars are compared before a match is called one or none); Wolfsberg
    Group, Guidance on Sanctions Screening (2019), on suppressed alerts and their review.
Limits: a score that moves without a part that moves reopens nothing; a method that newly compares
    something reopens what it now sees.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from puente.i18n import N_
from puente.i18n import gettext as _
from puente.screen.judge import NAME, WEAK_NAME
from puente.screen.part import DECIDES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

SAME, OTHER, UNCLEAR = "same", "other", "unclear"
OUTCOMES: Mapping[str, str] = {
    OTHER: N_("not the listed one"),
    SAME: N_("the listed one"),
    UNCLEAR: N_("cannot be told yet"),
}
"""What a person may decide on an alert, with its label."""

NEW, GONE, OTHER_VALUE, STRONGER, PROGRAM, SPLIT = (
    "new", "gone", "value", "stronger", "program", "split",
)  # fmt: skip
CHANGES: Mapping[str, str] = {
    NEW: N_("compared now, and not when it was decided"),
    GONE: N_("no longer there to compare"),
    OTHER_VALUE: N_("another value"),
    STRONGER: N_("now held to be the same"),
    PROGRAM: N_("other programs"),
    SPLIT: N_("two earlier decisions differ"),
}
"""What may have changed since a decision, with its label."""

PROGRAMS = N_("program tags")
VERDICT = N_("verdict")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One thing that was compared.

    Attributes:
        part: what, in English (a msgid), with `#2` where there are several of it.
        asked, listed: the values; "" where not known.
        effect: what it does to the match, in English (a msgid).

    Source: see the module.
    """

    part: str
    asked: str
    listed: str
    effect: str

    @property
    def label(self) -> str:
        """Return what was compared, in the current language."""
        return _(self.part.partition("#")[0])

    @property
    def is_name(self) -> bool:
        """Return True of the name by which the entry was found."""
        return self.part in {NAME, WEAK_NAME}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """All that an alert rests on, but for its score.

    Attributes:
        verdict: the matcher's word.
        parts: what was compared, names first.
        programs: of the entry, as published, sorted.

    Source: see the module.
    """

    verdict: str
    parts: tuple[Ground, ...]
    programs: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Return 16 hexadecimal digits that stand for it."""
        text = json.dumps(self.as_json(), ensure_ascii=True, sort_keys=True)
        return sha256(text.encode()).hexdigest()[:16]

    def as_json(self) -> dict[str, object]:
        """Return it as JSON."""
        return {
            "verdict": self.verdict,
            "programs": list(self.programs),
            "parts": [
                {"part": p.part, "asked": p.asked, "listed": p.listed, "effect": p.effect}
                for p in self.parts
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is not as it was when the decision was made.

    Attributes:
        kind: one of `CHANGES`.
        part: what, in English (a msgid).
        before, after: the values, as text; "" where there is none.
        reopens: whether the decision no longer stands because of it.

    Source: see the module.
    """

    kind: str
    part: str
    before: str
    after: str
    reopens: bool

    @property
    def label(self) -> str:
        """Return what changed, in the current language."""
        return _(self.part.partition("#")[0])

    def as_json(self) -> dict[str, object]:
        """Return it as JSON."""
        return {
            "kind": self.kind,
            "part": self.part,
            "before": self.before,
            "after": self.after,
            "reopens": self.reopens,
        }


def grounds_of(
    verdict: str, why: Iterable[Mapping[str, Any]], programs: Iterable[str] = ()
) -> Grounds:
    """Return what a hit rests on.

    Args:
        why: the hit's reasons in English, as `puente.screen.judge.Hit` has them.

    Source: see the module.
    """
    seen: Counter[str] = Counter()
    parts = []
    for held in why:
        name = str(held.get("part", ""))
        seen[name] += 1
        parts.append(
            Ground(
                part=name if seen[name] == 1 else f"{name}#{seen[name]}",
                asked=str(held.get("asked") or ""),
                listed=str(held.get("listed") or ""),
                effect=str(held.get("effect") or ""),
            )
        )
    return Grounds(verdict=verdict, parts=tuple(parts), programs=tuple(sorted(set(programs))))


def read_grounds(held: Mapping[str, Any]) -> Grounds:
    """Return the grounds that `Grounds.as_json` wrote.

    Source: see the module.
    """
    parts = tuple(Ground(**part) for part in held["parts"])
    return Grounds(verdict=held["verdict"], parts=parts, programs=tuple(held["programs"]))


def changes_since(
    before: Grounds, after: Grounds, outcome: str, rests_on: Collection[str]
) -> tuple[Change, ...]:
    """Return what changed since a decision, and which of it opens the matter again.

    Args:
        before: what it stood on.
        after: what there is now.
        outcome: one of `OUTCOMES`. Program tags bear on whoever is the listed one alone.
        rests_on: parts that the decision rests on.

    Source: see the module.
    """
    old, new = ({part.part: part for part in held.parts} for held in (before, after))
    found = []
    if after.verdict != before.verdict:
        # Without a part that moved, only the method moved.
        stronger = after.verdict == "same"
        kind = STRONGER if stronger else OTHER_VALUE
        found.append(_change(kind, VERDICT, before.verdict, after.verdict, reopens=stronger))
    for name, part in new.items():
        was = old.get(name)
        if was is None:
            found.append(_change(NEW, name, "", _told(part), reopens=True))
        elif was != part:
            now_decides = part.effect == DECIDES and was.effect != DECIDES
            reopens = name in rests_on or now_decides
            found.append(_change(OTHER_VALUE, name, _told(was), _told(part), reopens=reopens))
    found += [
        _change(GONE, name, _told(part), "", reopens=name in rests_on)
        for name, part in old.items()
        if name not in new
    ]
    if before.programs != after.programs:
        tags = (", ".join(before.programs), ", ".join(after.programs))
        found.append(_change(PROGRAM, PROGRAMS, *tags, reopens=outcome == SAME))
    return tuple(found)


def _change(kind: str, part: str, before: str, after: str, *, reopens: bool) -> Change:
    return Change(kind=kind, part=part, before=before, after=after, reopens=reopens)


def _told(part: Ground) -> str:
    return f"{part.asked or '–'} / {part.listed or '–'}: {_(part.effect)}"
