"""The rungs of the ladder, each with its figures or the reason why there are none."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from math import exp
from typing import TYPE_CHECKING

import numpy as np

from puente.errors import InvalidData
from puente.i18n import N_
from puente.i18n import gettext as _
from puente.places.associate_data import counted
from puente.places.associate_maps import basis_of, between, lee_of, spearman, spectral_of
from puente.places.associate_models import Compared, Panel, WildPs, log_rate, shifts_of, stability
from puente.places.stats.contrast import FEW_CLUSTERS
from puente.places.stats.discovery import benjamini_hochberg
from puente.places.stats.estimate import Estimate, e_value, reporting_needed
from puente.places.stats.fepois import fepois

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from puente.places.associate_maps import Between
    from puente.places.associate_verdict import Verdict
    from puente.places.stats.arrays import Floats
    from puente.places.stats.spectral import Basis, Spectral

TITLES: Mapping[str, str] = {
    "raw": N_("Raw: counts, holes, places ranked against each other"),
    "lee": N_("Lee's L: alike in place and around it"),
    "spectral": N_("Correlation of the maps, p by Moran spectral randomisation"),
    "partial": N_("The same given population and recording"),
    "control": N_("Against the negative control: the difference"),
    "shifts": N_("Lags and leads in months"),
    "wild": N_("Few clusters: wild bootstrap"),
    "neighbours": N_("Neighbours' exposure"),
    "reporting": N_("How unequal recording would have to be to erase it"),
    "multiple": N_("All tests of this ladder together"),
    "stability": N_("Halves of the period; each state left out"),
    "plan": N_("Plan fixed beforehand, and its hash"),
}
"""The rungs, in order, and what each is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One rung.

    Attributes:
        rung: its name, a key of `TITLES`.
        available: False where there are no data for it; `reason` then says why.
        figures: by name.
        p: of the tests made here, by name; all count among the tests.

    Source: as cited by the function that makes it.
    """

    rung: str
    available: bool = True
    reason: str = ""
    figures: Mapping[str, object] = field(default_factory=dict)
    p: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What the rungs rest on.

    Attributes:
        panel: rows of the models; compared: the fits; wild: tests for few clusters, or None.
        spread: of the log exposure within places.
        given_recording: the fits with recording in both; None where it is not known.

    Source: as `associate`.
    """

    panel: Panel
    compared: Compared
    wild: WildPs | None
    spread: float
    given_recording: Compared | None

    @property
    def p_within(self) -> float:
        """The larger p of the tests of the outcome's elasticity."""
        return max(self.compared.within.p, 0.0 if self.wild is None else self.wild.within)

    @property
    def p_difference(self) -> float:
        """The larger p of the tests of the difference; 1 where there is none."""
        if self.compared.difference is None:
            return 1.0
        few = 0.0 if self.wild is None or self.wild.difference is None else self.wild.difference
        return max(self.compared.difference.p, few)


def with_recording(panel: Panel) -> Mapping[str, Floats] | None:
    """Return the log rate of all that is recorded, as a term; None where it is not known.

    Source: as `log_rate`.
    """
    basket = panel.records.counts.get("recording")
    return None if basket is None else {"recording": log_rate(basket, panel.records.people)}


def numbers(found: Estimate) -> dict[str, float]:
    """Return an estimate with its error, p, interval and smallest detectable effect.

    Source: see `Estimate`.
    """
    return {
        "estimate": found.estimate,
        "se": found.se,
        "p": found.p,
        "low": found.low,
        "high": found.high,
        "smallest_detectable": found.smallest_detectable,
    }


def ladder(base: Base, verdict: Verdict) -> tuple[Rung, ...]:
    """Return all rungs, in the order of `TITLES`.

    Source: as cited by each.
    """
    maps = _Maps(base)
    makers: dict[str, Callable[[], Rung]] = {
        "raw": maps.raw,
        "lee": maps.lee,
        "spectral": maps.spectral,
        "partial": lambda: _partial(base, maps),
        "control": lambda: _control(base, verdict),
        "shifts": lambda: _shifts(base),
        "wild": lambda: _wild(base),
        "neighbours": lambda: _neighbours(base),
        "reporting": lambda: _reporting(base),
    }
    rungs = [_made(name, make) for name, make in makers.items()]
    rungs.append(_multiple(base, rungs))
    rungs.append(_made("stability", lambda: _stability(base)))
    rungs.append(_plan(base))
    return tuple(rungs)


def _made(name: str, make: Callable[[], Rung]) -> Rung:
    try:
        return make()
    except InvalidData as error:
        return Rung(rung=name, available=False, reason=error.reason)


