"""The group of commands on places."""

from __future__ import annotations

import typer

from puente.cli import (
    places_associate,
    places_conflicts,
    places_discrepancy,
    places_lisa,
    places_panel,
    places_smooth,
)
from puente.i18n import gettext as _


def declare(app: typer.Typer) -> None:
    """Add this group's commands to the command line."""
    group = typer.Typer(
        help=_("Places: what their records say and do not say."), no_args_is_help=True
    )
    places_panel.declare(group)
    places_conflicts.declare(group)
    places_smooth.declare(group)
    places_associate.declare(group)
    places_discrepancy.declare(group)
    places_lisa.declare(group)
    app.add_typer(group, name="places")
