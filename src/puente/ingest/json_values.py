"""JSON values as Puente reads them: numbers as written, no key twice, no half of a character.

One value in a text, one a line of a file, or a small file whole.
"""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RAW = 500
"""Characters of a record that a reject keeps."""

_CHUNK = 1 << 18
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_LONGEST_EXPONENT = 40
_LONGEST_INTEGER = 18

HALVED = "half of a character stands in a text"
"""Why a record with an unpaired surrogate is rejected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """One object that cannot be used, in a list that can.

    Attributes:
        reason: what is wrong, in English, since it is stored.
        raw: how it begins.
    """

    reason: str
    raw: str


class ObjectReader:
    r"""Decodes JSON with every number as it is written, and knows of keys that stand twice.

    Python's reader keeps the last of two equal keys and drops the first without a word; two
    readers of one file may then see different people. It also rounds numbers to 17 digits. `NaN`,
    which is no JSON and which many programs write, is that text. Half of a character that takes
    two escapes (`\ud800` alone) is no text that could be written anywhere.

    Source: RFC 8259 section 4 (names within an object should be unique), section 6 (numbers),
        section 8.2 (unpaired surrogates).
    """

    def __init__(self) -> None:
        self._twice = ""
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_float=_number,
            parse_int=str,
            parse_constant=str,
        )

    def decode(self, text: str, start: int = 0) -> tuple[object, int]:
        """Return the value that begins at `start`, or why it is `Broken`; and where it ends.

        Raises: ValueError: not JSON, or not the whole of it. RecursionError: nested too deep.
        """
        self._twice = ""
        value, end = self._decoder.raw_decode(text, start)
        if self._twice:
            reason = f"the key {self._twice[:40]!r} stands twice in an object"
            return Broken(reason=reason, raw=text[start : min(end, start + RAW)]), end
        if _HALF.search(text, start, end) and is_halved(value):
            return Broken(reason=HALVED, raw=text[start : min(end, start + RAW)]), end
        return value, end

    def _object(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) != len(pairs) and not self._twice:
            names = [name for name, _value in pairs]
            self._twice = next(name for name in names if names.count(name) > 1)
        return found


def _number(text: str) -> str:
    if "e" in text or "E" in text:
        number = Decimal(text)
        exponent = number.as_tuple().exponent
        # Past this it is no figure of a record, and 1e999999999 would be a billion digits.
        if isinstance(exponent, int) and abs(exponent) <= _LONGEST_EXPONENT:
            return format(number, "f")
    return text


def is_halved(value: object) -> bool:
    """Return True if half of a character stands in a text or key of a value read from JSON."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def raw_of(item: object) -> str:
    """Return what a reject keeps of a value read from JSON: how it began, or how it is written."""
    if isinstance(item, Broken):
        return item.raw
    text = json.dumps(item, ensure_ascii=False)[:RAW]
    return text.encode("utf-8", "backslashreplace").decode()


def read_json(path: Path) -> object:
    """Return what a small JSON file holds; an integer of more than 18 digits stays a text.

    Raises: InvalidData: not JSON in UTF-8.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"), parse_int=_integer)
    except json.JSONDecodeError as error:
        message = _("the file is not JSON in UTF-8")
        raise InvalidData(message, file=path, line=error.lineno) from None
    except (ValueError, RecursionError):
        raise InvalidData(_("the file is not JSON in UTF-8"), file=path) from None


def _integer(text: str) -> int | str:
    return int(text) if len(text) <= _LONGEST_INTEGER else text


def json_lines(
    path: Path, max_bytes: int, encoding: str = "utf-8"
) -> Iterator[tuple[int, object, str]]:
    """Yield each line that is not empty: its 1-based number, its value or `Broken`, how it begins.

    Args:
        path: one JSON value a line.
        max_bytes: length of a line past which it is `Broken` and passed over.
        encoding: what a line that it cannot read is `Broken` by.
    """
    reader = ObjectReader()
    with path.open("rb") as handle:
        number = 0
        while data := handle.readline(max_bytes + 2):
            number += 1
            if len(data) > max_bytes and not data.endswith(b"\n"):
                while data and not data.endswith(b"\n"):
                    data = handle.readline(_CHUNK)
                reason = f"the line is longer than {max_bytes} bytes"
                yield number, Broken(reason=reason, raw=""), ""
            elif line := data.removeprefix(codecs.BOM_UTF8).strip():
                raw = line[:RAW].decode(encoding, "replace")
                yield number, _line(line, raw, encoding, reader), raw


def _line(line: bytes, raw: str, encoding: str, reader: ObjectReader) -> object:
    try:
        text = line.decode(encoding)
        value, end = reader.decode(text)
    except UnicodeDecodeError:
        return Broken(reason=f"not {encoding}", raw=raw)
    except RecursionError:
        return Broken(reason="nested too deep", raw=raw)
    except ValueError as error:
        return Broken(reason=f"not JSON: {getattr(error, 'msg', '') or error}", raw=raw)
    if end < len(text):
        return Broken(reason="not JSON: more than one value on the line", raw=raw)
    return value
