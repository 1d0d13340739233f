"""A lake in an object store: the same layout below a prefix, with copies on this machine.

An object store knows neither folders nor renames. What is written is put together on this machine,
sent file by file, and stands once its manifest, sent last, is there. What is read is fetched once,
held against the SHA-256 in the manifest, and kept (`cache`).

Source: Amazon S3 API reference: a PUT is seen whole or not at all, and by every later read.
Limits: writers on several machines need a PostgreSQL ledger, whose lock they share. An upload of
    a large file that was cut off stays in the store unseen; a lifecycle rule of the bucket
    (AbortIncompleteMultipartUpload) removes it.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import fs

from puente.errors import Conflict, InvalidData, NotFound, SourceFailed
from puente.i18n import gettext as _
from puente.store.address import endpoint_of, is_tame, root_of
from puente.store.cache import Cache
from puente.store.disk import FolderLock, sync_file, write_json
from puente.store.locks import LedgerLock
from puente.store.place import KINDS, MANIFEST, POINTER, leftovers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from sqlalchemy import Engine

    from puente.settings import Settings
    from puente.store.locks import WriterLock

_log = logging.getLogger(__name__)

BLOCK = 4 << 20
POINTER_SECONDS = 1.0
"""How long an answer to "which build is current" is good for: pages ask it on every request."""

_FILE = re.compile(r"[0-9A-Za-z_][0-9A-Za-z_.-]{0,200}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def open_objects(settings: Settings, ledger: Callable[[], Engine]) -> ObjectPlace:
    """Return the place that `lake_url` names. Credentials are the environment's (AWS_*), as usual.

    Raises:
        InvalidData: an address that names no object store, or a bucket that is not there.
        SourceFailed: the object store cannot be reached.
    """
    root = root_of(settings.lake_url)
    endpoint = endpoint_of(settings.lake_endpoint)
    region = settings.lake_region or os.environ.get("AWS_REGION") or None
    store = fs.S3FileSystem(
        endpoint_override=endpoint or None,
        region=region or ("us-east-1" if endpoint else None),
        # Small files then go in one request, which is seen whole or not at all.
        allow_delayed_open=True,
        connect_timeout=5,
        request_timeout=30,
    )
    cache = Cache(settings.workspace / "cache", most_mb=settings.cache_mb)
    lock: WriterLock = FolderLock(cache.root / "LOCK")
    if settings.ledger_url.startswith("postgres"):
        lock = LedgerLock(ledger, f"lake {root}")
    return ObjectPlace(store, root, cache=cache, lock=lock)


class ObjectPlace:
    """A lake below one prefix of a bucket."""

    def __init__(
        self,
        store: fs.FileSystem,
        prefix: str,
        *,
        cache: Cache,
        lock: WriterLock,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open it.

        Args:
            store: the object store.
            prefix: bucket, and what the names of all objects begin with.
            cache: holds copies of its files.
            lock: of its writers.
            now: tells how much time has passed, in seconds.

        Raises:
            InvalidData: there is no such bucket.
            SourceFailed: the object store cannot be reached.
        """
        self._store = store
        self._prefix = prefix
        self._cache = cache
        self._now = now
        self._asked = float("-inf")
        self._current: str | None = None
        self._listed: dict[str, list[str]] = {}
        self._known: dict[str, Mapping[str, Any]] = {}
        self._fetching = threading.Lock()
        self.root = cache.root
        self.lock = lock
        bucket = prefix.partition("/")[0]
        with _asking():
            found = store.get_file_info(bucket).type != fs.FileType.NotFound
        if not found:
            # It would read as an empty lake, and a build on nothing would be published.
            raise InvalidData(_("there is no bucket {name!r}").format(name=bucket))

    def standing(self, kind: str) -> list[str]:
        """Return the folders that stand, sorted; `kind` is `loads` or `builds`."""
        if self.lock.held and kind in self._listed:
            # Nobody else adds to it meanwhile.
            return self._listed[kind]
        names = self._names(kind)
        found = sorted(_folder_of(name) for name in names if name.endswith(f"/{MANIFEST}"))
        self._listed[kind] = found
        return list(found)

    def manifest(self, folder: str) -> Mapping[str, Any] | None:
        """Return what a folder says of itself; None where it does not stand.

        Raises:
            InvalidData: its manifest is damaged.
            SourceFailed: the object store cannot be reached.
        """
        content = self._get(f"{folder}/{MANIFEST}")
        if content is None:
            return None
        self._known[folder] = _checked(content, self._shown(f"{folder}/{MANIFEST}"))
        return self._known[folder]

    def manifests(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """Return what every folder that stands says of itself, by its name.

        Raises:
            InvalidData: a manifest is damaged.
            SourceFailed: the object store cannot be reached.
        """
        found: dict[str, Mapping[str, Any]] = {}
        for folder in self.standing(kind):
            # A manifest never changes, so it is read once.
            said = self._known.get(folder) or self.manifest(folder)
            if said is not None:
                found[folder] = said
        return found

    def hold(self, folder: str) -> Path:
        """Return copies of a folder's files on this machine; what is missing is fetched.

        Raises:
            NotFound: it does not stand.
            SourceFailed: the object store cannot be reached, or sends what was never stored.
        """
        held = self._cache.folder(folder)
        if held is not None:
            return held
        with self._fetching:
            held = self._cache.folder(folder)
            if held is not None:
                return held
            manifest = self.manifest(folder)
            if manifest is None:
                raise NotFound(_("there is no {folder} in the lake").format(folder=folder))
            digests = {name: str(note["sha256"]) for name, note in manifest["files"].items()}
            for name, note in manifest["files"].items():
                if not self._cache.has(digests[name]):
                    self._fetch(f"{folder}/{name}", digests[name], int(note["bytes"]))
            held = self._cache.assemble(folder, manifest, digests)
            _log.info("fetched folder=%s files=%d", folder, len(digests))
            self._trim(folder)
        return held

    def publish(self, written: Path, folder: str, manifest: Mapping[str, Any]) -> None:
        """Send what was written, its manifest last.

        Raises:
            Conflict: it stands already, or the lock was lost.
            SourceFailed: the object store did not take all of it; it then does not stand.
        """
        if self.manifest(folder) is not None:
            raise Conflict(_("{folder} stands already").format(folder=folder))
        for name in manifest["files"]:
            sync_file(written / name)
            self._send(written / name, f"{folder}/{name}")
        self._check_sent(folder, manifest["files"])
        self.lock.confirm()
        write_json(written / MANIFEST, manifest)
        self._put(f"{folder}/{MANIFEST}", (written / MANIFEST).read_bytes())
        self._known[folder] = manifest
        for kind in self._listed:
            if folder.startswith(f"{kind}/"):
                self._listed[kind] = sorted([*self._listed[kind], folder])
        target = self.root / folder
        if written != target:
            shutil.rmtree(target, ignore_errors=True)
            written.rename(target)

    def current(self) -> str | None:
        """Return the build that readers open, or None before the first one.

        Raises: SourceFailed: the object store cannot be reached.
        """
        if self._now() - self._asked > POINTER_SECONDS:
            content = self._get(POINTER)
            self._current = None if content is None else content.decode("ascii", "replace").strip()
            self._asked = self._now()
        return self._current

    def make_current(self, build: str) -> None:
        """Make a build that stands the one that readers open.

        Raises: SourceFailed: the object store did not take it.
        """
        self._asked = float("-inf")
        self._put(POINTER, f"{build}\n".encode())
        self._trim(f"builds/{build}")

    def remove(self, folder: str) -> None:
        """Remove a folder; it stops to stand before its files go.

        Raises: SourceFailed: the object store did not do it.
        """
        self._known.pop(folder, None)
        self._listed.clear()
        self._delete(folder)
        self._cache.remove(folder)

    def has_leftovers(self) -> bool:
        """Return True if a dead writer left something on this machine."""
        return bool(leftovers(self.root))

    def sweep(self) -> None:
        """Remove whatever does not stand, here and in the store.

        Raises: SourceFailed: the object store cannot be reached.
        """
        self._listed.clear()
        for kind in KINDS:
            names = self._names(kind)
            whole = {_folder_of(name) for name in names if name.endswith(f"/{MANIFEST}")}
            self._listed[kind] = sorted(whole)
            for folder in {_folder_of(name) for name in names} - whole:
                self._delete(folder)
        for path in leftovers(self.root):
            shutil.rmtree(path, ignore_errors=True)

    def _trim(self, keep: str) -> None:
        """Make room among the copies. What was asked for is done, whatever comes of that."""
        try:
            self._cache.trim(keep={keep}, builds=self.standing("builds"))
        except (OSError, SourceFailed) as error:
            _log.warning("no room made among the copies: %s", type(error).__name__)

    def _names(self, kind: str) -> list[str]:
        """Return the names of all files of the folders of a kind."""
        selector = fs.FileSelector(self._full(kind), recursive=True, allow_not_found=True)
        with _asking():
            found = self._store.get_file_info(selector)
        start = len(self._prefix) + 1
        names = [info.path[start:] for info in found if info.type == fs.FileType.File]
        depth = KINDS[kind].count("/") + 2
        return [name for name in names if name.count("/") == depth and is_tame(name)]

    def _fetch(self, name: str, digest: str, size: int) -> None:
        try:
            self._cache.keep(digest, size, self._parts(name))
        except SourceFailed as error:
            raise SourceFailed(
                _("{file} in the object store: {reason}").format(
                    file=self._shown(name), reason=error.message
                ),
                file=self._shown(name),
            ) from error

    def _parts(self, name: str) -> Iterator[bytes]:
        try:
            with _asking():
                stream = self._store.open_input_stream(self._full(name))
        except FileNotFoundError:
            raise SourceFailed(_("is not there")) from None
        with stream:
            while True:
                with _asking():
                    part = stream.read(BLOCK)
                if not part:
                    return
                yield part

    def _get(self, name: str) -> bytes | None:
        try:
            with _asking(), self._store.open_input_stream(self._full(name)) as stream:
                return bytes(stream.read())
        except FileNotFoundError:
            return None

    def _put(self, name: str, content: bytes) -> None:
        with _asking(), self._store.open_output_stream(self._full(name)) as stream:
            stream.write(content)

    def _send(self, path: Path, name: str) -> None:
        with path.open("rb") as file, _asking():
            stream = self._store.open_output_stream(self._full(name))
            with stream:
                while part := file.read(BLOCK):
                    stream.write(part)

    def _check_sent(self, folder: str, files: Mapping[str, Mapping[str, object]]) -> None:
        with _asking():
            found = self._store.get_file_info(fs.FileSelector(self._full(folder)))
        sizes = {info.base_name: info.size for info in found}
        for name, note in files.items():
            if sizes.get(name) != note["bytes"]:
                raise SourceFailed(
                    _("the object store kept {held} of {size} bytes of {file}").format(
                        held=sizes.get(name, 0), size=note["bytes"], file=name
                    )
                )

    def _delete(self, folder: str) -> None:
        for delete, name in (
            (self._store.delete_file, f"{folder}/{MANIFEST}"),
            (self._store.delete_dir, folder),
        ):
            try:
                with _asking():
                    delete(self._full(name))
            except FileNotFoundError:
                continue

    def _full(self, name: str) -> str:
        return f"{self._prefix}/{name}"

    def _shown(self, name: str) -> str:
        return f"s3://{self._full(name)}"


@contextmanager
def _asking() -> Iterator[None]:
    """Turn what goes wrong between here and the store into words; what is not there stays so."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (OSError, pa.ArrowException) as error:
        reason = str(error).partition(" (Request ID")[0]
        raise SourceFailed(_("the object store fails: {reason}").format(reason=reason)) from error


def _folder_of(name: str) -> str:
    return name.rpartition("/")[0]


def _checked(content: bytes, shown: str) -> Mapping[str, Any]:
    """Return a manifest whose files have names that are safe to write, sizes and digests."""
    try:
        manifest = json.loads(content)
        sound = all(
            _FILE.fullmatch(name)
            and name != MANIFEST
            and _DIGEST.fullmatch(note["sha256"])
            and type(note["bytes"]) is int
            for name, note in manifest["files"].items()
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        sound = False
    if not sound:
        raise InvalidData(_("the manifest is damaged"), file=shown)
    found: Mapping[str, Any] = manifest
    return found
