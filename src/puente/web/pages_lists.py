"""Lists over time: what changed between two days, and the life of one entry."""

# ruff: noqa: TC001, TC002 - FastAPI reads these annotations when the app is made

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.responses import Response

from puente.errors import InvalidData, NotFound
from puente.i18n import format_number, ngettext
from puente.i18n import gettext as _
from puente.model.text import fold
from puente.screen.deltas import KINDS, WHAT, Delta, EntryDelta, prop_label
from puente.screen.lists_compare import compare
from puente.screen.lists_life import EVENTS, Life, first_day, life_in_view, list_days
from puente.screen.lists_programs import authority_of
from puente.screen.relief import FINDINGS, Notice, notices
from puente.screen.relief import WHAT as RELIEF
from puente.screen.standing import lists_in_view
from puente.web.desk import AtDesk, Desk, SharedVisit, Visit
from puente.web.rendering import show_date
from puente.web.timeline import Moment, timeline_picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fastapi import FastAPI

A_PAGE = 50
"""Entries shown at once."""
MOST_FLOWS = 20


@dataclass(slots=True, kw_only=True)
class ListsForm:
    """The fields of the form that chooses two days and what is shown of them."""

    before: str = ""
    after: str = ""
    kind: str = ""
    program: str = ""
    q: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The entries on one page.

    Attributes:
        total: entries that fit what was asked.
        page, pages: from 1.
    """

    rows: tuple[EntryDelta, ...]
    total: int
    page: int
    pages: int

    @property
    def first(self) -> int:
        """Return the number of the first entry shown, from 1."""
        return (self.page - 1) * A_PAGE + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The two days that are compared.

    Attributes:
        held: days on which a list was delivered, oldest first.
    """

    held: tuple[str, ...]
    before: str = ""
    after: str = ""
    fault: str = ""
    options: tuple[tuple[str, str], ...] = field(default=())


def declare(app: FastAPI) -> None:
    """Add this module's pages to the app."""
    app.get("/lists", include_in_schema=False)(show_changes)
    app.get("/lists/entries/{entry}", include_in_schema=False)(show_life)


def show_changes(
    request: Request, desk: AtDesk, visit: SharedVisit, form: Annotated[ListsForm, Depends()]
) -> Response:
    """What changed in the lists between two days of delivery."""
    days = _days(visit, form)
    delta = _delta(desk, visit, days) if days.before and not days.fault else None
    shown = _shown(delta, form) if delta else None
    if shown:
        visit.view.record("look", ids=[entry.entity_id for entry in shown.rows])

    def link(**changes: object) -> str:
        asked = {"before": days.before, "after": days.after, "kind": form.kind,
                 "program": form.program, "q": form.q, "page": 1, **changes}  # fmt: skip
        return f"/lists?{urlencode(asked)}"

    return desk.page(
        request,
        "lists.html",
        form=form,
        days=days,
        delta=delta,
        shown=shown,
        figures=_figures(delta, link) if delta else [],
        flows=[f for f in delta.flows if f.added or f.removed or f.gained or f.lost][:MOST_FLOWS]
        if delta
        else [],
        kind_options=[
            ("", _("every change")),
            *((key, _(word)) for key, word in (*WHAT.items(), *KINDS.items())),
        ],
        link=link,
        **_words(),
    )


def show_life(request: Request, desk: AtDesk, visit: SharedVisit, entry: str) -> Response:
    """One entry through all deliveries: listed, changed, removed; and the notices on it."""
    life = life_in_view(visit.view, entry)
    if not life.events or life.last is None:
        message = _("no list delivery open to you names {entry}")
        raise NotFound(message.format(entry=entry), entity=entry)
    visit.view.record("look", ids=(entry,))
    moments = _moments(life)
    return desk.page(
        request,
        "lists_entry.html",
        life=life,
        listed=life.last,
        timeline=timeline_picture(moments, title=_("In time")) if moments else None,
        notices=notices_on(desk, visit, entry=entry),
        events=EVENTS,
        **_words(),
    )


def notices_on(
    desk: Desk, visit: Visit, *, entry: str = "", subjects: Iterable[str] | None = None
) -> tuple[Notice, ...]:
    """Return the notices that this reader may see: of an entry, or on findings about entities."""
    return notices(
        desk.workspace.guard,
        visit.actor,
        visit.purpose,
        entry=entry,
        subjects=None if subjects is None else list(subjects),
    )


def _words() -> dict[str, Any]:
    return {
        "authority_of": authority_of,
        "prop_label": prop_label,
        "what_words": WHAT,
        "relief_words": RELIEF,
        "finding_words": FINDINGS,
    }


def _days(visit: Visit, form: ListsForm) -> Days:
    held = list_days(visit.view)
    options = tuple((day, show_date(day)) for day in reversed(held))
    if len(held) < 2:
        return Days(held=held, options=options)
    before, after = form.before or held[-2], form.after or held[-1]
    fault = ""
    for day in (before, after):
        try:
            first_day(day)
        except (ValueError, InvalidData):
            fault = _("{day!r} is no day of a delivery").format(day=day[:20])
    if not fault and before > after:
        before, after = after, before
    return Days(held=held, before=before, after=after, fault=fault, options=options)


def _delta(desk: Desk, visit: Visit, days: Days) -> Delta:
    view = visit.view
    key = ("lists", view.snapshot.id, view.cells, days.before, days.after)

    def find() -> Delta:
        old, new = (lists_in_view(view, first_day(day)) for day in (days.before, days.after))
        return compare(old, new)

    return desk.picture(key, find)


def _shown(delta: Delta, form: ListsForm) -> Shown:
    words = fold(form.q).split()
    chosen = [
        entry
        for entry in delta.entries
        if entry.fits(kind=form.kind, program=form.program)
        and all(word in f"{fold(entry.name)} {entry.entity_id.upper()}" for word in words)
    ]
    pages = max(1, -(-len(chosen) // A_PAGE))
    page = min(max(1, form.page), pages)
    start = (page - 1) * A_PAGE
    return Shown(
        rows=tuple(chosen[start : start + A_PAGE]), total=len(chosen), page=page, pages=pages
    )


def _figures(delta: Delta, link: Callable[..., str]) -> list[dict[str, str]]:
    counts = delta.counts
    texts = {
        "added": _("new on the list"),
        "removed": _("no longer on the list"),
        "changed": _("stand on both days, with another value"),
    }
    figures = [
        {
            "figure": format_number(counts[what]),
            "name": _(word),
            "of": texts[what],
            "href": link(kind=what),
        }
        for what, word in WHAT.items()
    ]
    programs = ngettext("{n} with another program tag", "{n} with another program tag",
                        counts["program_changed"])  # fmt: skip
    stood = {
        "figure": format_number(delta.stood),
        "name": _("stood on both days"),
        "of": programs.format(n=format_number(counts["program_changed"])),
        "href": link(kind="program"),
    }
    return [*figures, stood]


def _moments(life: Life) -> list[Moment]:
    found = []
    for event in life.events:
        changes = event.delta.changes if event.delta else ()
        label = ", ".join(dict.fromkeys(_(KINDS[change.kind]) for change in changes))
        found.append(Moment(date=event.day, kind=_(EVENTS[event.what]), label=label))
    if life.last:
        found += [
            Moment(date=day, kind=_("listed, as the list states"), label="")
            for day in life.last.listed_on
        ]
    return found
