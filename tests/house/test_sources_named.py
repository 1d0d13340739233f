"""A figure or a rule without its source cannot be checked by the person it concerns."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "puente"
ROOMS = ("law", "screen", "places", "inspection")
FILES = sorted(
    [path for room in ROOMS for path in (SOURCE / room).rglob("*.py")]
    + list((SOURCE / "graph").glob("ownership*.py"))
)


def public_definitions(path: Path) -> list[ast.FunctionDef | ast.ClassDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_every_public_rule_names_its_source(path: Path) -> None:
    missing = [
        node.name
        for node in public_definitions(path)
        if "Source:" not in (ast.get_docstring(node) or "")
    ]
    assert not missing, f"{path.name}: no Source: in {missing}"


def test_there_is_something_to_check() -> None:
    assert len(FILES) >= 5
