"""Record conflicts: where registers, or parts of one register, cannot both be right.

The deterministic layer that comes before any model: two agencies' records, joined, show what one
of them alone hides. In 2007 and 2008 Sinaloa had more deaths laid to rivalry among criminal groups
than homicides of any kind.

What is wrong within one file is the business of `puente.ingest.quality`; two of its checks (months
repeated, parts that do not add up) are conflicts too and are taken over from there.

Source: Valle-Jones, Sinaloa discrepancy (2012); México Evalúa, ICEC; see the modules of each kind.
Limits: a conflict says that figures cannot both be right as they stand: not which is wrong, not
    why, and nothing about any group or resident. A place without one is not thereby well recorded.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from puente.ingest.quality_cells import lay_out
from puente.ingest.quality_sums import sums
from puente.ingest.quality_values import repeated
from puente.places.conflicts_found import SCHEMA, Conflict, Side, table_of
from puente.places.conflicts_pairs import lay_counted, pair_conflicts, table_conflicts
from puente.places.conflicts_single import reclassified, silent_years

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

    from puente.guard.view import View
    from puente.ingest.quality_cells import Figures
    from puente.ingest.quality_findings import Finding

__all__ = ["ARTEFACT", "SCHEMA", "find_conflicts", "open_conflicts"]

ARTEFACT = "conflicts"
"""Name of the derived artefact that a build may hold."""


def find_conflicts(view: View) -> pa.Table:
    """Return every conflict among the counts that a View shows; see `conflicts_found.SCHEMA`.

    Source: see the modules of each kind.
    Limits: see the module. Counts of single incidents are not looked at: they are no register.
    Cost: some 2 CPU seconds for two million figures.
    """
    figures = lay_out(view)
    try:
        lay_counted(figures)
        found = [
            *pair_conflicts(figures),
            *table_conflicts(figures),
            *reclassified(figures),
            *silent_years(figures),
            *_taken_over(_alike(figures, repeated(figures)), "repeated"),
            *_taken_over(sums(figures), "sum"),
        ]
        return table_of(_delivered(figures, found))
    finally:
        figures.engine.close()


def open_conflicts(view: View) -> pa.Table:
    """Return the build's conflicts, or those of the rows open to the reader where it shows none.

    Source: see the module.
    """
    if view.may(ARTEFACT):
        return view.artefact(ARTEFACT)
    return find_conflicts(view)


_CERTAINTY = {"fault": "impossible", "warning": "improbable", "note": "hint"}


def _taken_over(findings: Iterable[Finding], kind: str) -> Iterator[Conflict]:
    """Yield findings of quality as conflicts: of a month with another, of parts with a whole."""
    for finding in findings:
        months = finding.values.get("months")
        if kind == "repeated" and isinstance(months, list):
            first, last = (_month(text) for text in (months[0], months[-1]))
        else:
            year = int(finding.period[:4]) * 12
            first, last = year, year + 11
        records = (finding.record,) if finding.record else ()
        place = finding.place or "00000"
        yield Conflict(
            kind=kind,
            certainty=_CERTAINTY[finding.severity],
            level="nation" if place == "00000" else
                  "state" if place.endswith("000") else "municipality",
            place=place,
            first=first,
            last=last,
            left=Side(source=finding.source, records=records, figure=finding.figure),
            right=Side(
                source=finding.source,
                records=records,
                figure=finding.expected if kind == "sum" else finding.figure,
            ),
            text=finding.text,
            values=finding.values,
        )  # fmt: skip


_OTHER = """
SELECT count(*) AS n FROM (
  SELECT place, record, n FROM cell WHERE source::VARCHAR = $source AND m = $one AND n > 0
    AND level IN ('municipality', 'state') AND ($area = '00000' OR state || '000' = $area)
  EXCEPT ALL
  SELECT place, record, n FROM cell WHERE source::VARCHAR = $source AND m = $other AND n > 0
    AND level IN ('municipality', 'state') AND ($area = '00000' OR state || '000' = $area))"""


def _alike(figures: Figures, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the repeated months that are alike figure by figure, and not by their digest alone."""
    for finding in findings:
        months = finding.values.get("months")
        if not isinstance(months, list):
            continue
        first, *others = (_month(text) for text in months)
        area = finding.place or "00000"
        differing = [
            figures.rows(_OTHER, source=finding.source, one=first, other=other, area=area)[0]["n"]
            for other in others
        ]
        if not any(differing):
            yield finding


def _month(text: str) -> int:
    return int(text[:4]) * 12 + int(text[5:7]) - 1


_DELIVERIES = """
SELECT source::VARCHAR AS source, crime::VARCHAR AS crime, m // 12 AS year,
  list(DISTINCT load::VARCHAR ORDER BY load::VARCHAR) AS loads
FROM cell GROUP BY ALL ORDER BY ALL"""


def _delivered(figures: Figures, found: Iterable[Conflict]) -> Iterator[Conflict]:
    """Yield conflicts with the deliveries that the figures of their years stand in."""
    published = {row["load"]: str(row["published"]) for row in figures.loads}
    held: dict[tuple[str, int], dict[str, list[str]]] = {}
    for row in figures.rows(_DELIVERIES):
        held.setdefault((row["source"], row["year"]), {})[row["crime"]] = row["loads"]

    def of(side: Side, first: int, last: int) -> Side:
        loads: set[str] = set()
        for year in range(first // 12, last // 12 + 1):
            by_crime = held.get((side.source, year), {})
            crimes = {record.partition(".")[0] for record in side.records} or by_crime.keys()
            for crime in crimes:
                loads.update(by_crime.get(crime, ()))
        days = tuple(sorted({published.get(load, "") for load in loads} - {""}))
        return replace(side, deliveries=tuple(sorted(loads)), published=days)

    for conflict in found:
        yield replace(
            conflict,
            left=of(conflict.left, conflict.first, conflict.last),
            right=of(conflict.right, conflict.first, conflict.last),
        )
