"""Whatever a stranger's file holds, it is answered: refused by name, or read with what was not."""

from __future__ import annotations

import os
import resource
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from make_hostile import Hostile, hostile_files
from small_files import PARQUET_MAPPING, seeds

from puente.errors import InvalidData
from puente.ingest.load import Loading, load_all
from puente.ingest.sources import all_sources
from puente.store.lake import Lake
from puente.world.make import Extras, make_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from puente.ingest.load_report import LoadReport
    from puente.ingest.source import Handed, LoadContext, Source, SourceFile, SourceInfo

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PLACES = "df_mxmunicipio_2019.csv"
MOST_MB = 700
"""What the peak may grow by: the tests themselves hold bombs of 64 MB while they pack them."""


@dataclass(slots=True)
class Tried:
    """What came of hostile files: faults, and how often each damage was answered how."""

    faults: list[str] = field(default_factory=list)
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)

    def table(self) -> str:
        """Return the table of damages and answers."""
        names = sorted({damage for damage, _answer in self.answers})
        kinds = ("refused", "rejects kept", "read", "not recognised")
        lines = [f"{'damage':44}" + "".join(f"{kind:>16}" for kind in kinds)]
        lines += [f"{n:44}" + "".join(f"{self.answers[n, k]:16}" for k in kinds) for n in names]
        return "\n".join(lines)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile-world")
    make_world(folder, people=500, seed=7, extras=Extras(closed=True))
    return folder


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Source]:
    folder = tmp_path_factory.mktemp("hostile-mappings")
    (folder / "hostile.yaml").write_text(PARQUET_MAPPING, encoding="utf-8")
    from puente.ingest.mapping import mapped_sources

    own = [s for s in mapped_sources(folder) if s.info.name == "hostile_parquet"]
    return (*all_sources(), *own)


def test_every_layout_has_a_valid_file_to_start_from(
    world: Path, sources: Sequence[Source], tmp_path: Path
) -> None:
    """Else a layout would be left out of every test below without a word."""
    held = seeds(world)
    read: set[str] = set()
    for number, seed in enumerate(held):
        tried = _load(tmp_path / str(number), seed.name, seed.data, sources)
        read |= {report.source for report in tried if report.loaded}
    assert {source.info.name for source in sources} <= read


def test_each_of_hundreds_of_hostile_files_is_answered(
    world: Path, sources: Sequence[Source], tmp_path: Path
) -> None:
    tried = _try(hostile_files(seeds(world), 1, every=5), sources, tmp_path)
    assert sum(tried.answers.values()) >= 300
    sys.stdout.write(tried.table() + "\n")
    assert not tried.faults, "\n".join(tried.faults)


@pytest.mark.deep
@pytest.mark.parametrize("seed", [2, 3])
def test_each_damage_of_each_layout_is_answered(
    world: Path, sources: Sequence[Source], tmp_path: Path, seed: int
) -> None:
    tried = _try(hostile_files(seeds(world), seed), sources, tmp_path)
    assert sum(tried.answers.values()) >= 2000
    sys.stdout.write(tried.table() + "\n")
    assert not tried.faults, "\n".join(tried.faults)


def _try(files: Iterable[Hostile], sources: Sequence[Source], tmp_path: Path) -> Tried:
    tried = Tried()
    before = _peak_mb()
    for number, hostile in enumerate(files):
        folder = tmp_path / str(number)
        label = f"{hostile.name[:60]!r}, {hostile.damage}"
        try:
            reports = _load(folder, hostile.name, hostile.data, sources)
        except Exception as error:  # noqa: BLE001 - any other than those of the house is the fault
            tried.faults.append(f"{label}: {type(error).__name__}: {str(error)[:300]}")
            continue
        answer = _answer(reports)
        tried.answers[hostile.damage, answer] += 1
        tried.faults += [f"{label}: {fault}" for fault in _faults(reports, folder, hostile.name)]
        again = _load(folder, hostile.name, hostile.data, sources)
        if any(not r.error and not r.unchanged for r in again):
            tried.faults.append(f"{label}: loaded a second time")
        if not (folder / "data" / PLACES).is_file():
            tried.faults.append(f"{label}: the file beside it is gone")
    if _peak_mb() - before > MOST_MB:
        tried.faults.append(f"memory grew from {before} to {_peak_mb()} MB")
    return tried


def _load(folder: Path, name: str, data: bytes, sources: Sequence[Source]) -> list[LoadReport]:
    """Load a file beside a good table of places, as `puente build --skip-bad-files` does."""
    files = folder / "data"
    if not files.is_dir():
        files.mkdir(parents=True)
        (files / PLACES).write_text(
            "region,state_name,municipio_name,long,lat\n"
            "01001,Aguascalientes,Aguascalientes,-102.29,21.87\n"
            "01002,Aguascalientes,Asientos,-102.08,22.23\n",
            encoding="utf-8",
        )
        (files / name).write_bytes(data)
    loading = Loading(lake=Lake(folder / "lake"), now=NOW, only=set())
    reports, _unknown = load_all(files, loading, sources, skip_bad=True)
    good = [r for r in reports if r.path.endswith(PLACES)]
    assert [(r.loaded, r.error) for r in good] == [(2, "")], "the good file is not loaded"
    return [r for r in reports if r not in good]


def _answer(reports: list[LoadReport]) -> str:
    if not reports:
        return "not recognised"
    if any(report.error for report in reports):
        return "refused"
    return "rejects kept" if any(report.rejected for report in reports) else "read"


