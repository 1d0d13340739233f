"""Entries of lists, from files in a published layout or from the linked records of a View.

Source: OFAC SDN and consolidated lists (legacy CSV: entries, aliases, addresses, comments; XML:
    advanced, enhanced, changes); UN Security Council Consolidated List; SAT, Listado completo de
    contribuyentes, art. 69-B CFF. All by way of `puente.ingest.sources`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.source import Batch, LoadContext, Reject, find_all
from puente.ingest.sources import all_sources
from puente.model.entity import Statement
from puente.model.schema import all_schemata
from puente.screen.entry import ListEntry
from puente.store.changes import CHANGES, REMOVAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from puente.guard.view import View
    from puente.ingest.source import Source, SourceFile

PUBLIC_LISTS = ("sat_69b",)
"""Lists that sanction no one but that records are compared with all the same."""

NAMES = ("name", "alias", "previousName")
COUNTRIES = ("nationality", "citizenship", "country", "jurisdiction", "mainCountry", "flag")
OTHER_IDS = (
    "passportNumber", "idNumber", "taxNumber", "registrationNumber", "socialSecurityNumber",
    "imoNumber", "mmsi", "callSign", "serialNumber", "leiCode", "vin",
)  # fmt: skip
_PROPS = (
    *NAMES, "weakAlias", *COUNTRIES, *OTHER_IDS, "birthDate", "gender", "curpCode", "rfcCode",
    "program",
)  # fmt: skip

Row = tuple[str, str, str, str, str, str, str, str]
"""Entity id, schema, property, value, source, agency, day and part of the delivery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReading:
    """What came of reading list files.

    Attributes:
        entries: by entity id.
        files: the files read, in order.
        rejects: file, line and reason of each row that could not be read.

    Source: see the module.
    """

    entries: tuple[ListEntry, ...]
    files: tuple[Path, ...]
    rejects: tuple[tuple[Path, int, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRows:
    """The claims of lists that stand, before they are folded into entries.

    Attributes:
        rows: as read, without those of entries that later changes removed.
        files: the deliveries read, in order.
        rejects: file, line and reason of each row that could not be read.

    Source: see the module.
    """

    rows: list[Row]
    files: tuple[SourceFile, ...]
    rejects: tuple[tuple[Path, int, str], ...]


def read_lists(paths: Sequence[Path], as_of: date | None = None) -> tuple[ListEntry, ...]:
    """Return the entries that stand in the list files `paths`, by entity id.

    Raises: InvalidData: see `read_list_files`.
    Source: see the module.
    """
    return read_list_files(paths, as_of).entries


def read_list_files(paths: Sequence[Path], as_of: date | None = None) -> ListReading:
    """Return what the list files at or below `paths` hold.

    Of several deliveries of one list only the newest counts, with `as_of` the newest that was
    published by that day; after it come the changes published since. Aliases that no list of
    entries names are an entry of their own where they are newer than that list; where they are
    older, the entry has been removed since. Rows of one RFC are one entry.

    Args:
        paths: list files, or folders in a published layout.

    Raises: InvalidData: no such file, nothing there that is a list, or nothing as old as `as_of`.
    Source: see the module.
    Cost: about 2 CPU-s for 9,000 OFAC entries with aliases and addresses.
    """
    held = read_list_rows(paths, as_of)
    return ListReading(
        entries=_folded(held.rows),
        files=tuple(file.path for file in held.files),
        rejects=held.rejects,
    )


def read_list_rows(paths: Sequence[Path], as_of: date | None = None) -> ListRows:
    """Return the claims of the lists at or below `paths` that stand, unfolded.

    Args, Raises: as `read_list_files`.
    Source: see the module.
    """
    sources = list_sources()
    newest = _newest(list_deliveries(paths), as_of)
    rows: list[Row] = []
    rejects: list[tuple[Path, int, str]] = []
    known: dict[str, set[str]] = {}
    for file in newest:
        for item in _read(sources[file.source], file, known):
            if isinstance(item, Reject):
                rejects.append((file.path, item.line, item.reason))
                continue
            rows.append(item)
            known.setdefault(file.source, set()).add(item[0])
    return ListRows(rows=_standing(rows), files=tuple(newest), rejects=tuple(rejects))


def list_sources() -> dict[str, Source]:
    """Return the sources that are lists, by name.

    Source: see `is_list`.
    """
    return {s.info.name: s for s in all_sources() if is_list(s.info.name, s.info.record_class)}


def list_deliveries(paths: Sequence[Path]) -> tuple[SourceFile, ...]:
    """Return every delivery of a list at or below `paths`, whatever its day.

    Raises: InvalidData: no such file, or nothing there that is a list.
    Source: see the module.
    """
    files: dict[Path, SourceFile] = {}
    for path in paths:
        found, _others = find_all(path, list_sources().values())
        if not found:
            raise InvalidData(_("no list in a layout that Puente reads"), file=path)
        files.update((file.path, file) for file in found)
    return tuple(files.values())


def is_list(source: str, record_class: str) -> bool:
    """Return True if a source is a list that records are screened against.

    Source: 31 CFR 501 (sanctions lists are to be screened against); art. 69-B CFF.
    """
    return record_class == "sanctions" or source in PUBLIC_LISTS


def entries_from_view(view: View) -> tuple[ListEntry, ...]:
    """Return the current entries of every list among the records of a View, by entity id.

    What a change removed is no longer current there: the build has settled it.

    Source: see the module.
    """
    lists = ", ".join(f"'{name}'" for name in PUBLIC_LISTS)
    props = ", ".join(f"'{prop}'" for prop in _PROPS)
    table = view.sql(
        "SELECT s.entity_id, s.schema, s.prop, s.value, s.source, s.agency, s.last_seen,"
        " coalesce(l.part, '') AS part FROM statements s LEFT JOIN loads l USING (load)"
        f" WHERE s.current AND (s.record_class = 'sanctions' OR s.source IN ({lists}))"
        f" AND s.prop IN ({props})"
        " ORDER BY s.entity_id, s.prop, s.value, s.source"
    )
    columns = [table[name].to_pylist() for name in table.column_names]
    return _folded(list(zip(*columns, strict=True)))


def _newest(files: Iterable[SourceFile], as_of: date | None) -> list[SourceFile]:
    day = as_of.isoformat() if as_of else ""
    kept: dict[tuple[str, str], list[SourceFile]] = {}
    seen = list(files)
    for file in seen:
        # A year or month alone is taken for its first day: the list may be as old as that.
        if day and file.published > day:
            continue
        held = kept.setdefault((file.source, file.part), [])
        if not held or file.published > held[0].published:
            held[:] = [file]
        elif file.published == held[0].published:
            # One list in two formats, or a file delivered twice: neither may hide the other.
            held.append(file)
    if not kept:
        oldest = min(file.published for file in seen)
        raise InvalidData(
            _("no list as old as {day}; the oldest is of {oldest}").format(day=day, oldest=oldest),
            file=seen[0].path,
        )
    return [file for held in kept.values() for file in held]


def _read(source: Source, file: SourceFile, known: dict[str, set[str]]) -> Iterator[Row | Reject]:
    from datetime import date as calendar

    # No list reader asks what day it is; the day of the delivery keeps the answer repeatable.
    # An undated list counts on any day.
    year, month, day = (*(file.published or "1970").split("-"), "01", "01")[:3]
    context = LoadContext(
        info=source.info,
        file=file,
        today=calendar(int(year), int(month), int(day)),
        known=lambda name: frozenset(known.get(name, ())),
    )
    for item in source.read(file, context):
        if isinstance(item, Reject):
            yield item
        elif isinstance(item, Statement):
            held = (item.entity_id, item.schema, item.prop, item.value)
            yield *held, file.source, source.info.agency, file.published, file.part
        elif not isinstance(item, Batch):
            for claim in item:
                yield *claim[:4], file.source, source.info.agency, file.published, file.part


def _folded(rows: list[Row]) -> tuple[ListEntry, ...]:
    """Return one entry per entity that has a name and can be screened, by entity id."""
    wanted = set(_PROPS)
    held = sorted((row for row in rows if row[2] in wanted), key=itemgetter(0))
    named_on = named_by(held)
    entries = []
    for entity_id, group in groupby(held, key=itemgetter(0)):
        own = list(group)
        if not any(row[2] == "name" for row in own):
            own = [row for row in own if row[6] > named_on.get(row[5], "")]
        entry = entry_of(entity_id, own) if own else None
        if entry is not None:
            entries.append(entry)
    return tuple(entries)


def named_by(rows: Iterable[Row]) -> dict[str, str]:
    """Return by agency the day of its newest list of entries.

    What an agency's other files say of an entry that no list names is of a newer entry where they
    are newer than that day, and else of one that was removed.

    Source: see the module.
    """
    newest: dict[str, str] = {}
    for row in rows:
        if row[2] == "name" and not row[7].startswith(CHANGES):
            newest[row[5]] = max(newest.get(row[5], ""), row[6])
    return newest


def _standing(rows: list[Row]) -> list[Row]:
    """Return the rows without what changes from before the list at hand said: they are in it."""
    listed_on: dict[str, str] = {}
    for row in rows:
        if not row[7].startswith(CHANGES):
            listed_on[row[4]] = max(listed_on.get(row[4], ""), row[6])
    return without_removed(
        [r for r in rows if not (r[7].startswith(CHANGES) and r[6] < listed_on.get(r[4], ""))]
    )


def without_removed(rows: list[Row]) -> list[Row]:
    """Return the rows without those of entries whose listing a change has ended since.

    A removal takes away what its own source said of the entry by then, and with it what the
    agency's files without entries (aliases, addresses) did, but not what another list of the
    agency says.

    Source: see the module.
    """
    # A day's changes follow its list, in their order. Lists of one agency share a listing's id.
    ended: dict[tuple[str, str], tuple[str, ...]] = {}
    for row in rows:
        if row[2:4] == REMOVAL and row[7].startswith(CHANGES):
            listing = row[0], row[4]
            ended[listing] = max(ended.get(listing, ()), row[6:8])
    if not ended:
        return rows
    removed: dict[tuple[str, str], tuple[str, ...]] = {}
    agencies: dict[tuple[str, str], tuple[str, ...]] = {}
    for row in rows:
        at = ended.get((row[0], row[4])) if row[2] == "entity" else None
        if at is not None:
            for table, key in ((removed, (row[3], row[4])), (agencies, (row[3], row[5]))):
                table[key] = max(table.get(key, ()), at)
    left = [r for r in rows if r[6:8] >= removed.get((r[0], r[4]), ())]
    # What another list of the agency still names keeps its aliases; what came back brings its own.
    named = {(r[0], r[5]) for r in left if r[2] == "name" and (r[0], r[4]) not in removed}
    return [r for r in left if (r[0], r[5]) in named or r[6:8] >= agencies.get((r[0], r[5]), ())]


def entry_of(entity_id: str, rows: Sequence[Row]) -> ListEntry | None:
    """Return what an entry's rows fold into; None if it has no name or cannot be screened.

    Source: see the module.
    """
    found: dict[str, list[str]] = {}
    for _entity, _kind, prop, value, *_origin in rows:
        values = found.setdefault(prop, [])
        if value not in values:
            values.append(value)
    names = _values(found, NAMES)
    weak = tuple(name for name in found.get("weakAlias", ()) if name not in names)
    schema = _schema({row[1] for row in rows})
    if not (names or weak) or schema is None:
        return None
    own = [row[4] for row in rows if row[2] == "name"] or [rows[0][4]]
    return ListEntry(
        entity_id=entity_id,
        list=own[0],
        schema=schema,
        names=names,
        weak_names=weak,
        birth_dates=_values(found, ("birthDate",)),
        countries=_values(found, COUNTRIES),
        genders=_values(found, ("gender",)),
        curps=_values(found, ("curpCode",)),
        rfcs=_values(found, ("rfcCode",)),
        other_ids=_values(found, OTHER_IDS),
        programs=_values(found, ("program",)),
    )


def _values(found: dict[str, list[str]], props: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for prop in props for value in found.get(prop, ())))


def _schema(names: set[str]) -> str | None:
    """Return the most specific schema among `names` that can be screened; None if there is none."""
    schemata: dict[str, Any] = all_schemata()
    can_be = [
        schemata[name]
        for name in names
        if name == "Thing"  # an alias of an entry that no list describes
        or (
            name in schemata
            and (schemata[name].is_a("LegalEntity") or schemata[name].is_a("Vehicle"))
        )
    ]
    if not can_be:
        return None
    best = max(can_be, key=lambda schema: (len(schema.ancestors), schema.name))
    return str(best.name)
