"""What all sections of the report share: how much they show, and how they say so."""

from __future__ import annotations

from puente.i18n import format_number, ngettext

WIDTH = 680
"""Pictures of the report, CSS pixels: their text is then as large as the tables' on paper."""

SHOWN = 12
"""Rows of a table that shows the first of many."""


def count_text(value: int) -> str:
    """Return a whole number as the reader's language writes it."""
    return format_number(value, 0)


def shown_of(shown: int, total: int, rank: str) -> str:
    """Return "12 of 312 shown, ranked by …", or "" where all are shown."""
    if shown >= total:
        return ""
    return ngettext(
        "{shown} of {total} shown, ranked by {rank}.",
        "{shown} of {total} shown, ranked by {rank}.",
        shown,
    ).format(shown=count_text(shown), total=count_text(total), rank=rank)
