"""A process killed at any moment loses nothing, doubles nothing, and shows no half build.

A real process loads three deliveries, publishes a build and logs what it does, in each database
and in each kind of lake. It is killed at a random moment. Whatever then stands is read in full;
the same work, run again, must come to the bytes of work that nobody disturbed.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from puente.backup import Restore, restore_backup
from puente.errors import NotFound
from puente.settings import Settings
from puente.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="needs processes that are copied and killed"
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LOADS = 3
ROWS = 400
KINDS = ("sqlite folder", "postgres folder", "sqlite objects", "postgres objects")

# Libraries are loaded once; each worker is a copy of that process.
NURSERY = """
import json, os, sys, traceback
from datetime import UTC, datetime
from pathlib import Path
import duckdb, pandas, psycopg, pyarrow as pa, pyarrow.parquet, pyarrow.fs  # all that loads late
import puente.store.objects, puente.guard.audit, puente.backup
from puente.guard.actors import BUILD, PIPELINE
from puente.settings import Settings
from puente.store.lake import Origin
from puente.workspace import Workspace

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

def log(node, action, name):
    node.audit.record(PIPELINE, BUILD, action, ids=[name], sealed={"what": name})
    node.audit.flush()

def work(node, loads, rows):
    for number in range(loads):
        origin = Origin(source=f"s{number}", path="c.csv", sha256=f"{number:064x}",
                        published="2026-01-01", agency="A", marking="TLP:CLEAR",
                        record_class="fact")
        if node.lake.find_load(origin.load, origin.source) is None:
            with node.lake.begin_load(origin) as writer:
                writer.rows("counts", [
                    {"place": f"{i:05d}", "month": "2026-01", "record": str(number), "count": i}
                    for i in range(rows)])
                writer.publish(rows=rows, loaded=rows, rejected=0)
        log(node, "loaded", origin.load)
    with node.lake.begin_build() as build:
        view = node.system_view(build.path)
        found = view.sql("SELECT record, sum(count) AS n FROM counts GROUP BY 1 ORDER BY 1")
        build.write("derived", found)
        build.publish()
    log(node, "built", "x")

for line in sys.stdin:
    job = json.loads(line)
    child = os.fork()
    if child == 0:
        print(os.getpid(), flush=True)
        settings = Settings(workspace=Path(job["settings"].pop("workspace")), **job["settings"])
        try:
            with Workspace.open(settings, clock=lambda: NOW) as node:
                if job["backup"]:
                    puente.backup.make_backup(node, Path(job["backup"]), now=NOW, with_key=True)
                else:
                    work(node, job["loads"], job["rows"])
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _pid, status = os.waitpid(child, 0)
    print(status, flush=True)
