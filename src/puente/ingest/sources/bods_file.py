"""The statements of a file one after the other, and which of them stand.

Source: Open Ownership, BODS 0.4, "Changing record status"; 0.3, "Updating statements".
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.json_values import ObjectReader, json_lines
from puente.ingest.mapping_json import objects_in
from puente.ingest.reading import check_file
from puente.ingest.sources.bods_record import Record, record_of
from puente.ingest.sources.exchange import Bearing, Teller
from puente.model.text import slug

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from puente.ingest.source import Limits, LoadContext

PREFIX = "bods-"
LIST, LINES, OBJECT = "list", "lines", "object"


def read_form(path: Path, limits: Limits) -> str:
    """Return whether a file is a list, one statement a line, or an object that holds a list.

    Raises: InvalidData: no such file, an empty one, one too large, or none of these.
    """
    check_file(path, limits.max_file_mb)
    with path.open("rb") as handle:
        data = b""
        while not data and (line := handle.readline(limits.max_line_bytes)):
            data = line.removeprefix(b"\xef\xbb\xbf").strip()
    if data.startswith(b"["):
        return LIST
    try:
        first, end = ObjectReader().decode(data.decode())
    except (ValueError, RecursionError):
        return OBJECT
    if isinstance(first, dict) and end == len(data.decode()) and "statements" not in first:
        return LINES
    return OBJECT


def statements_in(path: Path, form: str, limits: Limits) -> Iterator[tuple[int, object]]:
    """Yield the statements of a file with their 1-based numbers (lines, in a file of lines).

    Raises: InvalidData: not JSON, no list, or a file that ends too soon.
    """
    if form == LINES:
        for number, item, _raw in json_lines(path, limits.max_line_bytes):
            yield number, item
        return
    with path.open(encoding="utf-8-sig") as handle:
        steps = ["statements"] if form == OBJECT else []
        yield from enumerate(objects_in(handle, path, steps, limits.max_line_bytes), start=1)


@dataclass(slots=True)
class Survey:
    """What a first pass over a file found: which statement of each record is the newest."""

    newest: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    closed: dict[tuple[str, str], tuple[str, int, str]] = field(default_factory=dict)
    successors: dict[str, list[str]] = field(default_factory=dict)
    predecessors: dict[str, str] = field(default_factory=dict)
    publishers: dict[str, list[str]] = field(default_factory=dict)

    def see(self, number: int, item: object) -> None:
        """Take note of a statement; one that is none is left to the second pass."""
        try:
            record = record_of(item)
        except InvalidData:
            return
        name = (record.publisher, record.key)
        at = (record.date, number)
        if record.states:
            self.newest[name] = max(self.newest.get(name, ("", 0)), at)
        self.closed[name] = max(self.closed.get(name, ("", 0, "")), (*at, record.status))
        for old in record.replaces:
            self.successors.setdefault(old, []).append(record.key)
        if record.kind != "relationship":
            held = self.publishers.setdefault(record.key, [])
            if record.publisher not in held:
                held.append(record.publisher)

    def settle(self) -> None:
        """Settle, after the first pass, which statement each number now stands for."""
        for old, new in self.successors.items():
            # A statement that two replace was split: which of them a reference means is not told.
            if len(set(new)) == 1 and new[0] != old:
                self.predecessors.setdefault(new[0], old)

    def stands(self, number: int, record: Record) -> bool:
        """Return True if a statement is the one that counts for its record."""
        if record.key in self.successors:
            return False
        return self.newest.get((record.publisher, record.key), ("", 0))[1] == number

    def closed_on(self, record: Record) -> str | None:
        """Return the date on which a record was closed ("" where not told), None if it stands."""
        date, _number, status = self.closed[record.publisher, record.key]
        return date if status == "closed" else None

    def described(self, key: str) -> bool:
        """Return True if the file states an entity or person of that number."""
        return any(one in self.publishers for one in (key, *self._heirs(key)))

    def id_of(self, key: str, publisher: str) -> str:
        """Return the id of an entity or person, the same whichever of its statements is named."""
        heirs = [key, *self._heirs(key)]
        held = next((self.publishers[heir] for heir in heirs if heir in self.publishers), [])
        home = publisher if publisher in held or len(held) != 1 else held[0]
        return f"{id_part(home)}-{self._root(key)}"

    def _root(self, key: str) -> str:
        seen = {key}
        while (before := self.predecessors.get(key)) is not None and before not in seen:
            seen.add(before)
            key = before
        return key

    def _heirs(self, key: str) -> Iterator[str]:
        seen = {key}
        while len(after := set(self.successors.get(key, ()))) == 1 and not after <= seen:
            key = after.pop()
            seen.add(key)
            yield key

    def teller(self, number: int, record: Record, context: LoadContext) -> Teller:
        """Return what tells the claims of a statement."""
        bearing = replace(
            Bearing.of(context),
            agency=record.publisher or context.info.agency,
            date=record.date,
        )
        return Teller(context=context, line=number, bearing=bearing, prefix=PREFIX)


def id_part(publisher: str) -> str:
    """Return what stands for a publisher in an id: `bods_fixtures`."""
    return slug(publisher)[:40] or "unnamed"
