"""A panel from a CSV file, and to CSV, Parquet or JSON.

Source: RFC 4180 for the CSV file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.graph.delimited import lines_of_rows, read_columns, write_table
from puente.i18n import gettext as _
from puente.model.places import place_code
from puente.places.panel import NEAREST_YEARS, ORDER
from puente.places.panel_read import Panel, described
from puente.places.panel_sql import method_sql

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

ENDINGS = (".csv", ".parquet", ".json")

_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")

_TABLE = """
WITH spans AS (SELECT record, min(month) AS first, max(month) AS last FROM given GROUP BY record),
  months AS (
    SELECT record, strftime(unnest(range((first || '-01')::DATE,
      (last || '-01')::DATE + INTERVAL 1 MONTH, INTERVAL 1 MONTH)), '%Y-%m') AS month FROM spans),
  covered AS (SELECT DISTINCT record, place FROM given),
  years AS (SELECT DISTINCT place, left(month, 4)::INTEGER AS year FROM covered JOIN months
    USING (record)),
  denominators AS (
    SELECT y.place, y.year,
      arg_min(p.people, abs(p.year - y.year) * 10000 + p.year) AS population,
      arg_min(p.year, abs(p.year - y.year) * 10000 + p.year) AS population_year
    FROM years y JOIN (SELECT place, coalesce(year, y2) AS year, people FROM people,
      (SELECT DISTINCT year AS y2 FROM years)) p
      ON p.place = y.place AND abs(p.year - y.year) <= {nearest} AND p.people > 0
    GROUP BY y.place, y.year)
SELECT c.place, m.month, c.record, g.count,
  CASE WHEN g.count IS NULL THEN 'missing' WHEN g.count = 0 THEN 'zero' ELSE 'count' END AS status,
  d.population::BIGINT AS population, d.population_year::INTEGER AS population_year,
  NULL::BIGINT AS vehicles, NULL::INTEGER AS vehicles_year,
  g.count * 100000.0 / d.population AS rate_per_100k, {method} AS method, $source AS source,
  left(c.place, 2) AS state,
  CASE WHEN c.place = '00000' THEN 'nation' WHEN right(c.place, 3) = '000' THEN 'state'
    WHEN right(c.place, 3) IN ('998', '999') THEN 'unplaced' ELSE 'municipality' END AS level
FROM covered c JOIN months m USING (record)
LEFT JOIN given g ON g.place = c.place AND g.month = m.month AND g.record = c.record
LEFT JOIN denominators d ON d.place = c.place AND d.year = left(m.month, 4)::INTEGER
ORDER BY c.place, m.month, c.record"""


def panel_from_csv(path: Path, population: Path | None = None) -> Panel:
    """Return the panel of a CSV file `place,month,record,count`.

    A zero is a row; no row, or an empty count, is not reported. A place stands in every month from
    the first to the last of a record that names it. Codes keep or regain their leading zeros.

    Args:
        path: of the file.
        population: CSV `place,population` or `place,year,population`; None knows nobody.

    Raises: InvalidData: no such table, a code, month or count that is none, or a row twice; names
        file and line.
    Source: see the module.
    """
    import duckdb

    given = _counts(path)
    people = _people(population)
    with duckdb.connect(config={"threads": 1}) as engine:
        engine.register("given", given)
        engine.register("people", people)
        query = _TABLE.format(method=method_sql("c.record", "m.month"), nearest=NEAREST_YEARS)
        table = engine.execute(query, {"source": path.name}).to_arrow_table()
    return described(table, source=path.name)


def _counts(path: Path) -> pa.Table:
    import pyarrow as pa

    read = read_columns(path, ("place", "month", "record", "count"))
    rows: dict[str, list[object]] = {name: [] for name in read.column_names}
    seen: set[tuple[str, str, str]] = set()
    columns = (read[name].to_pylist() for name in read.column_names)
    for row, (place, month, record, count) in enumerate(zip(*columns, strict=True)):
        reason, code, number = "", place, None
        try:
            code = place if place == "00000" else place_code(place)
        except InvalidData as error:
            reason = error.reason
        if not _MONTH.fullmatch(month):
            reason = _("not a month, YYYY-MM: {text}").format(text=month)
        elif not record:
            reason = _("no record is named")
        elif count and not count.isdecimal():
            reason = _("not a count: {text}").format(text=count)
        elif (code, month, record) in seen:
            reason = _("place, month and record stand twice")
        if reason:
            raise InvalidData(reason, file=path, line=lines_of_rows(path, [row])[row])
        seen.add((code, month, record))
        number = int(count) if count else None
        for name, value in zip(rows, (code, month, record, number), strict=True):
            rows[name].append(value)
    if not seen:
        raise InvalidData(_("no count"), file=path)
    kinds = {"count": pa.int64()}
    return pa.table({n: pa.array(v, kinds.get(n, pa.string())) for n, v in rows.items()})


def _people(path: Path | None) -> pa.Table:
    import pyarrow as pa

    rows: list[tuple[str, int | None, int]] = []
    if path is not None:
        read = read_columns(path, ("place", "population"), ("year",))
        columns = (read[name].to_pylist() for name in ("place", "year", "population"))
        for row, (place, year, people) in enumerate(zip(*columns, strict=True)):
            try:
                code = place if place == "00000" else place_code(place)
                rows.append((code, int(year) if year else None, int(float(people))))
            except (InvalidData, ValueError, OverflowError):
                line = lines_of_rows(path, [row])[row]
                message = _("no place, year or population")
                raise InvalidData(message, file=path, line=line) from None
    columns_of = list(zip(*rows, strict=True)) or [(), (), ()]
    kinds = (pa.string(), pa.int32(), pa.int64())
    names = ("place", "year", "people")
    return pa.table({n: pa.array(c, k) for n, c, k in zip(names, columns_of, kinds, strict=True)})


def write_panel(panel: Panel, path: Path) -> None:
    """Write a panel's table; the ending of the file's name says as what.

    JSON is an object for each row, on a line of its own.

    Raises: InvalidData: an ending that is none of `ENDINGS`.
    Source: see the module.
    """
    ending = path.suffix.lower()
    table = panel.table.sort_by([(column, "ascending") for column in ORDER])
    if ending == ".csv":
        write_table(table, path)
        return
    if ending not in ENDINGS:
        text = _("{file}: a panel is written as {known}")
        raise InvalidData(text.format(file=path.name, known=", ".join(ENDINGS)))
    part = path.with_name(f".{path.name}.part")
    if ending == ".parquet":
        import pyarrow.parquet as pq

        pq.write_table(table, part, compression="zstd")
    else:
        import json

        with part.open("w", encoding="utf-8") as handle:
            for batch in table.to_batches(max_chunksize=50_000):
                for row in batch.to_pylist():
                    handle.write(json.dumps(row, ensure_ascii=False) + "\n")
    part.replace(path)
