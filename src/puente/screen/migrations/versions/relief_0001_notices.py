"""What was taken off a list, and the notices on earlier findings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from puente.errors import Conflict
from puente.i18n import gettext as _

revision = "relief_0001"
down_revision = None
branch_labels = ("relief",)
depends_on = None


def upgrade() -> None:
    """Create the tables.

    Source: see `puente.screen.relief_tables`.
    """
    op.create_table(
        "relief_change",
        sa.Column("id", sa.String(400), primary_key=True),
        sa.Column("entity_id", sa.String(200), nullable=False),
        sa.Column("list", sa.String(100), nullable=False),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("last_listed", sa.String(10), nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("build", sa.String(60), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
    )
    op.create_index("ix_relief_change_entity_id", "relief_change", ["entity_id"])
    op.create_table(
        "relief_notice",
        sa.Column("change", sa.String(400), sa.ForeignKey("relief_change.id"), primary_key=True),
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("subject", sa.String(300), primary_key=True),
        sa.Column("ref", sa.String(200), primary_key=True),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("cells", sa.Text, nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
    )
    op.create_index("ix_relief_notice_subject", "relief_notice", ["subject"])


def downgrade() -> None:
    """Refuse: a notice that was given is never taken back.

    Source: see `puente.screen.relief_tables`.
    """
    raise Conflict(_("a notice that was given is never taken back"))
