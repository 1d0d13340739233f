"""What the lists said on a day: every entry with all its claims, and from which deliveries.

Source: OFAC SDN list data specification; UN Security Council Consolidated List; art. 69-B CFF, all
    by way of `puente.screen.lists`.
Limits: a day's answer rests on the last delivery held by that day. A removal between two
    deliveries is dated by the second, unless a file of changes tells its day.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.screen.lists import (
    PUBLIC_LISTS,
    Row,
    entry_of,
    named_by,
    read_list_rows,
    without_removed,
)
from puente.screen.lists_programs import authority_of
from puente.store.changes import CHANGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    import pyarrow as pa

    from puente.guard.view import View
    from puente.ingest.source import SourceFile
    from puente.screen.entry import ListEntry

NOT_COMPARED = frozenset({"firstName", "lastName", "place"})
"""What repeats a name in parts, and what Puente itself makes of an address."""

_ENDS = {
    "UnknownLink": ("subject", "object", "role"),
    "CryptoWallet": ("holder", "publicKey", "currency"),
}
"""Records about an entry: the property that names the entry, then what is told of it."""

_LISTING = "Sanction"

_ONLY = """ AND s.entity_id IN (
  WITH about AS (SELECT DISTINCT entity_id FROM statements
    WHERE value = $entity AND prop IN ('subject', 'entity', 'holder'))
  SELECT $entity UNION ALL SELECT entity_id FROM about UNION ALL
  SELECT value FROM statements JOIN about USING (entity_id) WHERE prop = 'object')"""
"""An entry, the records about it, and the entries that its links name."""

_UNRESOLVED = ("Linked To: ", "operator: ", "owner: ")
"""How notes begin that name the other end of a link which no entry of the delivery bears."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One delivery of one list, or of one part of it.

    Attributes:
        source: e.g. `ofac_sdn`, or `ofac_alt` for the aliases.
        part: "" or which series of the source's files; changes begin with `delta`.
        published: ISO day, month or year; "" where nothing says.
        file: its path; its ending tells the format.

    Source: see the module.
    """

    source: str
    agency: str
    part: str
    published: str
    file: str

    @property
    def format(self) -> str:
        """Return the format by the file's ending, such as `csv`."""
        return self.file.rsplit(".", 1)[-1].lower() if "." in self.file else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An entry as it stood.

    Attributes:
        lists: lists that name it, sorted; none where only aliases newer than the list of entries
            are here.
        schema: FollowTheMoney schema.
        said: values by property and source, sorted. Links (`link`), wallets (`wallet`) and what is
            said of the listing (`listing: ...`) stand beside the entry's own properties.

    Source: see the module.
    """

    entity_id: str
    lists: tuple[str, ...]
    schema: str
    said: Mapping[tuple[str, str], tuple[str, ...]]

    def values(self, *props: str) -> tuple[str, ...]:
        """Return the values of properties, whoever says them, in order of the properties."""
        found = (v for p in props for (name, _by), held in self.said.items() if name == p
                 for v in held)  # fmt: skip
        return tuple(dict.fromkeys(found))

    @property
    def name(self) -> str:
        """Return what to call it: its name, else an alias, else its id."""
        return next(iter(self.values("name", "alias", "weakAlias", "previousName")), self.entity_id)

    @property
    def tags(self) -> tuple[str, ...]:
        """Return its program tags as published, sorted."""
        return tuple(sorted(self.values("program")))

    def as_json(self) -> dict[str, object]:
        """Return it as JSON: tag, law behind it and day of listing, each apart."""
        values: dict[str, list[str]] = {}
        for prop, _by in self.said:
            values[prop] = list(self.values(prop))
        return {
            "entity_id": self.entity_id,
            "name": self.name,
            "schema": self.schema,
            "lists": list(self.lists),
            "programs": [
                {
                    "tag": tag,
                    "authority": authority_of(tag).cite or None,
                    "instrument": authority_of(tag).instrument or None,
                    "confidence": authority_of(tag).confidence or None,
                }
                for tag in self.tags
            ],
            "listed_on": list(self.listed_on),
            "values": values,
        }

    @property
    def listed_on(self) -> tuple[str, ...]:
        """Return the days of listing that the list itself states; the legacy layout states none."""
        return self.values("listing: listingDate")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListsOn:
    """The lists as they stood on a day.

    Attributes:
        day: the day asked for; None is the newest held.
        deliveries: what the answer rests on.
        undated: lists that do not say of which day they are, left out where a day is asked for.
        entries: by entity id.
        orphans: ids with an address alone, which no entry and no alias explains.

    Source: see the module.
    """

    day: date | None
    deliveries: tuple[Delivery, ...]
    entries: Mapping[str, Listed]
    orphans: int = 0
    undated: tuple[Delivery, ...] = ()

    def counts(self, what: Literal["lists", "tags"]) -> dict[str, int]:
        """Return how many entries each list, or each program tag, has; most first."""
        held = Counter(value for entry in self.entries.values() for value in getattr(entry, what))
        return dict(sorted(held.items(), key=lambda item: (-item[1], item[0])))

    def screened(self) -> tuple[ListEntry, ...]:
        """Return the entries as the screener takes them, by entity id."""
        found = []
        for entity, entry in sorted(self.entries.items()):
            rows = [
                (entity, entry.schema, prop, value, source, "", "", "")
                for (prop, source), values in entry.said.items()
                for value in values
            ]
            screened = entry_of(entity, rows)
            if screened is not None:
                found.append(screened)
        return tuple(found)


def lists_in_files(paths: Sequence[Path], day: date | None = None) -> ListsOn:
    """Return the lists at or below `paths` as they stood on a day.

    Raises: InvalidData: no list there, or none that says it is as old.
    Source: see the module.
    Cost: about 2 CPU-s for OFAC's entries, aliases and addresses.
    """
    held = read_list_rows(paths, day)
    agencies = {row[4]: row[5] for row in held.rows}
    found = tuple(
        Delivery(
            source=file.source,
            agency=agencies.get(file.source, ""),
            part=file.part,
            published=file.published,
            file=str(file.path),
        )
        for file in _in_force(held.files)
    )
    if day is None:
        return _lists_on(day, found, held.rows, named_by(held.rows))
    undated = tuple(item for item in found if not item.published)
    dated = tuple(item for item in found if item.published)
    if not dated:
        message = _("no list as old as {day} is held").format(day=day.isoformat())
        raise InvalidData(message, file=held.files[0].path)
    rows = [row for row in held.rows if row[6]]
    lists = _lists_on(day, dated, rows, named_by(rows))
    return replace(lists, undated=undated)


def _in_force(files: Sequence[SourceFile]) -> list[SourceFile]:
    """Return the files without changes that are older than the list that holds them."""
    whole: dict[str, str] = {}
    for file in files:
        if not file.part.startswith(CHANGES):
            whole[file.source] = max(whole.get(file.source, ""), file.published)
    return [
        file
        for file in files
        if not file.part.startswith(CHANGES) or file.published >= whole.get(file.source, "")
    ]


def lists_in_view(view: View, day: date, entity: str = "") -> ListsOn:
    """Return the lists among the records of a View as they stood on a day.

    Args:
        entity: only this entry, and those that it names; "" is all.

    Raises: InvalidData: no list as old.
    Source: see the module.
    Limits: a build keeps of each claim the first and the last delivery that held it. A claim that
        was withdrawn and later published again counts as standing in between; the files
        themselves (`lists_in_files`) tell.
    """
    last = day.isoformat()
    public = ", ".join(f"'{name}'" for name in PUBLIC_LISTS)
    listed = f"record_class = 'sanctions' OR source IN ({public})"
    loads = view.sql(
        "SELECT source, agency, part, published, path, dated FROM loads"
        f" WHERE ({listed}) AND published <= ? ORDER BY source, part, published, path",
        (last,),
    ).to_pylist()
    held = [row for row in loads if row["dated"]]
    if not held:
        raise InvalidData(_("no list as old as {day} is held").format(day=last))
    whole: dict[str, str] = {}
    for row in held:
        if not row["part"].startswith(CHANGES):
            whole[row["source"]] = max(whole.get(row["source"], ""), row["published"])
    deliveries = tuple(
        _delivery(row)
        for row in held
        if row["published"] == whole.get(row["source"], "")
        or (row["part"].startswith(CHANGES) and row["published"] >= whole.get(row["source"], ""))
    )
    only = _ONLY if entity else ""
    table = view.sql(
        "SELECT s.entity_id, s.schema, s.prop, s.value, s.source, s.agency, s.first_seen,"
        " s.last_seen, coalesce(l.part, '') AS part FROM statements s"
        " LEFT JOIN loads l USING (load)"
        f" WHERE (s.record_class = 'sanctions' OR s.source IN ({public}))"
        f" AND s.first_seen <= $day{only} ORDER BY s.entity_id, s.prop, s.value, s.source",
        {"day": last, **({"entity": entity} if entity else {})},
    )
    since = {row["source"]: whole.get(row["source"], "") for row in held}
    rows = _said_on(last, since, table)
    named_on: dict[str, str] = {}
    for row in view.sql(
        "SELECT DISTINCT agency, source FROM statements"
        f" WHERE prop = 'name' AND (record_class = 'sanctions' OR source IN ({public}))"
    ).to_pylist():
        agency = row["agency"]
        named_on[agency] = max(named_on.get(agency, ""), whole.get(row["source"], ""))
    lists = _lists_on(day, deliveries, without_removed(rows), named_on)
    undated = tuple(_delivery(row) for row in loads if not row["dated"])
    return replace(lists, undated=undated)


def _said_on(last: str, since: Mapping[str, str], table: pa.Table) -> list[Row]:
    """Return the statements that stood on a day, by the last whole list of each source."""
    rows: list[Row] = []
    for line in zip(*(table[name].to_pylist() for name in table.column_names), strict=True):
        first, seen, part = line[6:]
        whole = since.get(line[4])
        if whole is None or seen < whole:
            continue
        if seen > last:
            # Of what was said by then and later alike only the day's list is sure, or, of what
            # came with a change since, that change.
            seen, part = (whole, "") if first < whole else (first, f"{CHANGES} {first}")
        rows.append((*line[:6], seen, part))
    return rows


def _delivery(row: Mapping[str, str]) -> Delivery:
    return Delivery(
        source=row["source"],
        agency=row["agency"],
        part=row["part"],
        published=row["published"] if row["dated"] else "",
        file=row["path"],
    )


def _lists_on(
    day: date | None,
    deliveries: tuple[Delivery, ...],
    rows: list[Row],
    named_on: Mapping[str, str],
) -> ListsOn:
    said: dict[str, dict[tuple[str, str], list[str]]] = {}
    schemas: dict[str, str] = {}
    beside: dict[tuple[str, str], dict[str, list[str]]] = {}
    about: dict[tuple[str, str], str] = {}
    fresh: dict[str, bool] = {}
    for entity, schema, prop, value, source, agency, published, _part in rows:
        if schema in _ENDS or schema == _LISTING:
            beside.setdefault((entity, source), {}).setdefault(prop, []).append(value)
            about[entity, source] = schema
            continue
        if prop in NOT_COMPARED:
            continue
        if prop == "notes" and value.startswith(_UNRESOLVED):
            prop = "link"
        elif prop == "owner":
            prop, value = "link", f"owner: {value}"
        values = said.setdefault(entity, {}).setdefault((prop, source), [])
        if value not in values:
            values.append(value)
        if schema != "Thing" or entity not in schemas:
            schemas[entity] = schema
        fresh[entity] = fresh.get(entity, False) or published > named_on.get(agency, "")
    _add_beside(said, beside, about)
    entries, orphans = {}, 0
    for entity, held in said.items():
        lists = sorted({source for prop, source in held if prop == "name"})
        known = lists or {"alias", "weakAlias", "previousName"} & {prop for prop, _by in held}
        if lists or (known and fresh[entity]):
            entries[entity] = Listed(
                entity_id=entity,
                lists=tuple(lists),
                schema=schemas[entity],
                said={key: tuple(sorted(values)) for key, values in sorted(held.items())},
            )
        elif not known and fresh.get(entity, False):
            orphans += 1
    return ListsOn(day=day, deliveries=deliveries, entries=entries, orphans=orphans)


def _add_beside(
    said: dict[str, dict[tuple[str, str], list[str]]],
    beside: Mapping[tuple[str, str], Mapping[str, list[str]]],
    about: Mapping[tuple[str, str], str],
) -> None:
    """Add to the entries what records about them tell: links, wallets, their listings."""
    for (record, source), props in beside.items():
        schema = about[record, source]
        end, *told = _ENDS.get(schema, ("entity",))
        for entity in props.get(end, ()):
            held = said.get(entity)
            if held is None:
                continue
            if schema == _LISTING:
                for prop, values in props.items():
                    if prop not in {"entity", "program"}:
                        _merge(held.setdefault((f"listing: {prop}", source), []), values)
                continue
            # One pair of entries may be joined in two roles under one id.
            what, how = (dict.fromkeys(props.get(prop, ())) for prop in told)
            name = "link" if schema == "UnknownLink" else "wallet"
            _merge(held.setdefault((name, source), []), [f"{h}: {w}" for h in how for w in what])


def _merge(held: list[str], values: Iterable[str]) -> None:
    held.extend(value for value in dict.fromkeys(values) if value not in held)
