"""Compressed files opened safely: one member, bounded size, nothing written under its own name.

An archive is measured while it is unpacked, not by what its directory says of itself, since a bomb
lies there. A member's name is never used as a path; one that would leave its folder is refused all
the same, for whoever packed it meant harm or made a mistake, and neither file should be loaded.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tempfile
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from puente.errors import InvalidData
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from puente.ingest.source import Limits, LoadContext

COMPRESSIONS = ("gz", "bz2", "zip")
"""What `open_member` and `unpacked` can undo."""

MAX_RATIO = 250
"""Times its own size that an archive may unpack to, once it is past `FREE_MB`. Plain text of
counts, the most compressible honest content, stays below 120 (bzip2, nearly all zeros)."""

FREE_MB = 16
"""Unpacked size below which no ratio is asked for: it harms nobody."""

_CHUNK = 1 << 20
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError,
    NotImplementedError, RuntimeError, ValueError, struct.error, OverflowError,
)  # fmt: skip
"""What the standard library raises on archives that are cut, damaged or made to do harm."""

_PLAIN_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_MARKS = ((b"\x1f\x8b", "gz"), (b"BZh", "bz2"), (b"PK\x03\x04", "zip"), (b"PK\x05\x06", "zip"))


def compression_of(path: Path) -> str:
    """Return `gz`, `bz2` or `zip` by the file's first bytes, "" where it is none of them.

    A spreadsheet (.xlsx) is a ZIP too.

    Raises: InvalidData: the file cannot be read.
    """
    try:
        with path.open("rb") as handle:
            start = handle.read(4)
    except OSError as error:
        raise InvalidData(error.strerror or _("cannot be read"), file=path) from None
    return next((kind for mark, kind in _MARKS if start.startswith(mark)), "")


def cap_of(path: Path, limits: Limits) -> int:
    """Return how many bytes an archive may unpack to: by the file limit and by its own size.

    Raises: InvalidData: no file, an empty one, or one that is packed already past the limit.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise InvalidData(error.strerror or _("cannot be read"), file=path) from None
    if not size:
        raise InvalidData(_("the file is empty"), file=path)
    most = limits.max_file_mb * 1024 * 1024
    if size > most:
        message = _("the file is larger than {limit} MB").format(limit=limits.max_file_mb)
        raise InvalidData(message, file=path)
    return min(most, max(FREE_MB * 1024 * 1024, MAX_RATIO * size))


@contextmanager
def open_member(path: Path, compression: str, limits: Limits) -> Iterator[BinaryIO]:
    """Give the unpacked content of an archive as a binary stream that is read once.

    Args:
        path: the archive.
        compression: one of `COMPRESSIONS`.
        limits: `max_file_mb` bounds the packed and the unpacked size.

    Raises: InvalidData: no such compression or archive; an encrypted, cut or damaged one; a ZIP of
        no member, several, or one whose name leaves its folder; one that unpacks past its bounds
        (here or on a later read).
    Cost: streams; memory holds a chunk.
    """
    if compression not in COMPRESSIONS:
        known = ", ".join(COMPRESSIONS)
        message = _("unknown compression {value!r}; one of {known}").format(
            value=compression, known=known
        )
        raise InvalidData(message, file=path)
    cap = cap_of(path, limits)
    if compression == "zip":
        with open_zip(path) as archive, _member(archive, path) as inner:
            yield cast("BinaryIO", io.BufferedReader(_Capped(inner, path, cap), _CHUNK))
        return
    opener = gzip.open if compression == "gz" else bz2.open
    try:
        stream = opener(path, "rb")
    except _DAMAGED as error:
        raise _damaged(path, error) from None
    with cast("BinaryIO", stream) as inner:
        yield cast("BinaryIO", io.BufferedReader(_Capped(inner, path, cap), _CHUNK))


@contextmanager
def unpacked(path: Path, compression: str, limits: Limits) -> Iterator[Path]:
    """Give a temporary file that holds the unpacked content of an archive; gone afterwards.

    For readers that need a path or read twice. Only its owner can read it.

    Args, Raises: as `open_member`; and InvalidData where there is no room for it.
    """
    with tempfile.TemporaryDirectory(prefix="puente-") as folder:
        target = Path(folder) / "member"
        with open_member(path, compression, limits) as inner:
            try:
                with target.open("wb") as out:
                    while chunk := inner.read(_CHUNK):
                        out.write(chunk)
            except OSError as error:
                message = _("it cannot be unpacked: {reason}").format(reason=error.strerror)
                raise InvalidData(message, file=path) from None
        yield target


