"""A list of JSON objects read one after the other, however long the list is.

Memory holds one object and a buffer, never the file. What stands beside the list is passed over.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TextIO

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.json_values import RAW, Broken, ObjectReader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_CHUNK = 1 << 18
_SPACE = re.compile(r"[ \t\n\r]*")
_STRING_END = re.compile(r'(?:[^"\\]++|\\.)*+"', re.DOTALL)
_MARK = re.compile(r'["{}\[\]]')
_PLAIN = re.compile(r"[^\s,\]}]+")
_DEEPEST = 10_000
_CLOSING = {"{": "}", "[": "]"}


def objects_in(
    handle: TextIO, path: Path, steps: Sequence[str], max_chars: int
) -> Iterator[object]:
    """Yield what stands in a list, in order: mappings, other values, `Broken` ones.

    Args:
        handle: the text, read from where it stands.
        path: its file, for errors.
        steps: keys that lead to the list; none where the file is the list.
        max_chars: length of an object past which it is `Broken` and passed over.

    Raises: InvalidData: not JSON, no such list, a key on the way that stands twice, text after
        the end, or a file that ends too soon; naming the line. Objects may have been handed over
        before.
    """
    text = _Text(handle, path, max_chars)
    yield from _descend(text, list(steps))
    if text.peek():
        raise text.fault(_("text after the end of the JSON"))


def _descend(text: _Text, steps: list[str]) -> Iterator[object]:
    if not steps:
        if text.peek() != "[":
            raise text.fault(_("the JSON holds no list of records where one is expected"))
        yield from text.elements()
        return
    if text.peek() != "{":
        raise text.fault(_("the JSON holds no list of records where one is expected"))
    found = False
    for key in text.members():
        if key != steps[0]:
            text.skip()
            continue
        if found:
            raise text.fault(_("the key {key!r} stands twice").format(key=key))
        found = True
        yield from _descend(text, steps[1:])
    if not found:
        raise text.fault(_("the JSON holds no list of records where one is expected"))


class _Text:
    """JSON text read through a window that moves over the file."""

    def __init__(self, handle: TextIO, path: Path, max_chars: int) -> None:
        self._handle = handle
        self._path = path
        self._most = max_chars
        self._held = ""
        self._at = 0
        self._line = 1
        self._record = 0
        self._ended = False
        self._reader = ObjectReader()

    def fault(self, reason: str) -> InvalidData:
        """Return the error that says what is wrong on the line at hand."""
        line = self._line + self._held.count("\n", 0, self._at)
        return InvalidData(reason, file=self._path, line=line)

    def peek(self) -> str:
        """Return the next character that is no space, "" at the end."""
        while True:
            match = _SPACE.match(self._held, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._held):
                return self._held[self._at]
            if not self._more():
                return ""

    def elements(self) -> Iterator[object]:
        """Yield the elements of the list that begins here."""
        self._take("[")
        if self.peek() == "]":
            self._at += 1
            return
        while True:
            self._record += 1
            yield self._element()
            if self._next_of("]"):
                return

    def members(self) -> Iterator[str]:
        """Yield the keys of the object that begins here; its values are left to the caller."""
        self._take("{")
        if self.peek() == "}":
            self._at += 1
            return
        while True:
            if self.peek() != '"':
                raise self._not_json(_("a key is missing"))
            key = self._value()
            self._take(":")
            yield str(key)
            if self._next_of("}"):
                return

    def skip(self) -> int:
        """Pass over the value that begins here, in bounded memory; return its length.

        Limits: looks at brackets and quotes only.
        """
        if self.peek() not in {"{", "[", '"'}:
            return self._skip_plain()
        open_brackets: list[str] = []
        length = 0
        while True:
            match = _MARK.search(self._held, self._at)
            end = match.end() if match else len(self._held)
            length += end - self._at
            self._at = end
            if match is None:
                self._need()
                continue
            mark = match[0]
            if mark == '"':
                length += self._skip_string()
            elif mark in _CLOSING:
                open_brackets.append(_CLOSING[mark])
                if len(open_brackets) > _DEEPEST:
                    raise self._not_json(_("nested too deep"))
            elif open_brackets.pop() != mark:
                raise self._not_json(_("brackets that do not match"))
            if not open_brackets:
                return length

    # --- within

    def _element(self) -> object:
        start = self.peek()
        if start in {"", ",", "]"}:
            raise self._not_json(_("a record is missing"))
        return self._value()

    def _value(self) -> object:
        """Return the value that begins here; a record that is too long is `Broken`."""
        while True:
            reason = ""
            try:
                value, end = self._reader.decode(self._held, self._at)
            except RecursionError:
                return self._passed_over("nested too deep")[0]
            except ValueError as error:
                reason = getattr(error, "msg", "") or str(error)
            else:
                # A number at the end of what is held may go on.
                if end < len(self._held) or self._ended:
                    return self._bounded(value, end)
            if reason and len(self._held) - self._at > self._most:
                fault = self._not_json(reason)
                broken, length = self._passed_over(self._too_long())
                if length > self._most:
                    return broken
                raise fault
            if not self._more() and reason:
                raise self._not_json(reason)

    def _bounded(self, value: object, end: int) -> object:
        if end - self._at > self._most:
            return self._passed_over(self._too_long())[0]
        self._at = end
        return value

    def _passed_over(self, reason: str) -> tuple[Broken, int]:
        raw = self._held[self._at : self._at + RAW]
        return Broken(reason=reason, raw=raw), self.skip()

    def _too_long(self) -> str:
        return f"the record is longer than {self._most} characters"

    def _skip_plain(self) -> int:
        length = 0
        while True:
            match = _PLAIN.match(self._held, self._at)
            end = match.end() if match else self._at
            length += end - self._at
            self._at = end
            if end < len(self._held) or not self._more():
                break
        if not length:
            raise self._not_json(_("a value is missing"))
        return length

    def _skip_string(self) -> int:
        """Pass over the rest of a string whose opening quote has been passed."""
        length = 0
        while True:
            match = _STRING_END.match(self._held, self._at)
            if match:
                length += match.end() - self._at
                self._at = match.end()
                return length
            # A backslash at the end of what is held belongs to what comes next.
            rest = self._held[self._at :]
            keep = 1 if (len(rest) - len(rest.rstrip("\\"))) % 2 else 0
            length += len(rest) - keep
            self._at = len(self._held) - keep
            self._need()

    def _take(self, mark: str) -> None:
        if self.peek() != mark:
            raise self._not_json(_("{mark!r} is missing").format(mark=mark))
        self._at += 1

    def _next_of(self, end: str) -> bool:
        """Pass a comma and return False, or pass the end of the list or object and return True."""
        mark = self.peek()
        if mark not in {",", end}:
            raise self._not_json(_("{mark!r} is missing").format(mark=","))
        self._at += 1
        return mark == end

    def _need(self) -> None:
        if not self._more():
            raise self._not_json(_("the file ends too soon"))

    def _more(self) -> bool:
        """Hold more of the file, and let go of what has been passed; False at the end."""
        if self._ended:
            return False
        try:
            data = self._handle.read(max(_CHUNK, len(self._held) - self._at))
        except UnicodeDecodeError as error:
            reason = _("the file is not {encoding}").format(encoding=error.encoding.upper())
            raise self.fault(reason) from None
        self._line += self._held.count("\n", 0, self._at)
        self._held = self._held[self._at :] + data
        self._at = 0
        self._ended = not data
        return bool(data)

    def _not_json(self, reason: str) -> InvalidData:
        if self._ended and self._at >= len(self._held):
            reason = _("the file ends too soon")
        if self._record:
            reason = _("record {number}: {reason}").format(number=self._record, reason=reason)
        return self.fault(_("not JSON: {reason}").format(reason=reason))
