"""One node, opened: its settings, its lake and ledger, its guard. The only composition root."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from puente.errors import Conflict, InvalidData, NotFound
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    from sqlalchemy import Engine

    from puente.guard.actors import Actor, Purpose
    from puente.guard.api_keys import ApiKeys
    from puente.guard.audit import AuditLog
    from puente.guard.gate import Guard
    from puente.guard.policy import Policy
    from puente.guard.users import Users
    from puente.guard.view import View
    from puente.ingest.source import Source
    from puente.settings import Settings
    from puente.store.lake import Lake
    from puente.store.snapshot import Snapshot

KEY_FILE = "key"
RESTORING = ".restoring"
"""Stands in a workspace while a backup is being restored into it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """What has been loaded of one source: counts and dates, no contents.

    Attributes:
        source: its name.
        deliveries: loads of it.
        published: date of the newest delivery, ISO.
        dated: False where that is the time of the copy and says nothing of its age.
        loaded_at: when it was loaded last, ISO UTC.
        rows, loaded, rejected: records over all deliveries.
    """

    source: str
    deliveries: int
    published: str
    dated: bool
    loaded_at: str
    rows: int
    loaded: int
    rejected: int


class Workspace:
    """A node's folder, opened. Its parts are opened when they are first asked for."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self.settings = settings
        self._clock = clock

    @classmethod
    def open(cls, settings: Settings, *, clock: Callable[[], datetime] | None = None) -> Workspace:
        """Return the workspace that the settings name; the folder is made where there is none.

        Args:
            settings: of the node.
            clock: tells the time, UTC; None is the machine's.

        Raises:
            InvalidData: the place cannot hold a workspace.
            Conflict: a backup was restored into it in part.
        """
        if clock is None:
            from datetime import UTC, datetime

            def clock() -> datetime:
                return datetime.now(UTC)

        try:
            settings.workspace.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise InvalidData(
                _("cannot be a workspace: {error}").format(error=error.strerror),
                file=settings.workspace,
            ) from None
        if (settings.workspace / RESTORING).exists():
            raise Conflict(
                _("{folder} was restored in part; run the restore again").format(
                    folder=settings.workspace
                )
            )
        return cls(settings, clock)

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write what the log still gathers and let go of the ledger."""
        if "audit" in self.__dict__:
            self.audit.close()
        if "ledger" in self.__dict__:
            self.ledger.dispose()

    @cached_property
    def lake(self) -> Lake:
        """The lake: loads and builds."""
        from puente.store.lake import open_lake

        return open_lake(self.settings, lambda: self.ledger, clock=self._clock)

    @cached_property
    def ledger(self) -> Engine:
        """The ledger: what people decide."""
        from puente.store.ledger import open_ledger

        return open_ledger(self.settings)

    @cached_property
    def policy(self) -> Policy:
        """The rules of who may see what."""
        from puente.guard.policy import Policy

        return Policy.packaged()

    @cached_property
    def audit(self) -> AuditLog:
        """The log of every look.

        Raises: Conflict: the ledger's log was begun with a key that is not here.
        """
        from puente.guard.audit import AuditLog
        from puente.guard.seal import Sealer, open_secret
        from puente.guard.stored_tree import has_rows

        key = self.settings.workspace / KEY_FILE
        if not key.exists() and has_rows(self.ledger):
            # A new key would neither open the log's sealed values nor fit its signed heads.
            raise Conflict(
                _(
                    "the ledger's log needs the key of the node that began it: put it at {path}"
                ).format(path=key),
            )
        return AuditLog(self.ledger, Sealer(open_secret(key)), clock=self._clock)

    @cached_property
    def users(self) -> Users:
        """Accounts and sessions."""
        from puente.guard.users import Users

        return Users(
            self.ledger,
            self.audit,
            clock=self._clock,
            session_minutes=self.settings.session_minutes,
        )

    @cached_property
    def api_keys(self) -> ApiKeys:
        """Keys of programs."""
        from puente.guard.api_keys import ApiKeys

        return ApiKeys(self.ledger, self.audit, self.policy, clock=self._clock)

    @cached_property
    def guard(self) -> Guard:
        """The policy and the log together, as Views need them."""
        from puente.guard.gate import Guard

        return Guard(policy=self.policy, audit=self.audit)

    def view(
        self, actor: Actor, purpose: Purpose, snapshot: Snapshot | None = None, action: str = ""
    ) -> View:
        """Return the View of `actor` for `purpose` over the current build, or the one named.

        Raises:
            NotAllowed: the policy refuses it.
            NotFound: nothing has been built yet.
        """
        from puente.guard.view import open_view

        return open_view(self.lake, self.guard, actor, purpose, snapshot, action)

    def system_view(self, build_path: Path | None = None) -> View:
        """Return the pipeline's View, of the current build or of one that is being made.

        Args:
            build_path: folder of an unfinished build of this lake.

        Raises: NotFound: there is no build, or that folder holds none.
        """
        from puente.guard.actors import BUILD, PIPELINE
        from puente.store.snapshot import Snapshot

        snapshot = None
        if build_path is not None:
            inside = build_path.resolve().parent == (self.lake.root / "builds").resolve()
            if not inside or not (build_path / "cells.parquet").is_file():
                raise NotFound(_("there is no build in {folder}").format(folder=build_path))
            snapshot = Snapshot(id=build_path.name, path=build_path, finished=False)
        return self.view(PIPELINE, BUILD, snapshot)

    def known_sources(self) -> tuple[Source, ...]:
        """Return the sources this node reads: the shipped ones, and its own mappings.

        A node's own mappings are the YAML files in the `mappings` folder of its workspace.

        Raises: InvalidData: a mapping at fault, or one that takes the name of another source.
        """
        from puente.ingest.sources import all_sources

        own = self.settings.workspace / "mappings"
        found = all_sources(own if own.is_dir() else None)
        names = [source.info.name for source in found]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InvalidData(_("two sources are called {name!r}").format(name=twice[0]), file=own)
        return found

    def sources(self) -> list[SourceStatus]:
        """Return what has been loaded of each source, by name. No contents, so no View."""
        found: dict[str, SourceStatus] = {}
        for load in self.lake.loads():
            before = found.get(load.source)
            newest = max(
                (load.published, load.dated),
                (before.published, before.dated) if before else ("", False),
            )
            found[load.source] = SourceStatus(
                source=load.source,
                deliveries=1 + (before.deliveries if before else 0),
                published=newest[0],
                dated=newest[1],
                loaded_at=max(load.loaded_at, before.loaded_at if before else ""),
                rows=load.rows + (before.rows if before else 0),
                loaded=load.loaded + (before.loaded if before else 0),
                rejected=load.rejected + (before.rejected if before else 0),
            )
        return [found[name] for name in sorted(found)]
