"""The section on the 50 percent rule: who is blocked by ownership, with the arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.i18n import format_number
from puente.i18n import gettext as _
from puente.report.document import Figures, Grid, Paragraph, Section
from puente.report.summary_facts import OwnFacts, Row, read_ownership
from puente.report.summary_words import SHOWN, count_text, shown_of

if TYPE_CHECKING:
    from puente.guard.view import View
    from puente.report.document import Block


def ownership_section(view: View) -> Section:
    """Return who is blocked by ownership, with the arithmetic line by line."""
    facts = read_ownership(view, results=SHOWN)
    blocks: list[Block] = [
        Paragraph(
            text=_(
                "Property is blocked where blocked persons together own 50 percent or more of an "
                'entity, directly or through others (OFAC guidance of 13 August 2014). "Possibly" '
                "means that the recorded shares leave it open. Ownership is as recorded; control "
                "without ownership is not counted by this rule."
            )
        ),
        Figures(
            items=(
                (count_text(facts.listed), _("on a list themselves"), ""),
                (count_text(facts.counts.get("blocked", 0)), _("blocked by ownership"), ""),
                (count_text(facts.counts.get("possibly", 0)), _("possibly blocked"), ""),
                (count_text(facts.counts.get("not", 0)), _("not blocked by it"), ""),
            )
        ),
    ]
    if facts.results:
        total = facts.counts.get("blocked", 0) + facts.counts.get("possibly", 0)
        blocks.append(
            Grid(
                headers=(_("Entity"), _("Result"), _("Percent"), _("Arithmetic"), _("Marking")),
                rows=tuple(
                    (
                        row["caption"],
                        status_label(row["status"]),
                        _percent(row),
                        _arithmetic(row, facts),
                        row["marking"],
                    )
                    for row in facts.results
                ),
                caption=_("Blocked by ownership, with the arithmetic"),
                numeric=(2,),
                wide=((0, 3), (3, 6), (4, 2)),
                note=shown_of(len(facts.results), total, _("result, then percent held")),
            )
        )
    return Section(key="ownership", title=_("The 50 percent rule"), blocks=tuple(blocks))


def status_label(status: str) -> str:
    """Return what to call a result of the 50 percent rule in the reader's language."""
    return {
        "blocked": _("blocked"),
        "possibly": _("possibly blocked"),
        "not": _("not blocked"),
    }.get(status, status)


def _percent(row: Row) -> str:
    low, high = format_number(row["low"]), format_number(row["high"])
    return low if low == high else f"{low}–{high}"


def _arithmetic(row: Row, facts: OwnFacts) -> str:
    lines = []
    for line in row["because"]:
        owner, space, rest = line.partition(" ")
        lines.append(f"{facts.names.get(owner, owner)}{space}{rest}")
    return "; ".join(lines)
