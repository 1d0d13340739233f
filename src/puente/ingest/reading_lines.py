"""Physical lines of a text file, with their numbers, in bounded memory."""

from __future__ import annotations

import codecs
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

_CHUNK = 1 << 20
RAW = 500
"""Characters of a bad line that are kept."""

PUSHED_BACK = 512
"""Lines that may be pushed back, at most: more than a record may span."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be read: why, and how it begins."""

    reason: str
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place between two lines of a file: bytes and lines before it."""

    byte: int = 0
    line: int = 0


START = Spot()


class Lines:
    """Physical lines with their numbers; lines may be pushed back to be read once more.

    Attributes:
        path, encoding, max_bytes: of the file.
        number: lines read, those before `start` too.
    """

    def __init__(
        self,
        path: Path,
        encoding: str,
        max_bytes: int,
        *,
        start: Spot = START,
        buffer: int = _CHUNK,
    ) -> None:
        self.path, self.encoding, self.max_bytes = path, encoding, max_bytes
        self.number = start.line
        self.ends_open = False
        self._again: list[str | BadLine] = []
        self._ends = deque([start.byte], maxlen=PUSHED_BACK + 1)
        self._lines = self._read(start.byte, buffer)

    @property
    def spot(self) -> Spot:
        """Return where the next line begins."""
        return Spot(byte=self._ends[-1 - len(self._again)], line=self.number)

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

    def _read(self, start: int, buffer: int) -> Iterator[str | BadLine]:
        with self.path.open("rb", buffering=buffer) as handle:
            handle.seek(start)
            data = handle.readline(self.max_bytes + 2)
            end = start
            while data:
                end += len(data)
                # The mark of UTF-8 is no part of the first cell.
                line = data if end > len(data) else data.removeprefix(codecs.BOM_UTF8)
                self.ends_open = not data.endswith(b"\n")
                if self.ends_open and len(line) > self.max_bytes:
                    bad, more = self._too_long(handle, line)
                    end += more
                    self._ends.append(end)
                    yield bad
                else:
                    self._ends.append(end)
                    yield self._decoded(line)
                data = handle.readline(self.max_bytes + 2)

    def _decoded(self, data: bytes) -> str | BadLine:
        try:
            return data.decode(self.encoding)
        except UnicodeDecodeError as error:
            reason = f"not {self.encoding}: byte {error.start + 1} of the line"
            return BadLine(reason, data[:RAW].decode("ascii", "backslashreplace"))

    def _too_long(self, handle: BinaryIO, data: bytes) -> tuple[BadLine, int]:
        """Return the bad line, and how many more bytes it has than `data`."""
        raw, more = data[:RAW].decode(self.encoding, "replace"), 0
        while data and not data.endswith(b"\n"):
            data = handle.readline(_CHUNK)
            more += len(data)
        return BadLine(f"the line is longer than {self.max_bytes} bytes", raw), more
