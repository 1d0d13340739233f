"""Physical lines of a text file, with their numbers, in bounded memory."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

_CHUNK = 1 << 20
RAW = 500
"""Characters of a bad line that are kept."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be read: why, and how it begins."""

    reason: str
    raw: str


class Lines:
    """Physical lines with their numbers; lines may be pushed back to be read once more."""

    def __init__(self, path: Path, encoding: str, max_bytes: int) -> None:
        self.number = 0
        self.ends_open = False
        self._path = path
        self._encoding = encoding
        self._max_bytes = max_bytes
        self._again: list[str | BadLine] = []
        self._lines = self._read()

    def next(self) -> str | BadLine | None:
        """Return the next line with its line end, a bad one, or None at the end."""
        item = self._again.pop() if self._again else next(self._lines, None)
        if item is not None:
            self.number += 1
        return item

    def push_back(self, lines: Sequence[str | BadLine]) -> None:
        """Make `lines` the next to be read."""
        self._again.extend(reversed(lines))
        self.number -= len(lines)

    def _read(self) -> Iterator[str | BadLine]:
        with self._path.open("rb", buffering=_CHUNK) as handle:
            data = handle.readline(self._max_bytes + 2).removeprefix(codecs.BOM_UTF8)
            while data:
                self.ends_open = not data.endswith(b"\n")
                if self.ends_open and len(data) > self._max_bytes:
                    yield self._too_long(handle, data)
                else:
                    yield self._decoded(data)
                data = handle.readline(self._max_bytes + 2)

    def _decoded(self, data: bytes) -> str | BadLine:
        try:
            return data.decode(self._encoding)
        except UnicodeDecodeError as error:
            reason = f"not {self._encoding}: byte {error.start + 1} of the line"
            return BadLine(reason, data[:RAW].decode("ascii", "backslashreplace"))

    def _too_long(self, handle: BinaryIO, data: bytes) -> BadLine:
        raw = data[:RAW].decode(self._encoding, "replace")
        while data and not data.endswith(b"\n"):
            data = handle.readline(_CHUNK)
        return BadLine(f"the line is longer than {self._max_bytes} bytes", raw)