@contextmanager
def plain_file(context: LoadContext, compression: str) -> Iterator[None]:
    """Let the context's file be its unpacked content while the block runs.

    Args:
        context: of the packed file; read it with `read_table` inside the block.
        compression: one of `COMPRESSIONS`, or "" where the file is not packed.

    Raises: InvalidData: as `unpacked`; an error inside the block names the packed file.
    """
    packed = context.file
    if not compression:
        yield
        return
    with unpacked(packed.path, compression, context.limits) as path:
        context.file = replace(packed, path=path)
        try:
            yield
        except InvalidData as error:
            if error.file != path:
                raise
            raise InvalidData(error.reason, file=packed.path, line=error.line) from None
        finally:
            context.file = packed


# --- ZIP ---------------------------------------------------------------------------------------


@contextmanager
def open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """Give a ZIP archive of which every member's name stays in its folder and none is encrypted.

    Raises: InvalidData: not so, or not a ZIP archive, or damaged.
    """
    try:
        archive = zipfile.ZipFile(path)
    except _DAMAGED as error:
        raise _damaged(path, error) from None
    with archive:
        for member in archive.infolist():
            _check_member(member, path)
        yield archive


def copy_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, cap: int
) -> Iterator[bytes]:
    """Yield the content of one member in chunks.

    Args:
        archive, member: what to read.
        path: the archive's file, for errors.
        cap: bytes that may be read.

    Raises: InvalidData: it is damaged or holds more than `cap` bytes.
    """
    try:
        inner = archive.open(member)
    except _DAMAGED as error:
        raise _damaged(path, error) from None
    with inner:
        stream = _Capped(cast("BinaryIO", inner), path, cap)
        while chunk := stream.read(_CHUNK):
            yield chunk


def _check_member(member: zipfile.ZipInfo, path: Path) -> None:
    name = member.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":" or "\0" in name:
        message = _("a member's name leaves its folder: {name!r}").format(name=name[:80])
        raise InvalidData(message, file=path)
    if member.flag_bits & 0x1:
        raise InvalidData(_("the archive is encrypted; unpack it with its password"), file=path)
    if member.compress_type not in _PLAIN_METHODS:
        message = _("packed by a method that cannot be read ({method}); pack it with Deflate")
        raise InvalidData(message.format(method=member.compress_type), file=path)


def _is_litter(member: zipfile.ZipInfo) -> bool:
    # What the macOS and Windows file managers add to an archive beside the one file packed.
    name = member.filename
    last = name.rpartition("/")[2]
    return member.is_dir() or name.startswith("__MACOSX/") or last in {".DS_Store", "Thumbs.db"}


@contextmanager
def _member(archive: zipfile.ZipFile, path: Path) -> Iterator[BinaryIO]:
    members = [member for member in archive.infolist() if not _is_litter(member)]
    if len(members) != 1:
        message = _("the archive must hold one file and holds {count}").format(count=len(members))
        raise InvalidData(message, file=path)
    try:
        inner = archive.open(members[0])
    except _DAMAGED as error:
        raise _damaged(path, error) from None
    with inner:
        yield cast("BinaryIO", inner)


# --- bounded reading ---------------------------------------------------------------------------


class _Capped(io.RawIOBase):
    """A stream that counts what it hands over and turns every fault into `InvalidData`."""

    def __init__(self, inner: BinaryIO, path: Path, cap: int) -> None:
        self._inner = inner
        self._path = path
        self._left = cap
        self._cap = cap

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes.

        Raises: InvalidData: the archive is damaged, or unpacks past its bounds.
        """
        want = _CHUNK if size is None or size < 0 else min(size, _CHUNK)
        try:
            data = self._inner.read(want)
        except _DAMAGED as error:
            raise _damaged(self._path, error) from None
        self._left -= len(data)
        if self._left < 0:
            message = _("it unpacks to more than {limit} MB, past what such a file may hold")
            limit = self._cap // (1024 * 1024)
            raise InvalidData(message.format(limit=limit), file=self._path)
        return data

    def readinto(self, buffer: object) -> int:
        """Fill `buffer`; return how many bytes stand in it."""
        view = memoryview(cast("bytearray", buffer)).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)


def _damaged(path: Path, error: BaseException) -> InvalidData:
    if isinstance(error, OSError) and error.errno is not None:
        return InvalidData(error.strerror or _("cannot be read"), file=path)
    if isinstance(error, EOFError):
        return InvalidData(_("the archive is cut off: its end is missing"), file=path)
    reason = " ".join(str(error).split())[:120] or type(error).__name__
    return InvalidData(_("the archive is damaged: {reason}").format(reason=reason), file=path)
