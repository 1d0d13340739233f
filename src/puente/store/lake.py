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
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from puente.errors import Conflict, InvalidData, NotFound
from puente.i18n import gettext as _
from puente.store.builds import BuildWriter, Site
from puente.store.disk import FolderLock
from puente.store.loads import MANIFEST, LoadInfo, LoadWriter, Origin, load_id, read_load, standing
from puente.store.snapshot import POINTER, Snapshot, list_snapshots

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

__all__ = ["BuildWriter", "Lake", "LoadInfo", "LoadWriter", "Origin", "Snapshot", "load_id"]

_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]*")


class Lake:
    """The folder of loads and builds of one workspace."""

    def __init__(
        self,
        root: Path,
        *,
        memory_limit_mb: int = 1500,
        threads: int = 2,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.root = root
        self.memory_limit_mb = memory_limit_mb
        self.threads = threads
        self.clock = clock
        for folder in (root, root / "loads", root / "builds"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.lock = FolderLock(root / "LOCK")
        if self._unfinished() and self.lock.try_acquire():
            self._sweep()
            self.lock.release()

    def loads(self) -> list[LoadInfo]:
        """Return the loads that stand, by source, then by date of delivery.

        Of a file that was read again in another way (a mapping was mended) the newest reading
        stands alone.

        Raises: InvalidData: a load's manifest is damaged.
        """
        found = [
            read_load(path.parent) for path in (self.root / "loads").glob(f"[!.]*/[!.]*/{MANIFEST}")
        ]
        return sorted(standing(found), key=lambda load: (load.source, load.published, load.load))

    def find_load(self, load: str, source: str) -> LoadInfo | None:
        """Return the load of that id, or None if it was never made."""
        folder = self.root / "loads" / source / load
        return read_load(folder) if (folder / MANIFEST).is_file() else None

    def begin_load(self, origin: Origin) -> LoadWriter:
        """Return a writer for one file. Nothing is kept unless it is published.

        Raises: Conflict: another process is writing to this lake, or the load stands already.
        """
        if self.find_load(origin.load, origin.source) is not None:
            raise Conflict(_("load {load} stands already").format(load=origin.load))
        with self._writing():
            folder = self.root / "loads" / origin.source / origin.load
            folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            return LoadWriter(folder, origin, lock=self.lock, now=self.clock())

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
                root=self.root,
                lock=self.lock,
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
        pointer = self.root / POINTER
        try:
            name = pointer.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        try:
            return self.snapshot(name)
        except NotFound as error:
            raise InvalidData(error.message, file=pointer) from None

    def snapshot(self, build: str) -> Snapshot:
        """Return the build of that id.

        Raises: NotFound: there is none.
        """
        path = self.root / "builds" / build
        if not _NAME.fullmatch(build) or not (path / MANIFEST).is_file():
            raise NotFound(_("there is no build {build!r}").format(build=build), build=build)
        return Snapshot(id=build, path=path)

    def snapshots(self) -> list[Snapshot]:
        """Return every build that stands, oldest first."""
        return list_snapshots(self.root)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the lock for the block; whatever a dead writer left is removed first."""
        first = not self.lock.held
        with self.lock:
            if first:
                self._sweep()
            yield

    def _unfinished(self) -> list[Path]:
        builds = [
            path for path in (self.root / "builds").iterdir() if not (path / MANIFEST).is_file()
        ]
        loads = (self.root / "loads").glob("*/.*")
        return [*builds, *loads]

    def _sweep(self) -> None:
        for path in self._unfinished():
            shutil.rmtree(path, ignore_errors=True)
