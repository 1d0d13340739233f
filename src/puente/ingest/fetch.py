"""Official files brought from their publishers into a folder that `puente build` reads.

What cannot be had whole is not had: it is said which file, and why, and the other sources go on.
The files of one delivery (OFAC's entries, addresses, aliases and comments) are kept together or not
at all, since entries without the comments of their day lose part of their remarks.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from puente.errors import InvalidData, PuenteError, SourceFailed
from puente.i18n import gettext as _
from puente.ingest.fetch_checks import NothingThere, check_digests, digest_in_file
from puente.ingest.fetch_outcome import (
    FAILED,
    NEW,
    NO_ADDRESS,
    NOT_PUBLISHED,
    UNCHANGED,
    WAITING,
    Fetched,
)
from puente.ingest.fetch_part import Part, url_digest
from puente.ingest.fetch_shelf import Held, Item, Shelf, published_day, same
from puente.ingest.fetch_transfer import Arrived, Order, Transfer
from puente.ingest.fetch_wire import Wire, fetch_small, parse_url, shown
from puente.ingest.load import sha256_of
from puente.store.disk import FolderLock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from puente.ingest.fetch_addresses import Address, Listing
    from puente.ingest.fetch_wire import Pace
    from puente.settings import Settings

    Progress = Callable[[str, int, int], None]

_log = logging.getLogger(__name__)

_MB = 1_000_000
_PUBLICATION = "x-amz-meta-publication-id"
"""How OFAC numbers its publications in the headers of its files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gathered:
    """One file of a delivery: come anew, or held and still good."""

    address: Address
    held: Held | None
    arrived: Arrived | None = None
    sha256: str = ""
    reason: str = ""

    @property
    def path(self) -> Path:
        if self.arrived is not None:
            return self.arrived.path
        if self.held is None:
            raise AssertionError  # a file is held or has come
        return self.held.path

    @property
    def name(self) -> str:
        return self.arrived.said.name if self.arrived is not None else self.path.name

    @property
    def url(self) -> str:
        if self.arrived is not None:
            return self.arrived.said.url
        return shown(str(self.held.note.get("url", ""))) if self.held else ""


