"""What a source is, what it hands over, and what it is given while a file of it is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Protocol

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.model.entity import Statement
from puente.model.places import Gazetteer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceInfo:
    """What a user must know of a source before trusting it.

    Attributes:
        name: its key everywhere, e.g. `ofac_sdn`.
        title: its published title.
        agency: who holds the records, e.g. `OFAC`.
        country: ISO alpha-2 in lower case of the agency.
        record_class: one of `RecordClass`.
        reliability, credibility: Admiralty grades that its claims start with.
        marking: handling marking of its claims.
        stage: 0 reference (places, population), 1 lists, 2 records; loaded in that order.
        url, licence, cadence: where it is published, under what terms, how often.
        legal_basis: the law under which the agency holds the records and may pass them on.
        obtained: how the records came about, e.g. `reported by the victim`, `court order`.
        reading: version of how its files are read; raise it when they would be read otherwise.
    """

    name: str
    title: str
    agency: str
    country: str
    record_class: str
    reliability: str = "B"
    credibility: str = "3"
    marking: str = "TLP:AMBER"
    stage: int = 2
    url: str = ""
    licence: str = ""
    cadence: str = ""
    legal_basis: str = ""
    obtained: str = ""
    reading: str = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file of one source.

    Attributes:
        path: the file.
        source: name of its source.
        published: ISO date of the delivery, day, month or year; "" where nothing says.
        part: which series of files of the source, e.g. `alliances`; "" where there is but one.
        siblings: other files of the same delivery, by part.
        shown: what is recorded and shown as its path, where the file is but a copy of something
            else (a table of a database); "" is the path itself.
    """

    path: Path
    source: str
    published: str
    part: str = ""
    siblings: Mapping[str, Path] = field(default_factory=dict)
    shown: str = ""


Claim = tuple[str, str, str, str, str, int, str]
"""The part of a statement that differs within one file: entity id, schema, property, value,
original, line, date. `load` adds the rest. A plain tuple, since a file has millions of them and
the garbage collector leaves plain tuples of text alone (a fifth of the time of a load)."""


@dataclass(slots=True)
class Claims:
    """Collects the claims of one row about one entity after the other."""

    line: int
    date: str = ""
    entity_id: str = ""
    schema: str = ""
    held: list[Claim] = field(default_factory=list)

    def about(self, entity_id: str, schema: str) -> Claims:
        """Make what is added next speak of another entity; return self."""
        self.entity_id, self.schema = entity_id, schema
        return self

    def add(self, prop: str, value: str, original: str | None = None) -> None:
        """Add one claim; `original` is the value where it was not changed."""
        text = value if original is None else original
        self.held.append((self.entity_id, self.schema, prop, value, text, self.line, self.date))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A row that could not be read, kept with its reason.

    Attributes:
        line: 1-based line in the file on which the row begins.
        reason: what is wrong, in English, since it is stored.
        raw: the row as it stands; the first 500 characters are kept.
    """

    line: int
    reason: str
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Rows for a lake table other than `statements`."""

    table: str
    rows: list[dict[str, object]] | pa.RecordBatch


Handed = list[Claim] | Statement | Batch | Reject
"""What a source yields: the claims of a row, one statement, rows of another table, a reject."""


class Source(Protocol):
    """Something that recognises its files and reads them."""

    @property
    def info(self) -> SourceInfo:
        """Return what a user must know of it."""
        ...

    def find(self, root: Path) -> list[SourceFile]:
        """Return its files at or anywhere below `root`, oldest delivery first."""
        ...

    def read(self, file: SourceFile, context: LoadContext) -> Iterator[Handed]:
        """Yield what the file says; count every row on `context`, reject what cannot be read.

        Raises: InvalidData: the file as a whole is not what it claims to be.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a file may cost. Source: `puente.settings.Settings`."""

    max_file_mb: int = 4096
    max_line_bytes: int = 1_000_000


def _nothing_known(source: str) -> frozenset[str]:  # noqa: ARG001 - the signature is fixed
    return frozenset()


