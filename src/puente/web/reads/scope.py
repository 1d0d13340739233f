"""How much of the picture a reader may see: all that was derived, or single records only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.errors import NotAllowed
from puente.model.schema import all_schemata

if TYPE_CHECKING:
    from puente.guard.view import View


def refusal_of(view: View, name: str) -> NotAllowed | None:
    """Return why an artefact is not open to this reader, or None if it is.

    A derived artefact is shown whole or not at all: it was made from all of its sources at once.
    The refusal stands in the log.
    """
    if view.may(name) or not view.has(name):
        return None
    try:
        view.sql(f"SELECT 1 FROM {name} LIMIT 0")
    except NotAllowed as refused:
        return refused
    return None


def is_open(view: View, *names: str) -> bool:
    """Return True if the build holds all of `names` and this reader may see them. No look."""
    return all(view.may(name) for name in names)


def relations() -> tuple[str, ...]:
    """Return the kinds of record that join two things: they are links, not entities."""
    return tuple(name for name, schema in all_schemata().items() if schema.is_a("Interest"))
