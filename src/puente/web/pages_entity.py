"""An entity's page: claims with their sources, why linked, why listed, who is near, in time."""

# ruff: noqa: TC002 - FastAPI reads these annotations when the app is made

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response

from puente.i18n import current_language
from puente.i18n import gettext as _
from puente.model.provenance import APART
from puente.report.pictures import Picture, ego_network_picture, waterfall_picture
from puente.report.pictures_ownership import ownership_picture
from puente.screen.relief import FINDINGS
from puente.screen.relief import WHAT as RELIEF
from puente.web.desk import AtDesk, CurrentVisit, Desk, Visit, see
from puente.web.pages_lists import notices_on
from puente.web.reads.apart import Apart, read_apart, touches_apart
from puente.web.reads.entity import Facts, Link, cluster_of, read_facts
from puente.web.reads.holdings import read_held
from puente.web.reads.mentions import NOT_ASKED, Mentions, read_mentions
from puente.web.reads.near import NOTHING_NEAR, Near, around, read_near
from puente.web.reads.scope import is_open, refusal_of
from puente.web.timeline import Moment, timeline_picture
from puente.web.words import kind_label, property_label

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from puente.web.reads.claims import Claim, Property

DATED = ("birthDate", "incorporationDate", "dissolutionDate", "deathDate", "buildDate",
         "listingDate", "startDate", "endDate", "date")  # fmt: skip
"""Properties that stand on the line of time beside events."""

WATERFALLS = 2
"""Links whose weights are drawn; the table has all."""

_HALF = 580
"""Width of a picture that takes half the column of a page."""

NAME_PARTS = frozenset({"firstName", "fatherName", "motherName", "lastName"})
"""What repeats a whole name in parts. It is folded away where the whole name is there."""


def declare(app: FastAPI) -> None:
    """Add this module's pages to the app."""
    app.get("/entities/{entity_id:path}", include_in_schema=False)(show_entity)


def show_entity(request: Request, desk: AtDesk, visit: CurrentVisit, entity_id: str) -> Response:
    """Everything that this reader's records say of one entity."""
    view = visit.view
    cluster = cluster_of(view, entity_id)
    if cluster != entity_id:
        return see(f"/entities/{quote(cluster, safe='')}")
    if not touches_apart(view, cluster):
        visit = desk.share(request, visit)
        view = visit.view
    facts = read_facts(view, cluster)
    near = read_near_of(visit, facts)
    apart = read_apart_of(visit, facts)
    mentions = read_mentions_of(visit, facts)
    moments = _moments(facts, near)
    return desk.page(
        request,
        "entity.html",
        facts=facts,
        asof=desk.as_of(view, facts.sources),
        near=near,
        mentions=mentions,
        apart=apart,
        refused=None if facts.merged else refusal_of(view, "nodes"),
        verdicts=list(dict.fromkeys(h.verdict for h in facts.hits if h.verdict != "not"))[:1],
        sections=_sections(facts, near, mentions, apart),
        shared=_shared(facts),
        claims=_claims(facts),
        waterfalls=_waterfalls(facts.links),
        network=_network(desk, visit, facts, near),
        owners=_owners(desk, visit, facts, near),
        timeline=timeline_picture(moments, title=_("In time")) if len(moments) > 1 else None,
        moments=moments,
        notices=notices_on(desk, visit, subjects=(facts.id, *(m.id for m in facts.members))),
        relief_words=RELIEF,
        finding_words=FINDINGS,
    )


def read_near_of(visit: Visit, facts: Facts) -> Near:
    """Return what surrounds an entity, as far as the network is open to this reader."""
    derived = ("nodes", "clusters", "edges", "steps", "ownership")
    if facts.apart or not is_open(visit.view, *derived):
        return NOTHING_NEAR
    return read_near(visit.view, facts.id, tuple(member.id for member in facts.members))


def read_apart_of(visit: Visit, facts: Facts) -> Apart | None:
    """Return what stands beside criminal intelligence on this page; None where it shows none."""
    claims = (c for held in facts.properties for value in held.values for c in value.claims)
    records = {claim.record for claim in claims if claim.record_class in APART}
    return read_apart(visit.view, records) if records else None


