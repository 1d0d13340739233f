"""The panel: every place and month of every record, with null where nothing was reported.

Source: SESNSP, Incidencia delictiva del fuero común, nueva metodología (counts by municipality and
    month); CONAPO, Proyecciones de la población de los municipios (population by year); INEGI,
    Catálogo Único de Claves de Áreas Geoestadísticas (codes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.store.merge import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from puente.guard.view import View

NEAREST_YEARS = 5
"""Years between a count and the population it may be set against where its own year is missing.

Source: INEGI counts people every five years (Censo, Conteo, Encuesta Intercensal).
"""

PART_ROWS = 400_000
"""Counts that are laid out together, but for a crime that has more of them. All 2.2 million of the
public files at once took 1.2 GB."""

ORDER = ("place", "month", "record")
"""Columns by which the panel is ordered; no two rows have them alike."""

_CRIME = "split_part(record, '.', 1)"

_REPORTED_CELLS = """
  given AS (
    SELECT place, month, record, source, max(count) AS count
    FROM {counts} WHERE current AND {part_of_record} GROUP BY place, month, record, source),
  told AS (
    SELECT DISTINCT record FROM {counts} WHERE current
    UNION
    SELECT DISTINCT split_part(record, '.', 1) FROM {counts} WHERE current),
  broken AS (
    SELECT DISTINCT source, split_part(record, '.', 1) AS crime FROM given
    WHERE contains(record, '.')),
  added AS (
    SELECT g.place, g.month, b.crime, g.source, count(*) AS parts, count(g.count) AS reported,
      sum(g.count) AS count
    FROM given g JOIN broken b ON b.source = g.source AND b.crime = split_part(g.record, '.', 1)
    GROUP BY ALL),
  counted AS (
    SELECT place, month, record, source, count FROM given
    WHERE contains(record, '.') OR (source, record) NOT IN (SELECT (source, crime) FROM broken)
    UNION ALL
    -- A sum that lacks a part would pass for fewer crimes: it is then not known at all.
    SELECT place, month, crime AS record, source, CASE WHEN parts = reported
      AND parts = max(parts) OVER (PARTITION BY source, crime, month) THEN count END AS count
    FROM added),
  happened AS (
    -- Only where no count of that record exists: a published count includes its incidents.
    SELECT place, left(date, 7) AS month, category AS record, source, count(*) AS count
    FROM {incidents}
    WHERE current AND place <> '' AND category <> '' AND length(date) >= 7
      AND category NOT IN (SELECT record FROM told)
    GROUP BY ALL),
  spans AS (
    SELECT source, record, min(month) AS first, max(month) AS last FROM counted GROUP BY ALL
    UNION ALL
    SELECT h.source, h.record, s.first, s.last
    FROM (SELECT DISTINCT source, record FROM happened) h
    JOIN (SELECT source, min(month) AS first, max(month) AS last FROM happened GROUP BY source) s
      USING (source)),
  months AS (
    SELECT source, record, strftime(unnest(range(
      (first || '-01')::DATE, (last || '-01')::DATE + INTERVAL 1 MONTH, INTERVAL 1 MONTH)), '%Y-%m')
      AS month
    FROM spans),
  covered AS (
    SELECT DISTINCT source, record, place FROM counted
    UNION
    SELECT r.source, r.record, p.place
    FROM (SELECT DISTINCT source, record FROM happened) r
    JOIN (SELECT DISTINCT source, place FROM happened) p USING (source)),
  sending AS (SELECT DISTINCT source, month FROM happened),
  cells AS (
    -- A feed of incidents names no zeros. In a month in which it sent anything, a place that it
    -- covers and does not name had none; in a month in which it sent nothing, nobody knows.
    SELECT v.source, v.record, v.place, m.month,
      coalesce(c.count, h.count, CASE WHEN a.month IS NOT NULL AND c.place IS NULL
        AND v.record NOT IN (SELECT record FROM told) THEN 0 END) AS count
    FROM covered v JOIN months m USING (source, record)
    LEFT JOIN counted c USING (source, record, place, month)
    LEFT JOIN happened h USING (source, record, place, month)
    LEFT JOIN sending a ON a.source = v.source AND a.month = m.month
    WHERE {part_of_record})"""


def reported_cells(
    which: str = "true", *, counts: str = "counts", incidents: str = "incidents"
) -> str:
    """Return the SQL of `cells`: every source, record, place and month with its count or null.

    Args:
        which: SQL that chooses among records; a crime and its parts go together.
        counts, incidents: relations to read, with the columns of the lake's tables.

    Source: see the module.
    """
    return _REPORTED_CELLS.format(part_of_record=which, counts=counts, incidents=incidents)


_DENOMINATORS = """  people AS (
    SELECT place, year, arg_min(population, source) AS population
    FROM population WHERE current GROUP BY place, year),
  peopled AS (
    SELECT place, year, population FROM people
    UNION ALL
    SELECT left(place, 2) || '000', year, sum(population)::BIGINT FROM people
    WHERE right(place, 3) NOT IN ('000', '999')
      AND left(place, 2) || '000' NOT IN (SELECT place FROM people) GROUP BY ALL
    UNION ALL
    SELECT '00000', year, sum(population)::BIGINT FROM people
    WHERE right(place, 3) NOT IN ('000', '999')
      AND '00000' NOT IN (SELECT place FROM people) GROUP BY ALL),
  years AS (SELECT DISTINCT place, left(month, 4)::INTEGER AS year FROM {cells}),
  denominators AS (
    SELECT y.place, y.year, arg_min(p.population, abs(p.year - y.year) * 10000 + p.year)
        AS population,
      arg_min(p.year, abs(p.year - y.year) * 10000 + p.year) AS population_year
    FROM years y JOIN peopled p
      ON p.place = y.place AND abs(p.year - y.year) <= {nearest} AND p.population > 0
    GROUP BY y.place, y.year)"""


def denominators(cells: str = "cells") -> str:
    """Return the SQL of `denominators`: the people of each place and year of `cells`.

    A state has its own figure or the sum of its municipalities', the nation likewise.

    Source: CONAPO, Proyecciones de la población de los municipios.
    """
    return _DENOMINATORS.format(cells=cells, nearest=NEAREST_YEARS)


_PANEL = """
WITH {cells},
  series AS (
    -- One series is one source's: two registers of one crime count the same deeds differently, so
    -- they are neither added up nor patched together month by month.
    SELECT place, record, source, row_number() OVER (
      PARTITION BY place, record ORDER BY count(count) DESC, sum(count) DESC, source) AS rank
    FROM cells GROUP BY place, record, source),
  {denominators}
