"""The SQL of the panel as it is asked for: level, registers, deliveries and boundaries.

Source: SESNSP (counts), CONAPO (population), INEGI (codes); see `panel`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.ingest.quality_catalogue import types_of
from puente.places.crosswalk import founded_by, lives, units
from puente.places.panel import NEAREST_YEARS, denominators, reported_cells
from puente.store.merge import literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from puente.places.panel_asked import Asked

WHOLE = 0.99
"""Share of a state's people that a register must cover for its municipalities to make the state.

A register of a choice of cities is none of the state. The rest leaves room for a municipality that
the table of population or the register writes in another way.
"""

VEHICLES = "vehiculos_registrados"
"""Measure of the table of indicators that holds the vehicles registered in a place and year."""

_LEVELS = """
  cells AS (
    SELECT *, CASE WHEN place = '00000' THEN 'nation' WHEN right(place, 3) = '000' THEN 'state'
      WHEN right(place, 3) IN ('998', '999') THEN 'unplaced' ELSE 'municipality' END AS level
    FROM every_cell WHERE {wanted}),
  young(place) AS (VALUES {young}),
  begun AS (
    SELECT source, record, place, min(month) AS first FROM cells WHERE count IS NOT NULL
    GROUP BY ALL),
  marked AS (
    -- Before a founding the parent counts what later is the child's: nothing is lacking then.
    SELECT c.*, c.count IS NULL AND NOT (y.place IS NOT NULL
      AND (b.first IS NULL OR c.month < b.first)) AS lacks
    FROM cells c LEFT JOIN young y USING (place) LEFT JOIN begun b USING (source, record, place))"""

_MUNICIPALITIES = """
  moved(place, unit, old) AS (VALUES {moved}),
  needed AS (SELECT unit, count(*) AS members FROM moved WHERE old GROUP BY unit),
  chosen AS (
    SELECT m.source, m.record, m.month, m.level, coalesce(v.unit, m.place) AS place,
      CASE WHEN NOT bool_or(m.lacks) AND count(m.count) > 0
        AND count(*) FILTER (v.old) = coalesce(max(n.members), 0) THEN sum(m.count) END AS count
    FROM marked m LEFT JOIN moved v USING (place) LEFT JOIN needed n ON n.unit = v.unit
    WHERE m.level IN ('municipality', 'unplaced') GROUP BY ALL)"""

_STATES = """
  inhabited AS (
    SELECT place, left(place, 2) AS state, max(population) AS people FROM population
    WHERE current AND right(place, 3) NOT IN ('000', '998', '999') GROUP BY ALL),
  peopled_state AS (SELECT state, sum(people) AS people FROM inhabited GROUP BY state),
  whole AS (
    SELECT c.source, c.record, i.state
    FROM (SELECT DISTINCT source, record, place FROM cells WHERE level = 'municipality') c
    JOIN inhabited i USING (place) JOIN peopled_state p USING (state)
    GROUP BY c.source, c.record, i.state, p.people HAVING sum(i.people) >= {whole} * p.people),
  own AS (SELECT DISTINCT source, record, left(place, 2) AS state FROM cells
    WHERE level = 'state'),
  states AS (
    SELECT source, record, month, place, count FROM cells WHERE level = 'state'
    UNION ALL
    SELECT m.source, m.record, m.month, w.state || '000' AS place,
      CASE WHEN NOT bool_or(m.lacks) THEN sum(m.count) END AS count
    FROM marked m JOIN whole w ON w.source = m.source AND w.record = m.record
      AND w.state = left(m.place, 2)
    ANTI JOIN own o ON o.source = m.source AND o.record = m.record AND o.state = w.state
    WHERE m.level IN ('municipality', 'unplaced')
    GROUP BY m.source, m.record, m.month, w.state)"""

_NATION = """
  nations AS (SELECT DISTINCT source, record FROM cells WHERE level = 'nation'),
  covered_states AS (
    SELECT s.source, s.record FROM (SELECT DISTINCT source, record, place FROM states) s
    JOIN peopled_state p ON p.state = left(s.place, 2)
    GROUP BY s.source, s.record
    HAVING sum(p.people) >= {whole} * (SELECT sum(people) FROM peopled_state)),
  chosen AS (
    SELECT source, record, month, 'nation' AS level, place, count FROM cells
    WHERE level = 'nation'
    UNION ALL
    SELECT s.source, s.record, s.month, 'nation' AS level, '00000' AS place,
      CASE WHEN count(*) = count(s.count) AND count(*) = max(count(*)) OVER (
        PARTITION BY s.source, s.record) THEN sum(s.count) END AS count
    FROM states s JOIN covered_states USING (source, record)
    ANTI JOIN nations n ON n.source = s.source AND n.record = s.record
    GROUP BY s.source, s.record, s.month)"""

_TABLE = """
WITH {counts}{cells_sql},
  {levels},
  series AS (
    SELECT place, record, source, row_number() OVER (
      PARTITION BY place, record ORDER BY count(count) DESC, sum(count) DESC, source) AS rank
    FROM chosen GROUP BY place, record, source),
  {denominators},
  {vehicles}
SELECT c.place, c.month, c.record, c.count::BIGINT AS count,
  CASE WHEN c.count IS NULL THEN 'missing' WHEN c.count = 0 THEN 'zero' ELSE 'count' END AS status,
  d.population::BIGINT AS population, d.population_year::INTEGER AS population_year,
  v.vehicles::BIGINT AS vehicles, v.vehicles_year::INTEGER AS vehicles_year,
  c.count * 100000.0 / d.population AS rate_per_100k, {method} AS method, c.source,
  left(c.place, 2) AS state, c.level
