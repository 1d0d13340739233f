"""The official addresses: data shipped with Puente, over which a node may lay its own."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from puente.errors import InvalidData, NotFound
from puente.i18n import gettext as _
from puente.model.strict_yaml import strict_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SHIPPED = "addresses.yaml"
TYPES = ("csv", "json", "xml", "xlsx", "zip", "gz", "any")
NOT_VERIFIED = "no"

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LISTING = frozenset(
    {"publisher", "title", "page", "licence", "cadence", "note", "hosts", "together", "files"}
)
_FILE = frozenset(
    {"name", "url", "also", "type", "typical_mb", "verified", "checksum", "years", "optional"}
)
_MOST_YEARS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where one file is published.

    Attributes:
        name: name of the saved file; "" where the publisher's own name is taken.
        urls: the address, then others for the same file; tried in this order.
        type: one of `TYPES`: what must come.
        typical_mb: usual size in MB; 0 where it is not known.
        verified: ISO day on which a public record says that it answered with this file; or `no`.
        checksum: address of a published checksum file; "" where there is none.
        optional: True where there may be no such file, or nothing in it.
    """

    name: str = ""
    urls: tuple[str, ...]
    type: str = "any"
    typical_mb: float = 0.0
    verified: str = NOT_VERIFIED
    checksum: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What one source publishes, and where.

    Attributes:
        source: its name; the folder of its files is called so.
        publisher, title, page, licence, cadence, note: as a user is shown them.
        hosts: hosts, besides the addresses' own, that a redirect may lead to.
        together: True where the files are one delivery, all or none of which is kept.
        files: the addresses; none where no lasting one is known.
    """

    source: str
    publisher: str = ""
    title: str = ""
    page: str = ""
    licence: str = ""
    cadence: str = ""
    note: str = ""
    hosts: tuple[str, ...] = ()
    together: bool = False
    files: tuple[Address, ...] = ()


def load_listings(own: Path | None = None) -> tuple[Listing, ...]:
    """Return the shipped listings with those of the YAML file `own` laid over them.

    A key of a listing in `own` replaces the shipped key; the others stand.

    Raises: InvalidData: a file that cannot be read or holds what cannot be; names it.
    """
    shipped = files("puente.ingest").joinpath(SHIPPED).read_text("utf-8")
    entries = _entries(shipped, SHIPPED)
    if own is not None:
        try:
            text = own.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidData(_("cannot be read: {error}").format(error=error), file=own) from None
        for name, entry in _entries(text, str(own)).items():
            entries[name] = {**entries.get(name, {}), **entry}
    origin = own or Path(SHIPPED)
    return tuple(_listing(name, entry, origin) for name, entry in entries.items())


def choose(listings: Sequence[Listing], names: Iterable[str]) -> list[Listing]:
    """Return the listings that `names` name, by source or by publisher, each once.

    Raises: NotFound: a name that is neither; says which there are.
    """
    chosen: dict[str, Listing] = {}
    for name in names:
        found = [item for item in listings if item.source == name] or [
            item for item in listings if item.publisher.lower() == name.lower()
        ]
        if not found:
            known = ", ".join(item.source for item in listings)
            raise NotFound(
                _("no official address is known of {name!r}; of these: {known}").format(
                    name=name, known=known
                )
            )
        chosen.update({item.source: item for item in found})
    return list(chosen.values())


def is_source_name(name: str) -> bool:
    """Return True if `name` can be a source's: lower case, digits, underscores."""
    return bool(_NAME.fullmatch(name))


# --- reading the YAML --------------------------------------------------------------------------


def _entries(text: str, origin: str) -> dict[str, dict[str, object]]:
    content = strict_yaml(text, origin) or {}
    if not isinstance(content, dict):
        raise InvalidData(_("a mapping of source names is needed"), file=origin)
    entries: dict[str, dict[str, object]] = {}
    for name, entry in content.items():
        if not isinstance(name, str) or not is_source_name(name):
            raise InvalidData(_("{value!r} cannot name a source").format(value=name), file=origin)
        if not isinstance(entry, dict):
            raise _wrong(name, _("a mapping is needed"), origin)
        unknown = sorted(map(str, set(entry) - _LISTING))
        if unknown:
            raise _wrong(name, _("unknown key {names}").format(names=", ".join(unknown)), origin)
        entries[name] = entry
    return entries


