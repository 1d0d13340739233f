"""What keeps a page from being turned against its reader: headers, form tokens, cookies, limits."""

from __future__ import annotations

import base64
import hmac
import secrets
from hashlib import sha256
from typing import TYPE_CHECKING

from puente.errors import NotAllowed
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SESSION_COOKIE = "puente_session"
FORM_COOKIE = "puente_form"
LANGUAGE_COOKIE = "puente_language"
THEME_COOKIE = "puente_theme"
KEYS_COOKIE = "puente_keys"
PENDING_COOKIE = "puente_pending"

MAX_BODY_BYTES = 64 * 1024
"""Largest request body: the forms hold a few short texts."""

MAX_FIELDS = 20
_YEAR_SECONDS = 365 * 24 * 3600
_TOKEN_BYTES = 32

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "object-src 'none'",
        "require-trusted-types-for 'script'",
    )
)
"""No inline script or style, nothing from another host, no frame. Source: W3C CSP Level 3."""

HEADERS: tuple[tuple[str, str], ...] = (
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    # Not `no-referrer`: under it a browser sends `Origin: null` with our own forms.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("x-robots-tag", "noindex, nofollow"),
)


class SecureHeaders:
    """Adds the security headers to every answer; what is not said to be cacheable is not kept."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the headers to what comes back."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                held = message.setdefault("headers", [])
                names = {name.lower() for name, _value in held}
                wanted = [*HEADERS, ("cache-control", "no-store")]
                if scope["scheme"] == "https":
                    wanted.append(("strict-transport-security", f"max-age={_YEAR_SECONDS}"))
                held.extend(
                    (name.encode(), value.encode())
                    for name, value in wanted
                    if name.encode() not in names
                )
            await send(message)

        await self.app(scope, receive, with_headers)


class FormTokens:
    """Tokens that show that a form was filled in on our own page by the one who sends it.

    A token is bound to the browser's form cookie and to its session. It is masked anew on every
    page, so that a compressed answer gives nothing away.

    Source: OWASP, Cross-Site Request Forgery Prevention Cheat Sheet (signed double-submit cookie);
        Gluck, Harris and Prado, BREACH (2013), for the mask.
    """

    def __init__(self, key: bytes) -> None:
        self._key = hmac.new(key, b"puente form tokens", sha256).digest()

    def token(self, form_cookie: str, session: str) -> str:
        """Return a token for a page's forms."""
        value = self._value(form_cookie, session)
        mask = secrets.token_bytes(len(value))
        masked = bytes(a ^ b for a, b in zip(mask, value, strict=True))
        return base64.urlsafe_b64encode(mask + masked).decode("ascii")

    def check(self, token: str, form_cookie: str, session: str) -> None:
        """Pass if `token` was given to this browser and session.

        Raises: NotAllowed: it was not.
        """
        try:
            held = base64.urlsafe_b64decode(token.encode("ascii"))
        except ValueError:
            held = b""
        half = len(held) // 2
        value = bytes(a ^ b for a, b in zip(held[:half], held[half:], strict=False))
        if not form_cookie or not hmac.compare_digest(value, self._value(form_cookie, session)):
            raise NotAllowed(
                _("This form was not sent from a page of yours, or the page is too old."),
                rule="form-token",
            )

    def _value(self, form_cookie: str, session: str) -> bytes:
        return hmac.new(self._key, f"{form_cookie}\x1f{session}".encode(), sha256).digest()


def check_same_origin(request: Request) -> None:
    """Pass if a form comes from a page of this host, as far as the browser says.

    Raises: NotAllowed: the browser says that it comes from another site.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin", "")
    own = request.headers.get("host", "")
    # Hosts are compared, not schemes: a proxy in front may speak TLS for us.
    elsewhere = bool(origin) and origin.rpartition("://")[2] != own
    if site not in {"same-origin", "none"} or elsewhere:
        raise NotAllowed(_("This form was sent from another site."), rule="same-origin")


def new_form_cookie() -> str:
    """Return a fresh value for the form cookie."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def set_cookie(
    response: Response, request: Request, name: str, value: str, *, seconds: int | None = None
) -> None:
    """Set a cookie that scripts cannot read and that other sites' requests do not carry.

    Args:
        seconds: how long it is kept; None is until the browser closes.
    """
    response.set_cookie(
        name, value, max_age=seconds, path="/", httponly=True, samesite="strict",
        secure=request.url.scheme == "https",
    )  # fmt: skip


def drop_cookie(response: Response, request: Request, name: str) -> None:
    """Make the browser forget a cookie."""
    response.delete_cookie(
        name, path="/", httponly=True, samesite="strict", secure=request.url.scheme == "https"
    )