FROM chosen c
JOIN series s ON s.place = c.place AND s.record = c.record AND s.source = c.source AND s.rank = 1
LEFT JOIN denominators d ON d.place = c.place AND d.year = left(c.month, 4)::INTEGER
LEFT JOIN vehicles v ON v.place = c.place AND v.year = left(c.month, 4)::INTEGER
WHERE {period}
ORDER BY c.place, c.month, c.record
"""

# Deliveries name a day, a month or a year: one that names a month is out at its end.
_UNTIL = """
  told_by AS (
    SELECT c.place, c.month, c.record, c.count, c.source, TRUE AS current
    FROM counts c JOIN loads l ON l.load = c.load AND l.source = c.source
    WHERE l.dated AND l.published || '-12-31'[length(l.published) - 3:] <= {as_of}
    QUALIFY row_number() OVER (PARTITION BY c.source, c.place, c.month, c.record
      ORDER BY l.published DESC, l.load DESC) = 1),
  no_incidents AS (SELECT * FROM incidents WHERE FALSE),"""

_ALL_VEHICLES = """
  counted_vehicles AS (
    SELECT place, left(period, 4)::INTEGER AS year, max(value) AS vehicles FROM indicators
    WHERE current AND measure = '{measure}' AND value > 0 GROUP BY ALL),
  with_vehicles AS (
    SELECT * FROM counted_vehicles
    UNION ALL
    SELECT left(place, 2) || '000', year, sum(vehicles) FROM counted_vehicles
    WHERE right(place, 3) NOT IN ('000', '998', '999')
      AND left(place, 2) || '000' NOT IN (SELECT place FROM counted_vehicles) GROUP BY ALL),
  vehicles AS (
    SELECT y.place, y.year,
      arg_min(w.vehicles, abs(w.year - y.year) * 10000 + w.year) AS vehicles,
      arg_min(w.year, abs(w.year - y.year) * 10000 + w.year) AS vehicles_year
    FROM years y JOIN with_vehicles w ON w.place = y.place AND abs(w.year - y.year) <= {nearest}
    GROUP BY y.place, y.year)"""


def table_sql(asked: Asked, which: str, codes: Iterable[str] = ()) -> str:
    """Return the SQL of the panel's table for some records.

    Args:
        asked: see `panel_asked.Asked`.
        which: SQL that chooses among crimes, their parts with them.
        codes: places that the figures hold, where boundaries are asked for.

    Source: see the module.
    """
    counts, incidents = ("told_by", "no_incidents") if asked.as_of else ("counts", "incidents")
    if asked.sources:
        only = f"WHERE source IN ({_list(asked.sources)})"
        counts, incidents = (f"(SELECT * FROM {name} {only})" for name in (counts, incidents))
    cells = reported_cells(which, counts=counts, incidents=incidents)
    cells = cells.strip().removeprefix("WITH").replace("  cells AS (", "  every_cell AS (")
    period = "true"
    if asked.first:
        period += f" AND c.month >= {literal(asked.first)}"
    if asked.last:
        period += f" AND c.month <= {literal(asked.last)}"
    return _TABLE.format(
        counts=_UNTIL.format(as_of=literal(_end(asked.as_of))) if asked.as_of else "",
        cells_sql=cells,
        levels=_levels(asked, codes),
        denominators=denominators("chosen").strip(),
        vehicles=_ALL_VEHICLES.format(measure=VEHICLES, nearest=NEAREST_YEARS).strip(),
        method=method_sql("c.record", "c.month"),
        period=period,
    )


def method_sql(record: str, month: str) -> str:
    """Return SQL for the method by which a prosecutor's count was made; '' for any other record.

    Source: SESNSP: CIEISP until 2014, CNSP/38/15 from 2015 to 2025, RNID from January 2026.
    """
    crimes = _list(sorted(types_of()))
    plain = f"replace(split_part({record}, '.', 1), 'victimas_', '')"
    return (
        f"CASE WHEN starts_with({record}, 'cieisp_') THEN 'cieisp'"
        f" WHEN starts_with({record}, 'rnid_') THEN 'rnid'"
        f" WHEN {plain} NOT IN ({crimes}) THEN ''"
        f" WHEN {month} < '2015-01' THEN 'cieisp' WHEN {month} >= '2026-01' THEN 'rnid'"
        f" ELSE 'cnsp_38_15' END"
    )


def _levels(asked: Asked, codes: Iterable[str]) -> str:
    wanted = f"record IN ({_list(asked.records)})" if asked.records else "true"
    young = ", ".join(f"({literal(code)})" for code in sorted(lives()))
    parts = [_LEVELS.format(wanted=wanted, young=young).strip()]
    if asked.level == "municipality":
        return ",\n  ".join([*parts, _MUNICIPALITIES.format(moved=_moved(asked, codes)).strip()])
    parts.append(_STATES.format(whole=WHOLE).strip())
    if asked.level == "nation":
        parts.append(_NATION.format(whole=WHOLE).strip())
    else:
        parts.append("chosen AS (SELECT *, 'state' AS level FROM states)")
    return ",\n  ".join(parts)


def _moved(asked: Asked, codes: Iterable[str]) -> str:
    """Return the members of every unit that is more than one code, and whether each is old."""
    if not asked.boundaries:
        return "('', '', false)"
    of = units(codes, asked.boundaries)
    shared = {unit for code, unit in of.items() if unit != code}
    rows = [
        f"({literal(code)}, {literal(unit)}, {str(founded_by(code, asked.boundaries)).lower()})"
        for code, unit in sorted(of.items())
        if unit in shared
    ]
    return ", ".join(rows) or "('', '', false)"


def _end(text: str) -> str:
    return text + "-12-31"[len(text) - 4 :] if len(text) < len("2024-01-01") else text


def _list(texts: Iterable[str]) -> str:
    return ", ".join(literal(text) for text in texts)
