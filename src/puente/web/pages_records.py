"""The summary and the search: what a build holds, and the way to one entity."""

# ruff: noqa: TC002 - FastAPI reads these annotations when the app is made

from __future__ import annotations

import datetime
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.responses import Response
from markupsafe import Markup, escape

from puente.i18n import format_number, ngettext
from puente.i18n import gettext as _
from puente.report.pictures import sources_picture, steps_picture
from puente.report.summary_facts import read_sources as read_coverage
from puente.resolve.names import fold
from puente.web.desk import AtDesk, CurrentVisit, see
from puente.web.pages_places import draw_map
from puente.web.reads import search as reading
from puente.web.reads.openness import read_openings
from puente.web.reads.places import read_places
from puente.web.reads.scope import refusal_of
from puente.web.reads.summary import Derived, Summary, read_summary
from puente.web.rendering import show_time
from puente.web.timeline import day_span
from puente.web.words import kind_label, verdict

if TYPE_CHECKING:
    from fastapi import FastAPI

    from puente.report.svg import Picture

_WHOLE, _HALF = 1200, 580
"""Widths of pictures that take the whole column of a page, and half of it."""

STEPS_DRAWN = 6
"""Steps up to which entities are drawn; those further away are told in words."""


@dataclass(slots=True, kw_only=True)
class SearchForm:
    """The fields of the search form, as they stand in the address."""

    q: str = ""
    kind: str = ""
    source: str = ""
    listing: str = ""
    match: str = ""
    steps: str = ""
    after: str = ""
    before: str = ""

    @property
    def query(self) -> reading.Query:
        """Return what is asked."""
        fields = asdict(self)
        return reading.Query(text=fields.pop("q"), **fields)


def declare(app: FastAPI) -> None:
    """Add this module's pages to the app."""
    app.get("/", include_in_schema=False)(show_summary)
    app.get("/search", include_in_schema=False)(show_search)


def show_summary(request: Request, desk: AtDesk) -> Response:
    """What the current build holds; whose purpose opens no record is led where it opens a door."""
    desk.who(request)
    home = request.state.banner.home
    if home != "/":
        return see(home)
    visit = desk.visit(request)
    view = visit.view
    summary = read_summary(view)
    coverage = read_coverage(view)
    today = day_span(summary.built_at[:10])
    places = None
    if request.state.banner.opens("/places"):
        places = read_places(view, own=desk.panel(view))
    # Where the merged picture is closed, the single records that are open are counted instead.
    single = None if summary.picture else reading.search(view, reading.Query())
    steps, further, unreached = _steps(summary.picture)
    return desk.page(
        request,
        "summary.html",
        summary=summary,
        asof=desk.as_of(view),
        places_asof=desk.as_of(view, places.sources) if places else None,
        single=single,
        refused=refusal_of(view, "nodes"),
        openings=read_openings(desk.workspace.policy, view, desk.openers),
        built=show_time(summary.built_at),
        figures=_figures(summary, single),
        steps_picture=steps,
        further=further,
        unreached=unreached,
        sources_picture=sources_picture(
            coverage, today=today[0] if today else datetime.date.min, width=_WHOLE
        ) if coverage else None,
        places=places,
        map=draw_map(desk, visit, places) if places and places.rows else None,
    )  # fmt: skip


def show_search(
    request: Request, desk: AtDesk, visit: CurrentVisit, form: Annotated[SearchForm, Depends()]
) -> Response:
    """Entities by name or identifier, narrowed by facets."""
    found = reading.search(visit.view, form.query)
    return desk.page(
        request,
        "search.html",
        found=found,
        asof=desk.as_of(visit.view, [facet.value for facet in found.sources]),
        query=found.query,
        refused=None if found.merged else refusal_of(visit.view, "nodes"),
        groups=_groups(found),
        link=search_address,
        why=_why,
    )


def search_address(query: reading.Query, **changes: str) -> str:
    """Return the address of a search; a change of what is asked starts at its first page."""
    fields = {**asdict(query), "after": "", "before": "", **changes}
    fields = {"q": fields.pop("text"), **fields}
    held = urlencode({name: value for name, value in fields.items() if value})
    return f"/search?{held}" if held else "/search"


