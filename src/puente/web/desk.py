"""The desk at which every request is received: who it is, what they may read, how to answer."""

# ruff: noqa: TC001 - FastAPI reads these annotations when the app is made

from __future__ import annotations

import hmac
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING, Annotated, TypeVar
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from puente.errors import InvalidData, PuenteError
from puente.guard.actors import Actor, Purpose
from puente.guard.seal import open_secret
from puente.guard.view import View
from puente.i18n import current_language
from puente.i18n import gettext as _
from puente.ingest.quality_standing import QUALITY, AsOf, Standing, as_of, read_standings
from puente.web import security
from puente.web.assets import load_assets
from puente.web.doors import DOORS, doors_of
from puente.web.reads.openness import openers_of
from puente.web.reads.places import OpenPanel
from puente.web.reads.quality import Row, built_at, read_findings
from puente.web.rendering import make_environment
from puente.workspace import KEY_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from puente.ingest.source import SourceInfo
    from puente.workspace import Workspace

Kept = TypeVar("Kept")

THEMES = ("auto", "dark", "light")
PENDING_SECONDS = 300
"""How long a person may take to state a purpose after giving a password."""

_KEPT_VIEWS = 64
_KEPT_PICTURES = 48
_KEPT_PANELS = 4
_KEPT_STANDINGS = 16
_SECTIONS = {"entities": "/search", "rejects": "/sources", "register": "/alerts"}


class SignInNeeded(PuenteError):
    """Nobody is signed in, or the session has ended."""

    code = "sign_in_needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of a signed-in person, with what they may read for the purpose they stated."""

    token: str
    actor: Actor
    purpose: Purpose
    view: View


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """What every page says of its reader, and which pages it leads them to.

    Attributes:
        doors: address and name of each page that their purpose opens.
        snapshot, marking: "" where no record is shown.
    """

    user: str
    purpose: str
    case: str
    doors: tuple[tuple[str, str], ...]
    snapshot: str = ""
    marking: str = ""

    @property
    def home(self) -> str:
        """Return where they land; the summary's address where nothing is open, which says so."""
        return self.doors[0][0] if self.doors else "/"

    def opens(self, address: str) -> bool:
        """Return True if their purpose opens the page at `address`."""
        return any(address == door for door, _name in self.doors)


