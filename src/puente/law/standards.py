"""How much evidence a standard asks for, counted in independent groups of a given weight.

A standard is a yes or no on the best item of each independence group. Nothing is summed to a
number that stands for strength: three weak reports never become one strong one by addition; a
standard names the combinations that meet it, and the reader can name them too.

Which standard a statute sets is law and stands in the instrument. What *meets* it here is a
convention of Puente (docs/decisions/0009): the courts count no groups. The order is the law's:
substantial evidence is less than a preponderance (Steadman v. SEC, 450 U.S. 91 (1981);
Consolidated Edison v. NLRB, 305 U.S. 197, 229 (1938): more than a mere scintilla).

Source: Admiralty grading, NATO AJP-2.1 and STANAG 2511; 28 CFR 23.20(c) for a reasonable
possibility; the cases above for the order.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from puente.i18n import N_
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from puente.model.provenance import Credibility, Reliability


class Weight(IntEnum):
    """What an item can carry, by the worse of its two Admiralty grades.

    One order for both scales, so that a group has a best item and a further item of that group
    can never hide a better one.

    Source: NATO AJP-2.1: reliability A to F of the source, credibility 1 to 6 of the item, E and 5
        unreliable and improbable, F and 6 not to be judged.
    """

    NONE = 0
    WEAK = 1
    FAIR = 2
    STRONG = 3
    FIRM = 4


WEIGHT_TEXT = {
    Weight.NONE: N_("carries nothing (E, F, 5 or 6)"),
    Weight.WEAK: N_("weak (D4 or better)"),
    Weight.FAIR: N_("fair (C3 or better)"),
    Weight.STRONG: N_("strong (B2 or better)"),
    Weight.FIRM: N_("firm (A1)"),
}

_BY_WORST = {
    1: Weight.FIRM, 2: Weight.STRONG, 3: Weight.FAIR, 4: Weight.WEAK,
    5: Weight.NONE, 6: Weight.NONE,
}  # fmt: skip


def weight(grade: Reliability, credibility: Credibility) -> Weight:
    """Return what an item of these two grades can carry.

    An item of E or F, or of 5 or 6, carries nothing, alone or with others: an unreliable source
    gains no weight by repetition, and what cannot be judged yet has none yet. It is kept, shown,
    and regraded when more is known.

    Source: NATO AJP-2.1 (both scales). That the worse of the two decides is a convention.
    """
    return _BY_WORST[max("ABCDEF".index(grade.value) + 1, int(credibility.value))]


class Standard(StrEnum):
    """The standards that instruments name, laxest first.

    Source: 8 USC 1189(c)(3) (substantial support); 21 USC 2313a (reasonable grounds); Steadman v.
        SEC, 450 U.S. 91 (1981) (preponderance); Addington v. Texas, 441 U.S. 418 (1979) (clear and
        convincing, between the other two); In re Winship, 397 U.S. 358 (1970).
    """

    SCINTILLA = "scintilla"
    REASONABLE_GROUNDS = "reasonable_grounds"
    SUBSTANTIAL_SUPPORT = "substantial_support"
    PREPONDERANCE = "preponderance"
    CLEAR_AND_CONVINCING = "clear_and_convincing"
    BEYOND_REASONABLE_DOUBT = "beyond_reasonable_doubt"


ORDER = tuple(Standard)
"""Laxest first: what meets a standard meets every one before it."""

STANDARD_TEXT = {
    Standard.SCINTILLA: N_("a scintilla"),
    Standard.REASONABLE_GROUNDS: N_("reasonable grounds"),
    Standard.SUBSTANTIAL_SUPPORT: N_("substantial support in the record"),
    Standard.PREPONDERANCE: N_("preponderance of the evidence"),
    Standard.CLEAR_AND_CONVINCING: N_("clear and convincing evidence"),
    Standard.BEYOND_REASONABLE_DOUBT: N_("beyond reasonable doubt"),
}

Pattern = tuple[Weight, ...]
"""Weights of as many independent groups, heaviest first; each may be heavier."""

_W, _F, _S, _A = Weight.WEAK, Weight.FAIR, Weight.STRONG, Weight.FIRM

PATTERNS: Mapping[Standard, tuple[Pattern, ...]] = {
    Standard.SCINTILLA: ((_W,),),
    Standard.REASONABLE_GROUNDS: ((_F,), (_W, _W)),
    Standard.SUBSTANTIAL_SUPPORT: ((_S,), (_F, _F)),
    Standard.PREPONDERANCE: ((_S, _F), (_F, _F, _F)),
    Standard.CLEAR_AND_CONVINCING: ((_S, _S),),
    Standard.BEYOND_REASONABLE_DOUBT: ((_A, _S, _S),),
}
"""What meets each standard: one of these patterns, each place taken by another group."""


def meets(standard: Standard, groups: Iterable[Weight]) -> bool:
    """Return whether one side's evidence meets a standard.

    Args:
        groups: the weight of the best item of each independence group, in any order.

    Source: the conventions of this module on AJP-2.1 grades; see `Standard` for the law.
    Limits: the side is judged alone. The law weighs both sides against each other (a preponderance
        is *more likely than not*); here a record whose both sides meet the standard is contested,
        and a person weighs it.
    """
    best = sorted(groups, reverse=True)
    return any(_fits(pattern, best) for pattern in PATTERNS[standard])


def _fits(pattern: Pattern, best: Sequence[Weight]) -> bool:
    """Return whether the heaviest groups fill a pattern; both are heaviest first."""
    return len(best) >= len(pattern) and all(
        have >= want for have, want in zip(best, pattern, strict=False)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """One way to meet a standard that is not met: the further groups that it takes.

    Attributes:
        groups: how many independent groups are wanting, by the least weight each must have.

    Source: the conventions of this module.
    """

    groups: Mapping[Weight, int]

    @property
    def text(self) -> str:
        """Return it in words and in the current language."""
        parts = [
            _("{count} further independent group(s), {weight}").format(
                count=count, weight=_(WEIGHT_TEXT[least])
            )
            for least, count in sorted(self.groups.items(), reverse=True)
        ]
        return ", ".join(parts)


def shortfalls(standard: Standard, groups: Iterable[Weight]) -> tuple[Shortfall, ...]:
    """Return the least that is wanting for each way to meet a standard; empty where it is met.

    Of two ways of which one asks for all that the other asks and more, the lesser is kept. A
    group that is on record but too light may also be raised by a better item of its own.

    Source: the conventions of this module.
    """
    best = sorted(groups, reverse=True)
    wants: list[Pattern] = []
    for pattern in PATTERNS[standard]:
        wanting = list(pattern)
        for have in best:
            # The heaviest place that a group can take: the lighter ones are left for others.
            place = next((want for want in wanting if have >= want), None)
            if place is not None:
                wanting.remove(place)
        wants.append(tuple(wanting))
    if any(not want for want in wants):
        return ()
    least = [w for w in wants if not any(v != w and _fits(v, w) for v in wants)]
    return tuple(Shortfall(groups=dict(Counter(want))) for want in dict.fromkeys(least))