def read_mentions_of(visit: Visit, facts: Facts) -> Mentions:
    """Return the open records that name an entity, where it has no network for this reader."""
    if facts.merged:
        return NOT_ASKED
    found = read_mentions(visit.view, facts.id)
    if not facts.apart:
        return found
    # A suspicion of the record stands on its page by itself.
    shown = tuple(mention for mention in found.shown if mention.schema != "Suspicion")
    return replace(found, shown=shown, total=found.total - len(found.shown) + len(shown))


def _sections(
    facts: Facts, near: Near, mentions: Mentions, apart: Apart | None
) -> list[tuple[str, str, int | None]]:
    found: list[tuple[str, str, int | None]] = [("facts", _("Claims"), facts.statements)]
    if apart is not None:
        found.append(("apart", _("Suspicion"), len(apart.suspicions)))
    if facts.merged:
        found += [
            ("linked", _("Why linked"), len(facts.links)),
            ("listed", _("Why listed"), len(facts.hits)),
        ]
    if near.holding is not None:
        found.append(("ownership", _("50 percent rule"), None))
    if facts.merged:
        found.append(("near", _("Who is near"), near.total))
    elif mentions.total or not facts.apart:
        found.append(("named", _("Named by"), mentions.total))
    return [*found, ("time", _("In time"), None)]


def _claims(facts: Facts) -> tuple[list[Property], list[Property]]:
    """Return the properties to show, and those that only say a name again in parts."""
    whole = any(held.name == "name" for held in facts.properties)
    parts = [held for held in facts.properties if whole and held.name in NAME_PARTS]
    return [held for held in facts.properties if held not in parts], parts


def _shared(facts: Facts) -> dict[str, Claim | None]:
    """Return one claim for each column in which all are alike, to tell it once; else None."""
    claims = [c for held in facts.properties for value in held.values for c in value.claims]
    told: dict[str, Callable[[Claim], object]] = {
        "agency": lambda c: c.agency,
        "grade": lambda c: (c.reliability, c.credibility),
        "published": lambda c: (c.first_seen, c.last_seen),
        "marks": lambda c: (c.record_class, c.marking),
    }
    return {
        name: claims[0] if len({key(claim) for claim in claims}) == 1 else None
        for name, key in told.items()
    }


def _waterfalls(links: tuple[Link, ...]) -> list[tuple[Link, Picture]]:
    """Return the pictures of the weakest links: what would part the records first."""
    return [
        (link, waterfall_picture([asdict(weight) for weight in link.why], width=_HALF))
        for link in links[:WATERFALLS]
        if link.why
    ]


def _network(desk: Desk, visit: Visit, facts: Facts, near: Near) -> Picture | None:
    if not near.neighbours:
        return None
    view = visit.view
    key = ("network", view.snapshot.id, view.cells, current_language(), facts.id)

    def draw() -> Picture:
        nodes, edges = around(view, facts.id)
        return ego_network_picture(nodes, edges, facts.id, limit=40)

    return desk.picture(key, draw)


def _owners(desk: Desk, visit: Visit, facts: Facts, near: Near) -> Picture | None:
    """Return who holds how much of it, down from the listed; None where there is nothing to see."""
    if near.holding is None or facts.blocked_list:
        return None
    view = visit.view
    key = ("owners", view.snapshot.id, view.cells, current_language(), facts.id)

    def draw() -> Picture | None:
        held = read_held(view, facts.id)
        return None if held is None else ownership_picture(held.derivation, names=held.names)

    return desk.picture(key, draw)


def _moments(facts: Facts, near: Near) -> list[Moment]:
    told: dict[tuple[str, str], list[str]] = {}
    for held in facts.properties:
        if held.name in DATED:
            kind = property_label(facts.schema, held.name)
            for value in held.values:
                sources = [claim.source for claim in value.claims if claim.current]
                if sources:
                    told.setdefault((value.value, kind), []).extend(sources)
    for event in near.events:
        if event.date:
            kind = kind_label(event.schema)
            told.setdefault((event.date, kind), []).append(event.text or event.source)
    return [
        Moment(date=date, kind=kind, label=", ".join(dict.fromkeys(labels)))
        for (date, kind), labels in told.items()
    ]
