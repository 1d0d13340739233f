"""Which of OFAC's lists an XML file is, in which format, and of which day: by what it says itself.

Source: OFAC, Sanctions List Service: ADVANCED_XML, ENHANCED_XML and DeltaFile schemas.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.markup import peek, read_records
from puente.ingest.source import Limits, SourceFile, files_below, iso_day, published_on
from puente.model.text import fold
from puente.store.changes import CHANGES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SDN, CONS = "ofac_sdn", "ofac_cons"
_NAMED = re.compile(
    r"(?:sdn|cons[a-z]*)_(?P<kind>advanced|enhanced).*\.xml"
    r"|(?:\d{4}-\d\d-\d\d|.*(?:ofac|sdn).*)_(?P<delta>delta)(?:_(?P<nth>\d+))?\.xml"
)
"""Names under which OFAC publishes: `sdn_advanced.xml`, `2026-05-28_delta_2.xml`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfacHead:
    """What a file says of itself.

    Attributes:
        kind: `advanced`, `enhanced` or `delta`.
        published: ISO day, "" where it does not say.
        sources: which of OFAC's two lists it speaks of.
    """

    kind: str
    published: str
    sources: frozenset[str]


def head_of(path: Path) -> OfacHead | None:
    """Return what an XML file of OFAC says of itself; None where it is no such file.

    The names of the lists in it decide whether it is the SDN list; where they do not, its own name
    does. A file that only bears such a name is one too: reading it says what is wrong with it.
    """
    named = _NAMED.fullmatch(path.name.lower())
    by_name = frozenset({CONS if "cons" in path.stem.lower() else SDN})
    head = peek(path, ())
    if head is None:
        kind = (named["kind"] or named["delta"]) if named else ""
        return OfacHead(kind=kind, published="", sources=by_name) if kind else None
    if head.root.name == "Sanctions":
        found = sources_of(_lists_in(path))
        sources = found if len(found) == 1 else by_name
        return OfacHead(kind="advanced", published=_issued(path), sources=sources)
    if head.root.name != "sanctionsData":
        return None
    info = peek(path, ("publicationInfo",))
    record = info.record if info and info.record else head.root
    published, as_of = record.value("datePublished"), record.value("dataAsOf")
    if "deltafile" in head.namespace.lower() or (published and not as_of):
        sources = _sources_in(path) or by_name
        return OfacHead(kind=CHANGES, published=iso_day(published), sources=sources)
    found = sources_of(record.values("filters", "sanctionsLists", "sanctionsList"))
    sources = found if len(found) == 1 else by_name
    return OfacHead(kind="enhanced", published=iso_day(as_of), sources=sources)


def _issued(path: Path) -> str:
    """Return the day on which an advanced file was issued; "" where it does not say."""
    head = peek(path, ("DateOfIssue", "ReferenceValueSets"))
    parts = [
        head.record.value(part) if head and head.record else "" for part in ("Year", "Month", "Day")
    ]
    held = takewhile(str.isdecimal, parts)
    return iso_day("-".join(part.lstrip("0").zfill(2) for part in held))


def _lists_in(path: Path) -> list[str]:
    head = peek(path, ("ReferenceValueSets",))
    return head.record.values("ListValues", "List") if head and head.record else []


def xml_files(root: Path, source: str) -> list[SourceFile]:
    """Return OFAC's XML files of one list at or below `root`, each dated by what it says itself.

    A file of changes that concerns both lists is one of either.
    """
    found: list[SourceFile] = []
    for path in files_below(root, "*.xml"):
        head = head_of(path)
        if head is None or source not in head.sources:
            continue
        published = head.published or published_on(path)
        part = ""
        if head.kind == CHANGES:
            named = _NAMED.fullmatch(path.name.lower())
            nth = int(named["nth"] or 1) if named and named["delta"] else 1
            part = f"{CHANGES} {published} {nth:02d}"
        found.append(SourceFile(path=path, source=source, published=published, part=part))
    return found


def is_sdn(name: str) -> bool:
    """Return True if a list of that name is the one whose entries' property is blocked."""
    plain = fold(name)
    return plain in {"sdn", "sdn list"} or plain.startswith("specially designated nationals")


def sources_of(lists: Iterable[str]) -> frozenset[str]:
    """Return which of OFAC's two lists, as Puente's sources, the lists of those names belong to."""
    return frozenset(SDN if is_sdn(name) else CONS for name in lists)


def _sources_in(path: Path) -> frozenset[str]:
    found: set[str] = set()
    try:
        for entity in read_records(path, ("entity",), Limits()):
            found |= sources_of(entity.values("sanctionsLists", "sanctionsList"))
    except InvalidData:
        return frozenset()
    return frozenset(found)
