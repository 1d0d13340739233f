"""The panel as it is asked for, through a View: each cell of place, month and record told apart.

Source: SESNSP (counts), CONAPO (population), INEGI (codes); see `panel`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.places.crosswalk import Life, founded_by, lives, origin_unknown, unknown
from puente.places.panel import ORDER, parts_of_records
from puente.places.panel_sql import method_sql, table_sql
from puente.store.merge import literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from puente.guard.view import View
    from puente.places.panel_asked import Asked

LEVELS = ("municipality", "state", "nation")

COLUMNS = (
    *("place", "month", "record", "count", "status", "population", "population_year", "vehicles"),
    *("vehicles_year", "rate_per_100k", "method", "source", "state", "level"),
)
"""Columns of a panel's table, in their order."""

_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")
_DAY = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Counts by place, month and record, and what must be known to read them.

    Attributes:
        table: columns `COLUMNS`, ordered by place, month and record. `count` is null unless
            `status` is `count` or `zero`; `status` is `count`, `zero`, `missing` (not reported) or
            `suppressed`; `population` in people and `vehicles` in vehicles, of the nearest year
            known, at most five away; `rate_per_100k` events per 100,000 people in that month;
            `method` see `panel_sql.method_sql`. Municipalities come with `unplaced` rows.
        founded: municipalities of the panel founded after its first month, by code.
        method_breaks: first month of each method of counting after another one, and both.
        source: the registers, and the snapshot.
        strange: codes in which no figure should stand, with why (`crosswalk.unknown`).
        apart: municipalities that `boundaries` could not put together with anyone.

    Source: see the module.
    """

    table: pa.Table
    founded: Mapping[str, Life] = field(default_factory=dict)
    method_breaks: tuple[tuple[str, str, str], ...] = ()
    source: str = ""
    strange: Mapping[str, str] = field(default_factory=dict)
    apart: tuple[str, ...] = ()


def panel(view: View, asked: Asked) -> Panel:
    """Return the panel of the counts that a View shows.

    A state or the nation has its register's own figure, or else the sum of municipalities where
    the register covers the state (`panel_sql.WHOLE`) and none of them is missing.

    Raises: InvalidData: no such level or record, a month or day that is none, nothing reported.
    Source: SESNSP, CONAPO, INEGI; see `panel.build_panel`.
    Limits: recorded events, not events. Two records of which the method differs have different
        names where the sources give them; where one name runs through a change of method, the
        column says it and `method_breaks` names the month. Incidents that Puente counts itself are
        left out where `as_of` is given: a list is replaced whole.
    Cost: 4 CPU-s for one record, 2,488 municipalities and 312 months; all records of the public
        files at once take 8 CPU-s and 1.4 GB.
    """
    import pyarrow as pa

    _check(asked)
    held = _held(view, asked) if asked.boundaries else ()
    tables = [view.sql(table_sql(asked, which, held)) for which in _crimes(view, asked)]
    table = pa.concat_tables(tables).combine_chunks()
    missing = set(asked.records) - set(table["record"].unique().to_pylist())
    if missing:
        text = _("the records hold no {records} of this level, register and time")
        raise InvalidData(text.format(records=", ".join(sorted(missing))))
    if not table.num_rows:
        raise InvalidData(_("the records hold no counts of this level, register and time"))
    if len(tables) > 1:
        table = table.sort_by([(column, "ascending") for column in ORDER])
    sources = ", ".join(sorted(table["source"].unique().to_pylist()))
    made = described(table, source=f"{sources}; {view.snapshot.id}")
    codes = table["place"].unique().to_pylist()
    return replace(
        made,
        strange=_strange(view, made) if asked.level == "municipality" else {},
        apart=origin_unknown(codes, asked.boundaries) if asked.boundaries else (),
    )


def described(table: pa.Table, *, source: str) -> Panel:
    """Return a table as a panel, with its foundings and breaks of method.

    Source: see the module.
    """
    import pyarrow.compute as pc

    first = pc.min(table["month"]).as_py() if table.num_rows else ""
    codes = set(table["place"].unique().to_pylist())
    founded = {
        code: life
        for code, life in lives().items()
        if code in codes and not founded_by(code, first)
    }
    seen: dict[str, tuple[str, str]] = {}
    spans = table.filter(pc.not_equal(table["method"], "")).group_by("method")
    for row in spans.aggregate([("month", "min"), ("month", "max")]).to_pylist():
        seen[row["method"]] = (row["month_min"], row["month_max"])
    order = sorted(seen, key=lambda method: seen[method])
    breaks = tuple((seen[after][0], before, after) for before, after in pairwise(order))
    return Panel(table=table, founded=founded, method_breaks=breaks, source=source)


def _check(asked: Asked) -> None:
    if asked.level not in LEVELS:
        text = _("no such level: {level}; one of {known}")
        raise InvalidData(text.format(level=asked.level, known=", ".join(LEVELS)))
    for month in filter(None, (asked.first, asked.last)):
        if not _MONTH.fullmatch(month):
            raise InvalidData(_("not a month, YYYY-MM: {text}").format(text=month))
    for day in filter(None, (asked.as_of, asked.boundaries)):
        if not _DAY.fullmatch(day):
            raise InvalidData(_("not a day, YYYY-MM-DD: {text}").format(text=day))
    if asked.boundaries and asked.level != "municipality":
        raise InvalidData(_("boundaries of a day are those of municipalities"))


def _crimes(view: View, asked: Asked) -> Sequence[str]:
    if not asked.records:
        return list(parts_of_records(view))
    crimes = sorted({record.partition(".")[0] for record in asked.records})
    named = ", ".join(literal(crime) for crime in crimes)
    return [f"split_part(record, '.', 1) IN ({named})"]


_HELD = """
SELECT DISTINCT place FROM counts WHERE count IS NOT NULL
  AND ($first = '' OR month >= $first) AND ($last = '' OR month <= $last)
