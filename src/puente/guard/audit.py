"""The log of every look and decision: append-only, provable, with personal values sealed.

Rows are leaves of a Merkle tree (RFC 9162) kept in the ledger. They are gathered and written
together: whoever calls `flush` first writes for all who wait. A signed head is kept for every day,
so that a log rewritten as a whole is found too.

Limits: a head that an attacker cuts back to an earlier signed one looks whole from inside. Whoever
keeps a later head elsewhere can show it (`consistency`).
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import case, delete, func, select, update

from puente.errors import NotFound, PuenteError
from puente.guard.finding import LogPage, conditions, readable
from puente.guard.leaf import LEAF_VERSION, AuditRow, TreeHead, head_message, read_leaf
from puente.guard.log_rows import Group, put, take_numbers, writing_log
from puente.guard.merkle import Frontier, consistency_proof, inclusion_proof, leaf_hash
from puente.guard.seal import Sealer, canonical_json
from puente.guard.stored_tree import stored_frontier, stored_nodes
from puente.guard.tables import HEADS, KEYS, LOG, ROWS
from puente.guard.verify import AuditReport, verify_log
from puente.i18n import gettext as _
from puente.store.ledger import reading, scrub, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Engine

    from puente.guard.policy import Actor, Decision, Purpose

_log = logging.getLogger(__name__)

GROUP = 256
"""Rows that are gathered at most before they are written."""

GATHER_SECONDS = 2.0
"""How long a row waits at most for the next one before it is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    leaf: dict[str, object]
    salt: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """Rows that were sent; whether they stand is not known until their transaction has ended.

    Attributes:
        first: number of the first of them.
        leaves: their texts.
        gathered: how many of the rows that wait are those, after an error.
    """

    first: int
    leaves: tuple[str, ...]
    gathered: int = 0


