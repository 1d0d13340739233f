"""A build in the making: the loads merged, then artefacts derived, then the pointer moved."""

from __future__ import annotations

import json
import logging
import re
import shutil
from contextlib import ExitStack
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from puente.errors import InvalidData, PuenteError
from puente.i18n import gettext as _
from puente.model.provenance import APART, strictest
from puente.store.cells import CELL_COLUMNS, Cell
from puente.store.merge import ROW_GROUP, merge_loads
from puente.store.place import note_files
from puente.store.snapshot import Snapshot
from puente.store.sorted_parts import merged
from puente.store.tables import BUILD_TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    import pyarrow as pa

    from puente.store.loads import LoadInfo
    from puente.store.place import Place

_log = logging.getLogger(__name__)

METADATA_KEY = b"puente"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,60}")
_STAMP = "%Y%m%dT%H%M%S%f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where and with what a build is made.

    Attributes:
        place: where the lake lies.
        clock: tells the time of the build.
        memory_limit_mb, threads: of the engine that merges.
        keep: how many builds stand after publishing, the new one included.
    """

    place: Place
    clock: Callable[[], datetime]
    memory_limit_mb: int
    threads: int
    keep: int


class BuildWriter:
    """Takes in derived artefacts; publishes the build. Use as a context, or close it.

    Closed without `publish`, it removes what it wrote and the previous build goes on standing.

    Attributes:
        build_id: id of the build.
        path: its folder, unfinished until published.
    """

    def __init__(self, site: Site, loads: Sequence[LoadInfo]) -> None:
        self._site = site
        self._loads = loads
        self._artefacts: dict[str, str] = {}
        self._rows: Mapping[str, int] = {}
        self._cells: tuple[Cell, ...] = ()
        self._published = False
        site.place.lock.acquire()
        with ExitStack() as on_failure:
            on_failure.callback(site.place.lock.release)
            self.build_id = self._new_id()
            self.path = site.place.root / "builds" / self.build_id
            self.path.mkdir(mode=0o700)
            on_failure.pop_all()
            self._open = True
            on_failure.callback(self.close)
            self._rows = self._merge()
            by_table = read_cells(self.path / "cells.parquet")
            self._cells = tuple(sorted({cell for cells in by_table.values() for cell in cells}))
            on_failure.pop_all()

    def __enter__(self) -> BuildWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def snapshot(self) -> Snapshot:
        """Return the build as a reader sees it now, unfinished."""
        return Snapshot(id=self.build_id, path=self.path, finished=False)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Return the cells of all loads together."""
        return self._cells

    def write(
        self,
        name: str,
        table: pa.Table,
        marking: str = "",
        *,
        cells: Iterable[Cell] | None = None,
    ) -> None:
        """Write a derived artefact. It carries the strictest marking of what it was made from.

        Args:
            name: lower case letters, digits and `_`.
            table: its rows.
            marking: a marking to carry at least; "" adds none.
            cells: what it was made from, e.g. `view.lineage`; None is all that was loaded.

        Raises: InvalidData: a name that is not free, a cell that was never loaded, or one of a
            class that stands apart: nothing shared is made from such records.
        """
        self._check_name(name)
        table, carried = self._noted(table, marking, cells)
        aside = self.path / f".{name}.parquet"
        pq.write_table(table, aside, compression="zstd", row_group_size=ROW_GROUP)
        aside.replace(self.path / f"{name}.parquet")
        self._artefacts[name] = carried

    def write_parts(
        self,
        name: str,
        parts: Iterable[pa.Table],
        order: Sequence[str],
        cells: Callable[[], Iterable[Cell]],
    ) -> None:
        """Write a derived artefact that is too large for memory, as `write` would write it whole.

        Args:
            name: as of `write`.
            parts: its rows; each part is sorted by `order`. There is one at least.
            order: columns that no two rows have alike; the first is text.
            cells: gives what the parts were made from, once all of them are made.

        Raises: InvalidData: as `write`.
        """
        self._check_name(name)
        spill = self.path / f".{name}"
        spill.mkdir()
        paths: list[Path] = []
        for part in parts:
            paths.append(spill / f"{len(paths)}.parquet")
            pq.write_table(part, paths[-1], compression="zstd", row_group_size=ROW_GROUP)
        made_from, aside, carried = tuple(cells()), self.path / f".{name}.parquet", ""
        writer: pq.ParquetWriter | None = None
        try:
            for table in merged(paths, order, ROW_GROUP):
                noted, carried = self._noted(table, "", made_from)
                if writer is None:
                    writer = pq.ParquetWriter(aside, noted.schema, compression="zstd")
                writer.write_table(noted, ROW_GROUP)
        finally:
            if writer is not None:
                writer.close()
        shutil.rmtree(spill)
        aside.replace(self.path / f"{name}.parquet")
        self._artefacts[name] = carried

    def _noted(
        self, table: pa.Table, marking: str, cells: Iterable[Cell] | None
    ) -> tuple[pa.Table, str]:
        """Return a table that says what it was made from, and the marking that it carries."""
        used = self._used(cells)
        carried = strictest([*(cell.marking for cell in used), *([marking] if marking else [])])
        note = {"marking": carried, "cells": [astuple(cell) for cell in used]}
        said = {METADATA_KEY: json.dumps(note, ensure_ascii=False).encode()}
        return table.replace_schema_metadata({**(table.schema.metadata or {}), **said}), carried

    @staticmethod
    def _check_name(name: str) -> None:
        if not _NAME.fullmatch(name) or name in BUILD_TABLES or name == "cells":
            raise InvalidData(_("{name!r} cannot name an artefact").format(name=name))

    def publish(self) -> Snapshot:
        """Make this build the one that readers open; return it. Older builds are removed.

        One that cannot be removed stays until the next build; this one stands all the same.

        Raises:
            Conflict: the lock that keeps other writers out was lost meanwhile.
            SourceFailed: the object store did not take it; the previous build goes on standing.
        """
        place = self._site.place
        manifest = {
            "build": self.build_id,
            "made_at": self._site.clock().isoformat(timespec="seconds"),
            "loads": [load.load for load in self._loads],
            "rows": dict(self._rows),
            "artefacts": self._artefacts,
            "files": note_files(self.path),
        }
        place.publish(self.path, f"builds/{self.build_id}", manifest)
        self._published = True
        place.lock.confirm()
        place.make_current(self.build_id)
        self._prune()
        self.close()
        return Snapshot(id=self.build_id, path=self.path)

    def close(self) -> None:
        """Let go of the build; what was not published is removed."""
        if not self._open:
            return
        self._open = False
        try:
            if not self._published:
                shutil.rmtree(self.path, ignore_errors=True)
        finally:
            self._site.place.lock.release()

    def _new_id(self) -> str:
        digest = sha256("".join(sorted(load.load for load in self._loads)).encode()).hexdigest()
        now = self._site.clock().astimezone(UTC)
        folder = self._site.place.root / "builds"
        standing = map(_build_of, self._site.place.standing("builds"))
        names = [*(path.name for path in folder.iterdir()), *standing]
        # Later than every other build, even where the clock was set back: names sort by age.
        for made in filter(None, map(_made_at, names)):
            now = max(now, made + timedelta(microseconds=1))
        return f"{now:{_STAMP}}-{digest[:8]}"

    def _merge(self) -> Mapping[str, int]:
        import duckdb

        spill = self.path / ".spill"
        with duckdb.connect(
            config={
                "memory_limit": f"{self._site.memory_limit_mb}MB",
                "threads": self._site.threads,
                "temp_directory": str(spill),
            }
        ) as connection:
            rows = merge_loads(connection, self._loads, self.path)
        shutil.rmtree(spill, ignore_errors=True)
        return rows

    def _used(self, cells: Iterable[Cell] | None) -> tuple[Cell, ...]:
        used = self._cells if cells is None else tuple(sorted(set(cells)))
        apart = [cell for cell in used if cell.record_class in APART]
        if apart:
            raise InvalidData(_("nothing shared is made from {cell}").format(cell=min(apart)))
        unknown = set(used) - set(self._cells)
        if unknown:
            raise InvalidData(_("nothing was loaded of {cell}").format(cell=min(unknown)))
        return used

    def _prune(self) -> None:
        try:
            standing = map(_build_of, self._site.place.standing("builds"))
            older = [build for build in standing if build != self.build_id]
            for build in older[: max(0, len(older) - self._site.keep + 1)]:
                self._site.place.remove(f"builds/{build}")
        except (OSError, PuenteError) as error:
            # The build is published: whoever made it must not take it for failed.
            _log.warning("older builds were not removed: %s", type(error).__name__)


