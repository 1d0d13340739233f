"""Texts in two languages, numbers and dates as their readers write them."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import date
from decimal import Decimal

import pytest

from puente import i18n
from puente.errors import InvalidData

CATALOGUE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Owner"
msgstr "Dueño"

msgid "{n} record"
msgid_plural "{n} records"
msgstr[0] "{n} registro"
msgstr[1] "{n} registros"

#, fuzzy
msgid "Seed"
msgstr "Algo sin revisar"
"""


@pytest.fixture
def spanish(tmp_path, monkeypatch):  # noqa: ANN001, ANN201 - a fixture of this file alone
    """Spanish by the catalogue above."""
    folder = tmp_path / "locale" / "es" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "puente.po").write_text(CATALOGUE, encoding="utf-8")
    monkeypatch.setattr(i18n, "files", lambda _package: tmp_path)
    i18n._catalogue.cache_clear()
    with i18n.use_language("es"):
        yield
    i18n._catalogue.cache_clear()


@pytest.mark.usefixtures("spanish")
def test_texts_are_translated_where_the_catalogue_has_them() -> None:
    assert i18n.gettext("Owner") == "Dueño"
    assert i18n.gettext("Not in it") == "Not in it"
    assert i18n.gettext("") == "", "the catalogue's header must never be shown"
    assert i18n.gettext("Seed") == "Seed", "an unreviewed translation must not be shown"
    assert [i18n.ngettext("{n} record", "{n} records", n).format(n=n) for n in (0, 1, 2)] == [
        "0 registros",
        "1 registro",
        "2 registros",
    ]


def test_a_missing_catalogue_leaves_the_english_text(tmp_path, monkeypatch) -> None:  # noqa: ANN001
    monkeypatch.setattr(i18n, "files", lambda _package: tmp_path)
    i18n._catalogue.cache_clear()
    with i18n.use_language("es"):
        assert i18n.gettext("Owner") == "Owner"
        assert i18n.ngettext("one", "many", 2) == "many"
    i18n._catalogue.cache_clear()


def test_english_needs_no_catalogue() -> None:
    assert i18n.gettext("Owner") == "Owner"
    assert [i18n.ngettext("one", "many", n) for n in (0, 1, 2)] == ["many", "one", "many"]


def test_a_language_holds_for_its_block_and_its_thread_alone() -> None:
    seen: list[str] = []
    with i18n.use_language("es"):
        assert i18n.current_language() == "es"
        thread = threading.Thread(target=lambda: seen.append(i18n.current_language()))
        thread.start()
        thread.join()
        with i18n.use_language("en"):
            assert i18n.current_language() == "en"
        assert i18n.current_language() == "es"
    assert i18n.current_language() == "en"
    assert seen == ["en"], "one reader's language must not reach another's request"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(InvalidData, match="fr"), i18n.use_language("fr"):
        pass


def test_numbers_are_written_as_their_readers_write_them() -> None:
    for language in ("en", "es"):
        with i18n.use_language(language):
            assert i18n.format_number(1234.5) == "1,234.5"
            assert i18n.format_number(1234.5, 2) == "1,234.50"
            assert i18n.format_number(Decimal("1234.5"), 0) == "1,234"
            assert i18n.format_number(-7) == "-7"
            assert i18n.format_percent(0.125, 1).replace("\xa0", "") == "12.5%"


def test_dates_keep_the_precision_that_their_source_gave() -> None:
    assert i18n.format_date(date(2024, 5, 3)) == "May 3, 2024"
    assert [i18n.format_date(text) for text in ("2024-05-03", "2024-05", "2024", "")] == [
        "May 3, 2024",
        "May 2024",
        "2024",
        "",
    ]
    with i18n.use_language("es"):
        assert i18n.format_date("2024-05-03") == "3 may 2024"
        assert i18n.format_date("2024-05", "long") == "mayo de 2024"
    for bad in ("2024-13-01", "05/03/2024", "2024-05-03x9", "May"):
        with pytest.raises(InvalidData):
            i18n.format_date(bad)


def test_english_loads_no_babel() -> None:
    code = (
        "import sys; from puente.i18n import gettext, ngettext; gettext('x'); ngettext('a','b',2);"
        "import puente.settings; puente.settings.load_settings();"
        "print('babel' in sys.modules, 'yaml' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False False"
