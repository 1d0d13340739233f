"""The log, recomputed from its first row: what was changed, removed, moved or put in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, select

from puente.errors import InvalidData
from puente.guard.leaf import AuditRow, head_message, numbers_of, read_leaf
from puente.guard.merkle import EMPTY_ROOT, Frontier, leaf_hash
from puente.guard.tables import HEADS, KEYS, LOG, NODES, ROWS
from puente.i18n import N_
from puente.i18n import gettext as _
from puente.store.ledger import reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Column, Connection, Engine, Row

    from puente.guard.seal import Sealer

CHUNK = 8_192

FAULTS: Mapping[str, str] = {
    "missing": N_("row {seq} is missing"),
    "inserted": N_("row {seq} was put in or moved"),
    "changed": N_("row {seq} was changed"),
    "hash": N_("the stored hash that ends at row {seq} was changed"),
    "sealed": N_("the sealed value of row {seq}, or its key, was changed"),
    "key": N_("the key of row {seq} is gone and no purge says so"),
    "size": N_("the log says that it has another number of rows than it has"),
    "head": N_("the signed head of {seq} rows does not fit the rows"),
    "signature": N_("the head of {seq} rows bears no signature of this node"),
}


class Fault(NamedTuple):
    """What is wrong, and at which row (for a head: after how many)."""

    kind: str
    seq: int

    def __str__(self) -> str:
        return _(FAULTS[self.kind]).format(seq=self.seq)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What came of recomputing the log.

    Attributes:
        ok: True if nothing is wrong.
        rows: rows read.
        root: root of the tree over them, hexadecimal.
        heads: signed heads that fit.
        purged: rows whose sealed values were destroyed, as the log says.
        first: the first fault; None where there is none.
    """

    ok: bool
    rows: int
    root: str
    heads: int
    purged: int
    first: Fault | None

    def as_json(self) -> dict[str, object]:
        """Return the report as `puente audit verify --json` prints it."""
        return {
            "ok": self.ok,
            "rows": self.rows,
            "root": self.root,
            "heads": self.heads,
            "purged": self.purged,
            "fault": None if self.first is None else self.first.kind,
            "row": None if self.first is None else self.first.seq,
            "finding": None if self.first is None else str(self.first),
        }


def verify_log(engine: Engine, sealer: Sealer) -> AuditReport:
    """Return what is wrong with the log, if anything, from one consistent reading of it."""
    with reading(engine) as connection:
        return _Check(connection, sealer).run()


class _Check:
    """One pass over the log, in rows' order, in bounded memory."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer
        self._frontier = Frontier()
        self._heads: dict[int, list[Row[tuple[object, ...]]]] = {}
        self._fitting = 0
        self._keyless: set[int] = set()
        self._purged: set[int] = set()

    def run(self) -> AuditReport:
        for head in self._connection.execute(select(HEADS)):
            self._heads.setdefault(head.size, []).append(head)
        first = next(self._faults(), None)
        root = self._frontier.root() if self._frontier.size else EMPTY_ROOT
        return AuditReport(
            ok=first is None,
            rows=self._frontier.size,
            root=root.hex(),
            heads=self._fitting,
            purged=len(self._purged & self._keyless),
            first=first,
        )

    def _faults(self) -> Iterator[Fault]:
        last = self._connection.execute(select(func.max(ROWS.c.seq))).scalar()
        size = 0 if last is None else int(last) + 1
        for start in range(0, size, CHUNK):
            yield from self._chunk(start, min(start + CHUNK, size))
        yield from self._leftovers(size)
        for seq in sorted(self._keyless - self._purged):
            yield Fault("key", seq)
        standing = self._connection.execute(select(LOG.c.size)).scalars().all()
        if list(standing) != [size]:
            yield Fault("size", size)
        newest = max(self._heads, default=0)
        if newest > size:
            yield Fault("missing", size)
        if newest < size:
            # Every group is written with its head: rows behind the last head were put in.
            yield Fault("inserted", newest)

    def _chunk(self, start: int, end: int) -> Iterator[Fault]:
        leaves = self._rows(ROWS.c.seq, ROWS.c.leaf, start, end)
        salts = self._rows(KEYS.c.seq, KEYS.c.salt, start, end)
        query = select(NODES).where(NODES.c.last >= start, NODES.c.last < end)
        stored = {(row.last, row.level): bytes(row.hash) for row in self._connection.execute(query)}
        for seq in range(start, end):
            if seq not in leaves:
                yield Fault("missing", seq)
                return
            yield from self._row(seq, str(leaves[seq]), salts.pop(seq, None), stored)
        for seq in salts:
            yield Fault("key", seq)
        for seq, _level in sorted(stored):
            yield Fault("hash", seq)

    def _row(
        self, seq: int, leaf: str, salt: object, stored: dict[tuple[int, int], bytes]
    ) -> Iterator[Fault]:
        row = _read(leaf)
        hashed = leaf_hash(leaf.encode("utf-8", "surrogatepass"))
        if stored.get((seq, 0)) != hashed:
            moved = row is not None and row.seq != seq
            yield Fault("inserted" if moved else "changed", seq)
        if row is None:
            yield Fault("changed", seq)
            return
        if row.seq != seq:
            yield Fault("inserted", seq)
        for level, value in self._frontier.append(hashed):
            if stored.pop((seq, level), None) != value:
                yield Fault("hash", seq)
        yield from self._sealed(row, salt)
        yield from self._head(seq + 1)

    def _sealed(self, row: AuditRow, salt: object) -> Iterator[Fault]:
        if row.action == "purge":
            self._purged.update(numbers_of(row.ids))
        if salt is None:
            if row.sealed:
                self._keyless.add(row.seq)
            return
        try:
            if not isinstance(salt, bytes) or not row.sealed:
                yield Fault("sealed", row.seq)
                return
            self._sealer.unseal(row.sealed, salt)
        except InvalidData:
            yield Fault("sealed", row.seq)

    def _head(self, size: int) -> Iterator[Fault]:
        for head in self._heads.get(size, ()):
            root = bytes(head.root)
            message = head_message(head.size, root, head.at)
            if not self._sealer.signed(message, bytes(head.signature)):
                yield Fault("signature", size)
            elif root != self._frontier.root():
                yield Fault("head", size)
            elif head.day != head.at[:10]:
                yield Fault("signature", size)
            else:
                self._fitting += 1

    def _leftovers(self, size: int) -> Iterator[Fault]:
        for column, table in ((NODES.c.last, NODES), (KEYS.c.seq, KEYS)):
            beyond = (
                select(func.min(column)).select_from(table).where((column >= size) | (column < 0))
            )
            found = self._connection.execute(beyond).scalar()
            if found is not None:
                yield Fault("missing" if found >= size else "inserted", int(found))
        below = select(func.min(ROWS.c.seq)).where(ROWS.c.seq < 0)
        found = self._connection.execute(below).scalar()
        if found is not None:
            yield Fault("inserted", int(found))

    def _rows(
        self, key: Column[int], value: Column[Any], start: int, end: int
    ) -> dict[int, object]:
        query = select(key, value).where(key >= start, key < end)
        return {int(seq): held for seq, held in self._connection.execute(query)}


def _read(leaf: str) -> AuditRow | None:
    try:
        return read_leaf(leaf)
    except InvalidData:
        return None
