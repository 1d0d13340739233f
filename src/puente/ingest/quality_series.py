"""Monthly series laid out as a block of numbers, and what is odd in their course.

Source: Hampel (1974), median absolute deviation as the scale of robust comparison; SESNSP and INEGI
series of 1990 to 2025, on which the least steps below were chosen so that their own ups and downs
(2020 included, when robberies fell by a quarter) stay within them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from puente.i18n import N_
from puente.ingest.counting import NATION
from puente.ingest.quality_findings import SEVERITIES, Finding, month_text, span_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Flags = NDArray[np.bool_]

STEP = 1.5
"""Factor between a year and the years beside it from which a change of level is told."""

EDGE_STEP = 1.8
"""The same in the first and last year, which have one neighbour only and may begin a trend."""

BIG_STEP = 1.6
"""Factor from which it is a fault in a series that has been steady: half of it was lost, or more.

No nationwide crime of the state file fell or rose by that within a year from 2016 to 2024 unless
its other years differ among each other too.
"""

EDGE_FAULT = 4.0
"""The same in the first and last year. The federal file's first year lies 3.2 times too high: drug
dealing was handed over to the states then."""

STEADY = 0.12
"""Median yearly change, natural logarithm, up to which a series counts as steady."""

KNOWN, UNKNOWN = 4, 0.2
"""Changes from which the usual one is known, and what it is taken for in a state with fewer."""

TIMES = 4
"""How many times the usual yearly change a change of level must be."""

MANY = 500
"""Cases a year from which a change of level is looked at; fewer change by chance."""

SPIKE = 4.0
"""Factor between a month and the months around it from which it is told."""

BIG_SPIKE = 7.0
"""Factor from which it is a fault where the months around are steady: a slip of a digit is 10."""

SPIKE_CASES = 100
"""Cases by which such a month must differ."""

AROUND = 6
"""Months on either side that a month is held against."""

SCALES = 8.0
"""Robust standard deviations that a month must differ by; one in 10^14 of normal ones does."""

_MAD = 1.4826


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Series of one source, all over the same months.

    Attributes:
        source: its name.
        places, records: what the first two axes stand for; `places` holds the whole under `whole`.
        first: first month.
        counts: shape (places, records, months); NaN where nothing was told.
        whole: place that stands for all places together.
        unit: what is counted.
    """

    source: str
    places: tuple[str, ...]
    records: tuple[str, ...]
    first: int
    counts: Numbers
    whole: str = NATION
    unit: str = "cases"

    @property
    def months(self) -> int:
        """Return the number of months."""
        return int(self.counts.shape[2])

    def years(self) -> tuple[int, Numbers]:
        """Return the first year, and the counts as (places, records, years, 12)."""
        year, lead = divmod(self.first, 12)
        tail = -(lead + self.months) % 12
        padded = np.pad(self.counts, ((0, 0), (0, 0), (lead, tail)), constant_values=np.nan)
        return year, padded.reshape(*padded.shape[:2], -1, 12)


def block_of(
    source: str, table: pa.Table, *, whole: str = NATION, unit: str = "cases"
) -> Block | None:
    """Return a block from columns `place`, `record`, `m`, `n` (null: nothing told).

    Returns: None where the table is empty.
    """
    if not table.num_rows:
        return None
    places, at_place = _numbered(table["place"])
    records, at_record = _numbered(table["record"])
    month = table["m"].to_numpy().astype(np.int64)
    first = int(month.min())
    counts = np.full((len(places), len(records), int(month.max()) - first + 1), np.nan)
    counts[at_place, at_record, month - first] = (
        table["n"].cast(pa.float64()).to_numpy(zero_copy_only=False)
    )
    return Block(
        source=source,
        places=places,
        records=records,
        first=first,
        counts=counts,
        whole=whole,
        unit=unit,
    )


def _numbered(column: pa.ChunkedArray) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the texts of a column, sorted, and each row's number among them."""
    held = column.cast(pa.string()).combine_chunks().dictionary_encode()
    texts = np.asarray(held.dictionary.to_pylist(), object)
    order = np.argsort(texts)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return tuple(texts[order].tolist()), rank[held.indices.to_numpy()]


