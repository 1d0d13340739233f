"""The Merkle tree as the ledger keeps it: the hash of every whole subtree, read when needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import inspect, select

from puente.guard.merkle import Frontier, peaks_of
from puente.guard.tables import LOG, NODES

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine


def stored_nodes(connection: Connection) -> Callable[[int, int], bytes]:
    """Return what gives the hash of the whole subtree (level, number)."""

    def node(level: int, number: int) -> bytes:
        last = ((number + 1) << level) - 1
        query = select(NODES.c.hash).where(NODES.c.last == last, NODES.c.level == level)
        return bytes(connection.execute(query).scalar_one())

    return node


def stored_frontier(connection: Connection, size: int) -> Frontier:
    """Return the tree over the first `size` rows, ready to be added to."""
    node = stored_nodes(connection)
    return Frontier(size, [node(level, number) for level, number in peaks_of(size)])


def has_rows(engine: Engine) -> bool:
    """Return True if the database holds a ledger whose log has begun."""
    with engine.connect() as connection:
        if not inspect(connection).has_table(LOG.name):
            return False
        return bool(connection.execute(select(LOG.c.size)).scalar())


def stored_root(connection: Connection) -> tuple[int, bytes]:
    """Return how many rows the log has, and the root of the tree over them."""
    size = int(connection.execute(select(LOG.c.size)).scalar_one())
    return size, stored_frontier(connection, size).root()
