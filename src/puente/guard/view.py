"""The View: the only way to read records. It has an actor and a purpose, and leaves a trace.

What the policy refuses is not there: the relations hold the permitted rows alone. A derived
artefact is shown whole or refused whole, for it was made from all of its sources at once.

Limits: import contracts and this module stop mistakes, not a hostile programmer; the files
themselves need the operating system's permissions and encryption.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from puente.errors import NotAllowed, NotFound
from puente.guard.engine import Extent
from puente.guard.policy import DEFAULT_DENY, Decision, refusal
from puente.i18n import gettext as _
from puente.model.entity import STATEMENT_FIELDS, Entity, Statement
from puente.model.provenance import APART, strictest
from puente.store.tables import BUILD_TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import TracebackType

    import pyarrow as pa

    from puente.guard.engine import Engine
    from puente.guard.gate import Guard
    from puente.guard.policy import Actor, Purpose
    from puente.store.cells import Cell
    from puente.store.lake import Lake
    from puente.store.snapshot import Snapshot

_FILTERED = frozenset({*BUILD_TABLES, "cells"})
_IDS_AT_ONCE = 500
_OPENED_HERE = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """What a View may see, and by which decision."""

    action: str
    cells: frozenset[Cell]
    everything: bool
    decision: Decision


class View:
    """One actor's reading of one build for one purpose. Made by `open_view` alone."""

    def __init__(
        self,
        token: object,
        lake: Lake,
        guard: Guard,
        who: tuple[Actor, Purpose],
        snapshot: Snapshot,
        scope: _Scope,
    ) -> None:
        if token is not _OPENED_HERE:
            raise NotAllowed(
                _("a View is opened by its actor and purpose"),
                rule="a-view-has-an-actor-and-a-purpose",
            )
        self._lake = lake
        self._guard = guard
        self.actor, self.purpose = who
        self.snapshot = snapshot
        self._scope = scope
        self._engine: Engine | None = None
        self._timed = any(cell.record_class in APART for cell in scope.cells)
        self._lineage: set[Cell] = set()

    def __enter__(self) -> View:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.flush()

    @property
    def cells(self) -> frozenset[Cell]:
        """Return the cells whose records this View shows."""
        return self._scope.cells

    @property
    def lineage(self) -> tuple[Cell, ...]:
        """Return the cells that this View has read so far: what is derived from it came from."""
        return tuple(sorted(self._lineage))

    @property
    def marking(self) -> str:
        """Return the strictest marking of all that this View shows."""
        return strictest({cell.marking for cell in self._scope.cells})

    def shared(self) -> View:
        """Return the same reading without the records that stand apart.

        All that is derived stays open as it was: nothing of it was made from such records.
        """
        cells = frozenset(cell for cell in self._scope.cells if cell.record_class not in APART)
        if cells == self._scope.cells:
            return self
        scope = replace(self._scope, cells=cells, everything=False)
        who = (self.actor, self.purpose)
        return View(_OPENED_HERE, self._lake, self._guard, who, self.snapshot, scope)

    def sql(self, query: str, params: Sequence[object] | Mapping[str, object] = ()) -> pa.Table:
        """Return what one SELECT gives over the permitted rows; one look in the log.

        Args:
            query: DuckDB SQL. Relations are the lake's tables and the build's artefacts, by name.
            params: for `?` in order, or for `$name` by name.

        Raises:
            InvalidData: a query that cannot be read or run.
            NotAllowed: an artefact that the actor may not see, or no mere SELECT.
            NotFound: no such table or artefact.
        """
        given = dict(params) if hasattr(params, "keys") else list(params)
        self.record("look", query=query, params=given)
        return self._run(query, given)

    def entity(self, entity_id: str, *, history: bool = False) -> Entity:
        """Return what the permitted records say of one thing; one look in the log.

        Args:
            entity_id: id of a record of a source, or of a cluster; either way the whole cluster
                is merged, if the actor may see the clusters.
            history: also return claims that their source has withdrawn. A thing of which every
                claim was withdrawn is returned with its history in any case.

        Raises: NotFound: no permitted record speaks of it.
        """
        self.record("look", ids=(entity_id,))
        found = self._entities([entity_id], history=history)
        if entity_id not in found:
            raise NotFound(
                _("there is no record of {entity!r} that you may see").format(entity=entity_id),
                entity=entity_id,
            )
        return found[entity_id]

    def entities(self, ids: Iterable[str], *, history: bool = False) -> dict[str, Entity]:
        """Return the entities of those of `ids` that permitted records speak of; one look."""
        wanted = list(dict.fromkeys(ids))
        self.record("look", ids=wanted)
        return self._entities(wanted, history=history)

    def artefact(self, name: str) -> pa.Table:
        """Return a derived artefact; one look in the log.

        Raises:
            NotAllowed: it was made from records of which the actor may not see all.
            NotFound: the build has none of that name.
        """
        if name in _FILTERED:
            return self.sql(f"SELECT * FROM {name}")
        self._need(name)
        self.record("look", ids=(f"artefact:{name}",))
        return pq.read_table(self.snapshot.file(name))

    def has(self, name: str) -> bool:
        """Return True if the build holds a table or artefact of that name."""
        return self.snapshot.has(name)

    def may(self, name: str) -> bool:
        """Return True if the build holds that artefact and the actor may see it. No look."""
        return self.has(name) and (name in _FILTERED or self._decision_on(name).allowed)

    def record(self, action: str, ids: Iterable[str] = (), **sealed: object) -> None:
        """Write a row of the log: what was done, to which ids; all else is sealed."""
        self._guard.audit.record(
            self.actor,
            self.purpose,
            action,
            ids=ids,
            decision=self._scope.decision,
            sealed={name: _plain(value) for name, value in sealed.items()},
        )

    def flush(self) -> None:
        """Force the log to disk: what was looked at may be shown only after."""
        self._guard.audit.flush()

    def _run(self, query: str, params: object) -> pa.Table:
        day = self._guard.today() if self._timed else ""
        if self._engine is None or self._engine.extent.day != day:
            permitted = None if self._scope.everything else self._scope.cells
            extent = Extent(cells=permitted, day=day)
            self._engine = self._guard.engine(self._lake, self.snapshot, extent)
        return self._engine.run(query, params, self._need).to_arrow_table()

    def _need(self, name: str) -> bool:
        if name in _FILTERED:
            held = self._guard.cells(self.snapshot).get(name, ())
            self._lineage |= self._scope.cells.intersection(held)
            return True
        if not self.has(name):
            raise NotFound(
                _("build {build} has no table or artefact {name!r}").format(
                    build=self.snapshot.id, name=name
                ),
                name=name,
            )
        decision = self._decision_on(name)
        if decision.allowed:
            self._lineage.update(self._guard.origin(self.snapshot, name))
        else:
            self._guard.audit.record(
                self.actor,
                self.purpose,
                self._scope.action,
                ids=(f"artefact:{name}",),
                decision=decision,
            )
            raise refusal(decision, self.actor, self.purpose, self._scope.action, name)
        return False

    def _decision_on(self, name: str) -> Decision:
        answers = self._guard.policy.decide_cells(
            self.actor, self.purpose, self._scope.action, self._guard.origin(self.snapshot, name)
        )
        return _whole(answers.values(), self._guard.policy.hash)

    def _entities(self, ids: Sequence[str], *, history: bool) -> dict[str, Entity]:
        found: dict[str, Entity] = {}
        for start in range(0, len(ids), _IDS_AT_ONCE):
            part = ids[start : start + _IDS_AT_ONCE]
            members = self._members(part)
            held = self._statements(sorted({m for ids_ in members.values() for m in ids_[1]}))
            for asked in part:
                cluster, own = members[asked]
                rows = [row for member in own for row in held.get(member, ())]
                if rows:
                    standing = [statement for statement, current in rows if current]
                    chosen = standing if standing and not history else [row[0] for row in rows]
                    found[asked] = Entity.merge(cluster, chosen)
        return found

    def _members(self, ids: Sequence[str]) -> dict[str, tuple[str, list[str]]]:
        """Return for each id its cluster and that cluster's records."""
        alone = {asked: (asked, [asked]) for asked in ids}
        if not self.may("clusters"):
            return alone
        # Two plain look-ups: as one self-join they took half as long again.
        columns = "SELECT entity_id, cluster_id FROM clusters WHERE"
        marks = ", ".join("?" * len(ids))
        rows = self._run(f"{columns} entity_id IN ({marks})", list(ids)).to_pylist()
        cluster_of = {row["entity_id"]: row["cluster_id"] for row in rows}
        # An id that a cluster was given anew is that of no record.
        given = [asked for asked in ids if "~" in asked and asked not in cluster_of]
        if given:
            marks = ", ".join("?" * len(given))
            rows = self._run(f"{columns} cluster_id IN ({marks})", given).to_pylist()
            cluster_of |= {row["cluster_id"]: row["cluster_id"] for row in rows}
        clusters = sorted(set(cluster_of.values()))
        members: dict[str, list[str]] = {cluster: [] for cluster in clusters}
        if clusters:
            marks = ", ".join("?" * len(clusters))
            for row in self._run(f"{columns} cluster_id IN ({marks})", clusters).to_pylist():
                members[row["cluster_id"]].append(row["entity_id"])
        return {
            asked: (cluster_of[asked], members[cluster_of[asked]])
            if asked in cluster_of
            else alone[asked]
            for asked in ids
        }

    def _statements(self, ids: Sequence[str]) -> dict[str, list[tuple[Statement, bool]]]:
        held: dict[str, list[tuple[Statement, bool]]] = {}
        columns = ", ".join(f'"{name}"' for name in STATEMENT_FIELDS)
        for start in range(0, len(ids), _IDS_AT_ONCE):
            part = list(ids[start : start + _IDS_AT_ONCE])
            marks = ", ".join("?" * len(part))
            rows = self._run(
                f"SELECT {columns}, current FROM statements WHERE entity_id IN ({marks})", part
            )
            for row in rows.to_pylist():
                current = row.pop("current")
                held.setdefault(row["entity_id"], []).append((Statement(**row), current))
        return held


