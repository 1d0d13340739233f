"""From how like two names are to how likely they are one person's or one firm's.

A score is a probability under a stated share of listed people among those asked for: one in two,
as on a desk that asks because something was seen. Where fewer are listed, as among a bank's
customers, `at_share` says what a score is worth there.

Source: measured with bench/screening.py on the SDN list of 31 January 2022: 4,000 damaged names of
    listed people, four fifths of the entries, and 4,000 unlisted people; every entry answered
    counts. Zadrozny and Elkan (2002), Transforming Classifier Scores into Accurate Multiclass
    Probability Estimates, for monotone calibration.
Limits: the damage is made up, so the figures hold for damage like it; who bears a listed person's
    whole name is as likely as the list itself makes it.
"""

from __future__ import annotations

from bisect import bisect_right
from math import exp, log

METHOD = "words-roles-2"
"""Version of the method; stored with every answer, so that it can be given again."""

_LIKENESS = (
    0.0, 0.30, 0.50, 0.60, 0.70, 0.73, 0.75, 0.78, 0.80, 0.82, 0.85, 0.88, 0.92, 0.95, 1.0,
)  # fmt: skip
_PROBABILITY = (
    0.0002, 0.001, 0.006, 0.02, 0.05, 0.11, 0.22, 0.33, 0.50, 0.66, 0.78, 0.91, 0.965, 0.99, 0.992,
)  # fmt: skip
MILLION = 1_000_000


def log_odds(probability: float) -> float:
    """Return the log-odds of a probability between 0 and 1.

    Source: see the module.
    """
    return log(probability / (1 - probability))


_LOG_ODDS = tuple(log_odds(p) for p in _PROBABILITY)


def probability_of(likeness: float) -> float:
    """Return the probability that a name so like the listed one is its bearer's.

    Args:
        likeness: 0..1, as `puente.screen.align` gives it.

    Source: see the module.
    """
    return _back(_between(likeness, _LIKENESS, _LOG_ODDS))


def likeness_of(probability: float) -> float:
    """Return the likeness, 0..1, from which the probability is at least `probability`.

    Source: see the module.
    """
    if probability <= _PROBABILITY[0]:
        return 0.0
    if probability >= _PROBABILITY[-1]:
        return 1.0
    return _between(log_odds(probability), _LOG_ODDS, _LIKENESS)


def moved(probability: float, weight: float) -> float:
    """Return a probability moved by log-odds `weight`.

    Source: Fellegi and Sunter (1969).
    """
    if not weight:
        return probability
    held = min(max(probability, _PROBABILITY[0]), _PROBABILITY[-1])
    return _back(log_odds(held) + weight)


def at_share(score: float, listed_per_million: float) -> float:
    """Return what a score is worth where so many of a million people asked for are listed.

    Args:
        score: 0..1, of a hit.
        listed_per_million: above 0, below 1,000,000.

    Source: Bayes' rule; the score itself holds at 500,000 (see the module).
    """
    held = min(max(score, 1e-9), 1 - 1e-9)
    return _back(log_odds(held) + log(listed_per_million / (MILLION - listed_per_million)))


def _back(odds: float) -> float:
    return 1 / (1 + exp(-odds))


def _between(value: float, given: tuple[float, ...], told: tuple[float, ...]) -> float:
    """Return the value on the line through the points (given, told), which rise."""
    at = min(max(bisect_right(given, value), 1), len(given) - 1)
    share = (value - given[at - 1]) / (given[at] - given[at - 1])
    return told[at - 1] + min(max(share, 0.0), 1.0) * (told[at] - told[at - 1])
