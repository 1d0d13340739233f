"""The alert queue: who may be the listed one, side by side, decided by two persons."""

# ruff: noqa: TC001, TC002 - FastAPI reads these annotations when the app is made

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote, urlencode

from fastapi import Depends
from fastapi.responses import Response

from puente.errors import Conflict, InvalidData
from puente.i18n import format_number
from puente.i18n import gettext as _
from puente.model.text import fold
from puente.screen.decisions import AGAIN, DECIDED, ENDED, OPEN, STATES, WAITING
from puente.screen.grounds import CHANGES, OUTCOMES
from puente.screen.lists_programs import authority_of
from puente.screen.relief import FINDINGS, WHAT, notices
from puente.web.alert_visit import AlertVisit, CurrentAlertVisit
from puente.web.desk import CheckedForm, see

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from puente.screen.alerts import Matter

A_PAGE = 50
"""Alerts shown at once."""
MOST_CHOICES = 14
"""Parts that a person may choose among: a form has no more than 20 fields."""

BADGES = {AGAIN: "attention", OPEN: "attention", WAITING: "open", DECIDED: "solid", ENDED: ""}


@dataclass(slots=True, kw_only=True)
class QueueForm:
    """The fields of the form that narrows the queue."""

    state: str = ""
    book: str = ""
    q: str = ""
    page: int = 1


def declare(app: FastAPI) -> None:
    """Add this module's pages to the app."""
    app.get("/alerts", include_in_schema=False)(show_queue)
    app.get("/alerts/{alert}", include_in_schema=False)(show_alert)
    app.post("/alerts/{alert}/decide", include_in_schema=False)(decide)
    app.post("/alerts/{alert}/second", include_in_schema=False)(second)
    app.post("/alerts/{alert}/reopen", include_in_schema=False)(reopen)