class AuditLog:
    """The log of one node. Safe to use from several threads and several processes.

    Attributes:
        engine: the ledger that it is kept in.
        sealer: seals its values and signs its heads.
    """

    def __init__(
        self,
        engine: Engine,
        sealer: Sealer,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.engine = engine
        self.sealer = sealer
        self.clock = clock
        self._waiting: list[_Waiting] = []
        self._since = 0.0
        self._gather = threading.Lock()
        self._write = threading.Lock()
        self._frontier = Frontier()
        self._attempt: _Attempt | None = None
        # Rows that are still gathered when the interpreter ends normally are written then.
        atexit.register(self._end)

    def record(
        self,
        actor: Actor,
        purpose: Purpose | None,
        action: str,
        *,
        ids: Iterable[str] = (),
        decision: Decision | None = None,
        sealed: Mapping[str, object] | None = None,
    ) -> None:
        """Take in one row. It is written with the next group, or by `flush`.

        Args:
            actor, purpose: who looks, and what for; the purpose's reason is sealed. None where
                none is claimed yet, as at sign-in.
            action: what is done, e.g. `look`.
            ids: what it is done to; in clear, so that an auditor can find every look at one id.
            decision: what the policy said; None for a deed that it is not asked about.
            sealed: search text and other personal values; kept under a key of their own.
        """
        row = self._row(actor, purpose, action, ids=ids, decision=decision, sealed=sealed or {})
        with self._gather:
            if not self._waiting:
                self._since = time.monotonic()
            self._waiting.append(row)
            full = len(self._waiting) >= GROUP
            late = time.monotonic() - self._since > GATHER_SECONDS
        if full or late:
            self.flush()

    def flush(self) -> None:
        """Write every row taken in so far; return when they are on disk.

        A row that cannot be written stays gathered, and the error is raised.
        """
        with self._write, self._group() as rows:
            if rows:
                with writing_log(self.engine) as connection:
                    self._append(connection, rows)

    def close(self) -> None:
        """Write what is still gathered. The log may be used again afterwards."""
        atexit.unregister(self._end)
        self.flush()

    def _end(self) -> None:
        try:
            self.flush()
        except PuenteError as error:
            _log.critical("audit rows not written count=%d: %s", len(self._waiting), error)

    def size(self) -> int:
        """Return the number of rows written."""
        with self.engine.connect() as connection:
            return int(connection.execute(select(LOG.c.size)).scalar_one())

    def rows(self, first: int = 0, count: int = 100) -> list[AuditRow]:
        """Return `count` rows from number `first` on."""
        query = select(ROWS.c.leaf).where(ROWS.c.seq >= first).order_by(ROWS.c.seq).limit(count)
        with self.engine.connect() as connection:
            return [read_leaf(leaf) for (leaf,) in connection.execute(query)]

    def newest(self, count: int = 100) -> list[AuditRow]:
        """Return the `count` newest rows, newest first."""
        size = self.size()
        return self.rows(max(0, size - count), count)[::-1]

    def find(
        self, wanted: Mapping[str, object], *, days: tuple[str, str] = ("", ""),
        older: int | None = None, newer: int | None = None, count: int = 50,
    ) -> LogPage:  # fmt: skip
        """Return a page of the rows that hold all of `wanted`.

        Args:
            wanted: exact values by the leaf's keys, e.g. `actor`; under `ids` one id it names.
            days: first and last ISO day, UTC; "" for any.
            older, newer: number of the row that the page comes after, or before; None: newest.
            count: rows at most.

        Cost: where anything is wanted one scan of the log, about 0.5 s for a million rows.
        """
        held = conditions(self.engine.dialect.name, wanted, days)
        page = select(ROWS.c.seq, ROWS.c.leaf).where(*held).limit(count)
        if newer is not None:
            page = page.where(ROWS.c.seq > newer).order_by(ROWS.c.seq)
        else:
            edge = [] if older is None else [ROWS.c.seq < older]
            page = page.where(*edge).order_by(ROWS.c.seq.desc())
        with reading(self.engine) as connection:
            found = sorted((int(row.seq), row.leaf) for row in connection.execute(page))[::-1]
            top = found[0][0] if found else -1 if older is None else older - 1
            tally = func.count(), func.count(case((ROWS.c.seq > top, 1)))
            total, before = connection.execute(select(*tally).where(*held)).one()
        rows = tuple((seq, readable(leaf)) for seq, leaf in found)
        return LogPage(rows=rows, total=total, newer=before)

    def unseal(self, seq: int) -> dict[str, object] | None:
        """Return the sealed values of a row; None where they were purged.

        Raises:
            NotFound: there is no such row.
            InvalidData: they were altered.
        """
        with self.engine.connect() as connection:
            leaf = connection.execute(select(ROWS.c.leaf).where(ROWS.c.seq == seq)).scalar()
            salt = connection.execute(select(KEYS.c.salt).where(KEYS.c.seq == seq)).scalar()
        if leaf is None:
            raise NotFound(_("the log has no row {seq}").format(seq=seq), seq=seq)
        row = read_leaf(leaf)
        if not row.sealed:
            return {}
        return None if salt is None else self.sealer.unseal(row.sealed, salt)

    def purge(self, seqs: Sequence[int], actor: Actor, purpose: Purpose) -> int:
        """Destroy the sealed values of rows; return of how many. The purge is a row itself.

        Source: 28 CFR 23.20(h): what is misleading, obsolete or unreliable is destroyed.
        """
        row = self._row(
            actor, purpose, "purge", ids=[f"audit:{seq}" for seq in seqs], decision=None, sealed={}
        )
        with self._write, self._group() as rows, writing(self.engine) as connection:
            rows.append(row)
            self._append(connection, rows)
            gone = connection.execute(delete(KEYS).where(KEYS.c.seq.in_(list(seqs)))).rowcount
        scrub(self.engine, KEYS)
        return int(gone)

    def head(self) -> TreeHead | None:
        """Return the newest signed head, or None for an empty log."""
        self.flush()
        query = select(HEADS).order_by(HEADS.c.size.desc()).limit(1)
        with self.engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        return TreeHead(
            size=row.size, root=row.root.hex(), at=row.at, signature=row.signature.hex()
        )

    def prove(self, seq: int) -> dict[str, object]:
        """Return the proof that row `seq` stands in the log, as one JSON object.

        It holds the leaf, its path, the signed head and the key: all that a third party needs.

        Raises: NotFound: there is no such row.
        """
        head = self.head()
        if head is None or not 0 <= seq < head.size:
            raise NotFound(_("the log has no row {seq}").format(seq=seq), seq=seq)
        with self.engine.connect() as connection:
            leaf = connection.execute(select(ROWS.c.leaf).where(ROWS.c.seq == seq)).scalar_one()
            path = inclusion_proof(seq, head.size, stored_nodes(connection))
        return {
            "row": seq,
            "leaf": leaf,
            "path": [step.hex() for step in path],
            **self._head_json(head),
        }

    def consistency(self, first: int) -> dict[str, object]:
        """Return the proof that the log only grew since it had `first` rows.

        Raises: NotFound: it never had that many, or none.
        """
        head = self.head()
        if head is None or not 1 <= first <= head.size:
            raise NotFound(_("the log has no head of {size} rows").format(size=first), size=first)
        with self.engine.connect() as connection:
            path = consistency_proof(first, head.size, stored_nodes(connection))
        return {"first": first, "path": [step.hex() for step in path], **self._head_json(head)}

    def verify(self) -> AuditReport:
        """Recompute the whole log; say whether any row was changed, removed, moved or put in."""
        self.flush()
        return verify_log(self.engine, self.sealer)

    def _head_json(self, head: TreeHead) -> dict[str, object]:
        return {
            "size": head.size,
            "root": head.root,
            "at": head.at,
            "signature": head.signature,
            "public_key": self.sealer.public_key.hex(),
        }

    def _row(
        self,
        actor: Actor,
        purpose: Purpose | None,
        action: str,
        *,
        ids: Iterable[str],
        decision: Decision | None,
        sealed: Mapping[str, object],
    ) -> _Waiting:
        hidden = dict(sealed)
        if purpose is not None and purpose.reason:
            hidden["reason"] = purpose.reason
        text, salt = self.sealer.seal(hidden) if hidden else ("", None)
        leaf: dict[str, object] = {
            "v": LEAF_VERSION,
            "at": self._now(),
            "actor": actor.name,
            "roles": sorted(actor.roles),
            "purpose": "" if purpose is None else purpose.name,
            "case": "" if purpose is None else purpose.case,
            "action": action,
            "ids": list(ids),
            "allowed": decision is None or decision.allowed,
            "rule": "" if decision is None else "+".join(decision.rules),
            "policy": "" if decision is None else decision.policy_hash,
            "sealed": text,
        }
        return _Waiting(leaf=leaf, salt=salt)

    def _now(self) -> str:
        return self.clock().astimezone(UTC).isoformat(timespec="milliseconds")

    @contextmanager
    def _group(self) -> Iterator[list[_Waiting]]:
        """Hand out the rows gathered so far; on an error they are gathered again."""
        self._settle()
        with self._gather:
            rows, self._waiting = self._waiting, []
        kept = list(rows)
        written = False
        try:
            yield rows
            written = True
            self._attempt = None
        finally:
            if not written:
                self._frontier = Frontier()
                if self._attempt is not None:
                    self._attempt = replace(self._attempt, gathered=len(kept))
                with self._gather:
                    self._waiting = kept + self._waiting

    def _settle(self) -> None:
        """Find out whether the last attempt stands though it ended in an error; then it is done.

        A connection that breaks while a commit is confirmed leaves that open. Each leaf holds its
        number, its time and what it is about, so that no other row can be taken for it.
        """
        if self._attempt is None:
            return
        first, leaves = self._attempt.first, self._attempt.leaves
        span = ROWS.c.seq.between(first, first + len(leaves) - 1)
        with writing(self.engine) as connection:
            # Waits for the end of that transaction, should it still be under way.
            connection.execute(update(LOG).values(size=LOG.c.size))
            held = connection.execute(select(ROWS.c.leaf).where(span).order_by(ROWS.c.seq))
            stands = tuple(held.scalars()) == leaves
        if stands:
            with self._gather:
                del self._waiting[: self._attempt.gathered]
        self._attempt = None

    def _append(self, connection: Connection, rows: Sequence[_Waiting]) -> None:
        size = take_numbers(connection, len(rows))
        if self._frontier.size != size:
            self._frontier = stored_frontier(connection, size)
        leaves: list[dict[str, object]] = []
        nodes: list[dict[str, object]] = []
        keys: list[dict[str, object]] = []
        for seq, row in enumerate(rows, start=size):
            text = canonical_json({**row.leaf, "seq": seq})
            leaves.append({"seq": seq, "leaf": text.decode("ascii")})
            nodes.extend(
                {"last": seq, "level": level, "hash": value}
                for level, value in self._frontier.append(leaf_hash(text))
            )
            if row.salt is not None:
                keys.append({"seq": seq, "salt": row.salt})
        self._attempt = _Attempt(first=size, leaves=tuple(str(row["leaf"]) for row in leaves))
        put(connection, Group(rows=leaves, nodes=nodes, keys=keys, head=self._signed_head()))

    def _signed_head(self) -> dict[str, object]:
        at = self._now()
        size, root = self._frontier.size, self._frontier.root()
        signature = self.sealer.sign(head_message(size, root, at))
        return {"day": at[:10], "size": size, "root": root, "at": at, "signature": signature}