@dataclass(slots=True, kw_only=True)
class Fetching:
    """One run over some listings.

    Attributes:
        settings: of the node.
        shelf: where files go.
        wire: whom to ask through.
        progress: called with what is being fetched, bytes done and bytes in all.
    """

    settings: Settings
    shelf: Shelf
    wire: Wire
    progress: Progress = lambda _what, _done, _total: None
    _parts: list[Part] = field(default_factory=list, init=False)

    def run(self, listings: Sequence[Listing]) -> Iterator[Fetched]:
        """Yield what came of each file; a failing one stops none of the others."""
        for listing in listings:
            if not listing.files:
                yield Fetched(
                    source=listing.source,
                    name="",
                    state=NO_ADDRESS,
                    reason=_("no lasting address; find one on {page} and give it by --url").format(
                        page=listing.page
                    ),
                )
            elif listing.together:
                yield from self._deliver(listing, listing.files)
            else:
                for address in listing.files:
                    yield from self._deliver(listing, [address])

    # --- one delivery --------------------------------------------------------------------------

    def _deliver(self, listing: Listing, addresses: Sequence[Address]) -> list[Fetched]:
        """Return what came of the files of one delivery, placed if all of them are there."""
        gathered: list[_Gathered] = []
        absent: list[Fetched] = []
        failed: list[Fetched] = []
        self._parts = []
        for address in addresses:
            try:
                gathered.append(self._gather(listing, address))
            except PuenteError as error:
                if address.optional and isinstance(error, NothingThere):
                    absent.append(_failure(listing, address, error, state=NOT_PUBLISHED))
                else:
                    failed.append(_failure(listing, address, error))
        if not failed:
            try:
                return [*self._placed(listing, gathered), *absent]
            except PuenteError as error:
                return [_failure(listing, item.address, error) for item in gathered]
        reason = _("kept aside until the rest of its delivery is there")
        waiting = [
            self._outcome(listing, item, state=UNCHANGED if item.arrived is None else WAITING)
            for item in gathered
        ]
        return [
            *(replace(f, path="", reason=reason) if f.state == WAITING else f for f in waiting),
            *absent,
            *failed,
        ]

    def _gather(self, listing: Listing, address: Address) -> _Gathered:
        """Return a file, whole and checked, or the held one that still holds.

        Raises:
            NothingThere: each of its addresses says that there is none.
            PuenteError: none of its addresses gives it.
        """
        held = self.shelf.newest(listing.source, address.name, address.urls)
        refusals: list[SourceFailed] = []
        for url in address.urls:
            try:
                arrived = self._transfer(listing, address, url, held)
            except SourceFailed as error:
                refusals.append(error)
                continue
            reason = ""
            if refusals:
                reason = _("from another address; {reason}").format(reason=_all(refusals))
            if arrived is None:
                return _Gathered(address=address, held=held, reason=reason)
            self._check_published_digest(listing, address, arrived)
            size = arrived.path.stat().st_size
            if size * 10 < address.typical_mb * _MB:
                small = _("much smaller than usual: {size} bytes").format(size=size)
                reason = f"{reason}; {small}" if reason else small
            digest = sha256_of(arrived.path)
            return _Gathered(
                address=address, held=held, arrived=arrived, sha256=digest, reason=reason
            )
        nothing = all(isinstance(error, NothingThere) for error in refusals)
        raise (NothingThere if nothing else SourceFailed)(_all(refusals))

    def _transfer(
        self, listing: Listing, address: Address, url: str, held: Held | None
    ) -> Arrived | None:
        etag, modified = held.validators(url) if held else ("", "")
        part = Part(path=self.shelf.staging / _part_name(listing.source, address.name, url))
        self._parts.append(part)
        order = Order(
            url=url,
            hosts=_hosts(listing, address),
            kind=address.type,
            name=address.name,
            part=part.path,
            most_bytes=self.settings.fetch_max_mb << 20,
            etag=etag,
            last_modified=modified,
        )
        what = f"{listing.source} {address.name}".strip()
        usual = int(address.typical_mb * _MB)

        def report(done: int, total: int) -> None:
            self.progress(what, done, total or max(done, usual))

        return Transfer(wire=self.wire, order=order, report=report).run()

    def _check_published_digest(self, listing: Listing, address: Address, arrived: Arrived) -> None:
        if not address.checksum:
            return
        text = fetch_small(self.wire, address.checksum, _hosts(listing, address))
        published = parse_url(arrived.said.url).path.rpartition("/")[2]
        try:
            check_digests(arrived.path, digest_in_file(text, published, address.name))
        except SourceFailed:
            self._parts[-1].drop()
            raise

    # --- placing it ----------------------------------------------------------------------------

    def _placed(self, listing: Listing, gathered: Sequence[_Gathered]) -> list[Fetched]:
        """Return the outcomes, with what is new put on the shelf.

        Raises: PuenteError: parts of two publications, or the disk refuses it.
        """
        changed = [item for item in gathered if not _as_held(item)]
        if not changed:
            held = [self._outcome(listing, item, state=UNCHANGED) for item in gathered]
            self._drop_parts()
            return held
        self._check_one_publication(gathered)
        now = self.wire.pace.now()
        day = max(
            published_day(item.arrived.said.last_modified, now)
            for item in gathered
            if item.arrived is not None
        )
        items = [self._item(listing, item) for item in gathered]
        folder = self.shelf.holding(listing.source, day, items)
        known = folder is not None
        outcomes = [
            self._outcome(listing, item, state=UNCHANGED if known or item not in changed else NEW)
            for item in gathered
        ]
        if folder is None:
            folder = self.shelf.place(listing.source, day, items)
            _log.info("fetched source=%s day=%s files=%d", listing.source, day, len(items))
        self._drop_parts()
        return [
            replace(outcome, path=str(folder / outcome.name), published=day) for outcome in outcomes
        ]

    def _check_one_publication(self, gathered: Sequence[_Gathered]) -> None:
        numbers = {
            item.arrived.said.meta[_PUBLICATION]
            for item in gathered
            if item.arrived is not None and _PUBLICATION in item.arrived.said.meta
        }
        if len(numbers) > 1:
            self._drop_parts()
            raise SourceFailed(
                _("published anew while it was being fetched ({numbers}); fetch it again").format(
                    numbers=", ".join(sorted(numbers))
                )
            )

    def _item(self, listing: Listing, item: _Gathered) -> Item:
        arrived = item.arrived
        if arrived is None:
            note = dict(item.held.note) if item.held else {}
            digest = sha256_of(item.path)
            return Item(path=item.path, name=item.name, sha256=digest, note=note, moved=False)
        note = {
            "source": listing.source,
            "publisher": listing.publisher,
            "page": listing.page,
            "licence": listing.licence,
            "url": arrived.said.url,
            "url_sha256": arrived.said.url_sha256,
            "redirects": list(arrived.hops),
            "final_url": arrived.hops[-1] if arrived.hops else arrived.said.url,
            "status": arrived.status,
            "etag": arrived.said.etag,
            "last_modified": arrived.said.last_modified,
            "encoding": arrived.said.encoding,
            "publisher_headers": dict(arrived.said.meta),
            "bytes": arrived.path.stat().st_size,
            "sha256": item.sha256,
            "digest_checked": arrived.checked,
            "checksum_file": shown(item.address.checksum),
            "attempts": arrived.attempts,
            "resumed_at": arrived.resumed_at,
            "fetched_at": self.wire.pace.now().isoformat(timespec="seconds"),
        }
        return Item(path=arrived.path, name=item.name, sha256=item.sha256, note=note)

    def _outcome(self, listing: Listing, item: _Gathered, *, state: str) -> Fetched:
        held, arrived = item.held, item.arrived
        return Fetched(
            source=listing.source,
            name=item.name,
            state=state,
            path=str(held.path) if held else "",
            url=item.url,
            published=held.day if held else "",
            bytes=item.path.stat().st_size,
            sha256=item.sha256 or sha256_of(item.path),
            attempts=arrived.attempts if arrived else 1,
            resumed_at=arrived.resumed_at if arrived else 0,
            reason=item.reason,
        )

    def _drop_parts(self) -> None:
        for part in self._parts:
            part.drop()