class _Maps:
    """The rungs that compare places; the map and its waves are made once."""

    def __init__(self, base: Base) -> None:
        self.base, self.spec = base, base.panel.spec
        self._between: Between | None = None
        self._basis: Basis | None = None

    def stream(self, number: int) -> np.random.Generator:
        return np.random.default_rng([self.spec.seed, number])

    def between(self) -> Between:
        if self._between is None:
            self._between = between(self.base.panel.records)
        return self._between

    def raw(self) -> Rung:
        records = self.base.panel.records
        figures: dict[str, object] = {
            "places": len(records.places),
            "months": len(records.months),
            **{role: counted(counts) for role, counts in records.counts.items()},
        }
        try:
            found = self.between()
            for role in ("outcome", "control"):
                if role in found.rates:
                    r, p = spearman(found.rates["exposure"], found.rates[role])
                    # Naive: of use only to see how far off it is.
                    figures[f"spearman_{role}"] = {"r": r, "p_naive": p, "n": len(found.places)}
        except InvalidData as error:
            figures["spearman_reason"] = error.reason
        return Rung(rung="raw", figures=figures)

    def lee(self) -> Rung:
        self._need_neighbours()
        found = lee_of(self.between(), self.spec, self.stream(1))
        figures = {
            "L": found.whole.statistic,
            "mean": found.whole.mean,
            "p": found.whole.p_two_sided,
            "places_called": {name: len(places) for name, places in found.called.items()},
            "places": {name: list(places) for name, places in found.called.items()},
            "scatter": [list(one) for one in found.scatter],
        }
        return Rung(rung="lee", figures=figures, p={"lee": found.whole.p_two_sided})

    def spectral(self) -> Rung:
        self._need_neighbours()
        found = self.tested(2, ())
        return Rung(
            rung="spectral", figures=_spectral_figures(found), p={"spectral": found.p_two_sided}
        )

    def tested(self, number: int, given: tuple[str, ...]) -> Spectral:
        if self._basis is None:
            self._basis = basis_of(self.between())
        return spectral_of(self.between(), self._basis, self.spec, self.stream(number), given=given)

    def _need_neighbours(self) -> None:
        records = self.base.panel.records
        if records.weights is None:
            raise InvalidData(records.no_weights or _("neighbours are not known"))


def _spectral_figures(found: Spectral) -> dict[str, object]:
    return {
        "r": found.r,
        "p": found.p_two_sided,
        "effective_n": found.effective_n,
        "areas": found.areas,
    }


def _partial(base: Base, maps: _Maps) -> Rung:
    figures: dict[str, object] = {}
    p: dict[str, float] = {}
    records = base.panel.records
    if records.weights is not None:
        given = ("people", "recording")
        found = maps.tested(3, given)
        figures["map"] = {**_spectral_figures(found), "given": list(given)}
        p["partial"] = found.p_two_sided
    else:
        figures["no_map"] = records.no_weights
    if base.given_recording is not None:
        figures["within"] = numbers(base.given_recording.within)
        p["within given recording"] = base.given_recording.within.p
        if base.given_recording.difference is not None:
            figures["difference"] = numbers(base.given_recording.difference)
            p["difference given recording"] = base.given_recording.difference.p
    if not p:
        raise InvalidData(_("neither neighbours nor other records are known"))
    return Rung(rung="partial", figures=figures, p=p)


def _control(base: Base, verdict: Verdict) -> Rung:
    found = base.compared
    figures: dict[str, object] = {"within": numbers(found.within), "rows": found.fit.n}
    figures["clusters"] = found.fit.groups
    p = {"within": base.p_within}
    if found.control is None or found.difference is None:
        figures["no_control"] = found.no_control
        return Rung(rung="control", reason=found.no_control, figures=figures, p=p)
    figures["control"] = numbers(found.control)
    figures["difference"] = numbers(found.difference)
    if verdict.equivalence is not None:
        figures["equivalence"] = asdict(verdict.equivalence)
    return Rung(rung="control", figures=figures, p={**p, "difference": base.p_difference})


def _shifts(base: Base) -> Rung:
    spec = base.panel.spec
    if not spec.shifts:
        raise InvalidData(_("the plan asks for no lags and leads"))
    found = shifts_of(base.panel, spec.shifts)
    figures: dict[str, object] = {
        "terms": {str(shift): numbers(one) for shift, one in found.items()},
        "order": order_of(found, spec.level),
    }
    return Rung(
        rung="shifts", figures=figures, p={f"shift {shift}": one.p for shift, one in found.items()}
    )


