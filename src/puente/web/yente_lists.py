"""The lists that a key may see, of one build, in memory: what questions are answered from.

Made through a View, from what that View shows and nothing else; keys that see the same lists share
it. When a build is published, the lists of the one before go on answering until the new ones are
ready.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from puente.errors import NotFound, PuenteError
from puente.i18n import gettext as _
from puente.model.schema import all_schemata, get_schema
from puente.report.formats_ftm import ftm_entity
from puente.resolve.names import fold
from puente.screen.index_files import opened, prune, updated
from puente.screen.lists import entries_from_view, is_list
from puente.screen.match import Screener

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from puente.guard.view import View
    from puente.ingest.source import SourceInfo
    from puente.screen.entry import ListEntry, Query
    from puente.screen.index_files import ListIndex
    from puente.screen.judge import Hit
    from puente.store.cells import Cell

_log = logging.getLogger(__name__)

DEFAULT, SANCTIONS = "default", "sanctions"
COLLECTIONS = (DEFAULT, SANCTIONS)
"""Names that stand for several lists: all of them, and those that sanction."""

TOPICS = {"sanctions": "sanction", "public_list": "reg.warn"}
"""What being on a list of a record class says of an entry.

Source: FollowTheMoney, topics: `sanction`, sanctioned entity; `reg.warn`, regulator warning.
"""

_FIELDS = ("entity_id", "schema", "prop", "value", "source", "first_seen", "last_seen")
_UNUSED = ("original", "row", "agency", "date", "reliability", "credibility", "marking",
           "record_class", "target")  # fmt: skip
_CACHED = 4_096
_KEPT_SHELVES = 4
_KEPT_PARTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFacts:
    """One list: a dataset of the interface.

    Attributes:
        name: of its source; the same in every build.
        title, publisher, country, url: as the source declares them.
        record_class: `sanctions`, or what else it is.
        entries: on it.
        published: ISO date of its newest delivery; "" if none bears one.
    """

    name: str
    title: str
    publisher: str
    country: str
    url: str
    record_class: str
    entries: int
    published: str


class Part:
    """A screener over some of the entries. Used by one thread at a time."""

    def __init__(self, entries: Sequence[ListEntry] | ListIndex) -> None:
        self._screener = Screener(entries)
        self._mutex = threading.Lock()

    def match(
        self, queries: Sequence[Query], *, cutoff: float, top: int, weak: bool
    ) -> list[list[Hit]]:
        """Return the hits of each question; see `Screener.match`."""
        with self._mutex:
            return self._screener.match(queries, cutoff=cutoff, top=top, weak=weak)


class Shelf:
    """The lists of one build that one set of cells opens."""

    def __init__(self, view: View, infos: Iterable[SourceInfo], folder: Path) -> None:
        """Read them through `view`; three looks in the log.

        Args:
            infos: what is known of each source.
            folder: of the indexes, which every process maps into its memory.

        Cost: about 6 CPU-s for 24,000 names.
        """
        self.build = view.snapshot.id
        classes = {cell.source: cell.record_class for cell in list_cells(view)}
        entries = entries_from_view(view)
        self.entries: dict[str, ListEntry] = {entry.entity_id: entry for entry in entries}
        self.classes: Mapping[str, str] = classes
        self.lists = _facts(view, infos, classes, entries)
        self.names = tuple(facts.name for facts in self.lists)
        self._index = opened(entries, folder)
        self.key = self._index.key
        self.whole = Part(self._index)
        self._statements, self._places = _statements(view, sorted(classes))
        self._topics = _topics(self._statements)
        self._changed = _changed(self._statements)
        self._listed_as = {
            name: frozenset({TOPICS[kind]} if kind in TOPICS else ())
            for name, kind in classes.items()
        }
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._parts: OrderedDict[object, Part] = OrderedDict()
        self._mutex = threading.Lock()
        self.ids = tuple(self.entries)
        self.folded = pa.array(
            [" | ".join(f" {fold(n)} " for n in (*e.names, *e.weak_names)) for e in entries],
            pa.large_string(),
        )

    def chosen(
        self, dataset: str, include: Iterable[str], exclude: Iterable[str]
    ) -> frozenset[str]:
        """Return the names of the lists that a dataset and its in- and exclusions stand for.

        Raises: NotFound: there is none of that name, or it is not open to this key.
        """
        wanted = self._expanded(dataset).union(*(self._expanded(name) for name in include))
        return wanted.difference(*(self._expanded(name) for name in exclude))

    def _expanded(self, name: str) -> frozenset[str]:
        if name == DEFAULT:
            return frozenset(self.names)
        if name == SANCTIONS:
            return frozenset(n for n in self.names if self.classes[n] == "sanctions")
        if name not in self.names:
            raise NotFound(_("there is no dataset {name!r}").format(name=name), name=name)
        return frozenset({name})

    def part(self, key: object, keep: Callable[[str], bool]) -> Part:
        """Return the screener over the entries that `keep` takes; kept under `key`.

        What is left out is not asked at all, so that nothing that is wanted is crowded out of the
        best by what is not; words weigh what they weigh in the whole, and so scores are the same.
        """
        with self._mutex:
            if key in self._parts:
                self._parts.move_to_end(key)
                return self._parts[key]
        kept = [entry for entry in self.entries.values() if keep(entry.entity_id)]
        made = Part(updated(self._index, kept))
        with self._mutex:
            self._parts[key] = made
            while len(self._parts) > _KEPT_PARTS:
                self._parts.popitem(last=False)
        return made

    def text(self, entity_id: str) -> str:
        """Return an entry as the text of its FollowTheMoney JSON, without the closing brace."""
        with self._mutex:
            found = self._texts.get(entity_id)
        if found is None:
            found = json.dumps(self.entity(entity_id), ensure_ascii=False, separators=(",", ":"))
            found = found[:-1]
            with self._mutex:
                self._texts[entity_id] = found
                while len(self._texts) > _CACHED:
                    self._texts.popitem(last=False)
        return found

    def entity(self, entity_id: str) -> dict[str, object]:
        """Return an entry as FollowTheMoney JSON, with what being listed says of it."""
        start, stop = self._places[entity_id]
        rows = self._statements.slice(start, stop - start).to_pylist()
        found = finished(
            ftm_entity(entity_id, [row | dict.fromkeys(_UNUSED, "") for row in rows]),
            {self.classes.get(str(row["source"]), "") for row in rows},
            last_change=self._changed[entity_id],
        )
        # What it was joined to is not of the list, and not open to every key: `/entities` tells.
        found["referents"] = []
        return found

    def topics(self, entity_id: str) -> frozenset[str]:
        """Return the topics of an entry: those claimed, and that of the list that it is on."""
        return (
            self._topics.get(entity_id, frozenset()) | self._listed_as[self.entries[entity_id].list]
        )

    def last_change(self, entity_id: str) -> str:
        """Return the ISO date from which the newest claim about an entry stands."""
        return self._changed[entity_id]


def finished(
    data: dict[str, object], classes: Iterable[str], *, last_change: str
) -> dict[str, object]:
    """Return FollowTheMoney JSON with what yente's answers have beside it.

    Args:
        data: as `ftm_entity` gives it.
        classes: record classes of the sources that speak of the entity.
        last_change: ISO date from which the newest claim about it stands.
    """
    topics = sorted({TOPICS[name] for name in classes if name in TOPICS})
    properties: dict[str, list[object]] = dict(data["properties"])  # type: ignore[call-overload]
    if topics and get_schema(str(data["schema"])).is_a("Thing"):
        held = properties.get("topics", [])
        properties["topics"] = [*held, *(topic for topic in topics if topic not in held)]
        data["properties"] = properties
    data["target"] = bool(topics)
    data["last_change"] = last_change
    for name in ("first_seen", "last_seen", "last_change"):
        data[name] = moment(str(data[name]))
    return data


def moment(day: str) -> str | None:
    """Return an ISO day, month or year as the moment at which it begins; None for ""."""
    if not day:
        return None
    return f"{day}{'0000-01-01'[len(day) :]}T00:00:00" if len(day) <= 10 else day


def list_cells(view: View) -> frozenset[Cell]:
    """Return the cells of lists that a View shows."""
    return frozenset(c for c in view.cells if is_list(c.source, c.record_class))


class Shelves:
    """The shelves of this process; the next build's are filled while the last one's answer."""

    def __init__(self, infos: Callable[[], Iterable[SourceInfo]], folder: Path) -> None:
        """Keep none yet.

        Args:
            infos: tells what is known of each source.
            folder: where indexes lie; those that no shelf here needs are removed from it.
        """
        self._infos = infos
        self._folder = folder
        self._held: OrderedDict[tuple[str, frozenset[Cell]], Shelf] = OrderedDict()
        self._filling: dict[tuple[str, frozenset[Cell]], threading.Lock] = {}
        self._mutex = threading.Lock()

    def ready(self, view: View) -> Shelf | None:
        """Return the shelf of a View, if it is filled."""
        return self._held.get((view.snapshot.id, list_cells(view)))

    def standing(self, view: View) -> Shelf | None:
        """Return the newest filled shelf of the same lists in another build."""
        cells = list_cells(view)
        with self._mutex:
            held = [shelf for (_build, own), shelf in self._held.items() if own == cells]
        return held[-1] if held else None

    def fill(self, view: View) -> Shelf:
        """Return the shelf of a View, filled now if need be; whoever asks meanwhile waits."""
        key = (view.snapshot.id, list_cells(view))
        with self._mutex:
            lock = self._filling.setdefault(key, threading.Lock())
        with lock:
            found = self._held.get(key)
            if found is None:
                found = Shelf(view, self._infos(), self._folder)
                with self._mutex:
                    self._held[key] = found
                    while len(self._held) > _KEPT_SHELVES:
                        self._held.popitem(last=False)
                    keys = {shelf.key for shelf in self._held.values()}
                # What was purged from the lists must not go on lying in an index of them.
                prune(self._folder, keys)
                _log.info("lists ready build=%s entries=%d", found.build, len(found.entries))
        with self._mutex:
            self._filling.pop(key, None)
        return found

    def fill_behind(self, view: View) -> None:
        """Fill the shelf of a View in a thread of its own, unless one is at it already."""
        key = (view.snapshot.id, list_cells(view))
        with self._mutex:
            if key in self._filling:
                return
            self._filling[key] = threading.Lock()
        threading.Thread(target=self._fill_quietly, args=(view,), daemon=True).start()

    def _fill_quietly(self, view: View) -> None:
        try:
            self.fill(view)
        except PuenteError as error:
            # The lists of the build before go on answering; the next request tries again.
            _log.warning("lists not ready build=%s code=%s", view.snapshot.id, error.code)
            with self._mutex:
                self._filling.pop((view.snapshot.id, list_cells(view)), None)


def _facts(
    view: View,
    infos: Iterable[SourceInfo],
    classes: Mapping[str, str],
    entries: Sequence[ListEntry],
) -> tuple[ListFacts, ...]:
    known = {info.name: info for info in infos}
    counted: dict[str, int] = {}
    for entry in entries:
        counted[entry.list] = counted.get(entry.list, 0) + 1
    query = "SELECT source, max(published) AS published FROM loads GROUP BY source"
    days = {row["source"]: row["published"] for row in view.sql(query).to_pylist()}
    return tuple(
        ListFacts(
            name=name,
            title=known[name].title if name in known else name,
            publisher=known[name].agency if name in known else "",
            country=known[name].country if name in known else "",
            url=known[name].url if name in known else "",
            record_class=classes[name],
            entries=counted.get(name, 0),
            published=days.get(name) or "",
        )
        for name in sorted(classes)
    )


def _statements(
    view: View, sources: Sequence[str]
) -> tuple[pa.Table, Mapping[str, tuple[int, int]]]:
    columns = ", ".join(f'"{name}"' for name in _FIELDS)
    table = view.sql(
        f"SELECT {columns} FROM statements WHERE current AND source IN (SELECT unnest(?))"
        " ORDER BY entity_id",
        (list(sources),),
    ).combine_chunks()
    places: dict[str, tuple[int, int]] = {}
    if table.num_rows:
        runs = pc.run_end_encode(table["entity_id"].combine_chunks())
        start = 0
        for name, stop in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
            places[name] = (start, stop)
            start = stop
    for name in ("schema", "prop", "source", "last_seen"):
        at = table.column_names.index(name)
        table = table.set_column(at, name, table[name].dictionary_encode())
    return table, places


def _topics(statements: pa.Table) -> Mapping[str, frozenset[str]]:
    claimed = statements.filter(pc.equal(statements["prop"], "topics"))
    found: dict[str, set[str]] = {}
    for row in claimed.select(["entity_id", "value"]).to_pylist():
        found.setdefault(row["entity_id"], set()).add(row["value"])
    return {entity_id: frozenset(held) for entity_id, held in found.items()}


def _changed(statements: pa.Table) -> Mapping[str, str]:
    newest = statements.group_by("entity_id").aggregate([("first_seen", "max")])
    pairs = zip(newest["entity_id"].to_pylist(), newest["first_seen_max"].to_pylist(), strict=True)
    return dict(pairs)


def schema_excluded(schema: str, excluded: Iterable[str]) -> bool:
    """Return True if a thing of kind `schema` is one of `excluded` or of their children."""
    known = all_schemata()
    return schema in known and any(known[schema].is_a(name) for name in excluded)
