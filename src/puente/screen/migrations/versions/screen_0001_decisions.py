"""Alerts of customer files, decisions on alerts, and the register of what was blocked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from puente.errors import Conflict
from puente.i18n import gettext as _

revision = "screen_0001"
down_revision = None
branch_labels = ("screen",)
depends_on = None


def upgrade() -> None:
    """Create the tables.

    Source: see `puente.screen.tables`.
    """
    op.create_table(
        "screen_alert",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("book", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(300), nullable=False),
        sa.Column("entry", sa.String(200), nullable=False),
        sa.Column("agency", sa.String(200), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("raised", sa.String(40), nullable=False),
        sa.Column("seen", sa.String(40), nullable=False),
        sa.Column("gone", sa.String(40), nullable=False),
    )
    op.create_index("ix_screen_alert_book", "screen_alert", ["book"])
    op.create_index("ix_screen_alert_entry", "screen_alert", ["entry"])
    op.create_table(
        "screen_thread",
        sa.Column("id", sa.String(60), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("book", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(300), nullable=False),
        sa.Column("entry", sa.String(200), nullable=False),
        sa.Column("agency", sa.String(200), nullable=False),
        sa.Column("entries", sa.Integer, nullable=False),
    )
    op.create_index("ix_screen_thread_kind", "screen_thread", ["kind"])
    op.create_index("ix_screen_thread_entry", "screen_thread", ["entry"])
    op.create_table(
        "screen_entry",
        sa.Column("thread", sa.String(60), sa.ForeignKey("screen_thread.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("signature", sa.LargeBinary(64), nullable=False),
    )


def downgrade() -> None:
    """Refuse: a decision that was made is never unmade.

    Source: see `puente.screen.tables`.
    """
    raise Conflict(_("a decision that was made is never unmade"))
