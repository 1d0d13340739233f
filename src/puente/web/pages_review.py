"""Links under review: two records side by side, blind first; judgements; what holds a cluster."""

# ruff: noqa: TC002 - FastAPI reads these annotations when the app is made

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.responses import Response

from puente.errors import InvalidData, NotFound
from puente.i18n import gettext as _
from puente.report.pictures_waterfall import waterfall_picture
from puente.resolve.history_read import leads_to, life
from puente.resolve.history_rows import WHAT
from puente.resolve.judgements import OUTCOMES
from puente.resolve.judgements_bench import Bench
from puente.resolve.quality import holds, links_of, worst_clusters
from puente.resolve.review_evidence import schemata_of, shared_things, side_by_side
from puente.resolve.review_kept import (
    answer,
    answers,
    findings,
    next_place,
    read_review,
    reviews,
    take_back,
)
from puente.resolve.twins import FASTEST_KMH, KINDS_OF_TWIN, SLACK_MINUTES, find_twins
from puente.resolve.waterfall import Waterfall, explain
from puente.screen.deltas import prop_label
from puente.web.desk import AtDesk, CheckedForm, CurrentVisit, Desk, SharedVisit, Visit, see
from puente.web.reads.scope import is_open

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI

LINKS_SHOWN = 20
WORST = 25
"""Clusters in the queue."""
_KEYS = {"same": "y", "not": "n", "unsure": "u"}
_BULK = "\x1f"


@dataclass(slots=True, kw_only=True)
class PairForm:
    """The two records of a page, as they stand in the address."""

    left: str = ""
    right: str = ""


def declare(app: FastAPI) -> None:
    """Add this module's pages to the app."""
    app.get("/links", include_in_schema=False)(show_queue)
    app.get("/links/pair", include_in_schema=False)(show_pair)
    app.get("/links/twins", include_in_schema=False)(show_twins)
    app.post("/links/pair", include_in_schema=False)(judge_pair)
    app.get("/links/clusters/{cluster}", include_in_schema=False)(show_cluster)
    app.post("/links/clusters/{cluster}", include_in_schema=False)(judge_cluster)
    app.get("/links/reviews/{name}", include_in_schema=False)(show_review)
    app.post("/links/reviews/{name}", include_in_schema=False)(answer_review)


def show_queue(request: Request, desk: AtDesk, visit: SharedVisit) -> Response:
    """What waits: judgements for a second person, reviews, clusters to look at first."""
    bench = _bench(desk, visit)
    bench.require_house()
    me = visit.actor.name
    pairs = bench.pairs()
    worst = worst_clusters(visit.view, WORST) if is_open(visit.view, "clusters", "links") else ()
    visit.view.record("look", ids=[one.id for one in worst])
    held = [read_review(bench, name) for name in reviews(bench)]
    return desk.page(
        request,
        "links.html",
        waiting=[pair for pair in pairs if pair.waiting],
        judged=[pair for pair in pairs if pair.standing or pair.faults],
        reviews=[(one, len(answers(bench, one.id).get(me, {}))) for one in held],
        worst=worst,
        me=me,
        **_words(),
    )


def show_pair(
    request: Request, desk: AtDesk, visit: CurrentVisit, form: Annotated[PairForm, Depends()]
) -> Response:
    """Two records side by side, why they are linked, and what was judged of them."""
    bench = _bench(desk, visit)
    bench.require_pair(form.left, form.right)
    judged = [
        pair for pair in bench.pairs([form.left])
        if {pair.left, pair.right} == {form.left, form.right}
    ]  # fmt: skip
    why = _why(desk, visit, form.left, form.right)
    return desk.page(
        request,
        "links_pair.html",
        left=form.left,
        right=form.right,
        schemata=schemata_of(visit.view, form.left, form.right),
        lines=side_by_side(visit.view, form.left, form.right),
        shared=shared_things(visit.view, form.left, form.right),
        why=why,
        waterfall=waterfall_picture(why.as_why()) if why else None,
        judged=judged[0] if judged else None,
        me=visit.actor.name,
        **_words(),
    )


def show_twins(request: Request, desk: AtDesk, visit: SharedVisit) -> Response:
    """Plates and VINs that two vehicles may bear, both rows, and what else would explain it."""
    _bench(desk, visit).require_house()
    return desk.page(
        request, "links_twins.html", twins=find_twins(visit.view), kinds=KINDS_OF_TWIN,
        fastest=FASTEST_KMH, slack=SLACK_MINUTES,
    )  # fmt: skip