def _faults(reports: list[LoadReport], folder: Path, name: str) -> Iterable[str]:
    for report in reports:
        if report.rows != report.loaded + report.rejected or report.loaded < 0:
            yield f"{report.rows} rows, {report.loaded} loaded, {report.rejected} rejected"
        if sum(report.reasons.values()) > report.rejected:
            yield "more reasons than rejects"
        if report.error and len(report.error) > 600:
            yield f"a message of {len(report.error)} characters"
        if not report.path.endswith(name):
            yield f"another path: {report.path}"
    if not (folder / "lake").is_dir():
        yield "the lake is gone"


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


# --- what is no ordinary file -------------------------------------------------------------------


def test_a_folder_a_pipe_and_links_named_like_files_harm_nothing(
    sources: Sequence[Source], tmp_path: Path
) -> None:
    files = tmp_path / "data"
    (files / "sdn.csv").mkdir(parents=True)
    os.mkfifo(files / "alt.csv")
    (files / "loop").symlink_to(files, target_is_directory=True)
    (files / "add.csv").symlink_to("add.csv")
    (files / "press_monitor_2022.csv").symlink_to(tmp_path / "nowhere.csv")
    loading = Loading(lake=Lake(tmp_path / "lake"), now=NOW, only=set())
    assert load_all(files, loading, sources) == ([], [])


def test_a_file_that_may_not_be_read_is_named(sources: Sequence[Source], tmp_path: Path) -> None:
    path = tmp_path / "data" / "press_monitor_2022.csv"
    path.parent.mkdir()
    path.write_text("event_date,groups\n2022-01-01,x\n", encoding="utf-8")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read every file (root)")
    loading = Loading(lake=Lake(tmp_path / "lake"), now=NOW, only=set())
    with pytest.raises(InvalidData, match=r"press_monitor_2022\.csv: Permission denied"):
        load_all(path.parent, loading, sources)


def test_a_file_that_is_gone_before_it_is_read_is_named(
    sources: Sequence[Source], tmp_path: Path
) -> None:
    path = tmp_path / "press_monitor_2022.csv"
    path.write_text("event_date,groups\n2022-01-01,x\n", encoding="utf-8")
    source = next(s for s in sources if s.info.name == "press_monitor")
    (file,) = source.find(tmp_path)
    path.unlink()
    with pytest.raises(InvalidData, match=r"press_monitor_2022\.csv: No such file"):
        Loading(lake=Lake(tmp_path / "lake"), now=NOW, only=set()).load(source, file)


def _longer(path: Path) -> None:
    with path.open("a", encoding="utf-8") as handle:
        handle.write("2022-01-02,y\n")


@dataclass(slots=True)
class Growing:
    """A source whose file another program changes while it is read."""

    held: Source
    change: Callable[[Path], object]

    @property
    def info(self) -> SourceInfo:
        return self.held.info

    def find(self, root: Path) -> list[SourceFile]:
        return self.held.find(root)

    def read(self, file: SourceFile, context: LoadContext) -> Iterator[Handed]:
        for item in self.held.read(file, context):
            self.change(file.path)
            yield item


@pytest.mark.parametrize(
    "change",
    [_longer, lambda path: os.truncate(path, 30)],
)
def test_a_file_that_changes_while_it_is_read_is_not_loaded(
    sources: Sequence[Source], tmp_path: Path, change: Callable[[Path], object]
) -> None:
    """Its checksum would be of another content than its rows, and the rest never be loaded."""
    path = tmp_path / "press_monitor_2022.csv"
    path.write_text("event_date,groups\n2022-01-01,x\n", encoding="utf-8")
    source = Growing(next(s for s in sources if s.info.name == "press_monitor"), change)
    loading = Loading(lake=Lake(tmp_path / "lake"), now=NOW, only=set())
    with pytest.raises(InvalidData, match=r"changed while it was read"):
        loading.load(source, source.find(path)[0])
    assert loading.lake.loads() == []


def test_an_error_in_a_file_always_names_the_file(
    sources: Sequence[Source], tmp_path: Path
) -> None:
    path = tmp_path / "data" / "press_monitor_2022.csv"
    path.parent.mkdir()
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    loading = Loading(lake=Lake(tmp_path / "lake"), now=NOW, only=set())
    with pytest.raises(InvalidData) as caught:
        load_all(path.parent, loading, sources)
    assert (caught.value.file, caught.value.line) == (path, 1)


def test_names_of_255_bytes_are_names(sources: Sequence[Source], tmp_path: Path) -> None:
    name = "press_monitor_2022_" + "ñ" * 116 + ".csv"
    assert len(name.encode()) == 255
    (report,) = _load(
        tmp_path, name, b"event_date,published,cvegeo,groups\n2022-06-02,,01001,x\n", sources
    )
    assert (report.loaded, report.error) == (1, "")


@pytest.mark.deep
def test_a_line_of_a_gigabyte_is_one_reject_in_bounded_memory(
    sources: Sequence[Source], tmp_path: Path
) -> None:
    path = tmp_path / "data" / "press_monitor_2022.csv"
    path.parent.mkdir()
    with path.open("wb") as handle:
        handle.write(b"event_date,published,cvegeo,groups\n2022-06-02,,01001,")
        handle.seek(1 << 30)
        handle.write(b"x\n2022-06-03,,01001,Grupo\n")
    before = _peak_mb()
    loading = Loading(lake=Lake(tmp_path / "lake"), now=NOW, only=set())
    (report,), _unknown = load_all(path.parent, loading, sources)
    assert (report.loaded, report.rejected) == (1, 1)
    assert _peak_mb() - before < 200
