"""What goes with what, once recording, population and chance are taken out: the whole ladder.

A raw correlation is the first rung of eleven. All are printed together, so that nobody stops at the
one that suits; a rung without data says why.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from puente.errors import InvalidData
from puente.places.associate_models import Panel, fitted, spread, wild
from puente.places.associate_rungs import Base, Rung, ladder, numbers, with_recording
from puente.places.associate_verdict import Grounds, Verdict, judge

if TYPE_CHECKING:
    from puente.places.associate_data import Records
    from puente.places.associate_models import Compared
    from puente.places.associate_spec import Spec
    from puente.places.stats.estimate import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """The answer to one question.

    Attributes:
        spec: the question; records: what it was put to.
        rungs: of the ladder, all of them, in order.
        within, control, difference: elasticities; the last two None where there is no control.
        verdict: with its strength.
        base: what the rungs rest on.

    Source: as `associate`.
    """

    spec: Spec
    records: Records
    rungs: tuple[Rung, ...]
    within: Estimate
    control: Estimate | None
    difference: Estimate | None
    verdict: Verdict
    base: Base


def associate(records: Records, spec: Spec) -> Association:
    """Return the whole ladder and its verdict.

    The elasticity of the outcome within places is set against that of the negative control. With
    fewer than 50 clusters a test must hold by the wild bootstrap too.

    Args:
        records: see `Records`.
        spec: the question, fixed beforehand.

    Raises: InvalidData: the model of the outcome cannot be fitted at all.
    Source: Lipsitch, Tchetgen Tchetgen and Cohen, Epidemiology 21 (2010) 383-388; Lee (2001);
        Wagner and Dray (2015); Cameron, Gelbach and Miller (2008); each as cited by its rung.
    Limits: places, not people; recorded events, not events; association, never cause.
    Cost: 6 CPU-s for 32 states and 84 months.
    """
    base, verdict = judged(Panel(records=records, spec=spec))
    compared = base.compared
    return Association(
        spec=spec,
        records=records,
        rungs=ladder(base, verdict),
        within=compared.within,
        control=compared.control,
        difference=compared.difference,
        verdict=verdict,
        base=base,
    )


def judged(panel: Panel) -> tuple[Base, Verdict]:
    """Return the verdict and what it rests on, without the other rungs.

    Raises: InvalidData: the model of the outcome cannot be fitted at all.
    Source: as `associate`.
    """
    spec = panel.spec
    compared = fitted(panel)
    base = Base(
        panel=panel,
        compared=compared,
        wild=wild(compared, spec, _stream(spec, 0)),
        spread=spread(panel),
        given_recording=_given_recording(panel),
    )
    given = base.given_recording
    grounds = Grounds(
        within=compared.within,
        p_within=base.p_within,
        difference=compared.difference,
        p_difference=base.p_difference,
        given_recording=None if given is None else given.difference,
        spread=base.spread,
        level=spec.level_shared,
        margin=spec.margin,
    )
    return base, judge(grounds)


def as_json(found: Association) -> dict[str, object]:
    """Return the answer as plain values: rungs, within, control, difference, verdict, strength.

    Source: as `associate`.
    """
    return {
        "rungs": [
            {
                "rung": rung.rung,
                "available": rung.available,
                "reason": "" if rung.available and not rung.reason else rung.reason,
                "figures": dict(rung.figures),
            }
            for rung in found.rungs
        ],
        "within": numbers(found.within),
        "control": None if found.control is None else numbers(found.control),
        "difference": None if found.difference is None else numbers(found.difference),
        "verdict": found.verdict.verdict,
        "strength": found.verdict.strength or None,
        "spec": asdict(found.spec),
        "spec_hash": found.spec.hash,
        "warnings": list(found.records.warnings),
        "source": found.records.source,
    }


def _given_recording(panel: Panel) -> Compared | None:
    more = with_recording(panel)
    if more is None:
        return None
    try:
        return fitted(panel, more)
    except InvalidData:
        # The rung then says that it is not available; the verdict rests on the others.
        return None


def _stream(spec: Spec, number: int) -> np.random.Generator:
    return np.random.default_rng([spec.seed, number])