"""


@dataclass(frozen=True, slots=True)
class Nursery:
    process: subprocess.Popen[str]
    complaints: Path

    def run(self, settings: dict[str, Any], backup: str = "") -> Callable[[], int]:
        """Start a worker; return what waits for its end and gives its status."""
        job = {"settings": settings, "backup": backup, "loads": LOADS, "rows": ROWS}
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return lambda: int(self._line())

    def kill_after(self, seconds: float) -> None:
        """Kill the worker that was started last, so long after it has begun."""
        worker = int(self._line())
        time.sleep(seconds)
        # One that was done in time has been buried already.
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)

    def finish(self, settings: dict[str, Any], backup: str = "") -> float:
        """Run a worker to its end; return the seconds that it took."""
        # A server that has not yet noticed the death keeps the dead worker's lock; a file does not.
        for _ in range(50 if "ledger_url" in settings else 1):
            ended = self.run(settings, backup)
            self._line()
            began = time.perf_counter()
            if ended() == 0:
                return time.perf_counter() - began
            time.sleep(0.1)
        raise AssertionError(f"the work cannot be done: {self.complaints.read_text()[-3000:]}")

    def _line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the nursery died"
        return line


@pytest.fixture(scope="module")
def nursery(
    tmp_path_factory: pytest.TempPathFactory,
    object_store: Any,  # noqa: ARG001 - the workers take its credentials from the environment
) -> Iterator[Nursery]:
    complaints = tmp_path_factory.mktemp("nursery") / "stderr"
    with (
        complaints.open("w") as stderr,
        subprocess.Popen(
            [sys.executable, "-c", NURSERY],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, text=True,
        ) as process,
    ):  # fmt: skip
        yield Nursery(process, complaints)
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=20)


@pytest.fixture
def make_settings(
    tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[[str, str], dict[str, Any]]]:
    """Return settings of new nodes: in a database and a lake of the kind that is asked for."""
    urls: list[str] = []
    postgres: Any = request.getfixturevalue("postgres")
    store: Any = request.getfixturevalue("object_store")

    def make(kind: str, name: str) -> dict[str, Any]:
        settings: dict[str, Any] = {"workspace": str(tmp_path / name)}
        if "postgres" in kind:
            urls.append(postgres.ready_database())
            settings["ledger_url"] = urls[-1]
        if "objects" in kind:
            settings["lake_url"] = f"s3://{store.new_bucket()}/lake"
            settings["lake_endpoint"] = store.endpoint
        return settings

    yield make
    for url in urls:
        postgres.drop(url)


def opened(settings: dict[str, Any], *, as_stranger: bool = False) -> Workspace:
    """Open a node; a stranger has no copies of what lies in an object store."""
    folder = Path(settings["workspace"])
    if as_stranger and "lake_url" in settings:
        shutil.rmtree(folder / "cache", ignore_errors=True)
    return Workspace.open(Settings(**{**settings, "workspace": folder}), clock=lambda: NOW)


def state_of(settings: dict[str, Any]) -> tuple[int, dict[str, str]]:
    """Return how many loads stand and what the current build holds; read all of both."""
    with opened(settings, as_stranger=True) as node:
        loads = node.lake.loads()
        for load in loads:
            assert pq.read_table(load.folder / "counts.parquet").num_rows == ROWS
        assert len({load.source for load in loads}) == len(loads) <= LOADS
        report = node.audit.verify()
        assert report.ok, report
        snapshot = node.lake.current()
        if snapshot is None:
            return len(loads), {}
        files = snapshot.manifest()["files"]
        for name, note in files.items():
            assert sha256((snapshot.path / name).read_bytes()).hexdigest() == note["sha256"]
        assert len(snapshot.manifest()["loads"]) == LOADS
        assert pq.read_metadata(snapshot.file("counts")).num_rows == LOADS * ROWS
        return len(loads), {name: note["sha256"] for name, note in files.items()}


def deeds_of(settings: dict[str, Any]) -> Counter[tuple[str, tuple[str, ...]]]:
    """Return how often the log tells of each deed."""
    with opened(settings) as node:
        return Counter((row.action, row.ids) for row in node.audit.rows(0, 1000))


def killed_and_run_again(
    nursery: Nursery, make_settings: Callable[[str, str], dict[str, Any]], runs: int
) -> Counter[str]:
    """Return how many loads stood, or whether the build did, when the worker was killed."""
    chance = random.Random(20_260_301)
    met: Counter[str] = Counter()
    calm = make_settings(KINDS[0], "calm")
    seconds = nursery.finish(calm)
    loads, wanted = state_of(calm)
    assert loads == LOADS
    for number in range(runs):
        kind = KINDS[number % len(KINDS)]
        settings = make_settings(kind, f"node {number}")
        ended = nursery.run(settings)
        nursery.kill_after(chance.uniform(0, seconds * (1.8 if "objects" in kind else 0.8)))
        ended()
        loads, files = state_of(settings)
        assert files in ({}, wanted), "half a build is shown"
        met["the build" if files else f"{loads} loads"] += 1
        before = deeds_of(settings)
        assert set(before.values()) <= {1}, "a deed is in the log twice"
        nursery.finish(settings)
        assert state_of(settings) == (LOADS, wanted), kind
        again = deeds_of(settings) - before
        assert set(again.values()) == {1}, "a deed is in the log twice"
        with opened(settings) as node:
            assert not node.lake.place.has_leftovers()
            # A run that was killed after its pointer moved is followed by another build.
            place = node.lake.place
            assert len(place.standing("loads")) == LOADS
            assert len(place.standing("builds")) in {1, 2}
    return met


def test_work_that_was_killed_and_run_again_comes_to_the_same(
    nursery: Nursery, make_settings: Callable[..., dict[str, Any]], capsys: Any
) -> None:
    met = killed_and_run_again(nursery, make_settings, runs=6)
    with capsys.disabled():
        sys.stdout.write(f" [killed at: {dict(met)}] ")


@pytest.mark.deep
def test_work_that_was_killed_two_hundred_times_comes_to_the_same(
    nursery: Nursery, make_settings: Callable[..., dict[str, Any]], capsys: Any
) -> None:
    met = killed_and_run_again(nursery, make_settings, runs=200)
    with capsys.disabled():
        sys.stdout.write(f" [killed at: {dict(met)}] ")
    assert len(met) >= 4, "the kills all fell on the same moment"


def backups_killed(
    nursery: Nursery, settings: dict[str, Any], folder: Path, runs: int
) -> Counter[str]:
    chance = random.Random(7)
    nursery.finish(settings)
    seconds = nursery.finish(settings, str(folder / "calm"))
    met: Counter[str] = Counter()
    for number in range(runs):
        backup, new = folder / f"backup-{number}", folder / f"new-{number}"
        ended = nursery.run(settings, str(backup))
        nursery.kill_after(chance.uniform(0, 1.1 * seconds))
        ended()
        chosen = Settings(workspace=new)
        try:
            report = restore_backup(backup, chosen, Restore(), clock=lambda: NOW)
        except NotFound:
            met["no backup"] += 1
            assert not new.exists()
            nursery.finish(settings, str(backup))
            report = restore_backup(backup, chosen, Restore(), clock=lambda: NOW)
        else:
            met["a backup"] += 1
        assert report.audit.ok
        assert report.loads == LOADS
    return met


@pytest.mark.parametrize("runs", [2, pytest.param(60, marks=pytest.mark.deep)])
def test_a_backup_that_was_killed_is_none_or_whole(
    nursery: Nursery,
    make_settings: Callable[..., dict[str, Any]],
    tmp_path: Path,
    capsys: Any,
    runs: int,
) -> None:
    met = backups_killed(nursery, make_settings("sqlite folder", "node"), tmp_path, runs)
    with capsys.disabled():
        sys.stdout.write(f" [killed: {dict(met)}] ")
