"""A made-up world as its sources read it, asked by source and kind of thing."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.ingest.load import LoadReport
    from puente.store.lake import Lake

Said = dict[str, dict[str, list[str]]]
"""What is said of each entity: property to values, each once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A made-up world's files, and what was loaded of them."""

    folder: Path
    reports: Mapping[str, LoadReport]
    lake: Lake
    held: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def rows(self, table: str, source: str = "") -> list[dict[str, Any]]:
        """Return the rows of a table, of one source or of all."""
        if table not in self.held:
            found = [load.folder / f"{table}.parquet" for load in self.lake.loads()]
            parts = [pq.read_table(path) for path in found if path.is_file()]
            self.held[table] = pa.concat_tables(parts).to_pylist()
        return [row for row in self.held[table] if source in {"", row["source"]}]

    def said(self, source: str, schema: str) -> Said:
        """Return what a source says of the things of one kind."""
        found: Said = {}
        for row in self.rows("statements", source):
            if row["schema"] == schema:
                held = found.setdefault(row["entity_id"], {}).setdefault(row["prop"], [])
                if row["value"] not in held:
                    held.append(row["value"])
        return found

    def shielded(self, source: str) -> set[str]:
        """Return who enters as a non-suspect."""
        return {
            row["entity_id"] for row in self.rows("statements", source)
            if row["prop"] == "standing" and row["value"] == "non_suspect"
        }  # fmt: skip

    def file(self, source: str) -> Path:
        """Return a source's file."""
        return Path(self.reports[source].path)

    def bad_lines(self, source: str) -> set[int]:
        """Return the lines that were rejected."""
        return {row["line"] for row in self.rows("rejects", source)}

    def planted(self, source: str) -> set[int]:
        """Return the lines that the world spoiled so that they would be rejected."""
        name = self.file(source).name
        return {int(row["line"]) for row in self.truth("rejects") if row["file"] == name}

    def truth(self, name: str) -> list[dict[str, str]]:
        """Return the rows of a table of the truth."""
        with (self.folder / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
            return list(csv.DictReader(handle))

    def cells(self, source: str, delimiter: str, encoding: str = "utf-8") -> list[dict[str, str]]:
        """Return the rows of a delimited file that were loaded."""
        bad = self.bad_lines(source)
        with self.file(source).open(encoding=encoding, newline="") as handle:
            rows = enumerate(csv.DictReader(handle, delimiter=delimiter), start=2)
            return [row for line, row in rows if line not in bad]
