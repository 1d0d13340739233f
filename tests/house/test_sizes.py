"""The house stays easy to walk into: small modules, short functions, few parameters."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "puente"
MODULES = sorted(SOURCE.rglob("*.py"))
MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 50
MAX_PARAMETERS = 6

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def functions(path: Path) -> list[Function]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def is_edge(function: Function) -> bool:
    """A command or a route: its parameters are its options, so their number is not ours to cut."""
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    options = [arg for arg in given if arg.annotation and "Annotated" in ast.dump(arg.annotation)]
    return bool(options) or any(
        isinstance(part, ast.Attribute) and part.attr in {"command", "callback", "get", "post"}
        for decorator in function.decorator_list
        for part in ast.walk(decorator)
    )


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_is_longer_than_its_budget(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MAX_MODULE_LINES, f"{name_of(path)} has {lines} lines"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_function_is_longer_than_its_budget(path: Path) -> None:
    for function in functions(path):
        first = function.body[0]
        doc = ast.get_docstring(function, clean=False)
        doc_lines = (first.end_lineno or 0) - first.lineno + 1 if doc else 0
        length = (function.end_lineno or 0) - function.lineno + 1 - doc_lines
        where = f"{name_of(path)}:{function.lineno} {function.name}"
        assert length <= MAX_FUNCTION_LINES, f"{where} has {length} lines"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_function_takes_more_parameters_than_a_reader_can_hold(path: Path) -> None:
    for function in functions(path):
        if is_edge(function):
            continue
        given = function.args
        count = len(given.posonlyargs) + len(given.args) + len(given.kwonlyargs)
        count -= bool(given.args) and given.args[0].arg in {"self", "cls"}
        where = f"{name_of(path)}:{function.lineno} {function.name}"
        assert count <= MAX_PARAMETERS, f"{where} takes {count}"
