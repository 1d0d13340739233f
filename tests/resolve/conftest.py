"""Fixtures of the linking tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from puente.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(workspace=tmp_path, memory_limit_mb=1000, threads=2)
