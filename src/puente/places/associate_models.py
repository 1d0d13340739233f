"""The Poisson models of one question: outcome and control on one exposure, within places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.places.stats.contrast import (
    FEW_CLUSTERS,
    difference,
    wild_difference_p,
    wild_p,
)
from puente.places.stats.estimate import Estimate
from puente.places.stats.fepois import Design, PoissonFit, fepois
from puente.places.stats.leads import complete, shifted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.places.associate_data import Records
    from puente.places.associate_spec import Spec
    from puente.places.stats.arrays import Flags, Floats

HALF = 0.5
"""Added to every count before its log, so that a month without any has one."""

EXPOSURE = "exposure"


def log_rate(counts: Floats, people: Floats) -> Floats:
    """Return log((count + .5) per 100,000 people), NaN where either is not known.

    Source: Cox, The Analysis of Binary Data (1970), 3.2, for the half.
    """
    rate: Floats = np.log((counts + HALF) / people * 100_000)
    return rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The rows of the models: those in which everything is known.

    Attributes:
        records: places and months.
        spec: the question.
        use: p x m flags of the places and months to take; None for all.

    Source: see `fitted`.
    """

    records: Records
    spec: Spec
    use: Flags | None = None

    @property
    def exposure(self) -> Floats:
        """The log rate of the exposure, p x m."""
        return log_rate(self.records.counts[EXPOSURE], self.records.people)

    @property
    def clusters(self) -> Floats:
        """The label of each place's cluster."""
        by_state = self.spec.clusters == "state"
        return np.asarray(self.records.states if by_state else self.records.places)

    def design(self, role: str, more: Mapping[str, Floats] | None = None) -> Design:
        """Return the model of one outcome: log exposure, log people, places and months.

        Args:
            role: `outcome` or `control`.
            more: further terms, p x m each. A term `exposure` here stands for the exposure.

        Raises: InvalidData: no row is whole.
        Source: see `fitted`.
        """
        counts = self.records.counts[role]
        terms = {EXPOSURE: self.exposure, **(more or {})}
        if _varies(self.records.people):
            terms["people"] = np.log(self.records.people)
        use = np.ones(counts.shape, bool) if self.use is None else self.use
        places, months = counts.shape
        place = np.repeat(np.arange(places), months)[use.ravel()]
        month = np.tile(self.records.month_numbers, places)[use.ravel()]
        return complete(
            Design(
                outcome=counts[use],
                terms={name: term[use] for name, term in terms.items()},
                effects=(place, month),
                clusters=np.repeat(self.clusters, months)[use.ravel()],
            )
        )


