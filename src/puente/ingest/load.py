"""One file of one source read into the lake, once; or all files of a folder, in order."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import file_digest
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.claims import columns_of
from puente.ingest.load_report import LoadReport as LoadReport
from puente.ingest.load_report import left_out, report_of
from puente.ingest.source import (
    Batch,
    Limits,
    LoadContext,
    Reject,
    find_all,
)
from puente.model.places import Gazetteer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from puente.ingest.source import Claim, Source, SourceFile
    from puente.settings import Settings
    from puente.store.lake import Lake, LoadInfo, LoadWriter

_log = logging.getLogger(__name__)

FLUSH_CLAIMS = 50_000
"""Claims held in memory before they are written."""

BLOCK_BYTES = 8 << 20
"""Bytes of a flat file that are read together; past it speed no longer grows and memory does."""


@dataclass(slots=True, kw_only=True)
class Loading:
    """Loads files into one lake; remembers the places and ids that later files refer to.

    Attributes:
        lake: where to.
        now: the time of the load.
        limits: what a file may cost.
        only: ids of the loads whose places and ids count; None is every load of the lake. Filled
            by `load`, so that a folder's files see each other and not what was loaded elsewhere.
    """

    lake: Lake
    now: datetime
    limits: Limits = field(default_factory=Limits)
    only: set[str] | None = None
    _gazetteer: Gazetteer | None = None
    _known: dict[str, frozenset[str]] = field(default_factory=dict)

    def load(self, source: Source, file: SourceFile) -> LoadReport:
        """Load one file; the same file again changes nothing.

        Raises:
            InvalidData: the file as a whole cannot be read; nothing of it is kept. It names the
                file.
            Conflict: another process is writing to the lake.
        """
        with _naming(file):
            return self._load(source, file)

    def _load(self, source: Source, file: SourceFile) -> LoadReport:
        from puente.store.lake import Origin

        info = source.info
        dated = bool(file.published) or not info.stage
        if not dated:
            changed = datetime.fromtimestamp(file.path.stat().st_mtime, tz=UTC)
            file = replace(file, published=changed.date().isoformat())
        stamp = _stamp(file)
        origin = Origin(
            source=info.name,
            part=file.part,
            reading=info.reading,
            path=file.shown or str(file.path),
            sha256=sha256_of(file.path),
            published=file.published,
            agency=info.agency,
            marking=info.marking,
            record_class=info.record_class,
            dated=dated,
        )
        held = self.lake.find_load(origin.load, info.name)
        unchanged = held is not None
        if held is None:
            with self.lake.begin_load(origin) as writer:
                held = self._read(source, file, writer, stamp)
            _log.info(
                "loaded source=%s load=%s rows=%d rejected=%d",
                info.name,
                held.load,
                held.rows,
                held.rejected,
            )
        if self.only is not None:
            self.only.add(held.load)
        if "places" in held.tables:
            self._gazetteer = None
        self._known.pop(info.name, None)
        return report_of(held, file, unchanged=unchanged)

    def _read(
        self, source: Source, file: SourceFile, writer: LoadWriter, stamp: tuple[int, int]
    ) -> LoadInfo:
        context = LoadContext(
            info=source.info,
            file=file,
            today=self.now.date(),
            gazetteer=self.gazetteer() if source.info.stage else Gazetteer(),
            known=self.known,
            limits=self.limits,
            block_bytes=BLOCK_BYTES,
        )
        rejected = 0
        claims: list[Claim] = []
        for item in source.read(file, context):
            if isinstance(item, list):
                claims += item
                if len(claims) >= FLUSH_CLAIMS:
                    writer.rows("statements", columns_of(claims, source.info, file))
                    claims = []
            elif isinstance(item, Reject):
                rejected += 1
                writer.reject(item.line, item.reason, item.raw)
            elif isinstance(item, Batch):
                if claims and item.table == "statements":
                    # They stand in the file before those of the batch.
                    writer.rows("statements", columns_of(claims, source.info, file))
                    claims = []
                writer.rows(item.table, item.rows)
            else:
                writer.statement(item)
        if claims:
            writer.rows("statements", columns_of(claims, source.info, file))
        if _stamp(file) != stamp:
            # Its checksum would be of another content than its rows.
            message = _("the file changed while it was read; load it once it is whole")
            raise InvalidData(message, file=file.path)
        return writer.publish(
            rows=context.rows,
            loaded=context.rows - rejected,
            rejected=rejected,
            facts=dict(sorted(context.facts.items())),
        )

    def gazetteer(self) -> Gazetteer:
        """Return the municipalities of the places that have been loaded."""
        if self._gazetteer is None:
            import pyarrow.parquet as pq

            rows: list[dict[str, object]] = []
            for load in self._loads("places"):
                rows += pq.read_table(load.folder / "places.parquet").to_pylist()
            self._gazetteer = Gazetteer(rows)
        return self._gazetteer

    def known(self, source: str) -> frozenset[str]:
        """Return the ids of the entities that a source's loads speak of."""
        if source not in self._known:
            import pyarrow.parquet as pq

            ids: set[str] = set()
            for load in self._loads("statements", source):
                table = pq.read_table(load.folder / "statements.parquet", columns=["entity_id"])
                ids.update(table.column("entity_id").unique().to_pylist())
            self._known[source] = frozenset(ids)
        return self._known[source]

    def _loads(self, table: str, source: str = "") -> list[LoadInfo]:
        return [
            load
            for load in self.lake.loads()
            if table in load.tables
            and source in {"", load.source}
            and (self.only is None or load.load in self.only)
        ]


