"""OFAC's lists in the legacy CSV layout and in the two newer XML formats, and their changes.

Every CSV file is a source of its own (`ofac_sdn`, `ofac_add`, `ofac_alt`, `ofac_comments`, and the
same with `ofac_cons` for the non-SDN consolidated list), since OFAC publishes and revises them
apart. All speak of the entity `ofac-<ent_num>`. An address or alias whose number stands in no list
of entries is kept and counted: it belongs to an entry newer than the list at hand.

An advanced or enhanced XML file is the whole list in one: a delivery of `ofac_sdn` or `ofac_cons`
like the CSV entries, which it replaces or is replaced by. A file of changes is a part of its own.

Source: OFAC, SDN data formats (legacy CSV) and Sanctions List Service (XML); 31 CFR chapter V for
    what a listing means.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.source import (
    Handed,
    LoadContext,
    SourceFile,
    SourceInfo,
    all_files,
    published_on,
)
from puente.ingest.sources.ofac_advanced import read_advanced
from puente.ingest.sources.ofac_delta import read_delta
from puente.ingest.sources.ofac_enhanced import read_enhanced
from puente.ingest.sources.ofac_entries import read_comments, read_entries
from puente.ingest.sources.ofac_files import head_of, xml_files
from puente.ingest.sources.ofac_parts import read_addresses, read_aliases
from puente.store.changes import CHANGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    Read = Callable[[LoadContext], Iterator[Handed]]

_BASE = SourceInfo(
    name="",
    title="",
    agency="OFAC",
    country="us",
    record_class="sanctions",
    reliability="A",
    credibility="2",
    marking="TLP:CLEAR",
    stage=1,
    url="https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/",
    licence="US public domain",
    cadence="as designations are made",
    reading="2",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfacFile:
    """One file of one of OFAC's two lists.

    Attributes:
        info: the source.
        part: `entries`, `addresses`, `aliases` or `comments`.
        names: part to file name, of the list that it belongs to.
        reader: what reads it.
    """

    info: SourceInfo
    part: str
    names: Mapping[str, str]
    reader: Read

    def find(self, root: Path) -> list[SourceFile]:
        """Return the files of this part, oldest first, each with the rest of its delivery.

        CSV files in one folder are one delivery, dated by the folder's or the file's name. A
        delivery that has no entries is given those of the latest delivery before it, as `earlier`.
        An XML file says itself of which list and day it is.
        """
        found: dict[str, list[tuple[str, Path]]] = {part: [] for part in self.names}
        for path in all_files(root):
            for part, name in self.names.items():
                if path.name.lower() == name:
                    found[part].append((published_on(path), path))
        files: list[SourceFile] = []
        for published, path in sorted(found[self.part], key=lambda item: (item[0], str(item[1]))):
            siblings = {
                part: other
                for part, held in found.items()
                for _published, other in held
                if other.parent == path.parent and part != self.part
            }
            before = [item for item in found["entries"] if item[0] <= published]
            if self.part != "entries" and "entries" not in siblings and before:
                siblings["earlier"] = max(before, key=lambda item: (item[0], str(item[1])))[1]
            files.append(
                SourceFile(path=path, source=self.info.name, published=published, siblings=siblings)
            )
        if self.part == "entries":
            files += xml_files(root, self.info.name)
        return sorted(files, key=lambda file: (file.published, file.part, str(file.path)))

    def read(self, file: SourceFile, context: LoadContext) -> Iterator[Handed]:
        """Yield what the file says.

        Raises: InvalidData: not that file of OFAC's.
        """
        if file is not context.file:
            context = replace(context, file=file)
        if file.path.suffix.lower() != ".xml":
            return self.reader(context)
        head = head_of(file.path)
        if head is None:
            raise InvalidData(_("this is none of OFAC's XML formats"), file=file.path)
        return _XML[head.kind](context)


_XML: Mapping[str, Read] = {
    "advanced": read_advanced,
    "enhanced": read_enhanced,
    CHANGES: read_delta,
}


def _sources(prefix: str, title: str, names: Mapping[str, str]) -> tuple[OfacFile, ...]:
    parts: tuple[tuple[str, str, str, Read], ...] = (
        ("entries", prefix if prefix != "ofac" else "ofac_sdn", "entries", read_entries),
        ("comments", f"{prefix}_comments", "remarks, continued", read_comments),
        ("addresses", f"{prefix}_add", "addresses", read_addresses),
        ("aliases", f"{prefix}_alt", "aliases", read_aliases),
    )
    return tuple(
        OfacFile(
            info=replace(_BASE, name=name, title=f"{title}: {what}"),
            part=part,
            names=names,
            reader=reader,
        )
        for part, name, what, reader in parts
    )


SOURCES = (
    *_sources(
        "ofac",
        "Specially Designated Nationals and Blocked Persons List",
        {"entries": "sdn.csv", "comments": "sdn_comments.csv", "addresses": "add.csv",
         "aliases": "alt.csv"},
    ),
    *_sources(
        "ofac_cons",
        "Consolidated (non-SDN) Sanctions List",
        {"entries": "cons_prim.csv", "comments": "cons_comments.csv", "addresses": "cons_add.csv",
         "aliases": "cons_alt.csv"},
    ),
)  # fmt: skip
