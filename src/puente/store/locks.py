"""One writer at a time: what a lake asks of a lock, and the lock that a PostgreSQL ledger lends.

A folder is locked by a file (`disk.FolderLock`). An object store knows no locks, so the machines
that write to one share the ledger's: the session that holds it ends with its process.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import text

from puente.errors import Conflict, SourceFailed
from puente.i18n import gettext as _
from puente.store.disk import OneWriter, process_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from sqlalchemy import Connection, Engine


class WriterLock(Protocol):
    """Keeps all but one writer out. Re-entrant within one object."""

    @property
    def held(self) -> bool:
        """Return True while this object holds the lock."""
        ...

    def acquire(self) -> None:
        """Take the lock, or raise Conflict and say who has it."""
        ...

    def try_acquire(self) -> bool:
        """Take the lock if it is free; return whether it was taken."""
        ...

    def confirm(self) -> None:
        """Raise Conflict if the lock was lost while it was held."""
        ...

    def release(self) -> None:
        """Give the lock back."""
        ...

    def __enter__(self) -> object: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class LedgerLock(OneWriter):
    """A lock that PostgreSQL holds for a session of its own, over machines.

    Limits: a connection pool between node and server must keep sessions (PgBouncer: session mode).
    """

    def __init__(self, ledger: Callable[[], Engine], name: str) -> None:
        """Name the lock; nothing is asked of the ledger yet.

        Args:
            ledger: gives the engine, when it is first needed.
            name: what is locked, the same on every machine.
        """
        super().__init__()
        self._ledger = ledger
        self._key = int.from_bytes(sha256(name.encode()).digest()[:8], "big", signed=True)
        self._session: Connection | None = None

    def confirm(self) -> None:
        """Check that the session that holds the lock still stands.

        Raises: Conflict: it ended, and another process may be writing.
        """
        if self._session is not None and not self._stands(self._session):
            raise Conflict(
                _("the connection that kept other writers out was lost; nothing was published")
            )

    def _take(self) -> bool:
        session = self._ledger().connect().execution_options(isolation_level="AUTOCOMMIT")
        took = session.execute(text("SELECT pg_try_advisory_lock(:key)"), self._values)
        if not took.scalar_one():
            session.close()
            return False
        session.execute(
            text("SELECT set_config('application_name', :n, false)"), {"n": process_name()}
        )
        self._session = session
        return True

    def _give_back(self) -> None:
        session, self._session = self._session, None
        if session is None:
            return
        # A session that was lost has given the lock back itself.
        if self._stands(session):
            session.execute(text("SELECT pg_advisory_unlock(:key)"), self._values)
        # Not given back to the pool: it bears the name of a writer.
        session.invalidate()
        session.close()

    @staticmethod
    def _stands(session: Connection) -> bool:
        if session.invalidated:
            return False
        try:
            session.execute(text("SELECT 1"))
        except SourceFailed:
            return False
        return True

    @property
    def _values(self) -> dict[str, int]:
        return {"key": self._key}

    def _holder(self) -> str:
        query = text(
            "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
            "WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 "
            "AND (l.classid::bigint << 32) | l.objid::bigint = :key"
        )
        with self._ledger().connect() as connection:
            found = connection.execute(query, self._values).scalar()
        return str(found or "?")
