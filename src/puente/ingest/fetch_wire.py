"""Asks publishers for files: over TLS, of the hosts that were named, one at a time, with patience.

Redirects are followed by hand, since each must be judged before it is followed: a list of sanctions
is not taken from a host that nobody named, nor over a line that anybody may write on.
"""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING

import httpx

from puente import __version__
from puente.errors import InvalidData, SourceFailed
from puente.i18n import gettext as _
from puente.ingest.fetch_checks import NothingThere, parse_http_date, too_large

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from random import Random
    from types import TracebackType

    from puente.settings import Settings

MOST_REDIRECTS = 5
PAUSE_SECONDS = 1.0
"""Between two files of one host."""

FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 60.0
LONGEST_ASKED_SECONDS = 300.0
"""How long a publisher may make us wait; who asks for more is asked again in another run."""

SMALL_BYTES = 1 << 20
"""Largest checksum file."""

NO_PROXY = "none"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NOTHING = frozenset({404, 410})
_TRY_AGAIN = frozenset({408, 425, 429, *range(500, 600)})


class TryAgain(Exception):
    """A failure that may pass. Never leaves the fetching modules.

    Attributes:
        reason: what happened, for the user.
        after: seconds that the publisher asks to wait; None where it asks for nothing.
    """

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The clocks, the waiting and the dice, handed in.

    Attributes:
        now: tells the time, UTC.
        ticks: seconds of a clock that never jumps.
        sleep: waits so many seconds.
        rng: spreads the waiting times.
    """

    now: Callable[[], datetime]
    ticks: Callable[[], float]
    sleep: Callable[[float], None]
    rng: Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A publisher's answer, its body not yet read.

    Attributes:
        response: the answer.
        hops: the addresses redirected to, without their queries, which are short-lived signatures.
    """

    response: httpx.Response
    hops: tuple[str, ...]


def shown(url: str | httpx.URL) -> str:
    """Return an address as it may be shown and kept: without its query; "" where it is none."""
    try:
        plain = httpx.URL(url).copy_with(query=None, fragment=None)
        return str(plain.copy_with(username=None, password=None) if plain.userinfo else plain)
    except (httpx.InvalidURL, UnicodeError):
        return ""


def parse_url(text: str) -> httpx.URL:
    """Return an address that can be asked for.

    Raises: InvalidData: no address of the web, or one with a password in it. Not a letter of it is
        shown: what cannot be read as an address may be a password in any part.
    """
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, UnicodeError):
        raise InvalidData(_("what was given is no address of the web")) from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise InvalidData(_("what was given is no address of the web"))
    if url.userinfo:
        raise InvalidData(_("an address must hold no password"))
    return url


class Wire:
    """The one client of a run.

    Limits: a publisher that trickles its headers, a byte within each timeout, is not found out.
    """

    def __init__(self, settings: Settings, pace: Pace) -> None:
        self.pace = pace
        self.retries = settings.fetch_retries
        self.timeout = float(settings.fetch_timeout_seconds)
        self._without_tls = frozenset(
            host.strip().lower() for host in settings.fetch_http_hosts.split(",") if host.strip()
        )
        self._asked: set[str] = set()
        self._client = _client(settings)

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def pause(self, url: str) -> None:
        """Wait a little if the host has been asked before in this run."""
        host = httpx.URL(url).host
        if host in self._asked:
            self.pace.sleep(PAUSE_SECONDS)
        self._asked.add(host)

    def check_address(self, url: str) -> httpx.URL:
        """Return an address that may be asked for.

        Raises: InvalidData: it cannot be asked for, or not over TLS.
        """
        target = parse_url(url)
        self._check_scheme(target, target)
        return target

    @contextmanager
    def get(self, url: str, hosts: frozenset[str], headers: Mapping[str, str]) -> Iterator[Answer]:
        """Yield the answer to a request, at the end of its redirects.

        Args:
            url: what to ask for.
            hosts: hosts that a redirect may lead to, besides the address's own.
            headers: of the request.

        Raises:
            TryAgain: no connection, a cut one, or a status that may pass.
            SourceFailed: a redirect that is not followed, or a certificate that is not trusted.
            InvalidData: an address that cannot be asked for.
        """
        target = self.check_address(url)
        allowed = hosts | {target.host}
        hops: list[httpx.URL] = [target]
        try:
            while True:
                request = self._client.build_request("GET", target, headers=headers)
                response = self._client.send(request, stream=True)
                if response.status_code not in _REDIRECTS:
                    break
                response.close()
                target = self._next(response, hops, allowed)
                hops.append(target)
            try:
                self._check_status(response)
                yield Answer(response=response, hops=tuple(shown(hop) for hop in hops[1:]))
            finally:
                response.close()
        except httpx.TransportError as error:
            raise _of_transport(target, error) from None

    def _next(
        self, response: httpx.Response, hops: list[httpx.URL], allowed: frozenset[str]
    ) -> httpx.URL:
        """Return where a redirect leads, if it may be followed."""
        here = hops[-1]
        try:
            target = parse_url(str(here.join(response.headers.get("location", ""))))
        except (InvalidData, httpx.InvalidURL, UnicodeError):
            raise SourceFailed(
                _("{url}: redirects to what is no address").format(url=shown(here))
            ) from None
        self._check_scheme(target, here)
        if target.host not in allowed:
            raise SourceFailed(
                _("{url}: redirects to {host}, which is no host of this source").format(
                    url=shown(here), host=target.host
                )
            )
        if target in hops:
            raise SourceFailed(_("{url}: redirects in a circle").format(url=shown(here)))
        if len(hops) > MOST_REDIRECTS:
            raise SourceFailed(
                _("{url}: more than {most} redirects").format(
                    url=shown(hops[0]), most=MOST_REDIRECTS
                )
            )
        return target

    def _check_scheme(self, target: httpx.URL, here: httpx.URL) -> None:
        if target.scheme == "https" or target.host in self._without_tls:
            return
        # A loopback address counts only where it was asked for: a publisher has no business there.
        if _is_loopback(target.host) and _is_loopback(here.host) and here.scheme == "http":
            return
        if target is here:
            raise InvalidData(
                _("{url}: not over TLS; use https, or name the host in fetch_http_hosts").format(
                    url=shown(target)
                )
            )
        raise SourceFailed(
            _("{url}: redirects to an address without TLS, {target}").format(
                url=shown(here), target=shown(target)
            )
        )

    def _check_status(self, response: httpx.Response) -> None:
        """Raise if the status says that it may pass, or that there is nothing to be had."""
        status = response.status_code
        if status in {200, 206, 304, 416}:
            return
        reason = _("{url}: answered {status} {phrase}").format(
            url=shown(response.url), status=status, phrase=response.reason_phrase
        )
        if status in _TRY_AGAIN:
            raise TryAgain(reason, after=retry_after(response.headers, self.pace.now()))
        raise (NothingThere if status in _NOTHING else SourceFailed)(reason)


