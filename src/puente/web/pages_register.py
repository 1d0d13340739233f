"""The register: what is held, by program; what is due; its items, and the forms that add to it."""

# ruff: noqa: TC001 - FastAPI reads these annotations when the app is made

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from fastapi import Depends
from fastapi.responses import Response

from puente.errors import Conflict, InvalidData, NotFound, PuenteError
from puente.i18n import format_number, ngettext
from puente.i18n import gettext as _
from puente.report.register_report import FORMATS, KINDS, register_report, render
from puente.screen import register_clocks as clocks
from puente.screen.register import KEEP, addable, items_on, register_cell
from puente.screen.register_forms import FORMS, ITEMS, MEASURES, PROPERTY, Form
from puente.screen.register_items import CONFIRMED, HELD, STANDINGS, Item, totals
from puente.screen.relief import FINDINGS, WHAT, notices
from puente.web.alert_visit import AlertVisit, CurrentAlertVisit
from puente.web.desk import CheckedForm, see

if TYPE_CHECKING:
    from fastapi import FastAPI

    from puente.screen.register_clocks import Due

MOST_SHOWN = 300
"""Items and time limits on one page; the reports have them all."""

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
BADGES = {
    clocks.OVERDUE: "refused", clocks.LATE: "attention", clocks.DUE: "open",
    clocks.RUNS: "", clocks.FILED: "solid",
}  # fmt: skip
PREFILLED = ("entry", "alert", "owner")
"""Fields that a link from an alert fills in."""


@dataclass(slots=True, kw_only=True)
class RegisterForm:
    """The day as of which the register is shown."""

    as_of: str = ""


@dataclass(slots=True, kw_only=True)
class NewForm:
    """Where an entry goes, and what a link has filled in."""

    on: str = ""
    entry: str = ""
    alert: str = ""
    owner: str = ""


def declare(app: FastAPI) -> None:
    """Add this module's pages to the app."""
    app.get("/register", include_in_schema=False)(show_register)
    app.get("/register/new/{form}", include_in_schema=False)(show_form)
    app.post("/register/new/{form}", include_in_schema=False)(add)
    app.get("/register/report/{kind}.{form}", include_in_schema=False)(send_report)
    app.get("/register/{item}", include_in_schema=False)(show_item)
    app.post("/register/{item}/confirm", include_in_schema=False)(confirm)


def show_register(visit: CurrentAlertVisit, form: Annotated[RegisterForm, Depends()]) -> Response:
    """What is held, by program; what is due; every item, as it stood on a day."""
    today = visit.register.today
    fault = ""
    try:
        day = date.fromisoformat(form.as_of) if form.as_of else today
    except ValueError:
        day, fault = today, _("{text!r} is no day; write YYYY-MM-DD").format(text=form.as_of[:20])
    threads = visit.register.threads()
    items = items_on(threads, day)
    limits = clocks.dues(threads, day)
    visit.mark([register_cell(visit.actor.agency).marking])
    kept = [due for due in limits if due.state != clocks.FILED]
    return visit.desk.page(
        visit.request,
        "register.html",
        day=day,
        today=today,
        fault=fault,
        items=items[:MOST_SHOWN],
        count=len(items),
        dues=kept[:MOST_SHOWN],
        figures=_figures(items, limits),
        by_program=totals(items),
        in_all=totals(items, by_program=False),
        altered=[thread.id for thread in threads if thread.altered],
        openers=[one for one in FORMS.values() if one.opens],
        reports=KINDS,
        formats=FORMATS,
        may_keep=_may_keep(visit),
        **_words(),
    )


def show_item(visit: CurrentAlertVisit, item: str) -> Response:
    """One item with all of its entries, and the forms that may be added to it."""
    return _item_page(visit, visit.register.item(item))


def show_form(
    visit: CurrentAlertVisit, form: str, asked: Annotated[NewForm, Depends()]
) -> Response:
    """The form of one kind of entry."""
    chosen = _form(form)
    given = {name: getattr(asked, name) for name in PREFILLED if getattr(asked, name)}
    return _form_page(visit, chosen, asked.on, given)


def add(visit: CurrentAlertVisit, form: str, sent: CheckedForm) -> Response:
    """Write an entry."""
    chosen = _form(form)
    on = sent.pop("on", "")
    given = {field.name: sent.get(field.name, "") for field in chosen.fields}
    try:
        item = visit.register.add(form, given, on=on)
    except (InvalidData, Conflict, NotFound) as error:
        return _form_page(visit, chosen, on, given, error)
    return see(f"/register/{quote(item.id, safe='')}")


