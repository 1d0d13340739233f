"""A word like guilty or score in one text would undo what the whole room takes care not to say."""

from __future__ import annotations

import ast
import json
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from puente.i18n import use_language
from puente.law.assess import assess
from puente.law.casefile import read_case
from puente.law.instrument import get_instrument
from puente.law.runs import run_json
from puente.law.sentences import explanation_sentences, pivot_sentence, set_aside_sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src/puente"
ENGLISH = re.compile(
    r"\b(verdicts?|scor(e|es|ed|ing)|rank(s|ed|ing|ings)?|guilt(y)?)\b", re.IGNORECASE
)
SPANISH = re.compile(
    r"\b(veredictos?|puntajes?|puntuaci[oó]n(es)?|culpabl(e|es)|culpabilidad)\b", re.IGNORECASE
)
CODE = sorted([*(SOURCE / "law").glob("*.py"), *(SOURCE / "cli").glob("law*.py")])
DATA = sorted([*(SOURCE / "law").rglob("*.yaml"), *(ROOT / "docs/examples").glob("case-*.yaml")])


def texts_of_code(path: Path) -> Iterator[str]:
    """Yield what is marked for translation: what a user can read."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id in {"_", "N_", "ngettext"}:
            given = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            yield from (text for text in given if isinstance(text, str))


def texts_of_data(value: object, language: str = "en") -> Iterator[tuple[str, str]]:
    """Yield each text with its language; what is not under a key `es` is taken for English."""
    if isinstance(value, str):
        yield value, language
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from texts_of_data(part, "es" if key == "es" else language)
    elif isinstance(value, list):
        for part in value:
            yield from texts_of_data(part, language)


def check(text: str, where: str, language: str = "") -> None:
    patterns = {"en": [ENGLISH], "es": [SPANISH]}.get(language, [ENGLISH, SPANISH])
    for pattern in patterns:
        found = pattern.search(text)
        assert not found, f"{where}: {found and found.group(0)!r} in {text!r}"


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.name)
def test_no_text_of_the_code_says_what_is_for_a_court_to_say(path: Path) -> None:
    for text in texts_of_code(path):
        check(text, path.name)


@pytest.mark.parametrize("path", DATA, ids=lambda path: path.name)
def test_no_text_of_an_instrument_says_what_is_for_a_court_to_say(path: Path) -> None:
    for text, language in texts_of_data(yaml.safe_load(path.read_text(encoding="utf-8"))):
        check(text, path.name, language)


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_run_says_it_in_either_language(language: str) -> None:
    path = ROOT / "docs/examples/case-fto.yaml"
    case = read_case(path.read_text(encoding="utf-8"), path.name)
    with use_language(language):
        run = assess(get_instrument("us-8usc1189"), case, date(2025, 2, 20))
        said = [pivot_sentence(run, pivot) for pivot in run.pivots] + set_aside_sentences(run)
        for result in run.results:
            said += explanation_sentences(result.explanation)
        said.append(json.dumps(run_json(run), ensure_ascii=False))
    for text in said:
        check(text, language)


def test_there_is_something_to_check() -> None:
    assert sum(1 for path in CODE for _text in texts_of_code(path)) > 50
    assert len(DATA) > 5
