"""Tables for a spreadsheet: entities, links and hits, with source and grade of each row.

A cell that a spreadsheet would run as a formula gets an apostrophe in front, so that it stays
text. Files begin with a byte order mark, without which spreadsheets misread accents.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from puente.model.cells import safe_cell
from puente.model.provenance import strictest
from puente.report.selection import FileWriter, batches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from puente.guard.view import View
    from puente.report.selection import Batch, Row, Selection, Written

NODE_COLUMNS = (
    "cluster_id",
    "schema",
    "caption",
    "names",
    "countries",
    "programs",
    "sources",
    "grades",
    "places",
    "statements",
    "listed",
    "blocked_list",
    "standing",
    "first_seen",
    "last_seen",
    "marking",
)
EDGE_COLUMNS = (
    "source_id",
    "source_caption",
    "target_id",
    "target_caption",
    "kind",
    "strength",
    "date_from",
    "date_to",
    "percent",
    "percent_max",
    "sources",
    "grades",
    "statement_ids",
    "marking",
)
HIT_COLUMNS = (
    "entity_id",
    "entity_caption",
    "listed_id",
    "listed_name",
    "list",
    "score",
    "verdict",
    "programs",
    "why",
    "sources",
    "grades",
    "marking",
)


def write_csv(view: View, selection: Selection, folder: Path) -> list[Written]:
    """Write `nodes.csv`, `edges.csv` and `hits.csv`; lists within a cell are joined by `; `."""
    note = (
        "in .csv files an apostrophe stands before a text that a spreadsheet would run as a "
        "formula; take one off to get the text"
    )
    nodes = _write(folder / "nodes.csv", NODE_COLUMNS, node_rows(view, selection))
    edges = _write(folder / "edges.csv", EDGE_COLUMNS, edge_rows(view, selection))
    hits = _write(folder / "hits.csv", HIT_COLUMNS, hit_rows(view, selection))
    return [
        nodes.done("one entity a row", left_out=selection.left_out, notes=(note,)),
        edges.done("one link a row"),
        hits.done("one comparison with a listed entity a row"),
    ]


def _write(path: Path, columns: tuple[str, ...], rows: Iterator[Row]) -> FileWriter:
    with FileWriter(path) as file:
        file.write("\ufeff")
        file.write(_line(columns))
        for row in rows:
            file.row(_line([_cell(row[name]) for name in columns]), (str(row["marking"]),))
    return file


def _cell(value: Any) -> str:  # noqa: ANN401 - any value of a table
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:.12g}"
    if isinstance(value, list):
        return safe_cell("; ".join(str(item) for item in value))
    return safe_cell(str(value))


def _line(cells: tuple[str, ...] | list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue()


def node_rows(view: View, selection: Selection) -> Iterator[Row]:
    """Yield the selected entities with the grades of their sources, by id."""
    for part in batches(selection):
        yield from view.sql(
            f"{_graded(part)} SELECT n.*, g.grades FROM nodes n LEFT JOIN graded g USING"
            f" (cluster_id) WHERE {part.where('n.cluster_id')} ORDER BY n.cluster_id",
            part.params * 2,
        ).to_pylist()


def hit_rows(view: View, selection: Selection) -> Iterator[Row]:
    """Yield the comparisons of the selected entities with listed ones, likest first."""
    for part in batches(selection):
        yield from view.sql(
            f"{_graded(part)} SELECT h.entity_id, n.caption AS entity_caption, h.listed_id,"
            " h.name AS listed_name, h.list, h.score, h.verdict, h.programs, h.why, n.sources,"
            " g.grades, n.marking FROM hits h JOIN nodes n ON n.cluster_id = h.entity_id"
            f" LEFT JOIN graded g ON g.cluster_id = h.entity_id WHERE {part.where('h.entity_id')}"
            " ORDER BY h.entity_id, h.score DESC, h.listed_id",
            part.params * 2,
        ).to_pylist()


def _graded(part: Batch) -> str:
    """Return the beginning of a query: the sources of each cluster with their grades."""
    return (
        "WITH graded AS (SELECT c.cluster_id,"
        " list(DISTINCT s.source || ' ' || s.reliability || s.credibility ORDER BY"
        " s.source || ' ' || s.reliability || s.credibility) AS grades"
        " FROM clusters c JOIN statements s ON s.entity_id = c.entity_id"
        f" WHERE s.current AND {part.where('c.cluster_id')} GROUP BY c.cluster_id)"
    )


def edge_rows(view: View, selection: Selection) -> Iterator[Row]:
    """Yield the links among the selected clusters, with the grades and markings they rest on.

    Ordered by source, target and kind. `marking` is the strictest of the statements of the link
    and of both its ends.
    """
    among = " AND e.target_id IN (SELECT unnest(?))" if selection.asked else ""
    every = (list(selection.clusters),) if selection.asked else ()
    key = "source_id, target_id, kind, date_from, date_to"
    for part in batches(selection):
        rows = view.sql(
            f"WITH chosen AS (SELECT e.* FROM edges e WHERE {part.where('e.source_id')}{among}),"
            f" spread AS (SELECT {key}, unnest(statement_ids) AS id FROM chosen),"
            f" told AS (SELECT {key},"
            " list(DISTINCT s.source || ' ' || s.reliability || s.credibility ORDER BY"
            " s.source || ' ' || s.reliability || s.credibility) AS grades,"
            " list(DISTINCT s.marking ORDER BY s.marking) AS markings"
            " FROM spread JOIN statements s USING (id) GROUP BY ALL)"
            " SELECT e.*, a.caption AS source_caption, b.caption AS target_caption, t.grades,"
            " t.markings, a.marking AS source_marking, b.marking AS target_marking"
            " FROM chosen e JOIN nodes a ON a.cluster_id = e.source_id"
            " JOIN nodes b ON b.cluster_id = e.target_id"
            " LEFT JOIN told t ON t.source_id = e.source_id AND t.target_id = e.target_id"
            " AND t.kind = e.kind AND t.date_from IS NOT DISTINCT FROM e.date_from"
            " AND t.date_to IS NOT DISTINCT FROM e.date_to"
            f" ORDER BY {', '.join('e.' + name for name in key.split(', '))}",
            (*part.params, *every),
        ).to_pylist()
        for row in rows:
            held = [*(row["markings"] or ()), row["source_marking"], row["target_marking"]]
            yield {**row, "marking": strictest(str(mark) for mark in held)}
