"""A session with an Apache Spark master, opened for one job and watched while it runs."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import socket
import sys
import tempfile
import threading
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from puente.errors import NotFound, SourceFailed
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyspark.sql import SparkSession


@dataclass(frozen=True, slots=True, kw_only=True)
class SparkAt:
    """Where Spark is and how rows get there.

    Attributes:
        master: address of the master, e.g. `spark://host:7077`.
        shared: folder that this machine and all workers see, for runs whose rows do not fit this
            machine's memory; None to send them from it.
    """

    master: str
    shared: Path | None = None


_PATIENCE_S = 90.0
"""Seconds without any worker after which a job is given up: Spark itself would wait for ever."""

_LOOK_EVERY_S = 3.0
_REACH_S = 5.0


@contextmanager
def spark_session(master: str, name: str, conf: Mapping[str, str]) -> Iterator[SparkSession]:
    """Give a session with a master; what Spark cannot do inside is raised as one sentence.

    A worker that dies costs nothing but time, since Spark gives its share to another; a job that
    no worker is left for is given up.

    Args:
        master: e.g. `spark://host:7077`, or `local[2]` for this machine.
        name: of the job, as the master's pages show it.
        conf: Spark's own settings, besides those in its files.

    Raises:
        NotFound: pyspark, Java or the master; says what to do.
        SourceFailed: the job failed.
    """
    if importlib.util.find_spec("pyspark") is None:
        raise NotFound(_("Spark needs the package pyspark: pip install 'puente-platform[spark]'"))
    with tempfile.TemporaryDirectory(prefix="puente-spark-") as tables:
        # Spark makes a folder for tables where it is started; here are none, and none is to lie.
        session = _opened(master, name, {"spark.sql.warehouse.dir": tables, **conf})
        yield from _watched(session, master)


def _watched(session: SparkSession, master: str) -> Iterator[SparkSession]:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    watch = _Watch(session)
    try:
        with warnings.catch_warnings():
            # Rows go by Arrow alone; pandas takes no part.
            warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
            yield session
    except (PySparkException, Py4JError, ConnectionError) as error:
        raise _told(error, master, abandoned=watch.abandoned) from None
    finally:
        watch.stop()
        session.stop()


def _opened(master: str, name: str, conf: Mapping[str, str]) -> SparkSession:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    java = os.environ.get("JAVA_HOME", "")
    if not (shutil.which("java") or (java and (Path(java) / "bin/java").exists())):
        raise NotFound(_("Spark needs Java 17: apt-get install openjdk-17-jre-headless"))
    _reach(master)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(master).appName(name)
    plain = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
    }
    for key, value in {**plain, **conf}.items():
        builder = builder.config(key, value)
    try:
        session = builder.getOrCreate()
    except (PySparkException, Py4JError, RuntimeError) as error:
        raise _unreached(master, _first_line(error)) from None
    session.sparkContext.setLogLevel("ERROR")
    return session


def _reach(master: str) -> None:
    """See that a standalone master answers: Spark would try for a minute and say little."""
    reasons = []
    hosts = [part for part in master.removeprefix("spark://").split(",") if part]
    if not master.startswith("spark://"):
        return
    for host in hosts:
        try:
            told = urlsplit(f"//{host}")
            with socket.create_connection((told.hostname or "", told.port or 7077), _REACH_S):
                return
        except (OSError, ValueError) as error:
            reasons.append(getattr(error, "strerror", None) or str(error))
    raise _unreached(master, reasons[0] if reasons else _("no host is named"))


def _unreached(master: str, reason: str) -> NotFound:
    return NotFound(
        _(
            "Spark at {master} is not reached: {reason}. Start its master and workers, or see that"
            " the address is the one that the master gives (spark://host:7077)"
        ).format(master=master, reason=reason)
    )


def _told(error: Exception, master: str, *, abandoned: bool) -> SourceFailed:
    text = str(error)
    if abandoned:
        return SourceFailed(
            _(
                "no worker of Spark at {master} took the work for {seconds:.0f} seconds; nothing"
                " was written. See that workers run and have free cores and memory"
            ).format(master=master, seconds=_PATIENCE_S)
        )
    if "ModuleNotFoundError" in text or "No module named" in text:
        return SourceFailed(
            _("the Python of Spark's workers lacks a package; each needs this version of Puente:"
              " {reason}").format(reason=_line_with(text, "No module named"))
        )  # fmt: skip
    return SourceFailed(_("Spark could not do it: {reason}").format(reason=_reason(text)))


_PYTHON_ERROR = re.compile(r"^[\w.]*(Error|Exception|Version): .+$", re.MULTILINE)


def _reason(text: str) -> str:
    """Return what went wrong: of a worker's traceback the last error, else the first line."""
    found = [match[0] for match in _PYTHON_ERROR.finditer(text) if "Py4J" not in match[0]]
    lines = found[-1:] if "Python worker" in text and found else text.strip().splitlines()
    return (lines or ["?"])[0][:300]


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def _line_with(text: str, what: str) -> str:
    return next((line.strip() for line in text.splitlines() if what in line), what)[:300]


class _Watch:
    """Gives a job up that no worker has been there for since a while."""

    def __init__(self, session: SparkSession) -> None:
        self.abandoned = False
        self._session = session
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the watch."""
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        from py4j.protocol import Py4JError

        alone = 0.0
        context = self._session.sparkContext
        local = str(context.master).startswith("local")
        while not local and not self._over.wait(_LOOK_EVERY_S):
            try:
                # The driver itself is one of those that are listed.
                workers = context._jsc.sc().getExecutorMemoryStatus().size() - 1  # noqa: SLF001 - pyspark has no other way to ask
                alone = 0.0 if workers > 0 else alone + _LOOK_EVERY_S
                if alone >= _PATIENCE_S:
                    self.abandoned = True
                    context.cancelAllJobs()
                    return
            except (Py4JError, OSError):
                return
