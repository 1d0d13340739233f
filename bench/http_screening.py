"""Screening over HTTP: p50, p95, requests a second, and CPU of server and generator apart.

Questions are names of the 2022-01-31 SDN list, damaged, and of people who are on no list, half and
half; each is one POST to `/api/yente/match/default` with a key, answered with reasons and logged
before it leaves. The steady run sends at a fixed pace and counts from the moment at which a request
was due, so that a stalled server cannot hide behind requests that were never sent.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from screening import DATA, listed_questions, unlisted

from puente.guard.actors import Purpose
from puente.guard.api_keys import KeyTerms
from puente.screen.lists import read_lists
from puente.settings import load_settings
from puente.workspace import Workspace

TICKS = os.sysconf("SC_CLK_TCK")
LISTS = ("ofac", "un", "sat_69b")


@dataclass(slots=True)
class Told:
    seconds: list[float] = field(default_factory=list)
    failed: int = 0
    bytes: int = 0


class Caller:
    """One connection that is kept; sends one request at a time and reads its answer."""

    def __init__(self, port: int, token: str) -> None:
        self.port = port
        self.head = (
            "POST /api/yente/match/default?limit=5 HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: ApiKey {token}\r\nContent-Type: application/json\r\nContent-Length: "
        )

    async def __aenter__(self) -> Caller:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_error: object) -> None:
        self.writer.close()

    async def ask(self, body: bytes) -> tuple[int, int]:
        self.writer.write(f"{self.head}{len(body)}\r\n\r\n".encode() + body)
        head = await self.reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        size = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        await self.reader.readexactly(size)
        return status, size


async def steady(port: int, token: str, bodies: list[bytes], pace: float, lines: int) -> Told:
    """Send the bodies at `pace` a second over `lines` connections."""
    told, began = Told(), time.perf_counter() + 0.05
    due = iter(enumerate(bodies))

    async def line() -> None:
        async with Caller(port, token) as caller:
            for number, body in due:
                at = began + number / pace
                await asyncio.sleep(max(0.0, at - time.perf_counter()))
                status, size = await caller.ask(body)
                told.seconds.append(time.perf_counter() - at)
                told.failed += status != 200
                told.bytes += size

    await asyncio.gather(*(line() for _n in range(lines)))
    return told


async def flat_out(port: int, token: str, bodies: list[bytes], lines: int) -> tuple[Told, float]:
    """Send the bodies as fast as answers come; return the seconds that it took too."""
    told, began = Told(), time.perf_counter()
    left = iter(bodies)

    async def line() -> None:
        async with Caller(port, token) as caller:
            for body in left:
                start = time.perf_counter()
                status, size = await caller.ask(body)
                told.seconds.append(time.perf_counter() - start)
                told.failed += status != 200
                told.bytes += size

    await asyncio.gather(*(line() for _n in range(lines)))
    return told, time.perf_counter() - began


def questions(count: int, seed: int) -> list[bytes]:
    rng = random.Random(seed)
    people = [e for e in read_lists([DATA / "ofac/2022-01-31"]) if e.schema == "Person"]
    names = [name for _entry, name, _kind in listed_questions(people, count // 2, rng)]
    names += unlisted(count - len(names), rng)
    rng.shuffle(names)
    return [
        json.dumps(
            {"queries": {"q": {"schema": "Person", "properties": {"name": [name]}}}}
        ).encode()
        for name in names
    ]


def built(folder: Path) -> Path:
    for name in LISTS:
        shutil.copytree(DATA / name, folder / "data" / name)
    command = [sys.executable, "-m", "puente.cli.app", "build", "--json"]
    paths = ["--data", str(folder / "data"), "--workspace", str(folder / "ws")]
    subprocess.run([*command, *paths], check=True, stdout=subprocess.DEVNULL)
    return folder / "ws"


def new_key(path: Path) -> str:
    with Workspace.open(load_settings(path)) as workspace:
        if not any(user.name == "bench" for user in workspace.users.all()):
            workspace.users.add("bench", os.urandom(12).hex(), roles=("compliance",), country="MX")
        terms = KeyTerms(purpose=Purpose(name="screening"), days=1, per_second=100_000)
        return workspace.api_keys.add("bench", terms)[1]


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and its children that live."""
    ticks = 0
    for one in [pid, *children(pid)]:
        cells = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += int(cells[11]) + int(cells[12])
    return ticks / TICKS


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [one for child in map(int, found) for one in (child, *children(child))]


def started(path: Path, port: int, workers: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "puente.cli.app", "serve", "--workspace", str(path)]
    return subprocess.Popen(
        [*command, "--port", str(port), "--workers", str(workers)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


async def answering(port: int, token: str, body: bytes, workers: int) -> None:
    """Wait until every process that serves has its lists."""
    while True:
        try:
            async with Caller(port, token) as caller:
                await caller.ask(body)
                break
        except OSError:
            await asyncio.sleep(0.2)
    callers = [Caller(port, token) for _n in range(8 * workers)]
    await asyncio.gather(*(once(caller, body) for caller in callers))


async def once(caller: Caller, body: bytes) -> None:
    async with caller:
        await caller.ask(body)


def line_of(name: str, told: Told, per_second: float, server: float, own: float) -> str:
    ms = np.array(told.seconds) * 1000
    count = len(ms)
    return (
        f"{name:10s} {count} requests, {told.failed} failed, {told.bytes / count / 1000:.1f} kB"
        f" each: p50 {np.quantile(ms, 0.5):.1f} ms, p95 {np.quantile(ms, 0.95):.1f},"
        f" p99 {np.quantile(ms, 0.99):.1f}; {per_second:.0f}/s;"
        f" CPU a request: server {server / count * 1000:.2f} ms,"
        f" generator {own / count * 1000:.2f} ms"
    )


def measure(port: int, pid: int, token: str, chosen: argparse.Namespace) -> None:
    bodies = questions(chosen.requests, chosen.seed)
    asyncio.run(answering(port, token, bodies[0], chosen.workers))
    asyncio.run(flat_out(port, token, bodies[:200], chosen.lines))
    server, own = cpu_of(pid), time.process_time()
    told = asyncio.run(steady(port, token, bodies, chosen.pace, 64))
    done = chosen.pace
    print(line_of("steady", told, done, cpu_of(pid) - server, time.process_time() - own))
    bodies = questions(chosen.requests, chosen.seed + 1)
    server, own = cpu_of(pid), time.process_time()
    told, seconds = asyncio.run(flat_out(port, token, bodies, chosen.lines))
    rate = len(told.seconds) / seconds
    print(line_of("flat out", told, rate, cpu_of(pid) - server, time.process_time() - own))


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("--workspace", type=Path)
    ask.add_argument("--workers", type=int, default=2)
    ask.add_argument("--requests", type=int, default=2000)
    ask.add_argument("--pace", type=float, default=300)
    ask.add_argument("--lines", type=int, default=8)
    ask.add_argument("--seed", type=int, default=1)
    chosen = ask.parse_args()
    with tempfile.TemporaryDirectory(prefix="puente-bench-") as folder:
        path = chosen.workspace or built(Path(folder))
        token = new_key(path)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        server = started(path, port, chosen.workers)
        try:
            measure(port, server.pid, token, chosen)
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=20)


if __name__ == "__main__":
    main()
