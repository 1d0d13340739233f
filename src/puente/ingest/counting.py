"""Counts by place and month, gathered by column, and what of places and months was met."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from puente.ingest.source import Batch

if TYPE_CHECKING:
    from puente.ingest.source import LoadContext

FULL = 100_000
"""Rows of which a batch is made."""

NATION = "00000"
"""The place that stands for the whole country."""


@dataclass(slots=True)
class CountRows:
    """Rows of the `counts` table, held by column: they load in a third of the time of mappings."""

    place: list[str] = field(default_factory=list)
    month: list[str] = field(default_factory=list)
    record: list[str] = field(default_factory=list)
    count: list[int | None] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.place)

    def add(self, place: str, month: str, record: str, count: int | None) -> None:
        """Add one figure; None is "not reported"."""
        self.place.append(place)
        self.month.append(month)
        self.record.append(record)
        self.count.append(count)

    def batch(self) -> Batch:
        """Return the rows as a batch and forget them."""
        import pyarrow as pa

        columns = {
            "place": pa.array(self.place, pa.string()),
            "month": pa.array(self.month, pa.string()),
            "record": pa.array(self.record, pa.string()),
            "count": pa.array(self.count, pa.int64()),
        }
        self.place, self.month, self.record, self.count = [], [], [], []
        return Batch(table="counts", rows=pa.RecordBatch.from_pydict(columns))


@dataclass(slots=True)
class Met:
    """Which municipalities and months a file speaks of; states them as facts at the end."""

    context: LoadContext
    months: set[str] = field(default_factory=set)
    places: dict[str, str] = field(default_factory=dict)

    def place(self, code: str, name: str = "") -> None:
        """Note a municipality; codes for no municipality (SS000, SS999) are none."""
        if code not in self.places and code[2:] not in {"000", "999"}:
            self.places[code] = name

    def state(self) -> None:
        """Add to the facts: the months, the municipalities, and each code that no table knows.

        A code that no table of places knows is kept as it stands: codes are not guessed at.
        """
        context, gazetteer = self.context, self.context.gazetteer
        if self.months:
            context.fact(f"months {min(self.months)} to {max(self.months)}", len(self.months))
        if not len(gazetteer):
            context.fact("municipalities not checked: no table of places", len(self.places))
            return
        lost = {code: name for code, name in self.places.items() if code not in gazetteer}
        context.fact("municipalities joined", len(self.places) - len(lost))
        context.fact("municipalities of an unknown code", len(lost))
        for code, name in sorted(lost.items()):
            context.fact(f"unknown code: {code} {name}".rstrip())
