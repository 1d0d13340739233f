"""Rows of the log put into the ledger: one transaction a group, its lock held as short as may be.

SQLite holds its write lock while the disk takes a commit in, some milliseconds. Of many processes
that answer requests each would wait for all the others' disks. So a group is committed first, which
takes it out of their way, and the write-ahead log is then forced to disk; whoever waits for the
rows goes on after that. PostgreSQL does both by itself.

Source: SQLite documentation, Write-Ahead Logging and PRAGMA synchronous: with NORMAL a commit is
    whole, and durable once the write-ahead log has been synced.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from puente.errors import SourceFailed
from puente.guard.tables import HEADS, KEYS, LOG, NODES, ROWS
from puente.i18n import gettext as _
from puente.store.ledger import writing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Engine

# Made once: to put a statement together takes longer than to run it.
_GROW = update(LOG).where(LOG.c.id == 1).values(size=LOG.c.size + bindparam("more"))
_SIZE = select(LOG.c.size)
_HEAD = ("size", "root", "at", "signature")
_PUT_ROWS, _PUT_NODES, _PUT_KEYS, _PUT_HEAD = map(insert, (ROWS, NODES, KEYS, HEADS))
_RENEW_HEAD = (
    update(HEADS)
    .where(HEADS.c.day == bindparam("of_day"))
    .values({name: bindparam(f"new_{name}") for name in _HEAD})
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows that go into the ledger together, as rows of its tables."""

    rows: Sequence[dict[str, object]]
    nodes: Sequence[dict[str, object]]
    keys: Sequence[dict[str, object]]
    head: dict[str, object]


@contextmanager
def writing_log(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that adds to the log; at the end it is committed and on disk.

    Raises: SourceFailed: the disk does not take it in.
    """
    if engine.dialect.name != "sqlite":
        with writing(engine) as connection:
            yield connection
        return
    with engine.connect() as plain:
        driver = plain.connection.cursor()
        # Some file systems know no write-ahead log; SQLite then keeps a journal beside the file.
        ahead = driver.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        if ahead:
            driver.execute("PRAGMA synchronous = NORMAL")
        try:
            connection = plain.execution_options(puente_writing=True)
            with connection.begin():
                yield connection
        finally:
            if ahead:
                driver.execute("PRAGMA synchronous = FULL")
            driver.close()
        # While this connection is open the file is there. SQLite puts no lock on it, which to close
        # it here would end.
        if ahead:
            _force(f"{engine.url.database}-wal")


def _force(path: str) -> None:
    """Force what was written to a file to disk.

    Raises: SourceFailed: the disk does not take it in.
    """
    try:
        descriptor = os.open(path, os.O_RDWR)
        try:
            getattr(os, "fdatasync", os.fsync)(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise SourceFailed(
            _("the ledger cannot be used: {reason}").format(reason=error.strerror or error)
        ) from error


def take_numbers(connection: Connection, count: int) -> int:
    """Return how many rows the log had; `count` more are its own from here on.

    The first statement of the transaction: it is the lock that keeps other writers out.
    """
    connection.execute(_GROW, {"more": count})
    return int(connection.execute(_SIZE).scalar_one()) - count


def put(connection: Connection, group: Group) -> None:
    """Write a group and the signed head that stands after it."""
    connection.execute(_PUT_ROWS, group.rows)
    connection.execute(_PUT_NODES, group.nodes)
    if group.keys:
        connection.execute(_PUT_KEYS, group.keys)
    head = group.head
    new = {f"new_{name}": head[name] for name in _HEAD}
    if connection.execute(_RENEW_HEAD, {"of_day": head["day"], **new}).rowcount == 0:
        connection.execute(_PUT_HEAD, head)
