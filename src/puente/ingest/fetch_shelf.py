"""Where downloaded files stand: `FOLDER/SOURCE/YYYY-MM-DD/NAME`, never written over.

The folder's date is what `puente build` takes for the day of publication. Another file of the same
name and day stands in `YYYY-MM-DD_2`, and replaces the first in a build. Beside each file a hidden
one, `.NAME.fetched.json`, says where it came from.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from itertools import count
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.fetch_checks import parse_http_date
from puente.ingest.fetch_part import url_digest
from puente.ingest.load import sha256_of
from puente.store.disk import sync_file, sync_folder, write_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

STAGING = ".fetching"
"""Hidden, so that a build passes by what is not whole yet."""

_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:_(\d+))?")
_FIRST_YEAR = 1990


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A file that stands on the shelf.

    Attributes:
        path: the file.
        day: day of its folder, ISO.
        note: what is kept beside it; empty where nothing is.
    """

    path: Path
    day: str
    note: Mapping[str, object]

    def validators(self, url: str) -> tuple[str, str]:
        """Return ETag and date by which `url` can say that this file still holds.

        Both are empty where the file came from elsewhere or is no longer what came.
        """
        note = self.note
        if not is_from(note, url) or note.get("sha256") != sha256_of(self.path):
            return "", ""
        return str(note.get("etag", "")), str(note.get("last_modified", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A file to be placed.

    Attributes:
        path: where it lies now.
        name: what it is to be called.
        sha256: of its content.
        note: what to keep beside it.
        moved: True where it is moved, False where it is copied.
    """

    path: Path
    name: str
    sha256: str
    note: Mapping[str, object] = field(default_factory=dict)
    moved: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The folder of downloaded files."""

    folder: Path

    @property
    def staging(self) -> Path:
        """Where files lie until they are whole."""
        return self.folder / STAGING

    def deliveries(self, source: str) -> list[tuple[str, int, Path]]:
        """Return day, number within the day and folder of a source's deliveries, oldest first."""
        base = self.folder / source
        found = []
        for path in base.iterdir() if base.is_dir() else ():
            match = _DAY.fullmatch(path.name)
            if match and path.is_dir():
                found.append((match.group(1), int(match.group(2) or 1), path))
        return sorted(found)

    def newest(self, source: str, name: str, urls: Sequence[str]) -> Held | None:
        """Return the newest file of that name, or from one of `urls` where `name` is empty."""
        for day, _number, folder in reversed(self.deliveries(source)):
            if name:
                paths = [folder / name]
            else:
                paths = [
                    folder / note.name[1 : -len(".fetched.json")]
                    for note in sorted(folder.glob(".*.fetched.json"))
                    if any(is_from(_read(note), url) for url in urls)
                ]
            for path in paths:
                if path.is_file():
                    return Held(path=path, day=day, note=_read(note_of(path)))
        return None

    def holding(self, source: str, day: str, items: Sequence[Item]) -> Path | None:
        """Return the folder of that day whose files these are, if no others came after them."""
        for found, _number, folder in reversed(self.deliveries(source)):
            if found == day and any((folder / item.name).exists() for item in items):
                # What an earlier folder holds was replaced since: that it came back is news.
                return folder if all(same(folder / item.name, item) for item in items) else None
        return None

    def place(self, source: str, day: str, items: Sequence[Item]) -> Path:
        """Put files where they belong and return their folder.

        Several files appear there at once; one may join others of the day.

        Raises: InvalidData: the disk refuses it.
        """
        base = self.folder / source
        try:
            base.mkdir(parents=True, exist_ok=True)
            for number in count(1):
                target = base / (day if number == 1 else f"{day}_{number}")
                if not target.exists():
                    return self._place_folder(target, items)
                if len(items) == 1 and target.is_dir() and not (target / items[0].name).exists():
                    _put(items[0], target)
                    sync_folder(target)
                    return target
        except OSError as error:
            raise InvalidData(error.strerror or str(error), file=error.filename or base) from None
        raise AssertionError  # counting does not end

    def _place_folder(self, target: Path, items: Sequence[Item]) -> Path:
        aside = self.staging / f"{target.parent.name}.new"
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        for item in items:
            _put(item, aside)
        sync_folder(aside)
        aside.rename(target)
        sync_folder(target.parent)
        return target


def note_of(path: Path) -> Path:
    """Return the hidden file beside `path` that says where it came from."""
    return path.with_name(f".{path.name}.fetched.json")


def is_from(note: Mapping[str, object], url: str) -> bool:
    """Return True if the file that a note is of came from that very address, query and all."""
    kept = note.get("url_sha256") or url_digest(str(note.get("url", "")))
    return kept == url_digest(url)


def same(path: Path, item: Item) -> bool:
    """Return True if `path` is a file with the item's content."""
    return (
        path.is_file()
        and path.stat().st_size == item.path.stat().st_size
        and sha256_of(path) == item.sha256
    )


def published_day(last_modified: str, now: datetime) -> str:
    """Return the UTC day that a publisher says it changed a file on; today where that cannot be."""
    when = parse_http_date(last_modified)
    if when is None or when.year < _FIRST_YEAR or when > now + timedelta(days=1):
        when = now
    return when.astimezone(UTC).date().isoformat()


def _put(item: Item, folder: Path) -> None:
    # The note first: a file without its note would look like one that someone else put there.
    target = folder / item.name
    write_json(note_of(target), item.note)
    if item.moved:
        sync_file(item.path)
        item.path.rename(target)
    else:
        shutil.copyfile(item.path, target)
        sync_file(target)


def _read(path: Path) -> Mapping[str, object]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
