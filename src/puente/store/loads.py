"""One delivered file, as the lake keeps it: written once, never changed."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass, field, fields
from hashlib import sha256
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.model.entity import STATEMENT_FIELDS, Statement
from puente.model.provenance import Marking, RecordClass
from puente.store.place import note_files
from puente.store.tables import LOAD_TABLES, LOADS, REJECTS, STATEMENTS, batch_of, check_origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    from puente.store.place import Place

FLUSH_ROWS = 50_000
RAW_CHARACTERS = 500
"""How much of a rejected record is kept: enough to find it, not a second copy of the file."""

_of_statement = attrgetter("id", *STATEMENT_FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a load is a load of.

    Attributes:
        source: name of the source.
        part: which series of files of the source, e.g. `alt`; "" where there is but one. A later
            delivery replaces an earlier one of the same part.
        path: the file, as it was named.
        sha256: SHA-256 of the file, hexadecimal.
        published: ISO date (may be partial) of the delivery.
        agency, marking, record_class: of every row that does not say its own.
        reading: version of how the source is read; another reading is another load.
        dated: False where `published` is the file's own time, which a copy changes; it is then no
            part of the load's id.
    """

    source: str
    part: str = ""
    reading: str = ""
    path: str
    sha256: str
    published: str
    agency: str
    marking: str
    record_class: str
    dated: bool = True

    def __post_init__(self) -> None:
        Marking.parse(self.marking)
        if self.record_class not in {item.value for item in RecordClass}:
            raise InvalidData(_("unknown record class {value!r}").format(value=self.record_class))
        if not self.source or self.source != self.source.strip("./\\ ") or "/" in self.source:
            raise InvalidData(_("{value!r} cannot name a source").format(value=self.source))

    @property
    def load(self) -> str:
        """Return the load's id: the same file, delivered again, has the same.

        Unless another came between on that day: then the list went back to what it had said.
        """
        published = self.published if self.dated else ""
        number = number_within_day(self.path, published) or 1
        if number > 1:
            published = f"{published}_{number}"
        return load_id(self.source, self.sha256, published, self.reading)


def load_id(source: str, file_sha256: str, published: str, reading: str = "") -> str:
    """Return the id of the load of one file, read in one way: 16 hexadecimal digits."""
    key = "\x1f".join((source, file_sha256, published, reading))
    return sha256(key.encode()).hexdigest()[:16]


def number_within_day(path: str, published: str) -> int | None:
    """Return which delivery of its day a file is, by the folder that `puente fetch` put it in.

    Args:
        path: the file, as it was named.
        published: ISO day of the delivery.

    Returns: 1 below a folder called by the day, N below `<day>_N`; None where neither holds it.
    """
    folder = rf"(?:^|[/\\]){re.escape(published)}(?:_([1-9][0-9]{{0,8}}))?(?=[/\\])"
    found = re.findall(folder, path) if published else []
    return int(found[-1] or 1) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadInfo:
    """What is known of a load. Times in ISO UTC; counts are of records of the file.

    Attributes:
        tables: rows written by table.
        facts: what the source is known for, counted while reading.
        dated: as of `Origin`; manifests from before it was kept do not tell.
        files: size and SHA-256 of every file by name.
    """

    load: str
    source: str
    part: str
    path: str
    sha256: str
    published: str
    loaded_at: str
    rows: int
    loaded: int
    rejected: int
    facts: Mapping[str, int]
    agency: str
    marking: str
    record_class: str
    dated: bool = True
    tables: Mapping[str, int]
    files: Mapping[str, Mapping[str, object]]
    place: Place = field(compare=False, repr=False)

    @property
    def number(self) -> int | None:
        """Return which delivery of its day it is, from 1; None where nothing says."""
        return number_within_day(self.path, self.published)

    @property
    def folder(self) -> Path:
        """Return where its files lie on this machine; an object store's are fetched first."""
        return self.place.hold(load_folder(self.source, self.load))

    def row(self) -> dict[str, object]:
        """Return the load as a row of the `loads` table."""
        values = {name: getattr(self, name) for name in LOADS.names}
        return {**values, "facts": json.dumps(dict(self.facts), sort_keys=True, ensure_ascii=False)}

    def manifest(self) -> dict[str, Any]:
        """Return the load as its manifest says it."""
        names = [spec.name for spec in fields(self) if spec.name != "place"]
        return {name: getattr(self, name) for name in names}


