"""Association: how often the ladder finds what was planted, and what was not.

Every panel is made up: 32 places and 84 months with crimes of very unequal number, levels and
seasons of their own, rates that wander. A verdict of "association beyond controls" is wrong
wherever nothing, or recording alone, was planted.

    OMP_NUM_THREADS=1 python bench/association.py [--runs 500] [--only null|recording|effect|...]
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from puente.places.associate import judged
from puente.places.associate_data import Records, mixed_up
from puente.places.associate_models import Panel, fitted, shifts_of
from puente.places.associate_rungs import order_of
from puente.places.associate_spec import Spec
from puente.places.associate_verdict import BEYOND

if TYPE_CHECKING:
    from collections.abc import Callable

PLACES, MONTHS = 32, 84
SPEC = Spec(exposure="a", outcome="b", control="c", draws=999)


def wander(rng: np.random.Generator, size: float, keep: float = 0.8) -> np.ndarray:
    """Return p x m rates that wander: each month keeps a share of the month before."""
    moved = rng.normal(0, size * np.sqrt(1 - keep**2), (PLACES, MONTHS))
    moved[:, 0] = rng.normal(0, size, PLACES)
    for month in range(1, MONTHS):
        moved[:, month] += keep * moved[:, month - 1]
    return moved


def made_up(
    rng: np.random.Generator, *, recording: float = 0.0, effect: float = 0.0, lag: int = 0
) -> Records:
    """Return a panel with a common recording factor and an effect of the exposure, planted."""
    people = np.exp(rng.normal(14.5, 0.8, (PLACES, 1))) * np.exp(
        rng.normal(0.01, 0.004, (PLACES, 1)) * np.arange(MONTHS) / 12
    )
    season = rng.normal(0, 0.05, (3, 1, MONTHS))
    level = rng.normal((-9.0, -10.5, -11.0), 0.5, (PLACES, 3)).T[:, :, None]
    common = recording * wander(rng, 1.0)
    deeds = np.stack([wander(rng, 0.3) for _record in range(3)])
    moved = np.roll(deeds[0], lag, axis=1)
    moved[:, :lag] = wander(rng, 0.3)[:, :lag]
    deeds[1] += effect * moved
    mean = people * np.exp(level + season + deeds + common)
    counts = rng.poisson(mean).astype(np.float64)
    codes = tuple(f"{number + 1:02d}000" for number in range(PLACES))
    months = tuple(f"{2015 + at // 12}-{at % 12 + 1:02d}" for at in range(MONTHS))
    return Records(
        places=codes,
        months=months,
        states=tuple(code[:2] for code in codes),
        counts=dict(zip(("exposure", "outcome", "control"), counts, strict=True)),
        people=people,
    )


def verdicts(name: str, runs: int, spec: Spec, **planted: float) -> Counter[str]:
    """Print and return how often each verdict came out."""
    began = time.process_time()
    found: Counter[str] = Counter()
    for run in range(runs):
        records = made_up(np.random.default_rng([run, 7]), **planted)  # type: ignore[arg-type]
        _base, verdict = judged(Panel(records=records, spec=spec))
        found[verdict.verdict] += 1
    shares = {one: round(100 * count / runs, 1) for one, count in found.items()}
    spent = time.process_time() - began
    print(f"{name:34s} {runs} runs, in 100: {shares} {spent:.0f} CPU-s", flush=True)
    return found


def lags(runs: int) -> None:
    found, leads = 0, 0
    for run in range(runs):
        records = made_up(np.random.default_rng([run, 8]), effect=0.3, lag=2)
        order = order_of(shifts_of(Panel(records=records, spec=SPEC), 6), SPEC.level)
        found += 2 in order["lags"] and order["largest"] == 2  # type: ignore[operator]
        leads += order["reading"] == "moves together"
    share, wrong = 100 * found / runs, 100 * leads / runs
    print(
        f"lag of 2 planted: {runs} runs, found in {share:.1f} of 100, "
        f"read as moving together in {wrong:.1f}"
    )


def pairs(runs: int) -> None:
    """20 exposures by 20 outcomes, all null, in which recording is common to all of them."""
    spec = Spec(exposure="a", outcome="b", control="c", draws=9999, pairs_planned=400)
    wrong = 0
    for run in range(runs):
        rng = np.random.default_rng([run, 9])
        first = made_up(rng, recording=0.2)
        common = first.counts["control"]
        people = first.people
        sides = [
            [rng.poisson(people * np.exp(-10 + wander(rng, 0.3))).astype(float) for _n in range(20)]
            for _side in range(2)
        ]
        called = False
        for exposure in sides[0]:
            for outcome in sides[1]:
                counts = {"exposure": exposure, "outcome": outcome, "control": common}
                records = Records(
                    places=first.places,
                    months=first.months,
                    states=first.states,
                    counts=counts,
                    people=people,
                )
                panel = Panel(records=records, spec=spec)
                # The verdict takes the larger p: where the quick one is above, so is it.
                if fitted(panel).within.p <= spec.level_shared:
                    called |= judged(panel)[1].verdict == BEYOND
        wrong += called
    print(f"20 x 20 null pairs: {runs} runs, any called beyond in {100 * wrong / runs:.1f} of 100")


def keys(runs: int) -> None:
    """Place codes mixed up in 5 of 100 of 2,469 municipalities, against none."""
    told, false = 0, 0
    for run in range(runs):
        rng = np.random.default_rng([run, 10])
        people = np.exp(rng.normal(9.5, 1.4, (2469, 1))) * np.ones((1, 36))
        rate = np.exp(-9 + rng.standard_t(5, (2469, 1)) * 0.6)
        counts = rng.poisson(people * rate).astype(float)
        false += mixed_up(counts, people) > 0
        moved = rng.choice(2469, 123, replace=False)
        counts[moved] = counts[rng.permutation(moved)]
        told += mixed_up(counts, people) > 0
    share, wrong = 100 * told / runs, 100 * false / runs
    print(f"keys mixed up: {runs} runs, told in {share:.1f} of 100; told of none in {wrong:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    margin = Spec(exposure="a", outcome="b", control="c", draws=999, margin=0.15)
    parts: dict[str, Callable[[], object]] = {
        "null": lambda: verdicts("nothing planted", asked.runs, SPEC),
        "recording": lambda: verdicts("recording alone", asked.runs, SPEC, recording=0.3),
        "margin": lambda: verdicts("recording, margin .15", asked.runs, margin, recording=0.3),
        "effect": lambda: verdicts(
            "effect .3 and recording", asked.runs, SPEC, recording=0.2, effect=0.3
        ),
        "lags": lambda: lags(asked.runs),
        "pairs": lambda: pairs(max(1, asked.runs // 25)),
        "keys": lambda: keys(max(1, asked.runs // 10)),
    }
    for name, run in parts.items():
        if asked.only in ("", name):
            run()


if __name__ == "__main__":
    main()