def judge_pair(
    desk: AtDesk, visit: CurrentVisit, form: CheckedForm, named: Annotated[PairForm, Depends()]
) -> Response:
    """Judge the pair, be its second person, or undo the last judgement."""
    bench, deed, reasons = _bench(desk, visit), form.get("deed", ""), form.get("reasons", "")
    if deed in OUTCOMES:
        bench.judge(named.left, named.right, deed, reasons)
    elif deed in {"agree", "refuse"}:
        bench.second(named.left, named.right, agrees=deed == "agree", reasons=reasons)
    elif deed == "undo":
        bench.undo(named.left, named.right, reasons)
    else:
        raise InvalidData(_("there is no such answer"))
    return see(f"/links/pair?{urlencode({'left': named.left, 'right': named.right})}")


def show_cluster(request: Request, desk: AtDesk, visit: SharedVisit, cluster: str) -> Response:
    """The links of a cluster, which of them hold it together, and what became of its id."""
    bench = _bench(desk, visit)
    bench.require_house()
    told = life(visit.view, cluster)
    homes = leads_to(visit.view, cluster)
    home = cluster if told.records else homes[0] if homes else cluster
    links = links_of(visit.view, [home]).get(home, [])
    visit.view.record("look", ids=[home, *life(visit.view, home).records])
    return desk.page(
        request,
        "links_cluster.html",
        cluster=home,
        asked=cluster,
        life=told,
        homes=homes,
        links=sorted(links, key=lambda link: (link[2], link[0], link[1])),
        holds=holds(visit.view, home) if links else (),
        shown=LINKS_SHOWN,
        bulk=_BULK,
        what=WHAT,
        **_words(),
    )


async def judge_cluster(
    request: Request, desk: AtDesk, visit: SharedVisit, cluster: str
) -> Response:
    """Judge several pairs of a cluster alike."""
    form = await desk.form(request)
    outcome = form.get("deed", "")
    chosen = [key.removeprefix("pair:") for key in form if key.startswith("pair:")]
    pairs = [tuple(one.split(_BULK)) for one in chosen]
    if not pairs or any(len(pair) != 2 for pair in pairs):
        raise InvalidData(_("choose one pair at least"))
    bench = _bench(desk, visit)
    bench.judge_many([(pair[0], pair[1]) for pair in pairs], outcome, form.get("reasons", ""))
    return see(f"/links/clusters/{cluster}")


def show_review(
    request: Request, desk: AtDesk, visit: SharedVisit, name: str, done: int = -1
) -> Response:
    """The next pair of a review without its score; what the last one had; how far it is."""
    bench = _bench(desk, visit)
    bench.require_house()
    review = read_review(bench, name)
    place = next_place(bench, review)
    mine = answers(bench, name).get(visit.actor.name, {})
    drawn = None if place is None else review.sample[place]
    if drawn is not None:
        bench.require_pair(drawn.left, drawn.right)
    return desk.page(
        request,
        "links_review.html",
        review=review,
        place=place,
        drawn=drawn,
        schemata=schemata_of(visit.view, drawn.left, drawn.right) if drawn else (),
        lines=side_by_side(visit.view, drawn.left, drawn.right) if drawn else (),
        last=(done, review.sample[done], mine[done]) if done in mine else None,
        answered=len(mine),
        found=findings(bench, review) if place is None else None,
        **_words(),
    )


def answer_review(desk: AtDesk, visit: SharedVisit, form: CheckedForm, name: str) -> Response:
    """Keep the answer, or take the last one back; then on to the next pair."""
    bench = _bench(desk, visit)
    bench.require_house()
    review = read_review(bench, name)
    if form.get("deed") == "back":
        take_back(bench, review)
        return see(f"/links/reviews/{name}")
    place = form.get("place", "")
    if not place.isdecimal():
        raise NotFound(_("there is no such answer"))
    answer(bench, review, int(place), form.get("deed", ""))
    return see(f"/links/reviews/{name}?{urlencode({'done': place})}")


def _bench(desk: Desk, visit: Visit) -> Bench:
    return Bench(
        guard=desk.workspace.guard, actor=visit.actor, purpose=visit.purpose, view=visit.view
    )


def _why(desk: Desk, visit: Visit, left: str, right: str) -> Waterfall | None:
    """Return why any two records are, or are not, one; None where their kind is not linked."""
    build = desk.workspace.lake.current()
    if build is None:
        return None
    try:
        return explain(
            visit.view, build.summary().get("link", {}), left, right, desk.workspace.settings
        )
    except (InvalidData, NotFound):
        return None


def _label(schemata: Sequence[str], prop: str) -> str:
    """Return what a property is called in the first schema that has it."""
    labels = (prop_label(schema, prop) for schema in schemata)
    return next((label for label in labels if label != prop), prop)


def _words() -> dict[str, Any]:
    return {"outcomes": OUTCOMES, "keys_of": _KEYS, "label_of": _label}