def show_queue(visit: CurrentAlertVisit, form: Annotated[QueueForm, Depends()]) -> Response:
    """The queue, the most pressing first."""
    every = visit.queue.matters()
    words = fold(form.q).split()
    chosen = [m for m in every if _fits(m, form, words)]
    pages = max(1, -(-len(chosen) // A_PAGE))
    page = min(max(1, form.page), pages)
    shown = chosen[(page - 1) * A_PAGE : page * A_PAGE]
    visit.queue.log("look", [m.alert for m in shown])
    visit.mark(cell.marking for m in shown for cell in m.alert.cells)

    def link(**changes: object) -> str:
        asked = {"state": form.state, "book": form.book, "q": form.q, "page": 1, **changes}
        return f"/alerts?{urlencode(asked)}"

    books = sorted({m.alert.book for m in every if m.alert.book})
    return visit.desk.page(
        visit.request,
        "alerts.html",
        form=form,
        shown=shown,
        total=len(chosen),
        every=len(every),
        first=(page - 1) * A_PAGE + 1,
        page=page,
        pages=pages,
        link=link,
        figures=_figures(every, link),
        state_options=[("", _("every state")), *((name, _(STATES[name])) for name in STATES)],
        book_options=[("", _("all")), ("-", _("records of the build")), *((b, b) for b in books)],
        states=STATES,
        outcomes=OUTCOMES,
        badges=BADGES,
    )


def show_alert(visit: CurrentAlertVisit, alert: str) -> Response:
    """One alert, its evidence side by side, what was decided and what has changed since."""
    return _page(visit, visit.queue.matter(alert))


def decide(visit: CurrentAlertVisit, alert: str, sent: CheckedForm) -> Response:
    """Decide on an alert."""
    chosen = [sent[name] for name in sorted(sent) if name.startswith("part-")]
    try:
        held = visit.queue.decide(
            alert,
            sent.get("outcome", ""),
            sent.get("reasons", ""),
            rests_on=chosen,
            seen=sent.get("seen", ""),
        )
    except (InvalidData, Conflict) as error:
        return _page(visit, visit.queue.matter(alert), error, sent)
    return see(_address(held))


def second(visit: CurrentAlertVisit, alert: str, sent: CheckedForm) -> Response:
    """Agree with a decision, or send the alert back."""
    try:
        held = visit.queue.second(
            alert,
            sent.get("reasons", ""),
            agrees=_agrees(sent),
            seen=sent.get("seen", ""),
        )
    except (InvalidData, Conflict) as error:
        return _page(visit, visit.queue.matter(alert), error, sent)
    return see(_address(held))


def reopen(visit: CurrentAlertVisit, alert: str, sent: CheckedForm) -> Response:
    """Open a decided alert again."""
    try:
        held = visit.queue.reopen(alert, sent.get("reasons", ""))
    except (InvalidData, Conflict) as error:
        return _page(visit, visit.queue.matter(alert), error, sent)
    return see(_address(held))


def _agrees(sent: dict[str, str]) -> bool:
    word = sent.get("agrees", "")
    if word not in {"yes", "no"}:
        raise InvalidData(_("say whether you agree"))
    return word == "yes"


def _address(held: Matter) -> str:
    return f"/alerts/{quote(held.alert.id, safe='')}"


def _page(
    visit: AlertVisit,
    held: Matter,
    fault: InvalidData | Conflict | None = None,
    sent: dict[str, str] | None = None,
) -> Response:
    visit.mark(cell.marking for cell in held.alert.cells)
    standing = held.standing
    is_mine = bool(standing.decision and standing.decision.by == visit.actor.name)
    subjects = [held.alert.id, *(thread.id for thread in held.threads)]
    status = HTTPStatus.OK
    if fault is not None:
        conflict = isinstance(fault, Conflict)
        status = HTTPStatus.CONFLICT if conflict else HTTPStatus.UNPROCESSABLE_ENTITY
    return visit.desk.page(
        visit.request,
        "alert.html",
        status,
        held=held,
        alert=held.alert,
        standing=standing,
        is_mine=is_mine,
        fault=fault,
        sent=sent or {},
        outcome_options=[("", _("choose")), *((name, _(OUTCOMES[name])) for name in OUTCOMES)],
        choose=len(held.alert.grounds.parts) <= MOST_CHOICES,
        outcomes=OUTCOMES,
        states=STATES,
        badges=BADGES,
        changes=CHANGES,
        altered=[thread.altered for thread in held.threads if thread.altered],
        notices=notices(visit.desk.workspace.guard, visit.actor, visit.purpose, subjects=subjects),
        keeps_register=_keeps_register(visit),
        authority_of=authority_of,
        relief_words=WHAT,
        finding_words=FINDINGS,
    )


def _keeps_register(visit: AlertVisit) -> bool:
    from puente.screen.register import KEEP, register_cell

    policy = visit.desk.workspace.policy
    cell = register_cell(visit.actor.agency)
    return policy.decide(visit.actor, visit.purpose, KEEP, cell).allowed


def _fits(held: Matter, form: QueueForm, words: list[str]) -> bool:
    alert = held.alert
    if form.state and held.state != form.state:
        return False
    if form.book and (alert.book or "-") != form.book:
        return False
    text = f"{fold(alert.name)} {fold(alert.listed_name)} {fold(alert.entry)} {fold(alert.subject)}"
    return all(word in text for word in words)


def _figures(every: tuple[Matter, ...], link: Callable[..., str]) -> list[dict[str, str]]:
    told = {
        AGAIN: _("evidence changed, or opened by hand"),
        OPEN: _("nobody has decided"),
        WAITING: _("one person has decided"),
        DECIDED: _("two persons agree"),
        ENDED: _("remembered, should it come back"),
    }
    return [
        {
            "figure": format_number(sum(m.state == name for m in every)),
            "name": _(STATES[name]),
            "of": told[name],
            "href": link(state=name),
        }
        for name in STATES
    ]
