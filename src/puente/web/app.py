"""The web app, put together. The only place that knows which failure is which HTTP status.

A request passes: language and form cookie, security headers, the last resort for faults of ours,
the log (written to disk before anything is shown), then its page.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from puente import __version__
from puente.errors import (
    Conflict,
    InvalidData,
    NotAllowed,
    NotFound,
    PuenteError,
    SourceFailed,
)
from puente.guard.policy import Decision
from puente.i18n import LANGUAGES, N_, set_language
from puente.i18n import gettext as _
from puente.web import (
    api,
    api_law,
    pages,
    pages_alerts,
    pages_audit,
    pages_entity,
    pages_law,
    pages_law_assess,
    pages_law_matrix,
    pages_lists,
    pages_network,
    pages_places,
    pages_records,
    pages_register,
    pages_review,
    pages_sources,
    reconcile,
    security,
    yente,
)
from puente.web.desk import Desk, SignInNeeded, desk_of, see
from puente.web.keys import KeyNeeded, TooMany

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from puente.guard.audit import AuditLog
    from puente.workspace import Workspace

_log = logging.getLogger(__name__)

STATUS: dict[type[PuenteError], HTTPStatus] = {
    SignInNeeded: HTTPStatus.UNAUTHORIZED,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    NotAllowed: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    InvalidData: HTTPStatus.UNPROCESSABLE_ENTITY,
    SourceFailed: HTTPStatus.BAD_GATEWAY,
}
"""Status of each kind of error; any other PuenteError is 500."""

TITLES: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: N_("This request cannot be read"),
    HTTPStatus.UNAUTHORIZED: N_("Sign in first"),
    HTTPStatus.FORBIDDEN: N_("Not open to you"),
    HTTPStatus.NOT_FOUND: N_("Nothing here"),
    HTTPStatus.METHOD_NOT_ALLOWED: N_("This cannot be done here"),
    HTTPStatus.CONFLICT: N_("Two things that cannot both be so"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: N_("Too much sent"),
    HTTPStatus.UNPROCESSABLE_ENTITY: N_("This cannot be answered"),
    HTTPStatus.TOO_MANY_REQUESTS: N_("Too many requests"),
    HTTPStatus.BAD_GATEWAY: N_("A publisher failed"),
}
_FAULT = N_("A fault of ours")
_SMALLEST_PACKED = 1024


def create_app(workspace: Workspace) -> FastAPI:
    """Return the app that serves the pages and the JSON interface of a workspace."""
    app = FastAPI(
        title="Puente",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        max_body_size=security.MAX_BODY_BYTES,
    )
    app.state.desk = Desk(workspace)
    # The first that fits answers: what programs ask hundreds of times a second comes first.
    for room in (
        yente, reconcile,
        pages, pages_records, pages_entity, pages_sources, pages_places, pages_audit,
        pages_alerts, pages_register,
        pages_lists, pages_review, pages_network, pages_law_assess, pages_law_matrix, pages_law,
        api, api_law,
    ):  # fmt: skip
        room.declare(app)
    app.add_exception_handler(PuenteError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    # The last added is the outermost.
    app.add_middleware(LogFirst, audit=workspace.audit)
    app.add_middleware(LastResort)
    app.add_middleware(GZipMiddleware, minimum_size=_SMALLEST_PACKED)
    app.add_middleware(security.SecureHeaders)
    app.add_middleware(Reader, language=workspace.settings.language)
    return app


class Reader:
    """Sets the language of a request, and gives a browser without one its form cookie."""

    def __init__(self, app: ASGIApp, *, language: str) -> None:
        self.app = app
        self._language = language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        set_language(_language(request, self._language))
        held = request.cookies.get(security.FORM_COOKIE, "")
        request.state.form_cookie = held or security.new_form_cookie()
        request.state.signed_in = False

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and not held and _is_page(request):
                carrier = Response()
                security.set_cookie(
                    carrier, request, security.FORM_COOKIE, request.state.form_cookie
                )
                cookies = [h for h in carrier.raw_headers if h[0] == b"set-cookie"]
                message["headers"] = [*message.get("headers", ()), *cookies]
            await send(message)

        await self.app(scope, receive, with_cookie)


class LogFirst:
    """Holds an answer back until the log of the looks that it shows is on disk.

    One thread writes it for all: whoever comes while it writes waits for the next time, with all
    who came meanwhile.
    """

    def __init__(self, app: ASGIApp, *, audit: AuditLog) -> None:
        self.app = app
        self._audit = audit
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="log")
        self._next: Future[None] | None = None
        self._mutex = Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope["state"]

        async def after_log(message: Message) -> None:
            if message["type"] == "http.response.start" and state["signed_in"]:
                # A reader who leaves must not take the others' writing with him.
                await asyncio.shield(asyncio.wrap_future(self._written()))
            await send(message)

        await self.app(scope, receive, after_log)

    def _written(self) -> Future[None]:
        """Return what ends when all that has been recorded by now is on disk."""
        with self._mutex:
            if self._next is None:
                self._next = self._writer.submit(copy_context().run, self._write)
            return self._next

    def _write(self) -> None:
        with self._mutex:
            self._next = None
        self._audit.flush()


class LastResort:
    """Answers a fault of ours with a number to report it by; the log has the rest."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            if scope["type"] != "http" or started:
                raise
            reference = secrets.token_hex(6)
            _log.exception("web fault %s", reference)
            answer = _answer(
                Request(scope),
                HTTPStatus.INTERNAL_SERVER_ERROR,
                PuenteError(_("Something failed that should not have. It is on record.")),
                reference=reference,
            )
            await answer(scope, receive, send)