def read_cells(path: Path) -> dict[str, tuple[Cell, ...]]:
    """Return the cells that each table of a build holds, as its `cells` table lists them."""
    found: dict[str, list[Cell]] = {}
    for row in pq.read_table(path, columns=["table", *CELL_COLUMNS]).to_pylist():
        found.setdefault(row.pop("table"), []).append(Cell(**row))
    return {table: tuple(sorted(cells)) for table, cells in found.items()}


def read_origin(path: Path) -> tuple[str, tuple[Cell, ...]]:
    """Return an artefact's marking and the cells that it was made from.

    Raises: InvalidData: the file does not say; it is then shown to nobody.
    """
    note = pq.read_schema(path).metadata or {}
    try:
        content = json.loads(note[METADATA_KEY])
        cells = [Cell(**dict(zip(CELL_COLUMNS, cell, strict=True))) for cell in content["cells"]]
        return str(content["marking"]), tuple(cells)
    except (KeyError, ValueError, TypeError):
        raise InvalidData(_("does not say what it was made from"), file=path) from None


def _made_at(name: str) -> datetime | None:
    """Return when a build was made, by its name; None where that is no build's."""
    try:
        return datetime.strptime(name.partition("-")[0], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def _build_of(folder: str) -> str:
    return folder.removeprefix("builds/")
