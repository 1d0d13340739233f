"""The ledger: what people decide, in a transactional database. SQLite, or PostgreSQL by its URL.

Each room owns its tables and keeps their migrations in `<room>/migrations/versions`, one file per
step, named `<room>_<number>_<what>.py` and holding the revision `<room>_<number>`. Opening the
ledger brings every room up to date.
"""

from __future__ import annotations

import os
import re
import time
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, inspect, text
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

from puente.errors import Conflict, InvalidData
from puente.i18n import gettext as _
from puente.store.disk import FolderLock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

    from puente.settings import Settings

FILE_NAME = "ledger.sqlite"
BUSY_MS = 15_000
"""How long one process waits for another's transaction before it gives up."""

_REVISION_FILE = re.compile(r"(?P<room>[a-z]+)_(?P<number>\d{4})_\w+\.py")
_MIGRATION_LOCK = 4_216_901_337  # any fixed number: PostgreSQL's advisory locks are named so


def open_ledger(settings: Settings) -> Engine:
    """Return the ledger of the workspace, brought up to date.

    Raises:
        InvalidData: a URL that names no known database, or a file that is no database.
        Conflict: the ledger was written by a newer version, or stays locked.
    """
    engine = _engine(settings)
    try:
        _upgrade(engine, settings.workspace)
    except OperationalError as error:
        raise Conflict(
            _("the ledger cannot be opened: {error}").format(error=error.orig)
        ) from error
    except DatabaseError as error:
        raise InvalidData(
            _("the ledger is damaged: {error}").format(error=error.orig),
            file=engine.url.database,
        ) from error
    return engine


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


def scrub(engine: Engine) -> None:
    """Remove what was deleted from SQLite's write-ahead file too. Other databases see to it."""
    if engine.dialect.name != "sqlite":
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


def _engine(settings: Settings) -> Engine:
    url = settings.ledger_url
    if not url:
        settings.workspace.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = settings.workspace.resolve() / FILE_NAME
        path.touch(mode=0o600)
        url = f"sqlite:///{path}"
    try:
        engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise InvalidData(
            _("setting ledger_url names no database that can be used: {error}").format(error=error)
        ) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


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


def _upgrade(engine: Engine, workspace: Path) -> None:
    wanted = heads()
    if _standing(engine) == wanted:
        return
    if engine.dialect.name != "sqlite":
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _MIGRATION_LOCK})
            _run_migrations(connection)
        return
    with _waiting(FolderLock(workspace / ".ledger.lock")):
        if _standing(engine) != wanted:
            with writing(engine) as connection:
                _run_migrations(connection)


def _standing(engine: Engine) -> frozenset[str]:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return frozenset()
        rows = connection.execute(text("SELECT version_num FROM alembic_version"))
        return frozenset(row[0] for row in rows)


def _run_migrations(connection: Connection) -> None:
    from alembic import command
    from alembic.util.exc import CommandError

    config = migration_config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "heads")
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
