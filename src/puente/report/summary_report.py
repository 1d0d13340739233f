"""The report of one build: a page and a PDF that say what was found and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.guard.actors import PURPOSES, ROLES
from puente.i18n import format_date, format_number, use_language
from puente.i18n import gettext as _
from puente.ingest.quality_standing import read_standings
from puente.report.document import Callout, Document, Figures, Paragraph, Section
from puente.report.document_html import render_html
from puente.report.document_pdf import render_pdf
from puente.report.summary_facts import read_snapshot, read_sources
from puente.report.summary_sections import (
    as_of_text,
    limits_section,
    links_section,
    ownership_section,
    places_section,
    quality_section,
    read_findings,
    rejects_section,
    screening_section,
    sources_section,
    steps_section,
)
from puente.store.disk import write_whole

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from puente.guard.view import View
    from puente.ingest.quality_standing import Standing
    from puente.ingest.source import SourceInfo
    from puente.report.pictures_sources import SourceCoverage


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFiles:
    """Where the report was written, and its handling marking."""

    html: Path
    pdf: Path
    marking: str


def write_report(
    view: View,
    summary: Mapping[str, object],
    out_dir: Path,
    *,
    language: str,
    now: datetime.datetime,
    known: Iterable[SourceInfo] = (),
) -> ReportFiles:
    """Write `report.html` and `report.pdf` into `out_dir`, each whole or not at all.

    The same snapshot, summary, language and clock give the same bytes.

    Args:
        view: a purposeful View of the build.
        summary: what `puente build --json` prints.
        out_dir: an existing folder.
        language: `en` or `es`.
        now: the time of the report, with time zone.
        known: what is known of each source: how often it should deliver.

    Raises: NotAllowed: the policy refuses one of the tables. InvalidData: a clock without time
        zone, an unknown language.
    """
    document = build_document(view, summary, language=language, now=now, known=known)
    html, pdf = out_dir / "report.html", out_dir / "report.pdf"
    with use_language(language):
        page, paper = render_html(document).encode(), render_pdf(document)
    view.record("report", language=language, marking=document.marking)
    write_whole(html, page, mode=0o666)
    write_whole(pdf, paper, mode=0o666)
    return ReportFiles(html=html, pdf=pdf, marking=document.marking)


def build_document(
    view: View,
    summary: Mapping[str, object],
    *,
    language: str,
    now: datetime.datetime,
    known: Iterable[SourceInfo] = (),
) -> Document:
    """Return the report as blocks, in `language`.

    Raises: NotAllowed: the policy refuses one of the tables. InvalidData: a clock without time
        zone, an unknown language.
    """
    if now.tzinfo is None:
        raise InvalidData("the report's clock needs a time zone")
    with use_language(language):
        sources = read_sources(view)
        findings = read_findings(view)
        standings = read_standings(view, known, today=now.date(), findings=findings)
        digest, files = read_snapshot(view)
        marking = view.marking
        build = str(summary.get("build", ""))
        return Document(
            title=_("What the records show"),
            subtitle=_("Summary of build {build}").format(build=build or digest[:12]),
            language=language,
            marking=marking,
            about=_about(view, now, (build, digest, files), marking),
            sections=(
                _opening(),
                _found(summary, sources, standings),
                sources_section(sources, now.date()),
                quality_section(findings, standings),
                links_section(view),
                screening_section(view),
                steps_section(view),
                ownership_section(view),
                places_section(view, standings),
                rejects_section(view, sources, summary),
                limits_section(),
            ),
            made=now.isoformat(timespec="seconds"),
            closing=_("Puente · snapshot {digest} · not a finding of guilt").format(
                digest=digest[:16]
            ),
            labels={
                "contents": _("Contents"),
                "as_table": _("The same data as a table"),
                "top": _("Back to the top"),
                "page": _("Page {page} of {pages}"),
            },
        )


def _about(
    view: View, now: datetime.datetime, snapshot: tuple[str, str, int], marking: str
) -> tuple[tuple[str, str], ...]:
    build, digest, files = snapshot
    purpose = view.purpose
    why = [_(PURPOSES.get(purpose.name, purpose.name))]
    if purpose.case:
        why.append(_("case {case}").format(case=purpose.case))
    if purpose.reason:
        why.append(purpose.reason)
    roles = ", ".join(_(ROLES.get(role, role)) for role in sorted(view.actor.roles))
    return (
        (_("Purpose"), " · ".join(why)),
        (_("Made by"), f"{view.actor.name} ({roles})" if roles else view.actor.name),
        (_("Made at"), f"{format_date(now.date(), 'long')}, {now.strftime('%H:%M %Z').strip()}"),
        (_("Build"), build),
        (
            _("Snapshot"),
            _("SHA-256 {digest} over {n} files").format(digest=digest, n=format_number(files, 0)),
        ),
        (_("Handling"), marking),
    )


def _opening() -> Section:
    return Section(
        key="about",
        title=_("What this is"),
        blocks=(
            Paragraph(
                tone="lead",
                text=_(
                    "Records that several agencies and registers hold were read, joined where "
                    "they speak of the same person, firm or vehicle, and compared with sanctions "
                    "and tax lists. This report says what was found, from which records, and how "
                    "sure it is."
                ),
            ),
            Callout(
                tone="warn",
                title=_("Not a finding of guilt"),
                text=_(
                    "Names stand here as the records or lists write them. A name in this report "
                    "means that a record bears it, no more."
                ),
            ),
        ),
    )


def _found(
    summary: Mapping[str, object], sources: list[SourceCoverage], standings: Sequence[Standing]
) -> Section:
    rejected, rows = sum(s.rejected for s in sources), sum(s.rows for s in sources)
    steps, own = _mapping(summary, "steps"), _mapping(summary, "ownership")
    near = sum(_whole(own_count) for step, own_count in steps.items() if step in {"1", "2"})
    items = (
        (format_number(len(sources), 0), _("sources"), ""),
        (
            format_number(rows, 0),
            _("rows read"),
            _("{n} rejected").format(n=format_number(rejected, 0)),
        ),
        (format_number(_whole(summary.get("entities")), 0), _("entities in the records"), ""),
        (format_number(_whole(summary.get("clusters")), 0), _("after joining"), ""),
        (format_number(_whole(summary.get("listed")), 0), _("on a list"), ""),
        (format_number(_whole(summary.get("alerts")), 0), _("alerts"), _("not judged")),
        (format_number(near, 0), _("one or two steps from a listed one"), ""),
        (format_number(_whole(own.get("blocked")), 0), _("blocked"), _("listed, or by ownership")),
    )
    told = Paragraph(tone="muted", text=as_of_text(standings, [item.source for item in standings]))
    return Section(key="found", title=_("What was found"), blocks=(Figures(items=items), told))


def _mapping(summary: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = summary.get(key)
    return {str(name): item for name, item in value.items()} if isinstance(value, dict) else {}


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0
