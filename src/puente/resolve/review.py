"""How good the links are, by a sample that people judged: precision and recall, with intervals.

The sample is drawn by strata of the score, each judged pair stands for as many as its stratum has
for every one drawn (Horvitz and Thompson). Nobody sees a score before having judged.

Source: Horvitz and Thompson, JASA 47 (1952); Wilson, JASA 22 (1927); Cohen, Educational and
    Psychological Measurement 20 (1960); Korn and Graubard, Survey Methodology 24 (1998), on the
    effective sample size.
Limits: recall is of the pairs that were compared; what no key brought together it does not see.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.resolve.judgements import NOT, SAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.random import Generator

CUTS = (-6.0, -3.0, 0.0, 2.0, 5.0, 8.0, 12.0, 20.0)
"""Where the strata of the score begin, log2 odds; links are apart from pairs that are none."""

Z95 = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A pair that may be drawn.

    Attributes:
        linked: whether the two records share a cluster.
        weight: log2 odds.
    """

    left: str
    right: str
    weight: float
    linked: bool

    @property
    def stratum(self) -> str:
        """Return the name of the stratum that it is in."""
        return f"{'linked' if self.linked else 'apart'}:{bisect_right(CUTS, self.weight)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A pair of the sample, and how many pairs it stands for."""

    left: str
    right: str
    weight: float
    linked: bool
    stratum: str
    stands_for: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A share, 0..1, and its 95 % interval; `judged` is the number of pairs that it rests on."""

    share: float
    low: float
    high: float
    judged: int


def draw(candidates: Iterable[Candidate], size: int, rng: Generator) -> tuple[Drawn, ...]:
    """Return a sample by strata, in random order: the doubtful strata as often as the sure ones.

    Every stratum gives an equal part, or all that it has; what one cannot give the others do.

    Args:
        size: pairs to draw, one a stratum at least.
        rng: the same generator draws the same sample of the same pairs, in whatever order given.

    Raises: InvalidData: nothing to draw, or fewer than one pair a stratum.
    """
    strata: dict[str, list[Candidate]] = {}
    for one in sorted(candidates, key=lambda c: (c.left, c.right)):
        strata.setdefault(one.stratum, []).append(one)
    if not strata:
        raise InvalidData(_("there is nothing to draw a sample from"))
    if size < len(strata):
        message = _("draw {count} pairs or more: one at least of every stratum of the score")
        raise InvalidData(message.format(count=len(strata)))
    share, open_to = dict.fromkeys(strata, 0), size
    for left_over, name in enumerate(sorted(strata, key=lambda n: (len(strata[n]), n))):
        share[name] = min(len(strata[name]), -(-open_to // (len(strata) - left_over)))
        open_to -= share[name]
    drawn = []
    for name in sorted(strata):
        held = strata[name]
        for place in sorted(rng.choice(len(held), size=share[name], replace=False).tolist()):
            one = held[place]
            drawn.append(
                Drawn(left=one.left, right=one.right, weight=one.weight, linked=one.linked,
                      stratum=name, stands_for=len(held) / share[name])
            )  # fmt: skip
    return tuple(drawn[place] for place in rng.permutation(len(drawn)).tolist())


def precision(sample: Sequence[Drawn], outcomes: Mapping[int, str]) -> Estimate | None:
    """Return the share of links that are right; None where none was judged.

    Args:
        sample: as drawn.
        outcomes: what was judged, by place in the sample; pairs that cannot be told count for
            neither side.
    """
    told = [
        (one.stands_for, outcomes[place] == SAME)
        for place, one in enumerate(sample)
        if one.linked and outcomes.get(place) in {SAME, NOT}
    ]
    return _weighted(told)


def recall(sample: Sequence[Drawn], outcomes: Mapping[int, str]) -> Estimate | None:
    """Return the share of true pairs, of all that were compared, that are links."""
    told = [
        (one.stands_for, one.linked)
        for place, one in enumerate(sample)
        if outcomes.get(place) == SAME
    ]
    return _weighted(told)


def _weighted(told: Sequence[tuple[float, bool]]) -> Estimate | None:
    """Return a weighted share with Wilson's interval at the effective number of pairs."""
    if not told:
        return None
    total = sum(weight for weight, _hit in told)
    share = sum(weight for weight, hit in told if hit) / total
    effective = total**2 / sum(weight**2 for weight, _hit in told)
    low, high = wilson(share, effective)
    return Estimate(share=share, low=low, high=high, judged=len(told))


def wilson(share: float, count: float) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share.

    Args:
        share: 0..1.
        count: number of judged pairs, above 0; effective where they weigh unequally.
    """
    square = Z95**2
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = Z95 * sqrt(share * (1 - share) / count + square / (4 * count**2)) / (1 + square / count)
    return max(0.0, middle - half), min(1.0, middle + half)


def kappa(one: Mapping[int, str], other: Mapping[int, str]) -> float | None:
    """Return Cohen's kappa of two reviewers over the pairs that both judged.

    Returns: -1..1; 1 where both said the same one thing of every pair; None without common pairs.
    """
    both = sorted(one.keys() & other.keys())
    if not both:
        return None
    agreed = sum(one[place] == other[place] for place in both) / len(both)
    first, second = Counter(one[place] for place in both), Counter(other[place] for place in both)
    chance = sum(first[name] * second[name] for name in first) / len(both) ** 2
    return 1.0 if chance == 1 else (agreed - chance) / (1 - chance)
