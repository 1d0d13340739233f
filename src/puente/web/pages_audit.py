"""The auditor's page: who looked, why, on what record, by which rule; and whether the log holds."""

# ruff: noqa: TC001, TC002 - FastAPI reads these annotations when the app is made

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.responses import Response

from puente.guard.actors import PURPOSES
from puente.i18n import gettext as _
from puente.web.desk import AtDesk, CheckedForm, Desk
from puente.web.reads.log import LogQuery, read_log
from puente.web.words import DEEDS, action_label, purpose_label

if TYPE_CHECKING:
    from fastapi import FastAPI

MOST_IDS = 6
"""Ids of one row that stand open; the others are folded away."""

_MOST_NAMES = 500


@dataclass(slots=True, kw_only=True)
class AuditForm:
    """The fields of the form that narrows the log, as they stand in the address."""

    user: str = ""
    purpose: str = ""
    case: str = ""
    action: str = ""
    touched: str = ""
    since: str = ""
    until: str = ""
    refused: str = ""
    older: int | None = None
    newer: int | None = None

    @property
    def query(self) -> LogQuery:
        """Return what is asked."""
        return LogQuery(
            user=self.user.strip(), purpose=self.purpose, case=self.case.strip(),
            action=self.action, touched=self.touched.strip(), since=self.since,
            until=self.until, refused=bool(self.refused), older=self.older, newer=self.newer,
        )  # fmt: skip


def declare(app: FastAPI) -> None:
    """Add this module's pages to the app."""
    app.get("/audit", include_in_schema=False)(show_log)
    app.post("/audit/verify", include_in_schema=False)(verify_log)


def show_log(request: Request, desk: AtDesk, form: Annotated[AuditForm, Depends()]) -> Response:
    """Rows of the log, newest first, narrowed and a page at a time."""
    return _page(request, desk, form.query)


def verify_log(request: Request, desk: AtDesk, form: CheckedForm) -> Response:  # noqa: ARG001 - the token check
    """Recompute the whole log and say what came of it."""
    _token, actor, purpose = desk.who(request)
    desk.workspace.guard.require(actor, purpose, "read_audit", ids=("audit:all",))
    return _page(request, desk, LogQuery(), verify=True)


def log_address(query: LogQuery, **changes: object) -> str:
    """Return the address of a reading of the log; a change of what is asked starts anew."""
    fields = {**asdict(query), "older": None, "newer": None, **changes}
    fields["refused"] = "yes" if fields["refused"] else ""
    held = urlencode({name: value for name, value in fields.items() if value not in {"", None}})
    return f"/audit?{held}" if held else "/audit"


def _page(request: Request, desk: Desk, query: LogQuery, *, verify: bool = False) -> Response:
    _token, actor, purpose = desk.who(request)
    workspace = desk.workspace
    found = read_log(workspace.guard, actor, purpose, query)
    # After the look is on record, so that the root found is that of the head shown beside it.
    report = workspace.audit.verify() if verify else None
    actions = {*DEEDS, *([query.action] if query.action else [])}
    labels = sorted((action_label(name), name) for name in actions)
    return desk.page(
        request,
        "audit.html",
        found=found,
        query=query,
        report=report,
        head=workspace.audit.head(),
        policy_hash=workspace.policy.hash,
        link=log_address,
        most_ids=MOST_IDS,
        names=[user.name for user in workspace.users.all()[:_MOST_NAMES]],
        purpose_options=[("", _("any")), *((name, purpose_label(name)) for name in PURPOSES)],
        action_options=[("", _("any")), *((name, label) for label, name in labels)],
    )