def _language(request: Request, default: str) -> str:
    """Return the language that the reader chose, else asks for, else the node's."""
    chosen = request.cookies.get(security.LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    for part in request.headers.get("accept-language", "").split(","):
        tag = part.split(";")[0].strip().split("-")[0].lower()
        if tag in LANGUAGES:
            return tag
    return default


def _is_api(request: Request) -> bool:
    return request.url.path.startswith("/api/") or request.url.path in {"/healthz", "/readyz"}


def _is_page(request: Request) -> bool:
    return not _is_api(request) and not request.url.path.startswith("/static/")


def _on_error(request: Request, error: Exception) -> Response:
    failure = error if isinstance(error, PuenteError) else PuenteError(str(error))
    if isinstance(failure, SignInNeeded) and not _is_api(request):
        return see("/sign-in")
    status = next((s for kind, s in STATUS.items() if isinstance(failure, kind)), None)
    answer = _answer(request, status or HTTPStatus.INTERNAL_SERVER_ERROR, failure)
    if isinstance(failure, TooMany):
        answer.headers["retry-after"] = str(failure.retry_after)
    if isinstance(failure, KeyNeeded):
        answer.headers["www-authenticate"] = "ApiKey"
    return answer


def _on_invalid(request: Request, error: Exception) -> Response:
    parts = error.errors() if isinstance(error, RequestValidationError) else []
    named = ", ".join(sorted({str(part["loc"][-1]) for part in parts}))
    failure = InvalidData(_("not understood in the request: {names}").format(names=named))
    return _answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, failure)


def _on_http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.BAD_REQUEST
    failure = NotFound(_("There is no page at this address.")) if status == HTTPStatus.NOT_FOUND \
        else PuenteError(_(TITLES.get(status, _FAULT)))  # fmt: skip
    answer = _answer(request, status, failure)
    if isinstance(error, HTTPException) and error.headers:
        answer.headers.update(error.headers)
    return answer


def _answer(request: Request, status: int, error: PuenteError, *, reference: str = "") -> Response:
    """Return the one page, or for `/api` the one JSON shape, that tells of an error.

    Source: RFC 9457 for the JSON's outer members; `error` is the shape that the commands print.
    """
    title = _(TITLES.get(status, _FAULT))
    if _is_api(request):
        body = {
            "type": f"urn:puente:error:{error.code}",
            "title": title,
            "status": status,
            "detail": error.message,
            **({"reference": reference} if reference else {}),
            **error.as_json(),
        }
        return JSONResponse(body, status_code=status, media_type="application/problem+json")
    desk = desk_of(request)
    if not reference:
        desk.greet(request)
    decision = error.decision if isinstance(error, NotAllowed) else None
    return desk.page(
        request,
        "error.html",
        status=status,
        title=title,
        code=int(status),
        message=error.message,
        rule=error.rule if isinstance(error, NotAllowed) else "",
        reason=decision.reason if isinstance(decision, Decision) else "",
        policy_hash=decision.policy_hash if isinstance(decision, Decision) else "",
        reference=reference,
    )
