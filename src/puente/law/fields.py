"""An instrument's YAML, read field by field: what is wrong is refused with its line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import yaml

from puente.errors import InvalidData
from puente.law.texts import Text
from puente.model.dates import PartialDate, parse_date
from puente.model.strict_yaml import strict_yaml, yaml_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from puente.model.strict_yaml import Path

MAX_BYTES = 1_000_000
MAX_DEPTH = 60
"""Mappings and lists within each other; a tree of law needs fewer than half."""

_ID = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")
_DAY = re.compile(r"\d{4}-\d\d?-\d\d?")
# YAML 1.1 takes 017 for fifteen, 1:30 for ninety and 1_5 for 15: a figure of law must not turn so.
_ODD_NUMBER = re.compile(r"[-+]?(?:0[0-9]+|0[xob]\w+|[0-9]+(?::[0-5]?[0-9])+|[0-9]+_[0-9_]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A file that is being read: what to call it, and on which line each value begins.

    Source: Puente's own format.
    """

    origin: str
    lines: Mapping[Path, int]

    def wrong(self, at: Path, reason: str) -> InvalidData:
        """Return the error for what stands at `at`."""
        while at and at not in self.lines:
            at = at[:-1]
        return InvalidData(reason, file=self.origin, line=self.lines.get(at, 1))


def open_page(text: str, origin: str) -> tuple[object, Page]:
    """Return what the YAML says, and its page.

    Source: YAML 1.1 as PyYAML reads it, without anchors, tags, odd numbers and days that are none.

    Raises: InvalidData: too large, too deep, or no plain YAML.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise InvalidData(f"larger than {MAX_BYTES:,} bytes", file=origin, line=1)
    _check_events(text, origin)
    value = strict_yaml(text, origin)
    return value, Page(origin=origin, lines=yaml_lines(text))


def _check_events(text: str, origin: str) -> None:
    """Check what the reader of values would choke on or change without a word."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > MAX_DEPTH:
                raise InvalidData(f"nested deeper than {MAX_DEPTH}", file=origin, line=line)
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise InvalidData("anchors and aliases are not read", file=origin, line=line)
            if isinstance(event, yaml.ScalarEvent) and event.style is None:
                _check_scalar(event.value, origin, line)
    except yaml.YAMLError:
        return  # said, with its line, by the reader of values


def _check_scalar(value: str, origin: str, line: int) -> None:
    if _ODD_NUMBER.fullmatch(value) or (len(value) > 40 and value.isdecimal()):
        raise InvalidData(f"{value[:40]}: write the number plainly", file=origin, line=line)
    if _DAY.fullmatch(value):
        try:
            date.fromisoformat(value)
        except ValueError:
            raise InvalidData(f"{value} is no day", file=origin, line=line) from None


