"""What is asked of the log: rows by what they hold, in SQL over the text of their leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_

from puente.errors import InvalidData
from puente.guard.leaf import AuditRow, read_leaf
from puente.guard.seal import canonical_json
from puente.guard.tables import ROWS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """A page of the rows that were asked for, newest first.

    Attributes:
        rows: each row under its number; None where what stands there is no row: it was altered.
        total: rows asked for, on all pages.
        newer: those of them that are newer than the first of this page.
    """

    rows: tuple[tuple[int, AuditRow | None], ...]
    total: int
    newer: int


def conditions(
    dialect: str, wanted: Mapping[str, object], days: tuple[str, str] = ("", "")
) -> list[ColumnElement[bool]]:
    """Return what a row must fulfil to hold all of `wanted` within `days`.

    Args:
        dialect: name of the ledger's SQL dialect.
        wanted: exact values by the leaf's keys; under `ids` one id it names.
        days: first and last ISO day, UTC; "" for any.
    """
    held = [_holds(dialect, key, value) for key, value in wanted.items()]
    at = _place(dialect, '"at":"') + len('"at":"')
    day = func.substr(ROWS.c.leaf, at, len("2026-01-01"))
    held += [day >= days[0]] if days[0] else []
    held += [day <= days[1]] if days[1] else []
    return held


def _place(dialect: str, part: str) -> ColumnElement[int]:
    """Return where `part` first stands in a leaf, from 1; 0 for nowhere. Case counts."""
    return (func.instr if dialect == "sqlite" else func.strpos)(ROWS.c.leaf, part)


def _holds(dialect: str, key: str, value: object) -> ColumnElement[bool]:
    # A leaf is canonical JSON: quotes inside a value are escaped, so that no value can pass for a
    # key. The text is compared, not parsed: a leaf that was altered must not stop the search.
    text = canonical_json({key: value})[1:-1].decode("ascii")
    if key != "ids":
        return _place(dialect, text) > 0
    one, end = text.removeprefix('"ids":'), _place(dialect, '],"policy":')
    whole = [_place(dialect, a + one + b).between(1, end) for a in "[," for b in ",]"]
    return and_(_place(dialect, one) > 0, or_(*whole))


def readable(leaf: str) -> AuditRow | None:
    """Return the row that a leaf writes; None where it was altered and is none."""
    try:
        return read_leaf(leaf)
    except InvalidData:
        return None
