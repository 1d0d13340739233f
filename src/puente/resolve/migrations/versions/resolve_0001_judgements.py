"""Judged pairs of records, and reviews of samples."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from puente.errors import Conflict
from puente.i18n import gettext as _

revision = "resolve_0001"
down_revision = None
branch_labels = ("resolve",)
depends_on = None


def upgrade() -> None:
    """Create the tables, see `puente.resolve.ledger_tables`."""
    turn = op.create_table(
        "resolve_turn",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("taken", sa.Integer, nullable=False),
    )
    op.bulk_insert(turn, [{"id": 1, "taken": 0}])
    op.create_table(
        "resolve_pair",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("left_id", sa.String(300), nullable=False),
        sa.Column("right_id", sa.String(300), nullable=False),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("stands", sa.String(10), nullable=False),
    )
    op.create_index("ix_resolve_pair_left_id", "resolve_pair", ["left_id"])
    op.create_index("ix_resolve_pair_right_id", "resolve_pair", ["right_id"])
    op.create_table(
        "resolve_entry",
        sa.Column("pair", sa.String(64), sa.ForeignKey("resolve_pair.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("signature", sa.LargeBinary(64), nullable=False),
    )
    op.create_table(
        "resolve_review",
        sa.Column("id", sa.String(60), primary_key=True),
        sa.Column("begun", sa.String(40), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_table(
        "resolve_answer",
        sa.Column("review", sa.String(60), sa.ForeignKey("resolve_review.id"), primary_key=True),
        sa.Column("reviewer", sa.String(200), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
    )


def downgrade() -> None:
    """Refuse: what was judged is never unmade."""
    raise Conflict(_("a judgement that was made is never unmade"))
