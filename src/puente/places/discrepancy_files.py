"""Discrepancy from files to a file: what `puente places discrepancy` does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from puente.graph.delimited import write_table
from puente.i18n import format_number, format_percent
from puente.i18n import gettext as _
from puente.places.discrepancy import EVIDENT, discrepancy
from puente.places.discrepancy_facts import method_fact, method_hash
from puente.places.discrepancy_read import read_inputs
from puente.places.discrepancy_readings import FEW_COMPLAINTS, MORE_OF_ALL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from puente.places.discrepancy import Discrepancy
    from puente.places.discrepancy_facts import MethodFact
    from puente.places.discrepancy_read import DiscrepancyFiles, Inputs
    from puente.places.stats.arrays import Flags, Floats

SMALLEST = 5
"""Events below which a count is not written: DESIGN's safeguard on small cells."""

FLAG = "review"
"""What stands in the column `flag` where a person should look; else it is empty."""

_FULL = 0.95
_NORMAL_90 = 1.6449


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """One source in one place: a row of the place card.

    Attributes:
        source, channel: who keeps the records, and whether they are hard to suppress.
        expected: hard records to expect; complaints due at the whole map's rate.
        observed: None below `SMALLEST` (and above 0).
        coverage: share of the months, 0 to 1.
        rank_without: rank of the place without that hard source; None for complaints.

    Source: see `discrepancy_report`.
    """

    source: str
    channel: str
    expected: float
    observed: int | None
    coverage: float
    rank_without: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceLine:
    """One place of the report; figures as `discrepancy_report` describes its columns.

    Attributes:
        excess, excess_low, excess_high: how far the place is moved towards "quiet on paper" (1: as
            far as places read so are moved on average), with its 90 percent interval.
        neighbours: mean excess of its neighbours; None for an island. It is not in the rank:
            smoothing over neighbours won .005 of AUC where what is planted clusters, and lost .01
            where it does not.
        coverage: share of the months, over all records, 0 to 1.
        alternative: the innocent reading that fits best.

    Source: see `discrepancy_report`.
    """

    place: str
    expected: float
    observed: int | None
    low: float
    high: float
    rank: int | None
    rank_low: int | None
    rank_high: int | None
    flag: str
    reason: str
    excess: float
    excess_low: float
    excess_high: float
    neighbours: float | None
    coverage: float
    alternative: str
    sources: tuple[SourceLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepancyReport:
    """What was read and found.

    Attributes:
        verdict: in words, the same for every place.
        method: in words, how good ranks of this method were where the truth is known.
        evident, stable: see `discrepancy.Discrepancy`.
        log_ratio: how much likelier unseen places are if some are quiet on paper.
        flags: places flagged.
        flags_allowed: whether measured precision and sources allow flags at all.
        kept: share of the top tenth that stays without one hard source.
        silent: records without a row.
        unknown: places of the adjacency that have no population.
        places: by rank.

    Source: see `discrepancy_report`.
    """

    verdict: str
    method: str
    evident: bool
    stable: bool
    log_ratio: float
    flags: int
    flags_allowed: bool
    kept: Mapping[str, float]
    silent: tuple[str, ...]
    unknown: tuple[str, ...]
    places: tuple[PlaceLine, ...]


def discrepancy_report(files: DiscrepancyFiles, *, seed: int = 0) -> DiscrepancyReport:
    """Write each place's hard records against what is expected of them, and return the report.

    Columns: place; expected (hard records to expect, given complaints and population); observed
    (those counted; empty from 1 to 4); low, high (90 percent interval of the number to expect);
    rank (1 the largest excess; empty where no hard record is reported); flag (`review` or empty);
    reason (coverage, the alternative explanation that fits best, and the verdict).

    Args:
        files: see `DiscrepancyFiles`.
        seed: the same seed writes the same file.

    Raises: InvalidData: bad files; no hard record, or no complaint.
    Source: see `discrepancy.discrepancy`.
    Limits: never the probability of anything, a group, or residents; no flag is no safety.
    """
    inputs = read_inputs(files)
    found = discrepancy(inputs, seed=seed)
    fact = method_fact()
    allowed = bool(fact and fact.allows_flags and found.evident)
    flags = found.candidate & allowed
    verdict = _verdict(found, allowed=allowed)
    near = inputs.adjacency.weights.lag(found.excess)
    order = np.lexsort((np.arange(len(found.rank)), np.where(found.rank > 0, found.rank, 10**9)))
    lines = [_line((inputs, found), int(place), flags, verdict, near) for place in order]
    write_table(_table(lines), files.out)
    return DiscrepancyReport(
        verdict=verdict,
        method=_method(fact),
        evident=found.evident,
        stable=found.stable,
        log_ratio=found.log_ratio,
        flags=int(flags.sum()),
        flags_allowed=allowed,
        kept=found.kept,
        silent=inputs.silent,
        unknown=inputs.adjacency.unknown,
        places=tuple(lines),
    )


def _method(fact: MethodFact | None) -> str:
    if fact is None or fact.method != method_hash():
        return _("how good these ranks are has not been measured")
    better = _(
        "on unseen made-up worlds ranks had an AUC of {own}; population {people}, the best of"
        " population, homicides and complaints {best}"
    )
    alike = _(
        "on unseen made-up worlds ranks were no better than the best of population, homicides and"
        " complaints: AUC {own} against {best} (population {people})"
    )
    text = better if fact.beats_baselines else alike
    return text.format(
        own=format_number(fact.auc, 2),
        people=format_number(fact.population_auc, 2),
        best=format_number(fact.baseline_auc, 2),
    )


def _verdict(found: Discrepancy, *, allowed: bool) -> str:
    if not found.enough_sources:
        return _(
            "no evidence beyond population: two independent hard sources are needed, one of them"
            " outside law enforcement"
        )
    if found.log_ratio < EVIDENT:
        return _(
            "no evidence beyond population: hard records and complaints part ways no more than by"
            " chance; ranks at the top are not stable"
        )
    if not found.stable:
        return _(
            "no evidence beyond population: ranks at the top are not stable, they hang on one"
            " source"
        )
    if allowed:
        return _("excess of hard records beyond population and recording; flags are for review")
    return _("excess of hard records beyond population and recording; ranks are for review")


def _line(
    told: tuple[Inputs, Discrepancy], place: int, flags: Flags, verdict: str, near: Floats
) -> PlaceLine:
    inputs, found = told
    lines = _sources(inputs, found, place)
    leading = int(found.readings.leading[place])
    alternative = _alternative(found.readings.names[leading - 1] if leading else "")
    coverage = float(found.due.coverage[place].mean())
    observed = _shown(found.observed[place])
    parts = [verdict, alternative]
    if found.due.silenced[place].any():
        parts.append(_("zeros that cannot be zeros were taken as not reported"))
    thin = [line.source for line in lines if line.coverage < _FULL]
    if thin:
        text = _("coverage {share}: months missing from {sources}")
        names = ", ".join(dict.fromkeys(thin))
        parts.append(text.format(share=format_percent(coverage), sources=names))
    if observed is None:
        parts.append(_("observed is below {count} and not shown").format(count=SMALLEST))
    ranked = found.rank[place] > 0
    half = _NORMAL_90 * float(found.excess_sd[place])
    if not ranked:
        parts.append(_("no rank: no hard record is reported"))
    return PlaceLine(
        place=inputs.places[place],
        expected=round(float(found.expected[place]), 2),
        observed=observed,
        low=float(found.low[place]),
        high=float(found.high[place]),
        rank=int(found.rank[place]) if ranked else None,
        rank_low=int(found.rank_low[place]) if ranked else None,
        rank_high=int(found.rank_high[place]) if ranked else None,
        flag=FLAG if flags[place] else "",
        reason="; ".join(parts),
        excess=round(float(found.excess[place]), 4),
        excess_low=round(float(found.excess[place] - half), 4),
        excess_high=round(float(found.excess[place] + half), 4),
        neighbours=round(float(near[place]), 4) if np.isfinite(near[place]) else None,
        coverage=round(coverage, 4),
        alternative=alternative,
        sources=lines,
    )


def _sources(inputs: Inputs, found: Discrepancy, place: int) -> tuple[SourceLine, ...]:
    lines = []
    hard = inputs.hard
    for source, channel in dict.fromkeys((r.source, r.channel) for r in inputs.records):
        held = np.array([(r.source, r.channel) == (source, channel) for r in inputs.records])
        counts = found.due.counts[place, held].sum()
        to_expect = np.where(hard, found.by_record[place], found.due.due[place])[held].sum()
        without = int(found.without[source][place]) if channel == "hard" else 0
        lines.append(
            SourceLine(
                source=source,
                channel=channel,
                expected=round(float(to_expect), 2),
                observed=_shown(counts),
                coverage=round(float(found.due.coverage[place, held].mean()), 4),
                rank_without=without or None,
            )
        )
    return _with_cover(lines)


def _with_cover(lines: Sequence[SourceLine]) -> tuple[SourceLine, ...]:
    """Blank one more hard source where a single blank could be had from the total."""
    from dataclasses import replace

    hard = [line for line in lines if line.channel == "hard"]
    if sum(line.observed is None for line in hard) != 1:
        return tuple(lines)
    others = [line for line in hard if line.observed]
    if not others:
        return tuple(lines)
    least = min(others, key=lambda line: (line.observed, line.source))
    return tuple(replace(line, observed=None) if line is least else line for line in lines)


def _shown(count: float) -> int | None:
    return None if 0 < count < SMALLEST else int(count)


def _alternative(name: str) -> str:
    if not name:
        return _("no single innocent explanation fits")
    if name == FEW_COMPLAINTS:
        return _("alternative: people here complain less, of everything")
    if name == MORE_OF_ALL:
        return _("alternative: more crime in every record")
    return _("alternative: {record} alone is high").format(record=name)


def _table(lines: Sequence[PlaceLine]) -> pa.Table:
    import pyarrow as pa

    names = ("place", "expected", "observed", "low", "high", "rank", "flag", "reason")
    return pa.table({name: [getattr(line, name) for line in lines] for name in names})


def summary(report: DiscrepancyReport) -> str:
    """Return the report in one line.

    Source: see `discrepancy_report`.
    """
    text = _("{places} places, {flags} flagged; held-out log ratio {ratio} (evidence from {least})")
    return text.format(
        places=len(report.places),
        flags=report.flags,
        ratio=format_number(report.log_ratio, 2),
        least=format_number(EVIDENT, 2),
    )
