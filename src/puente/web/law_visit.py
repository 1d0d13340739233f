"""Who reads the law, and the trace it leaves. The law is public: every stated purpose opens it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from puente.errors import InvalidData
from puente.guard.policy import refusal
from puente.i18n import gettext as _
from puente.web.desk import Desk, desk_of

if TYPE_CHECKING:
    from puente.guard.actors import Actor, Purpose

MAX_TEXT_BYTES = 128 * 1024
"""Largest case file or draft that a page takes; the commands take more."""

MAX_LAW_BODY = MAX_TEXT_BYTES * 3
"""Largest body of such a form: an encoded letter may take three bytes or more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LawVisit:
    """One request of a signed-in person who reads the law.

    No record is opened, so no View is: whoever may claim the purpose of the session may read.
    """

    request: Request
    desk: Desk
    actor: Actor
    purpose: Purpose

    @property
    def today(self) -> date:
        """Return the day, in UTC, by the node's clock."""
        return date.fromisoformat(self.desk.workspace.guard.today())

    def look(self, *ids: str, **sealed: object) -> None:
        """Write one row of the log: which texts were read; what was searched for is sealed.

        Raises: NotAllowed: the purpose is no longer the actor's to claim.
        """
        guard = self.desk.workspace.guard
        decision = guard.policy.decide(self.actor, self.purpose, "claim")
        guard.audit.record(
            self.actor,
            self.purpose,
            "look",
            ids=tuple(f"law:{name}" for name in ids),
            decision=decision,
            sealed=sealed,
        )
        if not decision.allowed:
            guard.audit.flush()
            raise refusal(decision, self.actor, self.purpose, "claim")

    def mark(self, marking: str) -> None:
        """Put a marking around the page: that of a case file which it shows."""
        self.request.state.banner = replace(self.request.state.banner, marking=marking)


def law_visit(request: Request) -> LawVisit:
    """Return the visit of a signed-in person to the law.

    Raises: SignInNeeded: there is no session, or it has ended.
    """
    desk = desk_of(request)
    _token, actor, purpose = desk.who(request)
    return LawVisit(request=request, desk=desk, actor=actor, purpose=purpose)


CurrentLawVisit = Annotated[LawVisit, Depends(law_visit)]


async def law_form(request: Request) -> dict[str, str]:
    """Return the fields of a form that carries a case file or a draft; see `Desk.form`."""
    return await desk_of(request).form(request, files=1, most=MAX_LAW_BODY)


LawForm = Annotated[dict[str, str], Depends(law_form)]


def sent_text(form: dict[str, str], field: str) -> str:
    """Return the text that a form sends: that of its file, else that of its field.

    Raises: InvalidData: there is none, or it is longer than a page takes.
    """
    text = form.get("file", "") or form.get(field, "")
    if not text.strip():
        raise InvalidData(_("Paste a text or choose a file first."))
    check_size(text)
    # Browsers send lines as CRLF. Nothing is cut at the start: lines are counted from there.
    return text.replace("\r\n", "\n")


def check_size(text: str) -> None:
    """Check that a page takes a text of that length.

    Raises: InvalidData: it is longer.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_TEXT_BYTES:
        message = _("The text is larger than {size} KB; the command takes more.")
        raise InvalidData(message.format(size=MAX_TEXT_BYTES // 1024))
