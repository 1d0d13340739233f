"""Linking by Spark measured: what it costs on made-up people, beside one machine.

Starts a standalone master and two workers (one core each) on this machine, links made-up records
there and here, and compares pairs and weights. The CPU seconds of the master, the workers, their
executors and the Python in them are read from /proc: the driver's own clock leaves them out.

    python bench/linkage_spark.py [--records 5000] [--seed 7] [--shared DIR]

Prints one JSON object. The cost of a hundred million records that `docs/scale.md` tells is reckoned
from figures like these and is no measurement.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import random
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

TICK = os.sysconf("SC_CLK_TCK")
GIVEN = (
    "María", "José", "Luis", "Ana", "Pedro", "Hugo", "Elena", "Íñigo", "Noé", "Tomás", "Inés",
    "Guadalupe", "Ángel", "Óscar", "Úrsula", "Rosa", "Juan", "Carmen", "Raúl", "Silvia", "Iván",
)  # fmt: skip
STARTS = (
    "Gar", "Lóp", "Pér", "Mar", "Her", "Gon", "Sán", "Ram", "Tor", "Flo", "Riv", "Cru", "Muñ",
    "Rey", "Jim", "Xóc", "Bel", "Cas", "Dur", "Esp", "Fue", "Gui", "Hua", "Iba", "Jua", "Lar",
)  # fmt: skip
ENDS = (
    "cía", "ez", "tín", "nández", "chez", "írez", "res", "as", "era", "z", "ales", "és", "énez",
    "uño", "ihua", "ado", "illo", "osa", "ena", "illas", "ol", "art", "ino", "ura",
)  # fmt: skip


def people(con: duckdb.DuckDBPyConnection, records: int, seed: int) -> None:
    """Create table `raw`: made-up people, told one to three times, with slips and gaps."""
    import pyarrow as pa

    rng = random.Random(seed)
    rows: list[tuple[str | None, ...]] = []
    while len(rows) < records:
        given = " ".join(rng.sample(GIVEN, rng.choice([1, 1, 2])))
        surnames = [rng.choice(STARTS) + rng.choice(ENDS) for _n in range(2)]
        day = f"{rng.randrange(1940, 2005)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
        phone = f"55{rng.randrange(10**8):08}"
        place = f"Municipio {rng.randrange(400)}"
        for _copy in range(rng.choice([1, 2, 3])):
            told = [given, *surnames, day, rng.choice("HM"), phone, place]
            at = rng.randrange(3)
            if rng.random() < 0.3 and len(told[at]) > 2:
                cut = rng.randrange(len(told[at]))
                told[at] = told[at][:cut] + rng.choice("aeñz") + told[at][cut + 1 :]
            kept = [text if rng.random() < 0.85 else None for text in told]
            rows.append((f"p{len(rows)}", *kept))
    names = ("entity_id", "given", "paternal", "maternal", "birth_date", "sex", "phone", "place")
    table = pa.table({n: [row[i] for row in rows[:records]] for i, n in enumerate(names)})
    con.register("made_up", table)
    con.execute("CREATE TABLE raw AS SELECT *, 0 AS file, entity_id AS unique_id FROM made_up")
    con.unregister("made_up")


@contextlib.contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[str]]]]:
    """Give the address of a master with two workers, and the processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    address = f"spark://127.0.0.1:{port}"
    deploy = "org.apache.spark.deploy"
    running = []
    try:
        running.append(
            _part(f"{deploy}.master.Master", "--host", "127.0.0.1", "--port", port,
                  "--webui-port", "0", ready="New state: ALIVE")
        )  # fmt: skip
        running += [
            _part(f"{deploy}.worker.Worker", "--cores", "1", "--memory", "1100m", "--webui-port",
                  "0", "--host", "127.0.0.1", "--work-dir", str(folder / f"worker{n}"), address,
                  ready="Successfully registered with master")
            for n in range(2)
        ]  # fmt: skip
        yield address, running
    finally:
        for process in running:
            process.kill()
            process.communicate()


