"""Cases, their files and their dockets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from puente.errors import Conflict
from puente.i18n import gettext as _

revision = "casework_0001"
down_revision = None
branch_labels = ("casework",)
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "case_file",
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column("entries", sa.Integer, nullable=False),
    )
    op.create_table(
        "case_text",
        sa.Column("case_id", sa.String(200), sa.ForeignKey("case_file.id"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "case_entry",
        sa.Column("case_id", sa.String(200), sa.ForeignKey("case_file.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("signature", sa.LargeBinary(64), nullable=False),
    )


def downgrade() -> None:
    """Refuse: what people determined is never taken back."""
    raise Conflict(_("what people determined is never taken back"))
