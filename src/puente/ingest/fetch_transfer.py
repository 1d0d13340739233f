"""One file brought over, whole or not at all; what came of a cut one is kept and continued.

The beginning of a file lies aside as `NAME.part`, and beside it, as JSON, what its publisher said
of it. It is continued only where the publisher still holds the same file (If-Range), else begun
anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from puente.errors import InvalidData, SourceFailed
from puente.i18n import gettext as _
from puente.ingest.fetch_checks import (
    NothingThere,
    check_digests,
    check_kind,
    name_of,
    too_large,
    unpack_gzip,
)
from puente.ingest.fetch_part import Part, Said, said_by
from puente.ingest.fetch_wire import Answer, Patience, TryAgain, Wire, shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

PROGRESS_BYTES = 1 << 20
"""What an attempt must bring for the failures before it to be forgotten."""

SLOWEST_BYTES_A_SECOND = 100
"""Slower than this over the whole of a timeout, a connection is as good as dead."""

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be fetched.

    Attributes:
        url: the address.
        hosts: hosts that a redirect may lead to.
        kind: kind of file that must come.
        name: name of the file; "" takes the publisher's.
        part: where its beginning lies until it is whole.
        most_bytes: largest size.
        etag, last_modified: of the file held already; "" where none is.
    """

    url: str
    hosts: frozenset[str]
    kind: str
    name: str
    part: Path
    most_bytes: int
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A whole file, checked, lying aside.

    Attributes:
        path: where it lies.
        said: what its publisher said of it.
        status: of the last answer.
        hops: addresses redirected to, without queries.
        attempts: how often it was asked for.
        resumed_at: byte from which it was continued last; 0 where it came in one piece.
        checked: strongest digest that held; "" where none was published.
    """

    path: Path
    said: Said
    status: int
    hops: tuple[str, ...]
    attempts: int
    resumed_at: int
    checked: str


@dataclass(slots=True, kw_only=True)
class Transfer:
    """Brings one file over.

    Attributes:
        wire: whom to ask through.
        order: what.
        report: called with bytes that have come and bytes in all, 0 where that is not known.
    """

    wire: Wire
    order: Order
    report: Callable[[int, int], None] = lambda _done, _total: None
    _part: Part = field(init=False)
    _resumed_at: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._part = Part(path=self.order.part)

    def run(self) -> Arrived | None:
        """Return the whole file, or None where the publisher says that the held one still holds.

        Raises:
            SourceFailed: it could not be had, or what came is not what was announced.
            InvalidData: the disk refuses it, or the address cannot be asked for.
        """
        patience = Patience(wire=self.wire)
        self.wire.pause(self.order.url)
        while True:
            before = self._part.size()
            patience.attempts += 1
            try:
                return self._attempt(patience)
            except TryAgain as failure:
                came = self._part.size() - before
                patience.wait(failure, progress=came >= PROGRESS_BYTES)
            except OSError as error:
                reason = error.strerror or str(error)
                raise InvalidData(reason, file=error.filename or self.order.part) from None

    # --- one attempt ---------------------------------------------------------------------------

    def _attempt(self, patience: Patience) -> Arrived | None:
        said, size = self._part.said(self.order.url), self._part.size()
        with self.wire.get(self.order.url, self.order.hosts, self._headers(said, size)) as answer:
            response = answer.response
            if response.status_code == 304 and (self.order.etag or self.order.last_modified):
                return None
            self._resumed_at = 0
            if said is not None and response.status_code == 206:
                said = self._continued(said, size, response)
                self._receive(response, said)
            elif said is not None and response.status_code == 416:
                self._check_nothing_left(said, size, response)
            elif response.status_code == 200:
                said = self._begun(answer)
                self._receive(response, said)
            else:
                raise SourceFailed(
                    _("{url}: answered {status}, which nobody asked for").format(
                        url=shown(response.url), status=response.status_code
                    )
                )
        self._check_length(said)
        try:
            path, checked = self._checked(said)
        except SourceFailed as error:
            self._part.drop()
            raise type(error)(f"{shown(self.order.url)}: {error.message}") from None
        return Arrived(
            path=path,
            said=said,
            status=response.status_code,
            hops=answer.hops,
            attempts=patience.attempts,
            resumed_at=self._resumed_at,
            checked=checked,
        )

    def _headers(self, said: Said | None, size: int) -> dict[str, str]:
        if said is not None:
            return {"Range": f"bytes={size}-", "If-Range": said.validator}
        asked = {
            "If-None-Match": self.order.etag,
            "If-Modified-Since": self.order.last_modified,
        }
        return {name: value for name, value in asked.items() if value}

    def _begun(self, answer: Answer) -> Said:
        response = answer.response
        said = said_by(response, self.order.url)
        if said.total is not None and said.total > self.order.most_bytes:
            raise SourceFailed(f"{shown(self.order.url)}: {too_large(self.order.most_bytes)}")
        if said.encoding not in {"", "gzip"}:
            raise SourceFailed(
                _("{url}: the transfer is packed as {encoding}, which nobody asked for").format(
                    url=shown(response.url), encoding=said.encoding
                )
            )
        name = self.order.name or name_of(response.headers, response.url.path)
        said = replace(said, name=name)
        self._part.begin(said)
        return said

    def _continued(self, said: Said, size: int, response: httpx.Response) -> Said:
        """Return what is now known of a file that is continued, if it is the same file still."""
        found = _RANGE.fullmatch(response.headers.get("content-range", "").strip())
        total = int(found.group(3)) if found and found.group(3) != "*" else said.total
        now = said_by(response, self.order.url)
        same = (
            found is not None
            and int(found.group(1)) == size
            and said.total in {None, total}
            and now.encoding == said.encoding
            and _agree(now.etag, said.etag)
            and _agree(now.last_modified, said.last_modified)
        )
        if not same:
            self._part.drop()
            raise TryAgain(_("{url}: the file changed meanwhile").format(url=shown(response.url)))
        self._resumed_at = size
        # A part's own length and digest say nothing of the whole; what was said first stands.
        return replace(said, total=total, ends=True)

    def _check_nothing_left(self, said: Said, size: int, response: httpx.Response) -> None:
        """Check that no byte is left to come, as the answer to a range past the end says."""
        if response.headers.get("content-range", "").strip() != f"bytes */{size}" or (
            said.total not in {None, size}
        ):
            self._part.drop()
            raise TryAgain(_("{url}: the file changed meanwhile").format(url=shown(response.url)))
        self._resumed_at = size

    def _receive(self, response: httpx.Response, said: Said) -> None:
        """Write the body behind what lies there."""
        ticks, timeout = self.wire.pace.ticks, self.wire.timeout
        done = self._part.size()
        since, counted = ticks(), done
        with self.order.part.open("ab") as handle:
            for chunk in response.iter_raw():
                handle.write(chunk)
                done += len(chunk)
                if done > self.order.most_bytes:
                    self._part.drop()
                    reason = too_large(self.order.most_bytes)
                    raise SourceFailed(f"{shown(self.order.url)}: {reason}")
                self.report(done, said.total or 0)
                # Each byte alone is in time for the read timeout, so a trickle must be counted.
                waited = ticks() - since
                if waited >= timeout:
                    if done - counted < SLOWEST_BYTES_A_SECOND * waited:
                        raise TryAgain(
                            _("{url}: the file trickles").format(url=shown(response.url))
                        )
                    since, counted = ticks(), done

    # --- the whole -----------------------------------------------------------------------------

    def _check_length(self, said: Said) -> None:
        size = self._part.size()
        if said.total is not None and size != said.total:
            if size > said.total:
                self._part.drop()
            raise TryAgain(
                _("{url}: {size} bytes came of {total}").format(
                    url=shown(self.order.url), size=size, total=said.total
                )
            )

    def _checked(self, said: Said) -> tuple[Path, str]:
        """Return the plain file and the digest that held.

        Raises: SourceFailed: a check that failed.
        """
        part = self._part
        if not part.path.is_file():
            raise NothingThere(_("an empty file came"))
        try:
            checked = check_digests(part.path, said.digests)
        except SourceFailed as error:  # a bit may have turned over on the way
            part.drop()
            raise TryAgain(f"{shown(self.order.url)}: {error.message}") from None
        if not (said.ends or checked):
            raise SourceFailed(_("nothing tells where the file ends, so it may be cut"))
        path = part.path
        if said.encoding:
            unpack_gzip(part.path, part.plain, self.order.most_bytes)
            path = part.plain
        check_kind(path, self.order.kind, self.order.most_bytes)
        return path, checked


def _agree(now: str, before: str) -> bool:
    """Return False if both answers say something and not the same."""
    return not now or not before or now == before
