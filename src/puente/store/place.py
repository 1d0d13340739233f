"""The ground that a lake stands on: a folder of this machine, or an object store (`objects`).

What stands is named by folders, `loads/<source>/<load>` and `builds/<build>`, each of which counts
once its manifest stands in it; and by `CURRENT`, which names the build that readers open.
"""

from __future__ import annotations

import json
import shutil
from hashlib import file_digest
from typing import TYPE_CHECKING, Any, Protocol

from puente.errors import Conflict, InvalidData, NotFound
from puente.i18n import gettext as _
from puente.store.disk import FolderLock, sync_file, sync_folder, write_json, write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from puente.store.locks import WriterLock

MANIFEST = "manifest.json"
POINTER = "CURRENT"
"""Name of the one file that says which build readers open."""

KINDS: Mapping[str, str] = {"loads": "[!.]*/[!.]*", "builds": "[!.]*"}
"""What stands in a lake, and how deep below its name."""


class Place(Protocol):
    """Where the folders of one lake lie. On this machine they are written and read below `root`."""

    @property
    def root(self) -> Path:
        """Return the folder in which unfinished work is written and what stands is read."""
        ...

    @property
    def lock(self) -> WriterLock:
        """Return the lock of the lake's one writer."""
        ...

    def standing(self, kind: str) -> list[str]:
        """Return the folders that stand, sorted; `kind` is `loads` or `builds`."""
        ...

    def manifest(self, folder: str) -> Mapping[str, Any] | None:
        """Return what a folder says of itself; None where it does not stand."""
        ...

    def manifests(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """Return what every folder that stands says of itself, by its name."""
        ...

    def hold(self, folder: str) -> Path:
        """Return a folder that stands as files of this machine, whole.

        Raises: NotFound: it does not stand.
        """
        ...

    def publish(self, written: Path, folder: str, manifest: Mapping[str, object]) -> None:
        """Make what was written stand as `folder`. The manifest's `files` names what is in it.

        Raises: Conflict: it stands already, or the lock was lost.
        """
        ...

    def current(self) -> str | None:
        """Return the build that readers open, or None before the first one."""
        ...

    def make_current(self, build: str) -> None:
        """Make a build that stands the one that readers open."""
        ...

    def remove(self, folder: str) -> None:
        """Remove a folder; it stops to stand before its files go."""
        ...

    def has_leftovers(self) -> bool:
        """Return True if this machine holds what a dead writer left."""
        ...

    def sweep(self) -> None:
        """Remove whatever does not stand. For whoever holds the lock and writes nothing."""
        ...


class FolderPlace:
    """A lake in a folder of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in (root, *(root / kind for kind in KINDS)):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.lock = FolderLock(root / "LOCK")

    def standing(self, kind: str) -> list[str]:
        """Return the folders that stand, sorted; `kind` is `loads` or `builds`."""
        found = (self.root / kind).glob(f"{KINDS[kind]}/{MANIFEST}")
        return sorted(path.parent.relative_to(self.root).as_posix() for path in found)

    def manifest(self, folder: str) -> Mapping[str, Any] | None:
        """Return what a folder says of itself; None where it does not stand.

        Raises: InvalidData: its manifest is damaged.
        """
        path = self.root / folder / MANIFEST
        return read_json(path) if path.is_file() else None

    def manifests(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """Return what every folder that stands says of itself, by its name.

        Raises: InvalidData: a manifest is damaged.
        """
        return {name: read_json(self.root / name / MANIFEST) for name in self.standing(kind)}

    def hold(self, folder: str) -> Path:
        """Return where a folder lies.

        Raises: NotFound: it does not stand.
        """
        if not (self.root / folder / MANIFEST).is_file():
            raise NotFound(_("there is no {folder} in the lake").format(folder=folder))
        return self.root / folder

    def publish(self, written: Path, folder: str, manifest: Mapping[str, Any]) -> None:
        """Make what was written stand as `folder`.

        Raises: Conflict: it stands already.
        """
        target = self.root / folder
        for name in manifest["files"]:
            sync_file(written / name)
        if written != target and target.exists():
            raise Conflict(_("{folder} stands already").format(folder=folder))
        write_json(written / MANIFEST, manifest)
        if written != target:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            written.rename(target)
        sync_folder(target.parent)

    def current(self) -> str | None:
        """Return the build that readers open, or None before the first one."""
        try:
            return (self.root / POINTER).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None

    def make_current(self, build: str) -> None:
        """Make a build that stands the one that readers open."""
        write_whole(self.root / POINTER, f"{build}\n".encode())

    def remove(self, folder: str) -> None:
        """Remove a folder; it stops to stand before its files go."""
        remove_folder(self.root / folder)

    def has_leftovers(self) -> bool:
        """Return True if a dead writer left something."""
        return bool(leftovers(self.root))

    def sweep(self) -> None:
        """Remove whatever does not stand."""
        for path in leftovers(self.root):
            shutil.rmtree(path, ignore_errors=True)


def note_files(folder: Path) -> dict[str, dict[str, object]]:
    """Return size and SHA-256 of every file of a folder by name; hidden ones are left out."""
    return {
        path.name: {"bytes": path.stat().st_size, "sha256": file_sha256(path)}
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.startswith(".") and path.name != MANIFEST
    }


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as handle:
        return file_digest(handle, "sha256").hexdigest()


def read_json(path: Path) -> Mapping[str, Any]:
    """Return the JSON object that a file holds.

    Raises: InvalidData: it cannot be read, or holds something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidData(_("cannot be read: {error}").format(error=error), file=path) from None
    if not isinstance(content, dict):
        raise InvalidData(_("is no JSON object"), file=path)
    return content


def remove_folder(path: Path) -> None:
    """Remove a folder of this machine; without its manifest the rest can go in any order."""
    (path / MANIFEST).unlink(missing_ok=True)
    shutil.rmtree(path, ignore_errors=True)


def leftovers(root: Path) -> list[Path]:
    """Return what a dead writer left below `root`: builds without manifest, loads set aside."""
    builds = [path for path in (root / "builds").iterdir() if not (path / MANIFEST).is_file()]
    return [*builds, *(root / "loads").glob("*/.*")]
