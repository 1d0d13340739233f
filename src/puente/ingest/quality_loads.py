"""How the deliveries themselves fared: rejects, orphans, repeats, lateness.

Source: 28 CFR 23.20(e) asks that information be checked before it is kept; the facts of each load.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from puente.i18n import N_
from puente.ingest.freshness import age_days, interval_days, lateness
from puente.ingest.quality_findings import Finding

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Mapping

    from puente.guard.view import View
    from puente.ingest.quality_cells import Figures

REJECTED = (0.01, 0.10)
"""Share of a file's rows that are rejected from which it is a warning, and a fault."""

FEW = 5
"""Rejected rows below which it is a note whatever the share."""

_TELLING = (
    ("orphan", "warning"),
    ("without a code", "warning"),
    ("unmatched", "warning"),
    ("not in the gazetteer:", ""),
    ("not in the gazetteer", "warning"),
    ("does not add up", "fault"),
    ("swapped", "warning"),
    ("repeat", "note"),
    ("duplicate", "note"),
    ("withdrawn", "note"),
    ("not reported", "note"),
)
"""Words of a fact that is counted while loading, and how grave a count above zero is."""

SHARE = 0.01
"""Share of a file's rows below which such a count is a note."""

_REASONS = """
SELECT load, reason, count(*) AS n, min(file) AS file, min(line) AS line FROM rejects
GROUP BY ALL ORDER BY load, n DESC, reason"""


def deliveries(view: View, figures: Figures) -> Iterator[Finding]:
    """Yield files with many rejected rows, and what was counted that speaks against a file."""
    reasons: dict[str, list[dict[str, Any]]] = {}
    for row in view.sql(_REASONS).to_pylist():
        reasons.setdefault(row["load"], []).append(row)
    for load in figures.loads:
        name = load["path"].replace("\\", "/").rpartition("/")[2]
        if load["rejected"]:
            yield _rejected(load, name, reasons.get(load["load"], []))
        for fact, count in json.loads(load["facts"] or "{}").items():
            severity = next((grave for words, grave in _TELLING if words in fact.lower()), "")
            if severity and isinstance(count, int) and count > 0:
                yield _told(load, name, (fact, count), severity)


def _rejected(load: dict[str, Any], name: str, reasons: list[dict[str, Any]]) -> Finding:
    share = load["rejected"] / max(1, load["rows"])
    first = reasons[0] if reasons else {}
    severity = "fault" if share > REJECTED[1] else "warning" if share > REJECTED[0] else "note"
    if load["rejected"] < FEW:
        severity = "note"
    return Finding(
        source=load["source"],
        check="rejects",
        severity=severity,
        text=N_("{n} of {rows} rows of {file} were rejected; most often: {reason}."),
        values={
            "n": load["rejected"],
            "rows": load["rows"],
            "file": name,
            "reason": str(first.get("reason", "")),
        },
        agency=load["agency"],
        period=load["published"],
        figure=float(load["rejected"]),
        expected=0.0,
        unit="rows",
        rows=f"{name}:{first['line']}" if first.get("line") else name,
        load=load["load"],
    )


def _told(load: dict[str, Any], name: str, fact: tuple[str, int], severity: str) -> Finding:
    told, count = fact
    few = severity == "warning" and count < SHARE * max(1, load["rows"])
    return Finding(
        source=load["source"],
        check="reading",
        severity="note" if few else severity,
        text=N_("Counted while loading {file}: {fact}, {n}."),
        values={"file": name, "fact": told, "n": count},
        agency=load["agency"],
        period=load["published"],
        figure=float(count),
        expected=0.0,
        unit="rows",
        rows=name,
        load=load["load"],
    )


def late(figures: Figures, cadence: Mapping[str, str], today: datetime.date) -> Iterator[Finding]:
    """Yield the sources whose newest delivery is older than their rhythm allows.

    One that is dated by its copy alone says nothing of its age, as `Standing` has it.
    """
    newest = {load["source"]: load for load in figures.loads}  # the last of each is the newest
    for source, load in sorted(newest.items()):
        words, published = cadence.get(source, ""), load["published"] if load["dated"] else ""
        if lateness(words, published, today) != "late":
            continue
        age, usual = age_days(published, today) or 0, interval_days(words) or 0
        yield Finding(
            source=source,
            check="late",
            severity="warning",
            text=N_("The newest delivery is {age} days old; {usual} at most are usual."),
            values={"age": age, "usual": usual},
            period=published,
            figure=float(age),
            expected=float(usual),
            unit="days",
        )