class Fields:
    """One mapping of the file; each value is asked for with its type.

    Source: Puente's own format; unknown keys are refused because a key that is passed over in
        silence leaves a rule out (OpenFisca-style files have had hundreds).
    """

    __slots__ = ("_values", "at", "page")

    def __init__(self, value: object, at: Path, page: Page, known: Iterable[str]) -> None:
        self.at = at
        self.page = page
        if not isinstance(value, dict):
            raise page.wrong(at, f"expected keys and values, found {_shown(value)}")
        unknown = sorted(str(key) for key in value if key not in set(known))
        if unknown:
            raise page.wrong((*at, unknown[0]), f"unknown key {unknown[0]!r}")
        self._values: dict[str, object] = value

    def wrong(self, key: str, reason: str) -> InvalidData:
        """Return the error for what stands at `key`."""
        return self.page.wrong((*self.at, key) if key else self.at, reason)

    def has(self, key: str) -> bool:
        """Return True if there is a value at `key`."""
        return self._values.get(key) is not None

    def value(self, key: str) -> object:
        """Return what stands at `key`.

        Raises: InvalidData: nothing does.
        """
        if not self.has(key):
            raise self.wrong(key, f"{key!r} is missing")
        return self._values[key]

    def string(self, key: str, default: str | None = None) -> str:
        """Return a text in one language; `default` where it is left out."""
        if default is not None and not self.has(key):
            return default
        value = self.value(key)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, f"{key!r} must be a text, found {_shown(value)}")
        return value.strip()

    def id(self, key: str) -> str:
        """Return a name by which other places refer to this one."""
        value = self.string(key)
        if not _ID.fullmatch(value):
            raise self.wrong(key, f"{value!r} is no id: small letters, digits, - and _")
        return value

    def choice(self, key: str, options: Iterable[str], default: str | None = None) -> str:
        """Return one of `options`."""
        value = self.string(key, default)
        if value not in set(options):
            raise self.wrong(key, f"{key} {value!r} is none of {', '.join(options)}")
        return value

    def text(self, key: str) -> Text:
        """Return a text in both languages."""
        both = self.child(key, ("en", "es"))
        return Text(en=both.string("en"), es=both.string("es"))

    def maybe_text(self, key: str) -> Text | None:
        """Return a text in both languages, or one citation for both; None where left out."""
        if not self.has(key):
            return None
        value = self.value(key)
        return Text(en=value, es=value) if isinstance(value, str) and value else self.text(key)

    def day(self, key: str) -> date:
        """Return a day."""
        value = self.value(key)
        if not isinstance(value, date) or type(value) is not date:
            raise self.wrong(key, f"{key!r} must be a day (YYYY-MM-DD), found {_shown(value)}")
        return value

    def maybe_day(self, key: str) -> date | None:
        """Return a day; None where left out."""
        return self.day(key) if self.has(key) else None

    def when(self, key: str) -> PartialDate:
        """Return a day, or the year or month of which the day is not known."""
        value = self.value(key)
        if type(value) is date:
            return PartialDate(start=value, end=value)
        written = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
        if re.fullmatch(r"\d{4}(-\d\d)?", written):
            try:
                return parse_date(written)
            except InvalidData as error:
                raise self.wrong(key, error.message) from None
        raise self.wrong(key, f"{key!r} must be a day, a month or a year, found {_shown(value)}")

    def whole(self, key: str) -> int:
        """Return a whole number."""
        value = self.value(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(key, f"{key!r} must be a whole number, found {_shown(value)}")
        return value

    def number(self, key: str) -> Decimal:
        """Return a number of zero or more."""
        value = self.value(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            number = Decimal(str(value))
            if number.is_finite() and number >= 0:
                return number
        raise self.wrong(key, f"{key!r} must be a number of 0 or more, found {_shown(value)}")

    def flag(self, key: str) -> bool:
        """Return True or False; False where left out."""
        value = self._values.get(key)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(key, f"{key!r} must be true or false, found {_shown(value)}")
        return bool(value)

    def child(self, key: str, known: Iterable[str]) -> Fields:
        """Return the mapping at `key`."""
        return Fields(self.value(key), (*self.at, key), self.page, known)

    def items(self, key: str) -> list[tuple[object, Path]]:
        """Return the members of the list at `key`, each with its place; none where left out."""
        value = self._values.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong(key, f"{key!r} must be a list, found {_shown(value)}")
        return [(item, (*self.at, key, number)) for number, item in enumerate(value)]

    def each(self, key: str, known: Iterable[str]) -> list[Fields]:
        """Return the mappings of the list at `key`."""
        return [Fields(item, at, self.page, known) for item, at in self.items(key)]

    def strings(self, key: str) -> tuple[str, ...]:
        """Return the texts of the list at `key`."""
        found: list[str] = []
        for item, at in self.items(key):
            if not isinstance(item, str) or not item.strip():
                raise self.page.wrong(at, f"{key!r}: expected a text, found {_shown(item)}")
            found.append(item.strip())
        return tuple(found)


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        return "keys and values" if isinstance(value, dict) else "a list"
    return f"{str(value)[:40]!r}"
