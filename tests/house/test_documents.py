"""The documents say what is true: commands, settings and the walk through the code."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from puente.cli.reference import command_pages, commands_page, mappings_page, settings_page

ROOT = Path(__file__).resolve().parents[2]
WALK = ROOT / "docs/walk.md"


def test_the_command_reference_is_what_the_commands_say() -> None:
    written = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    assert written == commands_page(), "run `make docs`"


def test_the_settings_reference_is_what_the_settings_say() -> None:
    written = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    assert written == settings_page(), "run `make docs`"


def test_the_mapping_reference_is_what_the_engine_says() -> None:
    written = (ROOT / "docs/mappings.md").read_text(encoding="utf-8")
    assert written == mappings_page(), "run `make docs`"


@pytest.mark.parametrize("page", command_pages(), ids=lambda page: page.path)
def test_every_command_says_what_it_does_and_shows_an_example(page: object) -> None:
    assert page.summary.strip(), f"{page.path} has no help"  # type: ignore[attr-defined]
    assert "puente" in page.example, f"{page.path} shows no example"  # type: ignore[attr-defined]


def named_in_walk() -> list[str]:
    return sorted(
        set(re.findall(r"`(puente\.[a-z_.]+(?:[A-Za-z_]\w*)?)`", WALK.read_text("utf-8")))
    )


def test_the_walk_names_enough_to_follow() -> None:
    assert len(named_in_walk()) >= 12


@pytest.mark.parametrize("name", named_in_walk())
def test_every_function_that_the_walk_names_exists(name: str) -> None:
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for attribute in parts[cut:]:
            assert hasattr(found, attribute), f"{name}: {attribute} does not exist"
            found = getattr(found, attribute)
        return
    pytest.fail(f"{name} does not exist")
