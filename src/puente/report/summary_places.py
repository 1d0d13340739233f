"""The places of the report: rates of the last twelve months, and why some cannot be shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from puente.guard.view import View

MONTHS = 12
FEW = 5
"""Fewer cases than this in a year are not shown as a rate.

Source: the usual smallest cell of official statistics; and a rate on so few cases says little.
"""

STEADY = 20
"""A rate that rests on fewer cases than this is not ranked: chance alone moves it too much.

Source: US National Center for Health Statistics (relative standard error above 23 percent).
"""

_PREFERRED = ("homicidio_doloso",)
_LEVELS = "('municipality', 'unplaced')"
"""Together they are the whole country once; states and the nation would count it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFacts:
    """Rates by municipality over the last twelve months of a record.

    Attributes:
        record: which record, as the source calls it.
        first, last: months covered, `YYYY-MM`.
        rates: rate per 100,000 people and year; only where every month was reported.
        few: places with 1 to 4 cases.
        cases, population: by place, where every month was reported.
        partial: places that reported some months, not all.
        elsewhere: cases that no municipality could be given (or whose municipality has no
            population figure).
        names: name and state of each place.
        sources: sources of the record.
        areas: the polygons, level `municipality`.
    """

    record: str
    first: str
    last: str
    rates: Mapping[str, float]
    few: frozenset[str]
    cases: Mapping[str, int]
    population: Mapping[str, int]
    partial: int
    elsewhere: int
    names: Mapping[str, str]
    sources: tuple[str, ...]
    areas: pa.Table


def read_places(view: View) -> PlaceFacts | None:
    """Return the rates by municipality, or None where no place was counted.

    The record is the one with most cases (intentional homicide first, which is recorded best).
    """
    record = _record(view)
    if record is None:
        return None
    last = str(record["last"])
    first = _months_before(last, MONTHS - 1)
    rows = view.sql(
        "SELECT place, any_value(level) AS level,"
        " count(*) FILTER (WHERE count IS NOT NULL) AS months,"
        " coalesce(sum(count), 0)::BIGINT AS cases, max(population) AS population"
        f" FROM panel WHERE record = ? AND month BETWEEN ? AND ? AND level IN {_LEVELS}"
        " GROUP BY place ORDER BY place",
        (record["record"], first, last),
    ).to_pylist()
    whole = [
        row
        for row in rows
        if row["level"] == "municipality" and row["months"] == MONTHS and row["population"]
    ]
    named = {row["place"] for row in whole}
    return PlaceFacts(
        record=str(record["record"]),
        first=first,
        last=last,
        rates={row["place"]: row["cases"] / row["population"] * 100_000 for row in whole},
        few=frozenset(row["place"] for row in whole if 0 < row["cases"] < FEW),
        cases={row["place"]: row["cases"] for row in whole},
        population={row["place"]: row["population"] for row in whole},
        partial=sum(1 for row in rows if 0 < row["months"] < MONTHS),
        elsewhere=sum(
            row["cases"] for row in rows if row["place"] not in named and row["months"] == MONTHS
        ),
        names=_names(view),
        sources=tuple(sorted(set(record["sources"]) - {""})),
        areas=_areas(view),
    )


def _record(view: View) -> dict[str, Any] | None:
    found = view.sql(
        "SELECT p.record, sum(p.count) AS cases,"
        " max(p.month) FILTER (p.level = 'municipality') AS last,"
        " (SELECT list(DISTINCT s ORDER BY s) FROM (SELECT unnest(sources) AS s FROM panel"
        " WHERE record = p.record)) AS sources"
        f" FROM panel p WHERE p.count IS NOT NULL AND p.level IN {_LEVELS}"
        " GROUP BY p.record HAVING last IS NOT NULL ORDER BY cases DESC, p.record"
    ).to_pylist()
    best = [row for row in found if row["record"] in _PREFERRED] or found
    return {**best[0], "sources": best[0]["sources"] or []} if best else None


def _months_before(month: str, count: int) -> str:
    index = int(month[:4]) * 12 + int(month[5:7]) - 1 - count
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


def _names(view: View) -> dict[str, str]:
    rows = view.sql(
        "SELECT place, max_by(name, order_by) AS name, max_by(state_name, order_by) AS state_name"
        " FROM (SELECT *, CASE WHEN coalesce(valid_to, '') = '' THEN '9999' ELSE valid_to END"
        " || coalesce(valid_from, '') || name AS order_by FROM places WHERE name <> '')"
        " GROUP BY place"
    ).to_pylist()
    return {
        row["place"]: ", ".join(part for part in (row["name"], row["state_name"]) if part)
        for row in rows
    }


def _areas(view: View) -> pa.Table:
    columns = view.sql("SELECT * FROM areas LIMIT 0").column_names
    only = " AND current" if "current" in columns else ""
    return view.sql(
        f"SELECT place, geometry, level FROM areas WHERE level = 'municipality'{only}"
        " ORDER BY place, source"
    )