UNION
SELECT DISTINCT place FROM incidents WHERE current AND place <> ''
"""


def _held(view: View, asked: Asked) -> list[str]:
    """Return the places with a figure in the months asked for."""
    found = view.sql(_HELD, {"first": asked.first, "last": asked.last})
    return [str(place) for place in found["place"].to_pylist()]


def _strange(view: View, made: Panel) -> dict[str, str]:
    import pyarrow.compute as pc

    counted = made.table.filter(pc.equal(made.table["status"], "count"))
    spans = counted.group_by("place").aggregate([("month", "min"), ("month", "max")])
    years = {
        row["place"]: (int(row["month_min"][:4]), int(row["month_max"][:4]))
        for row in spans.to_pylist()
    }
    known = set(view.sql("SELECT DISTINCT place FROM places WHERE current")["place"].to_pylist())
    return unknown(years, known)


_REVISIONS = """
WITH told AS (
  SELECT c.place, c.month, c.record, c.source, l.published, c.load, c.count, c.current,
    count(*) OVER cell AS times,
    c.count - lag(c.count) OVER (cell ORDER BY l.published, c.load) AS change
  FROM counts c JOIN (SELECT DISTINCT source, load, published FROM loads) l
    ON l.load = c.load AND l.source = c.source
  WHERE {which}
  WINDOW cell AS (PARTITION BY c.source, c.place, c.month, c.record))
SELECT place, month, record, source, published, load, count, current, change
FROM told WHERE times > 1 ORDER BY place, month, record, source, published, load
"""


def revisions(view: View, records: Sequence[str] = (), *, place: str = "") -> pa.Table:
    """Return every figure that was delivered more than once, in each delivery.

    Columns: place, month, record, source, published (ISO), load, count, current (it stands now),
    change (against the delivery before; null in the first, or where one of the two is blank).

    Args:
        records: crimes or parts as delivered; none is all.
        place: one code; "" is every place.

    Source: SESNSP revises the months of closed years in later publications.
    """
    which = "true"
    if records:
        named = ", ".join(literal(record) for record in records)
        which = f"(c.record IN ({named}) OR split_part(c.record, '.', 1) IN ({named}))"
    if place:
        which += f" AND c.place = {literal(place)}"
    return view.sql(_REVISIONS.format(which=which))


def method_of(record: str, month: str) -> str:
    """Return the method of a prosecutor's count of a record in a month, "" for any other record.

    Source: see `panel_sql.method_sql`.
    """
    import duckdb

    found: Any = duckdb.sql(f"SELECT {method_sql(literal(record), literal(month))}").fetchone()
    return str(found[0])
