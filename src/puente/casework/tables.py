"""The casework room's tables in the ledger: cases, their files, and the docket of each."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, MetaData, String, Table, Text

METADATA = MetaData()

MOST_ID = 200
"""Characters of a case's id."""

# One row for a case, which whoever adds to its docket updates first: the lock that keeps the
# numbers in order. `entries` tells how many there must be.
CASES = Table(
    "case_file",
    METADATA,
    Column("id", String(MOST_ID), primary_key=True),
    Column("entries", Integer, nullable=False),
)

# The YAML as it was filed. What it is, who filed it and its digest stand in the docket.
TEXTS = Table(
    "case_text",
    METADATA,
    Column("case_id", String(MOST_ID), ForeignKey("case_file.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
)

# What was filed, searched, determined and signed: canonical JSON and the node's signature of it.
ENTRIES = Table(
    "case_entry",
    METADATA,
    Column("case_id", String(MOST_ID), ForeignKey("case_file.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),
    Column("signature", LargeBinary(64), nullable=False),
)