def _groups(
    found: reading.Found,
) -> tuple[tuple[str, str, tuple[reading.Facet, ...], object], ...]:
    def as_it_is(value: str) -> str:
        return value

    return (
        ("kind", _("Kind"), found.kinds, kind_label),
        ("match", _("Compared with lists"), found.matches, _match_label),
        ("listing", _("On or like an entry of"), found.listings, as_it_is),
        ("steps", _("Steps from a listed entity"), found.steps, _steps_label),
        ("source", _("Source"), found.sources, as_it_is),
    )


def _match_label(value: str) -> str:
    return _("same or possible, not judged") if value == "alert" else verdict(value).word


def _steps_label(value: str) -> str:
    if value == "0":
        return _("listed itself")
    number = int(value) if value.isdecimal() else 0
    return ngettext("{n} step", "{n} steps", number).format(n=value)


def _why(result: reading.Result, words: tuple[str, ...]) -> Markup:
    """Return in words why a result is there, with the matched words marked."""
    if result.rank == reading.ALL:
        return Markup("")
    if result.rank == reading.IDENTIFIER:
        return escape(_("identifier {value}")).format(value=_marked_whole(result.matched))
    texts = {
        reading.NAME: _("name {value}"),
        reading.START: _("name begins so: {value}"),
        reading.WORDS: _("words of the name {value}"),
        reading.BEGINNINGS: _("words of the name begin so: {value}"),
        reading.SIMILAR: _("spelled alike: {value}"),
    }
    if not result.matched:
        return escape(_("its words stand in several of its names"))
    shown = (
        _marked(result.matched, words)
        if result.rank != reading.SIMILAR
        else (escape(result.matched))
    )
    return escape(texts[result.rank]).format(value=Markup("“{}”").format(shown))


def _marked_whole(text: str) -> Markup:
    return Markup('<mark class="code">{}</mark>').format(text)


def _marked(text: str, words: tuple[str, ...]) -> Markup:
    parts = []
    for part in text.split(" "):
        held = any(piece.startswith(word) for piece in fold(part).split() for word in words)
        parts.append(Markup("<mark>{}</mark>").format(part) if held else escape(part))
    return Markup(" ").join(parts)


def _figures(summary: Summary, single: reading.Found | None) -> list[dict[str, str]]:
    """Return the counts under the arches, from what was read to what a person should look at."""
    rejected = ngettext("{n} row rejected, all listed", "{n} rows rejected, all listed",
                        summary.rejected).format(n=format_number(summary.rejected))  # fmt: skip
    held = [
        (summary.sources, _("sources"), rejected, "/sources"),
        (summary.statements, _("statements"),
         _("from {rows} rows read").format(rows=format_number(summary.rows)), ""),
        (summary.records, _("records"), _("that the statements speak of"), ""),
    ]  # fmt: skip
    if single is not None:
        held.append(
            (single.total, _("to search"), _("records of persons, firms and things"), "/search")
        )
    picture = summary.picture
    if picture is not None:
        held += [
            (picture.entities, _("entities"), _("after linking"), "/search"),
            (picture.listed, _("listed"), _("on a sanctions list now"), "/search?steps=0"),
            (
                picture.alerts,
                _("possible matches"),
                _("not judged by anyone"),
                "/search?match=alert",
            ),
        ]
    return [
        {"figure": format_number(count), "name": name, "of": of, "href": href}
        for count, name, of, href in held
    ]


def _steps(picture: Derived | None) -> tuple[Picture | None, int, int]:
    """Return the picture of the first steps, how many are further away, and how many unreached."""
    if picture is None or not picture.steps:
        return None, 0, 0
    reached = {int(row.name): row.count for row in picture.steps}
    drawn = {steps: count for steps, count in reached.items() if steps <= STEPS_DRAWN}
    further = sum(reached.values()) - sum(drawn.values())
    unreached = picture.entities - sum(reached.values())
    return steps_picture(drawn, width=_HALF), further, max(unreached, 0)
