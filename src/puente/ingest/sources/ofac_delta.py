"""What one of OFAC's publications added to its lists, changed in them and removed.

An added entry is an entry. A removed one is a listing that ended that day: no more is said of it,
and whoever reads lists takes away what they said of it until then. Of a changed entry the file
holds what is new, which is added, and what is withdrawn, which is noted and counted.

Source: OFAC, Sanctions List Service, schema DeltaFile 1.0.
Limits: a value withdrawn from an entry that stays (an alias, an address) stands until the list as
    a whole is delivered again. To find too much for some days is the lesser fault of a screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.markup import read_records
from puente.ingest.source import Handed, LoadContext, Reject
from puente.ingest.sources.ofac_enhanced import entry_of, related, relations_of
from puente.ingest.sources.ofac_files import sources_of
from puente.ingest.sources.ofac_xml import Entries, Entry
from puente.store.changes import REMOVAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from puente.ingest.markup import Node
    from puente.ingest.sources.ofac_xml import Relation

_REMOVED = REMOVAL[1]
_ADD = frozenset({"add", "added", "new", "insert"})
_REMOVE = frozenset({"remove", "removed", "delete", "deleted"})
_CHANGE = frozenset({"", "modify", "modified", "update", "updated", "change", "changed"})


def read_delta(context: LoadContext) -> Iterator[Handed]:
    """Yield the entries that a publication concerns, one row each, then their relations.

    Raises: InvalidData: XML that cannot be read to its end.
    """
    entries = Entries(context)
    values: dict[str, str] = {}
    relations: list[Relation] = []
    for node in read_records(context.file.path, ("referenceValue", "entity"), context.limits):
        if node.name == "referenceValue":
            values[node.get("refId")] = node.value("value")
            continue
        context.row()
        try:
            entry, action = _entry(node, values, context)
            claims = entries.claims(entry)
        except InvalidData as error:
            yield Reject(line=node.line, reason=error.reason, raw=node.outline())
            continue
        context.fact(f"entries {action}")
        if action != _REMOVED:
            relations += relations_of(node)
        yield claims
    yield from related(entries, relations, context)


def _entry(node: Node, values: dict[str, str], context: LoadContext) -> tuple[Entry, str]:
    """Return the entry that an element states, and what became of it.

    Raises: InvalidData: an action that is not known.
    """
    action = node.get("action").lower()
    if action not in _ADD | _REMOVE | _CHANGE:
        raise InvalidData(f"unknown action {action[:20]!r}")
    if action in _REMOVE:
        return _removed(entry_of(node, values, context), context), _REMOVED
    lists = list(node.every("sanctionsLists", "sanctionsList"))
    gone: list[str] = []
    _withdraw(node, gone)
    entry = entry_of(node, values, context)
    if action in _CHANGE and _left_the_list(lists, context.info.name):
        entry.lists.clear()
        return _removed(entry, context), _REMOVED
    context.fact("values withdrawn from entries", len(gone))
    entry.partial = action in _CHANGE
    entry.notes += [f"withdrawn on {context.file.published}: {text}" for text in gone]
    return entry, "added" if action in _ADD else "changed"


def _removed(entry: Entry, context: LoadContext) -> Entry:
    """Return what is left to say of an entry that was removed: that its listing ended, and when."""
    listing = [REMOVAL]
    if day := context.file.published:
        listing.append(("endDate", day))
    listing += [("summary", f"{_REMOVED}: {name}") for _prop, name in entry.names[:1]]
    return Entry(
        line=entry.line,
        number=entry.number,
        kind=entry.kind,
        lists=entry.lists,
        listing=listing,
        partial=True,
    )


def _left_the_list(lists: list[Node], source: str) -> bool:
    """Return True if an entry was taken off every list of the source that its element names."""
    own = [node.get("action").lower() for node in lists if source in sources_of([node.value()])]
    return bool(own) and all(action in _REMOVE for action in own)


def _withdraw(node: Node, gone: list[str]) -> None:
    """Take out of an element what it says is withdrawn; add the text of each to `gone`."""
    kept: list[Node] = []
    for child in node.children:
        if child.get("action").lower() in _REMOVE:
            gone.append(child.outline())
        else:
            _withdraw(child, gone)
            kept.append(child)
        if old := child.get("oldValue"):
            gone.append(f"{child.name}: {old}")
    node.children = kept
