"""One workbook for a spreadsheet: entities, links and hits, a sheet each, and what it is."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from puente.report.formats_csv import (
    EDGE_COLUMNS,
    HIT_COLUMNS,
    NODE_COLUMNS,
    edge_rows,
    hit_rows,
    node_rows,
)
from puente.report.formats_xml import description
from puente.report.selection import Written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from puente.guard.view import View
    from puente.report.selection import Row, Selection

LONGEST = 32_767
"""Letters that a cell of a workbook holds. Source: Excel specifications and limits."""

MOST_ROWS = 1_048_575
"""Rows of a sheet below its heading."""

_MADE = datetime(2000, 1, 1, tzinfo=UTC)
# The time of a workbook would make two exports of one snapshot differ; the manifest has it.


def write_xlsx(view: View, selection: Selection, folder: Path) -> list[Written]:
    """Write `network.xlsx` with the sheets `nodes`, `edges`, `hits` and `about`.

    Every text is written as text: nothing is run as a formula or turned into a link. What a sheet
    cannot hold is left out and counted.
    """
    from xlsxwriter import Workbook  # type: ignore[import-untyped]

    path = folder / "network.xlsx"
    marks: set[str] = set()
    left_out = {key: count for key, count in selection.left_out.items() if count}
    rows = 0
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(str(path), options) as book:
        book.set_properties({"title": "Puente", "comments": description(view), "created": _MADE})
        bold = book.add_format({"bold": True})
        for name, columns, held in (
            ("nodes", NODE_COLUMNS, node_rows(view, selection)),
            ("edges", EDGE_COLUMNS, edge_rows(view, selection)),
            ("hits", HIT_COLUMNS, hit_rows(view, selection)),
        ):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, columns, bold)
            sheet.freeze_panes(1, 1)
            written, missed = _fill(sheet, columns, held, marks)
            rows += written
            if missed:
                left_out[f"rows of {name} beyond what a sheet holds"] = missed
        about = book.add_worksheet("about")
        about.write_string(0, 0, description(view))
    note = f"in network.xlsx a text of more than {LONGEST} letters ends with an ellipsis"
    return [
        Written(
            name=path.name,
            what="one entity, link or comparison a row, by sheet",
            rows=rows,
            sha256=sha256(path.read_bytes()).hexdigest(),
            markings=frozenset(marks),
            left_out=left_out,
            notes=(note,),
        )
    ]


def _fill(
    sheet: Any,  # noqa: ANN401 - a library without types
    columns: tuple[str, ...],
    rows: Iterator[Row],
    marks: set[str],
) -> tuple[int, int]:
    """Write the rows; return how many stand in the sheet, and how many it cannot hold."""
    number = missed = 0
    for row in rows:
        if number == MOST_ROWS:
            missed += 1
            continue
        number += 1
        marks.add(str(row["marking"]))
        for at, name in enumerate(columns):
            value = row[name]
            if isinstance(value, bool):
                sheet.write_boolean(number, at, value)
            elif isinstance(value, int | float):
                sheet.write_number(number, at, value)
            elif value not in (None, "", []):
                listed = isinstance(value, list)
                told = "; ".join(str(one) for one in value) if listed else str(value)
                whole = len(told) <= LONGEST
                sheet.write_string(number, at, told if whole else f"{told[: LONGEST - 1]}…")
    return number, missed
