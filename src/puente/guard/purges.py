"""Which values of the log were purged, so that a restored backup does not bring them back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from puente.errors import InvalidData
from puente.guard.finding import conditions, readable
from puente.guard.leaf import numbers_of
from puente.guard.merkle import leaf_hash
from puente.guard.tables import ROWS
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from puente.guard.actors import Actor, Purpose
    from puente.guard.audit import AuditLog

_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Purged:
    """One row whose sealed value was destroyed.

    Attributes:
        row: its number.
        leaf: hash of its leaf, hexadecimal: shows that two logs mean the same row.
    """

    row: int
    leaf: str

    def as_json(self) -> dict[str, object]:
        """Return it as a line of a list of purges."""
        return {"row": self.row, "leaf": self.leaf}


def purged_rows(engine: Engine) -> list[Purged]:
    """Return every row that a purge in the log names, by number."""
    wanted = conditions(engine.dialect.name, {"action": "purge"})
    named: set[int] = set()
    with engine.connect() as connection:
        for leaf in connection.execute(select(ROWS.c.leaf).where(*wanted)).scalars():
            row = readable(leaf)
            if row is not None and row.action == "purge":
                named.update(numbers_of(row.ids))
        hashes = _leaf_hashes(connection, sorted(named))
    return sorted(Purged(row=row, leaf=leaf) for row, leaf in hashes.items())


def read_purges(path: Path) -> list[Purged]:
    """Return a list of purges that was written as JSON lines, one `Purged` each.

    Raises: InvalidData: a line that is none.
    """
    found = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidData(_("cannot be read: {error}").format(error=error), file=path) from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            content = json.loads(line)
            row, leaf = content["row"], content["leaf"]
        except (ValueError, KeyError, TypeError):
            row, leaf = None, None
        if type(row) is not int or row < 0 or not isinstance(leaf, str):
            raise InvalidData(_("names no purged row"), file=path, line=number)
        found.append(Purged(row=row, leaf=leaf))
    return found


def check_purges(connection: Connection, wanted: Iterable[Purged]) -> list[int]:
    """Return the rows of a list of purges that the log has; the others were added later.

    Raises: InvalidData: a row is another one in this log.
    """
    given = {item.row: item.leaf for item in wanted}
    hashes = _leaf_hashes(connection, sorted(given))
    for row, leaf in hashes.items():
        if given[row] != leaf:
            raise InvalidData(
                _("the list of purges is of another log: row {row} differs").format(row=row)
            )
    return sorted(hashes)


def purge_again(log: AuditLog, rows: Iterable[int], who: tuple[Actor, Purpose]) -> int:
    """Destroy in `log` what was destroyed elsewhere; return how many values that were still there.

    Args:
        log: the log.
        rows: as `check_purges` found them.
        who: who destroys them, and what for.
    """
    done = {item.row for item in purged_rows(log.engine)}
    again = [row for row in rows if row not in done]
    gone = 0
    for part in _parts(again):
        gone += log.purge(part, *who)
    return gone


def _leaf_hashes(connection: Connection, rows: Sequence[int]) -> Mapping[int, str]:
    found: dict[int, str] = {}
    for part in _parts(rows):
        query = select(ROWS.c.seq, ROWS.c.leaf).where(ROWS.c.seq.in_(part))
        for seq, leaf in connection.execute(query):
            found[int(seq)] = leaf_hash(leaf.encode("utf-8", "surrogatepass")).hex()
    return found


def _parts(rows: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(rows), _AT_ONCE):
        yield list(rows[start : start + _AT_ONCE])