def _varies(people: Floats) -> bool:
    """Return True if people change by more than place and month effects hold."""
    logs = np.log(people)
    known = np.isfinite(logs)
    if not known.any():
        return False
    filled = np.where(known, logs, np.nan)
    place = np.nanmean(filled, axis=1, keepdims=True, where=known)
    left = filled - np.where(known.any(axis=1, keepdims=True), place, 0)
    left = left - np.nanmean(left, axis=0, keepdims=True, where=known)
    return bool(np.nanmax(np.abs(left)) > 1e-6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One exposure's elasticity of the outcome, of the control, and the difference.

    Attributes:
        within: of the outcome; control, difference: None where there is no control to fit.
        fit: of the outcome; control_fit: of the control.
        designs: of both, as fitted.
        no_control: why there is none.

    Source: as `fitted`.
    """

    within: Estimate
    control: Estimate | None
    difference: Estimate | None
    fit: PoissonFit
    control_fit: PoissonFit | None
    designs: tuple[Design, ...]
    no_control: str = ""


def fitted(panel: Panel, more: Mapping[str, Floats] | None = None) -> Compared:
    """Return how the outcome, and the control, go with the exposure within places.

    Counts on log exposure rate and log people, with an effect of each place and of each month:
    what does not change in a place, and what changes everywhere at once, is taken out. The control
    is what the exposure should not move but recording and mobility would; what counts is the
    difference.

    Raises: InvalidData: the model of the outcome cannot be fitted.
    Source: Santos Silva and Tenreyro, Review of Economics and Statistics 88 (2006) 641-658;
        Lipsitch, Tchetgen Tchetgen and Cohen, Epidemiology 21 (2010) 383-388.
    Limits: a control that shares no confounder with the outcome takes nothing out.
    """
    design = panel.design("outcome", more)
    fit = fepois(design)
    within = fit.term(EXPOSURE)
    if "control" not in panel.records.counts:
        return _alone(fit, design, _("no control was named"))
    try:
        control_design = panel.design("control", more)
        control = fepois(control_design)
    except InvalidData as error:
        return _alone(fit, design, error.reason)
    return Compared(
        within=within,
        control=control.term(EXPOSURE),
        difference=difference(fit, control, EXPOSURE),
        fit=fit,
        control_fit=control,
        designs=(design, control_design),
    )


def _alone(fit: PoissonFit, design: Design, why: str) -> Compared:
    return Compared(
        within=fit.term(EXPOSURE),
        control=None,
        difference=None,
        fit=fit,
        control_fit=None,
        designs=(design,),
        no_control=why,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WildPs:
    """p of the wild cluster bootstrap: of the outcome's elasticity, and of the difference.

    Attributes:
        draws: sign patterns; clusters: of the model.

    Source: as `contrast.wild_p`.
    """

    within: float
    difference: float | None
    draws: int
    clusters: int


def wild(compared: Compared, spec: Spec, rng: np.random.Generator) -> WildPs | None:
    """Return the tests for few clusters; None where there are `FEW_CLUSTERS` or more.

    Raises: InvalidData: as `contrast.wild_p`.
    Source: Cameron, Gelbach and Miller, Review of Economics and Statistics 90 (2008) 414-427.
    """
    if compared.fit.groups >= FEW_CLUSTERS:
        return None
    one = wild_p(compared.designs[0], EXPOSURE, draws=spec.draws, rng=rng)
    other = None
    if len(compared.designs) == 2:
        first, second = compared.designs
        other = wild_difference_p(first, second, EXPOSURE, draws=spec.draws, rng=rng).p
    return WildPs(within=one.p, difference=other, draws=one.draws, clusters=one.clusters)


def spread(panel: Panel) -> float:
    """Return the log exposure of a high month less that of a low one, within places.

    From the 10th to the 90th percentile of what place and month leave unexplained.

    Source: none of its own.
    """
    values = panel.exposure
    if panel.use is not None:
        values = np.where(panel.use, values, np.nan)
    known = np.isfinite(values)
    rows, columns = known.any(axis=1), known.any(axis=0)
    left = values[rows][:, columns]
    for _round in range(10):
        left = left - np.nanmean(left, axis=1, keepdims=True)
        left = left - np.nanmean(left, axis=0, keepdims=True)
    low, high = np.nanpercentile(left, (10, 90))
    return float(high - low)


def shifts_of(panel: Panel, months: int) -> dict[int, Estimate]:
    """Return the elasticity of each lag (above 0) and lead (below 0) of the exposure, all at once.

    By Student's t with clusters less one degrees of freedom.

    Args:
        panel: see `Panel`.
        months: of lags, and of leads.

    Raises: InvalidData: too few months for them, or a model that cannot be fitted.
    Source: Granger, Econometrica 37 (1969) 424-438, for leads as the test of what comes first.
    Limits: leads as large as lags speak of things that move together, not of one that announces the
        other.
    """
    records = panel.records
    places, length = records.people.shape
    if length < 2 * (2 * months + 1):
        text = _("{count} months are too few for {shifts} lags and leads")
        raise InvalidData(text.format(count=length, shifts=months))
    wanted = [shift for shift in range(-months, months + 1) if shift]
    moved = shifted(
        panel.exposure.ravel(),
        np.repeat(np.arange(places), length),
        np.tile(records.month_numbers, places),
        wanted,
    )
    more = {f"shift {shift}": moved[shift].reshape(places, length) for shift in wanted}
    fit = fepois(panel.design("outcome", more))
    names = {shift: f"shift {shift}" for shift in wanted} | {0: EXPOSURE}
    found = {}
    for shift in sorted(names):
        term = fit.term(names[shift])
        found[shift] = Estimate(estimate=term.estimate, se=term.se, df=float(fit.groups - 1))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """The estimates where one part of the data is left out, or taken alone.

    Source: as `stability`.
    """

    part: str
    within: float
    difference: float | None


EXACT_ROWS = 20_000
"""Above so many rows, leaving a state out is worked out from its scores in one step."""


def stability(panel: Panel, compared: Compared) -> tuple[tuple[Left, ...], tuple[Left, ...]]:
    """Return the estimates of each half of the period, and without each state in turn.

    Above `EXACT_ROWS` rows the second is the one-step estimate, where clusters are states.

    Raises: InvalidData: a model that cannot be fitted.
    Source: Cook, Technometrics 19 (1977) 15-18 (leaving out); Pregibon, Annals of Statistics 9
        (1981) 705-724 (one step).
    Cost: two fits for each state, or none.
    """
    records = panel.records
    length = len(records.months)
    shape = records.people.shape
    halves = []
    for begin, end in ((0, length // 2), (length // 2, length)):
        use = np.zeros(shape, bool)
        use[:, begin:end] = True
        part = f"{records.months[begin]}..{records.months[end - 1]}"
        halves.append(_left(panel, part, use))
    states = np.asarray(records.states)
    if compared.fit.n > EXACT_ROWS and panel.spec.clusters == "state":
        return tuple(halves), _one_step(compared)
    without = []
    for state in np.unique(states):
        use = np.repeat((states != state)[:, None], length, axis=1)
        without.append(_left(panel, str(state), use))
    return tuple(halves), tuple(without)


def _left(panel: Panel, part: str, use: Flags) -> Left:
    found = fitted(Panel(records=panel.records, spec=panel.spec, use=use))
    other = None if found.difference is None else found.difference.estimate
    return Left(part=part, within=found.within.estimate, difference=other)


def _one_step(compared: Compared) -> tuple[Left, ...]:
    own = _influence(compared.fit)
    other = {} if compared.control_fit is None else _influence(compared.control_fit)
    found = []
    for state in sorted(own):
        gap = None
        if compared.difference is not None:
            gap = compared.difference.estimate - own[state] + other.get(state, 0.0)
        within = compared.within.estimate - own[state]
        found.append(Left(part=state, within=within, difference=gap))
    return tuple(found)


def _influence(fit: PoissonFit) -> dict[str, float]:
    own = np.linalg.solve(fit.information, fit.scores.T)[fit.names.index(EXPOSURE)]
    return {str(label): float(one) for label, one in zip(fit.cluster_labels, own, strict=True)}