def breaks(block: Block) -> Iterator[Finding]:
    """Yield the years whose level does not fit the years beside them, nationwide or in a state.

    A year is held against the middle of both neighbours, over the months that each has too; it must
    differ from both in the same direction, and by more than the years differ among each other.
    """
    first, counts = block.years()
    sides = [_beside(counts, step) for step in (-1, 1)]
    usual = median(np.abs(sides[0].log), 2)
    changes = np.isfinite(sides[0].log).sum(axis=2)
    part = np.array([[place != block.whole] for place in block.places])
    supposed = np.where(part, UNKNOWN, STEADY)
    usual = np.where(changes < KNOWN, supposed, usual)
    logs = np.stack([side.log for side in sides])
    alone: Flags = np.asarray(~np.isfinite(logs).all(axis=0))
    level = np.abs(mean(logs, 0)[0])
    with np.errstate(invalid="ignore"):
        both = ((logs > 0).all(axis=0) | (logs < 0).all(axis=0)) & (
            np.abs(logs).min(axis=0) > level / 2
        )
    same: Flags = both | (alone & np.isfinite(logs).any(axis=0))
    many: Flags = np.stack([np.nan_to_num(side.want) for side in sides]).max(axis=0) >= MANY
    step = np.log(np.where(alone, EDGE_STEP, STEP))
    odd = same & many & (level > np.fmax(step, TIMES * usual[:, :, None]))
    for place, record, year in np.argwhere(odd).tolist():
        at = place, record, year
        held = [side for side in sides if np.isfinite(side.log[at])]
        own = float(np.mean([side.own[at] for side in held]))
        want = float(np.exp(np.mean([np.log(side.want[at] + 0.5) for side in held])) - 0.5)
        how = float(usual[place, record]), float(level[at]), bool(alone[at])
        yield _break(block, at, first, (own, want), how)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
    """Cases of each year, of a year beside it over the same months, and the log of their ratio."""

    own: Numbers
    want: Numbers
    log: Numbers


def _beside(counts: Numbers, step: int) -> _Beside:
    """Return each year against the one `step` later; NaN where they share no month."""
    other = np.full_like(counts, np.nan)
    if step < 0:
        other[:, :, -step:] = counts[:, :, :step]
    else:
        other[:, :, :-step] = counts[:, :, step:]
    both = np.isfinite(counts) & np.isfinite(other)
    empty = ~both.any(axis=3)
    own = np.where(empty, np.nan, np.where(both, counts, 0).sum(axis=3))
    want = np.where(empty, np.nan, np.where(both, other, 0).sum(axis=3))
    return _Beside(own=own, want=want, log=np.log((own + 0.5) / (want + 0.5)))


def _break(
    block: Block,
    at: tuple[int, int, int],
    first: int,
    cases: tuple[float, float],
    how: tuple[float, float, bool],
) -> Finding:
    own, want = cases
    usual, level, alone = how
    place, record, year = block.places[at[0]], block.records[at[1]], first + at[2]
    whole = place == block.whole
    grave = whole and usual <= STEADY and level > np.log(EDGE_FAULT if alone else BIG_STEP)
    zero = own == 0 and whole
    return Finding(
        source=block.source,
        check="break",
        severity="fault" if grave or zero else "warning",
        text=N_(
            "{own} {unit} in the year, where the years beside it let expect {want}; a usual change "
            "from year to year is {usual} percent."
        ),
        values={
            "own": int(own),
            "want": round(want),
            "unit": block.unit,
            "usual": round(100 * float(np.expm1(usual))),
        },
        place=place,
        record=record,
        period=str(year),
        figure=own,
        expected=round(want, 1),
        unit=block.unit,
    )


ALIKE = 3
"""Records that go wrong together from which one finding is made of theirs."""

NAMED = 3
"""Records that such a finding names; `rows` names all."""


def merged(findings: Iterable[Finding], whole: str, *, lone: str = "warning") -> list[Finding]:
    """Return findings of one check with those that say one thing put together.

    What the whole shows is told again only of parts that are worse off. What several records of a
    place show in one period, in one direction, is told once; only then, or of the whole, is it a
    fault.

    Args:
        findings: of one source and check.
        whole: place that stands for all places together.
        lone: severity of what one record of one place shows alone; "" leaves it as it is.
    """
    held: dict[tuple[str, str, bool], list[Finding]] = {}
    for finding in findings:
        rises = (finding.figure or 0) > (finding.expected or 0)
        held.setdefault((finding.place, finding.period, rises), []).append(finding)
    found: list[Finding] = []
    for (place, period, rises), group in sorted(held.items()):
        whole_has = held.get((whole, period, rises), ()) if place != whole else ()
        above = {finding.record: _off(finding) for finding in whole_has}
        rest = [
            finding
            for finding in group
            if _off(finding) > above.get(finding.record, -np.inf) + np.log(STEP)
        ]
        if len(rest) >= ALIKE:
            found.append(_together(rest))
        elif place == whole:
            found += rest
        else:
            # One record of one state: often a crime filed under another name for a while.
            found += [replace(finding, severity=lone or finding.severity) for finding in rest]
    return found


