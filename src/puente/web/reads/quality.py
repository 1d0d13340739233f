"""What was found wrong with the figures of the sources that a reader may see."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.quality_findings import CHECKS, SEVERITIES, check_label, say, severity_label
from puente.ingest.quality_standing import QUALITY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from puente.guard.view import View
    from puente.ingest.source import SourceInfo

Row = dict[str, Any]

FINDINGS_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One finding, ready to show.

    Attributes:
        check, severity: keys; `check_text` and `severity_text` are the words for them.
        place_name: of `place`; "" where it is none or has none.
        text: what was found.
        figure, expected: what stands there, and what should; None where there is none.
    """

    check: str
    check_text: str
    severity: str
    severity_text: str
    agency: str
    place: str
    place_name: str
    record: str
    period: str
    figure: float | None
    expected: float | None
    unit: str
    text: str
    rows: str
    load: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingsPage:
    """A page of findings on one source.

    Attributes:
        rows: of this page.
        total: of all pages.
        first: number of the first row shown, from 1; 0 where there is none.
        severities, checks: what may be chosen, with how many there are of each.
        checked: False where the build has no findings at all, for it never looked.
    """

    rows: tuple[Shown, ...]
    total: int
    first: int
    page: int
    pages: int
    severities: tuple[tuple[str, int], ...]
    checks: tuple[tuple[str, int], ...]
    checked: bool


def built_at(view: View) -> datetime.date:
    """Return the day of the build that a View reads."""
    made = str(view.snapshot.manifest().get("made_at", ""))
    try:
        return datetime.date.fromisoformat(made[:10])
    except ValueError:
        return datetime.date.min


def read_findings(
    view: View, known: Iterable[SourceInfo], *, built_at: datetime.date
) -> tuple[Row, ...] | None:
    """Return every finding on the sources open to this reader; None if none was ever sought.

    Where the findings on all sources are closed, they are sought anew among the permitted rows.

    Cost: some 3 CPU seconds for two million figures, where they are sought anew.
    """
    if view.may(QUALITY):
        return tuple(view.artefact(QUALITY).to_pylist())
    if not view.has(QUALITY):
        return None
    from puente.ingest.quality import check_quality

    return tuple(check_quality(view, known, today=built_at).to_pylist())


def page_of(
    view: View,
    findings: Sequence[Row] | None,
    source: str,
    *,
    severity: str = "",
    check: str = "",
    page: int = 1,
) -> FindingsPage:
    """Return a page of the findings on one source, gravest first.

    Raises: InvalidData: a page below 1, or an unknown severity or check.
    """
    if page < 1:
        raise InvalidData(_("pages are counted from 1"))
    if severity not in {"", *SEVERITIES} or check not in {"", *CHECKS}:
        raise InvalidData(_("no finding is of that kind"))
    own = [row for row in findings or () if row["source"] == source]
    chosen = [
        row for row in own if severity in {"", row["severity"]} and check in {"", row["check"]}
    ]
    pages = max(1, -(-len(chosen) // FINDINGS_PAGE))
    page = min(page, pages)
    shown = chosen[(page - 1) * FINDINGS_PAGE : page * FINDINGS_PAGE]
    places = place_names(view, (row["place"] for row in shown))
    return FindingsPage(
        rows=tuple(_shown(row, places.get(row["place"], "")) for row in shown),
        total=len(chosen),
        first=(page - 1) * FINDINGS_PAGE + 1 if shown else 0,
        page=page,
        pages=pages,
        severities=_tally(own, "severity", SEVERITIES),
        checks=_tally(own, "check", tuple(CHECKS)),
        checked=findings is not None,
    )


def _tally(rows: Sequence[Row], key: str, order: Sequence[str]) -> tuple[tuple[str, int], ...]:
    held = [row[key] for row in rows]
    return tuple((name, held.count(name)) for name in order if name in held)


def _shown(row: Row, place_name: str) -> Shown:
    names = ("check", "severity", "agency", "place", "record", "period", "figure", "expected",
             "unit", "rows", "load")  # fmt: skip
    return Shown(
        **{name: row[name] for name in names},
        check_text=check_label(row["check"]),
        severity_text=severity_label(row["severity"]),
        place_name=place_name,
        text=say(row["text"]),
    )


_NAMES = """
SELECT place, first(name ORDER BY valid_to = '' DESC, valid_from DESC, crosswalk) AS name,
  first(state_name ORDER BY valid_to = '' DESC, valid_from DESC, crosswalk) AS state
FROM places WHERE place IN (SELECT unnest($places)) OR left(place, 2) IN (
  SELECT left(unnest($places), 2)) GROUP BY place ORDER BY place"""


def place_names(view: View, places: Iterable[str]) -> dict[str, str]:
    """Return what to call some places: municipalities, states (`SS000`) and the nation."""
    wanted = sorted({place for place in places if place})
    if not wanted:
        return {}
    rows = view.sql(_NAMES, {"places": wanted}).to_pylist()
    states = {row["place"][:2]: row["state"] for row in rows if row["state"]}
    towns = {row["place"]: f"{row['name']}, {row['state']}".strip(", ") for row in rows}
    found = {}
    for place in wanted:
        if place == "00000":
            found[place] = _("the whole country")
        elif place.endswith("000") and place[:2] in states:
            found[place] = states[place[:2]]
        elif place in towns:
            found[place] = towns[place]
    return found


_MONTHS = """
SELECT period, sum(cells)::BIGINT AS cells, sum(told)::BIGINT AS told
FROM (
  SELECT month AS period, count(*) AS cells, count(count) AS told FROM counts
  WHERE current AND source = $source GROUP BY ALL
  UNION ALL SELECT month, count(*), count(count) FROM crossings
  WHERE current AND source = $source GROUP BY ALL
  UNION ALL SELECT period, count(*), count(value) FROM indicators
  WHERE current AND source = $source GROUP BY ALL
  UNION ALL SELECT left(date, 7), count(*), count(*) FROM incidents
  WHERE current AND source = $source AND length(date) >= 7 GROUP BY ALL
  UNION ALL SELECT left("at", 7), count(*), count(*) FROM events
  WHERE current AND source = $source AND length("at") >= 7 GROUP BY ALL)
GROUP BY period ORDER BY period"""


def read_months(view: View, source: str) -> dict[str, tuple[int, int]]:
    """Return for each month (or year) how many figures a source has, and how many are told."""
    rows = view.sql(_MONTHS, {"source": source}).to_pylist()
    return {row["period"]: (row["cells"], row["told"]) for row in rows}
