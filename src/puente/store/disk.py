"""Files that survive a kill at any moment: written aside, forced to disk, then named."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from abc import ABC, abstractmethod
from typing import IO, TYPE_CHECKING

from puente.errors import Conflict
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self


def sync_file(path: Path) -> None:
    """Force a file's content to disk."""
    with path.open("rb+") as handle:
        os.fsync(handle.fileno())


def sync_folder(path: Path) -> None:
    """Force a folder's names to disk. Windows keeps no such promise and is left alone."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file so that a reader meets the old content or the new, never a part."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    aside.replace(path)
    sync_folder(path.parent)


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write a mapping as JSON with sorted keys, whole or not at all."""
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    write_whole(path, f"{text}\n".encode())


class OneWriter(ABC):
    """One writer at a time, over processes, whatever it is that keeps the others out.

    Re-entrant within one object, so that a load may run inside a build of the same process.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._mutex = threading.Lock()

    @property
    def held(self) -> bool:
        """Return True while this object holds the lock."""
        return self._depth > 0

    def acquire(self) -> None:
        """Take the lock.

        Raises: Conflict: another process holds it; says which.
        """
        if not self.try_acquire():
            holder = self._holder()
            raise Conflict(
                _("another process is writing to this workspace: {holder}").format(holder=holder),
                holder=holder,
            )

    def try_acquire(self) -> bool:
        """Take the lock if it is free; return whether it was taken."""
        with self._mutex:
            if self._depth == 0 and not self._take():
                return False
            self._depth += 1
            return True

    def release(self) -> None:
        """Give the lock back."""
        with self._mutex:
            self._depth -= 1
            if self._depth == 0:
                self._give_back()

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    @abstractmethod
    def _take(self) -> bool:
        """Take the lock from nobody; return whether it was free."""

    @abstractmethod
    def _give_back(self) -> None:
        """Let others have the lock."""

    @abstractmethod
    def _holder(self) -> str:
        """Return who has the lock, as `process_name` says it."""


def process_name() -> str:
    """Return what a writer is called to those whom it keeps out."""
    return f"process {os.getpid()} on {socket.gethostname()}"


class FolderLock(OneWriter):
    """Held by a file lock that dies with its process."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._handle: IO[bytes] | None = None

    def confirm(self) -> None:
        """Do nothing: a file lock that is held cannot be lost."""

    def _take(self) -> bool:
        handle = self._path.open("ab+")
        if not _lock(handle):
            handle.close()
            return False
        self._handle = handle
        handle.truncate(0)
        handle.write(process_name().encode())
        handle.flush()
        return True

    def _give_back(self) -> None:
        if self._handle is not None:
            _unlock(self._handle)
            self._handle.close()
            self._handle = None

    def _holder(self) -> str:
        try:
            return self._path.read_text(encoding="utf-8", errors="replace").strip() or "?"
        except OSError:
            return "?"


if sys.platform == "win32":
    import msvcrt

    # Windows locks bytes, not files: one byte far behind the text that names the holder.
    _BYTE = 1_000_000

    def _lock(handle: IO[bytes]) -> bool:
        handle.seek(_BYTE)
        try:
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(handle: IO[bytes]) -> None:
        handle.seek(_BYTE)
        msvcrt.locking(handle.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(handle: IO[bytes]) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(handle: IO[bytes]) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)
