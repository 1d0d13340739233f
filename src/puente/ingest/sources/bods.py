"""Beneficial ownership as registers publish it: the Beneficial Ownership Data Standard, 0.2 to 0.4.

Entities and people become what they are; each interest of a relationship becomes a record of its
own: `Ownership` for shares, `Directorship` for board and senior management, `UnknownLink` for every
other kind (votes, appointments, trusts), since the 50 percent rule counts ownership alone. Of a
record that was stated several times the newest statement counts; a closed one ends on its date.

**Who is not named** stays unnamed: a party that the register cannot name is no person. The reason
stands on the record of the interest and on the entity concerned, in the register's own word.

**Ids** are `bods-<publisher>-<record>`, since a record's number is its publisher's own.

Source: Open Ownership, BODS 0.4 (records), 0.2 and 0.3 (statements that replace others).
Limits: of earlier versions of a record only the number is counted. Annotations, sources' dates and
    tax residencies are not kept. An interest that is stated as indirect counts from nothing to its
    share in the 50 percent rule, for its chain may stand in the same file.
Cost: two passes over a file; memory holds one number and date a record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.json_values import raw_of
from puente.ingest.source import (
    Handed,
    LoadContext,
    Reject,
    SourceFile,
    SourceInfo,
    files_below,
    published_on,
)
from puente.ingest.sources.bods_file import Survey, read_form, statements_in
from puente.ingest.sources.bods_interests import tell_relationship
from puente.ingest.sources.bods_parties import tell_entity, tell_person
from puente.ingest.sources.bods_record import record_of
from puente.ingest.sources.exchange import series

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INFO = SourceInfo(
    name="bods",
    title="Beneficial ownership statements (BODS)",
    agency="BODS",
    country="",
    record_class="fact",
    reliability="B",
    credibility="3",
    marking="TLP:AMBER",
    stage=2,
    url="https://standard.openownership.org/",
    licence="as its publisher says",
    cadence="as its publisher says",
    legal_basis="the law on the register of beneficial owners of the country that publishes it",
    obtained="declared to a register of beneficial owners",
)

FILES = ("*.json", "*.jsonl", "*.ndjson")
_LOOKED_AT = 1 << 16
_STATEMENT = re.compile(rb'"statementI[dD]"\s*:')
_KIND = re.compile(
    rb'"statementType"\s*:\s*"(?:entity|person|ownershipOrControl)Statement"'
    rb'|"recordType"\s*:\s*"(?:entity|person|relationship)"'
)
_ENDINGS = re.compile(r"\.(json|jsonl|ndjson)$", re.IGNORECASE)
_GENERAL = frozenset({"bods", "statements", ""})


@dataclass(frozen=True, slots=True)
class Bods:
    """Reads a list of statements, one statement a line, or an object that holds `statements`."""

    info: SourceInfo = INFO

    def find(self, root: Path) -> list[SourceFile]:
        """Return the files at or below `root` that hold such statements, oldest delivery first."""
        found = [
            SourceFile(
                path=path,
                source=INFO.name,
                published=published_on(path),
                part=series(path, _ENDINGS, _GENERAL),
            )
            for path in files_below(root, *FILES)
            if _is_bods(path)
        ]
        return sorted(found, key=lambda file: (file.published, str(file.path)))

    def read(self, file: SourceFile, context: LoadContext) -> Iterator[Handed]:
        """Yield what the statements say that stand.

        Raises: InvalidData: not JSON, no list of statements, or a file that ends too soon.
        """
        form = read_form(file.path, context.limits)
        survey = Survey()
        for number, item in statements_in(file.path, form, context.limits):
            if isinstance(item, dict):
                survey.see(number, item)
        survey.settle()
        for number, item in statements_in(file.path, form, context.limits):
            context.row()
            try:
                yield from _told(number, item, survey, context)
            except InvalidData as error:
                yield Reject(line=number, reason=error.reason, raw=raw_of(item))


def _told(number: int, item: object, survey: Survey, context: LoadContext) -> Iterator[Handed]:
    record = record_of(item)
    if not survey.stands(number, record):
        context.fact(f"{record.kind} statements superseded")
        return
    told = survey.teller(number, record, context)
    {"entity": tell_entity, "person": tell_person, "relationship": tell_relationship}[record.kind](
        told, record, survey
    )
    yield from told.held


def _is_bods(path: Path) -> bool:
    with path.open("rb") as handle:
        start = handle.read(_LOOKED_AT)
    return bool(_STATEMENT.search(start) and _KIND.search(start))


SOURCES = (Bods(),)