def open_view(
    lake: Lake,
    guard: Guard,
    actor: Actor,
    purpose: Purpose,
    snapshot: Snapshot | None = None,
    action: str = "",
) -> View:
    """Return the View of `actor` for `purpose`. A refusal stands in the log too.

    Args:
        lake, guard: of the node.
        actor, purpose: who reads, and what for.
        snapshot: the build to read; None is the current one.
        action: `look`, `search`, `export` or `build`, for which the rows must be permitted; ""
            is `build` for the pipeline and `look` for everyone else.

    Raises:
        NotAllowed: the purpose is not the actor's to claim, or no record is permitted for it.
        NotFound: nothing has been built yet.
    """
    if snapshot is None:
        snapshot = lake.current()
    if snapshot is None:
        raise NotFound(_("nothing has been built in this workspace yet"))
    action = action or ("build" if purpose.name == "build" else "look")
    held = {cell for cells in guard.cells(snapshot).values() for cell in cells}
    scope = _scope(guard, actor, purpose, action, sorted(held))
    if not scope.decision.allowed:
        guard.audit.record(actor, purpose, action, ids=(), decision=scope.decision)
        guard.audit.flush()
        raise refusal(scope.decision, actor, purpose, action)
    return View(_OPENED_HERE, lake, guard, (actor, purpose), snapshot, scope)


