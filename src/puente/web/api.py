"""The JSON interface: what the pages show, for machines; and whether the node is alive."""

# ruff: noqa: TC001 - FastAPI reads these annotations when the app is made

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from fastapi.responses import JSONResponse, Response
from sqlalchemy import text

from puente.web.desk import AtDesk, CurrentVisit
from puente.web.pages_entity import read_mentions_of, read_near_of
from puente.web.pages_records import SearchForm
from puente.web.pages_sources import source_states
from puente.web.reads.entity import Facts, cluster_of, read_facts
from puente.web.reads.mentions import Mentions
from puente.web.reads.near import Near
from puente.web.reads.search import Found, search
from puente.web.reads.sources import SourceState
from puente.web.reads.summary import Summary, read_summary

if TYPE_CHECKING:
    from fastapi import FastAPI


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityAnswer:
    """An entity: its own side, and what surrounds it; the snapshot that says so.

    Where the network is closed to the session, `mentions` has the open records that name it.
    """

    snapshot: str
    facts: Facts
    near: Near
    mentions: Mentions


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether a part of the node works."""

    status: str


def declare(app: FastAPI) -> None:
    """Add the JSON interface to the app."""
    app.get("/api/summary", tags=["records"], summary="What the current build holds")(summary)
    app.get("/api/search", tags=["records"], summary="Entities by name or identifier")(find)
    app.get("/api/entities/{entity_id:path}", tags=["records"], summary="One entity")(entity)
    app.get("/api/sources", tags=["records"], summary="Sources and deliveries")(sources)
    app.get("/healthz", tags=["node"], summary="The process answers")(health)
    app.get("/readyz", tags=["node"], summary="Ledger and a build can be read")(ready)


def summary(visit: CurrentVisit) -> Summary:
    """What the current build holds, as far as it is open to the session."""
    return read_summary(visit.view)


def find(visit: CurrentVisit, form: Annotated[SearchForm, Depends()]) -> Found:
    """A page of entities; `next` and `previous` are the cursors for `after` and `before`."""
    return search(visit.view, form.query)


def entity(visit: CurrentVisit, entity_id: str) -> EntityAnswer:
    """One entity by its own id or that of one of its records."""
    facts = read_facts(visit.view, cluster_of(visit.view, entity_id))
    return EntityAnswer(
        snapshot=visit.view.snapshot.id,
        facts=facts,
        near=read_near_of(visit, facts),
        mentions=read_mentions_of(visit, facts),
    )


def sources(desk: AtDesk, visit: CurrentVisit) -> tuple[SourceState, ...]:
    """Every source that is open to the session, with its deliveries."""
    return source_states(desk, visit)


def health() -> Health:
    """Says that the process answers; looks at nothing else."""
    return Health(status="ok")


def ready(desk: AtDesk) -> Response:
    """Says whether the ledger can be read and a build stands."""
    with desk.workspace.ledger.connect() as connection:
        connection.execute(text("SELECT 1"))
    stands = desk.workspace.lake.current() is not None
    status = HTTPStatus.OK if stands else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse({"status": "ok" if stands else "nothing built yet"}, status_code=status)
