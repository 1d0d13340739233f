"""Places: one count over one period, by municipality and by state, with what it cannot show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.places.coverage import SMALLEST_CELL
from puente.places.panel import build_panel

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from puente.guard.view import View

SPANS = (1, 3, 12)
"""Lengths of period, in months, that may be asked for."""

PREFERRED = ("homicidio_doloso",)
"""Counts shown first where nothing was chosen: intentional homicide is recorded best."""

PAGE = 50

STATES = ("value", "zero", "few", "partly", "none")
"""What a place shows: a value, none recorded, too few to show, some months only, not reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRow:
    """One municipality over the period.

    Attributes:
        state: one of `STATES`.
        count: cases; None unless `state` is `value` or `zero`.
        population: people, of the panel's latest month in the period.
        rate_per_100k: cases in the period per 100,000 people; None where not shown.
        months: months of the period that were reported.
    """

    place: str
    name: str
    region: str
    region_name: str
    state: str
    count: int | None
    population: int | None
    rate_per_100k: float | None
    months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionRow:
    """One state over the period: its municipalities added up.

    Attributes:
        places, reported: municipalities in the panel, and those reported in every month.
    """

    region: str
    name: str
    count: int
    population: int
    rate_per_100k: float | None
    places: int
    reported: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacesPage:
    """What the places page shows.

    Attributes:
        records, months: what may be chosen; months newest first.
        record, month, span: what was chosen; the period is the `span` months that end in `month`.
        months_held: months of the period that the panel has.
        first_month: first month of the period.
        values: rate by place for the map; None is hatched.
        suppressed: places with too few cases to show.
        names: name of each place.
        sources: names of the sources of these figures.
        partial: True where the panel of all sources is closed to the reader, and these figures
            are those of the sources that are open to them.
    """

    records: tuple[str, ...]
    months: tuple[str, ...]
    record: str
    month: str
    span: int
    months_held: int
    first_month: str
    rows: tuple[PlaceRow, ...]
    regions: tuple[RegionRow, ...]
    values: dict[str, float | None]
    suppressed: frozenset[str]
    names: dict[str, str]
    sources: tuple[str, ...]
    partial: bool


class OpenPanel:
    """The panel of the sources that are open to one reader, where that of all sources is closed.

    It is made from the permitted rows alone, by the same rules as that of the build. Readers to
    whom the same cells are open may share it; each look at it is recorded as theirs.

    Limits: held in memory, about 100 bytes for each place, month and record.
    """

    def __init__(self, view: View) -> None:
        import duckdb

        self._engine = duckdb.connect(config={"threads": 2})
        named = view.sql("SELECT place, name, state_name, valid_from, valid_to FROM places")
        for name, table in (("panel", build_panel(view)), ("places", named)):
            self._engine.register("given", table)
            self._engine.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
            self._engine.unregister("given")

    def sql(self, view: View, query: str, params: Mapping[str, object]) -> pa.Table:
        """Return what a query gives; a look of `view`."""
        view.record("look", query=query, params=dict(params))
        return self._engine.cursor().execute(query, dict(params)).to_arrow_table()


_PANEL = """
WITH chosen AS (
  SELECT * FROM panel WHERE record = $record AND month BETWEEN $first AND $last
    AND level = 'municipality'),
names AS (
  SELECT place, first(name ORDER BY valid_to = '' DESC, valid_from DESC) AS name,
    first(state_name ORDER BY valid_to = '' DESC, valid_from DESC) AS region_name
  FROM places GROUP BY place)
SELECT c.place, coalesce(any_value(n.name), c.place) AS name,
  coalesce(any_value(c.state), left(c.place, 2)) AS region,
  coalesce(any_value(n.region_name), '') AS region_name,
  sum(c.count)::BIGINT AS count, max_by(c.population, c.month) AS population,
  count(*) FILTER (c.reported AND c.count IS NOT NULL) AS months
FROM chosen c LEFT JOIN names n USING (place)
GROUP BY c.place ORDER BY c.place
"""

