"""The section on nearness: steps from listed entities, and the network around one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.i18n import gettext as _
from puente.report.document import Callout, Drawing, Grid, Paragraph, Section
from puente.report.pictures_network import ego_network_picture, kind_label
from puente.report.pictures_steps import steps_picture
from puente.report.summary_facts import StepFacts, read_steps
from puente.report.summary_words import WIDTH, count_text, shown_of

if TYPE_CHECKING:
    from puente.guard.view import View
    from puente.report.document import Block

SHOWN_LINKS = 16
NETWORK = 40

_ALWAYS = ("from", "kind", "to")
_PERCENT = 3
"""Columns of the table of links: the first three always stand; which one is the percent."""


def steps_section(view: View) -> Section:
    """Return how far others stand from listed entities, and the network around one of them."""
    facts = read_steps(view)
    blocks: list[Block] = [
        Callout(
            tone="warn",
            title=_("Near is not involved"),
            text=_(
                "A step is a link in some record: a relative, a landlord, a lawyer, a victim and a "
                "clerk are all one step away. Steps say where to look, never what was done. Those "
                "recorded as victims, witnesses, minors or relatives are not passed through."
            ),
        ),
    ]
    if not facts.counts:
        blocks.append(Paragraph(text=_("No entity on a property-blocking list was found.")))
        return Section(key="steps", title=_("Steps from listed entities"), blocks=tuple(blocks))
    blocks.append(
        Drawing(
            picture=steps_picture(facts.counts, unreached=facts.unreached, width=WIDTH),
            numeric=(1,),
            note=_(
                "Counted over the links of the records from entities on property-blocking lists."
            ),
        )
    )
    if facts.kinds:
        blocks.append(
            Grid(
                headers=(_("Kind of the link"), _("Entities at one step")),
                rows=tuple((kind_label(row["kind"]), count_text(row["n"])) for row in facts.kinds),
                caption=_("By which link the nearest are reached"),
                numeric=(1,),
                wide=((0, 1),),
            )
        )
    if facts.focus:
        blocks += _network_blocks(view, facts)
    return Section(key="steps", title=_("Steps from listed entities"), blocks=tuple(blocks))


def _network_blocks(view: View, facts: StepFacts) -> list[Block]:
    picture = ego_network_picture(
        view.sql("SELECT cluster_id, schema, caption, listed, standing, sources FROM nodes"),
        view.sql(
            "SELECT source_id, target_id, kind, strength, percent, percent_max, date_from,"
            " date_to, sources FROM edges"
        ),
        facts.focus,
        width=WIDTH,
        limit=NETWORK,
    )
    headers, rows = picture.table
    # Percent and dates stand in the table only where a link has them.
    kept = [i for i in range(len(headers)) if i < len(_ALWAYS) or any(row[i] for row in rows)]
    numeric = tuple(at for at, i in enumerate(kept) if i == _PERCENT)
    return [
        Paragraph(
            text=_(
                "The picture shows the listed entity with the most people and firms beside it, "
                "one listed for drugs where there is one. It is an example of what the records "
                "join, not a selection by suspicion."
            )
        ),
        Drawing(picture=picture, numeric=(3,)),
        Grid(
            headers=tuple(headers[i] for i in kept),
            caption=_("Links shown"),
            rows=tuple(tuple(row[i] for i in kept) for row in rows[:SHOWN_LINKS]),
            numeric=numeric,
            wide=((0, 3), (2, 3), (len(kept) - 1, 2)),
            note=shown_of(min(len(rows), SHOWN_LINKS), len(rows), _("steps, then name")),
        ),
    ]
