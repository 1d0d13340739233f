"""The loads of every source, merged into the tables of one build.

The outcome depends on which loads there are, not on the order in which they came: every choice
between two rows is settled by the deliveries' dates, then by their numbers within the day, and
then by the rows' own content.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from puente.model.provenance import TLP_ORDER
from puente.store.cells import CELL_COLUMNS
from puente.store.changes import CHANGES, REMOVAL
from puente.store.merge_events import merge_events
from puente.store.tables import (
    BUILD_TABLES,
    CELLS,
    LOAD_TABLES,
    LOADS,
    REVISED_BY,
    SORT,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import duckdb

    from puente.store.loads import LoadInfo

ROW_GROUP = 20_480
"""Rows that are read together. One entity reads one or two groups."""


def merge_loads(
    connection: duckdb.DuckDBPyConnection, loads: Sequence[LoadInfo], folder: Path
) -> Mapping[str, int]:
    """Write the build's tables into `folder`; return the number of rows by table.

    Args:
        connection: an engine of its own, with its memory and temporary folder set.
        loads: every load that the build stands on.
        folder: an empty folder.
    """
    _register(connection, loads)
    _register_removals(connection, loads)
    counts: dict[str, int] = {}
    for table in BUILD_TABLES:
        target = folder / f"{table}.parquet"
        held = [load for load in loads if table in load.tables]
        if table == "loads":
            rows = pa.Table.from_pylist([load.row() for load in loads], schema=LOADS)
            pq.write_table(
                rows.sort_by([(c, "ascending") for c in SORT[table]]), target, compression="zstd"
            )
            counts[table] = len(rows)
        elif not held:
            pq.write_table(BUILD_TABLES[table].empty_table(), target, compression="zstd")
            counts[table] = 0
        elif table == "events":
            counts[table] = merge_events(connection, held, _delivered(loads), target)
        else:
            counts[table] = _copy(connection, _query(table, held), target)
    _write_cells(connection, folder)
    return counts


def _register(connection: duckdb.DuckDBPyConnection, loads: Sequence[LoadInfo]) -> None:
    latest, delivered = _latest(loads), _delivered(loads)
    # Literals, not parameters: binding one makes the engine load pandas, a second of start-up.
    rows = ", ".join(
        f"({literal(load.load)}, {literal(load.published)}, {literal(delivered[load.load])}, "
        f"{literal(_order(load))}, {load.load in latest})"
        for load in loads
    )
    connection.execute(
        "CREATE TEMP TABLE deliveries (load VARCHAR, published VARCHAR, delivered VARCHAR,"
        " place_in_time VARCHAR, latest BOOLEAN)"
    )
    if rows:
        connection.execute(f"INSERT INTO deliveries VALUES {rows}")


def _latest(loads: Sequence[LoadInfo]) -> set[str]:
    """Return the loads that stand: the newest of each part; all changes since the newest list."""
    delivered = _delivered(loads)
    newest: dict[tuple[str, str], str] = {}
    listed: dict[str, str] = {}
    for load in loads:
        key = (load.source, load.part)
        newest[key] = max(newest.get(key, ""), delivered[load.load])
        if not load.part.startswith(CHANGES):
            listed[load.source] = max(listed.get(load.source, ""), load.published)
    return {
        load.load
        for load in loads
        if delivered[load.load] == newest[load.source, load.part]
        and not (load.part.startswith(CHANGES) and load.published < listed.get(load.source, ""))
    }


def _delivered(loads: Sequence[LoadInfo]) -> dict[str, str]:
    """Return what sorts the deliveries of a part, by load: their day, then their number within it.

    A file that does not say its number stands beside the last of its day: neither hides the other.
    """
    last: dict[tuple[str, str, str], int] = {}
    for load in loads:
        key = (load.source, load.part, load.published)
        last[key] = max(last.get(key, 1), load.number or 1)
    return {
        load.load: f"{load.published} "
        f"{load.number or last[load.source, load.part, load.published]:09}"
        for load in loads
    }


def _order(load: LoadInfo) -> str:
    """Return what sorts deliveries in time: a day's changes follow its list, in their order."""
    part = load.part if load.part.startswith(CHANGES) else ""
    return f"{load.published} {part}\x1f{load.number or 1:09}"


def _register_removals(connection: duckdb.DuckDBPyConnection, loads: Sequence[LoadInfo]) -> None:
    """Register which entries were removed by changes, from which sources' claims, and when.

    A removal is a listing (`Sanction`) whose status a change calls removed. It takes away what its
    own source said of the entry by then, and what the agency's files without entries (aliases,
    addresses) did; what another list of the agency says stands.
    """
    connection.execute(
        "CREATE TEMP TABLE removals (entity_id VARCHAR, source VARCHAR, place_in_time VARCHAR)"
    )
    latest = _latest(loads)
    removed: dict[tuple[str, str, str], str] = {}
    for load in loads:
        if load.load in latest and load.part.startswith(CHANGES) and "statements" in load.tables:
            for entity in _ended(load):
                key = (entity, load.source, load.agency)
                removed[key] = max(removed.get(key, ""), _order(load))
    if not removed:
        return
    files = ", ".join(
        literal(str(load.folder / "statements.parquet"))
        for load in loads
        if "statements" in load.tables
    )
    named = connection.execute(
        f"SELECT DISTINCT source FROM read_parquet([{files}]) WHERE prop = 'name'"
    ).fetchall()
    bare = {(load.source, load.agency) for load in loads} - {
        (load.source, load.agency) for load in loads if (load.source,) in named
    }
    values = ", ".join(
        f"({literal(entity)}, {literal(of)}, {literal(order)})"
        for (entity, source, agency), order in sorted(removed.items())
        for of in sorted({source, *(name for name, held_by in bare if held_by == agency)})
    )
    connection.execute(
        "INSERT INTO removals SELECT entity_id, source, max(place_in_time)"
        f" FROM (VALUES {values}) AS r(entity_id, source, place_in_time) GROUP BY ALL"
    )