SELECT c.place, c.month, c.record, c.count::BIGINT AS count, d.population,
  c.count * 100000.0 / d.population AS rate_per_100k, left(c.place, 2) AS state,
  c.count IS NOT NULL AS reported, [c.source] AS sources, d.population_year::INTEGER
    AS population_year,
  CASE WHEN c.place = '00000' THEN 'nation' WHEN right(c.place, 3) = '000' THEN 'state'
    WHEN right(c.place, 3) IN ('998', '999') THEN 'unplaced' ELSE 'municipality' END AS level
FROM cells c
JOIN series s ON s.place = c.place AND s.record = c.record AND s.source = c.source AND s.rank = 1
LEFT JOIN denominators d ON d.place = c.place AND d.year = left(c.month, 4)::INTEGER
ORDER BY c.place, c.month, c.record
"""


def build_panel(view: View) -> pa.Table:
    """Return the `panel` artefact, ordered by place, month and record.

    Columns: place (CVEGEO; SS000 a whole state, 00000 the nation, SS999 municipality not
    specified, 00999 abroad), month (YYYY-MM), record, count (null: not reported; 0: reported as
    none), population (people, of the nearest year known, at most five away), rate_per_100k (events
    per 100,000 people **in that month**; null where either is unknown), state (2 digits), reported,
    sources (the register that the series comes from), population_year, level (`municipality`,
    `unplaced`, `state`, `nation`).

    The levels overlap: a state is its municipalities and what was not placed, the nation all
    states. Whoever adds up takes one level, municipalities and unplaced together being one.

    A record with a dot is a part of the crime before it (`homicidio_doloso.con_arma_de_fuego`); the
    whole crime stands beside its parts under its own name, as their sum. It is null where a part is
    null, or where a place has fewer parts in a month than the source gives other places.

    A place stands in the panel for every month from the first to the last that the source has
    published for that record, so that a missing month is seen. Where several registers count one
    record, each place has the series of the one with most months there.

    Source: SESNSP (counts), CONAPO (population), INEGI (codes); rates per 100,000 as SESNSP
        publishes them.
    Limits: recorded events, not events. A feed of single incidents cannot say "none" for a place
        that it never names. Where one source gives a cell twice, the larger count stands.
    """
    import pyarrow as pa

    order = [(column, "ascending") for column in ORDER]
    return pa.concat_tables(panel_parts(view)).combine_chunks().sort_by(order)


def panel_parts(view: View) -> Iterator[pa.Table]:
    """Yield the panel in parts, some crimes in each, every part ordered by place, month and record.

    The municipal file of ten years makes a panel of 45 million rows, which no memory need hold.

    Source: as `build_panel`.
    """
    for which in parts_of_records(view):
        yield view.sql(_PANEL.format(cells=reported_cells(which), denominators=denominators()))


def parts_of_records(view: View) -> Iterator[str]:
    """Yield SQL conditions on `record` that part all records, some crimes in each.

    Source: none of its own.
    """
    crimes = view.sql(
        "SELECT split_part(record, '.', 1) AS crime, count(*) AS n FROM counts WHERE current"
        " GROUP BY ALL ORDER BY crime"
    )
    groups: list[list[str]] = [[]]
    held = 0
    for crime, count in zip(crimes["crime"].to_pylist(), crimes["n"].to_pylist(), strict=True):
        if held and held + count > PART_ROWS:
            groups.append([])
            held = 0
        groups[-1].append(literal(crime))
        held += count
    for number, group in enumerate(groups):
        which = "true"
        if number:
            which = f"{_CRIME} IN ({', '.join(group)})"
        elif len(groups) > 1:
            # What is known from single incidents alone stands in the first part.
            others = ", ".join(crime for other in groups[1:] for crime in other)
            which = f"{_CRIME} NOT IN ({others})"
        yield which
