"""Local accounts and sessions. A session is opened for one purpose and remembers it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from puente.errors import Conflict, InvalidData, NotAllowed, NotFound
from puente.guard.actors import Actor, Purpose
from puente.guard.tables import SESSIONS, USERS
from puente.i18n import gettext as _
from puente.store.ledger import writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import Engine, Row

    from puente.guard.audit import AuditLog

PASSWORD_LEAST = 10
PASSWORD_MOST = 1_000
"""A longer text costs the server time and gives no strength."""

FREE_FAILURES = 5
LOCK_FIRST = timedelta(seconds=30)
LOCK_MOST = timedelta(hours=1)

NAME_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One account, without its password."""

    name: str
    roles: tuple[str, ...]
    country: str
    agency: str
    created_at: str
    disabled: bool

    @property
    def actor(self) -> Actor:
        """Return the account as one who asks."""
        return Actor(
            name=self.name, roles=frozenset(self.roles), country=self.country, agency=self.agency
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One signed-in actor with one purpose, until it ends."""

    actor: Actor
    purpose: Purpose
    expires_at: str


class Users:
    """The accounts of one node."""

    def __init__(
        self,
        engine: Engine,
        audit: AuditLog,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        session_minutes: int = 480,
        hasher: PasswordHasher | None = None,
    ) -> None:
        self._engine = engine
        self._audit = audit
        self._clock = clock
        self._length = timedelta(minutes=session_minutes)
        # Defaults of the library are RFC 9106's low-memory profile: 64 MiB, 3 passes, 4 lanes.
        self._hasher = hasher or PasswordHasher()

    def add(
        self,
        name: str,
        password: str,
        *,
        roles: Iterable[str],
        country: str = "",
        agency: str = "",
    ) -> User:
        """Return a new account.

        Raises:
            InvalidData: an unknown role or country code, a name or password that will not do.
            Conflict: the name is taken.
        """
        held = tuple(sorted(set(roles)))
        if not held:
            raise InvalidData(_("an account needs a role"))
        if "pipeline" in held:
            raise InvalidData(_("no person can be the pipeline"))
        if not name or len(name) > NAME_MOST or not name.isprintable() or (name != name.strip()):
            raise InvalidData(_("{name!r} cannot name an account").format(name=name))
        actor = Actor(name=name, roles=frozenset(held), country=country, agency=agency)
        row = {
            "name": name,
            "password": self._hash(password),
            "roles": " ".join(held),
            "country": country,
            "agency": agency,
            "created_at": self._now(),
            "failures": 0,
            "locked_until": "",
            "disabled": False,
        }
        try:
            with writing(self._engine) as connection:
                connection.execute(insert(USERS).values(row))
        except IntegrityError:
            raise Conflict(
                _("there is an account {name} already").format(name=name), name=name
            ) from None
        self._log(actor, "account_added")
        return self.get(name)

    def get(self, name: str) -> User:
        """Return an account.

        Raises: NotFound: there is none of that name.
        """
        row = self._row(name)
        if row is None:
            raise NotFound(_("there is no account {name}").format(name=name), name=name)
        return _user(row)

    def all(self) -> list[User]:
        """Return every account, by name."""
        with self._engine.connect() as connection:
            return [_user(row) for row in connection.execute(select(USERS).order_by(USERS.c.name))]

    def set_password(self, name: str, password: str) -> None:
        """Give an account a new password; its sessions end and its lock is lifted.

        Raises: NotFound, InvalidData: no such account, or a password that will not do.
        """
        user = self.get(name)
        hashed = self._hash(password)
        with writing(self._engine) as connection:
            connection.execute(
                update(USERS)
                .where(USERS.c.name == name)
                .values(password=hashed, failures=0, locked_until="")
            )
        self._revoke_all(name)
        self._log(user.actor, "password_set")

    def disable(self, name: str) -> None:
        """Close an account; its sessions end. The account itself stays, for the log names it.

        Raises: NotFound: there is none of that name.
        """
        user = self.get(name)
        with writing(self._engine) as connection:
            connection.execute(update(USERS).where(USERS.c.name == name).values(disabled=True))
        self._revoke_all(name)
        self._log(user.actor, "account_closed")

    def authenticate(self, name: str, password: str) -> Actor:
        """Return the actor that proves to be `name`.

        An unknown name, a wrong password, and a locked or closed account cost the same time and
        give the same answer. After five failures the account is locked, for 30 seconds and twice
        as long each time after, up to an hour; while it is locked no password is even compared,
        so that guessing on tells nothing.

        Raises: NotAllowed: wrong name or password, or locked, or closed.
        """
        row = self._row(name)
        locked = row is not None and row.locked_until > self._now()
        # Made in any case: the first unknown name must not cost more than a known one.
        decoy = self._decoy
        right = self._matches(decoy if row is None or locked else row.password, password)
        if row is None:
            raise _wrong()
        user = _user(row)
        if locked or (right and user.disabled):
            self._log(user.actor, "sign_in_refused")
            raise _wrong()
        if not right:
            self._fail(user)
            raise _wrong()
        self._succeed(user, password, row)
        return user.actor

    def open_session(self, actor: Actor, purpose: Purpose) -> str:
        """Return the token of a new session. Only the token's hash is kept.

        The caller has asked the policy whether `actor` may claim `purpose`.
        """
        token = secrets.token_urlsafe(32)
        now = self._clock()
        with writing(self._engine) as connection:
            connection.execute(
                insert(SESSIONS).values(
                    token_sha256=_hashed(token),
                    user_name=actor.name,
                    purpose=purpose.name,
                    case_number=purpose.case,
                    reason=purpose.reason,
                    created_at=_iso(now),
                    expires_at=_iso(now + self._length),
                    revoked_at="",
                )
            )
        self._audit.record(actor, purpose, "session_opened")
        self._audit.flush()
        return token

    def session(self, token: str) -> Session | None:
        """Return the session of a token; None if it ended, was revoked or never was."""
        query = (
            select(SESSIONS, USERS)
            .join(USERS, USERS.c.name == SESSIONS.c.user_name)
            .where(
                SESSIONS.c.token_sha256 == _hashed(token),
                SESSIONS.c.revoked_at == "",
                SESSIONS.c.expires_at > self._now(),
                USERS.c.disabled.is_(False),
            )
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        purpose = Purpose(name=row.purpose, case=row.case_number, reason=row.reason)
        return Session(actor=_user(row).actor, purpose=purpose, expires_at=row.expires_at)

    def close_session(self, token: str) -> None:
        """End a session; one that has ended already stays ended."""
        session = self.session(token)
        with writing(self._engine) as connection:
            connection.execute(
                update(SESSIONS)
                .where(SESSIONS.c.token_sha256 == _hashed(token), SESSIONS.c.revoked_at == "")
                .values(revoked_at=self._now())
            )
        if session is not None:
            self._audit.record(session.actor, session.purpose, "session_closed")
            self._audit.flush()

    @cached_property
    def _decoy(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe(16))

    def _hash(self, password: str) -> str:
        if not PASSWORD_LEAST <= len(password) <= PASSWORD_MOST:
            raise InvalidData(
                _("a password has {least} to {most} characters").format(
                    least=PASSWORD_LEAST, most=PASSWORD_MOST
                )
            )
        return self._hasher.hash(password)

    def _matches(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password[: PASSWORD_MOST + 1])
        except (VerificationError, InvalidHashError):
            return False

    def _fail(self, user: User) -> None:
        with writing(self._engine) as connection:
            # Counted by the database, so that guesses made at once are all counted.
            connection.execute(
                update(USERS).where(USERS.c.name == user.name).values(failures=USERS.c.failures + 1)
            )
            failures = connection.execute(
                select(USERS.c.failures).where(USERS.c.name == user.name)
            ).scalar_one()
            if failures >= FREE_FAILURES:
                doubled = LOCK_FIRST * 2 ** min(failures - FREE_FAILURES, 12)
                until = _iso(self._clock() + min(doubled, LOCK_MOST))
                connection.execute(
                    update(USERS).where(USERS.c.name == user.name).values(locked_until=until)
                )
        self._log(user.actor, "sign_in_failed")

    def _succeed(self, user: User, password: str, row: Row[tuple[object, ...]]) -> None:
        values: dict[str, object] = {"failures": 0, "locked_until": ""}
        if self._hasher.check_needs_rehash(row.password):
            values["password"] = self._hasher.hash(password)
        with writing(self._engine) as connection:
            connection.execute(update(USERS).where(USERS.c.name == user.name).values(values))
        self._log(user.actor, "signed_in")

    def _revoke_all(self, name: str) -> None:
        with writing(self._engine) as connection:
            connection.execute(
                update(SESSIONS)
                .where(SESSIONS.c.user_name == name, SESSIONS.c.revoked_at == "")
                .values(revoked_at=self._now())
            )

    def _row(self, name: str) -> Row[tuple[object, ...]] | None:
        with self._engine.connect() as connection:
            return connection.execute(select(USERS).where(USERS.c.name == name)).one_or_none()

    def _log(self, actor: Actor, action: str) -> None:
        self._audit.record(actor, None, action, ids=(f"account:{actor.name}",))
        self._audit.flush()

    def _now(self) -> str:
        return _iso(self._clock())


def _user(row: Row[tuple[object, ...]]) -> User:
    return User(
        name=row.name,
        roles=tuple(row.roles.split()),
        country=row.country,
        agency=row.agency,
        created_at=row.created_at,
        disabled=row.disabled,
    )


def _hashed(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def _iso(moment: datetime) -> str:
    # One width for all, so that the texts sort as the times do.
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _wrong() -> NotAllowed:
    return NotAllowed(
        _("wrong name or password; after several failures, wait before trying again"),
        rule="sign-in",
    )
