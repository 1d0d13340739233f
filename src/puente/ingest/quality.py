"""Every check of every source's figures, as one table: `puente build` writes it as `quality`.

What is checked: `quality_completeness` (months, places, records, figures that should be there),
`quality_silence` (who falls silent), `quality_series` (breaks, months out of line),
`quality_course` (shifted, swapped), `quality_sums` (parts and wholes, sister sources),
`quality_values` (what cannot be), `quality_scale` (of another scale),
`quality_revisions` (what a later delivery changed), `quality_feeds` (records, surveys, crossings),
`quality_loads` (rejects, facts of loading, lateness). No check knows a source by its name.

Source: UK Statistics Authority, Quality Assurance of Administrative Data (2015); Ehling and Körner
(eds.), Eurostat handbook on data quality assessment methods and tools (2007).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from puente.ingest import quality_completeness as completeness
from puente.ingest import quality_feeds as feeds
from puente.ingest import quality_scale as scale
from puente.ingest import quality_series as series
from puente.ingest import quality_values as values
from puente.ingest.quality_cells import lay_out
from puente.ingest.quality_course import shifted, swapped
from puente.ingest.quality_findings import Finding, table_of
from puente.ingest.quality_loads import deliveries, late
from puente.ingest.quality_revisions import revisions
from puente.ingest.quality_silence import silences
from puente.ingest.quality_sums import sisters, sums

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

    from puente.guard.view import View
    from puente.ingest.quality_cells import Figures
    from puente.ingest.source import SourceInfo


def check_quality(view: View, known: Iterable[SourceInfo], *, today: datetime.date) -> pa.Table:
    """Return the `quality` artefact: one row for each finding; see `quality_findings.SCHEMA`.

    Args:
        view: of the build.
        known: what is known of each source: its grade and how often it should deliver.
        today: the day from which ages are counted.

    Limits: a defect that no history, sister source, gazetteer or catalogue speaks against cannot be
        seen: a record scaled from its first month on in a source that stands alone. A finding says
        that figures are odd, not why, and never what happened in a place.
    Cost: some 3 CPU seconds for two million figures.
    """
    held = {info.name: info for info in known}
    grades = {name: info.reliability + info.credibility for name, info in held.items()}
    figures = lay_out(view, grades=grades)
    feeds.lay_out_feeds(view, figures, today)
    found = [
        *_of_counts(figures, today),
        *feeds.indicators(view, today),
        *deliveries(view, figures),
        *late(figures, {name: info.cadence for name, info in held.items()}, today),
    ]
    table = table_of(_placed(figures, found))
    figures.engine.close()
    return table


def _of_counts(figures: Figures, today: datetime.date) -> Iterator[Finding]:
    checks = (
        completeness.blank_ends, completeness.places_absent, completeness.states_absent,
        completeness.cells_absent, completeness.records_absent, completeness.nulls,
        silences, sums, sisters, revisions, values.impossible, values.codes, values.constant,
        values.repeated, values.standing_still, scale.heaping, scale.tens, scale.rates,
        feeds.dates, feeds.crossings, feeds.feed_gaps,
    )  # fmt: skip
    for check in checks:
        yield from check(figures)
    yield from values.months_to_come(figures, today)
    yield from _of_series(figures)


_SERIES = """
SELECT place, crime::VARCHAR AS record, m, CASE WHEN told > 0 THEN n END AS n FROM area
WHERE source::VARCHAR = $source AND m <= $counted"""


def _of_series(figures: Figures) -> Iterator[Finding]:
    """Yield what is odd in the course of each source's series, up to its last counted month."""
    spans = "SELECT source::VARCHAR AS source, counted FROM span WHERE counted IS NOT NULL"
    for row in figures.rows(f"{spans} ORDER BY source"):
        block = series.block_of(row["source"], figures.table(_SERIES, **row))
        if block is None:
            continue
        for check in (series.breaks, series.spikes):
            yield from series.merged(check(block), block.whole)
        for check in (shifted, swapped, series.gaps):
            yield from check(block)


_BY_YEAR = """
SELECT source::VARCHAR AS source, (m // 12)::VARCHAR AS year, min(load)::VARCHAR AS one,
  max(load)::VARCHAR AS other
FROM cell GROUP BY source, m // 12"""


def _placed(figures: Figures, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings with their source's agency, and the one load and file that they come from."""
    loads = {item["load"]: item for item in figures.loads}
    newest = {item["source"]: item for item in figures.loads}  # the last of each is the newest
    alone = {
        (row["source"], row["year"]): row["one"]
        for row in figures.rows(_BY_YEAR)
        if row["one"] == row["other"]
    }
    for finding in findings:
        last = newest.get(finding.source, {})
        load = finding.load
        if not load and finding.period[:4] == finding.period.rpartition("/")[2][:4]:
            load = alone.get((finding.source, finding.period[:4]), "")
        if not load and not finding.period:
            load = str(last.get("load", ""))
        path = str(loads[load]["path"]) if load in loads else ""
        name = path.replace("\\", "/").rpartition("/")[2]
        yield replace(
            finding,
            agency=finding.agency or str(last.get("agency", "")),
            load=load,
            rows=finding.rows or name,
        )