_SOURCES = "SELECT DISTINCT unnest(sources) AS source FROM panel WHERE record = $record ORDER BY 1"


def read_places(
    view: View, *, record: str = "", month: str = "", span: int = 12, own: OpenPanel | None = None
) -> PlacesPage:
    """Return one count over one period by place.

    Args:
        own: the panel of the reader's open sources; None reads that of all sources.
        record: name of the count; "" takes the first.
        month: last month of the period, `YYYY-MM`; "" takes the newest.
        span: months in the period, one of `SPANS`.

    Raises: InvalidData: a record, month or span that the panel does not have.
    """

    def ask(query: str, **params: object) -> list[dict[str, Any]]:
        told = view.sql(query, params) if own is None else own.sql(view, query, params)
        rows: list[dict[str, Any]] = told.to_pylist()
        return rows

    # States, the nation and what was not placed stand in the panel too; a map shows none of them.
    held = ask("SELECT DISTINCT record, month FROM panel WHERE level = 'municipality'")
    records = tuple(sorted({row["record"] for row in held}))
    if not records:
        return _empty()
    preferred = next((name for name in PREFERRED if name in records), records[0])
    record = _chosen(record, records, preferred)
    months = tuple(sorted({r["month"] for r in held if r["record"] == record}, reverse=True))
    month = _chosen(month, months, months[0])
    period = _period(months, month, span)
    rows = ask(_PANEL, record=record, first=period[-1], last=period[0])
    places = tuple(_place(row, len(period)) for row in rows)
    return PlacesPage(
        records=records,
        months=months,
        record=record,
        month=month,
        span=span,
        months_held=len(period),
        first_month=period[-1],
        rows=places,
        regions=_regions(rows, len(period)),
        values={p.place: 0.0 if p.state == "zero" else p.rate_per_100k for p in places},
        suppressed=frozenset(p.place for p in places if p.state == "few"),
        names={p.place: p.name for p in places},
        sources=tuple(row["source"] for row in ask(_SOURCES, record=record)),
        partial=own is not None,
    )


def _period(months: tuple[str, ...], last: str, span: int) -> list[str]:
    if span not in SPANS:
        raise InvalidData(
            _("a period has {spans} months, not {span}").format(
                spans=", ".join(map(str, SPANS)), span=span
            )
        )
    return [month for month in months if month <= last][:span]


def _chosen(value: str, known: tuple[str, ...], default: str) -> str:
    if value and value not in known:
        raise InvalidData(_("the panel has no {value!r}").format(value=value))
    return value or default


def _empty() -> PlacesPage:
    return PlacesPage(
        records=(), months=(), record="", month="", span=0, months_held=0, first_month="",
        rows=(), regions=(), values={}, suppressed=frozenset(), names={}, sources=(), partial=False,
    )  # fmt: skip


def _place(row: dict[str, Any], months: int) -> PlaceRow:
    count, people = row["count"], row["population"]
    if not row["months"]:
        state = "none"
    elif row["months"] < months:
        state = "partly"
    elif count == 0:
        state = "zero"
    else:
        state = "few" if count < SMALLEST_CELL else "value"
    shown = state == "value" and bool(people)
    return PlaceRow(
        place=row["place"], name=row["name"], region=row["region"],
        region_name=row["region_name"], state=state,
        count=count if state in {"value", "zero"} else None, population=people,
        rate_per_100k=count / people * 100_000 if shown else None, months=row["months"],
    )  # fmt: skip


def _regions(rows: list[dict[str, Any]], months: int) -> tuple[RegionRow, ...]:
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row["region"], []).append(row)
    found = []
    for region, held in sorted(grouped.items()):
        count = sum(row["count"] or 0 for row in held)
        people = sum(row["population"] or 0 for row in held)
        found.append(
            RegionRow(
                region=region, name=held[0]["region_name"] or region, count=count,
                population=people, rate_per_100k=count / people * 100_000 if people else None,
                places=len(held), reported=sum(row["months"] == months for row in held),
            )
        )  # fmt: skip
    return tuple(found)
