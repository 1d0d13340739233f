"""A node kept safe: its ledger, its lake and, if asked for, its key, in one folder; and back.

A backup is taken while the node works. It holds the ledger as it was at one moment, whichever
database keeps it, and is restored into either. It is signed by the node and refused if a byte of
it is missing or altered. A restored log is recomputed, and must come to the root that it had.

Limits: a backup holds what the node holds, readable to whoever has the folder; keep it encrypted.
    The settings (puente.toml) are not in it: they name a place and its passwords.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from puente import __version__
from puente.errors import Conflict, InvalidData
from puente.guard.actors import BUILD, PIPELINE
from puente.guard.audit import AuditLog
from puente.guard.purges import check_purges, purge_again
from puente.guard.seal import Sealer, canonical_json, is_signed, open_secret
from puente.guard.stored_tree import stored_root
from puente.i18n import gettext as _
from puente.store.archive import NAME, Archive, read_archive, restore_lake
from puente.store.disk import write_whole
from puente.store.dump import dump_ledger, load_dump
from puente.store.lake import open_lake
from puente.store.ledger import fill_ledger, ledger_engine, reading, revisions_of
from puente.workspace import KEY_FILE, RESTORING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from puente.guard.purges import Purged
    from puente.guard.verify import AuditReport
    from puente.settings import Settings
    from puente.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """What a backup holds.

    Attributes:
        folder: where it lies.
        made_at: ISO time, UTC.
        tables: rows of the ledger by table.
        loads, builds: how many of the lake's; None where the lake was left out.
        files, bytes, linked: of all files; `linked` share their bytes with the node's.
        rows, root: of the log: how many, and the tree's root, hexadecimal.
        key: True if the node's key is in it.
    """

    folder: str
    made_at: str
    tables: Mapping[str, int]
    loads: int | None
    builds: int | None
    files: int
    bytes: int
    linked: int
    rows: int
    root: str
    key: bool

    def as_json(self) -> dict[str, object]:
        """Return the report as `puente backup --json` prints it."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreReport:
    """What came of a restore.

    Attributes:
        folder: the workspace.
        made_at: when the backup was made, ISO, UTC.
        tables: rows of the ledger by table.
        loads, builds: how many of the lake's; None where the backup has no lake.
        purged: values that were destroyed again; None where no list of purges was given.
        audit: what came of recomputing the restored log.
    """

    folder: str
    made_at: str
    tables: Mapping[str, int]
    loads: int | None
    builds: int | None
    purged: int | None
    audit: AuditReport

    def as_json(self) -> dict[str, object]:
        """Return the report as `puente restore --json` prints it."""
        values = {name: getattr(self, name) for name in self.__slots__ if name != "audit"}
        return {**values, "audit": self.audit.as_json()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """How a backup is to be restored.

    Attributes:
        key: file of the node's key; None takes the backup's, or that of the new workspace.
        without_key: go on without the key, and lose what only it can open.
        purges: what was purged since the backup; None where that is not known.
    """

    key: Path | None = None
    without_key: bool = False
    purges: Sequence[Purged] | None = None


def make_backup(
    workspace: Workspace,
    folder: Path,
    *,
    now: datetime,
    with_lake: bool = True,
    with_key: bool = False,
) -> BackupReport:
    """Write a backup of a node that goes on working; say what it holds.

    Args:
        workspace: the node, opened.
        folder: where to; new, empty, or left half done by an earlier try.
        now: time of the backup.
        with_lake: False leaves out the lake, for whoever keeps the object store safe otherwise.
        with_key: True puts the node's key in it. Without the key nobody can open the values that
            are sealed in the log, nor go on with it.

    Raises:
        Conflict: the folder holds something else.
        InvalidData: the lake holds a file that is not what it was.
    """
    archive = Archive.begin(folder)
    settings, sealer = workspace.settings, workspace.audit.sealer
    workspace.audit.record(PIPELINE, BUILD, "backup", ids=["key"] if with_key else [])
    workspace.audit.flush()
    # The ledger first: what is destroyed meanwhile is then at most gone from the lake's copy.
    with reading(workspace.ledger) as connection:
        tables = dump_ledger(connection, archive.sub("ledger"))
        revisions = revisions_of(connection)
        size, root = stored_root(connection)
    archive.note("ledger")
    lake = archive.copy_lake(workspace.lake.place) if with_lake else None
    for path in sorted((settings.workspace / "mappings").glob("*.yaml")):
        archive.copy(path, f"mappings/{path.name}")
    if with_key:
        archive.copy(settings.workspace / KEY_FILE, KEY_FILE)
    manifest: dict[str, Any] = {
        "format": 1,
        "puente": __version__,
        "made_at": now.isoformat(timespec="seconds"),
        "revisions": revisions,
        "tables": tables,
        "lake": lake,
        "audit": {"size": size, "root": root.hex(), "public_key": sealer.public_key.hex()},
        "key": with_key,
        "files": archive.files,
    }
    signature = sealer.sign(canonical_json(manifest)).hex()
    archive.finish({**manifest, "signature": signature})
    return BackupReport(
        folder=str(folder),
        made_at=manifest["made_at"],
        tables=tables,
        loads=_count(lake, "loads"),
        builds=_count(lake, "builds"),
        files=len(archive.files),
        bytes=sum(int(str(note["bytes"])) for note in archive.files.values()),
        linked=archive.linked,
        rows=size,
        root=root.hex(),
        key=with_key,
    )


def restore_backup(
    folder: Path, settings: Settings, how: Restore, *, clock: Callable[[], datetime]
) -> RestoreReport:
    """Restore a backup into a workspace that holds nothing yet; say what came of it.

    All of the backup is checked before anything is written. A restore that is cut off leaves a
    workspace that does not open; the same restore, run again, begins anew.

    Args:
        folder: the backup.
        settings: of the new node; its ledger may be in another database than the old one was.
        how: key and purges.
        clock: tells the time.

    Raises:
        NotFound: the folder holds no finished backup.
        InvalidData: the backup is damaged, its key is missing or another, or the purges are of
            another log.
        Conflict: the workspace, the ledger or the object store holds something already.
    """
    manifest = read_archive(folder)
    _check_signature(manifest, folder)
    secret = _secret(folder, settings, how, manifest)
    _prepare(settings)
    _restore_mappings(folder, settings, manifest)
    if secret is None:
        secret = open_secret(settings.workspace / KEY_FILE)
    else:
        write_whole(settings.workspace / KEY_FILE, secret.hex().encode() + b"\n")

    known: list[int] = []

    def fill(connection: Connection) -> None:
        load_dump(connection, folder / "ledger", manifest["tables"])
        if stored_root(connection) != _tree(manifest):
            raise InvalidData(_("the log is not the one that was backed up"), file=folder)
        known.extend(check_purges(connection, how.purges or ()))

    ledger = ledger_engine(settings)
    try:
        lake = open_lake(settings, lambda: ledger, clock=clock)
        if manifest["lake"] is not None:
            restore_lake(folder, lake.place, manifest["lake"])
        fill_ledger(ledger, settings, manifest["revisions"], fill)
        log = AuditLog(ledger, Sealer(secret), clock=clock)
        purged = None if how.purges is None else purge_again(log, known, (PIPELINE, BUILD))
        log.record(PIPELINE, BUILD, "restored", ids=[f"backup:{manifest['made_at']}"])
        audit = log.verify()
        log.close()
    finally:
        ledger.dispose()
    (settings.workspace / RESTORING).unlink()
    return RestoreReport(
        folder=str(settings.workspace),
        made_at=manifest["made_at"],
        tables=manifest["tables"],
        loads=_count(manifest["lake"], "loads"),
        builds=_count(manifest["lake"], "builds"),
        purged=purged,
        audit=audit,
    )


def _restore_mappings(folder: Path, settings: Settings, manifest: Mapping[str, Any]) -> None:
    """Copy the mappings that the node signed; another file in the folder is nobody's word."""
    for name in sorted(manifest["files"]):
        path = PurePosixPath(name)
        if path.parts[:-1] == ("mappings",) and path.suffix == ".yaml":
            target = settings.workspace / name
            target.parent.mkdir(exist_ok=True, mode=0o700)
            shutil.copyfile(folder / name, target)


def _secret(
    folder: Path, settings: Settings, how: Restore, manifest: Mapping[str, Any]
) -> bytes | None:
    """Return the key that the log was sealed and signed with; None to go on with a new one."""
    here = settings.workspace / KEY_FILE
    if how.key is not None and not how.key.is_file():
        raise InvalidData(_("there is no such file"), file=how.key)
    candidates = [how.key, folder / KEY_FILE, *([] if how.without_key else [here])]
    found = next((path for path in candidates if path is not None and path.is_file()), None)
    if found is None:
        if how.without_key:
            return None
        raise InvalidData(
            _(
                "the backup is without the node's key: without it the values that are sealed in"
                " the log cannot be opened, and the log cannot go on as the same; give the key"
                " (--key FILE), or --without-key to lose both"
            ),
            file=folder,
        )
    secret = open_secret(found)
    if Sealer(secret).public_key.hex() != manifest["audit"]["public_key"]:
        raise InvalidData(_("is the key of another node"), file=found)
    if here.is_file() and open_secret(here) != secret:
        raise Conflict(_("the key of another node lies at {path}").format(path=here))
    return secret


def _check_signature(manifest: Mapping[str, Any], folder: Path) -> None:
    signed = {name: value for name, value in manifest.items() if name != "signature"}
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(manifest["audit"]["public_key"]))
        right = is_signed(key, canonical_json(signed), bytes.fromhex(manifest["signature"]))
    except (KeyError, TypeError, ValueError):
        right = False
    if not right:
        raise InvalidData(_("does not bear the node's signature"), file=folder / NAME)


def _prepare(settings: Settings) -> None:
    """Mark the workspace as being restored; what an earlier try left there is removed."""
    root = settings.workspace
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    marker = root / RESTORING
    ours = ("lake", "cache", "mappings", "ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm")
    held = [root / name for name in ours if (root / name).exists()]
    if held and not marker.is_file():
        raise Conflict(_("{folder} holds a workspace already").format(folder=root))
    for path in held:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    marker.touch(mode=0o600)


def _tree(manifest: Mapping[str, Any]) -> tuple[int, bytes]:
    return int(manifest["audit"]["size"]), bytes.fromhex(manifest["audit"]["root"])


def _count(lake: Mapping[str, Any] | None, kind: str) -> int | None:
    return None if lake is None else len(lake[kind])