def _off(finding: Finding) -> float:
    """Return how far a figure is off, as the size of the log of its ratio."""
    own, want = (finding.figure or 0.0) + 0.5, (finding.expected or 0.0) + 0.5
    return abs(float(np.log(own / want)))


def _together(findings: list[Finding]) -> Finding:
    rest = sorted(findings, key=lambda f: (-abs((f.figure or 0) - (f.expected or 0)), f.record))
    own, want = (sum(getattr(f, key) or 0 for f in rest) for key in ("figure", "expected"))
    return replace(
        rest[0],
        severity=min((f.severity for f in rest), key=SEVERITIES.index),
        text=N_(
            "{n} records at once, {names} before all: {own} {unit}, against {want} by the time "
            "beside it."
        ),
        values={
            "n": len(rest),
            "names": [f.record for f in rest[:NAMED]],
            "own": int(own),
            "want": round(want),
            "unit": rest[0].unit,
        },
        record="",
        figure=own,
        expected=want,
        rows="; ".join(f.record for f in rest),
    )


def mean(values: Numbers, axis: int) -> Numbers:
    """Return the means of what is told, axis kept; 0 where nothing is."""
    told = np.isfinite(values)
    total = np.where(told, values, 0).sum(axis=axis, keepdims=True)
    mean: Numbers = total / np.maximum(told.sum(axis=axis, keepdims=True), 1)
    return mean


def median(values: Numbers, axis: int) -> Numbers:
    """Return the medians of what is told; NaN where nothing is."""
    ordered = np.sort(values, axis=axis)  # NaN comes last
    told = np.isfinite(values).sum(axis=axis, keepdims=True)
    low, high = np.maximum(told - 1, 0) // 2, np.minimum(told // 2, values.shape[axis] - 1)
    middle = [np.take_along_axis(ordered, at, axis=axis) for at in (low, high)]
    found: Numbers = ((middle[0] + middle[1]) / 2).squeeze(axis=axis)
    return found


def spikes(block: Block) -> Iterator[Finding]:
    """Yield the months that stand far out of the months around them."""
    counts = block.counts
    padded = np.pad(counts, ((0, 0), (0, 0), (AROUND, AROUND)), constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * AROUND + 1, axis=2)
    around = np.delete(windows, AROUND, axis=3)
    enough = (np.isfinite(around).sum(axis=3) >= AROUND) & np.isfinite(counts)
    middle = np.where(enough, median(around, 3), 0)
    logs = np.where(enough, np.log((np.where(enough, counts, 0) + 1) / (middle + 1)), 0)
    spread = _MAD * median(np.abs(np.log((around + 1) / (middle[..., None] + 1))), 3)
    spread = np.fmax(spread, 1 / np.sqrt(middle + 1))
    odd = (
        enough
        & (np.abs(logs) > np.maximum(np.log(SPIKE), SCALES * spread))
        & (np.abs(np.nan_to_num(counts) - middle) >= SPIKE_CASES)
    )
    for place, record, month in np.argwhere(odd).tolist():
        own, want = float(counts[place, record, month]), float(middle[place, record, month])
        grave = abs(logs[place, record, month]) > max(
            np.log(BIG_SPIKE), 1.5 * SCALES * spread[place, record, month]
        )
        yield Finding(
            source=block.source,
            check="spike",
            severity="fault" if grave else "warning",
            text=N_("{own} {unit} in the month, against {want} in the months around it."),
            values={"own": int(own), "want": round(want), "unit": block.unit},
            place=block.places[place],
            record=block.records[record],
            period=month_text(block.first + month),
            figure=own,
            expected=want,
            unit=block.unit,
        )


def gaps(block: Block) -> Iterator[Finding]:
    """Yield runs of months inside a source's span in which the whole tells nothing of a record."""
    if block.whole not in block.places:
        return
    place = block.places.index(block.whole)
    told = np.isfinite(block.counts[place])
    any_told = np.flatnonzero(told.any(axis=0))
    if not len(any_told):
        return
    for record, name in enumerate(block.records):
        months = np.flatnonzero(told[record])
        if not len(months):
            continue
        for before, after in zip(months[:-1].tolist(), months[1:].tolist(), strict=True):
            if after - before > 1:
                yield _gap(block, name, before + 1, after - 1, (after - before - 1))


def _gap(block: Block, record: str, first: int, last: int, length: int) -> Finding:
    return Finding(
        source=block.source,
        check="months_absent",
        severity="fault",
        text=N_("Months in between of which nothing at all was told: {n}."),
        values={"n": length},
        place=block.whole,
        record=record,
        period=span_text(block.first + first, block.first + last),
        figure=0.0,
        expected=float(length),
        unit="months",
    )
