"""The lake's tables: what columns each has and of which type.

Every row says where it comes from and who may see it: `source`, `load`, `agency`, `marking` and
`record_class` stand in every table, and the guard decides on these alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.model.entity import STATEMENT_FIELDS
from puente.model.provenance import Marking, RecordClass
from puente.store.cells import CELL_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ORIGIN_COLUMNS: tuple[str, ...] = ("source", "load", "agency", "marking", "record_class")
"""Columns that every table has: where a row comes from, and what the guard decides on."""


def _schema(*columns: tuple[str, pa.DataType, bool]) -> pa.Schema:
    return pa.schema([pa.field(name, kind, nullable=null) for name, kind, null in columns])


def _texts(*names: str) -> list[tuple[str, pa.DataType, bool]]:
    return [(name, pa.string(), False) for name in names]


_ORIGIN = _texts(*ORIGIN_COLUMNS)

STATEMENTS = _schema(*_texts("id", *STATEMENT_FIELDS, "load"))

LOAD_TABLES: Mapping[str, pa.Schema] = {
    "statements": STATEMENTS,
    "counts": _schema(*_texts("place", "month", "record"), ("count", pa.int64(), True), *_ORIGIN),
    "population": _schema(
        *_texts("place"), ("year", pa.int32(), False), ("population", pa.int64(), False), *_ORIGIN
    ),
    "places": _schema(
        *_texts("place", "name", "state", "state_name", "valid_from", "valid_to"),
        ("latitude", pa.float64(), True),
        ("longitude", pa.float64(), True),
        *_texts("crosswalk"),
        *_ORIGIN,
    ),
    "areas": _schema(*_texts("place", "geometry", "level"), *_ORIGIN),
    "incidents": _schema(
        *_texts("incident_id", "date", "place", "category"),
        ("violent", pa.bool_(), True),
        *_texts("entity_id"),
        *_ORIGIN,
    ),
    "events": _schema(
        *_texts("event_id", "kind", "at", "place", "from_id", "to_id", "category"),
        ("amount", pa.float64(), True),
        *_texts("unit"),
        ("latitude", pa.float64(), True),
        ("longitude", pa.float64(), True),
        *_texts("authority"),
        *_ORIGIN,
    ),
    "indicators": _schema(
        *_texts("place", "period", "record", "measure"),
        ("value", pa.float64(), True),
        ("low", pa.float64(), True),
        ("high", pa.float64(), True),
        *_texts("unit"),
        *_ORIGIN,
    ),
    "crossings": _schema(
        *_texts("port", "port_name", "state", "border", "month", "measure"),
        ("count", pa.int64(), True),
        ("latitude", pa.float64(), True),
        ("longitude", pa.float64(), True),
        *_ORIGIN,
    ),
}
"""What a load may hold. A null stands for "not reported", never for zero or "no"."""

REJECTS = _schema(
    *_texts("load", "source", "file"),
    ("line", pa.int64(), True),
    *_texts("reason", "raw", "agency", "marking", "record_class"),
)

LOADS = _schema(
    *_texts("load", "source", "part", "path", "sha256", "published", "loaded_at"),
    ("rows", pa.int64(), False),
    ("loaded", pa.int64(), False),
    ("rejected", pa.int64(), False),
    *_texts("facts", "agency", "marking", "record_class"),
    ("dated", pa.bool_(), False),
)

CELLS = _schema(*_texts("table", *CELL_COLUMNS), ("rows", pa.int64(), False))

_CURRENT = pa.field("current", pa.bool_(), nullable=False)

BUILD_TABLES: Mapping[str, pa.Schema] = {
    **{name: schema.append(_CURRENT) for name, schema in LOAD_TABLES.items()},
    "rejects": REJECTS,
    "loads": LOADS,
}
"""What every build holds, whatever was loaded. `cells` and derived artefacts stand beside it."""

SORT: Mapping[str, tuple[str, ...]] = {
    "statements": ("entity_id", "prop", "value", "id"),
    "counts": ("place", "month", "record", "source", "load"),
    "population": ("place", "year", "source", "load"),
    "places": ("place", "valid_from", "crosswalk", "name", "source", "load"),
    "areas": ("place", "level", "source", "load"),
    "incidents": ("incident_id", "source", "load"),
    "indicators": ("place", "period", "record", "measure", "source", "load"),
    "crossings": ("port", "month", "measure", "source", "load"),
    "rejects": ("source", "load", "file", "line"),
    "loads": ("source", "published", "load"),
}

REVISED_BY: Mapping[str, tuple[str, ...]] = {
    "counts": ("source", "place", "month", "record"),
    "population": ("source", "place", "year"),
    "places": ("source", "place", "valid_from", "crosswalk"),
    "areas": ("source", "place", "level"),
    "events": ("source", "event_id"),
    "indicators": ("source", "place", "period", "record", "measure"),
    "crossings": ("source", "port", "month", "measure"),
}
"""Keys by which a later delivery revises one figure and leaves the rest of its source standing.

