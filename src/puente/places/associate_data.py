"""Counts of three records by place and month, with people and neighbours, for one question."""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.model.text import slug
from puente.places.stats.leads import month_number
from puente.places.stats.weights import from_links

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from puente.places.associate_spec import Spec
    from puente.places.stats.arrays import Floats, Ints
    from puente.places.stats.weights import Weights

LEAST_EVENTS = 5
"""Events a year in the middle place, below which counts say too little of whose they are."""

FEWEST_CLUSTERS = 10
"""Below so many clusters the wild bootstrap too is unsure.

Source: Webb, Canadian Journal of Economics 56 (2023) 839-858.
"""

MOST_MIXED = 0.5
"""Share of places above which the fit is no longer one of mostly right keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What a question is put to: p places, m months.

    Attributes:
        places, months: codes, and months `YYYY-MM` in order, none left out.
        states: of each place, two digits.
        counts: p x m under `exposure`, `outcome`, and where known `control` and `recording`; NaN
            where not reported.
        people: p x m, NaN where not known.
        weights: neighbours among the places, None where not known, then `no_weights` says why.
        warnings: what the reader of the result must know.
        source: what the counts come from.

    Source: none of its own.
    """

    places: tuple[str, ...]
    months: tuple[str, ...]
    states: tuple[str, ...]
    counts: Mapping[str, Floats]
    people: Floats
    weights: Weights | None = None
    no_weights: str = ""
    warnings: tuple[str, ...] = ()
    source: str = ""

    @property
    def month_numbers(self) -> Ints:
        """The months as numbers that grow by 1 a month."""
        return np.array([month_number(month) for month in self.months], np.int64)


def crime_named(asked: str, records: Iterable[str]) -> str:
    """Return the record, or the crime that records break down, that a name asks for.

    Args:
        asked: `Homicidio doloso`, `homicidio_doloso`, or one part, `homicidio_doloso.otro`.
        records: that there are.

    Raises: InvalidData: none; names those most like it.
    Source: names as the registers print them.
    """
    held = set(records)
    known = held | {record.split(".", 1)[0] for record in held}
    wanted = ".".join(slug(part) for part in asked.split("."))
    if wanted in known:
        return wanted
    near = difflib.get_close_matches(wanted, sorted(known), n=3, cutoff=0.5)
    text = _("no record {name}; most like it: {near}")
    raise InvalidData(text.format(name=repr(asked), near=", ".join(near) or _("none")))


def is_part(record: str, crime: str) -> bool:
    """Return True if a record is the crime, or a part of it.

    Source: the naming of records in `ingest`.
    """
    return record == crime or record.startswith(f"{crime}.")


def months_between(first: str, last: str) -> tuple[str, ...]:
    """Return all months from the first to the last.

    Raises: InvalidData: no months, or the last before the first.
    Source: none of its own.
    """
    begin, end = month_number(first), month_number(last)
    if begin > end:
        raise InvalidData(_("the period ends before it begins"))
    return tuple(f"{at // 12:04d}-{at % 12 + 1:02d}" for at in range(begin, end + 1))


def laid_out(
    cells: Mapping[tuple[str, str], Sequence[float]],
    places: Sequence[str],
    months: Sequence[str],
) -> Floats:
    """Return the sums of parts as p x m: NaN where a part is missing or was not reported.

    A sum that lacks a part would pass for fewer crimes. How many parts there are is taken from the
    same month in other places, for catalogues change by the month.

    Source: as the panel (`build_panel`).
    """
    found = np.full((len(places), len(months)), np.nan)
    parts = np.zeros(found.shape, np.int64)
    row = {place: at for at, place in enumerate(places)}
    column = {month: at for at, month in enumerate(months)}
    for (place, month), values in cells.items():
        if place in row and month in column:
            found[row[place], column[month]] = float(np.sum(values))
            parts[row[place], column[month]] = len(values)
    found[parts < parts.max(axis=0, initial=0)] = np.nan
    return found


def spread_over(weights: Weights, places: Sequence[str]) -> Weights:
    """Return the weights among `places`, in their order; a place they do not know is an island.

    Source: none of its own.
    """
    at = {place: number for number, place in enumerate(places)}
    where = np.array([at.get(place, -1) for place in weights.ids])
    links = weights.links.tocoo()
    begin, end = where[links.row], where[links.col]
    both = (begin >= 0) & (end >= 0)
    return from_links(places, begin[both], end[both], links.data[both], directed=True)


