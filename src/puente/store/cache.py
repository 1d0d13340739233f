"""Copies of an object store's files on this machine, named by their content.

    blobs/<sha256>           every file once, whatever builds and loads it is part of
    loads/, builds/          the lake's folders, made of links to them; whole or not there
    new/                     folders while they are put together

A folder appears in one move, so that a reader meets a whole one or none.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from puente.errors import SourceFailed
from puente.i18n import gettext as _
from puente.store.disk import write_json
from puente.store.place import MANIFEST, remove_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

MB = 1_000_000
IN_USE_SECONDS = 3600.0
"""A folder that was opened within the last hour is not removed for want of room."""


class Cache:
    """The copies of one object store in one folder; safe for several processes."""

    def __init__(self, root: Path, *, most_mb: int, now: Callable[[], float] = time.time) -> None:
        """Open it.

        Args:
            root: its folder.
            most_mb: how much it may hold, in MB; what is in use is kept beyond that.
            now: tells the time, in seconds as the file system counts them.
        """
        self.root = root
        self._most = most_mb * MB
        self._now = now
        for folder in (root, *(root / name for name in ("loads", "builds", "blobs", "new"))):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def folder(self, name: str) -> Path | None:
        """Return the folder of that name if it is here, and note that it is in use."""
        path = self.root / name
        if not (path / MANIFEST).is_file():
            return None
        os.utime(path, (self._now(), self._now()))
        return path

    def has(self, digest: str) -> bool:
        """Return True if the file of that SHA-256 is here, and note that it is in use."""
        try:
            os.utime(self._blob(digest), (self._now(), self._now()))
        except FileNotFoundError:
            return False
        return True

    def keep(self, digest: str, size: int, parts: Iterable[bytes]) -> None:
        """Keep a file whose content comes in parts, if it is the one that was asked for.

        Raises: SourceFailed: it is shorter or longer, or another file.
        """
        handle, name = tempfile.mkstemp(dir=self.root / "new")
        held, hashed = 0, sha256()
        try:
            with os.fdopen(handle, "wb") as file:
                for part in parts:
                    file.write(part)
                    hashed.update(part)
                    held += len(part)
                file.flush()
                os.fsync(file.fileno())
            if held != size:
                raise SourceFailed(_("{held} of {size} bytes came").format(held=held, size=size))
            if hashed.hexdigest() != digest:
                raise SourceFailed(_("its content is not what was stored"))
            os.utime(name, (self._now(), self._now()))
            Path(name).replace(self._blob(digest))
        finally:
            Path(name).unlink(missing_ok=True)

    def assemble(self, name: str, manifest: Mapping[str, object], files: Mapping[str, str]) -> Path:
        """Return a folder made of files that are kept, named and given by their SHA-256."""
        aside = Path(tempfile.mkdtemp(dir=self.root / "new"))
        try:
            for file, digest in files.items():
                _link(self._blob(digest), aside / file)
            write_json(aside / MANIFEST, manifest)
            os.utime(aside, (self._now(), self._now()))
            target = self.root / name
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                aside.rename(target)
            except OSError:
                # Another process was faster with the same folder.
                if not (target / MANIFEST).is_file():
                    raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        return target

    def remove(self, name: str) -> None:
        """Remove a folder."""
        remove_folder(self.root / name)

    def trim(self, *, keep: Collection[str], builds: Collection[str]) -> None:
        """Remove builds that stand no more, then what was not used for longest, down to the bound.

        Args:
            keep: folders that stay in any case.
            builds: folders of the builds that stand.
        """
        # Another process may be removing the same: then it is gone, which is all that is wanted.
        with suppress(FileNotFoundError):
            self._trim(keep, builds)

    def _trim(self, keep: Collection[str], builds: Collection[str]) -> None:
        held = sorted(self._whole(), key=lambda path: path.stat().st_mtime)
        for path in held:
            if path.parent.name == "builds" and f"builds/{path.name}" not in builds:
                remove_folder(path)
        self._sweep()
        latest = self._now() - IN_USE_SECONDS
        for path in held:
            if self._size() <= self._most:
                return
            name = path.relative_to(self.root).as_posix()
            if path.is_dir() and name not in keep and path.stat().st_mtime < latest:
                remove_folder(path)
                self._sweep()

    def _blob(self, digest: str) -> Path:
        return self.root / "blobs" / digest

    def _whole(self) -> list[Path]:
        found = [*self.root.glob(f"builds/*/{MANIFEST}"), *self.root.glob(f"loads/*/*/{MANIFEST}")]
        return [path.parent for path in found]

    def _sweep(self) -> None:
        """Remove blobs that no folder links to, and what a dead process was putting together."""
        oldest = self._now() - IN_USE_SECONDS
        # Not the number of links: a backup on the same disk links to a file too.
        needed = {
            path.stat().st_ino
            for kind in ("loads", "builds")
            for path in (self.root / kind).rglob("*")
        }
        for path in (self.root / "blobs").iterdir():
            state = path.stat()
            # One that was just fetched waits to be linked by its process.
            if state.st_ino not in needed and state.st_mtime < oldest:
                path.unlink(missing_ok=True)
        for path in (self.root / "new").iterdir():
            if path.stat().st_mtime < oldest:
                shutil.rmtree(path, ignore_errors=True)
                path.unlink(missing_ok=True)

    def _size(self) -> int:
        sizes: dict[int, int] = {}
        for folder in ("loads", "builds", "blobs"):
            for path in (self.root / folder).rglob("*"):
                state = path.stat()
                sizes[state.st_ino] = state.st_size
        return sum(sizes.values())


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        # A file system without links: the folder holds copies.
        shutil.copyfile(source, target)
