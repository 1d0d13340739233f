"""The resolve room's tables in the ledger: judged pairs, and reviews of samples."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, MetaData, String, Table, Text

METADATA = MetaData()

# One row. Whoever judges updates it first: one pair's judgement is checked against all others.
TURN = Table(
    "resolve_turn",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("taken", Integer, nullable=False),
)

# One row for a judged pair of records. `stands` repeats what the entries say, for the check of a
# new judgement against the others; links are made by the signed entries alone.
PAIRS = Table(
    "resolve_pair",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("left_id", String(300), nullable=False, index=True),
    Column("right_id", String(300), nullable=False, index=True),
    Column("entries", Integer, nullable=False),
    Column("stands", String(10), nullable=False),
)

# What was judged, seconded and undone: canonical JSON and the node's signature of it.
ENTRIES = Table(
    "resolve_entry",
    METADATA,
    Column("pair", String(64), ForeignKey("resolve_pair.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),
    Column("signature", LargeBinary(64), nullable=False),
)

# A sample of pairs drawn for review, as it was drawn: canonical JSON.
REVIEWS = Table(
    "resolve_review",
    METADATA,
    Column("id", String(60), primary_key=True),
    Column("begun", String(40), nullable=False),
    Column("by", String(200), nullable=False),
    Column("content", Text, nullable=False),
)

# What each reviewer said of each pair, before the score was shown. The last may be taken back.
ANSWERS = Table(
    "resolve_answer",
    METADATA,
    Column("review", String(60), ForeignKey("resolve_review.id"), primary_key=True),
    Column("reviewer", String(200), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # of the pair in the sample
    Column("outcome", String(10), nullable=False),
    Column("at", String(40), nullable=False),
)
