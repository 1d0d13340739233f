"""What was loaded, how fresh it is, and every row that could not be loaded, with the reason."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from puente.errors import InvalidData, NotFound
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from puente.guard.view import View
    from puente.ingest.source import SourceInfo

REJECTS_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One file of a source, as it was loaded."""

    load: str
    part: str
    file: str
    sha256: str
    published: str
    loaded_at: str
    rows: int
    loaded: int
    rejected: int
    facts: dict[str, int | float | str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """One source: who it is, what it holds, how fresh it is.

    Attributes:
        grade: Admiralty grade given to the source's items when nothing else is known.
        published: date of the newest delivery.
        age_days: days from then to the build; None where the date is not known to the day.
    """

    name: str
    title: str
    agency: str
    country: str
    record_class: str
    reliability: str
    credibility: str
    marking: str
    licence: str
    url: str
    cadence: str
    published: str
    age_days: int | None
    rows: int
    loaded: int
    rejected: int
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """One row that was kept out, as it stood in its file."""

    source: str
    file: str
    line: int | None
    reason: str
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonCount:
    """How many rows of a source were kept out for one reason."""

    source: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejects:
    """A page of rejected rows, and how many there are by source and reason."""

    total: int
    first: int
    rows: tuple[RejectedRow, ...]
    reasons: tuple[ReasonCount, ...]
    page: int
    pages: int


def read_sources(
    view: View, known: Iterable[SourceInfo], *, built_at: str = ""
) -> tuple[SourceState, ...]:
    """Return the state of every source that this reader may see, by name.

    Args:
        known: what is known of each source: title, licence, grades.
        built_at: ISO date of the build, to count ages from; "" counts none.
    """
    rows = view.sql("SELECT * FROM loads ORDER BY source, published DESC, part, load").to_pylist()
    info = {source.name: source for source in known}
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row["source"], []).append(row)
    return tuple(
        _state(name, held, info.get(name), built_at) for name, held in sorted(grouped.items())
    )


def find_source(states: Iterable[SourceState], name: str) -> SourceState:
    """Return the state of the source called `name`.

    Raises: NotFound: there is none, or none that this reader may see.
    """
    for state in states:
        if state.name == name:
            return state
    raise NotFound(_("there is no source {name!r} for you here").format(name=name))


def read_rejects(view: View, *, source: str = "", reason: str = "", page: int = 1) -> Rejects:
    """Return a page of rejected rows, in the order of source, file and line.

    Raises: InvalidData: a page below 1.
    """
    if page < 1:
        raise InvalidData(_("pages are counted from 1"))
    chosen = "($source = '' OR source = $source) AND ($reason = '' OR reason = $reason)"
    values = {"source": source, "reason": reason}
    reasons = tuple(
        ReasonCount(**row)
        for row in view.sql(
            "SELECT source, reason, count(*) AS count FROM rejects"
            " WHERE ($source = '' OR source = $source)"
            " GROUP BY ALL ORDER BY count DESC, source, reason",
            {"source": source},
        ).to_pylist()
    )
    total = sum(r.count for r in reasons if reason in {"", r.reason})
    pages = max(1, -(-total // REJECTS_PAGE))
    page = min(page, pages)
    rows = view.sql(
        f"SELECT source, file, line, reason, raw FROM rejects WHERE {chosen}"
        " ORDER BY source, file, line, reason, raw LIMIT $most OFFSET $skip",
        {**values, "most": REJECTS_PAGE, "skip": (page - 1) * REJECTS_PAGE},
    ).to_pylist()
    return Rejects(
        total=total,
        first=(page - 1) * REJECTS_PAGE + 1 if rows else 0,
        rows=tuple(RejectedRow(**row) for row in rows),
        reasons=reasons,
        page=page,
        pages=pages,
    )


def _state(
    name: str, rows: list[dict[str, Any]], info: SourceInfo | None, built_at: str
) -> SourceState:
    newest = rows[0]
    return SourceState(
        name=name,
        title=info.title if info else name,
        agency=info.agency if info else newest["agency"],
        country=info.country if info else "",
        record_class=newest["record_class"],
        reliability=str(info.reliability) if info else "",
        credibility=str(info.credibility) if info else "",
        marking=newest["marking"],
        licence=info.licence if info else "",
        url=info.url if info else "",
        cadence=info.cadence if info else "",
        published=newest["published"],
        age_days=_days(newest["published"], built_at),
        rows=sum(row["rows"] for row in rows),
        loaded=sum(row["loaded"] for row in rows),
        rejected=sum(row["rejected"] for row in rows),
        deliveries=tuple(
            Delivery(
                load=row["load"],
                part=row["part"],
                # Folders of the machine are nobody's business; the name is what the publisher gave.
                file=row["path"].replace("\\", "/").rpartition("/")[2],
                sha256=row["sha256"],
                published=row["published"],
                loaded_at=row["loaded_at"],
                rows=row["rows"],
                loaded=row["loaded"],
                rejected=row["rejected"],
                facts=json.loads(row["facts"] or "{}"),
            )
            for row in rows
        ),
    )


def _days(published: str, built_at: str) -> int | None:
    import datetime

    try:
        start = datetime.date.fromisoformat(published[:10])
        return (datetime.date.fromisoformat(built_at[:10]) - start).days
    except ValueError:
        return None
