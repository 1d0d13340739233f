"""A table or view of any database, read once, as text, into a file that is loaded like any other.

The rows are streamed in a fixed order into a file that only its owner can read and that is removed
afterwards; its content is the load's identity, so the same rows again change nothing. Only the
columns that the mapping names are asked for, in a transaction that can write nothing.

Of the address only dialect, host and name of the database are recorded, never user or password:
`postgresql://host/db?table=T`.

Limits: SQLite and PostgreSQL (`pip install 'puente-platform[postgres]'`) are tested; another
database needs its SQLAlchemy driver installed and is as read-only as the account it is opened with.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import LargeBinary, column, create_engine, inspect, make_url, select, table
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from puente.errors import InvalidData, NotFound, SourceFailed
from puente.i18n import gettext as _
from puente.ingest.database_cells import NotText, cell_text
from puente.ingest.mapping_items import mapping_of
from puente.ingest.mapping_spec import Spec
from puente.ingest.source import Handed, LoadContext, Reject, SourceFile, SourceInfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import URL, Connection, Engine, Inspector, Select

    from puente.ingest.mapping import MappedSource
    from puente.ingest.source import Limits

ROWS_AT_ONCE = 5_000
_KEPT_LAYOUT = frozenset({"day_first", "header", "empty"})
_SECRET = re.compile(r"pass|pwd|secret|token|key", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spooled:
    """The rows of a table in a file.

    Attributes:
        path: the file, Parquet with text columns.
        shown: the address without user and password, and the table.
        columns: of the file.
        rows: how many.
        bad: rows that hold what is no text, with the reason, by 1-based number; empty in the file.
    """

    path: Path
    shown: str
    columns: tuple[str, ...]
    rows: int
    bad: Mapping[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSource:
    """A mapped source whose file is a table of a database."""

    mapped: MappedSource
    held: Spooled
    info: SourceInfo = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "info", self.mapped.info)

    def find(self, root: Path) -> list[SourceFile]:  # noqa: ARG002 - the signature is fixed
        """Return the one file that there is."""
        name, part = self.info.name, str(self.mapped.spec.get("part", ""))
        return [
            SourceFile(
                path=self.held.path, source=name, published="", part=part, shown=self.held.shown
            )
        ]

    def read(self, file: SourceFile, context: LoadContext) -> Iterator[Handed]:
        """Yield what the table says; a row that holds bytes is rejected for that reason.

        Raises: InvalidData: as `MappedSource.read`; names the table.
        """
        left = dict(self.held.bad)
        try:
            for item in self.mapped.read(file, context):
                if isinstance(item, Reject) and item.line in left:
                    yield Reject(line=item.line, reason=left.pop(item.line), raw="")
                else:
                    yield item
        except InvalidData as error:
            if error.file != file.path:
                raise
            # The spool is gone when the user reads this.
            raise InvalidData(error.reason, file=self.held.shown, line=error.line) from None
        for line, reason in left.items():
            yield Reject(line=line, reason=reason, raw="")


def table_source(mapped: MappedSource, held: Spooled) -> TableSource:
    """Return the source that reads a spooled table by a mapping.

    What the mapping says of its file's form is passed over: the form is that of the spool.
    """
    layout = mapping_of(mapped.spec.get("file"), "file")
    kept = {name: value for name, value in layout.items() if name in _KEPT_LAYOUT}
    spec = {**mapped.spec, "file": {"pattern": "*", "format": "parquet", **kept}}
    return TableSource(mapped=replace(mapped, spec=spec), held=held)


def columns_of(mapped: MappedSource) -> tuple[str, ...]:
    """Return the columns of a table that a mapping needs."""
    layout = mapping_of(mapped.spec.get("file"), "file")
    header = layout.get("header") or []
    named = header if isinstance(header, list) else [header]
    return tuple(sorted(Spec(mapped.spec).columns() | {str(name) for name in named}))


@contextmanager
def spooled(
    url: str, name: str, folder: Path, limits: Limits, columns: Sequence[str] = ()
) -> Iterator[Spooled]:
    """Give the rows of a table in a file; the file is gone afterwards.

    Args:
        url: address of the database as SQLAlchemy writes it, `postgresql+psycopg://user@host/db`.
        name: of the table or view, `table` or `schema.table`.
        folder: where the file may lie; what an earlier process left there is removed.
        limits: `max_file_mb` bounds the file.
        columns: those to read, spaces in their names counting as one; none for all that hold no
            bytes.

    Raises: InvalidData: no address, no driver, a column that is not there or holds bytes, too many
        rows. NotFound: no such table or database file. SourceFailed: the database cannot be read.
    """
    address = _address(url)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _sweep(folder)
    with tempfile.TemporaryDirectory(prefix=f"{os.getpid()}-", dir=folder) as own:
        # The name stands in the rows' place of origin; a table's name may hold anything.
        path = Path(own) / (re.sub(r"[^\w.-]+", "_", name) or "table")
        engine = _engine(address)
        try:
            rows, bad, names = _spool(engine, name, (path, limits), tuple(columns))
        except SQLAlchemyError as error:
            message = _("the database cannot be read: {reason}")
            raise SourceFailed(message.format(reason=_reason(error, address))) from None
        finally:
            engine.dispose()
        yield Spooled(
            path=path, shown=shown_address(address, name), columns=names, rows=rows, bad=bad
        )


# --- the address -------------------------------------------------------------------------------


def shown_address(url: URL, name: str) -> str:
    """Return what may be recorded of an address: dialect, host, database and table."""
    if url.get_backend_name() == "sqlite":
        return f"sqlite://{quote(str(Path(url.database or '').absolute()))}?table={quote(name)}"
    host = f"{url.host or ''}{f':{url.port}' if url.port else ''}"
    return f"{url.get_backend_name()}://{host}/{quote(url.database or '')}?table={quote(name)}"


def _address(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        # The text is not shown: it may hold a password.
        message = _("not the address of a database; write DIALECT+DRIVER://USER:PASSWORD@HOST/NAME")
        raise InvalidData(message) from None


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        url = _sqlite_read_only(url)
    elif url.drivername in {"postgresql", "postgres"}:
        url = url.set(drivername="postgresql+psycopg")
    try:
        return create_engine(url, poolclass=NullPool, hide_parameters=True)
    except (NoSuchModuleError, ImportError, ArgumentError):
        message = _("no driver for {dialect} databases is installed")
        raise InvalidData(message.format(dialect=url.get_backend_name())) from None


def _sqlite_read_only(url: URL) -> URL:
    path = Path(url.database or "")
    if not path.is_file():
        raise NotFound(_("no such file or folder: {file}").format(file=path))
    # Opened plainly, SQLite makes the file that it does not find, and journals beside one it does.
    name = f"file:{quote(str(path.absolute()))}"
    return url.set(database=name, query={"mode": "ro", "uri": "true"})


def _reason(error: SQLAlchemyError, url: URL) -> str:
    text = str(getattr(error, "orig", None) or error)
    line = next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)
    secrets = [url.password or ""]
    for name, value in url.query.items():
        if _SECRET.search(name):
            secrets += [value] if isinstance(value, str) else list(value)
    for secret in filter(None, secrets):
        line = line.replace(secret, "***").replace(quote(secret), "***")
    return line[:300]


def _sweep(folder: Path) -> None:
    """Remove what processes that are no more left behind: it holds people's records."""
    for path in folder.iterdir():
        owner, _, rest = path.name.partition("-")
        if rest and owner.isascii() and owner.isdigit() and not _runs(int(owner)):
            shutil.rmtree(path, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


# --- reading -----------------------------------------------------------------------------------


def _spool(
    engine: Engine, name: str, target: tuple[Path, Limits], wanted: tuple[str, ...]
) -> tuple[int, dict[int, str], tuple[str, ...]]:
    with engine.connect() as plain:
        connection = _read_only(plain)
        query, columns = _query(connection, name, wanted)
        rows, bad = _write(connection, query, columns, target)
    return rows, bad, columns


def _read_only(connection: Connection) -> Connection:
    options = {"stream_results": True, "max_row_buffer": ROWS_AT_ONCE}
    if connection.dialect.name == "postgresql":
        # One moment's rows, and no way to write any.
        return connection.execution_options(
            **options, isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
    return connection.execution_options(**options)


def _query(
    connection: Connection, name: str, wanted: tuple[str, ...]
) -> tuple[Select[tuple[object, ...]], tuple[str, ...]]:
    inspector = inspect(connection)
    schema, bare = _located(inspector, name)
    types = {str(c["name"]): c["type"] for c in inspector.get_columns(bare, schema=schema)}
    columns = _columns(types, name, wanted)
    source = table(bare, *map(column, types), schema=schema)
    key = inspector.get_pk_constraint(bare, schema=schema).get("constrained_columns") or []
    # Without an order the same table could come as another file each time.
    order = key or [c for c in columns.values() if _sortable(types[c])]
    chosen = (source.c[c] for c in columns.values())
    return select(*chosen).order_by(*(source.c[c] for c in order)), tuple(columns)


def _columns(types: Mapping[str, object], name: str, wanted: tuple[str, ...]) -> dict[str, str]:
    """Return the columns to read, by their names as a mapping writes them (`NOMBRE ` is one)."""
    real: dict[str, str] = {}
    for held in types:
        plain = " ".join(held.split())
        if plain not in real or held == plain:
            real[plain] = held
    lacking = [one for one in wanted if one not in real]
    if lacking:
        names = ", ".join(map(repr, lacking))
        raise InvalidData(_("no column {names}").format(names=names), file=name)
    binary = [c for c in wanted if isinstance(types[real[c]], LargeBinary)]
    if binary:
        message = _("column {name!r} holds {kind}, which is no text, number or date")
        raise InvalidData(message.format(name=binary[0], kind=types[real[binary[0]]]), file=name)
    if wanted:
        return {one: real[one] for one in wanted}
    return {c: held for c, held in real.items() if not isinstance(types[held], LargeBinary)}


def _located(inspector: Inspector, name: str) -> tuple[str | None, str]:
    schema, _, bare = name.rpartition(".")
    for where, what in ((None, name), (schema or None, bare)):
        views = inspector.get_view_names(schema=where) if where or not schema else []
        if inspector.has_table(what, schema=where) or what in views:
            return where, what
    message = _no_table(inspector, name)
    raise NotFound(message)


def _no_table(inspector: Inspector, name: str) -> str:
    known = sorted([*inspector.get_table_names(), *inspector.get_view_names()])
    return _("no table {name!r}; there are {names}").format(
        name=name, names=", ".join(known[:20]) or "-"
    )


def _sortable(kind: object) -> bool:
    return type(kind).__name__ not in {"JSON", "XML", "NullType", "LargeBinary", "BYTEA"}


def _write(
    connection: Connection,
    query: Select[tuple[object, ...]],
    columns: tuple[str, ...],
    target: tuple[Path, Limits],
) -> tuple[int, dict[int, str]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path, limits = target
    rows, bad = 0, dict[int, str]()
    schema = pa.schema([pa.field(name, pa.string()) for name in columns])
    most = limits.max_file_mb * 1024 * 1024
    held_bytes = 0
    with path.open("wb") as handle, pq.ParquetWriter(handle, schema) as writer:
        for part in connection.execute(query).partitions(ROWS_AT_ONCE):
            texts = [_texts(rows + at, row, columns, bad) for at, row in enumerate(part, start=1)]
            rows += len(part)
            arrays = [pa.array(cells, pa.string()) for cells in zip(*texts, strict=True)]
            batch = pa.RecordBatch.from_arrays(arrays, schema=schema)
            held_bytes += batch.nbytes
            if held_bytes > most:
                message = _("the table is larger than {limit} MB").format(limit=limits.max_file_mb)
                raise InvalidData(message)
            writer.write_batch(batch)
        # What cannot be read is part of what the table says: it belongs to the load's identity.
        writer.add_key_value_metadata({"bad_rows": repr(sorted(bad.items()))})
    return rows, bad


def _texts(
    number: int, row: Sequence[object], columns: tuple[str, ...], bad: dict[int, str]
) -> list[str | None]:
    texts: list[str | None] = []
    for name, value in zip(columns, row, strict=True):
        try:
            texts.append(None if value is None else cell_text(value))
        except NotText:
            bad[number] = f"column {name!r} holds bytes, which are no text"
            return [None] * len(columns)
    return texts
