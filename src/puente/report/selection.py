"""Which entities and links an export holds, read in batches so that memory stays bounded."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from puente.errors import NotFound
from puente.i18n import gettext as _
from puente.model.provenance import APART
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
        clusters: cluster ids, sorted, what joins two of them included; of records that stand
            apart (criminal intelligence), their own ids.
        apart: those among them that stand apart: they are in no table of what was derived.
    """

    asked: tuple[str, ...]
    clusters: tuple[str, ...]
    apart: tuple[str, ...] = ()

    @property
    def left_out(self) -> Mapping[str, int]:
        """Return what a format that is made of derived tables has to leave out."""
        return {"criminal intelligence, which no derived table holds": len(self.apart)}


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
    grouped = _grouped(view)
    if ids is None:
        rows = view.sql(f"SELECT DISTINCT cluster_id, apart FROM {grouped} ORDER BY cluster_id")
        return _selection((), rows.to_pylist())
    asked = sorted(set(ids))
    found = view.sql(
        f"SELECT entity_id, cluster_id, apart FROM {grouped}"
        " WHERE entity_id IN (SELECT unnest(?)) OR cluster_id IN (SELECT unnest(?))",
        (asked, asked),
    ).to_pylist()
    known = {row["entity_id"] for row in found} | {row["cluster_id"] for row in found}
    missing = sorted(set(asked) - known)
    if missing:
        raise NotFound(_("no entity {entity!r}").format(entity=missing[0]), entity=missing[0])
    chosen = sorted({row["cluster_id"] for row in found})
    return _selection(tuple(asked), [*found, *_joining(view, chosen)])


def _selection(asked: tuple[str, ...], rows: list[Row]) -> Selection:
    return Selection(
        asked=asked,
        clusters=tuple(sorted({row["cluster_id"] for row in rows})),
        apart=tuple(sorted({row["cluster_id"] for row in rows if row["apart"]})),
    )


def _grouped(view: View) -> str:
    """Return the relation of records and their clusters; a record that stands apart is its own."""
    clusters = "SELECT entity_id, cluster_id, false AS apart FROM clusters"
    if not any(cell.record_class in APART for cell in view.cells):
        return f"({clusters})"
    classes = ", ".join(f"'{name}'" for name in sorted(APART))
    return (
        f"({clusters} UNION ALL SELECT DISTINCT entity_id, entity_id, true FROM statements"
        f" WHERE record_class IN ({classes})"
        " AND entity_id NOT IN (SELECT entity_id FROM clusters))"
    )


def _joining(view: View, chosen: list[str]) -> list[Row]:
    """Return the clusters of relations whose both ends are among `chosen`; suspicions of them."""
    grouped = _grouped(view)
    edges = [schema for schema in all_schemata().values() if schema.is_edge]
    props = sorted({"subject", *(p for s in edges for p in (s.source_prop, s.target_prop))})
    table = view.sql(
        "SELECT c.cluster_id, bool_and(c.apart) AS apart"
        f" FROM statements s JOIN {grouped} c ON c.entity_id = s.entity_id"
        f" LEFT JOIN {grouped} t ON t.entity_id = s.value"
        " WHERE s.current AND s.schema IN (SELECT unnest(?)) AND s.prop IN (SELECT unnest(?))"
        " GROUP BY c.cluster_id"
        " HAVING bool_and(coalesce(t.cluster_id, s.value) IN (SELECT unnest(?)))",
        (sorted(["Suspicion", *(schema.name for schema in edges)]), props, chosen),
    )
    rows: list[Row] = table.to_pylist()
    return rows


def statement_batches(view: View, selection: Selection, *, current: bool) -> Iterator[list[Row]]:
    """Yield the statements of the selection, some thousand clusters at a time.

    Each row has `cluster_id`, every column of `statements`, and `target`: the cluster of the
    entity that an entity-valued property names (its own value where that has no cluster), else "".
    Rows are ordered by cluster, then by property, value, source and record.
    """
    props = sorted(entity_props())
    only = " AND s.current" if current else ""
    grouped = _grouped(view)
    for part in batches(selection):
        rows = view.sql(
            "SELECT c.cluster_id, s.*,"
            " CASE WHEN s.prop IN (SELECT unnest(?)) THEN coalesce(t.cluster_id, s.value)"
            " ELSE '' END AS target"
            f" FROM statements s JOIN {grouped} c ON c.entity_id = s.entity_id"
            f" LEFT JOIN {grouped} t ON t.entity_id = s.value"
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
