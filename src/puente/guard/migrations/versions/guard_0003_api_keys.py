"""Keys of programs: each belongs to an account and was made for one purpose."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from puente.errors import Conflict
from puente.i18n import gettext as _

revision = "guard_0003"
down_revision = "guard_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "guard_api_key",
        sa.Column("id", sa.String(20), primary_key=True),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("user_name", sa.String(100), sa.ForeignKey("guard_user.name"), nullable=False),
        sa.Column("label", sa.String(100), nullable=False),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("case_number", sa.String(200), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("per_second", sa.Integer, nullable=False),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.Column("expires_at", sa.String(40), nullable=False),
        sa.Column("revoked_at", sa.String(40), nullable=False),
    )
    op.create_index("ix_guard_api_key_user_name", "guard_api_key", ["user_name"])


def downgrade() -> None:
    """Refuse: the log names keys, and what it names must stay known."""
    raise Conflict(_("keys that the log names are never forgotten"))
