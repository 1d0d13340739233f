"""The lake: what machines write. Immutable loads, builds made from them, and one pointer.

    loads/<source>/<load>/   one per delivered file, never changed
    builds/<build>/          all loads merged, and what was derived from them
    CURRENT                  the build that readers open

A folder counts only once its manifest stands in it, and a build is published by writing `CURRENT`,
one small file. So a process killed at any moment leaves the previous build readable, and an object
store, which knows no rename of folders, can hold the same layout.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from puente.errors import Conflict, InvalidData, NotFound
from puente.i18n import gettext as _
from puente.store.builds import BuildWriter, Site
from puente.store.loads import (
    LoadInfo,
    LoadWriter,
    Origin,
    load_folder,
    load_id,
    read_load,
    standing,
)
from puente.store.place import POINTER, FolderPlace
from puente.store.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from sqlalchemy import Engine

    from puente.settings import Settings
    from puente.store.place import Place

__all__ = [
    "BuildWriter",
    "Lake",
    "LoadInfo",
    "LoadWriter",
    "Origin",
    "Snapshot",
    "load_id",
    "open_lake",
]

_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]*")


class Lake:
    """The loads and builds of one workspace.

    Attributes:
        place: where they lie.
        root: folder of this machine in which they are written and read.
        lock: lets one writer in at a time.
    """

    def __init__(
        self,
        where: Path | Place,
        *,
        memory_limit_mb: int = 1500,
        threads: int = 2,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.place: Place = FolderPlace(where) if isinstance(where, Path) else where
        self.root = self.place.root
        self.lock = self.place.lock
        self.memory_limit_mb = memory_limit_mb
        self.threads = threads
        self.clock = clock
        if self.place.has_leftovers() and self.lock.try_acquire():
            try:
                self.place.sweep()
            finally:
                self.lock.release()

    def loads(self) -> list[LoadInfo]:
        """Return the loads that stand, by source, then by date of delivery.

        Of a file that was read again in another way (a mapping was mended) the newest reading
        stands alone.

        Raises: InvalidData: a load's manifest is damaged.
        """
        said = self.place.manifests("loads").items()
        found = standing(read_load(self.place, folder, manifest) for folder, manifest in said)
        return sorted(found, key=lambda load: (load.source, load.published, load.load))

    def find_load(self, load: str, source: str) -> LoadInfo | None:
        """Return the load of that id, or None if it was never made."""
        folder = load_folder(source, load)
        manifest = self.place.manifest(folder)
        return None if manifest is None else read_load(self.place, folder, manifest)

    def begin_load(self, origin: Origin) -> LoadWriter:
        """Return a writer for one file. Nothing is kept unless it is published.

        Raises: Conflict: another process is writing to this lake, or the load stands already.
        """
        if self.find_load(origin.load, origin.source) is not None:
            raise Conflict(_("load {load} stands already").format(load=origin.load))
        with self._writing():
            return LoadWriter(self.place, origin, now=self.clock())

    def begin_build(
        self,
        *,
        loads: Collection[str] | None = None,
        now: datetime | None = None,
        keep: int = 3,
    ) -> BuildWriter:
        """Return a build in which the loads stand merged, ready to take derived artefacts.

        Args:
            loads: ids of the loads that it stands on; None is all of them.
            now: time of the build; None asks the lake's clock.
            keep: how many builds stand after publishing, this one included.

        Raises:
            Conflict: another process is writing to this lake.
            NotFound: a load that is not there.
        """
        clock = self.clock if now is None else lambda: now
        with self._writing():
            site = Site(
                place=self.place,
                clock=clock,
                memory_limit_mb=self.memory_limit_mb,
                threads=self.threads,
                keep=keep,
            )
            return BuildWriter(site, self._chosen(loads))

    def _chosen(self, wanted: Collection[str] | None) -> list[LoadInfo]:
        held = self.loads()
        if wanted is None:
            return held
        missing = set(wanted) - {load.load for load in held}
        if missing:
            raise NotFound(_("there is no load {load!r}").format(load=min(missing)))
        return [load for load in held if load.load in set(wanted)]

    def current(self) -> Snapshot | None:
        """Return the build that stands now, or None before the first one.

        Raises: InvalidData: the pointer names a build that is not there.
        """
        name = self.place.current()
        if name is None:
            return None
        try:
            return self.snapshot(name)
        except NotFound as error:
            raise InvalidData(error.message, file=POINTER) from None

    def snapshot(self, build: str) -> Snapshot:
        """Return the build of that id.

        Raises: NotFound: there is none.
        """
        missing = NotFound(_("there is no build {build!r}").format(build=build), build=build)
        if not _NAME.fullmatch(build):
            raise missing
        try:
            return Snapshot(id=build, path=self.place.hold(f"builds/{build}"))
        except NotFound:
            raise missing from None

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the lock for the block; whatever a dead writer left is removed first."""
        first = not self.lock.held
        with self.lock:
            if first:
                self.place.sweep()
            yield


def open_lake(
    settings: Settings, ledger: Callable[[], Engine], *, clock: Callable[[], datetime]
) -> Lake:
    """Return the lake that the settings name: a folder of the workspace, or an object store.

    Args:
        settings: of the node.
        ledger: gives the ledger, which lends its lock to the writers of an object store.
        clock: tells the time.

    Raises:
        InvalidData: an address that names no object store, or a bucket that is not there.
        SourceFailed: the object store cannot be reached.
    """
    where: Path | Place = settings.workspace / "lake"
    if settings.lake_url:
        from puente.store.objects import open_objects

        where = open_objects(settings, ledger)
    return Lake(
        where,
        memory_limit_mb=settings.memory_limit_mb,
        threads=settings.threads,
        clock=clock,
    )