def with_checks(records: Records, spec: Spec) -> Records:
    """Return the records with warnings of what does not fit: holes, and keys that seem mixed up.

    Raises: InvalidData: nothing is left to test.
    Source: see `mixed_up`.
    """
    warnings = list(records.warnings)
    if not records.places or not np.isfinite(records.people).any():
        raise InvalidData(_("no place has both counts and a population"))
    unknown = int((~np.isfinite(records.people)).all(axis=1).sum())
    if unknown:
        text = _("{count} of {all} places have no population and are left out")
        warnings.append(text.format(count=unknown, all=len(records.places)))
    for role, name in (("exposure", spec.exposure), ("outcome", spec.outcome)):
        counts = records.counts[role]
        if not np.isfinite(counts).any():
            text = _("{name}: nothing was reported from {first} to {last}")
            first, last = records.months[0], records.months[-1]
            raise InvalidData(text.format(name=name, first=first, last=last))
    clusters = len(set(records.states if spec.clusters == "state" else records.places))
    if clusters < FEWEST_CLUSTERS:
        text = _("only {count} clusters: no p of the models can be relied on")
        warnings.append(text.format(count=clusters))
    for role, counts in records.counts.items():
        share = mixed_up(counts, records.people)
        if share:
            text = _(
                "{role}: about {share} in 100 places have counts that do not fit their population"
                " at all: are the place codes of the two tables mixed up?"
            )
            warnings.append(text.format(role=_role(role), share=round(100 * share, 1)))
    return replace(records, warnings=tuple(warnings))


def _role(role: str) -> str:
    return {
        "exposure": _("exposure"),
        "outcome": _("outcome"),
        "control": _("control"),
        "recording": _("recording"),
    }[role]


def mixed_up(counts: Floats, people: Floats, *, least: float = 0.01) -> float:
    """Return the share of places whose counts seem to belong to another place; 0 where none.

    Log counts go with log people. A place whose key was mixed up has the population of any other
    place. Two kinds of places are fitted: those about the line (Student's t with 4 degrees of
    freedom, so that places of odd crime rates fit), and those that have nothing to do with it.

    Args:
        counts, people: p x m, NaN where not known.
        least: share below which nothing is said.

    Returns: above 0 only where the second kind improves the fit beyond doubt (twice the log
        likelihood ratio above 6.63: 1 in 100 for one more parameter).
    Source: Newcomb, Handbook of Record Linkage (1988), for linked and unlinked pairs; Wilks, Annals
        of Mathematical Statistics 9 (1938) 60-62, for the test.
    Limits: needs 100 places or more, of unequal size, half of them with `LEAST_EVENTS` a year, and
        counts that follow people; mixed up among places of a size, nothing is seen.
    """
    from scipy.optimize import minimize
    from scipy.special import expit
    from scipy.stats import norm, t

    both = np.isfinite(counts) & np.isfinite(people)
    months = both.sum(axis=1)
    some = months > 0
    if some.sum() < 100:
        return 0.0
    events = np.where(both, counts, 0).sum(axis=1)[some] / months[some] * 12
    y = np.log(events + 0.5)
    x = np.log(np.where(both, people, 0).sum(axis=1)[some] / months[some])
    if x.std() < 0.5 or y.std() == 0 or np.median(events) < LEAST_EVENTS:
        return 0.0
    apart = norm.logpdf(y, y.mean(), y.std())
    slope, level = np.polyfit(x, y, 1)
    scale = 1.48 * np.median(np.abs(y - level - slope * x)) + 1e-6

    def cost(given: Floats, with_share: bool) -> float:  # noqa: FBT001 - of one function only
        about = np.exp(given[2])
        near = t.logpdf((y - given[0] - given[1] * x) / about, 4) - given[2]
        if not with_share:
            return float(-near.sum())
        share = expit(given[3])
        return float(-np.logaddexp(np.log1p(-share) + near, np.log(share) + apart).sum())

    start = np.array([level, slope, np.log(scale)])
    alone = minimize(cost, start, args=(False,), method="Nelder-Mead")
    mixed = minimize(cost, np.append(alone.x, -3.0), args=(True,), method="Nelder-Mead")
    share = float(expit(mixed.x[3]))
    # Where counts hardly follow people, the two kinds are one and the share means nothing.
    if share > MOST_MIXED or np.exp(mixed.x[2]) > 0.7 * y.std():
        return 0.0
    return share if 2 * (alone.fun - mixed.fun) > 6.63 and share >= least else 0.0


def counted(values: Floats) -> dict[str, int]:
    """Return events, cells reported, zeros and cells not reported.

    Source: none of its own.
    """
    known = np.isfinite(values)
    whole = Counter(
        total=int(np.nansum(values)),
        reported=int(known.sum()),
        zeros=int((values == 0).sum()),
        missing=int((~known).sum()),
    )
    return dict(whole)
