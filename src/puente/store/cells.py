"""The cell: the least part of the lake that the policy decides on."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Cell:
    """The records that one source holds under one class, marking and agency."""

    source: str
    record_class: str
    marking: str
    agency: str


CELL_COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(Cell))
"""Columns of every lake table whose distinct values are its cells."""
