"""Records of delimited text, one after the other; a bad one costs its own line and no more."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from puente.ingest.reading_lines import RAW, BadLine
from puente.ingest.source import Reject, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from puente.ingest.reading_lines import Lines

LONGEST_RECORD_LINES = 200
"""Lines that one quoted record may span. Past that an unclosed quote has swallowed its neighbours.
The longest honest one in the official files spans 4."""

_UNCLOSED = "a quote is opened and never closed"


class _TooManyLines(Exception):
    """A quoted field ran over more lines than a record may have."""


class Records:
    """Records of cells with the line they begin on; a bad one costs only its own line.

    Attributes:
        lines: where they are read from; between two records it stands at the next one.
        end_marks: lines that held but an end mark of DOS.
    """

    def __init__(self, lines: Lines, delimiter: str, *, quoted: bool) -> None:
        self.end_marks = 0
        self.lines = lines
        self._delimiter, self._quoted = delimiter, quoted
        self._taken: list[str] = []
        self._bad: BadLine | None = None
        self._cut = False
        self._reader = self._new_reader()

    def next(self, width: int) -> Row | Reject | None:
        """Return the next record, a reject, or None at the end.

        Args:
            width: number of cells that a record must have; 0 for any.
        """
        while True:
            taken: list[str] = []
            self._taken = taken
            line = self.lines.number + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return self._bad_line(line)
            except (csv.Error, _TooManyLines) as error:
                single = isinstance(error, csv.Error) and len(taken) == 1 and not self._cut
                return self._give_up(line, f"not delimited text: {error}" if single else _UNCLOSED)
            if len(taken) > 1 and width and len(cells) != width:
                return self._give_up(line, _UNCLOSED)
            if len(cells) <= 1 and (not cells or not cells[0].strip(" \t\r\n\x1a")):
                self.end_marks += bool(cells and "\x1a" in cells[0])
                continue
            raw = taken[0] if len(taken) == 1 else "".join(taken)
            if "\0" in raw:
                return Reject(line=line, reason="a NUL byte stands in the row", raw=raw[:RAW])
            if width and len(cells) != width:
                return self._other_width(line, len(cells), width, raw)
            return line, cells

    def _new_reader(self) -> Iterator[list[str]]:
        if self._quoted:
            # Strict: a quote that a later row closes would else swallow that row without a word.
            return csv.reader(self._feed(), delimiter=self._delimiter, strict=True)
        return csv.reader(self._feed(), delimiter=self._delimiter, quoting=csv.QUOTE_NONE)

    def _feed(self) -> Iterator[str]:
        while True:
            if len(self._taken) >= LONGEST_RECORD_LINES:
                raise _TooManyLines
            line = self.lines.next()
            if not isinstance(line, str):
                # The csv module takes this for the end; inside a quote it says so with an error.
                self._bad = line
                self._cut = bool(self._taken)
                return
            self._taken.append(line)
            yield line

    def _bad_line(self, line: int) -> Reject | None:
        bad, self._bad = self._bad, None
        if bad is None:
            return None
        self._reader = self._new_reader()
        return Reject(line=line, reason=bad.reason, raw=bad.raw)

    def _give_up(self, line: int, reason: str) -> Reject:
        """Reject the first line of the record at hand; read the lines after it afresh."""
        first, *rest = self._taken
        again: list[str | BadLine] = [*rest]
        if self._bad is not None:
            again.append(self._bad)
        self.lines.push_back(again)
        self._bad = None
        self._cut = False
        self._reader = self._new_reader()
        return Reject(line=line, reason=reason, raw=first[:RAW])

    def _other_width(self, line: int, found: int, width: int, raw: str) -> Reject:
        reason = f"{found} columns instead of {width}"
        if found < width and self.lines.ends_open and not raw.endswith("\n"):
            reason += "; the file ends in the middle of the row"
        return Reject(line=line, reason=reason, raw=raw[:RAW])
