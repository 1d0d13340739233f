"""The section on the figures themselves: what was found wrong, odd or absent in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.i18n import format_date, format_number
from puente.i18n import gettext as _
from puente.ingest.quality_findings import check_label, say, severity_label
from puente.ingest.quality_standing import QUALITY, as_of, findings_text, line, pace_label
from puente.report.document import Callout, Grid, Paragraph, Section
from puente.report.summary_words import SHOWN, count_text, shown_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from puente.guard.view import View
    from puente.ingest.quality_standing import Standing
    from puente.report.document import Block
    from puente.report.summary_facts import Row


def quality_section(findings: Sequence[Row] | None, standings: Sequence[Standing]) -> Section:
    """Return as of when each source is, and what was found in its figures, gravest first."""
    blocks: list[Block] = []
    whole = as_of(standings)
    if whole is not None:
        blocks.append(Paragraph(tone="muted", text=line(whole)))
    if findings is None:
        blocks.append(Paragraph(text=_("The figures of this build were not checked.")))
    else:
        blocks.append(
            Callout(
                title=_("A finding says that figures are odd, not why"),
                text=_(
                    "A fault: do not use these figures as they stand. A warning: ask before use. A "
                    "note: know it while reading. Where nothing was found, that is no proof."
                ),
            )
        )
    blocks.append(_standings(standings))
    grave = [row for row in findings or () if row["severity"] != "note"]
    if grave:
        blocks.append(_findings(sorted(grave, key=lambda row: row["severity"] != "fault")))
    return Section(key="quality", title=_("Freshness and quality"), blocks=tuple(blocks))


def as_of_text(standings: Sequence[Standing], names: Sequence[str]) -> str:
    """Return as of when, from whom and how sure figures of some sources are, in one line."""
    held = as_of(standings, names)
    return "" if held is None else line(held)


def read_findings(view: View) -> list[Row] | None:
    """Return the findings of the build; None where it was never checked."""
    return view.artefact(QUALITY).to_pylist() if view.has(QUALITY) else None


def _standings(standings: Sequence[Standing]) -> Grid:
    return Grid(
        headers=(
            _("Source"), _("As of"), _("Days old"), _("Pace"), _("Covers"), _("Places"),
            _("Findings"),
        ),
        rows=tuple(
            (
                item.source,
                _date(item.as_of),
                "–" if item.age_days is None else format_number(item.age_days),
                pace_label(item.pace),
                f"{_date(item.first)} – {_date(item.last)}" if item.first else "–",
                count_text(item.places),
                findings_text(item),
            )
            for item in standings
        ),
        caption=_("How each source stands"),
        numeric=(2, 5),
        wide=((6, 2),),
    )  # fmt: skip


def _findings(rows: Sequence[Row]) -> Grid:
    return Grid(
        headers=(_("Source"), _("Severity"), _("Check"), _("Where and when"), _("Finding")),
        rows=tuple(
            (
                row["source"],
                severity_label(row["severity"]),
                check_label(row["check"]),
                " ".join(
                    part
                    for part in (row["place"], row["record"].replace("_", " "), row["period"])
                    if part
                ),
                say(row["text"]),
            )
            for row in rows[:SHOWN]
        ),
        caption=_("Gravest findings"),
        wide=((3, 1), (4, 2)),
        note=shown_of(min(len(rows), SHOWN), len(rows), _("severity")),
    )


def _date(text: str) -> str:
    return format_date(text) if text else "–"
