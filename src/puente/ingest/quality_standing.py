"""How each source stands: as of when, late or not, what it covers, what was found.

Source: DESIGN rule of the house: every number shown says where it came from, on which snapshot, and
how sure it is; UK Statistics Authority, Code of Practice for Statistics, Q1 and T3.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from puente.errors import InvalidData
from puente.i18n import format_date, format_number, ngettext
from puente.i18n import gettext as _
from puente.ingest.freshness import age_days, lateness

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Mapping, Sequence

    from puente.guard.view import View
    from puente.ingest.source import SourceInfo

QUALITY = "quality"
"""Name of the artefact that holds the findings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one source stands.

    Attributes:
        as_of: date of its newest delivery, ISO.
        age_days: days since then; None where that is but the time of the copy.
        pace: `late`, `in time`, `once` or `unknown`, by how often it should deliver.
        first, last: first and last month (or year) that its figures tell; "" where it has none.
        months: months (or years) told.
        places: places told.
        fault, warning, note: findings by severity; None where it was not checked.
    """

    source: str
    as_of: str
    age_days: int | None
    pace: str
    first: str
    last: str
    months: int
    places: int
    fault: int | None = None
    warning: int | None = None
    note: int | None = None

    @property
    def findings(self) -> int | None:
        """Return all findings together; None where it was not checked."""
        if self.fault is None:
            return None
        return self.fault + (self.warning or 0) + (self.note or 0)


_SPANS = """
SELECT source, min(period) FILTER (n > 0) AS first, max(period) FILTER (n > 0) AS last,
  count(DISTINCT period) FILTER (n > 0) AS months, max(places) AS places
FROM (
  -- Where a source tells months, the years of its population say nothing of its coverage.
  FROM told QUALIFY length(period) = max(length(period)) OVER (PARTITION BY source))
