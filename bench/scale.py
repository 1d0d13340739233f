"""A made-up world of a million people and fifty million events written, loaded and merged.

    python bench/scale.py [--people 100000] [--events 2000000] [--seed 7] [--folder DIR]

Prints one JSON object. Each part runs in a process of its own, so that its CPU seconds and its peak
of memory are its own. Rows a second are of one core: rows by CPU seconds of the load of one file,
SHA-256, rejects and Parquet included. `--people 1000000 --events 50000000` takes a quarter of an
hour and 10 GB of disk.

Limits: made-up files; what is measured is the machine's work, not the quality of what it finds.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SHOWN = {
    "plate reads (an event a row)": "gn_lecturas_placas",
    "stolen vehicles (three entities a row)": "fge_altamar_vehiculos_robados",
    "counts (eight figures a row)": "incidencia_municipal",
}


def run(*command: str) -> tuple[dict[str, Any], dict[str, float]]:
    """Run a command that prints JSON; return that, and its CPU seconds and peak of memory."""
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen(command, stdout=out)
        _pid, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            sys.exit(f"failed: {' '.join(command)}")
        out.seek(0)
        said: dict[str, Any] = json.loads(out.read())
    per_mb = 1024 if sys.platform != "darwin" else 1024 * 1024
    cpu = usage.ru_utime + usage.ru_stime
    return said, {"cpu_s": round(cpu, 1), "peak_mb": round(usage.ru_maxrss / per_mb)}


def load(world: Path, lake: Path) -> dict[str, object]:
    """Load every file of a world; return what each cost."""
    from puente.ingest.load import Loading
    from puente.ingest.source import find_all
    from puente.ingest.sources import all_sources
    from puente.store.lake import Lake

    sources = {source.info.name: source for source in all_sources()}
    files, _unknown = find_all(world, sources.values())
    loading = Loading(lake=Lake(lake, clock=lambda: NOW), now=NOW, only=set())
    found: dict[str, object] = {}
    for file in files:
        start = time.process_time()
        report = loading.load(sources[file.source], file)
        held = loading.lake.find_load(report.load, file.source)
        found[file.source] = {
            "rows": report.rows,
            "rejected": report.rejected,
            "cpu_s": round(time.process_time() - start, 3),
            "tables": dict(held.tables) if held else {},
        }
    return found


def merge(lake: Path) -> dict[str, object]:
    """Merge the loads into a build; return the rows of its tables."""
    from puente.store.lake import Lake

    with Lake(lake, clock=lambda: NOW).begin_build() as build:
        snapshot = build.publish()
    return dict(snapshot.manifest()["rows"])


def megabytes(folder: Path) -> int:
    """Return the disk that the files below a folder take."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) >> 20


def measured(args: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Return the figures of one run in an empty folder."""
    world, lake = folder / "world", folder / "lake"
    puente = str(Path(sys.executable).with_name("puente"))
    people, events = str(args.people), str(args.events)
    _made, writing = run(
        puente, "world", "--out", str(world), "--people", people, "--reads", events,
        "--seed", str(args.seed), "--json",
    )  # fmt: skip
    files, loading = run(sys.executable, __file__, "--load", str(world), str(lake))
    tables, merging = run(sys.executable, __file__, "--merge", str(lake))
    rows = sum(file["rows"] for file in files.values())
    rates = {
        shown: round(files[name]["rows"] / max(files[name]["cpu_s"], 1e-9))
        for shown, name in SHOWN.items()
    }
    return {
        "people": args.people,
        "events": tables["events"],
        "rows": rows,
        "write": writing,
        "load": {**loading, "rows_per_s_core": round(rows / loading["cpu_s"])},
        "merge": {**merging, "tables": tables},
        "rows_per_s_core": rates,
        "disk_mb": {
            "files": megabytes(world), "loads": megabytes(lake / "loads"),
            "build": megabytes(lake / "builds"),
        },
    }  # fmt: skip


def main() -> None:
    """Print the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="where the files are written; then removed")
    parser.add_argument("--load", nargs=2, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--merge", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.load:
        print(json.dumps(load(*args.load)))
    elif args.merge:
        print(json.dumps(merge(args.merge)))
    else:
        with tempfile.TemporaryDirectory(prefix="puente-scale-", dir=args.folder) as folder:
            print(json.dumps(measured(args, Path(folder)), indent=1))


if __name__ == "__main__":
    main()