class Desk:
    """What all requests share. One for each app."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.assets = load_assets()
        secret = open_secret(workspace.settings.workspace / KEY_FILE)
        self.tokens = security.FormTokens(secret)
        self._pending_key = hmac.new(secret, b"puente pending sign-in", sha256).digest()
        self._environment = make_environment(self.assets)
        self._views: OrderedDict[tuple[str, str], View] = OrderedDict()
        self._pictures: OrderedDict[tuple[object, ...], object] = OrderedDict()
        self._panels: OrderedDict[tuple[object, ...], object] = OrderedDict()
        self._standings: OrderedDict[tuple[object, ...], object] = OrderedDict()
        self._lock = Lock()

    @cached_property
    def openers(self) -> dict[str, frozenset[str]]:
        """Return the rules that open each class of record to anyone."""
        return openers_of(self.workspace.policy)

    @cached_property
    def known_sources(self) -> tuple[SourceInfo, ...]:
        """What is known of each source that this node reads; its own mappings are read once."""
        return tuple(source.info for source in self.workspace.known_sources())

    # ---- Who ------------------------------------------------------------------------------

    def who(self, request: Request) -> tuple[str, Actor, Purpose]:
        """Return the session's token, actor and purpose.

        Raises: SignInNeeded: there is no session, or it has ended.
        """
        token = request.cookies.get(security.SESSION_COOKIE, "")
        session = self.workspace.users.session(token) if token else None
        if session is None:
            raise SignInNeeded(_("Sign in and state a purpose first."))
        actor, purpose = session.actor, session.purpose
        request.state.signed_in = True
        request.state.banner = Banner(
            user=actor.name, purpose=purpose.name, case=purpose.case,
            doors=self._doors(actor, purpose),
        )  # fmt: skip
        return token, actor, purpose

    def visit(self, request: Request) -> Visit:
        """Return the visit that a request belongs to; its View is kept for the next one.

        Raises:
            SignInNeeded: there is no session, or it has ended.
            NotAllowed: the policy opens no record for this purpose.
            NotFound: nothing has been built yet.
        """
        token, actor, purpose = self.who(request)
        snapshot = self.workspace.lake.current()
        key = (token, snapshot.id if snapshot else "")
        with self._lock:
            view = self._views.get(key)
        if view is None:
            view = self.workspace.view(actor, purpose, snapshot)
            with self._lock:
                self._views[key] = view
                while len(self._views) > _KEPT_VIEWS:
                    self._views.popitem(last=False)
        self._mark(request, view)
        return Visit(token=token, actor=actor, purpose=purpose, view=view)

    def share(self, request: Request, visit: Visit) -> Visit:
        """Return the visit to a page that shows nothing of what stands apart, nor its marking."""
        shared = replace(visit, view=visit.view.shared())
        self._mark(request, shared.view)
        return shared

    def _mark(self, request: Request, view: View) -> None:
        """Put the strictest marking of all that a View can show around the page."""
        request.state.banner = replace(
            request.state.banner, snapshot=view.snapshot.id, marking=view.marking
        )

    def _doors(self, actor: Actor, purpose: Purpose) -> tuple[tuple[str, str], ...]:
        held = None
        # A lake that cannot be read must not keep an auditor from the log; its pages will say so.
        with suppress(PuenteError):
            snapshot = self.workspace.lake.current()
            held = None if snapshot is None else self.workspace.guard.cells(snapshot)
        return tuple(
            (address, DOORS[address])
            for address in doors_of(self.workspace.policy, actor, purpose, held)
        )

    def greet(self, request: Request) -> None:
        """Let the page know who reads it, where someone is signed in and nothing was opened."""
        if getattr(request.state, "banner", None) is None:
            with suppress(SignInNeeded):
                self.who(request)

    def sign_out(self, token: str) -> None:
        """End a session and drop its Views."""
        with self._lock:
            for key in [key for key in self._views if key[0] == token]:
                del self._views[key]
        self.workspace.users.close_session(token)

    def pending(self, request: Request, name: str) -> str:
        """Return the cookie of someone who has given a password and has yet to state a purpose."""
        until = int(time.time()) + PENDING_SECONDS
        held = urlsafe_b64encode(name.encode()).decode("ascii")
        return f"{held}.{until}.{self._seal(request, held, str(until))}"

    def pending_name(self, request: Request) -> str:
        """Return who has given a password in this browser and has yet to state a purpose.

        Raises: SignInNeeded: nobody, or too long ago.
        """
        parts = request.cookies.get(security.PENDING_COOKIE, "").split(".")
        if len(parts) == 3:
            held, until, seal = parts
            right = hmac.compare_digest(seal.encode(), self._seal(request, held, until).encode())
            if right and int(until) >= time.time():
                return urlsafe_b64decode(held).decode()
        raise SignInNeeded(_("Sign in and state a purpose first."))

    def _seal(self, request: Request, held: str, until: str) -> str:
        text = f"{held}.{until}.{request.state.form_cookie}"
        return hmac.new(self._pending_key, text.encode(), sha256).hexdigest()

    # ---- Forms -------------------------------------------------------------------------------

    async def form(
        self, request: Request, *, files: int = 0, most: int = security.MAX_BODY_BYTES
    ) -> dict[str, str]:
        """Return the fields of a form that came from a page of ours; a file's text is its field's.

        Args:
            files: how many files may come along.
            most: bytes of one field.

        Raises:
            NotAllowed: it did not.
            InvalidData: a file that is not UTF-8 text.
        """
        security.check_same_origin(request)
        fields: dict[str, str] = {}
        async with request.form(
            max_files=files, max_fields=security.MAX_FIELDS, max_part_size=most
        ) as sent:
            for key, value in sent.items():
                fields[key] = value if isinstance(value, str) else decoded(await value.read())
        self.tokens.check(
            fields.get("csrf", ""),
            request.cookies.get(security.FORM_COOKIE, ""),
            request.cookies.get(security.SESSION_COOKIE, ""),
        )
        return fields

    # ---- Answers -------------------------------------------------------------------------------

    def page(
        self, request: Request, name: str, status: int = HTTPStatus.OK, **context: object
    ) -> HTMLResponse:
        """Return the page that a template makes of `context`."""
        theme = request.cookies.get(security.THEME_COOKIE, "")
        theme = theme if theme in THEMES[1:] else ""
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        first = request.url.path.split("/")[1]

        def csrf_token() -> str:
            session = request.cookies.get(security.SESSION_COOKIE, "")
            return self.tokens.token(request.state.form_cookie, session)

        text = self._environment.get_template(name).render(
            language=current_language(),
            theme=theme,
            next_theme=THEMES[(THEMES.index(theme or "auto") + 1) % len(THEMES)],
            keys=request.cookies.get(security.KEYS_COOKIE) != "off",
            here=here if request.method == "GET" else "/",
            section=_SECTIONS.get(first, f"/{first}"),
            session=getattr(request.state, "banner", None),
            csrf_token=csrf_token,
            **context,
        )
        return HTMLResponse(text, status_code=status)

    def picture(self, key: tuple[object, ...], draw: Callable[[], Kept]) -> Kept:
        """Return what `draw` draws, or what it drew before under the same key.

        The key must hold everything that the picture depends on: snapshot, permitted cells,
        language, and what was chosen.
        """
        return self._kept(self._pictures, _KEPT_PICTURES, key, draw)

    def panel(self, view: View) -> OpenPanel | None:
        """Return the figures by place of the sources open to a reader; None where all are."""
        if view.may("panel"):
            return None
        key = (view.snapshot.id, view.cells)
        return self._kept(self._panels, _KEPT_PANELS, key, lambda: OpenPanel(view))

    def findings(self, view: View) -> tuple[Row, ...] | None:
        """Return what was found wrong with the figures open to a reader; None if never checked.

        Where the findings on all sources are closed, the open ones are checked by the same rules.
        """
        key = ("findings", view.snapshot.id, view.cells, view.may(QUALITY))
        return self._kept(
            self._standings,
            _KEPT_STANDINGS,
            key,
            lambda: read_findings(view, self.known_sources, built_at=built_at(view)),
        )

    def standings(self, view: View) -> tuple[Standing, ...]:
        """Return how every source stands that is open to a reader."""
        key = ("standings", view.snapshot.id, view.cells, view.may(QUALITY))
        return self._kept(
            self._standings,
            _KEPT_STANDINGS,
            key,
            lambda: read_standings(
                view, self.known_sources, today=built_at(view), findings=self.findings(view)
            ),
        )

    def as_of(self, view: View, names: Iterable[str] | None = None) -> AsOf | None:
        """Return what must stand beside figures made from the sources named; all if None."""
        return as_of(self.standings(view), names)

    def _kept(
        self,
        store: OrderedDict[tuple[object, ...], object],
        most: int,
        key: tuple[object, ...],
        make: Callable[[], Kept],
    ) -> Kept:
        with self._lock:
            if key in store:
                store.move_to_end(key)
                return store[key]  # type: ignore[return-value] # made for this key
        made = make()
        with self._lock:
            store[key] = made
            while len(store) > most:
                store.popitem(last=False)
        return made


def see(address: str) -> RedirectResponse:
    """Return the answer that sends a browser on to a page of ours after a form."""
    return RedirectResponse(own_path(address), status_code=HTTPStatus.SEE_OTHER)


def own_path(address: str) -> str:
    """Return `address` if it is a path on this host, else the summary's."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/"
    own = not parts.scheme and not parts.netloc and address.isprintable()
    path = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if own and path and "\\" not in address else "/"


def decoded(content: bytes) -> str:
    """Return the text of a file that came with a form.

    Raises: InvalidData: it is not UTF-8.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidData(_("not UTF-8 text")) from None


def desk_of(request: Request) -> Desk:
    """Return the desk of the app that received a request."""
    desk: Desk = request.app.state.desk
    return desk


def current_visit(request: Request) -> Visit:
    """Return the visit of a signed-in person; see `Desk.visit` for what it raises."""
    return desk_of(request).visit(request)


def shared_visit(request: Request) -> Visit:
    """Return the visit to a page that is made of shared records alone; see `Desk.share`."""
    desk = desk_of(request)
    return desk.share(request, desk.visit(request))


async def checked_form(request: Request) -> dict[str, str]:
    """Return the fields of a form that came from a page of ours; see `Desk.form`."""
    return await desk_of(request).form(request)


AtDesk = Annotated[Desk, Depends(desk_of)]
CurrentVisit = Annotated[Visit, Depends(current_visit)]
SharedVisit = Annotated[Visit, Depends(shared_visit)]
CheckedForm = Annotated[dict[str, str], Depends(checked_form)]
