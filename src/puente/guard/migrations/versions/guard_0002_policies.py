"""The text of every policy that decided here."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from puente.errors import Conflict
from puente.i18n import gettext as _

revision = "guard_0002"
down_revision = "guard_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "guard_policy",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("schema", sa.Text, nullable=False),
        sa.Column("first_used_at", sa.String(40), nullable=False),
    )


def downgrade() -> None:
    """Refuse: a policy that decided is never forgotten."""
    raise Conflict(_("a policy that decided is never forgotten"))
