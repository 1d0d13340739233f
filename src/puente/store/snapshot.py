"""One build as a reader sees it: files that do not change while they are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from puente.store.place import MANIFEST, read_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One build as a reader sees it: its files do not change while it is read.

    Attributes:
        id: id of the build.
        path: its folder on this machine.
        finished: False for a build that is still being made.
    """

    id: str
    path: Path
    finished: bool = True

    def names(self) -> tuple[str, ...]:
        """Return the names of its tables and artefacts, sorted."""
        return tuple(sorted(file.stem for file in self.path.glob("[!.]*.parquet")))

    def has(self, name: str) -> bool:
        """Return True if it holds a table or artefact called `name`."""
        return name.isidentifier() and self.file(name).is_file()

    def file(self, name: str) -> Path:
        """Return where the table or artefact called `name` lies."""
        return self.path / f"{name}.parquet"

    def manifest(self) -> Mapping[str, Any]:
        """Return what the build says of itself: when it was made, from which loads, which files."""
        return read_json(self.path / MANIFEST)

    def summary(self) -> Mapping[str, Any]:
        """Return the build's summary, or an empty mapping where it has none."""
        path = self.path / "summary.json"
        return read_json(path) if path.is_file() else {}