def standing(loads: Iterable[LoadInfo]) -> list[LoadInfo]:
    """Return the loads but for those of a file that was later read in another way."""
    newest: dict[tuple[str, ...], LoadInfo] = {}
    for load in loads:
        number = str(load.number or 1)
        key = (load.source, load.part, load.sha256, load.published, number)
        held = newest.get(key)
        if held is None or (held.loaded_at, held.load) < (load.loaded_at, load.load):
            newest[key] = load
    return list(newest.values())


def reject_reasons(load: LoadInfo) -> dict[str, int]:
    """Return why rows of the load were rejected, most frequent first. No contents."""
    if not load.rejected:
        return {}
    table = pq.read_table(load.folder / "rejects.parquet", columns=["reason"])
    counts = table["reason"].value_counts().to_pylist()
    found = sorted(((row["values"], row["counts"]) for row in counts), key=lambda r: (-r[1], r[0]))
    return {reason: int(count) for reason, count in found}


def load_folder(source: str, load: str) -> str:
    """Return the folder of a load within its lake."""
    return f"loads/{source}/{load}"


def read_load(place: Place, folder: str, manifest: Mapping[str, Any]) -> LoadInfo:
    """Return what a load's manifest says of it.

    Raises: InvalidData: it does not say what a load is, or speaks of another.
    """
    try:
        info = LoadInfo(place=place, **manifest)
    except TypeError:
        raise InvalidData(
            _("the load's manifest is damaged or of another version: load its file elsewhere"),
            file=folder,
        ) from None
    if load_folder(info.source, info.load) != folder:
        # What it names is read and, in copies of an object store, written.
        raise InvalidData(_("the load's manifest names another load"), file=folder)
    return info