def _listing(name: str, entry: Mapping[str, object], origin: Path) -> Listing:
    try:
        together = _switch(entry, "together")
        given = entry.get("files") or []
        if not isinstance(given, list):
            raise InvalidData(_("`files` is a list"))
        addresses = tuple(address for item in given for address in _addresses(item))
        names = [address.name for address in addresses if address.name]
        twice = sorted({item for item in names if names.count(item) > 1})
        if twice:
            raise InvalidData(_("two files are called {name!r}").format(name=twice[0]))
        if together and len(names) < len(addresses):
            raise InvalidData(_("files that stand together each need a name"))
        return Listing(
            source=name,
            hosts=tuple(host.lower() for host in _texts(entry, "hosts")),
            together=together,
            files=addresses,
            **{
                key: _text(entry, key)
                for key in ("publisher", "title", "page", "licence", "cadence", "note")
            },
        )
    except InvalidData as error:
        raise _wrong(name, error.message, str(origin)) from None


def _addresses(item: object) -> list[Address]:
    if not isinstance(item, dict):
        raise InvalidData(_("each file is a mapping"))
    unknown = sorted(map(str, set(item) - _FILE))
    if unknown:
        raise InvalidData(_("unknown key {names}").format(names=", ".join(unknown)))
    url, kind = _text(item, "url"), _text(item, "type") or "any"
    if not url:
        raise InvalidData(_("each file needs a url"))
    if kind not in TYPES:
        raise InvalidData(_("type {kind!r} is none of {known}").format(kind=kind, known=TYPES))
    name = _text(item, "name")
    if name != Path(name).name or name.startswith(".") or "\\" in name:
        raise InvalidData(_("{name!r} cannot name a file").format(name=name))
    size = item.get("typical_mb", 0)
    if isinstance(size, bool) or not isinstance(size, int | float) or size < 0:
        raise InvalidData(_("`typical_mb` is a number of MB"))
    address = Address(
        name=name,
        urls=(url, *_texts(item, "also")),
        type=kind,
        typical_mb=float(size),
        verified=_verified(item.get("verified", False)),
        checksum=_text(item, "checksum"),
        optional=_switch(item, "optional"),
    )
    return [_of_year(address, year) for year in _years(item)] or [address]


def _of_year(address: Address, year: int) -> Address:
    return replace(
        address,
        name=address.name.replace("{year}", str(year)),
        urls=tuple(url.replace("{year}", str(year)) for url in address.urls),
        checksum=address.checksum.replace("{year}", str(year)),
    )


def _years(item: Mapping[str, object]) -> range:
    years = item.get("years")
    if years is None:
        return range(0)
    pair = years if isinstance(years, list) else []
    if len(pair) != 2 or any(isinstance(y, bool) or not isinstance(y, int) for y in pair):
        raise InvalidData(_("`years` is [first, last]"))
    span = range(pair[0], pair[1] + 1)
    if not 0 < len(span) <= _MOST_YEARS:
        raise InvalidData(_("`years` is [first, last]"))
    return span


def _verified(value: object) -> str:
    """Return the day, or `no`, which YAML reads as False."""
    if isinstance(value, date):
        return value.isoformat()
    if value in (False, NOT_VERIFIED):
        return NOT_VERIFIED
    raise InvalidData(_("`verified` is a day or `no`"))


def _switch(item: Mapping[str, object], key: str) -> bool:
    value = item.get(key, False)
    if not isinstance(value, bool):
        raise InvalidData(_("`{key}` is true or false").format(key=key))
    return value


def _text(item: Mapping[str, object], key: str) -> str:
    value = item.get(key, "")
    if not isinstance(value, str):
        raise InvalidData(_("{where}: {value!r} is no text").format(where=key, value=value))
    return value.strip()


def _texts(item: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = item.get(key) or []
    if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        raise InvalidData(_("`{key}` is a list of texts").format(key=key))
    return tuple(value)


def _wrong(name: str, reason: str, origin: str) -> InvalidData:
    return InvalidData(f"{name}: {reason}", file=origin)