GROUP BY source ORDER BY source"""
_TOLD = """
WITH told AS (
  SELECT source, month AS period, count(count) AS n, count(DISTINCT place) AS places FROM counts
  WHERE current GROUP BY ALL
  UNION ALL SELECT source, month, count(count), count(DISTINCT port) FROM crossings
  WHERE current GROUP BY ALL
  UNION ALL SELECT source, period, count(value), count(DISTINCT place) FROM indicators
  WHERE current GROUP BY ALL
  UNION ALL SELECT source, left(date, 7), count(*), count(DISTINCT place) FROM incidents
  WHERE current AND length(date) >= 7 GROUP BY ALL
  UNION ALL SELECT source, left("at", 7), count(*), count(DISTINCT place) FROM events
  WHERE current AND length("at") >= 7 GROUP BY ALL
  UNION ALL SELECT source, year::VARCHAR, count(*), count(DISTINCT place) FROM population
  WHERE current GROUP BY ALL)"""


def read_standings(
    view: View,
    known: Iterable[SourceInfo],
    *,
    today: datetime.date,
    findings: Iterable[Mapping[str, Any]] | None,
) -> tuple[Standing, ...]:
    """Return how every source stands that this reader may see, by name.

    Args:
        known: what is known of each source; of it, how often it should deliver.
        today: the day from which ages are counted.
        findings: rows of the `quality` artefact; None where the build has none.
    """
    pace = {info.name: info.cadence for info in known}
    spans = {row["source"]: row for row in view.sql(_TOLD + _SPANS).to_pylist()}
    newest = view.sql(
        "SELECT source, max(published) AS as_of,"
        " arg_max(CASE WHEN dated THEN published ELSE '' END, (published, dated)) AS dated"
        " FROM loads GROUP BY source ORDER BY source"
    ).to_pylist()
    tally = None if findings is None else _tally(findings)
    found = []
    for row in newest:
        source = row["source"]
        standing = Standing(
            source=source,
            as_of=row["as_of"],
            age_days=age_days(row["dated"], today),
            pace=lateness(pace.get(source, ""), row["dated"], today),
            **_span(spans.get(source)),
        )
        found.append(standing if tally is None else replace(standing, **tally.get(source, _NONE)))
    return tuple(found)


_NONE: dict[str, Any] = {"fault": 0, "warning": 0, "note": 0}


def _tally(findings: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in findings:
        found.setdefault(row["source"], dict(_NONE))[row["severity"]] += 1
    return found


def _span(row: Mapping[str, Any] | None) -> dict[str, Any]:
    if row is None:
        return {"first": "", "last": "", "months": 0, "places": 0}
    return {
        "first": row["first"] or "",
        "last": row["last"] or "",
        "months": row["months"],
        "places": row["places"] or 0,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf:
    """What must stand beside figures that were made from some sources.

    Attributes:
        sources: their names.
        oldest, newest: dates of their deliveries; the figures are as of these.
        late: those of them that are late.
        first, last: what they cover in time; "" where they have no dates.
        by: `month` or `year`, in which that time is told.
        months, places: the most months (or years) and places that one of them tells.
        fault, warning, note: findings by severity; None where nothing was checked.
    """

    sources: tuple[str, ...]
    oldest: str
    newest: str
    late: tuple[str, ...]
    first: str
    last: str
    by: str
    months: int
    places: int
    fault: int | None
    warning: int | None
    note: int | None

    @property
    def findings(self) -> int | None:
        """Return all findings together; None where nothing was checked."""
        if self.fault is None:
            return None
        return self.fault + (self.warning or 0) + (self.note or 0)


def as_of(standings: Sequence[Standing], names: Iterable[str] | None = None) -> AsOf | None:
    """Return what must stand beside figures made from the sources named; all if None.

    Returns: None where none of them is open to the reader.
    """
    wanted = None if names is None else set(names)
    held = [item for item in standings if wanted is None or item.source in wanted]
    if not held:
        return None
    dates = [item.as_of for item in held if item.as_of]
    monthly = [item for item in held if len(item.last) > len("2024")]
    checked = all(item.fault is not None for item in held)
    return AsOf(
        sources=tuple(item.source for item in held),
        oldest=min(dates, default=""),
        newest=max(dates, default=""),
        late=tuple(item.source for item in held if item.pace == "late"),
        first=min((item.first for item in held if item.first), default=""),
        last=max((item.last for item in held if item.last), default=""),
        by="month" if monthly else "year",
        months=max(item.months for item in monthly or held),
        places=max(item.places for item in held),
        fault=sum(item.fault or 0 for item in held) if checked else None,
        warning=sum(item.warning or 0 for item in held) if checked else None,
        note=sum(item.note or 0 for item in held) if checked else None,
    )


def pace_label(pace: str) -> str:
    """Return the words for how a source keeps its pace."""
    return {
        "late": _("late"),
        "in time": _("in time"),
        "once": _("published once"),
    }.get(pace, _("no pace known"))


def dates_text(held: AsOf) -> str:
    """Return the dates that figures are as of, in words."""
    if held.oldest == held.newest:
        return _("As of {date}").format(date=_date(held.newest))
    return _("As of {first} to {last}").format(first=_date(held.oldest), last=_date(held.newest))


def cover_text(held: AsOf) -> str:
    """Return what the sources cover in words; "" where they have no dates."""
    if not held.first:
        return ""
    months = ngettext("{n} month", "{n} months", held.months)
    if held.by == "year":
        months = ngettext("{n} year", "{n} years", held.months)
    places = ngettext("{n} place", "{n} places", held.places).format(n=format_number(held.places))
    return _("covers {first} to {last}: up to {months}, {places}").format(
        first=_date(held.first),
        last=_date(held.last),
        months=months.format(n=format_number(held.months)),
        places=places,
    )


def findings_text(held: AsOf | Standing) -> str:
    """Return how many findings there are, in words."""
    if held.fault is None:
        return _("figures not checked")
    parts = [
        ngettext("{n} fault", "{n} faults", held.fault).format(n=format_number(held.fault)),
        ngettext("{n} warning", "{n} warnings", held.warning or 0).format(
            n=format_number(held.warning or 0)
        ),
        ngettext("{n} note", "{n} notes", held.note or 0).format(n=format_number(held.note or 0)),
    ]
    return ", ".join(parts)


def line(held: AsOf) -> str:
    """Return it all in one line of plain text, for reports."""
    parts = [dates_text(held), ", ".join(held.sources), cover_text(held), findings_text(held)]
    if held.late:
        parts.append(_("late: {sources}").format(sources=", ".join(held.late)))
    return " · ".join(part for part in parts if part) + "."


def _date(text: str) -> str:
    try:
        return format_date(text) or "–"
    except InvalidData:
        return text
