"""What came of one file: its rows, its facts, why rows were rejected or the file was left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.errors import InvalidData
    from puente.ingest.source import SourceFile
    from puente.store.lake import LoadInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What came of one file. `rows` is always `loaded` + `rejected`.

    Attributes:
        source, path, part, published: the file.
        rows: rows read, `loaded` and `rejected` ones together.
        facts: what the file is known for, by name.
        load: id of the load in the lake.
        unchanged: True where the same file had been loaded before and nothing was done.
        reasons: why rows were rejected, most frequent first.
        error: why the file as a whole could not be read and was left out; "" where it was read.
    """

    source: str
    path: str
    part: str
    published: str
    rows: int
    loaded: int
    rejected: int
    facts: Mapping[str, int]
    load: str
    unchanged: bool
    reasons: Mapping[str, int]
    error: str = ""

    def as_json(self) -> dict[str, object]:
        """Return the report as `puente build --json` prints it."""
        return {
            "name": self.source,
            "path": self.path,
            "part": self.part,
            "published": self.published,
            "rows": self.rows,
            "loaded": self.loaded,
            "rejected": self.rejected,
            "facts": dict(sorted(self.facts.items())),
            "load": self.load,
            "unchanged": self.unchanged,
            "reasons": dict(self.reasons),
            "error": self.error,
        }


def left_out(source: str, file: SourceFile, error: InvalidData) -> LoadReport:
    """Return the report of a file that as a whole cannot be read."""
    where = "" if error.line is None else f"line {error.line}: "
    elsewhere = "" if error.file in {None, file.path, str(file.path)} else f"{error.file}: "
    return LoadReport(
        source=source,
        path=file.shown or str(file.path),
        part=file.part,
        published=file.published,
        rows=0,
        loaded=0,
        rejected=0,
        facts={},
        load="",
        unchanged=False,
        reasons={},
        error=f"{elsewhere}{where}{error.reason}",
    )


def report_of(held: LoadInfo, file: SourceFile, *, unchanged: bool) -> LoadReport:
    """Return the report of a file that the lake holds."""
    from puente.store.loads import reject_reasons

    return LoadReport(
        source=held.source,
        path=file.shown or str(file.path),
        part=held.part,
        published=held.published,
        rows=held.rows,
        loaded=held.loaded,
        rejected=held.rejected,
        facts=dict(held.facts),
        load=held.load,
        unchanged=unchanged,
        reasons=reject_reasons(held),
    )