def order_of(found: Mapping[int, Estimate], level: float) -> dict[str, object]:
    """Return which lags and leads stand out, all tested together, and what that says of order.

    Returns: `lags`, `leads` (months), `same_month`, `largest` (shift of the largest estimate), and
        `reading`: `moves together` (a lead stands out, half as large as the largest or more),
        `exposure first` (a lag stands out and is the largest), `same month`, `unclear` (something
        stands out, yet not the largest), `none`.
    Source: Dunn, JASA 56 (1961) 52-64 (Bonferroni's bound); Granger (1969).
    """
    share = level / len(found)
    out = [shift for shift, one in found.items() if one.p <= share]
    lags = sorted(shift for shift in out if shift > 0)
    leads = sorted(-shift for shift in out if shift < 0)
    sizes = {shift: abs(one.estimate) for shift, one in found.items()}
    largest = max(sizes, key=lambda shift: sizes[shift])
    reading = N_("unclear") if out else N_("none")
    if any(2 * sizes[-lead] >= sizes[largest] for lead in leads):
        reading = N_("moves together")
    elif largest in lags:
        reading = N_("exposure first")
    elif largest == 0 and 0 in out:
        reading = N_("same month")
    return {
        "lags": lags,
        "leads": leads,
        "same_month": 0 in out,
        "largest": largest,
        "reading": reading,
    }


def _wild(base: Base) -> Rung:
    if base.wild is None:
        text = _("not needed: {count} clusters, {least} or more")
        raise InvalidData(text.format(count=base.compared.fit.groups, least=FEW_CLUSTERS))
    figures = {
        "p_within": base.wild.within,
        "p_difference": base.wild.difference,
        "clusters": base.wild.clusters,
        "draws": base.wild.draws,
    }
    return Rung(rung="wild", figures=figures)


def _neighbours(base: Base) -> Rung:
    panel = base.panel
    weights = panel.records.weights
    if weights is None:
        raise InvalidData(panel.records.no_weights or _("neighbours are not known"))
    standard = weights.row_standardised()
    near = np.asarray(standard @ panel.exposure)
    near[weights.cardinality == 0] = np.nan
    fit = fepois(panel.design("outcome", {"neighbours": near}))
    own, theirs = fit.term("exposure"), fit.term("neighbours")
    figures = {"own": numbers(own), "neighbours": numbers(theirs), "rows": fit.n}
    return Rung(rung="neighbours", figures=figures, p={"neighbours": theirs.p})


def _reporting(base: Base) -> Rung:
    if not base.spread > 0:
        raise InvalidData(_("the exposure does not vary within places"))
    found = base.compared
    figures: dict[str, object] = {"spread": base.spread}
    named = {"within": found.within, "difference": found.difference}
    for name, estimate in named.items():
        if estimate is None:
            continue
        needed = reporting_needed(estimate, base.spread)
        figures[name] = {
            "slope": needed.slope,
            "slope_interval": needed.slope_interval,
            "ratio": needed.ratio,
            "e_value": e_value(exp(estimate.estimate * base.spread)),
            "curve": [list(point) for point in needed.curve],
        }
    return Rung(rung="reporting", figures=figures)


def _multiple(base: Base, rungs: list[Rung]) -> Rung:
    spec = base.panel.spec
    p = {name: value for rung in rungs for name, value in rung.p.items()}
    q = benjamini_hochberg(list(p.values()))
    named = {
        name: {"p": value, "q": float(rate)}
        for (name, value), rate in zip(p.items(), q, strict=True)
    }
    figures = {
        "tests": len(p),
        "pairs_planned": spec.pairs_planned,
        "tests_in_all": len(p) * spec.pairs_planned,
        "level_of_one_pair": spec.level_shared,
        "called": sorted(name for name, one in named.items() if one["q"] <= spec.level_shared),
        "by_test": named,
    }
    return Rung(rung="multiple", figures=figures)


def _stability(base: Base) -> Rung:
    halves, without = stability(base.panel, base.compared)
    gaps = [one.difference for one in without if one.difference is not None]
    own = [one.within for one in without]
    figures = {
        "halves": [asdict(one) for one in halves],
        "without": [asdict(one) for one in without],
        "within_range": [min(own), max(own)],
        "difference_range": [min(gaps), max(gaps)] if gaps else None,
    }
    return Rung(rung="stability", figures=figures)


def _plan(base: Base) -> Rung:
    spec = base.panel.spec
    figures = {
        "hash": spec.hash,
        "margin": spec.margin or None,
        "level": spec.level,
        "clusters": spec.clusters,
        "seed": spec.seed,
        "draws": spec.draws,
    }
    return Rung(rung="plan", figures=figures)
