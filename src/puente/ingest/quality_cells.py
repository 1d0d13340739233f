"""The figures of a build in an engine of their own, laid out for the checks.

Tables of the engine (months are numbers: year times 12, January being 0):

    held    every figure as it stands in the lake: source, load, place, record, m, n, current
    cell    the current ones, one for each source, place, month and record, with crime and level
    placed  by source, place, crime and month: n, cells, told (cells with a figure)
    area    the same by state, and by nation (place `00000`)
    town    municipalities by code, name and newest population
    named   `area` of the sources that cover the country, by crime and by whole type of crime
    wide    sources that cover the country: 20 states, or half of the municipalities
    span    by source: first and last month with a figure, when it was published last
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from puente.ingest.quality_catalogue import types_of

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from puente.guard.view import View

_HELD = "SELECT source, load, place, record, month, count, current FROM counts"
_TOWNS = (
    "SELECT place, first(name ORDER BY valid_to = '' DESC, valid_from DESC, crosswalk) AS name"
    " FROM places WHERE current AND right(place, 3) NOT IN ('000', '998', '999') GROUP BY place"
    " ORDER BY place"
)
_PEOPLE = (
    "SELECT place, year, any_value(population) AS people FROM population WHERE current"
    " GROUP BY place, year ORDER BY place, year"
)
_LOADS = (
    "SELECT source, part, load, path, published, rows, loaded, rejected, facts, agency, dated"
    " FROM loads ORDER BY source, published, dated, load"
)
_LEVEL = """CASE WHEN place = '00000' THEN 'nation'
  WHEN right(place::VARCHAR, 3) = '000' THEN 'state'
  WHEN place = '00999' OR right(place::VARCHAR, 3) IN ('998', '999') THEN 'unplaced'
  ELSE 'municipality' END"""

_TABLES = (
    """CREATE TABLE held AS SELECT source::source_t AS source, load::load_t AS load,
      place::place_t AS place, record::record_t AS record,
      (try_cast(left(month, 4) AS INTEGER) * 12 + try_cast(month[6:7] AS INTEGER) - 1) AS m,
      count AS n, current FROM given""",
    """CREATE TABLE place_of AS
      SELECT place, left(place::VARCHAR, 2) AS state, {level} AS level
      FROM (SELECT unnest(enum_range(NULL::place_t))::place_t AS place)""",
    """CREATE TABLE record_of AS
      SELECT record, split_part(record::VARCHAR, '.', 1) AS crime
      FROM (SELECT unnest(enum_range(NULL::record_t))::record_t AS record)""",
    "CREATE TYPE crime_t AS ENUM (SELECT DISTINCT crime FROM record_of ORDER BY 1)",
    """CREATE TABLE cell AS
      SELECT source, place, state, level, record, crime::crime_t AS crime, m, n, load
      FROM (SELECT * FROM held WHERE current AND m IS NOT NULL {once})
      JOIN place_of USING (place) JOIN record_of USING (record)""",
    """CREATE TABLE broken AS
      SELECT source, crime, level, bool_or(record::VARCHAR = crime::VARCHAR) AS whole
      FROM (SELECT DISTINCT source, record, crime, level FROM cell)
      GROUP BY ALL HAVING count(*) > 1""",
    # Most sources break nothing down: grouping theirs would cost a quarter of all the checks.
    """CREATE TABLE placed AS
      SELECT source, place, state, level, crime, m, n::DOUBLE AS n, 1::BIGINT AS cells,
        (n IS NOT NULL)::BIGINT AS told
      FROM cell ANTI JOIN broken USING (source, crime, level)
      UNION ALL BY NAME
      SELECT source, place, any_value(state) AS state, level, crime, m,
        sum(n)::DOUBLE AS n, count(*) AS cells, count(n) AS told
      FROM cell JOIN broken USING (source, crime, level)
      WHERE NOT whole OR record::VARCHAR = crime::VARCHAR
      GROUP BY source, place, level, crime, m""",
    """CREATE TABLE by_state AS
      SELECT source, state || '000' AS place, crime, m, sum(n) AS n, sum(cells)::BIGINT AS cells,
        sum(told)::BIGINT AS told, level = 'state' AS own
      FROM placed WHERE level <> 'nation' AND state <> '00' GROUP BY ALL""",
    """CREATE TABLE area AS
      SELECT source, place, crime, m, n, cells, told FROM by_state b
      WHERE own = EXISTS (SELECT 1 FROM by_state o WHERE o.own AND o.source = b.source)
      UNION ALL BY NAME
      SELECT source, '00000' AS place, crime, m, sum(n) AS n, sum(cells)::BIGINT AS cells,
        sum(told)::BIGINT AS told
      FROM by_state b
      WHERE own = EXISTS (SELECT 1 FROM by_state o WHERE o.own AND o.source = b.source)
      GROUP BY source, crime, m""",
    """CREATE TABLE span AS
      SELECT source, min(m) FILTER (told > 0) AS first, max(m) FILTER (told > 0) AS last,
        max(m) FILTER (n > 0) AS counted, max(m) AS written
      FROM area WHERE place = '00000' GROUP BY source""",
)
_WIDE = """CREATE TABLE wide AS
  SELECT source FROM placed WHERE level = 'state' GROUP BY source
  HAVING count(DISTINCT place) >= 20
  UNION
  SELECT source FROM placed WHERE level = 'municipality' GROUP BY source
  HAVING count(DISTINCT place) >= (SELECT greatest(count(*), 2) / 2 FROM town)"""
_NAMED = """CREATE TABLE named AS
  WITH size AS (SELECT type, count(*) AS crimes FROM kind WHERE crime <> type GROUP BY type),
  whole AS (
    SELECT a.source, k.type FROM (SELECT DISTINCT source, crime FROM area) a
    JOIN kind k ON k.crime = a.crime::VARCHAR AND k.crime <> k.type
    JOIN size ON size.type = k.type
    GROUP BY a.source, k.type, size.crimes HAVING count(*) = size.crimes)
  SELECT a.source, a.place, a.crime::VARCHAR AS name, FALSE AS added, a.m, a.n
  FROM area a SEMI JOIN wide USING (source) JOIN span s USING (source)
  WHERE a.told > 0 AND a.m <= s.counted
  UNION ALL
  SELECT a.source, a.place, k.type AS name, TRUE AS added, a.m, sum(a.n) AS n
  FROM area a SEMI JOIN wide USING (source) JOIN span s USING (source)
  JOIN kind k ON k.crime = a.crime::VARCHAR AND k.crime <> k.type
  JOIN whole w ON w.source = a.source AND w.type = k.type
  WHERE a.told > 0 AND a.m <= s.counted GROUP BY ALL"""
_ONCE = """ QUALIFY row_number() OVER (
      PARTITION BY source, place, record, m ORDER BY load DESC) = 1"""


@dataclass(slots=True)
class Figures:
    """The figures of one build; ask them in SQL.

    Attributes:
        loads: the deliveries, by source and date.
        newest: date of each source's newest delivery.
        grade: Admiralty grade of each source that is known; the worse of two is doubted first.
    """

    engine: duckdb.DuckDBPyConnection
    loads: list[dict[str, Any]] = field(default_factory=list)
    newest: dict[str, str] = field(default_factory=dict)
    grade: dict[str, str] = field(default_factory=dict)

    def doubted(self, one: str, other: str) -> tuple[tuple[str, str], ...]:
        """Return which of two sources their difference is put down to, and the other beside it.

        It is the one of the worse grade; both, each against the other, where the grades are alike.
        """
        grades = self.grade.get(one, "F6"), self.grade.get(other, "F6")
        if grades[0] == grades[1]:
            return (one, other), (other, one)
        return (((one, other) if grades[0] > grades[1] else (other, one)),)

    def newest_of(self, load: str) -> str:
        """Return the date of a delivery; "" where it is unknown."""
        return next((row["published"] for row in self.loads if row["load"] == load), "")

    def rows(self, query: str, **values: object) -> list[dict[str, Any]]:
        """Return what a query gives, a mapping for each row."""
        found: list[dict[str, Any]] = self.table(query, **values).to_pylist()
        return found

    def table(self, query: str, **values: object) -> pa.Table:
        """Return what a query gives as an Arrow table."""
        return self.engine.execute(query, values or None).to_arrow_table()


def lay_out(view: View, *, grades: dict[str, str] | None = None) -> Figures:
    """Return the figures that a View shows, laid out.

    Cost: some 0.9 CPU seconds and 250 MB for two million figures.
    """
    import duckdb

    engine = duckdb.connect(config={"threads": 2})
    figures = Figures(engine=engine, loads=view.sql(_LOADS).to_pylist(), grade=grades or {})
    for load in figures.loads:
        figures.newest[load["source"]] = max(
            load["published"], figures.newest.get(load["source"], "")
        )
    engine.register("given", view.sql(_HELD))
    for name in ("source", "load", "place", "record"):
        engine.execute(
            f"CREATE TYPE {name}_t AS ENUM (SELECT {name} FROM given UNION SELECT '' ORDER BY 1)"
        )
    for query in _TABLES:
        once = _ONCE if "{once}" in query and _may_repeat(figures) else ""
        engine.execute(query.replace("{level}", _LEVEL).replace("{once}", once))
    engine.unregister("given")
    for name, query in (("town", _TOWNS), ("people", _PEOPLE)):
        engine.register("given", view.sql(query))
        engine.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
        engine.unregister("given")
    kinds = types_of()
    rows = ", ".join(f"('{crime}', '{kind}')" for crime, kind in sorted(kinds.items()))
    engine.execute(f"CREATE TABLE kind AS SELECT * FROM (VALUES {rows}) AS t(crime, type)")
    engine.execute(_WIDE)
    engine.execute(_NAMED)
    return figures


def _may_repeat(figures: Figures) -> bool:
    """Return True if two deliveries of one source have one date: both then stand as current."""
    dates = {load["load"]: load["published"] for load in figures.loads}
    rows = figures.rows("SELECT DISTINCT source, load FROM held")
    keys = [(row["source"], dates.get(row["load"], "")) for row in rows]
    return len(set(keys)) < len(keys)
