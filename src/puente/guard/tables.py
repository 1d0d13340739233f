"""The guard's tables in the ledger: accounts, sessions, keys of programs, and the log."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

METADATA = MetaData()

USERS = Table(
    "guard_user",
    METADATA,
    Column("name", String(100), primary_key=True),
    Column("password", String(200), nullable=False),
    Column("roles", String(200), nullable=False),  # names parted by a space
    Column("country", String(2), nullable=False),
    Column("agency", String(100), nullable=False),
    Column("created_at", String(40), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", String(40), nullable=False),  # "" where not locked
    Column("disabled", Boolean, nullable=False),
)

SESSIONS = Table(
    "guard_session",
    METADATA,
    Column("token_sha256", String(64), primary_key=True),
    Column("user_name", String(100), ForeignKey("guard_user.name"), nullable=False, index=True),
    Column("purpose", String(40), nullable=False),
    Column("case_number", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", String(40), nullable=False),
    Column("expires_at", String(40), nullable=False),
    Column("revoked_at", String(40), nullable=False),  # "" while it stands
)

# A program's key: of one account, for one purpose. The token itself is nowhere.
API_KEYS = Table(
    "guard_api_key",
    METADATA,
    Column("id", String(20), primary_key=True),
    Column("token_sha256", String(64), nullable=False),
    Column("user_name", String(100), ForeignKey("guard_user.name"), nullable=False, index=True),
    Column("label", String(100), nullable=False),
    Column("purpose", String(40), nullable=False),
    Column("case_number", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("per_second", Integer, nullable=False),
    Column("created_at", String(40), nullable=False),
    Column("expires_at", String(40), nullable=False),
    Column("revoked_at", String(40), nullable=False),  # "" while it stands
)

# Every policy that ever decided here, so that the hash in a row of the log can be read.
POLICIES = Table(
    "guard_policy",
    METADATA,
    Column("hash", String(64), primary_key=True),
    Column("rules", Text, nullable=False),
    Column("schema", Text, nullable=False),
    Column("first_used_at", String(40), nullable=False),
)

# One row, which every writer of the log updates first: the lock that keeps the numbers in order.
LOG = Table(
    "audit_log",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("size", BigInteger, nullable=False),
)

ROWS = Table(
    "audit_row",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("leaf", Text, nullable=False),
)

# The hash over 2**level rows, the last of which is `last`: inserts then go in the order of the key.
NODES = Table(
    "audit_node",
    METADATA,
    Column("last", BigInteger, primary_key=True, autoincrement=False),
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
)

KEYS = Table(
    "audit_key",
    METADATA,
    Column("seq", BigInteger, ForeignKey("audit_row.seq"), primary_key=True, autoincrement=False),
    Column("salt", LargeBinary(16), nullable=False),
)

HEADS = Table(
    "audit_head",
    METADATA,
    Column("day", String(10), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("at", String(40), nullable=False),
    Column("signature", LargeBinary(64), nullable=False),
)
