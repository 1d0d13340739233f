"""What became of a load: how many of its rows the map can show, and how many it cannot."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from puente.ingest.load import LoadReport
    from puente.store.lake import Lake

TABLES = ("incidents", "counts", "events")
"""Tables of which a row is at a place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Rows of the tables that the map shows, by how well they are placed. No contents.

    Attributes:
        municipality: in a municipality that is known.
        state: in a state alone.
        position: by degrees alone.
        nowhere: without a place.
    """

    municipality: int = 0
    state: int = 0
    position: int = 0
    nowhere: int = 0

    def as_json(self) -> dict[str, int]:
        """Return the figures by name."""
        return asdict(self)


def placement(lake: Lake, reports: Iterable[LoadReport]) -> Placement:
    """Return how the rows of some loads are placed."""
    import pyarrow.parquet as pq

    found = {"municipality": 0, "state": 0, "position": 0, "nowhere": 0}
    for report in reports:
        load = lake.find_load(report.load, report.source)
        for table in TABLES:
            if load is None or table not in load.tables:
                continue
            columns = ["place"] + (["latitude"] if table == "events" else [])
            rows = pq.read_table(load.folder / f"{table}.parquet", columns=columns)
            degrees = (
                rows["latitude"].is_valid().to_pylist()
                if table == "events"
                else [False] * len(rows)
            )
            for place, at in zip(rows["place"].to_pylist(), degrees, strict=True):
                found[_how(place, at=at)] += 1
    return Placement(**found)


def _how(place: str, *, at: bool) -> str:
    if place and place[2:] not in {"000", "998", "999"}:
        return "municipality"
    if at:
        return "position"
    return "state" if place else "nowhere"
