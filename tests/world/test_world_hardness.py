"""The world is neither too easy nor absurd: the gate of `bench/hardness.py`, at full size."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench" / "hardness.py"


@pytest.mark.deep
def test_a_plain_linker_finds_most_people_and_not_all() -> None:
    done = subprocess.run([sys.executable, BENCH], capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    assert found["unlabelled"] == 0
    assert found["holds"], found
    assert done.returncode == 0
