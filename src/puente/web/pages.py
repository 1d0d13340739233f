"""Pages around the records: signing in and out, purpose, preferences, and the design sheet."""

# ruff: noqa: TC002 - FastAPI reads these annotations when the app is made

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from fastapi import Request
from fastapi.responses import Response

from puente.errors import InvalidData, NotAllowed, NotFound
from puente.guard.actors import Purpose
from puente.i18n import LANGUAGES
from puente.i18n import gettext as _
from puente.web import security
from puente.web.desk import (
    THEMES,
    AtDesk,
    CheckedForm,
    CurrentVisit,
    Desk,
    SignInNeeded,
    own_path,
    see,
)
from puente.web.specimen import specimen
from puente.web.words import purpose_label

if TYPE_CHECKING:
    from fastapi import FastAPI

    from puente.guard.actors import Actor

_KEEP_SECONDS = 365 * 24 * 3600


def declare(app: FastAPI) -> None:
    """Add this module's pages to the app."""
    app.get("/sign-in", include_in_schema=False)(show_sign_in)
    app.post("/sign-in", include_in_schema=False)(sign_in)
    app.get("/purpose", include_in_schema=False)(show_purpose)
    app.post("/purpose", include_in_schema=False)(state_purpose)
    app.post("/sign-out", include_in_schema=False)(sign_out)
    app.post("/preferences", include_in_schema=False)(set_preferences)
    app.get("/design", include_in_schema=False)(show_design)
    app.get("/static/{name}", include_in_schema=False)(static)


def show_sign_in(request: Request, desk: AtDesk) -> Response:
    """The sign-in page."""
    return desk.page(request, "sign_in.html", fault="", user="")


def sign_in(request: Request, desk: AtDesk, form: CheckedForm) -> Response:
    """Check name and password; then the purpose is asked."""
    name = form.get("user", "").strip()
    try:
        actor = desk.workspace.users.authenticate(name, form.get("password", ""))
    except NotAllowed as refused:
        return desk.page(request, "sign_in.html", fault=refused.message, user=name)
    back = own_path(form.get("back", "/"))
    answer = see(f"/purpose?back={back}" if back != "/" else "/purpose")
    security.set_cookie(answer, request, security.PENDING_COOKIE, desk.pending(request, actor.name))
    return answer


def show_purpose(request: Request, desk: AtDesk, back: str = "/") -> Response:
    """The page that asks what the look is for."""
    actor, _token = _claimant(request, desk)
    return _purpose_page(request, desk, actor, {"back": back})


def state_purpose(request: Request, desk: AtDesk, form: CheckedForm) -> Response:
    """Open a session for the purpose stated; a session that stood before is closed."""
    actor, token = _claimant(request, desk)
    try:
        purpose = Purpose(
            name=form.get("purpose", ""), case=form.get("case", ""), reason=form.get("reason", "")
        )
        desk.workspace.guard.require(actor, purpose, "claim")
    except (InvalidData, NotAllowed) as refused:
        return _purpose_page(request, desk, actor, form, refused)
    if token:
        desk.sign_out(token)
    answer = see(form.get("back", "/"))
    fresh = desk.workspace.users.open_session(actor, purpose)
    security.set_cookie(answer, request, security.SESSION_COOKIE, fresh)
    security.drop_cookie(answer, request, security.PENDING_COOKIE)
    return answer


def sign_out(request: Request, desk: AtDesk, form: CheckedForm) -> Response:  # noqa: ARG001 - the token check
    """Close the session."""
    token = request.cookies.get(security.SESSION_COOKIE, "")
    if token:
        desk.sign_out(token)
    answer = see("/sign-in")
    security.drop_cookie(answer, request, security.SESSION_COOKIE)
    security.drop_cookie(answer, request, security.PENDING_COOKIE)
    return answer


def set_preferences(request: Request, form: CheckedForm) -> Response:
    """Keep the language, the theme, or whether one-key shortcuts work; go back to the page."""
    answer = see(form.get("back", "/"))
    kept = (
        ("language", security.LANGUAGE_COOKIE, LANGUAGES),
        ("theme", security.THEME_COOKIE, THEMES),
        ("keys", security.KEYS_COOKIE, ("on", "off")),
    )
    for field, cookie, known in kept:
        if form.get(field) in known:
            security.set_cookie(answer, request, cookie, form[field], seconds=_KEEP_SECONDS)
    return answer


def show_design(request: Request, desk: AtDesk, visit: CurrentVisit) -> Response:  # noqa: ARG001 - only for those signed in
    """Every part that pages are made of, in both themes."""
    return desk.page(request, "design.html", **specimen())


def static(name: str, desk: AtDesk, v: str = "") -> Response:
    """One static file; a versioned address may be kept for good."""
    asset = desk.assets.get(name)
    if asset is None:
        raise NotFound(_("there is no file {name!r}").format(name=name))
    kept = "public, max-age=31536000, immutable" if v == asset.version else "no-cache"
    return Response(asset.content, media_type=asset.media_type, headers={"cache-control": kept})


def _claimant(request: Request, desk: Desk) -> tuple[Actor, str]:
    """Return who states a purpose: someone signed in, or someone who just gave a password."""
    if security.PENDING_COOKIE in request.cookies:
        # One that has run out must not keep out who is signed in already.
        with suppress(SignInNeeded):
            return desk.workspace.users.get(desk.pending_name(request)).actor, ""
    token, actor, _purpose = desk.who(request)
    return actor, token


def _purpose_page(
    request: Request,
    desk: Desk,
    actor: Actor,
    form: dict[str, str],
    refused: InvalidData | NotAllowed | None = None,
) -> Response:
    purposes = desk.workspace.policy.purposes(actor)
    return desk.page(
        request,
        "purpose.html",
        user=actor.name,
        roles=sorted(actor.roles),
        purposes=[(name, purpose_label(name)) for name in purposes],
        chosen=form.get("purpose", ""),
        case=form.get("case", ""),
        reason=form.get("reason", ""),
        back=own_path(form.get("back", "/")),
        fault=refused.message if refused else "",
        rule=refused.rule if isinstance(refused, NotAllowed) else "",
    )
