"""A file of millions of rows takes no more memory than one of some hundred thousand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench" / "scale.py"
MOST_MB = 1024
"""A merge sorts within the engine's own limit; what is loaded needs a fraction of this."""

pytestmark = pytest.mark.deep


def measured(people: int, events: int) -> dict[str, dict[str, float]]:
    """Return what `bench/scale.py` measures of a made-up world."""
    command = [sys.executable, str(BENCH), "--people", str(people), "--events", str(events)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, dict[str, float]] = json.loads(done.stdout)
    return found


def test_millions_of_events_are_written_loaded_and_merged_in_bounded_memory() -> None:
    small, large = measured(2_000, 600_000), measured(2_000, 6_000_000)
    assert 0.8 < large["events"] / 6_000_000 < 1.2  # type: ignore[operator]
    for step in ("write", "load", "merge"):
        assert large[step]["peak_mb"] < MOST_MB
        assert large[step]["peak_mb"] < small[step]["peak_mb"] + 250
