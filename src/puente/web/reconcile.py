"""The Reconciliation Service API 0.2 under `/api/reconcile`: OpenRefine asks the lists.

A candidate is `match: true`, which tools take without asking, only where the verdict is `same` and
no other candidate has it: a name alone never is.

Source: W3C Entity Reconciliation Community Group, Reconciliation Service API 0.2 (2023).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import parse_qs

from fastapi import Depends, Request, Security
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.security import APIKeyQuery
from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool

from puente import __version__
from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.model.schema import get_schema
from puente.web import reconcile_answers as answers
from puente.web import reconcile_suggest as suggest
from puente.web.desk import desk_of
from puente.web.yente_models import MAX_BODY_BYTES
from puente.web.yente_visit import KEY_HEADER, ListVisit, visit_lists

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

BASE = "/api/reconcile"
KEY = "api_key"
"""Query parameter that may hold the key: OpenRefine sends no headers.

Limits: an address may stay in histories and logs of proxies; give such keys few days and one case.
"""

IDENTIFIERS = "https://puente.example/ns/list-entries"
SCHEMATA = "https://followthemoney.tech/explorer/schemata/"
PREVIEW_WIDTH, PREVIEW_HEIGHT = 420, 260
_CALLBACK = re.compile(r"[A-Za-z_$][A-Za-z0-9_$.]{0,99}")
_FIELDS_MOST = 10
_PREVIEW_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors *"


def declare(app: FastAPI) -> None:
    """Add the routes to the app."""
    by_query = APIKeyQuery(name=KEY, scheme_name="ApiKeyInAddress", auto_error=False)
    said: dict[str, Any] = {
        "tags": ["reconciliation"],
        "dependencies": [Security(KEY_HEADER), Security(by_query)],
    }
    app.get(BASE, summary="The manifest, or answers to a batch", **said)(ask)
    app.post(BASE, summary="Answers to a batch", max_body_size=MAX_BODY_BYTES, **said)(ask_by_form)
    app.get(f"{BASE}/suggest/entity", **said)(suggest_entities)
    app.get(f"{BASE}/suggest/type", **said)(suggest_types)
    app.get(f"{BASE}/suggest/property", **said)(suggest_properties)
    app.get(f"{BASE}/flyout/entity", **said)(flyout)
    app.get(f"{BASE}/extend/propose", **said)(propose)
    app.get(f"{BASE}/preview/{{entity_id:path}}", response_class=HTMLResponse, **said)(preview)
    app.add_middleware(CrossOrigin)


class CrossOrigin:
    """Lets pages of other hosts ask these routes; a key opens them, never a cookie.

    Source: Reconciliation Service API 0.2, section 2.2 (CORS); WHATWG Fetch.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer the question whether one may be sent."""
        if scope["type"] != "http" or not _is_ours(scope["path"]):
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"access-control-allow-origin", b"*"),
                    (b"cross-origin-resource-policy", b"cross-origin"),
                ]
            await send(message)

        if scope["method"] == "OPTIONS":
            allowed = {
                "access-control-allow-methods": "GET, POST",
                "access-control-allow-headers": "authorization, content-type",
                "access-control-max-age": "600",
            }
            await Response(status_code=204, headers=allowed)(scope, receive, with_headers)
            return
        await self.app(scope, receive, with_headers)


def _is_ours(path: str) -> bool:
    return path == BASE or path.startswith(f"{BASE}/")


async def reconciling(request: Request) -> ListVisit:
    """Return the visit of a key, which may stand in the address."""
    return await visit_lists(request, parameter=KEY)


AtLists = Annotated[ListVisit, Depends(reconciling)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskForm:
    """What stands in the address: a batch as JSON, or entities and properties; neither: manifest.

    `callback` asks for JSONP, which a node must have switched on.
    """

    queries: str | None = None
    extend: str | None = None
    callback: str = ""


async def ask(request: Request, form: Annotated[AskForm, Depends()]) -> Response:
    """The manifest; with `queries` the answers to a batch, with `extend` values of properties."""
    if form.queries is None and form.extend is None:
        # It tells of no record; whoever sets the service up learns here that a key is needed.
        return _told(request, _manifest(request), form.callback)
    return await _answered(request, form)


async def ask_by_form(request: Request) -> Response:
    """The answers to a batch that comes as a form: the field `queries` or `extend` is JSON."""
    try:
        fields = parse_qs((await request.body()).decode(), max_num_fields=_FIELDS_MOST)
    except ValueError:
        raise InvalidData(_("the form cannot be read")) from None
    form = AskForm(
        queries=fields.get("queries", [None])[0],
        extend=fields.get("extend", [None])[0],
        callback=fields.get("callback", [""])[0],
    )
    if form.queries is None and form.extend is None:
        raise InvalidData(_("the form has neither `queries` nor `extend`"))
    return await _answered(request, form)


async def _answered(request: Request, form: AskForm) -> Response:
    visit = await visit_lists(request, parameter=KEY)
    door = request.app.state.key_door
    if form.queries is not None:
        batch = _parsed(answers.Batch, form.queries)
        door.rates.spend(visit.key, len(batch) - 1)
        done, ids = await run_in_threadpool(answers.answer, visit.shelf, batch)
        names = [one.query for one in batch.values()]
        visit.record(ids, count=len(batch), names=names)
        return _told(request, done, form.callback)
    wanted = _parsed(answers.Extension, form.extend or "")
    visit.record(wanted.ids, properties=[one.id for one in wanted.properties])
    told = await run_in_threadpool(answers.extend, visit.shelf, wanted)
    return _told(request, told, form.callback)


async def suggest_entities(
    visit: AtLists, request: Request, form: Annotated[suggest.SuggestForm, Depends()]
) -> Response:
    """Entries of the lists whose names begin so."""
    found = await run_in_threadpool(suggest.entities, visit.shelf, form)
    visit.record([str(one["id"]) for one in found], query=form.prefix)
    return _told(request, {"result": found}, form.callback)


async def suggest_types(
    request: Request, form: Annotated[suggest.SuggestForm, Depends()]
) -> Response:
    """Kinds of entity whose names begin so."""
    return _told(request, {"result": suggest.types(form)}, form.callback)


async def suggest_properties(
    request: Request, form: Annotated[suggest.SuggestForm, Depends()]
) -> Response:
    """Properties whose names begin so."""
    return _told(request, {"result": suggest.properties(form)}, form.callback)


async def flyout(visit: AtLists, request: Request, id: str = "", callback: str = "") -> Response:  # noqa: A002 - the parameter is called so
    """A few lines on an entry, for a suggestion that is pointed at."""
    html = suggest.lines(visit.shelf, id)
    visit.record((id,))
    return _told(request, {"id": id, "html": html}, callback)


async def preview(visit: AtLists, entity_id: str) -> Response:
    """A page on an entry, small enough for a frame."""
    html = suggest.page(visit.shelf, entity_id)
    visit.record((entity_id,))
    return HTMLResponse(html, headers={"content-security-policy": _PREVIEW_POLICY})


async def propose(
    request: Request,
    type: str = "Thing",  # noqa: A002 - the parameter is called so
    limit: int = 100,
    callback: str = "",
) -> Response:
    """Properties that can be fetched for a kind of entity."""
    return _told(request, suggest.proposal(type, limit), callback)


def _told(request: Request, value: object, callback: str) -> Response:
    """Return JSON, or JSONP where the node allows it.

    Raises: InvalidData: JSONP is off, or the callback is no name.
    """
    if not callback:
        return JSONResponse(value)
    if desk_of(request).workspace.settings.reconcile_jsonp != "on":
        raise InvalidData(_("JSONP is off here; ask without `callback`: CORS is allowed"))
    if not _CALLBACK.fullmatch(callback):
        raise InvalidData(_("{text!r} is no name of a function").format(text=callback))
    # The comment keeps the answer from being taken for a file of another kind.
    text = f"/**/{callback}({json.dumps(value)});"
    return Response(text, media_type="text/javascript")


def _parsed(adapter: TypeAdapter[Any], text: str) -> Any:  # noqa: ANN401 - of the adapter's kind
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"][1:])
        raise InvalidData(
            _("the batch cannot be read: {where} {reason}").format(
                where=where.encode("ascii", "replace").decode(), reason=first["msg"]
            )
        ) from None


def _manifest(request: Request) -> dict[str, Any]:
    origin = str(request.base_url).rstrip("/")
    key = request.query_params.get(KEY, "")
    beside = f"?{KEY}={key}" if re.fullmatch(r"[\w-]+", key, re.ASCII) else ""
    also = f"{beside}&" if beside else "?"
    return {
        "versions": ["0.2"],
        "name": "Puente",
        "identifierSpace": IDENTIFIERS,
        "schemaSpace": SCHEMATA,
        "serviceVersion": __version__,
        "defaultTypes": [
            {"id": name, "name": _(get_schema(name).label)} for name in suggest.TYPES
        ],
        "authentication": {"type": "apiKey", "name": KEY, "in": "query"},
        "view": {"url": f"{origin}/entities/{{{{id}}}}"},
        "preview": {
            "url": f"{origin}{BASE}/preview/{{{{id}}}}{beside}",
            "width": PREVIEW_WIDTH,
            "height": PREVIEW_HEIGHT,
        },
        "suggest": {
            "entity": {
                "service_url": origin,
                "service_path": f"{BASE}/suggest/entity{beside}",
                "flyout_service_url": origin,
                "flyout_service_path": f"{BASE}/flyout/entity{also}id=${{id}}",
            },
            "type": {"service_url": origin, "service_path": f"{BASE}/suggest/type"},
            "property": {"service_url": origin, "service_path": f"{BASE}/suggest/property"},
        },
        "extend": {
            "propose_properties": {
                "service_url": origin, "service_path": f"{BASE}/extend/propose",
            },
            "property_settings": [
                {
                    "name": "limit", "type": "number", "default": answers.VALUES_MOST,
                    "label": _("Limit"), "help_text": _("Values of the property, at most."),
                }
            ],
        },
    }  # fmt: skip
