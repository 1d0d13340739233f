"""Whether what came is what was announced: digests, the packing of the transfer, the kind of file.

A truncated table reads like a shorter one, and an error page saved under a list's name like a list
that nobody is on. Nothing that fails here becomes a file.
"""

from __future__ import annotations

import base64
import binascii
import lzma
import re
import zipfile
import zlib
from email.utils import parsedate_to_datetime
from hashlib import file_digest
from typing import TYPE_CHECKING

from puente.errors import InvalidData, SourceFailed
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

_ALGORITHMS = {"md5": "md5", "sha": "sha1", "sha-256": "sha256", "sha-512": "sha512"}
_BY_LENGTH = {32: "md5", 40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}
_CHUNK = 1 << 20
_START = 1 << 16
_END = 1 << 12
_ENCRYPTED = 0x1
"""Flag of a ZIP member. Source: PKWARE, APPNOTE.TXT, 4.4.4."""

_MISC = re.compile(rb"(?s)<!--.*?-->|<\?.*?\?>")
"""Comments and processing instructions, which may stand before and after the root of XML."""

_BOM = b"\xef\xbb\xbf"
_SPACE = b" \t\r\n\x1a"


class NothingThere(SourceFailed):
    """There is no such file, or nothing in it."""


# --- headers and digests --------------------------------------------------------------------------


