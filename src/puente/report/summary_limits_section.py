"""The section on limits: what the report cannot say, and what a person should do next."""

from __future__ import annotations

from puente.i18n import gettext as _
from puente.report.document import Bullets, Callout, Paragraph, Section


def limits_section() -> Section:
    """Return what the report cannot say, and what a person should do next."""
    return Section(
        key="limits",
        title=_("Limits and next steps"),
        blocks=(
            Callout(
                tone="warn",
                title=_("Not a finding of guilt"),
                text=_(
                    "This report says what records hold and how they were joined. It is a lead "
                    "for the work of people, not evidence in itself, and no measure may rest on "
                    "it alone."
                ),
            ),
            Bullets(
                items=(
                    _(
                        "Records err: names are misspelt, dates swapped, people confused. Open "
                        "the record before you rely on a line."
                    ),
                    _(
                        "What is not recorded is not here. A quiet place may be a place that does "
                        "not report."
                    ),
                    _('Lists are as old as their newest delivery; see "Sources and coverage".'),
                    _("Joins below certainty and all alerts wait for a person's judgement."),
                )
            ),
            Paragraph(text=_("Next steps:")),
            Bullets(
                items=(
                    _("Judge the alerts, strongest first; record who judged and why."),
                    _("Check the sources that are old or that reject many rows."),
                    _(
                        "For each blocked or possibly blocked entity, obtain the share register "
                        "of the day."
                    ),
                    _("Ask whoever holds the record before acting on it across the border."),
                )
            ),
        ),
    )
