"""The ledger: what people decide, in a transactional database. SQLite, or PostgreSQL by its URL.

Each room owns its tables and keeps their migrations in `<room>/migrations/versions`, one file per
step, named `<room>_<number>_<what>.py` and holding the revision `<room>_<number>`. Opening the
ledger brings every room up to date.
"""

from __future__ import annotations

import logging
import os
import re
import time
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

from puente.errors import Conflict, InvalidData, NotAllowed, PuenteError
from puente.i18n import gettext as _
from puente.store.disk import FolderLock
from puente.store.faults import in_words
from puente.store.grants import grant

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from sqlalchemy import URL, Connection, Engine, Table

    from puente.settings import Settings

_log = logging.getLogger(__name__)

FILE_NAME = "ledger.sqlite"
BUSY_MS = 15_000
"""How long one process waits for another's transaction before it gives up."""

_REVISION_FILE = re.compile(r"(?P<room>[a-z]+)_(?P<number>\d{4})_\w+\.py")
_MIGRATION_LOCK = 4_216_901_337  # any fixed number: PostgreSQL's advisory locks are named so


def open_ledger(settings: Settings) -> Engine:
    """Return the ledger of the workspace, brought up to date.

    Raises:
        InvalidData: a URL that names no known database, or a file that is no database.
        Conflict: the ledger was written by a newer version, stays locked, or is behind and the
            database's role may not bring it up to date.
        SourceFailed: the database cannot be reached.
        NotFound: setting `ledger_role` names no role of the database.
    """
    engine = ledger_engine(settings)
    with ExitStack() as on_failure:
        on_failure.callback(engine.dispose)
        try:
            _upgrade(engine, settings)
        except OperationalError as error:
            raise Conflict(
                _("the ledger cannot be opened: {error}").format(error=error.orig)
            ) from error
        except DatabaseError as error:
            raise InvalidData(
                _("the ledger is damaged: {error}").format(error=error.orig),
                file=engine.url.database,
            ) from error
        on_failure.pop_all()
    return engine


def fill_ledger(
    engine: Engine,
    settings: Settings,
    revisions: Collection[str],
    fill: Callable[[Connection], None],
) -> None:
    """Make, fill and bring up to date a ledger in one transaction.

    Args:
        engine: of a database without a ledger, or with one that holds nothing (`ledger_engine`).
        settings: of the node.
        revisions: of the tables that `fill` writes to.
        fill: puts the rows in.

    Raises: Conflict: the revisions are of another version, or other ones stand there already.
    """
    standing = _standing(engine)
    if standing and standing != frozenset(revisions):
        raise Conflict(_("the ledger is of another version; restore into a new database"))
    with writing(engine) as connection:
        for revision in sorted(revisions):
            _run_migrations(connection, to=revision)
        fill(connection)
        _run_migrations(connection)
        if settings.ledger_role and engine.dialect.name == "postgresql":
            grant(connection, settings.ledger_role)


def revisions_of(connection: Connection) -> list[str]:
    """Return the revisions that a ledger stands at, sorted."""
    rows = connection.execute(text("SELECT version_num FROM alembic_version"))
    return sorted(row[0] for row in rows)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that means to write; committed at the end, undone on an error.

    In SQLite it takes the write lock at once: a transaction that read first and wrote later would
    fail, without waiting, if another process wrote in between.
    """
    with engine.connect() as plain:
        connection = plain.execution_options(puente_writing=True)
        with connection.begin():
            yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that sees the ledger as it is at one moment, however long it lasts."""
    with engine.connect() as plain:
        connection = plain
        if engine.dialect.name == "postgresql":
            connection = plain.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


def scrub(engine: Engine, table: Table) -> None:
    """Remove what was deleted from a table from the database's files too.

    Limits: PostgreSQL keeps deleted bytes in its write-ahead log until that is recycled, and in
        its archives for as long as these are kept; a role without the right to rewrite the table
        leaves them in its file until the next vacuum.
    """
    if engine.dialect.name == "postgresql":
        try:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as session:
                session.exec_driver_sql(f"VACUUM (FULL) {table.name}")
        except PuenteError as error:
            # What was deleted is out of every reader's reach already.
            _log.warning("not rewritten table=%s code=%s", table.name, error.code)
        return
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.close()
    finally:
        connection.close()


