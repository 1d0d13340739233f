"""The report's sections in words: what was found, how sure it is, and what it cannot say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from puente.i18n import format_number, format_percent, ngettext
from puente.i18n import gettext as _
from puente.report.document import (
    Bullets,
    Callout,
    Drawing,
    Figures,
    Grid,
    Paragraph,
    Section,
)
from puente.report.pictures_charts import sources_picture, steps_picture
from puente.report.pictures_network import ego_network_picture, kind_label
from puente.report.summary_facts import (
    LinkFacts,
    OwnFacts,
    Row,
    ScreenFacts,
    StepFacts,
    read_links,
    read_ownership,
    read_rejects,
    read_screening,
    read_steps,
)
from puente.report.svg import printable

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable

    from puente.guard.view import View
    from puente.report.document import Block
    from puente.report.pictures_charts import SourceCoverage

WIDTH = 680
"""Pictures of the report, CSS pixels: their text is then as large as the tables' on paper."""

SHOWN = 12
SHOWN_LINKS = 16
NETWORK = 40

_ALWAYS = ("from", "kind", "to")
_PERCENT = 3
"""Columns of the table of links: the first three always stand; which one is the percent."""


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
                    "Each row read is either loaded or kept as a reject with its reason; none is lost. "
                    "The grade is the Admiralty code: reliability of the source A to F, credibility of "
                    "the item 1 to 6."
                )
            ),
            Drawing(
                picture=picture,
                as_table=False,
                note=_(
                    "A bar runs from the first to the last date that the records bear. It does not say "
                    "that every month between is covered."
                ),
            ),
            Grid(headers=tuple(headers), rows=_rows(rows), caption=_("Sources"), numeric=(6, 7, 8)),
        ),
    )


def links_section(view: View) -> Section:
    """Return how many records speak of one thing, and how sure each join is."""
    facts = read_links(view, biggest=SHOWN)
    merged = facts.entities - facts.clusters
    blocks: list[Block] = [
        Paragraph(
            text=_(
                "{entities} entities in the records are {clusters} different people, firms, vehicles "
                "and other things: {merged} records were joined to another that speaks of the same "
                "one. A join is a judgement from evidence, not a fact; it can be wrong and can be "
                "undone."
            ).format(entities=_n(facts.entities), clusters=_n(facts.clusters), merged=_n(merged))
        ),
    ]
    if facts.sure:
        total = sum(row["n"] for row in facts.sure)
        blocks.append(
            Grid(
                headers=(_("Evidence"), _("Pairs of records"), _("Share")),
                rows=tuple(
                    (_sure_label(row), _n(row["n"]), format_percent(row["n"] / total, 1))
                    for row in facts.sure
                ),
                caption=_("How sure the joins are"),
                numeric=(1, 2),
                wide=((0, 1),),
            )
        )
    blocks.append(_kinds_grid(facts))
    if facts.biggest:
        blocks.append(
            Grid(
                headers=(
                    _("Name as recorded"),
                    _("Kind"),
                    _("Records"),
                    _("Sources"),
                    _("Marking"),
                ),
                rows=tuple(
                    (
                        row["caption"] or row["cluster_id"],
                        kind_label(row["schema"]),
                        _n(row["records"]),
                        _joined(row["sources"]),
                        row["marking"],
                    )
                    for row in facts.biggest
                ),
                caption=_("Entities with the most records"),
                numeric=(2,),
                wide=((0, 2), (3, 1)),
                note=_shown_of(len(facts.biggest), facts.joined, _("number of records")),
            )
        )
    return Section(key="entities", title=_("Linked entities"), blocks=tuple(blocks))