def _scope(
    guard: Guard, actor: Actor, purpose: Purpose, action: str, cells: Sequence[Cell]
) -> _Scope:
    policy = guard.policy
    claim = policy.decide(actor, purpose, "claim")
    if not claim.allowed:
        return _Scope(action=action, cells=frozenset(), everything=False, decision=claim)
    answers = policy.decide_cells(actor, purpose, action, cells)
    permitted = frozenset(cell for cell, answer in answers.items() if answer.allowed)
    used = [answers[cell] for cell in permitted] if permitted else list(answers.values())
    rules = sorted({rule for answer in used for rule in answer.rules}) or list(claim.rules)
    if not permitted and DEFAULT_DENY in rules:
        # Whoever has no right to a single record is told that, not what markings there are.
        rules = [DEFAULT_DENY]
    decision = Decision(
        allowed=bool(permitted) or not cells, rules=tuple(rules), policy_hash=policy.hash
    )
    return _Scope(
        action=action, cells=permitted, everything=len(permitted) == len(cells), decision=decision
    )


def _whole(answers: Iterable[Decision], policy_hash: str) -> Decision:
    """Return the one decision on something made from many cells: a single refusal refuses it."""
    held = list(answers)
    refused = [answer for answer in held if not answer.allowed]
    rules = sorted({rule for answer in refused or held for rule in answer.rules})
    return Decision(
        allowed=not refused, rules=tuple(rules) or ("made-from-nothing",), policy_hash=policy_hash
    )


def _plain(value: object) -> object:
    if isinstance(value, str | int | float | bool | None):
        return value
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return str(value)
