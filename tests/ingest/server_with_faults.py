"""A publisher on this machine: a real HTTPS server with a real certificate, and real faults.

And the desk of one who fetches from it, whose clock stands still and who waits without waiting.
"""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from random import Random
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from puente.ingest.fetch import fetch
from puente.ingest.fetch_addresses import Address, Listing
from puente.ingest.fetch_wire import Pace
from puente.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from puente.ingest.fetch_outcome import Fetched

MODIFIED = "Fri, 27 Feb 2026 14:01:44 GMT"
LATER = "Sat, 28 Feb 2026 09:00:00 GMT"


@dataclass(frozen=True, kw_only=True)
class Authority:
    """A certificate authority made for one test run, and what it signed."""

    ca_file: Path
    server_file: Path
    stranger_file: Path

    @classmethod
    def make(cls, folder: Path) -> Authority:
        ca_key, ca = _certificate("An authority of the tests", None, None, ())
        names = (x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1")))
        made = cls(
            ca_file=folder / "ca.pem",
            server_file=folder / "server.pem",
            stranger_file=folder / "stranger.pem",
        )
        made.ca_file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
        _write(made.server_file, *_certificate("localhost", ca, ca_key, names))
        elsewhere = (x509.DNSName("elsewhere.example"),)
        _write(made.stranger_file, *_certificate("elsewhere", ca, ca_key, elsewhere))
        return made


def _certificate(
    name: str,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey | None,
    names: tuple[x509.GeneralName, ...],
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return key, builder.sign(issuer_key or key, hashes.SHA256())


def _write(path: Path, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    form = serialization.PrivateFormat.TraditionalOpenSSL
    path.write_bytes(key.private_bytes(pem, form, plain) + certificate.public_bytes(pem))


# --- what is published, and how it fails ---------------------------------------------------------


@dataclass(kw_only=True)
class Published:
    """One file: what it holds, what is said of it, and how the next requests for it fail."""

    content: bytes
    etag: str = ""
    modified: str = MODIFIED
    headers: dict[str, str] = field(default_factory=dict)
    faults: list[Callable[[Handler, Published], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.etag = self.etag or f'"{md5(self.content).hexdigest()}"'


class Handler(BaseHTTPRequestHandler):
    """Answers with ranges, conditions and validators, as an object store does."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.server.asked.append((path, {k.lower(): v for k, v in self.headers.items()}))
        file = self.server.files.get(path)
        if file is None:
            self.reply(404, b"no such file\n")
        elif file.faults:
            file.faults.pop(0)(self, file)
        else:
            self.send(file)

    def send(self, file: Published, *, ranges: bool = True, upto: int | None = None) -> None:
        """Answer as the standard says; stop after `upto` bytes of the body."""
        said = {"ETag": file.etag, "Last-Modified": file.modified, **file.headers}
        said = {name: value for name, value in said.items() if value}
        asked, size = self.headers.get("Range"), len(file.content)
        if not asked and self._held(file):
            self.reply(304, b"", said)
            return
        current = self.headers.get("If-Range") in {file.etag, file.modified}
        if not (asked and ranges and current):
            self.reply(200, file.content, said, upto=upto)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-"))
        if start >= size:
            self.reply(416, b"", {"Content-Range": f"bytes */{size}"})
            return
        said["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
        self.reply(206, file.content[start:], said, upto=upto)

    def _held(self, file: Published) -> bool:
        etag = self.headers.get("If-None-Match")
        return etag == file.etag if etag else self.headers.get("If-Modified-Since") == file.modified

    def reply(
        self,
        status: int,
        body: bytes,
        headers: dict[str, str] | None = None,
        *,
        upto: int | None = None,
    ) -> None:
        self.send_response(status)
        said = {"Content-Length": str(len(body)), **(headers or {})}
        for name, value in said.items():
            self.send_header(name, value)
        self.end_headers()
        if status not in {304, 416}:
            self.wfile.write(body if upto is None else body[:upto])
        if upto is not None:
            self.close_connection = True

    def hang_up(self) -> None:
        """Cut the connection without a goodbye: a reset."""
        self.wfile.flush()
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        with suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


def cut(upto: int) -> Callable[[Handler, Published], None]:
    """Cut the connection after so many bytes of the body."""
    return lambda handler, file: handler.send(file, upto=upto)


def reset(upto: int) -> Callable[[Handler, Published], None]:
    """Break the connection off after about so many bytes; what is under way is lost."""

    def send(handler: Handler, file: Published) -> None:
        handler.send(file, upto=upto)
        handler.hang_up()

    return send


def status(code: int, **headers: str) -> Callable[[Handler, Published], None]:
    """Answer with a status and headers (`_` for `-`)."""
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler, _file: handler.reply(code, b"busy\n", said)


def careless_ranges(handler: Handler, file: Published) -> None:
    """Continue whatever file stands there now, without looking at If-Range."""
    handler.headers.replace_header("If-Range", file.etag)
    handler.send(file)


def ignoring_ranges(handler: Handler, file: Published) -> None:
    """Send all of it, whatever was asked."""
    handler.send(file, ranges=False)


def page(text: bytes) -> Callable[[Handler, Published], None]:
    """Answer with a web page and status 200."""
    return lambda handler, _file: handler.reply(200, text, {"Content-Type": "text/html"})


def packed(*, level: int = 6, upto: int | None = None) -> Callable[[Handler, Published], None]:
    """Send it packed by gzip, as a published representation of its own."""

    def send(handler: Handler, file: Published) -> None:
        body = gzip.compress(file.content, level, mtime=0)
        headers = {"Content-Encoding": "gzip"}
        handler.send(
            Published(content=body, etag=file.etag[:-1] + '-gzip"', headers=headers), upto=upto
        )

    return send


def in_chunks(*, size: int = 10_000, upto: int | None = None) -> Callable[..., None]:
    """Send it chunked, without its length; cut after `upto` bytes."""

    def send(handler: Handler, file: Published) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.send_header("ETag", file.etag)
        handler.end_headers()
        content = file.content[:upto]
        for start in range(0, len(content), size):
            block = content[start : start + size]
            handler.wfile.write(b"%x\r\n%b\r\n" % (len(block), block))
        if upto is None:
            handler.wfile.write(b"0\r\n\r\n")
        else:
            handler.close_connection = True

    return send


def without_end(upto: int | None = None) -> Callable[[Handler, Published], None]:
    """Send it with neither length nor chunks: where the connection closes, there it ends."""

    def send(handler: Handler, file: Published) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        for name, value in file.headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(file.content[:upto])
        handler.close_connection = True

    return send


def trickle(*, size: int, pause: float) -> Callable[[Handler, Published], None]:
    """Send `size` bytes at a time with a pause between, until the other side has enough."""

    def send(handler: Handler, file: Published) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(file.content)))
        handler.send_header("ETag", file.etag)
        handler.end_headers()
        with suppress(OSError):
            for start in range(0, len(file.content), size):
                handler.wfile.write(file.content[start : start + size])
                time.sleep(pause)
        handler.close_connection = True

    return send


def silence(seconds: float) -> Callable[[Handler, Published], None]:
    """Say nothing for a while, then hang up."""

    def send(handler: Handler, _file: Published) -> None:
        time.sleep(seconds)
        handler.hang_up()

    return send


def to(url: str, code: int = 302) -> Callable[[Handler, Published], None]:
    """Redirect."""
    return lambda handler, _file: handler.reply(code, b"", {"Location": url})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    files: dict[str, Published]
    asked: list[tuple[str, dict[str, str]]]

    def handle_error(self, *_words: object) -> None:
        """A client that hangs up is what these tests are about."""


class Publisher:
    """The server, for a `with` block."""

    def __init__(self, certificate: Path | None) -> None:
        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.files, self._server.asked = {}, []
        self.scheme = "https" if certificate else "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]

    def __enter__(self) -> Publisher:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def files(self) -> dict[str, Published]:
        return self._server.files

    @property
    def asked(self) -> list[tuple[str, dict[str, str]]]:
        """Return path and headers of every request, oldest first."""
        return self._server.asked

    def url(self, path: str, host: str = "localhost") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def publish(self, path: str, content: bytes, **more: object) -> Published:
        """Put a file there and return it."""
        self.files[path] = Published(content=content, **more)  # type: ignore[arg-type]
        return self.files[path]


# --- who fetches -------------------------------------------------------------------------------

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(kw_only=True)
class Desk:
    """Fetches into a folder; keeps what came and how long it would have waited."""

    folder: Path
    ca_file: Path | None
    waits: list[float] = field(default_factory=list)

    def fetch(self, *listings: Listing, **settings: object) -> list[Fetched]:
        given = {"fetch_ca_file": str(self.ca_file or ""), "fetch_proxy": "none", **settings}
        pace = Pace(now=lambda: NOW, ticks=time.monotonic, sleep=self.waits.append, rng=Random(5))
        found = Settings(**given)  # type: ignore[arg-type]
        return list(fetch(listings, self.folder, found, pace=pace))

    def one(self, url: str, *more: str, **settings: object) -> Fetched:
        """Fetch one table called `list.csv`."""
        (outcome,) = self.fetch(listing(address("list.csv", url, *more)), **settings)
        return outcome

    def standing(self) -> dict[str, bytes]:
        """Return every visible file by its path below the folder."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and not any(part.startswith(".") for part in path.parts[1:])
        }


def address(name: str, *urls: str, kind: str = "csv", **more: object) -> Address:
    return Address(name=name, urls=urls, type=kind, **more)  # type: ignore[arg-type]


def listing(*files: Address, source: str = "made_up", **more: object) -> Listing:
    return Listing(source=source, files=files, **more)  # type: ignore[arg-type]