def _kinds_grid(facts: LinkFacts) -> Grid:
    return Grid(
        headers=(_("Kind"), _("Entities"), _("On a list")),
        rows=tuple(
            (kind_label(row["schema"]), _n(row["n"]), _n(row["listed"])) for row in facts.kinds
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


def screening_section(view: View) -> Section:
    """Return the alerts by list and verdict, and the strongest with their reasons."""
    facts = read_screening(view, alerts=SHOWN)
    blocks: list[Block] = [
        Paragraph(
            text=_(
                "Every entity was compared with every listed one. A name alone never makes a verdict "
                'of "same". A verdict is the machine\'s reading of the evidence: no alert has been '
                "judged by a person in this report."
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
                note=_shown_of(len(facts.alerts), facts.total, _("verdict, then score")),
            )
        )
    return Section(key="screening", title=_("Screening"), blocks=tuple(blocks))


VERDICTS = ("same", "possible", "kin", "not")


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
            (name, *(_n(found.get((name, verdict), 0)) for verdict in VERDICTS)) for name in lists
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
                rows=tuple((kind_label(row["kind"]), _n(row["n"])) for row in facts.kinds),
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
                "The picture shows the listed entity with the most people and firms beside it, one "
                "listed for drugs where there is one. It is an example of what the records join, not "
                "a selection by suspicion."
            )
        ),
        Drawing(picture=picture, numeric=(3,)),
        Grid(
            headers=tuple(headers[i] for i in kept),
            caption=_("Links shown"),
            rows=tuple(tuple(row[i] for i in kept) for row in rows[:SHOWN_LINKS]),
            numeric=numeric,
            wide=((0, 3), (2, 3), (len(kept) - 1, 2)),
            note=_shown_of(min(len(rows), SHOWN_LINKS), len(rows), _("steps, then name")),
        ),
    ]


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
                (_n(facts.listed), _("on a list themselves"), ""),
                (_n(facts.counts.get("blocked", 0)), _("blocked by ownership"), ""),
                (_n(facts.counts.get("possibly", 0)), _("possibly blocked"), ""),
                (_n(facts.counts.get("not", 0)), _("not blocked by it"), ""),
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
                note=_shown_of(len(facts.results), total, _("result, then percent held")),
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


def rejects_section(view: View, sources: list[SourceCoverage]) -> Section:
    """Return what could not be read, and why."""
    rows, total = read_rejects(view, reasons=SHOWN)
    rejected, read = sum(s.rejected for s in sources), sum(s.rows for s in sources)
    share = format_percent(rejected / read, 2) if read else format_percent(0)
    blocks: list[Block] = [
        Paragraph(
            text=_(
                "{rejected} of {rows} rows ({share}) could not be read and are kept with file, line "
                "and reason."
            ).format(rejected=_n(rejected), rows=_n(read), share=share)
        ),
    ]
    if rows:
        blocks.append(
            Grid(
                headers=(_("Source"), _("Reason"), _("Rows"), _("First")),
                rows=tuple(
                    (r["source"], r["reason"], _n(r["n"]), r["example"] or "") for r in rows
                ),
                caption=_("Commonest reasons"),
                numeric=(2,),
                wide=((1, 1),),
                note=_shown_of(len(rows), total, _("number of rows")),
            )
        )
    return Section(key="rejects", title=_("Rows that could not be read"), blocks=tuple(blocks))


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
                    "This report says what records hold and how they were joined. It is a lead for the "
                    "work of people, not evidence in itself, and no measure may rest on it alone."
                ),
            ),
            Bullets(
                items=(
                    _(
                        "Records err: names are misspelt, dates swapped, people confused. Open the record "
                        "before you rely on a line."
                    ),
                    _(
                        "What is not recorded is not here. A quiet place may be a place that does not "
                        "report."
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
                        "For each blocked or possibly blocked entity, obtain the share register of the day."
                    ),
                    _("Ask whoever holds the record before acting on it across the border."),
                )
            ),
        ),
    )


def _n(value: int) -> str:
    return format_number(value, 0)


def _rows(rows: Iterable[list[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(row) for row in rows)


def _joined(values: list[str] | None) -> str:
    return ", ".join(values or [])


def _shown_of(shown: int, total: int, rank: str) -> str:
    """Return "12 of 312 shown, ranked by …", or "" where all are shown."""
    if shown >= total:
        return ""
    return ngettext(
        "{shown} of {total} shown, ranked by {rank}.",
        "{shown} of {total} shown, ranked by {rank}.",
        shown,
    ).format(shown=_n(shown), total=_n(total), rank=rank)