@dataclass(slots=True, kw_only=True)
class LoadContext:
    """What a source is given while one file is read, and where it counts.

    Attributes:
        info, file: the source and the file.
        today: the day of the load (the clock is handed in).
        gazetteer: municipalities loaded so far; may be empty.
        known: entity ids that a source has loaded so far.
        limits: sizes.
        block_bytes: bytes of a flat file that are read together, its claims then handed over by
            column as a batch of `statements`; 0: row by row.
        rows: rows read so far, good or bad.
        facts: what the file is known for, by name.
    """

    info: SourceInfo
    file: SourceFile
    today: date
    gazetteer: Gazetteer = field(default_factory=Gazetteer)
    known: Callable[[str], frozenset[str]] = _nothing_known
    limits: Limits = field(default_factory=Limits)
    block_bytes: int = 0
    rows: int = 0
    facts: dict[str, int] = field(default_factory=dict)

    def row(self) -> None:
        """Count a row read."""
        self.rows += 1

    def fact(self, key: str, n: int = 1) -> None:
        """Add `n` to the fact called `key`."""
        self.facts[key] = self.facts.get(key, 0) + n

    def statement(self, claim: Claim) -> Statement:
        """Return the full statement of a claim, with the source's defaults."""
        info, published = self.info, self.file.published
        entity_id, schema, prop, value, original, line, day = claim
        return Statement(
            entity_id=entity_id,
            schema=schema,
            prop=prop,
            value=value,
            original=original,
            source=info.name,
            row=f"{self.file.path.name}:{line}",
            agency=info.agency,
            date=day,
            first_seen=published,
            last_seen=published,
            reliability=info.reliability,
            credibility=info.credibility,
            marking=info.marking,
            record_class=info.record_class,
        )


Row = tuple[int, list[str]]
"""A row read: the line on which it begins, and its cells."""


def each_row(
    rows: Iterable[Row | Reject], convert: Callable[[int, list[str]], list[Claim]]
) -> Iterator[list[Claim] | Reject]:
    """Yield the claims of every row; a row that `convert` refuses becomes a reject."""
    for item in rows:
        if isinstance(item, Reject):
            yield item
            continue
        line, cells = item
        try:
            yield convert(line, cells)
        except InvalidData as error:
            yield Reject(line=line, reason=error.reason, raw=",".join(cells)[:500])


# --- finding files -----------------------------------------------------------------------------

_ISO_DAY = re.compile(r"[0-9]{4}(?:-[0-9]{2}){0,2}(?=$|[T Z]|[+-][0-9]{2}:)")


def iso_day(text: object) -> str:
    """Return the day, month or year with which a text begins, "" where it is no such date.

    What may follow is a time or a zone: `2023-04-20T10:00:00`, `2015-06-01-04:00`.
    """
    found = _ISO_DAY.match(text) if isinstance(text, str) else None
    if found is None:
        return ""
    try:
        date.fromisoformat((found[0] + "-01-01")[:10])
    except ValueError:
        return ""
    return found[0]


_DATE_IN_NAME = re.compile(r"(?<!\d)((?:19|20)\d\d(?:-[01]\d(?:-[0-3]\d)?)?)(?![\d-])")


def date_in_name(name: str) -> str:
    """Return the most exact ISO date (day, month or year) in a name, the last of equals; or ""."""
    found = _DATE_IN_NAME.findall(name)
    return str(max(reversed(found), key=len)) if found else ""


def published_on(path: Path) -> str:
    """Return the date of a delivery from the file's name or its folder's, "" where neither has one.

    The file's own time is no date of publication: a copy changes it. `Loading.load` falls back on
    it, and knows the file again all the same.
    """
    return date_in_name(path.stem) or date_in_name(path.parent.name)


def files_below(root: Path, *patterns: str) -> list[Path]:
    """Return the files at or below `root` whose name fits one of `patterns`, sorted.

    Raises: InvalidData: there is no such file or folder.
    """
    return [
        path
        for path in all_files(root)
        if any(fnmatch(path.name.lower(), pattern.lower()) for pattern in patterns)
    ]


def all_files(root: Path) -> list[Path]:
    """Return every file at or below `root`, sorted; hidden ones and truth files are left out.

    A folder called `truth` holds answers that planted data are scored with, never records.

    Raises: InvalidData: there is no such file or folder.
    """
    if root.is_file():
        return [root]
    if not root.is_dir():
        raise InvalidData(_("no such file or folder"), file=root)
    found: list[Path] = []
    folders = [root]
    while folders:
        for entry in sorted(folders.pop().iterdir()):
            if entry.name.startswith(".") or entry.name == "truth":
                continue
            if entry.is_dir() and not entry.is_symlink():
                folders.append(entry)
            elif entry.is_file():
                found.append(entry)
    return sorted(found)


def find_all(root: Path, sources: Iterable[Source]) -> tuple[list[SourceFile], list[Path]]:
    """Return the files that `sources` recognise, in loading order, and the files no one does.

    Loading order is stage, source as given, date of delivery, path. A file that two sources
    claim goes to the first of them.
    """
    taken: dict[Path, SourceFile] = {}
    order: dict[Path, tuple[int, int, str, str]] = {}
    for number, source in enumerate(sources):
        for file in source.find(root):
            if file.path not in taken:
                taken[file.path] = file
                order[file.path] = (source.info.stage, number, file.published, str(file.path))
    used = set(taken)
    for file in taken.values():
        used.update(file.siblings.values())
    known = sorted(taken, key=lambda path: order[path])
    return [taken[path] for path in known], [p for p in all_files(root) if p not in used]
