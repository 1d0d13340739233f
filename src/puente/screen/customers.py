"""Customer files: who of an agency's own customers resembles a listed one, and who no longer does.

Of a customer file nothing is kept but what resembles an entry of a list: the rest is nobody's
business here. A later screening of the same file, whole or of some customers, brings up to date
what stands; decisions are kept and hold while what they stand on holds.

Source: Wolfsberg Group, Guidance on Sanctions Screening (2019), on screening of customers when
    lists change.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from puente.errors import Conflict, InvalidData
from puente.guard.policy import refusal
from puente.i18n import gettext as _
from puente.screen.alerts import alert_id, customers_cell
from puente.screen.grounds import grounds_of
from puente.screen.match import CUTOFF, is_alert
from puente.screen.queue import JUDGE
from puente.screen.tables import ALERTS
from puente.store.ledger import writing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy import Connection

    from puente.screen.entry import Query
    from puente.screen.journal import Pen
    from puente.screen.judge import Hit

MOST_NAME = 60
TAKEN = "screen_customers"
"""What the log calls a screening of a customer file."""
_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What a screening of a customer file changed in the queue.

    Attributes:
        asked: customers that were screened.
        raised: alerts that were not there before.
        kept: alerts that stand as they stood, or with other evidence.
        gone: alerts that are raised no longer.

    Source: see the module.
    """

    book: str
    asked: int
    raised: int
    kept: int
    gone: int

    def as_json(self) -> dict[str, object]:
        """Return it as JSON."""
        return {
            "book": self.book,
            "asked": self.asked,
            "raised": self.raised,
            "kept": self.kept,
            "gone": self.gone,
        }


Found = tuple["Query", "Sequence[Hit]"]


def take(
    pen: Pen,
    book: str,
    found: Iterable[Found],
    *,
    left: Collection[str] | None = None,
    marks: Collection[str] = (),
) -> Intake:
    """Bring the queue up to date with a screening of a customer file.

    Args:
        pen: of the person who does it.
        book: name of the customer file; it stays with the agency that named it first.
        found: each customer that was screened, with its hits, whose texts are English. Alerts of
            these customers that are not among them are raised no longer; those of customers that
            were not screened stay as they are, but for `left`.
        left: customers that are none any more; None if `found` is the whole file.
        marks: what the log is to know the lists and the customers by.

    Source: see the module.

    Raises:
        NotAllowed: the policy refuses it.
        Conflict: another agency has a customer file of that name.
        InvalidData: no name, or a customer's id that comes twice.
    """
    guard, actor, purpose = pen.guard, pen.actor, pen.purpose
    name = book.strip()
    if not name or len(name) > MOST_NAME or not name.isprintable():
        raise InvalidData(
            _("a customer file has a name of 1 to {most} letters").format(most=MOST_NAME)
        )
    decision = guard.policy.decide(actor, purpose, JUDGE, customers_cell(name, actor.agency))
    guard.audit.record(actor, purpose, JUDGE, ids=(f"customers:{name}",), decision=decision)
    guard.audit.flush()
    if not decision.allowed:
        raise refusal(decision, actor, purpose, JUDGE)
    now = guard.audit.clock().astimezone(UTC).isoformat(timespec="seconds")
    asked: set[str] = set()
    counts = {"raised": 0, "kept": 0, "gone": 0}
    with writing(guard.audit.engine) as connection:
        _check_owner(connection, name, actor.agency)
        part: list[Found] = []
        for one in found:
            if one[0].id in asked:
                message = _("customer {id!r} comes twice")
                raise InvalidData(message.format(id=one[0].id))
            asked.add(one[0].id)
            part.append(one)
            if len(part) == _AT_ONCE:
                _write(connection, (name, actor.agency, now), part, counts)
                part = []
        _write(connection, (name, actor.agency, now), part, counts)
        counts["gone"] += _end(connection, name, now, asked, left)
    guard.audit.record(
        actor, purpose, TAKEN,
        ids=(f"customers:{name}", *marks, *(f"{what}:{n}" for what, n in counts.items())),
    )  # fmt: skip
    guard.audit.flush()
    return Intake(book=name, asked=len(asked), **counts)


def _check_owner(connection: Connection, book: str, agency: str) -> None:
    query = select(ALERTS.c.agency).where(ALERTS.c.book == book).limit(1)
    owner = connection.execute(query).scalar()
    if owner is not None and owner != agency:
        # Whose it is stays untold: it is another agency's customer file.
        raise Conflict(_("the name {name!r} is taken; choose another").format(name=book))


def _end(
    connection: Connection, book: str, now: str, asked: set[str], left: Collection[str] | None
) -> int:
    """End the alerts of those who are customers no more; return how many."""
    query = select(ALERTS.c.id, ALERTS.c.subject).where(ALERTS.c.book == book, ALERTS.c.gone == "")
    gone = [
        row.id for row in connection.execute(query).all()
        if (row.subject not in asked if left is None else row.subject in left)
    ]  # fmt: skip
    for name in gone:
        connection.execute(update(ALERTS).where(ALERTS.c.id == name).values(gone=now))
    return len(gone)


def _write(
    connection: Connection,
    about: tuple[str, str, str],
    part: Sequence[Found],
    counts: dict[str, int],
) -> None:
    book, agency, now = about
    subjects = [query.id for query, _hits in part]
    standing: dict[str, str] = {}
    for start in range(0, len(subjects), _AT_ONCE // 2):
        query = select(ALERTS.c.id, ALERTS.c.gone).where(
            ALERTS.c.book == book, ALERTS.c.subject.in_(subjects[start : start + _AT_ONCE // 2])
        )
        standing.update((row.id, row.gone) for row in connection.execute(query))
    seen: set[str] = set()
    fresh = []
    for asked, hits in part:
        for hit in hits:
            if not is_alert([hit], CUTOFF):
                continue
            name = alert_id(book, asked.id, hit.entity_id)
            seen.add(name)
            content = _content(asked, hit)
            if name in standing:
                change = update(ALERTS).where(ALERTS.c.id == name)
                connection.execute(change.values(content=content, seen=now, gone=""))
                counts["raised" if standing[name] else "kept"] += 1
                continue
            fresh.append(
                {"id": name, "book": book, "subject": asked.id, "entry": hit.entity_id,
                 "agency": agency, "content": content, "raised": now, "seen": now, "gone": ""}
            )  # fmt: skip
    if fresh:
        connection.execute(insert(ALERTS), fresh)
    counts["raised"] += len(fresh)
    for name, gone in standing.items():
        if name not in seen and not gone:
            connection.execute(update(ALERTS).where(ALERTS.c.id == name).values(gone=now))
            counts["gone"] += 1


def _content(asked: Query, hit: Hit) -> str:
    grounds = grounds_of(hit.verdict, hit.why, hit.programs)
    held = {
        "name": asked.names[0] if asked.names else asked.id,
        "schema": asked.schema,
        "list": hit.list,
        "listed_name": hit.name,
        "score": hit.score,
        "grounds": grounds.as_json(),
    }
    return json.dumps(held, ensure_ascii=False, sort_keys=True)
