"""Who reads the alert queue or the register: with the build's records, or without any."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from puente.errors import NotAllowed, NotFound
from puente.model.provenance import strictest
from puente.screen.queue import AlertDesk
from puente.screen.register import Register
from puente.web.desk import Desk, desk_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from puente.guard.actors import Actor, Purpose
    from puente.guard.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertVisit:
    """One request of a signed-in person.

    Attributes:
        view: of the current build; None where nothing of it is open to them, or there is none:
            the alerts of an agency's own customers, and its register, need no build.
    """

    request: Request
    desk: Desk
    actor: Actor
    purpose: Purpose
    view: View | None

    @property
    def queue(self) -> AlertDesk:
        """Return the alert queue as this person may see it."""
        guard = self.desk.workspace.guard
        return AlertDesk(guard=guard, actor=self.actor, purpose=self.purpose, view=self.view)

    @property
    def register(self) -> Register:
        """Return the register of this person's agency."""
        guard = self.desk.workspace.guard
        return Register(guard=guard, actor=self.actor, purpose=self.purpose)

    def mark(self, markings: Iterable[str]) -> None:
        """Put the strictest of what is shown around the page."""
        banner = self.request.state.banner
        marking = strictest({*markings, *filter(None, (banner.marking,))} or {"TLP:CLEAR"})
        self.request.state.banner = replace(banner, marking=marking)


def alert_visit(request: Request) -> AlertVisit:
    """Return the visit of a signed-in person.

    Raises: SignInNeeded: there is no session, or it has ended.
    """
    desk = desk_of(request)
    _token, actor, purpose = desk.who(request)
    view = None
    with suppress(NotAllowed, NotFound):
        view = desk.share(request, desk.visit(request)).view
    return AlertVisit(request=request, desk=desk, actor=actor, purpose=purpose, view=view)


CurrentAlertVisit = Annotated[AlertVisit, Depends(alert_visit)]
