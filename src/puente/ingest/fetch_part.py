"""The beginning of a file, and what its publisher said of it when it began to send it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256
from typing import TYPE_CHECKING

from puente.ingest.fetch_checks import announced_digests, parse_http_date
from puente.ingest.fetch_wire import shown
from puente.store.disk import write_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import httpx

_KEPT = ("x-amz-meta-", "x-ms-meta-")
"""Headers in which a publisher says of its own accord what a file is, e.g. which publication."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a publisher said of a file when it began to send it.

    Attributes:
        url: the address that was asked, without its query.
        url_sha256: SHA-256 of all of it: a query may be a key, and is not kept.
        name: how the publisher calls the file.
        etag, last_modified: as sent.
        validator: what to continue by; "" where nothing tells this file from another.
        total: size in bytes as transferred; None where it was not said.
        encoding: how the transfer is packed; "" for not at all.
        digests: digests of the transferred bytes.
        ends: True where the transfer itself shows its end.
        meta: what else the publisher says of the file.
    """

    url: str
    url_sha256: str = ""
    name: str = ""
    etag: str = ""
    last_modified: str = ""
    validator: str = ""
    total: int | None = None
    encoding: str = ""
    digests: Mapping[str, str] = field(default_factory=dict)
    ends: bool = True
    meta: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Part:
    """The beginning of a file, on disk."""

    path: Path

    @property
    def plain(self) -> Path:
        """Where the file lies once its packing is undone."""
        return self.path.with_suffix(".plain")

    @property
    def _note(self) -> Path:
        return self.path.with_suffix(".json")

    def size(self) -> int:
        """Return how many bytes have come."""
        return self.path.stat().st_size if self.path.is_file() else 0

    def said(self, url: str) -> Said | None:
        """Return what was said of it; None, and nothing left of it, if it cannot be continued."""
        try:
            content = json.loads(self._note.read_text("utf-8"))
            said = Said(**{spec.name: content[spec.name] for spec in fields(Said)})
        except (OSError, ValueError, KeyError, TypeError):
            said = None
        if (
            said is None
            or said.url_sha256 != url_digest(url)
            or not said.validator
            or not self.size()
        ):
            self.drop()
            return None
        return said

    def begin(self, said: Said) -> None:
        """Forget what lies there and note what is to come."""
        # In this order: a kill between the two leaves an empty beginning, never a mixed one.
        self.path.unlink(missing_ok=True)
        write_json(self._note, asdict(said))

    def drop(self) -> None:
        """Remove all of it."""
        for path in (self.path, self.plain, self._note):
            path.unlink(missing_ok=True)


def url_digest(url: str) -> str:
    """Return what an address is known again by, where the address itself is not kept."""
    return sha256(url.encode()).hexdigest()


def said_by(response: httpx.Response, url: str) -> Said:
    """Return what an answer's headers say of the file."""
    headers = response.headers
    length = headers.get("content-length", "")
    coding = headers.get("content-encoding", "").strip().lower()
    etag, modified = headers.get("etag", "").strip(), headers.get("last-modified", "").strip()
    return Said(
        url=shown(url),
        url_sha256=url_digest(url),
        etag=etag,
        last_modified=modified,
        validator=_validator(etag, modified, headers.get("date", "")),
        total=int(length) if length.isascii() and length.isdecimal() else None,
        encoding={"identity": "", "x-gzip": "gzip"}.get(coding, coding),
        digests=announced_digests(headers),
        ends=bool(length) or "chunked" in headers.get("transfer-encoding", "").lower(),
        meta={key: value for key, value in headers.items() if key.startswith(_KEPT)},
    )


def _validator(etag: str, modified: str, sent: str) -> str:
    """Return what tells this very file from any other, "" where nothing does.

    Source: RFC 9110, 13.1.5: a weak ETag may not be used; a date only if it is a minute old.
    """
    if etag.startswith('"'):
        return etag
    now, then = parse_http_date(sent), parse_http_date(modified)
    if now is None or then is None:
        return ""
    return modified if (now - then).total_seconds() >= 60 else ""