def _stamp(file: SourceFile) -> tuple[int, int]:
    state = file.path.stat()
    return state.st_size, state.st_mtime_ns


@contextmanager
def _naming(file: SourceFile) -> Iterator[None]:
    """Make every fault of a file name it; one that went away while it was read is one too."""
    try:
        yield
    except InvalidData as error:
        if error.file is not None:
            raise
        raise InvalidData(error.reason, file=file.path, line=error.line) from None
    except OSError as error:
        # Any other file is the lake's own, and no fault of the source's.
        if error.filename not in {str(path) for path in (file.path, *file.siblings.values())}:
            raise
        reason = error.strerror or _("cannot be read")
        raise InvalidData(reason, file=error.filename) from None


def limits_of(settings: Settings) -> Limits:
    """Return what a file may cost by the node's settings."""
    return Limits(max_file_mb=settings.max_file_mb, max_line_bytes=settings.max_line_bytes)


def load_file(
    source: Source,
    file: SourceFile,
    lake: Lake,
    *,
    now: datetime,
    limits: Limits | None = None,
) -> LoadReport:
    """Load one file of a source into the lake; the same file again changes nothing.

    Raises:
        InvalidData: the file as a whole cannot be read; nothing of it is kept.
        Conflict: another process is writing to the lake.
    """
    return Loading(lake=lake, now=now, limits=limits or Limits()).load(source, file)


def load_folder(
    root: Path,
    lake: Lake,
    *,
    now: datetime,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    sources: Iterable[Source] | None = None,
    limits: Limits | None = None,
) -> tuple[list[LoadReport], list[Path]]:
    """Load every file at or below `root` that a source recognises.

    Args:
        root: folder, or one file.
        lake: where to.
        now: the time of the load.
        progress: called with files done and files in all.
        sources: which sources; None for all that Puente ships.
        limits: what a file may cost.

    Returns: a report for every file, in loading order; and the files that no source recognises.

    Raises:
        InvalidData: a file as a whole cannot be read. The files before it stay loaded; a build on
            the rest would lack a list without saying so, hence none is made.
    """
    if sources is None:
        from puente.ingest.sources import all_sources

        sources = all_sources()
    loading = Loading(lake=lake, now=now, limits=limits or Limits(), only=set())
    return load_all(root, loading, sources, progress)


def load_all(
    root: Path,
    loading: Loading,
    sources: Iterable[Source],
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    *,
    skip_bad: bool = False,
) -> tuple[list[LoadReport], list[Path]]:
    """Load every file at or below `root` that one of `sources` recognises.

    Args:
        root: folder, or one file.
        loading: into which lake.
        sources: which sources.
        progress: called with files done and files in all.
        skip_bad: True leaves a file out that as a whole cannot be read; its report has the
            `error`.

    Returns: a report for every file, in loading order; and the files that no source recognises.

    Raises:
        InvalidData: a file as a whole cannot be read, where `skip_bad` is False. The files before
            it stay loaded.
    """
    by_name = {source.info.name: source for source in sources}
    files, unrecognised = find_all(root, by_name.values())
    pairs = [(by_name[file.source], file) for file in files]
    return _load_each(pairs, loading, progress, skip_bad=skip_bad), unrecognised


def load_beside(
    source: Source, root: Path, loading: Loading, progress: Callable[[int, int], None]
) -> list[LoadReport]:
    """Load the files of one source beside what the lake holds: its places and ids count too.

    Args:
        source: whose files.
        root: folder, or one file.
        loading: into which lake; with `only` None it sees every load.
        progress: called with files done and files in all.

    Raises: InvalidData: no file of the source is there, or one as a whole cannot be read.
    """
    files = source.find(root)
    if not files:
        name = source.info.name
        raise InvalidData(_("no file of source {name} here").format(name=name), file=root)
    return _load_each([(source, file) for file in files], loading, progress)


def _load_each(
    pairs: Sequence[tuple[Source, SourceFile]],
    loading: Loading,
    progress: Callable[[int, int], None],
    *,
    skip_bad: bool = False,
) -> list[LoadReport]:
    reports: list[LoadReport] = []
    for done, (source, file) in enumerate(pairs):
        progress(done, len(pairs))
        try:
            reports.append(loading.load(source, file))
        except InvalidData as error:
            if not skip_bad:
                raise
            reports.append(left_out(file.source, file, error))
            _log.info("left out a file of source=%s: it cannot be read", file.source)
    progress(len(pairs), len(pairs))
    return reports


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal.

    Raises: InvalidData: it cannot be read.
    """
    try:
        with path.open("rb") as handle:
            return file_digest(handle, "sha256").hexdigest()
    except OSError as error:
        raise InvalidData(error.strerror or _("cannot be read"), file=path) from None
