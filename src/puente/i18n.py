"""Every text a user reads, in English or Spanish. The English text is the key.

A catalogue is the `.po` file itself, compiled in memory when its language is first asked for.
English needs no catalogue, so that `puente --help` loads neither Babel nor a file.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from puente.errors import InvalidData

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from decimal import Decimal
    from gettext import NullTranslations
    from typing import Literal

LANGUAGES: tuple[str, ...] = ("en", "es")

# Mexico writes 1,234.5 where Spain writes 1.234,5; the readers are in Mexico.
_LOCALES = {"en": "en_US", "es": "es_MX"}

_language: ContextVar[str] = ContextVar("puente_language", default="en")


def current_language() -> str:
    """Return the language of this thread or task: `en` or `es`."""
    return _language.get()


def set_language(language: str) -> None:
    """Make `language` the language of this thread or task from here on.

    Raises: InvalidData: there is no such language.
    """
    _language.set(_known(language))


@contextmanager
def use_language(language: str) -> Iterator[None]:
    """Make `language` the language of the block.

    Raises: InvalidData: there is no such language.
    """
    token = _language.set(_known(language))
    try:
        yield
    finally:
        _language.reset(token)


def gettext(msgid: str) -> str:
    """Return `msgid` in the current language, or as it is where it has no translation."""
    language = _language.get()
    # The empty msgid is the catalogue's header, never a text.
    if language == "en" or not msgid:
        return msgid
    return _catalogue(language).gettext(msgid)


def ngettext(singular: str, plural: str, number: int) -> str:
    """Return the form that fits `number`, in the current language."""
    language = _language.get()
    if language == "en":
        return singular if number == 1 else plural
    return _catalogue(language).ngettext(singular, plural, number)


def N_(msgid: str) -> str:  # noqa: N802 - the name that gettext tools look for
    """Return `msgid` unchanged: marks a text that is translated where it is shown."""
    return msgid


def format_number(value: float | Decimal, digits: int | None = None) -> str:
    """Return `value` as the current language writes it, e.g. `1,234.5`.

    Args:
        value: the number.
        digits: decimals to show, always that many; None shows up to three.
    """
    from babel.numbers import format_decimal

    pattern = None if digits is None else "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, format=pattern, locale=_LOCALES[_language.get()])


def format_percent(share: float | Decimal, digits: int = 0) -> str:
    """Return a share between 0 and 1 as a percentage, e.g. `0.5` as `50%`."""
    from babel.numbers import format_percent as babel_percent

    pattern = "#,##0" + ("." + "0" * digits if digits else "") + "%"
    return babel_percent(share, format=pattern, locale=_LOCALES[_language.get()])


def format_date(value: date | str, style: Literal["short", "medium", "long"] = "medium") -> str:
    """Return a date as the current language writes it.

    Args:
        value: a date, or an ISO text of year, month or day precision, a time after it is left
            out; an empty text stays empty.
        style: how long to write it.

    Raises: InvalidData: a text that is no ISO date.
    """
    import datetime

    from babel.dates import format_date as babel_date
    from babel.dates import format_skeleton

    locale = _LOCALES[_language.get()]
    if isinstance(value, datetime.date):
        return babel_date(value, format=style, locale=locale)
    parts = value.split("-")
    try:
        if not value or len(parts) == 1:
            return str(int(value)) if value else ""
        if len(parts) == 2:
            month = datetime.date(int(parts[0]), int(parts[1]), 1)
            return format_skeleton("yMMM" if style != "long" else "yMMMM", month, locale=locale)
        day, time = value[:10], value[10:]
        if time and not time.startswith(("T", " ")):
            raise ValueError(value)
        return babel_date(datetime.date.fromisoformat(day), format=style, locale=locale)
    except ValueError:
        raise InvalidData(f"{value!r} is no ISO date") from None


def _known(language: str) -> str:
    if language not in LANGUAGES:
        raise InvalidData(f"unknown language {language!r}; one of {', '.join(LANGUAGES)}")
    return language


@cache
def _catalogue(language: str) -> NullTranslations:
    from gettext import GNUTranslations, NullTranslations
    from io import BytesIO

    entry = files("puente").joinpath("locale", language, "LC_MESSAGES", "puente.po")
    if not entry.is_file():
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with entry.open("rb") as text:
        write_mo(compiled, read_po(text, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)
