"""Accounts: what is kept of a password, what a guesser learns, how long a session lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from puente.errors import Conflict, InvalidData, NotAllowed, NotFound
from puente.guard.actors import Purpose
from puente.guard.tables import SESSIONS, USERS
from puente.guard.users import FREE_FAILURES, Users
from puente.store.ledger import writing

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from puente.guard.audit import AuditLog

PASSWORD = "una frase larga"
CASE = Purpose(name="investigation", case="C-1", reason="made up")


class CountingHasher(PasswordHasher):
    """The real one at its cheapest, counting what it is asked."""

    checks = 0

    def verify(self, *given: Any) -> Any:
        type(self).checks += 1
        return super().verify(*given)


def cheap(**changed: int) -> PasswordHasher:
    return CountingHasher(**{"time_cost": 1, "memory_cost": 8, "parallelism": 1, **changed})


@pytest.fixture
def users(ledger: Engine, log: AuditLog, clock: Any) -> Users:
    held = Users(ledger, log, clock=clock, session_minutes=60, hasher=cheap())
    held.add("ana", PASSWORD, roles=("analyst",), country="MX", agency="FGR")
    return held


def refused(users: Users, name: str, password: str) -> NotAllowed:
    with pytest.raises(NotAllowed) as error:
        users.authenticate(name, password)
    return error.value


def actions(log: AuditLog) -> list[str]:
    log.flush()
    return [row.action for row in log.rows(0, 1000)]


def test_the_right_password_gives_the_actor(users: Users, log: AuditLog) -> None:
    actor = users.authenticate("ana", PASSWORD)
    assert (actor.name, actor.roles, actor.country, actor.agency) == (
        "ana",
        {"analyst"},
        "MX",
        "FGR",
    )
    assert actions(log) == ["account_added", "signed_in"]


def test_no_password_and_no_token_is_kept(users: Users, ledger: Engine) -> None:
    token = users.open_session(users.authenticate("ana", PASSWORD), CASE)
    with ledger.connect() as connection:
        rows = [
            str(tuple(row))
            for table in (USERS, SESSIONS)
            for row in connection.execute(select(table))
        ]
    assert "$argon2id$" in rows[0]
    assert not any(PASSWORD in row or token in row for row in rows)


def test_an_unknown_name_costs_and_says_the_same_as_a_wrong_password(users: Users) -> None:
    CountingHasher.checks = 0
    wrong = refused(users, "ana", "not the password")
    assert CountingHasher.checks == 1
    unknown = refused(users, "nobody", "not the password")
    assert CountingHasher.checks == 2
    assert (wrong.message, wrong.rule) == (unknown.message, unknown.rule)


def test_guessing_is_slowed_down_more_each_time(
    users: Users, clock: Any, ledger: Engine, log: AuditLog
) -> None:
    for _ in range(FREE_FAILURES):
        refused(users, "ana", "wrong wrong")
    right, wrong = refused(users, "ana", PASSWORD), refused(users, "ana", "wrong wrong")
    assert right.message == wrong.message, "the lock must not tell a guesser which one fits"
    clock.advance(seconds=29)
    refused(users, "ana", PASSWORD)
    clock.advance(seconds=2)
    refused(users, "ana", "wrong wrong")
    clock.advance(seconds=31)
    refused(users, "ana", PASSWORD)  # the second lock is longer
    clock.advance(seconds=30)
    assert users.authenticate("ana", PASSWORD).name == "ana"
    with ledger.connect() as connection:
        assert connection.execute(select(USERS.c.failures)).scalar_one() == 0
    assert actions(log).count("sign_in_failed") == FREE_FAILURES + 1
    assert actions(log).count("sign_in_refused") == 4


def test_a_lock_never_lasts_longer_than_an_hour(users: Users, clock: Any, ledger: Engine) -> None:
    with writing(ledger) as connection:
        connection.execute(update(USERS).values(failures=10_000))
    refused(users, "ana", "wrong wrong")
    clock.advance(minutes=61)
    assert users.authenticate("ana", PASSWORD)


@pytest.mark.usefixtures("users")
def test_a_hash_of_weaker_settings_is_made_anew_at_the_next_sign_in(
    ledger: Engine, log: AuditLog, clock: Any
) -> None:
    stronger = Users(ledger, log, clock=clock, hasher=cheap(time_cost=2))
    stronger.authenticate("ana", PASSWORD)
    with ledger.connect() as connection:
        assert ",t=2," in connection.execute(select(USERS.c.password)).scalar_one()
    assert stronger.authenticate("ana", PASSWORD)


def test_a_session_remembers_its_purpose_and_case_until_it_ends(users: Users, clock: Any) -> None:
    token = users.open_session(users.authenticate("ana", PASSWORD), CASE)
    session = users.session(token)
    assert session is not None
    assert (session.actor.name, session.purpose) == ("ana", CASE)
    assert users.session(token + "x") is None
    assert users.session("\ud800") is None
    clock.advance(minutes=59)
    assert users.session(token) is not None
    clock.advance(minutes=2)
    assert users.session(token) is None


def test_two_sessions_have_two_tokens_and_end_apart(users: Users, log: AuditLog) -> None:
    actor = users.authenticate("ana", PASSWORD)
    first, second = users.open_session(actor, CASE), users.open_session(actor, CASE)
    assert first != second
    users.close_session(first)
    users.close_session(first)
    assert users.session(first) is None
    assert users.session(second) is not None
    assert actions(log)[-1:] == ["session_closed"]


@pytest.mark.parametrize("deed", ["set_password", "disable"])
def test_a_new_password_or_a_closed_account_ends_every_session(users: Users, deed: str) -> None:
    token = users.open_session(users.authenticate("ana", PASSWORD), CASE)
    if deed == "disable":
        users.disable("ana")
        assert refused(users, "ana", PASSWORD).rule == "sign-in"
        assert users.get("ana").disabled
    else:
        users.set_password("ana", "otra frase larga")
        refused(users, "ana", PASSWORD)
        assert users.authenticate("ana", "otra frase larga")
    assert users.session(token) is None


@pytest.mark.parametrize(
    ("name", "password", "roles", "country"),
    [
        ("luis", "short", ("analyst",), "MX"),
        ("luis", "x" * 1001, ("analyst",), "MX"),
        ("luis", PASSWORD, (), "MX"),
        ("luis", PASSWORD, ("king",), "MX"),
        ("luis", PASSWORD, ("pipeline",), "MX"),
        ("luis", PASSWORD, ("analyst",), "Mexico"),
        ("", PASSWORD, ("analyst",), "MX"),
        (" luis", PASSWORD, ("analyst",), "MX"),
        ("lu\nis", PASSWORD, ("analyst",), "MX"),
        ("l" * 101, PASSWORD, ("analyst",), "MX"),
    ],
)
def test_an_account_that_will_not_do_is_refused(
    users: Users, name: str, password: str, roles: tuple[str, ...], country: str
) -> None:
    with pytest.raises(InvalidData):
        users.add(name, password, roles=roles, country=country)
    assert [user.name for user in users.all()] == ["ana"]


def test_a_name_is_given_once(users: Users) -> None:
    with pytest.raises(Conflict):
        users.add("ana", PASSWORD, roles=("auditor",))
    assert users.get("ana").roles == ("analyst",)
    with pytest.raises(NotFound):
        users.get("nobody")