def _ended(load: LoadInfo) -> set[str]:
    """Return the entities whose listing a load calls removed."""
    columns = ["entity_id", "prop", "value"]
    rows = pq.read_table(load.folder / "statements.parquet", columns=columns).to_pylist()
    ended = {row["entity_id"] for row in rows if (row["prop"], row["value"]) == REMOVAL}
    return {row["value"] for row in rows if row["entity_id"] in ended and row["prop"] == "entity"}


def literal(text: str) -> str:
    """Return `text` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _copy(connection: duckdb.DuckDBPyConnection, query: str, target: Path) -> int:
    connection.execute(
        f"COPY ({query}) TO {literal(str(target))} "
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
    )
    return int(pq.read_metadata(target).num_rows)


def _query(table: str, loads: Sequence[LoadInfo]) -> str:
    order = ", ".join(f'"{name}"' for name in _total_order(table))
    if table == "statements":
        return _statements_query(order).format(files=_files(table, loads))
    if table == "rejects":
        return f"SELECT * FROM read_parquet({_files(table, loads)}) ORDER BY {order}"
    columns = ", ".join(f't."{spec.name}"' for spec in LOAD_TABLES[table])
    key = REVISED_BY.get(table)
    if key is None:
        return (
            f"SELECT {columns}, d.latest AS current FROM read_parquet({_files(table, loads)}) t"
            f" JOIN deliveries d USING (load) ORDER BY {order}"
        )
    over = ", ".join(f't."{name}"' for name in key)
    times = Counter(load.source for load in loads)
    # Nothing revises the only delivery of a source. It may hold 29 million figures, for which the
    # window would take twice the time and all the memory there is.
    once = [load for load in loads if times[load.source] == 1]
    again = [load for load in loads if times[load.source] > 1]
    parts = []
    if once:
        files = _files(table, once)
        parts.append(f"SELECT {columns}, true AS current FROM read_parquet({files}) t")
    if again:
        parts.append(
            f"SELECT {columns}, d.delivered = max(d.delivered) OVER (PARTITION BY {over})"
            f" AS current FROM read_parquet({_files(table, again)}) t"
            " JOIN deliveries d USING (load)"
        )
    return f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY {order}"


def _files(table: str, loads: Sequence[LoadInfo]) -> str:
    paths = (literal(str(load.folder / f"{table}.parquet")) for load in loads)
    return f"[{', '.join(paths)}]"


def _total_order(table: str) -> list[str]:
    first = SORT[table]
    return [
        *first,
        *(
            spec.name
            for spec in BUILD_TABLES[table]
            if spec.name not in first and spec.name not in ("geometry", "current")
        ),
    ]


def _statements_query(order: str) -> str:
    """Return the query that keeps one row per statement: that of the newest delivery.

    Where one delivery holds a claim twice, the stricter marking stays: a reader of the looser
    copy must not come to see what the other copy withholds.
    """
    given = [spec.name for spec in LOAD_TABLES["statements"]]
    made = {
        "first_seen": "min(d.published) OVER same AS first_seen",
        "last_seen": "max(d.published) OVER same AS last_seen",
    }
    columns = ", ".join(made.get(name, f's."{name}"') for name in given)
    ties = ", ".join(
        f's."{name}"' for name in given if name not in ("id", "first_seen", "last_seen", "load")
    )
    return (
        f"SELECT * EXCLUDE (place_in_line) FROM (SELECT {columns}, "
        "bool_or(d.latest AND r.entity_id IS NULL) OVER same AS current, "
        "row_number() OVER (PARTITION BY s.id ORDER BY d.delivered DESC, "
        f"{_strictness_sql('s.marking')} DESC, s.load DESC, {ties}) AS place_in_line "
        "FROM read_parquet({files}) s JOIN deliveries d USING (load) "
        "LEFT JOIN removals r ON r.entity_id = s.entity_id AND r.source = s.source "
        "AND d.place_in_time < r.place_in_time "
        "WINDOW same AS (PARTITION BY s.id)) WHERE place_in_line = 1 "
        f"ORDER BY {order}"
    )


def _strictness_sql(column: str) -> str:
    labels = ", ".join(f"'{label}'" for label in TLP_ORDER)
    rank = f"list_position([{labels}], split_part({column}, '//', 1))"
    # Of two copies with one label, that with fewer countries named is the stricter.
    countries = f"len(string_split({column}, ' '))"
    limited = f"contains({column}, '//REL')"
    return f"({rank} * 1000 + CASE WHEN {limited} THEN 500 - {countries} ELSE 0 END)"


def _write_cells(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    names = ", ".join(f'"{name}"' for name in CELL_COLUMNS)
    parts = " UNION ALL ".join(
        f"SELECT '{table}' AS \"table\", {names}, count(*) AS rows "
        f"FROM read_parquet({literal(str(folder / table) + '.parquet')}) GROUP BY ALL"
        for table in BUILD_TABLES
    )
    rows = connection.execute(f"SELECT * FROM ({parts}) ORDER BY ALL").to_arrow_table()
    pq.write_table(rows.cast(CELLS), folder / "cells.parquet", compression="zstd")
