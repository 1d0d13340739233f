"""The index of a list as a folder of plain arrays, mapped into memory and shared by all workers.

    <folder>/<key>/index.json     what it is, and every file's size and SHA-256
                   *.npy          the arrays of `NameIndex`, `Likenesses` and `Listed`
                   words.txt      the vocabulary, one word a line
                   entries.jsonl  the entries, one a line

`key` is a hash of the entries, of the format and of the code that folds and compares names. A
folder appears whole, by one rename, and is never changed; whoever has it open keeps it until he
lets go.

Source: NumPy Enhancement Proposal 1 (the .npy format), mapped as it lies.
Limits: the checksums find damage, not a forger who writes index.json anew; the folder needs the
    permissions of the workspace.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from hashlib import file_digest, sha256
from importlib.resources import files
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.screen.entry import ListEntry
from puente.screen.index import NameIndex
from puente.screen.vocabulary import ARRAYS, Likenesses, key_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_log = logging.getLogger(__name__)

Array = np.ndarray[Any, Any]
FORMAT = "puente-index-1"
INDEXES = "indexes"
"""Folder of a workspace that holds the indexes of its lists."""
ABOUT = "index.json"
WORDS, ENTRIES = "words.txt", "entries.jsonl"
_NAME_ARRAYS = (
    "weight", "entity", "place", "weak", "kind", "list", "start", "word", "total", "holders_start",
    "holder",
)  # fmt: skip
_ENTRY_FIELDS = tuple(field.name for field in fields(ListEntry))
_values = attrgetter(*_ENTRY_FIELDS)
_CODE = (
    "resolve/names", "screen/entry.py", "screen/index.py", "screen/index_files.py",
    "screen/respell.py", "screen/similar.py", "screen/vocabulary.py",
)  # fmt: skip
KEPT_ENTRIES = 20_000


@cache
def code_version() -> str:
    """Return the hash of the code and word lists that an index depends on, in 16 hex digits.

    Source: see the module.
    """
    root = Path(str(files("puente")))
    digest = sha256(FORMAT.encode())
    for name in _CODE:
        path = root / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and file.suffix != ".pyc":
                digest.update(file.relative_to(root).as_posix().encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


class StoredEntries(Sequence[ListEntry]):
    """Entries that lie in a file and are read when they are asked for.

    Source: see the module.
    """

    def __init__(self, text: Array, start: Array) -> None:
        """Take the bytes of the entries and where each begins (one more than entries)."""
        self._text = text
        self._start = start
        self._kept: OrderedDict[int, ListEntry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._start) - 1

    @overload
    def __getitem__(self, at: int) -> ListEntry: ...

    @overload
    def __getitem__(self, at: slice) -> list[ListEntry]: ...

    def __getitem__(self, at: int | slice) -> ListEntry | list[ListEntry]:
        if isinstance(at, slice):
            return [self[n] for n in range(*at.indices(len(self)))]
        found = self._kept.get(at)
        if found is None:
            if not -len(self) <= at < len(self):
                raise IndexError(at)
            at %= len(self)
            start, stop = int(self._start[at]), int(self._start[at + 1])
            found = _entry(self._text[start:stop].tobytes())
            if len(self._kept) >= KEPT_ENTRIES:
                self._kept.clear()
            self._kept[at] = found
        return found


class Identifiers(Mapping[str, Sequence[int]]):
    """Which entries bear a CURP, RFC or other identifier.

    Source: see the module.
    """

    def __init__(self, keys: Array, start: Array, entry: Array) -> None:
        """Take the numbers of the identifiers, rising, and the entries of each."""
        self.keys_, self.start, self.entry = keys, start, entry

    @classmethod
    def of(cls, entries: Iterable[ListEntry]) -> Identifiers:
        """Return the identifiers of `entries`.

        Source: see the module.
        """
        pairs = sorted(
            (key_number(value), number)
            for number, entry in enumerate(entries)
            for value in {*entry.curps, *entry.rfcs, *entry.other_ids}
        )
        numbers = np.array([pair[0] for pair in pairs], np.uint64)
        keys, start = np.unique(numbers, return_index=True)
        return cls(
            keys,
            np.append(start, len(pairs)).astype(np.int32),
            np.array([pair[1] for pair in pairs], np.int32),
        )

    def __getitem__(self, value: str) -> Sequence[int]:
        number = np.uint64(key_number(value))
        at = int(np.searchsorted(self.keys_, number))
        if at == len(self.keys_) or self.keys_[at] != number:
            raise KeyError(value)
        found: list[int] = self.entry[self.start[at] : self.start[at + 1]].tolist()
        return found

    def __iter__(self) -> Iterator[str]:
        raise TypeError("identifiers are kept as numbers and cannot be told")

    def __len__(self) -> int:
        return len(self.keys_)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListIndex:
    """All that questions are answered from.

    Attributes:
        key: hash of the entries and of the code; names the folder.
        entries: those that stand on a list, by number.
        names: their names.
        identifiers: who bears an identifier.
        path: the folder that it is mapped from; None where it was made in memory.

    Source: see the module.
    """

    key: str
    entries: Sequence[ListEntry]
    names: NameIndex
    identifiers: Identifiers
    path: Path | None = None

    @classmethod
    def of(cls, entries: Iterable[ListEntry], base: ListIndex | None = None) -> ListIndex:
        """Return the index of `entries`; those that are no longer current are left out.

        Args:
            base: see `NameIndex.of`.

        Source: see the module.
        """
        current = tuple(entry for entry in entries if entry.current)
        return cls(
            key=key_of(current, base),
            entries=current,
            names=NameIndex.of(current, base.names if base is not None else None),
            identifiers=Identifiers.of(current),
        )


def key_of(entries: Iterable[ListEntry], base: ListIndex | None = None) -> str:
    """Return the key of the index of `entries`, in 32 hex digits.

    Source: see the module.
    """
    digest = sha256(code_version().encode())
    digest.update((base.key if base is not None else "").encode())
    for entry in entries:
        digest.update(_line(entry))
    return digest.hexdigest()[:32]


def updated(base: ListIndex, entries: Iterable[ListEntry]) -> ListIndex:
    """Return the index of `entries` in which the words of `base` weigh what they weighed.

    So a delta moves the scores of the entries that it changes and no others.

    Limits: what a word weighs grows stale as a list grows; index anew after a tenth of it changed.
    Source: see the module.
    """
    return ListIndex.of(entries, base)


def write_index(index: ListIndex, folder: Path) -> Path:
    """Write an index below `folder` and return its own folder; one that stands is left as it is.

    A folder of that name that is damaged is replaced.

    Source: see the module.
    """
    target = folder / index.key
    if target.is_dir():
        try:
            open_index(target)
        except InvalidData:
            _log.warning("index %s is damaged and is made anew", index.key)
            _remove(target)
        else:
            return target
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = folder / f".{index.key}.{os.getpid()}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700)
    try:
        _write_files(index, part)
        try:
            part.rename(target)
        except OSError:
            if not target.is_dir():
                raise  # else another process was first; the same key is the same index
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return target


def open_index(path: Path) -> ListIndex:
    """Return the index that lies in `path`, mapped into memory, once every byte has been checked.

    Raises: InvalidData: no index, one of another version, or a damaged one.
    Source: see the module.
    Cost: 0.1 CPU-s for 24,000 names, 0.5 for a million.
    """
    about = _checked(path)
    words = (path / WORDS).read_text(encoding="utf-8").split("\n")[:-1]
    arrays = {file.stem: _mapped(file) for file in path.glob("*.npy")}
    likenesses = Likenesses.from_arrays(words, {name: arrays[name] for name in ARRAYS})
    by_name: dict[str, Any] = {name: arrays[name] for name in _NAME_ARRAYS}
    names = NameIndex(
        words=words,
        lists=tuple(about["lists"]),
        resembling=likenesses,
        counted=int(about["counted"]),
        **by_name,
    )
    text = np.memmap(path / ENTRIES, np.uint8, "r") if about["entries"] else np.zeros(0, np.uint8)
    return ListIndex(
        key=str(about["key"]),
        entries=StoredEntries(text, arrays["entry_start"]),
        names=names,
        identifiers=Identifiers(arrays["id_keys"], arrays["id_start"], arrays["id_entry"]),
        path=path,
    )


def opened(entries: Sequence[ListEntry], folder: Path) -> ListIndex:
    """Return the index of `entries`, mapped from below `folder`; made there first where it is not.

    Source: see the module.
    """
    path = folder / key_of(entry for entry in entries if entry.current)
    try:
        return open_index(path)
    except InvalidData as error:
        if path.exists():
            _log.warning("index %s is made anew: %s", path.name, error.reason)
    return open_index(write_index(ListIndex.of(entries), folder))


def prune(folder: Path, keep: Iterable[str]) -> int:
    """Remove the indexes below `folder` but those of the keys `keep`; return how many.

    A reader that has one open goes on reading it.

    Source: see the module.
    """
    kept = set(keep)
    gone = [path for path in folder.glob("*") if path.is_dir() and path.name not in kept]
    for path in gone:
        _remove(path)
    return len(gone)


def _remove(path: Path) -> None:
    (path / ABOUT).unlink(missing_ok=True)
    shutil.rmtree(path, ignore_errors=True)


def _line(entry: ListEntry) -> bytes:
    return json.dumps(_values(entry), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _entry(line: bytes) -> ListEntry:
    values = json.loads(line)
    held: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in zip(_ENTRY_FIELDS, values, strict=True)
    }
    return ListEntry(**held)


def _write_files(index: ListIndex, part: Path) -> None:
    names = index.names
    lengths = [0]
    with (part / ENTRIES).open("wb") as handle:
        lengths += [handle.write(_line(entry)) for entry in index.entries]
    with (part / WORDS).open("w", encoding="utf-8", newline="\n") as text:
        text.writelines(f"{word}\n" for word in names.words)
    arrays = {name: getattr(names, name) for name in _NAME_ARRAYS}
    arrays |= {name: getattr(names.resembling, name) for name in ARRAYS}
    arrays |= {
        "entry_start": np.cumsum(lengths, dtype=np.int64),
        "id_keys": index.identifiers.keys_,
        "id_start": index.identifiers.start,
        "id_entry": index.identifiers.entry,
    }
    for name, array in arrays.items():
        np.save(part / f"{name}.npy", array, allow_pickle=False)
    about = {
        "format": FORMAT,
        "code": code_version(),
        "key": index.key,
        "lists": list(names.lists),
        "entries": len(index.entries),
        "names": len(names.entity),
        "counted": names.counted,
        "files": {
            file.name: {"bytes": file.stat().st_size, "sha256": _sha256(file)}
            for file in sorted(part.iterdir())
        },
    }
    (part / ABOUT).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def _checked(path: Path) -> Mapping[str, Any]:
    """Return what the index says of itself, once its files are known to be what it says."""
    try:
        about = json.loads((path / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InvalidData(_("this is no index of a list"), file=path) from None
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise InvalidData(_("this index is of another version; make it anew"), file=path)
    if about.get("code") != code_version():
        reason = _("this index was made by another version of Puente; make it anew")
        raise InvalidData(reason, file=path)
    try:
        for name, said in about["files"].items():
            file = path / name
            if file.stat().st_size != said["bytes"] or _sha256(file) != said["sha256"]:
                raise InvalidData(_("this index is damaged; make it anew"), file=file)
    except (OSError, KeyError, TypeError, AttributeError):
        raise InvalidData(_("this index is damaged; make it anew"), file=path) from None
    return about


def _mapped(file: Path) -> Array:
    found: Array = np.load(file, mmap_mode="r", allow_pickle=False)
    # The plain view is quicker to slice, and keeps the map open as well.
    return found.view(np.ndarray)


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return file_digest(handle, "sha256").hexdigest()
