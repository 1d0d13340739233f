"""A customer file screened into the queue: whole, or only those whom a change of the list touches.

Source: Wolfsberg Group, Guidance on Sanctions Screening (2019), on screening of customers when
    lists change.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from puente.errors import Conflict, InvalidData
from puente.i18n import gettext as _
from puente.i18n import use_language
from puente.ingest.source import Reject
from puente.screen.customers import TAKEN, Intake, take
from puente.screen.index_files import key_of, updated
from puente.screen.journal import Pen
from puente.screen.lists import read_list_files
from puente.screen.match import Screener
from puente.screen.questions import question_of, read_questions
from puente.screen.rescreen import Answer, rescreen, screen_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from puente.guard.actors import Actor, Purpose
    from puente.guard.gate import Guard
    from puente.screen.customers import Found
    from puente.screen.entry import ListEntry, Query


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A customer file and the lists that it is screened against.

    Attributes:
        lists: list files, or folders in a published layout.
        customers: CSV, XLSX or Parquet, as `puente.screen.questions.read_questions` takes it.

    Source: see the module.
    """

    lists: tuple[Path, ...]
    customers: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """What came of it.

    Attributes:
        intake: what changed in the queue.
        customers: in the file, that could be read.
        touched: of these, screened this time.
        rejects: lines that are no customer.

    Source: see the module.
    """

    intake: Intake
    customers: int
    touched: int
    rejects: tuple[Reject, ...]

    def as_json(self) -> dict[str, object]:
        """Return it as JSON."""
        told = [{"line": reject.line, "reason": reject.reason} for reject in self.rejects]
        return {
            **self.intake.as_json(),
            "customers": self.customers,
            "touched": self.touched,
            "rejected": told,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """The customers of a file, read anew each time it is gone through."""

    path: Path
    rejects: list[Reject]

    def __iter__(self) -> Iterator[Query]:
        for row in read_questions(self.path):
            if not isinstance(row, Reject):
                yield question_of(row)[0]


def screen_into(
    guard: Guard,
    actor: Actor,
    purpose: Purpose,
    book: str,
    now: Side,
    before: Side | None = None,
) -> Screened:
    """Screen a customer file and bring the queue up to date.

    Args:
        book: name of the customer file.
        before: what the queue was last brought up to date with; only customers whose answer may
            be another one since, and those whose own particulars changed, are screened. None
            screens all.

    Source: see the module.

    Raises:
        NotAllowed: the policy refuses it.
        Conflict: the queue stands by something else than `before`.
        InvalidData: a file that cannot be read at all.
    Limits: with `before`, words keep the weight that they had; screen all of them anew after a
        tenth of a list has changed.
    Cost: 0.5 ms a customer that is screened.
    """
    entries = read_list_files(now.lists).entries
    customers = _File(path=now.customers, rejects=_rejects(now.customers))
    standing = _marks(entries, now.customers)
    with use_language("en"):
        if before is None:
            screener = Screener(entries)
            answers: Sequence[Answer] = list(screen_all(customers, screener))
        else:
            earlier = read_list_files(before.lists).entries
            _check_standing(guard, book, _marks(earlier, before.customers))
            old = Screener(earlier)
            known = {query.id: query for query in _File(path=before.customers, rejects=[])}
            same = (query.id for query in customers if known.get(query.id) == query)
            # What was answered then is not kept, but for the alerts: reach 0 misses nobody.
            previous = {name: Answer(id=name, hits=()) for name in same}
            after = Screener(updated(old.lists, entries))
            answers = list(rescreen(previous, customers, old, after).answers.values())
    by_id = {answer.id: answer for answer in answers}
    ids: set[str] = set()
    found: list[Found] = []
    for query in customers:
        if query.id in ids:
            raise InvalidData(_("customer {id!r} comes twice").format(id=query.id))
        ids.add(query.id)
        if query.id in by_id:
            found.append((query, by_id[query.id].hits))
    # Who is no longer a customer has no alert.
    left = () if before is None else tuple(known.keys() - ids)
    pen = Pen(guard=guard, actor=actor, purpose=purpose)
    intake = take(pen, book, found, left=None if before is None else left, marks=standing)
    return Screened(
        intake=intake, customers=len(ids), touched=len(found), rejects=tuple(customers.rejects)
    )


def _rejects(path: Path) -> list[Reject]:
    return [row for row in read_questions(path) if isinstance(row, Reject)]


def _marks(entries: Sequence[ListEntry], customers: Path) -> tuple[str, ...]:
    with customers.open("rb") as handle:
        digest = sha256()
        while block := handle.read(1 << 20):
            digest.update(block)
    current = [entry for entry in entries if entry.current]
    return (f"lists:{key_of(current)}", f"file:{digest.hexdigest()[:32]}")


def _check_standing(guard: Guard, book: str, marks: tuple[str, ...]) -> None:
    """Pass if the queue was last brought up to date with these lists and customers."""
    page = guard.audit.find({"action": TAKEN, "ids": f"customers:{book.strip()}"}, count=1)
    last = next((row for _seq, row in page.rows if row is not None), None)
    if last is None or not set(marks) <= set(last.ids):
        raise Conflict(
            _(
                "the queue was not last brought up to date with those lists, those customers and"
                " this version; screen the whole file"
            )
        )
