"""Threads of what people decided: chains of signed entries, of alerts and of register items.

A decision is undone by a later one, so that both can be read.

Source: 31 CFR 501.601 (full and accurate records).
Limits: as `puente.guard.chains`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from puente.errors import Conflict, NotAllowed, NotFound
from puente.guard.chains import Entry, Form, Scribe, read_entries
from puente.i18n import gettext as _
from puente.screen.tables import ENTRIES, THREADS
from puente.store.ledger import reading, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from sqlalchemy import Connection, Engine, RowMapping

    from puente.guard.seal import Sealer

FORM = Form(name="screen thread", of="thread")
_TRIES = 8
_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """All that was decided of one matter, oldest first.

    Attributes:
        kind: `alert`, or a kind of item of the register.
        book, subject, entry: of an alert, as `puente.screen.queue`; of an item, the entry it names.
        agency: whose it is.
        altered: number of the first entry that is not as it was signed; 0 where all are.

    Source: see the module.
    """

    id: str
    kind: str
    book: str
    subject: str
    entry: str
    agency: str
    entries: tuple[Entry, ...]
    altered: int = 0

    def of(self, *kinds: str) -> tuple[Entry, ...]:
        """Return the entries of some kinds."""
        return tuple(entry for entry in self.entries if entry.kind in kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a new thread is about; see `Thread`. The id of an item may be given by a number.

    Source: see the module.
    """

    kind: str
    id: str = ""
    prefix: str = ""
    book: str = ""
    subject: str = ""
    entry: str = ""


Draft = tuple[str, "Mapping[str, object]"]
"""Kind and body of an entry to be made."""


def read_threads(
    engine: Engine,
    sealer: Sealer,
    *,
    kinds: Collection[str] = (),
    ids: Collection[str] | None = None,
    entries: Collection[str] | None = None,
) -> dict[str, Thread]:
    """Return threads by id, every signature checked.

    Args:
        kinds: only of these kinds; none is all.
        ids: only these; None is all.
        entries: only those on these listed entries; None is all.

    Source: see the module.
    Cost: one signature, about 0.1 ms, an entry.
    """
    found: dict[str, Thread] = {}
    with reading(engine) as connection:
        for column, part in _parts(ids, entries):
            query = select(THREADS).order_by(THREADS.c.id)
            if kinds:
                query = query.where(THREADS.c.kind.in_(sorted(kinds)))
            if column is not None:
                query = query.where(column.in_(part))
            heads = connection.execute(query).mappings().all()
            for at in range(0, len(heads), _AT_ONCE):
                some = heads[at : at + _AT_ONCE]
                rows = _rows(connection, [row["id"] for row in some])
                for row in some:
                    found[row["id"]] = _thread(row, rows.get(row["id"], []), sealer)
    return dict(sorted(found.items()))


def _parts(
    ids: Collection[str] | None, entries: Collection[str] | None
) -> Iterable[tuple[Any, list[str]]]:
    if ids is None and entries is None:
        return [(None, [])]
    column, wanted = (
        (THREADS.c.id, sorted(ids)) if ids is not None else (THREADS.c.entry, sorted(entries or ()))
    )
    return [(column, wanted[at : at + _AT_ONCE]) for at in range(0, len(wanted), _AT_ONCE)]


def _rows(connection: Connection, ids: list[str]) -> dict[str, list[Any]]:
    query = select(ENTRIES).where(ENTRIES.c.thread.in_(ids)).order_by(ENTRIES.c.number)
    found: dict[str, list[Any]] = {}
    for row in connection.execute(query):
        found.setdefault(row.thread, []).append(row)
    return found


def _thread(row: RowMapping, kept: list[Any], sealer: Sealer) -> Thread:
    entries, faults = read_entries(FORM, row["id"], kept, sealer)
    altered = faults[0].number if faults else 0
    if not altered and len(entries) != row["entries"]:
        altered = len(entries) + 1
    about = {name: row[name] for name in ("id", "kind", "book", "subject", "entry", "agency")}
    if entries and not altered:
        first = entries[0]
        same = (first.body.get("about"), first.agency) == (_about(about), row["agency"])
        altered = 0 if same else 1
    return Thread(**about, entries=entries, altered=altered)


def _about(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: row[name] for name in ("kind", "book", "subject", "entry")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen(Scribe):
    """Adds entries for one person, for one purpose; each leaves its digest in the log.

    Source: see the module.
    """

    form: ClassVar[Form] = FORM

    def begin(self, head: Head, action: str, draft: Draft) -> str:
        """Open a thread with its first entry; return its id.

        Raises: Conflict: there is one of that id.
        """
        for _try in range(_TRIES):
            try:
                with writing(self.guard.audit.engine) as connection:
                    name = head.id or _next_id(connection, head)
                    about = {
                        "id": name,
                        "kind": head.kind,
                        "book": head.book,
                        "subject": head.subject,
                        "entry": head.entry,
                        "agency": self.actor.agency,
                    }
                    connection.execute(insert(THREADS).values(**about, entries=1))
                    first = (draft[0], {**draft[1], "about": _about(about)})
                    entry = self._insert(connection, name, (), first)
            except IntegrityError:
                if head.id:
                    break
                continue  # another process took the number first
            self.log(name, entry, action)
            return name
        raise Conflict(_("{thread} was begun by somebody else meanwhile").format(thread=head.id))

    def append(self, thread: str, action: str, make: Callable[[Thread], Draft]) -> Entry:
        """Add an entry to a thread, as it stands at that moment.

        Args:
            make: is handed the thread, which nobody else can add to meanwhile; gives the entry.

        Raises:
            NotAllowed: `make` refuses; the refusal stands in the log.
            Conflict: the thread was altered.
            NotFound: there is none.
        """
        sealer = self.guard.audit.sealer
        try:
            with writing(self.guard.audit.engine) as connection:
                lock = update(THREADS).where(THREADS.c.id == thread)
                connection.execute(lock.values(entries=THREADS.c.entries + 0))
                row = connection.execute(select(THREADS).where(THREADS.c.id == thread)).mappings()
                held = row.one_or_none()
                if held is None:
                    raise NotFound(_("there is no {thread}").format(thread=thread))
                read = _thread(held, _rows(connection, [thread]).get(thread, []), sealer)
                check_whole(read)
                draft = make(read)
                connection.execute(lock.values(entries=THREADS.c.entries + 1))
                entry = self._insert(connection, thread, read.entries, draft)
        except NotAllowed as refused:
            self.log_refusal(thread, action, refused.rule)
            raise
        self.log(thread, entry, action)
        return entry

    def _insert(
        self, connection: Connection, thread: str, before: tuple[Entry, ...], draft: Draft
    ) -> Entry:
        entry = self.sign(thread, before, *draft)
        connection.execute(
            insert(ENTRIES).values(
                thread=thread,
                number=entry.number,
                content=entry.content,
                signature=bytes.fromhex(entry.signature),
            )
        )
        return entry


def check_whole(thread: Thread) -> None:
    """Pass if every entry of a thread is as it was signed.

    Source: see the module.
    Raises: Conflict: one is not.
    """
    if thread.altered:
        message = _("{thread} was altered: entry {number} is not as it was signed, or is gone")
        raise Conflict(message.format(thread=thread.id, number=thread.altered))


def _next_id(connection: Connection, head: Head) -> str:
    like = THREADS.c.id.like(f"{head.prefix}-%")
    count = connection.execute(select(func.count()).select_from(THREADS).where(like)).scalar_one()
    return f"{head.prefix}-{count + 1:04d}"
