"""The folder that a backup is: its files, and a manifest that is written last.

    backup.json              what it holds, with size and SHA-256 of every file
    ledger/<table>.parquet   the ledger (`dump`)
    lake/loads/…, builds/…   the lake's folders, as they stand
    mappings/*.yaml          the node's own sources
    key                      the node's key, where it was asked for

A folder without the manifest is no backup. What the manifest names and the folder lacks, or holds
otherwise, makes the whole useless: it is refused, never restored in part.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from puente.errors import Conflict, InvalidData, NotFound
from puente.i18n import gettext as _
from puente.store.disk import sync_file, sync_folder, write_json
from puente.store.place import MANIFEST, file_sha256, note_files, read_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.store.place import Place

NAME = "backup.json"
STARTED = ".unfinished"
"""Marks a folder that a backup was begun in, so that the next may begin anew there."""

_TRIES = 20


@dataclass(slots=True, kw_only=True)
class Archive:
    """A backup in the making.

    Attributes:
        folder: where it is written.
        files: size and SHA-256 of what was written, by path from the folder.
        linked: files that share their bytes with the node's, on one disk.
    """

    folder: Path
    files: dict[str, dict[str, object]] = field(default_factory=dict)
    linked: int = 0

    @classmethod
    def begin(cls, folder: Path) -> Archive:
        """Return a backup to be written into a folder that is new, empty, or was left half done.

        Raises: Conflict: the folder holds something else.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        held = [path for path in folder.iterdir() if path.name != STARTED]
        if held and (not (folder / STARTED).is_file() or (folder / NAME).exists()):
            raise Conflict(_("{folder} is not empty").format(folder=folder))
        (folder / STARTED).touch(mode=0o600)
        for path in held:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return cls(folder=folder)

    def sub(self, name: str) -> Path:
        """Return a folder of that name in it, made."""
        path = self.folder
        for part in PurePosixPath(name).parts:
            path /= part
            path.mkdir(exist_ok=True, mode=0o700)
        return path

    def note(self, name: str) -> None:
        """Take the files that were written to a folder of it into the manifest."""
        for file, note in note_files(self.folder / name).items():
            self.files[f"{name}/{file}"] = note

    def copy(self, source: Path, name: str) -> None:
        """Copy one file into it, readable by its owner alone."""
        target = self.folder / name
        self.sub(str(PurePosixPath(name).parent))
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(source.read_bytes())
        sync_file(target)
        self.files[name] = {"bytes": target.stat().st_size, "sha256": file_sha256(target)}

    def copy_lake(self, place: Place) -> dict[str, object]:
        """Copy what stands in a lake while others go on writing; return what was copied.

        The build that readers open comes first, then the loads, then older builds. An older build
        that is removed meanwhile is left out.

        Raises: InvalidData: a file of the lake is not what it was when it was written.
        """
        current = None
        for _attempt in range(_TRIES):
            current = place.current()
            if current is None or self._copied(place, f"builds/{current}"):
                break
        else:
            raise Conflict(_("builds are published faster than they can be copied"))
        builds = [] if current is None else [f"builds/{current}"]
        loads = [name for name in place.standing("loads") if self._copied(place, name)]
        # A build that was published meanwhile is newer than what readers open in the copy.
        older = [name for name in place.standing("builds") if builds and name < builds[0]]
        builds += [name for name in older if self._copied(place, name)]
        return {"current": current, "loads": loads, "builds": sorted(builds)}

    def _copied(self, place: Place, name: str) -> bool:
        linked = self.linked
        try:
            source = place.hold(name)
            noted = read_json(source / MANIFEST)["files"]
            target = self.sub(f"lake/{name}")
            for file in sorted([*noted, MANIFEST]):
                self._link(source / file, target / file)
                found = file_sha256(target / file)
                if file != MANIFEST and found != noted[file]["sha256"]:
                    raise InvalidData(
                        _("is not what it was when it was written"), file=source / file
                    )
                size = (target / file).stat().st_size
                self.files[f"lake/{name}/{file}"] = {"bytes": size, "sha256": found}
        except (FileNotFoundError, NotFound, InvalidData) as error:
            if name in place.standing(name.partition("/")[0]):
                if isinstance(error, InvalidData):
                    raise
                raise InvalidData(_("lacks a file"), file=place.root / name) from error
            shutil.rmtree(self.folder / "lake" / name, ignore_errors=True)
            prefix = f"lake/{name}/"
            self.files = {k: v for k, v in self.files.items() if not k.startswith(prefix)}
            self.linked = linked
            return False
        return True

    def _link(self, source: Path, target: Path) -> None:
        try:
            os.link(source, target)
            self.linked += 1
        except FileNotFoundError:
            raise
        except OSError:
            # Another disk, or one without links.
            shutil.copyfile(source, target)
            sync_file(target)

    def finish(self, manifest: Mapping[str, object]) -> None:
        """Write the manifest; from here on the folder is a backup."""
        for path in self.folder.rglob("*"):
            if path.is_dir():
                sync_folder(path)
        write_json(self.folder / NAME, manifest)
        (self.folder / STARTED).unlink()


def read_archive(folder: Path) -> Mapping[str, Any]:
    """Return the manifest of a backup, every file of which was found as it was written.

    Raises:
        NotFound: the folder holds no finished backup.
        InvalidData: it is damaged or incomplete.
    """
    if not (folder / NAME).is_file():
        raise NotFound(_("{folder} holds no finished backup").format(folder=folder))
    manifest = read_json(folder / NAME)
    files = manifest.get("files")
    if manifest.get("format") != 1 or not isinstance(files, dict):
        raise InvalidData(_("is no backup that this version can read"), file=folder / NAME)
    for name, note in files.items():
        if not _is_inside(name):
            raise InvalidData(_("names a file outside of the backup"), file=folder / NAME)
        path = folder / name
        if not path.is_file():
            raise InvalidData(_("is missing from the backup"), file=path)
        found = {"bytes": path.stat().st_size, "sha256": file_sha256(path)}
        if found != note:
            raise InvalidData(_("is damaged"), file=path)
    return manifest


def restore_lake(folder: Path, place: Place, lake: Mapping[str, Any]) -> None:
    """Put the lake of a backup into a place that holds none; what readers open comes last.

    What an earlier try put there already is left as it is.

    Raises: Conflict: the place holds something else, or another process writes to it.
    """
    wanted = [*lake["loads"], *lake["builds"]]
    with place.lock:
        place.sweep()
        held = {*place.standing("loads"), *place.standing("builds")}
        if held - set(wanted) or place.current() not in {None, lake["current"]}:
            raise Conflict(_("the lake holds something already; restore into an empty one"))
        for name in wanted:
            manifest = read_json(folder / "lake" / name / MANIFEST)
            if name not in held:
                _put(folder / "lake" / name, place, name, manifest)
            elif place.manifest(name) != manifest:
                raise Conflict(_("the lake holds something already; restore into an empty one"))
        if lake["current"]:
            place.make_current(lake["current"])


def _put(source: Path, place: Place, name: str, manifest: Mapping[str, Any]) -> None:
    written = place.root / name
    if name.startswith("loads/"):
        written = written.with_name(f".{written.name}")
    written.mkdir(parents=True, mode=0o700)
    for file in manifest["files"]:
        shutil.copyfile(source / file, written / file)
    place.publish(written, name, manifest)


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name
