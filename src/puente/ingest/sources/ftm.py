"""FollowTheMoney, the exchange format of the field: entities in JSON lines, statements in CSV.

Reads what OpenSanctions, Aleph and their tools publish, and what `puente export` writes. Every id
is kept behind `ftm-`, so that no file from elsewhere can speak of another source's records; the
data sets that an entity comes from stand as the agency that holds it. Kinds that the vocabulary
lacks are rejected, properties that it lacks are kept as notes: see `exchange`.

Source: FollowTheMoney 4 (`followthemoney/proxy.py`, `followthemoney/statement/serialize.py`).
Limits: `last_seen`, `referents` and the language of a value are not kept. Where publishers have
joined several records into one entity, so it stands here: the statements say which data set each
comes from, not which record. A claim has the date at which its publisher first had it.
Cost: 50,000 statements of CSV or 100,000 of JSON a CPU second; memory holds every entity's id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.ingest.source import (
    Handed,
    LoadContext,
    SourceFile,
    SourceInfo,
    files_below,
    published_on,
)
from puente.ingest.sources.exchange import series
from puente.ingest.sources.ftm_entities import read_entities
from puente.ingest.sources.ftm_statements import read_statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

INFO = SourceInfo(
    name="ftm",
    title="FollowTheMoney entities and statements",
    agency="FollowTheMoney",
    country="",
    record_class="fact",
    reliability="C",
    credibility="3",
    marking="TLP:AMBER",
    stage=1,
    url="https://followthemoney.tech/",
    licence="as its publisher says",
    cadence="as its publisher says",
    legal_basis="as its publisher says",
    obtained="published or exported by another system as FollowTheMoney",
)

ENTITY_FILES = ("*.ftm.json", "*.ftm.jsonl", "*.ftm.ndjson", "*.nested.json")
STATEMENT_FILES = ("*statements.csv", "*statements-own.csv")
MANIFEST = "manifest.json"

_ENTITY = (rb'"schema"\s*:\s*"[A-Z]', rb'"properties"\s*:\s*\{', rb'"id"\s*:\s*"')
_LOOKED_AT = 1 << 16


@dataclass(frozen=True, slots=True)
class Ftm:
    """Reads both forms. A found file is recognised only if its content is what its name says."""

    info: SourceInfo = INFO

    def find(self, root: Path) -> list[SourceFile]:
        """Return the files at or below `root`, oldest delivery first."""
        found = [
            SourceFile(
                path=path,
                source=INFO.name,
                published=published_on(path),
                part=series(path, _ENDINGS, _GENERAL),
                siblings=_siblings(path),
            )
            for path in files_below(root, *ENTITY_FILES, *STATEMENT_FILES)
            if _is_ftm(path)
        ]
        return sorted(found, key=lambda file: (file.published, str(file.path)))

    def read(self, file: SourceFile, context: LoadContext) -> Iterator[Handed]:
        """Yield what the file says.

        Raises: InvalidData: not such a file, or a manifest beside it that gives no marking.
        """
        if file.path.suffix.lower() == ".csv":
            yield from read_statements(context)
        else:
            yield from read_entities(context)


_ENDINGS = re.compile(r"\.(ftm\.json|ftm\.jsonl|ftm\.ndjson|nested\.json|csv)$", re.IGNORECASE)
_GENERAL = frozenset({"entities", "targets", "statements", "statements-own", ""})


def _siblings(path: Path) -> Mapping[str, Path]:
    manifest = path.with_name(MANIFEST)
    if not manifest.is_file():
        return {}
    with manifest.open("rb") as handle:
        return {"manifest": manifest} if b'"marking"' in handle.read(_LOOKED_AT) else {}


def _is_ftm(path: Path) -> bool:
    with path.open("rb") as handle:
        start = handle.read(_LOOKED_AT).removeprefix(b"\xef\xbb\xbf").lstrip()
    if path.suffix.lower() != ".csv":
        return start.startswith(b"{") and all(re.search(mark, start) for mark in _ENTITY)
    header = start.partition(b"\n")[0].decode("utf-8", "replace")
    names = {name.strip().strip('"') for name in header.split(",")}
    return {"prop", "schema", "value"} <= names and bool({"entity_id", "canonical_id"} & names)


SOURCES = (Ftm(),)