def _part(*command: str, ready: str) -> subprocess.Popen[str]:
    import pyspark

    home = Path(pyspark.__file__).parent
    process = subprocess.Popen(
        [str(home / "bin/spark-class"), *command],
        env={**os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1",
             "PYSPARK_PYTHON": sys.executable, "SPARK_DAEMON_MEMORY": "256m"},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if re.search(ready, line):
            return process
    raise RuntimeError(f"{command[0]} did not start")


def spent() -> dict[str, float]:
    """Return CPU seconds so far of what runs under this process, by sort."""
    parents, seconds, names = {}, {}, {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            number = int(entry.name)
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            parents[number] = int(fields[1])
            # Those that were waited for count with their parent.
            seconds[number] = sum(int(value) for value in fields[11:15]) / TICK
            names[number] = (entry / "cmdline").read_text().replace("\0", " ")
    told = {"driver_python": 0.0, "driver_java": 0.0, "executor_java": 0.0,
            "executor_python": 0.0, "daemons": 0.0}  # fmt: skip
    for number, cpu in seconds.items():
        above, seen = number, 0
        while above not in (0, os.getpid()) and seen < 30:
            above, seen = parents.get(above, 0), seen + 1
        if above == os.getpid():
            told[_sort(names[number], mine=number == os.getpid())] += cpu
    return told


def _sort(command: str, *, mine: bool) -> str:
    if mine:
        return "driver_python"
    if "pyspark.daemon" in command or "pyspark/daemon" in command:
        return "executor_python"
    if "CoarseGrainedExecutorBackend" in command:
        return "executor_java"
    return "driver_java" if "SparkSubmit" in command else "daemons"


def measure(records: int, seed: int, shared: Path | None) -> dict[str, Any]:
    """Return what linking costs here and there, and whether both found the same."""
    from puente.resolve import spark as engine
    from puente.resolve import spark_link
    from puente.resolve.matching import connect, link_table
    from puente.resolve.profile import JOIN_FROM, make_records, standardise
    from puente.resolve.profile_spec import Profile
    from puente.resolve.spark_session import SparkAt
    from puente.settings import Settings

    profile = Profile(kind="Person", schema="Person", id="id")
    settings = Settings(threads=1, memory_limit_mb=3000)
    here, there = connect(settings), connect(settings)
    for con in (here, there):
        people(con, records, seed)
    began = time.process_time()
    one = link_table(here, "records", standardise(here, profile), least=JOIN_FROM)
    alone = time.process_time() - began
    steps: list[tuple[str, dict[str, float]]] = []
    for name in ("records", "blocks", "compare", "score"):
        setattr(engine.Run, name, _noted(getattr(engine.Run, name), name, steps))
    learn = spark_link._learn  # noqa: SLF001 - the cost of learning is told apart

    def learnt(*args: Any) -> Any:  # noqa: ANN401 - as what it stands for
        found = learn(*args)
        steps.append(("learn", spent()))
        return found

    vars(spark_link)["_learn"] = learnt
    with tempfile.TemporaryDirectory(prefix="puente-spark-") as folder, cluster(Path(folder)) as at:
        asked = spark_link.Asked(
            rows=partial(make_records, profile=profile), kind=partial(standardise, profile=profile),
            least=JOIN_FROM, pairs=True,
        )  # fmt: skip
        before, clock = spent(), time.monotonic()
        two = spark_link.link_on_spark(there, asked, SparkAt(master=at[0], shared=shared))
        clock = time.monotonic() - clock
    steps.insert(0, ("start", before))
    by_step = {
        name: {sort: round(after[sort] - earlier[sort], 1) for sort in after}
        for (_from, earlier), (name, after) in itertools.pairwise(steps)
    }
    return {
        "records": records,
        "pairs": one.counts["pairs"],
        "same_pairs": _same(here, there, "SELECT l, r FROM pairs ORDER BY ALL"),
        "same_weights": _same(here, there, "SELECT l, r, weight FROM scored ORDER BY ALL"),
        "same_clusters": _same(here, there, "SELECT rid, home FROM homes ORDER BY ALL"),
        "same_report": one.counts == two.counts and one.model == two.model,
        "here_cpu_seconds": round(alone, 1),
        "spark_wall_seconds": round(clock, 1),
        "spark_cpu_seconds_by_step": by_step,
        "peak_mb_of_this_process": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _noted(step: Any, name: str, steps: list[tuple[str, dict[str, float]]]) -> Any:  # noqa: ANN401
    def run(*args: Any) -> Any:  # noqa: ANN401 - as what it stands for
        found = step(*args)
        steps.append((name, spent()))
        return found

    return run


def _same(one: duckdb.DuckDBPyConnection, two: duckdb.DuckDBPyConnection, query: str) -> bool:
    """Return True if both give the same rows, numbers to 1e-9."""
    rows, others = one.execute(query).fetchall(), two.execute(query).fetchall()
    return len(rows) == len(others) and all(
        abs(a - b) < 1e-9 for row, other in zip(rows, others, strict=True)
        for a, b in zip(row, other, strict=True)
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--shared", type=Path)
    asked = parser.parse_args()
    print(json.dumps(measure(asked.records, asked.seed, asked.shared), indent=1))


if __name__ == "__main__":
    main()