def confirm(visit: CurrentAlertVisit, item: str, sent: CheckedForm) -> Response:
    """Say as the second person whether an entry may count."""
    try:
        number = sent.get("number", "")
        word = sent.get("agrees", "")
        if word not in {"yes", "no"} or not (number.isascii() and number.isdecimal()):
            raise InvalidData(_("say whether you agree"))
        held = visit.register.confirm(
            item, int(number[:6]), sent.get("reasons", ""), agrees=word == "yes"
        )
    except (InvalidData, Conflict) as error:
        return _item_page(visit, visit.register.item(item), error)
    return see(f"/register/{quote(held.id, safe='')}")


def send_report(
    visit: CurrentAlertVisit, kind: str, form: str, asked: Annotated[RegisterForm, Depends()]
) -> Response:
    """A report of the register, to be kept."""
    if form not in TYPES:
        raise NotFound(_("a report is csv, xlsx or pdf"))
    register = visit.register
    try:
        day = date.fromisoformat(asked.as_of) if asked.as_of else register.today
    except ValueError:
        text = asked.as_of[:20]
        raise InvalidData(_("{text!r} is no day; write YYYY-MM-DD").format(text=text)) from None
    audit = register.guard.audit
    report = register_report(
        register.threads("export"),
        kind,
        as_of=day,
        made=audit.clock().astimezone(UTC),
        by=visit.actor.name,
    )
    content = render(report, form)
    audit.record(
        visit.actor, visit.purpose, "report", ids=[f"register:{item.id}" for item in report.items]
    )
    name = f"register-{kind}-{report.as_of.isoformat()}.{form}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=TYPES[form], headers=headers)


def _form(name: str) -> Form:
    if name not in FORMS:
        raise NotFound(_("There is no page at this address."))
    return FORMS[name]


def _may_keep(visit: AlertVisit) -> bool:
    cell = register_cell(visit.actor.agency)
    return visit.desk.workspace.policy.decide(visit.actor, visit.purpose, KEEP, cell).allowed


def _form_page(
    visit: AlertVisit, form: Form, on: str, given: dict[str, str], fault: PuenteError | None = None
) -> Response:
    visit.register.threads(KEEP)
    return visit.desk.page(
        visit.request,
        "register_form.html",
        _status(fault),
        form=form,
        on=on,
        given=given,
        fault=fault,
        today=visit.register.today,
        **_words(),
    )


def _item_page(visit: AlertVisit, item: Item, fault: PuenteError | None = None) -> Response:
    visit.mark([register_cell(visit.actor.agency).marking])
    thread = [t for t in visit.register.threads() if t.id == item.id]
    return visit.desk.page(
        visit.request,
        "register_item.html",
        _status(fault),
        item=item,
        fault=fault,
        dues=clocks.dues(thread, visit.register.today),
        me=visit.actor.name,
        added=[FORMS[name] for name in addable(item)],
        fields={name: {field.name: field for field in form.fields} for name, form in FORMS.items()},
        may_keep=_may_keep(visit),
        confirmed=CONFIRMED,
        notices=notices(visit.desk.workspace.guard, visit.actor, visit.purpose, subjects=[item.id]),
        relief_words=WHAT,
        finding_words=FINDINGS,
        **_words(),
    )


def _status(fault: PuenteError | None) -> HTTPStatus:
    if fault is None:
        return HTTPStatus.OK
    if isinstance(fault, Conflict):
        return HTTPStatus.CONFLICT
    return HTTPStatus.UNPROCESSABLE_ENTITY


def _figures(items: tuple[Item, ...], limits: tuple[Due, ...]) -> list[dict[str, str]]:
    late = sum(due.state == clocks.OVERDUE for due in limits)
    due = sum(due.state == clocks.DUE for due in limits)
    held = [i for i in items if i.kind == PROPERTY and i.standing == HELD]
    told = [
        (len([i for i in held if i.measure == name]), _(MEASURES[name]).partition(":")[0],
         _("items of property held")) for name in MEASURES
    ]  # fmt: skip
    told += [
        (late, ngettext("report overdue", "reports overdue", late), _("past their last day")),
        (due, ngettext("report due", "reports due", due), _("still in time")),
    ]
    return [
        {"figure": format_number(count), "name": name, "of": of, "href": ""}
        for count, name, of in told
    ]


def _words() -> dict[str, Any]:
    return {
        "item_words": ITEMS,
        "standings": STANDINGS,
        "measures": MEASURES,
        "forms": FORMS,
        "clock_words": clocks.CLOCKS,
        "clock_states": clocks.STATES,
        "clock_badges": BADGES,
    }
