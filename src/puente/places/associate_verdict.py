"""The one sentence that a test of association may end in. None of them says "cause"."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING

from puente.i18n import N_
from puente.places.stats.estimate import equivalence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.places.stats.estimate import Equivalence, Estimate

NO_EVIDENCE = N_("no evidence")
NOT_APART = N_("cannot be told apart from the control")
EXPLAINED = N_("explained by recording or confounders")
BEYOND = N_("association beyond controls")

VERDICTS = (NO_EVIDENCE, NOT_APART, EXPLAINED, BEYOND)
"""All there are."""

STRENGTHS: Mapping[str, float] = {
    N_("weak"): 1.25,
    N_("moderate"): 2.0,
    N_("strong"): float("inf"),
}
"""Names of strength, and the ratio of rates below which each holds.

The ratio is that between a month of high and of low exposure, less what the control shows, at the
end of the interval that is nearest to none: a wide interval makes no strong finding. The two bounds
are ours.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What a verdict rests on.

    Attributes:
        within: elasticity of the outcome; p_within: the larger p of the tests made of it.
        difference: less that of the control; None where there is no control to compare with.
        p_difference: the larger p of the tests made of it.
        given_recording: the difference once how much is recorded is in both models; None: not
            known.
        spread: of the log exposure between months of high and low exposure, above 0.
        level: of each test; margin: of equivalence, 0 where none was fixed beforehand.

    Source: Lipsitch, Tchetgen Tchetgen and Cohen, Epidemiology 21 (2010) 383-388.
    """

    within: Estimate
    p_within: float
    difference: Estimate | None
    p_difference: float
    given_recording: Estimate | None
    spread: float
    level: float
    margin: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The verdict (one of `VERDICTS`), its strength ("" but for `BEYOND`), and equivalence.

    Source: as `judge`.
    """

    verdict: str
    strength: str
    equivalence: Equivalence | None


def judge(grounds: Grounds) -> Verdict:
    """Return what may be said.

    `BEYOND` needs the outcome to go with the exposure, more than the control does and in the same
    direction, and to keep that direction once recording is in the model. `EXPLAINED` needs more
    than a difference that is not significant: it must be shown to be smaller than a margin fixed
    beforehand.

    Source: Lipsitch, Tchetgen Tchetgen and Cohen (2010) (negative controls); Schuirmann, Journal of
        Pharmacokinetics and Biopharmaceutics 15 (1987) 657-680 (equivalence).
    Limits: an association, at the level of places, among what was recorded. Never a cause.
    """
    found = None
    if grounds.difference is not None and grounds.margin > 0:
        found = equivalence(grounds.difference, grounds.margin, level=grounds.level)
    if grounds.p_within > grounds.level:
        return Verdict(verdict=NO_EVIDENCE, strength="", equivalence=found)
    if grounds.difference is not None and _beyond(grounds, grounds.difference):
        strength = _strength(grounds.difference, grounds.spread)
        return Verdict(verdict=BEYOND, strength=strength, equivalence=found)
    verdict = EXPLAINED if found is not None and found.equivalent else NOT_APART
    return Verdict(verdict=verdict, strength="", equivalence=found)


def _beyond(grounds: Grounds, gap: Estimate) -> bool:
    if grounds.p_difference > grounds.level or abs(gap.estimate) <= grounds.margin:
        return False
    sign = grounds.within.estimate > 0
    later = grounds.given_recording
    return (gap.estimate > 0) == sign and (later is None or (later.estimate > 0) == sign)


def _strength(gap: Estimate, spread: float) -> str:
    nearest = 0.0 if gap.low <= 0 <= gap.high else min(abs(gap.low), abs(gap.high))
    ratio = exp(min(nearest * spread, 700.0))
    return next(name for name, bound in STRENGTHS.items() if ratio < bound)
