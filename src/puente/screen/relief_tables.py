"""Relief's tables in the ledger: what was taken off a list, and every earlier finding it touches.

Source: 28 CFR 23.20(h) (whoever received what proved wrong is told); OFAC removals.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, MetaData, String, Table, Text

METADATA = MetaData()

CHANGES = Table(
    "relief_change",
    METADATA,
    Column("id", String(400), primary_key=True),  # entry, list, day and what, parted by a space
    Column("entity_id", String(200), nullable=False, index=True),
    Column("list", String(100), nullable=False),
    Column("what", String(20), nullable=False),
    Column("day", String(10), nullable=False),  # of the delivery, or the day that it states
    Column("last_listed", String(10), nullable=False),
    Column("said", Text, nullable=False),  # JSON: what the list said of it last
    Column("build", String(60), nullable=False),  # in which it was found
    Column("at", String(40), nullable=False),
)

# Rows are added and never changed: what was said of a finding stays said.
NOTICES = Table(
    "relief_notice",
    METADATA,
    Column("change", String(400), ForeignKey("relief_change.id"), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("subject", String(300), primary_key=True, index=True),
    Column("ref", String(200), primary_key=True),
    Column("said", Text, nullable=False),  # JSON: what the finding said
    Column("cells", Text, nullable=False),  # JSON: what it was made from, by which it is shown
    Column("at", String(40), nullable=False),
)
