"""A mapping applied to the rows of one file as they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.mapping_once import Once
from puente.ingest.source import Batch, Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from puente.ingest.mapping_emit import Row as Made
    from puente.ingest.mapping_nested import Nested
    from puente.ingest.mapping_rows import Plan
    from puente.ingest.source import Handed, Row

_BATCH = 10_000


class Applied:
    """Makes of each row what the mapping says, and holds rows of tables until they are many.

    Attributes:
        plan: the mapping, compiled.
        once: the claims that were made; None where every row keeps its own. What rows of bulk
            records say of things is kept once a file.
    """

    def __init__(self, plan: Plan, *, bulk_records: bool) -> None:
        self.plan = plan
        self.once = Once() if bulk_records else None
        self._tables: dict[str, list[dict[str, object]]] = {}

    def row(self, item: Row | Nested) -> Made | Reject:
        """Return what one row says, or why it is rejected."""
        try:
            if isinstance(item, tuple):
                return self.plan.apply(*item)
            return self.plan.apply_nested(item)
        except InvalidData as error:
            line, cells = item if isinstance(item, tuple) else (item.line, item.cells)
            return Reject(line=line, reason=error.reason, raw=",".join(cells)[:500])

    def handed(self, item: Row | Nested | Reject) -> Iterator[Handed]:
        """Yield what comes of one row."""
        row = item if isinstance(item, Reject) else self.row(item)
        if isinstance(row, Reject):
            yield row
            return
        yield row.held if self.once is None else self.once.new(row.held)
        for name, made in row.rows:
            held = self._tables.setdefault(name, [])
            held.append(made)
            if len(held) >= _BATCH:
                yield Batch(table=name, rows=held)
                self._tables[name] = []

    def rest(self) -> Iterator[Handed]:
        """Yield the rows of tables that are still held."""
        tables, self._tables = self._tables, {}
        for name, held in tables.items():
            if held:
                yield Batch(table=name, rows=held)
