"""The screening room's tables in the ledger: alerts of customer files, decisions, the register.

Source: 31 CFR 501.601 (a full and accurate record of each transaction, decisions included).
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, MetaData, String, Table, Text

METADATA = MetaData()

# What a screening of somebody's customer file found. The alerts of the lake's own entities are in
# the build; customers are no records of the lake, so that only what resembles a listed one is kept.
ALERTS = Table(
    "screen_alert",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("book", String(100), nullable=False, index=True),
    Column("subject", String(300), nullable=False),  # the customer's own id
    Column("entry", String(200), nullable=False, index=True),
    Column("agency", String(200), nullable=False),
    Column("content", Text, nullable=False),  # JSON: names, score, what was compared
    Column("raised", String(40), nullable=False),  # first time, ISO
    Column("seen", String(40), nullable=False),  # last time it was still so
    Column("gone", String(40), nullable=False),  # when it was no longer so; "" where it is
)

# One row for an alert that was decided on, or an item of the register. Whoever adds to it updates
# this row first: the lock that keeps the numbers in order.
THREADS = Table(
    "screen_thread",
    METADATA,
    Column("id", String(60), primary_key=True),
    Column("kind", String(20), nullable=False, index=True),
    Column("book", String(100), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("entry", String(200), nullable=False, index=True),
    Column("agency", String(200), nullable=False),
    Column("entries", Integer, nullable=False),
)

# What was decided or noted: canonical JSON, and the node's signature of it. Added, never changed.
ENTRIES = Table(
    "screen_entry",
    METADATA,
    Column("thread", String(60), ForeignKey("screen_thread.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),
    Column("signature", LargeBinary(64), nullable=False),
)
