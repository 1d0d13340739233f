"""Keys of programs. A key belongs to an account, opens one purpose, is shown once and ends.

A key is 256 random bits, so that a plain hash keeps it safe and costs a request nothing; a password
hash would cost a tenth of a second each time. Its public id stands in front of the secret: the row
is found by it, and the hash is compared in constant time.

Source: NIST SP 800-63B section 5.1.2.2 (look-up secrets of at least 112 bits need no slow hash);
    OWASP, REST Security Cheat Sheet (API keys).
"""

from __future__ import annotations

import hmac
import re
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from puente.errors import InvalidData, NotAllowed, NotFound
from puente.guard.actors import Actor, Purpose
from puente.guard.policy import refusal
from puente.guard.tables import API_KEYS, USERS
from puente.i18n import gettext as _
from puente.store.ledger import writing

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine, Row

    from puente.guard.audit import AuditLog
    from puente.guard.policy import Policy

PREFIX = "puente"
"""What a token starts with, so that scanners for leaked secrets find it."""

DAYS = 365
DAYS_MOST = 3_650
PER_SECOND = 50
PER_SECOND_MOST = 100_000
LABEL_MOST = 100
KEPT_SECONDS = 1.0
"""How long a key that was found is taken for good: so soon is a revoked one refused everywhere."""

