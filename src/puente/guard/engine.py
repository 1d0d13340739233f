"""DuckDB, shut in: it reads the permitted rows of one build and nothing else.

A query is read as a tree before it is run. It must be one SELECT over named relations; a function
that opens files, or a name that is a path, is refused. Behind that, the engine itself may open
only the build's folder, and its settings are locked.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from puente.errors import InvalidData, NotAllowed, NotFound
from puente.guard.retention import mark_ended, shown_columns, standing_rows
from puente.i18n import gettext as _
from puente.store.cells import CELL_COLUMNS, Cell
from puente.store.merge import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from puente.store.snapshot import Snapshot

TABLE_FUNCTIONS = frozenset({"unnest", "range", "generate_series", "json_each"})
"""Functions that a query may draw rows from: none of them opens anything."""

_KEPT_QUERIES = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Which rows of a build an engine shows.

    Attributes:
        cells: the cells whose rows it shows; None is all of the build's.
        day: ISO date on which the clocks of criminal intelligence are read; "" where it shows none.
    """

    cells: frozenset[Cell] | None
    day: str = ""


class Engine:
    """One DuckDB over one build, for one set of permitted cells. Views take cursors of it."""

    def __init__(
        self,
        snapshot: Snapshot,
        extent: Extent,
        *,
        memory_limit_mb: int,
        threads: int,
        spill: Path,
    ) -> None:
        """Open it.

        Args:
            snapshot: the build.
            extent: which of its rows it shows.
            memory_limit_mb, threads: of the engine.
            spill: folder for what does not fit into memory.
        """
        self._snapshot = snapshot
        self.extent = extent
        self._mutex = threading.Lock()
        self._relations: set[str] = set()
        self._queries: OrderedDict[str, frozenset[str]] = OrderedDict()
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": f"{memory_limit_mb}MB",
                "threads": threads,
                "temp_directory": str(spill),
                "python_enable_replacements": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        self._connection.execute("CREATE SCHEMA guard")
        if extent.cells is not None:
            columns = ", ".join(f"{name} VARCHAR" for name in CELL_COLUMNS)
            self._connection.execute(f"CREATE TABLE guard.permitted ({columns})")
            rows = ", ".join(
                "(" + ", ".join(literal(text) for text in astuple(cell)) + ")"
                for cell in sorted(extent.cells)
            )
            if rows:
                self._connection.execute(f"INSERT INTO guard.permitted VALUES {rows}")
        self._connection.execute("SET parquet_metadata_cache = true")
        folder = literal(str(snapshot.path))
        self._connection.execute(f"SET allowed_directories = [{folder}]")
        self._connection.execute("SET enable_external_access = false")
        if extent.day:
            mark_ended(self._connection, snapshot.file("statements"), extent.day)
        self._connection.execute("SET lock_configuration = true")

    def run(
        self, query: str, params: object, need: Callable[[str], bool]
    ) -> duckdb.DuckDBPyConnection:
        """Return a cursor on which `query` was run.

        Args:
            query: one SELECT.
            params: its parameters, by position or by name.
            need: is told each relation that the query names; says whether its rows are to be
                filtered by cell, raises if the reader may not see it.

        Raises:
            InvalidData: a query that cannot be read or run.
            NotAllowed: a query that does more than read relations.
            NotFound: the build was removed meanwhile.
        """
        for name in sorted(self._names(query)):
            self._provide(name, filtered=need(name))
        cursor = self._connection.cursor()
        try:
            return cursor.execute(query, params)
        except duckdb.Error as error:
            self._check_standing()
            raise InvalidData(_("the query fails: {error}").format(error=error)) from error

    def _check_standing(self) -> None:
        if not self._snapshot.file("cells").is_file():
            raise NotFound(
                _("build {build} has been replaced by later ones; open the current one").format(
                    build=self._snapshot.id
                ),
                build=self._snapshot.id,
            )

    def _provide(self, name: str, *, filtered: bool) -> None:
        with self._mutex:
            if name in self._relations:
                return
            path = self._snapshot.file(name)
            query = self._shown(name, path) if filtered else _all_of(path)
            try:
                self._connection.execute(f'CREATE VIEW "{name}" AS {query}')
            except duckdb.Error as error:
                self._check_standing()
                raise InvalidData(
                    _("cannot be read: {error}").format(error=error), file=path
                ) from error
            self._relations.add(name)

    def _shown(self, name: str, path: Path) -> str:
        """Return the query of the rows of a table that a reader may see."""
        where: list[str] = []
        if self.extent.cells is not None:
            columns = ", ".join(CELL_COLUMNS)
            where.append(f"({columns}) IN (SELECT ({columns}) FROM guard.permitted)")
        if self.extent.day:
            where += filter(None, [standing_rows(name)])
        query = _all_of(path, shown_columns(name) if self.extent.day else "*")
        return f"{query} WHERE {' AND '.join(where)}" if where else query

    def _names(self, query: str) -> frozenset[str]:
        with self._mutex:
            known = self._queries.get(query)
        if known is not None:
            return known
        asked = f"SELECT json_serialize_sql({literal(query)})"
        row = self._connection.cursor().execute(asked).fetchone()
        tree: dict[str, Any] = json.loads(row[0]) if row else {"error": True}
        if tree.get("error"):
            if tree.get("error_type") == "not implemented":
                raise _refused(_("only SELECT is possible here"))
            raise InvalidData(
                _("the query cannot be read: {error}").format(error=tree.get("error_message", ""))
            )
        if len(tree["statements"]) != 1:
            raise _refused(_("one query at a time"))
        found = frozenset(_relations(tree))
        with self._mutex:
            self._queries[query] = found
            if len(self._queries) > _KEPT_QUERIES:
                self._queries.popitem(last=False)
        return found


def _all_of(path: Path, columns: str = "*") -> str:
    return f"SELECT {columns} FROM read_parquet({literal(str(path))})"


def _relations(tree: dict[str, Any]) -> Iterator[str]:
    nodes = list(_nodes(tree))
    own = {entry["key"] for node in nodes for entry in (node.get("cte_map") or {}).get("map", ())}
    for node in nodes:
        kind = node.get("type")
        if kind == "BASE_TABLE":
            name = str(node.get("table_name", ""))
            if node.get("schema_name") not in ("", None, "main") or node.get("catalog_name"):
                raise _refused(_("{name!r} cannot be read").format(name=name))
            # A name that is a path would be opened as a file, even if a subquery bears it too.
            if not (name.isidentifier() and name.isascii()):
                raise _refused(_("{name!r} cannot be read").format(name=name))
            if name not in own:
                yield name
        elif kind == "TABLE_FUNCTION":
            name = str(node["function"].get("function_name", ""))
            if name not in TABLE_FUNCTIONS:
                raise _refused(_("{name!r} cannot be read").format(name=name))
        elif kind == "SHOW_REF":
            raise _refused(_("only SELECT is possible here"))


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    waiting = [tree]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def _refused(message: str) -> NotAllowed:
    return NotAllowed(message, rule="a-view-only-reads")