class LoadWriter:
    """Takes in the rows of one file, in bounded memory. Use as a context; publish at the end.

    Left without `publish`, it removes what it wrote. The folder counts as a load only once its
    manifest stands in it, which is written last.
    """

    def __init__(self, place: Place, origin: Origin, *, now: datetime) -> None:
        self.origin = origin
        self.load = origin.load
        self._place = place
        self._aside = place.root / "loads" / origin.source / f".{origin.load}"
        self._now = now
        self._defaults = {
            "source": origin.source,
            "load": self.load,
            "agency": origin.agency,
            "marking": origin.marking,
            "record_class": origin.record_class,
        }
        self._statements: list[Statement] = []
        self._rejects: list[dict[str, object]] = []
        self._files: dict[str, pq.ParquetWriter] = {}
        self._counts: dict[str, int] = {}
        self._published: LoadInfo | None = None
        self._open = True
        place.lock.acquire()
        # A kill may have left an unfinished attempt at the same file.
        shutil.rmtree(self._aside, ignore_errors=True)
        self._aside.mkdir(parents=True, mode=0o700)

    def __enter__(self) -> LoadWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the load; what was not published is removed."""
        if not self._open:
            return
        self._open = False
        try:
            for writer in self._files.values():
                writer.close()
            if self._published is None:
                shutil.rmtree(self._aside, ignore_errors=True)
        finally:
            self._place.lock.release()

    def statement(self, statement: Statement) -> None:
        """Take in one statement."""
        self._statements.append(statement)
        if len(self._statements) >= FLUSH_ROWS:
            self._flush_statements()

    def statements(self, statements: Iterable[Statement]) -> None:
        """Take in statements, one after the other."""
        for statement in statements:
            self.statement(statement)

    def rows(self, table: str, rows: Sequence[Mapping[str, object]] | pa.RecordBatch) -> None:
        """Take in rows of a table; the columns of origin are filled in where absent.

        Raises: InvalidData: what does not fit the table.
        """
        for start in range(0, len(rows), FLUSH_ROWS):
            part = (
                rows.slice(start, FLUSH_ROWS)
                if isinstance(rows, pa.RecordBatch)
                else rows[start : start + FLUSH_ROWS]
            )
            self._write(table, batch_of(table, part, self._defaults))

    def reject(self, line: int | None, reason: str, raw: str = "", file: str = "") -> None:
        """Keep a record that could not be read, with its reason and its first 500 characters."""
        self._rejects.append(
            {
                "file": file or self.origin.path,
                "line": line,
                "reason": reason,
                "raw": raw[:RAW_CHARACTERS],
            }
        )
        if len(self._rejects) >= FLUSH_ROWS:
            self._flush_rejects()

    def publish(
        self, *, rows: int, loaded: int, rejected: int, facts: Mapping[str, int] | None = None
    ) -> LoadInfo:
        """Make the load stand; return what is known of it.

        Args:
            rows: records read.
            loaded: records that gave statements or rows.
            rejected: records kept as rejects.
            facts: what the source is known for, counted.

        Raises:
            InvalidData: the counts do not add up: a record was dropped without a word.
            Conflict: the load stands already.
            SourceFailed: the object store did not take it.
        """
        if rows != loaded + rejected:
            raise InvalidData(
                _("{rows} records read, but {loaded} loaded and {rejected} rejected").format(
                    rows=rows, loaded=loaded, rejected=rejected
                ),
                file=self.origin.path,
            )
        self._flush_statements()
        self._flush_rejects()
        for writer in self._files.values():
            writer.close()
        self._files.clear()
        info = LoadInfo(
            load=self.load,
            source=self.origin.source,
            part=self.origin.part,
            path=self.origin.path,
            sha256=self.origin.sha256,
            published=self.origin.published,
            loaded_at=self._now.isoformat(timespec="microseconds"),
            rows=rows,
            loaded=loaded,
            rejected=rejected,
            facts=dict(facts or {}),
            agency=self.origin.agency,
            marking=self.origin.marking,
            record_class=self.origin.record_class,
            dated=self.origin.dated,
            tables=dict(self._counts),
            files=note_files(self._aside),
            place=self._place,
        )
        self._place.publish(self._aside, load_folder(info.source, info.load), info.manifest())
        self._published = info
        return info

    def _flush_statements(self) -> None:
        if not self._statements:
            return
        held, self._statements = self._statements, []
        columns = list(zip(*map(_of_statement, held), strict=True))
        columns.append((self.load,) * len(held))
        try:
            arrays = [pa.array(column, pa.string()) for column in columns]
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise InvalidData(
                _("a statement holds what is no text: {error}").format(error=error),
                file=self.origin.path,
            ) from None
        batch = pa.RecordBatch.from_arrays(arrays, schema=STATEMENTS)
        if any(column.null_count for column in batch.columns):
            raise InvalidData(_("a statement holds no value"), file=self.origin.path)
        check_origin("statements", batch)
        self._write("statements", batch)

    def _flush_rejects(self) -> None:
        if self._rejects:
            held, self._rejects = self._rejects, []
            self._write("rejects", batch_of("rejects", held, self._defaults))

    def _write(self, table: str, batch: pa.RecordBatch) -> None:
        others = set(batch.column("source").unique().to_pylist()) - {self.origin.source}
        if others:
            raise InvalidData(
                _("a load of {source} cannot hold rows of {others}").format(
                    source=self.origin.source, others=", ".join(sorted(others))
                ),
                file=self.origin.path,
            )
        if table not in self._files:
            schema = REJECTS if table == "rejects" else LOAD_TABLES[table]
            self._files[table] = pq.ParquetWriter(
                self._aside / f"{table}.parquet", schema, compression="zstd"
            )
        self._files[table].write_batch(batch)
        self._counts[table] = self._counts.get(table, 0) + len(batch)
