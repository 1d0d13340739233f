"""Rows of the `crossings` table, gathered by column; what was said twice is told apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.source import Batch
from puente.model.text import slug

if TYPE_CHECKING:
    from puente.ingest.source import LoadContext

Crossing = tuple[str, str, str, str, str, str, int | None, float | None, float | None]
"""A row: port, port_name, state, border, month, measure, count, latitude, longitude."""

_TEXTS = ("port", "port_name", "state", "border", "month", "measure")
_COLUMNS = (*_TEXTS, "count", "latitude", "longitude")


@dataclass(slots=True)
class CrossingRows:
    """Takes in the rows of one file."""

    context: LoadContext
    held: list[Crossing] = field(default_factory=list)
    seen: dict[tuple[str, str, str], int | None] = field(default_factory=dict)
    measures: dict[str, list[int]] = field(default_factory=dict)
    ports: dict[str, set[str]] = field(default_factory=dict)
    months: set[str] = field(default_factory=set)

    def add(self, row: Crossing) -> None:
        """Add a row; one that says again what another said is folded into it.

        Raises: InvalidData: another row gives another count for the port, month and measure.
        """
        port, _name, _state, border, month, measure, count, _latitude, _longitude = row
        key = (port, month, measure)
        if key in self.seen:
            if self.seen[key] != count:
                raise InvalidData(
                    f"another row gives {self.seen[key]} for the port, month and measure"
                )
            self.context.fact("rows said twice")
            return
        self.seen[key] = count
        self.held.append(row)
        tally = self.measures.setdefault(measure, [0, 0])
        tally[0] += 1
        tally[1] += count or 0
        self.ports.setdefault(border, set()).add(port)
        self.months.add(month)

    def batch(self) -> Batch:
        """Return the rows as a batch and forget them."""
        import pyarrow as pa

        columns = list(zip(*self.held, strict=True)) or [()] * len(_COLUMNS)
        kinds = [pa.string()] * len(_TEXTS) + [pa.int64(), pa.float64(), pa.float64()]
        arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
        self.held = []
        return Batch(table="crossings", rows=pa.RecordBatch.from_arrays(arrays, names=_COLUMNS))

    def state(self, published: dict[str, str]) -> None:
        """Add measures, ports and months to the facts.

        Args:
            published: each measure's name as the file writes it.
        """
        for measure, (rows, total) in self.measures.items():
            self.context.fact(f"rows of {measure} ({published[measure]})", rows)
            self.context.fact(f"total of {measure}", total)
        for border, ports in self.ports.items():
            self.context.fact(f"ports on the {border}", len(ports))
        if self.months:
            span = f"months {min(self.months)} to {max(self.months)}"
            self.context.fact(span, len(self.months))


def measure_of(text: str) -> str:
    """Return the key of a published name: `Pedestrians/ Bicyclists`, `pedestrians_bicyclists`.

    Raises: InvalidData: it holds no letter or digit.
    """
    key = slug(text)
    if not key:
        raise InvalidData("the measure has no name")
    return key
