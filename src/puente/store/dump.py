"""The ledger as files, and back: one Parquet file a table, the same whichever database holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import (
    Boolean,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    delete,
    func,
    insert,
    select,
    text,
)

from puente.errors import Conflict, InvalidData
from puente.i18n import gettext as _
from puente.store.disk import sync_file
from puente.store.grants import wanted_grants

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sqlalchemy import Connection, Table
    from sqlalchemy.types import TypeEngine

REVISIONS = "alembic_version"
CHUNK = 10_000

_KINDS: tuple[tuple[type[TypeEngine[Any]], pa.DataType], ...] = (
    (Boolean, pa.bool_()),
    (Integer, pa.int64()),
    (Float, pa.float64()),
    (String, pa.string()),
    (LargeBinary, pa.binary()),
)
"""What a column of the ledger may be, so that it means the same in every database."""


def dump_ledger(connection: Connection, folder: Path) -> dict[str, int]:
    """Write each of the ledger's tables to `<table>.parquet`, by key; return rows by table.

    Args:
        connection: sees the ledger as it is at one moment (`ledger.reading`).
        folder: an empty folder.

    Raises: InvalidData: a table has a column that not every database can hold.
    """
    counts: dict[str, int] = {}
    for table in _tables(connection):
        counts[table.name] = _dump(connection, table, folder / f"{table.name}.parquet")
    return counts


def load_dump(connection: Connection, folder: Path, counts: Mapping[str, int]) -> None:
    """Put the rows of a dump into the tables of a ledger that holds nothing yet.

    Args:
        connection: in a transaction that means to write; the tables are of the dump's revisions.
        folder: as `dump_ledger` wrote it.
        counts: rows by table.

    Raises:
        Conflict: the ledger holds something already.
        InvalidData: other tables, columns or numbers of rows than the dump says.
    """
    tables = _tables(connection)
    if {table.name for table in tables} != set(counts):
        raise InvalidData(_("the backup holds other tables than its version has"), file=folder)
    if not is_empty(connection):
        raise Conflict(_("the ledger holds something already; restore into an empty one"))
    for table in reversed(tables):
        connection.execute(delete(table))
    for table in tables:
        path = folder / f"{table.name}.parquet"
        held = _load(connection, table, path)
        if held != counts[table.name]:
            raise InvalidData(
                _("{held} rows where {wanted} should be").format(
                    held=held, wanted=counts[table.name]
                ),
                file=path,
            )
        _set_sequences(connection, table)


def is_empty(connection: Connection) -> bool:
    """Return True if nobody has put anything into the ledger yet."""
    for table in _tables(connection):
        rows = connection.execute(select(table).limit(2)).all()
        # What a migration puts in itself: the one row that counts the log's rows, at zero.
        if any(tuple(row) != (1, 0) for row in rows):
            return False
    return True


def _tables(connection: Connection) -> list[Table]:
    """Return the ledger's own tables; what else the schema holds is its owner's affair."""
    ours = wanted_grants().keys() - {REVISIONS}
    metadata = MetaData()
    metadata.reflect(connection, only=lambda name, _metadata: name in ours, resolve_fks=False)
    return list(metadata.sorted_tables)


def _schema(table: Table) -> pa.Schema:
    found = []
    for column in table.columns:
        kind = next((arrow for sql, arrow in _KINDS if isinstance(column.type, sql)), None)
        if kind is None:
            raise InvalidData(
                _("column {column} of table {table} is of a kind that cannot be carried").format(
                    column=column.name, table=table.name
                )
            )
        found.append(pa.field(column.name, kind, nullable=bool(column.nullable)))
    return pa.schema(found)


def _dump(connection: Connection, table: Table, path: Path) -> int:
    schema = _schema(table)
    query = select(table).order_by(*table.primary_key.columns)
    streamed = connection.execution_options(stream_results=True, yield_per=CHUNK).execute(query)
    rows = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for part in streamed.mappings().partitions():
            writer.write_table(pa.Table.from_pylist([dict(row) for row in part], schema=schema))
            rows += len(part)
    sync_file(path)
    return rows


def _load(connection: Connection, table: Table, path: Path) -> int:
    file = pq.ParquetFile(path)
    if file.schema_arrow.names != [column.name for column in table.columns]:
        raise InvalidData(_("other columns than its version has"), file=path)
    rows = 0
    for batch in file.iter_batches(batch_size=CHUNK):
        if len(batch):
            connection.execute(insert(table), batch.to_pylist())
            rows += len(batch)
    return rows


def _set_sequences(connection: Connection, table: Table) -> None:
    """Let PostgreSQL count on from the highest number that was put in."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.primary_key.columns:
        if not isinstance(column.type, Integer):
            continue
        named = {"table": table.name, "column": column.name}
        found = text("SELECT pg_get_serial_sequence(:table, :column)")
        sequence = connection.execute(found, named).scalar()
        top = connection.execute(select(func.max(column))).scalar()
        if sequence is not None and top is not None:
            connection.execute(
                text("SELECT setval(CAST(:name AS regclass), :top)"),
                {"name": sequence, "top": top},
            )