def fetch(
    listings: Sequence[Listing],
    folder: Path,
    settings: Settings,
    *,
    pace: Pace,
    progress: Progress = lambda _what, _done, _total: None,
) -> Iterator[Fetched]:
    """Yield what came of each file of some listings.

    Args:
        listings: what to fetch.
        folder: where to.
        settings: of the node; those named `fetch_...` count.
        pace: the clocks, the waiting and the dice.
        progress: called with what is being fetched, bytes done and bytes in all.

    Raises:
        InvalidData: the folder cannot be written, or a setting or an address cannot be.
        Conflict: another process fetches into the folder.
    """
    shelf = Shelf(folder=folder)
    try:
        shelf.staging.mkdir(parents=True, exist_ok=True)
        lock = FolderLock(shelf.staging / "lock")
        lock.acquire()
    except OSError as error:
        raise InvalidData(error.strerror or str(error), file=error.filename or folder) from None
    try:
        with Wire(settings, pace) as wire:
            for listing in listings:
                _check_addresses(wire, listing)
            run = Fetching(settings=settings, shelf=shelf, wire=wire, progress=progress)
            yield from run.run(listings)
    finally:
        lock.release()


def _check_addresses(wire: Wire, listing: Listing) -> None:
    for address in listing.files:
        for url in filter(None, (*address.urls, address.checksum)):
            try:
                wire.check_address(url)
            except InvalidData as error:
                raise InvalidData(f"{listing.source}: {error.message}") from None


def _as_held(item: _Gathered) -> bool:
    """Return True if the file is the newest that is held."""
    if item.arrived is None or item.held is None:
        return item.arrived is None
    wanted = Item(path=item.arrived.path, name=item.name, sha256=item.sha256)
    return item.held.path.name == item.name and same(item.held.path, wanted)


def _hosts(listing: Listing, address: Address) -> frozenset[str]:
    return frozenset({*listing.hosts, *(parse_url(url).host for url in address.urls)})


def _part_name(source: str, name: str, url: str) -> str:
    return f"{source}-{name or 'file'}-{url_digest(url)[:8]}.part"


def _all(errors: Sequence[SourceFailed]) -> str:
    return "; ".join(error.message for error in errors)


def _failure(
    listing: Listing, address: Address, error: PuenteError, *, state: str = FAILED
) -> Fetched:
    return Fetched(
        source=listing.source,
        name=address.name,
        state=state,
        url=shown(address.urls[0]),
        reason=error.message,
    )