def announced_digests(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the digests of the whole body that the headers of a whole answer announce.

    Returns: name of a `hashlib` algorithm to hexadecimal digest; unknown algorithms are left out.

    Source: RFC 9530 (Repr-Digest, Content-Digest), RFC 3230 (Digest), RFC 1864 (Content-MD5).
    """
    found: dict[str, str] = {}
    pairs = [("md5", headers.get("content-md5", ""))]
    for name in ("digest", "content-digest", "repr-digest"):
        for item in headers.get(name, "").split(","):
            key, _equals, value = item.strip().partition("=")
            pairs.append((key.lower(), value.strip(":")))
    for key, value in pairs:
        algorithm, digest = _ALGORITHMS.get(key, ""), _hexadecimal(value)
        # Some write the digest as hexadecimal where base64 is meant; what is no digest is no proof.
        if algorithm and _BY_LENGTH.get(len(digest)) == algorithm:
            found[algorithm] = digest
    return found


def check_digests(path: Path, digests: Mapping[str, str]) -> str:
    """Return the name of the strongest digest that held, "" where none was announced.

    Raises: SourceFailed: one does not fit.
    """
    for algorithm, wanted in digests.items():
        with path.open("rb") as handle:
            if file_digest(handle, algorithm).hexdigest() != wanted:
                raise SourceFailed(
                    _("what came does not fit its published digest ({algorithm})").format(
                        algorithm=algorithm
                    )
                )
    return max(digests, key=lambda name: len(digests[name]), default="")


def digest_in_file(text: str, *names: str) -> dict[str, str]:
    """Return the digest that a published checksum file gives for the file called by one of `names`.

    Reads `HEX  name`, `SHA256 (name) = HEX`, and a lone `HEX`.

    Raises: SourceFailed: it gives none for that file.
    """
    lone: list[str] = []
    wanted = {name.lower() for name in names if name}
    for line in text.splitlines():
        tagged = re.fullmatch(r"\s*[A-Za-z0-9-]+ ?\((.+)\) ?= ?([0-9A-Fa-f]+)\s*", line)
        plain = re.fullmatch(r"\s*([0-9A-Fa-f]{32,128})(?:\s+\*?(.+?))?\s*", line)
        if tagged:
            whose, digest = tagged.groups()
        elif plain:
            digest, whose = plain.groups()
        else:
            continue
        if len(digest) not in _BY_LENGTH:
            continue
        if not whose:
            lone.append(digest.lower())
        elif whose.rpartition("/")[2].lower() in wanted:
            return {_BY_LENGTH[len(digest)]: digest.lower()}
    if len(lone) == 1:
        return {_BY_LENGTH[len(lone[0])]: lone[0]}
    raise SourceFailed(
        _("the checksum file gives none for {name}").format(name=", ".join(sorted(wanted)))
    )


def parse_http_date(text: str) -> datetime | None:
    """Return the time that a header gives; None where it gives none with its offset."""
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return when if when.tzinfo else None


def _hexadecimal(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).hex() if text else ""
    except (binascii.Error, ValueError):
        return ""


# --- the packing of the transfer -----------------------------------------------------------------


def unpack_gzip(packed: Path, plain: Path, most_bytes: int) -> None:
    """Write what a gzip-coded transfer holds; memory stays small.

    Raises: SourceFailed: it is no gzip, ends early, or unpacks to more than `most_bytes`.
    """
    written = 0
    try:
        with plain.open("wb") as target:
            for out in _unpacked(packed):
                written += len(out)
                if written > most_bytes:
                    raise SourceFailed(too_large(most_bytes))
                target.write(out)
    except zlib.error:
        raise SourceFailed(_("the transfer's gzip packing is broken")) from None
    except EOFError:
        raise SourceFailed(_("the transfer's gzip packing ends early")) from None


def _unpacked(packed: Path) -> Iterator[bytes]:
    """Yield what a gzip file holds, in pieces.

    Raises:
        zlib.error: it is no gzip, or broken.
        EOFError: it ends early.
    """
    with packed.open("rb") as source:
        decoder = zlib.decompressobj(wbits=31)
        data = source.read(_CHUNK)
        while data or decoder.unconsumed_tail:
            yield decoder.decompress(decoder.unconsumed_tail + data, _CHUNK)
            if decoder.eof:
                data = decoder.unused_data.lstrip(b"\0") or source.read(_CHUNK)
                if not data:
                    return
                decoder = zlib.decompressobj(wbits=31)
            elif decoder.unconsumed_tail:
                data = b""
            else:
                data = source.read(_CHUNK)
    raise EOFError


def too_large(most_bytes: int) -> str:
    """Return the sentence for a file over the limit."""
    return _("the file is larger than {limit} MB (fetch_max_mb)").format(limit=most_bytes >> 20)


# --- the kind of file ----------------------------------------------------------------------------


def check_kind(path: Path, kind: str, most_bytes: int) -> None:
    """Check that a file is of its kind, and closed where the kind shows that.

    Args:
        path: the file.
        kind: one of `fetch_addresses.TYPES`.
        most_bytes: up to how much what is packed is unpacked to see whether it is whole.

    Raises:
        NothingThere: it is empty.
        SourceFailed: it is a web page, of another kind, or ends in the middle.
    """
    size = path.stat().st_size
    with path.open("rb") as handle:
        start = handle.read(_START)
        handle.seek(max(size - _END, 0))
        end = handle.read().rstrip(_SPACE)
    text = start.removeprefix(_BOM).lstrip(_SPACE)
    if not text:
        raise NothingThere(_("an empty file came"))
    if kind not in {"xml", "any"} and _is_page(text):
        raise SourceFailed(_page(text))
    if kind == "xml":
        _check_xml(text, end)
    elif kind == "json":
        _check_json(text, end)
    elif kind in {"zip", "xlsx"}:
        _check_zip(path, kind, most_bytes)
    elif kind == "gz":
        _check_gzip(path, most_bytes)
    elif kind == "csv" and (text.startswith((b"<", b"%PDF", b"PK\x03\x04")) or b"\0" in start):
        raise SourceFailed(_("what came is no delimited text"))
    elif kind == "any" and _is_page(text) and path.suffix.lower() not in {".htm", ".html"}:
        raise SourceFailed(_page(text))


def _is_page(text: bytes) -> bool:
    return bool(
        re.match(rb"(?i)<(!doctype\s+html|html|head|body)[\s>]", _MISC.sub(b"", text).lstrip())
    )


def _page(text: bytes) -> str:
    """Return the sentence for a web page, with its title: that says what is wrong there."""
    found = re.search(rb"(?i)<title[^>]*>([^<]{0,200})", text)
    title = " ".join(found.group(1).decode("utf-8", "replace").split()) if found else ""
    if not title:
        return _("a web page came in place of the file")
    return _("a web page came in place of the file: “{title}”").format(title=title)


def _check_xml(text: bytes, end: bytes) -> None:
    if _is_page(text):
        raise SourceFailed(_page(text))
    root = re.search(rb"<([A-Za-z_:][^\s/>]*)[^>]*?(/?)>", _MISC.sub(b"", text))
    if not text.startswith(b"<") or root is None:
        raise SourceFailed(_("what came is no XML"))
    # A root element that closes is the only sign in the file itself that all of it came.
    name, closed = root.groups()
    if not closed and not re.search(rb"</%b\s*>\s*$" % re.escape(name), _MISC.sub(b"", end)):
        raise SourceFailed(_("the XML ends in the middle"))


def _check_json(text: bytes, end: bytes) -> None:
    if text[:1] not in (b"{", b"["):
        raise SourceFailed(_("what came is no JSON"))
    if end[-1:] not in (b"}", b"]"):
        raise SourceFailed(_("the JSON ends in the middle"))


def _check_gzip(path: Path, most_bytes: int) -> None:
    with path.open("rb") as handle:
        if handle.read(2) != b"\x1f\x8b":
            raise SourceFailed(_("no gzip file came"))
    read = 0
    try:
        for out in _unpacked(path):
            read += len(out)
            if read > most_bytes:
                return
    except (zlib.error, EOFError):
        raise SourceFailed(_("what came is no whole gzip file")) from None


def _check_zip(path: Path, kind: str, most_bytes: int) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            whole = _is_whole(archive, most_bytes)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        whole, names = False, []
    if not whole:
        raise SourceFailed(_("what came is no whole ZIP archive"))
    if kind == "xlsx" and "xl/workbook.xml" not in names:
        raise SourceFailed(_("what came is no spreadsheet"))


def _is_whole(archive: zipfile.ZipFile, most_bytes: int) -> bool:
    """Return False if a member is not what its checksum says; what cannot be unpacked is let be."""
    members = archive.infolist()
    if sum(member.file_size for member in members) > most_bytes:
        return True
    if any(member.flag_bits & _ENCRYPTED for member in members):
        return True
    try:
        return archive.testzip() is None
    except NotImplementedError:
        return True
    except (zlib.error, lzma.LZMAError, EOFError):
        return False


# --- names -------------------------------------------------------------------------------------

_LONGEST_NAME = 150
_DISPOSITION = re.compile(
    r"""filename\*=(?:utf-8|iso-8859-1)''(?P<coded>[^;\s]+)|filename="(?P<quoted>[^"]+)"|"""
    r"""filename=(?P<bare>[^;\s"]+)""",
    re.IGNORECASE,
)


def name_of(headers: Mapping[str, str], path: str) -> str:
    """Return the name that a publisher gives a file, made safe to save under.

    Args:
        headers: of the answer; `Content-Disposition` names the file.
        path: path of the address, whose last part is the name otherwise.

    Raises: InvalidData: neither gives one.
    """
    from urllib.parse import unquote

    found = list(_DISPOSITION.finditer(headers.get("content-disposition", "")))
    # The coded form, with its letters outside ASCII, is the better one where both are given.
    found.sort(key=lambda match: match.group("coded") is None)
    given = (
        match.group("coded") or match.group("quoted") or match.group("bare") for match in found
    )
    for name in (*given, path):
        last = re.split(r"[/\\]", unquote(name))[-1]
        safe = re.sub(r"[^\w.,()+=@ -]", "_", last).strip(" .")[-_LONGEST_NAME:].lstrip(" .")
        if safe:
            return safe
    raise InvalidData(_("the address names no file; give it a name in fetch_addresses"))
