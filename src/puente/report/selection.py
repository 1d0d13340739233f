"""Which entities and links an export holds, read in batches so that memory stays bounded."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from puente.errors import NotFound
from puente.i18n import gettext as _
from puente.model.schema import all_schemata

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from puente.guard.view import View

BATCH = 4_000
"""Clusters read at a time."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The clusters of an export.

    Attributes:
        asked: the ids that were asked for; empty where everything was.
        clusters: cluster ids, sorted, what joins two of them included.
    """

    asked: tuple[str, ...]
    clusters: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some thousand clusters of a selection, and how a query names them.

    Everything is named by a range, not by a list: each query stands in the log, parameters too.
    """

    first: str
    last: str
    ids: tuple[str, ...] = ()

    def where(self, column: str) -> str:
        """Return the condition that `column` is one of these clusters."""
        return f"{column} IN (SELECT unnest(?))" if self.ids else f"{column} BETWEEN ? AND ?"

    @property
    def params(self) -> tuple[object, ...]:
        """Return the parameters of one such condition."""
        return (list(self.ids),) if self.ids else (self.first, self.last)


def batches(selection: Selection) -> Iterator[Batch]:
    """Yield the selected clusters, some thousand at a time, in order."""
    for start in range(0, len(selection.clusters), BATCH):
        part = selection.clusters[start : start + BATCH]
        yield Batch(first=part[0], last=part[-1], ids=part if selection.asked else ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One file of an export.

    Attributes:
        name, what, rows, sha256: of the file; `what` says in English what a row is.
        markings: handling markings of what is in it.
        left_out: what was left out and how many, by reason; nothing is left out in silence.
        notes: what a reader of the file must know.
    """

    name: str
    what: str
    rows: int
    sha256: str
    markings: frozenset[str]
    left_out: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def select(view: View, ids: Iterable[str] | None) -> Selection:
    """Return the clusters of `ids` and of the records that join two of them; None is all.

    Raises: NotFound: one of `ids` is not there.
    """
    if ids is None:
        rows = view.sql("SELECT DISTINCT cluster_id FROM clusters ORDER BY cluster_id")
        return Selection(asked=(), clusters=tuple(rows["cluster_id"].to_pylist()))
    asked = sorted(set(ids))
    found = view.sql(
        "SELECT entity_id, cluster_id FROM clusters"
        " WHERE entity_id IN (SELECT unnest(?)) OR cluster_id IN (SELECT unnest(?))",
        (asked, asked),
    ).to_pylist()
    known = {row["entity_id"] for row in found} | {row["cluster_id"] for row in found}
    missing = sorted(set(asked) - known)
    if missing:
        raise NotFound(_("no entity {entity!r}").format(entity=missing[0]), entity=missing[0])
    chosen = sorted({row["cluster_id"] for row in found})
    return Selection(asked=tuple(asked), clusters=tuple(sorted({*chosen, *_joining(view, chosen)})))


def _joining(view: View, chosen: list[str]) -> list[str]:
    """Return the clusters of relations whose both ends are among `chosen`."""
    edges = [schema for schema in all_schemata().values() if schema.is_edge]
    props = sorted({prop for s in edges for prop in (s.source_prop, s.target_prop)})
    rows = view.sql(
        "SELECT c.cluster_id FROM statements s JOIN clusters c ON c.entity_id = s.entity_id"
        " LEFT JOIN clusters t ON t.entity_id = s.value"
        " WHERE s.current AND s.schema IN (SELECT unnest(?)) AND s.prop IN (SELECT unnest(?))"
        " GROUP BY c.cluster_id"
        " HAVING bool_and(coalesce(t.cluster_id, s.value) IN (SELECT unnest(?)))",
        (sorted(schema.name for schema in edges), props, chosen),
    )
    return [str(value) for value in rows["cluster_id"].to_pylist()]


def statement_batches(view: View, selection: Selection, *, current: bool) -> Iterator[list[Row]]:
    """Yield the statements of the selection, some thousand clusters at a time.

    Each row has `cluster_id`, every column of `statements`, and `target`: the cluster of the
    entity that an entity-valued property names (its own value where that has no cluster), else "".
    Rows are ordered by cluster, then by property, value, source and record.
    """
    props = sorted(entity_props())
    only = " AND s.current" if current else ""
    for part in batches(selection):
        rows = view.sql(
            "SELECT c.cluster_id, s.*,"
            " CASE WHEN s.prop IN (SELECT unnest(?)) THEN coalesce(t.cluster_id, s.value)"
            " ELSE '' END AS target"
            " FROM statements s JOIN clusters c ON c.entity_id = s.entity_id"
            " LEFT JOIN clusters t ON t.entity_id = s.value"
            f" WHERE {part.where('c.cluster_id')}{only}"
            " ORDER BY c.cluster_id, s.prop, s.value, s.source, s.entity_id, s.id",
            (props, *part.params),
        )
        yield rows.to_pylist()


def entity_props() -> frozenset[str]:
    """Return the names of all properties whose value is another entity."""
    return frozenset(
        prop.name
        for schema in all_schemata().values()
        for prop in schema.props.values()
        if prop.type == "entity"
    )


class FileWriter:
    """Writes one text file of an export, counting rows and gathering markings and the hash."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle = path.open("wb")
        self._hash = sha256()
        self.rows = 0
        self.markings: set[str] = set()

    def __enter__(self) -> FileWriter:
        return self

    def __exit__(self, *_error: object) -> None:
        self._handle.close()

    def write(self, text: str) -> None:
        """Write text, in UTF-8."""
        data = text.encode("utf-8", "replace")
        self._hash.update(data)
        self._handle.write(data)

    def row(self, text: str, markings: Iterable[str]) -> None:
        """Write one row, with the markings of what is in it."""
        self.write(text)
        self.rows += 1
        self.markings.update(markings)

    def done(
        self, what: str, *, left_out: Mapping[str, int] | None = None, notes: tuple[str, ...] = ()
    ) -> Written:
        """Close the file; return what it is."""
        self._handle.close()
        kept = {key: count for key, count in (left_out or {}).items() if count}
        return Written(
            name=self._path.name,
            what=what,
            rows=self.rows,
            sha256=self._hash.hexdigest(),
            markings=frozenset(self.markings),
            left_out=kept,
            notes=notes,
        )
