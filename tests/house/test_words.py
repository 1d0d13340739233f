"""Both languages are whole, one word stands for one idea, and nothing points to a private place."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "src/puente/locale/es/LC_MESSAGES/puente.po"
KEYWORDS: dict[str, object] = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
METHODS = [("src/puente/**.py", "python"), ("src/puente/**/templates/**.html", "jinja2")]


def used_texts() -> set[str]:
    found = extract_from_dir(str(ROOT), method_map=METHODS, keywords=KEYWORDS)  # type: ignore[arg-type]
    texts: set[str] = set()
    for _file, _line, message, _comments, _context in found:
        texts.add(message[0] if isinstance(message, tuple) else message)
    return texts - {""}


def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as handle:
        return read_po(handle, locale="es", domain="puente")


def test_every_text_is_in_spanish_too() -> None:
    held = catalogue()
    missing = [text for text in sorted(used_texts()) if not (held.get(text) and held[text].string)]
    assert not missing, f"{len(missing)} without Spanish, first: {missing[:5]}"


def test_no_translation_is_guessed_or_left_over() -> None:
    used = used_texts()
    for message in catalogue():
        if not message.id:
            continue
        key = message.id[0] if isinstance(message.id, tuple | list) else message.id
        assert not message.fuzzy, f"guessed translation: {key!r}"
        assert key in used, f"nobody says this any more: {key!r}"


def test_translations_keep_their_placeholders() -> None:
    pattern = re.compile(r"\{[a-z_0-9]*(?::[^}]*)?\}|%\([a-z_]+\)[sd]")
    for message in catalogue():
        if not message.id or isinstance(message.id, tuple | list):
            continue
        want, got = sorted(pattern.findall(message.id)), sorted(pattern.findall(message.string))
        assert want == got, f"placeholders differ in {message.id!r}"


def test_one_word_stands_for_one_idea() -> None:
    glossary = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in glossary.splitlines() if line.startswith("| ")]
    banned = {word.strip() for row in rows[1:] for word in row[3].split(",") if word.strip(" -")}
    assert banned, "the glossary names no word to avoid"
    texts = used_texts()
    for word in banned:
        pattern = re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE)
        hits = [text for text in texts if pattern.search(text)]
        assert not hits, f"the glossary says not to use {word!r}: {hits[:3]}"


def test_the_repository_names_no_private_place() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    hosts = r"pypi\." + r"org|python" + r"hosted"
    private = re.compile("/" + r"work/|/" + r"tmp/[a-z]|/" + r"root/|" + hosts)
    for name in listed:
        path = ROOT / name
        if path.suffix in {".png", ".ttf", ".parquet"} or not path.is_file():
            continue
        match = private.search(path.read_text(encoding="utf-8", errors="replace"))
        assert not match, f"{name} names a private place: {match.group(0) if match else ''}"
