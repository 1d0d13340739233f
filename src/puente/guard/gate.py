"""What stands between a reader and the records: the policy, the log, and the open engines."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING

from puente.guard.engine import Engine, Extent
from puente.guard.history import keep_policy
from puente.guard.policy import refusal
from puente.store.builds import read_cells, read_origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from puente.guard.audit import AuditLog
    from puente.guard.policy import Actor, Decision, Policy, Purpose
    from puente.store.cells import Cell
    from puente.store.lake import Lake
    from puente.store.snapshot import Snapshot

_KEPT_ENGINES = 8
_KEPT_BUILDS = 16
_KEPT_ORIGINS = 256


@dataclass(slots=True, kw_only=True)
class Guard:
    """The policy, the log, and the engines that stand open. One per process."""

    policy: Policy
    audit: AuditLog
    _engines: OrderedDict[tuple[str, Extent], Engine] = field(default_factory=OrderedDict)
    _cells: OrderedDict[str, Mapping[str, tuple[Cell, ...]]] = field(default_factory=OrderedDict)
    _origins: OrderedDict[str, tuple[Cell, ...]] = field(default_factory=OrderedDict)
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        keep_policy(self.audit.engine, self.policy, self.audit.clock())

    def require(
        self,
        actor: Actor,
        purpose: Purpose,
        action: str,
        ids: Iterable[str] = (),
        sealed: Mapping[str, object] | None = None,
    ) -> Decision:
        """Return the decision on a deed of the house, if it is allowed; either way it is logged.

        Args:
            ids: what it is done to, in clear.
            sealed: what else belongs in the row and is nobody's to read.

        Raises: NotAllowed: it is not.
        """
        decision = self.policy.decide(actor, purpose, action)
        self.audit.record(actor, purpose, action, ids=ids, decision=decision, sealed=sealed)
        self.audit.flush()
        if not decision.allowed:
            raise refusal(decision, actor, purpose, action)
        return decision

    def origin(self, snapshot: Snapshot, name: str) -> tuple[Cell, ...]:
        """Return the cells that an artefact was made from."""
        key = f"{snapshot.file(name)}"
        with self._mutex:
            known = self._origins.get(key)
        if known is None:
            known = read_origin(snapshot.file(name))[1]
            if snapshot.finished:
                with self._mutex:
                    self._origins[key] = known
                    if len(self._origins) > _KEPT_ORIGINS:
                        self._origins.popitem(last=False)
        return known

    def cells(self, snapshot: Snapshot) -> Mapping[str, tuple[Cell, ...]]:
        """Return the cells of each table of a build."""
        key = str(snapshot.path)
        with self._mutex:
            known = self._cells.get(key)
        if known is None:
            known = read_cells(snapshot.file("cells"))
            if snapshot.finished:
                with self._mutex:
                    self._cells[key] = known
                    if len(self._cells) > _KEPT_BUILDS:
                        self._cells.popitem(last=False)
        return known

    def today(self) -> str:
        """Return the ISO date by which the clocks of retention are read, in UTC."""
        return self.audit.clock().astimezone(UTC).date().isoformat()

    def engine(self, lake: Lake, snapshot: Snapshot, extent: Extent) -> Engine:
        """Return an engine that shows part of a build; kept for the next."""
        key = (str(snapshot.path), extent)
        with self._mutex:
            known = self._engines.get(key)
            if known is not None:
                self._engines.move_to_end(key)
                return known
        opened = Engine(
            snapshot,
            extent,
            memory_limit_mb=lake.memory_limit_mb,
            threads=lake.threads,
            spill=lake.root / "spill",
        )
        if snapshot.finished:
            with self._mutex:
                self._engines[key] = opened
                if len(self._engines) > _KEPT_ENGINES:
                    self._engines.popitem(last=False)
        return opened