@dataclass(slots=True, kw_only=True)
class Patience:
    """Counts failures and waits between them: twice as long each time, spread by dice.

    Attributes:
        wire: whose retries and pace count.
        attempts: how often it was tried.
    """

    wire: Wire
    attempts: int = 0
    _failures: int = field(default=0, init=False)

    def wait(self, failure: TryAgain, *, progress: bool = False) -> None:
        """Wait before the next attempt.

        Args:
            failure: what happened.
            progress: True where the attempt brought the download on: then it counts as the first.

        Raises: SourceFailed: it has been tried often enough, or the publisher asks for too long.
        """
        self._failures = 1 if progress else self._failures + 1
        if failure.after is not None and failure.after > LONGEST_ASKED_SECONDS:
            raise SourceFailed(
                _("{reason}; asks to be left alone for {minutes} minutes").format(
                    reason=failure.reason, minutes=round(failure.after / 60)
                )
            )
        if self._failures > self.wire.retries:
            raise SourceFailed(
                _("{reason} (tried {attempts} times)").format(
                    reason=failure.reason, attempts=self.attempts
                )
            )
        longest = min(FIRST_WAIT_SECONDS * 2 ** (self._failures - 1), LONGEST_WAIT_SECONDS)
        pace = self.wire.pace
        pace.sleep(max(longest * pace.rng.uniform(0.5, 1.0), failure.after or 0.0))


def fetch_small(wire: Wire, url: str, hosts: frozenset[str]) -> str:
    """Return a small text: a checksum file.

    Raises: SourceFailed: it could not be had, or is too large to be one.
    """
    patience = Patience(wire=wire)
    wire.pause(url)
    while True:
        patience.attempts += 1
        content = b""
        try:
            with wire.get(url, hosts, {}) as answer:
                for chunk in answer.response.iter_raw():
                    content += chunk
                    if len(content) > SMALL_BYTES:
                        raise SourceFailed(f"{shown(url)}: {too_large(SMALL_BYTES)}")
            return content.decode("utf-8", "replace")
        except TryAgain as failure:
            patience.wait(failure)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that `Retry-After` asks to wait; None where it asks for nothing."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    when = parse_http_date(text)
    return None if when is None else max((when - now).total_seconds(), 0.0)


def _client(settings: Settings) -> httpx.Client:
    agent = settings.fetch_user_agent or (
        # The form that honest robots use. OFAC's firewall also wants the first word, and length.
        f"Mozilla/5.0 (compatible; Puente/{__version__}; reads official lists)"
    )
    if not (agent.isascii() and agent.isprintable()):
        raise InvalidData(_("fetch_user_agent must be plain ASCII on one line"))
    proxy = settings.fetch_proxy
    try:
        return httpx.Client(
            verify=_trust(settings.fetch_ca_file),
            # Uncompressed is asked for: a mirror of Mexico's open data answers a request for gzip
            # with 20 broken bytes, and a part of a plain file can be continued.
            headers={"User-Agent": agent, "Accept": "*/*", "Accept-Encoding": "identity"},
            timeout=float(settings.fetch_timeout_seconds),
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=1),
            proxy=proxy if proxy and proxy != NO_PROXY else None,
            trust_env=not proxy,
        )
    except ImportError as error:
        reason = _("the proxy cannot be used: {error}").format(error=error)
        raise InvalidData(reason) from None
    except (ValueError, httpx.InvalidURL):
        # The library quotes the address, which may hold a password.
        reason = _("the proxy cannot be used; see fetch_proxy, or HTTPS_PROXY in the environment")
        raise InvalidData(reason) from None


def _trust(ca_file: str) -> ssl.SSLContext:
    context = httpx.create_ssl_context()
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            reason = _("no certificates can be read: {error}").format(error=error)
            raise InvalidData(reason, file=ca_file) from None
    return context


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _of_transport(url: httpx.URL, error: httpx.TransportError) -> Exception:
    """Return what a failure on the way means: a bad certificate does not get better by waiting."""
    where = shown(url)
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return SourceFailed(
                _("{url}: its certificate is not trusted: {reason}").format(
                    url=where, reason=cause.verify_message
                )
            )
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.TimeoutException):
        return TryAgain(_("{url}: no answer in time").format(url=where))
    if isinstance(error, httpx.ConnectError | httpx.ProxyError):
        return TryAgain(_("{url}: cannot be reached: {error}").format(url=where, error=error))
    return TryAgain(_("{url}: the connection was cut: {error}").format(url=where, error=error))
