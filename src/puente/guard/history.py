"""The policies that decided here, kept so that a decision can be read against its own rules."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from puente.errors import NotFound
from puente.guard.tables import POLICIES
from puente.i18n import gettext as _
from puente.store.ledger import writing

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine

    from puente.guard.policy import Policy


def keep_policy(engine: Engine, policy: Policy, now: datetime) -> None:
    """Keep the text of `policy`, unless it is kept already."""
    query = select(POLICIES.c.hash).where(POLICIES.c.hash == policy.hash)
    with engine.connect() as connection:
        if connection.execute(query).scalar() is not None:
            return
    row = {
        "hash": policy.hash,
        "rules": policy.text,
        "schema": policy.schema_text,
        "first_used_at": now.isoformat(timespec="seconds"),
    }
    # Another process may have kept the same text meanwhile.
    with suppress(IntegrityError), writing(engine) as connection:
        connection.execute(insert(POLICIES).values(row))


def policy_text(engine: Engine, policy_hash: str) -> str:
    """Return the rules whose hash a row of the log bears.

    Raises: NotFound: no such policy decided here.
    """
    query = select(POLICIES.c.rules).where(POLICIES.c.hash == policy_hash)
    with engine.connect() as connection:
        text = connection.execute(query).scalar()
    if text is None:
        raise NotFound(_("no policy {hash} decided here").format(hash=policy_hash))
    return str(text)
