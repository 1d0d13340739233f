"""The section on screening: hits by list and verdict, and the strongest with their reasons."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from puente.i18n import format_number
from puente.i18n import gettext as _
from puente.report.document import Grid, Paragraph, Section
from puente.report.summary_facts import ScreenFacts, read_screening
from puente.report.summary_words import SHOWN, count_text, shown_of
from puente.report.svg import printable

if TYPE_CHECKING:
    from puente.guard.view import View
    from puente.report.document import Block

VERDICTS = ("same", "possible", "kin", "not")


def screening_section(view: View) -> Section:
    """Return the alerts by list and verdict, and the strongest with their reasons."""
    facts = read_screening(view, alerts=SHOWN)
    blocks: list[Block] = [
        Paragraph(
            text=_(
                "Every entity was compared with every listed one. A name alone never makes a "
                'verdict of "same". A verdict is the machine\'s reading of the evidence: no alert '
                "has been judged by a person in this report."
            )
        ),
    ]
    if not facts.counts:
        blocks.append(Paragraph(text=_("No hit on any list.")))
        return Section(key="screening", title=_("Screening"), blocks=tuple(blocks))
    blocks.append(_verdicts_grid(facts))
    if facts.alerts:
        blocks.append(
            Grid(
                headers=(
                    _("In the records"),
                    _("On the list"),
                    _("List"),
                    _("Score"),
                    _("Verdict"),
                    _("Why"),
                    _("Marking"),
                ),
                rows=tuple(
                    (
                        row["caption"],
                        row["name"],
                        row["list"],
                        format_number(row["score"], 2),
                        verdict_label(row["verdict"]),
                        reasons_text(row["why"], (row["caption"], row["name"])),
                        row["marking"],
                    )
                    for row in facts.alerts
                ),
                caption=_("Strongest alerts"),
                numeric=(3,),
                wide=((0, 4), (1, 4), (5, 6), (6, 3)),
                note=shown_of(len(facts.alerts), facts.total, _("verdict, then score")),
            )
        )
    return Section(key="screening", title=_("Screening"), blocks=tuple(blocks))


def verdict_label(verdict: str) -> str:
    """Return what to call a verdict in the reader's language."""
    return {
        "same": _("same"),
        "possible": _("possible, not judged"),
        "kin": _("kin, not the same"),
        "not": _("not the same"),
    }.get(verdict, verdict)


def _verdicts_grid(facts: ScreenFacts) -> Grid:
    lists = sorted({row["list"] for row in facts.counts})
    found = {(row["list"], row["verdict"]): row["n"] for row in facts.counts}
    return Grid(
        headers=(_("List"), *(verdict_label(verdict) for verdict in VERDICTS)),
        rows=tuple(
            (name, *(count_text(found.get((name, verdict), 0)) for verdict in VERDICTS))
            for name in lists
        ),
        caption=_("Hits by list and verdict"),
        numeric=(1, 2, 3, 4),
        wide=((0, 1),),
        note=_('Alerts are the hits whose verdict is "same" or "possible".'),
    )


def reasons_text(why: str | list[Any] | None, shown: tuple[str, ...] = ()) -> str:
    """Return the reasons of a hit or link in one line.

    Args:
        why: a JSON list (or a list): texts, or mappings that name what was compared (`part` or
            `field`), both values (`asked` and `listed`, or `left` and `right`), and what came of
            it (`effect` or `level`).
        shown: values that stand beside the text already and are not repeated.
    """
    if why is None:
        return ""
    found = json.loads(why) if isinstance(why, str) else why
    items = found if isinstance(found, list) else [found]
    held = {text.casefold() for text in shown}
    return "; ".join(_reason(item, held) for item in items)


def _reason(item: object, shown: set[str]) -> str:
    if not isinstance(item, dict):
        return printable(str(item))

    def read(*keys: str) -> str:
        return next((str(item[key]) for key in keys if item.get(key)), "")

    values = dict.fromkeys((read("asked", "left"), read("listed", "right")))
    pair = " / ".join(value for value in values if value and value.casefold() not in shown)
    said = ": ".join(part for part in (read("part", "field"), pair) if part)
    effect = read("effect", "level")
    return printable(f"{said} ({effect})" if said and effect else said or effect)
