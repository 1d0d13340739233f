"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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