A list or register (statements, incidents) is replaced whole by its next delivery instead: what
the new one leaves out was withdrawn.
"""


def batch_of(
    table: str, rows: Sequence[Mapping[str, object]] | pa.RecordBatch, origin: Mapping[str, str]
) -> pa.RecordBatch:
    """Return `rows` as one batch of `table`, with the origin's columns filled in where absent.

    Args:
        table: name of a load table, or `rejects`.
        rows: mappings by column, or a batch that holds some or all of the columns.
        origin: values of the origin columns for rows that do not carry their own.

    Raises: InvalidData: an unknown table or column, a missing column, a wrong type, a null where
        none may be, an unknown marking or record class.
    """
    schema = REJECTS if table == "rejects" else LOAD_TABLES.get(table)
    if schema is None:
        known = ", ".join(LOAD_TABLES)
        raise InvalidData(
            _("unknown table {name!r}; one of {known}").format(name=table, known=known)
        )
    held = _names(table, schema, rows)
    columns = []
    for spec in schema:
        if spec.name not in held and spec.name in origin:
            columns.append(pa.repeat(pa.scalar(origin[spec.name], spec.type), len(rows)))
        elif isinstance(rows, pa.RecordBatch):
            columns.append(_cast(table, spec, rows))
        else:
            columns.append(_column(table, spec, rows, origin.get(spec.name)))
    batch = pa.RecordBatch.from_arrays(columns, schema=schema)
    check_origin(table, batch)
    return batch


def check_origin(table: str, batch: pa.RecordBatch) -> None:
    """Check every marking and record class of the batch.

    Raises: InvalidData: one that is not known.
    """
    for text in batch.column("marking").unique().to_pylist():
        Marking.parse(text)
    known = {item.value for item in RecordClass}
    for text in batch.column("record_class").unique().to_pylist():
        if text not in known:
            raise InvalidData(
                _("table {table}: unknown record class {value!r}").format(table=table, value=text)
            )


def _names(
    table: str, schema: pa.Schema, rows: Sequence[Mapping[str, object]] | pa.RecordBatch
) -> set[str]:
    names = set(rows.schema.names) if isinstance(rows, pa.RecordBatch) else set().union(*rows)
    unknown = sorted(names - set(schema.names))
    if unknown:
        raise InvalidData(
            _("table {table}: unknown columns {names}").format(
                table=table, names=", ".join(unknown)
            )
        )
    return names


def _column(
    table: str, spec: pa.Field, rows: Sequence[Mapping[str, object]], default: str | None
) -> pa.Array:
    values = [row.get(spec.name, default) for row in rows]
    if pa.types.is_integer(spec.type):
        # Arrow would cut 1.5 down to 1 without a word.
        for value in values:
            if value is not None and type(value) is not int:
                raise InvalidData(
                    _("table {table}, column {column}: {error}").format(
                        table=table, column=spec.name, error=repr(value)
                    )
                )
    try:
        column = pa.array(values, spec.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise InvalidData(
            _("table {table}, column {column}: {error}").format(
                table=table, column=spec.name, error=error
            )
        ) from None
    return _filled(table, spec, column)


def _cast(table: str, spec: pa.Field, rows: pa.RecordBatch) -> pa.Array:
    if spec.name not in rows.schema.names:
        raise InvalidData(
            _("table {table}: column {column} is missing").format(table=table, column=spec.name)
        )
    try:
        return _filled(table, spec, rows.column(spec.name).cast(spec.type))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InvalidData(
            _("table {table}, column {column}: {error}").format(
                table=table, column=spec.name, error=error
            )
        ) from None


def _filled(table: str, spec: pa.Field, column: pa.Array) -> pa.Array:
    if column.null_count and not spec.nullable:
        raise InvalidData(
            _("table {table}: column {column} is missing in {count} rows").format(
                table=table, column=spec.name, count=column.null_count
            )
        )
    return column