_TOKEN = re.compile(r"puente_(?P<id>[0-9a-f]{12})_(?P<secret>[A-Za-z0-9_-]{43})")
_KEPT = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """One key, without its secret.

    Attributes:
        id: public; the log names the key by it.
        label: what uses it, in the words of whoever made it.
        actor: the account that it belongs to, as one who asks.
        purpose: what every look by it is for; fixed when it was made.
        per_second: questions a second that it may ask, in each process that serves.
        created_at, expires_at, revoked_at: ISO UTC; `revoked_at` is "" while it stands.
        closed: whether the account itself is closed.
    """

    id: str
    label: str
    actor: Actor
    purpose: Purpose
    per_second: int
    created_at: str
    expires_at: str
    revoked_at: str
    closed: bool

    def stands(self, now: str) -> bool:
        """Return True if it opens anything at `now`, ISO UTC."""
        return not (self.revoked_at or self.closed) and self.expires_at > now

    def as_json(self) -> dict[str, object]:
        """Return it as `puente key list` writes it."""
        return {
            "id": self.id,
            "label": self.label,
            "user": self.actor.name,
            "purpose": self.purpose.name,
            "case": self.purpose.case,
            "per_second": self.per_second,
            "created_at": self.created_at,
            "expires_at": self.expires_at,
            "revoked_at": self.revoked_at,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTerms:
    """What a new key is for.

    Attributes:
        purpose: what its looks are for.
        label: what will use it.
        days: until it ends.
        per_second: questions a second that it may ask, in each process that serves.
    """

    purpose: Purpose
    label: str = ""
    days: int = DAYS
    per_second: int = PER_SECOND


class ApiKeys:
    """The keys of one node. Safe to use from several threads and several processes."""

    def __init__(
        self,
        engine: Engine,
        audit: AuditLog,
        policy: Policy,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._audit = audit
        self._policy = policy
        self._clock = clock
        self._monotonic = monotonic
        self._known: OrderedDict[str, tuple[float, ApiKey]] = OrderedDict()
        self._mutex = Lock()

    def add(self, user: str, terms: KeyTerms) -> tuple[ApiKey, str]:
        """Return a new key of an account, and its token: the only time that it is known.

        Raises:
            NotFound: there is no such account.
            NotAllowed: the account may not claim that purpose.
            InvalidData: a label, a time or a rate that will not do.
        """
        _check(terms)
        with self._engine.connect() as connection:
            row = connection.execute(select(USERS).where(USERS.c.name == user)).one_or_none()
        if row is None:
            raise NotFound(_("there is no account {name}").format(name=user), name=user)
        actor = _actor(row)
        decision = self._policy.decide(actor, terms.purpose, "claim")
        if not decision.allowed:
            raise refusal(decision, actor, terms.purpose, "claim")
        key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        now = self._clock()
        with writing(self._engine) as connection:
            connection.execute(
                insert(API_KEYS).values(
                    id=key_id,
                    token_sha256=_hashed(secret),
                    user_name=user,
                    label=terms.label.strip(),
                    purpose=terms.purpose.name,
                    case_number=terms.purpose.case,
                    reason=terms.purpose.reason,
                    per_second=terms.per_second,
                    created_at=_iso(now),
                    expires_at=_iso(now + timedelta(days=terms.days)),
                    revoked_at="",
                )
            )
        self._audit.record(actor, terms.purpose, "key_added", ids=(f"key:{key_id}",))
        self._audit.flush()
        return self.get(key_id), f"{PREFIX}_{key_id}_{secret}"

    def get(self, key_id: str) -> ApiKey:
        """Return a key, whether it stands or not.

        Raises: NotFound: there is none of that id.
        """
        row = self._row(key_id)
        if row is None:
            raise NotFound(_("there is no key {name}").format(name=key_id), name=key_id)
        return _key(row)

    def all(self) -> list[ApiKey]:
        """Return every key, ended ones too, oldest first."""
        query = (
            select(API_KEYS, USERS)
            .join(USERS, USERS.c.name == API_KEYS.c.user_name)
            .order_by(API_KEYS.c.created_at, API_KEYS.c.id)
        )
        with self._engine.connect() as connection:
            return [_key(row) for row in connection.execute(query)]

    def revoke(self, key_id: str) -> ApiKey:
        """End a key and return it; one that has ended already stays ended.

        Raises: NotFound: there is none of that id.
        """
        key = self.get(key_id)
        with writing(self._engine) as connection:
            connection.execute(
                update(API_KEYS)
                .where(API_KEYS.c.id == key_id, API_KEYS.c.revoked_at == "")
                .values(revoked_at=self._now())
            )
        with self._mutex:
            self._known.clear()
        self._audit.record(key.actor, key.purpose, "key_revoked", ids=(f"key:{key_id}",))
        self._audit.flush()
        return self.get(key_id)

    def opened_by(self, token: str) -> ApiKey:
        """Return the key that a token opens. Its account and its end are looked up once a second.

        Raises: NotAllowed: no key, a wrong secret, ended, revoked, or its account is closed; all
            with the same words.
        """
        match = _TOKEN.fullmatch(token)
        if match is None:
            raise _refused()
        hashed, now = _hashed(match["secret"]), self._monotonic()
        with self._mutex:
            known = self._known.get(match["id"] + hashed)
        if known is not None and now - known[0] < KEPT_SECONDS:
            key = known[1]
        else:
            row = self._row(match["id"])
            held = row.token_sha256 if row is not None else "0" * len(hashed)
            if not hmac.compare_digest(held, hashed) or row is None:
                raise _refused()
            key = _key(row)
            with self._mutex:
                self._known[match["id"] + hashed] = (now, key)
                while len(self._known) > _KEPT:
                    self._known.popitem(last=False)
        if not key.stands(self._now()):
            raise _refused()
        return key

    def _row(self, key_id: str) -> Row[tuple[object, ...]] | None:
        query = (
            select(API_KEYS, USERS)
            .join(USERS, USERS.c.name == API_KEYS.c.user_name)
            .where(API_KEYS.c.id == key_id)
        )
        with self._engine.connect() as connection:
            return connection.execute(query).one_or_none()

    def _now(self) -> str:
        return _iso(self._clock())


def _check(terms: KeyTerms) -> None:
    label = terms.label.strip()
    if len(label) > LABEL_MOST or not label.isprintable():
        raise InvalidData(_("{name!r} cannot name a key").format(name=terms.label))
    if not 1 <= terms.days <= DAYS_MOST:
        raise InvalidData(_("a key stands for 1 to {most} days").format(most=DAYS_MOST))
    if not 1 <= terms.per_second <= PER_SECOND_MOST:
        raise InvalidData(
            _("a key may ask 1 to {most} questions a second").format(most=PER_SECOND_MOST)
        )


def _actor(row: Row[tuple[object, ...]]) -> Actor:
    return Actor(
        name=row.name,
        roles=frozenset(row.roles.split()),
        country=row.country,
        agency=row.agency,
    )


def _key(row: Row[tuple[object, ...]]) -> ApiKey:
    # Both tables have `created_at`; the key's own comes first and is not labelled otherwise.
    held = row._mapping  # noqa: SLF001 - SQLAlchemy's public way to a column by its object
    return ApiKey(
        id=row.id,
        label=row.label,
        actor=_actor(row),
        purpose=Purpose(name=row.purpose, case=row.case_number, reason=row.reason),
        per_second=row.per_second,
        created_at=str(held[API_KEYS.c.created_at]),
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        closed=bool(row.disabled),
    )


def _hashed(secret: str) -> str:
    return sha256(secret.encode("ascii")).hexdigest()


def _iso(moment: datetime) -> str:
    # One width for all, so that the texts sort as the times do.
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _refused() -> NotAllowed:
    return NotAllowed(
        _("no such key, or it has ended; send it as `Authorization: ApiKey <key>`"), rule="api-key"
    )
