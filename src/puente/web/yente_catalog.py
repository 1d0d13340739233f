"""What there is to ask: the lists that a key may see, and the ways to compare.

Source: yente 5, `/catalog` and `/algorithms`.
"""

# ruff: noqa: TC001 - FastAPI reads these annotations when the app is made

from __future__ import annotations

from typing import Any

from fastapi.responses import JSONResponse, Response

from puente.i18n import gettext as _
from puente.screen.match import METHOD
from puente.web import yente_match
from puente.web.yente_lists import COLLECTIONS, DEFAULT, SANCTIONS, ListFacts, Shelf
from puente.web.yente_visit import AtLists


async def catalog(visit: AtLists) -> Response:
    """The lists that are open to this key, and the collections of them."""
    shelf = visit.shelf
    visit.record(("catalog",))
    collections = [_collection(shelf, name) for name in COLLECTIONS if shelf.chosen(name, (), ())]
    datasets = [*collections, *(_dataset(facts, shelf.build) for facts in shelf.lists)]
    names = [str(one["name"]) for one in datasets]
    return JSONResponse(
        {"datasets": datasets, "current": names, "outdated": [], "index_stale": False}
    )


async def algorithms(visit: AtLists) -> Response:
    """The ways to compare: with strong names alone, or with weak aliases too."""
    visit.record(("algorithms",))
    docs = yente_match.features_told()
    told = {
        METHOD: _("Names by their words and the roles of Mexican and other names, with what else is"
                  " known; aliases that a list calls weak are not asked: for payments."),
        yente_match.WEAK: _("The same, with weak aliases too: for investigators."),
    }  # fmt: skip
    listed = [{"name": name, "description": text, "docs": docs} for name, text in told.items()]
    return JSONResponse({"algorithms": listed, "default": METHOD, "best": METHOD})


def _dataset(facts: ListFacts, build: str) -> dict[str, Any]:
    return {
        "name": facts.name,
        "title": facts.title,
        "summary": "",
        "url": facts.url or None,
        "version": facts.published or build,
        "category": "source",
        "tags": ["list.sanction"] if facts.record_class == "sanctions" else ["list.regulatory"],
        "entity_count": facts.entries,
        "thing_count": facts.entries,
        "updated_at": f"{facts.published}T00:00:00" if len(facts.published) == 10 else None,
        "publisher": {
            "name": facts.publisher, "country": facts.country, "official": True,
            "url": facts.url or None,
        },
        "coverage": {"countries": [facts.country] if facts.country else []},
        "load": True,
        "index_current": True,
        "index_version": build,
        "children": [],
    }  # fmt: skip


def _collection(shelf: Shelf, name: str) -> dict[str, Any]:
    titles = {DEFAULT: _("All lists that are open to you"), SANCTIONS: _("Sanctions lists")}
    children = sorted(shelf.chosen(name, (), ()))
    count = sum(facts.entries for facts in shelf.lists if facts.name in children)
    return {
        "name": name,
        "title": titles[name],
        "version": shelf.build,
        "category": "collection",
        "tags": [],
        "entity_count": count,
        "thing_count": count,
        "load": True,
        "index_current": True,
        "index_version": shelf.build,
        "children": children,
    }
