"""Events of every load written one load after the other: fifty million rows in bounded memory.

Bulk records are not sorted: their loads follow one another by source and date of delivery, and the
rows of a load stay as they stood in its file. An event that a later delivery of its source names
again is not current any more. Only sources with several deliveries are asked for such events, and
these by hash, a part of the events at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from puente.store.tables import BUILD_TABLES, LOAD_TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import duckdb

    from puente.store.loads import LoadInfo

    Numbers = np.ndarray[Any, Any]

GROUP_ROWS = 122_880
"""Rows of a row group; the table is read whole or by column, never for one entity."""

PART_ROWS = 4_000_000
"""Events that are asked for later deliveries together; they take about 400 MB."""

_MANY_TEXTS = frozenset({"event_id"})
"""Columns in which nearly every text is another one."""


def merge_events(
    connection: duckdb.DuckDBPyConnection,
    loads: Sequence[LoadInfo],
    delivered: Mapping[str, str],
    target: Path,
) -> int:
    """Write the events of loads into `target`; return how many there are.

    Args:
        connection: an engine with its memory set.
        loads: those that hold events.
        delivered: what sorts the deliveries of a source, by load.
        target: the file.
    """
    ordered = sorted(loads, key=lambda load: (load.source, delivered[load.load], load.load))
    texts = [
        spec.name
        for spec in LOAD_TABLES["events"]
        if pa.types.is_string(spec.type) and spec.name not in _MANY_TEXTS
    ]
    coded = pa.schema(
        spec.with_type(pa.dictionary(pa.int32(), pa.string())) if spec.name in texts else spec
        for spec in BUILD_TABLES["events"]
    )
    rows = 0
    # Texts stay coded from file to file, which halves the time; what is written is plain text.
    with pq.ParquetWriter(target, coded, compression="zstd", store_schema=False) as writer:
        for source in dict.fromkeys(load.source for load in ordered):
            own = [load for load in ordered if load.source == source]
            revised = _revised(connection, own, delivered)
            for load in own:
                file = pq.ParquetFile(_file(load), read_dictionary=texts)
                at = 0
                for batch in file.iter_batches(GROUP_ROWS, use_threads=False):
                    current = ~revised[load.load][at : at + len(batch)]
                    columns = [*batch.columns, pa.array(current)]
                    writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=coded))
                    at += len(batch)
                rows += at
    return rows


def _revised(
    connection: duckdb.DuckDBPyConnection,
    loads: Sequence[LoadInfo],
    delivered: Mapping[str, str],
) -> dict[str, Numbers]:
    """Return which rows of each load of a source a later delivery of it names again."""
    sizes = [pq.read_metadata(_file(load)).num_rows for load in loads]
    found = {load.load: np.zeros(size, bool) for load, size in zip(loads, sizes, strict=True)}
    ranks = {day: rank for rank, day in enumerate(sorted({delivered[x.load] for x in loads}))}
    if len(ranks) < 2:
        return found
    parts = 1 + sum(sizes) // PART_ROWS
    for part in range(parts):
        named = " UNION ALL ".join(
            f"SELECT event_id, {number} AS load, {ranks[delivered[load.load]]} AS rank,"
            f" file_row_number AS line FROM read_parquet({_text(_file(load))},"
            f" file_row_number = true) WHERE hash(event_id) % {parts} = {part}"
            for number, load in enumerate(loads)
        )
        reader = connection.execute(
            "SELECT load, line FROM (SELECT load, line, rank, max(rank) OVER (PARTITION BY"
            f" event_id) AS newest FROM ({named})) WHERE rank < newest"
        ).to_arrow_reader(GROUP_ROWS)
        for batch in reader:
            numbers, lines = (np.asarray(column) for column in batch.columns)
            for number, load in enumerate(loads):
                found[load.load][lines[numbers == number]] = True
    return found


def _file(load: LoadInfo) -> Path:
    return load.folder / "events.parquet"


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
