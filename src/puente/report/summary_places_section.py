"""The section on places: one map, the highest steady rates, and what cannot be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.i18n import format_date, format_number
from puente.i18n import gettext as _
from puente.report.document import Callout, Drawing, Grid, Paragraph, Section
from puente.report.pictures_map import map_picture
from puente.report.pictures_map_classes import MapLegend
from puente.report.summary_places import FEW, STEADY, PlaceFacts, read_places
from puente.report.summary_quality_section import as_of_text
from puente.report.summary_words import SHOWN, WIDTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from puente.guard.view import View
    from puente.ingest.quality_standing import Standing
    from puente.report.document import Block


def places_section(view: View, standings: Sequence[Standing] = ()) -> Section:
    """Return the rates by municipality over the last twelve months, as map and table."""
    title = _("Places")
    facts = read_places(view)
    if facts is None:
        return Section(
            key="places",
            title=title,
            blocks=(Paragraph(text=_("No place was counted in any source.")),),
        )
    blocks: list[Block] = [
        Callout(
            title=_("Read rates with care"),
            text=_(
                "A rate is recorded cases by people who live there: it depends on who reports, "
                "who records and who passes through. Municipality level only; no group is named "
                "for any place. Where fewer than {few} cases were recorded no rate is shown, and "
                "a rate on fewer than {steady} cases is not ranked, since chance alone moves it."
            ).format(few=FEW, steady=STEADY),
        ),
    ]
    if facts.areas.num_rows:
        blocks.append(_map(facts))
    blocks.append(_highest(facts))
    blocks.append(Paragraph(tone="muted", text=_left_out(facts)))
    told = as_of_text(standings, facts.sources)
    if told:
        blocks.append(Paragraph(tone="muted", text=told))
    return Section(key="places", title=title, blocks=tuple(blocks))


def record_label(record: str) -> str:
    """Return what to call a record type; official Spanish terms stay, without underscores."""
    known = {
        "homicidio_doloso": _("intentional homicide (homicidio doloso)"),
        "feminicidio": _("femicide (feminicidio)"),
        "secuestro": _("kidnapping (secuestro)"),
        "extorsion": _("extortion (extorsión)"),
    }
    return known.get(record, record.replace("_", " "))


def _period(facts: PlaceFacts) -> str:
    return f"{format_date(facts.first)} – {format_date(facts.last)}"


def _map(facts: PlaceFacts) -> Drawing:
    label = _("{record} per 100,000 people, {period}").format(
        record=record_label(facts.record), period=_period(facts)
    )
    legend = MapLegend(
        label=label[:1].upper() + label[1:],
        suppressed=facts.few,
        suppressed_text=_("1 to {n} cases: no rate").format(n=FEW - 1),
        names=facts.names,
        note=_("Source: {sources}.").format(sources=", ".join(facts.sources)),
    )
    picture = map_picture(
        facts.areas,
        facts.rates,
        title=_("Recorded rates by municipality"),
        legend=legend,
        width=WIDTH,
    )
    return Drawing(
        picture=picture,
        numeric=(2,),
        note=_(
            "Hatched: not reported for all twelve months, or no population figure. That is not "
            "zero."
        ),
    )


def _highest(facts: PlaceFacts) -> Grid:
    steady = [place for place, cases in facts.cases.items() if cases >= STEADY]
    ranked = sorted(steady, key=lambda place: (-facts.rates[place], place))
    return Grid(
        headers=(_("Code"), _("Municipality"), _("Cases"), _("Population"), _("Rate per 100,000")),
        rows=tuple(
            (
                place,
                facts.names.get(place, ""),
                format_number(facts.cases[place], 0),
                format_number(facts.population[place], 0),
                format_number(facts.rates[place], 1),
            )
            for place in ranked[:SHOWN]
        ),
        caption=_("Highest rates of {record}, {period}").format(
            record=record_label(facts.record), period=_period(facts)
        ),
        numeric=(2, 3, 4),
        wide=((1, 1),),
        note=_(
            "{shown} of {total} municipalities with at least {steady} cases, ranked by rate."
        ).format(
            shown=format_number(min(SHOWN, len(ranked)), 0),
            total=format_number(len(ranked), 0),
            steady=STEADY,
        ),
    )


def _left_out(facts: PlaceFacts) -> str:
    return _(
        "Not shown: {partial} places that reported only some of the twelve months, and {cases} "
        "cases of places that are no municipality with a population figure."
    ).format(partial=format_number(facts.partial, 0), cases=format_number(facts.elsewhere, 0))
