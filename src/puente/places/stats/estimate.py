"""An estimate with its error, and what it does and does not rule out."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from scipy.stats import t as student

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.places.stats.arrays import share

POWER = 0.8
"""Chance of finding an effect of the smallest detectable size.

Source: Cohen, Statistical Power Analysis (1988), section 2.4: the habit of the field.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One coefficient, on the scale of the model (for a Poisson model, log counts).

    Attributes:
        estimate, se: and its standard error.
        df: degrees of freedom of Student's t, above 0; infinite for the normal law.

    Source: Student, Biometrika 6 (1908) 1-25; clusters less one as degrees of freedom, Cameron
        and Miller, Journal of Human Resources 50 (2015) 317-372, section VI.
    """

    estimate: float
    se: float
    df: float

    @property
    def p(self) -> float:
        """The two-sided p of "the coefficient is 0"."""
        if self.se == 0:
            return 1.0 if self.estimate == 0 else 0.0
        return float(2 * student.sf(abs(self.estimate) / self.se, self.df))

    @property
    def low(self) -> float:
        """The lower end of the 95 percent interval."""
        return self.estimate - float(student.ppf(0.975, self.df)) * self.se

    @property
    def high(self) -> float:
        """The upper end of the 95 percent interval."""
        return self.estimate + float(student.ppf(0.975, self.df)) * self.se

    @property
    def smallest_detectable(self) -> float:
        """The least effect that a test at 5 percent would have found with `POWER`."""
        return smallest_detectable(self.se, self.df)


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivalence:
    """Whether an effect is shown to be smaller than a margin.

    Attributes:
        margin: fixed beforehand, on the scale of the estimate.
        p: of "the effect is at least as large as the margin", the larger of the two sides.
        low, high: the (1 - 2 level) interval; it lies within the margin where `equivalent`.
        equivalent: p is at most `level`.
        level: of the test.

    Source: Schuirmann, Journal of Pharmacokinetics and Biopharmaceutics 15 (1987) 657-680.
    """

    margin: float
    p: float
    low: float
    high: float
    equivalent: bool
    level: float


def smallest_detectable(
    se: float, df: float, *, level: float = 0.05, power: float = POWER
) -> float:
    """Return the least effect that a two-sided test would find with the given power.

    (t quantile at 1 - level / 2, plus that at `power`) x se.

    Args:
        se: standard error, 0 or more.
        df: degrees of freedom, above 0; may be infinite.
        level, power: shares between 0 and 1.

    Raises: InvalidData: an error below 0, or no share.
    Source: Bloom, Evaluation Review 19 (1995) 547-556 (minimum detectable effects).
    Limits: says what the data could have shown, not what is there: an effect below it is open.
    """
    share(level, "level")
    share(power, "power")
    if not se >= 0:
        raise InvalidData(_("a standard error is below 0"))
    return float(student.ppf(1 - level / 2, df) + student.ppf(power, df)) * se


def equivalence(found: Estimate, margin: float, *, level: float = 0.05) -> Equivalence:
    """Return whether two one-sided tests place the effect between -margin and +margin.

    A difference that is "not significant" is not thereby small: this is the test that may say so.

    Args:
        found: the estimate.
        margin: above 0, on the same scale, fixed before the data were seen.
        level: of each side.

    Raises: InvalidData: a margin that is not above 0, a level that is no share.
    Source: Schuirmann (1987); Lakens, Social Psychological and Personality Science 8 (2017)
        355-362.
    Limits: a margin chosen after looking makes it worthless.
    """
    share(level, "level")
    if not margin > 0:
        raise InvalidData(_("the margin of equivalence must be above 0"))
    half = float(student.ppf(1 - level, found.df)) * found.se
    if found.se > 0:
        over = float(student.sf((found.estimate + margin) / found.se, found.df))
        under = float(student.cdf((found.estimate - margin) / found.se, found.df))
        p = max(over, under)
    else:
        p = 0.0 if abs(found.estimate) < margin else 1.0
    return Equivalence(
        margin=margin,
        p=p,
        low=found.estimate - half,
        high=found.estimate + half,
        equivalent=p <= level,
        level=level,
    )


def e_value(rate_ratio: float) -> float:
    """Return how strongly something unmeasured must go with both sides to make a ratio of 1.

    R + sqrt(R (R - 1)) for R of 1 or more (1 / R otherwise): the risk ratio, with exposure and
    with outcome each, that could explain the observed ratio away.

    Args:
        rate_ratio: above 0.

    Raises: InvalidData: a ratio that is not above 0.
    Source: VanderWeele and Ding, Annals of Internal Medicine 167 (2017) 268-274.
    Limits: one confounder, of any kind; large values do not make an association a cause.
    """
    if not 0 < rate_ratio < float("inf"):
        raise InvalidData(_("a ratio of rates must be above 0"))
    ratio = max(rate_ratio, 1 / rate_ratio)
    return ratio + sqrt(ratio * (ratio - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportingNeeded:
    """What unequal recording would erase an elasticity.

    Attributes:
        slope: how fast, in log recording of the outcome per unit of the log exposure, recording
            must move with the exposure to make the estimate 0.
        slope_interval: to make the end of the interval nearest 0 zero (0 where it spans 0).
        ratio: share recorded where the exposure is high over that where it is low, for `spread`.
        curve: (slope of recording, estimate that remains), from none to twice what erases it.

    Source: as `reporting_needed`.
    """

    slope: float
    slope_interval: float
    ratio: float
    curve: tuple[tuple[float, float], ...]


def reporting_needed(found: Estimate, spread: float, *, points: int = 21) -> ReportingNeeded:
    """Return how unequally deeds would have to be recorded to make the estimate vanish.

    With counts = deeds x share recorded, log share recorded = a + s x log exposure moves the
    coefficient of log exposure by s: the estimate less s remains.

    Args:
        found: an elasticity: the coefficient of a log exposure in a model of log counts.
        spread: log exposure at the high end less at the low end (e.g. between the 90th and 10th
            percentile, within places), above 0.
        points: of the curve, 2 or more.

    Raises: InvalidData: a spread that is not above 0, or fewer than 2 points.
    Source: the log-linear model of under-recorded counts, Stoner, Economou and Drummond, JASA 114
        (2019) 1481-1492; told as an E-value is, VanderWeele and Ding (2017).
    Limits: recording that moves with the exposure in a straight line on the log scale.
    """
    if not spread > 0:
        raise InvalidData(_("the spread of the exposure must be above 0"))
    if points < 2:
        raise InvalidData(_("a curve has at least 2 points"))
    low, high = found.low, found.high
    nearest = 0.0 if low <= 0 <= high else min(low, high, key=abs)
    slopes = np.linspace(0.0, 2.0 * found.estimate, points)
    return ReportingNeeded(
        slope=found.estimate,
        slope_interval=nearest,
        ratio=exp(found.estimate * spread),
        curve=tuple((float(s), float(found.estimate - s)) for s in slopes),
    )


def share_recorded_needed(found: Estimate, spread: float, share_low: float) -> float:
    """Return the share recorded at the high end of the exposure that would erase the estimate.

    Args:
        found, spread: as `reporting_needed`.
        share_low: share of deeds recorded at the low end, between 0 and 1 (e.g. from ENVIPE).

    Returns: a share; above 1 means that no recording could erase it.
    Raises: InvalidData: a spread not above 0, or no share.
    Source: as `reporting_needed`.
    """
    share(share_low, "share_low")
    if not spread > 0:
        raise InvalidData(_("the spread of the exposure must be above 0"))
    return exp(log(share_low) + found.estimate * spread)
