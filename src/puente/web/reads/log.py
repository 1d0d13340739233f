"""The log of looks as an auditor reads it: who, when, what for, on what record, by which rule.

No contents are here. What is sealed in a row (search text, reasons) stays sealed; and reading the
log is itself a row of it, with what was searched for sealed in its turn.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from puente.guard.actors import Actor, Purpose
    from puente.guard.gate import Guard
    from puente.guard.leaf import AuditRow

PAGE = 50
_MOST = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class LogQuery:
    """Which rows are asked for, and where the page starts.

    Attributes:
        user, purpose, case, action: as the row has them; "" for any.
        touched: one id that the row names; "" for any.
        since, until: first and last ISO day, UTC; "" for any.
        refused: only what was refused.
        older, newer: number of the row that the page comes after, or before; None for the newest.
    """

    user: str = ""
    purpose: str = ""
    case: str = ""
    action: str = ""
    touched: str = ""
    since: str = ""
    until: str = ""
    refused: bool = False
    older: int | None = None
    newer: int | None = None

    def __post_init__(self) -> None:
        for day in (self.since, self.until):
            try:
                sound = not day or datetime.date.fromisoformat(day).isoformat() == day
            except ValueError:
                sound = False
            if not sound:
                raise InvalidData(_("{value!r} is no day such as 2026-01-31").format(value=day))
        for row in (self.older, self.newer):
            if row is not None and not 0 <= row < _MOST:
                raise InvalidData(_("the log has no row {seq}").format(seq=row))

    @property
    def wanted(self) -> dict[str, object]:
        """Return the values that a row must hold, by the names that the log gives them."""
        named = {
            "actor": self.user, "purpose": self.purpose, "case": self.case,
            "action": self.action, "ids": self.touched,
        }  # fmt: skip
        held: dict[str, object] = {name: value for name, value in named.items() if value}
        return {**held, "allowed": False} if self.refused else held

    @property
    def narrowed(self) -> bool:
        """Return True if not every row of the log is asked for."""
        return bool(self.wanted or self.since or self.until)

    @property
    def place(self) -> str:
        """Return what the log says of which rows were read."""
        if self.newer is not None:
            return f"audit:after-{self.newer}+{PAGE}"
        return f"audit:newest+{PAGE}" if self.older is None else f"audit:before-{self.older}+{PAGE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRows:
    """A page of the log, newest row first.

    Attributes:
        rows: each row under its number; None where what stands there is no row: it was altered.
        first: 1-based place of the first row among all that were asked for; 0 where there is none.
        total: rows asked for, on all pages.
        older, newer: number to go on from; None where there is no such page.
    """

    rows: tuple[tuple[int, AuditRow | None], ...]
    first: int
    total: int
    older: int | None
    newer: int | None


def read_log(guard: Guard, actor: Actor, purpose: Purpose, query: LogQuery) -> LogRows:
    """Return a page of the log; one row of the log, written before anything is shown.

    Raises: NotAllowed: the policy does not let this actor read the log for this purpose.

    Cost: where the query narrows, one scan of the log.
    """
    sought = {**query.wanted, "since": query.since, "until": query.until}
    sealed = {"sought": sought} if query.narrowed else None
    guard.require(actor, purpose, "read_audit", ids=(query.place,), sealed=sealed)
    days = (query.since, query.until)
    page = guard.audit.find(
        query.wanted, days=days, older=query.older, newer=query.newer, count=PAGE
    )
    if query.newer is not None and not page.newer:
        # Fewer rows are newer than a page holds: the newest page is shown whole.
        page = guard.audit.find(query.wanted, days=days, count=PAGE)
    last = page.newer + len(page.rows)
    return LogRows(
        rows=tuple((seq, row if _is_sound(row) else None) for seq, row in page.rows),
        first=page.newer + 1 if page.rows else 0,
        total=page.total,
        older=page.rows[-1][0] if page.rows and last < page.total else None,
        newer=page.rows[0][0] if page.rows and page.newer else None,
    )


def _is_sound(row: AuditRow | None) -> bool:
    """Return True if every part of a row is what it should be; an altered one may hold anything."""
    return row is not None and all(
        isinstance(part, str)
        for part in (
            row.at, row.actor, row.purpose, row.case, row.action, row.rule, row.policy,
            row.sealed, *row.roles, *row.ids,
        )
    )  # fmt: skip
