"""The sections on the records: what was read, how it was joined, and what could not be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from puente.i18n import format_percent
from puente.i18n import gettext as _
from puente.report.document import Callout, Drawing, Grid, Paragraph, Section
from puente.report.pictures_network import kind_label
from puente.report.pictures_sources import sources_picture
from puente.report.summary_facts import LinkFacts, Row, read_links, read_rejects
from puente.report.summary_words import SHOWN, WIDTH, count_text, shown_of

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping

    from puente.guard.view import View
    from puente.report.document import Block
    from puente.report.pictures_sources import SourceCoverage


def sources_section(sources: list[SourceCoverage], today: datetime.date) -> Section:
    """Return what was loaded, from whom, for which time, how fresh, and how far to trust it."""
    picture = sources_picture(sources, today=today, width=WIDTH)
    headers, rows = picture.table
    return Section(
        key="sources",
        title=_("Sources and coverage"),
        blocks=(
            Paragraph(
                text=_(
                    "Each row read is either loaded or kept as a reject with its reason; none is "
                    "lost. The grade is the Admiralty code: reliability of the source A to F, "
                    "credibility of the item 1 to 6."
                )
            ),
            Drawing(
                picture=picture,
                as_table=False,
                note=_(
                    "A bar runs from the first to the last date that the records bear. It does "
                    "not say that every month between is covered."
                ),
            ),
            Grid(
                headers=tuple(headers),
                rows=tuple(tuple(row) for row in rows),
                caption=_("Sources"),
                numeric=(6, 7, 8),
            ),
        ),
    )


def links_section(view: View) -> Section:
    """Return how many records speak of one thing, and how sure each join is."""
    facts = read_links(view, biggest=SHOWN)
    merged = facts.entities - facts.clusters
    blocks: list[Block] = [
        Paragraph(
            text=_(
                "{entities} entities in the records are {clusters} different people, firms, "
                "vehicles and other things: {merged} records were joined to another that speaks "
                "of the same one. A join is a judgement from evidence, not a fact; it can be "
                "wrong and can be undone."
            ).format(
                entities=count_text(facts.entities),
                clusters=count_text(facts.clusters),
                merged=count_text(merged),
            )
        ),
    ]
    if facts.sure:
        blocks.append(_sure_grid(facts))
    blocks.append(_kinds_grid(facts))
    if facts.biggest:
        blocks.append(_biggest_grid(facts))
    return Section(key="entities", title=_("Linked entities"), blocks=tuple(blocks))


def _sure_grid(facts: LinkFacts) -> Grid:
    total = sum(row["n"] for row in facts.sure)
    return Grid(
        headers=(_("Evidence"), _("Pairs of records"), _("Share")),
        rows=tuple(
            (_sure_label(row), count_text(row["n"]), format_percent(row["n"] / total, 1))
            for row in facts.sure
        ),
        caption=_("How sure the joins are"),
        numeric=(1, 2),
        wide=((0, 1),),
    )


def _biggest_grid(facts: LinkFacts) -> Grid:
    return Grid(
        headers=(_("Name as recorded"), _("Kind"), _("Records"), _("Sources"), _("Marking")),
        rows=tuple(
            (
                row["caption"] or row["cluster_id"],
                kind_label(row["schema"]),
                count_text(row["records"]),
                ", ".join(row["sources"] or []),
                row["marking"],
            )
            for row in facts.biggest
        ),
        caption=_("Entities with the most records"),
        numeric=(2,),
        wide=((0, 2), (3, 1)),
        note=shown_of(len(facts.biggest), facts.joined, _("number of records")),
    )


def _kinds_grid(facts: LinkFacts) -> Grid:
    return Grid(
        headers=(_("Kind"), _("Entities"), _("On a list")),
        rows=tuple(
            (kind_label(row["schema"]), count_text(row["n"]), count_text(row["listed"]))
            for row in facts.kinds
        ),
        caption=_("Entities by kind"),
        numeric=(1, 2),
        wide=((0, 1),),
    )


def _sure_label(row: Row) -> str:
    if row["reason"] != "model":
        return _("same identifier")
    return {
        "0.99": _("model, probability 99 % and above"),
        "0.95": _("model, probability 95 % to 99 %"),
        "0.90": _("model, probability 90 % to 95 %"),
        "0.00": _("model, probability below 90 %"),
    }[row["band"]]


def rejects_section(
    view: View, sources: list[SourceCoverage], summary: Mapping[str, object]
) -> Section:
    """Return what could not be read, and why: files that were left out, then rows."""
    rows, total = read_rejects(view, reasons=SHOWN)
    rejected, read = sum(s.rejected for s in sources), sum(s.rows for s in sources)
    share = format_percent(rejected / read, 2) if read else format_percent(0)
    blocks: list[Block] = [
        *_left_out(summary),
        Paragraph(
            text=_(
                "{rejected} of {rows} rows ({share}) could not be read and are kept with file, "
                "line and reason."
            ).format(rejected=count_text(rejected), rows=count_text(read), share=share)
        ),
    ]
    if rows:
        blocks.append(
            Grid(
                headers=(_("Source"), _("Reason"), _("Rows"), _("First")),
                rows=tuple(
                    (r["source"], r["reason"], count_text(r["n"]), r["example"] or "") for r in rows
                ),
                caption=_("Commonest reasons"),
                numeric=(2,),
                wide=((1, 1),),
                note=shown_of(len(rows), total, _("number of rows")),
            )
        )
    return Section(key="rejects", title=_("Rows that could not be read"), blocks=tuple(blocks))


def _left_out(summary: Mapping[str, object]) -> list[Block]:
    told = summary.get("sources")
    files = [file for file in told if file.get("error")] if isinstance(told, list) else []
    if not files:
        return []
    return [
        Callout(
            tone="warn",
            title=_("Files that were left out"),
            text=_(
                "{n} files could not be read as a whole. Nothing of them is in this build; an "
                "earlier delivery of the same source may stand in their place."
            ).format(n=count_text(len(files))),
        ),
        Grid(
            headers=(_("Source"), _("File"), _("Reason")),
            rows=tuple((f["name"], Path(f["path"]).name, f["error"]) for f in files),
            caption=_("Files that were left out"),
            wide=((1, 1), (2, 2)),
        ),
    ]
