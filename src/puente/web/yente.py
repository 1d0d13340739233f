"""yente's routes under `/api/yente`: OpenSanctions' clients work by changing the address.

Every request bears a key and is one look: it stands in the log before its answer leaves.

Source: yente 5 (OpenSanctions), its routes and their parameters; yente-client 0.2.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Query, Request, Security
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from puente.errors import InvalidData, NotFound
from puente.i18n import gettext as _
from puente.model.schema import all_schemata
from puente.screen.index_files import INDEXES
from puente.screen.match import CUTOFF
from puente.web import yente_catalog, yente_entities, yente_match, yente_models, yente_search
from puente.web.api import health, ready
from puente.web.keys import KeyDoor
from puente.web.yente_lists import Shelves
from puente.web.yente_match import AT_ONCE, MatchTerms
from puente.web.yente_models import MAX_BODY_BYTES, MatchBody
from puente.web.yente_visit import KEY_HEADER, AtLists, ByKey

if TYPE_CHECKING:
    from fastapi import FastAPI

BASE = "/api/yente"
ID_MOST = 500

Word = Annotated[str, Field(max_length=1_000)]
Names = Annotated[tuple[str, ...], Field(max_length=100)]
Limit = Annotated[int, Field(ge=0, le=yente_search.LIMIT_MOST)]
Offset = Annotated[int, Field(ge=0, le=yente_entities.OFFSET_MOST)]
Score = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Form(BaseModel):
    """What stands in an address, read where the request is: a class of FastAPI's own making would
    be made in a thread of its own.
    """

    model_config = ConfigDict(frozen=True)


class MatchForm(Form):
    """What stands in the address of a batch of questions."""

    limit: Annotated[int, Field(ge=0, le=yente_match.LIMIT_MOST)] = yente_match.LIMIT
    threshold: Score = CUTOFF
    cutoff: Score | None = None
    algorithm: Word = yente_match.BEST
    include_dataset: Names = ()
    exclude_dataset: Names = ()
    exclude_schema: Names = ()
    exclude_entity_ids: Names = ()
    topics: Names = ()
    changed_since: Word = ""


class SearchForm(Form):
    """What stands in the address of a search. `simple` changes nothing: words are all there is."""

    q: Word = ""
    limit: Limit = yente_search.LIMIT
    offset: Annotated[int, Field(ge=0, le=yente_search.OFFSET_MOST)] = 0
    schema_: Word = Field("", alias="schema")
    include_dataset: Names = ()
    exclude_dataset: Names = ()
    exclude_schema: Names = ()
    countries: Names = ()
    topics: Names = ()
    datasets: Names = ()
    changed_since: Word = ""
    filter: Names = ()
    sort: Names = ()
    facets: Names = yente_search.FACETS[:3]
    fuzzy: bool = False
    simple: bool = False


class EntityForm(Form):
    """How much of an entity is told."""

    nested: bool = True


class PageForm(Form):
    """Which part is told. What is joined comes by id, which is stable; `sort` changes nothing."""

    limit: Limit = yente_entities.LIMIT
    offset: Offset = 0
    sort: Names = ()


class StatementsForm(Form):
    """Which claims are asked for."""

    dataset: Word = ""
    entity_id: Word = ""
    canonical_id: Word = ""
    prop: Word = ""
    value: Word = ""
    schema_: Word = Field("", alias="schema")
    sort: Names = ("canonical_id", "prop")
    limit: Limit = yente_entities.LIMIT
    offset: Offset = 0


def declare(app: FastAPI) -> None:
    """Add the routes to the app."""
    desk = app.state.desk
    app.state.key_door = KeyDoor(desk.workspace)
    app.state.shelves = Shelves(
        lambda: desk.known_sources, desk.workspace.settings.workspace / INDEXES
    )
    said: dict[str, Any] = {"tags": ["yente"]}
    keyed: dict[str, Any] = {**said, "dependencies": [Security(KEY_HEADER)]}
    get = app.get
    # The first that fits answers, and this one is asked by far the most.
    app.post(
        f"{BASE}/match/{{dataset}}",
        response_model=yente_models.MatchAnswers,
        max_body_size=MAX_BODY_BYTES,
        **keyed,
    )(match)
    get(f"{BASE}/healthz", summary="The process answers", **said)(health)
    get(f"{BASE}/readyz", summary="Ledger and a build can be read", **said)(ready)
    get(f"{BASE}/catalog", response_model=yente_models.CatalogAnswer, **keyed)(
        yente_catalog.catalog
    )
    get(f"{BASE}/algorithms", response_model=yente_models.AlgorithmsAnswer, **keyed)(
        yente_catalog.algorithms
    )
    get(f"{BASE}/search/{{dataset}}", response_model=yente_models.SearchAnswer, **keyed)(search)
    get(
        f"{BASE}/entities/{{entity_id:path}}/adjacent/{{prop}}",
        response_model=yente_models.AdjacentProperty,
        **keyed,
    )(adjacent_by)
    get(
        f"{BASE}/entities/{{entity_id:path}}/adjacent",
        response_model=yente_models.AdjacentAnswer,
        **keyed,
    )(adjacent)
    get(f"{BASE}/entities/{{entity_id:path}}", response_model=yente_models.EntityJson, **keyed)(
        entity
    )
    get(f"{BASE}/statements", response_model=yente_models.StatementsAnswer, **keyed)(statements)


async def match(
    visit: AtLists,
    request: Request,
    dataset: str,
    body: MatchBody,
    form: Annotated[MatchForm, Query()],
) -> Response:
    """Candidates of the lists for each question, with score, verdict and what was compared.

    `match` says that a person should look; it decides nothing.
    """
    if body.weights or body.config:
        raise InvalidData(_("weights and config cannot be set here: the method is one, and tested"))
    door: KeyDoor = request.app.state.key_door
    door.rates.spend(visit.key, len(body.queries) - 1)
    terms = MatchTerms(
        lists=visit.shelf.chosen(dataset, form.include_dataset, form.exclude_dataset),
        threshold=form.threshold,
        cutoff=form.cutoff,
        limit=form.limit,
        weak=yente_match.is_weak(form.algorithm),
        not_ids=frozenset(form.exclude_entity_ids),
        exclude_schema=_schemata(form.exclude_schema),
        topics=frozenset(form.topics),
        changed_since=_day(form.changed_since),
    )
    questions = yente_match.asked(visit.shelf, body.queries, terms)
    narrowed = bool(terms.exclude_schema or terms.topics or terms.changed_since)
    if len(questions) > AT_ONCE or narrowed:
        part = await run_in_threadpool(yente_match.part_of, visit.shelf, terms)
        done = await run_in_threadpool(yente_match.answer, visit.shelf, part, questions, terms)
    else:
        done = yente_match.answer(visit.shelf, visit.shelf.whole, questions, terms)
    visit.record(
        done.ids,
        count=len(questions),
        dataset=dataset,
        names=[list(one.query.names) for one in questions.values() if one.query],
    )
    responses = ",".join(f"{json.dumps(key)}:{text}" for key, text in done.texts.items())
    beside = json.dumps({"limit": form.limit, "index_version": visit.shelf.build})
    told = f'{{"responses":{{{responses}}},"matcher":{yente_match.features_text()},{beside[1:]}'
    return Response(told, media_type="application/json")


async def search(visit: AtLists, dataset: str, form: Annotated[SearchForm, Query()]) -> Response:
    """Entries of the lists by words of a name, or by an identifier; exact totals."""
    shelf = visit.shelf
    lists = shelf.chosen(dataset, form.include_dataset, form.exclude_dataset)
    if form.datasets:
        lists &= frozenset(form.datasets)
    unknown = sorted(set(form.facets) - set(yente_search.FACETS))
    if unknown:
        raise InvalidData(_("there is no facet {name!r}").format(name=unknown[0]))
    terms = yente_search.SearchTerms(
        text=form.q,
        lists=lists,
        schema=form.schema_,
        exclude_schema=_schemata(form.exclude_schema),
        countries=frozenset(form.countries),
        topics=frozenset(form.topics),
        filters=form.filter,
        changed_since=_day(form.changed_since),
        fuzzy=form.fuzzy,
        sort=form.sort,
    )
    found = await run_in_threadpool(yente_search.search, shelf, terms)
    shown = found[form.offset : form.offset + form.limit]
    visit.record(shown, query=form.q, dataset=dataset, found=len(found))
    results = ",".join(shelf.text(entity_id) + "}" for entity_id in shown)
    beside = json.dumps(
        {
            "facets": await run_in_threadpool(yente_search.facets, shelf, found, form.facets),
            "total": {"value": len(found), "relation": "eq"},
            "limit": form.limit,
            "offset": form.offset,
        },
        ensure_ascii=False,
    )
    return Response(f'{{"results":[{results}],{beside[1:]}', media_type="application/json")


def entity(visit: ByKey, entity_id: str, form: Annotated[EntityForm, Query()]) -> Response:
    """One record or cluster; `nested` tells what is joined to it too."""
    told = yente_entities.read_entity(visit.view, _id(entity_id))
    data = told.data
    if form.nested:
        joined = yente_entities.read_adjacent(visit.view, told)
        first = {name: held[: yente_entities.NESTED] for name, held in joined.items()}
        around = yente_entities.nested(visit.view, first)
        data = {**data, "properties": {**data["properties"], **around}}
    visit.record((entity_id,))
    return JSONResponse(data)


def adjacent(
    visit: ByKey,
    entity_id: str,
    form: Annotated[PageForm, Query()],
) -> Response:
    """What is joined to an entity, by how: links with the entity at their other end."""
    told = yente_entities.read_entity(visit.view, _id(entity_id))
    joined = yente_entities.read_adjacent(visit.view, told)
    page = yente_entities.Page(limit=form.limit, offset=form.offset)
    around = yente_entities.nested(visit.view, {name: page.of(v) for name, v in joined.items()})
    visit.record((entity_id,))
    return JSONResponse(
        {
            "entity": told.data,
            "adjacent": {
                name: _paged(around[name], len(held), page) for name, held in joined.items()
            },
        }
    )


def adjacent_by(
    visit: ByKey,
    entity_id: str,
    prop: str,
    form: Annotated[PageForm, Query()],
) -> Response:
    """What is joined to an entity in one way."""
    if not yente_entities.is_link(prop):
        raise NotFound(_("nothing is joined by {name!r}").format(name=prop), name=prop)
    told = yente_entities.read_entity(visit.view, _id(entity_id))
    held = yente_entities.read_adjacent(visit.view, told).get(prop, [])
    page = yente_entities.Page(limit=form.limit, offset=form.offset)
    around = yente_entities.nested(visit.view, {prop: page.of(held)})
    visit.record((entity_id,))
    return JSONResponse(_paged(around[prop], len(held), page))


def statements(visit: ByKey, form: Annotated[StatementsForm, Query()]) -> Response:
    """The claims behind an entity: who says what, since when, with grade and marking."""
    terms = yente_entities.StatementTerms(
        dataset=form.dataset,
        entity_id=form.entity_id,
        canonical_id=form.canonical_id,
        prop=form.prop,
        value=form.value,
        schema=form.schema_,
        sort=form.sort,
    )
    page = yente_entities.Page(limit=form.limit, offset=form.offset)
    rows, total = yente_entities.read_statements(visit.view, terms, page)
    visit.record(sorted({str(row["entity_id"]) for row in rows}), query=f"{terms}")
    return JSONResponse(_paged(rows, total, page))


def _paged(results: list[dict[str, Any]], total: int, page: yente_entities.Page) -> dict[str, Any]:
    return {
        "results": results,
        "total": {"value": total, "relation": "eq"},
        "limit": page.limit,
        "offset": page.offset,
    }


def _id(entity_id: str) -> str:
    if len(entity_id) > ID_MOST:
        raise InvalidData(_("an id has at most {most} characters").format(most=ID_MOST))
    return entity_id


def _schemata(names: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [name for name in names if name not in all_schemata()]
    if unknown:
        raise InvalidData(_("there is no schema {name!r}").format(name=unknown[0]))
    return tuple(sorted(names))


def _day(text: str) -> str:
    """Return the ISO day of an ISO date or time; "" for none."""
    if not text:
        return ""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidData(_("{text!r} is no day; write YYYY-MM-DD").format(text=text)) from None
    return (found.astimezone(UTC) if found.tzinfo else found).date().isoformat()
