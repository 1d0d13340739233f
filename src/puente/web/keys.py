"""Requests of programs: which key, how often, and the View that its account and purpose open.

A key's request is a look like any other: it has an actor, a purpose and a row in the log, which is
on disk before the answer leaves.

Source: RFC 9110 section 10.2.3 (Retry-After); RFC 6585 section 4 (429); RFC 6750 (Bearer).
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING

from puente.errors import NotAllowed, NotFound, PuenteError
from puente.i18n import gettext as _
from puente.web.desk import SignInNeeded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from starlette.requests import Request

    from puente.guard.api_keys import ApiKey
    from puente.guard.policy import Actor, Purpose
    from puente.guard.view import View
    from puente.store.snapshot import Snapshot
    from puente.workspace import Workspace

SCHEMES = ("apikey", "bearer")
BURST_LEAST = 100
"""Questions that may come at once even of a slow key: one full batch."""

BURST_SECONDS = 2
SNAPSHOT_SECONDS = 1.0
"""How long the current build is taken for the current one before the lake is asked again."""

_KEPT_VIEWS = 256


class KeyNeeded(SignInNeeded):
    """No key was sent, or none that opens anything."""

    code = "key_needed"


class TooMany(PuenteError):
    """A key asks more than it may."""

    code = "too_many_requests"

    def __init__(self, seconds: int) -> None:
        super().__init__(
            _("this key asks too often; try again in {seconds} s").format(seconds=seconds)
        )
        self.retry_after = seconds


@dataclass(slots=True, kw_only=True)
class Bucket:
    """A token bucket: fills at `rate` a second up to `size`; every question takes one."""

    rate: float
    size: float
    held: float
    at: float

    def take(self, count: int, now: float) -> float:
        """Take `count` tokens; return 0, or the seconds until they will be there."""
        self.held = min(self.size, self.held + (now - self.at) * self.rate)
        self.at = now
        if self.held >= count:
            self.held -= count
            return 0.0
        return (min(count, self.size) - self.held) / self.rate


@dataclass(slots=True, kw_only=True)
class Rates:
    """The buckets of all keys, in this process.

    Limits: each process that serves has its own; several let a key ask as many times as often.
    """

    clock: Callable[[], float] = time.monotonic
    _buckets: OrderedDict[str, Bucket] = field(default_factory=OrderedDict)
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def spend(self, key: ApiKey, questions: int) -> None:
        """Count `questions` against a key.

        Raises: TooMany: it has asked too often.
        """
        now = self.clock()
        with self._mutex:
            bucket = self._buckets.get(key.id)
            if bucket is None or bucket.rate != key.per_second:
                size = max(BURST_LEAST, key.per_second * BURST_SECONDS)
                bucket = Bucket(rate=key.per_second, size=size, held=size, at=now)
                self._buckets[key.id] = bucket
                while len(self._buckets) > _KEPT_VIEWS:
                    self._buckets.popitem(last=False)
            wait = bucket.take(questions, now)
        if wait > 0:
            raise TooMany(max(1, ceil(wait)))


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyVisit:
    """One request by a key, with what its account may read for its purpose."""

    key: ApiKey
    view: View

    def record(self, ids: Iterable[str], **sealed: object) -> None:
        """Write the one row of the log that this request is; `ids` are what was answered."""
        self.view.record("look", [*ids, f"key:{self.key.id}"], **sealed)


class KeyDoor:
    """Lets requests in by their key. One for each app."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.rates = Rates()
        self._views: OrderedDict[tuple[Actor, Purpose, str], View] = OrderedDict()
        self._snapshot: tuple[float, Snapshot | None] = (-SNAPSHOT_SECONDS, None)
        self._mutex = threading.Lock()

    def key(self, request: Request, *, parameter: str = "") -> ApiKey:
        """Return the key of a request, counted as one question.

        Args:
            request: with the key in the header `Authorization: ApiKey <key>`.
            parameter: name of a query parameter that may hold the key instead; "" for none.

        Raises:
            KeyNeeded: none was sent, or none that opens anything.
            TooMany: it asks too often.
        """
        token = token_of(request, parameter)
        if not token:
            raise KeyNeeded(_("send a key: `Authorization: ApiKey <key>`"))
        try:
            key = self._workspace.api_keys.opened_by(token)
        except NotAllowed as refused:
            raise KeyNeeded(refused.message) from None
        self.rates.spend(key, 1)
        # From here on the answer waits until the log is on disk.
        request.state.signed_in = True
        return key

    def view(self, key: ApiKey, snapshot: Snapshot | None = None) -> View:
        """Return the View of a key's account for its purpose; kept for the next request.

        Args:
            snapshot: the build to read; None is the current one.

        Raises:
            NotAllowed: the policy opens no record for this purpose.
            NotFound: nothing has been built yet.
        """
        chosen = snapshot or self.current()
        held = (key.actor, key.purpose, chosen.id)
        with self._mutex:
            view = self._views.get(held)
        if view is None:
            view = self._workspace.view(key.actor, key.purpose, chosen)
            with self._mutex:
                self._views[held] = view
                while len(self._views) > _KEPT_VIEWS:
                    self._views.popitem(last=False)
        return view

    def current(self) -> Snapshot:
        """Return the current build; the lake is asked once a second.

        Raises: NotFound: nothing has been built yet.
        """
        now = time.monotonic()
        at, snapshot = self._snapshot
        if snapshot is None or now - at >= SNAPSHOT_SECONDS:
            snapshot = self._workspace.lake.current()
            self._snapshot = (now, snapshot)
        if snapshot is None:
            raise NotFound(_("nothing has been built in this workspace yet"))
        return snapshot


def token_of(request: Request, parameter: str = "") -> str:
    """Return the token that a request bears; "" for none."""
    scheme, _space, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() in SCHEMES and token.strip():
        return token.strip()
    return request.query_params.get(parameter, "") if parameter else ""