def heads() -> frozenset[str]:
    """Return the newest revision of every room, read from the file names alone."""
    newest: dict[str, str] = {}
    for folder in version_folders():
        for entry in folder.iterdir():
            match = _REVISION_FILE.fullmatch(entry.name)
            if match:
                revision = f"{match['room']}_{match['number']}"
                newest[match["room"]] = max(newest.get(match["room"], ""), revision)
    return frozenset(newest.values())


def version_folders() -> tuple[Path, ...]:
    """Return the folder of revisions of every room that has one."""
    package = Path(str(files("puente").joinpath("store"))).parent
    return tuple(sorted(package.glob("*/migrations/versions")))


def ledger_engine(settings: Settings) -> Engine:
    """Return the database of the ledger as it is, without bringing it up to date.

    Raises: InvalidData: a URL that names no known database.
    """
    url = settings.ledger_url
    if not url:
        settings.workspace.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = settings.workspace.resolve() / FILE_NAME
        path.touch(mode=0o600)
        url = f"sqlite:///{path}"
    try:
        engine = _created(make_url(url))
    except (NoSuchModuleError, ImportError) as error:
        raise InvalidData(
            _("setting ledger_url names no database that can be used: {error}").format(error=error)
        ) from None
    except (ArgumentError, ValueError):
        # Neither shown nor quoted: the address holds a password.
        raise InvalidData(_("setting ledger_url is not the address of a database")) from None
    event.listen(engine, "handle_error", in_words, retval=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _created(url: URL) -> Engine:
    if url.get_backend_name() not in {"postgresql", "postgres"}:
        return create_engine(url, hide_parameters=True)
    given = {
        "application_name": "puente",
        "connect_timeout": 10,
        "options": f"-c lock_timeout={BUSY_MS}",
    }
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        # Rows of the log are numbered under a lock, which later writers must see the end of.
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        # As many at once as the pages have threads; those that are idle are given back.
        max_overflow=40,
        hide_parameters=True,
        connect_args={name: value for name, value in given.items() if name not in url.query},
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - driver's object
    # The driver's own transactions start late and leave DDL outside; ours start in _begin_sqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    # A committed audit row must outlive a power cut, not only a crash.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    # A destroyed key must not lie about in free pages.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    wants_to_write = connection.get_execution_options().get("puente_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if wants_to_write else "BEGIN")


def _upgrade(engine: Engine, settings: Settings) -> None:
    wanted = heads()
    behind = _standing(engine) != wanted
    if engine.dialect.name == "sqlite":
        if behind:
            with _waiting(FolderLock(settings.workspace / ".ledger.lock")):
                if _standing(engine) != wanted:
                    with writing(engine) as connection:
                        _run_migrations(connection)
    elif behind or settings.ledger_role:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _MIGRATION_LOCK})
            if behind:
                _upgrade_as_owner(connection)
            if settings.ledger_role:
                grant(connection, settings.ledger_role)


def _upgrade_as_owner(connection: Connection) -> None:
    try:
        _run_migrations(connection)
    except NotAllowed as error:
        raise Conflict(
            _("the ledger is behind this version; open it once as the role that owns its tables")
        ) from error


def _standing(engine: Engine) -> frozenset[str]:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return frozenset()
        return frozenset(revisions_of(connection))


def _run_migrations(connection: Connection, to: str = "heads") -> None:
    from alembic import command
    from alembic.util.exc import CommandError

    config = migration_config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, to)
    except CommandError as error:
        raise Conflict(
            _("the ledger was written by another version of Puente: {error}").format(error=error)
        ) from error


def migration_config() -> Any:  # noqa: ANN401 - alembic is loaded only where it is needed
    """Return alembic's configuration: one script location, one version folder per room."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(files("puente.store").joinpath("migrations")))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", os.pathsep.join(map(str, version_folders())))
    return config


@contextmanager
def _waiting(lock: FolderLock) -> Iterator[None]:
    deadline = time.monotonic() + BUSY_MS / 1000
    while not lock.try_acquire():
        if time.monotonic() > deadline:
            lock.acquire()
            break
        time.sleep(0.02)
    try:
        yield
    finally:
        lock.release()
