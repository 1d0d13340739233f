"""Files of answers: JSON lines, or a row a hit as CSV or XLSX. Each appears whole or not at all.

Source: Wolfsberg Group, Guidance on Sanctions Screening (2019), on keeping what was answered.
"""

from __future__ import annotations

import csv
import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.model.cells import safe_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import TextIO

HEADINGS = (
    "id", "alert", "verdict", "score", "entity_id", "name", "list", "programs", "why", "notes",
)  # fmt: skip
"""Columns of CSV and XLSX; a question without hits has one row, with the rest empty."""
MOST_ROWS = 1_048_576
"""Rows of a sheet. Source: Excel specifications and limits."""
MOST_TEXT = 32_767


@contextmanager
def answers_to(path: Path) -> Iterator[Callable[[str], None]]:
    """Give what writes one answer, a JSON object in one line; the suffix of `path` says how.

    Raises: InvalidData: more rows than a sheet has.
    Source: see the module.
    """
    kind = path.suffix.casefold()
    if kind == ".xlsx":
        with _sheet(path) as write:
            yield write
        return
    with written(path) as handle:
        if kind == ".csv":
            table = csv.writer(handle, lineterminator="\n")
            table.writerow(HEADINGS)
            yield lambda line: table.writerows(
                [safe_cell(str(cell)) for cell in row] for row in _rows(line)
            )
        else:
            yield lambda line: _put(handle, line)


@contextmanager
def written(path: Path) -> Iterator[TextIO]:
    """Give a text file that appears whole or not at all.

    Source: see the module.
    """
    part = _beside(path)
    try:
        with part.open("w", encoding="utf-8", newline="") as handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _sheet(path: Path) -> Iterator[Callable[[str], None]]:
    from datetime import UTC, datetime

    import xlsxwriter  # type: ignore[import-untyped]

    part = _beside(path)
    at = 0

    def put(row: list[Any]) -> None:
        nonlocal at
        if at == MOST_ROWS:
            raise InvalidData(
                _("a sheet has {most} rows; write CSV or JSON lines").format(most=MOST_ROWS),
                file=path,
            )
        for column, cell in enumerate(row):
            if isinstance(cell, float):
                sheet.write_number(at, column, cell)
            else:
                sheet.write_string(at, column, str(cell)[:MOST_TEXT])
        at += 1

    def answer(line: str) -> None:
        for row in _rows(line):
            put(row)

    try:
        book = xlsxwriter.Workbook(str(part), {"constant_memory": True})
        # The same answers give the same bytes.
        book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)})
        sheet = book.add_worksheet("answers")
        sheet.freeze_panes(1, 0)
        put(list(HEADINGS))
        try:
            yield answer
        finally:
            book.close()
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _put(handle: TextIO, line: str) -> None:
    handle.write(line + "\n")


def _rows(line: str) -> list[list[Any]]:
    """Return an answer as rows under `HEADINGS`."""
    answer = json.loads(line)
    start = [answer["id"], "true" if answer["alert"] else "false"]
    notes = "; ".join(answer.get("notes", ()))
    return [
        [
            *start, hit["verdict"], float(hit["score"]), hit["entity_id"], hit["name"],
            hit["list"], "; ".join(hit["programs"]), "; ".join(map(_told, hit["why"])), notes,
        ]
        for hit in answer["hits"]
    ] or [[*start, *[""] * (len(HEADINGS) - 3), notes]]  # fmt: skip


def _told(part: dict[str, str]) -> str:
    values = " / ".join(filter(None, (part["asked"], part["listed"])))
    return f"{part['part']} ({values}): {part['effect']}"


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")
